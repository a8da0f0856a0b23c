//! The writer of one payload, the mirror of the cursor.

use alloc::vec::Vec;

use crate::text::{check_quoted, check_token};

/// Writes fields with the separators between them.
pub(crate) struct Writer<'o> {
    output: &'o mut Vec<u8>,
    start: usize,
    deviant: bool,
    hole: Option<&'static str>,
    absent: Option<&'static str>,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(output: &'o mut Vec<u8>) -> Self {
        let start = output.len();
        Self { output, start, deviant: false, hole: None, absent: None }
    }

    /// Whether what was written is not canonical, so that only a lenient decoder reads it.
    pub(crate) const fn is_deviant(&self) -> bool {
        self.deviant
    }

    /// The first field behind which the value cannot be said on the wire.
    pub(crate) const fn hole(&self) -> Option<&'static str> {
        self.hole
    }

    pub(crate) const fn deviate(&mut self) {
        self.deviant = true;
    }

    /// A field cannot be said at all: it is empty or too large.
    pub(crate) const fn punch(&mut self, field: &'static str) {
        if self.hole.is_none() {
            self.hole = Some(field);
        }
    }

    /// An optional field is left out; from here on no field can be said.
    pub(crate) const fn absent(&mut self, field: &'static str) {
        if self.absent.is_none() {
            self.absent = Some(field);
        }
    }

    /// Writes an optional field that is there.
    pub(crate) fn optional(&mut self, field: &'static str, write: impl FnOnce(&mut Self)) {
        if self.hole.is_none() {
            self.hole = self.absent;
        }
        let before = self.output.len();
        write(self);
        // What adds no byte but its separator is read back as absent.
        let first = before == self.start;
        if self.output.len() == before || !first && self.output.get(before..) == Some(b" ") {
            self.hole = self.hole.or(Some(field));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.output.len() == self.start
    }

    /// One blank, unless the field is the first.
    pub(crate) fn separate(&mut self) {
        if !self.is_empty() {
            self.output.push(b' ');
        }
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.output.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, bytes: &[u8]) {
        self.separate();
        self.raw(bytes);
    }

    /// A bare word; in quotes where it can only be said so.
    pub(crate) fn token(&mut self, bytes: &[u8]) {
        self.separate();
        if check_token(bytes).is_ok() {
            self.raw(bytes);
        } else {
            self.deviate();
            self.between_quotes(bytes);
        }
    }

    pub(crate) fn quoted(&mut self, bytes: &[u8]) {
        self.separate();
        if check_quoted(bytes).is_err() {
            self.deviate();
        }
        self.between_quotes(bytes);
    }

    pub(crate) fn between_quotes(&mut self, bytes: &[u8]) {
        self.output.push(b'"');
        self.raw(bytes);
        self.output.push(b'"');
    }

    pub(crate) fn unsigned(&mut self, value: u64) {
        self.separate();
        self.digits(value);
    }

    pub(crate) fn signed(&mut self, value: i64) {
        self.separate();
        if value < 0 {
            self.output.push(b'-');
        }
        self.digits(value.unsigned_abs());
    }

    pub(crate) fn digits(&mut self, mut value: u64) {
        let mut digits = [0_u8; 20];
        let mut length = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
            length += 1;
            if value == 0 {
                break;
            }
        }
        self.output.extend_from_slice(digits.get(20 - length..).unwrap_or_default());
    }
}
