//! The dialogues of David Weekly's page of January 2000, which was the first to describe the
//! protocol.
//!
//! Addresses, ports, texts and order are the page's. It replaced user names after the trace was
//! taken, but printed the length bytes of the real ones: the names here have just the lengths that
//! make those bytes right. What the page leaves open (`...`) is short here; what it gets wrong is
//! right here, and named in the README of testdata.

use super::{Scene, at, checksum, song};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side;
use crate::lab::song::mp3;

/// The host that keeps the capture; the page does not give its address.
pub const HOST: &str = "192.0.2.10";

/// The user who writes the page: five letters, see 12 00 93 01 and 05 00 5B 02.
const SELF: &str = "myusr";

/// The user on the hotlist: fourteen letters, see 0E 00 CF 00.
const FRIEND: &str = "username-of-14";

/// The user who has the wanted file: seven letters, see 2A 00 CB 00 and 5D 00 CC 00.
const OWNER: &str = "user-07";

/// The wanted file.
const FILE: &str = r"C:\MP3\REM - Everybody Hurts.mp3";

/// The size that the owner announces; the page says only that he does.
const SIZE: u64 = 3005;

/// The headers that the page prints, in its order.
///
/// One is changed: for the query with five clauses the page has 41 00, but they need 6F 00.
pub const PAGE: [[u8; 4]; 42] = [
    [0x28, 0x00, 0x02, 0x00],
    [0x10, 0x00, 0x00, 0x00],
    [0x28, 0x00, 0x02, 0x00],
    [0x10, 0x00, 0x03, 0x00],
    [0x0a, 0x00, 0x0d, 0x00],
    [0x0e, 0x00, 0xd6, 0x00],
    [0x00, 0x00, 0x69, 0x02],
    [0x26, 0x00, 0x6a, 0x02],
    [0x22, 0x00, 0x6a, 0x02],
    [0x23, 0x00, 0x6a, 0x02],
    [0x24, 0x00, 0x6a, 0x02],
    [0x35, 0x00, 0x6a, 0x02],
    [0x35, 0x00, 0x6a, 0x02],
    [0x00, 0x00, 0x69, 0x02],
    [0x06, 0x00, 0x90, 0x01],
    [0x06, 0x00, 0x95, 0x01],
    [0x1b, 0x00, 0x98, 0x01],
    // The second member stands for the three dots of the page.
    [0x13, 0x00, 0x98, 0x01],
    [0x06, 0x00, 0x99, 0x01],
    [0x25, 0x00, 0x9a, 0x01],
    [0x0c, 0x00, 0x92, 0x01],
    [0x12, 0x00, 0x93, 0x01],
    [0x0b, 0x00, 0xcd, 0x00],
    [0x0b, 0x00, 0xcd, 0x00],
    [0x05, 0x00, 0x5b, 0x02],
    [0x3d, 0x00, 0x5c, 0x02],
    [0x06, 0x00, 0x91, 0x01],
    [0x6f, 0x00, 0xc8, 0x00],
    [0x00, 0x00, 0xca, 0x00],
    // The "different query", which the page does not print.
    [0x41, 0x00, 0xc8, 0x00],
    [0x81, 0x00, 0xc9, 0x00],
    [0x92, 0x00, 0xc9, 0x00],
    [0x00, 0x00, 0xca, 0x00],
    [0x0e, 0x00, 0xcf, 0x00],
    [0x0e, 0x00, 0x2d, 0x01],
    [0x10, 0x00, 0xd1, 0x00],
    [0x0e, 0x00, 0xd3, 0x00],
    [0x85, 0x00, 0xd4, 0x00],
    [0x0e, 0x00, 0xd5, 0x00],
    [0x2a, 0x00, 0xcb, 0x00],
    [0x5d, 0x00, 0xcc, 0x00],
    [0x00, 0x00, 0xdd, 0x00],
];

/// The question for `server.napster.com` that the page begins with, and its answer with the two
/// addresses of the redirector.
pub fn name_lookup() -> [Vec<u8>; 2] {
    let name = b"\x06server\x07napster\x03com\0\0\x01\0\x01";
    let question = [b"\x17\x15\x01\0\0\x01\0\0\0\0\0\0", &name[..]].concat();
    let mut answer = [b"\x17\x15\x81\x80\0\x01\0\x02\0\0\0\0", &name[..]].concat();
    for last in [222, 223] {
        answer.extend(b"\xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04");
        answer.extend([208, 184, 216, last]);
    }
    [question, answer]
}

