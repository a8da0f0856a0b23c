//! Where the next frame of a byte stream is: framing, byte order, compression, and how to find the
//! next frame when the place of its header is not known.

use crate::code::{Code, Direction};
use crate::frame::{ByteOrder, Frame, FrameHeader};
use crate::message;
use crate::spec::{FieldKind, FieldSpec};

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
    /// Bytes are missing: a place where frames begin has to be found.
    Lost,
    /// What follows is a zlib stream.
    Compressed,
}

impl Splitter {
    pub(crate) const fn new(direction: Direction) -> Self {
        Self { direction, order: None, state: State::InStep, may_compress: true }
    }

    pub(crate) const fn lose_step(&mut self) {
        if !self.is_compressed() {
            self.state = State::Lost;
        }
    }

    pub(crate) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
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

    /// Takes the frame at the start of the bytes, where headers are in step and in a known order and
    /// the frame is whole, which is nearly always so; also gives what is behind it.
    #[inline]
    pub(crate) fn plain_frame<'i>(&mut self, available: &'i [u8]) -> Option<(Frame<'i>, &'i [u8])> {
        if self.state != State::InStep {
            return None;
        }
        let (frame, rest) = Frame::parse(available, self.order?)?;
        self.note(frame.code, frame.payload);
        Some((frame, rest))
    }

    /// Looks at the bytes that are there; `cut` says that what follows them is missing or nothing.
    ///
    /// What it says must not depend on how many bytes there are beyond those that it needs: any split
    /// of a stream gives the same frames.
    pub(crate) fn step(&mut self, available: &[u8], cut: bool) -> Step {
        if self.state == State::InStep {
            return self.frame(available);
        }
        self.step_specially(available, cut)
    }

    #[cold]
    fn step_specially(&mut self, available: &[u8], cut: bool) -> Step {
        match (self.state, available) {
            (State::Compressed, _) => return Step::Compressed,
            (State::Lost, _) => return self.search(available, cut),
            (State::AwaitingCompression, [a, b, c, d, ..]) => {
                let bytes = [*a, *b, *c, *d];
                // 78 01 is also the length 376.
                let header = FrameHeader::parse(bytes, self.order.unwrap_or_default());
                if is_zlib_header(bytes) && !is_plausible(header, self.direction) {
                    self.state = State::Compressed;
                    return Step::Compressed;
                }
            }
            _ => {}
        }
        self.frame(available)
    }

    /// The frame at the start of the bytes.
    fn frame(&mut self, available: &[u8]) -> Step {
        let Some(bytes) = available.first_chunk::<{ FrameHeader::LENGTH }>() else {
            return Step::Need(FrameHeader::LENGTH);
        };
        let order = self.order.unwrap_or_else(|| guess_order(*bytes, self.direction));
        let header = FrameHeader::parse(*bytes, order);
        let Some(payload) = available.get(FrameHeader::LENGTH..header.wire_length()) else {
            return Step::Need(header.wire_length());
        };
        self.order = Some(order);
        self.note(header.code, payload);
        Step::Frame(header)
    }

    /// Notes what a frame means for the rest of the stream.
    #[inline]
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

    /// Looks for the next place where frames begin.
    fn search(&mut self, available: &[u8], cut: bool) -> Step {
        let mut place = 0;
        while let Some(bytes @ [_, ..]) = available.get(place..) {
            match self.judge(bytes, cut) {
                Verdict::Frames(order) => {
                    self.order = Some(order);
                    self.state = State::InStep;
                    break;
                }
                Verdict::Undecided { need } if place == 0 => return Step::Need(need),
                Verdict::Undecided { .. } => break,
                Verdict::Nothing => place += 1 + headerless(bytes.get(1..).unwrap_or_default()),
            }
        }
        match place {
            0 if self.is_lost() => Step::Need(1),
            0 => self.step(available, cut),
            _ => Step::Skip(place),
        }
    }

    /// Says whether frames begin at the start of the bytes, in the order that is known or in any.
    fn judge(&self, bytes: &[u8], cut: bool) -> Verdict {
        // What is undecided with a full window is decided as if nothing came behind it.
        let (window, cut) = match bytes.get(..SEARCH_WINDOW) {
            Some(window) => (window, true),
            None => (bytes, cut),
        };
        let orders = match &self.order {
            Some(order) => core::slice::from_ref(order),
            None => &[ByteOrder::Little, ByteOrder::Big],
        };
        let verdicts = orders.iter().map(|&order| self.judge_chain(window, order, cut));
        verdicts
            .into_iter()
            .find(|verdict| !matches!(verdict, Verdict::Nothing))
            .unwrap_or(Verdict::Nothing)
    }

    /// Follows the frames from header to header. The rules:
    ///
    /// 1. *Plausible*: each header has a code of the table and a length that programs use.
    /// 2. *Readable*: each payload is text, but for the few that are binary, and the first one reads as
    ///    its message.
    /// 3. *Proof*: a payload that reads as several typed fields proves the place, others count a little;
    ///    what cannot be its message proves nothing.
    /// 4. *Continuation*: behind enough proof stands one more plausible header.
    /// 5. *Cut*: where no more bytes come, any proof is enough and rule 4 does not hold.
    fn judge_chain(&self, bytes: &[u8], order: ByteOrder, cut: bool) -> Verdict {
        let (mut place, mut proof) = (0, 0);
        let undecided = |need, proof| match (cut, proof) {
            (false, _) => Verdict::Undecided { need: SEARCH_WINDOW.min(need) },
            (true, 0) => Verdict::Nothing,
            (true, _) => Verdict::Frames(order),
        };
        for _ in 0..LONGEST_CHAIN {
            let rest = bytes.get(place..).unwrap_or_default();
            let Some(header) = rest.first_chunk::<{ FrameHeader::LENGTH }>() else {
                return undecided(place + FrameHeader::LENGTH, proof);
            };
            let header = FrameHeader::parse(*header, order);
            if !is_plausible(header, self.direction) {
                return Verdict::Nothing;
            }
            if proof >= ENOUGH_PROOF {
                return Verdict::Frames(order);
            }
            let Some(payload) = rest.get(FrameHeader::LENGTH..header.wire_length()) else {
                let begun = rest.get(FrameHeader::LENGTH..).unwrap_or_default();
                if !self.is_binary(header.code) && !begun.iter().all(|&byte| is_of_text(byte)) {
                    return Verdict::Nothing;
                }
                return undecided(place + header.wire_length(), proof);
            };
            match self.weigh(header.code, payload) {
                Some(weight) if weight > 0 || place > 0 => proof += weight,
                _ => return Verdict::Nothing,
            }
            place += header.wire_length();
        }
        Verdict::Nothing
    }

    /// How much a frame proves by its payload; `None` where it speaks against the place.
    fn weigh(&self, code: Code, payload: &[u8]) -> Option<u32> {
        // No program sends an empty error, and zero bytes stand in many places that hold no frames.
        let zeros = code.0 == 0 && payload.is_empty();
        if zeros || !self.is_binary(code) && !is_text(payload) {
            return None;
        }
        let Some((spec, diagnostics)) = message::read_plainly(code, self.direction, payload) else {
            return Some(0);
        };
        let typed =
            spec.fields.len() >= FIELDS_THAT_PROVE && diagnostics.count() < FIELDS_THAT_PROVE;
        Some(match payload {
            _ if typed => ENOUGH_PROOF,
            [] => 1,
            _ => 2,
        })
    }

    /// Whether payloads of the code are no text.
    fn is_binary(&self, code: Code) -> bool {
        let binary = |field: &FieldSpec| matches!(field.kind, FieldKind::Bytes | FieldKind::Frame);
        message::spec(code, self.direction).is_some_and(|spec| spec.fields.iter().any(binary))
    }
}

