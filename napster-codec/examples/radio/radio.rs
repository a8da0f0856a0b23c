//! The radio: the server's state machine, its sockets and its clock.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use napster_codec::comp112::{ConnectionId, Rejection, Server, ServerEvent};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::connection::{Connection, Heard};
use crate::song::{self, Song};

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// What to play, and where.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    /// The address that is listened on.
    pub(crate) address: IpAddr,
    /// Where the first listener is told to fetch the audio.
    pub(crate) host: String,
    /// P: for requests. P + 1 is for audio.
    pub(crate) port: u16,
    /// How fast time passes; 1 is real time.
    pub(crate) speed: f64,
}

/// How often is looked again where nothing happens.
const LONG: Duration = Duration::from_secs(30);

/// Portions of bytes that wait to be read by the state machine.
const WAITING: usize = 64;

/// A radio whose ports are open.
pub(crate) struct Radio {
    settings: Settings,
    began: Instant,
    server: Server,
    songs: Vec<String>,
    /// The place in the list of the song that comes when nobody asks for one.
    turn: usize,
    /// Songs in a row that could not be played.
    failures: usize,
    song: Option<Song>,
    /// Audio that the server had no room for.
    audio: Vec<u8>,
    audio_wanted: bool,
    requests: TcpListener,
    stream: TcpListener,
    connections: HashMap<ConnectionId, Connection<ConnectionId>>,
    next_id: u64,
}

impl Radio {
    /// Opens both ports.
    pub(crate) async fn open(settings: Settings) -> Result<Self, BoxError> {
        let songs = song::names(&settings.folder)?;
        let stream_port =
            settings.port.checked_add(1).ok_or("the port has to leave room for more")?;
        let requests = listen(settings.address, settings.port).await?;
        let stream = listen(settings.address, stream_port).await?;
        let names = songs.iter().map(|song| song.clone().into_bytes()).collect();
        let server = Server::new(settings.host.as_bytes(), settings.port, names);
        Ok(Self {
            settings,
            began: Instant::now(),
            server,
            songs,
            turn: 0,
            failures: 0,
            song: None,
            audio: Vec::new(),
            audio_wanted: false,
            requests,
            stream,
            connections: HashMap::new(),
            next_id: 0,
        })
    }

