//! Captures that try to break a reader, written packet by packet so that none is held in memory.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use super::lab::clock::Clock;
use super::lab::conversation::Conversation;
use super::lab::file::Pcap;
use super::lab::packet::Link;
use super::lab::rng::Rng;
use super::lab::segment::{ACK, FIN, PSH, SYN, Segment, Side};

/// What a capture holds, to be compared with what was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) packets: u64,
    pub(crate) flows: u64,
    pub(crate) messages: u64,
}

/// The start of every capture: 2000-11-21, 20:00, in nanoseconds.
const START: u64 = 974_836_800 * 1_000_000_000;

/// The time between two packets of the captures in which everything comes at once.
const STEP: u64 = 10_000;

/// The port of the server.
const PORT: u16 = 8888;

/// Many flows of two packets that never end.
pub(crate) fn million(path: &Path) -> io::Result<Truth> {
    let mut capture = Capture::create(path)?;
    for number in 0..1_000_000 {
        let mut flow = Flow::new(number);
        capture.write(&flow.segment(Side::Client, SYN, b""))?;
        capture.write(&flow.segment(Side::Client, ACK | PSH, &[0xff; 20]))?;
    }
    capture.finish(1_000_000, 0)
}

/// Flows each of which has data that waits behind a hole.
pub(crate) fn beyond_holes(path: &Path) -> io::Result<Truth> {
    let mut capture = Capture::create(path)?;
    for number in 0..300_000 {
        let mut flow = Flow::new(number);
        capture.write(&flow.segment(Side::Client, SYN, b""))?;
        flow.skip(Side::Client, 100);
        capture.write(&flow.segment(Side::Client, ACK | PSH, &[b'x'; 1000]))?;
    }
    capture.finish(300_000, 0)
}

/// One flow in single bytes: first every second one from the end to the start, then the others.
///
/// They are whole messages, so that it shows whether each byte came to its place.
pub(crate) fn single_bytes(path: &Path) -> io::Result<Truth> {
    const BYTES: usize = 400_000;
    let mut capture = Capture::create(path)?;
    let mut flow = Flow::new(0);
    flow.handshake(&mut capture)?;
    let mut stream = frame(2, b"juno moonrise 6699 \"nap v0.8\" 7");
    let mut messages = 1;
    while stream.len() < BYTES {
        // The last one takes what is left, if another one has no room behind it.
        let left = BYTES - stream.len();
        let length = if left < 100 { left - 4 } else { 36 };
        let text = format!("#tea {}", "o".repeat(length - 5));
        stream.extend(frame(402, text.as_bytes()));
        messages += 1;
    }
    let places = (1..BYTES).rev().step_by(2).chain((0..BYTES).rev().skip(1).step_by(2));
    for place in places {
        flow.client = place as u64;
        capture.write(&flow.segment(Side::Client, ACK | PSH, &stream[place..=place]))?;
    }
    capture.finish(1, messages)
}

/// One flow whose data comes again and again while its first byte is missing.
pub(crate) fn retransmissions(path: &Path) -> io::Result<Truth> {
    let mut capture = Capture::create(path)?;
    let mut flow = Flow::new(0);
    flow.handshake(&mut capture)?;
    let mut stream = frame(2, b"juno moonrise 6699 \"nap v0.8\" 7");
    let rest = 1461 - stream.len() - 4;
    stream.extend(frame(402, format!("#tea {}", "o".repeat(rest - 5)).as_bytes()));
    for _ in 0..100_000 {
        flow.client = 1;
        capture.write(&flow.segment(Side::Client, ACK | PSH, &stream[1..]))?;
    }
    flow.client = 0;
    capture.write(&flow.segment(Side::Client, ACK | PSH, &stream[..1]))?;
    capture.finish(1, 2)
}

/// Short whole sessions, a handful of them at a time.
pub(crate) fn short_sessions(path: &Path) -> io::Result<Truth> {
    const SESSIONS: u32 = 200_000;
    const AT_A_TIME: u32 = 50;
    let mut capture = Capture::create(path)?;
    capture.step = 200_000;
    let mut messages = 0;
    for first in (0..SESSIONS).step_by(AT_A_TIME as usize) {
        let mut sessions: Vec<Vec<Segment>> = Vec::new();
        for number in first..first + AT_A_TIME {
            let mut session = Conversation::on(&Clock::default(), client(number), server(number));
            session.handshake().ask(2, "juno moonrise 6699 \"nap v0.8\" 7");
            session.tell_all(&[(3, "juno@mail.example"), (214, "52 6120 31")]);
            session.ask(400, "#tea").tell_all(&[(405, "#tea"), (408, "#tea juno 3 7")]);
            session.ask(402, "#tea hello").tell(403, "#tea juno hello").fin(Side::Client);
            messages += session.said().len() as u64;
            let mut segments = session.segments();
            segments.reverse();
            sessions.push(segments);
        }
        while let Some(longest) = sessions.iter().map(Vec::len).max().filter(|&most| most > 0) {
            for session in sessions.iter_mut().filter(|session| session.len() == longest) {
                if let Some(segment) = session.pop() {
                    capture.write(&segment)?;
                }
            }
        }
    }
    capture.finish(u64::from(SESSIONS), messages)
}

