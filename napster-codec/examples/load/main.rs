//! Holds many clients against the index server of the examples, and prints what it costs.
//!
//! ```sh
//! cargo run --release -p napster-codec --example load
//! ```
//!
//! The server runs in a process of its own on the loopback interface. First come the idle clients:
//! each logs in and then only listens. Then the busy ones share files and, round after round, each
//! searches, talks in a channel, writes to its neighbour and pings the server, and waits for the
//! answers before the next round. At the end one client too many has to be told that the server is
//! full, and the idle clients have to be there still.

#[path = "../server/accounts.rs"]
#[allow(dead_code, reason = "nothing is kept")]
mod accounts;
#[path = "../common/failure.rs"]
mod failure;
#[path = "../server/log.rs"]
mod log;
#[path = "../server/service.rs"]
#[allow(dead_code, reason = "accounts and a message of the day are not needed")]
mod service;

mod client;

use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use clap::Parser;
use napster_codec::session::ServerConfig;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::log::{Detail, Log};
use crate::service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Loads the index server of the examples with clients
#[derive(Clone, Copy, Debug, Parser)]
struct Arguments {
    /// Clients that log in and only listen
    #[arg(long, default_value_t = 5000)]
    idle: usize,
    /// Clients that search, talk and ping
    #[arg(long, default_value_t = 500)]
    busy: usize,
    /// How many seconds the busy ones are busy
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Run the server that is loaded
    #[arg(long, hide = true)]
    serve: bool,
}

/// The files that each busy client shares.
const FILES: usize = 20;
/// The busy clients that share a channel.
const CHANNEL: usize = 10;
/// File descriptors beside those of the clients.
const SPARE: u64 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    failure::exit_code(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<(), BoxError> {
    let clients = arguments.idle + arguments.busy;
    let wanted = u64::try_from(clients)? + SPARE;
    let allowed = rlimit::increase_nofile_limit(wanted)?;
    if allowed < wanted {
        let text = format!(
            "{clients} clients need {wanted} open files and this process may have {allowed}; \
             raise that (ulimit -n), or ask for fewer clients"
        );
        return Err(text.into());
    }
    if arguments.serve { serve(clients).await } else { load(arguments).await }
}

/// The process that is loaded: as many clients as there will be, and no more.
async fn serve(clients: usize) -> Result<(), BoxError> {
    let mut config = ServerConfig::new("nap.localhost");
    config.limits.connections = clients;
    // A few clients on loopback are faster than any number of people.
    config.limits.flood_messages = usize::MAX;
    let service = Service::bind(service::ANY_PORT, config, Log::new(Detail::Nothing)).await?;
    println!("{}", service.address());
    service.run(std::future::pending()).await;
    Ok(())
}

async fn load(arguments: Arguments) -> Result<(), BoxError> {
    let (server, address) = Server::start(arguments)?;
    let empty = server.memory();

    let start = Instant::now();
    let mut idle = Vec::new();
    for number in 0..arguments.idle {
        idle.push(Client::log_in(address, &format!("idle{number}")).await?);
    }
    println!("{} idle clients logged in within {:.1?}", arguments.idle, start.elapsed());
    match (empty, server.memory()) {
        (Some(before), Some(after)) if arguments.idle > 0 => {
            let each = after.saturating_sub(before) / u64::try_from(arguments.idle)?;
            println!("memory of the server: {before} bytes empty, {after} with them, {each} each");
        }
        _ => println!("memory of the server: not known on this system"),
    }

    let mut busy = Vec::new();
    for number in 0..arguments.busy {
        let mut client = Client::log_in(address, &format!("busy{number}")).await?;
        client.share(number, FILES).await?;
        client.join(number / CHANNEL).await?;
        busy.push(client);
    }
    refuses_another(address).await?;
    work(busy, arguments).await?;
    if let Some(memory) = server.memory() {
        println!("memory of the server at the end: {memory} bytes");
    }

    for client in &mut idle {
        client.ping().await?;
    }
    println!("all {} idle clients are answered at the end", idle.len());
    Ok(())
}

/// Keeps the busy clients busy, and prints how many messages went through the server.
async fn work(busy: Vec<Client>, arguments: Arguments) -> Result<(), BoxError> {
    let count = busy.len();
    if count == 0 {
        return Ok(());
    }
    let start = Instant::now();
    let until = start + Duration::from_secs(arguments.seconds);
    let mut tasks = JoinSet::new();
    for (number, mut client) in busy.into_iter().enumerate() {
        let neighbour = (number + 1) % count;
        tasks.spawn(async move {
            let mut slowest = Duration::ZERO;
            let mut rounds = 0_u64;
            while Instant::now() < until {
                let start = Instant::now();
                client.round(number, neighbour, number / CHANNEL).await?;
                slowest = slowest.max(start.elapsed());
                rounds += 1;
            }
            Ok::<_, BoxError>((client, rounds, slowest))
        });
    }
    let mut clients = Vec::new();
    let (mut sent, mut received, mut rounds, mut slowest) = (0, 0, 0, Duration::ZERO);
    while let Some(ended) = tasks.join_next().await {
        let (client, own_rounds, own_slowest) = ended??;
        sent += client.sent;
        received += client.received;
        rounds += own_rounds;
        slowest = slowest.max(own_slowest);
        clients.push(client);
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = |count: u64| count as f64 / seconds;
    println!(
        "{count} busy clients: {:.0} messages a second from them, {:.0} to them, {seconds:.1} s",
        rate(sent),
        rate(received)
    );
    let mean = seconds * count as f64 / rounds.max(1) as f64;
    println!(
        "a round of four requests took {:.1} ms on average, {slowest:.1?} at most",
        mean * 1e3
    );
    Ok(())
}

/// One more client has to be told why it is not let in.
async fn refuses_another(address: SocketAddr) -> Result<(), BoxError> {
    let text = client::refusal(address).await?;
    if !text.contains("full") {
        return Err(format!("one client too many was told: {text:?}").into());
    }
    println!("one client more is told: {text}");
    Ok(())
}

/// The process of the server; it ends with this one.
struct Server(Child);

impl Server {
    fn start(arguments: Arguments) -> Result<(Self, SocketAddr), BoxError> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--serve");
        command.arg(format!("--idle={}", arguments.idle));
        command.arg(format!("--busy={}", arguments.busy));
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the server has an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse();
        let server = Self(child);
        Ok((server, address.map_err(|error| format!("the server said {line:?}: {error}"))?))
    }

    /// The memory that is resident, in bytes; known on Linux only.
    fn memory(&self) -> Option<u64> {
        const PAGE: u64 = 4096;
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.0.id())).ok()?;
        statm.split(' ').nth(1)?.parse::<u64>().ok()?.checked_mul(PAGE)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended: io::Result<_> = self.0.kill().and_then(|()| self.0.wait());
        if let Err(error) = ended {
            eprintln!("the server could not be ended: {error}");
        }
    }
}
