//! Captures that are read side by side, and told one after the other.
//!
//! Each thread reads a capture. One of them has the turn: all captures before its own are told, so
//! what it finds goes to the sink at once. What the others find is kept, up to a limit, and told when
//! their turn comes; only then it is known how many flows there were before theirs.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::turns::{Ending, Found, Place, Turns};
use super::{Options, Outcome, RunError, tell};
use crate::capture::{Input, Inputs, Timestamp};
use crate::story::{CaptureRecord, Kept, Record, RecordSink};

/// Records are passed on in portions of so many bytes.
const PORTION: usize = 128 * 1024;

/// Reads captures, as many at a time as there are jobs, and tells them in order.
pub(super) fn run(
    captures: Vec<(CaptureRecord, Input)>,
    options: &Options,
    sink: &mut (dyn RecordSink + Send),
) -> Result<Outcome, RunError> {
    let jobs = options.jobs.get().min(captures.len());
    let line = Line {
        options,
        passes_over_messages: sink.passes_over_messages(),
        turns: Mutex::new(Turns::new(captures, options.max_waiting_bytes)),
        moved: Condvar::new(),
        sink: Mutex::new(sink),
    };
    thread::scope(|scope| {
        for _ in 1..jobs {
            // Where the system has no more threads, those that there are do the work.
            if thread::Builder::new().spawn_scoped(scope, || line.work()).is_err() {
                break;
            }
        }
        line.work();
    });
    let Line { turns, sink, .. } = line;
    let Turns { mut outcome, error, .. } =
        turns.into_inner().unwrap_or_else(PoisonError::into_inner);
    let sink = sink.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.reported |= sink.diagnostics() > 0;
    error.map_or(Ok(outcome), Err)
}

/// What the threads share.
struct Line<'s> {
    options: &'s Options,
    passes_over_messages: bool,
    turns: Mutex<Turns>,
    /// Somebody else has the turn, or room was made for records that wait.
    moved: Condvar,
    /// Used by whoever has the turn.
    sink: Mutex<&'s mut (dyn RecordSink + Send)>,
}

impl<'s> Line<'s> {
    /// Reads captures until none is left.
    fn work(&self) {
        let _guard = Guard(self);
        while let Some((index, (capture, input), turn)) = self.next() {
            let captures = [capture];
            let inputs = Inputs::new(vec![input], &self.options.control);
            if let Some(first_flow) = turn {
                let mut sink = self.sink();
                let ending = tell(&captures, inputs, self.options, first_flow, &mut **sink);
                drop(sink);
                self.told(ending);
            } else {
                let mut ahead = Ahead::new(self, index);
                let ending = tell(&captures, inputs, self.options, 0, &mut ahead);
                ahead.finish(ending);
            }
        }
    }

    /// The next capture that nobody reads, and the number of its first flow if it has the turn.
    ///
    /// What comes live has to be told as it comes, so it waits for its turn.
    fn next(&self) -> Option<(usize, (CaptureRecord, Input), Option<u64>)> {
        let mut turns = self.turns();
        // Whoever has the turn tells that the run was asked to stop.
        let is_due = turns.unread.peek()?.0 == turns.turn;
        if turns.over || self.options.control.is_stopped() && !is_due {
            return None;
        }
        let (index, (capture, input)) = turns.unread.next()?;
        while input.is_live() && turns.turn != index {
            turns = self.wait(turns);
            if turns.over {
                return None;
            }
        }
        let turn = (turns.turn == index).then_some(turns.first_flow);
        Some((index, (capture, input), turn))
    }

    /// Waits until records of a capture can be told, and returns the number of its first flow, or
    /// `None` where they are to be kept.
    fn place(&self, index: usize, bytes: usize) -> io::Result<Option<u64>> {
        let mut turns = self.turns();
        loop {
            match turns.place(index, bytes) {
                Place::Turn(first_flow) => return Ok(Some(first_flow)),
                Place::Kept => return Ok(None),
                Place::Full => turns = self.wait(turns),
                Place::Over => return Err(over()),
            }
        }
    }

