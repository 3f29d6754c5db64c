//! `scheme://host[:port]` as browsers write it in `Origin` (RFC 6454, section 6.1).

use url::{Host, Url};

/// An http or https origin, in its canonical spelling: lower case, punycode, no default port, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebOrigin {
    pub text: String,
    /// Plain http to another machine: tokens would cross the network in the clear.
    pub is_open_to_eavesdroppers: bool,
}

impl WebOrigin {
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let anonymous = url.username().is_empty() && url.password().is_none();
        // `http:/host`, backslashes, tabs and the like are mended by the parser; here they are refused.
        let written_out = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
            || text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
        let plain = !text.contains(|c: char| c == '\\' || c == '*' || c.is_control() || c.is_whitespace());
        if !(bare && anonymous && written_out && plain) {
            return None;
        }
        let local = match url.host()? {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let text = url.origin().ascii_serialization();
        Some(Self { text, is_open_to_eavesdroppers: url.scheme() == "http" && !local })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spelt_as_browsers_spell_them() {
        let cases = [
            ("https://Auth.Example.com", "https://auth.example.com"),
            ("https://auth.example.com:443/", "https://auth.example.com"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ];
        for (given, expected) in cases {
            assert_eq!(WebOrigin::parse(given).unwrap().text, expected);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        let cases = [
            "",
            "*",
            "null",
            "https://*",
            "example.com",
            "https://a.example/path",
            "https://a.example/?q",
            "https://a.example/#f",
            "https://u:p@a.example",
            "ftp://a.example",
            "https:/a.example",
            "https://",
            "https:\\\\a.example",
            "https://a.ex\tample",
            "http://a.example:99999",
        ];
        for given in cases {
            assert_eq!(WebOrigin::parse(given), None, "{given}");
        }
    }

    #[test]
    fn only_plain_http_to_another_machine_is_open_to_eavesdroppers() {
        let open = |text| WebOrigin::parse(text).unwrap().is_open_to_eavesdroppers;
        assert!(open("http://auth.example.com") && open("http://10.0.0.1") && open("http://0.0.0.0:8080"));
        assert!(open("http://localhost.example.com"));
        assert!(!open("https://auth.example.com") && !open("http://localhost:8080"));
        assert!(!open("http://127.0.0.1") && !open("http://[::1]") && !open("http://app.localhost"));
    }
}
