//! People whose passwords another system has hashed: everyone signs in with theirs, nobody with another, and all of them
//! have Argon2id afterwards.

use super::log_in;
use crate::app::{SECRET_KEY, TestApp};
use crate::databases::TestDatabase;
use crate::frameworks::Dump;
use crate::tables::count;

on_each_database! {
    everybody_signs_in_with_what_another_system_hashed,
}

/// What is hashed does not depend on the database, so on servers some of them are enough.
const EVERY_SO_MANY_ON_SERVERS: usize = 5;
/// A spare turn is given while a thread is idle, so on a busy machine not every sign-in makes a hash anew.
const SIGN_INS: usize = 20;
const ANEW: &str = "SELECT COUNT(*) FROM users WHERE hashed_password LIKE '$argon2id$v=19$m=8,t=1,p=1$%'";

async fn everybody_signs_in_with_what_another_system_hashed(database: &TestDatabase) {
    let Some(dump) = Dump::write() else { return };
    let step = if database.url.starts_with("sqlite") { 1 } else { EVERY_SO_MANY_ON_SERVERS };
    let app = TestApp::spawn(&database.url, &[("HASH_MAX_WAIT_MS", "9000")]).await;
    dump.import_into(&database.url, SECRET_KEY);
    assert_eq!(count(database, ANEW).await, 0);

    let people: Vec<_> = dump.people.iter().step_by(step).collect();
    for person in &people {
        let wrong = log_in(&app, &person.email, &format!("{}x", &person.password[1..])).await;
        assert_eq!(wrong.refusal(), (401, "invalid_credentials".into()), "{}", person.made_by);
        let right = log_in(&app, &person.email, &person.password).await;
        assert_eq!(right.status, 200, "{}: {}", person.made_by, right.text);
    }
    let everybody = i64::try_from(people.len()).unwrap();
    for _ in 0..SIGN_INS {
        if count(database, ANEW).await == everybody {
            break;
        }
        for person in &people {
            log_in(&app, &person.email, &person.password).await.expect(200);
        }
    }
    assert_eq!(count(database, ANEW).await, everybody, "all are made anew");
    for person in &people {
        log_in(&app, &person.email, &person.password).await.expect(200);
        log_in(&app, &person.email, &format!("{}x", person.password)).await.expect(401);
    }
    let mails = count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'password_changed'").await;
    assert_eq!(mails, 0, "nobody has changed a password");
    app.node.stop().await;
}
