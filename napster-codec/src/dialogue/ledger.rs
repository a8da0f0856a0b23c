//! Open requests of one connection and what came for them.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::code::{Code, Direction};
use crate::dialogue::answers::Answers;
use crate::dialogue::key::{Fit, Kept, word};
use crate::dialogue::table::{
    Dialogue, ECHO, ERROR, End, Key, NOTICE, REFUSES_BY_NAME, REFUSES_THE_LAST, Refusal, Rows,
    rows_answered,
};
use crate::field::canonical_number;

/// What a message is to the requests that are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a message is one of these to a list of requests")]
pub enum Role {
    /// It asks for something.
    Request,
    /// It answers a request that goes on.
    Item,
    /// It ends a request; where there is only one answer, it is that answer.
    End,
    /// It refuses a request.
    Refusal,
    /// Nobody asked for it, as far as was seen.
    Unasked,
}

/// What a message was, and what it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noted<T> {
    /// What it is to the open requests.
    pub role: Role,
    /// The number of the request that it is or belongs to, counted from 0 on this connection.
    pub number: Option<u64>,
    /// The exchange that it ended.
    pub closed: Option<Exchange<T>>,
    /// The oldest request, which was forgotten because too many are open.
    pub evicted: Option<Exchange<T>>,
}

/// A request and what came for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange<T> {
    /// The row of the table.
    pub dialogue: &'static Dialogue,
    /// The number of the request, counted from 0 on this connection.
    pub number: u64,
    /// What the caller gave with the request.
    pub request: T,
    /// How many answers came; end marks are not counted.
    pub answers: Answers,
    /// Whether it was refused.
    pub refused: bool,
    /// The message that ended it, and what the caller gave with it; `None` where none came.
    pub end: Option<(Code, T)>,
}

/// The open requests of one connection, for a client, a server or somebody who watches.
///
/// Nothing in the protocol numbers a request: answers are told by their code, their order, and what
/// they repeat. An answer that repeats nothing belongs to the oldest open request of its kind.
///
/// ```
/// use napster_codec::{Code, Direction::{ToClient, ToServer}};
/// use napster_codec::dialogue::{Answers, Ledger, Role};
///
/// let mut ledger = Ledger::new();
/// ledger.note(ToServer, Code(200), b"FILENAME CONTAINS \"x\"", "packet 8");
/// let hit = ledger.note(ToClient, Code(201), b"...", "packet 9");
/// assert_eq!(hit.role, Role::Item);
/// let end = ledger.note(ToClient, Code(202), b"", "packet 11");
/// let exchange = end.closed.expect("202 ends a search");
/// assert_eq!((exchange.request, exchange.answers), ("packet 8", Answers::of(Code(201), 1)));
/// ```
#[derive(Clone, Debug)]
pub struct Ledger<T> {
    open: VecDeque<Open<T>>,
    next: u64,
    /// The request that the client said last; `None` when it said something else since.
    last: Option<u64>,
    own_nick: Option<Vec<u8>>,
    /// The code of the last answer and the place of its request, where another one of that code
    /// belongs to the same request if it begins with the word that the request may have; `None` once
    /// anything else was noted.
    run: Option<(Code, usize)>,
}

#[derive(Clone, Debug)]
struct Open<T> {
    exchange: Exchange<T>,
    /// The bit of its row.
    row: Rows,
    kept: Kept,
}

impl<T> Ledger<T> {
    /// The most requests that are open at a time.
    pub const OPEN_LIMIT: usize = 256;

