//! The interactive client as its user sees it, against the server's machine on loopback.

#![allow(dead_code, reason = "the program has parts that only its own `main` needs")]

#[path = "../../examples/shell/browse.rs"]
mod browse;
#[path = "../../examples/shell/commands.rs"]
mod commands;
#[path = "../../examples/shell/events.rs"]
mod events;
#[path = "../../examples/shell/jobs.rs"]
mod jobs;
#[path = "../../examples/shell/lists.rs"]
mod lists;
#[path = "../../examples/shell/session.rs"]
mod session;
#[path = "../../examples/shell/shares.rs"]
mod shares;
#[path = "../../examples/shell/sink.rs"]
mod sink;
#[path = "../../examples/shell/start.rs"]
mod start;
#[path = "../../examples/shell/terminal.rs"]
mod terminal;
#[path = "../../examples/shell/transfers.rs"]
mod transfers;

mod article;
mod exchange;
mod owner;
mod server;
mod sharing;
mod typist;
