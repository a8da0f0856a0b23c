//! What real servers said is said to our client: every message becomes the event it has to, none is
//! lost, and every list ends where it ended.
//!
//! The client asks what the real clients asked, with the calls that it has for it. What of that
//! cannot be said with them, such as a login without a port, is listed with each session.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::time::Duration;

use napster_codec::message::ShareFile;
use napster_codec::session::{
    Account, Client, ClientConfig, ClientEvent, DownloadState, Outcome, SharedFile, UserError,
};
use napster_codec::{Code, DecodeError, Decoder, Direction, Message, Packet, Tolerance};
use serde_json::Value;

/// A session: the client's address, how its requests end in their order, and what it cannot say.
///
/// An end is the request's code and `=` with the number of its answers, `!` with the same where it
/// was refused, or `?` where nothing ended it.
type Session = (&'static str, &'static str, &'static str);

#[test]
fn mp3_napsters_self_test() {
    let lstein =
        "2=1 617=4 603=1 400=2 830=1 211=0 200=0 211=2 200=1 830=3 751=1 402=1 200=1 211=1";
    replay(
        "perl-selftest-miniserver",
        &[
            ("127.0.0.1:49440", lstein, ""),
            ("127.0.0.1:49448", "2=1 400=3", ""),
            ("127.0.0.1:59444", "2=1 400=4", ""),
        ],
    );
}

#[test]
fn teknap_fetches_a_file_and_talks() {
    replay(
        "tek36-short",
        &[
            ("10.77.0.11:41968", "2=1 400=3 402=1 401=1", ""),
            ("10.77.0.12:49182", "2=1 200=1 400=2 603=1 211=2", ""),
        ],
    );
}

#[test]
fn teknap_searches_many_files() {
    replay(
        "tek36-manyfiles",
        &[
            ("10.88.0.2:49374", "2=1 400=3 402=1", ""),
            ("10.88.0.3:55050", "2=1 200=70 211=70 200=1 400=2 603=1", ""),
        ],
    );
}

#[test]
fn a_shell_fetches_from_a_firewalled_owner() {
    replay("perl36-simple-download", &[("10.77.0.11:36716", "2=1 200=2 110!0", "")]);
}

#[test]
fn bangbangnapster_searches() {
    replay("bbn-rawip", &[("10.88.0.3:56766", "2=1 200=1 200=0 200=3 110=1", "")]);
}

#[test]
fn logins_accepted_and_refused() {
    replay(
        "on36-script-login",
        &[
            ("10.77.0.13:50672", "7=1 7!0 7!0 7!0 11=1 11!0", "14"),
            ("10.77.0.13:50686", "4!0", ""),
            ("10.77.0.13:50700", "2!0", ""),
            ("10.77.0.13:50702", "2!0", ""),
            ("10.77.0.13:50710", "", "2"),
            ("10.77.0.13:50714", "", "200"),
            ("10.77.0.13:50720", "", "2"),
            ("10.77.0.11:44488", "2=1 214=1", ""),
            ("10.77.0.12:36148", "7=1 6=1", ""),
            ("10.77.0.13:50728", "2=1", ""),
            ("10.77.0.14:52126", "2=1", ""),
            ("10.77.0.14:52134", "2!0", ""),
        ],
    );
}

#[test]
fn files_shared_searched_and_listed() {
    replay(
        "on36-script-share-search-browse",
        &[
            ("10.77.0.11:42852", "2=1 214=1 211=3 211=3 211!0 10301=1 640!0 214=1", ""),
            ("10.77.0.12:50776", "7=1 6=1 200!0 200=1 200!0 200!0", "100 200"),
            ("10.77.0.13:46100", "2=1 200=1 200=1 200=0 200=2 200!0", ""),
            ("10.77.0.14:57368", "2=1", ""),
        ],
    );
}

#[test]
fn people_watched_ignored_and_asked_for() {
    let newbie = concat!(
        "7=1 6=1 207=1 208=1 207=1 322=1 322!0 320=1 323!0 323=1 322=1 326=1 320=0 326=1 ",
        "330!0 603=1 603!0 603=1 603=1 750=1 750=1 751=1 751!0 207?",
    );
    replay(
        "on36-script-social",
        &[
            ("10.77.0.11:43580", "2=1 603=1 214=1", ""),
            ("10.77.0.12:57644", newbie, ""),
            ("10.77.0.13:45516", "2=1", "205 205"),
            ("10.77.0.14:44310", "2=1 603=1", ""),
        ],
    );
}

/// The events that a message of the server becomes, from the table of sessions: by its code, and the
/// first word of the event's name.
const EVENTS: &[(u16, &[&str])] = &[
    (0, &["Error", "LoginRefused"]),
    (3, &["LoggedIn"]),
    (8, &["NickChecked"]),
    (9, &["NickChecked"]),
    (10, &["NickChecked", "LoginRefused"]),
    (12, &["Answer"]),
    (110, &["Answer"]),
    (201, &["Song"]),
    (202, &["Finished"]),
    (204, &["DownloadReady", "DownloadPushed"]),
    (205, &["PrivateMessage"]),
    (209, &["UserSignedOn"]),
    (210, &["UserSignedOff"]),
    (212, &["Song"]),
    (213, &["Finished"]),
    (214, &["ServerStats"]),
    (301, &["Answer"]),
    (320, &["Finished"]),
    (321, &["Answer"]),
    (322, &["Answer"]),
    (323, &["Answer"]),
    (324, &["Finished"]),
    (325, &["Finished"]),
    (326, &["Answer"]),
    (401, &["Parted"]),
    (403, &["PublicMessage"]),
    (404, &["Notice"]),
    (405, &["Joined"]),
    (406, &["UserJoined"]),
    (407, &["UserParted"]),
    (408, &["User"]),
    (409, &["Finished"]),
    (410, &["Topic"]),
    (501, &["PushOrdered"]),
    (604, &["User"]),
    (605, &["User"]),
    (607, &["UploadRequested"]),
    (617, &["Finished"]),
    (618, &["Channel"]),
    (621, &["Motd"]),
    (750, &["Answer"]),
    (751, &["Pinged"]),
    (752, &["Ponged"]),
    (824, &["Emote"]),
    (825, &["User"]),
    (830, &["Finished"]),
    (10301, &["Finished"]),
    (10302, &["Song"]),
];

fn replay(name: &str, expected: &[Session]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/sessions");
    let text = fs::read_to_string(path.join(format!("{name}.json"))).expect("a session");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let sessions = document["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), expected.len());
    for (session, (address, ends, unsaid)) in sessions.iter().zip(expected) {
        assert_eq!(session["client"], *address);
        let messages: Vec<Said> =
            session["messages"].as_array().expect("a list").iter().map(Said::read).collect();
        // In portions as they were captured, and a byte at a time.
        for portion in [usize::MAX, 1] {
            let told = Replayed::run(&messages, portion);
            assert_eq!(told.unsaid.join(" "), *unsaid, "{address}: what cannot be said");
            assert_eq!(told.ends.join(" "), *ends, "{address}: how requests end");
        }
    }
}

/// A message of the capture: the frame of its end, whether the client said it, code and payload.
struct Said {
    frame: u64,
    by_client: bool,
    code: u16,
    payload: Vec<u8>,
}

impl Said {
    fn read(value: &Value) -> Self {
        let number = |place: usize| value[place].as_u64().expect("a number");
        let payload = value[3].as_str().expect("a payload");
        Self {
            frame: number(0),
            by_client: value[1] == "C",
            code: u16::try_from(number(2)).expect("a code"),
            // Each character is a byte.
            payload: payload.chars().map(|char| u8::try_from(char).expect("Latin-1")).collect(),
        }
    }

    fn is(&self, packet: &Packet) -> bool {
        packet.code.0 == self.code && *packet.payload == *self.payload
    }

    fn packet(&self) -> Packet {
        let direction = if self.by_client { Direction::ToServer } else { Direction::ToClient };
        Packet::new(Code(self.code), self.payload.clone(), direction).expect("a short payload")
    }
}

struct Replayed {
    client: Client,
    now: Duration,
    /// What the client says by itself or at a call, and the real one said later or never.
    sent: VecDeque<Packet>,
    ends: Vec<String>,
    unsaid: Vec<String>,
    /// What the real client said before its login was answered: ours says it behind.
    early: Vec<Packet>,
}

impl Replayed {
    fn run(messages: &[Said], portion: usize) -> Self {
        let config = ClientConfig {
            login_timeout: Duration::MAX,
            request_timeout: Duration::MAX,
            transfer_timeout: Duration::MAX,
            ..ClientConfig::default()
        };
        let mut replayed = Self {
            client: Client::new(config),
            now: Duration::ZERO,
            sent: VecDeque::new(),
            ends: Vec::new(),
            unsaid: Vec::new(),
            early: Vec::new(),
        };
        for run in
            messages.chunk_by(|one, two| !one.by_client && !two.by_client && one.frame == two.frame)
        {
            replayed.now += Duration::from_millis(10);
            match run {
                [said] if said.by_client => replayed.say(said.packet()),
                heard => replayed.hear(heard, portion),
            }
            if replayed.client.is_logged_in() {
                std::mem::take(&mut replayed.early)
                    .into_iter()
                    .for_each(|early| replayed.say(early));
            }
        }
        let early = replayed.early.iter().map(|packet| packet.code.to_string());
        replayed.unsaid.extend(early);
        replayed.client.handle_close(replayed.now);
        let events = replayed.events();
        assert!(matches!(events.last(), Some(ClientEvent::Disconnected)), "{events:?}");
        replayed
    }

    /// Says what the real client said.
    fn say(&mut self, packet: Packet) {
        match self.call(&packet) {
            Ok(()) => {}
            Err(Unsaid::Early) => return self.early.push(packet),
            Err(Unsaid::Never) => return self.unsaid.push(packet.code.to_string()),
        }
        self.collect();
        let place = self.sent.iter().position(|sent| sent.code == packet.code);
        let sent = place.and_then(|place| self.sent.remove(place));
        let sent = sent.unwrap_or_else(|| panic!("{} is sent", packet.code));
        // What the real one said in the proper form is said in the same bytes.
        if packet.decode(Tolerance::STRICT).is_ok() && !matches!(packet.code.0, 2 | 703) {
            assert_eq!(sent.to_bytes(), packet.to_bytes());
        }
    }

    fn call(&mut self, packet: &Packet) -> Result<(), Unsaid> {
        let (client, now) = (&mut self.client, self.now);
        match packet.decode(Tolerance::LENIENT)?.message {
            Message::Login(login) => {
                let account = Account {
                    nick: login.nick.into_owned(),
                    password: login.password.into_owned(),
                    data_port: login.data_port,
                    client_info: login.client_info.into_owned(),
                    link_type: login.link_type,
                    email: None,
                    profile: None,
                };
                client.login(now, account).map(drop)?;
            }
            Message::ChangeDataPort(change) => client.set_data_port(now, change.port)?,
            Message::ShareFile(file) => client.share(now, &shared(file))?,
            Message::ShareDirectory(shares) => {
                let files: Vec<SharedFile> = shares
                    .files
                    .iter()
                    .map(|file| SharedFile {
                        filename: file.filename.into_owned(),
                        md5: file.md5.into_owned(),
                        size: file.size,
                        bitrate: file.bitrate,
                        frequency: file.frequency,
                        duration: file.duration,
                    })
                    .collect();
                client.share_directory(now, shares.directory.as_bytes(), &files)?;
            }
            Message::DownloadRequest(wish) => {
                let (nick, filename) = (wish.nick.as_bytes(), wish.filename.as_bytes());
                client.download(now, nick, filename, None).map(drop)?;
            }
            // The client asks for it by itself, and answers pings by itself.
            Message::PushRequest(_) | Message::Pong(_) => {}
            Message::UploadAccept(_) => {
                let id = client.uploads().next().expect("a wish").id;
                // One real client says it behind the start of the upload, which needs it here.
                let accepted = client.accept_upload(now, id);
                assert!(matches!(accepted, Ok(()) | Err(UserError::UnknownTransfer)));
            }
            Message::DownloadStarted(_) => {
                let id = client.downloads().next().expect("a download").id;
                client.download_started(now, id)?;
            }
            Message::DownloadFinished(_) => {
                let running = client.downloads().find(|d| d.state == DownloadState::Running);
                let id = running.expect("a running download").id;
                client.download_finished(now, id)?;
            }
            Message::UploadStarted(_) => {
                let id = client.uploads().next().expect("an upload").id;
                if client.upload_started(now, id).is_err() {
                    client.accept_upload(now, id)?;
                    client.upload_started(now, id)?;
                }
            }
            Message::UploadFinished(_) => {
                let id = client.uploads().next().expect("an upload").id;
                client.upload_finished(now, id)?;
            }
            message => client.send(now, message).map(drop)?,
        }
        Ok(())
    }

    fn collect(&mut self) {
        let mut decoder = Decoder::new(Direction::ToServer);
        while let Some(bytes) = self.client.poll_transmit() {
            decoder.feed(&bytes);
        }
        self.sent.extend(std::iter::from_fn(|| decoder.poll()));
    }

    /// Hears what came in one frame.
    fn hear(&mut self, heard: &[Said], portion: usize) {
        let bytes: Vec<u8> = heard.iter().flat_map(|said| said.packet().to_bytes()).collect();
        let mut events = Vec::new();
        for portion in bytes.chunks(portion.min(bytes.len())) {
            self.client.handle_input(self.now, portion);
            events.extend(self.events());
        }
        self.collect();
        let mut events = events.iter().peekable();
        for said in heard {
            let mut names = Vec::new();
            // Two messages in a row can be the same; only a directory becomes several songs.
            while let Some(event) = events.next_if(|event| {
                let again = said.code != 10302 && names.contains(&name(event));
                event.packet().is_some_and(|packet| said.is(packet)) && !again
            }) {
                names.push(name(event));
            }
            let (_, wanted) = EVENTS.iter().find(|row| row.0 == said.code).expect("a row");
            // The end of a list that was not asked for here belongs to nothing.
            let unasked = said.code == 202 && self.unsaid.last().is_some_and(|code| code == "200");
            let wanted = if unasked { &["Packet"] } else { *wanted };
            let right = names.iter().any(|name| wanted.contains(&name.as_str()));
            let text = said.payload.escape_ascii();
            assert!(right, "{} `{text}` of frame {}: {names:?}", said.code, said.frame);
        }
        assert_eq!(events.next(), None, "nothing else is told");
    }

    fn events(&mut self) -> Vec<ClientEvent> {
        let events: Vec<_> = std::iter::from_fn(|| self.client.poll_event()).collect();
        for event in &events {
            if let ClientEvent::Finished { code, outcome, answers, .. } = event {
                self.ends.push(match outcome {
                    Outcome::Done => format!("{code}={answers}"),
                    Outcome::Refused => format!("{code}!{answers}"),
                    _ => format!("{code}?"),
                });
            }
        }
        events
    }
}

/// Why something cannot be said.
enum Unsaid {
    /// It comes before the login.
    Early,
    /// It cannot be read, or not be sent.
    Never,
}

impl From<DecodeError> for Unsaid {
    fn from(_: DecodeError) -> Self {
        Self::Never
    }
}

impl From<UserError> for Unsaid {
    fn from(error: UserError) -> Self {
        if error == UserError::NotLoggedIn { Self::Early } else { Self::Never }
    }
}

fn shared(file: ShareFile<'_>) -> SharedFile {
    SharedFile {
        filename: file.filename.into_owned(),
        md5: file.md5.into_owned(),
        size: file.size,
        bitrate: file.bitrate,
        frequency: file.frequency,
        duration: file.duration,
    }
}

/// The name of an event's variant.
fn name(event: &ClientEvent) -> String {
    let text = format!("{event:?}");
    text.split(|char: char| !char.is_alphanumeric()).next().unwrap_or_default().to_owned()
}
