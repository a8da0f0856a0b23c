//! The table: the enum over all messages, every row in order of code, and how a row is found.

use alloc::borrow::Cow;

#[allow(clippy::wildcard_imports, reason = "the enum below has every message")]
use super::*;
use super::{
    Payload, admin, chat, extension, interserver, login, people, search, server, transfer,
};
use crate::code::{Code, Direction, Directions};
use crate::cursor::Cursor;
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::spec::MessageSpec;

/// Reads the fields of a row and puts the message where it is wanted: it is too large to be handed on
/// from function to function.
pub(super) type ReadMessage =
    for<'a, 'd> fn(&mut Cursor<'a, 'd>, &mut Message<'a>) -> Result<(), DecodeError>;

/// One row of the table with its reader.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) spec: &'static MessageSpec,
    pub(super) read: ReadMessage,
    /// What a payload of this other shape is reported as.
    pub(super) deviation: Option<DiagnosticKind>,
    /// Makes a value from what a self-describing format says.
    #[cfg(feature = "serde")]
    pub(crate) restore: fn(&crate::serial::Group) -> Result<Message<'static>, crate::serial::Fault>,
    /// Makes a value from random bytes.
    #[cfg(feature = "arbitrary")]
    pub(crate) generate:
        fn(&mut arbitrary::Unstructured<'_>) -> arbitrary::Result<Message<'static>>,
}

macro_rules! message_enum {
    ($($name:ident $(<$lt:lifetime>)?),* $(,)?) => {
        /// Any message, as a view of a payload or built from values.
        ///
        /// Each variant is a struct of the same name with public fields.
        #[derive(Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Message<'a> {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name $(<$lt>)?),)*
            /// A code that the table does not have for the direction, with its payload as it is.
            Unknown {
                /// The type field of the frame header.
                code: Code,
                /// The payload.
                payload: Cow<'a, [u8]>,
            },
        }

        /// How many variants have a row.
        const VARIANTS: usize = [$(stringify!($name)),*].len();

        impl<'a> Message<'a> {
            /// The message of the table; `None` for [`Unknown`](Self::Unknown).
            pub(super) fn row(&self) -> Option<&dyn super::Row<'a>> {
                Some(match self {
                    $(Self::$name(message) => message,)*
                    Self::Unknown { .. } => return None,
                })
            }

            /// The same message with bytes of its own.
            #[must_use]
            pub fn into_owned(self) -> Message<'static> {
                match self {
                    $(Self::$name(message) => Message::$name(message.into_owned()),)*
                    Self::Unknown { code, payload } => {
                        Message::Unknown { code, payload: Cow::Owned(payload.into_owned()) }
                    }
                }
            }
        }
    };
}

