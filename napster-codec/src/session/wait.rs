//! Waiting for one of several events, with a deadline.

use core::time::Duration;

/// Waits for the first event that a function picks, at most until a deadline.
///
/// It does no waiting itself: offer it every event, and ask it for the time.
///
/// ```
/// use core::time::Duration;
/// use napster_codec::session::WaitFor;
///
/// let second = Duration::from_secs;
/// let mut wait = WaitFor::new(|number: &u32| (number % 2 == 0).then_some(*number))
///     .deadline(second(30));
/// assert_eq!(wait.offer(&7), None);
/// assert!(!wait.is_over(second(29)));
/// assert_eq!(wait.offer(&8), Some(8));
/// assert!(wait.is_over(second(30)));
/// ```
#[derive(Clone, Debug)]
pub struct WaitFor<F> {
    picks: F,
    deadline: Option<Duration>,
}

impl<F> WaitFor<F> {
    /// Waits without a deadline for the first event from which the function makes something.
    #[must_use]
    pub const fn new(picks: F) -> Self {
        Self { picks, deadline: None }
    }

    /// Waits at most until that time.
    #[must_use]
    pub fn deadline(mut self, at: Duration) -> Self {
        self.deadline = Some(at);
        self
    }

    /// Shows an event; gives what the function makes of it.
    #[must_use]
    pub fn offer<E, T>(&mut self, event: &E) -> Option<T>
    where
        F: FnMut(&E) -> Option<T>,
    {
        (self.picks)(event)
    }

    /// Whether the deadline has come.
    #[must_use]
    pub fn is_over(&self, now: Duration) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// The deadline, which counts beside the machine's own `poll_timeout`.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Duration> {
        self.deadline
    }
}
