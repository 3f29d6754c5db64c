//! Parameters rise: everybody's hash is made anew, and nobody waits for it.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keystead::domain::clock::Deadline;

use super::{NEW, change, log_in};
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::tables::count;

on_each_database! {
    a_hundred_sign_ins_make_no_storm,
}

const PEOPLE: usize = 100;
/// Heavy enough that a hash takes longer than a sign-in.
const RAISED: [(&str, &str); 2] = [("HASH_MEMORY_KIB", "16384"), ("HASH_MAX_WAIT_MS", "9000")];
const ANEW: &str = "SELECT COUNT(*) FROM users WHERE hashed_password LIKE '$argon2id$v=19$m=16384,t=1,p=1$%'";

async fn sign_in_all(app: &TestApp, people: &[String]) -> Duration {
    let began = Instant::now();
    let answers = join_all(people.iter().map(|email| app.login(email))).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    began.elapsed()
}

async fn a_hundred_sign_ins_make_no_storm(database: &TestDatabase) {
    let before = TestApp::spawn(&database.url, &[]).await;
    let people: Vec<String> = (0..PEOPLE).map(|_| new_email()).collect();
    for email in &people {
        before.register(email).await.expect(201);
    }
    let control = sign_in_all(&before, &people).await;
    before.node.stop().await;

    let app = TestApp::spawn(&database.url, &RAISED).await;
    let hasher = &app.node.context.house.hasher;
    let mut one_hash = Duration::MAX;
    for _ in 0..3 {
        let began = Instant::now();
        hasher.hash(PASSWORD.to_owned().into(), Deadline::within(Duration::from_secs(10))).await.unwrap();
        one_hash = one_hash.min(began.elapsed());
    }
    let computed = hasher.computed();
    let began = Instant::now();
    let took = sign_in_all(&app, &people).await;
    let anew = hasher.computed() - computed - PEOPLE as u64;
    // One after the other: at most as many as fit into the time, and one more that had just begun.
    let most = began.elapsed().as_nanos() / one_hash.as_nanos() + 1;
    println!("{PEOPLE} sign-ins: {took:?}, {control:?} before; {anew} hashes made anew, {one_hash:?} each");
    assert!(u128::from(anew) <= most, "{anew} in the time of {most}");

    // Whoever comes when there is room has a new hash afterwards.
    for _ in 0..20 {
        for email in &people {
            app.login(email).await.expect(200);
        }
        if count(database, ANEW).await == i64::try_from(PEOPLE).unwrap() {
            break;
        }
    }
    assert_eq!(count(database, ANEW).await, i64::try_from(PEOPLE).unwrap());
    let changed = "SELECT COUNT(*) FROM users WHERE password_changed_at <> created_at";
    assert_eq!(count(database, changed).await, 0, "nobody has changed a password");
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'password_changed'").await, 0);
    let login = app.login(&people[0]).await.expect(200);
    change(&app, &login.str("access_token"), PASSWORD, NEW).await.expect(204);
    log_in(&app, &people[0], NEW).await.expect(200);
    app.node.stop().await;
}
