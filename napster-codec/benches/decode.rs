//! What reading and writing costs, against a parser of message 201 written by hand, in one process.
//!
//! Read the figures as ratios to `201/reference` and `stream/reference`:
//!
//! ```text
//! cargo bench -p napster-codec --bench decode
//! ```

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use napster_codec::message::{SearchResult, ShareDirectory};
use napster_codec::{
    Code, Decoder, Diagnostics, Direction, Message, Packet, Payload, Tolerance, Visit, decode,
};

/// What a programmer would write who needs only message 201.
mod reference {
    /// The fields of message 201 up to the link type.
    #[derive(Debug)]
    #[allow(dead_code, reason = "the fields are there to be filled")]
    pub(crate) struct Hit<'a> {
        pub(crate) filename: &'a [u8],
        pub(crate) md5: &'a [u8],
        pub(crate) size: u64,
        pub(crate) bitrate: u32,
        pub(crate) frequency: u32,
        pub(crate) duration: u32,
        pub(crate) nick: &'a [u8],
        pub(crate) ip: u32,
        pub(crate) link_type: u32,
    }

    struct Parser<'a> {
        rest: &'a [u8],
    }

    impl<'a> Parser<'a> {
        fn blank(&mut self) -> Option<()> {
            self.rest = self.rest.strip_prefix(b" ")?;
            Some(())
        }

        fn quoted(&mut self) -> Option<&'a [u8]> {
            let inside = self.rest.strip_prefix(b"\"")?;
            let end = inside.iter().position(|&byte| byte == b'"')?;
            self.rest = &inside[end + 1..];
            Some(&inside[..end])
        }

        fn word(&mut self) -> Option<&'a [u8]> {
            let blank = |&byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            let end = self.rest.iter().position(blank).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            (!word.is_empty() && word[0] != b'"').then_some(word)
        }

        fn number(&mut self) -> Option<u64> {
            let word = self.word()?;
            if word.len() > 1 && word[0] == b'0' {
                return None;
            }
            word.iter().try_fold(0_u64, |number, byte| {
                let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
                number.checked_mul(10)?.checked_add(digit)
            })
        }

        fn number32(&mut self) -> Option<u32> {
            self.blank()?;
            u32::try_from(self.number()?).ok()
        }
    }

    /// Reads one payload, or fails without saying why.
    pub(crate) fn parse(payload: &[u8]) -> Option<Hit<'_>> {
        let mut parser = Parser { rest: payload };
        let filename = parser.quoted()?;
        parser.blank()?;
        let md5 = parser.word()?;
        parser.blank()?;
        let size = parser.number()?;
        let (bitrate, frequency) = (parser.number32()?, parser.number32()?);
        let duration = parser.number32()?;
        parser.blank()?;
        let nick = parser.word()?;
        let (ip, link_type) = (parser.number32()?, parser.number32()?);
        (parser.rest.is_empty() && link_type <= 10).then_some(Hit {
            filename,
            md5,
            size,
            bitrate,
            frequency,
            duration,
            nick,
            ip,
            link_type,
        })
    }

    /// Reads all messages 201 of a stream that is there as a whole.
    pub(crate) fn stream(mut bytes: &[u8], mut each: impl FnMut(Hit<'_>)) {
        while let [l0, l1, c0, c1, rest @ ..] = bytes {
            let length = usize::from(u16::from_le_bytes([*l0, *l1]));
            if rest.len() < length {
                break;
            }
            let (payload, next) = rest.split_at(length);
            if u16::from_le_bytes([*c0, *c1]) == 201
                && let Some(hit) = parse(payload)
            {
                each(hit);
            }
            bytes = next;
        }
    }
}

const SEARCH_RESULT: Code = SearchResult::CODE;

/// Search results as a server sends them: names of different lengths, different owners.
fn payloads() -> Vec<Vec<u8>> {
    let payload = |index: usize| {
        let title = "a rather long title of a song ".repeat(index % 3 + 1);
        format!(
            r#""C:\music\band {index}\{title}{index}.mp3" {index:032x}-{} {} 128 44100 {} user{} {} {}"#,
            299_008 + index,
            3_000_000 + index * 7919,
            180 + index % 90,
            index % 700,
            0x0a00_0001_u32.wrapping_mul(index as u32),
            index % 11,
        )
        .into_bytes()
    };
    (1..=1000).map(payload).collect()
}

fn stream(payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for payload in payloads {
        let packet = Packet::new(SEARCH_RESULT, payload.clone(), Direction::ToClient);
        packet.expect("a payload of less than 64 KiB").write_to(&mut bytes);
    }
    bytes
}

