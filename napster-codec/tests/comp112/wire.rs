//! Single messages, records and frames.

use napster_codec::Recognition::{Maybe, No, Yes};
use napster_codec::Text;
use napster_codec::comp112::{
    BadHeader, EncodeError, Format, FrameDecoder, FrameHeader, FrameKind, Item, Message,
    PlayAnswer, RequestList, SongList, read_request, recognise_requests, recognise_stream,
};

fn text(text: &str) -> Text<'_> {
    Text::new(text.as_bytes()).expect("free text takes anything")
}

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(100, b' ');
    bytes
}

const FORMAT: Format = Format { width: 2, rate: 88_200, chunk: 176 };

#[test]
fn messages_are_the_bytes_of_the_notes() {
    let host = || text("radio.example");
    let cases = [
        (Message::StreamInfo(FORMAT), padded("NS/2/88200/176")),
        (Message::StreamHost { host: host() }, padded("HOST/radio.example")),
        (Message::StreamPort { port: 5002 }, padded("PORT/5002")),
        (Message::NewSong(FORMAT), [b"NS100 ".to_vec(), padded("2/88200/176")].concat()),
        (Message::chunk(vec![7; 176]), [b"SC176 ".to_vec(), vec![7; 176]].concat()),
        (
            Message::Disconnect { host: host(), port: 5002 },
            b"DC28  HOST#radio.example#PORT#5002".to_vec(),
        ),
        (Message::SongListRequest, b"SONGLIST".to_vec()),
        (Message::RequestListRequest, b"REQUESTLIST".to_vec()),
        (Message::PlayRequest { song: text("2") }, b"PLAY,2".to_vec()),
        (Message::Leave { host: host(), port: 5002 }, b"DC,HOST,radio.example,PORT,5002".to_vec()),
        (Message::SongList(SongList::of(["a.mp3", "b.mp3"])), b"18##['a.mp3', 'b.mp3']".to_vec()),
        (Message::RequestList(RequestList::of(["a.mp3", "b.mp3"])), b"11##a.mp3,b.mp3".to_vec()),
        (Message::RequestList(RequestList::of([""; 0])), b"0##".to_vec()),
    ];
    for (message, bytes) in cases {
        assert_eq!(message.encode().unwrap(), bytes, "{}", message.name());
        assert_eq!(message.clone().into_owned(), message);
    }
    assert_eq!(Format::of_pcm(2, 2, 44_100), Some(FORMAT));
    assert_eq!(FORMAT.duration(1000).as_micros(), 997_732);
}

#[test]
fn what_cannot_be_said_is_refused() {
    let refused = |message: Message<'_>| message.encode().unwrap_err();
    let long = "h".repeat(96);
    let too_long = |length, limit| EncodeError::TooLong { length, limit };
    assert_eq!(refused(Message::StreamHost { host: text(&long) }), too_long(101, 100));
    assert_eq!(refused(Message::chunk(vec![0; 10_000])), too_long(10_000, 9999));
    assert_eq!(refused(Message::PlayRequest { song: text(&long) }), too_long(101, 100));
    assert_eq!(refused(Message::PlayRequest { song: text("a, b.mp3") }), EncodeError::Ambiguous);
    assert_eq!(refused(Message::Leave { host: text("a,b"), port: 1 }), EncodeError::Ambiguous);
    assert_eq!(refused(Message::Disconnect { host: text("#"), port: 1 }), EncodeError::Ambiguous);
    assert_eq!(refused(Message::SongChunks { count: 1, bytes: 1 }), EncodeError::NoBytes);
}

#[test]
fn requests_are_read() {
    let read = |bytes| read_request(bytes).0;
    assert_eq!(read(b"SONGLIST"), Message::SongListRequest);
    assert_eq!(read(b"PLAY,hiss.mp3"), Message::PlayRequest { song: text("hiss.mp3") });
    let leave = Message::Leave { host: text("h"), port: 6302 };
    assert_eq!(read(b"DC,HOST,h,PORT,6302"), leave);
    for bad in [&b"SONGS"[..], b"PLAY", b"PLAY,", b"DC,HOST,h", b"DC,HOST,h,PORT,70000", b""] {
        let (message, odd) = read_request(bad);
        assert!(matches!(message, Message::Unreadable { .. }) && odd.is_some(), "{bad:?}");
    }
}

#[test]
fn play_answers_are_the_programs_own_words() {
    let requested = PlayAnswer::Requested { song: text("a.mp3") };
    assert_eq!(requested.to_bytes(), b"Song a.mp3 requested!");
    for answer in [requested, PlayAnswer::AlreadyRequested, PlayAnswer::DoesNotExist] {
        assert_eq!(PlayAnswer::parse(&answer.to_bytes()), Some(answer.clone()));
    }
    assert_eq!(PlayAnswer::parse(b"Song a has been requested"), None);
}

