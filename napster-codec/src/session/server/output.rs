//! What waits to be written to each connection, and what waits to be told to the caller.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::code::Code;
use crate::connection::ConnectionId;
use crate::frame::{ByteOrder, FrameHeader};
use crate::message::Message;
use crate::session::server::event::ServerEvent;
use crate::session::server::map::Map;
use crate::text::Text;

/// The outgoing side of all connections.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pipes: Map<ConnectionId, Pipe>,
    /// Connections with bytes to write and none being written, in order.
    ready: VecDeque<ConnectionId>,
    /// Connections whose bytes passed the limit.
    overfull: Vec<ConnectionId>,
    /// The most bytes that wait for one connection.
    limit: usize,
    events: VecDeque<ServerEvent>,
    event_limit: usize,
    dropped: u64,
    /// Connections to close; at most one entry for each.
    closed: VecDeque<ConnectionId>,
}

/// What waits for one connection.
#[derive(Clone, Debug, Default)]
struct Pipe {
    bytes: Vec<u8>,
    /// Bytes that the caller took and has not written yet.
    in_flight: usize,
    is_ready: bool,
    is_overfull: bool,
    order: ByteOrder,
}

impl Output {
    pub(super) const fn new(limit: usize, event_limit: usize) -> Self {
        Self {
            pipes: Map::new(),
            ready: VecDeque::new(),
            overfull: Vec::new(),
            limit,
            events: VecDeque::new(),
            event_limit,
            dropped: 0,
            closed: VecDeque::new(),
        }
    }

    pub(super) fn open(&mut self, connection: ConnectionId) {
        self.pipes.insert(connection, Pipe::default());
    }

    /// Forgets a connection and what waits for it.
    pub(super) fn forget(&mut self, connection: ConnectionId) {
        if self.pipes.remove(&connection).is_some_and(|pipe| pipe.is_ready) {
            self.ready.retain(|other| *other != connection);
        }
    }

    /// Forgets a connection and has the caller close it.
    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.forget(connection);
        self.closed.push_back(connection);
    }

    /// Answers in the byte order in which the client writes.
    pub(super) fn set_order(&mut self, connection: ConnectionId, order: ByteOrder) {
        if let Some(pipe) = self.pipes.get_mut(&connection) {
            pipe.order = order;
        }
    }

    /// Writes a message to a connection.
    pub(super) fn send<'a>(&mut self, connection: ConnectionId, message: impl Into<Message<'a>>) {
        self.send_any(connection, &message.into());
    }

    fn send_any(&mut self, connection: ConnectionId, message: &Message<'_>) {
        let Some(pipe) = self.pipes.get_mut(&connection).filter(|pipe| !pipe.is_overfull) else {
            return;
        };
        let result = message.encode_into(pipe.order, &mut pipe.bytes);
        self.written_to(connection);
        if let Err(error) = result {
            self.tell(ServerEvent::NotSent { connection, code: message.code(), error });
        }
    }

    /// Writes one message to many connections; it is encoded only once.
    pub(super) fn send_to_all<'a>(
        &mut self,
        connections: impl IntoIterator<Item = ConnectionId>,
        message: impl Into<Message<'a>>,
    ) {
        let message = message.into();
        let encoded = message.encode();
        for connection in connections {
            match &encoded {
                Ok(frame) => self.send_frame(connection, frame),
                Err(error) => {
                    let (code, error) = (message.code(), *error);
                    self.tell(ServerEvent::NotSent { connection, code, error });
                }
            }
        }
    }

    /// Writes a notice, message 404.
    pub(super) fn notice(&mut self, connection: ConnectionId, text: &[u8]) {
        self.send(connection, crate::message::ServerMessage { message: Text::read(text) });
    }

    /// Writes a payload as it is.
    pub(super) fn send_payload(&mut self, connection: ConnectionId, code: Code, payload: &[u8]) {
        let Some(pipe) = self.pipes.get_mut(&connection).filter(|pipe| !pipe.is_overfull) else {
            return;
        };
        let Ok(length) = u16::try_from(payload.len()) else { return };
        pipe.bytes.extend_from_slice(&FrameHeader { length, code }.to_bytes(pipe.order));
        pipe.bytes.extend_from_slice(payload);
        self.written_to(connection);
    }

    /// Writes a frame that has its low bytes first.
    fn send_frame(&mut self, connection: ConnectionId, frame: &[u8]) {
        if let Some((header, payload)) = frame.split_first_chunk::<{ FrameHeader::LENGTH }>() {
            let header = FrameHeader::parse(*header, ByteOrder::Little);
            self.send_payload(connection, header.code, payload);
        }
    }

    /// Notes that a connection has bytes to write, or too many of them.
    fn written_to(&mut self, connection: ConnectionId) {
        let Some(pipe) = self.pipes.get_mut(&connection) else { return };
        if pipe.bytes.len() + pipe.in_flight > self.limit {
            pipe.is_overfull = true;
            pipe.bytes = Vec::new();
            self.overfull.push(connection);
        } else if pipe.in_flight == 0 && !pipe.is_ready && !pipe.bytes.is_empty() {
            pipe.is_ready = true;
            self.ready.push_back(connection);
        }
    }

    /// The caller has written what it took.
    pub(super) fn written(&mut self, connection: ConnectionId) {
        if let Some(pipe) = self.pipes.get_mut(&connection) {
            pipe.in_flight = 0;
            self.written_to(connection);
        }
    }

    /// Whether everything is written.
    pub(super) fn is_empty(&self, connection: ConnectionId) -> bool {
        let pipe = self.pipes.get(&connection);
        pipe.is_none_or(|pipe| pipe.bytes.is_empty() && pipe.in_flight == 0)
    }

    /// The next bytes to write, at most one piece a connection at a time.
    pub(super) fn take(&mut self) -> Option<(ConnectionId, Vec<u8>)> {
        loop {
            let connection = self.ready.pop_front()?;
            let Some(pipe) = self.pipes.get_mut(&connection) else { continue };
            pipe.is_ready = false;
            if !pipe.bytes.is_empty() {
                let bytes = core::mem::take(&mut pipe.bytes);
                pipe.in_flight = bytes.len();
                return Some((connection, bytes));
            }
        }
    }

    /// Takes the connections that let too much gather.
    pub(super) fn take_overfull(&mut self) -> Vec<ConnectionId> {
        core::mem::take(&mut self.overfull)
    }

    /// Tells the caller something.
    pub(super) fn tell(&mut self, event: ServerEvent) {
        if self.events.len() < self.event_limit {
            self.events.push_back(event);
        } else {
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    pub(super) fn take_event(&mut self) -> Option<ServerEvent> {
        let event = self.events.pop_front();
        event
            .or_else(|| match core::mem::take(&mut self.dropped) {
                0 => None,
                events => Some(ServerEvent::Dropped { events }),
            })
            .or_else(|| self.closed.pop_front().map(ServerEvent::Close))
    }
}
