//! Bans by nick and address, of the server and of channels.

use alloc::vec::Vec;
use core::time::Duration;

use crate::irregular::{Mask, MaskForm};
use crate::session::server::names::matches;

/// Who may not come in.
#[derive(Clone, Debug)]
pub(super) struct Ban {
    /// Nick, exclamation mark, address, with wildcards.
    pub(super) mask: Vec<u8>,
    pub(super) set_by: Vec<u8>,
    pub(super) reason: Vec<u8>,
    /// When it was set, in seconds since 1970-01-01 UTC.
    pub(super) time: u64,
    /// How long it holds, in seconds; 0 without end.
    pub(super) timeout: u32,
    pub(super) ends: Option<Duration>,
}

/// A list of bans.
#[derive(Clone, Debug, Default)]
pub(super) struct Bans(Vec<Ban>);

impl Bans {
    /// The ban that holds for a nick at an address.
    pub(super) fn find(&self, nick: &[u8], address: &[u8], now: Duration) -> Option<&Ban> {
        let who = [nick, b"!", address].concat();
        self.iter(now).find(|ban| matches(&ban.mask, &who))
    }

    /// The bans that hold.
    pub(super) fn iter(&self, now: Duration) -> impl Iterator<Item = &Ban> {
        self.0.iter().filter(move |ban| ban.ends.is_none_or(|ends| ends > now))
    }

    /// Adds a ban, or replaces the one with the same mask; false where there is no room.
    pub(super) fn add(&mut self, ban: Ban, limit: usize, now: Duration) -> bool {
        self.0.retain(|old| old.mask != ban.mask && old.ends.is_none_or(|ends| ends > now));
        let has_room = self.0.len() < limit;
        if has_room {
            self.0.push(ban);
        }
        has_room
    }

    /// Lifts a ban; false where there is none with that mask.
    pub(super) fn remove(&mut self, mask: &[u8]) -> bool {
        let before = self.0.len();
        self.0.retain(|ban| !ban.mask.eq_ignore_ascii_case(mask));
        self.0.len() < before
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The full form of a mask, as opennap keeps and shows it.
pub(super) fn full_mask(mask: &Mask<'_>) -> Vec<u8> {
    match mask.form() {
        MaskForm::Nick(nick) => [nick, b"!*"].concat(),
        MaskForm::Prefix(prefix) if prefix.ends_with(b".") => [b"*!", prefix, b"*"].concat(),
        MaskForm::Prefix(address) => [b"*!", address].concat(),
        MaskForm::Glob { .. } => mask.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::full_mask;
    use crate::irregular::Mask;

    #[test]
    fn masks_are_completed_as_opennap_does() -> Result<(), crate::InvalidText> {
        for (short, full) in [
            ("mallory", "mallory!*"),
            ("10.1.2.3", "*!10.1.2.3"),
            ("10.1.2.", "*!10.1.2.*"),
            ("m*!10.*", "m*!10.*"),
        ] {
            assert_eq!(full_mask(&Mask::try_from(short)?), full.as_bytes());
        }
        Ok(())
    }
}
