//! The serial stage: what happens in the flows becomes records.

use std::io;
use std::path::PathBuf;

use super::record::{Protocol, Record, RecordSink, WarningKind, WarningRecord};
use super::tale::{Notes, Story};
use crate::capture::{Stamp, Timestamp};
use crate::decode::Conversation;
use crate::tcp::{Closed, FlowInfo, FlowStats, Limit, Side, StreamSink};

/// Tells the records of a run to a sink.
pub struct Teller<'s> {
    flows: Vec<Option<Flow>>,
    story: Story<'s>,
}

/// A flow that is open.
struct Flow {
    conversation: Conversation,
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
}

impl<'s> Teller<'s> {
    /// A teller that has seen nothing.
    ///
    /// # Errors
    ///
    /// Where the folder for files cannot be made.
    pub fn new(sink: &'s mut dyn RecordSink, options: StoryOptions) -> io::Result<Self> {
        Ok(Self { flows: Vec::new(), story: Story::new(sink, options)? })
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

    fn flow(&mut self, flow: &FlowInfo) -> Option<(&mut Flow, &mut Story<'s>)> {
        let open = self.flows.get_mut(flow.slot as usize)?.as_mut()?;
        Some((open, &mut self.story))
    }
}

impl StreamSink for Teller<'_> {
    fn opened(&mut self, flow: &FlowInfo, stamp: Stamp) {
        let slot = flow.slot as usize;
        if self.flows.len() <= slot {
            self.flows.resize_with(slot + 1, || None);
            self.story.notes.resize_with(slot + 1, Notes::default);
        }
        if let Some(notes) = self.story.notes.get_mut(slot) {
            *notes = Notes { flow: flow.number, ..Notes::default() };
        }
        let conversation = Conversation::new(flow, stamp, &mut self.story);
        if let Some(place) = self.flows.get_mut(slot) {
            *place = Some(Flow { conversation });
        }
    }

    fn data(&mut self, flow: &FlowInfo, side: Side, offset: u64, bytes: &[u8], stamp: Stamp) {
        if let Some((open, story)) = self.flow(flow) {
            open.conversation.data(flow, side, offset, bytes, stamp, story);
        }
    }

    fn gap(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, stamp: Stamp) {
        let Some((open, story)) = self.flow(flow) else { return };
        open.conversation.gap(flow, side, offset, length, stamp, story);
        let from = flow.address(side);
        story.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::Gap,
            message: format!("{length} bytes from {from} were not captured"),
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
                "{length} bytes from {from} were captured twice with different content"
            ),
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: Some(offset),
        });
    }

    fn finished(&mut self, flow: &FlowInfo, side: Side, stamp: Stamp) {
        if let Some((open, story)) = self.flow(flow) {
            open.conversation.finished(flow, side, stamp, story);
        }
    }

    fn limit(&mut self, flow: &FlowInfo, limit: Limit, stamp: Stamp) {
        self.story.omit(limit.name(), 1);
        self.story.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::Limit,
            message: format!("the limit {} was reached; {}", limit.name(), given_up(limit)),
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: None,
        });
    }

    fn closed(&mut self, flow: &FlowInfo, stats: &FlowStats, closed: Closed, stamp: Stamp) {
        let Some(mut open) = self.flows.get_mut(flow.slot as usize).and_then(Option::take) else {
            return;
        };
        open.conversation.closed(flow, closed, stamp, &mut self.story);
        self.story.flow_closed(flow, stats, closed, stamp);
    }
}

/// What was given up when a limit was reached.
const fn given_up(limit: Limit) -> &'static str {
    match limit {
        Limit::Flows => "this connection was closed before its end",
        _ => "missing bytes of this connection are no longer waited for",
    }
}
