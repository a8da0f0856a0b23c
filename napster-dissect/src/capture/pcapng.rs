//! The block format: sections, interfaces and packets in blocks of any kind.

use byteorder_slice::{BigEndian, LittleEndian};
use pcap_file::pcapng::{PcapNgParseError, RawBlock};

use super::bytes::Order;
use super::error::{Problem, ProblemKind};
use super::reader::{Event, Interface, PacketPlace};
use super::source::Source;
use super::time::Timestamp;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// The bytes of a block without its body: type, length, and the length again at the end.
const BLOCK_FRAME: usize = 12;

/// The biggest block that is read, as in Wireshark.
const MAX_BLOCK: u32 = 16 * 1024 * 1024;

/// Blocks up to this length are recognised while searching.
const MAX_FOUND_BLOCK: u32 = 1024 * 1024;

/// The most interfaces that a section may describe.
const MAX_INTERFACES: usize = 65_536;

/// Reads the blocks of one file.
#[derive(Debug)]
pub(super) struct PcapNg {
    order: Order,
    /// The interfaces of the current section.
    interfaces: Vec<Clock>,
    /// How many interfaces earlier sections described.
    earlier: u32,
    /// The time of the last packet, which a packet without one shares.
    time: Timestamp,
    /// A packet that follows the problem reported about it.
    pending: Option<PacketPlace>,
    /// Whether packets of undescribed interfaces were reported in this section.
    reported: bool,
}

/// An interface and how it tells time.
#[derive(Clone, Copy, Debug)]
struct Clock {
    link_type: u32,
    snap_length: u32,
    /// `if_tsresol`: a power of ten, or with the upper bit set a power of two, as exponent below 1.
    resolution: u8,
    /// `if_tsoffset`: seconds to be added.
    offset: i64,
}

/// The place of a block's body within the available bytes, and the whole block's length.
struct Block {
    kind: u32,
    body: usize,
    whole: usize,
}

impl PcapNg {
    /// Returns whether a file that starts so is a capture of this format.
    pub(super) fn detects(start: &[u8]) -> bool {
        Order::Big.u32(start, 0) == Some(SECTION_HEADER) && byte_order(start, 8).is_some()
    }

    /// Starts at the first section header.
    pub(super) fn new() -> Self {
        Self {
            order: Order::Little,
            interfaces: Vec::new(),
            earlier: 0,
            time: Timestamp::ZERO,
            pending: None,
            reported: false,
        }
    }

    /// Returns whether the next block is among the bytes that were read.
    pub(super) fn is_ready(&self, available: &[u8]) -> bool {
        let order = match Order::Big.u32(available, 0) {
            Some(SECTION_HEADER) => byte_order(available, 8),
            _ => Some(self.order),
        };
        let length = order.and_then(|order| order.u32(available, 4));
        self.pending.is_some() || length.is_some_and(|length| available.len() >= length as usize)
    }

    /// Reads the next block if it is there, is an enhanced packet, and nothing is odd about it, which
    /// is nearly always so.
    #[inline]
    pub(super) fn next_plain(&mut self, source: &mut Source) -> Option<PacketPlace> {
        let bytes = source.available();
        let parsed = match self.order {
            Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
            Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
        };
        let Ok((_, raw)) = &parsed else {
            return None;
        };
        if raw.type_ != ENHANCED_PACKET || self.pending.is_some() {
            return None;
        }
        let (mut packet, claimed) = self.place(&raw.body, self.order.u32(&raw.body, 0)?)?;
        if claimed > packet.length {
            return None;
        }
        self.time = packet.time;
        packet.start += source.position();
        let whole = raw.body.len() + BLOCK_FRAME;
        source.consume(whole);
        Some(packet)
    }

