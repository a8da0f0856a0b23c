//! Commands of moderators and administrators.

use crate::irregular::Mask;
use crate::message::macros::messages;
use crate::number::LinkType;
use crate::text::{Password, Quoted, Text, Token};

messages! {
    /// List addresses this user blocks.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    330 "block_list" ToServer Admin replies [331 330] => BlockList {
    } = b"";

    /// One blocked address.
    ///
    /// Not in any text; the nap client names it server block list.
    ///
    /// Known from: nap-codes.
    331 "block_list_entry" ToClient Admin named true => BlockListEntry<'a> {
        /// The blocked address or range, in the server's own words.
        entry: Text<'a> as Text,
    } = b"10.1.2.3";

    /// Block an address.
    ///
    /// TekNap: ip and optional reason.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    332 "block_ip" ToServer Admin => BlockIp<'a> {
        /// The address.
        ip: Token<'a> as Ipv4Dotted,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"10.1.2.3";

    /// Unblock an address.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    333 "unblock_ip" ToServer Admin => UnblockIp<'a> {
        /// The address.
        ip: Token<'a> as Ipv4Dotted,
    } = b"10.1.2.3";

    /// Change a user's level.
    ///
    /// opennap matches the first three letters: lee use mod adm eli.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    606 "set_user_level" ToServer Admin replies [404] => SetUserLevel<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The user level.
        level: Token<'a> as UserLevel,
    } = b"bob Moderator";

    /// Disconnect a user.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    610 "kill_user" ToServer Admin replies [404] => KillUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"mallory "flooding""#;

    /// Delete a registration.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    611 "nuke_user" ToServer Admin replies [404] => NukeUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"mallory";

    /// Ban from the server.
    ///
    /// opennap 0.36 allots three fields in total, so nothing after the timeout is read.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    612 "ban_user" ToServer Admin replies [404] => BanUser<'a> {
        /// Nick, address or nick!address.
        mask: Mask<'a> as Mask,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
        /// Opennap; needs the reason field before it.
        timeout: Option<u32> as Seconds in "s",
    } = br#"mallory "flooding" 3600"#;

    /// Force a user's data port.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    613 "set_user_port" ToServer Admin replies [404] => SetUserPort<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The TCP port.
        port: u16 as Port,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"bob 6699";

    /// Lift a ban.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    614 "unban_user" ToServer Admin replies [404] => UnbanUser<'a> {
        /// Whom it is for.
        mask: Mask<'a> as Mask,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"mallory!*";

    /// List bans.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    615 "ban_list" ToServer Admin replies [616 629 615] => BanList {
    } = b"";

    /// End of the bans.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    615 "ban_list_end" ToClient Admin => BanListEnd {
    } = b"";

    /// One ban.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    616 "ban_entry" ToClient Admin => BanEntry<'a> {
        /// Address prefix on official servers, nick!address on opennap.
        mask: Mask<'a> as Mask,
        /// Who set it.
        set_by: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Quoted<'a> as QuotedString,
        /// When, in seconds since 1970-01-01 UTC.
        time: u64 as UnixTime,
        /// 0 or 1 on official servers; timeout in seconds on opennap.
        flag: Option<u32> as U32,
    } = br#"10.1.2. bob "flooding" 975000000 0"#;

    /// Forbid public messages.
    ///
    /// gaim displays a 622 from the server as message-of-the-day text.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    622 "muzzle_user" ToServer Admin replies [404] => MuzzleUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"mallory "flooding""#;

    /// Allow public messages again.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    623 "unmuzzle_user" ToServer Admin replies [404] => UnmuzzleUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"mallory";

    /// Restore a registration.
    ///
    /// Compiled out of opennap.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    624 "unnuke_user" ToServer Admin => UnnukeUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Force a user's link type.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    625 "set_user_speed" ToServer Admin replies [404] => SetUserSpeed<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"bob 7";

    /// Message to all moderators.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    627 "operator_message" ToServer Admin => OperatorMessage<'a> {
        /// What is said.
        text: Text<'a> as Text,
    } = b"hello mods";

    /// Message from a moderator.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    627 "operator_message_received" ToClient Admin => OperatorMessageReceived<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What is said.
        text: Text<'a> as Text,
    } = b"alice hello mods";

    /// Message to everybody.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    628 "announcement" ToServer Admin => Announcement<'a> {
        /// What is said.
        text: Text<'a> as Text,
    } = b"maintenance at noon";

    /// Announcement.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    628 "announcement_received" ToClient Admin => AnnouncementReceived<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What is said.
        text: Text<'a> as Text,
    } = b"alice maintenance at noon";

    /// One banned nickname.
    ///
    /// Official servers only, part of the 615 list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    629 "ban_nick_entry" ToClient Admin => BanNickEntry<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Toggle invisibility.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    652 "cloak" ToServer Admin replies [404] => Cloak {
    } = b"";

    /// Set somebody's password.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    753 "set_user_password" ToServer Admin replies [404] => SetUserPassword<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
        /// Required by opennap.
        reason: Quoted<'a> as QuotedString,
    } = br#"bob n3w "lost it""#;

    /// Send a user to another server.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    821 "redirect_user" ToServer Admin replies [404] => RedirectUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The host.
        host: Token<'a> as Hostname,
        /// The TCP port.
        port: u16 as Port,
    } = b"bob nap2.example.net 8888";

    /// Send a user back to a redirector.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    822 "cycle_user" ToServer Admin replies [404] => CycleUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The redirector's host name.
        metaserver: Token<'a> as Hostname,
    } = b"bob meta.example.net";

    /// List all users.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    831 "global_user_list" ToServer Admin replies [832 831 404] => GlobalUserList<'a> {
        /// * for all.
        server: Option<Token<'a>> as Hostname,
        /// Letters e a m l z c on opennap; more on opennap-ng.
        flags: Option<Token<'a>> as Token,
    } = b"* m";

    /// End of the list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    831 "global_user_list_end" ToClient Admin => GlobalUserListEnd {
    } = b"";

    /// One user with address.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    832 "global_user_entry" ToClient Admin => GlobalUserEntry<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Token<'a> as Ipv4Dotted,
    } = b"bob 10.1.2.3";

    /// Query or change user flags.
    ///
    /// Known from: opennap-ng-0.50.
    10050 "user_flags" ToServer Admin replies [404] => UserFlags<'a> {
        /// The user.
        nick: Option<Token<'a>> as Nick,
        /// MUZZLED FRIEND CRIMINAL, - prefix removes, NONE clears; several need quotes around
        /// them.
        flags: Option<Token<'a>> as Token,
    } = b"bob friend";

    /// Disconnect all users of an address.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10122 "mass_kill" ToServer Admin replies [404] => MassKill<'a> {
        /// The address.
        ip: Token<'a> as Ipv4Dotted,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"10.1.2.3 "flooding""#;

    /// Register a nickname for somebody.
    ///
    /// SlavaNap requires the level and refuses the level user.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10200 "register_user" ToServer Admin replies [404] => RegisterUser<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
        /// The e-mail address.
        email: Token<'a> as Email,
        /// The user level.
        level: Option<Token<'a>> as UserLevel,
    } = b"bob pw bob@example.net User";

    /// Add to the class access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10250 "class_add" ToServer Admin replies [404] => ClassAdd<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: Option<u32> as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// Remove from the class access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10251 "class_del" ToServer Admin replies [404] => ClassDel<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
    } = b"10.1.2.0/255.255.255.0";

    /// Show the class access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10252 "class_list" ToServer Admin replies [10252] => ClassList {
    } = b"";

    /// One entry; an empty payload ends the list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10252 "class_list_entry" ToClient Admin => ClassListEntry<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: u32 as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// End of the list.
    10252 "class_list_entry" ToClient Admin shape "class_list_end" legal => ClassListEnd {
    } = b"";

    /// Add to the dline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10253 "dline_add" ToServer Admin replies [404] => DlineAdd<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: Option<u32> as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// Remove from the dline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10254 "dline_del" ToServer Admin replies [404] => DlineDel<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
    } = b"10.1.2.0/255.255.255.0";

    /// Show the dline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10255 "dline_list" ToServer Admin replies [10255] => DlineList {
    } = b"";

    /// One entry; an empty payload ends the list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10255 "dline_list_entry" ToClient Admin => DlineListEntry<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: u32 as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// End of the list.
    10255 "dline_list_entry" ToClient Admin shape "dline_list_end" legal => DlineListEnd {
    } = b"";

    /// Add to the iline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10256 "iline_add" ToServer Admin replies [404] => IlineAdd<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: Option<u32> as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// Remove from the iline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10257 "iline_del" ToServer Admin replies [404] => IlineDel<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
    } = b"10.1.2.0/255.255.255.0";

    /// Show the iline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10258 "iline_list" ToServer Admin replies [10258] => IlineList {
    } = b"";

    /// One entry; an empty payload ends the list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10258 "iline_list_entry" ToClient Admin => IlineListEntry<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: u32 as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// End of the list.
    10258 "iline_list_entry" ToClient Admin shape "iline_list_end" legal => IlineListEnd {
    } = b"";

    /// Add to the eline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10259 "eline_add" ToServer Admin replies [404] => ElineAdd<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: Option<u32> as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// Remove from the eline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10260 "eline_del" ToServer Admin replies [404] => ElineDel<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
    } = b"10.1.2.0/255.255.255.0";

    /// Show the eline access list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10261 "eline_list" ToServer Admin replies [10261] => ElineList {
    } = b"";

    /// One entry; an empty payload ends the list.
    ///
    /// Known from: opennap-ng-0.50, teknap.
    10261 "eline_list_entry" ToClient Admin => ElineListEntry<'a> {
        /// The address, with an optional `/mask` that widens it to a network.
        host: Token<'a> as Token,
        /// The limit.
        limit: u32 as U32,
    } = b"10.1.2.0/255.255.255.0 5";

    /// End of the list.
    10261 "eline_list_entry" ToClient Admin shape "eline_list_end" legal => ElineListEnd {
    } = b"";

    /// Become visible to linked servers again.
    ///
    /// Only when compiled in; asserts on an unregistered connection.
    ///
    /// Known from: opennap-ng-0.50.
    10303 "resync_user" ToServer Admin replies [404] => ResyncUser {
    } = b"";

    /// Become invisible to linked servers.
    ///
    /// Known from: opennap-ng-0.50.
    10304 "desync_user" ToServer Admin replies [404] => DesyncUser {
    } = b"";
}
