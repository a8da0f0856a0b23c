//! Messages as JSON and back, without loss.
#![cfg(feature = "serde")]

#[path = "common/json.rs"]
mod common;

use common::hold_json;
use napster_codec::message::{Login, LoginAck};
use napster_codec::{Code, Direction, MESSAGES, Message, Tolerance, decode};

fn lenient(code: u16, direction: Direction, payload: &[u8]) -> Message<'_> {
    decode(Code(code), direction, payload, Tolerance::LENIENT).unwrap().message
}

#[test]
fn every_example_comes_back() {
    for spec in MESSAGES {
        let payload = spec.example.unwrap_or_default();
        let decoded = decode(spec.code, spec.directions.first(), payload, Tolerance::LENIENT);
        hold_json(&decoded.unwrap_or_else(|error| panic!("{}: {error}", spec.name)).message);
    }
}

#[test]
fn the_form_is_what_the_documentation_says() {
    let message = lenient(205, Direction::ToServer, b"bob caf\xe9");
    assert_eq!(
        serde_json::to_value(&message).unwrap(),
        serde_json::json!({
            "code": 205,
            "name": "private_message",
            "direction": "to_server",
            "fields": { "to": "bob", "message": { "bytes": "636166e9" } },
        })
    );
    let unknown = lenient(999, Direction::ToServer, b"\x00\xff");
    assert_eq!(
        serde_json::to_value(&unknown).unwrap(),
        serde_json::json!({ "code": 999, "payload": { "bytes": "00ff" } })
    );
    hold_json(&unknown);
}

#[test]
fn spellings_are_remembered() {
    let payloads: &[(u16, Direction, &[u8])] = &[
        (3, Direction::ToClient, br#""anon@example.net" 6"#),
        (200, Direction::ToServer, br#"FILENAME CONTAINS "a" LINESPEED "AT LEAST" "7" "#),
        (200, Direction::ToServer, br#"FILENAME CONTAINS "a "quoted" string" MAX_RESULTS 1"#),
        (201, Direction::ToClient, br#""a.mp3" 0 1 2 3 4 bob 99999999999 4 n/a "soft""#),
        (213, Direction::ToClient, b""),
        (13, Direction::ToClient, b"no such user"),
    ];
    for (code, direction, payload) in payloads {
        let message = lenient(*code, *direction, payload);
        hold_json(&message);
        let json = serde_json::to_string(&message).unwrap();
        let back: Message<'_> = serde_json::from_str(&json).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        message.encode_payload(&mut first).unwrap();
        back.encode_payload(&mut second).unwrap();
        assert_eq!(first, second, "{json}");
    }
}

#[test]
fn a_struct_is_the_map_of_its_fields() {
    let json = r#"{"nick":"alice","password":"s3cret","data_port":6699,"client_info":"nap v0.8","link_type":3}"#;
    let login: Login<'_> = serde_json::from_str(json).unwrap();
    assert_eq!((login.data_port, login.build), (6699, None));
    assert_eq!(serde_json::to_string(&login).unwrap(), json);
    let ack: LoginAck<'_> =
        serde_json::from_str(r#"{"email":"anon@x","email_quoted":true,"number":6}"#).unwrap();
    assert!(ack.email.is_quoted());
}

#[test]
fn mistakes_are_named() {
    let faults = [
        (r#"{"nick":"alice"}"#, "missing field `password`"),
        (r#"{"nick":7}"#, "field `nick`: expected text, not a number"),
        (r#"{"nick":"a","nick":"b"}"#, "field `nick` twice"),
        (r#"{"nik":"alice"}"#, "unknown field `nik`"),
        (r#"{"nick":{"bytes":"6"}}"#, "field `nick`: expected two hex digits for each byte"),
        (
            r#"{"nick":"a","password":"b","data_port":70000}"#,
            "field `data_port`: the number 70000 is out of range",
        ),
        ("[]", "expected a map, not a list"),
    ];
    for (json, fault) in faults {
        let error = serde_json::from_str::<Login<'_>>(json).unwrap_err();
        assert_eq!(error.to_string(), fault, "{json}");
    }
    let none = r#"{"code":2,"direction":"to_client","fields":{}}"#;
    let error = serde_json::from_str::<Message<'_>>(none).unwrap_err();
    assert_eq!(error.to_string(), "no message 2 of this direction and shape");
}

#[cfg(feature = "arbitrary")]
mod generated {
    use arbitrary::{Arbitrary, Unstructured};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

        #[test]
        fn any_message_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..800)) {
            hold_json(&Message::arbitrary(&mut Unstructured::new(&bytes)).unwrap());
        }
    }
}
