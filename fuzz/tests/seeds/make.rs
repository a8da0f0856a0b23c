//! How the seeds are made.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use napster_codec::dialogue::{DIALOGUES, End};
use napster_codec::{Code, Direction, MESSAGES, Packet};
use napster_dissect::capture::{Item, Reader};

use crate::Seeds;
use crate::mutate::Random;

const DIRECTIONS: [Direction; 3] =
    [Direction::ToServer, Direction::ToClient, Direction::ServerLink];

/// A capture beyond this is too long for a fuzzer to change much of it.
const LONGEST_CAPTURE: usize = 5000;

/// Every seed.
pub(crate) fn seeds() -> Seeds {
    let mut seeds = Seeds::new();
    let mut put = |target: &str, name: &str, bytes: Vec<u8>| {
        let old = seeds.insert(Path::new(target).join(name), bytes);
        assert!(old.is_none(), "{target}/{name} twice");
    };
    streams(&mut put);
    payloads(&mut put);
    queries(&mut put);
    dialogues(&mut put);
    peers(&mut put);
    sessions(&mut put);
    transfers(&mut put);
    redirectors(&mut put);
    comp112(&mut put);
    captures(&mut put);
    segments(&mut put);
    seeds
}

type Put<'p> = &'p mut dyn FnMut(&str, &str, Vec<u8>);

fn streams(put: Put<'_>) {
    for (number, direction) in (0_u8..).zip(DIRECTIONS) {
        let examples: Vec<_> = MESSAGES
            .iter()
            .filter(|spec| spec.directions.admits(direction))
            .filter_map(|spec| Some((spec.code, spec.example?)))
            .collect();
        for (index, some) in examples.chunks(9).enumerate() {
            let frames = frames(some, direction);
            // Told little-endian, found out, behind a gap, from the middle, each in other portions.
            let options = [number, number | 8 | 16, number | 8, number | 32][index % 4];
            let place = (frames.len() / 2) as u8;
            let gap = if index % 4 == 2 { [place, 0, 9] } else { [0, 0, 0] };
            let seed = [options, index as u8, gap[0], gap[1], gap[2]];
            put(
                "stream",
                &format!("{direction:?}-{index:02}").to_lowercase(),
                [&seed, &frames[..]].concat(),
            );
        }
    }
    let login: &[u8] = br#"alice s3cret 6699 "nap v0.8" 3"#;
    let mut packet = Packet::new(Code(2), login.to_vec(), Direction::ToServer).unwrap();
    packet.order = napster_codec::ByteOrder::Big;
    put("stream", "big-endian", [&[8, 3, 0, 0, 0][..], &packet.to_bytes()].concat());
    let granted = frames(&[(Code(3), b"\"anon@x\" 6")], Direction::ToClient);
    put("stream", "compressed", [&[9, 2, 0, 0, 0][..], &granted, b"\x78\x9cpacked"].concat());
}

fn frames(examples: &[(Code, &[u8])], direction: Direction) -> Vec<u8> {
    let frame = |(code, payload): &(Code, &[u8])| {
        Packet::new(*code, payload.to_vec(), direction).unwrap().to_bytes()
    };
    examples.iter().flat_map(frame).collect()
}

fn payloads(put: Put<'_>) {
    for (index, spec) in MESSAGES.iter().enumerate() {
        let Some(example) = spec.example else { continue };
        for (number, direction) in (0_u8..).zip(DIRECTIONS) {
            if !spec.directions.admits(direction) {
                continue;
            }
            let [low, high] = spec.code.0.to_le_bytes();
            let bytes = [&[number, low, high], example].concat();
            let name = format!("{index:03}-{}-{direction:?}", spec.name).to_lowercase();
            put("decode", &name, bytes);
        }
    }
    // What a message is made of is decided by bytes in no order that a reader could see.
    let mut random = Random::new("messages");
    for index in 0..48 {
        let length = 16 + random.below(200);
        let bytes = std::iter::repeat_with(|| random.byte()).take(length).collect();
        put("message_roundtrip", &format!("{index:02}"), bytes);
    }
}

