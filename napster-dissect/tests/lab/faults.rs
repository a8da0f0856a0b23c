//! What networks, hosts and captures do to segments.
//!
//! Each fault changes a list of segments in place. The first four lose nothing: a reassembler in
//! which first bytes win gets the same streams from the changed list. None moves data over what
//! the other side said in answer to it, and acknowledgements are made again where the order of
//! arrival changed, so that the list stays one that real hosts could have caused.

use std::collections::BTreeMap;

use super::rng::Rng;
use super::segment::{ACK, FIN, PSH, RST, SYN, Segment, Side};
use super::truth::Stream;

/// How the bytes of a retransmission compare with those sent first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Again {
    /// They are the same.
    Same,
    /// At least one is different.
    Different,
}

/// Delays `per_mille` of the data segments by up to `reach` places.
pub fn reorder(segments: &mut [Segment], rng: &mut Rng, per_mille: u32, reach: usize) {
    for index in 0..segments.len() {
        if !segments[index].carries_data() || !rng.chance(per_mille) {
            continue;
        }
        let steps = 1 + rng.below(reach);
        for place in index..(index + steps).min(segments.len().saturating_sub(1)) {
            if holds_back(&segments[place], &segments[place + 1]) {
                break;
            }
            segments.swap(place, place + 1);
        }
    }
    acknowledge(segments);
    retime(segments);
}

/// Sends `per_mille` of the data segments twice, the copy up to three places later.
pub fn duplicate(segments: &mut Vec<Segment>, rng: &mut Rng, per_mille: u32) {
    let mut copies: Vec<(usize, Segment)> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if segment.carries_data() && rng.chance(per_mille) {
            let within = segments[index + 1..].iter().take(rng.below(3)).take_while(|next| {
                next.conversation != segment.conversation || !next.is_boundary()
            });
            copies.push((index + within.count(), segment.clone()));
        }
    }
    let mut placed: Vec<(usize, Segment)> = segments.drain(..).enumerate().collect();
    placed.extend(copies);
    // Stable: a copy stands behind the segment whose place it was given.
    placed.sort_by_key(|(place, _)| *place);
    segments.extend(placed.into_iter().map(|(_, segment)| segment));
    retime(segments);
}

/// Overlaps `per_mille` of the data segments.
///
/// Half of them grow to the front over bytes that came before; behind the other half comes a
/// retransmission of some part of what was captured so far, cut at other places.
pub fn overlap(segments: &mut Vec<Segment>, rng: &mut Rng, per_mille: u32, again: Again) {
    let mut seen: BTreeMap<(usize, Side), Stream> = BTreeMap::new();
    let mut result = Vec::with_capacity(segments.len());
    for mut segment in segments.drain(..) {
        if !segment.carries_data() {
            result.push(segment);
            continue;
        }
        let stream = seen.entry((segment.conversation, segment.side)).or_default();
        let chosen = rng.chance(per_mille);
        let grows = chosen && rng.chance(500);
        if grows {
            let mut front = captured_before(stream, segment.offset, 1 + rng.below(40));
            segment.offset -= front.len() as u64;
            if again == Again::Different {
                corrupt(&mut front, rng);
            }
            segment.payload.splice(0..0, front);
        }
        stream.take(&segment);
        result.push(segment.clone());
        if chosen && !grows {
            let end = segment.end() - rng.below(segment.payload.len()) as u64;
            segment.payload = captured_before(stream, end, 1 + rng.below(200));
            segment.offset = end - segment.payload.len() as u64;
            if again == Again::Different {
                corrupt(&mut segment.payload, rng);
            }
            result.push(segment);
        }
    }
    *segments = result;
    retime(segments);
}

/// Cuts data segments into pieces of at most `most` bytes each.
pub fn split(segments: &mut Vec<Segment>, rng: &mut Rng, most: usize) {
    let mut pieces = Vec::with_capacity(segments.len());
    for segment in segments.drain(..) {
        if !segment.carries_data() {
            pieces.push(segment);
            continue;
        }
        let mut start = 0;
        while start < segment.payload.len() {
            let end = (start + 1 + rng.below(most)).min(segment.payload.len());
            let mut piece = segment.clone();
            piece.offset += start as u64;
            piece.payload = segment.payload[start..end].to_vec();
            if end < segment.payload.len() {
                piece.flags &= !(PSH | FIN);
            }
            pieces.push(piece);
            start = end;
        }
    }
    *segments = pieces;
    retime(segments);
}

/// Joins data that follows data of the same side into segments of at most `most` bytes, and
/// drops the acknowledgements between them.
pub fn coalesce(segments: &mut Vec<Segment>, most: usize) {
    let mut joined: Vec<Segment> = Vec::with_capacity(segments.len());
    for segment in segments.drain(..) {
        let earlier = joined.iter_mut().rev().find(|earlier| {
            earlier.conversation == segment.conversation
                && (earlier.carries_data() || earlier.is_boundary())
        });
        match earlier {
            Some(earlier)
                if segment.carries_data()
                    && earlier.carries_data()
                    && earlier.side == segment.side
                    && earlier.end() == segment.offset
                    && !earlier.is_boundary()
                    && earlier.payload.len() + segment.payload.len() <= most =>
            {
                earlier.payload.extend(&segment.payload);
                earlier.flags |= segment.flags;
            }
            _ => joined.push(segment),
        }
    }
    *segments = joined;
    acknowledge(segments);
}

