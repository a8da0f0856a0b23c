//! Reading payloads: as any message, as the one that is expected, or only as far as they fit.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::mem;
use core::net::Ipv4Addr;

use super::table::{Found, ReadMessage, find};
use super::{EncodeError, Message, Payload};
use crate::code::{Code, Direction};
use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::field::Field;
use crate::irregular::Sender;
use crate::list::Fields;
use crate::spec::{FieldSpec, Form, MessageSpec};
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
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
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
    let mut decoded = Decoded::new(code, payload);
    decoded.fill(direction, payload)?;
    decoded.diagnostics.tolerate(tolerance, code)?;
    Ok(decoded)
}

impl<'a> Decoded<'a> {
    /// What a payload is as long as nobody has read it.
    fn new(code: Code, payload: &'a [u8]) -> Self {
        let message = Message::Unknown { code, payload: Cow::Borrowed(payload) };
        Self { sender: None, message, extra: None, diagnostics: Diagnostics::new() }
    }

    /// Reads the payload, canonical or not.
    fn fill(&mut self, direction: Direction, payload: &'a [u8]) -> Result<(), DecodeError> {
        let code = self.message.code();
        let Some(found) = find(code, direction) else {
            if find(code, direction.reversed()).is_some() {
                let (kind, span) = (DiagnosticKind::WrongDirection, Span::new(0, payload.len()));
                self.diagnostics.push(Diagnostic { kind, field: "", span });
            }
            return Ok(());
        };
        let attempt = Attempt { code, payload, relayed: found.relayed };
        let first = attempt.read(found.row.read, false, self);
        if first.is_ok() && self.diagnostics.is_empty() {
            return Ok(());
        }
        self.fill_with_deviations(&attempt, &found, direction, first)
    }

    /// Finds the best reading of what is not canonical, and makes sure that it can be written again.
    #[cold]
    fn fill_with_deviations(
        &mut self,
        attempt: &Attempt<'a>,
        found: &Found,
        direction: Direction,
        first: Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        read_again(attempt, found, first, self)?;
        let mut payload = Vec::new();
        let sayable = match self.message.write_payload(self.sender.as_ref(), &mut payload) {
            Ok(true) => true,
            Ok(false) => {
                payload == attempt.payload
                    || self.message.reads_back(self.sender.as_ref(), direction, &payload)
            }
            Err(_) => false,
        };
        match self.diagnostics.as_slice().first() {
            Some(odd) if !sayable => Err(odd.error(attempt.code)),
            _ => Ok(()),
        }
    }
}

/// The best reading of a payload, canonical or not; `None` where there is none.
pub(super) fn read_best(code: Code, direction: Direction, payload: &[u8]) -> Option<Decoded<'_>> {
    let found = find(code, direction)?;
    let attempt = Attempt { code, payload, relayed: found.relayed };
    let mut decoded = Decoded::new(code, payload);
    let first = attempt.read(found.row.read, false, &mut decoded);
    if first.is_err() || !decoded.diagnostics.is_empty() {
        read_again(&attempt, &found, first, &mut decoded).ok()?;
    }
    Some(decoded)
}

/// The row or shape that a payload reads as, without the search for odd quotes: the time this takes is
/// in proportion to the payload's length.
pub(crate) fn read_plainly(
    code: Code,
    direction: Direction,
    payload: &[u8],
) -> Option<(&'static MessageSpec, Diagnostics)> {
    let found = find(code, direction)?;
    let attempt = Attempt { code, payload, relayed: found.relayed };
    let mut rows = core::iter::once(found.row).chain(found.shapes());
    rows.find_map(|row| {
        let mut decoded = Decoded::new(code, payload);
        attempt.read(row.read, false, &mut decoded).ok()?;
        Some((row.spec, decoded.diagnostics))
    })
}

/// Reads a payload as a message that the caller expects.
pub(super) fn read<'a, T: Payload<'a>>(
    payload: &'a [u8],
    tolerance: Tolerance,
    diagnostics: &mut Diagnostics,
) -> Result<T, DecodeError> {
    diagnostics.clear();
    let mut cursor = Cursor::new(T::SPEC.code, payload, Tolerance::LENIENT, diagnostics);
    let message = T::read_fields(&mut cursor, Place::first(T::SPEC.fields));
    let finished = cursor.finish();
    if diagnostics.is_empty()
        && let (Ok(message), Ok(None)) = (message, finished)
    {
        return Ok(message);
    }
    let message = decode_as(T::SPEC, payload, tolerance, diagnostics)?;
    T::get(&message).cloned().ok_or_else(|| other_shape(T::SPEC.code, payload))
}

