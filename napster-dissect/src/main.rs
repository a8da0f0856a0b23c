//! The command `nap-dissect`: packet captures in, decoded sessions out.

mod cli;
mod manifest;
mod target;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
