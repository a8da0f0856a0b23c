//! Logging in and out, and registration.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use crate::connection::ConnectionId;
use crate::diagnostic::DiagnosticKind;
use crate::message::{
    Disconnecting, Ghost, Login, LoginAck, LoginRegister, LoginWithEmail, Motd, NickAvailable,
    NickCheck, NickInvalid, NickTaken, PasswordCheck, PasswordOk, UserSignoff, UserSignon,
};
use crate::number::{LinkType, UserLevel};
use crate::session::server::Server;
use crate::session::server::config::{RegisteredUser, StoredPassword};
use crate::session::server::connections::Waiting;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::{Departure, Refusal, ServerEvent};
use crate::session::server::map::{Map, Set};
use crate::session::server::names::{Key, is_nick, quotable};
use crate::session::server::notices::{Notice, Notices};
use crate::session::server::staff::Past;
use crate::session::server::user::User;
use crate::text::{Password, Text, Token, Word};

/// What messages 2 and 6 have in common.
struct Newcomer<'m> {
    nick: &'m [u8],
    password: &'m [u8],
    data_port: u16,
    client_info: &'m [u8],
    link_type: LinkType,
    email: Option<&'m [u8]>,
}

/// What the caller found out about a password: against which hash, and whether it is right.
pub(super) type Checked<'c> = Option<(&'c [u8], bool)>;

/// Message 2.
pub(super) fn log_in(server: &mut Server, call: &Call<'_>) -> Outcome {
    log_in_checked(server, call, None)
}

/// Message 2 where the password was checked already.
pub(super) fn log_in_checked(
    server: &mut Server,
    call: &Call<'_>,
    checked: Checked<'_>,
) -> Outcome {
    refuse_second_login(server, call)?;
    let login = match call.read::<Login<'_>>() {
        Ok(login) => login,
        // Some programs put an e-mail address behind the link type.
        Err(error) => match call.read::<LoginWithEmail<'_>>() {
            Ok(login) => without_email(login),
            Err(_) => return Err(meant(error)),
        },
    };
    let newcomer = Newcomer {
        nick: login.nick.as_bytes(),
        password: login.password.as_bytes(),
        data_port: login.data_port,
        client_info: login.client_info.as_bytes(),
        link_type: login.link_type,
        email: None,
    };
    check(server, call, &newcomer)?;
    match password_of(server, newcomer.nick) {
        Some(stored) => match compare(&stored, newcomer.password, checked) {
            Some(true) => {}
            Some(false) => return Err(Refusal::InvalidPassword),
            None => return ask_caller(server, call, stored, newcomer.password),
        },
        None if server.config.registered_only => return Err(Refusal::RegisteredOnly),
        None => {}
    }
    replace_older_session(server, call, &newcomer)?;
    welcome(server, call, &newcomer);
    Ok(())
}

/// Message 6.
pub(super) fn register(server: &mut Server, call: &Call<'_>) -> Outcome {
    refuse_second_login(server, call)?;
    let login = call.read::<LoginRegister<'_>>().map_err(meant)?;
    let newcomer = Newcomer {
        nick: login.nick.as_bytes(),
        password: login.password.as_bytes(),
        data_port: login.data_port,
        client_info: login.client_info.as_bytes(),
        link_type: login.link_type,
        email: login.email.0.as_ref().map(Token::as_bytes),
    };
    check(server, call, &newcomer)?;
    if server.accounts.get(newcomer.nick).is_some() {
        return Err(Refusal::Registered);
    }
    replace_older_session(server, call, &newcomer)?;
    let limit = server.config.limits.text;
    let account = RegisteredUser {
        nick: newcomer.nick.to_vec(),
        password: newcomer.password.into(),
        email: newcomer.email.map(|email| quotable(email, limit)),
        level: UserLevel::User,
    };
    if !server.accounts.register(account) {
        return Err(Refusal::TooManyAccounts);
    }
    welcome(server, call, &newcomer);
    Ok(())
}

/// Message 7: may this nick be registered?
pub(super) fn check_nick(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick: &[u8] = &call.packet.payload;
    if is_nick(nick, server.config.limits.nick) {
        call.read::<NickCheck<'_>>()?;
        if server.accounts.get(nick).is_some() || server.connections.find(nick).is_some() {
            server.output.send(call.connection, NickTaken {});
        } else {
            server.output.send(call.connection, NickAvailable {});
        }
    } else {
        server.output.send(call.connection, NickInvalid { message: None });
    }
    Ok(())
}

/// Message 11: is this the password? A wrong one is not answered (opennap).
///
/// `MP3::Napster` refuses uploads with the same code; its downloader is told that there is no file.
pub(super) fn check_password(server: &mut Server, call: &Call<'_>) -> Outcome {
    if server.connections.user(call.connection).is_some() {
        return super::transfer::deny_upload(server, call);
    }
    check_password_checked(server, call, None)
}

