//! Splitting streams into frames.

use napster_codec::{ByteOrder, Code, Decoder, Direction, FrameHeader, Packet, Skipped};

use crate::bytes::{Bytes, portions};

/// A stream gives the same frames in any portions and by either interface, and they lie in it where
/// they say: a byte of options, one for the portions, three for a gap, the stream.
pub fn stream(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = bytes.byte();
    let seed = bytes.byte();
    let (place, length) = (usize::from(bytes.short()), usize::from(bytes.byte()));
    let stream = bytes.rest();
    let start = place.min(stream.len());
    let end = (start + length).min(stream.len());
    let source = Source { stream, gap: start..end, has_gap: length > 0 };

    let whole = source.fed(decoder(options), 0, false);
    let pieces = source.fed(decoder(options), seed, false);
    let late = source.fed(decoder(options), seed, true);
    let viewed = source.viewed(decoder(options), 0);
    let viewed_pieces = source.viewed(decoder(options), seed);
    assert_eq!(whole, pieces, "portions");
    assert_eq!(whole, late, "polled late");
    assert_eq!(whole, viewed, "borrowed");
    assert_eq!(whole, viewed_pieces, "borrowed, portions");
    source.hold(&whole, options & 32 != 0);
}

/// A decoder as the options of an input want it.
fn decoder(options: u8) -> Decoder {
    let direction = match options & 3 {
        0 => Direction::ToServer,
        1 => Direction::ToClient,
        _ => Direction::ServerLink,
    };
    let mut decoder = Decoder::new(direction);
    match options >> 2 & 3 {
        0 => decoder.set_byte_order(ByteOrder::Little),
        1 => decoder.set_byte_order(ByteOrder::Big),
        _ => {}
    }
    if options & 16 != 0 {
        decoder = decoder.inflated();
    }
    if options & 32 != 0 {
        decoder.resync();
    }
    if options & 64 != 0 {
        decoder.await_compressed();
    }
    decoder
}

/// A stream with a hole in it.
struct Source<'s> {
    stream: &'s [u8],
    gap: std::ops::Range<usize>,
    has_gap: bool,
}

/// What came out of a decoder.
#[derive(Debug, Default, PartialEq)]
struct Told {
    /// Offset, code, payload and byte order of each frame.
    frames: Vec<(u64, Code, Vec<u8>, ByteOrder)>,
    /// What was skipped, piece by piece.
    skipped: Vec<(u64, u64)>,
    compressed: bool,
    offset: u64,
    held: usize,
}

impl Told {
    fn skip(&mut self, skipped: Option<Skipped>) {
        let Some(Skipped { offset, length, .. }) = skipped else { return };
        match self.skipped.last_mut() {
            Some(last) if last.0 + last.1 == offset => last.1 += length,
            _ => self.skipped.push((offset, length)),
        }
    }

    fn packet(&mut self, packet: Packet) {
        let payload = packet.payload.to_vec();
        self.frames.push((packet.offset, packet.code, payload, packet.order));
    }
}

impl Source<'_> {
    /// The portions in front of the gap and behind it.
    fn portions(&self, seed: u8) -> [Vec<&[u8]>; 2] {
        let (front, behind) = if self.has_gap {
            (&self.stream[..self.gap.start], &self.stream[self.gap.end..])
        } else {
            (self.stream, &[][..])
        };
        [portions(front, seed), portions(behind, seed)]
    }

    /// What comes out by feeding and polling.
    fn fed(&self, mut decoder: Decoder, seed: u8, late: bool) -> Told {
        let mut told = Told::default();
        let drain = |decoder: &mut Decoder, told: &mut Told| {
            while let Some(packet) = decoder.poll() {
                assert_eq!(packet.direction, decoder.direction());
                told.packet(packet);
            }
            // Where a skipped piece ends is known only once it is; so it is asked for at the end.
        };
        let [front, behind] = self.portions(seed);
        for portion in front {
            decoder.feed(portion);
            if !late {
                drain(&mut decoder, &mut told);
                assert!(decoder.is_compressed() || decoder.held() <= MOST_HELD);
            }
        }
        if self.has_gap {
            decoder.gap(self.gap.len() as u64);
        }
        for portion in behind {
            decoder.feed(portion);
            if !late {
                drain(&mut decoder, &mut told);
            }
        }
        decoder.end();
        drain(&mut decoder, &mut told);
        told.skip(decoder.take_skipped());
        told.compressed = decoder.is_compressed();
        if !told.compressed {
            told.held = decoder.held();
            told.offset = decoder.offset();
        }
        told
    }

    /// What comes out of the borrowing interface.
    fn viewed(&self, mut decoder: Decoder, seed: u8) -> Told {
        let mut told = Told::default();
        let mut take = |decoder: &mut Decoder, portion: &[u8]| {
            let mut input = portion;
            while let Some(frame) = decoder.next_frame(&mut input) {
                told.frames.push((frame.offset, frame.code, frame.payload.to_vec(), frame.order));
            }
            assert!(input.is_empty() || decoder.is_compressed(), "bytes are left");
            !decoder.is_compressed()
        };
        let [front, behind] = self.portions(seed);
        let mut open = front.into_iter().all(|portion| take(&mut decoder, portion));
        if self.has_gap && open {
            decoder.gap(self.gap.len() as u64);
            open = behind.into_iter().all(|portion| take(&mut decoder, portion));
        }
        if open {
            decoder.end();
            take(&mut decoder, &[]);
        }
        told.skip(decoder.take_skipped());
        told.compressed = decoder.is_compressed();
        if !told.compressed {
            told.held = decoder.held();
            told.offset = decoder.offset();
        }
        told
    }

    /// Frames are bytes of the stream, in order, and what lies between them was told as skipped.
    fn hold(&self, told: &Told, lost_at_start: bool) {
        let mut next = 0;
        let mut between = 0;
        for (offset, code, payload, order) in &told.frames {
            assert!(*offset >= next, "frames overlap");
            between += offset - next;
            let from = *offset as usize;
            let wire = from..from + FrameHeader::LENGTH + payload.len();
            let cut = self.has_gap && wire.start < self.gap.end && wire.end > self.gap.start;
            assert!(!cut || self.gap.is_empty(), "a frame made of bytes that are missing");
            let mut packet = Packet::new(*code, payload.clone(), Direction::ToServer)
                .expect("a payload with a length of two bytes");
            packet.order = *order;
            assert_eq!(self.stream.get(wire.clone()), Some(&packet.to_bytes()[..]), "other bytes");
            next = wire.end as u64;
        }
        if !self.has_gap && !lost_at_start {
            assert_eq!(between, 0, "frames follow each other");
            assert_eq!(told.skipped, []);
        }
        if !told.compressed {
            assert_eq!(told.offset + told.held as u64, self.stream.len() as u64, "the account");
        }
    }
}

/// The most that a decoder that is polled may hold: one frame, or what it searches.
const MOST_HELD: usize = {
    let frame = FrameHeader::LENGTH + u16::MAX as usize;
    if frame > Decoder::SEARCH_LIMIT { frame } else { Decoder::SEARCH_LIMIT }
};
