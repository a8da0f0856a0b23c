//! Lists of all files, straight from one client to another: one task for each connection.

use std::io;
use std::net::SocketAddr;

use napster_codec::message::ShareFile;
use napster_codec::transfer::{
    Browse, BrowseEvent, Listing, SendListRequested, TransferOptions, UserError,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::jobs::{CHUNK, Office, Report};
use crate::start::PATIENCE;

/// Whose list is fetched; the number is the session's.
#[derive(Clone, Debug)]
pub(crate) struct Browsing {
    pub(crate) number: u64,
    pub(crate) nick: Vec<u8>,
}

/// The list of one's own files.
#[derive(Clone, Debug)]
pub(crate) struct GiveList {
    pub(crate) own_nick: Vec<u8>,
    pub(crate) files: Vec<ShareFile<'static>>,
}

impl Office {
    /// Fetches a list from an owner who listens.
    pub(crate) async fn fetch_list(self, browsing: Browsing, address: SocketAddr) {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await;
        let result = match stream {
            Ok(Ok(stream)) => {
                let browse = Browse::direct(&self.options(), self.now());
                self.read_list(stream, browse, &browsing).await
            }
            _ => Err(io::Error::other("cannot be connected to")),
        };
        self.list_over(&browsing, result).await;
    }

    /// Takes a list from an owner who connected here.
    pub(crate) async fn take_list(
        &self,
        stream: TcpStream,
        request: SendListRequested,
        browsing: Browsing,
    ) {
        let browse = Browse::pushed(request, &self.options(), self.now());
        let result = self.read_list(stream, browse, &browsing).await;
        self.list_over(&browsing, result).await;
    }

    /// Gives the own list to somebody who connected here.
    pub(crate) async fn give_list(&self, stream: TcpStream, list: &GiveList) {
        // Who goes away in between has what he wanted.
        self.write_list(stream, Listing::direct(&list.own_nick), list).await.ok();
    }

    /// Brings the own list to somebody who listens.
    pub(crate) async fn push_list(self, list: GiveList, address: SocketAddr) {
        if let Ok(Ok(stream)) = timeout(PATIENCE, TcpStream::connect(address)).await {
            let listing = Listing::pushed(&list.own_nick, self.now());
            self.write_list(stream, listing, &list).await.ok();
        }
    }

    async fn list_over(&self, browsing: &Browsing, result: io::Result<()>) {
        let result = result.map_err(|error| error.to_string());
        self.report(Report::ListOver(browsing.number, result)).await;
    }

    async fn read_list(
        &self,
        mut stream: TcpStream,
        mut browse: Browse,
        browsing: &Browsing,
    ) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        loop {
            while let Some(bytes) = browse.poll_transmit() {
                stream.write_all(&bytes).await?;
            }
            while let Some(event) = browse.poll_event() {
                match event {
                    BrowseEvent::Owner { nick } if !nick.eq_ignore_ascii_case(&browsing.nick) => {
                        return Err(io::Error::other("this is the list of somebody else"));
                    }
                    BrowseEvent::Entry(file) => {
                        self.report(Report::Listed(browsing.number, file)).await;
                    }
                    BrowseEvent::Finished => return Ok(()),
                    BrowseEvent::Failed(error) => return Err(io::Error::other(error)),
                    _ => {}
                }
            }
            tokio::select! {
                count = stream.read(&mut buffer) => match count {
                    Ok(count) if count > 0 => browse.handle_input(self.now(), &buffer[..count]),
                    _ => browse.handle_close(self.now()),
                },
                () = self.sleep_until(browse.poll_timeout()) => browse.handle_timeout(self.now()),
            }
        }
    }

    async fn write_list(
        &self,
        mut stream: TcpStream,
        listing: Result<Listing, UserError>,
        list: &GiveList,
    ) -> io::Result<()> {
        let mut listing = listing.map_err(io::Error::other)?;
        let (mut files, mut buffer) = (list.files.iter(), [0; 512]);
        let patience = TransferOptions::default().stall_timeout;
        loop {
            while listing.wants_entry() {
                match files.next() {
                    Some(file) => listing.add(file).map_err(io::Error::other)?,
                    None => listing.finish().map_err(io::Error::other)?,
                }
            }
            while let Some(bytes) = listing.poll_transmit() {
                timeout(patience, stream.write_all(&bytes)).await??;
            }
            if listing.is_over() {
                return stream.shutdown().await;
            }
            if listing.wants_entry() {
                continue;
            }
            tokio::select! {
                count = stream.read(&mut buffer) => match count? {
                    0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    count => listing.handle_input(&buffer[..count]),
                },
                () = self.sleep_until(listing.poll_timeout()) => listing.handle_timeout(self.now()),
            }
        }
    }
}
