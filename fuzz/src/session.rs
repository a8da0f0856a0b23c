//! A server and clients of a session, with bytes between them that get mangled.

use std::time::Duration;

use napster_codec::session::{
    Account, Client, ClientConfig, ConnectionId, Farewell, RegisteredUser, Server, ServerConfig,
    ServerEvent, StoredPassword,
};
use napster_codec::{Code, Direction, LinkType, Packet, Password, Quoted, Token, UserLevel};

use crate::bytes::Bytes;

/// Clients on the server; the last one says what it is told to, frame for frame.
const CLIENTS: usize = 3;
/// Deeds beyond this many say nothing new.
const MOST_DEEDS: usize = 200;
/// What may wait for one client.
const OUTBOX: usize = 16 * 1024;

/// Neither machine fails at what the other says, also where bytes between them are changed, lost or
/// doubled, and the server forgets everybody who goes: deeds, each a byte for its kind, one for the
/// client, and what it takes.
pub fn session(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut network = Network::new();
    for _ in 0..MOST_DEEDS {
        if bytes.is_empty() {
            break;
        }
        network.act(&mut bytes);
    }
    network.end();
}

/// What happens to the bytes of one side on their way.
#[derive(Clone, Copy, Debug)]
enum Mangled {
    No,
    Changed(u8),
    Lost(u8),
    Doubled,
}

struct Network {
    server: Server,
    now: Duration,
    clients: Vec<Option<Client>>,
    mangled: Mangled,
}

impl Network {
    fn new() -> Self {
        let mut config = ServerConfig::new("nap.example.net");
        config.limits.outbox = OUTBOX;
        config.limits.closing = 1;
        config.limits.inbox = 200;
        config.limits.flood_messages = 150;
        config.limits.idle_time = Duration::from_secs(400);
        config.limits.access_list = 2;
        config.accounts = vec![registered(0, StoredPassword::Clear(b"pw".to_vec()))];
        // One whose password the server cannot check by itself.
        config.accounts.push(registered(2, StoredPassword::Hashed(b"hash".to_vec())));
        let mut network = Self {
            server: Server::new(config),
            now: Duration::ZERO,
            clients: (0..CLIENTS).map(|_| None).collect(),
            mangled: Mangled::No,
        };
        for client in 0..CLIENTS {
            network.connect(client);
        }
        network
    }

    fn connect(&mut self, client: usize) {
        self.leave(client);
        let peer = format!("10.0.0.{client}:1000").parse().expect("an address");
        self.server.accept(self.now, id(client), peer);
        let mut machine = Client::new(ClientConfig::default());
        // The caller's mistakes are told as errors, and change nothing.
        let _ = machine.login(self.now, account(client));
        if let Some(place) = self.clients.get_mut(client) {
            *place = Some(machine);
        }
        self.exchange();
    }

    fn leave(&mut self, client: usize) {
        if let Some(mut machine) = self.clients.get_mut(client).and_then(Option::take) {
            self.server.handle_close(self.now, id(client));
            machine.handle_close(self.now);
            while machine.poll_event().is_some() {}
        }
        self.exchange();
    }

    fn act(&mut self, bytes: &mut Bytes<'_>) {
        let kind = bytes.byte();
        let client = usize::from(bytes.byte()) % CLIENTS;
        let now = self.now;
        match kind % 16 {
            0 => self.connect(client),
            1 => self.leave(client),
            2 => {
                let seconds = bytes.byte();
                if seconds == u8::MAX {
                    let text = "this is the end".try_into().expect("a text");
                    self.server.shut_down(now, &Farewell::Text(text));
                }
                self.now += Duration::from_secs(u64::from(seconds));
                self.server.handle_timeout(self.now);
                for machine in self.clients.iter_mut().flatten() {
                    machine.handle_timeout(self.now);
                }
            }
            3 => self.mangled = Mangled::Changed(bytes.byte()),
            4 => self.mangled = Mangled::Lost(bytes.byte()),
            5 => self.mangled = Mangled::Doubled,
            6 => {
                let length = usize::from(bytes.byte());
                self.server.handle_input(now, id(client), bytes.take(length));
            }
            7 | 8 => {
                let code = Code(bytes.short());
                let length = usize::from(bytes.byte());
                let payload = bytes.take(length).to_vec();
                let packet = Packet::new(code, payload, Direction::ToServer);
                let frame = packet.expect("a short payload").to_bytes();
                self.server.handle_input(now, id(client), &frame);
            }
            wish => {
                let length = usize::from(bytes.byte() % 32);
                let text = bytes.take(length);
                if let Some(Some(machine)) = self.clients.get_mut(client) {
                    wish_for(machine, now, wish, text);
                }
            }
        }
        self.exchange();
    }

