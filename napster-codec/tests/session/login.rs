//! Logging in, registering, being refused, and the end.

use napster_codec::Profile;
use napster_codec::session::{Account, ClientEvent, LoginRefusal, NickState, Outcome, UserError};
use napster_codec::{ProfileEntry, ProfileKey};

use crate::script::{Script, account, finished};

#[test]
fn a_known_nick_logs_in() {
    let mut script = Script::new();
    let request = script.client.login(script.now, account()).unwrap();
    assert_eq!(script.take_sent(), [r#"2 alice s3cret 6699 "nap v0.8" 3"#]);
    assert!(!script.client.is_logged_in());
    script.hear("3 alice@example.net");
    let events = script.take_events();
    let [ClientEvent::LoggedIn { email, packet }, end] = &events[..] else { panic!("{events:?}") };
    assert_eq!((email.as_bytes(), packet.code.0), (&b"alice@example.net"[..], 3));
    assert_eq!(finished(end), Some((request, Outcome::Done, 1)));
    assert!(script.client.is_logged_in());
    assert_eq!(script.client.email(), Some(&b"alice@example.net"[..]));
    // opennap 0.36: what follows a login.
    for line in ["621 VERSION opennap 0.36", "621", "214 2 6 1"] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::Motd { line, .. } if *line == "VERSION opennap 0.36")
    );
    assert!(matches!(&events[1], ClientEvent::Motd { line, .. } if *line == ""));
    let ClientEvent::ServerStats { stats, .. } = &events[2] else { panic!("{events:?}") };
    assert_eq!((stats.users, stats.files, stats.gigabytes), (2, 6, 1));
    assert_eq!(script.client.server_stats(), Some(*stats));
}

fn refused(line: &str) -> (LoginRefusal, Script) {
    let mut script = Script::new();
    let request = script.client.login(script.now, account()).unwrap();
    script.take_sent();
    script.hear(line);
    let events = script.take_events();
    let ends: Vec<_> = events.iter().filter_map(finished).collect();
    assert_eq!(ends.len(), 1, "{events:#?}");
    assert_eq!((ends[0].0, ends[0].1), (request, Outcome::Refused), "{line}");
    let refusal = events.iter().find_map(|event| match event {
        ClientEvent::LoginRefused { refusal, packet: Some(_) } => Some(refusal.clone()),
        _ => None,
    });
    assert!(!script.client.is_logged_in());
    (refusal.unwrap_or_else(|| panic!("{events:#?}")), script)
}

#[test]
fn refusals_are_told_apart() {
    let text = |text: &'static str| text.try_into().unwrap();
    let cases = [
        ("0 Invalid Password", LoginRefusal::Error(text("Invalid Password"))),
        ("0 alice is already active", LoginRefusal::Error(text("alice is already active"))),
        ("10", LoginRefusal::NickInvalid),
        (
            "13 user name or password not accepted",
            LoginRefusal::LoginError(text("user name or password not accepted")),
        ),
        ("404 This server is full", LoginRefusal::Notice(text("This server is full"))),
    ];
    for (line, expected) in cases {
        let (refusal, script) = refused(line);
        assert_eq!(refusal, expected, "{line}");
        let error = script.client.last_error().expect("an error");
        assert_eq!(line.split(' ').next(), Some(error.code.to_string().as_str()));
    }
}

#[test]
fn another_try_is_possible_while_the_connection_stands() {
    let (_, mut script) = refused("404 try again");
    script.client.login(script.now, account()).unwrap();
    script.hear("3 anon@main.napster.test");
    assert!(script.client.is_logged_in());
}

