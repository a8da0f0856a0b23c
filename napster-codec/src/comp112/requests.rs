//! The watcher of a request connection.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::comp112::command::{
    AnswerEnd, LONGEST_WORD, WORDS, find_answer, read_list, read_request,
};
use crate::comp112::event::{Deviation, DeviationKind, Event, Said};
use crate::comp112::frame::RECORD_LENGTH;
use crate::comp112::message::Message;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::held::Held;
use crate::peer::Side;
use crate::text::Text;

/// Watches the connection on which a client asks (initiator) and the server answers (listener).
///
/// Neither side marks the end of what it says. A request ends where the server answers, where a
/// segment ends and another request begins behind it, or with the stream; an answer by its length,
/// by its last words, or with the stream.
#[derive(Clone, Debug)]
pub struct RequestObserver<T> {
    client: Held<T>,
    server: Held<T>,
    client_ended: bool,
    server_ended: bool,
    /// What was asked and not answered, in order.
    open: VecDeque<Asked>,
    /// How many held bytes of the client are known to begin no further request.
    searched: usize,
    undecoded: [u64; 2],
}

/// What an answer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Songs,
    Requests,
    Play,
}

impl<T: Clone> RequestObserver<T> {
    /// The longest request that is held, in bytes; the server reads at most 100 at once.
    pub const REQUEST_LIMIT: usize = 1024;
    /// The longest answer that is held, in bytes.
    pub const ANSWER_LIMIT: usize = 64 * 1024;
    /// The most requests that wait for an answer.
    pub const OPEN_LIMIT: usize = 64;

