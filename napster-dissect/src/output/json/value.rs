//! JSON strings and values.

use std::fmt;
use std::io::Write as _;

use napster_codec::Diagnostic;

use super::super::encoding::{TextEncoding, TextScratch};
use super::super::escape::is_hidden;
use super::super::put::Put;
use super::super::{Options, Scratch};

/// Writes text from the network.
pub(super) struct Texts<'s> {
    pub(super) encoding: TextEncoding,
    pub(super) scratch: &'s mut TextScratch,
}

impl<'s> Texts<'s> {
    pub(super) fn new(options: &Options, scratch: &'s mut Scratch) -> Self {
        Self { encoding: options.encoding, scratch: &mut scratch.text }
    }

    /// Appends bytes as a string, or as `{"bytes":"<hex>"}` where they are no text.
    pub(super) fn put(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        // Most text is ASCII.
        if self.encoding.keeps_ascii() && put_ascii(bytes, out) {
            return;
        }
        match self.encoding.decode(bytes, self.scratch) {
            Some(text) => put_string(text, out),
            None => _ = out.put(r#"{"bytes":""#).hex(bytes).put("\"}"),
        }
    }

    pub(super) fn put_or_null(&mut self, bytes: Option<&[u8]>, out: &mut Vec<u8>) {
        match bytes {
            Some(bytes) => self.put(bytes, out),
            None => _ = out.put("null"),
        }
    }
}

/// Appends an entry of `diagnostics`.
pub(super) fn put_diagnostic(
    diagnostic: &Diagnostic,
    message: &dyn fmt::Display,
    out: &mut Vec<u8>,
) {
    out.put(r#"{"kind":""#).put(diagnostic.kind.name());
    out.put(r#"","field":""#).put(diagnostic.field);
    out.put(r#"","start":"#).number(diagnostic.span.start.into());
    out.put(r#","end":"#).number(diagnostic.span.end.into());
    // The messages are the codec's own words, without quotes and controls; vectors take any write.
    let _ = write!(out, r#","message":"{message}"}}"#);
}

/// Appends ASCII as a string; appends nothing and says no where it is something else.
fn put_ascii(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.push(b'"');
    let mut rest = bytes;
    while !rest.is_empty() {
        // Blocks are copied whole, and what is not plain is taken back: that costs less than to
        // find out first how far to copy.
        let (block, length) = match rest.first_chunk() {
            Some(block) => (*block, BLOCK),
            None => (padded(rest), rest.len()),
        };
        let plain = plain_bytes(&block).min(length);
        out.extend_from_slice(&block);
        out.truncate(out.len() - BLOCK + plain);
        rest = rest.get(plain..).unwrap_or_default();
        if plain < length
            && let Some((&byte, behind)) = rest.split_first()
        {
            match byte {
                // Every path of the time has some.
                b'\\' => _ = out.put("\\\\"),
                byte if byte.is_ascii() => put_character(byte.into(), out),
                _ => {
                    out.truncate(start);
                    return false;
                }
            }
            rest = behind;
        }
    }
    out.push(b'"');
    true
}

/// Appends a string. What is never shown as it is on a terminal is escaped here too: readers of
/// JSON get the same text.
pub(super) fn put_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text;
    loop {
        let place = plain_length(rest.as_bytes());
        let (plain, behind) = rest.split_at_checked(place).unwrap_or((rest, ""));
        out.put(plain);
        let mut characters = behind.chars();
        let Some(character) = characters.next() else { break };
        put_character(character, out);
        rest = characters.as_str();
    }
    out.push(b'"');
}

pub(super) fn put_character(character: char, out: &mut Vec<u8>) {
    match character {
        '"' => _ = out.put("\\\""),
        '\\' => _ = out.put("\\\\"),
        '\n' => _ = out.put("\\n"),
        '\r' => _ = out.put("\\r"),
        '\t' => _ = out.put("\\t"),
        hidden if is_hidden(hidden) => {
            for unit in hidden.encode_utf16(&mut [0; 2]) {
                out.put("\\u").hex(&unit.to_be_bytes());
            }
        }
        shown => _ = out.put(shown.encode_utf8(&mut [0; 4])),
    }
}

/// How many bytes in front stand for themselves in a string, whatever is around them: printable
/// ASCII but for the quote and the backslash.
fn plain_length(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks();
    for (index, block) in blocks.iter().enumerate() {
        let plain = plain_bytes(block);
        if plain < BLOCK {
            return index * BLOCK + plain;
        }
    }
    blocks.len() * BLOCK + plain_bytes(&padded(rest)).min(rest.len())
}

/// How many bytes are looked at in one step.
const BLOCK: usize = 16;

/// Fewer bytes than a block with blanks behind them.
fn padded(bytes: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    if let Some(front) = block.get_mut(..bytes.len()) {
        front.copy_from_slice(bytes);
    }
    block
}

/// The same as [`plain_length`] for a block.
#[inline(always)]
fn plain_bytes(block: &[u8; BLOCK]) -> usize {
    let is_odd = |byte: u8| byte.wrapping_sub(b' ') >= 0x5f || byte == b'"' || byte == b'\\';
    // Compilers make a few steps of this, for all bytes at once.
    if !block.iter().fold(false, |odd, &byte| odd | is_odd(byte)) {
        return BLOCK;
    }
    let bytes = u128::from_le_bytes(*block);
    let (low, high) = (odd_bytes(bytes as u64), odd_bytes((bytes >> 64) as u64));
    let (before, odd) = if low == 0 { (8, high) } else { (0, low) };
    before + odd.trailing_zeros() as usize / 8
}

/// The highest bit of the lowest byte that does not stand for itself is the lowest bit set.
const fn odd_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    // Below zero only where a byte is smaller; a borrow spoils only bytes above.
    const fn below(word: u64, least: u64) -> u64 {
        word.wrapping_sub(ONES * least) & !word
    }
    let quote = below(word ^ (ONES * b'"' as u64), 1);
    let backslash = below(word ^ (ONES * b'\\' as u64), 1);
    let delete = below(word ^ (ONES * 0x7f), 1);
    (word | below(word, 0x20) | quote | backslash | delete) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back_and_hold_nothing_hidden() {
        let every: String = ('\0'..='\u{2fff}')
            .chain('\u{fe00}'..='\u{ffff}')
            .chain(['\u{1f600}', '\u{e0041}', '\u{10ffff}'])
            .collect();
        for text in ["", "plain", "C:\\a \"b\"\n\r\t\x08", every.as_str()] {
            let mut out = Vec::new();
            put_string(text, &mut out);
            let written = String::from_utf8(out).expect("JSON is UTF-8");
            assert!(!written.chars().any(is_hidden));
            assert_eq!(serde_json::from_str::<String>(&written).expect("a string"), text);
        }
    }

    #[test]
    fn plain_bytes_are_told_from_others_at_every_place() {
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        for length in [0, 1, 7, 8, 9, 15, 16, 17, 25, 33] {
            for (place, byte) in (0..length).flat_map(|at| (0..=u8::MAX).map(move |it| (at, it))) {
                for other in [b'a', b' ', b'~'] {
                    let mut bytes = vec![other; length];
                    bytes[place] = byte;
                    let expected = if is_plain(byte) { length } else { place };
                    assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                    // What comes behind does not matter.
                    bytes.extend([0, 0xff, b'"']);
                    let expected = if is_plain(byte) { length } else { place };
                    assert_eq!(plain_length(&bytes), expected, "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_hex() {
        let mut scratch = TextScratch::default();
        for (label, bytes, written) in [
            ("auto", b"a\xf6".as_slice(), "\"a\u{f6}\""),
            ("utf-8", b"a\xf6", r#"{"bytes":"61f6"}"#),
            ("utf-8", b"a\xc3\xb6", "\"a\u{f6}\""),
            ("iso-2022-jp", b"a\x1b", r#"{"bytes":"611b"}"#),
            ("shift_jis", b"C:\\\x83\x5c", r#""C:\\ソ""#),
        ] {
            let mut out = Vec::new();
            let encoding = label.parse().expect("a label");
            Texts { encoding, scratch: &mut scratch }.put(bytes, &mut out);
            assert_eq!(String::from_utf8(out).as_deref(), Ok(written), "{label}");
        }
    }
}
