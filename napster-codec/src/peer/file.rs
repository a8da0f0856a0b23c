//! How an observer counts and hands on the file, and finds out how large it was announced.

use alloc::vec::Vec;

use crate::diagnostic::Diagnostic;
use crate::peer::Side;
use crate::peer::digits::{
    Evidence, MOST_DIGITS, SizeRule, StreamEnd, Verdict, announces, number, run_length,
};
use crate::peer::event::{DeviationKind, Event, Reading, Said, Sink, TransferKind};
use crate::peer::message::{Message, SEND, SendRequest, unreadable};
use crate::peer::observer::{Observer, Role};
use crate::peer::opening::Opening;
use crate::peer::request::{is_known_error, odd_number};

/// The file on a connection and what is known of its size.
#[derive(Clone, Debug)]
pub(super) struct File<T> {
    /// The readings that are left, the likeliest first; empty before the file begins.
    readings: Vec<Candidate<T>>,
    /// The message that announces the size, with all digits behind it.
    head: Vec<u8>,
    /// How many bytes of it stand in front of the digits.
    line: usize,
    /// Where it begins in the stream.
    offset: u64,
    /// File bytes behind the digits.
    streamed: u64,
    pub(super) gap: u64,
    pub(super) rule: Option<SizeRule>,
}

/// One reading of the digits.
#[derive(Clone, Debug)]
struct Candidate<T> {
    id: u8,
    /// How many digits the size has.
    length: usize,
    size: Option<u64>,
    /// The stamp of its last digit; `None` where no size was announced.
    stamp: Option<T>,
    /// Whether a segment ends behind it.
    boundary: bool,
}

impl<T> File<T> {
    pub(super) const fn new() -> Self {
        Self {
            readings: Vec::new(),
            head: Vec::new(),
            line: 0,
            offset: 0,
            streamed: 0,
            gap: 0,
            rule: None,
        }
    }

    pub(super) const fn has_begun(&self) -> bool {
        !self.readings.is_empty()
    }

    pub(super) fn has_bytes(&self) -> bool {
        self.bytes() > 0
    }

    /// The announced size in the likeliest reading.
    pub(super) fn size(&self) -> Option<u64> {
        self.readings.first().and_then(|reading| reading.size)
    }

    /// File bytes in the likeliest reading.
    pub(super) fn bytes(&self) -> u64 {
        let lead = self.readings.first().map_or(0, |reading| self.lead(reading).len());
        self.streamed.saturating_add(lead as u64)
    }

    /// The digits that are data in a reading.
    fn lead(&self, reading: &Candidate<T>) -> &[u8] {
        self.head.get(self.line + reading.length..).unwrap_or_default()
    }

    /// File bytes in a reading, those of gaps too.
    fn after(&self, reading: &Candidate<T>) -> u64 {
        let seen = self.streamed.saturating_add(self.gap);
        seen.saturating_add(self.lead(reading).len() as u64)
    }
}

impl<T: Clone> Observer<T> {
    /// Reads the digits of a size, as soon as it is known where they end.
    pub(super) fn step_size(&mut self, side: Side, line: usize, sink: &mut dyn Sink<T>) -> bool {
        let lane = self.lane_ref(side);
        let (held, place) = (&lane.held, lane.held.offset());
        let Some(stream) = held.bytes().get(line..).filter(|stream| !stream.is_empty()) else {
            return false;
        };
        let run = run_length(stream);
        let boundary = held.first_boundary(line + 1, line + run).map(|place| place - line);
        let end = if lane.finished {
            StreamEnd::Clean
        } else if lane.broken || self.closing.is_some() {
            StreamEnd::Broken
        } else {
            StreamEnd::Open
        };
        let (known, offset) = (&self.sizes, self.offset);
        let verdict = Evidence { stream, boundary, known, offset, end }.weigh();
        let error = run == 0 && (!lane.late || is_known_error(stream));
        // What a late capture begins with is the middle of a file rather than a size.
        let sure = matches!(verdict, Verdict::Decided(_, SizeRule::KnownSize));
        let data = lane.late && !error && !sure && (run == 0 || verdict != Verdict::Wait);
        if error {
            self.lane(side).role = Role::Error;
            return true;
        }
        if data {
            self.lane(side).role = Role::File;
            self.deviate(DeviationKind::MissingSize, side, place, sink);
            return true;
        }
        match verdict {
            Verdict::Wait => false,
            Verdict::Decided(length, rule) => {
                self.start_file(side, line, &[length], Some(rule), sink);
                true
            }
            Verdict::Several(lengths) => {
                self.start_file(side, line, &lengths, None, sink);
                true
            }
        }
    }

