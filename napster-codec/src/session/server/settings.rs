//! The server's own settings: asking, changing, resetting, reading them anew.

use alloc::format;
use alloc::vec::Vec;

use crate::message::{ConfigReset, ConfigSet, Rehash};
use crate::number::UserLevel;
use crate::session::server::Server;
use crate::session::server::config::ServerLimits;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::{Refusal, ServerEvent};
use crate::session::server::notices::Notice;
use crate::text::Text;

/// A limit that can be lowered while the server runs; names are those of opennap.
struct Setting {
    name: &'static str,
    limit: fn(&mut ServerLimits) -> &mut usize,
}

static SETTINGS: &[Setting] = &[
    Setting { name: "max_results", limit: |limits| &mut limits.results },
    Setting { name: "max_browse_result", limit: |limits| &mut limits.browse },
    Setting { name: "max_shared", limit: |limits| &mut limits.files_per_user },
    Setting { name: "max_connections", limit: |limits| &mut limits.connections },
    Setting { name: "max_clones", limit: |limits| &mut limits.connections_per_address },
    Setting { name: "max_user_channels", limit: |limits| &mut limits.channels_per_user },
    Setting { name: "max_hotlist", limit: |limits| &mut limits.hotlist },
    Setting { name: "max_ignore", limit: |limits| &mut limits.ignored },
    Setting { name: "flood_commands", limit: |limits| &mut limits.flood_messages },
];

impl Setting {
    fn find(name: &[u8]) -> Result<&'static Self, Refusal> {
        let mut all = SETTINGS.iter();
        let found = all.find(|setting| setting.name.as_bytes().eq_ignore_ascii_case(name));
        found.ok_or_else(|| Refusal::NoSuchSetting(name.to_vec()))
    }

    fn of(&self, mut limits: ServerLimits) -> usize {
        *(self.limit)(&mut limits)
    }
}

/// Message 810: without words, all settings; with one word, that setting; with two, it is set.
///
/// A limit can be lowered, and raised again to what the program was started with: it bounds memory,
/// which is for whoever runs the program to say.
pub(super) fn configure(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<ConfigSet<'_>>()?;
    let Some(name) = message.variable else {
        for setting in SETTINGS {
            tell(server, call, setting);
        }
        return Ok(());
    };
    let setting = Setting::find(name.as_bytes())?;
    let Some(value) = message.value else {
        tell(server, call, setting);
        return Ok(());
    };
    if call.user(&server.connections)?.level < UserLevel::Elite {
        return Err(Refusal::PermissionDenied);
    }
    let value: &[u8] = value.as_bytes();
    let number = core::str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok());
    let most = setting.of(server.first_limits);
    let invalid = || Refusal::InvalidSetting(setting.name.into());
    let number = number.filter(|number| (1..=most).contains(number)).ok_or_else(invalid)?;
    change(server, call, setting, number, &format!("set {} to {number}", setting.name))
}

/// Message 800: as it was when the program was started.
pub(super) fn reset(server: &mut Server, call: &Call<'_>) -> Outcome {
    let setting = Setting::find(call.read::<ConfigReset<'_>>()?.variable.as_bytes())?;
    let first = setting.of(server.first_limits);
    change(server, call, setting, first, &format!("reset {}", setting.name))
}

/// Message 10117: the caller is asked to read the settings anew.
pub(super) fn rehash(server: &mut Server, call: &Call<'_>) -> Outcome {
    let message = call.read::<Rehash<'_>>()?;
    let name = server.config.name.clone();
    let asked = message.server.as_ref().map_or(name.as_slice(), |server| server.as_bytes());
    if !asked.eq_ignore_ascii_case(&name) {
        return Err(Refusal::NoSuchServer);
    }
    let by = Text::read(&call.user(&server.connections)?.nick);
    let text = format!("{by} reloaded configuration on {}", Text::read(&name));
    server.notify(Notice::Server, text.as_bytes());
    server.output.tell(ServerEvent::ReloadRequested { connection: call.connection });
    Ok(())
}

impl Server {
    /// Another message of the day, one entry a line, from the next login on.
    pub fn set_motd(&mut self, lines: Vec<Vec<u8>>) {
        self.config.motd = lines;
    }
}

fn tell(server: &mut Server, call: &Call<'_>, setting: &Setting) {
    let text = match setting.of(server.config.limits) {
        // opennap's word for no limit.
        usize::MAX => format!("{} = 0", setting.name),
        value => format!("{} = {value}", setting.name),
    };
    server.output.notice(call.connection, text.as_bytes());
}

fn change(
    server: &mut Server,
    call: &Call<'_>,
    setting: &Setting,
    value: usize,
    done: &str,
) -> Outcome {
    *(setting.limit)(&mut server.config.limits) = value;
    let text = format!("{} {done}", Text::read(&call.user(&server.connections)?.nick));
    server.notify(Notice::Change, text.as_bytes());
    Ok(())
}
