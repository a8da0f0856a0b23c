//! What an observer of a peer connection tells.

use crate::diagnostic::Diagnostic;
use crate::peer::Side;
use crate::peer::digits::SizeRule;
use crate::peer::expect::KnownSizes;
use crate::peer::message::Message;

/// Takes what an [`Observer`](super::Observer) tells; a closure over [`Event`] is one.
pub trait Sink<T> {
    /// Something became known.
    fn event(&mut self, event: Event<'_, T>);

    /// The sizes that are known of a file, asked once when the file is named.
    ///
    /// They tell where the digits of an announced size end.
    fn known_sizes(&mut self, request: Asked<'_>) -> KnownSizes {
        let _ = request;
        KnownSizes::new()
    }
}

impl<T, F: FnMut(Event<'_, T>)> Sink<T> for F {
    fn event(&mut self, event: Event<'_, T>) {
        self(event);
    }
}

/// What was asked for, as [`Sink::known_sizes`] gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked<'e> {
    /// Who brings the file and who asked.
    pub kind: TransferKind,
    /// The nick in the request: the downloader's in a download, the uploader's in a push.
    pub nick: Option<&'e [u8]>,
    /// The file.
    pub file: &'e [u8],
}

/// One thing that became known on a peer connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'e, T> {
    /// A message was said.
    Message(Said<'e, T>),
    /// The file begins, in one of these readings of the size; usually there is one only.
    ///
    /// All of [`FileData`](Self::FileData) that follows belongs to every reading.
    FileStart {
        /// At least one and at most four, the likeliest first.
        readings: &'e [Reading<'e>],
    },
    /// The next bytes of the file.
    FileData {
        /// They follow those of the event before.
        bytes: &'e [u8],
    },
    /// Bytes of the file that were not captured.
    FileGap {
        /// How many.
        length: u64,
    },
    /// A reading has become impossible.
    ReadingDropped {
        /// Its number.
        id: u8,
    },
    /// Of several readings one proved right; no other is left.
    Decided {
        /// Its number.
        id: u8,
        /// What proved it.
        rule: SizeRule,
    },
    /// Something odd that is not part of one message.
    Deviation(Deviation),
    /// The connection ended on which a file was asked for; the last event.
    Transfer(Transfer<'e>),
}

/// A message and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said<'e, T> {
    /// Who said it.
    pub side: Side,
    /// Place of its first byte in that side's stream.
    pub offset: u64,
    /// The stamp of the portion that brought its last byte.
    pub stamp: T,
    /// The message.
    pub message: Message<'e>,
    /// What is odd about it; spans count from its first byte.
    pub diagnostics: &'e [Diagnostic],
    /// All its bytes.
    pub raw: &'e [u8],
}

/// One way to read the digits in front of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading<'e> {
    /// Its number, from 0.
    pub id: u8,
    /// The announced size; `None` where none was announced.
    pub size: Option<u64>,
    /// Digits that are the first bytes of the file in this reading, at most 19.
    ///
    /// Each reading's are the end of those of a reading with fewer digits in its size.
    pub lead: &'e [u8],
}

/// Something odd that is not part of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deviation {
    /// What.
    pub kind: DeviationKind,
    /// In whose stream.
    pub side: Side,
    /// Place of the first byte that it is about.
    pub offset: u64,
}

