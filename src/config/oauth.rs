//! Sign-in with other providers: which there are, and where a browser may be sent afterwards.

use secrecy::SecretString;

use super::mistake::Mistake;
use super::oauth_providers;
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::{self, Text, Words};
use super::setting::Fallback::{Nothing, Written};
use super::setting::{Section, Setting};
use crate::domain::provider::ProviderName;
use crate::domain::redirects::Redirects;

const OAUTH_ENABLED: Setting = Setting::new(
    "OAUTH_ENABLED",
    Written("false"),
    YES_OR_NO,
    "whether people may sign in with the providers below; needs OAUTH_REDIRECTS",
);
const OAUTH_REDIRECTS: Setting = Setting::new(
    "OAUTH_REDIRECTS",
    Nothing,
    Text("URLs with commas between them: https://, http:// to this machine, or of a private scheme with a dot in it"),
    "where a browser may go after a sign-in, compared as text; http://127.0.0.1 and http://[::1] stand for any port",
);
const OAUTH_ALLOW_PRIVATE_NETWORKS: Setting = Setting::new(
    "OAUTH_ALLOW_PRIVATE_NETWORKS",
    Written("false"),
    YES_OR_NO,
    "whether providers may be at private and loopback addresses, and there be reached over http://",
);
const YES_OR_NO: Allowed = Words(&["true", "false"]);

pub(super) const SECTION: Section = Section {
    title: "Sign-in with other providers",
    introduction: "Google, GitHub and any OpenID Connect issuer. ACME stands for a name in OIDC_PROVIDERS, in \
                   capitals and with _ for -.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[
    OAUTH_ENABLED,
    OAUTH_REDIRECTS,
    OAUTH_ALLOW_PRIVATE_NETWORKS,
    oauth_providers::GOOGLE_CLIENT_ID,
    oauth_providers::GOOGLE_CLIENT_SECRET,
    oauth_providers::GOOGLE_ISSUER,
    oauth_providers::GITHUB_CLIENT_ID,
    oauth_providers::GITHUB_CLIENT_SECRET,
    oauth_providers::GITHUB_URL,
    oauth_providers::GITHUB_API_URL,
    oauth_providers::OIDC_PROVIDERS,
    oauth_providers::ISSUER,
    oauth_providers::CLIENT_ID,
    oauth_providers::CLIENT_SECRET,
    oauth_providers::SCOPES,
    oauth_providers::DISPLAY_NAME,
    oauth_providers::ROLE_CLAIM,
    oauth_providers::ROLES,
];

#[derive(Clone, Debug, Default)]
pub struct OauthSettings {
    /// None when sign-in with providers is off.
    pub providers: Vec<ProviderSettings>,
    pub redirects: Redirects,
    pub allow_private_networks: bool,
}

#[derive(Clone, Debug)]
pub struct ProviderSettings {
    pub name: ProviderName,
    pub display_name: String,
    pub client_id: String,
    pub client_secret: SecretString,
    pub kind: ProviderKind,
}

#[derive(Clone, Debug)]
pub enum ProviderKind {
    OpenId {
        /// As its tokens and its metadata name it, to be compared byte by byte.
        issuer: String,
        /// `openid` among them.
        scopes: Vec<String>,
        roles: Option<RoleMapping>,
    },
    /// Both without a slash at their ends.
    GitHub { url: String, api_url: String },
}

/// Which values of a claim give which roles here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleMapping {
    pub claim: String,
    /// Pairs of a value and a role.
    pub roles: Vec<(String, String)>,
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<OauthSettings, Noted> {
    let enabled = reader.value(&OAUTH_ENABLED, yes_or_no);
    let redirects = reader.optional(&OAUTH_REDIRECTS, |text| {
        Redirects::parse(text.split(',').map(str::trim).filter(|one| !one.is_empty()))
    });
    let allow_private_networks = reader.value(&OAUTH_ALLOW_PRIVATE_NETWORKS, yes_or_no);
    // Meanwhile as if it were allowed: then only what is surely wrong is reported.
    let providers = oauth_providers::read(reader, environment, allow_private_networks.unwrap_or(true));
    let redirects = redirects.map(Option::unwrap_or_default);
    if let (Ok(true), Ok(redirects)) = (enabled, &redirects)
        && redirects.is_empty()
    {
        reader.missing(&OAUTH_REDIRECTS, "must have at least one URL where OAUTH_ENABLED is true");
    }
    if let (Ok(true), Ok(none)) = (enabled, &providers)
        && none.is_empty()
    {
        let remedy = "must be false where no provider is configured (GOOGLE_…, GITHUB_…, OIDC_PROVIDERS)";
        reader.note(Mistake::new(OAUTH_ENABLED.name, "is true", remedy));
    }
    let providers = if enabled? { providers? } else { providers.map(|_| Vec::new())? };
    Ok(OauthSettings { providers, redirects: redirects?, allow_private_networks: allow_private_networks? })
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
