//! Is it Napster? Evidence from the bytes of a flow, on any port.
//!
//! Both directions are read as frames in the role they would have. A frame whose payload reads as its
//! message counts as many points as it has fields; a header that cannot be one, or a payload that is no
//! text, speaks against. Random bytes, TLS and other protocols fail at their first header.

use std::net::SocketAddr;

use napster_codec::comp112;
use napster_codec::peer;
use napster_codec::redirector::{self, StatsLine};
use napster_codec::{
    ByteOrder, Code, Decoder, Diagnostics, Direction, FieldKind, Frame, FrameHeader, Recognition,
    Value, spec, visit_payload,
};

use super::held::Held;
use super::{Hints, Protocol};
use crate::tcp::{FlowInfo, Side};

/// What a flow turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) protocol: Protocol,
    /// Whether the reassembly's client is the server.
    pub(super) swapped: bool,
    /// The byte order of the client's headers, where one was seen.
    pub(super) order: Option<ByteOrder>,
}

/// Points with which a flow is decided while it goes on: a login has five fields.
const ENOUGH: u32 = 5;

/// Points that are enough where the flow is consumed whole, and both sides spoke.
const ENOUGH_AT_END: u32 = 2;

/// Points that are enough at the end where one side was seen, or the start is missing.
const ENOUGH_ONE_SIDED: u32 = 3;

/// Ports on which index servers usually listened (Weekly's page, opennap's default).
const USUAL_PORTS: [u16; 5] = [8888, 7777, 6666, 5555, 4444];

/// Ports of redirectors: the usual one, and that of late Windows clients.
const REDIRECTOR_PORTS: [u16; 2] = [8875, 8876];

/// A length above this is taken for text that is read as a header: programs of the time wrote at most
/// 2,048 bytes.
const PLAUSIBLE_LENGTH: u16 = 8191;

/// The highest code that any program uses.
const HIGHEST_CODE: u16 = 10304;

/// How many frames of a direction are weighed.
const FRAMES_WEIGHED: usize = 24;

/// What the frames of one direction say.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    points: u32,
    frames: usize,
    /// Whether something speaks against.
    against: bool,
    /// Whether every byte is in a frame.
    whole: bool,
    order: Option<ByteOrder>,
    first: Option<Code>,
}

/// Decides what a flow is, as far as its bytes allow; `ended` says that no more will come.
///
/// `None`: not yet. A flow that is none of the protocols is [`Protocol::Unknown`].
pub(super) fn decide(
    flow: &FlowInfo,
    held: &Held,
    hints: &impl Hints,
    ended: bool,
) -> Option<Decision> {
    let framed = judge_framed(flow, held, hints, ended);
    let judgement = match framed {
        Judgement::Yes(..) => framed,
        _ => framed
            .or(judge_small(flow, held, ended))
            .or(judge_comp112(flow, held))
            .or(judge_peer(flow, held, hints, ended)),
    };
    match judgement {
        Judgement::Yes(decision, _) => Some(decision),
        Judgement::Open if !ended => None,
        Judgement::Open | Judgement::No => {
            Some(Decision { protocol: Protocol::Unknown, swapped: false, order: None })
        }
    }
}

/// Is it a connection of framed messages?
fn judge_framed(flow: &FlowInfo, held: &Held, hints: &impl Hints, ended: bool) -> Judgement {
    let straight = weigh_roles(flow, held, hints, ended, false);
    if flow.handshake {
        return straight;
    }
    let reversed = weigh_roles(flow, held, hints, ended, true);
    match (straight, reversed) {
        (Judgement::Yes(one, points), Judgement::Yes(other, others)) => {
            if prefers_reversed(flow, hints, points, others) {
                Judgement::Yes(other, others)
            } else {
                Judgement::Yes(one, points)
            }
        }
        (straight, reversed) => straight.or(reversed),
    }
}

/// Is it one of the small ports, where the server says one line and the client nothing?
fn judge_small(flow: &FlowInfo, held: &Held, ended: bool) -> Judgement {
    let client_spoke = !held.bytes(Side::Client).is_empty();
    if !flow.handshake || client_spoke || held.has_gap(Side::Server) {
        return Judgement::No;
    }
    let said = held.bytes(Side::Server);
    let ended = ended || held.has_ended(Side::Server);
    let port = flow.server.port();
    let yes = |protocol| Judgement::Yes(Decision { protocol, swapped: false, order: None }, 0);
    if let Some((_, length)) = StatsLine::parse(said, ended)
        && length == said.len()
    {
        return yes(Protocol::NapsterStats);
    }
    match redirector::recognise(said, ended, REDIRECTOR_PORTS.contains(&port)) {
        Recognition::Yes => yes(Protocol::NapsterRedirector),
        Recognition::Maybe => Judgement::Open,
        Recognition::No if could_be_stats(said) => Judgement::Open,
        Recognition::No => Judgement::No,
    }
}

