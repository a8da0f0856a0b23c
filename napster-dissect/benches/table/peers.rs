//! What people use, beside it.

use std::path::Path;
use std::process::Command;

use super::Bench;
use super::rows::Figures;

/// A program to compare with.
pub(crate) struct Peer {
    pub(crate) program: &'static str,
    /// The names of its runs on two captures.
    pub(crate) chat: &'static str,
    pub(crate) flows: &'static str,
    what: &'static str,
    command: fn(&Bench, &Path) -> Command,
}

impl Peer {
    pub(crate) fn command(&self, bench: &Bench, capture: &Path) -> Command {
        (self.command)(bench, capture)
    }
}

/// A minimal dissector of Napster in Lua: `tshark` knows none.
const LUA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/table/napster.lua");

/// A decoder as people write it for one capture.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/table/decoder.py");

pub(crate) const PEERS: &[Peer] = &[
    Peer {
        program: "tshark",
        chat: "chat tshark json",
        flows: "flows tshark json",
        what: "`tshark -T json` with a script dissector",
        command: |_, capture| {
            let mut command = Command::new("tshark");
            command.args(["-X", &format!("lua_script:{LUA}"), "-r"]).arg(capture);
            command.args(["-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "nap"]);
            command.args(["-T", "json", "-J", "nap"]);
            command
        },
    },
    Peer {
        program: "tcpflow",
        chat: "chat tcpflow",
        flows: "flows tcpflow",
        what: "`tcpflow`, which only extracts the streams",
        command: |bench, capture| {
            let mut command = Command::new("tcpflow");
            command.arg("-q").arg("-o").arg(bench.folder.file("tcpflow")).arg("-r").arg(capture);
            command
        },
    },
    Peer {
        program: "python3",
        chat: "chat python",
        flows: "flows python",
        what: "a decoder in Python, written for one capture",
        command: |_, capture| {
            let mut command = Command::new("python3");
            command.arg(PYTHON).arg(capture);
            command
        },
    },
];

/// Prints how many times as long the others take.
pub(crate) fn print(figures: &Figures) {
    println!("| program | chat | of `nap-dissect` | flows | of `nap-dissect` | peak memory |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for peer in PEERS {
        let Some(peak) = figures.peak(peer.chat) else { continue };
        let columns: Vec<String> = [(peer.chat, "chat"), (peer.flows, "flows")]
            .into_iter()
            .flat_map(|(name, capture)| {
                [format!("{capture} tcpdump"), format!("{capture} json 1")].map(|base| {
                    match (figures.wall(name), figures.wall(&base)) {
                        (Some(wall), Some(base)) => format!("{:.1}", wall / base),
                        _ => "-".to_owned(),
                    }
                })
            })
            .collect();
        let [chat, of_chat, flows, of_flows] = columns.as_slice() else { continue };
        let what = peer.what;
        println!("| {what} | {chat} T | {of_chat} × | {flows} T | {of_flows} × | {peak:.0} MiB |");
    }
}
