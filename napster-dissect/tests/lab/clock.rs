//! The virtual clock of the laboratory.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// A clock that moves only when told; its clones are the same clock.
///
/// It also numbers the conversations that run on it.
#[derive(Clone, Debug)]
pub struct Clock {
    now: Rc<Cell<u64>>,
    conversations: Rc<Cell<usize>>,
}

impl Clock {
    /// Starts a clock at a Unix time in seconds.
    pub fn at(seconds: u64) -> Self {
        let now = Rc::new(Cell::new(seconds * 1_000_000_000));
        Self { now, conversations: Rc::default() }
    }

    /// Returns a clock that shows the same time and then goes its own way, for a conversation that
    /// runs at the same time as others; both number their conversations together.
    pub fn apart(&self) -> Self {
        let now = Rc::new(Cell::new(self.now.get()));
        Self { now, conversations: Rc::clone(&self.conversations) }
    }

    /// Lets time pass.
    pub fn wait(&self, time: Duration) {
        let nanoseconds = u64::try_from(time.as_nanos()).expect("nobody waits for 584 years");
        self.now.set(self.now.get() + nanoseconds);
    }

    /// Returns the time in nanoseconds since 1970.
    pub fn now(&self) -> u64 {
        self.now.get()
    }

    /// Gives out the number of the next conversation.
    pub fn number(&self) -> usize {
        let number = self.conversations.get();
        self.conversations.set(number + 1);
        number
    }
}

impl Default for Clock {
    /// Starts at the evening of 21 November 2000, 20:00 UTC.
    fn default() -> Self {
        Self::at(974_836_800)
    }
}
