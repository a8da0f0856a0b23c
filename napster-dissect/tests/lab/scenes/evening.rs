//! A pleasant evening on an index server, from the redirector to the quit.

use super::{Scene, at, checksum, number, song};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side;
use crate::lab::song::mp3;

/// The host that keeps the capture.
pub const HOST: &str = "192.0.2.20";

/// Where the friend's program waits for downloads.
const FRIEND: &str = "203.0.113.9";

/// The file that is found, asked for and fetched.
const FILE: &str = r"D:\jazz\Evening Trio - Blue Lamp.mp3";

/// The length of that file.
const SIZE: u64 = 4187;

/// Plays the whole evening: three connections.
pub fn scene() -> Scene {
    let clock = Clock::default();
    let open =
        |port: u16, to: &str| Conversation::on(&clock, at(&format!("{HOST}:{port}")), at(to));

    let mut redirector = open(1043, "198.51.100.4:8875");
    let mut address = b"198.51.100.5:8888".to_vec();
    address.resize(80, 0);
    redirector.handshake().server(address).fin(Side::Server).wait(40);

    let mut server = open(1044, "198.51.100.5:8888");
    server.handshake();
    arrive(&mut server);
    join(&mut server);
    search(&mut server);
    visit(&mut server);

    let (friend, md5) = (number(FRIEND), checksum(SIZE));
    server.wait(2600).ask(203, format!("bluenote \"{FILE}\"")).wait(120);
    server.tell(204, format!("bluenote {friend} 6699 \"{FILE}\" {md5} 9")).ask(218, "");

    let mut peer = open(1045, &format!("{FRIEND}:6699"));
    peer.handshake().server("1").client("GET");
    peer.client(format!("sundial \"{FILE}\" 0")).wait(30).server(SIZE.to_string());
    peer.server(mp3("Blue Lamp", "Evening Trio", SIZE as usize, 21)).fin(Side::Server);

    server.wait(60).ask(219, "").wait(4000);
    server.tell(214, "1207 186511 743").wait(900);
    server.tell(205, "bluenote enjoy!").wait(5200).ask(205, "bluenote thank you, good night");
    server.wait(1500).ask(401, "#Jazz").tell(401, "#Jazz").wait(700).fin(Side::Client);
    Scene::of([&mut redirector, &mut server, &mut peer])
}

/// Logs in, reads the welcome, watches friends and shares two files.
fn arrive(server: &mut Conversation) {
    server.ask(2, "sundial moonrise 6699 \"v2.0 BETA 6\" 8").wait(35).tell_all(&[
        (3, "sundial@mail.example"),
        (621, "VERSION opennap 0.36"),
        (621, ""),
        (621, "Welcome to the evening server."),
        (621, "Play nice, and share what you love."),
        (214, "1204 186234 742"),
    ]);
    server.wait(150).ask_all(&[(208, "bluenote"), (208, "slowtrain")]);
    server.tell_all(&[(301, "bluenote"), (209, "bluenote 9"), (301, "slowtrain")]);
    let shared = [
        song(r"C:\music\Sundial - Morning.mp3", 3_145_728, 128, 196),
        song(r"C:\music\Sundial - Noon.mp3", 2_621_440, 128, 163),
    ];
    server.wait(80).ask_all(&[(100, &shared[0]), (100, &shared[1])]);
}

/// Reads the channel list, joins a channel and talks.
fn join(server: &mut Conversation) {
    server.wait(1800).ask(617, "").tell_all(&[
        (618, "#Lobby 33 Welcome to the Lobby channel."),
        (618, "#Jazz 3 Blue notes all evening"),
        (618, "#Trance 12 Welcome to the Trance channel."),
        (617, ""),
    ]);
    server.wait(3100).ask(400, "#Jazz").tell_all(&[
        (405, "#Jazz"),
        (408, "#Jazz bluenote 41 9"),
        (408, "#Jazz vinylfan 127 7"),
        (408, "#Jazz sundial 2 8"),
        (409, "#Jazz"),
        (410, "#Jazz Blue notes all evening"),
    ]);
    server.wait(4200).ask(402, "#Jazz good evening everyone");
    server.tell(403, "#Jazz sundial good evening everyone").wait(2300);
    server.tell(403, "#Jazz bluenote hello sundial, we are on side two").wait(1200);
    server.tell(406, "#Jazz latecomer 12 4").wait(2000);
    server.ask(824, "#Jazz \"raises a glass\"").tell(824, "#Jazz sundial \"raises a glass\"");
    server.wait(900).tell(407, "#Jazz latecomer 12 4");
}

/// Looks for a song.
fn search(server: &mut Conversation) {
    let query = concat!(
        r#"FILENAME CONTAINS "evening trio" MAX_RESULTS 100 FILENAME CONTAINS "lamp" "#,
        r#"LINESPEED "AT LEAST" 5 BITRATE "AT LEAST" "128""#,
    );
    let friend = number(FRIEND);
    let vinyl = number("203.0.113.77");
    let black = song(r"C:\mp3\Evening Trio - Lamp Black.mp3", 5_242_880, 160, 262);
    let live = song(r"C:\mp3\Evening Trio - Reading Lamp (live).mp3", 7_340_032, 192, 305);
    let results = [
        format!("{} bluenote {friend} 9", song(FILE, SIZE, 128, 1)),
        format!("{black} vinylfan {vinyl} 7"),
        format!("{live} vinylfan {vinyl} 7"),
    ];
    server.wait(6400).ask(200, query).wait(210).tell_all(&[
        (201, &results[0]),
        (201, &results[1]),
        (201, &results[2]),
        (202, ""),
    ]);
}

/// Looks who the friend is, writes to him, pings him and browses his files.
fn visit(server: &mut Conversation) {
    server.wait(3300).ask(603, "bluenote");
    server.tell(604, "bluenote \"User\" 5431 \" #Jazz \" \"Active\" 41 0 1 9 \"v2.0 BETA 6\"");
    server.wait(5100).ask(205, "bluenote is that the 1999 recording?").wait(6700);
    server.tell(205, "bluenote it is, take it").wait(1100);
    server.ask(751, "bluenote").wait(90).tell(752, "bluenote").wait(400);
    server.tell(751, "vinylfan").ask(752, "vinylfan").wait(300).ask(750, "").tell(750, "");
    let entries = [
        song(FILE, SIZE, 128, 1),
        song(r"D:\jazz\Evening Trio - Slow Rain.mp3", 4_194_304, 128, 262),
        song(r"D:\jazz\Evening Trio - Last Tram.mp3", 3_670_016, 112, 262),
    ]
    .map(|entry| format!("bluenote {entry}"));
    server.wait(2500).ask(211, "bluenote").tell_all(&[
        (212, &entries[0]),
        (212, &entries[1]),
        (212, &entries[2]),
        (213, "bluenote"),
    ]);
}
