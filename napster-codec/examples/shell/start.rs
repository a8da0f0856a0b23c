//! What the program is told at its start, and how it finds its server.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use napster_codec::redirector::{Client as Redirector, ClientConfig, ClientEvent};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::session::Session;
use crate::terminal::Terminal;

/// An interactive Napster client.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Arguments {
    /// The server, as host:port.
    #[arg(default_value = "127.0.0.1:8888")]
    pub(crate) server: String,
    /// The server is a redirector, which names one.
    #[arg(long)]
    pub(crate) redirector: bool,
    /// The nick; asked for where it is not given.
    #[arg(long)]
    pub(crate) nick: Option<String>,
    /// The password; asked for where it is not given.
    #[arg(long)]
    pub(crate) password: Option<String>,
    /// Register the nick.
    #[arg(long)]
    pub(crate) register: bool,
    /// The link others are told, 0 (unknown) to 10 (T3 or better).
    #[arg(long, default_value_t = 0)]
    pub(crate) link_type: u32,
    /// The TCP port others connect to; 0 says that nobody can, and any free one is taken without it.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// The port others are told, where a router passes it on to the one that is listened on.
    #[arg(long, value_name = "PORT")]
    pub(crate) public_port: Option<u16>,
    /// The folder for fetched files.
    #[arg(long, default_value = ".")]
    pub(crate) folder: PathBuf,
    /// A folder whose files are shared.
    #[arg(long)]
    pub(crate) share: Vec<PathBuf>,
    /// The program that plays what it gets on its input, and its arguments.
    #[arg(long, default_value = "mpg123 -")]
    pub(crate) player: String,
    /// After how many bytes the progress of a transfer is told.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) interval: u64,
}

/// How long a connection may take to be made.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Connects, logs in, and goes on until the user leaves.
pub(crate) async fn run(
    mut arguments: Arguments,
    mut terminal: Terminal,
) -> Result<(), Box<dyn Error>> {
    let nick = terminal.ask("login: ", arguments.nick.take())?;
    let password = terminal.ask_secret("password: ", arguments.password.take())?;
    std::fs::create_dir_all(&arguments.folder)
        .map_err(|error| format!("{}: {error}", arguments.folder.display()))?;
    let stream = if arguments.redirector {
        find_server(&arguments.server).await?
    } else {
        connect(&arguments.server).await?
    };
    // Each line is a small message of its own; it would wait for the answer to the one before.
    stream.set_nodelay(true)?;
    // What is not reachable by the server is not reachable by others either.
    let listener = match arguments.port {
        Some(0) => None,
        port => Some(TcpListener::bind((stream.local_addr()?.ip(), port.unwrap_or(0))).await?),
    };
    let mut session = Session::new(arguments, terminal, listener)?;
    session.log_in(&nick, &password)?;
    session.run(stream).await
}

async fn connect(server: &str) -> Result<TcpStream, String> {
    let failed = |why| Err(format!("{server}: {why}"));
    if !server.contains(':') {
        return failed("expected host:port".to_owned());
    }
    match timeout(PATIENCE, TcpStream::connect(server)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => failed(error.to_string()),
        Err(_) => failed("no answer".to_owned()),
    }
}

/// Asks a redirector until a server that it names can be connected to.
async fn find_server(redirector: &str) -> Result<TcpStream, Box<dyn Error>> {
    let start = Instant::now();
    let mut client = Redirector::new(ClientConfig::default(), start.elapsed());
    let mut connection: Option<TcpStream> = None;
    let mut buffer = [0; 512];
    loop {
        while let Some(event) = client.poll_event() {
            match event {
                ClientEvent::Connect => {
                    match timeout(PATIENCE, TcpStream::connect(redirector)).await {
                        Ok(Ok(stream)) => connection = Some(stream),
                        _ => client.handle_unreachable(start.elapsed()),
                    }
                }
                ClientEvent::Close => connection = None,
                ClientEvent::Server { host, port } => {
                    let server = format!("{host}:{port}");
                    match timeout(PATIENCE, TcpStream::connect(&server)).await {
                        Ok(Ok(stream)) => return Ok(stream),
                        _ => client.handle_refused(start.elapsed()),
                    }
                }
                ClientEvent::TryFailed(failure) => eprintln!("[ {failure} ]"),
                ClientEvent::GaveUp => return Err("the redirector names no server".into()),
                _ => {}
            }
        }
        let wait = client.poll_timeout().unwrap_or_default().saturating_sub(start.elapsed());
        let heard = async {
            match &mut connection {
                Some(stream) => stream.read(&mut buffer).await.unwrap_or(0),
                None => std::future::pending().await,
            }
        };
        match timeout(wait, heard).await {
            Ok(0) => {
                connection = None;
                client.handle_close(start.elapsed());
            }
            Ok(count) => client.handle_input(start.elapsed(), &buffer[..count]),
            Err(_) => client.handle_timeout(start.elapsed()),
        }
    }
}
