//! What each program does: one test a row of the notes on transfers.

use napster_codec::peer::{Closed, DeviationKind as D, Expectation, TransferEnd, TransferKind};

use crate::story::{Act, FIN_I, FIN_L, i, l, plain, play, song};

const LINE: &str = r#"ann "C:\music\a.mp3" 0"#;

/// The file in segments.
fn segments(file: &[u8]) -> Vec<Act> {
    file.chunks(1448).map(l).collect()
}

#[test]
fn official_client() {
    let file = song(44_333);
    let mut acts = vec![l("1"), i("GET"), i(LINE), l("44333")];
    acts.extend(segments(&file));
    acts.extend([FIN_L, FIN_I]);
    let story = plain(&acts);
    assert_eq!(
        story.said,
        [
            "listener hello",
            r#"initiator get_request nick=ann filename=C:\\music\\a.mp3 offset=0"#,
            "listener file_size size=44333 rule=segment",
        ]
    );
    // A request is complete with the packet that brought its last byte, though that is known later.
    assert_eq!(story.places[1].3, 3);
    assert_eq!(story.file(), file);
    assert_eq!(story.deviations, []);
    assert_eq!(story.asked, [r"C:\\music\\a.mp3"]);
    let ended = story.ended();
    assert_eq!((ended.kind, ended.ended), (TransferKind::Download, TransferEnd::Complete));
    assert_eq!((ended.size, ended.bytes, ended.complete), (Some(44_333), 44_333, true));
    assert_eq!((ended.downloader.as_deref(), ended.uploader.as_deref()), (Some("ann"), None));
}

