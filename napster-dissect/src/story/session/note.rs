//! What the messages of a session say of it.

use napster_codec::dialogue::Exchange;
use napster_codec::message::{
    BrowseRequest, ChangeDataPort, DownloadRequest, Emote, JoinAck, Login, LoginAck, LoginRegister,
    PrivateMessage, PublicMessage, PushRequest, SearchRequest, UploadRequest,
};
use napster_codec::{Code, Direction, Message, Tolerance, decode};

use super::{Session, SessionBrowse, SessionSearch, SessionTalk, SessionTransfer, TalkPlace};
use crate::capture::Stamp;
use crate::story::record::MessagePlace;

/// The most entries of each list of a session.
pub(super) const LIST_CAP: usize = 100;

/// The longest text that is kept of a message, in bytes.
const TEXT_CAP: usize = 512;

/// A request, as it waits for its answers.
#[derive(Clone, Copy, Debug)]
pub(in crate::story) struct Asked {
    pub(in crate::story) stamp: Stamp,
    pub(in crate::story) name: &'static str,
    /// The entry of the session that it made.
    pub(in crate::story) entry: Option<Entry>,
}

impl Asked {
    pub(in crate::story) const fn place(&self) -> MessagePlace {
        MessagePlace { frame: self.stamp.frame, name: self.name }
    }
}

/// An entry of a session's list that answers change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::story) enum Entry {
    Search(usize),
    Browse(usize),
    Transfer(usize),
}

/// Whether a message tells anything about its session.
#[inline]
pub(in crate::story) fn concerns(code: Code, direction: Direction) -> bool {
    match direction {
        Direction::ToServer => matches!(
            code,
            Login::CODE
                | LoginRegister::CODE
                | ChangeDataPort::CODE
                | SearchRequest::CODE
                | BrowseRequest::CODE
                | DownloadRequest::CODE
                | PushRequest::CODE
                | PublicMessage::CODE
                | Emote::CODE
                | PrivateMessage::CODE
        ),
        Direction::ToClient => {
            matches!(code, LoginAck::CODE | JoinAck::CODE | UploadRequest::CODE)
        }
        Direction::ServerLink => false,
    }
}

/// Notes what a message that [`concerns`] its session tells about it; says which entry its answers
/// belong to.
pub(in crate::story) fn note(
    session: &mut Session,
    code: Code,
    direction: Direction,
    payload: &[u8],
) -> Option<Entry> {
    match direction {
        Direction::ToServer => note_client(session, code, payload),
        Direction::ToClient => {
            note_server(session, code, payload);
            None
        }
        Direction::ServerLink => None,
    }
}

fn note_client(session: &mut Session, code: Code, payload: &[u8]) -> Option<Entry> {
    if code == SearchRequest::CODE {
        // As it was said: the words of the query are what a reader looks for.
        session.counts.searches += 1;
        let search = SessionSearch { query: kept(payload), results: 0, ended: false };
        return push(&mut session.searches, &mut session.omitted, search).map(Entry::Search);
    }
    let decoded = decode(code, Direction::ToServer, payload, Tolerance::LENIENT).ok()?;
    match decoded.message {
        Message::Login(login) => {
            let (nick, program) = (login.nick.as_bytes(), login.client_info.as_bytes());
            introduce(session, nick, program, login.link_type.0, login.data_port);
        }
        Message::LoginWithEmail(login) => {
            let (nick, program) = (login.nick.as_bytes(), login.client_info.as_bytes());
            introduce(session, nick, program, login.link_type.0, login.data_port);
        }
        Message::LoginRegister(login) => {
            let (nick, program) = (login.nick.as_bytes(), login.client_info.as_bytes());
            introduce(session, nick, program, login.link_type.0, login.data_port);
        }
        Message::ChangeDataPort(change) => session.data_port = Some(change.port),
        Message::BrowseRequest(browse) => {
            session.counts.browses += 1;
            let nick = kept(browse.nick.as_bytes());
            let browse = SessionBrowse { nick, files: 0, ended: false };
            return push(&mut session.browses, &mut session.omitted, browse).map(Entry::Browse);
        }
        Message::DownloadRequest(request) => {
            return want(session, request.nick.as_bytes(), request.filename.as_bytes());
        }
        Message::PushRequest(request) => {
            return want(session, request.nick.as_bytes(), request.filename.as_bytes());
        }
        Message::PublicMessage(said) => {
            let place = TalkPlace::Channel(kept(said.channel.as_bytes()));
            talk(session, place, said.text.as_bytes());
        }
        Message::Emote(said) => {
            let place = TalkPlace::Channel(kept(said.channel.as_bytes()));
            talk(session, place, said.text.as_bytes());
        }
        Message::PrivateMessage(said) => {
            talk(session, TalkPlace::User(kept(said.to.as_bytes())), said.message.as_bytes());
        }
        _ => {}
    }
    None
}

