//! Sharing files and withdrawing them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::message::{
    ShareDirectory, ShareEntry, ShareFile, ShareMedia, UnshareAllAck, UnshareFile,
};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::index::{File, MediaType};

/// What all ways of sharing tell of a file.
struct Offer<'m> {
    name: Vec<u8>,
    md5: &'m [u8],
    size: u64,
    bitrate: u32,
    frequency: u32,
    duration: u32,
    kind: MediaType,
}

/// Message 100.
pub(super) fn share_file(server: &mut Server, call: &Call<'_>) -> Outcome {
    let file = call.read::<ShareFile<'_>>()?;
    let offer = Offer {
        name: file.filename.as_bytes().to_vec(),
        md5: file.md5.as_bytes(),
        size: file.size,
        bitrate: file.bitrate,
        frequency: file.frequency,
        duration: file.duration,
        kind: MediaType::Mp3,
    };
    share(server, call, offer)
}

/// Message 870: a directory and some files in it.
pub(super) fn share_directory(server: &mut Server, call: &Call<'_>) -> Outcome {
    let directory = call.read::<ShareDirectory<'_>>()?;
    let mut first_refusal = None;
    for entry in directory.files.iter() {
        let offer = entry_offer(directory.directory.as_bytes(), &entry);
        // What is wrong with one file does not keep the others out (opennap 0.36).
        if let Err(refusal) = share(server, call, offer) {
            match first_refusal {
                None => first_refusal = Some(refusal),
                Some(_) => server.output.notice(call.connection, &refusal.text()),
            }
        }
    }
    first_refusal.map_or(Ok(()), Err)
}

/// Message 10300: a file of any kind.
pub(super) fn share_media(server: &mut Server, call: &Call<'_>) -> Outcome {
    let media = call.read::<ShareMedia<'_>>()?;
    let kind = MediaType::from_bytes(media.content_type.as_bytes());
    let offer = Offer {
        name: media.filename.as_bytes().to_vec(),
        md5: media.md5.as_bytes(),
        size: media.size,
        // What opennap 0.36 tells of files that are not MP3.
        bitrate: 8,
        frequency: 16_000,
        duration: 0,
        kind: kind.ok_or(Refusal::InvalidMediaType)?,
    };
    share(server, call, offer)
}

/// Message 102; the whole payload is the name.
pub(super) fn unshare_file(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UnshareFile<'_>>()?;
    let file = call.user_mut(&mut server.connections)?.files.remove(message.filename.as_bytes());
    server.index.remove(file.ok_or(Refusal::NotSharing)?);
    Ok(())
}

/// Message 110.
pub(super) fn unshare_all(server: &mut Server, call: &Call<'_>) -> Outcome {
    let user = call.user_mut(&mut server.connections)?;
    let count = user.shared();
    for file in core::mem::take(&mut user.files).into_values() {
        server.index.remove(file);
    }
    server.output.send(call.connection, UnshareAllAck { count });
    Ok(())
}

/// The file that an entry of a directory means; opennap glues directory and name.
fn entry_offer<'m>(directory: &[u8], entry: &'m ShareEntry<'_>) -> Offer<'m> {
    let parted = directory.is_empty() || directory.ends_with(b"\\") || directory.ends_with(b"/");
    let separator: &[u8] = if parted { b"" } else { b"\\" };
    Offer {
        name: [directory, separator, entry.filename.as_bytes()].concat(),
        md5: entry.md5.as_bytes(),
        size: entry.size,
        bitrate: entry.bitrate,
        frequency: entry.frequency,
        duration: entry.duration,
        kind: MediaType::Mp3,
    }
}

fn share(server: &mut Server, call: &Call<'_>, offer: Offer<'_>) -> Outcome {
    let limits = server.config.limits;
    let shared = call.user(&server.connections)?.files.len();
    check(&offer, limits.path, limits.text)?;
    if call.user(&server.connections)?.files.contains_key(offer.name.as_slice()) {
        return Err(Refusal::DuplicateFile);
    }
    if shared >= limits.files_per_user {
        return Err(Refusal::TooManyFiles(limits.files_per_user));
    }
    if server.index.len() >= limits.files {
        return Err(Refusal::IndexFull);
    }
    let name: Arc<[u8]> = offer.name.into();
    let id = server.index.add(File {
        owner: call.connection,
        name: name.clone(),
        md5: Box::from(offer.md5),
        size: offer.size,
        bitrate: offer.bitrate,
        frequency: offer.frequency,
        duration: offer.duration,
        kind: offer.kind,
    });
    let id = id.ok_or(Refusal::IndexFull)?;
    call.user_mut(&mut server.connections)?.files.insert(name, id);
    Ok(())
}

fn check(offer: &Offer<'_>, longest: usize, longest_md5: usize) -> Outcome {
    // Programs keep sizes in 32 bits, and opennap refuses the largest of those.
    if offer.size >= u64::from(u32::MAX) {
        return Err(Refusal::InvalidSize);
    }
    // A quote could not be sent on, since there is no escape.
    let odd = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == 0x7f;
    let name = offer.name.as_slice();
    if name.is_empty() || name.len() > longest || name.iter().any(odd) {
        return Err(Refusal::InvalidFilename);
    }
    if offer.md5.len() > longest_md5 {
        return Err(Refusal::Senseless);
    }
    Ok(())
}
