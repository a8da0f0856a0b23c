//! What a request says that its answers repeat.

use alloc::vec::Vec;

use crate::dialogue::table::{Dialogue, Key};

/// What is kept of a request to find its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// A nick, channel or identifier.
    word: Vec<u8>,
    /// A file name or text.
    text: Vec<u8>,
}

/// How well an answer fits a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It repeats what was asked, or nothing that could be compared.
    Well,
    /// It is the answer where no other request fits well.
    Perhaps,
    /// It answers another request.
    Not,
}

impl Kept {
    /// The most bytes that are kept of a word or text; longer ones are compared so far.
    const LIMIT: usize = 512;

    pub(super) fn of(dialogue: &Dialogue, payload: &[u8]) -> Self {
        let (word, text): (&[u8], &[u8]) = match dialogue.key {
            Key::None => (&[], &[]),
            Key::Nick | Key::Channel | Key::JoinedChannel => (word(payload, 0), &[]),
            Key::File => (word(payload, 0), file(payload)),
            Key::Said => (word(payload, 0), behind(payload, 1)),
            Key::SearchId => (word(without_sender(payload), 1), &[]),
        };
        Self { word: bounded(word).to_vec(), text: bounded(text).to_vec() }
    }

    /// Whether an answer is the nick or channel that was asked for and nothing else.
    pub(super) fn is_named_by(&self, key: Key, payload: &[u8]) -> bool {
        matches!(key, Key::Nick | Key::Channel | Key::JoinedChannel)
            && !self.word.is_empty()
            && self.word.eq_ignore_ascii_case(payload.trim_ascii_end())
    }

    /// Whether an answer begins with the word that was asked for, letter by letter.
    pub(super) fn begins(&self, payload: &[u8]) -> bool {
        let behind = payload.strip_prefix(self.word.as_slice());
        let is_whole = behind.is_some_and(|behind| matches!(behind.first(), None | Some(b' ')));
        // A quote would be none of the word.
        is_whole && self.word.first().is_some_and(|&first| first != b'"')
    }

    /// Compares an answer with the request.
    pub(super) fn fit(&self, key: Key, payload: &[u8], own_nick: Option<&[u8]>) -> Fit {
        if key.is_first_word() && self.begins(payload) {
            return Fit::Well;
        }
        let answered = if key == Key::None { &[] } else { bounded(word(payload, 0)) };
        let nothing = answered.is_empty() || self.word.is_empty();
        let well = |same: bool| if same { Fit::Well } else { Fit::Not };
        match key {
            Key::None => Fit::Well,
            _ if nothing => Fit::Perhaps,
            Key::Nick => well(self.word.eq_ignore_ascii_case(answered)),
            Key::Channel => well(same_channel(&self.word, answered)),
            Key::JoinedChannel if same_channel(&self.word, answered) => Fit::Well,
            Key::JoinedChannel => Fit::Perhaps,
            Key::File if !self.word.eq_ignore_ascii_case(answered) => Fit::Not,
            Key::File if self.text == bounded(file(payload)) => Fit::Well,
            Key::File => Fit::Perhaps,
            Key::Said => {
                let nick = word(payload, 1);
                // Cloaked users speak as `Operator`; servers cut long texts.
                let own = own_nick.is_none_or(|own| own.eq_ignore_ascii_case(nick))
                    || nick == b"Operator";
                let said = bounded(behind(payload, 2));
                let same = self.text.starts_with(said) && said.is_empty() == self.text.is_empty();
                well(own && same && same_channel(&self.word, answered))
            }
            Key::SearchId => well(self.word == bounded(word(without_sender(payload), 0))),
        }
    }
}

/// One word of a payload, without quotes.
pub(super) fn word(payload: &[u8], index: usize) -> &[u8] {
    let words = payload.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let word = words.into_iter().nth(index).unwrap_or_default();
    word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")).unwrap_or(word)
}

/// What is behind some words and one blank each.
fn behind(payload: &[u8], words: usize) -> &[u8] {
    (0..words).fold(payload, |rest, _| {
        let at = rest.iter().position(|&byte| byte == b' ').map_or(rest.len(), |at| at + 1);
        rest.get(at..).unwrap_or_default()
    })
}

/// The file name behind a nick: between the first quote and the last, or all of the rest.
fn file(payload: &[u8]) -> &[u8] {
    let rest = behind(payload.trim_ascii_end(), 1);
    let first = rest.iter().position(|&byte| byte == b'"');
    let last = rest.iter().rposition(|&byte| byte == b'"');
    match (first, last) {
        (Some(first), Some(last)) if first < last => rest.get(first + 1..last).unwrap_or(rest),
        _ => rest,
    }
}

/// What is behind the name of who acts, on server links.
fn without_sender(payload: &[u8]) -> &[u8] {
    if payload.first() == Some(&b':') { behind(payload, 1) } else { payload }
}

/// Whether two names mean one channel: opennap puts `#` in front of names without it.
fn same_channel(one: &[u8], other: &[u8]) -> bool {
    fn bare(name: &[u8]) -> &[u8] {
        name.strip_prefix(b"#").unwrap_or(name)
    }
    bare(one).eq_ignore_ascii_case(bare(other))
}

fn bounded(bytes: &[u8]) -> &[u8] {
    bytes.get(..Kept::LIMIT).unwrap_or(bytes)
}
