//! Registered users.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::session::server::config::RegisteredUser;
use crate::session::server::names::Key;

/// A registered user and what is known of earlier sessions.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) account: RegisteredUser,
    pub(super) is_muzzled: bool,
    /// When the last session ended, in seconds since 1970-01-01 UTC.
    pub(super) last_seen: u64,
    pub(super) total_downloads: u32,
    pub(super) total_uploads: u32,
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    by_nick: BTreeMap<Key, Record>,
    limit: usize,
}

impl Accounts {
    pub(super) fn new(accounts: Vec<RegisteredUser>, limit: usize) -> Self {
        let mut all = Self { by_nick: BTreeMap::new(), limit };
        for account in accounts {
            all.register(account);
        }
        all
    }

    pub(super) fn get(&self, nick: &[u8]) -> Option<&Record> {
        self.by_nick.get(&Key::of(nick))
    }

    pub(super) fn get_mut(&mut self, nick: &[u8]) -> Option<&mut Record> {
        self.by_nick.get_mut(&Key::of(nick))
    }

    /// Registers a user; false where there is no room.
    pub(super) fn register(&mut self, account: RegisteredUser) -> bool {
        let key = Key::of(&account.nick);
        if self.by_nick.len() >= self.limit && !self.by_nick.contains_key(&key) {
            return false;
        }
        let record = Record {
            account,
            is_muzzled: false,
            last_seen: 0,
            total_downloads: 0,
            total_uploads: 0,
        };
        self.by_nick.insert(key, record);
        true
    }

    /// Forgets a user; false where there is none.
    pub(super) fn unregister(&mut self, nick: &[u8]) -> bool {
        self.by_nick.remove(&Key::of(nick)).is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RegisteredUser> {
        self.by_nick.values().map(|record| &record.account)
    }
}
