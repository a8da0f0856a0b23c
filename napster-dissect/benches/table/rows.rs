//! The rows of the table: what is run, what it has to reach, and how it is told.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::support::{self, Run, is_installed, nap_dissect, tcpdump};
use super::{Bench, peers, roles, text};

/// What was measured, by the name of the command.
#[derive(Default)]
pub(crate) struct Figures(BTreeMap<&'static str, Vec<Run>>);

impl Figures {
    /// The middle of what a command took on the clock, in seconds.
    pub(crate) fn wall(&self, name: &str) -> Option<f64> {
        self.median(name, |run| run.wall)
    }

    /// The same on the processors.
    pub(crate) fn cpu(&self, name: &str) -> Option<f64> {
        self.median(name, |run| run.cpu)
    }

    /// The most memory that a command took in any round, in MiB.
    pub(crate) fn peak(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.iter().map(Run::mebibytes).reduce(f64::max)
    }

    fn median(&self, name: &str, of: impl Fn(&Run) -> Duration) -> Option<f64> {
        let mut times: Vec<_> = self.0.get(name)?.iter().map(of).collect();
        times.sort_unstable();
        times.get(times.len() / 2).map(Duration::as_secs_f64)
    }
}

/// A command that is measured.
struct Runner {
    name: &'static str,
    command: Command,
    rounds: usize,
}

/// Holds every output to the truth.
pub(crate) fn check(bench: &Bench) -> Result<(), String> {
    for name in ["chat", "bulk", "flows", "messy", "small"] {
        let capture = bench.capture(name);
        let mut whole = dissect(&["-f", "jsonl", "--raw", "--show-secrets"], &capture);
        roles::check_output(&mut whole, &capture, true)?;
    }
    for name in ["chat", "flows", "messy", "bulk"] {
        let capture = bench.capture(name);
        for arguments in [
            &["-f", "jsonl", "--jobs", "1"][..],
            &["-f", "jsonl", "--jobs", "2"],
            &["-f", "jsonl", "--summary-only"],
            &["-f", "jsonl", "--summary-only", "--no-hash"],
        ] {
            roles::check_output(&mut dissect(arguments, &capture), &capture, false)?;
        }
    }
    for compression in ["gzip", "zstd"] {
        let mut packed = dissect(&["-f", "jsonl"], &bench.capture(&format!("chat-{compression}")));
        roles::check_output(&mut packed, &bench.capture("chat"), false)?;
    }
    Ok(())
}

/// Runs every command in turn, round after round.
pub(crate) fn measure(bench: &Bench) -> Figures {
    let mut runners = runners(bench);
    let mut figures = Figures::default();
    let rounds = bench.rounds.max(bench.peer_rounds);
    for round in 0..rounds {
        for runner in runners.iter_mut().filter(|runner| round < runner.rounds) {
            let run = support::run(&mut runner.command, None);
            figures.0.entry(runner.name).or_default().push(run);
        }
    }
    figures
}

fn runners(bench: &Bench) -> Vec<Runner> {
    let chat = bench.capture("chat");
    let bulk = bench.capture("bulk");
    let flows = bench.capture("flows");
    let messy = bench.capture("messy");
    let small = bench.capture("small");
    let hashed = roles::file_bytes(&bulk).to_string();
    let json = |jobs: &str, path: &Path| dissect(&["-f", "jsonl", "--jobs", jobs], path);
    let mut runners: Vec<Runner> = Vec::new();
    let mut add = |name, command| runners.push(Runner { name, command, rounds: bench.rounds });
    add("chat tcpdump", tcpdump(&chat));
    add("chat json 1", json("1", &chat));
    add("chat json 2", json("2", &chat));
    add("chat text", dissect(&["--jobs", "1"], &chat));
    add("chat summary", dissect(&["--jobs", "1", "--summary-only"], &chat));
    add("tenth json 1", json("1", &bench.capture("tenth")));
    add("bulk tcpdump", tcpdump(&bulk));
    add("bulk summary", dissect(&["--jobs", "1", "--summary-only", "--no-hash"], &bulk));
    add("bulk hashed", dissect(&["--jobs", "1", "--summary-only"], &bulk));
    add("bulk hash alone", roles::command("hash", &[&hashed]));
    add("flows tcpdump", tcpdump(&flows));
    add("flows json 1", json("1", &flows));
    add("flows json 2", json("2", &flows));
    add("messy tcpdump", tcpdump(&messy));
    add("messy json 1", json("1", &messy));
    add("small tcpdump", tcpdump(&small));
    add("small json", json("1", &small));
    add("start tcpdump", command("tcpdump", ["--version"]));
    add("start", dissect(&["--version"], Path::new("")));
    for (compression, names) in
        [("gzip", ["chat gzip", "chat gzip alone"]), ("zstd", ["chat zstd", "chat zstd alone"])]
    {
        let path = bench.capture(&format!("chat-{compression}"));
        add(names[0], json("1", &path));
        add(names[1], roles::command("inflate", &[compression, &text(&path)]));
    }
    for peer in peers::PEERS {
        if is_installed(peer.program) {
            for (capture, name) in [(&chat, peer.chat), (&flows, peer.flows)] {
                let command = peer.command(bench, capture);
                runners.push(Runner { name, command, rounds: bench.peer_rounds });
            }
        }
    }
    runners
}

fn dissect(arguments: &[&str], capture: &Path) -> Command {
    let mut command = nap_dissect();
    command.arg("--quiet").args(arguments);
    if capture != Path::new("") {
        command.arg(capture);
    }
    command
}

fn command<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// What commands took, by their names.
type Times<'t> = &'t dyn Fn(&str) -> Option<f64>;

/// A line of the table.
struct Row {
    what: &'static str,
    /// The figure and what it is, on the clock and on the processors.
    figure: fn(Times<'_>) -> Option<f64>,
    unit: &'static str,
    must: f64,
    proud: f64,
    /// The command whose peak of memory is told.
    command: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        what: "chat, JSON Lines, `--jobs 1`",
        figure: |time| Some(time("chat json 1")? / time("chat tcpdump")?),
        unit: "T",
        must: 5.0,
        proud: 4.0,
        command: "chat json 1",
    },
    Row {
        what: "chat, JSON Lines, `--jobs 2`",
        figure: |time| Some(time("chat json 2")? / time("chat tcpdump")?),
        unit: "T",
        must: 3.0,
        proud: 2.2,
        command: "chat json 2",
    },
    Row {
        what: "the same, of `--jobs 1`",
        figure: |time| Some(time("chat json 2")? / time("chat json 1")?),
        unit: "",
        must: 0.62,
        proud: 0.62,
        command: "",
    },
    Row {
        what: "chat, text",
        figure: |time| Some(time("chat text")? / time("chat tcpdump")?),
        unit: "T",
        must: 5.0,
        proud: 4.0,
        command: "chat text",
    },
    Row {
        what: "chat, `--summary-only`",
        figure: |time| Some(time("chat summary")? / time("chat tcpdump")?),
        unit: "T",
        must: 1.8,
        proud: 1.2,
        command: "chat summary",
    },
    Row {
        what: "bulk, `--summary-only --no-hash`",
        figure: |time| Some(time("bulk summary")? / time("bulk tcpdump")?),
        unit: "T",
        must: 1.0,
        proud: 0.8,
        command: "bulk summary",
    },
    Row {
        what: "bulk, `--summary-only`, beyond the former, of hashing alone",
        figure: |time| {
            Some((time("bulk hashed")? - time("bulk summary")?) / time("bulk hash alone")?)
        },
        unit: "",
        must: 1.15,
        proud: 1.15,
        command: "bulk hashed",
    },
    Row {
        what: "flows, JSON Lines, `--jobs 1`",
        figure: |time| Some(time("flows json 1")? / time("flows tcpdump")?),
        unit: "T",
        must: 3.5,
        proud: 2.7,
        command: "flows json 1",
    },
    Row {
        what: "flows, JSON Lines, `--jobs 2`",
        figure: |time| Some(time("flows json 2")? / time("flows tcpdump")?),
        unit: "T",
        must: 2.2,
        proud: 1.7,
        command: "flows json 2",
    },
    Row {
        what: "messy, JSON Lines, `--jobs 1`",
        figure: |time| Some(time("messy json 1")? / time("messy tcpdump")?),
        unit: "T",
        must: f64::NAN,
        proud: f64::NAN,
        command: "messy json 1",
    },
    Row {
        what: "10 MB, JSON Lines",
        figure: |time| Some(time("small json")? / time("small tcpdump")?),
        unit: "T",
        must: 5.0,
        proud: 5.0,
        command: "small json",
    },
    Row {
        what: "`--version`",
        figure: |time| Some(time("start")? / time("start tcpdump")?),
        unit: "T",
        must: 1.0,
        proud: 1.0,
        command: "start",
    },
    Row {
        what: "chat, gzip, of decompressing alone and the plain run",
        figure: |time| Some(time("chat gzip")? / (time("chat gzip alone")? + time("chat json 1")?)),
        unit: "",
        must: 1.05,
        proud: 1.0,
        command: "chat gzip",
    },
    Row {
        what: "chat, zstd, of decompressing alone and the plain run",
        figure: |time| Some(time("chat zstd")? / (time("chat zstd alone")? + time("chat json 1")?)),
        unit: "",
        must: 1.05,
        proud: 1.0,
        command: "chat zstd",
    },
    Row {
        what: "chat, JSON Lines, a tenth of the capture",
        figure: |time| time("tenth json 1"),
        unit: "s",
        must: f64::NAN,
        proud: f64::NAN,
        command: "tenth json 1",
    },
];

/// Prints what was measured and what it has to reach.
pub(crate) fn print(figures: &Figures) {
    println!("| what | time | on the processors | must | proud | peak memory |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for row in ROWS {
        let told = |figure: Option<f64>| match figure {
            Some(figure) => format!("{figure:.2} {}", row.unit).trim_end().to_owned(),
            None => "-".to_owned(),
        };
        let goal = |goal: f64| if goal.is_nan() { "-".to_owned() } else { format!("{goal}") };
        let wall = told((row.figure)(&|name| figures.wall(name)));
        let cpu = told((row.figure)(&|name| figures.cpu(name)));
        let peak =
            figures.peak(row.command).map_or("-".to_owned(), |peak| format!("{peak:.1} MiB"));
        let (what, must, proud) = (row.what, goal(row.must), goal(row.proud));
        println!("| {what} | {wall} | {cpu} | {must} | {proud} | {peak} |");
    }
}