/// Loses `per_mille` of the data segments from the capture and returns the lost ones.
///
/// Acknowledgements stay, since it is the capture that missed the segments, not the receiver.
pub fn lose(segments: &mut Vec<Segment>, rng: &mut Rng, per_mille: u32) -> Vec<Segment> {
    lose_where(segments, |segment| segment.carries_data() && rng.chance(per_mille))
}

/// Loses the segments for which `lost` says so and returns them.
pub fn lose_where(
    segments: &mut Vec<Segment>,
    lost: impl FnMut(&mut Segment) -> bool,
) -> Vec<Segment> {
    segments.extract_if(.., lost).collect()
}

/// Drops everything that one side sent: the capture saw one direction of the link.
pub fn drop_side(segments: &mut Vec<Segment>, side: Side) {
    segments.retain(|segment| segment.side != side);
}

/// Drops the first `count` segments: the capture began late.
pub fn drop_beginning(segments: &mut Vec<Segment>, count: usize) {
    segments.drain(..count.min(segments.len()));
}

/// Computes every acknowledgement again from what its sender has got in order at that point.
pub fn acknowledge(segments: &mut [Segment]) {
    let mut directions: BTreeMap<(usize, Side), Received> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.carries_data()) {
        let direction = directions.entry((segment.conversation, segment.side));
        let next = &mut direction.or_insert_with(|| Received::new(segment.offset)).next;
        // What was sent before the capture began has arrived long ago.
        *next = (*next).min(segment.offset);
    }
    for segment in segments {
        let direction = directions.entry((segment.conversation, segment.side));
        let direction = direction.or_insert_with(|| Received::new(segment.offset));
        direction.base = Some(segment.isn.wrapping_add(1));
        direction.take(segment);
        let across = directions.get(&(segment.conversation, segment.side.other()));
        // A side that was never heard has no known numbers: what was said first stays.
        if let Some(across) = across
            && let Some(base) = across.base
            && segment.has(ACK)
        {
            segment.acknowledgement = base.wrapping_add(across.acknowledged() as u32);
        }
    }
}

/// What one direction's receiver has.
#[derive(Debug)]
struct Received {
    /// The sequence number of the stream's first byte, once a segment told it.
    base: Option<u32>,
    /// The place of the first byte that has not arrived.
    next: u64,
    /// The place of the end, once it was announced.
    fin: Option<u64>,
    /// What arrived behind a hole: where it begins and ends.
    waiting: BTreeMap<u64, u64>,
}

impl Received {
    /// Begins a direction whose first byte is at `next`.
    fn new(next: u64) -> Self {
        Self { base: None, next, fin: None, waiting: BTreeMap::new() }
    }

    /// Takes a segment.
    fn take(&mut self, segment: &Segment) {
        if segment.has(FIN) {
            self.fin = Some(segment.end());
        }
        let end = self.waiting.entry(segment.offset).or_insert(segment.offset);
        *end = segment.end().max(*end);
        while let Some(first) = self.waiting.first_entry()
            && *first.key() <= self.next
        {
            self.next = self.next.max(first.remove());
        }
    }

    /// Returns the place up to which everything has arrived; an end counts as one.
    fn acknowledged(&self) -> u64 {
        self.next + u64::from(self.fin == Some(self.next))
    }
}

/// Gives the times out again so that they rise in the order of the list.
pub fn retime(segments: &mut [Segment]) {
    let mut times: Vec<u64> = segments.iter().map(|segment| segment.time).collect();
    times.sort_unstable();
    let mut last = 0;
    for (segment, time) in segments.iter_mut().zip(times) {
        segment.time = time.max(last + 1000);
        last = segment.time;
    }
}

/// Says whether a data segment may not arrive behind the one that follows it.
fn holds_back(data: &Segment, next: &Segment) -> bool {
    if data.conversation != next.conversation {
        false
    } else if data.side == next.side {
        next.flags & (SYN | RST) != 0
    } else {
        next.carries_data() || next.is_boundary()
    }
}

/// Returns up to `most` captured bytes that end at `end` without a hole.
fn captured_before(stream: &Stream, end: u64, most: usize) -> Vec<u8> {
    let end = usize::try_from(end).expect("laboratory streams are short");
    let known = &stream.bytes[..end.min(stream.bytes.len())];
    if known.len() < end {
        return Vec::new();
    }
    let mut bytes: Vec<u8> = known.iter().rev().take(most).map_while(|byte| *byte).collect();
    bytes.reverse();
    bytes
}

/// Changes one byte or more.
fn corrupt(bytes: &mut [u8], rng: &mut Rng) {
    let sure = rng.below(bytes.len());
    for (place, byte) in bytes.iter_mut().enumerate() {
        if place == sure || rng.chance(300) {
            *byte ^= 1 + rng.below(255) as u8;
        }
    }
}
