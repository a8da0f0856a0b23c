//! Accounts that are taken out and put back, and passwords that only the caller can check.

use std::time::Duration;

use napster_codec::UserLevel;
use napster_codec::session::{
    AccountState, ConnectionId, Refusal, RegisteredUser, Server, ServerConfig, ServerEvent,
    StoredPassword,
};

use super::dialogues::config;
use super::world::{World, said};

fn hashed(nick: &str) -> AccountState {
    AccountState::new(RegisteredUser {
        nick: nick.as_bytes().to_vec(),
        password: StoredPassword::Hashed(b"h4sh".to_vec()),
        email: None,
        level: UserLevel::Moderator,
    })
}

/// A server that cannot check the password of mia by itself.
fn asking() -> World {
    let mut world = World::new(ServerConfig::new("nap.example.net"));
    assert!(world.server.restore_account(hashed("mia")));
    world
}

/// The checks that the caller was asked for: who waits, and the password.
fn asked(world: &World) -> Vec<(ConnectionId, Vec<u8>)> {
    let checks = world.events.iter().filter_map(|event| match event {
        ServerEvent::CheckPassword { connection, hash, password } => {
            assert_eq!(hash, b"h4sh");
            Some((*connection, password.as_bytes().to_vec()))
        }
        _ => None,
    });
    checks.collect()
}

#[test]
fn what_is_known_of_accounts_goes_from_one_server_to_the_next() {
    let mut config = config();
    config.unix_time_at_zero = 975_000_000;
    let mut world = World::new(config);
    let before = world.server.accounts_revision();
    let adam = world.log_in("10.0.0.4:1", "adam pw 6699 \"nap v0.8\" 3");
    let rita = world.log_in("10.0.0.5:1", "rita pw 6699 \"nap v0.8\" 3");
    world.say(rita, 218, "");
    world.say(rita, 219, "");
    world.say(rita, 701, "newpw");
    world.say(adam, 10050, "rita \"muzzled criminal\"");
    world.say(adam, 611, "lee");
    world.wait(Duration::from_secs(5));
    world.leave(rita);
    assert_ne!(world.server.accounts_revision(), before);

    let states: Vec<AccountState> = world.server.account_states().cloned().collect();
    assert_eq!(states.len(), 4);
    let mut next = Server::new(ServerConfig::new("nap2.example.net"));
    for state in &states {
        assert!(next.restore_account(state.clone()));
    }
    assert!(next.account_states().eq(&states));
    let rita = next.account_states().find(|state| state.user.nick == b"rita").expect("rita");
    assert_eq!(rita.user.password, StoredPassword::Clear(b"newpw".to_vec()));
    assert!(rita.is_muzzled && rita.is_criminal && !rita.is_friend);
    assert_eq!((rita.last_seen, rita.total_downloads), (975_000_005, 1));
}

#[test]
fn only_what_could_be_registered_is_restored() {
    let mut config = ServerConfig::new("nap.example.net");
    config.limits.accounts = 1;
    let mut server = Server::new(config);
    assert!(!server.restore_account(hashed("two words")));
    assert!(server.restore_account(hashed("mia")) && server.restore_account(hashed("MIA")));
    assert!(!server.restore_account(hashed("max")), "there is room for one");
}

#[test]
fn a_login_waits_until_its_password_is_checked() {
    let mut world = asking();
    let mia = world.connect("10.0.0.1:1");
    world.say(mia, 2, "Mia s3cret 6699 \"TekNap-1.3g\" 7");
    assert_eq!(asked(&world), [(mia, b"s3cret".to_vec())]);
    let shown = format!("{:?}", world.events);
    assert!(!shown.contains("s3cret"), "{shown}");
    // What is sent meanwhile is neither lost nor obeyed too early.
    world.say(mia, 100, "\"a.mp3\" 0 1 128 44100 1");
    world.say(mia, 214, "");
    assert_eq!(world.hear(mia), said([]));
    world.checked(mia, true);
    let heard: Vec<u16> = world.hear(mia).iter().map(|said| said.0).collect();
    assert_eq!(heard, [3, 621, 214, 404, 214]);
    assert_eq!(world.server.counts(), (1, 1, 1));
    // An answer that nobody waits for changes nothing.
    world.checked(mia, false);
    assert!(!world.is_closed(mia));
}

#[test]
fn a_wrong_password_is_refused_when_that_is_known() {
    let mut world = asking();
    let eve = world.connect("10.0.0.1:1");
    world.say(eve, 2, "mia guess 6699 \"nap v0.8\" 7");
    world.say(eve, 214, "");
    world.checked(eve, false);
    assert_eq!(world.hear(eve), said([(0, "Invalid Password")]));
    assert!(world.is_closed(eve));
    let refused = |event: &ServerEvent| {
        matches!(event, ServerEvent::Refused { refusal: Refusal::InvalidPassword, .. })
    };
    assert!(world.events.iter().any(refused));

    // The same with the check of a password, after which the connection stays.
    let mia = world.connect("10.0.0.1:2");
    for (password, is_right, answer) in
        [("guess", false, vec![]), ("s3cret", true, said([(12, "")]))]
    {
        world.say(mia, 11, &format!("mia {password}"));
        world.checked(mia, is_right);
        assert_eq!(world.hear(mia), answer);
    }
    assert!(!world.is_closed(mia));
}

#[test]
fn who_waits_may_send_only_so_much_and_not_for_ever() {
    let mut config = ServerConfig::new("nap.example.net");
    config.limits.inbox = 100;
    let mut world = World::new(config);
    world.server.restore_account(hashed("mia"));
    let hasty = world.connect("10.0.0.1:1");
    world.say(hasty, 2, "mia s3cret 6699 \"nap v0.8\" 7");
    world.say(hasty, 205, &"x".repeat(120));
    let told = said([(0, "too much was sent before the login was answered")]);
    assert_eq!(world.hear(hasty), told);
    assert!(world.is_closed(hasty));

    let slow = world.connect("10.0.0.1:2");
    world.say(slow, 2, "mia s3cret 6699 \"nap v0.8\" 7");
    world.wait(Duration::from_secs(61));
    assert_eq!(world.hear(slow), said([(0, "no login within 60 seconds")]));
    world.checked(slow, true);
    assert_eq!(world.server.counts(), (0, 0, 0), "it is too late");
}

#[test]
fn a_check_against_another_hash_proves_nothing() {
    let mut world = asking();
    let mia = world.connect("10.0.0.1:1");
    world.say(mia, 2, "mia s3cret 6699 \"nap v0.8\" 7");
    let mut state = hashed("mia");
    state.user.password = StoredPassword::Clear(b"other".to_vec());
    world.server.restore_account(state);
    world.checked(mia, true);
    assert_eq!(world.hear(mia), said([(0, "Invalid Password")]));

    // A password in clear text becomes what the caller makes of it, if it is still the same.
    assert!(!world.server.set_password_hash(b"mia", b"former", b"h4sh".to_vec()));
    assert!(world.server.set_password_hash(b"mia", b"other", b"h4sh".to_vec()));
    assert!(!world.server.set_password_hash(b"mia", b"other", b"h4sh".to_vec()));
    let again = world.connect("10.0.0.1:2");
    world.say(again, 2, "mia other 6699 \"nap v0.8\" 7");
    assert_eq!(asked(&world).last(), Some(&(again, b"other".to_vec())));
}
