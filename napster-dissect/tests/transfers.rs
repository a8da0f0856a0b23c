//! Transfers on peer connections: what is told of them, and the files that are written.

mod lab;

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::frame::frame;
use lab::packet::Link;
use lab::scenes::{at, evening, weekly};
use lab::segment::{Segment, Side, interleave};
use lab::{song, truth};
use napster_dissect::capture::Reader;
use napster_dissect::output::{Format, Options as Output, RecordWriter};
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{
    LinkRecord, Record, RecordSink, TransferEnd, TransferKind, TransferRecord, WarningKind,
};
use napster_dissect::tcp::IDLE_TIMEOUT;
use serde_json::Value;
use sha2::{Digest, Sha256};

const OWNER: &str = "203.0.113.9:6699";
const FETCHER: &str = "192.0.2.40:1050";
const SERVER: &str = "198.51.100.5:8888";

#[derive(Default)]
struct Told {
    transfers: Vec<TransferRecord>,
    links: Vec<LinkRecord>,
    warnings: Vec<WarningKind>,
}

impl RecordSink for Told {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Transfer(transfer) => self.transfers.push((*transfer).clone()),
            Record::Link(link) => self.links.push((*link).clone()),
            Record::Warning(warning) => self.warnings.push(warning.kind),
            _ => {}
        }
        Ok(())
    }
}

fn tell(segments: &[Segment], options: &Options, sink: &mut dyn RecordSink) {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    dissect(std::slice::from_mut(&mut reader), options, sink).expect("nothing fails");
}

fn run(segments: &[Segment], options: &Options) -> Told {
    let mut told = Told::default();
    tell(segments, options, &mut told);
    told
}

/// What the text output says in the line of the only transfer, behind the name of the file.
fn line(segments: &[Segment], file: &str) -> String {
    let mut output = Output::default();
    output.format = Format::Text;
    let mut writer = RecordWriter::new(Vec::new(), output);
    tell(segments, &Options::default(), &mut writer);
    writer.finish().expect("vectors take any write");
    let text = String::from_utf8(writer.into_inner()).expect("text");
    let rest = text.split_once("= download").map(|(_, rest)| rest.trim_start());
    let line = rest.and_then(|rest| rest.strip_prefix(file)?.lines().next());
    line.unwrap_or_else(|| panic!("no download of {file} in:\n{text}")).trim_start().to_owned()
}

fn peer() -> Conversation {
    Conversation::new(FETCHER.parse().unwrap(), OWNER.parse().unwrap())
}

/// A download that the owner serves whole.
fn download(name: &str, offset: usize, file: &[u8]) -> Vec<Segment> {
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET");
    peer.client(format!("juno \"{name}\" {offset}").as_bytes());
    peer.server(file.len().to_string().as_bytes()).server(&file[offset..]);
    peer.fin(Side::Server);
    peer.segments()
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// An empty folder of its own for each test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&folder);
    folder
}

fn only(told: &Told) -> &TransferRecord {
    assert_eq!(told.transfers.len(), 1, "{:?}", told.transfers);
    &told.transfers[0]
}

#[test]
fn a_whole_download_is_told_with_its_hash() {
    let file = song::mp3("Blue Lamp", "Evening Trio", 40_000, 7);
    let told = run(&download(r"D:\jazz\lamp.mp3", 0, &file), &Options::default());
    let transfer = only(&told);
    assert_eq!(transfer.kind, TransferKind::Download);
    assert_eq!(transfer.ended, TransferEnd::Complete);
    assert!(transfer.complete);
    assert_eq!(transfer.file.as_deref(), Some(br"D:\jazz\lamp.mp3".as_slice()));
    assert_eq!(transfer.downloader.nick.as_deref(), Some(b"juno".as_slice()));
    assert_eq!(transfer.downloader.address, FETCHER.parse().unwrap());
    assert_eq!(transfer.uploader.address, OWNER.parse().unwrap());
    assert_eq!((transfer.size, transfer.bytes), (Some(40_000), 40_000));
    assert_eq!(transfer.sha256, Some(sha256(&file)));
    assert_eq!(transfer.announced, None);
}

