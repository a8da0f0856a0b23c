//! The session: the one place that owns the client's machine, and waits for everything.

use std::collections::BTreeSet;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use napster_codec::LinkType;
use napster_codec::session::{
    Account, Client, ClientConfig, DownloadId, RequestId, Song, UploadId,
};
use napster_codec::transfer::{Refusal, Request, safe_file_name};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant as Moment, sleep_until};

use crate::jobs::{Answer, Fetch, Give, JobId, Office, Report, Target, numbered};
use crate::shares::{self, Shares};
use crate::start::Arguments;
use crate::terminal::Terminal;

/// How many reports of tasks wait.
const WAITING_REPORTS: usize = 64;

/// How many callers are greeted at a time; further ones are closed.
const CALLERS: usize = 64;

pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) arguments: Arguments,
    pub(crate) terminal: Terminal,
    listener: Option<TcpListener>,
    office: Office,
    reports: mpsc::Receiver<Report>,
    pub(crate) shares: Shares,
    /// What the last search or browse found; commands count from 1.
    pub(crate) songs: Vec<Song>,
    /// The channel in which lines without a slash are said.
    pub(crate) channel: Option<Vec<u8>>,
    /// The request that the next command waits for.
    pub(crate) waiting: Option<RequestId>,
    pub(crate) jobs: Vec<Job>,
    next_job: u32,
    callers: Arc<Semaphore>,
    pub(crate) quitting: bool,
}

/// A transfer, as the user sees it.
pub(crate) struct Job {
    /// The number under which it is shown and aborted.
    pub(crate) number: u32,
    pub(crate) id: JobId,
    pub(crate) title: String,
    pub(crate) peer: String,
    pub(crate) bytes: u64,
    pub(crate) size: Option<u64>,
    /// Whether a connection carries it.
    pub(crate) running: bool,
    target: Option<Target>,
    stop: Option<oneshot::Sender<()>>,
}

impl Session {
    pub(crate) fn new(
        arguments: Arguments,
        terminal: Terminal,
        listener: Option<TcpListener>,
    ) -> Result<Self, Box<dyn Error>> {
        let (sender, reports) = mpsc::channel(WAITING_REPORTS);
        let interval = arguments.interval;
        Ok(Self {
            client: Client::new(ClientConfig::default()),
            arguments,
            terminal,
            listener,
            office: Office { reports: sender, start: Instant::now(), interval },
            reports,
            shares: Shares::new(),
            songs: Vec::new(),
            channel: None,
            waiting: None,
            jobs: Vec::new(),
            next_job: 1,
            callers: Arc::new(Semaphore::new(CALLERS)),
            quitting: false,
        })
    }

    pub(crate) fn now(&self) -> Duration {
        self.office.start.elapsed()
    }

    pub(crate) fn log_in(&mut self, nick: &str, password: &str) -> Result<(), Box<dyn Error>> {
        let data_port = match &self.listener {
            Some(listener) => listener.local_addr()?.port(),
            None => 0,
        };
        let account = Account {
            nick: nick.to_owned().try_into()?,
            password: password.to_owned().try_into()?,
            data_port,
            client_info: concat!("napster-codec shell ", env!("CARGO_PKG_VERSION")).try_into()?,
            link_type: LinkType(self.arguments.link_type),
            email: None,
            profile: None,
        };
        let now = self.now();
        let request = if self.arguments.register {
            self.client.register(now, account)?
        } else {
            self.client.login(now, account)?
        };
        self.waiting = Some(request);
        Ok(())
    }

    /// Shares the folders that were named at the start.
    pub(crate) fn share_folders(&mut self) {
        for folder in self.arguments.share.clone() {
            self.share_folder(&folder);
        }
    }

    pub(crate) fn share_folder(&mut self, folder: &std::path::Path) {
        let files = match shares::scan(folder) {
            Ok(files) => files,
            Err(error) => return self.print(&format!("[ {}: {error} ]", folder.display())),
        };
        let mut count = 0;
        for (file, path) in files {
            match self.client.share(self.now(), &file) {
                Ok(()) => {
                    self.shares.insert(file.filename.as_bytes().to_vec(), path);
                    count += 1;
                }
                Err(error) => self.print(&format!("[ {}: {error} ]", path.display())),
            }
        }
        self.print(&format!("[ sharing {count} files of {} ]", folder.display()));
    }

    pub(crate) fn print(&mut self, line: &str) {
        // Where nobody reads any longer, such as behind `head`, the session is over.
        if !self.terminal.print(line) {
            self.quitting = true;
        }
    }

