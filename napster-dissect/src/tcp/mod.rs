//! TCP reassembly: segments become the bytes of each direction of a flow, in order, once.

mod flow;

pub use flow::{Closed, FlowInfo, FlowStats, Limit, Side, StreamSink};
