//! Where the next frame of a byte stream is: framing, byte order, re-synchronisation, compression.

use crate::code::{Code, Direction};
use crate::diagnostic::{Diagnostics, Tolerance};
use crate::frame::{ByteOrder, FrameHeader};
use crate::message::{self, Message};

/// What stands at the current place of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing can be said before there are this many bytes.
    Need(usize),
    /// A whole frame.
    Frame(FrameHeader),
    /// Bytes that belong to no frame that can be found.
    Skip(usize),
    /// From here on the stream is compressed.
    Compressed,
}

/// The state of one direction of a connection, apart from its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Splitter {
    pub(crate) direction: Direction,
    /// `None` until the first header tells.
    pub(crate) order: Option<ByteOrder>,
    state: State,
    /// Whether this connection can still switch to compression.
    pub(crate) may_compress: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A header stands at the current place.
    InStep,
    /// A header stands there, or the header of a zlib stream.
    AwaitingCompression,
    /// Bytes are missing: headers have to be looked for, and `rejected` bytes hold none.
    Lost { rejected: usize },
    /// What follows is a zlib stream.
    Compressed,
}

impl Splitter {
    pub(crate) const fn new(direction: Direction) -> Self {
        Self { direction, order: None, state: State::InStep, may_compress: true }
    }

    pub(crate) const fn lose_step(&mut self) {
        if !self.is_compressed() {
            self.state = State::Lost { rejected: 0 };
        }
    }

    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost { .. })
    }

    pub(crate) const fn is_compressed(&self) -> bool {
        matches!(self.state, State::Compressed)
    }

    pub(crate) const fn await_compression(&mut self) {
        if matches!(self.state, State::InStep) {
            self.state = State::AwaitingCompression;
        }
    }

    pub(crate) const fn begin_compressed(&mut self) {
        self.state = State::Compressed;
    }

    /// Looks at the bytes that are there; `ended` says that no more will come.
    pub(crate) fn step(&mut self, available: &[u8], ended: bool) -> Step {
        match self.state {
            State::Compressed => return Step::Compressed,
            State::Lost { rejected } => return self.search(available, rejected, ended),
            State::AwaitingCompression if available.len() < FrameHeader::LENGTH => {
                return Step::Need(FrameHeader::LENGTH);
            }
            State::AwaitingCompression if self.begins_zlib(available) => {
                self.state = State::Compressed;
                return Step::Compressed;
            }
            State::AwaitingCompression | State::InStep => {}
        }
        let Some(bytes) = available.first_chunk::<{ FrameHeader::LENGTH }>() else {
            return Step::Need(FrameHeader::LENGTH);
        };
        let order = self.order.unwrap_or_else(|| guess_order(*bytes, self.direction));
        let header = FrameHeader::parse(*bytes, order);
        let wire_length = FrameHeader::LENGTH + usize::from(header.length);
        let Some(payload) = available.get(FrameHeader::LENGTH..wire_length) else {
            return Step::Need(wire_length);
        };
        self.order = Some(order);
        self.note(header.code, payload);
        Step::Frame(header)
    }

    /// Whether the bytes begin like a zlib stream, and not like a frame (78 01 is also the length 376).
    fn begins_zlib(&self, bytes: &[u8]) -> bool {
        let header = bytes.first_chunk().map(|header| {
            is_plausible(FrameHeader::parse(*header, self.order.unwrap_or_default()), self.direction)
        });
        is_zlib_header(bytes) && header != Some(true)
    }

    /// Notes what a frame means for the rest of the stream.
    fn note(&mut self, code: Code, payload: &[u8]) {
        if !self.may_compress {
            return;
        }
        let switches = match self.direction {
            Direction::ToClient => code == message::LoginAck::CODE && grants_compression(payload),
            Direction::ServerLink => code == message::ServerLoginAck::CODE,
            Direction::ToServer => false,
        };
        if switches {
            self.state = State::Compressed;
        }
    }

    /// Looks for the next place where frames follow each other.
    fn search(&mut self, available: &[u8], rejected: usize, ended: bool) -> Step {
        let order = self.order.unwrap_or_default();
        let mut place = rejected;
        while let Some(bytes) = available.get(place..).filter(|bytes| !bytes.is_empty()) {
            match self.judge(bytes, order, ended) {
                Verdict::Frames => {
                    self.state = State::InStep;
                    self.order = Some(order);
                    return if place > 0 { Step::Skip(place) } else { self.step(available, ended) };
                }
                Verdict::Undecided if available.len() < SEARCH_WINDOW => {
                    self.state = State::Lost { rejected: place };
                    return Step::Need(available.len() + 1);
                }
                Verdict::Undecided | Verdict::Nothing => place += 1,
            }
        }
        self.state = State::Lost { rejected: 0 };
        if place > 0 { Step::Skip(place) } else { Step::Need(1) }
    }

    /// Says whether frames begin at the start of the bytes.
    fn judge(&self, bytes: &[u8], order: ByteOrder, ended: bool) -> Verdict {
        let mut rest = bytes;
        for _ in 0..LONGEST_CHAIN {
            let Some(header) = rest.first_chunk::<{ FrameHeader::LENGTH }>() else {
                // What was seen so far fits, and the stream ends between two frames or in a header.
                let seen = rest.len() < bytes.len();
                return match (ended, seen) {
                    (true, true) => Verdict::Frames,
                    (true, false) => Verdict::Nothing,
                    (false, _) => Verdict::Undecided,
                };
            };
            let header = FrameHeader::parse(*header, order);
            if !is_plausible(header, self.direction) {
                return Verdict::Nothing;
            }
            let behind = rest.get(FrameHeader::LENGTH..).unwrap_or_default();
            let Some((payload, next)) = behind.split_at_checked(usize::from(header.length)) else {
                if !is_text(behind) {
                    return Verdict::Nothing;
                }
                // A frame that never ends proves nothing, but it does not speak against those in front.
                let seen = rest.len() < bytes.len();
                return match (ended, seen) {
                    (true, true) => Verdict::Frames,
                    (true, false) => Verdict::Nothing,
                    (false, _) => Verdict::Undecided,
                };
            };
            match self.weigh(header.code, payload) {
                Weight::Against => return Verdict::Nothing,
                Weight::Strong if next.len() >= FrameHeader::LENGTH || next.is_empty() => {
                    let fits = next.first_chunk::<{ FrameHeader::LENGTH }>().is_none_or(|header| {
                        is_plausible(FrameHeader::parse(*header, order), self.direction)
                    });
                    return if fits { Verdict::Frames } else { Verdict::Nothing };
                }
                Weight::Strong | Weight::Weak => {}
            }
            rest = next;
        }
        Verdict::Frames
    }

    /// How much a frame proves by its payload.
    fn weigh(&self, code: Code, payload: &[u8]) -> Weight {
        if payload.is_empty() {
            let reads = message::spec(code, self.direction).is_some_and(|spec| {
                spec.fields.iter().all(|field| {
                    field.presence != crate::Presence::Required || field.form == crate::Form::Rest
                })
            });
            return if reads { Weight::Weak } else { Weight::Against };
        }
        if !is_text(payload) {
            return Weight::Against;
        }
        let mut diagnostics = Diagnostics::new();
        let read = message::decode_into(
            code,
            self.direction,
            payload,
            Tolerance::LENIENT,
            &mut diagnostics,
        );
        match read {
            Ok(parts) if !matches!(parts.message, Message::Unknown { .. }) => {
                let typed = parts.message.spec().is_some_and(|spec| {
                    spec.fields.len() >= FIELDS_THAT_PROVE
                        && diagnostics.count() < FIELDS_THAT_PROVE
                });
                if typed { Weight::Strong } else { Weight::Weak }
            }
            _ => Weight::Against,
        }
    }
}

