//! Chains of records: whether bytes look like records of the classic format that follow each other.

use std::mem;

use super::bytes::Order;
use super::source::Source;

/// The most bytes of a packet, as in libpcap and Wireshark; a bigger length is an error.
pub(super) const MAX_PACKET: u32 = 262_144;

/// A plausible record's original packet is not longer than this.
const MAX_ORIGINAL: u32 = 16 * 1024 * 1024;

/// Plausible records lie no further apart in time than this, in seconds.
const MAX_STEP: u32 = 30 * 86_400;

/// Records further apart in time than this, in seconds, are looked at twice.
const ODD_STEP: u32 = 86_400;

/// A chain of so many plausible records is believed without looking further.
const CHAIN: usize = 24;

/// So many are needed at least where the chain breaks or its rest is not there to be seen.
const MIN_CHAIN: usize = 4;

/// So many of them have to lie behind a record whose length is doubted.
const MIN_BEHIND: usize = 2;

/// A chain within a packet, which may hold a piece of a capture file, is no longer than this.
const MAX_EMBEDDED: usize = 65_536;

/// So many records at least speak for another layout than the usual one of a magic number.
const MIN_OTHER: usize = 3;

/// So many are enough if the bytes end with them; a single one too, if the usual layout leaves
/// bytes behind that are no record's start.
const MIN_OTHER_WHOLE: usize = 2;

/// How many bytes are looked at to choose the layout.
pub(super) const LAYOUT_WINDOW: usize = 64 * 1024;

/// How far a chain is searched at a time, and half of it how far behind a candidate is looked.
const WINDOW: usize = 256 * 1024;

/// The bytes of a record header that all layouts have.
const HEADER: usize = 16;

/// How a record header is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Layout {
    /// Its bytes.
    pub(super) length: usize,
    /// Which of the two lengths comes first.
    pub(super) lengths: Lengths,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lengths {
    CapturedFirst,
    OriginalFirst,
    /// Programs that wrote version 2.3 disagreed; the smaller one is the captured length.
    SmallerIsCaptured,
}

/// A record header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) seconds: u32,
    pub(super) fraction: u32,
    pub(super) captured: u32,
    pub(super) original: u32,
}

impl Record {
    /// Reads a record header, whose lengths may be the other way round.
    #[inline(always)]
    pub(super) fn read(order: Order, bytes: &[u8]) -> Option<Self> {
        let [seconds, fraction, captured, original] = order.words(bytes)?;
        Some(Self { seconds, fraction, captured, original })
    }
}

/// How far the records at the start of a file follow each other, the better the greater.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Followed {
    /// How many look right.
    records: usize,
    /// What is behind the last one.
    rest: Rest,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Rest {
    /// Something else, or the last one is cut.
    Other,
    /// What may be the start of another header.
    Start,
    Nothing,
}

/// Judges whether bytes are records, by what records of the same file were like.
pub(super) struct Judge {
    pub(super) order: Order,
    pub(super) layout: Layout,
    /// How many fractions a second has.
    pub(super) fractions: u32,
    /// The most bytes of a packet.
    pub(super) max_packet: u32,
    /// The seconds of the last record that was followed by one like it.
    pub(super) seconds: Option<u32>,
    /// Whether there were such records whose captured length exceeds the original one.
    pub(super) odd_lengths: bool,
    /// Records that begin before this place are not doubted any more.
    pub(super) settled: u64,
}

impl Judge {
    /// Reads the record header at `at`, whether or not its packet is there.
    #[inline]
    pub(super) fn header(&self, bytes: &[u8], at: usize) -> Option<Record> {
        let mut record = Record::read(self.order, bytes.get(at..)?)?;
        let swapped = match self.layout.lengths {
            Lengths::CapturedFirst => false,
            Lengths::OriginalFirst => true,
            Lengths::SmallerIsCaptured => record.captured > record.original,
        };
        if swapped {
            mem::swap(&mut record.captured, &mut record.original);
        }
        Some(record)
    }

    /// Returns whether a header behind a record of `seconds` makes that record's length doubtful.
    #[inline(always)]
    pub(super) fn is_odd(&self, next: Record, seconds: u32) -> bool {
        // Without branches, as it is asked for each packet. An empty packet wraps around.
        (next.captured > next.original)
            | (next.captured.wrapping_sub(1) >= MAX_PACKET)
            | (next.fraction >= self.fractions)
            | (next.seconds.abs_diff(seconds) > ODD_STEP)
    }

    /// Returns how far to go to pass over the record at hand, if it is corrupt; it takes `whole`
    /// bytes by its own account.
    #[cold]
    pub(super) fn doubt(&mut self, source: &mut Source, whole: usize) -> Option<usize> {
        let place = source.offset();
        if place < self.settled {
            return None;
        }
        source.look_ahead(whole + WINDOW);
        let bytes = source.available();
        let trusted = self.plausible(bytes, 0, self.seconds).is_some();
        // A record that looks right may only be too long; one that does not may lie anyhow.
        let (to, beyond) = if trusted { (whole, whole) } else { (whole + WINDOW / 2, 0) };
        let to = to.min(bytes.len());
        let from = self.layout.length;
        let found = (from..to).find(|&at| self.chain(bytes, source.ended(), at, beyond));
        match found {
            Some(at) if trusted || !self.leads_to(bytes, at) => return Some(at),
            Some(at) => self.settled = place + at as u64,
            // Odd records, and nothing better to be seen.
            None if !trusted => self.settled = place + to as u64,
            None => {}
        }
        None
    }

