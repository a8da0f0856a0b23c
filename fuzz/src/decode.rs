//! Payloads to messages, and messages to payloads.

use arbitrary::{Arbitrary, Unstructured};
use napster_codec::{Code, Direction, Message, Tolerance};

use crate::bytes::Bytes;
use crate::laws;

/// The directions by their numbers in inputs.
const DIRECTIONS: [Direction; 3] =
    [Direction::ToServer, Direction::ToClient, Direction::ServerLink];

/// A payload is read and written by the laws: a byte for the direction, two for the code, the payload.
pub fn decode(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let direction = DIRECTIONS[usize::from(bytes.byte()) % DIRECTIONS.len()];
    let code = Code(bytes.short());
    // The length of a frame has two bytes.
    let payload = bytes.take(usize::from(u16::MAX));
    laws::hold_payload(code, direction, payload);
    hold_tolerance(code, direction, payload);
}

/// A payload is read under a tolerance where that has all that is odd about it.
fn hold_tolerance(code: Code, direction: Direction, payload: &[u8]) {
    let Ok(decoded) = napster_codec::decode(code, direction, payload, Tolerance::LENIENT) else {
        return;
    };
    let odd = decoded.diagnostics();
    let enough = odd.iter().fold(Tolerance::STRICT, |set, odd| set.with(odd.kind));
    let read = |tolerance| napster_codec::decode(code, direction, payload, tolerance);
    // Beyond the cap the kinds of what was left out are not known.
    if odd.len() < napster_codec::Diagnostics::CAP {
        assert_eq!(read(enough).as_ref(), Ok(&decoded));
    }
    for odd in odd {
        assert!(read(Tolerance::LENIENT.without(odd.kind)).is_err(), "{odd}");
    }
}

/// A message made of any values is written and read back, where it can be written at all.
pub fn message_roundtrip(data: &[u8]) {
    if let Ok(message) = Message::arbitrary(&mut Unstructured::new(data)) {
        laws::hold_message(&message);
    }
}
