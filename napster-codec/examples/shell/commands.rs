//! What the user types.

use std::time::Duration;

use napster_codec::session::{Client, RequestId, UserError};

use crate::session::Session;

const HELP: &str = "\
/search WORDS        find songs            /browse NICK         list what somebody shares
/download N...       fetch found songs     /direct NICK         the same, from himself
/play N              fetch into the player /status              list the transfers
/abort [N...]        break transfers off   /channels            list the channels
/join CHANNEL        enter a channel       /part [CHANNEL]      leave it
/users [CHANNEL]     who is in it          /topic [TEXT]        show or set it
/msg NICK TEXT       say it to one         /me TEXT             act in the channel
/whois NICK          who is it             /ping NICK           is his program there
/hotlist NICK        tell when he comes    /unhotlist NICK      no longer
/ignore NICK         hear nothing of him   /unignore NICK       hear him again
/share FOLDER        share its files       /unshare             share nothing
/stats               the server's counters /help                this
/quit                leave
A line without a slash is said in the channel.";

impl Session {
    /// Obeys one line.
    pub(crate) fn obey(&mut self, line: &str) {
        let Some(command) = line.strip_prefix('/') else { return self.say(line) };
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let (rest, bytes) = (rest.trim(), rest.trim().as_bytes());
        match word {
            "search" => {
                self.songs.clear();
                self.print("[ searching... ]");
                self.request(|client, now| client.search(now, bytes));
            }
            "browse" => {
                self.songs.clear();
                self.request(|client, now| client.browse(now, bytes));
            }
            "direct" => self.browse_directly(bytes),
            "download" | "get" => self.fetch_numbers(rest, false),
            "play" => self.fetch_numbers(rest, true),
            "status" => self.show_status(),
            "abort" => self.abort_numbers(rest),
            "join" => self.request(|client, now| client.join(now, bytes)),
            "part" => {
                self.in_channel(bytes, |client, now, channel| {
                    client.part(now, channel).map(|_| ())
                });
            }
            "users" => {
                let channel = self.channel_or(bytes);
                self.request(|client, now| client.list_users(now, &channel));
            }
            "channels" => self.request(Client::list_channels),
            "msg" => match rest.split_once(' ') {
                Some((nick, text)) => self.check(|client, now| {
                    client.private_message(now, nick.as_bytes(), text.as_bytes())
                }),
                None => self.print("[ /msg NICK TEXT ]"),
            },
            "me" => self.in_channel(&[], |client, now, channel| client.emote(now, channel, bytes)),
            "whois" => self.request(|client, now| client.whois(now, bytes)),
            "ping" => self.request(|client, now| client.ping(now, bytes)),
            "hotlist" => self.check(|client, now| client.hotlist_add(now, bytes)),
            "unhotlist" => self.check(|client, now| client.hotlist_remove(now, bytes)),
            "ignore" => self.check(|client, now| client.ignore_add(now, bytes)),
            "unignore" => self.check(|client, now| client.ignore_remove(now, bytes)),
            "share" => self.share_folder(rest.into()),
            "unshare" => {
                self.shares.clear();
                self.check(Client::unshare_all);
            }
            "topic" => {
                let topic = (!bytes.is_empty()).then_some(bytes);
                self.in_channel(&[], |client, now, channel| {
                    client.topic(now, channel, topic).map(|_| ())
                });
            }
            "stats" => self.check(Client::ask_stats),
            "help" => self.print(HELP),
            "quit" | "exit" => {
                self.quitting = true;
                self.print("[ goodbye ]");
            }
            _ => self.print(&format!("[ /{word}: no such command, see /help ]")),
        }
    }

    fn say(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.in_channel(&[], |client, now, channel| {
                client.public_message(now, channel, text.as_bytes()).map(|_| ())
            });
        }
    }

    /// Asks the server, and waits for the end of the answer before the next line is obeyed.
    pub(crate) fn request(
        &mut self,
        call: impl FnOnce(&mut Client, Duration) -> Result<RequestId, UserError>,
    ) {
        let now = self.now();
        match call(&mut self.client, now) {
            Ok(request) => self.waiting = Some(request),
            Err(error) => self.print(&format!("[ {error} ]")),
        }
    }

    /// Does something in the named channel, or in the current one.
    fn in_channel(
        &mut self,
        named: &[u8],
        call: impl FnOnce(&mut Client, Duration, &[u8]) -> Result<(), UserError>,
    ) {
        let channel = self.channel_or(named);
        if channel.is_empty() {
            return self.print("[ you are in no channel, see /join ]");
        }
        self.check(|client, now| call(client, now, &channel));
    }

    fn channel_or(&self, named: &[u8]) -> Vec<u8> {
        if named.is_empty() { self.channel.clone().unwrap_or_default() } else { named.to_vec() }
    }

    fn fetch_numbers(&mut self, numbers: &str, player: bool) {
        for word in numbers.split_whitespace() {
            let number = word.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
            match number.and_then(|number| self.songs.get(number)).cloned() {
                Some(song) => self.fetch(&song, player),
                None => self.print(&format!("[ {word} is no number of a found song ]")),
            }
        }
    }

    /// Aborts the transfers with these numbers; without any, the one that began last.
    fn abort_numbers(&mut self, numbers: &str) {
        if numbers.is_empty() {
            match self.jobs.last().map(|job| job.number) {
                Some(number) => self.abort(number),
                None => self.print("[ no transfers ]"),
            }
        }
        for word in numbers.split_whitespace() {
            match word.parse() {
                Ok(number) => self.abort(number),
                Err(_) => self.print(&format!("[ {word} is no number of a transfer ]")),
            }
        }
    }
}
