//! Records that are told or rendered later than they became known.

mod contents;
mod fields;

use std::io;
use std::net::SocketAddr;

use napster_codec::{ByteOrder, Code, Diagnostic, Direction};

use super::record::{
    Body, CaptureRecord, ExchangeRecord, FlowRecord, InterfaceRecord, LinkRecord, MessageRecord,
    Protocol, Record, RecordSink, SummaryRecord, TransferRecord, WarningRecord,
};
use crate::capture::{Stamp, Timestamp};
use crate::tcp::Side;
use contents::Contents as _;
use fields::Fields;

/// Records with all that they borrow, in order, to be told or rendered later.
#[derive(Debug, Default)]
pub struct Kept {
    started: Option<Timestamp>,
    items: Vec<Item>,
    flows: Vec<FlowRecord>,
    rare: Vec<Rare>,
    /// The payloads of framed messages, one after the other.
    payloads: Vec<u8>,
    /// What flows and rare records hold, roughly, in bytes.
    held: usize,
}

/// A record, or where the next one is. There is nothing to drop, so that clearing costs nothing.
#[derive(Debug)]
enum Item {
    /// The next so many bytes are the payload.
    Framed(Head, Frame, usize),
    Exchange(ExchangeRecord),
    Link(LinkRecord),
    /// The next of the flows.
    Flow,
    /// The next of the rare records.
    Rare,
}

#[derive(Debug)]
enum Rare {
    Named(Named),
    Capture(CaptureRecord),
    Interface(InterfaceRecord),
    Transfer(TransferRecord),
    Warning(WarningRecord),
    Summary(SummaryRecord),
}

/// A message without what it says.
#[derive(Debug)]
struct Head {
    stamp: Stamp,
    flow: u64,
    protocol: Protocol,
    from: Side,
    source: SocketAddr,
    destination: SocketAddr,
    offset: u64,
    length: u64,
    inflated: bool,
}

/// What a framed message says, without its payload.
#[derive(Debug)]
struct Frame {
    code: Code,
    direction: Direction,
    order: ByteOrder,
}

/// A message of a protocol without codes.
#[derive(Debug)]
struct Named {
    head: Head,
    name: &'static str,
    fields: Fields,
    diagnostics: Vec<Diagnostic>,
    raw: Option<Vec<u8>>,
}

impl Kept {
    /// Keeps when the first packet was captured; it is told before any record.
    pub const fn started(&mut self, time: Timestamp) {
        self.started = Some(time);
    }

    /// Keeps a record.
    #[inline]
    pub fn record(&mut self, record: &Record<'_>) {
        match *record {
            Record::Message(ref message) => self.message(message),
            Record::Exchange(record) => self.items.push(Item::Exchange(record.clone())),
            Record::Link(record) => self.items.push(Item::Link(record.clone())),
            Record::Flow(record) => {
                self.held += record.held();
                self.flows.push(record.clone());
                self.items.push(Item::Flow);
            }
            Record::Capture(record) => self.hold(Rare::Capture(record.clone())),
            Record::Interface(record) => self.hold(Rare::Interface(record.clone())),
            Record::Transfer(record) => self.hold(Rare::Transfer(record.clone())),
            Record::Warning(record) => self.hold(Rare::Warning(record.clone())),
            Record::Summary(record) => self.hold(Rare::Summary(record.clone())),
        }
    }

    /// Lets the numbers of flows count on from another than 0.
    pub fn number_from(&mut self, first: u64) {
        for item in &mut self.items {
            match item {
                Item::Framed(head, ..) => head.flow += first,
                Item::Exchange(record) => record.number_from(first),
                Item::Link(record) => record.number_from(first),
                Item::Flow | Item::Rare => {}
            }
        }
        self.flows.iter_mut().for_each(|flow| flow.number_from(first));
        self.rare.iter_mut().for_each(|rare| rare.number_from(first));
    }

    /// Tells the records.
    ///
    /// # Errors
    ///
    /// What the sink says; the records behind are not told then.
    pub fn tell(&self, sink: &mut dyn RecordSink) -> io::Result<()> {
        if let Some(time) = self.started {
            sink.started(time);
        }
        let mut result = Ok(());
        self.visit(|record| {
            if result.is_ok() {
                result = sink.record(record);
            }
        });
        result
    }

