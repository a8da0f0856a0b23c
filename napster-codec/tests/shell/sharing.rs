//! What others are told of a shared file.
//!
//! The digests are those of `md5sum` over the bytes that the rule names; sizes and lengths are
//! reckoned by hand from the frames, and those of the songs are what `file` and their maker say.

use std::path::Path;

use crate::shares::scan;
use crate::typist::folder;

/// A frame of 128 kbit/s at 44.1 kHz: 417 bytes.
fn frame() -> Vec<u8> {
    [&[0xff, 0xfb, 0x90, 0x00][..], &[0; 413]].concat()
}

/// One of 160 kbit/s: 522 bytes.
fn faster_frame() -> Vec<u8> {
    [&[0xff, 0xfb, 0xa0, 0x00][..], &[0; 518]].concat()
}

/// A tag with twenty bytes in it.
fn tag() -> Vec<u8> {
    [&b"ID3\x03\0\0\0\0\0\x14"[..], &[0; 20]].concat()
}

/// A frame that says how many follow.
fn counting_frame(frames: u32) -> Vec<u8> {
    let mut frame = frame();
    frame[36..44].copy_from_slice(b"Xing\0\0\0\x01");
    frame[44..48].copy_from_slice(&frames.to_be_bytes());
    frame
}

/// Path, checksum, size, bit rate, sample rate, seconds.
type Told = (String, String, u64, u32, u32, u32);

fn told(folder: &Path) -> Vec<Told> {
    let shares = scan(folder).expect("a folder");
    let told = |share: crate::shares::Share| {
        let file = share.file;
        let (name, md5) = (file.filename.to_string(), file.md5.to_string());
        (name, md5, file.size, file.bitrate, file.frequency, file.duration)
    };
    shares.into_iter().map(told).collect()
}

fn expect(name: &str, md5: &str, size: u64, bitrate: u32, frequency: u32, duration: u32) -> Told {
    (format!(r"C:\{name}"), md5.to_owned(), size, bitrate, frequency, duration)
}

#[test]
fn songs_are_told_with_checksum_and_format() {
    let songs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/songs");
    let expected = [
        expect(r"songs\falling.mp3", "97a6e52f319d983fcd85920920928ce8", 3300, 16, 16_000, 1),
        expect(r"songs\rising.mp3", "c07dcc36302b25b403d6f085b4209460", 4306, 16, 16_000, 2),
    ];
    assert_eq!(told(&songs), expected);
}

#[test]
fn a_checksum_begins_with_the_first_frame() {
    let folder = folder("sharing-frames");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    let constant = [&tag()[..], b"\0junk", &frame().repeat(20)].concat();
    write("a constant.mp3", &constant);
    let pair = [frame(), faster_frame()].concat();
    let varying = [counting_frame(383), pair.repeat(150)].concat();
    write("b varying.mp3", &varying);
    write("c empty.mp3", b"");
    write("d short.txt", b"short");
    // Longer than what is covered, and nothing in it looks like a frame.
    let long: Vec<u8> = (0..400_000_u32).map(|place| (place * 7 % 251) as u8).collect();
    write("e long.bin", &[tag(), long].concat());
    let name = |name: &str| format!(r"sharing-frames\{name}");
    let expected = [
        expect(&name("a constant.mp3"), CONSTANT, 8375, 128, 44_100, 0),
        // 383 frames of 1152 samples are ten seconds, in which 141,267 bytes go by.
        expect(&name("b varying.mp3"), VARYING, 141_267, 113, 44_100, 10),
        expect(&name("c empty.mp3"), "d41d8cd98f00b204e9800998ecf8427e", 0, 24, 16_000, 600),
        expect(&name("d short.txt"), "4f09daa9d95bcb166a302407a0e0babe", 5, 24, 16_000, 600),
        expect(&name("e long.bin"), "fd5dcc1ef623fa326ef7bec8cf14bbc7", 400_030, 24, 16_000, 600),
    ];
    assert_eq!(told(&folder), expected);
}

const CONSTANT: &str = "6a56ce4f3ddb185d6e84f56d94b42cc1";
const VARYING: &str = "81db387a9c904d8ac97827710aa34bde";
