//! How many answers came for a request.

use core::fmt;
use core::ops::Deref;

use crate::code::Code;

/// How many answers of each code came for a request, in the order of their first: a slice of codes
/// and counts.
///
/// ```
/// use napster_codec::{Code, dialogue::Answers};
///
/// let answers = Answers::of(Code(201), 3);
/// assert_eq!(*answers, [(Code(201), 3)]);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// What is behind the length is zero.
    counts: [(Code, u64); Self::CODES],
    length: usize,
}

impl Answers {
    /// The most codes that a dialogue has for its answers, as a test holds the table to.
    pub(super) const CODES: usize = 2;

    /// So many answers of one code.
    #[must_use]
    pub const fn of(code: Code, count: u64) -> Self {
        let mut counts = [(Code(0), 0); Self::CODES];
        counts[0] = (code, count);
        Self { counts, length: 1 }
    }

    /// Counts one more answer.
    pub(super) fn add(&mut self, code: Code) {
        let known = self.counts.iter_mut().take(self.length).find(|(other, _)| *other == code);
        if let Some((_, count)) = known {
            *count = count.saturating_add(1);
        } else if let Some(place) = self.counts.get_mut(self.length) {
            *place = (code, 1);
            self.length += 1;
        }
    }
}

impl Deref for Answers {
    type Target = [(Code, u64)];

    fn deref(&self) -> &Self::Target {
        self.counts.get(..self.length).unwrap_or_default()
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(code, count)| (code, count))).finish()
    }
}
