//! Whole captures, from the bytes of the file to the output.

use std::io::{self, Cursor};

use napster_dissect::capture::{Reader, Timestamp};
use napster_dissect::output::{Format, Options, RecordWriter};
use napster_dissect::pipeline;
use napster_dissect::story::{Record, RecordSink};

/// A file is read to its end whatever is in it: the text has no control characters, every line of JSON
/// Lines is an object, and the JSON document holds the same records.
pub fn capture(data: &[u8]) {
    let reader = match Reader::new(Cursor::new(data.to_vec()), "input") {
        Ok(reader) => reader,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut outputs = Outputs {
        text: writer(Format::Text),
        lines: writer(Format::JsonLines),
        document: writer(Format::Json),
    };
    let outcome = pipeline::dissect(&mut [reader], &pipeline::Options::default(), &mut outputs);
    outcome.expect("memory can be written to");
    let [text, lines, document] =
        [outputs.text, outputs.lines, outputs.document].map(|mut writer| {
            writer.finish().expect("memory can be written to");
            String::from_utf8(writer.into_inner()).expect("output is UTF-8")
        });

    let odd = text.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(odd, None, "{text}");
    let records: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(records.iter().all(serde_json::Value::is_object));
    let document: serde_json::Value = serde_json::from_str(&document).expect("a document of JSON");
    assert_eq!(document.get("records").and_then(serde_json::Value::as_array), Some(&records));
}

fn writer(format: Format) -> RecordWriter<Vec<u8>> {
    let mut options = Options::default();
    options.format = format;
    options.raw = true;
    RecordWriter::new(Vec::new(), options)
}

/// The same records in every form, of one run.
struct Outputs {
    text: RecordWriter<Vec<u8>>,
    lines: RecordWriter<Vec<u8>>,
    document: RecordWriter<Vec<u8>>,
}

impl Outputs {
    fn all(&mut self) -> [&mut RecordWriter<Vec<u8>>; 3] {
        [&mut self.text, &mut self.lines, &mut self.document]
    }
}

impl RecordSink for Outputs {
    fn started(&mut self, time: Timestamp) {
        self.all().into_iter().for_each(|writer| writer.started(time));
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.all().into_iter().try_for_each(|writer| writer.record(record))
    }

    fn diagnostics(&self) -> u64 {
        self.text.diagnostics()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.all().into_iter().try_for_each(RecordSink::flush)
    }
}
