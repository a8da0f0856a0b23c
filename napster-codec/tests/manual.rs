//! Holds the chapter with the table of messages to the rows; `REGENERATE=1` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use napster_codec::dialogue::{DIALOGUES, Dialogue, End};
use napster_codec::{
    Code, Direction, Directions, Family, FieldKind, FieldSpec, Form, MESSAGES, MessageSpec,
    Presence,
};

/// What stands in front of the tables.
const PREFACE: &str = "\
<!-- Written by: REGENERATE=1 cargo test -p napster-codec --test manual -->

Every message, by subject and code.

This chapter follows from the rows that the code itself is made of. Each name leads to the struct
with its fields, their types and units, and the programs and documents that the message is known
from.

How a payload is written: fields are separated by one blank. `\"name\"` stands between double quotes,
`[name]` can be absent, `name…` goes on to the end of the payload (free text, or a list that repeats),
and `(…)` is a group of fields that repeats or is absent as a whole. Behind a colon stands the type,
where nothing else says it. A row whose name is indented is another shape that programs send under
the same code. Rows of only a number are known by nothing else; their payload is kept as it is.

The arrow tells who sends it: `→` a client to the server, `←` the server to a client, `↔` both, `⇄`
servers to each other. On links between servers most messages of clients travel as well, with a colon,
the name of who acts, and a blank in front.

The last column has what answers a request: `×` any number of times, `end` what ends it, `no` what refuses
it (404 only by its text). For an answer it has the requests that it belongs to.
";

#[test]
fn the_chapter_is_that_of_the_rows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    let wanted = chapter();
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(&path, &wanted).expect("the chapter can be written");
    }
    let found = std::fs::read_to_string(&path).expect("the chapter is there");
    for (found, wanted) in found.lines().zip(wanted.lines()) {
        assert_eq!(found, wanted, "REGENERATE=1 writes the chapter anew");
    }
    assert_eq!(found.len(), wanted.len(), "REGENERATE=1 writes the chapter anew");
}

#[test]
fn summaries_are_sentences() {
    for spec in MESSAGES {
        assert!(spec.summary.ends_with(['.', ')', '?']), "{} {}", spec.name, spec.summary);
    }
}

#[test]
fn the_chapter_has_every_row_and_every_exchange() {
    let chapter = chapter();
    assert_eq!(chapter.matches("\n| [").count() + chapter.matches("\n| ↳").count(), MESSAGES.len());
    let search = "| [200 `search_request`](crate::message::SearchRequest) | → | `query:search_query…` \
                  | Search the index. | 201 ×, end 202, no 404 |";
    assert!(chapter.contains(search), "{search}");
    let result = "| [202 `search_end`](crate::message::SearchEnd) | ← |  \
                  | End of the hits. | answers 200 |";
    assert!(chapter.contains(result), "{result}");
}

fn chapter() -> String {
    let mut text = String::from(PREFACE);
    let answered = answered();
    for family in Family::ALL {
        let rows: Vec<_> = MESSAGES.iter().filter(|spec| spec.family == *family).collect();
        if rows.is_empty() {
            continue;
        }
        let heading =
            "| message |  | payload | what it is for | answers |\n|---|---|---|---|---|\n";
        write!(text, "\n# {family}\n\n{heading}").expect("a string grows");
        for spec in rows {
            text.push_str(&row(spec, &answered));
        }
    }
    text
}

fn row(spec: &MessageSpec, answered: &BTreeMap<(u16, bool), Vec<u16>>) -> String {
    let name = spec.shape.unwrap_or(spec.name);
    let relayed = spec.directions == Directions::ServerLink && has_client_row(spec);
    let target = struct_name(name, relayed);
    let label = match spec.shape {
        Some(shape) => format!("↳ [`{shape}`](crate::message::{target})"),
        None => format!("[{} `{name}`](crate::message::{target})", spec.code),
    };
    let arrow = match spec.directions {
        Directions::ToServer => "→",
        Directions::ToClient => "←",
        Directions::Both => "↔",
        Directions::ServerLink => "⇄",
    };
    let fields: Vec<_> = spec.fields.iter().map(field).collect();
    let payload = if spec.named_only {
        "not known".to_owned()
    } else if fields.is_empty() {
        String::new()
    } else {
        format!("`{}`", fields.join(" "))
    };
    let exchange = exchange(spec, answered);
    format!("| {label} | {arrow} | {payload} | {} | {exchange} |\n", spec.summary)
}

