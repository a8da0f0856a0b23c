//! What is told about a flow, and to whom.

use std::fmt;
use std::net::SocketAddr;

use crate::capture::{Stamp, Timestamp};

/// One of the two ends of a flow, and the direction of the bytes it sends.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Side {
    /// The end that opened the connection; without a handshake, the sender of the first packet.
    Client,
    /// The other end.
    Server,
}

impl Side {
    /// Returns the other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// Returns 0 for the client and 1 for the server, to keep state in an array.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}

/// What is known of a flow from its first packet on; it never changes while the flow is open.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FlowInfo {
    /// TCP connections counted from 0 in the order of their first packet.
    pub number: u64,
    /// A small index that no other open flow has; used again once the flow is closed.
    pub slot: u32,
    /// The address of [`Side::Client`].
    pub client: SocketAddr,
    /// The address of [`Side::Server`].
    pub server: SocketAddr,
    /// Whether a SYN told which side is the client; else it is the sender of the first packet.
    pub handshake: bool,
}

impl FlowInfo {
    /// Returns the address of a side.
    #[must_use]
    pub const fn address(&self, side: Side) -> SocketAddr {
        match side {
            Side::Client => self.client,
            Side::Server => self.server,
        }
    }
}

/// How a flow ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Closed {
    /// Both sides sent FIN, or one did and the other was never heard.
    Fin,
    /// A side sent RST.
    Rst,
    /// Nothing came for a long time, a limit was reached, or the addresses were used again.
    Timeout,
    /// The capture ended.
    Eof,
}

impl Closed {
    /// Returns the name as the JSON output writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fin => "fin",
            Self::Rst => "rst",
            Self::Timeout => "timeout",
            Self::Eof => "eof",
        }
    }
}

/// Counts of one flow; arrays are indexed by [`Side::index`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FlowStats {
    /// The time of the first packet.
    pub start: Timestamp,
    /// The time of the last packet.
    pub end: Timestamp,
    /// All packets, those without payload too.
    pub packets: u64,
    /// Payload bytes delivered, each once.
    pub bytes: [u64; 2],
    /// Holes that were never filled.
    pub gaps: u64,
    /// Bytes in those holes.
    pub gap_bytes: u64,
    /// Payload bytes that had been captured before.
    pub retransmitted: u64,
    /// Overlaps whose bytes differ from those captured first.
    pub overlap_conflicts: u64,
    /// Segments that brought new bytes from before bytes already captured.
    pub out_of_order: u64,
    /// Segments with a wrong TCP checksum.
    pub bad_checksums: u64,
    /// Payload bytes that are in no stream: before its start, behind its FIN, or carried by an RST.
    pub discarded: u64,
}

/// A limit that was reached, and what was given up for it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Limit {
    /// `Options::max_memory`: waiting for lost bytes was given up.
    Memory,
    /// `Options::max_flow_bytes`: waiting for lost bytes was
    /// given up.
    FlowBytes,
    /// `Options::max_flow_segments`: waiting for lost bytes
    /// was given up.
    FlowSegments,
    /// `Options::max_flows` or the memory limit: the flow was closed
    /// though it had not ended.
    Flows,
}

impl Limit {
    /// Returns a short name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::FlowBytes => "flow_bytes",
            Self::FlowSegments => "flow_segments",
            Self::Flows => "flows",
        }
    }
}

/// Receives what happens in the flows, in the order in which it becomes known.
///
/// For one flow the calls are: `opened`, then any of the others, then `closed`. For one side the
/// offsets of `data` and `gap` follow each other without holes, from 0.
///
/// A stamp is that of the packet which completed what is told. For bytes behind a hole that was
/// given up, that is the latest packet that brought them or bytes before them, so a stamp may be
/// earlier than those of calls before it.
pub trait StreamSink {
    /// A connection was seen for the first time.
    fn opened(&mut self, flow: &FlowInfo, stamp: Stamp);

    /// The next bytes of one direction; one call per captured segment, so that segment boundaries
    /// stay visible. Offset 0 is the first byte behind the SYN, or the first byte captured.
    fn data(&mut self, flow: &FlowInfo, side: Side, offset: u64, bytes: &[u8], stamp: Stamp);

    /// The next `length` bytes of one direction were not captured.
    fn gap(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, stamp: Stamp);

    /// Two packets brought different bytes for the same place, which is within
    /// `offset..offset + length`.
    fn conflict(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, stamp: Stamp);

    /// All bytes up to the side's FIN were told: nothing more comes from it.
    fn finished(&mut self, flow: &FlowInfo, side: Side, stamp: Stamp);

    /// A limit was reached in this flow; what was given up follows as `gap` or `closed`.
    fn limit(&mut self, flow: &FlowInfo, limit: Limit, stamp: Stamp);

    /// The flow ended; its slot may be used again from now on.
    fn closed(&mut self, flow: &FlowInfo, stats: &FlowStats, closed: Closed, stamp: Stamp);

    /// How many bytes the sink keeps of open flows. They count towards
    /// [`Options::max_memory`](super::Options::max_memory): where it is exceeded, flows are closed.
    fn memory(&self) -> usize {
        0
    }
}
