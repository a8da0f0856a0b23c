//! The table of dialogues and the ledger of open requests.

mod ledger;
mod table;
