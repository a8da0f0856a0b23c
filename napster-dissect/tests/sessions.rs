//! What is told of a client's session with an index server when it ends.

mod lab;

use std::io::Cursor;

use lab::clock::Clock;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::{at, checksum, number, song};
use lab::segment::{Segment, Side, interleave};
use napster_dissect::capture::Reader;
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{
    Record, RecordSink, Session, SessionSummary, TalkPlace, TransferEnd, TransferRecord,
};

const JUNO: &str = "192.0.2.40";
const BASIL: &str = "203.0.113.9";
const SERVER: &str = "198.51.100.5:8888";

#[derive(Default)]
struct Told {
    /// Flow and session, in the order in which they ended.
    sessions: Vec<(u64, Session)>,
    transfers: Vec<TransferRecord>,
    unended: Vec<&'static str>,
    summary: Vec<SessionSummary>,
    omitted: Vec<(&'static str, u64)>,
}

impl RecordSink for Told {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Flow(flow) => {
                let session = flow.session.as_deref().cloned();
                self.sessions.extend(session.map(|session| (flow.flow, session)));
            }
            Record::Transfer(transfer) => self.transfers.push((*transfer).clone()),
            Record::Exchange(exchange) if exchange.end.is_none() => {
                self.unended.push(exchange.request.name);
            }
            Record::Summary(summary) => {
                self.summary.clone_from(&summary.sessions);
                self.omitted.clone_from(&summary.omitted);
            }
            _ => {}
        }
        Ok(())
    }
}

fn run(segments: &[Segment]) -> Told {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    let mut told = Told::default();
    dissect(std::slice::from_mut(&mut reader), &Options::default(), &mut told)
        .expect("nothing fails");
    told
}

/// A connection to the server on which that user has logged in.
fn login(clock: &Clock, host: &str, nick: &str, port: u16) -> Conversation {
    let mut session = Conversation::on(clock, at(&format!("{host}:1044")), at(SERVER));
    session.handshake().ask(2, format!("{nick} secret {port} \"nap v0.8\" 7"));
    session.tell(3, format!("{nick}@mail.example"));
    session
}

/// The session of a single user who does that.
fn session(script: impl FnOnce(&mut Conversation)) -> Session {
    let mut session = login(&Clock::default(), JUNO, "juno", 6699);
    script(&mut session);
    session.fin(Side::Client);
    let told = run(&session.segments());
    let [(_, session)] = &told.sessions[..] else { panic!("{:?}", told.sessions) };
    session.clone()
}

#[test]
fn who_logged_in_and_with_what() {
    let session = session(|_| {});
    assert_eq!(session.nick.as_deref(), Some(&b"juno"[..]));
    assert_eq!(session.client_info.as_deref(), Some(&b"nap v0.8"[..]));
    assert_eq!((session.link_type, session.data_port), (Some(7), Some(6699)));
    assert_eq!(session.email.as_deref(), Some(&b"juno@mail.example"[..]));
    assert!(session.logged_in);
}

#[test]
fn a_port_that_is_told_later_counts() {
    let session = session(|session| _ = session.ask(703, "6700"));
    assert_eq!(session.data_port, Some(6700));
}

#[test]
fn a_registration_is_a_login_too() {
    let mut session = Conversation::new(at("192.0.2.40:1044"), at(SERVER));
    session.handshake().ask(7, "juno").tell(8, "");
    session.ask(6, "juno secret 0 \"nap v0.8\" 3 juno@home.example").tell(3, "juno@home.example");
    session.fin(Side::Client);
    let told = run(&session.segments());
    let session = &told.sessions[0].1;
    assert_eq!((session.nick.as_deref(), session.data_port), (Some(&b"juno"[..]), Some(0)));
    assert!(session.logged_in);
}

