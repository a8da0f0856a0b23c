//! Random values of every message, for property tests and fuzzing.
//!
//! What comes out is anything that the public types can hold: mostly canonical values, now and then an
//! odd one, such as a number out of range or a field that only some programs send.

use alloc::vec::Vec;

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::code::Code;
use crate::field::{Expected, Extra};
use crate::irregular::{Binary, EmbeddedFrame, Mask, Md5, Modes, Sender};
use crate::list::{List, Tail};
use crate::message::{Message, table};
use crate::number::{
    Address, Bool01, ColonTime, Decimal, EchoedCode, LevelNumber, LinkType, Weight,
};
use crate::profile::{Profile, ProfileEntry, ProfileKey};
use crate::query::{Clause, Compare, Flag, Number, Property, Query, Spelling, TextTopic};
use crate::text::{Password, PasswordText, Quoted, Text, Token, Word, is_separator};

/// A value that can be made from random bytes; all that the rows of the table are made of.
pub(crate) trait Generate: Sized {
    /// `more` says whether optional fields can follow, and is made false by one that is left out.
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self>;
}

/// Any message of the table.
impl<'u> Arbitrary<'u> for Message<'static> {
    fn arbitrary(u: &mut Unstructured<'u>) -> Result<Self> {
        u.choose(&table::ROWS).and_then(|row| (row.generate)(u))
    }
}

/// Whether something rare happens.
fn rarely(u: &mut Unstructured<'_>) -> Result<bool> {
    u.ratio(1_u8, 32)
}

/// Bytes that a field of text is likely to stumble over, and all others now and then.
fn text_bytes(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    const LIKELY: &[u8] = b" \"\t\r\n:-+.#!*0179abXYZ\\_\x01\xe9";
    let length = if rarely(u)? { u.int_in_range(0..=300)? } else { u.int_in_range(0..=12)? };
    let byte = |_| if u.arbitrary()? { u.choose(LIKELY).copied() } else { u.arbitrary() };
    (0..length).map(byte).collect()
}

fn word_bytes(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = text_bytes(u)?;
    bytes.retain(|&byte| !is_separator(byte));
    if matches!(bytes.first(), None | Some(b'"')) {
        bytes.insert(0, b'w');
    }
    Ok(bytes)
}

fn quoted_bytes(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut bytes = text_bytes(u)?;
    bytes.retain(|&byte| byte != b'"');
    Ok(bytes)
}

macro_rules! texts {
    ($($type:ident $bytes:ident,)*) => {$(
        impl Generate for $type<'_> {
            fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
                // The bytes are made such that the type takes them.
                Self::new($bytes(u)?).map_err(|_| arbitrary::Error::IncorrectFormat)
            }
        }
    )*};
}

texts! {
    Token word_bytes,
    Quoted quoted_bytes,
    Text text_bytes,
    Password word_bytes,
    PasswordText text_bytes,
}

impl Generate for Word<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        Ok(if u.arbitrary()? {
            Self::Bare(Generate::generate(u, more)?)
        } else {
            Self::Quoted(Generate::generate(u, more)?)
        })
    }
}

macro_rules! plain {
    ($($type:ident)*) => {$(
        impl Generate for $type {
            fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
                u.arbitrary()
            }
        }
    )*};
}

plain!(u16 u32 u64 i32);

macro_rules! open_numbers {
    ($($type:ident)*) => {$(
        impl Generate for $type {
            fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
                let any = rarely(u)?;
                Ok(Self(if any { u.arbitrary()? } else { u.int_in_range(0..=Self::MAXIMUM)? }))
            }
        }
    )*};
}

open_numbers!(LinkType LevelNumber Bool01);

macro_rules! wrapped {
    ($($type:ident $(<$lt:lifetime>)?,)*) => {$(
        impl $(<$lt>)? Generate for $type $(<$lt>)? {
            fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
                Generate::generate(u, more).map(Self)
            }
        }
    )*};
}

