//! From a packet of the server to events.

use crate::code::{Code, Direction};
use crate::diagnostic::Tolerance;
use crate::dialogue::{End, Noted, Role};
use crate::frame::Packet;
use crate::message::{Message, Pong};
use crate::session::client::event::{ClientEvent, RequestId};
use crate::session::client::table::{Input, State};
use crate::session::client::verdict::{LoginRefusal, NickState, Outcome};
use crate::session::client::{Client, Ticket};
use crate::session::value::{ServerStatistics, Song, User};
use crate::text::{Text, Word};

/// The messages that `MP3::Napster` takes for errors.
const ERRORS: [u16; 7] = [0, 9, 10, 13, 206, 404, 620];

impl Client {
    /// Reads packets as long as there is room for events.
    pub(super) fn read(&mut self) {
        while self.wants_input() && self.state != State::Closed {
            let Some(packet) = self.decoder.poll() else { return };
            self.receive(packet);
        }
    }

    fn receive(&mut self, packet: Packet) {
        let (code, payload) = (packet.code, &packet.payload);
        let noted = self.ledger.note(Direction::ToClient, code, payload, Ticket::default());
        if ERRORS.contains(&code.0) {
            self.last_error = Some(packet.clone());
        }
        let before = self.events.len();
        let refusal = match packet.decode(Tolerance::LENIENT) {
            Ok(decoded) => {
                let refusal = refusal(&decoded.message);
                self.tell(decoded.message, &packet, &noted);
                refusal
            }
            Err(error) => {
                self.events.push_back(ClientEvent::Malformed { packet: packet.clone(), error });
                None
            }
        };
        self.follow(&packet, &noted, refusal);
        self.close(&packet, noted);
        if self.events.len() == before {
            self.events.push_back(ClientEvent::Packet(packet));
        }
    }

    /// Changes the state, unless the message belongs to a request that has nothing to do with it.
    fn follow(&mut self, packet: &Packet, noted: &Noted<Ticket>, refusal: Option<LoginRefusal>) {
        let other = match &noted.closed {
            Some(exchange) => !matches!(exchange.dialogue.request, Code(2 | 6 | 7)),
            None => noted.number.is_some(),
        };
        // Anything but a known refusal of the login tells nothing new.
        let refusal = refusal.unwrap_or_else(|| LoginRefusal::Error(Text::read(&[])));
        if !other {
            let before = self.state;
            self.advance(Input::Message(packet.code.0), Some((refusal, packet)));
            let refused = before != State::Connected && self.state == State::Connected;
            if refused && noted.closed.is_none() {
                self.refuse_login(packet);
            }
        }
    }

    /// Ends the request to log in, where its refusal is none that the dialogue knows.
    fn refuse_login(&mut self, packet: &Packet) {
        let login = |code: Code| matches!(code, Code(2 | 6 | 7));
        let open = self.ledger.open().find(|(_, dialogue, _)| login(dialogue.request));
        let number = open.map(|(number, _, _)| number);
        if let Some(exchange) = number.and_then(|number| self.ledger.give_up(number)) {
            self.finish(&exchange, Outcome::Refused, Some(packet.clone()));
        }
    }

    /// Tells the end of a request.
    fn close(&mut self, packet: &Packet, noted: Noted<Ticket>) {
        let Some(exchange) = noted.closed else { return };
        if let Some(download) = exchange.request.download {
            if exchange.refused {
                self.refuse_download(download, packet);
            }
            return;
        }
        let outcome = if exchange.refused { Outcome::Refused } else { Outcome::Done };
        self.finish(&exchange, outcome, Some(packet.clone()));
    }

    /// Tells what a message says, and answers what has to be answered.
    fn tell(&mut self, message: Message<'_>, packet: &Packet, noted: &Noted<Ticket>) {
        let request = noted.number.map(RequestId);
        match message {
            Message::LoginAck(ack) => self.welcome(ack.email.into_owned(), packet),
            Message::ServerStats(stats) => self.tell_stats((&stats).into(), packet),
            Message::Pinged(ping) => {
                self.answer_ping(Pong { to: ping.from.clone(), args: ping.args.clone() });
                self.tell_plain(Message::Pinged(ping), packet, request);
            }
            Message::JoinAck(ack) => {
                self.remember_channel(ack.channel.as_bytes());
                self.tell_plain(Message::JoinAck(ack), packet, request);
            }
            Message::PartedChannel(parted) => {
                self.forget_channel(parted.channel.as_bytes());
                self.tell_plain(Message::PartedChannel(parted), packet, request);
            }
            Message::BrowseNewResult(entry) => {
                for song in Song::from_directory(&entry) {
                    let packet = packet.clone();
                    self.events.push_back(ClientEvent::Song { request, song, packet });
                }
            }
            Message::DownloadAck(ack) => self.handle_download_ack(&ack, packet, noted),
            Message::DownloadError(_) | Message::AcceptFailed(_) | Message::QueueLimited(_)
                if noted.closed.is_none() =>
            {
                self.handle_late_refusal(packet);
            }
            Message::UploadRequest(request) => self.handle_upload_request(&request, packet),
            Message::PushOrder(order) => self.handle_push_order(&order, packet),
            message => self.tell_plain(message, packet, request),
        }
        self.tell_answer(packet, noted);
    }

