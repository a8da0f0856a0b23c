//! A server and three clients: everybody hears everything once and in order, whoever leaves.

use std::time::Duration;

use napster_codec::comp112::{
    ChunkRuns, Client, ClientError, ClientEvent, Event, Format, Link, Message, PlayAnswer,
    RequestObserver, Server, ServerEvent, StreamObserver,
};
use napster_codec::peer::Side;

use crate::network::{self, FORMAT, Network, PORT, audio, seconds};

/// Where in what was aired a client began, when it has heard everything from there on.
fn heard_from(aired: &[u8], heard: &[u8]) -> usize {
    let start = aired.windows(64).position(|window| window == &heard[..64]).expect("it was aired");
    let differs = aired[start..].iter().zip(heard).position(|(aired, heard)| aired != heard);
    assert_eq!(differs, None, "every byte once and in order, from {start} on");
    start
}

#[test]
fn the_middle_one_leaves_and_then_the_first() {
    let mut heard_by_b = 0;
    let (network, [a, b, c, d]) =
        network::the_middle_one_leaves_and_then_the_first(|network, step, [_, b, c]| match step {
            1 => {
                let ports: Vec<u16> = network.server.chain().map(|(_, port)| port).collect();
                assert_eq!(ports, [PORT + 2, PORT + 3, PORT + 4]);
            }
            2 => {
                assert!(network.nodes[b].events.contains(&ClientEvent::Left));
                assert!(network.nodes[c].events.contains(&ClientEvent::SourceLeft));
                heard_by_b = network.nodes[b].heard.len();
            }
            3 => assert_eq!(network.nodes[b].heard.len(), heard_by_b),
            _ => {
                let chain: Vec<_> =
                    network.server.chain().map(|(host, port)| (host.to_vec(), port)).collect();
                assert_eq!(chain, [(b"cyd".to_vec(), PORT + 4)]);
            }
        });

    let aired = network.aired.clone();
    let (ann, bob) = (&network.nodes[a].heard, &network.nodes[b].heard);
    let (cyd, dan) = (&network.nodes[c].heard, &network.nodes[d].heard);
    // Time went on while nobody listened.
    let began = heard_from(&aired, ann);
    assert!((7_000..9_000).contains(&began), "{began}");
    assert!(heard_from(&aired, bob) > began);
    heard_from(&aired, cyd);
    heard_from(&aired, dan);
    // The third heard all three songs to the very end of what was played.
    let played = heard_from(&aired, cyd) + cyd.len();
    assert_eq!(played, heard_from(&aired, dan) + dan.len());
    let formats = network.nodes[c].events.iter().filter(|e| matches!(e, ClientEvent::Playing(_)));
    assert_eq!(formats.count(), 3);
    let lost = |event: &ClientEvent| {
        matches!(
            event,
            ClientEvent::SourceLost | ClientEvent::Damaged(_) | ClientEvent::Dropped { .. }
        )
    };
    assert!(!network.nodes.iter().flat_map(|node| &node.events).any(lost));

    watch(&network);
}

/// The watchers tell the same story of the recorded bytes.
fn watch(network: &Network) {
    let (mut chunks_heard, mut infos, mut leaves) = (0_u64, 0, 0);
    let mut disconnects = Vec::new();
    for connection in network.recorded().into_values() {
        let mut runs = ChunkRuns::new();
        let mut tell = |event: Event<'_, Duration>| match event {
            Event::Message(said) => match said.message {
                Message::StreamInfo(_) => infos += 1,
                Message::Disconnect { host, port } => {
                    disconnects.push((host.to_str().map(str::to_owned), port));
                }
                Message::Leave { .. } => leaves += 1,
                Message::Unreadable { name, .. } => panic!("{name}"),
                _ => {}
            },
            Event::Chunk(chunk) => {
                let ended = runs.add(&chunk, chunk.stamp);
                chunks_heard += ended.map_or(0, |run| run.bytes);
            }
            Event::Skipped { .. } | Event::Deviation(_) => panic!("{event:?}"),
            _ => panic!("an event that the tests do not know"),
        };
        if connection.port == PORT {
            let mut observer = RequestObserver::new();
            for (stamp, (from_listener, bytes)) in connection.sent.iter().enumerate() {
                let side = if *from_listener { Side::Listener } else { Side::Initiator };
                observer.data(side, bytes, true, Duration::from_secs(stamp as u64), &mut tell);
            }
            observer.closed(&mut tell);
        } else {
            let mut observer = StreamObserver::new();
            for (from_listener, bytes) in &connection.sent {
                assert!(from_listener);
                observer.data(Side::Listener, bytes, Duration::ZERO, &mut tell);
            }
            observer.closed(&mut tell);
            assert_eq!(observer.undecoded(), 0);
        }
        chunks_heard += runs.end().map_or(0, |run| run.bytes);
    }
    let heard: usize = network.nodes.iter().map(|node| node.heard.len()).sum();
    assert_eq!(chunks_heard, heard as u64);
    assert_eq!((infos, leaves), (4, 2));
    // Each of the two who left told his successor his own source and port.
    let left = |host: &str, port| (Some(host.to_owned()), port);
    assert_eq!(disconnects, [left("ann", PORT + 3), left("radio", PORT + 2)]);
}

