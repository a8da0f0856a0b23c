//! A network in memory: machines, connections between them, and everything that was sent.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use napster_codec::comp112::{
    Client, ClientEvent, ConnectionId, Format, Link, Server, ServerEvent,
};

pub(crate) const SERVER: &str = "radio";
pub(crate) const PORT: u16 = 6300;

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
    pub(crate) port: u16,
    /// Whether the listener sent it, and the bytes.
    pub(crate) sent: Vec<(bool, Vec<u8>)>,
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
    /// The songs that are played: format and audio.
    pub(crate) songs: VecDeque<(Format, Vec<u8>)>,
    /// Everything the server played, whether anybody listened or not.
    pub(crate) aired: Vec<u8>,
    audio: Vec<u8>,
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
        let mut connection = Connection {
            initiator: Some(End::Client(index, link)),
            listener: Some(End::Server),
            port,
            sent: Vec::new(),
        };
        let own = self.nodes[index].host.clone();
        if host == SERVER {
            self.connections.push(connection);
            self.nodes[index].client.handle_connected(link);
            match port {
                PORT => self.server.accept_requests(ConnectionId(id as u64), own.as_bytes()),
                port => {
                    assert_eq!(port, PORT + 1);
                    self.server.accept_stream(ConnectionId(id as u64), own.as_bytes());
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
        match to {
            Some(End::Server) => self.server.handle_input(ConnectionId(id as u64), &bytes),
            Some(End::Client(index, link)) => self.nodes[index].client.handle_input(link, &bytes),
            None => {}
        }
    }

    /// One end closes; the other one is told.
    fn hang_up(&mut self, id: usize, end: End) {
        let connection = &mut self.connections[id];
        let other = if connection.listener == Some(end) {
            connection.initiator
        } else {
            connection.listener
        };
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
