//! One dynamic view of every message: names and values, for printing, JSON and tables.

use core::fmt;
use core::net::Ipv4Addr;

use crate::text::fmt_escaped;

/// The value of a field, as the protocol table writes it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Value<'v> {
    /// A number without sign.
    Unsigned(u64),
    /// A number that may be negative.
    Signed(i64),
    /// Text in the sender's character set.
    Text(&'v [u8]),
    /// A password; show it only to those who ask for it.
    Secret(&'v [u8]),
    /// Bytes of an embedded payload, to be shown one character a byte (Latin-1).
    Latin1(&'v [u8]),
    /// Bytes that are no text, to be shown in hex.
    Hex(&'v [u8]),
    /// An IPv4 address.
    Address(Ipv4Addr),
    /// Whether quotes that carry a meaning were there.
    Flag(bool),
    /// A spelling that carries no meaning; needed only to write the same bytes again.
    Spelling(bool),
    /// Several values of one kind.
    List(&'v dyn Items),
    /// Values with names.
    Group(&'v dyn Visit),
}

/// Shows fields by name, in wire order; absent optional fields are left out.
pub trait Visit {
    /// Calls the visitor once for each field that is present.
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>));
}

/// Shows the values of a list, in wire order.
pub trait Items {
    /// Calls the visitor once for each item.
    fn for_each(&self, visitor: &mut dyn FnMut(Value<'_>));
}

/// For people: texts between quotes with what could harm a terminal escaped, passwords masked.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Flag(flag) | Self::Spelling(flag) => write!(f, "{flag}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Secret(_) => f.write_str("***"),
            Self::Text(bytes) | Self::Latin1(bytes) => {
                f.write_str("\"")?;
                fmt_escaped(bytes, f)?;
                f.write_str("\"")
            }
            Self::Hex(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::List(items) => {
                f.write_str("[")?;
                let (mut result, mut separator) = (Ok(()), "");
                items.for_each(&mut |item| {
                    result = result.and_then(|()| write!(f, "{separator}{item}"));
                    separator = ", ";
                });
                result?;
                f.write_str("]")
            }
            Self::Group(group) => {
                f.write_str("{")?;
                let (mut result, mut separator) = (Ok(()), "");
                group.visit(&mut |name, value| {
                    result = result.and_then(|()| write!(f, "{separator}{name}={value}"));
                    separator = " ";
                });
                result?;
                f.write_str("}")
            }
        }
    }
}

/// The same as [`Display`](fmt::Display), so that no password gets into a log.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
