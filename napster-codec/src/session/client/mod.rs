//! The client's side of a session.

mod account;
mod calls;
mod config;
mod downloads;
mod event;
mod origin;
mod receive;
mod shares;
mod table;
mod transfers;
mod uploads;
mod verdict;

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use crate::code::{Code, Direction};
use crate::decoder::Decoder;
use crate::dialogue::{Dialogue, Exchange, Ledger};
use crate::frame::{ByteOrder, FrameHeader, Packet};
use crate::message::Message;
use crate::session::error::UserError;
use crate::session::value::ServerStatistics;
use crate::text::Token;
use shares::Shares;
use table::{Action, Input, State};
use transfers::Transfers;

pub use config::{Account, ClientConfig};
pub use event::{ClientEvent, RequestId};
pub use transfers::{
    DownloadEntry, DownloadFailure, DownloadId, DownloadState, UploadEntry, UploadId, UploadRefusal,
};
pub use verdict::{LoginRefusal, NickState, Outcome};

/// The client of an index server, on one connection that the caller has made.
///
/// See the [module](super) for how to drive it. Every request that gets a [`RequestId`] ends in
/// exactly one [`ClientEvent::Finished`].
///
/// ```
/// use core::time::Duration;
/// use napster_codec::LinkType;
/// use napster_codec::session::{Account, Client, ClientConfig, ClientEvent};
///
/// let now = Duration::ZERO;
/// let mut client = Client::new(ClientConfig::default());
/// client.login(now, Account {
///     nick: "alice".try_into()?,
///     password: "s3cret".try_into()?,
///     data_port: 6699,
///     client_info: "nap v0.8".try_into()?,
///     link_type: LinkType::CABLE,
///     email: None,
///     profile: None,
/// })?;
/// let sent = client.poll_transmit().expect("a login");
/// assert_eq!(sent, b"\x1e\x00\x02\x00alice s3cret 6699 \"nap v0.8\" 7");
///
/// client.handle_input(now, b"\x11\x00\x03\x00alice@example.net");
/// assert!(matches!(client.poll_event(), Some(ClientEvent::LoggedIn { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    config: ClientConfig,
    state: State,
    account: Option<Account>,
    /// Whether the login registers the nick.
    registering: bool,
    decoder: Decoder,
    ledger: Ledger<Ticket>,
    transfers: Transfers,
    shares: Shares,
    channels: BTreeSet<Vec<u8>>,
    email: Option<Vec<u8>>,
    stats: Option<ServerStatistics>,
    last_error: Option<Packet>,
    /// The latest time that the caller told.
    now: Duration,
    outbox: Vec<u8>,
    events: VecDeque<ClientEvent>,
}

/// What is kept with a request.
#[derive(Clone, Copy, Debug, Default)]
struct Ticket {
    deadline: Option<Duration>,
    /// The transfer that it is for.
    download: Option<DownloadId>,
}

impl Client {
    /// The most events that wait; reading stops until some are taken.
    pub const EVENT_LIMIT: usize = 4096;
    /// The most bytes that wait to be read while events are not taken; more end the session.
    pub const INPUT_LIMIT: usize = 1024 * 1024;
    /// The most bytes that wait to be written.
    pub const OUTPUT_LIMIT: usize = 4 * 1024 * 1024;
    /// The most channels that are remembered as joined.
    pub const CHANNEL_LIMIT: usize = 256;

    /// A client that is connected and has not said anything.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            config,
            state: State::Connected,
            account: None,
            registering: false,
            // No client of this kind asks for compression, so none begins.
            decoder: Decoder::new(Direction::ToClient).inflated(),
            ledger: Ledger::new(),
            transfers: Transfers::new(),
            shares: Shares::new(),
            channels: BTreeSet::new(),
            email: None,
            stats: None,
            last_error: None,
            now: Duration::ZERO,
            outbox: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Bytes came from the server.
    ///
    /// Where the caller has not taken events, at most [`INPUT_LIMIT`](Self::INPUT_LIMIT) bytes wait;
    /// see [`wants_input`](Self::wants_input).
    pub fn handle_input(&mut self, now: Duration, bytes: &[u8]) {
        self.pass(now);
        if self.state == State::Closed {
            return;
        }
        if self.decoder.held().saturating_add(bytes.len()) > Self::INPUT_LIMIT
            && !self.wants_input()
        {
            self.advance(Input::Close, None);
            return;
        }
        self.decoder.feed(bytes);
        self.read();
    }

