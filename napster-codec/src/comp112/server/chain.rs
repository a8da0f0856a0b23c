//! A server's chain: where newcomers belong, and who gets the audio.

use alloc::vec::Vec;
use core::time::Duration;

use crate::comp112::format::Format;
use crate::comp112::message::Message;
use crate::comp112::server::{ConnectionId, Member, Newcomer, Rejection, Server, ServerEvent};
use crate::text::Text;

impl Server {
    /// Who is to open the audio connection next: the first client, while nobody is served.
    pub(super) fn expected_host(&self) -> Option<&[u8]> {
        let first = self.clients.first().filter(|_| self.serving.is_none())?;
        Some(first.host.as_slice())
    }

    pub(super) fn wait(
        &mut self,
        host: &[u8],
        stream: Option<ConnectionId>,
        requests: Option<ConnectionId>,
    ) {
        if self.newcomers.len() >= Self::NEWCOMER_LIMIT {
            return self.reject(host.to_vec(), Rejection::TooManyNewcomers, [stream, requests]);
        }
        let until = self.now.saturating_add(Self::NEWCOMER_PATIENCE);
        self.newcomers.push_back(Newcomer { host: host.to_vec(), stream, requests, until });
    }

    /// When somebody has to be let go where nothing happens before.
    pub(super) fn patience(&self) -> Option<Duration> {
        let incomplete = self.newcomers.iter().filter(|newcomer| newcomer.is_incomplete());
        let stalled = self.output.stalled();
        let stalled = stalled.map(|(_, since)| since.saturating_add(Self::STALL_PATIENCE));
        let expected = self.expected.map(|since| since.saturating_add(Self::AUDIO_PATIENCE));
        incomplete.map(|newcomer| newcomer.until).chain(stalled).chain(expected).min()
    }

    /// Lets those go for whom the time is over.
    pub(super) fn lose_patience(&mut self, now: Duration) {
        if self.patience().is_none_or(|at| at > now) {
            return;
        }
        if self.expected.is_some_and(|since| since.saturating_add(Self::AUDIO_PATIENCE) <= now) {
            self.let_go(0, Rejection::NoAudioConnection);
        }
        let late = |newcomer: &Newcomer| newcomer.is_incomplete() && newcomer.until <= now;
        while let Some(place) = self.newcomers.iter().position(late) {
            let Some(newcomer) = self.newcomers.remove(place) else { return };
            let connections = [newcomer.stream, newcomer.requests];
            self.reject(newcomer.host, Rejection::Incomplete, connections);
        }
        let stalled = self
            .output
            .stalled()
            .filter(|(_, since)| since.saturating_add(Self::STALL_PATIENCE) <= now);
        let stalled: Vec<ConnectionId> = stalled.map(|(connection, _)| connection).collect();
        for connection in stalled {
            // The connection with the audio is the first client's.
            let member = self.clients.iter().position(|client| client.requests == connection);
            match member.or((self.serving == Some(connection)).then_some(0)) {
                Some(index) => self.let_go(index, Rejection::NotReading),
                None => {
                    self.output.take(connection);
                    self.events.push_back(ServerEvent::Close(connection));
                }
            }
        }
    }

    /// Lets a client of the chain go.
    pub(super) fn let_go(&mut self, index: usize, reason: Rejection) {
        let Some(client) = self.clients.get(index) else { return };
        let stream = self.serving.filter(|_| index == 0);
        let connections = [stream, Some(client.requests)];
        self.reject(client.host.clone(), reason, connections);
        self.remove(index);
    }

    fn reject(&mut self, host: Vec<u8>, reason: Rejection, connections: [Option<ConnectionId>; 2]) {
        self.events.push_back(ServerEvent::Rejected { host, reason });
        self.events.extend(connections.into_iter().flatten().map(ServerEvent::Close));
    }

