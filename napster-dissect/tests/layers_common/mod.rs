//! What the tests of the lower layers share: segments made by hand, and a sink that records what
//! it is told and checks that it is told in order.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::collections::BTreeMap;
use std::net::SocketAddr;

use napster_dissect::capture::{Stamp, Timestamp};
use napster_dissect::net::{Flags, Segment};
use napster_dissect::tcp::{
    Closed, FlowInfo, FlowStats, Limit, Options, Reassembler, Side, StreamSink,
};

/// The control bits of most segments.
pub const ACK: Flags = Flags::ACK;
pub const SYN: Flags = Flags::SYN;
pub const FIN: Flags = Flags(Flags::FIN.0 | Flags::ACK.0);
pub const RST: Flags = Flags::RST;
pub const PUSH: Flags = Flags(Flags::PSH.0 | Flags::ACK.0);
pub const SYN_ACK: Flags = Flags(Flags::SYN.0 | Flags::ACK.0);

/// A segment that owns its payload.
#[derive(Clone, Debug)]
pub struct Owned {
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub sequence: u32,
    pub acknowledgement: u32,
    pub flags: Flags,
    pub payload: Vec<u8>,
    pub missing: u32,
}

impl Owned {
    pub fn segment(&self) -> Segment<'_> {
        let mut segment = Segment::new(self.source, self.destination);
        segment.sequence = self.sequence;
        segment.acknowledgement = self.acknowledgement;
        segment.flags = self.flags;
        segment.payload = &self.payload;
        segment.missing = self.missing;
        segment
    }
}

/// The addresses of a connection, by number.
pub fn client(number: u32) -> SocketAddr {
    SocketAddr::from((
        (0x0a00_0002 + (number >> 14)).to_be_bytes(),
        1024 + (number & 0x3fff) as u16,
    ))
}

pub fn server() -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 8888))
}

/// A segment of connection 0 from the client.
pub fn up(sequence: u32, acknowledgement: u32, flags: Flags, payload: &[u8]) -> Owned {
    Owned {
        source: client(0),
        destination: server(),
        sequence,
        acknowledgement,
        flags,
        payload: payload.to_vec(),
        missing: 0,
    }
}

/// A segment of connection 0 from the server.
pub fn down(sequence: u32, acknowledgement: u32, flags: Flags, payload: &[u8]) -> Owned {
    Owned {
        source: server(),
        destination: client(0),
        ..up(sequence, acknowledgement, flags, payload)
    }
}

/// What a sink was told of one direction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Stream {
    /// The bytes; of a gap `None`, though no more than a few of a huge one.
    pub bytes: Vec<Option<u8>>,
    /// The offset that comes next.
    pub next: u64,
    /// The pieces as they came: offset and length.
    pub pieces: Vec<(u64, usize)>,
    /// The frames in the stamps of the pieces.
    pub frames: Vec<u64>,
    pub gaps: Vec<(u64, u64)>,
    pub conflicts: Vec<(u64, u64)>,
    pub finished: bool,
}

impl Stream {
    /// The bytes, a gap as dots.
    pub fn text(&self) -> String {
        self.bytes.iter().map(|byte| byte.map_or('.', char::from)).collect()
    }

    /// The bytes, if there is no gap.
    pub fn whole(&self) -> Option<Vec<u8>> {
        self.bytes.iter().copied().collect()
    }
}

/// What a sink was told of one flow.
#[derive(Clone, Debug)]
pub struct Flow {
    pub info: FlowInfo,
    pub streams: [Stream; 2],
    pub limits: Vec<Limit>,
    pub closed: Option<(Closed, FlowStats)>,
}

impl Flow {
    pub fn of(&self, sender: SocketAddr) -> &Stream {
        &self.streams[usize::from(sender != self.info.client)]
    }

    pub fn stats(&self) -> &FlowStats {
        &self.closed.as_ref().expect("the flow was closed").1
    }

    pub fn end(&self) -> Closed {
        self.closed.as_ref().expect("the flow was closed").0
    }
}

/// Records what it is told, and panics when that breaks the rules of [`StreamSink`].
#[derive(Debug, Default)]
pub struct Recorder {
    pub flows: Vec<Flow>,
    slots: BTreeMap<u32, u64>,
}

impl Recorder {
    fn flow(&mut self, info: &FlowInfo) -> &mut Flow {
        assert_eq!(self.slots.get(&info.slot), Some(&info.number), "another flow has the slot");
        let flow = &mut self.flows[usize::try_from(info.number).unwrap()];
        assert_eq!(&flow.info, info);
        assert!(flow.closed.is_none(), "told something behind the end");
        flow
    }
}

