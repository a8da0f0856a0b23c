//! Appending numbers, addresses and hex to a buffer, without the machinery of `fmt`.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

/// Appends the forms that all outputs share.
pub(super) trait Put {
    /// Appends text as it is.
    fn put(&mut self, text: &str) -> &mut Self;

    /// Appends a number in decimal.
    fn number(&mut self, number: u64) -> &mut Self;

    /// Appends a number in decimal, with a minus where it is negative.
    fn signed(&mut self, number: i64) -> &mut Self;

    /// Appends an address as `1.2.3.4`.
    fn ipv4(&mut self, address: Ipv4Addr) -> &mut Self;

    /// Appends an address as `1.2.3.4:5` or `[::1]:5`.
    fn socket(&mut self, address: SocketAddr) -> &mut Self;

    /// Appends bytes in lower-case hex.
    fn hex(&mut self, bytes: &[u8]) -> &mut Self;
}

impl Put for Vec<u8> {
    // Inlined, the literals of the callers become moves of known length.
    #[inline]
    fn put(&mut self, text: &str) -> &mut Self {
        self.extend_from_slice(text.as_bytes());
        self
    }

    #[inline]
    fn number(&mut self, number: u64) -> &mut Self {
        // Most numbers of the protocol are small.
        match usize::try_from(number).ok().and_then(|number| SMALL.get(number)) {
            Some(small) => {
                self.extend_from_slice(&small.digits);
                self.truncate(self.len() - small.digits.len() + usize::from(small.length));
            }
            None => self.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        }
        self
    }

    fn signed(&mut self, number: i64) -> &mut Self {
        if number < 0 {
            self.push(b'-');
        }
        self.number(number.unsigned_abs())
    }

    fn ipv4(&mut self, address: Ipv4Addr) -> &mut Self {
        // Four octets of up to three digits with a dot behind each.
        let (mut text, mut end) = ([b'.'; 16], 0);
        for octet in address.octets() {
            let small = SMALL[usize::from(octet)];
            if let Some(place) = text.get_mut(end..end + 3) {
                place.copy_from_slice(&small.digits);
            }
            end += usize::from(small.length) + 1;
        }
        self.extend_from_slice(text.get(..end - 1).unwrap_or_default());
        self
    }

    fn socket(&mut self, address: SocketAddr) -> &mut Self {
        match address {
            SocketAddr::V4(address) => {
                self.ipv4(*address.ip()).push(b':');
                self.number(address.port().into())
            }
            SocketAddr::V6(address) => {
                // Writing to a vector cannot fail.
                let _ = write!(self, "[{}]:{}", address.ip(), address.port());
                self
            }
        }
    }

    fn hex(&mut self, bytes: &[u8]) -> &mut Self {
        self.reserve(2 * bytes.len());
        for byte in bytes {
            let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' - 10 + half };
            self.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        self
    }
}

/// A number below 1000.
#[derive(Clone, Copy)]
struct Small {
    /// Dots stand behind the digits where they are fewer.
    digits: [u8; 3],
    length: u8,
}

static SMALL: [Small; 1000] = {
    let mut numbers = [Small { digits: [b'.'; 3], length: 0 }; 1000];
    let mut number = 0;
    while number < numbers.len() {
        let length = if number < 10 {
            1
        } else if number < 100 {
            2
        } else {
            3
        };
        let (mut rest, mut place) = (number, length);
        while place > 0 {
            place -= 1;
            numbers[number].digits[place] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        numbers[number].length = length as u8;
        number += 1;
    }
    numbers
};

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("only ASCII is written")
    }

    #[test]
    fn numbers_read_as_fmt_writes_them() {
        let edges = [0, 9, 10, 99, 100, 999, 1000, 65_535, 1 << 53, (1 << 53) + 1, u64::MAX];
        // Each pair of digits at each place, and steps that have all of them in all places.
        let pairs = (0..100).flat_map(|pair| [1, 100, 10_000, 1_000_000].map(|at| pair * at));
        for number in edges.into_iter().chain(pairs).chain((0..200_000_000).step_by(9_973)) {
            assert_eq!(written(|out| _ = out.number(number)), number.to_string());
        }
        for number in [0, -1, i64::MIN, i64::MAX] {
            assert_eq!(written(|out| _ = out.signed(number)), number.to_string());
        }
    }

    #[test]
    fn addresses_read_as_fmt_writes_them() {
        for octet in 0..=u8::MAX {
            let address = Ipv4Addr::new(octet, octet.wrapping_mul(7), 255 - octet, octet / 2);
            assert_eq!(written(|out| _ = out.ipv4(address)), address.to_string());
        }
    }

    #[test]
    fn addresses_read_as_the_contract_says() {
        for text in ["0.0.0.0:0", "255.1.20.3:65535", "[::1]:8888", "[2001:db8::5]:1"] {
            let address = text.parse().expect("an address");
            assert_eq!(written(|out| _ = out.socket(address)), text);
        }
        // A scope is no part of the contract's "ip:port".
        let scoped = "[fe80::1%7]:9".parse().expect("an address");
        assert_eq!(written(|out| _ = out.socket(scoped)), "[fe80::1]:9");
    }

    #[test]
    fn hex_is_lower_case() {
        assert_eq!(written(|out| _ = out.hex(&[0, 0x1f, 0xa9, 0xff])), "001fa9ff");
    }
}
