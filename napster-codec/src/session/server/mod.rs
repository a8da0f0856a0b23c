//! The server's side as a pure state machine: bytes and time go in, bytes and events come out.

mod access;
mod accounts;
mod admin;
mod bans;
mod browse;
mod channel;
mod config;
mod connections;
mod dispatch;
mod event;
mod index;
mod login;
mod map;
mod names;
mod notices;
mod output;
mod people;
mod search;
mod services;
mod settings;
mod sharing;
mod staff;
mod transfer;
mod user;

use alloc::vec::Vec;
use core::net::SocketAddrV4;
use core::time::Duration;

use crate::connection::ConnectionId;
use crate::frame::{FrameHeader, Packet};
use crate::message::{Cycle, Disconnecting, Redirect, ServerStats};
use crate::session::server::access::AccessLists;
use crate::session::server::accounts::Accounts;
use crate::session::server::bans::Bans;
use crate::session::server::channel::Channels;
use crate::session::server::connections::{Connections, Waiting};
use crate::session::server::index::Index;
use crate::session::server::output::Output;
use crate::session::server::staff::PastUsers;

pub use config::{
    AccountState, FixedChannel, RegisteredUser, ServerConfig, ServerLimits, StoredPassword,
};
pub use event::{Departure, Farewell, Refusal, ServerEvent};

/// An index server: accounts, shared files, searches, channels, and the talks before transfers.
///
/// The caller accepts connections and then:
///
/// 1. hands in what happened: [`accept`](Self::accept), [`handle_input`](Self::handle_input),
///    [`handle_written`](Self::handle_written), [`handle_close`](Self::handle_close);
/// 2. takes all of [`poll_event`](Self::poll_event), and closes what it is told to close;
/// 3. writes all of [`poll_transmit`](Self::poll_transmit) to the connections; of each it gets one
///    piece at a time, and the next one when it has said that the piece is written;
/// 4. waits for the next thing, at most until [`poll_timeout`](Self::poll_timeout), and then calls
///    [`handle_timeout`](Self::handle_timeout).
///
/// So what a client does not read gathers here, where it is counted; a client that lets more gather
/// than [`ServerLimits::outbox`] is closed. Times are spans since any moment that stays the same. No
/// message costs time in proportion to the number of clients or files, but for what goes to
/// everybody or asks for all: 628, 831, 10118, 10122, and 214 once in [`ServerLimits::stats_interval`].
///
/// What it does not answer, and why, stands in [the chapter on sessions](crate::manual::sessions).
///
/// ```
/// use core::time::Duration;
/// use napster_codec::session::{ConnectionId, Server, ServerConfig, ServerEvent};
///
/// let mut server = Server::new(ServerConfig::new("nap.example.net"));
/// let ann = ConnectionId(1);
/// server.accept(Duration::ZERO, ann, "10.0.0.1:40000".parse()?);
/// server.handle_input(Duration::ZERO, ann, b"\x19\x00\x02\x00ann s3cret 0 \"nap v0.8\" 3");
/// assert!(matches!(server.poll_event(), Some(ServerEvent::LoggedIn { .. })));
/// let (to, bytes) = server.poll_transmit().expect("message 3 and more");
/// assert_eq!((to, &bytes[..8]), (ann, &b"\x14\x00\x03\x00anon"[..]));
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    config: ServerConfig,
    accounts: Accounts,
    connections: Connections,
    index: Index,
    channels: Channels,
    bans: Bans,
    access: AccessLists,
    past: PastUsers,
    output: Output,
    /// The limits that the caller set; staff can go below them, not above.
    first_limits: ServerLimits,
    /// When everybody gets the counters next.
    next_stats: Option<Duration>,
    /// Whether nobody is let in any more.
    is_ending: bool,
}

impl Server {
    /// A server without clients.
    #[must_use]
    pub fn new(mut config: ServerConfig) -> Self {
        let accounts = core::mem::take(&mut config.accounts);
        let fixed = core::mem::take(&mut config.channels);
        let limits = &config.limits;
        Self {
            accounts: Accounts::new(accounts, limits.accounts),
            connections: Connections::new(config.external_address),
            index: Index::default(),
            channels: Channels::new(fixed, limits),
            bans: Bans::default(),
            access: AccessLists::default(),
            past: PastUsers::default(),
            first_limits: *limits,
            output: Output::new(limits.outbox, limits.events),
            next_stats: None,
            is_ending: false,
            config,
        }
    }

