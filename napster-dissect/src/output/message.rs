//! What all outputs have in common about a message: its name and sender, its fields, and which of
//! them nobody may see without asking.

use std::cell::Cell;
use std::sync::LazyLock;

use napster_codec::{
    Code, DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Direction, Directions, FieldKind,
    FieldSpec, MESSAGES, Span, Value, Visit, link_sender, spec, visit_payload,
};

use super::Options;
use crate::story::{Body, MessageRecord};

/// What can be said of a message before its fields are read.
pub(super) struct Head<'a> {
    /// The table's name for the code in that direction, else `unknown`.
    pub(super) name: &'static str,
    /// The code, where the protocol has codes.
    pub(super) code: Option<Code>,
    /// Who acts, on server links.
    pub(super) sender: Option<&'a [u8]>,
}

impl<'a> Head<'a> {
    pub(super) fn of(message: &MessageRecord<'a>) -> Self {
        match message.body {
            Body::Framed { code, direction, payload, .. } => Self {
                name: spec(code, direction).map_or(UNKNOWN, |spec| spec.name),
                code: Some(code),
                sender: match direction {
                    Direction::ServerLink => link_sender(payload),
                    Direction::ToServer | Direction::ToClient => None,
                },
            },
            Body::Named { name, .. } => Self { name, code: None, sender: None },
        }
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

/// Shows the fields of a message by name.
///
/// Unless passwords are to be shown, what may belong to one is shown as the text [`MASK`], and the
/// findings lack the bytes of such a message.
pub(super) fn visit_fields<'a>(
    message: &MessageRecord<'a>,
    options: &Options,
    diagnostics: &'a mut Diagnostics,
    visitor: &mut dyn FnMut(&'static str, Value<'_>),
) -> Findings<'a> {
    let (code, direction, payload) = match message.body {
        Body::Framed { code, direction, payload, .. } => (code, direction, payload),
        Body::Named { fields, diagnostics, raw, .. } => {
            fields.visit(visitor);
            return Findings {
                diagnostics,
                more: 0,
                error: None,
                raw: raw.filter(|_| options.raw),
                is_secret: false,
                needs_raw: false,
                length: raw.map_or(0, <[u8]>::len),
            };
        }
    };
    let show_secrets = options.show_secrets;
    let hidden_frame = Cell::new(false);
    let result = visit_payload(code, direction, payload, diagnostics, &mut |name, value| {
        match value {
            Value::Secret(_) if !show_secrets => visitor(name, MASK),
            // What stands behind a password may be the rest of one with a blank in it.
            Value::Text(_) if name == EXTRA && !show_secrets && holds_secret(code, direction) => {
                visitor(name, MASK);
            }
            Value::Group(group) if !show_secrets => {
                visitor(name, Value::Group(&WithoutSecrets { group, hidden: &hidden_frame }));
            }
            value => visitor(name, value),
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

/// The name of a message that the table does not have.
const UNKNOWN: &str = "unknown";

/// The name under which the codec shows what is behind the last field.
const EXTRA: &str = "extra";
