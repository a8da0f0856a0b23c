//! Frames and packets: the four header bytes and what they announce.
//!
//! ```text
//! offset 0  u16  length of the payload in bytes, header not counted
//! offset 2  u16  code
//! offset 4       payload
//! ```
//!
//! Both numbers have their low byte first (every edition of the specification, every server). Official
//! Windows clients from 10.3 on, and TekNap in its capability mode, put the high byte first.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::code::{Code, Direction};
use crate::diagnostic::{DecodeError, Diagnostics, Tolerance};
use crate::message::{self, Decoded, Message, Payload};
use crate::value::Value;

/// The order of the two bytes of each header field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are two orders")]
pub enum ByteOrder {
    /// Low byte first: the usual form.
    #[default]
    Little,
    /// High byte first: late official clients.
    Big,
}

impl ByteOrder {
    /// Reads a number.
    #[must_use]
    pub const fn read(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    /// Writes a number.
    #[must_use]
    pub const fn write(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// The other order.
    #[must_use]
    pub const fn swapped(self) -> Self {
        match self {
            Self::Little => Self::Big,
            Self::Big => Self::Little,
        }
    }
}

/// The four bytes in front of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the header has these two fields")]
pub struct FrameHeader {
    /// The payload's bytes.
    pub length: u16,
    /// The message.
    pub code: Code,
}

impl FrameHeader {
    /// The header's own bytes.
    pub const LENGTH: usize = 4;

    /// Reads a header.
    #[must_use]
    pub const fn parse(bytes: [u8; Self::LENGTH], order: ByteOrder) -> Self {
        let [l0, l1, c0, c1] = bytes;
        Self { length: order.read([l0, l1]), code: Code(order.read([c0, c1])) }
    }

    /// The bytes of the whole frame that the header announces.
    #[must_use]
    pub const fn wire_length(self) -> usize {
        Self::LENGTH + self.length as usize
    }

    /// Writes a header.
    #[must_use]
    pub const fn to_bytes(self, order: ByteOrder) -> [u8; Self::LENGTH] {
        let [l0, l1] = order.write(self.length);
        let [c0, c1] = order.write(self.code.0);
        [l0, l1, c0, c1]
    }
}

/// A frame as a view of bytes that somebody else owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Frame<'b> {
    /// The message.
    pub code: Code,
    /// The bytes behind the header, at most 65,535.
    pub payload: &'b [u8],
    /// How the header was written.
    pub order: ByteOrder,
    /// Place of the header's first byte in the stream.
    pub offset: u64,
}

impl<'b> Frame<'b> {
    /// Reads the frame at the start of `input`; `None` where it is not all there.
    ///
    /// Gives the frame and what is behind it.
    #[inline]
    #[must_use]
    pub fn parse(input: &'b [u8], order: ByteOrder) -> Option<(Self, &'b [u8])> {
        let (header, behind) = input.split_first_chunk::<{ FrameHeader::LENGTH }>()?;
        let header = FrameHeader::parse(*header, order);
        let (payload, rest) = behind.split_at_checked(usize::from(header.length))?;
        Some((Self { code: header.code, payload, order, offset: 0 }, rest))
    }

    /// The frame's bytes on the wire, header included.
    #[must_use]
    pub const fn wire_length(&self) -> usize {
        FrameHeader::LENGTH + self.payload.len()
    }

    /// Reads the payload as the message that the code is in that direction.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the payload does not fit the message.
    pub fn decode(
        &self,
        direction: Direction,
        tolerance: Tolerance,
    ) -> Result<Decoded<'b>, DecodeError> {
        message::decode(self.code, direction, self.payload, tolerance)
    }
}

/// A frame that owns its payload and knows where it came from.
///
/// It writes the very bytes it was read from, whatever they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Packet {
    /// The message.
    pub code: Code,
    /// The bytes behind the header, at most 65,535.
    pub payload: Bytes,
    /// Which way it travels.
    pub direction: Direction,
    /// How the header is written.
    pub order: ByteOrder,
    /// Place of the header's first byte in the stream.
    pub offset: u64,
}

