//! What the ledger makes of the dialogues of real programs.

use napster_codec::dialogue::{DIALOGUES, Dialogue, End, Exchange, Ledger, Role};
use napster_codec::{Code, Direction};
use proptest::prelude::*;

/// Plays lines `> code payload` (client) and `< code payload` (server); gives the roles and what
/// closed.
fn play(lines: &[&str]) -> (Vec<Role>, Vec<Exchange<usize>>, Vec<Exchange<usize>>) {
    let mut ledger = Ledger::new();
    let (mut roles, mut closed) = (Vec::new(), Vec::new());
    for (index, line) in lines.iter().enumerate() {
        let (side, rest) = line.split_at(2);
        let (code, payload) = rest.split_once(' ').unwrap_or((rest, ""));
        let direction = match side {
            "> " => Direction::ToServer,
            "< " => Direction::ToClient,
            _ => Direction::ServerLink,
        };
        let code = Code(code.parse().expect("a code"));
        let noted = ledger.note(direction, code, payload.as_bytes(), index);
        roles.push(noted.role);
        closed.extend(noted.closed);
        assert!(noted.evicted.is_none());
    }
    let never = ledger.finish().collect();
    (roles, closed, never)
}

use Role::{End as Ends, Item, Refusal, Request, Unasked};

#[test]
fn searches_are_counted_to_their_end() {
    let lines = ["> 200 FILENAME CONTAINS \"a\"", "< 214 1 2 3", "< 201 x", "< 201 y", "< 202"];
    let (roles, closed, never) = play(&lines);
    assert_eq!(roles, [Request, Unasked, Item, Item, Ends]);
    assert_eq!(closed.len(), 1);
    assert_eq!(*closed[0].answers, [(Code(201), 2)]);
    assert_eq!((closed[0].request, closed[0].end), (0, Some((Code(202), 4))));
    assert!(never.is_empty() && !closed[0].refused);
    // Several at once: nothing tells to which a result belongs, so the oldest gets it.
    let lines = ["> 200 a", "> 200 b", "< 201 x", "< 202", "< 201 y", "< 201 z", "< 202"];
    let (_, closed, _) = play(&lines);
    let counts: Vec<_> = closed.iter().map(|e| (e.number, e.answers[0].1)).collect();
    assert_eq!(counts, [(0, 1), (1, 2)]);
}

#[test]
fn a_refused_search_still_has_its_end_mark() {
    let (roles, closed, _) = play(&["> 200", "< 404 invalid search request", "< 202"]);
    assert_eq!(roles, [Request, Refusal, Ends]);
    assert!(closed[0].refused && closed[0].answers.is_empty());
    assert_eq!(closed[0].end, Some((Code(202), 2)));
    // Too many searches: no end mark comes.
    let lines = ["> 200 x", "< 404 search failed: too many pending searches", "> 200 y", "< 202"];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles, [Request, Refusal, Request, Ends]);
    assert_eq!(closed[0].end.map(|end| end.0), Some(Code(404)));
    assert_eq!(closed[1].number, 1);
}

#[test]
fn answers_that_repeat_the_nick_find_their_request() {
    let lines = [
        "> 603 ann",
        "> 603 bob",
        "> 603 cyd",
        "< 604 Bob \"User\" 4711 \"Lobby \" \"Active\" 52 1 0 7 \"nap v0.8\"",
        "< 605 cyd \"User\" 0",
        "< 604 dan \"User\"",
        "< 404 User is not currently online.",
    ];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles[3..], [Ends, Ends, Unasked, Refusal]);
    assert_eq!(closed.iter().map(|e| e.request).collect::<Vec<_>>(), [1, 2, 0]);
    assert_eq!(*closed[0].answers, [(Code(604), 1)]);
    let (roles, _, _) = play(&[
        "> 751 bob ",
        "> 751 ghost",
        "< 752 bob ",
        "< 404 ping failed, ghost is not online",
    ]);
    assert_eq!(roles, [Request, Request, Ends, Refusal]);
}

#[test]
fn browses_end_with_and_without_the_nick() {
    let lines = [
        "> 211 ann",
        "> 211 ghost",
        "< 212 ann \"a\" 0 1 2 3 4",
        "< 210 ghost",
        "< 213 ghost",
        "< 213 ann 1",
    ];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles, [Request, Request, Item, Refusal, Ends, Ends]);
    assert!(closed[0].refused && closed[0].request == 1);
    let (roles, _, _) = play(&["> 211 ann", "< 210 other", "< 213"]);
    assert_eq!(roles, [Request, Unasked, Ends]);
}

