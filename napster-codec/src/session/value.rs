//! What is talked about in a session, as values of their own: songs, users, channels.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::irregular::Md5;
use crate::message::{
    BrowseNewResult, BrowseResult, ChannelEntry, ChannelNameEntry, ChannelUser, FullChannelEntry,
    ResumeResult, SearchResult, ServerStats, ShareEntry, ShareFile, Whois, Whowas,
};
use crate::number::{LevelNumber, LinkType};
use crate::text::{Quoted, Text, Token};

/// A file that somebody shares, as a search, a browse or a search for copies tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Song {
    /// The owner.
    pub nick: Token<'static>,
    /// The path as its owner shares it; it names the file to the server.
    pub filename: Quoted<'static>,
    /// The checksum.
    pub md5: Md5<'static>,
    /// The size in bytes.
    pub size: u64,
    /// The bit rate in kbit/s; a search for copies (216) does not tell it.
    pub bitrate: Option<u32>,
    /// The sample rate in Hz; 216 does not tell it.
    pub frequency: Option<u32>,
    /// The playing time in seconds; 216 does not tell it.
    pub duration: Option<u32>,
    /// The owner's link; a browse does not tell it.
    pub link_type: Option<LinkType>,
    /// The owner's address; a browse does not tell it.
    pub ip: Option<Ipv4Addr>,
    /// The owner's data port; only 216 tells it.
    pub port: Option<u16>,
}

impl Song {
    /// The last part of the path: what people call the file.
    ///
    /// It is the owner's text, not a safe name for a file of one's own.
    #[must_use]
    pub fn title(&self) -> &[u8] {
        last_part(self.filename.as_bytes())
    }

    /// The files of one message 10302, whose directory is glued in front of each name.
    pub(super) fn from_directory(entry: &BrowseNewResult<'_>) -> Vec<Self> {
        let nick = entry.nick.clone().into_owned();
        let song = |file: ShareEntry<'_>| {
            let filename = glue(entry.directory.as_bytes(), file.filename.as_bytes());
            Some(Self {
                nick: nick.clone(),
                filename: Quoted::try_from(filename).ok()?,
                md5: file.md5.into_owned(),
                size: file.size,
                bitrate: Some(file.bitrate),
                frequency: Some(file.frequency),
                duration: Some(file.duration),
                link_type: None,
                ip: None,
                port: None,
            })
        };
        entry.files.iter().filter_map(song).collect()
    }
}

impl From<SearchResult<'_>> for Song {
    fn from(hit: SearchResult<'_>) -> Self {
        Self {
            nick: hit.nick.into_owned(),
            filename: hit.filename.into_owned(),
            md5: hit.md5.into_owned(),
            size: hit.size,
            bitrate: Some(hit.bitrate),
            frequency: Some(hit.frequency),
            duration: Some(hit.duration),
            link_type: Some(hit.link_type),
            ip: hit.ip.v4(),
            port: None,
        }
    }
}

impl From<BrowseResult<'_>> for Song {
    fn from(file: BrowseResult<'_>) -> Self {
        Self {
            nick: file.nick.into_owned(),
            filename: file.filename.into_owned(),
            md5: file.md5.into_owned(),
            size: file.size,
            bitrate: Some(file.bitrate),
            frequency: Some(file.frequency),
            duration: Some(file.duration),
            link_type: None,
            ip: None,
            port: None,
        }
    }
}

impl From<ResumeResult<'_>> for Song {
    fn from(copy: ResumeResult<'_>) -> Self {
        Self {
            nick: copy.nick.into_owned(),
            filename: copy.filename.into_owned(),
            md5: copy.md5.into_owned(),
            size: copy.size,
            bitrate: None,
            frequency: None,
            duration: None,
            link_type: Some(copy.link_type),
            ip: copy.ip.v4(),
            port: Some(copy.port),
        }
    }
}

/// A user, as far as a message tells of him.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The nick.
    pub nick: Token<'static>,
    /// The channel in whose list he stands.
    pub channel: Option<Token<'static>>,
    /// How many files he shares.
    pub shared: Option<u32>,
    /// His link.
    pub link_type: Option<LinkType>,
    /// What only [`Client::whois`](super::Client::whois) tells.
    pub whois: Option<Whois<'static>>,
    /// What whois tells of somebody who is off line.
    pub whowas: Option<Whowas<'static>>,
}

impl User {
    /// Whether he is on line.
    #[must_use]
    pub const fn is_online(&self) -> bool {
        self.whowas.is_none()
    }

