//! What holds for any bytes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use napster_codec::Text;
use napster_codec::comp112::{
    Client, ConnectionId, Event, Format, FrameDecoder, Item, Link, Message, RequestList,
    RequestObserver, Server, SongList, StreamObserver, read_request, recognise_requests,
    recognise_stream,
};
use napster_codec::peer::Side;
use proptest::prelude::*;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn format() -> impl Strategy<Value = Format> {
    (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(width, rate, chunk)| Format {
        width,
        rate,
        chunk,
    })
}

fn host() -> impl Strategy<Value = Text<'static>> {
    "[a-z0-9.-]{1,95}".prop_map(|host| Text::new(host.into_bytes()).unwrap())
}

fn frames() -> impl Strategy<Value = Vec<Message<'static>>> {
    let frame = prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Message::chunk),
        1 => format().prop_map(Message::NewSong),
        1 => (host(), any::<u16>()).prop_map(|(host, port)| Message::Disconnect { host, port }),
    ];
    prop::collection::vec(frame, 0..12)
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = vec![
        &b"SC16  "[..],
        b"SC2   ab",
        b"NS100 ",
        b"NS/2/8/1",
        b"HOST/h",
        b"PORT/7",
        b"DC5   ",
        b"SONGLIST",
        b"REQUESTLIST",
        b"PLAY,",
        b"1",
        b"DC,HOST,h,PORT,9",
        b"2##[]",
        b"##",
        b"Song ",
        b" requested!",
        b"Song does not exist",
        b"SC-1  ",
        b"\xc3",
        b" ",
    ];
    let piece = prop_oneof![
        3 => prop::sample::select(words).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..120),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn frames_read_back_in_any_portions(messages in frames(), portion in 1_usize..300) {
        let wire: Vec<u8> = messages.iter().flat_map(|message| message.encode().unwrap()).collect();
        let mut decoder = FrameDecoder::new();
        let mut count = 0;
        for bytes in wire.chunks(portion) {
            decoder.feed(bytes);
            while let Some(item) = decoder.poll() {
                match item {
                    Item::Frame(_) => count += 1,
                    other => prop_assert!(false, "{:?}", other),
                }
            }
        }
        prop_assert!(decoder.is_between_frames());
        prop_assert_eq!(count, messages.len());
        let mut told = Vec::new();
        let mut observer = StreamObserver::new();
        let mut tell = |event: Event<'_, ()>| told.push(match event {
            Event::Message(said) => said.message.into_owned(),
            Event::Chunk(chunk) => Message::SongChunk { audio: Cow::Owned(chunk.audio.to_vec()) },
            other => panic!("{other:?}"),
        });
        for bytes in wire.chunks(portion) {
            observer.data(Side::Listener, bytes, (), &mut tell);
        }
        observer.closed(&mut tell);
        prop_assert_eq!(told, messages);
    }

    #[test]
    fn records_read_back(format in format(), host in host(), port: u16, portion in 1_usize..150) {
        let messages =
            [Message::StreamInfo(format), Message::StreamHost { host }, Message::StreamPort { port }];
        let wire: Vec<u8> = messages.iter().flat_map(|message| message.encode().unwrap()).collect();
        let mut told = Vec::new();
        let mut observer = StreamObserver::new();
        for bytes in wire.chunks(portion) {
            observer.data(Side::Listener, bytes, (), &mut |event: Event<'_, ()>| match event {
                Event::Message(said) => told.push(said.message.into_owned()),
                other => panic!("{other:?}"),
            });
        }
        prop_assert_eq!(&told[..], &messages[..]);
    }

    #[test]
    fn requests_read_back(song in "[^,]{1,20}", host in host(), port: u16) {
        let song = Text::new(song.as_bytes()).unwrap();
        for message in [Message::PlayRequest { song }, Message::Leave { host, port }] {
            let wire = message.encode().unwrap();
            prop_assert_eq!(read_request(&wire).0, message);
        }
    }

    #[test]
    fn lists_read_back(names in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 0..6)) {
        let list = SongList::of(&names);
        prop_assert!(list.text.to_str().is_some());
        prop_assert_eq!(list.songs(), Some(names.clone()));
        let message = Message::SongList(list);
        let wire = message.encode().unwrap();
        let mut told = Vec::new();
        let mut observer = RequestObserver::new();
        observer.data(Side::Initiator, b"SONGLIST", true, (), &mut |_| {});
        for byte in wire.chunks(1) {
            observer.data(Side::Listener, byte, false, (), &mut |event: Event<'_, ()>| {
                if let Event::Message(said) = event { told.push(said.message.into_owned()) }
            });
        }
        prop_assert_eq!(told, [message]);
        let requests = RequestList::of(["a", "b"]);
        prop_assert_eq!(requests.songs().len(), 2);
    }

    #[test]
    fn anything_is_told_and_every_byte_accounted_for(
        portions in prop::collection::vec((any::<bool>(), bytes(), any::<bool>()), 0..10),
        gap in prop::option::of((0_usize..10, any::<bool>(), 1_u64..5000)),
        middle: bool,
    ) {
        let side = |listener| if listener { Side::Listener } else { Side::Initiator };
        let (mut decoded, mut skipped) = (0_u64, 0_u64);
        let mut tell = |event: Event<'_, usize>| match event {
            Event::Message(said) => decoded += said.raw.len() as u64,
            Event::Chunk(chunk) => decoded += chunk.length,
            Event::Skipped { length, .. } => skipped += length,
            _ => {}
        };
        let mut stream = if middle { StreamObserver::in_the_middle() } else { StreamObserver::new() };
        let mut requests = RequestObserver::new();
        let (mut to_client, mut all) = (0_u64, 0_u64);
        for (index, (listener, bytes, boundary)) in portions.iter().enumerate() {
            if let Some((_, listener, length)) = gap.filter(|gap| gap.0 == index) {
                stream.gap(side(listener), length, &mut tell);
            }
            stream.data(side(*listener), bytes, index, &mut tell);
            to_client += if *listener { bytes.len() as u64 } else { 0 };
            all += bytes.len() as u64;
            let _ = boundary;
        }
        stream.closed(&mut tell);
        prop_assert_eq!(decoded + skipped, to_client);
        prop_assert_eq!(stream.undecoded(), skipped + all - to_client);
        let (mut decoded, mut skipped) = (0_u64, 0_u64);
        let mut tell = |event: Event<'_, usize>| match event {
            Event::Message(said) => decoded += said.raw.len() as u64,
            Event::Skipped { length, .. } => skipped += length,
            _ => {}
        };
        for (index, (listener, bytes, boundary)) in portions.iter().enumerate() {
            if let Some((_, listener, length)) = gap.filter(|gap| gap.0 == index) {
                requests.gap(side(listener), length, &mut tell);
            }
            requests.data(side(*listener), bytes, *boundary, index, &mut tell);
        }
        requests.closed(&mut tell);
        prop_assert_eq!(decoded + skipped, all);
    }

    #[test]
    fn machines_survive_anything(
        portions in prop::collection::vec((0_u8..5, bytes(), any::<bool>()), 0..20),
    ) {
        let (mut now, mut stalled) = (Duration::ZERO, BTreeSet::new());
        let mut client = Client::new(b"radio", 6300);
        let mut server = Server::new(b"radio", 6300, vec![b"a.mp3".to_vec()]);
        server.start_song(Format { width: 2, rate: 16_000, chunk: 32 }, Duration::ZERO).unwrap();
        server.accept_stream(Duration::ZERO, ConnectionId(1), b"h");
        server.accept_requests(Duration::ZERO, ConnectionId(2), b"h");
        client.handle_connected(Link::Bootstrap);
        client.handle_connected(Link::Requests);
        let _ = client.ask_songs();
        let links = [Link::Bootstrap, Link::Requests, Link::Source, Link::Successor];
        for (which, bytes, stalls) in &portions {
            let connection = ConnectionId(u64::from(*which));
            let link = links.get(usize::from(*which));
            if *stalls {
                stalled.insert(connection);
                server.handle_stalled(now, connection);
                link.into_iter().for_each(|link| client.handle_stalled(now, *link));
            } else {
                stalled.remove(&connection);
                server.handle_writable(connection);
                link.into_iter().for_each(|link| client.handle_writable(*link));
            }
            match link {
                Some(link) => client.handle_input(*link, bytes),
                None => {
                    let _ = client.handle_successor();
                    client.handle_close(Link::Successor);
                }
            }
            server.handle_input(connection, bytes);
            server.feed_audio(bytes);
            now += Duration::from_millis(100 * bytes.len() as u64);
            server.handle_timeout(now);
            client.handle_timeout(now);
            while client.poll_event().is_some() || client.poll_transmit().is_some() {}
            while server.poll_event().is_some() {}
            while let Some((connection, _)) = server.poll_transmit() {
                prop_assert!(!stalled.contains(&connection), "{connection:?} takes nothing");
            }
            prop_assert!(server.poll_timeout().is_none_or(|at| at > now));
        }
        client.leave(Duration::ZERO);
        client.handle_timeout(Duration::from_secs(9));
        server.handle_close(ConnectionId(2));
    }

    #[test]
    fn recognition_takes_any_bytes(initiator in bytes(), listener in bytes(), announced: bool) {
        let _ = (recognise_stream(&listener), recognise_requests(&initiator, &listener, announced));
    }
}
