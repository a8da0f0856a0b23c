//! Text for eyes: one line a message, its fields as `name=value`, and what is odd beside it.

mod chain;
mod ending;
mod fields;
mod lead;
mod line;
mod session;

pub use lead::{Lead, Leads};

pub(super) use fields::FieldScratch;

use super::escape::{is_hidden, put_latin1, put_safe, put_value};
use super::message::{
    Findings, is_wrong_direction, name, name_from_the_other_side, sender, visit_fields,
};
use super::put::Put;
use super::{Options, Scratch};
use crate::story::{
    Body, CaptureRecord, ExchangeRecord, InterfaceRecord, LinkRecord, MessageRecord, Record,
    WarningKind, WarningRecord, name_of,
};
use crate::tcp::Side;
use ending::Ending;
use fields::Fields;
use line::{Lines, Style, TO_CLIENT, TO_SERVER};

/// Appends the lines of a record; returns how many deviations and errors they tell.
pub(super) fn render(
    record: &Record<'_>,
    lead: &Lead,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    if lead.silent {
        return 0;
    }
    let mut lines = Lines { out, color: options.color };
    match record {
        Record::Capture(record) => capture(record, &mut lines),
        Record::Interface(record) => interface(record, &mut lines),
        Record::Message(record) => return message(record, lead, options, scratch, out),
        Record::Link(record) => link(record, lead, &mut lines),
        Record::Exchange(record) => exchange(record, lead, &mut lines),
        Record::Warning(record) => warning(record, &mut lines),
        Record::Transfer(record) => {
            Ending::new(lines, lead, options, scratch).transfer(record);
        }
        Record::Flow(record) => Ending::new(lines, lead, options, scratch).flow(record),
        Record::Summary(record) => Ending::new(lines, lead, options, scratch).summary(record),
    }
    0
}

fn capture(record: &CaptureRecord, lines: &mut Lines<'_>) {
    if record.capture > 0 {
        lines.end();
    }
    lines.styled(Style::BOLD, "capture ");
    put_safe(&record.file, lines.out);
    lines.out.put("  ").put(record.format);
    if let Some(compression) = record.compression {
        lines.out.put(", ").put(compression);
    }
    lines.end();
}

fn interface(record: &InterfaceRecord, lines: &mut Lines<'_>) {
    lines.on(Style::DIM);
    lines.out.put("interface ").number(record.interface.into()).put("  ");
    put_safe(&record.link_type, lines.out);
    if record.snap_length > 0 {
        lines.out.put(", at most ");
        lines.count(record.snap_length.into(), "byte a packet", "bytes a packet");
    }
    lines.off();
    lines.end();
}

fn message(
    record: &MessageRecord<'_>,
    lead: &Lead,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    let mut lines = Lines { out, color: options.color };
    let (mark, client, server) = match record.from {
        Side::Client => (TO_SERVER, record.source, record.destination),
        Side::Server => (TO_CLIENT, record.destination, record.source),
    };
    lines.opening(lead, record.flow, client, server, Some(record.protocol));
    let Scratch { diagnostics, text, fields: field_scratch, .. } = scratch;
    lines.begin_message(record, mark, name(record), lead, &mut field_scratch.place);
    let sender = sender(record);
    if let Some(sender) = sender {
        lines.out.put(" :");
        put_value(sender, options.encoding, text, lines.out);
    }
    let mut fields = Fields::new(
        Lines { out: &mut *lines.out, color: options.color },
        options.encoding,
        text,
        field_scratch,
        sender.is_some(),
    );
    let findings = visit_fields(record, options, diagnostics, &mut fields);
    if findings.needs_raw && findings.error.is_none() {
        put_unknown(record, &findings, &mut lines);
    }
    put_notes(record, &findings, &mut lines);
    lines.end();
    scratch.fields.put_behind(lines.out);
    put_error(&findings, &mut lines);
    if let Some(raw) = findings.raw.filter(|_| options.raw) {
        lines.indent();
        lines.on(Style::DIM);
        lines.out.put("raw ").hex(raw);
        lines.off();
        lines.end();
    }
    findings.count()
}

/// Appends what is known of a message that the table does not have.
fn put_unknown(record: &MessageRecord<'_>, findings: &Findings<'_>, lines: &mut Lines<'_>) {
    if let Body::Framed { code, .. } = record.body {
        lines.out.put(" ");
        lines.styled(Style::DIM, "code=");
        lines.out.number(code.0.into()).put(" ");
        lines.styled(Style::DIM, "payload=");
        match findings.raw {
            Some(payload) => put_payload(payload, lines.out),
            None => _ = lines.out.put("***"),
        }
    }
}

/// Appends a payload as text where it is mostly text, else in hex.
fn put_payload(payload: &[u8], out: &mut Vec<u8>) {
    let hidden = payload.iter().filter(|&&byte| is_hidden(byte.into())).count();
    if hidden > payload.len() / 4 {
        out.put("0x").hex(payload);
    } else {
        put_latin1(payload, out);
    }
}