    /// Carries bytes until nobody has more to say.
    fn exchange(&mut self) {
        loop {
            let mut is_quiet = true;
            for client in 0..CLIENTS {
                let Some(Some(machine)) = self.clients.get_mut(client) else { continue };
                while let Some(sent) = machine.poll_transmit() {
                    is_quiet = false;
                    let sent = mangle(sent, &mut self.mangled);
                    self.server.handle_input(self.now, id(client), &sent);
                }
                while machine.poll_event().is_some() {}
            }
            while let Some((to, sent)) = self.server.poll_transmit() {
                is_quiet = false;
                assert!(sent.len() <= OUTBOX, "more than the limit waited");
                let sent = mangle(sent, &mut self.mangled);
                let client = usize::try_from(to.0).expect("a client");
                if let Some(Some(machine)) = self.clients.get_mut(client) {
                    machine.handle_input(self.now, &sent);
                }
                self.server.handle_written(to);
            }
            while let Some(event) = self.server.poll_event() {
                if let ServerEvent::CheckPassword { connection, .. } = event {
                    is_quiet = false;
                    // Now and then the password is wrong.
                    let is_right = self.now.as_secs() % 8 != 7;
                    self.server.password_checked(self.now, connection, is_right);
                }
                let ServerEvent::Close(closed) = event else { continue };
                is_quiet = false;
                let client = usize::try_from(closed.0).expect("a client");
                if let Some(mut machine) = self.clients.get_mut(client).and_then(Option::take) {
                    machine.handle_close(self.now);
                    assert!(machine.is_closed());
                }
            }
            if is_quiet {
                return;
            }
        }
    }

    fn end(&mut self) {
        for client in 0..CLIENTS {
            self.leave(client);
        }
        // What only waited for its last words is closed in time.
        while let Some(due) = self.server.poll_timeout() {
            self.now = self.now.max(due);
            self.server.handle_timeout(self.now);
            self.exchange();
        }
        assert_eq!(self.server.counts(), (0, 0, 0), "nothing is left of those who went");
    }
}

/// Something that a client wants.
fn wish_for(client: &mut Client, now: Duration, wish: u8, text: &[u8]) {
    // What cannot be asked is an error of the caller, which changes nothing.
    let _ = match wish {
        9 => client.search(now, text).map(drop),
        10 => client.join(now, text).map(drop),
        11 => client.public_message(now, b"Jazz", text).map(drop),
        12 => client.browse(now, text).map(drop),
        13 => client.whois(now, text).map(drop),
        14 => client.ping(now, text).map(drop),
        _ => client.list_channels(now).map(drop),
    };
}

fn mangle(mut bytes: Vec<u8>, mangled: &mut Mangled) -> Vec<u8> {
    match std::mem::replace(mangled, Mangled::No) {
        Mangled::No => {}
        Mangled::Changed(seed) => {
            let place = usize::from(seed) % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= seed | 1;
            }
        }
        Mangled::Lost(seed) => {
            let place = usize::from(seed) % bytes.len().max(1);
            bytes.truncate(place);
        }
        Mangled::Doubled => bytes.extend_from_within(..),
    }
    bytes
}

fn id(client: usize) -> ConnectionId {
    ConnectionId(client as u64)
}

/// An account of the highest level, so that no command is out of reach.
fn registered(client: usize, password: StoredPassword) -> RegisteredUser {
    let nick = format!("n{client}").into_bytes();
    RegisteredUser { nick, password, email: None, level: UserLevel::Elite }
}

fn account(client: usize) -> Account {
    let nick = format!("n{client}").into_bytes();
    Account {
        nick: Token::new(nick).expect("a nick"),
        password: Password::try_from("pw").expect("a password"),
        data_port: if client == 0 { 0 } else { 6699 },
        client_info: Quoted::try_from("fuzz").expect("a text"),
        link_type: LinkType::CABLE,
        email: None,
        profile: None,
    }
}