fn queries(put: Put<'_>) {
    let examples = MESSAGES.iter().filter(|spec| spec.code == Code(200));
    let examples = examples.filter_map(|spec| spec.example);
    let more: &[&[u8]] = &[
        br#"FILENAME CONTAINS "a b" MAX_RESULTS 100 LINESPEED "AT LEAST" 6 BITRATE "EQUAL TO" "128""#,
        br#"MAX_RESULTS "50" FILENAME CONTAINS "-live" FREQ "AT BEST" "44100" SIZE "AT LEAST" 9"#,
        br#"FILENAME EXCLUDES "x" SOUNDEX CONTAINS "y" DURATION "EQUAL TO" 60 TYPE audio LOCAL_ONLY"#,
        br#"FILENAME CONTAINS "say "x" again" MAX_RESULTS 5"#,
        b"FILENAME CONTAINS \"a\"  MAX_RESULTS 05 ",
    ];
    for (index, query) in examples.chain(more.iter().copied()).enumerate() {
        put("query", &format!("{index:02}"), query.to_vec());
    }
}

fn dialogues(put: Put<'_>) {
    let one = |direction: Direction, code: u16, payload: &[u8]| {
        let kind = match direction {
            Direction::ToServer => 0,
            Direction::ToClient => 1,
            _ => 2,
        };
        let [low, high] = code.to_le_bytes();
        let length = u8::try_from(payload.len()).unwrap();
        [&[kind, low, high, length], payload].concat()
    };
    let (key, repeated): (&[u8], &[u8]) = (b"bob \"a.mp3\"", b"bob bob \"a.mp3\"");
    for dialogue in DIALOGUES {
        let (request, direction) = (dialogue.request.0, dialogue.direction);
        let back = direction.reversed();
        let mut bytes = one(direction, request, key).repeat(2);
        for item in dialogue.items {
            bytes.extend(one(back, *item, key));
        }
        for refusal in dialogue.refusals {
            let text = refusal.texts.first().map_or("bob", |text| text);
            bytes.extend(one(back, refusal.code, text.replace('*', "bob").as_bytes()));
        }
        let ends = match dialogue.end {
            End::Code(code) => one(back, code, key),
            End::SameCodeEmpty => [one(back, request, key), one(back, request, b"")].concat(),
            End::Single(codes) => {
                codes.iter().flat_map(|code| one(back, *code, repeated)).collect()
            }
            _ => Vec::new(),
        };
        bytes.extend(ends);
        put("dialogue", dialogue.name(), bytes);
    }
    let many = one(Direction::ToServer, 200, b"");
    put("dialogue", "many", many.repeat(300));
    let unknown = one(Direction::ToClient, 404, b"Unknown command code 330");
    let asked = one(Direction::ToServer, 330, b"");
    let sent_back = one(Direction::ToClient, 13, b"330: ");
    put("dialogue", "unknown", [&asked[..], &unknown, &asked, &sent_back].concat());
}

