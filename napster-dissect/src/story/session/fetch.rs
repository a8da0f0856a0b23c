//! Transfers between two hosts as parts of the sessions of their users.
//!
//! A session says who wants which file of whom; the connection that follows is between the hosts of
//! both. They belong together where host, nickname and file agree.

use std::collections::hash_map::Entry;
use std::net::IpAddr;

use foldhash::HashMap;

use super::note::push;
use super::{Session, SessionTransfer};
use crate::story::record::{Party, TransferEnd, TransferRecord};

/// How many sessions of one host are looked at for a transfer; those that began last come first.
const SESSIONS_LOOKED_AT: usize = 64;

/// The open sessions of each host, by the slots of their flows.
#[derive(Default)]
pub(in crate::story) struct Hosts {
    sessions: HashMap<IpAddr, Slots>,
}

/// The slots of one host: nearly always one.
#[derive(Debug)]
struct Slots {
    first: u32,
    /// Those that came later, in that order.
    later: Vec<u32>,
}

impl Hosts {
    /// A session of the host begins.
    pub(in crate::story) fn add(&mut self, host: IpAddr, slot: u32) {
        match self.sessions.entry(host) {
            Entry::Occupied(mut slots) => slots.get_mut().later.push(slot),
            Entry::Vacant(place) => {
                place.insert(Slots { first: slot, later: Vec::new() });
            }
        }
    }

    /// A session of the host is over.
    pub(in crate::story) fn remove(&mut self, host: IpAddr, slot: u32) {
        let Entry::Occupied(mut entry) = self.sessions.entry(host) else { return };
        let slots = entry.get_mut();
        if let Some(place) = slots.later.iter().rposition(|&known| known == slot) {
            slots.later.remove(place);
        } else if slots.first == slot {
            if slots.later.is_empty() {
                entry.remove();
            } else {
                slots.first = slots.later.remove(0);
            }
        }
    }

    /// The sessions of the host that began last, those first.
    pub(in crate::story) fn of(&self, host: IpAddr) -> impl Iterator<Item = u32> {
        let slots = self.sessions.get(&host).into_iter();
        slots
            .flat_map(|slots| slots.later.iter().rev().chain([&slots.first]))
            .take(SESSIONS_LOOKED_AT)
            .copied()
    }
}

/// Which side of a transfer a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::story) enum Role {
    Downloader,
    Uploader,
}

/// The entry of a session that a transfer belongs to.
#[derive(Clone, Copy, Debug)]
pub(in crate::story) struct Bound {
    /// The slot of the session's flow.
    pub(in crate::story) slot: u32,
    /// The number of that flow: its slot is used again when it is over.
    pub(in crate::story) flow: u64,
    role: Role,
    /// The place in the session's list; `None` where that is full.
    place: Option<usize>,
}

/// A transfer as far as its request tells.
#[derive(Debug)]
pub(in crate::story) struct Wanted {
    pub(in crate::story) flow: u64,
    pub(in crate::story) uploader: Party,
    pub(in crate::story) downloader: Party,
    pub(in crate::story) file: Vec<u8>,
}

impl Wanted {
    /// The party that is in that role, and the other one.
    pub(in crate::story) const fn parties(&self, role: Role) -> (&Party, &Party) {
        match role {
            Role::Downloader => (&self.downloader, &self.uploader),
            Role::Uploader => (&self.uploader, &self.downloader),
        }
    }
}

impl Role {
    pub(in crate::story) const BOTH: [Self; 2] = [Self::Downloader, Self::Uploader];

    const fn list(self, session: &mut Session) -> &mut Vec<SessionTransfer> {
        match self {
            Self::Downloader => &mut session.transfers,
            Self::Uploader => &mut session.uploads,
        }
    }
}

impl Bound {
    /// Finds the entry of a session that a transfer belongs to, and says there on which flow it is.
    pub(in crate::story) fn find(
        session: &mut Session,
        (slot, flow): (u32, u64),
        role: Role,
        wanted: &Wanted,
    ) -> Option<Self> {
        let (_, other) = wanted.parties(role);
        if !could_be(session, wanted.parties(role).0) {
            return None;
        }
        let fits = |entry: &SessionTransfer| {
            entry.flow.is_none()
                && base(&entry.file) == base(&wanted.file)
                && same_nick(entry.nick.as_deref(), other.nick.as_deref())
        };
        let list = role.list(session);
        let place = list
            .iter()
            .rposition(|entry| fits(entry) && entry.file == wanted.file)
            .or_else(|| list.iter().rposition(fits))?;
        list.get_mut(place)?.flow = Some(wanted.flow);
        Some(Self { slot, flow, role, place: Some(place) })
    }

    /// Adds a transfer that the session never asked for: some programs need no server for that.
    pub(in crate::story) fn add(
        session: &mut Session,
        (slot, flow): (u32, u64),
        role: Role,
        wanted: &Wanted,
    ) -> Self {
        let entry = SessionTransfer {
            nick: wanted.parties(role).1.nick.clone(),
            file: wanted.file.clone(),
            flow: Some(wanted.flow),
            ..SessionTransfer::default()
        };
        let list = match role {
            Role::Downloader => &mut session.transfers,
            Role::Uploader => &mut session.uploads,
        };
        let place = push(list, &mut session.omitted, entry);
        // Where the list is full, it was counted when it was asked for.
        if role == Role::Downloader && place.is_some() {
            session.counts.transfers += 1;
        }
        Self { slot, flow, role, place }
    }

    /// Notes in the session how the transfer ended.
    pub(in crate::story) fn settle(self, session: &mut Session, transfer: &TransferRecord) {
        if self.role == Role::Downloader && transfer.ended == TransferEnd::Complete {
            session.counts.complete += 1;
        }
        if let Some(entry) = self.place.and_then(|place| self.role.list(session).get_mut(place)) {
            entry.size = transfer.size;
            entry.bytes = transfer.bytes;
            entry.ended = Some(transfer.ended);
        }
    }
}

/// Whether a session can be that of a party.
pub(in crate::story) fn could_be(session: &Session, party: &Party) -> bool {
    same_nick(session.nick.as_deref(), party.nick.as_deref())
}

/// Whether two nicknames agree; one that was not said agrees with any.
fn same_nick(one: Option<&[u8]>, other: Option<&[u8]>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// The last part of a path: `MP3::Napster` pushes files without their folder.
fn base(path: &[u8]) -> &[u8] {
    let separator = path.iter().rposition(|byte| matches!(byte, b'\\' | b'/' | b':'));
    separator.and_then(|place| path.get(place + 1..)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_a_host_are_found_until_they_end() {
        let host = IpAddr::from([10, 0, 0, 1]);
        let mut hosts = Hosts::default();
        let mut expected: Vec<u32> = (0..70).collect();
        expected.iter().for_each(|&slot| hosts.add(host, slot));
        for ended in [0, 69, 30, 30, 1].into_iter().chain(2..69) {
            let last = expected.iter().rev().take(SESSIONS_LOOKED_AT).copied();
            assert_eq!(hosts.of(host).collect::<Vec<_>>(), last.collect::<Vec<_>>());
            expected.retain(|&slot| slot != ended);
            hosts.remove(host, ended);
        }
        assert!(expected.is_empty() && hosts.sessions.is_empty());
    }
}
