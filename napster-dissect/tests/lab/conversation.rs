//! TCP conversations on a virtual clock.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::clock::Clock;
use super::frame::{Order, ordered};
use super::rng::Rng;
use super::segment::{ACK, FIN, PSH, RST, SYN, Segment, Side};

/// The time between two segments of one burst.
const STEP: Duration = Duration::from_micros(120);

/// The time that passes before the other side answers.
const TURN: Duration = Duration::from_millis(18);

/// A Napster frame that a conversation carried: what a decoder must find.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Said {
    /// The conversation, counted from 0 on its clock.
    pub conversation: usize,
    /// Who said it.
    pub side: Side,
    /// The code of the header.
    pub code: u16,
    /// The payload.
    pub payload: Vec<u8>,
    /// The place of the header's first byte in the sender's stream.
    pub offset: u64,
}

impl Said {
    /// Returns the place behind the frame's last byte in the sender's stream.
    pub fn end(&self) -> u64 {
        self.offset + 4 + self.payload.len() as u64
    }
}

/// One side's state.
#[derive(Clone, Debug)]
struct End {
    address: SocketAddr,
    isn: u32,
    sent: u64,
    finished: bool,
}

/// A TCP conversation between two addresses, written as a script.
///
/// Bytes that are said leave in segments of at most the segment size, and the other side
/// acknowledges each burst with an empty segment.
#[derive(Debug)]
pub struct Conversation {
    clock: Clock,
    number: usize,
    client: End,
    server: End,
    segment_size: usize,
    acknowledges: bool,
    headers_apart: bool,
    order: Order,
    last_speaker: Option<Side>,
    segments: Vec<Segment>,
    said: Vec<Said>,
}

impl Conversation {
    /// Starts a conversation on a clock of its own.
    pub fn new(client: SocketAddr, server: SocketAddr) -> Self {
        Self::on(&Clock::default(), client, server)
    }

