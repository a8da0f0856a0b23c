//! How logins and requests end.

use crate::text::Text;

/// Why a login or registration failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginRefusal {
    /// The server said why (0): a wrong password, a full server, a nick in use.
    Error(Text<'static>),
    /// The nick is registered already (9).
    NickTaken,
    /// The nick cannot be used (10).
    NickInvalid,
    /// Another server said why (13).
    LoginError(Text<'static>),
    /// Another server said why (404).
    Notice(Text<'static>),
    /// No answer came in time.
    TimedOut,
}

/// What a server says of a nick that one would register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "messages 8, 9 and 10")]
pub enum NickState {
    /// It is free.
    Available,
    /// It is registered.
    Taken,
    /// It cannot be a nick.
    Invalid,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was answered.
    Done,
    /// It was refused.
    Refused,
    /// Its end did not come in time.
    TimedOut,
    /// The session ended before.
    Disconnected,
}
