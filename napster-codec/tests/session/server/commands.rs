//! What administrators set, look up and list, and the pseudo users of opennap.

use std::time::Duration;

use napster_codec::session::{ConnectionId, FixedChannel, ServerConfig, ServerEvent};
use napster_codec::{Direction, MESSAGES};

use super::dialogues::{config, world};
use super::world::{World, said};

/// One user of each level above the lowest: user, moderator, admin, elite.
pub(super) fn staff(world: &mut World) -> [ConnectionId; 4] {
    let ids = ["rita", "mona", "adam", "elly"].map(|nick| {
        let host = nick.as_bytes()[0];
        world.log_in(&format!("10.0.0.{host}:1"), &format!("{nick} pw 6699 \"nap v0.8\" 3"))
    });
    for id in ids {
        world.hear(id);
    }
    ids
}

#[test]
fn every_command_is_answered_or_the_manual_says_why_not() {
    let manual = include_str!("../../../src/manual/sessions.rs");
    let mut world = world();
    for spec in MESSAGES.iter().filter(|spec| spec.directions.admits(Direction::ToServer)) {
        let elly = world.log_in("10.0.0.1:1", "elly pw 6699 \"nap v0.8\" 3");
        let code = spec.code.0;
        let heard = world.ask(elly, code, "");
        let unknown = said([(404, &format!("Unknown command code {code}"))]);
        let is_listed = manual.contains(&format!("//! | {code} | "));
        assert_eq!(heard == unknown, is_listed, "{code} {}: {heard:?}", spec.name);
        world.leave(elly);
    }
}

#[test]
fn settings_are_told_lowered_and_reset() {
    let mut world = world();
    let [rita, mona, adam, elly] = staff(&mut world);
    let denied = said([(404, "permission denied")]);
    assert_eq!(world.ask(rita, 810, "max_results"), denied);
    assert_eq!(world.ask(mona, 810, "max_results"), said([(404, "max_results = 100")]));
    assert_eq!(world.ask(adam, 810, "max_results 10"), denied);
    assert_eq!(world.ask(adam, 800, "max_results"), denied);
    assert!(world.ask(mona, 810, "").contains(&(404, "max_clones = 0".to_owned())));
    let unknown = said([(404, "no such variable colour")]);
    assert_eq!(world.ask(mona, 810, "colour"), unknown);
    assert_eq!(world.ask(elly, 800, "colour"), unknown);
    for value in ["0", "101", "many", "-1", ""] {
        let heard = world.ask(elly, 810, &format!("max_results {value}"));
        let wrong = said([(404, "error setting variable max_results")]);
        let told = said([(404, "max_results = 100")]);
        assert_eq!(heard, if value.is_empty() { told } else { wrong }, "{value}");
    }
    world.hear(mona);
    world.say(elly, 810, "MAX_RESULTS 1");
    assert_eq!(world.hear(mona), said([(404, "elly set max_results to 1")]));
    for name in ["one", "two"] {
        world.say(adam, 100, &format!("\"C:\\song {name}.mp3\" 0 1 128 44100 1"));
    }
    assert_eq!(world.ask(rita, 200, "FILENAME CONTAINS \"song\"").len(), 2);
    world.say(elly, 800, "max_results");
    assert_eq!(world.ask(rita, 200, "FILENAME CONTAINS \"song\"").len(), 3);
}

#[test]
fn the_message_of_the_day_is_read_anew() {
    let mut world = world();
    let [rita, mona, adam, elly] = staff(&mut world);
    assert_eq!(world.ask(adam, 10117, ""), said([(404, "permission denied")]));
    assert_eq!(world.ask(elly, 10117, "nap2.example.net"), said([(404, "no such server")]));
    world.hear(mona);
    world.say(elly, 10117, "");
    let told = "elly reloaded configuration on nap.example.net";
    assert_eq!(world.hear(mona), said([(404, told)]));
    assert!(world.events.contains(&ServerEvent::ReloadRequested { connection: elly }));
    world.server.set_motd(vec![b"All is new.".to_vec()]);
    assert_eq!(world.ask(rita, 621, "").last(), Some(&(621, "All is new.".to_owned())));
}

