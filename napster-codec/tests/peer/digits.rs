//! Where the digits of a size end.

use napster_codec::peer::{Closed, Expectation, SizeRule};

use crate::story::{Act, FIN_I, FIN_L, Story, i, l, play};

/// A download from an offset; the listener's bytes in segments.
fn download(offset: u64, known: &[u64], segments: &[Vec<u8>], how: Closed) -> Story {
    let mut acts = vec![l("1"), i("GET"), i(format!(r#"ann "a.txt" {offset}"#))];
    acts.extend(segments.iter().map(l));
    if how == Closed::Fin {
        acts.extend([FIN_L, FIN_I]);
    }
    play(Expectation::default(), known, &acts, how)
}

/// A file of digits, which cannot be told from a size by its look.
fn numbers(length: usize) -> Vec<u8> {
    (0..length).map(|at| b'1' + (at % 9) as u8).collect()
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn a_known_size_decides_at_once() {
    let data = numbers(443_332 - 200_000);
    let stream = joined(&[b"443332", &data]);
    let story = download(200_000, &[443_332], &[stream], Closed::Fin);
    assert_eq!(story.ended().rule, Some(SizeRule::KnownSize));
    assert_eq!((story.most_readings, story.file() == data), (1, true));
    assert!(story.ended().complete);
    // Two known sizes of which one begins with the other: the clean end tells.
    let data = numbers(4433);
    let story = download(0, &[44, 4433], &[joined(&[b"4433", &data])], Closed::Fin);
    assert_eq!((story.ended().size, story.file() == data), (Some(4433), true));
}

#[test]
fn an_announced_size_that_is_not_the_known_one_is_reported() {
    let story = download(0, &[5000], &[b"4000".to_vec(), vec![b'x'; 4000]], Closed::Fin);
    assert_eq!((story.ended().size, story.ended().complete), (Some(4000), true));
    assert!(story.deviations.iter().any(|kind| kind.name() == "size_mismatch"));
}

#[test]
fn a_segment_of_its_own_decides() {
    let data = numbers(50_000);
    let story = download(0, &[], &[b"50000".to_vec(), data.clone()], Closed::Fin);
    assert_eq!((story.ended().size, story.file() == data), (Some(50_000), true));
    assert!(story.ended().complete);
    // Broken off before the end: the segment is all there is.
    let story = download(0, &[], &[b"50000".to_vec(), data[..9000].to_vec()], Closed::Rst);
    assert_eq!(story.ended().rule, Some(SizeRule::Segment));
    assert_eq!((story.ended().size, story.file() == &data[..9000]), (Some(50_000), true));
}

#[test]
fn digits_split_over_segments_are_one_number() {
    let data: Vec<u8> = std::iter::repeat_n(b"\xff\xfb9", 20_000).flatten().copied().collect();
    for cut in 1..5 {
        let (first, second) = b"60000".split_at(cut);
        let rest = joined(&[second, &data]);
        let story = download(0, &[], &[first.to_vec(), rest], Closed::Fin);
        assert_eq!((story.ended().size, story.file() == data), (Some(60_000), true), "{cut}");
    }
}

#[test]
fn the_clean_end_decides_where_size_and_digits_are_in_one_segment() {
    for (offset, size) in [(0, 60), (0, 1500), (0, 99_999), (7, 1500), (200_000, 443_332)] {
        let data = numbers(size - offset);
        let stream = joined(&[size.to_string().as_bytes(), &data]);
        for piece in [1448, 100_000] {
            let segments: Vec<Vec<u8>> = stream.chunks(piece).map(<[u8]>::to_vec).collect();
            let story = download(offset as u64, &[], &segments, Closed::Fin);
            assert_eq!(story.ended().size, Some(size as u64), "{offset} {size} {piece}");
            assert!(story.file() == data && story.ended().complete, "{offset} {size} {piece}");
            assert!(story.most_readings <= 4);
        }
    }
}

#[test]
fn readings_that_announce_too_little_are_dropped_on_the_way() {
    // Size and data in one segment, data begins with a digit, the connection breaks.
    let data = joined(&[b"7", &[b'x'; 3_000_000]]);
    let stream = joined(&[b"4000000", &data]);
    let segments: Vec<Vec<u8>> = stream.chunks(1448).map(<[u8]>::to_vec).collect();
    let story = download(0, &[], &segments, Closed::Rst);
    // Of 4000000 and 40000007 the latter is all digits, and nothing tells better.
    assert_eq!(story.ended().rule, Some(SizeRule::LongestRun));
    assert_eq!(story.most_readings, 4);
    // With a data byte that is no digit, one reading is left when the shorter ones are exceeded.
    let data = vec![b'x'; 450_000];
    let stream = joined(&[b"4000000", &data]);
    let segments: Vec<Vec<u8>> = stream.chunks(1448).map(<[u8]>::to_vec).collect();
    let story = download(0, &[], &segments, Closed::Rst);
    assert_eq!(story.ended().rule, Some(SizeRule::OnlyReading));
    assert_eq!((story.ended().size, story.file() == data), (Some(4_000_000), true));
}

#[test]
fn a_size_whose_file_never_came_is_not_cut() {
    // `4` would announce the four bytes behind it, and so would it for a resume with gift-berlios.
    for (offset, how) in [(0, Closed::Fin), (0, Closed::Rst), (99_999, Closed::Fin)] {
        let story = download(offset, &[], &[b"49000".to_vec()], how);
        assert_eq!((story.ended().size, story.ended().bytes), (Some(49_000), 0));
    }
    // Nothing else is known of a tiny file of digits, unless it came in segments of its own.
    let story = download(0, &[], &[b"5".to_vec(), b"12345".to_vec()], Closed::Fin);
    assert_eq!((story.ended().size, story.file()), (Some(5), &b"12345"[..]));
}

#[test]
fn one_digit_is_the_only_reading() {
    let story = download(0, &[], &[b"5hello".to_vec()], Closed::Rst);
    assert_eq!(story.ended().rule, Some(SizeRule::OnlyReading));
    assert_eq!(story.file(), b"hello");
}

#[test]
fn numbers_that_no_file_has() {
    let ten_to_19 = b"10000000000000000000".to_vec();
    let story = download(0, &[], &[ten_to_19, vec![b'x'; 2000]], Closed::Rst);
    assert_eq!(story.ended().size, Some(10_000_000_000_000_000_000));
    let too_large = b"99999999999999999999".to_vec();
    let story = download(0, &[], &[too_large, vec![b'x'; 2000]], Closed::Rst);
    assert_eq!((story.ended().size, story.file().len()), (None, 2000));
    assert!(story.said[2].contains("!number_out_of_range"), "{:?}", story.said);
    // Digits without end are data from the twenty-first on.
    let story = download(0, &[], &[numbers(5000)], Closed::Rst);
    assert!(story.deviations.iter().any(|kind| kind.name() == "size_too_long"));
    assert!(story.most_readings <= 4);
    let story = download(0, &[], &[b"007".to_vec(), b"1234567".to_vec()], Closed::Fin);
    assert_eq!((story.ended().size, story.file()), (Some(7), &b"1234567"[..]));
    assert!(story.said[2].ends_with("!number_spelling"));
}

#[test]
fn a_push_of_a_size_that_no_file_has() {
    let request = r#"SENDbob "a.txt" 9999999999999999999999999"#;
    let acts = [l("1"), i(request), l("0"), i(numbers(3000)), FIN_I, FIN_L];
    let story = play(Expectation::default(), &[], &acts, Closed::Fin);
    assert!(story.said[1].ends_with("!number_out_of_range"), "{:?}", story.said);
    assert_eq!((story.ended().size, story.file() == numbers(3000)), (None, true));
}

#[test]
fn the_message_is_told_where_its_last_digit_came() {
    let data = numbers(30_000);
    let mut acts: Vec<Act> = vec![l("1"), i("GET"), i(r#"ann "a.txt" 0"#), l("300")];
    acts.push(l(joined(&[b"00", &data])));
    acts.extend([FIN_L, FIN_I]);
    let story = play(Expectation::default(), &[], &acts, Closed::Fin);
    assert!(story.ended().complete);
    let (_, offset, length, stamp) = story.places[2];
    assert_eq!((offset, length, stamp), (1, 5, 5));
}

#[test]
fn pushes_have_the_same_doubt_when_the_answer_is_missing() {
    // The downloader's stream was not captured, and the file begins with digits.
    let data = numbers(5_000);
    let request = joined(&[br#"SENDbob "a.txt" 5000"#, &data]);
    let acts = [i(&request), FIN_I, FIN_L];
    let story = play(Expectation::default(), &[], &acts, Closed::Fin);
    assert_eq!((story.ended().size, story.file() == data), (Some(5000), true));
    assert_eq!(story.said[0], "initiator send_request nick=bob filename=a.txt size=5000");
    assert!(story.ended().complete);
}
