//! One direction of a flow: where its stream begins, how far it was delivered, what waits.

use super::flow::{FlowInfo, FlowStats, Side, StreamSink};
use super::history::{History, Place, join};
use super::options::{Options, START_GAP};
use super::pieces::Pieces;
use crate::capture::{Stamp, Timestamp};

/// The position that stands for the first sequence number learnt.
///
/// Positions are sequence numbers that do not wrap. Earlier bytes than the first ones seen have
/// positions below this one.
pub(super) const ORIGIN: u64 = 1 << 40;

/// A position that is never reached.
const NEVER: u64 = u64::MAX;

/// The biggest window that TCP allows (RFC 7323).
const MAX_WINDOW: u64 = 1 << 30;

/// So many segments in a row outside of the window are believed.
const MAX_STRAYS: u8 = 8;

/// One direction of a flow.
pub(super) struct Half {
    start: Start,
    /// Whether any packet came from this side.
    heard: bool,
    /// Whether a SYN told the start.
    synchronised: bool,
    /// The sequence number at [`ORIGIN`].
    origin: u32,
    /// The position of offset 0, once the start is known.
    first: u64,
    /// The position up to which bytes were given to the sink.
    told: u64,
    /// The position of the next byte that is awaited; what lies before it and was not told is
    /// missing.
    next: u64,
    /// The position behind the furthest byte seen.
    furthest: u64,
    /// The furthest position that the other side acknowledged.
    acknowledged: u64,
    /// The position of the FIN.
    fin: u64,
    finished: bool,
    /// How many segments in a row lay outside of any window.
    strays: u8,
    /// Where the history has the last bytes delivered.
    recent: Place,
    waiting: Option<Box<Waiting>>,
}

/// What is known of the place where a stream begins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Start {
    /// Nothing.
    Unknown,
    /// It is not behind the origin, which a packet told that carried no data of this side.
    Anchored,
    /// Data came and is held, since earlier data may follow.
    Held,
    /// It is decided.
    Known,
}

/// Data that cannot be delivered yet, and since when.
#[derive(Default)]
struct Waiting {
    pieces: Pieces,
    /// The latest packet whose bytes were delivered while others waited.
    floor: Option<Stamp>,
    /// The first hole is given up once the mark is old; it is the position up to which bytes had
    /// been acknowledged when it was set.
    mark: Option<Mark>,
    /// Where held data differed, to be told when offsets are known.
    conflict: Option<(u64, u64)>,
}

/// When something began that is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    position: u64,
    /// How many packets the flow had.
    pub(super) packets: u64,
    pub(super) time: Timestamp,
}

/// What the work on a direction needs besides the direction.
pub(super) struct Work<'w, S: ?Sized> {
    pub(super) sink: &'w mut S,
    pub(super) history: &'w mut History,
    pub(super) options: &'w Options,
    /// The memory of all data that waits.
    pub(super) waiting: &'w mut usize,
    pub(super) info: &'w FlowInfo,
    pub(super) stats: &'w mut FlowStats,
    pub(super) stamp: Stamp,
    /// The time by which waiting is measured.
    pub(super) now: Timestamp,
}

/// A segment's data by its position.
#[derive(Clone, Copy)]
pub(super) struct Data<'a> {
    pub(super) position: u64,
    pub(super) bytes: &'a [u8],
    pub(super) missing: u32,
    /// Whether it has the PSH flag, which probes have not.
    pub(super) pushed: bool,
}

impl Data<'_> {
    fn end(&self) -> u64 {
        self.position + self.bytes.len() as u64
    }

    /// Takes bytes off the front and returns their number.
    fn advance(&mut self, count: u64) -> u64 {
        let count = count.min(self.bytes.len() as u64);
        self.bytes = self.bytes.get(count as usize..).unwrap_or_default();
        self.position += count;
        count
    }
}

impl Half {
    pub(super) fn new() -> Self {
        Self {
            start: Start::Unknown,
            heard: false,
            synchronised: false,
            origin: 0,
            first: ORIGIN,
            told: ORIGIN,
            next: ORIGIN,
            furthest: 0,
            acknowledged: 0,
            fin: NEVER,
            finished: false,
            strays: 0,
            recent: 0,
            waiting: None,
        }
    }

