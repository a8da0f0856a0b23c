//! The dictionary for the fuzzer: words that chance does not find.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use napster_codec::{Compare, Flag, MESSAGES, Property, TextTopic};

/// The fuzzer takes no longer words.
const LONGEST: usize = 64;

/// Words of the protocol that the table does not have: peers, redirectors, file and packet headers.
const OTHERS: &[&[u8]] = &[
    b"GET",
    b"SEND",
    b"GETLIST\n",
    b"SENDLIST ",
    b"INVALID REQUEST",
    b"FILE NOT SHARED",
    b"ann \"C:\\a.mp3\" 0",
    b"\"a.mp3\" 0123456789abcdef0123456789abcdef 443332 128 44100 60",
    b"127.0.0.1:0",
    b"10.0.0.1:8888\n",
    b"2 6 1.99 512000 0\n",
    b"SC16  ",
    b"NS100 ",
    b"DC5   ",
    b"NS/2/16000/32",
    b"HOST/",
    b"PORT/",
    b"SONGLIST",
    b"REQUESTLIST",
    b"PLAY,",
    b"DC,HOST,h,PORT,9",
    b"##",
    b"\" \"",
    b"\"\"",
    b" \"",
    b":a ",
    b"n/a",
    b"-1",
    b"00",
    b"2147483648",
    b"4294967296",
    b"18446744073709551616",
    b"\x78\x9c",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\x34\xcd\xb2\xa1",
    b"\x0a\x0d\x0d\x0a",
    b"\x4d\x3c\x2b\x1a",
    b"\x1f\x8b\x08\x00",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\x08\x00\x45\x00",
    b"\x86\xdd\x60\x00",
    b"\x81\x00\x00\x01",
    b"\x88\x64\x11\x00",
    b"\x88\x47",
    b"\xaa\xaa\x03\x00\x00\x00\x08\x00",
];

/// The words, each once, in order.
pub(crate) fn words() -> Vec<Vec<u8>> {
    let mut words = BTreeSet::new();
    for spec in MESSAGES {
        words.insert(spec.code.0.to_le_bytes().to_vec());
        if let Some(example) = spec.example {
            words.insert(example.to_vec());
        }
    }
    let keywords = TextTopic::ALL.iter().map(|topic| topic.keyword());
    let keywords = keywords.chain(Property::ALL.iter().map(|property| property.keyword()));
    let keywords = keywords.chain(Flag::ALL.iter().map(|flag| flag.keyword()));
    let keywords = keywords.chain(["MAX_RESULTS", "TYPE"]);
    words.extend(keywords.map(|keyword| format!("{keyword} ").into_bytes()));
    let compare = |compare: &Compare| format!("\"{}\" ", compare.keyword()).into_bytes();
    words.extend(Compare::ALL.iter().map(compare));
    words.extend(OTHERS.iter().map(|word| word.to_vec()));
    words.into_iter().filter(|word| !word.is_empty() && word.len() <= LONGEST).collect()
}

/// The words as libFuzzer and AFL read them.
pub(crate) fn dictionary() -> String {
    let mut text = String::from(
        "# Codes and examples of the message table, keywords, and magic numbers of captures.\n\
         # Written by: REGENERATE=1 cargo test --manifest-path fuzz/Cargo.toml --test seeds\n",
    );
    for word in words() {
        text.push('"');
        for byte in word {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(byte)]),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => write!(text, "\\x{byte:02x}").expect("a string grows"),
            }
        }
        text.push_str("\"\n");
    }
    text
}