message_enum! {
    // login
    Error<'a>,
    Login<'a>,
    LoginWithEmail<'a>,
    LoginAck<'a>,
    VersionCheck<'a>,
    VersionOk<'a>,
    AutoUpgrade<'a>,
    LoginRegister<'a>,
    NickCheck<'a>,
    NickAvailable,
    NickTaken,
    NickInvalid<'a>,
    PasswordCheck<'a>,
    PermissionDenied<'a>,
    PasswordOk,
    EchoOrChallenge<'a>,
    Echo<'a>,
    LoginError<'a>,
    RegistrationInfo<'a>,
    RegistrationInfo2<'a>,
    Disconnecting,
    Ghost<'a>,
    Redirect<'a>,
    Cycle<'a>,
    Capability,
    // search
    ShareFile<'a>,
    UnshareFile<'a>,
    UnshareAll,
    UnshareAllAck,
    SearchRequest<'a>,
    BareSearch<'a>,
    SearchResult<'a>,
    SearchEnd,
    BrowseRequest<'a>,
    BrowseResult<'a>,
    BrowseEnd<'a>,
    ResumeRequest<'a>,
    ResumeResult<'a>,
    ResumeEnd<'a>,
    DirectBrowseRequest<'a>,
    DirectBrowseRequested<'a>,
    DirectBrowseAccept<'a>,
    DirectBrowseReady<'a>,
    DirectBrowseError<'a>,
    ShareAlternative<'a>,
    ShareDirectory<'a>,
    BlockedFile<'a>,
    ShareFileBinary<'a>,
    BlockedFileBinary<'a>,
    // transfer
    DownloadRequest<'a>,
    DownloadAck<'a>,
    DownloadError<'a>,
    DownloadStarted,
    DownloadFinished,
    UploadStarted,
    UploadFinished,
    AlternatePort,
    PushRequest<'a>,
    PushOrder<'a>,
    UploadRequest<'a>,
    UploadAccept<'a>,
    AcceptRefused<'a>,
    AcceptFailed<'a>,
    SetDataPort<'a>,
    QueueLimit<'a>,
    QueueLimited<'a>,
    DataPortError<'a>,
    DataPortErrorNotice<'a>,
    ConnectionTest<'a>,
    ListenTest<'a>,
    // chat
    PrivateMessage<'a>,
    PrivateMessageReceived<'a>,
    JoinChannel<'a>,
    PartChannel<'a>,
    PartedChannel<'a>,
    PublicMessage<'a>,
    PublicMessageReceived<'a>,
    JoinAck<'a>,
    UserJoined<'a>,
    UserParted<'a>,
    ChannelUser<'a>,
    ChannelUsersEnd<'a>,
    TopicSet<'a>,
    Topic<'a>,
    ChannelBanList<'a>,
    ChannelBanListEnd<'a>,
    ChannelBanEntry<'a>,
    ChannelBan<'a>,
    ChannelUnban<'a>,
    ChannelBanClear<'a>,
    ChannelMotd<'a>,
    ChannelInvite<'a>,
    ChannelInvited<'a>,
    ChannelInviteAccept<'a>,
    ChannelInviteDecline<'a>,
    ChannelList,
    ChannelListEnd,
    ChannelEntry<'a>,
    ClearChannel<'a>,
    SetChannelLevel<'a>,
    Emote<'a>,
    EmoteReceived<'a>,
    ChannelNameEntry<'a>,
    ChannelLimit<'a>,
    FullChannelList,
    FullChannelListEnd,
    FullChannelEntry<'a>,
    Kick<'a>,
    ChannelNames<'a>,
    ChannelNamesEnd<'a>,
    SetChannelLevelOld<'a>,
    KickOld<'a>,
    ChannelOp<'a>,
    ChannelDeop<'a>,
    ChannelOpList<'a>,
    DropChannel<'a>,
    ChannelWallop<'a>,
    ChannelWallopCode<'a>,
    ChannelMode<'a>,
    ChannelModeReply<'a>,
    ChannelInviteOpennap<'a>,
    ChannelInvitedOpennap<'a>,
    ChannelVoice<'a>,
    ChannelUnvoice<'a>,
    ChannelMuzzle<'a>,
    ChannelUnmuzzle<'a>,
    // people
    HotlistAdd<'a>,
    HotlistSeed<'a>,
    UserSignon<'a>,
    UserSignoff<'a>,
    HotlistAck<'a>,
    HotlistError<'a>,
    HotlistRemove<'a>,
    IgnoreList,
    IgnoreListEnd,
    IgnoreEntry<'a>,
    IgnoreAdd<'a>,
    IgnoreAddAck<'a>,
    IgnoreRemove<'a>,
    IgnoreRemoveAck<'a>,
    IgnoreNotFound<'a>,
    IgnoreExists<'a>,
    IgnoreClear,
    IgnoreClearAck,
    IgnoreFailed<'a>,
    LinkSpeedRequest<'a>,
    LinkSpeed<'a>,
    WhoisRequest<'a>,
    WhoisNotice<'a>,
    Whois<'a>,
    Whowas<'a>,
    ChangeLinkSpeed,
    ChangePassword<'a>,
    ChangeEmail<'a>,
    ChangeDataPort,
    Ping<'a>,
    Pinged<'a>,
    Pong<'a>,
    Ponged<'a>,
    WhoWas<'a>,
    WhoWasReply<'a>,
    UserMode<'a>,
    UserModeReply<'a>,
    // admin
    BlockList,
    BlockListEntry<'a>,
    BlockIp<'a>,
    UnblockIp<'a>,
    SetUserLevel<'a>,
    KillUser<'a>,
    NukeUser<'a>,
    BanUser<'a>,
    SetUserPort<'a>,
    UnbanUser<'a>,
    BanList,
    BanListEnd,
    BanEntry<'a>,
    MuzzleUser<'a>,
    UnmuzzleUser<'a>,
    UnnukeUser<'a>,
    SetUserSpeed<'a>,
    OperatorMessage<'a>,
    OperatorMessageReceived<'a>,
    Announcement<'a>,
    AnnouncementReceived<'a>,
    BanNickEntry<'a>,
    Cloak,
    SetUserPassword<'a>,
    RedirectUser<'a>,
    CycleUser<'a>,
    GlobalUserList<'a>,
    GlobalUserListEnd,
    GlobalUserEntry<'a>,
    UserFlags<'a>,
    MassKill<'a>,
    RegisterUser<'a>,
    ClassAdd<'a>,
    ClassDel<'a>,
    ClassList,
    ClassListEntry<'a>,
    ClassListEnd,
    DlineAdd<'a>,
    DlineDel<'a>,
    DlineList,
    DlineListEntry<'a>,
    DlineListEnd,
    IlineAdd<'a>,
    IlineDel<'a>,
    IlineList,
    IlineListEntry<'a>,
    IlineListEnd,
    ElineAdd<'a>,
    ElineDel<'a>,
    ElineList,
    ElineListEntry<'a>,
    ElineListEnd,
    ResyncUser,
    DesyncUser,
    // server
    StatsRequest,
    ServerStats<'a>,
    ServerMessage<'a>,
    MotdRequest,
    Motd<'a>,
    ServerPing<'a>,
    ServerPong<'a>,
    ConfigReset<'a>,
    ServerVersion<'a>,
    ConfigSet<'a>,
    LinkServer<'a>,
    UnlinkServer<'a>,
    KillServer<'a>,
    RemoveServer<'a>,
    ServerLinks,
    ServerLinkEntry<'a>,
    ServerLinksEnd,
    ServerLinkWithoutPorts<'a>,
    UsageStatsRequest<'a>,
    UsageStats<'a>,
    SearchCacheStats,
    ServerPingOld<'a>,
    ServerPingOldReply<'a>,
    Rehash<'a>,
    VersionStats,
    VersionStatsEntry<'a>,
    VersionStatsEnd,
    WhichServer<'a>,
    PingAllServers,
    HistogramRequest,
    HistogramEntry,
    HistogramEnd,
    SendHistogramRequest,
    SendHistogramEntry<'a>,
    SendHistogramEnd,
    LogLevel<'a>,
    // extension
    Unknown1<'a>,
    Ghost89<'a>,
    Ghost95<'a>,
    Ghost108<'a>,
    Ghost109<'a>,
    Ghost148<'a>,
    Unknown310,
    Unknown310Reply,
    DisconnectQuery,
    SizeRequest<'a>,
    Unknown650<'a>,
    Unknown651<'a>,
    Unknown770<'a>,
    Unknown771<'a>,
    Unknown805<'a>,
    Unknown811<'a>,
    QueueReport,
    QueueQuery<'a>,
    ServerAuthAdd<'a>,
    ServerAuthList,
    ShareMedia<'a>,
    BrowseNewRequest<'a>,
    BrowseNewEnd<'a>,
    BrowseNewResult<'a>,
    // interserver
    InterserverLogin<'a>,
    RelayedSetUserLevel<'a>,
    InterserverUploadRequest<'a>,
    RelayedOperatorMessage<'a>,
    RelayedAnnouncement<'a>,
    RelayedCloak<'a>,
    ClientQuit<'a>,
    ServerLogin<'a>,
    ServerLoginAck<'a>,
    UserSharing<'a>,
    UserIp<'a>,
    RegistrationSync<'a>,
    RemoteSearch<'a>,
    RemoteSearchResult<'a>,
    RemoteSearchEnd<'a>,
    Encapsulated<'a>,
    LinkInfo<'a>,
    ServerQuit<'a>,
    NotifyMods<'a>,
    InterserverPong<'a>,
    TimeCheck<'a>,
    TimeCheckWithoutSender,
    WhoisNotify<'a>,
    RelayedChannelOp<'a>,
    RelayedChannelVoice<'a>,
    RelayedChannelUnvoice<'a>,
    SyncEnd,
    SyncEndAck,
}

