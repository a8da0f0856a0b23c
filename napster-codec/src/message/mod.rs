//! Every message of the protocol: the table, the structs, and the enum over all of them.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::code::{Code, Direction, Directions};
use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::field::Field;
use crate::irregular::Sender;
use crate::list::Fields;
use crate::spec::{Form, MessageSpec};
use crate::value::{Value, Visit};
use crate::writer::Writer;

pub(crate) mod macros;

/// A message of the table: its struct can be read from a payload and knows its row.
///
/// Sealed; [`Message`] is the enum over all of them.
#[allow(private_bounds, reason = "sealed")]
pub trait Payload<'a>: Fields<'a> {
    /// The row of the table.
    const SPEC: &'static MessageSpec;
}

/// One row of the table with its reader.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) spec: &'static MessageSpec,
    pub(crate) read: for<'a, 'd> fn(&mut Cursor<'a, 'd>) -> Result<Message<'a>, DecodeError>,
    /// What a payload of this other shape is reported as.
    pub(crate) deviation: Option<DiagnosticKind>,
}

macro_rules! message_enum {
    ($($name:ident $(<$lt:lifetime>)?),* $(,)?) => {
        /// Any message, as a view of a payload or built from values.
        ///
        /// Each variant is a struct of the same name with public fields.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Message<'a> {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name $(<$lt>)?),)*
            /// A code that the table does not have for the direction, with its payload as it is.
            Unknown {
                /// The type field of the frame header.
                code: Code,
                /// The payload.
                payload: Cow<'a, [u8]>,
            },
        }

        /// How many variants have a row.
        const VARIANTS: usize = [$(stringify!($name)),*].len();

        impl Message<'_> {
            /// The row of the table; `None` for [`Unknown`](Self::Unknown).
            #[must_use]
            #[allow(elided_lifetimes_in_paths, reason = "some messages have a lifetime, others none")]
            pub fn spec(&self) -> Option<&'static MessageSpec> {
                match self {
                    $(Self::$name(_) => Some(<$name as Payload<'_>>::SPEC),)*
                    Self::Unknown { .. } => None,
                }
            }

            /// The same message with bytes of its own.
            #[must_use]
            pub fn into_owned(self) -> Message<'static> {
                match self {
                    $(Self::$name(message) => Message::$name(Fields::into_owned(message)),)*
                    Self::Unknown { code, payload } => {
                        Message::Unknown { code, payload: Cow::Owned(payload.into_owned()) }
                    }
                }
            }

            fn write(&self, writer: &mut Writer<'_>) {
                match self {
                    $(Self::$name(message) => message.write_fields(writer),)*
                    Self::Unknown { payload, .. } => writer.raw(payload),
                }
            }
        }

        impl Visit for Message<'_> {
            fn visit(&self, visitor: &mut dyn FnMut(&str, Value<'_>)) {
                match self {
                    $(Self::$name(message) => message.visit(visitor),)*
                    Self::Unknown { .. } => {}
                }
            }
        }
    };
}

include!("chapters.rs");

/// Every row of the message table, in order of code; rows of other shapes stand behind their main row.
pub static MESSAGES: [&MessageSpec; ROWS.len()] = {
    let mut specs = [ROWS[0].spec; ROWS.len()];
    let mut index = 0;
    while index < ROWS.len() {
        specs[index] = ROWS[index].spec;
        index += 1;
    }
    specs
};

