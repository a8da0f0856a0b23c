//! Compressed streams as servers of the time wrote them: one zlib stream a direction, flushed behind
//! every burst of messages.
//!
//! Every byte is a literal of the fixed code of RFC 1951, section 3.2.6, so that nothing is shared
//! with the library that the program inflates with.

/// One direction of a compressed connection.
#[derive(Debug, Default)]
pub struct Deflater {
    begun: bool,
    output: Vec<u8>,
    bits: u32,
    count: u32,
}

impl Deflater {
    /// Compresses bytes, and flushes so that the other side can read all of them.
    pub fn flush(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !self.begun {
            self.begun = true;
            self.output.extend([0x78, 0x9c]);
        }
        // A block of the fixed code that is not the last one.
        self.put(0b010, 3);
        for &byte in bytes {
            match u32::from(byte) {
                literal @ 0..=143 => self.code(0b0011_0000 + literal, 8),
                literal => self.code(0b1_1001_0000 + literal - 144, 9),
            }
        }
        self.code(0, 7);
        // An empty block of stored bytes ends at a whole byte.
        self.put(0, 3);
        self.put(0, (8 - self.count % 8) % 8);
        self.output.extend([0, 0, 0xff, 0xff]);
        std::mem::take(&mut self.output)
    }

    /// Codes go out with their highest bit first.
    fn code(&mut self, code: u32, length: u32) {
        for place in (0..length).rev() {
            self.put(code >> place & 1, 1);
        }
    }

    fn put(&mut self, bits: u32, length: u32) {
        self.bits |= bits << self.count;
        self.count += length;
        while self.count >= 8 {
            self.output.push(self.bits as u8);
            self.bits >>= 8;
            self.count -= 8;
        }
    }
}