#[test]
fn a_file_that_begins_with_digits_is_hashed_right() {
    let file = b"12345 and so on, this text begins with digits".repeat(50);
    let told = run(&download("notes.txt", 0, &file), &Options::default());
    assert_eq!(only(&told).size, Some(file.len() as u64));
    assert_eq!(only(&told).sha256, Some(sha256(&file)));
}

#[test]
fn a_resumed_download_counts_what_follows() {
    let file = song::mp3("Slow Rain", "Evening Trio", 9_000, 3);
    let told = run(&download("rain.mp3", 4_000, &file), &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.offset, transfer.bytes, transfer.complete), (4_000, 5_000, true));
    assert_eq!(transfer.sha256, Some(sha256(&file[4_000..])));
}

#[test]
fn a_refusal_is_told_with_its_words() {
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"x.mp3\" 0");
    peer.server(b"FILE NOT SHARED").fin(Side::Server);
    let told = run(&peer.segments(), &Options::default());
    assert_eq!(only(&told).ended, TransferEnd::Refused);
    assert_eq!(only(&told).error.as_deref(), Some(b"FILE NOT SHARED".as_slice()));
    assert_eq!(only(&told).sha256, None);
}

#[test]
fn a_broken_download_is_aborted_and_not_complete() {
    let file = song::mp3("Last Tram", "Evening Trio", 9_000, 3);
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"tram.mp3\" 0");
    peer.server(b"9000").server(&file[..5_000]).rst(Side::Client);
    let told = run(&peer.segments(), &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.ended, transfer.complete), (TransferEnd::Aborted, false));
    assert_eq!((transfer.bytes, transfer.sha256), (5_000, Some(sha256(&file[..5_000]))));
}

/// A download of 9,000 bytes of which 5,000 came.
fn unfinished(file: &[u8]) -> Conversation {
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"tram.mp3\" 0");
    peer.server(b"9000").server(&file[..5_000]);
    peer
}

#[test]
fn a_download_that_falls_silent_is_stalled() {
    let file = song::mp3("Last Tram", "Evening Trio", 9_000, 3);
    let clock = lab::clock::Clock::default();
    let mut stalled = unfinished(&file);
    // Time goes on for others until nobody can believe that the connection still lives.
    clock.wait(IDLE_TIMEOUT + Duration::from_secs(60));
    let mut later = Conversation::on(&clock, "192.0.2.41:1044".parse().unwrap(), at(SERVER));
    later.handshake().ask(2, "ivy secret 6699 \"nap v0.8\" 7").tell(3, "ivy@mail.example");
    let segments = interleave([stalled.segments(), later.segments()]);
    let told = run(&segments, &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.ended, transfer.complete), (TransferEnd::Stalled, false));
    assert_eq!((transfer.size, transfer.bytes), (Some(9_000), 5_000));
    assert_eq!(transfer.sha256, Some(sha256(&file[..5_000])));
    assert_eq!(line(&segments, "tram.mp3"), "stalled: 5,000 of 9,000 bytes");
}

#[test]
fn a_download_that_outlives_the_capture_is_cut() {
    let file = song::mp3("Last Tram", "Evening Trio", 9_000, 3);
    let segments = unfinished(&file).segments();
    let told = run(&segments, &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.ended, transfer.complete), (TransferEnd::Cut, false));
    assert_eq!((transfer.size, transfer.bytes), (Some(9_000), 5_000));
    assert_eq!(transfer.sha256, Some(sha256(&file[..5_000])));
    assert_eq!(line(&segments, "tram.mp3"), "cut: 5,000 of 9,000 bytes");
}

/// TekNap serves a file from its first byte, from wherever it was wanted.
#[test]
fn an_offset_that_the_owner_ignores_is_told() {
    let file = song::mp3("Slow Rain", "Evening Trio", 9_000, 3);
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"rain.mp3\" 4000");
    peer.server(b"9000").server(&file).fin(Side::Server);
    let segments = peer.segments();
    let told = run(&segments, &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.ended, transfer.complete), (TransferEnd::IgnoredOffset, false));
    assert_eq!((transfer.offset, transfer.size, transfer.bytes), (4_000, Some(9_000), 9_000));
    assert_eq!(transfer.sha256, Some(sha256(&file)));
    assert!(told.warnings.contains(&WarningKind::Deviation));
    assert_eq!(
        line(&segments, "rain.mp3"),
        "ignored_offset: 9,000 of 9,000 bytes, not from byte 4,000 on"
    );
}