/// Appends the deviations in short.
fn put_notes(record: &MessageRecord<'_>, findings: &Findings<'_>, lines: &mut Lines<'_>) {
    if findings.diagnostics.is_empty() {
        return;
    }
    let mut separator = "  ! ";
    lines.on(Style::NOTE);
    for diagnostic in findings.diagnostics {
        lines.out.put(separator).put(diagnostic.kind.name());
        separator = ", ";
        if !diagnostic.field.is_empty() {
            lines.out.put(" in ").put(diagnostic.field);
        }
        if is_wrong_direction(diagnostic)
            && let Some(name) = name_from_the_other_side(record)
        {
            lines.out.put(": the other side says ").put(name);
        }
    }
    if findings.more > 0 {
        lines.out.put(" and ");
        lines.count(findings.more.into(), "more deviation", "more deviations");
    }
    lines.off();
}

/// Appends why a payload does not fit its message, with its bytes and a mark below the place.
fn put_error(findings: &Findings<'_>, lines: &mut Lines<'_>) {
    let Some(error) = findings.error else { return };
    lines.indent();
    lines.on(Style::ALARM);
    // Vectors take any write.
    let _ = std::io::Write::write_fmt(lines.out, format_args!("! {}", error.diagnostic()));
    lines.off();
    lines.end();
    let Some(payload) = findings.raw else {
        if findings.is_secret && findings.length > 0 {
            lines.indent();
            lines.styled(Style::DIM, HIDDEN);
            lines.end();
        }
        return;
    };
    lines.indent();
    lines.styled(Style::DIM, "payload ");
    put_latin1(payload, lines.out);
    lines.end();
    let part = |start: u32, end: u32| {
        let mut shown = Vec::new();
        put_latin1(payload.get(start as usize..end as usize).unwrap_or_default(), &mut shown);
        // Without the quotes.
        String::from_utf8_lossy(&shown).chars().count().saturating_sub(2)
    };
    let before = part(0, error.span.start);
    if before < CARET_COLUMNS {
        lines.indent();
        line::pad(0, "payload \"".len() + before, lines.out);
        lines.on(Style::ALARM);
        let width = part(error.span.start, error.span.end).clamp(1, CARET_COLUMNS);
        lines.out.resize(lines.out.len() + width, b'^');
        lines.off();
        lines.end();
    }
}

fn link(record: &LinkRecord, lead: &Lead, lines: &mut Lines<'_>) {
    lines.begin(record.stamp, record.flow, "·", "link", lead);
    lines.out.put(" ");
    lines.announced(&record.announced);
    lines.end();
}

/// Answers and their end are seen where they are said, so only a request without end is told.
fn exchange(record: &ExchangeRecord, lead: &Lead, lines: &mut Lines<'_>) {
    if record.end.is_some() || record.endless && !record.answers.is_empty() {
        return;
    }
    lines.begin(record.stamp, record.flow, "·", "unanswered", lead);
    lines.on(Style::DIM);
    lines.out.put(" ").put(record.request.name);
    lines.out.put(" of packet ").number(record.request.frame);
    if record.answers.is_empty() {
        lines.out.put(": no answer");
    } else {
        for (place, (code, count)) in record.answers.iter().enumerate() {
            let name = name_of(*code, record.direction);
            lines.out.put(if place == 0 { ": " } else { ", " }).number(*count).put(" ").put(name);
        }
        lines.out.put(", no end");
    }
    lines.off();
    lines.end();
}

/// About a connection it stands in its columns, so that the eye finds it between the messages.
fn warning(record: &WarningRecord, lines: &mut Lines<'_>) {
    let alarm = record.kind == WarningKind::Security;
    let style = if alarm { Style::ALARM } else { Style::NOTE };
    match record.flow {
        Some(flow) => lines.begin_warning(flow, style, record.kind.name()),
        None => {
            lines.on(style);
            lines.out.put("! ").put(record.kind.name()).put(":");
        }
    }
    lines.out.put(" ");
    put_safe(&record.message, lines.out);
    // What could not be read is told with its place.
    let offset = record.offset.filter(|_| !record.kind.is_unread_input());
    let mut separator = " (";
    for (name, place) in [("packet ", record.frame), ("byte ", offset)] {
        if let Some(place) = place {
            lines.out.put(separator).put(name).number(place);
            separator = ", ";
        }
    }
    lines.out.put(if separator == ", " { ")" } else { "" });
    lines.off();
    lines.end();
}

/// The columns up to which a mark is put below a payload.
const CARET_COLUMNS: usize = 160;

/// Stands in the place of a payload with a password.
const HIDDEN: &str = "payload hidden, it may hold a password; --show-secrets shows it";