#[test]
fn a_refused_login_is_none() {
    let mut session = Conversation::new(at("192.0.2.40:1044"), at(SERVER));
    session.handshake().ask(2, "juno secret 6699 \"nap v0.8\" 7").tell(0, "Invalid Password");
    session.fin(Side::Server);
    let told = run(&session.segments());
    let session = &told.sessions[0].1;
    assert!(!session.logged_in);
    assert_eq!((session.nick.as_deref(), &session.email), (Some(&b"juno"[..]), &None));
}

#[test]
fn searches_have_their_results_counted() {
    let hit = |size| format!("{} basil {} 4", song("a.mp3", size, 128, 60), number(BASIL));
    let session = session(|session| {
        session.ask(200, r#"FILENAME CONTAINS "lamp" MAX_RESULTS 5"#);
        session.tell_all(&[(201, &hit(1000)), (201, &hit(2000)), (202, "")]);
        session.ask(200, r#"FILENAME CONTAINS "tram""#).tell(201, hit(3000));
    });
    let found: Vec<_> = session
        .searches
        .iter()
        .map(|s| (String::from_utf8_lossy(&s.query).into_owned(), s.results, s.ended))
        .collect();
    assert_eq!(
        found,
        [
            (r#"FILENAME CONTAINS "lamp" MAX_RESULTS 5"#.to_owned(), 2, true),
            (r#"FILENAME CONTAINS "tram""#.to_owned(), 1, false)
        ]
    );
    assert_eq!((session.counts.searches, session.counts.results), (2, 3));
}

#[test]
fn browses_have_their_files_counted() {
    let entry = format!("basil {}", song("a.mp3", 1000, 128, 60));
    let session = session(|session| {
        session.ask(211, "basil").tell_all(&[(212, &entry), (212, &entry), (213, "basil")]);
        session.ask(211, "ghost").tell_all(&[(210, "ghost"), (213, "ghost")]);
    });
    let browsed: Vec<_> =
        session.browses.iter().map(|b| (b.nick.as_slice(), b.files, b.ended)).collect();
    assert_eq!(browsed, [(&b"basil"[..], 2, true), (b"ghost", 0, true)]);
}

#[test]
fn talk_is_counted_by_place_with_its_first_line() {
    let session = session(|session| {
        session.ask(400, "tea").tell(405, "#tea").tell(409, "#tea");
        session.ask(402, "#tea hello there").ask(402, "#tea anybody?");
        session.ask(824, "#tea \"waves\"");
        session.ask(205, "basil are you there");
    });
    assert_eq!(session.channels, [b"#tea"]);
    let said: Vec<_> =
        session.said.iter().map(|t| (t.place.clone(), t.lines, t.first.as_slice())).collect();
    let tea = TalkPlace::Channel(b"#tea".to_vec());
    let basil = TalkPlace::User(b"basil".to_vec());
    assert_eq!(said, [(tea, 3, &b"hello there"[..]), (basil, 1, b"are you there")]);
    assert_eq!(session.counts.lines, 4);
}

/// Two users, and a download from the one by the other.
fn download(announced: bool, play: impl FnOnce(&mut Conversation)) -> Told {
    let clock = Clock::default();
    let mut juno = login(&clock, JUNO, "juno", 0);
    let mut basil = login(&clock, BASIL, "basil", 6699);
    juno.ask(203, r#"basil "D:\lamp.mp3""#);
    basil.tell(607, r#"juno "D:\lamp.mp3""#).ask(608, r#"juno "D:\lamp.mp3""#);
    if announced {
        let md5 = checksum(1);
        juno.tell(204, format!(r#"basil {} 6699 "D:\lamp.mp3" {md5} 4"#, number(BASIL)));
    }
    let to = format!("{BASIL}:6699");
    let mut peer = Conversation::on(&clock, at(&format!("{JUNO}:1050")), at(&to));
    peer.handshake().server("1").client("GET").client(r#"juno "D:\lamp.mp3" 0"#);
    play(&mut peer);
    juno.fin(Side::Client);
    basil.fin(Side::Client);
    run(&interleave([juno.segments(), basil.segments(), peer.segments()]))
}

#[test]
fn a_file_is_fetched_in_one_session_and_sent_in_the_other() {
    let told = download(true, |peer| {
        peer.server("4187").server([7; 4187]).fin(Side::Server);
    });
    let [(_, juno), (_, basil)] = &told.sessions[..] else { panic!("{:?}", told.sessions) };
    for (list, nick) in [(&juno.transfers, &b"basil"[..]), (&basil.uploads, b"juno")] {
        let [transfer] = &list[..] else { panic!("{list:?}") };
        assert_eq!(transfer.nick.as_deref(), Some(nick));
        assert_eq!(transfer.file, br"D:\lamp.mp3");
        assert_eq!((transfer.flow, transfer.size, transfer.bytes), (Some(2), Some(4187), 4187));
        assert_eq!(transfer.ended, Some(TransferEnd::Complete));
    }
    assert_eq!(juno.transfers[0].answer, Some("download_ack"));
    assert_eq!((juno.counts.transfers, juno.counts.complete), (1, 1));
    assert!(juno.uploads.is_empty() && basil.transfers.is_empty());
    let counts: Vec<_> = told.summary.iter().map(|s| (s.flow, s.counts.complete)).collect();
    assert_eq!(counts, [(0, 1), (1, 0)]);
}

#[test]
fn a_transfer_that_outlives_the_session_has_no_end_in_it() {
    let told = download(false, |peer| _ = peer.server("4187").server([7; 100]));
    let transfer = &told.sessions[0].1.transfers[0];
    assert_eq!((transfer.flow, transfer.ended, transfer.answer), (Some(2), None, None));
    assert_eq!(told.transfers[0].ended, TransferEnd::Cut);
}

#[test]
fn a_refusal_by_the_server_is_the_answer() {
    let session = session(|session| {
        session.ask(203, r#"basil "a.mp3""#).tell(206, r#"basil "a.mp3""#);
        session.ask(203, r#"basil "b.mp3""#);
    });
    let answers: Vec<_> =
        session.transfers.iter().map(|t| (t.file.as_slice(), t.answer, t.flow)).collect();
    assert_eq!(answers, [(&b"a.mp3"[..], Some("download_error"), None), (b"b.mp3", None, None)]);
}

/// Firewalled owner: he connects, and says the file's name without its folder as `MP3::Napster` does.
#[test]
fn a_pushed_file_belongs_to_the_one_who_asked_for_it() {
    let clock = Clock::default();
    let mut juno = login(&clock, JUNO, "juno", 6699);
    juno.ask(203, r#"basil "Z:\nap\lamp.mp3""#);
    let md5 = checksum(1);
    juno.tell(204, format!(r#"basil {} 0 "Z:\nap\lamp.mp3" {md5} 4"#, number(BASIL)));
    juno.ask(500, r#"basil "Z:\nap\lamp.mp3""#);
    let from = format!("{BASIL}:1050");
    let mut peer = Conversation::on(&clock, at(&from), at(&format!("{JUNO}:6699")));
    peer.handshake().server("1").client("SEND").client(r#"basil "lamp.mp3" 500"#).server("0");
    peer.client([9; 500]).fin(Side::Client);
    juno.fin(Side::Client);
    let told = run(&interleave([juno.segments(), peer.segments()]));
    let session = &told.sessions[0].1;
    let [transfer] = &session.transfers[..] else { panic!("{:?}", session.transfers) };
    assert_eq!(transfer.file, br"Z:\nap\lamp.mp3");
    assert_eq!((transfer.flow, transfer.ended), (Some(1), Some(TransferEnd::Complete)));
    // The connection is all the answer that a request to push gets.
    assert_eq!(told.unended, [""; 0]);
}

/// The bare dialect asks the server for nothing.
#[test]
fn a_file_fetched_without_a_word_to_the_server_is_in_the_session_of_that_host() {
    let clock = Clock::default();
    let mut juno = login(&clock, JUNO, "juno", 6699);
    let to = format!("{BASIL}:6699");
    let mut peer = Conversation::on(&clock, at(&format!("{JUNO}:1050")), at(&to));
    peer.handshake().server("1").client("lamp.mp3").server([b"ID3\x03", &[0; 400][..]].concat());
    peer.fin(Side::Server);
    juno.fin(Side::Client);
    let told = run(&interleave([juno.segments(), peer.segments()]));
    let session = &told.sessions[0].1;
    let [transfer] = &session.transfers[..] else { panic!("{:?}", session.transfers) };
    assert_eq!((transfer.nick.as_ref(), transfer.bytes), (None, 404));
    assert_eq!((session.counts.transfers, session.counts.complete), (1, 1));
}

/// Two users behind one address: the nickname in the request decides.
#[test]
fn users_of_one_host_are_not_confused() {
    let clock = Clock::default();
    let open = |nick: &str, port: u16| {
        let from = at(&format!("{JUNO}:{port}"));
        let mut session = Conversation::on(&clock, from, at(SERVER));
        session.handshake().ask(2, format!("{nick} secret 0 \"nap v0.8\" 7"));
        session.tell(3, "x@mail.example").ask(203, r#"basil "lamp.mp3""#);
        session
    };
    let (mut juno, mut iris) = (open("juno", 1044), open("iris", 1045));
    let to = format!("{BASIL}:6699");
    let mut peer = Conversation::on(&clock, at(&format!("{JUNO}:1050")), at(&to));
    peer.handshake().server("1").client("GET").client(r#"juno "lamp.mp3" 0"#);
    peer.server("500").server([7; 500]).fin(Side::Server);
    juno.fin(Side::Client);
    iris.fin(Side::Client);
    let told = run(&interleave([juno.segments(), iris.segments(), peer.segments()]));
    let flows: Vec<_> = told.sessions.iter().map(|(_, s)| s.transfers[0].flow).collect();
    assert_eq!(flows, [Some(2), None]);
}

/// Whatever a session does, its lists end somewhere, and the counts go on.
#[test]
fn endless_sessions_are_bounded() {
    let mut told = Vec::new();
    for place in 0..2_000 {
        told.push((200_u16, format!("FILENAME CONTAINS \"word{place}\"")));
        told.push((211, format!("user{place}")));
        told.push((203, format!("basil \"{place}.mp3\"")));
        told.push((205, format!("user{place} {}", "long ".repeat(300))));
    }
    let session = session(|session| {
        for (code, payload) in &told {
            session.ask(*code, payload);
        }
    });
    let lists = [
        session.searches.len(),
        session.browses.len(),
        session.transfers.len(),
        session.said.len(),
    ];
    assert_eq!(lists, [100; 4]);
    assert!(session.said.iter().all(|talk| talk.first.len() <= 512));
    assert_eq!(session.omitted, 4 * 1_900);
    let counts = session.counts;
    assert_eq!((counts.searches, counts.browses), (2_000, 2_000));
    assert_eq!((counts.transfers, counts.lines), (2_000, 2_000));
}

#[test]
fn the_summary_lists_so_many_sessions() {
    let clock = Clock::default();
    let sessions: Vec<_> = (0..130)
        .map(|number| {
            let from = at(&format!("{JUNO}:{}", 2000 + number));
            let mut session = Conversation::on(&clock, from, at(SERVER));
            session.handshake().ask(2, format!("user{number} x 0 \"nap v0.8\" 7"));
            session.tell(3, "x@mail.example").fin(Side::Client);
            session.segments()
        })
        .collect();
    let told = run(&interleave(sessions));
    assert_eq!((told.sessions.len(), told.summary.len()), (130, 100));
    assert!(told.omitted.contains(&("sessions", 30)), "{:?}", told.omitted);
}
