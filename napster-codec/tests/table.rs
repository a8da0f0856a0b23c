//! Holds the codec to the protocol table: every shape, example, variant and relayed form.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use napster_codec::{
    Code, Diagnostics, Direction, Directions, MESSAGES, Message, MessageSpec, Presence, Tolerance,
    Value, Visit, decode, visit_canonical, visit_payload,
};
use toml::{Table, Value as Toml};

fn table() -> Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../testdata/messages.toml");
    std::fs::read_to_string(path)
        .expect("the protocol table is in testdata")
        .parse()
        .expect("valid TOML")
}

fn rows(table: &Table) -> impl Iterator<Item = &Table> {
    table["message"].as_array().unwrap().iter().map(|row| row.as_table().unwrap())
}

fn text<'t>(row: &'t Table, key: &str) -> &'t str {
    row.get(key).and_then(Toml::as_str).unwrap_or_default()
}

fn flag(row: &Table, key: &str) -> bool {
    row.get(key).and_then(Toml::as_bool).unwrap_or_default()
}

fn list<'t>(row: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    row.get(key).and_then(Toml::as_array).into_iter().flatten().map(|item| item.as_table().unwrap())
}

fn directions(row: &Table) -> Directions {
    match text(row, "direction") {
        "client" => Directions::ToServer,
        "server" => Directions::ToClient,
        "both" => Directions::Both,
        "server-server" => Directions::ServerLink,
        other => panic!("direction {other}"),
    }
}

/// The direction in which to decode what a row shows.
fn direction(directions: Directions) -> Direction {
    match directions {
        Directions::ToServer | Directions::Both => Direction::ToServer,
        Directions::ToClient => Direction::ToClient,
        Directions::ServerLink => Direction::ServerLink,
    }
}

fn code(row: &Table) -> Code {
    Code(row["code"].as_integer().unwrap().try_into().unwrap())
}

/// The payload of a frame in hex, whose header is checked by the way.
fn payload(row: &Table, code: Code) -> Option<Vec<u8>> {
    let hex = row.get("wire")?.as_str()?;
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    let (header, payload) = bytes.split_at(4);
    assert_eq!(usize::from(u16::from_le_bytes([header[0], header[1]])), payload.len());
    assert_eq!(u16::from_le_bytes([header[2], header[3]]), code.0);
    Some(payload.to_vec())
}

fn main_spec(name: &str, directions: Directions) -> &'static MessageSpec {
    MESSAGES
        .iter()
        .find(|spec| spec.name == name && spec.shape.is_none() && spec.directions == directions)
        .unwrap_or_else(|| panic!("no row {name}"))
}

/// A value as the table writes it.
fn value_of(value: Value<'_>) -> Toml {
    let utf8 = |bytes: &[u8]| Toml::String(String::from_utf8(bytes.to_vec()).unwrap());
    match value {
        Value::Unsigned(number) => Toml::Integer(number.try_into().unwrap()),
        Value::Signed(number) => Toml::Integer(number),
        Value::Text(bytes) | Value::Secret(bytes) => utf8(bytes),
        Value::Latin1(bytes) => Toml::String(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Value::Hex(bytes) => Toml::String(bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })),
        Value::Address(address) => Toml::String(address.to_string()),
        Value::Flag(flag) | Value::Spelling(flag) => Toml::Boolean(flag),
        Value::List(items) => {
            let mut list = Vec::new();
            items.for_each(&mut |item| list.push(value_of(item)));
            Toml::Array(list)
        }
        Value::Group(group) => Toml::Table(values_of(group)),
        _ => panic!("a kind of value that the table does not know"),
    }
}

fn values_of(fields: &dyn Visit) -> Table {
    let mut table = Table::new();
    fields.visit(&mut |name, value| insert(&mut table, name, value));
    table
}

