//! What the user sees of what happens.

use std::net::SocketAddr;

use napster_codec::LinkType;
use napster_codec::session::{
    ClientEvent, DownloadFailure, DownloadId, LoginRefusal, Outcome, RequestId, Song,
    UploadRefusal, User,
};

use crate::jobs::JobId;
use crate::session::{Session, local_name};

/// How many found songs are kept: servers give some hundred, and a hostile one would never end.
const SONGS: usize = 20_000;

impl Session {
    /// Shows an event, and does what it asks for.
    pub(crate) fn show(&mut self, event: ClientEvent) {
        let line = match event {
            ClientEvent::LoggedIn { email, .. } => {
                self.print(&format!("[ logged in with e-mail {email} ]"));
                self.repeat_port();
                return self.share_folders();
            }
            ClientEvent::LoginRefused { refusal, .. } => {
                self.quitting = true;
                format!("[ login refused: {} ]", said(&refusal))
            }
            ClientEvent::Disconnected if self.quitting => return,
            ClientEvent::Disconnected => "[ the server closed the connection ]".to_owned(),
            ClientEvent::Finished { request, code, outcome, answers, .. } => {
                return self.show_end(request, code.0, outcome, answers);
            }
            ClientEvent::Song { song, .. } => {
                self.found(song);
                return;
            }
            ClientEvent::Motd { line, .. } => line.to_string(),
            ClientEvent::ServerStats { stats, .. } => format!(
                "\t** SERVER STATS: {} files, {} users ({} gigs) **",
                stats.files, stats.users, stats.gigabytes
            ),
            ClientEvent::Joined { channel, .. } => {
                self.channel = Some(channel.as_bytes().to_vec());
                format!("[ joined {channel} ]")
            }
            ClientEvent::Parted { channel, .. } => {
                if self.channel.as_deref() == Some(channel.as_bytes()) {
                    self.channel = None;
                }
                format!("[ left {channel} ]")
            }
            ClientEvent::DownloadReady { download, ip, port, .. } => {
                return self.start_download(download, SocketAddr::from((ip, port)));
            }
            ClientEvent::DownloadPushed { download, .. } => {
                self.about(download, "waiting for its owner to connect")
            }
            ClientEvent::DownloadFailed { download, filename, failure, .. } => {
                self.jobs.retain(|job| job.id != JobId::Down(download));
                format!("\t[ {}: {} ]", local_name(filename.as_bytes()), why(&failure))
            }
            ClientEvent::UploadRequested { upload, downloader, filename, .. } => {
                let peer = downloader.to_string();
                self.enter(JobId::Up(upload), filename.as_bytes(), peer, None, None);
                return self.check(|client, now| client.accept_upload(now, upload));
            }
            ClientEvent::PushOrdered { upload, ip, port, .. } => {
                return self.start_push(upload, SocketAddr::from((ip, port)));
            }
            ClientEvent::DirectBrowseReady { .. } => return self.fetch_list(&event),
            ClientEvent::DirectBrowseRequested { .. } => return self.promise_list(&event),
            ClientEvent::UploadExpired { upload, .. } => {
                return self.jobs.retain(|job| job.id != JobId::Up(upload));
            }
            other => match talk(&other) {
                Some(line) => line,
                None => return,
            },
        };
        self.print(&line);
    }

    /// Shows the end of a request that somebody typed.
    fn show_end(&mut self, request: RequestId, code: u16, outcome: Outcome, answers: u64) {
        if self.waiting == Some(request) {
            self.waiting = None;
        }
        let what = match code {
            200 => "search",
            211 => "browse",
            215 => "search for copies",
            400 => "join",
            603 => "whois",
            617 => "list of channels",
            751 => "ping",
            830 => "list of users",
            640 if outcome != Outcome::Done => return self.list_refused(request),
            _ => return,
        };
        let line = match (outcome, code) {
            (Outcome::Done, 200 | 211 | 215) => format!("[ {what} done, {answers} songs found ]"),
            (Outcome::Done, 617) => format!("[ {answers} channels ]"),
            (Outcome::Done, 830) => format!("[ {answers} users ]"),
            (Outcome::Done, _) => return,
            (Outcome::Refused, _) => format!("[ {what} refused ]"),
            (Outcome::TimedOut, _) => format!("[ {what}: no answer ]"),
            _ => return,
        };
        self.print(&line);
    }