/// Is it one of the connections of Comp 112?
fn judge_comp112(flow: &FlowInfo, held: &Held) -> Judgement {
    let yes = |protocol, swapped| Judgement::Yes(Decision { protocol, swapped, order: None }, 0);
    let stream = |listener, initiator| {
        if held.bytes(initiator).is_empty() {
            comp112::recognise_stream(held.bytes(listener))
        } else {
            Recognition::No
        }
    };
    let judge = |recognition, decided| match recognition {
        Recognition::Yes => decided,
        Recognition::Maybe => Judgement::Open,
        Recognition::No => Judgement::No,
    };
    let protocol = Protocol::Comp112Stream;
    let straight = judge(stream(Side::Server, Side::Client), yes(protocol, false));
    if !flow.handshake {
        return straight.or(judge(stream(Side::Client, Side::Server), yes(protocol, true)));
    }
    let (initiator, listener) = (held.bytes(Side::Client), held.bytes(Side::Server));
    let requests = comp112::recognise_requests(initiator, listener, false);
    straight.or(judge(requests, yes(Protocol::Comp112Request, false)))
}

/// Is it a connection between two clients?
fn judge_peer(flow: &FlowInfo, held: &Held, hints: &impl Hints, ended: bool) -> Judgement {
    let announced = |swapped: bool| {
        let (client, server) = ends(flow, swapped);
        hints.expected(client, server).is_some_and(|expected| expected.kind.is_peer())
    };
    // In the middle of a connection only an announcement tells who opened it, and what it is.
    let swapped = !flow.handshake && !announced(false) && announced(true);
    let announced = announced(swapped);
    if !flow.handshake && !announced {
        return Judgement::No;
    }
    let decision = Decision { protocol: Protocol::NapsterPeer, swapped, order: None };
    if !flow.handshake {
        return Judgement::Yes(decision, 0);
    }
    let (initiator, listener) = (held.bytes(Side::Client), held.bytes(Side::Server));
    match peer::recognise(initiator, listener, announced) {
        Recognition::Yes => Judgement::Yes(decision, 0),
        Recognition::Maybe if ended && announced => Judgement::Yes(decision, 0),
        Recognition::Maybe => Judgement::Open,
        Recognition::No => Judgement::No,
    }
}

/// The ends of a flow: who opened it, and who accepted it.
const fn ends(flow: &FlowInfo, swapped: bool) -> (SocketAddr, SocketAddr) {
    if swapped { (flow.server, flow.client) } else { (flow.client, flow.server) }
}

/// Whether the bytes can be the start of a line of numbers.
fn could_be_stats(said: &[u8]) -> bool {
    said.len() < StatsLine::LIMIT
        && said.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'.' | b'\r'))
}

/// Which reading of the roles is better where both make sense.
fn prefers_reversed(flow: &FlowInfo, hints: &impl Hints, straight: u32, reversed: u32) -> bool {
    let looks_like_server =
        |address: SocketAddr| hints.is_server(address) || USUAL_PORTS.contains(&address.port());
    match (looks_like_server(flow.client), looks_like_server(flow.server)) {
        (true, false) => true,
        (false, true) => false,
        _ if straight == reversed => flow.client.port() < flow.server.port(),
        _ => reversed > straight,
    }
}

/// What is thought of a flow.
enum Judgement {
    /// It is that, with so many points.
    Yes(Decision, u32),
    No,
    /// More bytes may tell.
    Open,
}

impl Judgement {
    /// The surer of two.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes(decision, points), _) | (_, Self::Yes(decision, points)) => {
                Self::Yes(decision, points)
            }
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            (Self::No, Self::No) => Self::No,
        }
    }
}

fn weigh_roles(
    flow: &FlowInfo,
    held: &Held,
    hints: &impl Hints,
    ended: bool,
    swapped: bool,
) -> Judgement {
    let (client, server) =
        if swapped { (Side::Server, Side::Client) } else { (Side::Client, Side::Server) };
    let from_start = |side| flow.handshake && !held.has_gap(side);
    let client_bytes = held.bytes(client);
    let link = from_start(client) && begins_link(client_bytes);
    let (to_server, to_client) = if link {
        (Direction::ServerLink, Direction::ServerLink)
    } else {
        (Direction::ToServer, Direction::ToClient)
    };
    let said = weigh(client_bytes, to_server, from_start(client), ended);
    let answered = weigh(held.bytes(server), to_client, from_start(server), ended);
    if said.against || answered.against {
        return Judgement::No;
    }
    let points = said.points + answered.points + u32::from(answers(&said, &answered));
    let known = hints.is_server(flow.address(server));
    let usual = USUAL_PORTS.contains(&flow.address(server).port());
    let whole = said.whole && answered.whole;
    let both = said.frames > 0 && answered.frames > 0;
    let enough = points >= ENOUGH
        || known && said.frames + answered.frames > 0
        || ended && whole && both && points >= ENOUGH_AT_END
        || ended && whole && usual && points >= 1
        || ended && points >= ENOUGH_ONE_SIDED && (said.frames + answered.frames) > 1;
    if !enough {
        return Judgement::Open;
    }
    let protocol = if link { Protocol::NapsterLink } else { Protocol::Napster };
    let order = said.order.or(answered.order);
    Judgement::Yes(Decision { protocol, swapped, order }, points)
}

