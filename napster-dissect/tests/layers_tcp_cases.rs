//! Reassembly of what happens on real networks, case by case.

mod layers_common;

use layers_common::{
    ACK, Bench, FIN, Flow, Owned, PUSH, RST, SYN, SYN_ACK, client, down, reassemble, server, up,
};
use napster_dissect::net::Flags;
use napster_dissect::tcp::{Closed, GAP_WAIT, GAP_WAIT_PACKETS, Options, Overlap};

/// A handshake: the client's bytes begin at 101, the server's at 501.
fn handshake() -> Vec<Owned> {
    vec![up(100, 0, SYN, b""), down(500, 101, SYN_ACK, b""), up(101, 501, ACK, b"")]
}

/// The flow of a handshake and some more segments.
fn flow(more: &[Owned]) -> Flow {
    let mut segments = handshake();
    segments.extend_from_slice(more);
    only(reassemble(&segments))
}

fn only(mut flows: Vec<Flow>) -> Flow {
    assert_eq!(flows.len(), 1, "{flows:?}");
    flows.remove(0)
}

fn client_text(flow: &Flow) -> String {
    flow.of(client(0)).text()
}

fn server_text(flow: &Flow) -> String {
    flow.of(server()).text()
}

fn missing(mut segment: Owned, count: u32) -> Owned {
    segment.missing = count;
    segment
}

#[test]
fn a_plain_conversation() {
    let flow = flow(&[
        up(101, 501, PUSH, b"hello"),
        down(501, 106, PUSH, b"who"),
        down(504, 106, PUSH, b" are you"),
        up(106, 512, FIN, b""),
        down(512, 107, FIN, b"bye"),
        up(107, 516, ACK, b""),
    ]);
    assert_eq!((client_text(&flow), server_text(&flow)), ("hello".into(), "who are youbye".into()));
    assert!(flow.info.handshake);
    assert_eq!(flow.info.client, client(0));
    let stats = flow.stats();
    assert_eq!((flow.end(), stats.packets, stats.bytes), (Closed::Fin, 9, [5, 14]));
    assert_eq!(flow.of(server()).pieces, [(0, 3), (3, 8), (11, 3)]);
    assert_eq!(flow.of(server()).frames, [5, 6, 8]);
}

#[test]
fn the_packet_that_fills_a_hole_completes_what_waits_behind_it() {
    let flow = flow(&[
        up(104, 501, PUSH, b"de"),
        up(106, 501, PUSH, b"f"),
        up(101, 501, PUSH, b"abc"),
        up(107, 501, PUSH, b"g"),
    ]);
    assert_eq!(client_text(&flow), "abcdefg");
    assert_eq!(flow.of(client(0)).pieces, [(0, 3), (3, 2), (5, 1), (6, 1)]);
    assert_eq!(flow.of(client(0)).frames, [6, 6, 6, 7]);
    assert_eq!(flow.stats().out_of_order, 1);
}

#[test]
fn syn_may_carry_data() {
    let flow = only(reassemble(&[
        up(100, 0, SYN, b"early"),
        down(500, 106, SYN_ACK, b"!"),
        up(106, 502, PUSH, b" bird"),
    ]));
    assert_eq!((client_text(&flow), server_text(&flow)), ("early bird".into(), "!".into()));
}

#[test]
fn probes_are_not_data() {
    let flow = flow(&[
        // Before any data, the byte before the first one.
        up(100, 501, ACK, b"\0"),
        up(101, 501, PUSH, b"abc"),
        up(103, 501, ACK, b"\0"),
        up(103, 501, ACK, b""),
        down(501, 104, ACK, b""),
        up(104, 501, PUSH, b"d"),
    ]);
    assert_eq!(client_text(&flow), "abcd");
    let stats = flow.stats();
    assert_eq!((stats.retransmitted, stats.overlap_conflicts, stats.discarded), (0, 0, 0));
}

