//! An evening of three interactive clients on one server, recorded: the story of the capture is what
//! they did.
//!
//! Everything passes relays on loopback that write down what they carry. What is told of it is held to
//! what was typed and to the files on both sides.

#![allow(dead_code, reason = "the client has parts that only its own `main` needs")]

#[path = "../../../napster-codec/examples/shell/browse.rs"]
mod browse;
#[path = "../../../napster-codec/examples/shell/commands.rs"]
mod commands;
#[path = "../../../napster-codec/examples/shell/events.rs"]
mod events;
#[path = "../../../napster-codec/examples/shell/jobs.rs"]
mod jobs;
#[path = "../lab/mod.rs"]
mod lab;
#[path = "../../../napster-codec/examples/shell/lists.rs"]
mod lists;
mod recorder;
#[path = "../../../napster-codec/tests/shell/server.rs"]
mod server;
#[path = "../../../napster-codec/examples/shell/session.rs"]
mod session;
#[path = "../../../napster-codec/examples/shell/shares.rs"]
mod shares;
#[path = "../../../napster-codec/examples/shell/sink.rs"]
mod sink;
#[path = "../../../napster-codec/examples/shell/start.rs"]
mod start;
#[path = "../../../napster-codec/examples/shell/terminal.rs"]
mod terminal;
#[path = "../../../napster-codec/examples/shell/transfers.rs"]
mod transfers;
#[path = "../../../napster-codec/tests/shell/typist.rs"]
mod typist;

use std::io::Cursor;
use std::net::{SocketAddr, SocketAddrV4, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use lab::file::Pcap;
use lab::packet::Link;
use lab::song;
use napster_dissect::capture::Reader;
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{
    LinkRecord, Record, RecordSink, Session, TalkPlace, TransferEnd, TransferKind, TransferRecord,
    WarningRecord,
};
use recorder::Recorder;
use sha2::{Digest, Sha256};
use typist::{Typist, folder};

#[derive(Default)]
struct Told {
    sessions: Vec<Session>,
    transfers: Vec<TransferRecord>,
    links: Vec<LinkRecord>,
    warnings: Vec<WarningRecord>,
    /// The requests that nothing ended.
    unended: Vec<&'static str>,
}

impl RecordSink for Told {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Flow(flow) => self.sessions.extend(flow.session.as_deref().cloned()),
            Record::Transfer(transfer) => self.transfers.push((*transfer).clone()),
            Record::Link(link) => self.links.push((*link).clone()),
            Record::Warning(warning) => self.warnings.push((*warning).clone()),
            Record::Exchange(exchange) if exchange.end.is_none() => {
                self.unended.push(exchange.request.name);
            }
            _ => {}
        }
        Ok(())
    }
}

