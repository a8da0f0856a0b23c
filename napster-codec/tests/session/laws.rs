//! Laws: any bytes, in any portions.

use std::time::Duration;

use napster_codec::session::{Client, ClientConfig, ClientEvent};
use proptest::prelude::*;

use crate::script::{account, frame};

/// A client with open requests hears a stream in portions; gives what it told and sent.
///
/// The caller does nothing in between, since his calls would come at other places.
fn run(stream: &[u8], cuts: &[usize]) -> (Vec<ClientEvent>, Vec<u8>) {
    let now = Duration::from_secs(1);
    let mut client = Client::new(ClientConfig::default());
    client.login(now, account()).unwrap();
    client.handle_input(now, &frame("3 a@b"));
    client.search(now, b"x").unwrap();
    client.download(now, b"bob", b"a.mp3", Some(7)).unwrap();
    client.join(now, b"Lobby").unwrap();
    let (mut events, mut sent, mut rest) = (Vec::new(), Vec::new(), stream);
    for cut in cuts.iter().copied().chain([usize::MAX]) {
        let (portion, behind) = rest.split_at(cut.min(rest.len()));
        rest = behind;
        client.handle_input(now, portion);
        events.extend(std::iter::from_fn(|| client.poll_event()));
        sent.extend(std::iter::from_fn(|| client.poll_transmit()).flatten());
    }
    client.handle_timeout(now + Duration::from_secs(10_000));
    client.handle_close(now);
    events.extend(std::iter::from_fn(|| client.poll_event()));
    assert!(client.is_closed());
    assert_eq!(client.poll_timeout(), None);
    assert_eq!(events.last(), Some(&ClientEvent::Disconnected));
    (events, sent)
}

/// Frames that a server could send, some of them wrong.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("3 a@b".to_owned()),
        Just("404 search failed: no".to_owned()),
        Just("202".to_owned()),
        Just(r#"204 bob 50462986 0 "a.mp3" 0 4"#.to_owned()),
        Just(r#"620 bob "a.mp3" 7 1"#.to_owned()),
        Just("405 Lobby".to_owned()),
        Just("751 bob".to_owned()),
        (0u16..1200, "[ -~]{0,40}").prop_map(|(code, payload)| format!("{code} {payload}")),
    ];
    prop::collection::vec(line, 0..30)
        .prop_map(|lines| lines.iter().flat_map(|line| frame(line)).collect())
}

proptest! {
    #[test]
    fn any_split_tells_the_same(stream in frames(), cuts in prop::collection::vec(0usize..60, 0..20)) {
        let (whole, sent) = run(&stream, &[]);
        let (cut, sent_too) = run(&stream, &cuts);
        prop_assert_eq!(sent, sent_too);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn every_packet_is_told(stream in frames()) {
        let mut decoder = napster_codec::Decoder::new(napster_codec::Direction::ToClient).inflated();
        decoder.feed(&frame("3 a@b"));
        decoder.feed(&stream);
        let packets: Vec<_> = std::iter::from_fn(|| decoder.poll()).collect();
        let (events, _) = run(&stream, &[]);
        for packet in packets {
            prop_assert!(events.iter().any(|event| event.packet() == Some(&packet)), "{packet:?}");
        }
    }

    #[test]
    fn every_request_ends_once(stream in frames()) {
        let (events, _) = run(&stream, &[]);
        let mut ends: Vec<_> = events.iter().filter_map(crate::script::finished).map(|e| e.0).collect();
        let all = ends.len();
        ends.sort();
        ends.dedup();
        prop_assert_eq!(all, ends.len());
        // The login, the search and the channel; the download ends in events of its own.
        prop_assert_eq!(all, 3);
        let failed = events.iter().filter(|e| matches!(e, ClientEvent::DownloadFailed { .. }));
        let ready = events.iter().filter(|e| matches!(e, ClientEvent::DownloadReady { .. }));
        prop_assert_eq!(failed.count().max(ready.count()), 1);
    }

    #[test]
    fn arbitrary_bytes_are_no_danger(stream in prop::collection::vec(any::<u8>(), 0..2000), cuts in prop::collection::vec(0usize..300, 0..10)) {
        run(&stream, &cuts);
    }
}
