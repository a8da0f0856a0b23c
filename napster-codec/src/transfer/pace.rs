//! When something was last heard, and when progress is told again.

use core::time::Duration;

use crate::transfer::{Progress, TransferOptions};

/// Counts the bytes of a transfer and watches that it does not stand still.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    stall: Duration,
    interval: u64,
    /// When something last came or went.
    heard: Duration,
    progress: Progress,
    told: u64,
}

impl Pace {
    pub(super) fn new(options: &TransferOptions, now: Duration) -> Self {
        let (stall, interval) = (options.stall_timeout, options.progress_interval);
        Self { stall, interval, heard: now, progress: Progress::default(), told: 0 }
    }

    /// Something came or went.
    pub(super) const fn hear(&mut self, now: Duration) {
        self.heard = now;
    }

    /// When the transfer counts as stalled; `None` where that time cannot be said.
    pub(super) fn stalls_at(&self) -> Option<Duration> {
        self.after(self.stall)
    }

    /// The earlier of a moment and that at which the transfer counts as stalled.
    pub(super) fn wakes_at(&self, other: Option<Duration>) -> Option<Duration> {
        other.into_iter().chain(self.stalls_at()).min()
    }

    /// The moment a span behind the last thing heard.
    pub(super) fn after(&self, span: Duration) -> Option<Duration> {
        self.heard.checked_add(span)
    }

    /// The file begins at a place.
    pub(super) const fn begin(&mut self, size: u64, position: u64) {
        self.progress = Progress { position, size: Some(size), bytes: 0 };
    }

    /// Counts bytes of the file; says whether progress is to be told.
    pub(super) const fn count(&mut self, bytes: u64) -> bool {
        self.progress.bytes = self.progress.bytes.saturating_add(bytes);
        self.progress.position = self.progress.position.saturating_add(bytes);
        let due = self.interval > 0 && self.progress.bytes - self.told >= self.interval;
        if due {
            self.told = self.progress.bytes - self.progress.bytes % self.interval;
        }
        due
    }

    pub(super) const fn progress(&self) -> Progress {
        self.progress
    }
}
