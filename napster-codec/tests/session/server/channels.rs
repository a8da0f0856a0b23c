//! Channels: talk, and who rules them.

use napster_codec::session::{ConnectionId, FixedChannel, ServerConfig};

use super::dialogues::world;
use super::world::{World, said};

/// Three in a channel; the first one made it.
fn three(world: &mut World) -> [ConnectionId; 3] {
    let clients = ["ann", "bob", "cleo"].map(|nick| {
        let host = nick.len() * 10 + usize::from(nick.as_bytes()[0]);
        world.log_in(&format!("10.0.1.{host}:1"), &format!("{nick} pw 0 \"nap v0.8\" 4"))
    });
    for client in clients {
        world.say(client, 400, "Jazz");
    }
    for client in clients {
        world.hear(client);
    }
    clients
}

#[test]
fn a_channel_is_joined_and_left() {
    let mut world = world();
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 4");
    let bob = world.log_in("10.0.0.2:1", "bob pw 0 \"nap v0.8\" 7");
    let topic = (410, "Jazz Welcome to the Jazz channel.");
    let alone = said([(405, "Jazz"), (408, "Jazz ann 0 4"), (409, "Jazz"), topic]);
    assert_eq!(world.ask(ann, 400, "Jazz"), alone);
    let both =
        said([(405, "Jazz"), (408, "Jazz ann 0 4"), (408, "Jazz bob 0 7"), (409, "Jazz"), topic]);
    assert_eq!(world.ask(bob, 400, "jazz"), both);
    assert_eq!(world.hear(ann), said([(406, "Jazz bob 0 7")]));
    let again = said([(404, "You are already a member of channel Jazz")]);
    assert_eq!(world.ask(bob, 400, "JAZZ"), again);
    let names = said([(825, "Jazz ann 0 4"), (825, "Jazz bob 0 7"), (830, "")]);
    assert_eq!(world.ask(bob, 830, "Jazz"), names);
    assert_eq!(world.ask(bob, 401, "jazz"), said([(401, "Jazz")]));
    assert_eq!(world.hear(ann), said([(407, "Jazz bob 0 7")]));
    assert_eq!(world.ask(bob, 401, "jazz"), said([(404, "You are not a member of that channel")]));
    world.say(bob, 400, "Jazz");
    world.hear(ann);
    world.leave(bob);
    assert_eq!(world.hear(ann), said([(407, "Jazz bob 0 7")]));
    world.say(ann, 401, "Jazz");
    world.hear(ann);
    assert_eq!(world.ask(ann, 617, ""), said([(617, "")]), "an empty channel is gone");
    assert_eq!(world.ask(ann, 400, "two words"), said([(404, "invalid channel")]));
    assert_eq!(world.ask(ann, 400, "a,b"), said([(404, "invalid channel")]));
}

#[test]
fn fixed_channels_stay_and_are_listed() {
    let mut config = ServerConfig::new("nap.example.net");
    let topic = b"All \"kinds\" of talk".to_vec();
    config.channels.push(FixedChannel { name: b"Lobby".to_vec(), topic });
    config.hash_channels = true;
    let mut world = World::new(config);
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 4");
    world.say(ann, 400, "Jazz");
    world.hear(ann);
    let topic = "#Jazz 1 Welcome to the #Jazz channel.";
    let list = said([(618, topic), (618, "Lobby 0 All \"kinds\" of talk"), (617, "")]);
    assert_eq!(world.ask(ann, 617, ""), list);
    let full = said([
        (828, "#Jazz 1 1 0 200 \"Welcome to the #Jazz channel.\""),
        (828, "Lobby 0 1 0 200 \"All 'kinds' of talk\""),
        (827, ""),
    ]);
    assert_eq!(world.ask(ann, 827, ""), full);
}

#[test]
fn everybody_hears_what_is_said() {
    let mut world = world();
    let [ann, bob, cleo] = three(&mut world);
    world.say(cleo, 322, "bob");
    world.hear(cleo);
    assert_eq!(world.ask(bob, 402, "jazz  hi  all "), said([(403, "Jazz bob  hi  all ")]));
    assert_eq!(world.hear(ann), said([(403, "Jazz bob  hi  all ")]));
    assert_eq!(world.hear(cleo), said([]), "who is ignored is not heard");
    assert_eq!(world.ask(bob, 824, "Jazz \"waves\""), said([(824, "Jazz bob \"waves\"")]));
    assert_eq!(world.ask(bob, 402, "Rock hi"), said([(404, "no such channel")]));
    let dora = world.log_in("10.0.0.9:1", "dora pw 0 \"nap v0.8\" 4");
    let refused = said([(404, "You are not a member of that channel")]);
    assert_eq!(world.ask(dora, 402, "Jazz hi"), refused);
}

