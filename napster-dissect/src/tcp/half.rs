//! One direction of a flow: where its stream begins, how far it was delivered, what waits.

mod delivery;

use super::flow::{FlowInfo, FlowStats, Side, StreamSink};
use super::history::{History, Place};
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
    side: Side,
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
    pub(super) shared: &'w mut Shared,
    pub(super) info: &'w FlowInfo,
    pub(super) stats: &'w mut FlowStats,
}

/// What all flows share.
pub(super) struct Shared {
    pub(super) options: Options,
    pub(super) history: History,
    /// The memory of all data that waits.
    pub(super) waiting: usize,
    /// The packet at hand.
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
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
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

    /// Returns whether any packet told about the place of the first byte.
    pub(super) fn is_known(&self) -> bool {
        self.start != Start::Unknown
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
            Start::Anchored | Start::Held => self.begin(self.position(first), work),
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
        // Positions lie far from both ends of their numbers, so none wraps.
        self.next.wrapping_add_signed(i64::from(distance))
    }

    /// Returns whether a sequence number lies where a window may reach.
    pub(super) fn is_near(&self, sequence: u32) -> bool {
        self.position(sequence).abs_diff(self.next) <= MAX_WINDOW
    }

    #[inline]
    fn sequence(&self, position: u64) -> u32 {
        // Sequence numbers are positions modulo 2^32.
        self.origin.wrapping_add(position.wrapping_sub(ORIGIN) as u32)
    }
}
