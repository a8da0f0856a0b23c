//! The first members of a message's object, kept for the messages that share them.
//!
//! Messages come in runs: many in one packet, and nearly all in one of a few flows. What was written
//! of the last ones is copied where it is the same.

use std::net::SocketAddr;

use napster_codec::{self as codec, Code};

use super::super::put::Put;
use crate::capture::{Stamp, Timestamp};
use crate::story::{Body, MessageRecord, Protocol, name_of};
use crate::tcp::Side;

/// How many directions of flows, and how many kinds of messages, are remembered.
const PLACES: usize = 256;

/// What was written of the messages before.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    /// Each direction has one place, which it shares with others.
    ends: Vec<Option<Ends>>,
    pub(super) times: Times,
    /// What the head was written of.
    last: Option<(Stamp, Direction)>,
    head: Vec<u8>,
    /// Each kind has one place, which it shares with others.
    kinds: Vec<Option<Kind>>,
}

/// A message of the table, and what is written of it.
#[derive(Debug)]
struct Kind {
    code: Code,
    direction: codec::Direction,
    written: Vec<u8>,
}

/// A direction of a flow, and what is written of it.
#[derive(Debug)]
struct Ends {
    direction: Direction,
    written: Vec<u8>,
}

/// All that is written of a direction of a flow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Direction {
    flow: u64,
    protocol: Protocol,
    from: Side,
    source: SocketAddr,
    destination: SocketAddr,
}

impl Heads {
    /// Appends the members up to `code`.
    pub(super) fn put(&mut self, message: &MessageRecord<'_>, out: &mut Vec<u8>) {
        match &self.last {
            Some((stamp, direction)) if *stamp == message.stamp && direction.is_of(message) => {}
            _ => self.put_head(message),
        }
        out.extend_from_slice(&self.head);
        match message.body {
            Body::Framed { code, direction, .. } => self.put_kind(code, direction, out),
            Body::Named { name, .. } => _ = out.put(r#","name":""#).put(name).put("\""),
        }
    }

    /// Writes what the messages of a side in a packet have in common.
    #[cold]
    fn put_head(&mut self, message: &MessageRecord<'_>) {
        self.head.clear();
        super::begin("message", message.stamp.capture, &mut self.head);
        self.head.put(r#","frame":"#).number(message.stamp.frame).put(r#","time":""#);
        self.times.put(message.stamp.time, &mut self.head);
        self.head.put("\"");
        let direction = Direction::of(message);
        self.put_ends(direction);
        self.last = Some((message.stamp, direction));
    }

    /// Appends what does not change from message to message of a kind.
    fn put_kind(&mut self, code: Code, direction: codec::Direction, out: &mut Vec<u8>) {
        if self.kinds.is_empty() {
            self.kinds.resize_with(PLACES, || None);
        }
        let Some(place) = self.kinds.get_mut(usize::from(code.0) % PLACES) else { return };
        let kind = match place {
            Some(kind) if (kind.code, kind.direction) == (code, direction) => kind,
            place => {
                let mut written = place.take().map(|kind| kind.written).unwrap_or_default();
                written.clear();
                written.put(r#","name":""#).put(name_of(code, direction));
                written.put(r#"","code":"#).number(code.0.into());
                place.insert(Kind { code, direction, written })
            }
        };
        out.extend_from_slice(&kind.written);
    }

    /// Appends what does not change from packet to packet.
    fn put_ends(&mut self, direction: Direction) {
        if self.ends.is_empty() {
            self.ends.resize_with(PLACES, || None);
        }
        let place = (direction.flow as usize * 2 + direction.from.index()) % PLACES;
        let Some(place) = self.ends.get_mut(place) else { return };
        let ends = match place {
            Some(ends) if ends.direction == direction => ends,
            place => {
                let mut written = place.take().map(|ends| ends.written).unwrap_or_default();
                written.clear();
                direction.put(&mut written);
                place.insert(Ends { direction, written })
            }
        };
        self.head.extend_from_slice(&ends.written);
    }
}

impl Direction {
    const fn of(message: &MessageRecord<'_>) -> Self {
        Self {
            flow: message.flow,
            protocol: message.protocol,
            from: message.from,
            source: message.source,
            destination: message.destination,
        }
    }

    /// Whether it is that of a message; nothing is copied for the comparison.
    fn is_of(&self, message: &MessageRecord<'_>) -> bool {
        self.flow == message.flow
            && self.protocol == message.protocol
            && self.from == message.from
            && self.source == message.source
            && self.destination == message.destination
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.put(r#","flow":"#).number(self.flow);
        out.put(r#","protocol":""#).put(self.protocol.name());
        out.put(r#"","from":""#).put(match self.from {
            Side::Client => "client",
            Side::Server => "server",
        });
        out.put(r#"","src":""#).socket(self.source);
        out.put(r#"","dst":""#).socket(self.destination).put("\"");
    }
}

/// Writes times, of which only the fraction changes most of the time, and the day hardly ever.
#[derive(Debug, Default)]
pub(crate) struct Times {
    second: Option<u64>,
    /// The time up to the point in front of the fraction.
    written: Vec<u8>,
}

impl Times {
    pub(super) fn put(&mut self, time: Timestamp, out: &mut Vec<u8>) {
        const SECOND: u64 = 1_000_000_000;
        let second = time.nanos() / SECOND;
        if self.second != Some(second) {
            self.turn_to(second, time);
        }
        out.extend_from_slice(&self.written);
        // One more in front keeps the leading zeros.
        let digits = time.nanos() % SECOND + SECOND;
        out.extend_from_slice(
            itoa::Buffer::new().format(digits).as_bytes().get(1..).unwrap_or_default(),
        );
        out.put("Z");
    }

    fn turn_to(&mut self, second: u64, time: Timestamp) {
        const DAY: u64 = 86_400;
        if self.second.map(|second| second / DAY) == Some(second / DAY) {
            let clock = second % DAY;
            // Hours, minutes and seconds end the text, with one character behind each.
            let parts = [clock / 3600, clock / 60 % 60, clock % 60];
            let place = self.written.len().saturating_sub(3 * parts.len());
            let places = self.written.get_mut(place..).unwrap_or_default().chunks_exact_mut(3);
            for (place, part) in places.zip(parts) {
                // Below 60, so the casts keep it whole.
                place[..2].copy_from_slice(&[b'0' + (part / 10) as u8, b'0' + (part % 10) as u8]);
            }
        } else {
            self.written.clear();
            time.write_rfc3339(&mut self.written);
            // Nine digits and the zone.
            self.written.truncate(Timestamp::RFC3339_LENGTH - 10);
        }
        self.second = Some(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_they_do_alone() {
        let mut times = Times::default();
        let days = [0, 1, 59, 60, 3599, 3600, 43_200, 86_399, 86_400, 5_184_000, 86_401, 7];
        let days = days.map(|seconds| seconds * 1_000_000_000 + 7);
        let others =
            [1, 999_999_999, 974_836_800_000_120_000, 974_836_800_999_999_999, 5, u64::MAX];
        for nanos in days.into_iter().chain(others) {
            let time = Timestamp::from_nanos(nanos);
            let mut out = Vec::new();
            times.put(time, &mut out);
            assert_eq!(String::from_utf8(out).as_deref(), Ok(time.to_string().as_str()));
        }
    }
}
