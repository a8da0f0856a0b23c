//! Where the audio goes: a file, standard output, or the input of a player command.

use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use napster_codec::comp112::Format;
use tokio::fs::File;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

type BoxError = Box<dyn Error + Send + Sync>;

/// What is to be heard.
#[derive(Debug)]
pub(crate) enum Sound {
    Format(Format),
    Audio(Vec<u8>),
}

/// Where it is to be heard.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// Nowhere: the listener only passes it on.
    Nothing,
    /// Raw PCM.
    File(PathBuf),
    /// A program and its arguments, in which `{rate}`, `{stereo_rate}` and `{width}` are replaced; it
    /// is started anew where the format changes.
    Player(Vec<String>),
}

/// How long a player may go on when its input has ended.
const LAST_NOTES: Duration = Duration::from_secs(5);

/// Plays what comes until nothing more does.
pub(crate) async fn play(
    output: Output,
    mut sounds: mpsc::Receiver<Sound>,
) -> Result<(), BoxError> {
    let mut sink: Option<Box<dyn AsyncWrite + Send + Unpin>> = match &output {
        Output::File(path) => {
            let file = File::create(path).await;
            let file = file.map_err(|error| format!("{}: {error}", path.display()))?;
            Some(Box::new(file))
        }
        Output::Nothing | Output::Player(_) => None,
    };
    let mut player: Option<(Format, Child)> = None;
    while let Some(sound) = sounds.recv().await {
        match sound {
            Sound::Format(format) => {
                let Output::Player(command) = &output else { continue };
                if player.as_ref().is_some_and(|(playing, _)| *playing == format) {
                    continue;
                }
                end(sink.take(), player.take()).await;
                let mut child = start(command, format)?;
                let input = child.stdin.take().ok_or("the player has no input")?;
                sink = Some(Box::new(input));
                player = Some((format, child));
            }
            Sound::Audio(audio) => {
                if let Some(sink) = &mut sink {
                    let written = sink.write_all(&audio).await;
                    written.map_err(|error| format!("the audio cannot be written: {error}"))?;
                }
            }
        }
    }
    end(sink, player).await;
    Ok(())
}

fn start(command: &[String], format: Format) -> Result<Child, BoxError> {
    let mut words = command.iter().map(|word| {
        word.replace("{rate}", &format.rate.to_string())
            .replace("{stereo_rate}", &(format.rate / 2).to_string())
            .replace("{width}", &format.width.to_string())
    });
    let program = words.next().ok_or("the player command is empty")?;
    let child = Command::new(&program).args(words).stdin(Stdio::piped()).kill_on_drop(true).spawn();
    child.map_err(|error| format!("{program} cannot be started: {error}").into())
}

/// Ends the input of a player and lets it play what it has.
async fn end(sink: Option<Box<dyn AsyncWrite + Send + Unpin>>, player: Option<(Format, Child)>) {
    if let Some(mut sink) = sink {
        let _ = sink.flush().await;
        let _ = sink.shutdown().await;
    }
    if let Some((_, mut child)) = player {
        let _ = timeout(LAST_NOTES, child.wait()).await;
    }
}