    /// Searches the next chain, from the available bytes on; passes over what is before it and
    /// returns its place, or passes over everything.
    #[cold]
    pub(super) fn search(&self, source: &mut Source) -> Option<u64> {
        loop {
            source.require(WINDOW);
            let bytes = source.available();
            let ended = source.ended();
            let last = if ended { bytes.len() } else { bytes.len().saturating_sub(WINDOW / 2) };
            let found = (0..last).find(|&at| self.chain(bytes, ended, at, 0));
            source.consume(found.unwrap_or(last));
            if found.is_some() {
                return Some(source.offset());
            }
            if ended {
                return None;
            }
        }
    }

    /// Looks at the first records to tell apart variants that share a magic number, which have
    /// headers of `others` lengths: the one under which most records follow each other is taken,
    /// and where several have as many, one under which nothing else is behind them.
    pub(super) fn choose_layout(&mut self, bytes: &[u8], others: &[usize]) {
        let mut best = self.follow(bytes, self.layout.length);
        for &length in others {
            let found = self.follow(bytes, length);
            let needed = match (found.rest, best.rest) {
                (Rest::Nothing, Rest::Other) => 1,
                (Rest::Nothing, _) => MIN_OTHER_WHOLE,
                _ => MIN_OTHER,
            };
            if found > best && found.records >= needed {
                best = found;
                self.layout.length = length;
            }
        }
    }

    /// Follows the records at the start of the file as far as they look right, for headers of a
    /// length.
    fn follow(&self, bytes: &[u8], length: usize) -> Followed {
        let mut seconds = None;
        let mut position = 0;
        let mut records = 0;
        for _ in 0..CHAIN {
            let record = self.header(bytes, position).filter(|record| self.fits(*record, seconds));
            let Some(record) = record else {
                break;
            };
            // Zeros within a packet look like records too, but tell nothing.
            records += usize::from(record.original > 0);
            seconds = Some(record.seconds);
            position += length + record.captured as usize;
        }
        let rest = match bytes.get(position..) {
            Some([]) => Rest::Nothing,
            Some(rest) if self.may_be_start(rest, seconds) => Rest::Start,
            _ => Rest::Other,
        };
        Followed { records, rest }
    }

    /// Returns whether bytes may be the start of a header, cut, behind a record of `seconds`.
    fn may_be_start(&self, bytes: &[u8], seconds: Option<u32>) -> bool {
        let near = |next: u32| seconds.is_none_or(|seconds| next.abs_diff(seconds) <= MAX_STEP);
        bytes.len() < HEADER && self.order.u32(bytes, 0).is_none_or(near)
    }

    /// Returns the record at `at` if it looks right, near `seconds` where they are known.
    #[inline]
    fn plausible(&self, bytes: &[u8], at: usize, seconds: Option<u32>) -> Option<Record> {
        let record = self.header(bytes, at)?;
        let fits = record.captured > 0 && record.seconds > 0 && self.fits(record, seconds);
        fits.then_some(record)
    }

    /// Returns whether a record's numbers are possible; an empty packet and no time are.
    #[inline]
    fn fits(&self, record: Record, seconds: Option<u32>) -> bool {
        record.captured <= self.max_packet
            && record.fraction < self.fractions
            && (record.captured <= record.original || self.odd_lengths)
            && record.original <= MAX_ORIGINAL.max(self.max_packet)
            && seconds.is_none_or(|seconds| record.seconds.abs_diff(seconds) <= MAX_STEP)
    }

    /// Returns whether plausible records follow each other from `at` on, and behind `beyond` too,
    /// which is where the record that is doubted says that it ends; if one of them begins just
    /// there, it is right.
    ///
    /// A chain that ends with the input is believed however short it is.
    fn chain(&self, bytes: &[u8], ended: bool, at: usize, beyond: usize) -> bool {
        let mut seconds = self.seconds;
        let mut position = at;
        let (mut count, mut behind) = (0, 0);
        loop {
            if position == beyond && beyond > 0 {
                return false;
            }
            if position == bytes.len() && ended {
                return count > 0;
            }
            let believed =
                count >= MIN_CHAIN && (behind >= MIN_BEHIND || position - at > MAX_EMBEDDED);
            if believed && count >= CHAIN {
                return true;
            }
            let Some(record) = self.plausible(bytes, position, seconds) else {
                return believed;
            };
            seconds = Some(record.seconds);
            count += 1;
            behind += usize::from(position >= beyond);
            position += self.layout.length + record.captured as usize;
        }
    }

    /// Returns whether the record at hand and its successors lead to `place`.
    fn leads_to(&self, bytes: &[u8], place: usize) -> bool {
        let mut position = 0;
        while position < place {
            let Some(record) = self.header(bytes, position) else {
                return false;
            };
            position += self.layout.length + record.captured as usize;
        }
        position == place
    }
}
