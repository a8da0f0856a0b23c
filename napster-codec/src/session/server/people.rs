//! Users and what they tell each other: whois, pings, private messages, hotlists, ignore lists.

use alloc::vec::Vec;
use core::time::Duration;

use crate::connection::ConnectionId;
use crate::list::Tail;
use crate::message::{
    ChangeDataPort, ChangeEmail, ChangeLinkSpeed, ChangePassword, Disconnecting, HotlistAck,
    HotlistAdd, HotlistError, HotlistRemove, IgnoreAdd, IgnoreAddAck, IgnoreClearAck, IgnoreEntry,
    IgnoreExists, IgnoreFailed, IgnoreListEnd, IgnoreNotFound, IgnoreRemove, IgnoreRemoveAck,
    LinkSpeed, LinkSpeedRequest, Ping, Pong, PrivateMessage, PrivateMessageReceived, ServerPing,
    ServerPong, UserSignon, Whois, WhoisDetails, WhoisRequest, Whowas,
};
use crate::number::{LinkType, UserLevel};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::names::{Key, cut, quotable};
use crate::session::server::services::Service;
use crate::text::{Password, Quoted, Text, Token};

/// Message 205.
pub(super) fn private_message(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<PrivateMessage<'_>>()?;
    if message.message.as_bytes().is_empty() {
        return Err(Refusal::Senseless);
    }
    let to = message.to.as_bytes();
    if let Some(service) = Service::of(to, call.user(&server.connections)?) {
        return service.obey(server, call, message.message.as_bytes());
    }
    let Server { connections, output, config, .. } = server;
    let sender = call.user(connections)?;
    let (receiver_id, receiver) = connections.find(to).ok_or(Refusal::NotOnline)?;
    // Whoever is muzzled may still ask a moderator why.
    if sender.is_muzzled && !receiver.is_staff() {
        return Err(Refusal::Muzzled);
    }
    if receiver.ignores(&sender.key()) {
        return Err(Refusal::Ignoring(receiver.nick.clone()));
    }
    let text = cut(message.message.as_bytes(), config.limits.talk);
    let from = Token::read(&sender.nick);
    output.send(receiver_id, PrivateMessageReceived { from, message: Text::read(text) });
    Ok(())
}

/// Messages 207 and 208: tell me when this user comes and goes.
pub(super) fn add_to_hotlist(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<HotlistAdd<'_>>()?.nick;
    let key = Key::of(nick.as_bytes());
    let (limit, longest) = (server.config.limits.hotlist, server.config.limits.nick);
    let user = call.user_mut(&mut server.connections)?;
    if user.hotlist.contains(&key) {
        return Ok(());
    }
    if user.hotlist.len() >= limit || nick.as_bytes().len() > longest {
        server.output.send(call.connection, HotlistError { nick });
        return Ok(());
    }
    user.hotlist.insert(key.clone());
    let asks = call.user(&server.connections)?;
    let online = server.connections.find_key(&key).filter(|(_, user)| user.is_seen_by(asks));
    let online = online.map(|(_, user)| user.link_type);
    server.connections.watch(call.connection, key);
    server.output.send(call.connection, HotlistAck { nick: nick.clone() });
    if let Some(link_type) = online {
        server.output.send(call.connection, UserSignon { nick, link_type });
    }
    Ok(())
}

/// Message 303.
pub(super) fn remove_from_hotlist(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<HotlistRemove<'_>>()?.nick;
    let key = Key::of(nick.as_bytes());
    if call.user_mut(&mut server.connections)?.hotlist.remove(&key) {
        server.connections.unwatch(call.connection, &key);
    }
    Ok(())
}

/// Message 320.
pub(super) fn list_ignored(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { connections, output, .. } = server;
    let user = call.user(connections)?;
    for nick in user.ignored.values() {
        output.send(call.connection, IgnoreEntry { nick: Token::read(nick) });
    }
    let count = number(user.ignored.len());
    output.send(call.connection, IgnoreListEnd { count });
    Ok(())
}

