//! What the observers of the music stream tell.

use crate::comp112::frame::BadHeader;
use crate::comp112::message::Message;
use crate::diagnostic::Diagnostic;
use crate::peer::Side;

/// One thing that became known on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'e, T> {
    /// A message was said; never a chunk.
    Message(Said<'e, T>),
    /// A chunk of audio came; [`ChunkRuns`](super::ChunkRuns) merges them.
    Chunk(Chunk<'e, T>),
    /// Bytes that are in no message.
    Skipped {
        /// In whose stream.
        side: Side,
        /// Place of the first one.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// Something odd that is not part of one message.
    Deviation(Deviation),
}

/// A message and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said<'e, T> {
    /// Who said it.
    pub side: Side,
    /// Place of its first byte in that side's stream.
    pub offset: u64,
    /// The stamp of the portion that brought its last byte.
    pub stamp: T,
    /// The message.
    pub message: Message<'e>,
    /// What is odd about it; spans count from its first byte.
    pub diagnostics: &'e [Diagnostic],
    /// All its bytes.
    pub raw: &'e [u8],
}

/// A chunk of audio and where it came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chunk<'e, T> {
    /// Place of its header in the stream.
    pub offset: u64,
    /// Its bytes with the header.
    pub length: u64,
    /// The stamp of the portion that brought its last byte.
    pub stamp: T,
    /// The audio.
    pub audio: &'e [u8],
}

/// Something odd that is not part of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// What.
    pub kind: DeviationKind,
    /// In whose stream.
    pub side: Side,
    /// Place of the first byte that it is about.
    pub offset: u64,
}

/// What can be odd about a connection of the music stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviationKind {
    /// No frame begins where one should.
    BadHeader(BadHeader),
    /// A bootstrap record has fewer than 100 bytes.
    UnpaddedRecord,
    /// A bootstrap record has more than 100 bytes; its receiver reads the rest as the next one.
    LongRecord,
    /// No bootstrap record begins where one should.
    BadRecord,
    /// Two requests came in one segment, so that the server ignores them.
    MergedRequests,
    /// A request has more bytes than the server reads at once.
    RequestTooLong,
    /// An answer is shorter than it says.
    ShortAnswer,
    /// An answer nobody asked for.
    UnexpectedAnswer,
    /// An answer is longer than
    /// [`RequestObserver::ANSWER_LIMIT`](super::RequestObserver::ANSWER_LIMIT).
    AnswerTooLong,
    /// More requests wait for an answer than
    /// [`RequestObserver::OPEN_LIMIT`](super::RequestObserver::OPEN_LIMIT); the oldest is
    /// forgotten.
    TooManyRequests,
    /// The side that only listens to the audio sent something.
    UnexpectedData,
}

impl DeviationKind {
    /// The name in snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadHeader(reason) => reason.name(),
            Self::UnpaddedRecord => "unpadded_record",
            Self::LongRecord => "long_record",
            Self::BadRecord => "bad_record",
            Self::MergedRequests => "merged_requests",
            Self::RequestTooLong => "request_too_long",
            Self::ShortAnswer => "short_answer",
            Self::UnexpectedAnswer => "unexpected_answer",
            Self::AnswerTooLong => "answer_too_long",
            Self::TooManyRequests => "too_many_requests",
            Self::UnexpectedData => "unexpected_data",
        }
    }
}
