//! The reassembler: takes segments in the order of the capture and tells what the flows say.

mod upkeep;

use super::flow::{Closed, FlowInfo, FlowStats, Side, StreamSink};
use super::half::{Data, Shared};
use super::history::History;
use super::options::{Checksums, Options};
use super::slot::{Flow, facing};
use super::table::{Ends, Found, Key, Table, Tombstone};
use super::timers::{Kind, Timers};
use crate::capture::{Stamp, Timestamp};
use crate::net::{Checksum, Flags, Segment};

/// Puts TCP streams together.
///
/// Feed it the segments of a capture in order with [`segment`](Self::segment), then call
/// [`finish`](Self::finish). Its memory is bounded by its [`Options`], and its behaviour depends on
/// nothing but them and the segments.
pub struct Reassembler {
    shared: Shared,
    /// The most flows that may be open, so that they take no more than their share of memory.
    max_flows: usize,
    table: Table,
    flows: Vec<Flow>,
    free: Vec<u32>,
    /// The number of the next flow.
    number: u64,
    /// That of the first one.
    first: u64,
    timers: Timers,
    /// The time of the last packet; before the first one the latest there is.
    last_time: Timestamp,
    /// The flow of the last segment.
    last: Option<(Key, u32)>,
    totals: Totals,
}

/// Counts of packets that belong to no open flow.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Totals {
    /// Flows that were opened.
    pub flows: u64,
    /// Packets that came after their flow was closed.
    pub late_packets: u64,
    /// Payload bytes in them, which were captured before.
    pub late_bytes: u64,
    /// Packets with wrong checksums that were dropped and belong to no flow.
    pub bad_checksums: u64,
    /// Flows that were closed because a limit was reached.
    pub evicted: u64,
}

