//! What a client did on an index server, noted message by message.

use napster_codec::message::{
    DownloadRequest, JoinAck, Login, LoginAck, LoginRegister, PushRequest, SearchRequest,
};
use napster_codec::{Code, Direction, Message, Tolerance, decode};

use super::record::Session;

/// The most entries of each list of a session.
const LIST_CAP: usize = 100;

/// The longest text that is kept of a message.
const TEXT_CAP: usize = 512;

/// Notes what a message tells about its session.
pub(super) fn note(session: &mut Session, code: Code, direction: Direction, payload: &[u8]) {
    let wanted = match direction {
        Direction::ToServer => matches!(
            code,
            Login::CODE
                | LoginRegister::CODE
                | SearchRequest::CODE
                | DownloadRequest::CODE
                | PushRequest::CODE
        ),
        Direction::ToClient => matches!(code, LoginAck::CODE | JoinAck::CODE),
        Direction::ServerLink => false,
    };
    if !wanted {
        return;
    }
    if code == SearchRequest::CODE {
        // As it was said: the words of the query are what a reader looks for.
        add(&mut session.searches, &mut session.omitted, kept(payload));
        return;
    }
    let Ok(decoded) = decode(code, direction, payload, Tolerance::LENIENT) else { return };
    match decoded.message {
        Message::Login(login) => {
            session.nick = Some(kept(login.nick.as_bytes()));
            session.client_info = Some(kept(login.client_info.as_bytes()));
            session.link_type = Some(login.link_type.0);
        }
        Message::LoginWithEmail(login) => {
            session.nick = Some(kept(login.nick.as_bytes()));
            session.client_info = Some(kept(login.client_info.as_bytes()));
            session.link_type = Some(login.link_type.0);
        }
        Message::LoginRegister(login) => {
            session.nick = Some(kept(login.nick.as_bytes()));
            session.client_info = Some(kept(login.client_info.as_bytes()));
            session.link_type = Some(login.link_type.0);
        }
        Message::LoginAck(_) => session.logged_in = true,
        Message::DownloadRequest(request) => {
            let entry = (kept(request.nick.as_bytes()), kept(request.filename.as_bytes()));
            add(&mut session.transfers, &mut session.omitted, entry);
        }
        Message::PushRequest(request) => {
            let entry = (kept(request.nick.as_bytes()), kept(request.filename.as_bytes()));
            add(&mut session.transfers, &mut session.omitted, entry);
        }
        Message::JoinAck(join) => {
            add(&mut session.channels, &mut session.omitted, kept(join.channel.as_bytes()));
        }
        _ => {}
    }
}

fn kept(text: &[u8]) -> Vec<u8> {
    text.get(..TEXT_CAP).unwrap_or(text).to_vec()
}

/// Adds an entry that is not there yet, or counts it where the list is full.
fn add<T: PartialEq>(list: &mut Vec<T>, omitted: &mut u64, entry: T) {
    if list.contains(&entry) {
        return;
    }
    if list.len() < LIST_CAP {
        list.push(entry);
    } else {
        *omitted += 1;
    }
}
