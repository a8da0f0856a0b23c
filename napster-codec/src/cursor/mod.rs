//! The reader of one payload: separators, words, quotes and numbers, with spans and deviations.
//!
//! What the sources say of the syntax: fields are separated by one blank; a field that may hold blanks
//! stands between double quotes, without an escape; the last field of some messages is free text.

use crate::code::Code;
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::spec::FieldSpec;
use crate::text::{is_separator, word_length};

mod number;
mod plain;
mod quotes;

pub(crate) use plain::Plain;
pub(crate) use quotes::between_quotes;

/// Which field of which row is being read: the rest of the row decides how an odd field ends.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    fields: &'static [FieldSpec],
    index: usize,
    in_list: bool,
}

impl Place {
    pub(crate) const fn first(fields: &'static [FieldSpec]) -> Self {
        Self { fields, index: 0, in_list: false }
    }

    pub(crate) const fn first_in_item(fields: &'static [FieldSpec]) -> Self {
        Self { fields, index: 0, in_list: true }
    }

    pub(crate) const fn at(fields: &'static [FieldSpec], index: usize) -> Self {
        Self { fields, index, in_list: false }
    }

    pub(crate) const fn next(self) -> Self {
        Self { fields: self.fields, index: self.index + 1, in_list: self.in_list }
    }

    pub(crate) const fn spec(self) -> Option<&'static FieldSpec> {
        if self.index < self.fields.len() { Some(&self.fields[self.index]) } else { None }
    }

    pub(crate) fn name(self) -> &'static str {
        self.spec().map_or("", |spec| spec.name)
    }

    /// Whether no further field of the row can follow.
    fn is_last(self) -> bool {
        !self.in_list && self.index + 1 >= self.fields.len()
    }
}

/// Reads one payload from its start to its end.
pub(crate) struct Cursor<'a, 'd> {
    code: Code,
    payload: &'a [u8],
    position: usize,
    /// Where the separator in front of a field was last consumed.
    begun: usize,
    tolerance: Tolerance,
    diagnostics: &'d mut Diagnostics,
    /// Whether a quoted field may end at a later quote than the first.
    search_quotes: bool,
    /// Whether an optional field was absent.
    closed: bool,
}

impl<'a, 'd> Cursor<'a, 'd> {
    pub(crate) const fn new(
        code: Code,
        payload: &'a [u8],
        tolerance: Tolerance,
        diagnostics: &'d mut Diagnostics,
    ) -> Self {
        Self {
            code,
            payload,
            position: 0,
            begun: usize::MAX,
            tolerance,
            diagnostics,
            search_quotes: false,
            closed: false,
        }
    }

    pub(crate) const fn starting_at(mut self, position: usize) -> Self {
        self.position = position;
        self
    }

    pub(crate) const fn searching_quotes(mut self, search: bool) -> Self {
        self.search_quotes = search;
        self
    }

    pub(crate) const fn searches_quotes(&self) -> bool {
        self.search_quotes
    }

    /// An optional field is absent: none can follow, not even a text of blanks.
    pub(crate) const fn close(&mut self) {
        self.closed = true;
    }

    pub(crate) const fn is_closed(&self) -> bool {
        self.closed
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Whether no byte is left.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.position >= self.payload.len()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.payload.get(self.position..).unwrap_or_default()
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.position = (self.position + count).min(self.payload.len());
    }

    /// Notes a deviation, or fails where it is not tolerated.
    #[cold]
    pub(crate) fn deviate(
        &mut self,
        kind: DiagnosticKind,
        place: Place,
        start: usize,
        end: usize,
    ) -> Result<(), DecodeError> {
        if !self.tolerance.holds(kind) {
            return Err(self.error(kind, place, start, end));
        }
        self.diagnostics.push(Diagnostic {
            kind,
            field: place.name(),
            span: Span::new(start, end),
        });
        Ok(())
    }

    #[cold]
    pub(crate) fn error(
        &self,
        kind: DiagnosticKind,
        place: Place,
        start: usize,
        end: usize,
    ) -> DecodeError {
        DecodeError { code: self.code, kind, field: place.name(), span: Span::new(start, end) }
    }

