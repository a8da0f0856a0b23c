//! Decimal numbers.

use super::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};

impl Cursor<'_, '_> {
    /// A decimal number up to `maximum`; spelled oddly with a deviation.
    pub(crate) fn unsigned(&mut self, place: Place, maximum: u64) -> Result<u64, DecodeError> {
        if let Some((value, _)) = self.plain_number(maximum) {
            return Ok(value);
        }
        self.begin(place)?;
        let start = self.position;
        let (negative, value) = self.number_oddly(place)?;
        if negative || value > maximum {
            return Err(self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position));
        }
        Ok(value)
    }

    /// A decimal number with an optional minus sign.
    pub(crate) fn signed(&mut self, place: Place) -> Result<i32, DecodeError> {
        self.begin(place)?;
        let start = self.position;
        let (negative, magnitude) = self.number_oddly(place)?;
        let value = i64::try_from(magnitude).unwrap_or(i64::MAX);
        i32::try_from(if negative { -value } else { value })
            .map_err(|_| self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position))
    }

    /// A whole number in any spelling that programs accept, as sign and magnitude.
    #[cold]
    fn number_oddly(&mut self, place: Place) -> Result<(bool, u64), DecodeError> {
        let start = self.position;
        let word = if self.rest().first() == Some(&b'"') {
            self.quoted_word(place)?
        } else {
            let word = self.word_ahead();
            self.position += word.len();
            word
        };
        let (negative, odd_sign, digits) = match word {
            [b'-', digits @ ..] => (true, false, digits),
            [b'+', digits @ ..] => (false, true, digits),
            digits => (false, false, digits),
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(self.error(DiagnosticKind::NotANumber, place, start, self.position));
        }
        let value = digits.iter().try_fold(0_u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        });
        let Some(value) = value else {
            return Err(self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position));
        };
        let odd_zero = digits.len() > 1 && digits.first() == Some(&b'0') || negative && value == 0;
        if odd_sign || odd_zero {
            self.deviate(DiagnosticKind::NumberSpelling, place, start, self.position)?;
        }
        Ok((negative, value))
    }
}

/// The number that the digits in front make, and how many they are, of eight bytes that are all
/// looked at at once; the first one is the lowest.
#[inline]
pub(super) const fn eight_digits(bytes: u64) -> (u64, usize) {
    const ONES: u64 = u64::MAX / 0xff;
    // Digits become their values.
    let bytes = bytes ^ (ONES * 0x30);
    // What is above 9 gets one of its upper bits set; a carry spoils only bytes behind it.
    let others = (bytes.wrapping_add(ONES * 6) | bytes) & (ONES * 0xf0);
    let length = others.trailing_zeros() as usize / 8;
    if length == 0 {
        return (0, 0);
    }
    // Zeros in front, then neighbours are put together: by two, by four, by eight.
    let digits = bytes << (64 - 8 * length);
    let pairs = digits.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(1 + (10_000 << 32)) >> 32, length)
}

#[cfg(test)]
mod tests {
    use super::super::{Cursor, Place};
    use crate::code::Code;
    use crate::diagnostic::{Diagnostics, Tolerance};

    /// The number at the start or behind a blank, as the shortest way reads it and as any way does.
    fn read(input: &[u8], position: usize) -> (Option<u64>, Option<u64>) {
        let mut diagnostics = Diagnostics::new();
        let mut cursor =
            Cursor::new(Code(0), input, Tolerance::STRICT, &mut diagnostics).starting_at(position);
        if let Some((number, digits)) = cursor.plain_number(u64::MAX) {
            assert_eq!(str::from_utf8(digits), Ok(&*alloc::format!("{number}")));
            return (Some(number), Some(number));
        }
        (None, cursor.unsigned(Place::first(&[]), u64::MAX).ok())
    }

    #[test]
    fn digits_are_read_at_every_length_and_before_every_byte() {
        let digits = b"1234567890123456789";
        for length in 0..=digits.len() {
            let number = digits[..length].iter().fold(0, |n, d| n * 10 + u64::from(d - b'0'));
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                for behind in [&[][..], &[byte], &[byte, b'7', b'7', 0xff, b'7', b'7', b'7', b'7']]
                {
                    for (before, position) in [("", 0), ("a ", 1), ("word and more ", 13)] {
                        let input = [before.as_bytes(), &digits[..length], behind].concat();
                        let canonical = length > 0 && matches!(behind.first(), None | Some(b' '));
                        let expected = canonical.then_some(number);
                        let (plain, any) = read(&input, position);
                        let ends = behind.first().is_none_or(|byte| b" \t\r\n".contains(byte));
                        assert_eq!(plain, expected, "{input:?}");
                        let reads = length > 0 && ends;
                        assert_eq!(any, reads.then_some(number), "{input:?}");
                    }
                }
            }
        }
        assert_eq!(read(b"99999999999999999999", 0), (None, None));
        assert_eq!(read(b"18446744073709551615", 0), (None, Some(u64::MAX)));
        assert_eq!(read(b"word 07 more", 4), (None, None));
        assert_eq!(read(b"0", 0), (Some(0), Some(0)));
    }
}
