//! The machine on sockets: one task owns it, and one more for each connection reads and writes.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use napster_codec::redirector::{Redirect, Separator};
use napster_codec::session::{ConnectionId, Farewell, Server, ServerConfig, ServerEvent};
use napster_codec::{Text, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::log::Log;

/// The most bytes that are read at once; nothing more is read of a client before they are obeyed.
const READ: usize = 4096;
/// The most things that wait for the machine; who has more to say waits.
const HAPPENED: usize = 1024;
/// The most things that the machine is told before the answers are written.
const TURN: usize = 64;
/// How long the last words may take when the server ends.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long a client may take to close its end behind our last words.
const LINGER: Duration = Duration::from_secs(2);
/// How long no connection is accepted when there is no file descriptor left.
const PAUSE: Duration = Duration::from_millis(200);

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
    lingering: usize,
    next: u64,
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
}

impl Service {
    pub(crate) async fn bind(
        address: SocketAddrV4,
        config: ServerConfig,
        log: Log,
    ) -> io::Result<Self> {
        let listener = listen(address).await?;
        let port = listener.local_addr()?.port();
        Ok(Self {
            listener,
            address: SocketAddrV4::new(*address.ip(), port),
            server: Server::new(config),
            log,
            start: Instant::now(),
            clients: HashMap::new(),
            lingering: 0,
            next: 0,
        })
    }

    pub(crate) const fn address(&self) -> SocketAddrV4 {
        self.address
    }

    /// Serves clients until it is told to stop; then everybody hears the farewell.
    pub(crate) async fn run(mut self, stop: impl Future<Output = Farewell>) {
        let (happening, mut happened) = mpsc::channel(HAPPENED);
        let mut batch = Vec::with_capacity(TURN);
        let mut is_exhausted = false;
        let mut end = None;
        let mut stop = std::pin::pin!(stop);
        while end.is_none() || !self.clients.is_empty() || self.lingering > 0 {
            let timeout = self.server.poll_timeout().and_then(|at| self.start.checked_add(at));
            tokio::select! {
                accepted = self.listener.accept(), if !is_exhausted => match accepted {
                    Ok((stream, SocketAddr::V4(peer))) => self.accept(stream, peer, &happening),
                    Ok(_) => {}
                    Err(error) => {
                        self.log.say(&format!("no connection can be accepted for now: {error}"));
                        is_exhausted = true;
                    }
                },
                () = sleep(PAUSE), if is_exhausted => is_exhausted = false,
                _ = happened.recv_many(&mut batch, TURN) => {
                    for one in batch.drain(..) {
                        self.handle(one);
                    }
                }
                () = wait_until(timeout) => self.server.handle_timeout(self.start.elapsed()),
                farewell = &mut stop, if end.is_none() => {
                    self.server.shut_down(self.start.elapsed(), &farewell);
                    end = Some(Instant::now() + FAREWELL);
                }
                () = wait_until(end) => break,
            }
            self.drain();
            // Who was written to goes first, before more is obeyed that makes more to write.
            tokio::task::yield_now().await;
        }
    }

    fn accept(
        &mut self,
        stream: TcpStream,
        peer: SocketAddrV4,
        happening: &mpsc::Sender<Happened>,
    ) {
        self.next += 1;
        let id = ConnectionId(self.next);
        // Answers are small and waited for; where that cannot be set, they come a little later.
        let _ = stream.set_nodelay(true);
        let (pieces, waiting) = mpsc::channel(1);
        let obeyed = Arc::new(Notify::new());
        let end = End { id, happening: happening.clone(), obeyed: obeyed.clone() };
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
                } else {
                    self.lingering -= 1;
                }
            }
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
            if let ServerEvent::Close(id) = event {
                self.log.forget(id);
                match self.clients.remove(&id) {
                    // What it does not read now it will not read later.
                    Some(client) if client.is_writing => client.task.abort(),
                    // Without its sender, a task closes when everything is written.
                    Some(_) => self.lingering += 1,
                    None => {}
                }
            }
        }
    }
}

async fn wait_until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

async fn listen(address: SocketAddrV4) -> io::Result<TcpListener> {
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

/// Tells everybody who connects to an address where the server is.
pub(crate) async fn redirect(address: SocketAddrV4, host: &str, port: u16) -> io::Result<()> {
    /// Connections that are answered at the same time.
    const ANSWERED: usize = 64;
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, format!("{host}: {error}"));
    let host = Token::try_from(host).map_err(invalid)?;
    let empty = Text::new(&b""[..]).map_err(invalid)?;
    let redirect = Redirect { host, separator: Separator::Colon, port, padding: empty };
    let mut line = Vec::new();
    redirect.write_line(&mut line);
    let line: Arc<[u8]> = line.into();
    let listener = listen(address).await?;
    println!("redirector on {}, port {}", address.ip(), listener.local_addr()?.port());
    let answered = Arc::new(Semaphore::new(ANSWERED));
    loop {
        let Ok(permit) = answered.clone().acquire_owned().await else { return Ok(()) };
        let Ok((mut stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let line = line.clone();
        tokio::spawn(async move {
            let answer = async {
                stream.write_all(&line).await?;
                stream.shutdown().await?;
                // A client sends nothing; it closes when it has read.
                stream.read(&mut [0; 1]).await
            };
            let _ = timeout(LINGER, answer).await;
            drop(permit);
        });
    }
}

/// The loopback interface, on a free port.
#[allow(dead_code, reason = "for the load test")]
pub(crate) const ANY_PORT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
