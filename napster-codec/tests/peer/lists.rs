//! Direct browses and chats.

use napster_codec::peer::{Closed, DeviationKind as D, Expectation, ExpectedKind, Side};

use crate::story::{Act, FIN_I, FIN_L, Story, i, l, plain, play};

const ENTRY: &str =
    "\"C:\\music\\a.mp3\" 0123456789abcdef0123456789abcdef-443008 443332 128 44100 60\n";
const SAID: &str = r"browse_entry filename=C:\\music\\a.mp3 md5=0123456789abcdef0123456789abcdef-443008 size=443332 bitrate=128 frequency=44100 duration=60";

fn said(story: &Story) -> Vec<&str> {
    story.said.iter().map(String::as_str).collect()
}

#[test]
fn browse_answered_with_a_list() {
    let entry = format!("listener {SAID}");
    for word in ["GETLIST", "GETLIST\n", "GETLIST\r\n"] {
        let story = plain(&[l("1"), i(word), l(format!("bob\n{ENTRY}{ENTRY}\n")), FIN_L, FIN_I]);
        let want = [
            "listener hello",
            "initiator get_list",
            "listener browse_owner nick=bob",
            &entry,
            &entry,
            "listener browse_end",
        ];
        assert_eq!(said(&story), want, "{word:?}");
        assert_eq!((story.deviations.len(), &story.transfer), (0, &None));
    }
}

#[test]
fn teknap_puts_a_word_in_front_and_stops_when_it_likes() {
    let story = plain(&[i("GETLIST\n"), l("1"), l(format!("SENDLIST\nbob\n{ENTRY}\n")), FIN_L]);
    let entry = format!("listener {SAID}");
    let want = [
        "initiator get_list",
        "listener hello",
        "listener send_list",
        "listener browse_owner nick=bob",
        &entry,
        "listener browse_end",
    ];
    assert_eq!(said(&story), want);
    let acts = [i("GETLIST\n"), l("1"), l("SENDLIST\n")];
    let story = play(Expectation::default(), &[], &acts, Closed::Rst);
    assert_eq!(said(&story), &want[..3]);
    assert_eq!(story.deviations, [D::LateGreeting, D::MissingListEnd]);
}

#[test]
fn browsed_user_pushes_his_list() {
    let entry = format!("initiator {SAID}");
    let list = format!("{ENTRY}\n");
    let inline = plain(&[l("1"), i(format!("SENDLIST bob\n{list}")), FIN_I, FIN_L]);
    assert_eq!(
        said(&inline),
        ["listener hello", "initiator send_list nick=bob", &entry, "initiator browse_end"]
    );
    // TekNap: the nick on a line of its own, and the greeting whenever it comes.
    for greeting in 0..4 {
        let mut acts = vec![i("SENDLIST\n"), i("bob\n"), i(ENTRY), i("\n")];
        acts.insert(greeting + 1, l("1"));
        acts.extend([FIN_I, FIN_L]);
        let story = plain(&acts);
        let initiators: Vec<&str> =
            said(&story).into_iter().filter(|line| line.starts_with("init")).collect();
        let want = [
            "initiator send_list",
            "initiator browse_owner nick=bob",
            &entry,
            "initiator browse_end",
        ];
        assert_eq!(initiators, want);
        assert_eq!(story.deviations, [D::LateGreeting]);
    }
}

#[test]
fn lists_are_read_in_any_portions() {
    let all = format!("bob\n{ENTRY}{ENTRY}\n");
    let whole = plain(&[l("1"), i("GETLIST\n"), l(&all), FIN_L, FIN_I]);
    for size in 1..40 {
        let mut acts = vec![l("1"), i("GETLIST\n")];
        acts.extend(all.as_bytes().chunks(size).map(l));
        acts.extend([FIN_L, FIN_I]);
        assert_eq!(plain(&acts).said, whole.said, "{size}");
    }
}

#[test]
fn bad_lines_do_not_stop_a_list() {
    let long = format!("\"{}\" x\n", "p".repeat(70_000));
    let bad = "\"C:\\b.mp3\" 0123 big 128 44100 60\n";
    let lines = format!("bob\n{bad}{long}{ENTRY}no end");
    let story = plain(&[l("1"), i("GETLIST"), l(lines), FIN_L, FIN_I]);
    let want = [
        "listener hello",
        "initiator get_list",
        "listener browse_owner nick=bob",
        r"listener browse_entry filename=C:\\b.mp3 md5=0123 !not_a_number",
        &format!("listener {SAID}"),
    ];
    assert_eq!(said(&story)[..5], want);
    assert!(story.deviations.contains(&D::LineTooLong));
    assert!(story.deviations.contains(&D::MissingListEnd));
}

#[test]
fn a_list_can_be_refused_or_begin_without_its_owner() {
    let story = plain(&[l("1"), i("GETLIST"), l("INVALID REQUEST"), FIN_L, FIN_I]);
    assert_eq!(story.said[2], "listener peer_error text=INVALID REQUEST");
    let story = plain(&[l("1"), i("GETLIST"), l(format!("{ENTRY}\n")), FIN_L, FIN_I]);
    assert_eq!(story.said[2], format!("listener {SAID}"));
    let story = plain(&[l("1"), i("GETLIST"), l("\n"), FIN_L, FIN_I]);
    assert_eq!(story.said[2], "listener browse_end");
}

#[test]
fn a_gap_costs_the_lines_that_it_cuts() {
    let acts = [
        l("1"),
        i("GETLIST"),
        l(format!("bob\n{ENTRY}\"C:\\cu")),
        Act::Gap(Side::Listener, 100),
        l(format!("t.mp3\" x\n{ENTRY}\n")),
        FIN_L,
    ];
    let story = plain(&acts);
    let entries = story.said.iter().filter(|line| line.contains("filename=C:\\\\music")).count();
    assert_eq!((entries, story.said.last().unwrap().as_str()), (2, "listener browse_end"));
}

#[test]
fn chat_lines_in_both_directions() {
    let chat = || Expectation::of(ExpectedKind::Chat);
    let acts = [i("hello\n"), l("hi the"), l("re\r\n\x01ACTION waves\x01\n"), i("bye"), FIN_I];
    let story = play(chat(), &[], &acts, Closed::Fin);
    let want = [
        "initiator chat_line text=hello",
        "listener chat_line text=hi there",
        r"listener chat_line text=\x01ACTION waves\x01",
        "initiator chat_line text=bye",
    ];
    assert_eq!(said(&story), want);
    assert_eq!(story.deviations, []);
    let story = play(chat(), &[], &[l("1"), l("1\n"), i(vec![b'x'; 5000])], Closed::Eof);
    assert_eq!(said(&story)[..2], ["listener hello", "listener chat_line text=1"]);
    assert_eq!(story.deviations, [D::LineTooLong]);
}
