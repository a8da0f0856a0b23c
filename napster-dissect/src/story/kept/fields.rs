//! Fields that borrow nothing.

use std::net::Ipv4Addr;

use napster_codec::{Items, Value, Visit};

/// Fields by name, in wire order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(&'static str, OwnValue)>);

/// The values of a list, in wire order.
#[derive(Debug, Default)]
struct Values(Vec<OwnValue>);

/// A [`Value`] that borrows nothing.
#[derive(Debug)]
enum OwnValue {
    Unsigned(u64),
    Signed(i64),
    Text(Vec<u8>),
    Secret(Vec<u8>),
    Latin1(Vec<u8>),
    Hex(Vec<u8>),
    Address(Ipv4Addr),
    Flag(bool),
    Spelling(bool),
    List(Values),
    Group(Fields),
}

impl Fields {
    pub(super) fn of(fields: &dyn Visit) -> Self {
        let mut own = Self::default();
        fields.visit(&mut |name, value| own.0.push((name, OwnValue::of(value))));
        own
    }

    /// Estimates the memory in use, in bytes.
    pub(super) fn held(&self) -> usize {
        size_of_val(self.0.as_slice()) + self.0.iter().map(|(_, value)| value.held()).sum::<usize>()
    }
}

impl Visit for Fields {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        for (name, value) in &self.0 {
            visitor(name, value.value());
        }
    }
}

impl Values {
    fn of(items: &dyn Items) -> Self {
        let mut own = Self::default();
        items.for_each(&mut |value| own.0.push(OwnValue::of(value)));
        own
    }
}

impl Items for Values {
    fn for_each(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        for value in &self.0 {
            visitor(value.value());
        }
    }
}

impl OwnValue {
    fn of(value: Value<'_>) -> Self {
        match value {
            Value::Unsigned(number) => Self::Unsigned(number),
            Value::Signed(number) => Self::Signed(number),
            Value::Text(bytes) => Self::Text(bytes.to_vec()),
            Value::Secret(bytes) => Self::Secret(bytes.to_vec()),
            Value::Latin1(bytes) => Self::Latin1(bytes.to_vec()),
            Value::Hex(bytes) => Self::Hex(bytes.to_vec()),
            Value::Address(address) => Self::Address(address),
            Value::Flag(flag) => Self::Flag(flag),
            Value::Spelling(flag) => Self::Spelling(flag),
            Value::List(items) => Self::List(Values::of(items)),
            Value::Group(fields) => Self::Group(Fields::of(fields)),
            // Another kind the codec does not have yet.
            other => Self::Text(other.to_string().into_bytes()),
        }
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Unsigned(number) => Value::Unsigned(*number),
            Self::Signed(number) => Value::Signed(*number),
            Self::Text(bytes) => Value::Text(bytes),
            Self::Secret(bytes) => Value::Secret(bytes),
            Self::Latin1(bytes) => Value::Latin1(bytes),
            Self::Hex(bytes) => Value::Hex(bytes),
            Self::Address(address) => Value::Address(*address),
            Self::Flag(flag) => Value::Flag(*flag),
            Self::Spelling(flag) => Value::Spelling(*flag),
            Self::List(values) => Value::List(values),
            Self::Group(fields) => Value::Group(fields),
        }
    }

    fn held(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Secret(bytes) | Self::Latin1(bytes) | Self::Hex(bytes) => {
                bytes.len()
            }
            Self::List(values) => {
                size_of_val(values.0.as_slice()) + values.0.iter().map(Self::held).sum::<usize>()
            }
            Self::Group(fields) => fields.held(),
            Self::Unsigned(_)
            | Self::Signed(_)
            | Self::Address(_)
            | Self::Flag(_)
            | Self::Spelling(_) => 0,
        }
    }
}
