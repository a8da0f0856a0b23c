//! What an observer says of a transfer at its end.

use crate::peer::event::{DeviationKind, Event, Sink, Transfer, TransferEnd, TransferKind};
use crate::peer::observer::Observer;
use crate::peer::{Closed, Side};

impl<T: Clone> Observer<T> {
    /// Tells the transfer of a connection that has ended, where a file was asked for.
    pub(super) fn tell_transfer(&self, how: Closed, sink: &mut dyn Sink<T>) {
        let Some(kind) = self.kind else { return };
        let uploader = kind.uploader();
        let (size, bytes, gap) = (self.file.size(), self.file.bytes(), self.file.gap);
        let came = bytes.saturating_add(gap);
        let remaining = size.is_some_and(|size| self.is_remaining(size, came, how));
        let expected = match size {
            Some(size) if remaining => Some(size),
            Some(size) => Some(size.saturating_sub(self.offset)),
            None if kind == TransferKind::Bare => {
                // The dialect announces nothing; a search result may have.
                self.sizes.iter().find(|size| *size == came)
            }
            None => None,
        };
        let beyond = !remaining && size.is_some_and(|size| self.offset > size);
        let ignored = self.offset > 0
            && !remaining
            && expected.is_some_and(|expected| came > expected)
            && size.is_some_and(|size| came <= size);
        let ended = self.transfer_end(kind, expected, came, beyond, ignored, how);
        let complete = gap == 0 && !beyond && expected == Some(bytes);
        let excess = !ignored && expected.is_some_and(|expected| came > expected);
        let silent = kind == TransferKind::Push && !self.offset_told && self.error.is_none();
        let offset = 0;
        for (kind, is) in [
            (DeviationKind::RemainingSize, remaining),
            (DeviationKind::OffsetBeyondSize, beyond),
            (DeviationKind::IgnoredOffset, ignored),
            (DeviationKind::ExcessData, excess),
        ] {
            if is {
                self.deviate(kind, uploader, offset, sink);
            }
        }
        if silent {
            self.deviate(DeviationKind::MissingOffset, Side::Listener, offset, sink);
        }
        let nick = self.nick.as_deref();
        let (uploader, downloader) = match kind {
            TransferKind::Push => (nick, None),
            TransferKind::Download | TransferKind::Bare => (None, nick),
        };
        sink.event(Event::Transfer(Transfer {
            kind,
            uploader,
            downloader,
            file: self.name.as_deref(),
            offset: self.offset,
            size,
            remaining,
            rule: self.file.rule,
            bytes,
            gap_bytes: gap,
            complete,
            ended,
            error: self.error.as_deref(),
        }));
    }

    /// Whether the announced size is that of what follows the offset (gift-berlios).
    ///
    /// Where nothing is known of the file, as many bytes as announced are read as an ignored
    /// offset, which more programs have; but a size that is not above the offset cannot be the
    /// whole file's where bytes came.
    fn is_remaining(&self, size: u64, came: u64, how: Closed) -> bool {
        if self.offset == 0 || self.sizes.contains(size) {
            return false;
        }
        let all = came == size && how == Closed::Fin;
        self.sizes.is_remaining(size, self.offset) || size <= self.offset && size > 0 && all
    }

    fn transfer_end(
        &self,
        kind: TransferKind,
        expected: Option<u64>,
        came: u64,
        beyond: bool,
        ignored: bool,
        how: Closed,
    ) -> TransferEnd {
        let uploader = kind.uploader();
        if self.error.is_some() || beyond && came == 0 {
            return TransferEnd::Refused;
        }
        if ignored {
            return TransferEnd::IgnoredOffset;
        }
        if expected.is_some_and(|expected| came >= expected) {
            // A push of which no byte is wanted still has to be answered.
            let answered = kind != TransferKind::Push || self.offset_told || came > 0;
            if answered {
                return TransferEnd::Complete;
            }
        }
        let by_uploader = how == Closed::Fin && self.first_finished == Some(uploader);
        if by_uploader && came > 0 && self.file.size().is_none() {
            // Without a size the end of the stream is the end of the file; but where the capture
            // lacks the start, it may lack anything.
            let lane = self.lane_ref(uploader);
            let lacking = self.expectation.late || lane.late || self.file.gap > 0;
            return if lacking { TransferEnd::Cut } else { TransferEnd::Complete };
        }
        match how {
            Closed::Eof => TransferEnd::Cut,
            Closed::Timeout => TransferEnd::Stalled,
            Closed::Fin | Closed::Rst if self.was_answered(kind) => TransferEnd::Aborted,
            Closed::Fin | Closed::Rst => {
                // Nothing came back: who closed would not, or gave up waiting.
                let answering = match kind {
                    TransferKind::Download | TransferKind::Bare => uploader,
                    TransferKind::Push => uploader.other(),
                };
                match self.first_finished {
                    Some(side) if side != answering => TransferEnd::Aborted,
                    _ => TransferEnd::Refused,
                }
            }
        }
    }

    /// Whether the request got an answer.
    fn was_answered(&self, kind: TransferKind) -> bool {
        match kind {
            TransferKind::Push => self.offset_told || self.file.has_bytes(),
            TransferKind::Download | TransferKind::Bare => self.file.has_begun(),
        }
    }
}
