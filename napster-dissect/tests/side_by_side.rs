//! Captures that are each read on their own, several at a time: what is told, and in which order, is
//! what one thread tells.

mod lab;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::{crowd, evening};
use napster_dissect::capture::{Control, Timestamp};
use napster_dissect::output::{self, Format, RecordWriter};
use napster_dissect::pipeline::{self, MAX_WAITING_BYTES, Options, Outcome, RunError};
use napster_dissect::story::{Record, RecordSink};

/// Limits of what waits: nothing, less than one capture has, and enough.
const LIMITS: [usize; 3] = [0, 300_000, MAX_WAITING_BYTES];

#[test]
fn captures_of_all_kinds() {
    let folder = Folder::new("kinds");
    let mut captures = testdata();
    captures.insert(4, folder.capture("crowd.pcap", &crowd::scene(30)));
    captures.push(folder.capture("crowd-again.pcap", &crowd::scene(12)));
    for (format, summary_only) in [
        (Format::Text, false),
        (Format::Json, false),
        (Format::JsonLines, false),
        (Format::Text, true),
    ] {
        let mut output = output::Options::default();
        (output.format, output.summary_only) = (format, summary_only);
        let (outcome, expected) = write(&captures, &options(1), &output, false);
        assert!(outcome.unread_input && outcome.reported && !outcome.interrupted);
        assert!(expected.len() > 10_000);
        for jobs in [2, 5] {
            for limit in LIMITS {
                let mut options = options(jobs);
                options.max_waiting_bytes = limit;
                // With room for them all are read before the first one is told.
                let ahead = limit == MAX_WAITING_BYTES;
                let told = write(&captures, &options, &output, ahead);
                assert!(told == (outcome, expected.clone()), "{format:?} {jobs} {limit}");
            }
        }
    }
}

/// The counts of deviations and warnings decide over the exit status: they are those of all.
#[test]
fn outcomes_are_those_of_all() {
    for (names, unread_input, reported) in [
        (["odd-port.pcap", "one-message.pcap", "no-packets.pcap"], false, false),
        (["odd-port.pcap", "malformed.pcap", "no-packets.pcap"], false, true),
        (["odd-port.pcap", "one-message.pcap", "truncated.pcap"], true, true),
    ] {
        for jobs in [1, 4] {
            let captures = names.map(captured);
            let output = output::Options::default();
            let (outcome, _) = write(&captures, &options(jobs), &output, jobs > 1);
            let told = (outcome.unread_input, outcome.reported, outcome.interrupted);
            assert_eq!(told, (unread_input, reported, false), "{names:?} {jobs}");
        }
    }
}

/// Nothing is told once the output has failed, and nobody goes on to read.
#[test]
fn an_output_that_fails() {
    let folder = Folder::new("fails");
    let captures = folder.crowds(1);
    let all = Listener::default().listen(&captures, &options(1)).1;
    for limit in LIMITS {
        for last in [0, 1, 50, all.len() / 2, all.len() - 1] {
            let mut options = options(4);
            options.max_waiting_bytes = limit;
            let listener = Listener { fails_at: Some(last), ..Listener::default() };
            let (result, told) = listener.listen(&captures, &options);
            assert!(matches!(result, Err(RunError::Output(error)) if error.to_string() == "full"));
            assert_eq!(told, all[..=last]);
        }
    }
}

/// What was read of the capture whose turn it is is told, and no other is begun.
#[test]
fn a_run_that_is_stopped() {
    let folder = Folder::new("stopped");
    let captures = folder.crowds(20);
    let listen = |jobs| {
        let options = options(jobs);
        let control = options.control.clone();
        let listener = Listener { stops_at: Some((100, control)), ..Listener::default() };
        listener.listen(&captures, &options)
    };
    let (result, told) = listen(1);
    assert!(result.expect("the output takes all").interrupted);
    assert!(told.len() < 1000 && told.last().is_some_and(|last| last.starts_with("Summary")));
    for _ in 0..10 {
        let (result, told_side_by_side) = listen(4);
        assert!(result.expect("the output takes all").interrupted);
        assert_eq!(told_side_by_side, told);
    }
}

/// Nobody waits for a thread that failed.
#[test]
fn a_sink_that_panics() {
    struct Broken(usize);
    impl RecordSink for Broken {
        fn record(&mut self, _: &Record<'_>) -> io::Result<()> {
            self.0 -= 1;
            assert!(self.0 > 0, "on purpose");
            Ok(())
        }
    }
    let captures = testdata();
    for limit in LIMITS {
        for last in [1, 100, 300] {
            let mut options = options(4);
            options.max_waiting_bytes = limit;
            let run = || pipeline::run(&captures, &options, &mut Broken(last));
            assert!(std::panic::catch_unwind(run).is_err());
        }
    }
}

