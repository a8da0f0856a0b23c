//! Numbers of either byte order from slices.

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Order {
    Big,
    Little,
}

impl Order {
    /// Reads two bytes at `at`.
    #[inline]
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let value = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u16::from_be_bytes(value),
            Self::Little => u16::from_le_bytes(value),
        })
    }

    /// Reads four bytes at `at`.
    #[inline]
    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let value = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u32::from_be_bytes(value),
            Self::Little => u32::from_le_bytes(value),
        })
    }

    /// Reads the first numbers of four bytes.
    #[inline(always)]
    pub(super) fn words<const N: usize>(self, bytes: &[u8]) -> Option<[u32; N]> {
        let words = *bytes.as_chunks::<4>().0.first_chunk::<N>()?;
        Some(match self {
            Self::Big => words.map(u32::from_be_bytes),
            Self::Little => words.map(u32::from_le_bytes),
        })
    }

    /// Reads eight bytes at `at`.
    #[inline]
    pub(super) fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let value = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Big => u64::from_be_bytes(value),
            Self::Little => u64::from_le_bytes(value),
        })
    }
}
