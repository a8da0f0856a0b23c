//! Many clients, and the end of the server.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::client::{Client, Friends};
use crate::process::Server;

#[test]
fn more_clients_than_there_is_room_for_are_told_so() {
    let server = Server::start(&["--max-clients", "20"]);
    let mut friends = Friends::meet(&server);
    let mut others: Vec<Client> =
        (0..18).map(|number| Client::log_in(&server, &format!("other{number}"))).collect();
    let mut late: Vec<Client> = (0..200).map(|_| Client::connect(&server)).collect();
    friends.talk();
    for client in &mut late {
        let heard = client.hears_out();
        assert_eq!(heard, [(0, "This server is full (20 connections)".to_owned())]);
    }
    server.prints("turned away: This server is full (20 connections)");
    friends.talk();
    for client in &mut others {
        client.say(750, "here");
        client.hears(750, "here");
    }
    // Where one leaves there is room for one.
    others[0].say(207, "other1");
    others[0].hears(209, "other1");
    drop(others.remove(1));
    others[0].hears(210, "other1");
    Client::log_in(&server, "newcomer");
}

#[test]
fn one_address_has_only_so_many_connections() {
    let server = Server::start(&["--max-per-address", "2"]);
    let mut friends = Friends::meet(&server);
    let heard = Client::connect(&server).hears_out();
    assert_eq!(heard, [(0, "Exceeded max connections to this server".to_owned())]);
    friends.talk();
}

#[test]
fn many_who_come_and_vanish_leave_nothing_behind() {
    const MEMORY: u64 = 16 * 1024 * 1024;
    let server = Server::start(&["--quiet", "--channel", "Jazz"]);
    let mut friends = Friends::meet(&server);
    let before = server.memory();
    for number in 0..500 {
        let mut client = Client::connect(&server);
        let login = client.frame(2, &format!("guest{number} pw 0 \"nap v0.8\" 3"));
        let join = client.frame(400, "Jazz");
        let search = client.frame(200, "FILENAME CONTAINS \"x\"");
        // Gone in the middle of the third message.
        let bytes = [login, join, search[..6].to_vec()].concat();
        client.stream.write_all(&bytes).expect("a connection");
        if number % 50 == 0 {
            friends.talk();
        }
    }
    server.prints("guest499: logged out");
    friends.talk();
    let mut last = Client::log_in(&server, "last");
    last.say(830, "Jazz");
    last.hears(825, "Jazz ann");
    last.hears(825, "Jazz bob");
    last.hears(830, "");
    last.say(214, "");
    last.hears(214, "3 0 0");
    if let (Some(before), Some(after)) = (before, server.memory()) {
        let more = after.saturating_sub(before);
        assert!(more < MEMORY, "{more} bytes more than before");
    }
}

#[test]
fn many_who_vanish_while_much_waits_for_them_do_no_harm() {
    let server = Server::start(&["--quiet"]);
    let mut friends = Friends::meet(&server);
    friends.share(1000);
    for number in 0..60 {
        let mut client = Client::log_in(&server, &format!("guest{number}"));
        // Some 100 KB each: the last ones go at the moment when it becomes too much.
        let request = client.frame(211, "bob");
        for _ in 0..number {
            client.stream.write_all(&request).expect("a connection");
        }
        drop(client);
        friends.talk();
    }
    server.prints("guest59: logged out");
    friends.talk();
}

#[test]
fn the_redirector_tells_where_the_server_is() {
    let server = Server::start(&["--redirector", "0"]);
    let line = server.prints("redirector on 127.0.0.1, port ");
    let port = line.rsplit(' ').next().and_then(|port| port.parse().ok());
    // Some only connect and say nothing, and some ask.
    let silent: Vec<TcpStream> = (0..20).map(|_| connect(port.expect("a port"))).collect();
    let mut answer = String::new();
    connect(port.expect("a port")).read_to_string(&mut answer).expect("an answer");
    assert_eq!(answer, format!("localhost:{}\n", server.address.port()));
    drop(silent);
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).expect("a connection")
}

#[test]
fn nobody_has_to_read_what_the_server_prints() {
    let (server, _output) = Server::start_unread(&[]);
    let mut friends = Friends::meet(&server);
    // Several times what a pipe holds.
    for _ in 0..2000 {
        friends.talk();
    }
}

#[cfg(unix)]
#[test]
fn everybody_is_sent_on_when_the_server_ends() {
    let mut server = Server::start(&["--successor", "nap2.example.net:8888"]);
    let mut clients = ["ann", "bob"].map(|nick| Client::log_in(&server, nick));
    let mut silent = Client::connect(&server);
    server.terminate();
    for client in &mut clients {
        let heard = client.hears_out();
        let order = [(821, "nap2.example.net 8888".to_owned()), (316, "0".to_owned())];
        assert_eq!(heard, order);
    }
    assert_eq!(silent.hears_out(), [(0, "this server is shutting down".to_owned())]);
    assert!(server.ends().success());
    server.prints("ann: logged out: the server ends");
}
