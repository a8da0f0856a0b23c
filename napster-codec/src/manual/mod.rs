//! The protocol in chapters, for those who want to understand it before they use this crate.
//!
//! * [`framing`]: how a stream becomes frames and a payload becomes fields.
//! * [`sessions`]: what follows what on a connection, and how every list ends.
//! * [`messages`]: every message in one table.
//! * [`mp3_napster`]: where each method and event of that library is here.
//!
//! What two clients say to each other is told in [`peer`](crate::peer), the music stream that borrows
//! the name in [`comp112`](crate::comp112).

pub mod framing;
pub mod mp3_napster;
pub mod sessions;

#[doc = include_str!("../../docs/messages.md")]
pub mod messages {}
