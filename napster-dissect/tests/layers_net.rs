//! The way from a captured packet to the TCP segment in it, through every kind of header.

use napster_dissect::capture::{Packet, Timestamp};
use napster_dissect::net::{Checksum, Counts, Flags, LinkType, Sliced, Slicer};
use proptest::collection::vec;
use proptest::prelude::*;

/// A TCP segment with the checksum for the addresses that `ipv4` and `ipv6` use.
fn tcp(payload: &[u8], version6: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(1877_u16.to_be_bytes());
    bytes.extend(8888_u16.to_be_bytes());
    bytes.extend(7_u32.to_be_bytes());
    bytes.extend(9_u32.to_be_bytes());
    bytes.extend([0x50, 0x18, 2, 0, 0, 0, 0, 0]);
    bytes.extend(payload);
    let length = bytes.len() as u32;
    let pseudo = if version6 {
        [&V6.0[..], &V6.1, &length.to_be_bytes(), &[0, 0, 0, 6]].concat()
    } else {
        [&V4.0[..], &V4.1, &length.to_be_bytes(), &[0, 0, 0, 6]].concat()
    };
    let mut sum: u64 = 0;
    for word in [&pseudo[..], &bytes, &[0; 1][..bytes.len() % 2]].concat().chunks(2) {
        sum += u64::from(word[0]) << 8 | u64::from(word.get(1).copied().unwrap_or(0));
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    bytes[16..18].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    bytes
}

const V4: ([u8; 4], [u8; 4]) = ([10, 0, 0, 2], [10, 0, 0, 1]);
const V6: ([u8; 16], [u8; 16]) = (
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
);

fn ipv4_of(protocol: u8, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend((20 + payload.len() as u16).to_be_bytes());
    bytes.extend([0x12, 0x34]);
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([64, protocol, 0, 0]);
    bytes.extend(V4.0);
    bytes.extend(V4.1);
    bytes.extend(payload);
    bytes
}

fn ipv6_of(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x60, 0, 0, 0];
    bytes.extend((payload.len() as u16).to_be_bytes());
    bytes.extend([next, 64]);
    bytes.extend(V6.0);
    bytes.extend(V6.1);
    bytes.extend(payload);
    bytes
}

fn ipv4() -> Vec<u8> {
    ipv4_of(6, 0x4000, &tcp(b"hello", false))
}

fn ipv6() -> Vec<u8> {
    ipv6_of(6, &tcp(b"hello", true))
}

/// An Ethernet frame.
fn ethernet(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[0xaa; 12], &kind.to_be_bytes()[..], payload].concat()
}

fn llc(kind: u16, payload: &[u8]) -> Vec<u8> {
    [&[0xaa, 0xaa, 3, 0, 0, 0], &kind.to_be_bytes()[..], payload].concat()
}

fn packet(link_type: u32, data: &[u8]) -> Packet<'_> {
    Packet {
        frame: 1,
        time: Timestamp::from_parts(1000, 0),
        interface: 0,
        link_type,
        data,
        original_length: data.len() as u32,
    }
}

/// What becomes of a packet, in words.
fn slice(slicer: &mut Slicer, packet: &Packet<'_>) -> String {
    match slicer.slice(packet) {
        Sliced::Segment(segment) => format!(
            "{} {} {:?} {}+{} {:?}",
            segment.source,
            segment.destination,
            segment.sequence,
            String::from_utf8_lossy(segment.payload),
            segment.missing,
            segment.checksum()
        ),
        other => format!("{other:?}"),
    }
}

const SEGMENT4: &str = "10.0.0.2:1877 10.0.0.1:8888 7 hello+0 Good";
const SEGMENT6: &str = "[fd00::2]:1877 [fd00::1]:8888 7 hello+0 Good";

