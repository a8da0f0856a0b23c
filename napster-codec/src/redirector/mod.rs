//! The small ports beside an index server: the redirector that names one, and OpenNap's line of
//! statistics.
//!
//! On both the server speaks first, the client sends nothing at all, and one line of text is all
//! there is. How that line ends differs from program to program, so a reader waits for a
//! terminator, for 80 bytes or for the end of the stream, whichever comes first:
//!
//! ```
//! use napster_codec::redirector::{Reader, Redirect};
//!
//! let mut reader = Reader::new();
//! reader.feed(b"10.77.0.1:88");
//! assert_eq!(reader.redirect()?, None); // the port may go on
//! reader.feed(b"88\n");
//! let redirect = reader.redirect()?.expect("the line has ended");
//! assert_eq!((redirect.host.to_str(), redirect.port), (Some("10.77.0.1"), 8888));
//! assert!(!redirect.is_busy());
//! # Ok::<(), napster_codec::redirector::RedirectError>(())
//! ```
//!
//! A [`Client`] asks until a server takes it, a bounded number of times with a pause between them.

mod client;

use alloc::vec::Vec;
use core::fmt;

use crate::field::canonical_number;
use crate::number::Decimal;
use crate::recognition::Recognition;
use crate::text::{Text, Token};
use crate::value::{Value, Visit};
use crate::writer::Writer;

pub use client::{Client, ClientConfig, ClientEvent, Failure};

/// The answer of a redirector (TCP 8875, late clients 8876): where an index server listens.
///
/// Official servers pad it with NUL to 80 bytes (Weekly trace), OpenNap's metaserver ends it with
/// LF and closes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct Redirect<'a> {
    /// An address in dotted form or a DNS name.
    pub host: Token<'a>,
    /// What stands between host and port.
    pub separator: Separator,
    /// The TCP port; 0 with host 127.0.0.1 says that all servers are busy.
    pub port: u16,
    /// What is behind the port: NUL bytes, a line end, or nothing.
    pub padding: Text<'a>,
}

/// What stands between the host and the port of a [`Redirect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "programs accept these two and no others")]
pub enum Separator {
    /// A colon: what servers send.
    Colon,
    /// A blank, which TekNap accepts as well.
    Blank,
}

impl<'a> Redirect<'a> {
    /// The length of the official answer with its padding, in bytes.
    pub const PADDED_LENGTH: usize = 80;

