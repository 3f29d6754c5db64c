//! Providers: whole or not at all, and nothing misspelt.

use secrecy::ExposeSecret as _;

use super::super::oauth::{OauthSettings, ProviderKind, RoleMapping};
use super::*;

const ON: (&str, &str) = ("OAUTH_ENABLED", "true");
const BACK: (&str, &str) = ("OAUTH_REDIRECTS", "https://app.example/callback, http://127.0.0.1/callback,");
const GOOGLE: [(&str, &str); 2] = [("GOOGLE_CLIENT_ID", "id-at-google"), ("GOOGLE_CLIENT_SECRET", "hunter2")];
const ACME: [(&str, &str); 4] = [
    ("OIDC_PROVIDERS", "acme-co"),
    ("OIDC_ACME_CO_ISSUER", "https://id.acme.example/realm/"),
    ("OIDC_ACME_CO_CLIENT_ID", "id-at-acme"),
    ("OIDC_ACME_CO_CLIENT_SECRET", "hunter2"),
];

fn with(parts: &[&[(&'static str, &'static str)]]) -> Vec<(&'static str, &'static str)> {
    [&[ON, BACK], &parts.concat()[..]].concat()
}

fn oauth(parts: &[&[(&'static str, &'static str)]]) -> OauthSettings {
    read(&with(parts)).unwrap().oauth
}

fn issuer(kind: &ProviderKind) -> (&str, String, Option<&RoleMapping>) {
    match kind {
        ProviderKind::OpenId { issuer, scopes, roles } => (issuer, scopes.join(" "), roles.as_ref()),
        ProviderKind::GitHub { url, api_url } => (url, api_url.clone(), None),
    }
}

#[test]
fn it_is_off_until_it_is_switched_on() {
    assert!(read(&[]).unwrap().oauth.providers.is_empty());
    let all = [&GOOGLE[..], &ACME[..]].concat();
    assert!(read(&all).unwrap().oauth.providers.is_empty());
    assert_eq!(
        lines(read(&[ON])),
        [
            "OAUTH_REDIRECTS: is not set; must have at least one URL where OAUTH_ENABLED is true",
            "OAUTH_ENABLED: is true; must be false where no provider is configured (GOOGLE_…, GITHUB_…, OIDC_PROVIDERS)",
        ]
    );
}

#[test]
fn the_known_ones_need_their_client_and_nothing_else() {
    let settings = oauth(&[&GOOGLE]);
    let [google] = &settings.providers[..] else { panic!("{:?}", settings.providers) };
    assert_eq!((google.name.as_str(), google.display_name.as_str()), ("google", "Google"));
    assert_eq!((google.client_id.as_str(), google.client_secret.expose_secret()), ("id-at-google", "hunter2"));
    assert_eq!(issuer(&google.kind), ("https://accounts.google.com", "openid email profile".to_owned(), None));
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(settings.redirects.find("http://127.0.0.1:4711/callback").is_some());
    let github = [("GITHUB_CLIENT_ID", "id"), ("GITHUB_CLIENT_SECRET", "hunter2")];
    let at = |more: &[(&'static str, &'static str)]| {
        let kind = oauth(&[&github, more]).providers[0].kind.clone();
        let (url, api_url, _) = issuer(&kind);
        format!("{url} {api_url}")
    };
    assert_eq!(at(&[]), "https://github.com https://api.github.com");
    let enterprise = ("GITHUB_URL", "https://git.acme.example/");
    assert_eq!(at(&[enterprise]), "https://git.acme.example https://git.acme.example/api/v3");
    let api = ("GITHUB_API_URL", "https://api.acme.example");
    assert_eq!(at(&[enterprise, api]), "https://git.acme.example https://api.acme.example");
}