/// Plays the page from top to bottom: seven connections.
pub fn scene() -> Scene {
    // 23 January 2000, the day the page appeared.
    let clock = Clock::at(948_646_800);
    let open =
        |port: u16, to: &str| Conversation::on(&clock, at(&format!("{HOST}:{port}")), at(to));
    let redirected = |port: u16, text: &str| {
        let mut conversation = open(port, "208.184.216.222:8875");
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(80, 0);
        conversation.handshake().server(bytes).fin(Side::Server).wait(60);
        conversation
    };
    let login = |password: &str| format!("{SELF} {password} 23 \"v2.0 BETA 5\" 10 4398560");

    let mut lookup = redirected(1876, "208.49.239.247:5555");
    let mut refusing = open(1877, "208.49.239.247:5555");
    refusing.handshake().ask(2, login("sesame")).wait(120).tell(0, "Invalid Password");
    refusing.fin(Side::Server).wait(9000);

    let mut second_lookup = redirected(1878, "208.178.175.133:8888");
    let mut failing = open(1879, "208.178.175.133:8888");
    failing.refused().wait(1000);

    let mut third_lookup = redirected(1880, "208.184.216.204:8888");
    let mut server = open(1881, "208.184.216.204:8888");
    server.handshake().ask(2, login("secret")).wait(150);
    // Two zero bytes stand before this answer on the page: the padding of a segment of four
    // bytes, so that header and text travelled apart.
    server.headers_apart(true).tell(3, "anon@napster.com").headers_apart(false);
    server.ask(13, "nuprin1715").wait(70).tell(214, "979 147566 587").wait(4000);
    channel(&mut server);
    search(&mut server);
    users(&mut server);

    server.ask(203, format!("{OWNER} \"{FILE}\"")).wait(300);
    let md5 = checksum(SIZE);
    server.tell(204, format!("{OWNER} 2965119704 6699 \"{FILE}\" {md5} 3"));
    let mut peer = open(1882, "216.34.188.176:6699");
    peer.handshake().server("1").client("GET");
    peer.client(format!("{SELF} \"{FILE}\" 0")).wait(80).server(SIZE.to_string());
    server.ask(221, "");
    peer.server(mp3("Everybody Hurts", "REM", SIZE as usize, 1715)).fin(Side::Server);
    server.wait(2000).fin(Side::Client);

    Scene::of([
        &mut lookup,
        &mut refusing,
        &mut second_lookup,
        &mut failing,
        &mut third_lookup,
        &mut server,
        &mut peer,
    ])
}

/// The channel list, a channel, talk, a private message, a whois, and the way out.
fn channel(server: &mut Conversation) {
    server.ask(617, "").wait(90).tell_all(&[
        (618, "Lobby 33 Welcome to the Lobby channel."),
        (618, "Rap 27 Welcome to the Rap channel."),
        (618, "Game 0 Welcome to the Game channel."),
        (618, "Rock 14 Welcome to the Rock channel."),
        (618, "International 1 Welcome to the International channel."),
        (618, "RadioVersions 0 Welcome to the RadioVersions Channel."),
        (617, ""),
    ]);
    let members = [format!("Trance {FRIEND} 347 7"), format!("Trance {SELF} 127 10")];
    server.wait(5000).ask(400, "Trance").wait(80).tell_all(&[
        (405, "Trance"),
        (408, &members[0]),
        (408, &members[1]),
        (409, "Trance"),
        (410, "Trance Welcome to the Trance channel."),
    ]);
    server.wait(6000).ask(402, "Trance hello").tell(403, format!("Trance {SELF} hello"));
    server.wait(8000).ask(205, format!("{SELF} hello")).tell(205, format!("{SELF} hello"));
    server.wait(7000).ask(603, SELF).tell(
        604,
        format!("{SELF} \"User\" 6025 \"Trance \" \"Active\" 127 0 0 10 \"v2.0 BETA 5\""),
    );
    server.wait(5000).ask(401, "Trance").wait(6000);
}

/// Two searches, the first without result.
fn search(server: &mut Conversation) {
    let nothing = concat!(
        r#"FILENAME CONTAINS "aaaa" MAX_RESULTS 123 LINESPEED "AT BEST" 8 "#,
        r#"BITRATE "AT LEAST" "128" FREQ "EQUAL TO" "32000""#,
    );
    server.ask(200, nothing).wait(400).tell(202, "").wait(5000);
    // The page has no text for this query; this one has the length that it prints for the other.
    let query = r#"FILENAME CONTAINS "nirvana" MAX_RESULTS 100 LINESPEED "AT BEST" 8"#;
    let files = [
        song(r"c:\WINDOWS\DESKTOP\mp3s\Nirvana-Lithium.mp3", 4_112_000, 128, 257),
        song(
            r"G:\Program Files\napster\Music\NIRVANA - Smells Like Teen Spirit.mp3",
            4_816_000,
            128,
            301,
        ),
    ];
    // The "magic cookie" 643813570 is the address 194.208.95.38; the other one is 192.0.2.33.
    let results = [
        format!("{} username-with-16 643813570 8", files[0]),
        format!("{} username 553779392 4", files[1]),
    ];
    server.ask(200, query).wait(600);
    server.tell_all(&[(201, &results[0]), (201, &results[1]), (202, "")]);
    server.wait(5000);
}

/// A user on the hotlist, and that user's files.
fn users(server: &mut Conversation) {
    server.ask(207, FRIEND).wait(60).tell(301, FRIEND).tell(209, format!("{FRIEND} 7"));
    let file = r"D:\Nyhemladdade mp3 or\POWER-BEAT - Dance Club Megamixes.mp3";
    let entry = format!("{FRIEND} {}", song(file, 14_592_000, 128, 912));
    server.wait(4000).ask(211, FRIEND).wait(200).tell_all(&[(212, &entry), (213, FRIEND)]);
    server.wait(9000);
}
