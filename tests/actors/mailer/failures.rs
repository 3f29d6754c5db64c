//! A mail server that refuses, hangs up, is gone, or says nothing any more.

use std::time::{Duration, Instant};

use keystead::actors::mailer::MailPatience;

use super::{Office, SHORT, START, are_sent, soon};
use crate::smtp::{At, Behaviour, SmtpServer};

const HOUR: Duration = Duration::from_hours(1);

#[actix_web::test]
async fn what_passes_is_tried_again_later_and_not_before() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    server.behave(Behaviour::Answers(At::Recipient, 451));
    let id = office.write("ada@example.org").await;
    office.until(&mailer, |rows| rows[0].failed(1, START)).await;
    let wait = office.row(id).await.next_attempt_at.since(START);
    assert!(wait > Duration::from_secs(3) && wait <= Duration::from_secs(5), "{wait:?}");
    server.behave(Behaviour::Takes);
    mailer.send_due(soon()).await.unwrap().unwrap();
    assert!(server.received().is_empty(), "its time has not come");
    office.clock.advance(Duration::from_secs(5));
    office.until(&mailer, are_sent).await;
    assert_eq!((server.received().len(), office.row(id).await.attempts), (1, 2));
    office.close(&[&mailer]).await;
}

/// At the end of a mail's life too: a server that takes it then has it.
#[actix_web::test]
async fn every_place_where_a_4xx_can_come_is_one_to_come_back_to() {
    for at in [At::Greeting, At::Recipient, At::End] {
        let office = Office::on_sqlite().await;
        let server = SmtpServer::start();
        let mailer = office.mailer_to(&server, MailPatience::default());
        server.behave(Behaviour::Answers(at, 421));
        office.write("ada@example.org").await;
        office.until(&mailer, |rows| rows[0].failed(1, START)).await;
        office.clock.advance(23 * HOUR);
        server.behave(Behaviour::Takes);
        office.until(&mailer, are_sent).await;
        assert_eq!(server.received().len(), 1);
        office.close(&[&mailer]).await;
    }
}

#[actix_web::test]
async fn what_is_refused_for_good_is_given_up_after_five_tries_and_nothing_else_is() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    server.behave(Behaviour::Answers(At::Recipient, 550));
    let lost = office.write("nobody@example.org").await;
    for attempt in 1..=5 {
        office.until(&mailer, |rows| rows[0].failed(attempt, office.clock.now())).await;
        assert_eq!(office.row(lost).await.is_given_up(), attempt == 5, "after {attempt}");
        office.clock.advance(Duration::from_mins(3));
    }
    server.behave(Behaviour::Takes);
    office.write("ada@example.org").await;
    office.until(&mailer, |rows| rows[1].sent_at.is_some()).await;
    office.clock.advance(HOUR);
    mailer.send_due(soon()).await.unwrap().unwrap();
    assert_eq!(server.received().len(), 1);
    assert_eq!(office.row(lost).await.attempts, 5);
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_mail_that_is_a_day_old_is_given_up() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    server.stop();
    let mailer = office.mailer_to(&server, MailPatience::default());
    let id = office.write("ada@example.org").await;
    office.until(&mailer, |rows| rows[0].failed(1, START)).await;
    mailer.drain().await;
    office.clock.advance(24 * HOUR);
    // Whoever finds it then does not send it any more, however well the server is.
    let server = server.start_again();
    let mailer = office.mailer_to(&server, MailPatience::default());
    office.until(&mailer, |rows| rows[0].is_given_up()).await;
    assert_eq!((office.row(id).await.attempts, server.received().len()), (2, 0));
    office.close(&[&mailer]).await;
}

