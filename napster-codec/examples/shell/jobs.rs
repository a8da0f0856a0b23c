//! Transfers: one task for each connection to another client.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use napster_codec::message::ShareFile;
use napster_codec::session::{DownloadId, UploadId};
use napster_codec::transfer::{
    Download, DownloadOptions, GetRequested, Incoming, Refusal, Request, TransferError,
    TransferEvent, TransferOptions, Upload,
};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant as Moment, sleep_until, timeout};

use crate::lists::{Browsing, GiveList};
use crate::shares::Scanned;
use crate::sink::{Sink, Target};
use crate::start::PATIENCE;

/// How many bytes are read or written at a time.
pub(crate) const CHUNK: usize = 16 * 1024;

/// A download or an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobId {
    Down(DownloadId),
    Up(UploadId),
}

/// What a task needs to fetch a file.
#[derive(Debug)]
pub(crate) struct Fetch {
    pub(crate) id: JobId,
    pub(crate) filename: Vec<u8>,
    pub(crate) size: Option<u64>,
    pub(crate) target: Target,
    pub(crate) stop: oneshot::Receiver<()>,
}

/// What a task needs to give a file.
#[derive(Debug)]
pub(crate) struct Give {
    pub(crate) id: JobId,
    pub(crate) filename: Vec<u8>,
    pub(crate) size: u64,
    pub(crate) path: PathBuf,
    pub(crate) stop: oneshot::Receiver<()>,
}

/// What the session says to somebody who connected here.
#[derive(Debug)]
pub(crate) enum Answer {
    Refuse(Refusal),
    Fetch(Fetch),
    Give(Give),
    TakeList(Browsing),
    GiveList(GiveList),
}

/// What tasks tell the session.
#[derive(Debug)]
pub(crate) enum Report {
    /// Somebody connected here and wants this.
    Asked(Request, oneshot::Sender<(Option<Request>, Answer)>),
    /// The other side cannot be connected to.
    Unreachable(JobId),
    /// The connection is there.
    Connected(JobId),
    /// So many bytes of the file are there.
    Progress(JobId, u64),
    /// It is over, well or not; with the name of the file where one was made.
    Over(JobId, Result<Option<String>, String>),
    /// A user's list of the given number has this file.
    Listed(u64, ShareFile<'static>),
    /// That list has ended, or will not come.
    ListOver(u64, Result<(), String>),
    /// A folder was looked through.
    Scanned(PathBuf, Scanned),
}

/// What every task has.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) reports: mpsc::Sender<Report>,
    pub(crate) start: Instant,
    pub(crate) interval: u64,
}

impl Office {
    pub(crate) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    pub(crate) fn options(&self) -> TransferOptions {
        TransferOptions { progress_interval: self.interval, ..TransferOptions::default() }
    }

    pub(crate) async fn report(&self, report: Report) {
        // Where the session is over nobody has to know.
        self.reports.send(report).await.ok();
    }

    pub(crate) async fn sleep_until(&self, at: Option<Duration>) {
        match at {
            Some(at) => sleep_until(Moment::from_std(self.start + at)).await,
            None => std::future::pending().await,
        }
    }

    async fn connect(&self, id: JobId, address: SocketAddr) -> Option<TcpStream> {
        if let Ok(Ok(stream)) = timeout(PATIENCE, TcpStream::connect(address)).await {
            self.report(Report::Connected(id)).await;
            return Some(stream);
        }
        self.report(Report::Unreachable(id)).await;
        None
    }

    /// Fetches a file from an owner who listens.
    pub(crate) async fn fetch(self, own_nick: Vec<u8>, fetch: Fetch, address: SocketAddr) {
        let id = fetch.id;
        let Some(stream) = self.connect(id, address).await else { return };
        let result = async {
            let (sink, options) = self.open(&fetch).await?;
            let download = Download::direct(&own_nick, &fetch.filename, options, self.now());
            let download = download.map_err(io::Error::other)?;
            self.receive(stream, download, sink, fetch).await
        };
        let result = result.await.map_err(|error| error.to_string());
        self.report(Report::Over(id, result)).await;
    }

