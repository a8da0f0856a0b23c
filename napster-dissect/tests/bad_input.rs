//! What peers and streams say to do harm: a warning or a diagnostic, bounded memory, and everything
//! behind it is still told.

mod lab;

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use allocation_counter::measure;
use lab::clock::Clock;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::at;
use lab::segment::{Segment, Side, interleave};
use napster_dissect::capture::Reader;
use napster_dissect::output::{Format, Options as Output, RecordWriter};
use napster_dissect::pipeline::{Options, dissect};
use serde_json::Value;

/// The most bytes that may be held at a time for one of these captures.
const MEMORY: u64 = 1024 * 1024;

/// The records of a capture, as JSON.
fn records(segments: &[Segment], extract: Option<PathBuf>) -> Vec<Value> {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    let mut options = Options::default();
    options.extract = extract;
    let mut output = Output::default();
    output.format = Format::JsonLines;
    let mut writer = RecordWriter::new(Vec::new(), output);
    let used = measure(|| {
        dissect(std::slice::from_mut(&mut reader), &options, &mut writer).expect("nothing fails");
    });
    assert!(used.bytes_max < MEMORY, "{} bytes were held", used.bytes_max);
    writer.finish().expect("vectors take any write");
    let text = String::from_utf8(writer.into_inner()).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// What is told of a bad connection, and of a session that begins while it is open and says its
/// last word behind it.
fn told(from: &str, to: &str, script: impl FnOnce(&mut Conversation)) -> Vec<Value> {
    told_with(None, from, to, script)
}

fn told_with(
    extract: Option<PathBuf>,
    from: &str,
    to: &str,
    script: impl FnOnce(&mut Conversation),
) -> Vec<Value> {
    let clock = Clock::default();
    let session = login(&clock);
    let mut bad = Conversation::on(&clock, at(from), at(to));
    script(bad.handshake());
    records_before_the_last_word(session, bad, extract)
}

fn login(clock: &Clock) -> Conversation {
    let mut session = Conversation::on(clock, at("192.0.2.40:1044"), at("198.51.100.5:8888"));
    session.handshake().ask(2, "juno secret 6699 \"nap v0.8\" 7").tell(3, "juno@mail.example");
    session
}

fn records_before_the_last_word(
    mut session: Conversation,
    mut bad: Conversation,
    extract: Option<PathBuf>,
) -> Vec<Value> {
    session.tell(403, "#jazz basil still here").fin(Side::Client);
    let records = records(&interleave([session.segments(), bad.segments()]), extract);
    let text = of_type(&records, "message")
        .find(|message| message["name"] == "public_message_received")
        .map(|message| &message["fields"]["text"]);
    assert_eq!(text, Some(&Value::from("still here")), "{records:#?}");
    records
}

const PEER: [&str; 2] = ["192.0.2.40:1050", "203.0.113.9:6699"];
const RADIO: [&str; 2] = ["192.0.2.41:1050", "198.51.100.6:6301"];

/// A download of a file by its name, with what the owner answers.
fn download(file: impl AsRef<[u8]>, answer: &[&[u8]]) -> Vec<Value> {
    told(PEER[0], PEER[1], |peer| ask_for(peer, file.as_ref(), answer))
}

fn ask_for(peer: &mut Conversation, file: &[u8], answer: &[&[u8]]) {
    peer.server("1").client("GET").client([b"juno \"", file, b"\" 0"].concat());
    for bytes in answer {
        peer.server(bytes);
    }
    peer.fin(Side::Server);
}

fn of_type<'r>(records: &'r [Value], wanted: &'r str) -> impl Iterator<Item = &'r Value> {
    records.iter().filter(move |record| record["type"] == wanted)
}

fn transfer(records: &[Value]) -> &Value {
    let transfers: Vec<&Value> = of_type(records, "transfer").collect();
    let [transfer] = transfers[..] else { panic!("{transfers:?}") };
    transfer
}

fn warnings(records: &[Value]) -> Vec<(&str, &str)> {
    of_type(records, "warning")
        .map(|said| (said["kind"].as_str().unwrap(), said["message"].as_str().unwrap()))
        .collect()
}

/// The kinds of the diagnostics of the message with that name.
fn diagnostics<'r>(records: &'r [Value], name: &str) -> Vec<&'r str> {
    let mut messages = of_type(records, "message").filter(|message| message["name"] == name);
    let message = messages.next().unwrap_or_else(|| panic!("no {name} in {records:#?}"));
    let diagnostics = message["diagnostics"].as_array().into_iter().flatten();
    diagnostics.map(|diagnostic| diagnostic["kind"].as_str().expect("a kind")).collect()
}

#[test]
fn a_size_of_ten_to_the_nineteenth_is_only_a_number() {
    let records = download("a.mp3", &[b"10000000000000000000", &[b'x'; 3000]]);
    let transfer = transfer(&records);
    assert_eq!(transfer["size"], 10_000_000_000_000_000_000_u64);
    assert_eq!((&transfer["bytes"], &transfer["ended"]), (&3000.into(), &"aborted".into()));
    assert_eq!(transfer["complete"], false);
}

