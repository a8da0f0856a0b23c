//! Messages as maps of fields for `serde`, without loss.
//!
//! A message's struct is a map of its fields, as [`Visit`] shows them. A [`Message`] says which row it
//! is: `{"code": 205, "name": "private_message", "direction": "to_server", "fields": {…}}`, with the key
//! `shape` for another shape of the message; one that the table does not have is
//! `{"code": 999, "payload": …}`. Text is a string where its bytes are UTF-8, else `{"bytes": "<hex>"}`;
//! addresses are strings in dotted form. Reading back needs a self-describing format such as JSON.

use alloc::vec::Vec;
use core::fmt;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::code::{Code, Directions};
use crate::message::{Message, Payload, table};
use crate::value::{Items, Value, Visit};

/// Formats a fault.
macro_rules! fault {
    ($($argument:tt)*) => { $crate::serial::Fault(alloc::format!($($argument)*)) };
}

mod node;
mod restore;

pub(crate) use node::{Fault, Group, Node};
pub(crate) use restore::{Restore, RestoreFields};

/// A value as `serde` takes it.
struct Shown<'v>(Value<'v>);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Unsigned(number) => serializer.serialize_u64(number),
            Value::Signed(number) => serializer.serialize_i64(number),
            Value::Text(bytes) | Value::Secret(bytes) | Value::Latin1(bytes) => {
                serialize_text(bytes, serializer)
            }
            Value::Hex(bytes) => serializer.collect_str(&Hex(bytes)),
            Value::Address(address) => serializer.collect_str(&address),
            Value::Flag(flag) | Value::Spelling(flag) => serializer.serialize_bool(flag),
            Value::List(items) => serialize_list(items, serializer),
            Value::Group(group) => serialize_fields(group, serializer),
        }
    }
}

/// A map of the fields that are there, in wire order.
pub(crate) fn serialize_fields<S: Serializer>(
    fields: &dyn Visit,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut count = 0;
    fields.visit(&mut |_, _| count += 1);
    let mut map = serializer.serialize_map(Some(count))?;
    let mut result = Ok(());
    fields.visit(&mut |name, value| {
        if result.is_ok() {
            result = map.serialize_entry(name, &Shown(value));
        }
    });
    result?;
    map.end()
}

fn serialize_list<S: Serializer>(items: &dyn Items, serializer: S) -> Result<S::Ok, S::Error> {
    let mut count = 0;
    items.for_each(&mut |_| count += 1);
    let mut list = serializer.serialize_seq(Some(count))?;
    let mut result = Ok(());
    items.for_each(&mut |value| {
        if result.is_ok() {
            result = list.serialize_element(&Shown(value));
        }
    });
    result?;
    list.end()
}

fn serialize_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    match core::str::from_utf8(bytes) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(BYTES, &Hex(bytes))?;
            map.end()
        }
    }
}

/// The key of text that is not UTF-8.
const BYTES: &str = "bytes";

/// Bytes in hex.
struct Hex<'b>(&'b [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text as it stands in a map.
struct Text<'b>(&'b [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_text(self.0, serializer)
    }
}

/// The fields of a message as one value.
struct Fields<'m>(&'m dyn Visit);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_fields(self.0, serializer)
    }
}

/// See the feature `serde` for the form.
impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(spec) = self.spec() else {
            let payload = if let Self::Unknown { payload, .. } = self { &**payload } else { &[] };
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry("code", &self.code().0)?;
            map.serialize_entry("payload", &Text(payload))?;
            return map.end();
        };
        let mut map = serializer.serialize_map(Some(4 + usize::from(spec.shape.is_some())))?;
        map.serialize_entry("code", &spec.code.0)?;
        map.serialize_entry("name", spec.name)?;
        map.serialize_entry("direction", direction_name(spec.directions))?;
        if let Some(shape) = spec.shape {
            map.serialize_entry("shape", shape)?;
        }
        map.serialize_entry("fields", &Fields(self))?;
        map.end()
    }
}

const fn direction_name(directions: Directions) -> &'static str {
    match directions {
        Directions::ToServer => "to_server",
        Directions::ToClient => "to_client",
        Directions::Both => "both",
        Directions::ServerLink => "server_link",
    }
}

/// See the feature `serde` for the form; the key `name` may be absent.
impl<'de> Deserialize<'de> for Message<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        restore_message(&Node::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

fn restore_message<'m>(node: &Node) -> Result<Message<'m>, Fault> {
    let message = node.group()?;
    let code = Code(u16::restore(message, "code")?);
    if let Some(payload) = message.get("payload") {
        message.allow_only(&|name| matches!(name, "code" | "payload"))?;
        return Ok(Message::Unknown { code, payload: payload.text()?.into() });
    }
    let known = ["code", "name", "direction", "shape", "fields"];
    message.allow_only(&|name| known.contains(&name))?;
    let direction = message.required("direction")?.text()?;
    let shape = message.get("shape").map(Node::text).transpose()?;
    let mut rows = table::ROWS.iter().filter(|row| row.spec.code == code);
    let row = rows.find(|row| {
        direction == direction_name(row.spec.directions).as_bytes()
            && shape.as_deref() == row.spec.shape.map(str::as_bytes)
    });
    let Some(row) = row else {
        return Err(fault!("no message {code} of this direction and shape"));
    };
    if let Some(name) = message.get("name")
        && name.text()? != row.spec.name.as_bytes()
    {
        return Err(fault!("message {code} is `{}`", row.spec.name));
    }
    (row.restore)(message.required("fields")?.group()?)
}

/// Reads a message's struct from the map of its fields.
pub(crate) fn deserialize_fields<'a, 'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Payload<'a> + RestoreFields,
    D: Deserializer<'de>,
{
    let node = Node::deserialize(deserializer)?;
    node.group().and_then(restore_fields).map_err(de::Error::custom)
}

/// Reads a message's struct and refuses fields that its row does not have: a misspelled name must not
/// be lost.
pub(crate) fn restore_fields<'a, T: Payload<'a> + RestoreFields>(
    group: &Group,
) -> Result<T, Fault> {
    group.allow_only(&|name| {
        let name = name.strip_suffix("_quoted").unwrap_or(name);
        T::SPEC.leaves().any(|field| field.name == name)
    })?;
    T::restore_fields(group)
}

/// Two digits a byte; `None` for anything else.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(*pair.first()?)?, digit(*pair.get(1)?)?);
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}
