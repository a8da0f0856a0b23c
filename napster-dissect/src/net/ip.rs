//! IPv4 and IPv6: from the header to what it carries.

use std::net::IpAddr;

use etherparse::{IpNumber, Ipv4HeaderSlice, Ipv6HeaderSlice, TcpSlice};

use super::LinkType;
use super::fragment::{Fragment, FragmentKey};
use super::link::{self, Next};
use super::segment::{NoSegment, Segment};
use super::slicer::Skip;

/// Numbers of protocols carried by IP.
const HOP_BY_HOP: u8 = 0;
const IPV4: u8 = 4;
const TCP: u8 = 6;
const IPV6: u8 = 41;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const GRE: u8 = 47;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const MPLS: u8 = 137;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// What an IP packet turned out to carry.
pub(super) enum Carried<'a> {
    /// TCP.
    Segment(Segment<'a>),
    /// Another packet.
    Tunnel(Next, &'a [u8]),
    /// A part of a bigger packet.
    Fragment(Fragment<'a>),
}

/// What IP tells about the bytes that it carries.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    /// Whether extension headers may stand before the payload.
    pub(super) version6: bool,
    /// Whether a checksum covers the addresses as they are.
    pub(super) checkable: bool,
}

/// Reads an IPv4 packet that was captured whole and carries TCP with nothing in between.
#[inline(always)]
pub(super) fn plain_ipv4(bytes: &[u8]) -> Option<Segment<'_>> {
    let header = Ipv4HeaderSlice::from_slice(bytes).ok()?;
    let length = header.slice().len();
    let payload = bytes.get(length..usize::from(header.total_len()))?;
    if header.protocol() != IpNumber::TCP || header.is_fragmenting_payload() || length != 20 {
        return None;
    }
    let tcp = TcpSlice::from_slice(payload).ok()?;
    let (source, destination) = (header.source_addr(), header.destination_addr());
    Some(Segment::of(&tcp, source.into(), destination.into(), 0, true))
}

/// Reads an IPv4 packet. `cut` bytes at the end of the captured packet are missing.
pub(super) fn ipv4(bytes: &[u8], cut: usize) -> Result<Carried<'_>, Skip> {
    let header = Ipv4HeaderSlice::from_slice(bytes).map_err(|error| match error {
        etherparse::err::ipv4::HeaderSliceError::Len(_) => Skip::Cut,
        etherparse::err::ipv4::HeaderSliceError::Content(_) => Skip::Malformed,
    })?;
    let length = header.slice().len();
    let rest = bytes.get(length..).unwrap_or_default();
    let (payload, missing) = match usize::from(header.total_len()) {
        // Network cards that cut big packets up get them without a length.
        0 => (rest, cut),
        total => clip(rest, total.checked_sub(length).ok_or(Skip::Malformed)?),
    };
    let envelope = Envelope {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        version6: false,
        // An option may route the packet by other addresses.
        checkable: length == 20,
    };
    if header.is_fragmenting_payload() {
        return Ok(Carried::Fragment(Fragment {
            key: FragmentKey {
                source: envelope.source,
                destination: envelope.destination,
                identification: u32::from(header.identification()),
                protocol: header.protocol().0,
            },
            envelope,
            protocol: header.protocol().0,
            offset: header.fragments_offset().byte_offset(),
            more: header.more_fragments(),
            payload,
        }));
    }
    carried(header.protocol().0, payload, missing, envelope)
}

/// Reads an IPv6 packet. `cut` bytes at the end of the captured packet are missing.
pub(super) fn ipv6(bytes: &[u8], cut: usize) -> Result<Carried<'_>, Skip> {
    let header = Ipv6HeaderSlice::from_slice(bytes).map_err(|error| match error {
        etherparse::err::ipv6::HeaderSliceError::Len(_) => Skip::Cut,
        etherparse::err::ipv6::HeaderSliceError::Content(_) => Skip::Malformed,
    })?;
    let rest = bytes.get(header.slice().len()..).unwrap_or_default();
    let (payload, missing) = match usize::from(header.payload_length()) {
        // Jumbograms, and packets that a network card is to cut up.
        0 => (rest, cut),
        length => clip(rest, length),
    };
    let envelope = Envelope {
        source: IpAddr::V6(header.source_addr()),
        destination: IpAddr::V6(header.destination_addr()),
        version6: true,
        checkable: true,
    };
    carried(header.next_header().0, payload, missing, envelope)
}

