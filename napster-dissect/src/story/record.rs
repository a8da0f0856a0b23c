//! What the story tells: the records of the JSON contract, before they are text.
//!
//! A record is decided once and never changed; what becomes known later is a record of its own. Turning
//! one into text or JSON is a pure function of the record, so it can be done on any core.

use std::net::SocketAddr;
use std::sync::Arc;

use napster_codec::Direction;
use napster_codec::dialogue::Answers;

use super::chains::Chain;
use super::session::{Session, SessionSummary};
use crate::capture::{Stamp, Timestamp};
pub use crate::decode::{Body, Protocol};
use crate::tcp::{Closed, FlowStats, Side};

/// One thing that became known.
#[derive(Debug)]
#[non_exhaustive]
pub enum Record<'a> {
    /// An input was opened.
    Capture(&'a CaptureRecord),
    /// An input describes an interface.
    Interface(&'a InterfaceRecord),
    /// A message was said.
    Message(MessageRecord<'a>),
    /// A connection was recognised as one that was announced.
    Link(&'a LinkRecord),
    /// A request found its end, or never will.
    Exchange(&'a ExchangeRecord),
    /// A connection that asked for a file ended.
    Transfer(&'a TransferRecord),
    /// A connection ended.
    Flow(&'a FlowRecord),
    /// Something was lost, damaged or odd.
    Warning(&'a WarningRecord),
    /// Everything was read.
    Summary(&'a SummaryRecord),
}

/// An input.
#[derive(Clone, Debug)]
pub struct CaptureRecord {
    /// Index of the input, from 0.
    pub capture: u32,
    /// Its name as given.
    pub file: String,
    /// `pcap`, `pcap-ns`, `pcapng` …
    pub format: &'static str,
    /// `gzip` and the like.
    pub compression: Option<&'static str>,
}

/// An interface of an input.
#[derive(Clone, Debug)]
pub struct InterfaceRecord {
    /// Index of the input.
    pub capture: u32,
    /// Index of the interface within the input.
    pub interface: u32,
    /// `ethernet`, `linux_sll` …
    pub link_type: String,
    /// The most bytes that were captured of a packet; 0 where there is no limit.
    pub snap_length: u32,
}

/// A message, still as bytes.
pub struct MessageRecord<'a> {
    /// The packet that completed it.
    pub stamp: Stamp,
    /// Number of the flow.
    pub flow: u64,
    /// What the flow speaks.
    pub protocol: Protocol,
    /// Who said it.
    pub from: Side,
    /// The sender's address.
    pub source: SocketAddr,
    /// The receiver's address.
    pub destination: SocketAddr,
    /// Place of its first byte in its direction's payload, or in the inflated stream.
    pub offset: u64,
    /// Its bytes on the wire with the header, or in the inflated stream.
    pub length: u64,
    /// Whether it came out of a compressed stream.
    pub inflated: bool,
    /// What it says.
    pub body: Body<'a>,
}

impl std::fmt::Debug for MessageRecord<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageRecord")
            .field("frame", &self.stamp.frame)
            .field("flow", &self.flow)
            .field("from", &self.from)
            .field("offset", &self.offset)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// The message that announced a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The flow in which it was said.
    pub flow: u64,
    /// The packet that completed it.
    pub frame: u64,
    /// Its name.
    pub name: &'static str,
}

/// A connection recognised as one that was announced.
#[derive(Clone, Debug)]
pub struct LinkRecord {
    /// When it was recognised.
    pub stamp: Stamp,
    /// The announced flow.
    pub flow: u64,
    /// What announced it.
    pub announced: Announcement,
}

/// A message of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePlace {
    /// The packet that completed it.
    pub frame: u64,
    /// Its name.
    pub name: &'static str,
}

/// A request and what came for it.
#[derive(Clone, Debug)]
pub struct ExchangeRecord {
    /// When its end was known.
    pub stamp: Stamp,
    /// The flow.
    pub flow: u64,
    /// What was asked.
    pub request: MessagePlace,
    /// Which way the answers travel.
    pub direction: Direction,
    /// How many answers came.
    pub answers: Answers,
    /// The message that ended it; `None` when none came.
    pub end: Option<MessagePlace>,
    /// Whether nothing marks the end of its answers, so that none was to come.
    pub endless: bool,
}

/// What a peer connection was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransferKind {
    /// The downloader connected.
    Download,
    /// The uploader connected.
    Push,
    /// The bare dialect: a file name, then bytes.
    Bare,
}

impl TransferKind {
    /// The name in the JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Push => "push",
            Self::Bare => "bare",
        }
    }
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TransferEnd {
    /// Every byte came.
    Complete,
    /// The other side would not.
    Refused,
    /// Somebody closed before the end.
    Aborted,
    /// Nothing came for a long time.
    Stalled,
    /// The uploader sent from the start though asked for the rest.
    IgnoredOffset,
    /// The capture ended first.
    Cut,
}

impl TransferEnd {
    /// Every end.
    pub const ALL: [Self; 6] = [
        Self::Complete,
        Self::Refused,
        Self::Aborted,
        Self::Stalled,
        Self::IgnoredOffset,
        Self::Cut,
    ];

    /// The name in the JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "refused",
            Self::Aborted => "aborted",
            Self::Stalled => "stalled",
            Self::IgnoredOffset => "ignored_offset",
            Self::Cut => "cut",
        }
    }
}

/// One side of a transfer.
#[derive(Clone, Debug)]
pub struct Party {
    /// The nickname in bytes, where one was said.
    pub nick: Option<Vec<u8>>,
    /// The address of its end of the connection.
    pub address: SocketAddr,
}

/// A peer connection that asked for a file.
#[derive(Clone, Debug)]
pub struct TransferRecord {
    /// When it ended.
    pub stamp: Stamp,
    /// The flow.
    pub flow: u64,
    /// What it was for.
    pub kind: TransferKind,
    /// Who owns the file.
    pub uploader: Party,
    /// Who wants it.
    pub downloader: Party,
    /// The path in bytes, as asked for.
    pub file: Option<Vec<u8>>,
    /// From which byte on.
    pub offset: u64,
    /// The announced size in bytes.
    pub size: Option<u64>,
    /// Whether that is the size of what follows the offset (gift-berlios), not of the file.
    pub remaining: bool,
    /// File bytes seen.
    pub bytes: u64,
    /// Whether every byte from the offset on came, without gap.
    pub complete: bool,
    /// How it ended.
    pub ended: TransferEnd,
    /// The error text in bytes.
    pub error: Option<Vec<u8>>,
    /// File bytes that were not captured.
    pub gap_bytes: u64,
    /// SHA-256 of the bytes seen.
    pub sha256: Option<[u8; 32]>,
    /// What announced the connection.
    pub announced: Option<Announcement>,
    /// The file written by `--extract`.
    pub saved_as: Option<String>,
}

/// A connection at its end.
#[derive(Clone, Debug)]
pub struct FlowRecord {
    /// The packet that ended it.
    pub stamp: Stamp,
    /// The number of the flow.
    pub flow: u64,
    /// What it spoke.
    pub protocol: Protocol,
    /// The client's address; what [`FlowStats`] calls client is this one too.
    pub client: SocketAddr,
    /// The server's address.
    pub server: SocketAddr,
    /// The counts of the reassembly.
    pub stats: FlowStats,
    /// How many messages were told.
    pub messages: u64,
    /// Bytes of a transferred file.
    pub file_bytes: u64,
    /// Payload bytes that are in no message and no file.
    pub undecoded: u64,
    /// How it ended.
    pub closed: Closed,
    /// The session, where it was one with an index server; shared, so that a copy of the record
    /// costs little.
    pub session: Option<Arc<Session>>,
}

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WarningKind {
    /// An input ends in the middle of a record.
    Truncated,
    /// A record of an input cannot be right.
    CorruptRecord,
    /// Packets of a link type that is not read.
    UnknownLinkType,
    /// An input could not be read on, or a compressed one is damaged.
    Compression,
    /// The operating system refused to read on.
    Unreadable,
    /// Bytes were not captured.
    Gap,
    /// Two packets brought different bytes for the same place.
    OverlapConflict,
    /// Segments with a wrong checksum.
    BadChecksum,
    /// A limit was reached and something was given up.
    Limit,
    /// A name from the network that no file can have as it is.
    UnsafeName,
    /// A message whose very presence is an alarm.
    Security,
    /// Packets that could not be read as what they say they are.
    MalformedPacket,
    /// Bytes of a recognised protocol that are in no message.
    Undecoded,
    /// Something odd on a connection without framing, beside its messages.
    Deviation,
}

impl WarningKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Truncated,
        Self::CorruptRecord,
        Self::UnknownLinkType,
        Self::Compression,
        Self::Unreadable,
        Self::Gap,
        Self::OverlapConflict,
        Self::BadChecksum,
        Self::Limit,
        Self::UnsafeName,
        Self::Security,
        Self::MalformedPacket,
        Self::Undecoded,
        Self::Deviation,
    ];

    /// The name in the JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::CorruptRecord => "corrupt_record",
            Self::UnknownLinkType => "unknown_link_type",
            Self::Compression => "compression",
            Self::Unreadable => "unreadable",
            Self::Gap => "gap",
            Self::OverlapConflict => "overlap_conflict",
            Self::BadChecksum => "bad_checksum",
            Self::Limit => "limit",
            Self::UnsafeName => "unsafe_name",
            Self::Security => "security",
            Self::MalformedPacket => "malformed_packet",
            Self::Undecoded => "undecoded",
            Self::Deviation => "deviation",
        }
    }

    /// Whether part of the input could not be read, which makes the exit status 1.
    #[must_use]
    pub const fn is_unread_input(self) -> bool {
        matches!(
            self,
            Self::Truncated
                | Self::CorruptRecord
                | Self::UnknownLinkType
                | Self::Compression
                | Self::Unreadable
        )
    }
}

