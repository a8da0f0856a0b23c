//! Captures that networks spoiled: which part of the messages is found, and that none is made up.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use serde_json::Value;

use super::TIMES;
use super::lab::faults::{self, Again};
use super::lab::file::Pcap;
use super::lab::packet::Link;
use super::lab::rng::Rng;
use super::lab::scenes::{Scene, channels, evening, malformed, registration, short, weekly};
use super::lab::segment::{Segment, Side};
use super::lab::truth::captured;
use super::support::{self, Folder};
use super::truth::{Truth, read_message};

/// How large a capture becomes, in bytes.
const SIZE: u64 = 64_000_000;

/// The time between two scenes, in nanoseconds.
const PAUSE: u64 = 1_000_000_000;

/// What happens to the segments of a capture, and which part of its messages has to be found.
struct Row {
    name: &'static str,
    spoil: fn(&mut Vec<Segment>, u64),
    /// In per cent of the messages of which every byte was captured.
    found: f64,
    /// The same for sessions with payloads that fit no message. In step they are found; behind a
    /// hole nothing tells them from other bytes, so that loss sets no goal.
    malformed: Option<f64>,
}

/// What was captured whole.
#[derive(Default)]
struct Captured {
    truth: Truth,
    /// The messages of the sessions of malformed ones, which `truth` leaves out.
    malformed: Truth,
}

const ROWS: [Row; 2] = [
    Row {
        name: "lossless-faults",
        spoil: spoil_without_loss,
        found: 100.0,
        malformed: Some(100.0),
    },
    Row { name: "loss-of-2-percent", spoil: lose, found: 99.9, malformed: None },
];

/// Measures the rows that are chosen, prints a table, and returns how many goals were missed.
pub(crate) fn compare(chosen: &[String], folder: &Folder) -> u32 {
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| chosen.is_empty() || chosen.iter().any(|name| name == row.name))
        .collect();
    if rows.is_empty() {
        return 0;
    }
    println!(
        "{:<18} {:>7} {:>8} {:>8} {:>9} {:>18} {:>18} {:>12}  goals",
        "capture", "MB", "packets", "seconds", "messages", "found", "of malformed", "invented"
    );
    rows.into_iter().map(|row| measure(row, folder)).sum()
}

fn measure(row: &Row, folder: &Folder) -> u32 {
    let capture = folder.file(row.name);
    let Captured { truth, malformed } =
        generate(row.spoil, &capture).expect("the folder can be written");
    let size = std::fs::metadata(&capture).map_or(0, |metadata| metadata.len());
    let run = support::median(TIMES, support::nap_dissect().arg("--summary-only").arg(&capture));
    let output = folder.file("messages.jsonl");
    let whole = support::run(
        support::nap_dissect().args(["-f", "jsonl", "--raw", "--show-secrets"]).arg(&capture),
        Some(&output),
    );
    let told = read_told(&output).expect("the output can be read");
    let found = share(&truth.messages, &told);
    let found_malformed = share(&malformed.messages, &told);
    let invented = count_invented([&truth.messages, &malformed.messages], &told);
    let mut wrong = Vec::new();
    for (what, holds) in [
        ("found", found >= row.found),
        ("malformed", row.malformed.is_none_or(|least| found_malformed >= least)),
        ("invented", invented == 0),
        ("exit status", [run, whole].iter().all(|run| run.status == Some(0))),
    ] {
        if !holds {
            wrong.push(what);
        }
    }
    println!(
        "{:<18} {:>7.1} {:>8} {:>8.2} {:>9} {:>18} {:>18} {invented:>8} (0)  {}",
        row.name,
        size as f64 / 1e6,
        truth.packets,
        run.cpu.as_secs_f64(),
        truth.messages.len() + malformed.messages.len(),
        format!("{found:.4}% ({})", row.found),
        row.malformed.map_or_else(
            || format!("{found_malformed:.4}%"),
            |least| format!("{found_malformed:.4}% ({least})")
        ),
        if wrong.is_empty() { "hold".to_owned() } else { format!("MISSED: {}", wrong.join(", ")) }
    );
    for file in [capture, output] {
        std::fs::remove_file(file).expect("the folder can be written");
    }
    u32::try_from(wrong.len()).unwrap_or(u32::MAX)
}

