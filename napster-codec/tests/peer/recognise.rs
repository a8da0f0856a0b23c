//! What is taken for a peer connection, and what is not.

use napster_codec::Recognition::{self, Maybe, No, Yes};
use napster_codec::peer::recognise;

#[test]
fn requests_prove_themselves() {
    let get: &[u8] = br#"GETann "C:\a.mp3" 0"#;
    let cases: [(&[u8], &[u8], Recognition); 27] = [
        (b"", b"", Maybe),
        (b"", b"1", Maybe),
        (b"", b"11", Maybe),
        (b"G", b"1", Maybe),
        (b"GET", b"1", Maybe),
        (b"GET", b"", Maybe),
        (get, b"", Yes),
        (get, b"1", Yes),
        (get, b"14000ID3", Yes),
        (br#"GETann "C:\a.mp3""#, b"1", Maybe),
        (br#"SENDbob "a.mp3" 77"#, b"1", Yes),
        (b"GETLIST", b"1", Yes),
        (b"GETLIST\n", b"1bob\n", Yes),
        (b"GETLIST", b"", Maybe),
        (b"SENDLIST bob\n", b"1", Yes),
        (b"GET / HTTP/1.1\r\n", b"", No),
        (b"GETLIST", b"OK listing", No),
        (b"GETLIST", b"SENDLIST\nbob\n\"a.mp3\" 0 5 128 44100 60\n", Yes),
        (b"SENDLIST\nbob\n\"a.mp3\" 0 5 128 44100 60\n", b"", Yes),
        (b"Test Tones - E.mp3", b"1ID3\x03\x00\x00", Yes),
        (b"Test Tones - E.mp3", b"1\xff\xfb\x90", Yes),
        (b"Test Tones - E.mp3", b"1", Maybe),
        (
            b"Test Tones - E.mp3",
            b"1 plain text is no song, and a line of it is no proof at all, is it?",
            No,
        ),
        (b"hello", b"1ID3\x03", No),
        (b"\x16\x03\x01\x02\x00", b"", No),
        (b"EHLO me\r\n", b"220 mail", No),
        (b"", b"443332ID3", Maybe),
    ];
    for (initiator, listener, want) in cases {
        let got = recognise(initiator, listener, false);
        // Nothing but a request can tell a size from other numbers.
        let want = if listener == b"443332ID3" { No } else { want };
        assert_eq!(got, want, "{} | {}", initiator.escape_ascii(), listener.escape_ascii());
    }
}

#[test]
fn an_announcement_proves_almost_anything() {
    assert_eq!(recognise(b"", b"1", true), Yes);
    assert_eq!(recognise(b"", b"\xff\xfb\x90 the middle of a file", true), Yes);
    assert_eq!(recognise(b"hello\n", b"", true), Yes);
    assert_eq!(recognise(b"", b"", true), Maybe);
    assert_eq!(recognise(b"GET / HTTP/1.1\r\n", b"", true), No);
    assert_eq!(recognise(b"\x16\x03\x01", b"", true), No);
}

#[test]
fn random_bytes_are_not_claimed() {
    let mut state = 7_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    for _ in 0..2000 {
        let initiator: Vec<u8> = (0..64).map(|_| random()).collect();
        let listener: Vec<u8> = (0..64).map(|_| random()).collect();
        assert_ne!(recognise(&initiator, &listener, false), Yes);
    }
}
