//! Decimal numbers.

use super::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::text::is_separator;

impl Cursor<'_, '_> {
    /// A decimal number up to `maximum`; spelled oddly with a deviation.
    pub(crate) fn unsigned(&mut self, place: Place, maximum: u64) -> Result<u64, DecodeError> {
        if let Some((value, length)) = self.short_number_ahead()
            && value <= maximum
        {
            self.begun = self.position + 1;
            self.position = self.begun + length;
            return Ok(value);
        }
        self.begin(place)?;
        let start = self.position;
        let rest = self.rest();
        // The canonical case: digits without a leading zero, few enough not to overflow.
        let (value, length) = leading_digits(rest);
        let leading_zero = rest.first() == Some(&b'0') && length > 1;
        let ends = rest.get(length).copied().is_none_or(is_separator);
        if length > 0 && ends && !leading_zero && value <= maximum {
            self.position = start + length;
            return Ok(value);
        }
        let (negative, value) = self.number_oddly(place)?;
        if negative || value > maximum {
            return Err(self.error(DiagnosticKind::NumberOutOfRange, place, start, self.position));
        }
        Ok(value)
    }

    /// The most frequent case, in fewer steps than any: a blank, up to seven digits without a leading
    /// zero, and a further blank.
    #[inline]
    fn short_number_ahead(&self) -> Option<(u64, usize)> {
        let [b' ', ahead @ ..] = self.rest().first_chunk::<9>()? else { return None };
        let ahead: &[u8; 8] = ahead.try_into().ok()?;
        let (value, length) = eight_digits(ahead);
        let ends = ahead.get(length) == Some(&b' ');
        let leading_zero = ahead[0] == b'0' && length > 1;
        (length > 0 && ends && !leading_zero && self.position > 0).then_some((value, length))
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

/// The number that the digits in front make, and how many they are; at most 19 are taken.
#[inline]
fn leading_digits(input: &[u8]) -> (u64, usize) {
    let (mut value, mut length) = input.first_chunk().map_or((0, 0), eight_digits);
    if length == 0 || length == 8 {
        for &byte in input.iter().take(MAX_SAFE_DIGITS).skip(length) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value * 10 + u64::from(digit);
            length += 1;
        }
    }
    (value, length)
}

/// The same for eight bytes, all looked at at once.
#[inline]
fn eight_digits(bytes: &[u8; 8]) -> (u64, usize) {
    const ONES: u64 = u64::MAX / 0xff;
    // The first byte is the lowest; digits become their values.
    let bytes = u64::from_le_bytes(*bytes) ^ (ONES * 0x30);
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

/// Every number of 19 digits fits in 64 bits.
const MAX_SAFE_DIGITS: usize = 19;

#[cfg(test)]
mod tests {
    use super::leading_digits;

    #[test]
    fn digits_are_read_at_every_length_and_before_every_byte() {
        let digits = b"1234567890123456789";
        for length in 0..=digits.len() {
            let expected = digits[..length].iter().fold(0, |n, d| n * 10 + u64::from(d - b'0'));
            for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_digit()) {
                for behind in [&[][..], &[byte], &[byte, b'7', b'7', 0xff, b'7', b'7', b'7', b'7']]
                {
                    let input = [&digits[..length], behind].concat();
                    assert_eq!(leading_digits(&input), (expected, length), "{input:?}");
                }
            }
        }
        assert_eq!(leading_digits(b"99999999999999999999").1, 19);
    }
}
