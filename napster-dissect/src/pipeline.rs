//! The whole way from inputs to records.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::capture::{Item, OpenError, Packet, Problem, ProblemKind, Reader, Stamp};
use crate::net::{Counts, LinkType, Sliced, Slicer};
use crate::story::{
    CaptureRecord, InterfaceRecord, Protocol, Record, RecordSink, StoryOptions, Teller,
    WarningKind, WarningRecord,
};
use crate::tcp::{self, Reassembler};

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
}

impl Default for Options {
    fn default() -> Self {
        Self { decode_as: Vec::new(), tcp: tcp::Options::default(), hash: true, extract: None }
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
/// Every input is opened before anything is told. Several inputs are read one after the other, as one
/// capture that was cut into files.
///
/// # Errors
///
/// [`RunError`] where an input cannot be opened, or where the sink fails.
pub fn run(
    inputs: &[PathBuf],
    options: &Options,
    sink: &mut dyn RecordSink,
) -> Result<Outcome, RunError> {
    let readers: Result<Vec<_>, _> = inputs.iter().map(|path| Reader::open(path)).collect();
    dissect(&mut readers.map_err(RunError::Open)?, options, sink)
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
    let story = StoryOptions {
        decode_as: options.decode_as.clone(),
        hash: options.hash,
        extract: options.extract.clone(),
    };
    let mut run = Run {
        teller: Teller::new(sink, story).map_err(RunError::Output)?,
        reassembler: Reassembler::new(options.tcp.clone()),
        slicer: Slicer::new(),
        outcome: Outcome::default(),
        stamp: Stamp::default(),
    };
    for (index, reader) in readers.iter_mut().enumerate() {
        run.read(u32::try_from(index).unwrap_or(u32::MAX), reader);
        if run.teller.has_failed() {
            break;
        }
    }
    run.reassembler.finish(&mut run.teller);
    run.tell_skipped();
    run.outcome.reported |= run.teller.finish(run.stamp.capture);
    match run.teller.take_error() {
        Some(error) => Err(RunError::Output(error)),
        None => Ok(run.outcome),
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
}

impl Run<'_> {
    fn read(&mut self, capture: u32, reader: &mut Reader) {
        self.stamp.capture = capture;
        let record = CaptureRecord {
            capture,
            file: reader.name().to_owned(),
            format: reader.format(),
            compression: reader.compression(),
        };
        self.teller.tell(&Record::Capture(&record));
        let live = reader.is_live();
        while let Some(item) = reader.next() {
            match item {
                Item::Interface(interface) => {
                    let record = InterfaceRecord {
                        capture,
                        interface: interface.index,
                        link_type: LinkType(interface.link_type).to_string(),
                        snap_length: interface.snap_length,
                    };
                    self.teller.tell(&Record::Interface(&record));
                }
                Item::Packet(packet) => self.packet(capture, &packet),
                Item::Problem(problem) => self.problem(capture, problem),
            }
            if live {
                // Nobody knows when the next packet comes, so what is known now goes out.
                self.teller.flush();
            }
            if self.teller.has_failed() {
                return;
            }
        }
        self.teller.flush();
    }

    fn packet(&mut self, capture: u32, packet: &Packet<'_>) {
        if self.stamp.frame == 0 {
            self.teller.start(packet.time);
        }
        self.stamp = Stamp { capture, frame: packet.frame, time: packet.time };
        self.teller.count_packet(packet.data.len());
        match self.slicer.slice(packet) {
            Sliced::Segment(segment) => {
                self.reassembler.segment(self.stamp, &segment, &mut self.teller);
            }
            Sliced::UnknownLinkType { link_type, first } => {
                self.outcome.unread_input = true;
                if first {
                    self.teller.warn(WarningRecord {
                        capture,
                        kind: WarningKind::UnknownLinkType,
                        message: format!("packets of link type {link_type} are not read"),
                        flow: None,
                        frame: Some(packet.frame),
                        offset: None,
                    });
                }
            }
            Sliced::Fragment
            | Sliced::NotTcp
            | Sliced::Unsupported
            | Sliced::Cut
            | Sliced::Malformed => {}
        }
    }

    fn problem(&mut self, capture: u32, problem: Problem) {
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
            message: problem.message,
            flow: None,
            frame: None,
            offset: Some(problem.offset),
        });
    }

    /// Tells how many packets gave no segment though they may have held one.
    fn tell_skipped(&mut self) {
        let Counts { incomplete, unsupported, cut, malformed, unknown_link_type, .. } =
            self.slicer.finish();
        self.teller.omit("packets_of_unknown_link_type", unknown_link_type);
        let told = [
            (incomplete, "IP packets lack fragments that were not captured"),
            (unsupported, "packets are encrypted or compressed below TCP"),
            (cut, "packets were captured too short to find their ports"),
            (malformed, "packets have headers that contradict themselves"),
        ];
        for (count, what) in told.into_iter().filter(|(count, _)| *count > 0) {
            self.teller.warn(WarningRecord {
                capture: self.stamp.capture,
                kind: WarningKind::MalformedPacket,
                message: format!("{count} {what}; they were left out"),
                flow: None,
                frame: None,
                offset: None,
            });
        }
    }
}
