//! Bytes of one direction that are not decided yet, with where they were cut and when they came.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The undecided bytes of one direction of a stream.
///
/// A mark is kept for each portion, so there are never more marks than bytes.
#[derive(Clone, Debug)]
pub(crate) struct Held<T> {
    bytes: Vec<u8>,
    /// How much of `bytes` is taken already; cut off now and then, so that taking costs no copying.
    taken: usize,
    /// Place of the first byte in the stream.
    offset: u64,
    /// How many held bytes are known to hold no line end.
    searched: usize,
    marks: VecDeque<Mark<T>>,
}

#[derive(Clone, Debug)]
struct Mark<T> {
    /// The place in the stream behind the portion.
    end: u64,
    /// Whether a segment ends there.
    boundary: bool,
    stamp: T,
}

impl<T: Clone> Held<T> {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new(), taken: 0, offset: 0, searched: 0, marks: VecDeque::new() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8], boundary: bool, stamp: T) {
        if bytes.is_empty() {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        let end = self.offset.saturating_add(self.len() as u64);
        self.marks.push_back(Mark { end, boundary, stamp });
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.taken..).unwrap_or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes().len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Place of the first held byte in the stream.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Forgets the first bytes.
    pub(crate) fn take(&mut self, count: usize) {
        let count = count.min(self.len());
        self.taken += count;
        self.searched = self.searched.saturating_sub(count);
        self.offset = self.offset.saturating_add(count as u64);
        while self.marks.front().is_some_and(|mark| mark.end <= self.offset) {
            self.marks.pop_front();
        }
        if self.taken * 2 >= self.bytes.len() {
            self.bytes.drain(..self.taken);
            self.taken = 0;
        }
    }

    /// Forgets everything; says how many bytes that was.
    pub(crate) fn clear(&mut self) -> u64 {
        let count = self.len();
        self.take(count);
        count as u64
    }

    /// Bytes of the stream go by that are not held; nothing may be held.
    pub(crate) const fn pass(&mut self, count: u64) {
        self.offset = self.offset.saturating_add(count);
    }

    /// The place of the first LF among the first `limit` held bytes; no byte is looked at twice.
    pub(crate) fn line_end(&mut self, limit: usize) -> Option<usize> {
        let from = self.searched;
        let bytes = self.bytes();
        let bytes = bytes.get(..limit).unwrap_or(bytes);
        let found = bytes.get(from..)?.iter().position(|&byte| byte == b'\n');
        let end = found.map(|at| from + at);
        self.searched = end.unwrap_or(bytes.len());
        end
    }

    /// The stamp of the portion that brought the last of the first `length` bytes.
    pub(crate) fn stamp(&self, length: usize) -> Option<T> {
        let end = self.offset.saturating_add(length as u64);
        self.marks.iter().find(|mark| mark.end >= end).map(|mark| mark.stamp.clone())
    }

    /// Whether a segment ends behind the first `length` bytes.
    pub(crate) fn is_boundary(&self, length: usize) -> bool {
        let end = self.offset.saturating_add(length as u64);
        let up_to = self.marks.iter().take_while(|mark| mark.end <= end);
        up_to.last().is_some_and(|mark| mark.boundary && mark.end == end)
    }

    /// The first place from `from` to `to` where a segment ends, counted from the first held byte.
    pub(crate) fn first_boundary(&self, from: usize, to: usize) -> Option<usize> {
        let ends = self.marks.iter().filter(|mark| mark.boundary);
        let places =
            ends.map_while(|mark| usize::try_from(mark.end.saturating_sub(self.offset)).ok());
        places.take_while(|place| *place <= to).find(|place| *place >= from)
    }
}