/// Names are given in the order of the captures, whoever reads them first.
#[test]
fn files_are_named_in_order() {
    let folder = Folder::new("names");
    let captures: Vec<_> = (0..8)
        .map(|number| match number % 3 {
            0 => folder.capture(&format!("{number}.pcap"), &crowd::scene(number)),
            _ => folder.capture(&format!("{number}.pcap"), &evening::scene()),
        })
        .collect();
    let extract = |jobs: usize, limit| {
        let mut options = options(jobs);
        let songs = folder.0.join(format!("songs-{jobs}-{limit}"));
        options.extract = Some(songs.clone());
        options.max_waiting_bytes = limit;
        let mut output = output::Options::default();
        output.format = Format::JsonLines;
        let (_, told) = write(&captures, &options, &output, false);
        let files: BTreeMap<_, _> = fs::read_dir(songs)
            .expect("the folder is there")
            .map(|file| file.expect("it can be read"))
            .map(|file| (file.file_name(), fs::read(file.path()).expect("a file")))
            .collect();
        (told, files)
    };
    let (told, files) = extract(1, 0);
    assert_eq!(files.len(), 5);
    for number in 2..=5 {
        assert!(told.contains(&format!(r#""saved_as":"Evening Trio - Blue Lamp ({number}).mp3""#)));
    }
    for limit in LIMITS {
        assert!(extract(4, limit) == (told.clone(), files.clone()), "{limit}");
    }
}

/// Writes what is told of captures; with `ahead`, all others are read before the first is told.
fn write(
    captures: &[PathBuf],
    options: &Options,
    output: &output::Options,
    ahead: bool,
) -> (Outcome, String) {
    // Bytes count afresh in each run.
    let mut options = options.clone();
    options.control = Control::new();
    let size = |path: &PathBuf| fs::metadata(path).expect("a capture").len();
    let mut sink = Patient {
        writer: RecordWriter::new(Vec::new(), output.clone()),
        awaited: if ahead { captures[1..].iter().map(size).sum() } else { 0 },
        control: options.control.clone(),
    };
    let outcome = pipeline::run(captures, &options, &mut sink).expect("a vector takes all");
    sink.writer.finish().expect("a vector takes all");
    (outcome, String::from_utf8(sink.writer.into_inner()).expect("UTF-8"))
}

fn options(jobs: usize) -> Options {
    let mut options = Options::default();
    options.per_file = true;
    options.jobs = NonZero::new(jobs).expect("some");
    options
}

/// Takes no record before so many bytes were read.
struct Patient {
    writer: RecordWriter<Vec<u8>>,
    awaited: u64,
    control: Control,
}

impl RecordSink for Patient {
    fn started(&mut self, time: Timestamp) {
        self.writer.started(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        let begin = Instant::now();
        while self.control.taken() < self.awaited {
            assert!(begin.elapsed() < Duration::from_secs(60), "nobody reads ahead");
            thread::yield_now();
        }
        self.writer.record(record)
    }

    fn passes_over_messages(&self) -> bool {
        self.writer.passes_over_messages()
    }

    fn diagnostics(&self) -> u64 {
        self.writer.diagnostics()
    }
}

/// Remembers what it was told.
#[derive(Default)]
struct Listener {
    told: Vec<String>,
    /// The record that it cannot take.
    fails_at: Option<usize>,
    /// The record with which it stops the run.
    stops_at: Option<(usize, Control)>,
}

impl Listener {
    fn listen(
        mut self,
        captures: &[PathBuf],
        options: &Options,
    ) -> (Result<Outcome, RunError>, Vec<String>) {
        let result = pipeline::run(captures, options, &mut self);
        (result, self.told)
    }
}

impl RecordSink for Listener {
    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.told.push(format!("{record:?}"));
        let place = self.told.len() - 1;
        if let Some((stop, control)) = &self.stops_at
            && *stop == place
        {
            control.stop();
        }
        if self.fails_at == Some(place) { Err(io::Error::other("full")) } else { Ok(()) }
    }
}

/// The captures of the test data that can be opened.
fn testdata() -> Vec<PathBuf> {
    let files = fs::read_dir(captured("")).expect("testdata is there");
    let paths = files.map(|file| file.expect("the folder can be read").path());
    let mut paths: Vec<_> = paths.filter(|path| !path.ends_with("empty.pcap")).collect();
    paths.sort();
    assert!(paths.len() > 20);
    paths
}

fn captured(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures").join(name)
}

/// A folder that is gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("side-by-side-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    /// Writes six captures, the first of so many users, each of one more than the one before.
    fn crowds(&self, users: u16) -> Vec<PathBuf> {
        (0..6)
            .map(|number| self.capture(&format!("{number}.pcap"), &crowd::scene(users + number)))
            .collect()
    }

    /// Writes a capture and returns its path.
    fn capture(&self, name: &str, scene: &lab::scenes::Scene) -> PathBuf {
        let path = self.0.join(name);
        let packets = Link::Ethernet.packets(&scene.segments);
        fs::write(&path, Pcap::new(Link::Ethernet.number()).write(&packets)).expect("a file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