#[test]
fn the_byte_of_a_window_probe_comes_again() {
    let flow =
        flow(&[up(101, 501, PUSH, b"abc"), up(104, 501, ACK, b"d"), up(104, 501, PUSH, b"defg")]);
    assert_eq!(client_text(&flow), "abcdefg");
    assert_eq!(flow.stats().retransmitted, 1);
}

#[test]
fn urgent_data_stays_in_the_stream() {
    let flow = flow(&[
        up(101, 501, PUSH, b"ab"),
        up(103, 501, PUSH | Flags::URG, b"!c"),
        up(105, 501, PUSH, b"d"),
    ]);
    assert_eq!(client_text(&flow), "ab!cd");
}

#[test]
fn the_text_of_an_rst_is_not_data() {
    let flow = flow(&[up(101, 501, PUSH, b"abc"), up(104, 501, RST, b"no more")]);
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("abc", Closed::Rst));
    assert_eq!(flow.stats().discarded, 7);
}

#[test]
fn data_that_was_overtaken_by_the_end_is_not_lost() {
    let flow = flow(&[
        up(105, 501, FIN, b""),
        down(501, 106, FIN, b""),
        up(106, 502, ACK, b""),
        up(101, 501, PUSH, b"late"),
    ]);
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("late", Closed::Fin));
    let flow = only(reassemble(&[
        up(100, 0, SYN, b""),
        down(500, 101, SYN_ACK, b""),
        down(501, 101, RST, b""),
        up(101, 501, PUSH, b"late"),
    ]));
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("late", Closed::Rst));
}

#[test]
fn a_refused_connection_ends_at_once() {
    let mut bench = Bench::new(Options::default());
    bench.feed(&up(100, 0, SYN, b"")).feed(&down(0, 101, RST | ACK, b""));
    assert_eq!(bench.reassembler.open_flows(), 0);
    // The next attempt has another number, the repeated one has not.
    bench.feed(&up(100, 0, SYN, b"")).feed(&up(7000, 0, SYN, b""));
    let flows = bench.finish();
    assert_eq!(flows.len(), 2);
    assert_eq!((flows[0].end(), flows[0].stats().packets), (Closed::Rst, 2));
}

#[test]
fn an_rst_that_somebody_forged_ends_nothing() {
    let mut bench = Bench::new(Options::default());
    for segment in &handshake() {
        bench.feed(segment);
    }
    bench.feed(&up(101, 501, PUSH, b"ab"));
    bench.feed(&up(3_000_000_000, 0, RST, b"")).wait(100).feed(&up(103, 501, PUSH, b"cd"));
    bench.feed(&up(105, 501, RST, b"")).feed(&up(105, 501, PUSH, b"ef"));
    bench.wait(100).feed(&up(107, 501, PUSH, b"gh"));
    let flow = only(bench.finish());
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("abcdefgh", Closed::Eof));
}

