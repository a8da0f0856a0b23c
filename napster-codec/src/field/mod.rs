//! How each type of field is read, written and shown.

use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::DecodeError;
use crate::spec::{FieldSpec, Form, Presence};
use crate::text::{Password, PasswordText, Quoted, Text, Token, Word};
use crate::value::Value;
use crate::writer::Writer;

mod number;
mod optional;

pub(crate) use number::canonical_number;
pub use optional::{Expected, Extra};

/// The visitor of [`Visit`](crate::Visit), by its short name.
pub(crate) type Visitor<'v> = dyn FnMut(&'static str, Value<'_>) + 'v;

/// A value that stands in a payload as one field (or, for lists and tails, as the rest of it).
pub(crate) trait Field<'a>: Sized {
    const FORM: Form;
    const PRESENCE: Presence = Presence::Required;
    /// Whether it is a password.
    const SECRET: bool = false;
    /// The fields inside, where it is a group or a list of groups.
    const GROUP: &'static [FieldSpec] = &[];
    /// How it is read in a few steps; that must give what [`read`](Self::read) and
    /// [`visit`](Self::visit) do.
    const PLAIN: Plain = Plain::No;
    /// The same type with bytes that live otherwise.
    type Of<'b>: Field<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError>;
    fn write(&self, writer: &mut Writer<'_>, name: &'static str);
    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>);
    fn into_owned(self) -> Self::Of<'static>;

    /// Whether the field is there when it need not be.
    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        cursor.has_field()
    }
}

/// Reads a field and shows it, whatever the lifetime in `T`.
pub(crate) fn read_and_show<'a, 't, T: Field<'t>>(
    cursor: &mut Cursor<'a, '_>,
    place: Place,
    visitor: &mut Visitor<'_>,
) -> Result<(), DecodeError> {
    <T::Of<'a> as Field<'a>>::read(cursor, place)?.visit(place.name(), visitor);
    Ok(())
}

macro_rules! text_fields {
    ($($type:ident $form:ident $method:ident $value:ident $plain:ident;)*) => {$(
        impl<'a> Field<'a> for $type<'a> {
            const FORM: Form = Form::$form;
            const PLAIN: Plain = Plain::$plain;
            const SECRET: bool = matches!(Value::$value(&[]), Value::Secret(_));
            type Of<'b> = $type<'b>;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                cursor.$method(place).map(Self::read)
            }

            fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
                writer.$method(self.as_bytes());
            }

            fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
                visitor(name, Value::$value(self.as_bytes()));
            }

            fn into_owned(self) -> Self::Of<'static> {
                self.into_owned()
            }

            fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
                if matches!(Self::FORM, Form::Rest) { cursor.has_text() } else { cursor.has_field() }
            }
        }
    )*};
}

text_fields! {
    Token Word token Text Token;
    Quoted Quoted quoted Text Quoted;
    Text Rest text Text Text;
    Password Word token Secret No;
    PasswordText Rest text Secret No;
}

impl<'a> Field<'a> for Word<'a> {
    const FORM: Form = Form::Word;
    type Of<'b> = Word<'b>;

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

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Text(self.as_bytes()));
        if self.is_quoted() {
            // The only such field is the e-mail of message 3; its extra key is in the table.
            debug_assert_eq!(name, "email");
            visitor("email_quoted", Value::Flag(true));
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}
