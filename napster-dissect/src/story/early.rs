//! Answers that were told before their request.
//!
//! Where the start of a connection or a part of it was not captured, a direction is in step again only
//! with the second message behind the hole. Until then the other direction is told on, so that the
//! answer to a request can come before the request itself. It waits here until the client's next
//! message is told.

use napster_codec::Code;

use super::session::Asked;

/// The most answers of one connection that wait for their request.
const WAITING: usize = 512;

/// The most answers that wait on all connections.
const WAITING_IN_ALL: usize = 65_536;

/// The most bytes that are kept of an answer: enough for the nickname or channel that it repeats.
const KEPT: usize = 128;

/// How often answers of one connection are tried on a request.
const TRIES: u32 = 65_536;

/// The answers of one connection that wait for their request.
#[derive(Debug, Default)]
pub(super) struct Early {
    /// Whether requests can be told late at all.
    possible: bool,
    waiting: Vec<EarlyAnswer>,
    tries: u32,
}

/// An answer to nothing that was told so far.
#[derive(Debug)]
pub(super) struct EarlyAnswer {
    pub(super) code: Code,
    pub(super) payload: Vec<u8>,
    pub(super) asked: Asked,
}

/// How many answers wait on all connections, and how many had no room.
#[derive(Debug, Default)]
pub(super) struct EarlyCount {
    waiting: usize,
    pub(super) omitted: u64,
}

impl Early {
    /// Something of the connection was not captured: from now on requests can be told late.
    pub(super) const fn begin(&mut self) {
        self.possible = true;
    }

    pub(super) const fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Keeps an answer that nobody asked for so far.
    pub(super) fn keep(
        &mut self,
        code: Code,
        payload: &[u8],
        asked: Asked,
        count: &mut EarlyCount,
    ) {
        if !self.possible {
            return;
        }
        if self.waiting.len() >= WAITING || count.waiting >= WAITING_IN_ALL {
            count.omitted += 1;
            return;
        }
        count.waiting += 1;
        let payload = payload.get(..KEPT).unwrap_or(payload).to_vec();
        self.waiting.push(EarlyAnswer { code, payload, asked });
    }

    /// The answers that came behind a message which the client said earlier than it is told now;
    /// the others answer nothing that is still to come.
    pub(super) fn behind(&mut self, said: Asked, count: &mut EarlyCount) -> Vec<EarlyAnswer> {
        let mut waiting = std::mem::take(&mut self.waiting);
        count.waiting -= waiting.len();
        waiting.retain(|answer| answer.asked.stamp.frame >= said.stamp.frame);
        let tries = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        self.tries = self.tries.saturating_add(tries);
        if self.tries > TRIES {
            count.omitted += waiting.len() as u64;
            waiting.clear();
        }
        waiting
    }

    /// The connection is over.
    pub(super) fn end(&mut self, count: &mut EarlyCount) {
        count.waiting -= self.waiting.len();
        self.waiting.clear();
    }
}
