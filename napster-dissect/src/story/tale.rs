//! What all flows share, what each of them told so far, and the records that follow from messages.

use std::io;
use std::net::SocketAddr;

use napster_codec::dialogue::{End, Exchange, Noted, Role};
use napster_codec::{Code, Direction, Value, Visit, peer};

use super::announcements::{Announcements, Heard};
use super::chains::Chains;
use super::counts::Counts;
use super::early::EarlyCount;
use super::extract::Extractor;
use super::kind::{Concern, Kind};
use super::notes::Notes;
use super::record::{
    Announcement, Body, ExchangeRecord, LinkRecord, MessageRecord, Protocol, Record, RecordSink,
    SummaryRecord, WarningKind, WarningRecord,
};
use super::servers::Servers;
use super::session::{self, Asked, Hosts, SessionSummary};
use super::teller::StoryOptions;
use super::transfers;
use super::undecoded;
use crate::capture::Stamp;
use crate::decode::{self, EventSink, Expectation, Expected, Hints, Message, Undecoded};
use crate::tcp::{FlowInfo, Side};

/// All that the flows share, and what each of them told so far.
pub(super) struct Story<'s> {
    pub(super) sink: &'s mut dyn RecordSink,
    pub(super) error: Option<io::Error>,
    /// By slot; flows that speak none of the protocols have none.
    notes: Vec<Option<Box<Notes>>>,
    pub(super) servers: Servers,
    pub(super) hosts: Hosts,
    pub(super) sessions: Vec<SessionSummary>,
    pub(super) announcements: Announcements,
    pub(super) chains: Chains,
    pub(super) options: StoryOptions,
    pub(super) extractor: Option<Extractor>,
    pub(super) counts: Counts,
    pub(super) early: EarlyCount,
    passes_over_messages: bool,
}

/// The kinds of announcements that peer connections follow.
pub(super) const PEER_KINDS: &[Expected] =
    &[Expected::Download, Expected::Push, Expected::Browse, Expected::PushedBrowse, Expected::Chat];

/// The notes of a flow, apart from all else that the story holds.
fn notes_of<'n>(notes: &'n mut [Option<Box<Notes>>], flow: &FlowInfo) -> Option<&'n mut Notes> {
    notes.get_mut(flow.slot as usize)?.as_deref_mut()
}

/// The server that a redirector names by its address.
fn redirected_to(redirect: &dyn Visit) -> Option<SocketAddr> {
    let (mut ip, mut port) = (None, None);
    redirect.visit(&mut |name, value| match (name, value) {
        ("host", Value::Text(host)) => {
            ip = std::str::from_utf8(host).ok().and_then(|host| host.parse().ok());
        }
        ("port", Value::Unsigned(number)) => port = u16::try_from(number).ok(),
        _ => {}
    });
    Some(SocketAddr::new(ip?, port?))
}

impl<'s> Story<'s> {
    /// A story of which nothing is known; fails where the folder for files cannot be made.
    pub(super) fn new(sink: &'s mut dyn RecordSink, options: StoryOptions) -> io::Result<Self> {
        let extractor = options.extract.as_deref().map(Extractor::new).transpose()?;
        Ok(Self {
            passes_over_messages: sink.passes_over_messages(),
            sink,
            error: None,
            notes: Vec::new(),
            servers: Servers::default(),
            hosts: Hosts::default(),
            sessions: Vec::new(),
            announcements: Announcements::default(),
            chains: Chains::default(),
            options,
            extractor,
            counts: Counts::default(),
            early: EarlyCount::default(),
        })
    }

