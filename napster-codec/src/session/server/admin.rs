//! What moderators and administrators do.

use alloc::collections::BTreeMap;
use alloc::format;
use core::time::Duration;

use crate::connection::ConnectionId;
use crate::irregular::Mask;
use crate::message::{
    Announcement, AnnouncementReceived, BanEntry, BanListEnd, BanUser, Cycle, CycleUser,
    GlobalUserEntry, GlobalUserListEnd, KillUser, MuzzleUser, NukeUser, OperatorMessage,
    OperatorMessageReceived, Redirect, RedirectUser, RegisterUser, ServerLinksEnd, SetDataPort,
    SetUserLevel, SetUserPassword, SetUserPort, SetUserSpeed, UnbanUser, UnmuzzleUser, UsageStats,
    VersionStatsEnd, VersionStatsEntry,
};
use crate::number::{Decimal, UserLevel};
use crate::session::server::Server;
use crate::session::server::bans::{Ban, full_mask};
use crate::session::server::config::RegisteredUser;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::{Departure, Refusal};
use crate::session::server::names::{cut, is_nick, quotable};
use crate::session::server::notices::Notice;
use crate::text::{Quoted, Text, Token};

/// Message 606.
pub(super) fn set_level(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<SetUserLevel<'_>>()?;
    let nick = message.nick.as_bytes();
    let level = UserLevel::from_bytes(message.level.as_bytes()).ok_or(Refusal::InvalidLevel)?;
    allow_over(server, call, nick)?;
    // Only the highest level makes others its equals.
    let own = call.user(&server.connections)?.level;
    if level > own || level == own && own != UserLevel::Elite {
        return Err(Refusal::PermissionDenied);
    }
    let online = server.connections.find(nick).map(|(id, _)| id);
    let record = server.accounts.get_mut(nick);
    if record.is_none() && online.is_none() {
        return Err(Refusal::NotOnline);
    }
    if let Some(record) = record {
        record.user.level = level;
    }
    let (by, shown) = (call.user(&server.connections)?.nick.clone(), Text::read(nick));
    let number = level as u8;
    if let Some(id) = online {
        if let Some(user) = server.connections.user_mut(id) {
            user.level = level;
        }
        server.connections.level_changed(id);
        let text = format!("{} set your user level to {level} ({number}).", Text::read(&by));
        server.output.notice(id, text.as_bytes());
    }
    let text = format!("{} set {shown}'s user level to {level} ({number})", Text::read(&by));
    server.notify(Notice::Level, text.as_bytes());
    Ok(())
}

/// Message 610.
pub(super) fn kill(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<KillUser<'_>>()?;
    let reason = quotable(reason(message.reason.as_ref()), server.config.limits.text);
    let (killed, _) = below(server, call, message.nick.as_bytes())?;
    let by = call.user(&server.connections)?.nick.clone();
    let shown = (Text::read(&by), Text::read(message.nick.as_bytes()), Text::read(&reason));
    let text = format!("{} killed {}: {}", shown.0, shown.1, shown.2);
    server.notify(Notice::Kill, text.as_bytes());
    let text = format!("You were killed by {}: {}", shown.0, shown.2);
    server.expel(call.now, killed, text.as_bytes(), Departure::Killed { by: by.clone() });
    Ok(())
}

/// Message 611: the nick is no longer registered.
pub(super) fn unregister(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<NukeUser<'_>>()?;
    let nick = message.nick.as_bytes();
    allow_over(server, call, nick)?;
    if !server.accounts.unregister(nick) {
        return Err(Refusal::NotRegistered);
    }
    if let Some((id, _)) = server.connections.find(nick) {
        if let Some(user) = server.connections.user_mut(id) {
            user.level = UserLevel::User;
            user.email = None;
            user.is_cloaked = false;
        }
        server.connections.level_changed(id);
    }
    Ok(())
}

/// Message 612.
pub(super) fn ban(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<BanUser<'_>>()?;
    let limits = server.config.limits;
    let timeout = message.timeout.unwrap_or(0);
    let lasts = (timeout > 0).then(|| Duration::from_secs(u64::from(timeout)));
    let ban = Ban {
        mask: cut(&full_mask(&message.mask), limits.text).to_vec(),
        set_by: call.user(&server.connections)?.nick.clone(),
        reason: quotable(reason(message.reason.as_ref()), limits.text),
        time: server.unix_time(call.now),
        timeout,
        ends: lasts.and_then(|lasts| call.now.checked_add(lasts)),
    };
    let has_room = server.bans.add(ban, limits.bans, call.now);
    has_room.then_some(()).ok_or(Refusal::ListFull)
}

/// Message 614.
pub(super) fn unban(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UnbanUser<'_>>()?;
    server.bans.remove(&full_mask(&message.mask)).then_some(()).ok_or(Refusal::NoSuchBan)
}

