//! Link types: what the first bytes of a captured packet are.

use std::fmt;

/// A number of the registry of link types, as captures carry it.
///
/// Unknown numbers are kept. Displayed, it is the registered name in lower case without its
/// prefix, or `linktype_N`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LinkType(pub u32);

macro_rules! link_types {
    ($($(#[$doc:meta])* $constant:ident = $number:literal, $name:literal;)*) => {
        impl LinkType {
            $($(#[$doc])* pub const $constant: Self = Self($number);)*

            /// Returns the name as the JSON output writes it, if the number is known.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($name),)*
                    _ => None,
                }
            }
        }
    };
}

link_types! {
    /// BSD loopback: address family in the byte order of the capturing machine.
    NULL = 0, "null";
    /// Ethernet.
    ETHERNET = 1, "ethernet";
    /// Token Ring, with LLC.
    TOKEN_RING = 6, "ieee802_5";
    /// SLIP, with a header that tells the direction.
    SLIP = 8, "slip";
    /// PPP, with or without address and control bytes.
    PPP = 9, "ppp";
    /// FDDI, with LLC.
    FDDI = 10, "fddi";
    /// IP without a link layer, as numbered by most systems.
    RAW_12 = 12, "raw";
    /// IP without a link layer, as numbered by OpenBSD.
    RAW_14 = 14, "raw";
    /// PPP in HDLC-like framing.
    PPP_HDLC = 50, "ppp_hdlc";
    /// PPP over Ethernet, without the Ethernet header.
    PPPOE = 51, "ppp_ether";
    /// LLC over ATM.
    ATM_RFC1483 = 100, "atm_rfc1483";
    /// IP without a link layer.
    RAW = 101, "raw";
    /// Cisco HDLC.
    C_HDLC = 104, "c_hdlc";
    /// 802.11 without a header about the radio.
    IEEE802_11 = 105, "ieee802_11";
    /// Frame Relay.
    FRAME_RELAY = 107, "frelay";
    /// OpenBSD loopback: address family in network byte order.
    LOOP = 108, "loop";
    /// OpenBSD's interface for what `IPsec` carries.
    ENC = 109, "enc";
    /// Linux "cooked" capture.
    LINUX_SLL = 113, "linux_sll";
    /// OpenBSD's packet filter log.
    PFLOG = 117, "pflog";
    /// 802.11 with a Prism header.
    IEEE802_11_PRISM = 119, "ieee802_11_prism";
    /// 802.11 with a radiotap header.
    IEEE802_11_RADIOTAP = 127, "ieee802_11_radiotap";
    /// 802.11 with an AVS header.
    IEEE802_11_AVS = 163, "ieee802_11_avs";
    /// PPP, with the direction in place of the address byte.
    PPP_PPPD = 166, "ppp_pppd";
    /// A header that tells the link type of what follows.
    PPI = 192, "ppi";
    /// PPP behind a byte that tells the direction.
    PPP_WITH_DIR = 204, "ppp_with_dir";
    /// IPv4 without a link layer.
    IPV4 = 228, "ipv4";
    /// IPv6 without a link layer.
    IPV6 = 229, "ipv6";
    /// Linux netfilter log.
    NFLOG = 239, "nflog";
    /// Linux "cooked" capture, version 2.
    LINUX_SLL2 = 276, "linux_sll2";
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "linktype_{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(LinkType::LINUX_SLL2.to_string(), "linux_sll2");
        assert_eq!(LinkType(12).to_string(), "raw");
        assert_eq!(LinkType(4711).to_string(), "linktype_4711");
        assert_eq!(LinkType(4711).name(), None);
    }
}
