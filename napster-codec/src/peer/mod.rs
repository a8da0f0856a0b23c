//! Peer connections: files, lists of files and chat between two clients, past the index server.
//!
//! Nothing on such a connection is framed: no length, no number, no terminator. What a byte means
//! depends on who sent it and when. The *initiator* opens the connection, the *listener* accepts it
//! and says `1`; the downloader may be either.
//!
//! | the initiator says | the listener says | then |
//! | --- | --- | --- |
//! | `GETann "C:\a.mp3" 0` | `1`, then the size in digits, or an error text | the listener sends the file |
//! | `SENDbob "C:\a.mp3" 443332` | `1`, then the offset in digits, or an error text | the initiator sends the file |
//! | `GETLIST` | `1`, the owner's nick, a line a file, an empty line | |
//! | `SENDLIST bob`, a line a file, an empty line | `1` | |
//! | `a.mp3` (bangbangnapster) | `1` | the listener sends the file |
//!
//! # Building programs
//!
//! [`Message`] writes each of these, [`Opening`] tells a listener what an initiator asks,
//! [`read_entry`] reads a line of a list, [`Offer`] is TekNap's invitation inside a private
//! message.
//!
//! # Watching
//!
//! [`Observer`] follows both directions of one connection, also when bytes are missing, come late,
//! or are cut anywhere, and tells a [`Sink`] what was said ([`Event`]). The bytes of the file go
//! through it without being kept.
//!
//! The digits of a size have no end mark: the file follows at once, and its own first byte may be a
//! digit. The observer takes, in this order: a size that is known of the file; the only reading
//! that is possible; where a clean end fits one reading; where a TCP segment ended; all digits.
//! Often that is known within the first kilobyte. Where it is not, [`Event::FileStart`] names up to
//! four [`Reading`]s, each with the digits that are the file's first bytes in that reading, and
//! [`Event::Decided`] comes later, at the end at the latest. So a caller that hashes keeps one hash
//! for each reading, fed with its [`lead`](Reading::lead) and then with all
//! [`FileData`](Event::FileData), and forgets those that are dropped. A caller that writes a file
//! writes the longest lead and then the data; when a reading with a shorter lead is decided, the
//! difference is what to cut off from the front.
//!
//! ```
//! use napster_codec::peer::{Closed, Event, Expectation, Observer, Side};
//!
//! let mut observer = Observer::new(Expectation::default());
//! let mut file = Vec::new();
//! let mut told = |event: Event<'_, u32>| match event {
//!     Event::Message(said) => println!("packet {}: {}", said.stamp, said.message.name()),
//!     Event::FileStart { readings } => file.extend_from_slice(readings[0].lead),
//!     Event::FileData { bytes } => file.extend_from_slice(bytes),
//!     Event::Transfer(transfer) => assert!(transfer.complete),
//!     _ => {}
//! };
//! observer.data(Side::Listener, b"1", true, 1, &mut told);
//! observer.data(Side::Initiator, b"GET", true, 2, &mut told);
//! observer.data(Side::Initiator, br#"ann "C:\a.txt" 0"#, true, 3, &mut told);
//! observer.data(Side::Listener, b"5hello", true, 4, &mut told);
//! observer.finished(Side::Listener, &mut told);
//! observer.closed(Closed::Fin, &mut told);
//! assert_eq!(file, b"hello");
//! ```

mod amount;
pub(crate) mod digits;
mod event;
mod expect;
mod file;
pub(crate) mod list;
mod message;
mod observer;
mod offer;
mod opening;
mod recognise;
pub(crate) mod request;
mod summary;

pub use amount::Amount;
pub use digits::SizeRule;
pub use event::{
    Asked, Deviation, DeviationKind, Event, Reading, Said, Sink, Transfer, TransferEnd,
    TransferKind,
};
pub use expect::{Expectation, ExpectedKind, KnownSizes};
pub use message::{GetRequest, Message, SendRequest};
pub use observer::Observer;
pub use offer::{Offer, OfferAddress};
pub use opening::{Opening, Request, read_entry};
pub use recognise::recognise;

/// One of the two ends of a peer connection, and the direction of what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a connection has two ends")]
pub enum Side {
    /// Who opened the connection.
    Initiator,
    /// Who accepted it.
    Listener,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Listener,
            Self::Listener => Self::Initiator,
        }
    }
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a watched connection ends in one of these ways")]
pub enum Closed {
    /// Both sides closed it.
    Fin,
    /// A side broke it off.
    Rst,
    /// Nothing came for a long time.
    Timeout,
    /// The capture ended.
    Eof,
}
