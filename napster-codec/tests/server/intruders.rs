//! Single clients that do what no client should.

use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::client::{Client, Friends, Said};
use crate::process::Server;

fn said(code: u16, text: &str) -> Said {
    (code, text.to_owned())
}

#[test]
fn who_stops_reading_is_closed() {
    const MEMORY: u64 = 24 * 1024 * 1024;
    let server = Server::start(&[]);
    let mut friends = Friends::meet(&server);
    friends.share(1000);
    let before = server.memory();
    let mut deaf = Client::log_in(&server, "deaf");
    // Each answer has some 100 KB, so 400 are more than any system keeps for a connection.
    for _ in 0..400 {
        let request = deaf.frame(211, "bob");
        if deaf.stream.write_all(&request).is_err() {
            break;
        }
        friends.talk();
    }
    server.prints("deaf: logged out: does not read what is sent");
    friends.talk();
    if let (Some(before), Some(after)) = (before, server.memory()) {
        let more = after.saturating_sub(before);
        assert!(more < MEMORY, "{more} bytes more than before");
    }
}

#[test]
fn who_does_not_log_in_is_told_that_time_is_over() {
    let server = Server::start(&["--login-time", "2"]);
    let mut friends = Friends::meet(&server);
    let mut silent = Client::connect(&server);
    // One byte a second; the login would take half a minute.
    let mut slow = Client::connect(&server);
    for byte in slow.frame(2, "slow pw 0 \"nap v0.8\" 3").into_iter().take(2) {
        slow.stream.write_all(&[byte]).expect("a connection");
        friends.talk();
        thread::sleep(Duration::from_secs(1));
    }
    let expected = [said(0, "no login within 2 seconds")];
    assert_eq!(silent.hears_out(), expected);
    assert_eq!(slow.hears_out(), expected);
    server.prints("turned away: no login within 2 seconds");
    friends.talk();
}

#[test]
fn who_says_nothing_for_too_long_is_told_so() {
    let server = Server::start(&["--idle-time", "2"]);
    let mut idle = Client::log_in(&server, "idle");
    let killed = "You were killed by nap.localhost: idle for more than 2 seconds";
    assert_eq!(idle.hears_out(), [said(404, killed), said(316, "0")]);
    server.prints("idle: logged out: said nothing for too long");
}

#[test]
fn a_message_may_come_a_byte_at_a_time_and_may_end_in_its_middle() {
    let server = Server::start(&[]);
    let mut friends = Friends::meet(&server);
    let mut slow = Client::log_in(&server, "slow");
    slow.say(207, "lost");
    let mut lost = Client::log_in(&server, "lost");
    let request = lost.frame(200, "FILENAME CONTAINS \"song\"");
    lost.stream.write_all(&request[..10]).expect("a connection");
    for byte in slow.frame(750, "x") {
        slow.stream.write_all(&[byte]).expect("a connection");
        friends.talk();
        thread::sleep(Duration::from_millis(500));
    }
    slow.hears(750, "x");
    drop(lost);
    slow.hears(210, "lost");
    server.prints("lost: logged out: the connection was closed or broke");
    friends.talk();
}

#[test]
fn garbage_is_answered_with_a_reason() {
    let server = Server::start(&[]);
    let mut friends = Friends::meet(&server);
    let noise: Vec<u8> =
        (0..40_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let request =
        b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: of some length\r\n\r\n".repeat(300);
    for bytes in [noise, request, vec![0; 4], vec![0xff; 20_000]] {
        let mut stranger = Client::connect(&server);
        // The server may have closed before all is written.
        let _ = stranger.stream.write_all(&bytes);
        let heard = stranger.hears_out();
        let reasons = ["message longer than 16384 bytes", "invalid command"];
        let [(0, reason)] = &heard[..] else { panic!("{heard:?}") };
        assert!(reasons.contains(&reason.as_str()), "{reason}");
        server.prints(reason);
        friends.talk();
    }
    // The same behind a login.
    let mut stranger = Client::log_in(&server, "stranger");
    let _ = stranger.stream.write_all(&[0xff; 20_000]);
    let killed = "You were killed by nap.localhost: message longer than 16384 bytes";
    assert_eq!(stranger.hears_out(), [said(404, killed), said(316, "0")]);
    server.prints("stranger: logged out: sent a message that is too long");
    friends.talk();
}

#[test]
fn swapped_headers_are_answered_in_kind() {
    let server = Server::start(&[]);
    let mut friends = Friends::meet(&server);
    let mut late = Client::connect_swapped(&server);
    late.say(2, "late pw 6699 \"v2.0 BETA 10.3\" 3");
    late.hears(3, "anon@nap.localhost");
    late.say(400, "Jazz");
    late.hears(409, "Jazz");
    late.say(402, "Jazz hello");
    late.hears(403, "Jazz late hello");
    friends.talk();
}

#[test]
fn who_floods_is_told_so() {
    let server = Server::start(&["--max-messages", "1000"]);
    let mut friends = Friends::meet(&server);
    let mut flooder = Client::log_in(&server, "flooder");
    flooder.say(400, "Jazz");
    let lines = flooder.frame(402, "Jazz louder").repeat(2000);
    let _ = flooder.stream.write_all(&lines);
    let heard = flooder.hears_out();
    let killed = "You were killed by nap.localhost: more than 1000 messages in 60 seconds";
    assert_eq!(heard[heard.len() - 2..], [said(404, killed), said(316, "0")]);
    server.prints("flooder: logged out: sent too many messages");
    friends.talk();
}