    /// Returns whether any packet came from this side.
    pub(super) fn is_heard(&self) -> bool {
        self.heard
    }

    /// Returns whether the first byte's place is known.
    pub(super) fn is_started(&self) -> bool {
        self.start == Start::Known
    }

    /// Returns whether a SYN told where the stream begins.
    pub(super) fn is_synchronised(&self) -> bool {
        self.synchronised
    }

    /// Returns whether data is held because the stream's start is not known.
    pub(super) fn is_held(&self) -> bool {
        self.start == Start::Held
    }

    /// Returns whether everything up to the FIN was delivered.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Returns whether the other side acknowledged the FIN.
    pub(super) fn is_end_acknowledged(&self) -> bool {
        self.acknowledged > self.fin
    }

    /// Returns whether a FIN came.
    pub(super) fn has_fin(&self) -> bool {
        self.fin != NEVER
    }

    /// Returns whether something waits for bytes in front of it.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Returns how many bytes and segments wait.
    pub(super) fn waiting(&self) -> (usize, usize) {
        self.waiting
            .as_ref()
            .map_or((0, 0), |waiting| (waiting.pieces.bytes(), waiting.pieces.count()))
    }

    /// Returns the sequence numbers of the stream's first byte and of the next one awaited.
    pub(super) fn range(&self) -> Option<(u32, u32)> {
        self.is_started().then(|| (self.sequence(self.first), self.sequence(self.next)))
    }

    /// Returns the stamp of what waits first.
    pub(super) fn first_stamp(&self) -> Option<Stamp> {
        let (_, piece) = self.waiting.as_ref()?.pieces.first()?;
        Some(piece.stamp)
    }

    /// Learns from a SYN where the stream begins.
    pub(super) fn synchronise<S: StreamSink + ?Sized>(
        &mut self,
        sequence: u32,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        if !self.fits(sequence) {
            return;
        }
        let first = sequence.wrapping_add(1);
        self.heard = true;
        self.synchronised = true;
        match self.start {
            Start::Unknown => {
                self.origin = first;
                self.start = Start::Known;
            }
            Start::Anchored | Start::Held => self.begin(self.position(first), work, side),
            Start::Known => {}
        }
    }

    /// Returns whether a SYN with this sequence number may have opened this stream.
    pub(super) fn fits(&self, sequence: u32) -> bool {
        let position = self.position(sequence.wrapping_add(1));
        let near = |place: u64| position <= place && place - position <= START_GAP;
        match self.start {
            Start::Unknown => true,
            Start::Anchored => near(ORIGIN),
            Start::Held => near(self.earliest().unwrap_or(ORIGIN)),
            Start::Known if self.synchronised => position == self.first,
            // It comes after what it opened.
            Start::Known => near(self.first),
        }
    }

    /// Learns where the stream begins from the acknowledgement of its SYN.
    pub(super) fn synchronise_by_acknowledgement(&mut self, acknowledgement: u32) {
        if self.start == Start::Unknown {
            self.origin = acknowledgement;
            self.start = Start::Known;
            self.acknowledged = ORIGIN;
        }
    }

    /// Learns that the other side has got everything in front of a sequence number.
    #[inline]
    pub(super) fn acknowledge(&mut self, acknowledgement: u32) {
        self.anchor(acknowledgement);
        let position = self.position(acknowledgement);
        self.acknowledged = self.acknowledged.max(position);
    }

    /// Learns that a packet came from this side, which has this sequence number.
    #[inline]
    pub(super) fn hear(&mut self, sequence: u32) {
        self.heard = true;
        self.anchor(sequence);
    }

    #[inline]
    fn anchor(&mut self, sequence: u32) {
        if self.start == Start::Unknown {
            self.origin = sequence;
            self.start = Start::Anchored;
        }
    }

    /// Returns the position of a sequence number, which lies within 2 GiB of the next byte.
    #[inline]
    pub(super) fn position(&self, sequence: u32) -> u64 {
        let distance = sequence.wrapping_sub(self.sequence(self.next)).cast_signed();
        self.next.saturating_add_signed(i64::from(distance))
    }

