//! Fields with a grammar of their own: checksums, masks, modes, senders, embedded frames, records.

use alloc::borrow::Cow;
use core::fmt;

use crate::code::Code;
use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::spec::Form;
use crate::text::{InvalidText, Text, Token};
use crate::value::{Value, Visit};
use crate::writer::Writer;

macro_rules! wrapped_field {
    ($name:ident, $inner:ident) => {
        impl<'a> $name<'a> {
            /// The field as it stands on the wire.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// The same value with bytes of its own.
            #[must_use]
            pub fn into_owned(self) -> $name<'static> {
                $name(self.0.into_owned())
            }
        }

        impl<'a> From<$inner<'a>> for $name<'a> {
            fn from(inner: $inner<'a>) -> Self {
                Self(inner)
            }
        }

        impl<'a> TryFrom<&'a str> for $name<'a> {
            type Error = InvalidText;
            fn try_from(text: &'a str) -> Result<Self, InvalidText> {
                $inner::try_from(text).map(Self)
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl<'a> Field<'a> for $name<'a> {
            const FORM: Form = <$inner<'a> as Field<'a>>::FORM;
            const PLAIN: Plain = <$inner<'a> as Field<'a>>::PLAIN;
            type Of<'b> = $name<'b>;

            fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
                <$inner<'a> as Field<'a>>::read(cursor, place).map(Self)
            }

            fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
                self.0.write(writer, name);
            }

            fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
                self.0.visit(name, visitor);
            }

            fn into_owned(self) -> Self::Of<'static> {
                self.into_owned()
            }

            fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
                <$inner<'a> as Field<'a>>::is_ahead(cursor)
            }
        }
    };
}

/// The checksum of a shared file, as its owner's program made it.
///
/// Usually 32 hex digits of the MD5 over the first 299,008 or 300,032 bytes, often with `-` and a
/// number behind; programs disagree on what is hashed, so equality is a weak statement. Words stand
/// for "none": `WMA-FILE`, `NOMD5COMPUTED`, `0`, 32 zeros, 32 letters A; `firewallerror` in 204 says
/// that neither side can listen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Md5<'a>(pub Token<'a>);
wrapped_field!(Md5, Token);

impl Md5<'_> {
    /// The sixteen bytes, where the field begins with 32 hex digits and ends there or at a dash.
    ///
    /// 32 zeros are no checksum and give `None`.
    #[must_use]
    pub fn digest(&self) -> Option<[u8; 16]> {
        let (digits, rest) = self.as_bytes().split_at_checked(32)?;
        if !(rest.is_empty() || rest.starts_with(b"-")) {
            return None;
        }
        let mut digest = [0; 16];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = core::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        (digest != [0; 16] && digest != [0xaa; 16]).then_some(digest)
    }

    /// The number behind the dash: the length of what was hashed, or of the file.
    #[must_use]
    pub fn suffix(&self) -> Option<u64> {
        let rest = self.as_bytes().get(32..)?.strip_prefix(b"-")?;
        crate::field::canonical_number(rest, u64::MAX)
    }

    /// Whether the server says that both users are firewalled (opennap, in 204).
    #[must_use]
    pub fn is_firewall_error(&self) -> bool {
        self.as_bytes() == b"firewallerror"
    }
}

/// Whom a ban is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mask<'a>(pub Token<'a>);
wrapped_field!(Mask, Token);

/// The three forms of a [`Mask`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaskForm<'m> {
    /// One user.
    Nick(&'m [u8]),
    /// All addresses that begin so: an IPv4 address, or a part of one that ends in a dot.
    Prefix(&'m [u8]),
    /// Wildcards for nick and address.
    Glob {
        /// In front of the exclamation mark.
        nick: &'m [u8],
        /// Behind it.
        address: &'m [u8],
    },
}

impl Mask<'_> {
    /// Which form the mask has.
    #[must_use]
    pub fn form(&self) -> MaskForm<'_> {
        let bytes = self.as_bytes();
        if let Some(at) = bytes.iter().position(|&byte| byte == b'!') {
            let (nick, address) = bytes.split_at(at);
            return MaskForm::Glob { nick, address: address.get(1..).unwrap_or_default() };
        }
        let numeric = bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if numeric && bytes.contains(&b'.') {
            MaskForm::Prefix(bytes)
        } else {
            MaskForm::Nick(bytes)
        }
    }
}

/// Mode names, each with an optional sign (opennap's 10203, 10209, 10264).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Modes<'a>(pub Text<'a>);
wrapped_field!(Modes, Text);

impl Modes<'_> {
    /// The modes: whether each is set (`+` or no sign) or cleared (`-`), and its name.
    pub fn iter(&self) -> impl Iterator<Item = (bool, &[u8])> {
        let words = self.as_bytes().split(|&byte| byte == b' ').filter(|word| !word.is_empty());
        words.map(|word| match word {
            [b'-', name @ ..] => (false, name),
            [b'+', name @ ..] | name => (true, name),
        })
    }
}