#[test]
fn staff_choose_what_they_are_told() {
    let mut world = world();
    let [rita, mona, adam, elly] = staff(&mut world);
    let all = "ERROR BAN CHANGE CHANNEL KILL LEVEL SERVER MUZZLE PORT TOPIC WALLOP CLOAK";
    assert_eq!(world.ask(rita, 10203, ""), said([(404, "permission denied")]));
    assert_eq!(world.ask(mona, 10203, ""), said([(10203, all)]));
    let less = all.replace("KILL LEVEL ", "");
    assert_eq!(world.ask(mona, 10203, "-kill -level"), said([(10203, &less)]));
    assert_eq!(world.ask(adam, 10203, "NONE"), said([(10203, "NONE")]));
    assert_eq!(world.ask(adam, 10203, "wallop +mystery"), said([(10203, "WALLOP")]));
    world.say(elly, 606, "rita Leech");
    world.say(elly, 622, "rita \"spam\"");
    world.say(elly, 627, "hello");
    let muzzled = "elly has muzzled rita: spam";
    assert_eq!(world.hear(mona), said([(404, muzzled), (627, "elly hello")]));
    assert_eq!(world.hear(adam), said([(627, "elly hello")]));
}

#[test]
fn cloaked_moderators_are_hidden_from_users() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    assert_eq!(world.ask(rita, 652, ""), said([(404, "permission denied")]));
    for id in [rita, adam] {
        world.say(id, 400, "Jazz");
        world.say(id, 207, "mona");
        world.hear(id);
    }
    let cloaked = said([(404, "mona has cloaked"), (404, "You are now cloaked.")]);
    assert_eq!(world.ask(mona, 652, ""), cloaked);
    world.hear(adam);
    world.hear(rita);
    world.say(mona, 400, "Jazz");
    assert_eq!(world.hear(rita), said([]));
    assert_eq!(world.hear(adam), said([(406, "Jazz mona 0 3")]));
    world.hear(mona);
    world.say(mona, 402, "Jazz calm down");
    world.say(mona, 824, "Jazz \"sighs\"");
    let heard = said([(403, "Jazz Operator calm down"), (824, "Jazz Operator \"sighs\"")]);
    assert_eq!(world.hear(rita), heard);
    let heard = said([(403, "Jazz mona calm down"), (824, "Jazz mona \"sighs\"")]);
    assert_eq!(world.hear(adam), heard);
    assert_eq!(world.ask(rita, 830, "Jazz").len(), 3);
    assert_eq!(world.ask(adam, 830, "Jazz").len(), 4);
    assert_eq!(world.ask(rita, 603, "mona"), said([(605, "mona \"Moderator\" 0")]));
    assert_eq!(world.ask(adam, 603, "mona").first().map(|said| said.0), Some(604));
    assert_eq!(world.ask(rita, 10119, "mona"), said([(404, "User is not currently online.")]));
    let here = said([(404, "mona is on server nap.example.net")]);
    assert_eq!(world.ask(adam, 10119, "mona"), here);
    world.say(rita, 303, "mona");
    assert_eq!(world.ask(rita, 207, "mona"), said([(301, "mona")]));
    world.leave(mona);
    assert_eq!(world.hear(rita), said([]));
    assert_eq!(world.hear(adam), said([(407, "Jazz mona 0 3"), (210, "mona")]));
}

