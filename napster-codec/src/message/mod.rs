//! Every message of the protocol: the table, the structs, and the enum over all of them.

use alloc::vec::Vec;
use core::fmt;

use crate::code::{Code, Direction};
use crate::diagnostic::{DecodeError, Diagnostics, Tolerance};
use crate::field::Field;
use crate::irregular::Sender;
use crate::list::Fields;
use crate::spec::MessageSpec;
use crate::value::{Value, Visit};
use crate::writer::Writer;

mod admin;
mod chat;
mod extension;
mod groups;
mod interserver;
mod login;
pub(crate) mod macros;
mod people;
mod read;
mod search;
mod server;
pub(crate) mod table;
mod transfer;

use read::read_into;
pub(crate) use read::read_plainly;
pub use read::{
    Decoded, FieldVisitor, decode, link_sender, visit_canonical, visit_canonical_with,
    visit_payload,
};
pub use table::{MESSAGES, Message, spec};

pub use admin::{
    Announcement, AnnouncementReceived, BanEntry, BanList, BanListEnd, BanNickEntry, BanUser,
    BlockIp, BlockList, BlockListEntry, ClassAdd, ClassDel, ClassList, ClassListEnd,
    ClassListEntry, Cloak, CycleUser, DesyncUser, DlineAdd, DlineDel, DlineList, DlineListEnd,
    DlineListEntry, ElineAdd, ElineDel, ElineList, ElineListEnd, ElineListEntry, GlobalUserEntry,
    GlobalUserList, GlobalUserListEnd, IlineAdd, IlineDel, IlineList, IlineListEnd, IlineListEntry,
    KillUser, MassKill, MuzzleUser, NukeUser, OperatorMessage, OperatorMessageReceived,
    RedirectUser, RegisterUser, ResyncUser, SetUserLevel, SetUserPassword, SetUserPort,
    SetUserSpeed, UnbanUser, UnblockIp, UnmuzzleUser, UnnukeUser, UserFlags,
};
pub use chat::{
    ChannelBan, ChannelBanClear, ChannelBanEntry, ChannelBanList, ChannelBanListEnd, ChannelDeop,
    ChannelEntry, ChannelInvite, ChannelInviteAccept, ChannelInviteDecline, ChannelInviteOpennap,
    ChannelInvited, ChannelInvitedOpennap, ChannelLimit, ChannelList, ChannelListEnd, ChannelMode,
    ChannelModeReply, ChannelMotd, ChannelMuzzle, ChannelNameEntry, ChannelNames, ChannelNamesEnd,
    ChannelOp, ChannelOpList, ChannelUnban, ChannelUnmuzzle, ChannelUnvoice, ChannelUser,
    ChannelUsersEnd, ChannelVoice, ChannelWallop, ChannelWallopCode, ClearChannel, DropChannel,
    Emote, EmoteReceived, FullChannelEntry, FullChannelList, FullChannelListEnd, JoinAck,
    JoinChannel, Kick, KickOld, PartChannel, PartedChannel, PrivateMessage, PrivateMessageReceived,
    PublicMessage, PublicMessageReceived, SetChannelLevel, SetChannelLevelOld, Topic, TopicSet,
    UserJoined, UserParted,
};
pub use extension::{
    BrowseNewEnd, BrowseNewRequest, BrowseNewResult, DisconnectQuery, Ghost89, Ghost95, Ghost108,
    Ghost109, Ghost148, QueueQuery, QueueReport, ServerAuthAdd, ServerAuthList, ShareMedia,
    SizeRequest, Unknown1, Unknown310, Unknown310Reply, Unknown650, Unknown651, Unknown770,
    Unknown771, Unknown805, Unknown811,
};
pub use groups::{ShareEntry, UsageRates, WhoisDetails};
pub use interserver::{
    ClientQuit, Encapsulated, InterserverLogin, InterserverPong, InterserverUploadRequest,
    LinkInfo, NotifyMods, RegistrationSync, RelayedAnnouncement, RelayedChannelOp,
    RelayedChannelUnvoice, RelayedChannelVoice, RelayedCloak, RelayedOperatorMessage,
    RelayedSetUserLevel, RemoteSearch, RemoteSearchEnd, RemoteSearchResult, ServerLogin,
    ServerLoginAck, ServerQuit, SyncEnd, SyncEndAck, TimeCheck, TimeCheckWithoutSender, UserIp,
    UserSharing, WhoisNotify,
};
pub use login::{
    AutoUpgrade, Capability, Cycle, Disconnecting, Echo, EchoOrChallenge, Error, Ghost, Login,
    LoginAck, LoginError, LoginRegister, LoginWithEmail, NickAvailable, NickCheck, NickInvalid,
    NickTaken, PasswordCheck, PasswordOk, PermissionDenied, Redirect, RegistrationInfo,
    RegistrationInfo2, VersionCheck, VersionOk,
};
pub use people::{
    ChangeDataPort, ChangeEmail, ChangeLinkSpeed, ChangePassword, HotlistAck, HotlistAdd,
    HotlistError, HotlistRemove, HotlistSeed, IgnoreAdd, IgnoreAddAck, IgnoreClear, IgnoreClearAck,
    IgnoreEntry, IgnoreExists, IgnoreFailed, IgnoreList, IgnoreListEnd, IgnoreNotFound,
    IgnoreRemove, IgnoreRemoveAck, LinkSpeed, LinkSpeedRequest, Ping, Pinged, Pong, Ponged,
    UserMode, UserModeReply, UserSignoff, UserSignon, WhoWas, WhoWasReply, Whois, WhoisNotice,
    WhoisRequest, Whowas,
};
pub use search::{
    BareSearch, BlockedFile, BlockedFileBinary, BrowseEnd, BrowseRequest, BrowseResult,
    DirectBrowseAccept, DirectBrowseError, DirectBrowseReady, DirectBrowseRequest,
    DirectBrowseRequested, ResumeEnd, ResumeRequest, ResumeResult, SearchEnd, SearchRequest,
    SearchResult, ShareAlternative, ShareDirectory, ShareFile, ShareFileBinary, UnshareAll,
    UnshareAllAck, UnshareFile,
};
pub use server::{
    ConfigReset, ConfigSet, HistogramEnd, HistogramEntry, HistogramRequest, KillServer, LinkServer,
    LogLevel, Motd, MotdRequest, PingAllServers, Rehash, RemoveServer, SearchCacheStats,
    SendHistogramEnd, SendHistogramEntry, SendHistogramRequest, ServerLinkEntry,
    ServerLinkWithoutPorts, ServerLinks, ServerLinksEnd, ServerMessage, ServerPing, ServerPingOld,
    ServerPingOldReply, ServerPong, ServerStats, ServerVersion, StatsRequest, UnlinkServer,
    UsageStats, UsageStatsRequest, VersionStats, VersionStatsEnd, VersionStatsEntry, WhichServer,
};
pub use transfer::{
    AcceptFailed, AcceptRefused, AlternatePort, ConnectionTest, DataPortError, DataPortErrorNotice,
    DownloadAck, DownloadError, DownloadFinished, DownloadRequest, DownloadStarted, ListenTest,
    PushOrder, PushRequest, QueueLimit, QueueLimited, SetDataPort, UploadAccept, UploadFinished,
    UploadRequest, UploadStarted,
};

