//! Short sessions, which show links, files and faults rather than messages.

use std::net::SocketAddr;

use super::{Scene, at, number, song};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::faults;
use crate::lab::frame::Order;
use crate::lab::segment::{Side, interleave};

/// The server of most short sessions.
pub const SERVER: &str = "198.51.100.5:8888";

/// How many results [`results`] brings.
pub const RESULTS: u32 = 20;

/// A login, a channel, a few words, and the end: fourteen messages.
pub fn talk(session: &mut Conversation) {
    enter(session);
    session.wait(900).ask(402, "#tea hello").tell(403, "#tea juno hello").wait(1400);
    session.tell(403, "#tea basil meet at eight").wait(2100);
    session.ask(401, "#tea").tell(401, "#tea").wait(300).fin(Side::Client);
}

/// A login and a search with [`RESULTS`] results.
pub fn results(session: &mut Conversation) {
    session.handshake().ask(2, "juno moonrise 6699 \"nap v0.8\" 7").wait(20);
    session.tell_all(&[(3, "juno@mail.example"), (214, "52 6120 31")]).wait(1000);
    session.ask(200, "FILENAME CONTAINS \"tide\" MAX_RESULTS 20").wait(150);
    let owner = number("203.0.113.9");
    let results: Vec<String> = (1..=RESULTS)
        .map(|track| {
            let file = format!(r"C:\music\tide\Ebb - Tide {track:02}.mp3");
            let song = song(&file, 3_000_000 + u64::from(track) * 7919, 128, 180 + track);
            format!("{song} basil {owner} 4")
        })
        .collect();
    let mut list: Vec<(u16, &str)> = results.iter().map(|result| (201, result.as_str())).collect();
    list.push((202, ""));
    session.tell_all(&list).wait(2000);
    session.ask(402, "#tea found it").tell(403, "#tea juno found it");
}

/// Plays [`talk`] once.
pub fn one(client: &str, server: &str) -> Scene {
    let mut session = Conversation::new(at(client), at(server));
    talk(&mut session);
    Scene::of([&mut session])
}

/// Plays [`talk`] twice at once, the second session a little behind the first.
pub fn two(first: [&str; 2], second: [&str; 2]) -> Scene {
    let clock = Clock::default();
    let mut first = Conversation::on(&clock.apart(), at(first[0]), at(first[1]));
    let mut second = Conversation::on(&clock.apart(), at(second[0]), at(second[1]));
    talk(&mut first);
    second.wait(405);
    talk(&mut second);
    Scene::of([&mut first, &mut second])
}

/// Plays [`results`] in small segments, with chosen initial sequence numbers if any.
pub fn search(segment_size: usize, isn: Option<(u32, u32)>) -> Scene {
    let mut session = Conversation::new(at("192.0.2.40:1044"), at(SERVER));
    if let Some((client, server)) = isn {
        session.isn(client, server);
    }
    session.segment_size(segment_size);
    results(&mut session);
    session.fin(Side::Client);
    Scene::of([&mut session])
}

/// A session to a server, and beside it a login from another host that gets no answer.
pub fn one_message() -> Scene {
    let clock = Clock::default();
    let server: SocketAddr = at("198.51.100.5:7777");
    let mut known = Conversation::on(&clock, at("192.0.2.40:1044"), server);
    enter(&mut known);
    let mut lonely = Conversation::on(&clock, at("192.0.2.41:1050"), server);
    lonely.wait(500).handshake().ask(2, "pollux c4stor 0 \"nap v0.8\" 4");
    known.wait(1000).ask(402, "#tea hello").tell(403, "#tea juno hello");
    Scene::of([&mut known, &mut lonely])
}

/// Two sessions that are older than the capture: the first begins in the middle of a list of
/// results and of one of them, the second with a whole message.
pub fn late() -> Scene {
    let clock = Clock::default();
    let mut first = Conversation::on(&clock, at("192.0.2.40:1044"), at(SERVER));
    first.segment_size(300);
    results(&mut first);
    let mut missed = 0;
    let mut segments = first.segments();
    faults::lose_where(&mut segments, |segment| {
        missed += u32::from(segment.side == Side::Server && segment.carries_data());
        missed < 4
    });
    let mut second = Conversation::on(&clock, at("192.0.2.41:1050"), at(SERVER));
    second.wait(800).ask(402, "#tea anybody here?").tell_all(&[
        (403, "#tea castor anybody here?"),
        (406, "#tea basil 12 4"),
        (403, "#tea basil I am now"),
    ]);
    first.wait(600).ask(214, "").tell(214, "53 6132 31").fin(Side::Client);
    second.wait(400).tell(214, "53 6132 31");
    segments.extend(first.segments());
    let said = [first.said(), second.said()].concat();
    Scene { segments: interleave([segments, second.segments()]), said }
}

/// A client that swaps the bytes of the header and says so first, and a server that follows.
pub fn swapped() -> Scene {
    let mut session = Conversation::new(at("192.0.2.40:1044"), at(SERVER));
    session.order(Order::Big).handshake();
    session.ask_all(&[(920, "62"), (2, "juno moonrise 6699 \"TekNap-1.3g\" 7 5201 0")]).wait(40);
    session.tell_all(&[
        (3, "juno@mail.example"),
        (621, "VERSION slavanap 2.1.0"),
        (621, ""),
        (214, "52 6120 31"),
    ]);
    session.wait(900).ask(617, "").tell_all(&[
        (618, "Lobby 33 Welcome to the Lobby channel."),
        (618, "Tea 2 Leaves and water"),
        (617, ""),
    ]);
    session.wait(1400).ask(205, "basil hello").wait(700).tell(205, "basil hello, you");
    session.wait(500).fin(Side::Client);
    Scene::of([&mut session])
}

/// Opens a connection, logs in and joins a channel.
fn enter(session: &mut Conversation) {
    session.handshake().ask(2, "juno moonrise 6699 \"nap v0.8\" 7").wait(20);
    session.tell_all(&[(3, "juno@mail.example"), (214, "52 6120 31")]).wait(700);
    session.ask(400, "#tea").tell_all(&[
        (405, "#tea"),
        (408, "#tea juno 3 7"),
        (408, "#tea basil 12 4"),
        (409, "#tea"),
        (410, "#tea Leaves and water"),
    ]);
}
