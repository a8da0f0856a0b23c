//! New nicknames, and logins that servers refuse.

use super::{Scene, at};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side;

/// A login as most programs send it.
const LOGIN: &str = "ann s3cret 6699 \"nap v0.8\" 3";

/// Plays one registration and six attempts, each on a connection of its own.
pub fn scene() -> Scene {
    let clock = Clock::default();
    let open = |port: u16| {
        let client = at(&format!("192.0.2.30:{port}"));
        let mut conversation = Conversation::on(&clock, client, at("198.51.100.5:8888"));
        conversation.handshake();
        conversation
    };

    let mut register = open(1100);
    register.ask(7, "operator").tell(9, "").wait(3000);
    register.ask(7, "ann,b").tell(10, "").wait(2500).ask(7, "ann").tell(8, "").wait(4000);
    register.ask(6, "ann s3cret 6699 \"nap v0.8\" 3 ann@mail.example").wait(30);
    register.tell(3, "ann@mail.example");
    register.ask(
        14,
        "NAME:Ann ADDRESS: CITY:Bonn STATE: PHONE: AGE:60 or older INCOME: EDUCATION:Other",
    );
    register.tell_all(&[(621, "VERSION opennap 0.36"), (214, "3 120 1")]);
    register.wait(2000).fin(Side::Client).wait(1000);

    let refused = |port: u16, code: u16, request: &str, text: &str| {
        let mut conversation = open(port);
        conversation.ask(code, request).wait(20).tell(0, text).fin(Side::Server).wait(1500);
        conversation
    };
    let mut password = refused(1101, 2, "ann wrong 6699 \"nap v0.8\" 3", "Invalid Password");
    let mut speed = refused(1102, 2, "ann s3cret 6699 \"nap v0.8\" 12", "invalid speed");
    let mut order = refused(1103, 214, "", "invalid command");

    let mut check = open(1104);
    check.ask(11, "ann s3cret").tell(12, "").wait(500).ask(2, LOGIN);
    check.tell_all(&[(3, "ann@mail.example"), (214, "4 123 1")]).wait(1000);
    let mut second = refused(1105, 2, LOGIN, "ann is already active");
    check.fin(Side::Client).wait(1000);

    // The e-mail address is missing; servers of the time made one up.
    let mut nameless = open(1106);
    nameless.ask(6, "bob hunter2 0 \"nap v0.8\" 1").wait(20);
    nameless.tell(3, "anon@nap1.example.net").wait(300).rst(Side::Client);

    Scene::of([
        &mut register,
        &mut password,
        &mut speed,
        &mut order,
        &mut check,
        &mut second,
        &mut nameless,
    ])
}
