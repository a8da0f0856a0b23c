//! JSON Lines and the objects of the JSON document: one record, one object.
//!
//! The keys, their order and their types are a contract, see `schema/records-1.schema.json`.

mod chain;
mod head;
mod members;
mod session;
mod value;

use napster_codec::Code;

use crate::capture::Stamp;
use crate::story::{
    Announcement, CaptureRecord, ExchangeRecord, FlowRecord, InterfaceRecord, LinkRecord,
    MessagePlace, MessageRecord, Party, Record, SummaryRecord, TransferRecord, WarningRecord,
    name_of,
};

use super::message::{Findings, sender, visit_fields};
use super::put::Put;
use super::{Options, Scratch};
use chain::put_chains;
pub(super) use head::Heads;
use head::Times;
use members::Members;
use session::{put_session, put_sessions};
use value::{Texts, put_string};

/// The version of the contract.
const SCHEMA: u64 = 1;

/// Appends a record as one object, without a line feed behind it; returns how many deviations and
/// errors it lists.
pub(super) fn render(
    record: &Record<'_>,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    match record {
        Record::Capture(record) => capture(record, out),
        Record::Interface(record) => interface(record, out),
        Record::Message(record) => return message(record, options, scratch, out),
        Record::Link(record) => link(record, &mut scratch.heads.times, out),
        Record::Exchange(record) => exchange(record, &mut scratch.heads.times, out),
        Record::Transfer(record) => {
            let Scratch { heads, text, .. } = scratch;
            let mut texts = Texts { encoding: options.encoding, scratch: text };
            transfer(record, &mut heads.times, &mut texts, out);
        }
        Record::Flow(record) => {
            let Scratch { heads, text, .. } = scratch;
            let mut texts = Texts { encoding: options.encoding, scratch: text };
            flow(record, &mut heads.times, &mut texts, out);
        }
        Record::Warning(record) => warning(record, out),
        Record::Summary(record) => summary(record, &mut Texts::new(options, scratch), out),
    }
    0
}

