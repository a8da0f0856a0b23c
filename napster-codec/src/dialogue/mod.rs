//! Dialogues: which messages answer which request, and where an answer of many messages ends.
//!
//! [`DIALOGUES`] is the table, [`Ledger`] keeps the open requests of one connection by it.

mod answers;
mod key;
mod ledger;
mod table;

pub use answers::Answers;
pub use ledger::{Exchange, Ledger, Noted, Role};
pub use table::{DIALOGUES, Dialogue, End, Key, Refusal};
