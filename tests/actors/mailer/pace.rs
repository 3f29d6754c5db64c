//! How fast the outbox empties.

use std::time::{Duration, Instant};

use keystead::actors::mailer::MailPatience;

use super::{Office, are_sent};
use crate::databases::Engine;
use crate::smtp::SmtpServer;

const MAILS: usize = 1_000;
/// A bound and no measure: an unoptimised build on two busy cores, with every write on the disk.
const LONGEST: Duration = Duration::from_mins(1);

async fn a_thousand_mails_leave(engine: Engine, server: Option<&SmtpServer>) {
    let Some(office) = Office::open(engine).await else { return };
    for number in 0..MAILS {
        office.write(&format!("{number}@example.org")).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let mailer = match server {
        Some(server) => office.mailer_to(server, MailPatience::default()),
        None => office.mailer(&[("MAIL_DIR", folder.path().to_str().unwrap())], MailPatience::default()),
    };
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if are_sent(&office.rows().await) {
            break;
        }
        assert!(began.elapsed() < LONGEST, "{} seconds", LONGEST.as_secs());
    }
    println!("{MAILS} mails on {engine:?} in {:?}", began.elapsed());
    if server.is_none() {
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MAILS);
    }
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_thousand_files_are_written_on_sqlite() {
    a_thousand_mails_leave(Engine::Sqlite, None).await;
}

#[actix_web::test]
async fn a_thousand_files_are_written_on_mariadb() {
    a_thousand_mails_leave(Engine::MariaDb, None).await;
}

#[actix_web::test]
async fn a_thousand_files_are_written_on_postgres() {
    a_thousand_mails_leave(Engine::Postgres, None).await;
}

#[actix_web::test]
async fn a_thousand_mails_are_sent() {
    let server = SmtpServer::start();
    a_thousand_mails_leave(Engine::Sqlite, Some(&server)).await;
    assert_eq!(server.received().len(), MAILS);
}