/// One payload at a time.
fn payload(criterion: &mut Criterion) {
    let payloads = payloads();
    let messages: Vec<Message<'_>> = payloads
        .iter()
        .map(|payload| lenient(payload).expect("a canonical payload").message)
        .collect();
    let mut group = criterion.benchmark_group("201");
    group.throughput(Throughput::Elements(payloads.len() as u64));
    group.bench_function("reference", |bencher| {
        bencher.iter(|| {
            for payload in &payloads {
                let hit = reference::parse(black_box(payload)).expect("a canonical payload");
                black_box(&hit);
            }
        });
    });
    group.bench_function("typed", |bencher| {
        let mut diagnostics = Diagnostics::new();
        bencher.iter(|| {
            for payload in &payloads {
                let hit = SearchResult::from_payload(
                    black_box(payload),
                    Tolerance::LENIENT,
                    &mut diagnostics,
                );
                black_box(&hit.expect("a canonical payload"));
            }
        });
    });
    for (name, tolerance) in [("lenient", Tolerance::LENIENT), ("strict", Tolerance::STRICT)] {
        group.bench_function(BenchmarkId::new("enum", name), |bencher| {
            bencher.iter(|| {
                for payload in &payloads {
                    let decoded =
                        decode(SEARCH_RESULT, Direction::ToClient, black_box(payload), tolerance);
                    black_box(&decoded.expect("a canonical payload"));
                }
            });
        });
    }
    group.bench_function("visit", |bencher| {
        bencher.iter(|| {
            for message in &messages {
                message.visit(&mut |name, value| {
                    black_box((name, value));
                });
            }
        });
    });
    group.bench_function("encode", |bencher| {
        let mut output = Vec::new();
        bencher.iter(|| {
            for message in &messages {
                output.clear();
                black_box(message).encode_payload(&mut output).expect("a canonical message");
                black_box(&output);
            }
        });
    });
    group.finish();
}

fn lenient(payload: &[u8]) -> Result<napster_codec::Decoded<'_>, napster_codec::DecodeError> {
    decode(SEARCH_RESULT, Direction::ToClient, payload, Tolerance::LENIENT)
}

/// A whole stream, in portions as they come from a file or a network.
fn streams(criterion: &mut Criterion) {
    let bytes = stream(&payloads());
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(1000));
    group.bench_function("reference", |bencher| {
        bencher.iter(|| {
            reference::stream(black_box(&bytes), |hit| {
                black_box(&hit);
            });
        });
    });
    for portion in [65_536, 1460] {
        group.bench_function(BenchmarkId::new("next_frame, typed", portion), |bencher| {
            let mut diagnostics = Diagnostics::new();
            bencher.iter(|| {
                let mut decoder = Decoder::new(Direction::ToClient);
                for portion in black_box(&bytes).chunks(portion) {
                    let mut input = portion;
                    while let Some(frame) = decoder.next_frame(&mut input) {
                        let hit = SearchResult::from_payload(
                            frame.payload,
                            Tolerance::LENIENT,
                            &mut diagnostics,
                        );
                        black_box(&hit.expect("a canonical payload"));
                    }
                }
            });
        });
        group.bench_function(BenchmarkId::new("next_frame, enum", portion), |bencher| {
            bencher.iter(|| {
                let mut decoder = Decoder::new(Direction::ToClient);
                for portion in black_box(&bytes).chunks(portion) {
                    let mut input = portion;
                    while let Some(frame) = decoder.next_frame(&mut input) {
                        let decoded = frame.decode(Direction::ToClient, Tolerance::LENIENT);
                        black_box(&decoded.expect("a canonical payload"));
                    }
                }
            });
        });
        group.bench_function(BenchmarkId::new("feed and poll, enum", portion), |bencher| {
            bencher.iter(|| {
                let mut decoder = Decoder::new(Direction::ToClient);
                for portion in black_box(&bytes).chunks(portion) {
                    decoder.feed(portion);
                    while let Some(packet) = decoder.poll() {
                        black_box(&packet.decode(Tolerance::LENIENT).expect("a canonical payload"));
                    }
                }
            });
        });
    }
    group.finish();
}

/// A list: message 870 with twenty files.
fn lists(criterion: &mut Criterion) {
    let mut payload = br#""C:\music\""#.to_vec();
    for index in 0..20 {
        let file =
            format!(r#" "song {index}.mp3" {index:032x} {} 128 44100 200"#, 4_000_000 + index);
        payload.extend_from_slice(file.as_bytes());
    }
    let mut group = criterion.benchmark_group("870 with 20 files");
    let mut diagnostics = Diagnostics::new();
    group.bench_function("typed", |bencher| {
        bencher.iter(|| {
            let message = ShareDirectory::from_payload(
                black_box(&payload),
                Tolerance::LENIENT,
                &mut diagnostics,
            );
            black_box(&message.expect("a canonical payload"));
        });
    });
    let mut diagnostics = Diagnostics::new();
    let message = ShareDirectory::from_payload(&payload, Tolerance::LENIENT, &mut diagnostics)
        .expect("clean");
    group.bench_function("each file", |bencher| {
        bencher.iter(|| message.files.iter().map(|file| file.size).sum::<u64>());
    });
    group.finish();
}

criterion_group!(benches, payload, streams, lists);
criterion_main!(benches);
