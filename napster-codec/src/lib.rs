//! Sans-IO parser and serializer of the Napster and OpenNap protocol: no I/O, no clock, no threads.
#![no_std]
extern crate alloc;

mod code;
mod cursor;
mod diagnostic;
mod field;
mod frame;
mod irregular;
mod list;
pub mod message;
mod number;
mod profile;
mod query;
pub mod spec;
mod text;
mod value;
mod writer;
pub use code::*;
pub use diagnostic::*;
pub use field::Extra;
pub use frame::*;
pub use irregular::*;
pub use list::{List, Tail};
pub use message::*;
pub use number::*;
pub use profile::*;
pub use query::*;
pub use spec::*;
pub use text::*;
pub use value::*;
