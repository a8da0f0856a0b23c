//! Changes of seeds, the same in every run.

/// A generator of numbers (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    /// Numbers that depend on nothing but the name.
    pub(crate) fn new(name: &str) -> Self {
        Self(name.bytes().fold(7, |state, byte| state.wrapping_mul(31) ^ u64::from(byte)))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below the limit, which is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}

/// A seed with a few changes, of the kinds that a fuzzer makes.
pub(crate) fn change(seed: &[u8], other: &[u8], words: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let behind = (at + 1 + random.below(12)).min(bytes.len());
        match random.below(9) {
            0 => bytes.insert(at, random.byte()),
            1 => drop(bytes.drain(at..behind)),
            2 => bytes.truncate(at),
            3 => {
                let part = bytes[at..behind].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let word = &words[random.below(words.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            5 => {
                let from = random.below(other.len() + 1);
                let to = (from + random.below(64)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            6 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << random.below(8)),
            7 => bytes.get_mut(at).into_iter().for_each(|byte| *byte = byte.wrapping_add(1)),
            _ => bytes.get_mut(at).into_iter().for_each(|byte| *byte = random.byte()),
        }
    }
    bytes
}
