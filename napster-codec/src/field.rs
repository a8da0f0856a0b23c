//! How each type of field is read, written and shown.

use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::number::{
    Address, Bool01, ColonTime, Decimal, EchoedCode, LevelNumber, LinkType, Weight, is_decimal,
};
use crate::spec::{FieldSpec, Form, Presence};
use crate::text::{Password, PasswordText, Quoted, Text, Token, Word};
use crate::value::Value;
use crate::writer::Writer;

/// The visitor of [`Visit`](crate::Visit), by its short name.
pub(crate) type Visitor<'v> = dyn FnMut(&str, Value<'_>) + 'v;

/// A value that stands in a payload as one field (or, for lists and tails, as the rest of it).
pub(crate) trait Field<'a>: Sized {
    const FORM: Form;
    const PRESENCE: Presence = Presence::Required;
    /// Whether it is a password.
    const SECRET: bool = false;
    /// The fields inside, where it is a group or a list of groups.
    const GROUP: &'static [FieldSpec] = &[];
    type Owned;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError>;
    fn write(&self, writer: &mut Writer<'_>, name: &'static str);
    fn visit(&self, name: &str, visitor: &mut Visitor<'_>);
    fn into_owned(self) -> Self::Owned;

    /// Whether the field is there when it need not be.
    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        cursor.has_field()
    }
}

macro_rules! text_fields {
    ($($type:ident $form:ident $method:ident $value:ident;)*) => {$(
        impl<'a> Field<'a> for $type<'a> {
            const FORM: Form = Form::$form;
            const SECRET: bool = matches!(Value::$value(&[]), Value::Secret(_));
            type Owned = $type<'static>;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                cursor.$method(place).map(Self::read)
            }

            fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
                writer.$method(self.as_bytes());
            }

            fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
                visitor(name, Value::$value(self.as_bytes()));
            }

            fn into_owned(self) -> Self::Owned {
                self.into_owned()
            }

            fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
                if matches!(Self::FORM, Form::Rest) { cursor.has_text() } else { cursor.has_field() }
            }
        }
    )*};
}

text_fields! {
    Token Word token Text;
    Quoted Quoted quoted Text;
    Text Rest text Text;
    Password Word token Secret;
    PasswordText Rest text Secret;
}

impl<'a> Field<'a> for Word<'a> {
    const FORM: Form = Form::Word;
    type Owned = Word<'static>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        if cursor.peek_field() == Some(b'"') {
            cursor.quoted(place).map(|bytes| Self::Quoted(Quoted::read(bytes)))
        } else {
            cursor.token(place).map(|bytes| Self::Bare(Token::read(bytes)))
        }
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        match self {
            Self::Bare(token) => writer.token(token.as_bytes()),
            Self::Quoted(quoted) => writer.quoted(quoted.as_bytes()),
        }
    }

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Text(self.as_bytes()));
        if self.is_quoted() {
            // The only such field is the e-mail of message 3; its extra key is in the table.
            debug_assert_eq!(name, "email");
            visitor("email_quoted", Value::Flag(true));
        }
    }

    fn into_owned(self) -> Self::Owned {
        self.into_owned()
    }
}

macro_rules! number_fields {
    ($($type:ty, $maximum:expr;)*) => {$(
        impl<'a> Field<'a> for $type {
            const FORM: Form = Form::Word;
            type Owned = Self;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                // The cursor refuses what is above the maximum.
                cursor.unsigned(place, $maximum).map(|value| value as Self)
            }

            fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
                writer.unsigned(u64::from(*self));
            }

            fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
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
            type Owned = Self;

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

            fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
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
    type Owned = Self;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.signed(place)
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.signed(i64::from(*self));
    }

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Signed(i64::from(*self)));
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl<'a> Field<'a> for Address<'a> {
    const FORM: Form = Form::Word;
    type Owned = Address<'static>;

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

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        match self {
            Self::V4(address) => visitor(name, Value::Address(*address)),
            Self::Other(digits) => visitor(name, Value::Text(digits.as_bytes())),
        }
    }

    fn into_owned(self) -> Self::Owned {
        self.into_owned()
    }
}

impl<'a> Field<'a> for Weight<'a> {
    const FORM: Form = Form::Word;
    type Owned = Weight<'static>;

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

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        match self {
            Self::Number(number) => Field::visit(number, name, visitor),
            Self::Other(word) => visitor(name, Value::Text(word.as_bytes())),
        }
    }

    fn into_owned(self) -> Self::Owned {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        // What stands between quotes here is the software name that some programs send.
        cursor.peek_field().is_some_and(|byte| byte != b'"')
    }
}

impl<'a> Field<'a> for Decimal<'a> {
    const FORM: Form = Form::Word;
    type Owned = Decimal<'static>;

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

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Text(self.as_bytes()));
    }

    fn into_owned(self) -> Self::Owned {
        self.into_owned()
    }
}

impl<'a> Field<'a> for EchoedCode {
    const FORM: Form = Form::Word;
    type Owned = Self;

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

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        Field::visit(&self.0, name, visitor);
    }

    fn into_owned(self) -> Self {
        self
    }
}

impl<'a> Field<'a> for ColonTime {
    const FORM: Form = Form::Word;
    type Owned = Self;

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

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
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

impl<'a, T: Field<'a>> Field<'a> for Option<T> {
    const FORM: Form = T::FORM;
    const PRESENCE: Presence = Presence::Optional;
    const SECRET: bool = T::SECRET;
    const GROUP: &'static [FieldSpec] = T::GROUP;
    type Owned = Option<T::Owned>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        if T::is_ahead(cursor) { T::read(cursor, place).map(Some) } else { Ok(None) }
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        match self {
            Some(value) => writer.optional(name, |writer| value.write(writer, name)),
            None => writer.absent(name),
        }
    }

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        if let Some(value) = self {
            value.visit(name, visitor);
        }
    }

    fn into_owned(self) -> Self::Owned {
        self.map(T::into_owned)
    }
}

/// A field that the documented message does not have and some programs send all the same.
///
/// Reading one is the deviation `extra_field`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extra<T>(pub Option<T>);

impl<T> Default for Extra<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'a, T: Field<'a>> Field<'a> for Extra<T> {
    const FORM: Form = T::FORM;
    const PRESENCE: Presence = Presence::Extra;
    type Owned = Extra<T::Owned>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        if !T::is_ahead(cursor) {
            return Ok(Self(None));
        }
        let start = cursor.position();
        let value = T::read(cursor, place)?;
        cursor.deviate(DiagnosticKind::ExtraField, place, start, cursor.position())?;
        Ok(Self(Some(value)))
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        if let Some(value) = &self.0 {
            writer.deviate();
            value.write(writer, name);
        }
    }

    fn visit(&self, name: &str, visitor: &mut Visitor<'_>) {
        self.0.visit(name, visitor);
    }

    fn into_owned(self) -> Self::Owned {
        Extra(self.0.map(T::into_owned))
    }
}
