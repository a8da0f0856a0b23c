//! `--jobs`: whatever it is, the output is the same, byte for byte.

mod lab;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::clock::Clock;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::{at, number, song};
use lab::segment::Side;

#[test]
fn one_thread_and_four_write_the_same_of_every_capture() {
    for capture in captures() {
        compare(&capture, &[]);
    }
}

#[test]
fn one_thread_and_four_write_the_same_of_a_long_run() {
    let capture = long_capture();
    let lines = output(&capture, &["--format", "jsonl"], "4");
    let records = lines.iter().filter(|&&byte| byte == b'\n').count();
    assert!(records > 2000, "only {records} records are too few for several threads");
    for flags in [&[][..], &["--raw", "--show-secrets"], &["--summary-only"], &["--strict"]] {
        compare(&capture, flags);
    }
}

/// Sessions and a transfer with clean messages, odd ones and a gap, enough for many batches.
fn long_capture() -> PathBuf {
    let clock = Clock::default();
    let mut segments = Vec::new();
    for user in 0..30_u16 {
        let from = at(&format!("10.0.0.9:{}", 2000 + user));
        let mut session = Conversation::on(&clock, from, at("192.0.2.1:8888"));
        session.handshake().ask(2, format!("user{user} secret 6699 \"v2.0 BETA 6\" 8"));
        session.tell(3, "user@mail.example").ask(200, "FILENAME CONTAINS \"a\"");
        for hit in 0..80 {
            let file = song(&format!("C:\\m\u{f6} \"{hit}.mp3"), 1_000_000 + hit, 128, 60);
            session.tell(201, format!("{file}  bob {} {user}", number("10.0.0.1")));
        }
        session.tell(202, "").tell(9999, [0, 1, 0xff]).fin(Side::Client);
        let mut list = session.segments();
        if user % 5 == 0 {
            list.remove(40);
        }
        segments.extend(list);
    }
    let file = Pcap::new(Link::Ethernet.number()).write(&Link::Ethernet.packets(&segments));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jobs.pcap");
    fs::write(&path, file).expect("the folder can be written");
    path
}

fn compare(capture: &Path, flags: &[&str]) {
    for format in ["text", "json", "jsonl"] {
        let flags = [flags, &["--format", format]].concat();
        let (one, four) = (output(capture, &flags, "1"), output(capture, &flags, "4"));
        assert!(one == four, "{flags:?} of {}", capture.display());
    }
}

fn output(capture: &Path, flags: &[&str], jobs: &str) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    command.args(["--quiet", "--jobs", jobs]).args(flags).arg(capture);
    command.output().expect("the command runs").stdout
}

fn captures() -> Vec<PathBuf> {
    let files = fs::read_dir(testdata().join("captures")).expect("testdata is there");
    let mut paths: Vec<_> =
        files.map(|file| file.expect("the folder can be read").path()).collect();
    paths.sort();
    paths
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}