    /// No request is open.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: VecDeque::new(), next: 0, last: None, own_nick: None, run: None }
    }

    /// Notes a message; `token` is kept with a request, and with the end of one.
    ///
    /// On a server link both sides are [`Direction::ServerLink`].
    pub fn note(&mut self, direction: Direction, code: Code, payload: &[u8], token: T) -> Noted<T> {
        match direction {
            Direction::ToServer => {
                if matches!(code, Code(2 | 6)) {
                    self.own_nick = Some(word(payload, 0).to_vec());
                }
                self.request(direction, code, payload, token)
            }
            Direction::ServerLink if Dialogue::of(code, direction).is_some() => {
                self.request(direction, code, payload, token)
            }
            Direction::ToClient | Direction::ServerLink => match self.count_in_run(code, payload) {
                Some(number) => Noted::item(number),
                None => self.answer(code, payload, token),
            },
        }
    }

    /// Notes a message that is one more of a run of answers, as the results of a search; says no, and
    /// notes nothing, where [`note`](Self::note) has to look at it.
    ///
    /// What `note` says of such a message is that it is a [`Role::Item`] of the same request as the
    /// message before.
    #[inline]
    pub fn note_in_run(&mut self, direction: Direction, code: Code, payload: &[u8]) -> bool {
        direction == Direction::ToClient && self.count_in_run(code, payload).is_some()
    }

    /// The requests that are open, the oldest first: number, row, and what the caller gave.
    pub fn open(&self) -> impl Iterator<Item = (u64, &'static Dialogue, &T)> {
        self.open
            .iter()
            .map(|open| (open.exchange.number, open.exchange.dialogue, &open.exchange.request))
    }

    /// Takes out a request that is not waited for any longer; what still comes for it is unasked.
    pub fn give_up(&mut self, number: u64) -> Option<Exchange<T>> {
        self.run = None;
        let place = self.open.iter().position(|open| open.exchange.number == number)?;
        self.open.remove(place).map(|open| open.exchange)
    }

    /// Takes out all requests that never ended, the oldest first.
    pub fn finish(&mut self) -> impl Iterator<Item = Exchange<T>> {
        (self.last, self.run) = (None, None);
        core::mem::take(&mut self.open).into_iter().map(|open| open.exchange)
    }

    fn request(&mut self, direction: Direction, code: Code, payload: &[u8], token: T) -> Noted<T> {
        (self.last, self.run) = (None, None);
        let Some((row, dialogue)) = Dialogue::with_row(code, direction) else {
            return Noted::unasked();
        };
        let mut noted = Noted::unasked();
        noted.role = Role::Request;
        if dialogue.end == End::Unanswered {
            return noted;
        }
        if self.open.len() >= Self::OPEN_LIMIT {
            noted.evicted = self.open.pop_front().map(|open| open.exchange);
        }
        let number = self.next;
        self.next += 1;
        self.last = Some(number);
        noted.number = Some(number);
        self.open.push_back(Open {
            kept: Kept::of(dialogue, payload),
            row,
            exchange: Exchange {
                dialogue,
                number,
                request: token,
                answers: Answers::default(),
                refused: false,
                end: None,
            },
        });
        noted
    }

    /// Counts an answer that goes on with a run; gives the number of its request.
    #[inline]
    fn count_in_run(&mut self, code: Code, payload: &[u8]) -> Option<u64> {
        let (_, place) = self.run.filter(|(last, _)| *last == code)?;
        let Open { exchange, kept, .. } = self.open.get_mut(place)?;
        if exchange.dialogue.key != Key::None && !kept.begins(payload) {
            return None;
        }
        exchange.answers.add(code);
        Some(exchange.number)
    }

    fn answer(&mut self, code: Code, payload: &[u8], token: T) -> Noted<T> {
        self.run = None;
        let Some((place, role, end_follows)) = self.find(code, payload) else {
            return Noted::unasked();
        };
        let Some(open) = self.open.get_mut(place) else { return Noted::unasked() };
        let exchange = &mut open.exchange;
        let number = Some(exchange.number);
        let single = matches!(exchange.dialogue.end, End::Single(_)) && role == Role::End;
        if role == Role::Item || single {
            exchange.answers.add(code);
        }
        exchange.refused |= role == Role::Refusal;
        let goes_on = role == Role::Item || role == Role::Refusal && end_follows;
        if role == Role::Item && self.is_run(code, place) {
            self.run = Some((code, place));
        }
        let closed = match place {
            _ if goes_on => None,
            // Nearly always; the other way has to look at what stands around it.
            0 => self.open.pop_front(),
            _ => self.open.remove(place),
        };
        let closed = closed.map(|open| Exchange { end: Some((code, token)), ..open.exchange });
        Noted { role, number, closed, evicted: None }
    }

    /// Whether every answer of that code belongs to the request at that place, as long as no request
    /// comes or goes: it repeats nothing of the request or its word, and refuses none.
    fn is_run(&self, code: Code, place: usize) -> bool {
        let Some(own) = self.open.get(place).map(|open| open.exchange.dialogue) else {
            return false;
        };
        let rows = rows_answered(code);
        (own.key == Key::None || own.key.is_first_word())
            && own.items.contains(&code.0)
            && !own.refusals.iter().any(|refusal| refusal.code == code.0)
            && !matches!(code.0, NOTICE | ERROR | ECHO)
            && !REFUSES_BY_NAME.contains(&code.0)
            && self.open.iter().take(place).all(|open| open.row & rows == 0)
    }

    /// Finds the request to which an answer belongs: its place, the answer's role, and whether the
    /// end mark still follows a refusal.
    fn find(&self, code: Code, payload: &[u8]) -> Option<(usize, Role, bool)> {
        if let Some(refused) = refused_command(code, payload) {
            let place = self.open.iter().position(|o| o.exchange.dialogue.request == refused)?;
            return Some((place, Role::Refusal, false));
        }
        let rows = rows_answered(code);
        let mut perhaps = None;
        for (place, open) in self.open.iter().enumerate().filter(|(_, open)| open.row & rows != 0) {
            let key = open.exchange.dialogue.key;
            if REFUSES_BY_NAME.contains(&code.0) && open.kept.is_named_by(key, payload) {
                return Some((place, Role::Refusal, false));
            }
            let Some((role, end_follows)) = self.role_in(&open.exchange, code, payload) else {
                continue;
            };
            // The text of a notice repeats nothing in a known place.
            let fit = if code.0 == NOTICE {
                Fit::Well
            } else {
                open.kept.fit(key, payload, self.own_nick.as_deref())
            };
            match fit {
                Fit::Well => return Some((place, role, end_follows)),
                Fit::Perhaps => perhaps = perhaps.or(Some((place, role, end_follows))),
                Fit::Not => {}
            }
        }
        perhaps
    }

    /// What a message is to one open request, as far as its code and text say.
    fn role_in(&self, exchange: &Exchange<T>, code: Code, payload: &[u8]) -> Option<(Role, bool)> {
        let dialogue = exchange.dialogue;
        let refusal = dialogue.refusals.iter().find(|refusal| refusal.is(code, payload));
        if let Some(refusal) = refusal {
            // The address of a file refuses a push only where it says that nobody can listen.
            let refuses = code.0 != 204 || word_is(payload, b"firewallerror");
            return refuses.then_some((Role::Refusal, refusal.end_follows));
        }
        let last = self.last == Some(exchange.number);
        let role = match dialogue.end {
            _ if dialogue.items.contains(&code.0) => Role::Item,
            End::Code(end) if end == code.0 => Role::End,
            End::SameCodeEmpty if dialogue.request == code && payload.is_empty() => Role::End,
            End::SameCodeEmpty if dialogue.request == code => Role::Item,
            // Notices answer some commands, and much else.
            End::Single(codes) if codes.contains(&code.0) && (code.0 != NOTICE || last) => {
                Role::End
            }
            _ if code.0 == NOTICE && last && is_one_of(REFUSES_THE_LAST, payload) => Role::Refusal,
            // Before the login, opennap answers anything else with an error and closes.
            _ if code.0 == ERROR && last => Role::Refusal,
            _ => return None,
        };
        Some((role, false))
    }
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Noted<T> {
    const fn unasked() -> Self {
        Self { role: Role::Unasked, number: None, closed: None, evicted: None }
    }

    const fn item(number: u64) -> Self {
        Self { role: Role::Item, number: Some(number), closed: None, evicted: None }
    }
}

