//! What reassembly gives up when a limit is reached, and that work and memory stay bounded.

mod layers_common;

use layers_common::{ACK, Bench, FIN, Owned, PUSH, RST, SYN, SYN_ACK, client, down, server, up};
use napster_dissect::capture::Stamp;
use napster_dissect::net::Flags;
use napster_dissect::tcp::{
    Closed, EMPTY_TIMEOUT, FlowInfo, FlowStats, IDLE_TIMEOUT, Limit, MAX_TOMBSTONES, Options,
    Reassembler, Side, StreamSink,
};

/// A segment from the client of a connection.
fn up_of(number: u32, sequence: u32, acknowledgement: u32, flags: Flags, payload: &[u8]) -> Owned {
    Owned { source: client(number), ..up(sequence, acknowledgement, flags, payload) }
}

/// A segment to the client of a connection.
fn down_of(
    number: u32,
    sequence: u32,
    acknowledgement: u32,
    flags: Flags,
    payload: &[u8],
) -> Owned {
    Owned { destination: client(number), ..down(sequence, acknowledgement, flags, payload) }
}

fn opened(options: Options) -> Bench {
    let mut bench = Bench::new(options);
    bench.feed(&up(100, 0, SYN, b"")).feed(&down(500, 101, SYN_ACK, b""));
    bench
}

#[test]
fn bytes_of_a_flow() {
    let mut bench = opened(Options { max_flow_bytes: 1000, ..Options::default() });
    for step in 0..11 {
        bench.feed(&up(201 + 200 * step, 501, PUSH, &[b'x'; 100]));
    }
    let flow = &bench.recorder.flows[0];
    assert_eq!(flow.limits, [Limit::FlowBytes]);
    // Only as much is given up as is needed.
    assert_eq!(flow.streams[0].gaps, [(0, 100)]);
    assert_eq!(flow.streams[0].next, 200);
    bench.feed(&up(301, 501, PUSH, &[b'y'; 100]));
    assert_eq!(bench.recorder.flows[0].streams[0].next, 400);
    assert_eq!(bench.finish()[0].stats().gaps, 10);
}

#[test]
fn segments_of_a_flow() {
    let mut bench = opened(Options { max_flow_segments: 10, ..Options::default() });
    for step in 0..11 {
        bench.feed(&up(102 + 2 * step, 501, PUSH, b"x"));
    }
    let flow = &bench.recorder.flows[0];
    assert_eq!(flow.limits, [Limit::FlowSegments]);
    assert_eq!(flow.streams[0].text(), ".x");
}

#[test]
fn memory_goes_to_the_flow_that_waits_longest() {
    let options = Options { max_memory: 2 << 20, ..Options::default() };
    let mut bench = Bench::new(options.clone());
    for number in 0..1000 {
        bench.feed(&up_of(number, 100, 0, SYN, b""));
        bench.feed(&up_of(number, 102, 1, PUSH, &[b'x'; 1400]));
        assert!(bench.reassembler.memory() <= options.max_memory);
    }
    let given_up = |flow: &layers_common::Flow| flow.limits == [Limit::Memory];
    let flows = &bench.recorder.flows;
    assert!(given_up(&flows[0]) && !given_up(&flows[999]));
    // The older half, and no other.
    let count = flows.iter().filter(|flow| given_up(flow)).count();
    assert!(flows[..count].iter().all(given_up));
    assert!(bench.finish().iter().all(|flow| flow.stats().bytes[0] == 1400));
}

#[test]
fn flows() {
    let mut bench = Bench::new(Options { max_flows: 10, ..Options::default() });
    for number in 0..10 {
        bench.feed(&up_of(number, 100, 0, SYN, b""));
    }
    // The first one is in use, so the second one goes.
    bench.feed(&up_of(0, 101, 1, PUSH, b"abc")).feed(&up_of(10, 100, 0, SYN, b""));
    assert_eq!(bench.reassembler.open_flows(), 10);
    let flows = &bench.recorder.flows;
    assert!(flows[0].closed.is_none());
    assert_eq!((flows[1].end(), &flows[1].limits[..]), (Closed::Timeout, &[Limit::Flows][..]));
    assert_eq!(bench.reassembler.totals().evicted, 1);
    // What still comes of it is late if it brings nothing, else a new flow.
    bench.feed(&up_of(1, 101, 1, ACK, b""));
    assert_eq!(bench.reassembler.totals().late_packets, 1);
    bench.feed(&up_of(1, 101, 1, PUSH, b"on"));
    assert_eq!(bench.finish().len(), 12);
}

