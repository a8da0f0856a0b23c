//! Connections of framed messages: a client and an index server, or two linked servers.

use std::collections::VecDeque;

use napster_codec::{ByteOrder, Code, Decoder, Direction, Message as Typed, Tolerance};

use super::detect::Decision;
use super::inflate::{InflateError, Inflater};
use super::{Body, EventSink, Message, Protocol, Undecoded};
use crate::capture::Stamp;
use crate::tcp::{FlowInfo, Side};

/// What an inflater takes: its window, its tables and its output.
const INFLATER: usize = 96 * 1024;

/// Both directions of a connection, by role.
#[derive(Debug)]
pub(super) struct Server {
    halves: [Half; 2],
}

/// One direction.
#[derive(Debug)]
struct Half {
    from: Side,
    decoder: Decoder,
    /// Which packet brought the bytes that the decoder searches, by the place of the last one.
    marks: VecDeque<(u64, Stamp)>,
    /// The compressed part, once it has begun.
    inflated: Option<Box<Inflated>>,
}

/// The part of a direction that is compressed.
#[derive(Debug)]
struct Inflated {
    inflater: Inflater,
    decoder: Decoder,
}

impl Server {
    pub(super) fn new(flow: &FlowInfo, decision: &Decision) -> Self {
        let half = |from, direction| {
            let mut decoder = Decoder::new(direction);
            if !flow.handshake {
                // The first byte captured can be in the middle of a message.
                decoder.resync();
            }
            if let (Some(order), true) = (decision.order, from == Side::Client) {
                decoder.set_byte_order(order);
            }
            Half { from, decoder, marks: VecDeque::new(), inflated: None }
        };
        let (to_server, to_client) = if decision.protocol == Protocol::NapsterLink {
            (Direction::ServerLink, Direction::ServerLink)
        } else {
            (Direction::ToServer, Direction::ToClient)
        };
        let mut server =
            Self { halves: [half(Side::Client, to_server), half(Side::Server, to_client)] };
        if decision.order == Some(ByteOrder::Big) && !flow.handshake {
            server.halves[1].decoder.set_byte_order(ByteOrder::Big);
        }
        server
    }

    /// Estimates what is allocated for both directions, in bytes.
    #[inline]
    pub(super) fn memory(&self) -> usize {
        size_of::<Self>() + self.halves.iter().map(Half::memory).sum::<usize>()
    }

    pub(super) fn data(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let half = &mut self.halves[from.index()];
        let asked = half.data(flow, offset, bytes, stamp, sink);
        if asked || from == Side::Server && half.decoder.is_compressed() {
            // The client turns to compression when it has seen the grant, or the capture lacks it.
            self.halves[Side::Client.index()].decoder.await_compressed();
        }
    }

    pub(super) fn gap(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        length: u64,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let half = &mut self.halves[from.index()];
        if let Some(inflated) = &mut half.inflated {
            inflated.inflater.fail();
            return;
        }
        half.decoder.gap(length);
        half.marks.clear();
        half.tell_skipped(flow, stamp, sink);
    }

    /// The side sends no more.
    pub(super) fn end(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let half = &mut self.halves[from.index()];
        half.decoder.end();
        half.poll(flow, &[], stamp, sink);
        let (at, held) = (half.decoder.offset(), half.decoder.held());
        if held > 0 {
            let lost = half.decoder.is_lost();
            let why = if lost { Undecoded::OutOfStep } else { Undecoded::Unfinished };
            half.decoder.take_rest();
            sink.undecoded(flow, from, at, held as u64, why, stamp);
        }
        if let Some(inflated) = &mut half.inflated
            && inflated.decoder.held() > 0
            && !inflated.inflater.has_failed()
        {
            let (at, held) = (inflated.decoder.offset(), inflated.decoder.held());
            inflated.decoder.take_rest();
            sink.undecoded(flow, from, at, held as u64, Undecoded::UnfinishedInflated, stamp);
        }
    }
}

impl Half {
    #[inline]
    fn memory(&self) -> usize {
        let marks = self.marks.capacity() * size_of::<(u64, Stamp)>();
        let inflated = self
            .inflated
            .as_ref()
            .map_or(0, |inflated| size_of::<Inflated>() + INFLATER + inflated.decoder.held());
        self.decoder.held() + marks + inflated
    }