impl<'a> Message<'a> {
    /// The type field of the frame header.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown { code, .. } => *code,
            message => message.spec().map_or(Code(0), |spec| spec.code),
        }
    }

    /// The name in the protocol table; `unknown` for a code that it does not have.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.spec().map_or("unknown", |spec| spec.name)
    }

    /// Appends the payload to a buffer.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where the value cannot be said on the wire; the buffer is then as it was.
    pub fn encode_payload(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = output.len();
        let result = self.try_encode(output, start);
        if result.is_err() {
            output.truncate(start);
        }
        result
    }

    fn try_encode(&self, output: &mut Vec<u8>, start: usize) -> Result<(), EncodeError> {
        let mut writer = Writer::new(output);
        self.write(&mut writer);
        let (deviant, hole) = (writer.is_deviant(), writer.hole());
        let payload = output.get(start..).unwrap_or_default();
        if let Some(field) = hole {
            return Err(EncodeError::Hole { field });
        }
        if payload.len() > usize::from(u16::MAX) {
            return Err(EncodeError::TooLong { length: payload.len() });
        }
        if deviant && !self.reads_back(payload) {
            return Err(EncodeError::Ambiguous);
        }
        Ok(())
    }

    /// Whether a lenient decoder gets the same value out of the payload.
    fn reads_back(&self, payload: &[u8]) -> bool {
        let Some(spec) = self.spec() else { return true };
        let direction = match spec.directions {
            Directions::ToServer | Directions::Both => Direction::ToServer,
            Directions::ToClient => Direction::ToClient,
            Directions::ServerLink => Direction::ServerLink,
        };
        decode(spec.code, direction, payload, Tolerance::LENIENT)
            .is_ok_and(|decoded| decoded.extra.is_none() && decoded.message == *self)
    }
}

/// One line: the name and the fields that are there.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Self::Unknown { code, payload } = self {
            return write!(f, " code={code} payload=\"{}\"", payload.escape_ascii());
        }
        let mut result = Ok(());
        self.visit(&mut |name, value| {
            result = result.and_then(|()| write!(f, " {name}=")).and_then(|()| fmt_value(value, f));
        });
        result
    }
}

fn fmt_value(value: Value<'_>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Unsigned(number) => write!(f, "{number}"),
        Value::Signed(number) => write!(f, "{number}"),
        Value::Flag(flag) | Value::Spelling(flag) => write!(f, "{flag}"),
        Value::Address(address) => write!(f, "{address}"),
        Value::Secret(_) => f.write_str("***"),
        Value::Text(bytes) | Value::Latin1(bytes) => {
            f.write_str("\"")?;
            crate::text::fmt_escaped(bytes, f)?;
            f.write_str("\"")
        }
        Value::Hex(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        Value::List(items) => {
            f.write_str("[")?;
            let (mut result, mut separator) = (Ok(()), "");
            items.for_each(&mut |item| {
                result =
                    result.and_then(|()| f.write_str(separator)).and_then(|()| fmt_value(item, f));
                separator = ", ";
            });
            result?;
            f.write_str("]")
        }
        Value::Group(group) => {
            f.write_str("{")?;
            let (mut result, mut separator) = (Ok(()), "");
            group.visit(&mut |name, value| {
                result = result
                    .and_then(|()| write!(f, "{separator}{name}="))
                    .and_then(|()| fmt_value(value, f));
                separator = " ";
            });
            result?;
            f.write_str("}")
        }
    }
}

/// Why a message cannot be written: a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload has more than the 65,535 bytes that a header can announce.
    TooLong {
        /// The payload's bytes.
        length: usize,
    },
    /// An optional field is left out though one behind it is there, or a list or text that has to
    /// hold something is empty.
    Hole {
        /// The field.
        field: &'static str,
    },
    /// A quote or blank inside a value makes the payload read back as another value.
    Ambiguous,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length } => {
                write!(f, "the payload has {length} bytes; a frame holds at most 65535, send less at once")
            }
            Self::Hole { field } => {
                write!(f, "field `{field}` is left out or empty, but what follows needs it; give it a value")
            }
            Self::Ambiguous => f.write_str(
                "a value holds a quote or blank that makes the payload read back differently; change it",
            ),
        }
    }
}

impl core::error::Error for EncodeError {}

/// A payload read as its message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<'a> {
    /// Who acts; on server links only.
    pub sender: Option<Sender<'a>>,
    /// The message.
    pub message: Message<'a>,
    /// What stood behind the last field and nobody knows, without its separator.
    pub extra: Option<&'a [u8]>,
    diagnostics: Diagnostics,
}

impl Decoded<'_> {
    /// The deviations that were tolerated, in the order of reading.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.diagnostics.as_slice()
    }
}

impl Visit for Decoded<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&str, Value<'_>)) {
        self.message.visit(visitor);
        if let Some(extra) = self.extra {
            visitor("extra", Value::Text(extra));
        }
    }
}