    /// A connection was accepted, from that address and port.
    ///
    /// One that there is no room for is told so and closed.
    pub fn accept(&mut self, now: Duration, connection: ConnectionId, peer: SocketAddrV4) {
        if self.connections.contains(connection) {
            self.handle_close(now, connection);
        }
        let limits = &self.config.limits;
        let of_address = self.access.connections(*peer.ip());
        let of_address = of_address.unwrap_or(limits.connections_per_address);
        let refusal = if self.is_ending {
            Some(Refusal::ShuttingDown)
        } else if self.connections.open() >= limits.connections {
            Some(Refusal::ServerFull(limits.connections))
        } else if !self.access.admit(*peer.ip()) {
            Some(Refusal::AddressDenied)
        } else if self.connections.of_address(*peer.ip()) >= of_address {
            Some(Refusal::TooManyConnections)
        } else {
            None
        };
        let deadline = now.checked_add(limits.login_time);
        self.connections.add(now, connection, peer);
        self.output.open(connection);
        self.connections.set_deadline(connection, deadline);
        if let Some(refusal) = refusal {
            self.turn_away(now, connection, refusal);
        }
    }

    /// Bytes came on a connection.
    pub fn handle_input(&mut self, now: Duration, connection: ConnectionId, bytes: &[u8]) {
        let decoder = self.connections.get_mut(connection).and_then(|c| c.decoder.as_mut());
        let Some(decoder) = decoder else { return };
        decoder.feed(bytes);
        self.obey_input(now, connection);
        self.end_overfull(now);
    }

    /// The caller has checked what [`ServerEvent::CheckPassword`] asked for.
    pub fn password_checked(&mut self, now: Duration, connection: ConnectionId, is_right: bool) {
        let waiting = self.connections.get_mut(connection).and_then(|c| c.waiting.take());
        let Some(Waiting { packet, hash }) = waiting else { return };
        let call = dispatch::Call { now, connection, packet: &packet };
        dispatch::dispatch_checked(self, &call, (&hash, is_right));
        self.obey_input(now, connection);
        self.end_overfull(now);
    }

    /// The piece that [`poll_transmit`](Self::poll_transmit) gave for a connection is written.
    pub fn handle_written(&mut self, connection: ConnectionId) {
        self.output.written(connection);
        self.finish_closing(connection);
    }

    /// A connection was closed by the other side, or broke; the caller closes its end too.
    pub fn handle_close(&mut self, now: Duration, connection: ConnectionId) {
        self.log_out(now, connection, Departure::Left);
        self.connections.remove(connection);
        self.output.forget(connection);
        self.end_overfull(now);
    }