    /// Begins the file behind a message of which `line` bytes stand in front of the digits.
    pub(super) fn start_file(
        &mut self,
        side: Side,
        line: usize,
        lengths: &[usize],
        rule: Option<SizeRule>,
        sink: &mut dyn Sink<T>,
    ) {
        let held = &self.lane(side).held;
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let all = if lengths.len() > 1 {
            line + run_length(held.bytes().get(line..).unwrap_or_default())
        } else {
            line + longest
        };
        let head = held.bytes().get(..all).unwrap_or_default().to_vec();
        let readings = lengths.iter().zip(0_u8..).map(|(&length, id)| Candidate {
            id,
            length,
            size: head.get(..line + length).and_then(|head| read_size(head, line)),
            stamp: held.stamp(line + length),
            boundary: held.is_boundary(line + length),
        });
        let readings: Vec<Candidate<T>> = readings.collect();
        let offset = held.offset();
        let too_long = held.bytes().get(line + MOST_DIGITS).is_some_and(u8::is_ascii_digit);
        self.file = File { readings, head, line, offset, ..File::new() };
        self.lane(side).held.take(all);
        self.lane(side).role = Role::File;
        if too_long && line == 0 {
            self.deviate(DeviationKind::SizeTooLong, side, offset, sink);
        }
        if let Some(rule) = rule {
            self.tell_size(rule, sink);
        }
        self.tell_start(sink);
        self.prune(sink);
    }

    /// Hands on the held bytes of the file.
    pub(super) fn step_file(&mut self, side: Side, sink: &mut dyn Sink<T>) -> bool {
        let held = &mut self.lane(side).held;
        let bytes = held.bytes().to_vec();
        held.clear();
        if !bytes.is_empty() {
            self.file_bytes(&bytes, sink);
        }
        !bytes.is_empty()
    }

    /// Hands on bytes of the file.
    pub(super) fn file_bytes(&mut self, bytes: &[u8], sink: &mut dyn Sink<T>) {
        self.begin_unannounced(sink);
        let first = !self.file.has_bytes();
        self.file.streamed = self.file.streamed.saturating_add(bytes.len() as u64);
        if first && self.listener.role == Role::Offset {
            // The uploader has the whole offset, or does not wait for it.
            self.run(sink);
        }
        sink.event(Event::FileData { bytes });
        self.prune(sink);
    }

    /// Counts bytes of the file that were not captured.
    pub(super) fn file_gap(&mut self, length: u64, sink: &mut dyn Sink<T>) {
        self.begin_unannounced(sink);
        self.file.gap = self.file.gap.saturating_add(length);
        sink.event(Event::FileGap { length });
        self.prune(sink);
    }

    /// Begins a file whose size was not announced, or not captured.
    fn begin_unannounced(&mut self, sink: &mut dyn Sink<T>) {
        if !self.file.has_begun() {
            let none = Candidate { id: 0, length: 0, size: None, stamp: None, boundary: false };
            self.file.readings.push(none);
            self.tell_start(sink);
        }
    }

    fn tell_start(&self, sink: &mut dyn Sink<T>) {
        let readings = self.file.readings.iter();
        let readings: Vec<Reading<'_>> = readings
            .map(|reading| Reading {
                id: reading.id,
                size: reading.size,
                lead: self.file.lead(reading),
            })
            .collect();
        sink.event(Event::FileStart { readings: &readings });
    }

