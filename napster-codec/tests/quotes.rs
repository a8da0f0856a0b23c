//! Names with a quote inside, and payloads that deviate in other ways beside them: where a quoted field
//! ends is decided by what follows it, in lists for each entry by itself.

use napster_codec::message::ShareDirectory;
use napster_codec::{Code, DiagnosticKind, Diagnostics, Direction, Message, Payload, Tolerance};
use napster_codec::{Value, decode};

use DiagnosticKind::{
    ControlSeparator, DoubleSpace, NumberSpelling, QuoteInQuoted, TrailingSpace, UnexpectedQuotes,
};

const MD5: &str = "0123456789abcdef0123456789abcdef";

/// Reads a share list: the file names with their sizes, and the kinds of its deviations.
fn shared(payload: &str) -> (Vec<(String, u64)>, Vec<DiagnosticKind>) {
    let mut diagnostics = Diagnostics::new();
    let payload = payload.as_bytes();
    let list = ShareDirectory::from_payload(payload, Tolerance::LENIENT, &mut diagnostics)
        .expect("a share list");
    assert_eq!(list.directory, r"C:\m\");
    let files = list.files.iter().map(|file| (file.filename.to_string(), file.size)).collect();
    let mut kinds: Vec<_> = diagnostics.as_slice().iter().map(|found| found.kind).collect();
    kinds.dedup();
    (files, kinds)
}

fn files(names: &[&str]) -> Vec<(String, u64)> {
    names.iter().zip(1..).map(|(name, size)| ((*name).to_owned(), size)).collect()
}

/// A share list whose entries are made by a function of name and size.
fn listed(names: &[&str], entry: impl Fn(&str, usize) -> String) -> String {
    let entries = names.iter().enumerate().map(|(index, name)| entry(name, index + 1));
    format!(r#""C:\m\"{}"#, entries.collect::<String>())
}

#[test]
fn blanks_between_entries_do_not_make_one_name_of_many() {
    let names: Vec<_> = (0..20).map(|number| format!("{number} song.mp3")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let payload = listed(&names, |name, size| format!("  \"{name}\" {MD5} {size} 128 44100 9"));
    assert_eq!(shared(&payload), (files(&names), vec![DoubleSpace]));
    let payload = listed(&names, |name, size| format!(" \"{name}\"  {MD5}  {size} 128  44100 9"));
    assert_eq!(shared(&payload), (files(&names), vec![DoubleSpace]));
    let payload = listed(&names, |name, size| format!(" \"{name}\"\t{MD5} {size} 128 44100 9"));
    assert_eq!(shared(&payload), (files(&names), vec![ControlSeparator]));
    // Only the last entry is clean, so that a name that reaches to it would be the cleanest reading.
    let payload = listed(&names, |name, size| {
        let blanks = if size == names.len() { " " } else { "  " };
        format!(" \"{name}\" {MD5}{blanks}{size} 128 44100 9")
    });
    assert_eq!(shared(&payload), (files(&names), vec![DoubleSpace]));
}

#[test]
fn odd_numbers_in_entries_do_not_make_one_name_of_many() {
    let names = ["a.mp3", "b c.mp3", "d.mp3"];
    let payload = listed(&names, |name, size| format!(" \"{name}\" {MD5} {size} 0128 44100 09"));
    assert_eq!(shared(&payload), (files(&names), vec![NumberSpelling]));
    let payload = listed(&names, |name, size| format!(" \"{name}\" {MD5} \"{size}\" 128 44100 9"));
    assert_eq!(shared(&payload), (files(&names), vec![UnexpectedQuotes]));
}

#[test]
fn a_quote_in_one_name_is_found_among_entries_that_are_odd_otherwise() {
    let names = ["a.mp3", r#"the "best" of.mp3"#, r#"12" mix.mp3"#, "d.mp3"];
    let payload = listed(&names, |name, size| format!(" \"{name}\" {MD5} {size} 128 44100 9"));
    assert_eq!(shared(&payload), (files(&names), vec![QuoteInQuoted]));
    let payload = listed(&names, |name, size| format!("  \"{name}\" {MD5} {size} 128 44100 9 "));
    let (found, kinds) = shared(&payload);
    assert_eq!(found, files(&names));
    let odd = [DoubleSpace, QuoteInQuoted, DoubleSpace, QuoteInQuoted, DoubleSpace, TrailingSpace];
    assert_eq!(kinds, odd);
}

#[test]
fn a_browse_result_with_a_quote_and_two_blanks_is_one_file() {
    let payload = format!("bob \"C:\\12\" mix.mp3\"  {MD5} 5 128 44100 9");
    let decoded = decode(Code(212), Direction::ToClient, payload.as_bytes(), Tolerance::LENIENT)
        .expect("a browse result");
    let Message::BrowseResult(result) = &decoded.message else { panic!("{decoded:?}") };
    assert_eq!((result.filename.to_string().as_str(), result.size), (r#"C:\12" mix.mp3"#, 5));
    let kinds: Vec<_> = decoded.diagnostics().iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [QuoteInQuoted, DoubleSpace]);
}

#[test]
fn the_newer_browse_lists_files_by_the_same_rule() {
    let payload = format!(
        "bob \"C:\\m\"  \"a.mp3\" {MD5} 1 128 44100 9  \"say \"x\" y.mp3\" {MD5} 2 128 44100 9"
    );
    let decoded = decode(Code(10302), Direction::ToClient, payload.as_bytes(), Tolerance::LENIENT)
        .expect("a browse result");
    let mut names = Vec::new();
    napster_codec::Visit::visit(&decoded.message, &mut |_, value| {
        let Value::List(items) = value else { return };
        items.for_each(&mut |item| {
            let Value::Group(group) = item else { return };
            group.visit(&mut |name, value| {
                if let ("filename", Value::Text(text)) = (name, value) {
                    names.push(String::from_utf8_lossy(text).into_owned());
                }
            });
        });
    });
    assert_eq!(names, ["a.mp3", r#"say "x" y.mp3"#]);
}
