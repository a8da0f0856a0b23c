//! Text on the wire: three lexical types whose constructors refuse what they cannot carry.
//!
//! Payloads are bytes in the sender's own character set, which nothing declares. So a value is
//! bytes here; [`to_str`](Token::to_str) gives UTF-8 where it is that, and `Display` escapes the rest.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

/// Why bytes cannot be a value of a lexical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidText {
    /// A word has at least one byte.
    Empty,
    /// The type cannot carry this byte there.
    Byte {
        /// The byte.
        byte: u8,
        /// Its place, counted from 0.
        at: usize,
    },
}

impl fmt::Display for InvalidText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("expected a word with at least one byte"),
            Self::Byte { byte, at } => {
                write!(
                    f,
                    "byte {at} is `{}`, which cannot stand in this kind of field",
                    byte.escape_ascii()
                )
            }
        }
    }
}

impl core::error::Error for InvalidText {}

/// Whether every tokeniser of a real program ends a word at this byte.
pub(crate) const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// How many bytes stand in front of the first separator.
///
/// It looks at eight bytes at once for one that is not above the blank, which all separators are not.
pub(crate) fn word_length(input: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let mut length = 0;
    while let Some(eight) = input.get(length..).and_then(<[u8]>::first_chunk::<8>) {
        let eight = u64::from_le_bytes(*eight);
        // The lowest bit left is that of the first byte below 0x21.
        let low = eight.wrapping_sub(ONES * 0x21) & !eight & HIGH;
        if low == 0 {
            length += 8;
            continue;
        }
        length += low.trailing_zeros() as usize / 8;
        if input.get(length).copied().is_none_or(is_separator) {
            return length;
        }
        length += 1;
    }
    let rest = input.get(length..).unwrap_or_default();
    length + rest.iter().position(|&byte| is_separator(byte)).unwrap_or(rest.len())
}

/// What a word can carry: at least one byte, no separator, no quote in front.
pub(crate) fn check_token(bytes: &[u8]) -> Result<(), InvalidText> {
    match bytes.first() {
        None => Err(InvalidText::Empty),
        Some(b'"') => Err(InvalidText::Byte { byte: b'"', at: 0 }),
        Some(_) => refuse_at(bytes, Some(word_length(bytes))),
    }
}

/// What quotes can carry: everything but a quote, since there is no escape.
pub(crate) fn check_quoted(bytes: &[u8]) -> Result<(), InvalidText> {
    refuse_at(bytes, memchr::memchr(b'"', bytes))
}

#[allow(clippy::unnecessary_wraps, reason = "one signature for the three checks")]
fn check_text(_: &[u8]) -> Result<(), InvalidText> {
    Ok(())
}

/// Refuses the byte at that place, if there is one.
fn refuse_at(bytes: &[u8], at: Option<usize>) -> Result<(), InvalidText> {
    match at.and_then(|at| Some((at, *bytes.get(at)?))) {
        Some((at, byte)) => Err(InvalidText::Byte { byte, at }),
        None => Ok(()),
    }
}

/// Writes bytes for a terminal: UTF-8 as it is, everything else and all control characters escaped.
pub(crate) fn fmt_escaped(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    use core::fmt::Write;
    for chunk in bytes.utf8_chunks() {
        for char in chunk.valid().chars() {
            if char.is_control() || is_bidirectional_mark(char) {
                write!(f, "{}", char.escape_unicode())?;
            } else {
                f.write_char(char)?;
            }
        }
        write!(f, "{}", chunk.invalid().escape_ascii())?;
    }
    Ok(())
}

/// Characters that turn the order of what follows and so can disguise a name.
const fn is_bidirectional_mark(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Borrowed or owned bytes in two machine words, so that messages stay small.
#[derive(Clone)]
enum Chars<'a> {
    Borrowed(&'a [u8]),
    #[allow(
        clippy::box_collection,
        reason = "a vector itself would take a third word in every message"
    )]
    Owned(Box<Vec<u8>>),
}

impl Chars<'_> {
    fn into_owned(self) -> Chars<'static> {
        match self {
            Self::Borrowed(bytes) => Chars::Owned(Box::new(bytes.to_vec())),
            Self::Owned(bytes) => Chars::Owned(bytes),
        }
    }
}

impl<'a> From<Cow<'a, [u8]>> for Chars<'a> {
    fn from(bytes: Cow<'a, [u8]>) -> Self {
        match bytes {
            Cow::Borrowed(bytes) => Self::Borrowed(bytes),
            Cow::Owned(bytes) => Self::Owned(Box::new(bytes)),
        }
    }
}

impl core::ops::Deref for Chars<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

impl PartialEq for Chars<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Chars<'_> {}

impl PartialOrd for Chars<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Chars<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl Hash for Chars<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

