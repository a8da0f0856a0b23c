//! A relay of TCP connections that keeps what passes, in the order in which it passes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::{Segment, Side, interleave};

/// What passed on a connection, by its number.
enum Passed {
    Opened { from: SocketAddr, to: SocketAddr },
    Said(usize, Side, Vec<u8>),
    Closed(usize, Side),
}

/// Keeps what passes on all of its relays.
#[derive(Clone)]
pub(crate) struct Recorder {
    start: Instant,
    log: Arc<Mutex<Vec<(Duration, Passed)>>>,
    connections: Arc<Mutex<usize>>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), log: Arc::default(), connections: Arc::default() }
    }

    /// Relays connections to an address; gives the address in front of it.
    pub(crate) fn relay(&self, target: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let front = listener.local_addr().unwrap();
        let recorder = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                recorder.connect(stream.unwrap(), front, target);
            }
        });
        front
    }

    fn connect(&self, initiator: TcpStream, front: SocketAddr, target: SocketAddr) {
        // Without a target the initiator is closed, which is what he would have seen.
        let Ok(listener) = TcpStream::connect(target) else { return };
        let from = initiator.peer_addr().unwrap();
        let number = {
            let mut connections = self.connections.lock().unwrap();
            self.note(Passed::Opened { from, to: front });
            *connections += 1;
            *connections - 1
        };
        let ends = (initiator.try_clone().unwrap(), listener.try_clone().unwrap());
        let (one, other) = (self.clone(), self.clone());
        std::thread::spawn(move || one.carry(number, Side::Client, initiator, listener));
        std::thread::spawn(move || other.carry(number, Side::Server, ends.1, ends.0));
    }

    /// Carries what one side says to the other, noted before it arrives.
    fn carry(&self, number: usize, side: Side, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count) = from.read(&mut buffer) {
            if count == 0 {
                break;
            }
            self.note(Passed::Said(number, side, buffer[..count].to_vec()));
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        self.note(Passed::Closed(number, side));
        // Where the other side has gone already there is nothing to shut down.
        let _ = to.shutdown(Shutdown::Write);
    }

    fn note(&self, passed: Passed) {
        let mut log = self.log.lock().unwrap();
        log.push((self.start.elapsed(), passed));
    }

    /// How many halves of connections are still open.
    pub(crate) fn open_halves(&self) -> usize {
        let log = self.log.lock().unwrap();
        let count = |is: fn(&Passed) -> bool| log.iter().filter(|(_, passed)| is(passed)).count();
        2 * count(|passed| matches!(passed, Passed::Opened { .. }))
            - count(|passed| matches!(passed, Passed::Closed(..)))
    }

    /// All of it as somebody captures it who sits between everybody.
    pub(crate) fn segments(&self) -> Vec<Segment> {
        let clock = Clock::default();
        let mut conversations: Vec<Conversation> = Vec::new();
        let mut last = Duration::ZERO;
        for (time, passed) in self.log.lock().unwrap().iter() {
            clock.wait(time.saturating_sub(last));
            last = *time;
            match passed {
                Passed::Opened { from, to } => {
                    let mut conversation = Conversation::on(&clock, *from, *to);
                    conversation.acknowledges(false).handshake();
                    conversations.push(conversation);
                }
                Passed::Said(number, Side::Client, bytes) => {
                    conversations[*number].client(bytes);
                }
                Passed::Said(number, Side::Server, bytes) => {
                    conversations[*number].server(bytes);
                }
                Passed::Closed(number, side) => {
                    conversations[*number].half_close(*side);
                }
            }
        }
        interleave(conversations.iter_mut().map(Conversation::segments))
    }
}