/// What is thought of a place in a stream.
enum Verdict {
    /// Frames begin there, with headers in this order.
    Frames(ByteOrder),
    /// So many bytes are needed to say more.
    Undecided { need: usize },
    /// No frame begins there.
    Nothing,
}

/// How much proof a place needs: a payload of several typed fields, or three of text, or six empty ones.
const ENOUGH_PROOF: u32 = 6;

/// A payload that reads as this many fields is no accident.
const FIELDS_THAT_PROVE: usize = 3;

/// How many frames in a row are looked at; some of them may prove nothing.
const LONGEST_CHAIN: usize = 8;

/// How many bytes behind a place are looked at before it is decided.
pub(crate) const SEARCH_WINDOW: usize = 16 * 1024;

/// The longest payload of a frame by which a place is found.
///
/// Servers of the time accept 2,048 bytes, and clients write less. Two printable characters read as a
/// length are more than this, so that text cannot be taken for a header.
const PLAUSIBLE_LENGTH: u16 = 0x1fff;

/// The highest first or second byte of a header, by the order, of a plausible length.
const HIGHEST_LENGTH_BYTE: u8 = PLAUSIBLE_LENGTH.to_be_bytes()[0];

/// Counts places at the start of the bytes at which no plausible header begins in either order, as far as
/// that is seen from the bytes of the length alone.
fn headerless(bytes: &[u8]) -> usize {
    // Without branches within a portion, so that it is compared at once.
    let may_be_length = |portion: &[u8]| {
        portion.iter().fold(false, |any, &byte| any | (byte <= HIGHEST_LENGTH_BYTE))
    };
    let portions = bytes.chunks(32).position(may_be_length);
    let from = portions.map_or(bytes.len(), |count| count * 32);
    let rest = bytes.get(from..).unwrap_or_default();
    let first = rest.iter().position(|&byte| byte <= HIGHEST_LENGTH_BYTE).unwrap_or(rest.len());
    // It is the upper byte of a length that begins there, or one place before.
    let undecided = bytes.len().saturating_sub(FrameHeader::LENGTH - 1);
    (from + first).saturating_sub(1).min(undecided)
}

