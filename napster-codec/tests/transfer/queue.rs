//! Whose turn it is.

use std::time::Duration;

use napster_codec::transfer::{QueueLimits, Turn, UploadQueue};
use proptest::prelude::*;

use crate::told::NOW;

fn limits() -> QueueLimits {
    QueueLimits {
        uploads: 2,
        uploads_per_nick: 1,
        waiting: 3,
        waiting_per_nick: 2,
        patience: Duration::from_secs(60),
    }
}

#[test]
fn places_are_given_in_the_order_of_requests() {
    let mut queue = UploadQueue::new(limits());
    assert_eq!(queue.ask(b"ann", b"1", NOW), Turn::Start);
    assert_eq!(queue.ask(b"bob", b"2", NOW), Turn::Start);
    assert_eq!(queue.ask(b"cat", b"3", NOW), Turn::Wait { position: 0 });
    assert_eq!(queue.ask(b"dan", b"4", NOW), Turn::Wait { position: 1 });
    // Asked again, everybody keeps his place.
    assert_eq!(queue.ask(b"CAT", b"3", NOW), Turn::Wait { position: 0 });
    assert_eq!(queue.ask(b"ann", b"1", NOW), Turn::Start);
    assert_eq!((queue.running(), queue.waiting()), (2, 2));
    assert_eq!(queue.next(), None);
    assert!(queue.finish(b"ANN", b"1"));
    assert!(!queue.finish(b"ann", b"1"));
    assert_eq!(queue.next(), Some((&b"cat"[..], &b"3"[..])));
    // The second in the row does not overtake the first.
    assert_eq!(queue.ask(b"dan", b"4", NOW), Turn::Wait { position: 1 });
    assert_eq!(queue.ask(b"cat", b"3", NOW), Turn::Start);
    assert_eq!(queue.position(b"dan", b"4"), Some(0));
}

#[test]
fn nobody_takes_all_places() {
    let mut queue = UploadQueue::new(limits());
    assert_eq!(queue.ask(b"ann", b"1", NOW), Turn::Start);
    assert_eq!(queue.ask(b"Ann", b"2", NOW), Turn::Wait { position: 0 });
    assert_eq!(queue.ask(b"ann", b"3", NOW), Turn::Wait { position: 1 });
    assert_eq!(queue.ask(b"ann", b"4", NOW), Turn::Refuse);
    // Others pass by who has his share.
    assert_eq!(queue.ask(b"bob", b"5", NOW), Turn::Start);
    assert_eq!(queue.ask(b"bob", b"6", NOW), Turn::Wait { position: 2 });
    assert_eq!(queue.ask(b"cat", b"7", NOW), Turn::Refuse, "three wait");
    queue.forget(b"ANN");
    assert_eq!(queue.ask(b"cat", b"7", NOW), Turn::Wait { position: 1 });
}

#[test]
fn who_does_not_ask_again_loses_his_place() {
    let mut queue = UploadQueue::new(QueueLimits { uploads: 0, ..limits() });
    assert_eq!(queue.ask(b"ann", b"1", NOW), Turn::Wait { position: 0 });
    assert_eq!(queue.ask(b"bob", b"2", NOW), Turn::Wait { position: 1 });
    let later = NOW + Duration::from_secs(61);
    assert_eq!(queue.ask(b"cat", b"3", later), Turn::Wait { position: 0 });
    assert_eq!(queue.waiting(), 1);
}

#[test]
fn a_full_row_does_not_keep_a_free_place_empty() {
    let mut queue = UploadQueue::new(QueueLimits { waiting: 0, ..limits() });
    assert_eq!(queue.ask(b"ann", b"1", NOW), Turn::Start);
    assert_eq!(queue.ask(b"ann", b"2", NOW), Turn::Refuse);
    assert_eq!(queue.ask(b"bob", b"1", NOW), Turn::Start);
    assert_eq!(queue.ask(b"cat", b"1", NOW), Turn::Refuse);
}

proptest! {
    #[test]
    fn no_limit_is_ever_exceeded(
        steps in prop::collection::vec((0_u8..3, 0_u8..5, 0_u8..6, 0_u64..40), 0..200),
    ) {
        let (mut queue, mut now) = (UploadQueue::new(limits()), NOW);
        for (what, nick, file, pause) in steps {
            now += Duration::from_secs(pause);
            let (nick, file) = ([nick], [file]);
            match what {
                0 | 1 => {
                    let turn = queue.ask(&nick, &file, now);
                    if let Turn::Wait { position } = turn {
                        prop_assert_eq!(queue.position(&nick, &file), Some(position));
                    }
                }
                _ => { queue.finish(&nick, &file); }
            }
            prop_assert!(queue.running() <= 2 && queue.waiting() <= 3);
        }
    }
}
