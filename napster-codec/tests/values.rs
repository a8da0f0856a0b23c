//! What values can be said on the wire, and what they cost.

use napster_codec::message::{BareSearch, BrowseEnd, DirectBrowseRequested, UserParted};
use napster_codec::{
    Code, DiagnosticKind, Diagnostics, Direction, EncodeError, Expected, Message, Payload, Text,
    Tolerance, decode,
};

fn encoded(message: impl Into<Message<'static>>) -> Result<Vec<u8>, EncodeError> {
    let mut payload = Vec::new();
    message.into().encode_payload(&mut payload).map(|()| payload)
}

/// What a library of types owes its users: to be printed, to cross threads, to be an error.
#[test]
fn types_can_be_used_anywhere() {
    fn shared<T: Send + Sync + std::fmt::Debug>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    shared::<Message<'_>>();
    shared::<napster_codec::Decoded<'_>>();
    shared::<napster_codec::Decoder>();
    shared::<napster_codec::Packet>();
    shared::<napster_codec::MessageSpec>();
    shared::<napster_codec::dialogue::Ledger<()>>();
    error::<napster_codec::DecodeError>();
    error::<EncodeError>();
    error::<napster_codec::InvalidText>();
    error::<napster_codec::redirector::RedirectError>();
}

#[test]
fn values_print_without_passwords_and_control_characters() {
    let payload = b"alice s3cret 6699 \"nap\x1b[2J\" 3";
    let decoded = decode(Code(2), Direction::ToServer, payload, Tolerance::STRICT).unwrap();
    let mut shown = String::new();
    napster_codec::Visit::visit(&decoded.message, &mut |name, value| {
        shown += &format!("{name}={value} {value:?}\n");
    });
    let wanted = concat!(
        "nick=\"alice\" \"alice\"\n",
        "password=*** ***\n",
        "data_port=6699 6699\n",
        "client_info=\"nap\\u{1b}[2J\" \"nap\\u{1b}[2J\"\n",
        "link_type=3 3\n",
    );
    assert_eq!(shown, wanted);
    assert!(!format!("{:?} {}", decoded, decoded.message).contains("s3cret"));
}

#[test]
fn messages_stay_small() {
    assert!(size_of::<Message<'_>>() <= 160, "{} bytes", size_of::<Message<'_>>());
}

#[test]
fn a_hole_between_optional_fields_cannot_be_said() {
    let requester = "alice".try_into().unwrap();
    let hole = DirectBrowseRequested { requester, ip: None, port: Some(6699) };
    assert_eq!(encoded(hole), Err(EncodeError::Hole { field: "ip" }));
}

#[test]
fn a_shape_that_reads_back_as_another_cannot_be_said() {
    let bare = |text: &'static str| BareSearch { text: Text::try_from(text).unwrap() };
    assert_eq!(encoded(bare("Tones")).unwrap(), b"Tones");
    assert_eq!(encoded(bare("MAX_RESULTS 5")), Err(EncodeError::Ambiguous));
}

#[test]
fn expected_fields_may_be_left_out_with_a_name_for_it() {
    let code = BrowseEnd::CODE;
    let decoded = decode(code, Direction::ToClient, b"", Tolerance::LENIENT).unwrap();
    assert_eq!(decoded.message, BrowseEnd { nick: Expected(None), ip: None }.into());
    assert_eq!(decoded.diagnostics()[0].kind, DiagnosticKind::EmptyPayload);
    assert_eq!(encoded(decoded.message.into_owned()).unwrap(), b"");
    let error = decode(code, Direction::ToClient, b"", Tolerance::STRICT).unwrap_err();
    assert_eq!((error.kind, error.field), (DiagnosticKind::EmptyPayload, "nick"));

    let mut diagnostics = Diagnostics::new();
    let parted =
        UserParted::from_payload(b"Trance bob", Tolerance::LENIENT, &mut diagnostics).unwrap();
    assert_eq!((parted.shared, parted.link_type), (Expected(None), Expected(None)));
    assert_eq!(diagnostics.count(), 2);
}

#[test]
fn a_sender_stands_in_front_on_server_links() {
    for payload in [&b":ann #jazz"[..], b":ann"] {
        let code = if payload.len() > 4 { Code(400) } else { Code(652) };
        let decoded = decode(code, Direction::ServerLink, payload, Tolerance::STRICT).unwrap();
        let mut again = Vec::new();
        decoded.encode_payload(&mut again).unwrap();
        assert_eq!(again, payload);
    }
}
