//! The classic capture format: a file header and a chain of records.
//!
//! Records carry no mark by which they could be told from other bytes, so a wrong length sends a
//! reader astray. Here a record's successor is looked at before the record is believed, and a
//! place where several plausible records follow each other is searched for when the chain breaks.

use std::mem;

use pcap_file::pcap::PcapParser;

use super::bytes::Order;
use super::error::{Problem, ProblemKind};
use super::reader::{Event, Interface, PacketPlace};
use super::source::Source;
use super::time::Timestamp;

/// The bytes of the file header.
pub(super) const FILE_HEADER: usize = 24;

/// The most bytes of a packet, as in libpcap and Wireshark; a bigger length is an error.
const MAX_PACKET: u32 = 262_144;

/// The same for the link types whose packets may be bigger: `USBPcap`, D-Bus, EBHSCR.
const MAX_BIG_PACKET: u32 = 128 * 1024 * 1024;

/// A plausible record's original packet is not longer than this.
const MAX_ORIGINAL: u32 = 16 * 1024 * 1024;

/// Plausible records lie no further apart in time than this, in seconds.
const MAX_STEP: u32 = 30 * 86_400;

/// A chain of so many plausible records is believed without looking further.
const CHAIN: usize = 24;

/// So many are needed at least where the chain breaks or its rest is not there to be seen.
const MIN_CHAIN: usize = 4;

/// So many of them have to lie behind a record whose length is doubted.
const MIN_BEHIND: usize = 2;

/// While searching, so many bytes behind a candidate are looked at.
const SEARCH_WINDOW: usize = 128 * 1024;

/// The magic numbers, in the byte order of the file.
const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Kuznetzov's patch to libpcap: the record header also tells interface and protocol.
const MAGIC_MODIFIED: u32 = 0xa1b2_cd34;

/// Reads the records of one file.
pub(super) struct Pcap {
    /// Reads the records of the standard layout.
    parser: Option<PcapParser>,
    order: Order,
    magic: u32,
    layout: Layout,
    link_type: u32,
    snap_length: u32,
    announced: bool,
    /// The seconds of the last packet delivered.
    seconds: Option<u32>,
    /// Whether packets were delivered whose captured length exceeds the original one.
    odd_lengths: bool,
}

/// How a record header is laid out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Layout {
    /// Its bytes.
    length: usize,
    /// Which of the two lengths comes first.
    lengths: Lengths,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lengths {
    CapturedFirst,
    OriginalFirst,
    /// Programs that wrote version 2.3 disagreed; the smaller one is the captured length.
    SmallerIsCaptured,
}

/// A record header.
#[derive(Clone, Copy, Debug)]
struct Record {
    seconds: u32,
    fraction: u32,
    captured: u32,
    original: u32,
}

impl Order {
    /// Reads a record header, whose lengths may be the other way round.
    #[inline]
    fn record(self, header: &[u8; 16]) -> Record {
        let (words, _) = header.as_chunks::<4>();
        let word = |index: usize| {
            let word = u32::from_le_bytes(words.get(index).copied().unwrap_or_default());
            if self == Self::Big { word.swap_bytes() } else { word }
        };
        Record { seconds: word(0), fraction: word(1), captured: word(2), original: word(3) }
    }
}

impl Pcap {
    /// Returns whether a file that starts so is a capture of this format.
    pub(super) fn detects(start: &[u8]) -> bool {
        Self::detect(start).is_some()
    }

