//! The index of shared files: every word leads to the files whose path holds it.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::connection::ConnectionId;
use crate::irregular::Md5;

/// The place of a file in the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(u32);

/// A shared file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) owner: ConnectionId,
    /// The path, byte for byte as its owner wrote it.
    pub(super) name: Arc<[u8]>,
    pub(super) md5: Box<[u8]>,
    pub(super) size: u64,
    pub(super) bitrate: u32,
    pub(super) frequency: u32,
    pub(super) duration: u32,
    pub(super) kind: MediaType,
}

/// The kinds of file that clients can tell apart (opennap, messages 10300 and 200).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    Mp3,
    Audio,
    Video,
    Application,
    Image,
    Text,
}

impl MediaType {
    pub(super) fn from_bytes(word: &[u8]) -> Option<Self> {
        let all = [
            ("mp3", Self::Mp3),
            ("audio", Self::Audio),
            ("video", Self::Video),
            ("application", Self::Application),
            ("image", Self::Image),
            ("text", Self::Text),
        ];
        let mut all = all.into_iter();
        all.find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word)).map(|(_, kind)| kind)
    }
}

/// All shared files.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    files: Vec<Option<File>>,
    /// Places in `files` that are free.
    free: Vec<u32>,
    words: BTreeMap<Box<[u8]>, BTreeSet<FileId>>,
    digests: BTreeMap<[u8; 16], BTreeSet<FileId>>,
    /// The sum of all sizes, in bytes.
    bytes: u64,
}

/// What a file's path must hold and must not.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) wanted: Vec<Vec<u8>>,
    pub(super) unwanted: Vec<Vec<u8>>,
    /// Words that sound like a word of the path.
    pub(super) sounds: Vec<[u8; 4]>,
}

impl Index {
    /// The most words that are indexed of one path; a directory tree can have many.
    const WORDS_PER_FILE: usize = 64;
    /// The most words of the index that are compared by sound for one search.
    const SOUNDS_COMPARED: usize = 50_000;

    pub(super) fn len(&self) -> usize {
        self.files.len() - self.free.len()
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)?.as_ref()
    }

    /// Adds a file; `None` where no more numbers are left.
    pub(super) fn add(&mut self, file: File) -> Option<FileId> {
        let next = u32::try_from(self.files.len()).ok();
        let id = FileId(self.free.last().copied().or(next)?);
        for word in indexed(&file.name) {
            match self.words.get_mut(word.as_slice()) {
                Some(files) => files.insert(id),
                None => self.words.entry(word.into()).or_default().insert(id),
            };
        }
        if let Some(digest) = digest(&file.md5) {
            self.digests.entry(digest).or_default().insert(id);
        }
        self.bytes = self.bytes.saturating_add(file.size);
        match self.free.pop().and_then(|place| self.files.get_mut(place as usize)) {
            Some(place) => *place = Some(file),
            None => self.files.push(Some(file)),
        }
        Some(id)
    }

    pub(super) fn remove(&mut self, id: FileId) -> Option<File> {
        let file = self.files.get_mut(id.0 as usize)?.take()?;
        self.free.push(id.0);
        for word in indexed(&file.name) {
            if let Some(files) = self.words.get_mut(word.as_slice()) {
                files.remove(&id);
                if files.is_empty() {
                    self.words.remove(word.as_slice());
                }
            }
        }
        if let Some(digest) = digest(&file.md5)
            && let Some(files) = self.digests.get_mut(&digest)
        {
            files.remove(&id);
            if files.is_empty() {
                self.digests.remove(&digest);
            }
        }
        self.bytes = self.bytes.saturating_sub(file.size);
        Some(file)
    }

    /// The files whose path holds all wanted words and none of the others, at most `scan` looked at.
    pub(super) fn search<'i>(
        &'i self,
        words: &'i Words,
        scan: usize,
    ) -> impl Iterator<Item = &'i File> {
        let mut sets: Vec<&BTreeSet<FileId>> = Vec::new();
        let mut is_possible = true;
        for word in &words.wanted {
            match self.words.get(word.as_slice()) {
                Some(files) => sets.push(files),
                None => is_possible = false,
            }
        }
        let sounds: Vec<BTreeSet<FileId>> =
            words.sounds.iter().map(|sound| self.sounding_like(*sound, scan)).collect();
        let rarest = (0..sets.len()).min_by_key(|place| sets.get(*place).map(|set| set.len()));
        let rarest = rarest.filter(|_| is_possible).map(|place| sets.swap_remove(place));
        let by_word = rarest.into_iter().flatten().copied();
        // Without any word, the first sound leads.
        let lead = sounds.first().filter(|_| words.wanted.is_empty());
        let by_sound: Vec<FileId> = lead.into_iter().flatten().copied().collect();
        let unwanted: Vec<_> =
            words.unwanted.iter().filter_map(|word| self.words.get(word.as_slice())).collect();
        by_word
            .chain(by_sound)
            .take(scan)
            .filter(move |id| {
                sets.iter().all(|set| set.contains(id))
                    && sounds.iter().all(|set| set.contains(id))
                    && !unwanted.iter().any(|set| set.contains(id))
            })
            .filter_map(|id| self.get(id))
    }

    /// The files with a word that sounds so.
    fn sounding_like(&self, sound: [u8; 4], scan: usize) -> BTreeSet<FileId> {
        let first = sound[0].to_ascii_lowercase();
        let from: Box<[u8]> = [first].into();
        self.words
            .range(from..)
            .take_while(|(word, _)| word.first() == Some(&first))
            .take(Self::SOUNDS_COMPARED)
            .filter(|(word, _)| soundex(word) == Some(sound))
            .flat_map(|(_, files)| files.iter().copied())
            .take(scan)
            .collect()
    }

    /// The files of a size whose checksum has that digest.
    pub(super) fn with_digest(&self, digest: [u8; 16], size: u64) -> impl Iterator<Item = &File> {
        let files = self.digests.get(&digest).into_iter().flatten();
        files.filter_map(|id| self.get(*id)).filter(move |file| file.size == size)
    }
}

