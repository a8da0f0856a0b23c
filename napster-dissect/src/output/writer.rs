//! Records to any place that takes bytes.

use std::io;
use std::num::NonZero;

use super::crew::Crew;
use super::{Format, Leads, Options, Scratch, append};
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
    crew: Option<Crew>,
    /// Whether anything has been written.
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
            crew: None,
            begun: false,
            diagnostics: 0,
        }
    }

    /// Lets so many threads render the records, this one among them. What is written does not
    /// depend on it.
    #[must_use]
    pub fn with_jobs(mut self, jobs: NonZero<usize>) -> Self {
        let helpers = jobs.get() - 1;
        self.crew = (helpers > 0).then(|| Crew::new(helpers, self.options.clone()));
        self
    }

    /// Writes what is left, and the end of the document where one was begun.
    ///
    /// # Errors
    ///
    /// What the place says that the bytes go to.
    pub fn finish(&mut self) -> io::Result<()> {
        self.write_all()?;
        if self.begun && self.options.format == Format::Json {
            self.out.write_all(b"\n]}\n")?;
            self.begun = false;
        }
        self.out.flush()
    }

    /// Returns the place that the bytes went to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Writes what is gathered and what the crew still has.
    fn write_all(&mut self) -> io::Result<()> {
        if let Some(crew) = &mut self.crew {
            crew.close(&mut self.scratch);
        }
        self.write_done(true)?;
        self.write_buffer()
    }

    /// Writes what the crew has done, in order.
    fn write_done(&mut self, all: bool) -> io::Result<()> {
        let Some(crew) = &mut self.crew else { return Ok(()) };
        while let Some(batch) = crew.next_done(all)? {
            self.diagnostics += batch.diagnostics;
            put(&batch.rendered, &mut self.begun, self.options.format, &mut self.out)?;
            crew.give_back(batch);
        }
        Ok(())
    }

    fn write_buffer(&mut self) -> io::Result<()> {
        let result = put(&self.buffer, &mut self.begun, self.options.format, &mut self.out);
        // Emptied also where it fails, so that a later call does not write the same bytes again.
        self.buffer.clear();
        result
    }
}

impl<W: io::Write> RecordSink for RecordWriter<W> {
    fn started(&mut self, time: Timestamp) {
        self.leads.start(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        if matches!(record, Record::Summary(_)) {
            // It tells how many deviations there were in all.
            self.write_all()?;
        }
        let lead = self.leads.lead(record, self.diagnostics);
        if self.options.passes_over(record) {
            return Ok(());
        }
        let Self { options, scratch, buffer, crew, .. } = self;
        if let Some(crew) = crew {
            crew.add(record, &lead);
            if crew.is_full() {
                crew.hand_out(scratch);
                self.write_done(false)?;
            }
            return Ok(());
        }
        self.diagnostics += append(record, &lead, options, scratch, buffer);
        if self.buffer.len() >= BUFFER {
            self.write_buffer()?;
        }
        Ok(())
    }

    fn passes_over_messages(&self) -> bool {
        self.options.passes_over_messages()
    }

    fn diagnostics(&self) -> u64 {
        self.diagnostics
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_all()?;
        self.out.flush()
    }
}

/// Writes rendered records, in front of the first ones what begins the document.
fn put(bytes: &[u8], begun: &mut bool, form: Format, out: &mut impl io::Write) -> io::Result<()> {
    let mut bytes = bytes;
    if !bytes.is_empty() && !*begun {
        *begun = true;
        if form == Format::Json {
            out.write_all(b"{\"records\":[")?;
            // No comma parts the first record from one before.
            bytes = bytes.get(1..).unwrap_or_default();
        }
    }
    out.write_all(bytes)
}
