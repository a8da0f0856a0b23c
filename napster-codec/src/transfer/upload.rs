//! The uploader's side of one file.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::peer::digits::{MOST_DIGITS, number, run_length};
use crate::peer::request::is_error_text;
use crate::peer::{Amount, DeviationKind, Message, Observer, SendRequest};
use crate::text::{Quoted, Token};
use crate::transfer::event::{Progress, TransferError, TransferEvent, UserError};
use crate::transfer::incoming::GetRequested;
use crate::transfer::pace::Pace;
use crate::transfer::{GREETING_PATIENCE, SETTLED, SILENCE, TransferOptions};

/// Where an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The other side's `1` is to come.
    Greeting,
    /// The digits of the offset are to come, or an error text.
    Offset,
    /// An error text comes.
    Text,
    /// The file goes.
    File,
    Over,
}

/// What moves an upload from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The `1` came, or did not come for long.
    Offered,
    /// A text began.
    Text,
    /// The offset is known.
    File,
    /// Finished or failed.
    End,
}

/// All changes of state; anything may end.
const TRANSITIONS: &[(State, Cause, State)] = &[
    (State::Greeting, Cause::Offered, State::Offset),
    (State::Greeting, Cause::Text, State::Text),
    (State::Offset, Cause::Text, State::Text),
    (State::Offset, Cause::File, State::File),
];

/// The part of the file that is to be written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The place in the file of its first byte.
    pub position: u64,
    /// How many bytes there are up to the end; never 0.
    pub length: u64,
}

/// The uploader's side of one file on one connection.
///
/// Write all of [`poll_transmit`](Self::poll_transmit), then bytes of the file as
/// [`next_part`](Self::next_part) says. See the [module](super) for the rest.
#[derive(Clone, Debug)]
pub struct Upload {
    state: State,
    size: u64,
    /// The request, until it is sent.
    request: Vec<u8>,
    /// Whether the other side's `1` came.
    greeted: bool,
    /// Digits or a text that have not ended.
    held: Vec<u8>,
    pace: Pace,
    outbox: VecDeque<Vec<u8>>,
    events: VecDeque<TransferEvent>,
}

impl Upload {
    /// Answers a request: [`Incoming`](super::Incoming) has read it, and the caller has found the
    /// file among those that it shares.
    ///
    /// The size is that of the whole file, in bytes. Where the offset is behind its end, the size is
    /// sent and nothing else, as `MP3::Napster` does.
    #[must_use]
    pub fn direct(
        request: &GetRequested,
        size: u64,
        options: TransferOptions,
        now: Duration,
    ) -> Self {
        let mut upload = Self::new(State::Offset, size, &options, now);
        let mut digits = Vec::new();
        crate::writer::Writer::new(&mut digits).digits(size);
        upload.outbox.push_back(digits);
        upload.begin(request.offset);
        upload
    }

    /// Brings a file: the caller has connected to the address of message 501.
    ///
    /// `nick` is the uploader's own, `filename` that of the message.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the request cannot be said.
    pub fn pushed(
        nick: &[u8],
        filename: &[u8],
        size: u64,
        options: TransferOptions,
        now: Duration,
    ) -> Result<Self, UserError> {
        let mut upload = Self::new(State::Greeting, size, &options, now);
        let (nick, filename) = (Token::new(nick)?, Quoted::read(filename));
        let size = Amount::Bytes(size);
        upload.request = Message::SendRequest(SendRequest { nick, filename, size }).encode()?;
        Ok(upload)
    }