/// A message of the table: its struct can be read from a payload and knows its row.
///
/// Sealed; [`Message`] is the enum over all of them.
#[allow(private_bounds, reason = "sealed")]
pub trait Payload<'a>: Fields<'a> {
    /// The row of the table.
    const SPEC: &'static MessageSpec;
    /// The same message with bytes that live otherwise.
    type Of<'b>: Payload<'b>;

    /// The message in the enum; `None` where it is another one.
    ///
    /// ```
    /// use napster_codec::message::{PrivateMessage, Topic};
    /// use napster_codec::{Message, Payload};
    ///
    /// let said = PrivateMessage { to: "bob".try_into()?, message: "hello".try_into()? };
    /// let message = Message::from(said.clone());
    /// assert_eq!(PrivateMessage::get(&message), Some(&said));
    /// assert_eq!(Topic::get(&message), None);
    /// # Ok::<(), napster_codec::InvalidText>(())
    /// ```
    fn get<'m>(message: &'m Message<'a>) -> Option<&'m Self>;

    /// Puts the message into the enum, as [`Message::from`] does.
    fn into_message(self) -> Message<'a>;

    /// The same message with bytes of its own.
    #[must_use]
    fn into_owned(self) -> Self::Of<'static>;

    /// Reads a payload as this message, which is faster than through the enum.
    ///
    /// `diagnostics` is emptied first and then has the deviations.
    ///
    /// ```
    /// use napster_codec::message::SearchResult;
    /// use napster_codec::{Diagnostics, Payload, Tolerance};
    ///
    /// let payload = br#""a.mp3" 0123456789abcdef0123456789abcdef 443332 128 44100 60 bob 50462986 4"#;
    /// let hit = SearchResult::from_payload(payload, Tolerance::STRICT, &mut Diagnostics::new())?;
    /// assert_eq!((hit.size, hit.bitrate), (443_332, 128));
    /// # Ok::<(), napster_codec::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where the payload does not fit the message, reads better as another shape of it,
    /// or deviates in a way that is not tolerated.
    fn from_payload(
        payload: &'a [u8],
        tolerance: Tolerance,
        diagnostics: &mut Diagnostics,
    ) -> Result<Self, DecodeError> {
        read::read(payload, tolerance, diagnostics)
    }
}

impl<'a, T: Payload<'a>> From<T> for Message<'a> {
    fn from(message: T) -> Self {
        message.into_message()
    }
}

