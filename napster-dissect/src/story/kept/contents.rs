//! What records hold: the numbers of flows, and memory.

use std::sync::Arc;

use crate::story::chains::{Chain, ChainClient, ChainSource};
use crate::story::record::{
    Announcement, ExchangeRecord, FlowRecord, LinkRecord, SummaryRecord, TransferRecord,
    WarningRecord,
};
use crate::story::session::{Session, SessionSummary};

/// Records that name flows and hold memory.
pub(super) trait Contents {
    /// Lets the numbers of flows count on from another than 0.
    fn number_from(&mut self, first: u64);

    /// Estimates the memory in use beyond the record's own size, in bytes.
    fn held(&self) -> usize {
        0
    }
}

impl Contents for LinkRecord {
    fn number_from(&mut self, first: u64) {
        self.flow += first;
        self.announced.flow += first;
    }
}

impl Contents for ExchangeRecord {
    fn number_from(&mut self, first: u64) {
        self.flow += first;
    }
}

impl Contents for TransferRecord {
    fn number_from(&mut self, first: u64) {
        self.flow += first;
        number_announced(self.announced.as_mut(), first);
    }

    fn held(&self) -> usize {
        let texts = [&self.uploader.nick, &self.downloader.nick, &self.file, &self.error];
        texts.into_iter().map(length).sum::<usize>() + self.saved_as.as_ref().map_or(0, String::len)
    }
}

impl Contents for FlowRecord {
    fn number_from(&mut self, first: u64) {
        self.flow += first;
        let is_named = |session: &Session| {
            session.transfers.iter().chain(&session.uploads).any(|wanted| wanted.flow.is_some())
        };
        if let Some(session) = self.session.as_mut().filter(|session| is_named(session)) {
            let Session { transfers, uploads, .. } = Arc::make_mut(session);
            for transfer in transfers.iter_mut().chain(uploads) {
                number(transfer.flow.as_mut(), first);
            }
        }
    }

    fn held(&self) -> usize {
        self.session.as_ref().map_or(0, |session| session.size())
    }
}

impl Contents for WarningRecord {
    fn number_from(&mut self, first: u64) {
        number(self.flow.as_mut(), first);
    }

    fn held(&self) -> usize {
        self.message.len()
    }
}

impl Contents for SummaryRecord {
    fn number_from(&mut self, first: u64) {
        for session in &mut self.sessions {
            session.flow += first;
        }
        for client in self.chains.iter_mut().flat_map(|chain| &mut chain.clients) {
            number_announced(client.left.as_mut(), first);
            for source in &mut client.sources {
                source.flow += first;
                number_announced(source.announced.as_mut(), first);
            }
        }
    }

    fn held(&self) -> usize {
        let sessions = self.sessions.iter().map(|session| {
            size_of::<SessionSummary>() + length(&session.nick) + length(&session.client_info)
        });
        let clients = self.chains.iter().flat_map(|chain| &chain.clients).map(|client| {
            size_of::<ChainClient>() + client.sources.len() * size_of::<ChainSource>()
        });
        let counts = size_of_val(self.messages_by_name.as_slice())
            + size_of_val(self.flows.as_slice())
            + size_of_val(self.transfers.as_slice())
            + size_of_val(self.warnings.as_slice())
            + size_of_val(self.omitted.as_slice());
        sessions.chain(clients).sum::<usize>() + self.chains.len() * size_of::<Chain>() + counts
    }
}

fn number(flow: Option<&mut u64>, first: u64) {
    if let Some(flow) = flow {
        *flow += first;
    }
}

fn number_announced(announced: Option<&mut Announcement>, first: u64) {
    number(announced.map(|announced| &mut announced.flow), first);
}

fn length(text: &Option<Vec<u8>>) -> usize {
    text.as_ref().map_or(0, Vec::len)
}
