//! Whole runs: what was said in the laboratory is what is told, whatever happened on the way.

mod lab;

use std::io::Cursor;

use lab::conversation::Said;
use lab::faults::{self, Again};
use lab::file::Pcap;
use lab::packet::{self, Link, Packet};
use lab::rng::Rng;
use lab::scenes::{self, Scene, short};
use lab::segment::{Segment, Side};
use lab::truth;
use napster_dissect::capture::Reader;
use napster_dissect::pipeline::{Options, Outcome, dissect};
use napster_dissect::story::{Body, Protocol, Record, RecordSink, WarningKind};
use napster_dissect::tcp;
use proptest::prelude::*;

/// A message as it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    flow: u64,
    client: bool,
    code: u16,
    payload: Vec<u8>,
    offset: u64,
}

#[derive(Default)]
struct Listener {
    told: Vec<Told>,
    flows: Vec<(u64, Protocol, u64)>,
    warnings: Vec<WarningKind>,
}

impl RecordSink for Listener {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Message(message) => {
                if let Body::Framed { code, payload, .. } = message.body {
                    self.told.push(Told {
                        flow: message.flow,
                        client: message.from == tcp::Side::Client,
                        code: code.0,
                        payload: payload.to_vec(),
                        offset: message.offset,
                    });
                }
            }
            Record::Flow(flow) => self.flows.push((flow.flow, flow.protocol, flow.undecoded)),
            Record::Warning(warning) => self.warnings.push(warning.kind),
            _ => {}
        }
        Ok(())
    }
}

fn listen(segments: &[Segment]) -> (Listener, Outcome) {
    listen_to(&Link::Ethernet.packets(segments))
}

fn listen_to(packets: &[Packet]) -> (Listener, Outcome) {
    let bytes = Pcap::new(Link::Ethernet.number()).write(packets);
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    let mut listener = Listener::default();
    let outcome = dissect(std::slice::from_mut(&mut reader), &Options::default(), &mut listener)
        .expect("the listener never fails");
    (listener, outcome)
}

/// Which flow each conversation is: they are counted by their first packet.
fn flow_numbers(segments: &[Segment]) -> Vec<usize> {
    let mut order = Vec::new();
    for segment in segments {
        if !order.contains(&segment.conversation) {
            order.push(segment.conversation);
        }
    }
    order
}

/// What each side of each conversation said, in its own order.
fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by_key(|told| (told.flow, told.client, told.offset));
    told
}

fn expected(said: &[&Said], segments: &[Segment]) -> Vec<Told> {
    let order = flow_numbers(segments);
    let told = said.iter().map(|said| Told {
        flow: order.iter().position(|&conversation| conversation == said.conversation).unwrap()
            as u64,
        client: said.side == Side::Client,
        code: said.code,
        payload: said.payload.clone(),
        offset: said.offset,
    });
    sorted(told.collect())
}

/// What was said and captured whole is told, and nothing else.
#[track_caller]
fn hold(what: &str, scene: &Scene, segments: &[Segment]) -> Listener {
    let captured = truth::captured(&scene.said, segments);
    let (listener, _) = listen(segments);
    let (told, expected) = (sorted(listener.told.clone()), expected(&captured, segments));
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected, "{what}");
    }
    assert_eq!(told.len(), expected.len(), "{what}: {:?} {:?}", listener.flows, listener.warnings);
    listener
}

fn scenes_of_sessions() -> Vec<(&'static str, Scene)> {
    vec![
        ("registration", scenes::registration::scene()),
        ("channels", scenes::channels::scene()),
        ("malformed", scenes::malformed::scene()),
        ("search", short::search(536, None)),
        ("wrap", short::search(100, Some((u32::MAX - 40, u32::MAX - 1000)))),
        ("one message", short::one_message()),
        ("swapped", short::swapped()),
        ("evening", scenes::evening::scene()),
        ("weekly", scenes::weekly::scene()),
    ]
}

#[test]
fn clean_sessions_are_told_whole() {
    for (what, scene) in scenes_of_sessions() {
        let listener = hold(what, &scene, &scene.segments);
        for (flow, protocol, undecoded) in &listener.flows {
            assert!(*protocol != Protocol::Napster || *undecoded == 0, "{what}: flow {flow}");
        }
    }
}

#[test]
fn other_protocols_are_never_claimed() {
    let scene = scenes::strangers::scene();
    let (listener, _) = listen(&scene.segments);
    assert_eq!(listener.told, []);
    assert!(listener.flows.iter().all(|(_, protocol, _)| *protocol == Protocol::Unknown));
}

#[test]
fn faults_without_loss_change_nothing() {
    for seed in 0..24 {
        for (what, scene) in scenes_of_sessions() {
            let mut rng = Rng::new(seed);
            let mut segments = scene.segments.clone();
            match seed % 4 {
                0 => faults::split(&mut segments, &mut rng, 1),
                1 => faults::split(&mut segments, &mut rng, 9),
                2 => faults::coalesce(&mut segments, 1460),
                _ => {}
            }
            faults::overlap(&mut segments, &mut rng, 100, Again::Same);
            faults::duplicate(&mut segments, &mut rng, 100);
            faults::reorder(&mut segments, &mut rng, 200, 6);
            let listener = hold(&format!("{what}, seed {seed}"), &scene, &segments);
            let lost = listener
                .warnings
                .iter()
                .find(|kind| matches!(kind, WarningKind::Gap | WarningKind::OverlapConflict));
            assert_eq!(lost, None, "{what}, seed {seed}");
        }
    }
}

