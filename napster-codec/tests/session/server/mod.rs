//! The server's machine, driven by scripted clients.

mod accounts;
mod channels;
mod commands;
mod dialogues;
mod laws;
mod limits;
mod replay;
mod staff;
pub(crate) mod world;
