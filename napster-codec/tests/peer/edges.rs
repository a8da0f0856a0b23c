//! The edge cases that a decoder must accept.

use napster_codec::peer::{
    Closed, DeviationKind as D, Expectation, ExpectedKind, KnownSizes, Side, TransferEnd,
};

use crate::story::{Act, FIN_I, FIN_L, Story, i, l, plain, play, song};

const LINE: &str = r#"ann "C:\music\a.mp3" 0"#;

fn download(listener: &[&[u8]]) -> Story {
    let mut acts = vec![i("GET"), i(LINE)];
    acts.extend(listener.iter().map(l));
    acts.extend([FIN_L, FIN_I]);
    plain(&acts)
}

#[test]
fn greeting_missing_late_or_another_byte() {
    let file = song(4000);
    let story = download(&[b"4000", &file]);
    assert_eq!(story.deviations, [D::MissingGreeting]);
    assert!(story.ended().complete);
    let story = plain(&[l("\n"), i("GET"), i(LINE), l("4000"), l(&file), FIN_L, FIN_I]);
    assert_eq!(story.deviations, [D::WrongGreeting]);
    assert_eq!(story.said[0], "listener hello");
    assert!(story.ended().complete);
    // Together with the size and the file.
    let mut together = b"14000".to_vec();
    together.extend(&file);
    let story = download(&[&together]);
    assert_eq!(story.deviations, [D::LateGreeting]);
    assert_eq!((story.ended().size, story.ended().complete), (Some(4000), true));
    // A known size tells that the `1` belongs to it.
    let file = song(14_000);
    let mut together = b"14000".to_vec();
    together.extend(&file);
    let expectation = Expectation::of(ExpectedKind::Download)
        .with_file(br"C:\music\a.mp3", KnownSizes::from_iter([14_000]));
    let acts = [i("GET"), i(LINE), l(&together), FIN_L, FIN_I];
    let story = play(expectation, &[], &acts, Closed::Fin);
    assert_eq!(story.deviations, [D::MissingGreeting]);
    assert!(story.ended().complete);
}

