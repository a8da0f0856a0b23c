//! The small ports: the server says one line, the client nothing.

use napster_codec::Visit;
use napster_codec::redirector::{Reader, StatsLine};

use super::{Body, EventSink, Message, Undecoded};
use crate::capture::Stamp;
use crate::tcp::{FlowInfo, Side};

/// A connection to a redirector or to the statistics port.
#[derive(Debug)]
pub(super) struct Small {
    line: Line,
    told: bool,
    /// A hole in front of the line's end leaves nothing to read.
    broken: bool,
}

#[derive(Debug)]
enum Line {
    Redirector(Reader),
    Stats(Vec<u8>),
}

impl Small {
    pub(super) const fn redirector() -> Self {
        Self { line: Line::Redirector(Reader::new()), told: false, broken: false }
    }

    pub(super) const fn stats() -> Self {
        Self { line: Line::Stats(Vec::new()), told: false, broken: false }
    }

    pub(super) fn data(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let mut taken = 0;
        if from == Side::Server && !self.told && !self.broken {
            taken = match &mut self.line {
                Line::Redirector(reader) => reader.feed(bytes),
                Line::Stats(line) => {
                    let room = StatsLine::LIMIT.saturating_sub(line.len()).min(bytes.len());
                    line.extend_from_slice(bytes.get(..room).unwrap_or_default());
                    room
                }
            };
            self.tell(flow, false, stamp, sink);
        }
        let left = (bytes.len() - taken) as u64;
        if left > 0 {
            let why = Undecoded::OutOfStep;
            sink.undecoded(flow, from, offset + taken as u64, left, why, stamp);
        }
    }

    pub(super) fn gap(&mut self, from: Side) {
        self.broken |= from == Side::Server;
    }

    /// The side sends no more: the line is what there is of it.
    pub(super) fn end(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        if from == Side::Server && !self.told {
            self.tell(flow, true, stamp, sink);
            let held = self.bytes().len();
            if !self.told && held > 0 {
                self.told = true;
                sink.undecoded(flow, from, 0, held as u64, Undecoded::Unfinished, stamp);
            }
        }
    }

    /// Tells the line once it is whole.
    fn tell(&mut self, flow: &FlowInfo, ended: bool, stamp: Stamp, sink: &mut impl EventSink) {
        let mut told = false;
        let mut say = |name, fields: &dyn Visit, raw: &[u8]| {
            let message = Message {
                from: Side::Server,
                stamp,
                offset: 0,
                length: raw.len() as u64,
                inflated: false,
                body: Body::Named { name, fields, diagnostics: &[], raw: Some(raw) },
            };
            sink.message(flow, &message);
            told = true;
        };
        match &mut self.line {
            Line::Redirector(reader) => {
                if ended {
                    reader.finish();
                }
                if let (true, Ok(Some(redirect))) = (reader.is_whole(), reader.redirect()) {
                    say("redirect", &redirect, reader.as_bytes());
                }
            }
            Line::Stats(line) => {
                if let Some((stats, length)) = StatsLine::parse(line, ended) {
                    say("stats_line", &stats, line.get(..length).unwrap_or(line));
                }
            }
        }
        self.told |= told;
    }

    fn bytes(&self) -> &[u8] {
        match &self.line {
            Line::Redirector(reader) => reader.as_bytes(),
            Line::Stats(line) => line,
        }
    }
}