macro_rules! deviation_kinds {
    ($($(#[$meta:meta])* $variant:ident = $name:literal,)*) => {
        /// What can be odd about a peer connection.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DeviationKind { $($(#[$meta])* $variant,)* }

        impl DeviationKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in snake case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

deviation_kinds! {
    /// A line end in place of the listener's `1`; TekNap accepts it.
    WrongGreeting = "wrong_greeting",
    /// The listener answered without its `1`.
    MissingGreeting = "missing_greeting",
    /// The `1` came when the initiator had spoken already, as TekNap does.
    LateGreeting = "late_greeting",
    /// A second `1`: `MP3::Napster` sends one when the initiator stays silent.
    RepeatedGreeting = "repeated_greeting",
    /// Bytes of a file without a size in front.
    MissingSize = "missing_size",
    /// The announced size is none of those known of the file.
    SizeMismatch = "size_mismatch",
    /// More digits than a size has, or a number above 64 bits.
    SizeTooLong = "size_too_long",
    /// The size is that of what follows, not of the whole file (gift-berlios).
    RemainingSize = "remaining_size",
    /// The offset is larger than the file.
    OffsetBeyondSize = "offset_beyond_size",
    /// The file came from its start though an offset was asked for (TekNap).
    IgnoredOffset = "ignored_offset",
    /// More bytes than announced.
    ExcessData = "excess_data",
    /// The downloader never answered a push.
    MissingOffset = "missing_offset",
    /// Bytes where none belong; they are in no message.
    UnexpectedData = "unexpected_data",
    /// A request longer than [`Opening::LIMIT`](super::Opening::LIMIT).
    RequestTooLong = "request_too_long",
    /// An error text longer than [`Observer::ERROR_LIMIT`](super::Observer::ERROR_LIMIT).
    ErrorTooLong = "error_too_long",
    /// A line longer than [`Observer::LINE_LIMIT`](super::Observer::LINE_LIMIT).
    LineTooLong = "line_too_long",
    /// More bytes came than are held while nothing is decided, see
    /// [`Observer::HELD_LIMIT`](super::Observer::HELD_LIMIT).
    HeldTooLong = "held_too_long",
    /// Bytes in front of the file were not captured, so that what they said is not known.
    HandshakeGap = "handshake_gap",
    /// The list ended without its empty line.
    MissingListEnd = "missing_list_end",
    /// The initiator asks for a web page.
    NotNapster = "not_napster",
}

/// What a peer connection was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransferKind {
    /// The downloader connected.
    Download,
    /// The uploader connected.
    Push,
    /// The bare dialect of bangbangnapster: a file name, then the file until the end.
    Bare,
}

impl TransferKind {
    /// The name in snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Push => "push",
            Self::Bare => "bare",
        }
    }

    /// Whose stream the file is in.
    #[must_use]
    pub const fn uploader(self) -> Side {
        match self {
            Self::Download | Self::Bare => Side::Listener,
            Self::Push => Side::Initiator,
        }
    }
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TransferEnd {
    /// Every byte came; whether all of them were captured is another matter.
    Complete,
    /// The other side would not: an error text, or no answer before it closed.
    Refused,
    /// Somebody closed before the end.
    Aborted,
    /// Nothing came for a long time.
    Stalled,
    /// The uploader sent from the start though asked for the rest.
    IgnoredOffset,
    /// The capture ended first, or began too late to tell.
    Cut,
}

impl TransferEnd {
    /// The name in snake case.
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

/// A peer connection that asked for a file, at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer<'e> {
    /// Who connected, and in which dialect.
    pub kind: TransferKind,
    /// The uploader's nick, where the request told it.
    pub uploader: Option<&'e [u8]>,
    /// The downloader's nick, where the request told it.
    pub downloader: Option<&'e [u8]>,
    /// The file as the request names it, else as it was announced.
    pub file: Option<&'e [u8]>,
    /// From which byte on.
    pub offset: u64,
    /// The size on the wire; `None` where none was announced or it is above 64 bits.
    pub size: Option<u64>,
    /// Whether the size is that of what follows, not of the whole file.
    pub remaining: bool,
    /// What told where the size ends.
    pub rule: Option<SizeRule>,
    /// File bytes seen.
    pub bytes: u64,
    /// File bytes that were not captured.
    pub gap_bytes: u64,
    /// Whether every byte from the offset on was announced and seen, and no more.
    pub complete: bool,
    /// How it ended.
    pub ended: TransferEnd,
    /// The error text.
    pub error: Option<&'e [u8]>,
}
