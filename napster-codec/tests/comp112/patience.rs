//! A server among clients that connect halfway or do not read, and a client with such a successor.

use std::time::Duration;

use napster_codec::comp112::{
    Client, ClientEvent, ConnectionId, Format, Link, Rejection, Server, ServerEvent,
};

use crate::network::{FORMAT, PORT, audio, seconds};

const ANN: (ConnectionId, ConnectionId) = (ConnectionId(1), ConnectionId(2));
const BOB: (ConnectionId, ConnectionId) = (ConnectionId(3), ConnectionId(4));
/// The connection on which ann gets the audio.
const AUDIO: ConnectionId = ConnectionId(5);

/// A server that plays for ann, with bob behind her.
fn playing() -> Server {
    let mut server = Server::new(b"radio", PORT, vec![vec![b'x'; 60_000]]);
    server.start_song(FORMAT, Duration::ZERO).expect("a usable format");
    server.feed_audio(&audio(Server::AUDIO_LIMIT, 1));
    for ((stream, requests), host) in [(ANN, &b"ann"[..]), (BOB, b"bob")] {
        server.accept_stream(Duration::ZERO, stream, host);
        server.accept_requests(Duration::ZERO, requests, host);
        if host == b"ann" {
            server.handle_close(stream);
            server.accept_stream(Duration::ZERO, AUDIO, host);
        }
    }
    events(&mut server);
    transmit(&mut server);
    server
}

fn events(server: &mut Server) -> Vec<ServerEvent> {
    std::iter::from_fn(|| server.poll_event()).collect()
}

/// The connections that something is written to.
fn transmit(server: &mut Server) -> Vec<ConnectionId> {
    let mut written: Vec<_> =
        std::iter::from_fn(|| server.poll_transmit()).map(|(connection, _)| connection).collect();
    written.dedup();
    written
}

fn rejected(host: &[u8], reason: Rejection) -> ServerEvent {
    ServerEvent::Rejected { host: host.to_vec(), reason }
}

#[test]
fn who_connects_only_halfway_makes_room_in_time() {
    let mut server = Server::new(b"radio", PORT, Vec::new());
    events(&mut server);
    let host = |number: u64| format!("host{number}").into_bytes();
    let limit = Server::NEWCOMER_LIMIT as u64;
    for number in 0..limit {
        match number % 2 {
            0 => server.accept_stream(seconds(1.0), ConnectionId(number), &host(number)),
            _ => server.accept_requests(seconds(1.0), ConnectionId(number), &host(number)),
        }
    }
    assert_eq!(events(&mut server), []);
    server.accept_stream(seconds(2.0), ConnectionId(limit), b"late");
    let full =
        [rejected(b"late", Rejection::TooManyNewcomers), ServerEvent::Close(ConnectionId(limit))];
    assert_eq!(events(&mut server), full);

    // Nothing plays, and all the same there is a moment to wake up at.
    let until = seconds(1.0) + Server::NEWCOMER_PATIENCE;
    assert_eq!(server.poll_timeout(), Some(until));
    server.handle_timeout(until - Duration::from_nanos(1));
    assert_eq!(events(&mut server), []);
    server.handle_timeout(until);
    let gone = (0..limit).flat_map(|number| {
        [rejected(&host(number), Rejection::Incomplete), ServerEvent::Close(ConnectionId(number))]
    });
    assert_eq!(events(&mut server), gone.collect::<Vec<_>>());
    assert_eq!(server.poll_timeout(), None);

    // Who has both waits for a song as long as it takes.
    server.accept_stream(until, ANN.0, b"ann");
    server.accept_requests(until, ANN.1, b"ann");
    server.handle_timeout(seconds(3600.0));
    assert_eq!(events(&mut server), []);
    server.start_song(FORMAT, seconds(3600.0)).expect("a usable format");
    let joined =
        |event: &ServerEvent| matches!(event, ServerEvent::Joined { host, .. } if host == b"ann");
    assert!(events(&mut server).iter().any(joined));
}

