//! How each type of field is made again from what a self-describing format says.

use alloc::vec::Vec;

use super::{Fault, Group, Node};
use crate::code::Code;
use crate::field::{Expected, Extra};
use crate::irregular::{Binary, EmbeddedFrame, Mask, Md5, Modes, Sender};
use crate::list::{self, List, Tail};
use crate::message::ShareEntry;
use crate::number::{
    Address, Bool01, ColonTime, Decimal, EchoedCode, LevelNumber, LinkType, Weight,
};
use crate::profile::{Profile, ProfileEntry, ProfileKey};
use crate::query::{Clause, Compare, Flag, Number, Property, Query, Spelling, TextTopic};
use crate::text::{Password, PasswordText, Quoted, Text, Token, Word};

/// A field that can be made again from its value within a message's map.
pub(crate) trait Restore: Sized {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault>;

    /// Whether the map has it.
    fn is_there(message: &Group, name: &str) -> bool {
        message.get(name).is_some()
    }
}

/// A value that can be made again wherever it stands.
pub(crate) trait RestoreItem: Sized {
    fn restore_item(node: &Node) -> Result<Self, Fault>;
}

impl<T: RestoreItem> Restore for T {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault> {
        T::restore_item(message.required(name)?).map_err(|cause| fault!("field `{name}`: {cause}"))
    }
}

macro_rules! texts {
    ($($type:ident)*) => {$(
        impl RestoreItem for $type<'_> {
            fn restore_item(node: &Node) -> Result<Self, Fault> {
                // Also what only a lenient decoder reads; encoding tells whether it can be said.
                node.text().map(Self::restored)
            }
        }
    )*};
}

texts!(Token Quoted Text Password PasswordText);

impl Restore for Word<'_> {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault> {
        let quoted = message.get(&alloc::format!("{name}_quoted"));
        Ok(if quoted.map_or(Ok(false), Node::flag)? {
            Self::Quoted(Restore::restore(message, name)?)
        } else {
            Self::Bare(Restore::restore(message, name)?)
        })
    }
}

macro_rules! numbers {
    ($($type:ty, $method:ident, $value:ident => $made:expr;)*) => {$(
        impl RestoreItem for $type {
            fn restore_item(node: &Node) -> Result<Self, Fault> {
                let $value = node.$method()?;
                $made.map_err(|_| fault!("the number {} is out of range", $value))
            }
        }
    )*};
}

numbers! {
    u16, unsigned, value => Self::try_from(value);
    u32, unsigned, value => Self::try_from(value);
    u64, unsigned, value => Ok::<Self, core::convert::Infallible>(value);
    i32, signed, value => Self::try_from(value);
    LinkType, unsigned, value => u32::try_from(value).map(Self);
    LevelNumber, unsigned, value => u32::try_from(value).map(Self);
    Bool01, unsigned, value => u32::try_from(value).map(Self);
    EchoedCode, unsigned, value => u16::try_from(value).map(Self);
    ColonTime, unsigned, value => Ok::<Self, core::convert::Infallible>(Self(value));
}

macro_rules! wrapped {
    ($($type:ident)*) => {$(
        impl RestoreItem for $type<'_> {
            fn restore_item(node: &Node) -> Result<Self, Fault> {
                RestoreItem::restore_item(node).map(Self)
            }
        }
    )*};
}

wrapped!(Md5 Mask Modes Sender Decimal);

impl RestoreItem for Address<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        let text = node.text()?;
        let dotted = core::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
        Ok(dotted.map_or_else(|| Self::Other(Token::restored(text)), Self::V4))
    }
}

impl RestoreItem for Weight<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        match node {
            Node::Unsigned(_) | Node::Signed(_) => i32::restore_item(node).map(Self::Number),
            _ => Token::restore_item(node).map(Self::Other),
        }
    }
}

impl RestoreItem for EmbeddedFrame<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        let frame = node.group()?;
        frame.allow_only(&|name| matches!(name, "code" | "payload"))?;
        let code = Code(u16::restore(frame, "code")?);
        Ok(Self::new(code, frame.required("payload")?.text()?))
    }
}

