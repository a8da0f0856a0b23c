//! The command: what it does with its arguments, exit statuses, and what goes to standard error.

use std::io::{self, IsTerminal as _, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory as _, Parser as _};
use napster_dissect::capture::{Control, Timestamp};
use napster_dissect::output::{self, Printable, RecordWriter};
use napster_dissect::pipeline::{self, Outcome, RunError};
use napster_dissect::story::{Record, RecordSink, WarningRecord};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::arguments::{Arguments, Generated};
use crate::manifest::Manifest;
use crate::progress::Progress;
use crate::target::Target;

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
    let result = match arguments.generate {
        Some(what) => generate(what).map(|()| Status::Good).or_else(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(Status::Good),
            _ => Err(format!("standard output: cannot be written: {error}")),
        }),
        None => dissect(&arguments),
    };
    match result {
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
    let options = arguments.output_options(target.takes_color());
    let run = arguments.pipeline_options();
    stop_on_signals(&run.control)
        .map_err(|error| format!("signals cannot be waited for: {error}"))?;
    let progress = if arguments.quiet || arguments.no_progress {
        Progress::none()
    } else {
        Progress::of(&arguments.captures, &run.control)
    };
    // On a terminal, text tells the same warnings a line further down.
    let is_told = arguments.quiet
        || options.format == output::Format::Text
            && target.is_terminal()
            && io::stderr().is_terminal();
    let is_terminal = target.is_terminal();
    let out = target.into_writer(options.color);
    let out = if is_terminal { progress.beside(out) } else { out };
    let mut sink = Watch {
        progress: &progress,
        manifest: arguments.extract.as_deref().map(|folder| Manifest::new(folder, &options)),
        failed: false,
        writer: RecordWriter::new(out, options).with_jobs(arguments.jobs()),
        left: COMPLAINTS,
        silent: is_told,
        warnings: 0,
    };
    let unwritten = |error: io::Error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(Status::Good),
        _ => Err(format!("{name}: cannot be written: {error}")),
    };
    let outcome = match pipeline::run(&arguments.captures, &run, &mut sink) {
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
    let (deviations, warnings) = (sink.writer.diagnostics(), sink.warnings);
    drop(progress);
    if outcome.interrupted && !arguments.quiet {
        complain("interrupted; what was found until then was told");
    }
    if arguments.strict && outcome.reported && !arguments.quiet {
        complain(&format!("--strict: {deviations} deviations and {warnings} warnings were told"));
    }
    Ok(Status::of(outcome, arguments.strict))
}

/// Makes Ctrl-C and a request to end stop the reading; a second one ends the process at once.
fn stop_on_signals(control: &Control) -> io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        let stop = control.stop_flag();
        // The order matters: the first signal finds the flag unset and sets it.
        flag::register_conditional_shutdown(signal, INTERRUPTED.into(), Arc::clone(&stop))?;
        flag::register(signal, stop)?;
    }
    Ok(())
}

/// Prints what packagers need besides the command.
fn generate(what: Generated) -> io::Result<()> {
    let mut command = Arguments::command();
    let mut text = Vec::new();
    match what {
        Generated::Completions(shell) => {
            clap_complete::generate(shell, &mut command, "nap-dissect", &mut text);
        }
        Generated::Manual => clap_mangen::Man::new(command).render(&mut text)?,
    }
    io::stdout().write_all(&text)
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
    /// Somebody asked it to stop.
    Interrupted,
}

impl Status {
    const fn of(outcome: Outcome, strict: bool) -> Self {
        if outcome.interrupted {
            Self::Interrupted
        } else if outcome.unread_input || strict && outcome.reported {
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
            Status::Interrupted => INTERRUPTED,
        })
    }
}

/// Writes records, and says on standard error which parts of the inputs could not be read.
struct Watch<'p> {
    progress: &'p Progress,
    writer: RecordWriter<Box<dyn Write + Send>>,
    manifest: Option<Manifest>,
    /// Whether the output could not be written, and not what `--extract` writes.
    failed: bool,
    /// How many problems may still be told.
    left: u32,
    silent: bool,
    warnings: u64,
}

impl Watch<'_> {
    fn warn(&mut self, warning: &WarningRecord) {
        self.warnings += 1;
        if self.silent || !warning.kind.is_unread_input() {
            return;
        }
        if self.left == 0 {
            self.progress.suspend(|| complain("further problems are told in the output only"));
            self.silent = true;
            return;
        }
        self.left -= 1;
        self.progress.suspend(|| complain(&warning.message));
    }
}

impl RecordSink for Watch<'_> {
    fn started(&mut self, time: Timestamp) {
        self.writer.started(time);
    }

    fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        if let Record::Warning(warning) = record {
            self.warn(warning);
        }
        if let Some(manifest) = &mut self.manifest {
            manifest.record(record)?;
        }
        let result = self.writer.record(record);
        self.failed |= result.is_err();
        result
    }

    fn passes_over_messages(&self) -> bool {
        self.writer.passes_over_messages()
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

/// The exit status of what a signal ended, as shells give it for Ctrl-C.
const INTERRUPTED: u8 = 130;

/// The most problems of inputs that are told on standard error.
const COMPLAINTS: u32 = 10;