/// What a side says, in the form of the target; a shorter length than 256.
fn said(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn peers(put: Put<'_>) {
    let (i, l) = (|bytes: &[u8]| said(0, bytes), |bytes: &[u8]| said(1, bytes));
    let (fin_i, fin_l) = (vec![14], vec![15]);
    let entry: &[u8] = b"\"a.mp3\" 0123456789abcdef0123456789abcdef 5 128 44100 60\n";
    let list = [b"bob\n", entry, b"\n"].concat();
    let stories: &[(&str, u8, Vec<Vec<u8>>)] = &[
        (
            "get",
            5,
            vec![l(b"1"), i(b"GET"), i(b"ann \"C:\\a.mp3\" 0"), l(b"5hello"), fin_l.clone()],
        ),
        (
            "get-in-one",
            0,
            vec![l(b"1"), i(b"GETann \"a\" 3"), l(b"12"), l(b"345678"), fin_i.clone()],
        ),
        (
            "get-long",
            8,
            vec![l(b"1"), i(b"GETann \"a.mp3\" 0"), l(b"12345"), vec![0x31, 0], fin_l.clone()],
        ),
        ("get-gap", 5, vec![l(b"1"), i(b"GETann \"a\" 0"), l(b"99"), vec![13, 40], l(b"rest")]),
        ("refused", 5, vec![l(b"1"), i(b"GETann \"a\" 0"), l(b"FILE NOT SHARED"), fin_l.clone()]),
        (
            "send",
            1,
            vec![l(b"1"), i(b"SEND"), i(b"bob \"a.mp3\" 6"), l(b"0"), i(b"ID3aaa"), fin_i.clone()],
        ),
        ("list", 2, vec![l(b"1"), i(b"GETLIST\n"), l(&list), fin_l.clone(), fin_i.clone()]),
        ("list-pushed", 3, vec![i(&[b"SENDLIST ", &list[..]].concat()), l(b"1"), fin_i.clone()]),
        ("bare", 5, vec![l(b"1"), i(b"song.mp3"), l(b"ID3 and so on"), fin_l.clone()]),
        ("chat", 4, vec![l(b"1"), i(b"hello\n"), l(b"hi\n")]),
        ("late", 32, vec![l(b"middle of a file"), fin_l.clone()]),
        ("http", 5, vec![i(b"GET / HTTP/1.1\r\n\r\n"), l(b"HTTP/1.1 200 OK\r\n")]),
        ("offer", 5, vec![i(b"//WantQueue\n"), i(b"SENDFILE 10.0.0.1 6699 5 \"a\"\n")]),
    ];
    for (name, expected, acts) in stories {
        put("peer", name, [&[0, *expected], &acts.concat()[..]].concat());
    }
}

fn sessions(put: Put<'_>) {
    const SONG: &[u8] = b"\"C:\\a b.mp3\" 0 1 128 44100 1";
    let says = |client: u8, code: u16, payload: &[u8]| {
        let [low, high] = code.to_le_bytes();
        let length = u8::try_from(payload.len()).unwrap();
        [&[7, client, low, high, length], payload].concat()
    };
    // Kinds as in the target: 9 searches, 10 joins, 11 talks, 12 browses, 13 and 14 ask for a user.
    let wants = |kind: u8, client: u8, text: &[u8]| {
        [&[kind, client, u8::try_from(text.len()).unwrap()], text].concat()
    };
    let (leaves, comes) = (|client| vec![1, client], |client| vec![0, client]);
    let (changes, loses, doubles) = (vec![3, 0, 77], vec![4, 0, 9], vec![5, 0]);
    let minute = vec![2, 0, 61];
    let seeds: [(&str, Vec<Vec<u8>>); 5] = [
        (
            "talk",
            vec![
                wants(10, 0, b"Jazz"),
                wants(10, 1, b"Jazz"),
                wants(11, 0, b"hello"),
                wants(15, 1, b""),
                leaves(0),
            ],
        ),
        (
            "share-and-search",
            vec![says(2, 100, SONG), wants(9, 0, b"a b"), wants(12, 1, b"n2"), says(2, 110, b"")],
        ),
        (
            "download",
            vec![
                says(1, 100, SONG),
                says(2, 203, b"n1 \"C:\\a b.mp3\""),
                says(1, 608, b"n2 \"C:\\a b.mp3\""),
            ],
        ),
        (
            "mangled",
            vec![
                changes,
                wants(10, 0, b"Jazz"),
                loses,
                wants(13, 1, b"n0"),
                doubles,
                wants(14, 0, b"n1"),
                minute.clone(),
            ],
        ),
        ("again", vec![leaves(1), comes(1), comes(1), vec![6, 2, 4, 255, 255, 2, 0], minute]),
    ];
    for (name, deeds) in seeds {
        put("session", name, deeds.concat());
    }
}

fn transfers(put: Put<'_>) {
    let list = b"bob\n\"a.mp3\" 0123456789abcdef0123456789abcdef 5 128 44100 60\n\n";
    // The machine, cuts, pauses, known hundreds of bytes, bytes that are here.
    let peers: &[(&str, [u8; 5], &[u8])] = &[
        ("size-and-file", [0, 3, 0, 0, 0], b"112ID3 and more"),
        ("known-size", [0, 1, 1, 1, 0], b"1100999999"),
        ("late-greeting", [0, 2, 255, 1, 0], b"1100ID3"),
        ("resumed", [0, 0, 0, 1, 20], b"1100xxxxxxxxxxbehind"),
        ("from-the-start", [0, 0, 0, 1, 20], b"1100ID3aaaaaaaxxxxxxxxxxbehind"),
        ("remaining-size", [0, 0, 0, 1, 20], b"190xxxxxxxxxxbehind"),
        ("refused", [0, 4, 9, 0, 0], b"1FILE NOT SHARED"),
        ("push-answered", [1, 1, 50, 3, 0], b"1200"),
        ("push-refused", [1, 3, 0, 3, 0], b"1INVALID REQUEST"),
        ("get-incoming", [2, 5, 2, 0, 0], b"GETann \"a.mp3\" 40"),
        ("send-incoming", [2, 0, 0, 0, 0], b"SENDbob \"a.mp3\" 6ID3aaa"),
        ("list-incoming", [2, 6, 0, 0, 0], &[b"SENDLIST ", &list[..]].concat()),
        ("http-incoming", [2, 0, 0, 0, 0], b"GET / HTTP/1.1\r\n"),
        ("list", [3, 7, 0, 0, 0], &[b"1", &list[..]].concat()),
    ];
    for (name, choices, bytes) in peers {
        put("transfer", name, [choices, *bytes].concat());
    }
}

fn redirectors(put: Put<'_>) {
    let mut padded = b"216.34.188.176:8888".to_vec();
    padded.resize(80, 0);
    let streams: &[(&str, &[u8])] = &[
        ("padded", &padded),
        ("line", b"216.34.188.176:8888\n"),
        ("blank", b"10.0.0.1 7777\r\n"),
        ("busy", b"127.0.0.1:0\n"),
        ("name", b"server.example.net:4444"),
        ("stats", b"2 6 1.99 512000 0\n"),
    ];
    for (index, (name, stream)) in (0_u8..).zip(streams) {
        put("redirector", name, [&[index & 3, index], *stream].concat());
    }
}

fn comp112(put: Put<'_>) {
    let (i, l) = (|bytes: &[u8]| said(4, bytes), |bytes: &[u8]| said(1, bytes));
    let blanks = |text: &str| format!("{text:<100}").into_bytes();
    let record = |text: &str| l(&blanks(text));
    let frames = b"SC4   abcdSC4   efghDC13  HOST/h,PORT/9";
    let new_song = [&b"NS100 "[..], &blanks("NS/2/16000/32")].concat();
    let stories: &[(&str, u8, Vec<Vec<u8>>)] = &[
        ("records", 0, vec![record("NS/2/16000/32"), record("HOST/radio"), record("PORT/6300")]),
        ("frames", 0, vec![l(&new_song), l(frames), l(frames)]),
        (
            "middle",
            1,
            vec![l(b"half of a frame"), l(frames), vec![0xe1, 4, b'S', b'C', b'4', b' ']],
        ),
        ("songs", 0, vec![i(b"SONGLIST"), l(b"2##[a.mp3]##[b.mp3]##")]),
        ("requests", 0, vec![i(b"REQUESTLIST"), l(b"Song a.mp3 requested!")]),
        ("play", 0, vec![i(b"PLAY,a.mp3"), l(b"1")]),
        ("play-refused", 0, vec![i(b"PLAY,b.mp3"), l(b"Song does not exist")]),
        ("leave", 0, vec![i(b"DC,HOST,h,PORT,9")]),
        ("bad", 0, vec![l(b"SC-1  "), l(b"SC16  "), l(b"NS9   ")]),
    ];
    for (name, options, acts) in stories {
        put("comp112", name, [&[*options, 5], &acts.concat()[..]].concat());
    }
}

fn captures(put: Put<'_>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/captures");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&path).unwrap();
        packets(put, name, &bytes);
        if bytes.len() > LONGEST_CAPTURE {
            continue;
        }
        if name == "one-message.pcap" {
            for (kind, packed) in packed(&bytes) {
                put("capture", &format!("{name}.{kind}"), packed);
            }
        }
        put("capture", name, bytes);
    }
}

