//! What each stage costs, beside its floor in the same process.
//!
//! ```text
//! cargo bench -p napster-dissect --bench stages
//! ```
//!
//! The file lies in the page cache. Read the figures as ratios within a group. `NAP_BENCH_MB` sets its
//! size (100): the kernel hands the bytes of a small file, which is in the processor's caches, over
//! several times as fast as those of the captures that anybody waits for.

#[path = "../../tests/lab/mod.rs"]
mod lab;
#[allow(dead_code, reason = "the other kinds are for the table")]
#[path = "../table/traffic.rs"]
mod traffic;
#[allow(dead_code, reason = "the table looks at the truth, this does not")]
#[path = "../table/truth.rs"]
mod truth;

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read as _};
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use napster_codec::{Decoder, Diagnostics, Direction, Tolerance, decode, visit_payload};
use napster_dissect::capture::{Item, Reader, Stamp};
use napster_dissect::net::{Sliced, Slicer};
use napster_dissect::output::{self, Format, RecordWriter};
use napster_dissect::pipeline;
use napster_dissect::tcp::{Closed, FlowInfo, FlowStats, Limit, Reassembler, Side, StreamSink};

/// The size of the capture, in MB, unless the environment says another.
const SIZE: u64 = 100;

criterion_group! {
    name = stages;
    config = Criterion::default().sample_size(20);
    targets = capture_stages, message_stages
}
criterion_main!(stages);

/// From the file to the streams in it.
fn capture_stages(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stages.pcap");
    let size = std::env::var("NAP_BENCH_MB").ok().and_then(|size| size.parse().ok());
    let size = size.unwrap_or(SIZE) * 1_000_000;
    traffic::generate(traffic::Kind::Chat, size, &path).expect("the folder can be written");
    let bytes = path.metadata().map_or(0, |file| file.len());
    let mut group = criterion.benchmark_group("capture");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("floor: read into a buffer", |bencher| {
        bencher.iter(|| read_bare(&path));
    });
    group.bench_function("packets", |bencher| bencher.iter(|| packets(&path, |_| {})));
    group.bench_function("segments", |bencher| {
        let mut slicer = Slicer::new();
        bencher.iter(|| {
            packets(&path, |item| {
                if let Item::Packet(packet) = item {
                    black_box(&slicer.slice(packet));
                }
            });
        });
    });
    group.bench_function("streams", |bencher| bencher.iter(|| streams(&path)));
    for (name, summary_only) in [("summary", true), ("json", false)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| records(&path, summary_only));
        });
    }
    group.finish();
}

/// The floor of reading: what the kernel takes to hand the bytes over.
fn read_bare(path: &Path) -> usize {
    let mut file = File::open(path).expect("the capture is there");
    let (mut buffer, mut total) = (vec![0; 256 * 1024], 0);
    loop {
        match file.read(&mut buffer).expect("the capture can be read") {
            0 => return black_box(total),
            count => total += count,
        }
    }
}

/// Packets and segments are looked at in place, as the pipeline does: a move is dearer than they are.
fn packets(path: &Path, mut take: impl FnMut(&Item<'_>)) {
    let mut reader = Reader::open(path).expect("a capture");
    while let Some(item) = &reader.next() {
        take(black_box(item));
    }
}

/// Counts what streams say.
#[derive(Default)]
struct Count(u64);

impl StreamSink for Count {
    fn opened(&mut self, _: &FlowInfo, _: Stamp) {}

    fn data(&mut self, _: &FlowInfo, _: Side, _: u64, bytes: &[u8], _: Stamp) {
        self.0 += bytes.len() as u64;
    }

    fn gap(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}

    fn conflict(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}

    fn finished(&mut self, _: &FlowInfo, _: Side, _: Stamp) {}

    fn limit(&mut self, _: &FlowInfo, _: Limit, _: Stamp) {}

    fn closed(&mut self, _: &FlowInfo, _: &FlowStats, _: Closed, _: Stamp) {}
}

fn streams(path: &Path) -> u64 {
    let (mut slicer, mut count) = (Slicer::new(), Count::default());
    let mut reassembler = Reassembler::new(napster_dissect::tcp::Options::default());
    packets(path, |item| {
        let Item::Packet(packet) = item else { return };
        let stamp = Stamp { capture: 0, frame: packet.frame, time: packet.time };
        if let Sliced::Segment(segment) = &slicer.slice(packet) {
            reassembler.segment(stamp, segment, &mut count);
        }
    });
    reassembler.finish(&mut count);
    black_box(count.0)
}

fn records(path: &Path, summary_only: bool) {
    let mut options = output::Options::default();
    options.format = Format::JsonLines;
    options.summary_only = summary_only;
    let mut readers = [Reader::open(path).expect("a capture")];
    let mut writer = RecordWriter::new(io::sink(), options);
    let result = pipeline::dissect(&mut readers, &pipeline::Options::default(), &mut writer);
    result.expect("nothing is written anywhere");
    writer.finish().expect("nothing is written anywhere");
}

/// From the bytes of a stream to messages and back.
fn message_stages(criterion: &mut Criterion) {
    let payload = br#""C:\music\foo - bar baz.mp3" 0123456789abcdef0123456789abcdef 4433320 128 44100 260 bob 50462986 4"#;
    let code = napster_codec::message::SearchResult::CODE;
    let frame = lab::frame::frame(code.0, payload);
    let stream = frame.repeat(1000);
    let mut group = criterion.benchmark_group("messages");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("floor: copy", |bencher| {
        let mut copy = Vec::with_capacity(stream.len());
        bencher.iter(|| {
            copy.clear();
            copy.extend_from_slice(black_box(&stream));
        });
    });
    group.bench_function("floor: look for quotes", |bencher| {
        bencher.iter(|| memchr::memchr_iter(b'"', black_box(&stream)).count());
    });
    group.bench_function("frames", |bencher| bencher.iter(|| each_frame(&stream, |_| {})));
    group.bench_function("fields", |bencher| {
        let mut diagnostics = Diagnostics::new();
        bencher.iter(|| {
            each_frame(&stream, |payload| {
                let direction = Direction::ToClient;
                let result =
                    visit_payload(code, direction, payload, &mut diagnostics, &mut |_, value| {
                        black_box(value);
                    });
                result.expect("a clean message");
            });
        });
    });
    group.bench_function("encode", |bencher| {
        let decoded = decode(code, Direction::ToClient, payload, Tolerance::STRICT);
        let message = decoded.expect("a clean message").message;
        let mut output = Vec::with_capacity(stream.len());
        bencher.iter(|| {
            output.clear();
            for _ in 0..1000 {
                black_box(&message).encode_payload(&mut output).expect("it can be said");
            }
        });
    });
    group.finish();
}

fn each_frame(stream: &[u8], mut take: impl FnMut(&[u8])) {
    let mut decoder = Decoder::new(Direction::ToClient);
    let mut input = black_box(stream);
    while let Some(frame) = decoder.next_frame(&mut input) {
        take(black_box(frame.payload));
    }
}
