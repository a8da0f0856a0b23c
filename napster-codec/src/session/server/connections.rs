//! The connections, and how users are found by nick.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};
use core::time::Duration;

use crate::code::Direction;
use crate::connection::ConnectionId;
use crate::decoder::Decoder;
use crate::frame::Packet;
use crate::session::server::map::{Map, Set};
use crate::session::server::names::Key;
use crate::session::server::user::User;

/// One connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) peer: SocketAddrV4,
    /// Taken out while input is handled; none where no more is wanted.
    pub(super) decoder: Option<Decoder>,
    pub(super) user: Option<Box<User>>,
    /// When the connection is closed unless something happens.
    pub(super) deadline: Option<Duration>,
    /// Whether it only gets its last words.
    pub(super) is_closing: bool,
    /// What waits for the caller to check a password; nothing else is obeyed meanwhile.
    pub(super) waiting: Option<Waiting>,
    /// When the last whole message came; at first, when the connection did.
    pub(super) heard: Duration,
    /// Since when messages are counted, and how many there were.
    counted: (Duration, usize),
}

impl Connection {
    /// Notes that a message came; how many have come in the time in which they are counted.
    pub(super) fn count(&mut self, now: Duration, time: Duration) -> usize {
        self.heard = now;
        let (since, count) = self.counted;
        let is_new = now.saturating_sub(since) >= time;
        self.counted = if is_new { (now, 1) } else { (since, count.saturating_add(1)) };
        self.counted.1
    }
}

/// A message that waits for the caller to check a password.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) packet: Packet,
    pub(super) hash: Vec<u8>,
}

/// All connections.
#[derive(Clone, Debug, Default)]
pub(super) struct Connections {
    by_id: Map<ConnectionId, Connection>,
    nicks: Map<Key, ConnectionId>,
    /// Moderators and above.
    staff: Set<ConnectionId>,
    /// Who has a nick on the hotlist.
    watchers: Map<Key, Set<ConnectionId>>,
    /// How many connections each address has.
    addresses: BTreeMap<Ipv4Addr, usize>,
    closing: usize,
    timers: BTreeSet<(Duration, ConnectionId)>,
    /// What users elsewhere are told in place of a loopback address.
    external_address: Option<Ipv4Addr>,
}

impl Connections {
    pub(super) fn new(external_address: Option<Ipv4Addr>) -> Self {
        Self { external_address, ..Self::default() }
    }

    /// How many connections are not closing.
    pub(super) fn open(&self) -> usize {
        self.by_id.len() - self.closing
    }

    pub(super) const fn closing(&self) -> usize {
        self.closing
    }

    pub(super) fn of_address(&self, address: Ipv4Addr) -> usize {
        self.addresses.get(&address).copied().unwrap_or(0)
    }

    pub(super) fn contains(&self, connection: ConnectionId) -> bool {
        self.by_id.contains_key(&connection)
    }

    pub(super) fn add(&mut self, now: Duration, id: ConnectionId, peer: SocketAddrV4) {
        let connection = Connection {
            peer,
            decoder: Some(Decoder::new(Direction::ToServer)),
            user: None,
            deadline: None,
            is_closing: false,
            waiting: None,
            heard: now,
            counted: (now, 0),
        };
        self.by_id.insert(id, connection);
        *self.addresses.entry(*peer.ip()).or_default() += 1;
    }

    pub(super) fn remove(&mut self, id: ConnectionId) {
        let Some(connection) = self.by_id.remove(&id) else { return };
        if let Some(deadline) = connection.deadline {
            self.timers.remove(&(deadline, id));
        }
        self.closing -= usize::from(connection.is_closing);
        let address = *connection.peer.ip();
        if let Some(count) = self.addresses.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
    }

    /// From now on the connection only gets its last words.
    pub(super) fn begin_closing(&mut self, id: ConnectionId) {
        if let Some(connection) = self.by_id.get_mut(&id)
            && !connection.is_closing
        {
            connection.is_closing = true;
            connection.decoder = None;
            connection.waiting = None;
            self.closing += 1;
        }
    }

