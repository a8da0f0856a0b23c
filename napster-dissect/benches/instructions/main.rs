//! How many instructions `nap-dissect` takes: the same on every run and every busy machine, where
//! times are not.
//!
//! ```text
//! cargo bench -p napster-dissect --bench instructions
//! NAP_BENCH_BEFORE=older/nap-dissect cargo bench -p napster-dissect --bench instructions
//! ```
//!
//! Needs valgrind, whose tool `callgrind` counts; where it is not installed, that is all that is said.
//! The captures are made first, from a fixed seed. What is counted is divided by the lines, packets or
//! connections of a capture, so that figures can be compared between sizes. Set in the environment:
//!
//! * `NAP_BENCH_BEFORE`: another build of the command, to be compared with.
//! * `NAP_BENCH_MB`: the size of the captures (4).

#[path = "../../tests/lab/mod.rs"]
mod lab;
#[path = "../support/mod.rs"]
mod support;
#[allow(dead_code, reason = "only the table finds kinds by name")]
#[path = "../table/traffic.rs"]
mod traffic;
#[allow(dead_code, reason = "the table looks at the truth, this does not")]
#[path = "../table/truth.rs"]
mod truth;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use serde_json::Value;
use support::{Folder, is_installed, nap_dissect};
use traffic::Kind;

/// What is counted: a run of the command, and what its instructions are divided by.
struct Row {
    what: &'static str,
    kind: Kind,
    arguments: &'static [&'static str],
    unit: Unit,
}

/// Of what a capture has many.
#[derive(Clone, Copy)]
enum Unit {
    Line,
    Packet,
    Flow,
}

const JSON: &[&str] = &["--format", "jsonl"];
const SUMMARY: &[&str] = &["--summary-only", "--no-hash"];

const ROWS: [Row; 8] = [
    Row { what: "chat, JSON Lines", kind: Kind::Chat, arguments: JSON, unit: Unit::Line },
    Row { what: "chat, text", kind: Kind::Chat, arguments: &[], unit: Unit::Line },
    Row {
        what: "chat, `--summary-only`",
        kind: Kind::Chat,
        arguments: SUMMARY,
        unit: Unit::Packet,
    },
    Row { what: "flows, JSON Lines", kind: Kind::Flows, arguments: JSON, unit: Unit::Flow },
    Row {
        what: "flows, `--summary-only`",
        kind: Kind::Flows,
        arguments: SUMMARY,
        unit: Unit::Flow,
    },
    Row {
        what: "bulk, `--summary-only`",
        kind: Kind::Bulk,
        arguments: SUMMARY,
        unit: Unit::Packet,
    },
    Row { what: "messy, JSON Lines", kind: Kind::Messy, arguments: JSON, unit: Unit::Line },
    Row {
        what: "messy, `--summary-only`",
        kind: Kind::Messy,
        arguments: SUMMARY,
        unit: Unit::Packet,
    },
];

fn main() -> ExitCode {
    if !is_installed("valgrind") {
        eprintln!("valgrind is not installed, and it is what counts the instructions");
        return ExitCode::SUCCESS;
    }
    match table() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn table() -> Result<(), String> {
    let folder = Folder::new("instructions");
    let megabytes =
        std::env::var("NAP_BENCH_MB").ok().and_then(|size| size.parse().ok()).unwrap_or(4_u64);
    for kind in Kind::ALL {
        traffic::generate(kind, megabytes * 1_000_000, &folder.file(kind.name()))
            .map_err(|error| format!("{}: {error}", kind.name()))?;
    }
    let before = std::env::var_os("NAP_BENCH_BEFORE");
    println!("Instructions, captures of {megabytes} MB, `--jobs 1`.\n");
    println!("| what | in all | each |  | of before |\n| --- | --- | --- | --- | --- |");
    for row in &ROWS {
        let capture = folder.file(row.kind.name());
        let now = count(nap_dissect().get_program(), row, &capture)?;
        let many = units(row, &capture)?;
        let ratio = match &before {
            Some(before) => format!("{:.3}", now as f64 / count(before, row, &capture)? as f64),
            None => "-".to_owned(),
        };
        let (name, each) = (row.unit.name(), now as f64 / many as f64);
        println!("| {} | {now} | {each:.0} | a {name} | {ratio} |", row.what);
    }
    Ok(())
}

/// Counts the instructions of a run.
fn count(program: &OsStr, row: &Row, capture: &Path) -> Result<u64, String> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    add_arguments(&mut command, row.arguments, capture);
    let output = command.output().map_err(|error| format!("valgrind: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let count = told.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind counted nothing: {told}"))
}

/// Counts the units that a run works on.
fn units(row: &Row, capture: &Path) -> Result<u64, String> {
    let mut command = nap_dissect();
    match row.unit {
        Unit::Line => add_arguments(&mut command, row.arguments, capture),
        Unit::Packet | Unit::Flow => {
            add_arguments(&mut command, SUMMARY, capture);
            command.args(JSON);
        }
    }
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("nap-dissect: {error}"))?.stdout;
    let summary: Option<Value> = output
        .split(|&byte| byte == b'\n')
        .rfind(|line| !line.is_empty())
        .and_then(|line| serde_json::from_slice(line).ok());
    let count = match row.unit {
        Unit::Line => Some(output.iter().filter(|&&byte| byte == b'\n').count() as u64),
        Unit::Packet => summary.and_then(|summary| summary["packets"].as_u64()),
        Unit::Flow => summary.and_then(|summary| {
            summary["flows"].as_object()?.values().map(Value::as_u64).sum::<Option<u64>>()
        }),
    };
    count.ok_or_else(|| format!("{}: the summary does not say how many there are", row.what))
}

fn add_arguments(command: &mut Command, arguments: &[&str], capture: &Path) {
    command.args(["--quiet", "--jobs", "1"]).args(arguments).arg(capture);
}

impl Unit {
    const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::Packet => "packet",
            Self::Flow => "connection",
        }
    }
}
