//! What a caller can ask a server for, beside transfers and his own account.

use core::time::Duration;

use crate::irregular::Md5;
use crate::message::{
    BrowseNewRequest, BrowseRequest, ChannelList, ChannelNames, DirectBrowseAccept,
    DirectBrowseRequest, Emote, FullChannelList, HotlistAdd, HotlistRemove, HotlistSeed, IgnoreAdd,
    IgnoreClear, IgnoreList, IgnoreRemove, JoinChannel, LinkSpeedRequest, MotdRequest, PartChannel,
    Ping, PrivateMessage, PublicMessage, ResumeRequest, SearchRequest, ServerPing, StatsRequest,
    TopicSet, WhoisRequest,
};
use crate::query::{Clause, Query, TextTopic};
use crate::session::client::Client;
use crate::session::client::account::token;
use crate::session::client::event::RequestId;
use crate::session::error::UserError;
use crate::text::{Quoted, Text};

/// Finding files.
impl Client {
    /// How many results the short form of a search asks for.
    pub const SEARCH_RESULTS: u64 = 100;

    /// Searches for words (200): the short form.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn search(&mut self, now: Duration, words: &[u8]) -> Result<RequestId, UserError> {
        let words =
            Quoted::new(words).map_err(|error| UserError::InvalidText { field: "words", error })?;
        let query = Query::new()
            .with(Clause::Text(TextTopic::FilenameContains, words))
            .max_results(Self::SEARCH_RESULTS);
        self.search_with(now, query)
    }

    /// Searches with all clauses (200): the long form.
    ///
    /// Results come as [`Song`](crate::session::ClientEvent::Song), then the request is finished.
    /// No result names its search, so that those of several at a time can be told only by order.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn search_with(&mut self, now: Duration, query: Query<'_>) -> Result<RequestId, UserError> {
        self.request(now, SearchRequest { query })
    }

    /// Searches for other copies of a file (215).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn search_copies(
        &mut self,
        now: Duration,
        md5: &Md5<'_>,
        size: u64,
    ) -> Result<RequestId, UserError> {
        self.request(now, ResumeRequest { md5: md5.clone(), size })
    }

    /// Lists what a user shares (211).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn browse(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, BrowseRequest { nick: token("nick", nick)?, max: None })
    }

    /// Lists what a user shares, directory by directory (10301, opennap 0.36).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn browse_directories(
        &mut self,
        now: Duration,
        nick: &[u8],
    ) -> Result<RequestId, UserError> {
        self.request(now, BrowseNewRequest { nick: token("nick", nick)?, max: None })
    }

    /// Asks for a connection to a user, to get his list from himself (640).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn browse_directly(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, DirectBrowseRequest { nick: token("nick", nick)? })
    }

    /// Agrees to give one's list to a user who asked for it (641).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn accept_direct_browse(&mut self, now: Duration, nick: &[u8]) -> Result<(), UserError> {
        self.send(now, DirectBrowseAccept { requester: token("nick", nick)? }).map(|_| ())
    }
}

/// Users.
impl Client {
    /// Asks who a user is (603).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn whois(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, WhoisRequest { nick: token("nick", nick)? })
    }

    /// Pings a user's program (751).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ping(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, Ping { to: token("nick", nick)?, args: None })
    }

    /// Asks for a user's link (600).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn link_speed(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, LinkSpeedRequest { nick: token("nick", nick)? })
    }

    /// Watches a user (207): his comings and goings are told from now on.
    ///
    /// opennap does not answer for a nick that is watched already.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn hotlist_add(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, HotlistAdd { nick: token("nick", nick)? })
    }

    /// Watches a user of the list that was kept from the last session (208).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn hotlist_seed(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, HotlistSeed { nick: token("nick", nick)? })
    }

    /// Watches a user no longer (303); nothing answers.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn hotlist_remove(&mut self, now: Duration, nick: &[u8]) -> Result<(), UserError> {
        self.send(now, HotlistRemove { nick: token("nick", nick)? }).map(|_| ())
    }

    /// Lists the ignored users (320).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ignore_list(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, IgnoreList {})
    }

    /// Ignores a user (322).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ignore_add(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, IgnoreAdd { nick: token("nick", nick)? })
    }

    /// Ignores a user no longer (323).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ignore_remove(&mut self, now: Duration, nick: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, IgnoreRemove { nick: token("nick", nick)? })
    }

    /// Ignores nobody any longer (326).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ignore_clear(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, IgnoreClear {})
    }

    /// Writes to a user (205); his answer is a message like any other.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn private_message(
        &mut self,
        now: Duration,
        nick: &[u8],
        text: &[u8],
    ) -> Result<(), UserError> {
        let (to, message) = (token("nick", nick)?, Text::read(text));
        self.send(now, PrivateMessage { to, message }).map(|_| ())
    }
}

/// Channels.
impl Client {
    /// Lists the channels (617).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn list_channels(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, ChannelList {})
    }

    /// Lists the channels with their settings (827).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn list_all_channels(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, FullChannelList {})
    }

    /// Joins a channel (400): its members come, then the topic.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn join(&mut self, now: Duration, channel: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, JoinChannel { channel: token("channel", channel)? })
    }

    /// Leaves a channel (401); official servers do not answer.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn part(&mut self, now: Duration, channel: &[u8]) -> Result<RequestId, UserError> {
        let request = self.request(now, PartChannel { channel: token("channel", channel)? })?;
        self.forget_channel(channel);
        Ok(request)
    }

    /// Lists the members of a channel (830).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn list_users(&mut self, now: Duration, channel: &[u8]) -> Result<RequestId, UserError> {
        self.request(now, ChannelNames { channel: token("channel", channel)? })
    }

    /// Speaks in a channel (402); the words come back.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn public_message(
        &mut self,
        now: Duration,
        channel: &[u8],
        text: &[u8],
    ) -> Result<RequestId, UserError> {
        let (channel, text) = (token("channel", channel)?, Text::read(text));
        self.request(now, PublicMessage { channel, text })
    }

    /// Acts in a channel (824).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn emote(&mut self, now: Duration, channel: &[u8], text: &[u8]) -> Result<(), UserError> {
        let text =
            Quoted::new(text).map_err(|error| UserError::InvalidText { field: "text", error })?;
        self.send(now, Emote { channel: token("channel", channel)?, text }).map(|_| ())
    }

    /// Asks for the topic of a channel (410), or sets it.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn topic(
        &mut self,
        now: Duration,
        channel: &[u8],
        topic: Option<&[u8]>,
    ) -> Result<RequestId, UserError> {
        let channel = token("channel", channel)?;
        self.request(now, TopicSet { channel, topic: topic.map(Text::read) })
    }
}

/// The server.
impl Client {
    /// Asks for the counters (214), which also come unasked.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ask_stats(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, StatsRequest {})
    }

    /// Asks for the message of the day (621); nothing tells its last line.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ask_motd(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, MotdRequest {})
    }

    /// Pings the server (750).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn ping_server(&mut self, now: Duration) -> Result<RequestId, UserError> {
        self.request(now, ServerPing { data: None })
    }
}