/// Message 322.
pub(super) fn ignore(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<IgnoreAdd<'_>>()?.nick;
    let (limit, longest) = (server.config.limits.ignored, server.config.limits.nick);
    let key = Key::of(nick.as_bytes());
    let ignored = &mut call.user_mut(&mut server.connections)?.ignored;
    if ignored.contains_key(&key) {
        server.output.send(call.connection, IgnoreExists { nick });
    } else if ignored.len() >= limit || nick.as_bytes().len() > longest {
        server.output.send(call.connection, IgnoreFailed { nick: Some(nick) });
    } else {
        ignored.insert(key, nick.as_bytes().to_vec());
        server.output.send(call.connection, IgnoreAddAck { nick });
    }
    Ok(())
}

/// Message 323.
pub(super) fn stop_ignoring(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<IgnoreRemove<'_>>()?.nick;
    let removed = call.user_mut(&mut server.connections)?.ignored.remove(&Key::of(nick.as_bytes()));
    if removed.is_some() {
        server.output.send(call.connection, IgnoreRemoveAck { nick });
    } else {
        server.output.send(call.connection, IgnoreNotFound { nick });
    }
    Ok(())
}

/// Message 326.
pub(super) fn stop_ignoring_all(server: &mut Server, call: &Call<'_>) -> Outcome {
    let ignored = core::mem::take(&mut call.user_mut(&mut server.connections)?.ignored);
    let count = number(ignored.len());
    server.output.send(call.connection, IgnoreClearAck { count });
    Ok(())
}

/// Message 600.
pub(super) fn link_speed(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<LinkSpeedRequest<'_>>()?.nick;
    let (_, user) = server.connections.find(nick.as_bytes()).ok_or(Refusal::NotOnline)?;
    let link_type = user.link_type;
    server.output.send(call.connection, LinkSpeed { nick, link_type });
    Ok(())
}

/// Message 603: who is it? Moderators are told more.
pub(super) fn whois(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<WhoisRequest<'_>>()?.nick;
    let asks = call.user(&server.connections)?;
    let online = server.connections.find(nick.as_bytes());
    if let Some((id, _)) = online.filter(|(_, user)| user.is_seen_by(asks)) {
        return describe(server, call, id);
    }
    let record = server.accounts.get(nick.as_bytes()).ok_or(Refusal::NotOnline)?;
    let whowas = Whowas {
        nick: Token::read(&record.user.nick),
        level: Quoted::read(record.user.level.name().as_bytes()),
        last_seen: record.last_seen,
        total_downloads: None,
        total_uploads: None,
        ip: None,
        client_port: None,
        data_port: None,
        email: None,
    };
    server.output.send(call.connection, whowas);
    Ok(())
}

/// Message 604.
fn describe(server: &mut Server, call: &Call<'_>, of: ConnectionId) -> Outcome {
    let asks = call.user(&server.connections)?.level;
    let Server { connections, channels, output, config, .. } = server;
    let (Some(connection), Some(user)) = (connections.get(of), connections.user(of)) else {
        return Err(Refusal::NotOnline);
    };
    // opennap puts a blank in front of each channel and one behind the last.
    let mut names = Vec::from(b" ");
    for channel in user.channels.iter().filter_map(|key| channels.get(key)) {
        names.extend_from_slice(&channel.name);
        names.push(b' ');
    }
    let address = alloc::format!("{}", connection.peer.ip());
    let email = user.email.as_deref().unwrap_or(b"unknown");
    let details = (asks >= UserLevel::Moderator).then(|| WhoisDetails {
        total_downloads: user.total_downloads,
        total_uploads: user.total_uploads,
        ip: Token::read(address.as_bytes()),
        client_port: connection.peer.port(),
        data_port: user.data_port,
        email: Token::read(email),
        server: (asks >= UserLevel::Admin).then(|| Token::read(&config.name)),
    });
    let whois = Whois {
        nick: Token::read(&user.nick),
        level: Quoted::read(user.level.name().as_bytes()),
        online: seconds(call.now.saturating_sub(user.since)),
        channels: Quoted::read(&names),
        status: Quoted::read(b"Active"),
        shared: user.shared(),
        downloads: user.downloads,
        uploads: user.uploads,
        link_type: user.link_type,
        client_info: Quoted::read(&user.client_info),
        details: details.map(Tail::from),
    };
    output.send(call.connection, whois);
    Ok(())
}