/// Reads as the code of a row, in the direction in which it travels.
#[cold]
fn decode_as<'a>(
    spec: &MessageSpec,
    payload: &'a [u8],
    tolerance: Tolerance,
    diagnostics: &mut Diagnostics,
) -> Result<Message<'a>, DecodeError> {
    let decoded = decode(spec.code, spec.directions.first(), payload, tolerance)?;
    *diagnostics = decoded.diagnostics;
    Ok(decoded.message)
}

#[cold]
fn other_shape(code: Code, payload: &[u8]) -> DecodeError {
    let span = Span::new(0, payload.len());
    DecodeError { code, kind: DiagnosticKind::OtherShape, field: "", span }
}

/// Reads the fields of a row, whatever the lifetime in `T`.
pub(super) fn read_into<'a, 't, T: Payload<'t>>(
    cursor: &mut Cursor<'a, '_>,
    message: &mut Message<'a>,
) -> Result<(), DecodeError> {
    let first = Place::first(T::SPEC.fields);
    *message = T::Of::<'a>::read_fields(cursor, first)?.into_message();
    Ok(())
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
        read: ReadMessage,
        search_quotes: bool,
        decoded: &mut Decoded<'a>,
    ) -> Result<(), DecodeError> {
        let diagnostics = &mut decoded.diagnostics;
        let mut cursor = Cursor::new(self.code, self.payload, Tolerance::LENIENT, diagnostics)
            .searching_quotes(search_quotes);
        if self.relayed {
            decoded.sender = Some(Sender::read(&mut cursor, Place::first(SENDER))?);
        }
        read(&mut cursor, &mut decoded.message)?;
        decoded.extra = cursor.finish()?;
        Ok(())
    }
}

/// Gives errors in a relayed message's prefix the name of the field.
const SENDER: &[FieldSpec] = &[FieldSpec {
    name: "sender",
    kind: crate::spec::FieldKind::SenderPrefix,
    presence: crate::spec::Presence::Required,
    form: Form::Word,
    secret: false,
    personal: false,
    unit: None,
    group: &[],
    plain: Plain::No,
    read: |cursor, place, _| Sender::read(cursor, place).map(|_| ()),
}];

