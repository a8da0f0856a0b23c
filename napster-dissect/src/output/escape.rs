//! Text from the network as it may be shown: nothing in it can steer a terminal, hide, or pass for
//! something else.

use std::fmt;

use super::encoding::{TextEncoding, TextScratch};
use super::put::Put;

/// Text for a terminal: what could steer it or hide is escaped.
///
/// ```
/// use napster_dissect::output::Printable;
///
/// assert_eq!(Printable("red \x1b[31m").to_string(), r"red \x1b[31m");
/// ```
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a view of a text and nothing else")]
pub struct Printable<'t>(pub &'t str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = Vec::with_capacity(self.0.len());
        put_safe(self.0, &mut shown);
        f.write_str(&String::from_utf8_lossy(&shown))
    }
}

/// Whether a character is never shown as it is: controls, and what is invisible or turns the
/// direction of writing.
pub(super) const fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Appends bytes as a value for eyes: bare where nothing in it could be misread, else between
/// double quotes.
///
/// Between the quotes `\"`, `\\`, `\x1b` (a character below 0x80), `\u{202e}` (another character)
/// and `\xff` (a byte that the encoding has no character for) are escapes, and `\x00{59}` is one
/// that comes so many times. A backslash before anything else is itself, so that Windows paths stay
/// readable; where it could be taken for the beginning of an escape, it is doubled.
pub(super) fn put_value(
    bytes: &[u8],
    encoding: TextEncoding,
    scratch: &mut TextScratch,
    out: &mut Vec<u8>,
) {
    // Most values are words or short texts.
    if encoding.keeps_ascii() && put_plain(bytes, out) {
        return;
    }
    match encoding.decode(bytes, scratch) {
        Some(text) if is_bare(text) => {
            out.put(text);
        }
        Some(text) => put_quoted(text, out),
        None => {
            out.push(b'"');
            put_undecodable(bytes, encoding, out);
            out.push(b'"');
        }
    }
}

/// Appends a value of printable ASCII in which nothing has to be escaped; appends nothing and says no
/// where it is something else.
fn put_plain(bytes: &[u8], out: &mut Vec<u8>) -> bool {
    // What all bytes are is what none of them is not.
    let is = bytes.iter().fold(!0, |is, &byte| is & CLASSES[usize::from(byte)]);
    let is_bare = is & BARE != 0 && !bytes.is_empty();
    if is & SHOWN == 0 || is & NO_BACKSLASH == 0 && needs_doubling(bytes, is_bare) {
        return false;
    }
    let quote: &[u8] = if is_bare { b"" } else { b"\"" };
    for part in [quote, bytes, quote] {
        out.extend_from_slice(part);
    }
    true
}

/// Whether a backslash within printable ASCII could be taken for the beginning of an escape.
fn needs_doubling(bytes: &[u8], is_bare: bool) -> bool {
    let mut places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\\');
    places.any(|(place, _)| match bytes.get(place + 1..) {
        // At the very end it needs no doubling where no quote follows.
        None | Some([]) => !is_bare,
        Some(behind) => is_ascii_escape(behind),
    })
}

/// Appends bytes behind which nothing follows on the line: without quotes, and only what is hidden
/// or no text is escaped.
pub(super) fn put_rest(
    bytes: &[u8],
    encoding: TextEncoding,
    scratch: &mut TextScratch,
    out: &mut Vec<u8>,
) {
    match encoding.decode(bytes, scratch) {
        Some(text) => put_safe(text, out),
        None => put_undecodable(bytes, encoding, out),
    }
}

/// Appends text between double quotes, with the escapes of [`put_value`].
fn put_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    put_escaped(text, Hidden::AsCharacters, out);
    out.push(b'"');
}

/// Appends one byte a character (Latin-1), between double quotes.
pub(super) fn put_latin1(bytes: &[u8], out: &mut Vec<u8>) {
    let text: String = bytes.iter().copied().map(char::from).collect();
    out.push(b'"');
    put_escaped(&text, Hidden::AsBytes, out);
    out.push(b'"');
}

