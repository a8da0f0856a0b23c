//! The downloader's side of one file.

mod answer;
mod body;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::peer::digits::StreamEnd;
use crate::peer::{Amount, DeviationKind, GetRequest, KnownSizes, Message};
use crate::text::{Quoted, Token};
use crate::transfer::event::{Progress, Refusal, TransferError, TransferEvent, UserError};
use crate::transfer::incoming::SendRequested;
use crate::transfer::pace::Pace;
use crate::transfer::{GREETING_PATIENCE, SILENCE, TransferOptions};

/// Where a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The other side's `1` is to come.
    Greeting,
    /// The digits of the size are to come, or an error text.
    Size,
    /// An error text comes.
    Text,
    /// The bytes in front of the offset come, to be compared.
    Compare,
    /// The offset was ignored: bytes that are here already come.
    Skip,
    /// The file comes.
    File,
    /// Everything came that was promised; more would say that the offset was ignored.
    Linger,
    Over,
}

/// What moves a download from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// The `1` came, or did not come for long.
    Asked,
    /// A text began.
    Text,
    /// The size is known, and a part of the file is to be compared.
    ToCompare,
    /// The compared part is that of the start of the file.
    FromStart,
    /// The file begins.
    File,
    /// All promised bytes came, but nothing tells from where in the file they are.
    Unsure,
    /// Finished or failed.
    End,
}

/// All changes of state; anything may end.
const TRANSITIONS: &[(State, Cause, State)] = &[
    (State::Greeting, Cause::Asked, State::Size),
    (State::Greeting, Cause::Text, State::Text),
    (State::Size, Cause::Text, State::Text),
    (State::Size, Cause::ToCompare, State::Compare),
    (State::Size, Cause::File, State::File),
    (State::Compare, Cause::FromStart, State::Skip),
    (State::Skip, Cause::ToCompare, State::Compare),
    (State::Compare, Cause::File, State::File),
    (State::File, Cause::Unsure, State::Linger),
];

/// What is known of a file that is downloaded, and what is here of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "built with `..DownloadOptions::default()`")]
pub struct DownloadOptions {
    /// The size that a search, browse or resume result told (201, 212, 216).
    ///
    /// On the wire nothing stands between the digits of the size and the file; this tells where the
    /// file begins.
    pub expected_size: Option<u64>,
    /// How many bytes of the file are here already.
    pub offset: u64,
    /// The last of these bytes, at most [`Download::TAIL_LIMIT`], or none.
    ///
    /// They are asked for once more and compared, so that a file that has changed, and an owner who
    /// ignores the offset (TekNap), are noticed before anything is appended.
    pub tail: Vec<u8>,
    /// Patience and progress.
    pub transfer: TransferOptions,
}

/// The bytes of a file in what came, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct FileBytes<'i> {
    held: Vec<u8>,
    input: &'i [u8],
}

impl FileBytes<'_> {
    /// The bytes, in up to two parts; the second is part of the input.
    #[must_use]
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.held, self.input]
    }

    /// How many bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len() + self.input.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The downloader's side of one file on one connection.
///
/// See the [module](super) for how it is used.
#[derive(Clone, Debug)]
pub struct Download {
    state: State,
    /// The size that is known, as the readers of digits want it.
    known: KnownSizes,
    /// How many bytes are here.
    have: u64,
    /// The last of them; empty once they are compared.
    tail: Vec<u8>,
    /// Where the other side is asked to begin: in front of the tail.
    asked: u64,
    /// Whether the offset was found to be ignored.
    from_start: bool,
    /// Whether the tail was the same.
    compared: bool,
    /// The request, until it is sent.
    request: Vec<Vec<u8>>,
    /// Whether the other side's `1` came.
    greeted: bool,
    /// Bytes whose meaning is not clear yet.
    held: Vec<u8>,
    /// File bytes that came with the request of a push.
    early: Vec<u8>,
    /// Where the first portion behind a digit ended.
    boundary: Option<usize>,
    /// Bytes that the other side has still to send.
    left: u64,
    pace: Pace,
    outbox: VecDeque<Vec<u8>>,
    events: VecDeque<TransferEvent>,
}

impl Download {
    /// The most bytes that are compared before a download goes on.
    pub const TAIL_LIMIT: usize = 4096;

    /// Fetches a file from its owner: the caller has connected to the address of message 204.
    ///
    /// `nick` is the downloader's own, `filename` the path as its owner shares it.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the request cannot be said.
    pub fn direct(
        nick: &[u8],
        filename: &[u8],
        options: DownloadOptions,
        now: Duration,
    ) -> Result<Self, UserError> {
        let mut download = Self::new(State::Greeting, options, now)?;
        let offset = Some(Amount::Bytes(download.asked));
        let (nick, filename) = (Token::new(nick)?, Quoted::read(filename));
        let request = Message::GetRequest(GetRequest { nick, filename, offset });
        let mut line = request.encode()?;
        // One write is what every program reads, but for TekNap, which takes `GETL` for a list
        // request. gift-berlios loses the first characters of the nick where there are two.
        let word = line.get(..=request.word_length()).is_some_and(|start| start == b"GETL");
        if word {
            let rest = line.split_off(request.word_length());
            download.request.push(line);
            line = rest;
        }
        download.request.push(line);
        Ok(download)
    }

