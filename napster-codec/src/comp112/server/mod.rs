//! The server's side as a pure state machine: bytes and time go in, bytes and events come out.

mod chain;
mod output;
mod song;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use crate::comp112::command::{PlayAnswer, WORDS, may_begin_request, read_request};
use crate::comp112::format::Format;
use crate::comp112::message::Message;
use crate::comp112::names::{RequestList, SongList};
use crate::comp112::server::output::Output;
use crate::comp112::server::song::Song;
use crate::connection::ConnectionId;
use crate::text::Text;

pub use song::UnusableFormat;

/// What happened, or what the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// Nothing plays: call [`Server::start_song`].
    SongWanted {
        /// The song to play; `None` where nobody asked for one and the caller chooses.
        requested: Option<Vec<u8>>,
    },
    /// The song needs more audio: call [`Server::feed_audio`] or [`Server::end_audio`].
    AudioWanted,
    /// A client was placed at the end of the chain.
    Joined {
        /// Its host.
        host: Vec<u8>,
        /// Where it listens.
        port: u16,
        /// Where it fetches the audio.
        source: (Vec<u8>, u16),
    },
    /// A client left, or its request connection broke.
    Left {
        /// Its host.
        host: Vec<u8>,
        /// Where it listened.
        port: u16,
    },
    /// The first client, or its successor, gets the audio from now on.
    Serving(ConnectionId),
    /// A client asked for a song.
    Requested {
        /// The song.
        song: Vec<u8>,
    },
    /// A client is let go; the connections to [`Close`](Self::Close) follow.
    Rejected {
        /// Its host.
        host: Vec<u8>,
        /// Why.
        reason: Rejection,
    },
    /// The caller is to close the connection, whatever waits for it.
    Close(ConnectionId),
    /// Frames for the successor were dropped: it did not come for too long.
    Dropped {
        /// How many.
        frames: u64,
    },
}

/// Why a server lets a client go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// Only one of its two first connections came within
    /// [`NEWCOMER_PATIENCE`](Server::NEWCOMER_PATIENCE).
    Incomplete,
    /// [`NEWCOMER_LIMIT`](Server::NEWCOMER_LIMIT) others are about to join.
    TooManyNewcomers,
    /// It was the first of the chain and did not come for the audio within
    /// [`AUDIO_PATIENCE`](Server::AUDIO_PATIENCE), so that nobody heard any.
    NoAudioConnection,
    /// The chain has [`CLIENT_LIMIT`](Server::CLIENT_LIMIT) clients, or there is no port or host that
    /// it could be told.
    NoPlace,
    /// One of its connections took nothing for [`STALL_PATIENCE`](Server::STALL_PATIENCE).
    NotReading,
    /// It asks on while [`ANSWER_LIMIT`](Server::ANSWER_LIMIT) bytes of answers wait.
    AnswersUnread,
}

/// A server of the music stream.
///
/// The caller accepts connections on port P (requests) and P + 1 (records and audio), and then:
///
/// 1. hands in what happened: [`accept_stream`](Self::accept_stream),
///    [`accept_requests`](Self::accept_requests), [`handle_input`](Self::handle_input),
///    [`handle_close`](Self::handle_close);
/// 2. takes all of [`poll_event`](Self::poll_event) and obeys;
/// 3. writes all of [`poll_transmit`](Self::poll_transmit) to the connections; where one takes no
///    more, it says so with [`handle_stalled`](Self::handle_stalled), and
///    [`handle_writable`](Self::handle_writable) once it does again;
/// 4. waits for the next thing, at most until [`poll_timeout`](Self::poll_timeout), and then calls
///    [`handle_timeout`](Self::handle_timeout).
///
/// Times are spans since any moment that stays the same. Songs are played in the order of requests,
/// a song of the caller's choice when there is none, and go on while nobody listens. One client
/// gets the audio, every further one is sent to the one before it. A connection that takes nothing
/// holds up no other one; where it is that of the audio, the song waits.
#[derive(Clone, Debug)]
pub struct Server {
    host: Vec<u8>,
    port: u16,
    songs: Vec<Vec<u8>>,
    newcomers: VecDeque<Newcomer>,
    clients: Vec<Member>,
    /// The connection that gets the audio.
    serving: Option<ConnectionId>,
    /// Whether the next one that gets it goes on where the last one left.
    handing_over: bool,
    backlog: VecDeque<Vec<u8>>,
    dropped: u64,
    /// The format that the one who is served next was told.
    told: Option<Format>,
    /// Since when the first of the chain is expected to come for the audio.
    expected: Option<Duration>,
    wanted: VecDeque<usize>,
    song: Option<Song>,
    output: Output,
    events: VecDeque<ServerEvent>,
    /// The latest time that the caller told.
    now: Duration,
}

