//! The chain of hops as the headers tell it, nearest first.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue, X_FORWARDED_FOR};

use super::{MOST_HOPS, forwarded};

/// All lines of one of the headers together: 32 hops of a quoted IPv6 address, a port, `by`, `host` and `proto` are
/// under 8 KiB. A longer one tells nothing.
const LONGEST_BYTES: usize = 8 * 1024;

/// A hop's address, if it told one.
pub(super) type Hop = Option<IpAddr>;

/// `None` when the header is absent.
pub(super) fn of_x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let lines = lines(headers, &X_FORWARDED_FOR)?;
    let elements = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|&byte| byte == b','));
    Some(elements.take(MOST_HOPS).map(|element| std::str::from_utf8(element).ok().and_then(node)).collect())
}

/// `None` when the header is absent.
pub(super) fn of_forwarded(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let lines = lines(headers, &FORWARDED)?;
    let mut hops = Vec::new();
    // Line by line, so that an open quote in a line that the client sent swallows nothing of the line that a proxy
    // added. Within one line it can, and makes that whole line unreadable.
    for line in lines.iter().rev() {
        match line.to_str().ok().and_then(forwarded::elements) {
            Some(elements) => hops.extend(elements.into_iter().rev().map(|node_text| node_text.and_then(|n| node(&n)))),
            None => hops.push(None),
        }
        if hops.len() >= MOST_HOPS {
            break;
        }
    }
    Some(hops)
}

fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Vec<&'a HeaderValue>> {
    let lines: Vec<_> = headers.get_all(name).collect();
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    match (lines.is_empty(), bytes > LONGEST_BYTES) {
        (true, _) => None,
        // Present, and tells nothing.
        (false, true) => Some(Vec::new()),
        (false, false) => Some(lines),
    }
}

/// RFC 7239 §6, and what is written into `X-Forwarded-For`: an address of either family, `[v6]`, each with or without
/// a port. `unknown` and `_obfuscated` tell none.
fn node(text: &str) -> Hop {
    let text = text.trim_matches([' ', '\t']);
    let address = if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        let port_fits = rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port);
        IpAddr::V6(address.parse::<Ipv6Addr>().ok().filter(|_| port_fits)?)
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        let (address, port) = text.split_once(':')?;
        IpAddr::V4(address.parse().ok().filter(|_| is_port(port))?)
    };
    Some(address.to_canonical())
}

/// A number, or obfuscated (`_` and letters).
fn is_port(text: &str) -> bool {
    let obfuscated = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let number = (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    number || text.strip_prefix('_').is_some_and(|name| !name.is_empty() && name.bytes().all(obfuscated))
}
