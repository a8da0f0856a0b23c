//! Files written by `--extract`: names made safe, nothing outside the folder, nothing written over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest name that is made, in bytes; every file system allows 255.
const NAME_LIMIT: usize = 200;

/// The most numbers that are tried for one name.
const COLLISIONS: u32 = 10_000;

/// The most files that are open at a time; the others are opened again when more of them comes.
const OPEN_FILES: usize = 64;

/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8",
    "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Writes files into one folder.
#[derive(Debug)]
pub(super) struct Extractor {
    folder: PathBuf,
    open: usize,
    /// The first error: the disk is full, the folder is gone.
    error: Option<io::Error>,
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct Saved {
    path: PathBuf,
    name: String,
    file: Option<File>,
    keeps_open: bool,
    position: u64,
    error: Option<io::Error>,
}

impl Extractor {
    /// Prepares the folder, and makes it where it is not there.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_path_buf(), open: 0, error: None })
    }

    /// Makes a new file for a path from the network; says whether its name had to be changed.
    pub(super) fn create(&mut self, path: &[u8]) -> Option<(Saved, bool)> {
        let (name, changed) = safe_name(path);
        match self.create_new(&name) {
            Ok(saved) => Some((saved, changed)),
            Err(error) => {
                self.error.get_or_insert(error);
                None
            }
        }
    }

    fn create_new(&mut self, name: &str) -> io::Result<Saved> {
        for number in 1..=COLLISIONS {
            let name = numbered(name, number);
            let path = self.folder.join(&name);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    let keeps_open = self.open < OPEN_FILES;
                    self.open += usize::from(keeps_open);
                    let file = keeps_open.then_some(file);
                    return Ok(Saved { path, name, file, keeps_open, position: 0, error: None });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        let message = format!("{name} exists {COLLISIONS} times in {}", self.folder.display());
        Err(io::Error::new(io::ErrorKind::AlreadyExists, message))
    }

    /// Closes a file, without its first `too_much` bytes, and gives its name.
    pub(super) fn finish(&mut self, mut saved: Saved, too_much: usize) -> Option<String> {
        self.open -= usize::from(saved.keeps_open);
        if saved.error.is_none() {
            saved.error = saved.cut_front(too_much as u64).err();
        }
        if let Some(error) = saved.error {
            self.error.get_or_insert(error);
        }
        Some(saved.name)
    }

    /// The first error, once.
    pub(super) const fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }
}

impl Saved {
    /// Appends bytes; an error is told when the file is finished.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.error.is_none() && !bytes.is_empty() {
            self.error = self.try_write(bytes).err();
            self.position += bytes.len() as u64;
        }
    }

    /// Leaves a hole: what was not captured is not closed up.
    pub(super) const fn skip(&mut self, length: u64) {
        self.position = self.position.saturating_add(length);
    }

    fn try_write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let position = self.position;
        let mut again;
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                again = OpenOptions::new().write(true).open(&self.path)?;
                &mut again
            }
        };
        file.seek(SeekFrom::Start(position))?;
        file.write_all(bytes)
    }

    /// Moves everything to the front by some bytes.
    fn cut_front(&mut self, count: u64) -> io::Result<()> {
        self.file = None;
        if count == 0 {
            return Ok(());
        }
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path)?;
        let length = file.metadata()?.len();
        let mut portion = vec![0; 64 * 1024];
        let mut from = count;
        while from < length {
            file.seek(SeekFrom::Start(from))?;
            let read = file.read(&mut portion)?;
            if read == 0 {
                break;
            }
            file.seek(SeekFrom::Start(from - count))?;
            file.write_all(portion.get(..read).unwrap_or_default())?;
            from += read as u64;
        }
        file.set_len(length.saturating_sub(count))
    }
}

