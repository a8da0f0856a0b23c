//! Lines in and lines out: with line editing on a terminal, plain through a pipe.

use std::error::Error;
use std::io::{BufRead, BufReader, IsTerminal, Write, stdin, stdout};
use std::sync::mpsc as blocking;
use std::thread::JoinHandle;

use rustyline::error::ReadlineError;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;

/// How many lines wait until they are obeyed.
const WAITING_LINES: usize = 64;

/// Where lines are typed.
enum Keyboard {
    Edited(DefaultEditor),
    Plain(Box<dyn BufRead + Send>),
    /// Lines are read already.
    Taken,
}

/// Where lines are printed.
enum Screen {
    Edited(Box<dyn ExternalPrinter + Send>),
    Plain(Box<dyn Write + Send>),
}

/// The lines that are typed.
pub(crate) struct Lines {
    typed: mpsc::Receiver<String>,
    go_on: blocking::Sender<()>,
    /// Reads lines that are edited.
    reader: Option<JoinHandle<()>>,
    /// Whether one is edited now.
    editing: bool,
}

/// Where lines are typed and printed.
pub(crate) struct Terminal {
    keyboard: Keyboard,
    screen: Screen,
}

impl Terminal {
    /// The standard input and output.
    pub(crate) fn new() -> Result<Self, Box<dyn Error>> {
        if !stdin().is_terminal() {
            return Ok(Self::piped(BufReader::new(stdin()), stdout()));
        }
        let mut editor = DefaultEditor::new()?;
        let printer = editor.create_external_printer()?;
        let screen = Screen::Edited(Box::new(printer));
        Ok(Self { keyboard: Keyboard::Edited(editor), screen })
    }

    /// Plain lines.
    pub(crate) fn piped(
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
    ) -> Self {
        Self { keyboard: Keyboard::Plain(Box::new(input)), screen: Screen::Plain(Box::new(output)) }
    }

    /// Asks for a word, unless it is known.
    pub(crate) fn ask(
        &mut self,
        prompt: &str,
        known: Option<String>,
    ) -> Result<String, Box<dyn Error>> {
        match (known, &mut self.keyboard) {
            (Some(known), _) => Ok(known),
            (None, Keyboard::Edited(editor)) => Ok(editor.readline(prompt)?),
            (None, Keyboard::Plain(input)) => read_line(input),
            (None, Keyboard::Taken) => Ok(String::new()),
        }
    }

    /// The same, without showing what is typed.
    pub(crate) fn ask_secret(
        &mut self,
        prompt: &str,
        known: Option<String>,
    ) -> Result<String, Box<dyn Error>> {
        match (known, &mut self.keyboard) {
            (Some(known), _) => Ok(known),
            (None, Keyboard::Edited(_)) => Ok(rpassword::prompt_password(prompt)?),
            (None, Keyboard::Plain(input)) => read_line(input),
            (None, Keyboard::Taken) => Ok(String::new()),
        }
    }

    /// Begins to read lines.
    pub(crate) fn lines(&mut self) -> Lines {
        let (sender, typed) = mpsc::channel(WAITING_LINES);
        let (go_on, told) = blocking::channel();
        let keyboard = std::mem::replace(&mut self.keyboard, Keyboard::Taken);
        let edited = matches!(keyboard, Keyboard::Edited(_));
        let reader = std::thread::spawn(move || match keyboard {
            Keyboard::Edited(editor) => read_edited(editor, &sender, &told),
            Keyboard::Plain(input) => {
                for line in input.lines().map_while(Result::ok) {
                    if sender.blocking_send(line).is_err() {
                        return;
                    }
                }
            }
            Keyboard::Taken => {}
        });
        Lines { typed, go_on, reader: edited.then_some(reader), editing: true }
    }

    /// Prints a line without disturbing what is being typed; says whether somebody still reads.
    pub(crate) fn print(&mut self, line: &str) -> bool {
        match &mut self.screen {
            Screen::Edited(printer) => printer.print(format!("{line}\n")).is_ok(),
            Screen::Plain(output) => {
                writeln!(output, "{line}").and_then(|()| output.flush()).is_ok()
            }
        }
    }
}

impl Lines {
    /// The next line; `None` at the end of the input.
    pub(crate) async fn next(&mut self) -> Option<String> {
        let line = self.typed.recv().await;
        self.editing = false;
        line
    }

    /// The last line was obeyed, and another one may be typed.
    pub(crate) fn go_on(&mut self) {
        self.editing = true;
        // Whoever does not wait for it reads on anyway.
        self.go_on.send(()).ok();
    }

    /// Ends reading. While somebody edits a line the terminal is not as it was, so he has to end it.
    pub(crate) fn end(mut self, terminal: &mut Terminal) {
        let Some(reader) = self.reader.take() else { return };
        if self.editing && self.typed.try_recv().is_err() {
            terminal.print("[ press Enter to leave ]");
        }
        drop(self);
        reader.join().ok();
    }
}

fn read_edited(
    mut editor: DefaultEditor,
    sender: &mpsc::Sender<String>,
    told: &blocking::Receiver<()>,
) {
    loop {
        match editor.readline("> ") {
            Ok(line) => {
                // A history that is full or off is no reason to stop.
                editor.add_history_entry(&line).ok();
                // The last line leaves the terminal as it was: no other one is edited behind it.
                if sender.blocking_send(line).is_err() || told.recv().is_err() {
                    return;
                }
            }
            // Control-C clears the line, as in other shells.
            Err(ReadlineError::Interrupted) => {}
            Err(_) => return,
        }
    }
}

fn read_line(input: &mut dyn BufRead) -> Result<String, Box<dyn Error>> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
