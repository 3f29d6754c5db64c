//! B7: nobody keeps owners from their accounts by guessing at them.

use std::cell::Cell;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};

use super::{WRONG, counted, forget_step, guarded, let_a_day_pass, let_windows_pass, was_judged};
use crate::app::{Answer, PASSWORD, TestApp};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::tables::execute;

on_each_database! {
    an_owner_gets_in_from_a_known_device_while_somebody_guesses,
    an_owner_with_a_second_factor_does_too,
    what_is_no_device_of_theirs_is_none,
}

/// Twenty guesses a second.
const PAUSE: Duration = Duration::from_millis(50);
/// What an owner may have to wait.
const LONGEST: Duration = Duration::from_secs(5);
const VISITS: u32 = 6;

async fn login(app: &TestApp, person: &Person, password: &str, device_token: Value) -> Answer {
    let body = json!({ "identifier": person.email, "password": password, "device_token": device_token });
    app.post("/v1/login", None, &body).await
}

/// What was answered to somebody who guesses.
#[derive(Debug, Default)]
struct Guesses {
    judged: Cell<u32>,
    refused: Cell<u32>,
}

/// Does something while somebody sends guesses, whatever they are answered.
async fn besieged<T>(app: &TestApp, person: &Person, guesses: &Guesses, owner: impl Future<Output = T>) -> T {
    let siege = async {
        let (mut sent, mut pause) = (FuturesUnordered::new(), tokio::time::interval(PAUSE));
        loop {
            tokio::select! {
                _ = pause.tick() => sent.push(login(app, person, WRONG, Value::Null)),
                Some(answer) = sent.next() => {
                    let tally = if was_judged(&answer) { &guesses.judged } else { &guesses.refused };
                    tally.set(tally.get() + 1);
                }
            }
        }
    };
    tokio::select! {
        done = owner => done,
        () = siege => unreachable!("nobody tires"),
    }
}

/// Whether a stranger with the right password is sent away: the control. Between two waits one may slip through.
async fn is_a_stranger_refused(app: &TestApp, person: &Person) -> bool {
    login(app, person, PASSWORD, Value::Null).await.status == 429
}

async fn an_owner_gets_in_from_a_known_device_while_somebody_guesses(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (person, guesses) = (Person::new(&app).await, Guesses::default());
    let (device, access) = (json!(person.login.str("device_token")), person.access());
    let owner = async {
        let (mut longest, mut refused, mut refresh) = (Duration::ZERO, 0, person.refresh());
        for _ in 0..VISITS {
            tokio::time::sleep(10 * PAUSE).await;
            let began = Instant::now();
            login(&app, &person, PASSWORD, device.clone()).await.expect(200);
            longest = longest.max(began.elapsed());
            // What they have open goes on.
            app.get("/v1/me", Some(&access)).await.expect(200);
            refresh = app.refresh(&refresh).await.expect(200).str("refresh_token");
            let again = json!({ "password": PASSWORD });
            app.post("/v1/me/reauthenticate", Some(&access), &again).await.expect(200);
            refused += u32::from(is_a_stranger_refused(&app, &person).await);
        }
        (longest, refused)
    };
    let (longest, refused) = besieged(&app, &person, &guesses, owner).await;
    println!("{}: at most {longest:?}, {guesses:?}", database.url.split(':').next().unwrap());
    assert!(longest < LONGEST && refused >= VISITS / 2, "{longest:?} {refused}");
    assert!(guesses.judged.get() >= 4 && guesses.refused.get() >= 20, "{guesses:?}");
    assert_eq!(counted(database, "device_day").await, 0, "nothing was held against the owner");
    app.node.stop().await;
}

async fn an_owner_with_a_second_factor_does_too(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (person, guesses) = (guarded(database, &app).await, Guesses::default());
    let device = json!(person.login.str("device_token"));
    let owner = async {
        let (mut longest, mut refused) = (Duration::ZERO, 0);
        for _ in 0..VISITS {
            tokio::time::sleep(10 * PAUSE).await;
            forget_step(database, &person).await;
            let began = Instant::now();
            let challenge = login(&app, &person, PASSWORD, device.clone()).await.expect(200).str("challenge");
            let body = json!({ "challenge": challenge, "factor": "totp", "code": person.code(&app) });
            app.post("/v1/login/mfa", None, &body).await.expect(200);
            longest = longest.max(began.elapsed());
            refused += u32::from(is_a_stranger_refused(&app, &person).await);
        }
        (longest, refused)
    };
    let (longest, refused) = besieged(&app, &person, &guesses, owner).await;
    assert!(longest < LONGEST && refused >= VISITS / 2, "{longest:?} {refused}");
    assert!(guesses.refused.get() >= 20, "{guesses:?}");
    app.node.stop().await;
}

async fn what_is_no_device_of_theirs_is_none(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (person, other) = (Person::new(&app).await, Person::new(&app).await);
    let device = person.login.str("device_token");
    assert_eq!(login(&app, &person, WRONG, Value::Null).await.status, 401);
    execute(database, "UPDATE throttles SET failures = 90 WHERE kind = 'account_day'").await;
    let_windows_pass(database).await;
    assert!(is_a_stranger_refused(&app, &person).await);
    login(&app, &person, PASSWORD, json!(device)).await.expect(200);
    let place = device.len() - 10;
    let letter = if &device[place..=place] == "A" { "B" } else { "A" };
    let forged = format!("{}{letter}{}", &device[..place], &device[place + 1..]);
    for no_device in [other.login.str("device_token"), person.refresh(), person.access(), forged, String::new()] {
        let answer = login(&app, &person, PASSWORD, json!(no_device)).await;
        assert_eq!(answer.refusal(), (429, "too_many_attempts".into()), "{no_device}");
    }
    // All is signed out, so devices are strangers too.
    app.logout(&person.access(), "all").await.expect(204);
    assert_eq!(login(&app, &person, PASSWORD, json!(device)).await.status, 429);
    let_a_day_pass(database).await;
    let anew = login(&app, &person, PASSWORD, json!(device)).await.expect(200).str("device_token");
    assert_ne!(anew, device);
    app.node.stop().await;
}
