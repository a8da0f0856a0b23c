//! What a reassembler must make of a list of segments: the plainest way to say it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::conversation::Said;
use super::segment::{Segment, Side};

/// The bytes of one direction as they were captured; a hole is `None`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stream {
    /// One entry a byte; the bytes that came first win.
    pub bytes: Vec<Option<u8>>,
    /// How many bytes came again with another value.
    pub conflicts: usize,
}

impl Stream {
    /// Puts a segment's bytes in their places.
    pub fn take(&mut self, segment: &Segment) {
        let start = usize::try_from(segment.offset).expect("laboratory streams are short");
        if self.bytes.len() < start + segment.payload.len() {
            self.bytes.resize(start + segment.payload.len(), None);
        }
        for (place, &byte) in self.bytes[start..].iter_mut().zip(&segment.payload) {
            match *place {
                None => *place = Some(byte),
                Some(earlier) => self.conflicts += usize::from(earlier != byte),
            }
        }
    }

    /// Says whether all bytes of a range were captured.
    pub fn has(&self, range: Range<u64>) -> bool {
        (range.start..range.end).all(|place| {
            let byte = usize::try_from(place).ok().and_then(|place| self.bytes.get(place));
            byte.is_some_and(Option::is_some)
        })
    }

    /// Returns all bytes, or `None` where one is missing.
    pub fn whole(&self) -> Option<Vec<u8>> {
        self.bytes.iter().copied().collect()
    }

    /// Returns the ranges between captured bytes that are missing.
    pub fn holes(&self) -> Vec<Range<u64>> {
        let mut holes: Vec<Range<u64>> = Vec::new();
        for (place, byte) in self.bytes.iter().enumerate() {
            let place = place as u64;
            match holes.last_mut() {
                Some(hole) if byte.is_none() && hole.end == place => hole.end += 1,
                _ if byte.is_none() => holes.push(place..place + 1),
                _ => {}
            }
        }
        holes
    }
}

/// Reassembles both directions of every conversation.
pub fn streams(segments: &[Segment]) -> BTreeMap<(usize, Side), Stream> {
    let mut streams: BTreeMap<(usize, Side), Stream> = BTreeMap::new();
    for segment in segments.iter().filter(|segment| segment.carries_data()) {
        streams.entry((segment.conversation, segment.side)).or_default().take(segment);
    }
    streams
}

/// Returns the frames of which every byte is in the segments.
pub fn captured<'s>(said: &'s [Said], segments: &[Segment]) -> Vec<&'s Said> {
    let streams = streams(segments);
    said.iter()
        .filter(|said| {
            let stream = streams.get(&(said.conversation, said.side));
            stream.is_some_and(|stream| stream.has(said.offset..said.end()))
        })
        .collect()
}
