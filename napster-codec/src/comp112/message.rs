//! What can be said on the connections of the music stream.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::comp112::format::Format;
use crate::comp112::frame::{FrameHeader, FrameKind, RECORD_LENGTH};
use crate::comp112::names::{RequestList, SongList};
use crate::text::Text;
use crate::value::{Value, Visit};
use crate::writer::Writer;

/// A message of the music stream, as a view of bytes or built from values.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// First bootstrap record: the format of the song that is playing.
    StreamInfo(Format),
    /// Second bootstrap record: where to fetch the audio.
    StreamHost {
        /// A host name, at most 95 bytes.
        host: Text<'a>,
    },
    /// Third bootstrap record: where the client is to listen; it fetches at the port before.
    StreamPort {
        /// The TCP port.
        port: u16,
    },
    /// A frame: a song begins.
    NewSong(Format),
    /// A frame: one millisecond of audio.
    SongChunk {
        /// Samples, low byte first; the last chunk of a song is padded with blanks.
        audio: Cow<'a, [u8]>,
    },
    /// A run of chunks, for records of many; it has no bytes of its own.
    SongChunks {
        /// How many.
        count: u64,
        /// Bytes of audio in them.
        bytes: u64,
    },
    /// A frame: the sender leaves; his source is at the port before this one.
    Disconnect {
        /// The host of the sender's source.
        host: Text<'a>,
        /// The sender's own port.
        port: u16,
    },
    /// `SONGLIST`.
    SongListRequest,
    /// `REQUESTLIST`.
    RequestListRequest,
    /// `PLAY,` and a song.
    PlayRequest {
        /// A name, or its place in the list of songs, counted from 1.
        song: Text<'a>,
    },
    /// `DC,HOST,…,PORT,…`: the client leaves.
    Leave {
        /// The host of the client's source.
        host: Text<'a>,
        /// The client's own port.
        port: u16,
    },
    /// The answer to `SONGLIST`.
    SongList(SongList<'a>),
    /// The answer to `REQUESTLIST`.
    RequestList(RequestList<'a>),
    /// The answer to `PLAY`.
    PlayReply {
        /// See [`PlayAnswer`](super::PlayAnswer) for the three texts.
        text: Text<'a>,
    },
    /// A message that could not be read; the diagnostics say why.
    Unreadable {
        /// The name of the message that it should be, or `unknown`.
        name: &'static str,
        /// All its bytes.
        bytes: Cow<'a, [u8]>,
    },
}

impl<'a> Message<'a> {
    /// The name in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StreamInfo(_) => "stream_info",
            Self::StreamHost { .. } => "stream_host",
            Self::StreamPort { .. } => "stream_port",
            Self::NewSong(_) => "new_song",
            Self::SongChunk { .. } | Self::SongChunks { .. } => "song_chunks",
            Self::Disconnect { .. } => "disconnect",
            Self::SongListRequest => "song_list_request",
            Self::RequestListRequest => "request_list_request",
            Self::PlayRequest { .. } => "play_request",
            Self::Leave { .. } => "leave",
            Self::SongList(_) => "song_list",
            Self::RequestList(_) => "request_list",
            Self::PlayReply { .. } => "play_reply",
            Self::Unreadable { name, .. } => name,
        }
    }

    /// A chunk of audio.
    #[must_use]
    pub fn chunk(audio: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::SongChunk { audio: audio.into() }
    }

    /// The message's bytes.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where the value cannot be said, or would be read as another.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let mut output = Vec::new();
        self.encode_into(&mut output)?;
        Ok(output)
    }

    /// Appends the message's bytes to a buffer.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] where the value cannot be said, or would be read as another; the buffer is
    /// then as it was.
    pub fn encode_into(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        let start = output.len();
        let result = self.try_encode(output);
        if result.is_err() {
            output.truncate(start);
        }
        result
    }

    fn try_encode(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::StreamInfo(format) => {
                let mut text = b"NS/".to_vec();
                format.write(&mut text);
                record(&text, output)
            }
            Self::StreamHost { host } => record(&[b"HOST/", plain(host, b" ")?].concat(), output),
            Self::StreamPort { port } => {
                let mut text = b"PORT/".to_vec();
                Writer::new(&mut text).digits(u64::from(*port));
                record(&text, output)
            }
            Self::NewSong(format) => {
                let (mut text, mut payload) = (Vec::new(), Vec::new());
                format.write(&mut text);
                record(&text, &mut payload)?;
                frame(FrameKind::NewSong, &payload, output)
            }
            Self::SongChunk { audio } => frame(FrameKind::Chunk, audio, output),
            Self::SongChunks { .. } => Err(EncodeError::NoBytes),
            Self::Disconnect { host, port } => {
                let mut payload = [b"HOST#", plain(host, b"#")?, b"#PORT#"].concat();
                Writer::new(&mut payload).digits(u64::from(*port));
                frame(FrameKind::Disconnect, &payload, output)
            }
            Self::SongListRequest => put(b"SONGLIST", output),
            Self::RequestListRequest => put(b"REQUESTLIST", output),
            Self::PlayRequest { song } => {
                let request = [b"PLAY,", plain(song, b",")?].concat();
                // The server reads at most so many bytes at once.
                if request.len() > RECORD_LENGTH {
                    return Err(EncodeError::TooLong {
                        length: request.len(),
                        limit: RECORD_LENGTH,
                    });
                }
                put(&request, output)
            }
            Self::Leave { host, port } => {
                put(&[b"DC,HOST,", plain(host, b",")?, b",PORT,"].concat(), output)?;
                Writer::new(output).digits(u64::from(*port));
                Ok(())
            }
            Self::SongList(list) => answer(list.length, &list.text, output),
            Self::RequestList(list) => answer(list.length, &list.text, output),
            Self::PlayReply { text } => put(text.as_bytes(), output),
            Self::Unreadable { bytes, .. } => put(bytes, output),
        }
    }

    /// The same message with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Message<'static> {
        match self {
            Self::StreamInfo(format) => Message::StreamInfo(format),
            Self::StreamHost { host } => Message::StreamHost { host: host.into_owned() },
            Self::StreamPort { port } => Message::StreamPort { port },
            Self::NewSong(format) => Message::NewSong(format),
            Self::SongChunk { audio } => Message::chunk(audio.into_owned()),
            Self::SongChunks { count, bytes } => Message::SongChunks { count, bytes },
            Self::Disconnect { host, port } => {
                Message::Disconnect { host: host.into_owned(), port }
            }
            Self::SongListRequest => Message::SongListRequest,
            Self::RequestListRequest => Message::RequestListRequest,
            Self::PlayRequest { song } => Message::PlayRequest { song: song.into_owned() },
            Self::Leave { host, port } => Message::Leave { host: host.into_owned(), port },
            Self::SongList(SongList { length, text }) => {
                Message::SongList(SongList { length, text: text.into_owned() })
            }
            Self::RequestList(RequestList { length, text }) => {
                Message::RequestList(RequestList { length, text: text.into_owned() })
            }
            Self::PlayReply { text } => Message::PlayReply { text: text.into_owned() },
            Self::Unreadable { name, bytes } => {
                Message::Unreadable { name, bytes: Cow::Owned(bytes.into_owned()) }
            }
        }
    }
}

