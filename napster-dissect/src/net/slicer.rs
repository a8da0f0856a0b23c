//! The slicer: from a captured packet to the TCP segment in it.

use etherparse::{EtherType, Ethernet2Slice};

use super::LinkType;
use super::fragment::{Fragment, Fragments, MAX_FRAGMENT_BYTES};
use super::ip::{self, Carried};
use super::link::{self, Next};
use super::segment::Segment;
use crate::capture::Packet;

/// The most headers that are taken off a packet before IP is given up on.
const MAX_HEADERS: usize = 32;

/// The most unknown link types that are told apart.
const MAX_UNKNOWN: usize = 64;

/// What a packet turned out to be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sliced<'a> {
    /// A TCP segment.
    Segment(Segment<'a>),
    /// A fragment whose packet is not whole yet.
    Fragment,
    /// Something else than TCP.
    NotTcp,
    /// What may be TCP, in a form that is not read: encrypted, or with compressed headers.
    Unsupported,
    /// Too little of it was captured to find the ports.
    Cut,
    /// Its headers contradict themselves or its length.
    Malformed,
    /// A packet of a link type that is not read.
    UnknownLinkType {
        /// The link type.
        link_type: LinkType,
        /// Whether it is the first packet of that link type.
        first: bool,
    },
}

/// Why a packet gave no segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Skip {
    NotTcp,
    Unsupported,
    Cut,
    Malformed,
    UnknownLinkType,
}

/// How many packets were what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Packets that gave a segment.
    pub segments: u64,
    /// Fragments of IP packets.
    pub fragments: u64,
    /// IP packets that were given up because fragments of them are missing.
    pub incomplete: u64,
    /// Packets that are not TCP.
    pub not_tcp: u64,
    /// Packets in a form that is not read.
    pub unsupported: u64,
    /// Packets of which too little was captured.
    pub cut: u64,
    /// Packets with contradictory headers.
    pub malformed: u64,
    /// Packets of unknown link types.
    pub unknown_link_type: u64,
}

/// Takes packets apart, and puts IP fragments together.
pub struct Slicer {
    fragments: Fragments,
    /// The packet that the last fragment completed.
    whole: Vec<u8>,
    counts: Counts,
    unknown: Vec<LinkType>,
}

impl Default for Slicer {
    fn default() -> Self {
        Self::new()
    }
}

