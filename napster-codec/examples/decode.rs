//! Decodes one direction of a connection, from standard input to one line a message.
//!
//! The argument says who sent the bytes, `client` or `server`; with `hex` behind it they are hex
//! digits, as dumps of packets have them.
//!
//! ```sh
//! echo '06 00 90 01 54 72 61 6e 63 65' | cargo run -p napster-codec --example decode -- client hex
//! ```

use std::env;
use std::error::Error;
use std::io::{self, Read};

use napster_codec::{Decoder, Direction, Packet, Tolerance};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let (sender, is_hex) = match arguments[..] {
        [sender] => (sender, false),
        [sender, "hex"] => (sender, true),
        _ => return Err("usage: decode client|server [hex] < BYTES".into()),
    };
    let direction = match sender {
        "client" => Direction::ToServer,
        "server" => Direction::ToClient,
        _ => return Err("the bytes come from a `client` or a `server`".into()),
    };

    let mut decoder = Decoder::new(direction);
    let mut portion = vec![0; 8192];
    let mut text = String::new();
    loop {
        // Any portions do: the decoder waits for the rest of a message.
        let length = io::stdin().read(&mut portion)?;
        if length == 0 {
            break;
        }
        if is_hex {
            text.extend(portion[..length].iter().copied().map(char::from));
        } else {
            decoder.feed(&portion[..length]);
            print(&mut decoder);
        }
    }
    decoder.feed(&bytes_of_hex(&text)?);
    decoder.end();
    print(&mut decoder);
    if decoder.held() > 0 {
        println!("{} bytes at the end are no whole message", decoder.held());
    }
    Ok(())
}

fn print(decoder: &mut Decoder) {
    while let Some(packet) = decoder.poll() {
        print_packet(&packet);
    }
}

fn print_packet(packet: &Packet) {
    let (offset, code) = (packet.offset, packet.code);
    match packet.decode(Tolerance::LENIENT) {
        Ok(decoded) => {
            println!("{offset:>6}  {code:>5}  {}", decoded.message);
            for diagnostic in decoded.diagnostics() {
                println!("{:>15}{diagnostic}", "");
            }
        }
        Err(error) => {
            println!("{offset:>6}  {code:>5}  {error}");
            for line in error.caret(&packet.payload).to_string().lines() {
                println!("{:>15}{line}", "");
            }
        }
    }
}

fn bytes_of_hex(text: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| match *pair {
        [high, low] => digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low),
        _ => None,
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    bytes.ok_or_else(|| "expected pairs of hex digits, with blanks where you like".into())
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