/// Sessions that talk all the time, in `rounds` rounds.
pub(crate) fn steady(path: &Path, rounds: u64) -> io::Result<Truth> {
    const SESSIONS: u32 = 64;
    let mut capture = Capture::create(path)?;
    capture.step = 1_000_000;
    let mut messages = 0;
    let mut flows: Vec<Flow> = (0..SESSIONS).map(Flow::new).collect();
    for flow in &mut flows {
        flow.handshake(&mut capture)?;
        let login = frame(2, b"juno moonrise 6699 \"nap v0.8\" 7");
        capture.write(&flow.segment(Side::Client, ACK | PSH, &login))?;
        capture.write(&flow.segment(Side::Server, ACK | PSH, &frame(3, b"juno@mail.example")))?;
        messages += 2;
    }
    for round in 0..rounds {
        for (number, flow) in flows.iter_mut().enumerate() {
            let nick = (round * 31 + number as u64) % 5000;
            let search = format!("FILENAME CONTAINS \"tide {round}\" MAX_RESULTS 1");
            let result = format!(
                "\"C:\\music\\Ebb - Tide {round}.mp3\" {round:032x} {} 128 44100 {} user{nick} 167969547 4",
                3_000_000 + round,
                180 + round % 90
            );
            let mut answer = frame(201, result.as_bytes());
            answer.extend(frame(202, b""));
            let line = format!("#tea user{nick} what is number {round}?");
            answer.extend(frame(403, line.as_bytes()));
            capture.write(&flow.segment(
                Side::Client,
                ACK | PSH,
                &frame(200, search.as_bytes()),
            ))?;
            capture.write(&flow.segment(Side::Server, ACK | PSH, &answer))?;
            capture.write(&flow.segment(Side::Client, ACK, b""))?;
            messages += 4;
        }
    }
    capture.finish(u64::from(SESSIONS), messages)
}

/// Steady traffic in which the header of one record in `every` is nonsense.
///
/// The truth counts what the other records hold.
pub(crate) fn corrupt(path: &Path, every: u64) -> io::Result<Truth> {
    let mut capture = Capture::create(path)?;
    capture.corrupt_every = Some(every);
    let mut flow = Flow::new(0);
    flow.handshake(&mut capture)?;
    for round in 0..300_000_u64 {
        let line = format!("#tea {}", "o".repeat((round % 700) as usize));
        capture.write(&flow.segment(Side::Client, ACK | PSH, &frame(402, line.as_bytes())))?;
    }
    capture.finish(1, 0)
}

/// Flows of everything but Napster, on ports that Napster used and on others.
pub(crate) fn strangers(path: &Path) -> io::Result<Truth> {
    const FLOWS: u32 = 20_000;
    const PORTS: [u16; 8] = [8888, 7777, 4444, 6699, 8875, 80, 443, 12_345];
    let mut capture = Capture::create(path)?;
    capture.step = 100_000;
    let mut rng = Rng::new(1);
    for number in 0..FLOWS {
        let mut flow = Flow::new(number);
        flow.server_address.set_port(PORTS[number as usize % PORTS.len()]);
        flow.handshake(&mut capture)?;
        for turn in 0..4 {
            for side in [Side::Client, Side::Server] {
                let bytes = strange(&mut rng, number / PORTS.len() as u32, turn, side);
                capture.write(&flow.segment(side, ACK | PSH, &bytes))?;
            }
        }
        capture.write(&flow.segment(Side::Client, ACK | FIN, b""))?;
        capture.write(&flow.segment(Side::Server, ACK | FIN, b""))?;
    }
    capture.finish(u64::from(FLOWS), 0)
}

