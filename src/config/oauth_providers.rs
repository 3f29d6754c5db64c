//! The providers themselves: two that are built in, and any number of others by name.

use std::collections::BTreeSet;

use secrecy::SecretString;
use url::{Host, Url};

use super::mistake::Mistake;
use super::oauth::{ProviderKind, ProviderSettings, RoleMapping};
use super::reader::{Noted, Reader};
use super::server::Environment;
use super::setting::Allowed::{self, Text};
use super::setting::Fallback::{Derived, Nothing, Written};
use super::setting::Setting;
use super::source::Source;
use crate::domain::provider::{GITHUB, GOOGLE, ProviderName};

const ID: Allowed = Text("the text that the provider gave");
const SECRET: &str = "what Keystead proves itself with at the provider; not shown to browsers";
const BASE: Allowed =
    Text("an https:// URL; http:// only with OAUTH_ALLOW_PRIVATE_NETWORKS, in production to this machine");
/// In the table of identities it is part of a key.
const ISSUER_BYTES_MAX: usize = 255;

pub(super) const GOOGLE_CLIENT_ID: Setting =
    Setting::new("GOOGLE_CLIENT_ID", Nothing, ID, "the application's name at Google; switches Google on");
pub(super) const GOOGLE_CLIENT_SECRET: Setting = Setting::secret("GOOGLE_CLIENT_SECRET", ID, SECRET);
pub(super) const GOOGLE_ISSUER: Setting = Setting::new(
    "GOOGLE_ISSUER",
    Written("https://accounts.google.com"),
    BASE,
    "another issuer in Google's place, for tests",
);
pub(super) const GITHUB_CLIENT_ID: Setting =
    Setting::new("GITHUB_CLIENT_ID", Nothing, ID, "the application's name at GitHub; switches GitHub on");
pub(super) const GITHUB_CLIENT_SECRET: Setting = Setting::secret("GITHUB_CLIENT_SECRET", ID, SECRET);
pub(super) const GITHUB_URL: Setting =
    Setting::new("GITHUB_URL", Written("https://github.com"), BASE, "where GitHub is, for GitHub Enterprise Server");
pub(super) const GITHUB_API_URL: Setting = Setting::new(
    "GITHUB_API_URL",
    Derived("https://api.github.com, or GITHUB_URL/api/v3 where that is set"),
    BASE,
    "where GitHub's API is",
);
pub(super) const OIDC_PROVIDERS: Setting = Setting::new(
    "OIDC_PROVIDERS",
    Nothing,
    Text("names of at most 32 lower-case letters, digits and hyphens, with commas between them, not google or github"),
    "further OpenID Connect issuers; each has the settings that follow",
);
pub(super) const ISSUER: Setting = Setting::new(
    "OIDC_ACME_ISSUER",
    Nothing,
    BASE,
    "the issuer exactly as its metadata at /.well-known/openid-configuration names it",
);
pub(super) const CLIENT_ID: Setting =
    Setting::new("OIDC_ACME_CLIENT_ID", Nothing, ID, "the application's name at the issuer");
pub(super) const CLIENT_SECRET: Setting = Setting::secret("OIDC_ACME_CLIENT_SECRET", ID, SECRET);
pub(super) const SCOPES: Setting = Setting::new(
    "OIDC_ACME_SCOPES",
    Written("openid email profile"),
    Text("scopes with spaces between them, openid among them"),
    "what the issuer is asked for",
);
pub(super) const DISPLAY_NAME: Setting = Setting::new(
    "OIDC_ACME_DISPLAY_NAME",
    Derived("the name in OIDC_PROVIDERS"),
    Text("a text of at most 64 characters"),
    "how the issuer is called on buttons",
);
pub(super) const ROLE_CLAIM: Setting = Setting::new(
    "OIDC_ACME_ROLE_CLAIM",
    Nothing,
    Text("a claim's name such as groups, or a path such as realm_access.roles"),
    "the claim that decides about roles at each sign-in; without it the issuer has no say in them",
);
pub(super) const ROLES: Setting = Setting::new(
    "OIDC_ACME_ROLES",
    Nothing,
    Text("pairs VALUE=ROLE with commas between them, such as keystead-admins=admin"),
    "which values of the claim give which roles; needs OIDC_ACME_ROLE_CLAIM",
);

/// Those of a further provider, and what stands before their suffixes.
const NAMED: [Setting; 7] = [ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPES, DISPLAY_NAME, ROLE_CLAIM, ROLES];
const PREFIX: &str = "OIDC_";
const EXAMPLE_PREFIX: &str = "OIDC_ACME_";
const DISPLAY_NAME_CHARS_MAX: usize = 64;

