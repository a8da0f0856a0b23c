//! The flags of the command line.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{ColorChoice, Parser, ValueEnum};
use clap_complete::Shell;
use napster_dissect::output::{self, TextEncoding};
use napster_dissect::pipeline;
use napster_dissect::story::Protocol;
use napster_dissect::tcp::{Checksums, Overlap};

/// Turns packet captures of the Napster protocol into the story of what happened.
#[derive(Debug, Parser)]
#[command(name = "nap-dissect", version, override_usage = USAGE, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Captures to read, pcap or pcapng, gzip, zstd and lz4 too; - is standard input
    ///
    /// Several are read as one capture, in the order of the times of their packets: parts of a
    /// capture that was cut into files may be named in any order, and captures of several machines
    /// are merged. Within a file packets keep their order. --per-file keeps captures apart.
    #[arg(value_name = "CAPTURE", required_unless_present = "generate")]
    pub(crate) captures: Vec<PathBuf>,

    /// Form of the output: text, json (one document) or jsonl (one object a line)
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "FORM",
        help_heading = OUTPUT
    )]
    format: Format,

    /// Write there and not to standard output
    ///
    /// A file that is also an input is refused.
    #[arg(short, long, value_name = "FILE", help_heading = OUTPUT)]
    pub(crate) output: Option<PathBuf>,

    /// Show the bytes of each message, in hex
    #[arg(long, help_heading = OUTPUT)]
    raw: bool,

    /// Show passwords
    ///
    /// Without it they are *** in every output, and messages that hold one do not show their bytes.
    #[arg(long, help_heading = OUTPUT)]
    show_secrets: bool,

    /// Show captures, connections, transfers, warnings and the summary, but no messages
    #[arg(long, help_heading = OUTPUT)]
    summary_only: bool,

    /// Write every transferred file into that folder
    ///
    /// The names are made safe, and nothing is written over another file. transfers.jsonl lists the
    /// transfers.
    #[arg(long, value_name = "DIR", help_heading = OUTPUT)]
    pub(crate) extract: Option<PathBuf>,

    /// Do not hash transferred files
    #[arg(long, help_heading = OUTPUT)]
    no_hash: bool,

    /// How text bytes are shown: auto, utf-8, windows-1252 or another label
    ///
    /// auto takes bytes that are valid UTF-8 for UTF-8 and all others for windows-1252. Labels are
    /// those of the WHATWG, such as koi8-r or big5.
    #[arg(long, value_name = "LABEL", default_value = "auto", help_heading = OUTPUT)]
    encoding: TextEncoding,

    /// When to colour text: auto, always or never
    ///
    /// auto colours on a terminal, unless `NO_COLOR` is set.
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = OUTPUT
    )]
    color: ColorChoice,

    /// Take connections with that port for a protocol, whatever they look like
    ///
    /// The protocols: napster, napster-link, napster-redirector, napster-stats, napster-peer,
    /// comp112-stream, comp112-request, unknown. Can be given several times.
    #[arg(
        long,
        value_name = "PORT=PROTOCOL",
        value_parser = port_and_protocol,
        help_heading = INPUT
    )]
    decode_as: Vec<(u16, Protocol)>,

    /// Whose bytes count where packets overlap: first, last, or as a system has it
    ///
    /// first (RFC 9293), last, bsd, linux, old-linux, windows or solaris. It decides over packets that
    /// wait behind a hole; bytes that arrived in order stay as they are. Overlaps with different
    /// content are always told.
    #[arg(long, value_name = "RULE", default_value_t = Overlap::First, help_heading = INPUT)]
    overlap: Overlap,

    /// Drop packets with a wrong TCP checksum, as their receiver did
    ///
    /// Without it they are used and counted. A checksum that the sending machine left to its network
    /// card, as on the loopback interface, is never taken for a wrong one.
    #[arg(long, help_heading = INPUT)]
    verify_checksums: bool,

    /// Read each capture on its own
    ///
    /// Connections do not go on from one capture to the next, though their numbers do, and each
    /// capture has a summary. Several are read side by side (see --jobs), and told in the order in
    /// which they are named.
    #[arg(long, help_heading = INPUT)]
    per_file: bool,

    /// How much memory may be used for what is kept: bytes, or with K, M or G
    ///
    /// It is shared out to all limits. Where one is reached, the oldest is given up, and the output
    /// says so. With --per-file each capture that is being read may use so much, and what was found
    /// ahead of its turn a quarter of it. At least 1M.
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256M",
        value_parser = size,
        help_heading = INPUT
    )]
    max_memory: usize,

    /// How many threads work; the output does not depend on it
    ///
    /// Without it as many as there are processors. One of them reads, and the others help to write
    /// what it finds. With --per-file N captures are read side by side, and N - 1 more threads help
    /// to write.
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZero<usize>>,

    /// Exit with status 1 when any warning or deviation was reported
    #[arg(long)]
    pub(crate) strict: bool,

    /// Show no progress
    ///
    /// It is shown on a terminal only, when reading takes a while.
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// Say nothing on standard error but why the command could not run
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Print a shell's completions or the manual page
    #[arg(long, value_name = "WHAT", hide = true)]
    pub(crate) generate: Option<Generated>,
}

