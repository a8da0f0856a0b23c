//! Files to share: bytes that begin like an MP3 with a tag.

use super::rng::Rng;

/// The length of an MPEG-1 layer III frame with 128 kbit/s at 44.1 kHz and no padding.
const FRAME: usize = 417;

/// Makes a file of exactly `size` bytes: an ID3v2.3 tag with title and artist, then MPEG frames
/// whose sound is noise. The same arguments give the same file.
pub fn mp3(title: &str, artist: &str, size: usize, seed: u64) -> Vec<u8> {
    let frames = [text_frame(b"TIT2", title), text_frame(b"TPE1", artist)].concat();
    let mut file = b"ID3\x03\x00\x00".to_vec();
    // A tag states its size in four groups of seven bits.
    file.extend([21, 14, 7, 0].map(|shift| (frames.len() >> shift) as u8 & 0x7f));
    file.extend(frames);
    let mut rng = Rng::new(seed);
    while file.len() < size {
        file.extend([0xff, 0xfb, 0x90, 0x00]);
        file.extend(rng.bytes(FRAME - 4));
    }
    file.truncate(size);
    file
}

/// Makes a text frame of a tag, in Latin-1.
fn text_frame(name: &[u8; 4], text: &str) -> Vec<u8> {
    let length = 1 + text.len() as u32;
    [&name[..], &length.to_be_bytes(), &[0, 0, 0], text.as_bytes()].concat()
}