fn is_plausible(header: FrameHeader, direction: Direction) -> bool {
    let known = |direction| message::spec(header.code, direction).is_some();
    // Clients do send codes that belong to the server.
    header.length <= PLAUSIBLE_LENGTH && (known(direction) || known(direction.reversed()))
}

/// Whether a payload is what programs write: text with few control characters.
fn is_text(payload: &[u8]) -> bool {
    let controls = payload.iter().filter(|&&byte| byte < 0x20).count();
    controls * 8 <= payload.len() && payload.iter().all(|&byte| is_of_text(byte))
}

/// Whether some program puts the byte into a message: no control characters but those of chat colours,
/// of tabulators and line ends, and of requests between clients.
const fn is_of_text(byte: u8) -> bool {
    byte >= 0x20 || matches!(byte, 0x01..=0x0f | 0x1b | 0x1f)
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
const fn is_zlib_header(bytes: [u8; 4]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_without_headers_have_none() {
        let mut seed = 1_u32;
        let mut bytes = [0; 200];
        for round in 0..2000_usize {
            for byte in &mut bytes {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Mostly text, with a low byte here and there.
                let noise = (seed >> 16) as u8;
                *byte = if noise < 4 { (seed >> 24) as u8 & 0x1f } else { 0x20 | noise };
            }
            let bytes = &bytes[..round % 200];
            let count = headerless(bytes);
            assert!(count <= bytes.len().saturating_sub(3));
            for place in 0..count {
                let header = *bytes[place..].first_chunk().expect("whole headers only");
                for order in [ByteOrder::Little, ByteOrder::Big] {
                    assert!(FrameHeader::parse(header, order).length > PLAUSIBLE_LENGTH);
                }
            }
            // It goes as far as it can.
            if let Some(&[one, two, _, _]) = bytes[count..].first_chunk() {
                assert!(count == bytes.len() - 3 || one.min(two) <= HIGHEST_LENGTH_BYTE);
            }
        }
    }
}
