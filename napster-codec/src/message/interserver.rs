//! Between linked servers.

use crate::irregular::{EmbeddedFrame, Md5, Sender};
use crate::list::List;
use crate::message::macros::messages;
use crate::number::{Address, ColonTime, LinkType};
use crate::query::Query;
use crate::text::{Password, Quoted, Text, Token};

messages! {
    /// A user logged in on another server of the cluster.
    ///
    /// Ten fields and no ':' prefix.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    2 "interserver_login" ServerLink Interserver => InterserverLogin<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// Cleartext or hash as known to the sending server.
        password: Password<'a> as Password,
        /// The TCP port for transfers; 0 means no listener.
        data_port: u16 as Port,
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// 'unknown' when not stored.
        email: Token<'a> as Email,
        /// When the user logged in, in seconds since 1970-01-01 UTC.
        login_time: u64 as UnixTime,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The server.
        server: Token<'a> as Hostname,
        /// Remote TCP port of the client on its server.
        client_port: u16 as Port,
    } = br#"alice s3cret 6699 "nap v0.8" 3 unknown 975000000 50462986 nap1.example.net 1044"#;

    /// The form of `set_user_level` on a link between servers: Change a user's level.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    606 "set_user_level" ServerLink Interserver => RelayedSetUserLevel<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The user.
        nick: Token<'a> as Nick,
        /// The user level.
        level: Token<'a> as UserLevel,
        /// When it was set, in seconds since 1970-01-01 UTC.
        timestamp: Option<u64> as UnixTime,
    } = b":nap1.example.net bob Moderator 975000000";

    /// Relay of a download request.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    607 "interserver_upload_request" ServerLink Interserver => InterserverUploadRequest<'a> {
        /// Downloader.
        sender: Sender<'a> as SenderPrefix,
        /// Who shares the file.
        owner: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The link speed.
        link_type: Option<LinkType> as LinkType,
    } = br#":alice bob "C:\music\band - song.mp3" 4"#;

    /// The form of `operator_message` on a link between servers: Message to all moderators.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    627 "operator_message" ServerLink Interserver => RelayedOperatorMessage<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What is said.
        text: Text<'a> as Text,
    } = b"alice hello mods";

    /// The form of `announcement` on a link between servers: Message to everybody.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    628 "announcement" ServerLink Interserver => RelayedAnnouncement<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What is said.
        text: Text<'a> as Text,
    } = b"alice maintenance at noon";

    /// The form of `cloak` on a link between servers: Toggle invisibility.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    652 "cloak" ServerLink Interserver => RelayedCloak<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// 1 where the user becomes invisible, absent where not.
        state: Option<u32> as U32,
    } = b":alice 1";

    /// A user left the cluster.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10000 "client_quit" ServerLink Interserver => ClientQuit<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"alice";

    /// Ask to link; both sides send one.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10010 "server_login" ServerLink Interserver replies [10010 10011 0] => ServerLogin<'a> {
        /// The host name of the server that wants to link.
        name: Token<'a> as Hostname,
        /// 16 hex digits from opennap; upper case.
        nonce: Token<'a> as Hex,
        /// 0..9, maximum zlib level; the lower of the two is used.
        compression: u32 as U32,
    } = b"nap2.example.net 0123456789ABCDEF 1";

    /// Challenge response; the zlib streams start after both acks.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10011 "server_login_ack" ServerLink Interserver => ServerLoginAck<'a> {
        /// Upper-case hex MD5 of peer nonce, own nonce, own link password.
        hash: Token<'a> as Hex,
    } = b"00112233445566778899AABBCCDDEEFF";

    /// Share counters of a user.
    ///
    /// The README of opennap-ng describes 10012 as a client request for link information; the
    /// code is as given here.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10012 "user_sharing" ServerLink Interserver => UserSharing<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// How many files the user shares.
        shared: u32 as U32,
        /// Library. In kilobytes.
        library: u32 as U32 in "kilobytes",
    } = b"alice 42 171000";

    /// Obsolete address notice, ignored.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10013 "user_ip" ServerLink Interserver => UserIp<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The TCP port of the user's end of the connection.
        client_port: u16 as Port,
        /// The server.
        server: Token<'a> as Hostname,
    } = b"alice 50462986 1044 nap1.example.net";

    /// Registration record.
    ///
    /// The README lists level before email; the code puts email before level.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10014 "registration_sync" ServerLink Interserver => RegistrationSync<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The user.
        nick: Token<'a> as Nick,
        /// 1,&lt;8 salt&gt;,&lt;22 base64 MD5&gt;.
        password: Password<'a> as Password,
        /// The e-mail address.
        email: Token<'a> as Email,
        /// The user level.
        level: Token<'a> as UserLevel,
        /// When the account was made, in seconds since 1970-01-01 UTC.
        created: u64 as UnixTime,
        /// Absent in opennap-ng.
        last_seen: Option<u64> as UnixTime,
    } = b":nap1.example.net alice 1,abcdefgh,AAAAAAAAAAAAAAAAAAAAAA unknown User 975000000 975000100";

    /// Forward a search.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10015 "remote_search" ServerLink Interserver replies [10016 10017] => RemoteSearch<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// Eight capital letters from opennap.
        id: Token<'a> as SearchId,
        /// The clauses.
        query: Query<'a> as SearchQuery,
    } = br#"alice ABCDEFGH FILENAME CONTAINS "band song " MAX_RESULTS 40"#;

    /// Forwarded hit.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10016 "remote_search_result" ServerLink Interserver => RemoteSearchResult<'a> {
        /// The identifier that the searching server chose for the search.
        id: Token<'a> as SearchId,
        /// Who shares the file.
        owner: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// The file's size in bytes.
        size: u64 as BytesSize in "bytes",
        /// The bit rate in kbit/s.
        bitrate: u32 as Kbps in "kbit/s",
        /// The sample rate in Hz.
        frequency: u32 as Hz in "Hz",
        /// The playing time in seconds.
        duration: u32 as Seconds in "s",
    } = br#"ABCDEFGH bob "C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef 443332 128 44100 60"#;

    /// End of a forwarded search.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10017 "remote_search_end" ServerLink Interserver => RemoteSearchEnd<'a> {
        /// The identifier that the searching server chose for the search.
        id: Token<'a> as SearchId,
    } = b"ABCDEFGH";

    /// Deliver an arbitrary frame to a remote user.
    ///
    /// The inner header contains binary bytes and usually NULs: never treat the payload as a C
    /// string.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10018 "encapsulated" ServerLink Interserver => Encapsulated<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The receiver.
        to: Token<'a> as Nick,
        /// Complete inner frame, header included, directly after one space.
        frame: EmbeddedFrame<'a> as Frame,
    } = b":nap1.example.net bob \x02\x00\x94\x01hi";

    /// Topology notice.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10019 "link_info" ServerLink Interserver => LinkInfo<'a> {
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
    } = b"nap1.example.net 8888 nap2.example.net 8888 1";

    /// A server left.
    ///
    /// opennap-ng handles it as 10101.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10020 "server_quit" ServerLink Interserver => ServerQuit<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The server.
        server: Token<'a> as Hostname,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b":nap1.example.net nap2.example.net";

    /// Notice to moderators.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10021 "notify_mods" ServerLink Interserver => NotifyMods<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// Which users get it: a bit mask of levels.
        level: u32 as U32,
        /// The message.
        message: Quoted<'a> as QuotedString,
    } = br#":nap1.example.net 2 "ban set""#;

    /// Answer to a relayed 750.
    ///
    /// Known from: opennap-ng-0.50.
    10022 "interserver_pong" ServerLink Interserver => InterserverPong<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// User or server.
        to: Token<'a> as Token,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b":nap2.example.net alice 975000000 0";

    /// Clock of the sender.
    ///
    /// Documented as the time alone; the handler skips one word first, so a prefix is expected.
    ///
    /// Known from: opennap-ng-0.50.
    10023 "time_check" ServerLink Interserver => TimeCheck<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// When, in seconds since 1970-01-01 UTC.
        time: u64 as UnixTime,
    } = b":nap2.example.net 975000000";

    /// Documented form.
    10023 "time_check" ServerLink Interserver shape "time_check_without_sender" MissingField => TimeCheckWithoutSender {
        /// When, in seconds since 1970-01-01 UTC.
        time: u64 as UnixTime,
    } = b"975000000";

    /// A whois was done on a remote moderator.
    ///
    /// Known from: opennap-ng-0.50.
    10024 "whois_notify" ServerLink Interserver => WhoisNotify<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The user that was asked about.
        target: Token<'a> as Nick,
    } = b":alice bob";

    /// The form of `channel_op` on a link between servers: Make channel operators.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10204 "channel_op" ServerLink Interserver => RelayedChannelOp<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: List<'a, Token<'a>> as Nick,
        /// When it was set, in seconds since 1970-01-01 UTC.
        timestamp: Option<ColonTime> as UnixTime,
    } = b":alice #pub bob carol";

    /// The form of `channel_voice` on a link between servers: Give voice.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10211 "channel_voice" ServerLink Interserver => RelayedChannelVoice<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: List<'a, Token<'a>> as Nick,
        /// When it was set, in seconds since 1970-01-01 UTC.
        timestamp: Option<ColonTime> as UnixTime,
    } = b":alice #pub bob carol";

    /// The form of `channel_unvoice` on a link between servers: Take voice.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10212 "channel_unvoice" ServerLink Interserver => RelayedChannelUnvoice<'a> {
        /// Who acts.
        sender: Sender<'a> as SenderPrefix,
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: List<'a, Token<'a>> as Nick,
        /// When it was set, in seconds since 1970-01-01 UTC.
        timestamp: Option<ColonTime> as UnixTime,
    } = b":alice #pub bob carol";

    /// End of the state transfer after linking.
    ///
    /// Known from: opennap-ng-0.50.
    10262 "sync_end" ServerLink Interserver replies [10263] => SyncEnd {
    } = b"";

    /// Acknowledgement.
    ///
    /// Known from: opennap-ng-0.50.
    10263 "sync_end_ack" ServerLink Interserver => SyncEndAck {
    } = b"";
}
