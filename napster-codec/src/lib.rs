//! Sans-IO parser and serializer of the Napster and OpenNap protocol: no I/O, no clock, no threads,
//! no log; `no_std` with `alloc`.
//!
//! Bytes become packets, packets become messages, and both become the same bytes again:
//!
//! ```
//! use napster_codec::{Decoder, Direction, Message, Tolerance};
//!
//! let mut decoder = Decoder::new(Direction::ToClient);
//! decoder.feed(b"\x0d\x00\xcd\x00bob hi there!");
//! while let Some(packet) = decoder.poll() {
//!     let decoded = packet.decode(Tolerance::LENIENT)?;
//!     for diagnostic in decoded.diagnostics() {
//!         eprintln!("{diagnostic}");
//!     }
//!     match &decoded.message {
//!         Message::PrivateMessageReceived(private) => {
//!             assert_eq!(private.from, "bob");
//!             assert_eq!(private.message, "hi there!");
//!         }
//!         other => println!("{other}"),
//!     }
//!     assert_eq!(decoded.message.encode()?, packet.to_bytes());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every message is one row of [`MESSAGES`], from which its struct, its variant of [`Message`], its
//! reading, writing and printing follow. A payload that is not canonical is read with named
//! [`Diagnostic`]s as far as a [`Tolerance`] allows.
#![no_std]

extern crate alloc;
#[cfg(feature = "tokio-util")]
extern crate std;

mod code;
pub mod comp112;
mod connection;
mod cursor;
mod decoder;
mod diagnostic;
pub mod dialogue;
mod field;
mod frame;
#[cfg(feature = "arbitrary")]
mod generate;
mod held;
mod irregular;
mod list;
#[cfg(any(doc, doctest))]
pub mod manual;
pub mod message;
mod number;
#[cfg(feature = "tokio-util")]
mod packet_codec;
pub mod peer;
mod profile;
mod query;
mod recognition;
pub mod redirector;
#[cfg(feature = "serde")]
mod serial;
pub mod session;
mod spec;
mod splitter;
mod text;
pub mod transfer;
mod value;
mod writer;

pub use code::{Code, Direction, Directions};
pub use decoder::{Decoder, Skipped};
pub use diagnostic::{
    Caret, DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance,
};
pub use field::{Expected, Extra};
pub use frame::{ByteOrder, Frame, FrameHeader, Packet};
pub use irregular::{Binary, EmbeddedFrame, Mask, MaskForm, Md5, Modes, Sender, ShareRecord};
pub use list::{List, Tail};
pub use message::{
    Decoded, EncodeError, FieldVisitor, MESSAGES, Message, Payload, decode, link_sender, spec,
    visit_canonical, visit_canonical_with, visit_payload,
};
pub use number::{
    Address, Bool01, ColonTime, Decimal, EchoedCode, LevelNumber, LinkType, UserLevel, Weight,
};
#[cfg(feature = "tokio-util")]
pub use packet_codec::PacketCodec;
pub use profile::{Profile, ProfileEntry, ProfileKey};
pub use query::{Clause, Compare, Flag, Number, Property, Query, Spelling, TextTopic};
pub use recognition::Recognition;
pub use spec::{Family, FieldKind, FieldSpec, Form, MessageSpec, Presence};
pub use text::{InvalidText, Password, PasswordText, Quoted, Text, Token, Word};
pub use value::{Items, Value, Visit};

/// Compiles and runs the library example of the project's README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
