//! What a server tells its caller, and why it refuses.

use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::code::Code;
use crate::connection::ConnectionId;
use crate::diagnostic::DecodeError;
use crate::frame::Packet;
use crate::message::EncodeError;
use crate::text::{Password, Text, Token};

/// What happened, or what the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// A client logged in.
    LoggedIn {
        /// Its connection.
        connection: ConnectionId,
        /// Its nick.
        nick: Vec<u8>,
        /// Message 2 or 6.
        packet: Packet,
    },
    /// A client is no longer logged in: its files, memberships and requests are gone.
    LoggedOut {
        /// Its connection.
        connection: ConnectionId,
        /// Its nick.
        nick: Vec<u8>,
        /// Why.
        cause: Departure,
    },
    /// The caller is to check whether a password is the one that it hashed, and to say so with
    /// [`Server::password_checked`](super::Server::password_checked).
    CheckPassword {
        /// Who waits for it.
        connection: ConnectionId,
        /// The hash: a [`StoredPassword::Hashed`](super::StoredPassword::Hashed).
        hash: Vec<u8>,
        /// The password; `Debug` does not show it.
        password: Password<'static>,
    },
    /// A message was obeyed.
    Message {
        /// Who sent it.
        connection: ConnectionId,
        /// The message.
        packet: Packet,
    },
    /// A message was refused, and the client was told.
    Refused {
        /// Who sent it.
        connection: ConnectionId,
        /// The message.
        packet: Packet,
        /// Why.
        refusal: Refusal,
    },
    /// A message that the server does not model; the client was told that the command is unknown.
    Unmodelled {
        /// Who sent it.
        connection: ConnectionId,
        /// The message.
        packet: Packet,
    },
    /// A connection was turned away when it came, or before it had logged in.
    TurnedAway {
        /// The connection.
        connection: ConnectionId,
        /// Why.
        refusal: Refusal,
    },
    /// A message could not be written: a text does not fit its place.
    NotSent {
        /// Who should have got it.
        connection: ConnectionId,
        /// Which message.
        code: Code,
        /// Why.
        error: EncodeError,
    },
    /// Events were dropped, since the caller did not take them.
    Dropped {
        /// How many.
        events: u64,
    },
    /// An administrator asks the caller to read the settings anew (message 10117); see
    /// [`Server::set_motd`](super::Server::set_motd).
    ReloadRequested {
        /// Who asked.
        connection: ConnectionId,
    },
    /// The caller is to close the connection now and may forget it.
    Close(ConnectionId),
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Departure {
    /// The client closed the connection, or it broke.
    Left,
    /// A moderator ended it.
    Killed {
        /// Who.
        by: Vec<u8>,
    },
    /// The same nick logged in again from the same address.
    Replaced,
    /// The client did not read what was sent to it.
    NotReading,
    /// The client sent a message that is longer than the limit.
    MessageTooLong,
    /// The client sent more messages than allowed in that time.
    Flooding,
    /// The client said nothing for too long.
    Idle,
    /// The server ends.
    ShutDown,
}

impl fmt::Display for Departure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Left => f.write_str("the connection was closed or broke"),
            Self::Killed { by } => write!(f, "killed by {}", Text::read(by)),
            Self::Replaced => f.write_str("the same user logged in again"),
            Self::NotReading => f.write_str("does not read what is sent"),
            Self::MessageTooLong => f.write_str("sent a message that is too long"),
            Self::Flooding => f.write_str("sent too many messages"),
            Self::Idle => f.write_str("said nothing for too long"),
            Self::ShutDown => f.write_str("the server ends"),
        }
    }
}

/// What everybody is told when the server ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Farewell {
    /// A text, message 404.
    Text(Text<'static>),
    /// Another server to connect to, message 821.
    Redirect {
        /// Its name or address.
        host: Token<'static>,
        /// Its port.
        port: u16,
    },
    /// A redirector to ask again, message 822: `host:port`.
    Cycle {
        /// Where it is.
        metaserver: Token<'static>,
    },
}

