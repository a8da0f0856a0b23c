//! What is told of bytes that are in no message.

use super::record::WarningKind;
use crate::decode::Undecoded;
use crate::tcp::Side;
use crate::words::Counted;

/// The warning of `length` bytes that a side sent.
pub(super) fn in_words(why: Undecoded, from: Side, length: u64) -> (WarningKind, String) {
    let (belong, are, follow) =
        if length == 1 { ("belongs", "is", "follows") } else { ("belong", "are", "follow") };
    let (kind, why) = match why {
        Undecoded::Unfinished => {
            (WarningKind::Undecoded, format!("{belong} to a message whose end was not captured"))
        }
        Undecoded::UnfinishedInflated => (
            WarningKind::Undecoded,
            format!("inflated {belong} to a message whose end was not captured"),
        ),
        Undecoded::OutOfStep => {
            (WarningKind::Undecoded, format!("{belong} to no message that was captured whole"))
        }
        Undecoded::Compressed => {
            (WarningKind::Undecoded, format!("{are} compressed and {follow} a gap"))
        }
        Undecoded::DamagedCompression => {
            (WarningKind::Undecoded, format!("{are} compressed, but the stream is damaged"))
        }
        Undecoded::Bomb => {
            (WarningKind::Limit, format!("{are} compressed and would grow beyond the limit"))
        }
    };
    (kind, format!("{} from the {from} {why}", Counted(length, "byte", "bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_and_several() {
        let words = |why, length| in_words(why, Side::Client, length).1;
        for (why, one, several) in [
            (
                Undecoded::Unfinished,
                "1 byte from the client belongs to a message whose end was not captured",
                "2 bytes from the client belong to a message whose end was not captured",
            ),
            (
                Undecoded::OutOfStep,
                "1 byte from the client belongs to no message that was captured whole",
                "2 bytes from the client belong to no message that was captured whole",
            ),
            (
                Undecoded::Compressed,
                "1 byte from the client is compressed and follows a gap",
                "2 bytes from the client are compressed and follow a gap",
            ),
        ] {
            assert_eq!((words(why, 1), words(why, 2)), (one.to_owned(), several.to_owned()));
        }
    }
}