/// A spelling that carries no meaning is not in the table.
fn insert(table: &mut Table, name: &str, value: Value<'_>) {
    if !matches!(value, Value::Spelling(_)) {
        assert!(table.insert(name.to_owned(), value_of(value)).is_none(), "{name} twice");
    }
}

#[derive(Default)]
struct Counts {
    shapes: usize,
    codes: BTreeSet<u16>,
    examples: usize,
    variants: usize,
    relayed: usize,
}

/// Holds one payload of the table to its values and deviation.
fn hold(
    what: &str,
    row: &Table,
    code: Code,
    direction: Direction,
    deviation: &str,
    sender: Option<&str>,
) {
    let Some(payload) = payload(row, code) else { panic!("{what}: no bytes") };
    let shown = payload.escape_ascii();
    let values = row["values"].as_table().unwrap();
    let mut expected = values.clone();
    let relayed_sender = sender.is_some();
    if relayed_sender {
        expected.remove("sender");
    }
    let mut fields = Table::new();
    let mut diagnostics = Diagnostics::new();
    let result = visit_payload(code, direction, &payload, &mut diagnostics, &mut |name, value| {
        insert(&mut fields, name, value);
    });
    assert_eq!(fields, expected, "{what}: {shown}: {result:?} {diagnostics:?}");
    let mut kinds: BTreeSet<&str> =
        diagnostics.as_slice().iter().map(|found| found.kind.name()).collect();
    kinds.extend(result.err().map(|error| error.kind.name()));
    let expected_kinds: BTreeSet<&str> =
        [deviation].into_iter().filter(|kind| !kind.is_empty()).collect();
    assert_eq!(kinds, expected_kinds, "{what}: {shown}");

    let mut canonical = Table::new();
    let is_canonical = visit_canonical(code, direction, &payload, &mut |name, value| {
        insert(&mut canonical, name, value);
    });
    // A payload of another shape is not what the row says.
    assert!(!is_canonical || canonical == expected, "{what}: {shown}");
    assert_eq!(is_canonical, deviation.is_empty() && !row.contains_key("shape"), "{what}: {shown}");

    let strict = decode(code, direction, &payload, Tolerance::STRICT);
    if let (Ok(decoded), true) = (&strict, relayed_sender) {
        assert_eq!(decoded.sender.as_ref().map(ToString::to_string).as_deref(), sender, "{what}");
    }
    match strict {
        Ok(decoded) => {
            assert!(deviation.is_empty(), "{what}: strict accepts {shown}");
            let mut again = Vec::new();
            decoded.encode_payload(&mut again).unwrap();
            assert_eq!(again.escape_ascii().to_string(), shown.to_string(), "{what}");
            let owned: Message<'static> = decoded.message.clone().into_owned();
            assert_eq!(owned, decoded.message, "{what}");
            again.clear();
            owned.encode_payload(&mut again).unwrap();
        }
        Err(error) => assert!(!deviation.is_empty(), "{what}: strict refuses {shown}: {error}"),
    }
}

fn walk(counts: &mut Counts) {
    let table = table();
    let visible: BTreeSet<&str> = list(&table, "deviation")
        .filter(|kind| flag(kind, "visible"))
        .map(|kind| text(kind, "name"))
        .collect();
    for row in rows(&table) {
        let (code, name, directions) = (code(row), text(row, "name"), directions(row));
        let direction = direction(directions);
        counts.shapes += 1;
        counts.codes.insert(code.0);
        hold_spec(row, code, main_spec(name, directions));
        if row.contains_key("values") {
            counts.examples += 1;
            hold(name, row, code, direction, "", None);
        }
        for variant in list(row, "variants") {
            if flag(variant, "unknown") {
                continue;
            }
            counts.variants += 1;
            let deviation = Some(text(variant, "deviation"))
                .filter(|kind| visible.contains(kind))
                .unwrap_or_default();
            match text(variant, "from") {
                "" => hold(name, variant, code, direction, deviation, None),
                "server-server" => hold_from_link(name, variant, code),
                _ => hold_wrong_direction(name, variant, code, direction.reversed()),
            }
        }
        let Some(relay) = row.get("relay").and_then(Toml::as_table) else {
            continue;
        };
        if !relay.contains_key("wire") {
            assert!(relay.contains_key("row"), "{name}");
            continue;
        }
        counts.relayed += 1;
        let sender = relay["values"]
            .get("sender")
            .and_then(Toml::as_str)
            .filter(|_| flag(relay, "same_fields"));
        hold(&format!("{name} relayed"), relay, code, Direction::ServerLink, "", sender);
    }
}

