//! Fetching a file from every program that is known, and from some that are not.

use std::time::Duration;

use napster_codec::peer::{DeviationKind, SizeRule};
use napster_codec::transfer::{
    Download, DownloadOptions, Progress, TransferError, TransferEvent, TransferOptions, UserError,
};

use crate::told::{NOW, PATH, Played, sized, song};

#[test]
fn the_dialogue_of_the_specification_byte_by_byte() {
    let file = song(443_332);
    let played = Played::expecting(file.len()).hears("1");
    assert_eq!(played.said(), br#"GETann "C:\music\a.mp3" 0"#);
    let played = played.hears("443332").hears(&file);
    assert!(played.is_finished() && played.download.is_over());
    assert_eq!(played.file, file);
    assert_eq!(played.deviations(), []);
    assert!(played.events.contains(&TransferEvent::Started {
        size: 443_332,
        position: 0,
        rule: Some(SizeRule::KnownSize)
    }));
    assert_eq!(played.download.poll_timeout(), None);
}

#[test]
fn nothing_is_said_before_the_greeting_unless_it_stays_out() {
    let played = Played::expecting(5);
    assert_eq!(played.said(), b"");
    let played = played.waits();
    assert_eq!(played.now, NOW + Duration::from_secs(5));
    assert_eq!(played.deviations(), [DeviationKind::MissingGreeting]);
    assert_eq!(played.said(), br#"GETann "C:\music\a.mp3" 0"#);
    // It may come late, in one segment with the size.
    let played = played.hears("15hello");
    assert_eq!((played.file.as_slice(), played.is_finished()), (&b"hello"[..], true));
    assert_eq!(played.deviations().last(), Some(&DeviationKind::LateGreeting));
}

#[test]
fn a_size_that_begins_with_1_is_no_late_greeting() {
    let file = song(15);
    let played = Played::expecting(15).waits().hears("15").hears(&file);
    assert_eq!((played.file.as_slice(), played.is_finished()), (file.as_slice(), true));
}

/// TekNap takes LF, `MP3::Napster` any byte.
#[test]
fn another_first_byte_is_a_greeting_too() {
    for (greeting, deviations) in
        [("1", vec![]), ("1\n", vec![]), ("\n", vec![DeviationKind::WrongGreeting])]
    {
        let played = Played::expecting(5).hears(greeting).hears("5").hears("hello");
        assert_eq!((played.file.as_slice(), played.is_finished()), (&b"hello"[..], true));
        assert_eq!(played.deviations(), deviations, "{greeting:?}");
    }
}

/// TekNap reads `GETL` as the start of a list request; two writes keep the words apart.
#[test]
fn a_nick_with_a_capital_l_is_written_apart() {
    let download = Download::direct(b"Lea", PATH, sized(5), NOW).expect("a request");
    let played = Played::new(download).hears("1");
    assert_eq!(played.written, [&b"GET"[..], br#"Lea "C:\music\a.mp3" 0"#]);
}

#[test]
fn what_cannot_be_asked_is_the_callers_mistake() {
    let ask = |nick: &[u8], path: &[u8]| {
        Download::direct(nick, path, DownloadOptions::default(), NOW).map(|_| ())
    };
    assert!(matches!(ask(b"an n", PATH), Err(UserError::Text(_))));
    assert!(matches!(ask(b"", PATH), Err(UserError::Text(_))));
    // A file name can hold quotes, as long as it reads back.
    assert_eq!(ask(b"ann", br#"7" remix.mp3"#), Ok(()));
    let options = DownloadOptions { offset: 2, tail: b"abc".to_vec(), ..Default::default() };
    assert_eq!(Download::direct(b"ann", PATH, options, NOW).err(), Some(UserError::Tail));
}

/// The specification, `MP3::Napster` and TekNap; FILE NOT REQUESTED and INVALID DATA too.
#[test]
fn error_texts_are_told_as_they_came() {
    for text in ["INVALID REQUEST", "FILE NOT SHARED", "FILE NOT FOUND", "INVALID DATA", "busy"] {
        let refused = TransferError::Refused { text: text.into() };
        // As the answer, cut anywhere, and at once with the greeting.
        let played = Played::expecting(5).hears("1").hears(&text[..1]).hears(&text[1..]).ends();
        assert_eq!(played.error(), Some(&refused));
        let played = Played::expecting(5).hears(format!("1{text}")).ends();
        assert_eq!(played.error(), Some(&refused));
        // In place of the greeting, and without a close.
        let played = Played::expecting(5).hears(text).waits();
        assert_eq!(played.error(), Some(&refused));
        assert!(played.file.is_empty());
    }
}

#[test]
fn an_error_text_is_bounded() {
    let played = Played::expecting(5).hears("1").hears(vec![b'x'; 100_000]);
    let Some(TransferError::Refused { text }) = played.error() else { panic!("refused") };
    assert_eq!(text.len(), 255);
}

#[test]
fn what_is_neither_size_nor_text_is_another_protocol() {
    let played = Played::expecting(5).hears("1").hears(b"\x16\x03\x01\x02\x00");
    assert_eq!(played.error(), Some(&TransferError::NotNapster));
}

/// TekNap closes without a word where the offset is not below the size; gift-berlios too.
#[test]
fn a_close_without_an_answer_is_told() {
    for played in [Played::expecting(5), Played::expecting(5).hears("1")] {
        assert_eq!(played.ends().error(), Some(&TransferError::NoAnswer));
    }
}

#[test]
fn a_broken_transfer_tells_what_is_missing() {
    let played = Played::expecting(10).hears("1").hears("10").hears("IDabc").ends();
    assert_eq!(played.error(), Some(&TransferError::Incomplete { missing: 5 }));
    assert_eq!(played.file, b"IDabc");
    assert_eq!(played.download.progress().position, 5);
}

#[test]
fn silence_ends_a_transfer() {
    let transfer = TransferOptions { stall_timeout: Duration::from_secs(30), ..Default::default() };
    let options = DownloadOptions { transfer, ..sized(10) };
    let played = Played::direct(options).hears("1").hears("10ID3");
    let (at, mut download) = (NOW + Duration::from_secs(30), played.download.clone());
    assert_eq!(download.poll_timeout(), Some(at));
    assert!(download.handle_timeout(at - Duration::from_millis(1)).is_empty());
    assert_eq!(download.poll_event(), None, "a call too early changes nothing");
    assert_eq!(played.waits().error(), Some(&TransferError::Stalled));
}

#[test]
fn progress_comes_at_its_interval_and_abort_ends_it() {
    let file = song(1000);
    let transfer = TransferOptions { progress_interval: 300, ..Default::default() };
    let options = DownloadOptions { transfer, ..sized(1000) };
    let mut played = Played::direct(options).hears("1").hears("1000");
    for portion in file[..700].chunks(100) {
        played = played.hears(portion);
    }
    let told: Vec<u64> = played
        .events
        .iter()
        .filter_map(|event| match event {
            TransferEvent::Progress(Progress { bytes, .. }) => Some(*bytes),
            _ => None,
        })
        .collect();
    assert_eq!(told, [300, 600]);
    played.download.abort();
    assert_eq!(played.download.poll_event(), Some(TransferEvent::Failed(TransferError::Aborted)));
    // What comes behind it is nobody's.
    let played = played.hears(&file[700..]);
    assert_eq!(played.file, &file[..700]);
}

#[test]
fn a_size_that_is_not_the_announced_one_is_told_and_used() {
    let file = song(700);
    let played = Played::expecting(900).hears("1").hears("700").hears(&file).ends();
    assert_eq!(played.deviations(), [DeviationKind::SizeMismatch]);
    assert!(played.is_finished());
    assert_eq!(played.file, file);
}

#[test]
fn more_than_promised_is_not_the_files() {
    let played = Played::expecting(5).hears("1").hears("5helloTRAILER");
    assert_eq!(played.deviations(), [DeviationKind::ExcessData]);
    assert_eq!((played.file.as_slice(), played.is_finished()), (&b"hello"[..], true));
}

#[test]
fn an_empty_file_is_whole_at_once() {
    let played = Played::expecting(0).hears("1").hears("0");
    assert!(played.is_finished() && played.file.is_empty());
    // Nothing known of it: the end tells.
    let played = Played::direct(DownloadOptions::default()).hears("1").hears("0").ends();
    assert!(played.is_finished() && played.file.is_empty());
}

/// The rule of TekNap and giFT: a known size tells where a file of digits begins.
#[test]
fn a_known_size_parts_digits_from_digits() {
    for file in ["2600 A.D.", "0", "33333333"] {
        let all = format!("1{}{file}", file.len());
        for cut in 0..=all.len() {
            let played = Played::expecting(file.len()).hears(&all[..cut]).hears(&all[cut..]);
            assert_eq!((played.file.as_slice(), played.is_finished()), (file.as_bytes(), true));
        }
    }
}

/// Nothing known: the end of a short file tells, the read where the size came alone, or a silence.
#[test]
fn unknown_sizes_are_decided_as_a_watcher_does() {
    let unknown = || Played::direct(DownloadOptions::default()).hears("1");
    let played = unknown().hears("52600 ").ends();
    assert_eq!((played.file.as_slice(), played.is_finished()), (&b"2600 "[..], true));
    let played = unknown().hears("5").hears("2600 ").waits();
    assert_eq!((played.file.as_slice(), played.is_finished()), (&b"2600 "[..], true));
    let file = song(40_000);
    let played = unknown().hears([b"40000", file.as_slice()].concat());
    assert_eq!((played.file.len(), played.is_finished()), (40_000, true));
    assert_eq!(played.file, file);
}

#[test]
fn digits_without_an_end_are_no_size() {
    let played = Played::direct(DownloadOptions::default()).hears("1").hears([b'9'; 40]).ends();
    assert!(played.error().is_some() && played.file.len() <= 40, "{:?}", played.events);
    let played =
        Played::direct(DownloadOptions::default()).hears("1").hears([b'9'; 20]).hears("ID3").ends();
    assert_eq!(played.error(), Some(&TransferError::SizeTooLarge));
}