#[test]
fn memory_limits_flows_too() {
    let options = Options { max_memory: 4 << 20, ..Options::default() };
    let mut bench = Bench::new(options.clone());
    for number in 0..20_000 {
        bench.feed(&up_of(number, 100, 0, SYN, b""));
        assert!(bench.reassembler.memory() <= options.max_memory);
    }
    assert!(bench.reassembler.open_flows() < 10_000);
    assert_eq!(bench.reassembler.totals().evicted + bench.reassembler.open_flows() as u64, 20_000);
}

#[test]
fn silent_flows_are_closed() {
    let mut bench = Bench::new(Options::default());
    bench.feed(&up_of(0, 100, 0, SYN, b"")).feed(&up_of(1, 100, 0, SYN, b""));
    bench.feed(&up_of(0, 101, 1, PUSH, b"data"));
    let other = up_of(2, 100, 1, ACK, b"");
    bench.wait(EMPTY_TIMEOUT.as_secs() + 1).feed(&other).feed(&other);
    assert_eq!(bench.recorder.flows[1].end(), Closed::Timeout);
    assert!(bench.recorder.flows[0].closed.is_none());
    bench.wait(IDLE_TIMEOUT.as_secs() / 2).feed(&up_of(0, 105, 1, PUSH, b"more"));
    bench.wait(IDLE_TIMEOUT.as_secs() / 2 + 60).feed(&other).feed(&other);
    assert!(bench.recorder.flows[0].closed.is_none());
    bench.wait(IDLE_TIMEOUT.as_secs() / 2 + 60).feed(&other).feed(&other);
    assert_eq!(bench.recorder.flows[0].end(), Closed::Timeout);
    // One packet from the future closes nothing.
    bench.feed(&up_of(3, 101, 1, PUSH, b"data"));
    let now = bench.stamp;
    bench.wait(1_000_000).feed(&other);
    bench.stamp.time = now.time;
    bench.feed(&other).feed(&other);
    assert!(bench.recorder.flows.last().is_some_and(|flow| flow.closed.is_none()));
}

#[test]
fn flows_close_in_order_of_their_number() {
    struct Order(Vec<u64>);
    impl StreamSink for Order {
        fn opened(&mut self, _: &FlowInfo, _: Stamp) {}
        fn data(&mut self, _: &FlowInfo, _: Side, _: u64, _: &[u8], _: Stamp) {}
        fn gap(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}
        fn conflict(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}
        fn finished(&mut self, _: &FlowInfo, _: Side, _: Stamp) {}
        fn limit(&mut self, _: &FlowInfo, _: Limit, _: Stamp) {}
        fn closed(&mut self, flow: &FlowInfo, _: &FlowStats, _: Closed, _: Stamp) {
            self.0.push(flow.number);
        }
    }
    let mut order = Order(Vec::new());
    let mut reassembler = Reassembler::new(Options::default());
    let stamp = Stamp::default();
    for number in 0..50 {
        reassembler.segment(stamp, &up_of(number, 100, 0, SYN, b"").segment(), &mut order);
    }
    // Slots that were free again are used again.
    for number in [3, 30, 7] {
        let refused = down_of(number, 0, 101, RST | ACK, b"");
        reassembler.segment(stamp, &refused.segment(), &mut order);
    }
    for number in 50..60 {
        reassembler.segment(stamp, &up_of(number, 100, 0, SYN, b"").segment(), &mut order);
    }
    reassembler.finish(&mut order);
    assert_eq!(order.0[..3], [3, 30, 7]);
    assert_eq!(order.0.len(), 60);
    assert!(order.0[3..].is_sorted());
}

#[test]
fn many_single_bytes_out_of_order() {
    const COUNT: u32 = 400_000;
    let mut bench = opened(Options::default());
    // Every second byte from the end to the start, then the others, the first one last.
    for place in (0..COUNT / 2).rev() {
        bench.feed(&up(102 + 2 * place, 501, PUSH, b"b"));
    }
    for place in (0..COUNT / 2).rev() {
        bench.feed(&up(101 + 2 * place, 501, PUSH, b"a"));
    }
    let flow = bench.finish().remove(0);
    assert!(flow.limits.is_empty());
    assert_eq!(flow.of(client(0)).text(), "ab".repeat(COUNT as usize / 2));
}

