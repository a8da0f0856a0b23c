//! Link layers: from the first byte of a packet to the protocol that it carries.

use super::LinkType;
use super::slicer::Skip;

/// What the bytes of a packet are from here on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// The header of a link type.
    Link(LinkType),
    /// What an `EtherType` announces.
    EtherType(u16),
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// IPv4 or IPv6, as the first four bits tell.
    Ip,
}

/// A step towards IP: what follows, and its bytes.
pub(super) type Step<'a> = Result<(Next, &'a [u8]), Skip>;

/// Takes off the header of a link type.
pub(super) fn peel(link_type: LinkType, bytes: &[u8]) -> Step<'_> {
    match link_type {
        LinkType::ETHERNET => ethernet(bytes),
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 => Ok((Next::Ip, bytes)),
        LinkType::IPV4 => Ok((Next::Ipv4, bytes)),
        LinkType::IPV6 => Ok((Next::Ipv6, bytes)),
        LinkType::LINUX_SLL => cooked(u16_at(bytes, 14)?, u16_at(bytes, 2)?, behind(bytes, 16)?),
        LinkType::LINUX_SLL2 => cooked(u16_at(bytes, 0)?, u16_at(bytes, 8)?, behind(bytes, 20)?),
        LinkType::NULL | LinkType::LOOP => loopback(bytes),
        LinkType::PPP | LinkType::PPP_HDLC => ppp(bytes),
        LinkType::PPP_PPPD => ppp(behind(bytes, 2)?),
        LinkType::PPP_WITH_DIR => ppp(behind(bytes, 1)?),
        LinkType::PPPOE => pppoe(bytes),
        LinkType::C_HDLC => Ok((Next::EtherType(u16_at(bytes, 2)?), behind(bytes, 4)?)),
        LinkType::SLIP => Ok(slip(bytes)),
        LinkType::ATM_RFC1483 => llc(bytes),
        LinkType::FRAME_RELAY => frame_relay(bytes),
        LinkType::FDDI => llc(behind(bytes, 13)?),
        LinkType::TOKEN_RING => token_ring(bytes),
        LinkType::IEEE802_11 => wireless(bytes, false),
        LinkType::IEEE802_11_RADIOTAP => radiotap(bytes),
        LinkType::IEEE802_11_PRISM | LinkType::IEEE802_11_AVS => prism(bytes),
        LinkType::PPI => {
            let length = usize::from(u16_at(bytes, 2)?.swap_bytes());
            let link_type = LinkType(u32_at(bytes, 4)?.swap_bytes());
            Ok((Next::Link(link_type), behind(bytes, length)?))
        }
        LinkType::PFLOG => {
            let length = usize::from(u8_at(bytes, 0)?).next_multiple_of(4);
            family(u32::from(u8_at(bytes, 1)?), behind(bytes, length)?)
        }
        LinkType::ENC => family(address_family(bytes)?, behind(bytes, 12)?),
        LinkType::NFLOG => nflog(bytes),
        _ => Err(Skip::UnknownLinkType),
    }
}

/// Goes on behind an `EtherType`.
pub(super) fn ether_type(kind: u16, bytes: &[u8]) -> Step<'_> {
    match kind {
        0x0800 => Ok((Next::Ipv4, bytes)),
        0x86dd => Ok((Next::Ipv6, bytes)),
        // Customer and service tags, and the numbers used before those were agreed on.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
            ether_type_or_length(u16_at(bytes, 2)?, behind(bytes, 4)?)
        }
        0x8847 | 0x8848 => mpls(bytes),
        0x8864 => pppoe(bytes),
        0x880b => ppp(bytes),
        // Ethernet within GRE, and LLC in frames too long for a length.
        0x6558 => ethernet(bytes),
        0x8870 => llc(bytes),
        _ => Err(Skip::NotTcp),
    }
}

fn ethernet(bytes: &[u8]) -> Step<'_> {
    ether_type_or_length(u16_at(bytes, 12)?, behind(bytes, 14)?)
}

fn ether_type_or_length(value: u16, bytes: &[u8]) -> Step<'_> {
    if value >= 0x0600 {
        return Ok((Next::EtherType(value), bytes));
    }
    // A frame may be padded behind its length.
    llc(bytes.get(..usize::from(value)).unwrap_or(bytes))
}

fn llc(bytes: &[u8]) -> Step<'_> {
    match bytes.first_chunk() {
        Some([0xaa, 0xaa, 0x03]) => {
            let organisation = u32_at(bytes, 2)? & 0x00ff_ffff;
            // Zero is Ethernet's own; 00-00-f8 stands for it on bridged Token Rings.
            match organisation {
                0 | 0xf8 => Ok((Next::EtherType(u16_at(bytes, 6)?), behind(bytes, 8)?)),
                // Bridged Ethernet, with and without its check sequence, behind two bytes of pad.
                0x80c2 if matches!(u16_at(bytes, 6)?, 1 | 7) => ethernet(behind(bytes, 10)?),
                _ => Err(Skip::NotTcp),
            }
        }
        Some([0x06, 0x06, 0x03]) => Ok((Next::Ipv4, behind(bytes, 3)?)),
        Some(_) => Err(Skip::NotTcp),
        None => Err(Skip::Cut),
    }
}

