//! What the summary counts.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::record::{Protocol, TransferEnd, WarningKind};

#[derive(Default)]
pub(super) struct Counts {
    pub(super) packets: u64,
    pub(super) bytes: u64,
    pub(super) flows: BTreeMap<Protocol, u64>,
    pub(super) messages: u64,
    /// By the places of the names in memory: one name may have several.
    by_name: HashMap<usize, (&'static str, u64)>,
    /// How many messages of one name came since another one, not in `by_name` yet.
    run: (&'static str, u64),
    pub(super) transfers: BTreeMap<TransferEnd, u64>,
    pub(super) warnings: BTreeMap<WarningKind, u64>,
    pub(super) omitted: BTreeMap<&'static str, u64>,
}

impl Counts {
    /// Counts a message. Names come in runs, as of search results, and are looked up once for each.
    #[inline]
    pub(super) fn add_message(&mut self, name: &'static str) {
        self.messages += 1;
        if !std::ptr::eq(self.run.0, name) {
            self.end_run();
            self.run.0 = name;
        }
        self.run.1 += 1;
    }

    /// The messages by name, in order of name.
    pub(super) fn messages_by_name(&mut self) -> Vec<(&'static str, u64)> {
        self.end_run();
        let mut by_name = BTreeMap::new();
        for (name, count) in self.by_name.values() {
            *by_name.entry(*name).or_default() += count;
        }
        by_name.into_iter().collect()
    }

    fn end_run(&mut self) {
        let (name, count) = std::mem::take(&mut self.run);
        if count > 0 {
            self.by_name.entry(name.as_ptr().addr()).or_insert((name, 0)).1 += count;
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
