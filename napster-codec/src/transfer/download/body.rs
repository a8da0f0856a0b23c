//! How a download reads what is behind the size: what is here already, and the rest of the file.

use crate::peer::{DeviationKind, SizeRule};
use crate::transfer::download::{Cause, Download, State};
use crate::transfer::event::{TransferError, TransferEvent};

impl Download {
    /// The size is known: the file begins, or the part of it that is compared.
    pub(super) fn begin(&mut self, announced: Option<u64>, rule: Option<SizeRule>) {
        let Some(mut size) = announced else {
            self.fail(TransferError::SizeTooLarge);
            return;
        };
        if !self.known.is_empty() && !self.known.contains(size) {
            if self.known.is_remaining(size, self.asked) {
                self.deviate(DeviationKind::RemainingSize);
                size = size.saturating_add(self.asked);
            } else {
                self.deviate(DeviationKind::SizeMismatch);
            }
        }
        if size < self.have {
            self.fail(TransferError::OffsetBeyondSize { size, offset: self.have });
            return;
        }
        self.left = size - self.asked;
        self.pace.begin(size, self.have);
        self.events.push_back(TransferEvent::Started { size, position: self.have, rule });
        self.go(if self.tail.is_empty() { Cause::File } else { Cause::ToCompare });
        self.end_if_whole();
    }

    /// Reads what is behind the size; gives back the part that is new.
    pub(super) fn read_body<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut bytes = bytes;
        if self.state == State::Compare {
            bytes = self.compare(bytes);
        }
        if self.state == State::Skip {
            bytes = self.skip(bytes);
        }
        match self.state {
            State::File => self.take_file(bytes),
            State::Linger if !bytes.is_empty() => {
                self.fail(TransferError::OffsetIgnored);
                &[]
            }
            _ => &[],
        }
    }

    /// Compares the bytes in front of the offset.
    fn compare<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let room = self.tail.len().saturating_sub(self.held.len());
        let (taken, rest) = bytes.split_at(room.min(bytes.len()));
        self.held.extend_from_slice(taken);
        self.left = self.left.saturating_sub(taken.len() as u64);
        if self.held.len() < self.tail.len() {
            return &[];
        }
        let held = core::mem::take(&mut self.held);
        if held == self.tail {
            self.compared = true;
            self.go(Cause::File);
            self.end_if_whole();
            return rest;
        }
        if self.asked == 0 || self.from_start {
            self.fail(TransferError::FileDiffers);
            return &[];
        }
        // These may be the first bytes of the file; then the tail comes later.
        self.from_start = true;
        self.left = self.left.saturating_add(self.asked);
        self.deviate(DeviationKind::IgnoredOffset);
        self.go(Cause::FromStart);
        let skipped = usize::try_from(self.asked).unwrap_or(usize::MAX);
        match held.get(skipped..) {
            Some(overlap) => {
                self.asked = 0;
                self.go(Cause::ToCompare);
                self.held = overlap.to_vec();
                self.compare(rest)
            }
            None => {
                self.asked -= held.len() as u64;
                rest
            }
        }
    }

    /// Passes over bytes that are here already.
    fn skip<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let count = usize::try_from(self.asked).unwrap_or(usize::MAX).min(bytes.len());
        let (skipped, rest) = bytes.split_at(count);
        self.asked -= skipped.len() as u64;
        self.left = self.left.saturating_sub(skipped.len() as u64);
        if self.asked > 0 {
            return &[];
        }
        self.go(Cause::ToCompare);
        self.compare(rest)
    }

    fn take_file<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        let (file, more) = bytes.split_at(count);
        // Also where the tail was the same: a file can repeat itself.
        if !more.is_empty() && self.have > 0 && !self.from_start {
            self.fail(TransferError::OffsetIgnored);
            return &[];
        }
        self.left -= file.len() as u64;
        if self.pace.count(file.len() as u64) {
            self.events.push_back(TransferEvent::Progress(self.pace.progress()));
        }
        if !more.is_empty() {
            self.deviate(DeviationKind::ExcessData);
        }
        self.end_if_whole();
        file
    }

    /// Ends when every promised byte is there.
    fn end_if_whole(&mut self) {
        if self.left > 0 || self.state != State::File {
            return;
        }
        if self.is_unsure() {
            self.go(Cause::Unsure);
        } else {
            self.finish();
        }
    }

    /// Whether the bytes may be those of the start of the file, as far as anything was compared.
    const fn is_unsure(&self) -> bool {
        self.have > 0 && !self.compared
    }
}
