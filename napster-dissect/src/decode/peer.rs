//! Connections between two clients: files, lists of files and chat.
//!
//! The codec's observer reads them; here its sides become sides of the flow, and what it tells becomes
//! events.

use napster_codec::Visit;
use napster_codec::peer::{self, Asked, Event, ExpectedKind, KnownSizes, Observer, TransferKind};

use super::{Body, EventSink, Expectation, Expected, Hints, Message};
use crate::capture::Stamp;
use crate::tcp::{Closed, FlowInfo, Side};

/// A peer connection.
#[derive(Debug)]
pub(super) struct Peer {
    observer: Observer<Stamp>,
    /// Who owns the announced file, for the sizes that are known of it.
    owner: Option<Vec<u8>>,
}

impl Peer {
    /// A connection of which that was announced; `late` says that its start may be missing.
    pub(super) fn new(expected: Option<&Expectation>, late: bool, hints: &mut impl Hints) -> Self {
        let mut expectation = peer::Expectation::default();
        if let Some(expected) = expected {
            expectation = kind(expected.kind).map_or(expectation, peer::Expectation::of);
            if let Some(file) = &expected.file {
                let nick = expected.nick.as_deref().unwrap_or_default();
                expectation = expectation.with_file(file, sizes(hints, nick, file));
            }
        }
        if late {
            expectation = expectation.late();
        }
        let owner = expected
            .filter(|expected| expected.kind == Expected::Download)
            .and_then(|expected| expected.nick.clone());
        Self { observer: Observer::new(expectation), owner }
    }

    pub(super) fn data(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        bytes: &[u8],
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        // Each call of the reassembly is one captured segment.
        self.observer.data(
            side(from),
            bytes,
            true,
            stamp,
            &mut Told { flow, stamp, owner: &self.owner, sink },
        );
    }

    pub(super) fn gap(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        length: u64,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        self.observer.gap(side(from), length, &mut Told { flow, stamp, owner: &self.owner, sink });
    }

    /// The side sends no more.
    pub(super) fn end(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        self.observer.finished(side(from), &mut Told { flow, stamp, owner: &self.owner, sink });
    }

    pub(super) fn closed(
        &mut self,
        flow: &FlowInfo,
        how: Closed,
        stamp: Stamp,
        sink: &mut (impl EventSink + Hints),
    ) {
        let how = match how {
            Closed::Fin => peer::Closed::Fin,
            Closed::Rst => peer::Closed::Rst,
            Closed::Timeout => peer::Closed::Timeout,
            Closed::Eof => peer::Closed::Eof,
        };
        self.observer.closed(how, &mut Told { flow, stamp, owner: &self.owner, sink });
    }
}

/// What an announced connection is for, in the codec's words.
const fn kind(expected: Expected) -> Option<ExpectedKind> {
    match expected {
        Expected::Download => Some(ExpectedKind::Download),
        Expected::Push => Some(ExpectedKind::Push),
        Expected::Browse => Some(ExpectedKind::Browse),
        Expected::PushedBrowse => Some(ExpectedKind::PushedBrowse),
        Expected::Chat => Some(ExpectedKind::Chat),
        Expected::Server | Expected::Audio => None,
    }
}

fn sizes(hints: &mut impl Hints, nick: &[u8], file: &[u8]) -> KnownSizes {
    hints.sizes(nick, file).into_iter().collect()
}

/// The end of a peer connection that a side of the flow is.
pub(super) const fn side(from: Side) -> peer::Side {
    match from {
        Side::Client => peer::Side::Initiator,
        Side::Server => peer::Side::Listener,
    }
}

/// The side of the flow that an end of a peer connection is.
#[must_use]
pub const fn from(side: peer::Side) -> Side {
    match side {
        peer::Side::Initiator => Side::Client,
        peer::Side::Listener => Side::Server,
    }
}

/// Hands on what the observer tells.
struct Told<'t, S> {
    flow: &'t FlowInfo,
    stamp: Stamp,
    owner: &'t Option<Vec<u8>>,
    sink: &'t mut S,
}

impl<S: EventSink + Hints> peer::Sink<Stamp> for Told<'_, S> {
    fn event(&mut self, event: Event<'_, Stamp>) {
        let Event::Message(said) = event else {
            self.sink.peer(self.flow, &event, self.stamp);
            return;
        };
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
        self.sink.requested(self.flow, &said.message, said.stamp);
        self.sink.message(self.flow, &message);
    }

    fn known_sizes(&mut self, asked: Asked<'_>) -> KnownSizes {
        // A download's request has the downloader's nick, so the owner is known by announcement only.
        let owner = match asked.kind {
            TransferKind::Push => asked.nick,
            _ => self.owner.as_deref(),
        };
        sizes(self.sink, owner.unwrap_or_default(), asked.file)
    }
}