#[test]
fn every_link_type() {
    let (four, six) = (ipv4(), ipv6());
    let gre = |flags: u16, kind: u16, rest: &[u8]| {
        ipv4_of(47, 0, &[&flags.to_be_bytes()[..], &kind.to_be_bytes(), rest].concat())
    };
    let wireless = |first: u8, flags: u8, header: usize| {
        let mut frame = vec![0; header];
        (frame[0], frame[1]) = (first, flags);
        [&frame[..], &llc(0x0800, &four)].concat()
    };
    let cooked = |kind: u16| [&[0; 14][..], &kind.to_be_bytes(), &four].concat();
    let cases: Vec<(&str, u32, Vec<u8>)> = vec![
        ("ethernet", 1, ethernet(0x0800, &four)),
        ("padded", 1, [&ethernet(0x0800, &four)[..], &[0; 20]].concat()),
        ("vlan", 1, ethernet(0x8100, &[&[0, 5, 8, 0][..], &four].concat())),
        ("two vlans", 1, ethernet(0x88a8, &[&[0, 5, 0x81, 0, 0, 6, 8, 0][..], &four].concat())),
        ("802.3 in a vlan", 1, {
            let inner = llc(0x0800, &four);
            ethernet(0x8100, &[&[0, 5][..], &(inner.len() as u16).to_be_bytes(), &inner].concat())
        }),
        ("802.3 padded", 1, {
            let inner = llc(0x0800, &four);
            ethernet(inner.len() as u16, &[&inner[..], &[0xff; 9]].concat())
        }),
        ("mpls", 1, ethernet(0x8847, &[&[0, 1, 0, 9, 0, 1, 1, 9][..], &four].concat())),
        (
            "ethernet over mpls",
            1,
            ethernet(0x8847, &[&[0, 1, 1, 9, 0, 0, 0, 0][..], &ethernet(0x0800, &four)].concat()),
        ),
        ("pppoe", 1, {
            let length = (four.len() as u16 + 2).to_be_bytes();
            ethernet(0x8864, &[&[0x11, 0, 0, 1][..], &length, &[0, 0x21], &four, &[0; 7]].concat())
        }),
        ("ppp with address", 9, [&[0xff, 3, 0, 0x21][..], &four].concat()),
        ("ppp short", 9, [&[0x21][..], &four].concat()),
        ("cisco", 50, [&[0x0f, 0, 8, 0][..], &four].concat()),
        ("c_hdlc", 104, [&[0x8f, 0, 8, 0][..], &four].concat()),
        ("pppd", 166, [&[0, 3, 0x21][..], &four].concat()),
        ("ppp with direction", 204, [&[1, 0xff, 3, 0, 0x21][..], &four].concat()),
        ("slip", 8, [&[0; 16][..], &four].concat()),
        ("slip bare", 8, four.clone()),
        ("null little", 0, [&[2, 0, 0, 0][..], &four].concat()),
        ("null big", 0, [&[0, 0, 0, 2][..], &four].concat()),
        ("null as ethertype", 0, [&[0, 0, 8, 0][..], &four].concat()),
        ("loop", 108, [&[0, 0, 0, 2][..], &four].concat()),
        ("raw", 101, four.clone()),
        ("raw 12", 12, four.clone()),
        ("raw 14", 14, four.clone()),
        ("ipv4", 228, four.clone()),
        ("linux_sll", 113, cooked(0x0800)),
        ("linux_sll llc", 113, { [&[0; 14][..], &[0, 4], &llc(0x0800, &four)].concat() }),
        ("linux_sll2", 276, [&[8, 0][..], &[0; 18], &four].concat()),
        ("fddi", 10, [&[0x50; 13][..], &llc(0x0800, &four)].concat()),
        ("token ring", 6, [&[0, 0x40][..], &[2; 12], &llc(0x0800, &four)].concat()),
        ("token ring routed", 6, {
            [&[0, 0x40][..], &[2; 6], &[0x82], &[2; 5], &[4, 0, 1, 2], &llc(0x0800, &four)].concat()
        }),
        ("frame relay", 107, [&[0x18, 0x41, 3, 0xcc][..], &four].concat()),
        ("frame relay snap", 107, {
            [&[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0][..], &four].concat()
        }),
        ("atm", 100, llc(0x0800, &four)),
        ("802.11", 105, wireless(0x08, 1, 24)),
        ("802.11 qos", 105, wireless(0x88, 1, 26)),
        ("802.11 four addresses", 105, wireless(0x88, 3, 32)),
        ("802.11 ht", 105, wireless(0x88, 0x81, 30)),
        ("radiotap", 127, { [&[0, 0, 9, 0, 2, 0, 0, 0, 0][..], &wireless(0x08, 1, 24)].concat() }),
        ("radiotap padded", 127, {
            let flags = [0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20];
            [&flags[..], &wireless(0x88, 1, 28)].concat()
        }),
        ("prism", 119, [&[0, 0, 0, 0x44, 0, 0, 0, 12][..], &[0; 4], &wireless(8, 1, 24)].concat()),
        ("avs", 163, [&[0x80, 0x21, 0x10, 1, 0, 0, 0, 8][..], &wireless(8, 1, 24)].concat()),
        ("ppi", 192, [&[0, 0, 8, 0, 1, 0, 0, 0][..], &ethernet(0x0800, &four)].concat()),
        ("pflog", 117, [&[61, 2][..], &[0; 62], &four].concat()),
        ("enc", 109, [&[2, 0, 0, 0][..], &[0; 8], &four].concat()),
        ("nflog", 239, {
            let length = (four.len() as u16 + 4).to_le_bytes();
            [&[2, 0, 0, 0, 5, 0, 1, 0, 9, 0, 0, 0][..], &length, &[9, 0], &four].concat()
        }),
        ("ip in ip", 101, ipv4_of(4, 0, &four)),
        ("ipv4 in ipv6", 101, ipv6_of(4, &four)),
        ("gre", 101, gre(0, 0x0800, &four)),
        ("gre all", 101, gre(0xb000, 0x0800, &[&[0; 12][..], &four].concat())),
        ("gre ethernet", 101, gre(0, 0x6558, &ethernet(0x0800, &four))),
        (
            "gre mirror",
            101,
            gre(0x1000, 0x88be, &[&[0; 12][..], &ethernet(0x0800, &four)].concat()),
        ),
        ("pptp", 101, gre(0x3081, 0x880b, &[&[0; 12][..], &[0xff, 3, 0, 0x21], &four].concat())),
        ("mpls in ip", 101, ipv4_of(137, 0, &[&[0, 1, 1, 9][..], &four].concat())),
        ("authentication", 101, {
            ipv4_of(51, 0, &[&[6, 4][..], &[0; 22], &tcp(b"hello", false)].concat())
        }),
        ("without a length", 101, {
            let mut bytes = four.clone();
            bytes[2..4].fill(0);
            bytes
        }),
    ];
    for (name, link_type, data) in cases {
        let mut slicer = Slicer::new();
        assert_eq!(slice(&mut slicer, &packet(link_type, &data)), SEGMENT4, "{name}");
        assert_eq!(slicer.counts(), Counts { segments: 1, ..Counts::default() }, "{name}");
    }
    let six_cases: Vec<(&str, u32, Vec<u8>)> = vec![
        ("ethernet", 1, ethernet(0x86dd, &six)),
        ("raw", 101, six.clone()),
        ("ipv6", 229, six.clone()),
        ("null linux", 0, [&[10, 0, 0, 0][..], &six].concat()),
        ("null darwin", 0, [&[30, 0, 0, 0][..], &six].concat()),
        ("loop", 108, [&[0, 0, 0, 24][..], &six].concat()),
        ("ppp", 9, [&[0xff, 3, 0, 0x57][..], &six].concat()),
        ("6in4", 101, ipv4_of(41, 0, &six)),
        ("options", 101, {
            let rest = [&[60, 0][..], &[0; 6], &[6, 1], &[0; 14], &tcp(b"hello", true)].concat();
            ipv6_of(0, &rest)
        }),
        ("a fragment that is all", 101, {
            ipv6_of(44, &[&[6, 0, 0, 0, 0, 0, 0, 1][..], &tcp(b"hello", true)].concat())
        }),
        ("jumbo", 101, {
            let mut bytes = six.clone();
            bytes[4..6].fill(0);
            bytes
        }),
    ];
    for (name, link_type, data) in six_cases {
        assert_eq!(slice(&mut Slicer::new(), &packet(link_type, &data)), SEGMENT6, "{name}");
    }
    // A source route changes the addresses on the way.
    let routed = ipv6_of(43, &[&[6, 0, 0, 1][..], &[0; 4], &tcp(b"hello", true)].concat());
    let unchecked = SEGMENT6.replace("Good", "Unchecked");
    assert_eq!(slice(&mut Slicer::new(), &packet(101, &routed)), unchecked);
}

