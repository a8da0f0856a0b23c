//! Segments of a few flows, in any order.

use std::time::Duration;

use napster_dissect::capture::Timestamp;
use napster_dissect::net::Flags;
use napster_dissect::tcp::{Checksums, Options, Overlap, Side};

use crate::bytes::Bytes;
use layers::{Bench, Flow, Owned, client, server};

/// The sink that the tests of the lower layers record with: it panics where pieces do not tile.
#[path = "../../napster-dissect/tests/layers_common/mod.rs"]
mod layers;

/// Any segments give streams whose pieces follow each other and whose bytes are those of their sequence
/// numbers: a byte of options, then segments, each eight bytes for what its header says.
pub fn segments(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let options = bytes.byte();
    let mut bench = Bench::new(limits(options));
    if options & 16 != 0 {
        // Damaged captures have times at the end of what can be told.
        bench.stamp.time = Timestamp::from_nanos(u64::MAX - 20_000_000);
    }
    let forged = options & 128 != 0;
    let mut sent = 0;
    while !bytes.is_empty() {
        let choice = bytes.byte();
        let segment = segment(choice, &mut bytes, forged);
        let seconds = match choice >> 4 {
            0..12 => 0,
            12..15 => 2,
            _ => 400,
        };
        bench.stamp.time = bench.stamp.time.saturating_add(Duration::from_secs(seconds));
        if bench.stamp.time.nanos() > u64::MAX - bench.tick {
            bench.tick = 0;
        }
        bench.feed(&segment);
        sent += segment.payload.len() as u64;
        // Each flow has its tables; a few of them take no more than this.
        assert!(bench.reassembler.memory() < 64 << 20);
    }
    let flows = bench.finish();
    let told = |flow: &Flow| flow.stats().bytes.iter().sum::<u64>();
    assert!(flows.iter().map(told).sum::<u64>() <= sent, "bytes that nobody sent");
    if !forged {
        flows.iter().for_each(hold_bytes);
    }
}

fn limits(options: u8) -> Options {
    let small = options & 64 != 0;
    Options {
        overlap: [Overlap::First, Overlap::Last, Overlap::Bsd, Overlap::Linux]
            [usize::from(options & 3)],
        checksums: Checksums::Count,
        max_flow_bytes: if small { 512 } else { 1 << 20 },
        max_flow_segments: if small { 8 } else { 1 << 10 },
        max_flows: if small { 2 } else { 64 },
        history: if options & 32 != 0 { 1 << 10 } else { 1 << 16 },
        ..Options::default()
    }
}

/// Sequence numbers begin here, so that they wrap soon.
const START: u32 = 0_u32.wrapping_sub(600);

/// A segment between one of four clients and the server, near the start of the sequence numbers.
fn segment(choice: u8, bytes: &mut Bytes<'_>, forged: bool) -> Owned {
    let near = |short: u16| START.wrapping_add_signed(i32::from(short.cast_signed()));
    let flags = Flags(bytes.byte() & 0x3f);
    let sequence = near(bytes.short());
    let acknowledgement = near(bytes.short());
    let length = usize::from(bytes.byte());
    let far = bytes.byte();
    // Now and then a number from far away.
    let sequence = if far >= 250 { sequence.wrapping_add(u32::from(far) << 23) } else { sequence };
    let first = sequence.wrapping_add(u32::from(flags.has(Flags::SYN)));
    let payload = (0_u32..)
        .take(length)
        .map(|at| first.wrapping_add(at) as u8)
        .map(|byte| if forged && far & 1 != 0 { byte ^ far } else { byte })
        .collect();
    let (here, there) = (client(u32::from(choice >> 1 & 3)), server());
    let (source, destination) = if choice & 1 == 0 { (here, there) } else { (there, here) };
    let missing = if far & 0x0e == 0x0e { u32::from(far) } else { 0 };
    Owned { source, destination, sequence, acknowledgement, flags, payload, missing }
}

/// Every byte is the lowest byte of its sequence number, so a stream counts up, over gaps as well.
fn hold_bytes(flow: &Flow) {
    for side in [Side::Client, Side::Server] {
        let stream = &flow.streams[side.index()];
        // Of a huge gap only a part is kept.
        if stream.bytes.len() as u64 != stream.next {
            continue;
        }
        let mut told =
            stream.bytes.iter().enumerate().filter_map(|(at, byte)| Some((at, (*byte)?)));
        let Some((at, byte)) = told.next() else { continue };
        let start = byte.wrapping_sub(at as u8);
        for (at, byte) in told {
            assert_eq!(byte, start.wrapping_add(at as u8), "{side} at {at}: {:?}", stream.pieces);
        }
    }
}
