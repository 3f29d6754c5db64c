//! Mail: which way out there is, and what has to be said for it.

use std::path::Path;

use super::super::mail::{MailSettings, MailTransport};
use super::super::smtp_url::SmtpTls;
use super::*;

const URL: (&str, &str) = ("SMTP_URL", "smtps://u:hunter2@mail.example");
const FROM: (&str, &str) = ("MAIL_FROM", "Example <login@example.com>");

fn mail(pairs: &[(&str, &str)]) -> MailSettings {
    read(pairs).unwrap().mail
}

#[test]
fn development_writes_files_and_production_sends_nothing_until_it_is_told_how() {
    let of = |mail: MailSettings| match mail.transport {
        MailTransport::File { folder } => folder.display().to_string(),
        MailTransport::None => "none".to_owned(),
        MailTransport::Smtp(server) => server.host,
    };
    assert_eq!(of(mail(&[])), "./data/mail");
    assert_eq!(of(mail(&[("DB_PATH", "/srv/keystead.db")])), "/srv/mail");
    assert_eq!(of(mail(&[("MAIL_DIR", "/tmp/mail")])), "/tmp/mail");
    assert_eq!(of(read_in_production(&[]).unwrap().mail), "none");
    assert_eq!(of(read_in_production(&[("MAIL_TRANSPORT", "file")]).unwrap().mail), "./data/mail");
    assert_eq!(of(mail(&[URL, FROM])), "mail.example");
    assert_eq!(of(mail(&[URL, ("MAIL_TRANSPORT", "file")])), "./data/mail");
    assert_eq!(mail(&[]).from.to_string(), "Keystead <keystead@localhost>");
}

#[test]
fn smtp_needs_a_server_and_a_sender() {
    let lines = lines(read(&[("MAIL_TRANSPORT", "smtp")]));
    assert!(lines[0].starts_with("MAIL_FROM: is not set; must be an address"), "{lines:?}");
    assert!(lines[1].starts_with("SMTP_URL: is not set; must be smtps://"), "{lines:?}");
    let line = only_line(read(&[("SMTP_URL", "smtp://u:hunter2@mail.example?tls=none"), FROM]));
    assert!(line.contains("a password crosses the network with smtps:// or tls=required only"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
    for from in
        ["", "login", "login@", "A <login@example.com", "login@example.com\nBcc: b@example.com", "zoë@a.example"]
    {
        let pairs = [URL, ("MAIL_FROM", from)];
        assert!(only_line(read(&pairs)).starts_with("MAIL_FROM: "), "{from}");
    }
    let settings = mail(&[URL, FROM, ("SMTP_TLS_CA", "Cargo.toml")]);
    let MailTransport::Smtp(server) = settings.transport else { panic!("no SMTP") };
    assert_eq!((server.tls, server.ca.as_deref()), (SmtpTls::Implicit, Some(Path::new("Cargo.toml"))));
    assert!(!format!("{server:?}").contains("hunter2"));
    assert!(only_line(read(&[("SMTP_TLS_CA", "/nowhere.pem")])).starts_with("SMTP_TLS_CA: is \"/nowhere.pem\""));
}

#[test]
fn the_url_of_the_server_can_come_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("smtp_url");
    std::fs::write(&path, "smtp://u:hunter2@mail.example:2525\n").unwrap();
    let settings = mail(&[("SMTP_URL_FILE", path.to_str().unwrap()), FROM]);
    let MailTransport::Smtp(server) = settings.transport else { panic!("no SMTP") };
    assert_eq!((server.host.as_str(), server.port, server.tls), ("mail.example", 2525, SmtpTls::Required));
}

#[test]
fn addresses_cannot_be_verified_without_mail() {
    for asked in ["optional", "required"] {
        let line = only_line(read(&[("EMAIL_VERIFICATION", asked), ("MAIL_TRANSPORT", "none")]));
        assert_eq!(line, "MAIL_TRANSPORT: is none; must be smtp or file where EMAIL_VERIFICATION is not off");
        assert_eq!(only_line(read_in_production(&[("EMAIL_VERIFICATION", asked)])), line);
        assert!(read(&[("EMAIL_VERIFICATION", asked)]).is_ok());
    }
    assert!(read(&[("MAIL_TRANSPORT", "none")]).is_ok());
}

#[test]
fn links_and_templates_are_where_they_are_said_to_be() {
    let links = mail(&[("EMAIL_LINK_RESET", "https://app.example/reset#{token}")]).links;
    assert_eq!(links.reset.unwrap().with("ks1_A"), "https://app.example/reset#ks1_A");
    assert!(links.verify.is_none() && links.change.is_none() && links.invitation.is_none());
    let line = only_line(read(&[("EMAIL_LINK_VERIFY", "https://app.example/verify")]));
    assert!(
        line.starts_with("EMAIL_LINK_VERIFY: is \"https://app.example/verify\"; must be a URL with {token}"),
        "{line}"
    );
    let open = ("EMAIL_LINK_INVITATION", "http://app.example/join#{token}");
    assert_eq!(
        only_line(read_in_production(&[open])),
        "EMAIL_LINK_INVITATION: is http://; must be https:// in production"
    );
    assert!(read(&[open]).is_ok());
    assert!(read_in_production(&[("EMAIL_LINK_CHANGE", "http://localhost:3000/#{token}")]).is_ok());
    assert!(only_line(read(&[("MAIL_TEMPLATES", "/nowhere")])).starts_with("MAIL_TEMPLATES: is \"/nowhere\""));
    assert_eq!(mail(&[("MAIL_TEMPLATES", "docs")]).templates.unwrap(), Path::new("docs"));
}