#[test]
fn others_have_settings_of_their_own_name() {
    let settings = oauth(&[&ACME]);
    let acme = &settings.providers[0];
    assert_eq!((acme.name.as_str(), acme.display_name.as_str()), ("acme-co", "acme-co"));
    // With its slash: an issuer is compared byte by byte.
    assert_eq!(issuer(&acme.kind), ("https://id.acme.example/realm/", "openid email profile".to_owned(), None));
    let more = [
        ("OIDC_ACME_CO_DISPLAY_NAME", "Acme & Co"),
        ("OIDC_ACME_CO_SCOPES", "openid  groups"),
        ("OIDC_ACME_CO_ROLE_CLAIM", "realm_access.roles"),
        ("OIDC_ACME_CO_ROLES", "a=b=admin, staff = user"),
    ];
    let settings = oauth(&[&ACME, &more]);
    let (_, scopes, roles) = issuer(&settings.providers[0].kind);
    let roles = roles.unwrap();
    assert_eq!((settings.providers[0].display_name.as_str(), scopes.as_str()), ("Acme & Co", "openid groups"));
    assert_eq!(roles.claim, "realm_access.roles");
    assert_eq!(roles.roles, [("a=b", "admin"), ("staff", "user")].map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn a_provider_that_is_half_configured_names_what_is_missing() {
    for (half, missing) in [(0, "GOOGLE_CLIENT_SECRET"), (1, "GOOGLE_CLIENT_ID")] {
        let line = only_line(read(&with(&[&GOOGLE[half..=half]])));
        assert!(line.starts_with(&format!("{missing}: is not set; must be ")), "{line}");
        // Switched off it is a mistake as well: it would be one on the day it is switched on.
        assert_eq!(only_line(read(&GOOGLE[half..=half])), line);
    }
    let lines = lines(read(&with(&[&ACME[..1]])));
    let names: Vec<_> = lines.iter().filter_map(|line| line.split(": is not set").next()).collect();
    assert_eq!(names, ["OIDC_ACME_CO_CLIENT_ID", "OIDC_ACME_CO_CLIENT_SECRET", "OIDC_ACME_CO_ISSUER"]);
    for (given, missing) in [("ROLES", "ROLE_CLAIM"), ("ROLE_CLAIM", "ROLES")] {
        let given = match given {
            "ROLES" => ("OIDC_ACME_CO_ROLES", "a=admin"),
            _ => ("OIDC_ACME_CO_ROLE_CLAIM", "groups"),
        };
        let line = only_line(read(&with(&[&ACME, &[given]])));
        assert_eq!(line, format!("OIDC_ACME_CO_{missing}: is not set; must be set where {} is", given.0));
    }
}

#[test]
fn what_is_misspelt_is_named_without_its_value() {
    let typos = ["OIDC_ACM_CO_CLIENT_SECRET", "OIDC_ACME_CO_CLIENT_SECRT", "OIDC_ACME_CO_ISSUER_FILE", "OIDC_PROVIDER"];
    for typo in typos {
        let line = only_line(read(&with(&[&ACME, &[(typo, "hunter2")]])));
        assert_eq!(
            line,
            format!("{typo}: is no setting of a provider; must be that of a name in OIDC_PROVIDERS, or go")
        );
        assert!(read(&with(&[&ACME, &[(typo, "")]])).is_ok());
    }
    for names in ["google", "acme,acme", "Acme", "acme_co", "-"] {
        assert!(only_line(read(&[("OIDC_PROVIDERS", names)])).starts_with("OIDC_PROVIDERS: is"), "{names}");
    }
}

#[test]
fn issuers_are_reached_over_https_or_where_it_was_allowed() {
    let at = |url: &'static str| [ACME[0], ("OIDC_ACME_CO_ISSUER", url), ACME[2], ACME[3]];
    let private = ("OAUTH_ALLOW_PRIVATE_NETWORKS", "true");
    for url in
        ["http://127.0.0.1:9000", "http://id.internal", "ftp://id.example", "https://id.example/?a", "id.example"]
    {
        let line = only_line(read(&with(&[&at(url)])));
        assert!(line.starts_with(&format!("OIDC_ACME_CO_ISSUER: is {url:?}; must be an https:// URL")), "{line}");
    }
    assert!(read(&with(&[&at("http://id.internal"), &[private]])).is_ok());
    let in_production = |url| read_in_production(&with(&[&at(url), &[private]]));
    assert!(only_line(in_production("http://id.internal")).starts_with("OIDC_ACME_CO_ISSUER"));
    assert!(in_production("http://127.0.0.1:9000").is_ok() && in_production("https://id.internal").is_ok());
}

#[test]
fn a_browser_is_sent_to_listed_places_only() {
    for list in ["http://app.example/", "https://app.example/#a", "javascript:alert(1)", "*"] {
        assert!(only_line(read(&[("OAUTH_REDIRECTS", list)])).starts_with("OAUTH_REDIRECTS: is"), "{list}");
    }
}
