//! Listing the files of one user, through the server or directly.

use alloc::vec::Vec;

use crate::field::Expected;
use crate::irregular::Md5;
use crate::list::List;
use crate::message::{
    BrowseEnd, BrowseNewEnd, BrowseNewRequest, BrowseNewResult, BrowseRequest, BrowseResult,
    DirectBrowseAccept, DirectBrowseError, DirectBrowseReady, DirectBrowseRequest,
    DirectBrowseRequested, ShareEntry, UserSignoff,
};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::index::File;
use crate::session::server::names::quotable;
use crate::session::server::user::User;
use crate::text::{Quoted, Token};

/// Message 211; of somebody who is not here it is told so, and the end mark comes all the same.
pub(super) fn browse(server: &mut Server, call: &Call<'_>) -> Outcome {
    let request = call.read::<BrowseRequest<'_>>()?;
    let most = most(server, request.max);
    let Server { connections, index, output, .. } = server;
    let nick = Token::read(request.nick.as_bytes());
    match connections.find(nick.as_bytes()) {
        Some((_, owner)) => {
            for file in owner.files.values().filter_map(|id| index.get(*id)).take(most) {
                output.send(call.connection, entry(owner, file));
            }
        }
        None => output.send(call.connection, UserSignoff { nick: nick.clone() }),
    }
    output.send(call.connection, BrowseEnd { nick: Expected(Some(nick)), ip: None });
    Ok(())
}

/// Message 10301: the same with several files of one directory in a message.
pub(super) fn browse_new(server: &mut Server, call: &Call<'_>) -> Outcome {
    /// opennap 0.36 puts so many into one message.
    const FILES: usize = 6;
    let request = call.read::<BrowseNewRequest<'_>>()?;
    let most = most(server, request.max);
    let Server { connections, index, output, .. } = server;
    let (_, owner) = connections.find(request.nick.as_bytes()).ok_or(Refusal::NotOnline)?;
    let files: Vec<&File> =
        owner.files.values().filter_map(|id| index.get(*id)).take(most).collect();
    // Names come in order, but files stand between the directories beside them.
    let mut files: Vec<(&[u8], &[u8], &File)> = files
        .into_iter()
        .map(|file| {
            let (directory, name) = split(&file.name);
            (directory, name, file)
        })
        .collect();
    files.sort_by_key(|(directory, name, _)| (*directory, *name));
    for same in files.chunk_by(|(one, ..), (other, ..)| one == other) {
        for some in same.chunks(FILES) {
            let Some((directory, ..)) = some.first() else { continue };
            let result = BrowseNewResult {
                nick: Token::read(&owner.nick),
                directory: Quoted::read(directory),
                files: some
                    .iter()
                    .map(|(_, name, file)| share_entry(name, file))
                    .collect::<List<'_, _>>(),
            };
            output.send(call.connection, result);
        }
    }
    output.send(call.connection, BrowseNewEnd { nick: Token::read(&owner.nick) });
    Ok(())
}

/// Message 640: somebody wants another user's list from that user himself.
///
/// One who cannot be reached is told where the other one listens.
pub(super) fn request_direct(server: &mut Server, call: &Call<'_>) -> Outcome {
    let request = call.read::<DirectBrowseRequest<'_>>()?;
    let Server { connections, output, .. } = server;
    let requester = call.user(connections)?;
    let (owner_id, owner) = connections.find(request.nick.as_bytes()).ok_or(Refusal::NotOnline)?;
    if owner.ignores(&requester.key()) {
        return Err(Refusal::Ignoring(owner.nick.clone()));
    }
    let is_firewalled = owner.data_port == 0;
    if is_firewalled && requester.data_port == 0 {
        let message = Expected(Some(Quoted::read(b"neither of you can accept connections")));
        let error = DirectBrowseError { nick: Token::read(request.nick.as_bytes()), message };
        output.send(call.connection, error);
        return Ok(());
    }
    let address = connections.address_for(call.connection, owner_id);
    let requested = DirectBrowseRequested {
        requester: Token::read(&requester.nick),
        ip: is_firewalled.then(|| address.into()),
        port: is_firewalled.then_some(requester.data_port),
    };
    output.send(owner_id, requested);
    Ok(())
}

/// Message 641: the owner agrees.
pub(super) fn accept_direct(server: &mut Server, call: &Call<'_>) -> Outcome {
    let accept = call.read::<DirectBrowseAccept<'_>>()?;
    let Server { connections, output, .. } = server;
    let owner = call.user(connections)?;
    let (requester, _) = connections.find(accept.requester.as_bytes()).ok_or(Refusal::NotOnline)?;
    let ready = DirectBrowseReady {
        nick: Token::read(&owner.nick),
        ip: connections.address_for(call.connection, requester).into(),
        port: owner.data_port,
    };
    output.send(requester, ready);
    Ok(())
}

/// Message 642: the owner does not; the text is passed on.
pub(super) fn refuse_direct(server: &mut Server, call: &Call<'_>) -> Outcome {
    let refused = call.read::<DirectBrowseError<'_>>()?;
    let text = refused.message.0.as_ref().map_or(&[][..], Quoted::as_bytes);
    let text = quotable(text, server.config.limits.text);
    let Server { connections, output, .. } = server;
    let owner = call.user(connections)?;
    let (requester, _) = connections.find(refused.nick.as_bytes()).ok_or(Refusal::NotOnline)?;
    let message = Expected(Some(Quoted::read(&text)));
    let error = DirectBrowseError { nick: Token::read(&owner.nick), message };
    output.send(requester, error);
    Ok(())
}

fn most(server: &Server, wanted: Option<u32>) -> usize {
    let limit = server.config.limits.browse;
    // 0 means the server's own limit (opennap).
    let wanted = wanted.filter(|wanted| *wanted > 0);
    wanted.and_then(|wanted| usize::try_from(wanted).ok()).map_or(limit, |wanted| wanted.min(limit))
}

fn entry<'f>(owner: &'f User, file: &'f File) -> BrowseResult<'f> {
    BrowseResult {
        nick: Token::read(&owner.nick),
        filename: Quoted::read(&file.name),
        md5: Md5(Token::read(&file.md5)),
        size: file.size,
        bitrate: file.bitrate,
        frequency: file.frequency,
        duration: file.duration,
    }
}

fn share_entry<'f>(name: &'f [u8], file: &'f File) -> ShareEntry<'f> {
    ShareEntry {
        filename: Quoted::read(name),
        md5: Md5(Token::read(&file.md5)),
        size: file.size,
        bitrate: file.bitrate,
        frequency: file.frequency,
        duration: file.duration,
    }
}

/// The directory of a path, without its last separator, and the name in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let at = path.iter().rposition(|byte| matches!(byte, b'\\' | b'/'));
    match at.and_then(|at| path.split_at_checked(at)) {
        Some((directory, name)) => (directory, name.get(1..).unwrap_or_default()),
        None => (&[], path),
    }
}