/// Reads what stands behind an IP header, or what fragments were put together to.
pub(super) fn carried(
    mut protocol: u8,
    mut payload: &[u8],
    missing: usize,
    mut envelope: Envelope,
) -> Result<Carried<'_>, Skip> {
    loop {
        let length = match protocol {
            TCP => {
                let (source, destination) = (envelope.source, envelope.destination);
                return Segment::read(source, destination, payload, missing, envelope.checkable)
                    .map(Carried::Segment)
                    .map_err(|error| match error {
                        NoSegment::Cut => Skip::Cut,
                        NoSegment::Malformed => Skip::Malformed,
                    });
            }
            IPV4 => return Ok(Carried::Tunnel(Next::Ipv4, payload)),
            IPV6 => return Ok(Carried::Tunnel(Next::Ipv6, payload)),
            GRE => return gre(payload),
            MPLS => return Ok(Carried::Tunnel(Next::EtherType(0x8847), payload)),
            AUTHENTICATION => (extension_length(payload)? + 2) * 4,
            FRAGMENT if envelope.version6 => {
                let &[next, _, high, low, i0, i1, i2, i3] =
                    payload.first_chunk().ok_or(Skip::Cut)?;
                let place = u16::from_be_bytes([high, low]);
                let rest = payload.get(8..).unwrap_or_default();
                // Offset zero and no more to come: whole after all.
                if place & 0xfff9 != 0 {
                    return Ok(Carried::Fragment(Fragment {
                        key: FragmentKey {
                            source: envelope.source,
                            destination: envelope.destination,
                            identification: u32::from_be_bytes([i0, i1, i2, i3]),
                            // The first fragment alone tells which protocol it is.
                            protocol: 0,
                        },
                        envelope,
                        protocol: next,
                        offset: place & 0xfff8,
                        more: place & 1 != 0,
                        payload: rest,
                    }));
                }
                8
            }
            HOP_BY_HOP | ROUTING | DESTINATION | MOBILITY | HOST_IDENTITY | SHIM6
                if envelope.version6 =>
            {
                envelope.checkable &= protocol != ROUTING;
                (extension_length(payload)? + 1) * 8
            }
            _ => return Err(Skip::NotTcp),
        };
        protocol = payload.first().copied().ok_or(Skip::Cut)?;
        payload = payload.get(length..).ok_or(Skip::Cut)?;
    }
}

fn gre(bytes: &[u8]) -> Result<Carried<'_>, Skip> {
    let &[high, low, t0, t1] = bytes.first_chunk().ok_or(Skip::Cut)?;
    let (flags, kind) = (u16::from_be_bytes([high, low]), u16::from_be_bytes([t0, t1]));
    // A source route is long out of use.
    if flags & 0x4000 != 0 {
        return Err(Skip::Unsupported);
    }
    // Checksum, key, sequence number; version 1 adds an acknowledgement number.
    let present = [0x8000, 0x2000, 0x1000, if flags & 7 == 1 { 0x0080 } else { 0 }];
    let words = present.iter().filter(|&&bit| flags & bit != 0).count();
    let rest = bytes.get(4 + 4 * words..).ok_or(Skip::Cut)?;
    // Mirrored Ethernet: with a sequence number a header of eight bytes, else none.
    if kind == 0x88be {
        let header = if flags & 0x1000 != 0 { 8 } else { 0 };
        let rest = rest.get(header..).ok_or(Skip::Cut)?;
        return Ok(Carried::Tunnel(Next::Link(LinkType::ETHERNET), rest));
    }
    link::ether_type(kind, rest).map(|(next, rest)| Carried::Tunnel(next, rest))
}

fn extension_length(bytes: &[u8]) -> Result<usize, Skip> {
    bytes.get(1).map(|&length| usize::from(length)).ok_or(Skip::Cut)
}

/// Cuts padding off, or tells how many bytes are missing.
fn clip(bytes: &[u8], length: usize) -> (&[u8], usize) {
    match bytes.get(..length) {
        Some(payload) => (payload, 0),
        None => (bytes, length - bytes.len()),
    }
}