    /// Waits for what happens and does it, until the session is over.
    pub(crate) async fn run(mut self, stream: TcpStream) -> Result<(), Box<dyn Error>> {
        let (mut reader, mut writer) = stream.into_split();
        let mut lines = self.terminal.lines();
        let (mut input, mut output) = (vec![0; 64 * 1024], Vec::new());
        let mut typing = true;
        while !self.is_over(typing) {
            while let Some(event) = self.client.poll_event() {
                self.show(event);
            }
            while let Some(bytes) = self.client.poll_transmit() {
                output.extend_from_slice(&bytes);
            }
            if self.is_over(typing) {
                break;
            }
            let obeys = typing && self.waiting.is_none();
            tokio::select! {
                biased;
                count = reader.read(&mut input), if self.client.wants_input() => {
                    let now = self.now();
                    match count {
                        Ok(count) if count > 0 => self.client.handle_input(now, &input[..count]),
                        _ => self.client.handle_close(now),
                    }
                }
                written = writer.write(&output), if !output.is_empty() => match written {
                    Ok(count) => _ = output.drain(..count),
                    Err(_) => self.client.handle_close(self.now()),
                },
                Some(report) = self.reports.recv() => self.handle_report(report),
                line = lines.recv(), if obeys => match line {
                    Some(line) => self.obey(&line),
                    None => typing = false,
                },
                accepted = accept(self.listener.as_ref()) => self.serve(accepted),
                () = sleep(self.office.start, self.client.poll_timeout()) => {
                    self.client.handle_timeout(self.now());
                }
            }
        }
        // What is said last, such as the end of a transfer, still goes out.
        writer.write_all(&output).await.ok();
        writer.shutdown().await.ok();
        Ok(())
    }

    /// Whether everything is done: at the end of the input the downloads are waited for.
    fn is_over(&self, typing: bool) -> bool {
        let done = !typing && self.waiting.is_none() && self.client.downloads().count() == 0;
        self.quitting || self.client.is_closed() || done
    }

    fn serve(&mut self, stream: TcpStream) {
        if let Ok(place) = Arc::clone(&self.callers).try_acquire_owned() {
            let office = self.office.clone();
            tokio::spawn(office.accept(stream, place));
        }
    }

    /// Enters a transfer into the list.
    pub(crate) fn enter(
        &mut self,
        id: JobId,
        path: &[u8],
        peer: String,
        size: Option<u64>,
        target: Option<Target>,
    ) {
        self.jobs.retain(|job| job.id != id);
        let number = self.next_job;
        self.next_job += 1;
        self.jobs.push(Job {
            number,
            id,
            title: local_name(path),
            peer,
            bytes: 0,
            size,
            running: false,
            target,
            stop: None,
        });
    }

    /// Asks for a file.
    pub(crate) fn fetch(&mut self, song: &Song, player: bool) {
        let (nick, filename) = (song.nick.as_bytes(), song.filename.as_bytes());
        match self.client.download(self.now(), nick, filename, Some(song.size)) {
            Ok(id) => {
                let target = if player {
                    Target::Player(self.arguments.player.clone())
                } else {
                    self.free_name(local_name(filename))
                };
                let peer = song.nick.to_string();
                self.enter(JobId::Down(id), filename, peer, Some(song.size), Some(target));
            }
            Err(error) => self.print(&format!("[ {error} ]")),
        }
    }

    /// A name whose part file no other download writes.
    fn free_name(&self, name: String) -> Target {
        let used: BTreeSet<&String> = self
            .jobs
            .iter()
            .filter_map(|job| match &job.target {
                Some(Target::Folder(_, name)) => Some(name),
                _ => None,
            })
            .collect();
        let free = (1..).map(|number| numbered(&name, number)).find(|name| !used.contains(name));
        Target::Folder(self.arguments.folder.clone(), free.unwrap_or(name))
    }

    /// The owner listens: connects to him.
    pub(crate) fn start_download(&mut self, id: DownloadId, address: SocketAddr) {
        let Some(fetch) = self.fetch_plan(id) else { return };
        let nick = self.own_nick();
        tokio::spawn(self.office.clone().fetch(nick, fetch, address));
    }

    /// The downloader listens: connects to him.
    pub(crate) fn start_push(&mut self, id: UploadId, address: SocketAddr) {
        let Some(give) = self.give_plan(id) else { return };
        let nick = self.own_nick();
        tokio::spawn(self.office.clone().push(nick, give, address));
    }

    fn own_nick(&self) -> Vec<u8> {
        self.client.nick().map(|nick| nick.as_bytes().to_vec()).unwrap_or_default()
    }