#[test]
fn request_in_one_segment_or_split_at_any_byte() {
    let file = song(4000);
    let request = format!("GET{LINE}");
    let whole = plain(&[l("1"), i(&request), l("4000"), l(&file), FIN_L, FIN_I]);
    assert!(whole.ended().complete);
    for cut in 1..request.len() {
        let (first, second) = request.split_at(cut);
        let story = plain(&[l("1"), i(first), i(second), l("4000"), l(&file), FIN_L, FIN_I]);
        assert_eq!(story.said, whole.said, "{first}|{second}");
        assert_eq!(story.transfer, whole.transfer);
    }
    // An offset cut by a segment is not taken too short.
    let acts = [l("1"), i(r#"GETann "a" 1"#), i("000"), l("4000"), l(&file[1000..]), FIN_L, FIN_I];
    assert_eq!(plain(&acts).ended().offset, 1000);
}

#[test]
fn nicks_that_begin_like_other_words() {
    for nick in ["Lars", "LISTener", "LIST", "L"] {
        let request = format!(r#"GET{nick} "a.mp3" 0"#);
        let story = plain(&[l("1"), i(&request), l("0"), FIN_L, FIN_I]);
        let want = format!("initiator get_request nick={nick} filename=a.mp3 offset=0");
        assert_eq!(story.said[1], want);
        let request = format!(r#"SEND{nick} "a.mp3" 7"#);
        let story = plain(&[l("1"), i(&request), l("0"), i("seven b"), FIN_I, FIN_L]);
        let want = format!("initiator send_request nick={nick} filename=a.mp3 size=7");
        assert_eq!(story.said[1], want);
        assert!(story.ended().complete);
    }
}

#[test]
fn file_names_with_any_byte() {
    let request = b"GETann \"\xff\x01 a\"b\" 7\".mp3\" 12";
    let story = plain(&[l("1"), i(request), l("0"), FIN_L, FIN_I]);
    let want = r#"initiator get_request nick=ann filename=\xff\x01 a\"b\" 7\".mp3 offset=12 !quote_in_quoted"#;
    assert_eq!(story.said[1], want);
    // In a push the file may hold a quote and digits as well.
    let story = plain(&[l("1"), i(b"SENDbob \"a.mp3\" 9x \" 5 \" 77y"), l("0"), FIN_I, FIN_L]);
    assert_eq!(story.said[1], "initiator send_request nick=bob filename=a.mp3 size=9");
    assert_eq!(story.file(), b"x \" 5 \" 77y");
}

#[test]
fn offsets_equal_larger_negative_absent() {
    let story = |offset: &str, answer: &[Act]| {
        let mut acts = vec![l("1"), i(format!(r#"GETann "a.mp3"{offset}"#))];
        acts.extend_from_slice(answer);
        acts.extend([FIN_L, FIN_I]);
        plain(&acts)
    };
    let equal = story(" 5000", &[l("5000")]);
    assert_eq!((equal.ended().ended, equal.ended().complete), (TransferEnd::Complete, true));
    let larger = story(" 5001", &[l("5000")]);
    assert_eq!((larger.ended().ended, larger.ended().complete), (TransferEnd::Refused, false));
    let negative = story(" -5", &[l("INVALID REQUEST")]);
    assert!(negative.said[1].ends_with("offset=-5 !number_out_of_range"), "{:?}", negative.said);
    assert_eq!((negative.ended().offset, negative.ended().ended), (0, TransferEnd::Refused));
    let huge = story(" 99999999999999999999999", &[l("INVALID REQUEST")]);
    assert!(huge.said[1].ends_with("99 !number_out_of_range"), "{:?}", huge.said);
    let absent = story("", &[l("3"), l("abc")]);
    assert_eq!(absent.said[1], "initiator get_request nick=ann filename=a.mp3");
    assert!(absent.ended().complete);
}

#[test]
fn zero_byte_file() {
    for answer in [&[l("1"), l("0")][..], &[l("10")]] {
        let mut acts = vec![i("GET"), i(LINE)];
        acts.extend_from_slice(answer);
        acts.extend([FIN_L, FIN_I]);
        let story = plain(&acts);
        assert_eq!((story.ended().size, story.ended().bytes), (Some(0), 0));
        assert!(story.ended().complete);
        assert_eq!(story.ended().ended, TransferEnd::Complete);
    }
}

#[test]
fn more_than_announced() {
    let story = download(&[b"1", b"4000", &song(4100)]);
    assert_eq!(story.deviations, [D::LateGreeting, D::ExcessData]);
    assert_eq!((story.ended().bytes, story.ended().complete), (4100, false));
    assert_eq!(story.ended().ended, TransferEnd::Complete);
}

#[test]
fn half_closed_by_the_initiator() {
    let file = song(3000);
    let story = plain(&[l("1"), i("GET"), i(LINE), FIN_I, l("3000"), l(&file), FIN_L]);
    assert_eq!(story.deviations, []);
    assert!(story.ended().complete);
    assert_eq!(story.said[1], r"initiator get_request nick=ann filename=C:\\music\\a.mp3 offset=0");
}

#[test]
fn web_requests_are_not_napster() {
    let story = plain(&[i("GET / HTTP/1.0\r\n\r\n"), l("HTTP/1.0 404\r\n"), FIN_L, FIN_I]);
    assert_eq!((story.said.len(), story.transfer), (0, None));
    assert!(story.deviations.contains(&D::NotNapster));
}

#[test]
fn error_texts() {
    for text in ["INVALID REQUEST", "FILE NOT FOUND", "FILE NOT REQUESTED", "INVALID DATA", "no!"] {
        let story = download(&[b"1", text.as_bytes()]);
        assert_eq!(story.said[2], format!("listener peer_error text={text}"));
        assert_eq!(story.ended().error.as_deref(), Some(text));
        assert_eq!((story.ended().size, story.ended().ended), (None, TransferEnd::Refused));
        let cut = text.len() / 2;
        let pieces = [&text.as_bytes()[..cut], &text.as_bytes()[cut..]];
        assert_eq!(download(&[b"1", pieces[0], pieces[1]]).said, story.said);
        let push = [l("1"), i(r#"SENDbob "a.mp3" 7"#), l(text), FIN_L, FIN_I];
        let story = plain(&push);
        assert_eq!(story.ended().ended, TransferEnd::Refused);
        assert_eq!(story.ended().error.as_deref(), Some(text));
    }
    let story = download(&[b"1", &[b'x'; 300]]);
    assert!(story.deviations.contains(&D::ErrorTooLong));
    assert_eq!(story.ended().error.as_ref().map(String::len), Some(255));
    assert_eq!(story.undecoded[1], 45);
}

#[test]
fn refused_aborted_stalled_and_cut() {
    let file = song(9000);
    let acts = [l("1"), i("GET"), i(LINE), l("20000"), l(&file)];
    let ended = |how| play(Expectation::default(), &[], &acts, how).ended().ended;
    assert_eq!(ended(Closed::Rst), TransferEnd::Aborted);
    assert_eq!(ended(Closed::Fin), TransferEnd::Aborted);
    assert_eq!(ended(Closed::Timeout), TransferEnd::Stalled);
    assert_eq!(ended(Closed::Eof), TransferEnd::Cut);
    // All bytes came before the capture ended.
    let acts = [l("1"), i("GET"), i(LINE), l("9000"), l(&file)];
    let story = play(Expectation::default(), &[], &acts, Closed::Eof);
    assert_eq!((story.ended().ended, story.ended().complete), (TransferEnd::Complete, true));
    // Nobody answered.
    let ended = |last: Act| plain(&[l("1"), i("GET"), i(LINE), last]).ended().ended;
    assert_eq!(ended(FIN_L), TransferEnd::Refused);
    assert_eq!(ended(FIN_I), TransferEnd::Aborted);
}

#[test]
fn capture_that_starts_late() {
    let expectation = || {
        Expectation::of(ExpectedKind::Download)
            .with_file(b"a.mp3", KnownSizes::from_iter([9000]))
            .late()
    };
    let file = song(9000);
    // Behind the handshake: what comes is the file.
    let acts = [l(&file[4000..6000]), l(&file[6000..]), FIN_L, FIN_I];
    let story = play(expectation(), &[], &acts, Closed::Fin);
    assert_eq!(story.file(), &file[4000..]);
    let ended = story.ended();
    assert_eq!((ended.size, ended.bytes, ended.complete), (None, 5000, false));
    assert_eq!(ended.ended, TransferEnd::Cut);
    assert_eq!(ended.file.as_deref(), Some("a.mp3"));
    // From the size on, which is known.
    let acts = [l("9000"), l(&file), FIN_L, FIN_I];
    let story = play(expectation(), &[], &acts, Closed::Fin);
    assert_eq!(story.said, ["listener file_size size=9000 rule=known_size"]);
    assert!(story.ended().complete);
    // From the request line on.
    let acts = [i(r#"ann "a.mp3" 0"#), l("9000"), l(&file), FIN_L, FIN_I];
    let story = play(expectation(), &[], &acts, Closed::Fin);
    assert_eq!(story.said[0], "initiator get_request nick=ann filename=a.mp3 offset=0");
    assert!(story.ended().complete);
    // Nothing is missing at all.
    let acts = [l("1"), i("GET"), i(LINE), l("9000"), l(&file), FIN_L, FIN_I];
    assert!(play(expectation(), &[], &acts, Closed::Fin).ended().complete);
    // A push.
    let late = Expectation::of(ExpectedKind::Push).late();
    let story = play(late, &[], &[i(&file[5000..]), FIN_I, FIN_L], Closed::Fin);
    assert_eq!((story.file(), story.ended().bytes), (&file[5000..], 4000));
}

#[test]
fn gaps_are_counted_and_never_closed_up() {
    let file = song(9000);
    let side = Side::Listener;
    let acts = [
        l("1"),
        i("GET"),
        i(LINE),
        l("9000"),
        l(&file[..3000]),
        Act::Gap(side, 1000),
        l(&file[4000..]),
        FIN_L,
        FIN_I,
    ];
    let story = plain(&acts);
    let ended = story.ended();
    assert_eq!((ended.bytes, ended.gap_bytes, ended.complete), (8000, 1000, false));
    assert_eq!(ended.ended, TransferEnd::Complete);
    // The size itself is lost.
    let acts = [l("1"), i("GET"), i(LINE), Act::Gap(side, 1004), l(&file[1000..]), FIN_L, FIN_I];
    let story = plain(&acts);
    assert_eq!((story.ended().size, story.ended().bytes), (None, 8000));
    assert!(!story.ended().complete);
    // The request is lost.
    let acts = [l("1"), Act::Gap(Side::Initiator, 30), l("9000"), l(&file), FIN_L, FIN_I];
    let story = plain(&acts);
    assert!(story.deviations.contains(&D::HandshakeGap));
    assert_eq!((story.ended().file.clone(), story.ended().size), (None, Some(9000)));
    // The end of the size is lost with a part of the file.
    let acts = [l("1"), i("GET"), i(LINE), l("9000"), Act::Gap(side, 500), l(&file[500..]), FIN_L];
    let story = plain(&acts);
    assert_eq!((story.ended().size, story.ended().gap_bytes), (Some(9000), 500));
    assert_eq!(story.ended().ended, TransferEnd::Complete);
}

#[test]
fn a_file_without_a_size() {
    let file = song(4000);
    let story = download(&[b"1", &file]);
    assert_eq!(story.deviations, [D::LateGreeting, D::MissingSize]);
    assert_eq!((story.file(), story.ended().size), (&file[..], None));
    assert_eq!((story.ended().ended, story.ended().complete), (TransferEnd::Complete, false));
}

#[test]
fn directions_captured_in_another_order() {
    // The listener's bytes are known before the initiator's.
    let file = song(4000);
    let story = plain(&[l("1"), l("4000"), l(&file), i("GET"), i(LINE), FIN_I, FIN_L]);
    assert!(story.ended().complete, "{story:#?}");
    assert_eq!(story.file(), file);
}

#[test]
fn limits_are_reported() {
    let story = plain(&[l("1"), i([b"GET", &[b'x'; 5000][..]].concat()), l("1"), FIN_L]);
    assert!(story.deviations.contains(&D::RequestTooLong), "{story:#?}");
    let path = "p".repeat(65_536);
    let story = plain(&[l("1"), i(format!(r#"GETann "{path}" 0"#)), l("5"), l("12345"), FIN_L]);
    assert!(story.deviations.contains(&D::RequestTooLong));
    assert_eq!(story.ended().file, None);
    // Nobody knows what was asked, and much comes.
    let mut acts = vec![l("1")];
    acts.extend((0..60).map(|_| l(song(1448))));
    acts.push(FIN_L);
    let story = plain(&acts);
    assert_eq!(story.transfer, None);
    assert!(story.deviations.contains(&D::HandshakeGap));
    assert_eq!(story.deviations.iter().filter(|kind| **kind == D::HeldTooLong).count(), 1);
}
