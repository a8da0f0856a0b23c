//! What becomes of data: it is delivered, kept, or known already.

use super::{Data, Half, MAX_STRAYS, MAX_WINDOW, Mark, NEVER, ORIGIN, Start, Waiting, Work};
use crate::capture::{Stamp, Timestamp};
use crate::tcp::flow::{FlowStats, StreamSink};
use crate::tcp::history::join;
use crate::tcp::options::START_GAP;

impl Half {
    /// Takes data: delivers it, keeps it, or drops what is known.
    #[inline]
    pub(in crate::tcp) fn accept<S: StreamSink + ?Sized>(
        &mut self,
        data: Data<'_>,
        work: &mut Work<'_, S>,
    ) {
        let in_order = data.position == self.next
            && self.told == self.next
            && self.waiting.is_none()
            && self.fin == NEVER
            && self.start == Start::Known;
        if in_order {
            self.furthest = self.furthest.max(data.end());
            self.deliver(data.bytes, work.shared.stamp, work);
            self.next += u64::from(data.missing);
        } else {
            self.accept_any(data, work);
        }
    }

    fn accept_any<S: StreamSink + ?Sized>(&mut self, mut data: Data<'_>, work: &mut Work<'_, S>) {
        if self.is_stray(data.position) {
            work.stats.discarded += data.bytes.len() as u64;
            return;
        }
        if !self.is_started() {
            self.hold(data, work);
            return;
        }
        self.clip(&mut data, work.stats);
        self.pass_known(&mut data, work);
        if data.bytes.is_empty() && data.missing == 0 {
            return;
        }
        if !data.bytes.is_empty() && data.position < self.furthest {
            work.stats.out_of_order += 1;
        }
        self.furthest = self.furthest.max(data.end());
        if data.position == self.next && self.waiting.is_none() {
            self.deliver(data.bytes, work.shared.stamp, work);
            self.next = (self.next + u64::from(data.missing)).min(self.fin);
            self.finish(work);
            return;
        }
        let inserted = self.keep(data, work);
        if let Some((from, to)) = inserted {
            self.conflict(from, to, work);
        }
        self.drain(work);
    }

    /// Returns whether a segment lies where no window reaches, and so belongs to something else.
    ///
    /// If such segments come in a row, the capture missed a long part of the stream.
    fn is_stray(&mut self, position: u64) -> bool {
        if position.abs_diff(self.next) <= MAX_WINDOW {
            self.strays = 0;
            return false;
        }
        self.strays = self.strays.saturating_add(1);
        self.strays < MAX_STRAYS
    }

    /// Keeps data until the start of the stream is known.
    fn hold<S: StreamSink + ?Sized>(&mut self, data: Data<'_>, work: &mut Work<'_, S>) {
        self.start_holding(work);
        if data.position < self.furthest {
            work.stats.out_of_order += 1;
        }
        self.furthest = self.furthest.max(data.end());
        if let Some(conflict) = self.keep(data, work)
            && let Some(waiting) = &mut self.waiting
        {
            waiting.conflict = Some(join(waiting.conflict, conflict));
        }
    }

    fn start_holding<S: ?Sized>(&mut self, work: &mut Work<'_, S>) {
        if self.start != Start::Held {
            self.start = Start::Held;
            work.shared.waiting += size_of::<Waiting>();
            self.waiting = Some(Box::new(Waiting {
                mark: Some(Mark {
                    position: 0,
                    packets: work.stats.packets,
                    time: work.shared.now,
                }),
                ..Waiting::default()
            }));
        }
    }

    /// Cuts off what lies behind the FIN.
    fn clip(&self, data: &mut Data<'_>, stats: &mut FlowStats) {
        if data.end() > self.fin {
            let room = self.fin.saturating_sub(data.position);
            let kept = room.min(data.bytes.len() as u64);
            stats.discarded += data.bytes.len() as u64 - kept;
            data.bytes = data.bytes.get(..kept as usize).unwrap_or_default();
            data.missing = 0;
        }
    }

    /// Takes off what was delivered or given up, and compares it with what was delivered.
    fn pass_known<S: StreamSink + ?Sized>(&self, data: &mut Data<'_>, work: &mut Work<'_, S>) {
        if data.position >= self.next {
            return;
        }
        // A probe of an idle connection repeats the last byte, or sends any byte for it.
        if data.bytes.len() <= 1 && data.position + 1 == self.next && !data.pushed {
            data.advance(1);
            return;
        }
        if data.position < self.first {
            work.stats.discarded += data.advance(self.first - data.position);
        }
        let known = self.next.saturating_sub(data.position);
        let bytes = data.bytes;
        let count = data.advance(known);
        work.stats.retransmitted += count;
        let again = bytes.get(..count as usize).unwrap_or_default();
        let from = data.position - count;
        if let Some((from, to)) = work.shared.history.compare(self.recent, from, again) {
            self.conflict(from, to, work);
        }
        // Packets that were cut short may tell less than was delivered.
        if data.position < self.next {
            let known = (self.next - data.position).min(u64::from(data.missing));
            data.missing -= known as u32;
            data.position += known;
        }
    }

