//! Server links and compressed connections, and what answers what when the start is missing.

mod lab;

use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::frame::frame;
use lab::packet::Link;
use lab::scenes::at;
use lab::segment::{Segment, Side};
use lab::zlib::Deflater;
use napster_dissect::capture::Reader;
use napster_dissect::output::{Format, Options as Output, RecordWriter};
use napster_dissect::pipeline::{Options, dissect};
use serde_json::Value;

const CLIENT: &str = "192.0.2.40:1044";
const SERVER: &str = "198.51.100.5:8888";
const OTHER_SERVER: &str = "198.51.100.6:1700";

/// The records of what was captured, as JSON.
fn records(segments: &[Segment]) -> Vec<Value> {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    let mut options = Output::default();
    options.format = Format::JsonLines;
    let mut writer = RecordWriter::new(Vec::new(), options);
    dissect(std::slice::from_mut(&mut reader), &Options::default(), &mut writer)
        .expect("nothing fails");
    writer.finish().expect("vectors take any write");
    let text = String::from_utf8(writer.into_inner()).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn of_type<'r>(records: &'r [Value], wanted: &str) -> Vec<&'r Value> {
    records.iter().filter(|record| record["type"] == wanted).collect()
}

/// Who said what, whether it was compressed, and on whose behalf.
fn said(records: &[Value]) -> Vec<(&str, &str, bool, Option<&str>)> {
    let messages = of_type(records, "message");
    let said = messages.into_iter().map(|message| {
        let (from, name) = (message["from"].as_str().unwrap(), message["name"].as_str().unwrap());
        (from, name, message["inflated"] == true, message["sender"].as_str())
    });
    said.collect()
}

fn warnings(records: &[Value]) -> Vec<(&str, &str)> {
    let warnings = of_type(records, "warning")
        .into_iter()
        .map(|warning| (warning["kind"].as_str().unwrap(), warning["message"].as_str().unwrap()));
    warnings.collect()
}

/// Requests with the packet of each, how many answers came, and the packet of their end.
fn exchanges(records: &[Value]) -> Vec<(&str, u64, u64, Option<u64>)> {
    let exchanges = of_type(records, "exchange").into_iter().map(|exchange| {
        let request = &exchange["request"];
        let answers =
            exchange["answers"].as_object().unwrap().values().map(|n| n.as_u64().unwrap());
        let end = exchange["end"]["frame"].as_u64();
        (request["name"].as_str().unwrap(), request["frame"].as_u64().unwrap(), answers.sum(), end)
    });
    exchanges.collect()
}

