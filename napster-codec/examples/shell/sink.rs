//! Where fetched files go: into a folder, or into the input of a player.

use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use napster_codec::transfer::FileBytes;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// Where a fetched file goes.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Into a folder under a name that is free.
    Folder(PathBuf, String),
    /// Into the input of a program.
    Player(String),
}

/// Where the bytes of a file go.
pub(crate) enum Sink {
    Folder { file: File, part: PathBuf, folder: PathBuf, name: String },
    Player(Box<Child>),
}

impl Sink {
    /// Starts a player; dropped, it is stopped.
    pub(crate) fn player(command: &str) -> io::Result<Self> {
        let mut words = command.split_whitespace();
        let program = words.next().ok_or_else(|| io::Error::other("there is no --player"))?;
        let mut command = Command::new(program);
        command.args(words).stdin(Stdio::piped()).kill_on_drop(true);
        // What it prints would go over what is being typed.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().map_err(|error| {
            io::Error::new(error.kind(), format!("the --player {program}: {error}"))
        })?;
        Ok(Self::Player(Box::new(child)))
    }

    pub(crate) async fn write(&mut self, bytes: FileBytes<'_>) -> io::Result<()> {
        for part in bytes.parts() {
            match self {
                Self::Folder { file, .. } => file.write_all(part).await?,
                Self::Player(child) => {
                    let written = match &mut child.stdin {
                        Some(input) => input.write_all(part).await,
                        None => Err(io::ErrorKind::BrokenPipe.into()),
                    };
                    if written.is_err() {
                        return Err(ended(child.wait().await?));
                    }
                }
            }
        }
        Ok(())
    }

    /// Gives the file its name, which no other file has, or waits until all was played.
    pub(crate) async fn finish(self) -> io::Result<Option<String>> {
        match self {
            Self::Player(mut child) => {
                drop(child.stdin.take());
                let status = child.wait().await?;
                if status.success() { Ok(None) } else { Err(ended(status)) }
            }
            Self::Folder { file, part, folder, name } => {
                // Once begun, it is done whatever happens to who waits for it.
                tokio::spawn(keep(file, part, folder, name)).await?.map(Some)
            }
        }
    }
}

/// Why a player takes no more.
fn ended(status: ExitStatus) -> io::Error {
    io::Error::other(format!("the player ended with {status}"))
}

async fn keep(mut file: File, part: PathBuf, folder: PathBuf, name: String) -> io::Result<String> {
    file.flush().await?;
    file.sync_all().await?;
    for number in 1..1000 {
        let name = numbered(&name, number);
        // Renaming takes the place of a file, so the place is taken first.
        match File::create_new(folder.join(&name)).await {
            Ok(_) => {
                tokio::fs::rename(&part, folder.join(&name)).await?;
                return Ok(name);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// `song.mp3`, `song (2).mp3`, `song (3).mp3` and so on.
pub(crate) fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (1, _) => name.to_owned(),
        (_, Some((stem, extension))) => format!("{stem} ({number}).{extension}"),
        (_, None) => format!("{name} ({number})"),
    }
}
