//! The music stream of the Comp 112 project: a radio that is passed on from listener to listener.
//!
//! It has nothing in common with Napster on the wire. A server started with port P plays songs in
//! real time; the first client gets the audio from the server, every further client from the one
//! before it.
//!
//! | connection | from the initiator | from the listener |
//! | --- | --- | --- |
//! | bootstrap, to port P + 1 | nothing | three records of 100 bytes: format, host, port |
//! | requests, to port P | [`Message::SongListRequest`] and the like, without end marks | answers |
//! | audio, to the host of the records and the port before the one told | nothing | frames |
//!
//! * [`Message`] writes everything that is said; [`FrameDecoder`] splits audio, [`read_request`]
//!   and [`PlayAnswer`] read requests and answers.
//! * [`StreamObserver`] and [`RequestObserver`] watch connections of others; [`ChunkRuns`] merges
//!   the thousand chunks a second into records.
//! * [`Server`] and [`Client`] are pure state machines: bytes and time go in, bytes and events come
//!   out.

mod bootstrap;
mod client;
mod command;
mod event;
mod format;
mod frame;
mod message;
mod names;
mod recognise;
mod requests;
mod server;
mod stream;

pub use crate::connection::ConnectionId;
pub use client::{Client, ClientError, ClientEvent, Link};
pub use command::{PlayAnswer, read_request};
pub use event::{Chunk, Deviation, DeviationKind, Event, Said};
pub use format::Format;
pub use frame::{BadHeader, Frame, FrameDecoder, FrameHeader, FrameKind, Item};
pub use message::{EncodeError, Message};
pub use names::{RequestList, SongList};
pub use recognise::{recognise_requests, recognise_stream};
pub use requests::RequestObserver;
pub use server::{Rejection, Server, ServerEvent, UnusableFormat};
pub use stream::{ChunkRun, ChunkRuns, StreamObserver};

/// A message that cannot be read, as its bytes.
const fn unreadable<'b>(name: &'static str, bytes: &'b [u8]) -> Message<'b> {
    Message::Unreadable { name, bytes: alloc::borrow::Cow::Borrowed(bytes) }
}
