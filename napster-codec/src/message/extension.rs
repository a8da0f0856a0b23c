//! Additions of single programs, and numbers known by name only.

use crate::irregular::Md5;
use crate::list::List;
use crate::message::groups::ShareEntry;
use crate::message::macros::messages;
use crate::text::{Password, Quoted, Text, Token};

messages! {
    /// Reserved or unknown number that one client keeps a handler for.
    ///
    /// Only TekNap names it (a handler that prints the text). No server is known to send it.
    ///
    /// Known from: teknap.
    1 "unknown_1" ToClient Unknown named true => Unknown1<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Ghost number: the low byte of 601 (0x259).
    ///
    /// TekNap's table keeps 89 from the time when it read the type as one byte: 601 & 0xFF =
    /// 89. It has no handler and no server sends it; list it only so that a code table is
    /// complete.
    ///
    /// Known from: teknap.
    89 "ghost_89" ToClient Unknown named true => Ghost89<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Ghost number: the low byte of 607 (0x25F).
    ///
    /// TekNap's table keeps 95 from the time when it read the type as one byte: 607 & 0xFF =
    /// 95. It has no handler and no server sends it; list it only so that a code table is
    /// complete.
    ///
    /// Known from: teknap.
    95 "ghost_95" ToClient Unknown named true => Ghost95<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Ghost number: the low byte of 620 (0x26C).
    ///
    /// TekNap's table keeps 108 from the time when it read the type as one byte: 620 & 0xFF =
    /// 108. It has no handler and no server sends it; list it only so that a code table is
    /// complete.
    ///
    /// Known from: teknap.
    108 "ghost_108" ToClient Unknown named true => Ghost108<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Ghost number: the low byte of 621 (0x26D).
    ///
    /// TekNap's table keeps 109 from the time when it read the type as one byte: 621 & 0xFF =
    /// 109. It has no handler and no server sends it; list it only so that a code table is
    /// complete.
    ///
    /// Known from: teknap.
    109 "ghost_109" ToClient Unknown named true => Ghost109<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Ghost number: the low byte of 404 (0x194).
    ///
    /// TekNap's table keeps 148 from the time when it read the type as one byte: 404 & 0xFF =
    /// 148. It has no handler and no server sends it; list it only so that a code table is
    /// complete.
    ///
    /// Known from: teknap.
    148 "ghost_148" ToClient Unknown named true => Ghost148<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    };

    /// Unknown; official servers answer 310 with 0.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    310 "unknown_310" ToServer Unknown replies [310] named true => Unknown310 {
    } = b"";

    /// Always 0.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    310 "unknown_310_reply" ToClient Unknown => Unknown310Reply {
        /// A number whose meaning nobody wrote down; official servers send 0.
        value: u32 as U32,
    } = b"0";

    /// Client form; the server only echoes 0.
    ///
    /// Known from: gaim, gift-berlios, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04.
    316 "disconnect_query" ToServer Unknown replies [316] named true => DisconnectQuery {
    } = b"";

    /// Unknown; official servers answer with a joke in 404.
    ///
    /// TekNap calls it request size.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    602 "size_request" ToServer Unknown replies [404] named true => SizeRequest<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command (permission denied).
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    650 "unknown_650" ToServer Unknown named true => Unknown650<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command (permission denied).
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    651 "unknown_651" ToServer Unknown named true => Unknown651<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    770 "unknown_770" ToServer Unknown named true => Unknown770<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    771 "unknown_771" ToServer Unknown named true => Unknown771<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    805 "unknown_805" ToServer Unknown named true => Unknown805<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Unknown privileged command.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    811 "unknown_811" ToServer Unknown named true => Unknown811<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// SlavaNap: set our own queue length.
    ///
    /// Mentioned by number only; layout unknown.
    ///
    /// Known from: nap.txt-2001-12.
    8112 "queue_report" ToServer Extension named true => QueueReport {
        /// Probable content: number of queued items.
        queued: i32 as I32,
    } = b"3";

    /// SlavaNap: ask for a user's queue length.
    ///
    /// Mentioned by number only; layout of question and answer unknown.
    ///
    /// Known from: nap.txt-2001-12.
    8113 "queue_query" Both Extension named true => QueueQuery<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"bob";

    /// Add a server to the link table.
    ///
    /// Known from: opennap-ng-0.50.
    9998 "server_auth_add" ToServer Extension replies [404] => ServerAuthAdd<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// The password that the other server sends, in clear text.
        their_password: Password<'a> as Password,
        /// The password that this server sends, in clear text.
        my_password: Password<'a> as Password,
        /// The TCP port.
        port: u16 as Port,
        /// A short name under which the other server is also known.
        alias: Option<Token<'a>> as Hostname,
    } = b"nap2.example.net pw1 pw2 8888";

    /// Show the link table, passwords included.
    ///
    /// The answers are 404 lines that contain link passwords in clear.
    ///
    /// Known from: opennap-ng-0.50.
    9999 "server_auth_list" ToServer Extension replies [404] => ServerAuthList {
    } = b"";

    /// Publish a non-MP3 file.
    ///
    /// Field order differs from 100: size comes before the checksum. opennap compares the type
    /// case-insensitively with the bare major type, so type/subtype is refused.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, teknap.
    10300 "share_media" ToServer Extension replies [404 931] => ShareMedia<'a> {
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's size in bytes.
        size: u64 as BytesSize in "bytes",
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// Audio, video, application, image or text; SlavaNap and later documents also mp3;
        /// early documents show type/subtype.
        content_type: Token<'a> as Token,
    } = br#""C:\img\canyon.jpg" 54187 0123456789abcdef0123456789abcdef-54187 image"#;

    /// Opennap compact browse.
    ///
    /// Removed from opennap-ng.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10301 "browse_new_request" ToServer Extension replies [10302 10301] => BrowseNewRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The most entries wanted; 0 for all.
        max: Option<u32> as U32,
    } = b"bob";

    /// End of a compact browse.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10301 "browse_new_end" ToClient Extension => BrowseNewEnd<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Up to six files of one directory.
    ///
    /// Known from: opennap-0.36, opennap-ng-0.50, teknap.
    10302 "browse_new_result" ToClient Extension => BrowseNewResult<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The directory, which is glued in front of the file names.
        directory: Quoted<'a> as Filename,
        /// Up to six entries per message; checksum is "0" when not stored.
        files: List<'a, ShareEntry<'a>> as ShareEntry,
    } = br#"bob "C:\music" "a.mp3" 0 100 128 44100 1"#;
}
