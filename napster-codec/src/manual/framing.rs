//! How a stream becomes frames, and a payload becomes fields.
//!
//! # Where streams come from
//!
//! | port (TCP) | who listens | what is said there |
//! | --- | --- | --- |
//! | 8875, late clients 8876 | a redirector | one line that names an index server: [`redirector`](crate::redirector) |
//! | 8888, 7777 and others | an index server | frames, as this chapter has them; linked servers use the same port |
//! | 8889 | OpenNap's statistics | one line of numbers: [`StatsLine`](crate::redirector::StatsLine) |
//! | 6699 and others | a client | files and lists of files, without frames: [`peer`](crate::peer) |
//!
//! Only the first byte that each side sends tells what a port is for; no number is reserved.
//!
//! # Frames
//!
//! A frame is a header of four bytes and a payload. The header has two numbers of two bytes, low
//! byte first: how many bytes the payload has, then which message it is, its [`Code`](crate::Code).
//! There is nothing else: no mark where a frame begins, no checksum, no number that ties an answer
//! to its request. A payload may be empty and often is.
//!
//! ```
//! use napster_codec::{ByteOrder, Code, Frame};
//!
//! // A request for the server's statistics, and the beginning of something else.
//! let stream = b"\x00\x00\xd6\x00\x06\x00";
//! let (frame, rest) = Frame::parse(stream, ByteOrder::Little).expect("a whole frame");
//! assert_eq!((frame.code, frame.payload), (Code(214), &b""[..]));
//! assert_eq!(rest, b"\x06\x00");
//! assert!(Frame::parse(rest, ByteOrder::Little).is_none(), "the rest of it has not come yet");
//! ```
//!
//! Neither does a header say which way its frame goes, though many codes mean one thing from the
//! client and another from the server: 214 asks for statistics and is the answer. So a
//! [`Decoder`](crate::Decoder) is made for one [`Direction`](crate::Direction) of a connection.
//!
//! # Segments are not frames
//!
//! TCP carries bytes. One segment can hold many frames, and programs that write header and payload
//! with two calls send a segment of four bytes. A decoder takes the stream in any portions:
//!
//! ```
//! use napster_codec::{Decoder, Direction};
//!
//! let mut decoder = Decoder::new(Direction::ToServer);
//! decoder.feed(b"\x06\x00\x90");
//! assert!(decoder.poll().is_none());
//! decoder.feed(b"\x01Trance\x00\x00\xd6\x00");
//! let names: Vec<_> = std::iter::from_fn(|| decoder.poll()).map(|packet| packet.name()).collect();
//! assert_eq!(names, ["join_channel", "stats_request"]);
//! ```
//!
//! Where an observer lost bytes, [`gap`](crate::Decoder::gap) says how many. The message around
//! them is given up, and the next place where headers, codes and payloads make sense together is
//! looked for; what was skipped is told by [`take_skipped`](crate::Decoder::take_skipped).
//!
//! Zero bytes behind a short segment in old captures are not part of the stream: Ethernet pads its
//! frames to 60 bytes, and capture tools that ignore the length of the IP packet show the padding.
//!
//! # How long a payload can be
//!
//! The header allows 65,535 bytes. OpenNap 0.36 closes the connection at more than 2,048 and cuts
//! its own messages at 2,044; several clients read into buffers of about that size. So a writer
//! does well to part long lists, and a reader has to take whatever the header announces.
//!
//! # The other byte order
//!
//! The official clients from version 10.3 on write both numbers of the header high byte first, and
//! so does TekNap where its capability option is on. Such a client begins with message 920. The
//! payload does not change. A decoder finds the order out from the first header, states it with
//! every packet, and a packet is written as it was read:
//!
//! ```
//! use napster_codec::{ByteOrder, Code, Decoder, Direction};
//!
//! let mut decoder = Decoder::new(Direction::ToServer);
//! decoder.feed(b"\x00\x02\x03\x9862");
//! let packet = decoder.poll().expect("a whole frame");
//! assert_eq!((packet.code, packet.order), (Code(920), ByteOrder::Big));
//! assert_eq!(packet.to_bytes(), b"\x00\x02\x03\x9862");
//! ```
//!
//! # Fields
//!
//! A payload is text, with one blank between two fields and nothing at its end: no NUL, no line
//! end. There are three kinds of text, and one Rust type for each:
//!
//! | on the wire | type | ends |
//! | --- | --- | --- |
//! | a word | [`Token`](crate::Token) | at the next blank |
//! | text between double quotes | [`Quoted`](crate::Quoted) | at the closing quote |
//! | free text | [`Text`](crate::Text) | with the payload |
//!
//! Numbers are decimal. There is no way to write a quote inside quotes, and no declared character
//! set: Windows clients send their code page, mostly windows-1252. So texts are bytes here, and
//! showing them is left to the program.
//!
//! ```
//! use napster_codec::{Code, Direction, Message, Tolerance, decode};
//!
//! let payload = br#"alice s3cret 6699 "nap v0.8" 3"#;
//! let decoded = decode(Code(2), Direction::ToServer, payload, Tolerance::STRICT)?;
//! let Message::Login(login) = &decoded.message else { panic!("{decoded:?}") };
//! assert_eq!(login.client_info, "nap v0.8");
//! assert_eq!((login.data_port, login.link_type.to_string().as_str()), (6699, "33.6k"));
//! # Ok::<(), napster_codec::DecodeError>(())
//! ```
//!
//! An IPv4 address in a number has its first octet in the lowest byte, which is what
//! [`Address`](crate::Address) reads: 10.1.2.3 is 50462986.
//!
//! # What real programs send
//!
//! Many payloads are not canonical: two blanks, a missing quote, a field more or less. There is one
//! reading for all of them. Each deviation has a name, a [`DiagnosticKind`](crate::DiagnosticKind),
//! and the bytes that it covers, and a [`Tolerance`](crate::Tolerance) says which names are
//! accepted. What a strict reader accepts is exactly what the writer writes.
//!
//! ```
//! use napster_codec::{Code, DiagnosticKind, Direction, Tolerance, decode};
//!
//! // MP3::Napster ends every search with a blank.
//! let payload = br#"FILENAME CONTAINS "beatles" "#;
//! let strict = decode(Code(200), Direction::ToServer, payload, Tolerance::STRICT);
//! assert_eq!(strict.map_err(|error| error.kind), Err(DiagnosticKind::TrailingSpace));
//! let decoded = decode(Code(200), Direction::ToServer, payload, Tolerance::LENIENT)?;
//! assert_eq!(decoded.diagnostics()[0].kind, DiagnosticKind::TrailingSpace);
//! # Ok::<(), napster_codec::DecodeError>(())
//! ```
//!
//! File names with a quote inside are read where what follows decides the end: behind the name of
//! a search result stand a checksum and numbers, and only one quote has those behind it.
//!
//! # Compression
//!
//! Two kinds of connection go on as a zlib stream in each direction (RFC 1950), with the same frames
//! inside:
//!
//! * a client of opennap-ng that asked for it in the eighth field of message 2, behind a message 3
//!   that grants it: the e-mail address between quotes, and a level;
//! * a link between servers behind message 10011, whatever level was agreed on.
//!
//! A decoder stops there by itself. It inflates nothing, as that needs a library of its own:
//!
//! ```
//! use napster_codec::{Decoder, Direction};
//!
//! let mut decoder = Decoder::new(Direction::ToClient);
//! decoder.feed(b"\x0a\x00\x03\x00\"anon@x\" 6\x78\x9c...");
//! assert_eq!(decoder.poll().expect("a whole frame").name(), "login_ack");
//! assert!(decoder.poll().is_none() && decoder.is_compressed());
//! assert_eq!(decoder.take_rest(), &b"\x78\x9c..."[..]);
//! // What comes out of the inflater goes into a decoder of its own.
//! let inner = Decoder::new(Direction::ToClient).inflated();
//! # let _ = inner;
//! ```
//!
//! The client may send plain frames until the grant reaches it. Its decoder is told with
//! [`await_compressed`](crate::Decoder::await_compressed) and finds the frame boundary where a
//! zlib header stands.
