//! Where the digits of a size end, when the file's own bytes follow them at once.

use alloc::vec::Vec;

use crate::peer::expect::KnownSizes;

/// What told where the digits of a size end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SizeRule {
    /// The size of this file was known from a search, browse or resume result (201, 212, 216).
    KnownSize,
    /// Every other reading is impossible: there is one digit only, or more bytes came than the
    /// others announce.
    OnlyReading,
    /// The stream ended cleanly, and only this reading announces the bytes that came.
    CleanEnd,
    /// A TCP segment ended there: programs write the size alone.
    Segment,
    /// Nothing better: all digits.
    LongestRun,
    /// The other side spoke, which it does when it has the whole number.
    Turn,
}

impl SizeRule {
    /// The name in snake case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KnownSize => "known_size",
            Self::OnlyReading => "only_reading",
            Self::CleanEnd => "clean_end",
            Self::Segment => "segment",
            Self::LongestRun => "longest_run",
            Self::Turn => "turn",
        }
    }
}

/// The most digits that a size has; further ones are data.
pub(crate) const MOST_DIGITS: usize = 20;

/// The most readings that are kept at a time.
pub(super) const MOST_READINGS: usize = 4;

/// How many bytes from the first digit on are looked at before it is decided that the digits end
/// where a segment does; so the shortest files are there as a whole.
pub(super) const WEIGHED: usize = 1024;

/// How many bytes are looked at before several readings are kept: sizes of up to four digits are
/// decided by then, and four readings are enough for those of five to eight.
pub(crate) const WEIGHED_IN_DOUBT: usize = 16 * 1024;

/// What is known when the end of the digits is asked for.
pub(crate) struct Evidence<'e> {
    /// The stream from the first digit on.
    pub(crate) stream: &'e [u8],
    /// The first place behind a digit where a segment ends, counted in digits.
    pub(crate) boundary: Option<usize>,
    /// Sizes of the file.
    pub(crate) known: &'e KnownSizes,
    /// How many bytes of the file the downloader has already.
    pub(crate) offset: u64,
    /// Whether and how the stream has ended.
    pub(crate) end: StreamEnd,
}

/// Whether and how a stream has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    /// More can come.
    Open,
    /// The sender has closed it.
    Clean,
    /// It was broken off, or the capture ended.
    Broken,
}

/// Where the digits end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// More bytes will tell.
    Wait,
    /// Behind so many digits.
    Decided(usize, SizeRule),
    /// Behind one of these counts of digits, the likeliest first.
    Several(Vec<usize>),
}

