//! The music stream of Comp 112: frames, records, requests, and the programs of both sides.

use std::time::Duration;

use napster_codec::comp112::{
    Client, ConnectionId, Event, Format, FrameDecoder, Item, Link, PlayAnswer, RequestObserver,
    Server, StreamObserver, read_request, recognise_requests, recognise_stream,
};
use napster_codec::peer::Side;

use crate::bytes::{Bytes, portions};

/// Portions beyond this many say nothing new.
const MOST_PORTIONS: usize = 64;

/// Streams and requests are told with every byte accounted for, in any portions, and neither program
/// fails at them: a byte of options, one for the portions, then acts, each a byte for its kind, one for
/// its length, its bytes.
pub fn comp112(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = bytes.byte();
    let seed = bytes.byte();
    let mut acts = Vec::new();
    while !bytes.is_empty() && acts.len() < MOST_PORTIONS {
        acts.push(Act::take(&mut bytes));
    }
    let middle = options & 1 != 0;
    watch_stream(&acts, middle);
    watch_requests(&acts);

    let said = |side| acts.iter().filter(move |act| act.side == side).map(|act| act.bytes);
    let (initiator, listener) = (
        said(Side::Initiator).collect::<Vec<_>>().concat(),
        said(Side::Listener).collect::<Vec<_>>().concat(),
    );
    assert_eq!(frames(&listener, 0), frames(&listener, seed), "frames in portions");
    assert_eq!(
        stream(&listener, middle, 0),
        stream(&listener, middle, seed),
        "a stream in portions"
    );
    let _ = (recognise_stream(&listener), recognise_requests(&initiator, &listener, middle));
    for act in &acts {
        let (message, odd) = read_request(act.bytes);
        if let Some(odd) = odd {
            assert!(odd.span.end as usize <= act.bytes.len(), "{odd:?}");
        } else if let Ok(written) = message.encode() {
            assert_eq!(written, act.bytes, "{message:?}");
        }
        if let Some(answer) = PlayAnswer::parse(act.bytes) {
            assert_eq!(PlayAnswer::parse(&answer.to_bytes()), Some(answer.clone()));
        }
        if let Ok(format) = Format::parse(act.bytes) {
            let mut written = Vec::new();
            format.write(&mut written);
            assert_eq!(Format::parse(&written), Ok(format));
            let _ = (format.bytes_per_second(), format.duration(u64::from(u32::MAX)));
        }
    }
    run_programs(&acts);
}

/// One thing that happens on a connection.
struct Act<'b> {
    side: Side,
    /// Whether a TCP segment ends behind the bytes.
    boundary: bool,
    /// So many bytes in front were not captured.
    gap: u64,
    /// Which connection of a program it comes by.
    link: u8,
    bytes: &'b [u8],
}

impl<'b> Act<'b> {
    fn take(bytes: &mut Bytes<'b>) -> Self {
        let kind = bytes.byte();
        let length = usize::from(bytes.byte());
        Self {
            side: if kind & 1 == 0 { Side::Initiator } else { Side::Listener },
            boundary: kind & 2 == 0,
            gap: if kind >> 5 == 7 { u64::from(kind) } else { 0 },
            link: kind >> 2 & 7,
            bytes: bytes.take(length),
        }
    }
}

/// How much of a stream was told as what.
#[derive(Default)]
struct Account {
    decoded: u64,
    skipped: u64,
}

impl Account {
    fn note<T>(&mut self, event: &Event<'_, T>) {
        match event {
            Event::Message(said) => {
                self.decoded += said.raw.len() as u64;
                for odd in said.diagnostics {
                    assert!(odd.span.start <= odd.span.end, "{odd:?}");
                    assert!(odd.span.end as usize <= said.raw.len(), "{odd:?}");
                }
                assert!(!said.message.name().is_empty());
            }
            Event::Chunk(chunk) => {
                self.decoded += chunk.length;
                assert!(chunk.audio.len() as u64 <= chunk.length);
            }
            Event::Skipped { length, .. } => self.skipped += length,
            _ => {}
        }
    }
}

