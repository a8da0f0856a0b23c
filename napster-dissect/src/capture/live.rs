//! Inputs that make their reader wait, such as pipes.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::control::Control;

/// The most bytes that are taken at once.
const PORTION: usize = 64 * 1024;

/// How many portions may wait for the reader.
const PORTIONS: usize = 4;

/// How often a waiting reader looks whether it shall stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// Reads an input in a thread of its own, so that whoever waits for its bytes can be told to stop.
pub(super) struct Live {
    portions: Receiver<io::Result<Vec<u8>>>,
    current: Vec<u8>,
    used: usize,
    control: Control,
}

impl Live {
    pub(super) fn new(input: impl Read + Send + 'static, control: &Control) -> Self {
        let (sender, portions) = sync_channel(PORTIONS);
        thread::spawn(move || pump(input, &sender));
        Self { portions, current: Vec::new(), used: 0, control: control.clone() }
    }
}

impl Read for Live {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.used == self.current.len() {
            if self.control.is_stopped() {
                return Ok(0);
            }
            match self.portions.recv_timeout(PATIENCE) {
                Ok(portion) => (self.current, self.used) = (portion?, 0),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        let mut rest = self.current.get(self.used..).unwrap_or_default();
        let count = rest.read(room)?;
        self.used += count;
        Ok(count)
    }
}

/// Passes on what comes, until nothing comes any more or nobody wants it.
fn pump(mut input: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut room = vec![0; PORTION];
    loop {
        let portion = match input.read(&mut room) {
            Ok(0) => return,
            Ok(count) => Ok(room.get(..count).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = portion.is_err();
        if sender.send(portion).is_err() || failed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_all_bytes() {
        let bytes: Vec<u8> = (0..3 * PORTION + 5).map(|place| place as u8).collect();
        let mut live = Live::new(io::Cursor::new(bytes.clone()), &Control::new());
        let mut read = Vec::new();
        assert_eq!(live.read_to_end(&mut read).expect("no error"), bytes.len());
        assert_eq!(read, bytes);
    }

    #[test]
    fn stops_while_nothing_comes() {
        let (reader, _writer) = io::pipe().expect("a pipe");
        let control = Control::new();
        let mut live = Live::new(reader, &control);
        control.stop();
        assert_eq!(live.read(&mut [0; 8]).expect("no error"), 0);
    }

    #[test]
    fn tells_errors() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let mut live = Live::new(Broken, &Control::new());
        assert_eq!(live.read(&mut [0; 8]).expect_err("an error").to_string(), "broken");
        assert_eq!(live.read(&mut [0; 8]).expect("the end"), 0);
    }
}