    /// The connection ended, or broke.
    pub fn handle_close(&mut self, now: Duration) {
        self.pass(now);
        self.advance(Input::Close, None);
    }

    /// Gives up on what was not answered in time.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.pass(now);
        let late = self.ledger.open().filter(|(_, _, ticket)| is_over(ticket.deadline, self.now));
        let late: Vec<u64> = late.map(|(number, _, _)| number).collect();
        for number in late {
            if let Some(exchange) = self.ledger.give_up(number) {
                self.time_out(&exchange);
            }
        }
        self.expire_transfers();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let requests = self.ledger.open().filter_map(|(_, _, ticket)| ticket.deadline);
        requests.chain(self.transfers.deadlines()).min()
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        let event = self.events.pop_front();
        if self.events.len() < Self::EVENT_LIMIT / 2 && self.state != State::Closed {
            self.read();
        }
        event
    }

    /// The next bytes to write to the server.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        (!self.outbox.is_empty()).then(|| core::mem::take(&mut self.outbox))
    }

    /// Whether the caller should read from the connection: not while many events wait.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.events.len() < Self::EVENT_LIMIT
    }

    /// Ends the session; the caller writes what is left and closes the connection.
    ///
    /// Nothing is sent for it: the protocol has no farewell.
    pub fn disconnect(&mut self, now: Duration) {
        self.handle_close(now);
    }

    /// Whether the server took the login.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.state == State::LoggedIn
    }

    /// Whether the session is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// Whether others cannot connect here, because the data port is 0.
    #[must_use]
    pub fn is_firewalled(&self) -> bool {
        self.data_port() == 0
    }

    /// The TCP port for transfers that the server was told; 0 before the login.
    #[must_use]
    pub fn data_port(&self) -> u16 {
        self.account.as_ref().map_or(0, |account| account.data_port)
    }

    /// The nick of the login or registration.
    #[must_use]
    pub fn nick(&self) -> Option<&Token<'static>> {
        self.account.as_ref().map(|account| &account.nick)
    }

    /// The e-mail address that the server told at the login.
    #[must_use]
    pub fn email(&self) -> Option<&[u8]> {
        self.email.as_deref()
    }

    /// The latest counters of the server.
    #[must_use]
    pub const fn server_stats(&self) -> Option<ServerStatistics> {
        self.stats
    }

    /// The latest message that told an error: 0, 9, 10, 13, 206, 404 or 620.
    ///
    /// 404 also carries good news; `MP3::Napster` has the same list.
    #[must_use]
    pub const fn last_error(&self) -> Option<&Packet> {
        self.last_error.as_ref()
    }

    /// The channels that the client is in, in lower case.
    pub fn channels(&self) -> impl Iterator<Item = &[u8]> {
        self.channels.iter().map(Vec::as_slice)
    }

    /// The requests that wait for an answer, the oldest first, with their messages.
    pub fn requests(&self) -> impl Iterator<Item = (RequestId, Code)> {
        self.ledger.open().map(|(number, dialogue, _)| (RequestId(number), dialogue.request))
    }

    /// Sends any message that clients send, such as an administrator's command.
    ///
    /// Gives a number where the message has an answer.
    ///
    /// # Errors
    ///
    /// [`UserError`] where the message cannot be sent now.
    pub fn send<'m>(
        &mut self,
        now: Duration,
        message: impl Into<Message<'m>>,
    ) -> Result<Option<RequestId>, UserError> {
        self.send_any(now, &message.into())
    }

    fn send_any(
        &mut self,
        now: Duration,
        message: &Message<'_>,
    ) -> Result<Option<RequestId>, UserError> {
        self.pass(now);
        self.say(message, Some(self.config.request_timeout), None)
    }

    /// Sends a message that has an answer.
    fn request<'m>(
        &mut self,
        now: Duration,
        message: impl Into<Message<'m>>,
    ) -> Result<RequestId, UserError> {
        self.request_any(now, &message.into())
    }

    fn request_any(
        &mut self,
        now: Duration,
        message: &Message<'_>,
    ) -> Result<RequestId, UserError> {
        // Every message that is sent this way has a row in the table of dialogues, so that the error
        // never comes.
        self.send_any(now, message)?.ok_or(UserError::WrongDirection)
    }

    /// Writes a message to the outbox and notes it.
    fn say(
        &mut self,
        message: &Message<'_>,
        wait: Option<Duration>,
        download: Option<DownloadId>,
    ) -> Result<Option<RequestId>, UserError> {
        let code = message.code();
        if self.state == State::Closed {
            return Err(UserError::Closed);
        }
        if !self.state.permits(code) {
            return Err(UserError::NotLoggedIn);
        }
        let directions = message.spec().map(|spec| spec.directions);
        if directions.is_some_and(|directions| !directions.admits(Direction::ToServer)) {
            return Err(UserError::WrongDirection);
        }
        let open = self.ledger.open().count();
        let asks = Dialogue::of(code, Direction::ToServer).is_some();
        if asks && open >= Ledger::<Ticket>::OPEN_LIMIT {
            return Err(UserError::TooManyRequests);
        }
        if self.outbox.len() >= Self::OUTPUT_LIMIT {
            return Err(UserError::OutputFull);
        }
        let start = self.outbox.len();
        message.encode_into(ByteOrder::Little, &mut self.outbox)?;
        let payload = self.outbox.get(start + FrameHeader::LENGTH..).unwrap_or_default();
        let deadline = wait.map(|wait| self.now.saturating_add(wait));
        let ticket = Ticket { deadline, download };
        let noted = self.ledger.note(Direction::ToServer, code, payload, ticket);
        Ok(noted.number.map(RequestId))
    }

    /// Tells a request that was not answered in time.
    fn time_out(&mut self, exchange: &Exchange<Ticket>) {
        if matches!(exchange.dialogue.request, Code(2 | 6 | 7)) {
            self.advance(Input::Timeout, None);
        }
        if let Some(download) = exchange.request.download {
            self.fail_download(download, DownloadFailure::TimedOut, None);
        } else {
            // Where no end mark exists, having waited is the end.
            let endless = exchange.dialogue.end == crate::dialogue::End::Never;
            let outcome = if endless { Outcome::Done } else { Outcome::TimedOut };
            self.finish(exchange, outcome, None);
        }
    }

    fn finish(&mut self, exchange: &Exchange<Ticket>, outcome: Outcome, packet: Option<Packet>) {
        self.events.push_back(ClientEvent::Finished {
            request: RequestId(exchange.number),
            code: exchange.dialogue.request,
            outcome,
            answers: exchange.answers.iter().map(|(_, count)| count).sum(),
            packet,
        });
    }

    /// Goes to the state that the table names, and does what it says.
    fn advance(&mut self, input: Input, refusal: Option<(LoginRefusal, &Packet)>) {
        let Some(row) = self.state.on(input) else { return };
        self.state = row.to;
        match row.action {
            Action::None => {}
            Action::Welcome => self.introduce(),
            Action::Register => self.register_now(),
            Action::Refuse => {
                let (refusal, packet) = match refusal {
                    Some((refusal, packet)) => (refusal, Some(packet.clone())),
                    None => (LoginRefusal::TimedOut, None),
                };
                self.events.push_back(ClientEvent::LoginRefused { refusal, packet });
            }
            Action::Finish => self.finish_all(),
        }
    }

    /// Ends all that is open.
    fn finish_all(&mut self) {
        self.decoder = Decoder::new(Direction::ToClient);
        self.end_transfers();
        let open: Vec<Exchange<Ticket>> = self.ledger.finish().collect();
        for exchange in open.iter().filter(|exchange| exchange.request.download.is_none()) {
            self.finish(exchange, Outcome::Disconnected, None);
        }
        self.channels.clear();
        self.events.push_back(ClientEvent::Disconnected);
    }

    /// Time never goes backwards here, whatever the caller says.
    fn pass(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }
}

fn is_over(deadline: Option<Duration>, now: Duration) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}
