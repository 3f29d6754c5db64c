//! What is counted together, and for how long: delays that grow, and networks.

use std::time::Duration;

use keystead::domain::clock::{Clock, Timestamp};
use serde_json::{Value, json};

use super::{WRONG, was_judged};
use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::{Engine, TestDatabase};
use crate::people::Person;
use crate::run_on;

on_each_database! {
    a_network_has_a_limit_of_its_own,
}

async fn login_from(app: &TestApp, address: &str, identifier: &str, password: &str, device: Value) -> Answer {
    let body = json!({ "identifier": identifier, "password": password, "device_token": device });
    let request = app.http.post(app.url("/v1/login")).header("x-forwarded-for", address).json(&body);
    app.send(request).await
}

async fn a_network_has_a_limit_of_its_own(database: &TestDatabase) {
    let settings = [("TRUSTED_PROXIES", "127.0.0.1/32"), ("LOGIN_ATTEMPTS_PER_NETWORK", "5")];
    let app = TestApp::spawn(&database.url, &settings).await;
    let person = Person::new(&app).await;
    // Each from another address and at another name, which is nobody's.
    for host in 1..=5 {
        let address = format!("2001:db8:0:7::{host}");
        assert!(was_judged(&login_from(&app, &address, &new_email(), WRONG, Value::Null).await), "{address}");
    }
    for address in ["2001:db8:0:7::1", "2001:db8:0:7:ffff:ffff:ffff:ffff"] {
        let refused = login_from(&app, address, &person.email, PASSWORD, Value::Null).await;
        assert_eq!(refused.refusal(), (429, "too_many_attempts".into()), "{address}");
        assert_eq!(refused.header("ratelimit-policy"), "\"network\";q=5;w=900");
    }
    // Somebody else's house, and somebody who was here before.
    login_from(&app, "2001:db8:0:8::1", &person.email, PASSWORD, Value::Null).await.expect(200);
    let device = json!(person.login.str("device_token"));
    login_from(&app, "2001:db8:0:7::1", &person.email, PASSWORD, device).await.expect(200);
    for _ in 0..5 {
        assert!(was_judged(&login_from(&app, "192.0.2.7", &new_email(), WRONG, Value::Null).await));
    }
    // Written as IPv6, it is the same address.
    for address in ["192.0.2.7", "::ffff:192.0.2.7"] {
        assert_eq!(login_from(&app, address, &person.email, PASSWORD, Value::Null).await.status, 429, "{address}");
    }
    login_from(&app, "192.0.2.8", &person.email, PASSWORD, Value::Null).await.expect(200);
    app.node.stop().await;
}

/// To the second, which only a clock that is set by hand can show; the same by whatever name, and for nobody.
#[actix_web::test]
async fn each_failure_after_the_third_is_followed_by_a_longer_wait() {
    run_on(Engine::Sqlite, async |database: &TestDatabase| {
        let clock = Clock::by_hand(Timestamp::from_micros(1_800_000_000_000_000));
        let app = TestApp::spawn_with_clock(&database.url, &[], clock.clone()).await;
        let person = Person::new(&app).await;
        for name in [person.email.as_str(), "nobody@example.test", "no name at all"] {
            let login = async |password: &str| {
                app.post("/v1/login", None, &json!({ "identifier": name, "password": password })).await
            };
            for free in 1..=3 {
                assert!(was_judged(&login(WRONG).await), "{name}, {free}");
            }
            let mut waits = Vec::new();
            while waits.iter().sum::<u64>() < 900 {
                assert!(was_judged(&login(WRONG).await), "{name}, after {waits:?}");
                let told = login(PASSWORD).await;
                waits.push(retry_after(&told));
                clock.advance(Duration::from_secs(retry_after(&told)).saturating_sub(Duration::from_micros(1)));
                assert_eq!(retry_after(&login(PASSWORD).await), 1, "{name}, a moment too early");
                clock.advance(Duration::from_micros(1));
            }
            // The tenth failure uses up the quota of a quarter of an hour, which began with the first.
            assert_eq!(waits, [1, 2, 4, 8, 16, 32, 900 - 63], "{name}");
            assert_eq!(login(PASSWORD).await.status == 200, name == person.email);
        }
        app.node.stop().await;
    })
    .await;
}

fn retry_after(answer: &Answer) -> u64 {
    assert_eq!(answer.refusal(), (429, "too_many_attempts".into()), "{}", answer.text);
    answer.header("retry-after").parse().unwrap()
}