/// Appends text on which nothing follows that it could be confused with: only what is hidden is
/// escaped.
pub(super) fn put_safe(text: &str, out: &mut Vec<u8>) {
    let mut shown = 0;
    for (place, hidden) in text.char_indices().filter(|(_, character)| is_hidden(*character)) {
        out.put(text.get(shown..place).unwrap_or_default());
        put_hidden(hidden, Hidden::AsCharacters, out);
        shown = place + hidden.len_utf8();
    }
    out.put(text.get(shown..).unwrap_or_default());
}

/// Whether a value needs no quotes.
fn is_bare(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = bytes.iter().all(|&byte| CLASSES[usize::from(byte)] & BARE != 0);
    let hides = || text.chars().any(|character| is_hidden(character) || character.is_whitespace());
    // A backslash at the very end needs no doubling where no quote follows.
    let escapes = || {
        text.match_indices('\\').any(|(place, _)| {
            text.get(place + 1..).is_some_and(|behind| !behind.is_empty() && is_escape(behind))
        })
    };
    plain && !text.is_empty() && (text.is_ascii() || !hides()) && !escapes()
}

/// How characters from U+0080 to U+00FF are named.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Hidden {
    /// `\u{9b}`: the text was decoded.
    AsCharacters,
    /// `\x9b`: each character is a byte.
    AsBytes,
}

fn put_escaped(text: &str, hidden: Hidden, out: &mut Vec<u8>) {
    let mut rest = text;
    let mut behind_escape = false;
    while let Some(place) = rest.bytes().position(|byte| ODD[usize::from(byte)]) {
        let (plain, odd) = rest.split_at_checked(place).unwrap_or((rest, ""));
        out.put(plain);
        behind_escape &= plain.is_empty();
        let mut characters = odd.chars();
        let Some(character) = characters.next() else { break };
        rest = characters.as_str();
        match character {
            '"' => _ = out.put("\\\""),
            '\\' if is_escape(rest) => _ = out.put("\\\\"),
            // A brace behind an escape says how often it comes.
            '{' if behind_escape => put_byte(b'{', out),
            _ if is_hidden(character) => {
                put_hidden(character, hidden, out);
                let behind = rest.trim_start_matches(character);
                let more = (rest.len() - behind.len()) / character.len_utf8();
                if more >= REPEATED {
                    out.put("{").number(more as u64 + 1).put("}");
                    rest = behind;
                }
                behind_escape = true;
                continue;
            }
            _ => _ = out.put(character.encode_utf8(&mut [0; 4])),
        }
        behind_escape = false;
    }
    out.put(rest);
}

/// Whether a backslash before this text could be taken for the beginning of an escape.
fn is_escape(behind: &str) -> bool {
    // What is hidden is written as an escape of its own.
    is_ascii_escape(behind.as_bytes()) || behind.starts_with(is_hidden)
}

/// The same, as far as ASCII that is shown says.
const fn is_ascii_escape(behind: &[u8]) -> bool {
    match behind {
        [] | [b'"' | b'\\', ..] | [b'u', b'{', ..] => true,
        [b'x', high, low, ..] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        _ => false,
    }
}

fn put_hidden(character: char, hidden: Hidden, out: &mut Vec<u8>) {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() || hidden == Hidden::AsBytes => put_byte(byte, out),
        _ => {
            out.put("\\u{");
            let code = u32::from(character);
            let nibbles = (u32::BITS - code.leading_zeros()).div_ceil(4);
            for nibble in (0..nibbles).rev() {
                let digit = char::from_digit(code >> (4 * nibble) & 15, 16);
                out.extend(digit.map(|digit| digit as u8));
            }
            out.put("}");
        }
    }
}

fn put_byte(byte: u8, out: &mut Vec<u8>) {
    out.put("\\x").hex(&[byte]);
}

