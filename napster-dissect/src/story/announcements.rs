//! Connections that were announced on another one.
//!
//! The table is bounded; what is oldest goes first, and how much went is counted.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use foldhash::quality::RandomState;
use napster_codec::message::{
    DirectBrowseReady, DirectBrowseRequested, DownloadAck, PrivateMessageReceived, PushOrder,
    Redirect,
};
use napster_codec::peer::Offer;
use napster_codec::{Address, Code, Direction, Message, Tolerance, decode};

use super::chains::Handover;
use super::record::Announcement;
use super::sizes::Sizes;
use crate::decode::{Expectation, Expected};

/// The most announcements that wait for their connection.
const ANNOUNCEMENTS: usize = 8192;

/// The most announcements that wait for a connection to one port.
const ANNOUNCEMENTS_A_PORT: usize = 256;

/// The byte around TekNap's invitations.
const OFFER_MARK: u8 = 0x01;

type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// What is known of connections to come.
#[derive(Default)]
pub(super) struct Announcements {
    /// By the listener's port.
    waiting: HashMap<u16, VecDeque<Waiting>>,
    ports: VecDeque<u16>,
    /// What was told of the files.
    pub(super) sizes: Sizes,
    /// How many announcements were forgotten for others.
    pub(super) forgotten: u64,
}

/// An announcement whose connection was not seen yet.
struct Waiting {
    /// Where somebody listens; `None` where only the port is known.
    listener: Option<IpAddr>,
    port: u16,
    initiator: Option<IpAddr>,
    expectation: Expectation,
    announcement: Announcement,
}

impl Waiting {
    /// Whether a connection between these ends can be the one.
    fn is_between(&self, client: SocketAddr, server: SocketAddr) -> bool {
        self.port == server.port()
            && self.listener.is_none_or(|ip| ip == server.ip())
            && self.initiator.is_none_or(|ip| ip == client.ip())
    }
}

/// Where a message was said, and to whom.
pub(super) struct Heard {
    /// The client's end of the connection.
    pub(super) client: SocketAddr,
    pub(super) announcement: Announcement,
}

/// Whether a server's message to a client may announce a connection.
pub(super) const fn concerns(code: Code) -> bool {
    matches!(
        code,
        DownloadAck::CODE
            | PrivateMessageReceived::CODE
            | PushOrder::CODE
            | DirectBrowseRequested::CODE
            | DirectBrowseReady::CODE
            | Redirect::CODE
    )
}

impl Announcements {
    /// Takes a message that [`concerns`] announcements.
    pub(super) fn note(&mut self, code: Code, payload: &[u8], heard: &Heard) {
        if code == PrivateMessageReceived::CODE && !payload.contains(&OFFER_MARK) {
            // What people write is no invitation, and need not be read.
            return;
        }
        let decoded = decode(code, Direction::ToClient, payload, Tolerance::LENIENT);
        let Ok(decoded) = decoded else { return };
        match decoded.message {
            Message::DownloadAck(ack) => {
                let expectation = Expectation {
                    kind: Expected::Download,
                    nick: Some(ack.nick.as_bytes().to_vec()),
                    file: Some(ack.filename.as_bytes().to_vec()),
                };
                self.expect(&ack.ip, ack.port, expectation, heard);
            }
            Message::PushOrder(order) => {
                let expectation = Expectation {
                    kind: Expected::Push,
                    nick: Some(order.downloader.as_bytes().to_vec()),
                    file: Some(order.filename.as_bytes().to_vec()),
                };
                self.expect(&order.ip, order.port, expectation, heard);
            }
            Message::DirectBrowseReady(ready) => {
                let expectation = Expectation {
                    kind: Expected::Browse,
                    nick: Some(ready.nick.as_bytes().to_vec()),
                    file: None,
                };
                self.expect(&ready.ip, ready.port, expectation, heard);
            }
            Message::DirectBrowseRequested(request) => {
                if let (Some(ip), Some(port)) = (&request.ip, request.port) {
                    let nick = Some(request.requester.as_bytes().to_vec());
                    let expectation =
                        Expectation { kind: Expected::PushedBrowse, nick, file: None };
                    self.expect(ip, port, expectation, heard);
                }
            }
            Message::PrivateMessageReceived(private) => {
                // TekNap's invitations: the sender listens, the receiver connects.
                match Offer::parse(private.message.as_bytes()) {
                    Some(Offer::Send { nick, address, port, filename, size, .. }) => {
                        self.sizes.add(nick.as_bytes(), filename.as_bytes(), size);
                        let expectation = Expectation {
                            kind: Expected::Download,
                            nick: Some(nick.as_bytes().to_vec()),
                            file: Some(filename.as_bytes().to_vec()),
                        };
                        self.expect_at(address.v4(), port, expectation, heard);
                    }
                    Some(Offer::Chat { nick, address, port, .. }) => {
                        let nick = Some(nick.as_bytes().to_vec());
                        let expectation = Expectation { kind: Expected::Chat, nick, file: None };
                        self.expect_at(address.v4(), port, expectation, heard);
                    }
                    _ => {}
                }
            }
            Message::Redirect(redirect) => {
                let host = redirect.host.to_str().and_then(|host| host.parse().ok());
                if let Some(ip) = host {
                    self.expect_server(SocketAddr::new(ip, redirect.port), heard);
                }
            }
            _ => {}
        }
    }

