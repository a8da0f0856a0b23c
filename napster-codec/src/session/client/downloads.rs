//! Downloads: from the wish for a file to the peer connection that brings it.

use core::time::Duration;

use crate::diagnostic::Tolerance;
use crate::dialogue::Noted;
use crate::frame::Packet;
use crate::message::{
    DataPortError, DownloadAck, DownloadFinished, DownloadRequest, DownloadStarted, Message,
    PushRequest,
};
use crate::session::client::account::token;
use crate::session::client::event::ClientEvent;
use crate::session::client::transfers::{
    DownloadEntry, DownloadFailure, DownloadId, DownloadState,
};
use crate::session::client::{Client, Ticket};
use crate::session::error::UserError;
use crate::session::value::last_part;
use crate::text::Quoted;

impl Client {
    /// Asks for a file (203): [`DownloadReady`](ClientEvent::DownloadReady),
    /// [`DownloadPushed`](ClientEvent::DownloadPushed) or
    /// [`DownloadFailed`](ClientEvent::DownloadFailed) follows.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn download(
        &mut self,
        now: Duration,
        nick: &[u8],
        filename: &[u8],
        size: Option<u64>,
    ) -> Result<DownloadId, UserError> {
        self.pass(now);
        if self.transfers.downloads.len() >= Self::TRANSFER_LIMIT {
            return Err(UserError::TooManyTransfers);
        }
        let nick = token("nick", nick)?.into_owned();
        let filename = Quoted::new(filename)
            .map_err(|error| UserError::InvalidText { field: "filename", error })?
            .into_owned();
        let id = DownloadId(self.transfers.number());
        let message = DownloadRequest { nick: nick.clone(), filename: filename.clone() };
        self.say(&message.into(), Some(self.config.request_timeout), Some(id))?;
        let (state, deadline) = (DownloadState::Asked, None);
        self.transfers.downloads.push(DownloadEntry { id, nick, filename, size, state, deadline });
        Ok(id)
    }

    /// The downloads that are asked for or under way.
    pub fn downloads(&self) -> impl Iterator<Item = &DownloadEntry> {
        self.transfers.downloads.iter()
    }

    /// The download that somebody who connected here with `SEND` brings.
    ///
    /// Only what was asked for (500) is one. `MP3::Napster` leaves the directory of the file out, so
    /// that the last part of the path is enough.
    #[must_use]
    pub fn find_push(&self, nick: &[u8], filename: &[u8]) -> Option<&DownloadEntry> {
        let pushed = |download: &&DownloadEntry| {
            download.state == DownloadState::Pushed
                && download.nick.as_bytes().eq_ignore_ascii_case(nick)
        };
        let is = |download: &&DownloadEntry| download.filename.as_bytes() == filename;
        let named = |download: &&DownloadEntry| {
            last_part(download.filename.as_bytes()) == last_part(filename)
        };
        let mut candidates = self.transfers.downloads.iter().filter(pushed);
        candidates.clone().find(is).or_else(|| candidates.find(named))
    }

    /// The peer connection of a download is there: tells the server (218).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such download that is ready or pushed, or it cannot be sent.
    pub fn download_started(&mut self, now: Duration, id: DownloadId) -> Result<(), UserError> {
        let download = self.transfers.download(id).ok_or(UserError::UnknownTransfer)?;
        if !matches!(download.state, DownloadState::Ready | DownloadState::Pushed) {
            return Err(UserError::UnknownTransfer);
        }
        (download.state, download.deadline) = (DownloadState::Running, None);
        self.forget_request(id);
        self.send(now, DownloadStarted {}).map(|_| ())
    }

    /// A download is over, well or not: tells the server where it had started (219).
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such download, or it cannot be sent.
    pub fn download_finished(&mut self, now: Duration, id: DownloadId) -> Result<(), UserError> {
        let download = self.transfers.take_download(id).ok_or(UserError::UnknownTransfer)?;
        self.forget_request(id);
        match download.state {
            DownloadState::Running => self.send(now, DownloadFinished {}).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Gives a download up, whatever its state.
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such download, or it cannot be sent.
    pub fn abort_download(&mut self, now: Duration, id: DownloadId) -> Result<(), UserError> {
        let download = self.transfers.download(id).ok_or(UserError::UnknownTransfer)?;
        let running = download.state == DownloadState::Running;
        self.fail_download(id, DownloadFailure::Aborted, None);
        if running { self.send(now, DownloadFinished {}).map(|_| ()) } else { Ok(()) }
    }

    /// The owner's data port could not be connected to: tells the server (626) and forgets it.
    ///
    /// # Errors
    ///
    /// [`UserError`] where there is no such download, or it cannot be sent.
    pub fn download_unreachable(&mut self, now: Duration, id: DownloadId) -> Result<(), UserError> {
        let download = self.transfers.download(id).ok_or(UserError::UnknownTransfer)?;
        let unreachable = download.nick.clone();
        self.fail_download(id, DownloadFailure::Unreachable, None);
        self.send(now, DataPortError { unreachable }).map(|_| ())
    }

    pub(super) fn handle_download_ack(
        &mut self,
        ack: &DownloadAck<'_>,
        packet: &Packet,
        noted: &Noted<Ticket>,
    ) {
        let Some(exchange) = &noted.closed else { return };
        let Some(id) = exchange.request.download else { return };
        if exchange.refused {
            return;
        }
        let nobody_listens = ack.port == 0 && self.is_firewalled();
        if ack.md5.is_firewall_error() || nobody_listens {
            return self.fail_download(id, DownloadFailure::BothFirewalled, Some(packet));
        }
        if ack.port == 0 {
            return self.push(id, packet);
        }
        let Some(ip) = ack.ip.v4() else {
            return self.fail_download(id, DownloadFailure::BadAddress, Some(packet));
        };
        let deadline = self.now.saturating_add(self.config.transfer_timeout);
        let Some(download) = self.transfers.download(id) else { return };
        (download.state, download.deadline) = (DownloadState::Ready, Some(deadline));
        let (port, packet) = (ack.port, packet.clone());
        self.events.push_back(ClientEvent::DownloadReady { download: id, ip, port, packet });
    }

    /// Asks the owner to connect here.
    fn push(&mut self, id: DownloadId, packet: &Packet) {
        let deadline = self.now.saturating_add(self.config.transfer_timeout);
        let Some(download) = self.transfers.download(id) else { return };
        (download.state, download.deadline) = (DownloadState::Pushed, Some(deadline));
        let (nick, filename) = (download.nick.clone(), download.filename.clone());
        let message = PushRequest { nick, filename };
        let wait = Some(self.config.transfer_timeout);
        if self.say(&message.into(), wait, Some(id)).is_err() {
            return self.fail_download(id, DownloadFailure::TimedOut, Some(packet));
        }
        let packet = packet.clone();
        self.events.push_back(ClientEvent::DownloadPushed { download: id, packet });
    }

    /// A message refused a request of a download.
    pub(super) fn refuse_download(&mut self, id: DownloadId, packet: &Packet) {
        let decoded = packet.decode(Tolerance::LENIENT).map(|decoded| decoded.message);
        let failure = match decoded {
            Ok(Message::AcceptFailed(_)) => DownloadFailure::Refused,
            Ok(Message::QueueLimited(limited)) => {
                DownloadFailure::Limited { limit: limited.limit, size: limited.size }
            }
            Ok(Message::DownloadAck(_)) => DownloadFailure::BothFirewalled,
            Ok(Message::ServerMessage(notice)) => {
                DownloadFailure::Notice(notice.message.into_owned())
            }
            _ => DownloadFailure::Unavailable,
        };
        self.fail_download(id, failure, Some(packet));
    }

    /// A refusal (206, 609, 620) that comes when the request has its answer already.
    pub(super) fn handle_late_refusal(&mut self, packet: &Packet) {
        let words = packet.payload.split(|&byte| byte == b' ').next().unwrap_or_default();
        let late = self.transfers.downloads.iter().find(|download| {
            let file = download.filename.as_bytes();
            let names_it = packet.payload.windows(file.len().max(1)).any(|part| part == file);
            download.state != DownloadState::Running
                && download.nick.as_bytes().eq_ignore_ascii_case(words)
                && names_it
        });
        if let Some(id) = late.map(|download| download.id) {
            self.forget_request(id);
            self.refuse_download(id, packet);
        }
    }

    pub(super) fn fail_download(
        &mut self,
        id: DownloadId,
        failure: DownloadFailure,
        packet: Option<&Packet>,
    ) {
        let Some(download) = self.transfers.take_download(id) else { return };
        self.forget_request(id);
        self.events.push_back(ClientEvent::DownloadFailed {
            download: id,
            nick: download.nick,
            filename: download.filename,
            failure,
            packet: packet.cloned(),
        });
    }

    /// The request of a download waits no longer.
    fn forget_request(&mut self, id: DownloadId) {
        let number = {
            let mut open = self.ledger.open();
            let open = open.find(|(_, _, ticket)| ticket.download == Some(id));
            open.map(|(number, _, _)| number)
        };
        if let Some(number) = number {
            self.ledger.give_up(number);
        }
    }
}
