//! Accounts that outlive the server.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::accounts::Book;
use crate::client::Client;
use crate::process::Server;

/// A file that is not there yet.
fn book(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("accounts");
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    // It is there only where a run before this one made it.
    fs::remove_file(&path).ok();
    path
}

fn refusal(server: &Server, login: &str) -> String {
    let mut client = Client::connect(server);
    client.say(2, login);
    let heard = client.hears_out();
    let [(0, text)] = &heard[..] else { panic!("{heard:?}") };
    text.clone()
}

#[cfg(unix)]
#[test]
fn accounts_are_there_again_and_no_password_is_in_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let path = book("kept.toml");
    let file = path.to_str().expect("UTF-8");
    let mut server = Server::start(&["--accounts", file, "--account", "boss:b0ss-pw:elite"]);
    let mut ann = Client::connect(&server);
    ann.say(6, "ann first-pw 6699 \"nap v0.8\" 3 ann@example.net");
    ann.hears(3, "ann@example.net");
    ann.say(701, "second-pw");
    ann.say(750, "done");
    ann.hears(750, "done");
    let mut boss = Client::connect(&server);
    boss.say(2, "boss b0ss-pw 0 \"nap v0.8\" 3");
    boss.hears(3, "");
    boss.say(622, "ann \"noise\"");
    ann.hears(404, "You have been muzzled by boss: noise");
    server.terminate();
    assert!(server.ends().success());

    let text = fs::read_to_string(&path).expect("a file");
    for secret in ["first-pw", "second-pw", "b0ss-pw"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(text.matches("$argon2id$").count(), 2, "{text}");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else reads it");

    let server = Server::start(&["--accounts", file]);
    assert_eq!(refusal(&server, "ann first-pw 0 \"nap v0.8\" 3"), "Invalid Password");
    let mut ann = Client::connect(&server);
    // TekNap shares before its login is answered; nothing of that is lost.
    let login = ann.frame(2, "Ann second-pw 6699 \"TekNap-1.3g\" 7");
    let share = ann.frame(870, r#""\srv\" "x.mp3" 0 1 128 44100 1"#);
    let ask = ann.frame(214, "");
    ann.stream.write_all(&[login, share, ask].concat()).expect("a connection");
    ann.hears(3, "ann@example.net");
    ann.hears(214, "1 0 0");
    ann.hears(214, "1 1 0");
    ann.say(205, "ann hello me");
    ann.hears(404, "You are muzzled.");
    let mut check = Client::connect(&server);
    check.say(11, "ann wrong");
    check.say(11, "ann second-pw");
    check.hears(12, "");
    check.say(2, "boss b0ss-pw 0 \"nap v0.8\" 3");
    check.hears(404, "set your user level to Elite (4).");
}

#[test]
fn accounts_written_by_hand_are_taken_and_hashed() {
    let path = book("by-hand.toml");
    let text = "[[account]]\nnick = [0xE9, 0x76]\nclear_password = \"s3cret\"\nlevel = \"mod\"\n";
    fs::write(&path, text).expect("a file");
    let server = Server::start(&["--accounts", path.to_str().expect("UTF-8")]);
    let written = fs::read_to_string(&path).expect("a file");
    assert!(written.contains("$argon2id$") && !written.contains("s3cret"), "{written}");
    let mut client = Client::connect(&server);
    let mut login = client.frame(2, "?v s3cret 0 \"nap v0.8\" 3");
    login[4] = 0xe9;
    client.stream.write_all(&login).expect("a connection");
    client.hears(404, "set your user level to Moderator (2).");
}

#[test]
fn a_file_that_cannot_be_read_is_told_and_left_alone() {
    for (name, text, told) in [
        ("torn.toml", "[[account]\nnick = 1", "torn.toml: "),
        ("number.toml", "[[account]]\nnick = 1", "account 1: nick: expected a text"),
        ("empty.toml", "[[account]]\nnick = \"ann\"", "expected a password"),
        (
            "level.toml",
            "[[account]]\nnick = \"ann\"\npassword = \"x\"\nlevel = \"god\"",
            "expected leech, user, moderator, admin or elite",
        ),
        (
            "past.toml",
            "[[account]]\nnick = \"ann\"\npassword = \"x\"\nuploads = -1",
            "uploads: expected a number that is not negative",
        ),
    ] {
        let path = book(name);
        fs::write(&path, text).expect("a file");
        let error = Book::new(path.clone()).load().expect_err(name).to_string();
        assert!(error.contains(told) && error.contains(name), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
    }
}