    /// Keeps data that cannot be delivered, and returns where it differs from what was kept.
    fn keep<S: StreamSink + ?Sized>(
        &mut self,
        data: Data<'_>,
        work: &mut Work<'_, S>,
    ) -> Option<(u64, u64)> {
        if self.waiting.is_none() {
            work.shared.waiting += size_of::<Waiting>();
        }
        let pieces = &mut self.waiting.get_or_insert_default().pieces;
        let before = pieces.memory();
        let inserted = pieces.insert(
            data.position,
            data.bytes,
            data.missing,
            work.shared.stamp,
            work.shared.options.overlap,
        );
        work.shared.waiting = work.shared.waiting + pieces.memory() - before;
        work.stats.retransmitted += data.bytes.len() as u64 - inserted.new;
        inserted.conflict
    }

    /// Delivers what waits and follows what was delivered.
    pub(in crate::tcp) fn drain<S: StreamSink + ?Sized>(&mut self, work: &mut Work<'_, S>) {
        let Some(mut waiting) = self.waiting.take() else {
            self.finish(work);
            return;
        };
        let before = waiting.pieces.memory();
        // Bytes up to here were in packets that were cut short.
        let mut cut = self.next;
        while let Some((start, _)) = waiting.pieces.first() {
            if start > self.next {
                self.next = self.next.max(cut.min(start));
                if start > self.next {
                    break;
                }
            }
            let Some((_, piece)) = waiting.pieces.pop() else {
                break;
            };
            let passed = (self.next - start).min(piece.bytes.len() as u64);
            let mut data = Data { position: start, bytes: &piece.bytes, missing: 0, pushed: true };
            data.advance(passed);
            work.stats.discarded += passed;
            self.clip(&mut data, work.stats);
            let bytes = data.bytes;
            let end = start + piece.bytes.len() as u64;
            cut = cut.max(end + u64::from(piece.missing)).min(self.fin);
            if !bytes.is_empty() {
                let stamp = later(waiting.floor, piece.stamp);
                waiting.floor = Some(stamp);
                self.deliver(bytes, stamp, work);
            }
        }
        if waiting.pieces.is_empty() {
            self.next = self.next.max(cut);
        }
        if self.next >= self.fin {
            while let Some((_, piece)) = waiting.pieces.pop() {
                work.stats.discarded += piece.bytes.len() as u64;
            }
        }
        work.shared.waiting = work.shared.waiting + waiting.pieces.memory() - before;
        // A FIN waits too.
        if waiting.pieces.is_empty() && (self.fin == NEVER || self.fin <= self.next) {
            work.shared.waiting -= size_of::<Waiting>();
        } else {
            self.waiting = Some(waiting);
        }
        self.finish(work);
    }

    /// Tells the sink the next bytes, and the gap before them if there is one.
    #[inline]
    fn deliver<S: StreamSink + ?Sized>(
        &mut self,
        bytes: &[u8],
        stamp: Stamp,
        work: &mut Work<'_, S>,
    ) {
        if self.told < self.next {
            self.tell_gap(stamp, work);
        }
        if bytes.is_empty() {
            return;
        }
        let offset = self.next - self.first;
        if let Some(count) = work.stats.bytes.get_mut(self.side.index()) {
            *count += bytes.len() as u64;
        }
        work.shared.history.push(&mut self.recent, self.next, bytes);
        self.next += bytes.len() as u64;
        self.told = self.next;
        work.sink.data(work.info, self.side, offset, bytes, stamp);
    }

    #[cold]
    fn tell_gap<S: StreamSink + ?Sized>(&mut self, stamp: Stamp, work: &mut Work<'_, S>) {
        let length = self.next - self.told;
        work.stats.gaps += 1;
        work.stats.gap_bytes += length;
        let offset = self.told - self.first;
        self.told = self.next;
        work.sink.gap(work.info, self.side, offset, length, stamp);
    }

    fn conflict<S: StreamSink + ?Sized>(&self, from: u64, to: u64, work: &mut Work<'_, S>) {
        work.stats.overlap_conflicts += 1;
        let offset = from.saturating_sub(self.first);
        work.sink.conflict(work.info, self.side, offset, to - from, work.shared.stamp);
    }

