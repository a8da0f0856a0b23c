//! The client of a redirector.

use core::time::Duration;

use napster_codec::redirector::{Client, ClientConfig, ClientEvent, Failure, RedirectError};

const CONFIG: ClientConfig =
    ClientConfig { tries: 3, pause: Duration::from_secs(5), timeout: Duration::from_secs(20) };

fn events(client: &mut Client) -> Vec<ClientEvent> {
    std::iter::from_fn(|| client.poll_event()).collect()
}

fn server(host: &str, port: u16) -> ClientEvent {
    ClientEvent::Server { host: host.to_owned().try_into().unwrap(), port }
}

const fn second(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn asks_again_after_a_pause_until_a_server_takes_it() {
    let mut client = Client::new(CONFIG, second(0));
    assert_eq!(events(&mut client), [ClientEvent::Connect]);
    // Address and line end came in two segments from the metaserver of opennap.
    client.handle_input(second(1), b"10.77.0.1:8888");
    assert_eq!(events(&mut client), []);
    client.handle_input(second(1), b"\n");
    assert_eq!(events(&mut client), [ClientEvent::Close, server("10.77.0.1", 8888)]);
    assert_eq!(client.poll_timeout(), None);

    client.handle_refused(second(2));
    assert_eq!(events(&mut client), [ClientEvent::TryFailed(Failure::Refused)]);
    assert_eq!(client.poll_timeout(), Some(second(7)));
    client.handle_timeout(second(6));
    assert_eq!(events(&mut client), []);
    client.handle_timeout(second(7));
    assert_eq!(events(&mut client), [ClientEvent::Connect]);
    // The line may also end with the stream.
    client.handle_input(second(7), b"10.77.0.2:8888");
    client.handle_close(second(7));
    assert_eq!(events(&mut client), [ClientEvent::Close, server("10.77.0.2", 8888)]);
}

#[test]
fn gives_up_after_the_last_try() {
    let mut client = Client::new(CONFIG, second(0));
    client.handle_input(second(0), b"127.0.0.1:0\0");
    let busy = ClientEvent::TryFailed(Failure::Busy);
    assert_eq!(events(&mut client), [ClientEvent::Connect, ClientEvent::Close, busy]);
    client.handle_timeout(second(5));
    client.handle_unreachable(second(6));
    let unreachable = ClientEvent::TryFailed(Failure::Unreachable);
    assert_eq!(events(&mut client), [ClientEvent::Connect, unreachable]);
    client.handle_timeout(second(11));
    assert_eq!(client.poll_timeout(), Some(second(31)));
    client.handle_timeout(second(31));
    let late = ClientEvent::TryFailed(Failure::TimedOut);
    let expected = [ClientEvent::Connect, ClientEvent::Close, late, ClientEvent::GaveUp];
    assert_eq!(events(&mut client), expected);
    assert_eq!(client.poll_timeout(), None);
    client.handle_timeout(second(1000));
    client.handle_refused(second(1000));
    client.handle_input(second(1000), b"10.0.0.1:8888\n");
    assert_eq!(events(&mut client), []);
}

#[test]
fn says_what_was_wrong_with_an_answer() {
    let mut client = Client::new(CONFIG, second(0));
    client.handle_input(second(0), b"10.0.0.1\n");
    let wrong = Failure::Unreadable(RedirectError::MissingPort);
    let failed = ClientEvent::TryFailed(wrong);
    assert_eq!(events(&mut client), [ClientEvent::Connect, ClientEvent::Close, failed]);
    let words = "the redirector's answer cannot be read: expected a port behind the host";
    assert_eq!(wrong.to_string(), words);
}