#[test]
fn downloads_are_told_by_nick_and_file() {
    let lines = [
        r#"> 203 bob "C:\a b.mp3""#,
        r#"> 203 bob "C:\c.mp3""#,
        r#"> 203 cyd "C:\c.mp3""#,
        r#"< 204 bob 50462986 6699 "C:\c.mp3" 0123 4"#,
        r#"< 206 bob C:\a b.mp3"#,
        r#"< 620 cyd "C:\c.mp3" 443332 3"#,
        r#"< 206 dan "C:\c.mp3""#,
    ];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles[3..], [Ends, Refusal, Refusal, Unasked]);
    assert_eq!(closed.iter().map(|e| e.request).collect::<Vec<_>>(), [1, 0, 2]);
    // A push has no answer but refusals.
    let lines = [r#"> 500 bob "a""#, r#"< 204 bob 1 0 "a" 0123 4"#];
    let (roles, _, never) = play(&lines);
    assert_eq!((roles[1], never.len()), (Unasked, 1));
    assert_eq!(never[0].end, None);
    let lines = [r#"> 500 bob "a""#, r#"< 204 bob 1 0 "a" firewallerror 4"#];
    assert_eq!(play(&lines).0[1], Refusal);
    assert_eq!(play(&[r#"> 500 bob "a""#, "< 404 bob is not firewalled"]).0[1], Refusal);
}

#[test]
fn channels_are_joined_and_talked_in() {
    let lines = [
        "> 400 Lobby",
        "< 405 #Lobby",
        "< 406 #Jazz dan 0 7",
        "< 408 #Lobby ann 2 7",
        "< 409 #Lobby",
        "< 410 #Lobby Welcome",
    ];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles, [Request, Item, Unasked, Item, Ends, Unasked]);
    assert_eq!(*closed[0].answers, [(Code(405), 1), (Code(408), 1)]);
    // The server may choose another channel, and may refuse.
    let (roles, _, _) =
        play(&["> 400 Trance", "< 405 Trance1", "< 408 Trance1 ann 2 7", "< 409 Trance1"]);
    assert_eq!(roles, [Request, Item, Item, Ends]);
    let (roles, _, _) = play(&["> 400 x", "< 404 channel join failed: banned: no"]);
    assert_eq!(roles[1], Refusal);
    // Own words come back; others' are unasked.
    let lines = [
        "> 2 ann pw 6699 \"x\" 3",
        "< 3 ann@example.net",
        "> 402 Lobby hello there",
        "< 403 #Lobby bob hello there",
        "< 403 #Lobby ann hello",
        "< 403 #Lobby ann hello again",
    ];
    assert_eq!(play(&lines).0[2..], [Request, Unasked, Ends, Unasked]);
    let (roles, _, _) = play(&["> 410 Jazz", "< 410 #Lobby other", "< 410 #jazz topic"]);
    assert_eq!(roles, [Request, Unasked, Ends]);
}

#[test]
fn lists_end_with_their_own_number() {
    let lines = ["> 617", "< 618 Lobby 33 x", "< 617", "< 617"];
    assert_eq!(play(&lines).0, [Request, Item, Ends, Unasked]);
    let lines = ["> 10112", "< 10112 a 1 b 2 1", "< 10112"];
    assert_eq!(play(&lines).0, [Request, Item, Ends]);
    let lines = ["> 320", "< 321 bob", "< 320 1"];
    assert_eq!(play(&lines).0, [Request, Item, Ends]);
    let lines = ["> 621", "< 621 a", "< 621"];
    let (roles, closed, never) = play(&lines);
    assert_eq!((roles, closed.len(), never[0].answers[0].1), (vec![Request, Item, Item], 0, 2));
}

#[test]
fn notices_refuse_only_what_their_text_can() {
    let lines = ["> 200 a", "< 404 main.napster.test set your user level to Elite (4).", "< 202"];
    assert_eq!(play(&lines).0, [Request, Unasked, Ends]);
    // What can mean anything is about what was said last.
    let lines = ["> 617", "> 205 bob", "< 404 parameters are unparsable", "< 617"];
    assert_eq!(play(&lines).0, [Request, Unasked, Unasked, Ends]);
    assert_eq!(play(&["> 200 x", "< 0 invalid command"]).0, [Request, Refusal]);
    assert_eq!(play(&["> 615", "< 404 permission denied"]).0, [Request, Refusal]);
    // A number that the server does not know.
    let lines = ["> 200 a", "> 330", "< 404 Unknown command code 330", "< 202"];
    let (roles, closed, _) = play(&lines);
    assert_eq!((roles[2], closed[0].request), (Refusal, 1));
    assert_eq!(play(&["> 214", "< 13 214: "]).0, [Request, Refusal]);
    // Some commands are answered by a notice.
    assert_eq!(play(&["> 810 port", "< 404 port = 8888"]).0, [Request, Ends]);
    assert_eq!(play(&["> 303 bob"]).0, [Request]);
}

/// The server that comes with `MP3::Napster` says 404 or 620 and the name that was asked for.
#[test]
fn a_refusal_can_be_nothing_but_the_name() {
    for lines in [
        ["> 603 ann", "< 404 Ann"],
        ["> 751 ann", "< 620 ann"],
        ["> 211 ann", "< 620 ann"],
        ["> 400 Nowhere", "< 404 Nowhere"],
        ["> 830 Nowhere", "< 404 Nowhere"],
    ] {
        let (roles, closed, never) = play(&lines);
        assert_eq!((roles, closed.len(), never.len()), (vec![Request, Refusal], 1, 0), "{lines:?}");
        assert!(closed[0].refused);
    }
    // What says more is about something else: here, how many files ann gives at a time.
    let lines = ["> 211 ann", "> 203 ann \"a.mp3\"", "< 620 ann \"a.mp3\" 4096 2", "< 213"];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles[2..], [Refusal, Ends]);
    assert_eq!(closed.iter().map(|e| e.request).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(play(&["> 603 ann", "< 404 bob"]).0, [Request, Unasked]);
    assert_eq!(play(&["> 603", "< 404"]).0, [Request, Unasked]);
}

#[test]
fn servers_search_with_an_identifier() {
    let lines = [
        "= 10015 ann AAAA FILENAME CONTAINS \"x\"",
        "= 10015 bob BBBB FILENAME CONTAINS \"y\"",
        "= 10016 BBBB cyd \"a\" 0 1 2 3 4",
        "= 10017 BBBB",
        "= 10017 CCCC",
        "= 10017 AAAA",
    ];
    let (roles, closed, _) = play(&lines);
    assert_eq!(roles, [Request, Request, Item, Ends, Unasked, Ends]);
    assert_eq!((closed[0].request, closed[1].request), (1, 0));
}

#[test]
fn open_requests_are_bounded() {
    let mut ledger = Ledger::new();
    let mut evicted = Vec::new();
    for number in 0..Ledger::<u32>::OPEN_LIMIT as u32 + 3 {
        let noted = ledger.note(Direction::ToServer, Code(200), b"x", number);
        evicted.extend(noted.evicted.map(|exchange| exchange.request));
    }
    assert_eq!(evicted, [0, 1, 2]);
    assert_eq!(ledger.open().count(), Ledger::<u32>::OPEN_LIMIT);
    assert_eq!(ledger.finish().count(), Ledger::<u32>::OPEN_LIMIT);
    assert_eq!(ledger.open().count(), 0);
}

/// The simplest conversation of a row: all items twice, then the end.
#[test]
fn every_dialogue_can_be_held() {
    for dialogue in DIALOGUES {
        let link = dialogue.direction == Direction::ServerLink;
        let payload: &[u8] = if link { b"ann ID q" } else { b"bob \"file\"" };
        let answer: &[u8] = if link { b"ID" } else { b"bob bob \"file\"" };
        let back = dialogue.direction.reversed();
        let mut ledger = Ledger::new();
        ledger.note(dialogue.direction, dialogue.request, payload, ());
        let same = [dialogue.request.0];
        let items = if dialogue.end == End::SameCodeEmpty { &same } else { dialogue.items };
        for item in items.iter().chain(items) {
            let noted = ledger.note(back, Code(*item), answer, ());
            assert_eq!(noted.role, Item, "{} {item}", dialogue.request);
        }
        let end = match dialogue.end {
            End::Code(code) => (code, answer),
            End::SameCodeEmpty => (dialogue.request.0, &b""[..]),
            End::Single([code, ..]) => {
                (*code, if *code == 403 { &b"bob x \"file\""[..] } else { answer })
            }
            _ => continue,
        };
        let noted = ledger.note(back, Code(end.0), end.1, ());
        assert_eq!(noted.role, Ends, "{}", dialogue.request);
        let exchange = noted.closed.expect("it has ended");
        let all: u64 = exchange.answers.iter().map(|answer| answer.1).sum();
        let single = u64::from(matches!(dialogue.end, End::Single(_)));
        assert_eq!(all, 2 * items.len() as u64 + single, "{}", dialogue.request);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_messages_are_noted_once(
        messages in prop::collection::vec((0_u8..3, 0_usize..64, "[ a-c:\"#]{0,8}"), 0..60),
    ) {
        let mut ledger = Ledger::new();
        let (mut requests, mut closed) = (0_usize, 0_usize);
        for (which, row, payload) in &messages {
            let dialogue: &Dialogue = &DIALOGUES[row % DIALOGUES.len()];
            let (direction, code) = match which {
                0 => (dialogue.direction, dialogue.request),
                1 => (Direction::ToClient, dialogue.request),
                _ => (
                    dialogue.direction.reversed(),
                    Code(dialogue.items.first().copied().unwrap_or(404)),
                ),
            };
            let noted = ledger.note(direction, code, payload.as_bytes(), ());
            requests += usize::from(noted.role == Request && noted.number.is_some());
            closed += usize::from(noted.closed.is_some());
            prop_assert!(noted.closed.is_none() || matches!(noted.role, Ends | Refusal));
        }
        prop_assert_eq!(ledger.finish().count() + closed, requests);
    }
}

#[test]
fn what_is_given_up_takes_no_further_answers() {
    let mut ledger = Ledger::new();
    let first =
        ledger.note(Direction::ToServer, Code(200), b"FILENAME CONTAINS \"x\"", 1).number.unwrap();
    let second = ledger.note(Direction::ToServer, Code(200), b"FILENAME CONTAINS \"y\"", 2).number;
    assert_eq!(ledger.give_up(first).map(|exchange| exchange.request), Some(1));
    assert!(ledger.give_up(first).is_none());
    // The next answer belongs to the request that is the oldest now.
    assert_eq!(ledger.note(Direction::ToClient, Code(202), b"", 3).number, second);
}

proptest! {
    /// Answers that come in runs are noted without a look at all open requests; that changes nothing.
    #[test]
    fn runs_are_noted_as_their_messages_would_be_alone(
        rows in prop::collection::vec(0..DIALOGUES.len(), 1..4),
        steps in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..4), 1..60),
    ) {
        let mut messages = vec![(Direction::ToClient, Code(404)), (Direction::ToClient, Code(0))];
        for row in rows.iter().filter_map(|row| DIALOGUES.get(*row)) {
            let answer = if row.direction == Direction::ToServer {
                Direction::ToClient
            } else {
                row.direction
            };
            messages.push((row.direction, row.request));
            let ends: &[u16] = match &row.end {
                End::Code(code) => std::slice::from_ref(code),
                End::SameCodeEmpty => std::slice::from_ref(&row.request.0),
                End::Single(codes) => codes,
                _ => &[],
            };
            let refusals = row.refusals.iter().map(|refusal| refusal.code);
            let codes = row.items.iter().chain(ends).copied().chain(refusals);
            messages.extend(codes.map(|code| (answer, Code(code))));
        }
        let (mut ledger, mut one_by_one, mut unseen) = (Ledger::new(), Ledger::new(), Ledger::new());
        let (mut last, mut number_before) = (0, None);
        for (number, (message, payload)) in steps.iter().enumerate() {
            // Half of the messages repeat the one before.
            if payload % 2 == 0 {
                last = message.index(messages.len());
            }
            let (direction, code) = messages[last];
            let payload = [b"".as_slice(), b"bob", b"#chat bob", b"ann \"a.mp3\""][*payload];
            let noted = ledger.note(direction, code, payload, number);
            // A request that does not exist cannot be given up, and ends every run.
            prop_assert_eq!(one_by_one.give_up(u64::MAX), None);
            if unseen.note_in_run(direction, code, payload) {
                prop_assert_eq!((noted.role, noted.number), (Item, number_before));
            } else {
                prop_assert_eq!(&noted, &unseen.note(direction, code, payload, number));
            }
            number_before = noted.number;
            prop_assert_eq!(noted, one_by_one.note(direction, code, payload, number));
        }
        let (counted, left) = (ledger.finish(), unseen.finish());
        prop_assert_eq!(counted.collect::<Vec<_>>(), left.collect::<Vec<_>>());
    }
}