    /// Shows the records in order.
    #[inline]
    pub fn visit(&self, mut show: impl FnMut(&Record<'_>)) {
        let (mut flows, mut rare) = (self.flows.iter(), self.rare.iter());
        let mut payloads = self.payloads.as_slice();
        for item in &self.items {
            let record = match item {
                Item::Framed(head, Frame { code, direction, order }, length) => {
                    let (code, direction, order) = (*code, *direction, *order);
                    let payload;
                    (payload, payloads) = payloads.split_at_checked(*length).unwrap_or_default();
                    Record::Message(head.with(Body::Framed { code, direction, order, payload }))
                }
                Item::Exchange(record) => Record::Exchange(record),
                Item::Link(record) => Record::Link(record),
                // There is one for each item that stands for one.
                Item::Flow => match flows.next() {
                    Some(record) => Record::Flow(record),
                    None => continue,
                },
                Item::Rare => match rare.next() {
                    Some(rare) => rare.record(),
                    None => continue,
                },
            };
            show(&record);
        }
    }

    /// Makes room for other records.
    pub fn clear(&mut self) {
        self.items.clear();
        self.flows.clear();
        self.rare.clear();
        self.payloads.clear();
        (self.started, self.held) = (None, 0);
    }

    /// Counts the records.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.items.len()
    }

    /// Says whether there is no record.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Estimates what the records take, in bytes.
    #[inline]
    #[must_use]
    pub const fn size(&self) -> usize {
        let [items, flows, rare] = [self.items.len(), self.flows.len(), self.rare.len()];
        self.payloads.len() + self.held + size_of_lists(items, flows, rare)
    }

    /// Estimates the memory in use, with what is reserved for more records, in bytes.
    #[must_use]
    pub const fn memory(&self) -> usize {
        let (items, flows) = (self.items.capacity(), self.flows.capacity());
        let lists = size_of_lists(items, flows, self.rare.capacity());
        self.payloads.capacity() + self.held + lists
    }

    fn hold(&mut self, rare: Rare) {
        self.held += rare.held();
        self.rare.push(rare);
        self.items.push(Item::Rare);
    }

    #[inline]
    fn message(&mut self, message: &MessageRecord<'_>) {
        let head = Head::of(message);
        match message.body {
            Body::Framed { code, direction, order, payload } => {
                self.payloads.extend_from_slice(payload);
                let frame = Frame { code, direction, order };
                self.items.push(Item::Framed(head, frame, payload.len()));
            }
            Body::Named { name, fields, diagnostics, raw } => self.hold(Rare::Named(Named {
                head,
                name,
                fields: Fields::of(fields),
                diagnostics: diagnostics.to_vec(),
                raw: raw.map(<[u8]>::to_vec),
            })),
        }
    }
}

/// What so many records take in lists, in bytes.
const fn size_of_lists(items: usize, flows: usize, rare: usize) -> usize {
    items * size_of::<Item>() + flows * size_of::<FlowRecord>() + rare * size_of::<Rare>()
}

impl Rare {
    fn record(&self) -> Record<'_> {
        match self {
            Self::Named(named) => Record::Message(named.message()),
            Self::Capture(record) => Record::Capture(record),
            Self::Interface(record) => Record::Interface(record),
            Self::Transfer(record) => Record::Transfer(record),
            Self::Warning(record) => Record::Warning(record),
            Self::Summary(record) => Record::Summary(record),
        }
    }

    fn number_from(&mut self, first: u64) {
        match self {
            Self::Named(named) => named.head.flow += first,
            Self::Transfer(record) => record.number_from(first),
            Self::Warning(record) => record.number_from(first),
            Self::Summary(record) => record.number_from(first),
            Self::Capture(_) | Self::Interface(_) => {}
        }
    }

    /// Estimates the memory in use beyond the record's own size, in bytes.
    fn held(&self) -> usize {
        match self {
            Self::Named(named) => named.held(),
            Self::Capture(record) => record.file.len(),
            Self::Interface(record) => record.link_type.len(),
            Self::Transfer(record) => record.held(),
            Self::Warning(record) => record.held(),
            Self::Summary(record) => record.held(),
        }
    }
}

impl Named {
    fn message(&self) -> MessageRecord<'_> {
        self.head.with(Body::Named {
            name: self.name,
            fields: &self.fields,
            diagnostics: &self.diagnostics,
            raw: self.raw.as_deref(),
        })
    }

    fn held(&self) -> usize {
        let raw = self.raw.as_ref().map_or(0, Vec::len);
        self.fields.held() + size_of_val(self.diagnostics.as_slice()) + raw
    }
}

impl Head {
    #[inline]
    const fn of(message: &MessageRecord<'_>) -> Self {
        Self {
            stamp: message.stamp,
            flow: message.flow,
            protocol: message.protocol,
            from: message.from,
            source: message.source,
            destination: message.destination,
            offset: message.offset,
            length: message.length,
            inflated: message.inflated,
        }
    }

    #[inline]
    const fn with<'a>(&self, body: Body<'a>) -> MessageRecord<'a> {
        MessageRecord {
            stamp: self.stamp,
            flow: self.flow,
            protocol: self.protocol,
            from: self.from,
            source: self.source,
            destination: self.destination,
            offset: self.offset,
            length: self.length,
            inflated: self.inflated,
            body,
        }
    }
}