    /// Takes a file that its owner brings: [`Incoming`](super::Incoming) has read his request.
    ///
    /// The caller has compared it with what was asked for ([`SendRequested::is_for`]), otherwise
    /// anybody can push a file.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the options contradict themselves.
    pub fn pushed(
        request: SendRequested,
        options: DownloadOptions,
        now: Duration,
    ) -> Result<Self, UserError> {
        let mut download = Self::new(State::Size, options, now)?;
        download.greeted = true;
        if request.size < download.have {
            let text = Refusal::InvalidRequest.text().as_bytes();
            download.outbox.push_back(text.to_vec());
        } else {
            let offset = Amount::Bytes(download.asked);
            download.outbox.push_back(Message::ResumeOffset { offset }.encode()?);
        }
        download.early = request.rest;
        download.begin(Some(request.size), None);
        Ok(download)
    }

    fn new(state: State, options: DownloadOptions, now: Duration) -> Result<Self, UserError> {
        let DownloadOptions { expected_size, offset, tail, transfer } = options;
        let asked = offset.checked_sub(tail.len() as u64).ok_or(UserError::Tail)?;
        if tail.len() > Self::TAIL_LIMIT {
            return Err(UserError::Tail);
        }
        Ok(Self {
            state,
            known: expected_size.into_iter().collect(),
            have: offset,
            tail,
            asked,
            from_start: false,
            compared: false,
            request: Vec::new(),
            greeted: false,
            held: Vec::new(),
            early: Vec::new(),
            boundary: None,
            left: 0,
            pace: Pace::new(&transfer, now),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        })
    }

    /// Bytes came; gives back those that are the file's.
    pub fn handle_input<'i>(&mut self, now: Duration, bytes: &'i [u8]) -> FileBytes<'i> {
        if !bytes.is_empty() {
            self.pace.hear(now);
        }
        let mut held = self.take_early();
        let mut input = bytes;
        if self.state == State::Greeting {
            input = self.read_greeting(input);
        }
        if self.state == State::Size {
            let (from_held, rest) = self.read_size(input, StreamEnd::Open);
            held.extend(from_held);
            input = rest;
        }
        if self.state == State::Text {
            self.read_text(input, false);
            return FileBytes::default();
        }
        let input = self.read_body(input);
        FileBytes { held, input }
    }

    /// The connection has ended, from the other side or because it broke; gives back bytes of the
    /// file whose meaning the end has cleared.
    pub fn handle_close(&mut self, now: Duration) -> FileBytes<'static> {
        self.pace.hear(now);
        let mut held = self.take_early();
        if self.state == State::Size && !self.held.is_empty() {
            held.extend(self.read_size(&[], StreamEnd::Clean).0);
        }
        match self.state {
            State::Text => self.read_text(&[], true),
            State::Greeting | State::Size => self.fail(TransferError::NoAnswer),
            State::Compare | State::Skip | State::File => {
                self.fail(TransferError::Incomplete { missing: self.left });
            }
            State::Linger => self.finish(),
            State::Over => {}
        }
        FileBytes { held, input: &[] }
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come; gives back bytes of the file
    /// whose meaning the silence has cleared.
    pub fn handle_timeout(&mut self, now: Duration) -> FileBytes<'static> {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return FileBytes::default();
        }
        let mut held = self.take_early();
        match self.state {
            State::Greeting if !self.request.is_empty() => {
                self.deviate(DeviationKind::MissingGreeting);
                self.ask();
            }
            State::Text => self.read_text(&[], true),
            State::Size if self.is_size_in_doubt() => {
                held.extend(self.read_size(&[], StreamEnd::Broken).0);
            }
            State::Linger => self.finish(),
            State::Over => {}
            _ if self.pace.stalls_at().is_some_and(|at| at <= now) => {
                self.fail(TransferError::Stalled);
            }
            _ => {}
        }
        FileBytes { held, input: &[] }
    }

    /// Breaks the transfer off, which the protocol does by closing the connection.
    pub fn abort(&mut self) {
        self.fail(TransferError::Aborted);
    }

    /// The next bytes to write.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
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
            State::Text | State::Linger => self.pace.after(SILENCE),
            State::Size if self.is_size_in_doubt() => self.pace.after(SILENCE),
            State::Size | State::Compare | State::Skip | State::File => None,
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

    fn take_early(&mut self) -> Vec<u8> {
        if self.early.is_empty() {
            return Vec::new();
        }
        let early = core::mem::take(&mut self.early);
        self.read_body(&early).to_vec()
    }

    fn finish(&mut self) {
        if self.state != State::Over {
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

    fn deviate(&mut self, kind: DeviationKind) {
        self.events.push_back(TransferEvent::Deviation(kind));
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
