//! Records that are told later than they became known.

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

/// Records with all that they borrow, in order, to be told later.
///
/// Their flows are numbered then: how many flows there are elsewhere need not be known before.
#[derive(Debug, Default)]
pub struct Kept {
    items: Vec<Item>,
    /// The payloads of framed messages, one after the other.
    payloads: Vec<u8>,
    /// What the items hold beyond their own size, roughly, in bytes.
    held: usize,
}

#[derive(Debug)]
enum Item {
    Started(Timestamp),
    /// The next so many bytes are the payload.
    Framed(Head, Frame, usize),
    Link(LinkRecord),
    Exchange(ExchangeRecord),
    // What is rare is in a box, so that the others are small.
    Named(Box<Named>),
    Capture(Box<CaptureRecord>),
    Interface(Box<InterfaceRecord>),
    Transfer(Box<TransferRecord>),
    Flow(Box<FlowRecord>),
    Warning(Box<WarningRecord>),
    Summary(Box<SummaryRecord>),
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
    /// Keeps when the first packet was captured.
    pub fn started(&mut self, time: Timestamp) {
        self.items.push(Item::Started(time));
    }

    /// Keeps a record.
    pub fn record(&mut self, record: &Record<'_>) {
        let item = match *record {
            Record::Message(ref message) => return self.message(message),
            Record::Link(record) => Item::Link(record.clone()),
            Record::Capture(record) => Item::Capture(Box::new(record.clone())),
            Record::Interface(record) => Item::Interface(Box::new(record.clone())),
            Record::Exchange(record) => Item::Exchange(record.clone()),
            Record::Transfer(record) => Item::Transfer(Box::new(record.clone())),
            Record::Flow(record) => Item::Flow(Box::new(record.clone())),
            Record::Warning(record) => Item::Warning(Box::new(record.clone())),
            Record::Summary(record) => Item::Summary(Box::new(record.clone())),
        };
        self.hold(item);
    }

    /// Tells the records and keeps none; the numbers of their flows count on from `first_flow`.
    ///
    /// # Errors
    ///
    /// What the sink says; the records behind are not told then.
    pub fn tell(&mut self, first_flow: u64, sink: &mut dyn RecordSink) -> io::Result<()> {
        let result = self.tell_items(first_flow, sink);
        self.items.clear();
        self.payloads.clear();
        self.held = 0;
        result
    }

    /// Estimates what the records take, in bytes.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.items.len() * size_of::<Item>() + self.payloads.len() + self.held
    }

    /// Estimates the memory in use, with what is reserved for more records, in bytes.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.items.capacity() * size_of::<Item>() + self.payloads.capacity() + self.held
    }

    fn tell_items(&mut self, first_flow: u64, sink: &mut dyn RecordSink) -> io::Result<()> {
        let mut payloads = self.payloads.as_slice();
        for item in &mut self.items {
            item.number_from(first_flow);
            let mut payload = [].as_slice();
            if let Item::Framed(.., length) = item {
                (payload, payloads) = payloads.split_at_checked(*length).unwrap_or_default();
            }
            item.tell(payload, sink)?;
        }
        Ok(())
    }

    fn hold(&mut self, item: Item) {
        self.held += item.held();
        self.items.push(item);
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
            Body::Named { name, fields, diagnostics, raw } => {
                self.hold(Item::Named(Box::new(Named {
                    head,
                    name,
                    fields: Fields::of(fields),
                    diagnostics: diagnostics.to_vec(),
                    raw: raw.map(<[u8]>::to_vec),
                })));
            }
        }
    }
}

impl Item {
    fn tell(&self, payload: &[u8], sink: &mut dyn RecordSink) -> io::Result<()> {
        let record = match self {
            Self::Started(time) => {
                sink.started(*time);
                return Ok(());
            }
            Self::Framed(head, Frame { code, direction, order }, _) => {
                let (code, direction, order) = (*code, *direction, *order);
                Record::Message(head.with(Body::Framed { code, direction, order, payload }))
            }
            Self::Named(named) => Record::Message(named.head.with(Body::Named {
                name: named.name,
                fields: &named.fields,
                diagnostics: &named.diagnostics,
                raw: named.raw.as_deref(),
            })),
            Self::Link(record) => Record::Link(record),
            Self::Capture(record) => Record::Capture(record),
            Self::Interface(record) => Record::Interface(record),
            Self::Exchange(record) => Record::Exchange(record),
            Self::Transfer(record) => Record::Transfer(record),
            Self::Flow(record) => Record::Flow(record),
            Self::Warning(record) => Record::Warning(record),
            Self::Summary(record) => Record::Summary(record),
        };
        sink.record(&record)
    }

    /// Lets the numbers of flows count on from another than 0.
    fn number_from(&mut self, first: u64) {
        match self {
            Self::Framed(head, ..) => head.flow += first,
            Self::Named(named) => named.head.flow += first,
            Self::Link(record) => record.number_from(first),
            Self::Exchange(record) => record.number_from(first),
            Self::Transfer(record) => record.number_from(first),
            Self::Flow(record) => record.number_from(first),
            Self::Warning(record) => record.number_from(first),
            Self::Summary(record) => record.number_from(first),
            Self::Started(_) | Self::Capture(_) | Self::Interface(_) => {}
        }
    }

    /// Estimates the memory in use beyond the item's own size, in bytes.
    fn held(&self) -> usize {
        match self {
            Self::Started(_) | Self::Framed(..) | Self::Link(_) | Self::Exchange(_) => 0,
            Self::Named(named) => {
                size_of::<Named>()
                    + named.fields.held()
                    + size_of_val(named.diagnostics.as_slice())
                    + named.raw.as_ref().map_or(0, Vec::len)
            }
            Self::Capture(record) => size_of::<CaptureRecord>() + record.file.len(),
            Self::Interface(record) => size_of::<InterfaceRecord>() + record.link_type.len(),
            Self::Transfer(record) => size_of::<TransferRecord>() + record.held(),
            Self::Flow(record) => size_of::<FlowRecord>() + record.held(),
            Self::Warning(record) => size_of::<WarningRecord>() + record.held(),
            Self::Summary(record) => size_of::<SummaryRecord>() + record.held(),
        }
    }
}

impl Head {
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
