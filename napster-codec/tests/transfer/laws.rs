//! Both sides against each other, and what holds for any bytes.

use std::time::Duration;

use napster_codec::transfer::{
    Download, DownloadOptions, Incoming, Request, TransferEvent, TransferOptions, Upload,
};
use proptest::prelude::*;

use crate::told::{NOW, PATH, Played, drain_upload, song};

/// Cuts a stream in portions of these lengths, over and over.
fn cut(stream: &[u8], lengths: &[usize]) -> Vec<Vec<u8>> {
    let (mut portions, mut rest) = (Vec::new(), stream);
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (portion, behind) = rest.split_at((*length).min(rest.len()));
        portions.push(portion.to_vec());
        rest = behind;
    }
    portions
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0_usize..5_000).prop_map(song),
        prop::collection::vec(b'0'..=b'9', 0..300),
        prop::collection::vec(any::<u8>(), 0..300),
    ]
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1_usize..700, 1..6)
}

/// A download with a part of the file here already.
fn options(file: &[u8], have: usize, tail: usize, known: bool) -> DownloadOptions {
    DownloadOptions {
        expected_size: known.then_some(file.len() as u64),
        offset: have as u64,
        tail: file[have - tail.min(have)..have].to_vec(),
        ..Default::default()
    }
}

/// What the listener makes of these portions, the last of them followed by silence.
fn listen(portions: &[Vec<u8>]) -> Option<Request> {
    let mut incoming = Incoming::new(NOW);
    for portion in portions {
        incoming.handle_input(NOW, portion);
    }
    if let Some(at) = incoming.poll_timeout() {
        incoming.handle_timeout(at);
    }
    incoming.take_request()
}