/// Message 11 before the login, where the password was checked already.
pub(super) fn check_password_checked(
    server: &mut Server,
    call: &Call<'_>,
    checked: Checked<'_>,
) -> Outcome {
    let check = call.read::<PasswordCheck<'_>>()?;
    let password = check.password.as_bytes();
    let Some(stored) = password_of(server, check.nick.as_bytes()) else { return Ok(()) };
    match compare(&stored, password, checked) {
        Some(true) => server.output.send(call.connection, PasswordOk {}),
        Some(false) => {}
        None => return ask_caller(server, call, stored, password),
    }
    Ok(())
}

fn password_of(server: &Server, nick: &[u8]) -> Option<StoredPassword> {
    server.accounts.get(nick).map(|record| record.user.password.clone())
}

/// Whether a password is right; `None` where only the caller can tell.
fn compare(stored: &StoredPassword, password: &[u8], checked: Checked<'_>) -> Option<bool> {
    match (stored, checked) {
        (StoredPassword::Clear(clear), _) => Some(clear == password),
        // A hash that was replaced in between proves nothing.
        (StoredPassword::Hashed(hash), Some((of, is_right))) if hash == of => Some(is_right),
        (StoredPassword::Hashed(_), _) => None,
    }
}

/// Has the caller check a password; until then the connection waits, whatever it sends.
fn ask_caller(
    server: &mut Server,
    call: &Call<'_>,
    stored: StoredPassword,
    password: &[u8],
) -> Outcome {
    let StoredPassword::Hashed(hash) = stored else { return Ok(()) };
    if let Some(connection) = server.connections.get_mut(call.connection) {
        let packet = call.packet.clone();
        connection.waiting = Some(Waiting { packet, hash: hash.clone() });
    }
    let password = Password::read(password).into_owned();
    let connection = call.connection;
    server.output.tell(ServerEvent::CheckPassword { connection, hash, password });
    Ok(())
}

impl Server {
    /// Ends a session: files, memberships and requests go, and others are told.
    pub(super) fn log_out(&mut self, now: Duration, connection: ConnectionId, cause: Departure) {
        self.leave_all_channels(connection);
        let Some(user) = self.connections.log_out(connection) else { return };
        self.note_past(now, connection, &user);
        for file in user.files.values() {
            self.index.remove(*file);
        }
        let seen = self.unix_time(now);
        if let Some(record) = self.accounts.get_mut(&user.nick) {
            record.last_seen = seen;
            record.total_downloads = user.total_downloads;
            record.total_uploads = user.total_uploads;
        }
        let key = user.key();
        let watchers = self.connections.watchers(&key).filter(|id| {
            !user.is_cloaked || self.connections.user(*id).is_some_and(User::is_staff)
        });
        self.output.send_to_all(watchers, UserSignoff { nick: Token::read(&user.nick) });
        self.output.tell(ServerEvent::LoggedOut { connection, nick: user.nick, cause });
    }

    fn note_past(&mut self, now: Duration, connection: ConnectionId, user: &User) {
        let Some(connection) = self.connections.get(connection) else { return };
        let past = Past {
            nick: user.nick.clone(),
            address: *connection.peer.ip(),
            client_info: user.client_info.clone(),
            time: self.unix_time(now),
        };
        self.past.add(past, self.config.limits.past_users);
    }

    /// Ends the session of somebody who did not ask for it; he gets the reason first.
    pub(super) fn expel(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        text: &[u8],
        cause: Departure,
    ) {
        self.output.notice(connection, text);
        self.output.send(connection, Disconnecting { reason: 0 });
        self.end(now, connection, cause);
    }

    /// Sends the message of the day, the version line first as on opennap.
    pub(super) fn send_motd(&mut self, connection: ConnectionId) {
        let version = concat!("VERSION napster-codec ", env!("CARGO_PKG_VERSION"));
        self.output.send(connection, Motd { line: Text::read(version.as_bytes()) });
        for line in &self.config.motd {
            self.output.send(connection, Motd { line: Text::read(line) });
        }
    }

    /// The address that message 3 tells: the registered one, or one that says that there is none.
    pub(super) fn email_of(&self, user: &User) -> Vec<u8> {
        let anonymous = || [b"anon@", self.config.name.as_slice()].concat();
        user.email.clone().unwrap_or_else(anonymous)
    }
}

fn refuse_second_login(server: &Server, call: &Call<'_>) -> Outcome {
    match server.connections.user(call.connection) {
        Some(_) => Err(Refusal::AlreadyLoggedIn),
        None => Ok(()),
    }
}

