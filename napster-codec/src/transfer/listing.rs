//! The owner's side of a list of all files.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::message::ShareFile;
use crate::peer::Message;
use crate::text::Token;
use crate::transfer::GREETING_PATIENCE;
use crate::transfer::event::UserError;

/// The owner's side of a list of all files on one connection.
///
/// Add files while [`wants_entry`](Self::wants_entry), then [`finish`](Self::finish), write all of
/// [`poll_transmit`](Self::poll_transmit), and close the connection once
/// [`is_over`](Self::is_over). Patience with a requester who does not read is the caller's.
#[derive(Clone, Debug)]
pub struct Listing {
    /// When the list is brought without waiting for the `1` any longer.
    greeting_until: Option<Duration>,
    ended: bool,
    /// Bytes that wait to be written.
    waiting: usize,
    outbox: VecDeque<Vec<u8>>,
}

impl Listing {
    /// The most bytes that wait to be written before no further file is wanted.
    pub const WAITING_LIMIT: usize = 64 * 1024;

    /// Answers a request that [`Incoming`](super::Incoming) has read; `nick` is the owner's.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the nick cannot be said.
    pub fn direct(nick: &[u8]) -> Result<Self, UserError> {
        let mut listing = Self::new(None);
        listing.say(&Message::BrowseOwner { nick: Token::new(nick)? })?;
        Ok(listing)
    }

    /// Brings a list: the caller has connected to the address of message 640; `nick` is the owner's.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the nick cannot be said.
    pub fn pushed(nick: &[u8], now: Duration) -> Result<Self, UserError> {
        let mut listing = Self::new(now.checked_add(GREETING_PATIENCE));
        listing.say(&Message::SendList { nick: Some(Token::new(nick)?) })?;
        Ok(listing)
    }

    const fn new(greeting_until: Option<Duration>) -> Self {
        Self { greeting_until, ended: false, waiting: 0, outbox: VecDeque::new() }
    }

    /// Whether another file can be added.
    #[must_use]
    pub const fn wants_entry(&self) -> bool {
        !self.ended && self.waiting < Self::WAITING_LIMIT
    }

    /// Adds a file.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the file cannot be said, or the list has ended.
    pub fn add(&mut self, file: &ShareFile<'_>) -> Result<(), UserError> {
        if self.ended {
            return Err(UserError::Ended);
        }
        self.say(&Message::BrowseEntry(file.clone()))
    }

    /// Ends the list.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it has ended.
    pub fn finish(&mut self) -> Result<(), UserError> {
        if self.ended {
            return Err(UserError::Ended);
        }
        self.ended = true;
        self.say(&Message::BrowseEnd)
    }

    /// Bytes came: the `1`, which a list that is brought waits for.
    pub const fn handle_input(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.greeting_until = None;
        }
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.greeting_until.is_some_and(|at| at <= now) {
            self.greeting_until = None;
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Duration> {
        self.greeting_until
    }

    /// The next bytes to write.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        if self.greeting_until.is_some() {
            return None;
        }
        let bytes = self.outbox.pop_front()?;
        self.waiting -= bytes.len().min(self.waiting);
        Some(bytes)
    }

    /// Whether everything was taken to be written.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended && self.outbox.is_empty()
    }

    fn say(&mut self, message: &Message<'_>) -> Result<(), UserError> {
        let bytes = message.encode()?;
        self.waiting += bytes.len();
        self.outbox.push_back(bytes);
        Ok(())
    }
}