    /// Shows a song under the number that commands have for it; says whether there is room for more.
    pub(crate) fn found(&mut self, song: Song) -> bool {
        if self.songs.len() >= SONGS {
            return false;
        }
        let line = found(self.songs.len() + 1, &song);
        self.songs.push(song);
        self.print(&line);
        let room = self.songs.len() < SONGS;
        if !room {
            self.print("[ more songs than anybody looks at: the rest is left out ]");
        }
        room
    }

    fn about(&self, download: DownloadId, what: &str) -> String {
        let job = self.jobs.iter().find(|job| job.id == JobId::Down(download));
        format!("[ {}: {what} ]", job.map_or("download", |job| &job.title))
    }

    /// A connection carries a transfer from now on.
    pub(crate) fn connected(&mut self, id: JobId) {
        match id {
            JobId::Down(id) => self.check(|client, now| client.download_started(now, id)),
            JobId::Up(id) => self.check(|client, now| client.upload_started(now, id)),
        }
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else { return };
        job.running = true;
        let line = match id {
            JobId::Down(_) => format!("[ {}: starting download ]", job.title),
            JobId::Up(_) => format!("[ {}: {} fetches it ]", job.title, job.peer),
        };
        self.print(&line);
    }

    pub(crate) fn progress(&mut self, id: JobId, bytes: u64) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else { return };
        job.bytes = bytes;
        if matches!(id, JobId::Down(_)) {
            let line = format!("\t[ {}: {bytes} bytes ]", job.title);
            self.print(&line);
        }
    }

    /// A transfer is over.
    pub(crate) fn finished(&mut self, id: JobId, result: Result<Option<String>, String>) {
        let Some(place) = self.jobs.iter().position(|job| job.id == id) else { return };
        let job = self.jobs.remove(place);
        let what = if matches!(id, JobId::Down(_)) { "download" } else { "upload" };
        let line = match result {
            Ok(Some(name)) if name != job.title => format!("{what} complete, kept as {name}"),
            Ok(_) => format!("{what} complete"),
            Err(error) => format!("{what} interrupted: {error}"),
        };
        self.print(&format!("\t[ {}: {line} ]", job.title));
    }

    /// Shows what is under way.
    pub(crate) fn show_status(&mut self) {
        if self.jobs.is_empty() {
            return self.print("[ no transfers ]");
        }
        let lines: Vec<String> = self
            .jobs
            .iter()
            .map(|job| {
                let (from, size) = match job.id {
                    JobId::Down(_) => ("from", job.size),
                    JobId::Up(_) => ("to", None),
                };
                let of = size.map(|size| format!(" of {size}")).unwrap_or_default();
                let state = if job.running { "" } else { ", waiting" };
                let (number, title, peer) = (job.number, &job.title, &job.peer);
                format!("{number:3}. {title} {from} {peer}: {} bytes{of}{state}", job.bytes)
            })
            .collect();
        lines.iter().for_each(|line| self.print(line));
    }
}

/// What people and the server say.
fn talk(event: &ClientEvent) -> Option<String> {
    Some(match event {
        ClientEvent::Notice { text, .. } => format!("[ server: {text} ]"),
        ClientEvent::Error { text, .. } => format!("[ server error: {text} ]"),
        ClientEvent::PrivateMessage { from, text, .. } => format!("<{from}> (to you) {text}"),
        ClientEvent::PublicMessage { channel, nick, text, .. } => {
            format!("[{channel}] <{nick}> {text}")
        }
        ClientEvent::Emote { channel, nick, text, .. } => format!("[{channel}] * {nick} {text}"),
        ClientEvent::Topic { channel, topic: Some(topic), .. } => format!("[{channel}] {topic}"),
        ClientEvent::ChannelMotd { text, .. } => format!("[ {text} ]"),
        ClientEvent::UserJoined { user, .. } => comes(user, "has entered"),
        ClientEvent::UserParted { user, .. } => comes(user, "has left"),
        ClientEvent::User { user, .. } => known(user),
        ClientEvent::Channel { channel, .. } => {
            format!(
                "  {:<20} {:4} users  {}",
                channel.name.to_string(),
                channel.users,
                channel.topic
            )
        }
        ClientEvent::UserSignedOn { nick, .. } => format!("[ {nick} is on line ]"),
        ClientEvent::UserSignedOff { nick, .. } => format!("[ {nick} is off line ]"),
        ClientEvent::Ponged { nick, .. } => format!("[ {nick} answers ]"),
        ClientEvent::Invited { inviter, channel, .. } => {
            format!("[ {inviter} invites you into {channel} ]")
        }
        ClientEvent::OperatorMessage { from, text, .. } => format!("<{from}> (operators) {text}"),
        ClientEvent::Announcement { from, text, .. } => format!("<{from}> (everybody) {text}"),
        ClientEvent::DataPortOrdered { port, .. } => {
            format!("[ the server wants port {port}; see --port ]")
        }
        ClientEvent::DataPortUnreachable { reporter, .. } => {
            format!("[ {reporter} cannot connect to you; see --port ]")
        }
        ClientEvent::UploadRefused { downloader, filename, refusal, .. } => {
            let title = local_name(filename.as_bytes());
            format!("[ {title}: refused to {downloader}, {} ]", why_not(*refusal))
        }
        ClientEvent::Ghost { .. } => "[ somebody logs in with your nick ]".to_owned(),
        ClientEvent::Redirected { host, port, .. } => {
            format!("[ the server sends you to {host}:{port} ]")
        }
        ClientEvent::Cycled { metaserver, .. } => {
            format!("[ the server sends you back to the redirector {metaserver} ]")
        }
        _ => return None,
    })
}

