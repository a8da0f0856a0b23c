//! What is to be looked at later: queues of flows by the time at which they are due.

use std::collections::VecDeque;
use std::time::Duration;

use super::options;
use crate::capture::Timestamp;

/// What a flow waits for. For each kind a flow waits once at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// It was silent.
    Idle,
    /// It had no payload.
    Empty,
    /// Its held data is to be delivered.
    Start,
    /// A hole is to be given up.
    Gap,
    /// The same, where the other side was never heard.
    LoneGap,
    /// An RST came, or both sides sent FIN, and a last packet may follow.
    Ending,
    /// A FIN was the last word, and the other side was never heard.
    LoneFin,
    /// Data waits in it; it is not due by time, but oldest first when memory is short.
    Waiting,
}

const KINDS: [Kind; 8] = [
    Kind::Idle,
    Kind::Empty,
    Kind::Start,
    Kind::Gap,
    Kind::LoneGap,
    Kind::Ending,
    Kind::LoneFin,
    Kind::Waiting,
];

impl Kind {
    fn delay(self) -> Duration {
        match self {
            Self::Idle => options::IDLE_TIMEOUT,
            Self::Empty => options::EMPTY_TIMEOUT,
            Self::Start => options::START_WAIT,
            Self::Gap => options::GAP_WAIT,
            Self::LoneGap => options::LONE_GAP_WAIT,
            Self::Ending => options::END_GRACE,
            Self::LoneFin => options::LONE_FIN_GRACE,
            Self::Waiting => Duration::MAX,
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The kinds for which a flow is queued.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Armed(u8);

/// A flow in a queue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Due {
    pub(super) slot: u32,
    /// Tells apart the flows that used the slot.
    pub(super) generation: u32,
    pub(super) time: Timestamp,
}

/// The queues. As all entries of a kind wait equally long, each is in the order of time.
#[derive(Default)]
pub(super) struct Timers {
    queues: [VecDeque<Due>; KINDS.len()],
    /// How many entries of each queue are of flows that were closed.
    stale: [usize; KINDS.len()],
    /// When the next entry is due, or earlier.
    soonest: Timestamp,
}

impl Timers {
    /// Queues a flow, unless it is queued for that kind already.
    #[inline]
    pub(super) fn arm(
        &mut self,
        kind: Kind,
        armed: &mut Armed,
        (slot, generation): (u32, u32),
        now: Timestamp,
    ) {
        if armed.0 & kind.bit() != 0 {
            return;
        }
        armed.0 |= kind.bit();
        let time = now.saturating_add(kind.delay());
        self.soonest = self.soonest.min(time);
        if let Some(queue) = self.queues.get_mut(kind as usize) {
            queue.push_back(Due { slot, generation, time });
        }
    }

    /// Returns whether something may be due.
    #[inline]
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        has_come(self.soonest, now)
    }

    /// Takes out an entry that is due. Its flow may be closed already.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<(Kind, Due)> {
        for (kind, queue) in KINDS.into_iter().zip(&mut self.queues) {
            if queue.front().is_some_and(|due| has_come(due.time, now)) {
                return Some((kind, queue.pop_front()?));
            }
        }
        let fronts = self.queues.iter().filter_map(|queue| queue.front());
        self.soonest = fronts.map(|due| due.time).min().unwrap_or(Timestamp::MAX);
        None
    }

    /// Takes out the oldest entry of a kind. Its flow may be closed already.
    pub(super) fn pop(&mut self, kind: Kind) -> Option<Due> {
        self.queues.get_mut(kind as usize)?.pop_front()
    }

    /// Notes that an entry was taken out.
    pub(super) fn disarm(kind: Kind, armed: &mut Armed) {
        armed.0 &= !kind.bit();
    }

    /// Notes that an entry was taken out whose flow is closed.
    pub(super) fn was_stale(&mut self, kind: Kind) {
        if let Some(stale) = self.stale.get_mut(kind as usize) {
            *stale = stale.saturating_sub(1);
        }
    }

    /// Notes that a flow was closed; now and then throws its kind of entries away.
    pub(super) fn forget(&mut self, armed: Armed, is_open: impl Fn(&Due) -> bool) {
        for ((kind, queue), stale) in KINDS.into_iter().zip(&mut self.queues).zip(&mut self.stale) {
            if armed.0 & kind.bit() == 0 {
                continue;
            }
            *stale += 1;
            // Each entry is looked at a few times at most before it goes.
            if *stale > 64 && *stale > queue.len() / 2 {
                queue.retain(&is_open);
                *stale = 0;
            }
        }
    }

    /// Returns the memory of all queues.
    pub(super) fn memory(&self) -> usize {
        let entries: usize = self.queues.iter().map(VecDeque::capacity).sum();
        entries * size_of::<Due>()
    }
}

/// Returns whether a time has come. The end of all time never does: times beyond it are moved to it,
/// so what is queued anew at the end would be due at once, again and again.
#[inline]
fn has_come(time: Timestamp, now: Timestamp) -> bool {
    time <= now && time < Timestamp::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_once_and_in_order() {
        let mut timers = Timers::default();
        let (mut one, mut two) = (Armed::default(), Armed::default());
        let now = Timestamp::from_parts(100, 0);
        timers.arm(Kind::Gap, &mut one, (1, 0), now);
        timers.arm(Kind::Gap, &mut one, (1, 0), now);
        timers.arm(Kind::Start, &mut two, (2, 0), now);
        timers.arm(Kind::Waiting, &mut two, (2, 0), now);
        assert!(timers.is_due(now));
        assert_eq!(timers.pop_due(now), None);
        assert!(!timers.is_due(now));
        let later = now.saturating_add(Duration::from_secs(60));
        assert!(timers.is_due(later));
        let slots: Vec<_> = std::iter::from_fn(|| timers.pop_due(later))
            .map(|(kind, due)| (kind, due.slot))
            .collect();
        assert_eq!(slots, [(Kind::Start, 2), (Kind::Gap, 1)]);
        assert_eq!(timers.pop(Kind::Waiting).map(|due| due.slot), Some(2));
    }

    #[test]
    fn entries_of_closed_flows_go() {
        let mut timers = Timers::default();
        for slot in 0..10_000 {
            let mut armed = Armed::default();
            timers.arm(Kind::Idle, &mut armed, (slot, 0), Timestamp::ZERO);
            timers.forget(armed, |due| due.slot > slot);
            assert!(timers.memory() < 100_000);
        }
    }

    #[test]
    fn nothing_is_due_at_the_end_of_time() {
        let (mut timers, mut armed) = (Timers::default(), Armed::default());
        timers.arm(Kind::Start, &mut armed, (0, 0), Timestamp::ZERO);
        timers.arm(Kind::Waiting, &mut armed, (0, 0), Timestamp::ZERO);
        timers.arm(Kind::Idle, &mut armed, (0, 0), Timestamp::MAX);
        assert!(timers.is_due(Timestamp::MAX));
        assert_eq!(timers.pop_due(Timestamp::MAX).map(|due| due.0), Some(Kind::Start));
        assert_eq!(timers.pop_due(Timestamp::MAX), None);
        assert!(!timers.is_due(Timestamp::MAX));
    }
}
