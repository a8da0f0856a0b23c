//! Reading payloads: as any message, as the one that is expected, or only as far as they fit.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::table::{Found, find};
use super::{EncodeError, Message, Payload};
use crate::code::{Code, Direction};
use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::field::Field;
use crate::irregular::Sender;
use crate::spec::{Form, MessageSpec};
use crate::value::{Value, Visit};

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
    /// The deviations that were tolerated, in the order of reading; at most [`Diagnostics::CAP`].
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        self.diagnostics.as_slice()
    }

    /// How many more deviations were tolerated than are listed.
    #[must_use]
    pub const fn more_diagnostics(&self) -> u32 {
        self.diagnostics.more()
    }

    /// Appends the payload to a buffer, on server links with the sender in front.
    ///
    /// What stood behind the last field is left out.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where the value cannot be said on the wire; the buffer is then as it was.
    pub fn encode_payload(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.message.encode_from(self.sender.as_ref(), output)
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
/// There is one reading, and the tolerance says which of its deviations are accepted. A code that the
/// table does not have is [`Message::Unknown`], no error; so is one that it has for the other direction
/// only, with the deviation `wrong_direction`.
///
/// # Errors
///
/// [`DecodeError`] where the payload does not fit the message, or deviates in a way that is not
/// tolerated.
pub fn decode(
    code: Code,
    direction: Direction,
    payload: &[u8],
    tolerance: Tolerance,
) -> Result<Decoded<'_>, DecodeError> {
    let mut diagnostics = Diagnostics::new();
    let parts = decode_into(code, direction, payload, &mut diagnostics)?;
    diagnostics.tolerate(tolerance, code)?;
    Ok(Decoded { sender: parts.sender, message: parts.message, extra: parts.extra, diagnostics })
}

/// What a payload reads as.
pub(super) struct Parts<'a> {
    pub(super) sender: Option<Sender<'a>>,
    pub(super) message: Message<'a>,
    pub(super) extra: Option<&'a [u8]>,
}

/// Reads a payload with a list of deviations that the caller owns, and which is empty before.
fn decode_into<'a>(
    code: Code,
    direction: Direction,
    payload: &'a [u8],
    diagnostics: &mut Diagnostics,
) -> Result<Parts<'a>, DecodeError> {
    let Some(found) = find(code, direction) else {
        if find(code, direction.reversed()).is_some() {
            let span = Span::new(0, payload.len());
            diagnostics.push(Diagnostic { kind: DiagnosticKind::WrongDirection, field: "", span });
        }
        let message = Message::Unknown { code, payload: Cow::Borrowed(payload) };
        return Ok(Parts { sender: None, message, extra: None });
    };
    let attempt = Attempt { code, payload, relayed: found.relayed };
    let first = attempt.read(found.row.read, false, diagnostics);
    if first.is_ok() && diagnostics.is_empty() {
        return first;
    }
    read_deviant(&attempt, &found, direction, first, diagnostics)
}

/// Finds the best reading of what is not canonical, and makes sure that it can be written again.
#[cold]
fn read_deviant<'a>(
    attempt: &Attempt<'a>,
    found: &Found,
    direction: Direction,
    first: Result<Parts<'a>, DecodeError>,
    diagnostics: &mut Diagnostics,
) -> Result<Parts<'a>, DecodeError> {
    let parts = read_again(attempt, found, first, diagnostics)?;
    let mut payload = Vec::new();
    let canonical = parts.message.write_payload(parts.sender.as_ref(), &mut payload);
    let sayable = match canonical {
        Ok(true) => true,
        Ok(false) => {
            payload == attempt.payload
                || parts.message.reads_back(parts.sender.as_ref(), direction, &payload)
        }
        Err(_) => false,
    };
    match diagnostics.as_slice().first() {
        Some(odd) if !sayable => Err(DecodeError {
            code: attempt.code,
            kind: odd.kind,
            field: odd.field,
            span: odd.span,
        }),
        _ => Ok(parts),
    }
}

/// The best reading of a payload, canonical or not; `None` where there is none.
pub(super) fn read_best<'a>(
    code: Code,
    direction: Direction,
    payload: &'a [u8],
) -> Option<Parts<'a>> {
    let found = find(code, direction)?;
    let mut diagnostics = Diagnostics::new();
    let attempt = Attempt { code, payload, relayed: found.relayed };
    let first = attempt.read(found.row.read, false, &mut diagnostics);
    if first.is_ok() && diagnostics.is_empty() {
        return first.ok();
    }
    read_again(&attempt, &found, first, &mut diagnostics).ok()
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
    let attempt = Attempt { code, payload, relayed: found.relayed };
    let rows = core::iter::once(found.row).chain(found.shapes);
    let mut read = rows.filter(|row| attempt.read(row.read, false, diagnostics).is_ok());
    read.next().map(|row| row.spec)
}

/// Reads a payload as a message that the caller expects.
pub(super) fn read<'a, T: Payload<'a>>(
    payload: &'a [u8],
    tolerance: Tolerance,
    diagnostics: &mut Diagnostics,
) -> Result<T, DecodeError> {
    let code = T::SPEC.code;
    diagnostics.clear();
    let mut cursor = Cursor::new(code, payload, Tolerance::LENIENT, diagnostics);
    let message = T::read_fields(&mut cursor, Place::first(T::FIELDS));
    let finished = cursor.finish();
    if diagnostics.is_empty()
        && let (Ok(message), Ok(None)) = (message, finished)
    {
        return Ok(message);
    }
    diagnostics.clear();
    let parts = decode_into(code, T::SPEC.directions.first(), payload, diagnostics)?;
    diagnostics.tolerate(tolerance, code)?;
    let span = Span::new(0, payload.len());
    let other = DecodeError { code, kind: DiagnosticKind::OtherShape, field: "", span };
    T::try_from(parts.message).map_err(|_| other)
}

/// One way of reading a payload.
struct Attempt<'a> {
    code: Code,
    payload: &'a [u8],
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
        let mut cursor = Cursor::new(self.code, self.payload, Tolerance::LENIENT, diagnostics)
            .searching_quotes(search_quotes);
        let sender =
            self.relayed.then(|| Sender::read(&mut cursor, Place::first(SENDER))).transpose()?;
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
fn read_again<'a>(
    attempt: &Attempt<'a>,
    found: &Found,
    first: Result<Parts<'a>, DecodeError>,
    diagnostics: &mut Diagnostics,
) -> Result<Parts<'a>, DecodeError> {
    let mut best = first;
    if attempt.payload.iter().filter(|&&byte| byte == b'"').count() > 2 {
        let mut searched = Diagnostics::new();
        let second = attempt.read(found.row.read, true, &mut searched);
        if second.is_ok() && (best.is_err() || searched.count() <= diagnostics.count()) {
            best = second;
            *diagnostics = searched;
        }
    }
    if best.is_ok() && diagnostics.is_empty() {
        return best;
    }
    for shape in found.shapes {
        let takes_anything =
            shape.spec.fields.first().is_some_and(|field| field.form == Form::Rest);
        if takes_anything && (best.is_ok() || attempt.payload.is_empty()) {
            continue;
        }
        let mut deviations = Diagnostics::new();
        let parts = attempt.read(shape.read, false, &mut deviations);
        if parts.is_err() || !deviations.is_empty() {
            continue;
        }
        if let Some(kind) = shape.deviation {
            let span = Span::new(0, attempt.payload.len());
            deviations.push(Diagnostic { kind, field: "", span });
        }
        *diagnostics = deviations;
        return parts;
    }
    best
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
    let error = match decode_into(code, direction, payload, diagnostics) {
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
