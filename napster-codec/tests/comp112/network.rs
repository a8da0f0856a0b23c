//! A network in memory: machines, connections between them, and everything that was sent.
//!
//! The dissector's tests take it in as well, to record it as a capture.

#![allow(dead_code, reason = "each test that includes it uses a part of it")]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use napster_codec::comp112::{
    Client, ClientEvent, ConnectionId, Format, Link, Server, ServerEvent,
};

pub(crate) const SERVER: &str = "radio";
pub(crate) const PORT: u16 = 6300;
pub(crate) const FORMAT: Format = Format { width: 2, rate: 16_000, chunk: 32 };

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Server,
    Client(usize, Link),
}

/// A connection and all that was sent on it.
#[derive(Debug)]
pub(crate) struct Connection {
    initiator: Option<End>,
    listener: Option<End>,
    /// Who opened it.
    pub(crate) from: String,
    /// Who accepted it.
    pub(crate) to: String,
    pub(crate) port: u16,
    /// Whether the listener sent it, and the bytes.
    pub(crate) sent: Vec<(bool, Vec<u8>)>,
}

/// What happened on the network, by the place of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    Opened(usize),
    /// The next portion of what was sent.
    Sent(usize),
    /// Closed by its listener, or by its initiator.
    Closed(usize, bool),
}

/// A client, its host, and what it has heard.
pub(crate) struct Node {
    pub(crate) host: String,
    pub(crate) client: Client,
    listening: Option<u16>,
    pub(crate) heard: Vec<u8>,
    pub(crate) events: Vec<ClientEvent>,
    gone: bool,
}

pub(crate) struct Network {
    pub(crate) server: Server,
    pub(crate) nodes: Vec<Node>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) now: Duration,
    /// Everything that happened, with its time.
    pub(crate) log: Vec<(Duration, Happened)>,
    /// The songs that are played: format and audio.
    pub(crate) songs: VecDeque<(Format, Vec<u8>)>,
    /// Everything the server played, whether anybody listened or not.
    pub(crate) aired: Vec<u8>,
    audio: Vec<u8>,
}

