//! The shortest way to read what nearly all fields are: canonical words, texts and numbers.

use core::net::Ipv4Addr;

use super::Cursor;
use super::number::eight_digits;
use crate::message::FieldVisitor;
use crate::number::Address;
use crate::spec::FieldSpec;
use crate::text::{is_separator, word_length};

/// How a field is read in a few steps where it is canonical.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Plain {
    /// A word.
    Token,
    /// Text between quotes.
    Quoted,
    /// Everything to the end.
    Text,
    /// A number up to this one.
    Number(u64),
    /// An IPv4 address as a number.
    Address,
    /// In no such way.
    No,
}

impl Plain {
    /// The same for a field that need not be there: only what a blank stands in front of and more
    /// than a blank follows is surely there.
    pub(crate) const fn optional(self) -> Self {
        match self {
            Self::Text => Self::No,
            plain => plain,
        }
    }
}

impl<'a> Cursor<'a, '_> {
    /// Shows a canonical field; where it is anything else, it shows nothing, reads nothing and says no.
    #[inline(always)]
    pub(crate) fn plain(
        &mut self,
        field: &'static FieldSpec,
        visitor: &mut impl FieldVisitor,
    ) -> bool {
        let shown = match field.plain {
            Plain::Token => self.plain_token().map(|text| visitor.text(field.name, text)),
            Plain::Quoted => self.plain_quoted().map(|text| visitor.text(field.name, text)),
            Plain::Text => self.plain_text().map(|text| visitor.text(field.name, text)),
            Plain::Number(maximum) => self
                .plain_number(maximum)
                .map(|(number, digits)| visitor.unsigned(field.name, number, digits)),
            Plain::Address => {
                self.plain_address().map(|address| visitor.address(field.name, address))
            }
            Plain::No => None,
        };
        shown.is_some()
    }

    /// A number up to `maximum` without a leading zero, and its digits.
    #[inline(always)]
    pub(super) fn plain_number(&mut self, maximum: u64) -> Option<(u64, &'a [u8])> {
        let start = self.plain_start()?;
        let ahead = self.payload.get(start..)?;
        let eight = match ahead.first_chunk::<8>() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => match self.payload.last_chunk::<8>() {
                // The last eight bytes of the payload, without those in front of the field.
                Some(last) => {
                    let before = 8 - ahead.len() as u32;
                    u64::from_le_bytes(*last).checked_shr(8 * before)?
                }
                None => ahead.iter().rev().fold(0, |eight, &byte| eight << 8 | u64::from(byte)),
            },
        };
        let (mut value, mut length) = eight_digits(eight);
        if length == 8 {
            // Every number of 19 digits fits in 64 bits.
            for &byte in ahead.get(8..ahead.len().min(19)).unwrap_or_default() {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 {
                    break;
                }
                value = value * 10 + u64::from(digit);
                length += 1;
            }
        }
        let (digits, behind) = ahead.split_at_checked(length)?;
        let ends = behind.first().is_none_or(|&byte| byte == b' ');
        let leading_zero = length > 1 && digits.first() == Some(&b'0');
        let canonical = length > 0 && ends && !leading_zero && value <= maximum;
        if !canonical {
            return None;
        }
        self.take(start, length);
        Some((value, digits))
    }

    #[inline(always)]
    fn plain_address(&mut self) -> Option<Ipv4Addr> {
        let (number, _) = self.plain_number(u32::MAX.into())?;
        match Address::from_wire(number as u32) {
            Address::V4(address) => Some(address),
            Address::Other(_) => None,
        }
    }

    #[inline(always)]
    fn plain_token(&mut self) -> Option<&'a [u8]> {
        let start = self.plain_start()?;
        let ahead = self.payload.get(start..)?;
        if ahead.first().is_none_or(|&byte| byte == b'"' || is_separator(byte)) {
            return None;
        }
        let word = ahead.get(..word_length(ahead))?;
        self.take(start, word.len());
        Some(word)
    }

    #[inline(always)]
    fn plain_quoted(&mut self) -> Option<&'a [u8]> {
        if self.search_quotes {
            return None;
        }
        let start = self.plain_start()?;
        let [b'"', inside @ ..] = self.payload.get(start..)? else { return None };
        let text = inside.get(..memchr::memchr(b'"', inside)?)?;
        self.take(start, text.len() + 2);
        Some(text)
    }

    #[inline(always)]
    fn plain_text(&mut self) -> Option<&'a [u8]> {
        let text = self.payload.get(self.plain_start()?..)?;
        self.position = self.payload.len();
        Some(text)
    }

    /// Where a field begins: at the start of the payload, or behind one blank.
    #[inline(always)]
    fn plain_start(&self) -> Option<usize> {
        let blank = usize::from(self.position > 0);
        let in_place = blank == 0 || self.payload.get(self.position) == Some(&b' ');
        (in_place && !self.closed).then_some(self.position + blank)
    }

    #[inline(always)]
    fn take(&mut self, start: usize, length: usize) {
        self.begun = start;
        self.position = start + length;
    }
}
