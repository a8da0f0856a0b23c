//! The watcher of a bootstrap or audio connection.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::time::Duration;

use crate::comp112::bootstrap::{self, PREFIXES, Record, length_without_blanks, shifted};
use crate::comp112::event::{Chunk, Deviation, DeviationKind, Event, Said};
use crate::comp112::format::Format;
use crate::comp112::frame::{FrameHeader, FrameKind, Splitter, Step};
use crate::comp112::message::Message;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::held::Held;
use crate::peer::Side;
use crate::text::Text;

/// Watches a connection on which records or audio come from the listener.
///
/// `T` is the caller's stamp of a portion of bytes, say a packet's number and time. At most one
/// frame is held, or a record.
#[derive(Clone, Debug)]
pub struct StreamObserver<T> {
    held: Held<T>,
    state: State,
    splitter: Splitter,
    ended: bool,
    undecoded: u64,
    warned: bool,
}

/// What comes next in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A record or a frame.
    Start,
    /// The record with that place in their order.
    Record(usize),
    /// A frame.
    Frames,
}

impl<T: Clone> StreamObserver<T> {
    /// An observer at the start of a connection.
    #[must_use]
    pub fn new() -> Self {
        Self {
            held: Held::new(),
            state: State::Start,
            splitter: Splitter::default(),
            ended: false,
            undecoded: 0,
            warned: false,
        }
    }

    /// An observer of a connection whose start was not captured: audio, in the middle of a frame.
    #[must_use]
    pub fn in_the_middle() -> Self {
        let mut observer = Self::new();
        observer.state = State::Frames;
        observer.splitter.lose();
        observer
    }

