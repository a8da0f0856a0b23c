//! Packets of any link type.

use napster_dissect::capture::{Packet, Timestamp};
use napster_dissect::net::{Sliced, Slicer};

use crate::bytes::Bytes;

/// Packets are taken apart within their bytes, and each is counted once: two bytes for the link type,
/// then packets, each two bytes for its length, one for how much of it was not captured, its bytes.
pub fn packet(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let link_type = u32::from(bytes.short());
    let mut slicer = Slicer::new();
    let (mut frame, mut segments, mut fragments) = (0, 0, 0);
    while !bytes.is_empty() {
        frame += 1;
        let length = usize::from(bytes.short());
        let missing = u32::from(bytes.byte());
        let data = bytes.take(length);
        let captured = u32::try_from(data.len()).expect("a length of two bytes");
        let packet = Packet {
            frame,
            time: Timestamp::from_parts(frame, 0),
            interface: 0,
            link_type,
            data,
            original_length: captured + missing,
        };
        match slicer.slice(&packet) {
            Sliced::Segment(segment) => {
                segments += 1;
                // What fragments carried can be longer than the last of them, but not than IP can say.
                assert!(segment.payload.len() < 1 << 16);
                assert!(segment.missing < 1 << 17, "{segment:?}");
                let _ = segment.checksum();
            }
            Sliced::Fragment => fragments += 1,
            Sliced::UnknownLinkType { link_type: told, .. } => {
                assert!(!told.to_string().is_empty());
            }
            Sliced::NotTcp | Sliced::Unsupported | Sliced::Cut | Sliced::Malformed => {}
        }
    }
    let counts = slicer.finish();
    assert_eq!(counts.segments, segments);
    assert!(counts.fragments >= fragments);
    assert!(counts.incomplete <= counts.fragments);
}
