//! Single messages: written, read again, and the offers inside private messages.

use napster_codec::peer::{
    Amount, GetRequest, Message, Offer, OfferAddress, Opening, SendRequest, read_entry,
};
use napster_codec::{EncodeError, Quoted, Text, Token};
use proptest::prelude::*;

use crate::story::fields;

fn token(text: &str) -> Token<'_> {
    Token::new(text.as_bytes()).expect("a word")
}

fn get<'a>(nick: &'a str, name: &'a str, offset: u64) -> Message<'a> {
    Message::GetRequest(GetRequest {
        nick: token(nick),
        filename: Quoted::new(name.as_bytes()).expect("no quote"),
        offset: Some(Amount::Bytes(offset)),
    })
}

#[test]
fn messages_are_the_bytes_of_the_notes() {
    let bytes = get("ann", r"C:\music\a.mp3", 0).encode().unwrap();
    assert_eq!(bytes, br#"GETann "C:\music\a.mp3" 0"#);
    assert_eq!(get("ann", "", 0).word_length(), 3);
    let send = SendRequest {
        nick: token("bob"),
        filename: Quoted::new(&br"C:\music\a.mp3"[..]).unwrap(),
        size: 443_332.into(),
    };
    let send = Message::SendRequest(send);
    assert_eq!(send.encode().unwrap(), br#"SENDbob "C:\music\a.mp3" 443332"#);
    assert_eq!(send.word_length(), 4);
    let line = br#""C:\music\a.mp3" 0123456789abcdef0123456789abcdef-443008 443332 128 44100 60"#;
    let entry = Message::BrowseEntry(read_entry(line).unwrap().0);
    let text = |text: &'static str| Text::new(text.as_bytes()).unwrap();
    let cases = [
        (Message::Hello, &b"1"[..]),
        (Message::FileSize { size: 443_332, rule: None }, b"443332"),
        (Message::ResumeOffset { offset: 200_000.into() }, b"200000"),
        (Message::PeerError { text: text("FILE NOT SHARED") }, b"FILE NOT SHARED"),
        (Message::GetList, b"GETLIST"),
        (Message::SendList { nick: None }, b"SENDLIST\n"),
        (Message::SendList { nick: Some(token("bob")) }, b"SENDLIST bob\n"),
        (Message::BrowseOwner { nick: token("bob") }, b"bob\n"),
        (Message::BrowseEnd, b"\n"),
        (Message::BareRequest { filename: text("a.mp3") }, b"a.mp3"),
        (Message::ChatLine { text: text("hi") }, b"hi\n"),
    ];
    for (message, bytes) in cases {
        assert_eq!(message.encode().unwrap(), bytes, "{}", message.name());
        assert_eq!(message.clone().into_owned(), message);
    }
    assert_eq!(entry.encode().unwrap(), [&line[..], b"\n"].concat());
}

#[test]
fn what_cannot_be_said_is_refused() {
    let mut output = b"kept".to_vec();
    for message in [
        Message::PeerError { text: Text::new(&b"404 no"[..]).unwrap() },
        Message::PeerError { text: Text::new(&b""[..]).unwrap() },
        Message::ChatLine { text: Text::new(&b"a\nb"[..]).unwrap() },
        Message::BareRequest { filename: Text::new(&b""[..]).unwrap() },
        get("ann", "a\nb", 0),
    ] {
        assert_eq!(message.encode_into(&mut output), Err(EncodeError::Ambiguous), "{message:?}");
        assert_eq!(output, b"kept");
    }
}

#[test]
fn a_quote_in_a_name_is_said_where_it_reads_back() {
    let line = br#"ann "a"b" 7".mp3" 12"#;
    let (request, _) = GetRequest::parse(line).unwrap();
    assert_eq!(request.filename, *br#"a"b" 7".mp3"#.as_slice());
    let message = Message::GetRequest(request);
    assert_eq!(message.encode().unwrap(), [b"GET", &line[..]].concat());
}

#[test]
fn openings_for_a_listener() {
    let name = |bytes| match Opening::read(bytes) {
        Opening::Partial => "partial",
        Opening::Open(request) => request.message.name(),
        Opening::Closed(request) => match request.message.name() {
            "get_list" => "closed get_list",
            "send_list" => "closed send_list",
            other => panic!("{other}"),
        },
        Opening::Http => "http",
        Opening::Other => "other",
        _ => panic!("an opening that the tests do not know"),
    };
    let cases: [(&[u8], &str); 18] = [
        (b"", "partial"),
        (b"G", "partial"),
        (b"GET", "partial"),
        (b"GETLIST", "get_list"),
        (b"GETLIST\n", "closed get_list"),
        (b"GETLIST \"a\" 0", "get_request"),
        (b"GETLISTener \"a\"", "partial"),
        (b"GETann \"a\" 0", "get_request"),
        (b"GET / HTTP/1.0", "http"),
        (b"SEN", "partial"),
        (b"SENDLIST", "send_list"),
        (b"SENDLIST\n", "closed send_list"),
        (b"SENDLIST bo", "partial"),
        (b"SENDLIST bob\n", "closed send_list"),
        (b"SENDLIST \"a\" 5", "send_request"),
        (b"SENDLarry \"a\" 5", "send_request"),
        (b"song.mp3", "other"),
        (b"get", "other"),
    ];
    for (bytes, want) in cases {
        assert_eq!(name(bytes), want, "{}", bytes.escape_ascii());
    }
    let bad = Opening::read_last(b"GETann a.mp3");
    assert!(matches!(&bad, Opening::Closed(request) if request.diagnostics.count() > 0), "{bad:?}");
}

#[test]
fn offers_of_files_and_chats() {
    let text = b"\x01SEND bob 201346314 6699 \"a b.mp3\" 443332 checksum 0\x01";
    let offer = Offer::parse(text).unwrap();
    let want = " nick=bob ip=10.77.0.12 port=6699 filename=a b.mp3 size=443332 extra=checksum 0";
    assert_eq!((offer.name(), fields(&offer).as_str()), ("send_offer", want));
    let mut output = Vec::new();
    offer.write(&mut output);
    assert_eq!(output, text);
    let text = b"\x01CHAT bob 10.77.0.12 6701\x01";
    let offer = Offer::parse(text).unwrap();
    assert_eq!(fields(&offer), " nick=bob ip=10.77.0.12 port=6701");
    output.clear();
    offer.write(&mut output);
    assert_eq!(output, text);
    let address = OfferAddress::from(std::net::Ipv4Addr::new(10, 77, 0, 12));
    output.clear();
    Offer::chat(token("bob"), address, 6701).write(&mut output);
    assert_eq!(output, b"\x01CHAT bob 201346314 6701\x01");
    for other in
        ["hello", "\u{1}ACTION waves\u{1}", "\u{1}CHAT bob 1\u{1}", "\u{1}SEND b 1 2 x 3\u{1}"]
    {
        assert_eq!(Offer::parse(other.as_bytes()), None, "{other:?}");
    }
}

proptest! {
    #[test]
    fn requests_read_back(
        nick in "[!-~&&[^\"]][!-~]{0,20}", name in "[^\"\n]{0,40}", offset: u64, push: bool,
    ) {
        let filename = Quoted::new(name.as_bytes()).unwrap();
        let nick = token(&nick);
        let message = if push {
            Message::SendRequest(SendRequest { nick, filename, size: offset.into() })
        } else {
            Message::GetRequest(GetRequest { nick, filename, offset: Some(offset.into()) })
        };
        let bytes = message.encode().unwrap();
        match Opening::read(&bytes) {
            Opening::Open(request) => {
                prop_assert_eq!(request.length, bytes.len());
                prop_assert!(request.diagnostics.is_empty());
                prop_assert_eq!(request.message, message);
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn offers_read_back(nick in "[a-z]{1,9}", ip: u32, port: u16, name in "[^\"\u{1}]{0,20}", size: u64) {
        let address = OfferAddress::from(std::net::Ipv4Addr::from(ip));
        let offer = Offer::send(token(&nick), address, port, Quoted::new(name.as_bytes()).unwrap(), size);
        let mut bytes = Vec::new();
        offer.write(&mut bytes);
        prop_assert_eq!(Offer::parse(&bytes), Some(offer));
    }

    #[test]
    fn arbitrary_lines_are_no_danger(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = (Opening::read(&bytes), Opening::read_last(&bytes), Offer::parse(&bytes));
        let _ = (GetRequest::parse(&bytes), SendRequest::parse(&bytes), read_entry(&bytes));
    }
}
