//! The registration data of messages 14 and 15: `KEY:value` pairs with one blank between.
//!
//! A value runs to the blank in front of the next key, so it can hold blanks; the keys are eight fixed
//! words (all editions of the specification; `MP3::Napster` sends them).

use alloc::vec::Vec;

use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::{IResult, Parser};

use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::list::{Item, List};
use crate::spec::Form;
use crate::text::Text;
use crate::value::{Value, Visit};
use crate::writer::Writer;

/// The registration data of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile<'a>(List<'a, ProfileEntry<'a>>);

/// One pair of a [`Profile`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a key and a value")]
pub struct ProfileEntry<'a> {
    /// What it tells.
    pub key: ProfileKey,
    /// What the user entered, often nothing.
    pub value: Text<'a>,
}

macro_rules! profile_keys {
    ($($(#[$meta:meta])* $variant:ident = $key:literal;)*) => {
        /// A key of a [`Profile`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ProfileKey { $($(#[$meta])* $variant,)* }

        impl ProfileKey {
            /// Every key, in the usual order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The key on the wire, without its colon.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $key),* }
            }
        }
    };
}

profile_keys! {
    /// The full name.
    Name = "NAME";
    /// The street.
    Address = "ADDRESS";
    /// The town.
    City = "CITY";
    /// The state or country.
    State = "STATE";
    /// The telephone number.
    Phone = "PHONE";
    /// An age bracket such as `60 or older`.
    Age = "AGE";
    /// An income bracket.
    Income = "INCOME";
    /// The level of education.
    Education = "EDUCATION";
}

impl<'a> Profile<'a> {
    /// Takes pairs in the order in which they are to be sent.
    #[must_use]
    pub fn new(entries: Vec<ProfileEntry<'a>>) -> Self {
        Self(List::from(entries))
    }

    /// The pairs in wire order.
    pub fn entries(&self) -> impl Iterator<Item = ProfileEntry<'a>> {
        self.0.iter()
    }

    /// The value of a key.
    #[must_use]
    pub fn value(&self, key: ProfileKey) -> Option<Text<'a>> {
        self.0.iter().find(|entry| entry.key == key).map(|entry| entry.value)
    }

    fn has_key_twice(&self) -> bool {
        let count = |key| self.0.iter().filter(|entry| entry.key == key).count();
        ProfileKey::ALL.iter().any(|&key| count(key) > 1)
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Profile<'static> {
        Profile(self.0.into_owned())
    }
}

impl<'a> Field<'a> for Profile<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = Profile<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        let profile = Self(List::read(cursor, place)?);
        if profile.has_key_twice() {
            return Err(cursor.error(DiagnosticKind::DuplicateKey, place, 0, cursor.position()));
        }
        Ok(profile)
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        self.0.write(writer, name);
        if self.has_key_twice() {
            writer.deviate();
        }
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Group(self));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}

impl Visit for Profile<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        for entry in self.0.iter() {
            visitor(entry.key.name(), Value::Text(entry.value.as_bytes()));
        }
    }
}

impl<'a> Item<'a> for ProfileEntry<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = ProfileEntry<'b>;

    fn read_item(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        let start = cursor.position();
        if !cursor.has_begun() && start > 0 {
            // The value before took every blank but the one that separates.
            match cursor.rest().first() {
                Some(b' ') => cursor.skip(1),
                _ => cursor.deviate(DiagnosticKind::MissingSeparator, place, start, start)?,
            }
        }
        let Ok((behind, key)) = profile_key(cursor.rest()) else {
            return Err(cursor.error(
                DiagnosticKind::UnknownKeyword,
                place,
                start,
                start + cursor.word_ahead().len(),
            ));
        };
        cursor.skip(cursor.rest().len() - behind.len());
        let value = value_before_key(cursor.rest());
        cursor.skip(value.len());
        Ok(Self { key, value: Text::read(value) })
    }

    fn write_item(&self, writer: &mut Writer<'_>) {
        writer.text(self.key.name().as_bytes());
        writer.raw(b":");
        writer.raw(self.value.as_bytes());
        if value_before_key(self.value.as_bytes()).len() != self.value.as_bytes().len() {
            writer.deviate();
        }
    }

    fn visit_item(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        visitor(Value::Text(self.value.as_bytes()));
    }

    fn into_owned(self) -> Self::Of<'static> {
        ProfileEntry { key: self.key, value: self.value.into_owned() }
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        !cursor.rest().is_empty()
    }
}

fn profile_key(input: &[u8]) -> IResult<&[u8], ProfileKey> {
    let key = |key: ProfileKey| {
        move |input| (tag(key.name().as_bytes()), tag(b":".as_slice())).map(|_| key).parse(input)
    };
    alt((
        key(ProfileKey::Name),
        key(ProfileKey::Address),
        key(ProfileKey::City),
        key(ProfileKey::State),
        key(ProfileKey::Phone),
        key(ProfileKey::Age),
        key(ProfileKey::Income),
        key(ProfileKey::Education),
    ))
    .parse(input)
}

/// Everything in front of the blank before the next key; nothing where a key follows at once.
fn value_before_key(input: &[u8]) -> &[u8] {
    if profile_key(input).is_ok() {
        return &[];
    }
    let blanks = input.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(at, _)| at);
    let end = blanks
        .into_iter()
        .find(|at| input.get(at + 1..).is_some_and(|rest| profile_key(rest).is_ok()));
    input.get(..end.unwrap_or(input.len())).unwrap_or_default()
}
