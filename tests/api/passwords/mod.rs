//! The life of a password over HTTP: what is asked of a new one, changing it, having to change it, and the same rule on
//! every path.

mod advice;
mod change;
mod forced;
mod history;
mod newcomers;
mod one_rule;
mod rehash;

use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp};

const NEW: &str = "wintry kettle, orbiting twice";
const NEWER: &str = "nine lanterns over a quiet harbour";

/// The codes of the reasons for which a password was refused, all for the field at `pointer`.
#[track_caller]
fn reasons(answer: &Answer, pointer: &str) -> Vec<String> {
    assert_eq!(answer.refusal(), (422, "weak_password".into()), "{}", answer.text);
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    assert!(errors.iter().all(|error| error["pointer"] == pointer && error["detail"].is_string()), "{errors:?}");
    errors.iter().map(|error| error["code"].as_str().unwrap().to_owned()).collect()
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.post("/v1/login", None, &json!({ "identifier": email, "password": password })).await
}

async fn change(app: &TestApp, access: &str, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    app.post("/v1/password/change", Some(access), &body).await
}

/// The last step of a sign-in that owes a new password.
async fn answer_challenge(app: &TestApp, challenge: &str, new: &str) -> Answer {
    let body = json!({ "challenge": challenge, "new_password": new });
    app.post("/v1/login/password", None, &body).await
}

/// A login that is told to bring another password: its challenge.
#[track_caller]
fn challenge(login: &Answer) -> String {
    let told = login.json();
    assert_eq!((told["status"].as_str(), told["expires_in"].as_i64()), (Some("password_change_required"), Some(600)));
    assert_eq!(told.get("access_token"), None::<&Value>);
    login.str("challenge")
}

async fn owner(app: &TestApp) -> (String, Answer) {
    let login = app.signed_in().await;
    let email = login.json()["user"]["email"].as_str().unwrap().to_owned();
    assert_eq!(log_in(app, &email, PASSWORD).await.status, 200);
    (email, login)
}
