//! What is shared: the files of a folder, and what is told of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use md5::Digest;
use nanomp3::{VbrTag, frames, id3v2_len};
use napster_codec::session::SharedFile;
use napster_codec::{Md5, Token};

/// A shared file, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) file: SharedFile,
    pub(crate) path: PathBuf,
}

/// The shared files by the names that the server was told.
pub(crate) type Shares = BTreeMap<Vec<u8>, Share>;

/// What a folder has.
pub(crate) type Scanned = io::Result<Vec<Share>>;

/// How many bytes the checksum of a song covers, as the specification has it; programs differ.
const CHECKSUM_LENGTH: u64 = 299_008;

/// How many bytes behind the tag are looked through for the first frames.
const SEARCH_LENGTH: u64 = 64 * 1024;

/// The files of a folder, with where they are; folders inside it are not looked into.
pub(crate) fn scan(folder: &Path) -> Scanned {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.extend(describe(folder, entry.path())?);
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// What others are told of a file; `None` where its name cannot be said.
fn describe(folder: &Path, path: PathBuf) -> io::Result<Option<Share>> {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Windows paths are what programs of the time expect; the drive is made up.
    let Ok(filename) = format!("C:\\{folder}\\{name}").try_into() else { return Ok(None) };
    let mut input = File::open(&path)?;
    let size = input.metadata()?.len();
    let audio = Audio::read(&mut input, size)?;
    let file = SharedFile {
        filename,
        md5: checksum(&mut input, audio.start)?,
        size,
        bitrate: audio.bitrate,
        frequency: audio.frequency,
        duration: audio.duration,
    };
    Ok(Some(Share { file, path }))
}

/// The checksum of a song: MD5 of what follows its tag, from the first frame on.
///
/// The length that later programs write behind it is left out: `MP3::Napster` has none, opennap-ng
/// cuts it off, and others compare checksums as text.
fn checksum(input: &mut File, start: u64) -> io::Result<Md5<'static>> {
    input.seek(SeekFrom::Start(start))?;
    let mut hashed = Vec::new();
    input.take(CHECKSUM_LENGTH).read_to_end(&mut hashed)?;
    let mut digits = String::new();
    for byte in md5::Md5::digest(&hashed) {
        // A string takes anything.
        let _ = write!(digits, "{byte:02x}");
    }
    Token::try_from(digits).map(Md5::from).map_err(io::Error::other)
}

/// What the first frames of a song tell.
#[derive(Debug)]
struct Audio {
    /// Where the first frame begins.
    start: u64,
    /// In kbit/s.
    bitrate: u32,
    /// In Hz.
    frequency: u32,
    /// In seconds.
    duration: u32,
}

impl Audio {
    /// What the specification has for files that are no songs.
    const NONE: Self = Self { start: 0, bitrate: 24, frequency: 16_000, duration: 600 };

    fn read(input: &mut File, size: u64) -> io::Result<Self> {
        let mut head = [0; 10];
        let tag = match input.read_exact(&mut head) {
            Ok(()) => (id3v2_len(&head) as u64).min(size),
            // Shorter than any song.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Self::NONE),
            Err(error) => return Err(error),
        };
        input.seek(SeekFrom::Start(tag))?;
        let mut window = Vec::new();
        input.take(SEARCH_LENGTH).read_to_end(&mut window)?;
        Ok(Self::of_frames(&window, tag, size).unwrap_or(Self { start: tag, ..Self::NONE }))
    }

    /// What the frames at the start of a song tell; `window` is what follows its tag.
    fn of_frames(window: &[u8], tag: u64, size: u64) -> Option<Self> {
        let first = frames(window).next()?;
        let start = tag + first.offset as u64;
        let bits = size.saturating_sub(start).saturating_mul(8);
        // A first frame without audio can tell how many follow.
        let vbr = VbrTag::parse(first.data);
        let mut rates = frames(window).skip(usize::from(vbr.is_some())).map(|f| f.bitrate_kbps);
        let rate = rates.next().unwrap_or(first.bitrate_kbps);
        let constant = rates.all(|other| other == rate).then_some(rate);
        let counted = vbr.and_then(|vbr| vbr.frames).map(|frames| {
            u64::from(frames) * first.samples as u64 / u64::from(first.sample_rate.max(1))
        });
        let duration = match counted {
            Some(seconds) => seconds,
            None => bits.checked_div(u64::from(constant?) * 1000)?,
        };
        let bitrate = match constant {
            Some(rate) if rate > 0 => rate,
            _ => u32::try_from(bits.checked_div(duration)? / 1000).ok()?,
        };
        let duration = u32::try_from(duration).unwrap_or(u32::MAX);
        Some(Self { start, bitrate, frequency: first.sample_rate, duration })
    }
}
