//! Clients and a server in one memory: every dialogue from both ends.

use std::time::Duration;

use napster_codec::message::KillUser;
use napster_codec::session::{
    Account, Client, ClientConfig, ClientEvent, ConnectionId, DownloadFailure, FixedChannel,
    LoginRefusal, NickState, Outcome, RegisteredUser, RequestId, Server, ServerConfig, ServerEvent,
    Song,
};
use napster_codec::{Compare, Query, UserLevel};

use crate::script::{account, finished};
use crate::searches::shared;

const FILE: &str = r"C:\m\Evening Trio - Blue Lamp.mp3";

/// A server and its clients; what is sent arrives at once.
struct Network {
    server: Server,
    clients: Vec<Client>,
    now: Duration,
}

impl Network {
    fn new() -> Self {
        let mut config = ServerConfig::new("nap.example.net");
        config.motd = vec![b"Be nice.".to_vec()];
        config.channels = vec![FixedChannel {
            name: b"Lobby".to_vec(),
            topic: b"Welcome to the Lobby channel.".to_vec(),
        }];
        config.accounts = vec![RegisteredUser {
            nick: b"boss".to_vec(),
            password: b"s3cret"[..].into(),
            email: Some(b"boss@example.net".to_vec()),
            level: UserLevel::Elite,
        }];
        Self { server: Server::new(config), clients: Vec::new(), now: Duration::from_secs(10) }
    }

    /// A client that is connected; gives its place.
    fn connect(&mut self) -> usize {
        let place = self.clients.len();
        let host = u8::try_from(place + 1).expect("few clients");
        let peer = std::net::SocketAddrV4::new([10, 0, 0, host].into(), 40_000);
        self.server.accept(self.now, ConnectionId(place as u64), peer);
        self.clients.push(Client::new(ClientConfig::default()));
        place
    }

    /// A client that is logged in.
    fn log_in(&mut self, nick: &str, data_port: u16) -> usize {
        let place = self.connect();
        let nick = nick.to_owned().try_into().unwrap();
        self.clients[place].login(self.now, Account { nick, data_port, ..account() }).unwrap();
        self.take(place);
        assert!(self.clients[place].is_logged_in());
        place
    }

    /// Carries everything until nobody has anything to say.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            for (place, client) in self.clients.iter_mut().enumerate() {
                while let Some(bytes) = client.poll_transmit() {
                    self.server.handle_input(self.now, ConnectionId(place as u64), &bytes);
                    quiet = false;
                }
            }
            while let Some((ConnectionId(place), bytes)) = self.server.poll_transmit() {
                self.clients[place as usize].handle_input(self.now, &bytes);
                self.server.handle_written(ConnectionId(place));
                quiet = false;
            }
            while let Some(event) = self.server.poll_event() {
                if let ServerEvent::Close(ConnectionId(place)) = event {
                    self.clients[place as usize].handle_close(self.now);
                    quiet = false;
                }
            }
            if quiet {
                return;
            }
        }
    }

    /// What a client was told, once all is quiet.
    fn take(&mut self, place: usize) -> Vec<ClientEvent> {
        self.settle();
        let mut events = Vec::new();
        while let Some(event) = self.clients[place].poll_event() {
            events.push(event);
            self.settle();
        }
        events
    }

    /// What came until a request was over: it has to be answered.
    fn answer(&mut self, place: usize, request: RequestId) -> Vec<ClientEvent> {
        let events = self.take(place);
        let end = events.iter().filter_map(finished).find(|end| end.0 == request);
        assert_eq!(end.map(|end| end.1), Some(Outcome::Done), "{events:#?}");
        events
    }

    fn refusal(&mut self, place: usize, request: RequestId) -> Vec<ClientEvent> {
        let events = self.take(place);
        let end = events.iter().filter_map(finished).find(|end| end.0 == request);
        assert_eq!(end.map(|end| end.1), Some(Outcome::Refused), "{events:#?}");
        events
    }

    fn share(&mut self, place: usize, name: &str) {
        self.clients[place].share(self.now, &shared(name, 4187)).unwrap();
        assert_eq!(self.take(place), []);
    }
}

