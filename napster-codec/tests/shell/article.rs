//! The session that "A Napster Client Library" shows, from its login to its `/quit`.
//!
//! The expected transcript was written from the article's description: what the user types, what
//! answers, and what other people and two downloads say in between.

use napster_codec::LinkType;

use crate::owner::{Owner, Shared};
use crate::server::serve;
use crate::typist::{Typist, folder};

const EXPECTED: &str = include_str!("article.txt");

/// Progress is told where a multiple of this is passed, in whatever portions the bytes came.
const INTERVAL: u64 = 100_000;

fn song(name: &'static str, bitrate: u32, size: usize) -> Shared {
    (name, bitrate, (0..size).map(|place| (place % 251) as u8).collect())
}

/// Rounds what a download has so far down to the interval, and leaves the server's version out.
fn normalise(transcript: &str) -> String {
    let version = concat!("VERSION napster-codec ", env!("CARGO_PKG_VERSION"));
    let line = |line: &str| {
        let words = line.split(' ').map(|word| match word.parse::<u64>() {
            Ok(number) if line.contains(" bytes") && number >= INTERVAL && number % 1000 != 0 => {
                (number / INTERVAL * INTERVAL).to_string()
            }
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ") + "\n"
    };
    transcript.replace(version, "VERSION napster-codec").lines().map(line).collect()
}

/// Two people with songs, and two who only talk.
fn people(server: std::net::SocketAddrV4) -> [Owner; 3] {
    let madonna = song("Madonna-La_Isla_Bonita.mp3", 128, 700_000);
    let pie = song("Madonna - American Pie.mp3", 128, 350_000);
    let bach = song("Bach - Toccata and Fugue.mp3", 160, 500_000);
    [
        Owner::new(server, "execullink", LinkType::T3, vec![madonna]),
        Owner::new(server, "timborden", LinkType::ISDN_128K, vec![pie, bach]),
        Owner::new(server, "Raven", LinkType::MODEM_56K, Vec::new()),
    ]
}

#[test]
fn the_session_of_the_article() {
    let server = serve();
    let [execullink, timborden, raven] = people(server);
    raven.does(|raven, now| _ = raven.join(now, b"Alternative").unwrap());
    let folder = folder("article");
    let mut user = Typist::new(server, &folder, &["--player", "tee"]);

    user.types("lstein");
    user.types_secretly("s3cret", "");
    user.sees("SERVER STATS");
    user.types("/search madonna");
    user.sees("search done");
    user.types("/play 1");
    user.sees("starting download");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 100_000);
    user.sees("bytes");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 100_000);
    user.sees("bytes");
    user.types("/abort");
    user.sees("download interrupted");

    user.types("/download 1");
    user.sees("starting download");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 100_000);
    user.sees("bytes");
    user.types("/join Alternative");
    user.sees("Welcome to the Alternative channel.");
    raven.does(|raven, now| _ = raven.public_message(now, b"Alternative", b"hi lstein").unwrap());
    user.sees("hi lstein");
    timborden.does(|timborden, now| _ = timborden.join(now, b"Alternative").unwrap());
    user.sees("timborden has entered");
    user.types("hello everybody");
    user.sees("hello everybody");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 100_000);
    user.sees("bytes");

    user.types("/search bach");
    user.sees("search done");
    user.types("/download 1");
    user.sees("starting download");
    timborden.gives("Bach - Toccata and Fugue.mp3", 100_000);
    user.sees("Bach");
    raven.does(|raven, now| _ = raven.part(now, b"Alternative").unwrap());
    user.sees("Raven has left");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 100_000);
    user.sees("Madonna");
    user.types("/status");
    user.sees("timborden: ");
    timborden.gives("Bach - Toccata and Fugue.mp3", 400_000);
    user.sees("download complete");
    execullink.gives("Madonna-La_Isla_Bonita.mp3", 400_000);
    user.sees("download complete");
    user.types("/quit");
    let transcript = normalise(&user.leaves());
    assert_eq!(transcript, EXPECTED, "{transcript}");

    for (name, size) in
        [("Madonna-La_Isla_Bonita.mp3", 700_000), ("Bach - Toccata and Fugue.mp3", 500_000)]
    {
        let (_, _, bytes) = song(name, 0, size);
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), bytes);
    }
    let names = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(names, 2, "nothing else is left in {}", folder.display());
}
