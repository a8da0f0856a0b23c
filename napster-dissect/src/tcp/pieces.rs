//! Pieces: data of one direction that waits behind a hole.

use std::collections::BTreeMap;

use super::history::{difference, join};
use super::options::{ALLOCATION, Overlap};
use crate::capture::Stamp;

/// Data that waits, by its position; pieces do not overlap.
///
/// The first piece has a place of its own, so that a single one, which is the common case, needs no
/// tree.
#[derive(Default)]
pub(super) struct Pieces {
    first: Option<(u64, Piece)>,
    rest: BTreeMap<u64, Piece>,
    bytes: usize,
}

/// One captured segment, or what was new in it.
pub(super) struct Piece {
    pub(super) bytes: Box<[u8]>,
    /// How many bytes behind it were not captured though the packet was.
    pub(super) missing: u32,
    pub(super) stamp: Stamp,
}

/// What became of a segment that was inserted.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Inserted {
    /// How many of its bytes were new.
    pub(super) new: u64,
    /// Where its bytes differ from those that were there.
    pub(super) conflict: Option<(u64, u64)>,
}

/// What a piece in the tree takes in memory besides its bytes.
///
/// The tree's nodes are a little more than half full when pieces come in order.
const IN_TREE: usize = (size_of::<u64>() + size_of::<Piece>()) * 9 / 5;

/// What the smallest tree takes: a node with room for eleven pieces.
const TREE: usize = (size_of::<u64>() + size_of::<Piece>()) * 11 + 2 * ALLOCATION;

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Returns how many pieces wait.
    pub(super) fn count(&self) -> usize {
        self.rest.len() + usize::from(self.first.is_some())
    }

    /// Returns how many bytes wait.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns what all pieces take in memory.
    pub(super) fn memory(&self) -> usize {
        let tree = match self.rest.len() {
            0 => 0,
            count => TREE.max(count * IN_TREE),
        };
        tree + self.count() * 2 * ALLOCATION + self.bytes
    }

    /// Returns the first position.
    pub(super) fn start(&self) -> Option<u64> {
        self.first.as_ref().map(|(start, _)| *start)
    }

    /// Returns the first piece and its position.
    pub(super) fn first(&self) -> Option<(u64, &Piece)> {
        self.first.as_ref().map(|(start, piece)| (*start, piece))
    }

    /// Takes the first piece out.
    pub(super) fn pop(&mut self) -> Option<(u64, Piece)> {
        let (start, piece) = self.first.take()?;
        self.first = self.rest.pop_first();
        self.bytes -= piece.bytes.len();
        Some((start, piece))
    }

    /// Inserts what is new in a segment; where it overlaps, `overlap` decides.
    pub(super) fn insert(
        &mut self,
        start: u64,
        bytes: &[u8],
        missing: u32,
        stamp: Stamp,
        overlap: Overlap,
    ) -> Inserted {
        let end = start + bytes.len() as u64;
        let mut inserted = Inserted::default();
        let mut position = start;
        // The piece that begins in front may reach into the segment.
        let reach = self.rest.range(..start).next_back().map_or(start, |(&before, _)| before);
        let mut holes = Vec::new();
        let first = self.first.iter_mut().map(|(start, piece)| (*start, piece));
        let rest = self.rest.range_mut(reach..end).map(|(start, piece)| (*start, piece));
        for (piece_start, piece) in first.chain(rest) {
            let piece_end = piece_start + piece.bytes.len() as u64;
            let (from, to) = (piece_start.max(start), piece_end.min(end));
            if from >= to {
                continue;
            }
            if position < from {
                holes.push((position, from));
            }
            position = to;
            let new = slice(bytes, from - start, to - start);
            let old = piece
                .bytes
                .get_mut((from - piece_start) as usize..(to - piece_start) as usize)
                .unwrap_or_default();
            if let Some((first, behind)) = difference(old, new) {
                let found = (from + first as u64, from + behind as u64);
                inserted.conflict = Some(join(inserted.conflict, found));
                if overlap.new_wins((start, end), (piece_start, piece_end)) {
                    old.copy_from_slice(new);
                }
            }
        }
        if position < end {
            holes.push((position, end));
        }
        for &(from, to) in &holes {
            inserted.new += to - from;
            let piece = slice(bytes, from - start, to - start);
            self.put(from, piece, if to == end { missing } else { 0 }, stamp);
        }
        let last_is_new = holes.last().is_some_and(|&(_, to)| to == end);
        if missing > 0 && !last_is_new {
            self.put_missing(end, missing, stamp);
        }
        inserted
    }

    fn put(&mut self, start: u64, bytes: &[u8], missing: u32, stamp: Stamp) {
        self.bytes += bytes.len();
        let piece = Piece { bytes: bytes.into(), missing, stamp };
        // Only a piece without bytes can be there, which told that bytes are missing.
        match &mut self.first {
            Some(first) if first.0 == start => first.1 = piece,
            Some(first) if first.0 < start => {
                self.rest.insert(start, piece);
            }
            _ => {
                if let Some((start, piece)) = self.first.replace((start, piece)) {
                    self.rest.insert(start, piece);
                }
            }
        }
    }

    /// Remembers that bytes from `start` on were cut off a packet.
    fn put_missing(&mut self, start: u64, missing: u32, stamp: Stamp) {
        let there = match &mut self.first {
            Some((first, piece)) if *first == start => Some(piece),
            _ => self.rest.get_mut(&start),
        };
        match there {
            Some(piece) if piece.bytes.is_empty() => piece.missing = piece.missing.max(missing),
            Some(_) => {}
            None => self.put(start, &[], missing, stamp),
        }
    }
}