    fn new(state: State, size: u64, options: &TransferOptions, now: Duration) -> Self {
        Self {
            state,
            size,
            request: Vec::new(),
            greeted: false,
            held: Vec::new(),
            pace: Pace::new(options, now),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Bytes came.
    pub fn handle_input(&mut self, now: Duration, bytes: &[u8]) {
        if bytes.is_empty() || matches!(self.state, State::File | State::Over) {
            // A downloader has nothing more to say; his line end or the like does not matter.
            return;
        }
        self.pace.hear(now);
        let mut input = bytes;
        if self.state == State::Greeting {
            input = self.read_greeting(input);
        }
        match self.state {
            State::Offset => self.read_offset(input),
            State::Text => self.read_text(input, false),
            State::Greeting | State::File | State::Over => {}
        }
    }

    /// The other side will send nothing more; it may read on, so this is no end of a direct upload.
    pub fn handle_read_end(&mut self, now: Duration) {
        match self.state {
            State::File | State::Over => {}
            _ => self.handle_close(now),
        }
    }

    /// The connection has broken, or nobody reads it any more.
    pub fn handle_close(&mut self, now: Duration) {
        self.pace.hear(now);
        match self.state {
            State::Offset if !self.held.is_empty() => self.take_offset(),
            State::Text => self.read_text(&[], true),
            State::Greeting | State::Offset => self.fail(TransferError::NoAnswer),
            State::File => {
                let progress = self.pace.progress();
                let missing = self.size.saturating_sub(progress.position);
                self.fail(TransferError::Incomplete { missing });
            }
            State::Over => {}
        }
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return;
        }
        match self.state {
            State::Greeting if !self.request.is_empty() => {
                self.events.push_back(TransferEvent::Deviation(DeviationKind::MissingGreeting));
                self.offer();
            }
            State::Offset if !self.held.is_empty() => self.take_offset(),
            State::Text => self.read_text(&[], true),
            State::Over => {}
            _ if self.pace.stalls_at().is_some_and(|at| at <= now) => {
                self.fail(TransferError::Stalled);
            }
            _ => {}
        }
    }

    /// Breaks the transfer off, which the protocol does by closing the connection.
    pub fn abort(&mut self) {
        self.fail(TransferError::Aborted);
    }

    /// The next bytes to write; the file comes behind all of them.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// The part of the file to write now, of which the caller writes as much as it likes and then
    /// calls [`handle_sent`](Self::handle_sent); `None` while there is nothing to write.
    #[must_use]
    pub fn next_part(&self) -> Option<Part> {
        let progress = self.pace.progress();
        let length = self.size.saturating_sub(progress.position);
        let writing = self.state == State::File && self.outbox.is_empty() && length > 0;
        writing.then_some(Part { position: progress.position, length })
    }

    /// So many bytes of [`next_part`](Self::next_part) were written.
    pub fn handle_sent(&mut self, now: Duration, count: u64) {
        let Some(part) = self.next_part() else { return };
        self.pace.hear(now);
        if self.pace.count(count.min(part.length)) {
            self.events.push_back(TransferEvent::Progress(self.pace.progress()));
        }
        self.end_if_whole();
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<TransferEvent> {
        self.events.pop_front()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let silence = match self.state {
            State::Over => return None,
            State::Greeting => self.pace.after(GREETING_PATIENCE),
            State::Offset if !self.held.is_empty() => self.pace.after(SETTLED),
            State::Text => self.pace.after(SILENCE),
            State::Offset | State::File => None,
        };
        self.pace.wakes_at(silence)
    }

    /// How far it is.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.pace.progress()
    }

    /// Whether it has finished or failed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Takes the listener's `1`; gives back what is behind it.
    fn read_greeting<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        match input {
            [byte, ..] if byte.is_ascii_alphabetic() => {
                self.go(Cause::Text);
                return input;
            }
            [b'1', ..] => {}
            _ => {
                self.events.push_back(TransferEvent::Deviation(DeviationKind::WrongGreeting));
            }
        }
        self.greeted = true;
        self.offer();
        input.get(1..).unwrap_or_default()
    }

    fn offer(&mut self) {
        self.outbox.push_back(core::mem::take(&mut self.request));
        self.go(Cause::Offered);
    }

    /// Reads digits up to a silence: nothing marks their end.
    fn read_offset(&mut self, input: &[u8]) {
        let mut input = input;
        if self.held.is_empty() {
            if let ([b'1', rest @ ..], false) = (input, self.greeted) {
                self.greeted = true;
                self.events.push_back(TransferEvent::Deviation(DeviationKind::LateGreeting));
                input = rest;
            }
            let ends = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            input = input.get(ends..).unwrap_or_default();
        }
        if self.held.is_empty() && input.first().is_some_and(|byte| !byte.is_ascii_digit()) {
            self.go(Cause::Text);
            self.read_text(input, false);
            return;
        }
        let room = (MOST_DIGITS + 1).saturating_sub(self.held.len());
        self.held.extend_from_slice(input.get(..room).unwrap_or(input));
        let run = run_length(&self.held);
        // No program pads an offset with zeros, and a byte that is no digit ends it.
        if self.held.first() == Some(&b'0') || run < self.held.len() {
            self.take_offset();
        }
    }

    /// Takes the digits as they stand.
    fn take_offset(&mut self) {
        let run = run_length(&self.held);
        let offset = self.held.get(..run).and_then(number);
        match offset {
            Some(offset) => self.begin(offset),
            None => self.fail(TransferError::InvalidRequest),
        }
    }

    fn read_text(&mut self, input: &[u8], ended: bool) {
        let limit = Observer::<()>::ERROR_LIMIT;
        let room = limit.saturating_sub(self.held.len());
        self.held.extend_from_slice(input.get(..room).unwrap_or(input));
        if !is_error_text(&self.held) {
            self.fail(TransferError::NotNapster);
        } else if ended || self.held.len() >= limit {
            let text = core::mem::take(&mut self.held);
            self.fail(TransferError::Refused { text });
        }
    }

    fn begin(&mut self, offset: u64) {
        self.held = Vec::new();
        let size = self.size;
        if offset > size {
            self.fail(TransferError::OffsetBeyondSize { size, offset });
            return;
        }
        self.pace.begin(size, offset);
        self.events.push_back(TransferEvent::Started { size, position: offset, rule: None });
        self.go(Cause::File);
        self.end_if_whole();
    }

    fn end_if_whole(&mut self) {
        if self.state == State::File && self.pace.progress().position >= self.size {
            self.events.push_back(TransferEvent::Finished(self.pace.progress()));
            self.go(Cause::End);
        }
    }

    fn fail(&mut self, error: TransferError) {
        if self.state != State::Over {
            self.events.push_back(TransferEvent::Failed(error));
            self.go(Cause::End);
        }
    }

    fn go(&mut self, cause: Cause) {
        if cause == Cause::End {
            self.state = State::Over;
            return;
        }
        let row = TRANSITIONS.iter().find(|(from, by, _)| (*from, *by) == (self.state, cause));
        if let Some((_, _, to)) = row {
            self.state = *to;
        }
    }
}
