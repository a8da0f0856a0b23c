//! Somebody at a shell: types lines, reads what appears, keeps both.

use std::io::{self, BufReader, Read, Write};
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::start::{self, Arguments};
use crate::terminal::Terminal;
use clap::Parser;

/// How long anything may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// An empty folder of that name.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shell").join(name);
    // It is there only where a run before this one made it.
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A shell in a thread of its own, at the ends of two pipes.
pub(crate) struct Typist {
    keys: Option<mpsc::Sender<Vec<u8>>>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    shell: Option<JoinHandle<Result<(), String>>>,
}

#[derive(Default)]
struct Screen {
    lines: Vec<String>,
    partial: Vec<u8>,
    /// How many lines were waited for.
    read: usize,
}

impl Typist {
    pub(crate) fn new(server: SocketAddrV4, folder: &Path, options: &[&str]) -> Self {
        let (keys, typed) = mpsc::channel();
        let screen = Arc::new((Mutex::new(Screen::default()), Condvar::new()));
        let output = Output(Arc::clone(&screen));
        let mut words = vec!["shell".to_owned(), server.to_string(), "--folder".to_owned()];
        words.push(folder.display().to_string());
        words.extend(options.iter().map(|&option| option.to_owned()));
        let shell = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let input = BufReader::new(Input { typed, rest: Vec::new() });
            let terminal = Terminal::piped(input, output);
            let arguments = Arguments::parse_from(words);
            runtime.block_on(start::run(arguments, terminal)).map_err(|error| error.to_string())
        });
        Self { keys: Some(keys), screen, shell: Some(shell) }
    }

    /// Types a line; it stands in the transcript behind a `>`.
    pub(crate) fn types(&mut self, line: &str) {
        self.types_secretly(line, line);
    }

    /// Types a line of which the transcript shows something else.
    pub(crate) fn types_secretly(&mut self, line: &str, shown: &str) {
        let mut screen = self.screen.0.lock().unwrap();
        screen.lines.push(format!("> {shown}"));
        screen.read = screen.lines.len();
        drop(screen);
        let keys = self.keys.as_ref().expect("an open pipe");
        keys.send(format!("{line}\n").into_bytes()).expect("a shell that reads");
    }

    /// Waits for a line that holds this text, behind those that were waited for; gives it.
    pub(crate) fn sees(&mut self, text: &str) -> String {
        let (lock, changed) = &*self.screen;
        let mut screen = lock.lock().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let new = screen.lines.iter().enumerate().skip(screen.read);
            let found = new.filter(|(_, line)| !line.starts_with("> "));
            if let Some((place, line)) = found.into_iter().find(|(_, line)| line.contains(text)) {
                let line = line.clone();
                screen.read = place + 1;
                return line;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "no `{text}` behind line {} of:\n{}",
                screen.read,
                screen.lines.join("\n")
            );
            screen = changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits for the end of the program; gives the transcript.
    pub(crate) fn leaves(mut self) -> String {
        let shell = self.shell.take().expect("a shell");
        let deadline = Instant::now() + PATIENCE;
        while !shell.is_finished() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(5));
        }
        let transcript = self.transcript();
        assert!(shell.is_finished(), "still running:\n{transcript}");
        shell.join().expect("no panic").unwrap_or_else(|error| panic!("{error}:\n{transcript}"));
        transcript
    }

    /// Closes the input, as the end of a pipe does.
    pub(crate) fn ends_input(&mut self) {
        self.keys = None;
    }

    fn transcript(&self) -> String {
        self.screen.0.lock().unwrap().lines.join("\n") + "\n"
    }
}

struct Input {
    typed: mpsc::Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            // The end of the input, where nobody can type any more.
            self.rest = self.typed.recv().unwrap_or_default();
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

struct Output(Arc<(Mutex<Screen>, Condvar)>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (lock, changed) = &*self.0;
        let mut screen = lock.lock().unwrap();
        screen.partial.extend_from_slice(bytes);
        while let Some(end) = screen.partial.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = screen.partial.drain(..=end).collect();
            screen.lines.push(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
