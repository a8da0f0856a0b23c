//! The command `nap-dissect`: packet captures in, decoded sessions out.

mod arguments;
mod cli;
mod manifest;
mod progress;
mod target;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
