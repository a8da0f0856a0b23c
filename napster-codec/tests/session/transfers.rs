//! Arranging transfers through the server.

use napster_codec::session::{
    ClientConfig, ClientEvent, DownloadFailure, DownloadId, DownloadState, UploadId, UploadRefusal,
    UserError,
};

use crate::script::Script;
use crate::searches::shared;

const FILE: &str = r"C:\m\a.mp3";
const MD5: &str = "0123456789abcdef0123456789abcdef";

fn asked(script: &mut Script) -> DownloadId {
    let download = script.client.download(script.now, b"bob", FILE.as_bytes(), Some(100)).unwrap();
    assert_eq!(script.take_sent(), [r#"203 bob "C:\m\a.mp3""#]);
    download
}

fn failure(script: &mut Script) -> (DownloadId, DownloadFailure) {
    let events = script.take_events();
    let failed = events.iter().find_map(|event| match event {
        ClientEvent::DownloadFailed { download, failure, .. } => Some((*download, failure.clone())),
        _ => None,
    });
    failed.unwrap_or_else(|| panic!("{events:#?}"))
}

#[test]
fn a_reachable_owner_is_connected_to() {
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 6699 "{FILE}" {MD5} 4"#));
    let events = script.take_events();
    let [ClientEvent::DownloadReady { download: ready, ip, port, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*ready, *ip, *port), (download, [10, 1, 2, 3].into(), 6699));
    let kept = script.client.downloads().next().expect("a download");
    assert_eq!((kept.size, kept.state), (Some(100), DownloadState::Ready));
    script.client.download_started(script.now, download).unwrap();
    script.client.download_finished(script.now, download).unwrap();
    assert_eq!(script.take_sent(), ["218", "219"]);
    assert_eq!(script.client.downloads().count(), 0);
    let gone = Err(UserError::UnknownTransfer);
    assert_eq!(script.client.download_finished(script.now, download), gone);
}

#[test]
fn a_firewalled_owner_is_asked_to_connect() {
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" {MD5} 4"#));
    let events = script.take_events();
    assert!(
        matches!(events[..], [ClientEvent::DownloadPushed { download: d, .. }] if d == download)
    );
    assert_eq!(script.take_sent(), [r#"500 bob "C:\m\a.mp3""#]);
    // Only who was asked for that file may push it; MP3::Napster leaves the directory out.
    assert!(script.client.find_push(b"mallory", FILE.as_bytes()).is_none());
    assert!(script.client.find_push(b"bob", b"other.mp3").is_none());
    for name in [FILE, "a.mp3"] {
        let found = script.client.find_push(b"Bob", name.as_bytes());
        assert_eq!(found.map(|found| found.id), Some(download));
    }
    script.client.download_started(script.now, download).unwrap();
    assert!(script.client.find_push(b"bob", FILE.as_bytes()).is_none());
    assert_eq!(script.client.requests().count(), 0);
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn two_firewalled_sides_cannot_exchange() {
    let mut script = Script::logged_in_on(0);
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" {MD5} 4"#));
    assert_eq!(failure(&mut script), (download, DownloadFailure::BothFirewalled));
    assert_eq!(script.take_sent(), [""; 0]);
    // The server may find out by itself, at once (opennap-ng) or behind the push.
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" firewallerror 4"#));
    assert_eq!(failure(&mut script), (download, DownloadFailure::BothFirewalled));
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" {MD5} 4"#));
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" firewallerror 4"#));
    assert_eq!(failure(&mut script), (download, DownloadFailure::BothFirewalled));
}

#[test]
fn refusals_of_a_download_are_told_apart() {
    let notice = "User bob is not currently online.".try_into().unwrap();
    let cases = [
        (format!(r#"206 bob "{FILE}""#), DownloadFailure::Unavailable),
        (format!(r#"609 bob "{FILE}""#), DownloadFailure::Refused),
        (
            format!(r#"620 bob "{FILE}" 443332 3"#),
            DownloadFailure::Limited { limit: 3, size: 443_332 },
        ),
        ("404 User bob is not currently online.".to_owned(), DownloadFailure::Notice(notice)),
    ];
    for (line, expected) in cases {
        let mut script = Script::logged_in();
        let download = asked(&mut script);
        script.hear(&line);
        assert_eq!(failure(&mut script), (download, expected), "{line}");
        assert_eq!((script.client.downloads().count(), script.client.requests().count()), (0, 0));
    }
}

#[test]
fn a_refusal_behind_the_push_counts_too() {
    for refusal in ["206", "609"] {
        let mut script = Script::logged_in();
        let download = asked(&mut script);
        script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" {MD5} 4"#));
        script.hear(&format!(r#"{refusal} bob "{FILE}""#));
        assert_eq!(failure(&mut script).0, download, "{refusal}");
    }
    // Also where its request was answered already.
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 6699 "{FILE}" {MD5} 4"#));
    script.hear(&format!(r#"620 bob "{FILE}" 100 1"#));
    let limited = DownloadFailure::Limited { limit: 1, size: 100 };
    assert_eq!(failure(&mut script), (download, limited));
}

#[test]
fn silence_ends_a_download() {
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.wait(180);
    assert_eq!(failure(&mut script), (download, DownloadFailure::TimedOut));
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 0 "{FILE}" {MD5} 4"#));
    script.take_events();
    script.wait(120);
    assert_eq!(failure(&mut script), (download, DownloadFailure::TimedOut));
    assert_eq!(script.client.poll_timeout(), None);
}

#[test]
fn downloads_are_given_up_and_complained_of() {
    let mut script = Script::logged_in();
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 6699 "{FILE}" {MD5} 4"#));
    script.client.download_started(script.now, download).unwrap();
    script.client.abort_download(script.now, download).unwrap();
    assert_eq!(script.take_sent(), ["218", "219"]);
    assert_eq!(failure(&mut script), (download, DownloadFailure::Aborted));
    let download = asked(&mut script);
    script.hear(&format!(r#"204 bob 50462986 6699 "{FILE}" {MD5} 4"#));
    script.client.download_unreachable(script.now, download).unwrap();
    assert_eq!(script.take_sent(), ["626 bob"]);
    assert_eq!(failure(&mut script), (download, DownloadFailure::Unreachable));
}

fn requested(script: &mut Script, line: &str) -> UploadId {
    script.hear(line);
    let events = script.take_events();
    let [ClientEvent::UploadRequested { upload, .. }] = &events[..] else { panic!("{events:?}") };
    *upload
}

#[test]
fn a_shared_file_is_given() {
    let mut script = Script::logged_in();
    script.client.share(script.now, &shared(FILE, 100)).unwrap();
    script.take_sent();
    let upload = requested(&mut script, r#"607 carol "C:\m\a.mp3""#);
    // Nothing is given before it is accepted.
    assert!(script.client.find_upload(b"carol", FILE.as_bytes()).is_none());
    script.client.accept_upload(script.now, upload).unwrap();
    assert_eq!(script.take_sent(), [r#"608 carol "C:\m\a.mp3""#]);
    assert!(script.client.find_upload(b"mallory", FILE.as_bytes()).is_none());
    let found = script.client.find_upload(b"carol", FILE.as_bytes()).expect("an upload");
    assert_eq!((found.id, found.size), (upload, 100));
    script.client.upload_started(script.now, upload).unwrap();
    script.client.upload_finished(script.now, upload).unwrap();
    assert_eq!(script.take_sent(), ["220", "221"]);
    assert_eq!(script.client.uploads().count(), 0);
}

#[test]
fn a_firewalled_owner_connects_only_for_what_it_accepted() {
    let mut script = Script::logged_in_on(0);
    script.client.share(script.now, &shared(FILE, 100)).unwrap();
    let order = format!(r#"501 carol 50462986 6699 "{FILE}" {MD5} 4"#);
    script.hear(&order);
    let events = script.take_events();
    assert!(matches!(
        events[..],
        [ClientEvent::UploadRefused { refusal: UploadRefusal::NotAccepted, .. }]
    ));
    let upload = requested(&mut script, &format!(r#"607 carol "{FILE}""#));
    script.client.accept_upload(script.now, upload).unwrap();
    // A server that knows no port of the downloader says 0, as that of `MP3::Napster` does.
    script.hear(&format!(r#"501 carol 50462986 0 "{FILE}" {MD5} 4"#));
    let events = script.take_events();
    assert!(matches!(
        events[..],
        [ClientEvent::UploadRefused { refusal: UploadRefusal::BadAddress, .. }]
    ));
    script.hear(&order);
    let events = script.take_events();
    let [ClientEvent::PushOrdered { upload: pushed, ip, port, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((*pushed, *ip, *port), (upload, [10, 1, 2, 3].into(), 6699));
}

#[test]
fn what_is_not_shared_or_too_much_is_refused() {
    let config = ClientConfig { upload_limit: 1, ..ClientConfig::default() };
    let mut script = Script::with(config).log_in_on(6699);
    for name in [FILE, r"C:\m\b.mp3"] {
        script.client.share(script.now, &shared(name, 100)).unwrap();
    }
    script.take_sent();
    script.hear(r#"607 carol "C:\secret.txt""#);
    assert_eq!(script.take_sent(), [r#"609 carol "C:\secret.txt""#]);
    let events = script.take_events();
    assert!(matches!(
        events[..],
        [ClientEvent::UploadRefused { refusal: UploadRefusal::NotShared, .. }]
    ));
    let upload = requested(&mut script, &format!(r#"607 carol "{FILE}" 4"#));
    // Who asks again for the same file does not count twice.
    let again = requested(&mut script, &format!(r#"607 carol "{FILE}" 4"#));
    assert_eq!(upload, again);
    script.hear(r#"607 dave "C:\m\b.mp3""#);
    assert_eq!(script.take_sent(), [r#"619 dave "C:\m\b.mp3" 1"#]);
    let events = script.take_events();
    assert!(matches!(
        events[..],
        [ClientEvent::UploadRefused { refusal: UploadRefusal::Limit, .. }]
    ));
    script.client.refuse_upload(script.now, upload).unwrap();
    assert_eq!(script.take_sent(), [r#"609 carol "C:\m\a.mp3""#]);
    let upload = requested(&mut script, r#"607 dave "C:\m\b.mp3""#);
    script.client.limit_upload(script.now, upload, 5).unwrap();
    assert_eq!(script.take_sent(), [r#"619 dave "C:\m\b.mp3" 5"#]);
    assert_eq!(script.client.uploads().count(), 0);
}

#[test]
fn an_upload_that_nobody_fetches_is_forgotten() {
    let mut script = Script::logged_in();
    script.client.share(script.now, &shared(FILE, 100)).unwrap();
    let upload = requested(&mut script, &format!(r#"607 carol "{FILE}""#));
    script.client.accept_upload(script.now, upload).unwrap();
    script.wait(120);
    let events = script.take_events();
    assert!(matches!(events[..], [ClientEvent::UploadExpired { upload: u, .. }] if u == upload));
    assert_eq!(script.client.upload_started(script.now, upload), Err(UserError::UnknownTransfer));
}
