//! Whether a connection belongs to the music stream, from its first bytes.

use crate::comp112::bootstrap::length_without_blanks;
use crate::comp112::command::{PlayAnswer, WORDS, read_request};
use crate::comp112::format::Format;
use crate::comp112::frame::{FrameHeader, RECORD_LENGTH};
use crate::comp112::message::Message;
use crate::recognition::Recognition;

/// Says whether a connection carries records or audio, from what its listener sent so far.
///
/// The initiator must not have sent anything.
#[must_use]
pub fn recognise_stream(listener: &[u8]) -> Recognition {
    if listener.starts_with(b"NS/") {
        return recognise_record(listener);
    }
    let maybe_record = b"NS/".starts_with(listener);
    let Some((header, behind)) = listener.split_first_chunk::<{ FrameHeader::LENGTH }>() else {
        let letters = listener.get(..2).unwrap_or(listener);
        let begins = [&b"SC"[..], b"NS", b"DC"].iter().any(|kind| kind.starts_with(letters));
        let digits = listener.get(2..).unwrap_or_default();
        let length = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b' ');
        return if maybe_record || begins && length { Recognition::Maybe } else { Recognition::No };
    };
    let Ok(header) = FrameHeader::parse(*header) else { return Recognition::No };
    // A second header at the right distance proves the first.
    match behind.get(usize::from(header.length)..).and_then(<[u8]>::first_chunk) {
        Some(next) if FrameHeader::parse(*next).is_ok() => Recognition::Yes,
        Some(_) => Recognition::No,
        None => Recognition::Maybe,
    }
}

/// Says whether a connection carries requests and answers, from what each side sent so far.
///
/// `announced` says that the port before its own is known for the records of the stream.
#[must_use]
pub fn recognise_requests(initiator: &[u8], listener: &[u8], announced: bool) -> Recognition {
    if initiator.is_empty() {
        return if listener.is_empty() { Recognition::Maybe } else { Recognition::No };
    }
    let Some(word) = WORDS.iter().find(|word| initiator.starts_with(word)) else {
        let begins = WORDS.iter().any(|word| word.starts_with(initiator));
        return if begins && listener.is_empty() { Recognition::Maybe } else { Recognition::No };
    };
    if announced || matches!(read_request(initiator).0, Message::Leave { .. }) {
        return Recognition::Yes;
    }
    let answer = match *word {
        b"SONGLIST" => starts_list(listener, true),
        b"REQUESTLIST" => starts_list(listener, false),
        b"PLAY," => PlayAnswer::parse(listener).is_some() || listener.starts_with(b"Song "),
        _ => false,
    };
    match (answer, listener.len()) {
        (true, _) => Recognition::Yes,
        (false, 0..4) => Recognition::Maybe,
        (false, _) => Recognition::No,
    }
}

/// The first bootstrap record: three numbers, and blanks to its hundredth byte.
fn recognise_record(listener: &[u8]) -> Recognition {
    let record = listener.get(..RECORD_LENGTH).unwrap_or(listener);
    let record = match record.windows(5).position(|window| window == b"HOST/") {
        Some(next) => record.get(..next).unwrap_or(record),
        None => record,
    };
    let text = record.get(3..length_without_blanks(record).max(3)).unwrap_or_default();
    let whole = listener.len() > record.len() || record.len() == RECORD_LENGTH;
    let slashes = text.iter().filter(|&&byte| byte == b'/').count();
    let numbers = text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'/') && slashes <= 2;
    match (Format::parse(text).is_ok(), whole) {
        (true, true) => Recognition::Yes,
        (_, false) if numbers => Recognition::Maybe,
        _ => Recognition::No,
    }
}

/// Whether the bytes begin like a list: a length, `##`, and a bracket for the list of songs.
fn starts_list(listener: &[u8], songs: bool) -> bool {
    let digits = listener.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = listener.get(digits..).unwrap_or_default();
    digits > 0 && behind.starts_with(if songs { b"##[" } else { b"##" })
}
