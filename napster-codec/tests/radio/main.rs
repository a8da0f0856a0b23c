//! The programs `radio` and `listener` on loopback, over real sockets and in one process: a chain of
//! three, of which the middle one leaves and then the first, and nobody misses or repeats a byte.

#[path = "../../examples/comp112/connection.rs"]
mod connection;
#[path = "../../examples/listener/listener.rs"]
mod listener;
#[path = "../../examples/radio/radio.rs"]
mod radio;
#[path = "../../examples/radio/song.rs"]
mod song;
#[path = "../../examples/listener/sound.rs"]
#[allow(dead_code, reason = "the program uses all of it")]
mod sound;

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::listener::{Command, Listener};
use crate::radio::{BoxError, Radio};
use crate::song::Song;
use crate::sound::Output;

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Longer than anything here takes on the slowest machine.
const LONG: Duration = Duration::from_secs(60);

type Said = Arc<Mutex<Vec<String>>>;

/// A program that runs until it is told to stop.
struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), BoxError>>,
    said: Said,
    commands: mpsc::Sender<Command>,
    heard: PathBuf,
}

impl Running {
    fn radio(radio: Radio) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (said, say) = hear();
        let task = tokio::spawn(radio.run(until(stopped), say));
        let (commands, _) = mpsc::channel(1);
        Self { stop, task, said, commands, heard: PathBuf::new() }
    }

    fn listener(port: u16, heard: PathBuf) -> Self {
        Self::listener_to(port, Output::File(heard.clone()), heard)
    }

    fn listener_to(port: u16, output: Output, heard: PathBuf) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (commands, typed) = mpsc::channel(8);
        let (said, say) = hear();
        let settings =
            listener::Settings { host: ADDRESS.to_string(), port, address: ADDRESS, output };
        let (listener, inputs) = Listener::new(settings);
        let task = tokio::spawn(listener.run(inputs, typed, until(stopped), say));
        Self { stop, task, said, commands, heard }
    }

    async fn stop(self) -> Vec<String> {
        let _ = self.stop.send(());
        let ended = timeout(LONG, self.task).await.expect("it ends");
        ended.expect("no panic").expect("it leaves without an error");
        self.said.lock().expect("the lines").clone()
    }

    async fn hears(&self, more: u64) {
        let length = || fs::metadata(&self.heard).map_or(0, |data| data.len());
        let wanted = length() + more;
        wait_for(|| length() >= wanted, "it hears on").await;
    }

    async fn says(&self, line: &str) {
        let said = || self.said.lock().expect("the lines").iter().any(|said| said == line);
        wait_for(said, line).await;
    }
}

async fn until(stopped: oneshot::Receiver<()>) {
    let _ = stopped.await;
}

fn hear() -> (Said, impl FnMut(String) + Send) {
    let said = Said::default();
    let lines = Arc::clone(&said);
    (said, move |line| lines.lock().expect("the lines").push(line))
}

async fn wait_for(is_there: impl Fn() -> bool, what: &str) {
    let waiting = async {
        while !is_there() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(LONG, waiting).await.unwrap_or_else(|_| panic!("waited in vain: {what}"));
}

/// Six ports in a row that are free: two of the radio, one for each listener, one to spare.
fn free_ports() -> u16 {
    (0..100)
        .find_map(|_| {
            let first = TcpListener::bind((ADDRESS, 0)).ok()?.local_addr().ok()?.port();
            let all = (first..first.checked_add(6)?).map(|port| TcpListener::bind((ADDRESS, port)));
            all.collect::<Result<Vec<_>, _>>().ok().map(|_| first)
        })
        .expect("six free ports in a row")
}

/// A new folder for what is heard.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("napster-radio-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn settings(folder: PathBuf, port: u16) -> radio::Settings {
    radio::Settings { folder, address: ADDRESS, host: ADDRESS.to_string(), port, speed: 1.0 }
}

fn songs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/songs")
}

async fn decode(name: &str) -> (napster_codec::comp112::Format, Vec<u8>) {
    let mut song = Song::open(songs().join(name)).await.expect("a song");
    let mut audio = Vec::new();
    while let Some(piece) = song.next().await {
        audio.extend(piece);
    }
    (song.format, audio)
}

