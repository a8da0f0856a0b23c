//! Who is logged in.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use crate::number::{LinkType, UserLevel};
use crate::session::server::index::FileId;
use crate::session::server::map::{Map, Set};
use crate::session::server::names::Key;
use crate::session::server::notices::Notices;
use crate::text::Password;

/// A client that is logged in.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) nick: Vec<u8>,
    pub(super) level: UserLevel,
    pub(super) is_muzzled: bool,
    /// Whether users below moderators are not to know him (message 652).
    pub(super) is_cloaked: bool,
    /// What he is told as a moderator.
    pub(super) notices: Notices,
    pub(super) email: Option<Vec<u8>>,
    pub(super) client_info: Vec<u8>,
    pub(super) link_type: LinkType,
    /// Where the client listens; 0 where it does not.
    pub(super) data_port: u16,
    pub(super) since: Duration,
    pub(super) downloads: u32,
    pub(super) uploads: u32,
    pub(super) total_downloads: u32,
    pub(super) total_uploads: u32,
    pub(super) files: BTreeMap<Arc<[u8]>, FileId>,
    /// The channels that the user is in.
    pub(super) channels: Set<Key>,
    pub(super) hotlist: Set<Key>,
    /// Whom the user ignores, and how he wrote it.
    pub(super) ignored: Map<Key, Vec<u8>>,
    /// Who waits for an answer of this owner, the oldest first.
    pub(super) pending: VecDeque<PendingUpload>,
    /// What it takes to log in from the same address again.
    pub(super) password: Password<'static>,
}

/// A request that was passed on to an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PendingUpload {
    pub(super) downloader: Key,
    pub(super) filename: Arc<[u8]>,
    /// Whether the owner is to connect.
    pub(super) is_push: bool,
}

impl User {
    pub(super) fn key(&self) -> Key {
        Key::of(&self.nick)
    }

    pub(super) fn ignores(&self, nick: &Key) -> bool {
        // Most users ignore nobody.
        !self.ignored.is_empty() && self.ignored.contains_key(nick)
    }

    /// How many files the user shares, as messages say it.
    pub(super) fn shared(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// Whether another user may know that this one is here.
    pub(super) fn is_seen_by(&self, other: &Self) -> bool {
        !self.is_cloaked || other.is_staff()
    }

    pub(super) fn is_staff(&self) -> bool {
        self.level >= UserLevel::Moderator
    }
}
