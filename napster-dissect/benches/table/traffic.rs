//! The captures that the table is measured with: made from a fixed seed, with their truth.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::vec::IntoIter;

use sha2::{Digest as _, Sha256};

use super::truth::Truth;
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::faults::{self, Again};
use crate::lab::file::Pcap;
use crate::lab::packet::Link;
use crate::lab::rng::Rng;
use crate::lab::scenes::{checksum, number, song};
use crate::lab::segment::{Segment, Side};
use crate::lab::song::mp3;
use crate::lab::truth::captured;

/// A kind of capture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// Long sessions of short messages with index servers.
    Chat,
    /// Files between clients, each announced by a server.
    Bulk,
    /// Very many short sessions.
    Flows,
    /// As `Chat`, but segments come late, twice, overlapping or not at all.
    Messy,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Chat, Self::Bulk, Self::Flows, Self::Messy];

    /// The name of its files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Bulk => "bulk",
            Self::Flows => "flows",
            Self::Messy => "messy",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// How many nanoseconds lie between the beginnings of two sessions.
    const fn pace(self) -> u64 {
        match self {
            Self::Chat | Self::Messy => 1_500_000_000,
            Self::Bulk => 400_000_000,
            Self::Flows => 1_000_000,
        }
    }
}

/// Writes a capture of about `size` bytes and its truth beside it.
///
/// # Errors
///
/// Where the files cannot be written.
pub(crate) fn generate(kind: Kind, size: u64, path: &Path) -> io::Result<()> {
    let mut capture = Capture::create(path)?;
    let mut truth = Truth::default();
    let mut rng = Rng::new(0x6e61_7073_7465_7221);
    let mut index = 0;
    let mut start = 974_836_800_000_000_000;
    while capture.written < size {
        capture.write_until(start)?;
        let clock = Clock::at(start / 1_000_000_000);
        clock.wait(std::time::Duration::from_nanos(start % 1_000_000_000));
        let place = Place { index, clock };
        match kind {
            Kind::Chat => capture.add(chat(&place, &mut rng, &mut truth)),
            Kind::Bulk => bulk(&place, &mut rng, &mut truth, &mut capture),
            Kind::Flows => capture.add(visit(&place, &mut rng, &mut truth)),
            Kind::Messy => capture.add(messy(&place, &mut rng, &mut truth)),
        }
        index += 1;
        start += kind.pace();
    }
    capture.write_until(u64::MAX)?;
    truth.packets = capture.packets;
    capture.file.flush()?;
    truth.save(path)
}

/// Where and when a session takes place.
struct Place {
    index: u32,
    clock: Clock,
}

impl Place {
    /// The address of the user, another one for each session.
    fn host(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 1)) + self.index)
    }

    fn user(&self) -> SocketAddr {
        SocketAddr::new(self.host().into(), 1024 + (self.index % 50_000) as u16)
    }

    /// A session with one of sixteen servers.
    fn session(&self) -> Conversation {
        let server = Ipv4Addr::new(192, 0, 2, 1 + (self.index % 16) as u8);
        Conversation::on(&self.clock, self.user(), SocketAddr::new(server.into(), 8888))
    }
}

/// One user's evening on a server.
fn chat(place: &Place, rng: &mut Rng, truth: &mut Truth) -> Vec<Segment> {
    let mut session = place.session();
    evening(place, rng, &mut session);
    truth.flows += 1;
    for said in session.said() {
        truth.add(place.user(), said);
    }
    session.segments()
}

fn messy(place: &Place, rng: &mut Rng, truth: &mut Truth) -> Vec<Segment> {
    let mut session = place.session();
    evening(place, rng, &mut session);
    let mut segments = session.segments();
    faults::split(&mut segments, rng, 900);
    faults::reorder(&mut segments, rng, 20, 4);
    faults::duplicate(&mut segments, rng, 10);
    faults::overlap(&mut segments, rng, 5, Again::Same);
    faults::lose(&mut segments, rng, 2);
    truth.flows += 1;
    truth.lossy = true;
    for said in captured(session.said(), &segments) {
        truth.add(place.user(), said);
    }
    segments
}

