//! Splitting streams: any portions, both byte orders, gaps, compression.

use std::fmt;

use napster_codec::{ByteOrder, Code, Decoder, Direction, Frame, MESSAGES, Packet};
use proptest::prelude::*;

/// A frame as it was written into a stream.
#[derive(Clone, PartialEq)]
struct Sent {
    offset: u64,
    code: Code,
    payload: Vec<u8>,
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.offset, self.code, self.payload.escape_ascii())
    }
}

impl From<Packet> for Sent {
    fn from(packet: Packet) -> Self {
        Self { offset: packet.offset, code: packet.code, payload: packet.payload.to_vec() }
    }
}

impl From<Frame<'_>> for Sent {
    fn from(frame: Frame<'_>) -> Self {
        Self { offset: frame.offset, code: frame.code, payload: frame.payload.to_vec() }
    }
}

/// The examples of the table for one direction.
///
/// Without message 10018, which holds a whole frame: when a gap swallows its own header, nothing can
/// tell that the frame within is not one of the stream.
fn examples(direction: Direction) -> Vec<(Code, &'static [u8])> {
    MESSAGES
        .iter()
        .filter(|spec| spec.directions.admits(direction) && spec.name != "encapsulated")
        .filter_map(|spec| Some((spec.code, spec.example?)))
        .collect()
}

fn stream(direction: Direction, picks: &[u16], order: ByteOrder) -> (Vec<u8>, Vec<Sent>) {
    let examples = examples(direction);
    let (mut bytes, mut sent) = (Vec::new(), Vec::new());
    for pick in picks {
        let (code, payload) = examples[usize::from(*pick) % examples.len()];
        sent.push(Sent { offset: bytes.len() as u64, code, payload: payload.to_vec() });
        let mut packet = Packet::new(code, payload.to_vec(), direction).unwrap();
        packet.order = order;
        packet.write_to(&mut bytes);
    }
    (bytes, sent)
}

/// A decoder that stops for no compression, since the examples stand in no sensible order.
fn decoder(direction: Direction) -> Decoder {
    Decoder::new(direction).inflated()
}

fn poll_all(decoder: &mut Decoder, found: &mut Vec<Sent>) {
    found.extend(core::iter::from_fn(|| decoder.poll()).map(Sent::from));
}

/// The same through the borrowing interface.
fn next_all(decoder: &mut Decoder, mut input: &[u8], found: &mut Vec<Sent>) {
    while let Some(frame) = decoder.next_frame(&mut input) {
        found.push(frame.into());
    }
    assert!(input.is_empty() || decoder.is_compressed());
}

/// Cuts bytes into portions.
fn portions<'b>(bytes: &'b [u8], cuts: &[u16]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> =
        cuts.iter().map(|cut| usize::from(*cut) % (bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn directions() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::ToServer), Just(Direction::ToClient), Just(Direction::ServerLink)]
}

/// Examples of one direction, in any order.
fn talks() -> impl Strategy<Value = (Direction, Vec<u16>)> {
    (directions(), proptest::collection::vec(any::<u16>(), 1..60))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_packets(
        (direction, picks) in talks(),
        big in any::<bool>(),
        cuts in proptest::collection::vec(any::<u16>(), 0..40),
        late in any::<bool>(),
    ) {
        let order = if big { ByteOrder::Big } else { ByteOrder::Little };
        let (bytes, sent) = stream(direction, &picks, order);
        let (mut fed, mut viewed) = (decoder(direction), decoder(direction));
        fed.set_byte_order(order);
        viewed.set_byte_order(order);
        let (mut polled, mut seen) = (Vec::new(), Vec::new());
        for portion in portions(&bytes, &cuts) {
            fed.feed(portion);
            if !late {
                poll_all(&mut fed, &mut polled);
            }
            next_all(&mut viewed, portion, &mut seen);
        }
        poll_all(&mut fed, &mut polled);
        prop_assert_eq!(&polled, &sent);
        prop_assert_eq!(&seen, &sent);
        prop_assert_eq!((fed.held(), fed.offset()), (0, bytes.len() as u64));
        prop_assert_eq!((viewed.held(), viewed.offset()), (0, bytes.len() as u64));
    }

    #[test]
    fn a_gap_costs_the_messages_that_it_cuts_and_no_other(
        (direction, picks) in talks(),
        cuts in proptest::collection::vec(any::<u16>(), 0..12),
        gap in (any::<u16>(), 1_usize..600),
        late in any::<bool>(),
    ) {
        let (bytes, sent) = stream(direction, &picks, ByteOrder::Little);
        let start = usize::from(gap.0) % bytes.len();
        let end = (start + gap.1).min(bytes.len());
        let (mut fed, mut viewed) = (decoder(direction), decoder(direction));
        let (mut polled, mut seen) = (Vec::new(), Vec::new());
        for portion in portions(&bytes[..start], &cuts) {
            fed.feed(portion);
            next_all(&mut viewed, portion, &mut seen);
        }
        fed.gap((end - start) as u64);
        viewed.gap((end - start) as u64);
        for portion in portions(&bytes[end..], &cuts) {
            fed.feed(portion);
            if !late {
                poll_all(&mut fed, &mut polled);
            }
            next_all(&mut viewed, portion, &mut seen);
        }
        fed.end();
        viewed.end();
        poll_all(&mut fed, &mut polled);
        next_all(&mut viewed, &[], &mut seen);
        let whole: Vec<_> = sent
            .into_iter()
            .filter(|frame| {
                let from = frame.offset as usize;
                from + 4 + frame.payload.len() <= start || from >= end
            })
            .collect();
        let missed: Vec<_> = whole.iter().filter(|frame| !polled.contains(frame)).collect();
        let invented: Vec<_> = polled.iter().filter(|frame| !whole.contains(frame)).collect();
        prop_assert!(
            missed.is_empty() && invented.is_empty(),
            "gap {start}..{end}: missed {missed:#?}, invented {invented:#?}"
        );
        prop_assert_eq!(&seen, &polled);
    }
}