    pub(super) fn set_deadline(&mut self, id: ConnectionId, deadline: Option<Duration>) {
        let Some(connection) = self.by_id.get_mut(&id) else { return };
        if let Some(old) = core::mem::replace(&mut connection.deadline, deadline) {
            self.timers.remove(&(old, id));
        }
        self.timers.extend(deadline.map(|deadline| (deadline, id)));
    }

    /// All that are not closing.
    pub(super) fn all_open(&self) -> Vec<ConnectionId> {
        let open = self.by_id.iter().filter(|(_, connection)| !connection.is_closing);
        open.map(|(id, _)| *id).collect()
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.timers.first().map(|(deadline, _)| *deadline)
    }

    /// A connection whose time is over.
    pub(super) fn expired(&self, now: Duration) -> Option<ConnectionId> {
        self.timers.first().filter(|(deadline, _)| *deadline <= now).map(|(_, id)| *id)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn user(&self, id: ConnectionId) -> Option<&User> {
        self.by_id.get(&id)?.user.as_deref()
    }

    pub(super) fn user_mut(&mut self, id: ConnectionId) -> Option<&mut User> {
        self.by_id.get_mut(&id)?.user.as_deref_mut()
    }

    /// The user of that nick.
    pub(super) fn find(&self, nick: &[u8]) -> Option<(ConnectionId, &User)> {
        self.find_key(&Key::of(nick))
    }

    pub(super) fn find_key(&self, nick: &Key) -> Option<(ConnectionId, &User)> {
        let id = *self.nicks.get(nick)?;
        Some((id, self.user(id)?))
    }

    /// Everybody who is logged in.
    pub(super) fn users(&self) -> impl Iterator<Item = (ConnectionId, &Connection, &User)> {
        self.nicks.values().filter_map(|id| {
            let connection = self.by_id.get(id)?;
            Some((*id, connection, connection.user.as_deref()?))
        })
    }

    pub(super) fn user_count(&self) -> usize {
        self.nicks.len()
    }

    /// The address of one user as another is told it.
    pub(super) fn address_for(&self, owner: ConnectionId, viewer: ConnectionId) -> Ipv4Addr {
        let address = |id| self.get(id).map(|connection| *connection.peer.ip());
        let is_local = |address: Ipv4Addr| address.is_loopback();
        let owner = address(owner).unwrap_or(Ipv4Addr::UNSPECIFIED);
        match self.external_address {
            Some(external) if is_local(owner) && !address(viewer).is_some_and(is_local) => external,
            _ => owner,
        }
    }

    /// Everybody of level moderator and above.
    pub(super) fn staff(&self) -> impl Iterator<Item = ConnectionId> {
        self.staff.iter().copied()
    }

    pub(super) fn log_in(&mut self, id: ConnectionId, user: User) {
        self.nicks.insert(user.key(), id);
        if user.is_staff() {
            self.staff.insert(id);
        }
        if let Some(connection) = self.by_id.get_mut(&id) {
            connection.user = Some(Box::new(user));
        }
    }

    pub(super) fn log_out(&mut self, id: ConnectionId) -> Option<Box<User>> {
        let user = self.by_id.get_mut(&id)?.user.take()?;
        self.nicks.remove(&user.key());
        self.staff.remove(&id);
        for nick in user.hotlist.iter() {
            self.unwatch(id, nick);
        }
        Some(user)
    }

    /// Notes that the level of a user changed.
    pub(super) fn level_changed(&mut self, id: ConnectionId) {
        if self.user(id).is_some_and(User::is_staff) {
            self.staff.insert(id);
        } else {
            self.staff.remove(&id);
        }
    }

    pub(super) fn watch(&mut self, id: ConnectionId, nick: Key) {
        self.watchers.get_or_insert_with(nick, Set::new).insert(id);
    }

    pub(super) fn unwatch(&mut self, id: ConnectionId, nick: &Key) {
        if let Some(watchers) = self.watchers.get_mut(nick) {
            watchers.remove(&id);
            if watchers.is_empty() {
                self.watchers.remove(nick);
            }
        }
    }

    /// Who has a nick on the hotlist.
    pub(super) fn watchers(&self, nick: &Key) -> impl Iterator<Item = ConnectionId> {
        self.watchers.get(nick).into_iter().flat_map(Set::iter).copied()
    }
}
