//! How the programs tell why they end.

use std::fmt::Display;
use std::process::ExitCode;

/// Prints the error in its own words, where `main` would print it as `Debug` does.
pub(crate) fn exit_code(result: Result<(), impl Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
