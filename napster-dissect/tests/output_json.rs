//! JSON: every form of every record, as the contract writes it.

mod output_records;

use napster_codec::dialogue::Answers;
use napster_codec::{ByteOrder, Code, Direction, Value, Visit};
use napster_dissect::capture::Stamp;
use napster_dissect::output::Format;
use napster_dissect::story::{
    Body, CaptureRecord, ExchangeRecord, FlowRecord, MessageRecord, Record, TransferRecord,
    WarningKind, WarningRecord,
};

use output_records::*;

#[test]
fn captures_and_interfaces() {
    assert_eq!(
        json(&Record::Capture(&capture())),
        r#"{"type":"capture","capture":0,"schema":1,"file":"evening.pcapng","format":"pcapng","compression":null}"#
    );
    let odd = CaptureRecord {
        capture: 3,
        file: "a \"b\"\n\u{9b}é.pcap".to_owned(),
        format: "pcap-ns",
        compression: Some("gzip"),
    };
    assert_eq!(
        json(&Record::Capture(&odd)),
        r#"{"type":"capture","capture":3,"schema":1,"file":"a \"b\"\n\u009bé.pcap","format":"pcap-ns","compression":"gzip"}"#
    );
    assert_eq!(
        json(&Record::Interface(&interface())),
        r#"{"type":"interface","capture":0,"interface":0,"link_type":"ethernet","snap_length":262144}"#
    );
}

#[test]
fn a_message_of_the_client() {
    let record = to_server(2, b"foo badpass 6699 \"nap v0.8\" 3");
    assert_eq!(
        json(&record),
        r#"{"type":"message","capture":0,"frame":4,"time":"2000-11-21T20:00:00.000120000Z","flow":0,"protocol":"napster","from":"client","src":"10.0.0.2:1877","dst":"10.0.0.1:8888","name":"login","code":2,"fields":{"nick":"foo","password":"***","data_port":6699,"client_info":"nap v0.8","link_type":3},"offset":0,"length":33,"diagnostics":[]}"#
    );
}

#[test]
fn a_message_of_the_server() {
    let mut message = framed(201, Direction::ToClient, SEARCH_RESULT);
    message.stamp = stamp(9, 2_500_000);
    message.offset = 120;
    message.length = 96;
    assert_eq!(
        json(&Record::Message(message)),
        r#"{"type":"message","capture":0,"frame":9,"time":"2000-11-21T20:00:02.500000000Z","flow":0,"protocol":"napster","from":"server","src":"10.0.0.1:8888","dst":"10.0.0.2:1877","name":"search_result","code":201,"fields":{"filename":"C:\\music\\a.mp3","md5":"0123456789abcdef0123456789abcdef","size":443332,"bitrate":128,"frequency":44100,"duration":60,"nick":"bob","ip":"10.1.2.3","link_type":4},"offset":120,"length":96,"diagnostics":[]}"#
    );
}

