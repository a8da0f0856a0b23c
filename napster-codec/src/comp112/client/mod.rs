//! The client's side as a pure state machine: listen, pass on, be left, leave.

mod event;
mod receive;
mod requests;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::comp112::client::requests::Request;
use crate::comp112::format::Format;
use crate::comp112::frame::FrameDecoder;
use crate::comp112::message::Message;
use crate::text::Text;

pub use event::{ClientError, ClientEvent, Link};

/// A client of the music stream.
///
/// The caller obeys [`poll_event`](Self::poll_event), writes
/// [`poll_transmit`](Self::poll_transmit), and hands in what happens on the connections; where one
/// takes no more bytes, [`handle_stalled`](Self::handle_stalled) says so. Requests wait for each
/// other, since nothing tells two of them apart when they reach the server together.
#[derive(Clone, Debug)]
pub struct Client {
    server: (Vec<u8>, u16),
    state: State,
    /// Records that are not whole yet.
    records: Vec<u8>,
    format: Option<Format>,
    /// The host of the source.
    source: Vec<u8>,
    /// The port told by the server, or taken over from a source that left: the source is at the one
    /// before it.
    port: u16,
    decoder: FrameDecoder,
    /// Whether the source is connected; a source that has left is not, even before it is closed.
    connected: bool,
    successor: bool,
    /// Whether a successor was there: the next one goes on where that one left.
    handing_over: bool,
    backlog: VecDeque<Vec<u8>>,
    dropped: u64,
    requests: VecDeque<Request>,
    asked: bool,
    answer: Vec<u8>,
    leave_at: Option<Duration>,
    outbox: VecDeque<(Link, Vec<u8>)>,
    /// Frames in it that are for the successor.
    passing: usize,
    /// The connections that take nothing, and since when.
    stalled: Vec<(Link, Duration)>,
    events: VecDeque<ClientEvent>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The record with that place in their order comes next.
    Records(usize),
    /// The source is being connected or connected.
    Listening,
    Left,
}

impl Client {
    /// How long a client stays at most when it has decided to leave.
    pub const LEAVE_DELAY: Duration = Duration::from_secs(1);
    /// The most requests that wait.
    pub const REQUEST_LIMIT: usize = 64;
    /// The most frames that wait for the successor, about one second.
    pub const BACKLOG_LIMIT: usize = 1024;
    /// The longest answer, in bytes.
    pub const ANSWER_LIMIT: usize = 256 * 1024;
    /// How long a successor may take nothing of what waits for it.
    pub const STALL_PATIENCE: Duration = Duration::from_secs(10);

    /// A client of the server on that host, with port P for requests.
    #[must_use]
    pub fn new(host: &[u8], port: u16) -> Self {
        let mut client = Self {
            server: (host.to_vec(), port),
            state: State::Records(0),
            records: Vec::new(),
            format: None,
            source: Vec::new(),
            port: 0,
            decoder: FrameDecoder::new(),
            connected: false,
            successor: false,
            handing_over: false,
            backlog: VecDeque::new(),
            dropped: 0,
            requests: VecDeque::new(),
            asked: false,
            answer: Vec::new(),
            leave_at: None,
            outbox: VecDeque::new(),
            passing: 0,
            stalled: Vec::new(),
            events: VecDeque::new(),
        };
        let (host, port) = (host.to_vec(), port.saturating_add(1));
        client.events.push_back(ClientEvent::Connect { link: Link::Bootstrap, host, port });
        client
    }

    /// A connection that was asked for is there.
    pub fn handle_connected(&mut self, link: Link) {
        match link {
            Link::Bootstrap => {
                let (host, port) = self.server.clone();
                let link = Link::Requests;
                self.events.push_back(ClientEvent::Connect { link, host, port });
            }
            Link::Source => {
                self.decoder = FrameDecoder::new();
                self.connected = true;
            }
            Link::Requests => self.ask_next(),
            Link::Successor => {}
        }
    }

    /// Somebody connected to the port of [`ClientEvent::Listen`]; says whether he is taken, else
    /// the caller closes the connection.
    #[must_use]
    pub fn handle_successor(&mut self) -> bool {
        if self.successor || self.state == State::Left {
            return false;
        }
        self.successor = true;
        self.handing_over = false;
        let backlog = core::mem::take(&mut self.backlog);
        for frame in backlog {
            self.pass_on(frame);
        }
        self.tell_dropped();
        true
    }

    /// The connection takes no more bytes: what is for it waits, and everything else goes on.
    pub fn handle_stalled(&mut self, now: Duration, link: Link) {
        if !self.is_stalled(link) {
            self.stalled.push((link, now));
        }
    }

