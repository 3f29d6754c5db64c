//! Where a request comes from: the peer, or, behind proxies that the operator named, whom the last of them saw.
//!
//! The throttle and the audit trail rest on this, so a client must not be able to choose its address. The hops are read
//! from the right, because every proxy appends what it saw, and only for as long as the one who wrote them is trusted.
//! Wherever something cannot be read, the walk ends at the last trusted hop: many clients may share that address, but
//! none can take another's.

mod forwarded;
mod hops;
mod trusted;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest};

pub use trusted::TrustedProxies;

/// Proxies in a row. Real chains have two or three; beyond this the header is somebody's experiment.
const MOST_HOPS: usize = 32;

/// The client's address, with an IPv4-mapped IPv6 address as the IPv4 address that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// [`TrustedProxies`] are taken from `app_data`; without them nobody is trusted.
    ///
    /// A peer on a Unix socket has no address. It is a process on this machine, so it counts as 127.0.0.1, and is
    /// trusted where the list names that address or `::1`.
    pub fn of(request: &HttpRequest) -> Self {
        let peer = request.peer_addr().map(|peer| peer.ip());
        let trusted = request.app_data::<TrustedProxies>();
        Self(trusted.map_or_else(|| address_of(peer), |trusted| seen_by(trusted, peer, request.headers())))
    }
}

impl FromRequest for ClientAddress {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

fn address_of(peer: Option<IpAddr>) -> IpAddr {
    peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)).to_canonical()
}

/// A proxy writes one of the two headers and passes the other on as the client sent it, and which is which cannot be
/// told from here. So where both are there they must agree, or neither is believed.
fn seen_by(trusted: &TrustedProxies, peer: Option<IpAddr>, headers: &HeaderMap) -> IpAddr {
    let start = address_of(peer);
    let peer_is_trusted = if peer.is_some() { trusted.trusts(start) } else { trusted.trusts_this_machine() };
    if !peer_is_trusted {
        return start;
    }
    let told = [hops::of_x_forwarded_for(headers), hops::of_forwarded(headers)];
    let [by_custom, by_standard] = told.map(|hops| hops.map(|hops| walk(trusted, start, &hops)));
    match (by_custom, by_standard) {
        (Some(one), Some(other)) if one != other => start,
        (Some(address), _) | (None, Some(address)) => address,
        (None, None) => start,
    }
}

/// `hops`: nearest first; `None` where a proxy told no address (`unknown`, obfuscated, malformed).
fn walk(trusted: &TrustedProxies, peer: IpAddr, hops: &[Option<IpAddr>]) -> IpAddr {
    let mut last = peer;
    for hop in hops.iter().take(MOST_HOPS) {
        let Some(address) = hop else { return last };
        last = *address;
        if !trusted.trusts(last) {
            return last;
        }
    }
    last
}

#[cfg(test)]
mod tests;
