//! The search query of message 200: clauses that one can read, build, compare and write again.
//!
//! ```text
//! query     = clause *( SP clause )
//! clause    = keyword-text SP quoted | "MAX_RESULTS" SP number | compared SP quoted-compare SP number
//!           | "TYPE" SP word | flag
//! compared  = "LINESPEED" | "SIZE" | "DURATION" | "BITRATE" | "FREQ"     ; the last two quote the number
//! ```
//!
//! Clauses come in any order and may repeat (all editions of the specification; opennap's parser).

use crate::field::Field;
use crate::list::List;
use crate::text::{Quoted, Token};
use crate::writer::Writer;

mod grammar;

/// A search: at least one clause.
///
/// ```
/// use napster_codec::{Compare, Query};
/// let query = Query::new()
///     .filename_contains("aphex")?
///     .max_results(50)
///     .bitrate(Compare::AtLeast, 128);
/// assert_eq!(query.to_string(), r#"FILENAME CONTAINS "aphex" MAX_RESULTS 50 BITRATE "AT LEAST" "128""#);
/// # Ok::<(), napster_codec::InvalidText>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<'a>(pub List<'a, Clause<'a>>);

/// One condition of a [`Query`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "each form of clause is here; `Topic` and `Flag` name them"
)]
pub enum Clause<'a> {
    /// A text that the file's path holds, or does not.
    Text(TextTopic, Quoted<'a>),
    /// The most results wanted.
    MaxResults(Number),
    /// A property compared with a number.
    Compare(Property, Compare, Number),
    /// A kind of file such as `audio`, `image`, `text`, or `ANY` (opennap).
    Type(Token<'a>, Spelling),
    /// A word without a value.
    Flag(Flag),
}

/// A number of a [`Clause`], with a memory of odd quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a number and how it was spelled")]
pub struct Number {
    /// The number.
    pub value: u64,
    /// Whether its quotes are those of the specification.
    pub spelling: Spelling,
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self { value, spelling: Spelling::Usual }
    }
}

/// Whether a value stands between quotes where the specification has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "as the specification says, or not")]
pub enum Spelling {
    /// As the specification has it.
    #[default]
    Usual,
    /// Quotes left out, or put where none belong (`MP3::Napster` quotes every number).
    Odd,
}

macro_rules! keywords {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $keyword:literal $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type { $($(#[$vmeta])* $variant,)* }

        impl $type {
            /// Every variant.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The words on the wire.
            #[must_use]
            pub const fn keyword(self) -> &'static str {
                match self { $(Self::$variant => $keyword),* }
            }

            /// The name in snake case, as the protocol table has it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

keywords! {
    /// What a text clause looks for.
    TextTopic {
        /// Words that the path holds; a word with `-` in front must not be there.
        FilenameContains = "FILENAME CONTAINS" "filename_contains",
        /// Words that the path must not hold.
        FilenameExcludes = "FILENAME EXCLUDES" "filename_excludes",
        /// Words that sound alike.
        SoundexContains = "SOUNDEX CONTAINS" "soundex_contains",
    }
}

keywords! {
    /// What a comparing clause is about.
    Property {
        /// The owner's link type, 0 to 10.
        Linespeed = "LINESPEED" "linespeed",
        /// The bit rate in kbit/s.
        Bitrate = "BITRATE" "bitrate",
        /// The sample rate in Hz.
        Frequency = "FREQ" "frequency",
        /// The size in bytes.
        Size = "SIZE" "size",
        /// The duration in seconds.
        Duration = "DURATION" "duration",
    }
}

keywords! {
    /// How a clause compares.
    Compare {
        /// Not less.
        AtLeast = "AT LEAST" "at_least",
        /// Not more.
        AtBest = "AT BEST" "at_best",
        /// The same.
        EqualTo = "EQUAL TO" "equal_to",
    }
}

keywords! {
    /// A clause without a value. The longer of two words that begin alike comes first.
    Flag {
        /// Only files of users on this server (opennap-ng).
        LocalOnly = "LOCAL_ONLY" "local_only",
        /// Only files of users on this server (specification).
        Local = "LOCAL" "local",
        /// Windows Media files too.
        WmaFile = "WMA-FILE" "wma_file",
        /// Results with the length of the owner's queue.
        ShowQueue = "SHOW_QUEUE" "show_queue",
        /// Results with the owner's program.
        ShowSoftware = "SHOW_SOFTWARE" "show_software",
    }
}

impl Property {
    /// Whether the specification puts its number between quotes.
    const fn quotes_number(self) -> bool {
        matches!(self, Self::Bitrate | Self::Frequency)
    }
}

impl Query<'static> {
    /// A query without clauses, to which the other functions add; it cannot be sent empty.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "an empty query is no value to send")]
    pub fn new() -> Self {
        Self(List::from(alloc::vec::Vec::new()))
    }
}

impl<'a> Query<'a> {
    /// Adds a clause at the end.
    #[must_use]
    pub fn with(self, clause: Clause<'a>) -> Self {
        Self(self.0.iter().chain(core::iter::once(clause)).collect())
    }

    /// Adds `FILENAME CONTAINS`.
    ///
    /// # Errors
    ///
    /// [`InvalidText`](crate::InvalidText) where the words hold a double quote.
    pub fn filename_contains(self, words: &'a str) -> Result<Self, crate::InvalidText> {
        Ok(self.with(Clause::Text(TextTopic::FilenameContains, Quoted::try_from(words)?)))
    }

    /// Adds `MAX_RESULTS`.
    #[must_use]
    pub fn max_results(self, count: u64) -> Self {
        self.with(Clause::MaxResults(count.into()))
    }

    /// Adds `LINESPEED`; the number is a [link type](crate::LinkType).
    #[must_use]
    pub fn linespeed(self, compare: Compare, link_type: u64) -> Self {
        self.with(Clause::Compare(Property::Linespeed, compare, link_type.into()))
    }

    /// Adds `BITRATE`, in kbit/s.
    #[must_use]
    pub fn bitrate(self, compare: Compare, kbps: u64) -> Self {
        self.with(Clause::Compare(Property::Bitrate, compare, kbps.into()))
    }

    /// Adds `FREQ`, in Hz.
    #[must_use]
    pub fn frequency(self, compare: Compare, hz: u64) -> Self {
        self.with(Clause::Compare(Property::Frequency, compare, hz.into()))
    }

    /// The clauses in wire order.
    pub fn clauses(&self) -> impl Iterator<Item = Clause<'a>> {
        self.0.iter()
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Query<'static> {
        Query(self.0.into_owned())
    }
}

impl core::fmt::Display for Query<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut bytes = alloc::vec::Vec::new();
        self.0.write(&mut Writer::new(&mut bytes), "query");
        crate::text::fmt_escaped(&bytes, f)
    }
}