    /// An answer that nothing else tells.
    fn tell_answer(&mut self, packet: &Packet, noted: &Noted<Ticket>) {
        let told = self.events.back().and_then(ClientEvent::packet) == Some(packet);
        let single = noted.closed.as_ref().is_some_and(|exchange| {
            matches!(exchange.dialogue.end, End::Single(_)) && exchange.request.download.is_none()
        });
        let answers = noted.role == Role::Item || noted.role == Role::End && single;
        if let Some(number) = noted.number.filter(|_| answers && !told) {
            let (request, packet) = (RequestId(number), packet.clone());
            self.events.push_back(ClientEvent::Answer { request, packet });
        }
    }

    fn welcome(&mut self, email: Word<'static>, packet: &Packet) {
        self.email = Some(email.as_bytes().to_vec());
        self.events.push_back(ClientEvent::LoggedIn { email, packet: packet.clone() });
    }

    fn tell_stats(&mut self, stats: ServerStatistics, packet: &Packet) {
        self.stats = Some(stats);
        self.events.push_back(ClientEvent::ServerStats { stats, packet: packet.clone() });
    }

    /// Answers a ping with its own payload, unless too much waits already.
    fn answer_ping(&mut self, pong: Pong<'_>) {
        if self.config.answer_pings {
            let _unless_full = self.say(&pong.into(), None, None);
        }
    }

    fn remember_channel(&mut self, channel: &[u8]) {
        if self.channels.len() < Self::CHANNEL_LIMIT {
            self.channels.insert(channel.to_ascii_lowercase());
        }
    }

    pub(super) fn forget_channel(&mut self, channel: &[u8]) {
        self.channels.remove(&channel.to_ascii_lowercase());
    }

    /// Tells a message that changes nothing here.
    fn tell_plain(&mut self, message: Message<'_>, packet: &Packet, request: Option<RequestId>) {
        if let Some(event) = plain(message, packet.clone(), request) {
            self.events.push_back(event);
        }
    }
}

/// The event that a message is by itself.
fn plain(message: Message<'_>, packet: Packet, request: Option<RequestId>) -> Option<ClientEvent> {
    Some(match message {
        Message::NickAvailable(_) => {
            ClientEvent::NickChecked { state: NickState::Available, packet }
        }
        Message::NickTaken(_) => ClientEvent::NickChecked { state: NickState::Taken, packet },
        Message::NickInvalid(_) => ClientEvent::NickChecked { state: NickState::Invalid, packet },
        Message::SearchResult(hit) => ClientEvent::Song { request, song: hit.into(), packet },
        Message::BrowseResult(file) => ClientEvent::Song { request, song: file.into(), packet },
        Message::ResumeResult(copy) => ClientEvent::Song { request, song: copy.into(), packet },
        Message::ChannelUser(user) => ClientEvent::User { request, user: user.into(), packet },
        Message::ChannelNameEntry(user) => ClientEvent::User { request, user: user.into(), packet },
        Message::Whois(_) | Message::Whowas(_) => {
            let user = match message.into_owned() {
                Message::Whois(whois) => User::from(whois),
                Message::Whowas(whowas) => User::from(whowas),
                _ => return None,
            };
            ClientEvent::User { request, user, packet }
        }
        Message::ChannelEntry(entry) => {
            ClientEvent::Channel { request, channel: entry.into(), packet }
        }
        Message::FullChannelEntry(entry) => {
            ClientEvent::Channel { request, channel: entry.into(), packet }
        }
        Message::Ponged(pong) => {
            ClientEvent::Ponged { request, nick: pong.from.into_owned(), packet }
        }
        Message::JoinAck(ack) => {
            ClientEvent::Joined { request, channel: ack.channel.into_owned(), packet }
        }
        Message::ServerMessage(notice) => {
            ClientEvent::Notice { request, text: notice.message.into_owned(), packet }
        }
        Message::DirectBrowseReady(ready) => ClientEvent::DirectBrowseReady {
            request,
            nick: ready.nick.into_owned(),
            ip: ready.ip.v4(),
            port: ready.port,
            packet,
        },
        message => return unasked(message, packet),
    })
}

