//! The mistakes of a caller.

use core::fmt;

use crate::message::EncodeError;
use crate::text::InvalidText;

/// A mistake of the caller; nothing was sent and nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserError {
    /// The server answers this only behind a login.
    NotLoggedIn,
    /// A login is under way or done.
    AlreadyLoggedIn,
    /// The session is over.
    Closed,
    /// A value cannot stand in its field.
    InvalidText {
        /// The field.
        field: &'static str,
        /// Why.
        error: InvalidText,
    },
    /// The message cannot be said on the wire.
    Encode(EncodeError),
    /// The message travels the other way.
    WrongDirection,
    /// Too many requests wait for their answers.
    TooManyRequests,
    /// Too many transfers are under way.
    TooManyTransfers,
    /// Too many files are shared.
    TooManyShares,
    /// Too much waits to be written.
    OutputFull,
    /// There is no such transfer, or it is not at that point.
    UnknownTransfer,
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoggedIn => f.write_str("expected to be logged in; log in first"),
            Self::AlreadyLoggedIn => f.write_str("a login is under way or done; connect anew"),
            Self::Closed => f.write_str("the session is over; connect anew"),
            Self::InvalidText { field, error } => write!(f, "field `{field}`: {error}"),
            Self::Encode(error) => write!(f, "the message cannot be written: {error}"),
            Self::WrongDirection => f.write_str("the message is one that the other side sends"),
            Self::TooManyRequests => {
                f.write_str("too many requests wait for their answers; wait for some of them")
            }
            Self::TooManyTransfers => {
                f.write_str("too many transfers are under way; wait for some of them")
            }
            Self::TooManyShares => f.write_str("too many files are shared; withdraw some"),
            Self::OutputFull => {
                f.write_str("too much waits to be written; write what `poll_transmit` gives")
            }
            Self::UnknownTransfer => f.write_str("there is no such transfer at that point"),
        }
    }
}

impl core::error::Error for UserError {}

impl From<EncodeError> for UserError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}
