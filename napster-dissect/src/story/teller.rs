//! The serial stage: what happens in the flows becomes records.

use std::io;
use std::path::PathBuf;

use super::record::{Protocol, Record, RecordSink, WarningKind, WarningRecord};
use super::tale::Story;
use crate::capture::{Stamp, Timestamp};
use crate::decode::Conversation;
use crate::tcp::{Closed, FlowInfo, FlowStats, Limit, Side, StreamSink};
use crate::words::{Counted, Grouped};

/// Tells the records of a run to a sink.
pub struct Teller<'s> {
    flows: Vec<Option<Flow>>,
    story: Story<'s>,
    /// An estimate of what is kept of all open flows beyond their places in the tables, in bytes.
    memory: usize,
}

/// A flow that is open.
struct Flow {
    conversation: Conversation,
    /// Its part of the memory.
    memory: usize,
}

/// What the story needs to be told beforehand.
#[derive(Clone, Debug)]
pub struct StoryOptions {
    /// Ports whose flows are taken for a protocol without looking at their content.
    pub decode_as: Vec<(u16, Protocol)>,
    /// Whether transferred files are hashed.
    pub hash: bool,
    /// The folder into which transferred files are written.
    pub extract: Option<PathBuf>,
    /// Whether segments with a wrong checksum were dropped.
    pub checksums_verified: bool,
}

impl StoryOptions {
    /// Says how many segments had a wrong checksum, and what became of them.
    pub(super) fn checksums_in_words(&self, count: u64) -> String {
        let (one, many) = if self.checksums_verified {
            ("; it was left out", "; they were left out")
        } else {
            ("; it was used all the same", "; they were used all the same")
        };
        match count {
            1 => format!("1 segment has a wrong TCP checksum{one}"),
            _ => format!("{} segments have a wrong TCP checksum{many}", Grouped(count)),
        }
    }
}

impl<'s> Teller<'s> {
    /// A teller that has seen nothing.
    ///
    /// # Errors
    ///
    /// Where the folder for files cannot be made.
    pub fn new(sink: &'s mut dyn RecordSink, options: StoryOptions) -> io::Result<Self> {
        Ok(Self { flows: Vec::new(), story: Story::new(sink, options)?, memory: 0 })
    }

    /// Tells when the first packet of the run was captured.
    pub fn start(&mut self, time: Timestamp) {
        self.story.sink.started(time);
    }

    /// Tells a record that is about an input.
    pub fn tell(&mut self, record: &Record<'_>) {
        self.story.tell(record);
    }

    /// Tells a warning.
    pub fn warn(&mut self, warning: WarningRecord) {
        self.story.warn(warning);
    }

    /// Counts a packet.
    pub const fn count_packet(&mut self, length: usize) {
        self.story.counts.packets += 1;
        self.story.counts.bytes += length as u64;
    }

    /// Says how many segments had a wrong checksum, and what became of them.
    #[must_use]
    pub fn checksums_in_words(&self, count: u64) -> String {
        self.story.options.checksums_in_words(count)
    }

    /// Counts something that a table or list had no room for.
    pub fn omit(&mut self, what: &'static str, count: u64) {
        self.story.omit(what, count);
    }

    /// Lets out what is held back.
    pub fn flush(&mut self) {
        if self.story.error.is_none() {
            self.story.error = self.story.sink.flush().err();
        }
    }

    /// Why the sink failed, if it did: nothing is told any more then.
    pub fn take_error(&mut self) -> Option<io::Error> {
        self.story.error.take()
    }

    /// Whether the sink failed.
    #[must_use]
    pub const fn has_failed(&self) -> bool {
        self.story.error.is_some()
    }

    /// Tells the summary and says whether any warning or diagnostic was told.
    pub fn finish(&mut self, capture: u32) -> bool {
        self.story.finish(capture)
    }

    /// Lets the conversation of a flow go on, and estimates anew what is kept of it.
    #[inline]
    fn go_on(&mut self, flow: &FlowInfo, step: impl FnOnce(&mut Conversation, &mut Story<'s>)) {
        let Some(Some(open)) = self.flows.get_mut(flow.slot as usize) else { return };
        step(&mut open.conversation, &mut self.story);
        let memory = open.conversation.memory() + self.story.memory(flow);
        self.memory = self.memory + memory - open.memory;
        open.memory = memory;
    }
}

impl StreamSink for Teller<'_> {
    fn opened(&mut self, flow: &FlowInfo, stamp: Stamp) {
        let slot = flow.slot as usize;
        if self.flows.len() <= slot {
            self.flows.resize_with(slot + 1, || None);
        }
        self.story.opened(flow);
        let conversation = Conversation::new(flow, stamp, &mut self.story);
        if let Some(place) = self.flows.get_mut(slot) {
            *place = Some(Flow { conversation, memory: 0 });
        }
        self.go_on(flow, |_, _| ());
    }

    fn data(&mut self, flow: &FlowInfo, side: Side, offset: u64, bytes: &[u8], stamp: Stamp) {
        self.go_on(flow, |conversation, story| {
            conversation.data(flow, side, offset, bytes, stamp, story);
        });
    }

    fn gap(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, stamp: Stamp) {
        self.go_on(flow, |conversation, story| {
            if let Some(notes) = story.notes(flow) {
                notes.early.begin();
            }
            conversation.gap(flow, side, offset, length, stamp, story);
        });
        let from = flow.address(side);
        self.story.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::Gap,
            message: match length {
                1 => format!("1 byte from {from} was not captured"),
                _ => format!("{} bytes from {from} were not captured", Grouped(length)),
            },
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: Some(offset),
        });
    }

    fn conflict(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, stamp: Stamp) {
        let from = flow.address(side);
        self.story.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::OverlapConflict,
            message: format!(
                "{} from {from} came twice with different content",
                Counted(length, "byte", "bytes")
            ),
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: Some(offset),
        });
    }

    fn finished(&mut self, flow: &FlowInfo, side: Side, stamp: Stamp) {
        self.go_on(flow, |conversation, story| {
            conversation.finished(flow, side, stamp, story);
        });
    }

    fn limit(&mut self, flow: &FlowInfo, limit: Limit, stamp: Stamp) {
        self.story.omit(limit.name(), 1);
        let count = self.story.counts.omitted.get(limit.name()).copied().unwrap_or_default();
        if count > LIMITS_TOLD {
            return;
        }
        let further = if count == LIMITS_TOLD { "; further ones are only counted" } else { "" };
        self.story.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::Limit,
            message: format!(
                "the limit {} was reached; {}{further}",
                limit.name(),
                given_up(limit)
            ),
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: None,
        });
    }

    fn closed(&mut self, flow: &FlowInfo, stats: &FlowStats, closed: Closed, stamp: Stamp) {
        let Some(mut open) = self.flows.get_mut(flow.slot as usize).and_then(Option::take) else {
            return;
        };
        self.memory -= open.memory;
        open.conversation.closed(flow, closed, stamp, &mut self.story);
        self.story.flow_closed(flow, stats, closed, stamp);
    }

    fn memory(&self) -> usize {
        self.memory
    }
}

/// How often each limit is told in a warning of its own.
///
/// An attack reaches one with every packet; the summary counts all.
const LIMITS_TOLD: u64 = 1000;

/// What was given up when a limit was reached.
const fn given_up(limit: Limit) -> &'static str {
    match limit {
        Limit::Flows => "this connection was closed before its end",
        _ => "missing bytes of this connection are no longer waited for",
    }
}
