//! What the benches share: running commands, measuring them, and a folder for their captures.
//!
//! A bench that measures memory has to stay small itself: on Linux the peak of a child counts from
//! that of the process that started it.

#![allow(dead_code, unreachable_pub, reason = "each bench uses a part of it")]

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// One run of a command.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The time from its start to its end.
    pub wall: Duration,
    /// The time on all processors, the kernel's for it included.
    pub cpu: Duration,
    /// The most memory that it had resident, in bytes.
    pub peak: u64,
    /// Its exit status; none if a signal ended it.
    pub status: Option<i32>,
}

impl Run {
    /// Returns the time in seconds.
    pub fn seconds(&self) -> f64 {
        self.wall.as_secs_f64()
    }

    /// Returns the peak in MiB.
    pub fn mebibytes(&self) -> f64 {
        self.peak as f64 / f64::from(1 << 20)
    }
}

/// Runs a command with its output in a file, or nowhere.
///
/// # Panics
///
/// Panics when the command cannot be run.
pub fn run(command: &mut Command, output: Option<&Path>) -> Run {
    let output = match output {
        Some(path) => Stdio::from(File::create(path).expect("the folder can be written")),
        None => Stdio::null(),
    };
    command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().expect("the command runs");
    let usage = child.wait4().expect("the command ends");
    let wall = start.elapsed();
    let (usage, status) = (usage.rusage, usage.status.code());
    Run { wall, cpu: usage.utime + usage.stime, peak: usage.maxrss, status }
}

/// Runs a command several times and returns the run of the median time.
///
/// # Panics
///
/// Panics when the command cannot be run, or `times` is 0.
pub fn median(times: usize, command: &mut Command) -> Run {
    let mut runs: Vec<Run> = (0..times).map(|_| run(command, None)).collect();
    runs.sort_by_key(|run| run.wall);
    runs[times / 2]
}

/// Returns the command under test, built with the bench's profile.
pub fn nap_dissect() -> Command {
    Command::new(env!("CARGO_BIN_EXE_nap-dissect"))
}

/// Returns `tcpdump -r FILE -w /dev/null`, which does no more than read the file.
pub fn tcpdump(capture: &Path) -> Command {
    let mut command = Command::new("tcpdump");
    command.arg("-r").arg(capture).args(["-w", "/dev/null"]);
    command
}

/// Says whether a program is there to be compared with.
pub fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok()
}

/// Returns the last line of a file.
///
/// # Errors
///
/// What the operating system says.
pub fn last_line(path: &Path) -> io::Result<String> {
    const WINDOW: u64 = 64 * 1024;
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(WINDOW);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let text = String::from_utf8_lossy(&end);
    Ok(text.lines().last().unwrap_or_default().to_owned())
}

/// A folder that is gone when the bench ends.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes an empty folder beside the other things that cargo builds.
    ///
    /// # Panics
    ///
    /// Panics when it cannot be made.
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    /// Returns the path of a file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