/// Something was lost, damaged or odd.
#[derive(Clone, Debug)]
pub struct WarningRecord {
    /// Index of the input.
    pub capture: u32,
    /// What it is about.
    pub kind: WarningKind,
    /// One sentence for people.
    pub message: String,
    /// The flow, where it is about one.
    pub flow: Option<u64>,
    /// The packet, where it is about one.
    pub frame: Option<u64>,
    /// Place in the file or stream, where there is one.
    pub offset: Option<u64>,
}

/// The counts of a whole run.
#[derive(Clone, Debug, Default)]
pub struct SummaryRecord {
    /// Index of the input; the last one where several were read as one.
    pub capture: u32,
    /// Packets read.
    pub packets: u64,
    /// Bytes of those packets, as captured.
    pub bytes: u64,
    /// Flows by protocol.
    pub flows: Vec<(Protocol, u64)>,
    /// All messages.
    pub messages: u64,
    /// Messages by name, in order of name.
    pub messages_by_name: Vec<(&'static str, u64)>,
    /// Transfers by how they ended.
    pub transfers: Vec<(TransferEnd, u64)>,
    /// Warnings by kind.
    pub warnings: Vec<(WarningKind, u64)>,
    /// What lists and tables had no room for, by what it is.
    pub omitted: Vec<(&'static str, u64)>,
    /// The sessions with index servers, in the order in which they ended; a capped list.
    pub sessions: Vec<SessionSummary>,
    /// The music streams of Comp 112; a capped list.
    pub chains: Vec<Chain>,
}

/// Takes the records in order.
pub trait RecordSink {
    /// The first packet of the run was captured then; told once, before any record with a stamp.
    fn started(&mut self, time: Timestamp) {
        let _ = time;
    }

    /// Takes one record.
    ///
    /// # Errors
    ///
    /// What the output says; the run stops then.
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()>;

    /// Whether the output says nothing of messages, so that one message of a flow tells as much as
    /// all of them: that it is a flow with messages.
    fn passes_over_messages(&self) -> bool {
        false
    }

    /// A file is about to be made in the folder for transferred files. Its name depends on those
    /// that are there, so this returns when all files before it are made.
    ///
    /// # Errors
    ///
    /// Where nothing more is wanted; the run stops then.
    fn file_begins(&mut self) -> std::io::Result<()> {
        Ok(())
    }

    /// How many deviations and errors in messages were met while turning records into output.
    fn diagnostics(&self) -> u64 {
        0
    }

    /// All bytes that are there for now were read: what is held back should come out.
    ///
    /// # Errors
    ///
    /// What the output says; the run stops then.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
