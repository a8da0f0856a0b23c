//! How numbers and the words that stand for them are read, written and shown.

use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::number::{
    Address, Bool01, ColonTime, Decimal, EchoedCode, LevelNumber, LinkType, Weight, is_decimal,
};
use crate::spec::Form;
use crate::text::Token;
use crate::value::Value;
use crate::writer::Writer;

macro_rules! number_fields {
    ($($type:ty, $maximum:expr;)*) => {$(
        impl<'a> Field<'a> for $type {
            const FORM: Form = Form::Word;
            const PLAIN: Plain = Plain::Number($maximum);
            type Of<'b> = Self;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                // The cursor refuses what is above the maximum.
                cursor.unsigned(place, $maximum).map(|value| value as Self)
            }

            fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
                writer.unsigned(u64::from(*self));
            }

            fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
                visitor(name, Value::Unsigned(u64::from(*self)));
            }

            fn into_owned(self) -> Self {
                self
            }
        }
    )*};
}

number_fields! {
    u16, u16::MAX as u64;
    u32, u32::MAX as u64;
    u64, u64::MAX;
}

macro_rules! open_number_fields {
    ($($type:ident)*) => {$(
        impl<'a> Field<'a> for $type {
            const FORM: Form = Form::Word;
            const PLAIN: Plain = Plain::Number(Self::MAXIMUM as u64);
            type Of<'b> = Self;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                let value = <u32 as Field<'a>>::read(cursor, place)?;
                if value > Self::MAXIMUM {
                    let end = cursor.position();
                    cursor.deviate(DiagnosticKind::NumberOutOfRange, place, end.saturating_sub(digits_of(value)), end)?;
                }
                Ok(Self(value))
            }

            fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
                if self.0 > Self::MAXIMUM {
                    writer.deviate();
                }
                Field::write(&self.0, writer, name);
            }

            fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
                Field::visit(&self.0, name, visitor);
            }

            fn into_owned(self) -> Self {
                self
            }
        }
    )*};
}

open_number_fields!(LinkType LevelNumber Bool01);

fn digits_of(value: u32) -> usize {
    value.checked_ilog10().map_or(1, |log| log as usize + 1)
}

impl<'a> Field<'a> for i32 {
    const FORM: Form = Form::Word;
    type Of<'b> = Self;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.signed(place)
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.signed(i64::from(*self));
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Signed(i64::from(*self)));
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl<'a> Field<'a> for Address<'a> {
    const FORM: Form = Form::Word;
    const PLAIN: Plain = Plain::Address;
    type Of<'b> = Address<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        let before = cursor.position();
        match cursor.unsigned(place, u64::from(u32::MAX)) {
            Ok(number) => Ok(Self::from_wire(number as u32)),
            Err(error) if error.kind == DiagnosticKind::NumberOutOfRange => {
                // Digits that no 32 bits hold are kept as a word; a negative number is none.
                let start = error.span.start as usize;
                let word = cursor.payload().get(start..cursor.position()).unwrap_or_default();
                if !word.iter().all(u8::is_ascii_digit) || cursor.position() <= before {
                    return Err(error);
                }
                cursor.deviate(error.kind, place, start, cursor.position())?;
                Ok(Self::Other(Token::read(word)))
            }
            Err(error) => Err(error),
        }
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        match self {
            Self::V4(address) => writer.unsigned(u64::from(u32::from_le_bytes(address.octets()))),
            Self::Other(digits) => {
                writer.deviate();
                writer.token(digits.as_bytes());
            }
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        match self {
            Self::V4(address) => visitor(name, Value::Address(*address)),
            Self::Other(digits) => visitor(name, Value::Text(digits.as_bytes())),
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}

impl<'a> Field<'a> for Weight<'a> {
    const FORM: Form = Form::Word;
    type Of<'b> = Weight<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let start = cursor.position();
        let word = cursor.word_ahead();
        if word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+')) {
            return cursor.signed(place).map(Self::Number);
        }
        cursor.skip(word.len());
        cursor.deviate(DiagnosticKind::NotANumber, place, start, cursor.position())?;
        Ok(Self::Other(Token::read(word)))
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        match self {
            Self::Number(number) => Field::write(number, writer, name),
            Self::Other(word) => {
                writer.deviate();
                writer.token(word.as_bytes());
            }
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        match self {
            Self::Number(number) => Field::visit(number, name, visitor),
            Self::Other(word) => visitor(name, Value::Text(word.as_bytes())),
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        // What stands between quotes here is the software name that some programs send.
        cursor.peek_field().is_some_and(|byte| byte != b'"')
    }
}

impl<'a> Field<'a> for Decimal<'a> {
    const FORM: Form = Form::Word;
    type Of<'b> = Decimal<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        let word = cursor.token(place)?;
        if !is_decimal(word) {
            let end = cursor.position();
            return Err(cursor.error(
                DiagnosticKind::NotANumber,
                place,
                end.saturating_sub(word.len()),
                end,
            ));
        }
        Ok(Self(Token::read(word)))
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.token(self.as_bytes());
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Text(self.as_bytes()));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}

impl<'a> Field<'a> for EchoedCode {
    const FORM: Form = Form::Word;
    type Of<'b> = Self;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let start = cursor.position();
        let word = cursor.word_ahead();
        let number = word
            .strip_suffix(b":")
            .and_then(|digits| canonical_number(digits, u64::from(u16::MAX)));
        let Some(number) = number else {
            return Err(cursor.error(DiagnosticKind::NotANumber, place, start, start + word.len()));
        };
        cursor.skip(word.len());
        Ok(Self(number as u16))
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.unsigned(u64::from(self.0));
        writer.raw(b":");
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        Field::visit(&self.0, name, visitor);
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl<'a> Field<'a> for ColonTime {
    const FORM: Form = Form::Word;
    type Of<'b> = Self;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let start = cursor.position();
        let word = cursor.word_ahead();
        let number = word.strip_prefix(b":").and_then(|digits| canonical_number(digits, u64::MAX));
        let Some(number) = number else {
            return Err(cursor.error(DiagnosticKind::NotANumber, place, start, start + word.len()));
        };
        cursor.skip(word.len());
        Ok(Self(number))
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.separate();
        writer.raw(b":");
        writer.digits(self.0);
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        Field::visit(&self.0, name, visitor);
    }

    fn into_owned(self) -> Self {
        self
    }
}

/// Digits without a leading zero, up to `maximum`.
pub(crate) fn canonical_number(digits: &[u8], maximum: u64) -> Option<u64> {
    if digits.is_empty() || digits.len() > 1 && digits.first() == Some(&b'0') {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })?;
    (value <= maximum).then_some(value)
}