macro_rules! text_type {
    ($(#[$meta:meta])* $name:ident, $check:path, $debug:expr) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name<'a>(Chars<'a>);

        impl<'a> $name<'a> {
            /// Takes bytes, borrowed or owned.
            ///
            /// # Errors
            ///
            /// [`InvalidText`] where the wire form could not carry them.
            pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, InvalidText> {
                let bytes = bytes.into();
                $check(&bytes)?;
                Ok(Self(bytes.into()))
            }

            /// What a lenient decoder read, which may be more than [`new`](Self::new) accepts.
            pub(crate) const fn read(bytes: &'a [u8]) -> Self {
                Self(Chars::Borrowed(bytes))
            }

            /// The same for bytes of its own.
            #[cfg(feature = "serde")]
            pub(crate) fn restored(bytes: Vec<u8>) -> Self {
                Self(Cow::<[u8]>::Owned(bytes).into())
            }

            /// The bytes, without quotes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// The text, where the bytes are UTF-8.
            #[must_use]
            pub fn to_str(&self) -> Option<&str> {
                core::str::from_utf8(&self.0).ok()
            }

            /// The same value with bytes of its own.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(self.0.into_owned())
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let show: fn(&[u8], &mut fmt::Formatter<'_>) -> fmt::Result = $debug;
                show(&self.0, f)
            }
        }

        impl AsRef<[u8]> for $name<'_> {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = InvalidText;
            fn try_from(text: &'a str) -> Result<Self, InvalidText> {
                Self::new(text.as_bytes())
            }
        }

        impl<'a> TryFrom<&'a [u8]> for $name<'a> {
            type Error = InvalidText;
            fn try_from(bytes: &'a [u8]) -> Result<Self, InvalidText> {
                Self::new(bytes)
            }
        }

        impl TryFrom<String> for $name<'_> {
            type Error = InvalidText;
            fn try_from(text: String) -> Result<Self, InvalidText> {
                Self::new(text.into_bytes())
            }
        }

        impl TryFrom<Vec<u8>> for $name<'_> {
            type Error = InvalidText;
            fn try_from(bytes: Vec<u8>) -> Result<Self, InvalidText> {
                Self::new(bytes)
            }
        }

        impl PartialEq<str> for $name<'_> {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other.as_bytes()
            }
        }

        impl PartialEq<&str> for $name<'_> {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == *other.as_bytes()
            }
        }

        impl PartialEq<[u8]> for $name<'_> {
            fn eq(&self, other: &[u8]) -> bool {
                *self.0 == *other
            }
        }
    };
}

macro_rules! display_escaped {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt_escaped(&self.0, f)
            }
        }
    )*};
}

/// Shows the bytes as a string literal.
fn debug_bytes(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "\"{}\"", bytes.escape_ascii())
}

/// Shows that there is a secret, and no more.
fn debug_secret(_: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("***")
}

text_type! {
    /// One word: at least one byte, no blank, TAB, CR or LF, and no quote in front.
    ///
    /// A word that a program sent between quotes may hold blanks; it is written with its quotes again.
    Token, check_token, debug_bytes
}
text_type! {
    /// Text between two double quotes, without the quotes; it may be empty.
    ///
    /// There is no escape, so it cannot carry a quote. A lenient decoder can still read one where the
    /// fields behind it decide where the text ends.
    Quoted, check_quoted, debug_bytes
}
text_type! {
    /// Free text to the end of the payload: every byte as it is, maybe none.
    Text, check_text, debug_bytes
}
text_type! {
    /// A password, one word in clear text; `Debug` does not show it.
    Password, check_token, debug_secret
}
text_type! {
    /// A password that runs to the end of the payload; `Debug` does not show it.
    PasswordText, check_text, debug_secret
}

display_escaped!(Token Quoted Text);

/// One word that is legal with and without quotes, where the quotes mean something.
///
/// The e-mail of message 3 is one: opennap-ng quotes it when it grants compression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are no other spellings")]
pub enum Word<'a> {
    /// Sent as it is.
    Bare(Token<'a>),
    /// Sent between double quotes.
    Quoted(Quoted<'a>),
}

impl Word<'_> {
    /// The bytes, without quotes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Bare(token) => token.as_bytes(),
            Self::Quoted(quoted) => quoted.as_bytes(),
        }
    }

    /// Whether it stands between quotes.
    #[must_use]
    pub const fn is_quoted(&self) -> bool {
        matches!(self, Self::Quoted(_))
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Word<'static> {
        match self {
            Self::Bare(token) => Word::Bare(token.into_owned()),
            Self::Quoted(quoted) => Word::Quoted(quoted.into_owned()),
        }
    }
}

impl fmt::Display for Word<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_escaped(self.as_bytes(), f)
    }
}
