//! What real clients said to real servers is said to ours, and the answers are compared.
//!
//! The sessions were captured from TekNap, `MP3::Napster` (its own self-test of 47 steps among them),
//! bangbangnapster and scripts, on OpenNap 0.36, `MP3::Napster`'s test server and bangbangnapster's.
//! Where a capture has only one side of the net, the others do what the programs' logs and the
//! answers tell of them.
//! Whatever ours answers differently is named in the lists below, with the reason.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use napster_codec::UserLevel;
use napster_codec::session::{ConnectionId, FixedChannel, RegisteredUser, ServerConfig};
use serde_json::Value;

use super::world::{Said, World};

/// A difference that is meant: the client's address, what the real server said, what ours says.
type Meant<'m> = (&'m str, Option<(u16, &'m str)>, Option<(u16, &'m str)>);

#[test]
fn mp3_napsters_self_test_gets_what_it_expects() {
    let mut config = ServerConfig::new("napster.com");
    config.motd = vec![
        b"Welcome to the teeny tiny napster server.".to_vec(),
        b"Anything goes here because nothing's happening!".to_vec(),
    ];
    for (name, topic) in [
        ("Alternative", "The horny adolescents-looking-for-cybersex channel"),
        ("Classical", "The completely empty channel"),
        ("Hiphop", "The horny adolescents channel"),
        ("Lobby", "The \"what do the colored dots mean?\" channel"),
    ] {
        let (name, topic) = (name.as_bytes().to_vec(), topic.as_bytes().to_vec());
        config.channels.push(FixedChannel { name, topic });
    }
    let meant: &[Meant<'_>] = &[
        // The test server sends no counters, and less than the servers of the time at ends of lists.
        ("127.0.0.1:49440", None, Some((214, "1 0 0"))),
        ("127.0.0.1:49448", None, Some((214, "2 0 0"))),
        ("127.0.0.1:59444", None, Some((214, "3 2 0"))),
        ("127.0.0.1", Some((409, "")), Some((409, "Alternative"))),
        ("127.0.0.1:49440", Some((213, "")), Some((213, "lstein"))),
        ("127.0.0.1:49440", Some((213, "")), Some((213, "plugh"))),
        ("127.0.0.1:49440", Some((213, "")), Some((213, "firewall"))),
        // It leaves out the blank that OpenNap puts between the quotes, but takes it.
        (
            "127.0.0.1:49440",
            Some((604, r#"lstein "User" 0 "" "Active" 0 0 0 8 "v2.0""#)),
            Some((604, r#"lstein "User" 0 " " "Active" 0 0 0 8 "v2.0""#)),
        ),
        // It was stopped before anybody left.
        ("127.0.0.1:49440", None, Some((407, "Alternative firewall 1 10"))),
        ("127.0.0.1:49448", None, Some((407, "Alternative firewall 1 10"))),
        ("127.0.0.1:49448", None, Some((407, "Alternative lstein 0 8"))),
    ];
    replay("perl-selftest-miniserver", config, meant);
}

#[test]
fn teknap_gets_what_opennap_told_it() {
    replay("tek36-short", opennap("main"), &[]);
}

#[test]
fn teknap_shares_many_files() {
    replay("tek36-manyfiles", opennap("many"), &[]);
}

#[test]
fn logins_go_as_on_opennap() {
    let meant: &[Meant<'_>] = &[
        // OpenNap ends the session for a profile before the login; clients send it behind.
        ("10.77.0.13:50672", Some((0, "invalid command")), None),
        // The capability of late clients is no reason to close either.
        ("10.77.0.13:50686", Some((0, "invalid command")), None),
        // OpenNap closes without a word.
        ("10.77.0.13:50710", None, Some((0, "parameters are unparsable"))),
        // Both port and speed are wrong.
        ("10.77.0.13:50720", Some((0, "invalid speed")), Some((0, "invalid port"))),
    ];
    replay("on36-script-login", opennap("main"), meant);
}

#[test]
fn files_are_shared_found_and_listed_as_on_opennap() {
    let by_name = concat!(
        r#"newbie "C:\Music" "#,
        r#""Sneaker Pimps - tesko suicide.mp3" c4ca4238a0b923820dcc509a6f75849b-81920 "#,
        r#"81920 128 44100 5 "#,
        r#""random band - generic cowboy song.mp3" c81e728d9d4c2f636f067f89cc14862c "#,
        r#"443332 160 48000 60 "unquoted.mp3" eccbc87e4b5ce2fe28308fd9f2a7baf3 12345 128 44100 1"#,
    );
    let hashed = concat!(
        r#"newbie "C:\Music" "#,
        r#""random band - generic cowboy song.mp3" c81e728d9d4c2f636f067f89cc14862c "#,
        r#"443332 160 48000 60 "#,
        r#""Sneaker Pimps - tesko suicide.mp3" c4ca4238a0b923820dcc509a6f75849b-81920 "#,
        r#"81920 128 44100 5 "unquoted.mp3" eccbc87e4b5ce2fe28308fd9f2a7baf3 12345 128 44100 1"#,
    );
    let manual = r#""C:\docs\manual pages.txt" 8f14e45fceea167a5a36dedd4bea2543 77777 8 16000 0 fwall 218123530 4"#;
    let alpha = r#""D:\shared\my music\alpha beta.mp3" a87ff679a2f3e71d9181a67b7542122c 700001 128 44100 44 fwall 218123530 4"#;
    let meant: &[Meant<'_>] = &[
        // Files of one message come in another order.
        ("10.77.0.11", Some((10302, hashed)), Some((10302, by_name))),
        // OpenNap knows no direct browse.
        ("10.77.0.11", Some((404, "Unknown command code 640")), None),
        ("10.77.0.11", Some((404, "Unknown command code 641")), None),
        ("10.77.0.12", None, Some((640, "boss"))),
        ("10.77.0.12", None, Some((641, "boss 184569098 6699"))),
        // It refuses EXCLUDES and ANY, which opennap-ng has, and bare words.
        ("10.77.0.12", Some((404, "invalid search request")), Some((201, alpha))),
        ("10.77.0.12", Some((404, "ANY: invalid type for search")), Some((201, manual))),
        ("10.77.0.12", Some((404, "invalid search request")), None),
        // Quotes within a name are read where what follows decides where it ends.
        ("10.77.0.13", Some((404, "invalid search request")), None),
    ];
    replay("on36-script-share-search-browse", opennap("main"), meant);
}

#[test]
fn people_talk_as_on_opennap() {
    replay("on36-script-social", opennap("main"), &[]);
}

#[test]
fn mp3_napsters_simple_download_gets_what_opennap_told_it() {
    // Somebody behind a wall shares six files; the answers name two of them.
    let mut world = World::new(opennap("main"));
    let sharer = world.log_in("10.77.0.12:1", "sharer pw 0 \"v2.0\" 7");
    for file in [
        r#""Z:\nap\Beatles - Hey Noise.mp3" 94770ce798863a09149b0d18e42b526a 41358 160 44100 2"#,
        r#""Z:\nap\The Beatles Tribute - Yellow Noise.mp3" 968dc14e5c8aeaf081752d75035f7737 49000 128 44100 3"#,
        r#""Z:\nap\Beatles - Too Low.mp3" 0 1 112 44100 1"#,
        r#""Z:\nap\One.mp3" 0 1 128 44100 1"#,
        r#""Z:\nap\Two.mp3" 0 1 128 44100 1"#,
        r#""Z:\nap\Three.mp3" 0 1 128 44100 1"#,
    ] {
        world.say(sharer, 100, file);
    }
    let meant: &[Meant<'_>] = &[
        // OpenNap 0.36 does not know that all files can be withdrawn at once.
        ("10.77.0.11", Some((404, "Unknown command code 110")), Some((110, "0"))),
    ];
    replay_in(world, "perl36-simple-download", meant);
}

#[test]
fn bangbangnapster_is_served() {
    let mut world = World::new(ServerConfig::new("nap.example.net"));
    let owner = world.log_in(
        "10.88.0.2:1",
        "determined-weenie-magenta-owl nopass 6699 \"bangbangnapster 0.1\" 3",
    );
    for file in [
        r#""Test Tones - E.mp3" 0558c19a8d975932af6d7e7933901654 12383 128 44100 60"#,
        r#""bark.mp3" 78e8e06582779fc6f793e7facfd11574 5312 128 44100 60"#,
    ] {
        world.say(owner, 100, file);
    }
    let tones = r#""Test Tones - E.mp3" 0558c19a8d975932af6d7e7933901654 12383 128 44100 60"#;
    let bark = r#""bark.mp3" 78e8e06582779fc6f793e7facfd11574 5312 128 44100 60"#;
    let meow = r#""meow.mp3" 741a88f5f415ba672afeceb667901281 20864 128 44100 60"#;
    // Its server writes addresses with the highest byte first, unlike all others.
    let big = |file| format!("{file} determined-weenie-magenta-owl 173539330 3");
    let little = |file| format!("{file} determined-weenie-magenta-owl 33576970 3");
    let (theirs, ours) = ([big(tones), big(bark)], [little(tones), little(bark)]);
    // It gives a searcher his own files.
    let own = format!("{meow} upset-young-purple-badger 173539331 3");
    let client = "10.88.0.3";
    let meant: &[Meant<'_>] = &[
        (client, Some((3, "noemailstored@here.com")), Some((3, "anon@nap.example.net"))),
        // It sends no counters.
        (client, None, Some((214, "2 2 0"))),
        (client, Some((201, &theirs[0])), Some((201, &ours[0]))),
        (client, Some((201, &theirs[0])), Some((201, &ours[0]))),
        (client, Some((201, &theirs[1])), Some((201, &ours[1]))),
        (client, Some((201, &own)), None),
    ];
    replay_in(world, "bbn-rawip", meant);
}

fn opennap(name: &str) -> ServerConfig {
    let mut config = ServerConfig::new(&format!("{name}.napster.test"));
    config.hash_channels = true;
    config.motd = ["", "Line three of the message of the day, with \"quotes\" and  two  spaces"]
        .map(|line| line.as_bytes().to_vec())
        .into();
    config.motd.insert(0, format!("Welcome to {name}.napster.test").into_bytes());
    for (nick, password, level) in [
        ("boss", "bosspass", UserLevel::Elite),
        ("marge", "modpass", UserLevel::Moderator),
        ("regular", "regpass", UserLevel::User),
    ] {
        config.accounts.push(RegisteredUser {
            nick: nick.as_bytes().to_vec(),
            password: password.as_bytes().into(),
            email: Some(format!("{nick}@napster.test").into_bytes()),
            level,
        });
    }
    config
}

/// Says everything in the order of the capture, and compares what each client hears.
fn replay(name: &str, config: ServerConfig, meant: &[Meant<'_>]) {
    replay_in(World::new(config), name, meant);
}

/// The same where somebody is there already.
fn replay_in(mut world: World, name: &str, meant: &[Meant<'_>]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/sessions");
    let text = fs::read_to_string(path.join(format!("{name}.json"))).expect("a session");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let sessions = document["sessions"].as_array().expect("a list");

    let mut ids: BTreeMap<&str, ConnectionId> = BTreeMap::new();
    let mut waiting: Vec<(ConnectionId, &str)> = Vec::new();
    for (_, step) in steps(sessions) {
        match step {
            Step::Say { client, code, payload } => {
                let id = *ids.entry(client).or_insert_with(|| world.connect(client));
                // An owner agrees when he is asked; the test server asks earlier than others.
                if code == 608 && !world.has_heard(id, 607, payload) {
                    waiting.push((id, payload));
                    continue;
                }
                world.say(id, code, payload);
                waiting.retain(|(owner, payload)| {
                    let is_asked = world.has_heard(*owner, 607, payload);
                    if is_asked {
                        world.say(*owner, 608, payload);
                    }
                    !is_asked
                });
            }
            Step::Leave { client } => {
                if let Some(id) = ids.get(client) {
                    world.leave(*id);
                }
            }
        }
    }
    let mut differences = String::new();
    for session in sessions {
        let client = session["client"].as_str().expect("an address");
        let mut theirs: Vec<Said> = messages(session)
            .filter(|(_, direction, ..)| *direction == "S")
            .map(|(_, _, code, payload)| (code, payload.to_owned()))
            .collect();
        let mut ours = world.hear(ids[client]);
        for (_, real, own) in meant.iter().filter(|(of, ..)| client.starts_with(of)) {
            expect(&mut theirs, &mut ours, *real, *own);
        }
        let (theirs, ours) = (normalised(theirs), normalised(ours));
        if theirs != ours {
            differences += &format!("--- {client}\n{}", compare(&theirs, &ours));
        }
    }
    assert!(differences.is_empty(), "{name}\n{differences}");
}

/// Puts our answer in the place of theirs; takes out what only one of the servers says.
fn expect(
    theirs: &mut Vec<Said>,
    ours: &mut Vec<Said>,
    real: Option<(u16, &str)>,
    own: Option<(u16, &str)>,
) {
    let find = |list: &[Said], (code, payload): (u16, &str)| {
        let at = list.iter().position(|said| said.0 == code && said.1 == payload);
        at.unwrap_or_else(|| panic!("{code} {payload} is there"))
    };
    let own_at = own.map(|own| find(ours, own));
    match (real.map(|real| find(theirs, real)), own_at) {
        (Some(real), Some(own)) => theirs[real].clone_from(&ours[own]),
        (Some(real), None) => drop(theirs.remove(real)),
        (None, Some(own)) => drop(ours.remove(own)),
        (None, None) => {}
    }
}

/// What cannot be the same: programs' names, times, counts that include oneself or not; and the order
/// of lists, which is not told anywhere.
fn normalised(messages: Vec<Said>) -> Vec<Said> {
    const LISTS: [u16; 6] = [201, 212, 408, 618, 825, 832];
    let mut messages: Vec<Said> = messages
        .into_iter()
        .filter(|(code, payload)| *code != 621 || !payload.starts_with("VERSION "))
        .map(|(code, payload)| {
            let mut words: Vec<&str> = payload.split(' ').collect();
            let ignored: &[usize] = match code {
                // Users: opennap greets before it counts.
                214 => &[0],
                // How long on line.
                604 => &[2],
                // When last seen.
                605 => &[2],
                _ => &[],
            };
            for place in ignored {
                words[*place] = "?";
            }
            (code, words.join(" "))
        })
        .collect();
    for run in messages.chunk_by_mut(|one, other| one.0 == other.0) {
        if run.first().is_some_and(|said| LISTS.contains(&said.0)) {
            run.sort();
        }
    }
    messages
}

fn compare(theirs: &[Said], ours: &[Said]) -> String {
    let mut text = String::new();
    let mut ours: Vec<&Said> = ours.iter().collect();
    for said in theirs {
        match ours.iter().position(|own| *own == said) {
            Some(at) => {
                for extra in ours.drain(..=at).take(at) {
                    text += &format!("only ours:   {} {}\n", extra.0, extra.1);
                }
            }
            None => text += &format!("only theirs: {} {}\n", said.0, said.1),
        }
    }
    for extra in ours {
        text += &format!("only ours:   {} {}\n", extra.0, extra.1);
    }
    text
}

enum Step<'j> {
    Say { client: &'j str, code: u16, payload: &'j str },
    Leave { client: &'j str },
}

/// Everything that clients do, in the order of the frames.
fn steps(sessions: &[Value]) -> Vec<(u64, Step<'_>)> {
    let mut steps = Vec::new();
    for session in sessions {
        let client = session["client"].as_str().expect("an address");
        for (frame, direction, code, payload) in messages(session) {
            if direction == "C" {
                steps.push((frame, Step::Say { client, code, payload }));
            }
        }
        let last = session["last_frame"].as_u64().expect("a number");
        steps.push((last, Step::Leave { client }));
    }
    steps.sort_by_key(|(frame, _)| *frame);
    steps
}

fn messages(session: &Value) -> impl Iterator<Item = (u64, &str, u16, &str)> {
    session["messages"].as_array().expect("a list").iter().map(|message| {
        let code = message[2].as_u64().and_then(|code| u16::try_from(code).ok());
        (
            message[0].as_u64().expect("a frame"),
            message[1].as_str().expect("a direction"),
            code.expect("a code"),
            message[3].as_str().expect("a payload"),
        )
    })
}
