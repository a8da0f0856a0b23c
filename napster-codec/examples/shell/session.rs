//! The session: the one place that owns the client's machine, and waits for everything.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use napster_codec::LinkType;
use napster_codec::session::{Account, Client, ClientConfig, RequestId, Song, UserError};
use napster_codec::transfer::safe_file_name;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant as Moment, sleep_until};

use crate::browse::Lists;
use crate::jobs::{Office, Report};
use crate::shares::{self, Scanned, Shares};
use crate::start::Arguments;
use crate::terminal::Terminal;
use crate::transfers::Job;

/// How many reports of tasks wait.
const WAITING_REPORTS: usize = 64;

/// How many callers are greeted at a time; further ones are closed.
const CALLERS: usize = 64;

pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) arguments: Arguments,
    pub(crate) terminal: Terminal,
    pub(crate) listener: Option<TcpListener>,
    pub(crate) office: Office,
    reports: mpsc::Receiver<Report>,
    pub(crate) shares: Shares,
    /// How many folders are being looked through.
    scanning: u32,
    /// What the last search or browse found; commands count from 1.
    pub(crate) songs: Vec<Song>,
    /// The channel in which lines without a slash are said.
    pub(crate) channel: Option<Vec<u8>>,
    /// The request that the next command waits for.
    pub(crate) waiting: Option<RequestId>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) next_job: u32,
    /// The lists that are fetched and given without the server.
    pub(crate) lists: Lists,
    callers: Arc<Semaphore>,
    pub(crate) quitting: bool,
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
            scanning: 0,
            songs: Vec::new(),
            channel: None,
            waiting: None,
            jobs: Vec::new(),
            next_job: 1,
            lists: Lists::default(),
            callers: Arc::new(Semaphore::new(CALLERS)),
            quitting: false,
        })
    }

    pub(crate) fn now(&self) -> Duration {
        self.office.start.elapsed()
    }

    pub(crate) fn log_in(&mut self, nick: &str, password: &str) -> Result<(), Box<dyn Error>> {
        let data_port = match (&self.listener, self.arguments.public_port) {
            (Some(_), Some(port)) => port,
            (Some(listener), None) => listener.local_addr()?.port(),
            (None, _) => 0,
        };
        let account = Account {
            nick: nick.to_owned().try_into().map_err(|error| format!("nick: {error}"))?,
            password: password
                .to_owned()
                .try_into()
                .map_err(|error| format!("password: {error}"))?,
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

    /// Tells the port once more: the server that comes with `MP3::Napster` overlooks it in a login.
    pub(crate) fn repeat_port(&mut self) {
        let port = self.client.data_port();
        if port != 0 {
            self.check(|client, now| client.set_data_port(now, port));
        }
    }

    /// Shares the folders that were named at the start.
    pub(crate) fn share_folders(&mut self) {
        for folder in self.arguments.share.clone() {
            self.share_folder(folder);
        }
    }

    /// Begins to look through a folder; what is in it is shared when that is done.
    pub(crate) fn share_folder(&mut self, folder: PathBuf) {
        let office = self.office.clone();
        self.scanning += 1;
        // Each file is read to its checksum, which takes a while.
        tokio::spawn(async move {
            let path = folder.clone();
            let scanned = tokio::task::spawn_blocking(move || shares::scan(&path)).await;
            let scanned = scanned.unwrap_or_else(|error| Err(std::io::Error::other(error)));
            office.report(Report::Scanned(folder, scanned)).await;
        });
    }

    /// Shares what a folder has.
    pub(crate) fn share(&mut self, folder: &std::path::Path, scanned: Scanned) {
        self.scanning -= 1;
        let files = match scanned {
            Ok(files) => files,
            Err(error) => return self.print(&format!("[ {}: {error} ]", folder.display())),
        };
        let mut count = 0;
        for share in files {
            match self.client.share(self.now(), &share.file) {
                Ok(()) => {
                    self.shares.insert(share.file.filename.as_bytes().to_vec(), share);
                    count += 1;
                }
                Err(error) => self.print(&format!("[ {}: {error} ]", share.path.display())),
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
            let obeys = typing && !self.is_busy();
            let timeout = self.client.poll_timeout().into_iter().chain(self.lists.until()).min();
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
                line = lines.next(), if obeys => match line {
                    Some(line) => {
                        self.obey(&line);
                        if !self.quitting {
                            lines.go_on();
                        }
                    }
                    None => {
                        typing = false;
                        self.tell_waiting();
                    }
                },
                accepted = accept(self.listener.as_ref()) => self.serve(accepted),
                () = sleep(self.office.start, timeout) => {
                    self.client.handle_timeout(self.now());
                    self.lose_patience();
                }
            }
        }
        if self.client.is_closed() {
            while let Some(event) = self.client.poll_event() {
                self.show(event);
            }
        }
        // What is said last, such as the end of a transfer, still goes out.
        writer.write_all(&output).await.ok();
        writer.shutdown().await.ok();
        lines.end(&mut self.terminal);
        Ok(())
    }

    /// Whether everything is done: at the end of the input the downloads are waited for.
    fn is_over(&self, typing: bool) -> bool {
        let done = !typing && !self.is_busy() && self.client.downloads().count() == 0;
        self.quitting || self.client.is_closed() || done
    }

    /// At the end of the input: what is still waited for.
    fn tell_waiting(&mut self) {
        match self.client.downloads().count() {
            0 => {}
            1 => self.print("[ leaving when the download is done; Control-C breaks it off ]"),
            count => self.print(&format!(
                "[ leaving when {count} downloads are done; Control-C breaks them off ]"
            )),
        }
    }

    /// Whether the next line waits for what is under way.
    fn is_busy(&self) -> bool {
        self.waiting.is_some() || self.scanning > 0 || self.lists.is_fetching()
    }

    fn serve(&mut self, stream: TcpStream) {
        if let Ok(place) = Arc::clone(&self.callers).try_acquire_owned() {
            let office = self.office.clone();
            tokio::spawn(office.accept(stream, place));
        }
    }

    /// Calls the client, and tells a mistake.
    pub(crate) fn check<T>(
        &mut self,
        call: impl FnOnce(&mut Client, Duration) -> Result<T, UserError>,
    ) {
        let now = self.now();
        if let Err(error) = call(&mut self.client, now) {
            self.print(&format!("[ {error} ]"));
        }
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