fn watch_stream(acts: &[Act<'_>], middle: bool) {
    let mut account = Account::default();
    let mut observer = if middle { StreamObserver::in_the_middle() } else { StreamObserver::new() };
    let (mut to_client, mut all) = (0, 0);
    for (index, act) in acts.iter().enumerate() {
        if act.gap > 0 {
            observer.gap(act.side, act.gap, &mut |event| account.note(&event));
        }
        observer.data(act.side, act.bytes, index, &mut |event| account.note(&event));
        all += act.bytes.len() as u64;
        to_client += if act.side == Side::Listener { act.bytes.len() as u64 } else { 0 };
    }
    observer.closed(&mut |event| account.note(&event));
    assert_eq!(account.decoded + account.skipped, to_client);
    assert_eq!(observer.undecoded(), account.skipped + all - to_client);
}

fn watch_requests(acts: &[Act<'_>]) {
    let mut account = Account::default();
    let mut observer = RequestObserver::new();
    let mut all = 0;
    for (index, act) in acts.iter().enumerate() {
        if act.gap > 0 {
            observer.gap(act.side, act.gap, &mut |event| account.note(&event));
        }
        observer.data(act.side, act.bytes, act.boundary, index, &mut |event| account.note(&event));
        all += act.bytes.len() as u64;
    }
    observer.closed(&mut |event| account.note(&event));
    assert_eq!(account.decoded + account.skipped, all);
}

/// The frames of a stream, and what is wrong with it.
fn frames(stream: &[u8], seed: u8) -> Vec<String> {
    let mut told = Vec::new();
    let mut skipped: Option<(u64, u64)> = None;
    let mut decoder = FrameDecoder::new();
    let mut poll = |decoder: &mut FrameDecoder| {
        while let Some(item) = decoder.poll() {
            if let Item::Skipped { offset, length } = item {
                // How much is passed over at a time depends on the portions.
                skipped = Some(match skipped {
                    Some((start, before)) => {
                        assert_eq!(start + before, offset);
                        (start, before + length)
                    }
                    None => (offset, length),
                });
                continue;
            }
            told.extend(skipped.take().map(|skipped| format!("{skipped:?}")));
            told.push(format!("{item:?}"));
        }
    };
    for portion in portions(stream, seed) {
        decoder.feed(portion);
        poll(&mut decoder);
    }
    decoder.finish();
    poll(&mut decoder);
    told.extend(skipped.map(|skipped| format!("{skipped:?}")));
    told
}

/// What an observer tells of a stream.
fn stream(stream: &[u8], middle: bool, seed: u8) -> (Vec<String>, u64) {
    let mut told = Vec::new();
    let mut observer = if middle { StreamObserver::in_the_middle() } else { StreamObserver::new() };
    let mut tell = |event: Event<'_, ()>| match event {
        Event::Skipped { .. } => {}
        event => told.push(format!("{event:?}")),
    };
    for portion in portions(stream, seed) {
        observer.data(Side::Listener, portion, (), &mut tell);
    }
    observer.closed(&mut tell);
    (told, observer.undecoded())
}

fn run_programs(acts: &[Act<'_>]) {
    let mut client = Client::new(b"radio", 6300);
    let mut server = Server::new(b"radio", 6300, vec![b"a.mp3".to_vec()]);
    let format = Format { width: 2, rate: 16_000, chunk: 32 };
    server.start_song(format, Duration::ZERO).expect("a format of whole chunks");
    server.accept_stream(Duration::ZERO, ConnectionId(1), b"h");
    server.accept_requests(Duration::ZERO, ConnectionId(2), b"h");
    client.handle_connected(Link::Bootstrap);
    client.handle_connected(Link::Requests);
    let _ = client.ask_songs();
    let links = [Link::Bootstrap, Link::Requests, Link::Source, Link::Successor];
    let mut now = Duration::ZERO;
    for act in acts {
        // Every other length finds a connection that takes nothing.
        let (connection, link) =
            (ConnectionId(u64::from(act.link)), links.get(usize::from(act.link)));
        if act.bytes.len() % 2 == 0 {
            server.handle_stalled(now, connection);
            link.into_iter().for_each(|link| client.handle_stalled(now, *link));
        } else {
            server.handle_writable(connection);
            link.into_iter().for_each(|link| client.handle_writable(*link));
        }
        match links.get(usize::from(act.link)) {
            Some(link) => client.handle_input(*link, act.bytes),
            None => {
                let _ = client.handle_successor();
                client.handle_close(links[usize::from(act.link) % links.len()]);
            }
        }
        server.handle_input(connection, act.bytes);
        server.feed_audio(act.bytes);
        now += Duration::from_millis(100 * act.bytes.len() as u64);
        server.handle_timeout(now);
        client.handle_timeout(now);
        while client.poll_event().is_some() || client.poll_transmit().is_some() {}
        while server.poll_event().is_some() || server.poll_transmit().is_some() {}
    }
    client.leave(Duration::ZERO);
    client.handle_timeout(Duration::from_secs(9));
    server.handle_close(ConnectionId(2));
}
