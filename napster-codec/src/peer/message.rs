//! What can be said on a peer connection.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::code::{Code, Direction};
use crate::diagnostic::Diagnostics;
use crate::list::{Fields, Group};
use crate::message::macros::group;
use crate::message::{self, EncodeError, Payload, ShareFile};
use crate::peer::amount::Amount;
use crate::peer::digits::SizeRule;
use crate::peer::opening::read_entry;
use crate::text::{Quoted, Text, Token};
use crate::value::{Value, Visit};
use crate::writer::Writer;

group! {
    /// The downloader asks for a file: `GET`, then nick, quoted file name and offset, without an
    /// end.
    ///
    /// `GET` and the rest are two writes in the reference clients; there is no blank between them.
    GetRequest ['a] {
        /// The downloader.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// How many bytes the downloader has already; the Weekly page takes it for a port.
        offset: Option<Amount<'a>> as BytesSize in "bytes",
    }
}

group! {
    /// The uploader offers the file of a push order (501): `SEND`, then nick, quoted file name and
    /// size, without an end.
    SendRequest ['a] {
        /// The uploader.
        nick: Token<'a> as Nick,
        /// The file's path or name; programs do not always repeat the path of the order.
        filename: Quoted<'a> as Filename,
        /// The size of the whole file.
        size: Amount<'a> as BytesSize in "bytes",
    }
}

/// A message of a peer connection, as a view of a stream or built from values.
///
/// Nothing on such a connection is framed, so a message is written as its bytes and no more, and
/// what a byte means depends on who sent it and when: reading is the
/// [`Observer`](super::Observer)'s work.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// The listener is ready: the one byte `1`.
    Hello,
    /// See [`GetRequest`].
    GetRequest(GetRequest<'a>),
    /// See [`SendRequest`].
    SendRequest(SendRequest<'a>),
    /// The uploader says how large the whole file is: digits without an end, the file follows at
    /// once.
    FileSize {
        /// The size in bytes; gift-berlios sends the number of bytes that will follow.
        size: u64,
        /// What told where the digits end; `None` in a message that is to be written.
        rule: Option<SizeRule>,
    },
    /// The downloader answers a push with how many bytes it has already.
    ResumeOffset {
        /// The bytes to skip.
        offset: Amount<'a>,
    },
    /// The other side will not: text in place of a size or offset, then the connection is closed.
    PeerError {
        /// `INVALID REQUEST`, `FILE NOT SHARED` and the like; never begins with a digit.
        text: Text<'a>,
    },
    /// The requester asks for the list of all files: `GETLIST`, which TekNap ends with LF.
    GetList,
    /// A list of all files follows: `SENDLIST`.
    SendList {
        /// The owner; TekNap puts it on a line of its own, see [`BrowseOwner`](Self::BrowseOwner).
        nick: Option<Token<'a>>,
    },
    /// The first line of a list: whose files they are.
    BrowseOwner {
        /// The owner.
        nick: Token<'a>,
    },
    /// A line of a list: one file, in the form of message 100.
    BrowseEntry(ShareFile<'a>),
    /// The empty line that ends a list.
    BrowseEnd,
    /// The request of bangbangnapster's dialect: a file name and nothing else.
    BareRequest {
        /// The file.
        filename: Text<'a>,
    },
    /// A line of a chat between two clients (TekNap).
    ChatLine {
        /// The line without its end.
        text: Text<'a>,
    },
    /// A message that could not be read; the diagnostics say why.
    Unreadable {
        /// The name of the message that it should be.
        name: &'static str,
        /// All its bytes.
        bytes: Cow<'a, [u8]>,
    },
}

impl Message<'_> {
    /// The name in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::GetRequest(_) => "get_request",
            Self::SendRequest(_) => "send_request",
            Self::FileSize { .. } => "file_size",
            Self::ResumeOffset { .. } => "resume_offset",
            Self::PeerError { .. } => "peer_error",
            Self::GetList => "get_list",
            Self::SendList { .. } => "send_list",
            Self::BrowseOwner { .. } => "browse_owner",
            Self::BrowseEntry(_) => "browse_entry",
            Self::BrowseEnd => "browse_end",
            Self::BareRequest { .. } => "bare_request",
            Self::ChatLine { .. } => "chat_line",
            Self::Unreadable { name, .. } => name,
        }
    }

    /// Appends the message's bytes to a buffer.
    ///
    /// Who wants to write the word in front of a request on its own, as the reference clients do,
    /// cuts behind [`word_length`](Self::word_length) bytes.
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

    /// How many bytes the word in front of a request has: 3 for `GET`, 4 for `SEND`, else 0.
    #[must_use]
    pub const fn word_length(&self) -> usize {
        match self {
            Self::GetRequest(_) => GET.len(),
            Self::SendRequest(_) => SEND.len(),
            _ => 0,
        }
    }

    fn try_encode(&self, output: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Hello => output.push(b'1'),
            Self::GetRequest(request) => {
                output.extend_from_slice(GET);
                write_line(
                    request,
                    |line| GetRequest::parse(line).is_ok_and(|read| read.0 == *request),
                    output,
                )?;
            }
            Self::SendRequest(request) => {
                output.extend_from_slice(SEND);
                write_line(
                    request,
                    |line| SendRequest::parse(line).is_ok_and(|read| read.0 == *request),
                    output,
                )?;
            }
            Self::FileSize { size, .. } => Writer::new(output).digits(*size),
            Self::ResumeOffset { offset } => match offset {
                Amount::Bytes(bytes) => Writer::new(output).digits(*bytes),
                Amount::Other(digits) => output.extend_from_slice(digits.as_bytes()),
            },
            Self::PeerError { text } => {
                let bytes = text.as_bytes();
                // A digit would be read as the start of a size.
                if bytes.first().is_none_or(u8::is_ascii_digit) {
                    return Err(EncodeError::Ambiguous);
                }
                output.extend_from_slice(bytes);
            }
            Self::GetList => output.extend_from_slice(b"GETLIST"),
            Self::SendList { nick } => {
                output.extend_from_slice(b"SENDLIST");
                if let Some(nick) = nick {
                    output.push(b' ');
                    one_line(nick.as_bytes(), output)?;
                }
                output.push(b'\n');
            }
            Self::BrowseOwner { nick } => {
                one_line(nick.as_bytes(), output)?;
                output.push(b'\n');
            }
            Self::BrowseEntry(entry) => {
                write_line(
                    entry,
                    |line| read_entry(line).is_ok_and(|read| read.0 == *entry),
                    output,
                )?;
                output.push(b'\n');
            }
            Self::BrowseEnd => output.push(b'\n'),
            Self::BareRequest { filename } => one_line(filename.as_bytes(), output)?,
            Self::ChatLine { text } => {
                if !text.as_bytes().is_empty() {
                    one_line(text.as_bytes(), output)?;
                }
                output.push(b'\n');
            }
            Self::Unreadable { bytes, .. } => output.extend_from_slice(bytes),
        }
        Ok(())
    }

    /// The same message with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Message<'static> {
        match self {
            Self::Hello => Message::Hello,
            Self::GetRequest(request) => Message::GetRequest(Group::into_owned(request)),
            Self::SendRequest(request) => Message::SendRequest(Group::into_owned(request)),
            Self::FileSize { size, rule } => Message::FileSize { size, rule },
            Self::ResumeOffset { offset } => Message::ResumeOffset { offset: offset.into_owned() },
            Self::PeerError { text } => Message::PeerError { text: text.into_owned() },
            Self::GetList => Message::GetList,
            Self::SendList { nick } => Message::SendList { nick: nick.map(Token::into_owned) },
            Self::BrowseOwner { nick } => Message::BrowseOwner { nick: nick.into_owned() },
            Self::BrowseEntry(entry) => Message::BrowseEntry(entry.into_owned()),
            Self::BrowseEnd => Message::BrowseEnd,
            Self::BareRequest { filename } => {
                Message::BareRequest { filename: filename.into_owned() }
            }
            Self::ChatLine { text } => Message::ChatLine { text: text.into_owned() },
            Self::Unreadable { name, bytes } => {
                Message::Unreadable { name, bytes: Cow::Owned(bytes.into_owned()) }
            }
        }
    }
}

