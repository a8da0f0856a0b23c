//! In steady state neither a segment that comes in order nor a message costs an allocation.

mod lab;

use std::io;

use allocation_counter::measure;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::at;
use lab::segment::Side;
use napster_dissect::capture::Reader;
use napster_dissect::output::{self, Format, RecordWriter};
use napster_dissect::pipeline::{self, Options};

/// Allocations that come however much is read: buffers grow to twice their size a few times.
const GROWTH: u64 = 12;

#[test]
fn messages_in_segments_of_their_own() {
    check(|session, index| _ = session.tell(403, format!("#lobby bob line {index}")));
}

#[test]
fn messages_that_share_segments() {
    check(|session, index| {
        let line = format!("#lobby bob line {index}");
        session.tell_all(&[(403, &line), (209, "ann 8"), (406, "#lobby cleo 12 4")]);
    });
}

#[test]
fn messages_cut_by_segments() {
    check(|session, index| {
        session.tell(403, format!("#lobby bob {index} {}", "and so on ".repeat(200)));
    });
}

/// Compares a session with one that says the same twice as often.
fn check(say: impl Fn(&mut Conversation, usize)) {
    for (format, summary_only) in
        [(Format::JsonLines, false), (Format::Text, false), (Format::JsonLines, true)]
    {
        let count = |times| {
            let capture = capture(times, &say);
            let mut options = output::Options::default();
            options.format = format;
            options.summary_only = summary_only;
            measure(|| run(&capture, options.clone())).count_total
        };
        let (once, twice) = (count(2000), count(4000));
        assert!(twice <= once + GROWTH, "{format:?}: {once}, then {twice} allocations");
    }
}

fn run(capture: &[u8], options: output::Options) {
    let input = io::Cursor::new(capture.to_vec());
    let mut readers = [Reader::new(input, "session").expect("a capture")];
    let mut writer = RecordWriter::new(io::sink(), options);
    pipeline::dissect(&mut readers, &Options::default(), &mut writer).expect("nothing can fail");
    writer.finish().expect("nothing can fail");
}

fn capture(times: usize, say: &impl Fn(&mut Conversation, usize)) -> Vec<u8> {
    let mut session = Conversation::new(at("10.0.0.2:1877"), at("10.0.0.1:8888"));
    session.handshake().ask(2, "foo secret 6699 \"v2.0\" 8").tell(3, "foo@mail.example");
    (0..times).for_each(|index| say(&mut session, index));
    session.fin(Side::Client);
    let packets = Link::Ethernet.packets(&session.segments());
    Pcap::new(Link::Ethernet.number()).write(&packets)
}