/// Whether the first frame introduces a server to another one (opennap's 10010).
fn begins_link(bytes: &[u8]) -> bool {
    let header = bytes.first_chunk().map(|header| FrameHeader::parse(*header, ByteOrder::Little));
    header.is_some_and(|header| header.code == napster_codec::message::ServerLogin::CODE)
}

/// Whether the server's first message is one that answers the client's first.
fn answers(said: &Weight, answered: &Weight) -> bool {
    let replies =
        said.first.and_then(|code| spec(code, Direction::ToServer)).map(|row| row.replies);
    let answer = answered.first.map(|code| code.0);
    replies.zip(answer).is_some_and(|(replies, answer)| replies.contains(&answer))
}

/// Weighs the bytes of one direction.
fn weigh(bytes: &[u8], direction: Direction, from_start: bool, ended: bool) -> Weight {
    let mut weight = Weight { whole: true, ..Weight::default() };
    if bytes.is_empty() {
        return weight;
    }
    if from_start {
        weigh_in_step(bytes, direction, &mut weight);
    } else {
        weigh_from_middle(bytes, direction, ended, &mut weight);
    }
    weight
}

/// Reads frames from the first byte on.
fn weigh_in_step(bytes: &[u8], direction: Direction, weight: &mut Weight) {
    let Some(first) = bytes.first_chunk::<{ FrameHeader::LENGTH }>() else {
        weight.whole = false;
        return;
    };
    let fits = |order| header_fits(FrameHeader::parse(*first, order), direction, true);
    let order = match (fits(ByteOrder::Little), fits(ByteOrder::Big)) {
        (true, _) => ByteOrder::Little,
        (false, true) => ByteOrder::Big,
        (false, false) => {
            weight.against = true;
            return;
        }
    };
    weight.order = Some(order);
    let mut rest = bytes;
    while weight.frames < FRAMES_WEIGHED {
        let Some((frame, behind)) = Frame::parse(rest, order) else { break };
        let header = FrameHeader { length: frame.payload.len() as u16, code: frame.code };
        if !header_fits(header, direction, false) || !add(&frame, direction, weight) {
            weight.against = true;
            return;
        }
        rest = behind;
    }
    if let Some(next) = rest.first_chunk::<{ FrameHeader::LENGTH }>()
        && !header_fits(FrameHeader::parse(*next, order), direction, false)
    {
        weight.against = true;
    }
    let payload = rest.get(FrameHeader::LENGTH..).unwrap_or_default();
    weight.against |= weight.frames < FRAMES_WEIGHED && !is_text(payload);
    weight.whole = rest.is_empty();
}

/// Looks for frames behind a start that is not known to be one.
fn weigh_from_middle(bytes: &[u8], direction: Direction, ended: bool, weight: &mut Weight) {
    let mut decoder = Decoder::new(direction);
    decoder.resync();
    if ended {
        decoder.end();
    }
    let mut input = bytes;
    while weight.frames < FRAMES_WEIGHED {
        let Some(frame) = decoder.next_frame(&mut input) else { break };
        let (code, payload, order) = (frame.code, frame.payload, frame.order);
        weight.order = Some(order);
        if !add_parts(code, payload, direction, weight) {
            weight.against = true;
            return;
        }
    }
    weight.whole = decoder.take_skipped().is_none() && decoder.held() == 0;
}

/// Whether the header can stand in a stream of that direction; the first one has to be known.
fn header_fits(header: FrameHeader, direction: Direction, first: bool) -> bool {
    header.length <= PLAUSIBLE_LENGTH
        && if first {
            spec(header.code, direction).is_some()
        } else {
            header.code.0 <= HIGHEST_CODE || spec(header.code, direction).is_some()
        }
}

fn add(frame: &Frame<'_>, direction: Direction, weight: &mut Weight) -> bool {
    add_parts(frame.code, frame.payload, direction, weight)
}

/// Adds what a frame proves; false where it speaks against.
fn add_parts(code: Code, payload: &[u8], direction: Direction, weight: &mut Weight) -> bool {
    weight.frames += 1;
    weight.first.get_or_insert(code);
    let row = spec(code, direction);
    let is_binary = row.is_some_and(|row| {
        row.fields.iter().any(|field| matches!(field.kind, FieldKind::Bytes | FieldKind::Frame))
    });
    if !is_binary && !is_text(payload) {
        return false;
    }
    if row.is_none() {
        return true;
    }
    let mut fields = 0;
    let mut diagnostics = Diagnostics::new();
    let result = visit_payload(code, direction, payload, &mut diagnostics, &mut |_, value| {
        fields += match value {
            Value::List(_) | Value::Group(_) => 2,
            _ => 1,
        };
    });
    // A payload that fits its message in part proves the fields that it has.
    weight.points += if result.is_ok() { u32::max(fields, 1) } else { fields };
    true
}

/// Whether the bytes are what programs put into messages: few control characters, no NUL.
fn is_text(payload: &[u8]) -> bool {
    let controls = payload.iter().filter(|&&byte| byte < 0x20).count();
    controls * 4 <= payload.len() && !payload.contains(&0)
}