/// Why a message is refused; `Display` and [`text`](Self::text) are what the client is told.
///
/// The words are those of opennap where it has some, since programs and people know them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The payload does not fit its message.
    Unparsable(DecodeError),
    /// The fields are there, but make no sense.
    Senseless,
    /// A code that the server does not model.
    UnknownCommand(Code),
    /// Before the login only few messages are allowed; the connection is closed.
    InvalidCommand,
    /// There is no room; the connection is closed.
    ServerFull(usize),
    /// There are too many connections from this address; the connection is closed.
    TooManyConnections,
    /// Nobody logged in within that time; the connection is closed.
    LoginTimeout(Duration),
    /// The server ends and lets nobody in; the connection is closed.
    ShuttingDown,
    /// A message is longer than that many bytes; the connection is closed.
    MessageTooLong(usize),
    /// There are more messages than allowed in that time; the connection is closed.
    Flooding(usize, Duration),
    /// Nothing was said for longer than that; the connection is closed.
    Idle(Duration),
    /// Too much came while a password was checked; the connection is closed.
    TooHasty,
    /// Nobody may have this nick; a login is closed.
    InvalidNick,
    /// The password is wrong; the connection is closed.
    InvalidPassword,
    /// The link type is none; the connection is closed.
    InvalidSpeed,
    /// The port is none; the connection is closed.
    InvalidPort,
    /// Somebody else uses the nick; the connection is closed.
    AlreadyActive(Vec<u8>),
    /// The nick is registered already; the connection is closed.
    Registered,
    /// Only registered nicks may log in; the connection is closed.
    RegisteredOnly,
    /// No more nicks can be registered; the connection is closed.
    TooManyAccounts,
    /// The nick or address is banned; the connection is closed.
    Banned(Vec<u8>),
    /// The client is logged in already.
    AlreadyLoggedIn,
    /// The user's level is too low.
    PermissionDenied,
    /// Users of the lowest level may not download.
    Leech,
    /// The user may not talk.
    Muzzled,
    /// Nobody of that nick is here.
    NotOnline,
    /// Nobody of that nick is here to be pinged.
    PingFailed(Vec<u8>),
    /// The other user does not want to hear of this one.
    Ignoring(Vec<u8>),
    /// The owner can be reached directly.
    NotFirewalled(Vec<u8>),
    /// The owner has no such file, or cannot be reached at all; answered with message 206.
    NoFile {
        /// The owner.
        nick: Vec<u8>,
        /// The file.
        filename: Vec<u8>,
    },
    /// There is no request that this could answer.
    NoRequest,
    /// The file to withdraw is not shared.
    NotSharing,
    /// The file is shared already.
    DuplicateFile,
    /// The size is not possible.
    InvalidSize,
    /// The name holds what cannot be sent again, or is too long.
    InvalidFilename,
    /// The type of media is none of the six.
    InvalidMediaType,
    /// The user shares as many files as allowed.
    TooManyFiles(usize),
    /// The server's index is full.
    IndexFull,
    /// The search cannot be read, or has no words.
    InvalidSearch,
    /// The search wants a type of media that is none.
    InvalidSearchType(Vec<u8>),
    /// No channel has that name.
    NoSuchChannel,
    /// The channel stays only as long as somebody is in it anyway.
    ChannelNotRegistered,
    /// Nothing can have that name.
    InvalidChannel,
    /// The user is in the channel already.
    AlreadyMember(Vec<u8>),
    /// The user is in as many channels as allowed.
    TooManyChannels(usize),
    /// The channel does not let the user in.
    JoinFailed(&'static str),
    /// The user is not in the channel.
    NotMember,
    /// Somebody else is not in the channel.
    NoSuchMember,
    /// Only those with voice may talk.
    Moderated,
    /// The user may not talk in this channel.
    MuzzledOnChannel,
    /// Only operators of the channel may do that.
    NotOperator,
    /// Only operators of the channel may set its topic.
    TopicFailed,
    /// A list of the server or of a channel has no room.
    ListFull,
    /// No ban has that mask.
    NoSuchBan,
    /// Nobody has registered that nick.
    NotRegistered,
    /// Nobody can be given that level.
    InvalidLevel,
    /// Connections from this address are not taken; the connection is closed.
    AddressDenied,
    /// It is no address, or its mask is none.
    InvalidAddress,
    /// The access list does not have that address.
    NoSuchAddress,
    /// There is no setting of that name.
    NoSuchSetting(Vec<u8>),
    /// The setting cannot have that value.
    InvalidSetting(Vec<u8>),
    /// Only this server is here.
    NoSuchServer,
    /// Nobody of that nick has left lately.
    NotSeen,
    /// A pseudo user does not know the command.
    UnknownService {
        /// Its name.
        service: &'static str,
        /// The command.
        command: Vec<u8>,
    },
}

