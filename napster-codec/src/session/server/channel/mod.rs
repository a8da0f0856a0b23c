//! Channels: who is in them, coming and going.

mod lists;
mod rule;
mod talk;

use alloc::format;
use alloc::vec::Vec;

use crate::connection::ConnectionId;
use crate::field::Expected;
use crate::message::{
    ChannelUser, ChannelUsersEnd, JoinAck, JoinChannel, PartChannel, PartedChannel, Topic,
    UserJoined, UserParted,
};
use crate::number::UserLevel;
use crate::session::server::Server;
use crate::session::server::bans::Bans;
use crate::session::server::config::{FixedChannel, ServerConfig, ServerLimits};
use crate::session::server::connections::Connections;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::map::{Map, Set};
use crate::session::server::names::{Key, cut, is_channel};
use crate::session::server::user::User;
use crate::text::{Text, Token};

pub(super) use lists::{list, list_all, list_bans, list_operators, names};
pub(super) use rule::{
    ban, clear, clear_bans, deop, drop, invite, invite_there, kick, mode, muzzle, op, set_level,
    set_limit, unban, unmuzzle, unvoice, voice, wallop,
};
pub(super) use talk::{emote, say, topic};

/// All channels.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    by_name: Map<Key, Channel>,
}

/// A channel.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    /// The name, as it is shown.
    pub(super) name: Vec<u8>,
    topic: Vec<u8>,
    /// Whether it stays when nobody is in it.
    is_fixed: bool,
    level: UserLevel,
    /// The most members.
    limit: usize,
    members: Map<ConnectionId, Member>,
    bans: Bans,
    modes: Vec<Mode>,
    invited: Set<Key>,
}

/// What a user is in a channel.
#[derive(Clone, Copy, Debug, Default)]
struct Member {
    is_operator: bool,
    has_voice: bool,
    is_muzzled: bool,
}

/// How a channel can be set (opennap, message 10209).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mode {
    /// It stands in no list.
    Private,
    /// Only operators and users with voice talk.
    Moderated,
    /// Only invited users come in.
    Invite,
    /// Everybody may set the topic.
    Topic,
}

impl Mode {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Private, "PRIVATE"),
        (Self::Moderated, "MODERATED"),
        (Self::Invite, "INVITE"),
        (Self::Topic, "TOPIC"),
    ];
}

impl Channels {
    pub(super) fn new(fixed: Vec<FixedChannel>, limits: &ServerLimits) -> Self {
        let mut by_name = Map::new();
        for FixedChannel { name, topic } in fixed.into_iter().take(limits.channels) {
            let key = Key::of(&name);
            let channel = Channel { topic, is_fixed: true, ..Channel::new(name, limits) };
            by_name.insert(key, channel);
        }
        Self { by_name }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Channel> {
        self.by_name.get(key)
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }
}

impl Channel {
    fn new(name: Vec<u8>, limits: &ServerLimits) -> Self {
        let shown = Text::read(&name);
        Self {
            topic: format!("Welcome to the {shown} channel.").into_bytes(),
            name,
            is_fixed: false,
            level: UserLevel::Leech,
            limit: limits.members,
            members: Map::new(),
            bans: Bans::default(),
            modes: Vec::new(),
            invited: Set::new(),
        }
    }

    /// Whether a user may rule the channel.
    fn is_ruled_by(&self, id: ConnectionId, user: &User) -> bool {
        user.is_staff() || self.members.get(&id).is_some_and(|member| member.is_operator)
    }
}

/// Message 400.
pub(super) fn join(server: &mut Server, call: &Call<'_>) -> Outcome {
    let asked = call.read::<JoinChannel<'_>>()?.channel;
    let name = full_name(&server.config, asked.as_bytes());
    // A name of two words is refused, not taken for its first one.
    let is_one_word = call.behind_word().trim_ascii().is_empty();
    if !is_one_word || !is_channel(&name, server.config.limits.channel_name) {
        return Err(Refusal::InvalidChannel);
    }
    let key = Key::of(&name);
    let member = admit(server, call, &key)?;
    let limits = server.config.limits;
    let Server { channels, connections, output, .. } = server;
    let channel = channels.by_name.get_or_insert_with(key.clone(), || Channel::new(name, &limits));
    call.user_mut(connections)?.channels.insert(key);
    let user = call.user(connections)?;
    channel.invited.remove(&user.key());
    let joined = UserJoined {
        channel: Token::read(&channel.name),
        nick: Token::read(&user.nick),
        shared: user.shared(),
        link_type: user.link_type,
    };
    let Some(newcomer) = connections.user(call.connection) else { return Ok(()) };
    output.send_to_all(channel.members_who_see(connections, newcomer), joined);
    channel.members.insert(call.connection, member);
    output.send(call.connection, JoinAck { channel: Token::read(&channel.name) });
    for user in channel.members_seen_by(connections, newcomer) {
        let entry = ChannelUser {
            channel: Token::read(&channel.name),
            nick: Token::read(&user.nick),
            shared: user.shared(),
            link_type: user.link_type,
        };
        output.send(call.connection, entry);
    }
    let end = ChannelUsersEnd { channel: Some(Token::read(&channel.name)) };
    output.send(call.connection, end);
    output.send(call.connection, channel.topic_message());
    Ok(())
}

/// Message 401.
pub(super) fn part(server: &mut Server, call: &Call<'_>) -> Outcome {
    let channel = call.read::<PartChannel<'_>>()?.channel;
    let key = server.member_of(call, channel.as_bytes())?;
    server.leave(&key, call.connection, true);
    Ok(())
}

impl Server {
    fn channel(&self, asked: &[u8]) -> Result<(Key, &Channel), Refusal> {
        let key = key_of(&self.config, asked);
        let channel = self.channels.by_name.get(&key).ok_or(Refusal::NoSuchChannel)?;
        Ok((key, channel))
    }

