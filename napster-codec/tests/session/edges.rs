//! Bounds, odd messages, waiting.

use std::time::Duration;

use napster_codec::session::{Client, ClientEvent, Outcome, UserError, WaitFor};

use crate::script::{Script, frame};

#[test]
fn what_is_not_modelled_or_not_readable_is_told_all_the_same() {
    let mut script = Script::logged_in();
    for line in ["931 0123456789abcdef0123456789abcdef", "4711 who knows", "201 nonsense"] {
        script.hear(line);
    }
    let events = script.take_events();
    assert!(matches!(&events[0], ClientEvent::Packet(packet) if packet.code.0 == 931));
    assert!(
        matches!(&events[1], ClientEvent::Packet(packet) if &packet.payload[..] == b"who knows")
    );
    assert!(matches!(&events[2], ClientEvent::Malformed { packet, .. } if packet.code.0 == 201));
    assert_eq!(events[2].code().map(|code| code.0), Some(201));
}

#[test]
fn too_many_open_requests_are_the_callers_mistake() {
    let mut script = Script::logged_in();
    for _ in 0..256 {
        script.client.search(script.now, b"x").unwrap();
    }
    assert_eq!(script.client.search(script.now, b"x"), Err(UserError::TooManyRequests));
    script.hear("202");
    assert!(script.client.search(script.now, b"x").is_ok());
}

#[test]
fn output_that_nobody_takes_is_bounded() {
    let mut script = Script::logged_in();
    let text = vec![b'x'; 60_000];
    let full =
        (0..100).find_map(|_| script.client.private_message(script.now, b"bob", &text).err());
    assert_eq!(full, Some(UserError::OutputFull));
    // Pings are not answered then, and nothing grows.
    script.hear("751 bob");
    let length = script.client.poll_transmit().map_or(0, |bytes| bytes.len());
    assert!(length < Client::OUTPUT_LIMIT + 65_539);
}

#[test]
fn events_that_nobody_takes_stop_the_reading_and_then_end_the_session() {
    let mut script = Script::logged_in();
    let many = frame("214 1 2 3").repeat(Client::EVENT_LIMIT + 10);
    script.client.handle_input(script.now, &many);
    assert!(!script.client.wants_input());
    // All of them come once events are taken.
    assert_eq!(script.take_events().len(), Client::EVENT_LIMIT + 10);
    assert!(script.client.wants_input());
    let chunk = frame("214 1 2 3").repeat(10_000);
    for _ in 0..20 {
        script.client.handle_input(script.now, &chunk);
    }
    assert!(script.client.is_closed());
    assert_eq!(script.take_events().last(), Some(&ClientEvent::Disconnected));
}

#[test]
fn time_does_not_go_backwards() {
    let mut script = Script::logged_in();
    script.client.search(script.now, b"x").unwrap();
    let at = script.client.poll_timeout();
    script.client.handle_timeout(Duration::ZERO);
    script.client.search(Duration::ZERO, b"y").unwrap();
    assert_eq!(script.client.poll_timeout(), at);
    script.client.search(Duration::MAX, b"z").unwrap();
    assert_eq!(script.client.poll_timeout(), at);
}

#[test]
fn one_of_several_events_is_waited_for() {
    let mut script = Script::logged_in();
    let search = script.client.search(script.now, b"x").unwrap();
    let mut wait = WaitFor::new(|event: &ClientEvent| match event {
        ClientEvent::Finished { request, outcome, .. } if *request == search => Some(*outcome),
        _ => None,
    })
    .deadline(script.now + Duration::from_secs(20));
    script.hear("214 1 2 3");
    assert_eq!(script.take_events().iter().find_map(|event| wait.offer(event)), None);
    assert!(!wait.is_over(script.now));
    script.hear("202");
    let outcome = script.take_events().iter().find_map(|event| wait.offer(event));
    assert_eq!(outcome, Some(Outcome::Done));
    assert!(wait.is_over(script.now + Duration::from_secs(20)));
}
