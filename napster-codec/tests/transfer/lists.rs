//! Lists of all files, asked for and brought.

use std::time::Duration;

use napster_codec::peer::read_entry;
use napster_codec::transfer::{
    Browse, BrowseEvent, Listing, Request, TransferError, TransferOptions, UserError,
};
use proptest::prelude::*;

use crate::told::{NOW, request};

/// The example of the description of direct browsing.
const ANSWER: &[u8] =
    b"bob\n\"C:\\music\\a.mp3\" 0123456789abcdef0123456789abcdef-443008 443332 128 44100 60\n\n";

fn events(browse: &mut Browse) -> Vec<BrowseEvent> {
    std::iter::from_fn(|| browse.poll_event()).collect()
}

fn hold_example(events: &[BrowseEvent]) {
    let [BrowseEvent::Owner { nick }, BrowseEvent::Entry(file), BrowseEvent::Finished] = events
    else {
        panic!("{events:?}");
    };
    assert_eq!(nick, b"bob");
    assert_eq!(file.filename, r"C:\music\a.mp3");
    assert_eq!(file.size, 443_332);
}

fn direct() -> Browse {
    let mut browse = Browse::direct(&TransferOptions::default(), NOW);
    assert_eq!(browse.poll_transmit(), None);
    browse.handle_input(NOW, b"1");
    assert_eq!(browse.poll_transmit().as_deref(), Some(&b"GETLIST"[..]));
    browse
}

#[test]
fn a_list_is_fetched_however_it_is_cut() {
    // TekNap says SENDLIST in front.
    for answer in [ANSWER.to_vec(), [b"SENDLIST\n", ANSWER].concat()] {
        for cut in 0..=answer.len() {
            let mut browse = direct();
            browse.handle_input(NOW, &answer[..cut]);
            browse.handle_input(NOW, &answer[cut..]);
            assert!(browse.is_over());
            hold_example(&events(&mut browse));
        }
    }
}

#[test]
fn a_list_is_taken_in_both_forms() {
    for word in ["SENDLIST ", "SENDLIST\n"] {
        let all = [word.as_bytes(), ANSWER].concat();
        for cut in word.len() + 4..all.len() {
            let Some(Request::SendList(list)) = request(&[&all[..cut]]) else { panic!("a list") };
            let mut browse = Browse::pushed(list, &TransferOptions::default(), NOW);
            browse.handle_input(NOW, &all[cut..]);
            hold_example(&events(&mut browse));
        }
    }
}

#[test]
fn what_is_no_list_is_told() {
    let mut refused = direct();
    refused.handle_input(NOW, b"INVALID REQUEST");
    refused.handle_close(NOW);
    let text = b"INVALID REQUEST".to_vec();
    let failed = |error| vec![BrowseEvent::Failed(error)];
    assert_eq!(events(&mut refused), failed(TransferError::Refused { text }));

    let mut silent = direct();
    silent.handle_close(NOW);
    assert_eq!(events(&mut silent), failed(TransferError::NoAnswer));

    let mut stalled = direct();
    let at = stalled.poll_timeout().expect("a moment");
    stalled.handle_timeout(at);
    assert_eq!(events(&mut stalled), failed(TransferError::Stalled));

    let mut endless = direct();
    for _ in 0..100 {
        endless.handle_input(NOW, &[b'x'; 100]);
    }
    assert_eq!(events(&mut endless), failed(TransferError::TooLong));

    let mut cut = direct();
    cut.handle_input(NOW, b"bob\nrubbish\n");
    cut.handle_close(NOW);
    let told = events(&mut cut);
    assert_eq!(told[1], BrowseEvent::Unreadable { line: b"rubbish\n".to_vec() });
    assert_eq!(told[2], BrowseEvent::Failed(TransferError::Incomplete { missing: 0 }));
}

#[test]
fn a_request_goes_out_without_a_greeting_too() {
    let mut browse = Browse::direct(&TransferOptions::default(), NOW);
    let at = browse.poll_timeout().expect("a moment");
    assert_eq!(at, NOW + Duration::from_secs(5));
    browse.handle_timeout(at);
    assert_eq!(browse.poll_transmit().as_deref(), Some(&b"GETLIST"[..]));
}

fn written(listing: &mut Listing) -> Vec<u8> {
    std::iter::from_fn(|| listing.poll_transmit()).flatten().collect()
}

#[test]
fn an_owner_answers_with_his_list() {
    let line = ANSWER[4..].split(|byte| *byte == b'\n').next().expect("a line");
    let (file, _) = read_entry(line).expect("a file");
    let mut listing = Listing::direct(b"bob").expect("a nick");
    listing.add(&file).expect("a file");
    assert!(!listing.is_over());
    listing.finish().expect("the end");
    assert_eq!(written(&mut listing), ANSWER);
    assert!(listing.is_over());
    assert_eq!(listing.add(&file), Err(UserError::Ended));
    assert_eq!(listing.finish(), Err(UserError::Ended));
    assert!(matches!(Listing::direct(b"b ob"), Err(UserError::Text(_))));
}

#[test]
fn a_list_is_brought_behind_the_greeting() {
    let mut listing = Listing::pushed(b"bob", NOW).expect("a nick");
    listing.finish().expect("the end");
    assert_eq!(written(&mut listing), b"");
    let mut patient = listing.clone();
    listing.handle_input(b"1");
    assert_eq!(written(&mut listing), b"SENDLIST bob\n\n");
    let at = patient.poll_timeout().expect("a moment");
    patient.handle_timeout(at);
    assert_eq!(written(&mut patient), b"SENDLIST bob\n\n");
}

#[test]
fn a_long_list_waits_for_its_reader() {
    let (file, _) = read_entry(br#""C:\music\a.mp3" 0 443332 128 44100 60"#).expect("a file");
    let mut listing = Listing::direct(b"bob").expect("a nick");
    let mut added = 0;
    while listing.wants_entry() {
        listing.add(&file).expect("a file");
        added += 1;
    }
    assert!((1_000..3_000).contains(&added), "{added}");
    assert!(written(&mut listing).len() >= Listing::WAITING_LIMIT);
    assert!(listing.wants_entry());
}

proptest! {
    #[test]
    fn any_bytes_end_in_a_defined_state(
        portions in prop::collection::vec(prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"\n\"bobSENDLIST 0".to_vec())], 0..60), 0..20),
    ) {
        let mut browse = Browse::direct(&TransferOptions::default(), NOW);
        for portion in &portions {
            browse.handle_input(NOW, portion);
        }
        browse.handle_close(NOW);
        prop_assert!(browse.is_over());
        prop_assert!(matches!(events(&mut browse).last(),
            Some(BrowseEvent::Finished | BrowseEvent::Failed(_))));
    }
}
