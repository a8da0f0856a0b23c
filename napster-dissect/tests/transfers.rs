//! Transfers on peer connections: what is told of them, and the files that are written.

mod lab;

use std::io::Cursor;
use std::path::PathBuf;

use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::frame::frame;
use lab::packet::Link;
use lab::segment::{Segment, Side, interleave};
use lab::song;
use napster_dissect::capture::Reader;
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{
    LinkRecord, Record, RecordSink, TransferEnd, TransferKind, TransferRecord, WarningKind,
};
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

fn run(segments: &[Segment], options: &Options) -> Told {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    let mut told = Told::default();
    dissect(std::slice::from_mut(&mut reader), options, &mut told).expect("nothing fails");
    told
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
    let _ = std::fs::remove_dir_all(&folder);
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
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("system.ini"), "mine").unwrap();
    let file = song::mp3("System", "Nobody", 5_000, 9);
    let options = {
        let mut options = Options::default();
        options.extract = Some(folder.clone());
        options
    };
    let told = run(&download(r"..\..\windows\system.ini", 0, &file), &options);
    assert_eq!(only(&told).saved_as.as_deref(), Some("system (2).ini"));
    assert_eq!(std::fs::read(folder.join("system (2).ini")).unwrap(), file);
    assert_eq!(std::fs::read(folder.join("system.ini")).unwrap(), b"mine");
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
    let written = std::fs::read(folder.join(only(&told).saved_as.as_deref().unwrap())).unwrap();
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
