//! A sink that writes down what it is told, and a script that plays a connection.

use std::fmt::Write as _;

use napster_codec::peer::{
    Asked, Closed, DeviationKind, Event, Expectation, KnownSizes, Observer, Side, Sink, SizeRule,
    TransferEnd, TransferKind,
};
use napster_codec::{Value, Visit};

/// What was told about one connection.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Story {
    /// `initiator get_request nick=ann …`, one a message.
    pub(crate) said: Vec<String>,
    /// Where each message was: side, offset, length, stamp.
    pub(crate) places: Vec<(Side, u64, usize, u32)>,
    pub(crate) deviations: Vec<DeviationKind>,
    /// The file in each reading that is left.
    pub(crate) readings: Vec<(u8, Vec<u8>)>,
    pub(crate) most_readings: usize,
    pub(crate) gap: u64,
    pub(crate) transfer: Option<Ended>,
    pub(crate) undecoded: [u64; 2],
    /// Sizes to give when asked.
    pub(crate) known: KnownSizes,
    pub(crate) asked: Vec<String>,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let files: Vec<(u8, usize)> = self.readings.iter().map(|r| (r.0, r.1.len())).collect();
        f.debug_struct("Story")
            .field("said", &self.said)
            .field("deviations", &self.deviations)
            .field("files", &files)
            .field("transfer", &self.transfer)
            .field("undecoded", &self.undecoded)
            .finish_non_exhaustive()
    }
}

/// A transfer with bytes of its own.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) kind: TransferKind,
    pub(crate) uploader: Option<String>,
    pub(crate) downloader: Option<String>,
    pub(crate) file: Option<String>,
    pub(crate) offset: u64,
    pub(crate) size: Option<u64>,
    pub(crate) remaining: bool,
    pub(crate) rule: Option<SizeRule>,
    pub(crate) bytes: u64,
    pub(crate) gap_bytes: u64,
    pub(crate) complete: bool,
    pub(crate) ended: TransferEnd,
    pub(crate) error: Option<String>,
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

pub(crate) fn fields(value: &dyn Visit) -> String {
    let mut line = String::new();
    value.visit(&mut |name, value| {
        let _ = match value {
            Value::Text(bytes) | Value::Secret(bytes) => write!(line, " {name}={}", text(bytes)),
            Value::Unsigned(number) => write!(line, " {name}={number}"),
            Value::Address(address) => write!(line, " {name}={address}"),
            _ => write!(line, " {name}=?"),
        };
    });
    line
}

impl Sink<u32> for Story {
    fn event(&mut self, event: Event<'_, u32>) {
        assert!(self.transfer.is_none(), "the transfer is the last event");
        match event {
            Event::Message(said) => {
                let mut line = format!("{:?} {}", said.side, said.message.name()).to_lowercase();
                line += &fields(&said.message);
                for odd in said.diagnostics {
                    let _ = write!(line, " !{}", odd.kind);
                    assert!(odd.span.end as usize <= said.raw.len(), "{line}");
                }
                self.said.push(line);
                self.places.push((said.side, said.offset, said.raw.len(), said.stamp));
            }
            Event::FileStart { readings } => {
                assert!(self.readings.is_empty() && !readings.is_empty() && readings.len() <= 4);
                self.most_readings = readings.len();
                self.readings = readings.iter().map(|r| (r.id, r.lead.to_vec())).collect();
            }
            Event::FileData { bytes } => {
                assert!(!self.readings.is_empty() && !bytes.is_empty());
                for (_, file) in &mut self.readings {
                    file.extend_from_slice(bytes);
                }
            }
            Event::FileGap { length } => self.gap += length,
            Event::ReadingDropped { id } => {
                self.readings.retain(|(other, _)| *other != id);
                assert!(self.readings.len() > 1);
            }
            Event::Decided { id, .. } => {
                assert!(self.readings.len() > 1);
                self.readings.retain(|(other, _)| *other == id);
                assert_eq!(self.readings.len(), 1);
            }
            Event::Deviation(deviation) => self.deviations.push(deviation.kind),
            Event::Transfer(transfer) => {
                let owned = |bytes: Option<&[u8]>| bytes.map(text);
                self.transfer = Some(Ended {
                    kind: transfer.kind,
                    uploader: owned(transfer.uploader),
                    downloader: owned(transfer.downloader),
                    file: owned(transfer.file),
                    offset: transfer.offset,
                    size: transfer.size,
                    remaining: transfer.remaining,
                    rule: transfer.rule,
                    bytes: transfer.bytes,
                    gap_bytes: transfer.gap_bytes,
                    complete: transfer.complete,
                    ended: transfer.ended,
                    error: owned(transfer.error),
                });
            }
            _ => panic!("an event that the tests do not know"),
        }
    }