    /// Drops readings that announce fewer bytes than came, as long as another does not.
    fn prune(&mut self, sink: &mut dyn Sink<T>) {
        if self.file.readings.len() < 2 {
            return;
        }
        let exceeded = |reading: &Candidate<T>| {
            reading.size.is_none_or(|size| self.file.after(reading) > size)
        };
        let gone: Vec<u8> =
            self.file.readings.iter().filter(|r| exceeded(r)).map(|reading| reading.id).collect();
        let left = self.file.readings.len() - gone.len();
        if gone.is_empty() || left == 0 {
            return;
        }
        self.file.readings.retain(|reading| !gone.contains(&reading.id));
        if left == 1 {
            self.decide(0, SizeRule::OnlyReading, sink);
        } else {
            for id in gone {
                sink.event(Event::ReadingDropped { id });
            }
        }
    }

    /// Decides among the readings that are left: the stream of the file has ended.
    pub(super) fn resolve(&mut self, clean: bool, sink: &mut dyn Sink<T>) {
        if self.file.readings.len() < 2 {
            return;
        }
        let fits = |reading: &Candidate<T>| {
            let after = self.file.after(reading);
            reading.size.is_some_and(|size| announces(size, self.offset, after))
        };
        let fitting = self.file.readings.iter().position(fits).filter(|_| clean);
        let rule = match (fitting, self.file.readings.first()) {
            (Some(_), _) => SizeRule::CleanEnd,
            (None, Some(first)) if first.boundary => SizeRule::Segment,
            (None, _) => SizeRule::LongestRun,
        };
        self.decide(fitting.unwrap_or(0), rule, sink);
    }

    /// Keeps one reading and forgets the others.
    fn decide(&mut self, index: usize, rule: SizeRule, sink: &mut dyn Sink<T>) {
        if index >= self.file.readings.len() {
            return;
        }
        let reading = self.file.readings.swap_remove(index);
        let id = reading.id;
        self.file.readings.clear();
        self.file.readings.push(reading);
        sink.event(Event::Decided { id, rule });
        self.tell_size(rule, sink);
    }

    /// Tells the message with the size, now that it is known where its digits end.
    fn tell_size(&mut self, rule: SizeRule, sink: &mut dyn Sink<T>) {
        self.file.rule = Some(rule);
        let Some(reading) = self.file.readings.first() else { return };
        let end = self.file.line + reading.length;
        let (Some(raw), Some(stamp)) = (self.file.head.get(..end), reading.stamp.clone()) else {
            return;
        };
        let side = self.kind.map_or(Side::Listener, TransferKind::uploader);
        let (message, diagnostics) = read_announcement(raw, self.file.line, rule);
        let (offset, diagnostics) = (self.file.offset, diagnostics.as_slice());
        sink.event(Event::Message(Said { side, offset, stamp, message, diagnostics, raw }));
        match reading.size {
            None => self.deviate(DeviationKind::SizeTooLong, side, offset, sink),
            Some(size) if !self.sizes.is_empty() && !self.is_known(size) => {
                self.deviate(DeviationKind::SizeMismatch, side, offset, sink);
            }
            Some(_) => {}
        }
    }

    fn is_known(&self, size: u64) -> bool {
        self.sizes.contains(size) || self.sizes.is_remaining(size, self.offset)
    }
}

/// The size in an announcement of which `line` bytes stand in front of the digits.
fn read_size(head: &[u8], line: usize) -> Option<u64> {
    match head.strip_prefix(SEND).filter(|_| line > 0) {
        Some(request) => SendRequest::parse(request).ok()?.0.size.bytes(),
        None => number(head.get(line..)?),
    }
}

/// The message that announces a size.
fn read_announcement(raw: &[u8], line: usize, rule: SizeRule) -> (Message<'_>, Vec<Diagnostic>) {
    if line > 0 {
        return match Opening::read_last(raw) {
            Opening::Closed(request) => (request.message, request.diagnostics.as_slice().to_vec()),
            _ => (unreadable("send_request", raw), Vec::new()),
        };
    }
    let size = number(raw);
    let message = match size {
        Some(size) => Message::FileSize { size, rule: Some(rule) },
        None => unreadable("file_size", raw),
    };
    (message, odd_number("size", raw, size))
}
