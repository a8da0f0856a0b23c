//! The command with several inputs, limits, signals and inputs that come slowly.

mod lab;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use lab::file::Pcap;
use lab::packet::{Link, Packet};
use lab::scenes::short;
use lab::segment::{PSH, Segment, Side};

/// One capture that was cut into files is told as the whole, in whatever order they are named.
#[test]
fn a_capture_cut_into_files() {
    let folder = Folder::new("cut");
    let packets = talk("192.0.2.40:1044");
    let whole = folder.capture("whole.pcap", &packets);
    let (first, second) = packets.split_at(packets.len() / 2);
    let first = folder.capture("first.pcap", first);
    let second = folder.capture("second.pcap", second);
    let expected = without_places(&records(&[&whole]));
    assert!(expected.iter().filter(|record| record["type"] == "message").count() == 14);
    for order in [[&first, &second], [&second, &first]] {
        let told = records(&[order[0], order[1]]);
        let captures: Vec<_> = told.iter().filter(|record| record["type"] == "capture").collect();
        assert_eq!(captures.len(), 2);
        assert_eq!(without_places(&told), expected);
        // Each message says in which file its packet is, under its number there.
        let index = order.iter().position(|name| *name == &second).expect("it is one of them");
        let last = told.iter().rev().find(|record| record["type"] == "message").expect("one");
        assert_eq!(last["capture"], index);
        assert!(last["frame"].as_u64() < Some(packets.len() as u64 / 2));
    }
}

/// Two captures of the same time are merged packet by packet.
#[test]
fn captures_that_overlap_in_time() {
    let folder = Folder::new("overlap");
    let packets = talk("192.0.2.40:1044");
    let whole = folder.capture("whole.pcap", &packets);
    let part = |name: &str, wanted: fn(usize) -> bool| {
        let part = packets.iter().enumerate().filter(|(place, _)| wanted(*place));
        let part: Vec<_> = part.map(|(_, packet)| packet.clone()).collect();
        folder.capture(name, &part)
    };
    let some = part("some.pcap", |place| place % 3 == 0);
    let others = part("others.pcap", |place| place % 3 != 0);
    let told = records(&[&others, &some]);
    assert_eq!(without_places(&told), without_places(&records(&[&whole])));
    assert!(told.iter().any(|record| record["type"] == "message" && record["capture"] == 0));
    assert!(told.iter().any(|record| record["type"] == "message" && record["capture"] == 1));
}

#[test]
fn more_files_than_may_be_open() {
    let folder = Folder::new("many");
    let packets = talk("192.0.2.40:1044");
    let names: Vec<String> = packets
        .iter()
        .enumerate()
        .map(|(place, packet)| {
            folder.capture(&format!("{place}.pcap"), std::slice::from_ref(packet))
        })
        .collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.reverse();
    let whole = folder.capture("whole.pcap", &packets);
    assert_eq!(without_places(&records(&names)), without_places(&records(&[&whole])));
}

#[test]
fn files_each_on_its_own() {
    let folder = Folder::new("per-file");
    let packets = talk("192.0.2.40:1044");
    let (first, second) = packets.split_at(packets.len() / 2);
    let first = folder.capture("first.pcap", first);
    let second = folder.capture("second.pcap", second);
    let told = records(&["--per-file", &first, &second]);
    let of = |kind: &str| -> Vec<_> {
        told.iter()
            .filter(|record| record["type"] == kind)
            .map(|record| (record["capture"].as_u64(), record["flow"].as_u64()))
            .collect()
    };
    assert_eq!(of("capture"), [(Some(0), None), (Some(1), None)]);
    assert_eq!(of("flow"), [(Some(0), Some(0)), (Some(1), Some(1))]);
    assert_eq!(of("summary"), [(Some(0), None), (Some(1), None)]);
    // What each holds is what it holds alone.
    let alone = [records(&[&first]), records(&[&second])].concat();
    let mut expected = without_places(&alone);
    for record in expected.iter_mut().skip_while(|record| record["type"] != "flow").skip(1) {
        record["flow"] = 1.into();
    }
    assert_eq!(without_places(&told), expected);
}

