//! The first bytes of a connection's initiator, and the lines of requests and lists.

use alloc::borrow::Cow;

use crate::code::Code;
use crate::cursor::{Cursor, Place};
use crate::diagnostic::{DecodeError, Diagnostic, DiagnosticKind, Diagnostics, Span, Tolerance};
use crate::list::{Fields, Group};
use crate::message::{Payload, ShareFile};
use crate::peer::message::{GET, GetRequest, Message, SEND, SendRequest};
use crate::spec::FieldSpec;
use crate::text::Token;

/// What the first bytes of a connection's initiator are.
///
/// For a listener: call [`read`](Self::read) with all bytes so far, answer [`Open`](Self::Open)
/// after a short silence (its last number may still grow), and give up beyond
/// [`LIMIT`](Self::LIMIT) bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Opening<'a> {
    /// Too little to say.
    Partial,
    /// A request that has ended.
    Closed(Request<'a>),
    /// A request to which further bytes can belong, for it has no end mark.
    Open(Request<'a>),
    /// A request of the Hypertext Transfer Protocol: a blank and a path behind `GET`.
    Http,
    /// None of these words; bangbangnapster sends the file name alone.
    Other,
}

/// A request at the start of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request<'a> {
    /// What is asked.
    pub message: Message<'a>,
    /// Its bytes.
    pub length: usize,
    /// What is odd about it; spans count from the first byte of the stream.
    pub diagnostics: Diagnostics,
}

impl<'a> Opening<'a> {
    /// The longest request that is waited for, in bytes; paths of the time fit in 1024.
    pub const LIMIT: usize = 4096;

    /// Says what the bytes are.
    ///
    /// `GETLIST` and `SENDLIST` are told from requests of a user whose nick begins with `LIST` by
    /// the quote that follows those; TekNap's rule, which takes any `GETL` for a list, is not
    /// followed.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Self {
        if let Some(behind) = bytes.strip_prefix(b"GETLIST") {
            let length = bytes.len() - behind.len();
            match line_end(behind) {
                Some(end) => return Self::Closed(Request::new(Message::GetList, length + end)),
                None if behind.is_empty() => {
                    return Self::Open(Request::new(Message::GetList, length));
                }
                None if behind == b"\r" => return Self::Partial,
                None => {}
            }
        }
        if let Some(list) =
            bytes.strip_prefix(b"SENDLIST").and_then(|behind| send_list(bytes, behind))
        {
            return list;
        }
        if let Some(line) = bytes.strip_prefix(GET) {
            if let [b' ', b'/' | b'h' | b'H' | b'*', ..] = line {
                return Self::Http;
            }
            let behind = number_end(line, false).and_then(|end| line.get(end..));
            return match behind {
                Some([]) => Self::Open(Request::get(bytes, line)),
                Some(b"\n" | b"\r\n") => Self::Closed(Request::get(bytes, line)),
                _ => Self::Partial,
            };
        }
        if let Some(line) = bytes.strip_prefix(SEND) {
            return match number_end(line, true).and_then(|end| line.get(..end)) {
                Some(line) => Self::Open(Request::send(bytes, line)),
                None => Self::Partial,
            };
        }
        let unfinished = [GET, SEND].iter().any(|word| word.starts_with(bytes));
        if unfinished { Self::Partial } else { Self::Other }
    }

    /// Says what the bytes are when no more of them will come.
    #[must_use]
    pub fn read_last(bytes: &'a [u8]) -> Self {
        match Self::read(bytes) {
            Self::Open(request) => Self::Closed(request),
            Self::Partial => {
                if let Some(nick) = bytes.strip_prefix(b"SENDLIST ")
                    && !nick.contains(&b'"')
                {
                    let nick = Token::new(nick.trim_ascii()).ok();
                    return Self::Closed(Request::new(Message::SendList { nick }, bytes.len()));
                }
                if let Some(line) = bytes.strip_prefix(GET) {
                    Self::Closed(Request::get(bytes, line))
                } else if let Some(line) = bytes.strip_prefix(SEND) {
                    Self::Closed(Request::send(bytes, line))
                } else if bytes.is_empty() {
                    Self::Partial
                } else {
                    Self::Other
                }
            }
            other => other,
        }
    }
}

impl<'a> Request<'a> {
    const fn new(message: Message<'a>, length: usize) -> Self {
        Self { message, length, diagnostics: Diagnostics::new() }
    }

    fn get(bytes: &'a [u8], line: &'a [u8]) -> Self {
        Self::line(("get_request", GET.len()), bytes, line, |line| {
            GetRequest::parse(line).map(|(request, odd)| (Message::GetRequest(request), odd))
        })
    }

    fn send(bytes: &'a [u8], line: &'a [u8]) -> Self {
        Self::line(("send_request", SEND.len()), bytes, line, |line| {
            SendRequest::parse(line).map(|(request, odd)| (Message::SendRequest(request), odd))
        })
    }

