//! The stream decoder: bytes in, frames out, in any portions.

use alloc::collections::VecDeque;
use core::mem;

use bytes::{Buf, Bytes, BytesMut};

use crate::code::Direction;
use crate::frame::{ByteOrder, Frame, FrameHeader, Packet};
use crate::splitter::{SEARCH_WINDOW, Splitter, Step};

/// Splits one direction of a connection into packets.
///
/// It never fails and never blocks, and any split of the stream gives the same packets. Between calls
/// it holds at most one message beside what was fed and not polled; behind a gap it holds what it is
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
    place: Place,
    /// The piece of the stream that is being split.
    input: Bytes,
    /// What comes behind it.
    queue: VecDeque<Piece>,
    ended: bool,
}

/// How far the stream is split, apart from the bytes that nobody looked at.
#[derive(Clone, Debug)]
struct Place {
    splitter: Splitter,
    /// The start of a frame whose rest is not there yet, or what is being searched.
    partial: BytesMut,
    /// How much of `partial` is the frame that was given out last.
    given: usize,
    /// Place of the next byte to split in the stream.
    offset: u64,
    skipped: Option<Skipped>,
}

/// A piece of the stream that nobody looked at.
#[derive(Clone, Debug)]
enum Piece {
    Bytes(Bytes),
    Gap(u64),
}

