//! The fields of a message as the members of an object.

use std::ptr;

use napster_codec::Value;

use super::super::message::Show;
use super::super::put::Put;
use super::boolean;
use super::value::{Texts, put_character};

/// Writes fields as members, but for spellings: they carry no meaning.
pub(super) struct Members<'m> {
    out: &'m mut Vec<u8>,
    texts: Texts<'m>,
    keys: &'m mut Keys,
    /// Where the members begin.
    start: usize,
    /// Whether the next member is the first of its object.
    first: bool,
}

impl<'m> Members<'m> {
    /// Begins behind the brace.
    pub(super) fn new(texts: Texts<'m>, keys: &'m mut Keys, out: &'m mut Vec<u8>) -> Self {
        Self { start: out.len(), out, texts, keys, first: true }
    }

    fn value(&mut self, value: Value<'_>) {
        let out = &mut *self.out;
        match value {
            Value::Unsigned(number) => _ = out.number(number),
            Value::Signed(number) => _ = out.signed(number),
            // Secrets that nobody asked for were replaced by text before.
            Value::Text(bytes) | Value::Secret(bytes) => self.texts.put(bytes, out),
            Value::Latin1(bytes) => {
                out.put("\"");
                bytes.iter().for_each(|&byte| put_character(byte.into(), out));
                out.put("\"");
            }
            Value::Hex(bytes) => _ = out.put("\"").hex(bytes).put("\""),
            Value::Address(address) => _ = out.put("\"").ipv4(address).put("\""),
            Value::Flag(flag) => _ = out.put(boolean(flag)),
            Value::List(items) => {
                out.put("[");
                let mut separator = "";
                items.for_each(&mut |item| {
                    if !matches!(item, Value::Spelling(_)) {
                        self.out.put(separator);
                        separator = ",";
                        self.value(item);
                    }
                });
                self.out.put("]");
            }
            Value::Group(group) => {
                out.put("{");
                self.first = true;
                group.visit(&mut |name, value| self.field(name, value));
                self.first = false;
                self.out.put("}");
            }
            // A kind that the codec may get one day, and spellings, which no member has.
            _ => _ = out.put("null"),
        }
    }
}

impl Show for Members<'_> {
    #[inline]
    fn field(&mut self, name: &'static str, value: Value<'_>) {
        if matches!(value, Value::Spelling(_)) {
            return;
        }
        self.keys.put(name, self.first, self.out);
        self.first = false;
        self.value(value);
    }

    fn start_over(&mut self) {
        self.out.truncate(self.start);
        self.first = true;
    }
}

/// The names of members as they are written, kept for the messages that share them.
#[derive(Debug)]
pub(crate) struct Keys {
    /// Each name has one place, which it shares with others.
    places: [Key; PLACES],
}

/// A name, and it between quotes with a comma in front and a colon behind.
#[derive(Clone, Copy, Debug)]
struct Key {
    name: &'static str,
    length: usize,
    written: [u8; LONGEST_KEY],
}

/// How many names are remembered; a power of two.
const PLACES: usize = 128;

/// The most bytes of a name with its quotes, comma and colon; longer ones are not remembered.
const LONGEST_KEY: usize = 32;

impl Default for Keys {
    fn default() -> Self {
        let nothing = Key { name: "", length: 0, written: [0; LONGEST_KEY] };
        Self { places: [nothing; PLACES] }
    }
}

impl Keys {
    #[inline]
    fn put(&mut self, name: &'static str, first: bool, out: &mut Vec<u8>) {
        let Some(key) = self.places.get_mut(place(name)) else { return };
        // Names that live as long as the program are the same where they are in the same place.
        if !ptr::eq(key.name, name) && !key.fill(name) {
            out.put(if first { "\"" } else { ",\"" }).put(name).put("\":");
            return;
        }
        // To copy all of it costs less than to copy as much as it has.
        let start = out.len();
        if first {
            out.extend_from_slice(key.written.split_first().map_or(&[], |(_, behind)| behind));
            out.truncate(start + key.length - 1);
        } else {
            out.extend_from_slice(&key.written);
            out.truncate(start + key.length);
        }
    }
}

impl Key {
    /// Takes another name; says no to one that is too long.
    #[cold]
    fn fill(&mut self, name: &'static str) -> bool {
        // Names are the codec's own: none has anything to escape.
        let mut written = Vec::with_capacity(LONGEST_KEY);
        written.put(",\"").put(name).put("\":");
        let length = written.len();
        written.resize(length.max(LONGEST_KEY), 0);
        let Ok(written) = written.try_into() else { return false };
        *self = Self { name, length, written };
        true
    }
}

/// The place of a name: where it is in memory, spread over all places.
fn place(name: &'static str) -> usize {
    /// The golden ratio of 64 bits.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let address = name.as_ptr().addr() as u64;
    (address.wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_the_same_whether_remembered_or_not() {
        let long = "a_name_that_is_longer_than_those_that_are_remembered";
        let mut keys = Keys::default();
        let names: [&'static str; 6] =
            ["a", "filename", long, "", "size", "a_name_of_28_bytes_as_longest"];
        for name in names.iter().chain(names.iter().rev()).copied() {
            for (first, comma) in [(true, ""), (false, ",")] {
                let mut out = b"before".to_vec();
                keys.put(name, first, &mut out);
                let written = String::from_utf8(out).expect("text");
                assert_eq!(written, format!("before{comma}\"{name}\":"));
            }
        }
    }

    #[test]
    fn names_that_share_a_place_are_told_apart() {
        // More names than places.
        let text: &'static str = "abcdefghijklmnopqrstuvwxyz";
        let mut keys = Keys::default();
        for length in 1..=text.len() {
            for start in 0..=text.len() - length {
                let name = &text[start..start + length];
                let mut out = Vec::new();
                keys.put(name, false, &mut out);
                assert_eq!(out, format!(",\"{name}\":").into_bytes());
            }
        }
    }
}
