//! A client and a server that says what a test tells it to.

use core::time::Duration;

use napster_codec::session::{Account, Client, ClientConfig, ClientEvent, Outcome, RequestId};
use napster_codec::{Code, Decoder, Direction, LinkType, Packet};

/// A client whose server is the test.
pub(crate) struct Script {
    pub(crate) client: Client,
    pub(crate) now: Duration,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(ClientConfig::default())
    }

    pub(crate) fn with(config: ClientConfig) -> Self {
        Self { client: Client::new(config), now: Duration::from_secs(1000) }
    }

    /// A client that is logged in with a data port.
    pub(crate) fn logged_in() -> Self {
        Self::logged_in_on(6699)
    }

    pub(crate) fn logged_in_on(data_port: u16) -> Self {
        Self::with(ClientConfig::default()).log_in_on(data_port)
    }

    pub(crate) fn log_in_on(mut self, data_port: u16) -> Self {
        let account = Account { data_port, ..account() };
        self.client.login(self.now, account).expect("a login");
        self.take_sent();
        self.hear("3 alice@example.net");
        self.take_events();
        self
    }

    /// The server says this: a code, and behind a blank the payload.
    pub(crate) fn hear(&mut self, line: &str) {
        let bytes = frame(line);
        self.client.handle_input(self.now, &bytes);
    }

    /// The client is told something, and that gives exactly these events.
    pub(crate) fn take_events(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.client.poll_event()).collect()
    }

    /// What the client sent, as lines like those of [`hear`](Self::hear).
    pub(crate) fn take_sent(&mut self) -> Vec<String> {
        let mut decoder = Decoder::new(Direction::ToServer);
        while let Some(bytes) = self.client.poll_transmit() {
            decoder.feed(&bytes);
        }
        let lines = std::iter::from_fn(|| decoder.poll()).map(|packet| line(&packet));
        lines.collect()
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.client.handle_timeout(self.now);
    }

    /// The server says these, then the request is over with that outcome and so many answers.
    pub(crate) fn ends(
        &mut self,
        request: RequestId,
        lines: &[&str],
        outcome: Outcome,
        count: u64,
    ) {
        for line in lines {
            self.hear(line);
        }
        let events = self.take_events();
        let ends: Vec<_> = events.iter().filter_map(finished).collect();
        assert_eq!(ends, [(request, outcome, count)], "{events:#?}");
    }
}

pub(crate) fn account() -> Account {
    Account {
        nick: "alice".try_into().unwrap(),
        password: "s3cret".try_into().unwrap(),
        data_port: 6699,
        client_info: "nap v0.8".try_into().unwrap(),
        link_type: LinkType::MODEM_33K,
        email: None,
        profile: None,
    }
}

pub(crate) fn finished(event: &ClientEvent) -> Option<(RequestId, Outcome, u64)> {
    match event {
        ClientEvent::Finished { request, outcome, answers, .. } => {
            Some((*request, *outcome, *answers))
        }
        _ => None,
    }
}

/// `201 text` as a frame.
pub(crate) fn frame(line: &str) -> Vec<u8> {
    let (code, payload) = line.split_once(' ').unwrap_or((line, ""));
    let code = Code(code.parse().expect("a code"));
    Packet::new(code, payload.as_bytes().to_vec(), Direction::ToClient).unwrap().to_bytes()
}

/// A packet as such a line.
pub(crate) fn line(packet: &Packet) -> String {
    let payload = String::from_utf8_lossy(&packet.payload);
    let blank = if payload.is_empty() { "" } else { " " };
    format!("{}{blank}{payload}", packet.code)
}