/// Goes on behind a "cooked" header, which tells the protocol and the kind of interface.
fn cooked(protocol: u16, interface: u16, bytes: &[u8]) -> Step<'_> {
    match (interface, protocol) {
        // Netlink messages and CAN frames number their protocols otherwise.
        (824 | 280, _) => Err(Skip::NotTcp),
        (801, _) => wireless(bytes, false),
        (803, _) => radiotap(bytes),
        (_, 0x0004) => llc(bytes),
        _ => Ok((Next::EtherType(protocol), bytes)),
    }
}

fn loopback(bytes: &[u8]) -> Step<'_> {
    if bytes.starts_with(&[0xff, 0x03]) {
        return ppp(bytes);
    }
    family(address_family(bytes)?, behind(bytes, 4)?)
}

/// Reads an address family, which is small in whichever byte order it was written.
fn address_family(bytes: &[u8]) -> Result<u32, Skip> {
    let value = u32_at(bytes, 0)?;
    Ok(value.min(value.swap_bytes()))
}

/// Goes on behind an address family; systems number IPv6 differently.
fn family(family: u32, bytes: &[u8]) -> Step<'_> {
    match family {
        2 => Ok((Next::Ipv4, bytes)),
        10 | 23 | 24 | 28 | 30 => Ok((Next::Ipv6, bytes)),
        // Some programs write an EtherType here.
        0x0600..=0xffff => Ok((Next::EtherType(family as u16), bytes)),
        _ => Err(Skip::NotTcp),
    }
}

fn ppp(bytes: &[u8]) -> Step<'_> {
    // Cisco HDLC has other addresses and an EtherType.
    if matches!(bytes, [0x0f | 0x8f, 0x00, ..]) {
        return Ok((Next::EtherType(u16_at(bytes, 2)?), behind(bytes, 4)?));
    }
    let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    ppp_protocol(bytes)
}

fn ppp_protocol(bytes: &[u8]) -> Step<'_> {
    let first = u8_at(bytes, 0)?;
    // A protocol number ends with its first odd byte.
    let (protocol, bytes) = if first & 1 == 1 {
        (u16::from(first), behind(bytes, 1)?)
    } else {
        (u16_at(bytes, 0)?, behind(bytes, 2)?)
    };
    match protocol {
        0x0021 => Ok((Next::Ipv4, bytes)),
        0x0057 => Ok((Next::Ipv6, bytes)),
        0x0281 | 0x0283 => mpls(bytes),
        // TCP with compressed headers, and multilink fragments.
        0x002d | 0x002f | 0x003d => Err(Skip::Unsupported),
        _ => Err(Skip::NotTcp),
    }
}

fn pppoe(bytes: &[u8]) -> Step<'_> {
    // Version and type 1; code 0 is a session's data.
    if u16_at(bytes, 0)? != 0x1100 {
        return Err(Skip::NotTcp);
    }
    let length = usize::from(u16_at(bytes, 4)?);
    let rest = behind(bytes, 6)?;
    ppp_protocol(rest.get(..length).unwrap_or(rest))
}

fn mpls(mut bytes: &[u8]) -> Step<'_> {
    loop {
        let label = u32_at(bytes, 0)?;
        bytes = behind(bytes, 4)?;
        if label & 0x100 != 0 {
            break;
        }
    }
    match u8_at(bytes, 0)? >> 4 {
        4 => Ok((Next::Ipv4, bytes)),
        6 => Ok((Next::Ipv6, bytes)),
        // A control word, with Ethernet behind it.
        0 => ethernet(behind(bytes, 4)?),
        _ => ethernet(bytes),
    }
}

fn slip(bytes: &[u8]) -> (Next, &[u8]) {
    // Sixteen bytes tell the direction and the header compression that was undone; some programs
    // leave them out.
    match bytes.get(16..) {
        Some(rest) if matches!(rest.first().map(|byte| byte >> 4), Some(4 | 6)) => (Next::Ip, rest),
        _ => (Next::Ip, bytes),
    }
}

