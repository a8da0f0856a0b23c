//! The server itself.

use crate::irregular::Modes;
use crate::list::Tail;
use crate::message::groups::UsageRates;
use crate::message::macros::messages;
use crate::number::Decimal;
use crate::text::{Quoted, Text, Token};

messages! {
    /// Ask for the counters.
    ///
    /// Known from: gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    214 "stats_request" ToServer Server replies [214] => StatsRequest {
    } = b"";

    /// Counters; sent after login, on request and every minute or so.
    ///
    /// Known from: article, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    214 "server_stats" ToClient Server => ServerStats<'a> {
        /// How many users there are.
        users: u32 as U32,
        /// The files.
        files: u32 as U32,
        /// Integer in practice; giFT parses a float. In gigabytes.
        size: u32 as U32 in "gigabytes",
        /// Literal GB since client generation 10.3.
        unit: Option<Token<'a>> as Token,
        /// Number of files this client shares.
        my_files: Option<u32> as U32,
    } = b"979 147566 587";

    /// General error or information text.
    ///
    /// opennap uses 404 for every notice, also positive ones, channel-op notices and
    /// invitations; clients pattern-match the English text. Also server to server as an error
    /// report.
    ///
    /// Known from: gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap, weekly.
    404 "server_message" ToClient Server => ServerMessage<'a> {
        /// The message.
        message: Text<'a> as Text,
    } = b"permission denied";

    /// Ask for the message of the day.
    ///
    /// Known from: gaim, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    621 "motd_request" ToServer Server replies [621] => MotdRequest {
    } = b"";

    /// One line of the message of the day.
    ///
    /// No end marker exists.
    ///
    /// Known from: article, gaim, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    621 "motd" ToClient Server => Motd<'a> {
        /// One line, which may be empty.
        line: Text<'a> as Text,
    } = b"VERSION opennap 0.36";

    /// Ping the server.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    750 "server_ping" ToServer Server replies [750 404] => ServerPing<'a> {
        /// User name (beta 5a), a time value, or on opennap a server name and free arguments.
        data: Option<Text<'a>> as Text,
    } = b"nap1.example.net 975000000 0";

    /// Answer: empty, or an echo of the arguments; also sent unasked by official servers.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    750 "server_pong" ToClient Server => ServerPong<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Reset a configuration variable.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    800 "config_reset" ToServer Server replies [404] => ConfigReset<'a> {
        /// The name of the server's setting.
        variable: Token<'a> as Token,
    } = b"max_results";

    /// Ask for the server version.
    ///
    /// opennap answers with three 404 lines.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    801 "server_version" ToServer Server replies [404] => ServerVersion<'a> {
        /// The server.
        server: Option<Token<'a>> as Hostname,
    } = b"";

    /// Query or set configuration.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    810 "config_set" ToServer Server replies [404] => ConfigSet<'a> {
        /// The name of the server's setting.
        variable: Option<Token<'a>> as Token,
        /// The value that the setting gets.
        value: Option<Text<'a>> as Text,
    } = b"max_results 200";

    /// Link to a server.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10100 "link_server" ToServer Server replies [404] => LinkServer<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// Opennap 0.36; dropped in opennap-ng.
        port: Option<u16> as Port,
        /// The server at the other end, where it is not the one that gets the message.
        remote_server: Option<Token<'a>> as Hostname,
    } = b"nap2.example.net 8888";

    /// Unlink a server.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10101 "unlink_server" ToServer Server replies [404] => UnlinkServer<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"nap2.example.net";

    /// Stop a server process.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10110 "kill_server" ToServer Server => KillServer<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"nap2.example.net";

    /// Remove from the link table (does nothing).
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10111 "remove_server" ToServer Server => RemoveServer<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"nap2.example.net";

    /// Show the topology.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10112 "server_links" ToServer Server replies [10112] => ServerLinks {
    } = b"";

    /// One link; an empty payload ends the list.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10112 "server_link_entry" ToClient Server => ServerLinkEntry<'a> {
        /// The server.
        server: Token<'a> as Hostname,
        /// The TCP port of the server in front.
        server_port: u16 as Port,
        /// The host name of the server at the other end of the link.
        peer: Token<'a> as Hostname,
        /// The TCP port of the server at the other end.
        peer_port: u16 as Port,
        /// How many links away the server at the other end is.
        hops: u32 as U32,
        /// Opennap 0.36: buffer size, -1 for remote links.
        buffer: Option<i32> as I32,
    } = b"nap1.example.net 8888 nap2.example.net 8888 1";

    /// End of the list.
    10112 "server_link_entry" ToClient Server shape "server_links_end" legal => ServerLinksEnd {
    } = b"";

    /// README form.
    10112 "server_link_entry" ToClient Server shape "server_link_without_ports" MissingField => ServerLinkWithoutPorts<'a> {
        /// The server.
        server: Token<'a> as Hostname,
        /// The host name of the server at the other end of the link.
        peer: Token<'a> as Hostname,
        /// How many links away the server at the other end is.
        hops: u32 as U32,
    } = b"nap1.example.net nap2.example.net 1";

    /// Ask for server statistics.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10115 "usage_stats_request" ToServer Server replies [10115] => UsageStatsRequest<'a> {
        /// The server.
        server: Option<Token<'a>> as Hostname,
    } = b"";

    /// Statistics.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10115 "usage_stats" ToClient Server => UsageStats<'a> {
        /// How many users are connected to this server.
        clients: u32 as U32,
        /// How many servers are linked.
        servers: u32 as U32,
        /// How many users there are.
        users: u32 as U32,
        /// The files.
        files: u32 as U32,
        /// Kilobytes on 0.36, bytes on opennap-ng.
        library: Decimal<'a> as Float,
        /// How many channels there are.
        channels: u32 as U32,
        /// When the server started, in seconds since 1970-01-01 UTC.
        start: u64 as UnixTime,
        /// Uptime. In s.
        uptime: u32 as Seconds in "s",
        /// The memory in use as the server counts it, which may be a negative number.
        memory: i32 as I32,
        /// How many nicknames are registered.
        registered: u32 as U32,
        /// What later versions add.
        rates: Option<Tail<'a, UsageRates<'a>>> as Group,
    } = b"10 1 12 3456 98765 3 975000000 3600 -1 20 0.50 1.25 2.00 123456 654321";

    /// Opennap-ng: search cache; answers are 404 lines.
    ///
    /// In opennap READMEs a deprecated server ping; TekNap still sends and expects it as such.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10116 "search_cache_stats" ToServer Server replies [404] => SearchCacheStats {
    } = b"";

    /// TekNap server ping.
    10116 "search_cache_stats" ToServer Server shape "server_ping_old" OtherShape => ServerPingOld<'a> {
        /// The server.
        server: Token<'a> as Hostname,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b"nap1.example.net 975000000 0";

    /// Answer to the old server ping.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10116 "server_ping_old_reply" ToClient Server => ServerPingOldReply<'a> {
        /// The server.
        server: Token<'a> as Hostname,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b"nap1.example.net 975000000 0";

    /// Reload configuration.
    ///
    /// opennap's own comments call it 10116.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10117 "rehash" ToServer Server => Rehash<'a> {
        /// The server.
        server: Option<Token<'a>> as Hostname,
    } = b"";

    /// Ask for client counts.
    ///
    /// Known from: nap.txt-2001-12, opennap-ng-0.50, teknap.
    10118 "version_stats" ToServer Server replies [10118] => VersionStats {
    } = b"";

    /// One client version; an empty payload ends the list.
    ///
    /// Known from: nap.txt-2001-12, opennap-ng-0.50, teknap.
    10118 "version_stats_entry" ToClient Server => VersionStatsEntry<'a> {
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// How many there were.
        count: u32 as U32,
    } = br#""nap v0.8" 12"#;

    /// End of the list.
    10118 "version_stats_entry" ToClient Server shape "version_stats_end" legal => VersionStatsEnd {
    } = b"";

    /// On which server is a user?
    ///
    /// Known from: opennap-ng-0.50.
    10119 "which_server" ToServer Server replies [404 0] => WhichServer<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Ping all linked servers.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10120 "ping_all_servers" ToServer Server replies [404] => PingAllServers {
    } = b"";

    /// Counters per message number.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10123 "histogram_request" ToServer Server replies [10123 10124] => HistogramRequest {
    } = b"";

    /// One counter.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10123 "histogram_entry" ToClient Server => HistogramEntry {
        /// The code of the message.
        numeric: u16 as U16,
        /// How many there were.
        count: u32 as U32,
        /// How many bytes.
        bytes: u64 as U64,
    } = b"200 12 3456";

    /// End and totals.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10124 "histogram_end" ToClient Server => HistogramEnd {
        /// The last code that the server did not know.
        last_unknown: u16 as U16,
        /// How many messages with codes came that the server does not know.
        unknown_count: u32 as U32,
        /// How many bytes they had.
        unknown_bytes: u64 as U64,
        /// How many messages there were.
        total_count: u64 as U64,
        /// How many bytes they had.
        total_bytes: u64 as U64,
    } = b"0 0 0 12 3456";

    /// Counters of outgoing messages.
    ///
    /// Known from: opennap-ng-0.50.
    10125 "send_histogram_request" ToServer Server replies [10125 10126] => SendHistogramRequest {
    } = b"";

    /// One counter.
    ///
    /// Known from: opennap-ng-0.50.
    10125 "send_histogram_entry" ToClient Server => SendHistogramEntry<'a> {
        /// The code of the message.
        numeric: u16 as U16,
        /// How many there were.
        count: u32 as U32,
        /// How many bytes.
        bytes: u32 as U32,
        /// The name of the message in the server's source.
        name: Text<'a> as Text,
    } = b"201 12 3456 search result";

    /// End and totals.
    ///
    /// Known from: opennap-ng-0.50.
    10126 "send_histogram_end" ToClient Server => SendHistogramEnd {
        /// How many messages there were.
        total_count: u64 as U64,
        /// How many bytes they had.
        total_bytes: u64 as U64,
    } = b"12 3456";

    /// Query or set logging; the answer is a 205 from the server name.
    ///
    /// Known from: opennap-ng-0.50.
    10264 "log_level" ToServer Server replies [205 404] => LogLevel<'a> {
        /// The modes.
        modes: Option<Modes<'a>> as ModeFlags,
    } = b"-debug";
}
