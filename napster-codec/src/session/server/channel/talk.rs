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
    let heard = PublicMessageReceived {
        channel: Token::read(&channel.name),
        nick: Token::read(&speaker.nick),
        text: Text::read(cut(message.text.as_bytes(), config.limits.talk)),
    };
    output.send_to_all(listeners(channel, connections, speaker), heard);
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
    let heard = EmoteReceived {
        channel: Token::read(&channel.name),
        nick: Token::read(&speaker.nick),
        text: Quoted::read(&text),
    };
    output.send_to_all(listeners(channel, connections, speaker), heard);
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

/// The members who want to hear somebody.
fn listeners(channel: &Channel, connections: &Connections, speaker: &User) -> Vec<ConnectionId> {
    let nick = speaker.key();
    let hears = |id: &ConnectionId| connections.user(*id).is_some_and(|user| !user.ignores(&nick));
    channel.members.keys().copied().filter(hears).collect()
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
