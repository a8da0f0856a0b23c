//! Captures of many kinds, made by Wireshark's tools: every packet that they count is read.
//!
//! They are made of the captures of the test data and are the same in every run. Where the tools are
//! missing there is nothing to compare with, and the test says so.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use napster_dissect::capture::Reader;
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{Record, RecordSink, WarningKind};

const TOOLS: [&str; 3] = ["capinfos", "editcap", "mergecap"];

/// The forms that are read, as editcap names them.
const FORMS: [&str; 7] =
    ["pcap", "pcapng", "nsecpcap", "modpcap", "nokiapcap", "rh6_1pcap", "suse6_3pcap"];

/// Captures of several link types, with few packets and many, some of them cut short.
const SOURCES: [&str; 6] =
    ["evening.pcap", "gap.pcap", "sll2.pcapng", "snapped.pcap", "null.pcap", "no-packets.pcap"];

/// What editcap does to captures on the way.
const CHANGES: [&[&str]; 14] = [
    &[],
    &["-s", "40"],
    &["-s", "1"],
    &["-C", "10"],
    // Most packets have nothing left.
    &["-C", "2000"],
    &["-C", "-20", "-L"],
    &["-E", "0.01", "--seed", "3"],
    // A clock that starts in 1970, and one near the end of what 32 bits tell.
    &["-t", "-974836800"],
    &["-t", "3000000000"],
    // A few packets only.
    &["-r", "1-2"],
    &["-r", "1"],
    // Other link types: what the packets are taken for must not matter here.
    &["-T", "rawip"],
    &["-T", "user3"],
    &["-T", "usb-linux"],
];

#[test]
fn every_packet_is_counted() {
    for tool in TOOLS {
        if !succeeds(Command::new(tool).arg("-h")) {
            println!("{tool} is not installed: nothing is compared");
            return;
        }
    }
    let zoo = Zoo::new("zoo-counted");
    let mut count = 0;
    for name in SOURCES {
        for form in FORMS {
            for change in CHANGES {
                let path = zoo.path("changed");
                // The packets to keep are named behind the files.
                let (options, kept) = if change.first() == Some(&"-r") {
                    change.split_at(1)
                } else {
                    (change, &[][..])
                };
                let mut editcap = Command::new("editcap");
                editcap.args(options).args(["-F", form]).args([source(name), path.clone()]);
                // Some forms cannot hold some link types.
                if succeeds(editcap.args(kept)) {
                    hold(&path, &format!("{name} {form} {change:?}"));
                    count += 1;
                }
            }
        }
    }
    println!("{count} captures were compared");
    assert!(count > SOURCES.len() * FORMS.len() * CHANGES.len() * 3 / 4, "{count}");
}

#[test]
fn merged_and_joined_captures_are_counted() {
    for tool in TOOLS {
        if !succeeds(Command::new(tool).arg("-h")) {
            println!("{tool} is not installed: nothing is compared");
            return;
        }
    }
    let zoo = Zoo::new("zoo-merged");
    let mut sections = Vec::new();
    // Interfaces of the same kind kept apart, made one, and appended in place of sorted by time.
    let orders: [&[&str]; 4] = [&["-I", "none"], &["-I", "all"], &["-I", "any"], &["-a"]];
    for (number, order) in orders.iter().enumerate() {
        let path = zoo.path(&format!("merged-{number}.pcapng"));
        let mut mergecap = Command::new("mergecap");
        mergecap.args(*order).arg("-w").arg(&path).args(SOURCES.map(source));
        assert!(succeeds(&mut mergecap), "mergecap {order:?}");
        hold(&path, &format!("mergecap {order:?}"));
        sections.push(path);
    }
    let commented = zoo.path("commented.pcapng");
    let mut editcap = Command::new("editcap");
    editcap.args(["-F", "pcapng", "-a", "1:first", "--capture-comment", "of a day"]);
    assert!(succeeds(editcap.args([source("gap.pcap"), commented.clone()])));
    hold(&commented, "comments");
    sections.push(commented);
    sections.push(source("two-interfaces.pcapng"));
    let joined = zoo.path("joined.pcapng");
    let bytes =
        sections.iter().flat_map(|path| fs::read(path).expect("a file")).collect::<Vec<_>>();
    fs::write(&joined, bytes).expect("the folder can be written");
    hold(&joined, "sections one behind the other");
}

/// The summary counts as many packets as capinfos, and nothing was wrong with the file.
#[track_caller]
fn hold(path: &Path, what: &str) {
    let output = Command::new("capinfos").args(["-r", "-T", "-c", "-M"]).arg(path).output();
    let output = output.expect("it ran before");
    let text = String::from_utf8_lossy(&output.stdout);
    let expected: Option<u64> =
        text.trim().rsplit('\t').next().and_then(|count| count.parse().ok());
    assert!(expected.is_some(), "{what}: {text}");

    let mut reader = Reader::open(path).expect("a capture");
    let mut told = Told::default();
    dissect(std::slice::from_mut(&mut reader), &Options::default(), &mut told)
        .expect("nothing fails");
    assert_eq!(told.unreadable, [""; 0], "{what}");
    assert_eq!(told.packets, expected, "{what}");
}

#[derive(Default)]
struct Told {
    /// How many packets the summary counts.
    packets: Option<u64>,
    /// What is said about files that could not be read to their end.
    unreadable: Vec<String>,
}

impl RecordSink for Told {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Summary(summary) => self.packets = Some(summary.packets),
            // Link types that are not read are counted all the same.
            Record::Warning(warning)
                if warning.kind.is_unread_input()
                    && warning.kind != WarningKind::UnknownLinkType =>
            {
                self.unreadable.push(warning.message.clone());
            }
            _ => {}
        }
        Ok(())
    }
}

/// A capture of the test data.
fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures").join(name)
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A folder that is gone when the test ends.
struct Zoo(PathBuf);

impl Zoo {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Zoo {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
