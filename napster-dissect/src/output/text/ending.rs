//! What is told when something ends: a transfer, a connection, a session, the run.

use super::super::encoding::{TextEncoding, TextScratch};
use super::super::escape::put_value;
use super::super::put::Put;
use super::super::{Options, Scratch};
use super::lead::Lead;
use super::line::{Lines, Style, TO_CLIENT, TO_SERVER, pad, put_thousands};
use crate::story::{
    FlowRecord, Party, SessionSummary, SummaryRecord, TransferEnd, TransferKind, TransferRecord,
};
use crate::tcp::Side;

/// Writes the lines of an ending.
pub(super) struct Ending<'e> {
    pub(super) lines: Lines<'e>,
    lead: &'e Lead,
    pub(super) encoding: TextEncoding,
    pub(super) texts: &'e mut TextScratch,
}

impl<'e> Ending<'e> {
    pub(super) fn new(
        lines: Lines<'e>,
        lead: &'e Lead,
        options: &Options,
        scratch: &'e mut Scratch,
    ) -> Self {
        Self { lines, lead, encoding: options.encoding, texts: &mut scratch.text }
    }

    /// What announced it is told in the flow's first line or on one of its own.
    pub(super) fn transfer(&mut self, record: &TransferRecord) {
        let (client, server) = match record.kind {
            TransferKind::Push => (record.uploader.address, record.downloader.address),
            TransferKind::Download | TransferKind::Bare => {
                (record.downloader.address, record.uploader.address)
            }
        };
        self.lines.opening(self.lead, record.flow, client, server, None);
        self.lines.begin(record.stamp, record.flow, "=", record.kind.name(), self.lead);
        self.lines.out.put(" ");
        match &record.file {
            Some(file) => self.text(file),
            None => _ = self.lines.out.put("a file without a name"),
        }
        self.lines.out.put(" ");
        let complete = record.ended == TransferEnd::Complete;
        self.lines.styled(if complete { Style::BOLD } else { Style::NOTE }, record.ended.name());
        self.lines.out.put(": ");
        let ignored = record.ended == TransferEnd::IgnoredOffset;
        // Who ignores the offset sends the whole file.
        let skipped = if ignored || record.remaining { 0 } else { record.offset };
        put_thousands(record.bytes, self.lines.out);
        if let Some(size) = record.size {
            self.lines.out.put(" of ");
            put_thousands(size.saturating_sub(skipped), self.lines.out);
        }
        self.lines.out.put(" bytes");
        if record.offset > 0 {
            self.lines.out.put(if ignored { ", not from byte " } else { " from byte " });
            put_thousands(record.offset, self.lines.out);
            self.lines.out.put(" on");
        }
        self.counted(", ", record.gap_bytes, "byte not captured", "bytes not captured");
        self.lines.end();
        self.lines.indent();
        self.lines.out.put("from ");
        self.party(&record.uploader);
        self.lines.out.put(" to ");
        self.party(&record.downloader);
        self.lines.end();
        if let Some(error) = &record.error {
            self.item("error ", error);
        }
        if let Some(digest) = &record.sha256 {
            self.lines.indent();
            self.lines.on(Style::DIM);
            self.lines.out.put("sha256 ").hex(digest);
            self.lines.off();
            self.lines.end();
        }
        if let Some(name) = &record.saved_as {
            self.item("saved as ", name.as_bytes());
        }
    }

    pub(super) fn flow(&mut self, record: &FlowRecord) {
        let stats = &record.stats;
        let protocol = Some(record.protocol);
        self.lines.opening(self.lead, record.flow, record.client, record.server, protocol);
        self.lines.begin(record.stamp, record.flow, "×", "end", self.lead);
        self.lines.on(Style::DIM);
        self.lines.out.put(" ").put(record.closed.name()).put(": ");
        self.lines.count(record.messages, "message", "messages");
        for (mark, side) in [(TO_SERVER, Side::Client), (TO_CLIENT, Side::Server)] {
            self.lines.out.put(", ").put(mark).put(" ");
            let bytes = stats.bytes.get(side.index()).copied().unwrap_or_default();
            self.lines.count(bytes, "byte", "bytes");
        }
        self.counted(", ", record.file_bytes, "byte of a file", "bytes of a file");
        self.counted(", ", stats.retransmitted, "byte sent again", "bytes sent again");
        self.counted(", ", stats.out_of_order, "segment late", "segments late");
        self.lines.off();
        self.lines.on(Style::NOTE);
        self.counted(", ", record.undecoded, "byte not decoded", "bytes not decoded");
        self.counted(", ", stats.overlap_conflicts, "overlap conflict", "overlap conflicts");
        if stats.gaps > 0 {
            self.counted(", ", stats.gap_bytes, "byte missing in ", "bytes missing in ");
            self.lines.count(stats.gaps, "gap", "gaps");
        }
        self.lines.off();
        self.lines.end();
        if let Some(session) = &record.session {
            self.session(record, session);
        }
    }

