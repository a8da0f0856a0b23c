//! The machine on sockets: one task owns it, and one more for each connection reads and writes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use napster_codec::Password;
use napster_codec::session::{
    AccountState, ConnectionId, Farewell, Server, ServerConfig, ServerEvent,
};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::accounts::{self, Book, Hashed, Keeper};
use crate::log::Log;

/// The most bytes that are read at once; nothing more is read of a client before they are obeyed.
const READ: usize = 4096;
/// The most things that wait for the machine; who has more to say waits.
const HAPPENED: usize = 1024;
/// The most things that the machine is told before the answers are written.
const TURN: usize = 64;
/// Passwords that are checked at the same time.
const CHECKED: usize = 2;
/// How long the last words may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a client may take to close its end behind our last words.
pub(crate) const LINGER: Duration = Duration::from_secs(2);
/// How long no connection is accepted when there is no file descriptor left.
pub(crate) const PAUSE: Duration = Duration::from_millis(200);

/// An index server that listens.
#[derive(Debug)]
pub(crate) struct Service {
    listener: TcpListener,
    address: SocketAddrV4,
    server: Server,
    log: Log,
    start: Instant,
    clients: HashMap<ConnectionId, Client>,
    /// Tasks of connections that are only waiting for their clients to close.
    lingering: HashSet<ConnectionId>,
    next: u64,
    happening: mpsc::Sender<Happened>,
    happened: mpsc::Receiver<Happened>,
    /// Passwords to be checked, and how many are being checked.
    checks: VecDeque<Check>,
    checking: usize,
    keeper: Option<Keeper>,
    motd: Option<PathBuf>,
}

/// A password that a client waits for.
#[derive(Debug)]
struct Check {
    id: ConnectionId,
    hash: Vec<u8>,
    password: Password<'static>,
}

/// The task of a connection.
#[derive(Debug)]
struct Client {
    pieces: mpsc::Sender<Vec<u8>>,
    is_writing: bool,
    /// Told when what was read is obeyed, and more may be read.
    obeyed: Arc<Notify>,
    task: AbortHandle,
}

/// What a connection tells the machine.
#[derive(Debug)]
enum Happened {
    Input(ConnectionId, Vec<u8>),
    Written(ConnectionId),
    Closed(ConnectionId),
    Checked(ConnectionId, bool),
    Kept(Result<Vec<Hashed>, String>),
}

impl Service {
    pub(crate) async fn bind(
        address: SocketAddrV4,
        config: ServerConfig,
        log: Log,
    ) -> io::Result<Self> {
        let listener = listen(address).await?;
        let port = listener.local_addr()?.port();
        let (happening, happened) = mpsc::channel(HAPPENED);
        Ok(Self {
            listener,
            address: SocketAddrV4::new(*address.ip(), port),
            server: Server::new(config),
            log,
            start: Instant::now(),
            clients: HashMap::new(),
            lingering: HashSet::new(),
            next: 0,
            happening,
            happened,
            checks: VecDeque::new(),
            checking: 0,
            keeper: None,
            motd: None,
        })
    }

    /// Takes accounts that were kept, and keeps them from now on.
    pub(crate) fn keep_accounts(
        &mut self,
        book: Book,
        kept: Vec<AccountState>,
    ) -> Result<(), String> {
        for state in kept {
            let nick = state.user.nick.clone();
            if !self.server.restore_account(state) {
                let nick = nick.escape_ascii();
                let text =
                    format!("nobody can have the nick `{nick}`, or there are too many accounts");
                return Err(book.error(&text).to_string());
            }
        }
        self.keeper = Some(Keeper::new(book, &mut self.server)?);
        Ok(())
    }

    /// Where the message of the day is read from when somebody asks for that.
    pub(crate) fn read_motd_from(&mut self, path: Option<PathBuf>) {
        self.motd = path;
    }

