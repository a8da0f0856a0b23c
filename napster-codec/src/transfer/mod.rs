//! Files and lists of files between two clients, as pure state machines: bytes and time go in, bytes
//! and events come out.
//!
//! [`Download`] and [`Upload`] carry one file over one connection, [`Browse`] and [`Listing`] one
//! list. Each works both ways: with the direct form the one who wants something connects, with the
//! pushed form the one who has it does. Who accepts a connection begins with [`Incoming`], which
//! greets and reads what is asked. [`UploadQueue`] says whose turn it is.
//!
//! | who | connects | accepts |
//! | --- | --- | --- |
//! | wants a file | [`Download::direct`] | [`Incoming`], then [`Download::pushed`] |
//! | has a file | [`Upload::pushed`] | [`Incoming`], then [`Upload::direct`] |
//! | wants a list | [`Browse::direct`] | [`Incoming`], then [`Browse::pushed`] |
//! | has a list | [`Listing::pushed`] | [`Incoming`], then [`Listing::direct`] |
//!
//! Every machine is used in the same way: write all of `poll_transmit` to the connection, take all of
//! `poll_event`, and wait for bytes, for the end of the connection, or for the moment that
//! `poll_timeout` names; then call `handle_input`, `handle_close` or `handle_timeout`. Times are spans
//! since any moment that stays the same. After [`TransferEvent::Finished`] or
//! [`TransferEvent::Failed`] write what is left, close the connection, and forget the machine.
//!
//! The bytes of a file pass by: a download gives back which part of its input they are, an upload says
//! which part of the file is to be written next.
//!
//! ```
//! use std::time::Duration;
//! use napster_codec::transfer::{
//!     Download, DownloadOptions, Incoming, Request, TransferEvent, TransferOptions, Upload,
//! };
//!
//! let (now, file) = (Duration::ZERO, b"a very short song");
//! let options = DownloadOptions { expected_size: Some(17), ..DownloadOptions::default() };
//! let mut download = Download::direct(b"ann", br"C:\music\a.mp3", options, now)?;
//! let mut incoming = Incoming::new(now);
//!
//! download.handle_input(now, &incoming.poll_transmit().expect("the greeting"));
//! incoming.handle_input(now, &download.poll_transmit().expect("the request"));
//! let Some(Request::Get(get)) = incoming.take_request() else { panic!("a request") };
//! assert_eq!((&get.nick[..], &get.filename[..], get.offset), (&b"ann"[..], &br"C:\music\a.mp3"[..], 0));
//!
//! let mut upload = Upload::direct(&get, file.len() as u64, TransferOptions::default(), now);
//! download.handle_input(now, &upload.poll_transmit().expect("the size"));
//! let mut received = Vec::new();
//! while let Some(part) = upload.next_part() {
//!     let bytes = &file[part.position as usize..][..part.length.min(5) as usize];
//!     for part in download.handle_input(now, bytes).parts() {
//!         received.extend_from_slice(part);
//!     }
//!     upload.handle_sent(now, bytes.len() as u64);
//! }
//! assert_eq!(received, file);
//! let events = std::iter::from_fn(|| download.poll_event());
//! assert!(matches!(events.last(), Some(TransferEvent::Finished(_))));
//! # Ok::<(), napster_codec::transfer::UserError>(())
//! ```

mod browse;
mod download;
mod event;
mod file_name;
mod incoming;
mod listing;
mod pace;
mod queue;
mod upload;

use core::time::Duration;

pub use browse::{Browse, BrowseEvent};
pub use download::{Download, DownloadOptions, FileBytes};
pub use event::{Progress, Refusal, TransferError, TransferEvent, UserError};
pub use file_name::{SafeFileName, safe_file_name};
pub use incoming::{GetRequested, Incoming, Request, SendListRequested, SendRequested};
pub use listing::Listing;
pub use queue::{QueueLimits, Turn, UploadQueue};
pub use upload::{Part, Upload};

/// How patient a transfer is, and how often it tells its progress.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "built with `..TransferOptions::default()`")]
pub struct TransferOptions {
    /// After how many bytes progress is told; 0 for never. `MP3::Napster` has 100,000.
    pub progress_interval: u64,
    /// How long nothing may come or go; mldonkey has 30 seconds.
    pub stall_timeout: Duration,
}

impl Default for TransferOptions {
    fn default() -> Self {
        Self { progress_interval: 100_000, stall_timeout: Duration::from_secs(60) }
    }
}

/// How long the side that connects waits for the `1` before it speaks, as TekNap does at once.
const GREETING_PATIENCE: Duration = Duration::from_secs(5);

/// How long nothing has to come behind a number without an end mark until it counts as whole.
const SETTLED: Duration = Duration::from_millis(250);

/// How long nothing has to come behind a text, or behind bytes that may belong to a number, until it
/// is read as it stands.
const SILENCE: Duration = Duration::from_secs(2);
