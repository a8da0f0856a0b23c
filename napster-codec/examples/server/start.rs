//! Arguments, and running the server as they say.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;
use napster_codec::UserLevel;
use napster_codec::session::{Farewell, FixedChannel, RegisteredUser, ServerConfig};

use crate::accounts::Book;
use crate::log::{Detail, Log};
use crate::redirector::redirect;
use crate::service::{Service, read_motd};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// File descriptors beside those of the clients: listeners, files, and connections that only hear
/// why they are turned away.
const SPARE: usize = 300;

/// Runs an index server of the Napster and OpenNap protocol
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
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
    /// A file in which accounts are kept; it is made where it is not there
    #[arg(long = "accounts", value_name = "FILE")]
    book: Option<PathBuf>,
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
    /// The most connections from one address [default: any number]
    #[arg(long, value_name = "NUMBER")]
    max_per_address: Option<usize>,
    /// How long a connection may stay without a login
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    login_time: u64,
    /// How long a user may say nothing [default: any time]
    #[arg(long, value_name = "SECONDS")]
    idle_time: Option<u64>,
    /// The most messages of one client in a minute
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER")]
    max_messages: usize,
    /// Another server that users are sent to when this one ends
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    successor: Option<(String, u16)>,
    /// Print only who comes and goes
    #[arg(long)]
    quiet: bool,
}

/// Serves until Ctrl-C or a request to end.
pub(crate) async fn run(mut arguments: Arguments) -> Result<(), BoxError> {
    let mut log = Log::new(if arguments.quiet { Detail::Sessions } else { Detail::Messages });
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
    let farewell = farewell(arguments.successor.as_ref())?;
    let room = room(arguments.max_clients)?;
    if room < arguments.max_clients {
        log.say(&format!(
            "this process may have only so many open files: {room} clients at most (ulimit -n)"
        ));
        arguments.max_clients = room;
    }
    let book = arguments.book.clone().map(Book::new);
    let motd = arguments.motd.clone();
    let config = config(arguments)?;
    let mut kept = book.as_ref().map_or(Ok(Vec::new()), Book::load)?;
    // What the command line says of somebody holds, whatever was kept.
    for told in &config.accounts {
        kept.retain(|kept| !kept.user.nick.eq_ignore_ascii_case(&told.nick));
    }
    let mut service = Service::bind(SocketAddrV4::new(address, port), config, log).await?;
    service.read_motd_from(motd);
    if let Some(book) = book {
        service.keep_accounts(book, kept)?;
    }
    let port = service.address().port();
    println!("index server on {address}, port {port}");
    let stop = async {
        stopped().await;
        farewell
    };
    let redirecting = async {
        match redirector {
            Some(redirector) => redirect(SocketAddrV4::new(address, redirector), &host, port).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = service.run(stop) => Ok(()),
        result = redirecting => Ok(result?),
    }
}

/// Waits for Ctrl-C, or for the request to end that a system sends its services.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where signals cannot be watched, they end the process anyway.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// How many clients this process has room for, at most as many as are wanted.
fn room(wanted: usize) -> Result<usize, BoxError> {
    let files = u64::try_from(wanted.saturating_add(SPARE))?;
    let allowed = rlimit::increase_nofile_limit(files)?;
    let room = usize::try_from(allowed)?.saturating_sub(SPARE);
    if room == 0 {
        let text = format!("expected to be allowed more than {SPARE} open files (ulimit -n)");
        return Err(text.into());
    }
    Ok(room.min(wanted))
}

fn farewell(successor: Option<&(String, u16)>) -> Result<Farewell, BoxError> {
    Ok(match successor {
        Some((host, port)) => Farewell::Redirect { host: host.clone().try_into()?, port: *port },
        None => Farewell::Text("this server is shutting down".try_into()?),
    })
}

fn config(arguments: Arguments) -> Result<ServerConfig, BoxError> {
    let mut config = ServerConfig::new(&arguments.name);
    if let Some(path) = arguments.motd {
        config.motd = read_motd(&path)?;
    }
    config.accounts = arguments.accounts;
    config.channels = arguments.channels;
    config.hash_channels = arguments.hash_channels;
    config.registered_only = arguments.registered_only;
    config.external_address = arguments.external_address;
    config.unix_time_at_zero = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let limits = &mut config.limits;
    limits.connections = arguments.max_clients;
    limits.connections_per_address = arguments.max_per_address.unwrap_or(usize::MAX);
    limits.login_time = Duration::from_secs(arguments.login_time);
    limits.idle_time = arguments.idle_time.map_or(Duration::MAX, Duration::from_secs);
    limits.flood_messages = arguments.max_messages;
    Ok(config)
}

fn one_word(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(|char: char| char.is_whitespace() || char == '"') {
        return Err("expected one word without quotes".to_owned());
    }
    Ok(text.to_owned())
}

fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or("expected host:port")?;
    let port = port.parse().map_err(|error| format!("port: {error}"))?;
    Ok((one_word(host)?, port))
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
    let password = password.as_bytes().into();
    Ok(RegisteredUser { nick: nick.into(), password, email: None, level })
}

fn channel(text: &str) -> Result<FixedChannel, String> {
    let (name, topic) = text.split_once(':').unwrap_or((text, ""));
    let name = one_word(name)?;
    let welcome = || format!("Welcome to the {name} channel.");
    let topic = if topic.is_empty() { welcome() } else { topic.to_owned() };
    Ok(FixedChannel { name: name.into(), topic: topic.into() })
}
