//! What is to be done besides working a segment in: giving up what will not come, keeping to the
//! limits, closing flows that have ended.

use super::Reassembler;
use crate::capture::Timestamp;
use crate::tcp::flow::{Closed, Limit, Side, StreamSink};
use crate::tcp::half::{Half, Mark};
use crate::tcp::options::{
    EMPTY_TIMEOUT, END_GRACE, GAP_WAIT, GAP_WAIT_PACKETS, IDLE_TIMEOUT, LONE_FIN_GRACE,
    LONE_GAP_BYTES, LONE_GAP_WAIT, START_WAIT, START_WAIT_PACKETS,
};
use crate::tcp::slot::{Flow, begin_held, comes_first, facing};
use crate::tcp::timers::{Due, Kind, Timers};

impl Reassembler {
    /// Looks after a flow in which something waits or a side has finished.
    #[cold]
    pub(super) fn settle<S: StreamSink + ?Sized>(&mut self, slot: u32, sink: &mut S) {
        let waits = |flow: &Flow| flow.halves.iter().any(Half::is_waiting);
        if self.flows.get(slot as usize).is_some_and(waits) {
            self.give_up_old_holes(slot, sink);
            self.enforce_flow_limits(slot, sink);
        }
        let now = self.shared.now;
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
        let now = self.shared.now;
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let id = (slot, flow.generation);
        let packets = flow.stats.packets;
        let is_due = |mark: Mark| {
            packets - mark.packets >= START_WAIT_PACKETS || now.since(mark.time) >= START_WAIT
        };
        let (halves, mut work) = flow.work(&mut self.shared, sink);
        begin_held(halves, &mut work, is_due);
        let mut wait_for = [None; 2];
        for side in [Side::Client, Side::Server] {
            let [own, other] = facing(halves, side);
            let lone = !other.is_heard();
            while lone && own.waiting().0 > LONE_GAP_BYTES && own.give_up_hole(&mut work) {}
            let Some(mark) = own.mark_hole(lone, packets, now) else {
                continue;
            };
            let (kind, wait) =
                if lone { (Kind::LoneGap, LONE_GAP_WAIT) } else { (Kind::Gap, GAP_WAIT) };
            let enough = !lone && packets - mark.packets >= GAP_WAIT_PACKETS;
            if enough || now.since(mark.time) >= wait {
                own.give_up_marked(&mut work);
            }
            if own.is_waiting()
                && let Some(wait_for) = wait_for.get_mut(side.index())
            {
                *wait_for = Some(kind);
            }
        }
        let held = flow.halves.iter().any(Half::is_held).then_some(Kind::Start);
        for kind in wait_for.into_iter().flatten().chain(held) {
            self.timers.arm(kind, &mut flow.armed, id, now);
        }
    }

    /// Gives up holes while more waits behind them than the limits for one direction allow.
    fn enforce_flow_limits<S: StreamSink + ?Sized>(&mut self, slot: u32, sink: &mut S) {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let max_bytes = self.shared.options.max_flow_bytes;
        let max_segments = self.shared.options.max_flow_segments;
        let (halves, mut work) = flow.work(&mut self.shared, sink);
        for half in halves {
            let (bytes, segments) = half.waiting();
            let limit = if bytes > max_bytes {
                Limit::FlowBytes
            } else if segments > max_segments {
                Limit::FlowSegments
            } else {
                continue;
            };
            work.sink.limit(work.info, limit, work.shared.stamp);
            half.begin_held(&mut work);
            loop {
                let (bytes, segments) = half.waiting();
                let over = bytes > max_bytes || segments > max_segments;
                if !over || !half.give_up_hole(&mut work) {
                    break;
                }
            }
        }
    }

    /// Gives up holes of the flows that wait longest, then the flows that were silent longest,
    /// until the memory suffices.
    pub(super) fn enforce_memory<S: StreamSink + ?Sized>(&mut self, sink: &mut S) {
        let stamp = self.shared.stamp;
        while self.memory() + sink.memory() > self.shared.options.max_memory {
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
    pub(super) fn evict_flow<S: StreamSink + ?Sized>(&mut self, sink: &mut S) -> bool {
        let stamp = self.shared.stamp;
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
    pub(super) fn run_timers<S: StreamSink + ?Sized>(&mut self, now: Timestamp, sink: &mut S) {
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
                Kind::Start | Kind::Gap | Kind::LoneGap => self.settle(due.slot, sink),
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
            self.timers.arm(kind, &mut flow.armed, id, from.min(self.shared.now));
        }
    }

    /// Delivers all that waits in a flow, with the gaps in between, in the order of arrival.
    pub(super) fn flush<S: StreamSink + ?Sized>(&mut self, slot: u32, sink: &mut S) {
        let Some(flow) = self.flows.get_mut(slot as usize) else {
            return;
        };
        let (halves, mut work) = flow.work(&mut self.shared, sink);
        begin_held(halves, &mut work, |_| true);
        loop {
            let [client, server] = halves;
            let mut order = [client, server];
            if let [client, server] = &order
                && comes_first(server, client)
            {
                order.reverse();
            }
            let gave_up = order.into_iter().any(|half| half.give_up_hole(&mut work));
            if !gave_up {
                break;
            }
        }
    }
}