#[test]
fn a_login_that_is_not_answered_is_over() {
    let mut script = Script::new();
    script.client.login(script.now, account()).unwrap();
    assert_eq!(script.client.poll_timeout(), Some(script.now + std::time::Duration::from_secs(60)));
    script.wait(59);
    assert_eq!(script.take_events(), []);
    script.wait(1);
    let events = script.take_events();
    let late = ClientEvent::LoginRefused { refusal: LoginRefusal::TimedOut, packet: None };
    assert_eq!(events[0], late);
    assert_eq!(finished(&events[1]).map(|end| end.1), Some(Outcome::TimedOut));
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn a_notice_about_something_else_does_not_refuse_the_login() {
    let mut script = Script::new();
    let version = "2.0".try_into().unwrap();
    script.client.send(script.now, napster_codec::message::VersionCheck { version }).unwrap();
    script.client.login(script.now, account()).unwrap();
    // opennap 0.36 does not know message 4 before the login.
    script.hear("404 Unknown command code 4");
    let events = script.take_events();
    assert!(!events.iter().any(|event| matches!(event, ClientEvent::LoginRefused { .. })));
    script.hear("3 a@b");
    assert!(script.client.is_logged_in());
}

#[test]
fn a_new_nick_is_registered_with_its_questionnaire() {
    let entry = |key, value: &'static str| ProfileEntry { key, value: value.try_into().unwrap() };
    let profile =
        Profile::new(vec![entry(ProfileKey::Name, "Ann"), entry(ProfileKey::City, "Bonn")]);
    let email = Some("alice@example.net".try_into().unwrap());
    let account = Account { email, profile: Some(profile), ..account() };
    let mut script = Script::new();
    script.client.register(script.now, account).unwrap();
    assert_eq!(script.take_sent(), ["7 alice"]);
    script.hear("8");
    let events = script.take_events();
    assert!(matches!(events[0], ClientEvent::NickChecked { state: NickState::Available, .. }));
    assert_eq!(script.take_sent(), [r#"6 alice s3cret 6699 "nap v0.8" 3 alice@example.net"#]);
    script.hear("3 alice@example.net");
    assert!(script.client.is_logged_in());
    assert_eq!(script.take_sent(), ["14 NAME:Ann CITY:Bonn"]);
}

#[test]
fn a_nick_that_cannot_be_registered_is_told() {
    for (line, state, refusal) in [
        ("9", NickState::Taken, LoginRefusal::NickTaken),
        ("10", NickState::Invalid, LoginRefusal::NickInvalid),
    ] {
        let mut script = Script::new();
        script.client.register(script.now, account()).unwrap();
        script.take_sent();
        script.hear(line);
        let events = script.take_events();
        assert!(matches!(&events[0], ClientEvent::NickChecked { state: s, .. } if *s == state));
        assert!(
            matches!(&events[1], ClientEvent::LoginRefused { refusal: r, .. } if *r == refusal)
        );
        assert_eq!(script.take_sent(), [""; 0]);
        // The connection stays open for another nick.
        script.client.check_nick(script.now, b"bob").unwrap();
        assert_eq!(script.take_sent(), ["7 bob"]);
    }
}

#[test]
fn what_needs_a_login_is_refused_before_it() {
    let mut script = Script::new();
    assert_eq!(script.client.search(script.now, b"x"), Err(UserError::NotLoggedIn));
    assert_eq!(script.client.join(script.now, b"Lobby"), Err(UserError::NotLoggedIn));
    assert!(script.client.check_password(script.now, b"alice", b"s3cret").is_ok());
    script.hear("12");
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Answer { packet, .. } if packet.code.0 == 12));
    script.client.login(script.now, account()).unwrap();
    assert_eq!(script.client.login(script.now, account()), Err(UserError::AlreadyLoggedIn));
    assert_eq!(script.client.register(script.now, account()), Err(UserError::AlreadyLoggedIn));
}

#[test]
fn the_end_of_the_connection_ends_all_that_is_open() {
    let mut script = Script::logged_in();
    let search = script.client.search(script.now, b"x").unwrap();
    script.client.download(script.now, b"bob", b"a.mp3", None).unwrap();
    script.client.handle_close(script.now);
    let events = script.take_events();
    assert!(matches!(events[0], ClientEvent::DownloadFailed { .. }));
    assert_eq!(finished(&events[1]), Some((search, Outcome::Disconnected, 0)));
    assert_eq!(events[2..], [ClientEvent::Disconnected]);
    assert!(script.client.is_closed());
    script.hear("214 1 2 3");
    script.client.handle_close(script.now);
    assert_eq!(script.take_events(), []);
    assert_eq!(script.client.search(script.now, b"x"), Err(UserError::Closed));
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn a_killed_client_hears_why() {
    let mut script = Script::logged_in();
    for line in [
        "748",
        "404 You were killed by boss: spam",
        "316 0",
        "821 nap2.example.net 8888",
        "822 meta.example.net:8875",
    ] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(matches!(events[0], ClientEvent::Ghost { .. }));
    assert!(
        matches!(&events[1], ClientEvent::Notice { text, .. } if *text == "You were killed by boss: spam")
    );
    assert!(matches!(events[2], ClientEvent::Disconnecting { .. }));
    assert!(
        matches!(&events[3], ClientEvent::Redirected { host, port: 8888, .. } if *host == "nap2.example.net")
    );
    assert!(
        matches!(&events[4], ClientEvent::Cycled { metaserver, .. } if *metaserver == "meta.example.net:8875")
    );
}

#[test]
fn the_account_can_be_changed() {
    let mut script = Script::logged_in();
    let now = script.now;
    script.client.change_password(now, b"n3w").unwrap();
    script.client.change_email(now, b"a@b.c").unwrap();
    script.client.change_link_type(now, napster_codec::LinkType::T1).unwrap();
    script.client.set_data_port(now, 0).unwrap();
    assert_eq!(script.take_sent(), ["701 n3w", "702 a@b.c", "700 9", "703 0"]);
    assert!(script.client.is_firewalled());
    // The server orders a port; the caller obeys by telling it.
    script.hear("613 6700");
    let events = script.take_events();
    assert!(matches!(events[0], ClientEvent::DataPortOrdered { port: 6700, .. }));
    script.client.set_data_port(now, 6700).unwrap();
    assert_eq!((script.client.data_port(), script.client.is_firewalled()), (6700, false));
    script.hear("626 bob");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::DataPortUnreachable { reporter, .. } if *reporter == "bob")
    );
}
