//! Peer connections: every program's behaviour, every edge case, and the laws that hold for any
//! bytes.

mod digits;
mod edges;
mod laws;
mod lists;
mod messages;
mod programs;
mod recognise;
mod story;