/// A name for a local file from a path of another machine; says whether more than folders went.
///
/// Only what is behind the last separator counts (backslash, slash, colon). Control characters,
/// characters that no Windows file can have, and blanks and dots at the ends are taken away.
pub(super) fn safe_name(path: &[u8]) -> (String, bool) {
    let last = path.rsplit(|byte| matches!(byte, b'\\' | b'/' | b':')).next().unwrap_or_default();
    let text = match std::str::from_utf8(last) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(last).0.into_owned(),
    };
    let kept: String = text
        .chars()
        .filter(|char| !char.is_control() && !matches!(char, '<' | '>' | '"' | '|' | '?' | '*'))
        .filter(|char| !matches!(*char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let mut name = kept.trim_matches(|char: char| char == ' ' || char == '.').to_owned();
    if name.len() > NAME_LIMIT {
        // The end has the extension, so the middle goes.
        let head = name.floor_char_boundary(NAME_LIMIT / 2);
        let tail = name.ceil_char_boundary(name.len() - NAME_LIMIT / 2);
        name.replace_range(head..tail, "");
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    if DEVICES.iter().any(|device| device.eq_ignore_ascii_case(stem)) {
        name.insert(0, '_');
    }
    if name.is_empty() {
        "unnamed".clone_into(&mut name);
    }
    let traverses = path
        .split(|byte| matches!(byte, b'\\' | b'/' | b':'))
        .any(|part| part == b".." || part == b".");
    let changed = name.as_bytes() != text.as_bytes() || traverses;
    (name, changed)
}

/// The name for the second, third … file of a name: the number stands in front of the extension.
fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        Some((stem, extension)) => format!("{stem} ({number}).{extension}"),
        None => format!("{name} ({number})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_part_of_a_path_counts() {
        for (path, name) in [
            (r"C:\music\a song.mp3", "a song.mp3"),
            (r"..\..\windows\system.ini", "system.ini"),
            ("/etc/passwd", "passwd"),
            (r"\\host\share\x.mp3", "x.mp3"),
            ("C:autoexec.bat", "autoexec.bat"),
            (r"a\..", "unnamed"),
            (".", "unnamed"),
            ("", "unnamed"),
            ("con", "_con"),
            (r"x\NUL.mp3", "_NUL.mp3"),
            ("com1 .txt", "_com1 .txt"),
            ("trailing. . ", "trailing"),
            ("a\0b\u{1b}[2Jc", "ab[2Jc"),
            ("what?.mp3", "what.mp3"),
        ] {
            assert_eq!(safe_name(path.as_bytes()).0, name, "{path}");
        }
        assert_eq!(safe_name(b"caf\xe9.mp3").0, "café.mp3");
        let long = safe_name(&[b"x".repeat(70_000).as_slice(), b".mp3"].concat()).0;
        assert!(long.len() <= NAME_LIMIT && long.ends_with(".mp3"));
    }

    #[test]
    fn collisions_are_numbered_and_nothing_is_written_over() {
        let folder = std::env::temp_dir().join(format!("nap-dissect-{}", std::process::id()));
        let mut extractor = Extractor::new(&folder).expect("a folder");
        fs::write(folder.join("a.mp3"), b"mine").expect("a file");
        for (number, bytes) in [(2, b"one"), (3, b"two")] {
            let (mut saved, _) = extractor.create(br"C:\a.mp3").expect("a new file");
            saved.write(bytes);
            let name = extractor.finish(saved, 0).expect("a name");
            assert_eq!(name, format!("a ({number}).mp3"));
            assert_eq!(fs::read(folder.join(name)).expect("the file"), bytes);
        }
        assert_eq!(fs::read(folder.join("a.mp3")).expect("the file"), b"mine");
        let (mut saved, _) = extractor.create(b"holes").expect("a new file");
        saved.write(b"123start");
        saved.skip(2);
        saved.write(b"end");
        extractor.finish(saved, 3);
        assert_eq!(fs::read(folder.join("holes")).expect("the file"), b"start\0\0end");
        assert!(extractor.take_error().is_none());
        fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