/// Reads a payload as the message that its code is in that direction.
///
/// A code that the table does not have is [`Message::Unknown`], no error.
///
/// # Errors
///
/// [`DecodeError`] where the payload does not fit the message even with the deviations tolerated.
pub fn decode(
    code: Code,
    direction: Direction,
    payload: &[u8],
    tolerance: Tolerance,
) -> Result<Decoded<'_>, DecodeError> {
    let mut diagnostics = Diagnostics::new();
    let parts = decode_into(code, direction, payload, tolerance, &mut diagnostics)?;
    Ok(Decoded { sender: parts.sender, message: parts.message, extra: parts.extra, diagnostics })
}

/// What [`decode_into`] reads.
pub(crate) struct Parts<'a> {
    pub(crate) sender: Option<Sender<'a>>,
    pub(crate) message: Message<'a>,
    pub(crate) extra: Option<&'a [u8]>,
}

/// Reads a payload with a list of deviations that the caller owns, and which is empty before.
pub(crate) fn decode_into<'a>(
    code: Code,
    direction: Direction,
    payload: &'a [u8],
    tolerance: Tolerance,
    diagnostics: &mut Diagnostics,
) -> Result<Parts<'a>, DecodeError> {
    let Some(found) = find(code, direction) else {
        if tolerance.holds(DiagnosticKind::WrongDirection)
            && find(code, direction.reversed()).is_some()
        {
            let span = Span::new(0, payload.len());
            diagnostics.push(Diagnostic { kind: DiagnosticKind::WrongDirection, field: "", span });
        }
        let message = Message::Unknown { code, payload: Cow::Borrowed(payload) };
        return Ok(Parts { sender: None, message, extra: None });
    };
    let attempt = Attempt { code, payload, tolerance, relayed: found.relayed };
    let first = attempt.read(found.row.read, false, diagnostics);
    if first.is_ok() && diagnostics.is_empty() {
        return first;
    }
    decode_again(&attempt, &found, first, diagnostics)
}

/// The row or shape that a payload reads as, without the search for odd quotes: the time this takes is
/// in proportion to the payload's length.
pub(crate) fn read_plainly(
    code: Code,
    direction: Direction,
    payload: &[u8],
    diagnostics: &mut Diagnostics,
) -> Option<&'static MessageSpec> {
    let found = find(code, direction)?;
    let tolerance = Tolerance::LENIENT;
    let attempt = Attempt { code, payload, tolerance, relayed: found.relayed };
    let rows = core::iter::once(found.row).chain(found.shapes);
    let mut read = rows.filter(|row| attempt.read(row.read, false, diagnostics).is_ok());
    read.next().map(|row| row.spec)
}

/// Reads a payload as a message that the caller expects, without the enum.
pub(crate) fn read<'a, T: Payload<'a>>(
    payload: &'a [u8],
    tolerance: Tolerance,
    diagnostics: &mut Diagnostics,
) -> Result<T, DecodeError> {
    let attempt = |search, diagnostics: &mut Diagnostics| {
        let mut cursor =
            Cursor::new(T::SPEC.code, payload, tolerance, diagnostics).searching_quotes(search);
        let message = T::read_fields(&mut cursor, Place::first(T::FIELDS))?;
        cursor.finish()?;
        Ok(message)
    };
    let first = attempt(false, diagnostics);
    if first.is_ok() && diagnostics.is_empty() {
        return first;
    }
    with_quotes(payload, first, diagnostics, attempt)
}

/// One way of reading a payload.
struct Attempt<'a> {
    code: Code,
    payload: &'a [u8],
    tolerance: Tolerance,
    /// Whether a sender stands in front of a client's message.
    relayed: bool,
}

