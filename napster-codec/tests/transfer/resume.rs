//! Going on where a part of the file is here already.

use napster_codec::peer::DeviationKind;
use napster_codec::transfer::{
    Download, DownloadOptions, Request, SendRequested, TransferError, TransferEvent,
};

use crate::told::{NOW, Played, request, sized, song};

const SIZE: usize = 10_000;
const HAVE: usize = 6_000;

fn resuming(tail: usize, expected: Option<usize>) -> Played {
    let tail = song(SIZE)[HAVE - tail..HAVE].to_vec();
    let expected_size = expected.map(|size| size as u64);
    let offset = HAVE as u64;
    let options = DownloadOptions { expected_size, offset, tail, ..Default::default() };
    Played::direct(options).hears("1")
}

#[test]
fn the_tail_is_asked_for_again_and_not_handed_out_twice() {
    let (file, played) = (song(SIZE), resuming(100, Some(SIZE)));
    assert!(played.said().ends_with(br#"" 5900"#));
    let mut played = played.hears("10000");
    for portion in file[HAVE - 100..].chunks(33) {
        played = played.hears(portion);
    }
    assert!(played.is_finished());
    assert_eq!(played.file, &file[HAVE..]);
    assert!(played.events.iter().any(|event| matches!(
        event,
        TransferEvent::Started { size: 10_000, position: 6_000, .. }
    )));
    assert_eq!(played.download.progress().position, SIZE as u64);
}

/// TekNap exchanges two arguments of its seek call and sends the file from its start.
#[test]
fn an_ignored_offset_is_noticed_by_the_tail_and_survived() {
    let file = song(SIZE);
    for (tail, portion) in [(100, 1_000), (4_096, 700), (4_096, SIZE)] {
        let mut played = resuming(tail, Some(SIZE)).hears("10000");
        for portion in file.chunks(portion) {
            played = played.hears(portion);
        }
        assert_eq!(played.deviations(), [DeviationKind::IgnoredOffset], "{tail}");
        assert!(played.is_finished());
        assert_eq!(played.file, &file[HAVE..]);
    }
}

#[test]
fn an_ignored_offset_without_a_tail_is_an_error() {
    let file = song(SIZE);
    let played = resuming(0, Some(SIZE)).hears("10000").hears(&file);
    assert_eq!(played.error(), Some(&TransferError::OffsetIgnored));
    // Also where the excess comes later.
    let played = resuming(0, Some(SIZE)).hears("10000").hears(&file[..SIZE - HAVE]);
    assert_eq!(played.error(), None);
    assert!(!played.is_finished());
    assert_eq!(played.hears(&file[..1]).error(), Some(&TransferError::OffsetIgnored));
    // Where nothing more comes, the offset was obeyed.
    for played in [
        resuming(0, Some(SIZE)).hears("10000").hears(&file[HAVE..]).ends(),
        resuming(0, Some(SIZE)).hears("10000").hears(&file[HAVE..]).waits(),
    ] {
        assert!(played.is_finished());
        assert_eq!(played.file, &file[HAVE..]);
    }
}

/// A file can repeat itself, so that its start looks like the tail.
#[test]
fn an_ignored_offset_behind_the_same_tail_is_an_error() {
    let options = DownloadOptions { offset: 10, tail: b"xxxxx".to_vec(), ..sized(20) };
    let played = Played::direct(options).hears("1").hears("20").hears([b'x'; 20]);
    assert_eq!(played.error(), Some(&TransferError::OffsetIgnored));
    assert!(played.file.is_empty());
    assert_eq!(played.download.progress().bytes, 0);
}

#[test]
fn another_file_is_noticed_before_anything_is_appended() {
    let other = vec![b'x'; SIZE];
    let played = resuming(100, Some(SIZE)).hears("10000").hears(&other);
    assert_eq!(played.error(), Some(&TransferError::FileDiffers));
    assert!(played.file.is_empty());
    // A tail that is the whole part leaves no room for doubt.
    let options = DownloadOptions { offset: 3, tail: b"ID3".to_vec(), ..sized(10) };
    let played = Played::direct(options).hears("1").hears("10").hears("RIFFabcdef");
    assert_eq!(played.error(), Some(&TransferError::FileDiffers));
}

/// gift-berlios announces what will follow instead of the whole file.
#[test]
fn a_remaining_size_is_understood_where_the_size_is_known() {
    let file = song(SIZE);
    let played = resuming(100, Some(SIZE)).hears("4100").hears(&file[HAVE - 100..]);
    assert_eq!(played.deviations(), [DeviationKind::RemainingSize]);
    assert!(played.is_finished());
    assert_eq!(played.file, &file[HAVE..]);
}

/// `MP3::Napster` sends only the size and closes.
#[test]
fn an_offset_behind_the_end_is_told() {
    let played = resuming(0, None).hears("5000").ends();
    let error = TransferError::OffsetBeyondSize { size: 5_000, offset: 6_000 };
    assert_eq!(played.error(), Some(&error));
}

#[test]
fn an_offset_at_the_end_needs_nothing_more() {
    let played = resuming(0, Some(HAVE)).hears("6000").ends();
    assert!(played.is_finished() && played.file.is_empty());
}

fn send(line: &[u8]) -> SendRequested {
    match request(&[line]) {
        Some(Request::Send(send)) => send,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pushed_file_is_taken_from_where_it_is_wanted() {
    let file = song(SIZE);
    let offer = send(br#"SENDbob "C:\music\a.mp3" 10000"#);
    assert!(offer.is_for(b"Bob", br"C:\music\a.mp3"));
    assert_eq!((&offer.nick[..], offer.size), (&b"bob"[..], 10_000));
    let pushed = |have: usize, tail: usize| {
        let tail = file[have - tail..have].to_vec();
        let options = DownloadOptions { offset: have as u64, tail, ..sized(SIZE) };
        Played::new(Download::pushed(offer.clone(), options, NOW).expect("options"))
    };
    let played = pushed(0, 0).hears(&file);
    assert_eq!(played.said(), b"0");
    assert!(played.is_finished() && played.file == file);

    let played = pushed(HAVE, 50).hears(&file[HAVE - 50..]);
    assert_eq!(played.said(), b"5950");
    assert!(played.is_finished());
    assert_eq!(played.file, &file[HAVE..]);
}

#[test]
fn a_push_that_does_not_wait_for_the_offset_is_taken() {
    let offer = send(br#"SENDbob "a.mp3" 6ID3"#);
    let played = Played::new(Download::pushed(offer, sized(6), NOW).expect("options")).hears("abc");
    assert!(played.is_finished());
    assert_eq!(played.file, b"ID3abc");
}

#[test]
fn a_push_of_less_than_is_here_is_refused() {
    let offer = send(br#"SENDbob "a.mp3" 5"#);
    let options = DownloadOptions { offset: 6, ..Default::default() };
    let played = Played::new(Download::pushed(offer, options, NOW).expect("options"));
    assert_eq!(played.said(), b"INVALID REQUEST");
    assert_eq!(played.error(), Some(&TransferError::OffsetBeyondSize { size: 5, offset: 6 }));
}

#[test]
fn a_push_of_an_empty_file_is_whole_at_once() {
    let played = Played::new(
        Download::pushed(send(br#"SENDbob "a.mp3" 0"#), sized(0), NOW).expect("options"),
    );
    assert_eq!(played.said(), b"0");
    assert!(played.is_finished());
}