/// Everybody behind the first one hears what it passes on: nothing, where it never comes.
#[test]
fn who_is_the_first_has_to_come_for_the_audio() {
    let mut server = Server::new(b"radio", PORT, Vec::new());
    server.start_song(FORMAT, Duration::ZERO).expect("a usable format");
    for ((stream, requests), host) in [(ANN, &b"ann"[..]), (BOB, b"bob")] {
        server.accept_stream(seconds(1.0), stream, host);
        server.accept_requests(seconds(1.0), requests, host);
    }
    events(&mut server);
    let until = seconds(1.0) + Server::AUDIO_PATIENCE;
    assert_eq!(server.poll_timeout(), Some(until));
    server.handle_timeout(until);
    let gone = [
        rejected(b"ann", Rejection::NoAudioConnection),
        ServerEvent::Close(ANN.1),
        ServerEvent::Left { host: b"ann".to_vec(), port: PORT + 2 },
    ];
    assert_eq!(events(&mut server), gone);
    // It is the next one's turn then, for as long.
    assert_eq!(server.poll_timeout(), Some(until + Server::AUDIO_PATIENCE));
    server.accept_stream(until, AUDIO, b"bob");
    assert_eq!(events(&mut server), [ServerEvent::Serving(AUDIO)]);
    assert_eq!(server.poll_timeout(), None);
    // And again where its connection breaks, but not where it goes as well.
    server.handle_close(AUDIO);
    assert_eq!(server.poll_timeout(), Some(until + Server::AUDIO_PATIENCE));
    server.handle_close(BOB.1);
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn who_does_not_read_answers_holds_up_nobody() {
    let mut server = playing();
    server.handle_input(BOB.1, b"SONGLIST");
    server.handle_stalled(seconds(1.0), BOB.1);
    server.handle_timeout(seconds(1.0));
    assert_eq!(transmit(&mut server), [AUDIO]);
    server.handle_input(ANN.1, b"REQUESTLIST");
    assert_eq!(transmit(&mut server), [ANN.1]);

    // What waits is written once he reads, and not before.
    server.handle_writable(BOB.1);
    assert_eq!(transmit(&mut server), [BOB.1]);
    server.handle_stalled(seconds(2.0), BOB.1);
    server.handle_timeout(seconds(2.0) + Server::STALL_PATIENCE);
    let events = events(&mut server);
    let gone = [
        rejected(b"bob", Rejection::NotReading),
        ServerEvent::Close(BOB.1),
        ServerEvent::Left { host: b"bob".to_vec(), port: PORT + 3 },
    ];
    assert!(events.windows(3).any(|window| window == gone), "{events:?}");
    assert_eq!(server.chain().count(), 1);
}

#[test]
fn who_does_not_read_the_audio_lets_the_song_wait_and_then_goes() {
    let mut server = playing();
    server.handle_stalled(seconds(1.0), AUDIO);
    server.handle_timeout(seconds(1.0) + Server::STALL_PATIENCE - Duration::from_nanos(1));
    assert_eq!(transmit(&mut server), []);
    // The others are answered meanwhile.
    server.handle_input(BOB.1, b"REQUESTLIST");
    assert_eq!(transmit(&mut server), [BOB.1]);
    assert_eq!(server.poll_timeout(), Some(seconds(1.0) + Server::STALL_PATIENCE));
    events(&mut server);

    server.handle_timeout(seconds(1.0) + Server::STALL_PATIENCE);
    let gone = [
        rejected(b"ann", Rejection::NotReading),
        ServerEvent::Close(AUDIO),
        ServerEvent::Close(ANN.1),
        ServerEvent::Left { host: b"ann".to_vec(), port: PORT + 2 },
    ];
    assert_eq!(events(&mut server)[..4], gone);
    assert_eq!(server.chain().collect::<Vec<_>>(), [(&b"bob"[..], PORT + 3)]);
}

#[test]
fn what_waits_is_bounded() {
    let mut server = Server::new(b"radio", PORT, vec![vec![b'x'; 60_000]]);
    server.start_song(Format { width: 2, rate: 2_000_000, chunk: 4000 }, Duration::ZERO).unwrap();
    let audio = vec![0; 4_000_000];
    assert_eq!(server.feed_audio(&audio), Server::AUDIO_LIMIT);
    let id = ConnectionId;
    for number in 0..1000 {
        server.accept_stream(Duration::ZERO, id(number), b"many");
    }
    let closes = std::iter::from_fn(|| server.poll_event())
        .filter(|event| matches!(event, ServerEvent::Close(_)))
        .count();
    assert_eq!(closes, 1000 - Server::NEWCOMER_LIMIT);
    server.accept_requests(Duration::ZERO, id(5000), b"many");
    server.accept_stream(Duration::ZERO, id(5001), b"many");
    server.handle_timeout(seconds(3600.0));
    // Nobody reads: the song waits.
    assert_eq!(server.poll_timeout(), None);
    // Asking without reading the answers ends.
    for _ in 0..100 {
        server.handle_input(id(5000), b"SONGLIST");
    }
    let unread = rejected(b"many", Rejection::AnswersUnread);
    let events: Vec<_> = std::iter::from_fn(|| server.poll_event()).collect();
    let closed = [unread, ServerEvent::Close(id(5001)), ServerEvent::Close(id(5000))];
    assert!(events.windows(3).any(|window| window == closed), "{events:?}");
    let pending: usize = std::iter::from_fn(|| server.poll_transmit()).map(|t| t.1.len()).sum();
    assert!(pending <= Server::PENDING_LIMIT + Server::ANSWER_LIMIT + 61_000, "{pending}");
}

#[test]
fn a_successor_that_does_not_read_goes_in_time() {
    let mut client = Client::new(b"radio", PORT);
    let record = |text: &str| format!("{text:100}").into_bytes();
    let records = [record("NS/2/16000/32"), record("HOST/radio"), record("PORT/6302")];
    client.handle_input(Link::Bootstrap, &records.concat());
    client.handle_connected(Link::Source);
    client.handle_connected(Link::Requests);
    assert!(client.handle_successor());
    let frame = [&b"SC32  "[..], &[7; 32]].concat();
    client.handle_input(Link::Source, &frame.repeat(3));
    assert!(client.poll_transmit().is_some_and(|(link, _)| link == Link::Successor));
    client.handle_stalled(seconds(1.0), Link::Successor);
    // What is said to the radio goes on.
    client.ask_songs().expect("room for a request");
    let said: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).collect();
    assert_eq!(said, [(Link::Requests, b"SONGLIST".to_vec())]);
    assert!(client.has_output());
    // The song waits for the successor, but not for ever.
    client.handle_input(Link::Source, &frame.repeat(Client::BACKLOG_LIMIT));
    assert!(!client.wants_audio());
    let until = seconds(1.0) + Client::STALL_PATIENCE;
    assert_eq!(client.poll_timeout(), Some(until));
    client.handle_timeout(until - Duration::from_nanos(1));
    let quiet = |event: &ClientEvent| *event != ClientEvent::SuccessorStalled;
    assert!(std::iter::from_fn(|| client.poll_event()).all(|event| quiet(&event)));
    client.handle_timeout(until);
    let events: Vec<_> = std::iter::from_fn(|| client.poll_event()).collect();
    assert_eq!(events, [ClientEvent::SuccessorStalled, ClientEvent::Close(Link::Successor)]);
    assert!(client.wants_audio());
    assert_eq!(client.poll_timeout(), None);
    // The next one is taken, and gets what comes.
    assert!(client.handle_successor());
    assert!(client.poll_transmit().is_some());
}
