//! The reassembler: takes segments in the order of the capture and tells what the flows say.

use super::flow::{Closed, FlowInfo, FlowStats, Limit, Side, StreamSink};
use super::half::{Data, Half, Mark, Work};
use super::history::History;
use super::options::{
    Checksums, EMPTY_TIMEOUT, END_GRACE, GAP_WAIT, GAP_WAIT_PACKETS, IDLE_TIMEOUT, LONE_FIN_GRACE,
    LONE_GAP_BYTES, LONE_GAP_WAIT, Options, START_WAIT, START_WAIT_PACKETS,
};
use super::table::{Found, Key, NOWHERE, Table, Tombstone};
use super::timers::{Armed, Due, Kind, Timers};
use crate::capture::{Stamp, Timestamp};
use crate::net::{Checksum, Flags, Segment};

/// Puts TCP streams together.
///
/// Feed it the segments of a capture in order with [`segment`](Self::segment), then call
/// [`finish`](Self::finish). Its memory is bounded by its [`Options`], and its behaviour depends on
/// nothing but them and the segments.
pub struct Reassembler {
    options: Options,
    /// The most flows that may be open, so that they take no more than their share of memory.
    max_flows: usize,
    table: Table,
    flows: Vec<Flow>,
    free: Vec<u32>,
    number: u64,
    history: History,
    timers: Timers,
    /// The memory of all data that waits.
    waiting: usize,
    clock: Clock,
    /// The flow of the last segment.
    last: Option<(Key, u32)>,
    stamp: Stamp,
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

struct Flow {
    info: FlowInfo,
    stats: FlowStats,
    halves: [Half; 2],
    /// Tells apart the flows that used the slot.
    generation: u32,
    armed: Armed,
    /// How many packets it had when it was queued as idle.
    queued_packets: u64,
    open: bool,
    /// Which side sent an RST that may have ended it.
    reset: Option<Side>,
    /// Whether the client is the smaller of the two ends.
    client_is_low: bool,
}

/// The time of the capture, which goes forward only.
///
/// One packet with a wrong time far ahead does not move it: the earlier of two packets counts.
#[derive(Default)]
struct Clock {
    now: Timestamp,
    last: Option<Timestamp>,
}

impl Clock {
    #[inline]
    fn advance(&mut self, time: Timestamp) -> Timestamp {
        let sure = self.last.map_or(time, |last| last.min(time));
        self.now = self.now.max(sure);
        self.last = Some(time);
        self.now
    }
}

impl Reassembler {
    /// Makes a reassembler that has seen nothing.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            max_flows: options.max_flows.min(options.max_memory / FLOW_SHARE / FLOW),
            history: History::new(options.history),
            options,
            table: Table::default(),
            flows: Vec::new(),
            free: Vec::new(),
            number: 0,
            timers: Timers::default(),
            waiting: 0,
            clock: Clock::default(),
            last: None,
            stamp: Stamp::default(),
            totals: Totals::default(),
        }
    }

    /// Returns counts of what belongs to no open flow.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals { flows: self.number, ..self.totals }
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
            + self.history.memory()
            + self.waiting
    }

    /// Takes the next segment of the capture.
    pub fn segment<S: StreamSink + ?Sized>(
        &mut self,
        stamp: Stamp,
        segment: &Segment<'_>,
        sink: &mut S,
    ) {
        self.stamp = stamp;
        let now = self.clock.advance(stamp.time);
        if self.timers.is_due(now) {
            self.run_timers(now, sink);
        }
        let bad =
            self.options.checksums != Checksums::Ignore && segment.checksum() == Checksum::Bad;
        let dropped = bad && self.options.checksums == Checksums::Verify;
        let (key, source_is_low) = Key::new(segment.source, segment.destination);
        let Some(slot) = self.find(key, source_is_low, segment, dropped, sink) else {
            self.totals.bad_checksums += u64::from(dropped);
            return;
        };
        let waiting = self.waiting;
        let opened = self.take(slot, source_is_low, segment, bad, dropped, sink);
        if opened || self.waiting > waiting {
            self.enforce_memory(sink);
        }
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
        key: Key,
        source_is_low: bool,
        segment: &Segment<'_>,
        dropped: bool,
        sink: &mut S,
    ) -> Option<u32> {
        let found = match self.last {
            Some((last, slot)) if last == key => Some(Found::Open(slot)),
            _ => self.table.find(&key),
        };
        match found {
            Some(Found::Open(slot)) => {
                let reused = segment.flags.has(Flags::SYN)
                    && !dropped
                    && self.is_new_connection(slot, source_is_low, segment);
                if !reused {
                    self.last = Some((key, slot));
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
        Some(self.open(key, source_is_low, segment, sink))
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
        // A side that was not heard yet may open only what the other side did not use yet.
        !own.is_heard()
            && !segment.flags.has(Flags::ACK)
            && flow.stats.bytes.iter().sum::<u64>() > 0
            && other.is_started()
    }

    fn open<S: StreamSink + ?Sized>(
        &mut self,
        key: Key,
        source_is_low: bool,
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
        self.table.open(key, slot);
        self.last = Some((key, slot));
        let number = self.number;
        self.number += 1;
        let now = self.clock.now;
        if let Some(flow) = self.flows.get_mut(slot as usize) {
            let generation = flow.generation.wrapping_add(1);
            *flow = Flow {
                info: FlowInfo { number, slot, client, server, handshake },
                stats: FlowStats {
                    start: self.stamp.time,
                    end: self.stamp.time,
                    ..FlowStats::default()
                },
                generation,
                // The packet that opens it is counted behind this.
                queued_packets: 1,
                open: true,
                client_is_low: source_is_low != from_server,
                ..Flow::new()
            };
            for kind in [Kind::Idle, Kind::Empty] {
                self.timers.arm(kind, &mut flow.armed, (slot, generation), now);
            }
            sink.opened(&flow.info, self.stamp);
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
        flow.stats.end = flow.stats.end.max(self.stamp.time);
        flow.stats.bad_checksums += u64::from(bad);
        let opened = flow.stats.packets == 1;
        if dropped {
            return opened;
        }
        let mut work = Work {
            sink,
            history: &mut self.history,
            options: &self.options,
            waiting: &mut self.waiting,
            info: &flow.info,
            stats: &mut flow.stats,
            stamp: self.stamp,
            now: self.clock.now,
        };
        let [own, other] = halves(&mut flow.halves, side);
        let refused = other.is_synchronised() && !own.is_started();
        let mut sequence = segment.sequence;
        if segment.flags.has(Flags::SYN) {
            flow.reset = None;
            own.synchronise(sequence, &mut work, side);
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
        if !segment.payload.is_empty() || segment.missing > 0 {
            let data = Data {
                position,
                bytes: segment.payload,
                missing: segment.missing,
                pushed: segment.flags.has(Flags::PSH),
            };
            // A side that sends data after its RST did not send that RST.
            flow.reset = flow.reset.filter(|&sender| sender != side);
            own.accept(data, &mut work, side);
        }
        if segment.flags.has(Flags::FIN) {
            let length = segment.payload.len() as u64 + u64::from(segment.missing);
            own.end(position + length, &mut work, side);
        }
        if flow.is_busy() {
            self.settle(slot, side, sink);
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
        let now = self.clock.now;
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let [own, other] = halves(&mut flow.halves, side);
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

    /// Looks after a flow in which something waits or a side has finished.
    #[cold]
    fn settle<S: StreamSink + ?Sized>(&mut self, slot: u32, side: Side, sink: &mut S) {
        self.give_up_old_holes(slot, sink);
        self.enforce_flow_limits(slot, side, sink);
        let now = self.clock.now;
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let id = (slot, flow.generation);
        let [client, server] = &flow.halves;
        if client.is_finished() && server.is_finished() {
            // The last acknowledgement still belongs to the flow.
            if client.is_end_acknowledged() && server.is_end_acknowledged() {
                self.close(slot, Closed::Fin, sink);
            } else {
                self.timers.arm(Kind::Ending, &mut flow.armed, id, now);
            }
            return;
        }
        if client.is_waiting() || server.is_waiting() {
            self.timers.arm(Kind::Waiting, &mut flow.armed, id, now);
        }
        if (client.is_finished() && !server.is_heard())
            || (server.is_finished() && !client.is_heard())
        {
            self.timers.arm(Kind::LoneFin, &mut flow.armed, id, now);
        }
    }

    /// Gives up the holes of a flow that will not be filled any more, and begins streams whose
    /// start was waited for long enough.
    fn give_up_old_holes<S: StreamSink + ?Sized>(&mut self, slot: u32, sink: &mut S) {
        let now = self.clock.now;
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let id = (slot, flow.generation);
        let packets = flow.stats.packets;
        let handshake = flow.info.handshake;
        let mut work = Work {
            sink,
            history: &mut self.history,
            options: &self.options,
            waiting: &mut self.waiting,
            info: &flow.info,
            stats: &mut flow.stats,
            stamp: self.stamp,
            now,
        };
        let is_due = |mark: Mark| {
            packets - mark.packets >= START_WAIT_PACKETS || now.since(mark.time) >= START_WAIT
        };
        begin_held(&mut flow.halves, handshake, &mut work, is_due);
        if flow.halves.iter().any(Half::is_held) {
            self.timers.arm(Kind::Start, &mut flow.armed, id, now);
        }
        for side in [Side::Client, Side::Server] {
            let [own, other] = halves(&mut flow.halves, side);
            let lone = !other.is_heard();
            while lone && own.is_started() && own.waiting().0 > LONE_GAP_BYTES {
                if !own.give_up_hole(&mut work, side) {
                    break;
                }
            }
            let Some(mark) = own.mark_hole(lone, packets, now) else {
                continue;
            };
            let (kind, wait) =
                if lone { (Kind::LoneGap, LONE_GAP_WAIT) } else { (Kind::Gap, GAP_WAIT) };
            let enough = !lone && packets - mark.packets >= GAP_WAIT_PACKETS;
            if enough || now.since(mark.time) >= wait {
                own.give_up_marked(&mut work, side);
            }
            if own.is_waiting() {
                self.timers.arm(kind, &mut flow.armed, id, now);
            }
        }
    }

    /// Gives up holes while more waits behind them than the limits for one direction allow.
    fn enforce_flow_limits<S: StreamSink + ?Sized>(&mut self, slot: u32, side: Side, sink: &mut S) {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let [own, _] = halves(&mut flow.halves, side);
        let (bytes, segments) = own.waiting();
        let limit = if bytes > self.options.max_flow_bytes {
            Limit::FlowBytes
        } else if segments > self.options.max_flow_segments {
            Limit::FlowSegments
        } else {
            return;
        };
        sink.limit(&flow.info, limit, self.stamp);
        let mut work = Work {
            sink,
            history: &mut self.history,
            options: &self.options,
            waiting: &mut self.waiting,
            info: &flow.info,
            stats: &mut flow.stats,
            stamp: self.stamp,
            now: self.clock.now,
        };
        own.begin_held(flow.info.handshake, &mut work, side);
        loop {
            let (bytes, segments) = own.waiting();
            let over =
                bytes > self.options.max_flow_bytes || segments > self.options.max_flow_segments;
            if !over || !own.give_up_hole(&mut work, side) {
                break;
            }
        }
    }

    /// Gives up holes of the flows that wait longest, then the flows that were silent longest,
    /// until the memory suffices.
    fn enforce_memory<S: StreamSink + ?Sized>(&mut self, sink: &mut S) {
        let stamp = self.stamp;
        while self.memory() > self.options.max_memory {
            if let Some(due) = self.timers.pop(Kind::Waiting) {
                let Some(flow) = self.due_flow(Kind::Waiting, due) else {
                    continue;
                };
                if flow.halves.iter().any(Half::is_waiting) {
                    sink.limit(&flow.info, Limit::Memory, stamp);
                    self.flush(due.slot, sink);
                }
            } else if self.open_flows() <= 1 || !self.evict_flow(sink) {
                break;
            }
        }
    }

    /// Closes the flow that was silent longest, or nearly so.
    fn evict_flow<S: StreamSink + ?Sized>(&mut self, sink: &mut S) -> bool {
        let stamp = self.stamp;
        while let Some(due) = self.timers.pop(Kind::Idle) {
            let Some(flow) = self.due_flow(Kind::Idle, due) else {
                continue;
            };
            // Its turn comes later if packets came since it was queued. Each packet delays its
            // flow once at most, so this costs no more than the packets did.
            if flow.stats.packets > flow.queued_packets {
                self.arm(Kind::Idle, due, Timestamp::MAX);
                continue;
            }
            sink.limit(&flow.info, Limit::Flows, stamp);
            self.totals.evicted += 1;
            self.close(due.slot, Closed::Timeout, sink);
            return true;
        }
        false
    }

    /// Does what is due.
    #[cold]
    fn run_timers<S: StreamSink + ?Sized>(&mut self, now: Timestamp, sink: &mut S) {
        while let Some((kind, due)) = self.timers.pop_due(now) {
            let Some(flow) = self.due_flow(kind, due) else {
                continue;
            };
            let end = flow.stats.end;
            let silent = now.since(end);
            let [client, server] = &flow.halves;
            let empty = flow.stats.bytes == [0; 2] && !client.is_waiting() && !server.is_waiting();
            let lone = !client.is_heard() || !server.is_heard();
            let ending = flow.reset.is_some() || (client.is_finished() && server.is_finished());
            match kind {
                Kind::Idle if silent >= IDLE_TIMEOUT => {
                    self.close(due.slot, Closed::Timeout, sink);
                }
                Kind::Empty if empty && silent >= EMPTY_TIMEOUT => {
                    self.close(due.slot, Closed::Timeout, sink);
                }
                Kind::Ending if ending && silent >= END_GRACE => {
                    self.close(due.slot, Closed::Fin, sink);
                }
                Kind::LoneFin if lone && silent >= LONE_FIN_GRACE => {
                    self.close(due.slot, Closed::Fin, sink);
                }
                Kind::Idle => self.arm(kind, due, end),
                Kind::Empty if empty => self.arm(kind, due, end),
                Kind::Ending if ending => self.arm(kind, due, end),
                Kind::LoneFin if lone => self.arm(kind, due, end),
                Kind::Start | Kind::Gap | Kind::LoneGap => {
                    self.settle(due.slot, Side::Client, sink);
                }
                Kind::Empty | Kind::Ending | Kind::LoneFin | Kind::Waiting => {}
            }
        }
    }

    /// Returns the flow of an entry that was taken out of a queue, unless it is closed.
    fn due_flow(&mut self, kind: Kind, due: Due) -> Option<&mut Flow> {
        let flow = self
            .flows
            .get_mut(due.slot as usize)
            .filter(|flow| flow.open && flow.generation == due.generation);
        match flow {
            Some(flow) => {
                Timers::disarm(kind, &mut flow.armed);
                Some(flow)
            }
            None => {
                self.timers.was_stale(kind);
                None
            }
        }
    }

    /// Queues a flow again, to wait from a time that is not in the future.
    fn arm(&mut self, kind: Kind, due: Due, from: Timestamp) {
        if let Some(flow) = self.flows.get_mut(due.slot as usize) {
            let id = (due.slot, flow.generation);
            if kind == Kind::Idle {
                flow.queued_packets = flow.stats.packets;
            }
            self.timers.arm(kind, &mut flow.armed, id, from.min(self.clock.now));
        }
    }

    /// Delivers all that waits in a flow, with the gaps in between, in the order of arrival.
    fn flush<S: StreamSink + ?Sized>(&mut self, slot: u32, sink: &mut S) {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let handshake = flow.info.handshake;
        let mut work = Work {
            sink,
            history: &mut self.history,
            options: &self.options,
            waiting: &mut self.waiting,
            info: &flow.info,
            stats: &mut flow.stats,
            stamp: self.stamp,
            now: self.clock.now,
        };
        begin_held(&mut flow.halves, handshake, &mut work, |_| true);
        loop {
            let [client, server] = &flow.halves;
            let order = if comes_first(server, client) {
                [Side::Server, Side::Client]
            } else {
                [Side::Client, Side::Server]
            };
            let gave_up = order.into_iter().any(|side| {
                let [own, _] = halves(&mut flow.halves, side);
                own.give_up_hole(&mut work, side)
            });
            if !gave_up {
                break;
            }
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
        sink.closed(&flow.info, &flow.stats, closed, self.stamp);
        flow.open = false;
        let (key, _) = Key::new(flow.info.client, flow.info.server);
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

impl Flow {
    fn new() -> Self {
        Self {
            info: FlowInfo {
                number: 0,
                slot: 0,
                client: NOWHERE,
                server: NOWHERE,
                handshake: false,
            },
            stats: FlowStats::default(),
            halves: [Half::new(), Half::new()],
            generation: 0,
            armed: Armed::default(),
            queued_packets: 0,
            open: false,
            reset: None,
            client_is_low: false,
        }
    }

    #[inline]
    fn side(&self, source_is_low: bool) -> Side {
        if source_is_low == self.client_is_low { Side::Client } else { Side::Server }
    }

    /// Returns the half of a side and that of the other one.
    fn halves_of(&self, side: Side) -> [&Half; 2] {
        let [client, server] = &self.halves;
        match side {
            Side::Client => [client, server],
            Side::Server => [server, client],
        }
    }

    /// Returns whether a packet may change more than the stream that it belongs to.
    #[inline]
    fn is_busy(&self) -> bool {
        self.halves.iter().any(|half| half.is_waiting() || half.is_finished())
    }
}

/// Returns the half of a side and that of the other one.
#[inline]
fn halves(halves: &mut [Half; 2], side: Side) -> [&mut Half; 2] {
    let [client, server] = halves;
    match side {
        Side::Client => [client, server],
        Side::Server => [server, client],
    }
}

/// Begins the streams that waited for their start long enough, that with the earliest data first.
fn begin_held<S: StreamSink + ?Sized>(
    halves: &mut [Half; 2],
    handshake: bool,
    work: &mut Work<'_, S>,
    is_due: impl Fn(Mark) -> bool,
) {
    let [client, server] = halves;
    let server_first = comes_first(server, client);
    let mut order = [(client, Side::Client), (server, Side::Server)];
    if server_first {
        order.reverse();
    }
    for (half, side) in order {
        if half.held_since().is_some_and(&is_due) {
            half.begin_held(handshake, work, side);
        }
    }
}

/// Returns whether what waits in `one` was captured before what waits in `other`.
fn comes_first(one: &Half, other: &Half) -> bool {
    match (one.first_stamp(), other.first_stamp()) {
        (Some(one), Some(other)) => (one.time, one.frame) < (other.time, other.frame),
        _ => false,
    }
}

/// Returns whether a segment belongs to a flow that was closed.
fn is_late(tombstone: &Tombstone, source_is_low: bool, segment: &Segment<'_>) -> bool {
    let [low, high] = tombstone.ranges;
    let range = if source_is_low { low } else { high };
    if segment.flags.has(Flags::SYN) {
        let again = range.map(|(first, _)| first == segment.sequence.wrapping_add(1));
        return again.unwrap_or(segment.flags.has(Flags::ACK));
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

/// What a flow takes in memory: itself, its entries in the queues and in the table.
const FLOW: usize = size_of::<Flow>() + 160;

/// Flows themselves may take this part of the memory, so that some is left for what waits.
const FLOW_SHARE: usize = 2;
