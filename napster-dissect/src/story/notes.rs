//! What is noted of an open flow.

use std::net::SocketAddr;
use std::sync::Arc;

use napster_codec::dialogue::Ledger;
use napster_codec::{Code, Direction};

use super::early::Early;
use super::kind::Kind;
use super::record::{Announcement, FlowRecord, Protocol, TransferRecord};
use super::session::{self, Asked, Bound, Entry, Session};
use super::transfers::FileStream;
use crate::decode::{Expectation, Message};
use crate::tcp::FlowInfo;

/// What an entry of a session's list takes besides its texts, roughly.
const SESSION_ENTRY: usize = 96;

/// What is noted of an open flow, by its slot.
#[derive(Default)]
pub(super) struct Notes {
    /// The number of the flow.
    pub(super) flow: u64,
    pub(super) protocol: Option<Protocol>,
    pub(super) swapped: bool,
    pub(super) messages: u64,
    pub(super) decoded: u64,
    /// What the last framed message was.
    kind: Option<Kind>,
    pub(super) session: Session,
    /// An estimate of what the session's lists take, in bytes.
    pub(super) kept: usize,
    pub(super) announced: Option<Announcement>,
    pub(super) expectation: Option<Expectation>,
    pub(super) file_bytes: u64,
    pub(super) file: FileStream,
    /// The path of the file that is asked for, where it is told before the file comes.
    pub(super) file_name: Option<Vec<u8>>,
    pub(super) transfer: Option<Box<TransferRecord>>,
    /// The entries of sessions that this peer connection belongs to.
    pub(super) bound: Vec<Bound>,
    /// The requests that wait for answers.
    pub(super) ledger: Ledger<Asked>,
    /// The answers that wait for their request.
    pub(super) early: Early,
}

impl Notes {
    pub(super) fn new(flow: &FlowInfo, protocol: Protocol, swapped: bool) -> Self {
        let mut notes =
            Self { flow: flow.number, protocol: Some(protocol), swapped, ..Self::default() };
        if !flow.handshake {
            notes.early.begin();
        }
        notes
    }

    /// The ends of the flow by role: client, then server.
    pub(super) const fn ends(&self, flow: &FlowInfo) -> (SocketAddr, SocketAddr) {
        if self.swapped { (flow.server, flow.client) } else { (flow.client, flow.server) }
    }

    pub(super) const fn count(&mut self, message: &Message<'_>) {
        self.messages += 1;
        if !message.inflated {
            self.decoded += message.length;
        }
    }

    /// What a framed message is. Messages come in runs, as search results do.
    pub(super) fn kind(&mut self, code: Code, direction: Direction) -> Kind {
        match self.kind {
            Some(kind) if kind.is(code, direction) => kind,
            _ => *self.kind.insert(Kind::of(code, direction, self.protocol)),
        }
    }

    /// Notes what a message tells about the session; says which entry its answers belong to.
    // Few messages come here; the others shall not carry its variables.
    #[inline(never)]
    pub(super) fn note_session(
        &mut self,
        code: Code,
        direction: Direction,
        payload: &[u8],
    ) -> Option<Entry> {
        let entries = self.session.entries();
        let entry = session::note(&mut self.session, code, direction, payload);
        if self.session.entries() > entries {
            self.kept += SESSION_ENTRY + payload.len();
        }
        entry
    }

    /// Says in the record of the flow what was noted of it.
    pub(super) fn complete(self: Box<Self>, flow: &FlowInfo, record: &mut FlowRecord) {
        (record.client, record.server) = self.ends(flow);
        if self.swapped {
            record.stats.bytes.swap(0, 1);
        }
        record.messages = self.messages;
        record.file_bytes = self.file_bytes;
        record.undecoded = record.undecoded.saturating_sub(self.decoded + self.file_bytes);
        if let Some(protocol) = self.protocol {
            record.protocol = protocol;
            record.session = (protocol == Protocol::Napster).then(|| Arc::new(self.session));
        }
    }
}
