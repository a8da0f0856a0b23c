//! What the summary counts.

use std::collections::BTreeMap;

use super::record::{Protocol, TransferEnd, WarningKind};

/// How many names are counted without looking them up.
const PLACES: usize = 256;

pub(super) struct Counts {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) flows: BTreeMap<Protocol, u64>,
    pub(super) messages: u64,
    /// How many messages of a name came since another one of its place, not in `by_name` yet: each
    /// name has one place, which it shares with others.
    recent: [(&'static str, u64); PLACES],
    by_name: BTreeMap<&'static str, u64>,
    pub(super) transfers: BTreeMap<TransferEnd, u64>,
    pub(super) warnings: BTreeMap<WarningKind, u64>,
    pub(super) omitted: BTreeMap<&'static str, u64>,
}

impl Counts {
    #[inline]
    pub(super) fn add_message(&mut self, name: &'static str) {
        self.messages += 1;
        // Names are a few bytes apart.
        let place = name.as_ptr().addr() / 4 % PLACES;
        match self.recent.get_mut(place) {
            Some(recent) if std::ptr::eq(recent.0, name) => recent.1 += 1,
            _ => self.begin_count(place, name),
        }
    }

    /// Counts the first message of a name in a place where another one was counted.
    #[inline(never)]
    fn begin_count(&mut self, place: usize, name: &'static str) {
        let Some(recent) = self.recent.get_mut(place) else { return };
        let (name, count) = std::mem::replace(recent, (name, 1));
        *self.by_name.entry(name).or_default() += count;
    }

    /// The messages by name, in order of name.
    pub(super) fn messages_by_name(&mut self) -> Vec<(&'static str, u64)> {
        for (name, count) in &mut self.recent {
            *self.by_name.entry(name).or_default() += std::mem::take(count);
        }
        self.by_name
            .iter()
            .map(|(name, count)| (*name, *count))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            packets: 0,
            bytes: 0,
            flows: BTreeMap::new(),
            messages: 0,
            recent: [("", 0); PLACES],
            by_name: BTreeMap::new(),
            transfers: BTreeMap::new(),
            warnings: BTreeMap::new(),
            omitted: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_has_two_places_is_one_name() {
        let mut counts = Counts::default();
        let other: &'static str = "login".to_owned().leak();
        for name in ["login", "login", "motd", other, "login"] {
            counts.add_message(name);
        }
        assert_eq!(counts.messages_by_name(), [("login", 4), ("motd", 1)]);
    }
}
