//! Whether a connection is one between two clients, from its first bytes.

use crate::peer::opening::{Opening, read_entry};
use crate::recognition::Recognition;

/// Says whether a connection is a peer connection, from what each side sent so far.
///
/// `announced` says that a message on a server connection announced one between these endpoints;
/// then almost anything is one, also where the first bytes were not captured. Without it, a request
/// in its full form decides. A bare file name (bangbangnapster) is recognised by the listener's `1`
/// and the file behind it, an HTTP request by the blank behind `GET`.
#[must_use]
pub fn recognise(initiator: &[u8], listener: &[u8], announced: bool) -> Recognition {
    let initiator = initiator.get(..=Opening::LIMIT).unwrap_or(initiator);
    if is_foreign(initiator) || is_foreign(listener) {
        return Recognition::No;
    }
    if announced {
        let silent = initiator.is_empty() && listener.is_empty();
        return if silent { Recognition::Maybe } else { Recognition::Yes };
    }
    // Everybody's answer begins with `1`; where it is missing, with a size or an error text.
    let greeted = matches!(listener.first(), None | Some(b'1' | b'\n' | b'\r'));
    match Opening::read(initiator) {
        Opening::Http => Recognition::No,
        Opening::Closed(request) | Opening::Open(request) => {
            let listed = request.message.name().ends_with("list");
            if !request.diagnostics.is_empty() && !is_spelling_only(&request) {
                return Recognition::No;
            }
            let pushed = initiator.get(request.length..).unwrap_or_default();
            match (listed, listener.first()) {
                // The word alone is no proof, but it is with the greeting or with a list.
                (true, Some(b'1')) | (false, _) => Recognition::Yes,
                (true, _) if is_list(listener) || is_list(pushed) => Recognition::Yes,
                (true, None | Some(b'\n' | b'\r')) => Recognition::Maybe,
                (true, Some(_)) => Recognition::No,
            }
        }
        Opening::Partial if initiator.len() > Opening::LIMIT => Recognition::No,
        Opening::Partial => {
            let plausible = !initiator.iter().any(u8::is_ascii_control)
                && greeted
                && listener.len() <= LONGEST_GREETING;
            if plausible { Recognition::Maybe } else { Recognition::No }
        }
        Opening::Other => recognise_bare(initiator, listener),
    }
}

/// Whether lines of a list stand here: files in quotes, perhaps behind a line or two.
fn is_list(bytes: &[u8]) -> bool {
    bytes.split(|&byte| byte == b'\n').take(3).any(|line| read_entry(line).is_ok())
}

/// The bare dialect: `1`, a file name with its ending, the file.
fn recognise_bare(initiator: &[u8], listener: &[u8]) -> Recognition {
    let [b'1', file @ ..] = listener else {
        let nothing = listener.is_empty() && is_file_name(initiator);
        return if nothing { Recognition::Maybe } else { Recognition::No };
    };
    match (is_file_name(initiator), file) {
        (false, _) => Recognition::No,
        (true, []) => Recognition::Maybe,
        // An answer in text could be any protocol's.
        (true, file) if looks_binary(file) => Recognition::Yes,
        (true, file) if file.len() < LONGEST_TEXT => Recognition::Maybe,
        (true, _) => Recognition::No,
    }
}

/// Whether the bytes are one line of text that ends like a file name does.
fn is_file_name(bytes: &[u8]) -> bool {
    let Some(dot) = bytes.iter().rposition(|&byte| byte == b'.') else { return false };
    let ending = bytes.get(dot + 1..).unwrap_or_default();
    (2..=4).contains(&ending.len())
        && ending.iter().all(u8::is_ascii_alphanumeric)
        && dot > 0
        && bytes.len() <= LONGEST_NAME
        && !bytes.iter().any(u8::is_ascii_control)
}

/// Whether the start of a file holds what no text has: control characters, or bytes that are not
/// UTF-8.
fn looks_binary(file: &[u8]) -> bool {
    let start = file.get(..LONGEST_TEXT).unwrap_or(file);
    let broken = core::str::from_utf8(start).is_err_and(|error| error.error_len().is_some());
    broken || start.iter().any(|&byte| byte < 0x08 || (0x0e..0x1b).contains(&byte))
}

/// Whether the bytes are plainly another protocol's: HTTP, TLS, SSH.
fn is_foreign(bytes: &[u8]) -> bool {
    const STARTS: [&[u8]; 8] =
        [b"GET /", b"GET http", b"HEAD /", b"POST /", b"HTTP/", b"SSH-", b"\x16\x03", b"PUT /"];
    STARTS.iter().any(|start| bytes.starts_with(start))
}

/// Whether what is odd about a request is only how its number is spelled, or a quote in its name.
fn is_spelling_only(request: &crate::peer::opening::Request<'_>) -> bool {
    use crate::diagnostic::DiagnosticKind::{
        NumberOutOfRange, NumberSpelling, QuoteInQuoted, TrailingSpace,
    };
    let kinds = request.diagnostics.as_slice().iter().map(|diagnostic| diagnostic.kind);
    let fine = [NumberOutOfRange, NumberSpelling, QuoteInQuoted, TrailingSpace];
    kinds.into_iter().all(|kind| fine.contains(&kind))
}

/// What a listener can send before it is asked: its `1`, perhaps twice, with line ends.
const LONGEST_GREETING: usize = 6;

/// How much text behind a `1` is looked at for the start of a binary file.
const LONGEST_TEXT: usize = 64;

/// The longest bare file name.
const LONGEST_NAME: usize = 255;
