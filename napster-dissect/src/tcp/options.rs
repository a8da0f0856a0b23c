//! What reassembly may be told, and its limits.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How long a flow may be silent before it is closed.
///
/// TCP's keep-alive probes come every two hours, so a flow that is older has ended unseen.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(3 * 3600);

/// How long a flow without any payload may be silent before it is closed.
pub const EMPTY_TIMEOUT: Duration = Duration::from_secs(300);

/// How long packets may follow an RST, or FINs of both sides that were not both acknowledged,
/// before the flow is closed; each one starts the time anew.
pub const END_GRACE: Duration = Duration::from_secs(5);

/// How long a flow stays open after the FIN of one side if the other was never heard.
pub const LONE_FIN_GRACE: Duration = Duration::from_secs(60);

/// A hole that the other side acknowledged is given up after this time at the latest.
///
/// The receiver has the bytes, so they will not be sent again; but captures may deliver packets in
/// another order than the network did.
pub const GAP_WAIT: Duration = Duration::from_secs(10);

/// A hole that the other side acknowledged is given up after so many packets of the flow.
pub const GAP_WAIT_PACKETS: u64 = 256;

/// A hole is given up after this time if the other side was never heard.
pub const LONE_GAP_WAIT: Duration = Duration::from_secs(60);

/// A hole is given up if so many bytes wait behind it and the other side was never heard.
pub const LONE_GAP_BYTES: usize = 1024 * 1024;

/// A flow without handshake starts with what came first after so many packets of it.
///
/// Until then its data is held, since earlier bytes may still come.
pub const START_WAIT_PACKETS: u64 = 16;

/// A flow without handshake starts with what came first after this time.
pub const START_WAIT: Duration = Duration::from_secs(1);

/// So many bytes in front of the first ones captured are told as a gap if acknowledgements prove
/// that they were sent; more are not believed.
pub const START_GAP: u64 = 1024 * 1024;

/// How many closed flows are remembered, so that late packets do not open new ones.
pub const MAX_TOMBSTONES: usize = 32_768;

/// How overlaps are resolved and how much may be kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options {
    /// Whose bytes count where packets overlap.
    pub overlap: Overlap,
    /// What is done about checksums.
    pub checksums: Checksums,
    /// The most bytes for everything that is kept: waiting data, flows and tables.
    pub max_memory: usize,
    /// The most bytes of one direction that wait behind a hole.
    pub max_flow_bytes: usize,
    /// The most segments of one direction that wait behind a hole.
    pub max_flow_segments: usize,
    /// The most flows that are open at a time.
    pub max_flows: usize,
    /// How many delivered bytes of all flows together are remembered, to compare what comes again.
    pub history: usize,
}

/// The memory that is used without another limit: 256 MiB.
pub const MAX_MEMORY: usize = 256 * 1024 * 1024;

impl Options {
    /// Shares memory out to all limits, as the default does with [`MAX_MEMORY`].
    #[must_use]
    pub const fn with_memory(bytes: usize) -> Self {
        Self {
            overlap: Overlap::First,
            checksums: Checksums::Count,
            max_memory: bytes,
            max_flow_bytes: bytes / 16,
            max_flow_segments: bytes / 256,
            max_flows: bytes / 1024,
            history: bytes / 1024,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::with_memory(MAX_MEMORY)
    }
}

/// What is done about TCP checksums.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Checksums {
    /// They are not looked at.
    Ignore,
    /// Wrong ones are counted and the segments used: network cards often compute them later.
    Count,
    /// Segments with wrong ones are counted and dropped, as the receiver does.
    Verify,
}

/// Whose bytes count where a packet overlaps one that waits behind a hole.
///
/// Systems differ, and attackers use that: the rules are those that intrusion detection systems
/// found by trying. Bytes that were delivered already stay as they are under every rule.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Overlap {
    /// The bytes captured first, as RFC 9293 has it.
    First,
    /// The bytes captured last.
    Last,
    /// The first, unless the later packet begins further in front.
    Bsd,
    /// As [`Bsd`](Self::Bsd), and the later packet if it begins at the same place and ends behind.
    Linux,
    /// The first, unless the later packet begins further in front or at the same place.
    OldLinux,
    /// As [`Bsd`](Self::Bsd); Windows Vista and later keep the first.
    Windows,
    /// The later packet, if it covers the earlier one's end, or begins at the same place.
    Solaris,
}

impl Overlap {
    const NAMES: [(Self, &'static str); 7] = [
        (Self::First, "first"),
        (Self::Last, "last"),
        (Self::Bsd, "bsd"),
        (Self::Linux, "linux"),
        (Self::OldLinux, "old-linux"),
        (Self::Windows, "windows"),
        (Self::Solaris, "solaris"),
    ];

    /// Returns the names of all rules, as they are parsed.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(_, name)| *name)
    }

    /// Returns whether a packet at `new` wins over an earlier one at `old`; both are start and end.
    pub(super) fn new_wins(self, new: (u64, u64), old: (u64, u64)) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Bsd | Self::Windows => new.0 < old.0,
            Self::Linux => new.0 < old.0 || (new.0 == old.0 && new.1 > old.1),
            Self::OldLinux => new.0 <= old.0,
            Self::Solaris => {
                new.0 == old.0
                    || (new.0 < old.0 && new.1 >= old.1)
                    || (new.0 > old.0 && new.1 > old.1)
            }
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            Self::NAMES.iter().find(|(overlap, _)| overlap == self).map_or("", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for Overlap {
    type Err = UnknownOverlap;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(overlap, _)| *overlap)
            .ok_or(UnknownOverlap)
    }
}

/// The name is of no [`Overlap`] rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownOverlap;

impl fmt::Display for UnknownOverlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Overlap::names().collect();
        write!(f, "the rule must be one of {}", names.join(", "))
    }
}

impl std::error::Error for UnknownOverlap {}

/// What an allocation costs besides its bytes.
pub(super) const ALLOCATION: usize = 2 * size_of::<usize>();
