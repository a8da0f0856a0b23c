//! IP fragments: put together under a cap.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use foldhash::quality::RandomState;

use super::ip::Envelope;
use crate::capture::Timestamp;

/// The most packets whose fragments are kept at a time.
const MAX_PACKETS: usize = 1024;

/// The most bytes that are kept for all of them without another limit: 8 MiB.
pub const MAX_FRAGMENT_BYTES: usize = 8 * 1024 * 1024;

/// How long a packet may wait for the rest of its fragments (RFC 8200 has 60 s, RFC 791 less).
const MAX_AGE: Duration = Duration::from_secs(60);

/// Fragments begin at multiples of this.
const BLOCK: usize = 8;

/// A part of an IP packet.
pub(super) struct Fragment<'a> {
    pub(super) key: FragmentKey,
    pub(super) envelope: Envelope,
    /// The protocol of the whole; in IPv6 it counts in the first fragment only.
    pub(super) protocol: u8,
    /// Where the payload belongs in the whole, in bytes.
    pub(super) offset: u16,
    /// Whether another part follows.
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
}

/// What fragments of one packet have in common.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(super) struct FragmentKey {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) identification: u32,
    pub(super) protocol: u8,
}

/// Collects fragments until their packet is whole.
pub(super) struct Fragments {
    max_bytes: usize,
    packets: HashMap<FragmentKey, Partial, RandomState>,
    /// The packets by age; a serial tells whether an entry still means the same packet.
    ages: VecDeque<(FragmentKey, u64)>,
    serial: u64,
    bytes: usize,
    incomplete: u64,
}

/// A packet that is not whole yet.
struct Partial {
    serial: u64,
    start: Timestamp,
    envelope: Envelope,
    protocol: u8,
    data: Vec<u8>,
    /// One bit for each block that is there.
    present: Vec<u64>,
    /// How many blocks are there.
    blocks: usize,
    /// The length of the whole, once its last fragment is there.
    length: Option<usize>,
}

/// A packet that was put together.
pub(super) struct Whole {
    pub(super) envelope: Envelope,
    pub(super) protocol: u8,
    pub(super) data: Vec<u8>,
}

impl Fragments {
    /// Makes a collection that keeps so many bytes at most.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            packets: HashMap::default(),
            ages: VecDeque::new(),
            serial: 0,
            bytes: 0,
            incomplete: 0,
        }
    }

    /// Returns how many packets were given up because fragments were missing.
    pub(super) fn incomplete(&self) -> u64 {
        self.incomplete
    }

    /// Returns how many packets wait for fragments.
    pub(super) fn waiting(&self) -> usize {
        self.packets.len()
    }

    /// Adds a fragment, and returns the packet if that makes it whole.
    pub(super) fn add(&mut self, fragment: &Fragment<'_>, now: Timestamp) -> Option<Whole> {
        self.expire(now);
        let serial = self.serial;
        let partial = self.packets.entry(fragment.key).or_insert_with(|| Partial {
            serial,
            start: now,
            envelope: fragment.envelope,
            protocol: fragment.protocol,
            data: Vec::new(),
            present: Vec::new(),
            blocks: 0,
            length: None,
        });
        if partial.serial == serial {
            self.serial += 1;
            self.ages.push_back((fragment.key, serial));
        }
        let before = partial.cost();
        partial.add(fragment);
        self.bytes = self.bytes + partial.cost() - before;
        if partial.is_whole() {
            let partial = self.packets.remove(&fragment.key)?;
            self.bytes -= partial.cost();
            let Partial { envelope, protocol, mut data, length, .. } = partial;
            data.truncate(length?);
            return Some(Whole { envelope, protocol, data });
        }
        while self.bytes > self.max_bytes || self.packets.len() > MAX_PACKETS {
            if !self.drop_oldest() {
                break;
            }
        }
        None
    }

    /// Gives up the packets that waited too long.
    fn expire(&mut self, now: Timestamp) {
        while let Some((key, serial)) = self.ages.front() {
            match self.packets.get(key) {
                Some(partial)
                    if partial.serial == *serial && now.since(partial.start) <= MAX_AGE =>
                {
                    return;
                }
                _ => {
                    self.drop_oldest();
                }
            }
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let Some((key, serial)) = self.ages.pop_front() else {
            return false;
        };
        if self.packets.get(&key).is_some_and(|partial| partial.serial == serial)
            && let Some(partial) = self.packets.remove(&key)
        {
            self.bytes -= partial.cost();
            self.incomplete += 1;
        }
        true
    }
}

