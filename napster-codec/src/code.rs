//! Message codes and the directions in which messages travel.

use core::fmt;

/// The type field of a frame header: which message a frame carries.
///
/// Unknown numbers are legal values; [`name`](Self::name) knows those of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl Code {
    /// The table's name of this code in that direction, where it has one.
    #[must_use]
    pub fn name(self, direction: Direction) -> Option<&'static str> {
        crate::message::spec(self, direction).map(|spec| spec.name)
    }
}

impl From<u16> for Code {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Which way a frame travels.
///
/// It is not in the header: only the roles of the two endpoints tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the protocol has these three relations and no other")]
pub enum Direction {
    /// From a client to the index server.
    ToServer,
    /// From the index server to a client.
    ToClient,
    /// Between two linked servers.
    ServerLink,
}

impl Direction {
    /// The other way between the same two endpoints.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
            Self::ServerLink => Self::ServerLink,
        }
    }
}

/// The directions in which a row of the message table is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "follows `Direction`")]
pub enum Directions {
    /// Clients send it.
    ToServer,
    /// The server sends it.
    ToClient,
    /// One form for both.
    Both,
    /// Linked servers send it to each other.
    ServerLink,
}

impl Directions {
    /// The direction; from client to server where that is one of two.
    #[must_use]
    pub const fn first(self) -> Direction {
        match self {
            Self::ToServer | Self::Both => Direction::ToServer,
            Self::ToClient => Direction::ToClient,
            Self::ServerLink => Direction::ServerLink,
        }
    }

    /// Whether a frame that travels this way can carry the row.
    #[must_use]
    pub const fn admits(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Self::ToServer | Self::Both, Direction::ToServer)
                | (Self::ToClient | Self::Both, Direction::ToClient)
                | (Self::ServerLink, Direction::ServerLink)
        )
    }
}
