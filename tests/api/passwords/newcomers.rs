//! People whose passwords another system has hashed: everyone signs in with theirs, nobody with another, and all of them
//! have Argon2id afterwards.

use std::collections::BTreeMap;

use super::log_in;
use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::frameworks::Dump;
use crate::tables::{count, execute};

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
    let hashes = dump.hashes();
    let step = if database.url.starts_with("sqlite") { 1 } else { EVERY_SO_MANY_ON_SERVERS };
    let app = TestApp::spawn(&database.url, &[("HASH_MAX_WAIT_MS", "9000")]).await;
    let mut people = BTreeMap::new();
    for person in dump.people.iter().step_by(step) {
        let email = new_email();
        app.register(&email).await.expect(201);
        let hash = &hashes[&person.email];
        execute(database, &format!("UPDATE users SET hashed_password = '{hash}' WHERE email = '{email}'")).await;
        people.insert(email, person);
    }
    assert_eq!(count(database, ANEW).await, 0);

    for (email, person) in &people {
        let wrong = log_in(&app, email, &format!("{}x", &person.password[1..])).await;
        assert_eq!(wrong.refusal(), (401, "invalid_credentials".into()), "{}", person.made_by);
        let right = log_in(&app, email, &person.password).await;
        assert_eq!(right.status, 200, "{}: {}", person.made_by, right.text);
    }
    let everybody = i64::try_from(people.len()).unwrap();
    for _ in 0..SIGN_INS {
        if count(database, ANEW).await == everybody {
            break;
        }
        for (email, person) in &people {
            log_in(&app, email, &person.password).await.expect(200);
        }
    }
    assert_eq!(count(database, ANEW).await, everybody, "all are made anew");
    for (email, person) in &people {
        log_in(&app, email, &person.password).await.expect(200);
        log_in(&app, email, &format!("{}x", person.password)).await.expect(401);
    }
    let changed = "SELECT COUNT(*) FROM users WHERE password_changed_at <> created_at";
    assert_eq!(count(database, changed).await, 0, "nobody has changed a password");
    app.node.stop().await;
}
