//! Connections between two clients.

use napster_codec::Recognition;
use napster_codec::peer::{
    Closed, Expectation, ExpectedKind, GetRequest, KnownSizes, Message, Offer, Opening, Request,
    SendRequest, Side, read_entry, recognise,
};

use crate::bytes::Bytes;
use story::{Act, play};

/// The sink that the codec's own tests watch with: it panics where the account of bytes is wrong.
#[path = "../../napster-codec/tests/peer/story.rs"]
#[allow(dead_code, reason = "the tests of the codec use all of it")]
mod story;

/// Acts beyond this many say nothing new.
const MOST_ACTS: usize = 64;

/// A conversation of two clients with gaps is told with every byte accounted for: a byte for how it
/// ends, one for what was expected, then acts, each a byte for its kind, one for its length, its bytes.
pub fn peer(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let how = [Closed::Fin, Closed::Rst, Closed::Timeout, Closed::Eof];
    let how = how[usize::from(bytes.byte()) % how.len()];
    let expectation = expectation(bytes.byte());
    let mut acts = Vec::new();
    while !bytes.is_empty() && acts.len() < MOST_ACTS {
        acts.push(act(&mut bytes));
    }
    let story = play(expectation.clone(), &[5, 12_345], &acts, how);
    assert_eq!(
        story,
        play(expectation, &[5, 12_345], &acts, how),
        "two runs tell different stories"
    );

    let said = |wanted| {
        let bytes = acts.iter().filter_map(move |act| match (wanted, act) {
            (Side::Initiator, Act::I(bytes)) | (Side::Listener, Act::L(bytes)) => Some(&bytes[..]),
            _ => None,
        });
        bytes.collect::<Vec<_>>().concat()
    };
    let (initiator, listener) = (said(Side::Initiator), said(Side::Listener));
    hold_parsers(&initiator);
    hold_parsers(&listener);
    let unannounced = recognise(&initiator, &listener, false);
    let announced = recognise(&initiator, &listener, true);
    assert!(unannounced != Recognition::Yes || announced == Recognition::Yes);
}

fn expectation(byte: u8) -> Expectation {
    let expectation = match byte & 7 {
        0 => Expectation::of(ExpectedKind::Download),
        1 => Expectation::of(ExpectedKind::Push),
        2 => Expectation::of(ExpectedKind::Browse),
        3 => Expectation::of(ExpectedKind::PushedBrowse),
        4 => Expectation::of(ExpectedKind::Chat),
        _ => Expectation::default(),
    };
    let expectation = match byte >> 3 & 3 {
        0 => expectation,
        sizes => {
            let sizes = [5_u64, 12_345, 0].into_iter().take(usize::from(sizes));
            expectation.with_file(b"a.mp3", KnownSizes::from_iter(sizes))
        }
    };
    if byte & 32 == 0 { expectation } else { expectation.late() }
}

fn act(bytes: &mut Bytes<'_>) -> Act {
    let kind = bytes.byte();
    let side = if kind & 1 == 0 { Side::Initiator } else { Side::Listener };
    match kind >> 1 & 7 {
        6 => Act::Gap(side, u64::from(bytes.byte()) << (kind >> 4)),
        7 => Act::Fin(side),
        0..=5 => {
            let length = usize::from(bytes.byte());
            let mut said = bytes.take(length).to_vec();
            // Files are longer than an input of the fuzzer can be.
            said.extend(std::iter::repeat_n(kind, usize::from(kind >> 4 & 3) * 1500));
            if side == Side::Initiator { Act::I(said) } else { Act::L(said) }
        }
        _ => unreachable!("three bits"),
    }
}

/// Whatever is read of bytes lies within them, and what is read without a deviation is written alike.
fn hold_parsers(bytes: &[u8]) {
    for opening in [Opening::read(bytes), Opening::read_last(bytes)] {
        if let Opening::Open(request) | Opening::Closed(request) = opening {
            hold_request(&request, bytes);
        }
    }
    for line in bytes.split(|byte| *byte == b'\n').take(32) {
        let _ = (GetRequest::parse(line), SendRequest::parse(line));
        if let Ok((_, diagnostics)) = read_entry(line) {
            for odd in diagnostics.as_slice() {
                assert!(odd.span.start <= odd.span.end && odd.span.end as usize <= line.len());
            }
        }
        if let Some(offer) = Offer::parse(line) {
            let mut written = Vec::new();
            offer.write(&mut written);
            assert_eq!(Offer::parse(&written), Some(offer), "{}", written.escape_ascii());
        }
    }
}

fn hold_request(request: &Request<'_>, bytes: &[u8]) {
    assert!(request.length <= bytes.len(), "{request:?}");
    for odd in request.diagnostics.as_slice() {
        assert!(odd.span.end as usize <= bytes.len(), "{request:?}");
    }
    let owned: Message<'static> = request.message.clone().into_owned();
    assert_eq!(owned, request.message);
    assert!(!format!("{owned:?}").is_empty() && !owned.name().is_empty());
    if let Ok(written) = request.message.encode() {
        let again = match Opening::read_last(&written) {
            Opening::Open(again) | Opening::Closed(again) => again.message.into_owned(),
            other => panic!("{request:?} -> {}: {other:?}", written.escape_ascii()),
        };
        assert_eq!(again, request.message, "{}", written.escape_ascii());
    }
}
