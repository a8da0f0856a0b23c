//! What the server and the source say, and what is passed on of it.

use alloc::vec::Vec;

use crate::comp112::bootstrap::{self, PREFIXES, Record};
use crate::comp112::client::{Client, ClientEvent, Link, State};
use crate::comp112::frame::{Frame, FrameDecoder, FrameHeader, FrameKind, Item};
use crate::comp112::message::Message;
use crate::comp112::stream::{read_disconnect, read_new_song};

impl Client {
    pub(super) fn read_records(&mut self, bytes: &[u8]) {
        self.records.extend_from_slice(bytes);
        while let State::Records(place) = self.state {
            let length = match bootstrap::find(&self.records, place, false) {
                Record::Need => return,
                Record::Whole(length, _) => length,
                Record::Bad => {
                    self.events.push_back(ClientEvent::BadRecords);
                    self.state = State::Left;
                    return;
                }
            };
            let record: Vec<u8> = self.records.drain(..length.min(self.records.len())).collect();
            match bootstrap::read(&record, place).0 {
                Message::StreamInfo(format) => {
                    self.format = Some(format);
                    self.events.push_back(ClientEvent::Playing(format));
                }
                Message::StreamHost { host } => self.source = host.as_bytes().to_vec(),
                Message::StreamPort { port } => self.port = port,
                _ => {
                    self.events.push_back(ClientEvent::BadRecords);
                    self.state = State::Left;
                    return;
                }
            }
            if place + 1 < PREFIXES.len() {
                self.state = State::Records(place + 1);
            } else {
                self.state = State::Listening;
                self.events.push_back(ClientEvent::Listen { port: self.port });
                self.events.push_back(ClientEvent::Close(Link::Bootstrap));
                self.connect_source();
            }
        }
    }

    fn connect_source(&mut self) {
        let (link, host, port) = (Link::Source, self.source.clone(), self.port.saturating_sub(1));
        self.events.push_back(ClientEvent::Connect { link, host, port });
    }

    pub(super) fn read_frames(&mut self) {
        let mut decoder = core::mem::take(&mut self.decoder);
        while let Some(item) = decoder.poll() {
            match item {
                Item::Frame(frame) if frame.kind == FrameKind::Disconnect => {
                    let raw = whole(frame);
                    if let Message::Disconnect { host, port } = read_disconnect(&raw).0 {
                        self.source = host.as_bytes().to_vec();
                        self.port = port;
                        self.connected = false;
                        self.events.push_back(ClientEvent::SourceLeft);
                        self.events.push_back(ClientEvent::Close(Link::Source));
                        self.connect_source();
                        // Nothing comes behind it on this connection.
                        self.decoder = FrameDecoder::new();
                        return;
                    }
                }
                Item::Frame(frame) => {
                    let raw = whole(frame);
                    if frame.kind == FrameKind::Chunk {
                        self.events.push_back(ClientEvent::Audio(frame.payload.to_vec()));
                    } else if let Message::NewSong(format) = read_new_song(&raw).0 {
                        self.format = Some(format);
                        self.events.push_back(ClientEvent::Playing(format));
                    }
                    self.pass_on(raw);
                }
                Item::Bad { reason, .. } => self.events.push_back(ClientEvent::Damaged(reason)),
                Item::Skipped { .. } => {}
            }
        }
        self.decoder = decoder;
    }

    /// Hands a frame to the successor, or keeps it for the next one.
    pub(super) fn pass_on(&mut self, frame: Vec<u8>) {
        if self.successor {
            if self.passing < Self::BACKLOG_LIMIT {
                self.passing += 1;
                self.outbox.push_back((Link::Successor, frame));
            } else {
                self.dropped += 1;
                self.tell_dropped();
            }
        } else if self.handing_over {
            self.backlog.push_back(frame);
            if self.backlog.len() > Self::BACKLOG_LIMIT {
                self.backlog.pop_front();
                self.dropped += 1;
            }
        }
    }

    pub(super) fn tell_dropped(&mut self) {
        let frames = core::mem::take(&mut self.dropped);
        if frames > 0 {
            self.events.push_back(ClientEvent::Dropped { frames });
        }
    }
}

/// A frame's bytes.
fn whole(frame: Frame<'_>) -> Vec<u8> {
    let length = u16::try_from(frame.payload.len()).unwrap_or(u16::MAX);
    let header = FrameHeader { kind: frame.kind, length }.to_bytes();
    [header.as_ref().map_or(&[][..], |header| header), frame.payload].concat()
}
