//! The classic capture format: a file header and a chain of records.
//!
//! Records carry no mark by which they could be told from other bytes, so a wrong length sends a
//! reader astray. Here a record's successor is looked at before the record is believed, and where
//! the chain breaks, [`Judge`] searches the place at which it goes on.

use pcap_file::pcap::PcapParser;

use super::bytes::Order;
use super::chain::{Judge, LAYOUT_WINDOW, Layout, Lengths, MAX_PACKET, Record};
use super::error::{Problem, ProblemKind};
use super::reader::{Event, Interface, PacketPlace};
use super::source::Source;
use super::time::Timestamp;

/// The bytes of the file header.
pub(super) const FILE_HEADER: usize = 24;

/// The most bytes of a packet of the link types that have bigger ones: `USBPcap`, D-Bus, EBHSCR.
const MAX_BIG_PACKET: u32 = 128 * 1024 * 1024;

/// The magic numbers, in the byte order of the file.
const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const MAGIC_NANOSECONDS: u32 = 0xa1b2_3c4d;
/// Kuznetzov's patch to libpcap: the record header also tells interface and protocol.
const MAGIC_MODIFIED: u32 = 0xa1b2_cd34;

/// Reads the records of one file.
pub(super) struct Pcap {
    /// Reads the records of the standard layout.
    parser: Option<PcapParser>,
    magic: u32,
    link_type: u32,
    snap_length: u32,
    announced: bool,
    judge: Judge,
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
        let parser = PcapParser::new(header).ok().map(|(_, parser)| parser);
        source.consume(FILE_HEADER);
        let mut judge = Judge {
            order,
            layout: Layout { length: if magic == MAGIC_MODIFIED { 24 } else { 16 }, lengths },
            fractions: if magic == MAGIC_NANOSECONDS { 1_000_000_000 } else { 1_000_000 },
            max_packet: match link_type {
                231 | 249 | 279 => MAX_BIG_PACKET,
                _ => MAX_PACKET,
            },
            seconds: None,
            odd_lengths: false,
            settled: 0,
        };
        source.look_ahead(LAYOUT_WINDOW);
        judge.choose_layout(
            source.available(),
            match magic {
                // Another version of the same patch has four bytes more.
                MAGIC_MODIFIED => &[28],
                // The same patch without its own magic number, and Nokia's variant.
                MAGIC_MICROSECONDS => &[24, 20],
                _ => &[],
            },
        );
        let standard = Layout { length: 16, lengths: Lengths::CapturedFirst };
        Some(Self {
            parser: parser.filter(|_| judge.layout == standard),
            magic,
            link_type,
            snap_length,
            announced: false,
            judge,
        })
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
    #[inline(always)]
    pub(super) fn next_plain(&mut self, source: &mut Source) -> Option<PacketPlace> {
        let parser = self.parser.as_ref().filter(|_| self.announced)?;
        // Looked at in place: moving what was just written stalls the processor.
        let parsed = parser.next_raw_packet(source.available());
        let Ok((rest, raw)) = &parsed else {
            return None;
        };
        let next = Record::read(self.judge.order, rest)?;
        if raw.incl_len > MAX_PACKET || self.judge.is_odd(next, raw.ts_sec) {
            return None;
        }
        self.judge.seconds = Some(raw.ts_sec);
        self.judge.odd_lengths |= raw.incl_len > raw.orig_len;
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

    /// Returns whether the next record is among the bytes that were read.
    pub(super) fn is_ready(&self, available: &[u8]) -> bool {
        let length = self.judge.layout.length;
        let whole = |record: Record| {
            let captured = record.captured as usize;
            record.captured <= self.judge.max_packet && available.len() >= length + captured
        };
        !self.announced || self.judge.header(available, 0).is_some_and(whole)
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
        let header = self.judge.layout.length;
        if !source.require(header) {
            let rest = source.available().len();
            return (rest > 0).then(|| truncated(source, name, header - rest));
        }
        let record = self.judge.header(source.available(), 0)?;
        let place = source.offset();
        if record.captured > self.judge.max_packet {
            source.consume(1);
            let next = self.judge.search(source);
            return Some(corrupt(name, place, record, next));
        }
        let length = record.captured as usize;
        let whole = header + length;
        if !source.require(whole) {
            let Some(skip) = self.judge.doubt(source, whole) else {
                return Some(truncated(source, name, whole - source.available().len()));
            };
            source.consume(skip);
            return Some(corrupt(name, place, record, Some(source.offset())));
        }
        let next = source
            .look_ahead(whole + header)
            .then(|| self.judge.header(source.available(), whole))
            .flatten();
        match next {
            Some(next) if self.judge.is_odd(next, record.seconds) => {
                if let Some(skip) = self.judge.doubt(source, whole) {
                    source.consume(skip);
                    return Some(corrupt(name, place, record, Some(source.offset())));
                }
            }
            Some(_) => {
                self.judge.seconds = Some(record.seconds);
                self.judge.odd_lengths |= record.captured > record.original;
            }
            // The last one, or the next one is not there yet.
            None => {}
        }
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

fn corrupt(name: &str, place: u64, record: Record, next: Option<u64>) -> Event {
    let claim =
        format!("it claims a packet of {} bytes at {} seconds", record.captured, record.seconds);
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
