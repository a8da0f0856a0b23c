//! Fields between double quotes, among them those with a quote inside.

use super::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind, Diagnostics, Tolerance};
use crate::spec::Presence;
use crate::text::is_separator;

impl<'a> Cursor<'a, '_> {
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
        /// How many quotes are tried, and then the last one; a payload of nothing but quotes must not
        /// cost its square.
        const CANDIDATES: usize = 64;
        let inside = self.rest().get(1..)?;
        let quotes = memchr::memchr_iter(b'"', inside);
        let last = memchr::memrchr(b'"', inside);
        quotes
            .take(CANDIDATES)
            .chain(last)
            .filter(|at| inside.get(at + 1).is_none_or(|&next| is_separator(next)))
            .find(|at| fits(self.position + at + 2))
            .and_then(|at| inside.get(..at))
    }

    /// Whether what stands at `from` is what the row has next, up to its next quoted field or its end.
    fn plain_fields_fit(&self, place: Place, from: usize) -> bool {
        let mut sink = Diagnostics::new();
        let mut trial =
            Cursor::new(self.code, self.payload, SAME_BOUNDS, &mut sink).starting_at(from);
        let mut next = place.next();
        while let Some(spec) = next.spec() {
            if spec.presence == Presence::Extra {
                break;
            }
            if spec.is_quoted() {
                let absent = spec.presence != Presence::Required && !trial.has_field();
                return absent || trial.has_quoted();
            }
            if (spec.read)(&mut trial, next, &mut |_, _| {}).is_err() {
                return false;
            }
            next = next.next();
        }
        !trial.has_field() || place.in_list && trial.has_quoted()
    }

    /// Whether a quoted field follows, behind a separator.
    fn has_quoted(&self) -> bool {
        self.rest().first().is_some_and(|&byte| is_separator(byte))
            && self.peek_field() == Some(b'"')
    }

    #[cold]
    pub(super) fn quoted_word(&mut self, place: Place) -> Result<&'a [u8], DecodeError> {
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
}

/// The deviations that leave each field where it would be without them: they are no reason to look
/// for another end of the field in front.
const SAME_BOUNDS: Tolerance = Tolerance::STRICT
    .with(DiagnosticKind::TrailingSpace)
    .with(DiagnosticKind::DoubleSpace)
    .with(DiagnosticKind::ControlSeparator)
    .with(DiagnosticKind::UnexpectedQuotes)
    .with(DiagnosticKind::NumberSpelling)
    .with(DiagnosticKind::NumberOutOfRange);

/// What is between a quote at the start of `input` and the next one.
pub(crate) fn between_quotes(input: &[u8]) -> Option<&[u8]> {
    let inside = input.get(1..)?;
    inside.get(..memchr::memchr(b'"', inside)?)
}