fn without_email(login: LoginWithEmail<'_>) -> Login<'_> {
    Login {
        nick: login.nick,
        password: login.password,
        data_port: login.data_port,
        client_info: login.client_info,
        link_type: login.link_type,
        build: Some(login.build),
        unknown_1: None,
        compression: None,
    }
}

/// What a login that cannot be read did wrong, in opennap's words.
fn meant(refusal: Refusal) -> Refusal {
    match &refusal {
        Refusal::Unparsable(error) if error.kind == DiagnosticKind::MissingField => refusal,
        Refusal::Unparsable(error) if error.field == "data_port" => Refusal::InvalidPort,
        Refusal::Unparsable(error) if error.field == "link_type" => Refusal::InvalidSpeed,
        _ => refusal,
    }
}

fn check(server: &Server, call: &Call<'_>, newcomer: &Newcomer<'_>) -> Outcome {
    let is_own = newcomer.nick.eq_ignore_ascii_case(&server.config.name);
    if is_own || !is_nick(newcomer.nick, server.config.limits.nick) {
        return Err(Refusal::InvalidNick);
    }
    if newcomer.link_type.0 > LinkType::MAXIMUM {
        return Err(Refusal::InvalidSpeed);
    }
    if newcomer.password.len() > server.config.limits.text {
        return Err(Refusal::InvalidPassword);
    }
    let Some(connection) = server.connections.get(call.connection) else { return Ok(()) };
    let address = format!("{}", connection.peer.ip());
    match server.bans.find(newcomer.nick, address.as_bytes(), call.now) {
        Some(ban) => Err(Refusal::Banned(ban.reason.clone())),
        None => Ok(()),
    }
}

/// Makes room where the same user is logged in already: a lost connection may still look alive.
///
/// opennap compares the address only; where nobody registered the nick, the password has to be the
/// same too, since many users can share an address.
fn replace_older_session(server: &mut Server, call: &Call<'_>, newcomer: &Newcomer<'_>) -> Outcome {
    let Some((old, user)) = server.connections.find(newcomer.nick) else { return Ok(()) };
    let peer = |id| server.connections.get(id).map(|connection| *connection.peer.ip());
    let is_same = peer(old) == peer(call.connection) && user.password == *newcomer.password;
    if !is_same {
        return Err(Refusal::AlreadyActive(newcomer.nick.to_vec()));
    }
    let by = [b"You were killed by ", server.config.name.as_slice(), b": ghost"].concat();
    server.output.send(old, Ghost { data: None });
    server.expel(call.now, old, &by, Departure::Replaced);
    Ok(())
}

/// Makes a connection a user's, and greets him.
fn welcome(server: &mut Server, call: &Call<'_>, newcomer: &Newcomer<'_>) {
    let user = new_user(server, call.now, newcomer);
    let connection = call.connection;
    let (nick, level, link_type) = (user.nick.clone(), user.level, user.link_type);
    let email = server.email_of(&user);
    server.connections.log_in(connection, user);
    let idle_at = call.now.checked_add(server.config.limits.idle_time);
    server.connections.set_deadline(connection, idle_at);
    if server.next_stats.is_none() {
        server.next_stats = call.now.checked_add(server.config.limits.stats_interval);
    }
    let email = Word::Bare(Token::read(&email));
    server.output.send(connection, LoginAck { email, number: None });
    server.send_motd(connection);
    let stats = server.stats();
    server.output.send(connection, stats);
    if level > UserLevel::User {
        let name = Text::read(&server.config.name);
        let text = format!("{name} set your user level to {level} ({}).", level as u8);
        server.output.notice(connection, text.as_bytes());
        let shown = Text::read(&nick);
        let text = format!("{name} set {shown}'s user level to {level} ({})", level as u8);
        server.notify_others(Notice::Level, text.as_bytes(), Some(connection));
    }
    let key = Key::of(&nick);
    let watchers = server.connections.watchers(&key);
    let signon = UserSignon { nick: Token::read(&nick), link_type };
    server.output.send_to_all(watchers, signon);
    let packet = call.packet.clone();
    server.output.tell(ServerEvent::LoggedIn { connection, nick, packet });
}

fn new_user(server: &Server, now: Duration, newcomer: &Newcomer<'_>) -> User {
    let record = server.accounts.get(newcomer.nick);
    let client_info = quotable(newcomer.client_info, server.config.limits.text);
    User {
        nick: newcomer.nick.to_vec(),
        level: record.map_or(UserLevel::User, |record| record.user.level),
        is_muzzled: record.is_some_and(|record| record.is_muzzled),
        is_cloaked: false,
        notices: Notices::ALL,
        email: record.and_then(|record| record.user.email.clone()),
        // `MP3::Napster` cannot read message 604 without a program's name.
        client_info: if client_info.is_empty() { b"unknown".to_vec() } else { client_info },
        link_type: newcomer.link_type,
        data_port: newcomer.data_port,
        since: now,
        downloads: 0,
        uploads: 0,
        total_downloads: record.map_or(0, |record| record.total_downloads),
        total_uploads: record.map_or(0, |record| record.total_uploads),
        files: BTreeMap::new(),
        channels: Set::new(),
        hotlist: Set::new(),
        ignored: Map::new(),
        pending: VecDeque::new(),
        password: Password::read(newcomer.password).into_owned(),
    }
}