/// The rows of all chapters, in order of code.
pub(crate) const ROWS: [Row; VARIANTS] = sorted([
    login::ROWS,
    search::ROWS,
    transfer::ROWS,
    chat::ROWS,
    people::ROWS,
    admin::ROWS,
    server::ROWS,
    extension::ROWS,
    interserver::ROWS,
]);

/// Every row of the message table, in order of code; rows of other shapes stand behind their main row.
pub static MESSAGES: [&MessageSpec; ROWS.len()] = {
    let mut specs = [ROWS[0].spec; ROWS.len()];
    let mut index = 0;
    while index < ROWS.len() {
        specs[index] = ROWS[index].spec;
        index += 1;
    }
    specs
};

/// The row of a code in a direction.
///
/// On a server link, that is the row of the same message between a client and a server where the
/// table has no other form.
#[must_use]
pub fn spec(code: Code, direction: Direction) -> Option<&'static MessageSpec> {
    find(code, direction).map(|found| found.row.spec)
}

/// The rows for a code and direction.
pub(super) struct Found {
    pub(super) row: &'static Row,
    /// What stands behind the row.
    behind: &'static [Row],
    /// Whether a sender stands in front of a client's message.
    pub(super) relayed: bool,
}

impl Found {
    /// The other shapes of the message.
    pub(super) fn shapes(&self) -> impl Iterator<Item = &'static Row> {
        self.behind.iter().take_while(|row| row.spec.shape.is_some())
    }
}

