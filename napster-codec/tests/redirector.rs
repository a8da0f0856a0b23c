//! Redirectors and the statistics line: every form that programs send or accept, cut anywhere.

use napster_codec::Recognition;
use napster_codec::redirector::{Reader, Redirect, RedirectError, Separator, StatsLine, recognise};
use proptest::prelude::*;

fn padded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.resize(80, 0);
    bytes
}

fn read(stream: &[u8]) -> (String, u16, Separator, Vec<u8>) {
    let redirect = Redirect::parse(stream, true).expect("an answer").expect("the stream has ended");
    let host = redirect.host.to_str().expect("ASCII").to_owned();
    (host, redirect.port, redirect.separator, redirect.padding.as_bytes().to_vec())
}

#[test]
fn reads_every_form_that_programs_send_or_accept() {
    let host = || "216.34.188.176".to_owned();
    let official = padded("216.34.188.176:8888");
    let cases: [(&[u8], u16, Separator, usize); 8] = [
        (&official, 8888, Separator::Colon, 61),
        (b"216.34.188.176:8888\n", 8888, Separator::Colon, 1),
        (b"216.34.188.176:8888\r\n", 8888, Separator::Colon, 2),
        (b"216.34.188.176:8888\r", 8888, Separator::Colon, 1),
        (b"216.34.188.176:8888 ", 8888, Separator::Colon, 1),
        (b"216.34.188.176 7777\n", 7777, Separator::Blank, 1),
        (b"216.34.188.176:0", 0, Separator::Colon, 0),
        (b"216.34.188.176:8888\nbehind it", 8888, Separator::Colon, 1),
    ];
    for (stream, port, separator, padding) in cases {
        let got = read(stream);
        assert_eq!((got.0, got.1, got.2), (host(), port, separator), "{}", stream.escape_ascii());
        assert_eq!(got.3.len(), padding, "{}", stream.escape_ascii());
    }
    assert_eq!(read(b"server.example.net:4444\n").0, "server.example.net");
}

#[test]
fn waits_while_the_port_can_go_on() {
    for cut in 0..b"10.0.0.1:8888".len() + 1 {
        let stream = &b"10.0.0.1:8888"[..cut];
        assert_eq!(Redirect::parse(stream, false), Ok(None), "{}", stream.escape_ascii());
    }
    // Eighty bytes are an end: the padded form has no more.
    let name = "h".repeat(75);
    let stream = format!("{name}:8888");
    assert_eq!(stream.len(), 80);
    assert_eq!(Redirect::parse(stream.as_bytes(), false).unwrap().unwrap().port, 8888);
}

#[test]
fn names_what_is_wrong() {
    let error = |stream: &[u8], ended| Redirect::parse(stream, ended).unwrap_err();
    assert_eq!(error(b":8888\n", false), RedirectError::MissingHost);
    assert_eq!(error(b"10.0.0.1\n", false), RedirectError::MissingPort);
    assert_eq!(error(b"10.0.0.1:\n", false), RedirectError::MissingPort);
    assert_eq!(error(b"10.0.0.1:", true), RedirectError::MissingPort);
    assert_eq!(error(b"", true), RedirectError::MissingPort);
    assert_eq!(error(b"10.0.0.1:65536\n", false), RedirectError::PortOutOfRange { at: 9 });
    assert_eq!(error(b"h:99999999999999999999", false), RedirectError::PortOutOfRange { at: 2 });
    assert_eq!(error(b"10.0.0.1:80x\n", false), RedirectError::NotText { at: 11 });
    assert_eq!(error(b"\xffhost:80\n", false), RedirectError::NotText { at: 0 });
    assert_eq!(error(&[b'a'; 400], false), RedirectError::MissingPort);
}

#[test]
fn knows_when_all_servers_are_busy() {
    let busy = |stream: &[u8]| Redirect::parse(stream, true).unwrap().unwrap().is_busy();
    assert!(busy(b"127.0.0.1:0\n"));
    assert!(busy(b"127.0.0.2:8888\n"));
    assert!(!busy(b"1.127.0.1:8888\n"));
}