/// Every byte stays, in other segments and another order, some of it twice.
fn spoil_without_loss(segments: &mut Vec<Segment>, seed: u64) {
    let rng = &mut Rng::new(seed);
    match seed % 4 {
        0 => faults::split(segments, rng, 9),
        1 => faults::split(segments, rng, 300),
        2 => faults::coalesce(segments, 1460),
        _ => {}
    }
    faults::overlap(segments, rng, 100, Again::Same);
    faults::duplicate(segments, rng, 100);
    faults::reorder(segments, rng, 200, 6);
}

fn lose(segments: &mut Vec<Segment>, seed: u64) {
    let rng = &mut Rng::new(seed);
    if seed.is_multiple_of(3) {
        faults::split(segments, rng, 100);
    }
    faults::lose(segments, rng, 20);
    if seed.is_multiple_of(2) {
        faults::reorder(segments, rng, 100, 4);
    }
}

/// Plays the scenes one after the other, each time spoiled from another seed.
///
/// The truth has the messages of which every byte was captured.
fn generate(spoil: fn(&mut Vec<Segment>, u64), path: &Path) -> io::Result<Captured> {
    let scenes = scenes();
    let form = Pcap::new(Link::Ethernet.number());
    let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
    let head = form.write(&[]);
    file.write_all(&head)?;
    let (mut written, mut whole) = (head.len() as u64, Captured::default());
    let (mut time, mut number) = (0, 0);
    while written < SIZE {
        let (kind, scene) = &scenes[number as usize % scenes.len()];
        let mut segments = scene.segments.clone();
        spoil(&mut segments, u64::from(number) / scenes.len() as u64);
        for said in captured(&scene.said, &segments) {
            let truth = match kind {
                Kind::Sound => &mut whole.truth,
                Kind::Malformed => &mut whole.malformed,
            };
            truth.add(client(said.conversation, number), said);
        }
        let late = segments.first().map_or(0, |first| time.max(first.time) - first.time);
        for mut segment in segments {
            segment.time += late;
            time = segment.time + PAUSE;
            move_client(&mut segment, number);
            let record = form.record(&Link::Ethernet.packet(&segment));
            file.write_all(&record)?;
            written += record.len() as u64;
            whole.truth.packets += 1;
        }
        number += 1;
    }
    file.flush()?;
    Ok(whole)
}

/// What the payloads of a scene are.
#[derive(Clone, Copy)]
enum Kind {
    Sound,
    Malformed,
}

/// The sessions of the laboratory.
fn scenes() -> Vec<(Kind, Scene)> {
    let sound = [
        registration::scene(),
        channels::scene(),
        short::search(536, None),
        short::search(100, Some((u32::MAX - 40, u32::MAX - 1000))),
        short::one_message(),
        short::swapped(),
        evening::scene(),
        weekly::scene(),
    ];
    let sound = sound.into_iter().map(|scene| (Kind::Sound, scene));
    sound.chain([(Kind::Malformed, malformed::scene())]).collect()
}

/// Gives the side that opened a connection an address that no other connection has.
fn move_client(segment: &mut Segment, number: u32) {
    let client = client(segment.conversation, number);
    match segment.side {
        Side::Client => segment.source = client,
        Side::Server => segment.destination = client,
    }
}

/// The address of the client of a conversation, in the scene of a number.
fn client(conversation: usize, number: u32) -> SocketAddr {
    (Ipv4Addr::from_bits(0x0a00_0001 + number), 1024 + conversation as u16).into()
}

/// Returns a digest of each framed message in JSON Lines, sorted.
fn read_told(path: &Path) -> Result<Vec<u64>, String> {
    let mut told = Vec::new();
    for line in BufReader::new(File::open(path).map_err(|error| error.to_string())?).lines() {
        let line = line.map_err(|error| error.to_string())?;
        let record: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        if record["type"] == "message" && record["code"].is_u64() {
            told.push(read_message(&record)?);
        }
    }
    told.sort_unstable();
    Ok(told)
}

/// Returns which part of the messages was told, in per cent.
fn share(expected: &[u64], told: &[u64]) -> f64 {
    let found = expected.iter().filter(|digest| told.binary_search(digest).is_ok()).count();
    100.0 * found as f64 / expected.len() as f64
}

/// Counts what was told and not expected, or told again.
fn count_invented(expected: [&[u64]; 2], told: &[u64]) -> usize {
    let mut expected = expected.concat();
    expected.sort_unstable();
    let strange = told.iter().filter(|digest| expected.binary_search(digest).is_err()).count();
    let again = told.windows(2).filter(|pair| pair[0] == pair[1]).count();
    strange + again
}