    fn detect(start: &[u8]) -> Option<(Order, u32)> {
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            let magic = order.u32(start, 0)?;
            matches!(magic, MAGIC_MICROSECONDS | MAGIC_NANOSECONDS | MAGIC_MODIFIED)
                .then_some((order, magic))
        })
    }

    /// Reads the file header, which must be available.
    pub(super) fn open(source: &mut Source) -> Option<Self> {
        let header = source.available();
        let (order, magic) = Self::detect(header)?;
        let lengths = match (order.u16(header, 4)?, order.u16(header, 6)?) {
            (2, 0..=2) | (543, 0) => Lengths::OriginalFirst,
            (2, 3) => Lengths::SmallerIsCaptured,
            _ => Lengths::CapturedFirst,
        };
        let snap_length = order.u32(header, 16)?;
        // The upper six bits tell of a frame check sequence; lengths in IP make them needless.
        let link_type = order.u32(header, 20)? & 0x03ff_ffff;
        let mut pcap = Self {
            parser: None,
            order,
            magic,
            layout: Layout { length: 16, lengths },
            link_type,
            snap_length,
            announced: false,
            seconds: None,
            odd_lengths: false,
        };
        if magic == MAGIC_MODIFIED {
            pcap.layout.length = 24;
        } else if lengths == Lengths::CapturedFirst {
            pcap.parser = PcapParser::new(header).ok().map(|(_, parser)| parser);
        }
        source.consume(FILE_HEADER);
        pcap.choose_layout(source.available());
        Some(pcap)
    }

    /// Returns the format's name as the JSON output writes it.
    pub(super) fn format(&self) -> &'static str {
        match self.magic {
            MAGIC_NANOSECONDS => "pcap-ns",
            MAGIC_MODIFIED => "pcap-modified",
            _ => "pcap",
        }
    }

    /// Reads the next record if it and the header behind it are there and nothing is odd about
    /// them, which is nearly always so.
    #[inline]
    pub(super) fn next_plain(&mut self, source: &mut Source) -> Option<PacketPlace> {
        let parser = self.parser.as_ref().filter(|_| self.announced)?;
        // Looked at in place: moving what was just written stalls the processor.
        let parsed = parser.next_raw_packet(source.available());
        let Ok((rest, raw)) = &parsed else {
            return None;
        };
        let next = self.order.record(rest.first_chunk()?);
        if raw.incl_len > MAX_PACKET || self.is_odd(next, raw.ts_sec) {
            return None;
        }
        self.seconds = Some(raw.ts_sec);
        self.odd_lengths |= raw.incl_len > raw.orig_len;
        let length = raw.incl_len as usize;
        let packet = PacketPlace {
            interface: 0,
            link_type: self.link_type,
            time: self.time(raw.ts_sec, raw.ts_frac),
            start: source.position() + 16,
            length,
            original_length: raw.orig_len,
        };
        source.consume(16 + length);
        Some(packet)
    }

    /// Reads the next record.
    pub(super) fn next(&mut self, source: &mut Source, name: &str) -> Option<Event> {
        if !self.announced {
            self.announced = true;
            return Some(Event::Interface(Interface {
                index: 0,
                link_type: self.link_type,
                snap_length: self.snap_length,
            }));
        }
        let header = self.layout.length;
        if !source.require(header) {
            let rest = source.available().len();
            return (rest > 0).then(|| truncated(source, name, header - rest));
        }
        let record = self.first(source.available())?;
        if record.captured > self.max_packet() {
            let place = source.offset();
            let claim = format!(
                "it claims a packet of {} bytes at {} seconds",
                record.captured, record.seconds
            );
            source.consume(1);
            return Some(self.search(source, name, place, &claim));
        }
        let length = record.captured as usize;
        let whole = header + length;
        if !source.require(whole) {
            if let Some(skip) = self.chain_inside(source, header, source.available().len()) {
                return Some(self.skip(source, name, skip, record));
            }
            let missing = whole - source.available().len();
            return Some(truncated(source, name, missing));
        }
        if source.look_ahead(whole + header)
            && self
                .header(source.available(), whole)
                .is_some_and(|next| self.is_odd(next, record.seconds))
        {
            source.look_ahead(whole + SEARCH_WINDOW);
            if let Some(skip) = self.chain_inside(source, header, whole) {
                return Some(self.skip(source, name, skip, record));
            }
        }
        self.seconds = Some(record.seconds);
        self.odd_lengths |= record.captured > record.original;
        let start = source.position() + header;
        source.consume(whole);
        Some(Event::Packet(PacketPlace {
            interface: 0,
            link_type: self.link_type,
            time: self.time(record.seconds, record.fraction),
            start,
            length,
            original_length: record.original,
        }))
    }

    #[inline]
    fn time(&self, seconds: u32, fraction: u32) -> Timestamp {
        let unit = if self.magic == MAGIC_NANOSECONDS { 1 } else { 1000 };
        // Numbers of 32 bits: no overflow.
        Timestamp::from_nanos(u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * unit)
    }

    /// Reads the header of the first record.
    #[inline]
    fn first(&self, bytes: &[u8]) -> Option<Record> {
        if let Some(parser) = &self.parser
            && let Ok((_, raw)) = parser.next_raw_packet(bytes)
        {
            return Some(Record {
                seconds: raw.ts_sec,
                fraction: raw.ts_frac,
                captured: raw.incl_len,
                original: raw.orig_len,
            });
        }
        self.header(bytes, 0)
    }

    /// Reads the record header at `at`, whether or not its packet is there.
    #[inline]
    fn header(&self, bytes: &[u8], at: usize) -> Option<Record> {
        let mut record = self.order.record(bytes.get(at..)?.first_chunk()?);
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

    fn max_packet(&self) -> u32 {
        match self.link_type {
            231 | 249 | 279 => MAX_BIG_PACKET,
            _ => MAX_PACKET,
        }
    }

    fn fractions(&self) -> u32 {
        if self.magic == MAGIC_NANOSECONDS { 1_000_000_000 } else { 1_000_000 }
    }

    /// Returns whether a header behind a record of `seconds` makes that record's length doubtful.
    #[inline]
    fn is_odd(&self, next: Record, seconds: u32) -> bool {
        // Without branches, as it is asked for each packet. An empty packet wraps around.
        (next.captured > next.original)
            | (next.captured.wrapping_sub(1) >= MAX_PACKET)
            | (next.fraction >= self.fractions())
            | (next.seconds.abs_diff(seconds) > 86_400)
    }

    /// Returns whether the bytes at `at` look like a record, near `seconds` where they are known.
    #[inline]
    fn plausible(&self, bytes: &[u8], at: usize, seconds: Option<u32>) -> Option<Record> {
        let record = self.header(bytes, at)?;
        let fits = record.captured <= self.max_packet()
            && record.captured > 0
            && record.fraction < self.fractions()
            && record.seconds > 0
            && (record.captured <= record.original || self.odd_lengths)
            && record.original <= MAX_ORIGINAL.max(self.max_packet())
            && seconds.is_none_or(|seconds| record.seconds.abs_diff(seconds) <= MAX_STEP);
        fits.then_some(record)
    }

    /// Returns whether plausible records follow each other from `at` on, and behind `beyond` too:
    /// a packet may hold a piece of a capture file, which ends with the packet.
    fn chain(&self, bytes: &[u8], ended: bool, at: usize, beyond: usize) -> bool {
        let mut seconds = self.seconds;
        let mut position = at;
        let (mut count, mut behind) = (0, 0);
        loop {
            if position == bytes.len() && ended {
                return count > 0;
            }
            let believed = count >= MIN_CHAIN && behind >= MIN_BEHIND;
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

    /// Searches a chain that starts within a record of `whole` bytes and leads out of it.
    fn chain_inside(&self, source: &Source, from: usize, whole: usize) -> Option<usize> {
        let bytes = source.available();
        (from..whole).find(|&at| self.chain(bytes, source.ended(), at, whole))
    }

    /// Passes over a record that swallowed its successors.
    fn skip(&self, source: &mut Source, name: &str, count: usize, record: Record) -> Event {
        let place = source.offset();
        source.consume(count);
        corrupt(
            name,
            place,
            &format!("it claims a packet of {} bytes", record.captured),
            Some(source.offset()),
        )
    }

    /// Searches the next chain of records, from the available bytes on.
    #[cold]
    fn search(&self, source: &mut Source, name: &str, place: u64, claim: &str) -> Event {
        loop {
            source.require(2 * SEARCH_WINDOW);
            let bytes = source.available();
            let last = if source.ended() {
                bytes.len()
            } else {
                bytes.len().saturating_sub(SEARCH_WINDOW)
            };
            if let Some(at) = (0..last).find(|&at| self.chain(bytes, source.ended(), at, 0)) {
                source.consume(at);
                return corrupt(name, place, claim, Some(source.offset()));
            }
            let ended = source.ended();
            source.consume(last);
            if ended {
                return corrupt(name, place, claim, None);
            }
        }
    }

    /// Looks at the first records to tell apart variants that share a magic number.
    fn choose_layout(&mut self, bytes: &[u8]) {
        let standard = self.layout;
        let others: &[usize] = match self.magic {
            // Another version of the same patch has four bytes more.
            MAGIC_MODIFIED => &[28],
            // The same patch without its own magic number, and Nokia's variant.
            MAGIC_MICROSECONDS => &[24, 20],
            _ => &[],
        };
        let score = |length: usize| {
            let variant = Layout { length, ..standard };
            self.count_plausible(bytes, variant)
        };
        if score(standard.length) >= 2 {
            return;
        }
        if let Some(&length) = others.iter().find(|&&length| score(length) >= 3) {
            self.layout.length = length;
            self.parser = None;
        }
    }

    /// Counts plausible records at the start of the file under a layout, up to four.
    fn count_plausible(&self, bytes: &[u8], layout: Layout) -> usize {
        let trial = Self { parser: None, layout, ..*self };
        let mut seconds = None;
        let mut position = 0;
        for count in 0..4 {
            match trial.plausible(bytes, position, seconds) {
                Some(record) => {
                    seconds = Some(record.seconds);
                    position += layout.length + record.captured as usize;
                }
                None => return count,
            }
        }
        4
    }
}

/// Reports the end of the input in the middle of a record, and passes over the rest.
fn truncated(source: &mut Source, name: &str, missing: usize) -> Event {
    let place = source.offset();
    let rest = source.available().len();
    let end = place + rest as u64;
    source.consume(rest);
    Event::Problem(Problem {
        kind: ProblemKind::Truncated,
        offset: place,
        message: format!(
            "{name} is cut off at byte {end}: the packet record at byte {place} needs {missing} \
             bytes more"
        ),
    })
}

fn corrupt(name: &str, place: u64, claim: &str, next: Option<u64>) -> Event {
    let message = match next {
        Some(next) => format!(
            "{name}: the packet record at byte {place} is corrupt ({claim}); reading went on at \
             byte {next}"
        ),
        None => format!(
            "{name}: the packet record at byte {place} is corrupt ({claim}); no packets were found \
             behind it"
        ),
    };
    Event::Problem(Problem { kind: ProblemKind::CorruptRecord, offset: place, message })
}