    pub(crate) const fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// Serves clients until it is told to stop; then everybody hears the farewell.
    pub(crate) async fn run(mut self, stop: impl Future<Output = Farewell>) {
        let mut batch = Vec::with_capacity(TURN);
        let mut is_exhausted = false;
        let mut end = None;
        let mut stop = std::pin::pin!(stop);
        while end.is_none() || !self.clients.is_empty() || !self.lingering.is_empty() {
            let timeout = self.server.poll_timeout().and_then(|at| self.start.checked_add(at));
            let keep_at = self.keeper.as_ref().and_then(|keeper| keeper.due(&self.server));
            tokio::select! {
                accepted = self.listener.accept(), if !is_exhausted => match accepted {
                    Ok((stream, SocketAddr::V4(peer))) => self.accept(stream, peer),
                    Ok(_) => {}
                    Err(error) => {
                        self.log.say(&format!("no connection can be accepted for now: {error}"));
                        is_exhausted = true;
                    }
                },
                () = sleep(PAUSE), if is_exhausted => is_exhausted = false,
                _ = self.happened.recv_many(&mut batch, TURN) => {
                    for one in batch.drain(..) {
                        self.handle(one);
                    }
                }
                () = wait_until(timeout) => self.server.handle_timeout(self.start.elapsed()),
                farewell = &mut stop, if end.is_none() => {
                    self.server.shut_down(self.start.elapsed(), &farewell);
                    end = Some(Instant::now() + FAREWELL);
                }
                () = wait_until(keep_at) => self.write_accounts(),
                () = wait_until(end) => break,
            }
            self.drain();
            self.check_passwords();
            // Who was written to goes first, before more is obeyed that makes more to write.
            tokio::task::yield_now().await;
        }
        self.finish_accounts().await;
    }

    fn accept(&mut self, stream: TcpStream, peer: SocketAddrV4) {
        self.next += 1;
        let id = ConnectionId(self.next);
        // Answers are small and waited for; where that cannot be set, they come a little later.
        let _ = stream.set_nodelay(true);
        let (pieces, waiting) = mpsc::channel(1);
        let obeyed = Arc::new(Notify::new());
        let end = End { id, happening: self.happening.clone(), obeyed: obeyed.clone() };
        let task = tokio::spawn(connection(end, stream, waiting)).abort_handle();
        self.clients.insert(id, Client { pieces, is_writing: false, obeyed, task });
        self.log.accepted(id, peer);
        self.server.accept(self.start.elapsed(), id, peer);
    }

    fn handle(&mut self, happened: Happened) {
        let now = self.start.elapsed();
        match happened {
            Happened::Input(id, bytes) => {
                self.server.handle_input(now, id, &bytes);
                if let Some(client) = self.clients.get(&id) {
                    client.obeyed.notify_one();
                }
            }
            Happened::Written(id) => {
                if let Some(client) = self.clients.get_mut(&id) {
                    client.is_writing = false;
                }
                self.server.handle_written(id);
            }
            Happened::Closed(id) => {
                if self.clients.remove(&id).is_some() {
                    self.server.handle_close(now, id);
                    self.report();
                    self.log.forget(id);
                }
                self.lingering.remove(&id);
                self.checks.retain(|check| check.id != id);
            }
            Happened::Checked(id, is_right) => {
                self.checking -= 1;
                self.server.password_checked(now, id, is_right);
            }
            Happened::Kept(result) => self.note_kept(result),
        }
    }

    /// Obeys the machine until it has nothing more to say.
    fn drain(&mut self) {
        while let Some((id, bytes)) = self.server.poll_transmit() {
            if let Some(client) = self.clients.get_mut(&id) {
                // The machine gives the next piece when this one is written, so there is room.
                client.is_writing = client.pieces.try_send(bytes).is_ok();
            }
        }
        self.report();
    }

    fn report(&mut self) {
        while let Some(event) = self.server.poll_event() {
            self.log.event(&event);
            match event {
                ServerEvent::Close(id) => self.close(id),
                ServerEvent::CheckPassword { connection: id, hash, password } => {
                    self.checks.push_back(Check { id, hash, password });
                }
                ServerEvent::ReloadRequested { .. } => self.reload_motd(),
                _ => {}
            }
        }
    }

    fn close(&mut self, id: ConnectionId) {
        self.log.forget(id);
        self.checks.retain(|check| check.id != id);
        match self.clients.remove(&id) {
            // What it does not read now it will not read later.
            Some(client) if client.is_writing => client.task.abort(),
            // Without its sender, a task closes when everything is written.
            Some(_) => drop(self.lingering.insert(id)),
            None => {}
        }
    }

