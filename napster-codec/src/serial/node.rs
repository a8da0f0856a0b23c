//! What a self-describing format says, before it is known what it should be.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{BYTES, from_hex};

/// Why a value is not what it should be.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value of any type.
#[derive(Debug)]
pub(crate) enum Node {
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Text(String),
    List(Vec<Self>),
    Group(Group),
}

/// Values with names.
#[derive(Debug)]
pub(crate) struct Group(Vec<(String, Node)>);

impl Group {
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    pub(crate) fn required(&self, name: &str) -> Result<&Node, Fault> {
        self.get(name).ok_or_else(|| fault!("missing field `{name}`"))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(key, node)| (key.as_str(), node))
    }

    /// Refuses a key that nobody asks for, and one that is there twice.
    pub(crate) fn allow_only(&self, known: &dyn Fn(&str) -> bool) -> Result<(), Fault> {
        for (index, (key, _)) in self.0.iter().enumerate() {
            if !known(key) {
                return Err(fault!("unknown field `{key}`"));
            }
            if self.0.iter().skip(index + 1).any(|(other, _)| other == key) {
                return Err(fault!("field `{key}` twice"));
            }
        }
        Ok(())
    }
}

impl Node {
    pub(crate) fn group(&self) -> Result<&Group, Fault> {
        match self {
            Self::Group(group) => Ok(group),
            other => Err(fault!("expected a map, not {}", other.what())),
        }
    }

    pub(crate) fn list(&self) -> Result<&[Self], Fault> {
        match self {
            Self::List(items) => Ok(items),
            other => Err(fault!("expected a list, not {}", other.what())),
        }
    }

    pub(crate) fn unsigned(&self) -> Result<u64, Fault> {
        match self {
            Self::Unsigned(number) => Ok(*number),
            other => Err(fault!("expected a number without sign, not {}", other.what())),
        }
    }

    pub(crate) fn signed(&self) -> Result<i64, Fault> {
        match self {
            Self::Signed(number) => Ok(*number),
            Self::Unsigned(number) => {
                i64::try_from(*number).map_err(|_| fault!("the number {number} is too large"))
            }
            other => Err(fault!("expected a number, not {}", other.what())),
        }
    }

    pub(crate) fn flag(&self) -> Result<bool, Fault> {
        match self {
            Self::Bool(flag) => Ok(*flag),
            other => Err(fault!("expected true or false, not {}", other.what())),
        }
    }

    /// Bytes of text: a string, or a map with bytes in hex.
    pub(crate) fn text(&self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Group(group) if group.0.len() == 1 => group.required(BYTES)?.hex(),
            other => Err(fault!("expected text, not {}", other.what())),
        }
    }

    /// Bytes in hex.
    pub(crate) fn hex(&self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Text(text) => {
                from_hex(text).ok_or_else(|| fault!("expected two hex digits for each byte"))
            }
            other => Err(fault!("expected hex digits, not {}", other.what())),
        }
    }

    const fn what(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Unsigned(_) | Self::Signed(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Group(_) => "a map",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, text, true or false, a list, or a map")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(u64::try_from(value).map_or(Node::Signed(value), Node::Unsigned))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut group = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            group.push(entry);
        }
        Ok(Node::Group(Group(group)))
    }
}