    /// Tells the summary and says whether any warning or diagnostic was told.
    pub(super) fn finish(&mut self, capture: u32) -> bool {
        let forgotten = self.announcements.forgotten;
        self.omit("announcements", forgotten);
        let forgotten = self.announcements.sizes.forgotten;
        self.omit("file_sizes", forgotten);
        let omitted = self.chains.omitted;
        self.omit("chain_entries", omitted);
        let omitted = self.early.omitted;
        self.omit("early_answers", omitted);
        let messages_by_name = self.counts.messages_by_name();
        let counts = &self.counts;
        let summary = SummaryRecord {
            capture,
            packets: counts.packets,
            bytes: counts.bytes,
            flows: counts.flows.iter().map(|(&protocol, &count)| (protocol, count)).collect(),
            messages: counts.messages,
            messages_by_name,
            transfers: counts.transfers.iter().map(|(&end, &count)| (end, count)).collect(),
            warnings: counts.warnings.iter().map(|(&kind, &count)| (kind, count)).collect(),
            omitted: counts.omitted.iter().map(|(&what, &count)| (what, count)).collect(),
            sessions: std::mem::take(&mut self.sessions),
            chains: self.chains.take(),
        };
        let warned = !counts.warnings.is_empty();
        self.tell(&Record::Summary(&summary));
        warned || self.sink.diagnostics() > 0
    }

    pub(super) fn tell(&mut self, record: &Record<'_>) {
        if self.error.is_none() {
            self.error = self.sink.record(record).err();
        }
    }

    pub(super) fn warn(&mut self, warning: WarningRecord) {
        *self.counts.warnings.entry(warning.kind).or_default() += 1;
        self.tell(&Record::Warning(&warning));
    }

    pub(super) fn omit(&mut self, what: &'static str, count: u64) {
        if count > 0 {
            *self.counts.omitted.entry(what).or_default() += count;
        }
    }

    /// Takes the notes of a flow that ends.
    pub(super) fn take_notes(&mut self, flow: &FlowInfo) -> Option<Box<Notes>> {
        self.notes.get_mut(flow.slot as usize)?.take()
    }

    pub(super) fn notes(&mut self, flow: &FlowInfo) -> Option<&mut Notes> {
        notes_of(&mut self.notes, flow)
    }

    /// The notes of the open flow that has a slot.
    pub(super) fn notes_at(&mut self, slot: u32) -> Option<&mut Notes> {
        self.notes.get_mut(slot as usize)?.as_deref_mut()
    }

    /// Makes room for the notes of a flow that begins.
    pub(super) fn opened(&mut self, flow: &FlowInfo) {
        let slot = flow.slot as usize;
        if self.notes.len() <= slot {
            self.notes.resize_with(slot + 1, || None);
        }
    }

    /// Estimates what is kept of a flow beyond its place in the table, in bytes.
    pub(super) fn memory(&self, flow: &FlowInfo) -> usize {
        match self.notes.get(flow.slot as usize) {
            Some(Some(notes)) => size_of::<Notes>() + notes.kept,
            _ => 0,
        }
    }

