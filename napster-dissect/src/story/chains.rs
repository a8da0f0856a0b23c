//! Music streams of Comp 112: who hears whom, and who takes over when somebody leaves.
//!
//! A newcomer is told on a short connection where to listen and where to fetch the music; the
//! connections with the music show who hears whom. Who leaves says so to his successor and to the
//! server.

use std::net::{IpAddr, SocketAddr};

use foldhash::HashMap;
use napster_codec::{Value, Visit};

use super::record::Announcement;

/// The most streams that are told.
const CHAINS: usize = 32;

/// The most clients of one stream that are told.
const CLIENTS: usize = 100;

/// The most connections with music of one client that are told.
const SOURCES: usize = 16;

/// A music stream: a server, and the clients that hear it one from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// Where the server plays; `None` where no newcomer was seen there.
    pub server: Option<SocketAddr>,
    /// The clients in the order in which they came.
    pub clients: Vec<ChainClient>,
}

/// A client of a music stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainClient {
    /// Its host.
    pub host: IpAddr,
    /// Where it listens for its successor, where that is known.
    pub port: Option<u16>,
    /// From whom it heard the music, in order.
    pub sources: Vec<ChainSource>,
    /// The message with which it left; `None` where it stayed or went without a word.
    pub left: Option<Announcement>,
    /// The port that it gives as its own when it leaves: it takes over that of a source that left.
    given: Option<u16>,
    /// Whether it told the server that it leaves.
    took_leave: bool,
}

/// A connection on which a client heard the music.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainSource {
    /// The connection.
    pub flow: u64,
    /// Who played there.
    pub address: SocketAddr,
    /// The place of that client in the stream's list; `None` for the server and for strangers.
    pub client: Option<usize>,
    /// The message that told the client to connect there.
    pub announced: Option<Announcement>,
    /// Bytes of audio seen.
    pub bytes: u64,
}

/// All streams of a run.
#[derive(Default)]
pub(super) struct Chains {
    told: Vec<Chain>,
    /// To which client of which stream a flow belongs, for all that are in the lists.
    flows: HashMap<u64, (usize, usize)>,
    /// How many streams, clients and connections the lists lack.
    pub(super) omitted: u64,
}

/// A client that is told to connect to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handover {
    pub(super) client: IpAddr,
    pub(super) source: Option<IpAddr>,
    pub(super) port: u16,
}

/// Host and port in a message.
#[derive(Default)]
struct Place {
    host: Option<IpAddr>,
    port: Option<u16>,
    bytes: u64,
}

impl Place {
    fn of(fields: &dyn Visit) -> Self {
        let mut place = Self::default();
        fields.visit(&mut |name, value| match (name, value) {
            ("host", Value::Text(host)) => {
                place.host = std::str::from_utf8(host).ok().and_then(|host| host.parse().ok());
            }
            ("port", Value::Unsigned(port)) => place.port = u16::try_from(port).ok(),
            ("bytes", Value::Unsigned(bytes)) => place.bytes = bytes,
            _ => {}
        });
        place
    }
}

impl ChainClient {
    /// A client that was seen on that host, and is told to listen at that port.
    #[must_use]
    pub const fn new(host: IpAddr, port: Option<u16>) -> Self {
        Self { host, port, sources: Vec::new(), left: None, given: port, took_leave: false }
    }
}

impl Chains {
    /// The streams, once everything was read.
    pub(super) fn take(&mut self) -> Vec<Chain> {
        std::mem::take(&mut self.told)
    }

    /// Takes a message of a stream between these ends; gives the connection that it announces.
    pub(super) fn note(
        &mut self,
        (client, server): (SocketAddr, SocketAddr),
        fields: &dyn Visit,
        said: Announcement,
    ) -> Option<Handover> {
        match said.name {
            "stream_port" => self.joined((client, server), Place::of(fields), said),
            "song_chunks" => {
                let bytes = Place::of(fields).bytes;
                let source = self.source(said.flow)?;
                source.bytes = source.bytes.saturating_add(bytes);
                None
            }
            "disconnect" => self.source_left(client, Place::of(fields), said),
            "leave" => self.left((client, server), Place::of(fields), said),
            _ => None,
        }
    }

