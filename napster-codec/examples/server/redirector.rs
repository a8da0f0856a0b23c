//! The port on which clients are told where the server is.

use std::io;
use std::net::SocketAddrV4;
use std::sync::Arc;

use napster_codec::redirector::{Redirect, Separator};
use napster_codec::{Text, Token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::service::{LINGER, PAUSE, listen};

/// Tells everybody who connects to an address where the server is.
pub(crate) async fn redirect(address: SocketAddrV4, host: &str, port: u16) -> io::Result<()> {
    /// Connections that are answered at the same time.
    const ANSWERED: usize = 64;
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, format!("{host}: {error}"));
    let host = Token::try_from(host).map_err(invalid)?;
    let empty = Text::new(&b""[..]).map_err(invalid)?;
    let redirect = Redirect { host, separator: Separator::Colon, port, padding: empty };
    let mut line = Vec::new();
    redirect.write_line(&mut line);
    let line: Arc<[u8]> = line.into();
    let listener = listen(address).await?;
    println!("redirector on {}, port {}", address.ip(), listener.local_addr()?.port());
    let answered = Arc::new(Semaphore::new(ANSWERED));
    loop {
        let Ok(permit) = answered.clone().acquire_owned().await else { return Ok(()) };
        let Ok((mut stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let line = line.clone();
        tokio::spawn(async move {
            let answer = async {
                stream.write_all(&line).await?;
                stream.shutdown().await?;
                // A client sends nothing; it closes when it has read.
                stream.read(&mut [0; 1]).await
            };
            let _ = timeout(LINGER, answer).await;
            drop(permit);
        });
    }
}