/// How far the headers of a packet led.
enum Found<'a> {
    Segment(Segment<'a>),
    Fragment(Fragment<'a>),
}

impl Slicer {
    /// Makes a slicer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::with_memory(MAX_FRAGMENT_BYTES)
    }

    /// As [`new`](Self::new), with another limit for the bytes of fragments that wait.
    #[must_use]
    pub fn with_memory(bytes: usize) -> Self {
        Self {
            fragments: Fragments::new(bytes),
            whole: Vec::new(),
            counts: Counts::default(),
            unknown: Vec::new(),
        }
    }

    /// Finds the TCP segment in a packet.
    #[inline]
    pub fn slice<'a>(&'a mut self, packet: &Packet<'a>) -> Sliced<'a> {
        let link_type = LinkType(packet.link_type);
        let cut = (packet.original_length as usize).saturating_sub(packet.data.len());
        // The common case, ahead of all others: nothing between Ethernet, IPv4 and TCP.
        if link_type == LinkType::ETHERNET
            && let Ok(ethernet) = Ethernet2Slice::from_slice_without_fcs(packet.data)
            && ethernet.ether_type() == EtherType::IPV4
            && let Some(segment) = ip::plain_ipv4(ethernet.payload_slice())
        {
            self.counts.segments += 1;
            return Sliced::Segment(segment);
        }
        self.slice_any(packet, link_type, cut)
    }

    /// Returns how many packets were what so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts { incomplete: self.fragments.incomplete(), ..self.counts }
    }

    /// Returns the counts at the end of the input, when no more fragments can come.
    #[must_use]
    pub fn finish(&self) -> Counts {
        Counts {
            incomplete: self.fragments.incomplete() + self.fragments.waiting() as u64,
            ..self.counts
        }
    }

    fn slice_any<'a>(
        &'a mut self,
        packet: &Packet<'a>,
        link_type: LinkType,
        cut: usize,
    ) -> Sliced<'a> {
        let found = match find(Next::Link(link_type), packet.data, cut) {
            Ok(Found::Fragment(fragment)) => {
                self.counts.fragments += 1;
                let Some(whole) = self.fragments.add(&fragment, packet.time) else {
                    return Sliced::Fragment;
                };
                self.whole = whole.data;
                match ip::carried(whole.protocol, &self.whole, 0, whole.envelope) {
                    Ok(Carried::Segment(segment)) => Ok(segment),
                    Ok(Carried::Tunnel(next, bytes)) => match find(next, bytes, 0) {
                        Ok(Found::Segment(segment)) => Ok(segment),
                        // Fragments within fragments.
                        Ok(Found::Fragment(_)) => Err((Skip::Unsupported, link_type)),
                        Err(skip) => Err(skip),
                    },
                    Ok(Carried::Fragment(_)) => Err((Skip::Malformed, link_type)),
                    Err(skip) => Err((skip, link_type)),
                }
            }
            Ok(Found::Segment(segment)) => Ok(segment),
            Err(skip) => Err(skip),
        };
        let (skip, link_type) = match found {
            Ok(segment) => {
                self.counts.segments += 1;
                return Sliced::Segment(segment);
            }
            Err(skip) => skip,
        };
        match skip {
            Skip::NotTcp => {
                self.counts.not_tcp += 1;
                Sliced::NotTcp
            }
            Skip::Unsupported => {
                self.counts.unsupported += 1;
                Sliced::Unsupported
            }
            Skip::Cut if cut > 0 => {
                self.counts.cut += 1;
                Sliced::Cut
            }
            // The packet was captured whole, so it is itself too short.
            Skip::Cut | Skip::Malformed => {
                self.counts.malformed += 1;
                Sliced::Malformed
            }
            Skip::UnknownLinkType => {
                self.counts.unknown_link_type += 1;
                let first = self.unknown.len() < MAX_UNKNOWN && !self.unknown.contains(&link_type);
                if first {
                    self.unknown.push(link_type);
                }
                Sliced::UnknownLinkType { link_type, first }
            }
        }
    }
}

/// Takes off headers until TCP or a fragment is found. With an error comes the last link type.
fn find(mut next: Next, mut bytes: &[u8], cut: usize) -> Result<Found<'_>, (Skip, LinkType)> {
    let mut link_type = LinkType::RAW;
    for _ in 0..MAX_HEADERS {
        let carried = match next {
            Next::Link(kind) => {
                link_type = kind;
                link::peel(kind, bytes).map(|(next, bytes)| Carried::Tunnel(next, bytes))
            }
            Next::EtherType(kind) => {
                link::ether_type(kind, bytes).map(|(next, bytes)| Carried::Tunnel(next, bytes))
            }
            Next::Ipv4 => ip::ipv4(bytes, cut),
            Next::Ipv6 => ip::ipv6(bytes, cut),
            Next::Ip => match bytes.first().map(|byte| byte >> 4) {
                Some(4) => ip::ipv4(bytes, cut),
                Some(6) => ip::ipv6(bytes, cut),
                Some(_) => Err(Skip::NotTcp),
                None => Err(Skip::Cut),
            },
        };
        match carried.map_err(|skip| (skip, link_type))? {
            Carried::Segment(segment) => return Ok(Found::Segment(segment)),
            Carried::Fragment(fragment) => return Ok(Found::Fragment(fragment)),
            Carried::Tunnel(inner, rest) => (next, bytes) = (inner, rest),
        }
    }
    Err((Skip::Malformed, link_type))
}
