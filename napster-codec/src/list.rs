//! Lists and optional tails that are read without allocation and can be built all the same.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::code::Code;
use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, Diagnostics, Tolerance};
use crate::field::{Field, Visitor, canonical_number};
use crate::spec::{FieldSpec, Form};
use crate::text::Token;
use crate::value::{Items, Value, Visit};
use crate::writer::Writer;

/// Fields that are read one after the other.
pub(crate) trait Fields<'a>: Sized + Clone + fmt::Debug + Visit {
    fn read_fields(cursor: &mut Cursor<'a, '_>, first: Place) -> Result<Self, DecodeError>;
    fn write_fields(&self, writer: &mut Writer<'_>);
}

/// Fields that are no message of their own.
pub(crate) trait Group<'a>: Fields<'a> {
    const FIELDS: &'static [FieldSpec];
    /// The same type with bytes that live otherwise.
    type Of<'b>: Group<'b>;

    fn into_owned(self) -> Self::Of<'static>;
}

/// What a [`List`] can hold.
pub(crate) trait Item<'a>: Sized + Clone + PartialEq {
    const FORM: Form;
    /// The columns, where an item is a group.
    const FIELDS: &'static [FieldSpec] = &[];
    type Of<'b>: Item<'b>;

    fn read_item(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError>;
    fn write_item(&self, writer: &mut Writer<'_>);
    fn visit_item(&self, visitor: &mut dyn FnMut(Value<'_>));
    fn into_owned(self) -> Self::Of<'static>;

    /// Whether one more item follows.
    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        cursor.has_field()
    }
}

impl<'a> Item<'a> for Token<'a> {
    const FORM: Form = Form::List;
    type Of<'b> = Token<'b>;

    fn read_item(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        <Self as Field<'a>>::read(cursor, place)
    }

    fn write_item(&self, writer: &mut Writer<'_>) {
        if is_time(self.as_bytes()) {
            writer.deviate();
        }
        writer.token(self.as_bytes());
    }

    fn visit_item(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        visitor(Value::Text(self.as_bytes()));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        // On server links a time with a colon in front can end a list of nicks.
        cursor.has_field() && !cursor.rest().strip_prefix(b" ").is_some_and(is_time)
    }
}

/// Whether the bytes are one [`ColonTime`](crate::ColonTime).
fn is_time(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b":").is_some_and(|digits| canonical_number(digits, u64::MAX).is_some())
}

/// At least one item up to the end of the payload.
///
/// A decoded list is a view of its bytes: it was checked once, and its items are read again when
/// somebody asks for them.
#[derive(Clone)]
pub struct List<'a, T>(Repr<'a, T>);

#[derive(Clone)]
enum Repr<'a, T> {
    /// The bytes, how many items are in them, and whether quotes inside quoted fields were searched.
    Wire {
        bytes: &'a [u8],
        count: usize,
        search_quotes: bool,
    },
    Owned(Vec<T>),
}

impl<T> List<'_, T> {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Wire { count, .. } => *count,
            Repr::Owned(items) => items.len(),
        }
    }

    /// Whether there is no item; such a list cannot be encoded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[allow(private_bounds, private_interfaces, reason = "the item types are those of the table")]
impl<'a, T: Item<'a>> List<'a, T> {
    /// The items in wire order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'_, 'a, T> {
        let mut index = 0;
        let mut position = 0;
        core::iter::from_fn(move || match &self.0 {
            Repr::Owned(items) => {
                index += 1;
                items.get(index - 1).cloned()
            }
            Repr::Wire { bytes, count, search_quotes } => {
                if index >= *count {
                    return None;
                }
                index += 1;
                let (item, end) = read_again(bytes, *search_quotes, position, T::read_item)?;
                position = end;
                Some(item)
            }
        })
    }

    /// The same list with bytes of its own.
    #[must_use]
    pub fn into_owned<'o>(self) -> List<'o, T::Of<'static>> {
        List(Repr::Owned(self.iter().map(T::into_owned).collect()))
    }
}

impl<T> From<Vec<T>> for List<'_, T> {
    fn from(items: Vec<T>) -> Self {
        Self(Repr::Owned(items))
    }
}

impl<T> FromIterator<T> for List<'_, T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(Repr::Owned(items.into_iter().collect()))
    }
}

