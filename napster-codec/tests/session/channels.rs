//! Channels: joining, talking, coming and going.

use napster_codec::session::{ClientEvent, Outcome};

use crate::script::{Script, finished};

#[test]
fn a_channel_is_joined_with_its_members_and_topic() {
    let mut script = Script::logged_in();
    let join = script.client.join(script.now, b"NoHash").unwrap();
    assert_eq!(script.take_sent(), ["400 NoHash"]);
    // opennap 0.36 puts `#` in front, and tells the joiner among the members.
    for line in [
        "405 #NoHash",
        "408 #NoHash bob 12 4",
        "408 #NoHash alice 0 3",
        "409 #NoHash",
        "410 #NoHash Welcome to the NoHash channel.",
    ] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::Joined { channel, request, .. } if *channel == "#NoHash" && *request == Some(join))
    );
    let ClientEvent::User { user, request, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((user.nick.as_bytes(), user.shared, request), (&b"bob"[..], Some(12), &Some(join)));
    assert_eq!(finished(&events[3]), Some((join, Outcome::Done, 3)));
    assert!(
        matches!(&events[4], ClientEvent::Topic { topic: Some(topic), .. } if *topic == "Welcome to the NoHash channel.")
    );
    assert_eq!(script.client.channels().collect::<Vec<_>>(), [b"#nohash"]);
}

#[test]
fn official_channels_greet_as_well() {
    let mut script = Script::logged_in();
    script.client.join(script.now, b"Trance").unwrap();
    for line in ["405 Trance", "409 Trance", "425 Welcome to the Trance channel."] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(
        matches!(&events[2], ClientEvent::ChannelMotd { text, .. } if *text == "Welcome to the Trance channel.")
    );
}

#[test]
fn a_channel_that_cannot_be_joined_is_told() {
    let mut script = Script::logged_in();
    let join = script.client.join(script.now, b"Full").unwrap();
    script.ends(join, &["404 channel join failed: channel full"], Outcome::Refused, 0);
    assert_eq!(script.client.channels().count(), 0);
    assert!(script.client.join(script.now, b"two words").is_err());
}

#[test]
fn people_talk_come_and_go() {
    let mut script = Script::logged_in();
    let said = script.client.public_message(script.now, b"Trance", b"hello").unwrap();
    script.client.emote(script.now, b"Trance", b"waves").unwrap();
    assert_eq!(script.take_sent(), ["402 Trance hello", r#"824 Trance "waves""#]);
    script.hear("406 Trance bob 12 4");
    script.hear("403 Trance bob hi  there ");
    script.ends(said, &["403 Trance alice hello"], Outcome::Done, 1);
    for line in [r#"824 Trance bob "waves back""#, "407 Trance bob 12 4", "407 Trance carol"] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Emote { text, .. } if *text == "waves back"));
    let ClientEvent::UserParted { user, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((user.nick.as_bytes(), user.shared), (&b"bob"[..], Some(12)));
    let ClientEvent::UserParted { user, .. } = &events[2] else { panic!("{events:?}") };
    assert_eq!((user.nick.as_bytes(), user.shared), (&b"carol"[..], None));
}

#[test]
fn other_peoples_words_keep_their_blanks() {
    let mut script = Script::logged_in();
    script.hear("406 Trance bob 12 4");
    script.hear("403 Trance bob hi  there ");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::UserJoined { user, .. } if user.nick == "bob"));
    assert!(
        matches!(&events[1], ClientEvent::PublicMessage { text, nick, .. } if *text == "hi  there " && *nick == "bob")
    );
}

#[test]
fn a_channel_is_left_or_taken_away() {
    let mut script = Script::logged_in();
    for channel in ["One", "Two"] {
        script.client.join(script.now, channel.as_bytes()).unwrap();
        script.hear(&format!("405 {channel}"));
        script.hear(&format!("409 {channel}"));
    }
    script.take_events();
    let part = script.client.part(script.now, b"One").unwrap();
    // Official servers do not answer, so it is left at once.
    assert_eq!(script.client.channels().collect::<Vec<_>>(), [b"two"]);
    script.hear("401 One");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Parted { channel, .. } if *channel == "One"));
    assert_eq!(finished(&events[1]), Some((part, Outcome::Done, 1)));
    script.hear("401 Two");
    assert_eq!(script.client.channels().count(), 0);
}

#[test]
fn channels_and_their_members_are_listed() {
    let mut script = Script::logged_in();
    let list = script.client.list_channels(script.now).unwrap();
    script.hear("618 Lobby 33 Welcome to the Lobby channel.");
    let events = script.take_events();
    let ClientEvent::Channel { channel, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((channel.name.as_bytes(), channel.users), (&b"Lobby"[..], 33));
    assert_eq!(channel.topic, "Welcome to the Lobby channel.");
    script.ends(list, &["617"], Outcome::Done, 1);

    let list = script.client.list_all_channels(script.now).unwrap();
    script.hear(r##"828 #pub 3 1 1 200 "Welcome""##);
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::Channel { channel, .. } if channel.limit == Some(200))
    );
    script.ends(list, &["827"], Outcome::Done, 1);

    let names = script.client.list_users(script.now, b"#pub").unwrap();
    script.hear("825 #pub bob 12 4");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::User { user, .. } if user.nick == "bob"));
    // opennap ends the list without the channel's name.
    script.ends(names, &["830"], Outcome::Done, 1);
}

#[test]
fn topics_are_asked_for_and_set() {
    let mut script = Script::logged_in();
    let asked = script.client.topic(script.now, b"#pub", None).unwrap();
    script.hear("410 #pub old words");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::Topic { topic: Some(topic), .. } if *topic == "old words")
    );
    assert_eq!(finished(&events[1]), Some((asked, Outcome::Done, 1)));
    let set = script.client.topic(script.now, b"#pub", Some(b"new words")).unwrap();
    assert_eq!(script.take_sent(), ["410 #pub", "410 #pub new words"]);
    script.ends(set, &["404 topic failed: you are not a channel operator"], Outcome::Refused, 0);
}
