//! Passwords: no output shows them, or bytes that may be part of one, unless asked.

mod output_records;

use napster_codec::{Direction, Directions, FieldSpec, MESSAGES};
use napster_dissect::output::Format;
use napster_dissect::story::Record;

use output_records::*;

/// What stands for a password in these tests, in text and in hex.
const PASSWORD: &[u8] = b"hunter2";

/// The forms in which a record could give a password away.
fn all_forms(record: &Record<'_>, show_secrets: bool) -> [String; 2] {
    [Format::JsonLines, Format::Text].map(|format| {
        let options = options(format, |options| {
            options.raw = true;
            options.show_secrets = show_secrets;
        });
        written(options, std::slice::from_ref(record))
    })
}

fn gives_away(text: &str, secret: &[u8]) -> bool {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    text.contains(&String::from_utf8_lossy(secret).into_owned()) || text.contains(&hex)
}

fn assert_hidden(record: &Record<'_>) {
    for text in all_forms(record, false) {
        assert!(!gives_away(&text, PASSWORD), "{text}");
        assert!(!text.contains("\"raw\""), "{text}");
    }
    // Else the test proves nothing.
    for text in all_forms(record, true) {
        assert!(gives_away(&text, PASSWORD), "{text}");
    }
}

#[test]
fn logins() {
    for (code, payload) in [
        (2, b"foo hunter2 6699 \"nap v0.8\" 3".as_slice()),
        (6, b"foo hunter2 6699 \"nap v0.8\" 3 a@b"),
        (11, b"foo hunter2"),
        (701, b"hunter2"),
        (753, b"foo hunter2"),
    ] {
        assert_hidden(&to_server(code, payload));
    }
    let [json, text] = all_forms(&to_server(11, b"foo hunter2"), false);
    assert!(json.contains(r#""fields":{"nick":"foo","password":"***"},"#), "{json}");
    assert!(text.contains("nick=foo password=***\n"), "{text}");
}

#[test]
fn payloads_that_do_not_fit() {
    for payload in [
        b"foo hunter2".as_slice(),
        b"foo hunter2 many \"nap v0.8\" 3",
        b"foo hunter2 6699 \"nap v0.8 3",
        b"hunter2",
        b" \t hunter2",
    ] {
        for text in all_forms(&to_server(2, payload), false) {
            let only_nick = payload.trim_ascii() == PASSWORD;
            assert!(!gives_away(&text, PASSWORD) || only_nick, "{text}");
            assert!(!text.contains("\"raw\""), "{text}");
        }
    }
    let [_, text] = all_forms(&to_server(2, b"foo hunter2"), false);
    assert!(text.contains("payload hidden"), "{text}");
}

#[test]
fn what_stands_behind_the_last_field() {
    // The end of a password with a blank in it.
    assert_hidden(&to_server(11, b"foo my hunter2"));
    let [json, text] = all_forms(&to_server(11, b"foo my hunter2"), false);
    assert!(json.contains(r#""password":"***","extra":"***"}"#), "{json}");
    assert!(text.contains("extra=***"), "{text}");
    // Elsewhere it is no secret.
    let [json, _] = all_forms(&to_client(202, b"hunter2"), false);
    assert!(json.contains(r#""extra":"hunter2""#), "{json}");
}

#[test]
fn logins_of_servers_and_from_the_wrong_side() {
    assert_hidden(&on_link(2, b"foo hunter2 6699 \"nap v0.8\" 3 a@b 1 2 3 main 8888"));
    assert_hidden(&on_link(753, b":ann foo hunter2"));
    // A code that the server never says: nobody knows what is in it.
    assert_hidden(&to_client(2, b"foo hunter2 6699 \"nap v0.8\" 3"));
    let [_, text] = all_forms(&to_client(2, b"foo hunter2"), false);
    assert!(text.contains("code=2 payload=***"), "{text}");
}

#[test]
fn frames_within_a_payload() {
    let mut payload = b":main ann ".to_vec();
    payload.extend_from_slice(&[29, 0, 2, 0]);
    payload.extend_from_slice(b"foo hunter2 6699 \"nap v0.8\" 3");
    assert_hidden(&on_link(10018, &payload));
    let [json, text] = all_forms(&on_link(10018, &payload), false);
    assert!(json.contains(r#"{"code":2,"payload":"***"}"#), "{json}");
    assert!(text.contains("{code=2 payload=***}"), "{text}");
    // A frame that is cut could be anything.
    payload.pop();
    assert_hidden(&on_link(10018, &payload));
    // One without a password is shown.
    let [json, _] = all_forms(&on_link(10018, b":main ann \x03\0\xef\x02bob"), false);
    assert!(json.contains(r#"{"code":751,"payload":"bob"}"#), "{json}");
    assert!(json.contains("\"raw\""), "{json}");
}

/// Each row of the table with a password, by its own example.
#[test]
fn every_row_with_a_password() {
    fn holds_secret(field: &FieldSpec) -> bool {
        field.secret || field.group.iter().any(holds_secret)
    }
    let mut rows = 0;
    for row in MESSAGES.iter().filter(|row| row.fields.iter().any(holds_secret)) {
        let direction = match row.directions {
            Directions::ToServer | Directions::Both => Direction::ToServer,
            Directions::ToClient => Direction::ToClient,
            Directions::ServerLink => Direction::ServerLink,
        };
        let Some(payload) = row.example else { continue };
        let record = Record::Message(framed(row.code.0, direction, payload));
        let [json, text] = all_forms(&record, false);
        assert!(json.contains("***") && !json.contains("\"raw\""), "{} {json}", row.name);
        assert!(text.contains("***") && !text.contains("raw "), "{} {text}", row.name);
        rows += 1;
    }
    assert!(rows >= 8, "only {rows} rows with a password were found");
}

#[test]
fn an_empty_password_is_no_other() {
    let [json, _] = all_forms(&to_server(701, b""), false);
    assert!(json.contains(r#""password":"***""#), "{json}");
    let [json, _] = all_forms(&to_server(701, b""), true);
    assert!(json.contains(r#""password":"""#), "{json}");
}
