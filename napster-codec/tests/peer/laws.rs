//! What holds for any bytes, cut and ordered in any way.

use napster_codec::peer::{Closed, Expectation, ExpectedKind, KnownSizes, Observer, Side};
use proptest::prelude::*;

use crate::story::{Act, FIN_I, FIN_L, Story, i, l, play, song};

/// Plays acts whose segments are handed over in portions.
fn play_in_portions(acts: &[Act], portion: usize, how: Closed) -> Story {
    let mut story = Story::default();
    let mut observer = Observer::new(Expectation::default());
    for (stamp, act) in (1_u32..).zip(acts) {
        let (side, bytes) = match act {
            Act::I(bytes) => (Side::Initiator, bytes),
            Act::L(bytes) => (Side::Listener, bytes),
            Act::Gap(side, length) => {
                observer.gap(*side, *length, &mut story);
                continue;
            }
            Act::Fin(side) => {
                observer.finished(*side, &mut story);
                continue;
            }
        };
        let portions = bytes.chunks(portion).count();
        for (index, bytes) in bytes.chunks(portion).enumerate() {
            observer.data(side, bytes, index + 1 == portions, stamp, &mut story);
        }
    }
    observer.closed(how, &mut story);
    story.undecoded = [observer.undecoded(Side::Initiator), observer.undecoded(Side::Listener)];
    story
}

fn conversation() -> impl Strategy<Value = Vec<Act>> {
    let file = (0_usize..3000).prop_map(song);
    let digits = prop::collection::vec(b'0'..=b'9', 0..2000);
    (prop_oneof![file, digits], 0_u8..8, any::<bool>()).prop_map(|(file, which, together)| {
        let size = file.len().to_string();
        // Nothing but a few digits in one segment is read as a size whose file never came.
        let only_digits = file.iter().all(u8::is_ascii_digit) && size.len() + file.len() <= 20;
        let answer = if together && !only_digits {
            vec![l([size.as_bytes(), &file].concat())]
        } else {
            vec![l(&size), l(&file)]
        };
        let mut acts = match which {
            0 => vec![l("1"), i("GET"), i(r#"ann "a.mp3" 0"#)],
            1 => vec![i("GET"), i(r#"ann "a.mp3" 0"#), l("1")],
            2 => vec![l("1"), i(r#"GETann "a.mp3" 0"#)],
            3 => vec![l("1"), i("song.mp3")],
            4 => {
                let mut acts = vec![l("1"), i("SEND"), i(format!(r#"bob "a.mp3" {size}"#)), l("0")];
                acts.extend(file.chunks(500).map(i));
                acts.extend([FIN_I, FIN_L]);
                return acts;
            }
            5 => {
                let list = "bob\n\"a.mp3\" 0 5 128 44100 60\n\n";
                return vec![l("1"), i("GETLIST\n"), l(list), FIN_L, FIN_I];
            }
            6 => return vec![i("SENDLIST bob\n\"a.mp3\" 0 5 128 44100 60\n\n"), l("1"), FIN_I],
            _ => return vec![l("1"), i(r#"GETann "a" 0"#), l("INVALID REQUEST"), FIN_L, FIN_I],
        };
        acts.extend(
            answer.into_iter().filter(|act| !matches!(act, Act::L(bytes) if bytes.is_empty())),
        );
        acts.extend([FIN_L, FIN_I]);
        acts
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let words = prop::sample::select(vec![
        &b"1"[..],
        b"\n",
        b"GET",
        b"SEND",
        b"LIST",
        b"GETLIST\n",
        b"SENDLIST",
        b"ann \"a\" 0",
        b"\"",
        b" 5",
        b"12345",
        b"0",
        b"INVALID REQUEST",
        b"\xff\xfb",
        b" ",
        b"bob\n",
        b"\"a.mp3\" 0 5 128 44100 60\n",
    ]);
    let bytes = prop_oneof![
        4 => words.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..40),
        1 => prop::collection::vec(any::<u8>(), 1000..9000),
    ];
    let side = prop_oneof![Just(Side::Initiator), Just(Side::Listener)];
    prop_oneof![
        8 => bytes.clone().prop_map(Act::I),
        8 => bytes.prop_map(Act::L),
        1 => (side.clone(), 0_u64..5000).prop_map(|(side, length)| Act::Gap(side, length)),
        1 => side.prop_map(Act::Fin),
    ]
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let kinds = vec![
        None,
        Some(ExpectedKind::Download),
        Some(ExpectedKind::Push),
        Some(ExpectedKind::Browse),
        Some(ExpectedKind::PushedBrowse),
        Some(ExpectedKind::Chat),
    ];
    (prop::sample::select(kinds), any::<bool>(), prop::collection::vec(0_u64..20_000, 0..3))
        .prop_map(|(kind, late, sizes)| {
            let expectation = kind.map_or_else(Expectation::default, Expectation::of);
            let expectation = expectation.with_file(b"a", KnownSizes::from_iter(sizes));
            if late { expectation.late() } else { expectation }
        })
}

fn how() -> impl Strategy<Value = Closed> {
    prop::sample::select(vec![Closed::Fin, Closed::Rst, Closed::Timeout, Closed::Eof])
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_portions_tell_the_same_story(acts in conversation(), portion in 1_usize..700) {
        let whole = play_in_portions(&acts, usize::MAX, Closed::Fin);
        let cut = play_in_portions(&acts, portion, Closed::Fin);
        prop_assert_eq!(whole, cut);
    }

    #[test]
    fn whole_transfers_are_told_whole(acts in conversation()) {
        let story = play(Expectation::default(), &[], &acts, Closed::Fin);
        if let Some(ended) = &story.transfer {
            let told = ended.complete || ended.error.is_some() || ended.kind.name() == "bare";
            prop_assert!(told, "{:#?}", story);
        }
        prop_assert_eq!(story.undecoded, [0, 0]);
    }

    #[test]
    fn anything_is_told_and_every_byte_accounted_for(
        expectation in expectation(), acts in prop::collection::vec(any_act(), 0..14), how in how(),
    ) {
        // `play` asserts the account.
        play(expectation, &[5, 12_345], &acts, how);
    }
}
