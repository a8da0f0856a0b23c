//! The JSON Schema: every output keeps to it, and it is strict enough to notice what does not.

mod output_records;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use napster_codec::{Code, DiagnosticKind, Direction, MESSAGES};
use napster_dissect::output::{Format, Options, RecordWriter};
use napster_dissect::pipeline;
use napster_dissect::story::{
    ExchangeRecord, FlowRecord, Protocol, Record, TransferEnd, WarningKind, WarningRecord,
};
use serde_json::{Value, json};

use output_records::*;

const SCHEMA: &str = include_str!("../schema/records-1.schema.json");

#[test]
fn the_schema_is_one() {
    let schema = schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of draft 2020-12");
}

/// What the schema lists is what the program can write.
#[test]
fn the_words_of_the_schema_are_those_of_the_code() {
    let schema = schema();
    let words = |path: &str| -> BTreeSet<String> {
        let list = schema.pointer(path).and_then(Value::as_array).expect("a list of words");
        list.iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
    };
    let set = |names: &mut dyn Iterator<Item = &'static str>| -> BTreeSet<String> {
        names.map(String::from).collect()
    };
    assert_eq!(
        words("/$defs/protocol/enum"),
        set(&mut Protocol::ALL.iter().map(|protocol| protocol.name()))
    );
    assert_eq!(
        words("/$defs/transfer_end/enum"),
        set(&mut TransferEnd::ALL.iter().map(|end| end.name()))
    );
    assert_eq!(
        words("/$defs/warning_kind/enum"),
        set(&mut WarningKind::ALL.iter().map(|kind| kind.name()))
    );
    assert_eq!(
        words("/$defs/diagnostic/properties/kind/enum"),
        set(&mut DiagnosticKind::ALL.iter().map(|kind| kind.name()))
    );
}

#[test]
fn every_form_of_a_record_fits() {
    let validator = validator();
    for record in forms() {
        assert_fits(&validator, &record);
    }
}

/// Without a key that is always there, or with a value of another type, no record fits.
#[test]
fn the_schema_is_strict() {
    let validator = validator();
    let optional =
        ["code", "sender", "inflated", "raw", "saved_as", "session", "flow", "frame", "offset"];
    for record in forms() {
        let keys: Vec<String> = record.as_object().expect("an object").keys().cloned().collect();
        let kind = record["type"].as_str().expect("a type").to_owned();
        for key in keys {
            let mut without = record.clone();
            without.as_object_mut().expect("an object").remove(&key);
            let may_lack = optional.contains(&key.as_str())
                && (kind == "warning" || !["flow", "frame", "offset"].contains(&key.as_str()))
                && key != "code";
            assert_eq!(validator.is_valid(&without), may_lack, "{kind} without {key}: {without}");
            for wrong in [json!(-1), json!([[null]]), json!({"bytes": "x"}), json!("no such Ä")] {
                // A message may have a field of any name.
                if takes_any_text(&kind, &key) && wrong.is_string()
                    || key == "fields" && wrong.is_object()
                {
                    continue;
                }
                let mut other = record.clone();
                other[&key] = wrong.clone();
                assert!(!validator.is_valid(&other), "{kind} with {key} {wrong}");
            }
        }
        let mut more = record.clone();
        more["a_key_of_the_future"] = json!({"x": null});
        assert!(validator.is_valid(&more), "keys may be added");
    }
}

/// Whether a value of a record is text that can be anything.
fn takes_any_text(kind: &str, key: &str) -> bool {
    matches!(
        (kind, key),
        ("capture", "file" | "format" | "compression")
            | ("interface", "link_type")
            | ("message", "sender")
            | ("transfer", "file" | "error" | "saved_as")
            | ("warning", "message")
    )
}