    /// Takes a FIN at a position.
    pub(in crate::tcp) fn end<S: StreamSink + ?Sized>(
        &mut self,
        position: u64,
        work: &mut Work<'_, S>,
    ) {
        // One behind which data was delivered is forged, and so is a second one elsewhere.
        if self.has_fin()
            || (self.is_started() && position < self.next)
            || position.abs_diff(self.next) > MAX_WINDOW
        {
            return;
        }
        self.fin = position;
        if !self.is_started() {
            self.start_holding(work);
            return;
        }
        if position > self.next && self.waiting.is_none() {
            self.waiting = Some(Box::default());
            work.shared.waiting += size_of::<Waiting>();
        }
        self.drain(work);
    }

    fn finish<S: StreamSink + ?Sized>(&mut self, work: &mut Work<'_, S>) {
        if self.next < self.fin || self.finished || !self.is_started() {
            return;
        }
        if self.told < self.next {
            self.tell_gap(work.shared.stamp, work);
        }
        self.finished = true;
        work.sink.finished(work.info, self.side, work.shared.stamp);
    }

    /// Begins the stream with what came first, as nothing earlier is expected any more.
    ///
    /// If the connection was seen from its start, what the other side acknowledged first was the
    /// start of this side.
    pub(in crate::tcp) fn begin_held<S: StreamSink + ?Sized>(&mut self, work: &mut Work<'_, S>) {
        if !self.is_held() {
            return;
        }
        let earliest = self.earliest().unwrap_or(ORIGIN);
        let first = if work.info.handshake && ORIGIN < earliest && earliest - ORIGIN <= START_GAP {
            ORIGIN
        } else {
            earliest
        };
        self.begin(first, work);
    }

    /// Sets the start of the stream, and delivers what was held.
    pub(super) fn begin<S: StreamSink + ?Sized>(&mut self, first: u64, work: &mut Work<'_, S>) {
        self.first = first;
        self.told = first;
        self.next = first;
        self.start = Start::Known;
        // One in front of the start is forged.
        if self.fin < first {
            self.fin = NEVER;
        }
        if let Some(waiting) = &mut self.waiting {
            waiting.mark = None;
            if let Some((from, to)) = waiting.conflict.take() {
                self.conflict(from, to, work);
            }
        }
        self.drain(work);
    }

    /// Returns where what waits begins.
    pub(super) fn earliest(&self) -> Option<u64> {
        let pieces = self.waiting.as_ref().and_then(|waiting| waiting.pieces.start());
        let fin = self.has_fin().then_some(self.fin);
        match (pieces, fin) {
            (Some(pieces), Some(fin)) => Some(pieces.min(fin)),
            (one, other) => one.or(other),
        }
    }

    /// Gives up the first hole, and delivers what follows it. Returns whether there was one.
    pub(in crate::tcp) fn give_up_hole<S: StreamSink + ?Sized>(
        &mut self,
        work: &mut Work<'_, S>,
    ) -> bool {
        if !self.is_started() || self.waiting.is_none() {
            return false;
        }
        let Some(earliest) = self.earliest().filter(|&earliest| earliest > self.next) else {
            return false;
        };
        self.next = earliest.min(self.fin);
        self.drain(work);
        true
    }

    /// Returns since when the first hole is known not to be filled any more, or begins to count.
    ///
    /// Holes in front of what the other side acknowledged are such; if it was never heard (`lone`),
    /// all in front of the furthest byte are.
    pub(in crate::tcp) fn mark_hole(
        &mut self,
        lone: bool,
        packets: u64,
        time: Timestamp,
    ) -> Option<Mark> {
        if !self.is_started() {
            return None;
        }
        let position = if lone { self.furthest.saturating_add(1) } else { self.acknowledged };
        let waiting = self.waiting.as_mut()?;
        if waiting.mark.is_some_and(|mark| mark.position <= self.next) {
            waiting.mark = None;
        }
        if waiting.mark.is_none() && position > self.next {
            waiting.mark = Some(Mark { position, packets, time });
        }
        waiting.mark
    }

    /// Returns since when data is held because the start of the stream is not known.
    pub(in crate::tcp) fn held_since(&self) -> Option<Mark> {
        self.is_held().then(|| self.waiting.as_ref().and_then(|waiting| waiting.mark)).flatten()
    }

    /// Gives up the holes in front of the mark's position, and forgets the mark.
    pub(in crate::tcp) fn give_up_marked<S: StreamSink + ?Sized>(
        &mut self,
        work: &mut Work<'_, S>,
    ) {
        let Some(mark) = self.waiting.as_mut().and_then(|waiting| waiting.mark.take()) else {
            return;
        };
        while self.next < mark.position && self.give_up_hole(work) {}
    }
}

/// Returns the later of two packets; of different inputs, that with the later time.
fn later(one: Option<Stamp>, other: Stamp) -> Stamp {
    match one {
        Some(one) if one.capture == other.capture && one.frame > other.frame => one,
        Some(one) if one.capture != other.capture && one.time > other.time => one,
        _ => other,
    }
}
