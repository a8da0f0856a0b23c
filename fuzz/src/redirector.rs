//! The answer of a redirector, and the line of figures that some servers send.

use napster_codec::Recognition;
use napster_codec::redirector::{Reader, Redirect, StatsLine, recognise};

use crate::bytes::{Bytes, portions};

/// A redirector's answer is the same in any portions and is written as it was read: a byte of options,
/// one for the portions, the stream.
pub fn redirector(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = bytes.byte();
    let (ended, known_port) = (options & 1 != 0, options & 2 != 0);
    let seed = bytes.byte();
    let stream = bytes.rest();

    let mut whole = Reader::new();
    let taken = whole.feed(stream);
    assert!(taken <= stream.len() && whole.as_bytes().len() <= Reader::LIMIT);
    let mut fed = Reader::new();
    for portion in portions(stream, seed) {
        let taken = fed.feed(portion);
        assert!(taken <= portion.len());
        // Reading in between changes nothing.
        let _ = (fed.redirect(), fed.is_whole());
        if taken < portion.len() {
            break;
        }
    }
    if ended {
        whole.finish();
        fed.finish();
    }
    assert_eq!(whole.redirect(), fed.redirect());
    assert_eq!(whole.as_bytes(), fed.as_bytes());
    if let Ok(Some(redirect)) = whole.redirect() {
        hold_redirect(&redirect);
    }
    hold_stats(stream, ended);

    let answer = recognise(stream, ended, known_port);
    let surer = recognise(stream, ended, true);
    assert!(
        answer == Recognition::No || surer != Recognition::No,
        "a known port speaks against it"
    );
}

fn hold_redirect(redirect: &Redirect<'_>) {
    let mut written = Vec::new();
    redirect.write(&mut written);
    let again = Redirect::parse(&written, true).expect("an answer").expect("a whole answer");
    assert_eq!(&again, redirect);
    assert_eq!(redirect.clone().into_owned(), *redirect);
    for write in [Redirect::write_line, Redirect::write_padded] {
        written.clear();
        write(redirect, &mut written);
        let again = Redirect::parse(&written, true).expect("an answer").expect("a whole answer");
        assert_eq!((&again.host, again.port), (&redirect.host, redirect.port));
    }
    let _ = redirect.is_busy();
}

fn hold_stats(stream: &[u8], ended: bool) {
    let Some((line, length)) = StatsLine::parse(stream, ended) else { return };
    assert!(length <= stream.len());
    let mut written = Vec::new();
    line.write(&mut written);
    assert_eq!(StatsLine::parse(&written, true).map(|(again, _)| again), Some(line.clone()));
    let _ = line.stats();
}
