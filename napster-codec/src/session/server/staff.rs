//! More of what moderators do: cloaks, flags, users who left, accounts that come back.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::connection::ConnectionId;
use crate::message::{
    Cloak, MassKill, ServerPingOld, ServerPingOldReply, UnnukeUser, UserFlags, WhichServer, WhoWas,
    WhoWasReply,
};
use crate::session::server::Server;
use crate::session::server::config::AccountState;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::{Departure, Refusal};
use crate::session::server::names::quotable;
use crate::session::server::notices::Notice;
use crate::text::{Quoted, Text, Token};

/// Somebody who left.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) nick: Vec<u8>,
    pub(super) address: Ipv4Addr,
    pub(super) client_info: Vec<u8>,
    /// When, in seconds since 1970-01-01 UTC.
    pub(super) time: u64,
}

/// Who left, the latest last.
#[derive(Clone, Debug, Default)]
pub(super) struct PastUsers(VecDeque<Past>);

impl PastUsers {
    /// Notes who left; the oldest is forgotten where there is no room.
    pub(super) fn add(&mut self, past: Past, limit: usize) {
        while self.0.len() >= limit.max(1) {
            self.0.pop_front();
        }
        if limit > 0 {
            self.0.push_back(past);
        }
    }

    fn last(&self, nick: &[u8]) -> Option<&Past> {
        self.0.iter().rev().find(|past| past.nick.eq_ignore_ascii_case(nick))
    }
}

/// Message 652: hidden from users below moderators, or no longer.
pub(super) fn cloak(server: &mut Server, call: &Call<'_>) -> Outcome {
    call.read::<Cloak>()?;
    let user = call.user_mut(&mut server.connections)?;
    user.is_cloaked = !user.is_cloaked;
    let (told, done) = match user.is_cloaked {
        true => ("You are now cloaked.", "has cloaked"),
        false => ("You are no longer cloaked.", "has decloaked"),
    };
    let text = format!("{} {done}", Text::read(&user.nick));
    server.notify(Notice::Cloak, text.as_bytes());
    server.output.notice(call.connection, told.as_bytes());
    Ok(())
}

/// Message 624: an account that 611 took away comes back.
pub(super) fn restore(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UnnukeUser<'_>>()?;
    let own = call.user(&server.connections)?.level;
    let removed = server.accounts.removed(message.nick.as_bytes()).map(|record| record.user.level);
    if removed.ok_or(Refusal::NotRegistered)? > own {
        return Err(Refusal::PermissionDenied);
    }
    if server.accounts.get(message.nick.as_bytes()).is_some() {
        return Err(Refusal::Registered);
    }
    let restored = server.accounts.restore_removed(message.nick.as_bytes());
    restored.then_some(()).ok_or(Refusal::TooManyAccounts)
}

/// Message 10050: which flags does an account have, or from now on it has these.
pub(super) fn flags(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UserFlags<'_>>()?;
    let Some(nick) = message.nick else {
        let all = server
            .accounts
            .records()
            .filter(|record| record.is_muzzled || record.is_friend || record.is_criminal);
        let lines: Vec<Vec<u8>> = all.map(flags_text).collect();
        for line in lines {
            server.output.notice(call.connection, &line);
        }
        return Ok(());
    };
    let record = server.accounts.get(nick.as_bytes()).ok_or(Refusal::NotRegistered)?;
    let Some(words) = message.flags else {
        let text = flags_text(record);
        server.output.notice(call.connection, &text);
        return Ok(());
    };
    super::admin::allow_over(server, call, nick.as_bytes())?;
    let record = server.accounts.get_mut(nick.as_bytes()).ok_or(Refusal::NotRegistered)?;
    let words = words.as_bytes().split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    for word in words {
        change_flag(record, word)?;
    }
    let (is_muzzled, text) = (record.is_muzzled, flags_text(record));
    if let Some((id, _)) = server.connections.find(nick.as_bytes())
        && let Some(user) = server.connections.user_mut(id)
    {
        user.is_muzzled = is_muzzled;
    }
    server.notify(Notice::Level, &text);
    Ok(())
}

