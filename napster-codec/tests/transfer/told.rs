//! What a machine did when a scripted peer spoke to it.

use std::time::Duration;

use napster_codec::peer::DeviationKind;
use napster_codec::transfer::{
    Download, DownloadOptions, FileBytes, Incoming, Request, TransferError, TransferEvent, Upload,
};

pub(crate) const NOW: Duration = Duration::from_secs(1000);
pub(crate) const PATH: &[u8] = br"C:\music\a.mp3";

/// A song: what follows the digits of its size is no digit.
pub(crate) fn song(length: usize) -> Vec<u8> {
    let bytes = (0..length).map(|at| (at * 7 + at / 251) as u8);
    b"ID3".iter().copied().chain(bytes).take(length).collect()
}

/// A download, what it wrote and what it got.
pub(crate) struct Played {
    pub(crate) download: Download,
    pub(crate) now: Duration,
    pub(crate) written: Vec<Vec<u8>>,
    pub(crate) file: Vec<u8>,
    pub(crate) events: Vec<TransferEvent>,
}

impl Played {
    pub(crate) fn new(download: Download) -> Self {
        let (written, file, events) = (Vec::new(), Vec::new(), Vec::new());
        let mut played = Self { download, now: NOW, written, file, events };
        played.drain();
        played
    }

    pub(crate) fn direct(options: DownloadOptions) -> Self {
        Self::new(Download::direct(b"ann", PATH, options, NOW).expect("a request"))
    }

    /// With the size that a search result told.
    pub(crate) fn expecting(size: usize) -> Self {
        Self::direct(sized(size))
    }

    pub(crate) fn hears(mut self, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref().to_vec();
        let file = self.download.handle_input(self.now, &bytes);
        keep(&mut self.file, &file);
        self.drain();
        self
    }

    pub(crate) fn ends(mut self) -> Self {
        let file = self.download.handle_close(self.now);
        keep(&mut self.file, &file);
        self.drain();
        self
    }

    /// Nothing comes until the machine's next moment.
    pub(crate) fn waits(mut self) -> Self {
        self.now = self.download.poll_timeout().expect("a moment");
        let file = self.download.handle_timeout(self.now);
        keep(&mut self.file, &file);
        self.drain();
        self
    }

    pub(crate) fn said(&self) -> Vec<u8> {
        self.written.concat()
    }

    fn drain(&mut self) {
        self.written.extend(std::iter::from_fn(|| self.download.poll_transmit()));
        self.events.extend(std::iter::from_fn(|| self.download.poll_event()));
    }

    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.events.last(), Some(TransferEvent::Finished(_)))
    }

    pub(crate) fn error(&self) -> Option<&TransferError> {
        match self.events.last() {
            Some(TransferEvent::Failed(error)) => Some(error),
            _ => None,
        }
    }

    pub(crate) fn deviations(&self) -> Vec<DeviationKind> {
        deviations(&self.events)
    }
}

fn keep(file: &mut Vec<u8>, bytes: &FileBytes<'_>) {
    assert_eq!(bytes.len(), bytes.parts().concat().len());
    file.extend(bytes.parts().concat());
}

pub(crate) fn deviations(events: &[TransferEvent]) -> Vec<DeviationKind> {
    let kinds = events.iter().filter_map(|event| match event {
        TransferEvent::Deviation(kind) => Some(*kind),
        _ => None,
    });
    kinds.collect()
}

pub(crate) fn sized(size: usize) -> DownloadOptions {
    DownloadOptions { expected_size: Some(size as u64), ..DownloadOptions::default() }
}

/// The greeting machine after these portions, and a silence where it wants one.
pub(crate) fn incoming(portions: &[&[u8]]) -> Incoming {
    let mut incoming = Incoming::new(NOW);
    assert_eq!(incoming.poll_transmit().as_deref(), Some(&b"1"[..]));
    for bytes in portions {
        incoming.handle_input(NOW, bytes);
    }
    incoming
}

pub(crate) fn request(portions: &[&[u8]]) -> Option<Request> {
    let mut incoming = incoming(portions);
    incoming.take_request().or_else(|| {
        let at = incoming.poll_timeout()?;
        incoming.handle_timeout(at);
        incoming.take_request()
    })
}

/// Everything an upload writes, the file in portions; and what it tells.
pub(crate) fn drain_upload(
    upload: &mut Upload,
    file: &[u8],
    portion: usize,
) -> (Vec<Vec<u8>>, Vec<TransferEvent>) {
    let mut written: Vec<Vec<u8>> = std::iter::from_fn(|| upload.poll_transmit()).collect();
    while let Some(part) = upload.next_part() {
        let from = usize::try_from(part.position).expect("a short file");
        let count = usize::try_from(part.length).expect("a short file").min(portion.max(1));
        written.push(file[from..from + count].to_vec());
        upload.handle_sent(NOW, count as u64);
    }
    (written, std::iter::from_fn(|| upload.poll_event()).collect())
}
