//! Music streams of Comp 112: who hears whom, and who takes over.

mod lab;
#[path = "../../napster-codec/tests/comp112/network.rs"]
mod network;

use std::io::Cursor;
use std::time::Duration;

use lab::clock::Clock;
use lab::conversation::Conversation;
use lab::file::Pcap;
use lab::packet::Link;
use lab::scenes::at;
use lab::segment::{Segment, Side, interleave};
use napster_dissect::capture::Reader;
use napster_dissect::output::{Format, Options as Output, RecordWriter};
use napster_dissect::pipeline::{Options, dissect};
use napster_dissect::story::{Chain, LinkRecord, Protocol, Record, RecordSink, WarningRecord};
use network::{Happened, Network};

#[derive(Default)]
struct Told {
    chains: Vec<Chain>,
    links: Vec<LinkRecord>,
    /// The protocols of flows on which anything was said.
    protocols: Vec<Protocol>,
    warnings: Vec<WarningRecord>,
    omitted: Vec<(&'static str, u64)>,
}

impl RecordSink for Told {
    fn record(&mut self, record: &Record<'_>) -> std::io::Result<()> {
        match record {
            Record::Summary(summary) => {
                self.chains.clone_from(&summary.chains);
                self.omitted.clone_from(&summary.omitted);
            }
            Record::Link(link) => self.links.push((*link).clone()),
            Record::Flow(flow) if flow.stats.bytes != [0, 0] => self.protocols.push(flow.protocol),
            Record::Warning(warning) => self.warnings.push((*warning).clone()),
            _ => {}
        }
        Ok(())
    }
}

fn tell(segments: &[Segment], sink: &mut dyn RecordSink) {
    let bytes = Pcap::new(Link::Raw.number()).write(&Link::Raw.packets(segments));
    let mut reader = Reader::new(Cursor::new(bytes), "laboratory").expect("a capture");
    dissect(std::slice::from_mut(&mut reader), &Options::default(), sink).expect("nothing fails");
}

fn run(segments: &[Segment]) -> Told {
    let mut told = Told::default();
    tell(segments, &mut told);
    told
}

fn text(segments: &[Segment]) -> String {
    let mut options = Output::default();
    options.format = Format::Text;
    let mut writer = RecordWriter::new(Vec::new(), options);
    tell(segments, &mut writer);
    writer.finish().expect("vectors take any write");
    String::from_utf8(writer.into_inner()).expect("text")
}

/// The address that each host of the network has in the capture.
fn address(host: &str) -> &'static str {
    match host {
        network::SERVER => "198.51.100.5",
        "ann" => "192.0.2.1",
        "bob" => "192.0.2.2",
        "cyd" => "192.0.2.3",
        "dan" => "192.0.2.4",
        _ => panic!("{host} has no address"),
    }
}

/// What passed on the network, as somebody captures it who sees all of it.
fn captured(network: &Network) -> Vec<Segment> {
    let clock = Clock::default();
    let mut conversations: Vec<Conversation> = Vec::new();
    let mut sent = vec![0; network.connections.len()];
    let mut last = Duration::ZERO;
    for (time, happened) in &network.log {
        clock.wait(time.saturating_sub(last));
        last = *time;
        match *happened {
            Happened::Opened(id) => {
                let connection = &network.connections[id];
                let from = format!("{}:{}", address(&connection.from), 40_000 + id);
                let to = format!("{}:{}", address(&connection.to), connection.port);
                let mut conversation = Conversation::on(&clock, at(&from), at(&to));
                conversation.acknowledges(false).handshake();
                conversations.push(conversation);
            }
            Happened::Sent(id) => {
                let (from_listener, bytes) = &network.connections[id].sent[sent[id]];
                sent[id] += 1;
                match from_listener {
                    true => conversations[id].server(bytes),
                    false => conversations[id].client(bytes),
                };
            }
            Happened::Closed(id, by_listener) => {
                let first = if by_listener { Side::Server } else { Side::Client };
                conversations[id].fin(first);
            }
        }
    }
    interleave(conversations.iter_mut().map(Conversation::segments))
}

