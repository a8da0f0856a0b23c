//! Registered users.

use alloc::vec::Vec;

use crate::session::server::config::{AccountState, RegisteredUser};
use crate::session::server::map::Map;
use crate::session::server::names::Key;

/// All of them.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    by_nick: Map<Key, AccountState>,
    /// Counts changes, so that whoever keeps the accounts sees that there are some.
    revision: u64,
    limit: usize,
    /// Accounts that were taken away, the latest last.
    removed: Vec<AccountState>,
}

impl Accounts {
    /// The most accounts that were taken away and can be restored.
    const REMOVED: usize = 100;

    pub(super) fn new(accounts: Vec<RegisteredUser>, limit: usize) -> Self {
        let mut all = Self { by_nick: Map::new(), revision: 0, limit, removed: Vec::new() };
        for account in accounts {
            all.register(account);
        }
        all
    }

    pub(super) fn get(&self, nick: &[u8]) -> Option<&AccountState> {
        self.by_nick.get(&Key::of(nick))
    }

    /// An account that is about to change.
    pub(super) fn get_mut(&mut self, nick: &[u8]) -> Option<&mut AccountState> {
        self.revision = self.revision.wrapping_add(1);
        self.by_nick.get_mut(&Key::of(nick))
    }

    /// Registers a user; false where there is no room.
    pub(super) fn register(&mut self, account: RegisteredUser) -> bool {
        self.put(AccountState::new(account))
    }

    /// Adds an account or replaces the one of that nick; false where there is no room.
    pub(super) fn put(&mut self, state: AccountState) -> bool {
        let key = Key::of(&state.user.nick);
        if self.by_nick.len() >= self.limit && !self.by_nick.contains_key(&key) {
            return false;
        }
        self.revision = self.revision.wrapping_add(1);
        self.by_nick.insert(key, state);
        true
    }

    /// Takes a user's account away; false where there is none. The latest can be restored.
    pub(super) fn unregister(&mut self, nick: &[u8]) -> bool {
        let Some(record) = self.by_nick.remove(&Key::of(nick)) else { return false };
        if self.removed.len() >= Self::REMOVED {
            self.removed.remove(0);
        }
        self.removed.push(record);
        self.revision = self.revision.wrapping_add(1);
        true
    }

    /// The account of that nick that was taken away last.
    pub(super) fn removed(&self, nick: &[u8]) -> Option<&AccountState> {
        self.removed.iter().rev().find(|record| record.user.nick.eq_ignore_ascii_case(nick))
    }

    /// Gives an account back that was taken away; false where there is none or no room.
    pub(super) fn restore_removed(&mut self, nick: &[u8]) -> bool {
        let is_same = |record: &AccountState| record.user.nick.eq_ignore_ascii_case(nick);
        let Some(place) = self.removed.iter().rposition(is_same) else { return false };
        if self.by_nick.len() >= self.limit {
            return false;
        }
        let record = self.removed.remove(place);
        self.put(record)
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &AccountState> {
        self.by_nick.values()
    }

    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RegisteredUser> {
        self.by_nick.values().map(|record| &record.user)
    }
}
