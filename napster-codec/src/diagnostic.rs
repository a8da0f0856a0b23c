//! Deviations from the canonical form: their names, where they are, and which are tolerated.

use alloc::vec::Vec;
use core::fmt;

use crate::code::Code;

macro_rules! diagnostic_kinds {
    ($($(#[$meta:meta])* $variant:ident = $name:literal: $expected:literal;)*) => {
        /// What is odd about a payload: the closed list of deviations.
        ///
        /// A kind that the decoder can live with becomes a [`Diagnostic`] where the
        /// [`Tolerance`] holds it; otherwise it is the reason of a [`DecodeError`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum DiagnosticKind {
            $($(#[$meta])* $variant,)*
        }

        impl DiagnosticKind {
            /// Every kind, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in snake case, as the protocol table and the JSON output have it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What a canonical payload would have had there.
            #[must_use]
            pub const fn expected(self) -> &'static str {
                match self { $(Self::$variant => $expected),* }
            }

            /// The kind with that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }
    };
}

diagnostic_kinds! {
    /// Blanks behind the last field.
    TrailingSpace = "trailing_space": "no blanks behind the last field";
    /// More than one blank between two fields.
    DoubleSpace = "double_space": "one blank between two fields";
    /// Blanks in front of the first field.
    LeadingSpace = "leading_space": "no blanks in front of the first field";
    /// TAB, CR or LF where a blank belongs; servers of the opennap family split there.
    ControlSeparator = "control_separator": "a blank, not a control character";
    /// No blank where one belongs.
    MissingSeparator = "missing_separator": "a blank in front of the field";
    /// A quoted field sent bare.
    MissingQuotes = "missing_quotes": "double quotes around the field";
    /// A bare field sent between quotes.
    UnexpectedQuotes = "unexpected_quotes": "the field without quotes";
    /// A double quote inside a quoted field; what is behind it decides where the field ends.
    QuoteInQuoted = "quote_in_quoted": "no double quote inside a quoted field";
    /// The closing quote is missing; the field runs to the end of the payload.
    UnbalancedQuote = "unbalanced_quote": "a closing double quote";
    /// A required field is left out.
    MissingField = "missing_field": "one more field";
    /// Nothing at all where the message requires fields.
    EmptyPayload = "empty_payload": "a payload that is not empty";
    /// Further fields behind those of the message.
    ExtraField = "extra_field": "the end of the payload";
    /// A word where a decimal number belongs.
    NotANumber = "not_a_number": "a decimal number";
    /// A decimal number with a plus sign or leading zeros.
    NumberSpelling = "number_spelling": "a decimal number without sign and leading zeros";
    /// A decimal number outside the range of its type.
    NumberOutOfRange = "number_out_of_range": "a decimal number within the field's range";
    /// A keyword in other letter case.
    WrongCase = "wrong_case": "the keyword in upper case";
    /// A word that is none of the keywords which can stand there.
    UnknownKeyword = "unknown_keyword": "a keyword";
    /// The same key for the second time.
    DuplicateKey = "duplicate_key": "each key once";
    /// A frame inside the payload whose header does not fit its length.
    BadFrame = "bad_frame": "a whole frame with its four-byte header";
    /// The payload is a known other shape of the message.
    OtherShape = "other_shape": "the usual fields of this message";
    /// A code that the table has for the other direction only.
    WrongDirection = "wrong_direction": "this message from the other side";
    /// Further deviations were met and not listed, see [`Diagnostics::CAP`].
    MoreDeviations = "more_deviations": "fewer deviations";
}

impl fmt::Display for DiagnosticKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of [`DiagnosticKind`]s that a decoder accepts.
///
/// ```
/// use napster_codec::{DiagnosticKind, Tolerance};
/// let tolerance = Tolerance::STRICT.with(DiagnosticKind::TrailingSpace);
/// assert!(tolerance.holds(DiagnosticKind::TrailingSpace));
/// assert!(!tolerance.holds(DiagnosticKind::DoubleSpace));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tolerance(u32);

impl Tolerance {
    /// Accepts the canonical form only.
    pub const STRICT: Self = Self(0);
    /// Accepts every deviation that still leaves a value to read.
    pub const LENIENT: Self = Self(u32::MAX);

    /// The set with one more kind.
    #[must_use]
    pub const fn with(self, kind: DiagnosticKind) -> Self {
        Self(self.0 | 1 << kind as u32)
    }

    /// The set without a kind.
    #[must_use]
    pub const fn without(self, kind: DiagnosticKind) -> Self {
        Self(self.0 & !(1 << kind as u32))
    }

    /// Whether every kind of the set is in the other one.
    const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether the set has the kind.
    #[must_use]
    pub const fn holds(self, kind: DiagnosticKind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }
}

/// A range of bytes within a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a start and an end")]
pub struct Span {
    /// First byte, counted from 0.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        // A payload has at most 65,535 bytes.
        Self {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }
}

/// One tolerated deviation: what, in which field, at which bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "what and where")]
pub struct Diagnostic {
    /// What is odd.
    pub kind: DiagnosticKind,
    /// Name of the field; empty where no field is meant.
    pub field: &'static str,
    /// Bytes within the payload.
    pub span: Span,
}

impl Diagnostic {
    /// The deviation as the reason why a payload cannot be read.
    pub(crate) const fn error(&self, code: Code) -> DecodeError {
        DecodeError { code, kind: self.kind, field: self.field, span: self.span }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_place(f, self.field, self.span)?;
        write!(f, ": expected {} ({})", self.kind.expected(), self.kind.name())
    }
}

/// The deviations of one message, at most [`CAP`](Self::CAP) of them.
///
/// Costs no allocation while it is empty, and can be reused for the next message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    more: u32,
    /// The kinds of all of them.
    kinds: Tolerance,
}

impl Diagnostics {
    /// The most deviations that are kept for one message; the rest are counted.
    pub const CAP: usize = 32;

    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new(), more: 0, kinds: Tolerance::STRICT }
    }

    /// Adds a deviation, or counts it when the list is full.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.kinds = self.kinds.with(diagnostic.kind);
        if self.list.len() < Self::CAP {
            self.list.push(diagnostic);
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.more = 0;
        self.kinds = Tolerance::STRICT;
    }

    /// The deviations that were kept, in the order of reading.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// How many more were met than kept.
    #[must_use]
    pub const fn more(&self) -> u32 {
        self.more
    }

    /// Whether the payload was canonical.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Fails with the first deviation that is not tolerated.
    pub(crate) fn tolerate(&self, tolerance: Tolerance, code: Code) -> Result<(), DecodeError> {
        if self.kinds.is_within(tolerance) {
            return Ok(());
        }
        let listed = self.list.iter().find(|odd| !tolerance.holds(odd.kind));
        // Where only one beyond the list is not tolerated, the last one of the list says where to look.
        let odd = listed.or_else(|| self.list.last());
        odd.map_or(Ok(()), |odd| Err(odd.error(code)))
    }

    /// How many deviations were met.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.len() + self.more as usize
    }
}

