//! Payloads that fit no row of the protocol table, and texts that would harm a terminal.

use super::{Scene, at};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side::{self, Client, Server};

/// A checksum that is one.
const MD5: &str = "0123456789abcdef0123456789abcdef";

/// Plays one session that goes on through everything, and three logins that fail.
pub fn scene() -> Scene {
    let clock = Clock::default();
    let open = |port: u16| {
        let client = at(&format!("192.0.2.40:{port}"));
        let mut conversation = Conversation::on(&clock, client, at("198.51.100.5:8888"));
        conversation.handshake();
        conversation
    };
    let mut session = open(1044);
    session.ask(2, "juno moonrise 6699 \"nap v0.8\" 7").tell(3, "juno@mail.example");
    for (side, code, payload) in messages() {
        session.wait(250).say(side, &[(code, &payload)]);
    }
    session.tell(214, "52 6120 31").fin(Client);

    let mut empty = open(1045);
    empty.ask(2, "").fin(Server).wait(500);
    let mut short = open(1046);
    short.ask(2, "juno moonrise").fin(Server).wait(500);
    let mut wrong = open(1047);
    wrong.ask(2, "juno moonrise 70000 \"nap v0.8\" 12").tell(0, "invalid port").fin(Server);
    Scene::of([&mut session, &mut empty, &mut short, &mut wrong])
}

/// Returns what the session says between its login and its end.
fn messages() -> Vec<(Side, u16, Vec<u8>)> {
    let file = format!(r#""C:\music\a.mp3" {MD5} 443332 128 44100 60 basil"#);
    let quote = format!(r#""C:\music\12" remix.mp3" {MD5} 443332 128 44100 60 basil"#);
    let open = format!(r#""C:\music\a.mp3 {MD5} 443332 128 44100 60 basil 50462986 4"#);
    let double = format!(r#""C:\music\a.mp3"  {MD5} 443332 128 44100 60 basil 50462986 4"#);
    let latin = br#""C:\musique\Fran"#;
    let latin = [&latin[..], b"\xe7ois - \xc9t\xe9.mp3\" ", MD5.as_bytes()].concat();
    let latin = [&latin[..], b" 443332 128 44100 60 basil 50462986 4"].concat();
    let unicode =
        format!("\"C:\\music\\Caf\u{e9}.mp3\" {MD5} 443332 128 44100 60 basil 50462986 4");
    let huge = format!("\"C:\\music\\a.mp3\" {MD5} 99999999999999999999999 128 44100 60 basil 1 4");
    let long = "all work and no play ".repeat(105);
    let text = |side, code, payload: &str| (side, code, payload.as_bytes().to_vec());
    vec![
        // Too few fields, too many, and words where numbers belong.
        text(Server, 214, "52 6120"),
        text(Server, 214, "many 6120 31"),
        text(Server, 214, ""),
        text(Server, 201, &file),
        text(Server, 604, "basil \"User\" 1203"),
        text(Server, 202, "3 results"),
        text(Server, 408, "#tea basil twelve 4"),
        text(Server, 209, "basil fast"),
        // Quotes.
        text(Server, 201, &open),
        text(Server, 201, &format!("{quote} 50462986 4")),
        text(Client, 203, r"basil C:\music\song.mp3"),
        text(Client, 203, r#"basil "C:\music\12" remix.mp3""#),
        text(Client, 824, "#tea waves around"),
        text(Server, 824, "#tea basil \"waves"),
        // Blanks.
        text(Server, 201, &format!("{file} 50462986 4 ")),
        text(Server, 201, &double),
        text(Client, 402, "#tea"),
        text(Client, 751, "basil "),
        text(Server, 618, "#quiet 0 "),
        // Numbers out of range.
        text(Server, 204, &format!(r#"basil 4877911892 6699 "C:\music\a.mp3" {MD5} 4"#)),
        text(Server, 201, &huge),
        text(Client, 703, "70000"),
        // Searches.
        text(Client, 200, "filename contains \"tide\" max_results 5"),
        text(Client, 200, "Tones"),
        text(Client, 200, "FILENAME CONTAINS \"a \"quoted\" word\" MAX_RESULTS 100"),
        text(Client, 200, ""),
        // Numbers that nobody knows, and known ones from the wrong side.
        text(Client, 9997, "what is this"),
        text(Server, 1999, ""),
        (Client, 0xffff, (0..32).map(|byte| byte * 8).collect()),
        text(Client, 404, "permission denied"),
        text(Server, 402, "#tea hello"),
        text(Server, 400, "#tea"),
        text(Client, 205, ""),
        // Texts that want to be more than text.
        text(Server, 403, "#tea basil \u{1b}[31mred\u{1b}[0m and \u{7}bell"),
        text(Server, 621, "\u{1b}]0;owned\u{7}"),
        (Server, 403, b"#tea basil caf\xe9 \x80 \x9b31m \xff".to_vec()),
        (Server, 403, b"#tea basil one\r\ntwo\tthree\0four\x08".to_vec()),
        text(Server, 403, "#tea basil \u{202e}3pm.exe"),
        text(Client, 203, r#"basil "..\..\windows\system.ini""#),
        text(Server, 205, "basil \u{1}SEND basil 50462986 6699 \"a.mp3\" 443332\u{1}"),
        (Server, 201, latin),
        (Server, 201, unicode.into_bytes()),
        // Longer than the servers of the time accept.
        text(Server, 621, long.trim_end()),
    ]
}