impl RestoreItem for Binary<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        node.hex().map(Self::new)
    }
}

impl RestoreItem for Profile<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        let entry = |(name, value): (&str, &Node)| {
            let key = named(name, ProfileKey::ALL, |key| key.name())?;
            Ok(ProfileEntry { key, value: Text::restore_item(value)? })
        };
        node.group()?.entries().map(entry).collect::<Result<Vec<_>, Fault>>().map(Self::new)
    }
}

impl RestoreItem for Query<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        List::restore_item(node).map(Self)
    }
}

impl RestoreItem for Clause<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        let clause = node.group()?;
        let known = ["clause", "compare", "value", "odd_quotes"];
        clause.allow_only(&|name| known.contains(&name))?;
        let odd = clause.get("odd_quotes").map_or(Ok(false), Node::flag)?;
        let spelling = if odd { Spelling::Odd } else { Spelling::Usual };
        let number = || Ok::<_, Fault>(Number { value: u64::restore(clause, "value")?, spelling });
        let keyword = clause.required("clause")?.text()?;
        let keyword = core::str::from_utf8(&keyword).unwrap_or_default();
        if let Ok(topic) = named(keyword, TextTopic::ALL, |topic| topic.name()) {
            return Ok(Self::Text(topic, Quoted::restore(clause, "value")?));
        }
        if let Ok(property) = named(keyword, Property::ALL, |property| property.name()) {
            let compare = clause.required("compare")?.text()?;
            let compare = core::str::from_utf8(&compare).unwrap_or_default();
            let compare = named(compare, Compare::ALL, |compare| compare.name())?;
            return Ok(Self::Compare(property, compare, number()?));
        }
        match keyword {
            "max_results" => Ok(Self::MaxResults(number()?)),
            "type" => Ok(Self::Type(Token::restore(clause, "value")?, spelling)),
            flag => named(flag, Flag::ALL, |flag| flag.name()).map(Self::Flag),
        }
    }
}

/// The value with that name.
fn named<T: Copy>(name: &str, all: &[T], name_of: fn(T) -> &'static str) -> Result<T, Fault> {
    let found = all.iter().copied().find(|&one| name_of(one) == name);
    found.ok_or_else(|| fault!("unknown name `{name}`"))
}

impl RestoreItem for ShareEntry<'_> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        let entry = node.group()?;
        let fields = <Self as list::Group<'_>>::FIELDS;
        entry.allow_only(&|name| fields.iter().any(|field| field.name == name))?;
        Self::restore_fields(entry)
    }
}

impl<T: RestoreItem> RestoreItem for List<'_, T> {
    fn restore_item(node: &Node) -> Result<Self, Fault> {
        node.list()?.iter().map(T::restore_item).collect()
    }
}

/// A group whose members stand in the message's own map.
pub(crate) trait RestoreFields: Sized {
    fn restore_fields(message: &Group) -> Result<Self, Fault>;
}

impl<'a, T: RestoreFields + list::Group<'a>> Restore for Tail<'_, T> {
    fn restore(message: &Group, _: &str) -> Result<Self, Fault> {
        T::restore_fields(message).map(Self::from)
    }

    fn is_there(message: &Group, _: &str) -> bool {
        T::FIELDS.first().is_some_and(|first| message.get(first.name).is_some())
    }
}

/// What need not be there.
fn restore_optional<T: Restore>(message: &Group, name: &str) -> Result<Option<T>, Fault> {
    T::is_there(message, name).then(|| T::restore(message, name)).transpose()
}

impl<T: Restore> Restore for Option<T> {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault> {
        restore_optional(message, name)
    }
}

impl<T: Restore> Restore for Extra<T> {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault> {
        restore_optional(message, name).map(Self)
    }
}

impl<T: Restore> Restore for Expected<T> {
    fn restore(message: &Group, name: &str) -> Result<Self, Fault> {
        restore_optional(message, name).map(Self)
    }
}
