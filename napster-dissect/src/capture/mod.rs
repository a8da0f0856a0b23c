//! Capture files: bytes of a file or of standard input become packet records.

mod time;

pub use time::{Stamp, Timestamp};
