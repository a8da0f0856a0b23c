//! Link layer, IP and fragments: packet records become TCP segments.
//!
//! [`Slicer`] takes the headers of a packet off one by one, whatever the link type and the tunnels
//! in between, and gives the [`Segment`] behind them. What is not TCP is told and counted.

mod fragment;
mod ip;
mod link;
mod link_type;
mod segment;
mod slicer;

pub use fragment::MAX_FRAGMENT_BYTES;
pub use link_type::LinkType;
pub use segment::{Checksum, Flags, Segment};
pub use slicer::{Counts, Sliced, Slicer};