wrapped! {
    EchoedCode,
    ColonTime,
    Md5<'a>,
    Mask<'a>,
    Modes<'a>,
    Sender<'a>,
    Query<'a>,
}

impl Generate for Address<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        if rarely(u)? {
            return Ok(Self::Other(Generate::generate(u, more)?));
        }
        u.arbitrary().map(Self::from_wire)
    }
}

impl Generate for Weight<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        if rarely(u)? {
            return Ok(Self::Other(Generate::generate(u, more)?));
        }
        u.arbitrary().map(Self::Number)
    }
}

impl Generate for Decimal<'_> {
    fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
        let digits = alloc::format!("{}.{}", u.arbitrary::<i16>()?, u.arbitrary::<u8>()?);
        let digits = Token::try_from(digits).map_err(|_| arbitrary::Error::IncorrectFormat)?;
        Self::new(digits).ok_or(arbitrary::Error::IncorrectFormat)
    }
}

impl Generate for EmbeddedFrame<'_> {
    fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
        Ok(Self::new(Code(u.arbitrary()?), text_bytes(u)?))
    }
}

impl Generate for Binary<'_> {
    fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
        text_bytes(u).map(Self::new)
    }
}

impl Generate for ProfileEntry<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        Ok(Self { key: *u.choose(ProfileKey::ALL)?, value: Generate::generate(u, more)? })
    }
}

impl Generate for Profile<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        let mut entries: Vec<ProfileEntry<'_>> = several(u, more)?;
        if !rarely(u)? {
            let mut seen = Vec::new();
            entries.retain(|entry| {
                !seen.contains(&entry.key) && {
                    seen.push(entry.key);
                    true
                }
            });
        }
        Ok(Self::new(entries))
    }
}

impl Generate for Number {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        Ok(Self { value: u.arbitrary()?, spelling: Generate::generate(u, more)? })
    }
}

impl Generate for Spelling {
    fn generate(u: &mut Unstructured<'_>, _: &mut bool) -> Result<Self> {
        Ok(if rarely(u)? { Self::Odd } else { Self::Usual })
    }
}

impl Generate for Clause<'_> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        Ok(match u.int_in_range(0..=4)? {
            0 => Self::Text(*u.choose(TextTopic::ALL)?, Generate::generate(u, more)?),
            1 => Self::MaxResults(Generate::generate(u, more)?),
            2 => Self::Compare(
                *u.choose(Property::ALL)?,
                *u.choose(Compare::ALL)?,
                Generate::generate(u, more)?,
            ),
            3 => Self::Type(Generate::generate(u, more)?, Generate::generate(u, more)?),
            _ => Self::Flag(*u.choose(Flag::ALL)?),
        })
    }
}

/// A few values, now and then none.
fn several<T: Generate>(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Vec<T>> {
    let count = if rarely(u)? { u.int_in_range(0..=40)? } else { u.int_in_range(1..=4)? };
    (0..count).map(|_| T::generate(u, more)).collect()
}

impl<T: Generate> Generate for List<'_, T> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        several(u, more).map(Self::from)
    }
}

impl<T: Generate> Generate for Tail<'_, T> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        T::generate(u, more).map(Self::from)
    }
}

impl<T: Generate> Generate for Option<T> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        let there = if rarely(u)? { u.arbitrary()? } else { *more && u.arbitrary()? };
        *more &= there;
        if there { T::generate(u, more).map(Some) } else { Ok(None) }
    }
}

impl<T: Generate> Generate for Extra<T> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        Ok(Self(if rarely(u)? { Some(T::generate(u, more)?) } else { None }))
    }
}

impl<T: Generate> Generate for Expected<T> {
    fn generate(u: &mut Unstructured<'_>, more: &mut bool) -> Result<Self> {
        if rarely(u)? {
            *more = false;
            return Ok(Self(None));
        }
        T::generate(u, more).map(|value| Self(Some(value)))
    }
}
