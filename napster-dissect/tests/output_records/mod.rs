//! Records made by hand, and what the outputs make of them.

#![allow(dead_code, reason = "each test that includes this uses a part of it")]

use std::net::SocketAddr;

use napster_codec::dialogue::Answers;
use napster_codec::{ByteOrder, Code, Direction, Value, Visit};
use napster_dissect::capture::{Stamp, Timestamp};
use napster_dissect::output::{Format, Options, RecordWriter};
use napster_dissect::story::{
    Announcement, Body, CaptureRecord, Chain, ChainClient, ChainSource, ExchangeRecord, FlowRecord,
    InterfaceRecord, LinkRecord, MessagePlace, MessageRecord, Party, Protocol, Record,
    RecordSink as _, Session, SessionBrowse, SessionCounts, SessionSearch, SessionSummary,
    SessionTalk, SessionTransfer, SummaryRecord, TalkPlace, TransferEnd, TransferKind,
    TransferRecord, WarningKind, WarningRecord,
};
use napster_dissect::tcp::{Closed, FlowStats, Side};

pub(crate) const SEARCH_RESULT: &[u8] =
    b"\"C:\\music\\a.mp3\" 0123456789abcdef0123456789abcdef 443332 128 44100 60 bob 50462986 4";

/// 2000-11-21T20:00:00Z.
const EVENING: u64 = 974_836_800;

/// What an output makes of records, all of them.
pub(crate) fn written(options: Options, records: &[Record<'_>]) -> String {
    let mut writer = RecordWriter::new(Vec::new(), options);
    writer.started(time(0));
    for record in records {
        writer.record(record).expect("a vector takes all");
    }
    writer.finish().expect("a vector takes all");
    String::from_utf8(writer.into_inner()).expect("output is UTF-8")
}

/// Options of a form, changed.
pub(crate) fn options(format: Format, change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    options.format = format;
    change(&mut options);
    options
}

/// One record as a line of JSON, without its line feed.
pub(crate) fn json(record: &Record<'_>) -> String {
    json_with(record, |_| {})
}

pub(crate) fn json_with(record: &Record<'_>, change: impl FnOnce(&mut Options)) -> String {
    let all = written(options(Format::JsonLines, change), std::slice::from_ref(record));
    let line = all.strip_suffix('\n').expect("a line ends");
    assert!(!line.contains('\n'), "one record, one line");
    line.to_owned()
}

/// Microseconds after the evening began.
pub(crate) fn time(micros: u64) -> Timestamp {
    Timestamp::from_parts(EVENING, micros * 1000)
}

pub(crate) fn stamp(frame: u64, micros: u64) -> Stamp {
    Stamp { capture: 0, frame, time: time(micros) }
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A message of a session between 10.0.0.2:1877 and 10.0.0.1:8888.
pub(crate) fn framed(code: u16, direction: Direction, payload: &[u8]) -> MessageRecord<'_> {
    let from = if direction == Direction::ToClient { Side::Server } else { Side::Client };
    let (client, server) = (address("10.0.0.2:1877"), address("10.0.0.1:8888"));
    let (source, destination) =
        if from == Side::Client { (client, server) } else { (server, client) };
    let protocol = match direction {
        Direction::ServerLink => Protocol::NapsterLink,
        _ => Protocol::Napster,
    };
    MessageRecord {
        stamp: stamp(4, 120),
        flow: 0,
        protocol,
        from,
        source,
        destination,
        offset: 0,
        length: payload.len() as u64 + 4,
        inflated: false,
        body: Body::Framed { code: Code(code), direction, order: ByteOrder::Little, payload },
    }
}

pub(crate) fn to_server(code: u16, payload: &[u8]) -> Record<'_> {
    Record::Message(framed(code, Direction::ToServer, payload))
}

pub(crate) fn to_client(code: u16, payload: &[u8]) -> Record<'_> {
    Record::Message(framed(code, Direction::ToClient, payload))
}

pub(crate) fn on_link(code: u16, payload: &[u8]) -> Record<'_> {
    Record::Message(framed(code, Direction::ServerLink, payload))
}

/// The fields of a message without a code.
pub(crate) struct Request;

