//! Capture files, written byte by byte, and damage done to them.

use super::frame::Order;
use super::packet::Packet;

/// The snap length of captures that cut nothing.
const WHOLE: u32 = 262_144;

/// How a classic capture is written.
#[derive(Clone, Copy, Debug)]
pub struct Pcap {
    order: Order,
    nanoseconds: bool,
    snap_length: u32,
    link_type: u32,
}

impl Pcap {
    /// Describes a little-endian capture with microseconds that cuts nothing.
    pub fn new(link_type: u32) -> Self {
        Self { order: Order::Little, nanoseconds: false, snap_length: WHOLE, link_type }
    }

    /// Sets the byte order of all headers.
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Makes the times nanoseconds.
    pub fn nanoseconds(mut self) -> Self {
        self.nanoseconds = true;
        self
    }

    /// Sets the snap length, to which longer packets are cut.
    pub fn snap_length(mut self, bytes: u32) -> Self {
        self.snap_length = bytes;
        self
    }

    /// Writes the file.
    pub fn write(&self, packets: &[Packet]) -> Vec<u8> {
        let magic: u32 = if self.nanoseconds { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
        let mut file = self.order.u32(magic).to_vec();
        file.extend(self.order.u16(2));
        file.extend(self.order.u16(4));
        for word in [0, 0, self.snap_length, self.link_type] {
            file.extend(self.order.u32(word));
        }
        for packet in packets {
            file.extend(self.record(packet));
        }
        file
    }

    /// Writes one record of the file.
    pub fn record(&self, packet: &Packet) -> Vec<u8> {
        let captured = packet.bytes.len().min(self.snap_length as usize);
        let fraction = (packet.time % 1_000_000_000) as u32;
        let fraction = if self.nanoseconds { fraction } else { fraction / 1000 };
        let seconds = (packet.time / 1_000_000_000) as u32;
        let mut record = Vec::with_capacity(16 + captured);
        for word in [seconds, fraction, captured as u32, packet.length as u32] {
            record.extend(self.order.u32(word));
        }
        record.extend(&packet.bytes[..captured]);
        record
    }
}

/// An interface of a pcapng section.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// The link type.
    pub link_type: u32,
    /// The snap length, to which longer packets are cut; 0 cuts nothing.
    pub snap_length: u32,
    /// `if_tsresol`: a negative power of ten, or of two with the highest bit set. Without it the
    /// times are microseconds.
    pub resolution: Option<u8>,
    /// `if_tsoffset`: seconds that are not in the times.
    pub offset: Option<u64>,
}

impl Interface {
    /// Describes an interface with microseconds that cuts nothing.
    pub fn new(link_type: u32) -> Self {
        Self { link_type, snap_length: 0, resolution: None, offset: None }
    }

    /// Turns nanoseconds since 1970 into this interface's units.
    fn units(&self, time: u64) -> u64 {
        let seconds = self.offset.unwrap_or(0);
        let time = u128::from(time) - u128::from(seconds) * 1_000_000_000;
        let resolution = self.resolution.unwrap_or(6);
        let exponent = u32::from(resolution & 0x7f);
        let base: u128 = if resolution & 0x80 == 0 { 10 } else { 2 };
        let units = time * base.pow(exponent) / 1_000_000_000;
        u64::try_from(units).expect("the time fits the resolution")
    }
}

/// A pcapng file in the making: sections, interfaces and packets in the order of the calls.
#[derive(Clone, Debug)]
pub struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
    file: Vec<u8>,
}

impl PcapNg {
    /// Starts a file with its first section.
    pub fn new(order: Order) -> Self {
        let mut file = Self { order, interfaces: Vec::new(), file: Vec::new() };
        file.section(order);
        file
    }

    /// Starts a further section, which begins to count its interfaces anew.
    pub fn section(&mut self, order: Order) -> &mut Self {
        self.order = order;
        self.interfaces.clear();
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend(order.u16(1));
        body.extend(order.u16(0));
        // The section's length is not stated.
        body.extend([0xff; 8]);
        self.block(0x0a0d_0d0a, &body)
    }

    /// Adds an interface to the section.
    pub fn interface(&mut self, interface: Interface) -> &mut Self {
        let order = self.order;
        let link_type = u16::try_from(interface.link_type).expect("link types have 16 bits");
        let mut body = order.u16(link_type).to_vec();
        body.extend([0, 0]);
        body.extend(order.u32(interface.snap_length));
        if let Some(resolution) = interface.resolution {
            body.extend(order.u16(9));
            body.extend(order.u16(1));
            body.extend([resolution, 0, 0, 0]);
        }
        if let Some(offset) = interface.offset {
            body.extend(order.u16(14));
            body.extend(order.u16(8));
            body.extend(order.u64(offset));
        }
        if interface.resolution.is_some() || interface.offset.is_some() {
            body.extend([0; 4]);
        }
        self.interfaces.push(interface);
        self.block(1, &body)
    }

    /// Adds a packet that the interface with this index in the section captured.
    pub fn packet(&mut self, index: u32, packet: &Packet) -> &mut Self {
        let order = self.order;
        let interface = self.interfaces[index as usize];
        let units = interface.units(packet.time);
        let captured = match interface.snap_length as usize {
            0 => packet.bytes.len(),
            length => packet.bytes.len().min(length),
        };
        let mut body = Vec::new();
        for word in
            [index, (units >> 32) as u32, units as u32, captured as u32, packet.length as u32]
        {
            body.extend(order.u32(word));
        }
        body.extend(&packet.bytes[..captured]);
        self.block(6, &body)
    }

    /// Adds packets that one interface captured.
    pub fn packets(&mut self, index: u32, packets: &[Packet]) -> &mut Self {
        for packet in packets {
            self.packet(index, packet);
        }
        self
    }

    /// Adds a block of any type.
    pub fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = self.order.u32((12 + body.len() + padding) as u32);
        self.file.extend(self.order.u32(kind));
        self.file.extend(length);
        self.file.extend(body);
        self.file.extend(std::iter::repeat_n(0, padding));
        self.file.extend(length);
        self
    }

    /// Returns the file.
    pub fn finish(&self) -> Vec<u8> {
        self.file.clone()
    }
}

/// Returns where the record of each packet begins in a little-endian classic capture.
pub fn records(file: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    let mut place = 24;
    while let Some(length) = file.get(place + 8..place + 12) {
        places.push(place);
        let length = length.try_into().map(u32::from_le_bytes).expect("four bytes were taken");
        place += 16 + length as usize;
    }
    places
}

/// Cuts a little-endian classic capture in the middle of the bytes of packet `index`.
pub fn cut_in_packet(file: &mut Vec<u8>, index: usize) {
    let places = records(file);
    let next = places.get(index + 1).copied().unwrap_or(file.len());
    file.truncate((places[index] + 16 + next) / 2);
}

/// Cuts a little-endian classic capture in the middle of the header of record `index`.
pub fn cut_in_header(file: &mut Vec<u8>, index: usize) {
    let place = records(file)[index];
    file.truncate(place + 8);
}

/// Overwrites the header of record `index` of a little-endian classic capture with nonsense.
pub fn corrupt_record(file: &mut [u8], index: usize) {
    let place = records(file)[index];
    file[place..place + 16].fill(0xee);
}
