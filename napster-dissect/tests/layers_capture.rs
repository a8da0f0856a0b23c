//! Reading of captures: formats, damage, compression, pipes.

#![allow(clippy::type_complexity, reason = "lists of named functions read best in place")]

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use napster_dissect::capture::{Item, OpenErrorKind, ProblemKind, Reader};
use proptest::collection::vec;
use proptest::prelude::*;

/// A packet as it is read: time in nanoseconds, interface, link type, original length, bytes.
type Read5 = (u64, u32, u32, u32, Vec<u8>);

/// Damages a header.
type Damage = fn(&mut [u8]);

/// Compresses.
type Compress<'c> = &'c dyn Fn(&[u8]) -> Vec<u8>;

/// All that a reader tells.
#[derive(Debug, Default, PartialEq)]
struct Told {
    interfaces: Vec<(u32, u32, u32)>,
    packets: Vec<Read5>,
    problems: Vec<(ProblemKind, u64)>,
    messages: Vec<String>,
}

fn tell(mut reader: Reader) -> Told {
    let mut told = Told::default();
    while let Some(item) = reader.next() {
        match item {
            Item::Interface(interface) => {
                told.interfaces.push((interface.index, interface.link_type, interface.snap_length));
            }
            Item::Packet(packet) => {
                assert_eq!(packet.frame, told.packets.len() as u64 + 1);
                told.packets.push((
                    packet.time.nanos(),
                    packet.interface,
                    packet.link_type,
                    packet.original_length,
                    packet.data.to_vec(),
                ));
            }
            Item::Problem(problem) => {
                told.problems.push((problem.kind, problem.offset));
                told.messages.push(problem.message);
            }
        }
    }
    assert!(reader.next().is_none(), "it ends once");
    told
}

fn read(bytes: &[u8]) -> Told {
    tell(Reader::new(Cursor::new(bytes.to_vec()), "test").unwrap())
}

/// The same from a file, where looking ahead costs nothing.
fn read_file(bytes: &[u8]) -> Told {
    let file = File::new();
    file.write(bytes);
    tell(Reader::open(file.path()).unwrap())
}

/// A file that goes away.
struct File(std::path::PathBuf);

