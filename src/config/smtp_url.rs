//! `SMTP_URL`, taken apart. It holds a password, so what is wrong with it is told without quoting it.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

/// RFC 8314, section 3.3: TLS from the first byte.
const SUBMISSIONS_PORT: u16 = 465;
/// RFC 6409: submission, with STARTTLS.
const SUBMISSION_PORT: u16 = 587;

#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// A name or an address, IPv6 without brackets. Its certificate must be for it.
    pub host: String,
    pub port: u16,
    pub tls: SmtpTls,
    pub credentials: Option<SmtpCredentials>,
    /// Certificates of a further authority.
    pub ca: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte.
    Implicit,
    /// By STARTTLS, or nothing is sent.
    Required,
    /// By STARTTLS where the server offers it, which somebody on the way can hide.
    Opportunistic,
    None,
}

#[derive(Clone, Debug)]
pub struct SmtpCredentials {
    pub username: String,
    pub password: SecretString,
}

/// # Errors
/// A fragment that says what is wrong, safe to print.
pub(super) fn parse(text: &str) -> Result<SmtpServer, &'static str> {
    let url =
        Url::parse(text).map_err(|_| "it is no URL (characters such as @ : / % in a password are percent-encoded)")?;
    if url.fragment().is_some() || !matches!(url.path(), "" | "/") {
        return Err("nothing but ?tls= may follow the host and port");
    }
    let tls = tls(&url)?;
    let (host, is_local) = match url.host() {
        // Of a scheme that it does not know, the parser leaves the host as it was written.
        Some(Host::Domain(name)) => host(&decoded(name)?)?,
        Some(Host::Ipv4(address)) => (address.to_string(), address.is_loopback()),
        Some(Host::Ipv6(address)) => (address.to_string(), address.is_loopback()),
        None => return Err("it has no host"),
    };
    let credentials = credentials(&url)?;
    let is_encrypted = matches!(tls, SmtpTls::Implicit | SmtpTls::Required);
    if credentials.is_some() && !is_encrypted && !is_local {
        return Err("a password crosses the network with smtps:// or tls=required only");
    }
    let usual = if tls == SmtpTls::Implicit { SUBMISSIONS_PORT } else { SUBMISSION_PORT };
    Ok(SmtpServer { host, port: url.port().unwrap_or(usual), tls, credentials, ca: None })
}

/// In ASCII, and whether it is this machine.
fn host(name: &str) -> Result<(String, bool), &'static str> {
    match Host::parse(name).map_err(|_| "its host is no name and no address")? {
        Host::Domain(name) => {
            let is_local = name == "localhost" || name.ends_with(".localhost");
            Ok((name, is_local))
        }
        Host::Ipv4(address) => Ok((address.to_string(), address.is_loopback())),
        Host::Ipv6(address) => Ok((address.to_string(), address.is_loopback())),
    }
}

fn tls(url: &Url) -> Result<SmtpTls, &'static str> {
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        if name != "tls" || asked.is_some() {
            return Err("the only option after ? is tls, once");
        }
        asked = Some(value.into_owned());
    }
    match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => Ok(SmtpTls::Implicit),
        ("smtps", Some(_)) => Err("smtps:// is TLS in any case, without an option"),
        ("smtp", None | Some("required")) => Ok(SmtpTls::Required),
        ("smtp", Some("opportunistic")) => Ok(SmtpTls::Opportunistic),
        ("smtp", Some("none")) => Ok(SmtpTls::None),
        ("smtp", Some(_)) => Err("tls may be required, opportunistic or none"),
        _ => Err("its scheme is none of these"),
    }
}

fn credentials(url: &Url) -> Result<Option<SmtpCredentials>, &'static str> {
    let username = decoded(url.username())?;
    let password = SecretString::from(decoded(url.password().unwrap_or_default())?);
    match (username.is_empty(), password.expose_secret().is_empty()) {
        (true, true) => Ok(None),
        (false, false) => Ok(Some(SmtpCredentials { username, password })),
        (true, false) => Err("it has a password and no user"),
        (false, true) => Err("it has a user and no password"),
    }
}

fn decoded(text: &str) -> Result<String, &'static str> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "its percent-encoding is not UTF-8")?;
    if decoded.contains('\0') { Err("it has a NUL character") } else { Ok(decoded.into_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_taken_and_decoded() {
        let server = parse("smtps://log%40in:p%40ss%2Fw%3Ard%25@Mail.Example:2465").unwrap();
        assert_eq!((server.host.as_str(), server.port, server.tls), ("mail.example", 2465, SmtpTls::Implicit));
        let credentials = server.credentials.unwrap();
        assert_eq!((credentials.username.as_str(), credentials.password.expose_secret()), ("log@in", "p@ss/w:rd%"));
    }

    #[test]
    fn the_schemes_and_what_may_be_left_out() {
        let cases = [
            ("smtps://mail.example", 465, SmtpTls::Implicit),
            ("smtp://mail.example", 587, SmtpTls::Required),
            ("smtp://mail.example?tls=required", 587, SmtpTls::Required),
            ("smtp://mail.example/?tls=opportunistic", 587, SmtpTls::Opportunistic),
            ("SMTP://mail.example:25?tls=none", 25, SmtpTls::None),
        ];
        for (url, port, tls) in cases {
            let server = parse(url).unwrap();
            assert_eq!((server.port, server.tls, server.credentials.is_none()), (port, tls, true), "{url}");
        }
        for (url, host) in [("smtp://[::1]", "::1"), ("smtp://b%C3%BCcher.example", "xn--bcher-kva.example")] {
            assert_eq!(parse(url).unwrap().host, host);
        }
    }

    #[test]
    fn a_password_is_never_sent_in_the_clear_but_to_this_machine() {
        for tls in ["opportunistic", "none"] {
            for host in ["mail.example", "192.0.2.1", "[2001:db8::1]", "localhost.example"] {
                assert!(parse(&format!("smtp://u:hunter2@{host}?tls={tls}")).is_err(), "{host} {tls}");
                assert!(parse(&format!("smtp://{host}?tls={tls}")).is_ok(), "{host} {tls}");
            }
            for host in ["localhost", "127.0.0.1", "[::1]"] {
                assert!(parse(&format!("smtp://u:hunter2@{host}?tls={tls}")).is_ok(), "{host} {tls}");
            }
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_without_quoting_it() {
        let cases = [
            "",
            "hunter2",
            "mail.example",
            "http://u:hunter2@h",
            "smtp:u:hunter2@h",
            "smtps://",
            "smtps://u:hunter2@",
            "smtps://u:hunter2@h/path",
            "smtps://u:hunter2@h#x",
            "smtps://u:hunter2@h?tls=required",
            "smtp://u:hunter2@h?tls=maybe",
            "smtp://u:hunter2@h?tls=required&tls=none",
            "smtp://u:hunter2@h?ssl=1",
            "smtps://u:hunter2@h:99999",
            "smtps://:hunter2@h",
            "smtps://hunter2@h",
            "smtps://u:hunter2%FF@h",
            "smtps://u:%00@h",
        ];
        for url in cases {
            let why = parse(url).unwrap_err();
            assert!(!why.contains("hunter2"), "{url}: {why}");
        }
    }
}
