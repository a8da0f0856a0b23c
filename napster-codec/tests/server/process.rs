//! A server as a process.

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;

use crate::start::{self, Arguments};

/// Longer than anything here takes on the slowest machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// Tells the process of a test that it is to be the server, and with which arguments.
const ARGUMENTS: &str = "NAPSTER_SERVER_ARGUMENTS";

/// In the process of a [`Server`] this is the program; otherwise there is nothing to do.
#[test]
fn serves_where_it_is_told_to() {
    let Ok(arguments) = env::var(ARGUMENTS) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let words = ["server"].into_iter().chain(arguments.split('\n'));
    let served = runtime.expect("a runtime").block_on(start::run(Arguments::parse_from(words)));
    served.expect("a server");
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    printed: Arc<(Mutex<Vec<String>>, Condvar)>,
}

impl Server {
    /// Starts a server on a free port, and reads what it prints.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let (server, mut output) = Self::start_unread(arguments);
        let printed = server.printed.clone();
        thread::spawn(move || {
            let mut line = String::new();
            while output.read_line(&mut line).is_ok_and(|length| length > 0) {
                printed.0.lock().expect("the lines").push(line.trim_end().to_owned());
                printed.1.notify_all();
                line.clear();
            }
        });
        server
    }

    /// Starts a server of whose output nobody reads more than the port.
    pub(crate) fn start_unread(arguments: &[&str]) -> (Self, BufReader<ChildStdout>) {
        let mut command = Command::new(env::current_exe().expect("this program"));
        let test = concat!(module_path!(), "::serves_where_it_is_told_to");
        let test = test.split_once("::").map_or(test, |(_, path)| path);
        command.args([test, "--exact", "--nocapture"]);
        command.env(ARGUMENTS, [&["--port", "0"], arguments].concat().join("\n"));
        let mut process = command.stdout(Stdio::piped()).spawn().expect("a process");
        let mut output = BufReader::new(process.stdout.take().expect("an output"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let length = output.read_line(&mut line).expect("an output");
            assert!(length > 0, "the server ended before it listened");
            if let Some((_, port)) = line.split_once("index server on 127.0.0.1, port ") {
                break port.trim().parse().expect("a port");
            }
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        (Self { process, address, printed: Arc::default() }, output)
    }

    /// Waits for a line that holds this text; gives it.
    pub(crate) fn prints(&self, text: &str) -> String {
        let (lines, changed) = &*self.printed;
        let mut lines = lines.lock().expect("the lines");
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(line) = lines.iter().find(|line| line.contains(text)) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no `{text}` in:\n{}", lines.join("\n"));
            lines = changed.wait_timeout(lines, left).expect("the lines").0;
        }
    }

    /// The memory that is resident, in bytes; known on Linux only.
    pub(crate) fn memory(&self) -> Option<u64> {
        const PAGE: u64 = 4096;
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id())).ok()?;
        statm.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(PAGE)
    }

    /// Asks the server to end, as a system does.
    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let process = self.process.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &process]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for the end of the server.
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + LONG;
        loop {
            if let Some(status) = self.process.try_wait().expect("a process") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server is still there");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
