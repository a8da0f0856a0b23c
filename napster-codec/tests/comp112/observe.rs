//! What the watchers tell of connections, cut in any way.

use std::fmt::Write as _;
use std::time::Duration;

use napster_codec::comp112::{ChunkRuns, Event, Message, RequestObserver, StreamObserver};
use napster_codec::peer::Side;
use napster_codec::{Items, Value, Visit};

/// One line for what was told.
fn line(event: &Event<'_, u32>) -> String {
    match event {
        Event::Message(said) => {
            let side = format!("{:?}", said.side).to_lowercase();
            let mut line = format!("{side} {}@{} {}", said.stamp, said.offset, said.message.name());
            said.message.visit(&mut |name, value| {
                let _ = write!(line, " {name}={}", show(value));
            });
            for odd in said.diagnostics {
                let _ = write!(line, " !{}", odd.kind);
                assert!(odd.span.end as usize <= said.raw.len());
            }
            line
        }
        Event::Chunk(chunk) => {
            format!("chunk {}@{} {}", chunk.stamp, chunk.offset, chunk.audio.len())
        }
        Event::Skipped { side, offset, length } => format!("skipped {side:?} {offset} {length}"),
        Event::Deviation(deviation) => format!("{}@{}", deviation.kind.name(), deviation.offset),
        _ => panic!("an event that the tests do not know"),
    }
}

fn show(value: Value<'_>) -> String {
    match value {
        Value::Unsigned(number) => number.to_string(),
        Value::Text(bytes) => bytes.escape_ascii().to_string(),
        Value::List(items) => {
            let mut all = Vec::new();
            Items::for_each(items, &mut |item| all.push(show(item)));
            format!("{all:?}")
        }
        _ => "?".to_owned(),
    }
}

fn stream(segments: &[&[u8]]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut observer = StreamObserver::new();
    let mut tell = |event: Event<'_, u32>| lines.push(line(&event));
    for (stamp, bytes) in (1..).zip(segments) {
        observer.data(Side::Listener, bytes, stamp, &mut tell);
    }
    observer.closed(&mut tell);
    lines
}

/// What each side says, in order: `>` the client, `<` the server.
fn requests(segments: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut observer = RequestObserver::new();
    let mut tell = |event: Event<'_, u32>| lines.push(line(&event));
    for (stamp, segment) in (1..).zip(segments) {
        let (side, text) = match segment.split_at(1) {
            (">", text) => (Side::Initiator, text),
            (_, text) => (Side::Listener, text),
        };
        observer.data(side, text.as_bytes(), true, stamp, &mut tell);
    }
    observer.closed(&mut tell);
    lines
}

fn padded(text: &str) -> Vec<u8> {
    format!("{text:100}").into_bytes()
}

#[test]
fn records_whole_cut_and_merged() {
    let records = [padded("NS/2/16000/16"), padded("HOST/streamhost"), padded("PORT/6302")];
    let want = [
        "listener 1@0 stream_info width=2 rate=16000 chunk=16",
        "listener 2@100 stream_host host=streamhost",
        "listener 3@200 stream_port port=6302",
    ];
    assert_eq!(stream(&[&records[0], &records[1], &records[2]]), want);
    let all = records.concat();
    for size in [1, 7, 99, 101, 300] {
        let segments: Vec<&[u8]> = all.chunks(size).collect();
        let lines = stream(&segments);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[2].ends_with("stream_port port=6302"));
    }
}

#[test]
fn the_last_record_has_its_length_whatever_comes_with_it() {
    // Nothing marks the end of the last record but its length: here the hundredth byte is no blank.
    let port = format!("PORT/{}", "x".repeat(95)).into_bytes();
    let all = [padded("NS/2/16000/16"), padded("HOST/h"), port, vec![b' '; 600]].concat();
    let whole = stream(&[&all]);
    assert!(whole[2].starts_with("listener 1@200 stream_port"), "{whole:?}");
    assert_eq!(whole[3], "unknown_kind@300");
    for size in [1, 99, 250, 700] {
        let cut = stream(&all.chunks(size).collect::<Vec<_>>());
        assert_eq!(cut.iter().filter(|line| line.contains("stream_port")).count(), 1, "{cut:?}");
        assert!(cut.contains(&"unknown_kind@300".to_owned()), "{cut:?}");
    }
}

