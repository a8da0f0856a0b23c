//! Other protocols, on the ports of this one.

use super::{Scene, at};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::rng::Rng;
use crate::lab::segment::Side;

/// The nine TCP connections, none of which speaks Napster.
pub fn scene() -> Scene {
    let clock = Clock::default();
    let mut rng = Rng::new(1999);
    let mut port = 1100;
    let mut open = |server: &str| {
        port += 1;
        let client = at(&format!("192.0.2.50:{port}"));
        let mut conversation = Conversation::on(&clock, client, at(server));
        conversation.handshake();
        conversation
    };

    let mut web = open("198.51.100.5:8888");
    web.client("GET /motd.html HTTP/1.0\r\nHost: nap.example\r\n\r\n").wait(60);
    web.server("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nVERSION opennap 0.36\n");
    web.fin(Side::Server);

    // A peer's port, and a request that begins like a peer's.
    let mut download = open("203.0.113.9:6699");
    download.client("GET /music/Blue%20Lamp.mp3 HTTP/1.1\r\nHost: 203.0.113.9\r\n\r\n").wait(60);
    download.server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").fin(Side::Client);

    let mut tls = open("198.51.100.5:8888");
    for length in [0x90_u16, 0x31, 0x140] {
        let record = [&b"\x16\x03\x01"[..], &length.to_be_bytes()].concat();
        tls.client([record.clone(), rng.bytes(length.into())].concat());
        tls.server([record, rng.bytes(length.into())].concat());
    }
    tls.fin(Side::Client);

    let mut noise = open("198.51.100.5:7777");
    for _ in 0..4 {
        noise.client(rng.bytes(150)).server(rng.bytes(300));
    }
    noise.rst(Side::Server);

    let mut mail = open("198.51.100.4:8875");
    mail.server("220 mail.example ESMTP ready\r\n").client("HELO nap.example\r\n");
    mail.server("250 mail.example\r\n").client("QUIT\r\n").server("221 bye\r\n").fin(Side::Server);

    let mut chat = open("198.51.100.6:4444");
    chat.client("NICK juno\r\nUSER juno 0 * :Juno\r\n").wait(40);
    chat.server(":irc.example 001 juno :Welcome to the network\r\n").client("JOIN #tea\r\n");
    chat.server(":juno!juno@192.0.2.50 JOIN :#tea\r\n").fin(Side::Client);

    // A stream of nothing reads as frames with code 0 and no payload.
    let mut zeros = open("198.51.100.5:5555");
    zeros.client([0; 64]).server([0; 512]).fin(Side::Client);

    // Another protocol with a length and a small number in front, whose payload is no text.
    let mut binary = open("198.51.100.5:6666");
    for code in 2..6_u16 {
        for side in [Side::Client, Side::Server] {
            let length = 20 + rng.below(60);
            let body = rng.bytes(length);
            let frame = crate::lab::frame::frame(code, body);
            match side {
                Side::Client => binary.client(frame),
                Side::Server => binary.server(frame),
            };
        }
    }
    binary.fin(Side::Client);

    let mut silent = open("198.51.100.5:8888");
    silent.wait(5000).fin(Side::Client);

    Scene::of([
        &mut web,
        &mut download,
        &mut tls,
        &mut noise,
        &mut mail,
        &mut chat,
        &mut zeros,
        &mut binary,
        &mut silent,
    ])
}
