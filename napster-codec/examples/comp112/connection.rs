//! A TCP connection as two tasks: one reads, one writes, and neither waits for the other.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

/// What came on a connection; `K` is its name.
#[derive(Debug)]
pub(crate) enum Heard<K> {
    Bytes(K, Vec<u8>),
    /// The other side closed it, or it broke.
    Closed(K),
    /// It takes bytes again.
    Writable(K),
}

/// An open connection. Dropped, it writes what was handed in, as far as the other side reads that
/// soon, and closes.
#[derive(Debug)]
pub(crate) struct Connection<K> {
    name: K,
    /// None once the sending half is closed.
    writer: Option<mpsc::Sender<Vec<u8>>>,
    reader: AbortHandle,
    writing: Option<JoinHandle<()>>,
    heard: mpsc::Sender<Heard<K>>,
    /// Dropped with the connection.
    open: Option<oneshot::Sender<()>>,
}

/// Frames or answers that wait for the socket; beyond it the state machine keeps them.
const WAITING: usize = 64;

/// The most bytes that are read at a time.
const PORTION: usize = 16 * 1024;

/// The most bytes that are written at a time, where there is more than one thing to write. They fit in
/// one segment: the original listener fails where the six bytes of a frame's header do not come
/// together.
const SEGMENT: usize = 1400;

/// How long the last words of a closed connection may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl<K: Copy + Send + 'static> Connection<K> {
    /// Begins to read; `heard` gets what comes, `writable` the news that bytes are taken again.
    pub(crate) fn open(
        socket: TcpStream,
        name: K,
        heard: mpsc::Sender<Heard<K>>,
        writable: mpsc::Sender<Heard<K>>,
    ) -> Self {
        // A listener reads a frame's header in one go, so it should come in one.
        let _ = socket.set_nodelay(true);
        let (read, write) = socket.into_split();
        let (writer, queue) = mpsc::channel(WAITING);
        let (open, closed) = oneshot::channel();
        let writing = tokio::spawn(async move {
            tokio::select! {
                () = write_all(write, queue) => {}
                () = last_words(closed) => {}
            }
        });
        let reader = tokio::spawn(read_all(read, name, heard)).abort_handle();
        let (writer, writing, open) = (Some(writer), Some(writing), Some(open));
        Self { name, writer, reader, writing, heard: writable, open }
    }

    /// Hands bytes to the writer; says whether it takes more. Where it does not, it takes these, and
    /// [`Heard::Writable`] tells when it does again: nothing may be handed in before. What is written
    /// to a broken connection is lost: its reader tells of the end.
    pub(crate) fn write(&self, bytes: Vec<u8>) -> bool {
        let Some(writer) = &self.writer else { return true };
        let Err(TrySendError::Full(bytes)) = writer.try_send(bytes) else { return true };
        let (writer, heard, name) = (writer.clone(), self.heard.clone(), self.name);
        tokio::spawn(async move {
            let _ = writer.send(bytes).await;
            let _ = heard.send(Heard::Writable(name)).await;
        });
        false
    }

    /// Closes the sending half behind what was handed in.
    pub(crate) fn finish(&mut self) {
        self.writer = None;
    }

    /// Closes it, and waits until what was handed in is written or its time is over.
    pub(crate) async fn close(mut self) {
        (self.writer, self.open) = (None, None);
        if let Some(writing) = self.writing.take() {
            let _ = writing.await;
        }
    }
}

impl<K> Drop for Connection<K> {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Waits until the connection was dropped and its last words had their time.
async fn last_words(closed: oneshot::Receiver<()>) {
    let _ = closed.await;
    sleep(LAST_WORDS).await;
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
