//! The stream decoder: bytes in, frames out, in any portions.

use core::mem;

use bytes::{Buf, Bytes, BytesMut};

use crate::code::Direction;
use crate::frame::{ByteOrder, Frame, FrameHeader, Packet};
use crate::splitter::{SEARCH_WINDOW, Splitter, Step};

/// Splits one direction of a connection into packets.
///
/// It never fails and never blocks, and any split of the stream gives the same packets. Between calls
/// it holds at most one message beside what was fed and not polled; after a gap it holds what it is
/// searching, at most [`SEARCH_LIMIT`](Self::SEARCH_LIMIT) bytes.
///
/// ```
/// use napster_codec::{Decoder, Direction};
///
/// let mut decoder = Decoder::new(Direction::ToClient);
/// decoder.feed(b"\x0e\x00\xd6\x00979 1475");
/// assert!(decoder.poll().is_none());
/// decoder.feed(b"66 587");
/// let packet = decoder.poll().expect("a whole frame");
/// assert_eq!(packet.name(), "server_stats");
/// assert_eq!(packet.to_bytes(), b"\x0e\x00\xd6\x00979 147566 587");
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    splitter: Splitter,
    /// The start of a frame whose rest is not there yet.
    partial: BytesMut,
    /// What was fed and not looked at.
    input: Bytes,
    /// Place of the next byte to split in the stream.
    offset: u64,
    /// How much of `partial` is the frame that was given out last.
    given: usize,
    skipped: Option<Skipped>,
    ended: bool,
}

/// Bytes that are part of no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Place of the first one in the stream.
    pub offset: u64,
    /// How many.
    pub length: u64,
}

impl Decoder {
    /// The most bytes that are held while searching behind a gap.
    pub const SEARCH_LIMIT: usize = SEARCH_WINDOW;

    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new(direction: Direction) -> Self {
        Self {
            splitter: Splitter::new(direction),
            partial: BytesMut::new(),
            input: Bytes::new(),
            offset: 0,
            given: 0,
            skipped: None,
            ended: false,
        }
    }

    /// The same decoder for a stream that is inflated already, so that it does not stop again.
    #[must_use]
    pub const fn inflated(mut self) -> Self {
        self.splitter.may_compress = false;
        self
    }

