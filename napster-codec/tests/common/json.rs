//! The law of the lossless form.

use napster_codec::Message;

/// A message written as JSON reads back as the same message; also one that no payload can say.
pub(crate) fn hold_json(message: &Message<'_>) {
    let json = serde_json::to_string(message).expect("every message has a lossless form");
    let back: Message<'static> =
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"));
    assert_eq!(back, *message, "{json}");
    assert_eq!(serde_json::to_string(&back).expect("as before"), json);
}