/// gift-berlios announces the length of what follows the offset in place of the file's size.
#[test]
fn a_size_of_what_follows_is_told_as_such() {
    let file = song::mp3("Slow Rain", "Evening Trio", 9_000, 3);
    let mut peer = peer();
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"rain.mp3\" 6000");
    peer.server(b"3000").server(&file[6_000..]).fin(Side::Server);
    let segments = peer.segments();
    let told = run(&segments, &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.offset, transfer.size, transfer.bytes), (6_000, Some(3_000), 3_000));
    assert!(transfer.remaining && transfer.complete);
    assert!(told.warnings.contains(&WarningKind::Deviation));
    let text = "complete: 3,000 of 3,000 bytes from byte 6,000 on";
    assert_eq!(line(&segments, "rain.mp3"), text);
}

#[test]
fn the_text_tells_the_other_ends_apart() {
    let file = song::mp3("Slow Rain", "Evening Trio", 9_000, 3);
    assert_eq!(line(&download("rain.mp3", 0, &file), "rain.mp3"), "complete: 9,000 of 9,000 bytes");
    assert_eq!(
        line(&download("rain.mp3", 4_000, &file), "rain.mp3"),
        "complete: 5,000 of 5,000 bytes from byte 4,000 on"
    );
    let aborted = unfinished(&file).rst(Side::Client).segments();
    assert_eq!(line(&aborted, "tram.mp3"), "aborted: 5,000 of 9,000 bytes");
    let mut refused = peer();
    refused.handshake().server(b"1").client(b"GET").client(b"juno \"x.mp3\" 0");
    refused.server(b"FILE NOT SHARED").fin(Side::Server);
    assert_eq!(line(&refused.segments(), "x.mp3"), "refused: 0 bytes");
}

#[test]
fn bytes_that_were_not_captured_leave_no_hash() {
    let file = song::mp3("Last Tram", "Evening Trio", 9_000, 3);
    let mut segments = download("tram.mp3", 0, &file);
    let lost = segments.iter().rposition(|segment| segment.payload.len() > 1_000).unwrap();
    let length = segments.remove(lost).payload.len() as u64;
    let told = run(&segments, &Options::default());
    let transfer = only(&told);
    assert_eq!((transfer.gap_bytes, transfer.bytes), (length, 9_000 - length));
    assert_eq!((transfer.complete, transfer.sha256), (false, None));
    assert!(told.warnings.contains(&WarningKind::Gap));
}