/// What the radio played, from its own lines: song behind song, the last chunk of each filled with
/// blanks as the description of the stream has it.
async fn aired(said: &[String]) -> Vec<u8> {
    let (mut aired, mut songs) = (Vec::new(), HashMap::new());
    for name in said.iter().filter_map(|line| line.strip_prefix("playing ")) {
        if !songs.contains_key(name) {
            songs.insert(name, decode(name).await);
        }
        let (format, audio) = &songs[name];
        let chunk = format.chunk as usize;
        aired.extend_from_slice(audio);
        aired.resize(aired.len().next_multiple_of(chunk), b' ');
    }
    aired
}

/// Whether somebody heard a part of what was played without a gap.
fn is_part(aired: &[u8], heard: &[u8], chunk: usize) -> bool {
    let mut starts = (0..aired.len()).step_by(chunk).filter_map(|at| aired.get(at..));
    starts.any(|rest| rest.starts_with(heard))
}

#[tokio::test]
async fn a_chain_of_three_hears_everything_whoever_leaves() {
    let folder = folder("chain");
    let port = free_ports();
    let radio = Running::radio(Radio::open(settings(songs(), port)).await.expect("free ports"));

    let ann = Running::listener(port, folder.join("ann"));
    ann.hears(5_000).await;
    let bob = Running::listener(port, folder.join("bob"));
    bob.hears(5_000).await;
    let cyd = Running::listener(port, folder.join("cyd"));
    cyd.hears(5_000).await;

    for command in ["songs", "play 2", "requests", "PLAY no such song"] {
        let command = Command::read(command).expect("a command");
        cyd.commands.send(command).await.expect("it runs");
    }
    for line in
        ["  1 falling.mp3", "  2 rising.mp3", "Song rising.mp3 requested!", "Song does not exist"]
    {
        cyd.says(line).await;
    }
    radio.says("requested: rising.mp3").await;

    let heard_by_bob = bob.heard.clone();
    bob.stop().await;
    cyd.hears(30_000).await;
    let heard_by_ann = ann.heard.clone();
    ann.stop().await;
    cyd.hears(60_000).await;
    let heard_by_cyd = cyd.heard.clone();
    let said_by_cyd = cyd.stop().await;
    let said = radio.stop().await;

    let left = said_by_cyd.iter().filter(|line| line.starts_with("the source leaves")).count();
    assert_eq!(left, 2, "{said_by_cyd:?}");
    for (place, number) in [(1, 2), (2, 3), (3, 4)] {
        let behind = format!("127.0.0.1:{} joins behind 127.0.0.1:{}", port + number, port + place);
        assert!(said.contains(&behind), "{behind}: {said:?}");
    }
    for lines in [&said, &said_by_cyd] {
        assert!(!lines.iter().any(|line| line.contains("dropped")), "{lines:?}");
    }
    let aired = aired(&said).await;
    for path in [heard_by_ann, heard_by_bob, heard_by_cyd] {
        let heard = fs::read(&path).expect("what was heard");
        assert!(heard.len() >= 5_000);
        assert!(is_part(&aired, &heard, 64), "{}: {} bytes", path.display(), heard.len());
    }
    fs::remove_dir_all(&folder).expect("the folder goes");
}

/// Who has only one of its two connections is let go, and those who come then join as ever.
#[tokio::test]
async fn who_connects_only_halfway_is_told() {
    let folder = folder("halfway");
    let port = free_ports();
    let fast = radio::Settings { speed: 20.0, ..settings(songs(), port) };
    let radio = Running::radio(Radio::open(fast).await.expect("free ports"));
    let mut idle = TcpStream::connect((ADDRESS, port)).await.expect("a radio");
    radio.says("127.0.0.1 is let go: only one of its two connections came").await;
    let closed = timeout(LONG, idle.read(&mut [0; 100])).await.expect("an end");
    assert_eq!(closed.expect("a clean end"), 0);
    let ann = Running::listener(port, folder.join("ann"));
    ann.hears(5_000).await;
    ann.stop().await;
    radio.stop().await;
    fs::remove_dir_all(&folder).expect("the folder goes");
}

