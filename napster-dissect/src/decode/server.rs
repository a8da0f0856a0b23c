//! Connections of framed messages: a client and an index server, or two linked servers.

use std::collections::VecDeque;

use napster_codec::{ByteOrder, Decoder, Direction};

use super::detect::Decision;
use super::{Body, EventSink, Message, Protocol, Undecoded};
use crate::capture::Stamp;
use crate::tcp::{FlowInfo, Side};

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
    /// Where the compressed part began.
    compressed_at: Option<u64>,
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
            Half { from, decoder, marks: VecDeque::new(), compressed_at: None }
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
        half.data(flow, offset, bytes, stamp, sink);
        if half.decoder.is_compressed() && from == Side::Server {
            // The client turns to compression when it has seen the grant.
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
            let why =
                if half.decoder.is_lost() { Undecoded::OutOfStep } else { Undecoded::Unfinished };
            half.decoder.take_rest();
            sink.undecoded(flow, from, at, held as u64, why, stamp);
        }
    }
}

impl Half {
    fn data(
        &mut self,
        flow: &FlowInfo,
        offset: u64,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let end = offset + bytes.len() as u64;
        if self.decoder.is_compressed() {
            sink.undecoded(
                flow,
                self.from,
                offset,
                bytes.len() as u64,
                Undecoded::Compressed,
                stamp,
            );
            return;
        }
        if self.decoder.is_lost() {
            self.marks.push_back((end, stamp));
        }
        self.poll(flow, bytes, stamp, sink);
        if !self.decoder.is_lost() {
            self.marks.clear();
        }
    }

    /// Tells every message that is whole.
    fn poll(&mut self, flow: &FlowInfo, bytes: &[u8], stamp: Stamp, sink: &mut impl EventSink) {
        let direction = self.decoder.direction();
        let mut input = bytes;
        while let Some(frame) = self.decoder.next_frame(&mut input) {
            let length = frame.wire_length() as u64;
            let end = frame.offset + length;
            while self.marks.front().is_some_and(|(mark, _)| *mark < end) {
                self.marks.pop_front();
            }
            let message = Message {
                from: self.from,
                stamp: self.marks.front().map_or(stamp, |(_, stamp)| *stamp),
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
        }
        self.tell_skipped(flow, stamp, sink);
        if self.decoder.is_compressed() && self.compressed_at.is_none() {
            let at = self.decoder.offset();
            self.compressed_at = Some(at);
            let held = self.decoder.held();
            self.decoder.take_rest();
            let length = (held + input.len()) as u64;
            if length > 0 {
                sink.undecoded(flow, self.from, at, length, Undecoded::Compressed, stamp);
            }
        }
    }

    fn tell_skipped(&mut self, flow: &FlowInfo, stamp: Stamp, sink: &mut impl EventSink) {
        if let Some(skipped) = self.decoder.take_skipped() {
            let why = Undecoded::OutOfStep;
            sink.undecoded(flow, self.from, skipped.offset, skipped.length, why, stamp);
        }
    }
}
