//! Which sessions a transfer between two hosts belongs to.

use napster_codec::peer;

use super::record::{Party, Protocol, TransferRecord};
use super::session::{Bound, Role, Session, Wanted, could_be};
use super::tale::Story;
use crate::decode::Expected;
use crate::tcp::FlowInfo;

impl Story<'_> {
    /// Notes in the sessions of both users on which connection a file is asked for.
    pub(super) fn bind_request(&mut self, flow: &FlowInfo, message: &peer::Message<'_>) {
        let Some(notes) = self.notes(flow) else { return };
        let (client, server) = notes.ends(flow);
        // A request names the one who connects; an announcement the other one.
        let announced = notes.expectation.as_ref();
        let other = announced
            .filter(|expected| matches!(expected.kind, Expected::Download | Expected::Push))
            .and_then(|expected| expected.nick.clone());
        let party = |nick, address| Party { nick, address };
        let wanted = match message {
            peer::Message::GetRequest(request) => Wanted {
                flow: flow.number,
                uploader: party(other, server),
                downloader: party(Some(request.nick.as_bytes().to_vec()), client),
                file: request.filename.as_bytes().to_vec(),
            },
            peer::Message::SendRequest(request) => Wanted {
                flow: flow.number,
                uploader: party(Some(request.nick.as_bytes().to_vec()), client),
                downloader: party(other, server),
                file: request.filename.as_bytes().to_vec(),
            },
            peer::Message::BareRequest { filename } => Wanted {
                flow: flow.number,
                uploader: party(other, server),
                downloader: party(None, client),
                file: filename.as_bytes().to_vec(),
            },
            _ => return,
        };
        self.bind(flow, &wanted);
    }

    /// Notes in the sessions of both users how a transfer ended.
    pub(super) fn settle(&mut self, flow: &FlowInfo, transfer: &TransferRecord) {
        if self.notes(flow).is_some_and(|notes| notes.bound.is_empty()) {
            // Its request was not captured.
            self.bind(
                flow,
                &Wanted {
                    flow: flow.number,
                    uploader: transfer.uploader.clone(),
                    downloader: transfer.downloader.clone(),
                    file: transfer.file.clone().unwrap_or_default(),
                },
            );
        }
        let bound = self.notes(flow).map(|notes| std::mem::take(&mut notes.bound));
        for bound in bound.into_iter().flatten() {
            if let Some(session) = self.session(bound.slot, Some(bound.flow)) {
                bound.settle(session, transfer);
            }
        }
    }

    fn bind(&mut self, flow: &FlowInfo, wanted: &Wanted) {
        for role in Role::BOTH {
            if let Some(bound) = self.find_entry(role, wanted)
                && let Some(notes) = self.notes(flow)
            {
                notes.bound.push(bound);
            }
        }
    }

    fn find_entry(&mut self, role: Role, wanted: &Wanted) -> Option<Bound> {
        let party = wanted.parties(role).0;
        let slots: Vec<u32> = self.hosts.of(party.address.ip()).collect();
        let mut fitting = Vec::new();
        for slot in slots {
            let Some(number) = self.notes_at(slot).map(|notes| notes.flow) else { continue };
            let Some(session) = self.session(slot, None) else { continue };
            let bound = Bound::find(session, (slot, number), role, wanted);
            if bound.is_some() {
                return bound;
            }
            if could_be(session, party) {
                fitting.push((slot, number));
            }
        }
        // Nobody asked for it through a server: it is his who alone can have done it without.
        match fitting.as_slice() {
            [(slot, number)] => {
                let session = self.session(*slot, None)?;
                Some(Bound::add(session, (*slot, *number), role, wanted))
            }
            _ => None,
        }
    }

    /// The session of an open flow, where its slot still has that number.
    fn session(&mut self, slot: u32, number: Option<u64>) -> Option<&mut Session> {
        let notes = self.notes_at(slot)?;
        let same = number.is_none_or(|number| number == notes.flow);
        (same && notes.protocol == Some(Protocol::Napster)).then_some(&mut notes.session)
    }
}
