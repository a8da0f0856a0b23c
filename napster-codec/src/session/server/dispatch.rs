//! The table of commands: what is allowed when, to whom, and which function obeys.

use core::time::Duration;

use crate::code::Code;
use crate::connection::ConnectionId;
use crate::diagnostic::{Diagnostics, Tolerance};
use crate::frame::Packet;
use crate::message::{Error, NickInvalid, Payload, SearchEnd};
use crate::number::UserLevel;
use crate::session::server::connections::Connections;
use crate::session::server::event::{Refusal, ServerEvent};
use crate::session::server::user::User;
use crate::session::server::{
    Server, access, admin, browse, channel, login, notices, people, search, settings, sharing,
    staff, transfer,
};
use crate::text::Text;

/// A message that came, and when.
#[derive(Clone, Copy)]
pub(super) struct Call<'p> {
    pub(super) now: Duration,
    pub(super) connection: ConnectionId,
    pub(super) packet: &'p Packet,
}

/// Whether a message was obeyed.
pub(super) type Outcome = Result<(), Refusal>;

type Handler = fn(&mut Server, &Call<'_>) -> Outcome;

impl<'p> Call<'p> {
    /// Reads the payload as the message that is expected.
    pub(super) fn read<T: Payload<'p>>(&self) -> Result<T, Refusal> {
        Ok(self.packet.read(Tolerance::LENIENT, &mut Diagnostics::new())?)
    }

    /// Who sent the message.
    pub(super) fn user<'c>(&self, connections: &'c Connections) -> Result<&'c User, Refusal> {
        connections.user(self.connection).ok_or(Refusal::InvalidCommand)
    }

    pub(super) fn user_mut<'c>(
        &self,
        connections: &'c mut Connections,
    ) -> Result<&'c mut User, Refusal> {
        connections.user_mut(self.connection).ok_or(Refusal::InvalidCommand)
    }

    /// The payload behind its first word, from the blank on, byte for byte.
    pub(super) fn behind_word(&self) -> &'p [u8] {
        let payload: &[u8] = &self.packet.payload;
        let end = payload.iter().position(|byte| *byte == b' ').unwrap_or(payload.len());
        payload.get(end..).unwrap_or_default()
    }
}

impl Server {
    /// Tells a client of an error, message 0.
    pub(super) fn error(&mut self, connection: ConnectionId, refusal: &Refusal) {
        let text = refusal.text();
        self.output.send(connection, Error { message: Text::read(&text) });
    }
}

/// When a command is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the login.
    Unknown,
    /// Before the login and behind it.
    Any,
    /// Behind the login, to users of this level and above.
    LoggedIn(UserLevel),
}

/// One row of the table.
struct Command {
    code: Code,
    state: State,
    obey: Handler,
}

const fn row(code: u16, state: State, obey: Handler) -> Command {
    Command { code: Code(code), state, obey }
}

const ANYBODY: State = State::LoggedIn(UserLevel::Leech);
const MODERATOR: State = State::LoggedIn(UserLevel::Moderator);
const ADMIN: State = State::LoggedIn(UserLevel::Admin);
const ELITE: State = State::LoggedIn(UserLevel::Elite);

/// Nothing is to be done, and nothing answered.
fn ignore(_: &mut Server, _: &Call<'_>) -> Outcome {
    Ok(())
}

