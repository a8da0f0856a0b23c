//! Rendering on several cores: batches of records are rendered by helpers and put in order again.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Format, Lead, Options, Scratch, append};
use crate::story::{Kept, Record};

/// A batch is full with so many records,
const BATCH_RECORDS: usize = 256;

/// or with so many bytes of them, sessions and all.
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
    records: Kept,
    /// Text needs one for each record, JSON none.
    leads: Vec<Lead>,
    /// What they were rendered to.
    pub(super) rendered: Vec<u8>,
    /// How many deviations and errors their messages have.
    pub(super) diagnostics: u64,
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
    pub(super) fn add(&mut self, record: &Record<'_>, lead: &Lead) {
        let Batch { records, leads, .. } = &mut self.batch;
        records.record(record);
        if self.options.format == Format::Text {
            leads.push(*lead);
        }
    }

    /// Whether it is time to [`hand_out`](Self::hand_out) the batch.
    pub(super) fn is_full(&self) -> bool {
        let records = &self.batch.records;
        records.len() >= BATCH_RECORDS || records.size() >= BATCH_BYTES
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
        if !self.batch.records.is_empty() {
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
        batch.rendered.clear();
        batch.diagnostics = 0;
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
    fn render(&mut self, options: &Options, scratch: &mut Scratch) {
        let Self { records, leads, rendered, diagnostics, .. } = self;
        let mut leads = leads.iter();
        records.visit(|record| {
            let lead = leads.next().copied().unwrap_or_default();
            *diagnostics += append(record, &lead, options, scratch, rendered);
        });
        // The serial stage has enough to do without taking sessions apart.
        self.records.clear();
        self.leads.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::capture::Stamp;
    use crate::story::{FlowRecord, Protocol, Session};
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
            crew.add(&Record::Flow(&flow), &Lead::default());
            flows += 1;
        }
        assert!(flows <= BATCH_BYTES.div_ceil(100 * 512), "{flows} flows are too many");
    }
}
