//! How an observer reads the initiator's request, and the short answers of a listener.

use alloc::vec::Vec;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::peer::Side;
use crate::peer::amount::Amount;
use crate::peer::digits::{MOST_DIGITS, SizeRule, number, run_length};
use crate::peer::event::{Asked, DeviationKind, Sink, TransferKind};
use crate::peer::expect::ExpectedKind;
use crate::peer::list::{List, without_line_end};
use crate::peer::message::{GetRequest, Message, unreadable};
use crate::peer::observer::{Observer, Role};
use crate::peer::opening::{Opening, Request};
use crate::text::{Text, Token};

impl<T: Clone> Observer<T> {
    /// Reads the request once it is complete, which its next answer or its end says at the latest.
    pub(super) fn step_request(&mut self, sink: &mut dyn Sink<T>) -> bool {
        let answered = !self.listener.greets && !self.listener.held.is_empty();
        let overfull = self.listener.held.len() > Self::HELD_LIMIT;
        let closed = self.is_ended(Side::Initiator) || self.is_ended(Side::Listener);
        let ended = closed || overfull;
        let weighed = (self.initiator.held.len(), answered, ended);
        if weighed == self.weighed && weighed.0 > 0 {
            return false;
        }
        self.weighed = weighed;
        if overfull && !closed {
            let offset = self.listener.held.offset();
            self.deviate(DeviationKind::HeldTooLong, Side::Listener, offset, sink);
        }
        if self.initiator.held.is_empty() {
            return (answered || overfull) && self.request_is_lost(ended, sink);
        }
        if self.initiator.late
            && let Some(changed) = self.step_late_request(ended || answered, sink)
        {
            return changed;
        }
        let held = self.initiator.held.bytes();
        let (all, too_long) = (held.len(), held.len() > Opening::LIMIT);
        let bytes = held.get(..Opening::LIMIT).unwrap_or(held);
        let opening = match Opening::read(bytes) {
            // Before its end a line is not taken for a bad one: the captured order of the two
            // directions is not always that of the bytes.
            Opening::Partial if too_long => match Opening::read_last(bytes) {
                Opening::Closed(request) => {
                    let message = unreadable(request.message.name(), bytes);
                    Opening::Closed(Request { message, length: bytes.len(), ..request })
                }
                opening => opening,
            },
            Opening::Partial if ended => Opening::read_last(bytes),
            Opening::Open(request) if ended || answered || request.length < all => {
                Opening::Closed(request)
            }
            opening => opening,
        };
        match opening {
            Opening::Closed(request) => {
                let turn = answered && request.length == all;
                // The sink is told with the bytes still held, so the request is copied.
                let request = Request { message: request.message.into_owned(), ..request };
                if too_long && matches!(request.message, Message::Unreadable { .. }) {
                    self.deviate(DeviationKind::RequestTooLong, Side::Initiator, 0, sink);
                }
                self.accept(request, turn, sink);
                true
            }
            Opening::Http => {
                self.give_up(DeviationKind::NotNapster, sink);
                true
            }
            Opening::Other if too_long => {
                self.give_up(DeviationKind::RequestTooLong, sink);
                true
            }
            Opening::Other if answered || ended => {
                self.accept_bare(sink);
                true
            }
            Opening::Other | Opening::Partial | Opening::Open(_) => false,
        }
    }

    /// Reads what a capture has of an initiator whose first bytes are missing.
    ///
    /// `None` where it can be read like any other.
    fn step_late_request(&mut self, answered: bool, sink: &mut dyn Sink<T>) -> Option<bool> {
        let bytes = self.initiator.held.bytes();
        if !matches!(Opening::read(bytes), Opening::Other) {
            return None;
        }
        match self.expectation.kind? {
            ExpectedKind::Push => {
                self.kind = Some(TransferKind::Push);
                self.ask(None, None, sink);
                self.listener.role = Role::Offset;
                self.initiator.role = Role::File;
            }
            ExpectedKind::PushedBrowse => {
                self.initiator.role = Role::List(List::in_the_middle());
                self.listener.role = Role::Done;
            }
            ExpectedKind::Download => {
                let line = GetRequest::parse(bytes);
                let Ok((request, diagnostics)) = line else { return None };
                if !answered {
                    return Some(false);
                }
                let length = bytes.len();
                let message = Message::GetRequest(request).into_owned();
                self.accept(Request { message, length, diagnostics }, answered, sink);
            }
            ExpectedKind::Browse | ExpectedKind::Chat => return None,
        }
        Some(true)
    }

