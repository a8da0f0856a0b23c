//! One flow from its first byte to its last: undecided, then one of the protocols.

use std::net::SocketAddr;

use super::comp112::{Requests, Stream};
use super::detect::{self, Decision};
use super::held::{Held, PieceKind};
use super::peer::Peer;
use super::server::Server;
use super::small::Small;
use super::{EventSink, Hints, Protocol};
use crate::capture::Stamp;
use crate::tcp::{Closed, FlowInfo, Side};

/// The bytes (and their bookkeeping) that an undecided flow holds before it has to be decided.
const HOLD_LIMIT: usize = 32 * 1024;

/// Up to here a flow is weighed again with every arrival; behind it, only when it grew by a quarter.
const WEIGHED_AT_ONCE: usize = 4096;

/// What is known of a flow's protocol, and the state of its decoder.
#[derive(Debug)]
pub struct Conversation {
    state: State,
    swapped: bool,
}

#[derive(Debug)]
enum State {
    /// Nothing is decided; `weighed` is what was held when the evidence was weighed last.
    ///
    /// Most flows of a scan never say anything, so nothing is allocated before they do.
    Undecided { held: Option<Box<Held>>, weighed: usize },
    /// Framed messages.
    Server(Box<Server>),
    /// One line from the server: a redirector or the statistics.
    Small(Box<Small>),
    /// Two clients.
    Peer(Box<Peer>),
    /// Comp 112: records and audio.
    Stream(Box<Stream>),
    /// Comp 112: requests.
    Requests(Box<Requests>),
    /// Not one of the protocols: its bytes are counted and left alone.
    Unknown,
}

impl Conversation {
    /// A flow of which nothing was seen yet.
    pub fn new(flow: &FlowInfo, stamp: Stamp, sink: &mut (impl EventSink + Hints)) -> Self {
        let mut conversation =
            Self { state: State::Undecided { held: None, weighed: 0 }, swapped: false };
        if let Some(protocol) = sink.decode_as(flow.client, flow.server) {
            let swapped = !flow.handshake && sink.is_server(flow.client);
            conversation.decided(flow, Decision { protocol, swapped, order: None }, stamp, sink);
        }
        conversation
    }

    /// The protocol, once it is decided.
    #[must_use]
    pub const fn is_decided(&self) -> bool {
        !matches!(self.state, State::Undecided { .. })
    }

    /// The next bytes of a side (as the reassembly names it).
    pub fn data(
        &mut self,
        flow: &FlowInfo,
        side: Side,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        let from = self.role(side);
        match &mut self.state {
            State::Unknown => {}
            State::Server(server) => server.data(flow, from, offset, bytes, stamp, sink),
            State::Small(small) => small.data(flow, from, offset, bytes, stamp, sink),
            State::Peer(peer) => peer.data(flow, from, bytes, stamp, sink),
            State::Stream(stream) => stream.data(flow, from, bytes, stamp, sink),
            State::Requests(requests) => requests.data(flow, from, bytes, stamp, sink),
            State::Undecided { held, weighed } => {
                let held = held.get_or_insert_default();
                held.data(side, offset, bytes, stamp);
                let cost = held.cost();
                if cost > WEIGHED_AT_ONCE && cost < HOLD_LIMIT && cost < *weighed + *weighed / 4 {
                    return;
                }
                *weighed = cost;
                let ended = cost >= HOLD_LIMIT;
                if let Some(decision) = detect::decide(flow, held, sink, ended) {
                    self.decided(flow, decision, stamp, sink);
                }
            }
        }
    }

    /// The next bytes of a side were not captured.
    pub fn gap(
        &mut self,
        flow: &FlowInfo,
        side: Side,
        offset: u64,
        length: u64,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        let from = self.role(side);
        match &mut self.state {
            State::Unknown => {}
            State::Server(server) => server.gap(flow, from, length, stamp, sink),
            State::Small(small) => small.gap(from),
            State::Peer(peer) => peer.gap(flow, from, length, stamp, sink),
            State::Stream(stream) => stream.gap(flow, from, length, stamp, sink),
            State::Requests(requests) => requests.gap(flow, from, length, stamp, sink),
            State::Undecided { held, .. } => {
                held.get_or_insert_default().gap(side, offset, length, stamp);
            }
        }
    }