/// Reads a part of a payload for the second time: it was accepted once, so everything is tolerated.
fn read_again<'a, T>(
    bytes: &'a [u8],
    search_quotes: bool,
    position: usize,
    read: impl Fn(&mut Cursor<'a, '_>, Place) -> Result<T, DecodeError>,
) -> Option<(T, usize)> {
    let mut ignored = Diagnostics::new();
    let mut cursor = Cursor::new(Code(0), bytes, Tolerance::LENIENT, &mut ignored)
        .starting_at(position)
        .searching_quotes(search_quotes);
    let value = read(&mut cursor, Place::first(&[])).ok()?;
    Some((value, cursor.position()))
}

impl<'a, T: Item<'a>> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a, T: Item<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: Item<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a, T: Item<'a>> Items for List<'a, T> {
    fn for_each(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        for item in self.iter() {
            item.visit_item(visitor);
        }
    }
}

impl<'a, T: Item<'a>> Field<'a> for List<'a, T> {
    const FORM: Form = T::FORM;
    const GROUP: &'static [FieldSpec] = T::FIELDS;
    type Of<'b> = List<'b, T::Of<'b>>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let start = cursor.position();
        T::read_item(cursor, place)?;
        let mut count = 1;
        while T::is_ahead(cursor) {
            T::read_item(cursor, place)?;
            count += 1;
        }
        let bytes = cursor.payload().get(start..cursor.position()).unwrap_or_default();
        Ok(Self(Repr::Wire { bytes, count, search_quotes: cursor.searches_quotes() }))
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        if self.is_empty() {
            writer.punch(name);
        }
        for item in self.iter() {
            item.write_item(writer);
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::List(self));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        T::is_ahead(cursor)
    }
}

/// A group of fields at the end of a payload, which is there as a whole or not at all.
///
/// It keeps rare fields out of the size of every message; [`get`](Self::get) reads them.
#[derive(Clone)]
pub struct Tail<'a, T>(TailRepr<'a, T>);

#[derive(Clone)]
enum TailRepr<'a, T> {
    Wire { bytes: &'a [u8], search_quotes: bool },
    Owned(Box<T>),
}

impl<T> From<T> for Tail<'_, T> {
    fn from(fields: T) -> Self {
        Self(TailRepr::Owned(Box::new(fields)))
    }
}

#[allow(private_bounds, reason = "the groups are those of the table")]
impl<'a, T: Group<'a>> Tail<'a, T> {
    /// The fields.
    ///
    /// `None` cannot happen for a value that this crate decoded.
    #[must_use]
    pub fn get(&self) -> Option<T> {
        match &self.0 {
            TailRepr::Owned(fields) => Some((**fields).clone()),
            TailRepr::Wire { bytes, search_quotes } => {
                let read = |cursor: &mut Cursor<'a, '_>, _| {
                    T::read_fields(cursor, Place::first(T::FIELDS))
                };
                read_again(bytes, *search_quotes, 0, read).map(|(fields, _)| fields)
            }
        }
    }
}

impl<'a, T: Group<'a> + PartialEq> PartialEq for Tail<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<'a, T: Group<'a> + Eq> Eq for Tail<'a, T> {}

impl<'a, T: Group<'a>> fmt::Debug for Tail<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl<'a, T: Group<'a>> Field<'a> for Tail<'a, T> {
    const FORM: Form = Form::Tail;
    const GROUP: &'static [FieldSpec] = T::FIELDS;
    type Of<'b> = Tail<'b, T::Of<'b>>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let start = cursor.position();
        let first = Place::first(T::FIELDS);
        T::read_fields(cursor, first)?;
        let bytes = cursor.payload().get(start..cursor.position()).unwrap_or_default();
        Ok(Self(TailRepr::Wire { bytes, search_quotes: cursor.searches_quotes() }))
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        if let Some(fields) = self.get() {
            fields.write_fields(writer);
        }
    }

    fn visit(&self, _: &str, visitor: &mut Visitor<'_>) {
        if let Some(fields) = self.get() {
            fields.visit(visitor);
        }
    }

    fn into_owned(self) -> Self::Of<'static> {
        match self.0 {
            TailRepr::Owned(fields) => Tail(TailRepr::Owned(Box::new((*fields).into_owned()))),
            TailRepr::Wire { .. } => match self.get() {
                Some(fields) => fields.into_owned().into(),
                // Cannot happen, see `get`; an empty tail is what is left then.
                None => Tail(TailRepr::Wire { bytes: &[], search_quotes: false }),
            },
        }
    }
}
