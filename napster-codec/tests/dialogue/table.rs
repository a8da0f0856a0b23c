//! The table of dialogues against the table of messages.

use std::collections::BTreeSet;

use napster_codec::dialogue::{DIALOGUES, Dialogue, End, Ledger, Role};
use napster_codec::{Code, Direction, spec};

fn answers(dialogue: &Dialogue) -> BTreeSet<u16> {
    let end = match dialogue.end {
        End::Code(code) => vec![code],
        End::SameCodeEmpty => vec![dialogue.request.0],
        End::Single(codes) => codes.to_vec(),
        _ => Vec::new(),
    };
    let refusals = dialogue.refusals.iter().map(|refusal| refusal.code);
    dialogue.items.iter().copied().chain(end).chain(refusals).collect()
}

#[test]
fn rows_are_in_order_and_name_messages_that_exist() {
    assert!(DIALOGUES.is_sorted_by(|one, other| one.request < other.request));
    for dialogue in DIALOGUES {
        assert_ne!(dialogue.name(), "unknown", "{}", dialogue.request);
        assert_eq!(Dialogue::of(dialogue.request, dialogue.direction), Some(dialogue));
        let back = dialogue.direction.reversed();
        for code in answers(dialogue) {
            // Nobody has seen the end of the block list; it is taken to end like the lists beside
            // it.
            let known = spec(Code(code), back).is_some() || code == 330;
            assert!(known, "{} is answered by {code}", dialogue.request);
        }
    }
    assert_eq!(Dialogue::of(Code(200), Direction::ToClient), None);
    assert_eq!(Dialogue::of(Code(205), Direction::ToServer), None);
}

#[test]
fn every_answer_that_the_message_table_names_is_in_the_dialogue() {
    // Announcements that are no answers: users who come on line, and what follows a join.
    let not_answers: [(u16, u16); 5] = [(207, 209), (400, 410), (400, 425), (500, 204), (603, 603)];
    for dialogue in DIALOGUES {
        let Some(spec) = spec(dialogue.request, dialogue.direction) else { continue };
        let known = answers(dialogue);
        for reply in spec.replies {
            // A notice refuses by its text, which several rows share.
            let notice = *reply == 404 || *reply == 13;
            let other = not_answers.contains(&(dialogue.request.0, *reply));
            let known = known.contains(reply) || notice || other;
            assert!(known, "{} is answered by {reply}", dialogue.request);
        }
    }
}

/// What is counted for a request has room for the answers of every row.
#[test]
fn every_answer_of_a_row_is_counted() {
    for dialogue in DIALOGUES {
        let back = dialogue.direction.reversed();
        let mut ledger = Ledger::new();
        ledger.note(dialogue.direction, dialogue.request, b"ann", ());
        let same = [dialogue.request.0];
        let items = if dialogue.end == End::SameCodeEmpty { &same } else { dialogue.items };
        for item in items {
            ledger.note(back, Code(*item), b"ann", ());
        }
        let last: &[u16] = if let End::Single(codes) = dialogue.end { codes } else { &[] };
        let closed =
            last.first().and_then(|code| ledger.note(back, Code(*code), b"ann", ()).closed);
        let Some(exchange) = closed.or_else(|| ledger.finish().next()) else { continue };
        let counted: Vec<_> = exchange.answers.iter().map(|(code, _)| code.0).collect();
        let expected: Vec<_> = items.iter().chain(last.first()).copied().collect();
        assert_eq!(counted, expected, "{}", dialogue.request);
    }
}

#[test]
fn every_refusal_of_a_row_refuses_its_request() {
    for dialogue in DIALOGUES {
        for refusal in dialogue.refusals {
            let mut ledger = Ledger::new();
            ledger.note(dialogue.direction, dialogue.request, b"bob \"file\"", ());
            let text = match refusal.texts.first() {
                Some(text) => text.replace('*', "bob"),
                // The address of a file refuses a push where it says that nobody can listen.
                None if refusal.code == 204 => "bob 1 0 \"file\" 0 firewallerror".to_owned(),
                None => "bob".to_owned(),
            };
            let back = dialogue.direction.reversed();
            let noted = ledger.note(back, Code(refusal.code), text.as_bytes(), ());
            let names = (dialogue.request, refusal.code);
            assert_eq!(noted.role, Role::Refusal, "{names:?}: {text}");
            assert_eq!(noted.closed.is_none(), refusal.end_follows, "{names:?}: {text}");
        }
    }
}
