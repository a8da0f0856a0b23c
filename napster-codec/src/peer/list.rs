//! How an observer reads lines: a list of files (an owner, a line a file, an empty line), or a
//! chat.

use alloc::vec::Vec;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::peer::Side;
use crate::peer::event::{DeviationKind, Sink};
use crate::peer::message::{Message, unreadable};
use crate::peer::observer::{Observer, Role};
use crate::peer::opening::read_entry;
use crate::peer::request::is_known_error;
use crate::text::{Text, Token};

/// Where in a list its stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct List {
    /// Whether the owner's line is still to come.
    owner: bool,
    /// Whether the word `SENDLIST` may stand on a line of its own (TekNap as listener).
    word: bool,
    /// Whether the rest of a line is skipped.
    skipping: bool,
    /// Whether anything of it was said.
    begun: bool,
}

impl List {
    /// The answer to `GETLIST`.
    pub(crate) const fn answer() -> Self {
        Self { owner: true, word: true, skipping: false, begun: false }
    }

    /// What follows `SENDLIST`, with or without the owner's nick.
    pub(crate) const fn pushed(owner_told: bool) -> Self {
        Self { owner: !owner_told, word: false, skipping: false, begun: true }
    }

    /// A list whose start was not captured.
    pub(super) const fn in_the_middle() -> Self {
        Self { owner: false, word: false, skipping: true, begun: true }
    }

    /// Bytes were lost: the next whole line is behind the next line end.
    pub(super) const fn lose_line(&mut self) {
        self.skipping = true;
        self.owner = false;
        self.begun = true;
    }

    pub(crate) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Says what the next line is, without its end; `whole` says that it had one.
    pub(crate) fn next(&mut self, line: &[u8], whole: bool) -> Line {
        let word = line == b"SENDLIST" && self.word;
        let entry = line.first() == Some(&b'"') || !self.owner;
        let error = self.owner && !whole && is_known_error(line);
        self.begun = true;
        self.word = self.word && word;
        self.owner = self.owner && word;
        match line {
            [] => Line::End,
            _ if word => Line::Word,
            _ if error => Line::Error,
            _ if entry => Line::Entry,
            _ => Line::Owner,
        }
    }
}

/// What a line of a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The empty line that ends the list.
    End,
    /// `SENDLIST` on a line of its own (TekNap as listener).
    Word,
    /// An error text in place of the list.
    Error,
    /// A file.
    Entry,
    /// The owner's nick.
    Owner,
}

impl<T: Clone> Observer<T> {
    /// Reads one line of a list.
    pub(super) fn step_list(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        let ended = self.is_ended(side);
        let lane = self.lane(side);
        let Role::List(list) = &mut lane.role else { return false };
        let end = lane.held.line_end(Self::LINE_LIMIT);
        let bytes = lane.held.bytes();
        let too_long = end.is_none() && bytes.len() >= Self::LINE_LIMIT;
        let length = match end {
            Some(at) => at + 1,
            None if bytes.is_empty() || !too_long && !ended => return false,
            None => bytes.len().min(Self::LINE_LIMIT),
        };
        if list.skipping || too_long {
            let (began, offset) = (!list.skipping, lane.held.offset());
            list.skipping = end.is_none();
            lane.held.take(length);
            lane.undecoded = lane.undecoded.saturating_add(length as u64);
            if began {
                self.deviate(DeviationKind::LineTooLong, side, offset, sink);
            }
            return true;
        }
        let line = without_line_end(bytes.get(..length).unwrap_or_default());
        match list.next(line, end.is_some()) {
            Line::End => {
                lane.role = Role::Done;
                self.say(side, length, sink, |_| (Message::BrowseEnd, Vec::new()));
            }
            Line::Word => {
                self.say(side, length, sink, |_| (Message::SendList { nick: None }, Vec::new()));
            }
            Line::Error => {
                lane.role = Role::Done;
                self.say(side, length, sink, |text| {
                    (Message::PeerError { text: Text::read(text) }, Vec::new())
                });
            }
            Line::Entry => self.say(side, length, sink, read_line),
            Line::Owner => self.say(side, length, sink, read_owner),
        }
        true
    }

    /// Reads one line of a chat.
    pub(super) fn step_chat(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        let ended = self.is_ended(side);
        let held = &mut self.lane(side).held;
        let line = held.line_end(Self::LINE_LIMIT);
        let bytes = held.bytes();
        let length = match line {
            Some(at) => at + 1,
            None if bytes.len() >= Self::LINE_LIMIT => Self::LINE_LIMIT,
            None if ended && !bytes.is_empty() => bytes.len(),
            None => return false,
        };
        if line.is_none() && !ended {
            let offset = self.lane(side).held.offset();
            self.deviate(DeviationKind::LineTooLong, side, offset, sink);
        }
        self.say(side, length, sink, |bytes| {
            (Message::ChatLine { text: Text::read(without_line_end(bytes)) }, Vec::new())
        });
        true
    }
}

/// Reads a line with a file.
pub(crate) fn read_line(raw: &[u8]) -> (Message<'_>, Vec<Diagnostic>) {
    match read_entry(without_line_end(raw)) {
        Ok((entry, odd)) => (Message::BrowseEntry(entry), odd.as_slice().to_vec()),
        Err(diagnostic) => (unreadable("browse_entry", raw), alloc::vec![diagnostic]),
    }
}

/// Reads the line with the owner's nick.
pub(crate) fn read_owner(raw: &[u8]) -> (Message<'_>, Vec<Diagnostic>) {
    let line = without_line_end(raw).trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let mut diagnostics = Vec::new();
    if end < line.len() {
        let kind = DiagnosticKind::ExtraField;
        diagnostics.push(Diagnostic { kind, field: "", span: Span::new(end, line.len()) });
    }
    match line.get(..end).map(Token::new) {
        Some(Ok(nick)) => (Message::BrowseOwner { nick }, diagnostics),
        _ => {
            let kind = DiagnosticKind::MissingField;
            let span = Span::new(0, raw.len());
            (unreadable("browse_owner", raw), alloc::vec![Diagnostic { kind, field: "nick", span }])
        }
    }
}

/// A line without LF or CR LF.
pub(crate) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
