//! Numbers with a meaning: link types, addresses, and the odd ones.

use core::fmt;
use core::net::Ipv4Addr;

use crate::text::Token;

macro_rules! open_number {
    ($(#[$meta:meta])* $name:ident, $maximum:literal { $($(#[$cmeta:meta])* $constant:ident = $value:literal $label:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub u32);

        impl $name {
            $($(#[$cmeta])* pub const $constant: Self = Self($value);)*
            /// The largest value that a strict decoder accepts.
            pub const MAXIMUM: u32 = $maximum;

            /// The words for a known value.
            #[must_use]
            pub const fn label(self) -> Option<&'static str> {
                match self.0 { $($value => Some($label),)* _ => None }
            }
        }

        impl From<u32> for $name {
            fn from(value: u32) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.label() {
                    Some(label) => f.write_str(label),
                    None => write!(f, "{}", self.0),
                }
            }
        }
    };
}

open_number! {
    /// A user's declared link speed, from his own settings (all editions of the specification).
    ///
    /// Unknown numbers are kept and reported.
    LinkType, 10 {
        /// Not told.
        UNKNOWN = 0 "unknown",
        /// 14.4 kbit/s modem.
        MODEM_14K = 1 "14.4k",
        /// 28.8 kbit/s modem.
        MODEM_28K = 2 "28.8k",
        /// 33.6 kbit/s modem.
        MODEM_33K = 3 "33.6k",
        /// 56 kbit/s modem.
        MODEM_56K = 4 "56k",
        /// ISDN, one channel.
        ISDN_64K = 5 "ISDN 64k",
        /// ISDN, two channels.
        ISDN_128K = 6 "ISDN 128k",
        /// Cable modem.
        CABLE = 7 "cable",
        /// Digital subscriber line.
        DSL = 8 "DSL",
        /// 1.5 Mbit/s line.
        T1 = 9 "T1",
        /// 45 Mbit/s line or better.
        T3 = 10 "T3 or better",
    }
}

open_number! {
    /// A user level as a number (opennap).
    LevelNumber, 4 {
        /// May not share or search for long.
        LEECH = 0 "leech",
        /// The usual level.
        USER = 1 "user",
        /// Keeps order in channels.
        MODERATOR = 2 "moderator",
        /// Runs the server.
        ADMIN = 3 "admin",
        /// Above the administrators.
        ELITE = 4 "elite",
    }
}

open_number! {
    /// A yes or no as 1 or 0.
    Bool01, 1 {
        /// No.
        NO = 0 "no",
        /// Yes.
        YES = 1 "yes",
    }
}

/// A user level by name, as messages 604 to 606 have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_enums, reason = "the sources know these five levels")]
pub enum UserLevel {
    /// `Leech`.
    Leech,
    /// `User`.
    User,
    /// `Moderator`.
    Moderator,
    /// `Admin`.
    Admin,
    /// `Elite`.
    Elite,
}

impl UserLevel {
    /// The level that a word means; three letters in any case are enough (opennap).
    #[must_use]
    pub fn from_bytes(word: &[u8]) -> Option<Self> {
        [Self::Leech, Self::User, Self::Moderator, Self::Admin, Self::Elite].into_iter().find(
            |level| {
                let name = level.name().as_bytes();
                word.len() >= 3
                    && name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            },
        )
    }

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leech => "Leech",
            Self::User => "User",
            Self::Moderator => "Moderator",
            Self::Admin => "Admin",
            Self::Elite => "Elite",
        }
    }
}

impl fmt::Display for UserLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An IPv4 address, on the wire a decimal number whose **lowest** byte is the first octet.
///
/// 10.1.2.3 is 50462986. A few programs write it the other way round, and nothing in a message tells
/// which. Numbers of more than 32 bits occur in documents and keep their digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "either it fits in 32 bits or not")]
pub enum Address<'a> {
    /// An address.
    V4(Ipv4Addr),
    /// The digits of a number that is too large for one.
    Other(Token<'a>),
}

impl Address<'_> {
    /// The address in a number from the wire.
    #[must_use]
    pub const fn from_wire(number: u32) -> Self {
        let [a, b, c, d] = number.to_le_bytes();
        Self::V4(Ipv4Addr::new(a, b, c, d))
    }

    /// The address, where the number fits.
    #[must_use]
    pub const fn v4(&self) -> Option<Ipv4Addr> {
        match self {
            Self::V4(address) => Some(*address),
            Self::Other(_) => None,
        }
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Address<'static> {
        match self {
            Self::V4(address) => Address::V4(address),
            Self::Other(digits) => Address::Other(digits.into_owned()),
        }
    }
}

impl From<Ipv4Addr> for Address<'_> {
    fn from(address: Ipv4Addr) -> Self {
        Self::V4(address)
    }
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => fmt::Display::fmt(address, f),
            Self::Other(digits) => fmt::Display::fmt(digits, f),
        }
    }
}

/// The weight of a search result (201): negative numbers and words such as `n/a` occur.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a number or not")]
pub enum Weight<'a> {
    /// A number.
    Number(i32),
    /// A word in its place.
    Other(Token<'a>),
}

impl Weight<'_> {
    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Weight<'static> {
        match self {
            Self::Number(number) => Weight::Number(number),
            Self::Other(word) => Weight::Other(word.into_owned()),
        }
    }
}

/// A decimal number that may have a fraction, as its digits: nothing is rounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal<'a>(pub(crate) Token<'a>);

impl<'a> Decimal<'a> {
    /// Takes digits with an optional minus sign and an optional fraction.
    #[must_use]
    pub fn new(digits: Token<'a>) -> Option<Self> {
        is_decimal(digits.as_bytes()).then_some(Self(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The nearest floating-point number.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.0.to_str()?.parse().ok()
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Decimal<'static> {
        Decimal(self.0.into_owned())
    }
}

impl fmt::Display for Decimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

pub(crate) fn is_decimal(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    let mut parts = digits.splitn(2, |&byte| byte == b'.');
    let whole = |part: Option<&[u8]>| {
        part.is_none_or(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
    };
    whole(parts.next()) && whole(parts.next())
}

/// A number with a colon glued to its end, as the echo of message 13 has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EchoedCode(pub u16);

/// A time with a colon glued to its front, at the end of some lists on server links.
///
/// Seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColonTime(pub u64);
