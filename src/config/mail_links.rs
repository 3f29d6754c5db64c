//! Where the links in mails lead. The token of a built-in page stands in the fragment, which no browser sends and no
//! server logs.

use url::{Host, Url};

use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::Text;
use super::setting::Fallback::{Derived, Nothing};
use super::setting::{Allowed, Setting};

/// Stands where the token goes.
const TOKEN: &str = "{token}";

const LINK: Allowed = Text("a URL with {token} in it, best behind a #");
pub(super) const RESET: Setting = Setting::new(
    "EMAIL_LINK_RESET",
    Derived("PUBLIC_URL/pages/reset-password#token={token}"),
    LINK,
    "where a mail about a forgotten password leads",
);
pub(super) const VERIFY: Setting = Setting::new(
    "EMAIL_LINK_VERIFY",
    Derived("PUBLIC_URL/pages/verify-email#token={token}"),
    LINK,
    "where a mail that asks whether an address is somebody's leads",
);
pub(super) const CHANGE: Setting = Setting::new(
    "EMAIL_LINK_CHANGE",
    Derived("PUBLIC_URL/pages/verify-email#token={token}&purpose=change"),
    LINK,
    "where a mail to the new address of an account leads",
);
pub(super) const INVITATION: Setting = Setting::new(
    "EMAIL_LINK_INVITATION",
    Nothing,
    LINK,
    "where an invitation leads; without it the mail shows the token and where to register",
);

#[derive(Clone, Debug)]
pub struct LinkTemplates {
    pub reset: Option<LinkTemplate>,
    pub verify: Option<LinkTemplate>,
    pub change: Option<LinkTemplate>,
    pub invitation: Option<LinkTemplate>,
}

/// A URL with a place for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkTemplate(String);

impl LinkTemplate {
    /// A page of this server.
    pub fn of_page(public_url: &str, page: &str) -> Self {
        Self(format!("{public_url}{page}"))
    }

    /// `token` is made of characters that may stand anywhere in a URL.
    pub fn with(&self, token: &str) -> String {
        self.0.replace(TOKEN, token)
    }

    /// A URL as browsers and mail programs read it: nothing of it is mended.
    fn parse(text: &str) -> Option<Self> {
        let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>\\^`|".contains(c));
        let url = Url::parse(&text.replace(TOKEN, "token")).ok()?;
        let leads_somewhere = url.has_host() && url.username().is_empty() && url.password().is_none();
        (is_plain && leads_somewhere && text.contains(TOKEN)).then(|| Self(text.to_owned()))
    }

    /// Plain http to another machine: the page, and whoever changes it on its way, can read the token.
    fn is_open_to_eavesdroppers(&self) -> bool {
        let url = Url::parse(&self.with("token"));
        url.is_ok_and(|url| {
            let is_local = match url.host() {
                Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => true,
            };
            url.scheme() == "http" && !is_local
        })
    }
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<LinkTemplates, Noted> {
    let mut one = |setting: &Setting| {
        let link = reader.optional(setting, LinkTemplate::parse)?;
        if environment == Environment::Production && link.as_ref().is_some_and(LinkTemplate::is_open_to_eavesdroppers) {
            return Err(reader.note(Mistake::new(setting.name, "is http://", "must be https:// in production")));
        }
        Ok(link)
    };
    let (reset, verify, change, invitation) = (one(&RESET), one(&VERIFY), one(&CHANGE), one(&INVITATION));
    Ok(LinkTemplates { reset: reset?, verify: verify?, change: change?, invitation: invitation? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_takes_its_token_wherever_it_is_wanted() {
        let cases = [
            ("https://app.example/reset#t={token}", "https://app.example/reset#t=ks1_A"),
            ("https://app.example/{token}/reset?again={token}", "https://app.example/ks1_A/reset?again=ks1_A"),
            ("com.example.app://reset/{token}", "com.example.app://reset/ks1_A"),
        ];
        for (template, link) in cases {
            assert_eq!(LinkTemplate::parse(template).unwrap().with("ks1_A"), link);
        }
        let page = LinkTemplate::of_page("https://id.example", "/pages/x#token={token}");
        assert_eq!(page.with("ks1_A"), "https://id.example/pages/x#token=ks1_A");
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        let cases = [
            "",
            "https://app.example/reset",
            "/reset#{token}",
            "app.example/{token}",
            "javascript:alert('{token}')",
            "https://u:p@app.example/{token}",
            "https://app.example/ {token}",
            "https://app.example/\"{token}",
            "https://app.example\\{token}",
        ];
        for template in cases {
            assert_eq!(LinkTemplate::parse(template), None, "{template}");
        }
    }
}
