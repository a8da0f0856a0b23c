//! The states of a client and every transition between them.
//!
//! ```text
//!             login                    3
//! connected ─────────→ logging_in ─────────→ logged_in
//!   │  ↑ ↑                │   ↑ 8
//!   │  │ └── 0 9 10 13 404┘   │            any ── close, disconnect ──→ closed
//!   │  └───── 0 9 10 13 ── checking_nick
//!   └──── register ───────────↑
//! ```

use crate::code::Code;

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Connected, and not logged in.
    Connected,
    /// The server was asked whether the nick is free, to register it.
    CheckingNick,
    /// The server was told nick and password.
    LoggingIn,
    /// The server took the login.
    LoggedIn,
    /// The connection is over.
    Closed,
}

/// What can change the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The caller logs in.
    Login,
    /// The caller registers.
    Register,
    /// The server sent this message.
    Message(u16),
    /// The server did not answer the login in time.
    Timeout,
    /// The connection ended, or the caller ends it.
    Close,
}

/// What is to be done on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing but to be in the new state.
    None,
    /// Send the registration.
    Register,
    /// Tell that the login succeeded.
    Welcome,
    /// Tell that the login was refused.
    Refuse,
    /// End all that is open.
    Finish,
}

/// One row.
pub(super) struct Transition {
    from: State,
    input: Input,
    pub(super) to: State,
    pub(super) action: Action,
}

const fn on(from: State, input: Input, to: State, action: Action) -> Transition {
    Transition { from, input, to, action }
}

/// Every transition; what is not here changes nothing.
static TRANSITIONS: &[Transition] = &[
    on(State::Connected, Input::Login, State::LoggingIn, Action::None),
    on(State::Connected, Input::Register, State::CheckingNick, Action::None),
    on(State::CheckingNick, Input::Message(8), State::LoggingIn, Action::Register),
    on(State::CheckingNick, Input::Message(9), State::Connected, Action::Refuse),
    on(State::CheckingNick, Input::Message(10), State::Connected, Action::Refuse),
    on(State::CheckingNick, Input::Message(0), State::Connected, Action::Refuse),
    on(State::CheckingNick, Input::Message(13), State::Connected, Action::Refuse),
    on(State::CheckingNick, Input::Timeout, State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Message(3), State::LoggedIn, Action::Welcome),
    on(State::LoggingIn, Input::Message(0), State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Message(9), State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Message(10), State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Message(13), State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Message(404), State::Connected, Action::Refuse),
    on(State::LoggingIn, Input::Timeout, State::Connected, Action::Refuse),
    // A server that said something else first can still let the client in.
    on(State::Connected, Input::Message(3), State::LoggedIn, Action::Welcome),
    on(State::Connected, Input::Close, State::Closed, Action::Finish),
    on(State::CheckingNick, Input::Close, State::Closed, Action::Finish),
    on(State::LoggingIn, Input::Close, State::Closed, Action::Finish),
    on(State::LoggedIn, Input::Close, State::Closed, Action::Finish),
];

impl State {
    /// The row for an input, if there is one.
    pub(super) fn on(self, input: Input) -> Option<&'static Transition> {
        TRANSITIONS.iter().find(|row| row.from == self && row.input == input)
    }

    /// Whether a message may be sent; opennap closes the connection on any other one before login.
    pub(super) fn permits(self, code: Code) -> bool {
        const BEFORE_LOGIN: [u16; 7] = [2, 4, 6, 7, 11, 300, 920];
        match self {
            Self::LoggedIn => true,
            Self::Closed => false,
            Self::Connected | Self::CheckingNick | Self::LoggingIn => {
                BEFORE_LOGIN.contains(&code.0)
            }
        }
    }
}