/// Message 615.
pub(super) fn list_bans(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { bans, output, .. } = server;
    for ban in bans.iter(call.now) {
        let entry = BanEntry {
            mask: Mask(Token::read(&ban.mask)),
            set_by: Token::read(&ban.set_by),
            reason: Quoted::read(&ban.reason),
            time: ban.time,
            flag: Some(ban.timeout),
        };
        output.send(call.connection, entry);
    }
    output.send(call.connection, BanListEnd {});
    Ok(())
}

/// Message 613: that user is to listen on another port.
pub(super) fn set_data_port(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<SetUserPort<'_>>()?;
    let (id, _) = below(server, call, message.nick.as_bytes())?;
    server.output.send(id, SetDataPort { port: message.port, reason: None });
    Ok(())
}

/// Message 622.
pub(super) fn muzzle(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<MuzzleUser<'_>>()?;
    set_muzzled(server, call, message.nick.as_bytes(), reason(message.reason.as_ref()), true)
}

/// Message 623.
pub(super) fn unmuzzle(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UnmuzzleUser<'_>>()?;
    set_muzzled(server, call, message.nick.as_bytes(), reason(message.reason.as_ref()), false)
}

/// Message 625.
pub(super) fn set_link_type(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<SetUserSpeed<'_>>()?;
    if message.link_type.0 > crate::LinkType::MAXIMUM {
        return Err(Refusal::InvalidSpeed);
    }
    let (id, _) = below(server, call, message.nick.as_bytes())?;
    if let Some(user) = server.connections.user_mut(id) {
        user.link_type = message.link_type;
    }
    Ok(())
}

/// Message 627: to all moderators and above, the sender too.
pub(super) fn tell_staff(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<OperatorMessage<'_>>()?;
    let Server { connections, output, config, .. } = server;
    let user = call.user(connections)?;
    let text = cut(message.text.as_bytes(), config.limits.talk);
    let told = OperatorMessageReceived { from: Token::read(&user.nick), text: Text::read(text) };
    // The sender gets a copy, whatever notices he wants.
    let wants = |id: &ConnectionId| {
        let wants = connections.user(*id).is_some_and(|user| user.notices.has(Notice::Wallop));
        wants || *id == call.connection
    };
    output.send_to_all(connections.staff().filter(wants), told);
    Ok(())
}

/// Message 628: to everybody.
pub(super) fn announce(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<Announcement<'_>>()?;
    let Server { connections, output, config, .. } = server;
    let user = call.user(connections)?;
    let text = cut(message.text.as_bytes(), config.limits.talk);
    let told = AnnouncementReceived { from: Token::read(&user.nick), text: Text::read(text) };
    output.send_to_all(connections.users().map(|(id, ..)| id), told);
    Ok(())
}

/// Message 753.
pub(super) fn set_password(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<SetUserPassword<'_>>()?;
    let nick = message.nick.as_bytes();
    allow_over(server, call, nick)?;
    if message.password.as_bytes().len() > server.config.limits.text {
        return Err(Refusal::Senseless);
    }
    let record = server.accounts.get_mut(nick).ok_or(Refusal::NotRegistered)?;
    record.user.password = message.password.as_bytes().into();
    Ok(())
}

/// Message 801, answered with three lines (opennap).
pub(super) fn version(server: &mut Server, call: &Call<'_>) -> Outcome {
    let version = concat!("napster-codec ", env!("CARGO_PKG_VERSION"));
    for line in ["--", version, "--"] {
        server.output.notice(call.connection, line.as_bytes());
    }
    Ok(())
}

/// Message 821: that user is to go to another server.
pub(super) fn redirect(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<RedirectUser<'_>>()?;
    let (id, _) = below(server, call, message.nick.as_bytes())?;
    server.output.send(id, Redirect { host: message.host, port: message.port });
    Ok(())
}

/// Message 822: that user is to ask a redirector again.
pub(super) fn cycle(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<CycleUser<'_>>()?;
    let (id, _) = below(server, call, message.nick.as_bytes())?;
    server.output.send(id, Cycle { metaserver: message.metaserver });
    Ok(())
}

/// Message 831: everybody, with addresses.
pub(super) fn list_users(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { connections, output, .. } = server;
    for (_, connection, user) in connections.users() {
        let address = format!("{}", connection.peer.ip());
        let ip = Token::read(address.as_bytes());
        output.send(call.connection, GlobalUserEntry { nick: Token::read(&user.nick), ip });
    }
    output.send(call.connection, GlobalUserListEnd {});
    Ok(())
}

/// Message 10112: this server has no links, so there is only the end mark.
pub(super) fn list_links(server: &mut Server, call: &Call<'_>) -> Outcome {
    server.output.send(call.connection, ServerLinksEnd {});
    Ok(())
}

