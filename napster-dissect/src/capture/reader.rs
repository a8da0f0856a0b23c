//! The reader of captures: opens an input, recognises its format, gives its packets in order.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::compress::{Compression, Damage, Decompressor};
use super::control::Control;
use super::error::{OpenError, OpenErrorKind, Problem, ProblemKind};
use super::live::Live;
use super::pcap::{self, Pcap};
use super::pcapng::PcapNg;
use super::source::Source;
use super::time::Timestamp;

/// One thing that an input tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Item<'a> {
    /// An interface on which packets were captured; it precedes its packets.
    Interface(Interface),
    /// A captured packet.
    Packet(Packet<'a>),
    /// Something that could not be read.
    Problem(Problem),
}

/// An interface on which packets were captured.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Interface {
    /// Its index among all interfaces of the input, from 0, over all sections.
    pub index: u32,
    /// The number of its link type in the registry of link types (`LINKTYPE_…`).
    pub link_type: u32,
    /// The most bytes of a packet that were captured; 0 if there was no limit.
    pub snap_length: u32,
}

/// A captured packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Packet<'a> {
    /// Its number in the input, from 1.
    pub frame: u64,
    /// When it was captured; a packet without a time shares that of the packet before it.
    pub time: Timestamp,
    /// The index of its interface.
    pub interface: u32,
    /// The number of its link type in the registry of link types (`LINKTYPE_…`).
    pub link_type: u32,
    /// Its bytes, from the link layer on, as far as they were captured.
    pub data: &'a [u8],
    /// Its length on the wire. Inputs may lie: it may be smaller than what was captured.
    pub original_length: u32,
}

/// What a format's reader found; packets by their place in the buffer.
pub(super) enum Event {
    Interface(Interface),
    Packet(PacketPlace),
    Problem(Problem),
}

/// A packet by its place in the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct PacketPlace {
    pub(super) interface: u32,
    pub(super) link_type: u32,
    pub(super) time: Timestamp,
    pub(super) start: usize,
    pub(super) length: usize,
    pub(super) original_length: u32,
}

/// Reads packets from a capture file or a pipe.
///
/// What it cannot read it tells as [`Item::Problem`] and goes on behind it. On a pipe a packet is
/// given as soon as its bytes are there.
pub struct Reader {
    name: String,
    compression: Option<Compression>,
    source: Source,
    format: Format,
    /// What was looked at and not taken; none within at the end.
    ahead: Option<Option<Event>>,
    frame: u64,
    live: bool,
    /// How many bytes were taken from the input so far.
    taken: Arc<AtomicU64>,
    /// How many bytes the input has, if it is a file.
    size: Option<u64>,
}

enum Format {
    Pcap(Pcap),
    PcapNg(PcapNg),
}

