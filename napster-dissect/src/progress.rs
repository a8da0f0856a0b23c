//! A bar on standard error that tells how far the inputs were read.

use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use napster_dissect::capture::Control;

/// What takes less time needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the bar is drawn anew.
const PERIOD: Duration = Duration::from_millis(200);

const TEMPLATE: &str = "{wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

/// Shows the bar until it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    worker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// A bar that never shows.
    pub(crate) fn none() -> Self {
        Self { bar: ProgressBar::hidden(), worker: None }
    }

    /// Begins to show how far inputs were read, where somebody looks and their sizes are known.
    pub(crate) fn of(inputs: &[PathBuf], control: &Control) -> Self {
        let sizes = inputs.iter().map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            metadata.is_file().then_some(metadata.len())
        });
        match sizes.sum::<Option<u64>>() {
            Some(total) if io::stderr().is_terminal() => Self::start(total, control.clone()),
            _ => Self::none(),
        }
    }

    fn start(total: u64, control: Control) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        let (sender, end) = mpsc::channel();
        let drawn = bar.clone();
        let worker = thread::spawn(move || {
            let mut wait = PATIENCE;
            while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                if wait == PATIENCE {
                    wait = PERIOD;
                    drawn.set_draw_target(ProgressDrawTarget::stderr());
                }
                drawn.set_position(control.taken());
            }
            drawn.finish_and_clear();
        });
        Self { bar, worker: Some((sender, worker)) }
    }

    /// Takes the bar away for something that is said on standard error.
    pub(crate) fn suspend(&self, say: impl FnOnce()) {
        self.bar.suspend(say);
    }

    /// Makes a writer to a terminal step aside for the bar.
    pub(crate) fn beside(&self, out: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        match self.worker {
            Some(_) => Box::new(Beside { bar: self.bar.clone(), out }),
            None => out,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, worker)) = self.worker.take() {
            drop(sender);
            // It has nothing to tell but the bar, which is gone either way.
            let _ = worker.join();
        }
    }
}

/// Takes the bar away while something is written.
struct Beside {
    bar: ProgressBar,
    out: Box<dyn Write + Send>,
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bar.suspend(|| {
            let count = self.out.write(bytes)?;
            self.out.flush()?;
            Ok(count)
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
