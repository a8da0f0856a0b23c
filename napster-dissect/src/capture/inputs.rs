//! Several inputs as one capture: packets in the order of their time.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::control::Control;
use super::error::{OpenError, Problem, ProblemKind};
use super::reader::{Item, Peeked, Reader};
use super::time::Timestamp;

/// The most inputs that are open at a time.
///
/// Inputs are opened when their first packet is due, so only those that overlap in time count.
pub const MAX_OPEN_INPUTS: usize = 64;

/// Reads inputs as one capture.
///
/// Of the packets that come next in each input, the earliest is given. Within an input packets keep
/// their order, whatever their times. Of equally early ones that of the first input is given.
pub struct Inputs<'r> {
    /// Inputs that are not open, by the time of their first packet.
    waiting: VecDeque<Waiting>,
    open: Vec<Open<'r>>,
    /// Whether any of them may make its reader wait.
    live: bool,
    control: Control,
    /// The latest time of a packet that was given.
    given: Timestamp,
    held_back: u64,
}

/// An input, known by what it begins with.
pub struct Input {
    /// Its index among all inputs of the run, from 0.
    pub capture: u32,
    /// Its name as given.
    pub name: String,
    /// The name of its format.
    pub format: &'static str,
    /// The name of the compression around it, if there is one.
    pub compression: Option<&'static str>,
    path: PathBuf,
    /// What cannot be opened again stays open; of others the time of the first packet is known.
    begun: Begun,
}

enum Begun {
    Open(Box<Reader>),
    At(Timestamp),
}

struct Waiting {
    capture: u32,
    path: PathBuf,
    begins: Timestamp,
}

/// Whose turn it is.
enum Turn {
    /// That of the open input at this place.
    Open(usize),
    /// That of an input that could be read before, and cannot be opened again.
    Lost(u32, Problem),
}

struct Open<'r> {
    capture: u32,
    reader: Holder<'r>,
}

enum Holder<'r> {
    Own(Box<Reader>),
    Lent(&'r mut Reader),
}

impl Input {
    /// Looks at inputs, to be read together or one by one.
    ///
    /// A single input, and what cannot be opened twice, stays open.
    ///
    /// # Errors
    ///
    /// That of the first input that cannot be opened or is no capture.
    pub fn open_all(paths: &[PathBuf], control: &Control) -> Result<Vec<Self>, OpenError> {
        let alone = paths.len() == 1;
        let inputs = paths.iter().enumerate().map(|(index, path)| {
            let capture = u32::try_from(index).unwrap_or(u32::MAX);
            // Bytes that are only looked at do not count.
            let unwatched = Control::new();
            let mut reader = Reader::watched(path, if alone { control } else { &unwatched })?;
            let (name, format) = (reader.name().to_owned(), reader.format());
            let compression = reader.compression();
            let begun = if alone || reader.is_live() {
                Begun::Open(Box::new(reader))
            } else {
                Begun::At(first_time(&mut reader))
            };
            Ok(Self { capture, name, format, compression, path: path.clone(), begun })
        });
        inputs.collect()
    }

    /// Returns whether the next packet may be long in coming, as from a pipe.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(&self.begun, Begun::Open(reader) if reader.is_live())
    }
}

/// Returns the time of the first packet; an input without packets is over as soon as it begins.
fn first_time(reader: &mut Reader) -> Timestamp {
    while let Some(item) = reader.next() {
        if let Item::Packet(packet) = item {
            return packet.time;
        }
    }
    Timestamp::ZERO
}

impl<'r> Inputs<'r> {
    /// Reads inputs that were looked at.
    #[must_use]
    pub fn new(inputs: Vec<Input>, control: &Control) -> Self {
        let mut waiting = Vec::new();
        let mut open = Vec::new();
        for Input { capture, path, begun, .. } in inputs {
            match begun {
                Begun::Open(reader) => open.push(Open { capture, reader: Holder::Own(reader) }),
                Begun::At(begins) => waiting.push(Waiting { capture, path, begins }),
            }
        }
        // The sort is stable: of equal ones the first comes first.
        waiting.sort_by_key(|waiting| waiting.begins);
        Self { waiting: waiting.into(), ..Self::of(open, control.clone()) }
    }

