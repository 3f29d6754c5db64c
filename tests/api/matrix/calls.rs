//! How each route that lets nobody in is called well: prepared while nothing is the matter with the account, and sent
//! when something is.

use std::time::Duration;

use keystead::domain::clock::Deadline;
use keystead::flows::offer_set_up::offer_set_up;
use reqwest::Method;
use reqwest::header::COOKIE;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::rule::{Mark, State};
use super::{Home, NEW_PASSWORD};
use crate::app::{Answer, PASSWORD, new_email};
use crate::github::{Begun, Browser, link};
use crate::people::{Person, SecondFactor, begin_totp, code_of};

/// What was prepared for one call.
struct Prepared {
    person: Person,
    /// Where the route has a parameter, with its value.
    path: String,
    bearer: Option<String>,
    body: Option<Value>,
    cookie: Option<String>,
    /// What the way here has made of the account.
    base: State,
}

/// Who called, what was answered, and what the account was like then.
pub struct Called {
    pub person: Person,
    pub answer: Answer,
    pub state: State,
}

pub async fn call(home: &Home<'_>, (method, path): (&str, &str), state: &State) -> Called {
    if path.starts_with("/oauth2/") || path == "/v1/revocations" {
        return call_as_program(home, path, state).await;
    }
    let person = home.person().await;
    let prepared = prepare(home, (method, path), person, state).await;
    home.apply(&prepared.person, state).await;
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let request = home.strict.request(method, &prepared.path, prepared.bearer.as_deref());
    let request = match &prepared.body {
        Some(body) => request.json(body),
        None => request,
    };
    let request = match &prepared.cookie {
        Some(cookie) => request.header(COOKIE, cookie),
        None => request,
    };
    let answer = home.strict.send(request).await;
    let mut state = [&prepared.base[..], &state[..]].concat();
    state.sort_unstable();
    state.dedup();
    Called { person: prepared.person, answer, state }
}

/// On behalf of a service client.
async fn call_as_program(home: &Home<'_>, path: &str, state: &State) -> Called {
    let (app, person) = (&home.strict, home.person().await);
    let (id, secret) = app.client("revocations:read").await;
    let client = Some((id.as_str(), secret.as_str()));
    let token = app.form("/oauth2/token", client, &[("grant_type", "client_credentials")]).await.expect(200);
    home.apply(&person, state).await;
    let answer = match path {
        "/v1/revocations" => app.get(path, Some(&token.str("access_token"))).await,
        _ => app.form(path, client, &[("token", &person.refresh())]).await,
    };
    Called { person, answer, state: state.clone() }
}

async fn prepare(home: &Home<'_>, (method, path): (&str, &str), person: Person, state: &State) -> Prepared {
    let access = Some(person.access());
    let mut prepared = Prepared { person, path: path.to_owned(), bearer: None, body: None, cookie: None, base: vec![] };
    if path.starts_with("/v1/me") || matches!(path, "/v1/logout" | "/v1/password/change" | "/v1/email/change") {
        prepared.bearer = access;
    }
    match (method, path) {
        ("get", "/v1/oauth/{provider}/start") => prepared.path = Begun::new().start("github"),
        ("get", "/v1/oauth/{provider}/callback") => come_back(home, &mut prepared).await,
        ("delete", "/v1/me/identities/{id}") => {
            let who = home.linked(&prepared.person).await;
            let again = link(&home.lax, &home.github, &prepared.person.access(), &who).await.expect(200);
            prepared.path = path.replace("{id}", again.json()["identity"]["id"].as_str().unwrap());
        }
        ("post", "/v1/me/identities/{id}" | "/v1/me/reauthenticate/{provider}") => {
            home.linked(&prepared.person).await;
            prepared.path = path.replace("{id}", "github").replace("{provider}", "github");
            prepared.body = Some(Begun::new().wish());
        }
        ("get", _) => {}
        ("delete", "/v1/me/sessions/{id}") => {
            let other = home.lax.login(&prepared.person.email).await.expect(200);
            prepared.path = path.replace("{id}", &other.str("session_id"));
        }
        ("delete", "/v1/me/mfa/totp") | ("post", "/v1/me/mfa/recovery-codes") => {
            turn_on(home, &mut prepared).await;
        }
        _ => prepared.body = Some(body(home, path, &mut prepared, state).await),
    }
    prepared
}

/// From the provider, in the browser that began.
async fn come_back(home: &Home<'_>, prepared: &mut Prepared) {
    let (who, mut browser) = (home.linked(&prepared.person).await, Browser::default());
    let start = Begun::new().start("github");
    let back = browser.approved(&home.strict, &home.github, &start, &who).await;
    prepared.path = back.replace(&home.strict.node.app_url(), "");
    prepared.cookie = browser.cookie;
}

async fn turn_on(home: &Home<'_>, prepared: &mut Prepared) {
    let factor = SecondFactor::turn_on(&home.lax, &prepared.person.access()).await;
    prepared.person.second_factor = Some(factor);
    prepared.base.push(Mark::Mfa);
}

async fn body(home: &Home<'_>, path: &str, prepared: &mut Prepared, state: &State) -> Value {
    let (app, person) = (&home.strict, &prepared.person);
    let email = person.email.clone();
    match path {
        "/v1/setup" => json!({ "token": set_up_token(home, state).await, "email": new_email(), "password": PASSWORD }),
        "/v1/register" => json!({ "email": new_email(), "password": PASSWORD }),
        "/v1/logout" => json!({ "scope": "others" }),
        "/v1/me" => json!({ "display_name": "Zoë" }),
        "/v1/password/change" => json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD }),
        "/v1/password/check" => json!({ "password": PASSWORD }),
        "/v1/password/forgot" => json!({ "email": email }),
        "/v1/password/reset" => {
            app.post("/v1/password/forgot", None, &json!({ "email": email })).await.expect(202);
            json!({ "token": app.mail_to(&email, "reset_password").await.token(), "new_password": NEW_PASSWORD })
        }
        "/v1/email/verify" | "/v1/email/verify/resend" => {
            home.set(person, "email_verified_at = NULL").await;
            let resend = json!({ "email": email });
            prepared.base.push(Mark::Unverified);
            if path == "/v1/email/verify/resend" {
                return resend;
            }
            app.post("/v1/email/verify/resend", None, &resend).await.expect(202);
            json!({ "token": app.mail_to(&email, "verify_email").await.token() })
        }
        "/v1/email/change" => json!({ "new_email": new_email() }),
        "/v1/email/change/confirm" => {
            let new_email = new_email();
            let change = json!({ "new_email": new_email });
            app.post("/v1/email/change", Some(&person.access()), &change).await.expect(204);
            json!({ "token": app.mail_to(&new_email, "confirm_email_change").await.token() })
        }
        "/v1/me/mfa/totp/confirm" => {
            let totp = begin_totp(&home.lax, &person.access()).await;
            json!({ "code": code_of(&totp, app) })
        }
        _ => json!({}),
    }
}

/// There is one first administrator in a home, and nobody's account matters to it.
async fn set_up_token(home: &Home<'_>, state: &State) -> String {
    if !state.is_empty() {
        return format!("ks1_{}", "A".repeat(43));
    }
    let deadline = Deadline::within(Duration::from_secs(5));
    let offered = offer_set_up(&home.lax.node.context, deadline).await.unwrap().unwrap();
    offered.secret().expose_secret().to_owned()
}
