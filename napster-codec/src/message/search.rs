//! Sharing, searching and browsing.

use crate::field::{Expected, Extra};
use crate::irregular::{Binary, Md5};
use crate::list::List;
use crate::message::groups::ShareEntry;
use crate::message::macros::messages;
use crate::number::{Address, LinkType, Weight};
use crate::query::Query;
use crate::text::{Quoted, Text, Token};

messages! {
    /// Publish one file.
    ///
    /// opennap 0.36 wants exactly six fields. Non-MP3 files are usually sent with bitrate 24,
    /// frequency 16000 and duration 600 instead of using 10300. No positive reply.
    ///
    /// Known from: bangbang, gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    100 "share_file" ToServer Sharing replies [404 931] => ShareFile<'a> {
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
    } = br#""C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef-443008 443332 128 44100 60"#;

    /// Withdraw one file.
    ///
    /// Servers look the whole payload up verbatim, so quotes around the name make it unknown.
    ///
    /// Known from: gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    102 "unshare_file" ToServer Sharing replies [404] => UnshareFile<'a> {
        /// Unquoted, whole payload.
        filename: Text<'a> as Text,
    } = br#"C:\music\band - song.mp3"#;

    /// Withdraw all files.
    ///
    /// Known from: bangbang, gift, gift-berlios, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-ng-0.50, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    110 "unshare_all" ToServer Sharing replies [110] => UnshareAll {
    } = b"";

    /// Number of files that were shared.
    ///
    /// opennap-ng sends nothing when the count was zero; TekNap ignores it.
    ///
    /// Known from: bangbang, gift, gift-berlios, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-ng-0.50, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    110 "unshare_all_ack" ToClient Sharing => UnshareAllAck {
        /// How many there were.
        count: u32 as U32,
    } = b"42";

    /// Search the index.
    ///
    /// Weekly prints the clauses on separate lines and a size byte of 0x41 that does not fit
    /// (the reconstructed line is 111 bytes). The specification notes that an unescaped quote
    /// typed by the user makes the request invalid.
    ///
    /// Known from: article, bangbang, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    200 "search_request" ToServer Search replies [201 202 404] => SearchRequest<'a> {
        /// Sequence of clauses, see variants; keywords are matched case-insensitively by
        /// opennap.
        query: Query<'a> as SearchQuery,
    } = br#"FILENAME CONTAINS "some band" MAX_RESULTS 50 FILENAME CONTAINS "some song" LINESPEED "AT LEAST" 7 BITRATE "EQUAL TO" "128""#;

    /// Bangbangnapster sends only the words.
    200 "search_request" ToServer Search shape "bare_search" OtherShape => BareSearch<'a> {
        /// What is said.
        text: Text<'a> as Text,
    } = b"Tones";

    /// One search hit.
    ///
    /// Known from: article, bangbang, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    201 "search_result" ToClient Search => SearchResult<'a> {
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
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// Relevance, may be negative.
        weight: Option<Weight<'a>> as I32,
        /// The owner's client program, from servers that append it.
        software: Extra<Quoted<'a>> as QuotedString,
    } = br#""C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef-443008 443332 128 44100 60 bob 50462986 4"#;

    /// End of the hits.
    ///
    /// Weekly prints 00 00 CA 00 00 00: four header bytes and two bytes of Ethernet padding.
    ///
    /// Known from: article, bangbang, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    202 "search_end" ToClient Search => SearchEnd {
    } = b"";

    /// List a user's files through the server.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    211 "browse_request" ToServer Browse replies [212 213 210 404] => BrowseRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// Opennap extension: maximum number of results, 0 for the server limit.
        max: Option<u32> as U32,
    } = b"bob";

    /// One file of the browsed user.
    ///
    /// `MP3::Napster`'s pattern is anchored at the end, so any extra field makes it return
    /// nothing.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    212 "browse_result" ToClient Browse => BrowseResult<'a> {
        /// The user.
        nick: Token<'a> as Nick,
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
    } = br#"bob "C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef 443332 128 44100 60"#;

    /// End of a browse.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap, weekly.
    213 "browse_end" ToClient Browse => BrowseEnd<'a> {
        /// The user; `MP3::Napster`'s server leaves it out.
        nick: Expected<Token<'a>> as Nick,
        /// Owner's address; opennap-ng sends 0 unless the user shares files.
        ip: Option<Address<'a>> as Ipv4U32Le,
    } = b"bob";

    /// Find all copies of a file.
    ///
    /// opennap wants exactly two fields and a positive size; opennap-ng lowercases the checksum
    /// first.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    215 "resume_request" ToServer Resume replies [216 217] => ResumeRequest<'a> {
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// The file's size in bytes.
        size: u64 as BytesSize in "bytes",
    } = b"0123456789abcdef0123456789abcdef 443332";

    /// One copy.
    ///
    /// mldonkey parses 216 with its 204 parser (six fields) and therefore never accepts one.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    216 "resume_result" ToClient Resume => ResumeResult<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The TCP port.
        port: u16 as Port,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// The file's size in bytes.
        size: u64 as BytesSize in "bytes",
        /// The link speed.
        link_type: LinkType as LinkType,
    } = br#"bob 50462986 6699 "C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef 443332 4"#;

    /// End of the copies.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    217 "resume_end" ToClient Resume => ResumeEnd<'a> {
        /// The file's checksum.
        md5: Extra<Md5<'a>> as Md5,
        /// The file's size in bytes.
        size: Extra<u64> as BytesSize,
    } = b"";

    /// Ask for a client-to-client listing.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-12, spec-2001-04,
    /// teknap.
    640 "direct_browse_request" ToServer Browse replies [641 642 404] => DirectBrowseRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"bob";

    /// Somebody wants our list; address given when we are firewalled and must push.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-12, spec-2001-04,
    /// teknap.
    640 "direct_browse_requested" ToClient Browse => DirectBrowseRequested<'a> {
        /// Who wants to browse.
        requester: Token<'a> as Nick,
        /// The address.
        ip: Option<Address<'a>> as Ipv4U32Le,
        /// The TCP port.
        port: Option<u16> as Port,
    } = b"alice";

    /// Agree to be browsed.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-12, spec-2001-04,
    /// teknap.
    641 "direct_browse_accept" ToServer Browse => DirectBrowseAccept<'a> {
        /// Who wants to browse.
        requester: Token<'a> as Nick,
    } = b"alice";

    /// Where to connect for the list.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-12, spec-2001-04,
    /// teknap.
    641 "direct_browse_ready" ToClient Browse => DirectBrowseReady<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// The TCP port.
        port: u16 as Port,
    } = b"bob 50462986 6699";

    /// Direct browse impossible.
    ///
    /// TekNap then falls back to 211.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-12, spec-2001-04,
    /// teknap.
    642 "direct_browse_error" ToClient Browse => DirectBrowseError<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The message; TekNap reads it also without one.
        message: Expected<Quoted<'a>> as QuotedString,
    } = br#"bob "not sharing any files""#;

    /// Mentioned once as the alternative to 932.
    ///
    /// Almost certainly a misprint for 870; keep as unknown.
    ///
    /// Known from: nap.txt-2001-12.
    720 "share_alternative" ToServer Sharing named true => ShareAlternative<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Binary<'a>> as Bytes,
    };

    /// Publish several files of one directory.
    ///
    /// Keep the payload under 2048 bytes. A directory that ends in a backslash makes TekNap's
    /// own tokeniser see an escaped quote.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    870 "share_directory" ToServer Sharing replies [404 931] => ShareDirectory<'a> {
        /// With or without a trailing backslash; opennap appends one when absent.
        directory: Quoted<'a> as Filename,
        /// "basename" md5 size bitrate frequency duration, repeated.
        files: List<'a, ShareEntry<'a>> as ShareEntry,
    } = br#""C:\music\" "a.mp3" 0123456789abcdef0123456789abcdef 100 128 44100 1 "b.mp3" 0123456789abcdef0123456789abcdef 200 128 44100 2"#;

    /// The published file is blocked.
    ///
    /// Known from: nap.txt-2001-12.
    931 "blocked_file" ToClient Sharing => BlockedFile<'a> {
        /// The file's checksum.
        md5: Md5<'a> as Md5,
    } = b"0123456789abcdef0123456789abcdef";

    /// Binary share of clients 10.2 and later for files with ID3v2 tags.
    ///
    /// The only documented non-text client payload. The published structure sums to 72 bytes;
    /// the document puts the MD5 at offsets 36..67, which agrees. Endianness of the integers on
    /// big-endian clients is unknown.
    ///
    /// Known from: nap.txt-2001-12.
    932 "share_file_binary" ToServer Sharing => ShareFileBinary<'a> {
        /// 72-byte little-endian record: `real_size` u32, 16 unknown bytes, bitrate u32,
        /// frequency u32, 8 unknown bytes, 32 ASCII hex digits of MD5, 4 unknown bytes.
        record: Binary<'a> as Bytes,
    } = b"\x80\xc2\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x00\x00D\xac\x00\x00\x00\x00\x00\x00\x00\x00\x00\x000123456789abcdef0123456789abcdef\x00\x00\x00\x00";

    /// Blocked-file answer to 932.
    ///
    /// Length varies, layout unknown.
    ///
    /// Known from: nap.txt-2001-12.
    995 "blocked_file_binary" ToClient Sharing named true => BlockedFileBinary<'a> {
        /// The record, whose layout nobody wrote down.
        record: Binary<'a> as Bytes,
    };
}
