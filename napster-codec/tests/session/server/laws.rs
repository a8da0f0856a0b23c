//! Laws that hold whatever clients send.

use std::time::Duration;

use napster_codec::session::{
    ConnectionId, RegisteredUser, Server, ServerConfig, ServerEvent, StoredPassword,
};
use napster_codec::{Code, Decoder, Direction, MESSAGES, Packet, UserLevel};
use proptest::collection::vec;
use proptest::prelude::*;

const CLIENTS: u64 = 4;
const OUTBOX: usize = 8 * 1024;

/// What a client does.
#[derive(Clone, Debug)]
enum Deed {
    Connect(u64),
    Bytes(u64, Vec<u8>),
    Frame(u64, u16, Vec<u8>),
    Leave(u64),
    Read(u64),
    Wait(u64),
    Check(u64, bool),
}

fn deed() -> impl Strategy<Value = Deed> {
    let client = 0..CLIENTS;
    let codes: Vec<u16> = MESSAGES
        .iter()
        .filter(|spec| spec.directions.admits(Direction::ToServer))
        .map(|spec| spec.code.0)
        .collect();
    // Words that mean something to each other, so that talks come about.
    let word = prop_oneof![
        Just("n0"),
        Just("n1"),
        Just("n2"),
        Just("n3"),
        Just("Jazz"),
        Just("#x"),
        Just("\"a b.mp3\""),
        Just("0"),
        Just("1"),
        Just("6699"),
        Just("128"),
        Just("FILENAME CONTAINS \"a\""),
        Just(""),
        Just("\""),
        Just("elite"),
        Just("+INVITE"),
        Just("\"C:\\m\\\""),
        Just("\u{1}x"),
    ];
    let payload = vec(word, 0..7).prop_map(|words| words.join(" ").into_bytes());
    let login = client.clone().prop_map(|client| {
        let login = format!("n{client} pw 6699 \"law\" 3");
        Deed::Frame(client, 2, login.into_bytes())
    });
    let share = (client.clone(), "[a-c]{1,3}").prop_map(|(client, name)| {
        let file = format!("\"C:\\a b\\{name}.mp3\" 0 1 128 44100 1");
        Deed::Frame(client, 100, file.into_bytes())
    });
    prop_oneof![
        3 => client.clone().prop_map(Deed::Connect),
        4 => login,
        2 => share,
        1 => (client.clone(), vec(any::<u8>(), 0..40)).prop_map(|(c, bytes)| Deed::Bytes(c, bytes)),
        20 => (client.clone(), proptest::sample::select(codes), payload)
            .prop_map(|(client, code, payload)| Deed::Frame(client, code, payload)),
        1 => client.clone().prop_map(Deed::Leave),
        6 => client.prop_map(Deed::Read),
        1 => (0_u64..100).prop_map(Deed::Wait),
        2 => (0..CLIENTS, any::<bool>()).prop_map(|(client, is_right)| Deed::Check(client, is_right)),
    ]
}

/// A server whose clients read when they are told to.
struct Run {
    server: Server,
    now: Duration,
    /// The connection of each client, its decoder, and what waits to be read.
    clients: Vec<Option<(ConnectionId, Decoder, Option<usize>)>>,
    next: u64,
}

impl Run {
    fn new() -> Self {
        let mut config = ServerConfig::new("nap.example.net");
        config.limits.outbox = OUTBOX;
        config.limits.closing = 2;
        config.limits.inbox = 100;
        config.limits.flood_messages = 20;
        config.limits.idle_time = Duration::from_secs(300);
        // One whose password only the caller can check.
        config.accounts.push(RegisteredUser {
            nick: b"n1".to_vec(),
            password: StoredPassword::Hashed(b"hash".to_vec()),
            email: None,
            level: UserLevel::Elite,
        });
        let clients = (0..CLIENTS).map(|_| None).collect();
        Self { server: Server::new(config), now: Duration::ZERO, clients, next: 0 }
    }

    fn act(&mut self, deed: &Deed) {
        match deed {
            Deed::Connect(client) => {
                self.leave(*client);
                self.next += 1;
                let id = ConnectionId(self.next);
                let peer = format!("10.0.0.{client}:1000").parse().expect("an address");
                self.clients[*client as usize] =
                    Some((id, Decoder::new(Direction::ToClient), None));
                self.server.accept(self.now, id, peer);
            }
            Deed::Bytes(client, bytes) => self.input(*client, bytes),
            Deed::Frame(client, code, payload) => {
                let packet = Packet::new(Code(*code), payload.clone(), Direction::ToServer);
                self.input(*client, &packet.expect("a short payload").to_bytes());
            }
            Deed::Leave(client) => self.leave(*client),
            Deed::Read(client) => {
                if let Some((id, _, unread)) = &mut self.clients[*client as usize] {
                    *unread = None;
                    self.server.handle_written(*id);
                }
            }
            Deed::Check(client, is_right) => {
                if let Some((id, ..)) = self.clients[*client as usize] {
                    self.server.password_checked(self.now, id, *is_right);
                }
            }
            Deed::Wait(seconds) => {
                self.now += Duration::from_secs(*seconds);
                self.server.handle_timeout(self.now);
                let due = self.server.poll_timeout();
                assert!(due.is_none_or(|due| due > self.now), "what was due is done");
            }
        }
        self.drain();
    }

    fn input(&mut self, client: u64, bytes: &[u8]) {
        if let Some((id, ..)) = self.clients[client as usize] {
            self.server.handle_input(self.now, id, bytes);
        }
    }

    fn leave(&mut self, client: u64) {
        if let Some((id, ..)) = self.clients[client as usize].take() {
            self.server.handle_close(self.now, id);
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some((id, bytes)) = self.server.poll_transmit() {
            assert!(bytes.len() <= OUTBOX, "no more than the limit waits for one client");
            let client = self.clients.iter_mut().flatten().find(|client| client.0 == id);
            let (_, decoder, unread) = client.expect("bytes only for those who are here");
            assert_eq!(*unread, None, "one piece at a time");
            *unread = Some(bytes.len());
            decoder.feed(&bytes);
            while let Some(packet) = decoder.poll() {
                assert_ne!(packet.name(), "unknown", "{packet:?}");
            }
            assert_eq!(decoder.held(), 0, "whole messages");
        }
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Close(closed) = event {
                for client in &mut self.clients {
                    client.take_if(|(id, ..)| *id == closed);
                }
            }
        }
        let (open, users, _) = self.server.counts();
        assert!(users <= open && open <= self.clients.iter().flatten().count());
    }
}

proptest! {
    #[test]
    fn whatever_clients_do_the_server_speaks_in_whole_known_messages(
        deeds in vec(deed(), 0..60),
    ) {
        let mut run = Run::new();
        for deed in &deeds {
            run.act(deed);
        }
        for client in 0..CLIENTS {
            run.leave(client);
        }
        run.act(&Deed::Wait(1000));
        prop_assert_eq!(run.server.counts(), (0, 0, 0), "nothing is left of those who went");
    }
}
