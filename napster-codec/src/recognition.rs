//! How sure one can be, from the first bytes of a connection, that it speaks a protocol.

/// The answer of the `recognise` functions of protocols without a framed start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are no further answers")]
pub enum Recognition {
    /// These bytes are the protocol's, whatever comes behind them.
    Yes,
    /// Nothing speaks against it, but what is there proves too little: ask again with more bytes,
    /// and take it for no where the connection ends like this.
    Maybe,
    /// These bytes are not the protocol's.
    No,
}
