//! Where callers come from: the generator stands where a trusted proxy stands, and says of each request whose it is, so
//! that throttling is on as it is for people.

use std::net::Ipv4Addr;

/// 10.0.0.0/8 without its ends: sixteen million networks, each good for as many failures as the server allows one.
const HOSTS: u32 = (1 << 24) - 2;

/// The same number gives the same address; neighbours are far apart.
pub fn address(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number % HOSTS as usize).unwrap_or_default();
    // A multiplication by an odd number permutes the addresses.
    let host = (number.wrapping_mul(0x009e_3779) & 0x00ff_ffff).clamp(1, HOSTS);
    let [_, b, c, d] = host.to_be_bytes();
    Ipv4Addr::new(10, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_callers_come_from_many_networks() {
        let seen: std::collections::BTreeSet<_> = (0..100_000).map(address).collect();
        assert_eq!(seen.len(), 100_000);
        assert_eq!(address(7), address(7));
    }
}