/// One line of a search: number, owner, quality, size, link, title.
fn found(number: usize, song: &Song) -> String {
    let nick = song.nick.to_string();
    let bitrate = song.bitrate.map(|kbps| format!("{kbps}kbps")).unwrap_or_default();
    // Tenths of a megabyte, as the article has it.
    let tenths = song.size.saturating_mul(10) / (1 << 20);
    let size = format!("{}.{}M", tenths / 10, tenths % 10);
    let link = link(song.link_type.unwrap_or_default());
    let title = local_name(song.filename.as_bytes());
    format!("{number:3}. {nick:<18} {bitrate:>7} {size:>6} {link:<8} {title}")
}

/// The article's names of the links.
fn link(link: LinkType) -> &'static str {
    const NAMES: [&str; 11] =
        ["UNKNOWN", "14K", "28K", "33K", "56K", "64K", "128K", "CABLE", "DSL", "T1", "T3"];
    NAMES.get(link.0 as usize).copied().unwrap_or("UNKNOWN")
}

fn comes(user: &User, what: &str) -> String {
    let channel = user.channel.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("* {} {what} {channel} *", user.nick)
}

fn known(user: &User) -> String {
    let link = link(user.link_type.unwrap_or_default());
    let shared = user.shared.unwrap_or_default();
    match (&user.whois, &user.whowas) {
        (Some(whois), _) => format!(
            "  {} ({}, {}) on line {} s, channels {}, sharing {shared}, {} down, {} up, {link}, {}",
            user.nick,
            whois.level,
            whois.status,
            whois.online,
            whois.channels.to_string().trim(),
            whois.downloads,
            whois.uploads,
            whois.client_info
        ),
        (_, Some(whowas)) => format!("  {} ({}) is off line", user.nick, whowas.level),
        _ => format!("  {:<18} sharing {shared:4} files  {link}", user.nick.to_string()),
    }
}

fn said(refusal: &LoginRefusal) -> String {
    match refusal {
        LoginRefusal::Error(text) | LoginRefusal::LoginError(text) | LoginRefusal::Notice(text) => {
            text.to_string()
        }
        LoginRefusal::NickTaken => "the nick is taken".to_owned(),
        LoginRefusal::NickInvalid => "the nick cannot be used".to_owned(),
        _ => "no answer".to_owned(),
    }
}

fn why_not(refusal: UploadRefusal) -> &'static str {
    match refusal {
        UploadRefusal::NotShared => "it is not shared",
        UploadRefusal::Limit => "enough others fetch files",
        UploadRefusal::NotAccepted => "which did not ask for it",
        UploadRefusal::BadAddress => "which cannot be connected to",
        _ => "which cannot have it",
    }
}

fn why(failure: &DownloadFailure) -> String {
    match failure {
        DownloadFailure::Unavailable => "not available".to_owned(),
        DownloadFailure::Refused => "its owner refuses".to_owned(),
        DownloadFailure::Limited { limit, .. } => {
            format!("its owner gives {limit} files at a time, try later")
        }
        DownloadFailure::BothFirewalled => "you and its owner are both firewalled".to_owned(),
        DownloadFailure::Notice(text) => text.to_string(),
        DownloadFailure::Unreachable => "its owner cannot be connected to".to_owned(),
        DownloadFailure::TimedOut => "its owner does not answer".to_owned(),
        DownloadFailure::Aborted => "download interrupted".to_owned(),
        _ => "cannot be had".to_owned(),
    }
}