    /// Returns whether a sequence number lies where a window may reach.
    pub(super) fn is_near(&self, sequence: u32) -> bool {
        self.position(sequence).abs_diff(self.next) <= MAX_WINDOW
    }

    fn sequence(&self, position: u64) -> u32 {
        // Sequence numbers are positions modulo 2^32.
        self.origin.wrapping_add(position.wrapping_sub(ORIGIN) as u32)
    }

    /// Takes data: delivers it, keeps it, or drops what is known.
    #[inline]
    pub(super) fn accept<S: StreamSink + ?Sized>(
        &mut self,
        data: Data<'_>,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        let in_order = data.position == self.next
            && self.told == self.next
            && self.waiting.is_none()
            && self.fin == NEVER
            && self.start == Start::Known;
        if in_order {
            self.furthest = self.furthest.max(data.end());
            self.deliver(data.bytes, work.stamp, work, side);
            self.next += u64::from(data.missing);
        } else {
            self.accept_any(data, work, side);
        }
    }

    fn accept_any<S: StreamSink + ?Sized>(
        &mut self,
        mut data: Data<'_>,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        if self.is_stray(data.position) {
            work.stats.discarded += data.bytes.len() as u64;
            return;
        }
        if !self.is_started() {
            self.hold(data, work);
            return;
        }
        self.clip(&mut data, work.stats);
        self.pass_known(&mut data, work, side);
        if data.bytes.is_empty() && data.missing == 0 {
            return;
        }
        if !data.bytes.is_empty() && data.position < self.furthest {
            work.stats.out_of_order += 1;
        }
        self.furthest = self.furthest.max(data.end());
        if data.position == self.next && self.waiting.is_none() {
            self.deliver(data.bytes, work.stamp, work, side);
            self.next = (self.next + u64::from(data.missing)).min(self.fin);
            self.finish(work, side);
            return;
        }
        let inserted = self.keep(data, work);
        if let Some((from, to)) = inserted {
            self.conflict(from, to, work, side);
        }
        self.drain(work, side);
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
            *work.waiting += size_of::<Waiting>();
            self.waiting = Some(Box::new(Waiting {
                mark: Some(Mark { position: 0, packets: work.stats.packets, time: work.now }),
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
    fn pass_known<S: StreamSink + ?Sized>(
        &mut self,
        data: &mut Data<'_>,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
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
        if let Some((from, to)) = work.history.compare(self.recent, from, again) {
            self.conflict(from, to, work, side);
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
            *work.waiting += size_of::<Waiting>();
        }
        let pieces = &mut self.waiting.get_or_insert_default().pieces;
        let before = pieces.memory();
        let inserted = pieces.insert(
            data.position,
            data.bytes,
            data.missing,
            work.stamp,
            work.options.overlap,
        );
        *work.waiting = *work.waiting + pieces.memory() - before;
        work.stats.retransmitted += data.bytes.len() as u64 - inserted.new;
        inserted.conflict
    }

    /// Delivers what waits and follows what was delivered.
    pub(super) fn drain<S: StreamSink + ?Sized>(&mut self, work: &mut Work<'_, S>, side: Side) {
        let Some(mut waiting) = self.waiting.take() else {
            self.finish(work, side);
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
                self.deliver(bytes, stamp, work, side);
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
        *work.waiting = *work.waiting + waiting.pieces.memory() - before;
        // A FIN waits too.
        if waiting.pieces.is_empty() && (self.fin == NEVER || self.fin <= self.next) {
            *work.waiting -= size_of::<Waiting>();
        } else {
            self.waiting = Some(waiting);
        }
        self.finish(work, side);
    }

    /// Tells the sink the next bytes, and the gap before them if there is one.
    #[inline]
    fn deliver<S: StreamSink + ?Sized>(
        &mut self,
        bytes: &[u8],
        stamp: Stamp,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        if self.told < self.next {
            self.tell_gap(stamp, work, side);
        }
        if bytes.is_empty() {
            return;
        }
        let offset = self.next - self.first;
        if let Some(count) = work.stats.bytes.get_mut(side.index()) {
            *count += bytes.len() as u64;
        }
        work.history.push(&mut self.recent, self.next, bytes);
        self.next += bytes.len() as u64;
        self.told = self.next;
        work.sink.data(work.info, side, offset, bytes, stamp);
    }

    #[cold]
    fn tell_gap<S: StreamSink + ?Sized>(
        &mut self,
        stamp: Stamp,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        let length = self.next - self.told;
        work.stats.gaps += 1;
        work.stats.gap_bytes += length;
        let offset = self.told - self.first;
        self.told = self.next;
        work.sink.gap(work.info, side, offset, length, stamp);
    }

    fn conflict<S: StreamSink + ?Sized>(
        &self,
        from: u64,
        to: u64,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        work.stats.overlap_conflicts += 1;
        let offset = from.saturating_sub(self.first);
        work.sink.conflict(work.info, side, offset, to - from, work.stamp);
    }

    /// Takes a FIN at a position.
    pub(super) fn end<S: StreamSink + ?Sized>(
        &mut self,
        position: u64,
        work: &mut Work<'_, S>,
        side: Side,
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
            *work.waiting += size_of::<Waiting>();
        }
        self.drain(work, side);
    }

    fn finish<S: StreamSink + ?Sized>(&mut self, work: &mut Work<'_, S>, side: Side) {
        if self.next < self.fin || self.finished || !self.is_started() {
            return;
        }
        if self.told < self.next {
            self.tell_gap(work.stamp, work, side);
        }
        self.finished = true;
        work.sink.finished(work.info, side, work.stamp);
    }

    /// Begins the stream with what came first, as nothing earlier is expected any more.
    ///
    /// `handshake` is whether the connection was seen from its start: then what the other side
    /// acknowledged first was the start of this side.
    pub(super) fn begin_held<S: StreamSink + ?Sized>(
        &mut self,
        handshake: bool,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        if !self.is_held() {
            return;
        }
        let earliest = self.earliest().unwrap_or(ORIGIN);
        let first = if handshake && ORIGIN < earliest && earliest - ORIGIN <= START_GAP {
            ORIGIN
        } else {
            earliest
        };
        self.begin(first, work, side);
    }

    /// Sets the start of the stream, and delivers what was held.
    fn begin<S: StreamSink + ?Sized>(&mut self, first: u64, work: &mut Work<'_, S>, side: Side) {
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
                self.conflict(from, to, work, side);
            }
        }
        self.drain(work, side);
    }

    /// Returns where what waits begins.
    fn earliest(&self) -> Option<u64> {
        let pieces = self.waiting.as_ref().and_then(|waiting| waiting.pieces.start());
        let fin = self.has_fin().then_some(self.fin);
        match (pieces, fin) {
            (Some(pieces), Some(fin)) => Some(pieces.min(fin)),
            (one, other) => one.or(other),
        }
    }

    /// Gives up the first hole, and delivers what follows it. Returns whether there was one.
    pub(super) fn give_up_hole<S: StreamSink + ?Sized>(
        &mut self,
        work: &mut Work<'_, S>,
        side: Side,
    ) -> bool {
        if !self.is_started() || self.waiting.is_none() {
            return false;
        }
        let Some(earliest) = self.earliest().filter(|&earliest| earliest > self.next) else {
            return false;
        };
        self.next = earliest.min(self.fin);
        self.drain(work, side);
        true
    }

    /// Returns since when the first hole is known not to be filled any more, or begins to count.
    ///
    /// Holes in front of what the other side acknowledged are such; if it was never heard (`lone`),
    /// all in front of the furthest byte are.
    pub(super) fn mark_hole(&mut self, lone: bool, packets: u64, time: Timestamp) -> Option<Mark> {
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
    pub(super) fn held_since(&self) -> Option<Mark> {
        self.is_held().then(|| self.waiting.as_ref().and_then(|waiting| waiting.mark)).flatten()
    }

    /// Gives up the holes in front of the mark's position, and forgets the mark.
    pub(super) fn give_up_marked<S: StreamSink + ?Sized>(
        &mut self,
        work: &mut Work<'_, S>,
        side: Side,
    ) {
        let Some(mark) = self.waiting.as_mut().and_then(|waiting| waiting.mark.take()) else {
            return;
        };
        while self.next < mark.position && self.give_up_hole(work, side) {}
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
