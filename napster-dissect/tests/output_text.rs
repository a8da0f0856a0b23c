//! Text: its lines, its columns, and that nothing in it steers a terminal.

mod output_records;

use napster_codec::dialogue::Answers;
use napster_codec::{Direction, Value, Visit};
use napster_dissect::output::{Format, Options};
use napster_dissect::story::{
    ExchangeRecord, FlowRecord, MessageRecord, Protocol, Record, SummaryRecord, TalkPlace,
    WarningKind, WarningRecord,
};

use output_records::*;

fn text(records: &[Record<'_>]) -> String {
    written(options(Format::Text, |_| {}), records)
}

fn text_with(records: &[Record<'_>], change: impl FnOnce(&mut Options)) -> String {
    written(options(Format::Text, change), records)
}

/// The lines of one message, without those that tell of its flow.
fn message(record: Record<'_>) -> String {
    let text = text(&[record]);
    let lines: Vec<&str> = text.lines().skip(2).collect();
    lines.join("\n")
}

#[test]
fn a_conversation() {
    let (capture, interface, flow) = (capture(), interface(), flow());
    let mut answer = framed(201, Direction::ToClient, SEARCH_RESULT);
    answer.stamp = stamp(9, 12_500_000);
    assert_eq!(
        text(&[
            Record::Capture(&capture),
            Record::Interface(&interface),
            to_server(2, b"foo hunter2 6699 \"nap v0.8\" 3"),
            Record::Message(answer),
            to_client(202, b""),
            Record::Flow(&flow),
        ]),
        r#"capture evening.pcapng  pcapng
interface 0  ethernet, at most 262,144 bytes a packet

flow 0  10.0.0.2:1877 → 10.0.0.1:8888  napster
    0.000120  #0   → login                    nick=foo password=*** data_port=6699 client_info="nap v0.8" link_type=3
   12.500000  #0   ← search_result            filename=C:\music\a.mp3 md5=0123456789abcdef0123456789abcdef size=443332 bitrate=128 frequency=44100 duration=60 nick=bob ip=10.1.2.3 link_type=4
    0.000120  #0   ← search_end
   95.000000  #0   × end                      fin: 62 messages, → 634 bytes, ← 15,580 bytes, 33 bytes sent again, 4 segments late, 200 bytes not decoded, 1 overlap conflict, 900 bytes missing in 2 gaps
"#
    );
}

#[test]
fn flows_are_told_apart() {
    let mut other = framed(751, Direction::ToServer, b"bob");
    other.flow = 12;
    other.source = address("[2001:db8::1]:1044");
    assert_eq!(
        text(&[to_server(751, b"bob"), Record::Message(other), to_client(752, b"foo"),]),
        "
flow 0  10.0.0.2:1877 → 10.0.0.1:8888  napster
    0.000120  #0   → ping                     to=bob

flow 12  [2001:db8::1]:1044 → 10.0.0.1:8888  napster
    0.000120  #12  → ping                     to=bob
    0.000120  #0   ← ponged                   from=foo
"
    );
}

#[test]
fn lists_of_files_have_lines_of_their_own() {
    let share = to_server(
        870,
        br#""C:\my music\" "a b.mp3" 0123456789abcdef0123456789abcdef 1 128 44100 2 "c.mp3" x 3 128 44100 4"#,
    );
    assert_eq!(
        message(share),
        r#"    0.000120  #0   → share_directory          directory="C:\my music\\" files=2
                     - filename="a b.mp3" md5=0123456789abcdef0123456789abcdef size=1 bitrate=128 frequency=44100 duration=2
                     - filename=c.mp3 md5=x size=3 bitrate=128 frequency=44100 duration=4"#
    );
}

#[test]
fn queries_and_words_stand_in_a_row() {
    assert_eq!(
        message(to_server(
            200,
            br#"FILENAME CONTAINS "a b" MAX_RESULTS 5 BITRATE "AT LEAST" "128""#
        )),
        r#"    0.000120  #0   → search_request           query=[filename_contains "a b", max_results 5, bitrate at_least 128]"#
    );
    assert_eq!(
        message(to_server(10205, b"#pub bob carol")),
        "    0.000120  #0   → channel_deop             channel=#pub nicks=[bob, carol]"
    );
    let long = format!("#pub{}", " somebody".repeat(25));
    let shown = message(to_server(10205, long.as_bytes()));
    assert_eq!(shown.matches("somebody").count(), 25);
    assert!(shown.lines().count() > 1 && shown.lines().all(|line| line.len() < 180), "{shown}");
}

#[test]
fn deviations_stand_behind_the_fields() {
    assert_eq!(
        message(to_client(202, b"3 results ")),
        "    0.000120  #0   ← search_end               extra=\"3 results \"  ! extra_field"
    );
    let many = format!("#pub{}", "  bob".repeat(50));
    let shown = message(to_server(10205, many.as_bytes()));
    assert!(shown.ends_with("double_space in nicks and 18 more deviations"), "{shown}");
}

#[test]
fn errors_show_the_bytes_and_the_place() {
    assert_eq!(
        message(to_client(214, b"52 many\x1b 31")),
        r#"    0.000120  #0   ← server_stats             users=52
                     ! field `files`, bytes 3..8: expected a decimal number (not_a_number)
                     payload "52 many\x1b 31"
                                 ^^^^^^^^"#
    );
}

#[test]
fn unknown_messages_show_their_bytes() {
    assert_eq!(
        message(to_server(9997, b"say \"what\"\x07")),
        r#"    0.000120  #0   → unknown                  code=9997 payload="say \"what\"\x07""#
    );
    assert_eq!(
        message(to_server(9997, b"\x00\x01\x02\x90abc")),
        "    0.000120  #0   → unknown                  code=9997 payload=0x00010290616263"
    );
    assert_eq!(
        message(to_client(400, b"#tea")),
        "    0.000120  #0   ← unknown                  code=400 payload=\"#tea\"  ! wrong_direction: the other side says join_channel"
    );
}

#[test]
fn messages_of_links_begin_with_their_sender() {
    assert_eq!(
        message(on_link(205, b":bob ann hi")),
        "    0.000120  #0   → private_message          :bob to=ann message=hi"
    );
}

#[test]
fn raw_bytes_follow_the_line() {
    let text = text_with(&[to_server(751, b"bob")], |options| options.raw = true);
    assert!(text.ends_with("to=bob\n                     raw 626f62\n"), "{text}");
}

#[test]
fn announced_flows_say_so_in_their_first_line() {
    let (link, transfer) = (link(), transfer());
    let request = named(&Request, None);
    assert_eq!(
        text(&[Record::Link(&link), request, Record::Transfer(&transfer)]),
        format!(
            r"
flow 3  10.0.0.2:1901 → 10.1.2.3:6699  napster-peer  announced by download_ack in flow 0, packet 21
    9.100000  #3   → get_request              nick=foo filename=C:\music\a.mp3 offset=0
   90.000000  #3   = download                 C:\music\a.mp3 complete: 443,332 of 443,332 bytes
                     from bob at 10.1.2.3:6699 to foo at 10.0.0.2:1901
                     sha256 {}
",
            "ab".repeat(32)
        )
    );
    // An announcement that was found late has a line.
    let text = text(&[named(&Request, None), Record::Link(&link)]);
    assert!(
        text.ends_with(
            "    9.000000  #3   · link                     announced by download_ack in flow 0, packet 21\n"
        ),
        "{text}"
    );
}

#[test]
fn a_transfer_about_which_little_is_known() {
    assert_eq!(
        text(&[Record::Transfer(&poor_transfer())]),
        r#"
flow 3  10.1.2.3:1050 → 10.0.0.2:6699
   90.000000  #3   = push                     a file without a name refused: 0 bytes from byte 1,000 on, 12 bytes not captured
                     from somebody at 10.1.2.3:1050 to "a b" at 10.0.0.2:6699
                     error "INVALID REQUEST\x07"
                     saved as out/1.mp3
"#
    );
}

#[test]
fn exchanges_are_told_where_the_end_lacks() {
    let answered = exchange();
    assert_eq!(text(&[Record::Exchange(&answered)]), "");
    let silent = ExchangeRecord { answers: Answers::default(), end: None, ..exchange() };
    let partly = ExchangeRecord { end: None, ..exchange() };
    // Where no end is to come, none lacks.
    let endless = ExchangeRecord { endless: true, ..partly.clone() };
    assert_eq!(
        text(&[Record::Exchange(&silent), Record::Exchange(&endless), Record::Exchange(&partly)]),
        "    2.600000  #0   · unanswered               search_request of packet 8: no answer
    2.600000  #0   · unanswered               search_request of packet 8: 1 search_result, no end
"
    );
}

#[test]
fn a_session_at_its_end() {
    let record = FlowRecord { session: Some(session().into()), ..flow() };
    let shown = text(&[Record::Flow(&record)]);
    assert!(
        shown.ends_with(
            r##" in 2 gaps
                     foo with "nap v0.8", link type 3, port 6699: logged in as foo@mail.example, connected for 95.000 s
                     searched (7 results) FILENAME CONTAINS "tide"
                     searched without a word (1 result, no end)
                     browsed ann (1,234 files)
                     fetched "C:\music\a b.mp3" from bob: complete, 443,332 bytes, flow 3
                     wanted b.mp3 from bob: download_error, no connection seen
                     was asked for c.mp3 by eve: aborted, 5,000 bytes, flow 4
                     was asked for d.mp3 by somebody: not over yet, flow 5
                     joined #tea
                     joined #café
                     said 2 lines in #tea, first: hello there
                     said 1 line to bob: hi
                     2 entries are not listed
"##
        ),
        "{shown}"
    );
}

#[test]
fn flows_that_are_none_of_ours_are_only_counted() {
    let unknown =
        FlowRecord { flow: 7, protocol: Protocol::Unknown, messages: 0, session: None, ..flow() };
    let gap = WarningRecord { flow: Some(7), ..warning() };
    assert_eq!(text(&[Record::Warning(&gap), Record::Flow(&unknown)]), "");
    // Where one was announced, a reader waits for it.
    let link = napster_dissect::story::LinkRecord { flow: 7, ..link() };
    let shown = text(&[Record::Link(&link), Record::Warning(&gap), Record::Flow(&unknown)]);
    assert!(shown.contains("flow 7  ") && shown.contains("announced by"), "{shown}");
    assert!(shown.contains("! gap ") && shown.contains("× end"), "{shown}");
}

#[test]
fn warnings_stand_where_they_belong() {
    let gap = WarningRecord { flow: Some(0), ..warning() };
    let truncated = WarningRecord {
        kind: WarningKind::Truncated,
        message: "a\u{1b}b.pcap is cut off at byte 7".to_owned(),
        flow: None,
        frame: None,
        offset: Some(7),
        ..warning()
    };
    let text = text(&[to_server(751, b"bob"), Record::Warning(&gap), Record::Warning(&truncated)]);
    let lines: Vec<&str> = text.lines().skip(3).collect();
    assert_eq!(
        lines,
        [
            "              #0   ! gap                      2,896 bytes from 10.0.0.1:8888 were not captured; 3 messages found again behind them (packet 733, byte 90112)",
            r"! truncated: a\x1bb.pcap is cut off at byte 7",
        ]
    );
}

#[test]
fn the_summary() {
    let one = summary();
    assert_eq!(
        text(&[Record::Summary(&one)]),
        "
summary
  packets      1,250 with 98,765 bytes
  flows        3: 1 napster, 2 unknown
  sessions     foo (flow 0)
  stream       server at 10.0.0.1:6301, 2 clients
               10.0.0.2:6302 heard the server (flow 6, 32,000 bytes)
                 left (disconnect in flow 7, packet 90)
               2001:db8::5 heard 10.0.0.2:6302 (flow 7, 32,000 bytes)
                 then heard the server (flow 8, 32,000 bytes, after disconnect)
  messages     3: 1 login, 2 search_result
  transfers    1 complete
  warnings     1 gap
  omitted      7 servers_known
"
    );
    let names = vec![("public_message_received", 1000); 12];
    let long = SummaryRecord { messages_by_name: names, ..summary() };
    let shown = text(&[to_client(202, b"x"), Record::Summary(&long)]);
    assert!(shown.lines().all(|line| line.len() <= 120), "{shown}");
    assert!(shown.contains("  diagnostics  1\n"), "{shown}");
}

#[test]
fn summary_only_leaves_messages_out() {
    let (capture, link, flow, warning) =
        (capture(), link(), flow(), WarningRecord { flow: Some(0), ..warning() });
    let records = || {
        [
            Record::Capture(&capture),
            to_server(214, b"x"),
            Record::Link(&link),
            Record::Warning(&warning),
            Record::Flow(&flow),
        ]
    };
    let shown = text_with(&records(), |options| options.summary_only = true);
    assert!(!shown.contains("server_stats") && !shown.contains("announced"), "{shown}");
    for expected in ["capture evening.pcapng", "! gap ", "\nflow 0  ", "× end "] {
        assert!(shown.contains(expected), "{shown}");
    }
}

#[test]
fn times_may_go_back() {
    let early = MessageRecord {
        stamp: napster_dissect::capture::Stamp {
            time: napster_dissect::capture::Timestamp::from_parts(974_836_798, 500_000_000),
            ..stamp(1, 0)
        },
        ..framed(751, Direction::ToServer, b"bob")
    };
    assert!(message(Record::Message(early)).starts_with("   -1.500000  #0   → ping"));
}

/// Everything that a hostile peer can say.
struct Hostile;

const HOSTILE: &[u8] = b"\x1b]0;owned\x07\x9b31m\r\n\x00\x08 \xe2\x80\xae\xc2\x9b \xe2\x80\xa8";

impl Visit for Hostile {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("text", Value::Text(HOSTILE));
        visitor("latin1", Value::Latin1(HOSTILE));
    }
}

#[test]
fn nothing_steers_the_terminal() {
    let mut session = session();
    session.nick = Some(HOSTILE.to_vec());
    session.email = Some(HOSTILE.to_vec());
    session.searches[0].query = HOSTILE.to_vec();
    session.browses[0].nick = HOSTILE.to_vec();
    for transfer in session.transfers.iter_mut().chain(&mut session.uploads) {
        (transfer.nick, transfer.file) = (Some(HOSTILE.to_vec()), HOSTILE.to_vec());
    }
    session.channels = vec![HOSTILE.to_vec()];
    for talk in &mut session.said {
        talk.first = HOSTILE.to_vec();
    }
    session.said[0].place = TalkPlace::Channel(HOSTILE.to_vec());
    session.said[1].place = TalkPlace::User(HOSTILE.to_vec());
    let mut summary = summary();
    summary.sessions[0].nick = Some(HOSTILE.to_vec());
    let flow = FlowRecord { session: Some(session.into()), ..flow() };
    let mut transfer = poor_transfer();
    transfer.file = Some(HOSTILE.to_vec());
    transfer.error = Some(HOSTILE.to_vec());
    transfer.uploader.nick = Some(HOSTILE.to_vec());
    transfer.saved_as = Some(String::from_utf8_lossy(HOSTILE).into_owned());
    let mut capture = capture();
    capture.file = String::from_utf8_lossy(HOSTILE).into_owned();
    let warning = WarningRecord { message: capture.file.clone(), flow: None, ..warning() };
    let prefixed = [b":".as_slice(), HOSTILE].concat();
    let records = || {
        [
            Record::Capture(&capture),
            named(&Hostile, None),
            to_server(9997, HOSTILE),
            to_server(205, HOSTILE),
            to_client(214, HOSTILE),
            on_link(205, &prefixed),
            Record::Transfer(&transfer),
            Record::Warning(&warning),
            Record::Flow(&flow),
            Record::Summary(&summary),
        ]
    };
    for encoding in ["auto", "utf-8", "windows-1252", "shift_jis", "iso-2022-jp"] {
        let shown = text_with(&records(), |options| {
            options.encoding = encoding.parse().expect("a label");
            options.show_secrets = true;
        });
        for character in shown.chars() {
            assert!(
                character == '\n' || !character.is_control() && !is_direction(character),
                "{encoding}: {character:?} in {shown}"
            );
        }
    }
}

const fn is_direction(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn colours_only_where_asked_for() {
    let records = || [to_server(751, b"bob "), to_client(214, b"x")];
    assert!(!text(&records()).contains('\x1b'));
    let colored = text_with(&records(), |options| options.color = true);
    assert!(colored.contains("\x1b[1mping\x1b[0m"), "{colored:?}");
    // Without the colours it says the same, but for blanks at the end of a line.
    let mut plain = String::new();
    for part in colored.split('\x1b') {
        let shown = part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |it| it.1);
        plain.push_str(shown);
    }
    let trimmed = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed(&plain), trimmed(&text(&records())));
}