    fn reload_motd(&mut self) {
        let Some(path) = &self.motd else { return };
        match read_motd(path) {
            Ok(lines) => self.server.set_motd(lines),
            Err(error) => self.log.say(&format!("the message of the day stays: {error}")),
        }
    }

    /// Has the next passwords checked, a few at a time: each takes a processor for a while.
    fn check_passwords(&mut self) {
        while self.checking < CHECKED
            && let Some(Check { id, hash, password }) = self.checks.pop_front()
        {
            self.checking += 1;
            let happening = self.happening.clone();
            tokio::task::spawn_blocking(move || {
                let is_right = accounts::verify(&hash, password.as_bytes());
                // Nobody waits for it any more where the server has ended.
                let _ = happening.blocking_send(Happened::Checked(id, is_right));
            });
        }
    }

    fn write_accounts(&mut self) {
        let Some(keeper) = &mut self.keeper else { return };
        let (book, states) = keeper.begin(&self.server);
        let happening = self.happening.clone();
        tokio::task::spawn_blocking(move || {
            let _ = happening.blocking_send(Happened::Kept(book.save(states)));
        });
    }

    fn note_kept(&mut self, result: Result<Vec<Hashed>, String>) {
        let Some(keeper) = &mut self.keeper else { return };
        if let Err(error) = keeper.end(&mut self.server, result) {
            self.log.say(&format!("the accounts could not be written: {error}"));
        }
    }

    /// Writes what has changed since the accounts were written last, at the end.
    async fn finish_accounts(&mut self) {
        while self.keeper.as_ref().is_some_and(Keeper::is_writing) {
            if let Some(Happened::Kept(result)) = self.happened.recv().await {
                self.note_kept(result);
            }
        }
        let due = self.keeper.as_ref().and_then(|keeper| keeper.due(&self.server));
        if let (Some(keeper), Some(_)) = (&mut self.keeper, due) {
            let (book, states) = keeper.begin(&self.server);
            self.note_kept(book.save(states));
        }
    }
}

/// The lines of a message of the day.
pub(crate) fn read_motd(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let text = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = text.strip_suffix(b"\n").unwrap_or(&text).split(|byte| *byte == b'\n');
    Ok(lines.map(|line| line.trim_ascii_end().to_vec()).collect())
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

pub(crate) async fn listen(address: SocketAddrV4) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))
}

/// What the task of a connection knows of the machine.
struct End {
    id: ConnectionId,
    happening: mpsc::Sender<Happened>,
    obeyed: Arc<Notify>,
}

/// Reads and writes one connection until either side ends it.
async fn connection(end: End, stream: TcpStream, pieces: mpsc::Receiver<Vec<u8>>) {
    let (mut reader, writer) = stream.into_split();
    tokio::select! {
        () = read(&end, &mut reader) => {}
        () = write(&end, writer, pieces) => {
            // What is unread when a socket is closed makes the other side lose our last words.
            let _ = timeout(LINGER, tokio::io::copy(&mut reader, &mut tokio::io::sink())).await;
        }
    }
    let _ = end.happening.send(Happened::Closed(end.id)).await;
}

async fn read(end: &End, reader: &mut OwnedReadHalf) {
    // An idle client costs no buffer.
    while reader.readable().await.is_ok() {
        let mut bytes = Vec::with_capacity(READ);
        match reader.try_read_buf(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
            Ok(_) => {
                if end.happening.send(Happened::Input(end.id, bytes)).await.is_err() {
                    return;
                }
                end.obeyed.notified().await;
            }
        }
    }
}

async fn write(end: &End, mut writer: OwnedWriteHalf, mut pieces: mpsc::Receiver<Vec<u8>>) {
    while let Some(piece) = pieces.recv().await {
        if writer.write_all(&piece).await.is_err() {
            return;
        }
        if end.happening.send(Happened::Written(end.id)).await.is_err() {
            return;
        }
    }
    let _ = writer.shutdown().await;
}

/// The loopback interface, on a free port.
#[allow(dead_code, reason = "for the load test")]
pub(crate) const ANY_PORT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
