//! The command line: flags, exit statuses, and what goes to standard error.

use std::io::{self, IsTerminal as _, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ColorChoice, Parser, ValueEnum};
use napster_dissect::capture::Timestamp;
use napster_dissect::output::{self, Printable, RecordWriter, TextEncoding};
use napster_dissect::pipeline::{self, Outcome, RunError};
use napster_dissect::story::{Protocol, Record, RecordSink, WarningKind, WarningRecord};

use crate::manifest::Manifest;
use crate::target::Target;

/// Turns packet captures of the Napster protocol into the story of what happened.
#[derive(Debug, Parser)]
#[command(name = "nap-dissect", version, after_help = EXAMPLES)]
struct Arguments {
    /// Captures to read, pcap or pcapng; several are read as one that was cut into files
    ///
    /// `-` is standard input.
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,

    /// Form of the output
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "FORM"
    )]
    #[arg(help = "Form of the output: text, json (one document) or jsonl (one object a line)")]
    format: Format,

    /// Write there and not to standard output
    ///
    /// A file that is also an input is refused.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Show the bytes of each message, in hex
    #[arg(long)]
    raw: bool,

    /// Show passwords
    ///
    /// Without it they are *** in every output, and messages that hold one do not show their bytes.
    #[arg(long)]
    show_secrets: bool,

    /// Show captures, connections, transfers, warnings and the summary, but no messages
    #[arg(long)]
    summary_only: bool,

    /// Write every transferred file into that folder
    ///
    /// The names are made safe, and nothing is written over another file. transfers.jsonl lists the
    /// transfers.
    #[arg(long, value_name = "DIR")]
    extract: Option<PathBuf>,

    /// Do not hash transferred files
    #[arg(long)]
    no_hash: bool,

    /// Take connections with that port for a protocol, whatever they look like
    ///
    /// The protocols: napster, napster-link, napster-redirector, napster-stats, napster-peer,
    /// comp112-stream, comp112-request, unknown. Can be given several times.
    #[arg(long, value_name = "PORT=PROTOCOL", value_parser = port_and_protocol)]
    decode_as: Vec<(u16, Protocol)>,

    /// How text bytes are shown: auto, utf-8, windows-1252 or another label
    ///
    /// auto takes bytes that are valid UTF-8 for UTF-8 and all others for windows-1252. Labels are
    /// those of the WHATWG, such as koi8-r or big5.
    #[arg(long, value_name = "LABEL", default_value = "auto")]
    encoding: TextEncoding,

    /// How many threads work on the output; it does not depend on them
    ///
    /// Without it as many as there are processors.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZero<usize>>,

    /// Exit with status 1 when any warning or deviation was reported
    #[arg(long)]
    strict: bool,

    /// When to colour text: auto, always or never
    ///
    /// auto colours on a terminal, unless `NO_COLOR` is set.
    #[arg(long, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    color: ColorChoice,

    /// Say nothing on standard error but why the command could not run
    #[arg(short, long)]
    quiet: bool,
}

/// The forms by their names on the command line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Jsonl,
}

/// Runs the command on the arguments of the process.
pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        // Clap tells help and version in this way too; a closed pipe is no failure.
        Err(error) => {
            let failed = error.use_stderr();
            let _ = error.print();
            return if failed { Status::Failed.into() } else { Status::Good.into() };
        }
    };
    match dissect(&arguments) {
        Ok(status) => status.into(),
        Err(message) => {
            complain(&message);
            Status::Failed.into()
        }
    }
}

/// Reads the captures and writes the output; the error is a sentence for people.
fn dissect(arguments: &Arguments) -> Result<Status, String> {
    let target = Target::open(arguments.output.as_deref(), &arguments.captures)?;
    let name = target.name();
    let options = output_options(arguments, &target);
    // On a terminal, text tells the same warnings a line further down.
    let is_told = arguments.quiet
        || options.format == output::Format::Text
            && target.is_terminal()
            && io::stderr().is_terminal();
    let mut sink = Watch {
        manifest: arguments.extract.as_deref().map(|folder| Manifest::new(folder, &options)),
        failed: false,
        writer: RecordWriter::new(target.into_writer(options.color), options)
            .with_jobs(jobs(arguments.jobs)),
        names: Vec::new(),
        left: COMPLAINTS,
        silent: is_told,
        warnings: 0,
    };
    let mut options = pipeline::Options::default();
    options.decode_as.clone_from(&arguments.decode_as);
    options.hash = !arguments.no_hash;
    options.extract.clone_from(&arguments.extract);
    let unwritten = |error: io::Error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(Status::Good),
        _ => Err(format!("{name}: cannot be written: {error}")),
    };
    let outcome = match pipeline::run(&arguments.captures, &options, &mut sink) {
        Ok(outcome) => outcome,
        Err(RunError::Output(error)) => {
            return match &arguments.extract {
                Some(folder) if !sink.failed => {
                    Err(format!("{}: cannot be written: {error}", folder.display()))
                }
                _ => unwritten(error),
            };
        }
        Err(error) => return Err(error.to_string()),
    };
    if let Err(error) = sink.writer.finish() {
        return unwritten(error);
    }
    if arguments.strict && outcome.reported && !arguments.quiet {
        let (deviations, warnings) = (sink.writer.diagnostics(), sink.warnings);
        complain(&format!("--strict: {deviations} deviations and {warnings} warnings were told"));
    }
    Ok(Status::of(outcome, arguments.strict))
}

