//! Whose turn it is to be sent a file.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

/// How many files are sent at a time, and how many requests wait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "built with `..QueueLimits::default()`")]
pub struct QueueLimits {
    /// Files that are sent at a time; 0 for none.
    pub uploads: usize,
    /// Files that one user is sent at a time.
    pub uploads_per_nick: usize,
    /// Requests that wait.
    pub waiting: usize,
    /// Requests of one user that wait.
    pub waiting_per_nick: usize,
    /// How long a request waits without being made again.
    ///
    /// The protocol has no message for a free place: who waits asks again (203), so who does not
    /// has lost interest.
    pub patience: Duration,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            uploads: 4,
            uploads_per_nick: 2,
            waiting: 100,
            waiting_per_nick: 10,
            patience: Duration::from_secs(300),
        }
    }
}

/// The answer to a request for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Turn {
    /// Now: a place is taken until [`UploadQueue::finish`].
    Start,
    /// Later, behind so many others; 0 for the first in the row. Messages 619 and 620 say it.
    Wait {
        /// How many requests come before.
        position: usize,
    },
    /// Not at all: too many wait.
    Refuse,
}

/// Who is being sent a file and who waits.
///
/// Nicks are the same in any case of their letters. A request is a nick and a file name; made again
/// it keeps its place.
#[derive(Clone, Debug, Default)]
pub struct UploadQueue {
    limits: QueueLimits,
    running: Vec<Wish>,
    waiting: VecDeque<(Wish, Duration)>,
}

#[derive(Clone, Debug)]
struct Wish {
    nick: Vec<u8>,
    filename: Vec<u8>,
}

impl Wish {
    fn is(&self, nick: &[u8], filename: &[u8]) -> bool {
        self.nick.eq_ignore_ascii_case(nick) && self.filename == filename
    }
}

impl UploadQueue {
    /// Nobody is sent anything, nobody waits.
    #[must_use]
    pub const fn new(limits: QueueLimits) -> Self {
        Self { limits, running: Vec::new(), waiting: VecDeque::new() }
    }

    /// Somebody asks for a file, for the first time or again.
    pub fn ask(&mut self, nick: &[u8], filename: &[u8], now: Duration) -> Turn {
        self.expire(now);
        if self.running.iter().any(|wish| wish.is(nick, filename)) {
            return Turn::Start;
        }
        let place = match self.position(nick, filename) {
            Some(place) => place,
            None if self.is_full_for(nick) => return self.start_or_refuse(nick, filename),
            None => {
                let wish = Wish { nick: nick.to_vec(), filename: filename.to_vec() };
                self.waiting.push_back((wish, now));
                self.waiting.len() - 1
            }
        };
        if let Some((_, seen)) = self.waiting.get_mut(place) {
            *seen = now;
        }
        if self.next_place() == Some(place)
            && let Some((wish, _)) = self.waiting.remove(place)
        {
            self.running.push(wish);
            return Turn::Start;
        }
        Turn::Wait { position: place }
    }

    /// An upload has ended, or was never begun; says whether it had a place.
    pub fn finish(&mut self, nick: &[u8], filename: &[u8]) -> bool {
        let place = self.running.iter().position(|wish| wish.is(nick, filename));
        place.is_some_and(|place| {
            self.running.remove(place);
            true
        })
    }

    /// The next one who can start, as nick and file name; he has to [`ask`](Self::ask) for it.
    #[must_use]
    pub fn next(&self) -> Option<(&[u8], &[u8])> {
        let (wish, _) = self.waiting.get(self.next_place()?)?;
        Some((&wish.nick, &wish.filename))
    }

    /// How many requests come before one that waits.
    #[must_use]
    pub fn position(&self, nick: &[u8], filename: &[u8]) -> Option<usize> {
        self.waiting.iter().position(|(wish, _)| wish.is(nick, filename))
    }

    /// A user waits no longer: he has gone.
    pub fn forget(&mut self, nick: &[u8]) {
        self.waiting.retain(|(wish, _)| !wish.nick.eq_ignore_ascii_case(nick));
    }

    /// Files that are being sent.
    #[must_use]
    pub const fn running(&self) -> usize {
        self.running.len()
    }

    /// Requests that wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Drops the requests that nobody has made again for long.
    pub fn expire(&mut self, now: Duration) {
        let patience = self.limits.patience;
        self.waiting.retain(|(_, seen)| now.saturating_sub(*seen) <= patience);
    }

    /// The first in the row whose user has a free place.
    fn next_place(&self) -> Option<usize> {
        if self.running.len() >= self.limits.uploads {
            return None;
        }
        self.waiting.iter().position(|(wish, _)| self.has_place_for(&wish.nick))
    }

    fn has_place_for(&self, nick: &[u8]) -> bool {
        let his = self.running.iter().filter(|wish| wish.nick.eq_ignore_ascii_case(nick)).count();
        his < self.limits.uploads_per_nick
    }

    fn is_full_for(&self, nick: &[u8]) -> bool {
        let his = self.waiting.iter().filter(|(wish, _)| wish.nick.eq_ignore_ascii_case(nick));
        self.waiting.len() >= self.limits.waiting || his.count() >= self.limits.waiting_per_nick
    }

    /// Where nobody can wait any more: a free place is given all the same.
    fn start_or_refuse(&mut self, nick: &[u8], filename: &[u8]) -> Turn {
        let free = self.running.len() < self.limits.uploads && self.has_place_for(nick);
        if !free || self.next_place().is_some() {
            return Turn::Refuse;
        }
        self.running.push(Wish { nick: nick.to_vec(), filename: filename.to_vec() });
        Turn::Start
    }
}
