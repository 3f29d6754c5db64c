//! Where somebody asks from, as wide as one customer of a provider is: what the throttle counts.

use std::net::IpAddr;

/// An IPv4 address, or the first 64 bits of an IPv6 address: whoever has one of its addresses has all 2^64 of them
/// (RFC 6177). An IPv4-mapped IPv6 address is the IPv4 address that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    V4([u8; 4]),
    V6([u8; 8]),
}

impl Network {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => Self::V6(((address.to_bits() >> 64) as u64).to_be_bytes()),
        }
    }

    /// None when the text is no address.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self::of)
    }

    /// Differs between any two networks, also in its length.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::V4(bytes) => bytes,
            Self::V6(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_an_ipv4_address_or_the_half_of_an_ipv6_address() {
        let same = |one: &str, other: &str| Network::parse(one).unwrap() == Network::parse(other).unwrap();
        assert!(same("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"));
        assert!(!same("2001:db8:0:1::1", "2001:db8:0:2::1"));
        assert!(same("::ffff:192.0.2.7", "192.0.2.7"));
        assert!(!same("192.0.2.7", "192.0.2.8"));
        assert_ne!(Network::V4([0; 4]).as_bytes(), Network::V6([0; 8]).as_bytes());
        for no_address in ["", "localhost", "192.0.2.7:80", "192.0.2.0/24", "fe80::1%eth0"] {
            assert_eq!(Network::parse(no_address), None, "{no_address}");
        }
    }
}
