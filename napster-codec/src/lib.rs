//! Sans-IO parser and serializer of the Napster and OpenNap protocol.
#![no_std]
extern crate alloc;
