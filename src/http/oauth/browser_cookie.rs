//! The cookie that knows a browser again: one value for all its tabs.

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HeaderValue, InvalidHeaderValue};
use url::{Host, Url};

use crate::domain::browser_token::BrowserKey;
use crate::flows::oauth::JOURNEY_TTL;

/// With the prefix a browser takes the cookie over TLS only, from this very host, for every path (RFC 6265bis, section
/// 4.1.3.2): no neighbour under the same domain can plant one.
const PREFIXED: &str = "__Host-keystead_oauth";
const PLAIN: &str = "keystead_oauth";

pub struct BrowserCookie {
    name: &'static str,
    attributes: &'static str,
}

impl BrowserCookie {
    /// Without the prefix only where browsers would not take it: without TLS, on this very machine.
    pub fn on(public_url: &str) -> Self {
        if is_plain_loopback(public_url) {
            Self { name: PLAIN, attributes: "Path=/; HttpOnly; SameSite=Lax" }
        } else {
            Self { name: PREFIXED, attributes: "Path=/; Secure; HttpOnly; SameSite=Lax" }
        }
    }

    /// The first of its name. `None` for a value that is none of ours too.
    pub fn read(&self, request: &HttpRequest) -> Option<BrowserKey> {
        let headers = request.headers().get_all(COOKIE).filter_map(|header| header.to_str().ok());
        let mut pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == self.name)?;
        BrowserKey::parse(value).ok()
    }

    /// It lasts as long as a sign-in that begins now.
    ///
    /// # Errors
    /// Never: all of it is visible ASCII.
    pub fn set(&self, key: &BrowserKey) -> Result<HeaderValue, InvalidHeaderValue> {
        let (name, value, attributes) = (self.name, key.text(), self.attributes);
        let text = format!("{name}={value}; Max-Age={}; {attributes}", JOURNEY_TTL.as_secs());
        let mut header = HeaderValue::try_from(text)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

fn is_plain_loopback(public_url: &str) -> bool {
    let Ok(url) = Url::parse(public_url) else { return false };
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && is_this_machine
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_prefix_is_left_out_on_this_machine_without_tls_only() {
        for url in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "http://auth.localhost:3000"] {
            assert_eq!(BrowserCookie::on(url).name, PLAIN, "{url}");
        }
        for url in ["https://auth.example", "https://127.0.0.1", "http://auth.example", "http://10.0.0.1", ""] {
            let cookie = BrowserCookie::on(url);
            assert!(cookie.name == PREFIXED && cookie.attributes.contains("Secure"), "{url}");
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_set() {
        let (cookie, key) = (BrowserCookie::on("https://auth.example"), BrowserKey::random());
        let set = cookie.set(&key).unwrap();
        let text = set.to_str().unwrap();
        assert!(text.ends_with("; Max-Age=600; Path=/; Secure; HttpOnly; SameSite=Lax"), "{text}");
        let pair = text.split(';').next().unwrap();
        let read =
            |header: &str| cookie.read(&TestRequest::default().insert_header((COOKIE, header)).to_http_request());
        assert!(read(&format!("a=b; {pair};c=d")).unwrap().is_of(&key.hash()));
        assert!(read(&format!("x{pair}")).is_none() && read("__Host-keystead_oauth=ksb_short").is_none());
    }
}