/// What the enum asks of the message in it, whichever that is.
trait Row<'a>: fmt::Debug + Visit {
    fn spec(&self) -> &'static MessageSpec;
    fn write(&self, writer: &mut Writer<'_>);
}

impl<'a, T: Payload<'a>> Row<'a> for T {
    fn spec(&self) -> &'static MessageSpec {
        T::SPEC
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.write_fields(writer);
    }
}

impl<'a> Message<'a> {
    /// The row of the table; `None` for [`Unknown`](Self::Unknown).
    #[must_use]
    pub fn spec(&self) -> Option<&'static MessageSpec> {
        self.row().map(Row::spec)
    }

    /// The type field of the frame header.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unknown { code, .. } => *code,
            message => message.spec().map_or(Code(0), |spec| spec.code),
        }
    }

    /// The name in the protocol table; `unknown` for a code that it does not have.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.spec().map_or("unknown", |spec| spec.name)
    }

    /// Appends the payload to a buffer.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where the value cannot be said on the wire; the buffer is then as it was.
    pub fn encode_payload(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        self.encode_from(None, output)
    }

    /// Appends the payload with a sender in front, as it travels between servers.
    fn encode_from(
        &self,
        sender: Option<&Sender<'_>>,
        output: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let start = output.len();
        let canonical = self.write_payload(sender, output);
        let payload = output.get(start..).unwrap_or_default();
        let result = match (canonical, self.spec()) {
            (Ok(false), Some(spec)) => {
                let link = sender.map(|_| Direction::ServerLink);
                let direction = link.unwrap_or_else(|| spec.directions.first());
                let same = self.reads_back(sender, direction, payload);
                same.then_some(()).ok_or(EncodeError::Ambiguous)
            }
            (result, _) => result.map(|_| ()),
        };
        if result.is_err() {
            output.truncate(start);
        }
        result
    }

    /// Appends the payload; says whether it is canonical, so that it reads back as the same message.
    fn write_payload(
        &self,
        sender: Option<&Sender<'_>>,
        output: &mut Vec<u8>,
    ) -> Result<bool, EncodeError> {
        let start = output.len();
        let mut writer = Writer::new(output);
        if let Some(sender) = sender {
            sender.write(&mut writer, "sender");
        }
        match (self, self.row()) {
            (Self::Unknown { payload, .. }, _) => writer.raw(payload),
            (_, row) => row.into_iter().for_each(|row| row.write(&mut writer)),
        }
        let (deviant, hole) = (writer.is_deviant(), writer.hole());
        let length = output.len() - start;
        if let Some(field) = hole {
            return Err(EncodeError::Hole { field });
        }
        if length > usize::from(u16::MAX) {
            return Err(EncodeError::TooLong { length });
        }
        // Another shape of a message can look like its main one.
        let shape = self.spec().is_some_and(|spec| spec.shape.is_some());
        Ok(!deviant && !shape)
    }

    /// Whether a decoder gets the same value out of the payload.
    fn reads_back(
        &self,
        sender: Option<&Sender<'_>>,
        direction: Direction,
        payload: &[u8],
    ) -> bool {
        read::read_best(self.code(), direction, payload).is_some_and(|read| {
            read.extra.is_none() && read.sender.as_ref() == sender && read.message == *self
        })
    }
}

impl Visit for Message<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        if let Some(row) = self.row() {
            row.visit(visitor);
        }
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.row()) {
            (Self::Unknown { code, payload }, _) => {
                f.debug_struct("Unknown").field("code", code).field("payload", payload).finish()
            }
            (_, row) => row.map_or(Ok(()), |row| row.fmt(f)),
        }
    }
}

/// One line: the name and the fields that are there.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Self::Unknown { code, payload } = self {
            return write!(f, " code={code} payload=\"{}\"", payload.escape_ascii());
        }
        let mut result = Ok(());
        self.visit(&mut |name, value| {
            result = result.and_then(|()| write!(f, " {name}={value}"));
        });
        result
    }
}

/// Why a message cannot be written: a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The payload has more than the 65,535 bytes that a header can announce.
    TooLong {
        /// The payload's bytes.
        length: usize,
    },
    /// An optional field is left out though one behind it is there, or a list or text that has to
    /// hold something is empty.
    Hole {
        /// The field.
        field: &'static str,
    },
    /// A quote or blank inside a value makes the payload read back as another value.
    Ambiguous,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length } => {
                write!(f, "the payload has {length} bytes; a frame holds at most 65535, send less at once")
            }
            Self::Hole { field } => {
                write!(f, "field `{field}` is left out or empty, but what follows needs it; give it a value")
            }
            Self::Ambiguous => f.write_str(
                "a value holds a quote or blank that makes the payload read back differently; change it",
            ),
        }
    }
}

impl core::error::Error for EncodeError {}