    /// Reads blocks up to the next one that tells something.
    pub(super) fn next(&mut self, source: &mut Source, name: &str) -> Option<Event> {
        if let Some(packet) = self.pending.take() {
            return Some(Event::Packet(packet));
        }
        loop {
            if !source.require(BLOCK_FRAME) {
                let rest = source.available().len();
                return (rest > 0).then(|| truncated(source, name, BLOCK_FRAME - rest));
            }
            let block = match self.block(source, name) {
                Ok(block) => block,
                Err(event) => return Some(event),
            };
            let (place, start) = (source.offset(), source.position());
            let bytes = source.available();
            let body = bytes.get(8..8 + block.body).unwrap_or_default();
            let mut event = match block.kind {
                SECTION_HEADER => {
                    self.earlier = self
                        .earlier
                        .saturating_add(u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX));
                    self.interfaces.clear();
                    self.reported = false;
                    None
                }
                INTERFACE_DESCRIPTION => self.describe(body, name, place),
                ENHANCED_PACKET => self.enhanced(body, name, place),
                PACKET => self.obsolete(body, name, place),
                SIMPLE_PACKET => self.simple(body, name, place),
                _ => None,
            };
            source.consume(block.whole);
            // Until here their places were counted from the start of the block.
            if let Some(Event::Packet(packet)) = &mut event {
                packet.start += start;
            }
            if let Some(packet) = &mut self.pending {
                packet.start += start;
            }
            if event.is_some() {
                return event;
            }
        }
    }

    /// Frames the next block, or reports why there is none.
    fn block(&mut self, source: &mut Source, name: &str) -> Result<Block, Event> {
        loop {
            let bytes = source.available();
            let order = match Order::Big.u32(bytes, 0) {
                // Each section tells its byte order anew.
                Some(SECTION_HEADER) => byte_order(bytes, 8),
                _ => Some(self.order),
            };
            let Some(order) = order else {
                return Err(self.search(source, name, "its byte order mark is unknown"));
            };
            let parsed = match order {
                Order::Big => RawBlock::from_slice::<BigEndian>(bytes),
                Order::Little => RawBlock::from_slice::<LittleEndian>(bytes),
            };
            match parsed.map_err(PcapNgParseError::from) {
                Ok((_, raw)) => {
                    self.order = order;
                    return Ok(Block {
                        kind: raw.type_,
                        body: raw.body.len(),
                        whole: raw.body.len() + BLOCK_FRAME,
                    });
                }
                Err(_) => match self.odd_block(source, order, name)? {
                    Some(block) => {
                        self.order = order;
                        return Ok(block);
                    }
                    // More of the block is there now.
                    None => continue,
                },
            }
        }
    }

    /// Reads on when a block is not whole, and accepts a length that leaves out the padding.
    #[cold]
    fn odd_block(
        &self,
        source: &mut Source,
        order: Order,
        name: &str,
    ) -> Result<Option<Block>, Event> {
        let bytes = source.available();
        let kind = order.u32(bytes, 0).unwrap_or_default();
        let length = order.u32(bytes, 4).unwrap_or_default();
        if !(BLOCK_FRAME as u32..=MAX_BLOCK).contains(&length) {
            let claim = format!("it claims a length of {length} bytes");
            return Err(self.search(source, name, &claim));
        }
        let whole = length.next_multiple_of(4) as usize;
        if bytes.len() < whole {
            if source.require(whole) {
                return Ok(None);
            }
            if let Some(at) = self.find(source, BLOCK_FRAME, source.available().len()) {
                return Err(self.skip(source, name, at, length));
            }
            let missing = whole - source.available().len();
            return Err(truncated(source, name, missing));
        }
        let trailer = order.u32(bytes, whole - 4).unwrap_or_default();
        if trailer == length || trailer as usize == whole {
            return Ok(Some(Block { kind, body: whole - BLOCK_FRAME, whole }));
        }
        let claim = format!("its lengths {length} and {trailer} differ");
        Err(self.search(source, name, &claim))
    }

    fn describe(&mut self, body: &[u8], name: &str, place: u64) -> Option<Event> {
        let (Some(link_type), Some(snap_length)) =
            (self.order.u16(body, 0), self.order.u32(body, 4))
        else {
            return Some(corrupt(name, place, "its interface description is too short", None));
        };
        if self.interfaces.len() >= MAX_INTERFACES {
            if self.reported {
                return None;
            }
            self.reported = true;
            return Some(corrupt(name, place, "its section describes too many interfaces", None));
        }
        let mut clock =
            Clock { link_type: u32::from(link_type), snap_length, resolution: 6, offset: 0 };
        clock.read_options(self.order, body.get(8..).unwrap_or_default());
        let index =
            self.earlier.saturating_add(u32::try_from(self.interfaces.len()).unwrap_or(u32::MAX));
        self.interfaces.push(clock);
        Some(Event::Interface(Interface { index, link_type: clock.link_type, snap_length }))
    }

    fn enhanced(&mut self, body: &[u8], name: &str, place: u64) -> Option<Event> {
        let interface = self.order.u32(body, 0)?;
        self.packet(body, interface, name, place)
    }

    fn obsolete(&mut self, body: &[u8], name: &str, place: u64) -> Option<Event> {
        let interface = self.order.u16(body, 0)?;
        self.packet(body, u32::from(interface), name, place)
    }

    /// Reads what the two packet blocks with a time have in common.
    fn packet(&mut self, body: &[u8], interface: u32, name: &str, place: u64) -> Option<Event> {
        if self.interfaces.get(interface as usize).is_none() {
            return self.undescribed(interface, name, place);
        }
        let Some((packet, claimed)) = self.place(body, interface) else {
            return Some(corrupt(name, place, "its body is too short for a packet", None));
        };
        self.time = packet.time;
        if claimed > packet.length {
            self.pending = Some(packet);
            let room = packet.length;
            let claim = format!("it claims a packet of {claimed} bytes and has room for {room}");
            return Some(corrupt(name, place, &claim, None));
        }
        Some(Event::Packet(packet))
    }

    /// Finds the packet in the body of a block with a time, as far as there is room for it; also
    /// tells which length the block claims for it.
    #[inline]
    fn place(&self, body: &[u8], interface: u32) -> Option<(PacketPlace, usize)> {
        let clock = self.interfaces.get(interface as usize)?;
        let [_, high, low, claimed, original_length] = self.order.words(body)?;
        let claimed = claimed as usize;
        let packet = PacketPlace {
            interface: self.earlier.saturating_add(interface),
            link_type: clock.link_type,
            time: clock.time(u64::from(high) << 32 | u64::from(low)),
            start: 28,
            length: claimed.min(body.len() - 20),
            original_length,
        };
        Some((packet, claimed))
    }

    fn simple(&mut self, body: &[u8], name: &str, place: u64) -> Option<Event> {
        let Some(clock) = self.interfaces.first() else {
            return self.undescribed(0, name, place);
        };
        let original_length = self.order.u32(body, 0)?;
        let snapped = match clock.snap_length {
            0 => original_length,
            limit => limit.min(original_length),
        };
        Some(Event::Packet(PacketPlace {
            interface: self.earlier,
            link_type: clock.link_type,
            time: self.time,
            start: 12,
            length: body.len().saturating_sub(4).min(snapped as usize),
            original_length,
        }))
    }

    fn undescribed(&mut self, interface: u32, name: &str, place: u64) -> Option<Event> {
        if self.reported {
            return None;
        }
        self.reported = true;
        Some(Event::Problem(Problem {
            kind: ProblemKind::UnknownInterface,
            offset: place,
            message: format!(
                "{name}: the packet at byte {place} is of interface {interface}, which is not \
                 described; such packets of this section are left out"
            ),
        }))
    }

    /// Passes over a block that swallowed its successors.
    fn skip(&self, source: &mut Source, name: &str, count: usize, length: u32) -> Event {
        let place = source.offset();
        source.consume(count);
        let claim = format!("it claims a length of {length} bytes");
        corrupt(name, place, &claim, Some(Some(source.offset())))
    }

    /// Searches the next block behind the available first byte.
    #[cold]
    fn search(&self, source: &mut Source, name: &str, claim: &str) -> Event {
        let place = source.offset();
        source.consume(1);
        loop {
            source.require(2 * MAX_FOUND_BLOCK as usize);
            let last = if source.ended() {
                source.available().len()
            } else {
                source.available().len().saturating_sub(MAX_FOUND_BLOCK as usize)
            };
            if let Some(at) = self.find(source, 0, last) {
                source.consume(at);
                return corrupt(name, place, claim, Some(Some(source.offset())));
            }
            let ended = source.ended();
            source.consume(last);
            if ended {
                return corrupt(name, place, claim, Some(None));
            }
        }
    }

    fn find(&self, source: &Source, from: usize, to: usize) -> Option<usize> {
        let bytes = source.available();
        (from..to).find(|&at| {
            self.plausible(bytes, at).is_some_and(|next| {
                (next == bytes.len() && source.ended()) || self.plausible(bytes, next).is_some()
            })
        })
    }

    /// Returns where the block at `at` ends, if there seems to be one.
    fn plausible(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let kind = self.order.u32(bytes, at)?;
        let order = match kind {
            SECTION_HEADER => byte_order(bytes, at + 8)?,
            1..=15 | 0x0bad | 0x4000_0bad => self.order,
            _ => return None,
        };
        let length = order.u32(bytes, at + 4)?;
        if length < BLOCK_FRAME as u32 || length > MAX_FOUND_BLOCK || length % 4 != 0 {
            return None;
        }
        let end = at + length as usize;
        (order.u32(bytes, end - 4)? == length).then_some(end)
    }
}

