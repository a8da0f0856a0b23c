//! pcapng.

use std::io::Cursor;

use napster_dissect::capture::{ProblemKind, Reader};

use crate::makers::{
    BIG, LITTLE, Order, Read5, block, enhanced, interface, option, read, read_file, section, tell,
};

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
