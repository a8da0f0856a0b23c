//! Holds the chapter about `MP3::Napster` to the tests that it names.

use std::path::Path;

const CHAPTER: &str = include_str!("../../src/manual/mp3_napster.rs");

fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = CHAPTER.lines().filter_map(|line| line.strip_prefix("//! | "));
    let cells = rows.map(|row| row.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
    cells.filter(|cells| !cells[0].starts_with("---") && cells.last() != Some(&"shown by"))
}

#[test]
fn every_row_names_a_test_that_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for cells in rows() {
        let shown = cells.last().expect("a cell").trim_matches('`');
        let (file, function) = shown.split_once(": ").expect("a file and a function");
        let source = std::fs::read_to_string(tests.join(file).with_extension("rs"));
        let source = source.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(source.contains(&format!("fn {function}(")), "{shown} of {}", cells[0]);
    }
    assert!(rows().count() > 70);
}

#[test]
fn every_event_that_never_travels_has_a_row() {
    let table: toml::Table = include_str!("../../../testdata/messages.toml").parse().unwrap();
    let events = table["pseudo_event"].as_array().expect("pseudo events");
    for name in events.iter().filter_map(|event| event["name"].as_str()) {
        let row = rows().any(|cells| cells[0].contains(&format!("`{name}`")));
        assert!(row, "{name}");
    }
}
