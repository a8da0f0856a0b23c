//! What captures cost that were made to break a reader: time, memory, and what is still right.
//!
//! `cargo bench -p napster-dissect --bench limits` makes the captures (some hundred MB each) in a
//! folder below the target folder, runs `nap-dissect --summary-only` on each, and prints a table of
//! what was measured beside the goals. A second table compares every message told of captures that
//! networks spoiled with the messages that are in them. Names of captures behind `--` choose among
//! them. Ratios need tcpdump; where it is not installed they are left out.
//!
//! Seconds are those of the processor, so that they tell the same on a machine that has other things to
//! do; alone on a machine the clock shows as many. Exits with 1 where a goal is missed.

mod captures;
mod faults;
#[path = "../../tests/lab/mod.rs"]
mod lab;
#[path = "../support/mod.rs"]
mod support;
#[path = "../table/truth.rs"]
#[allow(dead_code, reason = "only what names messages is used")]
mod truth;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use captures::Truth;
use serde_json::Value;
use support::{Folder, Run};

/// How often each command runs; the run of the median time counts.
const TIMES: usize = 3;

/// One capture and what it has to cost at most.
struct Case {
    name: &'static str,
    make: fn(&Path) -> io::Result<Truth>,
    goals: Goals,
}

/// The most that a capture may cost; `None` is no goal.
#[derive(Clone, Copy, Default)]
struct Goals {
    /// Seconds of the processor, and the ratio to tcpdump on the clock.
    seconds: Option<f64>,
    ratio: Option<f64>,
    /// MiB resident, with the default budget and with `--max-memory 64M`.
    memory: Option<f64>,
    memory_of_64: Option<f64>,
    /// Which part of the true packets has to be read, in per cent.
    packets: f64,
    /// Whether limits have to be told as reached.
    evicts: bool,
}

const QUICK: Goals = Goals {
    seconds: Some(3.0),
    ratio: Some(15.0),
    memory: Some(288.0),
    memory_of_64: Some(80.0),
    packets: 100.0,
    evicts: false,
};

const NOTHING: Goals =
    Goals { seconds: None, ratio: None, memory: None, memory_of_64: None, ..QUICK };

/// How long the steady traffic is; the longer one is ten times as long.
const ROUNDS: u64 = 1000;

const CASES: [Case; 9] = [
    Case { name: "million", make: captures::million, goals: Goals { evicts: true, ..QUICK } },
    Case {
        name: "beyond-holes",
        make: captures::beyond_holes,
        goals: Goals { evicts: true, ..QUICK },
    },
    Case {
        name: "single-bytes",
        make: captures::single_bytes,
        goals: Goals { seconds: Some(1.0), ..QUICK },
    },
    Case {
        name: "retransmissions",
        make: captures::retransmissions,
        goals: Goals { seconds: Some(1.0), ..QUICK },
    },
    Case {
        name: "short-sessions",
        make: captures::short_sessions,
        goals: Goals { memory: Some(64.0), ..NOTHING },
    },
    Case {
        name: "steady",
        make: |path| captures::steady(path, ROUNDS),
        goals: Goals { memory: Some(16.0), ..NOTHING },
    },
    Case {
        name: "steady-x10",
        make: |path| captures::steady(path, 10 * ROUNDS),
        goals: Goals { memory: Some(16.0), ..NOTHING },
    },
    Case {
        name: "corrupt",
        make: |path| captures::corrupt(path, 10_000),
        goals: Goals { packets: 99.0, ..NOTHING },
    },
    Case { name: "strangers", make: captures::strangers, goals: NOTHING },
];

fn main() -> ExitCode {
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let folder = Folder::new("limits");
    let has_tcpdump = support::is_installed("tcpdump");
    if !has_tcpdump {
        println!("tcpdump is not installed: there are no ratios");
    }
    println!(
        "{:<16} {:>7} {:>8} {:>14} {:>14} {:>14} {:>14} {:>9} {:>9} {:>8}  goals",
        "capture",
        "MB",
        "packets",
        "seconds",
        "x tcpdump",
        "MiB",
        "MiB of 64M",
        "packets",
        "messages",
        "omitted"
    );
    let mut missed = 0;
    let mut steady = None;
    for case in &CASES {
        if !chosen.is_empty() && !chosen.iter().any(|name| name == case.name) {
            continue;
        }
        let capture = folder.file(case.name);
        let truth = (case.make)(&capture).expect("the folder can be written");
        let measured = Measured::of(&capture, &folder, has_tcpdump);
        missed += report(case, &capture, &truth, &measured);
        if case.name == "steady" {
            steady = Some(measured.default.mebibytes());
        }
        if let (Some(shorter), "steady-x10") = (steady, case.name) {
            let more = measured.default.mebibytes() - shorter;
            println!("ten times the length: {more:+.2} MiB (1) {}", mark(more <= 1.0));
            missed += u32::from(more > 1.0);
        }
        std::fs::remove_file(&capture).expect("the folder can be written");
    }
    missed += faults::compare(&chosen, &folder);
    println!("in brackets: the goals; {missed} missed");
    ExitCode::from(u8::from(missed > 0))
}

