//! `--jobs`: whatever it is, the output is the same, byte for byte.

mod lab;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::crowd;

#[test]
fn one_thread_and_four_write_the_same_of_every_capture() {
    for capture in captures() {
        compare(&capture, &[]);
    }
}

#[test]
fn one_thread_and_four_write_the_same_of_a_long_run() {
    let capture = long_capture("jobs.pcap");
    let lines = output(&capture, &["--format", "jsonl"], "4");
    let records = lines.iter().filter(|&&byte| byte == b'\n').count();
    assert!(records > 2000, "only {records} records are too few for several threads");
    for flags in [&[][..], &["--raw", "--show-secrets"], &["--summary-only"], &["--strict"]] {
        compare(&capture, flags);
    }
}

/// Output, complaints and exit status of captures that are each read on their own.
#[test]
fn captures_side_by_side() {
    let mut captures = captures();
    captures.retain(|capture| !capture.ends_with("empty.pcap"));
    captures.insert(3, long_capture("side-by-side.pcap"));
    let run = |jobs: &str, flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
        command.args(["--per-file", "--jobs", jobs]).args(flags).args(&captures);
        command.output().expect("the command runs")
    };
    for flags in [&[][..], &["--format", "json"], &["--format", "jsonl", "--strict"]] {
        let one = run("1", flags);
        assert_eq!(one.status.code(), Some(1));
        assert!(one.stderr.starts_with(b"nap-dissect: "));
        for jobs in ["2", "4"] {
            let several = run(jobs, flags);
            assert!(several.stdout == one.stdout, "{jobs} {flags:?}");
            let complaints = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(complaints(&several.stderr), complaints(&one.stderr), "{jobs} {flags:?}");
            assert_eq!(several.status, one.status, "{jobs} {flags:?}");
        }
    }
}

/// Messages enough for many batches.
fn long_capture(name: &str) -> PathBuf {
    let packets = Link::Ethernet.packets(&crowd::scene(30).segments);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, Pcap::new(Link::Ethernet.number()).write(&packets))
        .expect("the folder can be written");
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
