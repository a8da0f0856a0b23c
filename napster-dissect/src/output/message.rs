//! What all outputs have in common about a message: its name and sender, its fields, and which of
//! them nobody may see without asking.

use std::cell::Cell;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use napster_codec::{
    Code, DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Direction, Directions, FieldKind,
    FieldSpec, FieldVisitor, MESSAGES, Span, Value, Visit, link_sender, spec, visit_canonical_with,
    visit_payload,
};

use super::Options;
use crate::story::{Body, MessageRecord, name_of};

/// The table's name for a message, else `unknown`.
pub(super) fn name(message: &MessageRecord<'_>) -> &'static str {
    match message.body {
        Body::Framed { code, direction, .. } => name_of(code, direction),
        Body::Named { name, .. } => name,
    }
}

/// Who acts, on server links.
pub(super) fn sender<'a>(message: &MessageRecord<'a>) -> Option<&'a [u8]> {
    match message.body {
        Body::Framed { direction: Direction::ServerLink, payload, .. } => link_sender(payload),
        Body::Framed { .. } | Body::Named { .. } => None,
    }
}

/// What is known of a message when its fields were shown.
pub(super) struct Findings<'a> {
    /// The deviations.
    pub(super) diagnostics: &'a [Diagnostic],
    /// How many deviations the list lacks.
    pub(super) more: u32,
    /// Why the payload does not fit its message.
    pub(super) error: Option<DecodeError>,
    /// The bytes, where they are asked for or needed; `None` also where they are not kept or may
    /// hold a password.
    pub(super) raw: Option<&'a [u8]>,
    /// Whether the bytes are kept back because they may hold a password.
    pub(super) is_secret: bool,
    /// Whether the fields do not tell everything, so that the bytes belong to the record.
    pub(super) needs_raw: bool,
    /// How many bytes there are.
    pub(super) length: usize,
}

impl Findings<'_> {
    /// Nothing to be said of so many bytes.
    pub(super) const fn none(length: usize) -> Self {
        Self {
            diagnostics: &[],
            more: 0,
            error: None,
            raw: None,
            is_secret: false,
            needs_raw: false,
            length,
        }
    }

    /// The entry that stands for the deviations that are not listed.
    pub(super) fn more_deviations(&self) -> Option<Diagnostic> {
        // A payload has at most 65,535 bytes.
        let end = u32::try_from(self.length).unwrap_or(u32::MAX);
        let kind = DiagnosticKind::MoreDeviations;
        (self.more > 0).then_some(Diagnostic { kind, field: "", span: Span { start: 0, end } })
    }

    /// How many deviations and errors there are.
    pub(super) fn count(&self) -> u64 {
        self.diagnostics.len() as u64 + u64::from(self.more) + u64::from(self.error.is_some())
    }
}

/// Where the fields of a message are shown, one after another.
pub(super) trait Show: FieldVisitor {
    /// Takes back what was shown of the message so far.
    fn start_over(&mut self);
}

/// Shows the fields to nobody: what is odd about them is found all the same.
pub(super) struct Nobody;

impl FieldVisitor for Nobody {
    fn value(&mut self, _: &'static str, _: Value<'_>) {}
}

impl Show for Nobody {
    fn start_over(&mut self) {}
}

/// Shows the fields of a message by name.
///
/// Unless passwords are to be shown, what may belong to one is shown as the text [`MASK`], and the
/// findings lack the bytes of such a message.
pub(super) fn visit_fields<'a>(
    message: &MessageRecord<'a>,
    options: &Options,
    diagnostics: &'a mut Diagnostics,
    show: &mut impl Show,
) -> Findings<'a> {
    match message.body {
        Body::Framed { code, direction, payload, .. } => {
            // Nearly every payload is canonical, and then there is nothing to find.
            if !options.raw && visit_clean(code, direction, payload, options, show) {
                return Findings::none(payload.len());
            }
            visit_framed(code, direction, payload, options, diagnostics, show)
        }
        Body::Named { fields, diagnostics, raw, .. } => {
            fields.visit(&mut |name, value| show.value(name, value));
            let length = raw.map_or(0, <[u8]>::len);
            let raw = raw.filter(|_| options.raw);
            Findings { diagnostics, raw, ..Findings::none(length) }
        }
    }
}

/// Shows the fields of a canonical payload; shows nothing where it is none.
fn visit_clean(
    code: Code,
    direction: Direction,
    payload: &[u8],
    options: &Options,
    show: &mut impl Show,
) -> bool {
    let mut masked = Masked { show, show_secrets: options.show_secrets };
    let clean = visit_canonical_with(code, direction, payload, &mut masked);
    if !clean {
        show.start_over();
    }
    clean
}

/// Shows the fields of a canonical payload, but passwords only to those who ask for them.
struct Masked<'s, S> {
    show: &'s mut S,
    show_secrets: bool,
}