    /// A side sends no more.
    pub fn finished(
        &mut self,
        flow: &FlowInfo,
        side: Side,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        let from = self.role(side);
        match &mut self.state {
            State::Unknown => {}
            State::Server(server) => server.end(flow, from, stamp, sink),
            State::Small(small) => small.end(flow, from, stamp, sink),
            State::Peer(peer) => peer.end(flow, from, stamp, sink),
            State::Stream(_) => {}
            State::Requests(requests) => requests.end(flow, from, stamp, sink),
            State::Undecided { held, weighed } => {
                let held = held.get_or_insert_default();
                held.end(side, stamp);
                *weighed = held.cost();
                if let Some(decision) = detect::decide(flow, held, sink, false) {
                    self.decided(flow, decision, stamp, sink);
                }
            }
        }
    }

    /// The flow is over: what is undecided is decided, what is unfinished is told.
    pub fn closed(
        &mut self,
        flow: &FlowInfo,
        how: Closed,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        if let State::Undecided { held, .. } = &mut self.state {
            let decision = detect::decide(flow, held.get_or_insert_default(), sink, true);
            let unknown = Decision { protocol: Protocol::Unknown, swapped: false, order: None };
            self.decided(flow, decision.unwrap_or(unknown), stamp, sink);
        }
        match &mut self.state {
            State::Server(server) => {
                server.end(flow, Side::Client, stamp, sink);
                server.end(flow, Side::Server, stamp, sink);
            }
            State::Small(small) => small.end(flow, Side::Server, stamp, sink),
            State::Peer(peer) => peer.closed(flow, how, stamp, sink),
            State::Stream(stream) => stream.closed(flow, stamp, sink),
            State::Requests(requests) => requests.closed(flow, stamp, sink),
            State::Undecided { .. } | State::Unknown => {}
        }
    }

    /// Estimates what is allocated for the flow, in bytes.
    #[inline]
    #[must_use]
    pub fn memory(&self) -> usize {
        match &self.state {
            State::Unknown => 0,
            State::Undecided { held, .. } => held.as_deref().map_or(0, Held::memory),
            State::Server(server) => server.memory(),
            State::Small(_) => size_of::<Small>(),
            State::Peer(_) => size_of::<Peer>(),
            State::Stream(_) => size_of::<Stream>(),
            State::Requests(_) => size_of::<Requests>(),
        }
    }

    /// Whether the side that the reassembly took for the client is the server.
    #[must_use]
    pub const fn is_swapped(&self) -> bool {
        self.swapped
    }

    /// The ends by role: client, then server.
    const fn ends(&self, flow: &FlowInfo) -> (SocketAddr, SocketAddr) {
        if self.swapped { (flow.server, flow.client) } else { (flow.client, flow.server) }
    }

    const fn role(&self, side: Side) -> Side {
        if self.swapped { side.other() } else { side }
    }

    /// Tells the protocol, and then everything that was held.
    fn decided(
        &mut self,
        flow: &FlowInfo,
        decision: Decision,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        self.swapped = decision.swapped;
        let state = match decision.protocol {
            Protocol::Napster | Protocol::NapsterLink => {
                State::Server(Box::new(Server::new(flow, &decision)))
            }
            Protocol::NapsterRedirector => State::Small(Box::new(Small::redirector())),
            Protocol::NapsterStats => State::Small(Box::new(Small::stats())),
            Protocol::NapsterPeer => {
                let (client, server) = self.ends(flow);
                let expected = sink.expected(client, server);
                let late = !flow.handshake;
                State::Peer(Box::new(Peer::new(expected.as_ref(), late, sink)))
            }
            Protocol::Comp112Stream => State::Stream(Box::new(Stream::new(!flow.handshake))),
            Protocol::Comp112Request => State::Requests(Box::new(Requests::new())),
            Protocol::Unknown => State::Unknown,
        };
        let before = std::mem::replace(&mut self.state, state);
        sink.recognised(flow, decision.protocol, decision.swapped, stamp);
        let State::Undecided { held: Some(held), .. } = before else { return };
        for piece in held.pieces() {
            match piece.kind {
                PieceKind::Data { .. } => {
                    let bytes = held.piece_bytes(piece);
                    self.data(flow, piece.side, piece.offset, bytes, piece.stamp, sink);
                }
                PieceKind::Gap(length) => {
                    self.gap(flow, piece.side, piece.offset, length, piece.stamp, sink);
                }
                PieceKind::End => self.finished(flow, piece.side, piece.stamp, sink),
            }
        }
    }
}
