//! An interactive client: search, fetch, play, share, talk.
//!
//! ```sh
//! cargo run -p napster-codec --example shell -- --nick alice --password s3cret 127.0.0.1:8888
//! ```
//!
//! Then `/help` tells the commands; a line without a slash is said in the channel. All of the
//! protocol is in the machines of the crate: what is here connects, waits, and prints.

mod browse;
mod commands;
mod events;
#[path = "../common/failure.rs"]
mod failure;
mod jobs;
mod lists;
mod session;
mod shares;
mod sink;
mod start;
mod terminal;
mod transfers;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    failure::exit_code(run(start::Arguments::parse()).await)
}

async fn run(arguments: start::Arguments) -> Result<(), Box<dyn Error>> {
    start::run(arguments, terminal::Terminal::new()?).await
}
