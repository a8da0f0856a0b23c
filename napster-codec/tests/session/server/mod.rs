//! The server's machine, driven by scripted clients.

mod channels;
mod dialogues;
mod replay;
pub(crate) mod world;
