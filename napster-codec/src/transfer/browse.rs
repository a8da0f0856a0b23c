//! The requester's side of a list of all files.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::message::Payload;
use crate::message::ShareFile;
use crate::peer::list::{Line, List, read_line, read_owner, without_line_end};
use crate::peer::{Message, Observer};
use crate::transfer::event::TransferError;
use crate::transfer::incoming::SendListRequested;
use crate::transfer::pace::Pace;
use crate::transfer::{GREETING_PATIENCE, TransferOptions};

/// What happened on a connection that brings a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BrowseEvent {
    /// Whose files they are.
    Owner {
        /// The nick.
        nick: Vec<u8>,
    },
    /// A file.
    Entry(ShareFile<'static>),
    /// A line that is no file.
    Unreadable {
        /// The line with its end.
        line: Vec<u8>,
    },
    /// The list has ended; close the connection.
    Finished,
    /// Nothing more will come; close the connection.
    Failed(TransferError),
}

/// The requester's side of a list of all files on one connection.
///
/// Take all events after each call: the lines of one input wait as events.
#[derive(Clone, Debug)]
pub struct Browse {
    /// Whether the other side's `1` is still to come.
    greeting: bool,
    over: bool,
    list: List,
    /// The start of a line.
    held: Vec<u8>,
    /// List bytes that came with the request.
    early: Vec<u8>,
    pace: Pace,
    outbox: VecDeque<Vec<u8>>,
    events: VecDeque<BrowseEvent>,
}

impl Browse {
    /// Fetches a list: the caller has connected to the address of message 641.
    #[must_use]
    pub fn direct(options: &TransferOptions, now: Duration) -> Self {
        Self::new(List::answer(), true, options, now)
    }

    /// Takes a list that is brought: [`Incoming`](super::Incoming) has read the request, and the
    /// caller has asked that user for it (message 640).
    #[must_use]
    pub fn pushed(request: SendListRequested, options: &TransferOptions, now: Duration) -> Self {
        let list = List::pushed(request.nick.is_some());
        let mut browse = Self::new(list, false, options, now);
        browse.events.extend(request.nick.map(|nick| BrowseEvent::Owner { nick }));
        browse.early = request.rest;
        browse.read_early();
        browse
    }

    fn new(list: List, greeting: bool, options: &TransferOptions, now: Duration) -> Self {
        Self {
            greeting,
            over: false,
            list,
            held: Vec::new(),
            early: Vec::new(),
            pace: Pace::new(options, now),
            outbox: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// Bytes came.
    pub fn handle_input(&mut self, now: Duration, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.pace.hear(now);
        let mut input = bytes;
        if self.greeting {
            self.ask();
            // Whatever it is; the official client says `1`, some say LF.
            input = input.get(1..).unwrap_or_default();
        }
        self.read(input);
    }

    /// The connection has ended.
    pub fn handle_close(&mut self, now: Duration) {
        self.pace.hear(now);
        if self.over {
            return;
        }
        let line = core::mem::take(&mut self.held);
        if !line.is_empty() {
            self.read_line(&line, false);
        }
        if !self.over {
            let begun = self.list.has_begun();
            let none = TransferError::Incomplete { missing: 0 };
            self.fail(if begun { none } else { TransferError::NoAnswer });
        }
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.poll_timeout().is_none_or(|at| now < at) {
            return;
        }
        if self.greeting {
            self.ask();
        } else {
            self.fail(TransferError::Stalled);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        match (self.over, self.greeting) {
            (true, _) => None,
            (false, true) => self.pace.after(GREETING_PATIENCE),
            (false, false) => self.pace.stalls_at(),
        }
    }

    /// The next bytes to write.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<BrowseEvent> {
        self.events.pop_front()
    }

    /// Whether it has finished or failed.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    fn ask(&mut self) {
        self.greeting = false;
        self.outbox.extend(Message::GetList.encode());
    }

    fn read_early(&mut self) {
        let early = core::mem::take(&mut self.early);
        self.read(&early);
    }

    fn read(&mut self, input: &[u8]) {
        let mut rest = input;
        while !self.over && !rest.is_empty() {
            let end = rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1);
            let (piece, behind) = rest.split_at(end);
            rest = behind;
            self.held.extend_from_slice(piece);
            if self.held.len() > Observer::<()>::LINE_LIMIT {
                self.fail(TransferError::TooLong);
            } else if self.held.ends_with(b"\n") {
                let line = core::mem::take(&mut self.held);
                self.read_line(&line, true);
            }
        }
    }

    fn read_line(&mut self, raw: &[u8], whole: bool) {
        match self.list.next(without_line_end(raw), whole) {
            Line::Word => {}
            Line::End => {
                self.over = true;
                self.events.push_back(BrowseEvent::Finished);
            }
            Line::Error => self.fail(TransferError::Refused { text: raw.to_vec() }),
            Line::Entry => self.tell(read_line(raw).0, raw),
            Line::Owner => self.tell(read_owner(raw).0, raw),
        }
    }

    fn tell(&mut self, message: Message<'_>, raw: &[u8]) {
        self.events.push_back(match message {
            Message::BrowseEntry(entry) => BrowseEvent::Entry(entry.into_owned()),
            Message::BrowseOwner { nick } => BrowseEvent::Owner { nick: nick.as_bytes().to_vec() },
            _ => BrowseEvent::Unreadable { line: raw.to_vec() },
        });
    }

    fn fail(&mut self, error: TransferError) {
        self.over = true;
        self.events.push_back(BrowseEvent::Failed(error));
    }
}
