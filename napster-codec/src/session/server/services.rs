//! Pseudo users of opennap: what is said to them in private is a command to the server.
//!
//! So people whose program has no way to send a command can do so all the same.

use alloc::format;
use alloc::vec::Vec;

use crate::code::{Code, Direction};
use crate::frame::Packet;
use crate::message::PrivateMessageReceived;
use crate::number::UserLevel;
use crate::session::server::Server;
use crate::session::server::config::RegisteredUser;
use crate::session::server::dispatch::{self, Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::user::User;
use crate::text::{Text, Token};

/// A pseudo user.
pub(super) struct Service {
    name: &'static str,
    /// Its commands: the word, the code of the message that it stands for, and what it wants.
    commands: &'static [(&'static str, u16, &'static str)],
}

static CHAN_SERV: Service = Service {
    name: "ChanServ",
    commands: &[
        ("ban", 422, "channel user [\"reason\"]"),
        ("unban", 423, "channel user"),
        ("banclear", 424, "channel"),
        ("banlist", 420, "channel"),
        ("clear", 820, "channel"),
        ("kick", 829, "channel user [\"reason\"]"),
        ("topic", 410, "channel [topic]"),
        ("limit", 826, "channel number"),
        ("level", 823, "channel [level]"),
        ("drop", 10207, "channel"),
        ("op", 10204, "channel [user ...]"),
        ("deop", 10205, "channel user ..."),
        ("oplist", 10206, "channel"),
        ("wallop", 10208, "channel text"),
        ("mode", 10209, "channel [mode ...]"),
        ("invite", 10210, "user channel"),
        ("voice", 10211, "channel [user ...]"),
        ("unvoice", 10212, "channel user ..."),
        ("muzzle", 10213, "channel user [\"reason\"]"),
        ("unmuzzle", 10214, "channel user"),
    ],
};

static OPER_SERV: Service = Service {
    name: "OperServ",
    commands: &[
        ("chanlevel", 10201, "channel [level]"),
        ("chanlimit", 826, "channel number"),
        ("kick", 10202, "channel user [\"reason\"]"),
        ("cban", 422, "channel user [\"reason\"]"),
        ("cunban", 423, "channel user"),
        ("cbanlist", 420, "channel"),
        ("cbanclear", 424, "channel"),
        ("clearchan", 820, "channel"),
        ("op", 10204, "channel [user ...]"),
        ("oplist", 10206, "channel"),
        ("deop", 10205, "channel user ..."),
        ("links", 10112, ""),
        ("stats", 10115, ""),
        ("register", 10200, "user password email [level]"),
        ("nuke", 611, "user"),
        ("usermode", 10203, "[mode ...]"),
        ("userflags", 10050, "[user [flag]]"),
        ("config", 810, "[setting [value]]"),
        ("reconfig", 800, "setting"),
        ("rehash", 10117, ""),
        ("cloak", 652, ""),
        ("server", 10119, "user"),
        ("redirect", 821, "user host port"),
        ("cycle", 822, "user host:port"),
        ("whowas", 10121, "user"),
    ],
};

static NICK_SERV: Service = Service {
    name: "NickServ",
    commands: &[
        ("register", NickServ::REGISTER, ""),
        ("usermode", 10203, "[mode ...]"),
        ("server", 10119, "user"),
    ],
};

/// What stands for no message of the protocol.
struct NickServ;

impl NickServ {
    /// Not a code that any program knows.
    const REGISTER: u16 = u16::MAX;
}

impl Service {
    /// The service of that name that a user may command.
    pub(super) fn of(name: &[u8], user: &User) -> Option<&'static Self> {
        let mut all = [&CHAN_SERV, &OPER_SERV, &NICK_SERV].into_iter();
        let service = all.find(|service| service.name.as_bytes().eq_ignore_ascii_case(name))?;
        let is_staff_only = service.name == OPER_SERV.name;
        (!is_staff_only || user.level > UserLevel::User).then_some(service)
    }

    /// Obeys a line, as if the message that it stands for had come.
    pub(super) fn obey(&self, server: &mut Server, call: &Call<'_>, line: &[u8]) -> Outcome {
        let line = line.trim_ascii();
        let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
        let (word, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
        if word.eq_ignore_ascii_case(b"help") {
            self.help(server, call);
            return Ok(());
        }
        let mut commands = self.commands.iter();
        let command = commands.find(|(name, ..)| name.as_bytes().eq_ignore_ascii_case(word));
        let unknown = || Refusal::UnknownService { service: self.name, command: word.to_vec() };
        let (_, code, _) = *command.ok_or_else(unknown)?;
        if code == NickServ::REGISTER {
            return register(server, call);
        }
        let packet = Packet::new(Code(code), rest.trim_ascii().to_vec(), Direction::ToServer);
        let packet = packet.ok_or(Refusal::Senseless)?;
        dispatch::obey(server, &Call { packet: &packet, ..*call })
    }

    /// A heading, the commands, and END in the last line.
    fn help(&self, server: &mut Server, call: &Call<'_>) {
        let name = self.name;
        let commands = self.commands.iter().map(|(word, _, wants)| format!("{word} {wants}"));
        let lines = [format!("Commands of {name}:")].into_iter().chain(commands);
        for line in lines.chain([format!("END of help for {name}")]) {
            server.service_says(call, name, line.trim_end().as_bytes());
        }
    }
}

impl Server {
    /// A line of a pseudo user.
    pub(super) fn service_says(&mut self, call: &Call<'_>, name: &str, line: &[u8]) {
        let from = Token::read(name.as_bytes());
        let said = PrivateMessageReceived { from, message: Text::read(line) };
        self.output.send(call.connection, said);
    }

    /// A list from `ChanServ`: a heading, names, and END in the last line.
    pub(super) fn chan_serv_lists(&mut self, call: &Call<'_>, what: &str, names: Vec<Vec<u8>>) {
        let heading = format!("List of {what}:").into_bytes();
        let end = format!("END of list of {what}").into_bytes();
        for line in [heading].into_iter().chain(names).chain([end]) {
            self.service_says(call, CHAN_SERV.name, &line);
        }
    }
}

/// Registers a nick that was accepted without, with the password of its login.
fn register(server: &mut Server, call: &Call<'_>) -> Outcome {
    let user = call.user(&server.connections)?;
    if server.accounts.get(&user.nick).is_some() {
        return Err(Refusal::Registered);
    }
    let account = RegisteredUser {
        nick: user.nick.clone(),
        password: user.password.as_bytes().into(),
        email: user.email.clone(),
        level: user.level,
    };
    if !server.accounts.register(account) {
        return Err(Refusal::TooManyAccounts);
    }
    server.service_says(call, NICK_SERV.name, b"your nick is registered");
    Ok(())
}
