//! Compressed captures: recognised by their first bytes, decompressed as they are read.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::mem;

use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::{FrameDecoder as ZstdDecoder, StreamingDecoder};

use super::bytes::Order;
use super::gzip::Gzip;
use super::source::Source;

/// The biggest window of a zstd frame, which is what the zstd command accepts by default; memory
/// is taken only as far as the frame fills it.
const MAX_ZSTD_WINDOW: u64 = 128 * 1024 * 1024;

const LZ4_MAGIC: u32 = 0x184d_2204;
const LZ4_LEGACY_MAGIC: u32 = 0x184c_2102;
const ZSTD_MAGIC: u32 = 0xfd2f_b528;

/// A compression that is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Compression {
    Gzip,
    Zstd,
    Lz4,
}

impl Compression {
    /// Recognises a compression by the first bytes of an input.
    pub(super) fn detect(start: &[u8]) -> Option<Self> {
        if start.starts_with(&[0x1f, 0x8b]) {
            return Some(Self::Gzip);
        }
        match Order::Little.u32(start, 0)? {
            ZSTD_MAGIC => Some(Self::Zstd),
            LZ4_MAGIC | LZ4_LEGACY_MAGIC => Some(Self::Lz4),
            _ => None,
        }
    }

    /// Returns the name as the JSON output writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }
}

/// Decompresses an input that consists of one compressed member after the other.
pub(super) struct Decompressor {
    compression: Compression,
    state: State,
}

enum State {
    /// Before a member.
    Between(Source),
    Gzip(Box<Gzip>),
    Zstd(Box<StreamingDecoder<Source, ZstdDecoder>>),
    Lz4(Box<Lz4Decoder<Tail>>),
    Ended,
}

impl Decompressor {
    pub(super) fn new(compression: Compression, source: Source) -> Self {
        Self { compression, state: State::Between(source) }
    }

    /// Starts with the next member. Returns an ended state behind the last one.
    fn next_member(&self, mut source: Source) -> io::Result<State> {
        loop {
            // Files may be padded with zeros, as tapes and disks are written in blocks.
            while source.require(1) && source.available().first() == Some(&0) {
                source.consume(1);
            }
            if !source.require(1) {
                return match source.take_failure() {
                    Some(error) => Err(error),
                    None => Ok(State::Ended),
                };
            }
            source.require(8);
            let start = source.available();
            let magic = Order::Little.u32(start, 0).unwrap_or_default();
            if magic & 0xffff_fff0 == 0x184d_2a50 && self.compression != Compression::Gzip {
                // A frame to be skipped, of the length that follows.
                let length = Order::Little.u32(start, 4).unwrap_or_default();
                source.consume(8);
                let skipped = io::copy(&mut (&mut source).take(u64::from(length)), &mut io::sink());
                if skipped? < u64::from(length) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            }
            if Compression::detect(start) != Some(self.compression) {
                return Err(other("other data follows the compressed data"));
            }
            return Ok(match self.compression {
                Compression::Gzip => State::Gzip(Box::new(Gzip::new(source)?)),
                Compression::Zstd => State::Zstd(Box::new(
                    StreamingDecoder::new_with_max_window_size(source, MAX_ZSTD_WINDOW)
                        .map_err(io::Error::other)?,
                )),
                Compression::Lz4 => {
                    let legacy = magic == LZ4_LEGACY_MAGIC;
                    let checksum = start.get(4).is_some_and(|flags| flags & 0x04 != 0);
                    let tail = Tail { source, legacy, checksum, last: 0 };
                    State::Lz4(Box::new(Lz4Decoder::new(tail)))
                }
            });
        }
    }

    /// Reads from the current member. Returns nothing at its end.
    fn read_member(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.state {
            State::Between(_) | State::Ended => 0,
            State::Gzip(decoder) => decoder.read(room)?,
            State::Zstd(decoder) => decoder.read(room)?,
            State::Lz4(decoder) => decoder.read(room)?,
        };
        if read > 0 {
            return Ok(read);
        }
        let source = match mem::replace(&mut self.state, State::Ended) {
            State::Between(source) => source,
            State::Ended => return Ok(0),
            State::Gzip(decoder) => decoder.into_inner(),
            State::Zstd(decoder) => {
                let (source, decoder) = decoder.into_parts();
                let told = decoder.get_checksum_from_data();
                if told.is_some() && told != decoder.get_calculated_checksum() {
                    return Err(other("its checksum is wrong"));
                }
                source
            }
            State::Lz4(decoder) => decoder.into_inner().end()?,
        };
        self.state = self.next_member(source)?;
        Ok(0)
    }
}

impl Read for Decompressor {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.is_empty() {
            return Ok(0);
        }
        while !matches!(self.state, State::Ended) {
            match self.read_member(room) {
                Ok(0) => {}
                Ok(read) => return Ok(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => {
                    self.state = State::Ended;
                    return Err(io::Error::other(Damage::new(&error)));
                }
            }
        }
        Ok(0)
    }
}

/// Damage of compressed data, apart from errors of the operating system.
#[derive(Debug)]
pub(super) struct Damage {
    /// Whether the data just ends too early.
    pub(super) cut: bool,
    reason: String,
}

impl Damage {
    fn new(error: &io::Error) -> Self {
        let reason = error.to_string();
        // The decoders tell in several ways that they wanted more.
        let cut = error.kind() == io::ErrorKind::UnexpectedEof
            || reason.contains("failed to fill whole buffer")
            || reason.contains("UnexpectedEof");
        Self { cut, reason }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Damage {}

fn other(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Remembers the last bytes read, as the LZ4 decoder does not tell a cut frame from a whole one.
struct Tail {
    source: Source,
    /// Frames of the old format end with the input.
    legacy: bool,
    /// Whether a checksum follows the end mark.
    checksum: bool,
    /// The last eight bytes, the latest one lowest.
    last: u64,
}

impl Tail {
    /// Returns the source behind a frame, which must have ended with its mark.
    fn end(mut self) -> io::Result<Source> {
        let mark = if self.checksum { self.last >> 32 } else { self.last & 0xffff_ffff };
        if mark == 0 || self.legacy || self.source.require(1) {
            Ok(self.source)
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

impl Read for Tail {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(room)?;
        let room = room.get(..read).unwrap_or_default();
        for &byte in room.iter().skip(read.saturating_sub(8)) {
            self.last = self.last << 8 | u64::from(byte);
        }
        Ok(read)
    }
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(room.len());
        if let (Some(room), Some(bytes)) = (room.get_mut(..count), bytes.get(..count)) {
            room.copy_from_slice(bytes);
        }
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.require(1)
            && let Some(error) = self.take_failure()
        {
            return Err(error);
        }
        Ok(self.available())
    }

    fn consume(&mut self, count: usize) {
        Self::consume(self, count);
    }
}