#[test]
fn what_gives_no_segment() {
    let four = ipv4();
    let mut slicer = Slicer::new();
    for (want, link_type, data) in [
        ("NotTcp", 1, ethernet(0x0806, &[0; 28])),
        ("NotTcp", 1, ethernet(0x8863, &[0x11, 9, 0, 0, 0, 0])),
        ("NotTcp", 101, ipv4_of(17, 0, &[0; 20])),
        ("NotTcp", 105, vec![0x80; 60]),
        ("NotTcp", 0, vec![7, 0, 0, 0, 1, 2, 3, 4]),
        ("Unsupported", 9, vec![0, 0x2d, 1, 2, 3]),
        ("Unsupported", 105, [&[0x08, 0x41][..], &[0; 40]].concat()),
        ("Malformed", 101, vec![0x44; 40]),
        ("Malformed", 101, four[..12].to_vec()),
        ("Malformed", 101, ipv4_of(6, 0, &[0; 19])),
        ("Malformed", 1, ethernet(0x0800, &[])),
    ] {
        assert_eq!(slice(&mut slicer, &packet(link_type, &data)), want);
    }
    // The same where the capture cut it off.
    let cut = Packet { original_length: 1500, ..packet(101, &four[..12]) };
    assert_eq!(slice(&mut slicer, &cut), "Cut");
    let unknown = "UnknownLinkType { link_type: LinkType(4711), first: ";
    assert_eq!(slice(&mut slicer, &packet(4711, &four)), format!("{unknown}true }}"));
    assert_eq!(slice(&mut slicer, &packet(4711, &four)), format!("{unknown}false }}"));
    let want = Counts {
        not_tcp: 5,
        unsupported: 2,
        malformed: 4,
        cut: 1,
        unknown_link_type: 2,
        ..Counts::default()
    };
    assert_eq!(slicer.counts(), want);
}