/// Whether the row is the form that a client's message has between servers.
fn has_client_row(spec: &MessageSpec) -> bool {
    MESSAGES.iter().any(|other| other.name == spec.name && other.directions != spec.directions)
}

fn struct_name(name: &str, relayed: bool) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    format!("{}{}", if relayed { "Relayed" } else { "" }, words.collect::<String>())
}

fn field(field: &FieldSpec) -> String {
    // The form says as much.
    let plain = matches!(field.kind, FieldKind::Text | FieldKind::Token | FieldKind::QuotedString);
    let typed = if plain || field.name == field.kind.name() {
        String::new()
    } else {
        format!(":{}", field.kind)
    };
    let inner = || field.group.iter().map(self::field).collect::<Vec<_>>().join(" ");
    let name = field.name;
    let text = match field.form {
        Form::Quoted => format!("\"{name}{typed}\""),
        Form::Rest | Form::List => format!("{name}{typed}…"),
        Form::QuotedList => format!("({})…", inner()),
        Form::Tail => format!("({})", inner()),
        _ => format!("{name}{typed}"),
    };
    let absent = field.presence != Presence::Required;
    if absent { format!("[{text}]") } else { text }
}

/// Which requests each code answers, from the server to clients and between servers.
fn answered() -> BTreeMap<(u16, bool), Vec<u16>> {
    let mut answered: BTreeMap<_, Vec<u16>> = BTreeMap::new();
    for dialogue in DIALOGUES {
        let link = dialogue.direction == Direction::ServerLink;
        let single = match dialogue.end {
            End::Code(code) => vec![code],
            End::SameCodeEmpty => vec![dialogue.request.0],
            End::Single(codes) => codes.to_vec(),
            _ => Vec::new(),
        };
        let refusals = dialogue.refusals.iter().map(|refusal| refusal.code);
        for code in dialogue.items.iter().copied().chain(single).chain(refusals) {
            let requests = answered.entry((code, link)).or_default();
            if !requests.contains(&dialogue.request.0) {
                requests.push(dialogue.request.0);
            }
        }
    }
    answered
}

fn exchange(spec: &MessageSpec, answered: &BTreeMap<(u16, bool), Vec<u16>>) -> String {
    let direction = spec.directions.first();
    if let (Some(dialogue), None) = (Dialogue::of(spec.code, direction), spec.shape) {
        return request(dialogue);
    }
    if direction == Direction::ToServer {
        let replies: Vec<_> = spec.replies.iter().map(ToString::to_string).collect();
        return replies.join(", ");
    }
    let link = direction == Direction::ServerLink;
    // Whatever a notice or an error answers is told with the request.
    let any = matches!(spec.code, Code(0 | 404));
    match answered.get(&(spec.code.0, link)) {
        Some(requests) if !any => {
            let codes: Vec<_> = requests.iter().map(ToString::to_string).collect();
            format!("answers {}", codes.join(", "))
        }
        _ => String::new(),
    }
}

fn request(dialogue: &Dialogue) -> String {
    let mut parts: Vec<_> = dialogue.items.iter().map(|code| format!("{code} ×")).collect();
    match dialogue.end {
        End::Code(code) => parts.push(format!("end {code}")),
        End::SameCodeEmpty => {
            parts.push(format!("{} ×", dialogue.request));
            parts.push(format!("end {} empty", dialogue.request));
        }
        End::Single(codes) => {
            let codes: Vec<_> = codes.iter().map(ToString::to_string).collect();
            parts.push(codes.join(" or "));
        }
        End::Unanswered => parts.push("none".to_owned()),
        _ => parts.push("no end".to_owned()),
    }
    let mut refusals: Vec<_> = dialogue.refusals.iter().map(|refusal| refusal.code).collect();
    refusals.sort_unstable();
    refusals.dedup();
    parts.extend(refusals.iter().map(|code| format!("no {code}")));
    parts.join(", ")
}
