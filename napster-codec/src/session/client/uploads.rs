//! Uploads: from somebody's wish for a file to the peer connection that carries it.

use core::time::Duration;

use crate::frame::Packet;
use crate::message::{
    AcceptRefused, PushOrder, QueueLimit, UploadAccept, UploadFinished, UploadRequest,
    UploadStarted,
};
use crate::session::client::Client;
use crate::session::client::event::ClientEvent;
use crate::session::client::transfers::{UploadEntry, UploadId, UploadRefusal, UploadState};
use crate::session::error::UserError;

impl Client {
    pub(super) fn handle_upload_request(&mut self, wish: &UploadRequest<'_>, packet: &Packet) {
        let (downloader, filename) = (wish.downloader.clone(), wish.filename.clone());
        let Some(size) = self.shares.size(filename.as_bytes()) else {
            let message = AcceptRefused { nick: downloader, filename };
            let _unless_full = self.say(&message.into(), None, None);
            return self.tell_refusal(wish, UploadRefusal::NotShared, packet);
        };
        let asked_before = self.transfers.uploads.iter().find(|upload| {
            upload.state != UploadState::Running
                && upload.downloader == downloader
                && upload.filename == filename
        });
        let asked_before = asked_before.map(|upload| upload.id);
        if let Some(id) = asked_before {
            self.transfers.uploads.retain(|upload| upload.id != id);
        }
        let limit = self.config.upload_limit.min(Self::TRANSFER_LIMIT as u32);
        if self.transfers.uploads.len() >= limit as usize {
            let message = QueueLimit { downloader, filename, limit };
            let _unless_full = self.say(&message.into(), None, None);
            return self.tell_refusal(wish, UploadRefusal::Limit, packet);
        }
        let id = asked_before.unwrap_or_else(|| UploadId(self.transfers.number()));
        let (downloader, filename) = (downloader.into_owned(), filename.into_owned());
        self.transfers.uploads.push(UploadEntry {
            id,
            downloader: downloader.clone(),
            filename: filename.clone(),
            size,
            state: UploadState::Requested,
            deadline: Some(self.now.saturating_add(self.config.transfer_timeout)),
        });
        self.events.push_back(ClientEvent::UploadRequested {
            upload: id,
            downloader,
            filename,
            packet: packet.clone(),
        });
    }

    pub(super) fn handle_push_order(&mut self, order: &PushOrder<'_>, packet: &Packet) {
        let upload = self.find_upload(order.downloader.as_bytes(), order.filename.as_bytes());
        let id = upload.map(|upload| upload.id);
        let refusal = match (id, order.ip.v4(), order.port) {
            (Some(upload), Some(ip), port) if port != 0 => {
                let packet = packet.clone();
                return self.events.push_back(ClientEvent::PushOrdered {
                    upload,
                    ip,
                    port,
                    packet,
                });
            }
            (Some(_), ..) => UploadRefusal::BadAddress,
            (None, ..) => UploadRefusal::NotAccepted,
        };
        self.events.push_back(ClientEvent::UploadRefused {
            downloader: order.downloader.clone().into_owned(),
            filename: order.filename.clone().into_owned(),
            refusal,
            packet: packet.clone(),
        });
    }

    /// Agrees to send a file (608): a connection with `GET`, or a
    /// [`PushOrdered`](ClientEvent::PushOrdered), follows.
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such request, or it cannot be sent.
    pub fn accept_upload(&mut self, now: Duration, id: UploadId) -> Result<(), UserError> {
        self.pass(now);
        let deadline = self.now.saturating_add(self.config.transfer_timeout);
        let upload = self.requested(id)?;
        let message = UploadAccept {
            downloader: upload.downloader.clone(),
            filename: upload.filename.clone(),
        };
        (upload.state, upload.deadline) = (UploadState::Accepted, Some(deadline));
        self.send(now, message).map(|_| ())
    }

    /// Refuses to send a file (609).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such request, or it cannot be sent.
    pub fn refuse_upload(&mut self, now: Duration, id: UploadId) -> Result<(), UserError> {
        let upload = self.requested(id)?;
        let (nick, filename) = (upload.downloader.clone(), upload.filename.clone());
        self.transfers.uploads.retain(|upload| upload.id != id);
        self.send(now, AcceptRefused { nick, filename }).map(|_| ())
    }

    /// Refuses to send a file because of a limit (619).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such request, or it cannot be sent.
    pub fn limit_upload(
        &mut self,
        now: Duration,
        id: UploadId,
        limit: u32,
    ) -> Result<(), UserError> {
        let upload = self.requested(id)?;
        let (downloader, filename) = (upload.downloader.clone(), upload.filename.clone());
        self.transfers.uploads.retain(|upload| upload.id != id);
        self.send(now, QueueLimit { downloader, filename, limit }).map(|_| ())
    }

    /// The uploads that are asked for, accepted or under way.
    pub fn uploads(&self) -> impl Iterator<Item = &UploadEntry> {
        self.transfers.uploads.iter()
    }

    /// The accepted upload that somebody who connected here with `GET` asks for.
    #[must_use]
    pub fn find_upload(&self, downloader: &[u8], filename: &[u8]) -> Option<&UploadEntry> {
        self.transfers.uploads.iter().find(|upload| {
            upload.state == UploadState::Accepted
                && upload.downloader.as_bytes().eq_ignore_ascii_case(downloader)
                && upload.filename.as_bytes() == filename
        })
    }

    /// The peer connection of an upload is there: tells the server (220).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such accepted upload, or it cannot be sent.
    pub fn upload_started(&mut self, now: Duration, id: UploadId) -> Result<(), UserError> {
        let upload = self.transfers.upload(id).ok_or(UserError::UnknownTransfer)?;
        if upload.state != UploadState::Accepted {
            return Err(UserError::UnknownTransfer);
        }
        (upload.state, upload.deadline) = (UploadState::Running, None);
        self.send(now, UploadStarted {}).map(|_| ())
    }

    /// An upload is over, well or not: tells the server where it had started (221).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such upload, or it cannot be sent.
    pub fn upload_finished(&mut self, now: Duration, id: UploadId) -> Result<(), UserError> {
        let upload = self.transfers.upload(id).ok_or(UserError::UnknownTransfer)?;
        let running = upload.state == UploadState::Running;
        self.transfers.uploads.retain(|upload| upload.id != id);
        if running { self.send(now, UploadFinished {}).map(|_| ()) } else { Ok(()) }
    }

    fn requested(&mut self, id: UploadId) -> Result<&mut UploadEntry, UserError> {
        let upload = self.transfers.upload(id).ok_or(UserError::UnknownTransfer)?;
        let requested = upload.state == UploadState::Requested;
        requested.then_some(upload).ok_or(UserError::UnknownTransfer)
    }

    fn tell_refusal(&mut self, wish: &UploadRequest<'_>, refusal: UploadRefusal, packet: &Packet) {
        self.events.push_back(ClientEvent::UploadRefused {
            downloader: wish.downloader.clone().into_owned(),
            filename: wish.filename.clone().into_owned(),
            refusal,
            packet: packet.clone(),
        });
    }
}
