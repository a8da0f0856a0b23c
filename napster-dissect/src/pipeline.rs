//! The whole way from inputs to records.

mod side_by_side;
mod turns;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::num::NonZero;
use std::path::PathBuf;

use crate::capture::{
    Control, Input, Inputs, Interface, Item, MAX_OPEN_INPUTS, OpenError, Packet, Problem,
    ProblemKind, Reader, Stamp,
};
use crate::net::{Counts, LinkType, MAX_FRAGMENT_BYTES, Sliced, Slicer};
use crate::story::{
    CaptureRecord, InterfaceRecord, Protocol, Record, RecordSink, StoryOptions, Teller,
    WarningKind, WarningRecord,
};
use crate::tcp::{self, Checksums, Reassembler};
use crate::words::Counted;

/// What to do with the inputs; [`Options::default`] is what the command does without flags.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// Ports whose flows are taken for a protocol without looking at their content.
    pub decode_as: Vec<(u16, Protocol)>,
    /// How streams are put together, and how much may be kept for it.
    pub tcp: tcp::Options,
    /// Whether transferred files are hashed.
    pub hash: bool,
    /// The folder into which transferred files are written; it is made where it is not there.
    pub extract: Option<PathBuf>,
    /// Whether each input is a capture of its own, and not a part of one.
    ///
    /// Connections do not go on from one to the next then, and each has a summary; their numbers go
    /// on.
    pub per_file: bool,
    /// How many inputs may be read at a time, each by a thread of its own, where each is a capture
    /// of its own. What is told does not depend on it.
    pub jobs: NonZero<usize>,
    /// The most bytes of records that wait until all inputs before theirs are told, where several
    /// are read at a time.
    pub max_waiting_bytes: usize,
    /// The most bytes of IP fragments that wait for the rest of their packet.
    pub max_fragment_bytes: usize,
    /// Tells how far the inputs were read, and asks to stop.
    pub control: Control,
}

/// The most bytes of records that wait for their turn by default; a quarter of [`tcp::MAX_MEMORY`].
pub const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

impl Default for Options {
    fn default() -> Self {
        Self {
            decode_as: Vec::new(),
            tcp: tcp::Options::default(),
            hash: true,
            extract: None,
            per_file: false,
            jobs: NonZero::<usize>::MIN,
            max_waiting_bytes: MAX_WAITING_BYTES,
            max_fragment_bytes: MAX_FRAGMENT_BYTES,
            control: Control::new(),
        }
    }
}

impl Options {
    /// Shares memory out to all limits, as the default does with [`tcp::MAX_MEMORY`].
    pub fn share_memory(&mut self, bytes: usize) {
        let tcp::Options { overlap, checksums, .. } = self.tcp;
        self.tcp = tcp::Options { overlap, checksums, ..tcp::Options::with_memory(bytes) };
        self.max_fragment_bytes = bytes / (tcp::MAX_MEMORY / MAX_FRAGMENT_BYTES);
        self.max_waiting_bytes = bytes / (tcp::MAX_MEMORY / MAX_WAITING_BYTES);
    }
}

/// How a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// Part of an input could not be read.
    pub unread_input: bool,
    /// Any warning or diagnostic was told.
    pub reported: bool,
    /// The run was asked to stop before the end of its inputs.
    pub interrupted: bool,
}

/// Why a run could not go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// An input cannot be read at all.
    Open(OpenError),
    /// The output cannot be written.
    Output(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(error) => error.fmt(f),
            Self::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl std::error::Error for RunError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open(error) => Some(error),
            Self::Output(error) => Some(error),
        }
    }
}

/// Reads inputs (`-` is standard input) and tells the sink what is in them.
///
/// Every input is opened before anything is told. Several inputs are read as one capture, in the
/// order of the times of their packets, unless [`Options::per_file`] says otherwise.
///
/// # Errors
///
/// [`RunError`] where an input cannot be opened, or where the sink fails: nothing is told any more
/// then. With [`Options::per_file`] that stops [`Options::control`], so that nobody reads on.
pub fn run(
    inputs: &[PathBuf],
    options: &Options,
    sink: &mut (dyn RecordSink + Send),
) -> Result<Outcome, RunError> {
    let control = &options.control;
    let inputs = Input::open_all(inputs, control).map_err(RunError::Open)?;
    let captures: Vec<_> = inputs.iter().map(CaptureRecord::of).collect();
    if !options.per_file {
        return tell(&captures, Inputs::new(inputs, control), options, 0, sink)
            .map(|(outcome, _)| outcome);
    }
    let captures = captures.into_iter().zip(inputs).collect();
    side_by_side::run(captures, options, sink)
}

