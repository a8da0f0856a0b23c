//! How a download reads the answer to its request: the greeting, the digits of the size, or a text.

use alloc::vec::Vec;

use crate::peer::digits::{
    Evidence, StreamEnd, Verdict, WEIGHED_IN_DOUBT, is_size_without_greeting, number, run_length,
};
use crate::peer::request::is_error_text;
use crate::peer::{DeviationKind, Observer, SizeRule};
use crate::transfer::download::{Cause, Download};
use crate::transfer::event::TransferError;

impl Download {
    /// Takes the listener's `1`; gives back what is behind it.
    pub(super) fn read_greeting<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        match input {
            [] => return input,
            [byte, ..] if byte.is_ascii_alphabetic() => {
                self.go(Cause::Text);
                return input;
            }
            [b'1', ..] => {}
            // `MP3::Napster` throws away the first byte whatever it is; TekNap takes LF.
            _ => self.deviate(DeviationKind::WrongGreeting),
        }
        self.greeted = true;
        self.ask();
        input.get(1..).unwrap_or_default()
    }

    pub(super) fn ask(&mut self) {
        self.outbox.extend(core::mem::take(&mut self.request));
        self.go(Cause::Asked);
    }

    /// Reads digits until it is clear where they end; gives the file bytes behind them.
    pub(super) fn read_size<'i>(&mut self, input: &'i [u8], end: StreamEnd) -> (Vec<u8>, &'i [u8]) {
        let input = self.skip_greeting_end(input);
        let room = WEIGHED_IN_DOUBT.saturating_sub(self.held.len());
        let before = self.held.len();
        let taken = input.get(..room).unwrap_or(input);
        self.held.extend_from_slice(taken);
        if self.held.first().is_some_and(|byte| !byte.is_ascii_digit()) {
            self.held.truncate(before);
            self.go(Cause::Text);
            return (Vec::new(), input);
        }
        let run = run_length(&self.held);
        if self.boundary.is_none() && (1..=run).contains(&self.held.len()) {
            self.boundary = Some(self.held.len());
        }
        let (stream, known) = (&self.held, &self.known);
        let (boundary, offset) = (self.boundary, self.asked);
        let (length, rule) = match (Evidence { stream, boundary, known, offset, end }).weigh() {
            Verdict::Wait => return (Vec::new(), &[]),
            Verdict::Decided(length, rule) => (length, rule),
            Verdict::Several(lengths) => {
                (lengths.first().copied().unwrap_or(run), SizeRule::LongestRun)
            }
        };
        let size = self.held.get(..length).and_then(number);
        self.begin(size, Some(rule));
        let held = core::mem::take(&mut self.held);
        let data = held.get(length..).unwrap_or_default();
        let file = self.read_body(data).to_vec();
        (file, input.get(taken.len()..).unwrap_or_default())
    }

    /// Passes over what belongs to the greeting: a line end behind it, or all of it where it is late.
    fn skip_greeting_end<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        if !self.held.is_empty() {
            return input;
        }
        let behind = match input {
            [b'1', rest @ ..] if !self.greeted && !is_size_without_greeting(input, &self.known) => {
                self.greeted = true;
                self.deviate(DeviationKind::LateGreeting);
                rest
            }
            _ => input,
        };
        let ends = behind.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        behind.get(ends..).unwrap_or_default()
    }

    /// Whether silence decides where the digits end.
    pub(super) fn is_size_in_doubt(&self) -> bool {
        self.held.len() > run_length(&self.held)
    }

    pub(super) fn read_text(&mut self, input: &[u8], ended: bool) {
        let limit = Observer::<()>::ERROR_LIMIT;
        let room = limit.saturating_sub(self.held.len());
        let taken = input.get(..room).unwrap_or(input);
        self.held.extend_from_slice(taken);
        if !is_error_text(&self.held) {
            self.fail(TransferError::NotNapster);
        } else if ended || self.held.len() >= limit {
            let text = core::mem::take(&mut self.held);
            self.fail(TransferError::Refused { text });
        }
    }
}
