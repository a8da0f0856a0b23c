//! A flow while it is open.

use super::flow::{FlowInfo, FlowStats, Side, StreamSink};
use super::half::{Half, Mark, Shared, Work};
use super::table::NOWHERE;
use super::timers::Armed;

/// A flow while it is open, or the room for one.
pub(super) struct Flow {
    pub(super) info: FlowInfo,
    pub(super) stats: FlowStats,
    pub(super) halves: [Half; 2],
    /// Tells apart the flows that used the slot.
    pub(super) generation: u32,
    pub(super) armed: Armed,
    /// How many packets it had when it was queued as idle.
    pub(super) queued_packets: u64,
    pub(super) open: bool,
    /// Which side sent an RST that may have ended it.
    pub(super) reset: Option<Side>,
    /// Whether the client is the smaller of the two ends.
    pub(super) client_is_low: bool,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self {
            info: FlowInfo {
                number: 0,
                slot: 0,
                client: NOWHERE,
                server: NOWHERE,
                handshake: false,
            },
            stats: FlowStats::default(),
            halves: [Half::new(Side::Client), Half::new(Side::Server)],
            generation: 0,
            armed: Armed::default(),
            queued_packets: 0,
            open: false,
            reset: None,
            client_is_low: false,
        }
    }

    /// Returns the flow's halves, and what working on them needs.
    #[inline]
    pub(super) fn work<'w, S: ?Sized>(
        &'w mut self,
        shared: &'w mut Shared,
        sink: &'w mut S,
    ) -> (&'w mut [Half; 2], Work<'w, S>) {
        let work = Work { sink, shared, info: &self.info, stats: &mut self.stats };
        (&mut self.halves, work)
    }

    /// Returns which side sent a packet.
    #[inline]
    pub(super) fn side(&self, source_is_low: bool) -> Side {
        if source_is_low == self.client_is_low { Side::Client } else { Side::Server }
    }

    /// Returns the half of a side and that of the other one.
    pub(super) fn halves_of(&self, side: Side) -> [&Half; 2] {
        let [client, server] = &self.halves;
        match side {
            Side::Client => [client, server],
            Side::Server => [server, client],
        }
    }

    /// Returns whether a packet may change more than the stream that it belongs to.
    #[inline]
    pub(super) fn is_busy(&self) -> bool {
        self.halves.iter().any(|half| half.is_waiting() || half.is_finished())
    }
}

/// Returns the half of a side and that of the other one.
#[inline]
pub(super) fn facing(halves: &mut [Half; 2], side: Side) -> [&mut Half; 2] {
    let [client, server] = halves;
    match side {
        Side::Client => [client, server],
        Side::Server => [server, client],
    }
}

/// Begins the streams that waited for their start long enough, that with the earliest data first.
pub(super) fn begin_held<S: StreamSink + ?Sized>(
    halves: &mut [Half; 2],
    work: &mut Work<'_, S>,
    is_due: impl Fn(Mark) -> bool,
) {
    let [client, server] = halves;
    let server_first = comes_first(server, client);
    let mut order = [client, server];
    if server_first {
        order.reverse();
    }
    for half in order {
        if half.held_since().is_some_and(&is_due) {
            half.begin_held(work);
        }
    }
}

/// Returns whether what waits in `one` was captured before what waits in `other`.
pub(super) fn comes_first(one: &Half, other: &Half) -> bool {
    match (one.first_stamp(), other.first_stamp()) {
        (Some(one), Some(other)) => (one.time, one.frame) < (other.time, other.frame),
        _ => false,
    }
}