impl File {
    fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("layers-capture-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn write(&self, bytes: &[u8]) {
        std::fs::write(&self.0, bytes).unwrap();
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Numbers in a byte order.
#[derive(Clone, Copy)]
struct Order(bool);

impl Order {
    fn u16(self, value: u16) -> [u8; 2] {
        if self.0 { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        if self.0 { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

const BIG: Order = Order(true);
const LITTLE: Order = Order(false);

fn pcap_header(order: Order, magic: u32, version: (u16, u16), snap: u32, link: u32) -> Vec<u8> {
    [
        &order.u32(magic)[..],
        &order.u16(version.0),
        &order.u16(version.1),
        &[0; 8],
        &order.u32(snap),
        &order.u32(link),
    ]
    .concat()
}

fn record(order: Order, numbers: [u32; 4], extra: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = numbers.into_iter().flat_map(|number| order.u32(number)).collect();
    bytes.extend(extra);
    bytes.extend(data);
    bytes
}

/// A packet whose bytes tell its number, so that a wrong one is seen.
fn data(number: u32) -> Vec<u8> {
    let length = 40 + (number * 37 % 200) as usize;
    (0..length).map(|place| (number as usize * 31 + place * 7) as u8 | 0x80).collect()
}

/// A plain capture of so many packets, and the place of each record.
fn plain(count: u32) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 65535, 1);
    let mut places = Vec::new();
    for number in 0..count {
        places.push(bytes.len());
        let data = data(number);
        let length = data.len() as u32;
        let seconds = 974_836_800 + number / 50;
        bytes.extend(record(LITTLE, [seconds, number % 50 * 1000, length, length], &[], &data));
    }
    (bytes, places)
}

/// The numbers of the packets of `plain` that were read.
fn numbers(told: &Told, count: u32) -> Vec<u32> {
    told.packets
        .iter()
        .map(|packet| {
            (0..count)
                .find(|number| data(*number) == packet.4)
                .expect("a packet that was not there")
        })
        .collect()
}

#[test]
fn pcap_of_every_kind() {
    for order in [BIG, LITTLE] {
        for (magic, name, nanos) in [
            (0xa1b2_c3d4, "pcap", 5000),
            (0xa1b2_3c4d, "pcap-ns", 5),
            (0xa1b2_cd34, "pcap-modified", 5000),
        ] {
            let extra: &[u8] = if magic == 0xa1b2_cd34 { &[0; 8] } else { &[] };
            let mut bytes = pcap_header(order, magic, (2, 4), 0, 0xf400_0071);
            for number in 0..3 {
                let numbers = [974_836_800 + number, 5, 3, 1500];
                bytes.extend(record(order, numbers, extra, &[number as u8; 3]));
            }
            let reader = Reader::new(Cursor::new(bytes), "test").unwrap();
            assert_eq!((reader.format(), reader.compression()), (name, None));
            let told = tell(reader);
            assert_eq!(told.interfaces, [(0, 113, 0)]);
            assert_eq!(told.packets.len(), 3, "{name}");
            assert_eq!(
                told.packets[2],
                (974_836_802_000_000_000 + nanos, 0, 113, 1500, vec![2; 3])
            );
            assert_eq!(told.problems, []);
        }
    }
}

#[test]
fn pcap_with_odd_records() {
    // Lengths the other way round, as old versions had them.
    for (version, numbers) in [((2, 2), [9, 5, 1500, 3]), ((2, 3), [9, 5, 1500, 3])] {
        let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, version, 65535, 1);
        bytes.extend(record(LITTLE, numbers, &[], b"abc").repeat(3));
        let told = read(&bytes);
        assert_eq!(told.packets.len(), 3);
        assert_eq!(told.packets[1].3, 1500);
    }
    // Another patch of the same magic number, and one without its own.
    for (magic, extra) in [(0xa1b2_cd34_u32, 12), (0xa1b2_c3d4, 8), (0xa1b2_c3d4, 4)] {
        let mut bytes = pcap_header(LITTLE, magic, (2, 4), 65535, 1);
        let numbers = [974_836_800, 5, 30, 30];
        bytes.extend(record(LITTLE, numbers, &vec![9; extra], &[7; 30]).repeat(5));
        assert_eq!(read(&bytes).packets.len(), 5, "{magic:x} {extra}");
    }
    // Captured lengths above the original ones and the snap length, fractions above a second,
    // empty packets, times that jump: all of it is read as it is.
    let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 10, 1);
    let odd = [
        [974_836_800, 5, 30, 20],
        [974_836_800, 1_000_005, 30, 30],
        [0, 0, 0, 0],
        [1, 2, 30, 0],
        [4_000_000_000, u32::MAX, 30, 30],
        [974_836_800, 5, 30, u32::MAX],
    ];
    for numbers in odd {
        bytes.extend(record(LITTLE, numbers, &[], &vec![1; numbers[2] as usize]));
    }
    for told in [read(&bytes), read_file(&bytes)] {
        assert_eq!((told.packets.len(), told.problems.len()), (6, 0));
        assert_eq!(told.packets[1].0, 974_836_801_000_005_000);
    }
}

/// The layouts of record headers that share a magic number: the bytes behind the usual 16.
const LAYOUTS: [(u32, usize); 5] =
    [(0xa1b2_c3d4, 0), (0xa1b2_c3d4, 4), (0xa1b2_c3d4, 8), (0xa1b2_cd34, 8), (0xa1b2_cd34, 12)];

#[test]
fn pcap_layout_of_odd_first_records() {
    // Seconds, captured and original length of records whose packets are told by their bytes.
    let captures: [&[[u32; 3]]; 7] = [
        // A clock that starts at zero, and one that stands there.
        &[[0, 165, 165], [1, 344, 344], [2, 60, 60], [3, 61, 61]],
        &[[0, 60, 60], [0, 42, 42], [0, 60, 60], [0, 1, 60]],
        // Packets of which nothing was kept, at first and all along.
        &[[974_836_800, 0, 60], [974_836_800, 30, 90], [974_836_801, 0, 60], [974_836_801, 9, 9]],
        &[[974_836_800, 0, 60]; 4],
        &[[0, 0, 60], [0, 0, 42], [1, 0, 60]],
        // No more than two records, or one, which end with the file.
        &[[0, 165, 165], [1, 344, 344]],
        &[[974_836_800, 60, 60]],
    ];
    for (magic, extra) in LAYOUTS {
        for records in captures {
            for fill in [0, 0xff, 0x41] {
                let mut bytes = pcap_header(LITTLE, magic, (2, 4), 600, 1);
                let mut want = Vec::new();
                for (number, &[seconds, captured, original]) in records.iter().enumerate() {
                    let mut data = vec![fill; captured as usize];
                    if let Some(first) = data.first_mut() {
                        *first = number as u8;
                    }
                    let numbers = [seconds, number as u32, captured, original];
                    bytes.extend(record(LITTLE, numbers, &vec![0; extra], &data));
                    let nanos = u64::from(seconds) * 1_000_000_000 + number as u64 * 1000;
                    want.push((nanos, 0, 1, original, data));
                }
                for told in [read(&bytes), read_file(&bytes)] {
                    assert_eq!(
                        told.messages,
                        Vec::<String>::new(),
                        "{magic:x} {extra} {records:?}"
                    );
                    assert_eq!(told.packets, want, "{magic:x} {extra} {fill}");
                }
            }
        }
    }
}

#[test]
fn pcap_layout_of_empty_records() {
    // Five headers of 16 bytes are as long as four of 20.
    let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 600, 1);
    bytes.extend([0; 5 * 16]);
    let told = read_file(&bytes);
    assert_eq!((told.packets.len(), told.problems.len()), (5, 0));
}

#[test]
fn pcap_layout_of_cut_captures() {
    // What is left of the second record must not pass for the rest of the first one.
    for seconds in [0, 974_836_800] {
        for left in 1..16 {
            let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 600, 1);
            bytes.extend(record(LITTLE, [seconds, 0, 60, 60], &[], &[7; 60]));
            let second = bytes.len();
            bytes.extend(&record(LITTLE, [seconds, 5, 60, 60], &[], &[])[..left]);
            for told in [read(&bytes), read_file(&bytes)] {
                assert_eq!(told.packets.len(), 1);
                assert_eq!(told.packets[0].4, [7; 60], "{left}");
                assert_eq!(told.problems, [(ProblemKind::Truncated, second as u64)]);
            }
        }
    }
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let padded = [body, &[0; 3][..body.len().next_multiple_of(4) - body.len()]].concat();
    let length = order.u32(padded.len() as u32 + 12);
    [&order.u32(kind)[..], &length, &padded, &length].concat()
}