impl Clock {
    /// Reads the options that tell about time; odd ones are passed over.
    fn read_options(&mut self, order: Order, mut options: &[u8]) {
        while let (Some(code), Some(length)) = (order.u16(options, 0), order.u16(options, 2)) {
            let length = usize::from(length);
            let Some(value) = options.get(4..4 + length) else {
                return;
            };
            match (code, value) {
                (0, _) => return,
                (9, [resolution]) => self.resolution = *resolution,
                (14, _) => {
                    if let Some(offset) = order.u64(value, 0) {
                        self.offset = offset.cast_signed();
                    }
                }
                _ => {}
            }
            options = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
        }
    }

    /// Turns the interface's ticks into a time.
    #[inline]
    fn time(&self, ticks: u64) -> Timestamp {
        let usual = match (self.offset, self.resolution) {
            (0, 6) => ticks.checked_mul(1000),
            (0, 9) => Some(ticks),
            _ => None,
        };
        usual.map_or_else(|| self.unusual_time(ticks), Timestamp::from_nanos)
    }

    /// As [`time`](Self::time), whatever the clock is like.
    #[cold]
    fn unusual_time(&self, ticks: u64) -> Timestamp {
        let exponent = u32::from(self.resolution & 0x7f);
        let nanos = match self.resolution {
            0x80.. => (u128::from(ticks) * 1_000_000_000) >> exponent,
            0..=9 => u128::from(ticks) * 10_u128.pow(9 - exponent),
            // From 10^29 on no 64-bit count reaches a nanosecond.
            10..=28 => u128::from(ticks) / 10_u128.pow(exponent - 9),
            _ => 0,
        };
        let offset = i128::from(self.offset) * 1_000_000_000;
        let nanos = i128::try_from(nanos).unwrap_or(i128::MAX);
        let sum = nanos.saturating_add(offset);
        Timestamp::from_nanos(u64::try_from(sum.max(0)).unwrap_or(u64::MAX))
    }
}

