//! Names for local files.

use napster_codec::transfer::safe_file_name;
use proptest::prelude::*;

fn safe(path: &[u8]) -> String {
    safe_file_name(path, latin_1).name
}

fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

#[test]
fn only_the_last_part_of_a_path_counts() {
    for (path, name) in [
        (r"C:\music\a song.mp3", "a song.mp3"),
        (r"..\..\windows\system.ini", "system.ini"),
        ("/etc/passwd", "passwd"),
        (r"\\host\share\x.mp3", "x.mp3"),
        ("C:autoexec.bat", "autoexec.bat"),
        (r"a\..", "unnamed"),
        (".", "unnamed"),
        ("", "unnamed"),
        ("con", "_con"),
        (r"x\NUL.mp3", "_NUL.mp3"),
        ("com1 .txt", "_com1 .txt"),
        // Windows also takes these three superscript digits for the number of a port.
        ("CONIN$", "_CONIN$"),
        ("conout$.mp3", "_conout$.mp3"),
        ("com\u{b9}.mp3", "_com\u{b9}.mp3"),
        ("COM\u{b2}", "_COM\u{b2}"),
        ("Lpt\u{b3}.tar.gz", "_Lpt\u{b3}.tar.gz"),
        ("com\u{2074}.mp3", "com\u{2074}.mp3"),
        ("console.mp3", "console.mp3"),
        ("trailing. . ", "trailing"),
        ("a\0b\u{1b}[2Jc", "ab[2Jc"),
        ("what?.mp3", "what.mp3"),
        ("gnp\u{202e}3pm.exe", "gnp3pm.exe"),
    ] {
        assert_eq!(safe(path.as_bytes()), name, "{path}");
    }
    assert_eq!(safe(b"caf\xe9.mp3"), "café.mp3");
    assert_eq!(safe(b"lpt\xb2.mp3"), "_lpt\u{b2}.mp3");
    let long = safe(&[b"x".repeat(70_000).as_slice(), b".mp3"].concat());
    assert!(long.len() <= 200 && long.ends_with(".mp3"));
}

#[test]
fn a_change_is_told() {
    let changed = |path: &[u8]| safe_file_name(path, latin_1).changed;
    assert!(!changed(br"C:\music\a.mp3"));
    assert!(changed(br"C:\music\a?.mp3"));
    assert!(changed(br"..\a.mp3"));
    assert!(changed(b""));
}

#[test]
fn what_decoding_makes_is_held_to_the_same_rules() {
    let evil = |_: &[u8]| String::from("../a:b\\c\0");
    assert_eq!(safe_file_name(b"\xff", evil).name, "abc");
}

proptest! {
    #[test]
    fn any_path_gives_one_plain_name(path in prop::collection::vec(any::<u8>(), 0..600)) {
        let name = safe(&path);
        prop_assert!(!name.is_empty() && name.len() <= 201);
        prop_assert!(!name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.'));
        prop_assert!(!name.chars().any(char::is_control));
    }
}