impl<S: Show> FieldVisitor for Masked<'_, S> {
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        match value {
            Value::Secret(_) if !self.show_secrets => self.show.value(name, MASK),
            Value::Group(group) if !self.show_secrets => {
                let hidden = Cell::new(false);
                self.show.value(name, Value::Group(&WithoutSecrets { group, hidden: &hidden }));
            }
            value => self.show.value(name, value),
        }
    }

    #[inline(always)]
    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.show.text(name, text);
    }

    #[inline(always)]
    fn unsigned(&mut self, name: &'static str, number: u64, digits: &[u8]) {
        self.show.unsigned(name, number, digits);
    }

    #[inline(always)]
    fn address(&mut self, name: &'static str, address: Ipv4Addr) {
        self.show.address(name, address);
    }
}

/// Shows the fields of any payload.
fn visit_framed<'a>(
    code: Code,
    direction: Direction,
    payload: &'a [u8],
    options: &Options,
    diagnostics: &'a mut Diagnostics,
    show: &mut impl Show,
) -> Findings<'a> {
    let show_secrets = options.show_secrets;
    let hidden_frame = Cell::new(false);
    let result = visit_payload(code, direction, payload, diagnostics, &mut |name, value| {
        match value {
            Value::Secret(_) if !show_secrets => show.value(name, MASK),
            // What stands behind a password may be the rest of one with a blank in it.
            Value::Text(_) if name == EXTRA && !show_secrets && holds_secret(code, direction) => {
                show.value(name, MASK);
            }
            Value::Group(group) if !show_secrets => {
                show.value(name, Value::Group(&WithoutSecrets { group, hidden: &hidden_frame }));
            }
            value => show.value(name, value),
        }
    });
    let row = spec(code, direction);
    let (error, needs_raw) = (result.err(), result.is_err() || row.is_none());
    // A frame within a payload that could not be read may be one with a password.
    let unread_frame = error.is_some()
        && row.is_some_and(|row| row.fields.iter().any(|field| field.kind == FieldKind::Frame));
    let wants_raw = needs_raw || options.raw;
    let is_secret = wants_raw
        && !show_secrets
        && (hidden_frame.get() || unread_frame || holds_secret(code, direction));
    Findings {
        diagnostics: diagnostics.as_slice(),
        more: diagnostics.more(),
        error,
        raw: (wants_raw && !is_secret).then_some(payload),
        is_secret,
        needs_raw,
        length: payload.len(),
    }
}

/// The name of the message that the code would be if it came from the other side.
pub(super) fn name_from_the_other_side(message: &MessageRecord<'_>) -> Option<&'static str> {
    match message.body {
        Body::Framed { code, direction, .. } => {
            spec(code, direction.reversed()).map(|spec| spec.name)
        }
        Body::Named { .. } => None,
    }
}

/// Whether a diagnostic says that a message came from the wrong side.
pub(super) fn is_wrong_direction(diagnostic: &Diagnostic) -> bool {
    diagnostic.kind == DiagnosticKind::WrongDirection
}

/// Shows a group, but not the payload of an embedded frame that holds a password.
struct WithoutSecrets<'v> {
    group: &'v dyn Visit,
    /// Set when something was hidden.
    hidden: &'v Cell<bool>,
}

impl Visit for WithoutSecrets<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        let mut holds_secret = false;
        self.group.visit(&mut |name, value| match value {
            Value::Unsigned(code) if name == "code" => {
                // Which way the frame goes on is not known here.
                holds_secret = u16::try_from(code)
                    .is_ok_and(|code| SECRETS.iter().any(|(secret, _)| secret.0 == code));
                visitor(name, value);
            }
            Value::Secret(_) => visitor(name, MASK),
            Value::Latin1(_) if holds_secret => {
                self.hidden.set(true);
                visitor(name, MASK);
            }
            value => visitor(name, value),
        });
    }
}

/// Whether the payload can hold a password: that of the message which the code is in that
/// direction, or, where it is none, in any.
fn holds_secret(code: Code, direction: Direction) -> bool {
    let known = direction != Direction::ServerLink && spec(code, direction).is_some();
    SECRETS
        .iter()
        .any(|(secret, directions)| *secret == code && (!known || directions.admits(direction)))
}

/// Every row with a password.
static SECRETS: LazyLock<Vec<(Code, Directions)>> = LazyLock::new(|| {
    fn is_secret(field: &FieldSpec) -> bool {
        field.secret || field.group.iter().any(is_secret)
    }
    let secret = MESSAGES.iter().filter(|row| row.fields.iter().any(is_secret));
    secret.map(|row| (row.code, row.directions)).collect()
});

/// Stands in the place of a password.
const MASK: Value<'static> = Value::Text(b"***");

/// The name under which the codec shows what is behind the last field.
const EXTRA: &str = "extra";