/// The forms by their names on the command line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Jsonl,
}

/// What packagers need besides the command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Generated {
    Completions(Shell),
    Manual,
}

impl std::str::FromStr for Generated {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "man" => Ok(Self::Manual),
            shell => <Shell as ValueEnum>::from_str(shell, false)
                .map(Self::Completions)
                .map_err(|_| "expected man, bash, elvish, fish, powershell or zsh".to_owned()),
        }
    }
}

impl Arguments {
    /// What is shown, and how; `colored` says whether it goes to a place for colours.
    pub(crate) fn output_options(&self, colored: bool) -> output::Options {
        let mut options = output::Options::default();
        options.format = match self.format {
            Format::Text => output::Format::Text,
            Format::Json => output::Format::Json,
            Format::Jsonl => output::Format::JsonLines,
        };
        options.raw = self.raw;
        options.show_secrets = self.show_secrets;
        options.summary_only = self.summary_only;
        options.count_all = self.strict;
        options.encoding = self.encoding;
        options.color = match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => colored,
        };
        options
    }

    /// How many threads work.
    pub(crate) fn jobs(&self) -> NonZero<usize> {
        let available = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        self.jobs.unwrap_or_else(available)
    }

    /// How the captures are read.
    pub(crate) fn pipeline_options(&self) -> pipeline::Options {
        let mut options = pipeline::Options::default();
        options.share_memory(self.max_memory);
        options.tcp.overlap = self.overlap;
        if self.verify_checksums {
            options.tcp.checksums = Checksums::Verify;
        }
        options.decode_as.clone_from(&self.decode_as);
        options.hash = !self.no_hash;
        options.extract.clone_from(&self.extract);
        options.per_file = self.per_file;
        options.jobs = self.jobs();
        options
    }
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

/// Reads a number of bytes, such as 64M; units count by 1,024.
fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let shift = match unit.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" | "KIB" => 10,
        "M" | "MIB" => 20,
        "G" | "GIB" => 30,
        _ => return Err(format!("`{unit}` is no unit; known are K, M and G")),
    };
    let number: usize = digits.parse().map_err(|_| "expected a size, as in 64M".to_owned())?;
    let bytes = number.checked_mul(1 << shift).ok_or("that is more than there can be")?;
    if bytes < MIN_MEMORY {
        return Err("at least 1M is needed".to_owned());
    }
    Ok(bytes)
}

/// The least that `--max-memory` may say.
const MIN_MEMORY: usize = 1024 * 1024;

/// The headings of the flags in the help text.
const INPUT: &str = "Reading";
const OUTPUT: &str = "Output";

const USAGE: &str = "nap-dissect [OPTIONS] <CAPTURE>...";

const EXAMPLES: &str = "\
Examples:
  nap-dissect evening.pcap                  who said what, a line a message
  nap-dissect --summary-only *.pcap         connections, transfers and counts
  nap-dissect --extract songs evening.pcap  the transferred files too
  nap-dissect -f jsonl evening.pcap | jq -r 'select(.name == \"search_result\").fields.filename'
  nap-dissect --per-file --summary-only archive/*.pcap.gz
  tcpdump -U -w - tcp | nap-dissect -       live, until Ctrl-C

Exit status:
  0    everything was read
  1    part of the input was not read, or --strict found something
  2    the command could not run
  130  interrupted; what was found until then was printed";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_help_names_every_protocol_and_rule() {
        let help = Arguments::command().render_long_help().to_string();
        for name in Protocol::ALL.map(Protocol::name).into_iter().chain(Overlap::names()) {
            assert!(help.contains(name), "{name}");
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

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("64M", 64 << 20),
            ("64m", 64 << 20),
            ("64MiB", 64 << 20),
            ("1G", 1 << 30),
            ("2048K", 2 << 20),
            ("1048576", 1 << 20),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for (wrong, says) in [
            ("", "as in 64M"),
            ("M", "as in 64M"),
            ("-1M", "as in 64M"),
            ("1.5G", "as in 64M"),
            ("64T", "`T` is no unit"),
            ("64 M", "as in 64M"),
            ("1023K", "at least 1M"),
            ("0", "at least 1M"),
            ("18446744073709551615G", "more than there can be"),
        ] {
            let error = size(wrong).expect_err("wrong");
            assert!(error.contains(says), "{wrong}: {error}");
        }
    }

    /// The limits that the layers have by themselves are those of the command without flags.
    #[test]
    fn the_default_memory_is_that_of_the_layers() {
        let mut options = pipeline::Options::default();
        let before = (options.tcp.clone(), options.max_fragment_bytes);
        options.share_memory(size("256M").expect("a size"));
        assert_eq!((options.tcp, options.max_fragment_bytes), before);
    }
}
