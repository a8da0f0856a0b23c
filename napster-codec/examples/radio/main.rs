//! A radio of the Comp 112 project: plays a folder of MP3 files in real time to a chain of listeners.
//!
//! ```sh
//! cargo run -p napster-codec --example radio -- ~/music
//! cargo run -p napster-codec --example listener -- 127.0.0.1 6300 --output heard.pcm
//! ```
//!
//! Only the first listener gets the audio from here; each further one gets it from the one before it.
//! Listeners are told apart by their addresses, as the original does: two on one machine can be, as
//! long as they do not join at the same moment.

#[path = "../comp112/connection.rs"]
#[allow(dead_code, reason = "the listener uses all of it")]
mod connection;
#[path = "../common/failure.rs"]
mod failure;
mod radio;
mod song;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::radio::{BoxError, Radio, Settings};

/// Plays a folder of MP3 files to a chain of listeners
#[derive(Debug, Parser)]
struct Arguments {
    /// The folder with the .mp3 files
    folder: PathBuf,
    /// The port for requests; audio has the one behind it, listeners those that follow
    #[arg(long, default_value_t = 6300, value_parser = clap::value_parser!(u16).range(1..=64_000))]
    port: u16,
    /// The address to listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The name or address under which listeners reach this machine [default: the address to listen on]
    #[arg(long)]
    host: Option<String>,
    /// How fast time passes, for tests
    #[arg(long, default_value_t = 1.0, value_parser = speed)]
    speed: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    failure::exit_code(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), BoxError> {
    let Arguments { folder, port, address, host, speed } = arguments;
    let host = match host {
        Some(host) if host.is_empty() || host.len() > 95 || !host.is_ascii() => {
            return Err("a host has up to 95 ASCII characters".into());
        }
        Some(host) => host,
        None if address.is_unspecified() => {
            return Err("say with --host under which name listeners reach this machine".into());
        }
        None => address.to_string(),
    };
    let radio = Radio::open(Settings { folder, address, host, port, speed }).await?;
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    radio.run(stop, |line| println!("{line}")).await
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "expected a number".to_owned())?;
    let usable = (0.01..=1000.0).contains(&speed);
    if usable { Ok(speed) } else { Err("expected a number from 0.01 to 1000".to_owned()) }
}
