//! What operators of a channel do.

use alloc::format;
use alloc::vec::Vec;

use crate::connection::ConnectionId;
use crate::irregular::Modes;
use crate::message::{
    ChannelBan, ChannelBanClear, ChannelDeop, ChannelInvite, ChannelInviteOpennap, ChannelInvited,
    ChannelInvitedOpennap, ChannelLimit, ChannelMode, ChannelModeReply, ChannelMuzzle, ChannelOp,
    ChannelUnban, ChannelUnmuzzle, ChannelUnvoice, ChannelVoice, ChannelWallop, ClearChannel,
    DropChannel, Kick, SetChannelLevel,
};
use crate::number::UserLevel;
use crate::session::server::Server;
use crate::session::server::bans::{Ban, full_mask};
use crate::session::server::channel::lists::list_members;
use crate::session::server::channel::{Channel, Member, Mode, key_of};
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::names::{Key, cut, quotable};
use crate::session::server::notices::Notice;
use crate::text::{Quoted, Text, Token};

/// Message 422.
pub(in crate::session::server) fn ban(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelBan<'_>>()?;
    let limits = server.config.limits;
    let time = server.unix_time(call.now);
    let reason = quotable(message.reason.as_ref().map_or(b"", Quoted::as_bytes), limits.text);
    let (_, nick, channel) = ruled(server, call, message.channel.as_bytes())?;
    let mask = cut(&full_mask(&message.mask), limits.text).to_vec();
    let ban = Ban { mask, set_by: nick, reason, time, timeout: 0, ends: None };
    let has_room = channel.bans.add(ban, limits.channel_bans, call.now);
    has_room.then_some(()).ok_or(Refusal::ListFull)
}

/// Message 423.
pub(in crate::session::server) fn unban(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelUnban<'_>>()?;
    let (_, _, channel) = ruled(server, call, message.channel.as_bytes())?;
    let removed = channel.bans.remove(&full_mask(&message.mask));
    removed.then_some(()).ok_or(Refusal::NoSuchBan)
}

/// Message 424.
pub(in crate::session::server) fn clear_bans(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelBanClear<'_>>()?;
    ruled(server, call, message.channel.as_bytes())?.2.bans.clear();
    Ok(())
}

/// Message 829.
pub(in crate::session::server) fn kick(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<Kick<'_>>()?;
    let (key, by, channel) = ruled(server, call, message.channel.as_bytes())?;
    let name = channel.name.clone();
    let (kicked, user) =
        server.connections.find(message.nick.as_bytes()).ok_or(Refusal::NoSuchMember)?;
    if !user.channels.contains(&key) {
        return Err(Refusal::NoSuchMember);
    }
    if user.level > call.user(&server.connections)?.level {
        return Err(Refusal::PermissionDenied);
    }
    let reason = message.reason.as_ref().map_or(&b""[..], Quoted::as_bytes);
    let reason = cut(reason, server.config.limits.text);
    let text = format!(
        "You were kicked from channel {} by {}: {}",
        Text::read(&name),
        Text::read(&by),
        Text::read(reason)
    );
    server.output.notice(kicked, text.as_bytes());
    server.leave(&key, kicked, true);
    Ok(())
}

/// Message 820: everybody below the one who asks has to leave.
pub(in crate::session::server) fn clear(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ClearChannel<'_>>()?;
    let level = call.user(&server.connections)?.level;
    let (key, by, channel) = ruled(server, call, message.channel.as_bytes())?;
    let (name, members) = (channel.name.clone(), channel.members.keys().copied());
    let members: Vec<ConnectionId> = members.collect();
    let reason = message.reason.as_ref().map_or(&b""[..], Text::as_bytes);
    let reason = cut(reason, server.config.limits.text);
    let (by, name, reason) = (Text::read(&by), Text::read(&name), Text::read(reason));
    let text = format!("{by} cleared channel {name}: {reason}");
    for id in members {
        if server.connections.user(id).is_some_and(|user| user.level < level) {
            server.output.notice(id, text.as_bytes());
            server.leave(&key, id, true);
        }
    }
    Ok(())
}

/// Message 823: the lowest level that may join; without one it is told.
pub(in crate::session::server) fn set_level(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<SetChannelLevel<'_>>()?;
    let own = call.user(&server.connections)?.level;
    let (_, _, channel) = ruled(server, call, message.channel.as_bytes())?;
    let Some(level) = message.level else {
        let text = format!("Channel {} level is {}", Text::read(&channel.name), channel.level);
        server.output.notice(call.connection, text.as_bytes());
        return Ok(());
    };
    let level = UserLevel::from_bytes(level.as_bytes()).ok_or(Refusal::InvalidLevel)?;
    if level > own {
        return Err(Refusal::PermissionDenied);
    }
    channel.level = level;
    Ok(())
}

