//! Holds the layers below the protocols to an independent decoder: tshark, where it is installed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use napster_dissect::capture::{Item, Reader, Stamp};
use napster_dissect::net::{Sliced, Slicer};
use napster_dissect::tcp::{
    Closed, FlowInfo, FlowStats, Limit, Options, Reassembler, Side, StreamSink,
};

/// Captures without loss, where both decoders have to find the same bytes.
const LOSSLESS: [&str; 14] = [
    "evening.pcap",
    "weekly.pcap",
    "registration.pcap",
    "channels.pcapng",
    "malformed.pcap",
    "odd-port.pcap",
    "swapped-header.pcap",
    "reordered.pcap",
    "wrap.pcap",
    "vlan.pcap",
    "sll.pcap",
    "null.pcap",
    "big-endian-ns.pcap",
    "two-interfaces.pcapng",
];

/// Captures of which only the number of streams is compared: what is missing is shown differently.
const COUNTED: [&str; 6] = [
    "late-start.pcap",
    "one-message.pcap",
    "overlap-conflict.pcap",
    "gap.pcap",
    "snapped.pcap",
    "not-napster.pcap",
];

/// The bytes of each flow by the sender's address.
#[derive(Default)]
struct Streams(Vec<BTreeMap<String, Vec<u8>>>);

impl StreamSink for Streams {
    fn opened(&mut self, flow: &FlowInfo, _: Stamp) {
        assert_eq!(flow.number as usize, self.0.len());
        self.0.push(BTreeMap::new());
    }

    fn data(&mut self, flow: &FlowInfo, side: Side, _: u64, bytes: &[u8], _: Stamp) {
        let stream = self.0[flow.number as usize].entry(flow.address(side).to_string());
        stream.or_default().extend_from_slice(bytes);
    }

    fn gap(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}
    fn conflict(&mut self, _: &FlowInfo, _: Side, _: u64, _: u64, _: Stamp) {}
    fn finished(&mut self, _: &FlowInfo, _: Side, _: Stamp) {}
    fn limit(&mut self, _: &FlowInfo, _: Limit, _: Stamp) {}
    fn closed(&mut self, _: &FlowInfo, _: &FlowStats, _: Closed, _: Stamp) {}
}

fn ours(path: &Path) -> Streams {
    let mut reader = Reader::open(path).expect("a capture");
    let mut slicer = Slicer::new();
    let mut reassembler = Reassembler::new(Options::default());
    let mut streams = Streams::default();
    while let Some(item) = reader.next() {
        let Item::Packet(packet) = item else { continue };
        let stamp = Stamp { capture: 0, frame: packet.frame, time: packet.time };
        if let Sliced::Segment(segment) = slicer.slice(&packet) {
            reassembler.segment(stamp, &segment, &mut streams);
        }
    }
    reassembler.finish(&mut streams);
    streams
}

fn tshark(path: &Path, arguments: &[&str]) -> String {
    let output = Command::new("tshark")
        .args(["-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r"])
        .arg(path)
        .args(arguments)
        .output()
        .expect("tshark runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn streams_by_tshark(path: &Path) -> usize {
    let numbers = tshark(path, &["-Y", "tcp", "-T", "fields", "-e", "tcp.stream"]);
    let last = numbers.lines().filter_map(|line| line.trim().parse::<usize>().ok()).max();
    last.map_or(0, |last| last + 1)
}

/// The bytes of a stream by the sender's address, as `follow` prints them: the second node's indented.
fn followed(path: &Path, number: usize) -> BTreeMap<String, Vec<u8>> {
    let text = tshark(path, &["-q", "-z", &format!("follow,tcp,raw,{number}")]);
    let mut nodes = [String::new(), String::new()];
    let mut bytes = [Vec::new(), Vec::new()];
    for line in text.lines() {
        if let Some(node) = line.strip_prefix("Node 0: ") {
            node.trim().clone_into(&mut nodes[0]);
        } else if let Some(node) = line.strip_prefix("Node 1: ") {
            node.trim().clone_into(&mut nodes[1]);
        } else {
            let node = usize::from(line.starts_with('\t'));
            let hex = line.trim();
            if !hex.is_empty() && hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                let pairs = (0..hex.len()).step_by(2);
                bytes[node].extend(
                    pairs.map(|at| {
                        u8::from_str_radix(&hex[at..at + 2], 16).expect("two hex digits")
                    }),
                );
            }
        }
    }
    nodes.into_iter().zip(bytes).filter(|(_, bytes)| !bytes.is_empty()).collect()
}

fn captures(names: &[&str]) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
    names.iter().map(|name| folder.join(name)).collect()
}

fn tshark_is_installed() -> bool {
    let installed = Command::new("tshark").arg("--version").output().is_ok();
    if !installed {
        println!("tshark is not installed: nothing was compared");
    }
    installed
}

#[test]
fn tshark_counts_the_same_streams() {
    if !tshark_is_installed() {
        return;
    }
    for path in captures(&LOSSLESS).into_iter().chain(captures(&COUNTED)) {
        assert_eq!(ours(&path).0.len(), streams_by_tshark(&path), "{}", path.display());
    }
}

#[test]
fn tshark_follows_the_same_bytes() {
    if !tshark_is_installed() {
        return;
    }
    for path in captures(&LOSSLESS) {
        for (number, ours) in ours(&path).0.iter().enumerate() {
            let theirs = followed(&path, number);
            // An IPv6 address stands in brackets in our form only.
            let ours: BTreeMap<String, &Vec<u8>> =
                ours.iter().map(|(node, bytes)| (node.replace(['[', ']'], ""), bytes)).collect();
            let theirs: BTreeMap<String, &Vec<u8>> =
                theirs.iter().map(|(node, bytes)| (node.replace(['[', ']'], ""), bytes)).collect();
            assert_eq!(ours, theirs, "{}, stream {number}", path.display());
        }
    }
}
