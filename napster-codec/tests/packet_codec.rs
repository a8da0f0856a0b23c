//! The adapter for tokio: the same packets as from the decoder itself.
#![cfg(feature = "tokio-util")]

use bytes::BytesMut;
use napster_codec::message::{PrivateMessage, StatsRequest};
use napster_codec::{Direction, Message, PacketCodec};
use tokio_util::codec::{Decoder, Encoder};

#[test]
fn messages_written_are_packets_read() {
    let mut client = PacketCodec::new(Direction::ToClient);
    let mut server = PacketCodec::new(Direction::ToServer);
    let messages: [Message<'_>; 2] = [
        StatsRequest {}.into(),
        PrivateMessage { to: "bob".try_into().unwrap(), message: "hi".try_into().unwrap() }.into(),
    ];
    let mut wire = BytesMut::new();
    for message in messages.clone() {
        client.encode(message, &mut wire).unwrap();
    }
    let mut received = BytesMut::new();
    let mut found = Vec::new();
    for byte in wire {
        received.extend_from_slice(&[byte]);
        while let Some(packet) = server.decode(&mut received).unwrap() {
            found.push(packet);
        }
    }
    assert_eq!(found.len(), 2);
    for (packet, message) in found.iter().zip(&messages) {
        assert_eq!(&packet.decode(napster_codec::Tolerance::STRICT).unwrap().message, message);
    }
    assert!(server.decode_eof(&mut received).unwrap().is_none());
}

#[test]
fn a_cut_message_is_an_error_at_the_end() {
    let mut server = PacketCodec::new(Direction::ToServer);
    let mut received = BytesMut::from(&b"\x03\x00\xcd\x00bo"[..]);
    assert!(server.decode(&mut received).unwrap().is_none());
    assert!(server.decode_eof(&mut received).is_err());
}