    /// The listener answers a request that was not captured.
    fn request_is_lost(&mut self, ended: bool, sink: &mut dyn Sink<T>) -> bool {
        if !(ended || self.initiator.late) {
            return false;
        }
        let digits = self.listener.held.bytes().first().is_some_and(u8::is_ascii_digit);
        self.initiator.role = Role::Done;
        self.listener.role = match self.expectation.kind {
            Some(ExpectedKind::Download) => Role::Size(0),
            None if digits => Role::Size(0),
            Some(ExpectedKind::Browse) => Role::List(List::answer()),
            Some(ExpectedKind::Push) => {
                self.initiator.role = Role::File;
                Role::Offset
            }
            Some(ExpectedKind::PushedBrowse | ExpectedKind::Chat) | None => Role::Done,
        };
        match self.listener.role {
            Role::Size(_) => self.kind = Some(TransferKind::Download),
            Role::Offset => self.kind = Some(TransferKind::Push),
            _ => {}
        }
        if self.kind.is_some() {
            self.ask(None, None, sink);
        }
        let offset = self.initiator.held.offset();
        self.deviate(DeviationKind::HandshakeGap, Side::Initiator, offset, sink);
        true
    }

    /// Takes a request; `turn` says that the listener answers it as it is.
    fn accept(&mut self, request: Request<'static>, turn: bool, sink: &mut dyn Sink<T>) {
        let Request { message, length, diagnostics } = request;
        match &message {
            Message::GetRequest(get) => {
                self.kind = Some(TransferKind::Download);
                self.offset = get.offset.as_ref().and_then(Amount::bytes).unwrap_or(0);
                let (nick, name) = (get.nick.as_bytes(), get.filename.as_bytes());
                self.ask(Some(nick), Some(name), sink);
                self.initiator.role = Role::Done;
                self.listener.role = Role::Size(0);
            }
            Message::SendRequest(send) => {
                self.kind = Some(TransferKind::Push);
                let (nick, name) = (send.nick.as_bytes(), send.filename.as_bytes());
                self.ask(Some(nick), Some(name), sink);
                self.listener.role = Role::Offset;
                let line = self.initiator.held.bytes().get(..length).unwrap_or_default();
                let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
                let head = length - digits;
                if turn && digits <= 2 * MOST_DIGITS {
                    let side = Side::Initiator;
                    self.start_file(side, head, &[digits], Some(SizeRule::Turn), sink);
                } else {
                    // The file follows already, and may begin with a digit.
                    self.initiator.role = Role::Size(head);
                }
                return;
            }
            Message::GetList => {
                self.initiator.role = Role::Done;
                self.listener.role = Role::List(List::answer());
            }
            Message::SendList { nick } => {
                self.initiator.role = Role::List(List::pushed(nick.is_some()));
                self.listener.role = Role::Done;
            }
            Message::Unreadable { name: "get_request", .. } => {
                self.kind = Some(TransferKind::Download);
                self.ask(None, None, sink);
                self.initiator.role = Role::Done;
                self.listener.role = Role::Size(0);
            }
            _ => {
                self.kind = Some(TransferKind::Push);
                self.ask(None, None, sink);
                self.initiator.role = Role::Done;
                self.listener.role = Role::Offset;
            }
        }
        let diagnostics = diagnostics.as_slice().to_vec();
        self.say(Side::Initiator, length, sink, |_| (message, diagnostics));
    }

    /// Takes a bare file name, where it can be one.
    fn accept_bare(&mut self, sink: &mut dyn Sink<T>) {
        let bytes = self.initiator.held.bytes();
        let name = without_line_end(bytes);
        if name.is_empty() || name.iter().any(u8::is_ascii_control) {
            self.give_up(DeviationKind::UnexpectedData, sink);
            return;
        }
        let (length, name) = (bytes.len(), name.to_vec());
        self.kind = Some(TransferKind::Bare);
        self.ask(None, Some(&name), sink);
        self.initiator.role = Role::Done;
        self.listener.role = Role::File;
        self.say(Side::Initiator, length, sink, |bytes| {
            (Message::BareRequest { filename: Text::read(without_line_end(bytes)) }, Vec::new())
        });
    }

