//! Frames of the audio stream: two letters, four bytes with a decimal length, and the payload.

use alloc::vec::Vec;
use core::fmt;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the programs know these three")]
pub enum FrameKind {
    /// `SC`: a chunk of audio.
    Chunk,
    /// `NS`: a song begins; the payload is the format, padded with blanks to 100 bytes.
    NewSong,
    /// `DC`: the sender leaves; the payload says where to go on.
    Disconnect,
}

impl FrameKind {
    const ALL: [Self; 3] = [Self::Chunk, Self::NewSong, Self::Disconnect];

    /// The two letters.
    #[must_use]
    pub const fn letters(self) -> [u8; 2] {
        match self {
            Self::Chunk => *b"SC",
            Self::NewSong => *b"NS",
            Self::Disconnect => *b"DC",
        }
    }
}

/// The six bytes in front of a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct FrameHeader {
    /// What the frame is.
    pub kind: FrameKind,
    /// The payload's bytes, at most [`LONGEST`](Self::LONGEST).
    pub length: u16,
}

impl FrameHeader {
    /// A header's bytes.
    pub const LENGTH: usize = 6;
    /// The longest payload: four digits. The programs write a longer header beyond, which shifts
    /// everything behind it.
    pub const LONGEST: u16 = 9999;

    /// Reads a header.
    ///
    /// # Errors
    ///
    /// [`BadHeader`] where the bytes are none.
    pub fn parse(bytes: [u8; Self::LENGTH]) -> Result<Self, BadHeader> {
        let [first, second, length @ ..] = bytes;
        let kind = FrameKind::ALL.into_iter().find(|kind| kind.letters() == [first, second]);
        let Some(kind) = kind else { return Err(BadHeader::UnknownKind) };
        let digits = length.trim_ascii_end();
        if let [b'-', digits @ ..] = digits
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
        {
            return Err(BadHeader::NegativeLength);
        }
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(BadHeader::NotANumber);
        }
        // Four digits fit.
        let length = digits.iter().fold(0, |value, digit| value * 10 + u16::from(digit - b'0'));
        if kind == FrameKind::NewSong && usize::from(length) != RECORD_LENGTH {
            return Err(BadHeader::WrongLength);
        }
        Ok(Self { kind, length })
    }

    /// The header's bytes; `None` where the length has more than four digits.
    #[must_use]
    pub fn to_bytes(self) -> Option<[u8; Self::LENGTH]> {
        if self.length > Self::LONGEST {
            return None;
        }
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        bytes.extend_from_slice(&self.kind.letters());
        crate::writer::Writer::new(&mut bytes).digits(u64::from(self.length));
        bytes.resize(Self::LENGTH, b' ');
        bytes.as_slice().try_into().ok()
    }
}

/// Why six bytes are no frame header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadHeader {
    /// The first two bytes are none of `SC`, `NS`, `DC`.
    UnknownKind,
    /// The length is below 0; the programs fail at it.
    NegativeLength,
    /// The length is no number.
    NotANumber,
    /// An `NS` frame that does not have its 100 bytes.
    WrongLength,
}

impl BadHeader {
    /// The name in snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownKind => "unknown_kind",
            Self::NegativeLength => "negative_length",
            Self::NotANumber => "length_not_a_number",
            Self::WrongLength => "wrong_length",
        }
    }
}

impl fmt::Display for BadHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKind => "expected a frame header with SC, NS or DC",
            Self::NegativeLength => "expected a length that is not below 0",
            Self::NotANumber => "expected a decimal length in four bytes",
            Self::WrongLength => "expected 100 bytes of format in an NS frame",
        })
    }
}

impl core::error::Error for BadHeader {}

/// A whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame<'d> {
    /// What it is.
    pub kind: FrameKind,
    /// Place of its header in the stream.
    pub offset: u64,
    /// What is behind the header.
    pub payload: &'d [u8],
}

/// What a [`FrameDecoder`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'d> {
    /// A whole frame.
    Frame(Frame<'d>),
    /// No frame begins where one should; what follows is searched for the next one.
    Bad {
        /// The place in the stream.
        offset: u64,
        /// Why it is none.
        reason: BadHeader,
    },
    /// Bytes that are in no frame.
    Skipped {
        /// The place in the stream.
        offset: u64,
        /// How many.
        length: u64,
    },
}

/// Splits an audio stream into frames, in any portions.
///
/// Behind a bad header or a gap it looks for a place where two frames follow each other, the first
/// of which has the length that chunks had before. It holds at most one frame beside what was fed
/// and not polled, or two while it searches.
#[derive(Clone, Debug, Default)]
pub struct FrameDecoder {
    splitter: Splitter,
    bytes: Vec<u8>,
    /// How much of `bytes` was given out.
    taken: usize,
    offset: u64,
    ended: bool,
}

impl FrameDecoder {
    /// A decoder at the start of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The stream has no further bytes.
    pub const fn finish(&mut self) {
        self.ended = true;
    }