#[test]
fn accounts_have_flags_and_come_back() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    assert_eq!(world.ask(mona, 10050, "rita"), said([(404, "permission denied")]));
    assert_eq!(world.ask(adam, 10050, "rita"), said([(404, "userflags for rita are: NONE")]));
    let both = said([(404, "userflags for rita are: MUZZLED FRIEND")]);
    assert_eq!(world.ask(adam, 10050, "rita \"muzzled friend -criminal\""), both);
    assert_eq!(world.ask(adam, 10050, ""), both);
    assert_eq!(world.ask(rita, 205, "ann hi"), said([(404, "User is not currently online.")]));
    world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(rita, 205, "ann hi"), said([(404, "You are muzzled.")]));
    world.say(adam, 10050, "rita NONE");
    assert_eq!(world.ask(rita, 205, "ann hi"), said([]));
    assert_eq!(world.ask(adam, 10050, "rita loud"), said([(404, "parameters are unparsable")]));
    assert_eq!(world.ask(adam, 10050, "elly friend"), said([(404, "permission denied")]));

    let missing = said([(404, "no such registered user")]);
    assert_eq!(world.ask(adam, 624, "rita"), missing);
    world.say(adam, 611, "rita");
    world.say(adam, 624, "Rita");
    world.leave(rita);
    let wrong = world.connect("10.0.0.1:2");
    let refused = said([(0, "Invalid Password")]);
    assert_eq!(world.ask(wrong, 2, "rita guess 0 \"nap v0.8\" 3"), refused);
    world.log_in("10.0.0.1:3", "rita pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(adam, 624, "rita"), missing, "once");
}

#[test]
fn who_left_is_remembered_for_moderators() {
    let mut config = config();
    config.unix_time_at_zero = 975_000_000;
    config.limits.past_users = 2;
    let mut world = World::new(config);
    let [rita, mona, ..] = staff(&mut world);
    for (nick, host) in [("bob", 3), ("cleo", 4), ("dora", 5)] {
        let id = world.log_in(&format!("10.1.2.{host}:1"), &format!("{nick} pw 0 \"nap v0.8\" 3"));
        world.leave(id);
        world.wait(Duration::from_secs(1));
    }
    assert_eq!(world.ask(rita, 10121, "cleo"), said([(404, "permission denied")]));
    let cleo = "cleo 67240202 nap.example.net 975000001 \"nap v0.8\"";
    assert_eq!(world.ask(mona, 10121, "CLEO"), said([(10121, cleo)]));
    let gone = said([(404, "nobody of that nick has left lately")]);
    assert_eq!(world.ask(mona, 10121, "bob"), gone, "there is room for two");
}

#[test]
fn everybody_at_an_address_is_killed() {
    let mut world = world();
    let [_, mona, ..] = staff(&mut world);
    let ids = ["x", "y", "adam2"]
        .map(|nick| world.log_in("10.1.2.3:1", &format!("{nick} pw 0 \"nap v0.8\" 3")));
    assert_eq!(world.ask(mona, 10122, "10.1.2"), said([(404, "unable to parse ip/mask")]));
    let gone = said([(404, "User is not currently online.")]);
    assert_eq!(world.ask(mona, 10122, "10.9.9.9"), gone);
    let killed = said([(404, "mona killed 3 users at 10.1.2.3: flooding")]);
    assert_eq!(world.ask(mona, 10122, "10.1.2.3 \"flooding\""), killed);
    let told = said([(404, "You were killed by mona: flooding"), (316, "0")]);
    for id in ids {
        assert_eq!(world.hear(id), told);
        assert!(world.is_closed(id));
    }
}

