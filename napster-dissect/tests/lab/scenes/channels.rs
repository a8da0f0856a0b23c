//! Two users on one channel, each on a connection of their own.

use super::{Scene, at};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side;

/// Plays everything that channels can do.
pub fn scene() -> Scene {
    let clock = Clock::default();
    let open = |client: &str| {
        let mut conversation = Conversation::on(&clock, at(client), at("198.51.100.5:8888"));
        conversation.handshake();
        conversation
    };
    let mut ann = open("192.0.2.30:1200");
    ann.ask(2, "ann s3cret 6699 \"nap v0.8\" 7").tell(3, "ann@mail.example").wait(500);
    let mut ben = open("192.0.2.31:1300");
    ben.ask(2, "ben hunter2 6700 \"nap v0.8\" 4").tell(3, "anon@nap1.example.net").wait(500);

    lists(&mut ann);
    enter(&mut ann, &mut ben);
    talk(&mut ann, &mut ben);
    rule(&mut ann, &mut ben);

    ben.wait(1000).fin(Side::Client);
    ann.wait(200).ask(401, "#tea").tell(401, "#tea").fin(Side::Client);
    Scene::of([&mut ann, &mut ben])
}

/// Both forms of the channel list.
fn lists(ann: &mut Conversation) {
    ann.ask(617, "").tell_all(&[
        (618, "#Lobby 33 Welcome to the Lobby channel."),
        (618, "#quiet 0"),
        (618, "#quotes 2 \"Less is more\" and the like"),
        (617, ""),
    ]);
    ann.wait(1200).ask(827, "").tell_all(&[
        (828, "#Lobby 33 0 0 200 \"Welcome to the Lobby channel.\""),
        (828, "#quiet 0 1 1 50 \"\""),
        (827, ""),
    ]);
}

/// Ann joins, then Ben.
fn enter(ann: &mut Conversation, ben: &mut Conversation) {
    // The server puts a # in front of the name.
    ann.wait(900).ask(400, "tea").tell_all(&[
        (405, "#tea"),
        (408, "#tea ann 3 7"),
        (409, "#tea"),
        (410, "#tea"),
    ]);
    ben.wait(2100).ask(400, "#TEA").tell_all(&[
        (405, "#tea"),
        (408, "#tea ann 3 7"),
        (408, "#tea ben 12 4"),
        (409, "#tea"),
        (410, "#tea"),
    ]);
    ann.tell(406, "#tea ben 12 4");
}

/// They talk, emote, and look who is there.
fn talk(ann: &mut Conversation, ben: &mut Conversation) {
    ann.wait(3000).ask(402, "#tea hello  Ben, two blanks and one at the end ");
    for user in [&mut *ann, &mut *ben] {
        user.tell(403, "#tea ann hello  Ben, two blanks and one at the end ");
    }
    ben.wait(2400).ask(402, "#tea \"hello\"");
    for user in [&mut *ann, &mut *ben] {
        user.tell(403, "#tea ben \"hello\"");
    }
    ben.wait(1900).ask(824, "#tea \"pours a cup\"");
    for user in [&mut *ann, &mut *ben] {
        user.tell(824, "#tea ben \"pours a cup\"");
    }
    ann.wait(1000).ask(830, "#tea").tell_all(&[
        (825, "#tea ann 3 7"),
        (825, "#tea ben 12 4"),
        (830, ""),
    ]);
}

/// Ann sets the topic and a limit, and throws Ben out.
fn rule(ann: &mut Conversation, ben: &mut Conversation) {
    ann.wait(1500).ask(410, "#tea Leaves, water, time");
    for user in [&mut *ann, &mut *ben] {
        user.tell(410, "#tea Leaves, water, time");
    }
    ann.wait(700).ask(410, "#tea").tell(410, "#tea Leaves, water, time");
    ann.wait(700).ask(826, "#tea 10").tell(404, "ann set the limit on channel #tea to 10.");
    ann.wait(2200).ask(829, "#tea ben \"too much sugar\"");
    ben.tell(404, "You were kicked from channel #tea by ann: too much sugar");
    ann.tell(407, "#tea ben 12 4");
    ben.wait(900).ask(402, "#tea why?").tell(404, "you are not on channel #tea");
}
