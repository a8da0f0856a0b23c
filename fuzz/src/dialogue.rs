//! Which messages answer which.

use std::collections::BTreeMap;

use napster_codec::dialogue::{Dialogue, End, Exchange, Ledger, Noted, Role};
use napster_codec::{Code, Direction};

use crate::bytes::Bytes;

/// Every message has one role, every request at most one end, and no more requests are kept than
/// the limit: for each message a byte for its direction, two for its code, one for the length of
/// its payload, the payload.
///
/// The upper bits of the first byte say how many times the payload is repeated.
pub fn dialogue(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut ledger = Ledger::new();
    let mut account = Account::default();
    while !bytes.is_empty() {
        let kind = bytes.byte();
        let direction = match kind & 3 {
            0 => Direction::ToServer,
            1 => Direction::ToClient,
            _ => Direction::ServerLink,
        };
        let code = Code(bytes.short());
        let length = bytes.byte();
        let times = usize::from(kind >> 2) + 1;
        let payload = bytes.take(usize::from(length)).repeat(times);
        let token = account.messages;
        let noted = ledger.note(direction, code, &payload, token);
        account.hold(direction, code, &payload, noted);
        let open: Vec<_> =
            ledger.open().map(|(number, row, token)| (number, row, *token)).collect();
        assert!(open.len() <= Ledger::<u64>::OPEN_LIMIT, "too many requests are kept");
        let known = account.open.iter().map(|(number, known)| (*number, known.row, known.token));
        assert!(known.eq(open), "other requests are open");
    }
    for exchange in ledger.finish() {
        assert_eq!(exchange.end, None);
        account.close(&exchange);
    }
    assert!(account.open.is_empty(), "requests are lost");
    assert_eq!(ledger.open().count(), 0);
}

/// What is known from the roles alone.
#[derive(Default)]
struct Account {
    messages: u64,
    requests: u64,
    open: BTreeMap<u64, Known>,
}

/// A request that is open.
struct Known {
    row: &'static Dialogue,
    token: u64,
    answers: u64,
    refused: bool,
}

impl Account {
    fn hold(&mut self, direction: Direction, code: Code, payload: &[u8], noted: Noted<u64>) {
        let token = self.messages;
        self.messages += 1;
        let row = Dialogue::of(code, direction);
        assert_eq!(noted.role == Role::Request, direction != Direction::ToClient && row.is_some());
        if let Some(evicted) = &noted.evicted {
            assert_eq!(noted.role, Role::Request, "room was made for nothing");
            assert_eq!(self.open.len(), Ledger::<u64>::OPEN_LIMIT, "there was room");
            assert_eq!(self.open.keys().next(), Some(&evicted.number), "not the oldest");
            assert_eq!(evicted.end, None);
            self.close(evicted);
        }
        match (noted.role, row) {
            (Role::Request, Some(row)) if row.end == End::Unanswered => {
                assert_eq!(noted.number, None, "nobody answers it");
            }
            (Role::Request, Some(row)) => {
                assert_eq!(noted.number, Some(self.requests), "requests are counted");
                let known = Known { row, token, answers: 0, refused: false };
                self.open.insert(self.requests, known);
                self.requests += 1;
            }
            (Role::Unasked, _) => assert_eq!(noted.number, None),
            (role, _) => {
                let number = noted.number.expect("an answer has a request");
                let known = self.open.get_mut(&number).expect("a request that is open");
                known.hold(role, code, payload);
            }
        }
        let ends = noted.role == Role::End;
        assert!(ends == noted.closed.is_some() || noted.role == Role::Refusal, "{noted:?}");
        if let Some(closed) = &noted.closed {
            assert_eq!(noted.number, Some(closed.number), "another request ended");
            assert_eq!(closed.end, Some((code, token)));
            self.close(closed);
        }
    }

    /// An exchange is over: it was open, and says what was told of it.
    fn close(&mut self, exchange: &Exchange<u64>) {
        let known = self.open.remove(&exchange.number).expect("a request ends once");
        assert_eq!((exchange.dialogue, exchange.request), (known.row, known.token));
        assert_eq!(exchange.refused, known.refused);
        let answers: u64 = exchange.answers.iter().map(|(_, count)| count).sum();
        assert_eq!(answers, known.answers);
        let codes = known.row.items.len()
            + match known.row.end {
                End::Single(codes) => codes.len(),
                _ => 1,
            };
        assert!(exchange.answers.len() <= codes, "more kinds of answers than the row has");
    }
}

impl Known {
    /// An answer is one that the row names.
    fn hold(&mut self, role: Role, code: Code, payload: &[u8]) {
        let row = self.row;
        match (role, row.end) {
            (Role::Item, End::SameCodeEmpty) => {
                assert!(code == row.request && !payload.is_empty());
            }
            (Role::Item, _) => assert!(row.items.contains(&code.0)),
            (Role::End, End::Code(end)) => assert_eq!(code.0, end),
            (Role::End, End::SameCodeEmpty) => assert!(code == row.request && payload.is_empty()),
            (Role::End, End::Single(codes)) => assert!(codes.contains(&code.0)),
            (Role::End, end) => panic!("{end:?} was ended"),
            _ => self.refused = true,
        }
        let single = matches!(row.end, End::Single(_)) && role == Role::End;
        self.answers += u64::from(role == Role::Item || single);
    }
}
