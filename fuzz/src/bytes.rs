//! How a target takes its choices from the front of the bytes that it is given.
//!
//! The layout is plain on purpose: seeds can be written by hand, and a small change of the bytes is a
//! small change of what they mean.

/// Bytes that are taken from the front; behind their end everything is zero or empty.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    pub(crate) const fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// What is left.
    pub(crate) const fn rest(self) -> &'b [u8] {
        self.0
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or_default()
    }

    /// A number of two bytes, the lower one first.
    pub(crate) fn short(&mut self) -> u16 {
        let low = self.byte();
        u16::from_le_bytes([low, self.byte()])
    }

    /// At most so many bytes.
    pub(crate) fn take(&mut self, length: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// Parts bytes in portions, whose lengths follow from the seed; 0 leaves them whole.
pub(crate) fn portions(bytes: &[u8], seed: u8) -> Vec<&[u8]> {
    if seed == 0 || bytes.is_empty() {
        return vec![bytes];
    }
    let mut rest = Bytes::new(bytes);
    let mut state = u32::from(seed);
    let mut portions = Vec::new();
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Mostly a few bytes, so that headers are cut, and a long piece now and then.
        let length = match state >> 24 {
            few @ 0..192 => few % 7 + 1,
            some => (state >> 8) % (some * 4) + 1,
        };
        portions.push(rest.take(length as usize));
    }
    portions
}
