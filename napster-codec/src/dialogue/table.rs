//! Which messages answer which: the one table that clients, servers and observers share.

use crate::code::{Code, Direction};

/// A request and what can come for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialogue {
    /// The request.
    pub request: Code,
    /// Which way it travels: to the server, or between servers.
    pub direction: Direction,
    /// Any number of these come in between.
    pub items: &'static [u16],
    /// What ends it.
    pub end: End,
    /// What ends it in another way.
    pub refusals: &'static [Refusal],
    /// What an answer repeats of its request.
    pub key: Key,
}

/// What ends a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// A message of this code, which is no answer itself.
    Code(u16),
    /// The request's own code with nothing in it; with a payload it is an item.
    SameCodeEmpty,
    /// The one answer: the first message of any of these codes.
    Single(&'static [u16]),
    /// Nothing; what comes last cannot be told.
    Never,
    /// Nothing, since no answer is expected; such a request is never open.
    Unanswered,
}

/// A message that refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Its code.
    pub code: u16,
    /// The texts that do; empty where any text does.
    ///
    /// A star stands for any text; letter case does not matter.
    pub texts: &'static [&'static str],
    /// Whether the end mark of the dialogue comes all the same.
    pub end_follows: bool,
}

/// What an answer repeats of its request, so that several open ones can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Key {
    /// Nothing: answers belong to the oldest open request.
    None,
    /// The first word, a nick; an answer with another one belongs to none.
    Nick,
    /// The first word, a channel, with or without its `#`.
    Channel,
    /// The same, but the server may have chosen another channel: then it is the oldest request.
    JoinedChannel,
    /// Nick and file name.
    File,
    /// Channel and text: one's own words come back.
    Said,
    /// The identifier that a searching server has chosen.
    SearchId,
}

impl Key {
    /// Whether an answer that begins with the word of its request is one for certain.
    pub(super) const fn is_first_word(self) -> bool {
        matches!(self, Self::Nick | Self::Channel | Self::JoinedChannel)
    }
}

impl Dialogue {
    /// The dialogue that a message begins.
    #[must_use]
    pub fn of(request: Code, direction: Direction) -> Option<&'static Self> {
        Self::with_row(request, direction).map(|(_, dialogue)| dialogue)
    }

    /// The dialogue that a message begins, and the bit of its row.
    pub(super) fn with_row(request: Code, direction: Direction) -> Option<(Rows, &'static Self)> {
        let place = DIALOGUES.binary_search_by_key(&request, |dialogue| dialogue.request).ok()?;
        let dialogue = DIALOGUES.get(place).filter(|dialogue| dialogue.direction == direction)?;
        Some((1 << place, dialogue))
    }

    /// The name of the request in the protocol table.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.request.name(self.direction).unwrap_or("unknown")
    }
}

/// Rows of the table, one bit for each.
pub(super) type Rows = u64;

/// The rows that a code may answer; no other row has to be looked at.
pub(super) fn rows_answered(code: Code) -> Rows {
    let place = usize::from(code.0) % PLACES;
    ANSWERED.get(place).copied().unwrap_or(Rows::MAX)
}

/// Codes that are so far apart share the rows that they may answer.
const PLACES: usize = 1024;

static ANSWERED: [Rows; PLACES] = {
    let mut answered = [0; PLACES];
    let mut place = 0;
    while place < DIALOGUES.len() {
        let (dialogue, row) = (&DIALOGUES[place], 1 << place);
        mark(dialogue.items, row, &mut answered);
        match dialogue.end {
            End::Code(code) => mark(&[code], row, &mut answered),
            End::SameCodeEmpty => mark(&[dialogue.request.0], row, &mut answered),
            End::Single(codes) => mark(codes, row, &mut answered),
            End::Never | End::Unanswered => {}
        }
        let mut refusal = 0;
        while refusal < dialogue.refusals.len() {
            mark(&[dialogue.refusals[refusal].code], row, &mut answered);
            refusal += 1;
        }
        place += 1;
    }
    // What these answer shows in their texts, or is what was said last.
    mark(&REFUSES_BY_NAME, Rows::MAX, &mut answered);
    mark(&[ERROR], Rows::MAX, &mut answered);
    answered
};