/// The answer to a mail is lost: it is sent again, under the same name.
#[actix_web::test]
async fn a_mail_whose_receipt_was_lost_arrives_at_least_once() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    server.behave(Behaviour::HangsUpAfterTheMail);
    office.write("ada@example.org").await;
    office.until(&mailer, |rows| rows[0].failed(1, START)).await;
    server.behave(Behaviour::Takes);
    office.clock.advance(Duration::from_secs(5));
    office.until(&mailer, are_sent).await;
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].mail().headers["message-id"], received[1].mail().headers["message-id"]);
    assert_eq!(received[0].mail().token(), received[1].mail().token());
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_server_that_was_gone_for_ten_minutes_gets_everything() {
    const MAILS: usize = 20;
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    office.write("before@example.org").await;
    // Also over a connection that was kept.
    office.until(&mailer, are_sent).await;
    server.stop();
    for number in 0..MAILS {
        office.write(&format!("{number}@example.org")).await;
    }
    let mut gone = Duration::ZERO;
    while gone < Duration::from_mins(10) {
        office.until(&mailer, |rows| rows[1..].iter().all(|row| row.next_attempt_at > office.clock.now())).await;
        mailer.send_due(soon()).await.unwrap().unwrap();
        assert!(!are_sent(&office.rows().await));
        office.clock.advance(Duration::from_secs(30));
        gone += Duration::from_secs(30);
    }
    let server = server.start_again();
    let mut waited = Duration::ZERO;
    while !are_sent(&office.rows().await) {
        mailer.send_due(soon()).await.unwrap().unwrap();
        office.clock.advance(Duration::from_mins(1));
        waited += Duration::from_mins(1);
        assert!(waited <= Duration::from_mins(16), "{:?}", office.rows().await);
    }
    let mut recipients: Vec<String> = server.received().into_iter().map(|received| received.recipient).collect();
    recipients.sort();
    recipients.dedup();
    assert_eq!(recipients.len(), MAILS);
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_server_that_says_nothing_holds_four_places_for_a_while() {
    for at in [At::Greeting, At::Recipient, At::End] {
        let office = Office::on_sqlite().await;
        let server = SmtpServer::start();
        let mailer = office.mailer_to(&server, SHORT);
        server.behave(Behaviour::Stalls(at));
        for number in 0..10 {
            office.write(&format!("{number}@example.org")).await;
        }
        office.until(&mailer, |rows| rows.iter().all(|row| row.failed(1, START))).await;
        let (_, most, ever) = server.connections();
        // One that was given up here may be open there for a moment.
        assert!((4..=6).contains(&most) && ever == 10, "{at:?}: {most} at once, {ever} in all");
        server.behave(Behaviour::Takes);
        office.clock.advance(Duration::from_secs(5));
        office.until(&mailer, are_sent).await;
        office.close(&[&mailer]).await;
    }
}

/// A connection whose mail took too long is closed: else the next mail would take its late answer for its own.
#[actix_web::test]
async fn an_answer_that_comes_too_late_is_nobody_elses() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, SHORT);
    server.behave(Behaviour::Stalls(At::End));
    let slow = office.write("slow@example.org").await;
    office.until(&mailer, |rows| rows[0].failed(1, START)).await;
    server.behave(Behaviour::Answers(At::Recipient, 550));
    let refused = office.write("refused@example.org").await;
    office.until(&mailer, |rows| rows[1].failed(1, START)).await;
    assert!(office.row(refused).await.sent_at.is_none() && office.row(slow).await.sent_at.is_none());
    assert_eq!(server.connections().2, 2);
    office.close(&[&mailer]).await;
}

#[actix_web::test]
async fn a_stop_waits_some_seconds_for_a_mail_and_leaves_it_to_the_next_start() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    server.behave(Behaviour::Stalls(At::Recipient));
    for number in 0..10 {
        office.write(&format!("{number}@example.org")).await;
    }
    mailer.wake();
    server.until_connected(4).await;
    let began = Instant::now();
    mailer.drain().await;
    let took = began.elapsed();
    assert!(took > Duration::from_secs(3) && took < Duration::from_secs(9), "{took:?}");
    assert!(!mailer.is_open());
    let rows = office.rows().await;
    assert_eq!(rows.iter().filter(|row| row.failed(1, START)).count(), 4, "{rows:?}");
    assert_eq!(rows.iter().filter(|row| row.attempts == 0).count(), 6, "{rows:?}");
    server.behave(Behaviour::Takes);
    office.clock.advance(Duration::from_secs(5));
    let mailer = office.mailer_to(&server, MailPatience::default());
    office.until(&mailer, are_sent).await;
    office.close(&[&mailer]).await;
}

/// What another program has put there must not become another mail.
#[actix_web::test]
async fn a_recipient_that_is_no_address_is_given_up() {
    let office = Office::on_sqlite().await;
    let server = SmtpServer::start();
    let mailer = office.mailer_to(&server, MailPatience::default());
    for evil in ["ada@example.org\r\nBcc: eve@example.org", "ada@example.org> RCPT TO:<eve@example.org", "", "ada"] {
        office.write(evil).await;
    }
    office.write("ada@example.org").await;
    let rows =
        office.until(&mailer, |rows| rows[4].sent_at.is_some() && rows[..4].iter().all(super::Row::is_given_up)).await;
    assert!(rows.iter().all(|row| row.attempts == 1));
    assert_eq!(server.received().len(), 1);
    assert!(!server.overheard().contains("eve@"), "{}", server.overheard());
    office.close(&[&mailer]).await;
}
