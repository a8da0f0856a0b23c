//! Rendering on several cores: batches of records are rendered by helpers and put in order again.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use napster_codec::{ByteOrder, Code, Direction};

use super::{Format, Lead, Options, Scratch, append};
use crate::capture::Stamp;
use crate::story::{Body, ExchangeRecord, FlowRecord, MessageRecord, Protocol, Record};
use crate::tcp::Side;

/// A batch is full with so many records,
const BATCH_RECORDS: usize = 256;

/// or with so many bytes of messages and sessions.
const BATCH_BYTES: usize = 128 * 1024;

/// How many batches may wait for each helper, so that it finds one when the serial stage has
/// rendered one itself.
const WAITING: usize = 2;

/// How many batches may be done before their turn, for each helper.
const DONE_EARLY: usize = 4;

/// The helpers, and the batches on their way.
///
/// The owner fills batches in order, hands each out when it [`is_full`](Self::is_full), and takes
/// what is done in the same order. Where all helpers are busy it renders the batch itself, so that
/// with N helpers N + 1 processors work. The helpers start with the first batch that is full: a
/// small input is done before they would be.
#[derive(Debug)]
pub(super) struct Crew {
    helpers: usize,
    options: Options,
    batch: Batch,
    /// The number of the batch that is being filled.
    next: u64,
    /// The number of the batch whose turn it is.
    turn: u64,
    done: BTreeMap<u64, Batch>,
    /// Batches to be filled again.
    free: Vec<Batch>,
    lines: Option<Lines>,
}

/// The way to the helpers and back.
#[derive(Debug)]
struct Lines {
    work: SyncSender<Batch>,
    /// `None` tells of a helper that failed.
    done: Receiver<Option<Batch>>,
}

/// Records that are rendered at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    number: u64,
    items: Vec<Item>,
    /// Text needs one for each item, JSON none.
    leads: Vec<Lead>,
    flows: Vec<FlowRecord>,
    /// The bytes of the items, one after the other.
    bytes: Vec<u8>,
    /// How many bytes the sessions of the flows have.
    sessions: usize,
    /// What they were rendered to.
    pub(super) rendered: Vec<u8>,
    /// How many deviations and errors their messages have.
    pub(super) diagnostics: u64,
}

#[derive(Debug)]
enum Item {
    Message(Message),
    Exchange(ExchangeRecord),
    /// The next of the flows.
    Flow,
    /// A record of which the next so many bytes are what an output says.
    Rendered(usize),
}

/// A framed message; its payload is the next of the bytes.
#[derive(Clone, Copy, Debug)]
struct Message {
    stamp: Stamp,
    flow: u64,
    protocol: Protocol,
    from: Side,
    source: SocketAddr,
    destination: SocketAddr,
    offset: u64,
    length: u64,
    inflated: bool,
    code: Code,
    direction: Direction,
    order: ByteOrder,
    /// How many bytes that is.
    payload: usize,
}

impl Crew {
    /// A crew of so many helpers, who have not started yet.
    pub(super) fn new(helpers: usize, options: Options) -> Self {
        Self {
            helpers,
            options,
            batch: Batch::default(),
            next: 0,
            turn: 0,
            done: BTreeMap::new(),
            free: Vec::new(),
            lines: None,
        }
    }

    /// Adds a record to the batch that is being filled.
    pub(super) fn add(&mut self, record: &Record<'_>, lead: &Lead, scratch: &mut Scratch) {
        self.batch.add(record, lead, &self.options, scratch);
    }

    /// Whether it is time to [`hand_out`](Self::hand_out) the batch.
    pub(super) fn is_full(&self) -> bool {
        let Batch { items, bytes, sessions, .. } = &self.batch;
        items.len() >= BATCH_RECORDS || bytes.len() + sessions >= BATCH_BYTES
    }

    /// Gives the batch to a helper, or renders it where none is free.
    pub(super) fn hand_out(&mut self, scratch: &mut Scratch) {
        let batch = self.take_batch();
        let (helpers, options) = (self.helpers, &self.options);
        let lines = self.lines.get_or_insert_with(|| Lines::new(helpers, options));
        let refused = lines.work.try_send(batch).err();
        if let Some(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) = refused {
            self.render(batch, scratch);
        }
    }

    /// Renders the batch as far as it is filled.
    pub(super) fn close(&mut self, scratch: &mut Scratch) {
        if !self.batch.items.is_empty() {
            let batch = self.take_batch();
            self.render(batch, scratch);
        }
    }

    /// The batch whose turn it is, if it is done; waits for it where `all` are wanted or too many
    /// behind it are done.
    ///
    /// # Errors
    ///
    /// Where a helper failed.
    pub(super) fn next_done(&mut self, all: bool) -> io::Result<Option<Batch>> {
        let failed = || io::Error::other("a thread that writes records failed");
        loop {
            if let Some(batch) = self.done.remove(&self.turn) {
                self.turn += 1;
                return Ok(Some(batch));
            }
            let Some(lines) = self.lines.as_ref().filter(|_| self.turn < self.next) else {
                return Ok(None);
            };
            let batch = if all || self.done.len() >= DONE_EARLY * self.helpers {
                lines.done.recv().map_err(|_| failed())?
            } else {
                let Ok(batch) = lines.done.try_recv() else { return Ok(None) };
                batch
            };
            let batch = batch.ok_or_else(failed)?;
            self.done.insert(batch.number, batch);
        }
    }

    /// Takes a batch back whose rendering is not needed any more.
    pub(super) fn give_back(&mut self, mut batch: Batch) {
        batch.clear();
        self.free.push(batch);
    }

