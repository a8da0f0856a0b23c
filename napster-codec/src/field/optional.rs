//! Fields that need not be there: optional ones, and those that some programs add or leave out.

use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::spec::{FieldSpec, Form, Presence};
use crate::writer::Writer;

impl<'a, T: Field<'a>> Field<'a> for Option<T> {
    const FORM: Form = T::FORM;
    const PRESENCE: Presence = Presence::Optional;
    const SECRET: bool = T::SECRET;
    const GROUP: &'static [FieldSpec] = T::GROUP;
    const PLAIN: Plain = T::PLAIN.optional();
    type Of<'b> = Option<T::Of<'b>>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        if !cursor.is_closed() && T::is_ahead(cursor) {
            return T::read(cursor, place).map(Some);
        }
        cursor.close();
        Ok(None)
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        match self {
            Some(value) => writer.optional(name, |writer| value.write(writer, name)),
            None => writer.absent(name),
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        if let Some(value) = self {
            value.visit(name, visitor);
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
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
    type Of<'b> = Extra<T::Of<'b>>;

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

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        self.0.visit(name, visitor);
    }

    fn into_owned(self) -> Self::Of<'static> {
        Extra(self.0.map(T::into_owned))
    }
}

/// A field that the documented message has and some programs leave out all the same.
///
/// Its absence is the deviation `missing_field`, or `empty_payload` where nothing else is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expected<T>(pub Option<T>);

impl<T> From<T> for Expected<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

impl<'a, T: Field<'a>> Field<'a> for Expected<T> {
    const FORM: Form = T::FORM;
    const PRESENCE: Presence = Presence::Expected;
    const SECRET: bool = T::SECRET;
    const GROUP: &'static [FieldSpec] = T::GROUP;
    const PLAIN: Plain = T::PLAIN.optional();
    type Of<'b> = Expected<T::Of<'b>>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        if T::is_ahead(cursor) {
            return T::read(cursor, place).map(|value| Self(Some(value)));
        }
        let missing = cursor.missing(place);
        let (start, end) = (missing.span.start as usize, missing.span.end as usize);
        cursor.deviate(missing.kind, place, start, end)?;
        Ok(Self(None))
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        if self.0.is_none() {
            writer.deviate();
        }
        self.0.write(writer, name);
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        self.0.visit(name, visitor);
    }

    fn into_owned(self) -> Self::Of<'static> {
        Expected(self.0.map(T::into_owned))
    }
}