/// Where a whole frame is.
enum Found {
    /// At the start of `partial`.
    Partial(FrameHeader),
    /// At the start of what is left of the input.
    Input(FrameHeader),
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
        let place = Place {
            splitter: Splitter::new(direction),
            partial: BytesMut::new(),
            given: 0,
            offset: 0,
            skipped: None,
        };
        Self { place, input: Bytes::new(), queue: VecDeque::new(), ended: false }
    }

    /// The same decoder for a stream that is inflated already, so that it does not stop again.
    #[must_use]
    pub const fn inflated(mut self) -> Self {
        self.place.splitter.may_compress = false;
        self
    }

    /// Adds bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.feed_owned(Bytes::copy_from_slice(bytes));
    }

    /// Adds bytes of the stream without copying them; payloads will be slices of them.
    pub fn feed_owned(&mut self, bytes: Bytes) {
        if self.input.is_empty() && self.queue.is_empty() {
            self.input = bytes;
        } else if !bytes.is_empty() {
            self.queue.push_back(Piece::Bytes(bytes));
        }
    }

    /// The next packet, if all its bytes are there.
    pub fn poll(&mut self) -> Option<Packet> {
        loop {
            let cut = self.is_cut_behind_input();
            let (used, found) = self.place.find(&self.input, cut);
            self.input.advance(used);
            match found {
                Some(Found::Input(header)) => {
                    let wire = self.input.split_to(header.wire_length());
                    return Some(self.place.packet(header, wire));
                }
                Some(Found::Partial(header)) => {
                    let wire = self.place.partial.split_to(header.wire_length()).freeze();
                    return Some(self.place.packet(header, wire));
                }
                None if self.is_compressed() || !self.next_piece() => return None,
                None => {}
            }
        }
    }

    /// The next frame as a view, without copying where it is all in `input`; what is taken is cut off
    /// from the front of `input`.
    ///
    /// Call it until it gives `None`. It then holds what is left of `input`, unless
    /// [`is_compressed`](Self::is_compressed): then `input` is where the compressed stream goes on.
    /// Do not mix it with [`feed`](Self::feed).
    #[inline]
    pub fn next_frame<'b, 'i: 'b>(&'b mut self, input: &mut &'i [u8]) -> Option<Frame<'b>> {
        if self.place.partial.is_empty() && self.queue.is_empty() {
            if input.is_empty() {
                return None;
            }
            if let Some((frame, rest)) = self.place.splitter.plain_frame(input) {
                let offset = self.place.offset;
                self.place.offset += frame.wire_length() as u64;
                *input = rest;
                return Some(Frame { offset, ..frame });
            }
        }
        self.next_frame_with_care(input)
    }

    /// The next frame where something is held, missing or odd, or the frame is not whole.
    fn next_frame_with_care<'b, 'i: 'b>(&'b mut self, input: &mut &'i [u8]) -> Option<Frame<'b>> {
        loop {
            // A gap is in front of the input.
            let gap = !self.queue.is_empty();
            let bytes = if gap { &[] } else { *input };
            let (used, found) = self.place.find(bytes, gap || self.ended);
            *input = input.get(used..).unwrap_or_default();
            let order = self.place.splitter.order.unwrap_or_default();
            let offset = self.place.offset;
            match found {
                Some(Found::Input(header)) => {
                    let (wire, rest) = input.split_at_checked(header.wire_length())?;
                    *input = rest;
                    self.place.offset += wire.len() as u64;
                    let payload = wire.get(FrameHeader::LENGTH..)?;
                    return Some(Frame { code: header.code, payload, order, offset });
                }
                Some(Found::Partial(header)) => {
                    self.place.given = header.wire_length();
                    self.place.offset += self.place.given as u64;
                    let payload = self.place.partial.get(FrameHeader::LENGTH..self.place.given)?;
                    return Some(Frame { code: header.code, payload, order, offset });
                }
                None if gap && !self.is_compressed() => _ = self.next_piece(),
                None => return None,
            }
        }
    }

    /// Whether the stream ends or has a gap behind the piece that is being split.
    fn is_cut_behind_input(&self) -> bool {
        match self.queue.front() {
            Some(Piece::Gap(_)) => true,
            Some(Piece::Bytes(_)) => false,
            None => self.ended,
        }
    }

    /// Goes on with what comes behind the input, all of which is taken; false where there is nothing.
    fn next_piece(&mut self) -> bool {
        match self.queue.pop_front() {
            Some(Piece::Bytes(bytes)) => self.input = bytes,
            Some(Piece::Gap(missing)) => {
                self.place.skip(self.place.partial.len());
                self.place.partial.clear();
                self.place.offset += missing;
                self.place.splitter.lose_step();
            }
            None => return false,
        }
        true
    }

    /// The next `bytes` bytes of the stream are missing.
    ///
    /// It takes effect in its place: first come the frames in front of it, also those that were held
    /// because more bytes could have spoken against them. The message that the gap cuts is given up,
    /// and the next place where frames follow each other is looked for.
    pub fn gap(&mut self, bytes: u64) {
        self.queue.push_back(Piece::Gap(bytes));
    }

    /// The place of the next header is not known, as in the middle of a connection: looks for a place
    /// where frames follow each other. A gap of no bytes.
    pub fn resync(&mut self) {
        self.gap(0);
    }

    /// No more bytes will come: what is still undecided is decided.
    ///
    /// Poll once more afterwards; what is held then is part of no whole message.
    pub const fn end(&mut self) {
        self.ended = true;
    }

    /// The frame that just came means that this direction goes on as a zlib stream.
    pub const fn begin_compressed(&mut self) {
        self.place.splitter.begin_compressed();
    }

    /// The other side granted compression: from some frame boundary on, which the bytes tell, this
    /// direction goes on as a zlib stream.
    pub const fn await_compressed(&mut self) {
        self.place.splitter.await_compression();
    }

    /// Whether what follows is a zlib stream, which this decoder does not read.
    ///
    /// A decoder of the server's side stops by itself behind a message 3 that grants compression, one
    /// of a server link behind message 10011.
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        self.place.splitter.is_compressed()
    }

    /// Takes what was fed and not read, up to the first gap: the start of the compressed stream, or of
    /// a cut message.
    pub fn take_rest(&mut self) -> Bytes {
        self.place.forget_given();
        let mut rest = mem::take(&mut self.place.partial);
        rest.extend_from_slice(&mem::take(&mut self.input));
        while let Some(Piece::Bytes(bytes)) = self.queue.front() {
            rest.extend_from_slice(bytes);
            self.queue.pop_front();
        }
        self.place.offset += rest.len() as u64;
        rest.freeze()
    }

    /// Takes what was skipped since the last call; neighbouring bytes are told as one piece.
    pub const fn take_skipped(&mut self) -> Option<Skipped> {
        self.place.skipped.take()
    }

    /// The direction of the packets.
    #[must_use]
    pub const fn direction(&self) -> Direction {
        self.place.splitter.direction
    }

    /// Corrects the direction; for those who learn it late.
    pub const fn set_direction(&mut self, direction: Direction) {
        self.place.splitter.direction = direction;
    }

    /// The byte order of the headers; `None` before the first one.
    #[must_use]
    pub const fn byte_order(&self) -> Option<ByteOrder> {
        self.place.splitter.order
    }

    /// Sets the byte order of the headers, which is else told by the first one.
    pub const fn set_byte_order(&mut self, order: ByteOrder) {
        self.place.splitter.order = Some(order);
    }

    /// Whether the place of the next header is being looked for.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let is_gap = |piece: &Piece| matches!(piece, Piece::Gap(_));
        self.place.splitter.is_lost() || !self.queue.is_empty() && self.queue.iter().any(is_gap)
    }

    /// Place in the stream of the next byte that is part of no packet yet.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.place.offset
    }

    /// How many bytes are held: the start of a message, what is being searched, and what was fed and
    /// not polled.
    #[inline]
    #[must_use]
    pub fn held(&self) -> usize {
        let queued = if self.queue.is_empty() { 0 } else { self.queued() };
        self.place.partial.len() - self.place.given + self.input.len() + queued
    }

    fn queued(&self) -> usize {
        let pieces = self.queue.iter().map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Gap(_) => 0,
        });
        pieces.sum()
    }
}

