//! What the bench does in processes of its own, so that each is measured alone.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress};
use sha2::{Digest as _, Sha256};

use super::traffic::{Kind, generate};
use super::truth::Expected;

/// Plays a role by its name; `None` where it is none.
pub(crate) fn play(role: &str, arguments: &[String]) -> Option<Result<(), String>> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match (role, arguments.as_slice()) {
        ("generate", [kind, megabytes, path]) => make(kind, megabytes, Path::new(path)),
        ("compress", [compression, from, to]) => pack(compression, from, to),
        ("inflate", [compression, path]) => unpack(compression, path),
        ("hash", [bytes]) => hash(bytes),
        ("check", [capture, raw]) => return Some(check(Path::new(capture), *raw == "raw")),
        _ => return None,
    };
    Some(result.map_err(|error| format!("{role}: {error}")))
}

/// The bench itself in a role.
pub(crate) fn command(role: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the bench was started"));
    command.arg(role).args(arguments);
    command
}

/// Plays a role in a process of its own.
///
/// # Errors
///
/// Where it fails.
pub(crate) fn in_child(role: &str, arguments: &[&str]) -> Result<(), String> {
    let status = command(role, arguments).status().map_err(|error| error.to_string())?;
    status.success().then_some(()).ok_or_else(|| format!("{role} failed"))
}

/// Holds the output of a command to the truth beside a capture.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn check_output(program: &mut Command, capture: &Path, raw: bool) -> Result<(), String> {
    let words = format!("{program:?}");
    let mut child =
        program.stdout(Stdio::piped()).spawn().map_err(|error| format!("{words}: {error}"))?;
    let output = child.stdout.take().ok_or("there is no output")?;
    let how = if raw { "raw" } else { "counts" };
    let capture = capture.display().to_string();
    let status = command("check", &[&capture, how])
        .stdin(Stdio::from(output))
        .status()
        .map_err(|error| error.to_string())?;
    let ended = child.wait().map_err(|error| error.to_string())?;
    if status.success() && ended.success() {
        return Ok(());
    }
    Err(format!("{words} does not say what is in {capture}"))
}

fn make(kind: &str, megabytes: &str, path: &Path) -> io::Result<()> {
    let unknown = || io::Error::other("no such capture");
    let kind = Kind::from_name(kind).ok_or_else(unknown)?;
    let megabytes: u64 = megabytes.parse().map_err(io::Error::other)?;
    generate(kind, megabytes * 1_000_000, path)
}

fn pack(compression: &str, from: &str, to: &str) -> io::Result<()> {
    let input = File::open(from)?;
    if compression == "gzip" {
        let mut encoder = GzEncoder::new(File::create(to)?, flate2::Compression::default());
        io::copy(&mut BufReader::with_capacity(1 << 20, input), &mut encoder)?;
        return encoder.finish()?.flush();
    }
    compress(input, File::create(to)?, CompressionLevel::Fastest);
    Ok(())
}

/// Decompresses a file and throws it away: the floor of reading it.
fn unpack(compression: &str, path: &str) -> io::Result<()> {
    let input = BufReader::with_capacity(1 << 18, File::open(path)?);
    if compression == "gzip" {
        return drain(MultiGzDecoder::new(input));
    }
    drain(StreamingDecoder::new(input).map_err(io::Error::other)?)
}

fn drain(mut input: impl Read) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    while input.read(&mut buffer)? > 0 {}
    Ok(())
}

/// Hashes so many bytes: the floor of hashing files.
fn hash(bytes: &str) -> io::Result<()> {
    let mut left: usize = bytes.parse().map_err(io::Error::other)?;
    let portion = vec![0x5a; 1460];
    let mut hasher = Sha256::new();
    while left > 0 {
        let now = left.min(portion.len());
        hasher.update(&portion[..now]);
        left -= now;
    }
    // So that nobody can do without the work.
    writeln!(io::stdout(), "{:02x?}", hasher.finalize())
}

fn check(capture: &Path, raw: bool) -> Result<(), String> {
    let expected = Expected::load(capture).ok_or("the truth is not there")?;
    let output = BufReader::with_capacity(1 << 20, io::stdin().lock());
    expected.check(output, raw).map_err(|why| format!("{}: {why}", capture.display()))
}

/// How many bytes of files are in a capture.
pub(crate) fn file_bytes(capture: &Path) -> u64 {
    // Nearly all of a capture of transfers is files: 54 of 1,514 bytes are headers, 16 the record's.
    fs::metadata(capture).map_or(0, |file| file.len() / 1530 * 1460)
}
