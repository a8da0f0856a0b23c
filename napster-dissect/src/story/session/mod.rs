//! What a client did on an index server, from its login to its end.

mod fetch;
mod note;

pub(super) use fetch::{Bound, Hosts, Role, Wanted, could_be};
pub(super) use note::{Asked, Entry, answered, concerns, note};

use std::net::SocketAddr;

use super::record::TransferEnd;

/// What a client did on an index server. Lists are capped; `omitted` counts what they lack.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// The nickname in bytes.
    pub nick: Option<Vec<u8>>,
    /// The client program in bytes.
    pub client_info: Option<Vec<u8>>,
    /// The link type.
    pub link_type: Option<u32>,
    /// The port at which the client says it listens; 0 says that it cannot be reached.
    pub data_port: Option<u16>,
    /// The e-mail address with which the server accepted the login, in bytes.
    pub email: Option<Vec<u8>>,
    /// Whether the server accepted the login.
    pub logged_in: bool,
    /// What was searched.
    pub searches: Vec<SessionSearch>,
    /// Whose files were listed.
    pub browses: Vec<SessionBrowse>,
    /// The files that the client wanted.
    pub transfers: Vec<SessionTransfer>,
    /// The files that others wanted of the client.
    pub uploads: Vec<SessionTransfer>,
    /// The channels joined.
    pub channels: Vec<Vec<u8>>,
    /// Where the client talked.
    pub said: Vec<SessionTalk>,
    /// How many entries the lists lack.
    pub omitted: u64,
    /// Counts that are right whatever the lists lack.
    pub counts: SessionCounts,
}

impl Session {
    /// Counts the entries of all lists.
    pub(super) const fn entries(&self) -> usize {
        self.searches.len()
            + self.browses.len()
            + self.transfers.len()
            + self.uploads.len()
            + self.channels.len()
            + self.said.len()
    }

    /// Counts the bytes of all texts and entries.
    pub(crate) fn size(&self) -> usize {
        let texts =
            [&self.nick, &self.client_info, &self.email].into_iter().flatten().map(Vec::len);
        let searches = self.searches.iter().map(|search| search.query.len());
        let browses = self.browses.iter().map(|browse| browse.nick.len());
        let wanted = self
            .transfers
            .iter()
            .chain(&self.uploads)
            .map(|transfer| transfer.file.len() + transfer.nick.as_ref().map_or(0, Vec::len));
        let channels = self.channels.iter().map(Vec::len);
        let said = self.said.iter().map(|talk| talk.first.len() + talk.place.name().len());
        let text: usize =
            texts.chain(searches).chain(browses).chain(wanted).chain(channels).chain(said).sum();
        size_of::<Self>() + text + self.entries() * size_of::<SessionTransfer>()
    }
}

impl TalkPlace {
    /// The name of the channel or user.
    fn name(&self) -> &[u8] {
        match self {
            Self::Channel(name) | Self::User(name) => name,
        }
    }
}

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSearch {
    /// The query as it was said.
    pub query: Vec<u8>,
    /// How many results came.
    pub results: u64,
    /// Whether their end came too.
    pub ended: bool,
}

/// A list of a user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionBrowse {
    /// The nickname of the user in bytes.
    pub nick: Vec<u8>,
    /// How many files came.
    pub files: u64,
    /// Whether their end came too.
    pub ended: bool,
}

/// A file that a client wanted or was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionTransfer {
    /// The nickname of the other user in bytes, where it was said.
    pub nick: Option<Vec<u8>>,
    /// The path in bytes, as the session has it.
    pub file: Vec<u8>,
    /// The name of the server's message that answered the request.
    pub answer: Option<&'static str>,
    /// The connection on which the file was asked for.
    pub flow: Option<u64>,
    /// The announced size in bytes, once the transfer ended.
    pub size: Option<u64>,
    /// File bytes seen, once the transfer ended.
    pub bytes: u64,
    /// How the transfer ended; `None` where it had not when the session did.
    pub ended: Option<TransferEnd>,
}

/// What a client said in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTalk {
    /// Where.
    pub place: TalkPlace,
    /// How many lines.
    pub lines: u64,
    /// The first of them in bytes.
    pub first: Vec<u8>,
}

/// Where something was said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TalkPlace {
    /// In the channel of that name.
    Channel(Vec<u8>),
    /// To the user of that nickname alone.
    User(Vec<u8>),
}

/// How much a client did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// Searches.
    pub searches: u64,
    /// Results of all searches.
    pub results: u64,
    /// Lists of users' files asked for.
    pub browses: u64,
    /// Files wanted.
    pub transfers: u64,
    /// Those of them that came whole.
    pub complete: u64,
    /// Lines said, in channels and to users.
    pub lines: u64,
}

/// A session in the counts of a whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSummary {
    /// Its flow.
    pub flow: u64,
    /// The client's address.
    pub client: SocketAddr,
    /// The server's address.
    pub server: SocketAddr,
    /// The nickname in bytes.
    pub nick: Option<Vec<u8>>,
    /// The client program in bytes.
    pub client_info: Option<Vec<u8>>,
    /// Whether the server accepted the login.
    pub logged_in: bool,
    /// How much the client did.
    pub counts: SessionCounts,
}
