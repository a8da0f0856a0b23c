//! The first bytes of a connection that somebody else opened.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::peer::{Amount, Message, Opening};
use crate::transfer::event::{Refusal, TransferError};
use crate::transfer::file_name::safe_name_part;
use crate::transfer::{SETTLED, SILENCE};

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// To get a file: answer with [`Upload::direct`](super::Upload::direct) or
    /// [`Incoming::refuse`].
    Get(GetRequested),
    /// To bring a file: answer with [`Download::pushed`](super::Download::pushed) or
    /// [`Incoming::refuse`].
    Send(SendRequested),
    /// To get the list of all files: answer with [`Listing::direct`](super::Listing::direct).
    GetList,
    /// To bring the list of all files: go on with [`Browse::pushed`](super::Browse::pushed).
    SendList(SendListRequested),
}

/// A request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetRequested {
    /// The downloader.
    pub nick: Vec<u8>,
    /// The file's path; look it up among the shared files and never open it.
    pub filename: Vec<u8>,
    /// How many bytes the downloader has already; 0 where the request has no such number.
    pub offset: u64,
}

/// An offer of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendRequested {
    /// The uploader.
    pub nick: Vec<u8>,
    /// The file's path or name.
    pub filename: Vec<u8>,
    /// The size of the whole file in bytes.
    pub size: u64,
    /// File bytes that came at once.
    pub(super) rest: Vec<u8>,
}

/// The start of a list that is brought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendListRequested {
    /// The owner; TekNap names him on the next line.
    pub nick: Option<Vec<u8>>,
    /// The bytes of the list that are here already.
    pub(super) rest: Vec<u8>,
}

impl SendRequested {
    /// Whether it brings the file that was asked of that user (message 500).
    ///
    /// Nicks are the same in any case of their letters; of the path only the part behind the last
    /// separator is compared, because `MP3::Napster` leaves the folder out and TekNap changes it.
    #[must_use]
    pub fn is_for(&self, nick: &[u8], filename: &[u8]) -> bool {
        self.nick.eq_ignore_ascii_case(nick)
            && safe_name_part(&self.filename) == safe_name_part(filename)
    }
}

/// The listener's side of a connection until it is clear what it is for.
///
/// It greets, reads the request however it is cut, and is then replaced by the machine that
/// [`Request`] names, or refuses. One [`LIMIT`](Opening::LIMIT) of bytes and
/// [`PATIENCE`](Self::PATIENCE) bound it.
#[derive(Clone, Debug)]
pub struct Incoming {
    held: Vec<u8>,
    began: Duration,
    heard: Duration,
    ended: bool,
    over: bool,
    request: Option<Request>,
    error: Option<TransferError>,
    outbox: VecDeque<Vec<u8>>,
}

impl Incoming {
    /// How long a request may take as a whole.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// A connection was accepted.
    #[must_use]
    pub fn new(now: Duration) -> Self {
        let hello = Message::Hello.encode().unwrap_or_default();
        Self {
            held: Vec::new(),
            began: now,
            heard: now,
            ended: false,
            over: false,
            request: None,
            error: None,
            outbox: VecDeque::from([hello]),
        }
    }

    /// Bytes came.
    ///
    /// Behind a request of which further bytes can be part, [`poll_timeout`](Self::poll_timeout)
    /// names a moment a quarter of a second away.
    pub fn handle_input(&mut self, now: Duration, bytes: &[u8]) {
        if self.over || bytes.is_empty() {
            return;
        }
        self.heard = now;
        let mut bytes = bytes;
        if self.held.is_empty() {
            let ends = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            bytes = bytes.get(ends..).unwrap_or_default();
        }
        self.held.extend_from_slice(bytes);
        self.read(false);
    }

    /// The other side will send nothing more; it may wait for the answer.
    pub fn handle_close(&mut self, now: Duration) {
        self.heard = now;
        self.ended = true;
        if !self.over {
            self.read(true);
        }
    }

