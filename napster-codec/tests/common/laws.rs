//! What has to hold for every payload and every message, whatever the row. Each function panics where
//! its law is broken; the property tests and the fuzz targets call the same ones.

use std::net::Ipv4Addr;

use napster_codec::{
    Code, DecodeError, Decoded, Diagnostics, Direction, Directions, EncodeError, FieldVisitor,
    Message, Span, Tolerance, Value, Visit, decode, visit_canonical, visit_canonical_with,
    visit_payload,
};

/// The directions in which a message of that row travels.
pub(crate) fn directions(directions: Directions) -> &'static [Direction] {
    match directions {
        Directions::ToServer => &[Direction::ToServer, Direction::ServerLink],
        Directions::ToClient => &[Direction::ToClient],
        Directions::Both => &[Direction::ToServer, Direction::ToClient],
        Directions::ServerLink => &[Direction::ServerLink],
    }
}

/// Holds the reading of a payload to the laws.
pub(crate) fn hold_payload(code: Code, direction: Direction, payload: &[u8]) {
    let strict = decode(code, direction, payload, Tolerance::STRICT);
    let lenient = decode(code, direction, payload, Tolerance::LENIENT);
    let shown = || format!("{code} {direction:?} {}", payload.escape_ascii());

    // Strict accepts what lenient has nothing to say of, and reads the same.
    let clean = lenient.as_ref().is_ok_and(|decoded| decoded.diagnostics().is_empty());
    assert_eq!(strict.is_ok(), clean, "{}: {strict:?}, {lenient:?}", shown());
    if let Ok(strict) = &strict {
        assert_eq!(Ok(strict), lenient.as_ref(), "{}", shown());
        // What strict accepts is what would be written.
        assert_eq!(encoded(strict), Ok(payload.to_vec()), "{}", shown());
    }

    if let Ok(decoded) = &lenient {
        hold_decoded(decoded, payload, &shown);
        // What lenient reads can be written, and is then read in the same way.
        let again = encoded(decoded).unwrap_or_else(|error| panic!("{}: {error}", shown()));
        let second = decode(code, direction, &again, Tolerance::LENIENT)
            .unwrap_or_else(|error| panic!("{} -> {}: {error}", shown(), again.escape_ascii()));
        assert_eq!(second.extra, None, "{} -> {}", shown(), again.escape_ascii());
        assert_eq!(second.sender, decoded.sender, "{} -> {}", shown(), again.escape_ascii());
        assert_eq!(second.message, decoded.message, "{} -> {}", shown(), again.escape_ascii());
    }
    hold_visit(code, direction, payload, lenient.as_ref().map_err(|error| *error), &shown);
}

/// Holds what was read to what can be said of it alone.
fn hold_decoded(decoded: &Decoded<'_>, payload: &[u8], shown: &dyn Fn() -> String) {
    assert!(decoded.diagnostics().len() <= Diagnostics::CAP);
    for diagnostic in decoded.diagnostics() {
        hold_span(diagnostic.span, payload, shown);
        assert!(!diagnostic.to_string().is_empty());
    }
    let owned: Message<'static> = decoded.message.clone().into_owned();
    assert_eq!(owned, decoded.message, "{}", shown());
    assert_eq!(owned.to_string(), decoded.message.to_string(), "{}", shown());
    assert_eq!(format!("{owned:?}"), format!("{:?}", decoded.message), "{}", shown());
}

fn hold_span(span: Span, payload: &[u8], shown: &dyn Fn() -> String) {
    assert!(span.start <= span.end, "{}: {span:?}", shown());
    assert!(span.end as usize <= payload.len(), "{}: {span:?}", shown());
}