/// Message 826.
pub(in crate::session::server) fn set_limit(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelLimit<'_>>()?;
    let most = server.config.limits.connections;
    let (_, _, channel) = ruled(server, call, message.channel.as_bytes())?;
    channel.limit = usize::try_from(message.limit).unwrap_or(usize::MAX).min(most);
    Ok(())
}

/// Message 10204.
pub(in crate::session::server) fn op(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelOp<'_>>()?;
    let nicks: Vec<_> = message.nicks.0.iter().flat_map(|nicks| nicks.iter()).collect();
    if nicks.is_empty() {
        let asked = message.channel.as_bytes();
        return list_members(server, call, asked, "operators", |member| member.is_operator);
    }
    set(server, call, message.channel.as_bytes(), nicks, |member| member.is_operator = true)
}

/// Message 10205.
pub(in crate::session::server) fn deop(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelDeop<'_>>()?;
    let nicks = message.nicks.iter().collect();
    set(server, call, message.channel.as_bytes(), nicks, |member| member.is_operator = false)
}

/// Message 10211.
pub(in crate::session::server) fn voice(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelVoice<'_>>()?;
    let nicks: Vec<_> = message.nicks.iter().flat_map(|nicks| nicks.iter()).collect();
    if nicks.is_empty() {
        let asked = message.channel.as_bytes();
        return list_members(server, call, asked, "voices", |member| member.has_voice);
    }
    set(server, call, message.channel.as_bytes(), nicks, |member| member.has_voice = true)
}

/// Message 10212.
pub(in crate::session::server) fn unvoice(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelUnvoice<'_>>()?;
    let nicks: Vec<_> = message.nicks.iter().flat_map(|nicks| nicks.iter()).collect();
    if nicks.is_empty() {
        let asked = message.channel.as_bytes();
        return list_members(server, call, asked, "voices", |member| member.has_voice);
    }
    set(server, call, message.channel.as_bytes(), nicks, |member| member.has_voice = false)
}

/// Message 10213.
pub(in crate::session::server) fn muzzle(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelMuzzle<'_>>()?;
    let nicks = Vec::from([message.nick]);
    set(server, call, message.channel.as_bytes(), nicks, |member| member.is_muzzled = true)
}

/// Message 10214.
pub(in crate::session::server) fn unmuzzle(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelUnmuzzle<'_>>()?;
    let nicks = Vec::from([message.nick]);
    set(server, call, message.channel.as_bytes(), nicks, |member| member.is_muzzled = false)
}

/// Message 10208: something for the operators only.
pub(in crate::session::server) fn wallop(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelWallop<'_>>()?;
    let (_, by, channel) = ruled(server, call, message.channel.as_bytes())?;
    let operators = channel.members.iter().filter(|(_, member)| member.is_operator);
    let operators: Vec<ConnectionId> = operators.map(|(id, _)| *id).collect();
    let name = channel.name.clone();
    let text = cut(message.text.as_bytes(), server.config.limits.talk);
    let text = [&b"["[..], &by, b"/", &name, b"] ", text].concat();
    for id in operators {
        server.output.notice(id, &text);
    }
    Ok(())
}

/// Message 10209: what are the modes, or from now on they are these.
pub(in crate::session::server) fn mode(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelMode<'_>>()?;
    let (_, _, channel) = ruled(server, call, message.channel.as_bytes())?;
    for (is_set, name) in message.modes.iter().flat_map(Modes::iter) {
        let known = |(_, known): &&(Mode, &str)| known.as_bytes().eq_ignore_ascii_case(name);
        let (mode, _) = Mode::ALL.iter().find(known).ok_or(Refusal::Senseless)?;
        channel.modes.retain(|set| set != mode);
        if is_set {
            channel.modes.push(*mode);
        }
    }
    let set = Mode::ALL.iter().filter(|(mode, _)| channel.modes.contains(mode));
    let set: Vec<_> = set.map(|(_, name)| format!("+{name}")).collect();
    let set = set.join(" ");
    let modes = (!set.is_empty()).then(|| Modes(Text::read(set.as_bytes())));
    let name = channel.name.clone();
    let reply = ChannelModeReply { channel: Token::read(&name), modes };
    server.output.send(call.connection, reply);
    Ok(())
}

