//! Protocols: the bytes of one flow become messages.
//!
//! A [`Conversation`] is given the bytes of both sides of one flow as they become known, decides which
//! protocol they are, and tells an [`EventSink`] the messages in them. What is expected of a flow from
//! elsewhere it asks of [`Hints`]; without any ([`NoHints`]) it works too.

mod comp112;
mod conversation;
mod detect;
mod held;
mod inflate;
mod peer;
mod server;
mod small;

use std::net::SocketAddr;

use napster_codec::peer as peer_messages;
use napster_codec::{ByteOrder, Code, Diagnostic, Direction, Visit};

pub use conversation::Conversation;
pub use peer::from as side_of;

use crate::capture::Stamp;
use crate::tcp::{FlowInfo, Side};

/// Which protocol a flow speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Protocol {
    /// Between client and index server.
    Napster,
    /// Between linked servers.
    NapsterLink,
    /// The redirector that names a server.
    NapsterRedirector,
    /// The line of text of port 8889.
    NapsterStats,
    /// Between two clients: files, direct browses, chat.
    NapsterPeer,
    /// Comp 112: bootstrap records and audio.
    Comp112Stream,
    /// Comp 112: requests and answers.
    Comp112Request,
    /// None of these.
    Unknown,
}

impl Protocol {
    /// Every protocol, in the order of the summary.
    pub const ALL: [Self; 8] = [
        Self::Napster,
        Self::NapsterLink,
        Self::NapsterRedirector,
        Self::NapsterStats,
        Self::NapsterPeer,
        Self::Comp112Stream,
        Self::Comp112Request,
        Self::Unknown,
    ];

    /// The name in the JSON output and for `--decode-as`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Napster => "napster",
            Self::NapsterLink => "napster-link",
            Self::NapsterRedirector => "napster-redirector",
            Self::NapsterStats => "napster-stats",
            Self::NapsterPeer => "napster-peer",
            Self::Comp112Stream => "comp112-stream",
            Self::Comp112Request => "comp112-request",
            Self::Unknown => "unknown",
        }
    }

    /// The protocol of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name)
    }
}

/// What a message says.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// A framed message; its typed fields follow from these.
    Framed {
        /// The type field of the header.
        code: Code,
        /// Which row of the table applies.
        direction: Direction,
        /// How the header was written.
        order: ByteOrder,
        /// The bytes behind the header.
        payload: &'a [u8],
    },
    /// A message of a protocol without codes.
    Named {
        /// Its name.
        name: &'static str,
        /// Its fields.
        fields: &'a dyn Visit,
        /// What is odd about it.
        diagnostics: &'a [Diagnostic],
        /// All its bytes; `None` where they are not kept.
        raw: Option<&'a [u8]>,
    },
}

/// A message in its flow.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// Who said it, once the roles are known.
    pub from: Side,
    /// The packet that completed it.
    pub stamp: Stamp,
    /// Place of its first byte in its direction's payload, or in the inflated stream.
    pub offset: u64,
    /// Its bytes on the wire with the header, or in the inflated stream.
    pub length: u64,
    /// Whether it came out of a compressed stream.
    pub inflated: bool,
    /// What it says.
    pub body: Body<'a>,
}

/// Receives what a conversation turns out to be, in order.
pub trait EventSink {
    /// The protocol of the flow is decided; messages follow. With `swapped`, the side that the
    /// reassembly took for the client is the server.
    fn recognised(&mut self, flow: &FlowInfo, protocol: Protocol, swapped: bool, stamp: Stamp);

    /// A message is complete.
    fn message(&mut self, flow: &FlowInfo, message: &Message<'_>);

    /// So many bytes were compressed; what they inflate to was told as messages.
    fn inflated(&mut self, flow: &FlowInfo, length: u64);

    /// A message of a peer connection says what the connection is for; it is told as a message next.
    fn requested(&mut self, flow: &FlowInfo, message: &peer_messages::Message<'_>, stamp: Stamp);

    /// A peer connection carries a file, deviates, or its transfer ended; messages come as
    /// [`message`](Self::message).
    fn peer(&mut self, flow: &FlowInfo, event: &peer_messages::Event<'_, Stamp>, stamp: Stamp);

    /// A connection of Comp 112 carries the music: its first frame came.
    fn audio(&mut self, flow: &FlowInfo, stamp: Stamp);

    /// Something odd on a connection of Comp 112 that is part of no message.
    fn deviation(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        what: &'static str,
        stamp: Stamp,
    );

    /// Bytes of a recognised protocol are in no message, from `offset` in the direction of `from` on.
    fn undecoded(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        length: u64,
        why: Undecoded,
        stamp: Stamp,
    );
}

/// Why bytes are in no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Undecoded {
    /// The message they belong to never became whole.
    Unfinished,
    /// They follow a gap, or the start of the capture, and no message begins in them.
    OutOfStep,
    /// As [`Unfinished`](Self::Unfinished), counted in the inflated stream.
    UnfinishedInflated,
    /// They are compressed, and what the stream needs to be inflated was not captured.
    Compressed,
    /// They are compressed, and the stream is damaged.
    DamagedCompression,
    /// They are compressed, and would grow beyond any measure.
    Bomb,
}

/// What is known of a flow from elsewhere.
pub trait Hints {
    /// Whether an index server was recognised at that address by a message that was complete earlier.
    fn is_server(&self, address: SocketAddr) -> bool;

    /// What was announced for a connection between these ends.
    fn expected(&self, client: SocketAddr, server: SocketAddr) -> Option<Expectation>;

    /// The sizes that were told for a user's file.
    fn sizes(&mut self, nick: &[u8], file: &[u8]) -> Vec<u64>;

    /// The protocol that the user says flows with one of these ports speak.
    fn decode_as(&self, client: SocketAddr, server: SocketAddr) -> Option<Protocol>;
}

/// What was announced for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// What the connection is for.
    pub kind: Expected,
    /// The nickname in the announcement: of the uploader for a download, of the downloader for a push.
    pub nick: Option<Vec<u8>>,
    /// The file in bytes.
    pub file: Option<Vec<u8>>,
}

/// What an announced connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// The one who connects downloads.
    Download,
    /// The one who connects uploads.
    Push,
    /// The one who connects asks for the list of files.
    Browse,
    /// The one who connects sends the list of his files.
    PushedBrowse,
    /// Free talk.
    Chat,
    /// A client connects to an index server.
    Server,
    /// Comp 112: the one who connects hears the music.
    Audio,
}

impl Expected {
    /// Whether the connection is one between two clients of Napster.
    #[must_use]
    pub const fn is_peer(self) -> bool {
        !matches!(self, Self::Server | Self::Audio)
    }
}

/// Nothing is known from elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHints;

impl Hints for NoHints {
    fn is_server(&self, _: SocketAddr) -> bool {
        false
    }

    fn expected(&self, _: SocketAddr, _: SocketAddr) -> Option<Expectation> {
        None
    }

    fn sizes(&mut self, _: &[u8], _: &[u8]) -> Vec<u64> {
        Vec::new()
    }

    fn decode_as(&self, _: SocketAddr, _: SocketAddr) -> Option<Protocol> {
        None
    }
}
