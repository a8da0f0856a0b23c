//! Lists of networks that may connect, may not, or may so often (opennap-ng, 10250 to 10261).

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::message::{
    ClassAdd, ClassDel, ClassListEnd, ClassListEntry, DlineListEnd, DlineListEntry, ElineListEnd,
    ElineListEntry, IlineListEnd, IlineListEntry,
};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::notices::Notice;
use crate::text::{Text, Token};

/// The four lists.
#[derive(Clone, Debug, Default)]
pub(super) struct AccessLists {
    /// How many connections one address of a network may have.
    classes: Vec<Entry>,
    /// Who may not connect.
    denied: Vec<Entry>,
    /// Where there are any, only these may connect.
    allowed: Vec<Entry>,
    /// Who may connect although denied.
    excepted: Vec<Entry>,
}

/// One network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    network: Network,
    limit: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: u32,
    mask: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Class,
    Deny,
    Allow,
    Except,
}

impl AccessLists {
    /// Whether an address may connect at all.
    pub(super) fn admit(&self, address: Ipv4Addr) -> bool {
        let is_in = |list: &[Entry]| list.iter().any(|entry| entry.network.holds(address));
        let is_allowed = self.allowed.is_empty() || is_in(&self.allowed);
        is_allowed && (!is_in(&self.denied) || is_in(&self.excepted))
    }

    /// How many connections an address may have, where a class says so: the smallest network counts.
    pub(super) fn connections(&self, address: Ipv4Addr) -> Option<usize> {
        let classes = self.classes.iter().filter(|entry| entry.network.holds(address));
        let class = classes.max_by_key(|entry| entry.network.mask)?;
        usize::try_from(class.limit).ok()
    }

    const fn list(&self, kind: Kind) -> &Vec<Entry> {
        match kind {
            Kind::Class => &self.classes,
            Kind::Deny => &self.denied,
            Kind::Allow => &self.allowed,
            Kind::Except => &self.excepted,
        }
    }

    const fn list_mut(&mut self, kind: Kind) -> &mut Vec<Entry> {
        match kind {
            Kind::Class => &mut self.classes,
            Kind::Deny => &mut self.denied,
            Kind::Allow => &mut self.allowed,
            Kind::Except => &mut self.excepted,
        }
    }
}

impl Kind {
    /// The list that a message is about; its three messages follow each other.
    const fn of(call: &Call<'_>) -> Self {
        match call.packet.code.0 {
            10253..=10255 => Self::Deny,
            10256..=10258 => Self::Allow,
            10259..=10261 => Self::Except,
            _ => Self::Class,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Deny => "dline",
            Self::Allow => "iline",
            Self::Except => "eline",
        }
    }
}

impl Network {
    /// An address, and behind a slash a mask or the number of its bits.
    fn parse(text: &[u8]) -> Option<Self> {
        let text = core::str::from_utf8(text).ok()?;
        let (address, mask) = text.split_once('/').unwrap_or((text, "255.255.255.255"));
        let mask = match mask.parse::<u32>() {
            Ok(bits @ 0..=32) => u32::MAX.checked_shl(32 - bits).unwrap_or(0),
            Ok(_) => return None,
            Err(_) => u32::from(mask.parse::<Ipv4Addr>().ok()?),
        };
        // A mask with holes is none.
        let is_mask = mask.leading_ones() + mask.trailing_zeros() >= u32::BITS;
        let address = u32::from(address.parse::<Ipv4Addr>().ok()?) & mask;
        is_mask.then_some(Self { address, mask })
    }

    fn holds(self, address: Ipv4Addr) -> bool {
        u32::from(address) & self.mask == self.address
    }

    /// The form of opennap-ng: the mask in dotted numbers, and none for a single address.
    fn text(self) -> String {
        let address = Ipv4Addr::from(self.address);
        if self.mask == u32::MAX {
            return format!("{address}");
        }
        format!("{address}/{}", Ipv4Addr::from(self.mask))
    }
}

/// Messages 10250, 10253, 10256 and 10259.
pub(super) fn add(server: &mut Server, call: &Call<'_>) -> Outcome {
    // The four have the same fields.
    let message = call.read::<ClassAdd<'_>>()?;
    let network = Network::parse(message.host.as_bytes()).ok_or(Refusal::InvalidAddress)?;
    let entry = Entry { network, limit: message.limit.unwrap_or(0) };
    let most = server.config.limits.access_list;
    let kind = Kind::of(call);
    let list = server.access.list_mut(kind);
    let done = if let Some(old) = list.iter_mut().find(|old| old.network == network) {
        *old = entry;
        "modified"
    } else if list.len() < most {
        list.push(entry);
        "added"
    } else {
        return Err(Refusal::ListFull);
    };
    tell(server, call, done, &format!("{} {} ({})", kind.name(), network.text(), entry.limit))
}

/// Messages 10251, 10254, 10257 and 10260.
pub(super) fn remove(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ClassDel<'_>>()?;
    let network = Network::parse(message.host.as_bytes()).ok_or(Refusal::InvalidAddress)?;
    let kind = Kind::of(call);
    let list = server.access.list_mut(kind);
    let before = list.len();
    list.retain(|entry| entry.network != network);
    if list.len() == before {
        return Err(Refusal::NoSuchAddress);
    }
    tell(server, call, "removed", &format!("{} {}", kind.name(), network.text()))
}

/// Messages 10252, 10255, 10258 and 10261; the same code with an empty payload ends the list.
pub(super) fn list(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { access, output, .. } = server;
    let (to, kind) = (call.connection, Kind::of(call));
    for entry in access.list(kind) {
        let (host, limit) = (entry.network.text(), entry.limit);
        let host = Token::read(host.as_bytes());
        match kind {
            Kind::Class => output.send(to, ClassListEntry { host, limit }),
            Kind::Deny => output.send(to, DlineListEntry { host, limit }),
            Kind::Allow => output.send(to, IlineListEntry { host, limit }),
            Kind::Except => output.send(to, ElineListEntry { host, limit }),
        }
    }
    match kind {
        Kind::Class => output.send(to, ClassListEnd {}),
        Kind::Deny => output.send(to, DlineListEnd {}),
        Kind::Allow => output.send(to, IlineListEnd {}),
        Kind::Except => output.send(to, ElineListEnd {}),
    }
    Ok(())
}

fn tell(server: &mut Server, call: &Call<'_>, done: &str, what: &str) -> Outcome {
    let text = format!("{} {done} {what}", Text::read(&call.user(&server.connections)?.nick));
    server.notify(Notice::Change, text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks_have_masks_without_holes() {
        for (text, shown) in [
            ("10.1.2.3", Some("10.1.2.3")),
            ("10.1.2.3/255.255.255.0", Some("10.1.2.0/255.255.255.0")),
            ("10.1.2.3/24", Some("10.1.2.0/255.255.255.0")),
            ("10.1.2.3/32", Some("10.1.2.3")),
            ("10.1.2.3/0", Some("0.0.0.0/0.0.0.0")),
            ("10.1.2.3/33", None),
            ("10.1.2.3/255.0.255.0", None),
            ("10.1.2", None),
            ("host", None),
        ] {
            let network = Network::parse(text.as_bytes());
            assert_eq!(network.map(Network::text).as_deref(), shown, "{text}");
        }
    }
}
