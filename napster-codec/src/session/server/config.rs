//! What a server is told before it starts, and the bounds of everything that it keeps.

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;

use crate::number::UserLevel;

/// How a [`Server`](super::Server) is to behave.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The server's name, one word: it stands in messages 3, 404 and 604.
    pub name: Vec<u8>,
    /// The message of the day, one entry a line.
    pub motd: Vec<Vec<u8>>,
    /// Who is registered from the start.
    pub accounts: Vec<RegisteredUser>,
    /// Channels that are always there.
    pub channels: Vec<FixedChannel>,
    /// Whether only registered nicks may log in.
    ///
    /// Otherwise any unused nick is accepted with message 2, as the servers of the time did.
    pub registered_only: bool,
    /// Whether `#` is put in front of channels named without `#` or `&`, as opennap does.
    ///
    /// Official servers did not.
    pub hash_channels: bool,
    /// What users elsewhere are told in place of the address of a user on the loopback interface.
    pub external_address: Option<Ipv4Addr>,
    /// What the time that is passed in is counted from, in seconds since 1970-01-01 UTC; for the
    /// times in messages 605, 616 and 421.
    pub unix_time_at_zero: u64,
    /// Bounds.
    pub limits: ServerLimits,
}

impl ServerConfig {
    /// A server of that name with default limits that accepts any unused nick.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            motd: Vec::new(),
            accounts: Vec::new(),
            channels: Vec::new(),
            registered_only: false,
            hash_channels: false,
            external_address: None,
            unix_time_at_zero: 0,
            limits: ServerLimits::default(),
        }
    }
}

/// A registered user.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "what the protocol registers")]
pub struct RegisteredUser {
    /// The nick, as it is shown.
    pub nick: Vec<u8>,
    /// The password.
    pub password: StoredPassword,
    /// The e-mail address, where one is known.
    pub email: Option<Vec<u8>>,
    /// What the user may do.
    pub level: UserLevel,
}

impl fmt::Debug for RegisteredUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisteredUser(\"{}\", {})", self.nick.escape_ascii(), self.level)
    }
}

/// A password as it is kept; `Debug` shows neither form.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "the machine knows it or asks")]
pub enum StoredPassword {
    /// In clear text, as it travels; the machine compares it.
    Clear(Vec<u8>),
    /// Whatever the caller made of it; the caller is asked to check a password against it
    /// ([`ServerEvent::CheckPassword`](super::ServerEvent::CheckPassword)).
    Hashed(Vec<u8>),
}

impl StoredPassword {
    /// The bytes of either form.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Clear(bytes) | Self::Hashed(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for StoredPassword {
    /// A password in clear text.
    fn from(password: &[u8]) -> Self {
        Self::Clear(password.to_vec())
    }
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clear(_) => "Clear(***)",
            Self::Hashed(_) => "Hashed(***)",
        })
    }
}

/// An account and what is known of earlier sessions: all of it that outlives a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountState {
    /// Who is registered.
    pub user: RegisteredUser,
    /// Whether the user may not talk.
    pub is_muzzled: bool,
    /// A note of moderators (opennap-ng, message 10050); it changes nothing here.
    pub is_friend: bool,
    /// Another one.
    pub is_criminal: bool,
    /// When the last session ended, in seconds since 1970-01-01 UTC; 0 where there was none.
    pub last_seen: u64,
    /// Files that the user has fetched.
    pub total_downloads: u32,
    /// Files that others have fetched from the user.
    pub total_uploads: u32,
}

impl AccountState {
    /// An account without a past.
    #[must_use]
    pub const fn new(user: RegisteredUser) -> Self {
        Self {
            user,
            is_muzzled: false,
            is_friend: false,
            is_criminal: false,
            last_seen: 0,
            total_downloads: 0,
            total_uploads: 0,
        }
    }
}

/// A channel that is there also while nobody is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "what the channel lists show")]
pub struct FixedChannel {
    /// The name, one word.
    pub name: Vec<u8>,
    /// The topic.
    pub topic: Vec<u8>,
}

