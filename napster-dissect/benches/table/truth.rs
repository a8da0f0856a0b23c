//! What is in a capture, kept beside it, and whether an output says the same.

use std::fs;
use std::hash::BuildHasher as _;
use std::io::{self, BufRead};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use foldhash::fast::FixedState;
use serde_json::{Value, json};

use crate::lab::conversation::Said;
use crate::lab::segment::Side;

/// What was put into a capture.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) packets: u64,
    pub(crate) flows: u64,
    /// Whether segments were lost, so that a message may not be found though it is there.
    pub(crate) lossy: bool,
    /// A digest of each framed message that was captured whole.
    pub(crate) messages: Vec<u64>,
    /// Messages of peer connections.
    pub(crate) messages_without_code: u64,
    /// The SHA-256 of each file.
    pub(crate) files: Vec<[u8; 32]>,
}

/// What makes a message the one it is: the user's address, the side, the place, the code, the bytes.
pub(crate) fn digest(user: SocketAddr, client: bool, offset: u64, code: u16, raw: &str) -> u64 {
    FixedState::default().hash_one((user, client, offset, code, raw))
}

impl Truth {
    /// Adds a message of a session with a server.
    pub(crate) fn add(&mut self, user: SocketAddr, said: &Said) {
        let client = said.side == Side::Client;
        self.messages.push(digest(user, client, said.offset, said.code, &hex(&said.payload)));
    }

    /// Writes the truth beside the capture.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    pub(crate) fn save(&self, capture: &Path) -> io::Result<()> {
        let files: Vec<_> = self.files.iter().map(|digest| hex(digest)).collect();
        let document = json!({
            "packets": self.packets,
            "flows": self.flows,
            "lossy": self.lossy,
            "messages": self.messages,
            "messages_without_code": self.messages_without_code,
            "files": files,
        });
        fs::write(beside(capture), document.to_string())
    }
}

/// The truth as it is read back.
pub(crate) struct Expected(Value);

impl Expected {
    /// Reads what was written beside a capture; `None` where nothing was.
    pub(crate) fn load(capture: &Path) -> Option<Self> {
        serde_json::from_str(&fs::read_to_string(beside(capture)).ok()?).ok().map(Self)
    }

    fn count(&self, key: &str) -> u64 {
        self.0[key].as_u64().unwrap_or_default()
    }

    /// How many messages there are to find.
    pub(crate) fn messages(&self) -> u64 {
        self.list("messages").len() as u64 + self.count("messages_without_code")
    }

    fn list(&self, key: &str) -> &[Value] {
        self.0[key].as_array().map_or(&[], Vec::as_slice)
    }

    /// Says what is wrong with JSON Lines; with `raw`, every message is compared byte by byte.
    ///
    /// # Errors
    ///
    /// The first difference in words.
    pub(crate) fn check(&self, output: impl BufRead, raw: bool) -> Result<(), String> {
        let (mut found, mut files, mut summary) = (Vec::new(), Vec::new(), Value::Null);
        for line in output.lines() {
            let line = line.map_err(|error| error.to_string())?;
            // What is not looked at need not be parsed.
            if !raw && line.starts_with(r#"{"type":"message""#) {
                continue;
            }
            let record: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
            match record["type"].as_str() {
                Some("message") if record["code"].is_u64() => found.push(read_message(&record)?),
                Some("transfer") => {
                    files.push(record["sha256"].as_str().unwrap_or_default().to_owned());
                    if record["complete"] != true || record["announced"].is_null() {
                        return Err(format!("a transfer is not told whole: {line}"));
                    }
                }
                Some("summary") => summary = record,
                _ => {}
            }
        }
        self.check_summary(&summary)?;
        if raw {
            self.check_messages(&mut found)?;
        }
        let mut expected: Vec<_> = self.list("files").iter().filter_map(Value::as_str).collect();
        let with_hashes = files.iter().any(|hash| !hash.is_empty());
        expected.sort_unstable();
        files.sort_unstable();
        if with_hashes && files != expected || files.len() != expected.len() {
            return Err("the hashes of the files differ".to_owned());
        }
        Ok(())
    }

    fn check_summary(&self, summary: &Value) -> Result<(), String> {
        let flows: u64 = summary["flows"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(_, it)| it.as_u64())
            .sum();
        let told = [
            ("packets", summary["packets"].as_u64(), self.count("packets")),
            ("flows", Some(flows), self.count("flows")),
        ];
        for (what, told, expected) in told {
            if told != Some(expected) {
                return Err(format!("{told:?} {what} were told, there are {expected}"));
            }
        }
        let (told, expected) =
            (summary["messages"]["total"].as_u64().unwrap_or_default(), self.messages());
        if told == expected || self.count_lossy() && is_nearly(told, expected) {
            return Ok(());
        }
        Err(format!("{told} messages were told, there are {expected}"))
    }

    fn count_lossy(&self) -> bool {
        self.0["lossy"] == true
    }

    fn check_messages(&self, found: &mut Vec<u64>) -> Result<(), String> {
        let mut expected: Vec<_> = self.list("messages").iter().filter_map(Value::as_u64).collect();
        expected.sort_unstable();
        found.sort_unstable();
        if *found == expected {
            return Ok(());
        }
        let wrong = found.iter().filter(|digest| expected.binary_search(digest).is_err()).count();
        let lacking = expected.iter().filter(|digest| found.binary_search(digest).is_err()).count();
        let same = wrong == 0 && found.windows(2).all(|pair| pair[0] != pair[1]);
        if same && self.count_lossy() && is_nearly(found.len() as u64, expected.len() as u64) {
            return Ok(());
        }
        Err(format!("{wrong} messages are wrong and {lacking} of {} lack", expected.len()))
    }
}

/// Whether at most one in a thousand is not found: a message alone between two losses proves nothing.
const fn is_nearly(found: u64, expected: u64) -> bool {
    found <= expected && (expected - found) * 1000 <= expected
}

/// Returns the digest of a message record of JSON Lines that were written with `--raw`.
///
/// # Errors
///
/// The address of the user, where it is none.
pub(crate) fn read_message(record: &Value) -> Result<u64, String> {
    let client = record["from"] == "client";
    let user = record[if client { "src" } else { "dst" }].as_str().unwrap_or_default();
    let user: SocketAddr = user.parse().map_err(|error| format!("{user}: {error}"))?;
    let offset = record["offset"].as_u64().unwrap_or(u64::MAX);
    let code = record["code"].as_u64().and_then(|code| u16::try_from(code).ok());
    let raw = record["raw"].as_str().unwrap_or_default();
    Ok(digest(user, client, offset, code.unwrap_or(u16::MAX), raw))
}

fn beside(capture: &Path) -> PathBuf {
    capture.with_extension("truth.json")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