    /// The channel, where the sender of the message is in it.
    fn member_of(&self, call: &Call<'_>, asked: &[u8]) -> Result<Key, Refusal> {
        let (key, channel) = self.channel(asked)?;
        let is_member = channel.members.contains_key(&call.connection);
        is_member.then_some(key).ok_or(Refusal::NotMember)
    }

    /// Takes a user out of a channel; tells the others, and himself where he is to know.
    fn leave(&mut self, key: &Key, id: ConnectionId, tell_himself: bool) {
        let Self { channels, connections, output, .. } = self;
        let Some(channel) = channels.by_name.get_mut(key) else { return };
        if channel.members.remove(&id).is_none() {
            return;
        }
        if tell_himself {
            output.send(id, PartedChannel { channel: Token::read(&channel.name) });
        }
        if let Some(user) = connections.user_mut(id) {
            user.channels.remove(key);
        }
        if let Some(user) = connections.user(id) {
            let parted = UserParted {
                channel: Token::read(&channel.name),
                nick: Token::read(&user.nick),
                shared: Expected(Some(user.shared())),
                link_type: Expected(Some(user.link_type)),
            };
            output.send_to_all(channel.members_who_see(connections, user), parted);
        }
        if channel.members.is_empty() && !channel.is_fixed {
            channels.by_name.remove(key);
        }
    }

    /// Takes somebody who goes out of all channels.
    pub(super) fn leave_all_channels(&mut self, id: ConnectionId) {
        let channels = self.connections.user(id).map(|user| user.channels.clone());
        for key in channels.iter().flat_map(Set::iter) {
            self.leave(key, id, false);
        }
    }
}

/// Whether somebody may come in, and as what: who makes a channel rules it.
fn admit(server: &Server, call: &Call<'_>, key: &Key) -> Result<Member, Refusal> {
    let user = call.user(&server.connections)?;
    let most = server.config.limits.channels_per_user;
    let Some(channel) = server.channels.by_name.get(key) else {
        if user.channels.len() >= most {
            return Err(Refusal::TooManyChannels(most));
        }
        if server.channels.len() >= server.config.limits.channels {
            return Err(Refusal::JoinFailed("this server has too many channels"));
        }
        return Ok(Member { is_operator: true, ..Member::default() });
    };
    if channel.members.contains_key(&call.connection) {
        return Err(Refusal::AlreadyMember(channel.name.clone()));
    }
    if user.channels.len() >= most {
        return Err(Refusal::TooManyChannels(most));
    }
    if user.is_staff() {
        return Ok(Member::default());
    }
    let connection = server.connections.get(call.connection).ok_or(Refusal::InvalidCommand)?;
    let address = format!("{}", connection.peer.ip());
    let why = if user.level < channel.level {
        "permission denied"
    } else if channel.bans.find(&user.nick, address.as_bytes(), call.now).is_some() {
        "you are banned"
    } else if channel.modes.contains(&Mode::Invite) && !channel.invited.contains(&user.key()) {
        "invite only"
    } else if channel.members.len() >= channel.limit {
        "channel full"
    } else {
        return Ok(Member::default());
    };
    Err(Refusal::JoinFailed(why))
}

/// The name of the channel that somebody means.
fn full_name(config: &ServerConfig, asked: &[u8]) -> Vec<u8> {
    let is_marked = asked.starts_with(b"#") || asked.starts_with(b"&");
    let mark: &[u8] = if config.hash_channels && !is_marked { b"#" } else { b"" };
    [mark, asked].concat()
}

fn key_of(config: &ServerConfig, asked: &[u8]) -> Key {
    Key::of(&full_name(config, asked))
}

impl Channel {
    /// The members who may know that a user is here.
    fn members_who_see<'c>(
        &'c self,
        connections: &'c Connections,
        user: &'c User,
    ) -> impl Iterator<Item = ConnectionId> + 'c {
        let sees =
            |id: &ConnectionId| connections.user(*id).is_some_and(|member| user.is_seen_by(member));
        self.members.keys().copied().filter(sees)
    }

    /// The members of whom a user may know.
    fn members_seen_by<'c>(
        &'c self,
        connections: &'c Connections,
        user: &'c User,
    ) -> impl Iterator<Item = &'c User> + 'c {
        let members = self.members.keys().filter_map(|id| connections.user(*id));
        members.filter(|member| member.is_seen_by(user))
    }

    fn topic_message(&self) -> Topic<'_> {
        let topic = (!self.topic.is_empty()).then(|| Text::read(&self.topic));
        Topic { channel: Token::read(&self.name), topic }
    }

    /// Sets the topic, on one line.
    fn set_topic(&mut self, topic: &[u8], limit: usize) {
        let one_line = |byte: &u8| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte };
        self.topic = cut(topic, limit).iter().map(one_line).collect();
    }
}
