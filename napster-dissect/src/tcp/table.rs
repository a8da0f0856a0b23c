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

/// Both addresses and both ports, as bytes, so that an entry of the table takes no more.
///
/// Written and compared eight and four bytes at a time: what is read in other pieces than it was
/// just written in makes the processor wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct V4 {
    addresses: [u8; 8],
    ports: [u8; 4],
}

impl V4 {
    #[inline]
    fn new(low: (u32, u16), high: (u32, u16)) -> Self {
        let addresses = u64::from(low.0) << 32 | u64::from(high.0);
        let ports = u32::from(low.1) << 16 | u32::from(high.1);
        Self { addresses: addresses.to_ne_bytes(), ports: ports.to_ne_bytes() }
    }
}

impl Hash for V4 {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from_ne_bytes(self.addresses));
        state.write_u32(u32::from_ne_bytes(self.ports));
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
            return Self { key: Key::V4(V4::new(low, high)), source_is_low: from <= to };
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
    /// The slots of open flows. They have a map of their own: nearly every packet is looked up in
    /// it, and it is far smaller than that of the tombstones.
    open: Map,
    /// The numbers of tombstones. Where a key leads to an open flow, its tombstone does not count.
    closed: Map,
    tombstones: VecDeque<Tombstone>,
    /// The number of the oldest tombstone.
    oldest: u32,
}

impl Table {
    #[inline]
    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        match self.open.get(key) {
            Some(slot) => Some(Found::Open(slot)),
            None => self.find_closed(key),
        }
    }

    #[cold]
    fn find_closed(&self, key: &Key) -> Option<Found> {
        let index = self.closed.get(key)?.wrapping_sub(self.oldest);
        self.tombstones.get(index as usize).map(|tombstone| Found::Closed(*tombstone))
    }

    /// Enters an open flow.
    pub(super) fn open(&mut self, key: Key, slot: u32) {
        self.open.insert(key, slot);
    }

    /// Turns an open flow into a tombstone.
    pub(super) fn close(&mut self, key: Key, ranges: [Option<(u32, u32)>; 2]) {
        if self.tombstones.len() >= MAX_TOMBSTONES
            && let Some(tombstone) = self.tombstones.pop_front()
        {
            // Unless the key leads to a later one by now.
            if self.closed.get(&tombstone.key) == Some(self.oldest) {
                self.closed.remove(&tombstone.key);
            }
            self.oldest = self.oldest.wrapping_add(1);
        }
        // There are never as many as there are numbers.
        let number = self.oldest.wrapping_add(self.tombstones.len() as u32);
        self.tombstones.push_back(Tombstone { key, ranges });
        self.open.remove(&key);
        self.closed.insert(key, number);
    }

    /// Returns the memory of the table, apart from the flows.
    pub(super) fn memory(&self) -> usize {
        self.open.memory()
            + self.closed.memory()
            + self.tombstones.capacity() * size_of::<Tombstone>()
    }
}

/// Numbers by keys; those of IPv4, which are short, apart.
#[derive(Default)]
struct Map {
    v4: HashMap<V4, u32, RandomState>,
    v6: HashMap<[u32; 9], u32, RandomState>,
    /// The most entries that each of the two has had.
    most: [usize; 2],
}

impl Map {
    #[inline(always)]
    fn get(&self, key: &Key) -> Option<u32> {
        let number = match key {
            Key::V4(key) => self.v4.get(key),
            Key::V6(key) => self.v6.get(key),
        };
        number.copied()
    }

    fn insert(&mut self, key: Key, number: u32) {
        match key {
            Key::V4(key) => self.v4.insert(key, number),
            Key::V6(key) => self.v6.insert(key, number),
        };
        let [v4, v6] = self.most;
        self.most = [v4.max(self.v4.len()), v6.max(self.v6.len())];
    }

    fn remove(&mut self, key: &Key) {
        match key {
            Key::V4(key) => self.v4.remove(key),
            Key::V6(key) => self.v6.remove(key),
        };
    }

    /// Estimates the memory in use from the most entries that there were. The capacity of a hash
    /// table depends on where entries that are gone had fallen, which differs from run to run; what
    /// is given up for memory must not.
    fn memory(&self) -> usize {
        // Hash tables of the standard library are at most 7/8 full and have a byte more an entry.
        let places =
            |most: usize| if most == 0 { 0 } else { (most * 8 / 7 + 1).next_power_of_two() };
        let [v4, v6] = self.most;
        places(v4) * (size_of::<(V4, u32)>() + 1) + places(v6) * (size_of::<([u32; 9], u32)>() + 1)
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

    /// Limits of memory decide over the output, so the same flows have to weigh the same.
    #[test]
    fn memory_depends_on_flows_alone() {
        let mut tables = [Table::default(), Table::default(), Table::default()];
        let key = |number: u32| match number % 3 {
            0 => Key::V6([number; 9]),
            _ => Key::V4(V4::new((number, 0), (0, 0))),
        };
        for number in 0..20_000 {
            for table in &mut tables {
                table.open(key(number), number);
                if number >= 300 {
                    table.close(key(number - 300), [None; 2]);
                }
            }
            let [first, second, third] = tables.each_ref().map(Table::memory);
            assert!(first == second && second == third, "{number}: {first} {second} {third}");
        }
    }

    #[test]
    fn tombstones_are_bounded() {
        let mut table = Table::default();
        let key = |number: u32| Key::V4(V4::new((number, 0), (0, 0)));
        for number in 0..100_000 {
            table.open(key(number), 5);
            assert_eq!(table.find(&key(number)), Some(Found::Open(5)));
            table.close(key(number), [Some((number, 1)), None]);
        }
        assert_eq!((table.open.v4.len(), table.closed.v4.len()), (0, MAX_TOMBSTONES));
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

    #[test]
    fn a_later_tombstone_outlives_an_earlier_one() {
        let mut table = Table::default();
        let key = |number: u32| Key::V4(V4::new((number, 0), (0, 0)));
        let again = key(0);
        table.open(again, 5);
        table.close(again, [Some((1, 1)), None]);
        table.open(again, 6);
        assert_eq!(table.find(&again), Some(Found::Open(6)));
        table.close(again, [Some((2, 2)), None]);
        // The earlier one goes, then the later one too.
        for number in 1..MAX_TOMBSTONES as u32 {
            table.close(key(number), [None; 2]);
        }
        let Some(Found::Closed(tombstone)) = table.find(&again) else {
            panic!("no tombstone");
        };
        assert_eq!(tombstone.ranges, [Some((2, 2)), None]);
        table.close(key(u32::MAX), [None; 2]);
        assert_eq!(table.find(&again), None);
    }
}