impl Visit for Request {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("nick", Value::Text(b"foo"));
        visitor("filename", Value::Text(b"C:\\music\\a.mp3"));
        visitor("offset", Value::Unsigned(0));
    }
}

pub(crate) fn named<'a>(fields: &'a dyn Visit, raw: Option<&'a [u8]>) -> Record<'a> {
    Record::Message(MessageRecord {
        stamp: stamp(31, 9_100_000),
        flow: 3,
        protocol: Protocol::NapsterPeer,
        from: Side::Client,
        source: address("10.0.0.2:1901"),
        destination: address("10.1.2.3:6699"),
        offset: 3,
        length: 22,
        inflated: false,
        body: Body::Named { name: "get_request", fields, diagnostics: &[], raw },
    })
}

pub(crate) fn capture() -> CaptureRecord {
    CaptureRecord {
        capture: 0,
        file: "evening.pcapng".to_owned(),
        format: "pcapng",
        compression: None,
    }
}

pub(crate) fn interface() -> InterfaceRecord {
    InterfaceRecord {
        capture: 0,
        interface: 0,
        link_type: "ethernet".to_owned(),
        snap_length: 262_144,
    }
}

pub(crate) const ANNOUNCED: Announcement =
    Announcement { flow: 0, frame: 21, name: "download_ack" };

pub(crate) fn link() -> LinkRecord {
    LinkRecord { stamp: stamp(30, 9_000_000), flow: 3, announced: ANNOUNCED }
}

pub(crate) fn exchange() -> ExchangeRecord {
    ExchangeRecord {
        stamp: stamp(11, 2_600_000),
        flow: 0,
        request: MessagePlace { frame: 8, name: "search_request" },
        direction: Direction::ToClient,
        answers: Answers::of(Code(201), 1),
        end: Some(MessagePlace { frame: 11, name: "search_end" }),
        endless: false,
    }
}

pub(crate) fn transfer() -> TransferRecord {
    TransferRecord {
        stamp: stamp(412, 90_000_000),
        flow: 3,
        kind: TransferKind::Download,
        uploader: Party { nick: Some(b"bob".to_vec()), address: address("10.1.2.3:6699") },
        downloader: Party { nick: Some(b"foo".to_vec()), address: address("10.0.0.2:1901") },
        file: Some(b"C:\\music\\a.mp3".to_vec()),
        offset: 0,
        size: Some(443_332),
        remaining: false,
        bytes: 443_332,
        complete: true,
        ended: TransferEnd::Complete,
        error: None,
        gap_bytes: 0,
        sha256: Some([0xab; 32]),
        announced: Some(ANNOUNCED),
        saved_as: None,
    }
}

/// A transfer about which little is known.
pub(crate) fn poor_transfer() -> TransferRecord {
    TransferRecord {
        kind: TransferKind::Push,
        uploader: Party { nick: None, address: address("10.1.2.3:1050") },
        downloader: Party { nick: Some(b"a b".to_vec()), address: address("10.0.0.2:6699") },
        file: None,
        offset: 1000,
        size: None,
        remaining: false,
        bytes: 0,
        complete: false,
        ended: TransferEnd::Refused,
        error: Some(b"INVALID REQUEST\x07".to_vec()),
        gap_bytes: 12,
        sha256: None,
        announced: None,
        saved_as: Some("out/1.mp3".to_owned()),
        ..transfer()
    }
}

pub(crate) fn flow() -> FlowRecord {
    FlowRecord {
        stamp: stamp(500, 95_000_000),
        flow: 0,
        protocol: Protocol::Napster,
        client: address("10.0.0.2:1877"),
        server: address("[2001:db8::5]:8888"),
        stats: FlowStats {
            start: time(0),
            end: time(95_000_000),
            packets: 120,
            bytes: [634, 15_580],
            gaps: 2,
            gap_bytes: 900,
            retransmitted: 33,
            overlap_conflicts: 1,
            out_of_order: 4,
            ..FlowStats::default()
        },
        messages: 62,
        file_bytes: 0,
        undecoded: 200,
        closed: Closed::Fin,
        session: None,
    }
}