    /// Takes the next bytes; says whether a client asked for compression in them.
    fn data(
        &mut self,
        flow: &FlowInfo,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) -> bool {
        if self.inflated.is_some() {
            self.inflate(flow, offset, bytes, stamp, sink);
            return false;
        }
        if self.decoder.is_lost() {
            self.marks.push_back((offset + bytes.len() as u64, stamp));
        }
        let asked = self.poll(flow, bytes, stamp, sink);
        if !self.marks.is_empty() && !self.decoder.is_lost() {
            self.marks.clear();
        }
        asked
    }

    /// Tells every message that is whole; says whether one asks for compression.
    fn poll(
        &mut self,
        flow: &FlowInfo,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) -> bool {
        let direction = self.decoder.direction();
        let mut input = bytes;
        let mut asked = false;
        while let Some(frame) = self.decoder.next_frame(&mut input) {
            let length = frame.wire_length() as u64;
            let marked = if self.marks.is_empty() {
                None
            } else {
                brought(&mut self.marks, frame.offset + length)
            };
            let message = Message {
                from: self.from,
                stamp: marked.unwrap_or(stamp),
                offset: frame.offset,
                length,
                inflated: false,
                body: Body::Framed {
                    code: frame.code,
                    direction,
                    order: frame.order,
                    payload: frame.payload,
                },
            };
            sink.message(flow, &message);
            asked |= frame.code == napster_codec::message::Login::CODE
                && asks_for_compression(frame.code, direction, frame.payload);
        }
        self.tell_skipped(flow, stamp, sink);
        if self.decoder.is_compressed() && self.inflated.is_none() {
            let at = self.decoder.offset();
            let mut decoder = Decoder::new(direction).inflated();
            if let Some(order) = self.decoder.byte_order() {
                decoder.set_byte_order(order);
            }
            self.inflated = Some(Box::new(Inflated { inflater: Inflater::new(), decoder }));
            let held = self.decoder.take_rest();
            self.inflate(flow, at, &held, stamp, sink);
            self.inflate(flow, at + held.len() as u64, input, stamp, sink);
        }
        asked
    }

    /// Inflates bytes and tells the messages in them.
    fn inflate(
        &mut self,
        flow: &FlowInfo,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let Some(inflated) = &mut self.inflated else { return };
        if bytes.is_empty() {
            return;
        }
        let Inflated { inflater, decoder } = &mut **inflated;
        let broken_before = inflater.has_failed();
        let from = self.from;
        let result = inflater.inflate(bytes, |mut portion| {
            while let Some(frame) = decoder.next_frame(&mut portion) {
                let message = Message {
                    from,
                    stamp,
                    offset: frame.offset,
                    length: frame.wire_length() as u64,
                    inflated: true,
                    body: Body::Framed {
                        code: frame.code,
                        direction: self.decoder.direction(),
                        order: frame.order,
                        payload: frame.payload,
                    },
                };
                sink.message(flow, &message);
            }
        });
        let (used, why) = match result {
            Ok(()) => (bytes.len(), None),
            Err(_) if broken_before => (0, Some(Undecoded::Compressed)),
            Err((InflateError::Bomb, used)) => (used, Some(Undecoded::Bomb)),
            Err((InflateError::Damaged | InflateError::Ended, used)) => {
                (used, Some(Undecoded::DamagedCompression))
            }
        };
        sink.inflated(flow, used as u64);
        if let Some(why) = why {
            let at = offset + used as u64;
            sink.undecoded(flow, from, at, (bytes.len() - used) as u64, why, stamp);
        }
    }

    fn tell_skipped(&mut self, flow: &FlowInfo, stamp: Stamp, sink: &mut impl EventSink) {
        if let Some(skipped) = self.decoder.take_skipped() {
            let why = Undecoded::OutOfStep;
            sink.undecoded(flow, self.from, skipped.offset, skipped.length, why, stamp);
        }
    }
}

/// The packet that brought the last byte in front of `end`; marks behind which the stream goes on are
/// forgotten.
fn brought(marks: &mut VecDeque<(u64, Stamp)>, end: u64) -> Option<Stamp> {
    while marks.front().is_some_and(|(mark, _)| *mark < end) {
        marks.pop_front();
    }
    marks.front().map(|(_, stamp)| *stamp)
}

/// Whether a login asks for a compressed connection (opennap-ng's eighth field).
#[cold]
fn asks_for_compression(code: Code, direction: Direction, payload: &[u8]) -> bool {
    if direction != Direction::ToServer {
        return false;
    }
    let decoded = napster_codec::decode(code, direction, payload, Tolerance::LENIENT);
    decoded.is_ok_and(|decoded| match decoded.message {
        Typed::Login(login) => login.compression.is_some_and(|level| level > 0),
        _ => false,
    })
}
