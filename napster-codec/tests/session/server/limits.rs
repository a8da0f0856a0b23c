//! Bounds: of time, of room, and of patience with those who do not read.

use std::time::Duration;

use napster_codec::session::{
    ConnectionId, Departure, Refusal, Server, ServerConfig, ServerEvent, ServerLimits,
};
use napster_codec::{ByteOrder, Code, Decoder, Direction, Packet};

use super::dialogues::{pair, world};
use super::world::{World, said};

const SECOND: Duration = Duration::from_secs(1);

fn limited(change: impl FnOnce(&mut ServerLimits)) -> World {
    let mut config = ServerConfig::new("nap.example.net");
    change(&mut config.limits);
    World::new(config)
}

fn frame(code: u16, payload: &str) -> Vec<u8> {
    let packet = Packet::new(Code(code), payload.as_bytes().to_vec(), Direction::ToServer);
    packet.expect("a short payload").to_bytes()
}

#[test]
fn who_does_not_log_in_is_closed_after_a_minute() {
    let mut world = world();
    let silent = world.connect("10.0.0.1:1");
    let ann = world.log_in("10.0.0.2:1", "ann pw 0 \"nap v0.8\" 3");
    world.wait(59 * SECOND);
    assert!(!world.is_closed(silent));
    world.wait(2 * SECOND);
    assert!(world.is_closed(silent) && !world.is_closed(ann));
    assert_eq!(world.hear(silent), said([(0, "no login within 60 seconds")]));
    let refusal = Refusal::LoginTimeout(60 * SECOND);
    let told = ServerEvent::TurnedAway { connection: silent, refusal };
    assert!(world.events.contains(&told));
}

#[test]
fn who_says_nothing_is_closed_where_that_is_asked_for() {
    let mut world = limited(|limits| {
        limits.idle_time = 100 * SECOND;
        limits.stats_interval = 1000 * SECOND;
    });
    let (ann, bob) = pair(&mut world, 0);
    world.wait(60 * SECOND);
    world.say(ann, 750, "");
    // Half a message says nothing.
    world.input(bob, &frame(750, "some")[..6]);
    world.hear(ann);
    world.wait(41 * SECOND);
    let killed = "You were killed by nap.example.net: idle for more than 100 seconds";
    assert_eq!(world.hear(bob), said([(404, killed), (316, "0")]));
    assert!(world.is_closed(bob) && !world.is_closed(ann));
    let left = |event: &ServerEvent| matches!(event, ServerEvent::LoggedOut { connection, cause: Departure::Idle, .. } if *connection == bob);
    assert!(world.events.iter().any(left));
    world.wait(60 * SECOND);
    assert!(world.is_closed(ann));
}

#[test]
fn who_floods_is_closed() {
    let mut world = limited(|limits| {
        limits.flood_messages = 5;
        limits.flood_time = 10 * SECOND;
    });
    let (ann, bob) = pair(&mut world, 0);
    // Four beside the login; and as many in the next ten seconds.
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(world.ask(ann, 750, ""), said([(750, "")]));
        }
        world.wait(10 * SECOND);
    }
    world.input(bob, &frame(750, "").repeat(100));
    let heard = world.hear(bob);
    let killed = "You were killed by nap.example.net: more than 5 messages in 10 seconds";
    let pongs = std::iter::repeat_n((750, ""), 5);
    let expected: Vec<_> = pongs.chain([(404, killed), (316, "0")]).collect();
    assert!(heard.iter().map(|(code, text)| (*code, text.as_str())).eq(expected));
    assert!(world.is_closed(bob) && !world.is_closed(ann));
    // So is one who has not logged in.
    let eve = world.connect("10.0.0.3:1");
    world.input(eve, &frame(7, "eve").repeat(6));
    assert_eq!(world.hear(eve).last(), Some(&(0, "more than 5 messages in 10 seconds".into())));
    assert!(world.is_closed(eve));
}