/// Audio that is different at every place.
pub(crate) fn audio(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

pub(crate) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// Three clients come; the middle one leaves, then the first; a fourth one comes.
///
/// Three songs are played; `check` is called between the steps with the number of those done.
pub(crate) fn the_middle_one_leaves_and_then_the_first(
    mut check: impl FnMut(&Network, u32, [usize; 3]),
) -> (Network, [usize; 4]) {
    let second = Format { width: 2, rate: 32_000, chunk: 64 };
    let songs =
        vec![(FORMAT, audio(64_000, 1)), (second, audio(128_000, 2)), (FORMAT, audio(640_000, 3))];
    let mut network = Network::new(songs);
    network.play(seconds(0.25));
    let all = ["ann", "bob", "cyd"].map(|host| {
        let place = network.join(host);
        network.play(seconds(0.25));
        place
    });
    check(&network, 1, all);
    network.play(seconds(0.5));

    // The middle one leaves: the third goes on at the first.
    let [a, b, c] = all;
    let now = network.now;
    network.nodes[b].client.leave(now);
    network.play(seconds(1.5));
    check(&network, 2, all);
    network.play(seconds(0.5));
    check(&network, 3, all);

    // Then the first: the third is served by the server.
    let now = network.now;
    network.nodes[a].client.leave(now);
    network.play(seconds(2.0));
    check(&network, 4, all);

    // Somebody new is sent behind him.
    let d = network.join("dan");
    network.play(seconds(1.0));
    (network, [a, b, c, d])
}

impl Network {
    pub(crate) fn new(songs: Vec<(Format, Vec<u8>)>) -> Self {
        let names = (0..songs.len()).map(|index| format!("song{index}.mp3").into_bytes()).collect();
        let mut network = Self {
            server: Server::new(SERVER.as_bytes(), PORT, names),
            nodes: Vec::new(),
            connections: Vec::new(),
            events: Vec::new(),
            now: Duration::ZERO,
            log: Vec::new(),
            songs: songs.into(),
            aired: Vec::new(),
            audio: Vec::new(),
        };
        network.settle();
        network
    }

    /// A new client starts on a host; gives its place.
    pub(crate) fn join(&mut self, host: &str) -> usize {
        self.nodes.push(Node {
            host: host.to_owned(),
            client: Client::new(SERVER.as_bytes(), PORT),
            listening: None,
            heard: Vec::new(),
            events: Vec::new(),
            gone: false,
        });
        self.settle();
        self.nodes.len() - 1
    }

    /// Time passes, a step at a time.
    pub(crate) fn play(&mut self, span: Duration) {
        let end = self.now + span;
        while self.now < end {
            self.now += Duration::from_micros(500);
            self.server.handle_timeout(self.now);
            for node in &mut self.nodes {
                node.client.handle_timeout(self.now);
            }
            self.settle();
        }
    }

    /// Everything that can happen at once happens.
    pub(crate) fn settle(&mut self) {
        loop {
            let mut changed = false;
            while let Some(event) = self.server.poll_event() {
                changed = true;
                self.obey_server(event);
            }
            while let Some((ConnectionId(id), bytes)) = self.server.poll_transmit() {
                changed = true;
                self.deliver(id as usize, End::Server, bytes);
            }
            for index in 0..self.nodes.len() {
                while let Some(event) = self.nodes[index].client.poll_event() {
                    changed = true;
                    self.obey_client(index, event);
                }
                while let Some((link, bytes)) = self.nodes[index].client.poll_transmit() {
                    changed = true;
                    let end = End::Client(index, link);
                    if let Some(id) = self.connection_of(end) {
                        self.deliver(id, end, bytes);
                    }
                }
                if self.nodes[index].gone {
                    changed |= self.hang_up_all(index);
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn obey_server(&mut self, event: ServerEvent) {
        match &event {
            ServerEvent::SongWanted { .. } => {
                if let Some((format, audio)) = self.songs.pop_front() {
                    self.audio = audio;
                    self.server.start_song(format, self.now).expect("a usable format");
                }
            }
            ServerEvent::AudioWanted => {
                let taken = self.server.feed_audio(&self.audio);
                self.aired.extend(self.audio.drain(..taken));
                if self.audio.is_empty() {
                    self.server.end_audio();
                }
            }
            ServerEvent::Close(ConnectionId(id)) => self.hang_up(*id as usize, End::Server),
            _ => {}
        }
        self.events.push(event);
    }

    fn obey_client(&mut self, index: usize, event: ClientEvent) {
        match &event {
            ClientEvent::Connect { link, host, port } => {
                let host = String::from_utf8(host.clone()).expect("a host name");
                self.connect(index, *link, &host, *port);
            }
            ClientEvent::Listen { port } => self.nodes[index].listening = Some(*port),
            ClientEvent::Close(link) => {
                let end = End::Client(index, *link);
                if let Some(id) = self.connection_of(end) {
                    self.hang_up(id, end);
                }
            }
            ClientEvent::Finish(link) => {
                // Whoever is told closes its end as well.
                let end = End::Client(index, *link);
                if let Some(id) = self.connection_of(end) {
                    self.hang_up(id, end);
                    self.nodes[index].client.handle_close(*link);
                }
            }
            ClientEvent::Audio(audio) => self.nodes[index].heard.extend_from_slice(audio),
            ClientEvent::Left => {
                self.nodes[index].gone = true;
                self.nodes[index].listening = None;
            }
            _ => {}
        }
        if !matches!(event, ClientEvent::Audio(_)) {
            self.nodes[index].events.push(event);
        }
    }

    fn connect(&mut self, index: usize, link: Link, host: &str, port: u16) {
        let id = self.connections.len();
        let own = self.nodes[index].host.clone();
        let mut connection = Connection {
            initiator: Some(End::Client(index, link)),
            listener: Some(End::Server),
            from: own.clone(),
            to: host.to_owned(),
            port,
            sent: Vec::new(),
        };
        self.log.push((self.now, Happened::Opened(id)));
        if host == SERVER {
            self.connections.push(connection);
            self.nodes[index].client.handle_connected(link);
            match port {
                PORT => {
                    let connection = ConnectionId(id as u64);
                    self.server.accept_requests(self.now, connection, own.as_bytes());
                }
                port => {
                    assert_eq!(port, PORT + 1);
                    let connection = ConnectionId(id as u64);
                    self.server.accept_stream(self.now, connection, own.as_bytes());
                }
            }
            return;
        }
        let other = self
            .nodes
            .iter()
            .position(|node| node.host == host && node.listening == Some(port))
            .unwrap_or_else(|| panic!("{own} finds nobody at {host}:{port}"));
        connection.listener = Some(End::Client(other, Link::Successor));
        self.connections.push(connection);
        assert!(self.nodes[other].client.handle_successor(), "{host} has a successor already");
        self.nodes[index].client.handle_connected(link);
    }

    fn connection_of(&self, end: End) -> Option<usize> {
        self.connections.iter().position(|c| c.initiator == Some(end) || c.listener == Some(end))
    }

    fn deliver(&mut self, id: usize, from: End, bytes: Vec<u8>) {
        let connection = &mut self.connections[id];
        let from_listener = connection.listener == Some(from);
        let to = if from_listener { connection.initiator } else { connection.listener };
        connection.sent.push((from_listener, bytes.clone()));
        self.log.push((self.now, Happened::Sent(id)));
        match to {
            Some(End::Server) => self.server.handle_input(ConnectionId(id as u64), &bytes),
            Some(End::Client(index, link)) => self.nodes[index].client.handle_input(link, &bytes),
            None => {}
        }
    }

    /// One end closes; the other one is told.
    fn hang_up(&mut self, id: usize, end: End) {
        let connection = &mut self.connections[id];
        let by_listener = connection.listener == Some(end);
        let other = if by_listener { connection.initiator } else { connection.listener };
        self.log.push((self.now, Happened::Closed(id, by_listener)));
        (connection.initiator, connection.listener) = (None, None);
        match other {
            Some(End::Server) => self.server.handle_close(ConnectionId(id as u64)),
            Some(End::Client(index, link)) => self.nodes[index].client.handle_close(link),
            None => {}
        }
    }

    fn hang_up_all(&mut self, index: usize) -> bool {
        let mut changed = false;
        for link in [Link::Bootstrap, Link::Requests, Link::Source, Link::Successor] {
            let end = End::Client(index, link);
            if let Some(id) = self.connection_of(end) {
                self.hang_up(id, end);
                changed = true;
            }
        }
        changed
    }

    /// The request connections and the others, with all that was sent.
    pub(crate) fn recorded(&self) -> BTreeMap<usize, &Connection> {
        self.connections.iter().enumerate().collect()
    }
}
