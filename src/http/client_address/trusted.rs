//! The proxies whose word is taken.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};

/// `TRUSTED_PROXIES`. Put into `app_data` as it is (not in a `web::Data`). Clones share the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub fn new(nets: impl IntoIterator<Item = IpNet>) -> Self {
        Self(nets.into_iter().map(canonical).collect())
    }

    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    pub(super) fn trusts_this_machine(&self) -> bool {
        self.trusts(IpAddr::V4(Ipv4Addr::LOCALHOST)) || self.trusts(IpAddr::V6(Ipv6Addr::LOCALHOST))
    }
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`, as addresses are compared in that form.
fn canonical(net: IpNet) -> IpNet {
    let mapped = match (net.addr().to_canonical(), net.prefix_len().checked_sub(96)) {
        (IpAddr::V4(address), Some(prefix)) if matches!(net, IpNet::V6(_)) => Ipv4Net::new(address, prefix).ok(),
        _ => None,
    };
    mapped.map_or(net, IpNet::V4)
}