    /// Tells which announcement a flow follows, once.
    pub(super) fn link(
        &mut self,
        flow: &FlowInfo,
        file: Option<&[u8]>,
        kinds: &[Expected],
        stamp: Stamp,
    ) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        if notes.announced.is_some() {
            return;
        }
        let (client, server) = notes.ends(flow);
        let found = self.announcements.take(client, server, file, kinds);
        self.linked(flow, found, stamp);
    }

    pub(super) fn linked(
        &mut self,
        flow: &FlowInfo,
        found: Option<(Announcement, Expectation)>,
        stamp: Stamp,
    ) {
        let (Some((announced, expectation)), Some(notes)) = (found, self.notes(flow)) else {
            return;
        };
        notes.announced = Some(announced);
        notes.expectation = Some(expectation);
        self.tell(&Record::Link(&LinkRecord { stamp, flow: flow.number, announced }));
    }

    /// Takes a message of a protocol with frames.
    fn framed(
        &mut self,
        flow: &FlowInfo,
        message: &Message<'_>,
        (code, direction): (Code, Direction),
        payload: &[u8],
    ) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        notes.count(message);
        let Kind { name, concern, .. } = notes.kind(code, direction);
        let mut entry = None;
        match concern {
            Concern::Nothing | Concern::Alarm => {}
            Concern::Session => entry = notes.note_session(code, direction, payload),
            Concern::Size => self.announcements.sizes.told(code, payload),
            Concern::Announcement => {
                let announcement =
                    Announcement { flow: flow.number, frame: message.stamp.frame, name };
                let heard = Heard { client: notes.ends(flow).0, announcement };
                self.announcements.note(code, payload, &heard);
            }
        }
        self.counts.add_message(name);
        let in_run = notes.ledger.note_in_run(direction, code, payload);
        self.tell_message(flow, message);
        if !in_run {
            let asked = Asked { stamp: message.stamp, name, entry };
            self.note_exchange(flow, code, direction, payload, asked);
        }
        if concern == Concern::Alarm {
            self.warn(WarningRecord {
                capture: message.stamp.capture,
                kind: WarningKind::Security,
                message: "the server orders the client to fetch and run a program".to_owned(),
                flow: Some(flow.number),
                frame: Some(message.stamp.frame),
                offset: Some(message.offset),
            });
        }
    }

    /// Takes a message of a protocol without frames.
    fn named(
        &mut self,
        flow: &FlowInfo,
        message: &Message<'_>,
        name: &'static str,
        fields: &dyn Visit,
    ) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        notes.count(message);
        let ends = notes.ends(flow);
        let announcement = Announcement { flow: flow.number, frame: message.stamp.frame, name };
        match notes.protocol {
            Some(Protocol::NapsterRedirector) => {
                if let Some(named) = redirected_to(fields) {
                    let heard = Heard { client: ends.0, announcement };
                    self.announcements.expect_server(named, &heard);
                }
            }
            Some(Protocol::Comp112Stream | Protocol::Comp112Request) => {
                if let Some(handover) = self.chains.note(ends, fields, announcement) {
                    self.announcements.expect_audio(&handover, announcement);
                }
            }
            _ => {}
        }
        self.counts.add_message(name);
        self.tell_message(flow, message);
    }

    /// Tells a message that was counted, unless the sink needs no more than the flow's first.
    #[inline]
    fn tell_message(&mut self, flow: &FlowInfo, message: &Message<'_>) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        if notes.messages > 1 && self.passes_over_messages {
            return;
        }
        let protocol = notes.protocol.unwrap_or(Protocol::Unknown);
        let (client, server) = notes.ends(flow);
        let (source, destination) =
            if message.from == Side::Client { (client, server) } else { (server, client) };
        self.tell(&Record::Message(MessageRecord {
            stamp: message.stamp,
            flow: flow.number,
            protocol,
            from: message.from,
            source,
            destination,
            offset: message.offset,
            length: message.length,
            inflated: message.inflated,
            body: message.body,
        }));
    }

    /// Notes which request a message answers, and tells the exchanges that it ends.
    // Few messages come here; the others shall not carry its variables.
    #[inline(never)]
    fn note_exchange(
        &mut self,
        flow: &FlowInfo,
        code: Code,
        direction: Direction,
        payload: &[u8],
        asked: Asked,
    ) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        let noted = notes.ledger.note(direction, code, payload, asked);
        if direction == Direction::ToClient && noted.role == Role::Unasked {
            notes.early.keep(code, payload, asked, &mut self.early);
        }
        let answers_wait = direction == Direction::ToServer && notes.early.is_waiting();
        self.tell_noted(flow, &noted, asked.stamp);
        if answers_wait {
            self.note_early(flow, asked);
        }
    }

    /// Notes the answers that were told before what the client said.
    fn note_early(&mut self, flow: &FlowInfo, said: Asked) {
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        for answer in notes.early.behind(said, &mut self.early) {
            let Some(notes) = notes_of(&mut self.notes, flow) else { return };
            let (code, payload, asked) = (answer.code, &answer.payload, answer.asked);
            let noted = notes.ledger.note(Direction::ToClient, code, payload, asked);
            if noted.role == Role::Unasked {
                notes.early.keep(code, payload, asked, &mut self.early);
            }
            self.tell_noted(flow, &noted, asked.stamp);
        }
    }

    /// Tells the exchanges that a message ended.
    fn tell_noted(&mut self, flow: &FlowInfo, noted: &Noted<Asked>, stamp: Stamp) {
        if let Some(exchange) = &noted.evicted {
            self.omit("open_requests", 1);
            self.tell_exchange(flow, exchange, stamp);
        }
        if let Some(exchange) = &noted.closed {
            self.tell_exchange(flow, exchange, stamp);
        }
    }

    /// Tells a request that found its end, or never will.
    pub(super) fn tell_exchange(
        &mut self,
        flow: &FlowInfo,
        exchange: &Exchange<Asked>,
        stamp: Stamp,
    ) {
        if let Some(notes) = self.notes(flow) {
            session::answered(&mut notes.session, exchange);
        }
        let endless = exchange.dialogue.end == End::Never;
        if endless && exchange.end.is_none() && exchange.dialogue.items.is_empty() {
            // Nothing was to come but a refusal.
            return;
        }
        let record = ExchangeRecord {
            stamp,
            flow: flow.number,
            request: exchange.request.place(),
            direction: exchange.dialogue.direction.reversed(),
            answers: exchange.answers,
            end: exchange.end.map(|(_, asked)| asked.place()),
            endless,
        };
        self.tell(&Record::Exchange(&record));
    }

    /// Opens the file that a transfer is written to, with a warning where its name is changed.
    pub(super) fn extract_to(&mut self, flow: &FlowInfo, stamp: Stamp) {
        let Some(extractor) = &mut self.extractor else { return };
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        if let Err(error) = self.sink.file_begins() {
            self.error.get_or_insert(error);
            return;
        }
        let path = notes.file_name.clone().unwrap_or_default();
        let Some((saved, changed)) = extractor.create(&path) else {
            self.error = self.error.take().or_else(|| extractor.take_error());
            return;
        };
        notes.file.saved = Some(saved);
        if changed {
            self.warn(WarningRecord {
                capture: stamp.capture,
                kind: WarningKind::UnsafeName,
                message: format!(
                    "the file's name \"{}\" cannot be used as it is",
                    path.get(..200).unwrap_or(&path).escape_ascii()
                ),
                flow: Some(flow.number),
                frame: Some(stamp.frame),
                offset: None,
            });
        }
    }
}

