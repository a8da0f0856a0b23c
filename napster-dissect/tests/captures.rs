//! Makes the captures in testdata, and holds the committed files to what it makes.
//!
//! `REGENERATE=1 cargo test -p napster-dissect --test captures` writes them.

mod lab;

use std::collections::BTreeSet;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use lab::faults::{self, Again};
use lab::file::{self, Interface, Pcap, PcapNg};
use lab::frame::{Order, frame};
use lab::packet::{Link, Packet, pad};
use lab::rng::Rng;
use lab::scenes::{self, Scene, short};
use lab::segment::{Segment, Side};

/// A client of the short sessions.
const JUNO: &str = "192.0.2.40:1044";

/// What makes the bytes of a capture.
type Make = fn() -> Vec<u8>;

/// Every capture by its file's name.
const CAPTURES: [(&str, Make); 26] = [
    ("evening.pcap", evening),
    ("weekly.pcap", weekly),
    ("registration.pcap", registration),
    ("channels.pcapng", channels),
    ("malformed.pcap", malformed),
    ("not-napster.pcap", not_napster),
    ("odd-port.pcap", odd_port),
    ("late-start.pcap", late_start),
    ("one-message.pcap", one_message),
    ("swapped-header.pcap", swapped_header),
    ("reordered.pcap", reordered),
    ("overlap-conflict.pcap", overlap_conflict),
    ("gap.pcap", gap),
    ("snapped.pcap", snapped),
    ("wrap.pcap", wrap),
    ("vlan.pcap", vlan),
    ("sll.pcap", sll),
    ("sll2.pcapng", sll2),
    ("null.pcap", null),
    ("big-endian-ns.pcap", big_endian_ns),
    ("two-interfaces.pcapng", two_interfaces),
    ("truncated.pcap", truncated),
    ("corrupt-record.pcap", corrupt_record),
    ("unknown-link-type.pcap", unknown_link_type),
    ("empty.pcap", Vec::new),
    ("no-packets.pcap", no_packets),
];

#[test]
fn committed_captures_are_what_the_generator_makes() {
    let folder = testdata().join("captures");
    let regenerate = std::env::var_os("REGENERATE").is_some_and(|value| value == "1");
    for (name, make) in CAPTURES {
        let path = folder.join(name);
        let made = make();
        if regenerate {
            fs::create_dir_all(&folder).expect("testdata can be written");
            fs::write(&path, &made).expect("testdata can be written");
        }
        let committed = fs::read(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(committed == made, "{name} differs: REGENERATE=1 writes it anew");
    }
    let files = fs::read_dir(&folder).expect("testdata has captures");
    let files = files.map(|file| file.expect("the folder is readable").file_name());
    let files: BTreeSet<String> = files
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".pcap") || name.ends_with(".pcapng"))
        .collect();
    let made: BTreeSet<String> = CAPTURES.map(|(name, _)| String::from(name)).into();
    assert_eq!(files, made, "a capture is there that nobody makes");
}

#[test]
fn the_readme_describes_every_capture() {
    let readme = fs::read_to_string(testdata().join("README.md")).expect("testdata has a README");
    for (name, _) in CAPTURES {
        assert!(readme.contains(&format!("| {name} |")), "the README does not describe {name}");
    }
}

/// The page printed the length bytes of the real trace: they must come out.
#[test]
fn weekly_has_the_headers_that_the_page_prints() {
    let scene = scenes::weekly::scene();
    let headers: Vec<[u8; 4]> = scene
        .said
        .iter()
        .map(|said| frame(said.code, &said.payload))
        .map(|bytes| bytes[..4].try_into().expect("a frame begins with four bytes"))
        .collect();
    assert_eq!(headers, scenes::weekly::PAGE);
}

/// A complete session with its redirector and the download from a friend.
fn evening() -> Vec<u8> {
    at_host(scenes::evening::HOST, &scenes::evening::scene(), Vec::new())
}

/// David Weekly's page, behind the name lookup that it begins with.
fn weekly() -> Vec<u8> {
    let scene = scenes::weekly::scene();
    let host = (address(scenes::weekly::HOST), 1024);
    let resolver = (address("192.0.2.1"), 53);
    let [question, answer] = scenes::weekly::name_lookup();
    let start = scene.segments[0].time;
    let lookup = vec![
        Link::Ethernet.udp(start - 90_000_000, host, resolver, &question),
        Link::Ethernet.udp(start - 2_000_000, resolver, host, &answer),
    ];
    at_host(scenes::weekly::HOST, &scene, lookup)
}

/// New nicknames and refused logins.
fn registration() -> Vec<u8> {
    pcap(Link::Ethernet, &scenes::registration::scene().segments)
}

