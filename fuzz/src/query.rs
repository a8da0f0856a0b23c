//! The grammar of searches.

use napster_codec::{Code, Direction, Message, Query, Tolerance, decode};

use crate::laws;

/// A payload of message 200 is read by the laws, and its clauses build the same query.
pub fn query(data: &[u8]) {
    let payload = &data[..data.len().min(usize::from(u16::MAX))];
    let code = Code(200);
    laws::hold_payload(code, Direction::ToServer, payload);
    let Ok(decoded) = decode(code, Direction::ToServer, payload, Tolerance::LENIENT) else {
        return;
    };
    let Message::SearchRequest(search) = &decoded.message else { return };
    let built = search.query.clauses().fold(Query::new(), Query::with);
    assert_eq!(built, search.query);
    assert_eq!(built.to_string(), search.query.to_string());
    assert_eq!(built.into_owned(), search.query);
}
