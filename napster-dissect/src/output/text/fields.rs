//! Fields as `name=value`, and lists on lines of their own.

use std::net::Ipv4Addr;

use napster_codec::{FieldVisitor, Value};

use super::super::encoding::{TextEncoding, TextScratch};
use super::super::escape::{put_latin1, put_value};
use super::super::message::Show;
use super::super::names::Names;
use super::super::put::Put;
use super::line::{LastPlace, Lines, Style};

/// Memory for fields, used again for each message.
#[derive(Debug)]
pub(in super::super) struct FieldScratch {
    /// What stands in front of the message's name.
    pub(super) place: LastPlace,
    /// Names in front of their values.
    names: Names,
    /// Lines that follow the message's first one.
    behind: Vec<u8>,
    /// The item of a list that is being written.
    item: Vec<u8>,
}

impl Default for FieldScratch {
    fn default() -> Self {
        Self {
            place: LastPlace::default(),
            names: Names::new(" ", "="),
            behind: Vec::new(),
            item: Vec::new(),
        }
    }
}

/// Writes the fields of a message behind its name.
pub(super) struct Fields<'f> {
    lines: Lines<'f>,
    encoding: TextEncoding,
    texts: &'f mut TextScratch,
    scratch: &'f mut FieldScratch,
    /// Whether the sender was shown before the fields.
    sender_is_shown: bool,
    /// Where the fields begin.
    start: usize,
}

impl<'f> Fields<'f> {
    pub(super) fn new(
        lines: Lines<'f>,
        encoding: TextEncoding,
        texts: &'f mut TextScratch,
        scratch: &'f mut FieldScratch,
        sender_is_shown: bool,
    ) -> Self {
        scratch.behind.clear();
        let start = lines.out.len();
        Self { lines, encoding, texts, scratch, sender_is_shown, start }
    }

    /// Appends a field.
    fn put(&mut self, name: &str, value: Value<'_>) {
        match value {
            Value::Spelling(_) => {}
            Value::Flag(false) => {}
            Value::Flag(true) => {
                self.lines.out.put(" ");
                self.name(name);
            }
            Value::List(items) => {
                self.lines.out.put(" ");
                self.name_of_value(name);
                let mut list = List::default();
                items.for_each(&mut |item| self.item(item, &mut list));
                self.end_list(&list);
            }
            value => {
                self.lines.out.put(" ");
                self.name_of_value(name);
                self.put_one(value);
            }
        }
    }

    /// The rows of links that have the sender as a field of its own show it once.
    fn is_shown_already(&self, name: &str) -> bool {
        self.sender_is_shown && name == "sender"
    }

    /// Appends what stands in front of a field's value, unless the field is not to be shown.
    #[inline(always)]
    fn begin(&mut self, name: &'static str) -> bool {
        if self.sender_is_shown || self.lines.color {
            return self.begin_with_care(name);
        }
        self.scratch.names.put(name, 0, self.lines.out);
        true
    }

    #[cold]
    fn begin_with_care(&mut self, name: &str) -> bool {
        if self.is_shown_already(name) {
            return false;
        }
        self.lines.out.put(" ");
        self.name_of_value(name);
        true
    }

    fn name(&mut self, name: &str) {
        self.lines.styled(Style::DIM, name);
    }

    fn name_of_value(&mut self, name: &str) {
        self.lines.on(Style::DIM);
        self.lines.out.put(name).put("=");
        self.lines.off();
    }

    fn put_one(&mut self, value: Value<'_>) {
        let out = &mut *self.lines.out;
        match value {
            Value::Unsigned(number) => _ = out.number(number),
            Value::Signed(number) => _ = out.signed(number),
            Value::Text(bytes) | Value::Secret(bytes) => {
                put_value(bytes, self.encoding, self.texts, out);
            }
            Value::Latin1(bytes) => put_latin1(bytes, out),
            Value::Hex(bytes) => _ = out.put("0x").hex(bytes),
            Value::Address(address) => _ = out.ipv4(address),
            Value::Flag(flag) => _ = out.put(if flag { "true" } else { "false" }),
            Value::Group(group) => {
                out.put("{");
                let start = out.len();
                group.visit(&mut |name, value| self.put(name, value));
                // The blank in front of the first field is one too many here.
                if self.lines.out.len() > start {
                    self.lines.out.remove(start);
                }
                self.lines.out.put("}");
            }
            Value::List(items) => {
                out.put("[");
                let mut separator = "";
                items.for_each(&mut |item| {
                    self.lines.out.put(separator);
                    separator = ", ";
                    self.put_one(item);
                });
                self.lines.out.put("]");
            }
            // Spellings carry no meaning; another kind the codec does not have yet.
            _ => {}
        }
    }