/// With loss, what is told is what was captured whole: nothing is invented, and next to nothing missed.
///
/// Payloads that fit no message are found in step, but behind a hole nothing tells them from other bytes,
/// so they count for what is invented only.
#[test]
fn loss_costs_only_the_messages_it_hits() {
    let (mut captured_whole, mut missed) = (0, Vec::new());
    for seed in 0..60 {
        for (what, scene) in scenes_of_sessions() {
            let mut rng = Rng::new(seed);
            let mut segments = scene.segments.clone();
            if seed % 3 == 0 {
                faults::split(&mut segments, &mut rng, 100);
            }
            faults::lose(&mut segments, &mut rng, 20);
            if seed % 2 == 0 {
                faults::reorder(&mut segments, &mut rng, 100, 4);
            }
            let captured = truth::captured(&scene.said, &segments);
            let (listener, _) = listen(&segments);
            let expected = expected(&captured, &segments);
            for told in &listener.told {
                assert!(expected.contains(told), "{what}, seed {seed}: invented {told:?}");
            }
            if what != "malformed" {
                captured_whole += expected.len();
                let missing = expected.into_iter().filter(|said| !listener.told.contains(said));
                missed.extend(missing.map(|said| (what, seed, said)));
            }
        }
    }
    println!("{captured_whole} messages captured whole, missed: {missed:?}");
    assert!(missed.len() * 1000 <= captured_whole, "{} of {captured_whole}", missed.len());
}

/// Ethernet, IPv4 and TCP without options.
const HEADERS: usize = 54;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to the segments, as long as every byte is there: what was said is told.
    #[test]
    fn any_mix_without_loss(
        seed in any::<u64>(),
        which in 0..9_usize,
        size in prop_oneof![Just(1), 2..40_usize, 40..1460_usize],
        coalesced in any::<bool>(),
        overlaps in 0..300_u32,
        duplicates in 0..300_u32,
        late in 0..400_u32,
        reach in 1..9_usize,
    ) {
        let (what, scene) = scenes_of_sessions().swap_remove(which);
        let mut rng = Rng::new(seed);
        let mut segments = scene.segments.clone();
        if coalesced {
            faults::coalesce(&mut segments, size);
        } else {
            faults::split(&mut segments, &mut rng, size);
        }
        faults::overlap(&mut segments, &mut rng, overlaps, Again::Same);
        faults::duplicate(&mut segments, &mut rng, duplicates);
        faults::reorder(&mut segments, &mut rng, late, reach);
        let listener = hold(what, &scene, &segments);
        let odd = [WarningKind::Gap, WarningKind::OverlapConflict, WarningKind::Limit];
        prop_assert!(!listener.warnings.iter().any(|kind| odd.contains(kind)), "{what}");
    }

    /// Bytes that come again with another value change nothing, and are told.
    #[test]
    fn other_bytes_for_the_same_place(seed in any::<u64>(), which in 0..9_usize, often in 100..500_u32) {
        let (what, scene) = scenes_of_sessions().swap_remove(which);
        let mut segments = scene.segments.clone();
        let before = segments.len();
        faults::overlap(&mut segments, &mut Rng::new(seed), often, Again::Different);
        let conflicts: usize =
            truth::streams(&segments).values().map(|stream| stream.conflicts).sum();
        let listener = hold(what, &scene, &segments);
        let told = listener.warnings.contains(&WarningKind::OverlapConflict);
        prop_assert_eq!(told, conflicts > 0, "{} of {}", what, before);
    }

    /// Whatever is lost, cut short or not captured, nothing is invented.
    #[test]
    fn any_mix_with_loss(
        seed in any::<u64>(),
        which in 0..9_usize,
        lost in 0..150_u32,
        size in prop_oneof![Just(1460), 8..300_usize],
        snap in prop_oneof![Just(2000), HEADERS..400_usize],
        late in 0..200_u32,
        side in prop_oneof![3 => Just(None), 1 => Just(Some(Side::Client)), 1 => Just(Some(Side::Server))],
    ) {
        let (what, scene) = scenes_of_sessions().swap_remove(which);
        let mut rng = Rng::new(seed);
        let mut segments = scene.segments.clone();
        faults::split(&mut segments, &mut rng, size);
        faults::lose(&mut segments, &mut rng, lost);
        faults::reorder(&mut segments, &mut rng, late, 4);
        if let Some(side) = side {
            faults::drop_side(&mut segments, side);
        }
        let mut packets = Link::Ethernet.packets(&segments);
        packet::snap(&mut packets, snap);
        for (segment, packet) in segments.iter_mut().zip(&packets) {
            let kept = packet.bytes.len().saturating_sub(HEADERS + segment.options.len());
            segment.payload.truncate(kept);
        }
        let captured = expected(&truth::captured(&scene.said, &segments), &segments);
        let (listener, _) = listen_to(&packets);
        for told in &listener.told {
            prop_assert!(captured.contains(told), "{what}: invented {told:?}");
        }
    }

    /// A capture that began late tells nothing but what was said.
    #[test]
    fn any_start(which in 0..9_usize, missed in 1..40_usize) {
        let (what, scene) = scenes_of_sessions().swap_remove(which);
        let mut segments = scene.segments.clone();
        faults::drop_beginning(&mut segments, missed);
        let captured = truth::captured(&scene.said, &segments);
        let (listener, _) = listen(&segments);
        for told in &listener.told {
            // Places in the stream count from the first byte that was captured.
            let said = captured
                .iter()
                .any(|said| (said.code, &said.payload) == (told.code, &told.payload));
            prop_assert!(said, "{what}: invented {told:?}");
        }
    }
}
