//! A number of bytes as peers say it.

use core::fmt;

use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::spec::Form;
use crate::text::Token;
use crate::value::Value;
use crate::writer::Writer;

/// A number of bytes in a request line or an answer.
///
/// Negative numbers and numbers above 64 bits occur when a program has miscounted, or wants others
/// to; they keep their digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "either it is a number of bytes or not")]
pub enum Amount<'a> {
    /// A number of bytes.
    Bytes(u64),
    /// The digits of a number that cannot be one.
    Other(Token<'a>),
}

impl Amount<'_> {
    /// The number, where it can be one.
    #[must_use]
    pub const fn bytes(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(*bytes),
            Self::Other(_) => None,
        }
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Amount<'static> {
        match self {
            Self::Bytes(bytes) => Amount::Bytes(bytes),
            Self::Other(digits) => Amount::Other(digits.into_owned()),
        }
    }
}

impl From<u64> for Amount<'_> {
    fn from(bytes: u64) -> Self {
        Self::Bytes(bytes)
    }
}

impl fmt::Display for Amount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Other(digits) => write!(f, "{digits}"),
        }
    }
}

impl<'a> Field<'a> for Amount<'a> {
    const FORM: Form = Form::Word;
    type Of<'b> = Amount<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        match cursor.unsigned(place, u64::MAX) {
            Ok(bytes) => Ok(Self::Bytes(bytes)),
            Err(error) if error.kind == DiagnosticKind::NumberOutOfRange => {
                let (start, end) = (error.span.start as usize, error.span.end as usize);
                let digits = cursor.payload().get(start..end).unwrap_or_default();
                if !digits.iter().all(|byte| matches!(byte, b'-' | b'+' | b'0'..=b'9')) {
                    return Err(error);
                }
                cursor.deviate(error.kind, place, start, end)?;
                Ok(Self::Other(Token::read(digits)))
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        match self {
            Self::Bytes(bytes) => writer.unsigned(*bytes),
            Self::Other(digits) => {
                writer.deviate();
                writer.token(digits.as_bytes());
            }
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        match self {
            Self::Bytes(bytes) => visitor(name, Value::Unsigned(*bytes)),
            Self::Other(digits) => visitor(name, Value::Text(digits.as_bytes())),
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}
