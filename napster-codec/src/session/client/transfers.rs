//! Arranging downloads and uploads through the server: what is under way.
//!
//! ```text
//! download: asked ──204, port──→ ready ──started──→ running ──finished──→ forgotten
//!              └──204, port 0, 500──→ pushed ──started──┘
//! upload:   requested (607) ──608──→ accepted ──started──→ running ──finished──→ forgotten
//! ```

use alloc::vec::Vec;
use core::time::Duration;

use crate::session::client::event::ClientEvent;
use crate::session::client::{Client, is_over};
use crate::text::{Quoted, Text, Token};

/// The number of a download; never the same for two of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DownloadId(pub(super) u64);

/// The number of an upload; never the same for two of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadId(pub(super) u64);

/// A file that the client wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadEntry {
    /// Its number.
    pub id: DownloadId,
    /// Who has it.
    pub nick: Token<'static>,
    /// The path as its owner shares it.
    pub filename: Quoted<'static>,
    /// The size in bytes, where a search or a browse told it.
    pub size: Option<u64>,
    /// How far it is.
    pub state: DownloadState,
    pub(super) deadline: Option<Duration>,
}

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the steps of the protocol")]
pub enum DownloadState {
    /// The server was asked (203).
    Asked,
    /// The owner was asked to connect here (500).
    Pushed,
    /// The client may connect to the owner (204).
    Ready,
    /// The file is being fetched (218).
    Running,
}

/// A file that somebody wants from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadEntry {
    /// Its number.
    pub id: UploadId,
    /// Who wants it.
    pub downloader: Token<'static>,
    /// The path as it is shared.
    pub filename: Quoted<'static>,
    /// The size in bytes.
    pub size: u64,
    pub(super) state: UploadState,
    pub(super) deadline: Option<Duration>,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UploadState {
    /// Somebody asks for it (607).
    Requested,
    /// The caller agreed (608).
    Accepted,
    /// The file is being sent (220).
    Running,
}

/// Why a file cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DownloadFailure {
    /// The owner is off line or does not share it (206).
    Unavailable,
    /// The owner does not accept (609).
    Refused,
    /// The owner sends no more files at a time (620).
    Limited {
        /// His limit; some programs put other numbers there.
        limit: u32,
        /// The size of the file as he tells it, in bytes.
        size: u64,
    },
    /// Neither side can be connected to.
    BothFirewalled,
    /// The server says why (404).
    Notice(Text<'static>),
    /// The owner's data port cannot be connected to, as the caller found.
    Unreachable,
    /// The address is none that can be connected to.
    BadAddress,
    /// No answer, or no connection of the owner, came in time.
    TimedOut,
    /// The caller gave it up.
    Aborted,
    /// The session ended before.
    Disconnected,
}

/// Why the client refused an upload by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UploadRefusal {
    /// The file is not shared (answered by 609).
    NotShared,
    /// As many uploads as the settings allow are under way (answered by 619).
    Limit,
    /// The server orders a push (501) that was not accepted; nothing is answered.
    NotAccepted,
    /// The server orders a push (501) to an address, or to port 0, that cannot be connected to;
    /// nothing is answered.
    BadAddress,
}

/// What is under way.
#[derive(Clone, Debug)]
pub(super) struct Transfers {
    pub(super) downloads: Vec<DownloadEntry>,
    pub(super) uploads: Vec<UploadEntry>,
    next: u64,
}

impl Transfers {
    pub(super) const fn new() -> Self {
        Self { downloads: Vec::new(), uploads: Vec::new(), next: 0 }
    }

    /// When something is over.
    pub(super) fn deadlines(&self) -> impl Iterator<Item = Duration> {
        let uploads = self.uploads.iter().filter_map(|upload| upload.deadline);
        self.downloads.iter().filter_map(|download| download.deadline).chain(uploads)
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(super) fn download(&mut self, id: DownloadId) -> Option<&mut DownloadEntry> {
        self.downloads.iter_mut().find(|download| download.id == id)
    }

    pub(super) fn upload(&mut self, id: UploadId) -> Option<&mut UploadEntry> {
        self.uploads.iter_mut().find(|upload| upload.id == id)
    }

    pub(super) fn take_download(&mut self, id: DownloadId) -> Option<DownloadEntry> {
        let place = self.downloads.iter().position(|download| download.id == id)?;
        Some(self.downloads.remove(place))
    }
}

impl Client {
    /// The most downloads, and the most uploads, that are under way.
    pub const TRANSFER_LIMIT: usize = 1024;

    /// Forgets what nobody connected for in time.
    pub(super) fn expire_transfers(&mut self) {
        let now = self.now;
        let late = self.transfers.downloads.iter().filter(|d| is_over(d.deadline, now));
        let late: Vec<DownloadId> = late.map(|download| download.id).collect();
        for id in late {
            self.fail_download(id, DownloadFailure::TimedOut, None);
        }
        let uploads = core::mem::take(&mut self.transfers.uploads);
        let (late, rest) = uploads.into_iter().partition(|upload| is_over(upload.deadline, now));
        self.transfers.uploads = rest;
        let late: Vec<UploadEntry> = late;
        for UploadEntry { id, downloader, filename, .. } in late {
            self.events.push_back(ClientEvent::UploadExpired { upload: id, downloader, filename });
        }
    }

    /// The session is over: what was not agreed on yet never will be.
    pub(super) fn end_transfers(&mut self) {
        let open = self.transfers.downloads.iter();
        let open = open.filter(|d| matches!(d.state, DownloadState::Asked));
        let open: Vec<DownloadId> = open.map(|download| download.id).collect();
        for id in open {
            self.fail_download(id, DownloadFailure::Disconnected, None);
        }
    }
}
