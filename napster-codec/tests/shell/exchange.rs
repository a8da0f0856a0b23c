//! Three shells on one server: they share, search, fetch directly, pushed and resumed, and talk.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::server::serve;
use crate::typist::{Typist, folder};

/// A file that is no music, which does not matter, in a folder.
fn put(folder: &Path, name: &str, size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let bytes: Vec<u8> = (0..size)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    std::fs::write(folder.join(name), &bytes).unwrap();
    bytes
}

fn digest(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn shell(server: std::net::SocketAddrV4, folder: &Path, nick: &str, options: &[&str]) -> Typist {
    let mut words = vec!["--nick", nick, "--password", "s3cret"];
    words.extend_from_slice(options);
    let mut typist = Typist::new(server, folder, &words);
    typist.sees("logged in");
    if options.contains(&"--share") {
        typist.sees("sharing 1 files");
    }
    typist
}

#[test]
fn three_shells_exchange_files_and_words() {
    let server = serve();
    let folders = ["shared", "walled", "fetched", "other"].map(folder);
    let [shared, walled, ann_folder, other] = folders.each_ref().map(PathBuf::as_path);
    let lamp = put(shared, "Evening Trio - Blue Lamp.mp3", 300_000);
    let moon = put(walled, "Evening Trio - Red Moon.mp3", 150_000);
    let share = |folder: &Path| folder.display().to_string();
    let mut bob = shell(server, other, "bob", &["--share", &share(shared)]);
    let mut carol = shell(server, other, "carol", &["--share", &share(walled), "--port", "0"]);
    let mut ann = shell(server, ann_folder, "ann", &[]);

    // A part that is here already is gone on with; the rest of it comes from bob.
    let part = ann_folder.join("Evening Trio - Blue Lamp.mp3.part");
    std::fs::write(&part, &lamp[..100_000]).unwrap();
    // A file that is here already stays.
    std::fs::write(ann_folder.join("Evening Trio - Red Moon.mp3"), b"mine").unwrap();
    ann.types("/search lamp");
    ann.sees("1 songs found");
    ann.types("/download 1");
    ann.sees("Blue Lamp.mp3: download complete");
    bob.sees("ann fetches it");
    assert!(!part.exists());
    let got = std::fs::read(ann_folder.join("Evening Trio - Blue Lamp.mp3")).unwrap();
    assert_eq!(digest(&got), digest(&lamp));

    ann.types("/search moon");
    ann.sees("1 songs found");
    ann.types("/download 1");
    ann.sees("waiting for its owner to connect");
    ann.sees("kept as Evening Trio - Red Moon (2).mp3");
    let got = std::fs::read(ann_folder.join("Evening Trio - Red Moon (2).mp3")).unwrap();
    assert_eq!(digest(&got), digest(&moon));
    assert_eq!(std::fs::read(ann_folder.join("Evening Trio - Red Moon.mp3")).unwrap(), b"mine");

    for typist in [&mut ann, &mut bob, &mut carol] {
        typist.types("/join Lobby");
        typist.sees("joined Lobby");
    }
    ann.sees("carol has entered");
    bob.types("thanks for listening");
    ann.sees("[Lobby] <bob> thanks for listening");
    ann.types("/msg bob any time");
    bob.sees("<ann> (to you) any time");
    ann.types("/whois carol");
    ann.sees("carol (User");
    ann.types("/ping bob");
    ann.sees("bob answers");
    ann.types("/browse carol");
    ann.sees("Red Moon");
    // The same from herself, who has to connect; and from bob, who waits to be connected to.
    ann.types("/direct carol");
    carol.sees("ann gets the list of your files");
    ann.sees("1. carol");
    ann.sees("browse done, 1 songs found");
    carol.types("/direct bob");
    carol.sees("Blue Lamp");
    carol.sees("browse done, 1 songs found");
    // Nobody of that name: the server knows no more.
    ann.types("/direct nobody");
    ann.sees("nobody: he gives no list; asking the server");
    ann.sees("browse refused");
    // What was found directly is fetched by its number like anything else.
    carol.types("/download 1");
    carol.sees("Blue Lamp.mp3: download complete");
    ann.types("/users Lobby");
    ann.sees("3 users");
    ann.types("/nonsense");
    ann.sees("no such command");
    carol.types("/quit");
    ann.sees("carol has left Lobby");
    carol.leaves();
    bob.types("/quit");
    bob.leaves();
    // The end of the input is an end as well.
    ann.ends_input();
    ann.leaves();
}

/// A frame of a server that is none.
fn frame(code: u16, payload: &str) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap();
    [&length.to_le_bytes()[..], &code.to_le_bytes(), payload.as_bytes()].concat()
}