    pub(super) fn summary(&mut self, record: &SummaryRecord) {
        self.lines.end();
        self.lines.styled(Style::BOLD, "summary");
        self.lines.end();
        self.topic("packets");
        put_thousands(record.packets, self.lines.out);
        self.counted(" with ", record.bytes, "byte", "bytes");
        self.lines.end();
        self.counts("flows", record.flows.iter().map(|(name, count)| (name.name(), *count)));
        self.sessions(&record.sessions);
        self.chains(&record.chains);
        self.counts("messages", record.messages_by_name.iter().copied());
        let transfers = record.transfers.iter().map(|(end, count)| (end.name(), *count));
        self.counts("transfers", transfers);
        if self.lead.diagnostics > 0 {
            self.topic("diagnostics");
            put_thousands(self.lead.diagnostics, self.lines.out);
            self.lines.end();
        }
        self.counts("warnings", record.warnings.iter().map(|(kind, count)| (kind.name(), *count)));
        self.counts("omitted", record.omitted.iter().copied());
    }

    /// Appends who the sessions were of.
    fn sessions(&mut self, sessions: &[SessionSummary]) {
        if sessions.is_empty() {
            return;
        }
        self.topic("sessions");
        let mut separator = "";
        let mut start = self.lines.out.len();
        for session in sessions {
            self.lines.out.put(separator);
            separator = ", ";
            if self.lines.out.len() - start > SUMMARY_WIDTH {
                self.lines.end();
                self.topic("");
                start = self.lines.out.len();
            }
            match &session.nick {
                Some(nick) => self.text(nick),
                None => _ = self.lines.out.put("somebody"),
            }
            self.lines.out.put(" (flow ").number(session.flow).put(")");
        }
        self.lines.end();
    }

    /// Appends counts by name on as many lines as they need.
    fn counts(&mut self, topic: &str, counts: impl Iterator<Item = (&'static str, u64)> + Clone) {
        let total = counts.clone().fold(0, |total: u64, (_, count)| total.saturating_add(count));
        if total == 0 {
            return;
        }
        self.topic(topic);
        let mut separator = "";
        if counts.clone().nth(1).is_some() {
            put_thousands(total, self.lines.out);
            separator = ": ";
        }
        let mut column = 0;
        for (name, count) in counts {
            self.lines.out.put(separator);
            separator = ", ";
            if column > SUMMARY_WIDTH {
                self.lines.end();
                self.topic("");
                column = 0;
            }
            let start = self.lines.out.len();
            put_thousands(count, self.lines.out);
            self.lines.out.put(" ").put(name);
            column += self.lines.out.len() - start + separator.len();
        }
        self.lines.end();
    }

    pub(super) fn topic(&mut self, topic: &str) {
        self.lines.out.put("  ");
        self.lines.styled(Style::DIM, topic);
        pad(topic.len(), TOPIC_WIDTH, self.lines.out);
    }

    /// Appends a count where there is something to count.
    pub(super) fn counted(&mut self, separator: &str, count: u64, one: &str, several: &str) {
        if count > 0 {
            self.lines.out.put(separator);
            self.lines.count(count, one, several);
        }
    }

    pub(super) fn item(&mut self, what: &str, text: &[u8]) {
        self.lines.indent();
        self.lines.out.put(what);
        self.text(text);
        self.lines.end();
    }

    fn party(&mut self, party: &Party) {
        match &party.nick {
            Some(nick) => self.text(nick),
            None => _ = self.lines.out.put("somebody"),
        }
        self.lines.out.put(" at ").socket(party.address);
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        put_value(text, self.encoding, self.texts, self.lines.out);
    }
}

/// The width of a topic of the summary.
const TOPIC_WIDTH: usize = 13;
/// The width after which a line of the summary ends.
const SUMMARY_WIDTH: usize = 70;
