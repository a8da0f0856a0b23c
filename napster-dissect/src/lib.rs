//! Turns packet captures of the Napster protocol into the story of what happened.
//!
//! Data flows one way: [`capture`] → [`net`] → [`tcp`] → [`decode`] → [`story`] → [`output`].
//! No layer names a type of the layer after it.

pub mod capture;
pub mod decode;
pub mod net;
pub mod output;
pub mod pipeline;
pub mod story;
pub mod tcp;
mod words;
