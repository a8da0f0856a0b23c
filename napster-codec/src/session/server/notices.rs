//! Which notices a moderator gets (message 10203).

use alloc::vec::Vec;

use crate::connection::ConnectionId;
use crate::irregular::Modes;
use crate::message::{ServerMessage, UserMode, UserModeReply};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::text::Text;

/// The kinds of notice (opennap 0.36).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    Ban,
    Change,
    Channel,
    Kill,
    Level,
    Server,
    Muzzle,
    Wallop,
    Cloak,
}

/// A set of notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Notices(u16);

impl Notice {
    /// All that opennap names, in its order; those without a kind are kept and never sent here.
    const NAMES: [(&'static str, Option<Self>); 12] = [
        ("ERROR", None),
        ("BAN", Some(Self::Ban)),
        ("CHANGE", Some(Self::Change)),
        ("CHANNEL", Some(Self::Channel)),
        ("KILL", Some(Self::Kill)),
        ("LEVEL", Some(Self::Level)),
        ("SERVER", Some(Self::Server)),
        ("MUZZLE", Some(Self::Muzzle)),
        ("PORT", None),
        ("TOPIC", None),
        ("WALLOP", Some(Self::Wallop)),
        ("CLOAK", Some(Self::Cloak)),
    ];
}

impl Notices {
    pub(super) const ALL: Self = Self((1 << Notice::NAMES.len()) - 1);

    pub(super) fn has(self, notice: Notice) -> bool {
        let mut names = Notice::NAMES.iter();
        names.position(|(_, kind)| *kind == Some(notice)).is_some_and(|at| self.0 & (1 << at) != 0)
    }

    /// Sets and clears what the words say; words that nobody knows change nothing (opennap).
    fn change(&mut self, modes: &Modes<'_>) {
        for (is_set, word) in modes.iter() {
            let at = Notice::NAMES.iter().position(|(name, _)| is_word(name, word));
            if is_word("ALL", word) {
                *self = Self::ALL;
            } else if is_word("NONE", word) {
                self.0 = 0;
            } else if let Some(at) = at {
                let bit = 1 << at;
                self.0 = if is_set { self.0 | bit } else { self.0 & !bit };
            }
        }
    }

    fn text(self) -> Vec<u8> {
        let names = Notice::NAMES.iter().enumerate();
        let set = names.filter(|(at, _)| self.0 & (1 << at) != 0).map(|(_, (name, _))| *name);
        let set: Vec<&str> = set.collect();
        if set.is_empty() { b"NONE".to_vec() } else { set.join(" ").into_bytes() }
    }
}

/// Message 10203: which notices do I get, or from now on I want these.
pub(super) fn user_mode(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<UserMode<'_>>()?;
    let user = call.user_mut(&mut server.connections)?;
    if let Some(modes) = &message.modes {
        user.notices.change(modes);
    }
    let text = user.notices.text();
    server.output.send(call.connection, UserModeReply { modes: Modes(Text::read(&text)) });
    Ok(())
}

impl Server {
    /// Tells those of level moderator and above who want to know it what happened.
    pub(super) fn notify(&mut self, notice: Notice, text: &[u8]) {
        self.notify_others(notice, text, None);
    }

    /// The same, but for one who knows already.
    pub(super) fn notify_others(
        &mut self,
        notice: Notice,
        text: &[u8],
        except: Option<ConnectionId>,
    ) {
        let Self { connections, output, .. } = self;
        let wants = |id: &ConnectionId| {
            Some(*id) != except
                && connections.user(*id).is_some_and(|user| user.notices.has(notice))
        };
        let message = ServerMessage { message: Text::read(text) };
        output.send_to_all(connections.staff().filter(wants), message);
    }
}

fn is_word(name: &str, word: &[u8]) -> bool {
    name.as_bytes().eq_ignore_ascii_case(word)
}
