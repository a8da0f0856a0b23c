//! Output: records become text, JSON or JSON Lines.
//!
//! Rendering is a pure function of the record, the [`Options`] and a [`Lead`]: the few things that a
//! record's lines need from the records before it. Leads are made in order and cost next to nothing,
//! so everything else can be done for many records at once on any core and be put in order
//! afterwards. [`RecordWriter`] does both, alone or with a crew of threads.

mod crew;
mod encoding;
mod escape;
mod json;
mod message;
mod names;
mod put;
mod text;
mod writer;

use napster_codec::Diagnostics;

pub use encoding::{TextEncoding, UnknownEncoding};
pub use escape::Printable;
pub use text::{Lead, Leads};
pub use writer::RecordWriter;

use crate::story::Record;

/// A form of output.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// Lines for eyes.
    #[default]
    Text,
    /// One JSON document with all records.
    Json,
    /// One JSON object a line.
    JsonLines,
}

/// What is shown, and how; [`Options::default`] is what the command does without flags.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// The form of output.
    pub format: Format,
    /// Whether each message carries its bytes.
    pub raw: bool,
    /// Whether passwords are shown.
    pub show_secrets: bool,
    /// Whether messages, and what is told between them, are left out.
    pub summary_only: bool,
    /// Whether messages that are left out are read all the same, so that what is odd about them
    /// counts.
    pub count_all: bool,
    /// How text bytes are shown.
    pub encoding: TextEncoding,
    /// Whether text has colours.
    pub color: bool,
}

impl Options {
    /// Whether messages leave nothing behind, not even a count.
    const fn passes_over_messages(&self) -> bool {
        self.summary_only && !self.count_all
    }

    /// Whether a record leaves nothing behind, not even a count.
    const fn passes_over(&self, record: &Record<'_>) -> bool {
        self.summary_only
            && is_left_out(record)
            && !(self.count_all && matches!(record, Record::Message(_)))
    }
}

/// Memory for rendering, used again for each record.
#[derive(Debug)]
pub struct Scratch {
    diagnostics: Diagnostics,
    heads: json::Heads,
    /// Names as members of objects.
    members: names::Names,
    text: encoding::TextScratch,
    fields: text::FieldScratch,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            diagnostics: Diagnostics::new(),
            heads: json::Heads::default(),
            members: names::Names::new(",\"", "\":"),
            text: encoding::TextScratch::default(),
            fields: text::FieldScratch::default(),
        }
    }
}

/// Appends what an output says of a record: nothing, or whole lines of text, or one JSON object
/// without a line feed.
///
/// Returns how many deviations and errors the record's message has.
pub fn render(
    record: &Record<'_>,
    lead: &Lead,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    if options.summary_only && is_left_out(record) {
        return match record {
            Record::Message(message) if options.count_all => message::visit_fields(
                message,
                options,
                &mut scratch.diagnostics,
                &mut message::Nobody,
            )
            .count(),
            _ => 0,
        };
    }
    match options.format {
        Format::Text => text::render(record, lead, options, scratch, out),
        Format::Json | Format::JsonLines => json::render(record, options, scratch, out),
    }
}

/// Appends a record with what parts it from others; returns as [`render`] does.
fn append(
    record: &Record<'_>,
    lead: &Lead,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    let start = out.len();
    if options.format == Format::Json {
        out.extend_from_slice(b",\n");
    }
    let body = out.len();
    let diagnostics = render(record, lead, options, scratch, out);
    if out.len() == body {
        out.truncate(start);
    } else if options.format == Format::JsonLines {
        out.push(b'\n');
    }
    diagnostics
}

/// Whether a summary does without a record.
const fn is_left_out(record: &Record<'_>) -> bool {
    matches!(
        record,
        Record::Interface(_) | Record::Message(_) | Record::Link(_) | Record::Exchange(_)
    )
}