    /// The connection between these ends carries the music.
    pub(super) fn audio(
        &mut self,
        flow: u64,
        (client, server): (SocketAddr, SocketAddr),
        announced: Option<Announcement>,
    ) {
        let listener = self.listener(server);
        let known = announced.and_then(|announced| self.flows.get(&announced.flow).copied());
        // Who leaves says it on his own connection to the server: the successor is another one.
        let known =
            known.filter(|&place| self.client(place).is_some_and(|c| c.host == client.ip()));
        let chain = known
            .map(|(chain, _)| chain)
            .or_else(|| listener.map(|(chain, _)| chain))
            .or_else(|| self.open(None));
        let Some(chain) = chain else { return };
        let place = known
            .or_else(|| self.of_host(chain, client.ip()))
            .or_else(|| self.add(chain, client.ip(), None));
        let Some(place) = place else { return };
        let source = ChainSource {
            flow,
            address: server,
            client: listener.and_then(|(_, listener)| listener).filter(|&at| at != place.1),
            announced,
            bytes: 0,
        };
        match self.client_mut(place) {
            Some(client) if client.sources.len() < SOURCES => {
                client.sources.push(source);
                self.flows.insert(flow, place);
            }
            _ => self.omitted += 1,
        }
    }

    /// A newcomer is told where to listen, and by that from where to hear.
    fn joined(
        &mut self,
        (client, server): (SocketAddr, SocketAddr),
        told: Place,
        said: Announcement,
    ) -> Option<Handover> {
        let port = told.port?;
        let source = port.checked_sub(1)?;
        let chain = self.of_server(server)?;
        let place = self.add(chain, client.ip(), Some(port))?;
        self.flows.insert(said.flow, place);
        // The first one hears the server itself.
        let host = if source == server.port() { Some(server.ip()) } else { told.host };
        Some(Handover { client: client.ip(), source: host, port: source })
    }

    /// The source of a client leaves: the client goes on at the source's source.
    fn source_left(
        &mut self,
        client: SocketAddr,
        told: Place,
        said: Announcement,
    ) -> Option<Handover> {
        let port = told.port?;
        if let Some(&place) = self.flows.get(&said.flow) {
            let source = self.source(said.flow).and_then(|source| source.client);
            if let Some(leaver) = source.and_then(|source| self.client_mut((place.0, source))) {
                leaver.left.get_or_insert(said);
            }
            if let Some(client) = self.client_mut(place) {
                client.given = Some(port);
            }
        }
        Some(Handover { client: client.ip(), source: told.host, port: port.checked_sub(1)? })
    }

    /// A client tells the server that it leaves.
    fn left(
        &mut self,
        (client, server): (SocketAddr, SocketAddr),
        told: Place,
        said: Announcement,
    ) -> Option<Handover> {
        let port = told.port?;
        let stream = SocketAddr::new(server.ip(), server.port().checked_add(1)?);
        let chain = self.of_server(stream)?;
        let place = self
            .of_leaver(chain, client.ip(), port)
            .or_else(|| self.add(chain, client.ip(), Some(port)))?;
        let leaver = self.client_mut(place)?;
        leaver.took_leave = true;
        if leaver.left.is_some() {
            // The successor was told, and that was seen.
            return None;
        }
        leaver.left = Some(said);
        let successor = self.successor(place)?;
        let host = self.client(successor)?.host;
        Some(Handover { client: host, source: told.host, port: port.checked_sub(1)? })
    }

    /// Who hears a client, or would by the order in which they came.
    fn successor(&self, (chain, leaver): (usize, usize)) -> Option<(usize, usize)> {
        let clients = &self.told.get(chain)?.clients;
        let stays = |client: &ChainClient| client.left.is_none();
        let hears = |client: &ChainClient| {
            client.sources.last().is_some_and(|source| source.client == Some(leaver))
        };
        let next = clients.iter().position(|client| stays(client) && hears(client)).or_else(|| {
            let behind = clients.iter().skip(leaver + 1);
            behind.into_iter().position(stays).map(|place| leaver + 1 + place)
        });
        next.map(|next| (chain, next))
    }

