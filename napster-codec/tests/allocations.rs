//! Reading clean messages costs no allocation, whatever is in them.

use allocation_counter::measure;
use napster_codec::message::ShareDirectory;
use napster_codec::{
    Code, Decoder, Diagnostics, Direction, MESSAGES, Message, Packet, Payload, Tolerance, Value,
    Visit, decode, visit_payload,
};

fn allocations(run: impl FnOnce()) -> u64 {
    measure(run).count_total
}

/// Looks at every value, also those within lists and groups.
fn look_at(value: Value<'_>, seen: &mut usize) {
    match value {
        Value::List(items) => items.for_each(&mut |item| look_at(item, seen)),
        Value::Group(group) => group.visit(&mut |_, value| look_at(value, seen)),
        _ => *seen += 1,
    }
}

#[test]
fn decoding_and_visiting_clean_messages_allocates_nothing() {
    for spec in MESSAGES {
        let Some(payload) = spec.example else { continue };
        let direction = spec.directions.first();
        let mut seen = 0;
        let count = allocations(|| {
            let decoded = decode(spec.code, direction, payload, Tolerance::STRICT);
            if let Ok(decoded) = decoded {
                decoded.visit(&mut |_, value| look_at(value, &mut seen));
            }
        });
        // The example of another shape can be a deviation, whose name has to be kept.
        let deviates = decode(spec.code, direction, payload, Tolerance::STRICT).is_err();
        assert!(count == 0 || deviates, "{}: {count} allocations", spec.name);
        assert!(seen > 0 || deviates || payload.is_empty(), "{}", spec.name);
    }
}

#[test]
fn lists_are_read_in_place() {
    let mut payload = br#""C:\music\""#.to_vec();
    for index in 0..200 {
        let file = format!(r#" "song {index}.mp3" {index:032x} {index} 128 44100 200"#);
        payload.extend_from_slice(file.as_bytes());
    }
    let mut diagnostics = Diagnostics::new();
    let (mut files, mut seen) = (0, 0);
    let count = allocations(|| {
        let message =
            ShareDirectory::from_payload(&payload, Tolerance::STRICT, &mut diagnostics).unwrap();
        files = message.files.iter().filter(|file| file.bitrate == 128).count();
        let code = ShareDirectory::CODE;
        visit_payload(code, Direction::ToServer, &payload, &mut diagnostics, &mut |_, value| {
            look_at(value, &mut seen);
        })
        .unwrap();
    });
    assert_eq!((count, files, seen), (0, 200, 1 + 200 * 6));
}

#[test]
fn encoding_into_a_buffer_allocates_nothing() {
    let messages: Vec<Message<'_>> = MESSAGES
        .iter()
        .filter_map(|spec| {
            let direction = spec.directions.first();
            decode(spec.code, direction, spec.example?, Tolerance::STRICT).ok()
        })
        .map(|decoded| decoded.message)
        .filter(|message| message.spec().is_none_or(|spec| spec.shape.is_none()))
        .collect();
    let mut output = Vec::with_capacity(1 << 16);
    let count = allocations(|| {
        for message in &messages {
            message.encode_payload(&mut output).unwrap();
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn splitting_a_stream_allocates_nothing_in_steady_state() {
    let mut stream = Vec::new();
    for index in 0..2000 {
        let text = "line of the day ".repeat(index % 20);
        let packet = Packet::new(Code(621), text.into_bytes(), Direction::ToClient).unwrap();
        packet.write_to(&mut stream);
    }
    let mut decoder = Decoder::new(Direction::ToClient);
    let mut frames = 0;
    let mut run = |bytes: &[u8]| {
        for mut portion in bytes.chunks(100) {
            while decoder.next_frame(&mut portion).is_some() {
                frames += 1;
            }
        }
    };
    let (first, rest) = stream.split_at(stream.len() / 2);
    run(first);
    assert_eq!(allocations(|| run(rest)), 0);
    assert_eq!(frames, 2000);
}
