//! TCP segments: what is handed on to reassembly.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::BitOr;

use etherparse::TcpSlice;

/// A TCP segment, as far as it was captured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment<'a> {
    /// Address and port of the sender.
    pub source: SocketAddr,
    /// Address and port of the receiver.
    pub destination: SocketAddr,
    /// The sequence number.
    pub sequence: u32,
    /// The acknowledgement number; meaningful with [`Flags::ACK`].
    pub acknowledgement: u32,
    /// The control bits.
    pub flags: Flags,
    /// The receive window, not scaled.
    pub window: u16,
    /// The urgent pointer; meaningful with [`Flags::URG`].
    pub urgent_pointer: u16,
    /// The payload, without padding of the layers below.
    pub payload: &'a [u8],
    /// How many bytes of payload follow that were not captured.
    pub missing: u32,
    /// Header and payload, where the checksum can be verified.
    checked: Option<&'a [u8]>,
}

impl<'a> Segment<'a> {
    /// Makes a segment without flags, payload and checksum.
    #[must_use]
    pub const fn new(source: SocketAddr, destination: SocketAddr) -> Self {
        Self {
            source,
            destination,
            sequence: 0,
            acknowledgement: 0,
            flags: Flags(0),
            window: 0,
            urgent_pointer: 0,
            payload: &[],
            missing: 0,
            checked: None,
        }
    }

    /// Reads a segment from the bytes that IP carries.
    ///
    /// `missing` bytes behind `bytes` were not captured; `checkable` is whether the addresses are
    /// those that the checksum covers. Fourteen bytes of the header are enough.
    #[inline]
    pub(super) fn read(
        source: IpAddr,
        destination: IpAddr,
        bytes: &'a [u8],
        missing: usize,
        checkable: bool,
    ) -> Result<Self, NoSegment> {
        if let Ok(tcp) = TcpSlice::from_slice(bytes) {
            return Ok(Self::of(&tcp, source, destination, missing, checkable));
        }
        Self::read_cut(source, destination, bytes, missing)
    }

    /// Makes a segment of its slices.
    #[inline(always)]
    pub(super) fn of(
        tcp: &TcpSlice<'a>,
        source: IpAddr,
        destination: IpAddr,
        missing: usize,
        checkable: bool,
    ) -> Self {
        // The reserved bits and ECN bits tell nothing about the stream.
        let flags = tcp.slice().get(13).copied().unwrap_or_default() & Flags::KNOWN;
        Self {
            source: SocketAddr::new(source, tcp.source_port()),
            destination: SocketAddr::new(destination, tcp.destination_port()),
            sequence: tcp.sequence_number(),
            acknowledgement: tcp.acknowledgment_number(),
            flags: Flags(flags),
            window: tcp.window_size(),
            urgent_pointer: tcp.urgent_pointer(),
            payload: tcp.payload(),
            missing: u32::try_from(missing).unwrap_or(u32::MAX),
            checked: (checkable && missing == 0).then(|| tcp.slice()),
        }
    }

    /// Reads a segment whose header was not captured whole.
    #[cold]
    fn read_cut(
        source: IpAddr,
        destination: IpAddr,
        bytes: &'a [u8],
        missing: usize,
    ) -> Result<Self, NoSegment> {
        let Some(&header) = bytes.first_chunk::<14>() else {
            return Err(NoSegment::of(missing));
        };
        let [s0, s1, d0, d1, q0, q1, q2, q3, a0, a1, a2, a3, offset, flags] = header;
        let header_length = usize::from(offset >> 4) * 4;
        if header_length < 20 {
            return Err(NoSegment::Malformed);
        }
        let Some(payload) = (bytes.len() + missing).checked_sub(header_length) else {
            return Err(NoSegment::Malformed);
        };
        if bytes.len() >= header_length || missing == 0 {
            return Err(NoSegment::Malformed);
        }
        Ok(Self {
            sequence: u32::from_be_bytes([q0, q1, q2, q3]),
            acknowledgement: u32::from_be_bytes([a0, a1, a2, a3]),
            flags: Flags(flags & Flags::KNOWN),
            missing: u32::try_from(payload).unwrap_or(u32::MAX),
            ..Self::new(
                SocketAddr::new(source, u16::from_be_bytes([s0, s1])),
                SocketAddr::new(destination, u16::from_be_bytes([d0, d1])),
            )
        })
    }

    /// Verifies the TCP checksum, where all bytes that it covers were captured.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        let Some(bytes) = self.checked else {
            return Checksum::Unchecked;
        };
        let addresses = match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                pair(source.octets()) + pair(destination.octets())
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                sum(&source.octets()) + sum(&destination.octets())
            }
            _ => return Checksum::Unchecked,
        };
        // The pseudo header also holds the protocol number and the length.
        let Ok(length) = u32::try_from(bytes.len()) else {
            return Checksum::Unchecked;
        };
        let pseudo = addresses + pair(length.to_be_bytes()) + pair([0, 0, 0, 6]);
        // With the checksum the words add up to 0xffff, that is to a multiple of it.
        if (pseudo + sum(bytes)).is_multiple_of(0xffff) {
            Checksum::Good
        } else if bytes.get(16..18) == Some(&folded_bytes(pseudo)) {
            Checksum::Partial
        } else {
            Checksum::Bad
        }
    }
}

impl Default for Segment<'_> {
    fn default() -> Self {
        let nowhere = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
        Self::new(nowhere, nowhere)
    }
}