fn song(events: &[ClientEvent]) -> &Song {
    let song = events.iter().find_map(|event| match event {
        ClientEvent::Song { song, .. } => Some(song),
        _ => None,
    });
    song.unwrap_or_else(|| panic!("{events:#?}"))
}

/// Asserts that one of the events is of a kind.
macro_rules! has {
    ($events:expr, $pattern:pat $(if $guard:expr)?) => {
        let events = $events;
        assert!(events.iter().any(|event| matches!(event, $pattern $(if $guard)?)), "{events:#?}");
    };
}

#[test]
fn logins_are_taken_and_refused() {
    let mut net = Network::new();
    let ann = net.connect();
    let request = net.clients[ann].login(net.now, account()).unwrap();
    let events = net.answer(ann, request);
    has!(&events, ClientEvent::Motd { line, .. } if *line == "Be nice.");
    has!(&events, ClientEvent::ServerStats { stats, .. } if stats.users == 1);

    let boss = net.connect();
    let nick = "boss".try_into().unwrap();
    let password = "wrong".try_into().unwrap();
    let request = net.clients[boss].login(net.now, Account { nick, password, ..account() });
    let events = net.refusal(boss, request.unwrap());
    let wrong = LoginRefusal::Error("Invalid Password".try_into().unwrap());
    has!(&events, ClientEvent::LoginRefused { refusal, .. } if *refusal == wrong);
    assert_eq!(events.last(), Some(&ClientEvent::Disconnected));
}

#[test]
fn nicks_are_checked_and_registered() {
    let mut net = Network::new();
    let newbie = net.connect();
    let boss = Account { nick: "boss".try_into().unwrap(), ..account() };
    net.clients[newbie].register(net.now, boss).unwrap();
    has!(net.take(newbie), ClientEvent::NickChecked { state: NickState::Taken, .. });
    let email = Some("carol@example.net".try_into().unwrap());
    let carol = Account { nick: "carol".try_into().unwrap(), email, ..account() };
    net.clients[newbie].register(net.now, carol).unwrap();
    has!(net.take(newbie), ClientEvent::LoggedIn { .. });
    assert_eq!(net.clients[newbie].email(), Some(&b"carol@example.net"[..]));
    assert!(net.server.accounts().any(|account| account.nick == b"carol"));
}

#[test]
fn files_are_shared_searched_browsed_and_withdrawn() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 6700));
    net.share(bob, FILE);
    let search = net.clients[ann].search(net.now, b"blue lamp").unwrap();
    let events = net.answer(ann, search);
    let found = song(&events);
    assert_eq!((found.filename.to_string(), found.size), (FILE.to_owned(), 4187));
    assert_eq!((found.nick.as_bytes(), found.ip), (&b"bob"[..], Some([10, 0, 0, 2].into())));
    let strict = Query::new().filename_contains("lamp").unwrap().bitrate(Compare::AtLeast, 320);
    let search = net.clients[ann].search_with(net.now, strict).unwrap();
    let events = net.answer(ann, search);
    assert!(!events.iter().any(|event| matches!(event, ClientEvent::Song { .. })));

    let browse = net.clients[ann].browse(net.now, b"bob").unwrap();
    let events = net.answer(ann, browse);
    let found = song(&events).clone();
    let browse = net.clients[ann].browse(net.now, b"nobody").unwrap();
    net.refusal(ann, browse);
    let copies = net.clients[ann].search_copies(net.now, &found.md5, found.size).unwrap();
    assert_eq!(song(&net.answer(ann, copies)).port, Some(6700));

    net.clients[bob].unshare(net.now, FILE.as_bytes()).unwrap();
    assert_eq!(net.take(bob), []);
    let search = net.clients[ann].search(net.now, b"lamp").unwrap();
    assert_eq!(finished(net.answer(ann, search).last().unwrap()).map(|end| end.2), Some(0));
}