    /// Gives a file to a downloader who listens.
    pub(crate) async fn push(self, own_nick: Vec<u8>, give: Give, address: SocketAddr) {
        let id = give.id;
        let Some(stream) = self.connect(id, address).await else { return };
        let (size, options, now) = (give.size, self.options(), self.now());
        let upload = Upload::pushed(&own_nick, &give.filename, size, options, now);
        let result = match upload {
            Ok(upload) => self.send(stream, upload, give).await,
            Err(error) => Err(io::Error::other(error)),
        };
        let result = result.map(|()| None).map_err(|error| error.to_string());
        self.report(Report::Over(id, result)).await;
    }

    /// Greets somebody who connected here, and does what the session allows him.
    ///
    /// His place among the callers is free again once he has said what he wants.
    pub(crate) async fn accept(self, mut stream: TcpStream, place: OwnedSemaphorePermit) {
        let Some((mut incoming, request)) = self.listen(&mut stream).await else { return };
        drop(place);
        let (sender, receiver) = oneshot::channel();
        self.report(Report::Asked(request, sender)).await;
        let Ok((request, answer)) = receiver.await else { return };
        let (id, result) = match (answer, request) {
            (Answer::Fetch(fetch), Some(Request::Send(request))) => {
                let id = fetch.id;
                let result = async {
                    let (sink, options) = self.open(&fetch).await?;
                    let download = Download::pushed(request, options, self.now());
                    let download = download.map_err(io::Error::other)?;
                    self.receive(stream, download, sink, fetch).await
                };
                (id, result.await)
            }
            (Answer::Give(give), Some(Request::Get(request))) => {
                (give.id, self.answer(stream, &request, give).await.map(|()| None))
            }
            (Answer::TakeList(browsing), Some(Request::SendList(request))) => {
                return self.take_list(stream, request, browsing).await;
            }
            (Answer::GiveList(list), _) => return self.give_list(stream, &list).await,
            (answer, _) => {
                let Answer::Refuse(refusal) = answer else { return };
                incoming.refuse(refusal);
                while let Some(bytes) = incoming.poll_transmit() {
                    stream.write_all(&bytes).await.ok();
                }
                return;
            }
        };
        self.report(Report::Over(id, result.map_err(|error| error.to_string()))).await;
    }

    async fn answer(
        &self,
        stream: TcpStream,
        request: &GetRequested,
        give: Give,
    ) -> io::Result<()> {
        let upload = Upload::direct(request, give.size, self.options(), self.now());
        self.send(stream, upload, give).await
    }

    async fn listen(&self, stream: &mut TcpStream) -> Option<(Incoming, Request)> {
        let mut incoming = Incoming::new(self.now());
        let mut buffer = [0; 2048];
        loop {
            while let Some(bytes) = incoming.poll_transmit() {
                stream.write_all(&bytes).await.ok()?;
            }
            if let Some(request) = incoming.take_request() {
                return Some((incoming, request));
            }
            if incoming.take_error().is_some() {
                return None;
            }
            tokio::select! {
                count = stream.read(&mut buffer) => match count {
                    Ok(count) if count > 0 => incoming.handle_input(self.now(), &buffer[..count]),
                    _ => incoming.handle_close(self.now()),
                },
                () = self.sleep_until(incoming.poll_timeout()) => {
                    incoming.handle_timeout(self.now());
                }
            }
        }
    }

    /// Opens where a file goes, and says what is there of it already.
    async fn open(&self, fetch: &Fetch) -> io::Result<(Sink, DownloadOptions)> {
        let mut options = DownloadOptions {
            expected_size: fetch.size,
            transfer: self.options(),
            ..DownloadOptions::default()
        };
        let sink = match &fetch.target {
            Target::Player(command) => Sink::player(command)?,
            Target::Folder(folder, name) => {
                let part = folder.join(format!("{name}.part"));
                let mut file = OpenOptions::new();
                let mut file =
                    file.read(true).write(true).create(true).truncate(false).open(&part).await?;
                options.offset = file.seek(SeekFrom::End(0)).await?;
                let tail = options.offset.min(Download::TAIL_LIMIT as u64);
                file.seek(SeekFrom::Start(options.offset - tail)).await?;
                file.read_to_end(&mut options.tail).await?;
                Sink::Folder { file, part, folder: folder.clone(), name: name.clone() }
            }
        };
        Ok((sink, options))
    }