fn capture(record: &CaptureRecord, out: &mut Vec<u8>) {
    begin("capture", record.capture, out);
    out.put(r#","schema":"#).number(SCHEMA).put(r#","file":"#);
    put_string(&record.file, out);
    out.put(r#","format":"#);
    put_string(record.format, out);
    out.put(r#","compression":"#);
    match record.compression {
        Some(compression) => put_string(compression, out),
        None => _ = out.put("null"),
    }
    out.put("}");
}

fn interface(record: &InterfaceRecord, out: &mut Vec<u8>) {
    begin("interface", record.capture, out);
    out.put(r#","interface":"#).number(record.interface.into()).put(r#","link_type":"#);
    put_string(&record.link_type, out);
    out.put(r#","snap_length":"#).number(record.snap_length.into()).put("}");
}

fn message(
    record: &MessageRecord<'_>,
    options: &Options,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
) -> u64 {
    let Scratch { diagnostics, heads, members, text, .. } = scratch;
    heads.put(record, out);
    let mut texts = Texts { encoding: options.encoding, scratch: text };
    if let Some(sender) = sender(record) {
        out.put(r#","sender":"#);
        texts.put(sender, out);
    }
    out.put(r#","fields":{"#);
    let findings =
        visit_fields(record, options, diagnostics, &mut Members::new(texts, members, out));
    out.put(r#"},"offset":"#).number(record.offset);
    out.put(r#","length":"#).number(record.length);
    if record.inflated {
        out.put(r#","inflated":true"#);
    }
    put_findings(&findings, out);
    findings.count()
}

/// Appends what was found, and the end of the message's object.
fn put_findings(findings: &Findings<'_>, out: &mut Vec<u8>) {
    if findings.count() == 0 && findings.raw.is_none() {
        out.put(r#","diagnostics":[]}"#);
        return;
    }
    out.put(r#","diagnostics":["#);
    let mut separator = "";
    for diagnostic in findings.diagnostics {
        out.put(separator);
        value::put_diagnostic(diagnostic, diagnostic, out);
        separator = ",";
    }
    if let Some(error) = findings.error {
        out.put(separator);
        value::put_diagnostic(&error.diagnostic(), &error, out);
        separator = ",";
    }
    if let Some(more) = findings.more_deviations() {
        out.put(separator);
        let message = format_args!("{} further deviations are not listed", findings.more);
        value::put_diagnostic(&more, &message, out);
    }
    out.put("]");
    if let Some(raw) = findings.raw {
        out.put(r#","raw":""#).hex(raw).put("\"");
    }
    out.put("}");
}

fn link(record: &LinkRecord, times: &mut Times, out: &mut Vec<u8>) {
    begin_at("link", record.stamp, record.flow, times, out);
    put_announcement(Some(&record.announced), out);
    out.put("}");
}

fn exchange(record: &ExchangeRecord, times: &mut Times, out: &mut Vec<u8>) {
    begin_at("exchange", record.stamp, record.flow, times, out);
    out.put(r#","request":"#);
    put_place(record.request, out);
    out.put(r#","answers":"#);
    let named = |(code, count): &(Code, u64)| (name_of(*code, record.direction), *count);
    put_counts(record.answers.iter().map(named), out);
    out.put(r#","end":"#);
    match record.end {
        Some(end) => put_place(end, out),
        None => _ = out.put("null"),
    }
    out.put("}");
}

fn transfer(record: &TransferRecord, times: &mut Times, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    begin_at("transfer", record.stamp, record.flow, times, out);
    out.put(r#","kind":""#).put(record.kind.name());
    out.put(r#"","uploader":"#);
    put_party(&record.uploader, texts, out);
    out.put(r#","downloader":"#);
    put_party(&record.downloader, texts, out);
    out.put(r#","file":"#);
    texts.put_or_null(record.file.as_deref(), out);
    out.put(r#","offset":"#).number(record.offset).put(r#","size":"#);
    put_or_null(record.size, out);
    out.put(r#","bytes":"#).number(record.bytes);
    out.put(r#","complete":"#).put(boolean(record.complete));
    out.put(r#","ended":""#).put(record.ended.name()).put(r#"","error":"#);
    texts.put_or_null(record.error.as_deref(), out);
    out.put(r#","gap_bytes":"#).number(record.gap_bytes).put(r#","sha256":"#);
    match &record.sha256 {
        Some(digest) => _ = out.put("\"").hex(digest).put("\""),
        None => _ = out.put("null"),
    }
    put_announcement(record.announced.as_ref(), out);
    if let Some(name) = &record.saved_as {
        out.put(r#","saved_as":"#);
        put_string(name, out);
    }
    out.put("}");
}

fn flow(record: &FlowRecord, times: &mut Times, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    let stats = &record.stats;
    let [client, server] = stats.bytes;
    begin_at("flow", record.stamp, record.flow, times, out);
    out.put(r#","protocol":""#).put(record.protocol.name());
    out.put(r#"","client":""#).socket(record.client);
    out.put(r#"","server":""#).socket(record.server);
    out.put(r#"","start":""#);
    times.put(stats.start, out);
    out.put(r#"","end":""#);
    times.put(stats.end, out);
    out.put(r#"","packets":"#).number(stats.packets);
    out.put(r#","bytes_client":"#).number(client);
    out.put(r#","bytes_server":"#).number(server);
    out.put(r#","messages":"#).number(record.messages);
    out.put(r#","file_bytes":"#).number(record.file_bytes);
    out.put(r#","undecoded":"#).number(record.undecoded);
    out.put(r#","closed":""#).put(record.closed.name());
    out.put(r#"","gaps":"#).number(stats.gaps);
    out.put(r#","gap_bytes":"#).number(stats.gap_bytes);
    out.put(r#","retransmitted":"#).number(stats.retransmitted);
    out.put(r#","overlap_conflicts":"#).number(stats.overlap_conflicts);
    out.put(r#","out_of_order":"#).number(stats.out_of_order);
    if let Some(session) = &record.session {
        put_session(session, texts, out);
    }
    out.put("}");
}

fn warning(record: &WarningRecord, out: &mut Vec<u8>) {
    begin("warning", record.capture, out);
    out.put(r#","kind":""#).put(record.kind.name()).put("\"");
    for (key, place) in [
        (r#","flow":"#, record.flow),
        (r#","frame":"#, record.frame),
        (r#","offset":"#, record.offset),
    ] {
        if let Some(place) = place {
            out.put(key).number(place);
        }
    }
    out.put(r#","message":"#);
    put_string(&record.message, out);
    out.put("}");
}

fn summary(record: &SummaryRecord, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    begin("summary", record.capture, out);
    out.put(r#","packets":"#).number(record.packets);
    out.put(r#","bytes":"#).number(record.bytes).put(r#","flows":"#);
    put_counts(record.flows.iter().map(|(protocol, count)| (protocol.name(), *count)), out);
    out.put(r#","messages":{"total":"#).number(record.messages).put(r#","by_name":"#);
    put_counts(record.messages_by_name.iter().copied(), out);
    out.put(r#"},"transfers":"#);
    put_counts(record.transfers.iter().map(|(end, count)| (end.name(), *count)), out);
    out.put(r#","warnings":"#);
    put_counts(record.warnings.iter().map(|(kind, count)| (kind.name(), *count)), out);
    out.put(r#","omitted":"#);
    put_counts(record.omitted.iter().copied(), out);
    put_sessions(&record.sessions, texts, out);
    put_chains(&record.chains, out);
    out.put("}");
}

fn begin(kind: &'static str, capture: u32, out: &mut Vec<u8>) {
    out.put(r#"{"type":""#).put(kind).put(r#"","capture":"#).number(capture.into());
}

fn begin_at(kind: &'static str, stamp: Stamp, flow: u64, times: &mut Times, out: &mut Vec<u8>) {
    begin(kind, stamp.capture, out);
    out.put(r#","frame":"#).number(stamp.frame).put(r#","time":""#);
    times.put(stamp.time, out);
    out.put(r#"","flow":"#).number(flow);
}

fn put_announcement(announcement: Option<&Announcement>, out: &mut Vec<u8>) {
    put_optional_announcement("announced", announcement, out);
}

/// Appends a member that says where a message was.
fn put_optional_announcement(key: &str, message: Option<&Announcement>, out: &mut Vec<u8>) {
    out.put(",\"").put(key).put("\":");
    let Some(Announcement { flow, frame, name }) = message else {
        out.put("null");
        return;
    };
    out.put(r#"{"flow":"#).number(*flow).put(r#","frame":"#).number(*frame);
    out.put(r#","name":""#).put(name).put("\"}");
}

fn put_place(place: MessagePlace, out: &mut Vec<u8>) {
    out.put(r#"{"frame":"#).number(place.frame).put(r#","name":""#).put(place.name).put("\"}");
}

fn put_party(party: &Party, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#"{"nick":"#);
    texts.put_or_null(party.nick.as_deref(), out);
    out.put(r#","address":""#).socket(party.address).put("\"}");
}

/// Appends an object of counts; the names are the program's own.
fn put_counts(counts: impl Iterator<Item = (&'static str, u64)>, out: &mut Vec<u8>) {
    out.put("{");
    for (place, (name, count)) in counts.enumerate() {
        out.put(if place == 0 { "\"" } else { ",\"" }).put(name).put("\":").number(count);
    }
    out.put("}");
}

fn put_or_null(number: Option<u64>, out: &mut Vec<u8>) {
    match number {
        Some(number) => out.number(number),
        None => out.put("null"),
    };
}

const fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
