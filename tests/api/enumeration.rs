//! B5: answers do not tell who has an account. Whoever asks gets the same bytes: status, headers, body.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::tables::execute;

on_each_database! {
    every_login_that_fails_is_answered_alike,
    every_guess_too_many_is_answered_alike,
    everybody_who_asks_for_mail_is_answered_alike,
}

/// Brought along, so that it is the same in header and body.
const REQUEST_ID: &str = "the-same-for-all";

/// All that an answer is, but for its time.
pub async fn bytes(app: &TestApp, path: &str, body: &Value) -> (u16, Vec<(String, String)>, String) {
    let request = app.http.post(app.url(path)).header("x-request-id", REQUEST_ID).json(body);
    let answer = app.send(request).await;
    (answer.status.as_u16(), told(&answer.headers), answer.text)
}

fn told(headers: &HeaderMap) -> Vec<(String, String)> {
    let texts = headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}")));
    let mut told: Vec<_> = texts.filter(|(name, _)| name != "date").collect();
    told.sort();
    told
}

/// An account of each kind that there may be one of.
pub async fn accounts(database: &TestDatabase, lax: &TestApp) -> Vec<(&'static str, String)> {
    let mut all = vec![("unknown", new_email())];
    for (name, change) in [
        ("open", "email_verified_at = 1"),
        ("unverified", "email_verified_at = NULL"),
        ("locked", "locked_at = 1"),
        ("disabled", "active = FALSE"),
        ("with a second factor", "mfa_enabled = TRUE"),
        ("with a password to be changed", "must_change_password = TRUE"),
        ("without a password", "hashed_password = NULL"),
    ] {
        let person = Person::new(lax).await;
        execute(database, &format!("UPDATE users SET {change} WHERE username = '{}'", person.username)).await;
        all.push((name, person.email));
    }
    all
}

async fn every_login_that_fails_is_answered_alike(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let expected = bytes(&app, "/v1/login", &json!({ "identifier": new_email(), "password": "wrong" })).await;
    assert_eq!(expected.0, 401);
    for (name, email) in accounts(database, &app).await {
        let wrong = json!({ "identifier": email, "password": "a wrong password" });
        assert_eq!(bytes(&app, "/v1/login", &wrong).await, expected, "{name}, wrong password");
        if ["locked", "disabled", "without a password"].contains(&name) {
            let right = json!({ "identifier": email, "password": PASSWORD });
            assert_eq!(bytes(&app, "/v1/login", &right).await, expected, "{name}, right password");
        }
    }
    app.node.stop().await;
}

/// Whoever guesses is stopped after as many tries, and told the same, whether or not there is anything to guess.
async fn every_guess_too_many_is_answered_alike(database: &TestDatabase) {
    const GUESSES: usize = 5;
    let settings = [("LOGIN_ATTEMPTS_PER_ACCOUNT", "3"), ("LOGIN_ATTEMPTS_PER_NETWORK", "1000")];
    let app = TestApp::spawn(&database.url, &settings).await;
    let mut expected = None;
    for (name, email) in accounts(database, &app).await {
        let guess = json!({ "identifier": email, "password": "a wrong password" });
        let mut told = Vec::new();
        for _ in 0..GUESSES {
            let (status, headers, text) = bytes(&app, "/v1/login", &guess).await;
            told.push((
                status,
                headers.iter().map(|(name, value)| (name.clone(), timeless(value))).collect::<Vec<_>>(),
                timeless(&text),
            ));
        }
        let statuses: Vec<u16> = told.iter().map(|(status, ..)| *status).collect();
        assert_eq!(statuses, [401, 401, 401, 429, 429], "{name}");
        assert_eq!(&told, expected.get_or_insert_with(|| told.clone()), "{name}");
    }
    app.node.stop().await;
}

/// The seconds that are left are not the same for two who ask one after the other, and so is the length of their text.
fn timeless(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

/// Forgotten passwords and verification mails; and registration, where addresses have to be verified.
async fn everybody_who_asks_for_mail_is_answered_alike(database: &TestDatabase) {
    let lax = TestApp::spawn(&database.url, &[]).await;
    let app = TestApp::spawn(&database.url, &[("EMAIL_VERIFICATION", "required")]).await;
    let mut accounts = accounts(database, &lax).await;
    let waiting = new_email();
    let register = |email: &str| json!({ "email": email, "password": PASSWORD });
    app.post("/v1/register", None, &register(&waiting)).await.expect(202);
    accounts.push(("waiting to be verified", waiting));
    let spelt_otherwise = accounts[1].1.to_uppercase();
    accounts.push(("open, spelt in another way", spelt_otherwise));
    for path in ["/v1/password/forgot", "/v1/email/verify/resend", "/v1/register"] {
        let body = |email: &str| if path == "/v1/register" { register(email) } else { json!({ "email": email }) };
        let expected = bytes(&app, path, &body(&new_email())).await;
        assert_eq!(expected.0, 202);
        for (name, email) in &accounts {
            assert_eq!(bytes(&app, path, &body(email)).await, expected, "{path}: {name}");
        }
        // There is an end to letters, and nobody sees it.
        for again in 0..10 {
            assert_eq!(bytes(&app, path, &body(&accounts[1].1)).await, expected, "{path}: again, {again}");
        }
    }
    lax.node.stop().await;
    app.node.stop().await;
}
