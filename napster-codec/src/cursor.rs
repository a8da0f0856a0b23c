//! The reader of one payload: separators, words, quotes and numbers, with spans and deviations.
//!
//! What the sources say of the syntax: fields are separated by one blank; a field that may hold blanks
//! stands between double quotes, without an escape; the last field of some messages is free text.

use nom::bytes::complete::{take_till, take_until, take_while};
use nom::{IResult, Parser};

use crate::code::Code;
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::spec::{FieldSpec, Presence};
use crate::text::is_separator;

type Lexed<'a> = IResult<&'a [u8], &'a [u8], nom::error::Error<&'a [u8]>>;

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

    pub(crate) const fn next(self) -> Self {
        Self { fields: self.fields, index: self.index + 1, in_list: self.in_list }
    }

    pub(crate) const fn spec(self) -> Option<&'static FieldSpec> {
        if self.index < self.fields.len() { Some(&self.fields[self.index]) } else { None }
    }

    fn name(self) -> &'static str {
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

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn payload(&self) -> &'a [u8] {
        self.payload
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
        let blanks = lex(take_while(is_separator), self.rest());
        let end = start + blanks.len();
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
        let word = lex(take_till(is_separator), self.rest());
        self.position += word.len();
        Ok(word)
    }

    #[cold]
    fn quoted_word(&mut self, place: Place) -> Result<&'a [u8], DecodeError> {
        let start = self.position;
        let Some(word) = between_quotes(self.rest()) else {
            return Err(self.error(
                DiagnosticKind::UnbalancedQuote,
                place,
                start,
                self.payload.len(),
            ));
        };
        self.position += word.len() + 2;
        self.deviate(DiagnosticKind::UnexpectedQuotes, place, start, self.position)?;
        Ok(word)
    }

    /// The part of the field before the next separator, which is not consumed; for literal marks.
    pub(crate) fn word_ahead(&self) -> &'a [u8] {
        lex(take_till(is_separator), self.rest())
    }

    /// Text between quotes; bare with a deviation.
    pub(crate) fn quoted(&mut self, place: Place) -> Result<&'a [u8], DecodeError> {
        self.begin(place)?;
        let start = self.position;
        if self.rest().first() != Some(&b'"') {
            let bare = if place.is_last() { self.rest() } else { self.word_ahead() };
            self.position += bare.len();
            self.deviate(DiagnosticKind::MissingQuotes, place, start, self.position)?;
            return Ok(bare);
        }
        if self.search_quotes
            && let Some(text) = self.search_closing_quote(place)
        {
            self.position += text.len() + 2;
            if text.contains(&b'"') {
                self.deviate(DiagnosticKind::QuoteInQuoted, place, start, self.position)?;
            }
            return Ok(text);
        }
        if let Some(text) = between_quotes(self.rest()) {
            self.position += text.len() + 2;
            return Ok(text);
        }
        self.position = self.payload.len();
        self.deviate(DiagnosticKind::UnbalancedQuote, place, start, self.position)?;
        Ok(self.payload.get(start + 1..).unwrap_or_default())
    }

    /// The text up to the earliest quote behind which the plain fields that follow read cleanly.
    fn search_closing_quote(&self, place: Place) -> Option<&'a [u8]> {
        self.closing_quote_where(|behind| self.plain_fields_fit(place, behind))
    }

    /// What is between the quote at the cursor and the earliest later one behind which (by its place
    /// in the payload) things fit.
    pub(crate) fn closing_quote_where(&self, fits: impl Fn(usize) -> bool) -> Option<&'a [u8]> {
        /// How many quotes are tried; a payload of nothing but quotes must not cost its square.
        const CANDIDATES: usize = 64;
        let inside = self.rest().get(1..)?;
        let candidates =
            inside.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at);
        candidates
            .filter(|at| inside.get(at + 1).is_none_or(|&next| next == b' '))
            .take(CANDIDATES)
            .find(|at| fits(self.position + at + 2))
            .and_then(|at| inside.get(..at))
    }

    /// Whether what stands at `from` is what the row has next, up to its next quoted field or its end.
    fn plain_fields_fit(&self, place: Place, from: usize) -> bool {
        let mut sink = Diagnostics::new();
        let mut trial =
            Cursor::new(self.code, self.payload, Tolerance::STRICT, &mut sink).starting_at(from);
        let mut next = place.next();
        while let Some(spec) = next.spec() {
            if spec.presence == Presence::Extra {
                break;
            }
            if spec.is_quoted() {
                return if spec.presence == Presence::Required {
                    trial.rest().starts_with(b" \"")
                } else {
                    trial.rest().is_empty() || trial.rest().starts_with(b" \"")
                };
            }
            if (spec.read)(&mut trial, next, &mut |_, _| {}).is_err() {
                return false;
            }
            next = next.next();
        }
        trial.rest().is_empty() || place.in_list && trial.rest().starts_with(b" \"")
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

    /// A decimal number up to `maximum`; spelled oddly with a deviation.
    pub(crate) fn unsigned(&mut self, place: Place, maximum: u64) -> Result<u64, DecodeError> {
        self.begin(place)?;
        let start = self.position;
        let mut value = 0_u64;
        let mut end = start;
        // The canonical case in one pass: digits without a leading zero, few enough not to overflow.
        for &byte in self.rest().iter().take(MAX_SAFE_DIGITS) {
            match byte {
                b'0'..=b'9' => value = value * 10 + u64::from(byte - b'0'),
                _ => break,
            }
            end += 1;
        }
        let canonical = end > start
            && self.payload.get(end).is_none_or(|&byte| is_separator(byte))
            && (end - start == 1 || self.payload.get(start) != Some(&b'0'))
            && value <= maximum;
        if canonical {
            self.position = end;
            return Ok(value);
        }
        let (negative, value) = self.number_oddly(place)?;
        if negative || value > maximum {
            return Err(self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position));
        }
        Ok(value)
    }

    /// A decimal number with an optional minus sign.
    pub(crate) fn signed(&mut self, place: Place) -> Result<i32, DecodeError> {
        self.begin(place)?;
        let start = self.position;
        let (negative, magnitude) = self.number_oddly(place)?;
        let value = i64::try_from(magnitude).unwrap_or(i64::MAX);
        i32::try_from(if negative { -value } else { value })
            .map_err(|_| self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position))
    }

    /// A whole number in any spelling that programs accept, as sign and magnitude.
    #[cold]
    fn number_oddly(&mut self, place: Place) -> Result<(bool, u64), DecodeError> {
        let start = self.position;
        let word = if self.rest().first() == Some(&b'"') {
            self.quoted_word(place)?
        } else {
            let word = self.word_ahead();
            self.position += word.len();
            word
        };
        let (negative, odd_sign, digits) = match word {
            [b'-', digits @ ..] => (true, false, digits),
            [b'+', digits @ ..] => (false, true, digits),
            digits => (false, false, digits),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(self.error(DiagnosticKind::NotANumber, place, start, self.position));
        }
        let value = digits.iter().try_fold(0_u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        });
        let Some(value) = value else {
            return Err(self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position));
        };
        let odd_zero = digits.len() > 1 && digits.first() == Some(&b'0') || negative && value == 0;
        if odd_sign || odd_zero {
            self.deviate(DiagnosticKind::NumberSpelling, place, start, self.position)?;
        }
        Ok((negative, value))
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

/// Every number of 19 digits fits in 64 bits.
const MAX_SAFE_DIGITS: usize = 19;

/// What is between a quote at the start of `input` and the next one.
pub(crate) fn between_quotes(input: &[u8]) -> Option<&[u8]> {
    let inside = input.get(1..)?;
    let lexed: Lexed<'_> = take_until("\"").parse(inside);
    lexed.ok().map(|(_, text)| text)
}

/// Runs a lexer that cannot fail on complete input.
fn lex<'a>(
    mut lexer: impl Parser<&'a [u8], Output = &'a [u8], Error = nom::error::Error<&'a [u8]>>,
    input: &'a [u8],
) -> &'a [u8] {
    let lexed: Lexed<'a> = lexer.parse(input);
    lexed.map_or(&[], |(_, output)| output)
}