impl Refusal {
    fn is(&self, code: Code, payload: &[u8]) -> bool {
        self.code == code.0 && (self.texts.is_empty() || is_one_of(self.texts, payload))
    }
}

/// The command that a server says it does not know: in a notice, or by sending it back in message
/// 13.
fn refused_command(code: Code, payload: &[u8]) -> Option<Code> {
    let digits = match code.0 {
        NOTICE => {
            const WORDS: &[u8] = b"unknown command code ";
            let (words, digits) = payload.split_at_checked(WORDS.len())?;
            Some(digits).filter(|_| words.eq_ignore_ascii_case(WORDS))?
        }
        ECHO => payload.split(|&byte| byte == b' ').next()?.strip_suffix(b":")?,
        _ => return None,
    };
    let number = canonical_number(digits.trim_ascii_end(), u64::from(u16::MAX))?;
    u16::try_from(number).ok().map(Code)
}

/// Whether a text is one of the patterns; a star in a pattern stands for any text.
fn is_one_of(patterns: &[&str], text: &[u8]) -> bool {
    let text = text.trim_ascii_end();
    patterns.iter().any(|pattern| match pattern.split_once('*') {
        None => text.eq_ignore_ascii_case(pattern.as_bytes()),
        Some((start, end)) => {
            let (start, end) = (start.as_bytes(), end.as_bytes());
            let room = text.len() >= start.len() + end.len();
            let begins = text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start));
            let tail = text.len().saturating_sub(end.len());
            room && begins && text.get(tail..).is_some_and(|s| s.eq_ignore_ascii_case(end))
        }
    })
}

fn word_is(payload: &[u8], wanted: &[u8]) -> bool {
    payload.split(|&byte| byte == b' ').any(|word| word == wanted)
}