#[test]
fn tunnels_end_somewhere() {
    let mut data = ipv4();
    for _ in 0..100 {
        data = ipv4_of(4, 0, &data);
    }
    assert_eq!(Slicer::new().slice(&packet(101, &data)), Sliced::Malformed);
    let vlans = ethernet(0x8100, &[0x81, 0].repeat(500));
    assert_eq!(Slicer::new().slice(&packet(1, &vlans)), Sliced::Malformed);
}

#[test]
fn cut_packets_tell_what_is_missing() {
    let data = ethernet(0x0800, &ipv4());
    for length in 0..data.len() {
        let mut slicer = Slicer::new();
        let cut = Packet { original_length: data.len() as u32, ..packet(1, &data[..length]) };
        match slicer.slice(&cut) {
            Sliced::Segment(segment) => {
                assert!(length >= 48);
                assert_eq!(segment.payload.len() + segment.missing as usize, 5);
                assert_eq!(segment.payload.len(), length.saturating_sub(54));
                assert_eq!(segment.flags, Flags::ACK | Flags::PSH);
                assert_eq!(segment.checksum(), Checksum::Unchecked);
            }
            other => assert!(length < 48 && other == Sliced::Cut, "{length} {other:?}"),
        }
    }
    // Without a length in IP the record's length tells.
    let mut bytes = ipv4();
    bytes[2..4].fill(0);
    let cut = Packet { original_length: 45 + 100, ..packet(101, &bytes) };
    let mut slicer = Slicer::new();
    let Sliced::Segment(segment) = slicer.slice(&cut) else {
        panic!("no segment");
    };
    assert_eq!(segment.missing, 100);
}

#[test]
fn wrong_checksums_are_found() {
    let mut data = ethernet(0x0800, &ipv4());
    *data.last_mut().unwrap() ^= 1;
    let bad = SEGMENT4.replace("hello", "helln").replace("Good", "Bad");
    assert_eq!(slice(&mut Slicer::new(), &packet(1, &data)), bad);
}