fn put_undecodable(bytes: &[u8], encoding: TextEncoding, out: &mut Vec<u8>) {
    if encoding.is_utf8() {
        for chunk in bytes.utf8_chunks() {
            put_escaped(chunk.valid(), Hidden::AsCharacters, out);
            chunk.invalid().iter().for_each(|&byte| put_byte(byte, out));
        }
        return;
    }
    for chunk in bytes.chunk_by(|left, right| left.is_ascii() == right.is_ascii()) {
        match str::from_utf8(chunk) {
            Ok(ascii) if ascii.is_ascii() => put_escaped(ascii, Hidden::AsCharacters, out),
            _ => chunk.iter().for_each(|&byte| put_byte(byte, out)),
        }
    }
}

/// How many times an escape is written out before it is counted.
const REPEATED: usize = 3;

/// The bytes at which something may have to be escaped.
static ODD: [bool; 256] = {
    let mut odd = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        odd[byte] = byte < 0x20 || byte >= 0x7f;
        byte += 1;
    }
    odd[b'"' as usize] = true;
    odd[b'\\' as usize] = true;
    odd[b'{' as usize] = true;
    odd
};

/// May stand in a value without quotes; what is above 0x7f is looked at as a character.
const BARE: u8 = 1;
/// Printable ASCII but for the quote.
const SHOWN: u8 = 2;
/// No backslash.
const NO_BACKSLASH: u8 = 4;

/// What each byte is.
static CLASSES: [u8; 256] = {
    let mut classes = [BARE | SHOWN | NO_BACKSLASH; 256];
    let mut byte = 0;
    while byte < 256 {
        if byte < 0x20 || byte >= 0x7f {
            classes[byte] &= !SHOWN;
        }
        if byte <= 0x20 || byte == 0x7f {
            classes[byte] &= !BARE;
        }
        byte += 1;
    }
    let separators = b"\"=,;[]{}";
    let mut place = 0;
    while place < separators.len() {
        classes[separators[place] as usize] &= !BARE;
        place += 1;
    }
    classes[b'"' as usize] &= !SHOWN;
    classes[b'\\' as usize] &= !NO_BACKSLASH;
    classes
};

#[cfg(test)]
mod tests {
    use super::*;

    fn value(label: &str, bytes: &[u8]) -> String {
        let mut out = Vec::new();
        let encoding = label.parse().expect("a label");
        put_value(bytes, encoding, &mut TextScratch::default(), &mut out);
        String::from_utf8(out).expect("text is UTF-8")
    }

