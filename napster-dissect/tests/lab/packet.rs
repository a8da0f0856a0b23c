//! Packets: segments wrapped into IP and a link layer, with right checksums.

use std::net::IpAddr;

use super::frame::Order;
use super::segment::{Segment, Side};

/// The smallest Ethernet frame without its trailing checksum.
const MINIMUM: usize = 60;

/// The protocol number of TCP.
const TCP: u8 = 6;

/// The protocol number of UDP.
const UDP: u8 = 17;

/// A captured packet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Packet {
    /// When it passed, in nanoseconds since 1970.
    pub time: u64,
    /// The captured bytes, link layer included.
    pub bytes: Vec<u8>,
    /// How long it was on the wire.
    pub length: usize,
}

impl Packet {
    /// Makes a packet that was captured whole.
    pub fn new(time: u64, bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        Self { time, bytes, length }
    }
}

/// A link layer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Link {
    /// Ethernet without tags.
    Ethernet,
    /// Ethernet with one VLAN tag.
    Vlan(u16),
    /// Ethernet with a service tag and a customer tag.
    DoubleVlan(u16, u16),
    /// Linux cooked capture, version 1.
    Cooked,
    /// Linux cooked capture, version 2.
    Cooked2,
    /// IP of either version with nothing in front.
    Raw,
    /// IPv4 with nothing in front.
    Ipv4,
    /// IPv6 with nothing in front.
    Ipv6,
    /// BSD loopback, the address family in the byte order of the capturing machine.
    Null(Order),
    /// OpenBSD loopback, the address family in network order.
    Loop,
}

impl Link {
    /// Returns the number of this link type in capture files.
    pub fn number(self) -> u32 {
        match self {
            Self::Null(_) => 0,
            Self::Ethernet | Self::Vlan(_) | Self::DoubleVlan(..) => 1,
            Self::Raw => 101,
            Self::Loop => 108,
            Self::Cooked => 113,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::Cooked2 => 276,
        }
    }

    /// Wraps one segment.
    pub fn packet(self, segment: &Segment) -> Packet {
        let tcp = tcp(segment);
        let ip = ip(TCP, segment.source.ip(), segment.destination.ip(), &tcp);
        let header = self.header(segment.source.ip(), segment.destination.ip(), segment.side);
        Packet::new(segment.time, [header, ip].concat())
    }

    /// Wraps segments, none of them padded.
    pub fn packets(self, segments: &[Segment]) -> Vec<Packet> {
        segments.iter().map(|segment| self.packet(segment)).collect()
    }

    /// Wraps segments as the host `receiver` captures them: what it receives comes padded to the
    /// smallest Ethernet frame, what it sends is seen before the network card pads it.
    pub fn packets_at(self, receiver: IpAddr, segments: &[Segment]) -> Vec<Packet> {
        let mut packets = self.packets(segments);
        for (packet, segment) in packets.iter_mut().zip(segments) {
            if segment.destination.ip() == receiver {
                pad(packet);
            }
        }
        packets
    }

    /// Makes a UDP packet, which a TCP dissector has to pass over.
    pub fn udp(self, time: u64, from: (IpAddr, u16), to: (IpAddr, u16), payload: &[u8]) -> Packet {
        let length = u16::try_from(8 + payload.len()).expect("a datagram fits its length");
        let mut datagram = Vec::new();
        for word in [from.1, to.1, length, 0] {
            datagram.extend(word.to_be_bytes());
        }
        datagram.extend(payload);
        // Zero would mean that there is no checksum.
        let sum = match transport_checksum(UDP, from.0, to.0, &datagram) {
            0 => 0xffff,
            sum => sum,
        };
        datagram[6..8].copy_from_slice(&sum.to_be_bytes());
        let ip = ip(UDP, from.0, to.0, &datagram);
        Packet::new(time, [self.header(from.0, to.0, Side::Client), ip].concat())
    }