fn slice(bytes: &[u8], from: u64, to: u64) -> &[u8] {
    bytes.get(from as usize..to as usize).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(pieces: &mut Pieces, start: u64, bytes: &[u8], overlap: Overlap) -> Inserted {
        pieces.insert(start, bytes, 0, Stamp::default(), overlap)
    }

    fn text(mut pieces: Pieces) -> String {
        let mut text = String::new();
        let mut position = None;
        while let Some((start, piece)) = pieces.pop() {
            if position.is_some_and(|position| position != start) {
                text.push('.');
            }
            position = Some(start + piece.bytes.len() as u64);
            text.push_str(std::str::from_utf8(&piece.bytes).unwrap());
        }
        assert_eq!(pieces.memory(), 0);
        text
    }

    #[test]
    fn overlap_rules() {
        // Old bytes at 10..14 and 16..20; the new ones lie over both.
        for (overlap, start, new, want) in [
            (Overlap::First, 8, "NNNNNNNNNNNNNN", "NNaaaaNNbbbbNN"),
            (Overlap::Last, 8, "NNNNNNNNNNNNNN", "NNNNNNNNNNNNNN"),
            (Overlap::Bsd, 12, "NNNNNN", "aaaaNNNNbb"),
            (Overlap::Windows, 12, "NNNNNN", "aaaaNNNNbb"),
            (Overlap::Linux, 10, "NNNNNN", "NNNNNNbbbb"),
            (Overlap::Linux, 10, "NNNN", "aaaa.bbbb"),
            (Overlap::OldLinux, 10, "NNN", "NNNa.bbbb"),
            (Overlap::Solaris, 12, "NNNNNN", "aaNNNNbbbb"),
            (Overlap::Solaris, 12, "NNNNNNNN", "aaNNNNNNNN"),
            (Overlap::First, 14, "NN", "aaaaNNbbbb"),
        ] {
            let mut pieces = Pieces::default();
            insert(&mut pieces, 10, b"aaaa", overlap);
            insert(&mut pieces, 16, b"bbbb", overlap);
            let inserted = insert(&mut pieces, start, new.as_bytes(), overlap);
            assert_eq!(inserted.conflict.is_some(), start != 14, "{overlap} {start}");
            assert_eq!(text(pieces), want, "{overlap} {start}");
        }
    }

    #[test]
    fn missing_bytes_are_remembered() {
        let mut pieces = Pieces::default();
        let stamp = Stamp::default();
        pieces.insert(5, b"ab", 3, stamp, Overlap::First);
        pieces.insert(5, b"ab", 3, stamp, Overlap::First);
        pieces.insert(10, b"", 4, stamp, Overlap::First);
        pieces.insert(10, b"", 9, stamp, Overlap::First);
        assert_eq!(pieces.count(), 3);
        let (start, piece) = pieces.pop().unwrap();
        assert_eq!((start, &piece.bytes[..], piece.missing), (5, &b"ab"[..], 3));
        let (start, piece) = pieces.pop().unwrap();
        assert_eq!((start, piece.bytes.len(), piece.missing), (7, 0, 3));
        let (start, piece) = pieces.pop().unwrap();
        assert_eq!((start, piece.bytes.len(), piece.missing), (10, 0, 9));
        pieces.insert(10, b"", 4, stamp, Overlap::First);
        pieces.insert(10, b"xyz", 0, stamp, Overlap::First);
        assert_eq!((pieces.count(), pieces.bytes()), (1, 3));
    }

    #[test]
    fn conflicts_are_placed() {
        let mut pieces = Pieces::default();
        insert(&mut pieces, 10, b"abcdef", Overlap::First);
        let inserted = insert(&mut pieces, 8, b"..abXdYf..", Overlap::First);
        assert_eq!(inserted.conflict, Some((12, 15)));
        assert_eq!(inserted.new, 4);
    }
}
