//! Which text the bytes of the network are: the protocol never says, so the user can.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{DecoderResult, EncoderResult, Encoding, UTF_8, WINDOWS_1252};

/// How bytes become text.
///
/// ```
/// use napster_dissect::output::TextEncoding;
///
/// assert_eq!("auto".parse(), Ok(TextEncoding::AUTO));
/// assert_eq!("latin1".parse::<TextEncoding>()?.name(), "windows-1252");
/// # Ok::<(), napster_dissect::output::UnknownEncoding>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TextEncoding(Option<&'static Encoding>);

impl TextEncoding {
    /// UTF-8 where the bytes are valid, else windows-1252: what programs of the time used.
    pub const AUTO: Self = Self(None);

    /// The name of the encoding, or `auto`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.map_or(AUTO, Encoding::name)
    }

    /// Whether bytes below 0x80 are ASCII, so that they need no decoding.
    pub(super) fn keeps_ascii(self) -> bool {
        self.0.is_none_or(Encoding::is_ascii_compatible)
    }

    /// Whether malformed bytes stand between characters of UTF-8.
    pub(super) fn is_utf8(self) -> bool {
        self.0 == Some(UTF_8)
    }

    /// The text; `None` where the encoding cannot turn the bytes into text and back.
    pub(super) fn decode<'t>(
        self,
        bytes: &'t [u8],
        scratch: &'t mut TextScratch,
    ) -> Option<&'t str> {
        match self.0 {
            Some(encoding) if encoding == UTF_8 => str::from_utf8(bytes).ok(),
            // Each byte has a character in windows-1252, and no two have the same.
            None => str::from_utf8(bytes).ok().or_else(|| scratch.decode(WINDOWS_1252, bytes)),
            Some(encoding) => {
                scratch.decode(encoding, bytes)?;
                scratch.comes_back(encoding, bytes).then_some(&*scratch.text)
            }
        }
    }
}

impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TextEncoding {
    type Err = UnknownEncoding;

    fn from_str(label: &str) -> Result<Self, Self::Err> {
        if label.eq_ignore_ascii_case(AUTO) {
            return Ok(Self::AUTO);
        }
        let encoding = Encoding::for_label(label.as_bytes()).ok_or(UnknownEncoding::Label)?;
        // UTF-16 and "replacement" have no encoder; the protocol's blanks and digits are ASCII anyway.
        if encoding.output_encoding() != encoding {
            return Err(UnknownEncoding::Unsuitable);
        }
        Ok(Self(Some(encoding)))
    }
}

/// Why a label names no usable encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UnknownEncoding {
    /// Nobody knows the label.
    Label,
    /// The encoding's characters are not built on ASCII, as the protocol's are.
    Unsuitable,
}

impl fmt::Display for UnknownEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Label => {
                "no such encoding; use auto, utf-8, windows-1252 or a label of the WHATWG list \
                 (https://encoding.spec.whatwg.org/#names-and-labels)"
            }
            Self::Unsuitable => "the protocol's text is built on ASCII, this encoding is not",
        })
    }
}

impl std::error::Error for UnknownEncoding {}

/// Buffers for decoding, used again for each text.
#[derive(Debug, Default)]
pub(super) struct TextScratch {
    text: String,
    back: Vec<u8>,
}

impl TextScratch {
    fn decode(&mut self, encoding: &'static Encoding, bytes: &[u8]) -> Option<&str> {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        self.text.clear();
        self.text.reserve(decoder.max_utf8_buffer_length_without_replacement(bytes.len())?);
        match decoder.decode_to_string_without_replacement(bytes, &mut self.text, true) {
            (DecoderResult::InputEmpty, _) => Some(&self.text),
            _ => None,
        }
    }

    /// Whether the decoded text gives the same bytes again.
    fn comes_back(&mut self, encoding: &'static Encoding, bytes: &[u8]) -> bool {
        let mut encoder = encoding.new_encoder();
        let Some(room) = encoder.max_buffer_length_from_utf8_without_replacement(self.text.len())
        else {
            return false;
        };
        self.back.clear();
        self.back.reserve(room);
        let (result, _) =
            encoder.encode_from_utf8_to_vec_without_replacement(&self.text, &mut self.back, true);
        result == EncoderResult::InputEmpty && self.back == bytes
    }
}

/// The name of [`TextEncoding::AUTO`].
const AUTO: &str = "auto";

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &[u8]) -> Option<String> {
        let encoding: TextEncoding = label.parse().expect("a label");
        encoding.decode(bytes, &mut TextScratch::default()).map(String::from)
    }

    #[test]
    fn bytes_become_text_only_where_they_come_back() {
        for (label, bytes, text) in [
            ("auto", b"plain".as_slice(), Some("plain")),
            ("auto", "Bj\u{f6}rk \u{2603}".as_bytes(), Some("Bj\u{f6}rk \u{2603}")),
            ("auto", b"Bj\xf6rk", Some("Bj\u{f6}rk")),
            // Half of the bytes are no UTF-8, so all are taken for the other.
            ("auto", b"\xc3\xb6\xf6", Some("\u{c3}\u{b6}\u{f6}")),
            ("auto", b"\x80\x81\x9f", Some("\u{20ac}\u{81}\u{178}")),
            ("utf-8", b"Bj\xf6rk", None),
            ("utf-8", b"\xef\xbb\xbfmark", Some("\u{feff}mark")),
            ("windows-1252", b"Bj\xc3\xb6rk", Some("Bj\u{c3}\u{b6}rk")),
            ("iso-8859-1", b"\x93", Some("\u{201c}")),
            ("shift_jis", b"\x82\xa0", Some("\u{3042}")),
            ("shift_jis", b"\x82", None),
            ("iso-8859-7", b"\xe1", Some("\u{3b1}")),
            ("iso-8859-7", b"\xff", None),
            // Decodes, but the shorter sequence is what would be written.
            ("iso-2022-jp", b"\x1b(B\x1b(Ba", None),
            ("iso-2022-jp", b"a", Some("a")),
        ] {
            assert_eq!(decoded(label, bytes).as_deref(), text, "{label} {}", bytes.escape_ascii());
        }
    }

    #[test]
    fn every_byte_is_text_under_auto() {
        for byte in 0..=u8::MAX {
            let text = decoded("auto", &[byte, 0xff]).expect("text");
            let (back, _, unmappable) = WINDOWS_1252.encode(&text);
            assert_eq!((&*back, unmappable), ([byte, 0xff].as_slice(), false));
        }
    }

    #[test]
    fn labels() {
        assert_eq!("AUTO".parse(), Ok(TextEncoding::AUTO));
        assert_eq!("UTF8".parse::<TextEncoding>().map(TextEncoding::name), Ok("UTF-8"));
        assert_eq!("klingon".parse::<TextEncoding>(), Err(UnknownEncoding::Label));
        assert_eq!("utf-16".parse::<TextEncoding>(), Err(UnknownEncoding::Unsuitable));
        assert!("iso-2022-jp".parse::<TextEncoding>().is_ok_and(|it| !it.keeps_ascii()));
    }
}
