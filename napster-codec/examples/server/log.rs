//! One line of text for each event.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use napster_codec::session::{ConnectionId, ServerEvent};
use napster_codec::{Packet, Text, Tolerance};

/// What is needed to print events.
#[derive(Debug)]
pub(crate) struct Log {
    start: Instant,
    detail: Detail,
    /// Who is behind a connection: an address at first, then a nick.
    names: HashMap<ConnectionId, String>,
    /// Lines on their way to a thread of their own: whoever reads them may stop doing so, and the
    /// server goes on. None where nothing is printed.
    lines: Option<SyncSender<String>>,
    /// Closed when the last line is printed.
    printed: Receiver<()>,
    /// Lines for which there was no room.
    lost: u64,
}

/// Lines that wait to be printed.
const WAITING: usize = 10_000;
/// How long the end waits for lines that are not printed yet.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each program that prints events wants its own")]
pub(crate) enum Detail {
    Nothing,
    /// Who comes and goes.
    Sessions,
    /// Every message as well.
    Messages,
}

impl Log {
    pub(crate) fn new(detail: Detail) -> Self {
        let (lines, waiting) = sync_channel::<String>(WAITING);
        let (done, printed) = sync_channel(0);
        if detail != Detail::Nothing {
            std::thread::spawn(move || {
                print(&waiting);
                drop(done);
            });
        }
        let lines = (detail != Detail::Nothing).then_some(lines);
        Self { start: Instant::now(), detail, names: HashMap::new(), lines, printed, lost: 0 }
    }

    /// Prints a line that is about no connection.
    pub(crate) fn say(&mut self, text: &str) {
        let Some(lines) = &self.lines else { return };
        if self.lost > 0 && lines.try_send(format!("{} lines are not shown", self.lost)).is_ok() {
            self.lost = 0;
        }
        if lines.try_send(text.to_owned()).is_err() {
            self.lost += 1;
        }
    }

    pub(crate) fn accepted(&mut self, connection: ConnectionId, peer: SocketAddrV4) {
        if self.detail == Detail::Nothing {
            return;
        }
        self.names.insert(connection, peer.to_string());
        self.line(connection, "connected");
    }

    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.names.remove(&connection);
    }

    pub(crate) fn event(&mut self, event: &ServerEvent) {
        match event {
            _ if self.detail == Detail::Nothing => {}
            ServerEvent::LoggedIn { connection, nick, packet } => {
                let peer = self.names.insert(*connection, shown(nick));
                let peer = peer.unwrap_or_default();
                self.line(*connection, &format!("logged in from {peer}: {}", message(packet)));
            }
            ServerEvent::LoggedOut { connection, cause, .. } => {
                self.line(*connection, &format!("logged out: {cause}"));
            }
            ServerEvent::TurnedAway { connection, refusal } => {
                self.line(*connection, &format!("turned away: {refusal}"));
            }
            ServerEvent::Close(connection) => self.line(*connection, "closed by the server"),
            ServerEvent::Dropped { events } => self.say(&format!("{events} events are not shown")),
            _ if self.detail == Detail::Sessions => {}
            ServerEvent::Message { connection, packet } => {
                self.line(*connection, &message(packet));
            }
            ServerEvent::Refused { connection, packet, refusal } => {
                self.line(*connection, &format!("{}; refused: {refusal}", message(packet)));
            }
            ServerEvent::Unmodelled { connection, packet } => {
                self.line(*connection, &format!("{}; not known here", message(packet)));
            }
            ServerEvent::CheckPassword { .. } => {}
            ServerEvent::NotSent { connection, code, error } => {
                self.line(*connection, &format!("message {code} could not be sent: {error}"));
            }
            other => self.say(&format!("{other:?}")),
        }
    }

    fn line(&mut self, connection: ConnectionId, text: &str) {
        let time = self.start.elapsed().as_secs_f64();
        let name = self.names.get(&connection).map_or("?", String::as_str);
        self.say(&format!("{time:9.3} {:>5} {name}: {text}", connection.0));
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if self.lines.take().is_some() {
            // It ends with an error either way: all is printed, or nobody reads any more.
            let _ = self.printed.recv_timeout(PATIENCE);
        }
    }
}

/// Prints lines until no more can come; a closed output ends nothing but the printing.
fn print(lines: &Receiver<String>) {
    for line in lines {
        let _ = writeln!(io::stdout(), "{line}");
    }
}

/// A message by name and fields; passwords are not shown, and nothing steers the terminal.
fn message(packet: &Packet) -> String {
    match packet.decode(Tolerance::LENIENT) {
        Ok(decoded) => decoded.message.to_string(),
        Err(error) => format!("{} ({error})", packet.name()),
    }
}

fn shown(text: &[u8]) -> String {
    Text::new(text).map(|text| text.to_string()).unwrap_or_default()
}
