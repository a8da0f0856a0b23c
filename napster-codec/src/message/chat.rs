//! Channels and messages.

use crate::field::Expected;
use crate::irregular::{Mask, Modes};
use crate::list::List;
use crate::message::macros::messages;
use crate::number::{Bool01, LevelNumber, LinkType};
use crate::text::{Quoted, Text, Token};

messages! {
    /// Send a private message.
    ///
    /// opennap cuts the payload at 180 bytes to protect the Windows client and keeps leading
    /// spaces of the text.
    ///
    /// Known from: gaim, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    205 "private_message" ToServer Messaging replies [404] => PrivateMessage<'a> {
        /// The receiver.
        to: Token<'a> as Nick,
        /// The message.
        message: Text<'a> as Text,
    } = b"bob hello there";

    /// Deliver a private message.
    ///
    /// Known from: gaim, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    205 "private_message_received" ToClient Messaging => PrivateMessageReceived<'a> {
        /// The sender.
        from: Token<'a> as Nick,
        /// The message.
        message: Text<'a> as Text,
    } = b"alice hello there";

    /// Join a channel.
    ///
    /// opennap prepends # when the name starts neither with # nor with &.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    400 "join_channel" ToServer Channel replies [405 408 409 410 425 404] => JoinChannel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"Trance";

    /// Leave a channel.
    ///
    /// Weekly saw only a bare TCP acknowledgement; `MP3::Napster`'s manual also says that the
    /// official server does not answer.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    401 "part_channel" ToServer Channel replies [401] => PartChannel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"Trance";

    /// We left or were removed; may come unasked.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    401 "parted_channel" ToClient Channel => PartedChannel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"Trance";

    /// Say something in a channel.
    ///
    /// opennap crops the payload at 180 bytes.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    402 "public_message" ToServer Channel => PublicMessage<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// What is said.
        text: Text<'a> as Text,
    } = b"Trance hello";

    /// Somebody said something.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    403 "public_message_received" ToClient Channel => PublicMessageReceived<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// What is said.
        text: Text<'a> as Text,
    } = b"Trance bob hello";

    /// We are in; the name may differ from the one requested.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    405 "join_ack" ToClient Channel => JoinAck<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"Trance";

    /// A user joined.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    406 "user_joined" ToClient Channel => UserJoined<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// How many files the user shares.
        shared: u32 as U32,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"Trance bob 12 4";

    /// A user left.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    407 "user_parted" ToClient Channel => UserParted<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// How many files the user shares; some servers leave out this and the next field.
        shared: Expected<u32> as U32,
        /// The link speed.
        link_type: Expected<LinkType> as LinkType,
    } = b"Trance bob 12 4";

    /// One member, after our own join.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    408 "channel_user" ToClient Channel => ChannelUser<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// How many files the user shares.
        shared: u32 as U32,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"Trance bob 12 4";

    /// End of the members.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    409 "channel_users_end" ToClient Channel => ChannelUsersEnd<'a> {
        /// The channel.
        channel: Option<Token<'a>> as Channel,
    } = b"Trance";

    /// Set the topic, or ask for it when absent.
    ///
    /// opennap replaces CR and LF by spaces and cuts at 64 characters.
    ///
    /// Known from: gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    410 "topic_set" ToServer Channel replies [410 404] => TopicSet<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The topic.
        topic: Option<Text<'a>> as Text,
    } = b"#pub new topic";

    /// Topic of a channel.
    ///
    /// Known from: article, gaim, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    410 "topic" ToClient Channel => Topic<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The topic.
        topic: Option<Text<'a>> as Text,
    } = b"Trance Welcome to the Trance channel.";

    /// List channel bans.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    420 "channel_ban_list" ToServer ChannelBan replies [421 420 404] => ChannelBanList<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"#pub";

    /// End of the channel bans.
    ///
    /// The text says it repeats the channel; opennap sends an empty payload.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    420 "channel_ban_list_end" ToClient ChannelBan => ChannelBanListEnd<'a> {
        /// The channel.
        channel: Option<Token<'a>> as Channel,
    } = b"";

    /// One channel ban.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    421 "channel_ban_entry" ToClient ChannelBan => ChannelBanEntry<'a> {
        /// Whom it is for.
        mask: Mask<'a> as Mask,
        /// Who set it.
        set_by: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Quoted<'a> as QuotedString,
        /// When, in seconds since 1970-01-01 UTC.
        time: u64 as UnixTime,
        /// How long, in seconds.
        timeout: Option<u32> as Seconds in "s",
    } = br#"*!10.1.2.* bob "flooding" 975000000 0"#;

    /// Ban from a channel.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    422 "channel_ban" ToServer ChannelBan replies [404] => ChannelBan<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// Nick, address prefix or nick!address; opennap rewrites it to the full form.
        mask: Mask<'a> as Mask,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"#pub mallory "flooding""#;

    /// Lift a channel ban.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    423 "channel_unban" ToServer ChannelBan replies [404] => ChannelUnban<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// Whom it is for.
        mask: Mask<'a> as Mask,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"#pub mallory!*";

    /// Remove all channel bans.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    424 "channel_ban_clear" ToServer ChannelBan replies [404] => ChannelBanClear<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"#pub";

    /// Alternative topic of predefined channels.
    ///
    /// Official servers only.
    ///
    /// Known from: mp3-napster-2.04, nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12,
    /// spec-2001-04.
    425 "channel_motd" ToClient Channel => ChannelMotd<'a> {
        /// The message.
        message: Text<'a> as Text,
    } = b"Welcome to the Trance channel.";

    /// Invite a user.
    ///
    /// Supported by clients and SlavaNap, not by official servers nor opennap.
    ///
    /// Known from: nap.txt-2001-12, spec-2001-04.
    430 "channel_invite" ToServer Channel => ChannelInvite<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"bob #pub";

    /// We are invited.
    ///
    /// Known from: nap.txt-2001-12, spec-2001-04.
    430 "channel_invited" ToClient Channel => ChannelInvited<'a> {
        /// Who invites.
        inviter: Token<'a> as Nick,
        /// The channel.
        channel: Token<'a> as Channel,
        /// The topic.
        topic: Quoted<'a> as QuotedString,
        /// A number whose meaning nobody wrote down; 0 has been seen.
        unknown_1: u32 as U32,
        /// A number or greeting whose meaning nobody wrote down.
        unknown_2: Option<Text<'a>> as Text,
    } = br#"alice #pub "Welcome" 0 0"#;

    /// Accept; the client then joins with 400.
    ///
    /// Known from: nap.txt-2001-12, spec-2001-04.
    431 "channel_invite_accept" ToServer Channel => ChannelInviteAccept<'a> {
        /// Who invites.
        inviter: Token<'a> as Nick,
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"alice #pub";

    /// Decline.
    ///
    /// Known from: nap.txt-2001-12, spec-2001-04.
    432 "channel_invite_decline" ToServer Channel => ChannelInviteDecline<'a> {
        /// Copy of the received 430 payload.
        copy: Text<'a> as Text,
    } = br#"alice #pub "Welcome" 0 0"#;

    /// List channels.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    617 "channel_list" ToServer Channel replies [618 617] => ChannelList {
    } = b"";

    /// End of the list.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    617 "channel_list_end" ToClient Channel => ChannelListEnd {
    } = b"";

    /// One channel.
    ///
    /// The trailing 2E of the Weekly page is the full stop of the topic; the quotes are his
    /// typography (all six lengths fit).
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    618 "channel_entry" ToClient Channel => ChannelEntry<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// How many users there are.
        users: u32 as U32,
        /// The topic.
        topic: Option<Text<'a>> as Text,
    } = b"Lobby 33 Welcome to the Lobby channel.";

    /// Remove everybody from a channel.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    820 "clear_channel" ToServer Channel replies [404] => ClearChannel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"#pub";

    /// Set or query the minimum level of a channel.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    823 "set_channel_level" ToServer Channel replies [404] => SetChannelLevel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user level.
        level: Option<Token<'a>> as UserLevel,
        /// Server to server only.
        timestamp: Option<u64> as UnixTime,
    } = b"#pub Moderator";

    /// Action message.
    ///
    /// Known from: gaim, mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36,
    /// opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    824 "emote" ToServer Channel => Emote<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// What is said.
        text: Quoted<'a> as QuotedString,
    } = br#"#pub "waves""#;

    /// Somebody's action.
    ///
    /// A crop by opennap puts the closing quote at byte 180. Text with an inner quote cannot be
    /// carried.
    ///
    /// Known from: gaim, mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36,
    /// opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    824 "emote_received" ToClient Channel => EmoteReceived<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// What is said.
        text: Quoted<'a> as QuotedString,
    } = br#"#pub bob "waves""#;

    /// One member in answer to 830.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    825 "channel_name_entry" ToClient Channel => ChannelNameEntry<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// How many files the user shares.
        shared: u32 as U32,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = b"#pub bob 12 4";

    /// Set the member limit.
    ///
    /// Official range 0..999999999, above it -1; opennap 0..65535.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    826 "channel_limit" ToServer Channel replies [404] => ChannelLimit<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The limit.
        limit: u32 as U32,
        /// Server to server only.
        timestamp: Option<u64> as UnixTime,
    } = b"#pub 100";

    /// List all channels.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    827 "full_channel_list" ToServer Channel replies [828 827] => FullChannelList {
    } = b"";

    /// End of the list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    827 "full_channel_list_end" ToClient Channel => FullChannelListEnd {
    } = b"";

    /// One channel with its settings.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    828 "full_channel_entry" ToClient Channel => FullChannelEntry<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// How many users there are.
        users: u32 as U32,
        /// Whether a user opened the channel, and not the server's configuration.
        user_created: Bool01 as Bool01,
        /// 0 leech 1 user 2 moderator 3 admin 4 elite on opennap.
        level: LevelNumber as UserLevelNum,
        /// The limit.
        limit: i32 as I32,
        /// The topic.
        topic: Quoted<'a> as QuotedString,
    } = br#"#pub 3 1 1 200 "Welcome""#;

    /// Remove a user from a channel.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    829 "kick" ToServer Channel replies [404] => Kick<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"#pub mallory "flooding""#;

    /// List members of a channel.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    830 "channel_names" ToServer Channel replies [825 830 404] => ChannelNames<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"#pub";

    /// End of the members.
    ///
    /// Empty on official servers and opennap.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    830 "channel_names_end" ToClient Channel => ChannelNamesEnd<'a> {
        /// The channel.
        channel: Option<Token<'a>> as Channel,
    } = b"";

    /// Deprecated form of 823.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50.
    10201 "set_channel_level_old" ToServer Channel replies [404] => SetChannelLevelOld<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user level.
        level: Option<Token<'a>> as UserLevel,
    } = b"#pub Moderator";

    /// Deprecated form of 829.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10202 "kick_old" ToServer Channel replies [404] => KickOld<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"#pub mallory";

    /// Make channel operators.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10204 "channel_op" ToServer Channel replies [404] => ChannelOp<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users; TekNap sends the message without any.
        nicks: Expected<List<'a, Token<'a>>> as Nick,
    } = b"#pub bob carol";

    /// Remove channel operators.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10205 "channel_deop" ToServer Channel replies [404] => ChannelDeop<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: List<'a, Token<'a>> as Nick,
    } = b"#pub bob";

    /// List channel operators; answers are 205 from ChanServ.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10206 "channel_op_list" ToServer Channel replies [205 404] => ChannelOpList<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
    } = b"#pub";

    /// Unregister a channel.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10207 "drop_channel" ToServer Channel replies [404] => DropChannel<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = b"#pub";

    /// Message to channel operators; delivered as 404.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10208 "channel_wallop" ToServer Channel replies [404] => ChannelWallop<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// What is said.
        text: Text<'a> as Text,
    } = b"#pub hello ops";

    /// SlavaNap form for linked servers, not implemented.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10208 "channel_wallop_code" ToClient Channel => ChannelWallopCode<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The code of the message.
        numeric: u16 as U16,
        /// What is said.
        text: Text<'a> as Text,
    } = b"#pub 404 hello";

    /// Query or change channel modes.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10209 "channel_mode" ToServer Channel replies [404 10209] => ChannelMode<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// + or - followed by PRIVATE MODERATED INVITE TOPIC (opennap) or REGISTERED
        /// (SlavaNap).
        modes: Option<Modes<'a>> as ModeFlags,
    } = b"#pub +MODERATED";

    /// Current modes, only for clients flagged as knowing numerics.
    ///
    /// The flag is never set in opennap, so in practice a 404 with a text prefix is sent.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10209 "channel_mode_reply" ToClient Channel => ChannelModeReply<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The modes.
        modes: Option<Modes<'a>> as ModeFlags,
    } = b"#pub +MODERATED";

    /// Invite to an invitation-only channel.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10210 "channel_invite_opennap" ToServer Channel replies [404] => ChannelInviteOpennap<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
    } = b"#pub bob";

    /// Invitation; normally a 404 instead.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10210 "channel_invited_opennap" ToClient Channel => ChannelInvitedOpennap<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// Who invites.
        inviter: Token<'a> as Nick,
    } = b"#pub alice";

    /// Give voice; without nicks lists voiced users as 205 from ChanServ.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10211 "channel_voice" ToServer Channel replies [205 404] => ChannelVoice<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: Option<List<'a, Token<'a>>> as Nick,
    } = b"#pub bob";

    /// Take voice; without nicks lists voiced users as 205 from ChanServ.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10212 "channel_unvoice" ToServer Channel replies [205 404] => ChannelUnvoice<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The users.
        nicks: Option<List<'a, Token<'a>>> as Nick,
    } = b"#pub bob";

    /// Muzzle in one channel.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10213 "channel_muzzle" ToServer Channel replies [404] => ChannelMuzzle<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"#pub mallory "noise""#;

    /// Unmuzzle in one channel.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10214 "channel_unmuzzle" ToServer Channel replies [404] => ChannelUnmuzzle<'a> {
        /// The channel.
        channel: Token<'a> as Channel,
        /// The user.
        nick: Token<'a> as Nick,
        /// The reason, for people to read.
        reason: Option<Quoted<'a>> as QuotedString,
    } = br#"#pub mallory "noise""#;
}
