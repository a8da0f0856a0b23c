//! Holds the laboratory to itself, and to tshark where that is installed.

mod lab;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use lab::clock::Clock;
use lab::conversation::{Conversation, Said};
use lab::faults::{self, Again};
use lab::file::{Interface, Pcap, PcapNg};
use lab::frame::Order;
use lab::packet::Link;
use lab::rng::Rng;
use lab::segment::{Segment, Side, interleave};
use lab::truth::{captured, streams};

/// Two conversations on one clock, with bursts of several segments in both directions.
fn two_conversations() -> (Vec<Segment>, Vec<Said>) {
    let clock = Clock::default();
    let server: SocketAddr = "198.51.100.5:8888".parse().expect("an address");
    let open = |client: &str| Conversation::on(&clock, client.parse().expect("an address"), server);
    let mut first = open("192.0.2.20:1044");
    let mut second = open("192.0.2.21:1045");
    for conversation in [&mut first, &mut second] {
        conversation.segment_size(100).handshake();
    }
    let mut rng = Rng::new(1);
    for round in 0..20_u16 {
        for conversation in [&mut first, &mut second] {
            let length = rng.below(400);
            conversation.ask(200 + round, rng.bytes(length));
            let length = rng.below(900);
            conversation.tell(300 + round, rng.bytes(length));
        }
    }
    first.fin(Side::Client);
    second.rst(Side::Server);
    let said = [first.said(), second.said()].concat();
    (interleave([first.segments(), second.segments()]), said)
}

#[test]
fn faults_without_loss_keep_every_byte() {
    let (clean, said) = two_conversations();
    let expected = streams(&clean);
    for seed in 0..50 {
        let mut rng = Rng::new(seed);
        let mut segments = clean.clone();
        if seed % 2 == 0 {
            faults::split(&mut segments, &mut rng, 1 + seed as usize);
        } else {
            faults::coalesce(&mut segments, 1460);
        }
        faults::reorder(&mut segments, &mut rng, 300, 5);
        faults::duplicate(&mut segments, &mut rng, 200);
        faults::overlap(&mut segments, &mut rng, 200, Again::Same);
        let seen = streams(&segments);
        assert_eq!(seen, expected, "seed {seed}");
        assert_eq!(captured(&said, &segments).len(), said.len(), "seed {seed}");
        assert!(segments.is_sorted_by(|a, b| a.time < b.time), "seed {seed}");

        faults::overlap(&mut segments, &mut rng, 200, Again::Different);
        let seen = streams(&segments);
        for (key, stream) in &expected {
            assert_eq!(seen[key].bytes, stream.bytes, "seed {seed}");
        }
        assert!(seen.values().any(|stream| stream.conflicts > 0), "seed {seed}");
    }
}

#[test]
fn acknowledgements_made_again_are_those_of_the_script() {
    let (clean, _) = two_conversations();
    let mut again = clean.clone();
    for segment in again.iter_mut().filter(|segment| segment.has(lab::segment::ACK)) {
        segment.acknowledgement = 0;
    }
    faults::acknowledge(&mut again);
    assert_eq!(again, clean);
}

#[test]
fn loss_leaves_holes_that_are_known() {
    let (mut segments, said) = two_conversations();
    let lost = faults::lose(&mut segments, &mut Rng::new(7), 100);
    assert!(!lost.is_empty());
    let streams = streams(&segments);
    for lost in &lost {
        let stream = &streams[&(lost.conversation, lost.side)];
        assert!(!stream.has(lost.offset..lost.end()));
    }
    assert!(streams.values().any(|stream| !stream.holes().is_empty()));
    assert!(captured(&said, &segments).len() < said.len());
}

#[test]
fn a_sequence_number_wraps() {
    let server = "198.51.100.5:8888".parse().expect("an address");
    let mut conversation =
        Conversation::new("192.0.2.20:1044".parse().expect("an address"), server);
    conversation.isn(u32::MAX - 3, u32::MAX).handshake().client(b"abcdef").client(b"gh");
    let sequences: Vec<u32> = conversation
        .segments()
        .iter()
        .filter(|segment| segment.side == Side::Client && segment.carries_data())
        .map(Segment::sequence)
        .collect();
    assert_eq!(sequences, [u32::MAX - 2, 3]);
}

