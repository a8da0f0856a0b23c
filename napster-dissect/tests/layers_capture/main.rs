//! Reading of captures: formats, damage, compression, pipes.

#![allow(clippy::type_complexity, reason = "lists of named functions read best in place")]

mod arrival;
mod damage;
mod makers;
mod pcap;
mod pcapng;