fn hold_from_link(name: &str, variant: &Table, code: Code) {
    let payload = payload(variant, code).unwrap();
    let decoded = decode(code, Direction::ServerLink, &payload, Tolerance::LENIENT).unwrap();
    assert_eq!(&values_of(&decoded.message), variant["values"].as_table().unwrap(), "{name}");
}

/// The table shows what the bytes would be for the other side; a code sent the wrong way stays unknown.
fn hold_wrong_direction(name: &str, variant: &Table, code: Code, direction: Direction) {
    let payload = payload(variant, code).unwrap();
    let decoded = decode(code, direction, &payload, Tolerance::LENIENT).unwrap();
    if let Some(spec) = decoded.message.spec() {
        panic!("{name}: {} in the wrong direction", spec.name);
    }
    let kinds: Vec<_> = decoded.diagnostics().iter().map(|found| found.kind.name()).collect();
    assert_eq!(kinds, ["wrong_direction"], "{name}");
}

fn hold_spec(row: &Table, code: Code, spec: &MessageSpec) {
    let name = spec.name;
    assert_eq!(spec.code, code, "{name}");
    assert_eq!(spec.family.name(), text(row, "family"), "{name}");
    assert_eq!(spec.named_only, flag(row, "named_only"), "{name}");
    let replies: Vec<i64> = spec.replies.iter().map(|&code| code.into()).collect();
    let wanted: Vec<i64> = row
        .get("replies")
        .and_then(Toml::as_array)
        .into_iter()
        .flatten()
        .map(|code| code.as_integer().unwrap())
        .collect();
    assert_eq!(replies, wanted, "{name}");
    let fields: Vec<_> = spec.leaves().filter(|field| field.presence != Presence::Extra).collect();
    let wanted: Vec<_> = list(row, "fields").collect();
    assert_eq!(fields.len(), wanted.len(), "{name}");
    for (field, wanted) in fields.iter().zip(wanted) {
        let what = format!("{name}.{}", field.name);
        let wanted_name =
            if flag(wanted, "repeated") { text(wanted, "group") } else { text(wanted, "name") };
        assert_eq!(field.name, wanted_name, "{what}");
        assert_eq!(field.kind.name(), text(wanted, "type"), "{what}");
        assert_eq!(field.secret, flag(wanted, "secret"), "{what}");
        assert_eq!(field.personal, flag(wanted, "personal"), "{what}");
        assert_eq!(field.unit.unwrap_or_default(), text(wanted, "unit"), "{what}");
        // The members of a tail are there together, so that only the first tells whether it is.
        let in_tail = !spec.fields.iter().any(|own| own.name == field.name);
        if !in_tail {
            assert_eq!(field.presence == Presence::Optional, flag(wanted, "optional"), "{what}");
        }
    }
}

#[test]
fn every_form_of_the_table_is_held() {
    let mut counts = Counts::default();
    walk(&mut counts);
    let line = format!(
        "{} shapes, {} codes, {} examples, {} variants, {} relayed forms",
        counts.shapes,
        counts.codes.len(),
        counts.examples,
        counts.variants,
        counts.relayed
    );
    println!("{line}");
    assert_eq!(line, "285 shapes, 232 codes, 277 examples, 176 variants, 67 relayed forms");
}