    /// Moves to the first byte of a field that is no free text; fails where there is none.
    pub(crate) fn begin(&mut self, place: Place) -> Result<(), DecodeError> {
        match self.rest() {
            // The canonical case first: one blank and then the field.
            [b' ', next, ..] if self.position > 0 && !is_separator(*next) => self.position += 1,
            [first, ..] if self.position == 0 && !is_separator(*first) => {}
            // A list or tail began, and so does its first field.
            _ if self.has_begun() => {}
            _ => self.begin_oddly(place)?,
        }
        self.begun = self.position;
        Ok(())
    }

    #[cold]
    fn begin_oddly(&mut self, place: Place) -> Result<(), DecodeError> {
        let start = self.position;
        let count = self.rest().iter().take_while(|&&byte| is_separator(byte)).count();
        let end = start + count;
        let blanks = self.payload.get(start..end).unwrap_or_default();
        if end == self.payload.len() {
            return Err(self.missing(place));
        }
        if blanks.is_empty() {
            self.deviate(DiagnosticKind::MissingSeparator, place, start, start)?;
        } else {
            if start == 0 {
                self.deviate(DiagnosticKind::LeadingSpace, place, start, end)?;
            } else if blanks.len() > 1 {
                self.deviate(DiagnosticKind::DoubleSpace, place, start, end)?;
            }
            if blanks.iter().any(|&byte| byte != b' ') {
                self.deviate(DiagnosticKind::ControlSeparator, place, start, end)?;
            }
        }
        self.position = end;
        Ok(())
    }

    /// Whether the separator in front of the cursor is consumed already.
    pub(crate) const fn has_begun(&self) -> bool {
        self.begun == self.position
    }

    /// A required field is not there.
    #[cold]
    pub(crate) fn missing(&self, place: Place) -> DecodeError {
        let kind = if self.payload.is_empty() {
            DiagnosticKind::EmptyPayload
        } else {
            DiagnosticKind::MissingField
        };
        self.error(kind, place, self.payload.len(), self.payload.len())
    }

    /// Whether another field that is no free text follows.
    pub(crate) fn has_field(&self) -> bool {
        match self.rest() {
            [] => false,
            [b' ', next, ..] if !is_separator(*next) => true,
            rest => rest.iter().any(|&byte| !is_separator(byte)),
        }
    }

    /// The first byte of the next field that is no free text.
    pub(crate) fn peek_field(&self) -> Option<u8> {
        self.rest().iter().copied().find(|&byte| !is_separator(byte))
    }

    /// Whether free text of at least one byte follows behind its separator.
    pub(crate) fn has_text(&self) -> bool {
        match self.rest() {
            [] => false,
            [b' '] if self.position > 0 => false,
            _ => true,
        }
    }

    /// A bare word; between quotes with a deviation.
    pub(crate) fn token(&mut self, place: Place) -> Result<&'a [u8], DecodeError> {
        self.begin(place)?;
        if self.rest().first() == Some(&b'"') {
            return self.quoted_word(place);
        }
        let word = self.word_ahead();
        self.position += word.len();
        Ok(word)
    }

    /// The part of the field before the next separator, which is not consumed; for literal marks.
    pub(crate) fn word_ahead(&self) -> &'a [u8] {
        let rest = self.rest();
        rest.get(..word_length(rest)).unwrap_or(rest)
    }

    /// Free text: one separator, then every byte to the end.
    pub(crate) fn text(&mut self, place: Place) -> Result<&'a [u8], DecodeError> {
        if self.position > 0 {
            match self.rest().first() {
                None => return Err(self.missing(place)),
                Some(b' ') => self.position += 1,
                Some(_) => {
                    self.deviate(
                        DiagnosticKind::MissingSeparator,
                        place,
                        self.position,
                        self.position,
                    )?;
                }
            }
        }
        let text = self.rest();
        self.position = self.payload.len();
        Ok(text)
    }

    /// Says what is left behind the last field: nothing, blanks, or fields that nobody knows.
    pub(crate) fn finish(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        self.finish_oddly()
    }

    #[cold]
    fn finish_oddly(&mut self) -> Result<Option<&'a [u8]>, DecodeError> {
        let place = Place::first(&[]);
        let start = self.position;
        if !self.has_field() {
            self.position = self.payload.len();
            self.deviate(DiagnosticKind::TrailingSpace, place, start, self.position)?;
            return Ok(None);
        }
        let rest = self.rest();
        let extra = rest.strip_prefix(b" ").unwrap_or(rest);
        self.position = self.payload.len();
        self.deviate(DiagnosticKind::ExtraField, place, start, self.position)?;
        Ok(Some(extra))
    }
}
