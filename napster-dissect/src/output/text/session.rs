//! What a client did on an index server, told at the end of its connection.

use super::super::escape::put_rest;
use super::super::put::Put;
use super::ending::Ending;
use super::line::put_thousands;
use crate::story::{
    FlowRecord, Session, SessionBrowse, SessionSearch, SessionTalk, SessionTransfer, TalkPlace,
    TransferEnd,
};

impl Ending<'_> {
    pub(super) fn session(&mut self, flow: &FlowRecord, session: &Session) {
        self.who(flow, session);
        for search in &session.searches {
            self.search(search);
        }
        for browse in &session.browses {
            self.browse(browse);
        }
        for transfer in &session.transfers {
            self.session_transfer("fetched ", " from ", transfer);
        }
        for transfer in &session.uploads {
            self.session_transfer("sent ", " to ", transfer);
        }
        for channel in &session.channels {
            self.item("joined ", channel);
        }
        for talk in &session.said {
            self.talk(talk);
        }
        if session.omitted > 0 {
            self.lines.indent();
            self.counted("", session.omitted, "entry is not listed", "entries are not listed");
            self.lines.end();
        }
    }

    fn who(&mut self, flow: &FlowRecord, session: &Session) {
        self.lines.indent();
        match &session.nick {
            Some(nick) => self.text(nick),
            None => _ = self.lines.out.put("somebody"),
        }
        if let Some(program) = &session.client_info {
            self.lines.out.put(" with ");
            self.text(program);
        }
        if let Some(link_type) = session.link_type {
            self.lines.out.put(", link type ").number(link_type.into());
        }
        match session.data_port {
            Some(0) => _ = self.lines.out.put(", no port"),
            Some(port) => _ = self.lines.out.put(", port ").number(port.into()),
            None => {}
        }
        self.lines.out.put(match (session.logged_in, session.nick.is_some()) {
            (true, _) => ": logged in",
            (false, true) => ": not logged in",
            (false, false) => ": login not seen",
        });
        if let Some(email) = &session.email {
            self.lines.out.put(" as ");
            self.text(email);
        }
        self.lines.out.put(", connected for ");
        self.duration(flow);
        self.lines.end();
    }

    /// Appends how long a connection was seen, in seconds.
    fn duration(&mut self, flow: &FlowRecord) {
        let stats = &flow.stats;
        let millis = stats.end.nanos().saturating_sub(stats.start.nanos()) / 1_000_000;
        put_thousands(millis / 1000, self.lines.out);
        self.lines.out.put(".");
        for scale in [100, 10, 1] {
            self.lines.out.number(millis / scale % 10);
        }
        self.lines.out.put(" s");
    }

    fn search(&mut self, search: &SessionSearch) {
        self.lines.indent();
        self.lines.out.put("searched ");
        if search.query.is_empty() {
            self.lines.out.put("without a word ");
        }
        // What was found stands in front: the query is shown as it was said, and ends the line.
        self.lines.out.put("(");
        self.lines.count(search.results, "result", "results");
        self.lines.out.put(if search.ended { "" } else { ", no end" }).put(") ");
        put_rest(&search.query, self.encoding, self.texts, self.lines.out);
        self.lines.end();
    }

    fn browse(&mut self, browse: &SessionBrowse) {
        self.lines.indent();
        self.lines.out.put("browsed ");
        self.text(&browse.nick);
        self.lines.out.put(" (");
        self.lines.count(browse.files, "file", "files");
        self.lines.out.put(if browse.ended { ")" } else { ", no end)" });
        self.lines.end();
    }

    /// `fetched X from Y: complete, 4,187 bytes in flow 3`, or what came of it instead.
    fn session_transfer(&mut self, did: &str, whom: &str, transfer: &SessionTransfer) {
        self.lines.indent();
        let whole = transfer.ended == Some(TransferEnd::Complete);
        self.lines.out.put(match (whole, did) {
            (true, did) => did,
            (false, "sent ") => "was asked for ",
            (false, _) => "wanted ",
        });
        self.text(&transfer.file);
        self.lines.out.put(match (whole, did) {
            (false, "sent ") => " by ",
            _ => whom,
        });
        match &transfer.nick {
            Some(nick) => self.text(nick),
            None => _ = self.lines.out.put("somebody"),
        }
        self.lines.out.put(": ");
        match (transfer.ended, transfer.flow, transfer.answer) {
            (Some(ended), _, _) => {
                self.lines.out.put(ended.name()).put(", ");
                self.lines.count(transfer.bytes, "byte", "bytes");
            }
            (None, Some(_), _) => _ = self.lines.out.put("not over yet"),
            (None, None, Some(answer)) => {
                _ = self.lines.out.put(answer).put(", no connection seen");
            }
            (None, None, None) => _ = self.lines.out.put("no connection seen"),
        }
        if let Some(flow) = transfer.flow {
            self.lines.out.put(", flow ").number(flow);
        }
        self.lines.end();
    }

    fn talk(&mut self, talk: &SessionTalk) {
        self.lines.indent();
        self.lines.out.put("said ");
        self.lines.count(talk.lines, "line", "lines");
        match &talk.place {
            TalkPlace::Channel(channel) => {
                self.lines.out.put(" in ");
                self.text(channel);
            }
            TalkPlace::User(nick) => {
                self.lines.out.put(" to ");
                self.text(nick);
            }
        }
        self.lines.out.put(if talk.lines == 1 { ": " } else { ", first: " });
        put_rest(&talk.first, self.encoding, self.texts, self.lines.out);
        self.lines.end();
    }
}
