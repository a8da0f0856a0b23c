//! The story: messages of all flows become records.

mod announcements;
mod extract;
mod record;
mod session;
mod tale;
mod teller;
mod transfers;

pub use record::{
    Announcement, Body, CaptureRecord, ExchangeRecord, FlowRecord, InterfaceRecord, LinkRecord,
    MessagePlace, MessageRecord, Party, Protocol, Record, RecordSink, Session, SummaryRecord,
    TransferEnd, TransferKind, TransferRecord, WarningKind, WarningRecord,
};
pub use teller::{StoryOptions, Teller};
