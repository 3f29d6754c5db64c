//! The admin plane: who may do what, and what comes of it.

mod accounts;
mod audit_list;
mod clients;
mod keys;
mod last_administrator;
mod load;
mod permissions;
mod role_holders;
mod roles;
mod trail;

use std::time::Duration;

use keystead::domain::clock::Deadline;
use keystead::store::administrators::Promote;
use reqwest::Method;
use serde_json::Value;

use crate::app::{Answer, TestApp};
use crate::people::Person;

/// Somebody who holds the role `admin`, signed in with it.
pub async fn administrator(app: &TestApp) -> Person {
    let person = Person::new(app).await;
    promote(app, &person).await;
    signed_in_again(app, person).await
}

/// As the command line does it, behind the node's back.
pub async fn promote(app: &TestApp, person: &Person) {
    let promote = Promote { user_id: id_of(person), access_ttl: Duration::from_mins(15) };
    app.node.context.house.database.run(promote, Deadline::within(Duration::from_secs(10))).await.unwrap();
}

/// With tokens that say what they may do now.
pub async fn signed_in_again(app: &TestApp, person: Person) -> Person {
    Person { login: app.login(&person.email).await.expect(200), ..person }
}

pub fn id_of(person: &Person) -> uuid::Uuid {
    person.login.json()["user"]["id"].as_str().unwrap().parse().unwrap()
}

/// The access token of a program with these permissions and no others.
pub async fn program(app: &TestApp, permissions: &str) -> String {
    let (id, secret) = app.client(permissions).await;
    let form = [("grant_type", "client_credentials")];
    app.form("/oauth2/token", Some((&id, &secret)), &form).await.expect(200).str("access_token")
}

/// Asks with `If-Match`.
pub async fn matching(
    app: &TestApp,
    method: Method,
    path: &str,
    token: &str,
    etag: &str,
    body: Option<&Value>,
) -> Answer {
    let request = app.request(method, path, Some(token)).header("if-match", etag);
    app.send(match body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

pub async fn put(app: &TestApp, path: &str, token: &str) -> Answer {
    app.send(app.request(Method::PUT, path, Some(token))).await
}
