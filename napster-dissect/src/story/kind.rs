//! What the story does with a message besides counting and telling it.

use napster_codec::message::AutoUpgrade;
use napster_codec::{Code, Direction, spec};

use super::record::Protocol;
use super::{announcements, session, sizes};

/// What is known of all messages of a code in a direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    code: Code,
    direction: Direction,
    /// The table's name for it.
    pub(super) name: &'static str,
    pub(super) concern: Concern,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    /// Nothing that anything else depends on.
    Nothing,
    /// What a session did.
    Session,
    /// The size of a file.
    Size,
    /// A connection to come.
    Announcement,
    /// An order to fetch and run a program.
    Alarm,
}

/// The table's name for a code in that direction, else `unknown`.
pub(crate) fn name_of(code: Code, direction: Direction) -> &'static str {
    spec(code, direction).map_or("unknown", |spec| spec.name)
}

impl Kind {
    pub(super) fn of(code: Code, direction: Direction, protocol: Option<Protocol>) -> Self {
        let name = name_of(code, direction);
        let in_session = protocol == Some(Protocol::Napster);
        Self { code, direction, name, concern: Concern::of(code, direction, in_session) }
    }

    pub(super) fn is(&self, code: Code, direction: Direction) -> bool {
        self.code == code && self.direction == direction
    }
}

impl Concern {
    fn of(code: Code, direction: Direction, in_session: bool) -> Self {
        let to_client = direction == Direction::ToClient;
        if in_session && session::concerns(code, direction) {
            Self::Session
        } else if in_session && to_client && sizes::concerns(code) {
            Self::Size
        } else if in_session && to_client && announcements::concerns(code) {
            Self::Announcement
        } else if to_client && code == AutoUpgrade::CODE {
            Self::Alarm
        } else {
            Self::Nothing
        }
    }
}
