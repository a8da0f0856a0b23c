//! An index server: accounts, shared files, searches, channels, for old clients and new ones.
//!
//! ```sh
//! cargo run -p napster-codec --example server -- --motd welcome.txt --redirector 8875
//! ```
//!
//! It listens on the loopback interface, on port 8888, unless told otherwise, and prints one line for
//! each event. All that it knows is in memory; Ctrl-C ends it.

mod log;
mod service;

use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use napster_codec::UserLevel;
use napster_codec::session::{FixedChannel, RegisteredUser, ServerConfig};

use crate::log::{Detail, Log};
use crate::service::{Service, redirect};

type BoxError = Box<dyn std::error::Error>;

/// Runs an index server of the Napster and OpenNap protocol
#[derive(Debug, Parser)]
struct Arguments {
    /// The address to listen on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST)]
    address: Ipv4Addr,
    /// The port to listen on
    #[arg(long, default_value_t = 8888)]
    port: u16,
    /// Another port, on which clients are told the address of this server
    #[arg(long, value_name = "PORT")]
    redirector: Option<u16>,
    /// The name or address that the redirector tells [default: the address, or localhost]
    #[arg(long)]
    host: Option<String>,
    /// The name of the server, one word
    #[arg(long, default_value = "nap.localhost", value_parser = one_word)]
    name: String,
    /// A file with the message of the day
    #[arg(long, value_name = "FILE")]
    motd: Option<PathBuf>,
    /// A registered user: nick:password, or nick:password:level with leech, user, moderator, admin, elite
    #[arg(long = "account", value_name = "NICK:PASSWORD[:LEVEL]", value_parser = account)]
    accounts: Vec<RegisteredUser>,
    /// A channel that is always there: name, or name:topic
    #[arg(long = "channel", value_name = "NAME[:TOPIC]", value_parser = channel,
          default_values = ["Lobby", "Alternative", "Classical", "Jazz", "Rock"])]
    channels: Vec<FixedChannel>,
    /// Put # in front of names of channels, as OpenNap does
    #[arg(long)]
    hash_channels: bool,
    /// Let only registered users log in
    #[arg(long)]
    registered_only: bool,
    /// The address told in place of 127.0.0.1 to users elsewhere
    #[arg(long, value_name = "ADDRESS")]
    external_address: Option<Ipv4Addr>,
    /// The most clients at a time
    #[arg(long, default_value_t = 6000, value_name = "NUMBER")]
    max_clients: usize,
    /// Print only who comes and goes
    #[arg(long)]
    quiet: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let arguments = Arguments::parse();
    let log = Log::new(if arguments.quiet { Detail::Sessions } else { Detail::Messages });
    let (address, port) = (arguments.address, arguments.port);
    let redirector = arguments.redirector;
    let host = match &arguments.host {
        Some(host) => host.clone(),
        // Clients take an address that begins with 127 for "all servers are busy".
        None if address.is_loopback() => "localhost".to_owned(),
        None if address.is_unspecified() && redirector.is_some() => {
            return Err("say with --host under which name clients reach this server".into());
        }
        None => address.to_string(),
    };
    let service = Service::bind(SocketAddrV4::new(address, port), config(arguments)?, log).await?;
    let port = service.address().port();
    println!("index server on {address}, port {port}");
    let redirecting = async {
        match redirector {
            Some(redirector) => redirect(SocketAddrV4::new(address, redirector), &host, port).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = service.run() => result?,
        result = redirecting => result?,
        stopped = tokio::signal::ctrl_c() => stopped?,
    }
    Ok(())
}

fn config(arguments: Arguments) -> Result<ServerConfig, BoxError> {
    let mut config = ServerConfig::new(&arguments.name);
    if let Some(path) = arguments.motd {
        let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let lines = text.strip_suffix(b"\n").unwrap_or(&text).split(|byte| *byte == b'\n');
        config.motd = lines.map(|line| line.trim_ascii_end().to_vec()).collect();
    }
    config.accounts = arguments.accounts;
    config.channels = arguments.channels;
    config.hash_channels = arguments.hash_channels;
    config.registered_only = arguments.registered_only;
    config.external_address = arguments.external_address;
    config.unix_time_at_zero = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    config.limits.connections = arguments.max_clients;
    Ok(config)
}

fn one_word(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(|char: char| char.is_whitespace() || char == '"') {
        return Err("expected one word without quotes".to_owned());
    }
    Ok(text.to_owned())
}

fn account(text: &str) -> Result<RegisteredUser, String> {
    let mut parts = text.split(':');
    let nick = one_word(parts.next().unwrap_or_default())?;
    let password = one_word(parts.next().ok_or("expected nick:password")?)?;
    let level = match parts.next() {
        Some(level) => UserLevel::from_bytes(level.as_bytes())
            .ok_or("expected leech, user, moderator, admin or elite behind the second colon")?,
        None => UserLevel::User,
    };
    Ok(RegisteredUser { nick: nick.into(), password: password.into(), email: None, level })
}

fn channel(text: &str) -> Result<FixedChannel, String> {
    let (name, topic) = text.split_once(':').unwrap_or((text, ""));
    let name = one_word(name)?;
    let welcome = || format!("Welcome to the {name} channel.");
    let topic = if topic.is_empty() { welcome() } else { topic.to_owned() };
    Ok(FixedChannel { name: name.into(), topic: topic.into() })
}
