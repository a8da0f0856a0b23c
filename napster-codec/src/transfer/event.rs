//! What transfers tell their caller, and what can be wrong.

use alloc::vec::Vec;
use core::fmt;

use crate::message::EncodeError;
use crate::peer::{DeviationKind, SizeRule};
use crate::text::InvalidText;

/// What happened on a connection that carries a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferEvent {
    /// The file begins: both sides have said what they have to.
    Started {
        /// The size of the whole file in bytes.
        size: u64,
        /// The place in the file of the first byte that is transferred.
        position: u64,
        /// What told where the digits of the size end; `None` where nobody had to ask.
        rule: Option<SizeRule>,
    },
    /// Another interval of bytes is there; see
    /// [`TransferOptions::progress_interval`](super::TransferOptions::progress_interval).
    Progress(Progress),
    /// The other side does something odd that does no harm.
    Deviation(DeviationKind),
    /// Every byte was transferred; close the connection.
    Finished(Progress),
    /// No more bytes will be transferred; close the connection.
    Failed(TransferError),
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The place in the file behind the last byte transferred.
    pub position: u64,
    /// The size of the whole file, once it is known.
    pub size: Option<u64>,
    /// Bytes transferred on this connection.
    pub bytes: u64,
}

/// Why a transfer failed: what the other side did, or did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferError {
    /// It will not, and says why: `INVALID REQUEST`, `FILE NOT SHARED` and the like.
    Refused {
        /// Its words, at most 255 bytes.
        text: Vec<u8>,
    },
    /// It closed the connection without an answer, as TekNap does where the offset is not below the
    /// size.
    NoAnswer,
    /// It closed the connection before the end of the file.
    Incomplete {
        /// How many bytes are missing.
        missing: u64,
    },
    /// Nothing came, or nothing could be written, for
    /// [`TransferOptions::stall_timeout`](super::TransferOptions::stall_timeout).
    Stalled,
    /// The downloader has more bytes than the file.
    OffsetBeyondSize {
        /// The size of the whole file.
        size: u64,
        /// Where the downloader wants to go on.
        offset: u64,
    },
    /// More bytes came than lie behind the offset: the file was sent from its start (TekNap), and
    /// what was written belongs elsewhere.
    OffsetIgnored,
    /// The bytes in front of the offset are not those of the file.
    FileDiffers,
    /// The size is no number below 2⁶⁴.
    SizeTooLarge,
    /// A request or a line is longer than any program sends.
    TooLong,
    /// The request cannot be read.
    InvalidRequest,
    /// What came is nothing that belongs there.
    NotNapster,
    /// This side broke the transfer off.
    Aborted,
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { text } => write!(f, "refused: {}", text.trim_ascii().escape_ascii()),
            Self::NoAnswer => f.write_str("the other side closed without an answer"),
            Self::Incomplete { missing } => {
                write!(f, "the other side closed with {missing} bytes missing")
            }
            Self::Stalled => f.write_str("nothing was transferred for too long"),
            Self::OffsetBeyondSize { size, offset } => {
                write!(f, "asked for byte {offset} of a file of {size} bytes")
            }
            Self::OffsetIgnored => {
                f.write_str("the other side sent the file from its start and not from the offset")
            }
            Self::FileDiffers => f.write_str("the file is another one than the part that is here"),
            Self::SizeTooLarge => f.write_str("the size is no number of 64 bits"),
            Self::TooLong => f.write_str("the other side sent more than a request can have"),
            Self::InvalidRequest => f.write_str("the request cannot be read"),
            Self::NotNapster => f.write_str("the other side speaks another protocol"),
            Self::Aborted => f.write_str("aborted"),
        }
    }
}

impl core::error::Error for TransferError {}

/// A mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserError {
    /// A nick or a file name holds what no request can.
    Text(InvalidText),
    /// The request or line cannot be said.
    Encode(EncodeError),
    /// More bytes to compare than there are in front of the offset, or than
    /// [`Download::TAIL_LIMIT`](super::Download::TAIL_LIMIT).
    Tail,
    /// The list has ended already.
    Ended,
}

impl From<InvalidText> for UserError {
    fn from(error: InvalidText) -> Self {
        Self::Text(error)
    }
}

impl From<EncodeError> for UserError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(error) => write!(f, "the nick or file name cannot be sent: {error}"),
            Self::Encode(error) => write!(f, "the request cannot be sent: {error}"),
            Self::Tail => f.write_str("the tail is longer than the part of the file that is here"),
            Self::Ended => f.write_str("the list has ended already"),
        }
    }
}

impl core::error::Error for UserError {}

/// Why a request is refused, with the text that is sent in place of a size or an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// `INVALID REQUEST`: nobody has asked for it, or it cannot be read (specification,
    /// `MP3::Napster`, TekNap).
    InvalidRequest,
    /// `FILE NOT SHARED` (specification).
    FileNotShared,
    /// `FILE NOT FOUND` (`MP3::Napster`, TekNap).
    FileNotFound,
    /// `FILE NOT REQUESTED` (read by TekNap).
    FileNotRequested,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 4] =
        [Self::InvalidRequest, Self::FileNotShared, Self::FileNotFound, Self::FileNotRequested];

    /// The words on the wire.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID REQUEST",
            Self::FileNotShared => "FILE NOT SHARED",
            Self::FileNotFound => "FILE NOT FOUND",
            Self::FileNotRequested => "FILE NOT REQUESTED",
        }
    }
}
