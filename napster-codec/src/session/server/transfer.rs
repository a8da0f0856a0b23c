//! What the server says before two clients connect to each other.

use alloc::sync::Arc;
use core::net::Ipv4Addr;

use crate::code::Code;
use crate::connection::ConnectionId;
use crate::irregular::Md5;
use crate::message::{
    AcceptFailed, AcceptRefused, DataPortError, DataPortErrorNotice, DownloadAck, DownloadError,
    DownloadRequest, PermissionDenied, PushOrder, PushRequest, QueueLimit, QueueLimited,
    UploadAccept, UploadRequest,
};
use crate::number::UserLevel;
use crate::session::server::Server;
use crate::session::server::connections::Connections;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::index::{File, Index};
use crate::session::server::names::Key;
use crate::session::server::user::{PendingUpload, User};
use crate::text::{Quoted, Token};

/// Message 203: the owner is asked, unless he cannot be reached anyway; then port 0 says so.
pub(super) fn request_download(server: &mut Server, call: &Call<'_>) -> Outcome {
    let request = call.read::<DownloadRequest<'_>>()?;
    let (nick, filename) = (request.nick.as_bytes(), request.filename.as_bytes());
    let Server { connections, index, output, .. } = server;
    let (owner_id, owner, file) = wanted(connections, index, call, nick, filename)?;
    if owner.data_port == 0 {
        let ip = connections.address_for(owner_id, call.connection);
        output.send(call.connection, acknowledge(owner, ip, file));
        return Ok(());
    }
    let name = file.name.clone();
    ask_owner(server, call, owner_id, name, false)
}

/// Message 500: the owner is asked to connect to the one who asks.
pub(super) fn request_push(server: &mut Server, call: &Call<'_>) -> Outcome {
    let request = call.read::<PushRequest<'_>>()?;
    let (nick, filename) = (request.nick.as_bytes(), request.filename.as_bytes());
    let Server { connections, index, .. } = &*server;
    let (owner_id, owner, file) = wanted(connections, index, call, nick, filename)?;
    if owner.data_port != 0 {
        return Err(Refusal::NotFirewalled(owner.nick.clone()));
    }
    // Neither can listen. `MP3::Napster` would ask for ever after another 204 with port 0.
    if call.user(&server.connections)?.data_port == 0 {
        let (nick, filename) = (owner.nick.clone(), file.name.to_vec());
        return Err(Refusal::NoFile { nick, filename });
    }
    let name = file.name.clone();
    ask_owner(server, call, owner_id, name, true)
}

/// Message 608: the owner agrees. The downloader learns where to connect, or the owner himself does.
pub(super) fn accept_upload(server: &mut Server, call: &Call<'_>) -> Outcome {
    let accept = call.read::<UploadAccept<'_>>()?;
    let (nick, filename) = (accept.downloader.as_bytes(), accept.filename.as_bytes());
    let pending = take_pending(server, call, nick, filename)?;
    let Server { connections, index, output, .. } = server;
    let (downloader_id, downloader) =
        connections.find_key(&pending.downloader).ok_or(Refusal::NotOnline)?;
    let owner = call.user(connections)?;
    let file = owner.files.get(&pending.filename).and_then(|id| index.get(*id));
    let Some(file) = file else {
        // Withdrawn in between.
        let nick = Token::read(&owner.nick);
        let filename = Quoted::read(&pending.filename);
        output.send(downloader_id, DownloadError { nick, filename });
        return Err(Refusal::NotSharing);
    };
    if pending.is_push {
        let order = PushOrder {
            downloader: Token::read(&downloader.nick),
            ip: connections.address_for(downloader_id, call.connection).into(),
            port: downloader.data_port,
            filename: Quoted::read(&file.name),
            md5: Md5(Token::read(&file.md5)),
            link_type: downloader.link_type,
        };
        output.send(call.connection, order);
    } else {
        let ip = connections.address_for(call.connection, downloader_id);
        output.send(downloader_id, acknowledge(owner, ip, file));
    }
    Ok(())
}

/// Message 609: the owner does not.
pub(super) fn refuse_upload(server: &mut Server, call: &Call<'_>) -> Outcome {
    let refused = call.read::<AcceptRefused<'_>>()?;
    let (nick, filename) = (refused.nick.as_bytes(), refused.filename.as_bytes());
    let pending = take_pending(server, call, nick, filename)?;
    let (downloader, _) = find(server, &pending.downloader)?;
    let owner = call.user(&server.connections)?;
    let nick = Token::read(&owner.nick);
    let failed = AcceptFailed { nick, filename: Quoted::read(&pending.filename) };
    server.output.send(downloader, failed);
    Ok(())
}

/// Message 11 behind the login: `MP3::Napster` does not share the file.
pub(super) fn deny_upload(server: &mut Server, call: &Call<'_>) -> Outcome {
    let denied = call.read::<PermissionDenied<'_>>()?;
    let (nick, filename) = (denied.nick.as_bytes(), denied.filename.as_bytes());
    let pending = take_pending(server, call, nick, filename)?;
    let (downloader, _) = find(server, &pending.downloader)?;
    let owner = call.user(&server.connections)?.nick.clone();
    no_file(server, downloader, &owner, &pending.filename);
    Ok(())
}

