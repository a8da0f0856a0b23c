//! What is said in channels.

use alloc::vec::Vec;

use crate::connection::ConnectionId;
use crate::message::{Emote, EmoteReceived, PublicMessage, PublicMessageReceived, TopicSet};
use crate::session::server::Server;
use crate::session::server::channel::{Channel, Mode, key_of};
use crate::session::server::connections::Connections;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::names::{cut, quotable};
use crate::session::server::user::User;
use crate::text::{Quoted, Text, Token};

/// Message 402; the speaker hears himself.
pub(in crate::session::server) fn say(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<PublicMessage<'_>>()?;
    let Server { channels, connections, output, config, .. } = server;
    let key = key_of(config, message.channel.as_bytes());
    let channel = channels.by_name.get(&key).ok_or(Refusal::NoSuchChannel)?;
    let speaker = call.user(connections)?;
    channel.let_talk(call.connection, speaker)?;
    let text = cut(message.text.as_bytes(), config.limits.talk);
    for (nick, listeners) in listeners(channel, connections, speaker) {
        let heard = PublicMessageReceived {
            channel: Token::read(&channel.name),
            nick: Token::read(nick),
            text: Text::read(text),
        };
        output.send_to_all(listeners, heard);
    }
    Ok(())
}

/// Message 824.
pub(in crate::session::server) fn emote(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<Emote<'_>>()?;
    let Server { channels, connections, output, config, .. } = server;
    let key = key_of(config, message.channel.as_bytes());
    let channel = channels.by_name.get(&key).ok_or(Refusal::NoSuchChannel)?;
    let speaker = call.user(connections)?;
    channel.let_talk(call.connection, speaker)?;
    let text = quotable(message.text.as_bytes(), config.limits.talk);
    for (nick, listeners) in listeners(channel, connections, speaker) {
        let heard = EmoteReceived {
            channel: Token::read(&channel.name),
            nick: Token::read(nick),
            text: Quoted::read(&text),
        };
        output.send_to_all(listeners, heard);
    }
    Ok(())
}

/// Message 410: what is the topic, or from now on it is this.
pub(in crate::session::server) fn topic(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<TopicSet<'_>>()?;
    let Server { channels, connections, output, config, .. } = server;
    let key = key_of(config, message.channel.as_bytes());
    let channel = channels.by_name.get_mut(&key).ok_or(Refusal::NoSuchChannel)?;
    let user = call.user(connections)?;
    let Some(topic) = message.topic else {
        output.send(call.connection, channel.topic_message());
        return Ok(());
    };
    let is_member = channel.members.contains_key(&call.connection);
    let is_open = channel.modes.contains(&Mode::Topic) && is_member && !user.is_muzzled;
    if !is_open && !channel.is_ruled_by(call.connection, user) {
        return Err(Refusal::TopicFailed);
    }
    channel.set_topic(topic.as_bytes(), config.limits.text);
    if !is_member {
        output.send(call.connection, channel.topic_message());
    }
    output.send_to_all(channel.members.keys().copied(), channel.topic_message());
    Ok(())
}

/// The members who want to hear somebody, by the nick under which they hear him.
///
/// A cloaked moderator is `Operator` for those who may not know him (opennap 0.36).
fn listeners<'c>(
    channel: &Channel,
    connections: &Connections,
    speaker: &'c User,
) -> [(&'c [u8], Vec<ConnectionId>); 2] {
    let nick = speaker.key();
    let hears = |id: &ConnectionId| connections.user(*id).is_some_and(|user| !user.ignores(&nick));
    let sees =
        |id: &ConnectionId| connections.user(*id).is_some_and(|user| speaker.is_seen_by(user));
    let all = channel.members.keys().copied().filter(hears);
    let (seeing, others) = all.partition(sees);
    [(&speaker.nick, seeing), (b"Operator", others)]
}

impl Channel {
    /// Whether a user may talk here.
    fn let_talk(&self, id: ConnectionId, user: &User) -> Outcome {
        let member = self.members.get(&id).ok_or(Refusal::NotMember)?;
        if self.is_ruled_by(id, user) {
            return Ok(());
        }
        if user.is_muzzled {
            return Err(Refusal::Muzzled);
        }
        if member.is_muzzled {
            return Err(Refusal::MuzzledOnChannel);
        }
        if self.modes.contains(&Mode::Moderated) && !member.has_voice {
            return Err(Refusal::Moderated);
        }
        Ok(())
    }
}