fn frame_relay(bytes: &[u8]) -> Step<'_> {
    // The address ends with its first odd byte.
    let address = bytes.iter().position(|byte| byte & 1 == 1).ok_or(Skip::Cut)?;
    let rest = behind(bytes, address + 1)?;
    if u8_at(rest, 0)? != 0x03 {
        return Ok((Next::EtherType(u16_at(rest, 0)?), behind(rest, 2)?));
    }
    // A zero pads to an even place.
    let rest = behind(rest, if u8_at(rest, 1)? == 0 { 2 } else { 1 })?;
    match u8_at(rest, 0)? {
        0xcc => Ok((Next::Ipv4, behind(rest, 1)?)),
        0x8e => Ok((Next::Ipv6, behind(rest, 1)?)),
        0x80 if u32_at(rest, 0)? == 0x8000_0000 => {
            Ok((Next::EtherType(u16_at(rest, 4)?), behind(rest, 6)?))
        }
        _ => Err(Skip::NotTcp),
    }
}

fn token_ring(bytes: &[u8]) -> Step<'_> {
    // Only frames of type LLC carry data; the first bit of the source announces a route.
    if u8_at(bytes, 1)? & 0xc0 != 0x40 {
        return Err(Skip::NotTcp);
    }
    let route =
        if u8_at(bytes, 8)? & 0x80 != 0 { usize::from(u8_at(bytes, 14)? & 0x1f) } else { 0 };
    llc(behind(bytes, 14 + route)?)
}

fn wireless(bytes: &[u8], padded: bool) -> Step<'_> {
    let (kind, flags) = (u8_at(bytes, 0)?, u8_at(bytes, 1)?);
    // Data frames, and of those the ones that carry data.
    if kind & 0x0f != 0x08 || kind & 0x40 != 0 {
        return Err(Skip::NotTcp);
    }
    let (quality, four_addresses) = (kind & 0x80 != 0, flags & 0x03 == 0x03);
    let sequence = u16_at(bytes, 22)?.swap_bytes();
    // Encrypted, or a fragment.
    if flags & 0x44 != 0 || sequence & 0x0f != 0 {
        return Err(Skip::Unsupported);
    }
    let mut length = if four_addresses { 30 } else { 24 };
    if quality {
        // Several packets in one frame.
        if u8_at(bytes, length)? & 0x80 != 0 {
            return Err(Skip::Unsupported);
        }
        length += if flags & 0x80 != 0 { 6 } else { 2 };
    }
    if padded {
        length = length.next_multiple_of(4);
    }
    llc(behind(bytes, length)?)
}

fn radiotap(bytes: &[u8]) -> Step<'_> {
    let length = usize::from(u16_at(bytes, 2)?.swap_bytes());
    let present = u32_at(bytes, 4)?.swap_bytes();
    let mut place = 8;
    let mut more = present;
    while more & 0x8000_0000 != 0 {
        more = u32_at(bytes, place)?.swap_bytes();
        place += 4;
    }
    // A time of eight bytes precedes the flags.
    if present & 1 != 0 {
        place = place.next_multiple_of(8) + 8;
    }
    let padded = present & 2 != 0 && u8_at(bytes, place)? & 0x20 != 0;
    wireless(behind(bytes, length)?, padded)
}

/// Takes off a Prism header, or an AVS header, which is also written under Prism's number.
fn prism(bytes: &[u8]) -> Step<'_> {
    let first = u32_at(bytes, 0)?;
    let length = if first & 0xffff_f000 == 0x8021_1000 {
        u32_at(bytes, 4)?
    } else {
        let length = u32_at(bytes, 4)?;
        length.min(length.swap_bytes())
    };
    wireless(behind(bytes, usize::try_from(length).unwrap_or(usize::MAX))?, false)
}

fn nflog(bytes: &[u8]) -> Step<'_> {
    let next = u32::from(u8_at(bytes, 0)?);
    let mut rest = behind(bytes, 4)?;
    // Attributes: length, type (the packet is 9), value, padding; in the machine's byte order.
    loop {
        let (mut length, mut kind) = (u16_at(rest, 0)?, u16_at(rest, 2)?);
        if kind > 0xff {
            (length, kind) = (length.swap_bytes(), kind.swap_bytes());
        }
        let length = usize::from(length);
        if length < 4 {
            return Err(Skip::Malformed);
        }
        if kind == 9 {
            return family(next, behind(rest.get(..length).unwrap_or(rest), 4)?);
        }
        rest = behind(rest, length.next_multiple_of(4))?;
    }
}

fn behind(bytes: &[u8], count: usize) -> Result<&[u8], Skip> {
    bytes.get(count..).ok_or(Skip::Cut)
}

fn u8_at(bytes: &[u8], at: usize) -> Result<u8, Skip> {
    bytes.get(at).copied().ok_or(Skip::Cut)
}

fn u16_at(bytes: &[u8], at: usize) -> Result<u16, Skip> {
    let value = behind(bytes, at)?.first_chunk().ok_or(Skip::Cut)?;
    Ok(u16::from_be_bytes(*value))
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, Skip> {
    let value = behind(bytes, at)?.first_chunk().ok_or(Skip::Cut)?;
    Ok(u32::from_be_bytes(*value))
}
