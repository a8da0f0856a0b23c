//! What is shared: the files of a folder, and what is told of each.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use napster_codec::session::SharedFile;

/// The local file behind each name that the server was told.
pub(crate) type Shares = BTreeMap<Vec<u8>, PathBuf>;

/// The files of a folder, with where they are; folders inside it are not looked into.
pub(crate) fn scan(folder: &Path) -> io::Result<Vec<(SharedFile, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.extend(describe(folder, &entry.path())?.map(|file| (file, entry.path())));
        }
    }
    files.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(files)
}

/// What others are told of a file; `None` where its name cannot be said.
fn describe(folder: &Path, path: &Path) -> io::Result<Option<SharedFile>> {
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Windows paths are what programs of the time expect; the drive is made up.
    let Ok(filename) = format!("C:\\{folder}\\{name}").try_into() else { return Ok(None) };
    let size = path.metadata()?.len();
    let (bitrate, frequency) = audio_format(path)?.unwrap_or((24, 16_000));
    let seconds = size / (u64::from(bitrate) * 125);
    Ok(Some(SharedFile {
        filename,
        // No checksum is computed; this is the usual way to say so.
        md5: "00000000000000000000000000000000".try_into().map_err(io::Error::other)?,
        size,
        bitrate,
        frequency,
        duration: u32::try_from(seconds).unwrap_or(u32::MAX),
    }))
}

/// The bit rate in kbit/s and the sample rate in Hz, from the first MPEG-1 layer III frame.
fn audio_format(path: &Path) -> io::Result<Option<(u32, u32)>> {
    const BITRATES: [u32; 16] =
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
    const FREQUENCIES: [u32; 4] = [44_100, 48_000, 32_000, 0];
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(64 * 1024).read_to_end(&mut start)?;
    let formats = start.windows(4).filter_map(|header| {
        let [0xff, 0xfa | 0xfb, rates, _] = *header else { return None };
        let bitrate = BITRATES[usize::from(rates >> 4)];
        let frequency = FREQUENCIES[usize::from(rates >> 2 & 3)];
        (bitrate > 0 && frequency > 0).then_some((bitrate, frequency))
    });
    Ok(formats.into_iter().next())
}
