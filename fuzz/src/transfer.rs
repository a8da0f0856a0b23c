//! The machines that carry a file or a list between two clients.

use std::time::Duration;

use napster_codec::transfer::{
    Browse, Download, DownloadOptions, Incoming, Request, TransferEvent, TransferOptions, Upload,
};

use crate::bytes::{Bytes, portions};

/// A peer sends anything to a machine: a byte for which machine it is, one for where the bytes are
/// cut, one for the pauses between the portions, one for what is known of the file, one for how much
/// of it is here; the rest is what the peer sends.
pub fn transfer(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (machine, seed, pause) = (bytes.byte(), bytes.byte(), bytes.byte());
    let (known, have) = (bytes.byte(), bytes.byte());
    let portions = portions(bytes.rest(), seed);
    let pause = Duration::from_millis(u64::from(pause) * 20);
    let mut clock = Duration::ZERO;
    let mut tick = || {
        clock += pause;
        clock
    };
    match machine % 4 {
        0 => {
            let options = options(known, have);
            let download = Download::direct(b"ann", b"a.mp3", options, Duration::ZERO);
            hold_download(download.expect("a plain request"), &portions, &mut tick);
        }
        1 => hold_upload(u64::from(known) * 100, &portions, &mut tick),
        2 => hold_incoming(options(known, have), &portions, &mut tick),
        _ => hold_list(
            Browse::direct(&TransferOptions::default(), Duration::ZERO),
            &portions,
            &mut tick,
        ),
    }
}

fn options(known: u8, have: u8) -> DownloadOptions {
    let have = usize::from(have);
    DownloadOptions {
        expected_size: (known > 0).then_some(u64::from(known) * 100),
        offset: have as u64,
        tail: vec![b'x'; have / 2],
        ..DownloadOptions::default()
    }
}

/// Every byte handed out came in, in its order, and there is one end.
fn hold_download(mut download: Download, portions: &[&[u8]], tick: &mut dyn FnMut() -> Duration) {
    let (mut handed, mut ends) = (0, 0);
    let mut now = tick();
    for portion in portions {
        now = tick();
        if download.poll_timeout().is_some_and(|at| at <= now) {
            handed += download.handle_timeout(now).len();
        }
        let file = download.handle_input(now, portion);
        let [_, input] = file.parts();
        assert!(input.is_empty() || portion.windows(input.len()).any(|window| window == input));
        handed += file.len();
        while download.poll_transmit().is_some() {}
    }
    handed += download.handle_close(now).len();
    assert_eq!(download.progress().bytes, handed as u64);
    assert!(download.is_over() && download.poll_timeout().is_none());
    assert!(handed <= portions.iter().map(|portion| portion.len()).sum());
    while let Some(event) = download.poll_event() {
        if matches!(event, TransferEvent::Finished(_) | TransferEvent::Failed(_)) {
            ends += 1;
        }
    }
    assert_eq!(ends, 1, "one end");
}

/// What is to be written lies in the file, and it ends.
fn hold_upload(size: u64, portions: &[&[u8]], tick: &mut dyn FnMut() -> Duration) {
    let options = TransferOptions::default();
    let upload = Upload::pushed(b"bob", b"a.mp3", size, options, Duration::ZERO);
    let mut upload = upload.expect("a plain request");
    let mut now = tick();
    for portion in portions {
        now = tick();
        upload.handle_timeout(now);
        upload.handle_input(now, portion);
        while upload.poll_transmit().is_some() {}
        if let Some(part) = upload.next_part() {
            assert!(part.length > 0 && part.position + part.length == size);
            upload.handle_sent(now, 1 + part.length / 2);
        }
    }
    upload.handle_read_end(now);
    upload.handle_close(now);
    assert!(upload.is_over() && upload.next_part().is_none() && upload.poll_timeout().is_none());
}

/// A request or an error, never both; and what follows a request holds its own laws.
fn hold_incoming(options: DownloadOptions, portions: &[&[u8]], tick: &mut dyn FnMut() -> Duration) {
    let mut incoming = Incoming::new(Duration::ZERO);
    let (mut portions, mut now) = (portions, tick());
    let mut request = None;
    while let (None, [portion, rest @ ..]) = (&request, portions) {
        now = tick();
        incoming.handle_timeout(now);
        incoming.handle_input(now, portion);
        request = incoming.take_request();
        portions = rest;
    }
    if request.is_none() {
        incoming.handle_close(now);
        request = incoming.take_request();
    }
    assert!(request.is_some() != incoming.take_error().is_some());
    assert!(incoming.poll_timeout().is_none());
    match request {
        Some(Request::Get(get)) => {
            let mut upload = Upload::direct(&get, 100, TransferOptions::default(), now);
            while upload.poll_transmit().is_some() {}
            let left = upload.next_part().map_or(0, |part| part.length);
            assert_eq!(left, 100_u64.saturating_sub(get.offset));
        }
        Some(Request::Send(send)) => {
            // Bytes that came with the request are handed out as well, so they are not counted here.
            let mut download = Download::pushed(send, options, now).expect("a plain request");
            for portion in portions {
                let _ = download.handle_input(now, portion);
            }
            let _ = download.handle_close(now);
            assert!(download.is_over());
        }
        Some(Request::SendList(list)) => {
            hold_list(Browse::pushed(list, &TransferOptions::default(), now), portions, tick);
        }
        _ => {}
    }
}

fn hold_list(mut browse: Browse, portions: &[&[u8]], tick: &mut dyn FnMut() -> Duration) {
    let mut now = tick();
    for portion in portions {
        now = tick();
        browse.handle_timeout(now);
        browse.handle_input(now, portion);
        while browse.poll_event().is_some() {}
    }
    browse.handle_close(now);
    assert!(browse.is_over() && browse.poll_timeout().is_none());
}
