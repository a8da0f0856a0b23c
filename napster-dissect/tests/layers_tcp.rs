//! Reassembly of conversations that were cut, reordered, repeated and lost at random.

mod layers_common;

use std::net::SocketAddr;

use layers_common::{ACK, Bench, FIN, Owned, PUSH, SYN, SYN_ACK, client, reassemble, server};
use napster_dissect::net::Flags;
use napster_dissect::tcp::{Closed, Options, Overlap};
use proptest::collection::vec;
use proptest::prelude::*;

/// A conversation before any fault: for each side its first sequence number and its bytes, and the
/// order in which pieces are sent.
#[derive(Clone, Debug)]
struct Talk {
    first: [u32; 2],
    bytes: [Vec<u8>; 2],
    /// Which side speaks, and how many bytes.
    turns: Vec<(bool, usize)>,
    ends: bool,
}

fn talk() -> impl Strategy<Value = Talk> {
    let near_wrap = || prop_oneof![any::<u32>(), (0..4000_u32).prop_map(u32::wrapping_neg)];
    let turns = vec((any::<bool>(), prop_oneof![1..6_usize, 1..300_usize]), 1..40);
    (near_wrap(), near_wrap(), turns, any::<u64>(), any::<bool>()).prop_map(
        |(one, other, turns, seed, ends)| {
            let total = |side: bool| -> usize {
                turns.iter().filter(|turn| turn.0 == side).map(|turn| turn.1).sum()
            };
            // A simple generator: what the bytes are does not matter as long as they differ.
            let mut state = seed | 1;
            let mut bytes = |count: usize| -> Vec<u8> {
                (0..count)
                    .map(|_| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        (state >> 56) as u8
                    })
                    .collect()
            };
            let bytes = [bytes(total(false)), bytes(total(true))];
            Talk { first: [one, other], bytes, turns, ends }
        },
    )
}

impl Talk {
    fn address(side: usize) -> (SocketAddr, SocketAddr) {
        if side == 0 { (client(0), server()) } else { (server(), client(0)) }
    }

    fn segment(&self, side: usize, places: [usize; 2], flags: Flags, length: usize) -> Owned {
        let (source, destination) = Self::address(side);
        let place = places[side];
        let sequence = |side: usize| self.first[side].wrapping_add(places[side] as u32);
        Owned {
            source,
            destination,
            sequence: sequence(side),
            acknowledgement: sequence(1 - side),
            flags,
            payload: self.bytes[side][place..place + length].to_vec(),
            missing: 0,
        }
    }

    /// The segments as they are sent, each acknowledging all that was sent before.
    fn segments(&self) -> Vec<Owned> {
        let mut segments = self.handshake();
        let mut places = [0, 0];
        for &(speaker, length) in &self.turns {
            let side = usize::from(speaker);
            segments.push(self.segment(side, places, PUSH, length));
            places[side] += length;
            if length % 3 == 0 {
                segments.push(self.segment(1 - side, places, ACK, 0));
            }
        }
        if self.ends {
            segments.push(self.segment(0, places, FIN, 0));
            let mut answer = self.segment(1, places, FIN, 0);
            answer.acknowledgement = answer.acknowledgement.wrapping_add(1);
            segments.push(answer);
            let mut last = self.segment(0, places, ACK, 0);
            last.sequence = last.sequence.wrapping_add(1);
            last.acknowledgement = last.acknowledgement.wrapping_add(1);
            segments.push(last);
        }
        segments
    }

    fn handshake(&self) -> Vec<Owned> {
        let mut open = self.segment(0, [0, 0], SYN, 0);
        let mut answer = self.segment(1, [0, 0], SYN_ACK, 0);
        open.sequence = open.sequence.wrapping_sub(1);
        answer.sequence = answer.sequence.wrapping_sub(1);
        vec![open, answer, self.segment(0, [0, 0], ACK, 0)]
    }

    /// Where a segment's payload belongs in its side's bytes.
    fn place(&self, segment: &Owned) -> (usize, usize) {
        let side = usize::from(segment.source == server());
        let mut place = segment.sequence.wrapping_sub(self.first[side]);
        if segment.flags.has(SYN) {
            place = place.wrapping_add(1);
        }
        (side, place as usize)
    }
}

