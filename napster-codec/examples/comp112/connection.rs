//! A TCP connection as two tasks: one reads, one writes, and neither waits for the other.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::task::AbortHandle;

/// What came on a connection; `K` is its name.
#[derive(Debug)]
pub(crate) enum Heard<K> {
    Bytes(K, Vec<u8>),
    /// The other side closed it, or it broke.
    Closed(K),
}

/// An open connection. Dropped, it writes what was handed in, and closes.
#[derive(Debug)]
pub(crate) struct Connection {
    /// None once the sending half is closed.
    writer: Option<mpsc::Sender<Vec<u8>>>,
    reader: AbortHandle,
}

/// Bytes that a connection had no room for.
#[derive(Debug)]
pub(crate) struct Blocked {
    writer: mpsc::Sender<Vec<u8>>,
    bytes: Vec<u8>,
}

/// Frames or answers that wait for the socket; beyond it the state machine is asked to wait.
const WAITING: usize = 64;

/// The most bytes that are read at a time.
const PORTION: usize = 16 * 1024;

/// The most bytes that are written at a time, where there is more than one thing to write. They fit in
/// one segment: the original listener fails where the six bytes of a frame's header do not come
/// together.
const SEGMENT: usize = 1400;

impl Connection {
    pub(crate) fn open<K: Copy + Send + 'static>(
        socket: TcpStream,
        name: K,
        heard: mpsc::Sender<Heard<K>>,
    ) -> Self {
        // A listener reads a frame's header in one go, so it should come in one.
        let _ = socket.set_nodelay(true);
        let (read, write) = socket.into_split();
        let (writer, queue) = mpsc::channel(WAITING);
        tokio::spawn(write_all(write, queue));
        let reader = tokio::spawn(read_all(read, name, heard)).abort_handle();
        Self { writer: Some(writer), reader }
    }

    /// Hands bytes to the writer; gives them back where it has no room. What is written to a broken
    /// connection is lost: its reader tells of the end.
    pub(crate) fn write(&self, bytes: Vec<u8>) -> Result<(), Blocked> {
        let Some(writer) = &self.writer else { return Ok(()) };
        match writer.try_send(bytes) {
            Err(TrySendError::Full(bytes)) => Err(Blocked { writer: writer.clone(), bytes }),
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
        }
    }

    /// Closes the sending half behind what was handed in.
    pub(crate) fn finish(&mut self) {
        self.writer = None;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Blocked {
    /// Waits until there is room, or the connection is gone. Can be asked again.
    pub(crate) async fn room(&self) {
        let _ = self.writer.reserve().await;
    }

    /// Tries again.
    pub(crate) fn retry(self) -> Result<(), Self> {
        let Self { writer, bytes } = self;
        match writer.try_send(bytes) {
            Err(TrySendError::Full(bytes)) => Err(Self { writer, bytes }),
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
        }
    }

    /// Writes it whenever there is room, before the connection closes.
    pub(crate) fn detach(self) {
        tokio::spawn(async move {
            let _ = self.writer.send(self.bytes).await;
        });
    }
}

/// Waits until blocked bytes have room; for ever where there are none.
pub(crate) async fn room(blocked: Option<&Blocked>) {
    match blocked {
        Some(blocked) => blocked.room().await,
        None => std::future::pending().await,
    }
}

async fn read_all<K: Copy>(mut socket: OwnedReadHalf, name: K, heard: mpsc::Sender<Heard<K>>) {
    let mut portion = vec![0; PORTION];
    loop {
        let length = socket.read(&mut portion).await.unwrap_or(0);
        let said = match portion.get(..length) {
            Some(bytes) if length > 0 => Heard::Bytes(name, bytes.to_vec()),
            _ => Heard::Closed(name),
        };
        if heard.send(said).await.is_err() || length == 0 {
            return;
        }
    }
}

async fn write_all(mut socket: OwnedWriteHalf, mut queue: mpsc::Receiver<Vec<u8>>) {
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(bytes) => Some(bytes),
            None => queue.recv().await,
        };
        let Some(mut bytes) = first else { break };
        while let Ok(more) = queue.try_recv() {
            if bytes.len() + more.len() > SEGMENT {
                next = Some(more);
                break;
            }
            bytes.extend(more);
        }
        if socket.write_all(&bytes).await.is_err() {
            return;
        }
    }
    let _ = socket.shutdown().await;
}