/// Message 10119: there is only this one.
pub(super) fn which_server(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<WhichServer<'_>>()?;
    let asks = call.user(&server.connections)?;
    let found = server.connections.find(message.nick.as_bytes());
    let (_, user) = found.filter(|(_, user)| user.is_seen_by(asks)).ok_or(Refusal::NotOnline)?;
    let name = Text::read(&server.config.name);
    let text = format!("{} is on server {name}", Text::read(&user.nick));
    server.output.notice(call.connection, text.as_bytes());
    Ok(())
}

/// Message 10121: the last session of somebody who left.
pub(super) fn who_was(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<WhoWas<'_>>()?;
    let Server { past, output, config, .. } = server;
    let past = past.last(message.nick.as_bytes()).ok_or(Refusal::NotSeen)?;
    let reply = WhoWasReply {
        nick: Token::read(&past.nick),
        ip: past.address.into(),
        server: Token::read(&config.name),
        when: past.time,
        client_info: Some(Quoted::read(&past.client_info)),
    };
    output.send(call.connection, reply);
    Ok(())
}

/// Message 10122: everybody at an address who stands below the sender.
pub(super) fn kill_all(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<MassKill<'_>>()?;
    let address = core::str::from_utf8(message.ip.as_bytes()).ok();
    let address: Option<Ipv4Addr> = address.and_then(|address| address.parse().ok());
    let address = address.ok_or(Refusal::InvalidAddress)?;
    let own = call.user(&server.connections)?;
    let by = own.nick.clone();
    let all = server.connections.users();
    let killed = all
        .filter(|(_, connection, user)| *connection.peer.ip() == address && user.level < own.level);
    let killed: Vec<ConnectionId> = killed.map(|(id, ..)| id).collect();
    if killed.is_empty() {
        return Err(Refusal::NotOnline);
    }
    let reason = message.reason.as_ref().map_or(&b""[..], Quoted::as_bytes);
    let reason = quotable(reason, server.config.limits.text);
    let shown = (Text::read(&by), Text::read(&reason));
    let text = format!("{} killed {} users at {address}: {}", shown.0, killed.len(), shown.1);
    server.notify(Notice::Kill, text.as_bytes());
    let text = format!("You were killed by {}: {}", shown.0, shown.1);
    for id in killed {
        let cause = Departure::Killed { by: by.clone() };
        server.expel(call.now, id, text.as_bytes(), cause);
    }
    Ok(())
}

/// Message 10116 as TekNap sends it: the old ping of a server; it comes back.
pub(super) fn old_ping(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ServerPingOld<'_>>()?;
    if !message.server.as_bytes().eq_ignore_ascii_case(&server.config.name) {
        return Err(Refusal::NoSuchServer);
    }
    let reply = ServerPingOldReply { server: message.server, args: message.args };
    server.output.send(call.connection, reply);
    Ok(())
}

/// The words on the wire; whether a user is muzzled is one of the flags there.
fn flags_text(record: &AccountState) -> Vec<u8> {
    let all = [
        (record.is_muzzled, "MUZZLED"),
        (record.is_friend, "FRIEND"),
        (record.is_criminal, "CRIMINAL"),
    ];
    let set: Vec<&str> = all.iter().filter(|(is_set, _)| *is_set).map(|flag| flag.1).collect();
    let names = if set.is_empty() { "NONE".into() } else { set.join(" ") };
    format!("userflags for {} are: {names}", Text::read(&record.user.nick)).into_bytes()
}

fn change_flag(record: &mut AccountState, word: &[u8]) -> Outcome {
    let name = word.strip_prefix(b"-").unwrap_or(word);
    let is_set = name.len() == word.len();
    let all = [
        ("MUZZLED", &mut record.is_muzzled),
        ("FRIEND", &mut record.is_friend),
        ("CRIMINAL", &mut record.is_criminal),
    ];
    let is_none = name.eq_ignore_ascii_case(b"NONE");
    let mut is_known = is_none;
    for (flag, value) in all {
        if is_none {
            *value = false;
        } else if name.eq_ignore_ascii_case(flag.as_bytes()) {
            *value = is_set;
            is_known = true;
        }
    }
    is_known.then_some(()).ok_or(Refusal::Senseless)
}