    /// Reads an answer from the start of a stream; `None` where more bytes can change it.
    ///
    /// `ended` says that the stream has no further bytes. What is behind the line is not looked at.
    ///
    /// # Errors
    ///
    /// [`RedirectError`] where the bytes cannot become an answer.
    pub fn parse(stream: &'a [u8], ended: bool) -> Result<Option<Self>, RedirectError> {
        let text = stream.get(..LONGEST).unwrap_or(stream);
        let host_length = text.iter().position(|&byte| is_host_end(byte)).unwrap_or(text.len());
        let (host, behind) = text.split_at_checked(host_length).unwrap_or_default();
        if let Some(at) = host.iter().position(|byte| !byte.is_ascii_graphic()) {
            return Err(RedirectError::NotText { at });
        }
        let separator = match behind.first() {
            None if ended || text.len() == LONGEST => return Err(RedirectError::MissingPort),
            None => return Ok(None),
            Some(b':') => Separator::Colon,
            Some(b' ' | b'\t') => Separator::Blank,
            Some(_) => return Err(RedirectError::MissingPort),
        };
        let Ok(host) = Token::new(host) else { return Err(RedirectError::MissingHost) };
        let behind = behind.get(1..).unwrap_or_default();
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, padding) = behind.split_at_checked(digits).unwrap_or_default();
        let at = host_length + 1;
        if digits.len() > MOST_DIGITS {
            return Err(RedirectError::PortOutOfRange { at });
        }
        match padding.first() {
            // An 81st byte is not part of the padded form, so 80 bytes are an end as well.
            None if !ended && text.len() < Self::PADDED_LENGTH => return Ok(None),
            None => {}
            Some(byte) if is_terminator(*byte) => {}
            Some(_) => return Err(RedirectError::NotText { at: at + digits.len() }),
        }
        if digits.is_empty() {
            return Err(RedirectError::MissingPort);
        }
        let port = digits.iter().fold(0_u32, |port, digit| port * 10 + u32::from(digit - b'0'));
        let Ok(port) = u16::try_from(port) else {
            return Err(RedirectError::PortOutOfRange { at });
        };
        let length = padding_length(padding, text.len() - padding.len());
        let padding = Text::read(padding.get(..length).unwrap_or(padding));
        Ok(Some(Self { host, separator, port, padding }))
    }

    /// Whether the redirector says that all servers are busy: the host begins with `127.`.
    ///
    /// `MP3::Napster` compares `127.0.0.1:`, TekNap only `127`.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.host.as_bytes().starts_with(b"127.")
    }

    /// Appends host, separator, port and padding to a buffer, whatever the padding is.
    pub fn write(&self, output: &mut Vec<u8>) {
        output.extend_from_slice(self.host.as_bytes());
        output.push(if self.separator == Separator::Colon { b':' } else { b' ' });
        Writer::new(output).digits(u64::from(self.port));
        output.extend_from_slice(self.padding.as_bytes());
    }

    /// Appends the answer as OpenNap's metaserver writes it: ended by LF.
    pub fn write_line(&self, output: &mut Vec<u8>) {
        self.with_padding(b"\n").write(output);
    }

    /// Appends the answer as official redirectors write it: padded with NUL to 80 bytes.
    ///
    /// A name too long for that gets a single NUL.
    pub fn write_padded(&self, output: &mut Vec<u8>) {
        let start = output.len();
        self.with_padding(b"\0").write(output);
        output.resize(output.len().max(start + Self::PADDED_LENGTH), 0);
    }

    /// The same value with bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Redirect<'static> {
        Redirect {
            host: self.host.into_owned(),
            separator: self.separator,
            port: self.port,
            padding: self.padding.into_owned(),
        }
    }

    fn with_padding(&self, padding: &'static [u8]) -> Self {
        Self { padding: Text::read(padding), ..self.clone() }
    }
}

impl Visit for Redirect<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("host", Value::Text(self.host.as_bytes()));
        visitor("port", Value::Unsigned(u64::from(self.port)));
        visitor("padding", Value::Text(self.padding.as_bytes()));
    }
}

/// Why the bytes of a redirector cannot be an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedirectError {
    /// Nothing stands in front of the port.
    MissingHost,
    /// No port follows the host.
    MissingPort,
    /// The port is above 65,535.
    PortOutOfRange {
        /// Place of its first digit in the stream.
        at: usize,
    },
    /// A byte that no host name, port or padding can have.
    NotText {
        /// Its place in the stream.
        at: usize,
    },
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHost => f.write_str("expected a host in front of the port"),
            Self::MissingPort => f.write_str("expected a port behind the host"),
            Self::PortOutOfRange { at } => write!(f, "byte {at}: expected a port up to 65535"),
            Self::NotText { at } => write!(f, "byte {at}: expected host:port and padding"),
        }
    }
}

impl core::error::Error for RedirectError {}

/// Collects what a redirector sends, in any portions.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
    ended: bool,
}

impl Reader {
    /// The most bytes that are kept; a longer line is no answer.
    pub const LIMIT: usize = LONGEST;

    /// A reader at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), ended: false }
    }

    /// Adds bytes of the stream; says how many were kept, the others are behind the answer.
    pub fn feed(&mut self, bytes: &[u8]) -> usize {
        let room = Self::LIMIT.saturating_sub(self.bytes.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(taken);
        taken.len()
    }

    /// The stream has no further bytes.
    pub const fn finish(&mut self) {
        self.ended = true;
    }

    /// The answer, as soon as no further byte can change host and port.
    ///
    /// # Errors
    ///
    /// [`RedirectError`] where there is none in these bytes.
    pub fn redirect(&self) -> Result<Option<Redirect<'_>>, RedirectError> {
        Redirect::parse(&self.bytes, self.ended)
    }

    /// Whether the padding is complete too: behind a line end, at 80 bytes, or at the end.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        if self.ended {
            return true;
        }
        match self.redirect() {
            Ok(Some(redirect)) => {
                redirect.padding.as_bytes().ends_with(b"\n")
                    || self.bytes.len() >= Redirect::PADDED_LENGTH
            }
            _ => false,
        }
    }

    /// What was kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Says whether a connection is one to a redirector, from what its listener sent so far.
