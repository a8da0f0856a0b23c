//! Groups of fields that messages share, or that stand at their end as a whole.

use crate::cursor::{Cursor, Place};
use crate::diagnostic::DecodeError;
use crate::irregular::Md5;
use crate::list::{Fields, Group, Item};
use crate::message::macros::groups;
use crate::number::Decimal;
use crate::spec::Form;
use crate::text::{Quoted, Token};
use crate::value::Value;
use crate::writer::Writer;

groups! {
    /// What moderators get to see of a user in message 604.
    WhoisDetails <'a> {
        /// How many downloads the user finished so far.
        total_downloads: u32 as U32,
        /// How many uploads the user finished so far.
        total_uploads: u32 as U32,
        /// The address in dotted form, or the word `unavailable`.
        ip: Token<'a> as Ipv4Dotted,
        /// The TCP port of the user's end of the connection.
        client_port: u16 as Port,
        /// The TCP port for transfers; 0 means no listener.
        data_port: u16 as Port,
        /// The e-mail address, or one of the words `unavailable` and `unknown`.
        email: Token<'a> as Email,
        /// The server that the user is connected to; opennap tells it to administrators.
        server: Option<Token<'a>> as Hostname,
    }

    /// What later versions of opennap add to message 10115.
    UsageRates <'a> {
        /// Kilobytes received; the period is not documented.
        kb_in: Decimal<'a> as Float,
        /// Kilobytes sent; the period is not documented.
        kb_out: Option<Decimal<'a>> as Float,
        /// How many searches came; the period is not documented.
        searches: Option<Decimal<'a>> as Float,
        /// How many bytes were received.
        bytes_in: Option<u64> as U64,
        /// How many bytes were sent.
        bytes_out: Option<u64> as U64,
        /// Searches that wait for answers of linked servers.
        pending_searches: Option<u32> as U32,
    }

    /// One file of a directory, in messages 870 and 10302.
    ShareEntry <'a> {
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
    }
}

impl<'a> Item<'a> for ShareEntry<'a> {
    const FORM: Form = Form::QuotedList;
    const FIELDS: &'static [crate::FieldSpec] = <Self as Group<'a>>::FIELDS;
    type Of<'b> = ShareEntry<'b>;

    fn read_item(cursor: &mut Cursor<'a, '_>, _: Place) -> Result<Self, DecodeError> {
        Self::read_fields(cursor, Place::first_in_item(<Self as Group<'a>>::FIELDS))
    }

    fn write_item(&self, writer: &mut Writer<'_>) {
        self.write_fields(writer);
    }

    fn visit_item(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        visitor(Value::Group(self));
    }

    fn into_owned(self) -> Self::Of<'static> {
        Group::into_owned(self)
    }
}