    /// Places all newcomers that have both connections, as soon as there is a song to tell of.
    pub(super) fn place_newcomers(&mut self) {
        let Some(format) = self.song.as_ref().map(|song| song.format) else { return };
        let mut index = 0;
        while let Some(newcomer) = self.newcomers.get(index) {
            let (Some(stream), Some(requests)) = (newcomer.stream, newcomer.requests) else {
                index += 1;
                continue;
            };
            if let Some(Newcomer { host, .. }) = self.newcomers.remove(index) {
                self.place(host, stream, requests, format);
            }
        }
    }

    /// Sends a newcomer to the end of the chain.
    fn place(
        &mut self,
        host: Vec<u8>,
        stream: ConnectionId,
        requests: ConnectionId,
        format: Format,
    ) {
        // A client fetches at the port before its own. So its own is that of the last one and one
        // more, which stays right whoever left before.
        let (source, port) = match self.clients.last() {
            Some(last) => (last.host.clone(), last.port.checked_add(1)),
            None => (self.host.clone(), self.port.checked_add(2)),
        };
        let full = self.clients.len() >= Self::CLIENT_LIMIT;
        let connections = [Some(stream), Some(requests)];
        let Some(port) = port.filter(|_| !full) else {
            return self.reject(host, Rejection::NoPlace, connections);
        };
        self.answer(stream, &Message::StreamInfo(format));
        let source_host = Text::read(&source);
        if self.answer(stream, &Message::StreamHost { host: source_host }).is_none() {
            self.output.take(stream);
            return self.reject(host, Rejection::NoPlace, connections);
        }
        self.answer(stream, &Message::StreamPort { port });
        if self.clients.is_empty() {
            self.told = Some(format);
        }
        self.clients.push(Member { host: host.clone(), port, requests, partial: Vec::new() });
        self.expect_first();
        self.events.push_back(ServerEvent::Joined { host, port, source: (source, port - 1) });
    }

    /// Gives the audio to a connection from now on.
    pub(super) fn serve(&mut self, connection: ConnectionId) {
        self.serving = Some(connection);
        self.expected = None;
        self.events.push_back(ServerEvent::Serving(connection));
        if self.dropped > 0 {
            let frames = core::mem::take(&mut self.dropped);
            self.events.push_back(ServerEvent::Dropped { frames });
        }
        for frame in core::mem::take(&mut self.backlog) {
            self.output.push(connection, frame);
        }
        self.handing_over = false;
        // The song may have changed since the records were told.
        let format = self.song.as_ref().map(|song| song.format);
        if let (Some(told), Some(format)) = (self.told.take(), format)
            && told != format
        {
            self.send(&Message::NewSong(format));
        }
    }

    /// Nobody gets the audio for now; what was not written yet is kept for the successor.
    pub(super) fn stop_serving(&mut self) {
        let Some(connection) = self.serving.take() else { return };
        self.handing_over = true;
        self.backlog = self.output.take(connection);
        self.expect_first();
    }

    /// The first of the chain has some time to come for the audio from now on.
    fn expect_first(&mut self) {
        if self.serving.is_none() && self.expected.is_none() {
            self.expected = Some(self.now);
        }
    }

    pub(super) fn remove(&mut self, index: usize) {
        if index >= self.clients.len() {
            return;
        }
        let Member { host, port, requests, .. } = self.clients.remove(index);
        self.output.take(requests);
        self.events.push_back(ServerEvent::Left { host, port });
        if index == 0 {
            self.stop_serving();
            // Whoever is the first now has all of the time.
            self.expected = Some(self.now);
        }
        if self.clients.is_empty() {
            self.expected = None;
            self.handing_over = false;
            self.backlog.clear();
            self.told = None;
            return;
        }
        // The successor may have come before the news that the first client left.
        let expected = self.expected_host().map(<[u8]>::to_vec);
        let early = self.newcomers.iter().position(|newcomer| {
            Some(&newcomer.host) == expected.as_ref() && newcomer.requests.is_none()
        });
        let early = early.and_then(|place| self.newcomers.remove(place));
        if let Some(stream) = early.and_then(|newcomer| newcomer.stream) {
            self.serve(stream);
        }
    }
}

impl Newcomer {
    const fn is_incomplete(&self) -> bool {
        self.stream.is_none() || self.requests.is_none()
    }
}