#[test]
fn who_made_a_channel_rules_it() {
    let mut world = world();
    let [ann, bob, cleo] = three(&mut world);
    let refused = said([(404, "topic failed: you are not operator on that channel")]);
    assert_eq!(world.ask(bob, 410, "Jazz mine"), refused);
    assert_eq!(world.ask(ann, 410, "Jazz new\r\ntopic"), said([(410, "Jazz new  topic")]));
    assert_eq!(world.hear(bob), said([(410, "Jazz new  topic")]));
    assert_eq!(world.ask(cleo, 410, "Jazz"), said([(410, "Jazz new  topic")]));

    let refused = said([(404, "permission denied: you are not operator on that channel")]);
    assert_eq!(world.ask(bob, 829, "Jazz cleo \"out\""), refused);
    world.say(ann, 10204, "Jazz bob");
    assert_eq!(world.ask(bob, 829, "Jazz cleo out you go"), said([(407, "Jazz cleo 0 4")]));
    let kicked = "You were kicked from channel Jazz by bob: out you go";
    assert_eq!(world.hear(cleo), said([(404, kicked), (401, "Jazz")]));
    world.say(ann, 10205, "Jazz bob");
    assert_eq!(world.ask(bob, 829, "Jazz ann"), refused);

    world.hear(ann);
    assert_eq!(world.ask(ann, 422, "Jazz cleo \"noise\""), said([]));
    let banned = said([(421, "cleo!* ann \"noise\" 0 0"), (420, "")]);
    assert_eq!(world.ask(ann, 420, "Jazz"), banned);
    let refused = said([(404, "channel join failed: you are banned")]);
    assert_eq!(world.ask(cleo, 400, "Jazz"), refused);
    assert_eq!(world.ask(ann, 423, "Jazz ghost"), said([(404, "no such ban")]));
    world.say(ann, 423, "Jazz cleo");
    assert_eq!(world.ask(cleo, 400, "Jazz").first().map(|said| said.0), Some(405));
}

#[test]
fn modes_limits_and_voices_hold() {
    let mut world = world();
    let [ann, bob, cleo] = three(&mut world);
    assert_eq!(world.ask(ann, 10209, "Jazz +MODERATED"), said([(10209, "Jazz +MODERATED")]));
    let refused = said([(404, "permission denied: channel is moderated")]);
    assert_eq!(world.ask(bob, 402, "Jazz hi"), refused);
    world.say(ann, 10211, "Jazz bob");
    assert_eq!(world.ask(bob, 402, "Jazz hi"), said([(403, "Jazz bob hi")]));
    world.say(ann, 10209, "Jazz -MODERATED +INVITE +PRIVATE");
    world.say(ann, 10213, "Jazz bob too loud");
    let refused = said([(404, "permission denied: muzzled on channel")]);
    assert_eq!(world.ask(bob, 402, "Jazz hi"), refused);

    world.say(cleo, 401, "Jazz");
    assert_eq!(world.ask(cleo, 617, "").len(), 1, "a private channel is in no list");
    assert_eq!(world.ask(cleo, 400, "Jazz"), said([(404, "channel join failed: invite only")]));
    world.say(ann, 10210, "Jazz cleo");
    assert_eq!(world.hear(cleo), said([(10210, "Jazz ann")]));
    assert_eq!(world.ask(cleo, 400, "Jazz").first().map(|said| said.0), Some(405));
    world.say(cleo, 401, "Jazz");
    world.say(ann, 10209, "Jazz -INVITE");
    world.say(ann, 826, "Jazz 2");
    assert_eq!(world.ask(cleo, 400, "Jazz"), said([(404, "channel join failed: channel full")]));

    let mona = world.log_in("10.0.0.3:1", "mona pw 0 \"nap v0.8\" 4");
    world.say(mona, 823, "Jazz Moderator");
    world.say(ann, 826, "Jazz 9");
    let refused = said([(404, "channel join failed: permission denied")]);
    assert_eq!(world.ask(cleo, 400, "Jazz"), refused);
    world.hear(bob);
    world.say(mona, 820, "Jazz quiet now");
    let cleared =
        said([(407, "Jazz ann 0 4"), (404, "mona cleared channel Jazz: quiet now"), (401, "Jazz")]);
    assert_eq!(world.hear(bob), cleared);
}