/// As Linux leaves it to the network card: the sum of the addresses, the length 25 and protocol 6.
#[test]
fn a_checksum_left_to_the_card_is_not_wrong() {
    let mut four = ethernet(0x0800, &ipv4());
    four[50..52].copy_from_slice(&[0x14, 0x22]);
    let mut six = ethernet(0x86dd, &ipv6());
    six[70..72].copy_from_slice(&[0xfa, 0x23]);
    for (data, whole) in [(&mut four, SEGMENT4), (&mut six, SEGMENT6)] {
        assert_eq!(slice(&mut Slicer::new(), &packet(1, data)), whole.replace("Good", "Partial"));
        let field = data.len() - b"hello".len() - 4;
        data[field] ^= 1;
        assert!(slice(&mut Slicer::new(), &packet(1, data)).ends_with("Bad"));
    }
}

#[test]
fn fragments_are_put_together() {
    let whole = tcp(&[b'x'; 100], false);
    let parts = [
        ipv4_of(6, 0x2000, &whole[..48]),
        ipv4_of(6, 0x2006, &whole[48..96]),
        ipv4_of(6, 12, &whole[96..]),
    ];
    for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
        let mut slicer = Slicer::new();
        for (turn, part) in order.into_iter().enumerate() {
            let got = slice(&mut slicer, &packet(101, &parts[part]));
            if turn < 2 {
                assert_eq!(got, "Fragment");
            } else {
                let payload = "x".repeat(100);
                assert_eq!(got, SEGMENT4.replace("hello", &payload));
            }
        }
        let want = Counts { segments: 1, fragments: 3, ..Counts::default() };
        assert_eq!(slicer.finish(), want);
    }
    // Version 6, with a header in front of TCP that belongs to the fragments.
    let inner = [&[6, 0][..], &[0; 6], &tcp(b"hello", true)].concat();
    let part = |offset: u16, more: u16, payload: &[u8]| {
        let place = (offset | more).to_be_bytes();
        ipv6_of(44, &[&[60, 0][..], &place, &[0, 0, 0, 9], payload].concat())
    };
    let mut slicer = Slicer::new();
    assert_eq!(slice(&mut slicer, &packet(101, &part(16, 0, &inner[16..]))), "Fragment");
    assert_eq!(slice(&mut slicer, &packet(101, &part(0, 1, &inner[..16]))), SEGMENT6);
    // One that misses its rest is counted at the end.
    assert_eq!(slice(&mut slicer, &packet(101, &part(0, 1, &inner[..16]))), "Fragment");
    assert_eq!((slicer.counts().incomplete, slicer.finish().incomplete), (0, 1));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// No packet does harm, and each one is counted once.
    #[test]
    fn anything_goes(
        packets in vec((0..60_usize, vec(any::<u8>(), 0..120), 0..200_u32, any::<bool>()), 1..6),
    ) {
        let known: Vec<u32> =
            (0..300).filter(|number| LinkType(*number).name().is_some()).collect();
        let mut slicer = Slicer::new();
        for (link_type, noise, original_length, real) in &packets {
            let link_type = known[link_type % known.len()];
            // Noise alone seldom comes far: let it spoil something real, too.
            let mut data = if *real { ethernet(0x0800, &ipv4()) } else { noise.clone() };
            if *real {
                for pair in noise.chunks(2).take(3) {
                    let place = usize::from(pair[0]) % data.len();
                    data[place] = pair.get(1).copied().unwrap_or(0);
                }
            }
            let packet = Packet { original_length: *original_length, ..packet(link_type, &data) };
            if let Sliced::Segment(segment) = slicer.slice(&packet) {
                let _ = segment.checksum();
            }
        }
        let counts = slicer.counts();
        let total = counts.segments + counts.not_tcp + counts.unsupported + counts.cut
            + counts.malformed + counts.unknown_link_type;
        prop_assert!(total + counts.fragments >= packets.len() as u64);
        prop_assert!(total <= packets.len() as u64);
    }
}