#[test]
fn records_with_the_wrong_length() {
    let unpadded = stream(&[b"NS/2/16000/16HOST/hPORT/6302"]);
    let want = [
        "unpadded_record@0",
        "listener 1@0 stream_info width=2 rate=16000 chunk=16",
        "unpadded_record@13",
        "listener 1@13 stream_host host=h",
        "unpadded_record@19",
        "listener 1@19 stream_port port=6302",
    ];
    assert_eq!(unpadded, want);
    let host = "h".repeat(120);
    let long = [padded("NS/2/16000/16"), format!("HOST/{host}").into_bytes(), padded("PORT/6302")];
    let lines = stream(&[&long.concat()]);
    assert_eq!(
        lines[1..3],
        ["long_record@100", &format!("listener 1@100 stream_host host={host}")]
    );
    assert_eq!(lines[3], "listener 1@225 stream_port port=6302");
    let bad = stream(&[&padded("NS/2/x/16"), &padded("HOST/"), &padded("PORT/99999")]);
    assert_eq!(bad[0], "listener 1@0 stream_info !not_a_number");
    assert_eq!(bad[1], "listener 2@100 stream_host !missing_field");
    assert_eq!(bad[2], "listener 3@200 stream_port !number_out_of_range");
    let other = stream(&[&padded("NS/2/16000/16"), b"hello"]);
    assert_eq!(other[1..], ["bad_record@100", "skipped Listener 100 5"]);
}

#[test]
fn frames_and_what_is_left_at_the_end() {
    let song = [b"NS100 ".to_vec(), padded("2/16000/16")].concat();
    let lines = stream(&[
        b"SC16  0123456789abcdefSC1",
        b"6  0123456789abcdef",
        &song,
        b"DC21  HOST#h#PORT#6302",
        b"xxxxSC16  0",
    ]);
    let want =
        ["chunk 1@0 16", "chunk 2@22 16", "listener 3@44 new_song width=2 rate=16000 chunk=16"];
    assert_eq!(lines[..3], want);
    assert!(lines[3].starts_with("listener 5@150 disconnect !"), "{}", lines[3]);
    let good = stream(&[b"DC16  HOST#h#PORT#6302", b"SC-1  "]);
    assert_eq!(good[0], "listener 1@0 disconnect host=h port=6302");
    assert_eq!(good[1..], ["negative_length@22", "skipped Listener 22 6"]);
}

#[test]
fn audio_is_found_again_behind_a_gap() {
    let chunk = |fill: u8| [b"SC16  ".to_vec(), vec![fill; 16]].concat();
    let mut lines = Vec::new();
    let mut tell = |event: Event<'_, u32>| lines.push(line(&event));
    let mut observer = StreamObserver::new();
    observer.data(Side::Listener, &chunk(1), 1, &mut tell);
    observer.data(Side::Listener, &chunk(2)[..10], 2, &mut tell);
    observer.gap(Side::Listener, 50, &mut tell);
    observer.data(Side::Listener, &[&[9; 7][..], &chunk(3)].concat(), 3, &mut tell);
    observer.data(Side::Listener, &chunk(4), 4, &mut tell);
    observer.data(Side::Initiator, b"?", 5, &mut tell);
    observer.closed(&mut tell);
    assert_eq!(observer.undecoded(), 18);
    let want = [
        "chunk 1@0 16",
        "skipped Listener 22 10",
        "skipped Listener 82 7",
        "chunk 3@89 16",
        "chunk 4@111 16",
        "unexpected_data@0",
    ];
    assert_eq!(lines, want);
    let mut lines = Vec::new();
    let mut middle = StreamObserver::in_the_middle();
    let bytes = [&[7; 11][..], &chunk(1), &chunk(2)].concat();
    middle.data(Side::Listener, &bytes, 1, &mut |event| lines.push(line(&event)));
    assert_eq!(lines, ["skipped Listener 0 11", "chunk 1@11 16", "chunk 1@33 16"]);
}

#[test]
fn runs_of_chunks_last_a_second() {
    let mut runs = ChunkRuns::new();
    let mut ended = Vec::new();
    let mut observer = StreamObserver::new();
    for at in 0..2500_u32 {
        observer.data(Side::Listener, b"SC2   ab", at, &mut |event: Event<'_, u32>| {
            if let Event::Chunk(chunk) = event {
                ended.extend(runs.add(&chunk, Duration::from_millis(u64::from(at))));
            }
        });
    }
    ended.extend(runs.end());
    let all: Vec<_> =
        ended.iter().map(|run| (run.offset, run.length, run.count, run.bytes)).collect();
    assert_eq!(all, [(0, 8000, 1000, 2000), (8000, 8000, 1000, 2000), (16_000, 4000, 500, 1000)]);
    assert_eq!(ended[1].stamp, 1999);
    assert_eq!(ended[2].message(), Message::SongChunks { count: 500, bytes: 1000 });
}

