//! An index server: accounts, shared files, searches, channels, for old clients and new ones.
//!
//! ```sh
//! cargo run -p napster-codec --example server -- --motd welcome.txt --redirector 8875
//! ```
//!
//! It listens on the loopback interface, on port 8888, unless told otherwise, and prints one line for
//! each event. All that it knows is in memory, but for accounts where a file is named for them
//! (`--accounts`). Ctrl-C ends it.

mod accounts;
#[path = "../common/failure.rs"]
mod failure;
mod log;
mod redirector;
mod service;
mod start;

use std::process::ExitCode;

use clap::Parser;

use crate::start::BoxError;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    failure::exit_code(start::run(start::Arguments::parse()).await)
}