    /// Plays until it is told to stop.
    pub(crate) async fn run(
        mut self,
        stop: impl Future<Output = ()>,
        mut say: impl FnMut(String),
    ) -> Result<(), BoxError> {
        say(format!(
            "{} songs; listeners use {} {}",
            self.songs.len(),
            self.settings.host,
            self.settings.port
        ));
        let mut stop = pin!(stop);
        let (heard, mut hears) = mpsc::channel(WAITING);
        loop {
            self.obey(&mut say).await?;
            self.transmit();
            let timer = self.timer();
            let wants_audio = self.audio_wanted && self.song.is_some();
            tokio::select! {
                () = &mut stop => return Ok(()),
                Some(said) = hears.recv() => self.hear(said),
                accepted = self.requests.accept() => self.accept(accepted, false, &heard).await,
                accepted = self.stream.accept() => self.accept(accepted, true, &heard).await,
                piece = next_piece(self.song.as_mut()), if wants_audio => self.feed(piece),
                () = sleep_until(timer) => {}
            }
            self.server.handle_timeout(self.now());
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed().mul_f64(self.settings.speed)
    }

    /// When to look again without anything having happened.
    fn timer(&self) -> Instant {
        let due = self.server.poll_timeout();
        let due = due.map(|due| self.began + due.div_f64(self.settings.speed));
        due.into_iter().fold(Instant::now() + LONG, Instant::min)
    }

    /// Does what the state machine wants.
    async fn obey(&mut self, say: &mut impl FnMut(String)) -> Result<(), BoxError> {
        while let Some(event) = self.server.poll_event() {
            match event {
                ServerEvent::SongWanted { requested } => {
                    let name = requested.and_then(|name| String::from_utf8(name).ok());
                    self.play(name, say).await?;
                }
                ServerEvent::AudioWanted => self.audio_wanted = true,
                ServerEvent::Rejected { host, reason } => {
                    say(format!("{} is let go: {}", host.escape_ascii(), why(reason)));
                }
                // What was handed to it is still written, where it is read.
                ServerEvent::Close(connection) => _ = self.connections.remove(&connection),
                ServerEvent::Requested { song } => {
                    say(format!("requested: {}", song.escape_ascii()));
                }
                ServerEvent::Joined { host, port, source } => say(format!(
                    "{}:{port} joins behind {}:{}",
                    host.escape_ascii(),
                    source.0.escape_ascii(),
                    source.1
                )),
                ServerEvent::Left { host, port } => {
                    say(format!("{}:{port} leaves", host.escape_ascii()));
                }
                ServerEvent::Dropped { frames } => say(format!("{frames} frames were dropped")),
                _ => {}
            }
        }
        self.feed_rest();
        Ok(())
    }

    /// Starts a song; one that cannot be played is passed over.
    async fn play(
        &mut self,
        requested: Option<String>,
        say: &mut impl FnMut(String),
    ) -> Result<(), BoxError> {
        let mut wanted = requested;
        loop {
            let name = wanted.take().or_else(|| self.next_song()).ok_or("there are no songs")?;
            let error = match Song::open(self.settings.folder.join(&name)).await {
                Ok(song) => match self.server.start_song(song.format, self.now()) {
                    Ok(()) => {
                        say(format!("playing {name}"));
                        self.song = Some(song);
                        self.failures = 0;
                        return Ok(());
                    }
                    Err(error) => error.into(),
                },
                Err(error) => error,
            };
            say(format!("{name} cannot be played: {error}"));
            self.failures += 1;
            if self.failures > self.songs.len() {
                return Err("none of the songs can be played".into());
            }
        }
    }

    fn next_song(&mut self) -> Option<String> {
        let name = self.songs.get(self.turn % self.songs.len().max(1)).cloned();
        self.turn += 1;
        name
    }

    /// Audio was decoded, or the song has ended.
    fn feed(&mut self, piece: Option<Vec<u8>>) {
        match piece {
            Some(piece) => self.audio.extend(piece),
            None => {
                self.song = None;
                if self.audio.is_empty() {
                    self.server.end_audio();
                }
            }
        }
        self.feed_rest();
    }

    fn feed_rest(&mut self) {
        if self.audio.is_empty() || !self.audio_wanted {
            return;
        }
        let taken = self.server.feed_audio(&self.audio);
        self.audio.drain(..taken);
        // The server asks again when it has room.
        self.audio_wanted = self.audio.is_empty();
        if self.audio.is_empty() && self.song.is_none() {
            self.server.end_audio();
        }
    }

    /// Hands bytes to the connections; the state machine keeps them for those that take no more.
    fn transmit(&mut self) {
        while let Some((connection, bytes)) = self.server.poll_transmit() {
            let Some(open) = self.connections.get(&connection) else { continue };
            if !open.write(bytes) {
                self.server.handle_stalled(self.now(), connection);
            }
        }
    }

    async fn accept(
        &mut self,
        accepted: std::io::Result<(TcpStream, SocketAddr)>,
        stream: bool,
        heard: &mpsc::Sender<Heard<ConnectionId>>,
    ) {
        let Ok((socket, from)) = accepted else {
            // No more files can be open: it would fail again at once.
            tokio::time::sleep(Duration::from_millis(100)).await;
            return;
        };
        let connection = ConnectionId(self.next_id);
        self.next_id += 1;
        let open = Connection::open(socket, connection, heard.clone(), heard.clone());
        self.connections.insert(connection, open);
        let host = from.ip().to_string().into_bytes();
        if stream {
            self.server.accept_stream(self.now(), connection, &host);
        } else {
            self.server.accept_requests(self.now(), connection, &host);
        }
    }

    fn hear(&mut self, heard: Heard<ConnectionId>) {
        match heard {
            Heard::Bytes(connection, bytes) => self.server.handle_input(connection, &bytes),
            Heard::Closed(connection) => {
                self.connections.remove(&connection);
                self.server.handle_close(connection);
            }
            Heard::Writable(connection) => self.server.handle_writable(connection),
        }
    }
}

/// Why somebody is let go, in words.
const fn why(reason: Rejection) -> &'static str {
    match reason {
        Rejection::Incomplete => "only one of its two connections came",
        Rejection::TooManyNewcomers => "too many others are about to join",
        Rejection::NoAudioConnection => "it does not come for the audio",
        Rejection::NoPlace => "the chain has no place for it",
        Rejection::NotReading => "it does not read what it is sent",
        Rejection::AnswersUnread => "it asks without reading the answers",
        _ => "a limit was reached",
    }
}

async fn listen(address: IpAddr, port: u16) -> Result<TcpListener, BoxError> {
    let listener = TcpListener::bind((address, port)).await;
    listener.map_err(|error| format!("cannot listen on {address}:{port}: {error}").into())
}

async fn next_piece(song: Option<&mut Song>) -> Option<Vec<u8>> {
    match song {
        Some(song) => song.next().await,
        None => std::future::pending().await,
    }
}