fn evening(place: &Place, rng: &mut Rng, session: &mut Conversation) {
    let nick = format!("user{:06}", place.index);
    log_in(&nick, session);
    session.ask(400, "#lobby").tell_all(&[(405, "#lobby")]);
    let users: Vec<_> =
        (0..20).map(|_| format!("#lobby {} {} 8", name(rng), rng.below(900))).collect();
    burst(session, 408, &users, (409, "#lobby"));
    for _ in 0..4 {
        search(rng, session, 80);
        for _ in 0..16 {
            talk(&nick, rng, session);
        }
    }
    let friend = name(rng);
    let files: Vec<_> = (0..60).map(|_| format!("{friend} {}", shared(rng))).collect();
    session.wait(900).ask(211, &friend);
    burst(session, 212, &files, (213, &friend));
    session.wait(500).fin(Side::Client);
}

/// A session of a few messages.
fn visit(place: &Place, rng: &mut Rng, truth: &mut Truth) -> Vec<Segment> {
    let mut session = place.session();
    log_in(&format!("user{:06}", place.index), &mut session);
    search(rng, &mut session, 3);
    session.fin(Side::Client);
    truth.flows += 1;
    for said in session.said() {
        truth.add(place.user(), said);
    }
    session.segments()
}

/// A download: the server announces where the file is, and the user fetches it.
fn bulk(place: &Place, rng: &mut Rng, truth: &mut Truth, capture: &mut Capture) {
    let owner = Ipv4Addr::new(172, 16 + (place.index >> 16) as u8, (place.index >> 8) as u8, 9);
    let owner = SocketAddr::new(owner.into(), 6699);
    let nick = format!("user{:06}", place.index);
    let file = format!(r"C:\music\{} - take {}.mp3", name(rng), place.index);
    let size = 2_000_000 + rng.below(3_000_000);
    let mut session = place.session();
    log_in(&nick, &mut session);
    session.wait(90).ask(203, format!("bluenote \"{file}\"")).wait(60);
    let (ip, md5) = (number(&owner.ip().to_string()), checksum(size as u64));
    session.tell(204, format!("bluenote {ip} 6699 \"{file}\" {md5} 9"));
    let user = SocketAddr::new(place.host().into(), 1023);
    let mut peer = Conversation::on(&place.clock, user, owner);
    peer.handshake().server("1").client("GET").client(format!("{nick} \"{file}\" 0"));
    let bytes = mp3(&file, "Nobody", size, u64::from(place.index));
    peer.wait(30).server(size.to_string()).server(&bytes).fin(Side::Server);
    session.wait(40).fin(Side::Client);
    truth.flows += 2;
    truth.files.push(Sha256::digest(&bytes).into());
    // The "1", the request and the size are messages too.
    truth.messages_without_code += 3;
    for said in session.said() {
        truth.add(place.user(), said);
    }
    capture.add(session.segments());
    capture.add(peer.segments());
}

fn log_in(nick: &str, session: &mut Conversation) {
    session.handshake().ask(2, format!("{nick} secret 6699 \"v2.0 BETA 6\" 8")).wait(30);
    session.tell_all(&[
        (3, &format!("{nick}@mail.example")),
        (621, "Welcome to the evening server."),
        (214, "1204 186234 742"),
    ]);
}

fn search(rng: &mut Rng, session: &mut Conversation, most: usize) {
    let word = name(rng);
    session.wait(800).ask(200, format!("FILENAME CONTAINS \"{word}\" MAX_RESULTS 100"));
    let count = most / 2 + rng.below(most / 2 + 1);
    let hits: Vec<_> = (0..count)
        .map(|_| {
            let (owner, ip) = (name(rng), rng.bits() as u32);
            format!("{} {owner} {ip} {}", shared(rng), rng.below(11))
        })
        .collect();
    burst(session, 201, &hits, (202, ""));
}