impl Place {
    /// Finds the next whole frame in what is held and in `input`, `cut` saying that nothing comes
    /// behind that for now; also gives how many bytes of `input` were taken in front of the frame.
    fn find(&mut self, input: &[u8], cut: bool) -> (usize, Option<Found>) {
        self.forget_given();
        let mut used = 0;
        loop {
            let fresh = input.get(used..).unwrap_or_default();
            if self.partial.is_empty() {
                match self.splitter.step(fresh, cut) {
                    Step::Frame(header) => return (used, Some(Found::Input(header))),
                    Step::Skip(count) => {
                        used += count;
                        self.skip(count);
                    }
                    Step::Compressed => return (used, None),
                    Step::Need(_) => {
                        self.partial.extend_from_slice(fresh);
                        return (input.len(), None);
                    }
                }
                continue;
            }
            match self.splitter.step(&self.partial, cut && fresh.is_empty()) {
                Step::Frame(header) => return (used, Some(Found::Partial(header))),
                Step::Skip(count) => {
                    self.partial.advance(count);
                    self.skip(count);
                }
                Step::Compressed => return (used, None),
                Step::Need(_) if fresh.is_empty() => return (used, None),
                Step::Need(total) => {
                    let missing = total.saturating_sub(self.partial.len()).clamp(1, fresh.len());
                    self.partial.extend_from_slice(fresh.get(..missing).unwrap_or_default());
                    used += missing;
                }
            }
        }
    }

    fn packet(&mut self, header: FrameHeader, mut payload: Bytes) -> Packet {
        let offset = self.offset;
        self.offset += header.wire_length() as u64;
        payload.advance(FrameHeader::LENGTH);
        Packet {
            code: header.code,
            payload,
            direction: self.splitter.direction,
            order: self.splitter.order.unwrap_or_default(),
            offset,
        }
    }

    /// Forgets the frame that was given out from what is held.
    fn forget_given(&mut self) {
        if self.given == self.partial.len() {
            // Keeps the allocation for the next message that comes in pieces.
            self.partial.clear();
        } else {
            self.partial.advance(self.given);
        }
        self.given = 0;
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
}