impl<'a> Attempt<'a> {
    fn read(
        &self,
        read: for<'c, 'd> fn(&mut Cursor<'c, 'd>) -> Result<Message<'c>, DecodeError>,
        search_quotes: bool,
        diagnostics: &mut Diagnostics,
    ) -> Result<Parts<'a>, DecodeError> {
        let mut cursor = Cursor::new(self.code, self.payload, self.tolerance, diagnostics)
            .searching_quotes(search_quotes);
        let mut sender = None;
        if self.relayed {
            let place = Place::first(SENDER);
            if self.payload.first() == Some(&b':') {
                sender = Some(Sender::read(&mut cursor, place)?);
            } else {
                cursor.deviate(DiagnosticKind::MissingField, place, 0, 0)?;
            }
        }
        let message = read(&mut cursor)?;
        let extra = cursor.finish()?;
        Ok(Parts { sender, message, extra })
    }
}

/// Gives errors in a relayed message's prefix the name of the field.
const SENDER: &[crate::spec::FieldSpec] = &[crate::spec::FieldSpec {
    name: "sender",
    kind: crate::spec::FieldKind::SenderPrefix,
    presence: crate::spec::Presence::Required,
    form: Form::Word,
    secret: false,
    personal: false,
    unit: None,
    group: &[],
    read: |cursor, place, _| Sender::read(cursor, place).map(|_| ()),
}];

/// The second attempts: a quote inside a quoted field, then the other shapes of the message.
#[cold]
fn decode_again<'a>(
    attempt: &Attempt<'a>,
    found: &Found,
    first: Result<Parts<'a>, DecodeError>,
    diagnostics: &mut Diagnostics,
) -> Result<Parts<'a>, DecodeError> {
    let best = with_quotes(attempt.payload, first, diagnostics, |search, diagnostics| {
        attempt.read(found.row.read, search, diagnostics)
    });
    if best.is_ok() && diagnostics.is_empty() {
        return best;
    }
    for shape in found.shapes {
        let takes_anything =
            shape.spec.fields.first().is_some_and(|field| field.form == Form::Rest);
        if takes_anything && (best.is_ok() || attempt.payload.is_empty()) {
            continue;
        }
        let mut clean = Diagnostics::new();
        let Ok(parts) = attempt.read(shape.read, false, &mut clean) else {
            continue;
        };
        if !clean.is_empty() || !shape.deviation.is_none_or(|kind| attempt.tolerance.holds(kind)) {
            continue;
        }
        diagnostics.clear();
        if let Some(kind) = shape.deviation {
            let span = Span::new(0, attempt.payload.len());
            diagnostics.push(Diagnostic { kind, field: "", span });
        }
        return Ok(parts);
    }
    best
}

/// Takes the reading with quotes inside quoted fields where it is the better one.
#[cold]
fn with_quotes<T>(
    payload: &[u8],
    first: Result<T, DecodeError>,
    diagnostics: &mut Diagnostics,
    attempt: impl Fn(bool, &mut Diagnostics) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    if payload.iter().filter(|&&byte| byte == b'"').count() < 3 {
        return first;
    }
    let mut second_diagnostics = Diagnostics::new();
    match attempt(true, &mut second_diagnostics) {
        Ok(second) if first.is_err() || second_diagnostics.count() <= diagnostics.count() => {
            *diagnostics = second_diagnostics;
            Ok(second)
        }
        _ => first,
    }
}

