//! Users: whois, pings, hotlists, ignore lists, private messages, moderators.

use napster_codec::message::{BanList, KillUser, MuzzleUser, SearchEnd, SetUserLevel};
use napster_codec::session::{ClientConfig, ClientEvent, Outcome, RequestId, UserError};

use crate::script::{Script, finished};

#[test]
fn whois_tells_of_users_on_line_and_off() {
    let mut script = Script::logged_in();
    let whois = script.client.whois(script.now, b"bob").unwrap();
    script.hear(r#"604 bob "User" 4711 "Lobby Jazz " "Active" 52 1 0 7 "nap v0.8""#);
    let events = script.take_events();
    let ClientEvent::User { user, request, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(*request, Some(whois));
    assert_eq!(user.channels().collect::<Vec<_>>(), [&b"Lobby"[..], b"Jazz"]);
    assert!(user.is_online());
    let known = user.whois.as_ref().expect("on line");
    assert_eq!((known.online, known.client_info.as_bytes()), (4711, &b"nap v0.8"[..]));
    assert_eq!(finished(&events[1]), Some((whois, Outcome::Done, 1)));

    let whois = script.client.whois(script.now, b"carol").unwrap();
    script.hear(r#"605 carol "User" 975000000"#);
    let events = script.take_events();
    let ClientEvent::User { user, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(user.whowas.as_ref().map(|whowas| whowas.last_seen), Some(975_000_000));
    assert_eq!(finished(&events[1]).map(|end| end.0), Some(whois));

    let whois = script.client.whois(script.now, b"nobody").unwrap();
    let refusal = "404 User nobody is not currently online.";
    script.ends(whois, &[refusal], Outcome::Refused, 0);
}

#[test]
fn pings_go_both_ways() {
    let mut script = Script::logged_in();
    let ping = script.client.ping(script.now, b"bob").unwrap();
    script.hear("752 bob");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::Ponged { nick, request, .. } if *nick == "bob" && *request == Some(ping))
    );
    assert_eq!(finished(&events[1]), Some((ping, Outcome::Done, 1)));
    let ping = script.client.ping(script.now, b"carol").unwrap();
    script.ends(ping, &["404 ping failed, carol is not online"], Outcome::Refused, 0);
    script.take_sent();
    // TekNap puts a time and a blank behind the nick; all of it goes back.
    script.hear("751 bob 975000000 ");
    assert_eq!(script.take_sent(), ["752 bob 975000000 "]);
    assert!(matches!(&script.take_events()[0], ClientEvent::Pinged { from, .. } if *from == "bob"));
}

#[test]
fn pings_need_not_be_answered() {
    let config = ClientConfig { answer_pings: false, ..ClientConfig::default() };
    let mut script = Script::with(config).log_in_on(0);
    script.hear("751 bob");
    assert_eq!(script.take_sent(), [""; 0]);
    assert_eq!(script.take_events().len(), 1);
}

#[test]
fn watched_users_are_told() {
    let mut script = Script::logged_in();
    let watch = script.client.hotlist_add(script.now, b"bob").unwrap();
    script.ends(watch, &["301 bob", "209 bob 9"], Outcome::Done, 1);
    let seed = script.client.hotlist_seed(script.now, b"carol").unwrap();
    script.ends(seed, &["301 carol"], Outcome::Done, 1);
    let watch = script.client.hotlist_add(script.now, b"dave").unwrap();
    script.ends(watch, &["302 dave"], Outcome::Refused, 0);
    script.client.hotlist_remove(script.now, b"bob").unwrap();
    assert_eq!(script.take_sent(), ["207 bob", "208 carol", "207 dave", "303 bob"]);
    script.hear("209 carol 4");
    script.hear("210 carol");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::UserSignedOn { nick, .. } if *nick == "carol"));
    assert!(matches!(&events[1], ClientEvent::UserSignedOff { nick, .. } if *nick == "carol"));
}