impl Refusal {
    /// The bytes of the text that the client gets.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let (nick, words): (&[u8], &str) = match self {
            Self::Ignoring(nick) => (nick, " is ignoring you"),
            Self::NotFirewalled(nick) => (nick, " is not firewalled"),
            Self::AlreadyActive(nick) => (nick, " is already active"),
            Self::InvalidSearchType(word) => (word, ": invalid type for search"),
            Self::NoSuchSetting(name) => return join(&[b"no such variable ", name]),
            Self::InvalidSetting(name) => return join(&[b"error setting variable ", name]),
            Self::UnknownService { service, command } => {
                return join(&[b"Unknown ", service.as_bytes(), b" command: ", command]);
            }
            Self::PingFailed(nick) => return join(&[b"ping failed, ", nick, b" is not online"]),
            Self::Banned(reason) => return join(&[b"You are banned from this server: ", reason]),
            Self::AlreadyMember(channel) => {
                return join(&[b"You are already a member of channel ", channel]);
            }
            Self::NoFile { nick, filename } => return join(&[nick, b" does not share ", filename]),
            Self::UnknownCommand(code) => {
                return alloc::format!("Unknown command code {code}").into();
            }
            Self::ServerFull(most) => {
                return alloc::format!("This server is full ({most} connections)").into();
            }
            Self::LoginTimeout(time) => {
                return alloc::format!("no login within {} seconds", time.as_secs()).into();
            }
            Self::MessageTooLong(most) => {
                return alloc::format!("message longer than {most} bytes").into();
            }
            Self::Flooding(most, time) => {
                return alloc::format!("more than {most} messages in {} seconds", time.as_secs())
                    .into();
            }
            Self::Idle(time) => {
                return alloc::format!("idle for more than {} seconds", time.as_secs()).into();
            }
            Self::TooManyFiles(most) => {
                return alloc::format!("You may share at most {most} files").into();
            }
            Self::TooManyChannels(most) => {
                return alloc::format!("Maximum number of channels is {most}").into();
            }
            Self::JoinFailed(why) => return join(&[b"channel join failed: ", why.as_bytes()]),
            plain => (&[], plain.words()),
        };
        join(&[nick, words.as_bytes()])
    }

    /// The texts that name nobody.
    const fn words(&self) -> &'static str {
        match self {
            Self::Unparsable(_) | Self::Senseless => "parameters are unparsable",
            Self::InvalidCommand => "invalid command",
            Self::TooManyConnections => "Exceeded max connections to this server",
            Self::ShuttingDown => "this server is shutting down",
            Self::TooHasty => "too much was sent before the login was answered",
            Self::InvalidNick => "invalid nickname",
            Self::InvalidPassword => "Invalid Password",
            Self::InvalidSpeed => "invalid speed",
            Self::InvalidPort => "invalid port",
            Self::Registered => "account registered to another user",
            Self::RegisteredOnly => "only registered accounts allowed on this server",
            Self::TooManyAccounts => "no more accounts can be registered on this server",
            Self::AlreadyLoggedIn => "you are already logged in",
            Self::PermissionDenied => "permission denied",
            Self::Leech => "permission denied: you are a leech",
            Self::Muzzled => "You are muzzled.",
            Self::NotOnline => "User is not currently online.",
            Self::NoRequest => "nobody has requested that file",
            Self::NotSharing => "Not sharing that file",
            Self::DuplicateFile => "duplicate file",
            Self::InvalidSize => "invalid size",
            Self::InvalidFilename => "invalid file name",
            Self::InvalidMediaType => "not a valid media type",
            Self::IndexFull => "the index of this server is full",
            Self::InvalidSearch => "invalid search request",
            Self::NoSuchChannel => "no such channel",
            Self::InvalidChannel => "invalid channel",
            Self::ChannelNotRegistered => "channel is not registered",
            Self::NotMember => "You are not a member of that channel",
            Self::NoSuchMember => "user is not on that channel",
            Self::Moderated => "permission denied: channel is moderated",
            Self::MuzzledOnChannel => "permission denied: muzzled on channel",
            Self::NotOperator => "permission denied: you are not operator on that channel",
            Self::TopicFailed => "topic failed: you are not operator on that channel",
            Self::ListFull => "the list is full",
            Self::NoSuchBan => "no such ban",
            Self::NotRegistered => "no such registered user",
            Self::InvalidLevel => "unknown level",
            Self::AddressDenied => "connections from your address are not allowed",
            Self::InvalidAddress => "unable to parse ip/mask",
            Self::NoSuchAddress => "no matching ip addresses",
            Self::NoSuchServer => "no such server",
            Self::NotSeen => "nobody of that nick has left lately",
            _ => "",
        }
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Text::read(&self.text()), f)
    }
}

impl core::error::Error for Refusal {}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::Unparsable(error)
    }
}
