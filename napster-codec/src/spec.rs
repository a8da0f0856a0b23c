//! What the message table says of each message and field, for tools that work on any message.

use core::fmt;

use crate::code::{Code, Directions};
use crate::cursor::{Cursor, Place, Plain};
use crate::diagnostic::DecodeError;
use crate::field::{Field, read_and_show};
use crate::value::Value;

/// One row of the message table.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MessageSpec {
    /// The type field of the frame header.
    pub code: Code,
    /// The canonical name in snake case; unique among rows without a [`shape`](Self::shape).
    pub name: &'static str,
    /// Who sends it.
    pub directions: Directions,
    /// What the message is about.
    pub family: Family,
    /// Name of the other shape, where the row is one; such a row has the name of its main row.
    pub shape: Option<&'static str>,
    /// One sentence on what it does.
    pub summary: &'static str,
    /// The fields in wire order.
    pub fields: &'static [FieldSpec],
    /// A canonical payload.
    pub example: Option<&'static [u8]>,
    /// Codes that answer it.
    pub replies: &'static [u16],
    /// Whether only the number is known, so that the fields are placeholders.
    pub named_only: bool,
}

impl MessageSpec {
    /// The fields with the members of a tail in its place, as the protocol table lists them.
    pub fn leaves(&self) -> impl Iterator<Item = &'static FieldSpec> {
        self.fields.iter().flat_map(|field| match field.form {
            Form::Tail => field.group,
            _ => core::slice::from_ref(field),
        })
    }

    /// Whether a field of the message is a password.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.fields.iter().any(|field| field.secret)
    }
}

/// One field of a message.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct FieldSpec {
    /// The name in snake case; for a list, the name of the list.
    pub name: &'static str,
    /// The type in the protocol table's closed vocabulary.
    pub kind: FieldKind,
    /// Whether it can be absent.
    pub presence: Presence,
    /// How it is delimited on the wire.
    pub form: Form,
    /// Whether it is a password.
    pub secret: bool,
    /// Whether it tells who somebody is: an e-mail address or registration data.
    pub personal: bool,
    /// The unit of a number.
    pub unit: Option<&'static str>,
    /// The fields inside, where this is a group or a list of groups.
    pub group: &'static [Self],
    pub(crate) read: ReadField,
    pub(crate) plain: Plain,
}

/// Reads one field and shows it; for the parts of a payload that fits its row only partly.
pub(crate) type ReadField = for<'a, 'd> fn(
    &mut Cursor<'a, 'd>,
    Place,
    &mut dyn FnMut(&'static str, Value<'_>),
) -> Result<(), DecodeError>;

impl FieldSpec {
    /// What the type of a field says of it.
    pub(crate) const fn of<'a, T: Field<'a>>(name: &'static str, kind: FieldKind) -> Self {
        Self {
            name,
            kind,
            presence: T::PRESENCE,
            form: T::FORM,
            secret: T::SECRET,
            personal: matches!(kind, FieldKind::Email | FieldKind::KeyValueText),
            unit: None,
            group: T::GROUP,
            read: read_and_show::<T>,
            plain: T::PLAIN,
        }
    }

    /// The same field, which tells who somebody is though its type does not say so.
    pub(crate) const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    pub(crate) const fn in_unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// Whether the field begins with a double quote.
    pub(crate) fn is_quoted(&self) -> bool {
        self.form == Form::Quoted || self.form == Form::QuotedList
    }
}

impl fmt::Debug for FieldSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldSpec")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("presence", &self.presence)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

/// Whether a field can be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Presence {
    /// Always there.
    Required,
    /// There or not.
    Optional,
    /// Part of the documented message, but left out by some programs; a deviation when absent.
    Expected,
    /// Not part of the documented message, but sent by some programs; a deviation when there.
    Extra,
}

impl Presence {
    /// Whether the absence of the field is no deviation.
    #[must_use]
    pub const fn may_be_absent(self) -> bool {
        matches!(self, Self::Optional | Self::Extra)
    }
}

/// How a field is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// A word or number that ends at a blank.
    Word,
    /// Text between double quotes.
    Quoted,
    /// Everything to the end of the payload.
    Rest,
    /// Words to the end of the payload.
    List,
    /// Groups of fields to the end of the payload, each of which begins with a quoted one.
    QuotedList,
    /// A group of fields that is there as a whole or not at all; its members stand in the payload as
    /// if they were fields of the message.
    Tail,
}