/// opennap-ng: the eighth field of the login asks for compression, the answer grants it in the clear.
fn compressed_client() -> (Conversation, Deflater, Deflater) {
    let mut session = Conversation::new(at(CLIENT), at(SERVER));
    session.handshake().ask(2, r#"juno secret 6699 "nap v0.8" 7 1 0 6"#);
    session.tell(3, r#""juno@mail.example" 6"#);
    (session, Deflater::default(), Deflater::default())
}

fn frames(all: &[(u16, &str)]) -> Vec<u8> {
    all.iter().flat_map(|(code, payload)| frame(*code, payload.as_bytes())).collect()
}

#[test]
fn a_compressed_session_is_told_like_any_other() {
    let (mut session, mut up, mut down) = compressed_client();
    session.server(down.flush(&frames(&[(621, "VERSION opennap-ng 0.50"), (214, "5 60 1")])));
    session.client(up.flush(&frames(&[(200, r#"FILENAME CONTAINS "tide""#)])));
    session.server(down.flush(&frames(&[(202, "")])));
    session.client(up.flush(&frames(&[(402, "#tea hello")]))).fin(Side::Client);
    let records = records(&session.segments());
    assert_eq!(
        said(&records),
        [
            ("client", "login", false, None),
            ("server", "login_ack", false, None),
            ("server", "motd", true, None),
            ("server", "server_stats", true, None),
            ("client", "search_request", true, None),
            ("server", "search_end", true, None),
            ("client", "public_message", true, None),
        ]
    );
    let flow = of_type(&records, "flow")[0];
    assert_eq!(flow["undecoded"], 0);
    let session = &flow["session"];
    assert_eq!(session["searches"][0]["ended"], true);
    assert_eq!(session["said"][0]["first"], "hello");
    assert_eq!(warnings(&records), [("", ""); 0]);
}

#[test]
fn a_compressed_stream_can_be_cut_anywhere() {
    let (mut session, mut up, _) = compressed_client();
    session.segment_size(1);
    let lines: Vec<_> = (0..20).map(|line| (402, format!("#tea line {line}"))).collect();
    for (code, line) in &lines {
        session.client(up.flush(&frame(*code, line.as_bytes())));
    }
    let records = records(&session.fin(Side::Client).segments());
    assert_eq!(said(&records).iter().filter(|said| said.2).count(), 20);
}

#[test]
fn a_damaged_stream_ends_with_a_warning_and_not_with_garbage() {
    let (mut session, mut up, _) = compressed_client();
    session.client(up.flush(&frames(&[(402, "#tea one")])));
    // A block of a type that does not exist.
    session.client([0xff; 40]).client(up.flush(&frames(&[(402, "#tea two")])));
    let records = records(&session.fin(Side::Client).segments());
    let inflated: Vec<_> = said(&records).into_iter().filter(|said| said.2).collect();
    assert_eq!(inflated, [("client", "public_message", true, None)]);
    let warnings = warnings(&records);
    assert!(warnings[0].1.contains("compressed, but the stream is damaged"), "{warnings:?}");
    assert!(warnings.len() <= 2, "{warnings:?}");
}

#[test]
fn a_bomb_is_stopped() {
    let (mut session, _, _) = compressed_client();
    let talk = frame(402, [b"#tea ".as_slice(), &[b'a'; 60_000]].concat());
    let mut bomb = ZlibEncoder::new(Vec::new(), Compression::best());
    for _ in 0..200 {
        bomb.write_all(&talk).expect("vectors take any write");
    }
    session.client(bomb.finish().expect("vectors take any write"));
    let records = records(&session.fin(Side::Client).segments());
    let warnings = warnings(&records);
    assert!(
        warnings.iter().any(|(kind, message)| *kind == "limit" && message.contains("compressed")),
        "{warnings:?}"
    );
    assert_eq!(of_type(&records, "summary").len(), 1);
}

/// opennap: both introduce themselves in the clear, and are compressed behind that.
fn server_link() -> (Conversation, Deflater, Deflater) {
    let mut link = Conversation::new(at(OTHER_SERVER), at(SERVER));
    link.handshake().ask(10010, "two.example 1234 6").tell(10010, "one.example 4321 6");
    link.tell(10011, "0123456789abcdef0123456789abcdef");
    link.ask(10011, "fedcba9876543210fedcba9876543210");
    (link, Deflater::default(), Deflater::default())
}

#[test]
fn a_server_link_is_inflated_and_its_senders_are_told() {
    let (mut link, mut up, mut down) = server_link();
    link.client(up.flush(&frames(&[
        (402, ":juno #tea hello"),
        (205, ":juno basil hi there"),
        (10015, ":two.example juno 17 FILENAME CONTAINS \"tide \""),
    ])));
    link.server(down.flush(&frames(&[
        (10016, r#"17 basil "C:\a.mp3" 0123456789abcdef0123456789abcdef 1000 128 44100 60"#),
        (10017, "17"),
    ])));
    let records = records(&link.fin(Side::Client).segments());
    let said = said(&records);
    let plain: Vec<_> = said.iter().filter(|said| !said.2).map(|said| (said.0, said.1)).collect();
    assert_eq!(plain.len(), 4, "{said:?}");
    let inflated: Vec<_> = said.iter().filter(|said| said.2).collect();
    assert_eq!(inflated.len(), 5, "{said:?}");
    assert_eq!((inflated[0].1, inflated[0].3), ("public_message", Some("juno")));
    assert_eq!((inflated[1].1, inflated[1].3), ("private_message", Some("juno")));
    let flow = of_type(&records, "flow")[0];
    assert_eq!((&flow["protocol"], &flow["undecoded"]), (&"napster-link".into(), &0.into()));
    assert_eq!(flow.get("session"), None, "no user's session");
    let search: Vec<_> = exchanges(&records);
    assert_eq!(search.len(), 1, "{search:?}");
    assert_eq!((search[0].2, search[0].3.is_some()), (1, true));
}

/// The first line of the client is in step only with his second one, which is the last: both are
/// told behind the answers to them.
#[test]
fn answers_find_requests_that_are_told_late() {
    let mut session = Conversation::new(at(CLIENT), at(SERVER));
    session.ask(200, r#"FILENAME CONTAINS "tide""#);
    let hit = r#""C:\a.mp3" 0123456789abcdef0123456789abcdef 1000 128 44100 60 basil 158400715 4"#;
    session.tell_all(&[(201, hit), (201, hit), (202, "")]);
    session.ask(214, "").tell(214, "5 60 1");
    session.ask(211, "basil").tell(213, "basil").fin(Side::Client);
    let segments = session.segments();
    let records = records(&segments);
    let mut exchanges = exchanges(&records);
    exchanges.sort_by_key(|exchange| exchange.1);
    // The other side acknowledges each burst before it answers.
    assert_eq!(
        exchanges,
        [
            ("search_request", 1, 2, Some(3)),
            ("stats_request", 5, 1, Some(7)),
            ("browse_request", 9, 0, Some(11)),
        ]
    );
    let session = &of_type(&records, "flow")[0]["session"];
    assert_eq!(session["searches"][0]["results"], 2);
}

/// An answer that came before the request is none to it.
#[test]
fn what_came_before_a_request_does_not_answer_it() {
    let mut session = Conversation::new(at(CLIENT), at(SERVER));
    session.tell(214, "4 50 1").tell(404, "hello there").wait(50);
    session.ask(214, "").ask(402, "#tea hello").fin(Side::Client);
    let records = records(&session.segments());
    let open: Vec<_> =
        exchanges(&records).into_iter().map(|exchange| (exchange.0, exchange.3)).collect();
    assert_eq!(open, [("stats_request", None), ("public_message", None)]);
}

/// The number of answers that wait is bounded, and what had no room is told.
#[test]
fn answers_to_nothing_do_not_pile_up() {
    let mut session = Conversation::new(at(CLIENT), at(SERVER));
    for number in 0..700 {
        session.tell(403, format!("#tea basil line {number}"));
    }
    let records = records(&session.segments());
    let summary = of_type(&records, "summary")[0];
    assert_eq!(summary["omitted"]["early_answers"], 700 - 512);
}