/// The sixteen bytes of a checksum that is one.
pub(super) fn digest(md5: &[u8]) -> Option<[u8; 16]> {
    Md5::from(crate::text::Token::read(md5)).digest()
}

/// The words of a text, in lower case.
///
/// Letters, digits and all bytes above ASCII make words, whatever character set they are of.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    text.split(move |byte| !is_word(byte))
        .filter(|word| !word.is_empty())
        .map(<[u8]>::to_ascii_lowercase)
}

/// The words under which a file is found: the last ones of its path, which name it best.
fn indexed(name: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = words(name).collect();
    let last = all.split_off(all.len().saturating_sub(Index::WORDS_PER_FILE));
    let mut found: Vec<Vec<u8>> = Vec::with_capacity(last.len());
    for word in last {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// The Soundex code of a word: its first letter and three digits for the consonants behind it.
///
/// The rules are those of the American Soundex. `None` where the word begins with no letter.
pub(super) fn soundex(word: &[u8]) -> Option<[u8; 4]> {
    let first = word.first().filter(|byte| byte.is_ascii_alphabetic())?.to_ascii_uppercase();
    let mut code = [first, b'0', b'0', b'0'];
    let mut before = sound(first);
    let mut places = code.iter_mut().skip(1);
    for letter in word.iter().skip(1).map(u8::to_ascii_uppercase) {
        let digit = sound(letter);
        if digit != b'0' && digit != before {
            let Some(place) = places.next() else { break };
            *place = digit;
        }
        // H and W do not part two letters of one sound, vowels do.
        if !matches!(letter, b'H' | b'W') {
            before = digit;
        }
    }
    Some(code)
}

const fn sound(letter: u8) -> u8 {
    match letter {
        b'B' | b'F' | b'P' | b'V' => b'1',
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => b'2',
        b'D' | b'T' => b'3',
        b'L' => b'4',
        b'M' | b'N' => b'5',
        b'R' => b'6',
        _ => b'0',
    }
}

#[cfg(test)]
mod tests {
    use super::{Index, soundex, words};

    #[test]
    fn soundex_codes_are_those_of_the_textbooks() {
        for (word, code) in [
            ("Robert", "R163"),
            ("Rupert", "R163"),
            ("Rubin", "R150"),
            ("Ashcraft", "A261"),
            ("Tymczak", "T522"),
            ("Pfister", "P236"),
            ("Honeyman", "H555"),
        ] {
            assert_eq!(soundex(word.as_bytes()).as_ref().map(|c| &c[..]), Some(code.as_bytes()));
        }
        assert_eq!(soundex(b"99"), None);
    }

    #[test]
    fn apostrophes_part_words() {
        let found: Vec<_> = words(br"Z:\nap\Le Chat's (Meow).mp3").collect();
        let expected = ["z", "nap", "le", "chat", "s", "meow", "mp3"];
        assert!(found.iter().map(Vec::as_slice).eq(expected.iter().map(|word| word.as_bytes())));
    }

    use alloc::vec::Vec;

    #[test]
    fn an_empty_index_has_nothing() {
        assert_eq!((Index::default().len(), Index::default().bytes()), (0, 0));
    }
}