/// A client that has not both of its first connections yet.
#[derive(Clone, Debug)]
struct Newcomer {
    host: Vec<u8>,
    stream: Option<ConnectionId>,
    requests: Option<ConnectionId>,
    /// When it is let go where the other connection has not come.
    until: Duration,
}

/// A client in the chain.
#[derive(Clone, Debug)]
struct Member {
    host: Vec<u8>,
    /// Where it listens.
    port: u16,
    requests: ConnectionId,
    /// The start of a request.
    partial: Vec<u8>,
}

impl Server {
    /// The most clients in the chain.
    pub const CLIENT_LIMIT: usize = 1000;
    /// The most clients that have one of their two first connections.
    pub const NEWCOMER_LIMIT: usize = 64;
    /// The most bytes of audio that are held, some seconds.
    pub const AUDIO_LIMIT: usize = 1024 * 1024;
    /// The most bytes of audio that wait to be written; the song waits while there are more.
    pub const PENDING_LIMIT: usize = 512 * 1024;
    /// How many bytes of answers wait for a client that is still answered: there can be one answer more.
    pub const ANSWER_LIMIT: usize = 64 * 1024;
    /// How long a newcomer may have only one of its two first connections.
    pub const NEWCOMER_PATIENCE: Duration = Duration::from_secs(10);
    /// How long the first of the chain may take to connect for the audio.
    pub const AUDIO_PATIENCE: Duration = Duration::from_secs(10);
    /// How long a connection may take nothing of what waits for it.
    pub const STALL_PATIENCE: Duration = Duration::from_secs(30);
    /// The most frames that are kept for a successor, about one second.
    pub const BACKLOG_LIMIT: usize = 1024;
    /// The longest request, in bytes.
    pub const REQUEST_LIMIT: usize = 1024;

    /// A server on a host, with port P for requests, and its songs.
    #[must_use]
    pub fn new(host: &[u8], port: u16, songs: Vec<Vec<u8>>) -> Self {
        let mut server = Self {
            host: host.to_vec(),
            port,
            songs,
            newcomers: VecDeque::new(),
            clients: Vec::new(),
            serving: None,
            handing_over: false,
            backlog: VecDeque::new(),
            dropped: 0,
            told: None,
            expected: None,
            wanted: VecDeque::new(),
            song: None,
            output: Output::default(),
            events: VecDeque::new(),
            now: Duration::ZERO,
        };
        server.events.push_back(ServerEvent::SongWanted { requested: None });
        server
    }

    /// A connection to port P + 1 was accepted, from that host.
    ///
    /// It is the audio connection of the client whose turn it is, where that client's host is the
    /// same; two clients on one host cannot be told apart (nor can the original server tell any).
    pub fn accept_stream(&mut self, now: Duration, connection: ConnectionId, host: &[u8]) {
        self.now = now;
        if self.expected_host() == Some(host) {
            self.serve(connection);
            return;
        }
        let waiting = self.newcomers.iter_mut();
        let mut waiting = waiting.filter(|newcomer| newcomer.host == host);
        match waiting.find(|newcomer| newcomer.stream.is_none()) {
            Some(newcomer) => newcomer.stream = Some(connection),
            None => self.wait(host, Some(connection), None),
        }
        self.place_newcomers();
    }

    /// A connection to port P was accepted, from that host.
    pub fn accept_requests(&mut self, now: Duration, connection: ConnectionId, host: &[u8]) {
        self.now = now;
        let waiting = self.newcomers.iter_mut();
        let mut waiting = waiting.filter(|newcomer| newcomer.host == host);
        match waiting.find(|newcomer| newcomer.requests.is_none()) {
            Some(newcomer) => newcomer.requests = Some(connection),
            None => self.wait(host, None, Some(connection)),
        }
        self.place_newcomers();
    }

    /// Bytes came on a connection; one call a read, since only that ends most requests.
    pub fn handle_input(&mut self, connection: ConnectionId, bytes: &[u8]) {
        let Some(index) = self.clients.iter().position(|client| client.requests == connection)
        else {
            return;
        };
        let Some(client) = self.clients.get_mut(index) else { return };
        client.partial.extend_from_slice(bytes);
        let mut input = core::mem::take(&mut client.partial);
        loop {
            let word = WORDS.iter().take(2).find(|word| input.starts_with(word));
            let length = match word {
                Some(word) => word.len(),
                None if input.is_empty() => return,
                None if !WORDS.iter().any(|word| input.starts_with(word))
                    && may_begin_request(&input) =>
                {
                    if let Some(client) = self.clients.get_mut(index) {
                        client.partial = input;
                    }
                    return;
                }
                None => input.len(),
            };
            let request: Vec<u8> = input.drain(..length).collect();
            if request.len() <= Self::REQUEST_LIMIT {
                let left = self.handle_request(index, &request);
                if left {
                    return;
                }
            }
        }
    }