/// Message 10115.
pub(super) fn usage(server: &mut Server, call: &Call<'_>) -> Outcome {
    let stats = server.stats();
    // opennap 0.36 says it in kilobytes.
    let library = format!("{}", server.index.bytes() / 1024);
    let library = Token::read(library.as_bytes());
    let usage = UsageStats {
        clients: count(server.connections.open()),
        servers: 0,
        users: stats.users,
        files: stats.files,
        library: Decimal::new(library).ok_or(Refusal::Senseless)?,
        channels: count(server.channels.len()),
        start: server.config.unix_time_at_zero,
        uptime: u32::try_from(call.now.as_secs()).unwrap_or(u32::MAX),
        memory: -1,
        registered: count(server.accounts.len()),
        rates: None,
    };
    server.output.send(call.connection, usage);
    Ok(())
}

/// Message 10118: which programs are in use.
pub(super) fn list_programs(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { connections, output, .. } = server;
    let mut programs: BTreeMap<&[u8], u32> = BTreeMap::new();
    for (_, _, user) in connections.users() {
        let count = programs.entry(&user.client_info).or_default();
        *count = count.saturating_add(1);
    }
    for (program, count) in programs {
        let entry = VersionStatsEntry { client_info: Quoted::read(program), count };
        output.send(call.connection, entry);
    }
    output.send(call.connection, VersionStatsEnd {});
    Ok(())
}

/// Message 10200.
pub(super) fn register(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<RegisterUser<'_>>()?;
    let limits = server.config.limits;
    let level = message.level.as_ref().map(|level| UserLevel::from_bytes(level.as_bytes()));
    let level = level.unwrap_or(Some(UserLevel::User)).ok_or(Refusal::InvalidLevel)?;
    if level > call.user(&server.connections)?.level {
        return Err(Refusal::PermissionDenied);
    }
    if !is_nick(message.nick.as_bytes(), limits.nick) {
        return Err(Refusal::InvalidNick);
    }
    if server.accounts.get(message.nick.as_bytes()).is_some() {
        return Err(Refusal::Registered);
    }
    if message.password.as_bytes().len() > limits.text {
        return Err(Refusal::Senseless);
    }
    let account = RegisteredUser {
        nick: message.nick.as_bytes().to_vec(),
        password: message.password.as_bytes().into(),
        email: Some(quotable(message.email.as_bytes(), limits.text)),
        level,
    };
    server.accounts.register(account).then_some(()).ok_or(Refusal::TooManyAccounts)
}

/// Whether the sender stands above a nick, on line or registered.
pub(super) fn allow_over(server: &Server, call: &Call<'_>, nick: &[u8]) -> Outcome {
    let own = call.user(&server.connections)?.level;
    let online = server.connections.find(nick).map(|(_, user)| user.level);
    let registered = server.accounts.get(nick).map(|record| record.user.level);
    let level = online.max(registered).unwrap_or(UserLevel::Leech);
    // The highest level has nobody above it to keep its order.
    let allowed = level < own || own == UserLevel::Elite;
    allowed.then_some(()).ok_or(Refusal::PermissionDenied)
}

/// A user on line below the sender.
fn below(
    server: &Server,
    call: &Call<'_>,
    nick: &[u8],
) -> Result<(ConnectionId, UserLevel), Refusal> {
    let (id, user) = server.connections.find(nick).ok_or(Refusal::NotOnline)?;
    let level = user.level;
    allow_over(server, call, nick)?;
    Ok((id, level))
}

fn set_muzzled(
    server: &mut Server,
    call: &Call<'_>,
    nick: &[u8],
    reason: &[u8],
    is_muzzled: bool,
) -> Outcome {
    let reason = quotable(reason, server.config.limits.text);
    let (id, _) = below(server, call, nick)?;
    let by = call.user(&server.connections)?.nick.clone();
    if let Some(user) = server.connections.user_mut(id) {
        user.is_muzzled = is_muzzled;
    }
    if let Some(record) = server.accounts.get_mut(nick) {
        record.is_muzzled = is_muzzled;
    }
    let done = if is_muzzled { "muzzled" } else { "unmuzzled" };
    let (by, reason) = (Text::read(&by), Text::read(&reason));
    let text = format!("You have been {done} by {by}: {reason}");
    server.output.notice(id, text.as_bytes());
    let text = format!("{by} has {done} {}: {reason}", Text::read(nick));
    server.notify(Notice::Muzzle, text.as_bytes());
    Ok(())
}

fn reason<'m>(reason: Option<&'m Quoted<'_>>) -> &'m [u8] {
    reason.map_or(b"", Quoted::as_bytes)
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
