//! What leaves, in what form, and on which of several nodes.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use keystead::actors::mailer::MailPatience;
use keystead::domain::letter::Letter;

use super::{Office, START, are_sent};
use crate::app::mails::Mail;
use crate::databases::Engine;
use crate::outbox::write_letter;
use crate::smtp::SmtpServer;

#[actix_web::test]
async fn a_mail_arrives_in_two_forms_under_its_own_name() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    let id = office.write("Zoë.Ada+x@Bücher.example").await;
    mailer.wake();
    let received = server.until_received(1).await.remove(0);
    let mail = received.mail();
    assert_eq!(received.recipient, "Zoë.Ada+x@xn--bcher-kva.example");
    assert_eq!(mail.headers["message-id"], format!("<{id}@id.example>"));
    assert_eq!(mail.headers["from"], "Login <login@id.example>");
    assert_eq!((mail.to(), mail.subject()), ("Zoë.Ada+x@xn--bcher-kva.example", "Choose a new password"));
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    assert_eq!(mail.headers["date"], "Fri, 15 Jan 2027 08:00:00 +0000");
    assert!(mail.headers["content-type"].starts_with("multipart/alternative"));
    assert_eq!(mail.link(), format!("https://id.example/pages/reset-password#token={}", mail.token()));
    assert!(mail.html.contains(&format!("href=\"{}\"", mail.link())), "{}", mail.html);
    assert!(received.source.lines().all(|line| line.len() <= 998), "RFC 5322, section 2.1.1");
    let rows = office.until(&mailer, are_sent).await;
    assert_eq!((rows[0].attempts, rows[0].sent_at, &rows[0].payload), (1, Some(START), &None));
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_mail_that_nobody_is_to_get_leaves_the_outbox_the_same_way() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    write_letter(&office.door, &office.sealer, "nobody@example.org", &Letter::Discard).await;
    office.write("ada@example.org").await;
    let rows = office.until(&mailer, are_sent).await;
    assert!(rows.iter().all(|row| row.payload.is_none() && row.attempts == 1), "{rows:?}");
    assert_eq!(server.received().len(), 1);
    mailer.drain().await;
    // Without a transport nobody gets anything, and nothing piles up.
    let none = office.mailer(&[("MAIL_TRANSPORT", "none")], MailPatience::default());
    office.write("ada@example.org").await;
    assert!(office.until(&none, are_sent).await.iter().all(|row| row.payload.is_none()));
    assert_eq!(server.received().len(), 1);
    office.close(&[&none]).await;
}

#[actix_web::test]
async fn a_file_is_its_owners_alone_and_there_whole_or_not_at_all() {
    let office = Office::on_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("made/when/needed");
    let mailer = office.mailer(&[("MAIL_DIR", folder.to_str().unwrap())], MailPatience::default());
    let id = office.write("ada@example.org").await;
    office.until(&mailer, are_sent).await;
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, [format!("20270115T080000.000Z-{id}-reset_password.eml").as_str()]);
    let path = folder.join(&names[0]);
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
    assert_eq!(Mail::parse(&std::fs::read_to_string(&path).unwrap()).to(), "ada@example.org");
    // A folder that cannot be written to is a reason to wait, not to lose mail.
    mailer.drain().await;
    let blocked = office.mailer(&[("MAIL_DIR", path.to_str().unwrap())], MailPatience::default());
    let waits = office.write("ada@example.org").await;
    office.until(&blocked, |rows| rows.iter().any(|row| row.id == waits && row.failed(1, START))).await;
    office.close(&[&blocked]).await;
}

/// Two mailers on one database, as on two nodes; nothing fails, so each mail arrives once.
async fn each_mail_leaves_one_node(engine: Engine) {
    const MAILS: usize = 120;
    let Some(office) = Office::open(engine).await else { return };
    let server = SmtpServer::start();
    let mut written = BTreeSet::new();
    for number in 0..MAILS {
        written.insert(office.write(&format!("{number}@example.org")).await);
    }
    let mailers = [(); 2].map(|()| office.mailer_to(&server, MailPatience::default()));
    let received = server.until_received(MAILS).await;
    office.until(&mailers[0], are_sent).await;
    assert_eq!(server.received().len(), MAILS);
    let names: BTreeSet<String> =
        received.iter().map(|received| received.mail().headers["message-id"].clone()).collect();
    assert_eq!(names, written.iter().map(|id| format!("<{id}@id.example>")).collect());
    let (_, most, ever) = server.connections();
    assert!(most <= 2 * 4 + 2, "{most} at once");
    assert!(ever < MAILS / 2, "{ever} connections for {MAILS} mails: they are kept");
    office.close(&[&mailers[0], &mailers[1]]).await;
}

#[actix_web::test]
async fn each_mail_leaves_one_node_on_sqlite() {
    each_mail_leaves_one_node(Engine::Sqlite).await;
}

#[actix_web::test]
async fn each_mail_leaves_one_node_on_mariadb() {
    each_mail_leaves_one_node(Engine::MariaDb).await;
}

#[actix_web::test]
async fn each_mail_leaves_one_node_on_postgres() {
    each_mail_leaves_one_node(Engine::Postgres).await;
}

#[actix_web::test]
async fn a_wrong_template_stops_the_start_with_its_file_and_line() {
    let office = Office::on_sqlite().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mfa_changed.html");
    // In a turn that only one of the four changes takes.
    std::fs::write(&path, "<p>\n{% if change == \"turned_off\" %}{{ nobody }}{% endif %}").unwrap();
    let more = [("MAIL_TEMPLATES", folder.path().to_str().unwrap())];
    let told = office.try_mailer(&more, MailPatience::default()).err().unwrap().to_string();
    assert!(told.starts_with(&format!("mail template {}, line 2: ", path.display())), "{told}");
    std::fs::write(&path, "<p>{{ change }}</p>").unwrap();
    let mailer = office.mailer(&more, MailPatience::default());
    tokio::time::sleep(Duration::from_millis(1)).await;
    office.close(&[&mailer]).await;
}