#[test]
fn every_kind_of_value() {
    for (code, payload, fields) in [
        // A list of groups, with numbers of both kinds.
        (
            200,
            b"FILENAME CONTAINS \"a\" MAX_RESULTS 5 BITRATE \"AT LEAST\" \"128\"".as_slice(),
            r#"{"query":[{"clause":"filename_contains","value":"a"},{"clause":"max_results","value":5},{"clause":"bitrate","compare":"at_least","value":128}]}"#,
        ),
        // Quotes without a meaning are not shown.
        (200, b"MAX_RESULTS \"5\"", r#"{"query":[{"clause":"max_results","value":5}]}"#),
        // A group.
        (14, b"NAME:Ann CITY:Bonn", r#"{"profile":{"NAME":"Ann","CITY":"Bonn"}}"#),
        // Text that is no UTF-8.
        (205, b"bob caf\xe9 \x1b[0m", r#"{"to":"bob","message":"café \u001b[0m"}"#),
        (205, b"bob caf\xc3\xa9", r#"{"to":"bob","message":"café"}"#),
    ] {
        let line = json(&to_server(code, payload));
        assert!(line.contains(&format!(r#","fields":{fields},"#)), "{line}");
    }
    // Quotes with a meaning are.
    let line = json(&to_client(3, b"\"foo@bar\""));
    assert!(line.contains(r#""fields":{"email":"foo@bar","email_quoted":true}"#), "{line}");
}

/// Values that no payload of the table brings together.
struct Odd;

impl Visit for Odd {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("signed", Value::Signed(-3));
        visitor("large", Value::Unsigned(u64::MAX));
        visitor("hex", Value::Hex(b"\x00\xff"));
        visitor("latin1", Value::Latin1(b"\x00\xe9\"\\"));
        visitor("flag", Value::Flag(false));
        visitor("spelling", Value::Spelling(true));
        visitor("text", Value::Text(b"\xff"));
    }
}

#[test]
fn odd_values() {
    let line = json(&named(&Odd, None));
    let fields = r#""fields":{"signed":-3,"large":18446744073709551615,"hex":"00ff","latin1":"\u0000é\"\\","flag":false,"text":"ÿ"}"#;
    assert!(line.contains(fields), "{line}");
    let line = json_with(&named(&Odd, None), |options| {
        options.encoding = "utf-8".parse().expect("a label");
    });
    assert!(line.contains(r#""text":{"bytes":"ff"}}"#), "{line}");
}

#[test]
fn messages_without_a_code() {
    let raw = b"foo \"C:\\music\\a.mp3\" 0";
    assert_eq!(
        json(&named(&Request, Some(raw))),
        r#"{"type":"message","capture":0,"frame":31,"time":"2000-11-21T20:00:09.100000000Z","flow":3,"protocol":"napster-peer","from":"client","src":"10.0.0.2:1901","dst":"10.1.2.3:6699","name":"get_request","fields":{"nick":"foo","filename":"C:\\music\\a.mp3","offset":0},"offset":3,"length":22,"diagnostics":[]}"#
    );
    let with_raw = |raw| json_with(&named(&Request, raw), |options| options.raw = true);
    assert!(
        with_raw(Some(raw))
            .ends_with(r#""diagnostics":[],"raw":"666f6f2022433a5c6d757369635c612e6d7033222030"}"#)
    );
    assert!(with_raw(None).ends_with(r#""diagnostics":[]}"#));
}

#[test]
fn addresses_of_the_other_version_have_brackets() {
    let mut message = framed(209, Direction::ToClient, b"bob 4");
    message.source = address("[2001:db8::5]:4711");
    message.destination = address("[::ffff:10.0.0.2]:1");
    let line = json(&Record::Message(message));
    assert!(line.contains(r#""src":"[2001:db8::5]:4711","dst":"[::ffff:10.0.0.2]:1""#), "{line}");
}

#[test]
fn raw_where_it_is_asked_for() {
    let ping = to_server(751, b"bob");
    assert!(!json(&ping).contains("raw"));
    let line = json_with(&ping, |options| options.raw = true);
    assert!(line.ends_with(r#""diagnostics":[],"raw":"626f62"}"#), "{line}");
    // An empty payload has an empty one.
    let line = json_with(&to_server(750, b""), |options| options.raw = true);
    assert!(line.ends_with(r#","raw":""}"#), "{line}");
}

#[test]
fn inflated_messages_say_so() {
    let mut message = framed(751, Direction::ToServer, b"bob");
    message.inflated = true;
    let line = json(&Record::Message(message));
    assert!(line.ends_with(r#""length":7,"inflated":true,"diagnostics":[]}"#), "{line}");
}

#[test]
fn deviations_are_listed() {
    let line = json(&to_client(202, b"3 results"));
    assert!(
        line.ends_with(
            r#""name":"search_end","code":202,"fields":{"extra":"3 results"},"offset":0,"length":13,"diagnostics":[{"kind":"extra_field","field":"","start":0,"end":9,"message":"bytes 0..9: expected the end of the payload (extra_field)"}]}"#
        ),
        "{line}"
    );
}

#[test]
fn a_payload_that_does_not_fit_has_its_error_and_its_bytes() {
    let line = json(&to_client(214, b"52  many 31"));
    assert!(
        line.ends_with(
            r#""fields":{"users":52},"offset":0,"length":15,"diagnostics":[{"kind":"double_space","field":"files","start":2,"end":4,"message":"field `files`, bytes 2..4: expected one blank between two fields (double_space)"},{"kind":"not_a_number","field":"files","start":4,"end":8,"message":"message 214, field `files`, bytes 4..8: expected a decimal number (not_a_number)"}],"raw":"353220206d616e79203331"}"#
        ),
        "{line}"
    );
}

#[test]
fn deviations_beyond_the_limit_are_counted() {
    let payload = format!("#pub{}", "  bob".repeat(50));
    let line = json(&to_server(10205, payload.as_bytes()));
    let record: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let diagnostics = record["diagnostics"].as_array().expect("a list");
    assert_eq!(diagnostics.len(), 33, "{line}");
    let last = &diagnostics[32];
    assert_eq!(last["kind"], "more_deviations");
    assert_eq!(last["end"], payload.len());
    assert_eq!(last["message"], "18 further deviations are not listed");
}

#[test]
fn unknown_codes_have_no_fields_but_their_bytes() {
    let line = json(&to_server(9997, b"what\xff"));
    assert!(
        line.ends_with(
            r#""name":"unknown","code":9997,"fields":{},"offset":0,"length":9,"diagnostics":[],"raw":"77686174ff"}"#
        ),
        "{line}"
    );
    let line = json(&to_client(400, b"#tea"));
    assert!(
        line.ends_with(
            r#""name":"unknown","code":400,"fields":{},"offset":0,"length":8,"diagnostics":[{"kind":"wrong_direction","field":"","start":0,"end":4,"message":"bytes 0..4: expected this message from the other side (wrong_direction)"}],"raw":"23746561"}"#
        ),
        "{line}"
    );
}

#[test]
fn messages_of_links_have_a_sender() {
    let line = json(&on_link(205, b":bob ann hello"));
    assert!(
        line.contains(
            r#""protocol":"napster-link","from":"client","src":"10.0.0.2:1877","dst":"10.0.0.1:8888","name":"private_message","code":205,"sender":"bob","fields":{"to":"ann","message":"hello"},"#
        ),
        "{line}"
    );
    // Without one the key is absent.
    assert!(!json(&to_server(205, b":bob hello")).contains("sender"));
}

#[test]
fn links_and_exchanges() {
    assert_eq!(
        json(&Record::Link(&link())),
        r#"{"type":"link","capture":0,"frame":30,"time":"2000-11-21T20:00:09.000000000Z","flow":3,"announced":{"flow":0,"frame":21,"name":"download_ack"}}"#
    );
    assert_eq!(
        json(&Record::Exchange(&exchange())),
        r#"{"type":"exchange","capture":0,"frame":11,"time":"2000-11-21T20:00:02.600000000Z","flow":0,"request":{"frame":8,"name":"search_request"},"answers":{"search_result":1},"end":{"frame":11,"name":"search_end"}}"#
    );
    let unanswered = ExchangeRecord { answers: Answers::default(), end: None, ..exchange() };
    assert!(json(&Record::Exchange(&unanswered)).ends_with(r#""answers":{},"end":null}"#));
}

#[test]
fn transfers() {
    assert_eq!(
        json(&Record::Transfer(&transfer())),
        format!(
            r#"{{"type":"transfer","capture":0,"frame":412,"time":"2000-11-21T20:01:30.000000000Z","flow":3,"kind":"download","uploader":{{"nick":"bob","address":"10.1.2.3:6699"}},"downloader":{{"nick":"foo","address":"10.0.0.2:1901"}},"file":"C:\\music\\a.mp3","offset":0,"size":443332,"bytes":443332,"complete":true,"ended":"complete","error":null,"gap_bytes":0,"sha256":"{}","announced":{{"flow":0,"frame":21,"name":"download_ack"}}}}"#,
            "ab".repeat(32)
        )
    );
    assert_eq!(
        json(&Record::Transfer(&poor_transfer())),
        r#"{"type":"transfer","capture":0,"frame":412,"time":"2000-11-21T20:01:30.000000000Z","flow":3,"kind":"push","uploader":{"nick":null,"address":"10.1.2.3:1050"},"downloader":{"nick":"a b","address":"10.0.0.2:6699"},"file":null,"offset":1000,"size":null,"bytes":0,"complete":false,"ended":"refused","error":"INVALID REQUEST\u0007","gap_bytes":12,"sha256":null,"announced":null,"saved_as":"out/1.mp3"}"#
    );
    let bytes = TransferRecord { file: Some(b"\xff".to_vec()), ..transfer() };
    let line = json_with(&Record::Transfer(&bytes), |options| {
        options.encoding = "utf-8".parse().expect("a label");
    });
    assert!(line.contains(r#""file":{"bytes":"ff"},"#), "{line}");
}

#[test]
fn flows() {
    let head = r#"{"type":"flow","capture":0,"frame":500,"time":"2000-11-21T20:01:35.000000000Z","flow":0,"protocol":"napster","client":"10.0.0.2:1877","server":"[2001:db8::5]:8888","start":"2000-11-21T20:00:00.000000000Z","end":"2000-11-21T20:01:35.000000000Z","packets":120,"bytes_client":634,"bytes_server":15580,"messages":62,"file_bytes":0,"undecoded":200,"closed":"fin","gaps":2,"gap_bytes":900,"retransmitted":33,"overlap_conflicts":1,"out_of_order":4"#;
    assert_eq!(json(&Record::Flow(&flow())), format!("{head}}}"));
    let with_session = FlowRecord { session: Some(session().into()), ..flow() };
    assert_eq!(
        json(&Record::Flow(&with_session)),
        format!(
            r##"{head},"session":{{"nick":"foo","client_info":"nap v0.8","link_type":3,"data_port":6699,"email":"foo@mail.example","logged_in":true,"searches":[{{"query":"FILENAME CONTAINS \"tide\"","results":7,"ended":true}},{{"query":"","results":1,"ended":false}}],"browses":[{{"nick":"ann","files":1234,"ended":true}}],"transfers":[{{"nick":"bob","file":"C:\\music\\a b.mp3","answer":"download_ack","flow":3,"size":443332,"bytes":443332,"ended":"complete"}},{{"nick":"bob","file":"b.mp3","answer":"download_error","flow":null,"size":null,"bytes":0,"ended":null}}],"uploads":[{{"nick":"eve","file":"c.mp3","answer":null,"flow":4,"size":null,"bytes":5000,"ended":"aborted"}},{{"nick":null,"file":"d.mp3","answer":null,"flow":5,"size":null,"bytes":0,"ended":null}}],"channels":["#tea","#café"],"said":[{{"channel":"#tea","lines":2,"first":"hello there"}},{{"nick":"bob","lines":1,"first":"hi"}}],"omitted":2}}}}"##
        )
    );
    let empty = FlowRecord { session: Some(Default::default()), ..flow() };
    assert!(json(&Record::Flow(&empty)).ends_with(
        r#","session":{"nick":null,"client_info":null,"link_type":null,"data_port":null,"email":null,"logged_in":false,"searches":[],"browses":[],"transfers":[],"uploads":[],"channels":[],"said":[],"omitted":0}}"#
    ));
}

#[test]
fn warnings() {
    assert_eq!(
        json(&Record::Warning(&warning())),
        r#"{"type":"warning","capture":0,"kind":"gap","flow":5,"frame":733,"offset":90112,"message":"2,896 bytes from 10.0.0.1:8888 were not captured; 3 messages found again behind them"}"#
    );
    let bare = WarningRecord {
        kind: WarningKind::Truncated,
        message: "\u{1b}[31m".to_owned(),
        flow: None,
        frame: None,
        offset: None,
        ..warning()
    };
    assert_eq!(
        json(&Record::Warning(&bare)),
        r#"{"type":"warning","capture":0,"kind":"truncated","message":"\u001b[31m"}"#
    );
}

#[test]
fn summaries() {
    assert_eq!(
        json(&Record::Summary(&summary())),
        r#"{"type":"summary","capture":0,"packets":1250,"bytes":98765,"flows":{"napster":1,"unknown":2},"messages":{"total":3,"by_name":{"login":1,"search_result":2}},"transfers":{"complete":1},"warnings":{"gap":1},"omitted":{"servers_known":7},"sessions":[{"flow":0,"client":"10.0.0.2:1877","server":"[2001:db8::5]:8888","nick":"foo","client_info":"nap v0.8","logged_in":true,"searches":2,"results":8,"browses":1,"transfers":2,"complete":1,"lines":3}],"chains":[{"server":"10.0.0.1:6301","clients":[{"host":"10.0.0.2","port":6302,"sources":[{"flow":6,"address":"10.0.0.1:6301","client":null,"announced":{"flow":5,"frame":40,"name":"stream_port"},"bytes":32000}],"left":{"flow":7,"frame":90,"name":"disconnect"}},{"host":"2001:db8::5","port":null,"sources":[{"flow":7,"address":"10.0.0.2:6302","client":0,"announced":null,"bytes":32000},{"flow":8,"address":"10.0.0.1:6301","client":null,"announced":{"flow":7,"frame":90,"name":"disconnect"},"bytes":32000}],"left":null}]}]}"#
    );
}

#[test]
fn one_document_has_the_same_objects() {
    let (capture, link) = (capture(), link());
    let records = || [Record::Capture(&capture), Record::Link(&link)];
    let document = written(options(Format::Json, |_| {}), &records());
    let lines = written(options(Format::JsonLines, |_| {}), &records());
    let joined = lines.trim_end().replace('\n', ",\n");
    assert_eq!(document, format!("{{\"records\":[\n{joined}\n]}}\n"));
    // Nothing begun, nothing ended: the command could not run.
    assert_eq!(written(options(Format::Json, |_| {}), &[]), "");
}

#[test]
fn a_summary_leaves_messages_out() {
    let (capture, interface, link, exchange) = (capture(), interface(), link(), exchange());
    let (transfer, flow, warning, summary) = (transfer(), flow(), warning(), summary());
    let records = [
        Record::Capture(&capture),
        Record::Interface(&interface),
        to_server(214, b"x"),
        Record::Link(&link),
        Record::Exchange(&exchange),
        Record::Transfer(&transfer),
        Record::Flow(&flow),
        Record::Warning(&warning),
        Record::Summary(&summary),
    ];
    let text = written(options(Format::JsonLines, |options| options.summary_only = true), &records);
    let types: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|record| record["type"].as_str().expect("a type").to_owned())
        .collect();
    assert_eq!(types, ["capture", "transfer", "flow", "warning", "summary"]);
}

#[test]
fn stamps_of_other_inputs() {
    let message = MessageRecord {
        stamp: Stamp { capture: 2, frame: 1, time: time(0) },
        body: Body::Framed {
            code: Code(751),
            direction: Direction::ToServer,
            order: ByteOrder::Big,
            payload: b"bob",
        },
        ..framed(751, Direction::ToServer, b"")
    };
    let line = json(&Record::Message(message));
    assert!(line.starts_with(r#"{"type":"message","capture":2,"frame":1,"#), "{line}");
}