/// A port that is free, to be listened on in a moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Somebody at a shell whose data port is reached through a relay.
fn shell(
    recorder: &Recorder,
    server: SocketAddrV4,
    nick: &str,
    folder: &Path,
    shares: Option<&Path>,
    listens: bool,
) -> Typist {
    let port = if listens { free_port() } else { 0 };
    let mut words: Vec<String> = ["--nick", nick, "--password", "s3cret"].map(str::to_owned).into();
    words.extend(["--port".to_owned(), port.to_string()]);
    if listens {
        let public = recorder.relay(SocketAddr::from(([127, 0, 0, 1], port))).port();
        words.extend(["--public-port".to_owned(), public.to_string()]);
    }
    if let Some(shares) = shares {
        words.extend(["--share".to_owned(), shares.display().to_string()]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut typist = Typist::new(server, folder, &words);
    typist.sees("logged in");
    if shares.is_some() {
        typist.sees("sharing 1 files");
    }
    typist
}

/// What three people do in an evening; gives what the recorder heard of it.
fn evening(recorder: &Recorder, lamp: &[u8], moon: &[u8]) {
    let SocketAddr::V4(server) = recorder.relay(SocketAddr::V4(server::serve())) else {
        panic!("loopback");
    };
    let folders =
        ["lamps", "moons", "fetched", "other"].map(|name| folder(&format!("evening-{name}")));
    let [lamps, moons, fetched, other] = folders.each_ref().map(|folder| folder.as_path());
    std::fs::write(lamps.join("Evening Trio - Blue Lamp.mp3"), lamp).unwrap();
    std::fs::write(moons.join("Evening Trio - Red Moon.mp3"), moon).unwrap();
    let mut bob = shell(recorder, server, "bob", other, Some(lamps), true);
    let mut carol = shell(recorder, server, "carol", other, Some(moons), false);
    let mut ann = shell(recorder, server, "ann", fetched, None, true);

    ann.types("/search lamp");
    ann.sees("1 songs found");
    ann.types("/download 1");
    ann.sees("Blue Lamp.mp3: download complete");
    ann.types("/search moon");
    ann.sees("1 songs found");
    ann.types("/download 1");
    ann.sees("Red Moon.mp3: download complete");
    ann.types("/direct bob");
    ann.sees("browse done, 1 songs found");
    for typist in [&mut ann, &mut bob] {
        typist.types("/join Lobby");
        typist.sees("joined Lobby");
    }
    ann.sees("bob has entered");
    bob.types("good evening");
    ann.sees("<bob> good evening");
    ann.types("/msg carol thank you");
    carol.sees("<ann> (to you) thank you");
    for typist in [ann, bob, carol].iter_mut() {
        typist.types("/quit");
        typist.sees("goodbye");
    }
    for name in ["Evening Trio - Blue Lamp.mp3", "Evening Trio - Red Moon.mp3"] {
        assert!(fetched.join(name).exists());
    }
    let patience = Instant::now() + Duration::from_secs(30);
    while recorder.open_halves() > 0 {
        assert!(Instant::now() < patience, "connections stay open");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_recorded_evening_is_told_as_it_was() {
    let lamp = song::mp3("Blue Lamp", "Evening Trio", 120_000, 7);
    let moon = song::mp3("Red Moon", "Evening Trio", 90_000, 8);
    let recorder = Recorder::new();
    evening(&recorder, &lamp, &moon);

    let packets = Link::Raw.packets(&recorder.segments());
    let capture = Pcap::new(Link::Raw.number()).write(&packets);
    let mut reader = Reader::new(Cursor::new(capture), "an evening").expect("a capture");
    let mut told = Told::default();
    let options = Options::default();
    dissect(std::slice::from_mut(&mut reader), &options, &mut told).expect("nothing fails");
    assert_eq!(told.warnings.iter().map(|w| &w.message).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(told.unended, [""; 0]);

    // The files, byte for byte, and who had them from whom and why.
    let transfer = |place: usize, file: &[u8], kind, announced: &str| {
        let transfer = &told.transfers[place];
        assert_eq!((transfer.kind, transfer.ended), (kind, TransferEnd::Complete));
        assert_eq!((transfer.offset, transfer.size), (0, Some(file.len() as u64)));
        assert_eq!(transfer.sha256, Some(Sha256::digest(file).into()));
        assert_eq!(transfer.announced.map(|said| said.name), Some(announced));
        let nick =
            |nick: &Option<Vec<u8>>| nick.as_deref().map(<[u8]>::escape_ascii).unwrap().to_string();
        (nick(&transfer.downloader.nick), nick(&transfer.uploader.nick))
    };
    assert_eq!(told.transfers.len(), 2);
    let parties = |one: &str, two: &str| (one.to_owned(), two.to_owned());
    let direct = transfer(0, &lamp, TransferKind::Download, "download_ack");
    assert_eq!(direct, parties("ann", "bob"));
    let pushed = transfer(1, &moon, TransferKind::Push, "push_order");
    assert_eq!(pushed, parties("ann", "carol"));
    let links: Vec<&str> = told.links.iter().map(|link| link.announced.name).collect();
    assert_eq!(links, ["download_ack", "push_order", "direct_browse_ready"]);

    let session = |nick: &str| {
        let found = told.sessions.iter().find(|s| s.nick.as_deref() == Some(nick.as_bytes()));
        found.unwrap_or_else(|| panic!("a session of {nick}"))
    };
    assert_eq!(told.sessions.len(), 3);
    let [ann, bob, carol] = ["ann", "bob", "carol"].map(session);
    assert!(told.sessions.iter().all(|session| session.logged_in));
    assert_eq!(carol.data_port, Some(0));
    let searches: Vec<_> =
        ann.searches.iter().map(|search| (search.results, search.ended)).collect();
    assert_eq!(searches, [(1, true), (1, true)]);
    assert!(ann.searches[0].query.starts_with(b"FILENAME CONTAINS \"lamp\""));
    assert_eq!((ann.transfers.len(), bob.uploads.len(), carol.uploads.len()), (2, 1, 1));
    assert_eq!(
        (&ann.channels, &bob.channels),
        (&vec![b"Lobby".to_vec()], &vec![b"Lobby".to_vec()])
    );
    let places = |session: &Session| -> Vec<TalkPlace> {
        session.said.iter().map(|talk| talk.place.clone()).collect()
    };
    assert_eq!(places(bob), [TalkPlace::Channel(b"Lobby".to_vec())]);
    assert_eq!(places(ann), [TalkPlace::User(b"carol".to_vec())]);
}
