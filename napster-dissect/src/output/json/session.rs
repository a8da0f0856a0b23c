//! Sessions with index servers: what a connection's record and the summary hold of them.

use super::super::put::Put;
use super::value::Texts;
use super::{boolean, put_or_null};
use crate::story::{
    Session, SessionBrowse, SessionSearch, SessionSummary, SessionTalk, SessionTransfer, TalkPlace,
};

/// Appends the member `session` of a connection's record.
pub(super) fn put_session(session: &Session, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#","session":{"nick":"#);
    texts.put_or_null(session.nick.as_deref(), out);
    out.put(r#","client_info":"#);
    texts.put_or_null(session.client_info.as_deref(), out);
    out.put(r#","link_type":"#);
    put_or_null(session.link_type.map(u64::from), out);
    out.put(r#","data_port":"#);
    put_or_null(session.data_port.map(u64::from), out);
    out.put(r#","email":"#);
    texts.put_or_null(session.email.as_deref(), out);
    out.put(r#","logged_in":"#).put(boolean(session.logged_in));
    out.put(r#","searches":"#);
    put_list(&session.searches, out, |search, out| put_search(search, texts, out));
    out.put(r#","browses":"#);
    put_list(&session.browses, out, |browse, out| put_browse(browse, texts, out));
    out.put(r#","transfers":"#);
    put_list(&session.transfers, out, |transfer, out| put_transfer(transfer, texts, out));
    out.put(r#","uploads":"#);
    put_list(&session.uploads, out, |transfer, out| put_transfer(transfer, texts, out));
    out.put(r#","channels":"#);
    put_list(&session.channels, out, |channel, out| texts.put(channel, out));
    out.put(r#","said":"#);
    put_list(&session.said, out, |talk, out| put_talk(talk, texts, out));
    out.put(r#","omitted":"#).number(session.omitted).put("}");
}

/// Appends the member `sessions` of the summary.
pub(super) fn put_sessions(sessions: &[SessionSummary], texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#","sessions":"#);
    put_list(sessions, out, |session, out| {
        out.put(r#"{"flow":"#).number(session.flow);
        out.put(r#","client":""#).socket(session.client);
        out.put(r#"","server":""#).socket(session.server).put(r#"","nick":"#);
        texts.put_or_null(session.nick.as_deref(), out);
        out.put(r#","client_info":"#);
        texts.put_or_null(session.client_info.as_deref(), out);
        out.put(r#","logged_in":"#).put(boolean(session.logged_in));
        let counts = &session.counts;
        for (key, count) in [
            (r#","searches":"#, counts.searches),
            (r#","results":"#, counts.results),
            (r#","browses":"#, counts.browses),
            (r#","transfers":"#, counts.transfers),
            (r#","complete":"#, counts.complete),
            (r#","lines":"#, counts.lines),
        ] {
            out.put(key).number(count);
        }
        out.put("}");
    });
}

fn put_search(search: &SessionSearch, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#"{"query":"#);
    texts.put(&search.query, out);
    out.put(r#","results":"#).number(search.results);
    out.put(r#","ended":"#).put(boolean(search.ended)).put("}");
}

fn put_browse(browse: &SessionBrowse, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#"{"nick":"#);
    texts.put(&browse.nick, out);
    out.put(r#","files":"#).number(browse.files);
    out.put(r#","ended":"#).put(boolean(browse.ended)).put("}");
}

fn put_transfer(transfer: &SessionTransfer, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    out.put(r#"{"nick":"#);
    texts.put_or_null(transfer.nick.as_deref(), out);
    out.put(r#","file":"#);
    texts.put(&transfer.file, out);
    out.put(r#","answer":"#);
    put_name(transfer.answer, out);
    out.put(r#","flow":"#);
    put_or_null(transfer.flow, out);
    out.put(r#","size":"#);
    put_or_null(transfer.size, out);
    out.put(r#","bytes":"#).number(transfer.bytes).put(r#","ended":"#);
    put_name(transfer.ended.map(|ended| ended.name()), out);
    out.put("}");
}

fn put_talk(talk: &SessionTalk, texts: &mut Texts<'_>, out: &mut Vec<u8>) {
    let (key, name) = match &talk.place {
        TalkPlace::Channel(channel) => (r#"{"channel":"#, channel),
        TalkPlace::User(nick) => (r#"{"nick":"#, nick),
    };
    out.put(key);
    texts.put(name, out);
    out.put(r#","lines":"#).number(talk.lines).put(r#","first":"#);
    texts.put(&talk.first, out);
    out.put("}");
}

/// Appends one of the program's own names.
fn put_name(name: Option<&'static str>, out: &mut Vec<u8>) {
    match name {
        Some(name) => out.put("\"").put(name).put("\""),
        None => out.put("null"),
    };
}

/// Appends a list, each entry in its own way.
pub(super) fn put_list<T>(entries: &[T], out: &mut Vec<u8>, mut put: impl FnMut(&T, &mut Vec<u8>)) {
    out.put("[");
    for (place, entry) in entries.iter().enumerate() {
        if place > 0 {
            out.put(",");
        }
        put(entry, out);
    }
    out.put("]");
}