/// Every link type and both file formats, against tshark: no checksum is wrong, nothing is
/// malformed, and the bytes of each stream are those of the script.
#[test]
fn tshark_reads_the_same_streams() {
    if !Path::new(TSHARK).exists() {
        println!("skipped: {TSHARK} is not installed");
        return;
    }
    let (mut segments, _) = two_conversations();
    let links = [
        Link::Ethernet,
        Link::Vlan(7),
        Link::DoubleVlan(100, 7),
        Link::Cooked,
        Link::Cooked2,
        Link::Raw,
        Link::Ipv4,
        Link::Null(Order::Little),
        Link::Null(Order::Big),
        Link::Loop,
    ];
    for link in links {
        check_with_tshark(&Pcap::new(link.number()).write(&link.packets(&segments)), &segments);
    }
    let packets = Link::Ethernet.packets_at(segments[0].source.ip(), &segments);
    let pcap = Pcap::new(1).order(Order::Big).nanoseconds();
    check_with_tshark(&pcap.write(&packets), &segments);
    for order in [Order::Little, Order::Big] {
        let interface = Interface { resolution: Some(9), ..Interface::new(1) };
        let file = PcapNg::new(order).interface(interface).packets(0, &packets).finish();
        check_with_tshark(&file, &segments);
    }

    for segment in &mut segments {
        for address in [&mut segment.source, &mut segment.destination] {
            if let IpAddr::V4(v4) = address.ip() {
                address.set_ip(IpAddr::V6(v4.to_ipv6_mapped()));
            }
        }
    }
    for link in [Link::Ethernet, Link::Raw, Link::Ipv6, Link::Null(Order::Little)] {
        check_with_tshark(&Pcap::new(link.number()).write(&link.packets(&segments)), &segments);
    }
}

/// A check that never fails would be worth nothing.
#[test]
fn tshark_notices_a_wrong_checksum() {
    if !Path::new(TSHARK).exists() {
        println!("skipped: {TSHARK} is not installed");
        return;
    }
    let (mut segments, _) = two_conversations();
    segments[5].wrong_checksum = true;
    let file = Pcap::new(101).write(&Link::Raw.packets(&segments));
    let report = run_tshark(&file);
    assert_eq!(complaints(&report), 1, "{report}");
}

/// Where the second opinion lives.
const TSHARK: &str = "/usr/bin/tshark";

/// Compares tshark's reading of a capture with the segments in it.
fn check_with_tshark(file: &[u8], segments: &[Segment]) {
    let report = run_tshark(file);
    assert_eq!(complaints(&report), 0, "{report}");
    for ((conversation, side), stream) in streams(segments) {
        let heading = format!("Filter: tcp.stream eq {conversation}\n");
        let (_, section) = report.split_once(&heading).expect("a section a conversation");
        let section = section.split("Filter:").next().unwrap_or_default();
        let bytes = stream.whole().expect("nothing is lost");
        assert!(followed(section, side) == hex(&bytes), "conversation {conversation}, {side:?}");
    }
}

/// Counts the packets that tshark printed before the first section about a stream.
fn complaints(report: &str) -> usize {
    let lines = report.lines().take_while(|line| !line.starts_with('='));
    lines.filter(|line| !line.is_empty()).count()
}

/// Lets tshark print the packets that it finds wrong, and both streams behind them.
fn run_tshark(file: &[u8]) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("lab_self-{}-{count}", std::process::id()));
    std::fs::write(&path, file).expect("the temporary folder takes a file");
    let mut command = Command::new(TSHARK);
    command.arg("-r").arg(&path);
    command.args(["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
    command.args(["-z", "follow,tcp,raw,0", "-z", "follow,tcp,raw,1"]);
    command.args(["-Y", "_ws.malformed || tcp.checksum.status != 1 || ip.checksum.status == 0"]);
    let output = command.output().expect("tshark starts");
    std::fs::remove_file(&path).expect("the temporary file goes");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("tshark prints text")
}

/// Takes one side's bytes out of tshark's report: lines of hex, the server's behind a tab.
fn followed(text: &str, side: Side) -> String {
    let is_hex = |line: &&str| {
        let line = line.trim();
        !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    text.lines()
        .filter(is_hex)
        .filter(|line| line.starts_with('\t') == (side == Side::Server))
        .map(str::trim)
        .collect()
}

/// Writes bytes as lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
