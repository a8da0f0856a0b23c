//! The watcher of one connection: which of its bytes are read in which way.
//!
//! Each direction has a [`Role`]; these are all the changes of role:
//!
//! | the initiator says | its role | the listener's role |
//! | --- | --- | --- |
//! | nothing yet | `Request` | `Greeting` |
//! | `GET` and a line | `Done` | `Size`, then `File`; `Error` |
//! | `SEND` and a line | `Size`, then `File` | `Offset`, then `Done`; `Error` |
//! | `GETLIST` | `Done` | `List` |
//! | `SENDLIST` | `List` | `Done` |
//! | a bare file name | `Done` | `File` |
//! | an announced chat | `Chat` | `Chat` |
//!
//! The listener's `1` may come before or behind any of these; see `greet`.

use alloc::vec::Vec;

use crate::diagnostic::Diagnostic;
use crate::held::Held;
use crate::peer::digits::is_size_without_greeting;
use crate::peer::event::{Deviation, DeviationKind, Event, Said, Sink, TransferKind};
use crate::peer::expect::{Expectation, ExpectedKind, KnownSizes};
use crate::peer::file::File;
use crate::peer::list::List;
use crate::peer::message::Message;
use crate::peer::request::odd_greeting;
use crate::peer::{Closed, Side};

/// Watches one peer connection and tells what is said on it.
///
/// `T` is the caller's stamp of a portion of bytes, say a packet's number and time; every message
/// comes with that of the portion which completed it.
///
/// Any bytes in any order of calls are fine. What is held is bounded: see the limits.
#[derive(Clone, Debug)]
pub struct Observer<T> {
    pub(super) initiator: Lane<T>,
    pub(super) listener: Lane<T>,
    pub(super) expectation: Expectation,
    /// What the connection is for, once a file was asked for.
    pub(super) kind: Option<TransferKind>,
    pub(super) nick: Option<Vec<u8>>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) offset: u64,
    /// Whether a push was answered with an offset.
    pub(super) offset_told: bool,
    pub(super) sizes: KnownSizes,
    pub(super) file: File<T>,
    pub(super) error: Option<Vec<u8>>,
    /// What the request was last looked at with: its length, and whether it is answered or ended.
    pub(super) weighed: (usize, bool, bool),
    pub(super) first_finished: Option<Side>,
    pub(super) closing: Option<Closed>,
    over: bool,
}

/// One direction.
#[derive(Clone, Debug)]
pub(super) struct Lane<T> {
    pub(super) held: Held<T>,
    pub(super) role: Role,
    pub(super) finished: bool,
    /// Whether what is held has to be decided though it did not end.
    pub(super) broken: bool,
    /// Whether bytes in front of the held ones were not captured.
    pub(super) late: bool,
    /// Whether the listener's `1` can still come.
    pub(super) greets: bool,
    pub(super) undecoded: u64,
    /// Whether unexpected bytes were reported already.
    warned: bool,
}

/// How the bytes of a direction are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What the initiator wants.
    Request,
    /// The listener's `1`; anything else is an answer to a request.
    Greeting,
    /// Digits behind so many bytes of a line, then the file.
    Size(usize),
    /// The file.
    File,
    /// Digits, then nothing.
    Offset,
    /// An error text.
    Error,
    /// Lines of files.
    List(List),
    /// Lines of chat.
    Chat,
    /// Nothing more belongs here.
    Done,
}

impl<T: Clone> Observer<T> {
    /// The most bytes that a listener can send while nobody knows what was asked.
    pub const HELD_LIMIT: usize = 64 * 1024;
    /// The longest error text, in bytes.
    pub const ERROR_LIMIT: usize = 255;
    /// The longest line of a list or chat, in bytes.
    pub const LINE_LIMIT: usize = 4096;

    /// An observer at the start of a connection.
    #[must_use]
    pub fn new(expectation: Expectation) -> Self {
        let late = expectation.late;
        let (initiator, listener) = match expectation.kind {
            Some(ExpectedKind::Chat) => (Role::Chat, Role::Chat),
            _ => (Role::Request, Role::Greeting),
        };
        Self {
            initiator: Lane::new(initiator, false, late),
            listener: Lane::new(listener, true, late),
            sizes: expectation.sizes.clone(),
            expectation,
            kind: None,
            nick: None,
            name: None,
            offset: 0,
            offset_told: false,
            file: File::new(),
            error: None,
            weighed: (0, false, false),
            first_finished: None,
            closing: None,
            over: false,
        }
    }