const fn mark(codes: &[u16], rows: Rows, answered: &mut [Rows; PLACES]) {
    let mut place = 0;
    while place < codes.len() {
        answered[codes[place] as usize % PLACES] |= rows;
        place += 1;
    }
}

/// A row of the table.
const fn row(request: u16, items: &'static [u16], end: End) -> Dialogue {
    let (direction, refusals, key) = (Direction::ToServer, &[], Key::None);
    Dialogue { request: Code(request), direction, items, end, refusals, key }
}

impl Dialogue {
    const fn by(self, key: Key) -> Self {
        Self { key, ..self }
    }

    const fn or(self, refusals: &'static [Refusal]) -> Self {
        Self { refusals, ..self }
    }

    const fn between_servers(self) -> Self {
        Self { direction: Direction::ServerLink, ..self }
    }
}

/// A refusal by a message of its own.
const fn code(code: u16) -> Refusal {
    Refusal { code, texts: &[], end_follows: false }
}

/// A refusal by one of the texts of message 404.
const fn text(texts: &'static [&'static str]) -> Refusal {
    Refusal { code: NOTICE, texts, end_follows: false }
}

const fn then_end(refusal: Refusal) -> Refusal {
    Refusal { end_follows: true, ..refusal }
}

/// A 404 is a notice in English: what the servers say of users, channels and files.
pub(super) const NOTICE: u16 = 404;

/// The codes with which the server that comes with `MP3::Napster` refuses a request: the payload is
/// the nick or channel that was asked for, and nothing else.
pub(super) const REFUSES_BY_NAME: [u16; 2] = [NOTICE, 620];
/// An error, mostly of the login.
pub(super) const ERROR: u16 = 0;

/// The code with which a server sends back the command that it does not know.
pub(super) const ECHO: u16 = 13;
const NO_USER: &[&str] =
    &["User * is not currently online.", "User is not currently online.", "no such user*"];
const NO_CHANNEL: &[&str] = &["no such channel", "channel * does not exist*"];
const NOT_SENT: &[&str] = &[
    "User * is not currently online.",
    "User is not currently online.",
    "* is ignoring you",
    "* is not firewalled",
    "permission denied: you are a leech",
];
const NOT_JOINED: &[&str] = &[
    "channel join failed:*",
    "You are already a member of channel *",
    "invalid channel*",
    "Maximum number of channels is *",
    "Muzzled users may not join *",
];
const NOT_SAID: &[&str] = &[
    "You are not a member of that channel",
    "You are not on that channel",
    "You are muzzled*",
    "permission denied: channel is moderated",
    "permission denied: muzzled on channel",
];
const NO_TOPIC: &[&str] = &["topic failed:*", "no such channel", "permission denied: *"];
const NO_SEARCH: &[&str] =
    &["invalid search request", "*: invalid type for search", "*: invalid comparison for search"];

/// The texts that can refuse anything: they belong to what the client said last, or to nothing.
pub(super) const REFUSES_THE_LAST: &[&str] = &["permission denied*", "parameters are unparsable"];