    /// Appends an item of a list: groups on lines of their own, everything else in a row.
    fn item(&mut self, item: Value<'_>, list: &mut List) {
        let Value::Group(group) = item else {
            self.in_a_row(list, |fields| fields.put_one(item));
            return;
        };
        let mut is_clause = false;
        group.visit(&mut |name, _| is_clause |= name == "clause");
        if is_clause {
            // The clauses of a query read best as they are said: `bitrate at_least 128`.
            self.in_a_row(list, |fields| {
                let mut separator = "";
                group.visit(&mut |_, value| {
                    if !matches!(value, Value::Spelling(_)) {
                        fields.lines.out.put(separator);
                        separator = " ";
                        fields.put_one(value);
                    }
                });
            });
            return;
        }
        list.lines += 1;
        let item = self.apart(|fields| group.visit(&mut |name, value| fields.put(name, value)));
        let mut behind = Lines { out: &mut self.scratch.behind, color: self.lines.color };
        behind.indent();
        behind.out.put("-").extend_from_slice(&item);
        behind.end();
        self.scratch.item = item;
    }

    fn in_a_row(&mut self, list: &mut List, write: impl FnOnce(&mut Self)) {
        let item = self.apart(write);
        // A row that grows too long goes on below.
        list.width += item.len() + 2;
        if list.width > ROW_WIDTH && list.row > 0 {
            self.lines.out.put(",");
            self.lines.end();
            self.lines.indent();
            self.lines.out.put(" ");
            list.width = item.len();
        } else {
            self.lines.out.put(if list.row == 0 { "[" } else { ", " });
        }
        list.row += 1;
        self.lines.out.extend_from_slice(&item);
        self.scratch.item = item;
    }

    /// Writes something to a buffer of its own.
    fn apart(&mut self, write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut item = std::mem::take(&mut self.scratch.item);
        item.clear();
        std::mem::swap(self.lines.out, &mut item);
        write(self);
        std::mem::swap(self.lines.out, &mut item);
        item
    }

    fn end_list(&mut self, list: &List) {
        if list.lines > 0 {
            self.lines.out.number(list.lines);
        } else {
            self.lines.out.put(if list.row == 0 { "[]" } else { "]" });
        }
    }
}

impl FieldVisitor for Fields<'_> {
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        if !self.is_shown_already(name) {
            self.put(name, value);
        }
    }

    #[inline(always)]
    fn text(&mut self, name: &'static str, text: &[u8]) {
        if self.begin(name) {
            put_value(text, self.encoding, self.texts, self.lines.out);
        }
    }

    #[inline(always)]
    fn unsigned(&mut self, name: &'static str, _: u64, digits: &[u8]) {
        if self.begin(name) {
            self.lines.out.extend_from_slice(digits);
        }
    }

    #[inline(always)]
    fn address(&mut self, name: &'static str, address: Ipv4Addr) {
        if self.begin(name) {
            self.lines.out.ipv4(address);
        }
    }
}

impl Show for Fields<'_> {
    fn start_over(&mut self) {
        self.lines.out.truncate(self.start);
        self.scratch.behind.clear();
    }
}

impl FieldScratch {
    /// Appends the lines that follow the first one.
    pub(super) fn put_behind(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.behind);
    }
}

/// How far a list has come.
#[derive(Default)]
struct List {
    /// Items on lines of their own.
    lines: u64,
    /// Items in a row.
    row: u64,
    /// Bytes of the row so far.
    width: usize,
}

/// The bytes after which a row of items goes on below.
const ROW_WIDTH: usize = 100;
