//! The server: its environment, where it listens, the address people know it by, whom it believes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::listener::Listener;
use super::mistake::Mistake;
use super::reader::{Noted, Reader};
use super::setting::Allowed::{Text, Words};
use super::setting::Fallback::{Derived, Nothing, Written};
use super::setting::{Section, Setting};
use super::web_origin::WebOrigin;

pub(super) const ENVIRONMENT: Setting = Setting::new(
    "KEYSTEAD_ENV",
    Written("development"),
    Words(&["development", "production"]),
    "production demands SECRET_KEY, refuses weak settings and logs JSON",
);
const LISTEN: Setting = Setting::new("LISTEN", Written("127.0.0.1:8080"), ADDRESS, "the app's listener");
const OPS_LISTEN: Setting =
    Setting::new("OPS_LISTEN", Written("127.0.0.1:9090"), ADDRESS, "the listener for operators; keep it private");
const PUBLIC_URL: Setting = Setting::new(
    "PUBLIC_URL",
    Derived("http:// and LISTEN"),
    Text("an origin without a path, such as https://auth.example.com"),
    "the address people reach the server by; issuer of tokens and base of links",
);
const CORS_ORIGINS: Setting = Setting::new(
    "CORS_ORIGINS",
    Nothing,
    Text("exact origins such as https://app.example.com, with commas between them"),
    "web pages of these origins may call the API from a browser",
);
const TRUSTED_PROXIES: Setting = Setting::new(
    "TRUSTED_PROXIES",
    Nothing,
    Text("addresses or networks such as 10.0.0.0/8, with commas between them"),
    "proxies whose X-Forwarded-For and Forwarded headers are believed",
);
const ADDRESS: super::Allowed =
    Text("an IP address and port such as 127.0.0.1:8080 (port 0: any free one) or unix:PATH");

pub(super) const SECTION: Section = Section {
    title: "Server",
    introduction: "Where it listens, and the address people know it by.",
    settings: SETTINGS,
};
pub const SETTINGS: &[Setting] = &[ENVIRONMENT, LISTEN, OPS_LISTEN, PUBLIC_URL, CORS_ORIGINS, TRUSTED_PROXIES];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    Development,
    Production,
}

#[derive(Clone, Debug)]
pub struct ServerSettings {
    pub environment: Environment,
    pub listen: Listener,
    pub ops_listen: Listener,
    /// As given; [`Self::public_url_on`] has the answer for every case.
    pub public_url: Option<String>,
    /// Canonical, to be compared byte by byte with the `Origin` header.
    pub cors_origins: Vec<String>,
    pub trusted_proxies: Vec<IpNet>,
}

impl ServerSettings {
    /// The address people know the server by, without a slash at its end; `listening` is where it really listens, which
    /// differs from the setting where that has port 0.
    #[must_use]
    pub fn public_url_on(&self, listening: &Listener) -> String {
        match (&self.public_url, listening) {
            (Some(url), _) => url.clone(),
            (None, Listener::Tcp(address)) => format!("http://{}", reachable(*address)),
            // `read` demands PUBLIC_URL here.
            (None, Listener::Unix(_)) => "http://localhost".to_owned(),
        }
    }
}

/// A mistaken environment counts as development meanwhile: then only what is surely wrong is reported.
pub(super) fn environment(reader: &mut Reader<'_>) -> Environment {
    let parsed = reader.value(&ENVIRONMENT, |text| match text {
        "development" => Some(Environment::Development),
        "production" => Some(Environment::Production),
        _ => None,
    });
    parsed.unwrap_or(Environment::Development)
}

pub(super) fn read(reader: &mut Reader<'_>, environment: Environment) -> Result<ServerSettings, Noted> {
    let listen = reader.value(&LISTEN, Listener::parse);
    let ops_listen = reader.value(&OPS_LISTEN, Listener::parse);
    if let (Ok(listen), Ok(ops)) = (&listen, &ops_listen)
        && listen.collides_with(ops)
    {
        reader.note(Mistake::new(OPS_LISTEN.name, format!("is {ops}"), format!("must differ from LISTEN ({listen})")));
    }
    let public_url = reader.optional(&PUBLIC_URL, WebOrigin::parse);
    if let (Ok(url), Ok(listen)) = (&public_url, &listen) {
        check_public_url(reader, environment, url.as_ref(), listen);
    }
    let cors_origins = reader.optional(&CORS_ORIGINS, |text| listed(text, |one| Some(WebOrigin::parse(one)?.text)));
    let trusted_proxies = reader.optional(&TRUSTED_PROXIES, |text| listed(text, network));
    if let (Ok(Some(networks)), Environment::Production) = (&trusted_proxies, environment)
        && let Some(everyone) = networks.iter().find(|network| network.prefix_len() == 0)
    {
        let remedy = "must not be everyone in production: then anybody could choose their own address";
        reader.note(Mistake::new(TRUSTED_PROXIES.name, format!("has {everyone}"), remedy));
    }
    Ok(ServerSettings {
        environment,
        listen: listen?,
        ops_listen: ops_listen?,
        public_url: public_url?.map(|url| url.text),
        cors_origins: cors_origins?.unwrap_or_default(),
        trusted_proxies: trusted_proxies?.unwrap_or_default(),
    })
}

fn check_public_url(reader: &mut Reader<'_>, environment: Environment, url: Option<&WebOrigin>, listen: &Listener) {
    let in_production = environment == Environment::Production;
    match url {
        Some(url) if in_production && url.is_open_to_eavesdroppers => {
            reader.note(Mistake::new(PUBLIC_URL.name, format!("is {:?}", url.text), "must be https:// in production"));
        }
        None if matches!(listen, Listener::Unix(_)) => {
            reader.missing(&PUBLIC_URL, "must be given where LISTEN is a unix: socket");
        }
        None if in_production && !listen.is_local() => {
            reader.missing(&PUBLIC_URL, "must be https:// in production where LISTEN can be reached from elsewhere");
        }
        Some(_) | None => {}
    }
}

/// Nobody can call 0.0.0.0; from this machine the loopback address means the same.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A comma-separated list; empty places (a comma at the end) are passed over.
fn listed<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(parse).collect()
}

/// A network, or a single address as the network of itself. Bits behind the prefix are dropped.
fn network(text: &str) -> Option<IpNet> {
    let parsed = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    parsed.map(|network| network.trunc())
}
