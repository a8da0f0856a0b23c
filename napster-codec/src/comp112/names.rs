//! Lists of song names, as the server prints them.

use alloc::vec::Vec;

use crate::text::Text;
use crate::value::{Items, Value, Visit};

/// The answer to `SONGLIST`: how long the list is, `##`, and the printed form of a Python list of
/// strings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct SongList<'a> {
    /// The announced length of the text, in characters, not in bytes.
    pub length: u64,
    /// The printed list.
    pub text: Text<'a>,
}

/// The answer to `REQUESTLIST`: how long the list is, `##`, and names joined by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct RequestList<'a> {
    /// The announced length of the text, in characters, not in bytes.
    pub length: u64,
    /// The names; those with a comma in them look like two.
    pub text: Text<'a>,
}

impl SongList<'static> {
    /// The answer for these songs.
    #[must_use]
    pub fn of<S: AsRef<[u8]>>(songs: impl IntoIterator<Item = S>) -> Self {
        let mut text = b"[".to_vec();
        for (index, song) in songs.into_iter().enumerate() {
            if index > 0 {
                text.extend_from_slice(b", ");
            }
            print(song.as_ref(), &mut text);
        }
        text.push(b']');
        Self { length: characters(&text), text: owned(text) }
    }
}

impl SongList<'_> {
    /// The names; `None` where the text is no printed list.
    #[must_use]
    pub fn songs(&self) -> Option<Vec<Vec<u8>>> {
        parse(self.text.as_bytes())
    }
}

impl RequestList<'static> {
    /// The answer for these songs.
    #[must_use]
    pub fn of<S: AsRef<[u8]>>(songs: impl IntoIterator<Item = S>) -> Self {
        let mut text = Vec::new();
        for (index, song) in songs.into_iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            text.extend_from_slice(song.as_ref());
        }
        Self { length: characters(&text), text: owned(text) }
    }
}

impl RequestList<'_> {
    /// The names, cut at commas.
    #[must_use]
    pub fn songs(&self) -> Vec<Vec<u8>> {
        let text = self.text.as_bytes();
        if text.is_empty() {
            return Vec::new();
        }
        text.split(|&byte| byte == b',').map(<[u8]>::to_vec).collect()
    }
}

impl Visit for SongList<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("length", Value::Unsigned(self.length));
        match self.songs() {
            Some(songs) => visitor("songs", Value::List(&Names(&songs))),
            None => visitor("songs", Value::Text(self.text.as_bytes())),
        }
    }
}

impl Visit for RequestList<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("length", Value::Unsigned(self.length));
        visitor("songs", Value::List(&Names(&self.songs())));
    }
}

struct Names<'n>(&'n [Vec<u8>]);

impl Items for Names<'_> {
    fn for_each(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        for name in self.0 {
            visitor(Value::Text(name));
        }
    }
}

/// How many characters a text has; each byte that is not UTF-8 counts as one.
pub(super) fn characters(text: &[u8]) -> u64 {
    text.utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() as u64 + chunk.invalid().len() as u64)
        .sum()
}

/// How many bytes the first `count` characters have; `None` where there are fewer.
pub(super) fn length_of_characters(text: &[u8], count: u64) -> Option<usize> {
    let (mut left, mut length) = (count, 0);
    for chunk in text.utf8_chunks() {
        for char in chunk.valid().chars() {
            if left == 0 {
                return Some(length);
            }
            left -= 1;
            length += char.len_utf8();
        }
        // A character that is cut at the end of what came is not there yet.
        let cut = length + chunk.invalid().len() == text.len() && may_go_on(chunk.invalid());
        for _ in chunk.invalid() {
            if left == 0 {
                return Some(length);
            }
            if cut {
                return None;
            }
            left -= 1;
            length += 1;
        }
    }
    (left == 0).then_some(length)
}

/// Whether bytes are the start of a character.
fn may_go_on(bytes: &[u8]) -> bool {
    let needed = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => return false,
    };
    bytes.len() < needed
}

fn owned(text: Vec<u8>) -> Text<'static> {
    // Free text takes any bytes.
    Text::new(text).unwrap_or_else(|_| Text::read(b""))
}

/// Prints a name as Python does: in single quotes, unless it holds some and no double ones.
fn print(name: &[u8], output: &mut Vec<u8>) {
    let double = name.contains(&b'\'') && !name.contains(&b'"');
    let quote = if double { b'"' } else { b'\'' };
    output.push(quote);
    for chunk in name.utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '\\' => output.extend_from_slice(b"\\\\"),
                '\n' => output.extend_from_slice(b"\\n"),
                '\r' => output.extend_from_slice(b"\\r"),
                '\t' => output.extend_from_slice(b"\\t"),
                char if u32::from(char) == u32::from(quote) => {
                    output.extend_from_slice(&[b'\\', quote]);
                }
                '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' => hex(b'x', char.into(), 2, output),
                char => output.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for byte in chunk.invalid() {
            // What Python makes of a file name that is not UTF-8.
            hex(b'u', 0xdc00 + u32::from(*byte), 4, output);
        }
    }
    output.push(quote);
}

fn hex(letter: u8, value: u32, digits: u32, output: &mut Vec<u8>) {
    output.extend_from_slice(&[b'\\', letter]);
    for place in (0..digits).rev() {
        let digit = value >> (4 * place) & 0xf;
        output.push(char::from_digit(digit, 16).map_or(b'0', |char| char as u8));
    }
}

/// Reads the printed form of a list of strings.
fn parse(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut rest = text.strip_prefix(b"[")?;
    let mut names = Vec::new();
    if rest == b"]" {
        return Some(names);
    }
    loop {
        let (name, behind) = parse_string(rest)?;
        names.push(name);
        rest = match behind {
            b"]" => return Some(names),
            behind => behind.strip_prefix(b", ")?,
        };
    }
}

/// Reads a printed string; gives it and what is behind it.
fn parse_string(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (&quote, mut rest) =
        text.split_first().filter(|(quote, _)| matches!(quote, b'\'' | b'"'))?;
    let mut name = Vec::new();
    loop {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        if byte == quote {
            return Some((name, rest));
        }
        if byte != b'\\' {
            name.push(byte);
            continue;
        }
        let (&escape, behind) = rest.split_first()?;
        rest = behind;
        let byte = match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' | b'\'' | b'"' => escape,
            b'x' | b'u' | b'U' => {
                let count = if escape == b'x' {
                    2
                } else if escape == b'u' {
                    4
                } else {
                    8
                };
                let (digits, behind) = rest.split_at_checked(count)?;
                let value = u32::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
                rest = behind;
                match (value, char::from_u32(value)) {
                    (0xdc80..=0xdcff, _) => name.push((value & 0xff) as u8),
                    (_, Some(char)) => {
                        name.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    (_, None) => return None,
                }
                continue;
            }
            _ => return None,
        };
        name.push(byte);
    }
}
