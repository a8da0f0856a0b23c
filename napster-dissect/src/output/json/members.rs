//! The fields of a message as the members of an object.

use std::net::Ipv4Addr;

use napster_codec::{FieldVisitor, Value};

use super::super::message::Show;
use super::super::names::Names;
use super::super::put::Put;
use super::boolean;
use super::value::{Texts, put_character};

/// Writes fields as members, but for spellings: they carry no meaning.
pub(super) struct Members<'m> {
    out: &'m mut Vec<u8>,
    texts: Texts<'m>,
    names: &'m mut Names,
    /// Where the members begin.
    start: usize,
    /// Whether the next member is the first of its object.
    first: bool,
}

impl<'m> Members<'m> {
    /// Begins behind the brace.
    pub(super) fn new(texts: Texts<'m>, names: &'m mut Names, out: &'m mut Vec<u8>) -> Self {
        Self { start: out.len(), out, texts, names, first: true }
    }

    /// Appends the name of a member; the first one has no comma in front.
    #[inline(always)]
    fn name(&mut self, name: &'static str) {
        self.names.put(name, usize::from(self.first), self.out);
        self.first = false;
    }

    fn put(&mut self, value: Value<'_>) {
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
                        self.put(item);
                    }
                });
                self.out.put("]");
            }
            Value::Group(group) => {
                out.put("{");
                self.first = true;
                group.visit(&mut |name, value| self.value(name, value));
                self.first = false;
                self.out.put("}");
            }
            // A kind that the codec may get one day, and spellings, which no member has.
            _ => _ = out.put("null"),
        }
    }
}

impl FieldVisitor for Members<'_> {
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        if !matches!(value, Value::Spelling(_)) {
            self.name(name);
            self.put(value);
        }
    }

    #[inline(always)]
    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.name(name);
        self.texts.put(text, self.out);
    }

    #[inline(always)]
    fn unsigned(&mut self, name: &'static str, _: u64, digits: &[u8]) {
        self.name(name);
        self.out.extend_from_slice(digits);
    }

    #[inline(always)]
    fn address(&mut self, name: &'static str, address: Ipv4Addr) {
        self.name(name);
        self.out.put("\"").ipv4(address).put("\"");
    }
}

impl Show for Members<'_> {
    fn start_over(&mut self) {
        self.out.truncate(self.start);
        self.first = true;
    }
}
