//! Composes the login of a client, prints its bytes, and reads an answer.
//!
//! ```sh
//! cargo run -p napster-codec --example login
//! ```

use std::error::Error;

use napster_codec::message::Login;
use napster_codec::{Decoder, Direction, LinkType, Message, Tolerance};

fn main() -> Result<(), Box<dyn Error>> {
    let login = Login {
        nick: "alice".try_into()?,
        password: "s3cret".try_into()?,
        data_port: 6699,
        client_info: "nap v0.8".try_into()?,
        link_type: LinkType::CABLE,
        build: None,
        unknown_1: None,
        compression: None,
    };
    // What the wire cannot say is refused here, not on the wire.
    let frame = Message::from(login).encode()?;
    println!("The client sends {} bytes:", frame.len());
    for line in frame.chunks(16) {
        let hex: Vec<_> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        println!("  {:<48} {}", hex.join(" "), line.escape_ascii());
    }

    // A server's answer, as it could come from a socket.
    let answer = b"\x16\x00\x03\x00anon@main.napster.test\x05\x00\xd6\x000 0 0";
    let mut decoder = Decoder::new(Direction::ToClient);
    decoder.feed(answer);
    while let Some(packet) = decoder.poll() {
        match packet.decode(Tolerance::LENIENT)?.message {
            Message::LoginAck(ack) => println!("The server takes it: {}", ack.email),
            Message::Error(error) => println!("The server refuses: {}", error.message),
            other => println!("The server says also: {other}"),
        }
    }
    Ok(())
}