impl Packet {
    /// A packet with a payload as it is, low byte first, at offset 0.
    ///
    /// `None` where the payload has more than 65,535 bytes.
    #[must_use]
    pub fn new(code: Code, payload: impl Into<Bytes>, direction: Direction) -> Option<Self> {
        let payload = payload.into();
        u16::try_from(payload.len()).ok()?;
        Some(Self { code, payload, direction, order: ByteOrder::Little, offset: 0 })
    }

    /// The table's name of the message; `unknown` where it has none for the direction.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.code.name(self.direction).unwrap_or("unknown")
    }

    /// Reads the payload as the message that the code is in the packet's direction.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the payload does not fit the message.
    pub fn decode(&self, tolerance: Tolerance) -> Result<Decoded<'_>, DecodeError> {
        message::decode(self.code, self.direction, &self.payload, tolerance)
    }

    /// Reads the payload as a message that the caller expects, which is faster than the enum.
    ///
    /// `diagnostics` is emptied first and then has the deviations.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the payload does not fit the message; the code is not compared.
    pub fn read<'p, T: Payload<'p>>(
        &'p self,
        tolerance: Tolerance,
        diagnostics: &mut Diagnostics,
    ) -> Result<T, DecodeError> {
        T::from_payload(&self.payload, tolerance, diagnostics)
    }

    /// Shows the fields by name, also those of a payload that fits its message only partly.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the payload does not fit the message.
    pub fn visit(
        &self,
        diagnostics: &mut Diagnostics,
        visitor: &mut dyn FnMut(&'static str, Value<'_>),
    ) -> Result<(), DecodeError> {
        message::visit_payload(self.code, self.direction, &self.payload, diagnostics, visitor)
    }

    /// Appends the packet's bytes to a buffer.
    pub fn write_to(&self, output: &mut Vec<u8>) {
        write_frame(self.code, &self.payload, self.order, output);
    }

    /// The packet's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut output = Vec::with_capacity(FrameHeader::LENGTH + self.payload.len());
        self.write_to(&mut output);
        output
    }
}

impl Message<'_> {
    /// Appends the message as a frame to a buffer.
    ///
    /// # Errors
    ///
    /// [`EncodeError`](crate::EncodeError) where the value cannot be said on the wire; the buffer is
    /// then as it was.
    pub fn encode_into(
        &self,
        order: ByteOrder,
        output: &mut Vec<u8>,
    ) -> Result<(), crate::EncodeError> {
        let start = output.len();
        output.extend_from_slice(&[0; FrameHeader::LENGTH]);
        if let Err(error) = self.encode_payload(output) {
            output.truncate(start);
            return Err(error);
        }
        let length = output.len() - start - FrameHeader::LENGTH;
        // `encode_payload` refuses what does not fit.
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        let header = FrameHeader { length, code: self.code() }.to_bytes(order);
        if let Some(place) = output.get_mut(start..start + FrameHeader::LENGTH) {
            place.copy_from_slice(&header);
        }
        Ok(())
    }

    /// The message as a frame, low byte first.
    ///
    /// # Errors
    ///
    /// [`EncodeError`](crate::EncodeError) where the value cannot be said on the wire.
    pub fn encode(&self) -> Result<Vec<u8>, crate::EncodeError> {
        let mut output = Vec::new();
        self.encode_into(ByteOrder::Little, &mut output)?;
        Ok(output)
    }
}

/// Appends a frame to a buffer; the payload is cut at the 65,535 bytes that a header can announce.
fn write_frame(code: Code, payload: &[u8], order: ByteOrder, output: &mut Vec<u8>) {
    let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
    output.extend_from_slice(&FrameHeader { length, code }.to_bytes(order));
    output.extend_from_slice(payload.get(..usize::from(length)).unwrap_or(payload));
}