    fn take_batch(&mut self) -> Batch {
        let empty = self.free.pop().unwrap_or_default();
        let mut batch = std::mem::replace(&mut self.batch, empty);
        batch.number = self.next;
        self.next += 1;
        batch
    }

    fn render(&mut self, mut batch: Batch, scratch: &mut Scratch) {
        batch.render(&self.options, scratch);
        self.done.insert(batch.number, batch);
    }
}

impl Lines {
    /// Starts the helpers.
    fn new(helpers: usize, options: &Options) -> Self {
        let (work, batches) = sync_channel(WAITING * helpers);
        let (results, done) = channel();
        let batches = Arc::new(Mutex::new(batches));
        for _ in 0..helpers {
            let helper = Helper { batches: Arc::clone(&batches), results: results.clone() };
            let options = options.clone();
            // They end when the way to them is closed.
            thread::spawn(move || helper.work(&options));
        }
        Self { work, done }
    }
}

/// A thread that renders batches.
struct Helper {
    batches: Arc<Mutex<Receiver<Batch>>>,
    results: Sender<Option<Batch>>,
}

impl Helper {
    fn work(self, options: &Options) {
        let mut scratch = Scratch::default();
        while let Some(mut batch) = self.next() {
            batch.render(options, &mut scratch);
            if self.results.send(Some(batch)).is_err() {
                break;
            }
        }
    }

    fn next(&self) -> Option<Batch> {
        self.batches.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nobody shall wait for what it had.
            let _ = self.results.send(None);
        }
    }
}

impl Batch {
    fn add(&mut self, record: &Record<'_>, lead: &Lead, options: &Options, scratch: &mut Scratch) {
        if options.format == Format::Text {
            self.leads.push(*lead);
        }
        match record {
            Record::Message(message) if self.add_message(message) => {}
            Record::Exchange(exchange) => self.items.push(Item::Exchange((*exchange).clone())),
            Record::Flow(flow) => self.add_flow(flow),
            // What is rare, or borrows more than bytes, is rendered here.
            _ => {
                let start = self.bytes.len();
                self.diagnostics += append(record, lead, options, scratch, &mut self.bytes);
                self.items.push(Item::Rendered(self.bytes.len() - start));
            }
        }
    }

    /// Adds a framed message; says whether it is one.
    fn add_message(&mut self, message: &MessageRecord<'_>) -> bool {
        let Body::Framed { code, direction, order, payload } = message.body else { return false };
        self.bytes.extend_from_slice(payload);
        self.items.push(Item::Message(Message {
            stamp: message.stamp,
            flow: message.flow,
            protocol: message.protocol,
            from: message.from,
            source: message.source,
            destination: message.destination,
            offset: message.offset,
            length: message.length,
            inflated: message.inflated,
            code,
            direction,
            order,
            payload: payload.len(),
        }));
        true
    }

    fn add_flow(&mut self, flow: &FlowRecord) {
        self.sessions += flow.session.as_ref().map_or(0, |session| session.size());
        self.flows.push(flow.clone());
        self.items.push(Item::Flow);
    }

    fn render(&mut self, options: &Options, scratch: &mut Scratch) {
        let (mut flows, mut leads) = (self.flows.iter(), self.leads.iter());
        let mut bytes = self.bytes.as_slice();
        let mut take = |length| {
            let (own, rest) = bytes.split_at_checked(length).unwrap_or_default();
            bytes = rest;
            own
        };
        for item in &self.items {
            let record = match item {
                Item::Message(message) => Record::Message(message.with(take(message.payload))),
                Item::Exchange(exchange) => Record::Exchange(exchange),
                Item::Flow => match flows.next() {
                    Some(flow) => Record::Flow(flow),
                    None => continue,
                },
                Item::Rendered(length) => {
                    self.rendered.extend_from_slice(take(*length));
                    leads.next();
                    continue;
                }
            };
            let lead = leads.next().copied().unwrap_or_default();
            self.diagnostics += append(&record, &lead, options, scratch, &mut self.rendered);
        }
        // The serial stage has enough to do without taking sessions apart.
        self.flows.clear();
    }

    /// Makes room for other records.
    fn clear(&mut self) {
        self.items.clear();
        self.leads.clear();
        self.bytes.clear();
        self.rendered.clear();
        (self.sessions, self.diagnostics) = (0, 0);
    }
}

impl Message {
    const fn with<'a>(&self, payload: &'a [u8]) -> MessageRecord<'a> {
        let (code, direction, order) = (self.code, self.direction, self.order);
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
            body: Body::Framed { code, direction, order, payload },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Stamp;
    use crate::story::Session;
    use crate::tcp::{Closed, FlowStats};

    /// A batch is bounded in bytes, whatever it holds.
    #[test]
    fn large_sessions_fill_a_batch() {
        let session = Session { channels: vec![vec![b'c'; 512]; 100], ..Session::default() };
        let flow = FlowRecord {
            stamp: Stamp::default(),
            flow: 0,
            protocol: Protocol::Napster,
            client: SocketAddr::from(([10, 0, 0, 1], 1024)),
            server: SocketAddr::from(([10, 0, 0, 2], 8888)),
            stats: FlowStats::default(),
            messages: 0,
            file_bytes: 0,
            undecoded: 0,
            closed: Closed::Fin,
            session: Some(session.into()),
        };
        let mut crew = Crew::new(1, Options::default());
        let mut flows = 0;
        while !crew.is_full() {
            crew.add(&Record::Flow(&flow), &Lead::default(), &mut Scratch::default());
            flows += 1;
        }
        assert!(flows <= BATCH_BYTES.div_ceil(100 * 512), "{flows} flows are too many");
    }
}
