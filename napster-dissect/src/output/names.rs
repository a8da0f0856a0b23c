//! Names of fields as an output writes them, kept for the messages that share them.

use std::ptr;

use super::put::Put;

/// Writes names between two texts that are always the same.
#[derive(Debug)]
pub(super) struct Names {
    before: &'static str,
    behind: &'static str,
    /// Each name has a few places, which it shares with others.
    places: [Written; PLACES],
}

/// A name as it is written.
#[derive(Clone, Copy, Debug)]
struct Written {
    name: &'static str,
    length: usize,
    bytes: [u8; LONGEST],
}

/// How many names are remembered; a power of two.
const PLACES: usize = 256;

/// How many places a name can have, so that names which fall on one place need not take turns; a power
/// of two.
const NEARBY: usize = 4;

/// The most bytes of a name with what stands around it; longer ones are not remembered.
const LONGEST: usize = 32;

impl Names {
    pub(super) const fn new(before: &'static str, behind: &'static str) -> Self {
        let nothing = Written { name: "", length: 0, bytes: [0; LONGEST] };
        Self { before, behind, places: [nothing; PLACES] }
    }

    /// Appends a name and what stands around it, without the first `skipped` bytes of that; at most
    /// one can be left out.
    #[inline(always)]
    pub(super) fn put(&mut self, name: &'static str, skipped: usize, out: &mut Vec<u8>) {
        let Some(written) = self.find(name) else {
            return put_all(self.before.get(skipped..).unwrap_or_default(), name, self.behind, out);
        };
        // To copy all of it costs less than to copy as much as it has.
        let start = out.len();
        if skipped == 0 {
            out.extend_from_slice(&written.bytes);
        } else if let Some(bytes) = written.bytes.last_chunk::<{ LONGEST - 1 }>() {
            out.extend_from_slice(bytes);
        }
        out.truncate(start + written.length - skipped);
    }

    /// A name as it is written; `None` for one that is too long.
    #[inline(always)]
    fn find(&mut self, name: &'static str) -> Option<&Written> {
        let place = place(name);
        for place in [place, place ^ 1] {
            if self.places.get(place)?.is(name) {
                return self.places.get(place);
            }
        }
        self.find_nearby(place, name)
    }

    /// As [`find`](Self::find), where other names have the two places that are looked at first.
    #[cold]
    fn find_nearby(&mut self, place: usize, name: &'static str) -> Option<&Written> {
        let nearby = || (0..NEARBY).map(|step| place ^ step);
        let found = nearby().find(|&at| self.places.get(at).is_some_and(|known| known.is(name)));
        if let Some(place) = found {
            return self.places.get(place);
        }
        let written = Written::of(self.before, name, self.behind)?;
        let free = nearby().find(|&at| self.places.get(at).is_some_and(|known| known.length == 0));
        let place = self.places.get_mut(free.unwrap_or(place))?;
        *place = written;
        Some(place)
    }
}

impl Written {
    /// Names that live as long as the program are the same where they are in the same place.
    #[inline(always)]
    fn is(&self, name: &'static str) -> bool {
        ptr::eq(self.name, name) && self.length > 0
    }

    /// Writes a name; `None` where that is too long.
    fn of(before: &str, name: &'static str, behind: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(LONGEST);
        // Names are the codec's own: none has anything to escape.
        put_all(before, name, behind, &mut bytes);
        let length = bytes.len();
        bytes.resize(length.max(LONGEST), 0);
        Some(Self { name, length, bytes: bytes.try_into().ok()? })
    }
}

fn put_all(before: &str, name: &str, behind: &str, out: &mut Vec<u8>) {
    out.put(before).put(name).put(behind);
}

/// The place of a name: where it is in memory, spread over all places.
#[inline]
fn place(name: &'static str) -> usize {
    /// The golden ratio of 64 bits.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let address = name.as_ptr().addr() as u64;
    (address.wrapping_mul(SPREAD) >> (u64::BITS - PLACES.ilog2())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_the_same_whether_remembered_or_not() {
        let long = "a_name_that_is_longer_than_those_that_are_remembered";
        let mut names = Names::new(",\"", "\":");
        let all = ["a", "filename", long, "", "size", "a_name_of_28_bytes_as_longest"];
        for name in all.iter().chain(all.iter().rev()).copied() {
            for (skipped, comma) in [(1, ""), (0, ",")] {
                let mut out = b"before".to_vec();
                names.put(name, skipped, &mut out);
                let written = String::from_utf8(out).expect("text");
                assert_eq!(written, format!("before{comma}\"{name}\":"));
            }
        }
    }

    #[test]
    fn names_that_share_a_place_are_told_apart() {
        // More names than places.
        let text: &'static str = "abcdefghijklmnopqrstuvwxyz";
        let mut names = Names::new(" ", "=");
        for length in 1..=text.len() {
            for start in 0..=text.len() - length {
                let name = &text[start..start + length];
                let mut out = Vec::new();
                names.put(name, 0, &mut out);
                assert_eq!(out, format!(" {name}=").into_bytes());
            }
        }
    }
}
