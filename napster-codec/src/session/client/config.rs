//! What a client is told once.

use core::time::Duration;

use crate::number::LinkType;
use crate::profile::Profile;
use crate::text::{Password, Quoted, Token};

/// How long a client waits, and how much it does at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "settings, with a default for each")]
pub struct ClientConfig {
    /// How long the server may take to answer a login or registration; `MP3::Napster` waits 60 s.
    pub login_timeout: Duration,
    /// How long it may take to end any other answer.
    ///
    /// opennap holds the end of a search back for up to 180 s while linked servers are asked, so
    /// that a shorter time can give up on a search that goes on.
    pub request_timeout: Duration,
    /// How long a peer may take to connect once a transfer was agreed on.
    pub transfer_timeout: Duration,
    /// Whether pings of other users are answered.
    pub answer_pings: bool,
    /// How many files others may fetch at a time; further ones are told this limit (619).
    pub upload_limit: u32,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            login_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(180),
            transfer_timeout: Duration::from_secs(120),
            answer_pings: true,
            upload_limit: 16,
        }
    }
}

/// Who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of messages 2, 6 and 14")]
pub struct Account {
    /// The nick.
    pub nick: Token<'static>,
    /// The password, in clear text.
    pub password: Password<'static>,
    /// The TCP port for transfers; 0 says that nobody can connect here.
    pub data_port: u16,
    /// The name and version of the program; opennap keeps 32 bytes of it.
    pub client_info: Quoted<'static>,
    /// The link that others are told.
    pub link_type: LinkType,
    /// The e-mail address, said when the nick is registered.
    pub email: Option<Token<'static>>,
    /// The questionnaire, sent behind a registration.
    pub profile: Option<Profile<'static>>,
}