    /// Waits for the turn of a capture, and returns the number of its first flow.
    fn turn(&self, index: usize) -> io::Result<u64> {
        let mut turns = self.turns();
        while !turns.over && turns.turn != index {
            turns = self.wait(turns);
        }
        if turns.over { Err(over()) } else { Ok(turns.first_flow) }
    }

    /// Tells records whose turn it is.
    fn tell(&self, records: &mut VecDeque<Kept>, first_flow: u64) -> io::Result<()> {
        let mut sink = self.sink();
        while let Some(mut portion) = records.pop_front() {
            let bytes = portion.memory();
            portion.number_from(first_flow);
            portion.tell(&mut **sink)?;
            self.turns().give_back(portion, bytes);
            self.moved.notify_all();
        }
        Ok(())
    }

    /// Takes what was found in a capture that began before its turn, and was read to its end.
    fn read(&self, index: usize, found: Found) {
        let mut turns = self.turns();
        if turns.turn == index {
            let first_flow = turns.first_flow;
            drop(turns);
            self.told(self.tell_found(found, first_flow));
        } else if !turns.over {
            turns.read.insert(index, found);
        }
    }

    /// Passes the turn on from a capture that was told, and tells those behind it that were read.
    fn told(&self, mut ending: Ending) {
        loop {
            let mut turns = self.turns();
            let next = turns.told(ending);
            if turns.over {
                // Who reads ahead may have nothing to tell for long, and shall stop too.
                self.options.control.stop();
            }
            drop(turns);
            self.moved.notify_all();
            let Some((first_flow, found)) = next else { return };
            ending = self.tell_found(found, first_flow);
        }
    }

    fn tell_found(&self, mut found: Found, first_flow: u64) -> Ending {
        self.tell(&mut found.records, first_flow).map_err(RunError::Output)?;
        found.ending
    }

    fn wait<'g>(&self, turns: MutexGuard<'g, Turns>) -> MutexGuard<'g, Turns> {
        self.moved.wait(turns).unwrap_or_else(PoisonError::into_inner)
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sink(&self) -> MutexGuard<'_, &'s mut (dyn RecordSink + Send)> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the records of a capture that is read before its turn.
struct Ahead<'l, 's> {
    line: &'l Line<'s>,
    index: usize,
    /// Portions that wait.
    waiting: VecDeque<Kept>,
    /// The portion that is being filled.
    portion: Kept,
    failed: bool,
}

impl<'l, 's> Ahead<'l, 's> {
    fn new(line: &'l Line<'s>, index: usize) -> Self {
        let (waiting, portion) = (VecDeque::new(), Kept::default());
        Self { line, index, waiting, portion, failed: false }
    }

    /// Passes the portion on: it is told where the capture has the turn by now.
    fn pass_on(&mut self) -> io::Result<()> {
        let portion = mem::take(&mut self.portion);
        let result = self.line.place(self.index, portion.memory()).and_then(|turn| {
            self.waiting.push_back(portion);
            turn.map_or(Ok(()), |first_flow| self.line.tell(&mut self.waiting, first_flow))
        });
        self.failed = result.is_err();
        result
    }

    /// The capture was read to its end.
    fn finish(mut self, ending: Ending) {
        let rest = if self.failed { Ok(()) } else { self.pass_on() };
        let ending = ending.and_then(|told| rest.map(|()| told).map_err(RunError::Output));
        self.line.read(self.index, Found { records: self.waiting, ending });
    }
}

impl RecordSink for Ahead<'_, '_> {
    fn started(&mut self, time: Timestamp) {
        self.portion.started(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.portion.record(record);
        if self.portion.size() >= PORTION {
            self.pass_on()?;
            self.portion = self.line.turns().take_free();
        }
        Ok(())
    }

    fn passes_over_messages(&self) -> bool {
        self.line.passes_over_messages
    }

    fn file_begins(&mut self) -> io::Result<()> {
        self.line.turn(self.index).map(drop)
    }
}

/// What is found is for nobody: the reading stops.
fn over() -> io::Error {
    io::Error::other("nothing more is told")
}

/// Lets nobody wait for a thread that failed.
struct Guard<'l, 's>(&'l Line<'s>);

impl Drop for Guard<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.turns().over = true;
            self.0.options.control.stop();
            self.0.moved.notify_all();
        }
    }
}