    #[test]
    fn values_have_quotes_only_where_needed() {
        for (bytes, shown) in [
            (b"bob".as_slice(), "bob"),
            (b"", r#""""#),
            (b"two words", r#""two words""#),
            (b"C:\\music\\a.mp3", r"C:\music\a.mp3"),
            (b"C:\\my music\\a.mp3", r#""C:\my music\a.mp3""#),
            (b"\\srv\\music\\", r"\srv\music\"),
            (b"C:\\my music\\", r#""C:\my music\\""#),
            (b"C:\\unsorted songs", r#""C:\unsorted songs""#),
            (b"C:\\xavier", r"C:\xavier"),
            // Could be read as the escape of ESC, so it is quoted and the backslash doubled.
            (b"C:\\x1b", r#""C:\\x1b""#),
            (b"\\\\host\\share", r#""\\\host\share""#),
            (b"hi\" from=\"admin", r#""hi\" from=\"admin""#),
            (b"a=b", r#""a=b""#),
            (b"#chat", "#chat"),
            ("C:\\\u{dc}ber uns".as_bytes(), "\"C:\\\u{dc}ber uns\""),
            (b"[clan]foo", r#""[clan]foo""#),
            ("Bj\u{f6}rk".as_bytes(), "Bj\u{f6}rk"),
            ("a\u{3000}b".as_bytes(), "\"a\u{3000}b\""),
        ] {
            assert_eq!(value("auto", bytes), shown, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_short_way_writes_what_the_long_one_does() {
        let parts =
            ["", "a", "x1b", "u{1}", "\\", " ", "\"", "{2}", "=", "C:\\music\\", "\x1b", "\u{f6}"];
        let long = |text: &str| {
            let mut out = Vec::new();
            if is_bare(text) {
                out.put(text);
            } else {
                put_quoted(text, &mut out);
            }
            String::from_utf8(out).expect("text is UTF-8")
        };
        let mut short = 0;
        for one in parts {
            for two in parts {
                for (three, filler) in
                    parts.iter().flat_map(|part| [(part, ""), (part, "0123456789abcdef")])
                {
                    let text = [one, filler, two, three].concat();
                    assert_eq!(value("auto", text.as_bytes()), long(&text), "{text:?}");
                    short += u32::from(put_plain(text.as_bytes(), &mut Vec::new()));
                }
            }
        }
        // Most of them have something odd.
        assert!(short > 500, "{short}");
    }

    #[test]
    fn nothing_reaches_the_terminal() {
        for (bytes, shown) in [
            (b"\x1b[31mred\x07".as_slice(), r#""\x1b[31mred\x07""#),
            (b"line\r\nbreak\ttab", r#""line\x0d\x0abreak\x09tab""#),
            // Windows-1252 has a quotation mark there.
            (b"\x9b31m", "\u{203a}31m"),
            (b"\x81", r#""\u{81}""#),
            ("c1 \u{9b}31m".as_bytes(), r#""c1 \u{9b}31m""#),
            ("\u{202e}3pm".as_bytes(), r#""\u{202e}3pm""#),
            ("a\u{2028}b\u{200f}".as_bytes(), r#""a\u{2028}b\u{200f}""#),
            ("\u{e0041}".as_bytes(), r#""\u{e0041}""#),
            (b"\\\x1b", r#""\\\x1b""#),
            (b"\x7f\0", r#""\x7f\x00""#),
            (b"x\0\0\0y", r#""x\x00\x00\x00y""#),
            (&[0; 59], r#""\x00{59}""#),
            ("\u{202e}".repeat(4).as_bytes(), r#""\u{202e}{4}""#),
            // No more than there is.
            (b"\0{59}{", r#""\x00\x7b59}{""#),
        ] {
            assert_eq!(value("auto", bytes), shown, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn undecodable_bytes_are_shown_one_by_one() {
        assert_eq!(value("utf-8", b"Bj\xf6rk \xc3\xa9"), "\"Bj\\xf6rk \u{e9}\"");
        assert_eq!(value("shift_jis", b"a\\\x82"), r#""a\\\x82""#);
        assert_eq!(value("iso-8859-7", b"\xff\x1b"), r#""\xff\x1b""#);
    }

    #[test]
    fn no_output_has_a_hidden_character() {
        let mut bytes: Vec<u8> = (0..=u8::MAX).collect();
        bytes.extend("\u{200b}\u{2066}\u{feff}\u{fffa}\u{ad}\u{61c}".bytes());
        for label in ["auto", "utf-8", "windows-1252", "shift_jis", "iso-2022-jp", "koi8-r"] {
            let shown = value(label, &bytes);
            assert!(!shown.chars().any(is_hidden), "{label}: {shown}");
        }
        let mut out = Vec::new();
        put_latin1(&bytes, &mut out);
        put_safe(&String::from_utf8_lossy(&bytes), &mut out);
        assert!(!String::from_utf8(out).expect("UTF-8").chars().any(is_hidden));
    }

    #[test]
    fn escapes_can_be_told_from_what_they_stand_for() {
        let texts: [&[u8]; 10] = [
            b"\x1b",
            b"\\x1b",
            b"\\\\x1b",
            b"\\",
            b"\"",
            b"\\\"",
            b"\\\\",
            b"\\\x1b",
            b"\0\0\0\0",
            b"\0{4}",
        ];
        let shown: std::collections::BTreeSet<String> =
            texts.iter().map(|text| value("auto", &[text, b" ".as_slice()].concat())).collect();
        assert_eq!(shown.len(), texts.len());
    }
}
