//! A server and its clients in memory: each client says frames and notes what it hears.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::time::Duration;

use napster_codec::session::{ConnectionId, Farewell, Server, ServerConfig, ServerEvent};
use napster_codec::{Code, Decoder, Direction, Packet};

/// A message as tests write it: code, and the payload as Latin-1.
pub(crate) type Said = (u16, String);

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) now: Duration,
    clients: BTreeMap<ConnectionId, Client>,
    pub(crate) events: Vec<ServerEvent>,
    next: u64,
}

struct Client {
    decoder: Decoder,
    heard: Vec<Said>,
    closed: bool,
}

impl World {
    pub(crate) fn new(config: ServerConfig) -> Self {
        Self {
            server: Server::new(config),
            now: Duration::ZERO,
            clients: BTreeMap::new(),
            events: Vec::new(),
            next: 0,
        }
    }

    /// A client connects from an address and port.
    pub(crate) fn connect(&mut self, peer: &str) -> ConnectionId {
        self.next += 1;
        let id = ConnectionId(self.next);
        let decoder = Decoder::new(Direction::ToClient);
        self.clients.insert(id, Client { decoder, heard: Vec::new(), closed: false });
        let peer: SocketAddrV4 = peer.parse().expect("an address and a port");
        self.server.accept(self.now, id, peer);
        self.drain();
        id
    }

    /// A client connects and logs in; what it hears is forgotten.
    pub(crate) fn log_in(&mut self, peer: &str, login: &str) -> ConnectionId {
        let id = self.connect(peer);
        self.say(id, 2, login);
        let heard = self.hear(id);
        assert_eq!(heard.first().map(|said| said.0), Some(3), "{login}: {heard:?}");
        id
    }

    /// A client sends a message.
    pub(crate) fn say(&mut self, id: ConnectionId, code: u16, payload: &str) {
        let payload = latin1(payload);
        let packet =
            Packet::new(Code(code), payload, Direction::ToServer).expect("a short payload");
        self.input(id, &packet.to_bytes());
    }

    /// A client sends a message; what it hears then.
    pub(crate) fn ask(&mut self, id: ConnectionId, code: u16, payload: &str) -> Vec<Said> {
        self.hear(id);
        self.say(id, code, payload);
        self.hear(id)
    }

    /// A client sends bytes.
    pub(crate) fn input(&mut self, id: ConnectionId, bytes: &[u8]) {
        self.server.handle_input(self.now, id, bytes);
        self.drain();
    }

    /// A client closes its connection.
    pub(crate) fn leave(&mut self, id: ConnectionId) {
        self.server.handle_close(self.now, id);
        self.drain();
    }

    /// The caller has checked a password.
    pub(crate) fn checked(&mut self, id: ConnectionId, is_right: bool) {
        self.server.password_checked(self.now, id, is_right);
        self.drain();
    }

    /// The server ends.
    pub(crate) fn shut_down(&mut self, farewell: &Farewell) {
        self.server.shut_down(self.now, farewell);
        self.drain();
    }

    /// Lets time pass, with every timeout in it.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.server.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.server.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// What a client has heard since it was asked last.
    pub(crate) fn hear(&mut self, id: ConnectionId) -> Vec<Said> {
        let client = self.clients.get_mut(&id).expect("a client");
        std::mem::take(&mut client.heard)
    }

    /// Whether a client has heard a message since it was asked last.
    pub(crate) fn has_heard(&self, id: ConnectionId, code: u16, payload: &str) -> bool {
        let heard = self.clients.get(&id).into_iter().flat_map(|client| &client.heard);
        heard.into_iter().any(|said| said.0 == code && said.1 == payload)
    }

    pub(crate) fn is_closed(&self, id: ConnectionId) -> bool {
        self.clients.get(&id).is_some_and(|client| client.closed)
    }

    /// Takes all that the server has to write and to tell.
    fn drain(&mut self) {
        loop {
            let mut nothing = true;
            while let Some((id, bytes)) = self.server.poll_transmit() {
                nothing = false;
                let client = self.clients.get_mut(&id).expect("the server knows who is here");
                assert!(!client.closed, "bytes for a closed connection");
                client.decoder.feed(&bytes);
                while let Some(packet) = client.decoder.poll() {
                    let text = packet.payload.iter().map(|byte| char::from(*byte)).collect();
                    client.heard.push((packet.code.0, text));
                }
                assert_eq!(client.decoder.held(), 0, "whole messages only");
                self.server.handle_written(id);
            }
            while let Some(event) = self.server.poll_event() {
                nothing = false;
                if let ServerEvent::Close(id) = &event {
                    self.clients.get_mut(id).expect("a client").closed = true;
                }
                self.events.push(event);
            }
            if nothing {
                return;
            }
        }
    }
}

/// The bytes of a text, one a character.
pub(crate) fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).expect("Latin-1")).collect()
}

/// Messages as tests compare them.
pub(crate) fn said<const N: usize>(messages: [(u16, &str); N]) -> Vec<Said> {
    messages.into_iter().map(|(code, payload)| (code, payload.to_owned())).collect()
}