/// Host, port, from whom it heard what number of bytes and why, and how it left.
type Line = (String, Option<u16>, Vec<(String, Option<usize>, &'static str)>, Option<&'static str>);

fn lines(chain: &Chain) -> Vec<Line> {
    let line = |client: &napster_dissect::story::ChainClient| {
        let sources = client.sources.iter().map(|source| {
            let why = source.announced.map_or("", |announced| announced.name);
            (source.address.to_string(), source.client, why)
        });
        let left = client.left.map(|left| left.name);
        (client.host.to_string(), client.port, sources.collect(), left)
    };
    chain.clients.iter().map(line).collect()
}

fn heard(
    host: &str,
    port: u16,
    sources: &[(&str, Option<usize>, &'static str)],
    left: Option<&'static str>,
) -> Line {
    let sources = sources.iter().map(|(from, client, why)| (address_of(from), *client, *why));
    (address(host).to_owned(), Some(port), sources.collect(), left)
}

/// `ann:6302` with her address in place of her name.
fn address_of(place: &str) -> String {
    let (host, port) = place.split_once(':').expect("host and port");
    format!("{}:{port}", address(host))
}

#[test]
fn the_middle_one_leaves_and_then_the_first() {
    let (network, nodes) = network::the_middle_one_leaves_and_then_the_first(|_, _, _| {});
    let segments = captured(&network);
    let told = run(&segments);
    assert_eq!(told.warnings.iter().map(|w| &w.message).collect::<Vec<_>>(), [""; 0]);
    let [chain] = &told.chains[..] else { panic!("{:?}", told.chains) };
    assert_eq!(chain.server, Some(at("198.51.100.5:6301")));
    assert_eq!(
        lines(chain),
        [
            heard("ann", 6302, &[("radio:6301", None, "stream_port")], Some("disconnect")),
            heard("bob", 6303, &[("ann:6302", Some(0), "stream_port")], Some("disconnect")),
            heard(
                "cyd",
                6304,
                &[
                    ("bob:6303", Some(1), "stream_port"),
                    ("ann:6302", Some(0), "disconnect"),
                    ("radio:6301", None, "disconnect"),
                ],
                None
            ),
            heard("dan", 6305, &[("cyd:6304", Some(2), "stream_port")], None),
        ]
    );
    // Every connection with music was announced, and its audio is what its client heard.
    assert_eq!(told.links.len(), 6);
    for (client, node) in chain.clients.iter().zip(nodes) {
        let bytes: u64 = client.sources.iter().map(|source| source.bytes).sum();
        assert_eq!(bytes, network.nodes[node].heard.len() as u64);
    }
    let count = |wanted| told.protocols.iter().filter(|&&protocol| protocol == wanted).count();
    // Of the four who have a connection for requests, two say something on it: that they leave.
    assert_eq!((count(Protocol::Comp112Stream), count(Protocol::Comp112Request)), (10, 2));
    assert_eq!(told.protocols.len(), 12);
    let text = text(&segments);
    let story: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("  stream ")).take(9).collect();
    let flow = |place: usize| {
        let clients = chain.clients.iter().flat_map(|client| &client.sources);
        let source = clients.into_iter().nth(place).expect("six connections");
        let bytes = source.bytes.to_string();
        let (thousands, rest) = bytes.split_at(bytes.len() - 3);
        format!("(flow {}, {thousands},{rest} bytes", source.flow)
    };
    let left = |place: usize| {
        let left = chain.clients[place].left.expect("left");
        format!("                 left (disconnect in flow {}, packet {})", left.flow, left.frame)
    };
    let line = |text: String| format!("               {text}");
    assert_eq!(
        story,
        [
            "  stream       server at 198.51.100.5:6301, 4 clients".to_owned(),
            line(format!("192.0.2.1:6302 heard the server {})", flow(0))),
            left(0),
            line(format!("192.0.2.2:6303 heard 192.0.2.1:6302 {})", flow(1))),
            left(1),
            line(format!("192.0.2.3:6304 heard 192.0.2.2:6303 {})", flow(2))),
            line(format!("  then heard 192.0.2.1:6302 {}, after disconnect)", flow(3))),
            line(format!("  then heard the server {}, after disconnect)", flow(4))),
            line(format!("192.0.2.4:6305 heard 192.0.2.3:6304 {})", flow(5))),
        ]
    );
    assert!(text.contains("announced by disconnect in flow "), "in the first line of the flow");
}

/// A stream whose beginning was not captured, on ports of its own.
#[test]
fn a_stream_that_is_under_way() {
    let clock = Clock::default();
    let open = |from: &str, to: &str| {
        let mut conversation = Conversation::on(&clock, at(from), at(to));
        conversation.acknowledges(false);
        conversation
    };
    let chunk = [&b"SC16  "[..], &[7; 16]].concat();
    let mut first = open("192.0.2.1:40000", "198.51.100.5:18031");
    let mut second = open("192.0.2.2:40000", "192.0.2.1:18032");
    for _ in 0..20 {
        first.server(&chunk);
        second.server(&chunk);
    }
    // The first one leaves; only the capture at the second one's host has the rest.
    second.server(b"DC33  HOST#radio.example.org#PORT#18032").fin(Side::Server);
    let mut third = open("192.0.2.2:40001", "198.51.100.5:18031");
    third.handshake();
    for _ in 0..20 {
        third.server(&chunk);
    }
    let told = run(&interleave([first.segments(), second.segments(), third.segments()]));
    let [chain] = &told.chains[..] else { panic!("{:?}", told.chains) };
    assert_eq!(chain.server, None);
    let [one, two] = &chain.clients[..] else { panic!("{chain:?}") };
    // He shows his port when somebody connects there.
    assert_eq!((one.host.to_string().as_str(), one.port), ("192.0.2.1", Some(18_032)));
    assert_eq!(one.left.map(|left| left.name), Some("disconnect"));
    assert_eq!((two.host.to_string().as_str(), two.port), ("192.0.2.2", None));
    let from: Vec<_> = two.sources.iter().map(|s| (s.client, s.bytes)).collect();
    assert_eq!(from, [(Some(0), 320), (None, 320)]);
    assert_eq!(
        two.sources[1].announced.map(|said| (said.flow, said.name)),
        Some((1, "disconnect"))
    );
}

/// Seen from the server's side, only the word of who leaves tells why another one connects.
#[test]
fn a_leave_announces_the_successor() {
    let clock = Clock::default();
    let server = "198.51.100.5";
    let open = |from: &str, port: u16| {
        let mut conversation = Conversation::on(&clock, at(from), at(&format!("{server}:{port}")));
        conversation.handshake();
        conversation
    };
    let record = |text: &str| format!("{text:<100}");
    let bootstrap = |conversation: &mut Conversation, port: u16| {
        conversation.server(record("NS/2/16000/16")).server(record("HOST/radio.example"));
        conversation.server(record(&format!("PORT/{port}"))).fin(Side::Client);
    };
    let chunk = [&b"SC16  "[..], &[7; 16]].concat();
    let mut news = open("192.0.2.1:40000", 6301);
    let mut requests = open("192.0.2.1:40001", 6300);
    bootstrap(&mut news, 6302);
    let mut music = open("192.0.2.1:40002", 6301);
    music.server(chunk.repeat(9));
    let mut second = open("192.0.2.2:40000", 6301);
    bootstrap(&mut second, 6303);
    requests.client("DC,HOST,radio.example,PORT,6302").fin(Side::Client);
    music.rst(Side::Client);
    let mut taken_over = open("192.0.2.2:40002", 6301);
    taken_over.server(chunk.repeat(9));
    let lists =
        [&mut news, &mut requests, &mut music, &mut second, &mut taken_over].map(|c| c.segments());
    let told = run(&interleave(lists));
    let [chain] = &told.chains[..] else { panic!("{:?}", told.chains) };
    let server = "198.51.100.5:6301".to_owned();
    let first = vec![(server.clone(), None, "stream_port")];
    let second = vec![(server, None, "leave")];
    assert_eq!(
        lines(chain),
        [
            ("192.0.2.1".to_owned(), Some(6302), first, Some("leave")),
            ("192.0.2.2".to_owned(), Some(6303), second, None),
        ]
    );
}

/// Many newcomers, connections and streams: what is told of them ends somewhere.
#[test]
fn chains_are_bounded() {
    let clock = Clock::default();
    let record = |text: &str| format!("{text:<100}");
    let mut lists = Vec::new();
    let mut join = |from: String, to: String, port: u16| {
        let mut conversation = Conversation::on(&clock, at(&from), at(&to));
        conversation.handshake().server(record("NS/2/16000/16"));
        conversation.server(record("HOST/radio.example")).server(record(&format!("PORT/{port}")));
        lists.push(conversation.fin(Side::Client).segments());
    };
    for number in 0..150 {
        join(format!("192.0.2.{number}:40000"), "198.51.100.5:6301".to_owned(), 6302 + number);
    }
    for number in 0..40 {
        join(format!("192.0.2.9:{}", 50_000 + number), format!("198.51.100.{number}:7301"), 7302);
    }
    for number in 0..20 {
        let from = format!("192.0.2.1:{}", 50_000 + number);
        let mut music = Conversation::on(&clock, at(&from), at("198.51.100.5:6301"));
        music.handshake().server([&b"SC16  "[..], &[7; 16]].concat().repeat(9));
        lists.push(music.fin(Side::Client).segments());
    }
    let told = run(&interleave(lists));
    assert_eq!((told.chains.len(), told.chains[0].clients.len()), (32, 100));
    assert_eq!(told.chains[0].clients[1].sources.len(), 16);
    // 50 newcomers, 9 streams and 4 connections with music.
    assert!(told.omitted.contains(&("chain_entries", 63)), "{:?}", told.omitted);
}