#[test]
fn users_are_ignored() {
    let mut script = Script::logged_in();
    let now = script.now;
    let add = script.client.ignore_add(now, b"fwall").unwrap();
    script.ends(add, &["322 fwall"], Outcome::Done, 1);
    let again = script.client.ignore_add(now, b"fwall").unwrap();
    script.ends(again, &["325 fwall"], Outcome::Refused, 0);
    let list = script.client.ignore_list(now).unwrap();
    script.ends(list, &["321 fwall", "320 1"], Outcome::Done, 1);
    let remove = script.client.ignore_remove(now, b"fwall").unwrap();
    script.ends(remove, &["323 fwall"], Outcome::Done, 1);
    let remove = script.client.ignore_remove(now, b"fwall").unwrap();
    script.ends(remove, &["324 fwall"], Outcome::Refused, 0);
    let clear = script.client.ignore_clear(now).unwrap();
    script.ends(clear, &["326 0"], Outcome::Done, 1);
    assert_eq!(
        script.take_sent(),
        ["322 fwall", "322 fwall", "320", "323 fwall", "323 fwall", "326"]
    );
}

#[test]
fn people_write_to_each_other() {
    let mut script = Script::logged_in();
    script.client.private_message(script.now, b"bob", b"hello there,  two spaces ").unwrap();
    assert_eq!(script.take_sent(), ["205 bob hello there,  two spaces "]);
    script.hear("205 bob  hi");
    script.hear("404 bob is ignoring you");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::PrivateMessage { from, text, .. } if *from == "bob" && *text == " hi")
    );
    assert!(
        matches!(&events[1], ClientEvent::Notice { text, .. } if *text == "bob is ignoring you")
    );
}

#[test]
fn a_users_link_is_asked_for() {
    let mut script = Script::logged_in();
    let link = script.client.link_speed(script.now, b"bob").unwrap();
    script.hear("601 bob 4");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Answer { packet, .. } if packet.code.0 == 601));
    assert_eq!(finished(&events[1]).map(|end| end.0), Some(link));
}

#[test]
fn moderators_send_any_message_of_the_table() {
    let mut script = Script::logged_in();
    let now = script.now;
    let bob = || "bob".try_into().unwrap();
    let reason = || Some("flooding".try_into().unwrap());
    script.client.send(now, KillUser { nick: bob(), reason: reason() }).unwrap();
    script.client.send(now, MuzzleUser { nick: bob(), reason: reason() }).unwrap();
    let level = "Moderator".try_into().unwrap();
    script.client.send(now, SetUserLevel { nick: bob(), level }).unwrap();
    let bans: RequestId = script.client.send(now, BanList {}).unwrap().expect("a list");
    let sent = [r#"610 bob "flooding""#, r#"622 bob "flooding""#, "606 bob Moderator", "615"];
    assert_eq!(script.take_sent(), sent);
    script.hear(r#"616 10.1.2. boss "flooding" 975000000 0"#);
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Answer { request, .. } if *request == bans));
    script.ends(bans, &["629 mallory", "615"], Outcome::Done, 2);
    for line in ["627 boss hello mods", "628 boss maintenance at noon"] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::OperatorMessage { from, .. } if *from == "boss"));
    assert!(
        matches!(&events[1], ClientEvent::Announcement { text, .. } if *text == "maintenance at noon")
    );
}

#[test]
fn the_server_is_asked_for_its_counters_and_its_message_of_the_day() {
    let mut script = Script::logged_in();
    let stats = script.client.ask_stats(script.now).unwrap();
    script.ends(stats, &["214 979 147566 587"], Outcome::Done, 1);
    let ping = script.client.ping_server(script.now).unwrap();
    script.ends(ping, &["750"], Outcome::Done, 1);
    let motd = script.client.ask_motd(script.now).unwrap();
    script.hear("621 VERSION opennap 0.36");
    script.hear("621");
    let events = script.take_events();
    assert_eq!(events.len(), 2);
    // Nothing tells its last line, so that time does.
    script.wait(180);
    let events = script.take_events();
    assert_eq!(finished(&events[0]), Some((motd, Outcome::Done, 2)));
}

#[test]
fn a_message_of_the_other_side_cannot_be_sent() {
    let mut script = Script::logged_in();
    assert_eq!(script.client.send(script.now, SearchEnd {}), Err(UserError::WrongDirection));
}