    /// Whether no started frame is waiting for the rest of its bytes.
    #[must_use]
    pub fn is_between_frames(&self) -> bool {
        self.taken == self.bytes.len()
    }

    /// The next frame, if all its bytes are there, or what is wrong.
    pub fn poll(&mut self) -> Option<Item<'_>> {
        let rest = self.bytes.get(self.taken..).unwrap_or_default();
        let offset = self.offset;
        match self.splitter.step(rest, self.ended) {
            Step::Need => None,
            Step::Bad(reason) => Some(Item::Bad { offset, reason }),
            Step::Skip(count) => {
                self.advance(count);
                Some(Item::Skipped { offset, length: count as u64 })
            }
            Step::Frame(header) => {
                let begin = self.taken + FrameHeader::LENGTH;
                let end = begin + usize::from(header.length);
                self.advance(FrameHeader::LENGTH + usize::from(header.length));
                let payload = self.bytes.get(begin..end).unwrap_or_default();
                Some(Item::Frame(Frame { kind: header.kind, offset, payload }))
            }
        }
    }

    const fn advance(&mut self, count: usize) {
        self.taken += count;
        self.offset += count as u64;
    }
}

/// What the start of the rest of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes will tell.
    Need,
    /// A whole frame.
    Frame(FrameHeader),
    /// Not a frame; told once, then the search begins.
    Bad(BadHeader),
    /// Bytes to pass over.
    Skip(usize),
}

/// Finds frames at the start of what it is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Splitter {
    lost: bool,
    /// How many bytes in front cannot begin a frame, while searching.
    rejected: usize,
    /// The length of the last chunk.
    usual: Option<u16>,
}

impl Splitter {
    /// Bytes were lost: what follows has to be searched.
    pub(super) const fn lose(&mut self) {
        self.lost = true;
        self.rejected = 0;
    }

    pub(super) fn step(&mut self, bytes: &[u8], ended: bool) -> Step {
        if self.lost {
            return self.search(bytes, ended);
        }
        let Some(header) = bytes.first_chunk() else { return Step::Need };
        match FrameHeader::parse(*header) {
            Ok(header) => {
                if bytes.len() < FrameHeader::LENGTH + usize::from(header.length) {
                    return Step::Need;
                }
                if header.kind == FrameKind::Chunk {
                    self.usual = Some(header.length);
                }
                Step::Frame(header)
            }
            Err(reason) => {
                self.lose();
                Step::Bad(reason)
            }
        }
    }

    fn search(&mut self, bytes: &[u8], ended: bool) -> Step {
        for place in self.rejected..bytes.len() {
            match self.judge(bytes.get(place..).unwrap_or_default(), ended) {
                None => {
                    self.rejected = place;
                    // What is rejected is passed over now and then, so that little is held.
                    return if place >= SEARCHED { self.skip(place) } else { Step::Need };
                }
                Some(false) => {}
                Some(true) => {
                    self.lost = false;
                    self.rejected = 0;
                    return if place > 0 { Step::Skip(place) } else { self.step(bytes, ended) };
                }
            }
        }
        if bytes.is_empty() || !ended && bytes.len() < SEARCHED {
            self.rejected = bytes.len();
            return Step::Need;
        }
        self.skip(bytes.len())
    }

    const fn skip(&mut self, count: usize) -> Step {
        self.rejected = 0;
        Step::Skip(count)
    }

    /// Whether a chunk has the length that chunks had before.
    fn is_usual(&self, header: FrameHeader) -> bool {
        header.kind != FrameKind::Chunk || self.usual.is_none_or(|usual| usual == header.length)
    }

    /// Whether two frames follow each other here; `None` where more bytes will tell.
    fn judge(&self, bytes: &[u8], ended: bool) -> Option<bool> {
        let Some(header) = bytes.first_chunk() else {
            let begins = FrameKind::ALL.iter().any(|kind| {
                let letters = kind.letters();
                bytes.iter().zip(letters).all(|(byte, letter)| *byte == letter)
            });
            return if begins && !ended { None } else { Some(false) };
        };
        let Ok(header) = FrameHeader::parse(*header) else { return Some(false) };
        let next = bytes.get(FrameHeader::LENGTH + usize::from(header.length)..);
        match next.and_then(<[u8]>::first_chunk) {
            Some(next) => {
                let next = FrameHeader::parse(*next).ok();
                // Another length than before proves itself by coming twice.
                Some(next.is_some_and(|next| self.is_usual(header) || next == header))
            }
            None if ended => Some(self.is_usual(header) && next.is_some_and(<[u8]>::is_empty)),
            None => None,
        }
    }
}

/// The length of a bootstrap record and of the payload of an `NS` frame.
pub(super) const RECORD_LENGTH: usize = 100;

/// How many bytes that begin no frame are held at most.
const SEARCHED: usize = 4096;
