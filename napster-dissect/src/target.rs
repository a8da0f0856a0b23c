//! Where the output goes.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

/// A place to write to that is none of the inputs.
#[derive(Debug)]
pub(crate) enum Target {
    /// Standard output.
    Stdout,
    /// A file; it keeps its content until something is written.
    File(PathBuf, File),
}

impl Target {
    /// Opens the file, or standard output where none or `-` is named.
    ///
    /// # Errors
    ///
    /// A sentence for people, where the file cannot be opened or is one of the inputs.
    pub(crate) fn open(path: Option<&Path>, inputs: &[PathBuf]) -> Result<Self, String> {
        let Some(path) = path.filter(|path| *path != Path::new(STANDARD)) else {
            // `nap-dissect a.pcap >>a.pcap` would read what it writes, without end.
            return match std::fs::metadata("/dev/stdout") {
                Ok(stdout) if stdout.is_file() && is_input(&stdout, None, inputs) => {
                    Err("standard output is one of the inputs".to_owned())
                }
                _ => Ok(Self::Stdout),
            };
        };
        let refused = |error: io::Error| format!("{}: cannot be written: {error}", path.display());
        let is_known = |metadata: &Metadata| is_input(metadata, Some(path), inputs);
        if std::fs::metadata(path).is_ok_and(|metadata| is_known(&metadata)) {
            return Err(format!("{}: is one of the inputs", path.display()));
        }
        // Not emptied before the inputs prove readable: a mistyped name must not cost old output.
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        Ok(Self::File(path.to_owned(), file.map_err(refused)?))
    }

    /// What to call it in a sentence.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File(path, _) => path.display().to_string(),
        }
    }

    /// Whether somebody looks at it as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout => io::stdout().is_terminal(),
            Self::File(_, file) => file.is_terminal(),
        }
    }

    /// Whether it is a place for colours, and nobody said otherwise (`NO_COLOR`, `TERM=dumb`).
    pub(crate) fn takes_color(&self) -> bool {
        match self {
            Self::Stdout => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
            Self::File(..) => false,
        }
    }

    pub(crate) fn into_writer(self, color: bool) -> Box<dyn Write + Send> {
        match self {
            // What this adds is colour on consoles that do not know the usual sequences.
            Self::Stdout if color => Box::new(AutoStream::new(io::stdout(), ColorChoice::Always)),
            Self::Stdout => Box::new(io::stdout()),
            Self::File(_, file) => Box::new(Emptied { file, begun: false }),
        }
    }
}

/// A file that is emptied when the first byte is written.
struct Emptied {
    file: File,
    begun: bool,
}

impl Write for Emptied {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.begun {
            self.begun = true;
            // Devices and pipes have nothing to empty.
            if self.file.metadata().is_ok_and(|metadata| metadata.is_file()) {
                self.file.set_len(0)?;
            }
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Whether a file is one of the inputs, by whatever name or link.
fn is_input(metadata: &Metadata, path: Option<&Path>, inputs: &[PathBuf]) -> bool {
    inputs.iter().any(|input| {
        let input = if input == Path::new(STANDARD) { Path::new("/dev/stdin") } else { input };
        let same_path = || {
            let full = |path: &Path| path.canonicalize().ok();
            path.and_then(full).is_some_and(|path| full(input) == Some(path))
        };
        std::fs::metadata(input).is_ok_and(|input| is_same_file(metadata, &input)) || same_path()
    })
}

/// Whether two descriptions are of one file. Terminals and pipes are nobody's input by accident.
#[cfg(unix)]
fn is_same_file(left: &Metadata, right: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    left.is_file() && (left.dev(), left.ino()) == (right.dev(), right.ino())
}

/// Only paths can be compared here.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// Names standard input or output.
const STANDARD: &str = "-";