    fn known_sizes(&mut self, asked: Asked<'_>) -> KnownSizes {
        self.asked.push(text(asked.file));
        self.known.clone()
    }
}

impl Story {
    /// The file in the only reading that is left.
    pub(crate) fn file(&self) -> &[u8] {
        match self.readings.as_slice() {
            [] => b"",
            [(_, file)] => file,
            _ => panic!("the reading is not decided"),
        }
    }

    pub(crate) fn ended(&self) -> &Ended {
        self.transfer.as_ref().expect("a transfer was told")
    }
}

/// One thing that happens on a connection.
#[derive(Clone)]
pub(crate) enum Act {
    /// A segment of the initiator.
    I(Vec<u8>),
    /// A segment of the listener.
    L(Vec<u8>),
    /// Bytes of a side that were not captured.
    Gap(Side, u64),
    /// A side closes.
    Fin(Side),
}

impl std::fmt::Debug for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let show = |bytes: &[u8]| bytes[..bytes.len().min(60)].escape_ascii().to_string();
        match self {
            Self::I(bytes) => write!(f, "I {} \"{}\"", bytes.len(), show(bytes)),
            Self::L(bytes) => write!(f, "L {} \"{}\"", bytes.len(), show(bytes)),
            Self::Gap(side, length) => write!(f, "gap {side:?} {length}"),
            Self::Fin(side) => write!(f, "fin {side:?}"),
        }
    }
}

pub(crate) fn i(bytes: impl AsRef<[u8]>) -> Act {
    Act::I(bytes.as_ref().to_vec())
}

pub(crate) fn l(bytes: impl AsRef<[u8]>) -> Act {
    Act::L(bytes.as_ref().to_vec())
}

pub(crate) const FIN_I: Act = Act::Fin(Side::Initiator);
pub(crate) const FIN_L: Act = Act::Fin(Side::Listener);

/// Plays a connection; each act is a packet, whose number is its stamp.
pub(crate) fn play(expectation: Expectation, known: &[u64], acts: &[Act], how: Closed) -> Story {
    let mut story = Story { known: known.iter().copied().collect(), ..Story::default() };
    let mut observer = Observer::new(expectation);
    let mut sent = [0_u64; 2];
    for (stamp, act) in (1_u32..).zip(acts) {
        match act {
            Act::I(bytes) => {
                sent[0] += bytes.len() as u64;
                observer.data(Side::Initiator, bytes, true, stamp, &mut story);
            }
            Act::L(bytes) => {
                sent[1] += bytes.len() as u64;
                observer.data(Side::Listener, bytes, true, stamp, &mut story);
            }
            Act::Gap(side, length) => observer.gap(*side, *length, &mut story),
            Act::Fin(side) => observer.finished(*side, &mut story),
        }
    }
    observer.closed(how, &mut story);
    story.undecoded = [observer.undecoded(Side::Initiator), observer.undecoded(Side::Listener)];
    account(&story, sent);
    story
}

/// Every byte is in a message, in the file, or counted as neither.
fn account(story: &Story, sent: [u64; 2]) {
    let in_messages: u64 = story.places.iter().map(|place| place.2 as u64).sum();
    let undecoded: u64 = story.undecoded.iter().sum();
    let in_file = story.readings.first().map_or(0, |(_, file)| file.len() as u64);
    assert_eq!(in_messages + undecoded + in_file, sent.iter().sum::<u64>(), "{story:#?}");
    if let Some(transfer) = &story.transfer {
        assert_eq!(transfer.bytes, in_file, "{story:#?}");
        assert_eq!(transfer.gap_bytes, story.gap);
        assert!(story.readings.len() <= 1);
    }
}

/// Plays an unannounced connection that both sides close.
pub(crate) fn plain(acts: &[Act]) -> Story {
    play(Expectation::default(), &[], acts, Closed::Fin)
}

/// A file that begins like a song.
pub(crate) fn song(length: usize) -> Vec<u8> {
    let mut file = b"ID3\x03\x00\x00\x00\x00\x00ZTIT2".to_vec();
    file.extend((0..length).map(|at| (at * 7 % 251) as u8));
    file.truncate(length);
    file
}