impl Hints for Story<'_> {
    fn is_server(&self, address: SocketAddr) -> bool {
        self.servers.knows(address)
    }

    fn expected(&self, client: SocketAddr, server: SocketAddr) -> Option<Expectation> {
        self.announcements.expected(client, server).cloned()
    }

    fn sizes(&mut self, nick: &[u8], file: &[u8]) -> Vec<u64> {
        self.announcements.sizes.of(nick, file).to_vec()
    }

    fn decode_as(&self, client: SocketAddr, server: SocketAddr) -> Option<Protocol> {
        let named = |address: SocketAddr| {
            self.options
                .decode_as
                .iter()
                .find(|(port, _)| *port == address.port())
                .map(|(_, name)| *name)
        };
        named(server).or_else(|| named(client))
    }
}

impl EventSink for Story<'_> {
    fn recognised(&mut self, flow: &FlowInfo, protocol: Protocol, swapped: bool, stamp: Stamp) {
        let server = flow.address(if swapped { Side::Client } else { Side::Server });
        if protocol == Protocol::Unknown {
            return;
        }
        if let Some(place) = self.notes.get_mut(flow.slot as usize) {
            *place = Some(Box::new(Notes::new(flow, protocol, swapped)));
        }
        if protocol == Protocol::Napster {
            let client = flow.address(if swapped { Side::Server } else { Side::Client });
            self.hosts.add(client.ip(), flow.slot);
            if self.servers.add(server) {
                self.omit("servers_known", 1);
            }
            self.link(flow, None, &[Expected::Server], stamp);
        }
        if protocol == Protocol::NapsterPeer {
            let ends = self.notes(flow).map(|notes| notes.ends(flow));
            let found = ends.and_then(|(client, server)| {
                self.announcements.take_only(client, server, PEER_KINDS)
            });
            self.linked(flow, found, stamp);
        }
    }

    #[inline]
    fn message(&mut self, flow: &FlowInfo, message: &Message<'_>) {
        match message.body {
            Body::Framed { code, direction, payload, .. } => {
                self.framed(flow, message, (code, direction), payload);
            }
            Body::Named { name, fields, .. } => self.named(flow, message, name, fields),
        }
    }

    fn requested(&mut self, flow: &FlowInfo, message: &peer::Message<'_>, stamp: Stamp) {
        let (file, kinds): (Option<&[u8]>, &[Expected]) = match message {
            peer::Message::GetRequest(request) => {
                (Some(request.filename.as_bytes()), &[Expected::Download])
            }
            peer::Message::SendRequest(request) => {
                (Some(request.filename.as_bytes()), &[Expected::Push])
            }
            peer::Message::BareRequest { filename } => {
                (Some(filename.as_bytes()), &[Expected::Download])
            }
            peer::Message::GetList => (None, &[Expected::Browse]),
            peer::Message::SendList { .. } => (None, &[Expected::PushedBrowse]),
            peer::Message::ChatLine { .. } => (None, &[Expected::Chat]),
            _ => return,
        };
        if let (Some(notes), Some(file)) = (self.notes(flow), file) {
            notes.file_name = Some(file.to_vec());
        }
        self.link(flow, file, kinds, stamp);
        self.bind_request(flow, message);
    }

    fn peer(&mut self, flow: &FlowInfo, event: &peer::Event<'_, Stamp>, stamp: Stamp) {
        if let peer::Event::FileStart { .. } = event {
            self.extract_to(flow, stamp);
        }
        let hash = self.options.hash;
        let Some(notes) = notes_of(&mut self.notes, flow) else { return };
        match event {
            peer::Event::Transfer(transfer) => {
                let (client, server) = notes.ends(flow);
                let extractor = self.extractor.as_mut();
                let stream = &mut notes.file;
                let mut record =
                    transfers::record(flow, (client, server), transfer, stream, extractor, stamp);
                record.file = record.file.or_else(|| notes.file_name.clone());
                notes.transfer = Some(Box::new(record));
                let error = self.extractor.as_mut().and_then(Extractor::take_error);
                self.error = self.error.take().or(error);
            }
            peer::Event::Deviation(deviation) => {
                self.warn(WarningRecord {
                    capture: stamp.capture,
                    kind: WarningKind::Deviation,
                    message: format!(
                        "the {} {}",
                        decode::side_of(deviation.side),
                        transfers::in_words(deviation.kind)
                    ),
                    flow: Some(flow.number),
                    frame: Some(stamp.frame),
                    offset: Some(deviation.offset),
                });
            }
            event => transfers::follow(&mut notes.file, event, hash),
        }
    }

    fn audio(&mut self, flow: &FlowInfo, stamp: Stamp) {
        self.link(flow, None, &[Expected::Audio], stamp);
        let Some(notes) = self.notes(flow) else { return };
        let (ends, announced) = (notes.ends(flow), notes.announced);
        self.chains.audio(flow.number, ends, announced);
    }

    fn deviation(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        what: &'static str,
        stamp: Stamp,
    ) {
        self.warn(WarningRecord {
            capture: stamp.capture,
            kind: WarningKind::Deviation,
            message: format!("{} from the {from}", what.replace('_', " ")),
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: Some(offset),
        });
    }

    fn inflated(&mut self, flow: &FlowInfo, length: u64) {
        if let Some(notes) = self.notes(flow) {
            notes.decoded += length;
        }
    }

    fn undecoded(
        &mut self,
        flow: &FlowInfo,
        from: Side,
        offset: u64,
        length: u64,
        why: Undecoded,
        stamp: Stamp,
    ) {
        let (kind, message) = undecoded::in_words(why, from, length);
        self.warn(WarningRecord {
            capture: stamp.capture,
            kind,
            message,
            flow: Some(flow.number),
            frame: Some(stamp.frame),
            offset: Some(offset),
        });
    }
}
