//! Decimal numbers.

use super::{Cursor, Place};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::text::is_separator;

impl Cursor<'_, '_> {
    /// A decimal number up to `maximum`; spelled oddly with a deviation.
    pub(crate) fn unsigned(&mut self, place: Place, maximum: u64) -> Result<u64, DecodeError> {
        self.begin(place)?;
        let start = self.position;
        let rest = self.rest();
        let mut value = 0_u64;
        let mut length = 0;
        // The canonical case in one pass: digits without a leading zero, few enough not to overflow.
        for &byte in rest.iter().take(MAX_SAFE_DIGITS) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value * 10 + u64::from(digit);
            length += 1;
        }
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

/// Every number of 19 digits fits in 64 bits.
const MAX_SAFE_DIGITS: usize = 19;