pub(crate) fn session() -> Session {
    Session {
        nick: Some(b"foo".to_vec()),
        client_info: Some(b"nap v0.8".to_vec()),
        link_type: Some(3),
        data_port: Some(6699),
        email: Some(b"foo@mail.example".to_vec()),
        logged_in: true,
        searches: vec![
            SessionSearch {
                query: b"FILENAME CONTAINS \"tide\"".to_vec(),
                results: 7,
                ended: true,
            },
            SessionSearch { query: Vec::new(), results: 1, ended: false },
        ],
        browses: vec![SessionBrowse { nick: b"ann".to_vec(), files: 1234, ended: true }],
        transfers: vec![
            SessionTransfer {
                nick: Some(b"bob".to_vec()),
                file: b"C:\\music\\a b.mp3".to_vec(),
                answer: Some("download_ack"),
                flow: Some(3),
                size: Some(443_332),
                bytes: 443_332,
                ended: Some(TransferEnd::Complete),
            },
            SessionTransfer {
                nick: Some(b"bob".to_vec()),
                file: b"b.mp3".to_vec(),
                answer: Some("download_error"),
                ..SessionTransfer::default()
            },
        ],
        uploads: vec![
            SessionTransfer {
                nick: Some(b"eve".to_vec()),
                file: b"c.mp3".to_vec(),
                flow: Some(4),
                bytes: 5000,
                ended: Some(TransferEnd::Aborted),
                ..SessionTransfer::default()
            },
            SessionTransfer { file: b"d.mp3".to_vec(), flow: Some(5), ..Default::default() },
        ],
        channels: vec![b"#tea".to_vec(), b"#caf\xe9".to_vec()],
        said: vec![
            SessionTalk {
                place: TalkPlace::Channel(b"#tea".to_vec()),
                lines: 2,
                first: b"hello there".to_vec(),
            },
            SessionTalk {
                place: TalkPlace::User(b"bob".to_vec()),
                lines: 1,
                first: b"hi".to_vec(),
            },
        ],
        omitted: 2,
        counts: SessionCounts::default(),
    }
}

pub(crate) fn session_summary() -> SessionSummary {
    SessionSummary {
        flow: 0,
        client: address("10.0.0.2:1877"),
        server: address("[2001:db8::5]:8888"),
        nick: Some(b"foo".to_vec()),
        client_info: Some(b"nap v0.8".to_vec()),
        logged_in: true,
        counts: SessionCounts {
            searches: 2,
            results: 8,
            browses: 1,
            transfers: 2,
            complete: 1,
            lines: 3,
        },
    }
}

/// A client that heard the server and left, and one that nobody saw come.
fn chain() -> Chain {
    let source = |flow, from, client, announced| ChainSource {
        flow,
        address: address(from),
        client,
        announced,
        bytes: 32_000,
    };
    let said = |flow, frame, name| Some(Announcement { flow, frame, name });
    let mut first = ChainClient::new(address("10.0.0.2:0").ip(), Some(6302));
    first.sources = vec![source(6, "10.0.0.1:6301", None, said(5, 40, "stream_port"))];
    first.left = said(7, 90, "disconnect");
    let mut second = ChainClient::new(address("[2001:db8::5]:0").ip(), None);
    second.sources = vec![
        source(7, "10.0.0.2:6302", Some(0), None),
        source(8, "10.0.0.1:6301", None, said(7, 90, "disconnect")),
    ];
    Chain { server: Some(address("10.0.0.1:6301")), clients: vec![first, second] }
}

pub(crate) fn warning() -> WarningRecord {
    WarningRecord {
        capture: 0,
        kind: WarningKind::Gap,
        message: "2,896 bytes from 10.0.0.1:8888 were not captured; 3 messages found again behind \
                  them"
            .to_owned(),
        flow: Some(5),
        frame: Some(733),
        offset: Some(90_112),
    }
}

pub(crate) fn summary() -> SummaryRecord {
    SummaryRecord {
        capture: 0,
        packets: 1250,
        bytes: 98_765,
        flows: vec![(Protocol::Napster, 1), (Protocol::Unknown, 2)],
        messages: 3,
        messages_by_name: vec![("login", 1), ("search_result", 2)],
        transfers: vec![(TransferEnd::Complete, 1)],
        warnings: vec![(WarningKind::Gap, 1)],
        omitted: vec![("servers_known", 7)],
        sessions: vec![session_summary()],
        chains: vec![chain()],
    }
}
