//! The listener: the client's state machine, its sockets, and what the user types.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use napster_codec::comp112::{Client, ClientEvent, Link};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::connection::{Connection, Heard};
use crate::sound::{Output, Sound, play};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// Which radio, and where the next listener finds this one.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) host: String,
    /// P: the radio's port for requests.
    pub(crate) port: u16,
    /// The address on which the next listener is waited for.
    pub(crate) address: IpAddr,
    pub(crate) output: Output,
}

/// What the user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Songs,
    Requests,
    Play(String),
    Quit,
}

/// A connection and which one of its kind it is: what an older one still says does not count.
type Name = (Link, u64);

/// How long a connection may take. The source's is tried again and again meanwhile, since it listens
/// only when it has read its own records.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the source is tried.
const PAUSE: Duration = Duration::from_millis(50);

/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How many bytes the system keeps for a listener behind this one.
const SEND_BUFFER: u32 = 64 * 1024;

/// Portions of bytes, and sounds, that wait.
const WAITING: usize = 64;

pub(crate) struct Listener {
    settings: Settings,
    began: Instant,
    client: Client,
    connections: HashMap<Link, (u64, Connection<Name>)>,
    next_id: u64,
    /// Where the next listener is waited for.
    listening: Option<TcpListener>,
    /// Sounds that wait for the output.
    sounds: VecDeque<Sound>,
    leaving: bool,
    left: bool,
    failure: Option<BoxError>,
    /// What connections other than the source's say.
    heard: mpsc::Sender<Heard<Name>>,
    /// What the source says; it is not read while the output or the successor lags behind.
    audio: mpsc::Sender<Heard<Name>>,
    connected: mpsc::Sender<(Name, Option<TcpStream>)>,
}

/// The other ends of its channels.
pub(crate) struct Inputs {
    heard: mpsc::Receiver<Heard<Name>>,
    audio: mpsc::Receiver<Heard<Name>>,
    connected: mpsc::Receiver<(Name, Option<TcpStream>)>,
}

impl Command {
    /// Reads a line that the user typed; the words are those of the original.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (word.to_ascii_uppercase().as_str(), rest.trim()) {
            ("SONGS", "") => Some(Self::Songs),
            ("REQUESTS", "") => Some(Self::Requests),
            ("PLAY", song) if !song.is_empty() => Some(Self::Play(song.to_owned())),
            ("QUIT" | "END", "") => Some(Self::Quit),
            _ => None,
        }
    }
}

impl Listener {
    pub(crate) fn new(settings: Settings) -> (Self, Inputs) {
        let (heard, hears) = mpsc::channel(WAITING);
        let (audio, hears_audio) = mpsc::channel(1);
        let (connected, connects) = mpsc::channel(WAITING);
        let listener = Self {
            client: Client::new(settings.host.as_bytes(), settings.port),
            settings,
            began: Instant::now(),
            connections: HashMap::new(),
            next_id: 0,
            listening: None,
            sounds: VecDeque::new(),
            leaving: false,
            left: false,
            failure: None,
            heard,
            audio,
            connected,
        };
        (listener, Inputs { heard: hears, audio: hears_audio, connected: connects })
    }

    /// Listens until it is told to stop, or cannot go on.
    pub(crate) async fn run(
        mut self,
        mut inputs: Inputs,
        mut commands: mpsc::Receiver<Command>,
        stop: impl Future<Output = ()>,
        mut say: impl FnMut(String),
    ) -> Result<(), BoxError> {
        let (sounds, playing) = mpsc::channel(WAITING);
        let player = tokio::spawn(play(self.settings.output.clone(), playing));
        let (mut stop, mut commands_open) = (pin!(stop), true);
        loop {
            self.obey(&mut say);
            if self.left {
                break;
            }
            self.transmit();
            self.play(&sounds);
            let at = self.client.poll_timeout().map(|at| self.began + at);
            let reads = self.sounds.is_empty() && self.client.wants_audio();
            let accepts = !self.connections.contains_key(&Link::Successor);
            tokio::select! {
                () = &mut stop, if !self.leaving => self.leave(),
                command = commands.recv(), if commands_open => match command {
                    Some(command) => self.command(&command, &mut say),
                    // The radio plays on where nobody types.
                    None => commands_open = false,
                },
                Some(said) = inputs.heard.recv() => self.hear(said),
                Some(said) = inputs.audio.recv(), if reads => self.hear(said),
                Some((name, socket)) = inputs.connected.recv() => self.connect(name, socket),
                Ok(socket) = accept(self.listening.as_ref()), if accepts => self.accept(socket),
                () = has_room(&sounds), if !self.sounds.is_empty() => {}
                () = sleep_until(at.unwrap_or_else(|| Instant::now() + PATIENCE)) => {}
            }
            self.client.handle_timeout(self.began.elapsed());
        }
        self.end(&mut inputs.heard).await;
        drop(sounds);
        player.await??;
        self.failure.map_or(Ok(()), Err)
    }

