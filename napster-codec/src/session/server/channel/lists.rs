//! Lists of channels, of their members and of their bans.

use crate::irregular::Mask;
use crate::message::{
    ChannelBanEntry, ChannelBanList, ChannelBanListEnd, ChannelEntry, ChannelListEnd,
    ChannelNameEntry, ChannelNames, ChannelNamesEnd, ChannelOpList, FullChannelEntry,
    FullChannelListEnd,
};
use crate::number::{Bool01, LevelNumber};
use crate::session::server::Server;
use crate::session::server::channel::{Channel, Member, Mode, key_of};
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::names::quotable;
use crate::session::server::user::User;
use crate::text::{Quoted, Text, Token};

/// Message 617.
pub(in crate::session::server) fn list(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { channels, connections, output, .. } = server;
    let user = call.user(connections)?;
    for channel in channels.by_name.values().filter(|channel| channel.is_shown_to(call, user)) {
        let entry = ChannelEntry {
            channel: Token::read(&channel.name),
            users: number(channel.members.len()),
            topic: (!channel.topic.is_empty()).then(|| Text::read(&channel.topic)),
        };
        output.send(call.connection, entry);
    }
    output.send(call.connection, ChannelListEnd {});
    Ok(())
}

/// Message 827.
pub(in crate::session::server) fn list_all(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { channels, connections, output, config, .. } = server;
    let user = call.user(connections)?;
    for channel in channels.by_name.values().filter(|channel| channel.is_shown_to(call, user)) {
        let topic = quotable(&channel.topic, config.limits.text);
        let entry = FullChannelEntry {
            channel: Token::read(&channel.name),
            users: number(channel.members.len()),
            // opennap 0.36 says so of all channels.
            user_created: Bool01::YES,
            level: LevelNumber(channel.level as u32),
            limit: i32::try_from(channel.limit).unwrap_or(i32::MAX),
            topic: Quoted::read(&topic),
        };
        output.send(call.connection, entry);
    }
    output.send(call.connection, FullChannelListEnd {});
    Ok(())
}

/// Message 830; the end mark is empty, as on official servers and opennap.
pub(in crate::session::server) fn names(server: &mut Server, call: &Call<'_>) -> Outcome {
    let asked = call.read::<ChannelNames<'_>>()?.channel;
    let Server { channels, connections, output, config, .. } = server;
    let key = key_of(config, asked.as_bytes());
    let user = call.user(connections)?;
    let channel = channels.by_name.get(&key).filter(|channel| channel.is_shown_to(call, user));
    let channel = channel.ok_or(Refusal::NoSuchChannel)?;
    for user in channel.members_seen_by(connections, user) {
        let entry = ChannelNameEntry {
            channel: Token::read(&channel.name),
            nick: Token::read(&user.nick),
            shared: user.shared(),
            link_type: user.link_type,
        };
        output.send(call.connection, entry);
    }
    output.send(call.connection, ChannelNamesEnd { channel: None });
    Ok(())
}

/// Message 420.
pub(in crate::session::server) fn list_bans(server: &mut Server, call: &Call<'_>) -> Outcome {
    let asked = call.read::<ChannelBanList<'_>>()?.channel;
    let Server { channels, output, config, .. } = server;
    let channel = channels.by_name.get(&key_of(config, asked.as_bytes()));
    for ban in channel.ok_or(Refusal::NoSuchChannel)?.bans.iter(call.now) {
        let entry = ChannelBanEntry {
            mask: Mask(Token::read(&ban.mask)),
            set_by: Token::read(&ban.set_by),
            reason: Quoted::read(&ban.reason),
            time: ban.time,
            timeout: Some(ban.timeout),
        };
        output.send(call.connection, entry);
    }
    output.send(call.connection, ChannelBanListEnd { channel: None });
    Ok(())
}

/// Message 10206: its operators, in private lines of `ChanServ`.
pub(in crate::session::server) fn list_operators(server: &mut Server, call: &Call<'_>) -> Outcome {
    let asked = call.read::<ChannelOpList<'_>>()?.channel;
    list_members(server, call, asked.as_bytes(), "operators", |member| member.is_operator)
}

/// Lists some of the members in private lines of `ChanServ`.
pub(super) fn list_members(
    server: &mut Server,
    call: &Call<'_>,
    asked: &[u8],
    what: &str,
    is_listed: impl Fn(&Member) -> bool,
) -> Outcome {
    let Server { channels, connections, config, .. } = &*server;
    let user = call.user(connections)?;
    let channel = channels.by_name.get(&key_of(config, asked));
    let channel = channel.filter(|channel| channel.is_shown_to(call, user));
    let channel = channel.ok_or(Refusal::NoSuchChannel)?;
    let members = channel.members.iter().filter(|(_, member)| is_listed(member));
    let members = members.filter_map(|(id, _)| connections.user(*id));
    let nicks = members.filter(|member| member.is_seen_by(user)).map(|member| member.nick.clone());
    let nicks = nicks.collect();
    let what = alloc::format!("{what} of channel {}", Text::read(&channel.name));
    server.chan_serv_lists(call, &what, nicks);
    Ok(())
}

impl Channel {
    /// Whether a user may know that the channel is there.
    fn is_shown_to(&self, call: &Call<'_>, user: &User) -> bool {
        let is_inside = user.is_staff() || self.members.contains_key(&call.connection);
        is_inside || !self.modes.contains(&Mode::Private)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
