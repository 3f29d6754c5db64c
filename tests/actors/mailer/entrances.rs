//! TLS and passwords: what is sent to whom, and what is kept back.

use std::time::Duration;

use keystead::actors::mailer::MailPatience;

use super::{Office, START, are_sent};
use crate::certificates::Certificates;
use crate::smtp::{Entrance, SmtpServer};

const CREDENTIALS: Option<(&str, &str)> = Some(("login", "pass word/1"));

fn url(scheme: &str, password: &str, server: &SmtpServer, end: &str) -> String {
    format!("{scheme}://login:{password}@localhost:{}{end}", server.port())
}

#[actix_web::test]
async fn a_password_is_asked_for_and_given() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::with(Entrance { credentials: CREDENTIALS, ..Entrance::default() });
    // Wrong, or not there: that is the operator's mistake and not the mail's.
    let wrong = [url("smtp", "wrong", &server, "?tls=none"), format!("smtp://localhost:{}?tls=none", server.port())];
    office.write("ada@example.org").await;
    for (url, attempts) in wrong.iter().zip([7, 14]) {
        let mailer = office.mailer(&[("SMTP_URL", url)], MailPatience::default());
        for attempt in office.rows().await[0].attempts + 1..=attempts {
            office.until(&mailer, |rows| rows[0].failed(attempt, office.clock.now())).await;
            assert!(!office.rows().await[0].is_given_up());
            office.clock.advance(Duration::from_mins(15));
        }
        mailer.drain().await;
    }
    assert!(server.received().is_empty());
    let right = url("smtp", "pass%20word%2F1", &server, "?tls=none");
    let mailer = office.mailer(&[("SMTP_URL", &right)], MailPatience::default());
    office.until(&mailer, are_sent).await;
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn tls_from_the_first_byte_needs_a_certificate_that_is_trusted() {
    let office = Office::on_sqlite().await;
    let certificates = Certificates::make();
    let entrance = Entrance { implicit: Some(certificates.server()), credentials: CREDENTIALS, ..Entrance::default() };
    let server = SmtpServer::with(entrance);
    let url = url("smtps", "pass%20word%2F1", &server, "");
    let stranger = office.mailer(&[("SMTP_URL", &url)], MailPatience::default());
    office.write("ada@example.org").await;
    office.until(&stranger, |rows| rows[0].failed(1, START)).await;
    stranger.drain().await;
    assert!(server.received().is_empty());
    office.clock.advance(Duration::from_secs(5));
    let authority = certificates.authority();
    let trust = ("SMTP_TLS_CA", authority.to_str().unwrap());
    // Trusted, but not under this name.
    let elsewhere = url.replace("localhost", "127.0.0.2");
    let mailer = office.mailer(&[("SMTP_URL", &elsewhere), trust], MailPatience::default());
    office.until(&mailer, |rows| rows[0].attempts == 2 && rows[0].failed(2, office.clock.now())).await;
    mailer.drain().await;
    assert!(server.received().is_empty());
    office.clock.advance(Duration::from_secs(15));
    let mailer = office.mailer(&[("SMTP_URL", &url), trust], MailPatience::default());
    office.until(&mailer, are_sent).await;
    assert!(server.received()[0].encrypted);
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn where_tls_is_required_nothing_is_said_without_it() {
    let office = Office::on_sqlite().await;
    let certificates = Certificates::make();
    let authority = certificates.authority();
    let trust = ("SMTP_TLS_CA", authority.to_str().unwrap());
    // It does not offer STARTTLS, or somebody on the way hides that it does.
    let bare = SmtpServer::with(Entrance { credentials: CREDENTIALS, ..Entrance::default() });
    let mailer =
        office.mailer(&[("SMTP_URL", &url("smtp", "pass%20word%2F1", &bare, "")), trust], MailPatience::default());
    office.write("ada@example.org").await;
    office.until(&mailer, |rows| rows[0].failed(1, START)).await;
    mailer.drain().await;
    let overheard = bare.overheard();
    assert!(overheard.contains("EHLO") && !overheard.contains("AUTH") && !overheard.contains("MAIL"), "{overheard}");
    let entrance = Entrance { starttls: Some(certificates.server()), credentials: CREDENTIALS, ..Entrance::default() };
    let offers = SmtpServer::with(entrance);
    for end in ["?tls=required", "?tls=opportunistic"] {
        office.clock.advance(Duration::from_mins(1));
        office.write("ada@example.org").await;
        let url = url("smtp", "pass%20word%2F1", &offers, end);
        let mailer = office.mailer(&[("SMTP_URL", &url), trust], MailPatience::default());
        office.until(&mailer, are_sent).await;
        mailer.drain().await;
    }
    let overheard = offers.overheard();
    assert!(
        overheard.contains("STARTTLS") && !overheard.contains("AUTH") && !overheard.contains("MAIL"),
        "{overheard}"
    );
    assert!(offers.received().len() == 3 && offers.received().iter().all(|received| received.encrypted));
    // Opportunistic means that it goes without, where there is none and no password to lose.
    let bare = SmtpServer::start();
    office.write("ada@example.org").await;
    let url = format!("smtp://localhost:{}?tls=opportunistic", bare.port());
    let mailer = office.mailer(&[("SMTP_URL", &url)], MailPatience::default());
    office.until(&mailer, are_sent).await;
    assert!(!bare.received()[0].encrypted);
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn an_authority_that_is_none_stops_the_start() {
    let office = Office::on_sqlite().await;
    assert!(office.rows().await.is_empty());
    let server = SmtpServer::start();
    let more = [("SMTP_URL", &*url("smtps", "p", &server, "")), ("SMTP_TLS_CA", "Cargo.toml")];
    let told = office.try_mailer(&more, MailPatience::default()).err().unwrap().to_string();
    assert!(told.starts_with("SMTP_TLS_CA: Cargo.toml"), "{told}");
    office.close(&[]).await;
}
