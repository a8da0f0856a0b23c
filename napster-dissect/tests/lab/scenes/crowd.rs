//! Many sessions with long lists, enough for several threads to have work.

use super::{Scene, at, number, song};
use crate::lab::clock::Clock;
use crate::lab::conversation::Conversation;
use crate::lab::segment::Side;

/// Sessions, one after the other, with clean messages, odd ones and gaps.
pub fn scene(users: u16) -> Scene {
    let clock = Clock::default();
    let mut segments = Vec::new();
    let mut said = Vec::new();
    for user in 0..users {
        let from = at(&format!("10.0.0.9:{}", 2000 + user));
        let mut session = Conversation::on(&clock, from, at("192.0.2.1:8888"));
        session.handshake().ask(2, format!("user{user} secret 6699 \"v2.0 BETA 6\" 8"));
        session.tell(3, "user@mail.example").ask(200, "FILENAME CONTAINS \"a\"");
        for hit in 0..80 {
            let file = song(&format!("C:\\m\u{f6} \"{hit}.mp3"), 1_000_000 + hit, 128, 60);
            session.tell(201, format!("{file}  bob {} {user}", number("10.0.0.1")));
        }
        session.tell(202, "").tell(9999, [0, 1, 0xff]).fin(Side::Client);
        said.extend_from_slice(session.said());
        let mut list = session.segments();
        if user % 5 == 0 {
            list.remove(40);
        }
        segments.extend(list);
    }
    Scene { segments, said }
}
