//! Which capture has the turn to be told, and what waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::iter::{Enumerate, Peekable};
use std::vec;

use super::{Outcome, RunError};
use crate::capture::Input;
use crate::story::{CaptureRecord, Kept};

/// Captures in the order in which they are told, whoever reads them when.
pub(super) struct Turns {
    /// The captures that nobody reads yet.
    pub(super) unread: Peekable<Enumerate<vec::IntoIter<(CaptureRecord, Input)>>>,
    /// The capture that has the turn.
    pub(super) turn: usize,
    /// The number of its first flow.
    pub(super) first_flow: u64,
    /// Captures that were read before their turn.
    pub(super) read: BTreeMap<usize, Found>,
    /// The bytes of records that wait.
    waiting: usize,
    /// The most that they may be, together with what is free.
    max_waiting: usize,
    /// Memory of records that were told, to be filled again.
    free: Vec<Kept>,
    /// The bytes of it.
    free_bytes: usize,
    pub(super) outcome: Outcome,
    pub(super) error: Option<RunError>,
    /// Nothing more is told.
    pub(super) over: bool,
}

impl Turns {
    pub(super) fn new(captures: Vec<(CaptureRecord, Input)>, max_waiting: usize) -> Self {
        Self {
            unread: captures.into_iter().enumerate().peekable(),
            turn: 0,
            first_flow: 0,
            read: BTreeMap::new(),
            waiting: 0,
            max_waiting,
            free: Vec::new(),
            free_bytes: 0,
            outcome: Outcome::default(),
            error: None,
            over: false,
        }
    }

    /// Says what becomes of so many bytes of records of a capture. They wait from now on unless
    /// there is no room; the turn needs none.
    pub(super) fn place(&mut self, index: usize, bytes: usize) -> Place {
        if self.over {
            return Place::Over;
        }
        let place = if self.turn == index {
            Place::Turn(self.first_flow)
        } else if self.has_room(bytes) {
            Place::Kept
        } else {
            return Place::Full;
        };
        self.waiting += bytes;
        place
    }

    /// Takes records that were told, and waited with so many bytes, to be filled again.
    pub(super) fn give_back(&mut self, mut records: Kept, bytes: usize) {
        records.clear();
        self.waiting -= bytes;
        let free = records.memory();
        if self.has_room(free) {
            self.free_bytes += free;
            self.free.push(records);
        }
    }

    /// Returns memory for records.
    pub(super) fn take_free(&mut self) -> Kept {
        let records = self.free.pop().unwrap_or_default();
        self.free_bytes -= records.memory();
        records
    }

    /// Says whether there is room for so many bytes more; gives up free memory for it.
    fn has_room(&mut self, bytes: usize) -> bool {
        let Some(room) = self.max_waiting.checked_sub(self.waiting.saturating_add(bytes)) else {
            return false;
        };
        while self.free_bytes > room {
            drop(self.take_free());
        }
        true
    }

    /// Passes the turn on; returns the next capture if it was read, with the number of its first
    /// flow.
    pub(super) fn told(&mut self, ending: Ending) -> Option<(u64, Found)> {
        match ending {
            Ok((outcome, flows)) => {
                self.outcome.unread_input |= outcome.unread_input;
                self.outcome.reported |= outcome.reported;
                self.outcome.interrupted |= outcome.interrupted;
                if outcome.interrupted {
                    self.over = true;
                    return None;
                }
                self.turn += 1;
                self.first_flow += flows;
            }
            Err(error) => {
                self.error = Some(error);
                self.over = true;
                return None;
            }
        }
        let found = self.read.remove(&self.turn)?;
        Some((self.first_flow, found))
    }
}

/// How reading a capture ended, and its number of flows.
pub(super) type Ending = Result<(Outcome, u64), RunError>;

/// What was found in a capture that was read to its end before its turn.
pub(super) struct Found {
    pub(super) records: VecDeque<Kept>,
    pub(super) ending: Ending,
}