#[test]
fn official_client_pushed() {
    let file = song(5_312);
    let mut acts = vec![l("1"), i("SEND"), i(r#"bob "C:\music\a.mp3" 5312"#), l("0")];
    acts.extend(file.chunks(1448).map(i));
    acts.extend([FIN_I, FIN_L]);
    let story = plain(&acts);
    assert_eq!(
        story.said,
        [
            "listener hello",
            r#"initiator send_request nick=bob filename=C:\\music\\a.mp3 size=5312"#,
            "listener resume_offset offset=0",
        ]
    );
    assert_eq!(story.file(), file);
    assert_eq!(story.deviations, []);
    let ended = story.ended();
    assert_eq!((ended.kind, ended.ended), (TransferKind::Push, TransferEnd::Complete));
    assert_eq!((ended.uploader.as_deref(), ended.downloader.as_deref()), (Some("bob"), None));
    assert!(ended.complete);
}

#[test]
fn mp3_napster_2_04() {
    // As initiator it throws away the first byte whatever it is.
    let story = plain(&[l("X"), i("GET"), i(LINE), l("INVALID REQUEST"), FIN_L, FIN_I]);
    assert_eq!(story.ended().ended, TransferEnd::Refused);
    // As uploader of a resume it tells the whole size and sends the rest; the rest may begin with
    // any byte. As listener it says `1` again when nothing comes.
    let file = song(20_000);
    let request = i(r#"ann "Z:\nap\a - b.mp3" 15000"#);
    let story = plain(&[l("1"), i("GET"), request, l("20000"), l(&file[15_000..]), FIN_L, FIN_I]);
    assert_eq!(story.file(), &file[15_000..]);
    assert_eq!((story.ended().offset, story.ended().complete), (15_000, true));
    let story = plain(&[l("1"), l("1"), FIN_L, FIN_I]);
    assert_eq!(story.said, ["listener hello", "listener hello"]);
    assert_eq!(story.deviations, [D::RepeatedGreeting]);
    assert_eq!(story.transfer, None);
    // It pushes the name without its directory, and the data follow the size in one segment.
    let mut together = br#"SENDfirewall "Woof Bursts.mp3" 5312"#.to_vec();
    together.extend(song(5_312));
    let story = plain(&[l("1"), i(together), l("0"), FIN_I, FIN_L]);
    assert_eq!(story.file(), song(5_312));
    assert!(story.ended().complete);
    // Past the end it sends only the size.
    let request = i(r#"ann "a.mp3" 20001"#);
    let story = plain(&[l("1"), i("GET"), request, l("20000"), FIN_L, FIN_I]);
    assert_eq!((story.ended().ended, story.ended().complete), (TransferEnd::Refused, false));
    assert_eq!(story.deviations, [D::OffsetBeyondSize]);
}

#[test]
fn mp3_napster_0_9() {
    // The size alone in a segment, at most ten bytes of it; the request in one write behind the
    // word.
    let file = song(3_000);
    let story = plain(&[l("1"), i("GET"), i(LINE), l("3000"), l(&file), FIN_L, FIN_I]);
    assert_eq!(story.file(), file);
    // As listener of a push it reads 3 bytes, then 1, then the line: nothing of that is visible.
    let story = plain(&[
        l("1"),
        i("SEN"),
        i("D"),
        i(r#"bob "a.mp3" 3000"#),
        l("1000"),
        i(&file[1000..]),
        FIN_I,
        FIN_L,
    ]);
    assert_eq!(story.file(), &file[1000..]);
    assert_eq!((story.ended().offset, story.ended().complete), (1000, true));
}

#[test]
fn teknap_downloads_without_waiting_for_the_greeting() {
    let file = song(49_000);
    let mut acts = vec![i("GET"), i(LINE), l("1"), l("49000")];
    acts.extend(segments(&file));
    acts.extend([FIN_L, FIN_I]);
    let story = plain(&acts);
    assert_eq!(story.said[0], "listener hello");
    assert_eq!(story.said[2], "listener file_size size=49000 rule=segment");
    assert_eq!(story.deviations, [D::LateGreeting]);
    assert_eq!(story.file(), file);
    assert!(story.ended().complete);
}

#[test]
fn teknap_ignores_a_resume_offset() {
    let file = song(30_000);
    let request = i(r#"ann "\srv\a.mp3" 10000"#);
    let mut acts = vec![l("1"), i("GET"), request, l("30000")];
    acts.extend(segments(&file));
    acts.extend([FIN_L, FIN_I]);
    let story = plain(&acts);
    let ended = story.ended();
    assert_eq!((ended.ended, ended.complete), (TransferEnd::IgnoredOffset, false));
    assert_eq!((ended.bytes, ended.size), (30_000, Some(30_000)));
    assert_eq!(story.deviations, [D::IgnoredOffset]);
    // The downloading TekNap stops at what it needs and resets.
    let mut acts = acts[..4].to_vec();
    acts.extend(segments(&file[..23_168]));
    let story = play(Expectation::default(), &[], &acts, Closed::Rst);
    assert_eq!(story.ended().ended, TransferEnd::IgnoredOffset);
}

#[test]
fn teknap_refuses_without_a_word() {
    let story = plain(&[l("1"), i("GET"), i(r#"ann "\srv\a.mp3" 30000"#), FIN_L, FIN_I]);
    let ended = story.ended();
    assert_eq!((ended.ended, ended.size, ended.error.clone()), (TransferEnd::Refused, None, None));
    // As receiver of a push it sends no offset; the uploader waits and closes.
    let story = plain(&[l("1"), i("SEND"), i(r#"bob "a.mp3" 30000"#), FIN_I, FIN_L]);
    assert_eq!(story.said[1], "initiator send_request nick=bob filename=a.mp3 size=30000");
    assert_eq!((story.ended().ended, story.ended().bytes), (TransferEnd::Aborted, 0));
    assert_eq!(story.deviations, [D::MissingOffset]);
}

#[test]
fn gift_hexwab() {
    // It stops reading digits at the size it knows, so a digit behind them does no harm.
    let mut stream = b"4433".to_vec();
    stream.extend(b"32 more bytes".iter().chain([b'.'; 5000].iter()).take(4433));
    let acts = [l("1"), i("GET"), i(LINE), l(&stream), FIN_L, FIN_I];
    let story = play(Expectation::default(), &[4433], &acts, Closed::Fin);
    assert_eq!(story.said[2], "listener file_size size=4433 rule=known_size");
    assert_eq!(story.most_readings, 1);
    assert_eq!(story.file(), &stream[4..]);
    assert!(story.ended().complete);
}

#[test]
fn gift_berlios() {
    // The remaining length in place of the size: known by what is known of the file.
    let file = song(20_000);
    let request = || i(r#"ann "a.mp3" 15000"#);
    let acts = [l("1"), i("GET"), request(), l("5000"), l(&file[15_000..]), FIN_L, FIN_I];
    let story = play(Expectation::default(), &[20_000], &acts, Closed::Fin);
    let ended = story.ended();
    assert!(ended.remaining && ended.complete);
    assert_eq!((ended.size, ended.ended), (Some(5000), TransferEnd::Complete));
    assert_eq!(story.deviations, [D::RemainingSize]);
    // … or because no file is shorter than what the downloader has of it.
    let story = plain(&acts);
    assert!(story.ended().remaining && story.ended().complete);
    // It answers with a text, or closes without one.
    let story = plain(&[l("1"), i("GET"), i(LINE), l("FILE NOT SHARED"), FIN_L, FIN_I]);
    assert_eq!(story.said[2], "listener peer_error text=FILE NOT SHARED");
    assert_eq!(story.ended().error.as_deref(), Some("FILE NOT SHARED"));
    assert_eq!(story.ended().ended, TransferEnd::Refused);
}

#[test]
fn mldonkey() {
    // It insists on `1`, reads all digits, and gives up after 30 seconds.
    let story = play(
        Expectation::default(),
        &[],
        &[l("1"), i("GET"), i(LINE), l("443332"), l(song(9000))],
        Closed::Timeout,
    );
    assert_eq!((story.ended().ended, story.ended().bytes), (TransferEnd::Stalled, 9000));
}

#[test]
fn bangbangnapster() {
    let file = song(12_383);
    let mut acts = vec![l("1"), i("Test Tones - E.mp3")];
    acts.extend(segments(&file));
    acts.extend([FIN_L, FIN_I]);
    let story = plain(&acts);
    assert_eq!(
        story.said,
        ["listener hello", "initiator bare_request filename=Test Tones - E.mp3"]
    );
    assert_eq!(story.file(), file);
    let ended = story.ended();
    assert_eq!((ended.kind, ended.size, ended.bytes), (TransferKind::Bare, None, 12_383));
    assert_eq!((ended.ended, ended.complete), (TransferEnd::Complete, false));
    // With the size of a search result it can be said that all of it came.
    let story = play(Expectation::default(), &[12_383], &acts, Closed::Fin);
    assert!(story.ended().complete);
    let story = play(Expectation::default(), &[12_383], &acts[..5], Closed::Rst);
    assert_eq!((story.ended().ended, story.ended().complete), (TransferEnd::Aborted, false));
}