/// Who acts, on a server link: a colon directly followed by a nick or a server's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sender<'a>(pub Token<'a>);

impl Sender<'_> {
    /// The name without the colon.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Sender<'static> {
        Sender(self.0.into_owned())
    }
}

impl fmt::Display for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'a> Field<'a> for Sender<'a> {
    const FORM: Form = Form::Word;
    type Of<'b> = Sender<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.begin(place)?;
        let word = cursor.word_ahead();
        match word {
            [b':', name @ ..] if !name.is_empty() => {
                cursor.skip(word.len());
                Ok(Self(Token::read(name)))
            }
            _ => Err(cursor.error(
                DiagnosticKind::MissingField,
                place,
                cursor.position(),
                cursor.position(),
            )),
        }
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.separate();
        writer.raw(b":");
        writer.raw(self.as_bytes());
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Text(self.as_bytes()));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}

/// A whole frame inside a payload (10018): four header bytes, low byte first, and what they announce.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmbeddedFrame<'a> {
    /// The message it carries.
    pub code: Code,
    payload: Cow<'a, [u8]>,
}

impl<'a> EmbeddedFrame<'a> {
    /// A frame of that code.
    #[must_use]
    pub fn new(code: Code, payload: impl Into<Cow<'a, [u8]>>) -> Self {
        Self { code, payload: payload.into() }
    }

    /// The payload of the inner message.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> EmbeddedFrame<'static> {
        EmbeddedFrame { code: self.code, payload: Cow::Owned(self.payload.into_owned()) }
    }
}

impl fmt::Debug for EmbeddedFrame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.code, self.payload.escape_ascii())
    }
}

impl Visit for EmbeddedFrame<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("code", Value::Unsigned(u64::from(self.code.0)));
        visitor("payload", Value::Latin1(&self.payload));
    }
}

impl<'a> Field<'a> for EmbeddedFrame<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = EmbeddedFrame<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        let start = cursor.position();
        let bytes = cursor.text(place)?;
        match bytes {
            [l0, l1, c0, c1, payload @ ..]
                if usize::from(u16::from_le_bytes([*l0, *l1])) == payload.len() =>
            {
                let code = Code(u16::from_le_bytes([*c0, *c1]));
                Ok(Self { code, payload: Cow::Borrowed(payload) })
            }
            _ => Err(cursor.error(DiagnosticKind::BadFrame, place, start, cursor.position())),
        }
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        let Ok(length) = u16::try_from(self.payload.len()) else {
            writer.punch(name);
            return;
        };
        writer.separate();
        writer.raw(&length.to_le_bytes());
        writer.raw(&self.code.0.to_le_bytes());
        writer.raw(&self.payload);
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Group(self));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        cursor.has_text()
    }
}

/// A payload that is no text (932, 995).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Binary<'a>(Cow<'a, [u8]>);

impl<'a> Binary<'a> {
    /// Takes bytes, borrowed or owned.
    #[must_use]
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The known parts of the record of message 932; `None` where the length is another.
    #[must_use]
    pub fn share_record(&self) -> Option<ShareRecord<'_>> {
        let bytes: &[u8; ShareRecord::LENGTH] = self.0.as_ref().try_into().ok()?;
        let number = |at: usize| {
            let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok());
            word.map_or(0, u32::from_le_bytes)
        };
        Some(ShareRecord {
            size: number(0),
            bitrate: number(20),
            frequency: number(24),
            md5: bytes.get(36..68).unwrap_or_default(),
        })
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Binary<'static> {
        Binary(Cow::Owned(self.0.into_owned()))
    }
}

/// What is known of the 72-byte record of message 932 (SlavaNap edition); numbers have their low byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShareRecord<'b> {
    /// The file's size in bytes, at offset 0.
    pub size: u32,
    /// The bit rate in kbit/s, at offset 20.
    pub bitrate: u32,
    /// The sample rate in Hz, at offset 24.
    pub frequency: u32,
    /// 32 hex digits of the checksum, at offset 36.
    pub md5: &'b [u8],
}

impl ShareRecord<'_> {
    /// The record's length in bytes.
    pub const LENGTH: usize = 72;
}

impl fmt::Debug for Binary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.iter() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl<'a> Field<'a> for Binary<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = Binary<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        cursor.text(place).map(|bytes| Self(Cow::Borrowed(bytes)))
    }

    fn write(&self, writer: &mut Writer<'_>, _: &'static str) {
        writer.text(&self.0);
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::Hex(&self.0));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }

    fn is_ahead(cursor: &Cursor<'a, '_>) -> bool {
        cursor.has_text()
    }
}
