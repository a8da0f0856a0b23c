//! pcap in its variants.

use std::io::Cursor;

use napster_dissect::capture::{ProblemKind, Reader};

use crate::makers::{BIG, LITTLE, pcap_header, read, read_file, record, tell};

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