/// The dynamic view says the same as the message, and shows the start of what cannot be read.
fn hold_visit(
    code: Code,
    direction: Direction,
    payload: &[u8],
    lenient: Result<&Decoded<'_>, DecodeError>,
    shown: &dyn Fn() -> String,
) {
    let mut fields = Vec::new();
    let mut diagnostics = Diagnostics::new();
    let result = visit_payload(code, direction, payload, &mut diagnostics, &mut |name, value| {
        fields.push(format!("{name}={}", show(value)));
    });
    assert_eq!(result, lenient.map(|_| ()), "{}", shown());
    let mut canonical = Vec::new();
    let is_canonical = visit_canonical(code, direction, payload, &mut |name, value| {
        canonical.push(format!("{name}={}", show(value)));
    });
    let mut by_kind = ByKind(Vec::new());
    let is_canonical_by_kind = visit_canonical_with(code, direction, payload, &mut by_kind);
    assert_eq!((is_canonical_by_kind, by_kind.0), (is_canonical, canonical.clone()), "{}", shown());
    if is_canonical {
        assert_eq!(canonical, fields, "{}", shown());
        assert_eq!((result, diagnostics.as_slice()), (Ok(()), [].as_slice()), "{}", shown());
    }
    match lenient {
        Ok(decoded) => {
            let mut wanted = Vec::new();
            decoded.visit(&mut |name, value| wanted.push(format!("{name}={}", show(value))));
            assert_eq!(fields, wanted, "{}", shown());
            assert_eq!(diagnostics.as_slice(), decoded.diagnostics(), "{}", shown());
        }
        Err(error) => {
            hold_span(error.span, payload, shown);
            assert!(!error.caret(payload).to_string().is_empty());
        }
    }
}

/// Fields as text, from whichever method each comes to.
struct ByKind(Vec<String>);

impl FieldVisitor for ByKind {
    fn value(&mut self, name: &'static str, value: Value<'_>) {
        self.0.push(format!("{name}={}", show(value)));
    }

    fn text(&mut self, name: &'static str, text: &[u8]) {
        self.value(name, Value::Text(text));
    }

    fn unsigned(&mut self, name: &'static str, number: u64, digits: &[u8]) {
        assert_eq!(digits, number.to_string().as_bytes(), "{name}");
        self.value(name, Value::Unsigned(number));
    }

    fn address(&mut self, name: &'static str, address: Ipv4Addr) {
        self.value(name, Value::Address(address));
    }
}

/// A value in full, lists and groups included.
fn show(value: Value<'_>) -> String {
    match value {
        Value::List(items) => {
            let mut shown = Vec::new();
            items.for_each(&mut |item| shown.push(show(item)));
            format!("{shown:?}")
        }
        Value::Group(group) => {
            let mut shown = Vec::new();
            group.visit(&mut |name, value| shown.push(format!("{name}={}", show(value))));
            format!("{shown:?}")
        }
        Value::Text(bytes) | Value::Secret(bytes) | Value::Latin1(bytes) | Value::Hex(bytes) => {
            bytes.escape_ascii().to_string()
        }
        Value::Unsigned(number) => number.to_string(),
        Value::Signed(number) => number.to_string(),
        Value::Address(address) => address.to_string(),
        Value::Flag(flag) | Value::Spelling(flag) => flag.to_string(),
        _ => panic!("a kind of value that is not shown"),
    }
}

fn encoded(decoded: &Decoded<'_>) -> Result<Vec<u8>, EncodeError> {
    let mut payload = Vec::new();
    decoded.encode_payload(&mut payload).map(|()| payload)
}

/// Holds a message that was built from values to the laws; says whether it can be written.
pub(crate) fn hold_message(message: &Message<'static>) -> bool {
    let mut payload = b"untouched".to_vec();
    if message.encode_payload(&mut payload).is_err() {
        assert_eq!(payload, b"untouched", "{message:?}");
        return false;
    }
    payload.drain(..b"untouched".len());
    let Some(spec) = message.spec() else { return true };
    for &direction in directions(spec.directions) {
        if direction == Direction::ServerLink && spec.directions != Directions::ServerLink {
            continue;
        }
        let decoded = decode(spec.code, direction, &payload, Tolerance::LENIENT)
            .unwrap_or_else(|error| panic!("{message:?} -> {}: {error}", payload.escape_ascii()));
        assert_eq!(decoded.message, *message, "{}", payload.escape_ascii());
        assert_eq!((&decoded.sender, decoded.extra), (&None, None), "{message:?}");
        hold_payload(spec.code, direction, &payload);
    }
    true
}
