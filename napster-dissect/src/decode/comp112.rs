//! The music stream of Comp 112: bootstrap and audio connections, and connections of requests.

use std::time::Duration;

use napster_codec::Visit;
use napster_codec::comp112::{
    ChunkRun, ChunkRuns, Event, Message as Said, RequestObserver, StreamObserver,
};
use napster_codec::peer;

use super::peer::{from, side};
use super::{Body, EventSink, Message, Undecoded};
use crate::capture::Stamp;
use crate::tcp::{FlowInfo, Side};

/// A connection that carries records or audio.
#[derive(Debug)]
pub(super) struct Stream {
    observer: StreamObserver<Stamp>,
    audio: Audio,
}

/// What is kept of the music itself.
#[derive(Debug)]
struct Audio {
    runs: ChunkRuns<Stamp>,
    /// Whether a frame came, so that the connection is one with music.
    begun: bool,
}

impl Stream {
    pub(super) fn new(late: bool) -> Self {
        let observer = if late { StreamObserver::in_the_middle() } else { StreamObserver::new() };
        Self { observer, audio: Audio { runs: ChunkRuns::new(), begun: false } }
    }

    pub(super) fn data(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let audio = &mut self.audio;
        self.observer.data(side(from), bytes, stamp, &mut |event| {
            tell(flow, event, stamp, Some(audio), sink);
        });
    }

    pub(super) fn gap(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        length: u64,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        let audio = &mut self.audio;
        self.observer.gap(side(from), length, &mut |event| {
            tell(flow, event, stamp, Some(audio), sink);
        });
        tell_run(flow, self.audio.runs.end(), sink);
    }

    pub(super) fn closed(&mut self, flow: &FlowInfo, stamp: Stamp, sink: &mut impl EventSink) {
        let audio = &mut self.audio;
        self.observer.closed(&mut |event| tell(flow, event, stamp, Some(audio), sink));
        tell_run(flow, self.audio.runs.end(), sink);
    }
}

/// A connection of requests and answers.
#[derive(Debug)]
pub(super) struct Requests {
    observer: RequestObserver<Stamp>,
}

impl Requests {
    pub(super) const fn new() -> Self {
        Self { observer: RequestObserver::new() }
    }

    pub(super) fn data(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        self.observer.data(side(from), bytes, true, stamp, &mut |event| {
            tell(flow, event, stamp, None, sink);
        });
    }

    pub(super) fn gap(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        length: u64,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        self.observer.gap(side(from), length, &mut |event| {
            tell(flow, event, stamp, None, sink);
        });
    }

    pub(super) fn end(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        stamp: Stamp,
        sink: &mut impl EventSink,
    ) {
        self.observer.finished(side(from), &mut |event| tell(flow, event, stamp, None, sink));
    }

    pub(super) fn closed(&mut self, flow: &FlowInfo, stamp: Stamp, sink: &mut impl EventSink) {
        self.observer.closed(&mut |event| tell(flow, event, stamp, None, sink));
    }
}

/// Hands on what an observer tells; chunks of audio are told in runs.
fn tell(
    flow: &FlowInfo,
    event: Event<'_, Stamp>,
    stamp: Stamp,
    mut audio: Option<&mut Audio>,
    sink: &mut impl EventSink,
) {
    if let Some(audio) = &mut audio
        && !audio.begun
        && is_frame(&event)
    {
        audio.begun = true;
        sink.audio(flow, stamp);
    }
    if let (Event::Chunk(chunk), Some(audio)) = (&event, &mut audio) {
        let time = Duration::from_nanos(chunk.stamp.time.nanos());
        tell_run(flow, audio.runs.add(chunk, time), sink);
        return;
    }
    // Whatever else is told ends a run.
    if let Some(audio) = audio {
        tell_run(flow, audio.runs.end(), sink);
    }
    match event {
        Event::Message(said) => {
            let fields: &dyn Visit = &said.message;
            let message = Message {
                from: from(said.side),
                stamp: said.stamp,
                offset: said.offset,
                length: said.raw.len() as u64,
                inflated: false,
                body: Body::Named {
                    name: said.message.name(),
                    fields,
                    diagnostics: said.diagnostics,
                    raw: Some(said.raw),
                },
            };
            sink.message(flow, &message);
        }
        Event::Skipped { side, offset, length } => {
            sink.undecoded(flow, from(side), offset, length, Undecoded::OutOfStep, stamp);
        }
        Event::Deviation(deviation) => {
            let name = deviation.kind.name();
            sink.deviation(flow, from(deviation.side), deviation.offset, name, stamp);
        }
        _ => {}
    }
}

/// Whether something was said in a frame; what is said before the music is in records.
const fn is_frame(event: &Event<'_, Stamp>) -> bool {
    match event {
        Event::Chunk(_) => true,
        Event::Message(said) => {
            matches!(said.message, Said::NewSong(_) | Said::Disconnect { .. })
        }
        _ => false,
    }
}

/// Tells a run of chunks as one message; its bytes are not kept.
fn tell_run(flow: &FlowInfo, run: Option<ChunkRun<Stamp>>, sink: &mut impl EventSink) {
    let Some(run) = run else { return };
    let said = run.message();
    let message = Message {
        from: from(peer::Side::Listener),
        stamp: run.stamp,
        offset: run.offset,
        length: run.length,
        inflated: false,
        body: Body::Named { name: said.name(), fields: &said, diagnostics: &[], raw: None },
    };
    sink.message(flow, &message);
}