/// The second attempts: a quote inside a quoted field, then the other shapes of the message.
#[cold]
fn read_again<'a>(
    attempt: &Attempt<'a>,
    found: &Found,
    first: Result<(), DecodeError>,
    decoded: &mut Decoded<'a>,
) -> Result<(), DecodeError> {
    let mut best = first;
    if attempt.payload.iter().filter(|&&byte| byte == b'"').count() > 2 {
        let mut second = Decoded::new(attempt.code, attempt.payload);
        let read = attempt.read(found.row.read, true, &mut second);
        let better = second.diagnostics.count() <= decoded.diagnostics.count();
        if read.is_ok() && (best.is_err() || better) {
            best = read;
            *decoded = second;
        }
    }
    if best.is_ok() && decoded.diagnostics.is_empty() {
        return best;
    }
    for shape in found.shapes() {
        let takes_anything =
            shape.spec.fields.first().is_some_and(|field| field.form == Form::Rest);
        if takes_anything && (best.is_ok() || attempt.payload.is_empty()) {
            continue;
        }
        let mut other = Decoded::new(attempt.code, attempt.payload);
        if attempt.read(shape.read, false, &mut other).is_err() || !other.diagnostics.is_empty() {
            continue;
        }
        if let Some(kind) = shape.deviation {
            let span = Span::new(0, attempt.payload.len());
            other.diagnostics.push(Diagnostic { kind, field: "", span });
        }
        *decoded = other;
        return Ok(());
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
    visitor: &mut dyn FnMut(&'static str, Value<'_>),
) -> Result<(), DecodeError> {
    let mut decoded = Decoded::new(code, payload);
    decoded.diagnostics = mem::take(diagnostics);
    decoded.diagnostics.clear();
    let read = decoded.fill(direction, payload);
    if read.is_ok() {
        decoded.visit(visitor);
    }
    *diagnostics = decoded.diagnostics;
    let Err(error) = read else { return Ok(()) };
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

/// Shows the fields of a canonical payload, each as soon as it is read, and says whether it was one.
///
/// Where it was none, what was shown until then means nothing: forget it, and let [`visit_payload`] show
/// what can be read and say what is wrong. Most payloads are canonical, and this way of reading
/// them is the fastest, since no message is built. A payload of another shape than its code's usual one
/// and a code that the table does not have are not canonical here.
///
/// ```
/// use napster_codec::{Code, Direction::ToClient, visit_canonical};
///
/// let mut shown = Vec::new();
/// let canonical = visit_canonical(Code(209), ToClient, b"bob 4", &mut |name, value| {
///     shown.push(format!("{name}={value}"));
/// });
/// assert!(canonical);
/// // Two blanks are a deviation.
/// assert!(!visit_canonical(Code(209), ToClient, b"bob  4", &mut |_, _| {}));
/// assert_eq!(shown, [r#"nick="bob""#, "link_type=4"]);
/// ```
#[must_use = "what was shown means nothing where the payload was not canonical"]
pub fn visit_canonical(
    code: Code,
    direction: Direction,
    payload: &[u8],
    visitor: &mut impl FnMut(&'static str, Value<'_>),
) -> bool {
    visit_canonical_with(code, direction, payload, &mut ByClosure(visitor))
}

/// The same as [`visit_canonical`] for a visitor that does better where it knows the kind of a field
/// at once.
#[must_use = "what was shown means nothing where the payload was not canonical"]
pub fn visit_canonical_with(
    code: Code,
    direction: Direction,
    payload: &[u8],
    visitor: &mut impl FieldVisitor,
) -> bool {
    let Some(found) = find(code, direction) else { return false };
    let mut diagnostics = Diagnostics::new();
    let mut cursor = Cursor::new(code, payload, Tolerance::LENIENT, &mut diagnostics);
    let sender_fits = !found.relayed || Sender::read(&mut cursor, Place::first(SENDER)).is_ok();
    sender_fits
        && visit_while_canonical(&mut cursor, found.row.spec.fields, visitor)
        && matches!(cursor.finish(), Ok(None))
        && diagnostics.is_empty()
}

/// Is shown the fields of a canonical payload, by [`visit_canonical_with`].
///
/// Only [`value`](Self::value) has to be written: the others say the same in another way, and which
/// fields come to which of them may change.
pub trait FieldVisitor {
    /// A field of any kind.
    fn value(&mut self, name: &'static str, value: Value<'_>);

    /// A field that would be a [`Value::Text`].
    #[inline]
    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.value(name, Value::Text(text));
    }

    /// A field that would be a [`Value::Unsigned`], with the decimal digits of the number as they stand
    /// in the payload: at least one, and no zero in front of others.
    #[inline]
    fn unsigned(&mut self, name: &'static str, number: u64, digits: &[u8]) {
        let _ = digits;
        self.value(name, Value::Unsigned(number));
    }

    /// A field that would be a [`Value::Address`].
    #[inline]
    fn address(&mut self, name: &'static str, address: Ipv4Addr) {
        self.value(name, Value::Address(address));
    }
}

struct ByClosure<'f, F>(&'f mut F);

impl<F: FnMut(&'static str, Value<'_>)> FieldVisitor for ByClosure<'_, F> {
    #[inline]
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        (self.0)(name, value);
    }
}

/// Shows fields up to the first that cannot be read, and perhaps some that deviate; says whether all
/// could be read.
#[inline]
fn visit_while_canonical(
    cursor: &mut Cursor<'_, '_>,
    fields: &'static [FieldSpec],
    visitor: &mut impl FieldVisitor,
) -> bool {
    fields.iter().enumerate().all(|(index, field)| {
        cursor.plain(field, visitor)
            || cursor.is_at_end() && field.presence.may_be_absent()
            || visit_field(cursor, field, Place::at(fields, index), &mut |name, value| {
                visitor.value(name, value);
            })
    })
}

/// Shows fields up to the first that cannot be read; says whether all could.
fn visit_while_fitting(
    cursor: &mut Cursor<'_, '_>,
    fields: &'static [FieldSpec],
    visitor: &mut dyn FnMut(&'static str, Value<'_>),
) -> bool {
    fields
        .iter()
        .enumerate()
        .all(|(index, field)| visit_field(cursor, field, Place::at(fields, index), visitor))
}

fn visit_field(
    cursor: &mut Cursor<'_, '_>,
    field: &'static FieldSpec,
    place: Place,
    visitor: &mut dyn FnMut(&'static str, Value<'_>),
) -> bool {
    if field.form == Form::Tail {
        return !cursor.has_field() || visit_while_fitting(cursor, field.group, visitor);
    }
    (field.read)(cursor, place, visitor).is_ok()
}

/// The sender in front of a message on a server link.
#[must_use]
pub fn link_sender(payload: &[u8]) -> Option<&[u8]> {
    let prefixed = payload.strip_prefix(b":")?;
    let end =
        prefixed.iter().position(|&byte| crate::text::is_separator(byte)).unwrap_or(prefixed.len());
    prefixed.get(..end).filter(|name| !name.is_empty())
}