#[test]
fn networks_are_let_in_kept_out_and_limited() {
    let mut config = config();
    config.limits.access_list = 2;
    let mut world = World::new(config);
    let [rita, mona, ..] = staff(&mut world);
    for code in 10250..=10261 {
        assert_eq!(world.ask(rita, code, "10.1.2.0"), said([(404, "permission denied")]), "{code}");
    }
    let is_in = |world: &mut World, peer: &str| {
        let id = world.connect(peer);
        let heard = world.hear(id);
        let refused = said([(0, "connections from your address are not allowed")]);
        assert!(heard.is_empty() || heard == refused, "{heard:?}");
        let is_in = !world.is_closed(id);
        world.leave(id);
        is_in
    };
    let added = said([(404, "mona added dline 10.1.2.0/255.255.255.0 (0)")]);
    assert_eq!(world.ask(mona, 10253, "10.1.2.0/255.255.255.0"), added);
    world.say(mona, 10259, "10.1.2.3");
    assert!(!is_in(&mut world, "10.1.2.4:1") && is_in(&mut world, "10.1.2.3:1"));
    let listed = said([(10255, "10.1.2.0/255.255.255.0 0"), (10255, "")]);
    assert_eq!(world.ask(mona, 10255, ""), listed);
    assert_eq!(world.ask(mona, 10261, ""), said([(10261, "10.1.2.3 0"), (10261, "")]));
    world.say(mona, 10256, "10.1.0.0/16");
    assert!(!is_in(&mut world, "10.2.0.1:1") && is_in(&mut world, "10.1.9.9:1"));
    assert_eq!(world.ask(mona, 10257, "10.9.0.0/16"), said([(404, "no matching ip addresses")]));
    world.say(mona, 10257, "10.1.0.0/255.255.0.0");
    assert!(is_in(&mut world, "10.2.0.1:1"));
    assert_eq!(world.ask(mona, 10258, ""), said([(10258, "")]));

    world.hear(mona);
    world.say(mona, 10250, "10.3.0.0/255.255.0.0 2");
    world.say(mona, 10250, "10.3.3.3 1");
    assert_eq!(world.ask(mona, 10250, "10.4.4.4 1"), said([(404, "the list is full")]));
    let listed = said([(10252, "10.3.0.0/255.255.0.0 2"), (10252, "10.3.3.3 1"), (10252, "")]);
    assert_eq!(world.ask(mona, 10252, ""), listed);
    for (peer, most) in [("10.3.1.1", 2), ("10.3.3.3", 1)] {
        for number in 0..3 {
            let id = world.connect(&format!("{peer}:{number}"));
            assert_eq!(world.is_closed(id), number >= most, "{peer} {number}");
        }
    }
    assert_eq!(world.ask(mona, 10253, "everybody"), said([(404, "unable to parse ip/mask")]));
}

#[test]
fn operators_and_voices_are_listed_by_chan_serv() {
    let mut world = world();
    let [rita, mona, ..] = staff(&mut world);
    for id in [rita, mona] {
        world.say(id, 400, "Jazz");
    }
    world.hear(rita);
    let operators = said([
        (205, "ChanServ List of operators of channel Jazz:"),
        (205, "ChanServ rita"),
        (205, "ChanServ END of list of operators of channel Jazz"),
    ]);
    assert_eq!(world.ask(rita, 10206, "jazz"), operators);
    assert_eq!(world.ask(rita, 10204, "Jazz"), operators);
    world.say(rita, 10211, "Jazz mona");
    let voices = world.ask(rita, 10211, "Jazz");
    assert_eq!(voices.get(1), Some(&(205, "ChanServ mona".to_owned())));
    assert_eq!(world.ask(rita, 10212, "Jazz"), voices);
    assert_eq!(world.ask(rita, 10206, "Rock"), said([(404, "no such channel")]));
}

#[test]
fn invitations_come_in_the_form_of_the_one_who_sends_them() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    world.say(rita, 400, "Jazz");
    world.say(rita, 410, "Jazz Blue \"notes\"");
    world.say(rita, 430, "mona Jazz");
    assert_eq!(world.hear(mona), said([(430, "rita Jazz \"Blue 'notes'\" 0 0")]));
    assert_eq!(world.ask(mona, 431, "rita Jazz"), said([]));
    assert_eq!(world.ask(mona, 432, "rita Jazz \"Blue 'notes'\" 0 0"), said([]));
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    world.say(ann, 400, "Jazz");
    world.hear(ann);
    let refused = said([(404, "permission denied: you are not operator on that channel")]);
    assert_eq!(world.ask(ann, 430, "adam Jazz"), refused);
    assert_eq!(world.hear(adam), said([]));
}

