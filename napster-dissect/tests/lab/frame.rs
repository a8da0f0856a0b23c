//! Napster frames: a length, a code, and the payload.

/// The byte order of a header field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Order {
    /// Lowest byte first.
    Little,
    /// Highest byte first.
    Big,
}

impl Order {
    /// Writes a 16-bit number in this order.
    pub fn u16(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// Writes a 32-bit number in this order.
    pub fn u32(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// Writes a 64-bit number in this order.
    pub fn u64(self, number: u64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// Builds a frame with the little-endian header of nearly every program.
pub fn frame(code: u16, payload: impl AsRef<[u8]>) -> Vec<u8> {
    ordered(Order::Little, code, payload.as_ref())
}

/// Builds a frame with the big-endian header of late official clients.
pub fn swapped(code: u16, payload: impl AsRef<[u8]>) -> Vec<u8> {
    ordered(Order::Big, code, payload.as_ref())
}

/// Builds a frame with the header in the given order.
///
/// # Panics
///
/// Panics when the payload does not fit the 16-bit length.
pub fn ordered(order: Order, code: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a payload has at most 65535 bytes");
    let mut bytes = Vec::with_capacity(4 + payload.len());
    bytes.extend(order.u16(length));
    bytes.extend(order.u16(code));
    bytes.extend(payload);
    bytes
}