    /// Reads what is open already; inputs are numbered by their place.
    #[must_use]
    pub fn of_readers(readers: &'r mut [Reader]) -> Self {
        let open = readers.iter_mut().enumerate().map(|(index, reader)| Open {
            capture: u32::try_from(index).unwrap_or(u32::MAX),
            reader: Holder::Lent(reader),
        });
        Self::of(open.collect(), Control::new())
    }

    fn of(open: Vec<Open<'r>>, control: Control) -> Self {
        Self {
            waiting: VecDeque::new(),
            live: open.iter().any(|open| open.reader.get().is_live()),
            open,
            control,
            given: Timestamp::ZERO,
            held_back: 0,
        }
    }

    /// Returns how many inputs were opened later than their first packet was due, because
    /// [`MAX_OPEN_INPUTS`] were open.
    #[must_use]
    pub const fn held_back(&self) -> u64 {
        self.held_back
    }

    /// Returns whether [`next`](Self::next) may have to wait for an input.
    #[inline]
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.live && self.open.iter().any(|open| open.reader.get().may_wait())
    }

    /// Returns the next thing that an input tells, with the input's index, or `None` at the end.
    #[allow(clippy::should_implement_trait)]
    #[inline(always)]
    pub fn next(&mut self) -> Option<(u32, Item<'_>)> {
        let alone = self.open.len() == 1 && self.waiting.is_empty();
        let place = match if alone { Turn::Open(0) } else { self.choose()? } {
            Turn::Open(place) => place,
            Turn::Lost(capture, problem) => return Some((capture, Item::Problem(problem))),
        };
        let Open { capture, reader } = self.open.get_mut(place)?;
        let (capture, reader) = (*capture, reader.get_mut());
        match &reader.next_plain() {
            Some(packet) => Some((capture, Item::Packet(reader.packet(packet)))),
            None => Some((capture, reader.next_any()?)),
        }
    }

    /// Returns whose turn it is.
    fn choose(&mut self) -> Option<Turn> {
        loop {
            let mut earliest: Option<(Timestamp, u32, usize)> = None;
            let mut place = 0;
            while let Some(open) = self.open.get_mut(place) {
                match open.reader.get_mut().peek() {
                    Peeked::Packet(time) => {
                        let found = (time, open.capture, place);
                        earliest = Some(earliest.map_or(found, |earlier| earlier.min(found)));
                        place += 1;
                    }
                    // What is not a packet has no time.
                    Peeked::Other => return Some(Turn::Open(place)),
                    Peeked::End => _ = self.open.remove(place),
                }
            }
            let is_due =
                |waiting: &mut Waiting| earliest.is_none_or(|(time, ..)| waiting.begins <= time);
            let room = self.open.len() < MAX_OPEN_INPUTS;
            match self.waiting.pop_front_if(|waiting| room && is_due(waiting)) {
                Some(waiting) => {
                    if let Err(problem) = self.open(&waiting) {
                        return Some(Turn::Lost(waiting.capture, problem));
                    }
                }
                None => {
                    let (time, _, place) = earliest?;
                    self.given = self.given.max(time);
                    return Some(Turn::Open(place));
                }
            }
        }
    }

    /// Opens an input whose first packet is due.
    fn open(&mut self, waiting: &Waiting) -> Result<(), Problem> {
        self.held_back += u64::from(waiting.begins < self.given);
        match Reader::watched(&waiting.path, &self.control) {
            Ok(reader) => {
                self.live |= reader.is_live();
                let reader = Holder::Own(Box::new(reader));
                self.open.push(Open { capture: waiting.capture, reader });
                Ok(())
            }
            Err(error) => {
                let kind = ProblemKind::Unreadable;
                Err(Problem { kind, offset: 0, message: error.to_string() })
            }
        }
    }
}

impl Holder<'_> {
    const fn get(&self) -> &Reader {
        match self {
            Self::Own(reader) => reader,
            Self::Lent(reader) => reader,
        }
    }

    #[inline]
    const fn get_mut(&mut self) -> &mut Reader {
        match self {
            Self::Own(reader) => reader,
            Self::Lent(reader) => reader,
        }
    }
}