impl Reader {
    /// Opens a file by its path; `-` is standard input.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such file, or it is no capture in a known format.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::watched(path, &Control::new())
    }

    /// As [`open`](Self::open); the control tells how far it was read, and can end the wait for an
    /// input that makes its reader wait.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    pub fn watched(path: &Path, control: &Control) -> Result<Self, OpenError> {
        if path.as_os_str() == OsStr::new("-") {
            let name = "standard input".to_owned();
            return match redirected() {
                Some((file, size)) => Self::with_source(file, name, Some(size), control),
                None => Self::with_source(Live::new(io::stdin(), control), name, None, control),
            };
        }
        let name = path.display().to_string();
        let failed = |error: &io::Error| {
            let (kind, what) = match error.kind() {
                io::ErrorKind::NotFound => (OpenErrorKind::NotFound, "there is no such file"),
                io::ErrorKind::PermissionDenied => {
                    (OpenErrorKind::Unreadable, "permission is denied")
                }
                _ => {
                    let message = format!("{name} cannot be opened: {error}");
                    return OpenError::new(OpenErrorKind::Unreadable, message);
                }
            };
            OpenError::new(kind, format!("{name} cannot be opened: {what}"))
        };
        let file = File::open(path).map_err(|error| failed(&error))?;
        let metadata = file.metadata().map_err(|error| failed(&error))?;
        if metadata.is_dir() {
            return Err(OpenError::new(
                OpenErrorKind::Directory,
                format!("{name} is a directory, not a capture file"),
            ));
        }
        if metadata.is_file() {
            Self::with_source(file, name, Some(metadata.len()), control)
        } else {
            Self::with_source(Live::new(file, control), name, None, control)
        }
    }

    /// Reads from anything; `name` is used in messages.
    ///
    /// # Errors
    ///
    /// Returns an error if the input is no capture in a known format.
    pub fn new(
        input: impl Read + Send + 'static,
        name: impl Into<String>,
    ) -> Result<Self, OpenError> {
        Self::with_source(input, name.into(), None, &Control::new())
    }

    /// Reads from a file, if its size is given, or from something that may have to be waited for.
    fn with_source(
        input: impl Read + Send + 'static,
        name: String,
        size: Option<u64>,
        control: &Control,
    ) -> Result<Self, OpenError> {
        let prompt = size.is_some();
        let taken = Arc::new(AtomicU64::new(0));
        let counted = Counted { input, taken: Arc::clone(&taken), control: control.clone() };
        let mut source = Source::new(Box::new(counted), prompt);
        source.require(4);
        let compression = Compression::detect(source.available());
        if let Some(compression) = compression {
            let decompressor = Decompressor::new(compression, source);
            source = Source::new(Box::new(decompressor), prompt);
        }
        source.require(pcap::FILE_HEADER);
        let start = source.available();
        let format = if Pcap::detects(start) {
            Pcap::open(&mut source).map(Format::Pcap)
        } else if PcapNg::detects(start) {
            Some(Format::PcapNg(PcapNg::new()))
        } else {
            None
        };
        match format {
            Some(format) => Ok(Self {
                name,
                compression,
                source,
                format,
                ahead: None,
                frame: 0,
                live: !prompt,
                taken,
                size,
            }),
            None => Err(unknown(&mut source, &name, compression)),
        }
    }

    /// Returns the next thing that the input tells, or `None` at its end.
    #[allow(clippy::should_implement_trait)]
    #[inline]
    pub fn next(&mut self) -> Option<Item<'_>> {
        match &self.next_plain() {
            Some(packet) => Some(Item::Packet(self.packet(packet))),
            None => self.next_any(),
        }
    }

    /// Finds the next packet if it comes next and nothing is odd about it, which is nearly always so.
    #[inline(always)]
    pub(super) fn next_plain(&mut self) -> Option<PacketPlace> {
        match (&self.ahead, &mut self.format) {
            (Some(_), _) => None,
            (None, Format::Pcap(pcap)) => pcap.next_plain(&mut self.source),
            (None, Format::PcapNg(pcapng)) => pcapng.next_plain(&mut self.source),
        }
    }

    /// Gives a packet the next number.
    #[inline(always)]
    pub(super) fn packet(&mut self, packet: &PacketPlace) -> Packet<'_> {
        self.frame += 1;
        Packet {
            frame: self.frame,
            time: packet.time,
            interface: packet.interface,
            link_type: packet.link_type,
            data: self.source.slice(packet.start, packet.length),
            original_length: packet.original_length,
        }
    }

    /// As [`next`](Self::next), whatever comes.
    #[inline(never)]
    pub(super) fn next_any(&mut self) -> Option<Item<'_>> {
        let event = match self.ahead.take() {
            Some(event) => event,
            None => self.event(),
        };
        match event {
            Some(Event::Packet(packet)) => Some(Item::Packet(self.packet(&packet))),
            Some(Event::Interface(interface)) => Some(Item::Interface(interface)),
            // What ended the input matters more than the record that was cut by it.
            Some(Event::Problem(problem)) if problem.kind == ProblemKind::Truncated => {
                Some(Item::Problem(self.failure().unwrap_or(problem)))
            }
            Some(Event::Problem(problem)) => Some(Item::Problem(problem)),
            None => self.failure().map(Item::Problem),
        }
    }

    fn event(&mut self) -> Option<Event> {
        match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.source, &self.name),
            Format::PcapNg(pcapng) => pcapng.next(&mut self.source, &self.name),
        }
    }

    /// Says what [`next`](Self::next) will give, without taking it.
    pub(super) fn peek(&mut self) -> Peeked {
        if self.ahead.is_none() {
            self.ahead = Some(self.event());
        }
        match &self.ahead {
            Some(Some(Event::Packet(packet))) => Peeked::Packet(packet.time),
            Some(None) if !self.source.has_failed() => Peeked::End,
            _ => Peeked::Other,
        }
    }

    /// Returns whether [`next`](Self::next) may have to wait for the input.
    pub(super) fn may_wait(&self) -> bool {
        self.live
            && self.ahead.is_none()
            && match &self.format {
                Format::Pcap(pcap) => !pcap.is_ready(self.source.available()),
                Format::PcapNg(pcapng) => !pcapng.is_ready(self.source.available()),
            }
    }

    /// Returns the input's name as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the next packet may be long in coming, as from a pipe.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.live
    }

    /// Returns the format's name: `pcap`, `pcap-ns` (nanoseconds), `pcap-modified` or `pcapng`.
    #[must_use]
    pub fn format(&self) -> &'static str {
        match &self.format {
            Format::Pcap(pcap) => pcap.format(),
            Format::PcapNg(_) => "pcapng",
        }
    }

    /// Returns the name of the compression around the capture, if there is one.
    #[must_use]
    pub fn compression(&self) -> Option<&'static str> {
        self.compression.map(Compression::name)
    }

    /// Returns how many bytes were taken from the input so far, compressed as they are.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    /// Returns how many bytes the input has, if it is a file.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Reports the error that ended the input, once.
    fn failure(&mut self) -> Option<Problem> {
        let error = self.source.take_failure()?;
        let offset = self.source.offset();
        let name = &self.name;
        let damage = error.get_ref().and_then(|inner| inner.downcast_ref::<Damage>());
        let (kind, message) = match (damage, self.compression) {
            (Some(damage), Some(compression)) => (
                ProblemKind::Compression,
                format!(
                    "{name}: {} behind byte {offset} of what it holds",
                    describe(damage, compression)
                ),
            ),
            _ => (
                ProblemKind::Unreadable,
                format!("{name} cannot be read behind byte {offset}: {error}"),
            ),
        };
        Some(Problem { kind, offset, message })
    }
}