    /// The channels that he is in, where whois told them.
    pub fn channels(&self) -> impl Iterator<Item = &[u8]> {
        let channels = self.whois.as_ref().map(|whois| whois.channels.as_bytes());
        let words = channels.unwrap_or_default().split(|&byte| byte == b' ');
        words.filter(|word| !word.is_empty())
    }

    pub(super) fn in_channel(
        channel: Token<'_>,
        nick: Token<'_>,
        shared: Option<u32>,
        link_type: Option<LinkType>,
    ) -> Self {
        Self {
            nick: nick.into_owned(),
            channel: Some(channel.into_owned()),
            shared,
            link_type,
            whois: None,
            whowas: None,
        }
    }
}

impl From<ChannelUser<'_>> for User {
    fn from(user: ChannelUser<'_>) -> Self {
        Self::in_channel(user.channel, user.nick, Some(user.shared), Some(user.link_type))
    }
}

impl From<ChannelNameEntry<'_>> for User {
    fn from(user: ChannelNameEntry<'_>) -> Self {
        Self::in_channel(user.channel, user.nick, Some(user.shared), Some(user.link_type))
    }
}

impl From<Whois<'static>> for User {
    fn from(whois: Whois<'static>) -> Self {
        Self {
            nick: whois.nick.clone(),
            channel: None,
            shared: Some(whois.shared),
            link_type: Some(whois.link_type),
            whois: Some(whois),
            whowas: None,
        }
    }
}

impl From<Whowas<'static>> for User {
    fn from(whowas: Whowas<'static>) -> Self {
        Self {
            nick: whowas.nick.clone(),
            channel: None,
            shared: None,
            link_type: None,
            whois: None,
            whowas: Some(whowas),
        }
    }
}

/// A channel in a list of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Channel {
    /// The name.
    pub name: Token<'static>,
    /// How many users are in it.
    pub users: u32,
    /// The topic.
    pub topic: Text<'static>,
    /// The lowest level of a user who may join; only the full list (828) tells it.
    pub level: Option<LevelNumber>,
    /// The most users; only the full list (828) tells it.
    pub limit: Option<i32>,
}

impl From<ChannelEntry<'_>> for Channel {
    fn from(entry: ChannelEntry<'_>) -> Self {
        Self {
            name: entry.channel.into_owned(),
            users: entry.users,
            topic: entry.topic.map_or_else(|| Text::read(&[]), Text::into_owned),
            level: None,
            limit: None,
        }
    }
}

impl From<FullChannelEntry<'_>> for Channel {
    fn from(entry: FullChannelEntry<'_>) -> Self {
        let topic = Text::try_from(entry.topic.as_bytes().to_vec());
        Self {
            name: entry.channel.into_owned(),
            users: entry.users,
            topic: topic.unwrap_or_else(|_| Text::read(&[])),
            level: Some(entry.level),
            limit: Some(entry.limit),
        }
    }
}

/// What a server tells of itself in message 214.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStatistics {
    /// Users on line.
    pub users: u32,
    /// Files shared.
    pub files: u32,
    /// Their size in gigabytes.
    pub gigabytes: u32,
}

impl From<&ServerStats<'_>> for ServerStatistics {
    fn from(stats: &ServerStats<'_>) -> Self {
        Self { users: stats.users, files: stats.files, gigabytes: stats.size }
    }
}

/// A file of one's own to share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of message 100")]
pub struct SharedFile {
    /// The path to tell the server; others ask for the file by it.
    pub filename: Quoted<'static>,
    /// The checksum.
    pub md5: Md5<'static>,
    /// The size in bytes.
    pub size: u64,
    /// The bit rate in kbit/s.
    pub bitrate: u32,
    /// The sample rate in Hz.
    pub frequency: u32,
    /// The playing time in seconds.
    pub duration: u32,
}

/// The file as message 100 tells it to a server, and as the entries of a list from its owner do.
impl From<SharedFile> for ShareFile<'static> {
    fn from(file: SharedFile) -> Self {
        let SharedFile { filename, md5, size, bitrate, frequency, duration } = file;
        Self { filename, md5, size, bitrate, frequency, duration }
    }
}

/// What is behind the last backslash, slash or colon.
pub(super) fn last_part(path: &[u8]) -> &[u8] {
    let separator = path.iter().rposition(|byte| matches!(byte, b'\\' | b'/' | b':'));
    separator.and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// A directory and a name as one path; opennap puts a backslash between them where none is.
pub(super) fn glue(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = directory.to_vec();
    if !matches!(path.last(), Some(b'\\' | b'/') | None) {
        path.push(b'\\');
    }
    path.extend_from_slice(name);
    path
}
