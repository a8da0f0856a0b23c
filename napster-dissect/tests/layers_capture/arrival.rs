//! Compressed captures, pipes, and what cannot be opened.

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use napster_dissect::capture::{OpenErrorKind, ProblemKind, Reader};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::makers::{
    BIG, Compress, File, LITTLE, data, enhanced, interface, option, pcap_header, plain, read,
    read_file, record, section, tell,
};

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
