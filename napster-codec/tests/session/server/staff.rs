//! What moderators and administrators do.

use std::time::Duration;

use napster_codec::UserLevel;
use napster_codec::session::{Departure, ServerEvent};

use super::commands::staff;
use super::dialogues::world;
use super::world::said;

#[test]
fn levels_are_asked_for() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    let refused = said([(404, "permission denied")]);
    for code in [606, 610, 612, 615, 622, 627, 628, 821, 831, 10200] {
        assert_eq!(world.ask(rita, code, "x"), refused, "{code}");
    }
    for code in [606, 611, 628, 753, 821, 822, 10200] {
        assert_eq!(world.ask(mona, code, "x"), refused, "{code}");
    }
    assert_eq!(world.ask(mona, 610, "adam \"up\""), refused, "nobody kills upwards");
    assert_eq!(world.ask(adam, 606, "rita Admin"), refused, "nobody makes an equal");
}

#[test]
fn a_killed_user_is_told_why() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    world.say(mona, 610, "rita \"too \"loud\" again\"");
    let told = said([(404, "You were killed by mona: too 'loud' again"), (316, "0")]);
    assert_eq!(world.hear(rita), told);
    assert!(world.is_closed(rita));
    assert_eq!(world.hear(adam), said([(404, "mona killed rita: too 'loud' again")]));
    let cause = Departure::Killed { by: b"mona".to_vec() };
    let is_told = |event: &ServerEvent| matches!(event, ServerEvent::LoggedOut { cause: told, .. } if *told == cause);
    assert!(world.events.iter().any(is_told));
    assert_eq!(world.ask(mona, 610, "rita"), said([(404, "User is not currently online.")]));
}

#[test]
fn who_is_banned_stays_outside_as_long_as_that_holds() {
    let mut world = world();
    let [_, mona, ..] = staff(&mut world);
    world.say(mona, 612, "mallory \"floods\" 60");
    world.say(mona, 612, "10.6.");
    assert_eq!(
        world.ask(mona, 615, ""),
        said([(616, "mallory!* mona \"floods\" 0 60"), (616, "*!10.6.* mona \"\" 0 0"), (615, "")])
    );
    for (peer, nick, reason) in [("10.0.9.9:1", "Mallory", "floods"), ("10.6.1.1:1", "x", "")] {
        let id = world.connect(peer);
        let heard = world.ask(id, 2, &format!("{nick} pw 0 \"nap v0.8\" 3"));
        let text = format!("You are banned from this server: {reason}");
        assert_eq!(heard, said([(0, &text)]));
        assert!(world.is_closed(id));
    }
    world.wait(Duration::from_secs(61));
    world.log_in("10.0.9.9:2", "mallory pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(mona, 614, "10.6."), said([]));
    world.log_in("10.6.1.1:2", "x pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(mona, 614, "10.6."), said([(404, "no such ban")]));
}

#[test]
fn a_muzzled_user_talks_to_moderators_only() {
    let mut world = world();
    let [rita, mona, ..] = staff(&mut world);
    let ann = world.log_in("10.0.0.1:1", "ann pw 0 \"nap v0.8\" 3");
    world.say(ann, 400, "Jazz");
    world.say(rita, 400, "Jazz");
    world.hear(rita);
    world.say(mona, 622, "rita \"spam\"");
    assert_eq!(world.hear(rita), said([(404, "You have been muzzled by mona: spam")]));
    let refused = said([(404, "You are muzzled.")]);
    assert_eq!(world.ask(rita, 402, "Jazz hi"), refused);
    assert_eq!(world.ask(rita, 205, "ann hi"), refused);
    world.hear(mona);
    assert_eq!(world.ask(rita, 205, "mona why?"), said([]));
    assert_eq!(world.hear(mona), said([(205, "rita why?")]));
    // Logging in again does not help.
    world.leave(rita);
    let rita = world.log_in("10.0.0.1:9", "rita pw 1 \"nap v0.8\" 3");
    assert_eq!(world.ask(rita, 205, "ann hi"), refused);
    world.say(mona, 623, "rita");
    world.hear(rita);
    assert_eq!(world.ask(rita, 205, "ann hi"), said([]));
}

#[test]
fn levels_passwords_and_accounts_are_given_and_taken() {
    let mut world = world();
    let [rita, mona, adam, elly] = staff(&mut world);
    world.say(elly, 606, "rita Moderator");
    let told = "elly set your user level to Moderator (2).";
    assert_eq!(world.hear(rita).first(), Some(&(404, told.to_owned())));
    assert!(
        world.hear(mona).contains(&(404, "elly set rita's user level to Moderator (2)".into()))
    );
    assert_eq!(world.ask(rita, 627, "hi"), said([(627, "rita hi")]));
    assert_eq!(world.hear(mona), said([(627, "rita hi")]));
    world.say(adam, 10200, "newbie secret newbie@example.net User");
    world.say(adam, 753, "newbie other \"lost it\"");
    let newbie = world.log_in("10.0.0.1:1", "newbie other 0 \"nap v0.8\" 3");
    let level = world.server.accounts().find(|account| account.nick == b"newbie");
    assert_eq!(level.map(|account| account.level), Some(UserLevel::User));
    world.say(adam, 611, "newbie");
    world.leave(newbie);
    world.log_in("10.0.0.1:1", "newbie anything 0 \"nap v0.8\" 3");
    world.hear(rita);
    world.say(adam, 628, "closing at noon");
    assert_eq!(world.hear(rita), said([(628, "adam closing at noon")]));
}

#[test]
fn users_are_sent_elsewhere_and_told_ports() {
    let mut world = world();
    let [rita, mona, adam, _] = staff(&mut world);
    world.say(mona, 613, "rita 6700");
    world.say(adam, 625, "rita 9");
    world.say(adam, 821, "rita nap2.example.net 8888");
    world.say(adam, 822, "rita meta.example.net:8875");
    let told =
        said([(613, "6700"), (821, "nap2.example.net 8888"), (822, "meta.example.net:8875")]);
    assert_eq!(world.hear(rita), told);
    assert_eq!(world.ask(adam, 600, "rita"), said([(601, "rita 9")]));
    let listed = world.ask(mona, 831, "*");
    assert_eq!(listed.len(), 5);
    assert!(listed.contains(&(832, "rita 10.0.0.114".to_owned())));
    let programs = said([(10118, "\"nap v0.8\" 4"), (10118, "")]);
    assert_eq!(world.ask(mona, 10118, ""), programs);
    assert_eq!(world.ask(rita, 10112, ""), said([(10112, "")]));
    let usage = world.ask(rita, 10115, "");
    assert_eq!(usage, said([(10115, "4 0 4 0 0 0 0 0 -1 5")]));
    let version = concat!("napster-codec ", env!("CARGO_PKG_VERSION"));
    assert_eq!(world.ask(rita, 801, ""), said([(404, "--"), (404, version), (404, "--")]));
}