#[test]
fn writes_both_forms() {
    let redirect = Redirect::parse(b"10.0.0.1:8888", true).unwrap().unwrap();
    let mut output = Vec::new();
    redirect.write_line(&mut output);
    assert_eq!(output, b"10.0.0.1:8888\n");
    output.clear();
    redirect.write_padded(&mut output);
    assert_eq!(output, padded("10.0.0.1:8888"));
}

#[test]
fn reads_the_statistics_line_and_no_other() {
    let (line, length) = StatsLine::parse(b"2 6 1.99 512000 0\n", false).unwrap();
    assert_eq!(length, 18);
    let stats = line.stats().unwrap();
    assert_eq!((stats.users, stats.files, stats.bytes), (2, 6, 512_000));
    assert_eq!(stats.load.as_bytes(), b"1.99");
    let mut output = Vec::new();
    line.write(&mut output);
    assert_eq!(output, b"2 6 1.99 512000 0\n");
    assert!(StatsLine::parse(b"2 6 1.99 512000 0", false).is_none());
    assert!(StatsLine::parse(b"2 6 1.99 512000 0", true).is_some());
    for other in ["", "2 6 1.99 512000\n", "2 6 1.99 512000 1\n", "a b c d 0\n", "2 6 1.99 5 0 0\n"]
    {
        assert!(StatsLine::parse(other.as_bytes(), true).is_none(), "{other}");
    }
}

#[test]
fn recognises_on_any_port_only_what_can_be_nothing_else() {
    assert_eq!(recognise(b"10.0.0.1:8888\n", false, false), Recognition::Yes);
    assert_eq!(recognise(&padded("10.0.0.1:8888"), false, false), Recognition::Yes);
    assert_eq!(recognise(b"10.0.0.1:88", false, false), Recognition::Maybe);
    assert_eq!(recognise(b"10.0.0.1:88", true, false), Recognition::Yes);
    assert_eq!(recognise(b"server.example:8888\n", false, false), Recognition::No);
    assert_eq!(recognise(b"server.example:8888\n", false, true), Recognition::Yes);
    assert_eq!(recognise(b"220 mail.example ESMTP\r\n", false, true), Recognition::No);
    assert_eq!(recognise(b"10.0.0.1:8888\nmore of it", false, false), Recognition::No);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_answer(
        host in "[a-z0-9.-]{1,60}", port: u16, official: bool, cuts in prop::collection::vec(0usize..80, 0..6),
    ) {
        let text = format!("{host}:{port}");
        let stream = if official { padded(&text) } else { format!("{text}\n").into_bytes() };
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < stream.len()).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        let mut reader = Reader::new();
        for pair in cuts.windows(2) {
            prop_assert!(!reader.is_whole());
            reader.feed(&stream[pair[0]..pair[1]]);
            if let Some(redirect) = reader.redirect().unwrap() {
                prop_assert_eq!(redirect.host.as_bytes(), host.as_bytes());
                prop_assert_eq!(redirect.port, port);
            }
        }
        prop_assert!(reader.is_whole());
        let mut written = Vec::new();
        reader.redirect().unwrap().unwrap().write(&mut written);
        prop_assert_eq!(written, stream);
    }

    #[test]
    fn arbitrary_bytes_are_no_danger(bytes in prop::collection::vec(any::<u8>(), 0..400), ended: bool) {
        let mut reader = Reader::new();
        reader.feed(&bytes);
        if ended { reader.finish(); }
        if let Ok(Some(redirect)) = reader.redirect() {
            let mut written = Vec::new();
            redirect.write(&mut written);
            prop_assert!(redirect.host.as_bytes().len() < bytes.len());
        }
        let _ = (StatsLine::parse(&bytes, ended), recognise(&bytes, ended, true));
        prop_assert!(reader.as_bytes().len() <= Reader::LIMIT);
    }
}