proptest! {
    #[test]
    fn a_file_arrives_whole_over_any_cut(
        file in file(), share in 0.0..1.0_f64, tail in 0_usize..50,
        asked in lengths(), answered in lengths(),
    ) {
        let have = (file.len() as f64 * share) as usize;
        let played = Played::direct(options(&file, have, tail, true)).hears("1");
        let Some(Request::Get(get)) = listen(&cut(&played.said(), &asked)) else {
            panic!("{}", played.said().escape_ascii());
        };
        prop_assert_eq!(&get.filename[..], PATH);
        let mut upload =
            Upload::direct(&get, file.len() as u64, TransferOptions::default(), NOW);
        let (written, events) = drain_upload(&mut upload, &file, answered[0]);
        prop_assert!(matches!(events.last(), Some(TransferEvent::Finished(_))));
        let mut played = played;
        for portion in cut(&written.concat(), &answered) {
            played = played.hears(portion);
        }
        let played = played.ends();
        prop_assert!(played.is_finished(), "{:?}", played.events);
        prop_assert_eq!(&played.file[..], &file[have..]);
        prop_assert_eq!(played.deviations(), []);
    }

    #[test]
    fn a_song_of_unknown_size_arrives_whole_over_any_cut_behind_the_size(
        file in (0_usize..20_000).prop_map(song),
        answered in prop::collection::vec(100_usize..1_000, 1..6),
    ) {
        let mut played = Played::direct(DownloadOptions::default()).hears("1");
        played = played.hears(file.len().to_string());
        for portion in cut(&file, &answered) {
            played = played.hears(portion);
        }
        let played = played.ends();
        prop_assert!(played.is_finished(), "{:?}", played.events);
        prop_assert_eq!(&played.file[..], &file[..]);
    }

    #[test]
    fn a_pushed_file_arrives_whole_over_any_cut(
        file in file(), share in 0.0..1.0_f64, tail in 0_usize..50,
        asked in lengths(), answered in lengths(),
    ) {
        let have = (file.len() as f64 * share) as usize;
        let size = file.len() as u64;
        let options = options(&file, have, tail, false);
        let mut upload =
            Upload::pushed(b"bob", PATH, size, TransferOptions::default(), NOW).expect("a request");
        upload.handle_input(NOW, b"1");
        let line: Vec<u8> = std::iter::from_fn(|| upload.poll_transmit()).flatten().collect();
        let Some(Request::Send(send)) = listen(&cut(&line, &asked)) else {
            panic!("{}", line.escape_ascii());
        };
        prop_assert!(send.is_for(b"BOB", PATH));
        let played = Played::new(Download::pushed(send, options, NOW).expect("options"));
        for portion in cut(&played.said(), &asked) {
            upload.handle_input(NOW, &portion);
        }
        if let Some(at) = upload.poll_timeout().filter(|_| upload.next_part().is_none()) {
            upload.handle_timeout(at);
        }
        let (written, events) = drain_upload(&mut upload, &file, answered[0]);
        prop_assert!(matches!(events.last(), Some(TransferEvent::Finished(_))), "{events:?}");
        let mut played = played;
        for portion in cut(&written.concat(), &answered) {
            played = played.hears(portion);
        }
        let played = played.ends();
        prop_assert!(played.is_finished(), "{:?}", played.events);
        prop_assert_eq!(&played.file[..], &file[have..]);
    }

    #[test]
    fn any_bytes_leave_a_download_in_a_defined_state(
        portions in prop::collection::vec(prop::collection::vec(
            prop_oneof![any::<u8>(), b'0'..=b'9', b'A'..=b'Z'], 0..200), 0..20),
        have in 0_u64..300, tail in 0_usize..40, known in prop::option::of(0_u64..300),
        pause in 0_u64..3,
    ) {
        let tail = vec![b'7'; tail.min(have as usize)];
        let options = DownloadOptions {
            expected_size: known, offset: have, tail, ..Default::default()
        };
        let mut download = Download::direct(b"ann", PATH, options, NOW).expect("a request");
        let (mut now, mut came, mut handed) = (NOW, 0, 0);
        for portion in &portions {
            now += Duration::from_secs(pause);
            if download.poll_timeout().is_some_and(|at| at <= now) {
                handed += download.handle_timeout(now).len();
            }
            handed += download.handle_input(now, portion).len();
            came += portion.len();
        }
        handed += download.handle_close(now).len();
        prop_assert!(download.is_over() && handed <= came);
        prop_assert_eq!(download.progress().bytes, handed as u64);
        prop_assert_eq!(download.poll_timeout(), None);
        let ends = std::iter::from_fn(|| download.poll_event())
            .filter(|event| matches!(event, TransferEvent::Finished(_) | TransferEvent::Failed(_)));
        prop_assert_eq!(ends.count(), 1);
    }

    #[test]
    fn any_bytes_leave_an_upload_in_a_defined_state(
        portions in prop::collection::vec(prop::collection::vec(
            prop_oneof![any::<u8>(), b'0'..=b'9'], 0..30), 0..10),
        size in 0_u64..1_000,
    ) {
        let mut upload =
            Upload::pushed(b"bob", PATH, size, TransferOptions::default(), NOW).expect("a request");
        for portion in &portions {
            upload.handle_input(NOW, portion);
            while upload.poll_transmit().is_some() {}
            if let Some(part) = upload.next_part() {
                prop_assert!(part.position + part.length == size && part.length > 0);
                upload.handle_sent(NOW, 7);
            }
        }
        upload.handle_read_end(NOW);
        upload.handle_close(NOW);
        prop_assert!(upload.is_over());
        prop_assert_eq!(upload.next_part(), None);
    }

    #[test]
    fn any_bytes_end_a_request(
        portions in prop::collection::vec(prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(b"GETSENDLIST \"0\n".to_vec())], 0..60), 0..90),
    ) {
        let mut incoming = Incoming::new(NOW);
        for portion in &portions {
            incoming.handle_input(NOW, portion);
        }
        incoming.handle_close(NOW);
        prop_assert!(incoming.take_request().is_some() != incoming.take_error().is_some());
        prop_assert_eq!(incoming.poll_timeout(), None);
    }
}