    fn line(
        (name, word): (&'static str, usize),
        bytes: &'a [u8],
        line: &'a [u8],
        read: impl Fn(&'a [u8]) -> Result<(Message<'a>, Diagnostics), Diagnostic>,
    ) -> Self {
        let length = word + line.len();
        match read(line) {
            Ok((message, diagnostics)) => {
                Self { message, length, diagnostics: shifted(&diagnostics, word) }
            }
            Err(diagnostic) => {
                let mut diagnostics = Diagnostics::new();
                diagnostics.push(diagnostic);
                let bytes = Cow::Borrowed(bytes.get(..length).unwrap_or(bytes));
                let message = Message::Unreadable { name, bytes };
                Self { message, length, diagnostics: shifted(&diagnostics, word) }
            }
        }
    }
}

impl<'a> GetRequest<'a> {
    /// Reads the line behind the word `GET`, with what is odd about it.
    ///
    /// # Errors
    ///
    /// The reason why it is no such line.
    pub fn parse(line: &'a [u8]) -> Result<(Self, Diagnostics), Diagnostic> {
        parse_line(line, Self::FIELDS)
    }
}

impl<'a> SendRequest<'a> {
    /// Reads the line behind the word `SEND`, with what is odd about it.
    ///
    /// # Errors
    ///
    /// The reason why it is no such line.
    pub fn parse(line: &'a [u8]) -> Result<(Self, Diagnostics), Diagnostic> {
        parse_line(line, Self::FIELDS)
    }
}

/// Reads a line of a list without its end, with what is odd about it.
///
/// # Errors
///
/// The reason why it is no such line.
pub fn read_entry(line: &[u8]) -> Result<(ShareFile<'_>, Diagnostics), Diagnostic> {
    parse_line(line, ShareFile::SPEC.fields)
}

/// `SENDLIST` with or without a nick; `None` where it is a request of a user called `LIST…`.
fn send_list<'a>(bytes: &'a [u8], behind: &'a [u8]) -> Option<Opening<'a>> {
    let word = bytes.len() - behind.len();
    if behind.is_empty() {
        return Some(Opening::Open(Request::new(Message::SendList { nick: None }, word)));
    }
    if let Some(end) = line_end(behind) {
        return Some(Opening::Closed(Request::new(Message::SendList { nick: None }, word + end)));
    }
    let line_length = behind.iter().position(|&byte| byte == b'\n');
    let line = behind.get(..line_length.unwrap_or(behind.len()))?;
    if line == b"\r" {
        return Some(Opening::Partial);
    }
    if line.first() != Some(&b' ') || line.contains(&b'"') {
        return None;
    }
    let Some(line_length) = line_length else { return Some(Opening::Partial) };
    let nick = Token::new(line.trim_ascii()).ok();
    let mut request = Request::new(Message::SendList { nick }, word + line_length + 1);
    if matches!(&request.message, Message::SendList { nick: None }) {
        let span = Span::new(word, word + line_length);
        let kind = DiagnosticKind::MissingField;
        request.diagnostics.push(Diagnostic { kind, field: "nick", span });
    }
    Some(Opening::Closed(request))
}

/// The length of a line end at the start of the bytes.
fn line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// Where the number behind the closing quote ends; `None` where it is not there yet.
///
/// A file name can hold quotes, so the last quote that a number follows closes it. With
/// `data_follows` that cannot be told from a quote in the file behind the line, and the first one
/// closes it unless the number behind the last one ends the bytes.
fn number_end(line: &[u8], data_follows: bool) -> Option<usize> {
    let opening = line.iter().position(|&byte| byte == b'"')?;
    let mut ends = line
        .iter()
        .enumerate()
        .skip(opening + 1)
        .filter(|(_, byte)| **byte == b'"')
        .filter_map(|(at, _)| number_behind(line, at + 1));
    let first = ends.next()?;
    let last = ends.next_back().unwrap_or(first);
    Some(if data_follows && last != line.len() { first } else { last })
}

/// The end of a number that stands behind blanks at a place.
fn number_behind(line: &[u8], place: usize) -> Option<usize> {
    let behind = line.get(place..)?;
    let blanks = behind.iter().take_while(|&&byte| byte == b' ').count();
    let number = behind.get(blanks..)?;
    let sign = usize::from(matches!(number.first(), Some(b'-' | b'+')));
    let digits = number.get(sign..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (blanks > 0 && digits > 0).then_some(place + blanks + sign + digits)
}

/// Reads the fields of a line; in a second attempt quotes can stand inside the file name.
fn parse_line<'a, T: Fields<'a>>(
    line: &'a [u8],
    specs: &'static [FieldSpec],
) -> Result<(T, Diagnostics), Diagnostic> {
    let attempt = |search| -> Result<(T, Diagnostics), DecodeError> {
        let mut diagnostics = Diagnostics::new();
        let mut cursor = Cursor::new(NO_CODE, line, Tolerance::LENIENT, &mut diagnostics)
            .searching_quotes(search);
        let fields = T::read_fields(&mut cursor, Place::first(specs))?;
        cursor.finish()?;
        Ok((fields, diagnostics))
    };
    let first = attempt(false).map_err(|error| error.diagnostic());
    match &first {
        Ok((_, diagnostics)) if diagnostics.is_empty() => first,
        _ => match (attempt(true), &first) {
            (Ok(second), Err(_)) => Ok(second),
            (Ok(second), Ok((_, diagnostics))) if second.1.count() <= diagnostics.count() => {
                Ok(second)
            }
            _ => first,
        },
    }
}

/// The same diagnostics with spans that count from further in front.
fn shifted(diagnostics: &Diagnostics, by: usize) -> Diagnostics {
    let by = u32::try_from(by).unwrap_or(u32::MAX);
    let mut shifted = Diagnostics::new();
    for diagnostic in diagnostics.as_slice() {
        let Span { start, end } = diagnostic.span;
        let span = Span { start: start.saturating_add(by), end: end.saturating_add(by) };
        shifted.push(Diagnostic { span, ..*diagnostic });
    }
    shifted
}

/// Messages of peer connections have no code.
const NO_CODE: Code = Code(0);