/// As [`run`], with inputs that are open already.
///
/// # Errors
///
/// [`RunError::Output`] where the sink fails.
pub fn dissect(
    readers: &mut [Reader],
    options: &Options,
    sink: &mut dyn RecordSink,
) -> Result<Outcome, RunError> {
    let captures: Vec<_> = readers
        .iter()
        .enumerate()
        .map(|(index, reader)| CaptureRecord {
            capture: u32::try_from(index).unwrap_or(u32::MAX),
            file: reader.name().to_owned(),
            format: reader.format(),
            compression: reader.compression(),
        })
        .collect();
    tell(&captures, Inputs::of_readers(readers), options, 0, sink).map(|(outcome, _)| outcome)
}

/// Tells what is in inputs that are one capture, and returns how many flows that were; their numbers
/// begin with `first_flow`.
fn tell(
    captures: &[CaptureRecord],
    mut inputs: Inputs<'_>,
    options: &Options,
    first_flow: u64,
    sink: &mut dyn RecordSink,
) -> Result<(Outcome, u64), RunError> {
    let story = StoryOptions {
        decode_as: options.decode_as.clone(),
        hash: options.hash,
        extract: options.extract.clone(),
        checksums_verified: options.tcp.checksums == Checksums::Verify,
    };
    let mut run = Run {
        teller: Teller::new(sink, story).map_err(RunError::Output)?,
        reassembler: Reassembler::numbered_from(first_flow, options.tcp.clone()),
        slicer: Slicer::with_memory(options.max_fragment_bytes),
        outcome: Outcome::default(),
        stamp: Stamp::default(),
        names: captures.iter().map(|capture| (capture.capture, capture.file.as_str())).collect(),
    };
    for capture in captures {
        run.stamp.capture = capture.capture;
        run.teller.tell(&Record::Capture(capture));
    }
    run.read(&mut inputs, &options.control);
    run.reassembler.finish(&mut run.teller);
    run.tell_skipped();
    run.tell_dropped();
    run.tell_held_back(inputs.held_back());
    run.outcome.reported |= run.teller.finish(run.stamp.capture);
    match run.teller.take_error() {
        Some(error) => Err(RunError::Output(error)),
        None => Ok((run.outcome, run.reassembler.totals().flows)),
    }
}

impl CaptureRecord {
    fn of(input: &Input) -> Self {
        Self {
            capture: input.capture,
            file: input.name.clone(),
            format: input.format,
            compression: input.compression,
        }
    }
}

/// The serial stage at work.
struct Run<'s> {
    teller: Teller<'s>,
    reassembler: Reassembler,
    slicer: Slicer,
    outcome: Outcome,
    /// The packet that was read last.
    stamp: Stamp,
    /// The inputs' names by their index.
    names: HashMap<u32, &'s str>,
}

