//! Names for local files, made of paths of other machines.

use alloc::borrow::ToOwned;
use alloc::string::String;

/// The longest name that is made, in bytes; every file system allows 255.
const LONGEST: usize = 200;

/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// Names that it keeps for devices where one digit is behind them.
const NUMBERED_DEVICES: [&str; 2] = ["COM", "LPT"];

/// A name that any file system takes, and that stays in its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SafeFileName {
    /// The name: not empty, at most 200 bytes, without separators and control characters.
    pub name: String,
    /// Whether more than folders was taken away, or the folders led upwards.
    pub changed: bool,
}

/// Makes a name for a local file of a path that another machine told.
///
/// Only what is behind the last separator counts (backslash, slash, colon). Control characters,
/// characters that no Windows file can have, and blanks and dots at the ends are taken away, names
/// of devices get an underscore, and where nothing is left the file is called `unnamed`. `decode`
/// reads a name that is not UTF-8; programs of the time mostly mean windows-1252.
///
/// ```
/// use napster_codec::transfer::safe_file_name;
///
/// let latin_1 = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect();
/// assert_eq!(safe_file_name(br"..\..\windows\NUL.txt", latin_1).name, "_NUL.txt");
/// assert_eq!(safe_file_name(b"C:\\music\\caf\xe9?.mp3", latin_1).name, "café.mp3");
/// ```
#[must_use]
pub fn safe_file_name(path: &[u8], decode: impl FnOnce(&[u8]) -> String) -> SafeFileName {
    let last = safe_name_part(path);
    let text = match core::str::from_utf8(last) {
        Ok(text) => text.to_owned(),
        Err(_) => decode(last),
    };
    let kept: String = text
        .chars()
        .filter(|&char| !char.is_control() && !is_refused(char) && !is_direction(char))
        .collect();
    let mut name = kept.trim_matches([' ', '.']).to_owned();
    if name.len() > LONGEST {
        // The end has the extension, so the middle goes.
        let head = name.floor_char_boundary(LONGEST / 2);
        let tail = name.ceil_char_boundary(name.len() - LONGEST / 2);
        name.replace_range(head..tail, "");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    if is_device(stem) {
        name.insert(0, '_');
    }
    if name.is_empty() {
        "unnamed".clone_into(&mut name);
    }
    let traverses = path.split(is_separator).any(|part| part == b".." || part == b".");
    let changed = name.as_bytes() != text.as_bytes() || traverses;
    SafeFileName { name, changed }
}

/// What is behind the last separator of a path.
pub(super) fn safe_name_part(path: &[u8]) -> &[u8] {
    path.rsplit(is_separator).next().unwrap_or_default()
}

/// Whether a name without its extension is a device's; superscript digits of Latin-1 count as digits.
fn is_device(stem: &str) -> bool {
    let prefix =
        stem.strip_suffix(|char: char| matches!(char, '1'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'));
    let is_one_of =
        |names: &[&str], stem: &str| names.iter().any(|name| name.eq_ignore_ascii_case(stem));
    is_one_of(&DEVICES, stem) || prefix.is_some_and(|prefix| is_one_of(&NUMBERED_DEVICES, prefix))
}

const fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'\\' | b'/' | b':')
}

/// Characters that no Windows file can have; separators too, for a decoded text can hold them.
const fn is_refused(char: char) -> bool {
    matches!(char, '<' | '>' | '"' | '|' | '?' | '*' | '\\' | '/' | ':')
}

/// Characters that turn the direction of text, and so can make a name look like another.
const fn is_direction(char: char) -> bool {
    matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