#[test]
fn everybody_is_told_where_to_go_when_the_server_ends() {
    use napster_codec::session::Farewell;
    let text = Farewell::Text("back at noon".try_into().expect("a text"));
    let host = "nap2.example.net".try_into().expect("a word");
    let redirect = Farewell::Redirect { host, port: 8888 };
    let metaserver = "meta.example.net:8875".try_into().expect("a word");
    let cycle = Farewell::Cycle { metaserver };
    for (farewell, told) in [
        (text, (404, "back at noon")),
        (redirect, (821, "nap2.example.net 8888")),
        (cycle, (822, "meta.example.net:8875")),
    ] {
        // More connections than may be closing at a time otherwise.
        let mut world = limited(|limits| limits.closing = 1);
        let (ann, bob) = pair(&mut world, 0);
        let silent = world.connect("10.0.0.3:1");
        world.hear(ann);
        world.shut_down(&farewell);
        assert_eq!(world.hear(ann), said([told, (316, "0")]));
        assert_eq!(world.hear(bob).last(), Some(&(316, "0".to_owned())));
        assert_eq!(world.hear(silent), said([(0, "this server is shutting down")]));
        let late = world.connect("10.0.0.4:1");
        assert_eq!(world.hear(late), said([(0, "this server is shutting down")]));
        assert!([ann, bob, silent, late].iter().all(|id| world.is_closed(*id)));
        assert_eq!(world.server.counts(), (0, 0, 0));
    }
}

#[test]
fn everybody_gets_the_counters_once_a_minute() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 0);
    world.wait(61 * SECOND);
    assert_eq!(world.hear(ann), said([(214, "2 0 0")]));
    assert_eq!(world.hear(bob), said([(214, "2 0 0")]));
    world.leave(bob);
    world.wait(60 * SECOND);
    assert_eq!(world.hear(ann), said([(214, "1 0 0")]));
}

#[test]
fn one_client_too_many_is_told_that_the_server_is_full() {
    let mut world = limited(|limits| limits.connections = 2);
    let first = world.connect("10.0.0.1:1");
    world.connect("10.0.0.1:2");
    let third = world.connect("10.0.0.1:3");
    assert_eq!(world.hear(third), said([(0, "This server is full (2 connections)")]));
    assert!(world.is_closed(third));
    world.leave(first);
    let fourth = world.connect("10.0.0.1:4");
    assert!(!world.is_closed(fourth), "there is room again");
}

#[test]
fn an_address_has_only_so_many_connections() {
    let mut world = limited(|limits| limits.connections_per_address = 1);
    world.connect("10.0.0.1:1");
    let second = world.connect("10.0.0.1:2");
    assert_eq!(world.hear(second), said([(0, "Exceeded max connections to this server")]));
    let other = world.connect("10.0.0.2:1");
    assert!(!world.is_closed(other));
}

#[test]
fn nothing_but_a_login_is_allowed_before_it() {
    for code in [200, 203, 400, 610, 4242] {
        let mut world = world();
        let ann = world.connect("10.0.0.1:1");
        assert_eq!(world.ask(ann, code, "x"), said([(0, "invalid command")]));
        assert!(world.is_closed(ann));
    }
}

#[test]
fn who_does_not_read_is_closed_and_the_others_are_told() {
    let mut config = ServerConfig::new("nap.example.net");
    config.limits.outbox = 4096;
    let mut server = Server::new(config);
    let (reader, deaf) = (ConnectionId(1), ConnectionId(2));
    for (id, nick) in [(reader, "reader"), (deaf, "deaf")] {
        server.accept(SECOND, id, "10.0.0.1:1".parse().expect("an address"));
        server.handle_input(SECOND, id, &frame(2, &format!("{nick} pw 0 \"nap v0.8\" 3")));
        server.handle_input(SECOND, id, &frame(400, "Jazz"));
    }
    // What was taken and never written counts too.
    while let Some((id, _)) = server.poll_transmit() {
        if id == reader {
            server.handle_written(id);
        }
    }
    let line = format!("Jazz {}", "x".repeat(200));
    let mut events = Vec::new();
    for _ in 0..30 {
        server.handle_input(SECOND, reader, &frame(402, &line));
        while let Some((id, bytes)) = server.poll_transmit() {
            assert_eq!(id, reader, "{bytes:?}");
            server.handle_written(id);
        }
        while let Some(event) = server.poll_event() {
            events.push(event);
        }
    }
    assert!(events.contains(&ServerEvent::Close(deaf)));
    let cause = events.iter().find_map(|event| match event {
        ServerEvent::LoggedOut { connection, cause, .. } if *connection == deaf => Some(cause),
        _ => None,
    });
    assert_eq!(cause, Some(&Departure::NotReading));
    assert_eq!(server.counts(), (1, 1, 0));
}

