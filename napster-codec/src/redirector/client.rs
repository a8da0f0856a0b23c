//! The client of a redirector: asks for a server, and asks again when that one refuses.

use alloc::collections::VecDeque;
use core::fmt;
use core::time::Duration;

use crate::redirector::{Reader, RedirectError};
use crate::text::Token;

/// How a [`Client`] asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "settings, with a default for each")]
pub struct ClientConfig {
    /// How often a redirector is asked before the client gives up; at least once.
    pub tries: u32,
    /// How long to wait before it is asked again.
    pub pause: Duration,
    /// How long it may take to answer; `MP3::Napster` waits 20 s for a connection.
    pub timeout: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self { tries: 5, pause: Duration::from_secs(5), timeout: Duration::from_secs(20) }
    }
}

/// What the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// Connect to the redirector.
    Connect,
    /// Close the connection to the redirector.
    Close,
    /// Connect to this server; call [`Client::handle_refused`] where it refuses.
    Server {
        /// An address in dotted form or a DNS name.
        host: Token<'static>,
        /// The TCP port.
        port: u16,
    },
    /// A try came to nothing; another one follows after the pause, unless this was the last.
    TryFailed(Failure),
    /// All tries came to nothing.
    GaveUp,
}

/// Why a try came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The redirector cannot be connected to.
    Unreachable,
    /// It said nothing in time.
    TimedOut,
    /// Its answer cannot be read.
    Unreadable(RedirectError),
    /// It says that all servers are busy.
    Busy,
    /// The server that it named refused.
    Refused,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("the redirector cannot be connected to"),
            Self::TimedOut => f.write_str("the redirector said nothing in time"),
            Self::Unreadable(error) => write!(f, "the redirector's answer cannot be read: {error}"),
            Self::Busy => f.write_str("the redirector says that all servers are busy"),
            Self::Refused => f.write_str("the server that the redirector named refused"),
        }
    }
}

/// Finds an index server through a redirector.
///
/// Nothing is ever sent to a redirector, so that there is no `poll_transmit`: connect, hand in what
/// comes, and obey the events.
///
/// ```
/// use core::time::Duration;
/// use napster_codec::redirector::{Client, ClientConfig, ClientEvent};
///
/// let now = Duration::ZERO;
/// let mut client = Client::new(ClientConfig::default(), now);
/// assert_eq!(client.poll_event(), Some(ClientEvent::Connect));
/// client.handle_input(now, b"10.77.0.1:8888\n");
/// assert_eq!(client.poll_event(), Some(ClientEvent::Close));
/// let server = ClientEvent::Server { host: "10.77.0.1".try_into()?, port: 8888 };
/// assert_eq!(client.poll_event(), Some(server));
/// # Ok::<(), napster_codec::InvalidText>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    state: State,
    reader: Reader,
    /// How many tries have begun.
    tries: u32,
    events: VecDeque<ClientEvent>,
}

/// ```text
/// asking ──answer──→ named ──refused──→ pausing ──time──→ asking
///    └──busy, silence, nonsense────────────↑ └──no try left──→ over
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The redirector is connected to, or will be; until then at the latest.
    Asking(Duration),
    /// It named a server.
    Named,
    /// It is asked again then.
    Pausing(Duration),
    /// There is no try left.
    Over,
}

impl Client {
    /// A client that asks at once.
    #[must_use]
    pub fn new(config: ClientConfig, now: Duration) -> Self {
        let mut client = Self {
            config,
            state: State::Over,
            reader: Reader::new(),
            tries: 0,
            events: VecDeque::new(),
        };
        client.ask(now);
        client
    }

    /// Bytes came from the redirector.
    pub fn handle_input(&mut self, now: Duration, bytes: &[u8]) {
        if matches!(self.state, State::Asking(_)) {
            self.reader.feed(bytes);
            self.read(now);
        }
    }

    /// The redirector closed the connection, or it broke.
    pub fn handle_close(&mut self, now: Duration) {
        if matches!(self.state, State::Asking(_)) {
            self.reader.finish();
            self.read(now);
        }
    }

    /// The redirector could not be connected to.
    pub fn handle_unreachable(&mut self, now: Duration) {
        if matches!(self.state, State::Asking(_)) {
            self.fail(now, Failure::Unreachable);
        }
    }

    /// The server that it named could not be connected to, or refused the login.
    pub fn handle_refused(&mut self, now: Duration) {
        if self.state == State::Named {
            self.fail(now, Failure::Refused);
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Duration> {
        match self.state {
            State::Asking(until) | State::Pausing(until) => Some(until),
            State::Named | State::Over => None,
        }
    }

    /// Asks again, or gives up waiting for an answer.
    pub fn handle_timeout(&mut self, now: Duration) {
        match self.state {
            State::Asking(until) if until <= now => {
                self.events.push_back(ClientEvent::Close);
                self.fail(now, Failure::TimedOut);
            }
            State::Pausing(until) if until <= now => self.ask(now),
            _ => {}
        }
    }

    /// What is to be done next.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }

    fn ask(&mut self, now: Duration) {
        self.tries = self.tries.saturating_add(1);
        self.reader = Reader::new();
        self.state = State::Asking(now.saturating_add(self.config.timeout));
        self.events.push_back(ClientEvent::Connect);
    }

    fn read(&mut self, now: Duration) {
        let failure = match self.reader.redirect() {
            Ok(None) => return,
            Err(error) => Failure::Unreadable(error),
            // Port 0 cannot be connected to; with 127.0.0.1 it is the usual word for "busy".
            Ok(Some(redirect)) if redirect.is_busy() || redirect.port == 0 => Failure::Busy,
            Ok(Some(redirect)) => {
                let (host, port) = (redirect.host.into_owned(), redirect.port);
                self.state = State::Named;
                self.events.push_back(ClientEvent::Close);
                self.events.push_back(ClientEvent::Server { host, port });
                return;
            }
        };
        self.events.push_back(ClientEvent::Close);
        self.fail(now, failure);
    }

    fn fail(&mut self, now: Duration, failure: Failure) {
        self.events.push_back(ClientEvent::TryFailed(failure));
        if self.tries < self.config.tries {
            self.state = State::Pausing(now.saturating_add(self.config.pause));
        } else {
            self.state = State::Over;
            self.events.push_back(ClientEvent::GaveUp);
        }
    }
}
