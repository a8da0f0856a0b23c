//! The dialogues of a client and the server, one after the other.

use napster_codec::UserLevel;
use napster_codec::session::{ConnectionId, Refusal, RegisteredUser, ServerConfig, ServerEvent};

use super::world::{Said, World, said};

/// A file as message 100 tells it, in which tests find parts.
const SONG: &str =
    r#""C:\music\Tones - Hey Noise.mp3" 94770ce798863a09149b0d18e42b526a 41358 160 44100 2"#;
const FILE: &str = r#""C:\music\Tones - Hey Noise.mp3""#;

pub(super) fn world() -> World {
    World::new(config())
}

/// A server with one account of each level.
pub(super) fn config() -> ServerConfig {
    let mut config = ServerConfig::new("nap.example.net");
    for (nick, level) in [
        ("elly", UserLevel::Elite),
        ("adam", UserLevel::Admin),
        ("mona", UserLevel::Moderator),
        ("lee", UserLevel::Leech),
        ("rita", UserLevel::User),
    ] {
        config.accounts.push(RegisteredUser {
            nick: nick.as_bytes().to_vec(),
            password: b"pw"[..].into(),
            email: Some(format!("{nick}@example.net").into_bytes()),
            level,
        });
    }
    config
}

/// Two users: one at 10.0.0.1 listening on 6699, one at 10.0.0.2 on that port.
pub(super) fn pair(world: &mut World, second_port: u16) -> (ConnectionId, ConnectionId) {
    let ann = world.log_in("10.0.0.1:1000", "ann pw 6699 \"nap v0.8\" 3");
    let bob = world.log_in("10.0.0.2:1000", &format!("bob pw {second_port} \"nap v0.8\" 7"));
    (ann, bob)
}

fn nothing() -> Vec<Said> {
    Vec::new()
}

#[test]
fn a_login_is_greeted() {
    let mut world = world();
    let ann = world.connect("10.0.0.1:1000");
    let heard = world.ask(ann, 2, "ann s3cret 6699 \"nap v0.8\" 3");
    let version = concat!("VERSION napster-codec ", env!("CARGO_PKG_VERSION"));
    let expected = said([(3, "anon@nap.example.net"), (621, version), (214, "1 0 0")]);
    assert_eq!(heard, expected);
    assert_eq!(
        world.ask(ann, 2, "ann s3cret 6699 \"nap v0.8\" 3"),
        said([(404, "you are already logged in")])
    );
}

#[test]
fn a_nick_is_registered_once() {
    let mut world = world();
    let ann = world.connect("10.0.0.1:1000");
    assert_eq!(world.ask(ann, 7, "ann"), said([(8, "")]));
    assert_eq!(world.ask(ann, 7, "RITA"), said([(9, "")]));
    assert_eq!(world.ask(ann, 7, "no good"), said([(10, "")]));
    let heard = world.ask(ann, 6, "ann s3cret 6699 \"nap v0.8\" 3 ann@example.org");
    assert_eq!(heard.first(), Some(&(3, "ann@example.org".to_owned())));
    world.leave(ann);

    let other = world.connect("10.0.0.2:1000");
    assert_eq!(world.ask(other, 7, "Ann"), said([(9, "")]));
    assert_eq!(world.ask(other, 11, "ann s3cret"), said([(12, "")]));
    assert_eq!(world.ask(other, 11, "ann wrong"), nothing());
    let heard = world.ask(other, 6, "ANN mine 6699 \"nap v0.8\" 3 x@example.org");
    assert_eq!(heard, said([(0, "account registered to another user")]));
    assert!(world.is_closed(other));
    let again = world.connect("10.0.0.2:1001");
    assert_eq!(
        world.ask(again, 2, "ann mine 6699 \"nap v0.8\" 3"),
        said([(0, "Invalid Password")])
    );
    let last = world.connect("10.0.0.2:1002");
    let heard = world.ask(last, 2, "ann s3cret 6699 \"nap v0.8\" 3");
    assert_eq!(heard.first(), Some(&(3, "ann@example.org".to_owned())));
}