/// The event of a message that answers nothing.
fn unasked(message: Message<'_>, packet: Packet) -> Option<ClientEvent> {
    Some(match message {
        Message::Motd(motd) => ClientEvent::Motd { line: motd.line.into_owned(), packet },
        Message::Error(error) => ClientEvent::Error { text: error.message.into_owned(), packet },
        Message::PrivateMessageReceived(private) => ClientEvent::PrivateMessage {
            from: private.from.into_owned(),
            text: private.message.into_owned(),
            packet,
        },
        Message::PartedChannel(parted) => {
            ClientEvent::Parted { channel: parted.channel.into_owned(), packet }
        }
        Message::UserJoined(user) => ClientEvent::UserJoined {
            user: User::in_channel(
                user.channel,
                user.nick,
                Some(user.shared),
                Some(user.link_type),
            ),
            packet,
        },
        Message::UserParted(user) => ClientEvent::UserParted {
            user: User::in_channel(user.channel, user.nick, user.shared.0, user.link_type.0),
            packet,
        },
        Message::PublicMessageReceived(said) => ClientEvent::PublicMessage {
            channel: said.channel.into_owned(),
            nick: said.nick.into_owned(),
            text: said.text.into_owned(),
            packet,
        },
        Message::EmoteReceived(emote) => ClientEvent::Emote {
            channel: emote.channel.into_owned(),
            nick: emote.nick.into_owned(),
            text: emote.text.into_owned(),
            packet,
        },
        Message::Topic(topic) => ClientEvent::Topic {
            channel: topic.channel.into_owned(),
            topic: topic.topic.map(Text::into_owned),
            packet,
        },
        Message::ChannelMotd(motd) => {
            ClientEvent::ChannelMotd { text: motd.message.into_owned(), packet }
        }
        Message::ChannelInvited(invited) => ClientEvent::Invited {
            inviter: invited.inviter.into_owned(),
            channel: invited.channel.into_owned(),
            packet,
        },
        Message::UserSignon(user) => ClientEvent::UserSignedOn {
            nick: user.nick.into_owned(),
            link_type: user.link_type,
            packet,
        },
        Message::UserSignoff(user) => {
            ClientEvent::UserSignedOff { nick: user.nick.into_owned(), packet }
        }
        Message::Pinged(ping) => ClientEvent::Pinged { from: ping.from.into_owned(), packet },
        Message::SetDataPort(order) => ClientEvent::DataPortOrdered { port: order.port, packet },
        Message::DataPortErrorNotice(notice) => {
            ClientEvent::DataPortUnreachable { reporter: notice.reporter.into_owned(), packet }
        }
        Message::DirectBrowseRequested(wish) => ClientEvent::DirectBrowseRequested {
            requester: wish.requester.into_owned(),
            address: wish.ip.and_then(|ip| ip.v4()).zip(wish.port),
            packet,
        },
        message => return from_above(message, packet),
    })
}

/// The event of a message from those who run the server.
fn from_above(message: Message<'_>, packet: Packet) -> Option<ClientEvent> {
    Some(match message {
        Message::OperatorMessageReceived(said) => ClientEvent::OperatorMessage {
            from: said.from.into_owned(),
            text: said.text.into_owned(),
            packet,
        },
        Message::AnnouncementReceived(said) => ClientEvent::Announcement {
            from: said.from.into_owned(),
            text: said.text.into_owned(),
            packet,
        },
        Message::Redirect(order) => {
            ClientEvent::Redirected { host: order.host.into_owned(), port: order.port, packet }
        }
        Message::Cycle(order) => {
            ClientEvent::Cycled { metaserver: order.metaserver.into_owned(), packet }
        }
        Message::Ghost(_) => ClientEvent::Ghost { packet },
        Message::Disconnecting(_) => ClientEvent::Disconnecting { packet },
        _ => return None,
    })
}

/// What a message says of a login that it refuses.
fn refusal(message: &Message<'_>) -> Option<LoginRefusal> {
    Some(match message {
        Message::Error(error) => LoginRefusal::Error(error.message.clone().into_owned()),
        Message::NickTaken(_) => LoginRefusal::NickTaken,
        Message::NickInvalid(_) => LoginRefusal::NickInvalid,
        Message::LoginError(error) => LoginRefusal::LoginError(error.message.clone().into_owned()),
        Message::Echo(echo) => LoginRefusal::LoginError(echo.payload.clone().into_owned()),
        Message::ServerMessage(notice) => LoginRefusal::Notice(notice.message.clone().into_owned()),
        _ => return None,
    })
}