impl Reassembler {
    /// Makes a reassembler that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            max_flows: options.max_flows.min(options.max_memory / FLOW_SHARE / FLOW),
            shared: Shared {
                history: History::new(options.history),
                options,
                waiting: 0,
                stamp: Stamp::default(),
                now: Timestamp::ZERO,
            },
            table: Table::default(),
            flows: Vec::new(),
            free: Vec::new(),
            number: 0,
            first: 0,
            timers: Timers::default(),
            last_time: Timestamp::MAX,
            last: None,
            totals: Totals::default(),
        }
    }

    /// As [`new`](Self::new), with another number than 0 for the first flow.
    #[must_use]
    pub fn numbered_from(first_flow: u64, options: Options) -> Self {
        Self { number: first_flow, first: first_flow, ..Self::new(options) }
    }

    /// Returns counts of what belongs to no open flow.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals { flows: self.number - self.first, ..self.totals }
    }

    /// Returns how many flows are open.
    #[must_use]
    pub fn open_flows(&self) -> usize {
        self.flows.len() - self.free.len()
    }

    /// Returns an estimate of the memory in use, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.flows.capacity() * size_of::<Flow>()
            + self.free.capacity() * size_of::<u32>()
            + self.table.memory()
            + self.timers.memory()
            + self.shared.history.memory()
            + self.shared.waiting
    }

    /// Takes the next segment of the capture.
    pub fn segment<S: StreamSink + ?Sized>(
        &mut self,
        stamp: Stamp,
        segment: &Segment<'_>,
        sink: &mut S,
    ) {
        let now = self.advance(stamp);
        if self.timers.is_due(now) {
            self.run_timers(now, sink);
        }
        let bad = self.shared.options.checksums != Checksums::Ignore
            && segment.checksum() == Checksum::Bad;
        let dropped = bad && self.shared.options.checksums == Checksums::Verify;
        let ends = Ends::new(&segment.source, &segment.destination);
        let Some(slot) = self.find(&ends, segment, dropped, sink) else {
            self.totals.bad_checksums += u64::from(dropped);
            return;
        };
        let kept = self.shared.waiting + sink.memory();
        let opened = self.take(slot, ends.source_is_low, segment, bad, dropped, sink);
        if opened || self.shared.waiting + sink.memory() > kept {
            self.enforce_memory(sink);
        }
    }

    /// Moves the clock, which goes forward only.
    ///
    /// One packet with a wrong time far ahead does not move it: the earlier of two packets counts.
    #[inline]
    fn advance(&mut self, stamp: Stamp) -> Timestamp {
        let sure = self.last_time.min(stamp.time);
        self.last_time = stamp.time;
        self.shared.stamp = stamp;
        self.shared.now = self.shared.now.max(sure);
        self.shared.now
    }

    /// Ends the capture: delivers what still waits and closes all flows, in order of their number.
    pub fn finish<S: StreamSink + ?Sized>(&mut self, sink: &mut S) {
        let mut open: Vec<(u64, u32)> = self
            .flows
            .iter()
            .filter(|flow| flow.open)
            .map(|flow| (flow.info.number, flow.info.slot))
            .collect();
        open.sort_unstable();
        for (_, slot) in open {
            self.close(slot, Closed::Eof, sink);
        }
    }

    /// Finds or opens the flow of a segment; none if the segment is of a closed flow.
    #[inline]
    fn find<S: StreamSink + ?Sized>(
        &mut self,
        ends: &Ends,
        segment: &Segment<'_>,
        dropped: bool,
        sink: &mut S,
    ) -> Option<u32> {
        let source_is_low = ends.source_is_low;
        let found = match &self.last {
            Some((last, slot)) if *last == ends.key => Some(Found::Open(*slot)),
            _ => {
                let found = self.table.find(&ends.key);
                if let Some(Found::Open(slot)) = found {
                    self.last = Some((ends.key, slot));
                }
                found
            }
        };
        match found {
            Some(Found::Open(slot)) => {
                let reused = segment.flags.has(Flags::SYN)
                    && !dropped
                    && self.is_new_connection(slot, source_is_low, segment);
                if !reused {
                    return Some(slot);
                }
                self.close(slot, Closed::Timeout, sink);
            }
            Some(Found::Closed(tombstone)) => {
                if dropped {
                    return None;
                }
                if is_late(&tombstone, source_is_low, segment) {
                    self.totals.late_packets += 1;
                    self.totals.late_bytes += segment.payload.len() as u64;
                    return None;
                }
            }
            None if dropped => return None,
            None => {}
        }
        Some(self.open(ends, segment, sink))
    }

    /// Returns whether a SYN belongs to another connection than the open one of its addresses.
    #[cold]
    fn is_new_connection(&self, slot: u32, source_is_low: bool, segment: &Segment<'_>) -> bool {
        let Some(flow) = self.flows.get(slot as usize) else {
            return false;
        };
        let side = flow.side(source_is_low);
        let [own, other] = flow.halves_of(side);
        if !own.fits(segment.sequence) {
            return true;
        }
        // A side of which nothing is known may open only what the other side did not use yet.
        !own.is_known()
            && !segment.flags.has(Flags::ACK)
            && other.is_started()
            && flow.stats.bytes != [0; 2]
    }

    fn open<S: StreamSink + ?Sized>(
        &mut self,
        ends: &Ends,
        segment: &Segment<'_>,
        sink: &mut S,
    ) -> u32 {
        if self.open_flows() >= self.max_flows {
            self.evict_flow(sink);
        }
        let handshake = segment.flags.has(Flags::SYN);
        // The second packet of a handshake goes to the client.
        let from_server = handshake && segment.flags.has(Flags::ACK);
        let (client, server) = if from_server {
            (segment.destination, segment.source)
        } else {
            (segment.source, segment.destination)
        };
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                let slot = u32::try_from(self.flows.len()).unwrap_or(u32::MAX);
                if self.flows.len() == self.flows.capacity() {
                    let more = self.flows.len().max(64);
                    self.flows.reserve_exact(more.min(self.max_flows.max(1)));
                }
                self.flows.push(Flow::new());
                slot
            }
        };
        self.table.open(ends.key, slot);
        self.last = Some((ends.key, slot));
        let number = self.number;
        self.number += 1;
        let now = self.shared.now;
        if let Some(flow) = self.flows.get_mut(slot as usize) {
            let generation = flow.generation.wrapping_add(1);
            *flow = Flow {
                info: FlowInfo { number, slot, client, server, handshake },
                stats: FlowStats {
                    start: self.shared.stamp.time,
                    end: self.shared.stamp.time,
                    ..FlowStats::default()
                },
                generation,
                // The packet that opens it is counted behind this.
                queued_packets: 1,
                open: true,
                client_is_low: ends.source_is_low != from_server,
                ..Flow::new()
            };
            for kind in [Kind::Idle, Kind::Empty] {
                self.timers.arm(kind, &mut flow.armed, (slot, generation), now);
            }
            sink.opened(&flow.info, self.shared.stamp);
        }
        slot
    }

    /// Works a segment into its flow. Returns whether memory may have grown by a flow.
    #[inline]
    fn take<S: StreamSink + ?Sized>(
        &mut self,
        slot: u32,
        source_is_low: bool,
        segment: &Segment<'_>,
        bad: bool,
        dropped: bool,
        sink: &mut S,
    ) -> bool {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return false;
        };
        let side = flow.side(source_is_low);
        flow.stats.packets += 1;
        flow.stats.end = flow.stats.end.max(self.shared.stamp.time);
        flow.stats.bad_checksums += u64::from(bad);
        let opened = flow.stats.packets == 1;
        if dropped {
            return opened;
        }
        let speaks = !segment.payload.is_empty() || segment.missing > 0;
        if flow.reset == Some(side) && (speaks || segment.flags.has(Flags::SYN)) {
            // A side that goes on after its RST did not send that RST.
            flow.reset = None;
        }
        let (halves, mut work) = flow.work(&mut self.shared, sink);
        let [own, other] = facing(halves, side);
        let refused = segment.flags.has(Flags::RST) && other.is_synchronised() && !own.is_started();
        let mut sequence = segment.sequence;
        if segment.flags.has(Flags::SYN) {
            own.synchronise(sequence, &mut work);
            // The SYN takes a sequence number itself.
            sequence = sequence.wrapping_add(1);
            if segment.flags.has(Flags::ACK) {
                other.synchronise_by_acknowledgement(segment.acknowledgement);
            }
        } else {
            own.hear(sequence);
        }
        if segment.flags.has(Flags::ACK) {
            other.acknowledge(segment.acknowledgement);
        }
        if segment.flags.has(Flags::RST) {
            // What an RST carries is a text about the reason, not part of the stream.
            work.stats.discarded += segment.payload.len() as u64;
            self.reset(slot, side, refused, segment.sequence, sink);
            return opened;
        }
        let position = own.position(sequence);
        if speaks {
            let data = Data {
                position,
                bytes: segment.payload,
                missing: segment.missing,
                pushed: segment.flags.has(Flags::PSH),
            };
            own.accept(data, &mut work);
        }
        if segment.flags.has(Flags::FIN) {
            let length = segment.payload.len() as u64 + u64::from(segment.missing);
            own.end(position + length, &mut work);
        }
        if flow.is_busy() {
            self.settle(slot, sink);
        }
        opened
    }

    /// Takes an RST.
    #[cold]
    fn reset<S: StreamSink + ?Sized>(
        &mut self,
        slot: u32,
        side: Side,
        refused: bool,
        sequence: u32,
        sink: &mut S,
    ) {
        let now = self.shared.now;
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let [own, other] = facing(&mut flow.halves, side);
        // One that lies outside any window was sent by somebody else.
        if own.is_started() && !own.is_near(sequence) {
            return;
        }
        flow.reset = Some(side);
        let unused = flow.stats.bytes == [0; 2] && !own.is_waiting() && !other.is_waiting();
        if refused && unused {
            self.close(slot, Closed::Rst, sink);
        } else {
            let id = (slot, flow.generation);
            self.timers.arm(Kind::Ending, &mut flow.armed, id, now);
        }
    }

    fn close<S: StreamSink + ?Sized>(&mut self, slot: u32, closed: Closed, sink: &mut S) {
        self.flush(slot, sink);
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let [client, server] = &flow.halves;
        let fin = (client.is_finished() || !client.is_heard())
            && (server.is_finished() || !server.is_heard());
        let closed = if flow.reset.is_some() {
            Closed::Rst
        } else if fin {
            Closed::Fin
        } else {
            closed
        };
        let ranges = if flow.client_is_low {
            [client.range(), server.range()]
        } else {
            [server.range(), client.range()]
        };
        sink.closed(&flow.info, &flow.stats, closed, self.shared.stamp);
        flow.open = false;
        let Ends { key, .. } = Ends::new(&flow.info.client, &flow.info.server);
        let armed = flow.armed;
        self.table.close(key, ranges);
        self.free.push(slot);
        self.last = None;
        let flows = &self.flows;
        self.timers.forget(armed, |due| {
            flows
                .get(due.slot as usize)
                .is_some_and(|flow| flow.open && flow.generation == due.generation)
        });
    }
}

/// Returns whether a segment belongs to a flow that was closed.
fn is_late(tombstone: &Tombstone, source_is_low: bool, segment: &Segment<'_>) -> bool {
    let [low, high] = tombstone.ranges;
    let range = if source_is_low { low } else { high };
    if segment.flags.has(Flags::SYN) {
        return match range {
            Some((first, _)) => first == segment.sequence.wrapping_add(1),
            None => segment.flags.has(Flags::ACK),
        };
    }
    if segment.payload.is_empty() || segment.flags.has(Flags::RST) {
        return true;
    }
    // Bytes of the stream, or a probe before it or behind its FIN.
    range.is_some_and(|(first, next)| {
        let start = u64::from(segment.sequence.wrapping_sub(first.wrapping_sub(1)));
        let length = u64::from(next.wrapping_sub(first));
        start + segment.payload.len() as u64 <= length + 2
    })
}

/// What a flow takes in memory: itself, its entries in the queues and in tables, those of sinks too.
const FLOW: usize = size_of::<Flow>() + 224;

/// Flows themselves may take this part of the memory, so that some is left for what waits.
const FLOW_SHARE: usize = 2;
