//! The history: the last delivered bytes of all flows, to compare what comes again.
//!
//! One ring serves all flows, so that its memory is fixed and copying into it stays within the
//! processor's cache. Each direction's entries form a chain from the latest to earlier ones.

/// Entries of a direction are looked through no further back than this.
const MAX_STEPS: usize = 512;

/// The bytes of an entry's header: the place of the entry before it, its offset and length.
const HEADER: usize = 24;

/// Where a direction's latest entry is; zero means that there is none.
pub(super) type Place = u64;

/// A ring of delivered bytes.
pub(super) struct History {
    ring: Vec<u8>,
    /// The place of the next entry, counted on from 1 without end.
    next: Place,
    /// Where that is in the ring, or its end.
    at: usize,
    /// The latest entry, which may be extended.
    latest: Place,
}

impl History {
    pub(super) fn new(size: usize) -> Self {
        Self {
            // The first entry is at place 1.
            ring: vec![0; size],
            next: 1,
            at: 1,
            latest: 0,
        }
    }

    pub(super) fn memory(&self) -> usize {
        self.ring.len()
    }

    /// Remembers bytes of the direction whose latest entry is `last`.
    #[inline]
    pub(super) fn push(&mut self, last: &mut Place, position: u64, bytes: &[u8]) {
        let size = self.ring.len();
        // Of a packet that would fill the ring only the end is kept, and nothing in a tiny ring.
        let most = (size / 4).saturating_sub(HEADER);
        let skip = bytes.len().saturating_sub(most);
        let Some(bytes) = bytes.get(skip..).filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        let position = position + skip as u64;
        if *last == self.latest && *last != 0 && self.extend(*last, position, bytes) {
            return;
        }
        let mut at = self.at;
        if at + HEADER + bytes.len() > size {
            self.next += (size - at) as u64;
            at = 0;
        }
        let Some(entry) = self.ring.get_mut(at..at + HEADER + bytes.len()) else {
            return;
        };
        let (header, data) = entry.split_at_mut(HEADER);
        for (room, value) in
            header.as_chunks_mut::<8>().0.iter_mut().zip([*last, position, bytes.len() as u64])
        {
            *room = value.to_le_bytes();
        }
        data.copy_from_slice(bytes);
        *last = self.next;
        self.latest = self.next;
        self.next += (HEADER + bytes.len()) as u64;
        self.at = at + HEADER + bytes.len();
    }

    /// Adds bytes to the latest entry if they follow it.
    fn extend(&mut self, last: Place, position: u64, bytes: &[u8]) -> bool {
        let size = self.ring.len() as u64;
        let at = self.at;
        let Some((_, start, length)) = self.entry(last) else {
            return false;
        };
        // An entry does not grow over half of the ring, so that it can be overwritten in parts.
        if start + length != position || length + bytes.len() as u64 > size / 2 {
            return false;
        }
        let Some(room) = self.ring.get_mut(at..at + bytes.len()) else {
            return false;
        };
        room.copy_from_slice(bytes);
        self.next += bytes.len() as u64;
        self.at += bytes.len();
        let at = (last % size) as usize + 16;
        if let Some(room) = self.ring.get_mut(at..at + 8) {
            room.copy_from_slice(&(length + bytes.len() as u64).to_le_bytes());
        }
        true
    }

    /// Compares bytes that come again, and returns the first and behind the last position that
    /// differs.
    #[cold]
    pub(super) fn compare(&self, last: Place, position: u64, bytes: &[u8]) -> Option<(u64, u64)> {
        let end = position + bytes.len() as u64;
        let mut differs: Option<(u64, u64)> = None;
        let mut place = last;
        for _ in 0..MAX_STEPS {
            let Some((earlier, start, length)) = self.entry(place) else {
                break;
            };
            let (from, to) = (start.max(position), (start + length).min(end));
            if from < to {
                let at = (place % self.ring.len() as u64) as usize + HEADER;
                let old = self
                    .ring
                    .get(at + (from - start) as usize..at + (to - start) as usize)
                    .unwrap_or_default();
                let new = bytes
                    .get((from - position) as usize..(to - position) as usize)
                    .unwrap_or_default();
                if let Some((first, behind)) = difference(old, new) {
                    let found = (from + first as u64, from + behind as u64);
                    differs = Some(join(differs, found));
                }
            }
            if start <= position || earlier >= place {
                break;
            }
            place = earlier;
        }
        differs
    }

    /// Reads an entry's header, if it was not overwritten: place before, position, length.
    fn entry(&self, place: Place) -> Option<(Place, u64, u64)> {
        let size = self.ring.len() as u64;
        if place == 0 || self.next - place > size {
            return None;
        }
        let at = (place % size) as usize;
        let header = self.ring.get(at..at + HEADER)?;
        let [earlier, position, length] = header.as_chunks::<8>().0 else {
            return None;
        };
        Some((
            u64::from_le_bytes(*earlier),
            u64::from_le_bytes(*position),
            u64::from_le_bytes(*length),
        ))
    }
}

/// Returns the first and behind the last place at which two slices of one length differ.
pub(super) fn difference(old: &[u8], new: &[u8]) -> Option<(usize, usize)> {
    if old == new {
        return None;
    }
    let first = old.iter().zip(new).position(|(old, new)| old != new)?;
    let last = old.iter().zip(new).rposition(|(old, new)| old != new)?;
    Some((first, last + 1))
}

/// Returns the range that covers both ranges.
pub(super) fn join(one: Option<(u64, u64)>, other: (u64, u64)) -> (u64, u64) {
    one.map_or(other, |one| (one.0.min(other.0), one.1.max(other.1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_what_it_still_has() {
        let mut history = History::new(1000);
        let (mut one, mut two) = (0, 0);
        history.push(&mut one, 0, b"abc");
        history.push(&mut one, 3, b"def");
        history.push(&mut two, 70, b"xyz");
        history.push(&mut one, 6, b"ghi");
        assert_eq!(history.compare(one, 0, b"abcdefghi"), None);
        assert_eq!(history.compare(one, 2, b"cdeFg"), Some((5, 6)));
        assert_eq!(history.compare(one, 0, b"Abcdefg_i"), Some((0, 8)));
        assert_eq!(history.compare(two, 69, b"?xyz?"), None);
        assert_eq!(history.compare(0, 0, b"anything"), None);
        // Only the end of what fits is kept, and older entries go.
        let long = [7; 900];
        history.push(&mut two, 73, &long);
        assert_eq!(history.compare(two, 973 - 200, &[7; 200]), None);
        assert_eq!(history.compare(two, 973 - 200, &[8; 200]), Some((773, 973)));
        for turn in 0..10 {
            history.push(&mut two, 973 + turn * 200, &[turn as u8; 200]);
        }
        assert_eq!(history.compare(one, 0, b"ABCDEFGHI"), None);
        assert_eq!(history.compare(two, 2773, &[1; 200]), Some((2773, 2973)));
    }

    #[test]
    fn a_tiny_ring_keeps_nothing() {
        for size in [0, 1, 96, 100] {
            let mut history = History::new(size);
            let mut last = 0;
            for position in 0..50 {
                history.push(&mut last, position, b"q");
            }
            assert!(matches!(history.compare(last, 49, b"w"), None | Some((49, 50))));
        }
    }
}