    /// Adds bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.input.is_empty() {
            self.input = Bytes::copy_from_slice(bytes);
        } else {
            let mut joined = BytesMut::from(mem::take(&mut self.input));
            joined.extend_from_slice(bytes);
            self.input = joined.freeze();
        }
    }

    /// Adds bytes of the stream without copying them; payloads will be slices of them.
    pub fn feed_owned(&mut self, bytes: Bytes) {
        if self.input.is_empty() {
            self.input = bytes;
        } else {
            self.feed(&bytes);
        }
    }

    /// The next packet, if all its bytes are there.
    pub fn poll(&mut self) -> Option<Packet> {
        let mut input = mem::take(&mut self.input);
        let packet = self.poll_from(&mut input);
        self.input = input;
        packet
    }

    fn poll_from(&mut self, input: &mut Bytes) -> Option<Packet> {
        loop {
            self.forget_given();
            if self.partial.is_empty() {
                match self.splitter.step(input, self.ended) {
                    Step::Frame(header) => {
                        let mut wire = input.split_to(wire_length(header));
                        wire.advance(FrameHeader::LENGTH);
                        return Some(self.packet(header, wire));
                    }
                    Step::Skip(count) => {
                        input.advance(count);
                        self.skip(count);
                    }
                    Step::Compressed => return None,
                    Step::Need(_) => {
                        self.partial.extend_from_slice(&mem::take(input));
                        return None;
                    }
                }
                continue;
            }
            match self.splitter.step(&self.partial, self.ended) {
                Step::Frame(header) => {
                    let mut wire = self.partial.split_to(wire_length(header)).freeze();
                    wire.advance(FrameHeader::LENGTH);
                    return Some(self.packet(header, wire));
                }
                Step::Skip(count) => {
                    self.partial.advance(count);
                    self.skip(count);
                }
                Step::Compressed => return None,
                Step::Need(total) => {
                    if input.is_empty() {
                        return None;
                    }
                    let missing = total.saturating_sub(self.partial.len()).clamp(1, input.len());
                    self.partial.extend_from_slice(&input.split_to(missing));
                }
            }
        }
    }

    fn packet(&mut self, header: FrameHeader, payload: Bytes) -> Packet {
        let offset = self.offset;
        self.offset += wire_length(header) as u64;
        Packet {
            code: header.code,
            payload,
            direction: self.splitter.direction,
            order: self.splitter.order.unwrap_or_default(),
            offset,
        }
    }

    /// The next frame as a view, without copying where it is all in `input`; what is taken is cut off
    /// from the front of `input`.
    ///
    /// Call it until it gives `None`. It then holds what is left of `input`, unless
    /// [`is_compressed`](Self::is_compressed): then `input` is where the compressed stream goes on.
    /// Do not mix it with [`feed`](Self::feed).
    pub fn next_frame<'f, 'i: 'f>(&'f mut self, input: &mut &'i [u8]) -> Option<Frame<'f>> {
        self.forget_given();
        loop {
            if self.partial.is_empty() {
                match self.splitter.step(input, self.ended) {
                    Step::Frame(header) => {
                        let (wire, rest) = input.split_at_checked(wire_length(header))?;
                        *input = rest;
                        return Some(self.frame(header, wire));
                    }
                    Step::Skip(count) => {
                        *input = input.get(count..).unwrap_or_default();
                        self.skip(count);
                    }
                    Step::Compressed => return None,
                    Step::Need(_) => {
                        self.partial.extend_from_slice(input);
                        *input = &[];
                        return None;
                    }
                }
                continue;
            }
            match self.splitter.step(&self.partial, self.ended) {
                Step::Frame(header) => {
                    self.given = wire_length(header);
                    let offset = self.offset;
                    self.offset += self.given as u64;
                    let payload = self.partial.get(FrameHeader::LENGTH..self.given)?;
                    let order = self.splitter.order.unwrap_or_default();
                    return Some(Frame { code: header.code, payload, order, offset });
                }
                Step::Skip(count) => {
                    self.partial.advance(count);
                    self.skip(count);
                }
                Step::Compressed => return None,
                Step::Need(total) => {
                    if input.is_empty() {
                        return None;
                    }
                    let missing = total.saturating_sub(self.partial.len()).clamp(1, input.len());
                    let (taken, rest) = input.split_at_checked(missing)?;
                    self.partial.extend_from_slice(taken);
                    *input = rest;
                }
            }
        }
    }

    fn frame<'b>(&mut self, header: FrameHeader, wire: &'b [u8]) -> Frame<'b> {
        let offset = self.offset;
        self.offset += wire.len() as u64;
        let order = self.splitter.order.unwrap_or_default();
        Frame {
            code: header.code,
            payload: wire.get(FrameHeader::LENGTH..).unwrap_or_default(),
            order,
            offset,
        }
    }

    fn forget_given(&mut self) {
        if self.given > 0 {
            self.partial.advance(self.given);
            self.given = 0;
        }
        if self.partial.is_empty() {
            // Keeps the allocation for the next message that comes in pieces.
            self.partial.clear();
        }
    }

    /// The next `bytes` bytes of the stream are missing: the message they cut is given up, and the
    /// next place where frames follow each other is looked for.
    pub fn gap(&mut self, bytes: u64) {
        self.resync();
        self.offset += bytes;
    }

    /// The place of the next header is not known, as in the middle of a connection: gives up what is
    /// held and looks for a place where frames follow each other.
    pub fn resync(&mut self) {
        self.forget_given();
        let held = self.partial.len() + self.input.len();
        self.partial.clear();
        self.input = Bytes::new();
        self.skip(held);
        self.splitter.lose_step();
    }

    /// No more bytes will come: what is still undecided is decided.
    ///
    /// Poll once more afterwards; what is held then is part of no whole message.
    pub const fn end(&mut self) {
        self.ended = true;
    }

    /// The frame that just came means that this direction goes on as a zlib stream.
    pub const fn begin_compressed(&mut self) {
        self.splitter.begin_compressed();
    }

    /// The other side granted compression: from some frame boundary on, which the bytes tell, this
    /// direction goes on as a zlib stream.
    pub const fn await_compressed(&mut self) {
        self.splitter.await_compression();
    }

    /// Whether what follows is a zlib stream, which this decoder does not read.
    ///
    /// A decoder of the server's side stops by itself behind a message 3 that grants compression, one
    /// of a server link behind message 10011.
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        self.splitter.is_compressed()
    }

    /// Takes what was fed and not read: the start of the compressed stream, or of a cut message.
    pub fn take_rest(&mut self) -> Bytes {
        self.forget_given();
        let mut rest = mem::take(&mut self.partial);
        rest.extend_from_slice(&mem::take(&mut self.input));
        self.offset += rest.len() as u64;
        rest.freeze()
    }

    /// Takes what was skipped since the last call; neighbouring bytes are told as one piece.
    pub const fn take_skipped(&mut self) -> Option<Skipped> {
        self.skipped.take()
    }

    fn skip(&mut self, count: usize) {
        let offset = self.offset;
        self.offset += count as u64;
        if count > 0 {
            match &mut self.skipped {
                Some(skipped) => skipped.length += count as u64,
                none => *none = Some(Skipped { offset, length: count as u64 }),
            }
        }
    }

    /// The direction of the packets.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.splitter.direction
    }

    /// Corrects the direction; for those who learn it late.
    pub const fn set_direction(&mut self, direction: Direction) {
        self.splitter.direction = direction;
    }

    /// The byte order of the headers; `None` before the first one.
    #[must_use]
    pub const fn byte_order(&self) -> Option<ByteOrder> {
        self.splitter.order
    }

    /// Sets the byte order of the headers, which is else told by the first one.
    pub const fn set_byte_order(&mut self, order: ByteOrder) {
        self.splitter.order = Some(order);
    }

    /// Whether the place of the next header is being looked for.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.splitter.is_lost()
    }

    /// Place in the stream of the next byte that is part of no packet yet.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// How many bytes are held: the start of a message, or what is being searched.
    #[must_use]
    pub fn held(&self) -> usize {
        self.partial.len() - self.given + self.input.len()
    }
}

fn wire_length(header: FrameHeader) -> usize {
    FrameHeader::LENGTH + usize::from(header.length)
}