fn note_server(session: &mut Session, code: Code, payload: &[u8]) {
    let Ok(decoded) = decode(code, Direction::ToClient, payload, Tolerance::LENIENT) else {
        return;
    };
    match decoded.message {
        Message::LoginAck(ack) => {
            session.logged_in = true;
            session.email = Some(kept(ack.email.as_bytes()));
        }
        Message::JoinAck(join) => {
            let channel = kept(join.channel.as_bytes());
            if !session.channels.contains(&channel) {
                push(&mut session.channels, &mut session.omitted, channel);
            }
        }
        Message::UploadRequest(request) => {
            let upload = SessionTransfer {
                nick: Some(kept(request.downloader.as_bytes())),
                file: kept(request.filename.as_bytes()),
                ..SessionTransfer::default()
            };
            // Servers ask again when they hear nothing.
            if !session.uploads.contains(&upload) {
                push(&mut session.uploads, &mut session.omitted, upload);
            }
        }
        _ => {}
    }
}

/// Notes what answered a request, or what there was of an answer.
pub(in crate::story) fn answered(session: &mut Session, exchange: &Exchange<Asked>) {
    let answers =
        exchange.answers.iter().fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
    let ended = exchange.end.is_some();
    if exchange.dialogue.request == SearchRequest::CODE {
        session.counts.results = session.counts.results.saturating_add(answers);
    }
    match exchange.request.entry {
        Some(Entry::Search(place)) => {
            if let Some(search) = session.searches.get_mut(place) {
                (search.results, search.ended) = (answers, ended);
            }
        }
        Some(Entry::Browse(place)) => {
            if let Some(browse) = session.browses.get_mut(place) {
                (browse.files, browse.ended) = (answers, ended);
            }
        }
        Some(Entry::Transfer(place)) => {
            if let (Some(transfer), Some((_, end))) =
                (session.transfers.get_mut(place), &exchange.end)
            {
                transfer.answer = Some(end.name);
            }
        }
        None => {}
    }
}

fn introduce(session: &mut Session, nick: &[u8], program: &[u8], link_type: u32, port: u16) {
    session.nick = Some(kept(nick));
    session.client_info = Some(kept(program));
    session.link_type = Some(link_type);
    session.data_port = Some(port);
}

/// Notes that a file is wanted. The request to push it follows the one to download it, and is no
/// second wish.
fn want(session: &mut Session, nick: &[u8], file: &[u8]) -> Option<Entry> {
    let (nick, file) = (kept(nick), kept(file));
    let again = session.transfers.iter().rposition(|known| {
        known.file == file && known.nick.as_ref() == Some(&nick) && known.ended.is_none()
    });
    if again.is_some() {
        return again.map(Entry::Transfer);
    }
    session.counts.transfers += 1;
    let transfer = SessionTransfer { nick: Some(nick), file, ..SessionTransfer::default() };
    push(&mut session.transfers, &mut session.omitted, transfer).map(Entry::Transfer)
}

fn talk(session: &mut Session, place: TalkPlace, text: &[u8]) {
    session.counts.lines += 1;
    match session.said.iter_mut().find(|talk| talk.place == place) {
        Some(talk) => talk.lines += 1,
        None => {
            let talk = SessionTalk { place, lines: 1, first: kept(text) };
            push(&mut session.said, &mut session.omitted, talk);
        }
    }
}

fn kept(text: &[u8]) -> Vec<u8> {
    text.get(..TEXT_CAP).unwrap_or(text).to_vec()
}

/// Adds an entry and gives its place, or counts it where the list is full.
pub(super) fn push<T>(list: &mut Vec<T>, omitted: &mut u64, entry: T) -> Option<usize> {
    if list.len() >= LIST_CAP {
        *omitted += 1;
        return None;
    }
    list.push(entry);
    Some(list.len() - 1)
}