impl Partial {
    /// Adds the blocks that are not there yet: the first bytes for a place win.
    fn add(&mut self, fragment: &Fragment<'_>) {
        let offset = usize::from(fragment.offset);
        if offset == 0 {
            self.protocol = fragment.protocol;
            self.envelope = fragment.envelope;
        }
        let mut payload = fragment.payload;
        if fragment.more {
            // Parts before the last one consist of whole blocks; a cut one is used as far as it
            // goes.
            payload = payload.get(..payload.len() / BLOCK * BLOCK).unwrap_or_default();
        }
        // No packet is longer than its length field can tell.
        if offset + payload.len() > usize::from(u16::MAX) {
            return;
        }
        if let Some(length) = self.length {
            payload =
                payload.get(..payload.len().min(length.saturating_sub(offset))).unwrap_or_default();
        }
        let end = offset + payload.len();
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        let words = end.div_ceil(BLOCK).div_ceil(64);
        if self.present.len() < words {
            self.present.resize(words, 0);
        }
        for (index, bytes) in payload.chunks(BLOCK).enumerate() {
            let block = offset / BLOCK + index;
            let bit = 1 << (block % 64);
            let Some(word) = self.present.get_mut(block / 64) else {
                return;
            };
            let place = block * BLOCK;
            if *word & bit == 0
                && let Some(room) = self.data.get_mut(place..place + bytes.len())
            {
                room.copy_from_slice(bytes);
                *word |= bit;
                self.blocks += 1;
            }
        }
        if !fragment.more && self.length.is_none() {
            self.set_length(end);
        }
    }

    /// Learns how long the whole is, and forgets blocks behind its end.
    fn set_length(&mut self, length: usize) {
        self.length = Some(length);
        let blocks = length.div_ceil(BLOCK);
        self.blocks = 0;
        for (index, word) in self.present.iter_mut().enumerate() {
            let kept = blocks.saturating_sub(index * 64).min(64);
            *word &= if kept == 64 { u64::MAX } else { (1 << kept) - 1 };
            self.blocks += word.count_ones() as usize;
        }
    }

    fn is_whole(&self) -> bool {
        self.length.is_some_and(|length| length.div_ceil(BLOCK) == self.blocks)
    }

    fn cost(&self) -> usize {
        self.data.capacity() + self.present.capacity() * 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(identification: u32, offset: u16, more: bool, payload: &[u8]) -> Fragment<'_> {
        let address = IpAddr::from([10, 0, 0, 1]);
        Fragment {
            key: FragmentKey { source: address, destination: address, identification, protocol: 6 },
            envelope: Envelope {
                source: address,
                destination: address,
                version6: false,
                checkable: true,
            },
            protocol: 6,
            offset,
            more,
            payload,
        }
    }

    #[test]
    fn any_order_and_overlaps() {
        let bytes: Vec<u8> = (0..45).collect();
        let parts = [(0, 16), (16, 24), (8, 32), (40, 45), (24, 40)];
        for rotation in 0..parts.len() {
            let mut fragments = Fragments::new(MAX_FRAGMENT_BYTES);
            let mut whole = None;
            for turn in 0..parts.len() {
                let (start, end) = parts[(turn + rotation) % parts.len()];
                let payload = &bytes[start..end];
                let piece = fragment(1, start as u16, end < 45, payload);
                let completed = fragments.add(&piece, Timestamp::ZERO);
                whole = whole.or(completed);
            }
            assert_eq!(whole.unwrap().data, bytes);
        }
    }

    #[test]
    fn first_bytes_win_and_the_end_stands() {
        let mut fragments = Fragments::new(MAX_FRAGMENT_BYTES);
        let now = Timestamp::ZERO;
        assert!(fragments.add(&fragment(1, 8, true, &[1; 24]), now).is_none());
        assert!(fragments.add(&fragment(1, 8, false, &[2; 12]), now).is_none());
        let whole = fragments.add(&fragment(1, 0, true, &[3; 8]), now).unwrap();
        assert_eq!(whole.data.len(), 20);
        assert_eq!(whole.data[..9], [3, 3, 3, 3, 3, 3, 3, 3, 1]);
        assert_eq!(fragments.waiting(), 0);
        assert_eq!(fragments.bytes, 0);
    }

    #[test]
    fn stays_within_its_limits() {
        let mut fragments = Fragments::new(MAX_FRAGMENT_BYTES);
        for identification in 0..10_000 {
            let piece = fragment(identification, 65_000, true, &[0; 8]);
            assert!(fragments.add(&piece, Timestamp::ZERO).is_none());
            assert!(fragments.bytes <= MAX_FRAGMENT_BYTES);
            assert!(fragments.waiting() <= MAX_PACKETS);
        }
        assert_eq!(fragments.incomplete() + fragments.waiting() as u64, 10_000);
        let late = Timestamp::from_parts(61, 0);
        assert!(fragments.add(&fragment(7, 0, true, &[0; 8]), late).is_none());
        assert_eq!(fragments.waiting(), 1);
        assert_eq!(fragments.incomplete(), 10_000);
        // Overlong and empty ones do no harm.
        fragments.add(&fragment(7, 65_528, false, &[0; 16]), late);
        fragments.add(&fragment(8, 0, false, &[]), late);
    }
}