/// A player gets the audio on its input, with its numbers on its command line.
#[cfg(unix)]
#[tokio::test]
async fn a_player_hears_what_is_played() {
    let folder = folder("player");
    let port = free_ports();
    let radio = Running::radio(Radio::open(settings(songs(), port)).await.expect("free ports"));
    let heard = folder.join("heard-32000-16000-2");
    let pattern = folder.join("heard-{rate}-{stereo_rate}-{width}");
    let file = format!("of={}", pattern.to_str().expect("a plain path"));
    let command = vec!["dd".into(), "status=none".into(), file];
    let listener = Running::listener_to(port, Output::Player(command), heard.clone());
    listener.hears(50_000).await;
    listener.stop().await;
    let aired = aired(&radio.stop().await).await;
    assert!(is_part(&aired, &fs::read(&heard).expect("what was heard"), 64));

    let port = free_ports();
    let radio = Running::radio(Radio::open(settings(songs(), port)).await.expect("free ports"));
    let output = Output::Player(vec!["no-such-player-anywhere".into()]);
    let listener = Running::listener_to(port, output, heard);
    let ended = timeout(LONG, listener.task).await.expect("it ends").expect("no panic");
    let error = ended.expect_err("no player").to_string();
    assert!(error.starts_with("no-such-player-anywhere cannot be started: "), "{error}");
    radio.stop().await;
    fs::remove_dir_all(&folder).expect("the folder goes");
}

/// The songs are tones that rise from 200 to 2000 Hz in two seconds, and fall from 3000 to 500 Hz in
/// one and a half.
#[tokio::test]
async fn songs_are_decoded_as_they_were_made() {
    for (name, low, high, seconds) in
        [("rising.mp3", 200.0, 2000.0, 2.0), ("falling.mp3", 3000.0, 500.0, 1.5)]
    {
        let (format, audio) = decode(name).await;
        assert_eq!((format.width, format.rate, format.chunk), (2, 32_000, 64));
        let samples: Vec<i16> = audio
            .chunks_exact(4)
            .map(|frame| {
                assert_eq!(frame[..2], frame[2..], "mono is doubled");
                i16::from_le_bytes([frame[0], frame[1]])
            })
            .collect();
        for tenth in [4, 8, 12] {
            let tenth = tenth as f64 / 10.0;
            let from = (tenth * 16_000.0) as usize;
            let crossings = samples[from..from + 1_600]
                .windows(2)
                .filter(|pair| (pair[0] < 0) != (pair[1] < 0))
                .count() as f64;
            let measured = crossings / 2.0 * 10.0;
            // An encoder puts up to 1200 samples in front.
            let at = |time: f64| low + (high - low) * time / seconds;
            let (early, late) = (at(tenth + 0.05 - 0.075), at(tenth + 0.05));
            let expected = early.min(late) * 0.95..early.max(late) * 1.05;
            assert!(
                expected.contains(&measured),
                "{name} at {tenth}: {measured} Hz, not in {expected:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_cannot_begin_says_why() {
    let error = |radio: Result<Radio, BoxError>| radio.err().expect("an error").to_string();
    let empty = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let told = error(Radio::open(settings(empty, free_ports())).await);
    assert!(told.ends_with("there are no .mp3 files in it"), "{told}");
    let taken = TcpListener::bind((ADDRESS, 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let told = error(Radio::open(settings(songs(), port)).await);
    assert!(told.starts_with(&format!("cannot listen on 127.0.0.1:{port}")), "{told}");

    let folder = folder("nobody");
    let port = free_ports();
    let listener = Running::listener(port, folder.join("heard"));
    let ended = timeout(LONG, listener.task).await.expect("it ends").expect("no panic");
    let told = format!("there is no radio at 127.0.0.1, ports {port} and {}", port + 1);
    assert_eq!(ended.expect_err("nobody there").to_string(), told);
    fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn commands_are_those_of_the_original() {
    for (typed, command) in [
        ("SONGS", Some(Command::Songs)),
        (" requests ", Some(Command::Requests)),
        ("PLAY a song.mp3", Some(Command::Play("a song.mp3".into()))),
        ("play  3", Some(Command::Play("3".into()))),
        ("END", Some(Command::Quit)),
        ("quit", Some(Command::Quit)),
        ("PLAY", None),
        ("songs please", None),
        ("", None),
    ] {
        assert_eq!(Command::read(typed), command, "{typed:?}");
    }
}
