//! Whether the addresses make sense together: where people come from, what is believed, what goes unencrypted.

use url::{Host, Url};

use super::finding::{Finding, ok, warn};
use crate::config::Config;
use crate::config::database::{Target, TlsMode};
use crate::config::listener::Listener;
use crate::config::server::Environment;

pub fn look(config: &Config) -> Vec<Finding> {
    let server = &config.server;
    let in_production = server.environment == Environment::Production;
    let mut found = Vec::new();
    let url = server.public_url.as_deref().and_then(|url| Url::parse(url).ok());
    let is_https = url.as_ref().is_some_and(|url| url.scheme() == "https");
    let is_known = url.as_ref().is_some_and(|url| !is_here(url));
    if is_known && !is_https {
        let remedy = "put a proxy with TLS in front, and make it https://: tokens and passwords go over this address";
        found.push(warn("public_url", "PUBLIC_URL is not https://, so whoever is on the way reads everything", remedy));
    } else {
        let listening = server.public_url_on(&server.listen);
        found.push(ok("public_url", format!("people come by {listening}")));
    }
    // TLS ends somewhere before this server, so whoever calls it is a proxy.
    if is_https && server.trusted_proxies.is_empty() {
        let remedy = "set TRUSTED_PROXIES to the proxy's address, such as 127.0.0.1, and nothing else";
        let text = "PUBLIC_URL is https://, so there is a proxy, and TRUSTED_PROXIES names none: everybody seems to come \
                    from one address, and is throttled together";
        found.push(warn("proxies", text, remedy));
    } else {
        let count = server.trusted_proxies.len();
        found.push(ok("proxies", format!("{count} addresses or networks of proxies are believed")));
    }
    if !in_production && !server.listen.is_local() {
        let remedy = "KEYSTEAD_ENV=production refuses weak settings, and wants a SECRET_KEY";
        found.push(warn("environment", "it can be reached from elsewhere and is set to development", remedy));
    }
    if !server.ops_listen.is_local() {
        found.push(warn(
            "ops_listen",
            format!("metrics and health are answered at {}, to whoever can reach it", server.ops_listen),
            "let a firewall keep it private, or make it 127.0.0.1:9090 or a unix: socket",
        ));
    }
    if let Listener::Tcp(address) = &server.listen
        && is_https
        && !address.ip().is_loopback()
    {
        let remedy = "let a firewall keep it to the proxy; without one, LISTEN=127.0.0.1:8080 where the proxy is here";
        found.push(warn("listen", format!("plain HTTP is answered at {address}, past the proxy's TLS"), remedy));
    }
    found.extend(way_to_the_database(&config.database.target));
    found
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn way_to_the_database(target: &Target) -> Option<Finding> {
    let (Target::MySql(address) | Target::Postgres(address)) = target else { return None };
    let is_here = address.socket.is_some() || ["localhost", "127.0.0.1", "::1"].contains(&address.host.as_str());
    let text = match address.tls {
        TlsMode::Verify => return Some(ok("database_tls", "the database's certificate is checked")),
        _ if is_here => return Some(ok("database_tls", "the database is on this machine")),
        TlsMode::Disabled => "nothing is encrypted on the way to the database",
        TlsMode::Preferred => "where the database does not offer TLS, nothing is encrypted on the way",
        TlsMode::Required => "the way to the database is encrypted, and who answers there is not checked",
    };
    Some(warn("database_tls", text, "DB_TLS=verify, with DB_TLS_CA where its authority is one of your own"))
}
