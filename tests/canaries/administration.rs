//! An administrator, who is shown the secrets of programs once.

use std::time::Duration;

use keystead::domain::clock::Deadline;
use keystead::http::routes::ADMIN_ROUTES;
use keystead::store::administrators::Promote;
use reqwest::Method;
use serde_json::json;

use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::search::Canary;
use crate::walker::Walker;

const GIVEN: &str = "a canary of a password for somebody else";
const GIVEN_LATER: &str = "another canary of a password for somebody else";

pub async fn administration(database: &TestDatabase) -> Vec<Canary> {
    let app = TestApp::spawn(&database.url, &[]).await;
    let person = Person::new(&app).await;
    let user_id = person.login.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    let promote = Promote { user_id, access_ttl: Duration::from_mins(15) };
    app.node.context.house.database.run(promote, Deadline::within(Duration::from_secs(10))).await.unwrap();
    let mut walker = Walker::new(&app);
    let token = walker.log_in(&person.email, crate::app::PASSWORD).await.str("access_token");
    let name = uuid::Uuid::now_v7();
    let new = json!({ "name": format!("client {name}"), "permissions": ["users:read"] });
    let client = walker.post("/v1/admin/clients", Some(&token), new).await.expect(201);
    let path = format!("/v1/admin/clients/{}/rotate-secret", client.str("client_id"));
    walker.post(&path, Some(&token), json!({})).await.expect(200);
    walker.post("/v1/admin/invitations", Some(&token), json!({})).await.expect(201);
    let new = json!({ "email": new_email(), "password": GIVEN });
    let made = walker.post("/v1/admin/users", Some(&token), new).await.expect(201).str("id");
    let given = json!({ "new_password": GIVEN_LATER });
    walker.post(&format!("/v1/admin/users/{made}/set-password"), Some(&token), given).await.expect(204);
    // Every call there is, on nothing that there is.
    for &(path, method, _) in ADMIN_ROUTES {
        let path =
            path.replace("{id}", &uuid::Uuid::nil().to_string()).replace("{name}", "none").replace("{role}", "none");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let takes_a_body = method == Method::POST || method == Method::PATCH;
        let request = app.request(method, &path, Some(&token));
        app.send(if takes_a_body { request.json(&json!({})) } else { request }).await;
    }
    let canaries = walker.canaries;
    app.node.stop().await;
    canaries
}
