//! Where a browser may be sent after a sign-in elsewhere: a list, and nothing that only looks like it.
//!
//! Targets are compared as text (RFC 9700, section 2.1), never as parsed URLs: two parsers that read one text
//! differently are how open redirects come about. The one exception is the port of a loopback address, which an
//! application on somebody's own machine cannot choose beforehand (RFC 8252, section 7.3).

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, Url};

/// Bytes of a target; browsers take 2,000 and more, and the answer has to be added to it.
const TARGET_BYTES_MAX: usize = 1_024;
/// `localhost` is not among them: what it resolves to is not for sure this machine (RFC 8252, section 8.3).
const LOOPBACKS: [&str; 2] = ["http://127.0.0.1", "http://[::1]"];
/// RFC 3986's unreserved characters stand as they are.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The list of an installation.
#[derive(Clone, Debug, Default)]
pub struct Redirects(Vec<Allowed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    Exactly(String),
    /// A loopback address with any port: the origin without one, and everything behind it.
    AnyPort {
        origin: &'static str,
        rest: String,
    },
}

/// A target that stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectTarget(String);

impl Redirects {
    /// Each entry is `https://…`, `http://` to this machine, or of a private scheme with a dot in it (RFC 8252, section
    /// 7.1), has no fragment and no credentials. `None` when one is not.
    pub fn parse<'a>(entries: impl Iterator<Item = &'a str>) -> Option<Self> {
        entries.map(Allowed::parse).collect::<Option<_>>().map(Self)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The target that `text` is, if it stands in the list.
    pub fn find(&self, text: &str) -> Option<RedirectTarget> {
        let is_listed = text.len() <= TARGET_BYTES_MAX && self.0.iter().any(|allowed| allowed.is(text));
        is_listed.then(|| RedirectTarget(text.to_owned()))
    }
}

impl Allowed {
    fn parse(entry: &str) -> Option<Self> {
        let is_plain = entry.len() <= TARGET_BYTES_MAX
            && entry.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#,".contains(&byte));
        let url = Url::parse(entry).ok().filter(|_| is_plain)?;
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let is_fit = match url.scheme() {
            // The parser mends `https:/a` and `HTTPS://a`; here they are refused, as nobody will ever send them.
            "https" => entry.starts_with("https://"),
            "http" => entry.starts_with("http://") && is_this_machine(&url),
            private => private.contains('.') && entry.starts_with(private),
        };
        if !(is_anonymous && is_fit) {
            return None;
        }
        let loopback = LOOPBACKS.iter().find_map(|origin| Some((*origin, without_port(entry.strip_prefix(origin)?)?)));
        Some(match loopback {
            Some((origin, rest)) => Self::AnyPort { origin, rest: rest.to_owned() },
            None => Self::Exactly(entry.to_owned()),
        })
    }