/// Why bytes that IP carries are no segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NoSegment {
    /// Too little of the header was captured.
    Cut,
    /// The header contradicts itself.
    Malformed,
}

impl NoSegment {
    fn of(missing: usize) -> Self {
        if missing > 0 { Self::Cut } else { Self::Malformed }
    }
}

/// The control bits of a TCP header.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push the data to the receiver.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgement number is meaningful.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer is meaningful.
    pub const URG: Self = Self(0x20);

    const KNOWN: u8 = 0x3f;

    /// Returns whether any of the bits of `other` is set.
    #[inline]
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What became of verifying a checksum.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Checksum {
    /// It is right.
    Good,
    /// It is that of the pseudo header alone: the capture is from the sending machine, which leaves
    /// the rest to its network card, or to nobody on the loopback interface (Linux).
    Partial,
    /// It is wrong.
    Bad,
    /// Not all bytes were captured, or the addresses on the way differ from the last ones.
    Unchecked,
}

/// Adds up the 16-bit words of `bytes`, low bytes first; a byte alone at the end is a low one.
///
/// Words of 64 bits are added, every other one to a sum of its own, and with their carries: 2^16 and
/// its powers count as 1 in the end.
fn sum(bytes: &[u8]) -> u64 {
    let (pairs, rest) = bytes.as_chunks::<16>();
    let (mut even, mut odd) = (0_u128, 0_u128);
    for bytes in pairs {
        let words = u128::from_le_bytes(*bytes);
        // The casts take the halves.
        even += u128::from(words as u64);
        odd += u128::from((words >> 64) as u64);
    }
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        even += u128::from(u64::from_le_bytes(*word));
    }
    odd += rest.iter().rev().fold(0, |word, &byte| word << 8 | u128::from(byte));
    let total = even + odd;
    // The upper half counts carries, of which a packet has few.
    (total >> 64) as u64 + (total as u64 >> 32) + u64::from(total as u32)
}

/// The sum of two words.
fn pair(bytes: [u8; 4]) -> u64 {
    u64::from(u32::from_le_bytes(bytes))
}

/// A sum as it stands in a header, not complemented.
fn folded_bytes(total: u64) -> [u8; 2] {
    u16::try_from(fold(total)).unwrap_or_default().to_le_bytes()
}

/// Brings a sum to 16 bits by adding the carries.
fn fold(mut total: u64) -> u64 {
    while total > 0xffff {
        total = (total >> 16) + (total & 0xffff);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    fn bytes(payload: &[u8]) -> Vec<u8> {
        let mut header = etherparse::TcpHeader::new(1877, 8888, 7, 512);
        header.acknowledgment_number = 9;
        header.ack = true;
        header.psh = true;
        header.checksum =
            header.calc_checksum_ipv4_raw([10, 0, 0, 1], [10, 0, 0, 2], payload).unwrap();
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(payload);
        bytes
    }

    #[test]
    fn reads_and_verifies() {
        for length in 0..9_u8 {
            let payload: Vec<u8> = (0..length).map(|i| i.wrapping_mul(77)).collect();
            let mut bytes = bytes(&payload);
            let segment = Segment::read(A, B, &bytes, 0, true).unwrap();
            assert_eq!(segment.source.to_string(), "10.0.0.1:1877");
            assert_eq!(segment.destination.to_string(), "10.0.0.2:8888");
            assert_eq!((segment.sequence, segment.acknowledgement), (7, 9));
            assert_eq!(segment.flags, Flags::ACK | Flags::PSH);
            assert_eq!((segment.window, segment.payload), (512, &payload[..]));
            assert_eq!(segment.checksum(), Checksum::Good);
            let segment = Segment::read(A, B, &bytes, 3, true).unwrap();
            assert_eq!((segment.missing, segment.checksum()), (3, Checksum::Unchecked));
            bytes[4] ^= 0x40;
            let segment = Segment::read(A, B, &bytes, 0, true).unwrap();
            assert_eq!(segment.checksum(), Checksum::Bad);
        }
    }

    #[test]
    fn sums_carry_at_every_length() {
        for length in 0..80_u8 {
            // High bytes make each word carry; etherparse computes the checksum.
            let payload: Vec<u8> = (0..length).map(|i| 0xff - (i & 1)).collect();
            let mut bytes = bytes(&payload);
            let checksum = |bytes: &[u8]| Segment::read(A, B, bytes, 0, true).unwrap().checksum();
            assert_eq!(checksum(&bytes), Checksum::Good, "{length} bytes");
            for place in 20..bytes.len() {
                bytes[place] ^= 0x80;
                assert_eq!(checksum(&bytes), Checksum::Bad, "byte {place} of {length}");
                bytes[place] ^= 0x80;
            }
        }
    }

    #[test]
    fn reads_a_cut_header() {
        let bytes = bytes(b"hello");
        let segment = Segment::read(A, B, &bytes[..16], 9, true).unwrap();
        assert_eq!((segment.sequence, segment.acknowledgement), (7, 9));
        assert_eq!((segment.payload.len(), segment.missing), (0, 5));
        assert_eq!(Segment::read(A, B, &bytes[..13], 12, true), Err(NoSegment::Cut));
        assert_eq!(Segment::read(A, B, &bytes[..16], 0, true), Err(NoSegment::Malformed));
        let mut short = bytes.clone();
        short[12] = 0x40;
        assert_eq!(Segment::read(A, B, &short, 0, true), Err(NoSegment::Malformed));
    }
}