#[test]
fn an_announced_download_is_linked_and_knows_its_owner() {
    let clock = lab::clock::Clock::default();
    let open = |client: &str, server: &str| {
        Conversation::on(&clock, client.parse().unwrap(), server.parse().unwrap())
    };
    let file = song::mp3("Blue Lamp", "Evening Trio", 4_187, 7);
    let mut session = open("192.0.2.40:1044", SERVER);
    session.handshake();
    session.client(frame(2, br#"juno moonrise 6699 "nap v0.8" 7"#));
    session.server(frame(3, b"juno@mail.example"));
    session.client(frame(203, br#"basil "lamp.mp3""#));
    // 203.0.113.9, lowest byte first.
    let ack = br#"basil 158400715 6699 "lamp.mp3" 0123456789abcdef0123456789abcdef 4"#;
    session.server(frame(204, ack));
    let mut peer = open(FETCHER, OWNER);
    peer.handshake().server(b"1").client(b"GET").client(b"juno \"lamp.mp3\" 0");
    peer.server(b"4187").server(&file).fin(Side::Server);
    session.fin(Side::Client);
    let told = run(&interleave([session.segments(), peer.segments()]), &Options::default());
    let transfer = only(&told);
    assert_eq!(transfer.uploader.nick.as_deref(), Some(b"basil".as_slice()));
    let announced = transfer.announced.expect("an announcement");
    assert_eq!((announced.flow, announced.name), (0, "download_ack"));
    assert_eq!(told.links.len(), 1);
    assert_eq!((told.links[0].flow, told.links[0].announced), (1, announced));
}

#[test]
fn files_are_written_under_safe_names_and_never_over_another() {
    let folder = folder("files_are_written");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("system.ini"), "mine").unwrap();
    let file = song::mp3("System", "Nobody", 5_000, 9);
    let options = {
        let mut options = Options::default();
        options.extract = Some(folder.clone());
        options
    };
    let told = run(&download(r"..\..\windows\system.ini", 0, &file), &options);
    assert_eq!(only(&told).saved_as.as_deref(), Some("system (2).ini"));
    assert_eq!(fs::read(folder.join("system (2).ini")).unwrap(), file);
    assert_eq!(fs::read(folder.join("system.ini")).unwrap(), b"mine");
    assert!(told.warnings.contains(&WarningKind::UnsafeName));
}

#[test]
fn a_hole_in_a_written_file_is_not_closed_up() {
    let folder = folder("a_hole");
    let file = song::mp3("Hole", "Nobody", 9_000, 9);
    let mut segments = download("hole.mp3", 0, &file);
    let lost = segments.iter().position(|segment| segment.payload.len() > 1_000).unwrap();
    let lost = segments.remove(lost);
    let options = {
        let mut options = Options::default();
        options.extract = Some(folder.clone());
        options
    };
    let told = run(&segments, &options);
    let written = fs::read(folder.join(only(&told).saved_as.as_deref().unwrap())).unwrap();
    let mut expected = file;
    // The first segment with file bytes was lost.
    expected[..lost.payload.len()].fill(0);
    assert_eq!(written, expected);
}

#[test]
fn without_hashing_there_is_no_hash() {
    let file = song::mp3("Blue Lamp", "Evening Trio", 4_000, 7);
    let options = {
        let mut options = Options::default();
        options.hash = false;
        options
    };
    let told = run(&download("lamp.mp3", 0, &file), &options);
    assert_eq!((only(&told).complete, only(&told).sha256), (true, None));
}

/// The command writes the files of committed captures; the scripts that those were made from say
/// what is in them.
#[test]
fn the_files_of_committed_captures_are_written_as_they_were_sent() {
    for (name, scene, size, saved_as) in [
        ("evening.pcap", evening::scene(), 4_187, "Evening Trio - Blue Lamp.mp3"),
        ("weekly.pcap", weekly::scene(), 3_005, "REM - Everybody Hurts.mp3"),
    ] {
        let folder = folder(&format!("of_{name}"));
        let capture = format!("{}/../testdata/captures/{name}", env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(env!("CARGO_BIN_EXE_nap-dissect"))
            .args(["--summary-only", "--extract"])
            .args([&folder, &PathBuf::from(capture)])
            .output()
            .expect("the command starts");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let sent = file_sent(&scene.segments, size);
        let written = fs::read(folder.join(saved_as)).expect("a file");
        assert_eq!(sha256(&written), sha256(&sent), "{name}");
        let list = fs::read_to_string(folder.join("transfers.jsonl")).expect("a list");
        let [line] = list.lines().collect::<Vec<_>>()[..] else { panic!("{list}") };
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!((&line["saved_as"], &line["bytes"]), (&saved_as.into(), &size.into()));
        assert_eq!((&line["ended"], &line["complete"]), (&"complete".into(), &true.into()));
        let digits: String = sha256(&sent).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(line["sha256"], digits.as_str());
        // Nothing else is in the folder.
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);
    }
}

/// The file at the end of what the owner of files at port 6699 sent.
fn file_sent(segments: &[Segment], size: usize) -> Vec<u8> {
    let owner = segments.iter().find(|segment| segment.source.port() == 6699).expect("an owner");
    let streams = truth::streams(segments);
    let stream = streams[&(owner.conversation, Side::Server)].whole().expect("nothing is lost");
    stream[stream.len() - size..].to_vec()
}