fn section(order: Order) -> Vec<u8> {
    let body = [&order.u32(0x1a2b_3c4d)[..], &order.u16(1), &order.u16(0), &[0xff; 8]].concat();
    block(order, 0x0a0d_0d0a, &body)
}

fn interface(order: Order, link: u16, snap: u32, options: &[u8]) -> Vec<u8> {
    block(order, 1, &[&order.u16(link)[..], &[0; 2], &order.u32(snap), options].concat())
}

fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let padding = value.len().next_multiple_of(4) - value.len();
    [&order.u16(code)[..], &order.u16(value.len() as u16), value, &[0; 3][..padding]].concat()
}

fn enhanced(order: Order, interface: u32, ticks: u64, original: u32, data: &[u8]) -> Vec<u8> {
    let header = [
        order.u32(interface),
        order.u32((ticks >> 32) as u32),
        order.u32(ticks as u32),
        order.u32(data.len() as u32),
        order.u32(original),
    ]
    .concat();
    block(order, 6, &[&header[..], data].concat())
}

#[test]
fn pcapng_of_every_kind() {
    let second = 1_000_000_000;
    for order in [BIG, LITTLE] {
        let tsresol = |value: u8| option(order, 9, &[value]);
        let mut bytes = section(order);
        bytes.extend(interface(order, 1, 96, &[]));
        bytes.extend(interface(order, 113, 0, &[tsresol(9), option(order, 0, &[])].concat()));
        bytes.extend(interface(order, 101, 0, &tsresol(0x80 | 10)));
        let offset = if order.0 { 100_i64.to_be_bytes() } else { 100_i64.to_le_bytes() };
        bytes.extend(interface(order, 1, 0, &[tsresol(3), option(order, 14, &offset)].concat()));
        bytes.extend(interface(order, 1, 0, &tsresol(12)));
        bytes.extend(interface(order, 1, 0, &tsresol(200)));
        bytes.extend(enhanced(order, 0, 5_000_001, 1500, b"micro"));
        bytes.extend(enhanced(order, 1, 6_000_000_001, 4, b"nano"));
        bytes.extend(enhanced(order, 2, 7 * 1024 + 512, 4, b"half"));
        bytes.extend(enhanced(order, 3, 8001, 4, b"late"));
        bytes.extend(enhanced(order, 4, 9_000_000_000_999, 4, b"pico"));
        // All kinds of other blocks, one of them unknown.
        for kind in [4, 5, 7, 10, 0x0bad, 0x4000_0bad, 0x8000_0001] {
            bytes.extend(block(order, kind, &[1, 2, 3, 4, 5, 6, 7]));
        }
        bytes.extend(block(order, 3, &[&order.u32(200)[..], &[b's'; 96]].concat()));
        let mut obsolete = [&order.u16(1)[..], &order.u16(3)].concat();
        for number in [0, 7, 3, 9] {
            obsolete.extend(order.u32(number));
        }
        bytes.extend(block(order, 2, &[&obsolete[..], b"old"].concat()));
        // Another section in the other byte order, with its own interfaces.
        let other = Order(!order.0);
        bytes.extend(section(other));
        bytes.extend(interface(other, 228, 7, &[]));
        bytes.extend(enhanced(other, 0, 1_000_000, 3, b"new"));

        let reader = Reader::new(Cursor::new(bytes.clone()), "test").unwrap();
        assert_eq!(reader.format(), "pcapng");
        let told = tell(reader);
        assert_eq!(told.problems, [], "{:?}", told.messages);
        assert_eq!(told.interfaces.len(), 7);
        assert_eq!(told.interfaces[1], (1, 113, 0));
        assert_eq!(told.interfaces[6], (6, 228, 7));
        let want: Vec<Read5> = vec![
            (5 * second + 1000, 0, 1, 1500, b"micro".to_vec()),
            (6 * second + 1, 1, 113, 4, b"nano".to_vec()),
            (7 * second + second / 2, 2, 101, 4, b"half".to_vec()),
            (108 * second + 1_000_000, 3, 1, 4, b"late".to_vec()),
            (9 * second, 4, 1, 4, b"pico".to_vec()),
            (9 * second, 0, 1, 200, vec![b's'; 96]),
            (7, 1, 113, 9, b"old".to_vec()),
            (second, 6, 228, 3, b"new".to_vec()),
        ];
        assert_eq!(told.packets, want);
        assert_eq!(read_file(&bytes), told);
    }
}