fn output_options(arguments: &Arguments, target: &Target) -> output::Options {
    let mut options = output::Options::default();
    options.format = match arguments.format {
        Format::Text => output::Format::Text,
        Format::Json => output::Format::Json,
        Format::Jsonl => output::Format::JsonLines,
    };
    options.raw = arguments.raw;
    options.show_secrets = arguments.show_secrets;
    options.summary_only = arguments.summary_only;
    options.count_all = arguments.strict;
    options.encoding = arguments.encoding;
    options.color = match arguments.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => target.takes_color(),
    };
    options
}

/// How many threads work.
fn jobs(wanted: Option<NonZero<usize>>) -> NonZero<usize> {
    let available = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    wanted.unwrap_or_else(available)
}

fn port_and_protocol(text: &str) -> Result<(u16, Protocol), String> {
    let (port, name) = text.split_once('=').ok_or("expected PORT=PROTOCOL, as in 4711=napster")?;
    let port = port.parse().map_err(|_| format!("`{port}` is no port"))?;
    let protocol = Protocol::from_name(name).ok_or_else(|| {
        let names = Protocol::ALL.map(Protocol::name).join(", ");
        format!("`{name}` is no protocol; known are {names}")
    })?;
    Ok((port, protocol))
}

/// How the command ends.
#[derive(Clone, Copy, Debug)]
enum Status {
    /// Everything was read.
    Good,
    /// Part of the input was not, or `--strict` found something.
    Incomplete,
    /// The command could not run.
    Failed,
}

impl Status {
    const fn of(outcome: Outcome, strict: bool) -> Self {
        if outcome.unread_input || strict && outcome.reported {
            Self::Incomplete
        } else {
            Self::Good
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Good => 0,
            Status::Incomplete => 1,
            Status::Failed => 2,
        })
    }
}

/// Writes records, and says on standard error which parts of the inputs could not be read.
struct Watch {
    writer: RecordWriter<Box<dyn Write>>,
    manifest: Option<Manifest>,
    /// Whether the output could not be written, and not what `--extract` writes.
    failed: bool,
    /// The names of the inputs.
    names: Vec<String>,
    /// How many problems may still be told.
    left: u32,
    silent: bool,
    warnings: u64,
}

impl Watch {
    fn warn(&mut self, warning: &WarningRecord) {
        self.warnings += 1;
        if self.silent || !warning.kind.is_unread_input() {
            return;
        }
        if self.left == 0 {
            complain("further problems are told in the output only");
            self.silent = true;
            return;
        }
        self.left -= 1;
        match self.names.get(warning.capture as usize) {
            // The only one of these that is not about a place in the file, and does not name it.
            Some(name) if warning.kind == WarningKind::UnknownLinkType => {
                complain(&format!("{name}: {}", warning.message));
            }
            _ => complain(&warning.message),
        }
    }
}

impl RecordSink for Watch {
    fn started(&mut self, time: Timestamp) {
        self.writer.started(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        match record {
            Record::Capture(capture) => self.names.push(capture.file.clone()),
            Record::Warning(warning) => self.warn(warning),
            _ => {}
        }
        if let Some(manifest) = &mut self.manifest {
            manifest.record(record)?;
        }
        let result = self.writer.record(record);
        self.failed |= result.is_err();
        result
    }

    fn diagnostics(&self) -> u64 {
        self.writer.diagnostics()
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.writer.flush();
        self.failed |= result.is_err();
        result
    }
}

/// Writes a sentence to standard error; where nobody listens there is nobody to tell.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "nap-dissect: {}", Printable(message));
}

/// The most problems of inputs that are told on standard error.
const COMPLAINTS: u32 = 10;

const EXAMPLES: &str = "\
Examples:
  nap-dissect evening.pcap                  who said what, a line a message
  nap-dissect --summary-only *.pcap         connections, transfers and counts
  nap-dissect --extract songs evening.pcap  the transferred files too
  nap-dissect -f jsonl evening.pcap | jq -r 'select(.name == \"search_result\").fields.filename'
  tcpdump -U -w - tcp | nap-dissect -       live

Exit status: 0 when everything was read, 1 when part of the input was not (or --strict found
something), 2 when the command could not run.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_protocol() {
        let help = Arguments::command().render_long_help().to_string();
        for protocol in Protocol::ALL {
            assert!(help.contains(protocol.name()), "{}", protocol.name());
        }
    }

    #[test]
    fn ports_and_protocols() {
        assert_eq!(port_and_protocol("4711=napster"), Ok((4711, Protocol::Napster)));
        for (wrong, says) in [
            ("4711", "PORT=PROTOCOL"),
            ("x=napster", "`x` is no port"),
            ("65536=napster", "is no port"),
            ("1=gnutella", "napster-link"),
        ] {
            let error = port_and_protocol(wrong).expect_err("wrong");
            assert!(error.contains(says), "{error}");
        }
    }
}