#[test]
fn a_server_that_finds_without_end_fills_no_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(server) = listener.local_addr().unwrap() else { panic!("loopback") };
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let hears = |mut stream: &TcpStream, words: &[u8]| {
            let (mut heard, mut buffer) = (Vec::new(), [0; 4096]);
            while !heard.windows(words.len()).any(|part| part == words) {
                let count = stream.read(&mut buffer).unwrap();
                assert!(count > 0);
                heard.extend_from_slice(&buffer[..count]);
            }
        };
        hears(&stream, b"s3cret");
        stream.write_all(&frame(3, "anon@example.net")).unwrap();
        hears(&stream, b"FILENAME");
        let result = frame(201, r#""C:\m\a.mp3" 0 1000 128 44100 60 bob 16777343 4"#);
        stream.write_all(&result.repeat(20_010)).unwrap();
        stream.write_all(&frame(202, "")).unwrap();
        // Until the client goes.
        stream.read_to_end(&mut Vec::new()).ok();
    });
    let mut ann = shell(server, &folder("endless"), "ann", &[]);
    ann.types("/search a");
    ann.sees("20000. bob");
    ann.sees("more songs than anybody looks at");
    ann.sees("search done, 20010 songs found");
    ann.types("/download 20001");
    ann.sees("20001 is no number of a found song");
    ann.types("/quit");
    ann.leaves();
}

/// As many lines in a file have it: what was begun is finished.
#[test]
fn the_end_of_the_input_waits_for_downloads() {
    let server = serve();
    let folders = ["end-shared", "end-fetched"].map(folder);
    let lamp = put(&folders[0], "Evening Trio - Blue Lamp.mp3", 3_000_000);
    let share = folders[0].display().to_string();
    let _bob = shell(server, &folders[1], "bob", &["--share", &share]);
    let mut ann = shell(server, &folders[1], "ann", &[]);
    ann.types("/search lamp");
    ann.types("/download 1");
    ann.ends_input();
    ann.sees("leaving when the download is done");
    ann.sees("download complete");
    ann.leaves();
    let got = std::fs::read(folders[1].join("Evening Trio - Blue Lamp.mp3")).unwrap();
    assert_eq!(digest(&got), digest(&lamp));
}

/// A player need not read, nor be there, nor like what it gets.
#[test]
fn a_player_is_stopped_and_its_failure_told() {
    let server = serve();
    let folders = ["played-shared", "played"].map(folder);
    // More than a pipe and two sockets hold.
    put(&folders[0], "Evening Trio - Blue Lamp.mp3", 8_000_000);
    let share = folders[0].display().to_string();
    let _bob = shell(server, &folders[1], "bob", &["--share", &share]);
    for (player, ends) in [
        ("sleep 600", "download interrupted: aborted"),
        ("false", "download interrupted: the player ended with exit status: 1"),
        ("no-such-player -", "download interrupted: the --player no-such-player: "),
    ] {
        let mut ann = shell(server, &folders[1], "ann", &["--player", player]);
        ann.types("/search lamp");
        ann.sees("1 songs found");
        ann.types("/play 1");
        ann.sees("starting download");
        if ends.ends_with("aborted") {
            ann.types("/abort");
        }
        ann.sees(ends);
        ann.types("/status");
        ann.sees("no transfers");
        ann.types("/quit");
        ann.leaves();
    }
}

#[test]
fn a_firewalled_pair_cannot_exchange_and_is_told() {
    let server = serve();
    let folders = ["pair-shared", "pair-fetched"].map(folder);
    put(&folders[0], "Evening Trio - Blue Lamp.mp3", 1000);
    let share = folders[0].display().to_string();
    let _bob = shell(server, &folders[1], "bob", &["--share", &share, "--port", "0"]);
    let mut ann = shell(server, &folders[1], "ann", &["--port", "0"]);
    ann.types("/search lamp");
    ann.sees("1 songs found");
    ann.types("/download 1 2");
    ann.sees("2 is no number of a found song");
    ann.sees("both firewalled");
    ann.types("/status");
    ann.sees("no transfers");
    ann.types("/quit");
    ann.leaves();
}

#[test]
fn a_refused_login_is_told() {
    let server = serve();
    let folder = folder("refused");
    let mut ann = shell(server, &folder, "ann", &["--register"]);
    let options = ["--nick", "ann", "--password", "wrong"];
    let mut typist = Typist::new(server, &folder, &options);
    typist.sees("login refused");
    typist.leaves();
    // The same nick from the same address takes the place of who was there.
    let _again = shell(server, &folder, "ann", &[]);
    ann.sees("the server closed the connection");
    ann.leaves();
}
