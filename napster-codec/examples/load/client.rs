//! A client that only counts what it hears.

use std::net::SocketAddr;

use napster_codec::{Code, Decoder, Direction, Packet};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::BoxError;

/// One client with its connection.
pub(crate) struct Client {
    stream: TcpStream,
    decoder: Decoder,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Client {
    pub(crate) async fn log_in(address: SocketAddr, nick: &str) -> Result<Self, BoxError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let decoder = Decoder::new(Direction::ToClient);
        let mut client = Self { stream, decoder, sent: 0, received: 0 };
        client.say(&[(2, format!("{nick} pw 6699 \"load\" 7"))]).await?;
        // The counters are the last thing that a login is told.
        client.hear(214).await?;
        Ok(client)
    }

    pub(crate) async fn share(&mut self, number: usize, files: usize) -> Result<(), BoxError> {
        let file = |at| {
            let name = format!(r"C:\music\Artist {number} - Song {at} of load.mp3");
            (100, format!("\"{name}\" 0123456789abcdef0123456789abcdef 4000000 128 44100 240"))
        };
        let files: Vec<_> = (0..files).map(file).collect();
        self.say(&files).await
    }

    pub(crate) async fn join(&mut self, channel: usize) -> Result<(), BoxError> {
        self.say(&[(400, format!("Load{channel}"))]).await?;
        self.hear(410).await
    }

    pub(crate) async fn ping(&mut self) -> Result<(), BoxError> {
        self.say(&[(750, String::new())]).await?;
        self.hear(750).await
    }

    /// Searches, talks, writes to a neighbour and pings, and waits until all is answered.
    pub(crate) async fn round(
        &mut self,
        number: usize,
        neighbour: usize,
        channel: usize,
    ) -> Result<(), BoxError> {
        self.say(&[
            (200, format!("FILENAME CONTAINS \"artist {neighbour}\" MAX_RESULTS 20")),
            (402, format!("Load{channel} hello from {number}")),
            (205, format!("busy{neighbour} hello from {number}")),
            (750, String::new()),
        ])
        .await?;
        // Answers come in the order of the requests.
        self.hear(750).await
    }

    async fn say(&mut self, messages: &[(u16, String)]) -> Result<(), BoxError> {
        let mut bytes = Vec::new();
        for (code, payload) in messages {
            let payload = payload.clone().into_bytes();
            let packet = Packet::new(Code(*code), payload, Direction::ToServer);
            packet.ok_or("a message is too long")?.write_to(&mut bytes);
        }
        self.stream.write_all(&bytes).await?;
        self.sent += messages.len() as u64;
        Ok(())
    }

    /// Waits for a message of that code.
    async fn hear(&mut self, code: u16) -> Result<(), BoxError> {
        let mut buffer = [0; 4096];
        let mut is_heard = false;
        loop {
            while let Some(packet) = self.decoder.poll() {
                self.received += 1;
                is_heard |= packet.code == Code(code);
                if packet.code == Code(0) {
                    let text = String::from_utf8_lossy(&packet.payload).into_owned();
                    return Err(format!("the server said: {text}").into());
                }
            }
            if is_heard {
                return Ok(());
            }
            let count = self.stream.read(&mut buffer).await?;
            if count == 0 {
                return Err("the server closed a connection".into());
            }
            self.decoder.feed(buffer.get(..count).unwrap_or_default());
        }
    }
}

/// What a client is told that is not let in.
pub(crate) async fn refusal(address: SocketAddr) -> Result<String, BoxError> {
    let mut stream = TcpStream::connect(address).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let mut decoder = Decoder::new(Direction::ToClient);
    decoder.feed(&bytes);
    let packet = decoder.poll().ok_or("the server closed without a word")?;
    Ok(String::from_utf8_lossy(&packet.payload).into_owned())
}