#[test]
fn files_are_browsed_directory_by_directory() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 6700));
    let names: Vec<String> = (0..8).map(|number| format!("{number}.mp3")).collect();
    let files: Vec<_> = names.iter().map(|name| shared(name, 4187)).collect();
    net.clients[bob].share_directory(net.now, br"C:\m", &files).unwrap();
    net.share(bob, r"C:\other\Blue Lamp.mp3");
    let browse = net.clients[ann].browse_directories(net.now, b"bob").unwrap();
    let events = net.answer(ann, browse);
    let songs = events.iter().filter_map(|event| match event {
        ClientEvent::Song { song, .. } => Some(song.filename.to_string()),
        _ => None,
    });
    let directory = names.iter().map(|name| format!(r"C:\m\{name}"));
    let expected = directory.chain([r"C:\other\Blue Lamp.mp3".to_owned()]);
    assert_eq!(songs.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let browse = net.clients[ann].browse_directories(net.now, b"nobody").unwrap();
    net.refusal(ann, browse);
}

#[test]
fn lists_are_fetched_from_their_owners() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 6700));
    // Bob can be reached: he is only asked, and ann is told where he listens.
    let browse = net.clients[ann].browse_directly(net.now, b"bob").unwrap();
    assert_eq!(net.take(ann), []);
    has!(net.take(bob), ClientEvent::DirectBrowseRequested { requester, address: None, .. } if *requester == "ann");
    net.clients[bob].accept_direct_browse(net.now, b"ann").unwrap();
    let there = Some([10, 0, 0, 2].into());
    has!(&net.answer(ann, browse), ClientEvent::DirectBrowseReady { nick, ip, port: 6700, .. } if *nick == "bob" && *ip == there);

    // Cleo cannot: she is told where ann listens, and ann that she has to wait.
    let cleo = net.log_in("cleo", 0);
    let browse = net.clients[ann].browse_directly(net.now, b"cleo").unwrap();
    let here = Some(([10, 0, 0, 1].into(), 6699));
    has!(net.take(cleo), ClientEvent::DirectBrowseRequested { address, .. } if *address == here);
    net.clients[cleo].accept_direct_browse(net.now, b"ann").unwrap();
    has!(&net.answer(ann, browse), ClientEvent::DirectBrowseReady { port: 0, .. });

    // Without a way between them, or without the other one, there is nothing to wait for.
    let dora = net.log_in("dora", 0);
    for nick in ["cleo", "nobody"] {
        let browse = net.clients[dora].browse_directly(net.now, nick.as_bytes()).unwrap();
        net.refusal(dora, browse);
    }
    assert_eq!(net.take(cleo), []);
}

#[test]
fn channels_are_joined_and_talked_in() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 6700));
    let join = net.clients[ann].join(net.now, b"Lobby").unwrap();
    let events = net.answer(ann, join);
    has!(&events, ClientEvent::Joined { channel, .. } if *channel == "Lobby");
    has!(&events, ClientEvent::Topic { topic: Some(topic), .. } if *topic == "Welcome to the Lobby channel.");
    let join = net.clients[bob].join(net.now, b"Lobby").unwrap();
    has!(&net.answer(bob, join), ClientEvent::User { user, .. } if user.nick == "ann");
    has!(net.take(ann), ClientEvent::UserJoined { user, .. } if user.nick == "bob");
    let again = net.clients[bob].join(net.now, b"Lobby").unwrap();
    net.refusal(bob, again);

    let said = net.clients[ann].public_message(net.now, b"Lobby", b"good evening").unwrap();
    net.answer(ann, said);
    has!(net.take(bob), ClientEvent::PublicMessage { nick, text, .. } if *nick == "ann" && *text == "good evening");
    net.clients[bob].emote(net.now, b"Lobby", b"waves").unwrap();
    has!(net.take(ann), ClientEvent::Emote { nick, text, .. } if *nick == "bob" && *text == "waves");
    let topic = net.clients[ann].topic(net.now, b"Lobby", None).unwrap();
    net.answer(ann, topic);

    let list = net.clients[ann].list_channels(net.now).unwrap();
    has!(&net.answer(ann, list), ClientEvent::Channel { channel, .. } if channel.users == 2);
    let list = net.clients[ann].list_all_channels(net.now).unwrap();
    has!(&net.answer(ann, list), ClientEvent::Channel { channel, .. } if channel.level.is_some());
    let users = net.clients[ann].list_users(net.now, b"Lobby").unwrap();
    has!(&net.answer(ann, users), ClientEvent::User { user, .. } if user.nick == "bob");

    let part = net.clients[bob].part(net.now, b"Lobby").unwrap();
    net.answer(bob, part);
    has!(net.take(ann), ClientEvent::UserParted { user, .. } if user.nick == "bob");
    let said = net.clients[bob].public_message(net.now, b"Lobby", b"still here?").unwrap();
    net.refusal(bob, said);
}

