//! Sending a file to every program that is known.

use std::time::Duration;

use napster_codec::peer::DeviationKind;
use napster_codec::transfer::{
    Request, TransferError, TransferEvent, TransferOptions, Upload, UserError,
};

use crate::told::{NOW, PATH, deviations, drain_upload, request, song};

fn answer(line: &[u8], size: u64) -> Upload {
    match request(&[line]) {
        Some(Request::Get(get)) => Upload::direct(&get, size, TransferOptions::default(), NOW),
        other => panic!("{other:?}"),
    }
}

fn push(size: u64) -> Upload {
    Upload::pushed(b"bob", PATH, size, TransferOptions::default(), NOW).expect("a request")
}

fn events(upload: &mut Upload) -> Vec<TransferEvent> {
    std::iter::from_fn(|| upload.poll_event()).collect()
}

fn failure(upload: &mut Upload) -> Option<TransferError> {
    match events(upload).pop() {
        Some(TransferEvent::Failed(error)) => Some(error),
        _ => None,
    }
}

#[test]
fn the_size_of_the_whole_file_then_the_rest_of_it() {
    let file = song(1_000);
    for (offset, expected) in [("0", 0), ("400", 400), ("1000", 1_000)] {
        let line = format!(r#"GETann "C:\music\a.mp3" {offset}"#);
        let mut upload = answer(line.as_bytes(), 1_000);
        assert_eq!(upload.next_part(), None, "the size comes first");
        let (written, events) = drain_upload(&mut upload, &file, 300);
        assert_eq!(written[0], b"1000");
        assert_eq!(written[1..].concat(), &file[expected..]);
        assert!(matches!(events.last(), Some(TransferEvent::Finished(_))), "{events:?}");
        assert!(upload.is_over());
    }
}

/// As `MP3::Napster` does: the size and a close.
#[test]
fn an_offset_behind_the_end_gets_the_size_only() {
    let mut upload = answer(br#"GETann "a.mp3" 1001"#, 1_000);
    assert_eq!(upload.poll_transmit().as_deref(), Some(&b"1000"[..]));
    assert_eq!(upload.next_part(), None);
    let error = TransferError::OffsetBeyondSize { size: 1_000, offset: 1_001 };
    assert_eq!(failure(&mut upload), Some(error));
}

/// A downloader may close its sending half behind the request.
#[test]
fn a_half_closed_connection_is_served() {
    let file = song(100);
    let mut upload = answer(br#"GETann "a.mp3" 0"#, 100);
    upload.handle_read_end(NOW);
    let (written, events) = drain_upload(&mut upload, &file, 100);
    assert_eq!(written.concat(), [b"100", file.as_slice()].concat());
    assert!(matches!(events.last(), Some(TransferEvent::Finished(_))));
}

#[test]
fn a_downloader_that_goes_or_stands_still_is_noticed() {
    let mut upload = answer(br#"GETann "a.mp3" 0"#, 100);
    assert!(upload.poll_transmit().is_some());
    upload.handle_sent(NOW, 40);
    upload.handle_close(NOW);
    assert_eq!(failure(&mut upload), Some(TransferError::Incomplete { missing: 60 }));

    let mut upload = answer(br#"GETann "a.mp3" 0"#, 100);
    assert_eq!(upload.poll_timeout(), Some(NOW + Duration::from_secs(60)));
    upload.handle_timeout(NOW + Duration::from_secs(60));
    assert_eq!(failure(&mut upload), Some(TransferError::Stalled));
    upload.abort();
    assert_eq!(upload.poll_event(), None, "over is over");
}

#[test]
fn progress_comes_at_its_interval() {
    let Some(Request::Get(get)) = request(&[br#"GETann "a.mp3" 100"#]) else { panic!("a request") };
    let options = TransferOptions { progress_interval: 250, ..Default::default() };
    let mut upload = Upload::direct(&get, 1_000, options, NOW);
    let (_, events) = drain_upload(&mut upload, &song(1_000), 100);
    let told: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            TransferEvent::Progress(progress) => Some(progress.position),
            _ => None,
        })
        .collect();
    assert_eq!(told, [400, 600, 900]);
}

/// The listener's side is `10` in total: the greeting and the offset.
#[test]
fn a_push_waits_for_the_greeting_and_the_offset() {
    let file = song(35_744);
    for portions in [&["1", "0"][..], &["10"], &["1\n", "0"]] {
        let mut upload = push(35_744);
        assert_eq!(upload.poll_transmit(), None);
        let mut written = Vec::new();
        for portion in portions {
            upload.handle_input(NOW, portion.as_bytes());
            written.extend(std::iter::from_fn(|| upload.poll_transmit()));
        }
        assert_eq!(written, [br#"SENDbob "C:\music\a.mp3" 35744"#]);
        let (written, events) = drain_upload(&mut upload, &file, 4_096);
        assert_eq!(written.concat(), file);
        assert!(matches!(events.last(), Some(TransferEvent::Finished(_))));
    }
}

#[test]
fn an_offset_ends_with_a_silence() {
    let file = song(300_000);
    let mut upload = push(300_000);
    upload.handle_input(NOW, b"1");
    assert!(upload.poll_transmit().is_some());
    upload.handle_input(NOW, b"20");
    assert_eq!(upload.next_part(), None, "the offset may go on");
    upload.handle_input(NOW, b"0000");
    let at = upload.poll_timeout().expect("a moment");
    assert_eq!(at, NOW + Duration::from_millis(250));
    upload.handle_timeout(at);
    let (written, _) = drain_upload(&mut upload, &file, 65_536);
    assert_eq!(written.concat(), &file[200_000..]);
    // Or where the downloader closes its sending half.
    let mut upload = push(300_000);
    upload.handle_input(NOW, b"1");
    assert!(upload.poll_transmit().is_some());
    upload.handle_input(NOW, b"299990");
    upload.handle_read_end(NOW);
    assert_eq!(drain_upload(&mut upload, &file, 100).0.concat(), &file[299_990..]);
}

#[test]
fn a_refused_push_tells_the_text() {
    for portions in [&["1INVALID REQUEST"][..], &["1", "INVALID", " REQUEST"], &["INVALID REQUEST"]]
    {
        let mut upload = push(100);
        for portion in portions {
            upload.handle_input(NOW, portion.as_bytes());
        }
        upload.handle_read_end(NOW);
        let text = b"INVALID REQUEST".to_vec();
        assert_eq!(failure(&mut upload), Some(TransferError::Refused { text }));
    }
}

/// TekNap as the receiver of a push sends no offset.
#[test]
fn a_push_without_an_answer_ends() {
    let mut upload = push(100);
    upload.handle_input(NOW, b"1");
    let at = upload.poll_timeout().expect("a moment");
    upload.handle_timeout(at);
    assert_eq!(failure(&mut upload), Some(TransferError::Stalled));
    let mut upload = push(100);
    upload.handle_input(NOW, b"1");
    upload.handle_close(NOW);
    assert_eq!(failure(&mut upload), Some(TransferError::NoAnswer));
}

#[test]
fn a_push_without_a_greeting_goes_on() {
    let mut upload = push(100);
    let at = upload.poll_timeout().expect("a moment");
    assert_eq!(at, NOW + Duration::from_secs(5));
    upload.handle_timeout(at);
    assert!(upload.poll_transmit().is_some());
    upload.handle_input(at, b"10");
    let told = deviations(&events(&mut upload));
    assert_eq!(told, [DeviationKind::MissingGreeting, DeviationKind::LateGreeting]);
    assert_eq!(upload.next_part().map(|part| (part.position, part.length)), Some((0, 100)));
}

#[test]
fn impossible_offsets_are_refused() {
    for (answer, error) in [
        ("1101", TransferError::OffsetBeyondSize { size: 100, offset: 101 }),
        ("1999999999999999999999", TransferError::InvalidRequest),
        ("1-1", TransferError::Refused { text: b"-1".to_vec() }),
        ("1\u{1}", TransferError::NotNapster),
    ] {
        let mut upload = push(100);
        upload.handle_input(NOW, answer.as_bytes());
        upload.handle_read_end(NOW);
        assert_eq!(failure(&mut upload), Some(error), "{answer}");
    }
}

#[test]
fn what_cannot_be_offered_is_the_callers_mistake() {
    let upload = Upload::pushed(b"b ob", PATH, 5, TransferOptions::default(), NOW);
    assert!(matches!(upload, Err(UserError::Text(_))));
}
