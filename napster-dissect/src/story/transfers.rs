//! File transfers: the bytes of each are hashed and written as they come, never kept.

use std::net::SocketAddr;

use napster_codec::peer::{self, DeviationKind, Event, Reading};
use sha2::{Digest, Sha256};

use super::extract::{Extractor, Saved};
use super::record::{Party, TransferEnd, TransferKind, TransferRecord};
use crate::capture::Stamp;
use crate::tcp::FlowInfo;

/// The file of one peer connection.
#[derive(Default)]
pub(super) struct FileStream {
    /// One hash for each way in which the size can be read.
    readings: Vec<Candidate>,
    /// The digits that may be the file's first bytes, of the reading that has most of them.
    longest_lead: usize,
    pub(super) saved: Option<Saved>,
}

struct Candidate {
    id: u8,
    lead: usize,
    hash: Option<Sha256>,
}

impl FileStream {
    /// The file begins.
    pub(super) fn start(&mut self, readings: &[Reading<'_>], hash: bool) {
        self.readings.clear();
        self.longest_lead = 0;
        for reading in readings {
            let hash = hash.then(|| Sha256::new_with_prefix(reading.lead));
            self.readings.push(Candidate { id: reading.id, lead: reading.lead.len(), hash });
            if reading.lead.len() > self.longest_lead {
                self.longest_lead = reading.lead.len();
            }
        }
        if let Some(saved) = &mut self.saved {
            let longest = readings.iter().max_by_key(|reading| reading.lead.len());
            saved.write(longest.map_or(&[], |reading| reading.lead));
        }
    }

    pub(super) fn data(&mut self, bytes: &[u8]) {
        for candidate in &mut self.readings {
            if let Some(hash) = &mut candidate.hash {
                hash.update(bytes);
            }
        }
        if let Some(saved) = &mut self.saved {
            saved.write(bytes);
        }
    }

    pub(super) fn gap(&mut self, length: u64) {
        for candidate in &mut self.readings {
            // What was not captured cannot be hashed.
            candidate.hash = None;
        }
        if let Some(saved) = &mut self.saved {
            saved.skip(length);
        }
    }

    /// A reading is impossible.
    pub(super) fn drop_reading(&mut self, id: u8) {
        self.readings.retain(|candidate| candidate.id != id);
    }

    /// One reading is left.
    pub(super) fn decide(&mut self, id: u8) {
        self.readings.retain(|candidate| candidate.id == id);
    }

    /// The hash of the bytes seen, and the file with the right start.
    fn finish(&mut self, extractor: Option<&mut Extractor>) -> (Option<[u8; 32]>, Option<String>) {
        let Some(candidate) = self.readings.first_mut() else {
            let name = self.saved.take().zip(extractor).and_then(|(saved, to)| to.finish(saved, 0));
            return (None, name);
        };
        let hash = candidate.hash.take().map(|hash| hash.finalize().into());
        let too_much = self.longest_lead - candidate.lead;
        let name = self.saved.take().zip(extractor);
        (hash, name.and_then(|(saved, extractor)| extractor.finish(saved, too_much)))
    }
}

/// The record of a transfer that ended.
pub(super) fn record(
    flow: &FlowInfo,
    (client, server): (SocketAddr, SocketAddr),
    transfer: &peer::Transfer<'_>,
    stream: &mut FileStream,
    extractor: Option<&mut Extractor>,
    stamp: Stamp,
) -> TransferRecord {
    let party = |nick: Option<&[u8]>, address| Party { nick: nick.map(<[u8]>::to_vec), address };
    // The flow's client opened the connection: it downloads, or pushes.
    let (uploader, downloader) = match transfer.kind.uploader() {
        peer::Side::Initiator => (client, server),
        peer::Side::Listener => (server, client),
    };
    let (sha256, saved_as) = stream.finish(extractor);
    TransferRecord {
        stamp,
        flow: flow.number,
        kind: match transfer.kind {
            peer::TransferKind::Push => TransferKind::Push,
            peer::TransferKind::Bare => TransferKind::Bare,
            _ => TransferKind::Download,
        },
        uploader: party(transfer.uploader, uploader),
        downloader: party(transfer.downloader, downloader),
        file: transfer.file.map(<[u8]>::to_vec),
        offset: transfer.offset,
        size: transfer.size,
        remaining: transfer.remaining,
        bytes: transfer.bytes,
        complete: transfer.complete,
        ended: match transfer.ended {
            peer::TransferEnd::Complete => TransferEnd::Complete,
            peer::TransferEnd::Refused => TransferEnd::Refused,
            peer::TransferEnd::Stalled => TransferEnd::Stalled,
            peer::TransferEnd::IgnoredOffset => TransferEnd::IgnoredOffset,
            peer::TransferEnd::Cut => TransferEnd::Cut,
            _ => TransferEnd::Aborted,
        },
        error: transfer.error.map(<[u8]>::to_vec),
        gap_bytes: transfer.gap_bytes,
        sha256: sha256.filter(|_| transfer.bytes > 0 && transfer.gap_bytes == 0),
        announced: None,
        saved_as,
    }
}

/// What a side did, behind "the client" or "the server".
pub(super) const fn in_words(kind: DeviationKind) -> &'static str {
    match kind {
        DeviationKind::WrongGreeting => "greets with a line end in place of its 1",
        DeviationKind::MissingGreeting => "answers without its greeting",
        DeviationKind::LateGreeting => "greets when the request has come already",
        DeviationKind::RepeatedGreeting => "greets twice",
        DeviationKind::MissingSize => "sends a file without its size",
        DeviationKind::SizeMismatch => "announces another size than the one told for the file",
        DeviationKind::SizeTooLong => "announces a size of more digits than a size has",
        DeviationKind::RemainingSize => "announces the size of what follows, not of the file",
        DeviationKind::OffsetBeyondSize => "asks for bytes behind the end of the file",
        DeviationKind::IgnoredOffset => "sends the file from its start, not from the offset",
        DeviationKind::ExcessData => "sends more than it announced",
        DeviationKind::MissingOffset => "never says from where it wants the file",
        DeviationKind::UnexpectedData => "sends bytes where none belong",
        DeviationKind::RequestTooLong => "sends a request beyond the limit",
        DeviationKind::ErrorTooLong => "sends an error text beyond the limit",
        DeviationKind::LineTooLong => "sends a line beyond the limit",
        DeviationKind::HeldTooLong => "sends more than can be held before the request is known",
        DeviationKind::HandshakeGap => "says something in front of the file that was not captured",
        DeviationKind::MissingListEnd => "ends its list without the empty line",
        DeviationKind::NotNapster => "asks for a web page",
        _ => "deviates",
    }
}

/// Hands what is told of a file to its stream.
pub(super) fn follow(stream: &mut FileStream, event: &Event<'_, Stamp>, hash: bool) {
    match event {
        Event::FileStart { readings } => stream.start(readings, hash),
        Event::FileData { bytes } => stream.data(bytes),
        Event::FileGap { length } => stream.gap(*length),
        Event::ReadingDropped { id } => stream.drop_reading(*id),
        Event::Decided { id, .. } => stream.decide(*id),
        _ => {}
    }
}