/// Which URLs providers may have.
#[derive(Clone, Copy)]
struct Reach {
    environment: Environment,
    allow_private_networks: bool,
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    environment: Environment,
    allow_private_networks: bool,
) -> Result<Vec<ProviderSettings>, Noted> {
    let reach = Reach { environment, allow_private_networks };
    let google = google(reader, reach);
    let github = github(reader, reach);
    let names = reader.optional(&OIDC_PROVIDERS, provider_names).map(Option::unwrap_or_default);
    if let Ok(names) = &names {
        strangers(reader, names);
    }
    let issuers: Vec<_> = names.as_deref().unwrap_or_default().iter().map(|name| named(reader, reach, name)).collect();
    let built_in = [google?, github?].into_iter().flatten();
    names?;
    built_in.map(Ok).chain(issuers).collect()
}

fn google(reader: &mut Reader<'_>, reach: Reach) -> Result<Option<ProviderSettings>, Noted> {
    let client = client(reader, &GOOGLE_CLIENT_ID, &GOOGLE_CLIENT_SECRET, false);
    let issuer = reader.value(&GOOGLE_ISSUER, |text| reach.issuer(text));
    let (client, issuer) = (client?, issuer?);
    let scopes = scopes("openid email profile").unwrap_or_default();
    Ok(client
        .and_then(|client| client.provider(GOOGLE, "Google", ProviderKind::OpenId { issuer, scopes, roles: None })))
}

fn github(reader: &mut Reader<'_>, reach: Reach) -> Result<Option<ProviderSettings>, Noted> {
    let client = client(reader, &GITHUB_CLIENT_ID, &GITHUB_CLIENT_SECRET, false);
    let is_elsewhere = reader.is_given(&GITHUB_URL);
    let url = reader.value(&GITHUB_URL, |text| reach.base(text));
    let api_url = reader.optional(&GITHUB_API_URL, |text| reach.base(text));
    let (client, url) = (client?, url?);
    let usual = if is_elsewhere { format!("{url}/api/v3") } else { "https://api.github.com".to_owned() };
    let kind = ProviderKind::GitHub { url, api_url: api_url?.unwrap_or(usual) };
    Ok(client.and_then(|client| client.provider(GITHUB, "GitHub", kind)))
}

fn named(reader: &mut Reader<'_>, reach: Reach, name: &ProviderName) -> Result<ProviderSettings, Noted> {
    let names = NAMED.map(|setting| variable(name, &setting));
    let [issuer, id, secret, scope, display_name, role_claim, roles] =
        std::array::from_fn(|place| NAMED[place].named(&names[place]));
    let client = client(reader, &id, &secret, true);
    let issuer = reader.value(&issuer, |text| reach.issuer(text));
    let scopes = reader.value(&scope, scopes);
    let display_name = reader.optional(&display_name, |text| {
        let is_shown = text.chars().count() <= DISPLAY_NAME_CHARS_MAX && !text.contains(char::is_control);
        is_shown.then(|| text.to_owned())
    });
    let claim = reader.optional(&role_claim, |text| is_token(text).then(|| text.to_owned()));
    let pairs = reader.optional(&roles, role_pairs);
    let roles = match (claim?, pairs?) {
        (Some(claim), Some(roles)) => Some(RoleMapping { claim, roles }),
        (None, None) => None,
        (Some(_), None) => return Err(reader.missing(&roles, format!("must be set where {} is", role_claim.name))),
        (None, Some(_)) => return Err(reader.missing(&role_claim, format!("must be set where {} is", roles.name))),
    };
    let display_name = display_name?.unwrap_or_else(|| name.to_string());
    let kind = ProviderKind::OpenId { issuer: issuer?, scopes: scopes?, roles };
    // `demanded`, so there is one, or a mistake was noted.
    let Client { id, secret } = client?.ok_or_else(|| reader.missing(&id, format!("must be {}", id.allowed)))?;
    Ok(ProviderSettings { name: name.clone(), display_name, client_id: id, client_secret: secret, kind })
}

struct Client {
    id: String,
    secret: SecretString,
}

impl Client {
    fn provider(self, name: &str, display_name: &str, kind: ProviderKind) -> Option<ProviderSettings> {
        let name = ProviderName::parse(name)?;
        let Self { id: client_id, secret: client_secret } = self;
        Some(ProviderSettings { name, display_name: display_name.to_owned(), client_id, client_secret, kind })
    }
}

