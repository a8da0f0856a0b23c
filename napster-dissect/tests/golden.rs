//! Every capture of testdata with its whole output, as text and as JSON Lines.
//!
//! `REGENERATE=1 cargo test -p napster-dissect --test golden` writes the files anew. They are read
//! line by line before they are committed: what they say has been held to what was said.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn outputs_are_as_committed() {
    let golden = testdata().join("golden");
    let regenerate = std::env::var_os("REGENERATE").is_some_and(|value| value == "1");
    let mut expected = BTreeSet::new();
    let mut differing = Vec::new();
    for capture in names(&testdata().join("captures")) {
        let stem = capture.split('.').next().unwrap_or(&capture);
        for (form, extension) in [("text", "txt"), ("jsonl", "jsonl")] {
            let name = format!("{stem}.{extension}");
            let path = golden.join(&name);
            let output = output(&capture, form);
            if output.is_empty() {
                // There is nothing to say of a file that is no capture.
                continue;
            }
            if regenerate {
                fs::create_dir_all(&golden).expect("testdata can be written");
                fs::write(&path, &output).expect("testdata can be written");
            }
            let committed = fs::read_to_string(&path).unwrap_or_default();
            if committed != output {
                differing.push(format!("{name}: {}", first_difference(&committed, &output)));
            }
            expected.insert(name);
        }
    }
    assert!(
        differing.is_empty(),
        "REGENERATE=1 writes the files anew, git diff shows what changed:\n{}",
        differing.join("\n")
    );
    assert_eq!(names(&golden), expected, "a golden file is there that no capture gives");
}

/// The command is run in the folder of the captures, so that its output names no other folder.
fn output(capture: &str, form: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nap-dissect"))
        .current_dir(testdata().join("captures"))
        .args(["--format", form, "--color", "never", "--quiet", capture])
        .output()
        .expect("the command runs");
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

fn first_difference(committed: &str, output: &str) -> String {
    let mut pairs = committed.lines().zip(output.lines()).zip(1..);
    match pairs.find(|((left, right), _)| left != right) {
        Some(((left, right), line)) => format!("line {line}\n  - {left}\n  + {right}"),
        None => "one of them has more lines".to_owned(),
    }
}

fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(files) = fs::read_dir(folder) else { return BTreeSet::new() };
    files
        .map(|file| file.expect("the folder is readable").file_name())
        .map(|name| name.into_string().expect("names are text"))
        .collect()
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}