pub(super) fn find(code: Code, direction: Direction) -> Option<Found> {
    let [to_server, to_client, link] = *INDEX.get(usize::from(code.0))?;
    let (index, relayed) = match direction {
        Direction::ToServer => (to_server, false),
        Direction::ToClient => (to_client, false),
        Direction::ServerLink if link != NO_ROW => (link, false),
        Direction::ServerLink if to_server != NO_ROW => (to_server, true),
        Direction::ServerLink => (to_client, false),
    };
    let (row, behind) = ROWS.get(usize::from(index)..)?.split_first()?;
    Some(Found { row, behind, relayed })
}

/// Puts the rows of all chapters in order of code, and keeps rows of one code in their order.
const fn sorted<const CHAPTERS: usize>(chapters: [&[Row]; CHAPTERS]) -> [Row; VARIANTS] {
    let mut rows = [chapters[0][0]; VARIANTS];
    let (mut count, mut chapter) = (0, 0);
    while chapter < CHAPTERS {
        let mut index = 0;
        while index < chapters[chapter].len() {
            let row = chapters[chapter][index];
            let mut place = count;
            while place > 0 && rows[place - 1].spec.code.0 > row.spec.code.0 {
                rows[place] = rows[place - 1];
                place -= 1;
            }
            rows[place] = row;
            count += 1;
            index += 1;
        }
        chapter += 1;
    }
    assert!(count == VARIANTS, "each row has its variant in `message_enum!`");
    rows
}

const NO_ROW: u16 = u16::MAX;

/// For each code the place of its row for clients, servers and links.
static INDEX: [[u16; 3]; HIGHEST_CODE + 1] = {
    let mut index = [[NO_ROW; 3]; HIGHEST_CODE + 1];
    let mut place = 0;
    while place < ROWS.len() {
        let spec = ROWS[place].spec;
        let slots = &mut index[spec.code.0 as usize];
        if spec.shape.is_none() {
            match spec.directions {
                Directions::ToServer => slots[0] = place as u16,
                Directions::ToClient => slots[1] = place as u16,
                Directions::Both => {
                    slots[0] = place as u16;
                    slots[1] = place as u16;
                }
                Directions::ServerLink => slots[2] = place as u16,
            }
        }
        place += 1;
    }
    index
};

/// The highest code of the table.
const HIGHEST_CODE: usize = 10304;