#[test]
fn a_size_beyond_64_bits_is_out_of_range() {
    let records = download("a.mp3", &[b"99999999999999999999", &[b'x'; 3000]]);
    assert_eq!(diagnostics(&records, "file_size"), ["number_out_of_range"]);
    let transfer = transfer(&records);
    assert_eq!((&transfer["size"], &transfer["bytes"]), (&Value::Null, &3000.into()));
    // A push names its size in the request.
    let records = told(PEER[1], PEER[0], |peer| {
        peer.server("1").client("SEND").client(r#"basil "a.mp3" 99999999999999999999"#);
        peer.server("0").client([b'x'; 3000]).fin(Side::Client);
    });
    assert_eq!(diagnostics(&records, "send_request"), ["number_out_of_range"]);
    assert_eq!(self::transfer(&records)["bytes"], 3000);
}

#[test]
fn a_path_of_64_kibibytes_is_beyond_the_limit() {
    let path = "p".repeat(65_536);
    let clock = Clock::default();
    let mut session = login(&clock);
    // 203.0.113.9, lowest byte first.
    session.ask(203, r#"basil "a.mp3""#);
    session.tell(204, format!("basil 158400715 6699 \"a.mp3\" {} 4", "0".repeat(32)));
    let mut peer = Conversation::on(&clock, at(PEER[0]), at(PEER[1]));
    ask_for(peer.handshake(), path.as_bytes(), &[b"5", b"12345"]);
    let records = records_before_the_last_word(session, peer, None);
    let said = ("deviation", "the client sends a request beyond the limit");
    assert!(warnings(&records).contains(&said), "{:?}", warnings(&records));
    // What is known of the file is what the announcement said.
    assert_eq!(transfer(&records)["file"], "a.mp3");
    // Nothing of that length is in any record.
    assert!(records.iter().all(|record| record.to_string().len() < 20_000));
    // Where nothing announced it, it is no request yet that anybody could recognise.
    let records = download(path, &[b"5", b"12345"]);
    let flow = of_type(&records, "flow").find(|flow| flow["server"] == PEER[1]).expect("a flow");
    assert_eq!((&flow["protocol"], &flow["messages"]), (&"unknown".into(), &0.into()));
    assert_eq!(flow["undecoded"], 65_536 + "1GETjuno \"\" 0512345".len());
}

/// Paths that lead upwards, hold NUL, or name a device, each with the only name that is written.
#[test]
fn paths_from_the_network_choose_no_place() {
    let cases: [(&[u8], &str); 6] = [
        (br"..\..\..\autoexec.bat", "autoexec.bat"),
        (b"../../etc/passwd", "passwd"),
        (b"C:\\music\\a\0b.mp3", "ab.mp3"),
        (br"C:\CON", "_CON"),
        (b"NUL.mp3", "_NUL.mp3"),
        (br"music\..", "unnamed"),
    ];
    for (number, (path, name)) in cases.into_iter().enumerate() {
        let parent = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bad_path_{number}"));
        let _ = fs::remove_dir_all(&parent);
        let folder = parent.join("in").join("songs");
        let records = told_with(Some(folder.clone()), PEER[0], PEER[1], |peer| {
            ask_for(peer, path, &[b"3000", &[b'x'; 3000]]);
        });
        assert_eq!(transfer(&records)["saved_as"], name);
        assert_eq!(transfer(&records)["complete"], true);
        let kinds: Vec<&str> = warnings(&records).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["unsafe_name"], "{name}");
        assert_eq!(fs::read(folder.join(name)).expect("the file"), [b'x'; 3000]);
        // That file, in that folder, and nothing beside it.
        for (place, entries) in [(&parent, 1), (&parent.join("in"), 1), (&folder, 1)] {
            assert_eq!(fs::read_dir(place).expect("a folder").count(), entries, "{name}");
        }
    }
}

#[test]
fn a_chunk_of_negative_length_is_passed_over() {
    let chunk = [&b"SC16  "[..], &[7; 16]].concat();
    let records = told(RADIO[0], RADIO[1], |radio| {
        radio.server(chunk.repeat(3)).server("SC-1  ").server(chunk.repeat(3));
        radio.server("DC32  HOST#radio.example.org#PORT#6302").fin(Side::Server);
    });
    let told = warnings(&records);
    assert!(told.contains(&("deviation", "negative length from the server")), "{told:?}");
    let names: Vec<&str> = of_type(&records, "message")
        .filter(|message| message["protocol"] == "comp112-stream")
        .map(|message| message["name"].as_str().expect("a name"))
        .collect();
    // Music before the damage and behind it, and the word with which the owner leaves.
    assert_eq!(names, ["song_chunks", "song_chunks", "disconnect"], "{records:#?}");
    let flow = of_type(&records, "flow").find(|flow| flow["protocol"] == "comp112-stream");
    assert_eq!(flow.map(|flow| &flow["undecoded"]), Some(&6.into()));
}

#[test]
fn records_without_their_padding_are_read() {
    let records = told(RADIO[0], RADIO[1], |radio| {
        radio.server("NS/2/16000/16HOST/radio.examplePORT/6302").fin(Side::Client);
    });
    let unpadded = ("deviation", "unpadded record from the server");
    assert_eq!(warnings(&records), [unpadded, unpadded, unpadded]);
    let port = of_type(&records, "message").find(|message| message["name"] == "stream_port");
    assert_eq!(port.map(|message| &message["fields"]["port"]), Some(&6302.into()));
}
