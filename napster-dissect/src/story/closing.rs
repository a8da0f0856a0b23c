//! Flows at their end: what became of what they asked for, and their records.

use super::record::{FlowRecord, Protocol, Record, WarningKind, WarningRecord};
use super::session::{Session, SessionSummary};
use super::tale::{PEER_KINDS, Story};
use crate::capture::Stamp;
use crate::decode::{Expectation, Expected};
use crate::tcp::{Closed, FlowInfo, FlowStats};

/// The most sessions that the summary lists.
const SESSIONS_LISTED: usize = 100;

impl Story<'_> {
    pub(super) fn flow_closed(
        &mut self,
        flow: &FlowInfo,
        stats: &FlowStats,
        closed: Closed,
        stamp: Stamp,
    ) {
        if self.notes(flow).is_some_and(|notes| notes.protocol == Some(Protocol::NapsterPeer)) {
            self.peer_closed(flow, stamp);
        }
        if self.notes(flow).is_some_and(|notes| notes.ledger.open().next().is_some()) {
            self.requests_closed(flow, stamp);
        }
        let mut record = FlowRecord {
            stamp,
            flow: flow.number,
            protocol: Protocol::Unknown,
            client: flow.client,
            server: flow.server,
            messages: 0,
            file_bytes: 0,
            undecoded: stats.bytes[0] + stats.bytes[1],
            closed,
            session: None,
            stats: stats.clone(),
        };
        if let Some(mut notes) = self.take_notes(flow) {
            notes.early.end(&mut self.early);
            notes.complete(flow, &mut record);
        }
        *self.counts.flows.entry(record.protocol).or_default() += 1;
        if let Some(session) = &record.session {
            self.omit("session_entries", session.omitted);
            self.hosts.remove(record.client.ip(), flow.slot);
            self.list_session(&record, session);
        }
        if record.stats.bad_checksums > 0 {
            self.warn(WarningRecord {
                capture: stamp.capture,
                kind: WarningKind::BadChecksum,
                message: self.options.checksums_in_words(record.stats.bad_checksums),
                flow: Some(flow.number),
                frame: None,
                offset: None,
            });
        }
        self.tell(&Record::Flow(&record));
    }

    /// Links a peer connection that was announced late, and tells its transfer.
    fn peer_closed(&mut self, flow: &FlowInfo, stamp: Stamp) {
        let Some(notes) = self.notes(flow) else { return };
        let transfer = notes.transfer.take();
        let file = notes.file_name.clone();
        self.link(flow, file.as_deref(), PEER_KINDS, stamp);
        let Some(mut transfer) = transfer else { return };
        if let Some(notes) = self.notes(flow) {
            notes.file_bytes = transfer.bytes;
            transfer.announced = notes.announced;
            // A request names one of the two; the announcement the other.
            if let Some(Expectation { kind, nick, .. }) = &notes.expectation {
                let other = match kind {
                    Expected::Push => &mut transfer.downloader.nick,
                    _ => &mut transfer.uploader.nick,
                };
                if other.is_none() {
                    other.clone_from(nick);
                }
            }
        }
        *self.counts.transfers.entry(transfer.ended).or_default() += 1;
        self.settle(flow, &transfer);
        self.tell(&Record::Transfer(&transfer));
    }

    /// Tells the requests that never found their end.
    fn requests_closed(&mut self, flow: &FlowInfo, stamp: Stamp) {
        let ledger = self.notes(flow).map(|notes| std::mem::take(&mut notes.ledger));
        for exchange in ledger.unwrap_or_default().finish() {
            self.tell_exchange(flow, &exchange, stamp);
        }
    }

    /// Adds a session that ended to those that the summary lists.
    fn list_session(&mut self, flow: &FlowRecord, session: &Session) {
        if self.sessions.len() >= SESSIONS_LISTED {
            self.omit("sessions", 1);
            return;
        }
        self.sessions.push(SessionSummary {
            flow: flow.flow,
            client: flow.client,
            server: flow.server,
            nick: session.nick.clone(),
            client_info: session.client_info.clone(),
            logged_in: session.logged_in,
            counts: session.counts,
        });
    }
}
