//! What a flow said before its protocol was decided, kept in order of arrival.

use crate::capture::Stamp;
use crate::tcp::Side;

/// One arrival.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) side: Side,
    pub(super) offset: u64,
    pub(super) stamp: Stamp,
    pub(super) kind: PieceKind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum PieceKind {
    /// Bytes, by their place in the buffer of their side.
    Data { start: usize, end: usize },
    /// This many bytes were not captured.
    Gap(u64),
    /// The side sends no more.
    End,
}

/// The arrivals of both sides.
#[derive(Debug, Default)]
pub(super) struct Held {
    pieces: Vec<Piece>,
    bytes: [Vec<u8>; 2],
}

impl Held {
    pub(super) fn data(&mut self, side: Side, offset: u64, bytes: &[u8], stamp: Stamp) {
        let buffer = &mut self.bytes[side.index()];
        let start = buffer.len();
        buffer.extend_from_slice(bytes);
        let kind = PieceKind::Data { start, end: buffer.len() };
        self.pieces.push(Piece { side, offset, stamp, kind });
    }

    pub(super) fn gap(&mut self, side: Side, offset: u64, length: u64, stamp: Stamp) {
        self.pieces.push(Piece { side, offset, stamp, kind: PieceKind::Gap(length) });
    }

    pub(super) fn end(&mut self, side: Side, stamp: Stamp) {
        self.pieces.push(Piece { side, offset: 0, stamp, kind: PieceKind::End });
    }

    /// All bytes of a side, in order, with nothing in the place of gaps.
    pub(super) fn bytes(&self, side: Side) -> &[u8] {
        &self.bytes[side.index()]
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn piece_bytes(&self, piece: &Piece) -> &[u8] {
        match piece.kind {
            PieceKind::Data { start, end } => {
                self.bytes(piece.side).get(start..end).unwrap_or_default()
            }
            PieceKind::Gap(_) | PieceKind::End => &[],
        }
    }

    /// Whether a side has a hole in what was captured of it.
    pub(super) fn has_gap(&self, side: Side) -> bool {
        self.pieces
            .iter()
            .any(|piece| piece.side == side && matches!(piece.kind, PieceKind::Gap(_)))
    }

    /// Whether a side said that it sends no more.
    pub(super) fn has_ended(&self, side: Side) -> bool {
        self.pieces.iter().any(|piece| piece.side == side && matches!(piece.kind, PieceKind::End))
    }

    /// What is allocated for the arrivals, in bytes.
    pub(super) fn memory(&self) -> usize {
        let bytes = self.bytes[0].capacity() + self.bytes[1].capacity();
        size_of::<Self>() + bytes + self.pieces.capacity() * size_of::<Piece>()
    }

    /// What the arrivals cost: bytes, and the memory of their list.
    pub(super) fn cost(&self) -> usize {
        self.bytes[0].len() + self.bytes[1].len() + self.pieces.len() * size_of::<Piece>()
    }
}
