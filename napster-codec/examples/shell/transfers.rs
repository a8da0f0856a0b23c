//! Transfers as the user sees them, and what the tasks that carry them tell.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use napster_codec::session::{DownloadId, Song, UploadId};
use napster_codec::transfer::{Refusal, Request};
use tokio::sync::oneshot;

use crate::jobs::{Answer, Fetch, Give, JobId, Report};
use crate::session::{Session, local_name};
use crate::sink::{Target, numbered};

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

    pub(crate) fn own_nick(&self) -> Vec<u8> {
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
        let path = self.shares.get(&filename)?.path.clone();
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

    pub(crate) fn handle_report(&mut self, report: Report) {
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
            Report::Listed(number, file) => self.listed(number, file),
            Report::ListOver(number, result) => self.list_over(number, result),
            Report::Scanned(folder, scanned) => self.share(&folder, scanned),
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
            Request::GetList => self.list_for_guest().map(Answer::GiveList),
            Request::SendList(list) => {
                self.expected_list(list.nick.as_deref()).map(Answer::TakeList)
            }
            _ => None,
        };
        plan.unwrap_or(Answer::Refuse(Refusal::InvalidRequest))
    }
}