/// Two users of one channel, and blocks that say nothing about packets: names, statistics, and one
/// of a private use.
fn channels() -> Vec<u8> {
    let packets = Link::Ethernet.packets(&scenes::channels::scene().segments);
    let mut capture = PcapNg::new(Order::Big);
    capture.interface(Interface { snap_length: 262_144, ..Interface::new(1) });
    capture.block(4, &[0, 1, 0, 8, 192, 0, 2, 30, b'a', b'n', b'n', 0, 0, 0, 0, 0]);
    capture.packets(0, &packets);
    capture.block(5, &[0; 12]).block(0x0000_0bad, b"\0\0\x7f\xffprivate");
    capture.finish()
}

/// Payloads that fit no row of the protocol table.
fn malformed() -> Vec<u8> {
    pcap(Link::Raw, &scenes::malformed::scene().segments)
}

/// Other protocols on the usual ports, behind packets that are no TCP at all: a question for a
/// hardware address and one for a name.
fn not_napster() -> Vec<u8> {
    let scene = scenes::strangers::scene();
    let start = scene.segments[0].time;
    let mut who_has = vec![0xff; 6];
    who_has.extend([2, 0, 192, 0, 2, 50, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]);
    who_has.extend([2, 0, 192, 0, 2, 50, 192, 0, 2, 50, 0, 0, 0, 0, 0, 0, 198, 51, 100, 5]);
    let mut who_has = Packet::new(start - 5_000_000, who_has);
    pad(&mut who_has);
    let (host, resolver) = ((address("192.0.2.50"), 1024), (address("192.0.2.1"), 53));
    let [question, _] = scenes::weekly::name_lookup();
    let lookup = Link::Ethernet.udp(start - 4_000_000, host, resolver, &question);
    at_host("192.0.2.50", &scene, vec![who_has, lookup])
}

/// A server on a port that nobody expects, over IPv6.
fn odd_port() -> Vec<u8> {
    pcap(Link::Raw, &short::one("[2001:db8::40]:1044", "[2001:db8::5]:4711").segments)
}

/// Two sessions that are older than the capture.
fn late_start() -> Vec<u8> {
    pcap(Link::Ethernet, &short::late().segments)
}

/// A login without answer, to a server that another session shows to be one.
fn one_message() -> Vec<u8> {
    pcap(Link::Ethernet, &short::one_message().segments)
}

/// Header fields with the highest byte first.
fn swapped_header() -> Vec<u8> {
    pcap(Link::Ethernet, &short::swapped().segments)
}

/// Single bytes at the beginning, then late, doubled and overlapping segments.
fn reordered() -> Vec<u8> {
    let mut segments = short::search(200, None).segments;
    let mut rng = Rng::new(7);
    let tail = segments.split_off(7);
    faults::split(&mut segments, &mut rng, 1);
    segments.extend(tail);
    faults::reorder(&mut segments, &mut rng, 350, 4);
    faults::duplicate(&mut segments, &mut rng, 150);
    faults::overlap(&mut segments, &mut rng, 300, Again::Same);
    pcap(Link::Raw, &segments)
}

/// One message comes again with another text, and one segment begins with other bytes than those
/// that came before it.
fn overlap_conflict() -> Vec<u8> {
    let mut segments = short::one(JUNO, short::SERVER).segments;
    let place = position(&segments, b"meet at eight");
    let mut forged = segments[place].clone();
    let length = forged.payload.len();
    forged.payload[length - 5..].copy_from_slice(b"seven");
    segments.insert(place + 2, forged);

    let place = position(&segments, b"#tea juno hello");
    segments[place].offset -= 5;
    segments[place].payload.splice(0..0, *b"milk?");
    faults::retime(&mut segments);
    pcap(Link::Raw, &segments)
}

/// The capture missed two segments in a row and a third one out of a list of results.
fn gap() -> Vec<u8> {
    let mut segments = short::search(300, None).segments;
    let mut count = 0;
    faults::lose_where(&mut segments, |segment| {
        count += u32::from(segment.side == Side::Server && segment.carries_data());
        segment.side == Side::Server && segment.carries_data() && [4, 5, 8].contains(&count)
    });
    pcap(Link::Raw, &segments)
}

/// No packet is captured beyond 100 bytes.
fn snapped() -> Vec<u8> {
    let packets = Link::Ethernet.packets(&short::one(JUNO, short::SERVER).segments);
    Pcap::new(1).snap_length(100).write(&packets)
}

/// Both sequence numbers pass zero within the session, the server's within a message.
fn wrap() -> Vec<u8> {
    pcap(Link::Raw, &short::search(300, Some((u32::MAX - 60, u32::MAX - 1000))).segments)
}