    /// Carries a file from a connection to its sink, unless it is aborted.
    async fn receive(
        &self,
        stream: TcpStream,
        download: Download,
        sink: Sink,
        fetch: Fetch,
    ) -> io::Result<Option<String>> {
        let Fetch { id, stop, .. } = fetch;
        // A player can take bytes as slowly as it likes, and is not waited for.
        tokio::select! {
            result = self.carry(id, stream, download, sink) => result,
            _ = stop => Err(io::Error::other(TransferError::Aborted)),
        }
    }

    async fn carry(
        &self,
        id: JobId,
        mut stream: TcpStream,
        mut download: Download,
        mut sink: Sink,
    ) -> io::Result<Option<String>> {
        let mut buffer = vec![0; CHUNK];
        loop {
            while let Some(bytes) = download.poll_transmit() {
                stream.write_all(&bytes).await?;
            }
            while let Some(event) = download.poll_event() {
                match event {
                    TransferEvent::Progress(progress) => {
                        self.report(Report::Progress(id, progress.position)).await;
                    }
                    TransferEvent::Finished(_) => return sink.finish().await,
                    TransferEvent::Failed(error) => return Err(io::Error::other(error)),
                    _ => {}
                }
            }
            tokio::select! {
                count = stream.read(&mut buffer) => match count {
                    Ok(count) if count > 0 => {
                        sink.write(download.handle_input(self.now(), &buffer[..count])).await?;
                    }
                    _ => sink.write(download.handle_close(self.now())).await?,
                },
                () = self.sleep_until(download.poll_timeout()) => {
                    sink.write(download.handle_timeout(self.now())).await?;
                }
            }
        }
    }

    /// Carries a file from the disk to a connection.
    async fn send(
        &self,
        mut stream: TcpStream,
        mut upload: Upload,
        mut give: Give,
    ) -> io::Result<()> {
        let mut file = File::open(&give.path).await?;
        let (mut reader, mut writer) = stream.split();
        let (mut chunk, mut buffer) = (vec![0; CHUNK], [0; 512]);
        let (mut at, mut reading) = (None, true);
        loop {
            while let Some(bytes) = upload.poll_transmit() {
                writer.write_all(&bytes).await?;
            }
            while let Some(event) = upload.poll_event() {
                match event {
                    TransferEvent::Progress(progress) => {
                        self.report(Report::Progress(give.id, progress.position)).await;
                    }
                    TransferEvent::Finished(_) => return writer.shutdown().await,
                    TransferEvent::Failed(error) => return Err(io::Error::other(error)),
                    _ => {}
                }
            }
            let write = async {
                let Some(part) = upload.next_part() else { return std::future::pending().await };
                if at != Some(part.position) {
                    file.seek(SeekFrom::Start(part.position)).await?;
                    at = Some(part.position);
                }
                let length = usize::try_from(part.length).unwrap_or(CHUNK).min(CHUNK);
                let count = file.read(&mut chunk[..length]).await?;
                if count == 0 {
                    // The file became shorter than what the server was told.
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let sent = writer.write(&chunk[..count]).await;
                // What was read and not sent is read again.
                at = None;
                sent
            };
            tokio::select! {
                sent = write => match sent {
                    Ok(sent) => upload.handle_sent(self.now(), sent as u64),
                    Err(error) => return Err(error),
                },
                count = reader.read(&mut buffer), if reading => match count {
                    Ok(count) if count > 0 => upload.handle_input(self.now(), &buffer[..count]),
                    Ok(_) => {
                        reading = false;
                        upload.handle_read_end(self.now());
                    }
                    Err(_) => upload.handle_close(self.now()),
                },
                () = self.sleep_until(upload.poll_timeout()) => upload.handle_timeout(self.now()),
                _ = &mut give.stop => upload.abort(),
            }
        }
    }
}
