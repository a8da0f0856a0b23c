//! The read buffer: bytes of an input, in order, with their place in it.

use std::io::{self, Read};

/// The bytes that are read at once, and the size of the buffer unless a record needs more.
///
/// Measured: bigger buffers fall out of the processor's second-level cache and read slower.
pub(super) const BUFFER_SIZE: usize = 256 * 1024;

/// Reads an input through one buffer that grows only for records that are bigger than it.
pub(super) struct Source {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The place in the input of the first byte of the buffer.
    base: u64,
    ended: bool,
    /// What ended the input, if it was not its end.
    failure: Option<io::Error>,
    /// Whether a read gives bytes at once or the end, as a file does and a pipe does not.
    prompt: bool,
}

impl Source {
    pub(super) fn new(input: Box<dyn Read + Send>, prompt: bool) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER_SIZE],
            start: 0,
            end: 0,
            base: 0,
            ended: false,
            failure: None,
            prompt,
        }
    }

    /// Makes `count` bytes available if the input has them, and returns whether it has.
    ///
    /// The buffer grows as bytes arrive, so a length that lies costs no memory by itself. The
    /// caller bounds `count`.
    #[inline]
    pub(super) fn require(&mut self, count: usize) -> bool {
        self.end - self.start >= count || self.read_until(count)
    }

    /// As [`require`](Self::require), but where a read might wait, only what is there counts.
    #[inline]
    pub(super) fn look_ahead(&mut self, count: usize) -> bool {
        self.end - self.start >= count || (self.prompt && self.read_until(count))
    }

    /// Returns the bytes that were read and not consumed.
    #[inline]
    pub(super) fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Returns the place in the buffer of the first available byte; valid until the next read.
    #[inline]
    pub(super) fn position(&self) -> usize {
        self.start
    }

    /// Returns bytes by their place in the buffer; they may have been consumed since the last read.
    #[inline]
    pub(super) fn slice(&self, start: usize, length: usize) -> &[u8] {
        self.buffer.get(start..start + length).unwrap_or_default()
    }

    /// Returns the place in the input of the first available byte.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Passes over available bytes.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }

    /// Returns whether the last available byte is the last of the input.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Returns whether an error ended the input that was not returned yet.
    pub(super) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Returns, once, the error that ended the input.
    pub(super) fn take_failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }

    #[cold]
    fn read_until(&mut self, count: usize) -> bool {
        while self.end - self.start < count {
            if self.ended {
                return false;
            }
            self.make_room(count);
            let room = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end = self.buffer.len().min(self.end + read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        true
    }

    /// Leaves free bytes at the end of the buffer.
    fn make_room(&mut self, count: usize) {
        if self.start == self.end || self.start + count > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.base += self.start as u64;
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte a read.
    struct Drip(Vec<u8>);

    impl Read for Drip {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            match (self.0.pop(), room.first_mut()) {
                (Some(byte), Some(place)) => {
                    *place = byte;
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }

    #[test]
    fn waits_only_when_told_to() {
        let mut source = Source::new(Box::new(Drip(vec![3, 2, 1])), false);
        assert!(!source.look_ahead(1));
        assert!(source.require(2));
        assert_eq!(source.available(), [1, 2]);
        source.consume(1);
        assert_eq!(source.offset(), 1);
        assert_eq!(source.slice(source.position() - 1, 1), [1]);
        assert!(!source.require(3));
        assert_eq!(source.available(), [2, 3]);
        assert!(source.ended());
    }

    #[test]
    fn grows_with_what_arrives() {
        let bytes: Vec<u8> = (0..3 * BUFFER_SIZE).map(|i| i as u8).collect();
        let mut source = Source::new(Box::new(io::Cursor::new(bytes.clone())), true);
        assert!(source.require(5));
        source.consume(5);
        assert!(!source.require(usize::MAX / 4));
        assert_eq!(source.available(), bytes.get(5..).unwrap());
        assert!(source.buffer.len() <= 4 * BUFFER_SIZE);
        let mut place = 5;
        while !source.available().is_empty() {
            source.consume(1000);
            place += 1000;
        }
        assert!(place >= bytes.len());
        assert_eq!(source.offset(), bytes.len() as u64);
    }
}