#[test]
fn only_registered_nicks_where_the_server_says_so() {
    let mut config = ServerConfig::new("nap.example.net");
    config.registered_only = true;
    let mut world = World::new(config);
    let ann = world.connect("10.0.0.1:1000");
    let heard = world.ask(ann, 2, "ann pw 0 \"nap v0.8\" 3");
    assert_eq!(heard, said([(0, "only registered accounts allowed on this server")]));
    assert!(world.is_closed(ann));
}

#[test]
fn a_lost_connection_is_replaced_and_a_stranger_is_not_let_in() {
    let mut world = world();
    let old = world.log_in("10.0.0.1:1000", "ann pw 0 \"nap v0.8\" 3");
    for (peer, password) in [("10.0.0.9:1000", "pw"), ("10.0.0.1:1001", "guess")] {
        let other = world.connect(peer);
        let heard = world.ask(other, 2, &format!("Ann {password} 0 \"nap v0.8\" 3"));
        assert_eq!(heard, said([(0, "Ann is already active")]));
        assert!(world.is_closed(other));
    }
    world.log_in("10.0.0.1:1002", "ann pw 0 \"nap v0.8\" 3");
    let text = "You were killed by nap.example.net: ghost";
    assert_eq!(world.hear(old), said([(748, ""), (404, text), (316, "0")]));
    assert!(world.is_closed(old));
}

#[test]
fn a_file_is_fetched_from_its_owner() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, SONG);
    assert_eq!(world.ask(ann, 203, &format!("bob {FILE}")), nothing());
    assert_eq!(world.hear(bob), said([(607, &format!("ann {FILE}"))]));
    assert_eq!(world.ask(bob, 608, &format!("ann {FILE}")), nothing());
    let address = format!("bob 33554442 6700 {FILE} 94770ce798863a09149b0d18e42b526a 7");
    assert_eq!(world.hear(ann), said([(204, &address)]));
    // An address is told once for each request.
    let heard = world.ask(bob, 608, &format!("ann {FILE}"));
    assert_eq!(heard, said([(404, "nobody has requested that file")]));
}

#[test]
fn a_firewalled_owner_connects_himself() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 0);
    world.say(bob, 100, SONG);
    let address = format!("bob 33554442 0 {FILE} 94770ce798863a09149b0d18e42b526a 7");
    assert_eq!(world.ask(ann, 203, &format!("bob {FILE}")), said([(204, &address)]));
    assert_eq!(world.ask(ann, 500, &format!("bob {FILE}")), nothing());
    assert_eq!(world.hear(bob), said([(607, &format!("ann {FILE}"))]));
    let order = format!("ann 16777226 6699 {FILE} 94770ce798863a09149b0d18e42b526a 3");
    assert_eq!(world.ask(bob, 608, &format!("ann {FILE}")), said([(501, &order)]));
    assert_eq!(world.hear(ann), nothing());
    // With both behind walls there is no way.
    world.say(ann, 703, "0");
    assert_eq!(world.ask(ann, 500, &format!("bob {FILE}")), said([(206, &format!("bob {FILE}"))]));
}

#[test]
fn requests_for_files_are_refused() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, SONG);
    let request = format!("bob {FILE}");
    assert_eq!(world.ask(ann, 203, "ghost \"a.mp3\""), said([(206, "ghost \"a.mp3\"")]));
    assert_eq!(world.ask(ann, 203, "bob \"a.mp3\""), said([(206, "bob \"a.mp3\"")]));
    assert_eq!(world.ask(ann, 203, "bob a.mp3"), said([(206, "bob \"a.mp3\"")]));
    assert_eq!(world.ask(ann, 500, &request), said([(404, "bob is not firewalled")]));

    for (code, refusal, told, payload) in [
        (619, format!("ann {FILE} 3"), 620, format!("bob {FILE} 41358 3")),
        (609, format!("ann {FILE}"), 609, request.clone()),
        (11, format!("ann {FILE}"), 206, request.clone()),
    ] {
        world.ask(ann, 203, &request);
        assert_eq!(world.ask(bob, code, &refusal).first().map(|said| said.0), None);
        assert_eq!(world.hear(ann), said([(told, &payload)]), "{code}");
    }

    let lee = world.log_in("10.0.0.3:1", "lee pw 1 \"nap v0.8\" 3");
    assert_eq!(world.ask(lee, 203, &request), said([(404, "permission denied: you are a leech")]));
    world.ask(bob, 322, "ann");
    assert_eq!(world.ask(ann, 203, &request), said([(404, "bob is ignoring you")]));
    assert_eq!(world.ask(ann, 626, "bob"), nothing());
    assert_eq!(world.hear(bob), said([(626, "ann")]));
}