    fn is(&self, text: &str) -> bool {
        match self {
            Self::Exactly(entry) => entry == text,
            Self::AnyPort { origin, rest } => text.strip_prefix(origin).and_then(without_port) == Some(rest.as_str()),
        }
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What stands behind an authority: `text` less a port. `None` when the authority goes on in some other way.
fn without_port(text: &str) -> Option<&str> {
    let rest = match text.strip_prefix(':') {
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = after.split_at(digits);
            let is_port = !port.starts_with('0') && port.parse::<u16>().is_ok();
            is_port.then_some(rest)?
        }
        None => text,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

impl RedirectTarget {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The target with parameters added to its query.
    pub fn with<'a>(&self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let mut text = self.0.clone();
        for (name, value) in parameters {
            text.push(if text.contains('?') { '&' } else { '?' });
            text.push_str(name);
            text.push('=');
            text.extend(utf8_percent_encode(value, VALUE));
        }
        text
    }
}

impl fmt::Display for RedirectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ENTRIES: &[&str] = &[
        "https://app.example/callback",
        "https://app.example/with?kept=1",
        "http://127.0.0.1/callback",
        "http://[::1]:8000/callback",
        "http://localhost:5173/callback",
        "com.example.app:/callback",
    ];

    fn listed(text: &str) -> bool {
        Redirects::parse(ENTRIES.iter().copied()).unwrap().find(text).is_some()
    }

    #[test]
    fn what_stands_in_the_list_is_found_and_a_loopback_address_with_any_port() {
        assert!(ENTRIES.iter().all(|entry| listed(entry)));
        for text in [
            "http://127.0.0.1:1/callback",
            "http://127.0.0.1:65535/callback",
            "http://[::1]/callback",
            "http://[::1]:51004/callback",
        ] {
            assert!(listed(text), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        let cases = [
            "",
            "https://app.example/callback/",
            "https://app.example/callback?x=1",
            "https://app.example/callback#x",
            "https://app.example/Callback",
            "https://APP.example/callback",
            "https://app.example:443/callback",
            "https://app.example/callback/../callback",
            "https://app.example/%63allback",
            "https://app.example.evil.example/callback",
            "https://app.example@evil.example/callback",
            "https://evil.example/https://app.example/callback",
            "http://app.example/callback",
            "//app.example/callback",
            "https:/app.example/callback",
            " https://app.example/callback",
            "https://app.example/callback\n",
            "http://127.0.0.1:0/callback",
            "http://127.0.0.1:080/callback",
            "http://127.0.0.1:65536/callback",
            "http://127.0.0.1:/callback",
            "http://127.0.0.1:1:2/callback",
            "http://127.0.0.1.evil.example/callback",
            "http://127.0.0.1@evil.example/callback",
            "http://127.0.0.1:80@evil.example/callback",
            "http://127.0.0.1\\@evil.example/callback",
            "http://127.0.0.2/callback",
            "http://127.1/callback",
            "http://localhost/callback",
            "http://localhost:5174/callback",
            "https://127.0.0.1/callback",
            "com.example.app://callback",
            "javascript:alert(1)",
        ];
        for text in cases {
            assert!(!listed(text), "{text}");
        }
    }

    #[test]
    fn a_list_holds_only_what_is_safe_to_send_a_browser_to() {
        let cases = [
            "",
            "*",
            "/callback",
            "app.example/callback",
            "http://app.example/callback",
            "https://app.example/#fragment",
            "https://u:p@app.example/",
            "https:/app.example/",
            "HTTPS://app.example/",
            "https://app.example/ a",
            "https://app.example\\a",
            "javascript:alert(1)",
            "data:text/html,a",
            "myapp:/callback",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1.evil.example/",
        ];
        for entry in cases {
            assert!(Redirects::parse([entry].into_iter()).is_none(), "{entry}");
        }
        assert!(Redirects::parse([].into_iter()).unwrap().is_empty());
    }

    #[test]
    fn parameters_go_behind_those_that_are_there() {
        let list = Redirects::parse(ENTRIES.iter().copied()).unwrap();
        let with = |text: &str| list.find(text).unwrap().with([("code", "ks1_A-b"), ("state", "a b&c=ü")]);
        let added = "code=ks1_A-b&state=a%20b%26c%3D%C3%BC";
        assert_eq!(with(ENTRIES[0]), format!("https://app.example/callback?{added}"));
        assert_eq!(with(ENTRIES[1]), format!("https://app.example/with?kept=1&{added}"));
    }

    proptest! {
        #[test]
        fn whatever_is_found_leads_where_an_entry_leads(
            tail in prop_oneof!["[:@/?#.a-z0-9\\\\\\[\\]]{0,12}/callback", ":[0-9]{0,6}/callback", any::<String>()],
        ) {
            let text = format!("http://127.0.0.1{tail}");
            if listed(&text) {
                let url = Url::parse(&text).unwrap();
                prop_assert_eq!((url.host_str(), url.path()), (Some("127.0.0.1"), "/callback"));
            }
        }
    }
}
