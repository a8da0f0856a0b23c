//! Sessions: the machines of a client and of an index server, pure state without any I/O.
//!
//! A machine owns no socket and no clock. Whoever drives it does this, over and over:
//!
//! 1. hands in what happened: `handle_input` for received bytes, `handle_close` for the end of the
//!    connection, and calls of its own wishes;
//! 2. takes all of `poll_event`;
//! 3. writes all of `poll_transmit` to the connection;
//! 4. waits for the next thing, at most until `poll_timeout`, and then calls `handle_timeout`.
//!
//! Times are spans since any moment that stays the same. A mistake of the caller is a
//! [`UserError`]; whatever the other side does is an event, and every event keeps the packet it
//! comes from.

mod client;
mod error;
mod server;
mod value;
mod wait;

pub use crate::connection::ConnectionId;
pub use client::{
    Account, Client, ClientConfig, ClientEvent, DownloadEntry, DownloadFailure, DownloadId,
    DownloadState, LoginRefusal, NickState, Outcome, RequestId, UploadEntry, UploadId,
    UploadRefusal,
};
pub use error::UserError;
pub use server::{
    AccountState, Departure, Farewell, FixedChannel, Refusal, RegisteredUser, Server, ServerConfig,
    ServerEvent, ServerLimits, StoredPassword,
};
pub use value::{Channel, ServerStatistics, SharedFile, Song, User};
pub use wait::WaitFor;
