//! Records that are kept and told later: what is written of them is what is written of records that
//! are told at once.

mod output_records;

use napster_codec::{Direction, Items, Value as Field, Visit};
use napster_dissect::output::{Format, Options, RecordWriter};
use napster_dissect::story::{Kept, Record, Session};
use output_records::{
    SEARCH_RESULT, capture, exchange, flow, framed, interface, link, named, on_link, options,
    poor_transfer, session, summary, time, to_client, to_server, transfer, warning, written,
};
use serde_json::Value;

#[test]
fn what_is_told_later_is_written_as_at_once() {
    with_every_record(|records| {
        for change in [
            |_: &mut Options| {},
            |options: &mut Options| {
                options.raw = true;
                options.show_secrets = true;
            },
        ] {
            for format in [Format::Text, Format::Json, Format::JsonLines] {
                let expected = written(options(format, change), records);
                assert_eq!(told_later(options(format, change), records, 0), expected);
            }
        }
    });
}

/// Every number of a flow is under the key `flow`, and nothing else is.
#[test]
fn flows_are_numbered_on() {
    const FIRST: u64 = 1000;
    with_every_record(|records| {
        let lines = |text: &str| -> Vec<Value> {
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
        };
        let at_once = written(options(Format::JsonLines, |_| {}), records);
        let later = told_later(options(Format::JsonLines, |_| {}), records, FIRST);
        let mut expected = lines(&at_once);
        let count: u64 = expected.iter_mut().map(|record| number_on(record, FIRST)).sum();
        assert!(count > 20, "{count} numbers");
        assert_eq!(lines(&later), expected);
    });
}

#[test]
fn what_is_cleared_is_not_told_again() {
    let mut kept = Kept::default();
    let mut told = Vec::new();
    for payload in [b"#tea foo good evening".as_slice(), b"#tea bob and to you"] {
        kept.record(&to_client(403, payload));
        let mut writer = RecordWriter::new(Vec::new(), options(Format::JsonLines, |_| {}));
        kept.tell(&mut writer).expect("a vector takes all");
        kept.clear();
        writer.finish().expect("a vector takes all");
        told.push(String::from_utf8(writer.into_inner()).expect("UTF-8"));
        assert_eq!(kept.size(), 0);
    }
    assert!(told[0].contains("good evening") && told[1].contains("and to you"), "{told:?}");
    assert!(told.iter().all(|told| told.lines().count() == 1), "{told:?}");
}

/// What a record holds counts: texts of any length must not take memory that nobody knows of.
#[test]
fn sizes_grow_with_what_is_held() {
    let size = |record: &Record<'_>| {
        let mut kept = Kept::default();
        kept.record(record);
        assert!(kept.memory() >= kept.size());
        kept.size()
    };
    let text = vec![b'x'; 10_000];
    let grown = |small: usize, big: usize| {
        assert!((small + 9_900..small + 10_200).contains(&big), "{small} {big}");
    };
    grown(size(&to_client(621, b"")), size(&to_client(621, &text)));
    grown(size(&named(&Fields, Some(b""))), size(&named(&Fields, Some(&text))));
    let mut changed = transfer();
    changed.file = Some([b"C:\\music\\a.mp3".as_slice(), &text].concat());
    grown(size(&Record::Transfer(&transfer())), size(&Record::Transfer(&changed)));
    let mut changed = warning();
    changed.message.push_str(&String::from_utf8_lossy(&text));
    grown(size(&Record::Warning(&warning())), size(&Record::Warning(&changed)));
    let grow: [fn(&mut Session, Vec<u8>); 7] = [
        |session, text| session.nick = Some(text),
        |session, text| session.searches[1].query = text,
        |session, text| session.browses[0].nick = text,
        |session, text| session.transfers[1].file = text,
        |session, text| session.uploads[1].nick = Some(text),
        |session, text| session.channels.push(text),
        |session, text| session.said[1].first = text,
    ];
    for grow in grow {
        let (mut small, mut big) = (flow(), flow());
        let mut grown_session = session();
        grow(&mut grown_session, text.clone());
        small.session = Some(session().into());
        big.session = Some(grown_session.into());
        grown(size(&Record::Flow(&small)), size(&Record::Flow(&big)));
    }
    let mut changed = summary();
    changed.sessions[0].client_info = Some([b"nap v0.8".as_slice(), &text].concat());
    grown(size(&Record::Summary(&summary())), size(&Record::Summary(&changed)));
}

/// One of each kind of record, with all that they can hold.
fn with_every_record(check: impl Fn(&[Record<'_>])) {
    let mut chatty = flow();
    chatty.session = Some(session().into());
    let payload = b"foo secret 6699 \"nap v0.8\" 3";
    check(&[
        Record::Capture(&capture()),
        Record::Interface(&interface()),
        to_server(2, payload),
        to_client(201, SEARCH_RESULT),
        on_link(201, SEARCH_RESULT),
        Record::Message(framed(9999, Direction::ToClient, b"\0\x01\xff")),
        named(&Fields, Some(b"\x01\x02")),
        named(&Fields, None),
        Record::Link(&link()),
        Record::Exchange(&exchange()),
        Record::Transfer(&transfer()),
        Record::Transfer(&poor_transfer()),
        Record::Warning(&warning()),
        Record::Flow(&flow()),
        Record::Flow(&chatty),
        Record::Summary(&summary()),
    ]);
}

/// Values of every kind.
struct Fields;

impl Visit for Fields {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Field<'_>)) {
        visitor("unsigned", Field::Unsigned(u64::MAX));
        visitor("signed", Field::Signed(-3));
        visitor("text", Field::Text(b"caf\xe9"));
        visitor("password", Field::Secret(b"secret"));
        visitor("latin1", Field::Latin1(b"\xe9\x01"));
        visitor("hex", Field::Hex(&[0, 0xff]));
        visitor("address", Field::Address([10, 0, 0, 1].into()));
        visitor("flag", Field::Flag(true));
        visitor("spelling", Field::Spelling(true));
        visitor("songs", Field::List(&Songs));
        visitor("group", Field::Group(&output_records::Request));
    }
}

struct Songs;

impl Items for Songs {
    fn for_each(&self, visitor: &mut dyn FnMut(Field<'_>)) {
        visitor(Field::Text(b"Blue Lamp"));
        visitor(Field::Group(&output_records::Request));
    }
}

fn told_later(options: Options, records: &[Record<'_>], first_flow: u64) -> String {
    let mut kept = Kept::default();
    kept.started(time(0));
    for record in records {
        kept.record(record);
    }
    let mut writer = RecordWriter::new(Vec::new(), options);
    kept.number_from(first_flow);
    assert_eq!(kept.len(), records.len());
    kept.tell(&mut writer).expect("a vector takes all");
    writer.finish().expect("a vector takes all");
    String::from_utf8(writer.into_inner()).expect("output is UTF-8")
}

/// Adds to each number of a flow, and counts them.
fn number_on(value: &mut Value, first: u64) -> u64 {
    match value {
        Value::Object(members) => members
            .iter_mut()
            .map(|(key, value)| match value.as_u64().filter(|_| key == "flow") {
                Some(number) => {
                    *value = (number + first).into();
                    1
                }
                None => number_on(value, first),
            })
            .sum(),
        Value::Array(values) => values.iter_mut().map(|value| number_on(value, first)).sum(),
        _ => 0,
    }
}
