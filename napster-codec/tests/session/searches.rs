//! Searches, browses and shares.

use napster_codec::session::{ClientEvent, Outcome, SharedFile, Song};
use napster_codec::{Compare, Query};

use crate::script::{Script, finished};

const HIT: &str = r#""C:\Music\random band - generic cowboy song.mp3" c81e728d9d4c2f636f067f89cc14862c 443332 160 48000 60 newbie 201346314 8"#;

fn songs(events: &[ClientEvent]) -> Vec<&Song> {
    events.iter().filter_map(song).collect()
}

fn song(event: &ClientEvent) -> Option<&Song> {
    match event {
        ClientEvent::Song { song, .. } => Some(song),
        _ => None,
    }
}

#[test]
fn the_short_form_asks_for_words_and_the_long_one_for_all() {
    let mut script = Script::logged_in();
    script.client.search(script.now, b"joan baez").unwrap();
    assert_eq!(script.take_sent(), [r#"200 FILENAME CONTAINS "joan baez" MAX_RESULTS 100"#]);
    let query = Query::new()
        .filename_contains("some band")
        .unwrap()
        .max_results(50)
        .linespeed(Compare::AtLeast, 7)
        .bitrate(Compare::EqualTo, 128)
        .frequency(Compare::AtBest, 44100);
    script.client.search_with(script.now, query).unwrap();
    let sent = r#"200 FILENAME CONTAINS "some band" MAX_RESULTS 50 LINESPEED "AT LEAST" 7 BITRATE "EQUAL TO" "128" FREQ "AT BEST" "44100""#;
    assert_eq!(script.take_sent(), [sent]);
    assert!(script.client.search(script.now, b"with \" quote").is_err());
}

#[test]
fn results_are_collected_to_their_end() {
    let mut script = Script::logged_in();
    let search = script.client.search(script.now, b"cowboy").unwrap();
    script.hear(&format!("201 {HIT}"));
    // Anything can come between two results.
    script.hear("214 2 6 1");
    script.hear(&format!("201 {HIT}"));
    script.hear("202");
    let events = script.take_events();
    assert_eq!(events.len(), 4);
    let found = songs(&events);
    assert_eq!(found.len(), 2);
    let song = found[0];
    assert_eq!(song.title(), b"random band - generic cowboy song.mp3");
    assert_eq!(
        (song.size, song.bitrate, song.frequency, song.duration),
        (443_332, Some(160), Some(48_000), Some(60))
    );
    assert_eq!((song.nick.as_bytes(), song.ip), (&b"newbie"[..], Some([10, 77, 0, 12].into())));
    assert!(matches!(events[0], ClientEvent::Song { request, .. } if request == Some(search)));
    assert_eq!(finished(&events[3]), Some((search, Outcome::Done, 2)));
}

#[test]
fn results_belong_to_the_oldest_search() {
    let mut script = Script::logged_in();
    let first = script.client.search(script.now, b"one").unwrap();
    let second = script.client.search(script.now, b"two").unwrap();
    for line in [&format!("201 {HIT}"), "202", &format!("201 {HIT}"), "202"] {
        script.hear(line);
    }
    let ends: Vec<_> = script.take_events().iter().filter_map(finished).collect();
    assert_eq!(ends, [(first, Outcome::Done, 1), (second, Outcome::Done, 1)]);
}

#[test]
fn refused_searches_are_told_with_and_without_their_end_mark() {
    let mut script = Script::logged_in();
    let search = script.client.search(script.now, b"").unwrap();
    // opennap 0.36: a 202 comes all the same.
    script.ends(search, &["404 invalid search request", "202"], Outcome::Refused, 0);
    let search = script.client.search(script.now, b"x").unwrap();
    // opennap-ng: no 202 comes.
    script.ends(search, &["404 search failed: too many pending searches"], Outcome::Refused, 0);
}

#[test]
fn a_search_without_end_is_over_after_a_while() {
    let mut script = Script::logged_in();
    let search = script.client.search(script.now, b"x").unwrap();
    script.hear(&format!("201 {HIT}"));
    script.take_events();
    script.wait(179);
    assert_eq!(script.take_events(), []);
    script.wait(1);
    let events = script.take_events();
    assert_eq!(finished(&events[0]), Some((search, Outcome::TimedOut, 1)));
    // What comes later is nobody's.
    script.hear(&format!("201 {HIT}"));
    script.hear("202");
    let events = script.take_events();
    assert!(matches!(events[0], ClientEvent::Song { request: None, .. }));
    assert!(matches!(&events[1], ClientEvent::Packet(packet) if packet.code.0 == 202));
}

#[test]
fn a_user_is_browsed() {
    let mut script = Script::logged_in();
    let browse = script.client.browse(script.now, b"fwall").unwrap();
    script.hear(
        r#"212 fwall "C:\docs\manual pages.txt" 8f14e45fceea167a5a36dedd4bea2543 77777 8 16000 0"#,
    );
    script.hear("213 fwall");
    let events = script.take_events();
    assert_eq!(songs(&events)[0].filename, r"C:\docs\manual pages.txt");
    assert_eq!(finished(&events[1]), Some((browse, Outcome::Done, 1)));
    // MP3::Napster's own server leaves the name out of the end.
    let browse = script.client.browse(script.now, b"fwall").unwrap();
    script.ends(browse, &["213"], Outcome::Done, 0);
    // opennap says that a user is not there, and ends the list all the same.
    let browse = script.client.browse(script.now, b"ghost").unwrap();
    script.ends(browse, &["210 ghost", "213 ghost"], Outcome::Refused, 0);
}

#[test]
fn a_compact_browse_glues_directories_and_names() {
    let mut script = Script::logged_in();
    let browse = script.client.browse_directories(script.now, b"newbie").unwrap();
    assert_eq!(script.take_sent(), ["10301 newbie"]);
    script.hear(r#"10302 newbie "C:\Music" "a.mp3" 0 100 128 44100 1 "b.mp3" 0 200 128 44100 2"#);
    script.hear("10301 newbie");
    let events = script.take_events();
    let names: Vec<_> = songs(&events).iter().map(|song| song.filename.to_string()).collect();
    assert_eq!(names, [r"C:\Music\a.mp3", r"C:\Music\b.mp3"]);
    assert_eq!(finished(&events[2]), Some((browse, Outcome::Done, 1)));
}

#[test]
fn copies_of_a_file_are_found() {
    let mut script = Script::logged_in();
    let md5 = "0123456789abcdef0123456789abcdef".try_into().unwrap();
    let copies = script.client.search_copies(script.now, &md5, 443_332).unwrap();
    assert_eq!(script.take_sent(), ["215 0123456789abcdef0123456789abcdef 443332"]);
    script.hear(r#"216 bob 50462986 6699 "C:\m\a.mp3" 0123456789abcdef0123456789abcdef 443332 4"#);
    script.hear("217");
    let events = script.take_events();
    let song = songs(&events)[0];
    assert_eq!((song.ip, song.port, song.bitrate), (Some([10, 1, 2, 3].into()), Some(6699), None));
    assert_eq!(finished(&events[1]), Some((copies, Outcome::Done, 1)));
}

#[test]
fn a_direct_browse_is_arranged() {
    let mut script = Script::logged_in();
    let browse = script.client.browse_directly(script.now, b"bob").unwrap();
    script.hear("641 bob 50462986 6699");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::DirectBrowseReady { ip, port: 6699, .. } if *ip == Some([10, 1, 2, 3].into()))
    );
    assert_eq!(finished(&events[1]).map(|end| end.1), Some(Outcome::Done));
    script.hear("640 carol 50462986 6700");
    let events = script.take_events();
    assert!(
        matches!(&events[0], ClientEvent::DirectBrowseRequested { address, .. } if *address == Some(([10, 1, 2, 3].into(), 6700)))
    );
    script.client.accept_direct_browse(script.now, b"carol").unwrap();
    assert_eq!(script.take_sent(), ["640 bob", "641 carol"]);
    let again = script.client.browse_directly(script.now, b"bob").unwrap();
    assert_ne!(again, browse);
    script.ends(again, &[r#"642 bob "not sharing any files""#], Outcome::Refused, 0);
}

pub(crate) fn shared(name: &str, size: u64) -> SharedFile {
    SharedFile {
        filename: name.to_owned().try_into().unwrap(),
        md5: "0123456789abcdef0123456789abcdef".try_into().unwrap(),
        size,
        bitrate: 128,
        frequency: 44_100,
        duration: 60,
    }
}

#[test]
fn files_are_shared_and_withdrawn() {
    let mut script = Script::logged_in();
    let now = script.now;
    let md5 = "0123456789abcdef0123456789abcdef";
    script.client.share(now, &shared(r"C:\m\a b.mp3", 100)).unwrap();
    script.client.share_media(now, &shared(r"C:\m\c.txt", 7), b"text").unwrap();
    script
        .client
        .share_directory(now, br"C:\n", &[shared("d.mp3", 8), shared("e.mp3", 9)])
        .unwrap();
    let expected = [
        format!(r#"100 "C:\m\a b.mp3" {md5} 100 128 44100 60"#),
        format!(r#"10300 "C:\m\c.txt" 7 {md5} text"#),
        format!(r#"870 "C:\n" "d.mp3" {md5} 8 128 44100 60 "e.mp3" {md5} 9 128 44100 60"#),
    ];
    assert_eq!(script.take_sent(), expected);
    let kept: Vec<_> = script
        .client
        .shared_files()
        .map(|(name, size)| (String::from_utf8_lossy(name).into_owned(), size))
        .collect();
    let names =
        [(r"C:\m\a b.mp3", 100), (r"C:\m\c.txt", 7), (r"C:\n\d.mp3", 8), (r"C:\n\e.mp3", 9)];
    assert_eq!(kept, names.map(|(name, size)| (name.to_owned(), size)));
    // Servers look the bare name up, so there are no quotes around it.
    script.client.unshare(now, br"C:\m\a b.mp3").unwrap();
    assert_eq!(script.take_sent(), [r"102 C:\m\a b.mp3"]);
    let all = script.client.unshare_all(now).unwrap();
    assert_eq!(script.client.shared_files().count(), 0);
    script.ends(all, &["110 3"], Outcome::Done, 1);
    let all = script.client.unshare_all(now).unwrap();
    script.ends(all, &["404 Unknown command code 110"], Outcome::Refused, 0);
}

#[test]
fn a_large_directory_goes_in_several_messages() {
    let mut script = Script::logged_in();
    let files: Vec<_> =
        (0..70).map(|n| shared(&format!("Track {n:02} of seventy.mp3"), n)).collect();
    script.client.share_directory(script.now, br"C:\m\", &files).unwrap();
    let sent = script.take_sent();
    assert!(sent.len() > 1);
    assert!(sent.iter().all(|line| line.len() < 2048 && line.starts_with(r#"870 "C:\m\" "#)));
    let names: usize = sent.iter().map(|line| line.matches(".mp3").count()).sum();
    assert_eq!(names, 70);
    assert_eq!(script.client.shared_files().count(), 70);
}