#[test]
fn requests_and_answers() {
    let lines = requests(&[
        ">SONGLIST",
        "<41##['low hum.mp3', 'tone8k.mp3', 'hiss.mp3']",
        ">REQUESTLIST",
        "<0##",
        ">PLAY,2",
        "<Song tone8k.mp3 requested!",
        ">PLAY,2",
        "<Song has already been requested!",
        ">PLAY,missing.mp3",
        "<Song does not exist",
        ">REQUESTLIST",
        "<10##tone8k.mp3",
        ">DC,HOST,streamhost,PORT,6302",
    ]);
    let want = [
        "initiator 1@0 song_list_request",
        r#"listener 2@0 song_list length=41 songs=["low hum.mp3", "tone8k.mp3", "hiss.mp3"]"#,
        "initiator 3@8 request_list_request",
        "listener 4@45 request_list length=0 songs=[]",
        "initiator 5@19 play_request song=2",
        "listener 6@48 play_reply text=Song tone8k.mp3 requested!",
        "initiator 7@25 play_request song=2",
        "listener 8@74 play_reply text=Song has already been requested!",
        "initiator 9@31 play_request song=missing.mp3",
        "listener 10@106 play_reply text=Song does not exist",
        "initiator 11@47 request_list_request",
        r#"listener 12@125 request_list length=10 songs=["tone8k.mp3"]"#,
        "initiator 13@58 leave host=streamhost port=6302",
    ];
    assert_eq!(lines, want);
}

#[test]
fn requests_cut_and_merged() {
    let lines = requests(&[">SONG", ">LISTPLAY,1", "<2##[]"]);
    let want = [
        "merged_requests@0",
        "initiator 2@0 song_list_request",
        "initiator 2@8 play_request song=1",
        "listener 3@0 song_list length=2 songs=[]",
    ];
    assert_eq!(lines, want);
    // Another request behind a segment's end ends the one before; anything else goes on with it.
    let lines = requests(&[">PLAY,a", ">PLAY,b", "<Song a requested!Song b requested!"]);
    assert_eq!(lines[0], "initiator 1@0 play_request song=a");
    assert_eq!(lines[1], "initiator 2@6 play_request song=b");
    assert_eq!(lines[3], "listener 3@17 play_reply text=Song b requested!");
    let lines = requests(&[">PLAY,long ", ">name.mp3", "<Song does not exist"]);
    assert_eq!(lines[0], "initiator 2@0 play_request song=long name.mp3");
    let lines = requests(&[">HELLO", ">PLAY,"]);
    assert_eq!(lines[0], "initiator 1@0 unknown !unknown_keyword");
    assert_eq!(lines[1], "initiator 2@5 play_request !missing_field");
    let long = format!(">PLAY,{}", "x".repeat(100));
    assert_eq!(requests(&[&long])[0], "request_too_long@0");
}

#[test]
fn answers_cut_merged_short_and_unasked() {
    let cut = requests(&[">SONGLIST", "<1", "<8##['a.mp3'", "<, 'b.mp3']"]);
    assert_eq!(cut[1], r#"listener 4@0 song_list length=18 songs=["a.mp3", "b.mp3"]"#);
    let merged = requests(&[">SONGLIST", ">REQUESTLIST", "<2##[]1##a"]);
    assert_eq!(merged[2], "listener 3@0 song_list length=2 songs=[]");
    assert_eq!(merged[3], r#"listener 3@5 request_list length=1 songs=["a"]"#);
    // The length counts characters.
    let letters = requests(&[">REQUESTLIST", "<5##é.mp3"]);
    assert_eq!(letters[1], r#"listener 2@0 request_list length=5 songs=["\\xc3\\xa9.mp3"]"#);
    let short = requests(&[">REQUESTLIST", "<50##a.mp3"]);
    assert_eq!(
        short[1..],
        ["short_answer@0", r#"listener 2@0 request_list length=50 songs=["a.mp3"]"#]
    );
    let unasked = requests(&["<2##[]", "<what?"]);
    assert_eq!(unasked[..2], ["unexpected_answer@0", "listener 1@0 song_list length=2 songs=[]"]);
    assert_eq!(unasked[2], "listener 2@5 unknown !unknown_keyword");
    let split = requests(&[">PLAY,1", "<Song on", "<e reque", "<sted!"]);
    assert_eq!(split[1], "listener 4@0 play_reply text=Song one requested!");
}

#[test]
fn limits_are_reported() {
    let long = format!("<99999999##{}", "x".repeat(70_000));
    let lines = requests(&[">REQUESTLIST", &long]);
    assert_eq!(lines[1], "answer_too_long@0");
    let many: Vec<&str> = std::iter::repeat_n(">SONGLIST", 70).collect();
    let lines = requests(&many);
    let told = lines.iter().filter(|line| line.starts_with("too_many_requests")).count();
    assert_eq!(told, 70 - RequestObserver::<u32>::OPEN_LIMIT);
}
