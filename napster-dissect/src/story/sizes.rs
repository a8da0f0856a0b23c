//! Sizes of files that were told, for the connections on which a size has to be known.
//!
//! Servers tell thousands of sizes for each one that is asked for. So the messages are kept as they
//! were said, and read when somebody asks.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::quality::RandomState;
use napster_codec::message::{BrowseResult, QueueLimited, ResumeResult, SearchResult};
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
    /// What nobody has read yet.
    unread: Unread,
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

/// Whether a server's message tells the size of a file.
pub(super) const fn concerns(code: Code) -> bool {
    matches!(
        code,
        SearchResult::CODE | BrowseResult::CODE | ResumeResult::CODE | QueueLimited::CODE
    )
}

impl Sizes {
    /// Takes a message that [`concerns`] sizes.
    #[inline]
    pub(super) fn told(&mut self, code: Code, payload: &[u8]) {
        self.unread.push(code, payload);
        while self.unread.bytes > UNREAD_BYTES || self.read.len() + self.unread.messages > MESSAGES
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
            self.unread.pop(|_, _| ());
            return;
        };
        if let Some(file) = self.files.get_mut(&key) {
            file.messages -= 1;
            if file.messages == 0 {
                self.files.remove(&key);
            }
        }
    }

    fn read_all(&mut self) {
        let mut unread = std::mem::take(&mut self.unread);
        while unread.pop(|code, payload| self.read(code, payload)).is_some() {}
    }

    /// Remembers the size that a message tells.
    fn read(&mut self, code: Code, payload: &[u8]) {
        let decoded = decode(code, Direction::ToClient, payload, Tolerance::LENIENT);
        let Ok(decoded) = decoded else { return };
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

    fn key(&self, nick: &[u8], file: &[u8]) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        nick.hash(&mut hasher);
        file.hash(&mut hasher);
        hasher.finish()
    }
}

/// How much memory is taken at a time for messages.
const CHUNK: usize = 256 * 1024;

/// What stands in front of a payload: its code and length.
const HEAD: usize = 4;

/// Messages as they were said, the oldest first.
#[derive(Default)]
struct Unread {
    /// The messages one after the other: code, length, payload. What is full comes first,
    full: VecDeque<Vec<u8>>,
    /// and what is being filled last.
    last: Vec<u8>,
    /// Where the oldest message begins in the first chunk.
    start: usize,
    messages: usize,
    /// The bytes of the messages with their heads.
    bytes: usize,
    /// A chunk to be filled again.
    free: Option<Vec<u8>>,
}

impl Unread {
    fn push(&mut self, code: Code, payload: &[u8]) {
        // The length of a frame's payload has 16 bits.
        let Ok(length) = u16::try_from(payload.len()) else { return };
        let ([c0, c1], [l0, l1]) = (code.0.to_ne_bytes(), length.to_ne_bytes());
        let size = HEAD + payload.len();
        if self.last.capacity() - self.last.len() < size {
            let next = self.free.take().unwrap_or_else(|| Vec::with_capacity(CHUNK));
            let full = std::mem::replace(&mut self.last, next);
            // At first there is none.
            self.full.extend(Some(full).filter(|full| !full.is_empty()));
        }
        self.last.extend_from_slice(&[c0, c1, l0, l1]);
        self.last.extend_from_slice(payload);
        self.messages += 1;
        self.bytes += size;
    }

    /// Takes the oldest message; nothing where there is none.
    fn pop<R>(&mut self, take: impl FnOnce(Code, &[u8]) -> R) -> Option<R> {
        let chunk = self.full.front().unwrap_or(&self.last);
        let (&[c0, c1, l0, l1], rest) = chunk.get(self.start..)?.split_first_chunk::<HEAD>()?;
        let payload = rest.get(..usize::from(u16::from_ne_bytes([l0, l1])))?;
        let taken = take(Code(u16::from_ne_bytes([c0, c1])), payload);
        let size = HEAD + payload.len();
        self.start += size;
        self.messages -= 1;
        self.bytes -= size;
        if self.start == chunk.len() {
            self.start = 0;
            let mut empty = self.full.pop_front().unwrap_or_else(|| std::mem::take(&mut self.last));
            empty.clear();
            self.free = Some(empty);
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
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
        assert!(sizes.unread.bytes <= UNREAD_BYTES);
        let memory: usize = sizes.unread.full.iter().map(Vec::capacity).sum();
        assert!(memory <= UNREAD_BYTES * 4 / 3, "{memory} bytes are too many");
        assert_eq!(sizes.forgotten as usize + sizes.unread.messages, 1000);
    }
}
