//! Nobody's mailbox is filled by somebody who keeps asking, and nobody sees whether a mail went out.

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{NEW, OPTIONAL, REQUIRED, change_email, forgot, resend, reset};
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::tables::{count, execute};

on_each_database! {
    five_letters_of_a_kind_an_hour_go_to_an_address,
    as_many_go_out_when_all_ask_at_once,
    an_address_is_not_filled_by_many_accounts,
    registrations_of_an_address_are_limited_too,
}

/// In an hour.
const LETTERS: i64 = 5;

async fn letters(database: &TestDatabase, kind: &str) -> i64 {
    count(database, &format!("SELECT COUNT(*) FROM outbox WHERE kind = '{kind}'")).await
}

/// As if an hour had passed.
async fn an_hour_later(database: &TestDatabase) {
    let hour = 60 * 60 * 1_000_000_i64;
    execute(database, &format!("UPDATE throttles SET first_failure_at = first_failure_at - {hour}")).await;
}

async fn five_letters_of_a_kind_an_hour_go_to_an_address(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[OPTIONAL]).await;
    let (ada, bob) = (Person::new(&app).await, Person::new(&app).await);
    let first = {
        forgot(&app, &ada.email).await.expect(202);
        app.mail_to(&ada.email, "reset_password").await.token()
    };
    let spellings = [ada.email.clone(), ada.email.to_uppercase(), format!(" {} ", ada.email)];
    for spelling in spellings.iter().cycle().take(9) {
        forgot(&app, spelling).await.expect(202);
    }
    assert_eq!((letters(database, "reset_password").await, letters(database, "discard").await), (LETTERS, 5));
    // Of another kind, and to another address.
    resend(&app, &ada.email).await.expect(202);
    forgot(&app, &bob.email).await.expect(202);
    assert_eq!(letters(database, "reset_password").await, LETTERS + 1);
    assert_eq!(letters(database, "verify_email").await, 3, "two of them with the registrations");
    // Those that were not sent have not taken the place of those that were.
    reset(&app, &first, NEW).await.expect(204);
    an_hour_later(database).await;
    forgot(&app, &ada.email).await.expect(202);
    assert_eq!(letters(database, "reset_password").await, LETTERS + 2);
    app.node.stop().await;
}

async fn as_many_go_out_when_all_ask_at_once(database: &TestDatabase) {
    let nodes = [TestApp::spawn(&database.url, &[]).await, TestApp::spawn(&database.url, &[]).await];
    let ada = Person::new(&nodes[0]).await;
    for node in &nodes {
        node.warm_up().await;
    }
    let answers = join_all((0..64).map(|number| forgot(&nodes[number % 2], &ada.email))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert!(answers.iter().all(|answer| [202, 503].contains(&answer.status.as_u16())), "{answers:?}");
    assert_eq!(letters(database, "reset_password").await, LETTERS, "{accepted} were accepted");
    for node in nodes {
        node.node.stop().await;
    }
}

async fn an_address_is_not_filled_by_many_accounts(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let victim = new_email();
    for _ in 0..LETTERS + 2 {
        let person = Person::new(&app).await;
        change_email(&app, &person.access(), &victim).await.expect(204);
    }
    assert_eq!((letters(database, "confirm_email_change").await, letters(database, "discard").await), (LETTERS, 2));
    // Nor does one account write to everybody.
    let person = Person::new(&app).await;
    for _ in 0..LETTERS + 2 {
        change_email(&app, &person.access(), &new_email()).await.expect(204);
    }
    assert_eq!((letters(database, "confirm_email_change").await, letters(database, "discard").await), (2 * LETTERS, 4));
    app.node.stop().await;
}

/// More than of other mail: each may be of another person, and the owner of the address is one of them.
async fn registrations_of_an_address_are_limited_too(database: &TestDatabase) {
    const REGISTRATIONS: i64 = 20;
    let app = TestApp::spawn(&database.url, &[REQUIRED]).await;
    let body = json!({ "email": new_email(), "password": PASSWORD });
    // Eight at once are a race; all at once are also a storm of new connections, which is another test's.
    let all = stream::iter(0..REGISTRATIONS + 4).map(|_| app.post("/v1/register", None, &body));
    let answers: Vec<_> = all.buffer_unordered(8).collect().await;
    assert!(answers.iter().all(|answer| answer.status == 202 && answer.text == answers[0].text), "{answers:?}");
    assert_eq!((letters(database, "verify_email").await, letters(database, "discard").await), (REGISTRATIONS, 4));
    app.node.stop().await;
}
