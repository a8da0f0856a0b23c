//! The list of transfers that `--extract` puts beside the files.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use napster_dissect::output::{Format, Lead, Options, Scratch, render};
use napster_dissect::story::Record;

/// Writes each transfer as a line of JSON.
///
/// The file is there before any other, so no name from the network can take its place; a later run
/// into the same folder appends to it.
pub(crate) struct Manifest {
    path: PathBuf,
    file: Option<File>,
    options: Options,
    scratch: Scratch,
    line: Vec<u8>,
}

impl Manifest {
    pub(crate) fn new(folder: &Path, options: &Options) -> Self {
        let mut options = options.clone();
        options.format = Format::JsonLines;
        options.summary_only = false;
        Self {
            path: folder.join("transfers.jsonl"),
            file: None,
            options,
            scratch: Scratch::default(),
            line: Vec::new(),
        }
    }

    /// Takes any record; transfers are written at once, so that the list is right whenever the
    /// command ends.
    pub(crate) fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            // The first record comes when the folder is there and before any file is.
            None => {
                let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
                self.file.insert(file)
            }
        };
        if !matches!(record, Record::Transfer(_)) {
            return Ok(());
        }
        self.line.clear();
        render(record, &Lead::default(), &self.options, &mut self.scratch, &mut self.line);
        self.line.push(b'\n');
        file.write_all(&self.line)
    }
}