/// The most that a server keeps of anything, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Connections, logged in or not; the next one is told that the server is full.
    pub connections: usize,
    /// Connections from one address.
    pub connections_per_address: usize,
    /// Connections that only get their last words; more are closed without them.
    pub closing: usize,
    /// How long a connection may stay without login (opennap: 60 s).
    pub login_time: Duration,
    /// How long a connection may take to read its last words.
    pub closing_time: Duration,
    /// How long a user may say nothing; one who says nothing longer is told so and closed.
    ///
    /// The default has no end: opennap-ng ejects the idle only where there is no room.
    pub idle_time: Duration,
    /// Messages that one client may send within [`flood_time`](Self::flood_time); one that sends
    /// more is told so and closed.
    ///
    /// opennap counts too, but stops reading for a while, which a machine without sockets cannot.
    /// A whole collection may be shared in one go, one message a file.
    pub flood_messages: usize,
    /// The time in which messages are counted.
    pub flood_time: Duration,
    /// How often everybody gets message 214 (opennap: 60 s).
    pub stats_interval: Duration,
    /// Bytes of one message from a client; a longer one closes the connection.
    pub message: usize,
    /// Bytes that wait while a password is checked; who sends more is closed.
    pub inbox: usize,
    /// Bytes that wait for one client; one who lets more gather is closed.
    pub outbox: usize,
    /// Events that wait for the caller.
    pub events: usize,
    /// Registered users.
    pub accounts: usize,
    /// Shared files of all users.
    pub files: usize,
    /// Shared files of one user (opennap: 5,000).
    pub files_per_user: usize,
    /// Results of one search (official servers and opennap: 100).
    pub results: usize,
    /// Files that one search looks at.
    pub search_scan: usize,
    /// Files in the answer to one browse.
    pub browse: usize,
    /// Channels.
    pub channels: usize,
    /// Channels that one user may be in.
    pub channels_per_user: usize,
    /// Members of a channel, unless its operators set another number (opennap: 200).
    pub members: usize,
    /// Bans of one channel, and nicks invited to it.
    pub channel_bans: usize,
    /// Bans of the server.
    pub bans: usize,
    /// Networks on one access list (messages 10250 to 10261).
    pub access_list: usize,
    /// Users who left and are remembered (message 10121).
    pub past_users: usize,
    /// Nicks on one hotlist.
    pub hotlist: usize,
    /// Nicks on one ignore list.
    pub ignored: usize,
    /// Requests that wait for one owner's answer; the oldest is forgotten.
    pub pending_uploads: usize,
    /// Bytes of a nick.
    pub nick: usize,
    /// Bytes of a channel's name.
    pub channel_name: usize,
    /// Bytes of a line of talk; longer ones are cut (opennap: 180).
    pub talk: usize,
    /// Bytes of a topic, reason, client name or e-mail address; longer ones are cut, and longer
    /// passwords are refused.
    pub text: usize,
    /// Bytes of a file's path.
    pub path: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 6_000,
            connections_per_address: usize::MAX,
            closing: 256,
            login_time: Duration::from_secs(60),
            closing_time: Duration::from_secs(10),
            idle_time: Duration::MAX,
            flood_messages: 10_000,
            flood_time: Duration::from_secs(60),
            stats_interval: Duration::from_secs(60),
            message: 16 * 1024,
            inbox: 256 * 1024,
            outbox: 512 * 1024,
            events: 65_536,
            accounts: 100_000,
            files: 1_000_000,
            files_per_user: 5_000,
            results: 100,
            search_scan: 20_000,
            browse: 1_000,
            channels: 1_000,
            channels_per_user: 10,
            members: 200,
            channel_bans: 100,
            bans: 1_000,
            access_list: 1_000,
            past_users: 1_000,
            hotlist: 128,
            ignored: 128,
            pending_uploads: 256,
            nick: 32,
            channel_name: 64,
            talk: 512,
            text: 128,
            path: 512,
        }
    }
}
