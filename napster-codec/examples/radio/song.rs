//! MP3 files as PCM audio, decoded on a thread of their own.

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use nanomp3::Reader;
use napster_codec::comp112::Format;
use tokio::sync::{mpsc, oneshot};

type BoxError = Box<dyn Error + Send + Sync>;

/// A song that is being decoded.
#[derive(Debug)]
pub(crate) struct Song {
    pub(crate) format: Format,
    audio: mpsc::Receiver<Vec<u8>>,
}

/// Pieces of audio that wait to be played.
const WAITING: usize = 16;

/// Samples of a piece.
const PIECE: usize = 4096;

impl Song {
    /// Begins to decode a file.
    pub(crate) async fn open(path: PathBuf) -> Result<Self, BoxError> {
        let (told, format) = oneshot::channel();
        let (pieces, audio) = mpsc::channel(WAITING);
        std::thread::spawn(move || match Decoding::open(&path) {
            Ok(decoding) => {
                if told.send(Ok(decoding.format)).is_ok() {
                    decoding.run(&pieces);
                }
            }
            Err(error) => drop(told.send(Err(error))),
        });
        Ok(Self { format: format.await??, audio })
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        self.audio.recv().await
    }
}

/// The names of the MP3 files of a folder, sorted.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, BoxError> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        match entry?.file_name().into_string() {
            Ok(name) if name.to_ascii_lowercase().ends_with(".mp3") => names.push(name),
            Ok(_) => {}
            Err(name) => eprintln!("{}: left out, the name is no text", name.display()),
        }
    }
    names.sort();
    if names.is_empty() {
        return Err(format!("{}: there are no .mp3 files in it", folder.display()).into());
    }
    Ok(names)
}

struct Decoding {
    reader: Reader<BufReader<File>, i16>,
    format: Format,
    stereo: bool,
}

impl Decoding {
    fn open(path: &Path) -> Result<Self, BoxError> {
        let reader = Reader::new(BufReader::new(File::open(path)?))?;
        let stereo = reader.channels().ok_or("no MP3 audio in it")?.num() == 2;
        // Listeners play interleaved stereo, so mono is doubled.
        let format = Format::of_pcm(2, 2, reader.sample_rate()).ok_or("an odd sample rate")?;
        Ok(Self { reader, format, stereo })
    }

    fn run(mut self, pieces: &mpsc::Sender<Vec<u8>>) {
        let mut samples = [0_i16; PIECE];
        loop {
            let count = match self.reader.read(&mut samples) {
                Ok(count) => count,
                Err(error) => {
                    eprintln!("the song breaks off: {error}");
                    return;
                }
            };
            let copies = if self.stereo { 1 } else { 2 };
            let samples = samples.iter().take(count);
            let piece: Vec<u8> = samples
                .flat_map(|sample| std::iter::repeat_n(sample.to_le_bytes(), copies))
                .flatten()
                .collect();
            if count == 0 || pieces.blocking_send(piece).is_err() {
                return;
            }
        }
    }
}