#[test]
fn pcapng_with_odd_blocks() {
    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    let last = enhanced(LITTLE, 0, 5, 4, b"last");
    // Options that are cut off, too long, without an end, of the wrong length.
    for options in
        [&[9, 0][..], &[9, 0, 200, 0, 1], &option(LITTLE, 9, &[6, 6, 6]), &[2, 0, 3, 0, 255]]
    {
        let bytes = [section(LITTLE), interface(LITTLE, 1, 0, options), last.clone()].concat();
        let told = read(&bytes);
        assert_eq!((told.packets.len(), told.problems.len()), (1, 0), "{options:?}");
        assert_eq!(told.packets[0].0, 5000);
    }
    // A length that leaves out the padding.
    let mut unpadded = enhanced(LITTLE, 0, 5, 3, b"odd");
    let whole = unpadded.len();
    unpadded[4..8].copy_from_slice(&LITTLE.u32(whole as u32 - 1));
    unpadded[whole - 4..].copy_from_slice(&LITTLE.u32(whole as u32 - 1));
    let told = read(&[&start[..], &unpadded, &last].concat());
    assert_eq!((told.packets.len(), told.problems.len()), (2, 0));
    // A packet that claims more than its block has.
    let mut long = enhanced(LITTLE, 0, 5, 4, b"long");
    long[20..24].copy_from_slice(&LITTLE.u32(77));
    let told = read(&[&start[..], &long, &last].concat());
    assert_eq!(told.packets.len(), 2);
    assert_eq!(told.packets[0].4, b"long");
    assert_eq!(told.problems, [(ProblemKind::CorruptRecord, start.len() as u64)]);
    // Packets of an interface that is not described: told once.
    let lost = enhanced(LITTLE, 9, 5, 4, b"lost");
    let told = read(&[&start[..], &lost, &lost, &last].concat());
    assert_eq!(told.packets.len(), 1);
    assert_eq!(told.problems, [(ProblemKind::UnknownInterface, start.len() as u64)]);
    // A block of no known kind that is bigger than the read buffer.
    let told = read(&[&start[..], &block(LITTLE, 77, &vec![1; 1 << 20]), &last].concat());
    assert_eq!((told.packets.len(), told.problems.len()), (1, 0));
}