/// Shows the fields of a payload by name, and says what is wrong with it.
///
/// Where the payload fits its message only partly, the fields in front of the first misfit are shown.
/// `diagnostics` is emptied first.
///
/// # Errors
///
/// [`DecodeError`] where the payload does not fit the message.
pub fn visit_payload(
    code: Code,
    direction: Direction,
    payload: &[u8],
    diagnostics: &mut Diagnostics,
    visitor: &mut dyn FnMut(&str, Value<'_>),
) -> Result<(), DecodeError> {
    diagnostics.clear();
    let error = match decode_into(code, direction, payload, Tolerance::LENIENT, diagnostics) {
        Ok(parts) => {
            parts.message.visit(visitor);
            if let Some(extra) = parts.extra {
                visitor("extra", Value::Text(extra));
            }
            return Ok(());
        }
        Err(error) => error,
    };
    diagnostics.clear();
    if let Some(found) = find(code, direction) {
        let mut cursor = Cursor::new(code, payload, Tolerance::LENIENT, diagnostics);
        if found.relayed && payload.first() == Some(&b':') {
            // The prefix was read before the error, or is the error.
            let _ = Sender::read(&mut cursor, Place::first(SENDER));
        }
        visit_while_fitting(&mut cursor, found.row.spec.fields, visitor);
    }
    Err(error)
}

/// Shows fields up to the first that cannot be read; says whether all could.
fn visit_while_fitting(
    cursor: &mut Cursor<'_, '_>,
    fields: &'static [crate::spec::FieldSpec],
    visitor: &mut dyn FnMut(&str, Value<'_>),
) -> bool {
    let mut place = Place::first(fields);
    while let Some(field) = place.spec() {
        let read = if field.form == Form::Tail {
            !cursor.has_field() || visit_while_fitting(cursor, field.group, visitor)
        } else {
            (field.read)(cursor, place, visitor).is_ok()
        };
        if !read {
            return false;
        }
        place = place.next();
    }
    true
}

/// The sender in front of a message on a server link.
#[must_use]
pub fn link_sender(payload: &[u8]) -> Option<&[u8]> {
    let prefixed = payload.strip_prefix(b":")?;
    let end =
        prefixed.iter().position(|&byte| crate::text::is_separator(byte)).unwrap_or(prefixed.len());
    prefixed.get(..end).filter(|name| !name.is_empty())
}

/// The row of a code in a direction.
///
/// On a server link, that is the row of the same message between a client and a server where the
/// table has no other form.
#[must_use]
pub fn spec(code: Code, direction: Direction) -> Option<&'static MessageSpec> {
    find(code, direction).map(|found| found.row.spec)
}

/// The rows for a code and direction.
struct Found {
    row: &'static Row,
    shapes: &'static [Row],
    relayed: bool,
}

fn find(code: Code, direction: Direction) -> Option<Found> {
    let [to_server, to_client, link] = *INDEX.get(usize::from(code.0))?;
    let (index, relayed) = match direction {
        Direction::ToServer => (to_server, false),
        Direction::ToClient => (to_client, false),
        Direction::ServerLink if link != NO_ROW => (link, false),
        Direction::ServerLink if to_server != NO_ROW => (to_server, true),
        Direction::ServerLink => (to_client, false),
    };
    let (row, behind) = ROWS.get(usize::from(index)..)?.split_first()?;
    let shapes = behind.iter().take_while(|shape| shape.spec.shape.is_some()).count();
    Some(Found { row, shapes: behind.get(..shapes)?, relayed })
}

/// Puts the rows of all chapters in order of code, and keeps rows of one code in their order.
const fn sorted<const CHAPTERS: usize>(chapters: [&[Row]; CHAPTERS]) -> [Row; VARIANTS] {
    let mut rows = [chapters[0][0]; VARIANTS];
    let (mut count, mut chapter) = (0, 0);
    while chapter < CHAPTERS {
        let mut index = 0;
        while index < chapters[chapter].len() {
            let row = chapters[chapter][index];
            let mut place = count;
            while place > 0 && rows[place - 1].spec.code.0 > row.spec.code.0 {
                rows[place] = rows[place - 1];
                place -= 1;
            }
            rows[place] = row;
            count += 1;
            index += 1;
        }
        chapter += 1;
    }
    assert!(count == VARIANTS, "each row has its variant in `message_enum!`");
    rows
}

const NO_ROW: u16 = u16::MAX;

/// For each code the place of its row for clients, servers and links.
static INDEX: [[u16; 3]; HIGHEST_CODE + 1] = {
    let mut index = [[NO_ROW; 3]; HIGHEST_CODE + 1];
    let mut place = 0;
    while place < ROWS.len() {
        let spec = ROWS[place].spec;
        let slots = &mut index[spec.code.0 as usize];
        if spec.shape.is_none() {
            match spec.directions {
                Directions::ToServer => slots[0] = place as u16,
                Directions::ToClient => slots[1] = place as u16,
                Directions::Both => {
                    slots[0] = place as u16;
                    slots[1] = place as u16;
                }
                Directions::ServerLink => slots[2] = place as u16,
            }
        }
        place += 1;
    }
    index
};

/// The highest code of the table.
const HIGHEST_CODE: usize = 10304;
