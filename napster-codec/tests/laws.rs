//! The laws of reading and writing, for every row, with values that the rows themselves generate.
#![cfg(feature = "arbitrary")]

#[path = "common/laws.rs"]
mod laws;

use arbitrary::{Arbitrary, Unstructured};
use napster_codec::{Code, Direction, MESSAGES, Message};
use proptest::prelude::*;

/// What a mutation puts into a payload: all that separates, quotes or counts.
const SPICE: &[u8] = b" \"\t\r\n:-+.#0129aZ\\\x00\x01\xff";

/// A change of one place of a payload.
#[derive(Clone, Debug)]
enum Mutation {
    Insert(u16, u8),
    Replace(u16, u8),
    Remove(u16),
    Repeat(u16, u8),
    Cut(u16),
}

impl Mutation {
    fn apply(&self, payload: &mut Vec<u8>) {
        let place = |at: u16| usize::from(at) % (payload.len() + 1);
        match *self {
            Self::Insert(at, byte) => payload.insert(place(at), byte),
            Self::Replace(at, byte) => {
                let at = place(at);
                payload.get_mut(at).into_iter().for_each(|old| *old = byte);
            }
            Self::Remove(at) => {
                let at = place(at);
                drop(payload.drain(at..payload.len().min(at + 1)));
            }
            Self::Repeat(at, length) => {
                let at = place(at);
                let part = payload[at..payload.len().min(at + usize::from(length))].to_vec();
                payload.splice(at..at, part);
            }
            Self::Cut(at) => payload.truncate(place(at)),
        }
    }
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let byte = prop_oneof![proptest::sample::select(SPICE), any::<u8>()];
    let mutation = prop_oneof![
        3 => (any::<u16>(), byte.clone()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        2 => (any::<u16>(), byte).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        2 => any::<u16>().prop_map(Mutation::Remove),
        1 => (any::<u16>(), 1..40_u8).prop_map(|(at, length)| Mutation::Repeat(at, length)),
        1 => any::<u16>().prop_map(Mutation::Cut),
    ];
    proptest::collection::vec(mutation, 0..6)
}

fn messages() -> impl Strategy<Value = Message<'static>> {
    proptest::collection::vec(any::<u8>(), 0..800)
        .prop_map(|bytes| Message::arbitrary(&mut Unstructured::new(&bytes)).unwrap())
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn built_messages(message in messages()) {
        laws::hold_message(&message);
    }

    #[test]
    fn built_messages_changed(
        message in messages(),
        mutations in mutations(),
        sender in proptest::option::of("[ -~]{0,8}"),
    ) {
        let Some(spec) = message.spec() else { return Ok(()) };
        let mut payload = Vec::new();
        if message.encode_payload(&mut payload).is_err() {
            return Ok(());
        }
        if let Some(sender) = sender {
            payload.splice(0..0, format!(":{sender} ").into_bytes());
        }
        for mutation in mutations {
            mutation.apply(&mut payload);
        }
        for &direction in laws::directions(spec.directions) {
            laws::hold_payload(spec.code, direction, &payload);
        }
    }

    #[test]
    fn examples_changed(mutations in mutations(), chosen in any::<prop::sample::Index>()) {
        let spec = chosen.get(&MESSAGES);
        let mut payload = spec.example.unwrap_or_default().to_vec();
        for mutation in mutations {
            mutation.apply(&mut payload);
        }
        for &direction in laws::directions(spec.directions) {
            laws::hold_payload(spec.code, direction, &payload);
        }
    }

    #[test]
    fn any_bytes(payload in proptest::collection::vec(any::<u8>(), 0..200), code in 0..10_400_u16) {
        for direction in [Direction::ToServer, Direction::ToClient, Direction::ServerLink] {
            laws::hold_payload(Code(code), direction, &payload);
        }
    }
}

/// The same few bytes for every row, so that no row is left out by chance.
#[test]
fn every_row_with_odd_payloads() {
    let odd: &[&[u8]] = &[
        b"",
        b" ",
        b"  ",
        b":a  ",
        b"\"",
        b"\"\"",
        b"\" \"",
        b"a",
        b"a ",
        b" a",
        b"a b",
        b"a  b",
        b":a",
        b":a ",
        b":a b",
        b"\"a\" \"b\"",
        b"\"a\"b\"",
        b"\"a\" b\" c",
        b"0",
        b"00",
        b"-0",
        b"+1",
        b"99999999999999999999",
        b"\t",
        b"a\tb",
        b"a\x00b",
        b"\xff\xfe",
        b"1 2 3 4 5 6 7 8 9 10 11 12",
        b"\"1\" \"2\" \"3\" \"4\" \"5\" \"6\" \"7\" \"8\"",
    ];
    for spec in MESSAGES {
        for &direction in laws::directions(spec.directions) {
            for payload in odd {
                laws::hold_payload(spec.code, direction, payload);
            }
            laws::hold_payload(spec.code, direction, &b"\"a\" b\" ".repeat(2000));
        }
    }
}

/// Most of what the rows generate can be written; else the laws would hold for nothing.
#[test]
fn generated_messages_are_mostly_canonical() {
    let mut state = 7_u64;
    let noise = core::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let noise: Vec<u8> = noise.take(4_000_000).collect();
    let mut u = Unstructured::new(&noise);
    let mut written = std::collections::BTreeMap::new();
    for _ in 0..20_000 {
        let message = Message::arbitrary(&mut u).unwrap();
        let spec = message.spec().unwrap();
        let (good, all) = written
            .entry((spec.name, spec.shape, format!("{:?}", spec.directions)))
            .or_insert((0_u32, 0_u32));
        *all += 1;
        *good += u32::from(message.encode_payload(&mut Vec::new()).is_ok());
    }
    assert_eq!(written.len(), MESSAGES.len());
    for (row, (good, all)) in written {
        assert!(good * 2 > all, "{row:?}: only {good} of {all} can be written");
    }
}
