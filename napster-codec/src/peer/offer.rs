//! TekNap's invitations inside private messages (205): a file or a chat on a connection of its own.

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use crate::field::canonical_number;
use crate::number::Address;
use crate::text::{Quoted, Text, Token};
use crate::value::{Value, Visit};
use crate::writer::Writer;

/// An invitation in the manner of the DCC messages of IRC: text between two bytes 0x01.
///
/// `\x01SEND nick ip port "file" size checksum 0\x01` and `\x01CHAT nick ip port password\x01`,
/// where TekNap may leave out what is behind the size and the port. The receiver of the 205 then
/// connects to that address; obeying it blindly lets anybody point him anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offer<'a> {
    /// A file; the connection speaks as for a download.
    #[non_exhaustive]
    Send {
        /// Who offers.
        nick: Token<'a>,
        /// Where he listens.
        address: OfferAddress<'a>,
        /// The TCP port.
        port: u16,
        /// The file's name.
        filename: Quoted<'a>,
        /// Its size in bytes.
        size: u64,
        /// What stands behind the size: a checksum or a word in its place, and a number.
        extra: Option<Text<'a>>,
    },
    /// A chat; the connection carries lines.
    #[non_exhaustive]
    Chat {
        /// Who invites.
        nick: Token<'a>,
        /// Where he listens.
        address: OfferAddress<'a>,
        /// The TCP port.
        port: u16,
        /// A password that he asks for; it travels in the clear.
        password: Option<Text<'a>>,
    },
}

/// The address in an [`Offer`], as the word that it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OfferAddress<'a>(pub Token<'a>);

impl OfferAddress<'_> {
    /// The address: a number whose lowest byte is the first octet, as everywhere in the protocol,
    /// or the dotted form.
    #[must_use]
    pub fn v4(&self) -> Option<Ipv4Addr> {
        let word = self.0.as_bytes();
        match canonical_number(word, u64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok()) {
            Some(number) => Address::from_wire(number).v4(),
            None => self.0.to_str()?.parse().ok(),
        }
    }
}

impl From<Ipv4Addr> for OfferAddress<'_> {
    fn from(address: Ipv4Addr) -> Self {
        let mut digits = Vec::new();
        Writer::new(&mut digits).digits(u64::from(u32::from_le_bytes(address.octets())));
        Self(Token::new(digits).unwrap_or_else(|_| Token::read(b"0")))
    }
}

impl<'a> Offer<'a> {
    /// Offers a file.
    #[must_use]
    pub const fn send(
        nick: Token<'a>,
        address: OfferAddress<'a>,
        port: u16,
        filename: Quoted<'a>,
        size: u64,
    ) -> Self {
        Self::Send { nick, address, port, filename, size, extra: None }
    }

    /// Invites to a chat.
    #[must_use]
    pub const fn chat(nick: Token<'a>, address: OfferAddress<'a>, port: u16) -> Self {
        Self::Chat { nick, address, port, password: None }
    }

    /// Reads the text of a private message; `None` where it is no offer.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Self> {
        let inside = text.trim_ascii_end().strip_prefix(b"\x01")?.strip_suffix(b"\x01")?;
        let (word, rest) = cut(inside)?;
        let (nick, rest) = cut(rest)?;
        let (address, rest) = cut(rest)?;
        let nick = Token::new(nick).ok()?;
        let address = OfferAddress(Token::new(address).ok()?);
        let port_of = |digits: &[u8]| {
            canonical_number(digits, u64::from(u16::MAX)).and_then(|port| u16::try_from(port).ok())
        };
        match word {
            b"SEND" => {
                let (port, rest) = cut(rest)?;
                let name = rest.strip_prefix(b"\"")?;
                // The last quote closes the name: behind it there are only a size and plain words.
                let end = name.iter().rposition(|&byte| byte == b'"')?;
                let (filename, behind) = name.split_at_checked(end)?;
                let behind = behind.strip_prefix(b"\" ")?;
                let (size, extra) = cut(behind).map_or((behind, None), |(s, e)| (s, Some(e)));
                Some(Self::Send {
                    nick,
                    address,
                    port: port_of(port)?,
                    filename: Quoted::read(filename),
                    size: canonical_number(size, u64::MAX)?,
                    extra: extra.map(Text::read),
                })
            }
            b"CHAT" => {
                let (port, password) = cut(rest).map_or((rest, None), |(p, w)| (p, Some(w)));
                let password = password.map(Text::read);
                Some(Self::Chat { nick, address, port: port_of(port)?, password })
            }
            _ => None,
        }
    }

    /// The name in snake case.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Send { .. } => "send_offer",
            Self::Chat { .. } => "chat_offer",
        }
    }

    /// Appends the text for a private message to a buffer.
    pub fn write(&self, output: &mut Vec<u8>) {
        output.push(1);
        match self {
            Self::Send { nick, address, port, filename, size, extra } => {
                write_words(&[b"SEND", nick.as_bytes(), address.0.as_bytes()], *port, output);
                output.extend_from_slice(b" \"");
                output.extend_from_slice(filename.as_bytes());
                output.extend_from_slice(b"\" ");
                Writer::new(output).digits(*size);
                write_rest(extra.as_ref(), output);
            }
            Self::Chat { nick, address, port, password } => {
                write_words(&[b"CHAT", nick.as_bytes(), address.0.as_bytes()], *port, output);
                write_rest(password.as_ref(), output);
            }
        }
        output.push(1);
    }
}

impl Visit for Offer<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        let (Self::Send { nick, address, port, .. } | Self::Chat { nick, address, port, .. }) =
            self;
        visitor("nick", Value::Text(nick.as_bytes()));
        match address.v4() {
            Some(address) => visitor("ip", Value::Address(address)),
            None => visitor("ip", Value::Text(address.0.as_bytes())),
        }
        visitor("port", Value::Unsigned(u64::from(*port)));
        match self {
            Self::Send { filename, size, extra, .. } => {
                visitor("filename", Value::Text(filename.as_bytes()));
                visitor("size", Value::Unsigned(*size));
                if let Some(extra) = extra {
                    visitor("extra", Value::Text(extra.as_bytes()));
                }
            }
            Self::Chat { password, .. } => {
                if let Some(password) = password {
                    visitor("password", Value::Secret(password.as_bytes()));
                }
            }
        }
    }
}

impl fmt::Display for OfferAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.v4() {
            Some(address) => write!(f, "{address}"),
            None => write!(f, "{}", self.0),
        }
    }
}

/// What is in front of the first blank and behind it.
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&byte| byte == b' ')?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

fn write_words(words: &[&[u8]], port: u16, output: &mut Vec<u8>) {
    for word in words {
        output.extend_from_slice(word);
        output.push(b' ');
    }
    Writer::new(output).digits(u64::from(port));
}

fn write_rest(rest: Option<&Text<'_>>, output: &mut Vec<u8>) {
    if let Some(rest) = rest {
        output.push(b' ');
        output.extend_from_slice(rest.as_bytes());
    }
}