    /// Takes the next bytes of one direction.
    ///
    /// `boundary` says that a TCP segment ends behind them.
    pub fn data(
        &mut self,
        side: Side,
        bytes: &[u8],
        boundary: bool,
        stamp: T,
        sink: &mut dyn Sink<T>,
    ) {
        if self.over || bytes.is_empty() {
            return;
        }
        let lane = self.lane(side);
        if lane.role == Role::File && lane.held.is_empty() {
            lane.held.pass(bytes.len() as u64);
            self.file_bytes(bytes, sink);
        } else {
            lane.held.push(bytes, boundary, stamp);
            self.run(sink);
        }
    }

    /// The next `length` bytes of one direction were not captured.
    pub fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink<T>) {
        if self.over || length == 0 {
            return;
        }
        self.flush(side, sink);
        let lane = self.lane(side);
        let lost = lane.held.clear();
        lane.undecoded = lane.undecoded.saturating_add(lost);
        let offset = lane.held.offset();
        lane.held.pass(length);
        match &mut lane.role {
            Role::Request | Role::Greeting => lane.late = true,
            Role::File => self.file_gap(length, sink),
            Role::Size(_) => {
                lane.role = Role::File;
                self.deviate(DeviationKind::HandshakeGap, side, offset, sink);
                self.file_gap(length, sink);
            }
            Role::Offset | Role::Error => lane.role = Role::Done,
            Role::List(list) => list.lose_line(),
            Role::Chat | Role::Done => {}
        }
        self.run(sink);
    }

    /// The direction has ended cleanly: its side will send nothing more.
    pub fn finished(&mut self, side: Side, sink: &mut dyn Sink<T>) {
        if self.over || self.lane(side).finished {
            return;
        }
        self.lane(side).finished = true;
        self.first_finished = self.first_finished.or(Some(side));
        self.run(sink);
        if self.lane(side).role == Role::File {
            self.resolve(true, sink);
        }
    }

    /// The connection has ended; nothing comes behind it.
    pub fn closed(&mut self, how: Closed, sink: &mut dyn Sink<T>) {
        if self.over {
            return;
        }
        self.closing = Some(how);
        self.run(sink);
        self.resolve(false, sink);
        for side in [Side::Initiator, Side::Listener] {
            let lane = self.lane(side);
            let rest = lane.held.clear();
            lane.undecoded = lane.undecoded.saturating_add(rest);
            if let Role::List(list) = &lane.role
                && list.has_begun()
            {
                let offset = lane.held.offset();
                self.deviate(DeviationKind::MissingListEnd, side, offset, sink);
            }
        }
        self.over = true;
        self.tell_transfer(how, sink);
    }

    /// How many bytes of a side are neither in a message nor in the file, of those decided so far.
    #[must_use]
    pub const fn undecoded(&self, side: Side) -> u64 {
        self.lane_ref(side).undecoded
    }

    /// File bytes seen so far, of the reading that is the likeliest.
    #[must_use]
    pub fn file_length(&self) -> u64 {
        self.file.bytes()
    }

    /// Reads on as far as what is known decides.
    pub(super) fn run(&mut self, sink: &mut dyn Sink<T>) {
        while self.step(Side::Initiator, sink) || self.step(Side::Listener, sink) {}
    }

    /// Reads one thing of a direction; says whether anything changed.
    fn step(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        if side == Side::Listener && self.listener.greets && self.greet(sink) {
            return true;
        }
        match &self.lane(side).role {
            Role::Request => self.step_request(sink),
            Role::Greeting => self.step_greeting(sink),
            Role::Size(head) => {
                let head = *head;
                self.step_size(side, head, sink)
            }
            Role::File => self.step_file(side, sink),
            Role::Offset => self.step_offset(sink),
            Role::Error => self.step_error(side, sink),
            Role::List(_) => self.step_list(side, sink),
            Role::Chat => self.step_chat(side, sink),
            Role::Done => self.step_done(side, sink),
        }
    }

    /// Takes a listener's `1`, or notes that there is none.
    fn greet(&mut self, sink: &mut dyn Sink<T>) -> bool {
        let asked = self.initiator.role != Role::Request || !self.initiator.held.is_empty();
        let lane = &self.listener;
        let bytes = lane.held.bytes();
        let alone = lane.held.is_boundary(1);
        let length = match bytes {
            [] => return false,
            // In a stream whose start is missing, and among chat, only a segment of its own proves
            // it.
            [b'1', ..] if (lane.late || lane.role == Role::Chat) && !alone => 0,
            // The size of the file can begin with that digit too, where the greeting is missing.
            [b'1', ..] if asked && !alone && is_size_without_greeting(bytes, &self.sizes) => 0,
            [b'1', b'\n', ..] => 2,
            [b'1', b'\r', b'\n', ..] => 3,
            [b'1', ..] => 1,
            [b'\r', b'\n', ..] if lane.role != Role::Chat => 2,
            [b'\r' | b'\n', ..] if lane.role != Role::Chat => 1,
            // `MP3::Napster` throws away the first byte whatever it is.
            [_, ..] if alone && !asked && lane.role == Role::Greeting && !lane.late => 1,
            _ => 0,
        };
        let (late, chat) = (lane.late, lane.role == Role::Chat);
        let (offset, one) = (lane.held.offset(), bytes.first() == Some(&b'1'));
        self.listener.greets = false;
        if length > 0 {
            self.say(Side::Listener, length, sink, |raw| (Message::Hello, odd_greeting(raw)));
        }
        let kind = match (length, one) {
            (0, _) if late || chat => return true,
            (0, _) => DeviationKind::MissingGreeting,
            (_, false) => DeviationKind::WrongGreeting,
            (_, true) if asked && !chat => DeviationKind::LateGreeting,
            (_, true) => return true,
        };
        self.deviate(kind, Side::Listener, offset, sink);
        true
    }

    /// Takes a second `1`; anything else waits for the request.
    fn step_greeting(&mut self, sink: &mut dyn Sink<T>) -> bool {
        let idle = self.initiator.held.is_empty() && !self.initiator.late;
        let again =
            self.listener.held.bytes().first() == Some(&b'1') && self.listener.held.is_boundary(1);
        if !(again && idle && self.initiator.role == Role::Request) {
            return false;
        }
        let offset = self.listener.held.offset();
        self.say(Side::Listener, 1, sink, |_| (Message::Hello, Vec::new()));
        self.deviate(DeviationKind::RepeatedGreeting, Side::Listener, offset, sink);
        true
    }

    /// Counts what belongs nowhere.
    fn step_done(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        let lane = self.lane(side);
        let offset = lane.held.offset();
        let count = lane.held.clear();
        lane.undecoded = lane.undecoded.saturating_add(count);
        if count > 0 && !lane.warned {
            lane.warned = true;
            self.deviate(DeviationKind::UnexpectedData, side, offset, sink);
        }
        count > 0
    }

    /// Decides what is held of a direction as if it had ended there.
    fn flush(&mut self, side: Side, sink: &mut dyn Sink<T>) {
        if !self.lane(side).held.is_empty() {
            self.lane(side).broken = true;
            self.run(sink);
            self.lane(side).broken = false;
        }
    }

    /// Whether nothing more comes from a side.
    pub(super) fn is_ended(&mut self, side: Side) -> bool {
        let closing = self.closing.is_some();
        let lane = self.lane(side);
        closing || lane.finished || lane.broken
    }

    /// Tells the message in the first `length` held bytes of a side, and takes them.
    pub(super) fn say(
        &mut self,
        side: Side,
        length: usize,
        sink: &mut dyn Sink<T>,
        read: impl FnOnce(&[u8]) -> (Message<'_>, Vec<Diagnostic>),
    ) {
        let lane = self.lane(side);
        let offset = lane.held.offset();
        if let (Some(stamp), Some(raw)) = (lane.held.stamp(length), lane.held.bytes().get(..length))
        {
            let (message, diagnostics) = read(raw);
            let diagnostics = diagnostics.as_slice();
            sink.event(Event::Message(Said { side, offset, stamp, message, diagnostics, raw }));
        }
        lane.held.take(length);
    }

    pub(super) fn deviate(
        &self,
        kind: DeviationKind,
        side: Side,
        offset: u64,
        sink: &mut dyn Sink<T>,
    ) {
        sink.event(Event::Deviation(Deviation { kind, side, offset }));
    }

    pub(super) const fn lane_ref(&self, side: Side) -> &Lane<T> {
        match side {
            Side::Initiator => &self.initiator,
            Side::Listener => &self.listener,
        }
    }

    pub(super) const fn lane(&mut self, side: Side) -> &mut Lane<T> {
        match side {
            Side::Initiator => &mut self.initiator,
            Side::Listener => &mut self.listener,
        }
    }
}

impl<T: Clone> Lane<T> {
    const fn new(role: Role, greets: bool, late: bool) -> Self {
        Self {
            held: Held::new(),
            role,
            finished: false,
            broken: false,
            late,
            greets,
            undecoded: 0,
            warned: false,
        }
    }
}
