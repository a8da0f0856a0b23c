//! Logging in and registering.

use crate::field::Expected;
use crate::message::macros::messages;
use crate::number::{EchoedCode, LinkType};
use crate::profile::Profile;
use crate::text::{Password, Quoted, Text, Token, Word};

messages! {
    /// Fatal or login-time error; the server normally closes right after it.
    ///
    /// The August 2000 specification says 0 is only for the login phase and 404 for everything
    /// later; opennap-ng also sends 0 to logged-in users from 10119 and for clock skew, so
    /// never use 0 as a state oracle.
    ///
    /// Known from: article, bangbang, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    0 "error" ToClient Login => Error<'a> {
        /// The message.
        message: Text<'a> as Text,
    } = b"Invalid Password";

    /// Log in with an existing (or any unused) nickname.
    ///
    /// opennap requires at least 5 fields and ignores extra ones; it refuses link types outside
    /// 0..10 and ports outside 0..65535 with message 0, truncates `client_info` at 32
    /// characters and splits on any whitespace, so a nick or password can never contain a
    /// space.
    ///
    /// Known from: article, bangbang, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    2 "login" ToServer Login replies [3 0 10 13 404] => Login<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
        /// 0 means firewalled: the client can only push.
        data_port: u16 as Port,
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// Windows client build number; other clients send any number or nothing.
        build: Option<u32> as U32,
        /// 0 from TekNap; opennap's comment has the build here, behind an email.
        unknown_1: Option<u32> as U32,
        /// Opennap-ng: 1..9 asks for a zlib stream after the reply 3.
        compression: Option<u32> as U32,
    } = br#"alice s3cret 6699 "nap v0.8" 3"#;

    /// Opennap's own comment allows an email before the build, so field 6 may be an email.
    2 "login" ToServer Login shape "login_with_email" OtherShape => LoginWithEmail<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
        /// The TCP port for transfers; 0 means no listener.
        data_port: u16 as Port,
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// The e-mail address.
        email: Token<'a> as Email,
        /// The client's build number.
        build: u32 as U32,
    } = br#"alice s3cret 6699 "nap v0.8" 3 alice@example.net 4398560"#;

    /// Login accepted; the connection is now in the logged-in state.
    ///
    /// Known from: article, bangbang, gaim, gift, gift-berlios, mldonkey, mp3-napster-0.96,
    /// mp3-napster-2.04, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    3 "login_ack" ToClient Login => LoginAck<'a> {
        /// Registered address or a dummy such as anon@&lt;server&gt;.
        email: Word<'a> as Email,
        /// User number of late official servers; granted compression level on opennap-ng.
        number: Option<u32> as U32,
    } = b"anon@napster.com";

    /// Client tells its version before logging in.
    ///
    /// The February 2000 text calls the argument a number and the purpose unknown. Allowed
    /// before login by opennap.
    ///
    /// Known from: mldonkey, nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    4 "version_check" ToServer Login replies [4 5] => VersionCheck<'a> {
        /// The client's version.
        version: Text<'a> as Text,
    } = b"2.0";

    /// No upgrade needed.
    ///
    /// SlavaNap documentation: 4 is also the positive answer. opennap-ng answers with an empty
    /// 4, and only once logged in; the Windows client waits for it for ever.
    ///
    /// Known from: mldonkey, nap-codes, nap.txt-2001-12, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    4 "version_ok" ToClient Login => VersionOk<'a> {
        /// The version that the server names.
        version: Option<Text<'a>> as Text,
    } = b"";

    /// Orders the Windows client to fetch and run a new executable.
    ///
    /// Security: the beta 5a client fetched the file with HTTP/1.0 from port 80 of host, saved
    /// it as an executable and ran it without asking. A dissector should raise an alarm on any
    /// 5; nothing must ever act on it.
    ///
    /// Known from: mldonkey, nap-codes, nap.txt-2001-12, spec-2000-08, spec-2000-12,
    /// spec-2001-04.
    5 "auto_upgrade" ToClient Login => AutoUpgrade<'a> {
        /// The version of the new program.
        version: Token<'a> as Token,
        /// Host:filename, only read by the beta 5 Windows client.
        location: Option<Token<'a>> as Token,
    } = b"2.9 upgrade.example.net:setup.exe";

    /// First login of a new nickname.
    ///
    /// opennap treats 2 and 6 with one handler; a missing email is accepted and replaced by
    /// anon@&lt;server&gt;.
    ///
    /// Known from: article, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    6 "login_register" ToServer Registration replies [3 0 10] => LoginRegister<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
        /// The TCP port for transfers; 0 means no listener.
        data_port: u16 as Port,
        /// The name and version of the client program.
        client_info: Quoted<'a> as QuotedString,
        /// The link speed.
        link_type: LinkType as LinkType,
        /// The e-mail address; servers accept the message without it.
        email: Expected<Token<'a>> as Email,
    } = br#"alice s3cret 6699 "nap v0.8" 3 alice@example.net"#;

    /// Ask whether a nickname is free.
    ///
    /// Known from: article, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    7 "nick_check" ToServer Registration replies [8 9 10] => NickCheck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
    } = b"alice";

    /// The nickname is free and valid.
    ///
    /// Known from: article, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    8 "nick_available" ToClient Registration => NickAvailable {
    } = b"";

    /// The nickname is registered.
    ///
    /// Known from: article, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    9 "nick_taken" ToClient Registration => NickTaken {
    } = b"";

    /// The nickname contains forbidden characters or has a bad length.
    ///
    /// Known from: article, mldonkey, mp3-napster-0.96, mp3-napster-2.04, nap-codes,
    /// nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12,
    /// spec-2001-04, teknap.
    10 "nick_invalid" ToClient Registration => NickInvalid<'a> {
        /// The message.
        message: Option<Text<'a>> as Text,
    } = b"";

    /// Check a password without logging in.
    ///
    /// opennap answers only on success; opennap-ng never answers on success (it only logs the
    /// attempt) and sends 404 when the password is missing.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap.txt-2001-12, opennap-0.36,
    /// opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04.
    11 "password_check" ToServer Registration replies [12 0] => PasswordCheck<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The password, in clear text.
        password: Password<'a> as Password,
    } = b"alice s3cret";

    /// How `MP3::Napster` refuses an upload: the payload of the 607 or 501 under code 11.
    ///
    /// It calls the number `PERMISSION_DENIED`; servers take it for the check of a password.
    11 "password_check" ToServer Registration shape "permission_denied" OtherShape => PermissionDenied<'a> {
        /// The user.
        nick: Token<'a> as Nick,
        /// The file's path, as its owner shares it.
        filename: Quoted<'a> as Filename,
    } = br#"alice "C:\music\band - song.mp3""#;

    /// Positive answer to 11.
    ///
    /// Known from: nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-08, spec-2000-12,
    /// spec-2001-04.
    12 "password_ok" ToClient Registration => PasswordOk {
    } = b"";

    /// Client-side 13 as printed on the Weekly page.
    ///
    /// Single observation; see the server table.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap.txt-2001-12, opennap-0.36,
    /// opennap-ng-0.50, spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    13 "echo_or_challenge" ToServer Login => EchoOrChallenge<'a> {
        /// The payload, whose meaning is not known or free.
        data: Text<'a> as Text,
    } = b"token1234";

    /// Official servers mirror every command received before login.
    ///
    /// Known from: mp3-napster-0.96, mp3-napster-2.04, nap.txt-2001-12, opennap-0.36,
    /// opennap-ng-0.50, spec-2000-08, spec-2000-12, spec-2001-04, teknap, weekly.
    13 "echo" ToClient Login => Echo<'a> {
        /// Number of the echoed command; the separator follows even when the payload is empty.
        numeric: EchoedCode as U16,
        /// The payload of the echoed command.
        payload: Text<'a> as Text,
    } = b"200: MAX_RESULTS 5";

    /// A refused login, as the test server of `MP3::Napster` says it.
    ///
    /// `MP3::Napster` and TekNap take every 13 for that.
    13 "echo" ToClient Login shape "login_error" OtherShape => LoginError<'a> {
        /// The message.
        message: Text<'a> as Text,
    } = b"user name or password not accepted";

    /// Optional questionnaire after registration.
    ///
    /// Values may contain spaces, so a parser must search for the next known key.
    /// `MP3::Napster` has seven values for eight conversions: INCOME gets the education value
    /// and EDUCATION is empty. No reply is sent.
    ///
    /// Known from: article, mp3-napster-0.96, mp3-napster-2.04, nap.txt-2001-12,
    /// opennap-ng-0.50, spec-2000-02, spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    14 "registration_info" ToServer Registration => RegistrationInfo<'a> {
        /// NAME: ADDRESS: CITY: STATE: PHONE: AGE: INCOME: EDUCATION: in this order, each key
        /// directly followed by a colon and a free value.
        profile: Profile<'a> as KeyValueText,
    } = b"NAME:Ann ADDRESS: CITY:Bonn STATE: PHONE: AGE:60 or older INCOME: EDUCATION:Other";

    /// Same as 14, used by beta 7 and later clients.
    ///
    /// TekNap lists 15 as a received number MSTAT without a handler.
    ///
    /// Known from: nap.txt-2001-12, teknap.
    15 "registration_info_2" ToServer Registration => RegistrationInfo2<'a> {
        /// The values, each behind its key as in message 14.
        profile: Profile<'a> as KeyValueText,
    } = b"NAME:Ann ADDRESS: CITY: STATE: PHONE: AGE: INCOME: EDUCATION:";

    /// The server is about to close the connection.
    ///
    /// Official servers sent it for numbers above 1000. opennap sends it after a kill, together
    /// with a 404.
    ///
    /// Known from: gaim, gift-berlios, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04.
    316 "disconnecting" ToClient Login => Disconnecting {
        /// 0; a late web page says 0 or 1.
        reason: u32 as U32,
    } = b"0";

    /// Somebody else logs in with our nickname.
    ///
    /// opennap sends it empty before killing the older session.
    ///
    /// Known from: gaim, nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50,
    /// spec-2000-08, spec-2000-12, spec-2001-04.
    748 "ghost" ToClient Login => Ghost<'a> {
        /// The payload, whose meaning is not known or free.
        data: Option<Text<'a>> as Text,
    } = b"";

    /// Reconnect to that server.
    ///
    /// Observed in the wild from full servers. TekNap's comment expects a leading nick.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    821 "redirect" ToClient Login => Redirect<'a> {
        /// The host.
        host: Token<'a> as Hostname,
        /// The TCP port.
        port: u16 as Port,
    } = b"nap2.example.net 8888";

    /// Reconnect through that redirector.
    ///
    /// Known from: nap-codes, nap.txt-2001-12, opennap-0.36, opennap-ng-0.50, spec-2000-02,
    /// spec-2000-08, spec-2000-12, spec-2001-04, teknap.
    822 "cycle" ToClient Login => Cycle<'a> {
        /// The redirector's host name.
        metaserver: Token<'a> as Hostname,
    } = b"meta.example.net";

    /// Sent before 2 by late clients.
    ///
    /// TekNap sends it only in its big-endian mode, where the whole header is byte-swapped;
    /// SlavaNap uses the first such message to detect the byte order. opennap ignores it,
    /// opennap 0.36 drops the connection.
    ///
    /// Known from: nap.txt-2001-12, spec-2000-12, spec-2001-04, teknap.
    920 "capability" ToServer Login => Capability {
        /// 1 from beta 8, 62 from TekNap.
        value: u32 as U32,
    } = b"1";
}
