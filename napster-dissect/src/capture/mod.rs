//! Capture files: bytes of a file or of standard input become packet records.
//!
//! [`Reader`] recognises the format by content and gives packets in the order of the file. A
//! damaged record is told as [`Problem`], and reading goes on at the next place where records
//! follow each other again. Inputs compressed with gzip, zstd or lz4 are decompressed on the way.

mod bytes;
mod chain;
mod compress;
mod control;
mod error;
mod gzip;
mod inputs;
mod live;
mod pcap;
mod pcapng;
mod reader;
mod source;
mod time;

pub use control::Control;
pub use error::{OpenError, OpenErrorKind, Problem, ProblemKind};
pub use inputs::{Input, Inputs, MAX_OPEN_INPUTS};
pub use reader::{Interface, Item, Packet, Reader};
pub use time::{Stamp, Timestamp};