macro_rules! named {
    ($(#[$meta:meta])* $type:ident { $($(#[$vmeta:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $type { $($(#[$vmeta])* $variant,)* }

        impl $type {
            /// Every variant.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The protocol table's name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// What a message is about.
    Family {
        /// Log in and out.
        Login = "login",
        /// Register a nickname.
        Registration = "registration",
        /// Tell the server which files one shares.
        Sharing = "sharing",
        /// Search the index.
        Search = "search",
        /// Arrange a file transfer.
        Transfer = "transfer",
        /// List a user's files.
        Browse = "browse",
        /// Find other owners of a file.
        Resume = "resume",
        /// Watch users come and go.
        Hotlist = "hotlist",
        /// Refuse a user's messages.
        Ignore = "ignore",
        /// Chat channels.
        Channel = "channel",
        /// Bans of channels.
        ChannelBan = "channel-ban",
        /// Messages to one user.
        Messaging = "messaging",
        /// One's own or another user's data.
        User = "user",
        /// What the server knows of a user.
        Whois = "whois",
        /// Moderators' and administrators' commands.
        Admin = "admin",
        /// The server itself.
        Server = "server",
        /// Additions of single programs.
        Extension = "extension",
        /// Between linked servers.
        Interserver = "interserver",
        /// Known by number only.
        Unknown = "unknown",
    }
}

named! {
    /// The type of a field: the closed vocabulary of the protocol table.
    FieldKind {
        /// A nickname.
        Nick = "nick",
        /// A channel name.
        Channel = "channel",
        /// A password in clear text.
        Password = "password",
        /// One word.
        Token = "token",
        /// Free text to the end of the payload.
        Text = "text",
        /// Text between double quotes.
        QuotedString = "quoted_string",
        /// The path of a shared file, as its owner named it; never a path to open.
        Filename = "filename",
        /// The `KEY:value` list of message 14.
        KeyValueText = "key_value_text",
        /// The clauses of message 200.
        SearchQuery = "search_query",
        /// Mode names, each with an optional `+` or `-`.
        ModeFlags = "mode_flags",
        /// A nickname, an IPv4 prefix, or `nick!address` with wildcards.
        Mask = "mask",
        /// A decimal number to 65,535.
        U16 = "u16",
        /// A decimal number to 4,294,967,295.
        U32 = "u32",
        /// A decimal number of up to 64 bits.
        U64 = "u64",
        /// A signed decimal number of up to 32 bits.
        I32 = "i32",
        /// A decimal number that may have a fraction.
        Float = "float",
        /// 0 or 1.
        Bool01 = "bool01",
        /// A TCP port; 0 means no listener.
        Port = "port",
        /// A link speed, 0 to 10.
        LinkType = "link_type",
        /// An IPv4 address as a number whose lowest byte is the first octet.
        Ipv4U32Le = "ipv4_u32_le",
        /// An IPv4 address in dotted form.
        Ipv4Dotted = "ipv4_dotted",
        /// A DNS name or an address in dotted form.
        Hostname = "hostname",
        /// An e-mail address.
        Email = "email",
        /// The checksum of a file: 32 hex digits, perhaps with a suffix, or one of several words.
        Md5 = "md5",
        /// Hex digits.
        Hex = "hex",
        /// A number of bytes.
        BytesSize = "bytes_size",
        /// A bit rate in kbit/s.
        Kbps = "kbps",
        /// A sample rate in Hz.
        Hz = "hz",
        /// A time span in seconds.
        Seconds = "seconds",
        /// Seconds since 1970-01-01 UTC.
        UnixTime = "unix_time",
        /// A user level by name.
        UserLevel = "user_level",
        /// A user level by number, 0 to 4.
        UserLevelNum = "user_level_num",
        /// The columns of one shared file.
        ShareEntry = "share_entry",
        /// A colon and the name of who acts; server links only.
        SenderPrefix = "sender_prefix",
        /// One word chosen by the searching server.
        SearchId = "search_id",
        /// A whole frame with its own header.
        Frame = "frame",
        /// Bytes that are no text.
        Bytes = "bytes",
        /// Several fields that are there together; see [`FieldSpec::group`].
        Group = "group",
    }
}
