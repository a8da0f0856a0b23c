//! What the machines that hold many connections call one of them.

/// The number that the caller gives a connection; never the same for two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);
