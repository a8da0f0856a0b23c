//! The command: exit statuses, what goes to standard error, and what it never overwrites.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[test]
fn everything_read() {
    for capture in
        ["evening.pcap", "malformed.pcap", "gap.pcap", "no-packets.pcap", "not-napster.pcap"]
    {
        let output = run(&[&path(capture)]);
        assert_eq!((status(&output), stderr(&output)), (0, String::new()), "{capture}");
        assert!(stdout(&output).contains("\nsummary\n"), "{capture}");
    }
}

#[test]
fn part_of_the_input_not_read() {
    for (capture, says) in [
        ("truncated.pcap", "is cut off at byte"),
        ("corrupt-record.pcap", "is corrupt"),
        ("unknown-link-type.pcap", "unknown-link-type.pcap: packets of link type"),
    ] {
        let output = run(&["-f", "jsonl", &path(capture)]);
        assert_eq!(status(&output), 1, "{capture}");
        let errors = stderr(&output);
        assert!(errors.starts_with("nap-dissect: ") && errors.contains(says), "{errors}");
        assert!(errors.contains(capture), "{errors}");
        // The rest is there.
        assert!(stdout(&output).contains(r#""type":"summary""#), "{capture}");
        let quiet = run(&["-q", "-f", "jsonl", &path(capture)]);
        assert_eq!((status(&quiet), stderr(&quiet)), (1, String::new()), "{capture}");
        assert_eq!(stdout(&quiet), stdout(&output), "{capture}");
    }
}

#[test]
fn nothing_to_read() {
    let folder = Folder::new("nothing");
    let text = folder.file("text.pcap", b"this is no capture at all, only a line of text\n");
    for (input, says) in [
        (path("no-such.pcap"), "no-such.pcap cannot be opened: there is no such file"),
        (shown(&folder.0), "is a directory"),
        (path("empty.pcap"), "empty.pcap is empty"),
        (shown(&text), "text.pcap"),
    ] {
        for format in ["text", "json", "jsonl"] {
            let output = run(&["-q", "-f", format, &input]);
            assert_eq!((status(&output), stdout(&output)), (2, String::new()), "{input}");
            let errors = stderr(&output);
            assert!(errors.starts_with("nap-dissect: ") && errors.contains(says), "{errors}");
            assert_eq!(errors.lines().count(), 1, "{errors}");
        }
    }
}

#[test]
fn arguments_that_make_no_sense() {
    for arguments in [
        [].as_slice(),
        &["-f", "xml", "x.pcap"],
        &["--decode-as", "4711", "x.pcap"],
        &["--decode-as", "4711=gnutella", "x.pcap"],
        &["--encoding", "klingon", "x.pcap"],
        &["--encoding", "utf-16le", "x.pcap"],
        &["--color", "maybe", "x.pcap"],
        &["--no-such-flag", "x.pcap"],
    ] {
        let output = run(arguments);
        assert_eq!((status(&output), stdout(&output)), (2, String::new()), "{arguments:?}");
        assert!(stderr(&output).starts_with("error: "), "{}", stderr(&output));
    }
}

#[test]
fn version_and_help() {
    let version = run(&["--version"]);
    assert_eq!(status(&version), 0);
    assert_eq!(stdout(&version), format!("nap-dissect {}\n", env!("CARGO_PKG_VERSION")));
    for flag in ["-h", "--help"] {
        let help = run(&[flag]);
        assert_eq!(status(&help), 0);
        for word in
            ["Examples:", "Exit status:", "--show-secrets", "--decode-as", "--strict", "--jobs"]
        {
            assert!(stdout(&help).contains(word), "{word}");
        }
    }
}

#[test]
fn strict_minds_deviations_and_warnings() {
    for (capture, expected) in
        [("odd-port.pcap", 0), ("malformed.pcap", 1), ("gap.pcap", 1), ("not-napster.pcap", 0)]
    {
        for more in [["-f", "text"], ["-f", "jsonl"], ["--summary-only", "-q"]] {
            let [first, second] = more;
            let strict = run(&["--strict", first, second, &path(capture)]);
            assert_eq!(status(&strict), expected, "{capture} {more:?}");
            let says = expected == 1 && !more.contains(&"-q");
            assert_eq!(stderr(&strict).starts_with("nap-dissect: --strict: "), says, "{capture}");
            assert_eq!(status(&run(&[first, second, &path(capture)])), 0, "{capture} {more:?}");
        }
    }
}

#[test]
fn forms_agree() {
    let lines = stdout(&run(&["-f", "jsonl", &path("evening.pcap")]));
    let document = stdout(&run(&["-f", "json", &path("evening.pcap")]));
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(document["records"], serde_json::Value::Array(lines));
}

#[test]
fn output_into_a_file() {
    let folder = Folder::new("output");
    let file = folder.file("out.txt", &[b'x'; 100_000]);
    let name = shown(&file);
    let output = run(&["-o", &name, &path("odd-port.pcap")]);
    assert_eq!((status(&output), stdout(&output)), (0, String::new()));
    let expected = stdout(&run(&[&path("odd-port.pcap")]));
    assert_eq!(fs::read_to_string(&file).expect("a file"), expected);
    // What cannot be read costs no old output.
    let output = run(&["-o", &name, &path("empty.pcap")]);
    assert_eq!(status(&output), 2);
    assert_eq!(fs::read_to_string(&file).expect("a file"), expected);
    let output = run(&["-o", &shown(&folder.0), &path("odd-port.pcap")]);
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("cannot be written"), "{}", stderr(&output));
    let output = run(&["-o", "-", &path("odd-port.pcap")]);
    assert_eq!((status(&output), stdout(&output)), (0, expected));
}

#[test]
fn inputs_are_never_overwritten() {
    let folder = Folder::new("inputs");
    let bytes = fs::read(path("odd-port.pcap")).expect("a capture");
    let input = folder.file("in.pcap", &bytes);
    let mut names = vec![input.clone(), folder.0.join(".").join("in.pcap")];
    #[cfg(unix)]
    {
        let (soft, hard) = (folder.0.join("soft.pcap"), folder.0.join("hard.pcap"));
        std::os::unix::fs::symlink(&input, &soft).expect("a link");
        fs::hard_link(&input, &hard).expect("a link");
        names.extend([soft, hard]);
    }
    for name in names {
        let output = run(&["-o", &shown(&name), &path("evening.pcap"), &shown(&input)]);
        assert_eq!((status(&output), stdout(&output)), (2, String::new()));
        assert!(stderr(&output).contains("is one of the inputs"), "{}", stderr(&output));
        assert_eq!(fs::read(&input).expect("a capture"), bytes);
    }
}

#[cfg(unix)]
#[test]
fn standard_output_is_no_input() {
    let folder = Folder::new("stdout");
    let bytes = fs::read(path("odd-port.pcap")).expect("a capture");
    let input = folder.file("in.pcap", &bytes);
    let append = fs::OpenOptions::new().append(true).open(&input).expect("a file");
    let output = command(&[&shown(&input)]).stdout(append).output().expect("the command runs");
    assert_eq!(status(&output), 2);
    assert!(stderr(&output).contains("standard output is one of the inputs"));
    assert_eq!(fs::read(&input).expect("a capture"), bytes);
}

#[cfg(unix)]
#[test]
fn standard_input() {
    let expected = stdout(&run(&["-f", "jsonl", &path("odd-port.pcap")]));
    let mut child = command(&["-f", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command runs");
    let bytes = fs::read(path("odd-port.pcap")).expect("a capture");
    child.stdin.take().expect("a pipe").write_all(&bytes).expect("the pipe is read");
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(status(&output), 0);
    let without_name = |text: &str| text.lines().skip(1).map(String::from).collect::<Vec<_>>();
    assert_eq!(without_name(&stdout(&output)), without_name(&expected));
}

/// A reader that leaves is no failure, whatever was to come.
#[test]
fn a_closed_pipe() {
    // More than a pipe holds, so that the command has to notice.
    let evening = path("evening.pcap");
    for flags in [&[][..], &["--per-file", "--jobs", "4"]] {
        let captures = std::iter::repeat_n(evening.as_str(), 40);
        let arguments: Vec<&str> = flags.iter().copied().chain(captures).collect();
        let mut child = command(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut some = [0; 10];
        let mut pipe = child.stdout.take().expect("a pipe");
        pipe.read_exact(&mut some).expect("output");
        drop(pipe);
        let output = child.wait_with_output().expect("the command ends");
        assert_eq!((status(&output), stderr(&output)), (0, String::new()), "{flags:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let (capture, other) = (path("odd-port.pcap"), path("evening.pcap"));
    for arguments in [
        ["-o", "/dev/full"].as_slice(),
        &["-f", "json", "-o", "/dev/full"],
        &["--per-file", "--jobs", "4", "-o", "/dev/full", &other, &other],
    ] {
        let output = run(&[arguments, &[&capture]].concat());
        assert_eq!(status(&output), 2);
        let errors = stderr(&output);
        assert_eq!(errors.lines().count(), 1, "{errors}");
        assert!(errors.starts_with("nap-dissect: /dev/full: cannot be written: "), "{errors}");
    }
}

#[test]
fn decode_as_overrules() {
    let port = ["--decode-as", "4711=unknown"];
    let output = run(&[port[0], port[1], &path("odd-port.pcap")]);
    assert_eq!(status(&output), 0);
    assert!(stdout(&output).contains("flows        1 unknown"), "{}", stdout(&output));
}

#[test]
fn transferred_files_are_written() {
    let folder = Folder::new("extract");
    let songs = folder.0.join("songs");
    let arguments = ["--extract", &shown(&songs), "-f", "jsonl", &path("evening.pcap")];
    let output = run(&arguments);
    assert_eq!((status(&output), stderr(&output)), (0, String::new()));
    let name = "Evening Trio - Blue Lamp.mp3";
    let song = fs::read(songs.join(name)).expect("a song");
    assert_eq!((song.len(), song.get(..3)), (4187, Some(b"ID3".as_slice())));
    let stdout = stdout(&output);
    let transfer = stdout.lines().find(|line| line.contains(r#""type":"transfer""#));
    assert!(transfer.is_some_and(|line| line.ends_with(&format!(r#""saved_as":"{name}"}}"#))));
    let list = || fs::read_to_string(songs.join("transfers.jsonl")).expect("a list");
    assert_eq!(Some(list().trim_end()), transfer);
    // Again: nothing is written over.
    assert_eq!(status(&run(&arguments)), 0);
    assert_eq!(fs::read(songs.join("Evening Trio - Blue Lamp (2).mp3")).ok(), Some(song));
    assert_eq!(list().lines().count(), 2);
    // A file where the folder should be.
    let file = shown(&folder.file("file", b""));
    let output = run(&["--extract", &file, &path("evening.pcap")]);
    assert_eq!((status(&output), self::stdout(&output)), (2, String::new()));
    assert!(stderr(&output).starts_with(&format!("nap-dissect: {file}: cannot be written: ")));
}

#[test]
fn transfers_without_hash() {
    let output = run(&["--no-hash", "-f", "jsonl", &path("evening.pcap")]);
    assert!(stdout(&output).contains(r#""sha256":null"#));
}

#[test]
fn encodings_and_secrets() {
    let of = |arguments: &[&str]| {
        stdout(&run(&[&["-f", "jsonl"], arguments, &[&path("malformed.pcap")]].concat()))
    };
    let lossy = of(&["--encoding", "utf-8"]);
    assert!(lossy.contains(r#"{"bytes":""#));
    assert!(!of(&[]).contains(r#"{"bytes":""#));
    let (hidden, shown) = (of(&["--raw"]), of(&["--raw", "--show-secrets"]));
    assert!(hidden.contains(r#""password":"***""#) && !shown.contains(r#""password":"***""#));
}

#[test]
fn colours() {
    let capture = path("odd-port.pcap");
    for (arguments, variable, colored) in [
        ([].as_slice(), None, false),
        (&["--color", "always"], None, true),
        (&["--color", "always"], Some("NO_COLOR"), true),
        (&["--color", "never"], Some("CLICOLOR_FORCE"), false),
        // Only text has colours.
        (&["--color", "always", "-f", "jsonl"], None, false),
    ] {
        let mut command = command(&[arguments, &[&capture]].concat());
        if let Some(variable) = variable {
            command.env(variable, "1");
        }
        let output = command.output().expect("the command runs");
        assert_eq!(stdout(&output).contains('\x1b'), colored, "{arguments:?} {variable:?}");
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the command runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("it ends by itself")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// A capture of testdata.
fn path(capture: &str) -> String {
    shown(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures").join(capture))
}

fn shown(path: &Path) -> String {
    path.to_str().expect("a name").to_owned()
}

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
