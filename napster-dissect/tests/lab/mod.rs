//! A laboratory of traffic: builds TCP conversations from nothing, breaks them on purpose, and
//! writes them as capture files.
//!
//! The work always goes the same way. A [`Conversation`](conversation::Conversation) on a virtual
//! clock becomes a list of [`Segment`](segment::Segment)s; [`faults`] spoil that list;
//! [`Link`](packet::Link) wraps each segment into the packet of a link layer; [`file`](mod@file)
//! writes the packets as a capture. [`truth`] says what a reassembler must make of the list, and
//! [`scenes`] holds the scripts of the captures in testdata.
//!
//! No byte is made by a library that the program under test uses too, so that the laboratory is a
//! second opinion. Nothing reads the clock or a random source: the same calls give the same bytes.
//!
//! A test or bench takes it in as `mod lab;` at its root.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test that includes the laboratory uses a part of it"
)]

pub mod clock;
pub mod conversation;
pub mod faults;
pub mod file;
pub mod frame;
pub mod packet;
pub mod rng;
pub mod scenes;
pub mod segment;
pub mod song;
pub mod truth;
pub mod zlib;
