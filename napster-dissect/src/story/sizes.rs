//! Sizes of files that were told, for the connections on which a size has to be known.
//!
//! Servers tell thousands of sizes for each one that is asked for. So the messages are kept as they
//! were said, and read when somebody asks.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;
use napster_codec::{Code, Direction, Message, Tolerance, decode};

/// The most messages whose sizes are remembered; the oldest is forgotten first.
const MESSAGES: usize = 65_536;

/// The most bytes of messages that are kept until somebody asks.
const UNREAD_BYTES: usize = 6 * 1024 * 1024;

/// The most sizes that are remembered for one file of one user.
const SIZES_A_FILE: usize = 4;

/// The sizes that messages told last.
#[derive(Default)]
pub(super) struct Sizes {
    /// What nobody has read yet, one after the other: code, length, payload.
    unread: VecDeque<u8>,
    unread_messages: usize,
    files: HashMap<u64, File, RandomState>,
    /// The files of the messages that were read, by the hash of user and name.
    read: VecDeque<u64>,
    hashing: RandomState,
    /// How many messages were forgotten for others.
    pub(super) forgotten: u64,
}

/// What was told of one file of one user.
#[derive(Default)]
struct File {
    sizes: Vec<u64>,
    /// By how many of the messages that are remembered.
    messages: usize,
}

impl Sizes {
    /// Takes a message from a server that tells the size of a file.
    pub(super) fn told(&mut self, code: Code, payload: &[u8]) {
        // The length of a frame's payload has 16 bits.
        let Ok(length) = u16::try_from(payload.len()) else { return };
        let ([c0, c1], [l0, l1]) = (code.0.to_ne_bytes(), length.to_ne_bytes());
        self.unread.extend(&[c0, c1, l0, l1]);
        self.unread.extend(payload);
        self.unread_messages += 1;
        while self.unread.len() > UNREAD_BYTES || self.read.len() + self.unread_messages > MESSAGES
        {
            self.forget();
        }
    }

    /// Takes a size that was told in another way.
    pub(super) fn add(&mut self, nick: &[u8], file: &[u8], size: u64) {
        self.read_all();
        self.remember(nick, file, size);
        if self.read.len() > MESSAGES {
            self.forget();
        }
    }

    /// The sizes that were told for a user's file.
    pub(super) fn of(&mut self, nick: &[u8], file: &[u8]) -> &[u64] {
        self.read_all();
        self.files.get(&self.key(nick, file)).map_or(&[], |file| &file.sizes)
    }

    fn remember(&mut self, nick: &[u8], file: &[u8], size: u64) {
        let key = self.key(nick, file);
        let known = self.files.entry(key).or_default();
        known.messages += 1;
        if !known.sizes.contains(&size) && known.sizes.len() < SIZES_A_FILE {
            known.sizes.push(size);
        }
        self.read.push_back(key);
    }

    /// Forgets the oldest message.
    fn forget(&mut self) {
        self.forgotten += 1;
        let Some(key) = self.read.pop_front() else {
            return self.forget_unread();
        };
        if let Some(file) = self.files.get_mut(&key) {
            file.messages -= 1;
            if file.messages == 0 {
                self.files.remove(&key);
            }
        }
    }

    fn read_all(&mut self) {
        let mut payload = Vec::new();
        while let Some(code) = self.take_unread(&mut payload) {
            let decoded = decode(code, Direction::ToClient, &payload, Tolerance::LENIENT);
            let Ok(decoded) = decoded else { continue };
            match decoded.message {
                Message::SearchResult(hit) => {
                    self.remember(hit.nick.as_bytes(), hit.filename.as_bytes(), hit.size);
                }
                Message::BrowseResult(hit) => {
                    self.remember(hit.nick.as_bytes(), hit.filename.as_bytes(), hit.size);
                }
                Message::ResumeResult(hit) => {
                    self.remember(hit.nick.as_bytes(), hit.filename.as_bytes(), hit.size);
                }
                Message::QueueLimited(limit) => {
                    self.remember(limit.uploader.as_bytes(), limit.filename.as_bytes(), limit.size);
                }
                _ => {}
            }
        }
    }

    /// Takes the oldest message that nobody has read.
    fn take_unread(&mut self, payload: &mut Vec<u8>) -> Option<Code> {
        let (code, length) = self.take_unread_head()?;
        payload.clear();
        let (front, back) = self.unread.as_slices();
        payload.extend(front.iter().chain(back).take(length));
        self.unread.drain(..length);
        Some(code)
    }

    /// Forgets the oldest message that nobody has read.
    fn forget_unread(&mut self) {
        if let Some((_, length)) = self.take_unread_head() {
            self.unread.drain(..length);
        }
    }

    /// Takes what stands in front of a payload: its code and length.
    fn take_unread_head(&mut self) -> Option<(Code, usize)> {
        let mut byte = || self.unread.pop_front();
        let code = u16::from_ne_bytes([byte()?, byte()?]);
        let length = u16::from_ne_bytes([byte()?, byte()?]);
        self.unread_messages = self.unread_messages.saturating_sub(1);
        Some((Code(code), usize::from(length).min(self.unread.len())))
    }

    fn key(&self, nick: &[u8], file: &[u8]) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        nick.hash(&mut hasher);
        file.hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use napster_codec::message::{BrowseResult, SearchResult};

    use super::*;

    fn hit(size: u64) -> String {
        format!("\"a b.mp3\" {} {size} 128 44100 60 bob 50462986 4", "0".repeat(32))
    }

    #[test]
    fn sizes_are_known_until_too_many_came_behind_them() {
        let mut sizes = Sizes::default();
        sizes.told(SearchResult::CODE, hit(7).as_bytes());
        assert_eq!(sizes.of(b"bob", b"a b.mp3"), [7]);
        assert!(sizes.of(b"ann", b"a b.mp3").is_empty());
        let browsed = format!("bob \"a b.mp3\" {} 9 128 44100 60", "0".repeat(32));
        sizes.told(BrowseResult::CODE, browsed.as_bytes());
        sizes.told(SearchResult::CODE, hit(7).as_bytes());
        sizes.told(SearchResult::CODE, b"no such thing");
        assert_eq!(sizes.of(b"bob", b"a b.mp3"), [7, 9]);
        for size in 10..20 {
            sizes.add(b"bob", b"a b.mp3", size);
        }
        assert_eq!(sizes.of(b"bob", b"a b.mp3"), [7, 9, 10, 11]);
        let filler = hit(1).replace("bob", "ann");
        for _ in 0..MESSAGES - 1 {
            sizes.told(SearchResult::CODE, filler.as_bytes());
        }
        assert_eq!(sizes.of(b"bob", b"a b.mp3"), [7, 9, 10, 11]);
        sizes.told(SearchResult::CODE, filler.as_bytes());
        assert!(sizes.of(b"bob", b"a b.mp3").is_empty());
    }

    #[test]
    fn what_nobody_reads_is_bounded_in_bytes_too() {
        let mut sizes = Sizes::default();
        for _ in 0..1000 {
            sizes.told(SearchResult::CODE, &[b'x'; 60_000]);
        }
        assert!(sizes.unread.len() <= UNREAD_BYTES);
        assert_eq!(sizes.forgotten as usize + sizes.unread_messages, 1000);
    }
}