/// How often a property is tried; failures are shown and not kept in a file.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// What happens to a segment: how far it is delayed, how often it comes, how it is cut, and by how
/// much it repeats what came before it.
type Fault = (usize, u8, usize, usize);

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let delay = prop_oneof![4 => Just(0), 1 => 0..8_usize];
    let copies = prop_oneof![5 => Just(1_u8), 1 => Just(2)];
    let cut = prop_oneof![4 => Just(usize::MAX), 1 => 1..40_usize, 1 => Just(1)];
    let back = prop_oneof![4 => Just(0), 1 => 0..50_usize];
    vec((delay, copies, cut, back), 1..60)
}

/// A segment is cut into no more pieces, so that sixteen packets are more than two segments.
const MAX_PIECES: usize = 3;

/// Applies faults that lose nothing.
fn spoil(talk: &Talk, segments: &[Owned], faults: &[Fault]) -> Vec<Owned> {
    let mut placed: Vec<(usize, Owned)> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let (mut delay, copies, cut, back) = faults[index % faults.len()];
        // What tells where a stream starts must not be waited for too long.
        if index < 3 {
            delay = delay.min(1);
        }
        let (side, place) = talk.place(segment);
        for copy in 0..copies {
            let when = index + delay * usize::from(copy + 1) / usize::from(copies);
            if segment.payload.is_empty() {
                placed.push((when, segment.clone()));
                continue;
            }
            let back = back.min(place).min(segment.payload.len());
            let end = place + segment.payload.len();
            // Not so many pieces that a delayed one counts as lost.
            let cut = cut.max(segment.payload.len().div_ceil(MAX_PIECES));
            let mut at = place - back;
            while at < end {
                let length = cut.min(end - at);
                let mut piece = segment.clone();
                piece.sequence = talk.first[side].wrapping_add(at as u32);
                piece.payload = talk.bytes[side][at..at + length].to_vec();
                placed.push((when, piece));
                at += length;
            }
        }
    }
    placed.sort_by_key(|(when, _)| *when);
    placed.into_iter().map(|(_, segment)| segment).collect()
}

proptest! {
    #![proptest_config(config(500))]

    /// Without loss each side's bytes come out once each, in order, and nothing else.
    #[test]
    fn nothing_lost_nothing_missing(talk in talk(), faults in faults()) {
        let flows = reassemble(&spoil(&talk, &talk.segments(), &faults));
        prop_assert_eq!(flows.len(), 1);
        for side in 0..2 {
            let stream = flows[0].of(Talk::address(side).0);
            prop_assert_eq!(stream.whole(), Some(talk.bytes[side].clone()));
            prop_assert!(stream.conflicts.is_empty());
            prop_assert_eq!(stream.finished, talk.ends);
        }
        let end = if talk.ends { Closed::Fin } else { Closed::Eof };
        prop_assert_eq!(flows[0].end(), end);
    }

    /// With loss the delivered bytes and the gaps tile the stream, and every captured byte is there.
    #[test]
    fn what_was_captured_is_delivered(
        talk in talk(),
        faults in faults(),
        lost in vec(prop_oneof![3 => Just(false), 1 => Just(true)], 1..30),
        one_side in prop_oneof![4 => Just(None), 1 => (0..2_usize).prop_map(Some)],
    ) {
        let mut index = 0;
        let mut segments = talk.segments();
        segments.retain(|segment| {
            index += 1;
            segment.flags.has(SYN) || segment.payload.is_empty() || !lost[index % lost.len()]
        });
        segments.retain(|segment| {
            one_side.is_none_or(|side| segment.source == Talk::address(side).0)
        });
        let segments = spoil(&talk, &segments, &faults);
        check_captured(&talk, &segments, true)?;
    }

    /// A capture that starts in the middle starts with the first byte in it.
    #[test]
    fn from_the_middle(talk in talk(), faults in faults(), from in 1..40_usize) {
        let segments = talk.segments();
        let segments = &segments[from.min(segments.len() - 1)..];
        // Bytes from before the first ones must come soon to count.
        let faults: Vec<Fault> =
            faults.iter().map(|&(delay, copies, cut, _)| (delay.min(1), copies, cut, 0)).collect();
        let segments = spoil(&talk, segments, &faults);
        check_captured(&talk, &segments, false)?;
    }
}

