//! Captures that are cut or damaged.

use napster_dissect::capture::ProblemKind;

use crate::makers::{
    Damage, LITTLE, data, enhanced, interface, numbers, pcap_header, plain, read, read_file,
    record, section,
};

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