/// Whose bytes count is decided where both wait behind a hole: the rules differ as documented.
#[test]
fn rules_for_overlaps() {
    let folder = Folder::new("rules");
    let mut segments = short::one("192.0.2.40:1044", short::SERVER).segments;
    // What the client says first comes twice behind a hole, the second time with another nick.
    let place = segments
        .iter()
        .position(|segment| segment.carries_data() && segment.side == Side::Client)
        .expect("it speaks");
    let login = segments.remove(place);
    let part = |from: usize, text: &[u8]| {
        let mut part = login.clone();
        part.offset += from as u64;
        part.payload = text.to_vec();
        part.flags |= PSH;
        part
    };
    let (hole, rest) = login.payload.split_at(4);
    let changed: Vec<u8> =
        rest.iter().map(|&byte| if byte == b'j' { b'J' } else { byte }).collect();
    assert_ne!(rest, changed);
    let overlapping = [part(4, rest), part(4, &changed), part(0, hole)];
    segments.splice(place..place, overlapping);
    lab::faults::retime(&mut segments);
    let capture = folder.capture("overlap.pcap", &packets(&segments));
    for (rule, nick) in [
        ("first", "juno"),
        ("bsd", "juno"),
        ("linux", "juno"),
        ("windows", "juno"),
        ("last", "Juno"),
        ("old-linux", "Juno"),
        ("solaris", "Juno"),
    ] {
        let told = records(&["--overlap", rule, &capture]);
        let login = told.iter().find(|record| record["name"] == "login").expect("a login");
        assert_eq!(login["fields"]["nick"], nick, "{rule}");
        let conflict = told.iter().find(|record| record["kind"] == "overlap_conflict");
        assert_eq!(conflict.expect("it is told")["flow"], 0, "{rule}");
    }
    let output = run(&["--overlap", "freebsd", &capture]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("first, last, bsd"), "{}", text(&output.stderr));
}

#[test]
fn wrong_checksums() {
    let folder = Folder::new("checksums");
    let mut segments = short::one("192.0.2.40:1044", short::SERVER).segments;
    let speaks = |segment: &&mut Segment| segment.carries_data();
    let last = segments.iter_mut().filter(speaks).last().expect("they speak");
    last.wrong_checksum = true;
    let capture = folder.capture("wrong.pcap", &packets(&segments));
    let used = records(&[&capture]);
    let dropped = records(&["--verify-checksums", &capture]);
    let messages = |told: &[serde_json::Value]| {
        told.iter().filter(|record| record["type"] == "message").count()
    };
    assert_eq!((messages(&used), messages(&dropped)), (14, 13));
    for (told, says) in [
        (&used, "1 segment has a wrong TCP checksum; it was used all the same"),
        (&dropped, "1 segment has a wrong TCP checksum; it was left out"),
    ] {
        let warning = told.iter().find(|record| record["kind"] == "bad_checksum");
        assert_eq!(warning.expect("it is told")["message"], says);
    }
}

/// With less memory something is given up, and said to be.
#[test]
fn less_memory() {
    let folder = Folder::new("memory");
    let session = short::one("192.0.2.40:1044", short::SERVER).segments;
    let opening = session.first().expect("a segment");
    let segments: Vec<Segment> = (0..3000)
        .map(|number| {
            let mut segment = opening.clone();
            segment.source.set_port(2000 + number);
            segment
        })
        .collect();
    let capture = folder.capture("scan.pcap", &packets(&segments));
    let omitted = |arguments: &[&str]| {
        let told = records(&[arguments, &[&capture]].concat());
        let summary = told.last().expect("a summary").clone();
        assert_eq!(summary["flows"]["unknown"], 3000);
        let warnings = told.iter().filter(|record| record["kind"] == "limit").count();
        (summary["omitted"]["flows"].as_u64(), warnings)
    };
    assert_eq!(omitted(&[]), (None, 0));
    let (closed, told) = omitted(&["--max-memory", "1M"]);
    assert!(closed > Some(1500), "{closed:?}");
    // Not one warning for each.
    assert_eq!(told, 1000);
}

/// A line is out as soon as its message is there, though the input goes on.
#[test]
fn live_input() {
    live(&["-"], "messages     14");
}

/// So it is where other captures are read side by side with it, once those before it are told.
#[test]
fn live_input_among_captures() {
    let folder = Folder::new("live");
    let first = folder.capture("first.pcap", &talk("192.0.2.41:1045"));
    let last = folder.capture("last.pcap", &talk("192.0.2.42:1046"));
    live(&["--per-file", "--jobs", "4", &first, "-", &last], "flow 2  192.0.2.42:1046");
}