impl StreamSink for Recorder {
    fn opened(&mut self, flow: &FlowInfo, _: Stamp) {
        assert_eq!(flow.number, self.flows.len() as u64);
        assert_eq!(self.slots.insert(flow.slot, flow.number), None);
        self.flows.push(Flow {
            info: flow.clone(),
            streams: Default::default(),
            limits: Vec::new(),
            closed: None,
        });
    }

    fn data(&mut self, flow: &FlowInfo, side: Side, offset: u64, bytes: &[u8], stamp: Stamp) {
        let stream = &mut self.flow(flow).streams[side.index()];
        assert_eq!(offset, stream.next, "data out of order");
        stream.next += bytes.len() as u64;
        assert!(!bytes.is_empty() && !stream.finished);
        assert!(stream.frames.last().is_none_or(|last| *last <= stamp.frame));
        stream.bytes.extend(bytes.iter().map(|byte| Some(*byte)));
        stream.pieces.push((offset, bytes.len()));
        stream.frames.push(stamp.frame);
    }

    fn gap(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, _: Stamp) {
        let stream = &mut self.flow(flow).streams[side.index()];
        assert_eq!(offset, stream.next, "a gap out of order");
        stream.next += length;
        assert!(length > 0 && !stream.finished);
        stream.gaps.push((offset, length));
        assert!(length <= 1 << 32, "a gap that nobody could have sent");
        stream.bytes.extend(vec![None; length.min(1 << 16) as usize]);
    }

    fn conflict(&mut self, flow: &FlowInfo, side: Side, offset: u64, length: u64, _: Stamp) {
        assert!(length > 0);
        self.flow(flow).streams[side.index()].conflicts.push((offset, length));
    }

    fn finished(&mut self, flow: &FlowInfo, side: Side, _: Stamp) {
        let stream = &mut self.flow(flow).streams[side.index()];
        assert!(!stream.finished);
        stream.finished = true;
    }

    fn limit(&mut self, flow: &FlowInfo, limit: Limit, _: Stamp) {
        self.flow(flow).limits.push(limit);
    }

    fn closed(&mut self, flow: &FlowInfo, stats: &FlowStats, closed: Closed, _: Stamp) {
        let told = self.flow(flow);
        told.closed = Some((closed, stats.clone()));
        for (stream, bytes) in told.streams.iter().zip(stats.bytes) {
            assert_eq!(stream.bytes.iter().flatten().count() as u64, bytes);
        }
        let gaps = || told.streams.iter().flat_map(|stream| &stream.gaps);
        assert_eq!(gaps().count() as u64, stats.gaps);
        assert_eq!(gaps().map(|gap| gap.1).sum::<u64>(), stats.gap_bytes);
        self.slots.remove(&flow.slot);
    }
}

/// A reassembler with its recorder and a clock that ticks with each packet.
pub struct Bench {
    pub reassembler: Reassembler,
    pub recorder: Recorder,
    pub stamp: Stamp,
    /// The nanoseconds from one packet to the next.
    pub tick: u64,
}

impl Bench {
    pub fn new(options: Options) -> Self {
        Self {
            reassembler: Reassembler::new(options),
            recorder: Recorder::default(),
            stamp: Stamp { capture: 0, frame: 0, time: Timestamp::from_parts(974_836_800, 0) },
            tick: 1_000_000,
        }
    }

    pub fn feed(&mut self, segment: &Owned) -> &mut Self {
        self.stamp.frame += 1;
        self.stamp.time = Timestamp::from_nanos(self.stamp.time.nanos() + self.tick);
        self.reassembler.segment(self.stamp, &segment.segment(), &mut self.recorder);
        self
    }

    /// Lets time pass before the next packet.
    pub fn wait(&mut self, seconds: u64) -> &mut Self {
        self.stamp.time = Timestamp::from_nanos(self.stamp.time.nanos() + seconds * 1_000_000_000);
        self
    }

    pub fn finish(mut self) -> Vec<Flow> {
        self.reassembler.finish(&mut self.recorder);
        assert!(self.recorder.slots.is_empty(), "a flow was not closed");
        assert_eq!(self.reassembler.open_flows(), 0);
        self.recorder.flows
    }
}

/// Feeds segments to a reassembler with default options, and returns all flows.
pub fn reassemble<'s>(segments: impl IntoIterator<Item = &'s Owned>) -> Vec<Flow> {
    let mut bench = Bench::new(Options::default());
    for segment in segments {
        bench.feed(segment);
    }
    bench.finish()
}
