//! TCP reassembly: segments become the bytes of each direction of a flow, in order, once.
//!
//! [`Reassembler`] takes segments in the order of the capture and calls a [`StreamSink`]. It is
//! exact under reordering, duplication, retransmission and overlap; what was not captured it tells
//! as a gap, once it is certain not to come. Work for a packet grows with the logarithm of what
//! waits, and memory is bounded by [`Options`].

mod flow;
mod half;
mod history;
mod options;
mod pieces;
mod reassembler;
mod slot;
mod table;
mod timers;

pub use flow::{Closed, FlowInfo, FlowStats, Limit, Side, StreamSink};
pub use options::{
    Checksums, EMPTY_TIMEOUT, END_GRACE, GAP_WAIT, GAP_WAIT_PACKETS, IDLE_TIMEOUT, LONE_FIN_GRACE,
    LONE_GAP_BYTES, LONE_GAP_WAIT, MAX_MEMORY, MAX_TOMBSTONES, Options, Overlap, START_GAP,
    START_WAIT, START_WAIT_PACKETS, UnknownOverlap,
};
pub use reassembler::{Reassembler, Totals};