/// Tells a login on standard input, waits for its line, and expects a text behind it.
fn live(arguments: &[&str], behind: &str) {
    let packets = talk("192.0.2.40:1044");
    let file = Pcap::new(1).write(&packets);
    let mut child = spawn(arguments);
    let mut input = child.stdin.take().expect("a pipe");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    // Up to the packet that brings the login, and no byte more.
    let places = lab::file::records(&file);
    input.write_all(&file[..places[4]]).expect("it reads");
    input.flush().expect("it reads");
    let mut told = String::new();
    let is_there = |told: &str| {
        told.split_once("192.0.2.40:1044 ").is_some_and(|(_, flow)| flow.contains("→ login "))
    };
    while !is_there(&told) {
        assert!(output.read_line(&mut told).expect("text") > 0, "the login is told");
    }
    input.write_all(&file[places[4]..]).expect("it reads");
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    assert!(rest.contains(behind), "{rest}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[cfg(unix)]
#[test]
fn interrupted_while_it_waits() {
    for (signal, form) in [("-INT", "text"), ("-INT", "json"), ("-TERM", "jsonl")] {
        let packets = talk("192.0.2.40:1044");
        let file = Pcap::new(1).write(&packets);
        let mut child = spawn(&["-f", form, "-"]);
        let mut input = child.stdin.take().expect("a pipe");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        // A packet that is cut in two is no damage here.
        let places = lab::file::records(&file);
        input.write_all(&file[..places[10] + 7]).expect("it reads");
        input.flush().expect("it reads");
        let mut told = String::new();
        while !told.contains("login_ack") {
            assert!(output.read_line(&mut told).expect("text") > 0);
        }
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        output.read_to_string(&mut told).expect("text");
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(130), "{form}");
        let says = "nap-dissect: interrupted; what was found until then was told\n";
        assert_eq!(text(&ended.stderr), says);
        match form {
            "text" => assert!(told.contains("\nsummary\n"), "{told}"),
            "json" => _ = serde_json::from_str::<serde_json::Value>(&told).expect("whole JSON"),
            _ => assert!(told.lines().last().expect("a line").contains(r#""type":"summary""#)),
        }
        drop(input);
    }
}

#[test]
fn nothing_about_progress_in_a_pipe() {
    let folder = Folder::new("progress");
    let capture = folder.capture("talk.pcap", &talk("192.0.2.40:1044"));
    for arguments in [&[capture.as_str()][..], &["--no-progress", &capture]] {
        let output = run(arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    }
}

#[cfg(unix)]
#[test]
fn standard_input_from_a_file() {
    let folder = Folder::new("redirected");
    let capture = folder.capture("talk.pcap", &talk("192.0.2.40:1044"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    command.args(["-f", "jsonl", "-"]).stdin(fs::File::open(&capture).expect("a file"));
    let told = parse(&command.output().expect("it runs"));
    assert_eq!(without_places(&told), without_places(&records(&[&capture])));
}

#[test]
fn what_packagers_need() {
    for (what, says) in [
        ("bash", "complete -F _nap__dissect"),
        ("zsh", "#compdef nap-dissect"),
        ("fish", "complete -c nap-dissect"),
        ("man", ".TH nap-dissect 1"),
    ] {
        let output = run(&["--generate", what]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains(says), "{what}");
    }
    let output = run(&["--generate", "tcsh"]);
    assert_eq!(output.status.code(), Some(2));
}

/// A session of fourteen messages.
fn talk(client: &str) -> Vec<Packet> {
    packets(&short::one(client, short::SERVER).segments)
}

fn packets(segments: &[Segment]) -> Vec<Packet> {
    Link::Ethernet.packets(segments)
}

/// Records without what names the input and the packet in it, and without those that tell of inputs.
fn without_places(records: &[serde_json::Value]) -> Vec<serde_json::Value> {
    let of_streams = |record: &&serde_json::Value| {
        let kind = record["type"].as_str();
        !matches!(kind, Some("capture" | "interface" | "summary"))
    };
    let mut records: Vec<_> = records.iter().filter(of_streams).cloned().collect();
    for record in &mut records {
        strip(record);
    }
    records
}

fn strip(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.retain(|key, _| !matches!(key.as_str(), "capture" | "frame"));
            members.values_mut().for_each(strip);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

fn records(arguments: &[&str]) -> Vec<serde_json::Value> {
    parse(&run(&[&["-f", "jsonl"], arguments].concat()))
}

#[track_caller]
fn parse(output: &Output) -> Vec<serde_json::Value> {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let text = text(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn run(arguments: &[&str]) -> Output {
    spawn(arguments).wait_with_output().expect("the command ends")
}

fn spawn(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nap-dissect"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inputs-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    /// Writes a capture and returns its path.
    fn capture(&self, name: &str, packets: &[Packet]) -> String {
        let path = self.0.join(name);
        fs::write(&path, Pcap::new(1).write(packets)).expect("a file");
        path.to_str().expect("a name").to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