/// Every command, in order of its code. Levels are those of opennap.
static COMMANDS: &[Command] = &[
    row(2, State::Any, login::log_in),
    row(6, State::Any, login::register),
    row(7, State::Unknown, login::check_nick),
    row(11, State::Any, login::check_password),
    // A challenge of official clients, profiles, and ports to test: no server of the time answers.
    row(13, ANYBODY, ignore),
    row(14, State::Any, ignore),
    row(15, State::Any, ignore),
    row(100, ANYBODY, sharing::share_file),
    row(102, ANYBODY, sharing::unshare_file),
    row(110, ANYBODY, sharing::unshare_all),
    row(200, ANYBODY, search::search),
    row(203, ANYBODY, transfer::request_download),
    row(205, ANYBODY, people::private_message),
    row(207, ANYBODY, people::add_to_hotlist),
    row(208, ANYBODY, people::add_to_hotlist),
    row(211, ANYBODY, browse::browse),
    row(214, ANYBODY, people::stats),
    row(215, ANYBODY, search::resume),
    row(218, ANYBODY, transfer::count),
    row(219, ANYBODY, transfer::count),
    row(220, ANYBODY, transfer::count),
    row(221, ANYBODY, transfer::count),
    row(300, State::Any, ignore),
    row(303, ANYBODY, people::remove_from_hotlist),
    row(316, ANYBODY, people::ask_disconnect),
    row(320, ANYBODY, people::list_ignored),
    row(322, ANYBODY, people::ignore),
    row(323, ANYBODY, people::stop_ignoring),
    row(326, ANYBODY, people::stop_ignoring_all),
    row(400, ANYBODY, channel::join),
    row(401, ANYBODY, channel::part),
    row(402, ANYBODY, channel::say),
    row(410, ANYBODY, channel::topic),
    row(420, ANYBODY, channel::list_bans),
    row(422, ANYBODY, channel::ban),
    row(423, ANYBODY, channel::unban),
    row(424, ANYBODY, channel::clear_bans),
    row(430, ANYBODY, channel::invite_there),
    row(431, ANYBODY, ignore),
    row(432, ANYBODY, ignore),
    row(500, ANYBODY, transfer::request_push),
    row(600, ANYBODY, people::link_speed),
    row(603, ANYBODY, people::whois),
    row(606, ADMIN, admin::set_level),
    row(608, ANYBODY, transfer::accept_upload),
    row(609, ANYBODY, transfer::refuse_upload),
    row(610, MODERATOR, admin::kill),
    row(611, ADMIN, admin::unregister),
    row(612, MODERATOR, admin::ban),
    row(613, MODERATOR, admin::set_data_port),
    row(614, MODERATOR, admin::unban),
    row(615, MODERATOR, admin::list_bans),
    row(617, ANYBODY, channel::list),
    row(619, ANYBODY, transfer::limit_upload),
    row(621, ANYBODY, people::motd),
    row(622, MODERATOR, admin::muzzle),
    row(623, MODERATOR, admin::unmuzzle),
    row(624, ADMIN, staff::restore),
    row(625, ADMIN, admin::set_link_type),
    row(626, ANYBODY, transfer::data_port_error),
    row(627, MODERATOR, admin::tell_staff),
    row(628, ADMIN, admin::announce),
    row(640, ANYBODY, browse::request_direct),
    row(641, ANYBODY, browse::accept_direct),
    row(642, ANYBODY, browse::refuse_direct),
    row(652, MODERATOR, staff::cloak),
    row(700, ANYBODY, people::change_link_type),
    row(701, ANYBODY, people::change_password),
    row(702, ANYBODY, people::change_email),
    row(703, ANYBODY, people::change_data_port),
    row(750, ANYBODY, people::ping_server),
    row(751, ANYBODY, people::ping),
    row(752, ANYBODY, people::pong),
    row(753, ADMIN, admin::set_password),
    row(800, ELITE, settings::reset),
    row(801, ANYBODY, admin::version),
    row(810, MODERATOR, settings::configure),
    row(820, MODERATOR, channel::clear),
    row(821, ADMIN, admin::redirect),
    row(822, ADMIN, admin::cycle),
    row(823, MODERATOR, channel::set_level),
    row(824, ANYBODY, channel::emote),
    row(826, ANYBODY, channel::set_limit),
    row(827, ANYBODY, channel::list_all),
    row(829, ANYBODY, channel::kick),
    row(830, ANYBODY, channel::names),
    row(831, MODERATOR, admin::list_users),
    row(870, ANYBODY, sharing::share_directory),
    row(920, State::Any, ignore),
    row(10050, ADMIN, staff::flags),
    row(10112, ANYBODY, admin::list_links),
    row(10115, ANYBODY, admin::usage),
    row(10116, ANYBODY, staff::old_ping),
    row(10117, ELITE, settings::rehash),
    row(10118, MODERATOR, admin::list_programs),
    row(10119, ANYBODY, staff::which_server),
    row(10121, MODERATOR, staff::who_was),
    row(10122, MODERATOR, staff::kill_all),
    row(10200, ADMIN, admin::register),
    row(10201, MODERATOR, channel::set_level),
    row(10202, ANYBODY, channel::kick),
    row(10203, MODERATOR, notices::user_mode),
    row(10204, ANYBODY, channel::op),
    row(10205, ANYBODY, channel::deop),
    row(10206, ANYBODY, channel::list_operators),
    row(10207, ADMIN, channel::drop),
    row(10208, ANYBODY, channel::wallop),
    row(10209, ANYBODY, channel::mode),
    row(10210, ANYBODY, channel::invite),
    row(10211, ANYBODY, channel::voice),
    row(10212, ANYBODY, channel::unvoice),
    row(10213, ANYBODY, channel::muzzle),
    row(10214, ANYBODY, channel::unmuzzle),
    row(10250, MODERATOR, access::add),
    row(10251, MODERATOR, access::remove),
    row(10252, MODERATOR, access::list),
    row(10253, MODERATOR, access::add),
    row(10254, MODERATOR, access::remove),
    row(10255, MODERATOR, access::list),
    row(10256, MODERATOR, access::add),
    row(10257, MODERATOR, access::remove),
    row(10258, MODERATOR, access::list),
    row(10259, MODERATOR, access::add),
    row(10260, MODERATOR, access::remove),
    row(10261, MODERATOR, access::list),
    row(10300, ANYBODY, sharing::share_media),
    row(10301, ANYBODY, browse::browse_new),
];