    fn fetch_plan(&mut self, id: DownloadId) -> Option<Fetch> {
        let entry = self.client.downloads().find(|download| download.id == id)?;
        let (filename, size) = (entry.filename.as_bytes().to_vec(), entry.size);
        let job = self.jobs.iter_mut().find(|job| job.id == JobId::Down(id))?;
        let target = job.target.clone()?;
        let (sender, stop) = oneshot::channel();
        job.stop = Some(sender);
        Some(Fetch { id: JobId::Down(id), filename, size, target, stop })
    }

    fn give_plan(&mut self, id: UploadId) -> Option<Give> {
        let entry = self.client.uploads().find(|upload| upload.id == id)?;
        let filename = entry.filename.as_bytes().to_vec();
        let size = entry.size;
        let path = self.shares.get(&filename)?.clone();
        let job = self.jobs.iter_mut().find(|job| job.id == JobId::Up(id))?;
        let (sender, stop) = oneshot::channel();
        job.stop = Some(sender);
        Some(Give { id: JobId::Up(id), filename, size, path, stop })
    }

    /// Aborts a transfer, whatever its state.
    pub(crate) fn abort(&mut self, number: u32) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.number == number) else {
            return self.print(&format!("[ there is no transfer {number}, see /status ]"));
        };
        let (id, title, running) = (job.id, job.title.clone(), job.running);
        let stop = job.stop.take();
        self.print(&format!("[ {title}: aborting ]"));
        match (running, stop, id) {
            (true, Some(stop), _) => _ = stop.send(()),
            (_, _, JobId::Down(id)) => self.check(|client, now| client.abort_download(now, id)),
            (_, _, JobId::Up(id)) => self.check(|client, now| client.upload_finished(now, id)),
        }
    }

    /// Calls the client, and tells a mistake.
    pub(crate) fn check<T>(
        &mut self,
        call: impl FnOnce(&mut Client, Duration) -> Result<T, napster_codec::session::UserError>,
    ) {
        let now = self.now();
        if let Err(error) = call(&mut self.client, now) {
            self.print(&format!("[ {error} ]"));
        }
    }

    fn handle_report(&mut self, report: Report) {
        match report {
            Report::Asked(request, reply) => {
                let answer = self.answer(&request);
                if let Answer::Fetch(Fetch { id, .. }) | Answer::Give(Give { id, .. }) = &answer {
                    self.connected(*id);
                }
                reply.send((Some(request), answer)).ok();
            }
            Report::Connected(id) => self.connected(id),
            Report::Progress(id, bytes) => self.progress(id, bytes),
            Report::Unreachable(JobId::Down(id)) => {
                self.check(|client, now| client.download_unreachable(now, id));
            }
            Report::Unreachable(JobId::Up(id)) => {
                self.check(|client, now| client.upload_finished(now, id));
                self.finished(JobId::Up(id), Err("cannot be connected to".to_owned()));
            }
            Report::Over(id, result) => {
                match id {
                    JobId::Down(id) => {
                        self.check(|client, now| client.download_finished(now, id));
                    }
                    JobId::Up(id) => self.check(|client, now| client.upload_finished(now, id)),
                }
                self.finished(id, result);
            }
        }
    }

    /// Allows what was agreed on through the server, and nothing else.
    fn answer(&mut self, request: &Request) -> Answer {
        let plan = match request {
            Request::Get(get) => {
                let upload = self.client.find_upload(&get.nick, &get.filename);
                let id = upload.map(|upload| upload.id);
                id.and_then(|id| self.give_plan(id)).map(Answer::Give)
            }
            Request::Send(send) => {
                let download = self.client.find_push(&send.nick, &send.filename);
                let id = download.map(|download| download.id);
                id.and_then(|id| self.fetch_plan(id)).map(Answer::Fetch)
            }
            _ => None,
        };
        plan.unwrap_or(Answer::Refuse(Refusal::InvalidRequest))
    }
}

/// What a path of another machine is called here.
pub(crate) fn local_name(path: &[u8]) -> String {
    safe_file_name(path, |bytes| String::from_utf8_lossy(bytes).into_owned()).name
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    match listener {
        Some(listener) => loop {
            if let Ok((stream, _)) = listener.accept().await {
                return stream;
            }
            // Out of handles, perhaps: others may be free soon.
            tokio::time::sleep(Duration::from_millis(100)).await;
        },
        None => std::future::pending().await,
    }
}

async fn sleep(start: Instant, until: Option<Duration>) {
    match until {
        Some(until) => sleep_until(Moment::from_std(start + until)).await,
        None => std::future::pending().await,
    }
}