#[test]
fn truncated_files_give_what_they_have() {
    let (bytes, places) = plain(20);
    for length in places[18]..bytes.len() {
        for told in [read(&bytes[..length]), read_file(&bytes[..length])] {
            let whole = places.iter().filter(|place| **place <= length).count() - 1;
            assert_eq!(told.packets.len(), whole, "{length}");
            let cut = length != places[whole];
            let want = [(ProblemKind::Truncated, places[whole] as u64)];
            assert_eq!(told.problems, if cut { &want[..] } else { &[] });
        }
    }
    let told = read(&bytes[..bytes.len() - 1]);
    let message = format!(
        "test is cut off at byte {}: the packet record at byte {} needs 1 bytes more",
        bytes.len() - 1,
        places[19]
    );
    assert_eq!(told.messages, [message]);

    let start = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    let bytes = [&start[..], &enhanced(LITTLE, 0, 5, 4, b"last")].concat();
    for length in start.len() + 1..bytes.len() {
        let told = read(&bytes[..length]);
        assert_eq!(told.packets, []);
        assert_eq!(told.problems, [(ProblemKind::Truncated, start.len() as u64)]);
    }
}

#[test]
fn reading_goes_on_behind_a_corrupt_record() {
    let (bytes, places) = plain(300);
    let damages: [(&str, Damage); 6] = [
        ("huge length", |header| header[8..12].fill(0xff)),
        ("long length", |header| header[8..12].copy_from_slice(&9000_u32.to_le_bytes())),
        ("zeros", |header| header.fill(0)),
        ("ones", |header| header.fill(0xff)),
        ("noise", |header| header.copy_from_slice(b"!corrupt header!")),
        ("no length", |header| header[8..12].fill(0)),
    ];
    for (name, damage) in damages {
        for victim in [0, 1, 150, 290, 298, 299] {
            let mut bytes = bytes.clone();
            damage(&mut bytes[places[victim]..places[victim] + 16]);
            let told = read_file(&bytes);
            let got: Vec<u32> = told
                .packets
                .iter()
                .filter_map(|packet| (0..300).find(|number| data(*number) == packet.4))
                .collect();
            let want: Vec<u32> = (0..300).filter(|number| *number != victim as u32).collect();
            // The last one may be read as an empty one, or the file seem to end within it.
            assert_eq!(got, want, "{name} {victim}");
            assert!(told.packets.len() <= want.len() + 1);
            if victim < 299 {
                assert_eq!(told.problems.len(), 1, "{name} {victim} {:?}", told.messages);
                assert_eq!(told.problems[0].0, ProblemKind::CorruptRecord);
            }
        }
    }
    // Many of them, on a pipe too.
    let mut bytes = bytes;
    for victim in (5..300).step_by(10) {
        bytes[places[victim] + 8..places[victim] + 12].fill(0xff);
    }
    for told in [read(&bytes), read_file(&bytes)] {
        assert_eq!(numbers(&told, 300).len(), 270);
        assert_eq!(told.problems.len(), 30);
        assert!(told.messages[0].contains("reading went on at byte"));
    }
}

#[test]
fn a_capture_within_a_packet_is_not_mistaken() {
    // A packet that carries a piece of a capture, behind one whose header is corrupt.
    let (inner, _) = plain(12);
    let mut bytes = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 65535, 1);
    let length = inner.len() as u32;
    for number in 0..50 {
        let numbers = [974_836_800 + number * 86_500, 0, length, length];
        bytes.extend(record(LITTLE, numbers, &[], &inner));
    }
    for told in [read(&bytes), read_file(&bytes)] {
        assert_eq!((told.packets.len(), told.problems.len()), (50, 0));
    }
}