#[test]
fn a_file_withdrawn_in_between_is_not_sent() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, SONG);
    world.say(ann, 203, &format!("bob {FILE}"));
    world.say(bob, 102, r"C:\music\Tones - Hey Noise.mp3");
    world.hear(bob);
    assert_eq!(world.ask(bob, 608, &format!("ann {FILE}")), said([(404, "Not sharing that file")]));
    assert_eq!(world.hear(ann), said([(206, &format!("bob {FILE}"))]));
}

#[test]
fn searches_follow_every_clause() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, r#""C:\m\Alpha - Smith.mp3" 0 100 128 44100 10"#);
    world.say(bob, 100, r#""C:\m\Alpha - Smyth (live).mp3" 0 200 192 48000 20"#);
    world.say(bob, 100, r#""C:\m\Beta - Jones.mp3" 0 300 320 44100 30"#);
    world.say(bob, 10300, r#""C:\m\Alpha cover.jpg" 400 0 image"#);
    for (query, expected) in [
        (r#"FILENAME CONTAINS "alpha""#, vec!["Smith", "Smyth"]),
        (r#"FILENAME CONTAINS "ALPHA smith""#, vec!["Smith"]),
        (r#"FILENAME CONTAINS "alpha" FILENAME CONTAINS "smyth""#, vec!["Smyth"]),
        (r#"FILENAME CONTAINS "alpha -live""#, vec!["Smith"]),
        (r#"FILENAME CONTAINS "mp3" FILENAME EXCLUDES "alpha""#, vec!["Jones"]),
        (r#"SOUNDEX CONTAINS "smithe""#, vec!["Smith", "Smyth"]),
        (r#"SOUNDEX CONTAINS "smithe" FILENAME EXCLUDES "live""#, vec!["Smith"]),
        (r#"FILENAME CONTAINS "mp3" MAX_RESULTS 1"#, vec!["Smith"]),
        (r#"FILENAME CONTAINS "mp3" BITRATE "AT LEAST" "192""#, vec!["Smyth", "Jones"]),
        (r#"FILENAME CONTAINS "mp3" BITRATE "AT BEST" "192""#, vec!["Smith", "Smyth"]),
        (r#"FILENAME CONTAINS "mp3" FREQ "EQUAL TO" "48000""#, vec!["Smyth"]),
        (r#"FILENAME CONTAINS "mp3" SIZE "AT LEAST" 300"#, vec!["Jones"]),
        (r#"FILENAME CONTAINS "mp3" DURATION "AT BEST" 10"#, vec!["Smith"]),
        (r#"FILENAME CONTAINS "mp3" LINESPEED "AT LEAST" 8"#, vec![]),
        (r#"FILENAME CONTAINS "alpha" LINESPEED "EQUAL TO" "7" "#, vec!["Smith", "Smyth"]),
        (r#"FILENAME CONTAINS "alpha" TYPE "image""#, vec!["cover"]),
        (r#"TYPE ANY FILENAME CONTAINS "alpha" LOCAL"#, vec!["Smith", "Smyth", "cover"]),
        ("beta", vec!["Jones"]),
        (r#"FILENAME CONTAINS "nothing""#, vec![]),
    ] {
        let mut heard = world.ask(ann, 200, query);
        assert_eq!(heard.pop(), Some((202, String::new())), "{query}");
        assert_eq!(heard.len(), expected.len(), "{query}: {heard:?}");
        for (result, part) in heard.iter().zip(expected) {
            assert!(result.0 == 201 && result.1.contains(part), "{query}: {result:?}");
        }
    }
    for query in ["", r#"BITRATE "AT LEAST" "128""#, r#"FILENAME CONTAINS """#] {
        let expected = said([(404, "invalid search request"), (202, "")]);
        assert_eq!(world.ask(ann, 200, query), expected, "{query}");
    }
    assert_eq!(world.ask(bob, 200, "beta"), said([(202, "")]), "nobody finds his own files");
}

#[test]
fn a_result_has_all_fields() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    world.say(bob, 100, SONG);
    let result = format!("{SONG} bob 33554442 7");
    let heard = world.ask(ann, 200, "FILENAME CONTAINS \"noise\" MAX_RESULTS 100 ");
    assert_eq!(heard, said([(201, &result), (202, "")]));
    let listed = format!("bob {SONG}");
    assert_eq!(world.ask(ann, 211, "BOB"), said([(212, &listed), (213, "BOB")]));
    assert_eq!(world.ask(ann, 211, "ghost"), said([(210, "ghost"), (213, "ghost")]));
    let source = format!("bob 33554442 6700 {FILE} 94770ce798863a09149b0d18e42b526a 41358 7");
    let request = "94770ce798863a09149b0d18e42b526a-299008 41358";
    assert_eq!(world.ask(ann, 215, request), said([(216, &source), (217, "")]));
    assert_eq!(world.ask(ann, 215, "94770ce798863a09149b0d18e42b526a 1"), said([(217, "")]));
    assert_eq!(world.ask(ann, 214, ""), said([(214, "2 1 0")]));
    assert_eq!(world.ask(bob, 110, ""), said([(110, "1")]));
    assert_eq!(world.ask(ann, 214, ""), said([(214, "2 0 0")]));
}

#[test]
fn a_directory_is_listed_in_groups() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    let entry = |name: &str| format!(r#""{name}.mp3" 0 1 128 44100 1"#);
    let names = ["a", "b", "c", "d", "e", "f", "g"].map(entry).join(" ");
    world.say(bob, 870, &format!(r#""C:\m" {names}"#));
    world.say(bob, 100, r#""C:\other\h.mp3" 0 1 128 44100 1"#);
    let heard = world.ask(ann, 10301, "bob");
    let six = ["a", "b", "c", "d", "e", "f"].map(entry).join(" ");
    let expected = [
        (10302, format!(r#"bob "C:\m" {six}"#)),
        (10302, format!(r#"bob "C:\m" {}"#, entry("g"))),
        (10302, format!(r#"bob "C:\other" {}"#, entry("h"))),
        (10301, "bob".to_owned()),
    ];
    assert_eq!(heard, expected);
    assert_eq!(world.ask(ann, 10301, "bob 1").len(), 2);
    assert_eq!(world.ask(ann, 211, "bob 2").len(), 3);
}

#[test]
fn lists_are_fetched_directly() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    assert_eq!(world.ask(ann, 640, "bob"), nothing());
    assert_eq!(world.hear(bob), said([(640, "ann")]));
    assert_eq!(world.ask(bob, 641, "ann"), nothing());
    assert_eq!(world.hear(ann), said([(641, "bob 33554442 6700")]));
    world.say(bob, 642, "ann \"not now\"");
    assert_eq!(world.hear(ann), said([(642, "bob \"not now\"")]));
    world.say(bob, 703, "0");
    world.say(ann, 640, "bob");
    assert_eq!(world.hear(bob), said([(640, "ann 16777226 6699")]));
    assert_eq!(world.ask(ann, 640, "ghost"), said([(404, "User is not currently online.")]));
}

#[test]
fn people_watch_each_other() {
    let mut world = world();
    let ann = world.log_in("10.0.0.1:1000", "ann pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(ann, 208, "Bob"), said([(301, "Bob")]));
    let bob = world.log_in("10.0.0.2:1000", "bob pw 0 \"nap v0.8\" 7");
    assert_eq!(world.hear(ann), said([(209, "bob 7")]));
    world.leave(bob);
    assert_eq!(world.hear(ann), said([(210, "bob")]));
    assert_eq!(world.ask(ann, 303, "bob"), nothing());
    world.log_in("10.0.0.2:1000", "bob pw 0 \"nap v0.8\" 7");
    assert_eq!(world.hear(ann), nothing());
    assert_eq!(world.ask(ann, 207, "bob"), said([(301, "bob"), (209, "bob 7")]));
}

#[test]
fn people_are_looked_up() {
    let mut world = world();
    let (ann, bob) = pair(&mut world, 6700);
    let mona = world.log_in("10.0.0.3:1000", "mona pw 6699 \"nap v0.8\" 3");
    let adam = world.log_in("10.0.0.4:1000", "adam pw 6699 \"nap v0.8\" 3");
    world.say(bob, 400, "Jazz");
    for code in [218, 220, 220, 221] {
        world.say(bob, code, "");
    }
    world.wait(std::time::Duration::from_secs(5));
    let short = r#"bob "User" 5 " Jazz " "Active" 0 1 1 7 "nap v0.8""#;
    assert_eq!(world.ask(ann, 603, "BOB"), said([(604, short)]));
    let long = format!("{short} 0 1 10.0.0.2 1000 6700 unknown");
    assert_eq!(world.ask(mona, 603, "bob"), said([(604, &long)]));
    assert_eq!(world.ask(adam, 603, "bob"), said([(604, &format!("{long} nap.example.net"))]));
    assert_eq!(world.ask(ann, 603, "rita"), said([(605, "rita \"User\" 0")]));
    assert_eq!(world.ask(ann, 603, "ghost"), said([(404, "User is not currently online.")]));
    assert_eq!(world.ask(ann, 600, "bob"), said([(601, "bob 7")]));
    assert_eq!(world.ask(ann, 751, "bob 12 34 "), nothing());
    assert_eq!(world.hear(bob).last(), Some(&(751, "ann 12 34 ".to_owned())));
    world.say(bob, 752, "ann 12 34 ");
    assert_eq!(world.hear(ann), said([(752, "bob 12 34 ")]));
    assert_eq!(world.ask(ann, 750, "x 1 2"), said([(750, "x 1 2")]));
}

#[test]
fn people_change_what_they_told() {
    let mut world = world();
    let (ann, rita) = {
        let (ann, _) = pair(&mut world, 6700);
        (ann, world.log_in("10.0.0.5:1000", "rita pw 1 \"nap v0.8\" 3"))
    };
    world.say(rita, 700, "9");
    assert_eq!(world.ask(ann, 600, "rita"), said([(601, "rita 9")]));
    assert_eq!(world.ask(rita, 700, "11"), said([(404, "invalid speed")]));
    world.say(rita, 701, "newpw");
    world.say(rita, 702, "rita@example.org");
    world.leave(rita);
    let wrong = world.connect("10.0.0.5:1001");
    assert_eq!(world.ask(wrong, 2, "rita pw 1 \"nap v0.8\" 3"), said([(0, "Invalid Password")]));
    let right = world.connect("10.0.0.5:1002");
    let heard = world.ask(right, 2, "rita newpw 1 \"nap v0.8\" 3");
    assert_eq!(heard.first(), Some(&(3, "rita@example.org".to_owned())));
}

#[test]
fn what_is_not_modelled_is_told_and_kept() {
    let mut world = world();
    let ann = world.log_in("10.0.0.1:1000", "ann pw 0 \"nap v0.8\" 3");
    assert_eq!(world.ask(ann, 4242, "x"), said([(404, "Unknown command code 4242")]));
    let kept = world.events.iter().any(|event| {
        matches!(event, ServerEvent::Unmodelled { packet, .. } if &packet.payload[..] == b"x")
    });
    assert!(kept);
    assert_eq!(world.ask(ann, 203, "bob"), said([(404, "parameters are unparsable")]));
    let last = world.events.last();
    let Some(ServerEvent::Refused { refusal: Refusal::Unparsable(_), .. }) = last else {
        panic!("{last:?}")
    };
}
