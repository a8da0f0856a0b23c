//! Which message an event comes from.

use crate::code::Code;
use crate::frame::Packet;
use crate::session::client::event::ClientEvent;

impl ClientEvent {
    /// The message that the event comes from; `None` where a time or the caller made it.
    #[must_use]
    pub const fn packet(&self) -> Option<&Packet> {
        match self {
            Self::LoggedIn { packet, .. }
            | Self::NickChecked { packet, .. }
            | Self::Song { packet, .. }
            | Self::User { packet, .. }
            | Self::Channel { packet, .. }
            | Self::Answer { packet, .. }
            | Self::ServerStats { packet, .. }
            | Self::Motd { packet, .. }
            | Self::Notice { packet, .. }
            | Self::Error { packet, .. }
            | Self::PrivateMessage { packet, .. }
            | Self::Joined { packet, .. }
            | Self::Parted { packet, .. }
            | Self::UserJoined { packet, .. }
            | Self::UserParted { packet, .. }
            | Self::PublicMessage { packet, .. }
            | Self::Emote { packet, .. }
            | Self::Topic { packet, .. }
            | Self::ChannelMotd { packet, .. }
            | Self::Invited { packet, .. }
            | Self::UserSignedOn { packet, .. }
            | Self::UserSignedOff { packet, .. }
            | Self::Pinged { packet, .. }
            | Self::Ponged { packet, .. }
            | Self::DownloadReady { packet, .. }
            | Self::DownloadPushed { packet, .. }
            | Self::UploadRequested { packet, .. }
            | Self::UploadRefused { packet, .. }
            | Self::PushOrdered { packet, .. }
            | Self::DataPortOrdered { packet, .. }
            | Self::DataPortUnreachable { packet, .. }
            | Self::DirectBrowseRequested { packet, .. }
            | Self::DirectBrowseReady { packet, .. }
            | Self::OperatorMessage { packet, .. }
            | Self::Announcement { packet, .. }
            | Self::Redirected { packet, .. }
            | Self::Cycled { packet, .. }
            | Self::Ghost { packet }
            | Self::Disconnecting { packet }
            | Self::Malformed { packet, .. }
            | Self::Packet(packet) => Some(packet),
            Self::LoginRefused { packet, .. }
            | Self::Finished { packet, .. }
            | Self::DownloadFailed { packet, .. } => packet.as_ref(),
            Self::UploadExpired { .. } | Self::Disconnected => None,
        }
    }

    /// The code of that message.
    #[must_use]
    pub const fn code(&self) -> Option<Code> {
        match self.packet() {
            Some(packet) => Some(packet.code),
            None => None,
        }
    }
}