#[test]
fn addresses_that_are_used_again_are_a_new_flow() {
    let mut segments = handshake();
    segments.extend([up(101, 501, PUSH, b"one"), up(9000, 0, SYN, b"")]);
    segments.extend([down(7000, 9001, SYN_ACK, b""), up(9001, 7001, PUSH, b"two")]);
    let flows = reassemble(&segments);
    assert_eq!(flows.iter().map(client_text).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(flows[0].end(), Closed::Timeout);

    // The same after a proper end, and a repeated SYN is no new flow.
    let end = [up(101, 501, FIN, b""), down(501, 102, FIN, b""), up(102, 502, ACK, b"")];
    let mut segments = handshake();
    segments.extend_from_slice(&end);
    segments.extend_from_slice(&end);
    segments.push(up(100, 0, SYN, b""));
    segments.push(up(9000, 0, SYN, b""));
    let flows = reassemble(&segments);
    assert_eq!(flows.len(), 2);
    assert_eq!((flows[0].end(), flows[0].stats().packets), (Closed::Fin, 6));

    // Data that the closed flow cannot have sent is of a new one whose start was not captured.
    segments.truncate(9);
    segments.push(up(2_000_000, 77, PUSH, b"other"));
    let flows = reassemble(&segments);
    assert_eq!((flows.len(), client_text(&flows[1])), (2, "other".into()));
}

#[test]
fn late_packets_of_a_closed_flow_are_counted() {
    let mut bench = Bench::new(Options::default());
    for segment in &handshake() {
        bench.feed(segment);
    }
    bench.feed(&up(101, 501, FIN, b"abc")).feed(&down(501, 105, FIN, b""));
    bench.feed(&up(105, 502, ACK, b""));
    assert_eq!(bench.reassembler.open_flows(), 0);
    bench.feed(&up(101, 501, FIN, b"abc")).feed(&down(501, 105, ACK, b""));
    let totals = bench.reassembler.totals();
    assert_eq!((totals.flows, totals.late_packets, totals.late_bytes), (1, 2, 3));
    only(bench.finish());
}

#[test]
fn both_sides_may_open() {
    let flow = only(reassemble(&[
        up(100, 0, SYN, b""),
        down(500, 0, SYN, b""),
        up(100, 501, SYN_ACK, b""),
        down(500, 101, SYN_ACK, b""),
        up(101, 501, PUSH, b"ab"),
        down(501, 103, PUSH, b"cd"),
    ]));
    assert_eq!((client_text(&flow), server_text(&flow)), ("ab".into(), "cd".into()));
}

#[test]
fn the_second_packet_of_a_handshake_tells_the_roles_too() {
    let flow = only(reassemble(&[down(500, 101, SYN_ACK, b""), down(501, 104, PUSH, b"answer")]));
    assert_eq!(flow.info.client, client(0));
    assert!(flow.info.handshake);
    assert_eq!(server_text(&flow), "answer");
    // It came before the first.
    let flow = only(reassemble(&[
        down(500, 101, SYN_ACK, b""),
        up(100, 0, SYN, b""),
        up(101, 501, PUSH, b"ask"),
    ]));
    assert_eq!((client_text(&flow).as_str(), flow.info.client), ("ask", client(0)));
}

#[test]
fn one_side_only() {
    let mut segments = vec![up(100, 0, SYN, b"")];
    segments.extend([up(101, 501, PUSH, b"a"), up(103, 550, PUSH, b"c"), up(104, 560, FIN, b"")]);
    let flow = only(reassemble(&segments));
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("a.c", Closed::Fin));
    assert!(flow.of(client(0)).finished);

    // It is closed some time after its end, and the hole is given up some time after it.
    let mut bench = Bench::new(Options::default());
    for segment in &segments {
        bench.feed(segment);
    }
    let other = Owned { source: client(7), ..up(1, 1, ACK, b"") };
    bench.wait(200).feed(&other).feed(&other).wait(200).feed(&other).feed(&other);
    assert_eq!(bench.reassembler.open_flows(), 1);
    assert_eq!(client_text(&bench.finish()[0]), "a.c");
}

#[test]
fn the_middle_starts_with_the_earliest_of_the_first_bytes() {
    let flow = only(reassemble(&[
        up(3000, 501, PUSH, b"second"),
        down(800, 3006, PUSH, b"reply"),
        up(2995, 501, PUSH, b"first"),
        up(3006, 805, PUSH, b"third"),
    ]));
    assert!(!flow.info.handshake);
    assert_eq!(
        (client_text(&flow), server_text(&flow)),
        ("firstsecondthird".into(), "reply".into())
    );

    // After the handshake the first acknowledgement tells where the other side starts.
    let flow = only(reassemble(&[
        up(100, 0, SYN, b""),
        up(101, 501, ACK, b""),
        down(505, 101, PUSH, b"efg"),
    ]));
    assert_eq!(server_text(&flow), "....efg");
    assert_eq!(flow.of(server()).gaps, [(0, 4)]);
}