/// What is thought of a place in a stream.
enum Verdict {
    Frames,
    Undecided,
    Nothing,
}

/// What one frame says about the place where its header is.
enum Weight {
    Strong,
    Weak,
    Against,
}

/// Frames in a row that prove a place, however little each of them says.
const LONGEST_CHAIN: usize = 4;

/// A payload that reads as this many fields is no accident.
const FIELDS_THAT_PROVE: usize = 3;

/// How many bytes are searched before an undecided place is given up.
pub(crate) const SEARCH_WINDOW: usize = 16 * 1024;

/// Servers of the time accept 2,048 bytes, and clients write less; a longer length behind a gap is
/// taken for text that is read as a header.
const PLAUSIBLE_LENGTH: usize = 8191;

fn is_plausible(header: FrameHeader, direction: Direction) -> bool {
    usize::from(header.length) <= PLAUSIBLE_LENGTH
        && message::spec(header.code, direction).is_some()
}

/// Whether no byte is a control character that no program puts into a message.
fn is_text(payload: &[u8]) -> bool {
    payload.iter().all(|&byte| byte >= 0x20 || matches!(byte, 0x01..=0x0f | 0x1b | 0x1f))
        && payload.iter().filter(|&&byte| byte < 0x20).count() * 8 <= payload.len()
}

/// The order in which the header makes sense; the usual one where both or none do.
pub(crate) fn guess_order(header: [u8; 4], direction: Direction) -> ByteOrder {
    let fits = |order| is_plausible(FrameHeader::parse(header, order), direction);
    if !fits(ByteOrder::Little) && fits(ByteOrder::Big) {
        ByteOrder::Big
    } else {
        ByteOrder::Little
    }
}

/// Whether message 3 grants compression: the e-mail in quotes, then a level (opennap-ng).
fn grants_compression(payload: &[u8]) -> bool {
    let quoted = payload.first() == Some(&b'"');
    let level = payload.iter().rposition(|&byte| byte == b' ').and_then(|at| payload.get(at + 1..));
    quoted && matches!(level, Some([b'1'..=b'9']))
}

/// Whether the bytes begin like a zlib stream (RFC 1950: method 8, window 32 KiB, no dictionary).
fn is_zlib_header(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}