#[test]
fn people_find_each_other() {
    let mut net = Network::new();
    let ann = net.log_in("ann", 6699);
    let watch = net.clients[ann].hotlist_add(net.now, b"bob").unwrap();
    net.answer(ann, watch);
    let bob = net.log_in("bob", 6700);
    has!(net.take(ann), ClientEvent::UserSignedOn { nick, .. } if *nick == "bob");
    let whois = net.clients[ann].whois(net.now, b"bob").unwrap();
    has!(&net.answer(ann, whois), ClientEvent::User { user, .. } if user.is_online());
    let whois = net.clients[ann].whois(net.now, b"nobody").unwrap();
    net.refusal(ann, whois);
    let link = net.clients[ann].link_speed(net.now, b"bob").unwrap();
    net.answer(ann, link);
    // The answer of the other program is in his machine.
    let ping = net.clients[ann].ping(net.now, b"bob").unwrap();
    has!(&net.answer(ann, ping), ClientEvent::Ponged { nick, .. } if *nick == "bob");
    has!(net.take(bob), ClientEvent::Pinged { from, .. } if *from == "ann");
    let ping = net.clients[ann].ping(net.now, b"nobody").unwrap();
    net.refusal(ann, ping);

    net.clients[ann].private_message(net.now, b"bob", b"hello").unwrap();
    has!(net.take(bob), ClientEvent::PrivateMessage { from, .. } if *from == "ann");
    let ignore = net.clients[bob].ignore_add(net.now, b"ann").unwrap();
    net.answer(bob, ignore);
    let again = net.clients[bob].ignore_add(net.now, b"ann").unwrap();
    net.refusal(bob, again);
    let list = net.clients[bob].ignore_list(net.now).unwrap();
    net.answer(bob, list);
    net.clients[ann].private_message(net.now, b"bob", b"hello?").unwrap();
    has!(net.take(ann), ClientEvent::Notice { text, .. } if *text == "bob is ignoring you");
    assert_eq!(net.take(bob), []);
    let remove = net.clients[bob].ignore_remove(net.now, b"ann").unwrap();
    net.answer(bob, remove);
    let clear = net.clients[bob].ignore_clear(net.now).unwrap();
    net.answer(bob, clear);

    net.clients[ann].hotlist_add(net.now, b"carol").unwrap();
    net.take(ann);
    net.server.handle_close(net.now, ConnectionId(bob as u64));
    has!(net.take(ann), ClientEvent::UserSignedOff { nick, .. } if *nick == "bob");
}

#[test]
fn a_download_is_arranged_with_a_reachable_owner() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 6700));
    net.share(bob, FILE);
    let download = net.clients[ann].download(net.now, b"bob", FILE.as_bytes(), Some(4187)).unwrap();
    let events = net.take(bob);
    let [ClientEvent::UploadRequested { upload, .. }] = &events[..] else { panic!("{events:#?}") };
    net.clients[bob].accept_upload(net.now, *upload).unwrap();
    let here = std::net::Ipv4Addr::new(10, 0, 0, 2);
    has!(net.take(ann), ClientEvent::DownloadReady { download: d, ip, port: 6700, .. } if *d == download && *ip == here);
    assert!(net.clients[bob].find_upload(b"ann", FILE.as_bytes()).is_some());
    net.clients[ann].download_started(net.now, download).unwrap();
    net.clients[bob].upload_started(net.now, *upload).unwrap();
    net.settle();
    let whois = net.clients[ann].whois(net.now, b"bob").unwrap();
    has!(&net.answer(ann, whois), ClientEvent::User { user, .. } if user.whois.as_ref().is_some_and(|w| w.uploads == 1));
    net.clients[ann].download_finished(net.now, download).unwrap();
    net.clients[bob].upload_finished(net.now, *upload).unwrap();
    assert_eq!((net.take(ann), net.take(bob)), (vec![], vec![]));
}