impl Evidence<'_> {
    /// Says where the digits end.
    pub(crate) fn weigh(&self) -> Verdict {
        let run = run_length(self.stream);
        if run == 0 {
            return Verdict::Wait;
        }
        let known: Vec<usize> = (1..=run)
            .filter(|length| self.value(*length).is_some_and(|v| self.is_known(v)))
            .collect();
        let ended = self.end != StreamEnd::Open;
        let may_grow = run == self.stream.len() && run < MOST_DIGITS && !ended;
        if let [length] = known.as_slice()
            && !(may_grow && self.grows_to_known(run))
        {
            return Verdict::Decided(*length, SizeRule::KnownSize);
        }
        let enough = if self.boundary == Some(run) { WEIGHED } else { WEIGHED_IN_DOUBT };
        if may_grow || !ended && self.stream.len() < enough && run > 1 {
            return Verdict::Wait;
        }
        let candidates = if known.len() > 1 { known } else { self.possible(run) };
        if let [length] = candidates.as_slice() {
            return Verdict::Decided(*length, SizeRule::OnlyReading);
        }
        let preferred = self.preferred(&candidates);
        let nothing_else = run == self.stream.len() && self.boundary.is_none_or(|at| at == run);
        if ended && nothing_else && candidates.contains(&run) {
            // No data at all: a size whose file never came is likelier than a tiny file of digits.
            return Verdict::Decided(run, preferred.1);
        }
        if self.end == StreamEnd::Clean {
            let mut fitting =
                candidates.iter().copied().filter(|length| self.fits_the_end(*length));
            if let Some(first) = fitting.next() {
                let length =
                    if fitting.any(|length| length == preferred.0) { preferred.0 } else { first };
                return Verdict::Decided(length, SizeRule::CleanEnd);
            }
        }
        if self.boundary == Some(run) && self.value(run).is_none() {
            // A number that no file has, but the segment says that all of it is meant.
            return Verdict::Decided(run, SizeRule::Segment);
        }
        if ended || self.boundary == Some(run) {
            return Verdict::Decided(preferred.0, preferred.1);
        }
        let remaining: Vec<usize> =
            candidates.iter().copied().filter(|length| !self.is_exceeded(*length)).collect();
        match remaining.as_slice() {
            [] => Verdict::Decided(preferred.0, preferred.1),
            [length] => Verdict::Decided(*length, SizeRule::OnlyReading),
            _ => Verdict::Several(self.likeliest(remaining)),
        }
    }

    /// The number that the first digits are; `None` above 64 bits.
    fn value(&self, length: usize) -> Option<u64> {
        number(self.stream.get(..length)?)
    }

    fn is_known(&self, value: u64) -> bool {
        self.known.contains(value) || self.known.is_remaining(value, self.offset)
    }

    /// Whether a known size begins with all digits so far and has more.
    fn grows_to_known(&self, run: usize) -> bool {
        let so_far = self.value(run);
        let begins = |mut size: u64| {
            while size >= 10 {
                size /= 10;
                if Some(size) == so_far {
                    return true;
                }
            }
            false
        };
        self.known.iter().any(|size| {
            begins(size) || self.offset > 0 && size.checked_sub(self.offset).is_some_and(begins)
        })
    }

    /// The readings that are numbers: no zeros in front unless nothing else is, not above 64 bits.
    fn possible(&self, run: usize) -> Vec<usize> {
        if self.stream.first() == Some(&b'0') {
            // No program pads a size with zeros, but a reader accepts it where a segment says so.
            let mut lengths = alloc::vec![1];
            lengths.extend(self.boundary.filter(|length| (2..=run).contains(length)));
            return lengths;
        }
        (1..=run).filter(|length| self.value(*length).is_some()).collect()
    }

    /// The reading to take where no end can be compared.
    fn preferred(&self, candidates: &[usize]) -> (usize, SizeRule) {
        match self.boundary.filter(|length| candidates.contains(length)) {
            Some(length) => (length, SizeRule::Segment),
            None => (candidates.iter().copied().max().unwrap_or(1), SizeRule::LongestRun),
        }
    }

    /// Whether the stream holds just the bytes that a reading announces.
    fn fits_the_end(&self, length: usize) -> bool {
        let after = (self.stream.len() - length.min(self.stream.len())) as u64;
        self.value(length).is_some_and(|size| announces(size, self.offset, after))
    }

    fn is_exceeded(&self, length: usize) -> bool {
        let after = (self.stream.len() - length.min(self.stream.len())) as u64;
        self.value(length).is_none_or(|size| after > size)
    }

    /// At most four readings: where the segment ends, all digits unless they are too many, and then
    /// by how usual a size of so many digits is (songs of the time had some millions of bytes).
    fn likeliest(&self, mut lengths: Vec<usize>) -> Vec<usize> {
        let preferred = self.boundary;
        let longest = lengths.iter().copied().max().filter(|length| *length <= PLAUSIBLE_DIGITS);
        lengths.sort_by_key(|length| {
            let rank = if Some(*length) == preferred {
                0
            } else if Some(*length) == longest {
                1
            } else {
                2
            };
            (rank, length.abs_diff(USUAL_DIGITS))
        });
        lengths.truncate(MOST_READINGS);
        lengths
    }
}

/// Whether so many bytes behind a size are what it announces: the file from the offset on, or, with
/// gift-berlios, or where TekNap ignores the offset, as many bytes as the size says.
pub(super) fn announces(size: u64, offset: u64, after: u64) -> bool {
    size.checked_sub(offset) == Some(after) || offset > 0 && size == after
}

/// How many digits stand at the start of the bytes, at most [`MOST_DIGITS`].
pub(crate) fn run_length(bytes: &[u8]) -> usize {
    bytes.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit()).count()
}

/// The number that digits are; `None` above 64 bits or where there are none.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether digits are a known size with their leading `1` and not without it: then that `1` is no
/// greeting.
pub(crate) fn is_size_without_greeting(bytes: &[u8], sizes: &KnownSizes) -> bool {
    let known = |digits: &[u8]| {
        let run = run_length(digits);
        (1..=run).any(|length| {
            let size = digits.get(..length).and_then(number);
            size.is_some_and(|size| sizes.contains(size))
        })
    };
    known(bytes) && !known(bytes.get(1..).unwrap_or_default())
}

/// A song of four minutes at 128 kbit/s has seven digits.
const USUAL_DIGITS: usize = 7;

/// Programs of the time keep a size in 32 bits; more digits belong to the file.
const PLAUSIBLE_DIGITS: usize = 10;