impl Visit for Message<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        match self {
            Self::StreamInfo(format) | Self::NewSong(format) => format.visit(visitor),
            Self::StreamHost { host } => visitor("host", Value::Text(host.as_bytes())),
            Self::StreamPort { port } => visitor("port", Value::Unsigned(u64::from(*port))),
            Self::SongChunk { audio } => {
                visitor("count", Value::Unsigned(1));
                visitor("bytes", Value::Unsigned(audio.len() as u64));
            }
            Self::SongChunks { count, bytes } => {
                visitor("count", Value::Unsigned(*count));
                visitor("bytes", Value::Unsigned(*bytes));
            }
            Self::Disconnect { host, port } | Self::Leave { host, port } => {
                visitor("host", Value::Text(host.as_bytes()));
                visitor("port", Value::Unsigned(u64::from(*port)));
            }
            Self::PlayRequest { song } => visitor("song", Value::Text(song.as_bytes())),
            Self::SongList(list) => list.visit(visitor),
            Self::RequestList(list) => list.visit(visitor),
            Self::PlayReply { text } => visitor("text", Value::Text(text.as_bytes())),
            Self::SongListRequest | Self::RequestListRequest | Self::Unreadable { .. } => {}
        }
    }
}

/// Why a message cannot be written: a mistake of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// A record, request or frame has more bytes than the other side reads.
    TooLong {
        /// Its bytes.
        length: usize,
        /// The most that are read.
        limit: usize,
    },
    /// A text is empty or holds what would end it.
    Ambiguous,
    /// [`Message::SongChunks`] only counts.
    NoBytes,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { length, limit } => {
                write!(f, "the other side reads at most {limit} bytes of it, this has {length}")
            }
            Self::Ambiguous => f.write_str("a text is empty or holds the byte that ends it"),
            Self::NoBytes => f.write_str("a count of chunks cannot be written, only the chunks"),
        }
    }
}

impl core::error::Error for EncodeError {}

/// A text that does not hold what ends it.
fn plain<'t>(text: &'t Text<'_>, ends: &[u8]) -> Result<&'t [u8], EncodeError> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.iter().any(|byte| ends.contains(byte)) {
        return Err(EncodeError::Ambiguous);
    }
    Ok(bytes)
}

/// Writes a text padded with blanks; a longer one would be read as two records.
fn record(text: &[u8], output: &mut Vec<u8>) -> Result<(), EncodeError> {
    if text.len() > RECORD_LENGTH {
        return Err(EncodeError::TooLong { length: text.len(), limit: RECORD_LENGTH });
    }
    let end = output.len() + RECORD_LENGTH;
    output.extend_from_slice(text);
    output.resize(end, b' ');
    Ok(())
}

fn frame(kind: FrameKind, payload: &[u8], output: &mut Vec<u8>) -> Result<(), EncodeError> {
    let limit = usize::from(FrameHeader::LONGEST);
    let too_long = EncodeError::TooLong { length: payload.len(), limit };
    let length = u16::try_from(payload.len()).map_err(|_| too_long)?;
    let header = FrameHeader { kind, length }.to_bytes().ok_or(too_long)?;
    output.extend_from_slice(&header);
    put(payload, output)
}

fn answer(length: u64, text: &Text<'_>, output: &mut Vec<u8>) -> Result<(), EncodeError> {
    Writer::new(output).digits(length);
    put(b"##", output)?;
    put(text.as_bytes(), output)
}

#[allow(clippy::unnecessary_wraps, reason = "ends a match whose other arms can fail")]
fn put(bytes: &[u8], output: &mut Vec<u8>) -> Result<(), EncodeError> {
    output.extend_from_slice(bytes);
    Ok(())
}