/// Message 619: the owner sends enough files already.
pub(super) fn limit_upload(server: &mut Server, call: &Call<'_>) -> Outcome {
    let limited = call.read::<QueueLimit<'_>>()?;
    let (nick, filename) = (limited.downloader.as_bytes(), limited.filename.as_bytes());
    let pending = take_pending(server, call, nick, filename)?;
    let Server { connections, index, output, .. } = server;
    let (downloader, _) = connections.find_key(&pending.downloader).ok_or(Refusal::NotOnline)?;
    let owner = call.user(connections)?;
    let file = owner.files.get(&pending.filename).and_then(|id| index.get(*id));
    let told = QueueLimited {
        uploader: Token::read(&owner.nick),
        filename: Quoted::read(&pending.filename),
        size: file.map_or(0, |file| file.size),
        limit: limited.limit,
    };
    output.send(downloader, told);
    Ok(())
}

/// Message 626: somebody cannot be reached, and is told so.
pub(super) fn data_port_error(server: &mut Server, call: &Call<'_>) -> Outcome {
    let error = call.read::<DataPortError<'_>>()?;
    let Server { connections, output, .. } = server;
    let reporter = call.user(connections)?;
    let unreachable = connections.find(error.unreachable.as_bytes());
    let (unreachable, _) = unreachable.ok_or(Refusal::NotOnline)?;
    let notice = DataPortErrorNotice { reporter: Token::read(&reporter.nick) };
    output.send(unreachable, notice);
    Ok(())
}

/// Messages 218 to 221: a transfer began or ended.
pub(super) fn count(server: &mut Server, call: &Call<'_>) -> Outcome {
    let user = call.user_mut(&mut server.connections)?;
    match call.packet.code {
        Code(218) => user.downloads = user.downloads.saturating_add(1),
        Code(219) => {
            user.downloads = user.downloads.saturating_sub(1);
            user.total_downloads = user.total_downloads.saturating_add(1);
        }
        Code(220) => user.uploads = user.uploads.saturating_add(1),
        _ => {
            user.uploads = user.uploads.saturating_sub(1);
            user.total_uploads = user.total_uploads.saturating_add(1);
        }
    }
    Ok(())
}

/// Message 206: there is no such file, or no way to it.
pub(super) fn no_file(server: &mut Server, to: ConnectionId, nick: &[u8], filename: &[u8]) {
    let (nick, filename) = (Token::read(nick), Quoted::read(filename));
    server.output.send(to, DownloadError { nick, filename });
}

/// Message 204: where the owner listens.
fn acknowledge<'f>(owner: &'f User, ip: Ipv4Addr, file: &'f File) -> DownloadAck<'f> {
    DownloadAck {
        nick: Token::read(&owner.nick),
        ip: ip.into(),
        port: owner.data_port,
        filename: Quoted::read(&file.name),
        md5: Md5(Token::read(&file.md5)),
        link_type: owner.link_type,
    }
}

/// The owner and the file that somebody wants, where he may have it.
fn wanted<'s>(
    connections: &'s Connections,
    index: &'s Index,
    call: &Call<'_>,
    nick: &[u8],
    filename: &[u8],
) -> Result<(ConnectionId, &'s User, &'s File), Refusal> {
    let downloader = call.user(connections)?;
    if downloader.level < UserLevel::User {
        return Err(Refusal::Leech);
    }
    let no_file = || Refusal::NoFile { nick: nick.to_vec(), filename: filename.to_vec() };
    let (owner_id, owner) = connections.find(nick).ok_or_else(no_file)?;
    if owner.ignores(&downloader.key()) {
        return Err(Refusal::Ignoring(owner.nick.clone()));
    }
    let file = owner.files.get(filename).and_then(|id| index.get(*id));
    Ok((owner_id, owner, file.ok_or_else(no_file)?))
}

/// Asks an owner for a file with message 607, and notes who waits for the answer.
fn ask_owner(
    server: &mut Server,
    call: &Call<'_>,
    owner: ConnectionId,
    filename: Arc<[u8]>,
    is_push: bool,
) -> Outcome {
    let limit = server.config.limits.pending_uploads;
    let downloader = call.user(&server.connections)?;
    let nick = downloader.nick.clone();
    let pending = PendingUpload { downloader: downloader.key(), filename, is_push };
    // opennap leaves the link type out.
    let request = UploadRequest {
        downloader: Token::read(&nick),
        filename: Quoted::read(&pending.filename),
        link_type: None,
    };
    server.output.send(owner, request);
    if let Some(owner) = server.connections.user_mut(owner)
        && !owner.pending.contains(&pending)
    {
        if owner.pending.len() >= limit {
            owner.pending.pop_front();
        }
        owner.pending.push_back(pending);
    }
    Ok(())
}

/// The request that an owner answers. Nobody learns an address by answering what was not asked.
fn take_pending(
    server: &mut Server,
    call: &Call<'_>,
    nick: &[u8],
    filename: &[u8],
) -> Result<PendingUpload, Refusal> {
    let downloader = Key::of(nick);
    let pending = &mut call.user_mut(&mut server.connections)?.pending;
    let place = pending
        .iter()
        .position(|one| one.downloader == downloader && *one.filename == *filename)
        .ok_or(Refusal::NoRequest)?;
    pending.remove(place).ok_or(Refusal::NoRequest)
}

fn find<'s>(server: &'s Server, nick: &Key) -> Result<(ConnectionId, &'s User), Refusal> {
    server.connections.find_key(nick).ok_or(Refusal::NotOnline)
}
