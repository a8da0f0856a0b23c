//! A client's questions to the server, one at a time.

use alloc::vec::Vec;

use crate::comp112::client::{Client, ClientError, ClientEvent, Link, State};
use crate::comp112::command::{AnswerEnd, find_answer, read_list};
use crate::comp112::message::Message;
use crate::text::Text;

/// A question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    bytes: Vec<u8>,
    kind: RequestKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestKind {
    Songs,
    Requests,
    Play,
}

impl Client {
    /// Asks for the list of songs.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where it cannot be asked.
    pub fn ask_songs(&mut self) -> Result<(), ClientError> {
        self.ask(RequestKind::Songs, &Message::SongListRequest)
    }

    /// Asks for the list of requested songs.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where it cannot be asked.
    pub fn ask_requests(&mut self) -> Result<(), ClientError> {
        self.ask(RequestKind::Requests, &Message::RequestListRequest)
    }

    /// Asks for a song, by its name or by its place in the list of songs, counted from 1.
    ///
    /// # Errors
    ///
    /// [`ClientError`] where it cannot be asked: the name has a comma, or more than 95 bytes.
    pub fn play(&mut self, song: &[u8]) -> Result<(), ClientError> {
        self.ask(RequestKind::Play, &Message::PlayRequest { song: Text::read(song) })
    }

    fn ask(&mut self, kind: RequestKind, message: &Message<'_>) -> Result<(), ClientError> {
        if self.state == State::Left || self.leave_at.is_some() {
            return Err(ClientError::Left);
        }
        if self.requests.len() >= Self::REQUEST_LIMIT {
            return Err(ClientError::TooManyRequests);
        }
        let bytes = message.encode().map_err(ClientError::Song)?;
        self.requests.push_back(Request { bytes, kind });
        if self.state == State::Listening {
            self.ask_next();
        }
        Ok(())
    }

    /// Asks the next question, when the last one is answered.
    pub(super) fn ask_next(&mut self) {
        if self.asked || self.state == State::Left {
            return;
        }
        if let Some(request) = self.requests.front() {
            self.asked = true;
            self.outbox.push_back((Link::Requests, request.bytes.clone()));
        }
    }

    pub(super) fn read_answers(&mut self, bytes: &[u8]) {
        if !self.asked {
            return;
        }
        self.answer.extend_from_slice(bytes);
        let too_long = self.answer.len() > Self::ANSWER_LIMIT;
        let boundary = Some(self.answer.len());
        let (end, head, length) = match find_answer(&self.answer, boundary, too_long) {
            AnswerEnd::Need => return,
            AnswerEnd::List(end, head, length) => (end, Some(head), length),
            AnswerEnd::Text(end) => (end, None, 0),
            AnswerEnd::Unknown => (self.answer.len(), None, 0),
        };
        let answer: Vec<u8> = self.answer.drain(..end.min(self.answer.len())).collect();
        self.answer.clear();
        self.asked = false;
        let Some(request) = self.requests.pop_front() else { return };
        let list = |requests| head.map(|head| read_list(&answer, head, length, requests));
        let event = match request.kind {
            RequestKind::Songs => match list(false) {
                Some(Message::SongList(list)) => ClientEvent::Songs(list.songs()),
                _ => ClientEvent::Songs(None),
            },
            RequestKind::Requests => match list(true) {
                Some(Message::RequestList(list)) => ClientEvent::Requests(list.songs()),
                _ => ClientEvent::Requests(Vec::new()),
            },
            RequestKind::Play => ClientEvent::PlayReply(answer),
        };
        self.events.push_back(event);
        self.ask_next();
    }
}