#[test]
fn many_retransmissions_above_a_hole() {
    let mut bench = opened(Options::default());
    let payload = [b'x'; 1460];
    for _ in 0..100_000 {
        bench.feed(&up(102, 501, PUSH, &payload));
    }
    assert!(bench.reassembler.memory() < 2 << 20);
    bench.feed(&up(101, 501, PUSH, b"x"));
    let flow = bench.finish().remove(0);
    assert_eq!(flow.of(client(0)).next, 1461);
    assert_eq!(flow.stats().retransmitted, 99_999 * 1460);
}

#[test]
fn many_retransmissions_of_old_bytes() {
    let mut bench = opened(Options::default());
    for place in 0..30_000 {
        bench.feed(&up(101 + place, 501, PUSH, b"x"));
        bench.feed(&up_of(1, 1000 + place, 501, PUSH, b"y"));
    }
    for _ in 0..30_000 {
        bench.feed(&up(101, 501, PUSH, b"x"));
    }
    let flows = bench.finish();
    assert_eq!(flows[0].stats().retransmitted, 30_000);
}

#[test]
fn many_flows_that_wait() {
    let options = Options { max_memory: 8 << 20, ..Options::default() };
    let mut bench = Bench::new(options.clone());
    bench.tick = 1000;
    let mut most = 0;
    for number in 0..60_000 {
        bench.feed(&up_of(number, 100, 0, SYN, b""));
        bench.feed(&up_of(number, 111, 1, PUSH, &[b'x'; 100]));
        most = most.max(bench.reassembler.memory());
    }
    assert!(most <= options.max_memory, "{most}");
    let evicted = bench.reassembler.totals().evicted;
    let flows = bench.finish();
    assert_eq!(flows.len(), 60_000);
    assert!(flows.iter().all(|flow| flow.stats().bytes[0] == 100 && flow.stats().gaps == 1));
    let closed_early = flows.iter().filter(|flow| flow.limits.contains(&Limit::Flows)).count();
    assert_eq!(closed_early as u64, evicted);
}

#[test]
fn many_sessions_one_after_the_other() {
    let mut bench = Bench::new(Options::default());
    bench.tick = 100_000;
    let mut most = [0; 2];
    for number in 0..4 * MAX_TOMBSTONES as u32 {
        bench.feed(&up_of(number, 100, 0, SYN, b"")).feed(&down_of(number, 500, 101, SYN_ACK, b""));
        // Out of order, so that something waits in each of them.
        bench.feed(&up_of(number, 105, 501, PUSH, b"5678"));
        bench.feed(&up_of(number, 101, 501, PUSH, b"1234"));
        bench.feed(&up_of(number, 109, 501, FIN, b"")).feed(&down_of(number, 501, 110, FIN, b""));
        bench.feed(&up_of(number, 110, 502, ACK, b""));
        assert_eq!(bench.reassembler.open_flows(), 0);
        let half = usize::from(number > 2 * MAX_TOMBSTONES as u32);
        most[half] = most[half].max(bench.reassembler.memory());
    }
    assert!(most[1] < 16 << 20, "{most:?}");
    assert!(most[1] <= most[0] + most[0] / 2, "it grows: {most:?}");
    let last = bench.recorder.flows.last().unwrap();
    assert_eq!((last.info.slot, last.end(), last.of(server()).next), (0, Closed::Fin, 0));
}

#[test]
fn a_long_session_needs_no_more_memory() {
    let mut bench = opened(Options::default());
    let payload = [b'x'; 1000];
    let mut most = 0;
    for step in 0..20_000_u32 {
        // One packet of ten comes late, and one of a hundred not at all.
        let place = match step % 10 {
            3 => step + 1,
            4 => step - 1,
            _ => step,
        };
        if step % 100 != 50 {
            bench.feed(&up(101 + 1000 * place, 501, PUSH, &payload));
        }
        bench.feed(&down(501, 101 + 1000 * step, ACK, b""));
        most = most.max(bench.reassembler.memory());
    }
    assert!(most < 3 << 20, "{most}");
    assert_eq!(bench.finish()[0].stats().gap_bytes, 200_000);
}