/// What comes next in an input.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peeked {
    /// A packet, captured then.
    Packet(Timestamp),
    /// Something else.
    Other,
    /// Nothing.
    End,
}

/// Returns the file that standard input was redirected to, and its size.
#[cfg(unix)]
fn redirected() -> Option<(File, u64)> {
    use std::os::fd::AsFd as _;

    let file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    metadata.is_file().then_some((file, metadata.len()))
}

/// Here it cannot be told from a pipe.
#[cfg(not(unix))]
fn redirected() -> Option<(File, u64)> {
    None
}

/// Counts what is read.
struct Counted<R> {
    input: R,
    taken: Arc<AtomicU64>,
    control: Control,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(room)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        self.control.take(count as u64);
        Ok(count)
    }
}

/// Says what is wrong with compressed data.
fn describe(damage: &Damage, compression: Compression) -> String {
    let compression = compression.name();
    if damage.cut {
        format!("the {compression} data is cut off")
    } else {
        format!("the {compression} data is damaged ({damage})")
    }
}

/// Says what an input is that is no capture.
fn unknown(source: &mut Source, name: &str, compression: Option<Compression>) -> OpenError {
    if let Some(error) = source.take_failure() {
        let damage = error.get_ref().and_then(|inner| inner.downcast_ref::<Damage>());
        let (kind, reason) = match (damage, compression) {
            (Some(damage), Some(compression)) => {
                (OpenErrorKind::NotACapture, describe(damage, compression))
            }
            _ => (OpenErrorKind::Unreadable, error.to_string()),
        };
        return OpenError::new(kind, format!("{name} cannot be read: {reason}"));
    }
    let start = source.available();
    let holder = match compression {
        Some(compression) => format!("the {} data in {name}", compression.name()),
        None => name.to_owned(),
    };
    if start.is_empty() {
        return OpenError::new(OpenErrorKind::Empty, format!("{holder} is empty"));
    }
    let known = KNOWN.iter().find(|(magic, _)| start.starts_with(magic));
    let message = match known {
        Some((_, what)) => {
            format!("{holder} is {what}, which is not read: convert it to pcap or pcapng first")
        }
        None if Pcap::detects(start) => {
            format!("{holder} is cut off at byte {}, within the header of a pcap file", start.len())
        }
        None => format!(
            "{holder} is no packet capture: at byte 0 is neither the mark of pcap nor of pcapng"
        ),
    };
    OpenError::new(OpenErrorKind::NotACapture, message)
}

/// What inputs may be that are not read.
const KNOWN: [(&[u8], &str); 8] = [
    (b"snoop\0\0\0", "a snoop capture"),
    (b"RTSS", "a Network Monitor 1 capture"),
    (b"GMBU", "a Network Monitor 2 capture"),
    (b"XCP\0", "a Sniffer capture"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x9d", "compressed with compress"),
];
