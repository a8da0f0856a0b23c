//! Somebody who shares files and gives exactly as many bytes as a test lets him.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddrV4, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use napster_codec::LinkType;
use napster_codec::session::{Account, Client, ClientConfig, ClientEvent, SharedFile};
use napster_codec::transfer::{Incoming, Request, TransferEvent, TransferOptions, Upload};

type Deed = dyn FnOnce(&mut Client, Duration) + Send;

/// What a test has somebody do.
enum Order {
    /// Say or do something on the server.
    Do(Box<Deed>),
    /// Give so many bytes more of a file.
    Give(String, u64),
}

pub(crate) struct Owner {
    orders: mpsc::Sender<Order>,
}

/// A file to share: its name, its bit rate and its bytes.
pub(crate) type Shared = (&'static str, u32, Vec<u8>);

impl Owner {
    /// Logs in and shares files; everything is told to the server when this returns.
    pub(crate) fn new(
        server: SocketAddrV4,
        nick: &'static str,
        link_type: LinkType,
        files: Vec<Shared>,
    ) -> Self {
        let (orders, receiver) = mpsc::channel();
        let (sender, ready) = mpsc::channel();
        std::thread::spawn(move || {
            let mut loops = Loop::new(server, nick, link_type, files, sender);
            while loops.turn(&receiver) {}
        });
        ready.recv_timeout(Duration::from_secs(30)).expect("an owner who shares");
        Self { orders }
    }

    pub(crate) fn does(&self, order: impl FnOnce(&mut Client, Duration) + Send + 'static) {
        self.orders.send(Order::Do(Box::new(order))).expect("somebody");
    }

    pub(crate) fn gives(&self, name: &str, bytes: u64) {
        self.orders.send(Order::Give(name.to_owned(), bytes)).expect("somebody");
    }
}

/// One thread that looks after everything, without waiting for anything.
struct Loop {
    start: Instant,
    client: Client,
    server: TcpStream,
    listener: TcpListener,
    files: HashMap<Vec<u8>, Vec<u8>>,
    /// How many bytes of each file may still be given, by its name.
    allowed: HashMap<String, u64>,
    callers: Vec<(TcpStream, Incoming)>,
    uploads: Vec<(TcpStream, Vec<u8>, Upload)>,
    ready: Option<mpsc::Sender<()>>,
}

impl Loop {
    fn new(
        server: SocketAddrV4,
        nick: &str,
        link_type: LinkType,
        files: Vec<Shared>,
        ready: mpsc::Sender<()>,
    ) -> Self {
        let server = TcpStream::connect(server).unwrap();
        server.set_nonblocking(true).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let mut client = Client::new(ClientConfig::default());
        let account = Account {
            nick: nick.to_owned().try_into().unwrap(),
            password: "s3cret".try_into().unwrap(),
            data_port: listener.local_addr().unwrap().port(),
            client_info: "owner".try_into().unwrap(),
            link_type,
            email: None,
            profile: None,
        };
        client.login(Duration::ZERO, account).unwrap();
        let mut owner = Self {
            start: Instant::now(),
            client,
            server,
            listener,
            files: HashMap::new(),
            allowed: HashMap::new(),
            callers: Vec::new(),
            uploads: Vec::new(),
            ready: Some(ready),
        };
        while !owner.client.is_logged_in() {
            owner.talk();
            std::thread::sleep(Duration::from_millis(1));
        }
        for (name, bitrate, bytes) in files {
            let file = SharedFile {
                filename: format!(r"C:\mp3\{name}").try_into().unwrap(),
                md5: "00000000000000000000000000000000".try_into().unwrap(),
                size: bytes.len() as u64,
                bitrate,
                frequency: 44_100,
                duration: 240,
            };
            owner.client.share(Duration::ZERO, &file).unwrap();
            owner.files.insert(file.filename.as_bytes().to_vec(), bytes);
        }
        // Its answer tells that the server has taken what was sent before.
        owner.client.ping_server(owner.start.elapsed()).unwrap();
        owner
    }

    /// Does what there is to do; false where nobody can order anything any more.
    fn turn(&mut self, orders: &mpsc::Receiver<Order>) -> bool {
        match orders.recv_timeout(Duration::from_millis(1)) {
            Ok(Order::Do(order)) => order(&mut self.client, self.start.elapsed()),
            Ok(Order::Give(name, bytes)) => *self.allowed.entry(name).or_default() += bytes,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return false,
        }
        self.talk();
        self.answer();
        self.give();
        !self.client.is_closed()
    }

    /// Talks with the server.
    fn talk(&mut self) {
        let now = self.start.elapsed();
        if let Some(bytes) = read(&mut self.server) {
            match bytes.is_empty() {
                true => self.client.handle_close(now),
                false => self.client.handle_input(now, &bytes),
            }
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                ClientEvent::UploadRequested { upload, .. } => {
                    self.client.accept_upload(now, upload).unwrap();
                }
                ClientEvent::Finished { code, .. } if code.0 == 750 => {
                    self.ready.take().into_iter().for_each(|ready| ready.send(()).unwrap());
                }
                _ => {}
            }
        }
        while let Some(bytes) = self.client.poll_transmit() {
            self.server.write_all(&bytes).unwrap();
        }
    }

    /// Greets who connects, and begins what was agreed on.
    fn answer(&mut self) {
        let now = self.start.elapsed();
        if let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).unwrap();
            self.callers.push((stream, Incoming::new(now)));
        }
        for (mut stream, mut incoming) in std::mem::take(&mut self.callers) {
            match read(&mut stream) {
                Some(bytes) if !bytes.is_empty() => incoming.handle_input(now, &bytes),
                _ => incoming.handle_timeout(now),
            }
            while let Some(bytes) = incoming.poll_transmit() {
                stream.write_all(&bytes).unwrap();
            }
            match incoming.take_request() {
                Some(Request::Get(get)) => {
                    let entry = self.client.find_upload(&get.nick, &get.filename);
                    let id = entry.expect("an accepted upload").id;
                    self.client.upload_started(now, id).unwrap();
                    let file = self.files[&get.filename].clone();
                    let options = TransferOptions::default();
                    let upload = Upload::direct(&get, file.len() as u64, options, now);
                    self.uploads.push((stream, get.filename, upload));
                }
                Some(other) => panic!("{other:?}"),
                None => self.callers.push((stream, incoming)),
            }
        }
    }

    /// Gives what is allowed.
    fn give(&mut self) {
        let now = self.start.elapsed();
        for (mut stream, filename, mut upload) in std::mem::take(&mut self.uploads) {
            while let Some(bytes) = upload.poll_transmit() {
                stream.write_all(&bytes).unwrap();
            }
            let name = String::from_utf8_lossy(&filename).replace(r"C:\mp3\", "");
            let allowed = self.allowed.entry(name).or_default();
            let mut gone = read(&mut stream).is_some_and(|bytes| bytes.is_empty());
            while let Some(part) = upload.next_part().filter(|_| *allowed > 0 && !gone) {
                let start = usize::try_from(part.position).unwrap();
                let length = part.length.min(*allowed).min(8192);
                let bytes = &self.files[&filename][start..][..usize::try_from(length).unwrap()];
                match stream.write(bytes) {
                    Ok(count) => {
                        upload.handle_sent(now, count as u64);
                        *allowed -= count as u64;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(_) => gone = true,
                }
            }
            if gone {
                upload.handle_close(now);
            }
            let over = std::iter::from_fn(|| upload.poll_event()).any(|event| {
                matches!(event, TransferEvent::Finished(_) | TransferEvent::Failed(_))
            });
            if over {
                let name = filename.as_slice();
                let entry = self.client.uploads().find(|u| u.filename.as_bytes() == name);
                let id = entry.expect("an upload").id;
                self.client.upload_finished(now, id).unwrap();
                *self
                    .allowed
                    .entry(String::from_utf8_lossy(name).replace(r"C:\mp3\", ""))
                    .or_default() = 0;
            } else {
                self.uploads.push((stream, filename, upload));
            }
        }
    }
}

/// What came, nothing where nothing came, and no bytes at the end.
fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 16 * 1024];
    match stream.read(&mut buffer) {
        Ok(count) => {
            buffer.truncate(count);
            Some(buffer)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        Err(_) => Some(Vec::new()),
    }
}
