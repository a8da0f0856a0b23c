//! What can be wrong with an input.

use std::error;
use std::fmt;

/// Why an input cannot be read at all. Displayed, it is one sentence for people.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OpenError {
    kind: OpenErrorKind,
    message: String,
}

/// The kinds of [`OpenError`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum OpenErrorKind {
    /// There is no such file.
    NotFound,
    /// The path names a directory.
    Directory,
    /// The input has no bytes.
    Empty,
    /// The input is no packet capture, or one in a format that is not read.
    NotACapture,
    /// The operating system refused to open or read the input.
    Unreadable,
}

impl OpenError {
    pub(super) fn new(kind: OpenErrorKind, message: String) -> Self {
        Self { kind, message }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> OpenErrorKind {
        self.kind
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for OpenError {}

/// Something in an input that could not be read. What is before it was delivered, and what is
/// behind it will be, if anything can be found there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where it is wrong: bytes from the start of the (decompressed) input.
    pub offset: u64,
    /// One sentence for people, with the input's name and the offset.
    pub message: String,
}

/// The kinds of [`Problem`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The input ends in the middle of a record.
    Truncated,
    /// A record's header or length cannot be right.
    CorruptRecord,
    /// Packets were captured on an interface that the input does not describe.
    UnknownInterface,
    /// The compressed data is damaged.
    Compression,
    /// The operating system could not read on.
    Unreadable,
}

impl ProblemKind {
    /// Returns the name as the JSON output writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::CorruptRecord => "corrupt_record",
            Self::UnknownInterface => "unknown_interface",
            Self::Compression => "compression",
            Self::Unreadable => "unreadable",
        }
    }
}