/// Obeys a message, and tells the client and the caller how that went.
pub(super) fn dispatch(server: &mut Server, call: &Call<'_>) {
    let is_logged_in = server.connections.user(call.connection).is_some();
    let outcome = obey(server, call);
    tell(server, call, is_logged_in, outcome);
}

/// The same for a message that waited for the caller to check a password.
pub(super) fn dispatch_checked(server: &mut Server, call: &Call<'_>, checked: (&[u8], bool)) {
    let outcome = match call.packet.code {
        Code(11) => login::check_password_checked(server, call, Some(checked)),
        _ => login::log_in_checked(server, call, Some(checked)),
    };
    tell(server, call, false, outcome);
}

/// Tells the client and the caller how it went.
fn tell(server: &mut Server, call: &Call<'_>, is_logged_in: bool, outcome: Outcome) {
    let (connection, packet) = (call.connection, call.packet.clone());
    let waits = server.connections.get(connection).is_some_and(|c| c.waiting.is_some());
    match outcome {
        // A login tells more itself, and one that waits is told of later.
        Ok(()) if waits || matches!(packet.code, Code(2 | 6)) => {}
        Ok(()) => server.output.tell(ServerEvent::Message { connection, packet }),
        Err(refusal) => {
            refuse(server, call, is_logged_in, &refusal);
            server.output.tell(match refusal {
                Refusal::UnknownCommand(_) => ServerEvent::Unmodelled { connection, packet },
                refusal => ServerEvent::Refused { connection, packet, refusal },
            });
        }
    }
}

/// Finds the row of a message and obeys it.
pub(super) fn obey(server: &mut Server, call: &Call<'_>) -> Outcome {
    let packet = call.packet;
    let level = server.connections.user(call.connection).map(|user| user.level);
    let place = COMMANDS.binary_search_by_key(&packet.code, |row| row.code).ok();
    let row = place.and_then(|place| COMMANDS.get(place));
    match (row, level) {
        (None, Some(_)) => Err(Refusal::UnknownCommand(packet.code)),
        // opennap answers a version check so before the login, and goes on.
        (None, None) if packet.code == Code(4) => Err(Refusal::UnknownCommand(packet.code)),
        (None, None) => Err(Refusal::InvalidCommand),
        (Some(row), level) => match (row.state, level) {
            (State::Unknown, Some(_)) => Err(Refusal::AlreadyLoggedIn),
            (State::LoggedIn(_), None) => Err(Refusal::InvalidCommand),
            (State::LoggedIn(least), Some(level)) if level < least => {
                Err(Refusal::PermissionDenied)
            }
            _ => (row.obey)(server, call),
        },
    }
}

/// Tells a client that a message is refused, in the form that the message wants.
fn refuse(server: &mut Server, call: &Call<'_>, is_logged_in: bool, refusal: &Refusal) {
    let connection = call.connection;
    match refusal {
        Refusal::UnknownCommand(_) => server.output.notice(connection, &refusal.text()),
        _ if !is_logged_in => {
            match refusal {
                Refusal::InvalidNick => {
                    server.output.send(connection, NickInvalid { message: None });
                }
                _ => server.error(connection, refusal),
            }
            server.begin_closing(call.now, connection);
        }
        Refusal::NoFile { nick, filename } => transfer::no_file(server, connection, nick, filename),
        _ => server.output.notice(connection, &refusal.text()),
    }
    // A search that is refused has its end mark all the same (opennap 0.36).
    if is_logged_in && call.packet.code == Code(200) {
        server.output.send(connection, SearchEnd {});
    }
}

#[cfg(test)]
mod tests {
    use super::COMMANDS;

    #[test]
    fn rows_are_in_order() {
        assert!(COMMANDS.is_sorted_by_key(|row| row.code));
        let same =
            |pair: &[super::Command]| pair.first().map(|r| r.code) == pair.last().map(|r| r.code);
        assert!(!COMMANDS.windows(2).any(same), "a code stands twice");
    }
}