/// Why a payload could not be read as its message, and where.
///
/// For people who have the payload at hand, [`caret`](Self::caret) shows the bytes.
///
/// ```
/// use napster_codec::{Code, Direction, Tolerance, decode};
///
/// let payload = b"bob lots";
/// let error = decode(Code(600), Direction::ToServer, payload, Tolerance::STRICT).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "message 600, bytes 3..8: expected the end of the payload (extra_field)"
/// );
/// assert_eq!(error.caret(payload).to_string(), "bob lots\n   ^^^^^");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DecodeError {
    /// The message.
    pub code: Code,
    /// What was found; [`DiagnosticKind::expected`] says what should have been there.
    pub kind: DiagnosticKind,
    /// Name of the field; empty where no field is meant.
    pub field: &'static str,
    /// Bytes within the payload.
    pub span: Span,
}

impl DecodeError {
    /// The error as a diagnostic, for lists that hold both.
    #[must_use]
    pub const fn diagnostic(&self) -> Diagnostic {
        Diagnostic { kind: self.kind, field: self.field, span: self.span }
    }

    /// A view of the payload's bytes around the error with a caret line below.
    #[must_use]
    pub const fn caret<'p>(&self, payload: &'p [u8]) -> Caret<'p> {
        Caret { payload, span: self.span }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {}, ", self.code)?;
        write_place(f, self.field, self.span)?;
        write!(f, ": expected {} ({})", self.kind.expected(), self.kind.name())
    }
}

impl core::error::Error for DecodeError {}

/// Two lines: a payload's bytes, escaped, and carets below a span. See [`DecodeError::caret`].
#[derive(Clone, Copy, Debug)]
pub struct Caret<'p> {
    payload: &'p [u8],
    span: Span,
}

impl fmt::Display for Caret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// Bytes shown on each side of the span.
        const CONTEXT: usize = 40;
        let length = self.payload.len();
        let start = (self.span.start as usize).min(length);
        let end = (self.span.end as usize).clamp(start, length).min(start + CONTEXT);
        let from = start.saturating_sub(CONTEXT);
        let to = (end + CONTEXT).min(length);
        let part = |range: core::ops::Range<usize>| self.payload.get(range).unwrap_or_default();
        let width = |bytes: &[u8]| bytes.escape_ascii().count();
        writeln!(
            f,
            "{}{}{}",
            part(from..start).escape_ascii(),
            part(start..end).escape_ascii(),
            part(end..to).escape_ascii()
        )?;
        let (indent, carets) = (width(part(from..start)), width(part(start..end)).max(1));
        write!(f, "{:indent$}{:^<carets$}", "", "")
    }
}

fn write_place(f: &mut fmt::Formatter<'_>, field: &str, span: Span) -> fmt::Result {
    if !field.is_empty() {
        write!(f, "field `{field}`, ")?;
    }
    if span.start == span.end {
        write!(f, "byte {}", span.start)
    } else {
        write!(f, "bytes {}..{}", span.start, span.end)
    }
}
