//! What waits to be written, for each connection by itself: whoever does not read holds up nobody
//! else.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use crate::connection::ConnectionId;

/// What waits to be written, connection by connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Output {
    /// Only connections for which something waits, or that take nothing.
    queues: BTreeMap<ConnectionId, Queue>,
}

#[derive(Clone, Debug, Default)]
struct Queue {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Since when the connection takes nothing.
    stalled: Option<Duration>,
}

impl Output {
    pub(super) fn push(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        let queue = self.queues.entry(connection).or_default();
        queue.bytes += bytes.len();
        queue.waiting.push_back(bytes);
    }

    /// The next bytes for a connection that takes some.
    pub(super) fn pop(&mut self) -> Option<(ConnectionId, Vec<u8>)> {
        let mut queues = self.queues.iter_mut();
        let (&connection, queue) = queues.find(|(_, queue)| queue.stalled.is_none())?;
        let bytes = queue.waiting.pop_front()?;
        queue.bytes -= bytes.len();
        if queue.waiting.is_empty() {
            self.queues.remove(&connection);
        }
        Some((connection, bytes))
    }

    /// How many bytes wait for a connection.
    pub(super) fn waiting(&self, connection: ConnectionId) -> usize {
        self.queues.get(&connection).map_or(0, |queue| queue.bytes)
    }

    /// The connection takes nothing for now.
    pub(super) fn stall(&mut self, connection: ConnectionId, now: Duration) {
        self.queues.entry(connection).or_default().stalled.get_or_insert(now);
    }

    /// The connection takes bytes again.
    pub(super) fn resume(&mut self, connection: ConnectionId) {
        let Some(queue) = self.queues.get_mut(&connection) else { return };
        queue.stalled = None;
        if queue.waiting.is_empty() {
            self.queues.remove(&connection);
        }
    }

    /// The connections that take nothing, and since when.
    pub(super) fn stalled(&self) -> impl Iterator<Item = (ConnectionId, Duration)> {
        let queues = self.queues.iter();
        queues.filter_map(|(connection, queue)| Some((*connection, queue.stalled?)))
    }

    /// Forgets a connection; gives what was not written to it.
    pub(super) fn take(&mut self, connection: ConnectionId) -> VecDeque<Vec<u8>> {
        self.queues.remove(&connection).map(|queue| queue.waiting).unwrap_or_default()
    }
}
