//! Whoever leaves takes everything personal along, also what others did with their name; what happened stays.

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::SecondFactor;
use crate::tables::{count, dump};

on_each_database! {
    nothing_personal_is_left_of_somebody_who_leaves,
}

const NAME: &str = "canary-of-a-name";
const AGENT: &str = "CanaryBrowser/1.0";
const ADDRESS: &str = "203.0.113.77";
const TITLE: &str = "Canary the Third";
const STRANGER: &str = "198.51.100.4";

struct Somebody<'a> {
    app: &'a TestApp,
    email: String,
}

impl Somebody<'_> {
    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.from(ADDRESS, method, path, token, body).await
    }

    async fn from(&self, ip: &str, method: Method, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let request = self.app.request(method, path, token).header("user-agent", AGENT).header("x-forwarded-for", ip);
        self.app.send(request.json(body)).await
    }

    async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.send(Method::POST, path, token, &body).await
    }

    async fn log_in(&self) -> Answer {
        self.post("/v1/login", None, json!({ "identifier": self.email, "password": PASSWORD })).await
    }
}

/// Where any of it stands.
async fn found(database: &TestDatabase, canaries: &[&str]) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for (place, value) in dump(database).await {
        let value = String::from_utf8_lossy(&value).to_lowercase();
        if canaries.iter().any(|canary| value.contains(&canary.to_lowercase())) {
            places.push(place);
        }
    }
    places.sort();
    places.dedup();
    places
}

async fn nothing_personal_is_left_of_somebody_who_leaves(database: &TestDatabase) {
    let settings = [("TRUSTED_PROXIES", "127.0.0.1"), ("THROTTLE", "off"), ("EMAIL_VERIFICATION", "optional")];
    let app = TestApp::spawn(&database.url, &settings).await;
    let email = format!("canary-{}@example.org", uuid::Uuid::now_v7().simple());
    let somebody = Somebody { app: &app, email: email.clone() };
    // Before there is an account: the address of somebody who will have one.
    somebody.log_in().await.expect(401);
    somebody.post("/v1/password/forgot", None, json!({ "email": email })).await.expect(202);
    let body = json!({ "email": email, "username": NAME, "password": PASSWORD, "display_name": TITLE });
    somebody.post("/v1/register", None, body).await.expect(201);
    let login = somebody.log_in().await.expect(200);
    let bearer = login.str("access_token");
    SecondFactor::turn_on(&app, &bearer).await;
    let changed = json!({ "metadata": { "about": TITLE } });
    somebody.send(Method::PATCH, "/v1/me", Some(&bearer), &changed).await.expect(200);
    // A stranger with their names: by the address, and by the username.
    for identifier in [email.as_str(), NAME] {
        let body = json!({ "identifier": identifier, "password": "a guess of a stranger" });
        somebody.from(STRANGER, Method::POST, "/v1/login", None, &body).await.expect(401);
    }
    let other = json!({ "new_email": new_email() });
    somebody.post("/v1/email/change", Some(&bearer), other).await.expect(204);

    let canaries = [email.as_str(), NAME, AGENT, ADDRESS, TITLE, STRANGER];
    let before = found(database, &canaries).await;
    for place in
        ["audit_personal.identifier", "audit_personal.ip", "audit_personal.user_agent", "sessions.ip", "users.email"]
    {
        assert!(before.iter().any(|found| found == place), "{place} is not among {before:?}");
    }
    assert!(!before.iter().any(|place| place.starts_with("audit_events.")), "{before:?}");
    let events = count(database, "SELECT COUNT(*) FROM audit_events").await;
    somebody.post("/v1/me/delete", Some(&bearer), json!({})).await.expect(204);
    let after = found(database, &canaries).await;
    assert!(after.is_empty(), "left: {after:?}");
    assert_eq!(count(database, "SELECT COUNT(*) FROM audit_personal").await, 0, "nor of the address asked for");
    assert_eq!(count(database, "SELECT COUNT(*) FROM audit_events").await, events + 1, "what happened stays");
    app.node.stop().await;
}
