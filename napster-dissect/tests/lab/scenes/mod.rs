//! Scripts: who says what to whom, in the captures of testdata and in tests.

use std::net::{Ipv4Addr, SocketAddr};

use super::conversation::{Conversation, Said};
use super::rng::Rng;
use super::segment::{Segment, interleave};

pub mod channels;
pub mod crowd;
pub mod evening;
pub mod malformed;
pub mod registration;
pub mod short;
pub mod strangers;
pub mod weekly;

/// A script that was played.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What passed on the wire, in order.
    pub segments: Vec<Segment>,
    /// The frames in it, in the order in which they were said.
    pub said: Vec<Said>,
}

impl Scene {
    /// Collects conversations that ran on one clock.
    pub fn of<'c>(conversations: impl IntoIterator<Item = &'c mut Conversation>) -> Self {
        let mut said = Vec::new();
        let mut lists = Vec::new();
        for conversation in conversations {
            said.extend_from_slice(conversation.said());
            lists.push(conversation.segments());
        }
        Self { segments: interleave(lists), said }
    }
}

/// Reads an address and a port.
///
/// # Panics
///
/// Panics when the text is no such thing.
pub fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address and a port")
}

/// Writes an IPv4 address as messages do: a decimal number with the first octet lowest.
///
/// # Panics
///
/// Panics when the text is no such address.
pub fn number(address: &str) -> u32 {
    let address: Ipv4Addr = address.parse().expect("an IPv4 address");
    u32::from_le_bytes(address.octets())
}

/// Writes what messages say about a file: name, checksum, size, bitrate, frequency, seconds.
///
/// The checksum is made up from the size.
pub fn song(file: &str, size: u64, bitrate: u32, seconds: u32) -> String {
    format!("\"{file}\" {} {size} {bitrate} 44100 {seconds}", checksum(size))
}

/// Makes up a checksum of 32 hexadecimal digits.
pub fn checksum(seed: u64) -> String {
    let mut rng = Rng::new(seed);
    format!("{:016x}{:016x}", rng.bits(), rng.bits())
}
