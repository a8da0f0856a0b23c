//! `--jobs`: whatever it is, the output is the same, byte for byte.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn one_thread_and_four_write_the_same_of_every_capture() {
    for capture in captures() {
        compare(&[&capture], &[]);
    }
}

#[test]
fn one_thread_and_four_write_the_same_of_a_long_run() {
    // Enough records for many batches; connections begin anew with each input.
    let once: Vec<_> = captures().into_iter().filter(|path| is_whole(path)).collect();
    let often: Vec<&PathBuf> = std::iter::repeat_n(&once, 60).flatten().collect();
    for flags in [&[][..], &["--raw", "--show-secrets"], &["--summary-only"], &["--strict"]] {
        compare(&often, flags);
    }
}

#[test]
fn there_are_enough_records_for_several_batches() {
    let evening = testdata().join("captures/evening.pcap");
    let often = vec![&evening; 60];
    let output = String::from_utf8(output(&often, &["--format", "jsonl"], "4")).expect("UTF-8");
    assert!(output.lines().count() > 3 * 512, "{}", output.lines().count());
}

fn compare(captures: &[&PathBuf], flags: &[&str]) {
    for format in ["text", "json", "jsonl"] {
        let flags = [flags, &["--format", format]].concat();
        let (one, four) = (output(captures, &flags, "1"), output(captures, &flags, "4"));
        assert!(one == four, "{flags:?} of {captures:?}");
    }
}

fn output(captures: &[&PathBuf], flags: &[&str], jobs: &str) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    command.args(["--quiet", "--jobs", jobs]).args(flags).args(captures);
    command.output().expect("the command runs").stdout
}

/// Whether it is a capture that can be read to its end.
fn is_whole(path: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    let status = command.args(["--quiet", "--summary-only"]).arg(path).output();
    status.expect("the command runs").status.success()
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