/// Message 10210.
pub(in crate::session::server) fn invite(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelInviteOpennap<'_>>()?;
    let note = note_invited(server, call, message.nick.as_bytes(), message.channel.as_bytes())?;
    let (channel, inviter) = (Token::read(&note.channel), Token::read(&note.inviter));
    server.output.send(note.invited, ChannelInvitedOpennap { channel, inviter });
    Ok(())
}

/// Message 430: the same in the form of late official clients.
///
/// Who is invited then joins, whether he says 431 or not; 432 declines, and changes nothing.
pub(in crate::session::server) fn invite_there(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ChannelInvite<'_>>()?;
    let note = note_invited(server, call, message.nick.as_bytes(), message.channel.as_bytes())?;
    let topic = quotable(&note.topic, server.config.limits.text);
    let told = ChannelInvited {
        inviter: Token::read(&note.inviter),
        channel: Token::read(&note.channel),
        topic: Quoted::read(&topic),
        // Nobody wrote down what the two numbers mean; these are the ones that were seen.
        unknown_1: 0,
        unknown_2: Some(Text::read(b"0")),
    };
    server.output.send(note.invited, told);
    Ok(())
}

/// Message 10207: the channel stays only as long as somebody is in it.
pub(in crate::session::server) fn drop(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<DropChannel<'_>>()?;
    let (key, by, channel) = ruled(server, call, message.channel.as_bytes())?;
    if !channel.is_fixed {
        return Err(Refusal::ChannelNotRegistered);
    }
    channel.is_fixed = false;
    let (name, is_empty) = (channel.name.clone(), channel.members.is_empty());
    if is_empty {
        server.channels.by_name.remove(&key);
    }
    let reason = message.reason.as_ref().map_or(&b""[..], Quoted::as_bytes);
    let reason = cut(reason, server.config.limits.text);
    let (by, name, reason) = (Text::read(&by), Text::read(&name), Text::read(reason));
    let text = format!("{by} dropped channel {name}: {reason}");
    server.notify(Notice::Channel, text.as_bytes());
    Ok(())
}

/// An invitation that was noted.
struct Invitation {
    invited: ConnectionId,
    inviter: Vec<u8>,
    channel: Vec<u8>,
    topic: Vec<u8>,
}

/// Notes that somebody is invited, where the sender may do that.
fn note_invited(
    server: &mut Server,
    call: &Call<'_>,
    nick: &[u8],
    asked: &[u8],
) -> Result<Invitation, Refusal> {
    let limit = server.config.limits.channel_bans;
    let found = server.connections.find(nick).ok_or(Refusal::NotOnline)?;
    let (invited, nick) = (found.0, found.1.key());
    let (_, inviter, channel) = ruled(server, call, asked)?;
    if channel.invited.len() >= limit {
        return Err(Refusal::ListFull);
    }
    channel.invited.insert(nick);
    let (channel, topic) = (channel.name.clone(), channel.topic.clone());
    Ok(Invitation { invited, inviter, channel, topic })
}

/// The channel, its name as it is compared, and the nick of the sender, where he rules it.
fn ruled<'s>(
    server: &'s mut Server,
    call: &Call<'_>,
    asked: &[u8],
) -> Result<(Key, Vec<u8>, &'s mut Channel), Refusal> {
    let Server { channels, connections, config, .. } = server;
    let key = key_of(config, asked);
    let user = call.user(connections)?;
    let channel = channels.by_name.get_mut(&key).ok_or(Refusal::NoSuchChannel)?;
    if !channel.is_ruled_by(call.connection, user) {
        return Err(Refusal::NotOperator);
    }
    Ok((key, user.nick.clone(), channel))
}

/// Changes what some members are.
fn set(
    server: &mut Server,
    call: &Call<'_>,
    asked: &[u8],
    nicks: Vec<Token<'_>>,
    change: impl Fn(&mut Member),
) -> Outcome {
    ruled(server, call, asked)?;
    let mut missing = nicks.is_empty();
    for nick in nicks {
        let id = server.connections.find(nick.as_bytes()).map(|(id, _)| id);
        let (_, _, channel) = ruled(server, call, asked)?;
        match id.and_then(|id| channel.members.get_mut(&id)) {
            Some(member) => change(member),
            None => missing = true,
        }
    }
    if missing { Err(Refusal::NoSuchMember) } else { Ok(()) }
}