///
/// The client must not have sent anything. A name alone proves too little on an unknown port, so it
/// takes an address in dotted form, or `known_port` for 8875 and 8876.
#[must_use]
pub fn recognise(listener: &[u8], ended: bool, known_port: bool) -> Recognition {
    let Ok(redirect) = Redirect::parse(listener, ended) else { return Recognition::No };
    let Some(redirect) = redirect else {
        let address_so_far = listener.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let possible = known_port || address_so_far || listener.contains(&b':');
        return if possible { Recognition::Maybe } else { Recognition::No };
    };
    let whole = {
        let mut length = Vec::new();
        redirect.write(&mut length);
        length.len() >= listener.len()
    };
    let dotted =
        redirect.host.to_str().is_some_and(|host| host.parse::<core::net::Ipv4Addr>().is_ok());
    if whole && redirect.separator == Separator::Colon && (dotted || known_port) {
        Recognition::Yes
    } else {
        Recognition::No
    }
}

/// The line of OpenNap's statistics port (TCP 8889): `users files load bytes 0` and LF.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
pub struct StatsLine<'a> {
    /// The line without its end.
    pub text: Text<'a>,
}

/// The numbers of a [`StatsLine`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats<'s> {
    /// Users on line.
    pub users: u64,
    /// Files shared.
    pub files: u64,
    /// The load of the server's machine.
    pub load: Decimal<'s>,
    /// The library in bytes; OpenNap multiplies kilobytes by 1024.
    pub bytes: u64,
}

impl<'a> StatsLine<'a> {
    /// The longest line that is read, in bytes; five numbers need less.
    pub const LIMIT: usize = 128;

    /// Reads the line at the start of a stream, and says how many bytes it has with its end.
    ///
    /// `None` where it has not ended or is no such line.
    #[must_use]
    pub fn parse(stream: &'a [u8], ended: bool) -> Option<(Self, usize)> {
        let bounded = stream.get(..Self::LIMIT).unwrap_or(stream);
        let (line, length) = match bounded.iter().position(|&byte| byte == b'\n') {
            Some(at) => (bounded.get(..at)?, at + 1),
            None if ended => (bounded, bounded.len()),
            None => return None,
        };
        let line = Self { text: Text::read(line.strip_suffix(b"\r").unwrap_or(line)) };
        line.stats()?;
        Some((line, length))
    }

    /// The numbers.
    #[must_use]
    pub fn stats(&self) -> Option<Stats<'_>> {
        let mut words = self.text.as_bytes().split(|&byte| byte == b' ');
        let number = |word| canonical_number(word, u64::MAX);
        let users = words.next().and_then(number)?;
        let files = words.next().and_then(number)?;
        let load = Decimal::new(Token::new(words.next()?).ok()?)?;
        let bytes = words.next().and_then(number)?;
        // The constant behind them is all that tells the line from other rows of numbers.
        (words.next() == Some(b"0") && words.next().is_none()).then_some(Stats {
            users,
            files,
            load,
            bytes,
        })
    }

    /// Appends the line with LF to a buffer.
    pub fn write(&self, output: &mut Vec<u8>) {
        output.extend_from_slice(self.text.as_bytes());
        output.push(b'\n');
    }
}

impl Visit for StatsLine<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        visitor("text", Value::Text(self.text.as_bytes()));
    }
}

/// The longest line that is waited for: a DNS name, a separator, a port and a terminator.
const LONGEST: usize = 253 + 1 + MOST_DIGITS + 1;

/// More digits than this are no port, however many zeros stand in front.
const MOST_DIGITS: usize = 8;

const fn is_host_end(byte: u8) -> bool {
    byte == b':' || is_terminator(byte)
}

/// Whether a program of the time ends the line here (framing notes: NUL, CR, LF or white space).
const fn is_terminator(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

/// How much of what is behind the port belongs to the answer.
fn padding_length(padding: &[u8], before: usize) -> usize {
    if let Some(at) = padding.iter().position(|&byte| byte == b'\n') {
        return at + 1;
    }
    let room = Redirect::PADDED_LENGTH.saturating_sub(before);
    padding.iter().take(room).take_while(|byte| is_terminator(**byte)).count()
}