/// Every example of the protocol table, as it is and cut, in each direction.
#[test]
fn every_message_of_the_table_fits() {
    let validator = validator();
    for row in MESSAGES {
        let Some(example) = row.example else { continue };
        for direction in [Direction::ToServer, Direction::ToClient, Direction::ServerLink] {
            for payload in [example, example.get(..example.len() / 2).unwrap_or_default()] {
                let line = json_with(
                    &Record::Message(framed(row.code.0, direction, payload)),
                    |options| {
                        options.show_secrets = true;
                        options.encoding = "utf-8".parse().expect("a label");
                    },
                );
                let record: Value = serde_json::from_str(&line).expect("JSON");
                assert_fits(&validator, &record);
                let name = Code(row.code.0).name(direction).unwrap_or("unknown");
                assert_eq!(record["name"], name);
            }
        }
    }
}

#[test]
fn every_output_of_every_capture_fits() {
    let validator = validator();
    let schema = schema();
    let mut document_schema = json!({"$ref": "#/$defs/document"});
    document_schema["$defs"] = schema["$defs"].clone();
    let document_validator = jsonschema::validator_for(&document_schema).expect("a schema");
    let mut records = 0;
    for capture in captures() {
        for change in CHANGES {
            for line in output(&capture, options(Format::JsonLines, change)).lines() {
                assert_fits(&validator, &serde_json::from_str(line).expect("JSON"));
                records += 1;
            }
        }
        let document = output(&capture, options(Format::Json, |_| {}));
        if !document.is_empty() {
            let document = serde_json::from_str(&document).expect("JSON");
            assert!(document_validator.is_valid(&document), "{}", capture.display());
        }
    }
    assert!(records > 1000, "only {records} records");
}

/// Options under which the captures are read.
const CHANGES: [fn(&mut Options); 3] = [
    |_| {},
    |options| {
        options.raw = true;
        options.show_secrets = true;
        options.encoding = "utf-8".parse().expect("a label");
    },
    |options| options.summary_only = true,
];

/// What a capture gives; nothing where it cannot be opened.
fn output(capture: &Path, options: Options) -> String {
    let mut writer = RecordWriter::new(Vec::new(), options);
    let _ = pipeline::run(&[capture.to_owned()], &pipeline::Options::default(), &mut writer);
    writer.finish().expect("a vector takes all");
    String::from_utf8(writer.into_inner()).expect("UTF-8")
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
    let files = fs::read_dir(folder).expect("testdata has captures");
    let mut captures: Vec<PathBuf> =
        files.map(|file| file.expect("the folder is readable").path()).collect();
    captures.sort();
    assert!(captures.len() > 20);
    captures
}

/// One record of each form.
fn forms() -> Vec<Value> {
    let mut inflated = framed(205, Direction::ServerLink, b":bob ann hi");
    inflated.inflated = true;
    let (capture, interface, link) = (capture(), interface(), link());
    let (exchange, transfer, poor_transfer) = (exchange(), transfer(), poor_transfer());
    let unanswered = ExchangeRecord { end: None, ..output_records::exchange() };
    let (flow, summary, warning) = (flow(), summary(), warning());
    let with_session = FlowRecord { session: Some(session().into()), ..output_records::flow() };
    let bare = WarningRecord { flow: None, frame: None, offset: None, ..output_records::warning() };
    let records = [
        Record::Capture(&capture),
        Record::Interface(&interface),
        to_server(751, b"bob"),
        to_client(214, b"x"),
        Record::Message(inflated),
        named(&Request, Some(b"x")),
        Record::Link(&link),
        Record::Exchange(&exchange),
        Record::Exchange(&unanswered),
        Record::Transfer(&transfer),
        Record::Transfer(&poor_transfer),
        Record::Flow(&flow),
        Record::Flow(&with_session),
        Record::Warning(&warning),
        Record::Warning(&bare),
        Record::Summary(&summary),
    ];
    let all = written(options(Format::JsonLines, |options| options.raw = true), &records);
    all.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).expect("the schema is JSON")
}

fn validator() -> Validator {
    jsonschema::validator_for(&schema()).expect("the schema can be used")
}

fn assert_fits(validator: &Validator, record: &Value) {
    let errors: Vec<String> = validator
        .iter_errors(record)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{record}\n{}", errors.join("\n"));
}
