//! What follows what on a connection to an index server, and how every list ends.
//!
//! The machines that live by these rules are [`session::Client`](crate::session::Client) and
//! [`session::Server`](crate::session::Server); this chapter is for those who write their own, or who
//! watch.
//!
//! # From connecting to closing
//!
//! A client that knows no server asks a redirector, which says where one is and closes. It sends
//! nothing itself:
//!
//! ```
//! use napster_codec::redirector::Redirect;
//!
//! let answer = b"216.34.188.176:8888\n";
//! let redirect = Redirect::parse(answer, false)?.expect("a whole line");
//! assert_eq!((redirect.host.to_str(), redirect.port), (Some("216.34.188.176"), 8888));
//! # Ok::<(), napster_codec::redirector::RedirectError>(())
//! ```
//!
//! A host that begins with `127.` says that all servers are busy.
//!
//! On the connection to the server the client speaks first. Until it is logged in, little is
//! answered:
//!
//! | the client sends | the server answers | and then |
//! | --- | --- | --- |
//! | 2, log in | 3 | the client is logged in |
//! | 6, log in with a new nickname | 3 | the client is logged in |
//! | 2 or 6 | 0 with the reason, 10 for a bad nickname, on some servers 404 or 13 | the server closes |
//! | 7, is this nickname free | 8 free, 9 taken, 10 bad | nothing changes |
//! | 11, is this the password | 12, or nothing, or 0 | nothing changes |
//! | 4, is my version new enough | 4, 5 or nothing | nothing changes |
//! | 14, 300, 920 | nothing | nothing changes |
//! | 10010, as a server | 10010 and 10011 | the connection is a link between servers |
//! | anything else | 0, or the payload back in 13 | opennap closes |
//!
//! Only 3 says for certain that a client is logged in. What servers send on their own then comes
//! behind it, in no fixed order: the message of the day in 621, line by line; statistics in 214, again
//! from time to time; a 404 for those with a level. The client usually names its hotlist
//! (208), joins channels (400) and shares its files (100, 870, 10300), often hundreds of frames
//! without any answer. `MP3::Napster` logs in with data port 0 and gives the real one in 703.
//!
//! There is no message to log out with: a client closes. A server that ends a session sends 404
//! with the reason and 316, or 748 where somebody else logs in with the same nickname, or 821 and
//! 822 to send the client elsewhere.
//!
//! # Requests and answers
//!
//! No field ties an answer to its request. What there is, is the code, the order, and for some
//! requests a nickname, a channel or a file name that comes back. The table of all that is
//! [`DIALOGUES`](crate::dialogue::DIALOGUES): what answers a request, what ends a list, what
//! refuses. A [`Ledger`](crate::dialogue::Ledger) keeps the open requests of a connection and says
//! what each message is to them; it serves a client, a server or somebody who watches.
//!
//! ```
//! use napster_codec::Direction::{ToClient, ToServer};
//! use napster_codec::dialogue::{Ledger, Role};
//!
//! let mut ledger = Ledger::new();
//! ledger.note(ToServer, 211.into(), b"bob", ());
//! let file = br#"bob "C:\a.mp3" 0123456789abcdef0123456789abcdef 9 128 44100 1"#;
//! assert_eq!(ledger.note(ToClient, 212.into(), file, ()).role, Role::Item);
//! // Servers put statistics and chat between the parts of a list.
//! assert_eq!(ledger.note(ToClient, 214.into(), b"3 40 1", ()).role, Role::Unasked);
//! let end = ledger.note(ToClient, 213.into(), b"bob", ());
//! assert_eq!(*end.closed.expect("the list has ended").answers, [(212.into(), 1)]);
//! ```
//!
//! Lists end in five ways, all of which a program has to know:
//!
//! | how | where |
//! | --- | --- |
//! | a code of its own | 202 behind the results of a search, 213 behind a browse, 217, 409, 10124 |
//! | the request's own code | 615, 617, 827, 830, 320 and more: from the server it is the end mark |
//! | the request's own code with an empty payload | 10112, 10118, 10252, 10255, 10258, 10261 |
//! | a single answer is all | 214, 601, 604, 641 … |
//! | not at all | the lines of 621: only time or the next other message tells |
//!
//! A refused list can have its end mark all the same: opennap answers a search that it cannot read
//! with 404 and then 202, so 202 does not mean success. And one refusal takes the end mark away:
//! "too many pending searches" of opennap-ng.
//!
//! A 404 is a sentence in English, for refusals, confirmations and notices alike. It refuses a
//! request only where its text is one of those that the servers have for that:
//!
//! ```
//! use napster_codec::Direction::{ToClient, ToServer};
//! use napster_codec::dialogue::{Ledger, Role};
//!
//! let mut ledger = Ledger::new();
//! ledger.note(ToServer, 603.into(), b"ghost", ());
//! let notice = b"main.napster.test set your user level to Elite (4).";
//! assert_eq!(ledger.note(ToClient, 404.into(), notice, ()).role, Role::Unasked);
//! let refusal = b"User ghost is not currently online.";
//! assert_eq!(ledger.note(ToClient, 404.into(), refusal, ()).role, Role::Refusal);
//! ```
//!
//! # Channels
//!
//! A join (400) is answered by the name that the server took, which can be another one (405), each
//! member (408), the end of that list (409), and mostly the topic (410). Others see 406. What one
//! says in a channel (402) comes back as 403 to everybody in it, oneself included, and that is the
//! only confirmation. Official channel names are bare words; opennap puts `#` in front of names that
//! begin with neither `#` nor `&`, and no server minds letter case.
//!
//! # Files
//!
//! Files travel between clients; the server only introduces them to each other:
//!
//! | who | where the owner can be reached | where the owner is behind a firewall |
//! | --- | --- | --- |
//! | downloader | sends 203, gets 204, connects, sends 218 and at the end 219 | sends 203, gets 204 with port 0, sends 500, waits for a connection |
//! | owner | gets 607, sends 608, waits, sends 220 and 221 | gets 607, sends 608, gets 501, connects |
//!
//! A file that cannot be had is answered with 206, one whose owner has too many uploads with 619 from
//! the owner and 620 to the downloader. An owner that says nothing leaves the request without any
//! answer. What the two then say to each other is in [`peer`](crate::peer), and
//! [`transfer`](crate::transfer) has the machines for it. Nothing that a peer names
//! is a path to open: a name is looked up among one's own shared files, or it is not there.
//!
//! # Links between servers
//!
//! A server that links to another sends 10010 and 10011, gets the same, and from then on both
//! directions are zlib streams. They tell each other their users, channels and bans, and then pass on
//! what their clients say: the same codes with a colon, the name of who acts, and a blank in front
//! of the payload. [`decode`](crate::decode()) takes that off:
//!
//! ```
//! use napster_codec::{Code, Direction, Message, Tolerance, decode};
//!
//! let decoded = decode(Code(400), Direction::ServerLink, b":ann #jazz", Tolerance::STRICT)?;
//! assert_eq!(decoded.sender.as_ref().map(ToString::to_string).as_deref(), Some("ann"));
//! let Message::JoinChannel(join) = &decoded.message else { panic!("{decoded:?}") };
//! assert_eq!(join.channel, "#jazz");
//! # Ok::<(), napster_codec::DecodeError>(())
//! ```
//!
//! Some codes have another form there and rows of their own, as `relayed` in their names says; see
//! [the table](super::messages). Message 10018 wraps a whole frame, header included.
//!
//! # What the index server of this crate does not answer
//!
//! [`Server`](crate::session::Server) answers these codes with 404 `Unknown command code`, as opennap
//! does with what it does not know:
//!
//! | code | why |
//! | --- | --- |
//! | 4 | opennap 0.36 answers the version check so, and no other answer was seen |
//! | 310 | an official server said 0, and nobody wrote down what that means; both opennaps do not know it |
//! | 330 | a list of blocked addresses that no server was seen to have |
//! | 332 | the same |
//! | 333 | the same |
//! | 602 | official servers answered with a joke; nothing is known of what it asks |
//! | 650 | known only as a number |
//! | 651 | known only as a number |
//! | 720 | mentioned once, most likely a misprint for 870 |
//! | 770 | known only as a number |
//! | 771 | known only as a number |
//! | 805 | known only as a number |
//! | 811 | known only as a number |
//! | 932 | a binary record that holds no name of the file |
//! | 8112 | its layout was never written down |
//! | 8113 | its layout was never written down |
//! | 9998 | there are no links to other servers |
//! | 9999 | there are none, and opennap-ng shows their passwords in its answer |
//! | 10100 | there are no links to other servers |
//! | 10101 | there are no links to other servers |
//! | 10110 | whoever runs the program ends it |
//! | 10111 | it does nothing on servers that know it |
//! | 10120 | there are no links to other servers |
//! | 10123 | what is counted where is for the program around the machine, which gets every message as an event |
//! | 10125 | the same |
//! | 10264 | the log belongs to the program around the machine |
//! | 10303 | there are no links to other servers |
//! | 10304 | there are no links to other servers |
//!
//! It never sends 629, as opennap does not either: a ban by nick stands among the 616 as `nick!*`.