    /// The next thing that happened or is to be done.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        self.output.take_event()
    }

    /// The next bytes to write, and where; call [`handle_written`](Self::handle_written) when they
    /// are written.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<(ConnectionId, Vec<u8>)> {
        self.output.take()
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called, if nothing happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let stats = self.next_stats.filter(|_| self.connections.user_count() > 0);
        self.connections.next_deadline().into_iter().chain(stats).min()
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(connection) = self.connections.expired(now) {
            self.handle_expired(now, connection);
        }
        if self.next_stats.is_some_and(|at| at <= now) {
            self.next_stats = now.checked_add(self.config.limits.stats_interval);
            let stats = self.stats();
            let everybody = self.connections.users().map(|(id, ..)| id);
            self.output.send_to_all(everybody, stats);
        }
        self.end_overfull(now);
    }

    /// Says farewell to everybody and closes all connections; those that come later are turned away.
    ///
    /// All is done when [`counts`](Self::counts) tells of no connection any more, at the latest
    /// [`ServerLimits::closing_time`] after this.
    pub fn shut_down(&mut self, now: Duration, farewell: &Farewell) {
        self.is_ending = true;
        for connection in self.connections.all_open() {
            if self.connections.user(connection).is_none() {
                self.turn_away(now, connection, Refusal::ShuttingDown);
                continue;
            }
            match farewell {
                Farewell::Text(text) => self.output.notice(connection, text.as_bytes()),
                Farewell::Redirect { host, port } => {
                    let order = Redirect { host: host.clone(), port: *port };
                    self.output.send(connection, order);
                }
                Farewell::Cycle { metaserver } => {
                    self.output.send(connection, Cycle { metaserver: metaserver.clone() });
                }
            }
            self.output.send(connection, Disconnecting { reason: 0 });
            self.end(now, connection, Departure::ShutDown);
        }
        self.end_overfull(now);
    }

    /// Who is registered.
    pub fn accounts(&self) -> impl Iterator<Item = &RegisteredUser> {
        self.accounts.iter()
    }

    /// All that is to outlive this server, for those who keep it; [`restore_account`] takes it back.
    ///
    /// [`restore_account`]: Self::restore_account
    pub fn account_states(&self) -> impl Iterator<Item = &AccountState> {
        self.accounts.records()
    }

    /// A number that is another one whenever an account may have changed.
    #[must_use]
    pub const fn accounts_revision(&self) -> u64 {
        self.accounts.revision()
    }

    /// Adds an account that was kept, or replaces the one of that nick; false where there is no
    /// room, or nobody can have the nick.
    pub fn restore_account(&mut self, state: AccountState) -> bool {
        names::is_nick(&state.user.nick, self.config.limits.nick) && self.accounts.put(state)
    }

    /// Replaces a password in clear text by what the caller made of it; false where it is another
    /// one by now.
    pub fn set_password_hash(&mut self, nick: &[u8], clear: &[u8], hash: Vec<u8>) -> bool {
        let is_same = |record: &&mut AccountState| matches!(&record.user.password, StoredPassword::Clear(old) if old == clear);
        let Some(record) = self.accounts.get_mut(nick).filter(is_same) else { return false };
        record.user.password = StoredPassword::Hashed(hash);
        true
    }

    /// How many connections there are, users logged in, and files shared.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        (self.connections.open(), self.connections.user_count(), self.index.len())
    }

    /// The counters of message 214.
    fn stats(&self) -> ServerStats<'static> {
        const GIGABYTE: u64 = 1 << 30;
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        ServerStats {
            users: number(self.connections.user_count()),
            files: number(self.index.len()),
            size: u32::try_from(self.index.bytes() / GIGABYTE).unwrap_or(u32::MAX),
            unit: None,
            my_files: None,
        }
    }

    /// The time in seconds since 1970-01-01 UTC, as far as it is known.
    const fn unix_time(&self, now: Duration) -> u64 {
        self.config.unix_time_at_zero.saturating_add(now.as_secs())
    }

    /// Whether a connection waits for the caller to check a password.
    fn is_waiting(&self, connection: ConnectionId) -> bool {
        self.connections.get(connection).is_some_and(|connection| connection.waiting.is_some())
    }

    fn is_closing(&self, connection: ConnectionId) -> bool {
        self.connections.get(connection).is_none_or(|connection| connection.is_closing)
    }

    /// Does what is to be done with a connection whose time is over.
    fn handle_expired(&mut self, now: Duration, connection: ConnectionId) {
        let limits = self.config.limits;
        let Some(found) = self.connections.get(connection) else { return };
        let idle_at = found.heard.checked_add(limits.idle_time);
        if found.is_closing {
            self.close(connection);
        } else if found.user.is_none() {
            self.turn_away(now, connection, Refusal::LoginTimeout(limits.login_time));
        } else if idle_at.is_some_and(|at| at <= now) {
            let refusal = Refusal::Idle(limits.idle_time);
            self.eject(now, connection, (Departure::Idle, refusal));
        } else {
            // Something was said since the deadline was set.
            self.connections.set_deadline(connection, idle_at);
        }
    }

    /// Counts a message; whether the connection has sent too many of them.
    fn is_flooding(&mut self, now: Duration, connection: ConnectionId) -> bool {
        let limits = self.config.limits;
        let count = self.connections.get_mut(connection).map(|c| c.count(now, limits.flood_time));
        count.is_some_and(|count| count > limits.flood_messages)
    }

    /// Turns a connection away that has not logged in; it is told why.
    fn turn_away(&mut self, now: Duration, connection: ConnectionId, refusal: Refusal) {
        self.error(connection, &refusal);
        self.output.tell(ServerEvent::TurnedAway { connection, refusal });
        self.begin_closing(now, connection);
    }

    /// Ends a connection for what its client does, logged in or not; it is told why.
    ///
    /// opennap tells a user that he was killed, and that is what programs know.
    fn eject(&mut self, now: Duration, connection: ConnectionId, why: (Departure, Refusal)) {
        let (cause, refusal) = why;
        if self.connections.user(connection).is_none() {
            self.turn_away(now, connection, refusal);
        } else {
            let by = self.config.name.as_slice();
            let text = [b"You were killed by ", by, b": ", &refusal.text()].concat();
            self.expel(now, connection, &text, cause);
        }
    }

    /// Ends a session; the connection gets what was written to it and is closed.
    fn end(&mut self, now: Duration, connection: ConnectionId, cause: Departure) {
        self.log_out(now, connection, cause);
        self.begin_closing(now, connection);
    }

    /// From now on a connection only gets what was written to it.
    fn begin_closing(&mut self, now: Duration, connection: ConnectionId) {
        // At the end everybody gets his last words.
        if self.connections.closing() >= self.config.limits.closing && !self.is_ending {
            self.close(connection);
            return;
        }
        self.connections.begin_closing(connection);
        let deadline = now.checked_add(self.config.limits.closing_time);
        self.connections.set_deadline(connection, deadline);
        self.finish_closing(connection);
    }

    /// Closes a connection that has got its last words.
    fn finish_closing(&mut self, connection: ConnectionId) {
        let closing = self.connections.get(connection).is_some_and(|c| c.is_closing);
        if closing && self.output.is_empty(connection) {
            self.close(connection);
        }
    }

    /// Has the caller close a connection now.
    fn close(&mut self, connection: ConnectionId) {
        self.connections.remove(connection);
        self.output.close(connection);
    }

    /// Closes the connections of those who do not read.
    fn end_overfull(&mut self, now: Duration) {
        loop {
            // Their leaving is told to others, who may not read either.
            let overfull = self.output.take_overfull();
            if overfull.is_empty() {
                return;
            }
            for connection in overfull {
                self.log_out(now, connection, Departure::NotReading);
                self.close(connection);
            }
        }
    }

    /// Obeys the whole messages that have come, unless something has to be waited for.
    fn obey_input(&mut self, now: Duration, connection: ConnectionId) {
        let taken = self.connections.get_mut(connection).and_then(|c| c.decoder.take());
        let Some(mut decoder) = taken else { return };
        let (limit, inbox) = (self.config.limits.message, self.config.limits.inbox);
        let too_long = (Departure::MessageTooLong, Refusal::MessageTooLong(limit));
        while !self.is_waiting(connection) && !self.is_closing(connection) {
            let Some(packet) = decoder.poll() else { break };
            self.output.set_order(connection, packet.order);
            if packet.payload.len() > limit {
                self.eject(now, connection, too_long.clone());
            } else if self.is_flooding(now, connection) {
                let limits = &self.config.limits;
                let refusal = Refusal::Flooding(limits.flood_messages, limits.flood_time);
                self.eject(now, connection, (Departure::Flooding, refusal));
            } else {
                self.handle_packet(now, connection, &packet);
            }
        }
        if self.is_closing(connection) {
            return;
        }
        let is_waiting = self.is_waiting(connection);
        if is_waiting && decoder.held() > inbox {
            self.turn_away(now, connection, Refusal::TooHasty);
        } else if !is_waiting && decoder.held() > limit + FrameHeader::LENGTH {
            self.eject(now, connection, too_long);
        } else if let Some(connection) = self.connections.get_mut(connection) {
            connection.decoder = Some(decoder);
        }
    }

    /// Obeys or refuses a message.
    fn handle_packet(&mut self, now: Duration, connection: ConnectionId, packet: &Packet) {
        dispatch::dispatch(self, &dispatch::Call { now, connection, packet });
    }
}
