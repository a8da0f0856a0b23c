//! Compressed connections: one zlib stream a direction, inflated as it comes and bounded.

use flate2::{Decompress, FlushDecompress, Status};

/// Output beyond which the ratio of output to input is looked at, in bytes.
const FREE_OUTPUT: u64 = 1024 * 1024;

/// The most output bytes for one input byte, on the whole stream. Chat and file lists give 3 to 20;
/// a bomb comes near 1,030.
const RATIO_LIMIT: u64 = 200;

/// How much is inflated at a time, in bytes.
const PORTION: usize = 16 * 1024;

/// Inflates one direction.
pub(super) struct Inflater {
    zlib: Decompress,
    output: Vec<u8>,
    failed: bool,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater").field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Why a stream cannot be inflated on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InflateError {
    /// The bytes are no zlib stream.
    Damaged,
    /// The stream grows beyond [`RATIO_LIMIT`].
    Bomb,
    /// Bytes follow the end of the stream.
    Ended,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { zlib: Decompress::new(true), output: vec![0; PORTION], failed: false }
    }

    /// Gives what the bytes inflate to, in portions.
    ///
    /// With an error comes how many of the bytes were used; the stream cannot go on then.
    pub(super) fn inflate(
        &mut self,
        mut input: &[u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), (InflateError, usize)> {
        let given = input.len();
        if self.failed {
            return Err((InflateError::Damaged, 0));
        }
        loop {
            let (before_in, before_out) = (self.zlib.total_in(), self.zlib.total_out());
            let status = self.zlib.decompress(input, &mut self.output, FlushDecompress::Sync);
            let used = (self.zlib.total_in() - before_in) as usize;
            let made = (self.zlib.total_out() - before_out) as usize;
            input = input.get(used..).unwrap_or_default();
            take(self.output.get(..made).unwrap_or_default());
            let error = match status {
                Err(_) => Some(InflateError::Damaged),
                Ok(_) if self.is_bomb() => Some(InflateError::Bomb),
                Ok(Status::StreamEnd) if !input.is_empty() => Some(InflateError::Ended),
                Ok(Status::StreamEnd) => return Ok(()),
                // Nothing went in or out: more input is needed.
                Ok(_) if used == 0 && made == 0 => return Ok(()),
                Ok(_) if input.is_empty() && made < PORTION => return Ok(()),
                Ok(_) => None,
            };
            if let Some(error) = error {
                self.failed = true;
                return Err((error, given - input.len()));
            }
        }
    }

    /// A gap: what follows cannot be inflated.
    pub(super) const fn fail(&mut self) {
        self.failed = true;
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failed
    }

    fn is_bomb(&self) -> bool {
        let (input, output) = (self.zlib.total_in(), self.zlib.total_out());
        output > FREE_OUTPUT && output / RATIO_LIMIT > input
    }
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    fn deflate(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut zlib = Compress::new(Compression::new(level), true);
        let mut output = Vec::new();
        loop {
            output.reserve(64 * 1024);
            let input = &bytes[usize::try_from(zlib.total_in()).expect("a short input")..];
            zlib.compress_vec(input, &mut output, FlushCompress::Sync).expect("valid input");
            if zlib.total_in() == bytes.len() as u64 && output.len() < output.capacity() {
                return output;
            }
        }
    }

    fn inflate(input: &[u8], step: usize) -> Result<Vec<u8>, InflateError> {
        let mut inflater = Inflater::new();
        let mut output = Vec::new();
        for part in input.chunks(step) {
            inflater
                .inflate(part, |bytes| output.extend_from_slice(bytes))
                .map_err(|(error, _)| error)?;
        }
        Ok(output)
    }

    #[test]
    fn any_split_inflates_to_the_same_bytes() {
        let plain: Vec<u8> = (0..10_000_u32).flat_map(|number| number.to_le_bytes()).collect();
        for level in [0, 1, 9] {
            let packed = deflate(&plain, level);
            for step in [1, 7, 1460, packed.len()] {
                assert_eq!(inflate(&packed, step).as_deref(), Ok(plain.as_slice()));
            }
        }
    }

    #[test]
    fn a_bomb_is_stopped() {
        let packed = deflate(&vec![0; 4 * 1024 * 1024], 9);
        assert_eq!(inflate(&packed, 1460), Err(InflateError::Bomb));
    }

    #[test]
    fn damage_is_an_error_and_not_a_panic() {
        let mut packed = deflate(b"hello hello hello", 6);
        packed[0] = 0x11;
        assert_eq!(inflate(&packed, 3), Err(InflateError::Damaged));
    }
}
