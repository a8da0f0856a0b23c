//! Requests and answers of the request connection: none of them has an end mark.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::comp112::bootstrap::port;
use crate::comp112::message::Message;
use crate::comp112::names::{RequestList, SongList, length_of_characters};
use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::text::Text;

/// The words with which requests begin.
pub(super) const WORDS: [&[u8]; 4] = [b"SONGLIST", b"REQUESTLIST", b"PLAY,", b"DC,HOST,"];

/// The length of the longest of them.
pub(super) const LONGEST_WORD: usize = 11;

/// Whether a request begins here, or can when more bytes come.
pub(super) fn may_begin_request(bytes: &[u8]) -> bool {
    WORDS.iter().any(|word| {
        let start = bytes.get(..word.len()).unwrap_or(bytes);
        word.starts_with(start)
    })
}

/// Reads one whole request.
///
/// What is not one is [`Message::Unreadable`], as the server ignores it, with the reason.
#[must_use]
pub fn read_request(raw: &[u8]) -> (Message<'_>, Option<Diagnostic>) {
    let unreadable = |name, kind, field, start| {
        let span = Span::new(start, raw.len());
        let message = Message::Unreadable { name, bytes: Cow::Borrowed(raw) };
        (message, Some(Diagnostic { kind, field, span }))
    };
    if raw == b"SONGLIST" {
        return (Message::SongListRequest, None);
    }
    if raw == b"REQUESTLIST" {
        return (Message::RequestListRequest, None);
    }
    if let Some(song) = raw.strip_prefix(b"PLAY,") {
        if song.is_empty() {
            return unreadable("play_request", DiagnosticKind::MissingField, "song", raw.len());
        }
        return (Message::PlayRequest { song: Text::read(song) }, None);
    }
    let Some(rest) = raw.strip_prefix(b"DC,HOST,") else {
        return unreadable("unknown", DiagnosticKind::UnknownKeyword, "", 0);
    };
    let mut words = rest.split(|&byte| byte == b',');
    match [words.next(), words.next(), words.next(), words.next()] {
        [Some(host), Some(b"PORT"), Some(digits), None] if !host.is_empty() => match port(digits) {
            Ok(port) => (Message::Leave { host: Text::read(host), port }, None),
            Err(kind) => unreadable("leave", kind, "port", raw.len() - digits.len()),
        },
        _ => unreadable("leave", DiagnosticKind::MissingField, "port", raw.len()),
    }
}

/// What an answer to `PLAY` says.
///
/// The report words two of them a little differently; these are the program's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the program knows these three")]
pub enum PlayAnswer<'a> {
    /// `Song … requested!`.
    Requested {
        /// The name of the song.
        song: Text<'a>,
    },
    /// `Song has already been requested!`.
    AlreadyRequested,
    /// `Song does not exist`.
    DoesNotExist,
}

impl<'a> PlayAnswer<'a> {
    /// Reads an answer; `None` where it is another text.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        match text {
            ALREADY => Some(Self::AlreadyRequested),
            ABSENT => Some(Self::DoesNotExist),
            text => {
                let song = text.strip_prefix(b"Song ")?.strip_suffix(b" requested!")?;
                Some(Self::Requested { song: Text::read(song) })
            }
        }
    }

    /// The text.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Requested { song } => [b"Song ", song.as_bytes(), b" requested!"].concat(),
            Self::AlreadyRequested => ALREADY.to_vec(),
            Self::DoesNotExist => ABSENT.to_vec(),
        }
    }
}

/// Where an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerEnd {
    /// More bytes will tell.
    Need,
    /// Behind so many bytes; how many of them are the length and `##`, and the length.
    List(usize, usize, u64),
    /// Behind so many bytes of text.
    Text(usize),
    /// There is no known answer here.
    Unknown,
}

/// Finds the end of an answer at the start of the bytes; `boundary` is the first place where a
/// segment ends, and `ended` says that nothing more comes.
pub(super) fn find_answer(bytes: &[u8], boundary: Option<usize>, ended: bool) -> AnswerEnd {
    let digits = bytes.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        return find_list(bytes, digits, ended);
    }
    if !SONG.starts_with(bytes.get(..SONG.len()).unwrap_or(bytes)) {
        return AnswerEnd::Unknown;
    }
    let merged = (SONG.len()..bytes.len()).find(|end| is_followed_well(bytes, *end));
    let whole = || boundary.filter(|end| bytes.get(..*end).is_some_and(is_play_answer));
    match merged.or_else(whole) {
        Some(end) => AnswerEnd::Text(end),
        None if ended || bytes.len() > LONGEST_TEXT => AnswerEnd::Text(bytes.len()),
        None => AnswerEnd::Need,
    }
}

/// Reads a list of which the parts are known; `requests` says which of the two lists was asked for.
pub(super) fn read_list(raw: &[u8], head: usize, length: u64, requests: bool) -> Message<'_> {
    let text = Text::read(raw.get(head..).unwrap_or_default());
    if requests {
        Message::RequestList(RequestList { length, text })
    } else {
        Message::SongList(SongList { length, text })
    }
}

fn find_list(bytes: &[u8], digits: usize, ended: bool) -> AnswerEnd {
    let number = bytes.get(..digits).unwrap_or_default();
    let length = number.iter().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    });
    let behind = bytes.get(digits..).unwrap_or_default();
    let Some(length) = length else { return AnswerEnd::Unknown };
    let Some(text) = behind.strip_prefix(b"##") else {
        let can = b"##".starts_with(behind) && digits < MOST_DIGITS && !ended;
        return if can { AnswerEnd::Need } else { AnswerEnd::Unknown };
    };
    let head = digits + 2;
    // No character has less than a byte, so the text need not be counted before.
    if (text.len() as u64) < length && !ended {
        return AnswerEnd::Need;
    }
    match length_of_characters(text, length) {
        Some(characters) => AnswerEnd::List(head + characters, head, length),
        None if ended => AnswerEnd::List(bytes.len(), head, length),
        None => AnswerEnd::Need,
    }
}

/// Whether an answer to `PLAY` ends at a place, and what is behind it looks like another answer.
fn is_followed_well(bytes: &[u8], end: usize) -> bool {
    let (Some(text), Some(behind)) = (bytes.get(..end), bytes.get(end..)) else { return false };
    let next = behind.starts_with(SONG) || behind.first().is_some_and(u8::is_ascii_digit);
    next && is_play_answer(text)
}

fn is_play_answer(text: &[u8]) -> bool {
    text == ABSENT || text.starts_with(SONG) && text.ends_with(b" requested!") || text == ALREADY
}

const SONG: &[u8] = b"Song ";
const ALREADY: &[u8] = b"Song has already been requested!";
const ABSENT: &[u8] = b"Song does not exist";

/// The longest answer to `PLAY` that is waited for, in bytes.
const LONGEST_TEXT: usize = 1024;

/// The most digits of a length that are read.
const MOST_DIGITS: usize = 20;