    /// An observer at the start of a connection.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            client: Held::new(),
            server: Held::new(),
            client_ended: false,
            server_ended: false,
            open: VecDeque::new(),
            searched: 0,
            undecoded: [0; 2],
        }
    }

    /// Takes the next bytes of one side; `boundary` says that a segment ends behind them.
    pub fn data(
        &mut self,
        side: Side,
        bytes: &[u8],
        boundary: bool,
        stamp: T,
        sink: &mut dyn FnMut(Event<'_, T>),
    ) {
        match side {
            Side::Initiator => {
                self.client.push(bytes, boundary, stamp);
                while self.step_client(false, sink) {}
            }
            Side::Listener => {
                if !bytes.is_empty() {
                    // The server answers what it has read: that is where the request ended.
                    while self.step_client(true, sink) {}
                }
                self.server.push(bytes, boundary, stamp);
                while self.step_server(sink) {}
            }
        }
    }

    /// The next `length` bytes of one side were not captured.
    pub fn gap(&mut self, side: Side, length: u64, sink: &mut dyn FnMut(Event<'_, T>)) {
        let held = match side {
            Side::Initiator => {
                self.open.clear();
                &self.client
            }
            Side::Listener => &self.server,
        };
        self.skip(side, held.len(), sink);
        match side {
            Side::Initiator => self.client.pass(length),
            Side::Listener => self.server.pass(length),
        }
    }

    /// One side has ended.
    pub fn finished(&mut self, side: Side, sink: &mut dyn FnMut(Event<'_, T>)) {
        match side {
            Side::Initiator => self.client_ended = true,
            Side::Listener => self.server_ended = true,
        }
        while self.step_client(self.client_ended, sink) {}
        while self.step_server(sink) {}
    }

    /// The connection has ended; nothing comes behind it.
    pub fn closed(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) {
        self.finished(Side::Initiator, sink);
        self.finished(Side::Listener, sink);
        self.skip(Side::Initiator, self.client.len(), sink);
        self.skip(Side::Listener, self.server.len(), sink);
    }

    /// How many bytes of a side are in no message, of those decided so far.
    #[must_use]
    pub const fn undecoded(&self, side: Side) -> u64 {
        match side {
            Side::Initiator => self.undecoded[0],
            Side::Listener => self.undecoded[1],
        }
    }

    /// Reads one request; `whole` says that none goes on behind what is held.
    fn step_client(&mut self, whole: bool, sink: &mut dyn FnMut(Event<'_, T>)) -> bool {
        if self.client.is_empty() {
            return false;
        }
        let next = self.end_of_request();
        let bytes = self.client.bytes();
        let (mut merged, mut end) = (false, None);
        if let Some(word) = WORDS.iter().take(2).find(|word| bytes.starts_with(word)) {
            // These two need no more; what follows in the same segment spoils them for the server.
            end = Some(word.len());
            merged = bytes.len() > word.len() && !self.client.is_boundary(word.len());
        }
        let too_long = bytes.len() >= Self::REQUEST_LIMIT;
        let end = end.or(next).or_else(|| {
            let length = bytes.len().min(Self::REQUEST_LIMIT);
            (whole || too_long).then_some(length)
        });
        let Some(length) = end else { return false };
        let offset = self.client.offset();
        if merged {
            self.deviate(DeviationKind::MergedRequests, Side::Initiator, offset, sink);
        }
        if length > RECORD_LENGTH {
            self.deviate(DeviationKind::RequestTooLong, Side::Initiator, offset, sink);
        }
        let raw = bytes.get(..length).unwrap_or(bytes);
        let (message, odd) = read_request(raw);
        let asked = match &message {
            Message::SongListRequest => Some(Asked::Songs),
            Message::RequestListRequest => Some(Asked::Requests),
            Message::PlayRequest { .. } => Some(Asked::Play),
            _ => None,
        };
        let diagnostics: Vec<Diagnostic> = odd.into_iter().collect();
        tell(Side::Initiator, &self.client, length, message, &diagnostics, sink);
        self.client.take(length);
        self.searched = 0;
        self.open.extend(asked);
        if self.open.len() > Self::OPEN_LIMIT {
            self.open.pop_front();
            self.deviate(DeviationKind::TooManyRequests, Side::Initiator, offset, sink);
        }
        true
    }

    /// The first end of a segment behind which another request begins.
    fn end_of_request(&mut self) -> Option<usize> {
        let bytes = self.client.bytes();
        let begins = |place: &usize| {
            let behind = bytes.get(*place..).unwrap_or_default();
            WORDS.iter().any(|word| behind.starts_with(word)) && self.client.is_boundary(*place)
        };
        let end = (self.searched.max(1)..bytes.len()).find(begins);
        // A word that is not all there yet can still begin within the last bytes.
        self.searched = bytes.len().saturating_sub(LONGEST_WORD);
        end
    }

    /// Reads one answer.
    fn step_server(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) -> bool {
        let side = Side::Listener;
        let (bytes, offset) = (self.server.bytes(), self.server.offset());
        if bytes.is_empty() {
            return false;
        }
        let boundary = self.server.first_boundary(1, bytes.len());
        let too_long = bytes.len() > Self::ANSWER_LIMIT;
        let ended = self.server_ended || too_long;
        let bytes = bytes.get(..Self::ANSWER_LIMIT).unwrap_or(bytes);
        if too_long {
            self.deviate(DeviationKind::AnswerTooLong, side, offset, sink);
        }
        let (length, message, odd) = match find_answer(bytes, boundary, ended) {
            AnswerEnd::Need => return false,
            AnswerEnd::List(end, head, announced) => {
                let raw = bytes.get(..end).unwrap_or(bytes);
                let asked = next_asked(&mut self.open, |asked| asked != Asked::Play);
                // Nobody asked, as far as is known: a printed list shows itself.
                let printed = raw.get(head) == Some(&b'[');
                let requests = asked.map_or(!printed, |asked| asked == Asked::Requests);
                let message = read_list(raw, head, announced, requests);
                let came = super::names::characters(raw.get(head..).unwrap_or_default());
                if came < announced {
                    self.deviate(DeviationKind::ShortAnswer, side, offset, sink);
                }
                (end, message, asked.is_none())
            }
            AnswerEnd::Text(end) => {
                let asked = next_asked(&mut self.open, |asked| asked == Asked::Play);
                let text = Text::read(bytes.get(..end).unwrap_or(bytes));
                (end, Message::PlayReply { text }, asked.is_none())
            }
            AnswerEnd::Unknown => {
                let end = boundary.unwrap_or(bytes.len());
                if boundary.is_none() && !ended {
                    return false;
                }
                let raw = bytes.get(..end).unwrap_or(bytes);
                let message = super::unreadable("unknown", raw);
                let kind = DiagnosticKind::UnknownKeyword;
                let odd = [Diagnostic { kind, field: "", span: Span::new(0, raw.len()) }];
                tell(side, &self.server, raw.len(), message, &odd, sink);
                self.server.take(end);
                return true;
            }
        };
        if odd {
            self.deviate(DeviationKind::UnexpectedAnswer, side, offset, sink);
        }
        tell(side, &self.server, length, message, &[], sink);
        self.server.take(length);
        true
    }

    fn skip(&mut self, side: Side, count: usize, sink: &mut dyn FnMut(Event<'_, T>)) {
        let (held, undecoded) = match side {
            Side::Initiator => (&mut self.client, &mut self.undecoded[0]),
            Side::Listener => (&mut self.server, &mut self.undecoded[1]),
        };
        if count > 0 {
            let (offset, length) = (held.offset(), count as u64);
            *undecoded = undecoded.saturating_add(length);
            held.take(count);
            self.searched = 0;
            sink(Event::Skipped { side, offset, length });
        }
    }

    fn deviate(
        &self,
        kind: DeviationKind,
        side: Side,
        offset: u64,
        sink: &mut dyn FnMut(Event<'_, T>),
    ) {
        sink(Event::Deviation(Deviation { kind, side, offset }));
    }
}

impl<T: Clone> Default for RequestObserver<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// The oldest open request that an answer fits; those in front of it will not be answered any more.
fn next_asked(open: &mut VecDeque<Asked>, fits: impl Fn(Asked) -> bool) -> Option<Asked> {
    let place = open.iter().position(|asked| fits(*asked))?;
    open.drain(..=place).next_back()
}

/// Tells the message in the first `length` held bytes.
fn tell<T: Clone>(
    side: Side,
    held: &Held<T>,
    length: usize,
    message: Message<'_>,
    diagnostics: &[Diagnostic],
    sink: &mut dyn FnMut(Event<'_, T>),
) {
    if let (Some(raw), Some(stamp)) = (held.bytes().get(..length), held.stamp(length)) {
        let offset = held.offset();
        sink(Event::Message(Said { side, offset, stamp, message, diagnostics, raw }));
    }
}
