//! Files written by `--extract`: names made safe, nothing outside the folder, nothing written over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use napster_codec::transfer::{SafeFileName, safe_file_name};

/// The most numbers that are tried for one name.
const COLLISIONS: u32 = 10_000;

/// The most files that are open at a time; the others are opened again when more of them comes.
const OPEN_FILES: usize = 64;

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
        let SafeFileName { name, changed, .. } = safe_file_name(path, windows_1252);
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

/// Reads a name that is not UTF-8 as programs of the time wrote it.
fn windows_1252(name: &[u8]) -> String {
    encoding_rs::WINDOWS_1252.decode_without_bom_handling(name).0.into_owned()
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
    fn a_name_that_is_not_utf_8_is_read_as_windows_1252() {
        let name = safe_file_name(b"C:\\music\\Don\x92t caf\xe9?.mp3", windows_1252).name;
        assert_eq!(name, "Don\u{2019}t café.mp3");
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