    /// Starts a conversation on a clock that it shares with others.
    pub fn on(clock: &Clock, client: SocketAddr, server: SocketAddr) -> Self {
        // Any numbers would do; these differ by connection and stay the same in every run.
        let mut rng = Rng::new(u64::from(client.port()) << 16 | u64::from(server.port()));
        let end = |address, isn| End { address, isn, sent: 0, finished: false };
        let headers = if client.is_ipv6() { 60 } else { 40 };
        Self {
            clock: clock.clone(),
            number: clock.number(),
            // Far from the wrap, which only those who ask for it shall meet.
            client: end(client, rng.bits() as u32 >> 1),
            server: end(server, rng.bits() as u32 >> 1),
            segment_size: 1500 - headers,
            acknowledges: true,
            headers_apart: false,
            order: Order::Little,
            last_speaker: None,
            segments: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Sets the initial sequence numbers, to be called before anything is said.
    pub fn isn(&mut self, client: u32, server: u32) -> &mut Self {
        self.client.isn = client;
        self.server.isn = server;
        self
    }

    /// Sets the number of bytes that a segment carries at most.
    pub fn segment_size(&mut self, bytes: usize) -> &mut Self {
        self.segment_size = bytes.max(1);
        self
    }

    /// Sets whether bursts are acknowledged by empty segments.
    pub fn acknowledges(&mut self, yes: bool) -> &mut Self {
        self.acknowledges = yes;
        self
    }

    /// Sets whether the header of a frame travels in a segment of its own, as programs that write
    /// header and payload one after the other make it.
    pub fn headers_apart(&mut self, yes: bool) -> &mut Self {
        self.headers_apart = yes;
        self
    }

    /// Sets the byte order of the frame headers from here on.
    pub fn order(&mut self, order: Order) -> &mut Self {
        self.order = order;
        self
    }

    /// Lets time pass.
    pub fn wait(&mut self, milliseconds: u64) -> &mut Self {
        self.clock.wait(Duration::from_millis(milliseconds));
        self
    }

    /// Opens the connection with its three segments.
    ///
    /// A conversation without this call is one whose beginning was not captured.
    pub fn handshake(&mut self) -> &mut Self {
        self.emit(Side::Client, SYN, 0, Vec::new());
        self.emit(Side::Server, SYN | ACK, 0, Vec::new());
        self.emit(Side::Client, ACK, 0, Vec::new());
        self
    }

    /// Tries to open a connection to a port where nobody listens.
    pub fn refused(&mut self) -> &mut Self {
        self.emit(Side::Client, SYN, 0, Vec::new());
        self.emit(Side::Server, RST | ACK, 0, Vec::new());
        if let Some(refusal) = self.segments.last_mut() {
            // That host has chosen no sequence number: it sends 0.
            refusal.isn = u32::MAX;
        }
        self
    }

    /// Sends bytes from the client.
    pub fn client(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.send(Side::Client, bytes.as_ref())
    }

    /// Sends bytes from the server.
    pub fn server(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.send(Side::Server, bytes.as_ref())
    }

    /// Sends a frame from the client.
    pub fn ask(&mut self, code: u16, payload: impl AsRef<[u8]>) -> &mut Self {
        self.say(Side::Client, &[(code, payload.as_ref())])
    }

    /// Sends a frame from the server.
    pub fn tell(&mut self, code: u16, payload: impl AsRef<[u8]>) -> &mut Self {
        self.say(Side::Server, &[(code, payload.as_ref())])
    }

    /// Sends several frames from the client in one burst.
    pub fn ask_all(&mut self, frames: &[(u16, &str)]) -> &mut Self {
        self.say_all(Side::Client, frames)
    }

    /// Sends several frames from the server in one burst.
    pub fn tell_all(&mut self, frames: &[(u16, &str)]) -> &mut Self {
        self.say_all(Side::Server, frames)
    }

    /// Sends frames whose payloads are any bytes, in one burst.
    pub fn say(&mut self, side: Side, frames: &[(u16, &[u8])]) -> &mut Self {
        let mut bytes = Vec::new();
        for (code, payload) in frames {
            let offset = self.end(side).sent + bytes.len() as u64;
            let frame = ordered(self.order, *code, payload);
            let payload = payload.to_vec();
            let conversation = self.number;
            self.said.push(Said { conversation, side, code: *code, payload, offset });
            if self.headers_apart {
                self.send(side, &frame[..4]);
                self.send(side, &frame[4..]);
            } else {
                bytes.extend(frame);
            }
        }
        self.send(side, &bytes)
    }

    /// Sends a probe that shows that the connection lives: the last byte's place, without it.
    pub fn keep_alive(&mut self, side: Side) -> &mut Self {
        let offset = self.end(side).sent.saturating_sub(1);
        self.emit(side, ACK, offset, Vec::new());
        self.acknowledge(side.other())
    }

    /// Sends an empty segment that acknowledges all that the side got.
    pub fn acknowledge(&mut self, side: Side) -> &mut Self {
        let offset = self.next_offset(side);
        self.emit(side, ACK, offset, Vec::new());
        self
    }

    /// Closes the connection in good order; `first` begins.
    pub fn fin(&mut self, first: Side) -> &mut Self {
        self.half_close(first);
        self.acknowledge(first.other());
        self.half_close(first.other());
        self.acknowledge(first)
    }

    /// Ends one direction only.
    pub fn half_close(&mut self, side: Side) -> &mut Self {
        let offset = self.next_offset(side);
        self.emit(side, FIN | ACK, offset, Vec::new());
        self.end_mut(side).finished = true;
        self
    }

    /// Breaks the connection off.
    pub fn rst(&mut self, side: Side) -> &mut Self {
        let offset = self.next_offset(side);
        self.emit(side, RST | ACK, offset, Vec::new());
        self
    }

    /// Returns the segments so far and forgets them.
    pub fn segments(&mut self) -> Vec<Segment> {
        std::mem::take(&mut self.segments)
    }

    /// Returns the frames said so far, both sides in the order of saying.
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// Turns text frames into byte frames and says them.
    fn say_all(&mut self, side: Side, frames: &[(u16, &str)]) -> &mut Self {
        let frames: Vec<(u16, &[u8])> =
            frames.iter().map(|(code, text)| (*code, text.as_bytes())).collect();
        self.say(side, &frames)
    }

    /// Sends bytes in segments, and the other side's acknowledgement behind them.
    fn send(&mut self, side: Side, bytes: &[u8]) -> &mut Self {
        let count = bytes.chunks(self.segment_size).len();
        for (index, chunk) in bytes.chunks(self.segment_size).enumerate() {
            let flags = if index + 1 == count { PSH | ACK } else { ACK };
            let offset = self.end(side).sent;
            self.emit(side, flags, offset, chunk.to_vec());
            self.end_mut(side).sent += chunk.len() as u64;
        }
        if self.acknowledges && count > 0 {
            self.acknowledge(side.other());
        }
        self
    }

    /// Puts a segment on the wire and moves the clock.
    fn emit(&mut self, side: Side, flags: u8, offset: u64, payload: Vec<u8>) {
        let answers = self.last_speaker.is_some_and(|last| last != side);
        self.clock.wait(if answers { TURN } else { STEP });
        self.last_speaker = Some(side);
        let sender = self.end(side);
        let receiver = self.end(side.other());
        let acknowledgement = if flags & ACK == 0 {
            0
        } else {
            let seen = receiver.sent + u64::from(receiver.finished);
            receiver.isn.wrapping_add(1).wrapping_add(seen as u32)
        };
        self.segments.push(Segment {
            time: self.clock.now(),
            conversation: self.number,
            side,
            source: sender.address,
            destination: receiver.address,
            isn: sender.isn,
            offset,
            acknowledgement,
            flags,
            window: 0x4000,
            urgent: 0,
            options: if flags & SYN != 0 { maximum_segment_size(sender.address) } else { vec![] },
            payload,
            wrong_checksum: false,
        });
    }

    /// Returns the stream offset that a segment without payload carries: a FIN counts as one.
    fn next_offset(&self, side: Side) -> u64 {
        let end = self.end(side);
        end.sent + u64::from(end.finished)
    }

    /// Returns one side's state.
    fn end(&self, side: Side) -> &End {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Returns one side's state to change.
    fn end_mut(&mut self, side: Side) -> &mut End {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// Returns the option that every SYN of the time carried.
fn maximum_segment_size(address: SocketAddr) -> Vec<u8> {
    let size: u16 = match address.ip() {
        IpAddr::V4(_) => 1460,
        IpAddr::V6(_) => 1440,
    };
    let [high, low] = size.to_be_bytes();
    vec![2, 4, high, low]
}
