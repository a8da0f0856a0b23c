//! Which addresses are those of index servers.

use std::collections::VecDeque;
use std::net::SocketAddr;

use foldhash::HashMap;

/// The addresses of index servers that are remembered; the one seen first is forgotten first.
const SERVERS_KNOWN: usize = 4096;

/// Addresses at which an index server was recognised.
#[derive(Default)]
pub(super) struct Servers {
    known: HashMap<SocketAddr, ()>,
    order: VecDeque<SocketAddr>,
}

impl Servers {
    /// Whether a server was recognised there.
    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        self.known.contains_key(&address)
    }

    /// Remembers an address; true where another one had to be forgotten for it.
    pub(super) fn add(&mut self, address: SocketAddr) -> bool {
        if self.known.insert(address, ()).is_some() {
            return false;
        }
        self.order.push_back(address);
        if self.order.len() <= SERVERS_KNOWN {
            return false;
        }
        if let Some(oldest) = self.order.pop_front() {
            self.known.remove(&oldest);
        }
        true
    }
}
