//! What a client tells its caller.

use core::net::Ipv4Addr;

use crate::code::Code;
use crate::diagnostic::DecodeError;
use crate::frame::Packet;
use crate::number::LinkType;
use crate::session::client::transfers::{DownloadFailure, DownloadId, UploadId, UploadRefusal};
use crate::session::client::verdict::{LoginRefusal, NickState, Outcome};
use crate::session::value::{Channel, ServerStatistics, Song, User};
use crate::text::{Quoted, Text, Token, Word};

/// The number of a request that has an answer; never the same for two of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// What happened on a session.
///
/// Each message of the server gives at least one event. Answers name the request they belong to:
/// nothing in the protocol does, so it is the oldest open one that they fit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// The login succeeded (3).
    LoggedIn {
        /// The e-mail address that the server has, often a dummy.
        email: Word<'static>,
        /// The message.
        packet: Packet,
    },
    /// The login or registration failed; the server mostly closes the connection then.
    LoginRefused {
        /// How.
        refusal: LoginRefusal,
        /// The message; `None` where none came in time.
        packet: Option<Packet>,
    },
    /// What the server says of a nick that one would register (8, 9, 10).
    NickChecked {
        /// The verdict.
        state: NickState,
        /// The message.
        packet: Packet,
    },
    /// A request has its last answer, or will have none.
    Finished {
        /// The request.
        request: RequestId,
        /// Its message.
        code: Code,
        /// How it ended.
        outcome: Outcome,
        /// How many answers came, end marks not counted.
        answers: u64,
        /// The message that ended it, if one did.
        packet: Option<Packet>,
    },
    /// A file: an answer to a search, a browse or a search for copies (201, 212, 216, 10302).
    Song {
        /// The request.
        request: Option<RequestId>,
        /// The file.
        song: Song,
        /// The message.
        packet: Packet,
    },
    /// A user: a member of a channel, or an answer to whois (408, 825, 604, 605).
    User {
        /// The request.
        request: Option<RequestId>,
        /// The user.
        user: User,
        /// The message.
        packet: Packet,
    },
    /// A channel in a list (618, 828).
    Channel {
        /// The request.
        request: Option<RequestId>,
        /// The channel.
        channel: Channel,
        /// The message.
        packet: Packet,
    },
    /// Any other answer to a request.
    Answer {
        /// The request.
        request: RequestId,
        /// The message.
        packet: Packet,
    },
    /// The server's counters, asked for or not (214).
    ServerStats {
        /// The numbers.
        stats: ServerStatistics,
        /// The message.
        packet: Packet,
    },
    /// A line of the message of the day (621); nothing tells the last one.
    Motd {
        /// The line, which may be empty.
        line: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// The server says something, good or bad, in plain words (404).
    Notice {
        /// The request that it refuses or answers, where its words tell.
        request: Option<RequestId>,
        /// The words.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// The server tells an error (0).
    Error {
        /// The words.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody writes to this user alone (205).
    PrivateMessage {
        /// Who.
        from: Token<'static>,
        /// What; [`Offer`](crate::peer::Offer) reads TekNap's invitations in it.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// The client is in a channel, whose name may differ from the one asked for (405).
    Joined {
        /// The request.
        request: Option<RequestId>,
        /// The channel.
        channel: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// The client left a channel or was removed (401).
    Parted {
        /// The channel.
        channel: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody came into a channel (406).
    UserJoined {
        /// Who, and where.
        user: User,
        /// The message.
        packet: Packet,
    },
    /// Somebody left a channel (407).
    UserParted {
        /// Who, and where.
        user: User,
        /// The message.
        packet: Packet,
    },
    /// Somebody speaks in a channel; one's own words come back too (403).
    PublicMessage {
        /// Where.
        channel: Token<'static>,
        /// Who.
        nick: Token<'static>,
        /// What.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody acts in a channel (824).
    Emote {
        /// Where.
        channel: Token<'static>,
        /// Who.
        nick: Token<'static>,
        /// What he does.
        text: Quoted<'static>,
        /// The message.
        packet: Packet,
    },
    /// The topic of a channel, at the join or later (410).
    Topic {
        /// Where.
        channel: Token<'static>,
        /// The topic; `None` where there is none.
        topic: Option<Text<'static>>,
        /// The message.
        packet: Packet,
    },
    /// The greeting of a channel on official servers (425).
    ChannelMotd {
        /// The words.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody invites into a channel (430).
    Invited {
        /// Who.
        inviter: Token<'static>,
        /// Where.
        channel: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// A watched user is on line (209).
    UserSignedOn {
        /// Who.
        nick: Token<'static>,
        /// His link.
        link_type: LinkType,
        /// The message.
        packet: Packet,
    },
    /// A watched user went off line; for a browse, its user is not there (210).
    UserSignedOff {
        /// Who.
        nick: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody pinged the client (751); the answer is on its way where the settings say so.
    Pinged {
        /// Who.
        from: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// A pinged user answered (752).
    Ponged {
        /// The request.
        request: Option<RequestId>,
        /// Who.
        nick: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// Connect there and fetch the file with a [`Download`](crate::transfer::Download) (204).
    DownloadReady {
        /// The transfer.
        download: DownloadId,
        /// The owner's address, as the server sees it.
        ip: Ipv4Addr,
        /// The owner's data port.
        port: u16,
        /// The message.
        packet: Packet,
    },
    /// The owner cannot be connected to and was asked to connect here (204 with port 0, then 500):
    /// wait for a connection that begins with `SEND`.
    DownloadPushed {
        /// The transfer.
        download: DownloadId,
        /// The message.
        packet: Packet,
    },
    /// The file cannot be had; the transfer is forgotten.
    DownloadFailed {
        /// The transfer.
        download: DownloadId,
        /// Who has the file.
        nick: Token<'static>,
        /// The file.
        filename: Quoted<'static>,
        /// Why.
        failure: DownloadFailure,
        /// The message, if one said so.
        packet: Option<Packet>,
    },
    /// Somebody wants a shared file (607): accept or refuse it.
    UploadRequested {
        /// The transfer.
        upload: UploadId,
        /// Who.
        downloader: Token<'static>,
        /// The file.
        filename: Quoted<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody wanted a file and was refused by the client itself (607, 501).
    UploadRefused {
        /// Who.
        downloader: Token<'static>,
        /// The file.
        filename: Quoted<'static>,
        /// Why.
        refusal: UploadRefusal,
        /// The message.
        packet: Packet,
    },
    /// Connect there and send the file: this client is firewalled, and the server passes on where
    /// the downloader listens (501).
    PushOrdered {
        /// The transfer, which was accepted before.
        upload: UploadId,
        /// The downloader's address.
        ip: Ipv4Addr,
        /// The downloader's data port.
        port: u16,
        /// The message.
        packet: Packet,
    },
    /// An accepted upload was not fetched in time, and is forgotten.
    UploadExpired {
        /// The transfer.
        upload: UploadId,
        /// Who wanted it.
        downloader: Token<'static>,
        /// The file.
        filename: Quoted<'static>,
    },
    /// The server wants another data port (613): listen there and call
    /// [`Client::set_data_port`](super::Client::set_data_port), or do not.
    DataPortOrdered {
        /// The TCP port.
        port: u16,
        /// The message.
        packet: Packet,
    },
    /// Somebody could not connect to the data port (626).
    DataPortUnreachable {
        /// Who.
        reporter: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody wants the list of shared files from this client itself (640).
    DirectBrowseRequested {
        /// Who.
        requester: Token<'static>,
        /// Where to connect; `None` where he will connect here.
        address: Option<(Ipv4Addr, u16)>,
        /// The message.
        packet: Packet,
    },
    /// Connect there for a user's list (641); port 0 says that he will connect here.
    DirectBrowseReady {
        /// The request.
        request: Option<RequestId>,
        /// Who.
        nick: Token<'static>,
        /// His address.
        ip: Option<Ipv4Addr>,
        /// His data port.
        port: u16,
        /// The message.
        packet: Packet,
    },
    /// A moderator speaks to all moderators (627).
    OperatorMessage {
        /// Who.
        from: Token<'static>,
        /// What.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody speaks to all users (628).
    Announcement {
        /// Who.
        from: Token<'static>,
        /// What.
        text: Text<'static>,
        /// The message.
        packet: Packet,
    },
    /// The server sends the client to another server (821).
    Redirected {
        /// The host.
        host: Token<'static>,
        /// The TCP port.
        port: u16,
        /// The message.
        packet: Packet,
    },
    /// The server sends the client back to a redirector (822).
    Cycled {
        /// `host:port` or a host.
        metaserver: Token<'static>,
        /// The message.
        packet: Packet,
    },
    /// Somebody else logs in with the nick (748).
    Ghost {
        /// The message.
        packet: Packet,
    },
    /// The server is about to close the connection (316).
    Disconnecting {
        /// The message.
        packet: Packet,
    },
    /// A message whose payload does not fit it.
    Malformed {
        /// The message.
        packet: Packet,
        /// What is wrong.
        error: DecodeError,
    },
    /// Any other message.
    Packet(Packet),
    /// The session is over; nothing comes behind it.
    Disconnected,
}