    /// Does what the state machine wants.
    fn obey(&mut self, say: &mut impl FnMut(String)) {
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::Connect { link, host, port } => {
                    self.begin_to_connect(link, &host, port);
                }
                ClientEvent::Listen { port } => self.listen(port),
                // What was handed to it is still written, where it is read.
                ClientEvent::Close(link) => _ = self.connections.remove(&link),
                ClientEvent::Finish(link) => {
                    if let Some((_, connection)) = self.connections.get_mut(&link) {
                        connection.finish();
                    }
                }
                ClientEvent::Playing(format) if !self.leaving => {
                    let (width, rate) = (format.width, format.rate);
                    say(format!("audio: {width} bytes a sample, {rate} samples a second"));
                    self.sounds.push_back(Sound::Format(format));
                }
                // Who leaves hears no more, but reads on for those behind.
                ClientEvent::Audio(audio) if !self.leaving => {
                    self.sounds.push_back(Sound::Audio(audio));
                }
                ClientEvent::SourceLeft => say("the source leaves, going on behind it".to_owned()),
                ClientEvent::SourceLost => self.fail("the source is gone"),
                ClientEvent::Unreachable(link) => {
                    self.fail(self.unreachable(link));
                }
                ClientEvent::BadRecords => self.fail("this is no radio, or it has no place left"),
                ClientEvent::Songs(Some(songs)) => {
                    for (number, song) in (1..).zip(songs) {
                        say(format!("{number:3} {}", readable(&song)));
                    }
                }
                ClientEvent::Songs(None) => say("the list of songs cannot be read".to_owned()),
                ClientEvent::Requests(songs) if songs.is_empty() => {
                    say("nothing is requested".to_owned());
                }
                ClientEvent::Requests(songs) => {
                    songs.iter().for_each(|song| say(format!("    {}", readable(song))));
                }
                ClientEvent::PlayReply(text) => say(readable(&text)),
                ClientEvent::Dropped { frames } => {
                    say(format!("{frames} frames for the next listener were dropped"));
                }
                ClientEvent::SuccessorStalled => {
                    say("the next listener does not read and is let go".to_owned());
                }
                ClientEvent::Damaged(_) => say("a part of the audio is damaged".to_owned()),
                ClientEvent::Left => self.left = true,
                _ => {}
            }
        }
    }

    fn command(&mut self, command: &Command, say: &mut impl FnMut(String)) {
        let asked = match command {
            Command::Songs => self.client.ask_songs(),
            Command::Requests => self.client.ask_requests(),
            Command::Play(song) => self.client.play(song.as_bytes()),
            Command::Quit => {
                self.leave();
                return;
            }
        };
        if let Err(error) = asked {
            say(error.to_string());
        }
    }

    /// Hands sounds to the output as far as it has room.
    fn play(&mut self, sounds: &mpsc::Sender<Sound>) {
        while let Some(sound) = self.sounds.pop_front() {
            match sounds.try_send(sound) {
                Ok(()) => {}
                Err(TrySendError::Full(sound)) => {
                    self.sounds.push_front(sound);
                    return;
                }
                // Why it ended, its task tells at the end.
                Err(TrySendError::Closed(_)) => self.leave(),
            }
        }
    }

    /// Leaves the chain; what waits to be heard is given up.
    fn leave(&mut self) {
        if !self.leaving {
            self.leaving = true;
            self.sounds.clear();
            self.client.leave(self.began.elapsed());
        }
    }

    fn fail(&mut self, reason: impl Into<BoxError>) {
        if !self.leaving {
            self.failure.get_or_insert(reason.into());
            self.leave();
        }
    }

    fn unreachable(&self, link: Link) -> String {
        match link {
            Link::Source => "the listener before this one cannot be reached".to_owned(),
            _ => {
                let Settings { host, port, .. } = &self.settings;
                format!("there is no radio at {host}, ports {port} and {}", port.saturating_add(1))
            }
        }
    }

    fn begin_to_connect(&mut self, link: Link, host: &[u8], port: u16) {
        let name = (link, self.next_id);
        self.next_id += 1;
        let (host, connected) = (readable(host), self.connected.clone());
        tokio::spawn(async move {
            let socket = timeout(PATIENCE, async {
                loop {
                    match TcpStream::connect((host.as_str(), port)).await {
                        Ok(socket) => break Some(socket),
                        Err(_) if link == Link::Source => sleep(PAUSE).await,
                        Err(_) => break None,
                    }
                }
            });
            let _ = connected.send((name, socket.await.ok().flatten())).await;
        });
    }

    fn connect(&mut self, (link, id): Name, socket: Option<TcpStream>) {
        let Some(socket) = socket else {
            self.client.handle_unreachable(link);
            return;
        };
        let heard = if link == Link::Source { &self.audio } else { &self.heard };
        let connection = Connection::open(socket, (link, id), heard.clone(), self.heard.clone());
        self.connections.insert(link, (id, connection));
        self.client.handle_connected(link);
    }

    fn listen(&mut self, port: u16) {
        match listen(SocketAddr::new(self.settings.address, port)) {
            Ok(listener) => self.listening = Some(listener),
            Err(error) => self.fail(format!(
                "cannot listen on {}:{port} for the next listener: {error}",
                self.settings.address
            )),
        }
    }

    /// Takes the next listener. While there is one, others wait in the system's queue: whoever comes
    /// in place of one that leaves can be here before that one is gone.
    fn accept(&mut self, socket: TcpStream) {
        if self.client.handle_successor() {
            let name = (Link::Successor, self.next_id);
            self.next_id += 1;
            let heard = self.heard.clone();
            let connection = Connection::open(socket, name, heard.clone(), heard);
            self.connections.insert(Link::Successor, (name.1, connection));
        }
    }

    fn hear(&mut self, heard: Heard<Name>) {
        let (Heard::Bytes((link, id), _) | Heard::Closed((link, id)) | Heard::Writable((link, id))) =
            &heard;
        let link = *link;
        if self.connections.get(&link).is_none_or(|(open, _)| open != id) {
            return;
        }
        match heard {
            Heard::Bytes(_, bytes) => self.client.handle_input(link, &bytes),
            Heard::Writable(_) => self.client.handle_writable(link),
            Heard::Closed(_) => {
                self.connections.remove(&link);
                self.client.handle_close(link);
                if link == Link::Requests {
                    self.fail("the radio is gone");
                }
            }
        }
    }

    /// Hands bytes to the connections; the state machine keeps them for those that take no more.
    fn transmit(&mut self) {
        while let Some((link, bytes)) = self.client.poll_transmit() {
            let Some((_, connection)) = self.connections.get(&link) else { continue };
            if !connection.write(bytes) {
                self.client.handle_stalled(self.began.elapsed(), link);
            }
        }
    }

    /// Says the last words, and waits until they are written.
    async fn end(&mut self, heard: &mut mpsc::Receiver<Heard<Name>>) {
        let last = async {
            self.transmit();
            while self.client.has_output() {
                let Some(said) = heard.recv().await else { break };
                self.hear(said);
                self.transmit();
            }
        };
        let _ = timeout(LAST_WORDS, last).await;
        for (_, (_, connection)) in self.connections.drain() {
            connection.close().await;
        }
    }
}

/// Waits for the next listener with little room for what it does not read, so that soon shows.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As `TcpListener::bind` does.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn accept(listening: Option<&TcpListener>) -> std::io::Result<TcpStream> {
    match listening {
        Some(listener) => listener.accept().await.map(|(socket, _)| socket),
        None => std::future::pending().await,
    }
}

/// Waits until the output takes another sound, or has ended.
async fn has_room(sounds: &mpsc::Sender<Sound>) {
    let _ = sounds.reserve().await;
}

/// Text from the network without anything that steers a terminal.
fn readable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().filter(|char| !char.is_control()).collect()
}
