//! Registered users.

use alloc::collections::BTreeMap;
use alloc::string::String;
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
    pub(super) flags: Flags,
}

/// What moderators note of a user (opennap-ng, message 10050); it changes nothing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) is_friend: bool,
    pub(super) is_criminal: bool,
}

impl Flags {
    pub(super) const fn any(self) -> bool {
        self.is_friend || self.is_criminal
    }

    /// The words on the wire; whether a user is muzzled is one of the flags there.
    pub(super) fn names(is_muzzled: bool, flags: Self) -> String {
        let all =
            [(is_muzzled, "MUZZLED"), (flags.is_friend, "FRIEND"), (flags.is_criminal, "CRIMINAL")];
        let set: Vec<&str> = all.iter().filter(|(is_set, _)| *is_set).map(|flag| flag.1).collect();
        if set.is_empty() { "NONE".into() } else { set.join(" ") }
    }
}

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    by_nick: BTreeMap<Key, Record>,
    limit: usize,
    /// Accounts that were taken away, the latest last.
    removed: Vec<Record>,
}

impl Accounts {
    /// The most accounts that were taken away and can be restored.
    const REMOVED: usize = 100;

    pub(super) fn new(accounts: Vec<RegisteredUser>, limit: usize) -> Self {
        let mut all = Self { by_nick: BTreeMap::new(), limit, removed: Vec::new() };
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
            flags: Flags::default(),
        };
        self.by_nick.insert(key, record);
        true
    }

    /// Takes a user's account away; false where there is none. The latest can be restored.
    pub(super) fn unregister(&mut self, nick: &[u8]) -> bool {
        let Some(record) = self.by_nick.remove(&Key::of(nick)) else { return false };
        if self.removed.len() >= Self::REMOVED {
            self.removed.remove(0);
        }
        self.removed.push(record);
        true
    }

    /// The account of that nick that was taken away last.
    pub(super) fn removed(&self, nick: &[u8]) -> Option<&Record> {
        self.removed.iter().rev().find(|record| record.account.nick.eq_ignore_ascii_case(nick))
    }

    /// Gives an account back that was taken away; false where there is none or no room.
    pub(super) fn restore_removed(&mut self, nick: &[u8]) -> bool {
        let is_same = |record: &Record| record.account.nick.eq_ignore_ascii_case(nick);
        let Some(place) = self.removed.iter().rposition(is_same) else { return false };
        if self.by_nick.len() >= self.limit {
            return false;
        }
        let record = self.removed.remove(place);
        self.by_nick.insert(Key::of(nick), record);
        true
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.by_nick.values()
    }

    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RegisteredUser> {
        self.by_nick.values().map(|record| &record.account)
    }
}