#[test]
fn everybody_leaves_and_somebody_comes_again() {
    let mut network = Network::new(vec![(FORMAT, audio(3_200_000, 1))]);
    let [a, b] = ["ann", "bob"].map(|host| network.join(host));
    network.play(seconds(0.2));
    // The original would send the next newcomer to a port on which nobody listens.
    for place in [a, b] {
        let now = network.now;
        network.nodes[place].client.leave(now);
        network.play(seconds(1.2));
    }
    assert_eq!(network.server.chain().count(), 0);
    let c = network.join("cyd");
    network.play(seconds(0.2));
    heard_from(&network.aired.clone(), &network.nodes[c].heard);
    assert_eq!(network.server.chain().next(), Some((&b"cyd"[..], PORT + 2)));
}

/// The original server takes the successor of its first client for a newcomer where he comes before
/// the news.
#[test]
fn the_server_hears_first_who_leaves() {
    let mut client = Client::new(b"radio", PORT);
    let record = |text: &str| format!("{text:100}").into_bytes();
    let records = [record("NS/2/16000/32"), record("HOST/radio"), record("PORT/6302")];
    client.handle_input(Link::Bootstrap, &records.concat());
    assert!(client.handle_successor());
    client.leave(Duration::ZERO);
    let said: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).collect();
    let leave = (Link::Requests, b"DC,HOST,radio,PORT,6302".to_vec());
    let disconnect = (Link::Successor, b"DC20  HOST#radio#PORT#6302".to_vec());
    assert_eq!(said, [leave, disconnect]);
}

#[test]
fn songs_are_asked_for_and_played_in_order() {
    let mut network = Network::new(vec![(FORMAT, audio(6400, 1)), (FORMAT, audio(6400, 2))]);
    let a = network.join("ann");
    let client = &mut network.nodes[a].client;
    client.ask_songs().unwrap();
    client.play(b"2").unwrap();
    client.play(b"song0.mp3").unwrap();
    client.play(b"1").unwrap();
    client.play(b"../secret").unwrap();
    client.ask_requests().unwrap();
    network.play(seconds(0.5));
    let events = &network.nodes[a].events;
    let songs = vec![b"song0.mp3".to_vec(), b"song1.mp3".to_vec()];
    assert!(events.contains(&ClientEvent::Songs(Some(songs.clone()))), "{events:?}");
    let replies: Vec<PlayAnswer<'_>> = events.iter().filter_map(ClientEvent::play_answer).collect();
    assert_eq!(replies.len(), 4);
    assert!(matches!(&replies[0], PlayAnswer::Requested { song } if *song == "song1.mp3"));
    assert_eq!(replies[2..], [PlayAnswer::AlreadyRequested, PlayAnswer::DoesNotExist]);
    assert!(events.contains(&ClientEvent::Requests(vec![songs[1].clone(), songs[0].clone()])));
    // Behind the first song the requests follow, then the caller's choice.
    let wanted: Vec<&ServerEvent> = network
        .events
        .iter()
        .filter(|event| matches!(event, ServerEvent::SongWanted { .. }))
        .collect();
    let want = |requested| ServerEvent::SongWanted { requested };
    assert_eq!(wanted, [&want(None), &want(Some(songs[1].clone())), &want(Some(songs[0].clone()))]);
}

#[test]
fn the_last_chunk_of_a_song_is_padded_with_blanks() {
    let mut network = Network::new(vec![(FORMAT, vec![7; 100])]);
    let a = network.join("ann");
    network.play(seconds(0.1));
    let heard = &network.nodes[a].heard;
    assert_eq!(heard.len() % 32, 0);
    assert!(heard.ends_with(&[b' '; 28]));
}

#[test]
fn mistakes_of_the_caller_are_told() {
    let mut client = Client::new(b"radio", PORT);
    assert!(matches!(client.play(b"a, b.mp3"), Err(ClientError::Song(_))));
    for _ in 0..Client::REQUEST_LIMIT {
        client.ask_songs().unwrap();
    }
    assert_eq!(client.ask_songs(), Err(ClientError::TooManyRequests));
    client.leave(Duration::ZERO);
    assert_eq!(client.ask_songs(), Err(ClientError::Left));
    let mut server = Server::new(b"radio", PORT, Vec::new());
    for chunk in [0, 10_000] {
        assert!(server.start_song(Format { chunk, ..FORMAT }, Duration::ZERO).is_err());
    }
    assert!(server.start_song(Format { rate: 0, ..FORMAT }, Duration::ZERO).is_err());
}
