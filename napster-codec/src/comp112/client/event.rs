//! What a client tells its caller, and the caller's mistakes.

use alloc::vec::Vec;
use core::fmt;

use crate::comp112::command::PlayAnswer;
use crate::comp112::format::Format;
use crate::comp112::frame::BadHeader;
use crate::comp112::message::EncodeError;

/// One of the connections of a client; there is at most one of each at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a client has these connections and no others")]
pub enum Link {
    /// To the server's port P + 1, for the records.
    Bootstrap,
    /// To the server's port P.
    Requests,
    /// To the one before in the chain, or to the server.
    Source,
    /// From the one behind in the chain.
    Successor,
}

/// What happened, or what the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// Connect there, then call [`Client::handle_connected`](super::Client::handle_connected).
    Connect {
        /// Which connection it will be.
        link: Link,
        /// The host.
        host: Vec<u8>,
        /// The TCP port.
        port: u16,
    },
    /// Listen on that port, and call [`Client::handle_successor`](super::Client::handle_successor)
    /// for a connection that comes.
    Listen {
        /// The TCP port.
        port: u16,
    },
    /// Close the connection, without a call of
    /// [`Client::handle_close`](super::Client::handle_close).
    Close(Link),
    /// Close the sending half of the connection and go on reading until it ends.
    Finish(Link),
    /// The format of what is played from now on.
    Playing(Format),
    /// Audio to play.
    Audio(Vec<u8>),
    /// The source leaves; the one before it takes its place.
    SourceLeft,
    /// The source broke off without a word: the chain is cut here.
    SourceLost,
    /// A connection could not be made.
    Unreachable(Link),
    /// What the source sends is damaged at a place; it is searched for the next frame.
    Damaged(BadHeader),
    /// The server answered [`Client::ask_songs`](super::Client::ask_songs); `None` where the text
    /// is no printed list.
    Songs(Option<Vec<Vec<u8>>>),
    /// The server answered [`Client::ask_requests`](super::Client::ask_requests).
    Requests(Vec<Vec<u8>>),
    /// The server answered [`Client::play`](super::Client::play).
    PlayReply(Vec<u8>),
    /// Frames for the successor were dropped: it did not read, or did not come, for too long.
    Dropped {
        /// How many.
        frames: u64,
    },
    /// The successor took nothing for [`Client::STALL_PATIENCE`](super::Client::STALL_PATIENCE) and
    /// is let go: its [`Close`](Self::Close) follows.
    SuccessorStalled,
    /// The server's records cannot be read.
    BadRecords,
    /// The client has left: write what is left to write, then close everything.
    Left,
}

/// A mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// The song cannot be said.
    Song(EncodeError),
    /// More than [`Client::REQUEST_LIMIT`](super::Client::REQUEST_LIMIT) requests wait.
    TooManyRequests,
    /// The client has left, or is leaving.
    Left,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Song(error) => write!(f, "the song cannot be asked for: {error}"),
            Self::TooManyRequests => f.write_str("too many requests wait for their answers"),
            Self::Left => f.write_str("the client is leaving"),
        }
    }
}

impl core::error::Error for ClientError {}

impl ClientEvent {
    /// The answer to [`Client::play`](super::Client::play), where it is one of the known texts.
    #[must_use]
    pub fn play_answer(&self) -> Option<PlayAnswer<'_>> {
        match self {
            Self::PlayReply(text) => PlayAnswer::parse(text),
            _ => None,
        }
    }
}
