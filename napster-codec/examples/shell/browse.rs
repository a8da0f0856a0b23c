//! Lists of files straight from their owners: fetched, and given.

use std::net::SocketAddr;
use std::time::Duration;

use napster_codec::message::{BrowseResult, ShareFile};
use napster_codec::session::{ClientEvent, RequestId, Song};
use tokio::task::AbortHandle;

use crate::jobs::Office;
use crate::lists::{Browsing, GiveList};
use crate::session::Session;

/// How long an owner may take to answer until the server is asked instead; TekNap has the same.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long somebody who was promised the list may take to connect.
const PROMISE: Duration = Duration::from_secs(120);

/// How many are promised the list at a time.
const GUESTS: usize = 16;

/// The lists that are fetched and given without the server.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    fetched: Option<Fetched>,
    /// Until when those who asked may fetch the own list.
    guests: Vec<Duration>,
    /// How many lists were fetched.
    count: u64,
}

/// A list that is asked for, or comes.
#[derive(Debug)]
struct Fetched {
    browsing: Browsing,
    request: RequestId,
    /// Until when it has to begin; `None` where it has.
    until: Option<Duration>,
    task: Option<AbortHandle>,
}

impl Lists {
    pub(crate) fn is_fetching(&self) -> bool {
        self.fetched.is_some()
    }

    /// When to give up waiting for an owner.
    pub(crate) fn until(&self) -> Option<Duration> {
        self.fetched.as_ref()?.until
    }
}

/// Somebody else's list.
impl Session {
    /// Asks a user for his list, and the server where he gives none.
    pub(crate) fn browse_directly(&mut self, nick: &[u8]) {
        self.songs.clear();
        let now = self.now();
        match self.client.browse_directly(now, nick) {
            Ok(request) => {
                self.lists.count += 1;
                let browsing = Browsing { number: self.lists.count, nick: nick.to_vec() };
                let until = Some(now + PATIENCE);
                self.lists.fetched = Some(Fetched { browsing, request, until, task: None });
            }
            Err(error) => self.print(&format!("[ {error} ]")),
        }
    }

    /// The owner agreed: connects to him, or waits for him.
    pub(crate) fn fetch_list(&mut self, event: &ClientEvent) {
        let ClientEvent::DirectBrowseReady { request, nick, ip, port, .. } = event else { return };
        let Some(fetched) = &mut self.lists.fetched else { return };
        // A list that is brought can be here before the news.
        if *request != Some(fetched.request) || fetched.until.is_none() {
            return;
        }
        match (ip, port) {
            (_, 0) if self.listener.is_some() => {
                self.print(&format!("[ waiting for {nick} to connect ]"));
            }
            (Some(ip), port) if *port > 0 => {
                fetched.until = None;
                let (office, browsing) = (self.office.clone(), fetched.browsing.clone());
                let address = SocketAddr::from((*ip, *port));
                let task = tokio::spawn(Office::fetch_list(office, browsing, address));
                fetched.task = Some(task.abort_handle());
            }
            _ => self.ask_server("you and he cannot connect to each other"),
        }
    }

    /// The request for a list is over, before it began.
    pub(crate) fn list_refused(&mut self, request: RequestId) {
        if self.lists.fetched.as_ref().is_some_and(|fetched| fetched.request == request) {
            self.ask_server("he gives no list");
        }
    }

    /// Asks the server where an owner took too long.
    pub(crate) fn lose_patience(&mut self) {
        if self.lists.until().is_some_and(|until| until <= self.now()) {
            self.ask_server("no answer");
        }
    }

    /// The list that somebody who connected here brings; `None` where it was not asked for.
    pub(crate) fn expected_list(&mut self, nick: Option<&[u8]>) -> Option<Browsing> {
        let fetched = self.lists.fetched.as_mut().filter(|fetched| fetched.until.is_some())?;
        // TekNap names him on the next line.
        let is_his = nick.is_none_or(|nick| nick.eq_ignore_ascii_case(&fetched.browsing.nick));
        is_his.then(|| {
            fetched.until = None;
            fetched.browsing.clone()
        })
    }

    pub(crate) fn listed(&mut self, number: u64, file: ShareFile<'static>) {
        let Some(browsing) = self.fetching(number) else { return };
        let Ok(nick) = browsing.nick.try_into() else { return };
        let found = self.found(Song::from(BrowseResult {
            nick,
            filename: file.filename,
            md5: file.md5,
            size: file.size,
            bitrate: file.bitrate,
            frequency: file.frequency,
            duration: file.duration,
        }));
        if !found {
            self.end_list();
        }
    }

    pub(crate) fn list_over(&mut self, number: u64, result: Result<(), String>) {
        if self.fetching(number).is_none() {
            return;
        }
        match result {
            Ok(()) => self.end_list(),
            Err(error) if self.songs.is_empty() => self.ask_server(&error),
            Err(error) => {
                self.print(&format!("[ the list breaks off: {error} ]"));
                self.end_list();
            }
        }
    }

    fn fetching(&self, number: u64) -> Option<Browsing> {
        let fetched = self.lists.fetched.as_ref()?;
        (fetched.browsing.number == number).then(|| fetched.browsing.clone())
    }

    fn end_list(&mut self) {
        if let Some(task) = self.lists.fetched.take().and_then(|fetched| fetched.task) {
            task.abort();
        }
        self.print(&format!("[ browse done, {} songs found ]", self.songs.len()));
    }

    fn ask_server(&mut self, why: &str) {
        let Some(fetched) = self.lists.fetched.take() else { return };
        let nick = fetched.browsing.nick;
        self.print(&format!("[ {}: {why}; asking the server ]", String::from_utf8_lossy(&nick)));
        self.request(|client, now| client.browse(now, &nick));
    }
}

/// The own list.
impl Session {
    /// Somebody wants the own list: agrees, and brings it to him or waits for him.
    pub(crate) fn promise_list(&mut self, event: &ClientEvent) {
        let ClientEvent::DirectBrowseRequested { requester, address, .. } = event else { return };
        let now = self.now();
        self.lists.guests.retain(|until| *until > now);
        if self.lists.guests.len() >= GUESTS {
            // Without an answer he asks the server.
            return;
        }
        self.check(|client, now| client.accept_direct_browse(now, requester.as_bytes()));
        self.print(&format!("[ {requester} gets the list of your files ]"));
        match address {
            Some(address) => {
                let list = self.own_list();
                let office = self.office.clone();
                tokio::spawn(office.push_list(list, SocketAddr::from(*address)));
            }
            None => self.lists.guests.push(now + PROMISE),
        }
    }

    /// The own list, for somebody who connected here, where it was promised to anybody.
    pub(crate) fn list_for_guest(&mut self) -> Option<GiveList> {
        let now = self.now();
        self.lists.guests.retain(|until| *until > now);
        // He does not say who he is.
        self.lists.guests.pop().map(|_| self.own_list())
    }

    fn own_list(&self) -> GiveList {
        GiveList {
            own_nick: self.own_nick(),
            files: self.shares.values().map(|share| share.file.clone().into()).collect(),
        }
    }
}