#[test]
fn the_first_data_is_not_held_for_long() {
    let mut bench = Bench::new(Options::default());
    bench.feed(&up(3000, 501, PUSH, b"alone"));
    assert!(bench.recorder.flows[0].streams[0].bytes.is_empty());
    let other = Owned { source: client(7), ..up(1, 1, ACK, b"") };
    bench.wait(2).feed(&other).feed(&other);
    assert_eq!(bench.recorder.flows[0].streams[0].text(), "alone");
    assert_eq!(bench.recorder.flows[0].streams[0].frames, [1]);
}

#[test]
fn sequence_numbers_wrap() {
    let first = 0_u32.wrapping_sub(3);
    let at = |offset: u32| first.wrapping_add(offset);
    let flow = only(reassemble(&[
        up(at(0).wrapping_sub(1), 0, SYN, b""),
        up(at(4), 0, PUSH, b"ef"),
        up(at(0), 0, PUSH, b"ab"),
        up(at(2), 0, PUSH, b"cd"),
        up(at(6), 0, PUSH, b"g"),
    ]));
    assert_eq!(client_text(&flow), "abcdefg");
}

#[test]
fn a_hole_that_was_acknowledged_is_given_up() {
    let lossy = [up(101, 501, PUSH, b"ab"), up(105, 501, PUSH, b"ef")];
    // By time.
    let mut bench = Bench::new(Options::default());
    for segment in handshake().iter().chain(&lossy) {
        bench.feed(segment);
    }
    bench.feed(&down(501, 107, ACK, b""));
    assert_eq!(bench.recorder.flows[0].streams[0].text(), "ab");
    bench.wait(GAP_WAIT.as_secs()).feed(&down(501, 107, ACK, b"")).feed(&down(501, 107, ACK, b""));
    assert_eq!(bench.recorder.flows[0].streams[0].text(), "ab..ef");
    // What was there all the time keeps the frame that brought it.
    assert_eq!(bench.recorder.flows[0].streams[0].frames, [4, 5]);
    // Bytes that come too late are counted.
    bench.feed(&up(103, 501, PUSH, b"cd"));
    let flow = only(bench.finish());
    assert_eq!((flow.stats().gaps, flow.stats().gap_bytes), (1, 2));
    assert_eq!(flow.stats().retransmitted, 2);

    // By packets.
    let mut bench = Bench::new(Options::default());
    for segment in handshake().iter().chain(&lossy) {
        bench.feed(segment);
    }
    for _ in 0..GAP_WAIT_PACKETS {
        bench.feed(&down(501, 107, ACK, b""));
        assert_eq!(bench.recorder.flows[0].streams[0].text(), "ab");
    }
    bench.feed(&down(501, 107, ACK, b""));
    assert_eq!(bench.recorder.flows[0].streams[0].text(), "ab..ef");

    // A hole that was not acknowledged is not given up: its bytes will be sent again.
    let mut bench = Bench::new(Options::default());
    for segment in handshake().iter().chain(&lossy) {
        bench.feed(segment);
    }
    for _ in 0..2 * GAP_WAIT_PACKETS {
        bench.feed(&down(501, 103, ACK, b""));
    }
    bench.wait(1000).feed(&up(103, 501, PUSH, b"cd"));
    assert_eq!(client_text(&only(bench.finish())), "abcdef");
}

#[test]
fn the_capture_ends_all() {
    let flow = flow(&[
        up(103, 501, PUSH, b"cd"),
        down(510, 101, PUSH, b"xyz"),
        up(110, 501, FIN, b"jk"),
        up(105, 501, PUSH, b"e"),
    ]);
    assert_eq!((client_text(&flow).as_str(), flow.end()), ("..cde....jk", Closed::Eof));
    assert_eq!(server_text(&flow), ".........xyz");
    assert!(flow.of(client(0)).finished);
    assert_eq!(flow.of(client(0)).gaps, [(0, 2), (5, 4)]);
    // The end itself is known, but not what came before it.
    let flow = self::flow(&[up(101, 501, PUSH, b"ab"), up(108, 501, FIN, b"")]);
    assert_eq!(client_text(&flow), "ab.....");
}