    /// An index server was named to a client.
    pub(super) fn expect_server(&mut self, server: SocketAddr, heard: &Heard) {
        let expectation = Expectation { kind: Expected::Server, nick: None, file: None };
        self.add(Waiting {
            listener: Some(server.ip()),
            port: server.port(),
            initiator: Some(heard.client.ip()),
            expectation,
            announcement: heard.announcement,
        });
    }

    /// Somebody was told where to hear the music; the host has a name there, so it may be unknown.
    pub(super) fn expect_audio(&mut self, handover: &Handover, announcement: Announcement) {
        self.add(Waiting {
            listener: handover.source,
            port: handover.port,
            initiator: Some(handover.client),
            expectation: Expectation { kind: Expected::Audio, nick: None, file: None },
            announcement,
        });
    }

    /// A connection from the one who was told to the address in the message.
    fn expect(&mut self, ip: &Address<'_>, port: u16, expectation: Expectation, heard: &Heard) {
        self.expect_at(ip.v4(), port, expectation, heard);
    }

    fn expect_at(
        &mut self,
        ip: Option<Ipv4Addr>,
        port: u16,
        expectation: Expectation,
        heard: &Heard,
    ) {
        let Some(ip) = ip.filter(|_| port != 0) else { return };
        self.add(Waiting {
            listener: Some(IpAddr::V4(ip)),
            port,
            initiator: Some(heard.client.ip()),
            expectation,
            announcement: heard.announcement,
        });
    }

    fn add(&mut self, waiting: Waiting) {
        let port = waiting.port;
        let queue = self.waiting.entry(port).or_default();
        queue.push_back(waiting);
        self.ports.push_back(port);
        if queue.len() > ANNOUNCEMENTS_A_PORT {
            queue.pop_front();
            self.forgotten += 1;
        }
        if self.ports.len() > ANNOUNCEMENTS
            && let Some(port) = self.ports.pop_front()
            && let Some(queue) = self.waiting.get_mut(&port)
        {
            // A queue that lost or gave away an entry is shorter than its port occurs here.
            if queue.pop_front().is_some() {
                self.forgotten += 1;
            }
            if queue.is_empty() {
                self.waiting.remove(&port);
            }
        }
    }

    /// What is expected of a connection between these ends.
    pub(super) fn expected(&self, client: SocketAddr, server: SocketAddr) -> Option<&Expectation> {
        self.find(client, server, None).map(|waiting| &waiting.expectation)
    }

    /// Takes the announcement of a connection; where several fit, the newest for that file.
    pub(super) fn take(
        &mut self,
        client: SocketAddr,
        server: SocketAddr,
        file: Option<&[u8]>,
        kinds: &[Expected],
    ) -> Option<(Announcement, Expectation)> {
        let queue = self.waiting.get_mut(&server.port())?;
        let fits = |waiting: &Waiting| kinds.contains(&waiting.expectation.kind);
        let named =
            |waiting: &Waiting| file.is_none() || waiting.expectation.file.as_deref() == file;
        let addresses = |waiting: &Waiting| waiting.is_between(client, server);
        // Behind a NAT the addresses differ, so port and file decide where they do not fit.
        let place = queue
            .iter()
            .rposition(|waiting| fits(waiting) && addresses(waiting) && named(waiting))
            .or_else(|| queue.iter().rposition(|waiting| fits(waiting) && addresses(waiting)))
            .or_else(|| {
                file?;
                queue.iter().rposition(|waiting| fits(waiting) && named(waiting))
            })?;
        queue.remove(place).map(|waiting| (waiting.announcement, waiting.expectation))
    }

    /// As [`take`](Self::take) before the file is known: only where one announcement alone fits.
    pub(super) fn take_only(
        &mut self,
        client: SocketAddr,
        server: SocketAddr,
        kinds: &[Expected],
    ) -> Option<(Announcement, Expectation)> {
        let queue = self.waiting.get(&server.port())?;
        let fitting = queue.iter().filter(|waiting| {
            kinds.contains(&waiting.expectation.kind) && waiting.is_between(client, server)
        });
        if fitting.count() == 1 { self.take(client, server, None, kinds) } else { None }
    }

    fn find(
        &self,
        client: SocketAddr,
        server: SocketAddr,
        file: Option<&[u8]>,
    ) -> Option<&Waiting> {
        let queue = self.waiting.get(&server.port())?;
        queue.iter().rev().find(|waiting| {
            waiting.is_between(client, server)
                && (file.is_none() || waiting.expectation.file.as_deref() == file)
        })
    }
}
