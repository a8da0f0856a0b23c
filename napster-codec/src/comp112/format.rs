//! How the audio of a song is made: the numbers of `NS` records and frames.

use alloc::vec::Vec;
use core::time::Duration;

use crate::diagnostic::{Diagnostic, DiagnosticKind, Span};
use crate::field::canonical_number;
use crate::value::{Value, Visit};
use crate::writer::Writer;

/// The format of a song: `width/rate/chunk` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct Format {
    /// Bytes of a sample.
    pub width: u32,
    /// Samples a second of one channel; for stereo it is doubled, since the client plays
    /// interleaved samples as one channel at double speed.
    pub rate: u32,
    /// Bytes of a chunk: one millisecond of audio, rounded down.
    pub chunk: u32,
}

impl Format {
    /// The format of PCM audio with so many bytes a sample, channels, and frames a second.
    ///
    /// `None` where a number does not fit.
    #[must_use]
    pub fn of_pcm(width: u32, channels: u32, frame_rate: u32) -> Option<Self> {
        let rate = frame_rate.checked_mul(channels)?;
        let chunk = (frame_rate / 1000).checked_mul(width)?.checked_mul(channels)?;
        Some(Self { width, rate, chunk })
    }

    /// Reads `width/rate/chunk`.
    ///
    /// # Errors
    ///
    /// What is wrong, with spans that count from the start of the text.
    pub fn parse(text: &[u8]) -> Result<Self, Diagnostic> {
        let mut place = 0;
        let mut numbers = [0_u32; 3];
        let mut words = text.split(|&byte| byte == b'/');
        for (number, field) in numbers.iter_mut().zip(FIELDS) {
            let end = Span::new(text.len(), text.len());
            let missing = Diagnostic { kind: DiagnosticKind::MissingField, field, span: end };
            let word = words.next().ok_or(missing)?;
            let span = Span::new(place, place + word.len());
            let value = canonical_number(word, u64::from(u32::MAX));
            let kind = DiagnosticKind::NotANumber;
            *number = value.and_then(|value| u32::try_from(value).ok()).ok_or(Diagnostic {
                kind,
                field,
                span,
            })?;
            place += word.len() + 1;
        }
        if words.next().is_some() {
            let span = Span::new(place.min(text.len()), text.len());
            return Err(Diagnostic { kind: DiagnosticKind::ExtraField, field: "", span });
        }
        let [width, rate, chunk] = numbers;
        Ok(Self { width, rate, chunk })
    }

    /// Bytes of audio a second.
    #[must_use]
    pub fn bytes_per_second(&self) -> u64 {
        u64::from(self.width) * u64::from(self.rate)
    }

    /// How long the first `chunks` chunks of a song play; zero where the format has no bytes a
    /// second.
    #[must_use]
    pub fn duration(&self, chunks: u64) -> Duration {
        const NANOSECONDS: u128 = 1_000_000_000;
        let bytes = u128::from(chunks) * u128::from(self.chunk);
        let nanoseconds = (bytes * NANOSECONDS).checked_div(u128::from(self.bytes_per_second()));
        Duration::from_nanos(u64::try_from(nanoseconds.unwrap_or(0)).unwrap_or(u64::MAX))
    }

    /// Appends `width/rate/chunk` to a buffer.
    pub fn write(&self, output: &mut Vec<u8>) {
        Writer::new(output).digits(u64::from(self.width));
        output.push(b'/');
        Writer::new(output).digits(u64::from(self.rate));
        output.push(b'/');
        Writer::new(output).digits(u64::from(self.chunk));
    }
}

impl Visit for Format {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        for (field, value) in FIELDS.into_iter().zip([self.width, self.rate, self.chunk]) {
            visitor(field, Value::Unsigned(u64::from(value)));
        }
    }
}

const FIELDS: [&str; 3] = ["width", "rate", "chunk"];
