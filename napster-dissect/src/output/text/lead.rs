//! What the lines of a record need from the records before it.

use foldhash::{HashMap, HashMapExt as _};

use super::super::{Format, Options};
use crate::capture::{Stamp, Timestamp};
use crate::story::{Announcement, Protocol, Record, WarningKind};

/// What the lines of one record need from the records before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lead {
    /// When the run's first packet was captured: times are shown from there.
    pub(super) start: Timestamp,
    /// The first lines of a flow begin with a line that says who talks to whom.
    pub(super) opening: Option<Opening>,
    /// Whether there is nothing to show.
    pub(super) silent: bool,
    /// How many deviations and errors the messages before had.
    pub(super) diagnostics: u64,
}

/// What the first line of a flow says besides its addresses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    /// What announced the flow.
    pub(super) announced: Option<Announcement>,
}

/// Makes the lead of each record, in order.
///
/// Only this has to see the records one after the other; it keeps a few words for each open flow
/// that was shown.
#[derive(Debug)]
pub struct Leads {
    text: bool,
    summary_only: bool,
    start: Option<Timestamp>,
    flows: HashMap<u64, Shown>,
    /// The flow of the last message that a summary does without.
    last_recognised: Option<u64>,
    /// The flow of the last record that was shown.
    last_opened: Option<u64>,
}

/// What was shown of an open flow.
#[derive(Debug)]
enum Shown {
    /// Nothing yet, but it will be: something announced it.
    Announced(Announcement),
    /// Nothing yet, but it will be at its end: it had a message that a summary does without.
    Recognised,
    /// Its first line.
    Opened,
}

impl Leads {
    /// Nothing was told yet.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            text: options.format == Format::Text,
            summary_only: options.summary_only,
            start: None,
            flows: HashMap::new(),
            last_recognised: None,
            last_opened: None,
        }
    }

    /// The first packet of the run was captured then.
    pub fn start(&mut self, time: Timestamp) {
        self.start.get_or_insert(time);
    }

    /// Makes the lead of the next record; the records before it had so many diagnostics.
    pub fn lead(&mut self, record: &Record<'_>, diagnostics: u64) -> Lead {
        let mut lead = Lead { diagnostics, ..Lead::default() };
        // JSON objects stand for themselves.
        if !self.text {
            return lead;
        }
        match record {
            Record::Message(message) if self.summary_only => self.recognise(message.flow),
            Record::Message(message) => {
                lead.opening = self.open(message.flow);
                lead.start = self.start_before(message.stamp);
            }
            Record::Link(link) => {
                lead.start = self.start_before(link.stamp);
                // A flow that was not shown yet tells it in its first line.
                lead.silent = !self.flows.contains_key(&link.flow);
                if lead.silent {
                    self.flows.insert(link.flow, Shown::Announced(link.announced));
                }
            }
            Record::Exchange(exchange) => lead.start = self.start_before(exchange.stamp),
            Record::Transfer(transfer) => {
                lead.opening = self.open(transfer.flow);
                lead.start = self.start_before(transfer.stamp);
            }
            Record::Flow(flow) => {
                lead.start = self.start_before(flow.stamp);
                // A capture may hold any number of flows that are none of ours: they are counted.
                lead.silent = flow.protocol == Protocol::Unknown
                    && flow.messages == 0
                    && !self.flows.contains_key(&flow.flow);
                if !lead.silent {
                    lead.opening = self.open(flow.flow);
                }
                self.flows.remove(&flow.flow);
                self.last_opened = None;
            }
            Record::Warning(warning) => {
                // So are the losses in flows that are none of ours, or not yet: the line at the end
                // of a flow of ours has the numbers.
                let is_loss = matches!(
                    warning.kind,
                    WarningKind::Gap | WarningKind::OverlapConflict | WarningKind::BadChecksum
                );
                lead.silent =
                    is_loss && warning.flow.is_some_and(|flow| !self.flows.contains_key(&flow));
            }
            _ => {}
        }
        lead
    }

    /// Notes that a flow is one of ours. Messages of one flow come in runs.
    fn recognise(&mut self, flow: u64) {
        if self.last_recognised.replace(flow) != Some(flow) {
            self.flows.entry(flow).or_insert(Shown::Recognised);
        }
    }

    /// What the first line of a flow says, if it was not shown yet.
    fn open(&mut self, flow: u64) -> Option<Opening> {
        if self.last_opened.replace(flow) == Some(flow) {
            return None;
        }
        match self.flows.insert(flow, Shown::Opened) {
            None | Some(Shown::Recognised) => Some(Opening { announced: None }),
            Some(Shown::Announced(announced)) => Some(Opening { announced: Some(announced) }),
            Some(Shown::Opened) => None,
        }
    }

    fn start_before(&mut self, stamp: Stamp) -> Timestamp {
        *self.start.get_or_insert(stamp.time)
    }
}