    /// The stream of a server, which begins with this where it is new.
    fn of_server(&mut self, server: SocketAddr) -> Option<usize> {
        let hears = |chain: &Chain| {
            let sources = chain.clients.iter().flat_map(|client| &client.sources);
            chain.server.is_none()
                && sources.into_iter().any(|s| s.address == server && s.client.is_none())
        };
        let known = self.told.iter().position(|chain| chain.server == Some(server));
        let place = known.or_else(|| self.told.iter().position(hears));
        match place {
            Some(place) => {
                self.told.get_mut(place)?.server = Some(server);
                Some(place)
            }
            None => self.open(Some(server)),
        }
    }

    /// The stream in which somebody plays at an address, and the client that it is.
    fn listener(&mut self, address: SocketAddr) -> Option<(usize, Option<usize>)> {
        if let Some(chain) = self.told.iter().position(|chain| chain.server == Some(address)) {
            return Some((chain, None));
        }
        let plays_at = |client: &ChainClient, port: Option<u16>| {
            client.host == address.ip() && client.port == port
        };
        // One whose arrival was not captured shows his port when somebody connects there.
        for port in [Some(address.port()), None] {
            for (place, chain) in self.told.iter_mut().enumerate() {
                let found = chain.clients.iter().rposition(|client| plays_at(client, port));
                if let Some(client) = found {
                    if let Some(client) = chain.clients.get_mut(client) {
                        client.port = Some(address.port());
                    }
                    return Some((place, Some(client)));
                }
            }
        }
        // Strangers hear the same stranger.
        let hear = |chain: &Chain| {
            chain.clients.iter().flat_map(|client| &client.sources).any(|s| s.address == address)
        };
        self.told.iter().position(hear).map(|chain| (chain, None))
    }

    /// The client of that host that has not left, one without music first.
    fn of_host(&self, chain: usize, host: IpAddr) -> Option<(usize, usize)> {
        let clients = &self.told.get(chain)?.clients;
        let here = |client: &ChainClient| client.host == host && client.left.is_none();
        let place = clients
            .iter()
            .rposition(|client| here(client) && client.sources.is_empty())
            .or_else(|| clients.iter().rposition(here))?;
        Some((chain, place))
    }

    /// The client of that host that gives this port as its own.
    fn of_leaver(&self, chain: usize, host: IpAddr, port: u16) -> Option<(usize, usize)> {
        let clients = &self.told.get(chain)?.clients;
        let here = |client: &ChainClient| client.host == host && !client.took_leave;
        let gives = |client: &ChainClient| here(client) && client.given == Some(port);
        // Its successor was told first, and gives the same port from then on.
        let place = clients
            .iter()
            .rposition(|client| gives(client) && client.left.is_some())
            .or_else(|| clients.iter().rposition(gives))
            .or_else(|| clients.iter().rposition(|client| here(client) && client.left.is_none()))?;
        Some((chain, place))
    }

    fn open(&mut self, server: Option<SocketAddr>) -> Option<usize> {
        if self.told.len() >= CHAINS {
            self.omitted += 1;
            return None;
        }
        self.told.push(Chain { server, clients: Vec::new() });
        Some(self.told.len() - 1)
    }

    fn add(&mut self, chain: usize, host: IpAddr, port: Option<u16>) -> Option<(usize, usize)> {
        let clients = &mut self.told.get_mut(chain)?.clients;
        if clients.len() >= CLIENTS {
            self.omitted += 1;
            return None;
        }
        clients.push(ChainClient::new(host, port));
        Some((chain, clients.len() - 1))
    }

    fn client(&self, (chain, client): (usize, usize)) -> Option<&ChainClient> {
        self.told.get(chain)?.clients.get(client)
    }

    fn client_mut(&mut self, (chain, client): (usize, usize)) -> Option<&mut ChainClient> {
        self.told.get_mut(chain)?.clients.get_mut(client)
    }

    /// The connection with music that a flow is.
    fn source(&mut self, flow: u64) -> Option<&mut ChainSource> {
        let place = self.flows.get(&flow).copied()?;
        self.client_mut(place)?.sources.iter_mut().rfind(|source| source.flow == flow)
    }
}
