//! Arranging file transfers.

use crate::irregular::Md5;
use crate::message::macros::messages;
use crate::number::{Address, LinkType};
use crate::text::{Quoted, Text, Token};

messages! {
    /// Ask to download a file from a user who can accept connections.
    ///
    /// mldonkey imitates WinMX by sending a 205 `//WantQueue` just before it.
    ///
    /// Known from: article, gift, gift-berlios, mldonkey, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap, weekly.
    203 "download_request" ToServer Transfer replies [204 206 404 620] => DownloadRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"bob "C:\music\band - song.mp3""#;

    /// Where to fetch the file.
    ///
    /// The 93-byte frame on the Weekly page only adds up with a bare 32-digit checksum and a
    /// one-digit link type, so official servers of Jan 2000 sent no '-size' suffix here.
    ///
    /// Known from: article, gift, gift-berlios, mldonkey, mp3-napster-0.96, mp3-napster-2.04,
    /// nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap, weekly.
    204 "download_ack" ToClient Transfer => DownloadAck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The address.
        ip: Address<'a> as Ipv4U32Le,
        /// 0: owner is firewalled, use 500.
        port: u16 as Port,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = br#"bob 50462986 6699 "C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef 4"#;

    /// The file cannot be had (owner offline, not shared).
    ///
    /// Known from: gift-berlios, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    206 "download_error" ToClient Transfer => DownloadError<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"bob "C:\music\band - song.mp3""#;

    /// +1 download.
    ///
    /// Known from: gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    218 "download_started" ToServer Transfer => DownloadStarted {
    } = b"";

    /// -1 download.
    ///
    /// Known from: gift, gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    219 "download_finished" ToServer Transfer => DownloadFinished {
    } = b"";

    /// +1 upload.
    ///
    /// Known from: gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    220 "upload_started" ToServer Transfer => UploadStarted {
    } = b"";

    /// -1 upload.
    ///
    /// Known from: gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap, weekly.
    221 "upload_finished" ToServer Transfer => UploadFinished {
    } = b"";

    /// Offer another data port or ask for a port test.
    ///
    /// opennap and SlavaNap ignore it; allowed before login.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08,
    /// spec-2000-12, spec-2001-04, teknap.
    300 "alternate_port" ToServer Transfer => AlternatePort {
        /// The TCP port.
        port: u16 as Port,
    } = b"6700";

    /// Ask a firewalled owner to connect to us.
    ///
    /// opennap turns it into a 607 to the owner and a 501 to the owner after the owner's 608.
    /// It answers 404 when the owner is not firewalled.
    ///
    /// Known from: mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    500 "push_request" ToServer Transfer replies [204 206 404 620] => PushRequest<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"bob "C:\music\band - song.mp3""#;

    /// Connect to the downloader and send this file.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    501 "push_order" ToClient Transfer => PushOrder<'a> {
        /// Who wants the file.
        downloader: Token<'a> as Nick,
        /// Address of the downloader.
        ip: Address<'a> as Ipv4U32Le,
        /// Data port of the downloader.
        port: u16 as Port,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's checksum.
        md5: Md5<'a> as Md5,
        /// The link speed.
        link_type: LinkType as LinkType,
    } = br#"alice 50462986 6699 "C:\music\band - song.mp3" 0123456789abcdef0123456789abcdef 4"#;

    /// Somebody wants our file.
    ///
    /// Known from: gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    607 "upload_request" ToClient Transfer => UploadRequest<'a> {
        /// Who wants the file.
        downloader: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// Since 2000-12-28; opennap sends it only when relayed.
        link_type: Option<LinkType> as LinkType,
    } = br#"alice "C:\music\band - song.mp3" 4"#;

    /// Agree to upload.
    ///
    /// The server then sends 204 to the downloader, or 501 to the uploader itself when the
    /// uploader is firewalled.
    ///
    /// Known from: gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    608 "upload_accept" ToServer Transfer replies [501 404] => UploadAccept<'a> {
        /// Who wants the file.
        downloader: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"alice "C:\music\band - song.mp3""#;

    /// AudioGnome: tell the other side that a transfer was cancelled.
    ///
    /// opennap-ng only logs it.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    609 "accept_refused" ToServer Transfer => AcceptRefused<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"alice "C:\music\band - song.mp3""#;

    /// The owner does not accept.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    609 "accept_failed" ToClient Transfer => AcceptFailed<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"bob "C:\music\band - song.mp3""#;

    /// The server tells us to use this data port.
    ///
    /// `MP3::Napster` ignores it unless told otherwise; TekNap obeys and answers 703.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    613 "set_data_port" ToClient Transfer => SetDataPort<'a> {
        /// The TCP port.
        port: u16 as Port,
        /// The reason, for people to read.
        reason: Option<Text<'a>> as Text,
    } = b"6699";

    /// The downloader has reached the limit.
    ///
    /// Known from: gift-berlios, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    619 "queue_limit" ToServer Transfer replies [404] => QueueLimit<'a> {
        /// Who wants the file.
        downloader: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// 0 when not sharing at all (TekNap); WinMX puts a queue value here.
        limit: u32 as U32,
    } = br#"alice "C:\music\band - song.mp3" 3"#;

    /// We have reached a limit of the uploader.
    ///
    /// Known from: gift-berlios, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    620 "queue_limited" ToClient Transfer => QueueLimited<'a> {
        /// Who shares the file and refuses it.
        uploader: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
        /// The file's size in bytes.
        size: u64 as BytesSize in "bytes",
        /// Values such as 10045 and 0 seen from WinMX.
        limit: u32 as U32,
    } = br#"bob "C:\music\band - song.mp3" 443332 3"#;

    /// The data port of this user cannot be reached.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    626 "data_port_error" ToServer Transfer => DataPortError<'a> {
        /// Whose data port cannot be reached.
        unreachable: Token<'a> as Nick,
    } = b"bob";

    /// Our data port cannot be reached.
    ///
    /// TekNap immediately opens another port and sends 703.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap-codes, nap.txt-2001-12,
    /// opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04,
    /// teknap.
    626 "data_port_error_notice" ToClient Transfer => DataPortErrorNotice<'a> {
        /// Who could not reach the data port.
        reporter: Token<'a> as Nick,
    } = b"alice";

    /// Orders the client to connect somewhere and send data.
    ///
    /// Security: lets a server use clients as connection relays. Official Windows client only.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    900 "connection_test" ToClient Transfer => ConnectionTest<'a> {
        /// The address.
        ip: Token<'a> as Ipv4Dotted,
        /// The TCP port.
        port: u16 as Port,
        /// The payload, whose meaning is not known or free.
        data: Text<'a> as Text,
    } = b"10.1.2.3 6699 hello";

    /// Orders the client to listen and answer with data.
    ///
    /// Security: see 900.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12, spec-2001-04.
    901 "listen_test" ToClient Transfer => ListenTest<'a> {
        /// The TCP port.
        port: u16 as Port,
        /// How long, in seconds.
        timeout: u32 as Seconds in "s",
        /// The payload, whose meaning is not known or free.
        data: Text<'a> as Text,
    } = b"6699 30 hello";
}
