//! TCP segments with a time, before any link layer.

use std::net::SocketAddr;

/// The flag that ends a direction.
pub const FIN: u8 = 0x01;
/// The flag that opens a direction.
pub const SYN: u8 = 0x02;
/// The flag that breaks a connection off.
pub const RST: u8 = 0x04;
/// The flag that asks for delivery at once.
pub const PSH: u8 = 0x08;
/// The flag that says that the acknowledgement number counts.
pub const ACK: u8 = 0x10;
/// The flag that says that the urgent pointer counts.
pub const URG: u8 = 0x20;

/// A side of a connection.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// The side that opened it.
    Client,
    /// The side that accepted it.
    Server,
}

impl Side {
    /// Returns the side across.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// One TCP segment as it passes the point of capture.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segment {
    /// When it passes, in nanoseconds since 1970.
    pub time: u64,
    /// Which conversation of its clock it belongs to, counted from 0.
    pub conversation: usize,
    /// Who sends it.
    pub side: Side,
    /// The sender's address and port.
    pub source: SocketAddr,
    /// The receiver's address and port.
    pub destination: SocketAddr,
    /// The sender's initial sequence number.
    pub isn: u32,
    /// The place of the payload's first byte in the sender's stream: a truth that no packet holds.
    pub offset: u64,
    /// The acknowledgement number.
    pub acknowledgement: u32,
    /// The TCP flags.
    pub flags: u8,
    /// The advertised window.
    pub window: u16,
    /// The urgent pointer.
    pub urgent: u16,
    /// The TCP options, a multiple of four bytes.
    pub options: Vec<u8>,
    /// The bytes carried.
    pub payload: Vec<u8>,
    /// Whether the packet gets a wrong TCP checksum, as network cards with offloading leave it.
    pub wrong_checksum: bool,
}

impl Segment {
    /// Returns the 32-bit sequence number, which wraps.
    pub fn sequence(&self) -> u32 {
        if self.has(SYN) {
            self.isn
        } else {
            // Truncation is the point: sequence numbers are stream offsets modulo 2^32.
            self.isn.wrapping_add(1).wrapping_add(self.offset as u32)
        }
    }

    /// Returns the place behind the payload's last byte in the sender's stream.
    pub fn end(&self) -> u64 {
        self.offset + self.payload.len() as u64
    }

    /// Says whether all of the given flags are set.
    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }

    /// Says whether it carries bytes.
    pub fn carries_data(&self) -> bool {
        !self.payload.is_empty()
    }

    /// Says whether it opens or ends anything.
    pub fn is_boundary(&self) -> bool {
        self.flags & (SYN | FIN | RST) != 0
    }
}

/// Merges the segments of several conversations on one clock in the order of their times.
pub fn interleave(lists: impl IntoIterator<Item = Vec<Segment>>) -> Vec<Segment> {
    let mut all: Vec<Segment> = lists.into_iter().flatten().collect();
    // The sort is stable, so that equal times keep the order of the lists.
    all.sort_by_key(|segment| segment.time);
    all
}
