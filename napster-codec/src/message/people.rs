//! Users: hotlists, ignore lists, whois, pings.

use crate::irregular::Modes;
use crate::list::Tail;
use crate::message::groups::WhoisDetails;
use crate::message::macros::messages;
use crate::number::{Address, LinkType};
use crate::text::{PasswordText, Quoted, Text, Token};

messages! {
    /// Watch a user.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    207 "hotlist_add" ToServer Hotlist replies [301 302 209] => HotlistAdd<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Same as 207, used for the stored list at login.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    208 "hotlist_seed" ToServer Hotlist replies [301 302 209] => HotlistSeed<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// A watched user is on line.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    209 "user_signon" ToClient Hotlist => UserSignon<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"bob 9";

    /// A watched user left; also the negative answer to 211 for an unknown user.
    ///
    /// When it answers a browse, 213 follows on opennap.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    210 "user_signoff" ToClient Hotlist => UserSignoff<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Watch accepted.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    301 "hotlist_ack" ToClient Hotlist => HotlistAck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Watch refused.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    302 "hotlist_error" ToClient Hotlist => HotlistError<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"nosuchuser";

    /// Stop watching. No reply on success.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    303 "hotlist_remove" ToServer Hotlist => HotlistRemove<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// List ignored users.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    320 "ignore_list" ToServer Ignore replies [321 320] => IgnoreList {
    } = b"";

    /// End of the list and its length.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    320 "ignore_list_end" ToClient Ignore => IgnoreListEnd {
        /// How many there were.
        count: u32 as U32,
    } = b"2";

    /// One ignored user.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    321 "ignore_entry" ToClient Ignore => IgnoreEntry<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Ignore a user.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    322 "ignore_add" ToServer Ignore replies [322 325 327 404] => IgnoreAdd<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Accepted.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    322 "ignore_add_ack" ToClient Ignore => IgnoreAddAck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Stop ignoring.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    323 "ignore_remove" ToServer Ignore replies [323 324] => IgnoreRemove<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Accepted.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    323 "ignore_remove_ack" ToClient Ignore => IgnoreRemoveAck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// The user was not on the list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    324 "ignore_not_found" ToClient Ignore => IgnoreNotFound<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// The user was on the list already.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    325 "ignore_exists" ToClient Ignore => IgnoreExists<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"mallory";

    /// Clear the list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    326 "ignore_clear" ToServer Ignore replies [326] => IgnoreClear {
    } = b"";

    /// Number of entries removed.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04.
    326 "ignore_clear_ack" ToClient Ignore => IgnoreClearAck {
        /// How many there were.
        count: u32 as U32,
    } = b"2";

    /// Adding failed.
    ///
    /// Only in the code table of the nap client (`IGNORE_FAIL`).
    ///
    /// Known from: nap-codes.
    327 "ignore_failed" ToClient Ignore named true => IgnoreFailed<'a> {
        /// The user.
        nick: Option<Token<'a>> as Nick,
    } = b"mallory";

    /// Ask for a user's link type.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    600 "link_speed_request" ToServer User replies [601 404] => LinkSpeedRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Answer.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    601 "link_speed" ToClient User => LinkSpeed<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"bob 4";

    /// Who is this user?
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    603 "whois_request" ToServer Whois replies [604 605 404] => WhoisRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Somebody requested our data.
    ///
    /// Only gaim handles a 603 from the server; opennap uses 404 for it.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    603 "whois_notice" ToClient Whois => WhoisNotice<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"alice";

    /// User data. The long part is for moderators and above.
    ///
    /// `MP3::Napster` needs a non-empty status and `client_info`; an empty client string makes
    /// its pattern fail.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    604 "whois" ToClient Whois => Whois<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The user level.
        level: Quoted<'a> as UserLevel,
        /// Online. In s.
        online: u32 as Seconds in "s",
        /// Space separated, usually with a trailing space; opennap also puts a leading one; may
        /// be empty.
        channels: Quoted<'a> as QuotedString,
        /// Active, Inactive, Remote, Muzzled, Cloaked, or several words.
        status: Quoted<'a> as QuotedString,
        /// How many files the user shares.
        shared: u32 as U32,
        /// How many downloads the user has open.
        downloads: u32 as U32,
        /// How many uploads the user has open.
        uploads: u32 as U32,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// What only moderators get to see.
        details: Option<Tail<'a, WhoisDetails<'a>>> as Group,
    } = br#"bob "User" 1203 "Trance " "Active" 12 0 1 4 "nap v0.8""#;

    /// The user exists but is off line.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    605 "whowas" ToClient Whois => Whowas<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// Quoted by opennap, bare in the text.
        level: Quoted<'a> as UserLevel,
        /// When the user logged out, in seconds since 1970-01-01 UTC.
        last_seen: u64 as UnixTime,
        /// All downloads so far.
        total_downloads: Option<u32> as U32,
        /// All uploads so far.
        total_uploads: Option<u32> as U32,
        /// The address.
        ip: Option<Token<'a>> as Ipv4Dotted,
        /// The TCP port of the user's end of the connection.
        client_port: Option<u16> as Port,
        /// The TCP port for transfers; 0 means no listener.
        data_port: Option<u16> as Port,
        /// The e-mail address.
        email: Option<Token<'a>> as Email,
    } = br#"bob "User" 975000000"#;

    /// New link type.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    700 "change_link_speed" ToServer User => ChangeLinkSpeed {
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"9";

    /// New password.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    701 "change_password" ToServer User replies [404] => ChangePassword<'a> {
        /// Opennap takes the whole payload.
        password: PasswordText<'a> as Text,
    } = b"n3wsecret";

    /// New email address.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    702 "change_email" ToServer User => ChangeEmail<'a> {
        /// The e-mail address.
        email: Text<'a> as Text + personal,
    } = b"bob@example.net";

    /// New data port.
    ///
    /// `MP3::Napster` always logs in with port 0 and sends 703 afterwards.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    703 "change_data_port" ToServer User replies [404] => ChangeDataPort {
        /// The TCP port.
        port: u16 as Port,
    } = b"6700";

    /// Ping a user.
    ///
    /// Known from: article, gaim, gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    751 "ping" ToServer User replies [752 404] => Ping<'a> {
        /// The receiver.
        to: Token<'a> as Nick,
        /// Opennap and TekNap carry opaque arguments through.
        args: Option<Text<'a>> as Text,
    } = b"bob";

    /// Somebody pings us.
    ///
    /// Known from: article, gaim, gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    751 "pinged" ToClient User => Pinged<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b"alice";

    /// Answer a ping; echoes the whole payload of 751.
    ///
    /// Known from: gaim, gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    752 "pong" ToServer User => Pong<'a> {
        /// The receiver.
        to: Token<'a> as Nick,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b"alice";

    /// A user answered.
    ///
    /// Known from: article, gaim, gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    752 "ponged" ToClient User => Ponged<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// What the ping carries; the answer repeats it.
        args: Option<Text<'a>> as Text,
    } = b"bob";

    /// Recently disconnected user.
    ///
    /// Known from: nap.txt-2001-12, opennap-ng-0.50, teknap.
    10121 "who_was" ToServer Whois replies [10121 404] => WhoWas<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Answer.
    ///
    /// TekNap shows it without swapping bytes and its comment has only four fields.
    ///
    /// Known from: nap.txt-2001-12, opennap-ng-0.50, teknap.
    10121 "who_was_reply" ToClient Whois => WhoWasReply<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The server.
        server: Token<'a> as Hostname,
        /// When the user was last seen, in seconds since 1970-01-01 UTC.
        when: u64 as UnixTime,
        /// The name and version of the client program.
        client_info: Option<Quoted<'a>> as QuotedString,
    } = br#"bob 50462986 nap1.example.net 975000000 "nap v0.8""#;

    /// Query or set which notices we get.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10203 "user_mode" ToServer User replies [10203] => UserMode<'a> {
        /// Names, '-' prefix removes; ALL, NONE.
        modes: Option<Modes<'a>> as ModeFlags,
    } = b"-kill -level";

    /// Current notices.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10203 "user_mode_reply" ToClient User => UserModeReply<'a> {
        /// The modes.
        modes: Modes<'a> as ModeFlags,
    } = b"ERROR BAN CHANGE KILL";
}