/// Every dialogue, in order of the request's code.
///
/// Sources: the specification for the numbers, opennap 0.36 and opennap-ng 0.50 for the refusals.
pub static DIALOGUES: &[Dialogue] = &[
    row(2, &[], End::Single(&[3])).or(&[code(0), code(10), text(&["you are already logged in"])]),
    row(4, &[], End::Single(&[4, 5])),
    row(6, &[], End::Single(&[3])).or(&[code(0), code(9), code(10)]),
    row(7, &[], End::Single(&[8])).or(&[code(9), code(10)]),
    row(11, &[], End::Single(&[12])).or(&[code(0)]),
    row(110, &[], End::Single(&[110])),
    // A search that cannot be read ends like any other; too many searches have no end mark.
    row(200, &[201], End::Code(202)).or(&[then_end(text(NO_SEARCH)), text(&["search failed:*"])]),
    row(203, &[], End::Single(&[204])).by(Key::File).or(&[
        code(206),
        code(609),
        code(620),
        text(NOT_SENT),
    ]),
    row(207, &[], End::Single(&[301])).by(Key::Nick).or(&[code(302)]),
    row(208, &[], End::Single(&[209, 301])).by(Key::Nick).or(&[code(302), text(NO_USER)]),
    row(211, &[212], End::Code(213)).by(Key::Nick).or(&[
        then_end(code(210)),
        then_end(text(&["browse failed:*"])),
        text(NO_USER),
    ]),
    row(214, &[], End::Single(&[214])),
    row(215, &[216], End::Code(217)).or(&[text(&["resume failed:*"])]),
    row(303, &[], End::Unanswered),
    row(310, &[], End::Single(&[310])),
    row(320, &[321], End::Code(320)),
    row(322, &[], End::Single(&[322])).by(Key::Nick).or(&[code(325), code(327)]),
    row(323, &[], End::Single(&[323])).by(Key::Nick).or(&[code(324), code(327)]),
    row(326, &[], End::Single(&[326])),
    row(330, &[331], End::Code(330)),
    row(400, &[405, 408], End::Code(409)).by(Key::JoinedChannel).or(&[text(NOT_JOINED)]),
    row(401, &[], End::Single(&[401])).by(Key::Channel).or(&[text(NO_CHANNEL)]),
    row(402, &[], End::Single(&[403])).by(Key::Said).or(&[text(NOT_SAID)]),
    row(410, &[], End::Single(&[410])).by(Key::Channel).or(&[text(NO_TOPIC)]),
    row(420, &[421], End::Code(420)).or(&[text(NO_CHANNEL)]),
    // The next thing is a connection; 204 comes only to say that neither side can listen.
    row(500, &[], End::Never).by(Key::File).or(&[
        code(204),
        code(206),
        code(609),
        code(620),
        text(NOT_SENT),
    ]),
    row(600, &[], End::Single(&[601])).by(Key::Nick).or(&[text(NO_USER)]),
    row(603, &[], End::Single(&[604, 605])).by(Key::Nick).or(&[text(NO_USER)]),
    row(615, &[616, 629], End::Code(615)),
    row(617, &[618], End::Code(617)),
    row(621, &[621], End::Never),
    row(640, &[], End::Single(&[641])).by(Key::Nick).or(&[code(642), text(NO_USER)]),
    row(750, &[], End::Single(&[750])),
    row(751, &[], End::Single(&[752]))
        .by(Key::Nick)
        .or(&[text(&["ping failed, * is not online"]), text(NO_USER)]),
    row(800, &[], End::Single(&[NOTICE])),
    row(810, &[], End::Single(&[NOTICE])),
    row(827, &[828], End::Code(827)),
    row(830, &[825], End::Code(830)).by(Key::Channel).or(&[text(NO_CHANNEL)]),
    row(831, &[832], End::Code(831)),
    row(10015, &[10016], End::Code(10017)).by(Key::SearchId).between_servers(),
    row(10112, &[], End::SameCodeEmpty),
    row(10115, &[], End::Single(&[10115])),
    row(10118, &[], End::SameCodeEmpty),
    row(10121, &[10121], End::Never).by(Key::Nick),
    row(10123, &[10123], End::Code(10124)),
    row(10125, &[10125], End::Code(10126)),
    row(10203, &[], End::Single(&[10203])),
    row(10209, &[], End::Single(&[10209])).by(Key::Channel).or(&[text(NO_CHANNEL)]),
    row(10252, &[], End::SameCodeEmpty),
    row(10255, &[], End::SameCodeEmpty),
    row(10258, &[], End::SameCodeEmpty),
    row(10261, &[], End::SameCodeEmpty),
    row(10301, &[10302], End::Code(10301)).by(Key::Nick).or(&[text(NO_USER)]),
];