    /// The connection takes bytes again.
    pub fn handle_writable(&mut self, link: Link) {
        self.stalled.retain(|(stalled, _)| *stalled != link);
    }

    /// Bytes came on a connection.
    pub fn handle_input(&mut self, link: Link, bytes: &[u8]) {
        match link {
            Link::Bootstrap => self.read_records(bytes),
            Link::Requests => self.read_answers(bytes),
            Link::Source if self.connected => {
                self.decoder.feed(bytes);
                self.read_frames();
            }
            // A successor only listens.
            Link::Source | Link::Successor => {}
        }
    }

    /// A connection was closed by the other side, or broke; the caller closes its end too.
    pub fn handle_close(&mut self, link: Link) {
        self.handle_writable(link);
        match link {
            Link::Source if self.connected => {
                self.connected = false;
                if self.leave_at.is_some() {
                    self.go();
                } else {
                    self.events.push_back(ClientEvent::SourceLost);
                }
            }
            Link::Successor if self.successor => {
                self.successor = false;
                self.handing_over = true;
                let unsent = self.outbox.iter().filter(|(link, _)| *link == Link::Successor);
                self.backlog = unsent.map(|(_, frame)| frame.clone()).collect();
                self.outbox.retain(|(link, _)| *link != Link::Successor);
                self.passing = 0;
            }
            Link::Bootstrap if self.state != State::Listening => {
                self.events.push_back(ClientEvent::BadRecords);
            }
            _ => {}
        }
    }

    /// A connection that was asked for could not be made.
    pub fn handle_unreachable(&mut self, link: Link) {
        self.events.push_back(ClientEvent::Unreachable(link));
    }

    /// Leaves: as soon as the source has seen it and ended, after
    /// [`LEAVE_DELAY`](Self::LEAVE_DELAY) at the latest.
    ///
    /// The original waits that long and then goes, and what is under way to it is lost to those
    /// behind it. So the sending half of the audio connection, on which nothing is ever sent, is
    /// closed first: a source that looks (as [`Client`] and [`Server`](super::Server) do) keeps
    /// what follows for the successor and closes too, and then nothing is under way any more.
    pub fn leave(&mut self, now: Duration) {
        if self.state == State::Left || self.leave_at.is_some() {
            return;
        }
        if self.connected {
            self.leave_at = Some(now.saturating_add(Self::LEAVE_DELAY));
            self.events.push_back(ClientEvent::Finish(Link::Source));
        } else {
            self.go();
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.leave_at.into_iter().chain(self.successor_until()).min()
    }

    /// Leaves where the source did not end in time; lets a successor go that does not read.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.leave_at.is_some_and(|at| at <= now) {
            self.go();
        }
        if self.successor_until().is_some_and(|at| at <= now) {
            self.events.push_back(ClientEvent::SuccessorStalled);
            self.events.push_back(ClientEvent::Close(Link::Successor));
            self.handle_close(Link::Successor);
        }
    }

    /// When the successor is let go where it takes nothing before.
    fn successor_until(&self) -> Option<Duration> {
        let mut stalled = self.stalled.iter().filter(|_| self.successor);
        let (_, since) = stalled.find(|(link, _)| *link == Link::Successor)?;
        Some(since.saturating_add(Self::STALL_PATIENCE))
    }

    fn is_stalled(&self, link: Link) -> bool {
        self.stalled.iter().any(|(stalled, _)| *stalled == link)
    }

    /// Tells the server that the client has left, and the successor where to go on.
    fn go(&mut self) {
        self.leave_at = None;
        self.connected = false;
        self.state = State::Left;
        let (host, port) = (core::mem::take(&mut self.source), self.port);
        // The server first: the original takes the successor for a newcomer where he comes before it
        // has heard that a place is free.
        let text = Text::read(&host);
        if let Ok(leave) = (Message::Leave { host: text.clone(), port }).encode() {
            self.outbox.push_back((Link::Requests, leave));
        }
        if self.successor
            && let Ok(frame) = (Message::Disconnect { host: text, port }).encode()
        {
            self.outbox.push_back((Link::Successor, frame));
        }
        self.events.push_back(ClientEvent::Left);
    }

    /// The next thing that happened or is to be done.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    /// The next bytes to write, and where.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<(Link, Vec<u8>)> {
        let place = self.outbox.iter().position(|(link, _)| !self.is_stalled(*link))?;
        let (link, bytes) = self.outbox.remove(place)?;
        if link == Link::Successor {
            self.passing = self.passing.saturating_sub(1);
        }
        Some((link, bytes))
    }

    /// Whether bytes wait for connections that take none.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// Whether the caller should read from the source: not while the successor lags behind.
    #[must_use]
    pub const fn wants_audio(&self) -> bool {
        self.passing < Self::BACKLOG_LIMIT / 2
    }
}
