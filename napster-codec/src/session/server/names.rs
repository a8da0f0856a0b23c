//! How nicks, channels and texts are compared, checked and cut.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A nick or channel name as it is compared: letter case does not matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(Box<[u8]>);

impl Key {
    pub(super) fn of(name: &[u8]) -> Self {
        Self(name.to_ascii_lowercase().into())
    }
}

/// Nicks that look like the server's own.
const RESERVED: &[&[u8]] = &[b"operator", b"chanserv", b"operserv", b"nickserv"];

/// Whether somebody may have this nick.
///
/// opennap 0.36 accepts `#` inside a nick, and neither blank nor comma. Wildcards of bans, quotes and
/// the colon of server links would make messages ambiguous.
pub(super) fn is_nick(nick: &[u8], longest: usize) -> bool {
    let odd = |byte: &u8| *byte <= b' ' || *byte == 0x7f || b"\",*?!:".contains(byte);
    let first = nick.first().is_some_and(|byte| !b"#&".contains(byte));
    let reserved = RESERVED.iter().any(|name| name.eq_ignore_ascii_case(nick));
    first && nick.len() <= longest && !nick.iter().any(odd) && !reserved
}

/// Whether a channel may be named so.
pub(super) fn is_channel(name: &[u8], longest: usize) -> bool {
    let odd = |byte: &u8| *byte <= b' ' || *byte == 0x7f || b"\",:".contains(byte);
    let bare = name.strip_prefix(b"#").or_else(|| name.strip_prefix(b"&")).unwrap_or(name);
    !bare.is_empty() && name.len() <= longest && !name.iter().any(odd)
}

/// The start of a text up to a limit, without half a UTF-8 character at its end.
pub(super) fn cut(text: &[u8], limit: usize) -> &[u8] {
    let continues = |at: usize| text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    // A character has at most three bytes behind its first one.
    let whole = (0..4).map(|back| limit.saturating_sub(back)).find(|end| !continues(*end));
    text.get(..whole.unwrap_or(limit)).unwrap_or(text)
}

/// A text for a quoted field: cut, on one line, and without double quotes, which have no escape.
pub(super) fn quotable(text: &[u8], limit: usize) -> Vec<u8> {
    let plain = |byte: &u8| match byte {
        b'"' => b'\'',
        b'\r' | b'\n' => b' ',
        byte => *byte,
    };
    cut(text, limit).iter().map(plain).collect()
}

/// Whether a text fits a pattern in which `*` stands for any bytes and `?` for one; letter case does
/// not matter.
pub(super) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where the last star was, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while place < text.len() {
        let wanted = pattern.get(at).copied();
        let same = wanted.zip(text.get(place)).is_some_and(|(p, t)| p.eq_ignore_ascii_case(t));
        if wanted == Some(b'*') {
            star = Some((at, place));
            at += 1;
        } else if same || wanted == Some(b'?') {
            at += 1;
            place += 1;
        } else if let Some((star_at, taken)) = star {
            star = Some((star_at, taken + 1));
            at = star_at + 1;
            place = taken + 1;
        } else {
            return false;
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::{cut, is_channel, is_nick, matches, quotable};

    #[test]
    fn nicks_are_what_opennap_takes() {
        for nick in ["ann", "bad#nick", "upset-young-purple-badger", "[x]^_"] {
            assert!(is_nick(nick.as_bytes(), 32), "{nick}");
        }
        for nick in ["", "bad nick", "#bad", "bad#nick,x", "ChanServ", "a\"b", "*", ":ann"] {
            assert!(!is_nick(nick.as_bytes(), 32), "{nick}");
        }
        assert!(!is_nick(&[b'a'; 33], 32));
    }

    #[test]
    fn channels_have_one_word() {
        assert!(is_channel(b"Trance", 64) && is_channel(b"#pub", 64) && is_channel(b"&local", 64));
        assert!(!is_channel(b"", 64) && !is_channel(b"#", 64) && !is_channel(b"two words", 64));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("aé".as_bytes(), 2), b"a");
        assert_eq!(cut("aé".as_bytes(), 3), "aé".as_bytes());
        assert_eq!(cut(b"abc", 2), b"ab");
        assert_eq!(quotable(b"a \"b\"\r\nc", 64), b"a 'b'  c");
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*b*b", "abab", true),
            ("10.1.*", "10.1.2.3", true),
            ("10.1.*", "10.2.2.3", false),
            ("A?C", "abc", true),
            ("a?c", "ac", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }
}