/// What a capture cost, and what was told of it.
struct Measured {
    default: Run,
    of_64: Run,
    tcpdump: Option<Run>,
    summary: Value,
}

impl Measured {
    fn of(capture: &Path, folder: &Folder, has_tcpdump: bool) -> Self {
        let command = |arguments: &[&str]| {
            let mut command = support::nap_dissect();
            command.arg("--summary-only").args(arguments).arg(capture);
            command
        };
        let default = support::median(TIMES, &mut command(&[]));
        let of_64 = support::median(TIMES, &mut command(&["--max-memory", "64M"]));
        let tcpdump = has_tcpdump.then(|| support::median(TIMES, &mut support::tcpdump(capture)));
        let output = folder.file("output.jsonl");
        support::run(&mut command(&["-f", "jsonl"]), Some(&output));
        let summary = support::last_line(&output).expect("the output can be read");
        let summary = serde_json::from_str(&summary).expect("the last record is the summary");
        Self { default, of_64, tcpdump, summary }
    }

    /// Counts what the summary says under a key, or below it.
    fn count(&self, key: &str) -> u64 {
        match &self.summary[key] {
            Value::Object(counts) => counts.values().filter_map(Value::as_u64).sum(),
            count => count.as_u64().unwrap_or(0),
        }
    }

    fn messages(&self) -> u64 {
        self.summary["messages"]["total"].as_u64().unwrap_or(0)
    }
}

/// Prints a line, and returns how many goals were missed.
fn report(case: &Case, capture: &Path, truth: &Truth, measured: &Measured) -> u32 {
    let goals = &case.goals;
    let size = std::fs::metadata(capture).map_or(0, |metadata| metadata.len());
    let ratio = measured.tcpdump.map(|tcpdump| measured.default.seconds() / tcpdump.seconds());
    let packets = 100.0 * measured.count("packets") as f64 / truth.packets as f64;
    let messages = measured.messages();
    let omitted = measured.count("omitted");
    let statuses = [measured.default.status, measured.of_64.status];
    let tells = [
        Goal::most("seconds", measured.default.cpu.as_secs_f64(), goals.seconds),
        Goal::most("x tcpdump", ratio.unwrap_or(f64::NAN), goals.ratio.filter(|_| ratio.is_some())),
        Goal::most("MiB", measured.default.mebibytes(), goals.memory),
        Goal::most("MiB of 64M", measured.of_64.mebibytes(), goals.memory_of_64),
    ];
    let mut wrong: Vec<&str> =
        tells.iter().filter(|goal| !goal.holds()).map(|goal| goal.what).collect();
    // Damage leaves messages out that are not in the truth.
    let damaged = goals.packets < 100.0;
    for (what, holds) in [
        ("packets", packets >= goals.packets && packets <= 100.0),
        ("flows", damaged || measured.count("flows") == truth.flows),
        ("messages", damaged || messages == truth.messages),
        ("evictions told", !goals.evicts || omitted > 0),
        ("exit status", statuses.iter().all(|&status| status == Some(i32::from(damaged)))),
    ] {
        if !holds {
            wrong.push(what);
        }
    }
    let [seconds, ratio, memory, memory_of_64] = tells.map(|goal| goal.to_string());
    println!(
        "{:<16} {:>7.1} {:>8} {seconds:>14} {ratio:>14} {memory:>14} {memory_of_64:>14} {packets:>8.2}% \
         {messages:>9} {omitted:>8}  {}",
        case.name,
        size as f64 / 1e6,
        truth.packets,
        if wrong.is_empty() { "hold".to_owned() } else { format!("MISSED: {}", wrong.join(", ")) }
    );
    u32::try_from(wrong.len()).unwrap_or(u32::MAX)
}

/// A figure beside the most that it may be.
struct Goal {
    what: &'static str,
    figure: f64,
    most: Option<f64>,
}

impl Goal {
    const fn most(what: &'static str, figure: f64, most: Option<f64>) -> Self {
        Self { what, figure, most }
    }

    fn holds(&self) -> bool {
        self.most.is_none_or(|most| self.figure <= most)
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.figure.is_nan() {
            return f.write_str("-");
        }
        write!(f, "{:.2}", self.figure)?;
        match self.most {
            Some(most) => write!(f, " ({most})"),
            None => Ok(()),
        }
    }
}

const fn mark(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}
