//! How fast `nap-dissect` is, beside what people use: every program in turn on the same captures.
//!
//! ```text
//! cargo bench -p napster-dissect --bench table
//! ```
//!
//! The captures are made first, from a fixed seed, with their truth beside them; an output that does
//! not say the truth ends the bench. `T` is the time of `tcpdump -r FILE -w /dev/null`. What is not
//! installed is left out. Set in the environment:
//!
//! * `NAP_BENCH_MB`: the size of the big captures (64); the table of the README was measured with 100.
//! * `NAP_BENCH_ROUNDS`: how often each program runs (7); medians are told.
//! * `NAP_BENCH_PEERS`: how often the slow programs run (1); 0 leaves them out.

#[path = "../../tests/lab/mod.rs"]
mod lab;
mod peers;
mod roles;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod traffic;
mod truth;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rows::Figures;
use support::{Folder, is_installed};
use traffic::Kind;

/// The size of the small capture, in MB.
const SMALL: u64 = 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, role, rest @ ..] = arguments.as_slice()
        && let Some(result) = roles::play(role, rest)
    {
        return report(result);
    }
    report(table())
}

fn report(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Everything that the rows are measured with.
struct Bench {
    folder: Folder,
    rounds: usize,
    peer_rounds: usize,
}

impl Bench {
    fn capture(&self, name: &str) -> PathBuf {
        self.folder.file(&format!("{name}.pcap"))
    }
}

fn table() -> Result<(), String> {
    if !is_installed("tcpdump") {
        return Err("tcpdump is not installed, and it is what everything is measured by".to_owned());
    }
    let bench = Bench {
        folder: Folder::new("table"),
        rounds: setting("NAP_BENCH_ROUNDS", 7).max(1) as usize,
        peer_rounds: setting("NAP_BENCH_PEERS", 1) as usize,
    };
    let megabytes = setting("NAP_BENCH_MB", 64).max(1);
    let mut sizes: Vec<_> = Kind::ALL.map(|kind| (kind, kind.name(), megabytes)).to_vec();
    sizes.push((Kind::Chat, "small", SMALL.min(megabytes)));
    sizes.push((Kind::Chat, "tenth", megabytes.div_ceil(10)));
    for (kind, name, megabytes) in sizes {
        let path = bench.capture(name);
        // In a process of its own: the peak of a child counts from that of its parent.
        roles::in_child("generate", &[kind.name(), &megabytes.to_string(), &text(&path)])?;
    }
    for compression in ["gzip", "zstd"] {
        let (from, to) = (bench.capture("chat"), bench.capture(&format!("chat-{compression}")));
        roles::in_child("compress", &[compression, &text(&from), &text(&to)])?;
    }
    rows::check(&bench)?;
    let figures = rows::measure(&bench);
    print(&bench, &figures, megabytes);
    Ok(())
}

fn print(bench: &Bench, figures: &Figures, megabytes: u64) {
    println!(
        "Captures of {megabytes} MB, medians of {} rounds, {} processors, load {}.\n",
        bench.rounds,
        std::thread::available_parallelism().map_or(1, usize::from),
        load().unwrap_or_default(),
    );
    rows::print(figures);
    println!();
    peers::print(figures);
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// How busy the machine was in the last minute, where the system tells.
fn load() -> Option<String> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next().map(str::to_owned)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
