//! The index server on loopback: its machine, and one thread that looks after all sockets.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use napster_codec::session::{ConnectionId, FixedChannel, Server, ServerConfig, ServerEvent};

/// A server on a free port of loopback; it ends with the process.
pub(crate) fn serve() -> SocketAddrV4 {
    let mut config = ServerConfig::new("nap.example.net");
    config.motd = ["Welcome to this server!", "", "Be nice to each other."]
        .map(|line| line.as_bytes().to_vec())
        .to_vec();
    config.channels = vec![FixedChannel {
        name: b"Alternative".to_vec(),
        topic: b"Welcome to the Alternative channel.".to_vec(),
    }];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let SocketAddr::V4(address) = listener.local_addr().unwrap() else { panic!("loopback") };
    let mut service = Service {
        server: Server::new(config),
        listener,
        streams: BTreeMap::new(),
        start: Instant::now(),
        next: 0,
    };
    std::thread::spawn(move || {
        loop {
            service.turn();
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    address
}

struct Service {
    server: Server,
    listener: TcpListener,
    streams: BTreeMap<ConnectionId, TcpStream>,
    start: Instant,
    next: u64,
}

impl Service {
    fn turn(&mut self) {
        let now = self.start.elapsed();
        while let Ok((stream, SocketAddr::V4(peer))) = self.listener.accept() {
            self.next += 1;
            stream.set_nonblocking(true).unwrap();
            self.streams.insert(ConnectionId(self.next), stream);
            self.server.accept(now, ConnectionId(self.next), peer);
        }
        let mut buffer = [0; 4096];
        let mut gone = Vec::new();
        for (&id, stream) in &mut self.streams {
            match stream.read(&mut buffer) {
                Ok(count) if count > 0 => self.server.handle_input(now, id, &buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => gone.push(id),
            }
        }
        for id in gone {
            self.streams.remove(&id);
            self.server.handle_close(now, id);
        }
        if self.server.poll_timeout().is_some_and(|at| at <= now) {
            self.server.handle_timeout(now);
        }
        while let Some((id, bytes)) = self.server.poll_transmit() {
            if let Some(stream) = self.streams.get_mut(&id) {
                // Who is gone is noticed by the next reading.
                stream.set_nonblocking(false).unwrap();
                stream.write_all(&bytes).ok();
                stream.set_nonblocking(true).unwrap();
            }
            self.server.handle_written(id);
        }
        while let Some(event) = self.server.poll_event() {
            if let ServerEvent::Close(id) = event {
                self.streams.remove(&id);
            }
        }
    }
}
