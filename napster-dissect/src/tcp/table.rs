//! The flow table: open flows by their addresses, and what remains of closed ones.

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use foldhash::quality::RandomState;

use super::options::MAX_TOMBSTONES;

/// The two ends of a connection, the smaller one first, so that both directions have one key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    V4(V4),
    V6([u32; 9]),
}

/// Both addresses, and both ports in one word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct V4([u32; 3]);

impl Hash for V4 {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // An array would be hashed as bytes of any number.
        let Self([low, high, ports]) = *self;
        state.write_u64(u64::from(low) << 32 | u64::from(high));
        state.write_u32(ports);
    }
}

/// The key of a connection, and which of its ends one of its packets came from.
pub(super) struct Ends {
    pub(super) key: Key,
    /// Whether the source is the smaller end.
    pub(super) source_is_low: bool,
}

impl Ends {
    #[inline]
    pub(super) fn new(source: &SocketAddr, destination: &SocketAddr) -> Self {
        if let (SocketAddr::V4(from), SocketAddr::V4(to)) = (source, destination) {
            let from = (from.ip().to_bits(), from.port());
            let to = (to.ip().to_bits(), to.port());
            let (low, high) = if from <= to { (from, to) } else { (to, from) };
            let ports = u32::from(low.1) << 16 | u32::from(high.1);
            let key = Key::V4(V4([low.0, high.0, ports]));
            return Self { key, source_is_low: from <= to };
        }
        Self::new_v6(source, destination)
    }

    #[cold]
    fn new_v6(source: &SocketAddr, destination: &SocketAddr) -> Self {
        let bits = |address: &SocketAddr| match address.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        let from = (bits(source), source.port());
        let to = (bits(destination), destination.port());
        let (low, high) = if from <= to { (from, to) } else { (to, from) };
        let mut key = [0; 9];
        for (index, word) in key.iter_mut().take(8).enumerate() {
            let bits = if index < 4 { low.0 } else { high.0 };
            // Each of the four words of an address; the cast takes the lowest.
            *word = (bits >> (96 - 32 * (index % 4))) as u32;
        }
        key[8] = u32::from(low.1) << 16 | u32::from(high.1);
        Self { key: Key::V6(key), source_is_low: from <= to }
    }
}

/// What a key leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// The slot of an open flow.
    Open(u32),
    /// The remains of the latest flow between these ends.
    Closed(Tombstone),
}

/// What remains of a closed flow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tombstone {
    key: Key,
    /// For the smaller end and the other one: the sequence numbers of its first and next byte.
    pub(super) ranges: [Option<(u32, u32)>; 2],
}

/// Finds flows by their addresses.
#[derive(Default)]
pub(super) struct Table {
    v4: HashMap<V4, u32, RandomState>,
    v6: HashMap<[u32; 9], u32, RandomState>,
    tombstones: VecDeque<Tombstone>,
    /// The number of the oldest tombstone.
    oldest: u32,
}

/// Marks an entry that leads to a tombstone; the other bits are its number.
const CLOSED: u32 = 1 << 31;

impl Table {
    #[inline]
    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        let entry = match key {
            Key::V4(key) => self.v4.get(key),
            Key::V6(key) => self.v6.get(key),
        };
        let entry = *entry?;
        if entry & CLOSED == 0 {
            return Some(Found::Open(entry));
        }
        let index = entry.wrapping_sub(self.oldest) & !CLOSED;
        self.tombstones.get(index as usize).map(|tombstone| Found::Closed(*tombstone))
    }

    /// Enters an open flow.
    pub(super) fn open(&mut self, key: Key, slot: u32) {
        self.set(key, slot & !CLOSED);
    }

    /// Turns an open flow into a tombstone.
    pub(super) fn close(&mut self, key: Key, ranges: [Option<(u32, u32)>; 2]) {
        if self.tombstones.len() >= MAX_TOMBSTONES
            && let Some(tombstone) = self.tombstones.pop_front()
        {
            let number = self.oldest;
            self.oldest = (self.oldest + 1) & !CLOSED;
            self.remove(&tombstone.key, number | CLOSED);
        }
        // There are never as many as there are numbers.
        let number = (self.oldest + self.tombstones.len() as u32) & !CLOSED;
        self.tombstones.push_back(Tombstone { key, ranges });
        self.set(key, number | CLOSED);
    }

    /// Returns the memory of the table, apart from the flows.
    pub(super) fn memory(&self) -> usize {
        // Hash tables of the standard library are at most 7/8 full and have a byte more an entry.
        self.v4.capacity() * 8 / 7 * (size_of::<(V4, u32)>() + 1)
            + self.v6.capacity() * 8 / 7 * (size_of::<([u32; 9], u32)>() + 1)
            + self.tombstones.capacity() * size_of::<Tombstone>()
    }

    fn set(&mut self, key: Key, entry: u32) {
        match key {
            Key::V4(key) => self.v4.insert(key, entry),
            Key::V6(key) => self.v6.insert(key, entry),
        };
    }

    /// Removes an entry, unless the key leads somewhere else by now.
    fn remove(&mut self, key: &Key, entry: u32) {
        match key {
            Key::V4(key) => {
                if self.v4.get(key) == Some(&entry) {
                    self.v4.remove(key);
                }
            }
            Key::V6(key) => {
                if self.v6.get(key) == Some(&entry) {
                    self.v6.remove(key);
                }
            }
        }
    }
}

/// An address that no packet has.
pub(super) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn both_directions_have_one_key() {
        for (one, other) in [
            ("10.0.0.1:80", "10.0.0.2:70"),
            ("10.0.0.1:80", "10.0.0.1:81"),
            ("[fd00::1]:80", "[fd00::2]:70"),
            ("[::ffff:1.2.3.4]:80", "[fd00::2]:70"),
            ("1.2.3.4:80", "[fd00::2]:70"),
        ] {
            let (one, other) = (address(one), address(other));
            let (there, back) = (Ends::new(&one, &other), Ends::new(&other, &one));
            assert_eq!(there.key, back.key);
            assert_ne!(there.source_is_low, back.source_is_low);
        }
        let (one, other) = (address("10.0.0.1:80"), address("10.0.0.2:80"));
        assert_ne!(Ends::new(&one, &other).key, Ends::new(&one, &one).key);
        assert!(Ends::new(&one, &one).source_is_low);
        let mapped = address("[::1]:80");
        assert_ne!(Ends::new(&mapped, &one).key, Ends::new(&mapped, &other).key);
    }

    #[test]
    fn tombstones_are_bounded() {
        let mut table = Table::default();
        let key = |number: u32| Key::V4(V4([number, 0, 0]));
        for number in 0..100_000 {
            table.open(key(number), 5);
            assert_eq!(table.find(&key(number)), Some(Found::Open(5)));
            table.close(key(number), [Some((number, 1)), None]);
        }
        assert_eq!(table.v4.len(), MAX_TOMBSTONES);
        assert_eq!(table.find(&key(0)), None);
        for number in [100_000 - MAX_TOMBSTONES as u32, 99_999] {
            let Some(Found::Closed(tombstone)) = table.find(&key(number)) else {
                panic!("no tombstone");
            };
            assert_eq!(tombstone.ranges, [Some((number, 1)), None]);
        }
        // Opened again, and closed again, while the old tombstone is there.
        table.open(key(99_999), 7);
        for number in 200_000..300_000 {
            table.close(key(number), [None; 2]);
        }
        assert_eq!(table.find(&key(99_999)), Some(Found::Open(7)));
    }
}