/// Message 214.
pub(super) fn stats(server: &mut Server, call: &Call<'_>) -> Outcome {
    let stats = server.stats();
    server.output.send(call.connection, stats);
    Ok(())
}

/// Message 316: official servers only say it back, and the session goes on.
pub(super) fn ask_disconnect(server: &mut Server, call: &Call<'_>) -> Outcome {
    server.output.send(call.connection, Disconnecting { reason: 0 });
    Ok(())
}

/// Message 621.
pub(super) fn motd(server: &mut Server, call: &Call<'_>) -> Outcome {
    server.send_motd(call.connection);
    Ok(())
}

/// Message 700.
pub(super) fn change_link_type(server: &mut Server, call: &Call<'_>) -> Outcome {
    let link_type = call.read::<ChangeLinkSpeed>()?.link_type;
    if link_type.0 > LinkType::MAXIMUM {
        return Err(Refusal::InvalidSpeed);
    }
    call.user_mut(&mut server.connections)?.link_type = link_type;
    Ok(())
}

/// Message 701; whoever is not registered has no password to change.
pub(super) fn change_password(server: &mut Server, call: &Call<'_>) -> Outcome {
    let password = call.read::<ChangePassword<'_>>()?.password;
    let longest = server.config.limits.text;
    let password = password.as_bytes();
    // It has to be one word, or nobody could log in with it.
    if password.is_empty() || password.len() > longest || password.contains(&b' ') {
        return Err(Refusal::Senseless);
    }
    let user = call.user_mut(&mut server.connections)?;
    let record = server.accounts.get_mut(&user.nick).ok_or(Refusal::NotRegistered)?;
    record.user.password = password.into();
    user.password = Password::read(password).into_owned();
    Ok(())
}

/// Message 702.
pub(super) fn change_email(server: &mut Server, call: &Call<'_>) -> Outcome {
    let email = call.read::<ChangeEmail<'_>>()?.email;
    let email = quotable(email.as_bytes(), server.config.limits.text);
    // It travels as one word.
    if email.is_empty() || email.contains(&b' ') {
        return Err(Refusal::Senseless);
    }
    let user = call.user_mut(&mut server.connections)?;
    if let Some(record) = server.accounts.get_mut(&user.nick) {
        record.user.email = Some(email.clone());
    }
    user.email = Some(email);
    Ok(())
}

/// Message 703.
pub(super) fn change_data_port(server: &mut Server, call: &Call<'_>) -> Outcome {
    let port = call.read::<ChangeDataPort>()?.port;
    call.user_mut(&mut server.connections)?.data_port = port;
    Ok(())
}

/// Message 750; whatever it carries comes back.
pub(super) fn ping_server(server: &mut Server, call: &Call<'_>) -> Outcome {
    call.read::<ServerPing<'_>>()?;
    let payload = &call.packet.payload;
    let data = (!payload.is_empty()).then(|| Text::read(payload));
    server.output.send(call.connection, ServerPong { data });
    Ok(())
}

/// Message 751.
pub(super) fn ping(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<Ping<'_>>()?.to;
    relay(server, call, nick.as_bytes())
}

/// Message 752.
pub(super) fn pong(server: &mut Server, call: &Call<'_>) -> Outcome {
    let nick = call.read::<Pong<'_>>()?.to;
    relay(server, call, nick.as_bytes())
}

/// Passes a ping or its answer on with the sender's nick in place of the receiver's.
///
/// What is behind the nick stays as it is: TekNap measures times with it, and counts on the blank
/// that it puts at the end.
fn relay(server: &mut Server, call: &Call<'_>, nick: &[u8]) -> Outcome {
    let sender = call.user(&server.connections)?;
    let failed = || Refusal::PingFailed(nick.to_vec());
    let (receiver_id, receiver) = server.connections.find(nick).ok_or_else(failed)?;
    if receiver.ignores(&sender.key()) {
        return Err(Refusal::Ignoring(receiver.nick.clone()));
    }
    let rest = cut(call.behind_word(), server.config.limits.talk);
    let payload = [sender.nick.as_slice(), rest].concat();
    server.output.send_payload(receiver_id, call.packet.code, &payload);
    Ok(())
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