impl Visit for Message<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        match self {
            Self::GetRequest(request) => request.visit(visitor),
            Self::SendRequest(request) => request.visit(visitor),
            Self::FileSize { size, rule } => {
                visitor("size", Value::Unsigned(*size));
                if let Some(rule) = rule {
                    visitor("rule", Value::Text(rule.name().as_bytes()));
                }
            }
            Self::ResumeOffset { offset } => match offset {
                Amount::Bytes(bytes) => visitor("offset", Value::Unsigned(*bytes)),
                Amount::Other(digits) => visitor("offset", Value::Text(digits.as_bytes())),
            },
            Self::PeerError { text } | Self::ChatLine { text } => {
                visitor("text", Value::Text(text.as_bytes()));
            }
            Self::SendList { nick: Some(nick) } | Self::BrowseOwner { nick } => {
                visitor("nick", Value::Text(nick.as_bytes()));
            }
            Self::BrowseEntry(entry) => entry.visit(visitor),
            Self::BareRequest { filename } => {
                visitor("filename", Value::Text(filename.as_bytes()));
            }
            Self::Unreadable { name: "browse_entry", bytes } => {
                // The fields in front of the misfit.
                let (mut unused, line) = (Diagnostics::new(), bytes.trim_ascii_end());
                let direction = Direction::ToServer;
                let _ = message::visit_payload(SHARE, direction, line, &mut unused, visitor);
            }
            Self::Hello
            | Self::GetList
            | Self::SendList { nick: None }
            | Self::BrowseEnd
            | Self::Unreadable { .. } => {}
        }
    }
}

pub(super) const GET: &[u8] = b"GET";
pub(super) const SEND: &[u8] = b"SEND";

/// The message whose form a line of a list has.
const SHARE: Code = ShareFile::CODE;

/// Writes fields with one blank between them, where a reader gets the same out of them again.
fn write_line<'a, T: Fields<'a>>(
    fields: &T,
    reads_back: impl Fn(&[u8]) -> bool,
    output: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let start = output.len();
    let mut writer = Writer::new(output);
    fields.write_fields(&mut writer);
    let (hole, deviant) = (writer.hole(), writer.is_deviant());
    if let Some(field) = hole {
        return Err(EncodeError::Hole { field });
    }
    let line = output.get(start..).unwrap_or_default();
    if line.contains(&b'\n') || deviant && !reads_back(line) {
        return Err(EncodeError::Ambiguous);
    }
    Ok(())
}

/// Writes text that must not hold the end of its line, nor be empty.
fn one_line(text: &[u8], output: &mut Vec<u8>) -> Result<(), EncodeError> {
    if text.contains(&b'\n') || text.ends_with(b"\r") || text.is_empty() {
        return Err(EncodeError::Ambiguous);
    }
    output.extend_from_slice(text);
    Ok(())
}

/// A message that cannot be read, as its bytes.
pub(super) const fn unreadable<'b>(name: &'static str, bytes: &'b [u8]) -> Message<'b> {
    Message::Unreadable { name, bytes: Cow::Borrowed(bytes) }
}