/// What a side says of one of several other protocols.
fn strange(rng: &mut Rng, kind: u32, turn: u32, side: Side) -> Vec<u8> {
    let length = 1 + rng.below(700);
    let mut bytes = rng.bytes(length);
    let text = match (kind % 6, side) {
        (0, _) => return bytes,
        // TLS: a handshake, then records of application data.
        (1, _) => {
            let record = if turn == 0 { 22 } else { 23 };
            let mut tls = vec![record, 3, 3];
            tls.extend((length as u16).to_be_bytes());
            tls.append(&mut bytes);
            return tls;
        }
        // Small little-endian numbers, which look like headers.
        (2, _) => {
            for (place, byte) in bytes.iter_mut().enumerate() {
                *byte = if place % 2 == 1 { *byte & 1 } else { *byte };
            }
            return bytes;
        }
        (3, Side::Client) => "GET /song.mp3 HTTP/1.0\r\nHost: music.example\r\n\r\n".to_owned(),
        (3, Side::Server) => format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        (4, Side::Client) => format!("PRIVMSG #tea :number {turn}\r\n"),
        (4, Side::Server) => format!(":basil!b@host.example PRIVMSG #tea :{length}\r\n"),
        (_, Side::Client) => "RETR 1\r\n".to_owned(),
        (_, Side::Server) => format!("+OK {length} octets\r\n"),
    };
    text.into_bytes()
}

/// Returns a frame: length, code, payload.
fn frame(code: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a payload fits its length");
    let mut frame = length.to_le_bytes().to_vec();
    frame.extend(code.to_le_bytes());
    frame.extend(payload);
    frame
}

/// The address of a client, another one for each number.
fn client(number: u32) -> SocketAddr {
    let port = 1024 + (number % 50_000) as u16;
    (Ipv4Addr::from_bits(0x0a00_0001 + number / 50_000), port).into()
}

/// The address of one of a few servers.
fn server(number: u32) -> SocketAddr {
    (Ipv4Addr::from_bits(0xc633_6401 + number % 8), PORT).into()
}

/// A connection of which only the places in its streams are known.
struct Flow {
    client_address: SocketAddr,
    server_address: SocketAddr,
    client: u64,
    server: u64,
}

impl Flow {
    fn new(number: u32) -> Self {
        Self {
            client_address: client(number),
            server_address: server(number),
            client: 0,
            server: 0,
        }
    }

    fn handshake(&mut self, capture: &mut Capture) -> io::Result<()> {
        capture.write(&self.segment(Side::Client, SYN, b""))?;
        capture.write(&self.segment(Side::Server, SYN | ACK, b""))?;
        capture.write(&self.segment(Side::Client, ACK, b""))
    }

    fn skip(&mut self, side: Side, bytes: u64) {
        *self.place(side) += bytes;
    }

    fn place(&mut self, side: Side) -> &mut u64 {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Makes the next segment of a side.
    fn segment(&mut self, side: Side, flags: u8, payload: &[u8]) -> Segment {
        let offset = *self.place(side);
        let across = *self.place(side.other());
        *self.place(side) += payload.len() as u64;
        let (source, destination) = match side {
            Side::Client => (self.client_address, self.server_address),
            Side::Server => (self.server_address, self.client_address),
        };
        Segment {
            time: 0,
            conversation: 0,
            side,
            source,
            destination,
            isn: ISN,
            offset,
            acknowledgement: if flags & ACK == 0 { 0 } else { ISN + 1 + across as u32 },
            flags,
            window: 0x4000,
            urgent: 0,
            options: Vec::new(),
            payload: payload.to_vec(),
            wrong_checksum: false,
        }
    }
}

/// The initial sequence number of every side.
const ISN: u32 = 1000;

/// A capture file in the making.
struct Capture {
    file: BufWriter<File>,
    form: Pcap,
    packets: u64,
    corrupted: u64,
    time: u64,
    /// The time between two packets.
    step: u64,
    corrupt_every: Option<u64>,
}

impl Capture {
    fn create(path: &Path) -> io::Result<Self> {
        let form = Pcap::new(Link::Ethernet.number());
        let mut file = BufWriter::with_capacity(1 << 18, File::create(path)?);
        file.write_all(&form.write(&[]))?;
        let (packets, corrupted) = (0, 0);
        Ok(Self { file, form, packets, corrupted, time: START, step: STEP, corrupt_every: None })
    }

    fn write(&mut self, segment: &Segment) -> io::Result<()> {
        let mut packet = Link::Ethernet.packet(segment);
        packet.time = self.time;
        self.time += self.step;
        self.packets += 1;
        let mut record = self.form.record(&packet);
        if self.corrupt_every.is_some_and(|every| self.packets.is_multiple_of(every)) {
            record[..16].fill(0xee);
            self.corrupted += 1;
        }
        self.file.write_all(&record)
    }

    fn finish(mut self, flows: u64, messages: u64) -> io::Result<Truth> {
        self.file.flush()?;
        Ok(Truth { packets: self.packets - self.corrupted, flows, messages })
    }
}