    /// The moment of [`poll_timeout`](Self::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.poll_timeout().is_some_and(|at| at <= now) {
            if self.held.is_empty() {
                self.fail(TransferError::Stalled);
            } else {
                self.read(true);
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        if self.over {
            return None;
        }
        let patience = self.began.checked_add(Self::PATIENCE);
        let silence = match Opening::read(&self.held) {
            Opening::Open(_) => self.heard.checked_add(SETTLED),
            // A request without its last number.
            Opening::Partial if self.held.contains(&b'"') => self.heard.checked_add(SILENCE),
            _ => None,
        };
        match (silence, patience) {
            (Some(silence), Some(patience)) => Some(silence.min(patience)),
            (silence, patience) => silence.or(patience),
        }
    }

    /// The next bytes to write.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// What is asked for, once it is known; the machine is then over but for
    /// [`refuse`](Self::refuse).
    #[must_use]
    pub const fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Why the connection is to be closed, once it is.
    #[must_use]
    pub const fn take_error(&mut self) -> Option<TransferError> {
        self.error.take()
    }

    /// Refuses what is asked for: write the text, then close.
    pub fn refuse(&mut self, refusal: Refusal) {
        self.over = true;
        self.outbox.push_back(refusal.text().as_bytes().to_vec());
    }

    /// Reads the request; `last` says that nothing more of it will come.
    fn read(&mut self, last: bool) {
        let held = core::mem::take(&mut self.held);
        let bounded = held.get(..Opening::LIMIT).unwrap_or(&held);
        let opening = if last { Opening::read_last(bounded) } else { Opening::read(bounded) };
        match opening {
            Opening::Closed(request) => self.accept(&request.message, &held, request.length),
            // The last number cannot grow behind another byte, nor where it is 0.
            Opening::Open(request)
                if request.length < held.len() || ends_with_zero(&request.message) =>
            {
                self.accept(&request.message, &held, request.length);
            }
            Opening::Partial | Opening::Open(_) if held.len() >= Opening::LIMIT => {
                self.refuse_unread(TransferError::TooLong);
            }
            Opening::Partial if last && held.is_empty() => self.fail(TransferError::NoAnswer),
            Opening::Partial if last => self.refuse_unread(TransferError::InvalidRequest),
            Opening::Partial | Opening::Open(_) => self.held = held,
            Opening::Http => self.fail(TransferError::NotNapster),
            Opening::Other => self.refuse_unread(TransferError::NotNapster),
        }
    }

    fn accept(&mut self, message: &Message<'_>, held: &[u8], length: usize) {
        let rest = held.get(length..).unwrap_or_default().to_vec();
        let request = match message {
            Message::GetRequest(get) => match get.offset.as_ref().map_or(Some(0), Amount::bytes) {
                Some(offset) => Request::Get(GetRequested {
                    nick: get.nick.as_bytes().to_vec(),
                    filename: get.filename.as_bytes().to_vec(),
                    offset,
                }),
                None => return self.refuse_unread(TransferError::InvalidRequest),
            },
            Message::SendRequest(send) => match send.size.bytes() {
                Some(size) => Request::Send(SendRequested {
                    nick: send.nick.as_bytes().to_vec(),
                    filename: send.filename.as_bytes().to_vec(),
                    size,
                    rest,
                }),
                None => return self.refuse_unread(TransferError::InvalidRequest),
            },
            Message::GetList => Request::GetList,
            Message::SendList { nick } => {
                let nick = nick.as_ref().map(|nick| nick.as_bytes().to_vec());
                Request::SendList(SendListRequested { nick, rest })
            }
            _ => return self.refuse_unread(TransferError::InvalidRequest),
        };
        self.over = true;
        self.request = Some(request);
    }

    /// Refuses what cannot be read.
    fn refuse_unread(&mut self, error: TransferError) {
        self.refuse(Refusal::InvalidRequest);
        self.error = Some(error);
    }

    fn fail(&mut self, error: TransferError) {
        self.over = true;
        self.error = Some(error);
    }
}

/// Whether the number at the end of a request is 0, to which no digit is added.
fn ends_with_zero(message: &Message<'_>) -> bool {
    match message {
        Message::GetRequest(get) => get.offset.as_ref().and_then(Amount::bytes) == Some(0),
        Message::SendRequest(send) => send.size.bytes() == Some(0),
        _ => false,
    }
}
