//! The adapter for `tokio_util::codec`.

use alloc::vec::Vec;
use std::io;

use bytes::BytesMut;

use crate::{ByteOrder, Decoder, Direction, Message, Packet};

/// Reads [`Packet`]s from one side of a connection and writes [`Message`]s to the other.
///
/// Where the other side switches to compression it gives no more packets; see
/// [`Decoder::is_compressed`] and [`Decoder::take_rest`] of [`decoder`](Self::decoder).
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a decoder and how to write headers")]
pub struct PacketCodec {
    /// What splits the received bytes.
    pub decoder: Decoder,
    /// The byte order of the headers that are written.
    pub order: ByteOrder,
}

impl PacketCodec {
    /// A codec that receives messages of a direction, and sends those of the other one.
    #[must_use]
    pub fn new(received: Direction) -> Self {
        Self { decoder: Decoder::new(received), order: ByteOrder::Little }
    }
}

impl tokio_util::codec::Decoder for PacketCodec {
    type Item = Packet;
    type Error = io::Error;

    fn decode(&mut self, received: &mut BytesMut) -> io::Result<Option<Packet>> {
        self.decoder.feed_owned(received.split().freeze());
        Ok(self.decoder.poll())
    }

    fn decode_eof(&mut self, received: &mut BytesMut) -> io::Result<Option<Packet>> {
        self.decoder.end();
        let packet = self.decode(received)?;
        let cut = packet.is_none() && !self.decoder.is_compressed() && self.decoder.held() > 0;
        if cut { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(packet) }
    }
}

impl tokio_util::codec::Encoder<Message<'_>> for PacketCodec {
    type Error = io::Error;

    fn encode(&mut self, message: Message<'_>, sent: &mut BytesMut) -> io::Result<()> {
        let mut frame = Vec::new();
        let encoded = message.encode_into(self.order, &mut frame);
        encoded.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        sent.extend_from_slice(&frame);
        Ok(())
    }
}
