//! The targets of the fuzzer: one function each, which takes any bytes and panics where a law is broken.
//!
//! They are ordinary functions, so that tests run them on a stable compiler over the seeds; see the
//! README of this folder for what each of them must never see.
#![forbid(unsafe_code)]

mod bytes;
mod capture;
mod comp112;
mod decode;
mod dialogue;
mod packet;
mod peer;
mod query;
mod redirector;
mod segments;
mod session;
mod stream;
mod transfer;

pub use capture::capture;
pub use comp112::comp112;
pub use decode::{decode, message_roundtrip};
pub use dialogue::dialogue;
pub use packet::packet;
pub use peer::peer;
pub use query::query;
pub use redirector::redirector;
pub use segments::segments;
pub use session::session;
pub use stream::stream;
pub use transfer::transfer;

/// The laws of reading and writing, which the codec's property tests hold it to as well.
#[path = "../../napster-codec/tests/common/laws.rs"]
mod laws;

/// A target: its name, as `cargo fuzz` lists it, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("stream", stream),
    ("decode", decode),
    ("message_roundtrip", message_roundtrip),
    ("query", query),
    ("dialogue", dialogue),
    ("peer", peer),
    ("session", session),
    ("transfer", transfer),
    ("redirector", redirector),
    ("comp112", comp112),
    ("capture", capture),
    ("packet", packet),
    ("segments", segments),
];

/// Runs a target over the files named on the command line; how a finding is looked at without a fuzzer.
///
/// # Errors
///
/// Where a file cannot be read.
pub fn replay(target: fn(&[u8])) -> std::io::Result<()> {
    for path in std::env::args_os().skip(1) {
        target(&std::fs::read(&path)?);
        println!("{}: no law is broken", path.display());
    }
    Ok(())
}

/// Makes a fuzz target of a function, or under a stable compiler a program that replays files.
#[macro_export]
macro_rules! fuzz {
    ($target:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$target(data));

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            $crate::replay($crate::$target)
        }
    };
}
