//! A client that says what a test wants, and notes what it hears.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use napster_codec::{ByteOrder, Code, Decoder, Direction, Packet};

use crate::process::{LONG, Server};

pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    decoder: Decoder,
    order: ByteOrder,
}

/// A message: its code, and its payload as text.
pub(crate) type Said = (u16, String);

impl Client {
    pub(crate) fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a time limit");
        stream.set_write_timeout(Some(LONG)).expect("a time limit");
        stream.set_nodelay(true).expect("an option");
        let decoder = Decoder::new(Direction::ToClient);
        Self { stream, decoder, order: ByteOrder::Little }
    }

    /// Connects with headers whose high bytes come first.
    pub(crate) fn connect_swapped(server: &Server) -> Self {
        let mut client = Self::connect(server);
        client.order = ByteOrder::Big;
        client.decoder.set_byte_order(ByteOrder::Big);
        client
    }

    pub(crate) fn log_in(server: &Server, nick: &str) -> Self {
        let mut client = Self::connect(server);
        client.say(2, &format!("{nick} pw 6699 \"nap v0.8\" 3"));
        client.hears(214, "");
        client
    }

    /// The bytes of a message.
    pub(crate) fn frame(&self, code: u16, payload: &str) -> Vec<u8> {
        let payload = payload.as_bytes().to_vec();
        let packet = Packet::new(Code(code), payload, Direction::ToServer);
        let mut packet = packet.expect("a short payload");
        packet.order = self.order;
        packet.to_bytes()
    }

    pub(crate) fn say(&mut self, code: u16, payload: &str) {
        let frame = self.frame(code, payload);
        self.stream.write_all(&frame).expect("a connection");
    }

    /// Waits for a message of that code whose text holds another.
    pub(crate) fn hears(&mut self, code: u16, text: &str) -> String {
        loop {
            let (heard, payload) = self.next().expect("a connection that is open");
            if heard == code && payload.contains(text) {
                return payload;
            }
        }
    }

    /// All that comes until the server closes.
    pub(crate) fn hears_out(&mut self) -> Vec<Said> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// The next message; none at the end.
    fn next(&mut self) -> Option<Said> {
        let mut buffer = [0; 4096];
        loop {
            if let Some(packet) = self.decoder.poll() {
                let text = String::from_utf8_lossy(&packet.payload).into_owned();
                return Some((packet.code.0, text));
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return None,
                Ok(count) => self.decoder.feed(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Two who talk to each other while others misbehave.
pub(crate) struct Friends {
    ann: Client,
    bob: Client,
    said: usize,
}

impl Friends {
    pub(crate) fn meet(server: &Server) -> Self {
        let (mut ann, mut bob) = (Client::log_in(server, "ann"), Client::log_in(server, "bob"));
        for friend in [&mut ann, &mut bob] {
            friend.say(400, "Jazz");
            friend.hears(410, "");
        }
        Self { ann, bob, said: 0 }
    }

    /// Both are served: what one says the other hears.
    pub(crate) fn talk(&mut self) {
        self.said += 1;
        let text = format!("line {}.", self.said);
        self.ann.say(402, &format!("Jazz {text}"));
        self.bob.hears(403, &text);
        self.bob.say(402, &format!("Jazz I heard {text}"));
        self.ann.hears(403, &format!("I heard {text}"));
    }

    /// Bob shares so many files.
    pub(crate) fn share(&mut self, files: usize) {
        for file in 0..files {
            let name =
                format!(r"C:\music\A song with a name that is rather long, number {file}.mp3");
            self.bob.say(100, &format!("\"{name}\" 0 1 128 44100 1"));
        }
        self.bob.say(750, "shared");
        self.bob.hears(750, "shared");
    }
}