fn talk(nick: &str, rng: &mut Rng, session: &mut Conversation) {
    session.wait(300 + rng.below(1200) as u64);
    let words: Vec<_> = (0..3 + rng.below(9)).map(|_| name(rng)).collect();
    let (other, words) = (name(rng), words.join(" "));
    match rng.below(8) {
        0 => {
            session.ask(402, format!("#lobby {words}")).tell(403, format!("#lobby {nick} {words}"))
        }
        1 => session.tell(205, format!("{other} {words}")),
        2 => session.tell(406, format!("#lobby {other} {} 8", rng.below(900))),
        3 => session.tell(209, format!("{other} 8")),
        _ => session.tell(403, format!("#lobby {other} {words}")),
    };
}

/// Messages of one code and the one that ends them, as a server sends them at once.
fn burst(session: &mut Conversation, code: u16, payloads: &[String], end: (u16, &str)) {
    let mut frames: Vec<_> = payloads.iter().map(|payload| (code, payload.as_str())).collect();
    frames.push(end);
    session.tell_all(&frames);
}

/// What is said of a file.
fn shared(rng: &mut Rng) -> String {
    let file = format!(r"C:\music\{} - {} {}.mp3", name(rng), name(rng), name(rng));
    let size = 1_000_000 + rng.below(9_000_000) as u64;
    song(&file, size, 128, 60 + rng.below(300) as u32)
}

/// A word that can be said.
fn name(rng: &mut Rng) -> String {
    const SOUNDS: [&str; 16] = [
        "ba", "co", "du", "fe", "gi", "ho", "ka", "li", "mo", "nu", "pe", "ra", "si", "to", "vu",
        "ze",
    ];
    (0..2 + rng.below(3)).map(|_| SOUNDS[rng.below(16)]).collect()
}

/// A capture that is being written, with the segments that are still to come.
struct Capture {
    file: BufWriter<File>,
    written: u64,
    packets: u64,
    coming: BinaryHeap<Reverse<(u64, usize)>>,
    /// What is left of each conversation.
    lists: Vec<(Option<Segment>, IntoIter<Segment>)>,
    /// The places in `lists` that are free.
    free: Vec<usize>,
}

impl Capture {
    fn create(path: &Path) -> io::Result<Self> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        file.write_all(&Pcap::new(Link::Ethernet.number()).write(&[]))?;
        let (coming, lists, free) = (BinaryHeap::new(), Vec::new(), Vec::new());
        Ok(Self { file, written: 24, packets: 0, coming, lists, free })
    }

    fn add(&mut self, segments: Vec<Segment>) {
        let mut segments = segments.into_iter();
        let Some(first) = segments.next() else { return };
        let time = first.time;
        let place = self.free.pop().unwrap_or_else(|| {
            self.lists.push((None, Vec::new().into_iter()));
            self.lists.len() - 1
        });
        self.lists[place] = (Some(first), segments);
        self.coming.push(Reverse((time, place)));
    }

    /// Writes every segment before a time, in the order of their times.
    fn write_until(&mut self, end: u64) -> io::Result<()> {
        while let Some(Reverse((time, place))) = self.coming.peek().copied() {
            if time >= end {
                break;
            }
            self.coming.pop();
            let (next, rest) = &mut self.lists[place];
            let segment = next.take();
            *next = rest.next();
            match next {
                Some(next) => self.coming.push(Reverse((next.time, place))),
                None => self.free.push(place),
            }
            if let Some(segment) = segment {
                let packet = Link::Ethernet.packet(&segment);
                let record = Pcap::new(Link::Ethernet.number()).record(&packet);
                self.file.write_all(&record)?;
                self.written += record.len() as u64;
                self.packets += 1;
            }
        }
        Ok(())
    }
}