#[test]
fn reading_goes_on_behind_a_corrupt_block() {
    let mut bytes = [section(LITTLE), interface(LITTLE, 1, 0, &[])].concat();
    let mut places = Vec::new();
    for number in 0..100 {
        places.push(bytes.len());
        bytes.extend(enhanced(LITTLE, 0, u64::from(number), 9999, &data(number)));
    }
    let damages: [(&str, Damage); 5] = [
        ("huge length", |block| block[4..8].fill(0xff)),
        ("long length", |block| block[4..8].copy_from_slice(&40_000_u32.to_le_bytes())),
        ("short length", |block| block[4..8].copy_from_slice(&16_u32.to_le_bytes())),
        ("zeros", |block| block[..28].fill(0)),
        ("end", |block| block.last_mut().into_iter().for_each(|byte| *byte = 9)),
    ];
    for (name, damage) in damages {
        let mut bytes = bytes.clone();
        for victim in (5..95).step_by(10) {
            damage(&mut bytes[places[victim]..places[victim + 1]]);
        }
        for told in [read(&bytes), read_file(&bytes)] {
            assert_eq!(numbers(&told, 100).len(), 91, "{name}");
            assert_eq!(told.problems.len(), 9, "{name} {:?}", told.messages);
        }
    }
}

#[test]
fn compressed_captures() {
    let (bytes, _) = plain(2000);
    let want = read(&bytes);
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |bytes: &[u8]| {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    };
    let lz4 = |bytes: &[u8]| {
        let mut info = lz4_flex::frame::FrameInfo::new();
        info.content_checksum = true;
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let all: [(&str, Compress<'_>); 3] = [("gzip", &gzip), ("zstd", &zstd), ("lz4", &lz4)];
    for (name, compress) in all {
        let whole = compress(&bytes);
        let reader = Reader::new(Cursor::new(whole.clone()), "test").unwrap();
        assert_eq!((reader.format(), reader.compression()), ("pcap", Some(name)));
        assert_eq!(tell(reader), want);
        let file = File::new();
        file.write(&whole);
        let mut reader = Reader::open(file.path()).unwrap();
        assert_eq!((reader.size(), reader.is_live()), (Some(whole.len() as u64), false));
        while reader.next().is_some() {}
        assert_eq!(reader.position(), whole.len() as u64);
        // Two members, and padding behind them.
        let (one, two) = bytes.split_at(70_001);
        let members = [&compress(one)[..], &compress(two), &[0; 512]].concat();
        assert_eq!(read(&members), want, "{name}");
        // The layout of the records is seen though they come behind the file header.
        let header = pcap_header(LITTLE, 0xa1b2_c3d4, (2, 4), 65535, 1);
        let records = record(LITTLE, [974_836_800, 5, 30, 30], &[9; 4], &[7; 30]).repeat(5);
        let told = read_file(&[compress(&header), compress(&records)].concat());
        assert_eq!((told.packets.len(), told.problems.len()), (5, 0), "{name}");
        // Cut off, at the end and further in front.
        for length in [whole.len() - 1, whole.len() - 4, whole.len() - 8, whole.len() / 2] {
            let reader = match Reader::new(Cursor::new(whole[..length].to_vec()), "test") {
                Ok(reader) => reader,
                Err(error) => {
                    // Not even the first block is there.
                    let message = format!("test cannot be read: the {name} data is cut off");
                    assert_eq!(error.to_string(), message);
                    continue;
                }
            };
            let told = tell(reader);
            assert!(told.packets.len() <= want.packets.len());
            assert_eq!(told.packets, want.packets[..told.packets.len()]);
            assert_eq!(told.problems.len(), 1, "{name} {length} {:?}", told.messages);
            assert_eq!(told.problems[0].0, ProblemKind::Compression);
            assert!(told.messages[0].contains("is cut off"), "{:?}", told.messages);
        }
        // Damaged, and followed by something else.
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0x55;
        match Reader::new(Cursor::new(damaged), "test") {
            Ok(reader) => assert!(!tell(reader).problems.is_empty()),
            Err(error) => assert!(error.to_string().contains("is damaged"), "{error}"),
        }
        let told = read(&[&whole[..], b"something else"].concat());
        assert_eq!((told.packets.len(), told.problems.len()), (2000, 1));
        // Not a capture.
        let error = Reader::new(Cursor::new(compress(b"not a capture at all")), "test");
        let message = error.err().unwrap().to_string();
        assert!(message.starts_with(&format!("the {name} data in test is no")), "{message}");
    }
}

/// Gives a few bytes a read, and says how many were taken when it was asked for more than it has.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
}

impl Read for Drip {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(room.len()).min(self.bytes.len() - self.at);
        room[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[test]
fn a_pipe_is_read_as_it_comes() {
    let (bytes, _) = plain(100);
    for step in [1, 7, 1000] {
        let drip = Drip { bytes: bytes.clone(), at: 0, step };
        assert_eq!(tell(Reader::new(drip, "test").unwrap()), read(&bytes));
    }
    /// Fails where a reader would have to wait.
    struct Waits(Cursor<Vec<u8>>);
    impl Read for Waits {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            match self.0.read(room)? {
                0 => panic!("it would wait"),
                count => Ok(count),
            }
        }
    }
    let mut reader = Reader::new(Waits(Cursor::new(bytes)), "test").unwrap();
    for _ in 0..101 {
        assert!(reader.next().is_some());
    }
}

#[test]
fn an_error_of_the_system_is_told() {
    struct Breaks(Cursor<Vec<u8>>);
    impl Read for Breaks {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            match self.0.read(room)? {
                0 => Err(io::Error::other("the disk is gone")),
                count => Ok(count),
            }
        }
    }
    let (bytes, places) = plain(10);
    let told = tell(Reader::new(Breaks(Cursor::new(bytes.clone())), "test").unwrap());
    assert_eq!(told.packets.len(), 10);
    assert_eq!(told.problems, [(ProblemKind::Unreadable, bytes.len() as u64)]);
    let half = bytes[..places[9] + 20].to_vec();
    let told = tell(Reader::new(Breaks(Cursor::new(half)), "test").unwrap());
    assert_eq!((told.packets.len(), told.problems.len()), (9, 1));
    let error = Reader::new(Breaks(Cursor::new(Vec::new())), "test").err().unwrap();
    assert_eq!(error.kind(), OpenErrorKind::Unreadable);
}

#[test]
fn what_cannot_be_opened() {
    let error = |path: &Path| {
        let error = Reader::open(path).err().unwrap();
        (error.kind(), error.to_string())
    };
    let (kind, message) = error(Path::new("/no/such/file.pcap"));
    assert_eq!(kind, OpenErrorKind::NotFound);
    assert_eq!(message, "/no/such/file.pcap cannot be opened: there is no such file");
    assert_eq!(error(&std::env::temp_dir()).0, OpenErrorKind::Directory);
    let cases: [(&[u8], OpenErrorKind, &str); 6] = [
        (b"", OpenErrorKind::Empty, "is empty"),
        (b"x", OpenErrorKind::NotACapture, "is no packet capture"),
        (&[b'x'; 4000], OpenErrorKind::NotACapture, "is no packet capture"),
        (b"snoop\0\0\0\0\0\0\x02", OpenErrorKind::NotACapture, "is a snoop capture"),
        (b"\xd4\xc3\xb2\xa1\x02\0", OpenErrorKind::NotACapture, "is cut off at byte 6"),
        (b"\x1f\x8b\x08\0", OpenErrorKind::NotACapture, "the gzip data is cut off"),
    ];
    for (bytes, want, words) in cases {
        let file = File::new();
        file.write(bytes);
        let (kind, message) = error(file.path());
        assert_eq!(kind, want, "{message}");
        assert!(message.contains(words) && !message.contains('\n'), "{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Whatever an input holds, reading ends, and how its bytes arrive does not matter.
    #[test]
    fn anything_goes(
        kind in 0..4_usize,
        damages in vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
        step in 1..5000_usize,
    ) {
        let mut bytes = match kind {
            0 => plain(60).0,
            1 => {
                let mut bytes = [section(BIG), interface(BIG, 1, 0, &option(BIG, 9, &[9]))].concat();
                (0..60).for_each(|number| bytes.extend(enhanced(BIG, 0, 5, 9, &data(number))));
                bytes
            }
            2 => {
                let mut encoder =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&plain(60).0).unwrap();
                encoder.finish().unwrap()
            }
            _ => ruzstd::encoding::compress_to_vec(
                &plain(60).0[..],
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
        };
        for (place, byte) in &damages {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let whole = Reader::new(Cursor::new(bytes.clone()), "test").map(tell);
        let drip = Reader::new(Drip { bytes: bytes.clone(), at: 0, step }, "test").map(tell);
        match (whole, drip) {
            (Ok(whole), Ok(_)) => {
                let size: usize = whole.packets.iter().map(|packet| packet.4.len()).sum();
                prop_assert!(kind > 1 || size <= bytes.len());
                if damages.is_empty() && kind < 2 {
                    prop_assert!(whole.packets.len() == 60 || is_cut);
                }
            }
            (whole, drip) => prop_assert_eq!(whole.err(), drip.err()),
        }
    }
}