#[test]
fn nothing_is_found_where_no_frames_are() {
    let mut state = 1_u64;
    let noise = core::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(1 << 18).collect();
    let text = b"GET / HTTP/1.1\r\nHost: example.net\r\n\r\n".repeat(5_000);
    let quiet_sound: Vec<u8> = noise.iter().flat_map(|byte| [byte % 16, 0]).collect();
    let inputs =
        [("noise", noise), ("text", text), ("zeros", vec![0; 1 << 18]), ("sound", quiet_sound)];
    for (what, input) in inputs {
        for direction in [Direction::ToServer, Direction::ToClient, Direction::ServerLink] {
            let mut decoder = decoder(direction);
            decoder.resync();
            let mut found = Vec::new();
            for portion in input.chunks(1000) {
                next_all(&mut decoder, portion, &mut found);
                assert!(decoder.held() <= Decoder::SEARCH_LIMIT, "{what}: {}", decoder.held());
            }
            decoder.end();
            next_all(&mut decoder, &[], &mut found);
            assert!(found.is_empty(), "{what}: {found:?}");
            let skipped = decoder.take_skipped().unwrap();
            assert_eq!(skipped.length + decoder.held() as u64, input.len() as u64, "{what}");
        }
    }
}

#[test]
fn each_byte_order_is_recognised_by_the_first_header() {
    let login = br#"alice s3cret 6699 "nap v0.8" 3"#;
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let mut packet = Packet::new(Code(2), login.to_vec(), Direction::ToServer).unwrap();
        packet.order = order;
        let mut decoder = Decoder::new(Direction::ToServer);
        decoder.feed(&packet.to_bytes());
        assert_eq!(decoder.poll().as_ref(), Some(&packet));
        assert_eq!(decoder.byte_order(), Some(order));

        // Also where the place of the first header is not known.
        let mut decoder = Decoder::new(Direction::ToServer);
        decoder.resync();
        decoder.feed(b"the end of a message");
        decoder.feed(&packet.to_bytes());
        decoder.end();
        packet.offset = 20;
        assert_eq!(decoder.poll(), Some(packet));
    }
}

#[test]
fn the_decoder_stops_where_compression_begins() {
    // opennap-ng grants it in message 3; the frame itself is plain.
    let mut bytes =
        Packet::new(Code(3), &b"\"anon@x\" 6"[..], Direction::ToClient).unwrap().to_bytes();
    bytes.extend_from_slice(b"\x78\x9cpacked");
    let mut fed = Decoder::new(Direction::ToClient);
    let mut viewed = fed.clone();
    fed.feed(&bytes);
    assert_eq!(fed.poll().map(|packet| packet.code), Some(Code(3)));
    assert_eq!(fed.poll(), None);
    assert!(fed.is_compressed());
    assert_eq!(fed.take_rest(), &b"\x78\x9cpacked"[..]);

    let mut input = &bytes[..];
    assert_eq!(viewed.next_frame(&mut input).map(|frame| frame.code), Some(Code(3)));
    assert_eq!(viewed.next_frame(&mut input), None);
    assert_eq!(input, b"\x78\x9cpacked");

    // The client's side turns at a frame boundary that only its bytes tell; 376 bytes are a frame.
    let long = [&b"bob "[..], &[b'x'; 372]].concat();
    let mut bytes = Packet::new(Code(205), long, Direction::ToServer).unwrap().to_bytes();
    assert_eq!(bytes[..2], [0x78, 0x01]);
    bytes.extend_from_slice(b"\x78\x01packed");
    let mut client = Decoder::new(Direction::ToServer);
    client.await_compressed();
    for byte in &bytes {
        client.feed(&[*byte]);
        if let Some(packet) = client.poll() {
            assert_eq!(packet.payload.len(), 376);
        }
    }
    assert!(client.is_compressed());
    assert_eq!(client.take_rest(), &b"\x78\x01packed"[..]);
}

#[test]
fn gaps_stand_where_they_were_told() {
    let motd = |text: &str| {
        Packet::new(Code(621), text.as_bytes().to_vec(), Direction::ToClient).unwrap().to_bytes()
    };
    let mut decoder = Decoder::new(Direction::ToClient);
    decoder.feed(&motd("one"));
    decoder.feed(&motd("two, which is cut")[..10]);
    decoder.gap(100);
    decoder.feed(b"the rest of another");
    decoder.feed(&motd("three"));
    decoder.gap(50);
    decoder.feed(&motd("four"));
    decoder.end();
    assert!(decoder.is_lost());
    let found: Vec<_> = core::iter::from_fn(|| decoder.poll())
        .map(|packet| (packet.offset, String::from_utf8(packet.payload.to_vec()).unwrap()))
        .collect();
    let one = motd("one").len() as u64;
    let three = one + 10 + 100 + 19;
    let four = three + motd("three").len() as u64 + 50;
    let wanted = [(0, "one"), (three, "three"), (four, "four")];
    assert_eq!(found, wanted.map(|(offset, text)| (offset, text.to_owned())));
    assert_eq!(decoder.offset(), four + motd("four").len() as u64);
}