#[test]
fn lists_are_printed_as_python_prints_them() {
    let names: [(&[u8], &str); 8] = [
        (b"a.mp3", "['a.mp3']"),
        (b"it's.mp3", "[\"it's.mp3\"]"),
        (b"it's \"a\".mp3", r#"['it\'s "a".mp3']"#),
        (b"a\\b\n\x1b", r"['a\\b\n\x1b']"),
        ("é\u{a0}.mp3".as_bytes(), r"['é\xa0.mp3']"),
        (b"\xe9.mp3", r"['\udce9.mp3']"),
        (b"a, b", "['a, b']"),
        (b"", "['']"),
    ];
    for (name, printed) in names {
        let list = SongList::of([name]);
        assert_eq!(list.text.to_str(), Some(printed));
        assert_eq!(list.length, printed.chars().count() as u64);
        assert_eq!(list.songs(), Some(vec![name.to_vec()]));
    }
    assert_eq!(SongList::of([""; 0]).songs(), Some(Vec::new()));
    for bad in ["", "[", "['a'", "['a',]", "['a' 'b']", "[a]", r"['\q']", r"['\ud800']", r"['\x1"] {
        assert_eq!(SongList { length: 0, text: text(bad) }.songs(), None, "{bad}");
    }
}

#[test]
fn headers_and_what_is_no_header() {
    let parse = |bytes: &[u8; 6]| FrameHeader::parse(*bytes);
    let chunk = FrameHeader { kind: FrameKind::Chunk, length: 176 };
    assert_eq!(parse(b"SC176 "), Ok(chunk));
    assert_eq!(chunk.to_bytes(), Some(*b"SC176 "));
    assert_eq!(parse(b"SC-1  "), Err(BadHeader::NegativeLength));
    assert_eq!(parse(b"SC    "), Err(BadHeader::NotANumber));
    assert_eq!(parse(b"SC1x  "), Err(BadHeader::NotANumber));
    assert_eq!(parse(b"XX1   "), Err(BadHeader::UnknownKind));
    assert_eq!(parse(b"NS99  "), Err(BadHeader::WrongLength));
    assert_eq!(FrameHeader { kind: FrameKind::Chunk, length: 10_000 }.to_bytes(), None);
}

/// Decodes a stream in portions, as one line an item.
fn decode(stream: &[u8], portion: usize) -> Vec<String> {
    let mut decoder = FrameDecoder::new();
    let mut items: Vec<String> = Vec::new();
    let mut take = |decoder: &mut FrameDecoder| {
        while let Some(item) = decoder.poll() {
            items.push(match item {
                Item::Frame(frame) => {
                    format!("{} {:?} {}", frame.offset, frame.kind, frame.payload.len())
                }
                Item::Bad { offset, reason } => format!("{offset} {}", reason.name()),
                Item::Skipped { offset, length } => format!("{offset} skipped {length}"),
                _ => panic!("an item that the tests do not know"),
            });
        }
    };
    for bytes in stream.chunks(portion) {
        decoder.feed(bytes);
        take(&mut decoder);
    }
    decoder.finish();
    take(&mut decoder);
    items
}

#[test]
fn frames_are_found_again_behind_damage() {
    let chunk = |fill: u8| [b"SC16  ".to_vec(), vec![fill; 16]].concat();
    let good = [chunk(1), chunk(2)].concat();
    let damaged =
        [&good[..], b"SC-1  garbage SC16  SC99  x", &chunk(3)[..], &chunk(4)[..]].concat();
    for portion in [1, 5, 22, 1000] {
        let items = decode(&damaged, portion);
        let want = ["0 Chunk 16", "22 Chunk 16", "44 negative_length"];
        assert_eq!(&items[..3], want, "{portion}");
        assert_eq!(&items[items.len() - 2..], ["71 Chunk 16", "93 Chunk 16"], "{portion}");
        let skipped: Vec<&String> = items.iter().filter(|item| item.contains("skipped")).collect();
        assert_eq!(skipped, ["44 skipped 27"]);
    }
    // A header of seven bytes, as the program writes it beyond four digits, shifts everything.
    let long = [b"SC10000".to_vec(), vec![5; 10_000], good].concat();
    let items = decode(&long, 700);
    assert_eq!(items[0], "0 Chunk 1000");
    assert_eq!(&items[items.len() - 2..], ["10007 Chunk 16", "10029 Chunk 16"]);
    // Nothing to be found: what is held stays small, and all of it is passed over.
    let noise = vec![b'S'; 100_000];
    let items = decode(&noise, 3000);
    let skipped: usize = items
        .iter()
        .filter_map(|item| item.split_once(" skipped "))
        .map(|(_, length)| length.parse::<usize>().unwrap())
        .sum();
    assert_eq!(skipped, 100_000);
}

#[test]
fn streams_and_requests_are_recognised_on_any_port() {
    let record = padded("NS/2/88200/176");
    assert_eq!(recognise_stream(&record), Yes);
    assert_eq!(recognise_stream(&record[..50]), Maybe);
    assert_eq!(recognise_stream(b"N"), Maybe);
    assert_eq!(recognise_stream(b"NS/2/88200/176HOST/h"), Yes);
    assert_eq!(recognise_stream(b"NS/hello there"), No);
    let chunks = [b"SC2   ab", &b"SC2   cd"[..]].concat();
    assert_eq!(recognise_stream(&chunks), Yes);
    assert_eq!(recognise_stream(&chunks[..8]), Maybe);
    assert_eq!(recognise_stream(b"SC2   abXY2   cd"), No);
    assert_eq!(recognise_stream(b"SCRAM-SHA-1"), No);
    assert_eq!(recognise_stream(b"220 mail"), No);
    assert_eq!(recognise_requests(b"SONGLIST", b"18##['a.mp3'", false), Yes);
    assert_eq!(recognise_requests(b"SONGLIST", b"", false), Maybe);
    assert_eq!(recognise_requests(b"SONGLIST", b"", true), Yes);
    assert_eq!(recognise_requests(b"REQUESTLIST", b"0##", false), Yes);
    assert_eq!(recognise_requests(b"PLAY,2", b"Song a requested!", false), Yes);
    assert_eq!(recognise_requests(b"PLAY,2", b"404 no such thing", false), No);
    assert_eq!(recognise_requests(b"DC,HOST,h,PORT,6302", b"", false), Yes);
    assert_eq!(recognise_requests(b"GET / HTTP/1.0", b"", true), No);
}