/// Both, or neither where that is allowed.
fn client(
    reader: &mut Reader<'_>,
    id: &Setting<'_>,
    secret: &Setting<'_>,
    demanded: bool,
) -> Result<Option<Client>, Noted> {
    let given_id = reader.optional(id, |text| Some(text.to_owned()));
    let given_secret = reader.secret(secret);
    match (given_id?, given_secret?) {
        (Some(id), Some(secret)) => Ok(Some(Client { id, secret })),
        (None, None) if !demanded => Ok(None),
        (given_id, given_secret) => {
            let mut noted = Ok(None);
            for (missing, is_missing) in [(id, given_id.is_none()), (secret, given_secret.is_none())] {
                if is_missing {
                    noted = Err(reader.missing(missing, format!("must be {}", missing.allowed)));
                }
            }
            noted
        }
    }
}

impl Reach {
    /// An issuer, exactly as it was written.
    fn issuer(self, text: &str) -> Option<String> {
        (text.len() <= ISSUER_BYTES_MAX && self.reaches(text)).then(|| text.to_owned())
    }

    /// A URL that paths are added to.
    fn base(self, text: &str) -> Option<String> {
        self.issuer(text).map(|text| text.trim_end_matches('/').to_owned())
    }

    fn reaches(self, text: &str) -> bool {
        let Ok(url) = Url::parse(text) else { return false };
        let is_bare = url.query().is_none() && url.fragment().is_none();
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let is_local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_safe = text.starts_with("https://")
            || text.starts_with("http://")
                && self.allow_private_networks
                && (is_local || self.environment == Environment::Development);
        is_bare && is_anonymous && is_plain && is_safe
    }
}

/// A list without doubles.
fn provider_names(text: &str) -> Option<Vec<ProviderName>> {
    let names = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let names: Vec<_> =
        names.map(|one| ProviderName::parse(one).filter(|name| !name.is_reserved())).collect::<Option<_>>()?;
    let different: BTreeSet<_> = names.iter().collect();
    (different.len() == names.len()).then_some(names)
}

/// RFC 6749, section 3.3.
fn scopes(text: &str) -> Option<Vec<String>> {
    let scopes: Vec<_> = text.split_ascii_whitespace().map(str::to_owned).collect();
    (scopes.iter().all(|scope| is_token(scope)) && scopes.iter().any(|scope| scope == "openid")).then_some(scopes)
}

fn is_token(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

/// The last `=` separates: a value may have some, a role has none.
fn role_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split(',').map(str::trim).filter(|one| !one.is_empty());
    let pair = |one: &str| {
        let (value, role) = one.rsplit_once('=')?;
        let (value, role) = (value.trim(), role.trim());
        (!value.is_empty() && !role.is_empty()).then(|| (value.to_owned(), role.to_owned()))
    };
    pairs.map(pair).collect()
}

/// The variable of this provider that `declared` stands for.
fn variable(name: &ProviderName, declared: &Setting<'_>) -> String {
    let suffix = declared.name.strip_prefix(EXAMPLE_PREFIX).unwrap_or_default();
    format!("{PREFIX}{}_{suffix}", name.as_str().to_ascii_uppercase().replace('-', "_"))
}

/// Whether it stands for the settings of a provider that has no name yet.
pub(super) fn is_example(declared: &Setting<'_>) -> bool {
    declared.name.starts_with(EXAMPLE_PREFIX)
}

/// The variables of the providers that `OIDC_PROVIDERS` names, each with what declares it.
pub(super) fn of_further_providers(source: &Source) -> Vec<(String, Setting<'static>)> {
    let names = Reader::new(source).optional(&OIDC_PROVIDERS, provider_names);
    // A list that cannot be read is told by who judges.
    let names = names.ok().flatten().unwrap_or_default();
    names.iter().flat_map(|name| NAMED.map(|declared| (variable(name, &declared), declared))).collect()
}

/// Variables of providers that `OIDC_PROVIDERS` does not name, and misspelt ones of those that it does. Their values
/// are never shown: a secret may be among them.
fn strangers(reader: &mut Reader<'_>, names: &[ProviderName]) {
    let mut known = BTreeSet::from([OIDC_PROVIDERS.name.to_owned()]);
    for name in names {
        for setting in NAMED {
            let variable = variable(name, &setting);
            known.extend(setting.named(&variable).file_twin());
            known.insert(variable);
        }
    }
    for (layer, values) in reader.source.layers() {
        let given = values.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty());
        for (name, _) in given.filter(|(name, _)| !known.contains(*name)) {
            let remedy = "must be that of a name in OIDC_PROVIDERS, or go";
            reader.note(Mistake::new(&format!("{name}{layer}"), "is no setting of a provider", remedy));
        }
    }
}