    /// Takes the next bytes of one side; the initiator should have none.
    pub fn data(&mut self, side: Side, bytes: &[u8], stamp: T, sink: &mut dyn FnMut(Event<'_, T>)) {
        if side == Side::Listener {
            self.held.push(bytes, false, stamp);
            self.run(sink);
            return;
        }
        self.undecoded = self.undecoded.saturating_add(bytes.len() as u64);
        if !self.warned && !bytes.is_empty() {
            self.warned = true;
            let kind = DeviationKind::UnexpectedData;
            sink(Event::Deviation(Deviation { kind, side, offset: 0 }));
        }
    }

    /// The next `length` bytes of one side were not captured.
    pub fn gap(&mut self, side: Side, length: u64, sink: &mut dyn FnMut(Event<'_, T>)) {
        if side == Side::Initiator || length == 0 {
            return;
        }
        self.skip(self.held.len(), sink);
        self.held.pass(length);
        self.splitter.lose();
        // A lost record is told by the letters of the next; anything else is audio.
        self.state = match self.state {
            State::Record(place) if place + 1 < PREFIXES.len() => State::Record(place + 1),
            State::Start | State::Record(_) | State::Frames => State::Frames,
        };
    }

    /// The stream has ended; nothing comes behind it.
    pub fn closed(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) {
        self.ended = true;
        self.run(sink);
        self.skip(self.held.len(), sink);
    }

    /// How many bytes are in no message, of those decided so far.
    #[must_use]
    pub const fn undecoded(&self) -> u64 {
        self.undecoded
    }

    fn run(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) {
        while self.step(sink) {}
    }

    fn step(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) -> bool {
        match self.state {
            State::Start => {
                let bytes = self.held.bytes();
                let first = PREFIXES.first().copied().unwrap_or_default();
                let known = bytes.len() >= first.len() || self.ended;
                if bytes.is_empty() || !known {
                    return false;
                }
                let record = bytes.starts_with(first);
                self.state = if record { State::Record(0) } else { State::Frames };
                true
            }
            State::Record(place) => self.step_record(place, sink),
            State::Frames => self.step_frame(sink),
        }
    }

    fn step_record(&mut self, place: usize, sink: &mut dyn FnMut(Event<'_, T>)) -> bool {
        if self.held.is_empty() {
            return false;
        }
        let offset = self.held.offset();
        let (length, odd) = match bootstrap::find(self.held.bytes(), place, self.ended) {
            Record::Need => return false,
            Record::Whole(length, odd) => (length, odd),
            Record::Bad => {
                self.state = State::Frames;
                self.splitter.lose();
                self.deviate(DeviationKind::BadRecord, offset, sink);
                return true;
            }
        };
        let next = place + 1;
        self.state = if next < PREFIXES.len() { State::Record(next) } else { State::Frames };
        if let Some(kind) = odd {
            self.deviate(kind, offset, sink);
        }
        self.say(length, sink, |raw| bootstrap::read(raw, place));
        true
    }

    fn step_frame(&mut self, sink: &mut dyn FnMut(Event<'_, T>)) -> bool {
        let header = match self.splitter.step(self.held.bytes(), self.ended) {
            Step::Need => return false,
            Step::Frame(header) => header,
            Step::Bad(reason) => {
                self.deviate(DeviationKind::BadHeader(reason), self.held.offset(), sink);
                return true;
            }
            Step::Skip(count) => {
                self.skip(count, sink);
                return true;
            }
        };
        let length = FrameHeader::LENGTH + usize::from(header.length);
        match header.kind {
            FrameKind::Chunk => {
                let audio = self.held.bytes().get(FrameHeader::LENGTH..length);
                if let (Some(audio), Some(stamp)) = (audio, self.held.stamp(length)) {
                    let (offset, length) = (self.held.offset(), length as u64);
                    sink(Event::Chunk(Chunk { offset, length, stamp, audio }));
                }
                self.held.take(length);
            }
            FrameKind::NewSong => self.say(length, sink, read_new_song),
            FrameKind::Disconnect => self.say(length, sink, read_disconnect),
        }
        true
    }

    fn say(
        &mut self,
        length: usize,
        sink: &mut dyn FnMut(Event<'_, T>),
        read: impl FnOnce(&[u8]) -> (Message<'_>, Vec<Diagnostic>),
    ) {
        let (side, offset) = (Side::Listener, self.held.offset());
        if let (Some(raw), Some(stamp)) = (self.held.bytes().get(..length), self.held.stamp(length))
        {
            let (message, diagnostics) = read(raw);
            let diagnostics = diagnostics.as_slice();
            sink(Event::Message(Said { side, offset, stamp, message, diagnostics, raw }));
        }
        self.held.take(length);
    }

    fn skip(&mut self, count: usize, sink: &mut dyn FnMut(Event<'_, T>)) {
        if count > 0 {
            let (offset, length) = (self.held.offset(), count as u64);
            self.undecoded = self.undecoded.saturating_add(length);
            self.held.take(count);
            sink(Event::Skipped { side: Side::Listener, offset, length });
        }
    }

    fn deviate(&self, kind: DeviationKind, offset: u64, sink: &mut dyn FnMut(Event<'_, T>)) {
        sink(Event::Deviation(Deviation { kind, side: Side::Listener, offset }));
    }
}

impl<T: Clone> Default for StreamObserver<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads a whole `NS` frame.
pub(super) fn read_new_song(raw: &[u8]) -> (Message<'_>, Vec<Diagnostic>) {
    let payload = raw.get(FrameHeader::LENGTH..).unwrap_or_default();
    let text = payload.get(..length_without_blanks(payload)).unwrap_or_default();
    match Format::parse(text) {
        Ok(format) => (Message::NewSong(format), Vec::new()),
        Err(odd) => {
            let message = Message::Unreadable { name: "new_song", bytes: Cow::Borrowed(raw) };
            (message, shifted(odd, FrameHeader::LENGTH))
        }
    }
}

/// Reads a whole `DC` frame.
pub(super) fn read_disconnect(raw: &[u8]) -> (Message<'_>, Vec<Diagnostic>) {
    let payload = raw.get(FrameHeader::LENGTH..).unwrap_or_default();
    let mut words = payload.split(|&byte| byte == b'#');
    let words = [words.next(), words.next(), words.next(), words.next(), words.next()];
    let (kind, field) = match words {
        [Some(b"HOST"), Some(host), Some(b"PORT"), Some(port), None] if !host.is_empty() => {
            match bootstrap::port(port) {
                Ok(port) => {
                    return (Message::Disconnect { host: Text::read(host), port }, Vec::new());
                }
                Err(kind) => (kind, "port"),
            }
        }
        [Some(b"HOST"), Some(_), None, ..] => (DiagnosticKind::MissingField, "port"),
        _ => (DiagnosticKind::UnknownKeyword, "host"),
    };
    let span = Span::new(FrameHeader::LENGTH, raw.len());
    let message = Message::Unreadable { name: "disconnect", bytes: Cow::Borrowed(raw) };
    (message, alloc::vec![Diagnostic { kind, field, span }])
}

/// Merges chunks that follow each other into runs of at most one second of capture time.
///
/// End a run with [`end`](Self::end) when anything else is told of the stream, and at its end.
#[derive(Clone, Debug, Default)]
pub struct ChunkRuns<T> {
    open: Option<ChunkRun<T>>,
}

/// Chunks that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkRun<T> {
    /// Place of the first header in the stream.
    pub offset: u64,
    /// All bytes with the headers.
    pub length: u64,
    /// How many chunks.
    pub count: u64,
    /// Bytes of audio.
    pub bytes: u64,
    /// The stamp of the last chunk.
    pub stamp: T,
    began: Duration,
}

impl<T: Clone> ChunkRuns<T> {
    /// How long a run is at most, from its first chunk on.
    pub const SPAN: Duration = Duration::from_secs(1);

    /// No run is open.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: None }
    }

    /// Adds a chunk that came at a time of the capture; gives the run that it does not belong to
    /// any more.
    pub fn add(&mut self, chunk: &Chunk<'_, T>, time: Duration) -> Option<ChunkRun<T>> {
        let audio = chunk.audio.len() as u64;
        if let Some(open) = &mut self.open {
            let follows = open.offset.saturating_add(open.length) == chunk.offset;
            if follows && time.saturating_sub(open.began) < Self::SPAN {
                open.length = open.length.saturating_add(chunk.length);
                open.count = open.count.saturating_add(1);
                open.bytes = open.bytes.saturating_add(audio);
                open.stamp = chunk.stamp.clone();
                return None;
            }
        }
        self.open.replace(ChunkRun {
            offset: chunk.offset,
            length: chunk.length,
            count: 1,
            bytes: audio,
            stamp: chunk.stamp.clone(),
            began: time,
        })
    }

    /// Ends the open run.
    pub const fn end(&mut self) -> Option<ChunkRun<T>> {
        self.open.take()
    }
}

impl<T> ChunkRun<T> {
    /// The run as a message.
    #[must_use]
    pub const fn message(&self) -> Message<'static> {
        Message::SongChunks { count: self.count, bytes: self.bytes }
    }
}