/// The first packets of a capture, which differ most, in the form of the target.
fn packets(put: Put<'_>, name: &str, capture: &[u8]) {
    let Ok(mut reader) = Reader::new(Cursor::new(capture.to_vec()), "seed") else { return };
    let mut bytes = Vec::new();
    let mut count = 0;
    while let Some(item) = reader.next() {
        let Item::Packet(packet) = item else { continue };
        if count == 8 {
            break;
        }
        if count == 0 {
            bytes.extend((packet.link_type as u16).to_le_bytes());
        }
        count += 1;
        bytes.extend((packet.data.len() as u16).to_le_bytes());
        bytes.push((packet.original_length as usize).saturating_sub(packet.data.len()) as u8);
        bytes.extend(packet.data);
    }
    if count > 0 {
        put("packet", name, bytes);
    }
}

/// The bytes in each compressed form, without compression, as that is simple to write.
fn packed(bytes: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let short = u16::try_from(bytes.len()).unwrap();
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01".to_vec();
    gzip.extend(short.to_le_bytes());
    gzip.extend((!short).to_le_bytes());
    gzip.extend(bytes);
    gzip.extend(crc32(bytes).to_le_bytes());
    gzip.extend(u32::from(short).to_le_bytes());

    // One segment with a content size of two bytes, and one raw block.
    let mut zstd = b"\x28\xb5\x2f\xfd\x60".to_vec();
    zstd.extend((short - 256).to_le_bytes());
    zstd.extend(&(u32::from(short) << 3 | 1).to_le_bytes()[..3]);
    zstd.extend(bytes);

    // Independent blocks without checksums; the last byte of the header is the header's checksum.
    let mut lz4 = b"\x04\x22\x4d\x18\x60\x40\x82".to_vec();
    lz4.extend((u32::from(short) | 1 << 31).to_le_bytes());
    lz4.extend(bytes);
    lz4.extend([0; 4]);
    [("gz", gzip), ("zst", zstd), ("lz4", lz4)]
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| crc >> 1 ^ if crc & 1 == 0 { 0 } else { 0xedb8_8320 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A segment in the form of the target: who, flags, places near the start of the numbers, length.
fn segment(choice: u8, flags: u8, sequence: i16, acknowledgement: i16, length: u8) -> Vec<u8> {
    let ([s0, s1], [a0, a1]) = (sequence.to_le_bytes(), acknowledgement.to_le_bytes());
    vec![choice, flags, s0, s1, a0, a1, length, 0]
}

fn segments(put: Put<'_>) {
    const SYN: u8 = 2;
    const RST: u8 = 4;
    const ACK: u8 = 16;
    const FIN: u8 = 17;
    let open =
        [segment(0, SYN, 0, 0, 0), segment(1, SYN | ACK, 100, 1, 0), segment(0, ACK, 1, 101, 0)]
            .concat();
    let close =
        [segment(0, FIN, 31, 101, 0), segment(1, FIN, 101, 32, 0), segment(0, ACK, 32, 102, 0)];
    let close = close.concat();
    let data = |place: i16| segment(0, ACK, place, 101, 10);
    let stories: &[(&str, u8, Vec<Vec<u8>>)] = &[
        ("whole", 0, vec![open.clone(), data(1), data(11), data(21), close.clone()]),
        ("reordered", 1, vec![open.clone(), data(21), data(11), data(1), close.clone()]),
        ("repeated", 2, vec![open.clone(), data(1), data(1), data(6), data(11), close.clone()]),
        (
            "gap",
            3,
            vec![open.clone(), data(1), data(21), segment(1, ACK, 101, 31, 5), close.clone()],
        ),
        ("middle", 0, vec![data(500), data(510), data(490), segment(1, ACK, 101, 520, 9)]),
        ("wrap", 0, vec![data(590), data(600), data(610), data(595)]),
        ("reset", 64, vec![open.clone(), data(1), segment(1, RST, 101, 0, 0), data(11)]),
        ("reused", 0, vec![open.clone(), data(1), segment(0, SYN, 9000, 0, 0), data(9001)]),
        ("end-of-time", 16, (0..30).map(|at| segment(0xf0, ACK, at * 30, 101, 10)).collect()),
        ("limits", 64, (1..20).map(|at| data(at * 20)).collect()),
        ("forged", 128, vec![open, data(21), segment(0, ACK, 15, 101, 20), data(1), close]),
    ];
    for (name, options, list) in stories {
        put("segments", name, [&[*options], &list.concat()[..]].concat());
    }
}