#[test]
fn last_words_wait_only_so_long() {
    let mut server = Server::new(ServerConfig::new("nap.example.net"));
    let id = ConnectionId(1);
    server.accept(SECOND, id, "10.0.0.1:1".parse().expect("an address"));
    server.handle_input(SECOND, id, &frame(2, "ann pw 0 \"nap v0.8\" 11"));
    assert!(server.poll_transmit().is_some_and(|(to, _)| to == id));
    let closes = |server: &mut Server| {
        std::iter::from_fn(|| server.poll_event()).any(|event| event == ServerEvent::Close(id))
    };
    assert!(!closes(&mut server), "the piece is not written yet");
    let deadline = server.poll_timeout().expect("a deadline");
    assert_eq!(deadline, SECOND + ServerLimits::default().closing_time);
    server.handle_timeout(deadline);
    assert!(closes(&mut server));
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn a_message_that_is_too_long_closes() {
    let mut world = limited(|limits| limits.message = 100);
    for payload in [101, 60_000] {
        let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
        world.hear(ann);
        world.input(ann, &frame(750, &"x".repeat(payload)));
        let killed = "You were killed by nap.example.net: message longer than 100 bytes";
        assert_eq!(world.hear(ann), said([(404, killed), (316, "0")]));
        assert!(world.is_closed(ann));
    }
    let web = world.connect("10.0.0.2:1");
    // What looks like the length is 17,735.
    world.input(
        web,
        b"GET / HTTP/1.1\r\nHost: nap.example.net\r\nAccept: */*\r\n".repeat(3).as_slice(),
    );
    assert_eq!(world.hear(web), said([(0, "message longer than 100 bytes")]));
    assert!(world.is_closed(web));
    let bob = world.log_in("10.0.0.1:1", "bob pw 0 \"nap v0.8\" 3");
    // It is closed as soon as more is held than a message may have, not when all has come.
    world.input(bob, &frame(750, &"x".repeat(50_000))[..2_000]);
    assert!(world.is_closed(bob));
    let too_long = world.events.iter().filter(|event| {
        matches!(event, ServerEvent::LoggedOut { cause: Departure::MessageTooLong, .. })
    });
    assert_eq!(too_long.count(), 3);
}

#[test]
fn bytes_may_come_one_at_a_time() {
    let mut world = world();
    let ann = world.connect("10.0.0.1:1");
    for byte in frame(2, "ann pw 0 \"nap v0.8\" 3") {
        world.input(ann, &[byte]);
    }
    assert_eq!(world.hear(ann).first().map(|said| said.0), Some(3));
}

#[test]
fn late_official_clients_are_answered_in_their_byte_order() {
    let mut server = Server::new(ServerConfig::new("nap.example.net"));
    let (big, little) = (ConnectionId(1), ConnectionId(2));
    for (id, order) in [(big, ByteOrder::Big), (little, ByteOrder::Little)] {
        server.accept(SECOND, id, "10.0.0.1:1".parse().expect("an address"));
        for (code, payload) in
            [(2, format!("nick{} pw 0 \"v2.0 BETA 10.3\" 3", id.0)), (400, "Jazz".to_owned())]
        {
            let packet = Packet::new(Code(code), payload.into_bytes(), Direction::ToServer);
            let mut packet = packet.expect("a short payload");
            packet.order = order;
            server.handle_input(SECOND, id, &packet.to_bytes());
        }
    }
    let mut heard = 0;
    while let Some((id, bytes)) = server.poll_transmit() {
        let order = if id == big { ByteOrder::Big } else { ByteOrder::Little };
        let mut decoder = Decoder::new(Direction::ToClient);
        decoder.set_byte_order(order);
        decoder.feed(&bytes);
        while let Some(packet) = decoder.poll() {
            assert!(packet.name() != "unknown", "{packet:?}");
            heard += 1;
        }
        assert_eq!(decoder.held(), 0);
        server.handle_written(id);
    }
    // 3, 621, 214, 405, 408, 409, 410 for both, one 408 and one 406 more.
    assert_eq!(heard, 16);
}

#[test]
fn tables_have_room_for_only_so_much() {
    let mut world = limited(|limits| {
        limits.files_per_user = 2;
        limits.files = 3;
        limits.channels = 2;
        limits.channels_per_user = 1;
        limits.hotlist = 1;
        limits.ignored = 1;
        limits.pending_uploads = 1;
        limits.results = 2;
        limits.browse = 1;
    });
    let (ann, bob) = pair(&mut world, 6700);
    let song = |name: u32| format!("\"C:\\song {name}.mp3\" 0 1 128 44100 1");
    for (user, name, expected) in [
        (ann, 1, said([])),
        (ann, 2, said([])),
        (ann, 3, said([(404, "You may share at most 2 files")])),
        (bob, 1, said([])),
        (bob, 2, said([(404, "the index of this server is full")])),
        (bob, 1, said([(404, "duplicate file")])),
    ] {
        assert_eq!(world.ask(user, 100, &song(name)), expected);
    }
    let cleo = world.log_in("10.0.0.3:1", "cleo pw 1 \"nap v0.8\" 3");
    assert_eq!(world.ask(cleo, 200, "FILENAME CONTAINS \"song\" MAX_RESULTS 50").len(), 3);
    assert_eq!(world.ask(cleo, 211, "ann").len(), 2);
    assert_eq!(world.ask(cleo, 400, "One").first().map(|said| said.0), Some(405));
    assert_eq!(world.ask(cleo, 400, "Two"), said([(404, "Maximum number of channels is 1")]));
    world.say(ann, 400, "Two");
    let full = said([(404, "channel join failed: this server has too many channels")]);
    assert_eq!(world.ask(bob, 400, "Three"), full);
    world.say(cleo, 207, "ann");
    assert_eq!(world.ask(cleo, 207, "bob"), said([(302, "bob")]));
    world.say(cleo, 322, "ann");
    assert_eq!(world.ask(cleo, 322, "bob"), said([(327, "bob")]));
    // The oldest request is forgotten.
    world.say(cleo, 203, "ann \"C:\\song 1.mp3\"");
    world.say(cleo, 203, "ann \"C:\\song 2.mp3\"");
    let forgotten = said([(404, "nobody has requested that file")]);
    world.hear(ann);
    assert_eq!(world.ask(ann, 608, "cleo \"C:\\song 1.mp3\""), forgotten);
    assert_eq!(world.ask(ann, 608, "cleo \"C:\\song 2.mp3\""), said([]));
}

#[test]
fn events_that_nobody_takes_are_counted() {
    let mut config = ServerConfig::new("nap.example.net");
    config.limits.events = 2;
    let mut server = Server::new(config);
    let id = ConnectionId(1);
    server.accept(SECOND, id, "10.0.0.1:1".parse().expect("an address"));
    server.handle_input(SECOND, id, &frame(2, "ann pw 0 \"nap v0.8\" 3"));
    for _ in 0..5 {
        server.handle_input(SECOND, id, &frame(214, ""));
    }
    let events: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    assert_eq!(events.len(), 3);
    assert_eq!(events.last(), Some(&ServerEvent::Dropped { events: 4 }));
}

#[test]
fn files_that_cannot_be_sent_on_are_not_shared() {
    let mut world = world();
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    let long = "x".repeat(600);
    for (payload, expected) in [
        ("\"12\" remix.mp3\" 0 1 128 44100 1", "invalid file name"),
        ("\"\" 0 1 128 44100 1", "invalid file name"),
        (&format!("\"{long}\" 0 1 128 44100 1"), "invalid file name"),
        ("\"a.mp3\" 0 4294967295 128 44100 1", "invalid size"),
        ("\"a.mp3\" 0 1 128", "parameters are unparsable"),
    ] {
        assert_eq!(world.ask(ann, 100, payload), said([(404, expected)]), "{payload}");
    }
    let refused = said([(404, "not a valid media type")]);
    assert_eq!(world.ask(ann, 10300, "\"a.jpg\" 1 0 image/jpeg"), refused);
    let last = world.events.last();
    let Some(ServerEvent::Refused { refusal: Refusal::InvalidMediaType, .. }) = last else {
        panic!("{last:?}")
    };
}

#[test]
fn a_search_has_only_so_many_conditions() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, "\"C:\\a.mp3\" 0 1 128 44100 1");
    let words = |count: usize| (0..count).map(|n| format!("-w{n}")).collect::<Vec<_>>().join(" ");
    let search = |count| format!("FILENAME CONTAINS \"a {}\"", words(count));
    assert_eq!(world.ask(ann, 200, &search(31)).len(), 2);
    let refused = said([(404, "invalid search request"), (202, "")]);
    assert_eq!(world.ask(ann, 200, &search(32)), refused);
    let compared = " BITRATE \"AT LEAST\" \"1\"".repeat(33);
    assert_eq!(world.ask(ann, 200, &format!("FILENAME CONTAINS \"a\"{compared}")), refused);
}

#[test]
fn a_password_has_only_so_many_bytes() {
    let mut world = world();
    for (length, code) in [(128, 3), (129, 0)] {
        let ann = world.connect("10.0.0.1:1");
        let login = format!("ann{length} {} 0 \"nap v0.8\" 3", "x".repeat(length));
        assert_eq!(world.ask(ann, 2, &login).first().map(|said| said.0), Some(code));
    }
}