#[test]
fn packets_that_were_cut_short_leave_gaps() {
    let flow = flow(&[
        missing(up(101, 501, PUSH, b"ab"), 3),
        missing(up(106, 501, PUSH, b"fg"), 3),
        missing(up(106, 501, PUSH, b"fg"), 3),
        // Out of order, and one without any payload.
        missing(up(116, 501, PUSH, b"pq"), 3),
        missing(up(111, 501, PUSH, b""), 5),
        up(121, 501, PUSH, b"u"),
        missing(up(122, 501, FIN, b""), 2),
    ]);
    assert_eq!(client_text(&flow), "ab...fg........pq...u..");
    assert!(flow.of(client(0)).finished);
    assert_eq!(flow.stats().gaps, 4);
}

#[test]
fn the_first_bytes_win_and_conflicts_are_told() {
    let flow = flow(&[
        up(101, 501, PUSH, b"abcdef"),
        // Delivered already: the same, other bytes, and more.
        up(101, 501, PUSH, b"abcdef"),
        up(102, 501, PUSH, b"bXd"),
        up(105, 501, PUSH, b"YfghZ"),
        // Waiting.
        up(120, 501, PUSH, b"tuv"),
        up(119, 501, PUSH, b"sTuW"),
        up(112, 501, PUSH, b"lmnopqrs"),
    ]);
    assert_eq!(client_text(&flow), "abcdefghZ..lmnopqrstuv");
    assert_eq!(flow.of(client(0)).conflicts, [(2, 1), (4, 1), (19, 3)]);
    let stats = flow.stats();
    assert_eq!((stats.overlap_conflicts, stats.retransmitted), (3, 6 + 3 + 2 + 3 + 1));
}

#[test]
fn other_rules_for_overlaps() {
    for (rule, want) in [("first", "abcdef"), ("last", "abXXXX"), ("linux", "abXXXf")] {
        let options = Options { overlap: rule.parse::<Overlap>().unwrap(), ..Options::default() };
        let mut bench = Bench::new(options);
        for segment in &handshake() {
            bench.feed(segment);
        }
        bench.feed(&up(103, 501, PUSH, b"cd")).feed(&up(105, 501, PUSH, b"ef"));
        bench.feed(&up(103, 501, PUSH, b"XXX"));
        if rule == "last" {
            bench.feed(&up(106, 501, PUSH, b"X"));
        }
        bench.feed(&up(101, 501, PUSH, b"ab"));
        let flow = only(bench.finish());
        assert_eq!(client_text(&flow), want, "{rule}");
        assert!(!flow.of(client(0)).conflicts.is_empty());
    }
    assert!("windows-3.11".parse::<Overlap>().is_err());
}

#[test]
fn data_behind_the_end_is_dropped() {
    let flow = flow(&[
        up(103, 501, FIN, b"cd"),
        up(107, 501, PUSH, b"gh"),
        up(101, 501, PUSH, b"abcdefg"),
        up(105, 501, PUSH, b"ef"),
    ]);
    assert_eq!(client_text(&flow), "abcd");
    assert!(flow.of(client(0)).finished);
    assert!(flow.stats().discarded >= 4);
}

#[test]
fn both_ends_may_be_one() {
    let mut land = up(100, 0, SYN, b"");
    land.destination = land.source;
    let mut data = up(101, 0, PUSH, b"ab");
    data.destination = data.source;
    let flow = only(reassemble(&[land, data]));
    assert_eq!(client_text(&flow), "ab");
}