/// A segment that nobody who keeps to TCP would send, near sequence numbers that matter.
fn wild() -> impl Strategy<Value = (Owned, u64)> {
    let number = || {
        prop_oneof![
            8 => 0..3000_u32,
            1 => any::<u32>(),
            1 => (0..3000_u32).prop_map(u32::wrapping_neg),
            1 => (0..3000_u32).prop_map(|near| near.wrapping_add(1 << 31)),
        ]
    };
    let flags = prop_oneof![
        6 => Just(PUSH), 2 => Just(ACK), 1 => Just(SYN), 1 => Just(SYN_ACK), 1 => Just(FIN),
        1 => Just(Flags::RST), 1 => any::<u8>().prop_map(|bits| Flags(bits & 0x3f)),
    ];
    let payload = prop_oneof![vec(any::<u8>(), 0..3), vec(any::<u8>(), 0..400)];
    let missing = prop_oneof![9 => Just(0_u32), 1 => 0..2000_u32];
    let pause = prop_oneof![20 => Just(0_u64), 2 => 0..20_u64, 1 => 0..20_000_u64];
    (any::<bool>(), 0..3_u32, number(), number(), flags, payload, missing, pause).prop_map(
        |(from_client, number, sequence, acknowledgement, flags, payload, missing, pause)| {
            let (mut source, mut destination) = (client(number), server());
            if !from_client {
                (source, destination) = (destination, source);
            }
            let owned =
                Owned { source, destination, sequence, acknowledgement, flags, payload, missing };
            (owned, pause)
        },
    )
}

proptest! {
    #![proptest_config(config(1000))]

    /// Whatever comes, the sink is told things in order, and the limits hold.
    #[test]
    fn anything_goes(
        segments in vec(wild(), 1..120),
        overlap in 0..Overlap::names().count(),
        few in any::<bool>(),
    ) {
        let overlap = Overlap::names().nth(overlap).unwrap().parse().unwrap();
        let mut options = Options { overlap, history: 2000, ..Options::default() };
        if few {
            options.max_flows = 2;
            options.max_flow_bytes = 1000;
            options.max_flow_segments = 5;
        }
        let mut bench = Bench::new(options);
        for (segment, pause) in &segments {
            bench.wait(*pause).feed(segment);
            prop_assert!(!few || bench.reassembler.open_flows() <= 2);
        }
        let flows = bench.finish();
        let told: u64 = flows.iter().map(|flow| {
            let stats = flow.stats();
            stats.bytes.iter().sum::<u64>() + stats.retransmitted + stats.discarded
        }).sum();
        let sent: u64 = segments.iter().map(|(segment, _)| segment.payload.len() as u64).sum();
        prop_assert!(told <= sent);
    }
}

/// Compares what is told with what is in the segments.
fn check_captured(talk: &Talk, segments: &[Owned], from_start: bool) -> Result<(), TestCaseError> {
    let flows = reassemble(segments);
    prop_assert_eq!(flows.len(), 1);
    for side in 0..2 {
        let mut captured = vec![None; talk.bytes[side].len()];
        for segment in segments {
            let (sender, place) = talk.place(segment);
            if sender == side && !segment.payload.is_empty() {
                for (offset, byte) in segment.payload.iter().enumerate() {
                    captured[place + offset] = Some(*byte);
                }
            }
        }
        let heard = segments.iter().any(|segment| talk.place(segment).0 == side);
        let opened = heard
            && segments
                .iter()
                .any(|segment| segment.flags.has(SYN) && talk.place(segment).0 == side);
        let first = captured.iter().position(Option::is_some).unwrap_or(captured.len());
        let start = if opened && from_start { 0 } else { first };
        let stream = flows[0].of(Talk::address(side).0);
        let end = if stream.finished {
            captured.len()
        } else {
            captured.iter().rposition(Option::is_some).map_or(start, |last| last + 1)
        };
        prop_assert_eq!(&stream.bytes[..], &captured[start.min(end)..end], "side {}", side);
        prop_assert!(stream.conflicts.is_empty());
    }
    Ok(())
}