#[test]
fn a_fixed_channel_can_be_dropped() {
    let mut config = config();
    config.channels.push(FixedChannel { name: b"Lobby".to_vec(), topic: b"Hi".to_vec() });
    let mut world = World::new(config);
    let [rita, mona, adam, _] = staff(&mut world);
    assert_eq!(world.ask(mona, 10207, "Lobby"), said([(404, "permission denied")]));
    world.say(rita, 400, "Lobby");
    world.say(adam, 10207, "Lobby \"too quiet\"");
    assert_eq!(world.hear(mona), said([(404, "adam dropped channel Lobby: too quiet")]));
    assert_eq!(world.ask(adam, 10207, "Lobby"), said([(404, "channel is not registered")]));
    world.say(rita, 401, "Lobby");
    assert_eq!(world.ask(mona, 617, ""), said([(617, "")]));
}

#[test]
fn old_forms_of_commands_are_obeyed() {
    let mut world = world();
    let [rita, mona, ..] = staff(&mut world);
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    for id in [rita, ann] {
        world.say(id, 400, "Jazz");
        world.hear(id);
    }
    world.say(rita, 10202, "Jazz ann \"out\"");
    let kicked = said([(404, "You were kicked from channel Jazz by rita: out"), (401, "Jazz")]);
    assert_eq!(world.hear(ann), kicked);
    world.say(mona, 10201, "Jazz Moderator");
    let refused = said([(404, "channel join failed: permission denied")]);
    assert_eq!(world.ask(ann, 400, "Jazz"), refused);
    assert_eq!(world.ask(ann, 316, ""), said([(316, "0")]));
    let ping = "nap.example.net 975000000 0";
    assert_eq!(world.ask(ann, 10116, ping), said([(10116, ping)]));
    assert_eq!(world.ask(ann, 10116, "nap2 1 0"), said([(404, "no such server")]));
}

#[test]
fn commands_are_taken_in_private_messages() {
    let mut world = world();
    let [rita, mona, ..] = staff(&mut world);
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    for id in [rita, ann] {
        world.say(id, 400, "Jazz");
        world.hear(id);
    }
    let help = world.ask(ann, 205, "chanserv help");
    assert_eq!(help.first(), Some(&(205, "ChanServ Commands of ChanServ:".to_owned())));
    assert_eq!(help.last(), Some(&(205, "ChanServ END of help for ChanServ".to_owned())));
    world.hear(ann);
    world.say(rita, 205, "ChanServ topic Jazz Blue notes");
    assert_eq!(world.hear(ann), said([(410, "Jazz Blue notes")]));
    let refused = said([(404, "topic failed: you are not operator on that channel")]);
    assert_eq!(world.ask(ann, 205, "ChanServ topic Jazz mine"), refused);
    let unknown = said([(404, "Unknown ChanServ command: dance")]);
    assert_eq!(world.ask(ann, 205, "ChanServ dance"), unknown);

    // OperServ is there for those who may use it.
    let nobody = said([(404, "User is not currently online.")]);
    assert_eq!(world.ask(ann, 205, "OperServ stats"), nobody);
    assert_eq!(world.ask(mona, 205, "OperServ stats").first().map(|said| said.0), Some(10115));
    assert_eq!(
        world.ask(mona, 205, "OperServ config max_results"),
        said([(404, "max_results = 100")])
    );
    assert_eq!(world.ask(mona, 205, "OperServ nuke rita"), said([(404, "permission denied")]));

    assert_eq!(
        world.ask(ann, 205, "NickServ register"),
        said([(205, "NickServ your nick is registered")])
    );
    let again = said([(404, "account registered to another user")]);
    assert_eq!(world.ask(ann, 205, "NickServ register"), again);
    assert!(world.server.accounts().any(|account| account.nick == b"ann"));
}

#[test]
fn nobody_has_the_name_of_a_pseudo_user() {
    let mut world = World::new(ServerConfig::new("nap.example.net"));
    for nick in ["ChanServ", "operserv", "NICKSERV", "Operator"] {
        let id = world.connect("10.0.0.1:1");
        assert_eq!(world.ask(id, 7, nick), said([(10, "")]), "{nick}");
    }
}