    /// Builds what stands in front of IP.
    fn header(self, source: IpAddr, destination: IpAddr, side: Side) -> Vec<u8> {
        let kind: u16 = if source.is_ipv4() { 0x0800 } else { 0x86dd };
        let kind = kind.to_be_bytes();
        let ethernet = [hardware_address(destination), hardware_address(source)].concat();
        // Packets of the client count as sent by the capturing host, the others as received.
        let direction: u8 = if side == Side::Client { 4 } else { 0 };
        let family: u32 = if source.is_ipv4() { 2 } else { 30 };
        match self {
            Self::Raw | Self::Ipv4 | Self::Ipv6 => Vec::new(),
            Self::Ethernet => [&ethernet[..], &kind].concat(),
            Self::Vlan(tag) => [&ethernet[..], &[0x81, 0], &tag.to_be_bytes(), &kind].concat(),
            Self::DoubleVlan(service, customer) => {
                let outer = [0x88, 0xa8, (service >> 8) as u8, service as u8];
                let inner = [0x81, 0, (customer >> 8) as u8, customer as u8];
                [&ethernet[..], &outer, &inner, &kind].concat()
            }
            Self::Cooked => {
                let mac = hardware_address(source);
                [&[0, direction, 0, 1, 0, 6][..], &mac, &[0, 0], &kind].concat()
            }
            Self::Cooked2 => {
                let mac = hardware_address(source);
                let interface = [0, 0, 0, 2];
                let middle = [&interface[..], &[0, 1, direction, 6]].concat();
                [&kind[..], &[0, 0], &middle, &mac, &[0, 0]].concat()
            }
            Self::Null(order) => order.u32(family).to_vec(),
            Self::Loop => family.to_be_bytes().to_vec(),
        }
    }
}

/// Fills a frame with zero bytes to Ethernet's minimum.
pub fn pad(packet: &mut Packet) {
    if packet.bytes.len() < MINIMUM {
        packet.bytes.resize(MINIMUM, 0);
        packet.length = MINIMUM;
    }
}

/// Cuts packets to a snap length; their length on the wire stays known.
pub fn snap(packets: &mut [Packet], length: usize) {
    for packet in packets {
        packet.bytes.truncate(length);
    }
}

/// Derives a locally administered hardware address from an IP address.
fn hardware_address(address: IpAddr) -> [u8; 6] {
    let octets = octets(address);
    let mut hardware = [0x02, 0, 0, 0, 0, 0];
    hardware[2..].copy_from_slice(&octets[octets.len() - 4..]);
    hardware
}

/// Returns the bytes of an address.
fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// Builds an IP packet around a transport payload.
fn ip(protocol: u8, source: IpAddr, destination: IpAddr, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let total = u16::try_from(20 + payload.len()).expect("an IPv4 packet fits its length");
            bytes.extend([0x45, 0]);
            bytes.extend(total.to_be_bytes());
            // No identification is needed where fragments are forbidden.
            bytes.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
            let sum = checksum(&[&bytes]);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let length = u16::try_from(payload.len()).expect("an IPv6 payload fits its length");
            bytes.extend([0x60, 0, 0, 0]);
            bytes.extend(length.to_be_bytes());
            bytes.extend([protocol, 64]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
        }
        _ => panic!("both ends of a conversation speak the same version of IP"),
    }
    bytes.extend(payload);
    bytes
}

/// Builds a TCP header and its payload.
fn tcp(segment: &Segment) -> Vec<u8> {
    assert!(segment.options.len().is_multiple_of(4), "options fill whole words");
    let words = 5 + segment.options.len() / 4;
    let mut bytes = Vec::new();
    bytes.extend(segment.source.port().to_be_bytes());
    bytes.extend(segment.destination.port().to_be_bytes());
    bytes.extend(segment.sequence().to_be_bytes());
    bytes.extend(segment.acknowledgement.to_be_bytes());
    bytes.extend([(words as u8) << 4, segment.flags]);
    bytes.extend(segment.window.to_be_bytes());
    bytes.extend([0, 0]);
    bytes.extend(segment.urgent.to_be_bytes());
    bytes.extend(&segment.options);
    bytes.extend(&segment.payload);
    let mut sum = transport_checksum(TCP, segment.source.ip(), segment.destination.ip(), &bytes);
    if segment.wrong_checksum {
        sum = sum.wrapping_add(0x0101);
    }
    bytes[16..18].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// Computes the checksum of a transport header, payload and the addresses it vouches for.
fn transport_checksum(protocol: u8, source: IpAddr, destination: IpAddr, bytes: &[u8]) -> u16 {
    let length = (bytes.len() as u32).to_be_bytes();
    let pseudo = [&octets(source)[..], &octets(destination), &length, &[0, 0, 0, protocol]];
    checksum(&[&pseudo.concat(), bytes])
}

/// Computes the Internet checksum; all parts but the last have an even length.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
