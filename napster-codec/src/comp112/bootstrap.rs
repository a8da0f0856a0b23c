//! The three records that a server sends to a newcomer, 100 bytes each.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::comp112::event::DeviationKind;
use crate::comp112::format::Format;
use crate::comp112::frame::RECORD_LENGTH;
use crate::comp112::message::Message;
use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::field::canonical_number;
use crate::text::Text;

/// How the records begin, in their order.
pub(super) const PREFIXES: [&[u8]; 3] = [b"NS/", b"HOST/", b"PORT/"];

/// A record that is longer than it should be is followed to this length, in bytes.
pub(super) const LONGEST_RECORD: usize = 512;

/// A record at the start of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// More bytes will tell.
    Need,
    /// So many bytes, with what is odd about them.
    Whole(usize, Option<DeviationKind>),
    /// No record begins here.
    Bad,
}

/// Finds the end of the record with that place in their order.
///
/// A record is 100 bytes, but a long host name makes it longer and leaves its padding out, and the
/// next one's first letters show where a shorter one ends.
pub(super) fn find(bytes: &[u8], place: usize, ended: bool) -> Record {
    let Some(prefix) = PREFIXES.get(place) else { return Record::Bad };
    let start = bytes.get(..prefix.len()).unwrap_or(bytes);
    if !prefix.starts_with(start) {
        return Record::Bad;
    }
    let next = PREFIXES.get(place + 1).and_then(|next| {
        let bounded = bytes.get(..LONGEST_RECORD).unwrap_or(bytes);
        bounded.windows(next.len()).position(|window| window == *next)
    });
    match next {
        Some(end) if end < RECORD_LENGTH => Record::Whole(end, Some(DeviationKind::UnpaddedRecord)),
        Some(end) if end > RECORD_LENGTH && !is_padded(bytes) => {
            Record::Whole(end, Some(DeviationKind::LongRecord))
        }
        Some(_) => Record::Whole(RECORD_LENGTH, None),
        None if bytes.len() >= RECORD_LENGTH && is_padded(bytes) => {
            Record::Whole(RECORD_LENGTH, None)
        }
        // Nothing but its length ends the last one, however much has come with it.
        None if place + 1 == PREFIXES.len() && bytes.len() >= RECORD_LENGTH => {
            Record::Whole(RECORD_LENGTH, None)
        }
        None if bytes.len() >= LONGEST_RECORD => Record::Bad,
        None if ended && bytes.len() > prefix.len() => {
            let odd = bytes.len() < RECORD_LENGTH;
            Record::Whole(bytes.len(), odd.then_some(DeviationKind::UnpaddedRecord))
        }
        None if ended => Record::Bad,
        None => Record::Need,
    }
}

/// Whether the hundredth byte is padding, so that the record ends there.
fn is_padded(bytes: &[u8]) -> bool {
    bytes.get(RECORD_LENGTH - 1) == Some(&b' ')
}

/// Reads a record of which the end is known.
pub(super) fn read(raw: &[u8], place: usize) -> (Message<'_>, Vec<Diagnostic>) {
    let skipped = PREFIXES.get(place).map_or(0, |prefix| prefix.len());
    let text = raw.get(skipped..).unwrap_or_default();
    let text = text.get(..length_without_blanks(text)).unwrap_or(text);
    let span = Span::new(skipped, skipped + text.len());
    let bytes = Cow::Borrowed(raw);
    match place {
        0 => match Format::parse(text) {
            Ok(format) => (Message::StreamInfo(format), Vec::new()),
            Err(odd) => (Message::Unreadable { name: "stream_info", bytes }, shifted(odd, skipped)),
        },
        1 if !text.is_empty() => (Message::StreamHost { host: Text::read(text) }, Vec::new()),
        1 => {
            let kind = DiagnosticKind::MissingField;
            let odd = alloc::vec![Diagnostic { kind, field: "host", span }];
            (Message::Unreadable { name: "stream_host", bytes }, odd)
        }
        _ => match port(text) {
            Ok(port) => (Message::StreamPort { port }, Vec::new()),
            Err(kind) => {
                let odd = alloc::vec![Diagnostic { kind, field: "port", span }];
                (Message::Unreadable { name: "stream_port", bytes }, odd)
            }
        },
    }
}

/// Reads a port.
pub(super) fn port(digits: &[u8]) -> Result<u16, DiagnosticKind> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(DiagnosticKind::NotANumber);
    }
    let port = canonical_number(digits, u64::from(u16::MAX));
    port.and_then(|port| u16::try_from(port).ok()).ok_or(DiagnosticKind::NumberOutOfRange)
}

/// A diagnostic whose span counts from further in front.
pub(super) fn shifted(odd: Diagnostic, by: usize) -> Vec<Diagnostic> {
    let span = Span::new(odd.span.start as usize + by, odd.span.end as usize + by);
    alloc::vec![Diagnostic { span, ..odd }]
}

/// The length of a text without the blanks at its end.
pub(super) fn length_without_blanks(text: &[u8]) -> usize {
    text.iter().rposition(|&byte| byte != b' ').map_or(0, |at| at + 1)
}
