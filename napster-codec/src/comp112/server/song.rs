//! A server's song: fed by the caller, played in real time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::comp112::format::Format;
use crate::comp112::frame::FrameHeader;
use crate::comp112::message::Message;
use crate::comp112::server::{Server, ServerEvent};

/// The song that plays.
#[derive(Clone, Debug)]
pub(super) struct Song {
    pub(super) format: Format,
    began: Duration,
    /// Chunks that are over.
    played: u64,
    audio: VecDeque<u8>,
    /// Whether no further audio comes.
    whole: bool,
    asked: bool,
}

impl Server {
    /// Begins a song; its audio is fed behind.
    ///
    /// # Errors
    ///
    /// [`UnusableFormat`] where chunks of it cannot be framed or would take no time.
    pub fn start_song(&mut self, format: Format, now: Duration) -> Result<(), UnusableFormat> {
        self.now = now;
        let fits = (1..=u32::from(FrameHeader::LONGEST)).contains(&format.chunk);
        if !fits || format.bytes_per_second() == 0 {
            return Err(UnusableFormat);
        }
        let audio = VecDeque::new();
        let song = Song { format, began: now, played: 0, audio, whole: false, asked: true };
        self.song = Some(song);
        self.events.push_back(ServerEvent::AudioWanted);
        self.send(&Message::NewSong(format));
        self.place_newcomers();
        Ok(())
    }

    /// Adds audio to the song; says how many bytes were taken, the rest has to wait for
    /// [`ServerEvent::AudioWanted`].
    pub fn feed_audio(&mut self, audio: &[u8]) -> usize {
        let Some(song) = &mut self.song else { return 0 };
        let room = Self::AUDIO_LIMIT.saturating_sub(song.audio.len());
        let taken = audio.get(..room).unwrap_or(audio);
        song.audio.extend(taken);
        song.asked = false;
        taken.len()
    }

    /// The song has no more audio than was fed.
    pub const fn end_audio(&mut self) {
        if let Some(song) = &mut self.song {
            song.whole = true;
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; `None` while it would do
    /// nothing.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        let due = self.song.as_ref().and_then(|song| {
            let ready = song.whole || song.audio.len() >= song.format.chunk as usize;
            (ready && !self.lags()).then(|| song.due())
        });
        due.into_iter().chain(self.patience()).min()
    }

    /// Plays all chunks whose time has come, and lets those go who took too long.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.now = now;
        self.lose_patience(now);
        loop {
            let lags = self.lags();
            let Some(song) = &mut self.song else { break };
            let due = song.due();
            if due > now {
                break;
            }
            if lags {
                // The listener does not keep up: the song waits for him.
                song.began = song.began.saturating_add(now.saturating_sub(due));
                break;
            }
            match song.next_chunk() {
                Some(audio) => self.send(&Message::chunk(audio)),
                None if song.whole => {
                    self.song = None;
                    let next = self.wanted.pop_front();
                    let requested = next.and_then(|index| self.songs.get(index).cloned());
                    self.events.push_back(ServerEvent::SongWanted { requested });
                }
                None => {
                    self.ask_for_audio();
                    break;
                }
            }
            self.ask_for_audio();
        }
    }

    /// Whether who gets the audio does not keep up.
    fn lags(&self) -> bool {
        self.serving.is_some_and(|serving| self.output.waiting(serving) >= Self::PENDING_LIMIT)
    }

    fn ask_for_audio(&mut self) {
        let Some(song) = &mut self.song else { return };
        if !song.whole && !song.asked && song.audio.len() < Self::AUDIO_LIMIT / 2 {
            song.asked = true;
            self.events.push_back(ServerEvent::AudioWanted);
        }
    }
}

impl Song {
    /// When the next chunk is due.
    fn due(&self) -> Duration {
        self.began.saturating_add(self.format.duration(self.played))
    }

    /// The next chunk; the last one is padded with blanks, as the original does.
    fn next_chunk(&mut self) -> Option<Vec<u8>> {
        let length = self.format.chunk as usize;
        if self.audio.is_empty() || self.audio.len() < length && !self.whole {
            return None;
        }
        let mut chunk: Vec<u8> = self.audio.drain(..length.min(self.audio.len())).collect();
        chunk.resize(length, b' ');
        self.played += 1;
        Some(chunk)
    }
}

/// A format whose chunks cannot be framed or would take no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "says all there is to say")]
pub struct UnusableFormat;

impl fmt::Display for UnusableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a chunk needs 1 to 9999 bytes, and a sample width and rate above 0")
    }
}

impl core::error::Error for UnusableFormat {}
