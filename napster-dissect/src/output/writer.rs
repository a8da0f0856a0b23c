//! Records to any place that takes bytes.

use std::io;

use super::{Format, Lead, Leads, Options, Scratch, render};
use crate::capture::Timestamp;
use crate::story::{Record, RecordSink};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 * 1024;

/// Writes records in the form that [`Options`] says.
///
/// Call [`finish`](Self::finish) behind the last record.
#[derive(Debug)]
pub struct RecordWriter<W> {
    out: W,
    options: Options,
    leads: Leads,
    scratch: Scratch,
    buffer: Vec<u8>,
    /// Whether a record has been written.
    begun: bool,
    diagnostics: u64,
}

impl<W: io::Write> RecordWriter<W> {
    /// Makes a writer that has written nothing.
    pub fn new(out: W, options: Options) -> Self {
        Self {
            out,
            leads: Leads::new(&options),
            options,
            scratch: Scratch::default(),
            buffer: Vec::with_capacity(BUFFER + BUFFER / 4),
            begun: false,
            diagnostics: 0,
        }
    }

    /// Writes what is left, and the end of the document where one was begun.
    ///
    /// # Errors
    ///
    /// What the place says that the bytes go to.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.begun && self.options.format == Format::Json {
            self.buffer.extend_from_slice(b"\n]}\n");
            self.begun = false;
        }
        self.write_out()?;
        self.out.flush()
    }

    /// Returns the place that the bytes went to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Puts the record behind what is gathered, with what stands between two records.
    fn append(&mut self, record: &Record<'_>, lead: &Lead) {
        let Self { options, scratch, buffer, .. } = self;
        let start = buffer.len();
        if options.format == Format::Json {
            buffer.extend_from_slice(if self.begun { b",\n" } else { b"{\"records\":[\n" });
        }
        let body = buffer.len();
        self.diagnostics += render(record, lead, options, scratch, buffer);
        if buffer.len() == body {
            buffer.truncate(start);
            return;
        }
        self.begun = true;
        if options.format == Format::JsonLines {
            buffer.push(b'\n');
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        // Emptied also where it fails, so that a later call does not write the same bytes again.
        let result = self.out.write_all(&self.buffer);
        self.buffer.clear();
        result
    }
}

impl<W: io::Write> RecordSink for RecordWriter<W> {
    fn started(&mut self, time: Timestamp) {
        self.leads.start(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let lead = self.leads.lead(record, self.diagnostics);
        if matches!(record, Record::Message(_)) && self.options.passes_over_messages() {
            return Ok(());
        }
        self.append(record, &lead);
        if self.buffer.len() >= BUFFER {
            self.write_out()?;
        }
        Ok(())
    }

    fn diagnostics(&self) -> u64 {
        self.diagnostics
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_out()?;
        self.out.flush()
    }
}