    /// Notes who asks for what, and asks for the sizes that are known of it.
    fn ask(&mut self, nick: Option<&[u8]>, name: Option<&[u8]>, sink: &mut dyn Sink<T>) {
        self.nick = nick.map(<[u8]>::to_vec);
        let announced = self.expectation.file.clone();
        self.name = name.map(<[u8]>::to_vec).or(announced);
        if let (Some(kind), Some(file)) = (self.kind, &self.name) {
            for size in sink.known_sizes(Asked { kind, nick, file }).iter() {
                self.sizes.insert(size);
            }
        }
    }

    /// Nothing on this connection is read any more.
    fn give_up(&mut self, kind: DeviationKind, sink: &mut dyn Sink<T>) {
        let offset = self.initiator.held.offset();
        self.deviate(kind, Side::Initiator, offset, sink);
        self.initiator.role = Role::Done;
        self.listener.role = Role::Done;
    }

    /// Reads the answer to a push: digits, which end when the file comes or the stream ends.
    pub(super) fn step_offset(&mut self, sink: &mut dyn Sink<T>) -> bool {
        let ended = self.is_ended(Side::Listener) || self.file.has_bytes();
        let bytes = self.listener.held.bytes();
        let run = run_length(bytes);
        if bytes.is_empty() || run == bytes.len() && run < MOST_DIGITS && !ended {
            return false;
        }
        if run == 0 {
            self.listener.role = Role::Error;
            return true;
        }
        self.listener.role = Role::Done;
        let value = bytes.get(..run).and_then(number);
        self.offset = value.unwrap_or(0);
        self.offset_told = true;
        self.say(Side::Listener, run, sink, |digits| {
            let offset = match value {
                Some(value) => Amount::Bytes(value),
                None => Amount::Other(Token::read(digits)),
            };
            (Message::ResumeOffset { offset }, odd_number("offset", digits, value))
        });
        true
    }

    /// Reads an error text, which ends with the stream.
    pub(super) fn step_error(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        let ended = self.is_ended(side);
        let held = &self.lane(side).held;
        let (bytes, offset) = (held.bytes(), held.offset());
        let too_long = bytes.len() > Self::ERROR_LIMIT;
        let text = bytes.get(..Self::ERROR_LIMIT).unwrap_or(bytes);
        if !is_error_text(text) {
            // A file whose size is missing, or nothing known.
            let data = self.kind.is_some_and(|kind| kind.uploader() == side);
            self.lane(side).role = if data { Role::File } else { Role::Done };
            if data {
                self.deviate(DeviationKind::MissingSize, side, offset, sink);
            }
            return true;
        }
        if text.is_empty() || !too_long && !ended {
            return false;
        }
        let (length, error) = (text.len(), text.to_vec());
        self.lane(side).role = Role::Done;
        self.error = Some(error);
        if too_long {
            self.deviate(DeviationKind::ErrorTooLong, side, offset, sink);
        }
        self.say(side, length, sink, |text| {
            (Message::PeerError { text: Text::read(text) }, Vec::new())
        });
        true
    }
}

/// A line end behind the `1`.
pub(super) fn odd_greeting(raw: &[u8]) -> Vec<Diagnostic> {
    if raw.first() != Some(&b'1') || raw.len() == 1 {
        return Vec::new();
    }
    let kind = DiagnosticKind::TrailingSpace;
    alloc::vec![Diagnostic { kind, field: "", span: Span::new(1, raw.len()) }]
}

/// What is odd about a number: its spelling or its range.
pub(super) fn odd_number(
    field: &'static str,
    digits: &[u8],
    value: Option<u64>,
) -> Vec<Diagnostic> {
    let kind = match value {
        None => DiagnosticKind::NumberOutOfRange,
        Some(_) if digits.len() > 1 && digits.first() == Some(&b'0') => {
            DiagnosticKind::NumberSpelling
        }
        Some(_) => return Vec::new(),
    };
    alloc::vec![Diagnostic { kind, field, span: Span::new(0, digits.len()) }]
}

/// Whether the bytes can be an error text: printable ASCII, maybe with a line end.
pub(crate) fn is_error_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t'))
}

/// Whether a text begins like an error that some program sends.
pub(crate) fn is_known_error(text: &[u8]) -> bool {
    text.starts_with(b"INVALID ") || text.starts_with(b"FILE NOT ")
}