/// The first session has one VLAN tag, the second has two.
fn vlan() -> Vec<u8> {
    let scene = short::two([JUNO, short::SERVER], ["192.0.2.41:1050", short::SERVER]);
    let packets: Vec<Packet> = scene
        .segments
        .iter()
        .map(|segment| match segment.conversation {
            0 => Link::Vlan(7).packet(segment),
            _ => Link::DoubleVlan(100, 7).packet(segment),
        })
        .collect();
    Pcap::new(1).write(&packets)
}

/// Linux cooked capture, version 1.
fn sll() -> Vec<u8> {
    pcap(Link::Cooked, &short::one(JUNO, short::SERVER).segments)
}

/// Two sections of different byte orders share one session.
fn sll2() -> Vec<u8> {
    let packets = Link::Cooked2.packets(&short::one(JUNO, short::SERVER).segments);
    let (first, second) = packets.split_at(packets.len() / 2);
    let interface = Interface::new(Link::Cooked2.number());
    let mut capture = PcapNg::new(Order::Little);
    capture.interface(interface).packets(0, first);
    capture.section(Order::Big).interface(interface).packets(0, second);
    capture.finish()
}

/// IPv4 and IPv6 on one loopback interface.
fn null() -> Vec<u8> {
    let scene = short::two(["127.0.0.1:1044", "127.0.0.1:8888"], ["[::1]:1045", "[::1]:8888"]);
    pcap(Link::Null(Order::Little), &scene.segments)
}

/// The other byte order and the finer clock.
fn big_endian_ns() -> Vec<u8> {
    let packets = Link::Ethernet.packets(&short::one(JUNO, short::SERVER).segments);
    Pcap::new(1).order(Order::Big).nanoseconds().write(&packets)
}

/// Ethernet with microseconds since 1970 beside raw IP with nanoseconds since 2000.
fn two_interfaces() -> Vec<u8> {
    let scene = short::two([JUNO, short::SERVER], ["192.0.2.41:1050", "198.51.100.6:7777"]);
    let raw = Interface {
        resolution: Some(9),
        offset: Some(946_684_800),
        ..Interface::new(Link::Raw.number())
    };
    let mut capture = PcapNg::new(Order::Little);
    capture.interface(Interface::new(1)).interface(raw);
    for segment in &scene.segments {
        match segment.conversation {
            0 => capture.packet(0, &Link::Ethernet.packet(segment)),
            _ => capture.packet(1, &Link::Raw.packet(segment)),
        };
    }
    capture.finish()
}

/// Ends in the middle of the packet that says where to meet.
fn truncated() -> Vec<u8> {
    let segments = short::one(JUNO, short::SERVER).segments;
    let mut capture = pcap(Link::Ethernet, &segments);
    file::cut_in_packet(&mut capture, position(&segments, b"meet at eight"));
    capture
}

/// Two record headers are nonsense: that of the acknowledgement behind the login, and that of the
/// packet in which the client says hello.
fn corrupt_record() -> Vec<u8> {
    let segments = short::one(JUNO, short::SERVER).segments;
    let mut capture = pcap(Link::Ethernet, &segments);
    // The damage hides the lengths, so that the later one comes first.
    file::corrupt_record(&mut capture, position(&segments, b"#tea hello"));
    file::corrupt_record(&mut capture, position(&segments, b"moonrise") + 1);
    capture
}

/// Link type 147 is left to private use.
fn unknown_link_type() -> Vec<u8> {
    let segments = short::one(JUNO, short::SERVER).segments;
    Pcap::new(147).write(&Link::Raw.packets(&segments))
}

/// A capture in which nothing happened.
fn no_packets() -> Vec<u8> {
    Pcap::new(1).write(&[])
}

/// Writes a capture as most programs do.
fn pcap(link: Link, segments: &[Segment]) -> Vec<u8> {
    Pcap::new(link.number()).write(&link.packets(segments))
}

/// Writes an Ethernet capture as a host keeps it: what it receives is padded. Other packets may
/// come before.
fn at_host(host: &str, scene: &Scene, before: Vec<Packet>) -> Vec<u8> {
    let packets = Link::Ethernet.packets_at(address(host), &scene.segments);
    Pcap::new(1).write(&[before, packets].concat())
}

/// Reads an IP address.
fn address(text: &str) -> IpAddr {
    text.parse().expect("an IP address")
}

/// Finds the first segment that holds a text.
fn position(segments: &[Segment], text: &[u8]) -> usize {
    let holds = |segment: &Segment| segment.payload.windows(text.len()).any(|bytes| bytes == text);
    segments.iter().position(holds).expect("somebody says it")
}

/// Returns the folder of the test data.
fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}