#[test]
fn a_download_is_pushed_by_a_firewalled_owner() {
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 6699), net.log_in("bob", 0));
    net.share(bob, FILE);
    let download = net.clients[ann].download(net.now, b"bob", FILE.as_bytes(), None).unwrap();
    has!(net.take(ann), ClientEvent::DownloadPushed { .. });
    let events = net.take(bob);
    let [ClientEvent::UploadRequested { upload, .. }] = &events[..] else { panic!("{events:#?}") };
    net.clients[bob].accept_upload(net.now, *upload).unwrap();
    let there = std::net::Ipv4Addr::new(10, 0, 0, 1);
    has!(net.take(bob), ClientEvent::PushOrdered { ip, port: 6699, .. } if *ip == there);
    let pushed = net.clients[ann].find_push(b"bob", FILE.as_bytes());
    assert_eq!(pushed.map(|pushed| pushed.id), Some(download));
}

#[test]
fn downloads_that_cannot_be_are_refused() {
    let failure = |events: Vec<ClientEvent>| {
        let failure = events.iter().find_map(|event| match event {
            ClientEvent::DownloadFailed { failure, .. } => Some(failure.clone()),
            _ => None,
        });
        failure.unwrap_or_else(|| panic!("{events:#?}"))
    };
    let mut net = Network::new();
    let (ann, bob) = (net.log_in("ann", 0), net.log_in("bob", 0));
    net.share(bob, FILE);
    net.clients[ann].download(net.now, b"bob", FILE.as_bytes(), None).unwrap();
    assert_eq!(failure(net.take(ann)), DownloadFailure::BothFirewalled);
    net.clients[ann].download(net.now, b"bob", b"other.mp3", None).unwrap();
    assert_eq!(failure(net.take(ann)), DownloadFailure::Unavailable);

    let carol = net.log_in("carol", 6700);
    net.share(carol, FILE);
    net.clients[ann].download(net.now, b"carol", FILE.as_bytes(), None).unwrap();
    let events = net.take(carol);
    let [ClientEvent::UploadRequested { upload, .. }] = &events[..] else { panic!("{events:#?}") };
    net.clients[carol].limit_upload(net.now, *upload, 3).unwrap();
    let limited = DownloadFailure::Limited { limit: 3, size: 4187 };
    assert_eq!(failure(net.take(ann)), limited);
    net.clients[ann].download(net.now, b"carol", FILE.as_bytes(), None).unwrap();
    let events = net.take(carol);
    let [ClientEvent::UploadRequested { upload, .. }] = &events[..] else { panic!("{events:#?}") };
    net.clients[carol].refuse_upload(net.now, *upload).unwrap();
    assert_eq!(failure(net.take(ann)), DownloadFailure::Refused);
}

#[test]
fn a_killed_client_is_closed() {
    let mut net = Network::new();
    let (boss, ann) = (net.log_in("boss", 6699), net.log_in("ann", 6699));
    let reason = Some("flooding".try_into().unwrap());
    let kill = KillUser { nick: "ann".try_into().unwrap(), reason };
    net.clients[boss].send(net.now, kill).unwrap();
    let events = net.take(ann);
    has!(&events, ClientEvent::Notice { .. });
    has!(&events, ClientEvent::Disconnecting { .. });
    assert_eq!(events.last(), Some(&ClientEvent::Disconnected));
    // Who is no moderator is told so.
    let bob = net.log_in("bob", 6699);
    let kill = KillUser { nick: "boss".try_into().unwrap(), reason: None };
    net.clients[bob].send(net.now, kill).unwrap();
    has!(net.take(bob), ClientEvent::Notice { text, .. } if *text == "permission denied");
}

#[test]
fn counters_and_lines_of_the_server_are_asked_for() {
    let mut net = Network::new();
    let ann = net.log_in("ann", 6699);
    let stats = net.clients[ann].ask_stats(net.now).unwrap();
    net.answer(ann, stats);
    let ping = net.clients[ann].ping_server(net.now).unwrap();
    net.answer(ann, ping);
    net.clients[ann].ask_motd(net.now).unwrap();
    has!(net.take(ann), ClientEvent::Motd { line, .. } if *line == "Be nice.");
    net.clients[ann].set_data_port(net.now, 0).unwrap();
    assert_eq!(net.take(ann), []);
}