    /// A connection was closed by the other side, or broke; the caller closes its end too.
    pub fn handle_close(&mut self, connection: ConnectionId) {
        if self.serving == Some(connection) {
            self.stop_serving();
        }
        if let Some(index) = self.clients.iter().position(|c| c.requests == connection) {
            self.remove(index);
        }
        self.newcomers.retain(|newcomer| {
            newcomer.stream != Some(connection) && newcomer.requests != Some(connection)
        });
        self.output.take(connection);
    }

    /// The connection takes no more bytes: what is for it waits, and everything else goes on.
    pub fn handle_stalled(&mut self, now: Duration, connection: ConnectionId) {
        self.output.stall(connection, now);
    }

    /// The connection takes bytes again.
    pub fn handle_writable(&mut self, connection: ConnectionId) {
        self.output.resume(connection);
    }

    /// The next thing that happened or is to be done.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.events.pop_front()
    }

    /// The next bytes to write, and where.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<(ConnectionId, Vec<u8>)> {
        self.output.pop()
    }

    /// The clients in the chain, the first one served by the server: host and port.
    pub fn chain(&self) -> impl Iterator<Item = (&[u8], u16)> {
        self.clients.iter().map(|client| (client.host.as_slice(), client.port))
    }

    /// Obeys one request; says whether the client left.
    fn handle_request(&mut self, index: usize, request: &[u8]) -> bool {
        let Some(connection) = self.clients.get(index).map(|client| client.requests) else {
            return true;
        };
        if self.output.waiting(connection) >= Self::ANSWER_LIMIT {
            self.let_go(index, Rejection::AnswersUnread);
            return true;
        }
        match read_request(request).0 {
            Message::SongListRequest => {
                let list = SongList::of(&self.songs);
                self.answer(connection, &Message::SongList(list));
            }
            Message::RequestListRequest => {
                let songs = self.wanted.iter().filter_map(|index| self.songs.get(*index));
                let list = RequestList::of(songs);
                self.answer(connection, &Message::RequestList(list));
            }
            Message::PlayRequest { song } => {
                let text = self.request_song(song.as_bytes());
                self.answer(connection, &Message::PlayReply { text: Text::read(&text) });
            }
            Message::Leave { .. } => {
                self.remove(index);
                return true;
            }
            // The server ignores what it does not know.
            _ => {}
        }
        false
    }

    /// Puts a song at the end of the requests; gives the answer.
    fn request_song(&mut self, wanted: &[u8]) -> Vec<u8> {
        let by_name = self.songs.iter().position(|song| song == wanted);
        // Songs are counted from 1.
        let by_number = || {
            let number = core::str::from_utf8(wanted).ok()?.parse::<usize>().ok()?;
            number.checked_sub(1).filter(|index| *index < self.songs.len())
        };
        let Some(index) = by_name.or_else(by_number) else {
            return PlayAnswer::DoesNotExist.to_bytes();
        };
        if self.wanted.contains(&index) {
            return PlayAnswer::AlreadyRequested.to_bytes();
        }
        self.wanted.push_back(index);
        let song = self.songs.get(index).cloned().unwrap_or_default();
        let answer = PlayAnswer::Requested { song: Text::read(&song) }.to_bytes();
        self.events.push_back(ServerEvent::Requested { song });
        answer
    }

    /// Sends a frame to who gets the audio, or keeps it for his successor.
    pub(super) fn send(&mut self, message: &Message<'_>) {
        let Ok(frame) = message.encode() else { return };
        if let Some(connection) = self.serving {
            self.output.push(connection, frame);
        } else if self.handing_over {
            self.backlog.push_back(frame);
            if self.backlog.len() > Self::BACKLOG_LIMIT {
                self.backlog.pop_front();
                self.dropped += 1;
            }
        }
    }

    /// Writes an answer, where it can be said.
    pub(super) fn answer(&mut self, connection: ConnectionId, message: &Message<'_>) -> Option<()> {
        self.output.push(connection, message.encode().ok()?);
        Some(())
    }
}
