//! What a listener makes of the first bytes.

use std::time::Duration;

use napster_codec::transfer::{GetRequested, Incoming, Refusal, Request, TransferError};

use crate::told::{NOW, incoming, request};

fn get(portions: &[&[u8]]) -> GetRequested {
    match request(portions) {
        Some(Request::Get(get)) => get,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_is_read_however_it_is_cut() {
    let all = br#"GETann "C:\music\a.mp3" 200000"#;
    for cut in 0..=all.len() {
        let get = get(&[&all[..cut], &all[cut..]]);
        assert_eq!(get.nick, b"ann");
        assert_eq!(get.filename, br"C:\music\a.mp3");
        assert_eq!(get.offset, 200_000, "cut at {cut}");
    }
}

#[test]
fn an_offset_of_0_is_whole_at_once_and_others_after_a_silence() {
    let mut quick = incoming(&[br#"GETann "a.mp3" 0"#]);
    assert!(matches!(quick.take_request(), Some(Request::Get(_))));
    let mut slow = incoming(&[br#"GETann "a.mp3" 20"#]);
    assert_eq!(slow.take_request(), None);
    let at = NOW + Duration::from_millis(250);
    assert_eq!(slow.poll_timeout(), Some(at));
    slow.handle_timeout(at);
    assert!(matches!(slow.take_request(), Some(Request::Get(_))));
    // A downloader that closes its sending half has said everything.
    let mut half = incoming(&[br#"GETann "a.mp3" 20"#]);
    half.handle_close(NOW);
    assert!(matches!(half.take_request(), Some(Request::Get(_))));
}

#[test]
fn an_absent_offset_is_0_and_a_negative_one_is_refused() {
    assert_eq!(get(&[br#"GETann "a.mp3""#]).offset, 0);
    let mut negative = incoming(&[br#"GETann "a.mp3" -5"#]);
    let at = negative.poll_timeout().expect("a moment");
    negative.handle_timeout(at);
    assert_eq!(negative.take_request(), None);
    assert_eq!(negative.take_error(), Some(TransferError::InvalidRequest));
    assert_eq!(negative.poll_transmit().as_deref(), Some(&b"INVALID REQUEST"[..]));
}

#[test]
fn file_names_can_hold_quotes() {
    assert_eq!(get(&[br#"GETann "7" remix.mp3" 0"#]).filename, br#"7" remix.mp3"#);
}

/// TekNap takes any `GETL` for a list request; its users are served all the same.
#[test]
fn lists_are_told_from_nicks_that_begin_like_them() {
    assert_eq!(get(&[br#"GETLISTener "a.mp3" 0"#]).nick, b"LISTener");
    for portions in [&[&b"GETLIST"[..]][..], &[b"GETLIST\n"], &[b"GET", b"LIST"]] {
        assert_eq!(request(portions), Some(Request::GetList));
    }
    let lists: [&[u8]; 2] = [b"SENDLIST bob\n\n", b"SENDLIST\nbob\n\n"];
    for (list, nick) in lists.into_iter().zip([Some(b"bob".to_vec()), None]) {
        let Some(Request::SendList(list)) = request(&[list]) else { panic!("a list") };
        assert_eq!(list.nick, nick);
    }
}

#[test]
fn a_line_end_in_front_is_passed_over() {
    assert_eq!(get(&[b"\n", br#"GETann "a.mp3" 0"#]).nick, b"ann");
}

#[test]
fn other_protocols_are_not_answered() {
    let mut http = incoming(&[b"GET / HTTP/1.0\r\n"]);
    assert_eq!(http.take_error(), Some(TransferError::NotNapster));
    assert_eq!((http.poll_transmit(), http.poll_timeout()), (None, None));
    let mut bare = incoming(&[b"a.mp3"]);
    assert_eq!(bare.take_error(), Some(TransferError::NotNapster));
    assert_eq!(bare.poll_transmit().as_deref(), Some(&b"INVALID REQUEST"[..]));
}

#[test]
fn a_request_is_bounded_in_length_and_time() {
    let mut long = incoming(&[b"GETann \""]);
    for _ in 0..64 {
        long.handle_input(NOW, &[b'x'; 64]);
    }
    assert_eq!(long.take_error(), Some(TransferError::TooLong));

    let mut silent = incoming(&[]);
    assert_eq!(silent.poll_timeout(), Some(NOW + Incoming::PATIENCE));
    silent.handle_timeout(NOW + Incoming::PATIENCE);
    assert_eq!(silent.take_error(), Some(TransferError::Stalled));
    // Half a request, a byte at a time, does not hold out longer.
    let mut slow = Incoming::new(NOW);
    for (seconds, byte) in (0_u64..).zip(b"GETannannannannannannannannannann") {
        slow.handle_input(NOW + Duration::from_secs(seconds), &[*byte]);
    }
    slow.handle_timeout(NOW + Incoming::PATIENCE);
    assert_eq!(slow.take_error(), Some(TransferError::InvalidRequest));
    let mut gone = incoming(&[]);
    gone.handle_close(NOW);
    assert_eq!(gone.take_error(), Some(TransferError::NoAnswer));
}

#[test]
fn refusals_are_the_words_of_the_programs() {
    for refusal in Refusal::ALL {
        let mut incoming = incoming(&[br#"GETann "a.mp3" 0"#]);
        assert!(incoming.take_request().is_some());
        incoming.refuse(refusal);
        assert_eq!(incoming.poll_transmit().as_deref(), Some(refusal.text().as_bytes()));
    }
    let words = Refusal::ALL.map(Refusal::text);
    assert_eq!(
        words,
        ["INVALID REQUEST", "FILE NOT SHARED", "FILE NOT FOUND", "FILE NOT REQUESTED"]
    );
}

/// `MP3::Napster` leaves the folder out of the name, TekNap changes it.
#[test]
fn a_push_is_compared_with_what_was_asked_for() {
    let offer = |line: &[u8]| match request(&[line]) {
        Some(Request::Send(send)) => send,
        other => panic!("{other:?}"),
    };
    let asked = br"Z:\nap\Beatles - Hey.mp3";
    assert!(offer(br#"SENDBob "Z:\nap\Beatles - Hey.mp3" 5"#).is_for(b"bob", asked));
    assert!(offer(br#"SENDbob "Beatles - Hey.mp3" 5"#).is_for(b"bob", asked));
    assert!(!offer(br#"SENDbob "Beatles - Help.mp3" 5"#).is_for(b"bob", asked));
    assert!(!offer(br#"SENDeve "Beatles - Hey.mp3" 5"#).is_for(b"bob", asked));
}