/// Where records of a capture go.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// All captures before are told; they had so many flows.
    Turn(u64),
    /// There is room for them.
    Kept,
    /// There is none; wait.
    Full,
    /// Nobody wants them any more.
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{InterfaceRecord, Record};

    /// Reading a capture with so many flows went well.
    fn read(flows: u64) -> Ending {
        Ok((Outcome::default(), flows))
    }

    #[test]
    fn what_waits_is_limited() {
        let mut turns = Turns::new(Vec::new(), 100);
        assert_eq!(turns.place(2, 60), Place::Kept);
        assert_eq!(turns.place(1, 41), Place::Full);
        assert_eq!(turns.place(1, 40), Place::Kept);
        assert_eq!(turns.place(1, 1), Place::Full);
        assert_eq!(turns.place(1, usize::MAX), Place::Full);
        assert_eq!(turns.waiting, 100);
        // Whoever has the turn needs no room.
        assert_eq!(turns.place(0, 1000), Place::Turn(0));
        turns.give_back(Kept::default(), 1000);
        assert_eq!(turns.waiting, 100);
        assert!(turns.told(read(7)).is_none());
        assert_eq!(turns.place(1, 1000), Place::Turn(7));
        assert_eq!(turns.place(2, 1), Place::Full);
    }

    /// What is free is used again, and takes no room from what waits.
    #[test]
    fn what_is_free_is_limited_too() {
        let records = || {
            let mut records = Kept::default();
            let link_type = "user0".to_owned();
            let interface = InterfaceRecord { capture: 0, interface: 0, link_type, snap_length: 0 };
            records.record(&Record::Interface(&interface));
            records
        };
        let mut emptied = records();
        emptied.clear();
        let (full, empty) = (records().memory(), emptied.memory());
        let mut turns = Turns::new(Vec::new(), 3 * full);
        for _ in 0..3 {
            assert_eq!(turns.place(1, full), Place::Kept);
        }
        for count in 1..=3 {
            turns.give_back(records(), full);
            assert_eq!((turns.free.len(), turns.free_bytes), (count, count * empty));
        }
        assert_eq!(turns.take_free().memory(), empty);
        assert_eq!((turns.free.len(), turns.free_bytes), (2, 2 * empty));
        for (left, place) in
            [(2, Place::Kept), (1, Place::Kept), (0, Place::Kept), (0, Place::Full)]
        {
            assert_eq!(turns.place(1, full), place);
            assert_eq!((turns.free.len(), turns.free_bytes), (left, left * empty));
        }
        assert_eq!(turns.take_free().memory(), 0);
    }

    #[test]
    fn flows_are_numbered_on() {
        let mut turns = Turns::new(Vec::new(), 0);
        for (index, flows) in [(2, 5), (1, 0), (4, 1)] {
            turns.read.insert(index, Found { records: VecDeque::new(), ending: read(flows) });
        }
        let (first_flow, found) = turns.told(read(3)).expect("the second was read");
        assert_eq!(first_flow, 3);
        let (first_flow, found) = turns.told(found.ending).expect("the third was read");
        assert_eq!(first_flow, 3);
        assert!(turns.told(found.ending).is_none());
        assert_eq!((turns.turn, turns.place(3, 1)), (3, Place::Turn(8)));
    }

    #[test]
    fn nothing_is_told_behind_an_end() {
        let interrupted = Outcome { interrupted: true, ..Outcome::default() };
        let failed = || Err(RunError::Output(std::io::Error::other("full")));
        for (ending, is_error) in [(Ok((interrupted, 1)), false), (failed(), true)] {
            let mut turns = Turns::new(Vec::new(), 100);
            turns.read.insert(1, Found { records: VecDeque::new(), ending: read(1) });
            assert!(turns.told(ending).is_none());
            assert_eq!((turns.error.is_some(), turns.outcome.interrupted), (is_error, !is_error));
            assert_eq!([0, 1, 2].map(|index| turns.place(index, 1)), [const { Place::Over }; 3]);
        }
    }
}