impl Run<'_> {
    fn read(&mut self, inputs: &mut Inputs<'_>, control: &Control) {
        while self.read_next(inputs, control) {
            if inputs.may_wait() {
                // Nobody knows when the next packet comes, so what is known now goes out.
                self.teller.flush();
            }
            if self.teller.has_failed() {
                break;
            }
        }
        self.outcome.interrupted = control.is_stopped();
    }

    /// Takes the next thing that an input tells; false at the end, and where the run is to stop.
    #[inline(always)]
    fn read_next(&mut self, inputs: &mut Inputs<'_>, control: &Control) -> bool {
        // Looked at in place, as what is told is big.
        let next = &inputs.next();
        // What a wait that was broken off gives is no damage.
        if control.is_stopped() {
            return false;
        }
        match next {
            Some((capture, Item::Packet(packet))) => self.packet(*capture, packet),
            Some((capture, Item::Interface(interface))) => self.interface(*capture, interface),
            Some((capture, Item::Problem(problem))) => self.problem(*capture, problem),
            None => return false,
        }
        true
    }

    #[inline(always)]
    fn packet(&mut self, capture: u32, packet: &Packet<'_>) {
        if self.stamp.frame == 0 {
            self.teller.start(packet.time);
        }
        self.stamp = Stamp { capture, frame: packet.frame, time: packet.time };
        self.teller.count_packet(packet.data.len());
        match &self.slicer.slice(packet) {
            Sliced::Segment(segment) => {
                self.reassembler.segment(self.stamp, segment, &mut self.teller);
            }
            &Sliced::UnknownLinkType { link_type, first } => {
                self.unknown_link_type(link_type, first);
            }
            Sliced::Fragment
            | Sliced::NotTcp
            | Sliced::Unsupported
            | Sliced::Cut
            | Sliced::Malformed => {}
        }
    }

    #[cold]
    fn interface(&mut self, capture: u32, interface: &Interface) {
        let record = InterfaceRecord {
            capture,
            interface: interface.index,
            link_type: LinkType(interface.link_type).to_string(),
            snap_length: interface.snap_length,
        };
        self.teller.tell(&Record::Interface(&record));
    }

    #[cold]
    fn problem(&mut self, capture: u32, problem: &Problem) {
        self.outcome.unread_input = true;
        let kind = match problem.kind {
            ProblemKind::Truncated => WarningKind::Truncated,
            ProblemKind::Compression => WarningKind::Compression,
            ProblemKind::UnknownInterface | ProblemKind::CorruptRecord => {
                WarningKind::CorruptRecord
            }
            _ => WarningKind::Unreadable,
        };
        self.teller.warn(WarningRecord {
            capture,
            kind,
            message: problem.message.clone(),
            flow: None,
            frame: None,
            offset: Some(problem.offset),
        });
    }

    /// Tells of the link type of the packet at hand, if it is the first of it.
    #[cold]
    fn unknown_link_type(&mut self, link_type: LinkType, first: bool) {
        self.outcome.unread_input = true;
        if !first {
            return;
        }
        let Stamp { capture, frame, .. } = self.stamp;
        let name = self.names.get(&capture).copied().unwrap_or("the input");
        let number = link_type.0;
        let known = link_type.name().map(|name| format!(" ({name})")).unwrap_or_default();
        self.teller.warn(WarningRecord {
            capture,
            kind: WarningKind::UnknownLinkType,
            message: format!(
                "{name}: packets of link type {number}{known} are not read; if they are of another \
                 type in truth, `editcap -T` writes a copy that says so"
            ),
            flow: None,
            frame: Some(frame),
            offset: None,
        });
    }

    /// Tells how many packets gave no segment though they may have held one.
    fn tell_skipped(&mut self) {
        let Counts { incomplete, unsupported, cut, malformed, unknown_link_type, .. } =
            self.slicer.finish();
        self.teller.omit("packets_of_unknown_link_type", unknown_link_type);
        let told = [
            (incomplete, "without all of its fragments", "without all of their fragments"),
            (unsupported, "encrypted or compressed below TCP", "encrypted or compressed below TCP"),
            (cut, "captured too short to find its ports", "captured too short to find their ports"),
            (
                malformed,
                "with headers that contradict themselves",
                "with headers that contradict themselves",
            ),
        ];
        for (count, one, many) in told.into_iter().filter(|(count, ..)| *count > 0) {
            let (what, were) = if count == 1 { (one, "was") } else { (many, "were") };
            self.teller.warn(WarningRecord {
                capture: self.stamp.capture,
                kind: WarningKind::MalformedPacket,
                message: format!("{} {what} {were} left out", Counted(count, "packet", "packets")),
                flow: None,
                frame: None,
                offset: None,
            });
        }
    }

    /// Tells of segments that were dropped and belong to no flow.
    fn tell_dropped(&mut self) {
        let count = self.reassembler.totals().bad_checksums;
        if count > 0 {
            let message = self.teller.checksums_in_words(count);
            self.teller.warn(WarningRecord {
                capture: self.stamp.capture,
                kind: WarningKind::BadChecksum,
                message,
                flow: None,
                frame: None,
                offset: None,
            });
        }
    }

    /// Tells how many inputs were read later than it was their turn.
    fn tell_held_back(&mut self, count: u64) {
        if count > 0 {
            self.teller.omit("inputs_in_time", count);
            self.teller.warn(WarningRecord {
                capture: self.stamp.capture,
                kind: WarningKind::Limit,
                message: format!(
                    "more than {MAX_OPEN_INPUTS} inputs overlap in time: {} read later than captured",
                    Counted(count, "was", "were")
                ),
                flow: None,
                frame: None,
                offset: None,
            });
        }
    }
}