/// Reads the byte order mark of a section.
fn byte_order(bytes: &[u8], at: usize) -> Option<Order> {
    match Order::Big.u32(bytes, at)? {
        0x1a2b_3c4d => Some(Order::Big),
        0x4d3c_2b1a => Some(Order::Little),
        _ => None,
    }
}

/// Reports the end of the input in the middle of a block, and passes over the rest.
fn truncated(source: &mut Source, name: &str, missing: usize) -> Event {
    let place = source.offset();
    let rest = source.available().len();
    let end = place + rest as u64;
    source.consume(rest);
    Event::Problem(Problem {
        kind: ProblemKind::Truncated,
        offset: place,
        message: format!(
            "{name} is cut off at byte {end}: the block at byte {place} needs {missing} bytes more"
        ),
    })
}

/// Reports a corrupt block. `next` tells where the search for another one led, if it was needed.
fn corrupt(name: &str, place: u64, claim: &str, next: Option<Option<u64>>) -> Event {
    let next = match next {
        Some(Some(next)) => format!("; reading went on at byte {next}"),
        Some(None) => "; no blocks were found behind it".to_owned(),
        None => String::new(),
    };
    Event::Problem(Problem {
        kind: ProblemKind::CorruptRecord,
        offset: place,
        message: format!("{name}: the block at byte {place} is corrupt ({claim}){next}"),
    })
}
