//! What is known of a peer connection before its first byte.

use alloc::vec::Vec;

/// What an announcement on a server connection says of a peer connection.
///
/// The default expects nothing in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// What the connection is for.
    pub kind: Option<ExpectedKind>,
    /// The path of the announced file.
    pub file: Option<Vec<u8>>,
    /// The sizes that are known of that file.
    pub sizes: KnownSizes,
    /// Whether the first bytes may be missing: the capture began inside the connection.
    pub late: bool,
}

impl Expectation {
    /// A connection of that kind.
    #[must_use]
    pub fn of(kind: ExpectedKind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }

    /// The same for a file and the sizes that are known of it.
    #[must_use]
    pub fn with_file(mut self, file: &[u8], sizes: KnownSizes) -> Self {
        self.file = Some(file.to_vec());
        self.sizes = sizes;
        self
    }

    /// The same where the first bytes may be missing.
    #[must_use]
    pub const fn late(mut self) -> Self {
        self.late = true;
        self
    }
}

/// What an announced connection is for, and so who sends what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExpectedKind {
    /// The initiator fetches a file (204; a `SEND` offer of TekNap).
    Download,
    /// The initiator brings a file (501).
    Push,
    /// The initiator fetches the list of all files (641).
    Browse,
    /// The initiator brings the list of all files (640 with an address).
    PushedBrowse,
    /// Both sides send lines (a `CHAT` offer of TekNap).
    Chat,
}

/// The sizes that are known of one file, at most [`CAP`](Self::CAP) different ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownSizes(Vec<u64>);

impl KnownSizes {
    /// The most sizes that are kept.
    pub const CAP: usize = 8;

    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a size; says whether it is there now, which it is not where the list was full.
    pub fn insert(&mut self, size: u64) -> bool {
        if self.contains(size) {
            return true;
        }
        let room = self.0.len() < Self::CAP;
        if room {
            self.0.push(size);
        }
        room
    }

    /// Whether the size is one of them.
    #[must_use]
    pub fn contains(&self, size: u64) -> bool {
        self.0.contains(&size)
    }

    /// Whether a size and an offset above 0 together are one of them: gift-berlios announces the
    /// bytes that will follow instead of the whole file.
    pub(crate) fn is_remaining(&self, size: u64, offset: u64) -> bool {
        let whole = size.checked_add(offset).filter(|_| offset > 0);
        whole.is_some_and(|whole| self.contains(whole))
    }

    /// Whether no size is known.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sizes in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<u64> for KnownSizes {
    fn from_iter<I: IntoIterator<Item = u64>>(sizes: I) -> Self {
        let mut known = Self::new();
        for size in sizes {
            if known.0.len() >= Self::CAP {
                break;
            }
            known.insert(size);
        }
        known
    }
}
