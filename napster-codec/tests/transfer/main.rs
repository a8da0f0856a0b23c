//! Files and lists between two clients, from the machines' side: every program's behaviour, every
//! edge case, both sides against each other, and the laws that hold for any bytes.

mod downloads;
mod incoming;
mod laws;
mod lists;
mod names;
mod queue;
mod resume;
mod told;
mod uploads;
