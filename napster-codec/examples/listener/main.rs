//! A listener of a Comp 112 radio: joins the chain, plays the audio or writes it to a file, and passes
//! it on to the next listener.
//!
//! ```sh
//! cargo run -p napster-codec --example listener -- 127.0.0.1 6300 \
//!     --player 'ffplay -nodisp -loglevel error -f s16le -ar {stereo_rate} -ac 2 -'
//! ```
//!
//! Then type `SONGS`, `REQUESTS`, `PLAY` with a name or a number, or `QUIT`.

#[path = "../comp112/connection.rs"]
mod connection;
#[path = "../common/failure.rs"]
mod failure;
mod listener;
mod sound;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::sync::mpsc;

use crate::listener::{BoxError, Command, Listener, Settings};
use crate::sound::Output;

/// Listens to a Comp 112 radio and passes the audio on to the next listener
///
/// Type SONGS, REQUESTS, PLAY with a name or a number, or QUIT.
#[derive(Debug, Parser)]
struct Arguments {
    /// The host of the radio
    host: String,
    /// The radio's port for requests
    #[arg(value_parser = clap::value_parser!(u16).range(1..=65_000))]
    port: u16,
    /// Write the audio to a file: raw PCM, little-endian
    #[arg(long, value_name = "FILE", conflicts_with = "player")]
    output: Option<PathBuf>,
    #[arg(long, value_name = "COMMAND", help = PLAYER)]
    player: Option<String>,
    /// The address on which the next listener is waited for
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::UNSPECIFIED))]
    address: IpAddr,
}

const PLAYER: &str = "Play the audio with a command that reads PCM from its input; {rate} is replaced by \
    the samples a second, {stereo_rate} by half of that, {width} by the bytes of a sample";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    failure::exit_code(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), BoxError> {
    let Arguments { host, port, output, player, address } = arguments;
    let output = match (output, player) {
        (Some(path), _) => Output::File(path),
        (None, Some(command)) if command.trim().is_empty() => {
            return Err("the player command is empty".into());
        }
        (None, Some(command)) => {
            Output::Player(command.split_whitespace().map(str::to_owned).collect())
        }
        (None, None) => Output::Nothing,
    };
    let (typed, commands) = mpsc::channel(16);
    // Reading what is typed cannot be broken off, so it has a thread that nobody waits for.
    std::thread::spawn(move || read_commands(&typed));
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let (listener, inputs) = Listener::new(Settings { host, port, address, output });
    listener.run(inputs, commands, stop, |line| println!("{line}")).await
}

fn read_commands(typed: &mpsc::Sender<Command>) {
    for line in io::stdin().lines().map_while(Result::ok) {
        match Command::read(&line) {
            Some(command) => {
                if typed.blocking_send(command).is_err() {
                    return;
                }
            }
            None if line.trim().is_empty() => {}
            None => println!("SONGS, REQUESTS, PLAY with a name or a number, or QUIT"),
        }
    }
}
