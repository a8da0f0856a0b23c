//! The story: messages of all flows become records.

mod announcements;
mod chains;
mod closing;
mod counts;
mod early;
mod extract;
mod fetches;
mod kept;
mod kind;
mod notes;
mod record;
mod servers;
mod session;
mod sizes;
mod tale;
mod teller;
mod transfers;
mod undecoded;

pub use chains::{Chain, ChainClient, ChainSource};
pub use kept::Kept;
pub(crate) use kind::name_of;
pub use record::{
    Announcement, Body, CaptureRecord, ExchangeRecord, FlowRecord, InterfaceRecord, LinkRecord,
    MessagePlace, MessageRecord, Party, Protocol, Record, RecordSink, SummaryRecord, TransferEnd,
    TransferKind, TransferRecord, WarningKind, WarningRecord,
};
pub use session::{
    Session, SessionBrowse, SessionCounts, SessionSearch, SessionSummary, SessionTalk,
    SessionTransfer, TalkPlace,
};
pub use teller::{StoryOptions, Teller};
