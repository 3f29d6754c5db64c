//! One's own identities, and showing who one is by one of them.

use reqwest::Method;
use serde_json::json;

use super::spawn;
use crate::app::TestApp;
use crate::databases::TestDatabase;
use crate::execute;
use crate::github::{Begun, Browser, GitHub, Somebody, link, sign_in};
use crate::people::Person;

on_each_database! {
    identities_are_linked_seen_and_taken_off,
    the_last_way_in_cannot_be_taken_off,
    who_has_no_password_reauthenticates_with_the_provider,
    whoever_leaves_takes_their_identities_along,
}

async fn ids(app: &TestApp, bearer: &str) -> Vec<String> {
    let listed = app.get("/v1/me/identities", Some(bearer)).await.expect(200).json();
    let id = |identity: &serde_json::Value| identity["id"].as_str().unwrap().to_owned();
    listed["identities"].as_array().unwrap().iter().map(id).collect()
}

async fn identities_are_linked_seen_and_taken_off(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (ada, eve, mona) = (Person::new(&app).await, Person::new(&app).await, Somebody::new());
    let linked = link(&app, &github, &ada.access(), &mona).await.expect(200);
    assert_eq!((linked.str("status").as_str(), &linked.json()["identity"]["email"]), ("linked", &json!(mona.email)));
    let mail = app.mail_to(&ada.email, "identity_changed").await;
    assert!(mail.subject().contains("GitHub now opens"), "{}", mail.subject());
    let again = link(&app, &github, &ada.access(), &mona).await.expect(200);
    assert_eq!(again.json()["identity"], linked.json()["identity"]);
    let id = ids(&app, &ada.access()).await.pop().unwrap();
    let path = format!("/v1/me/identities/{id}");
    assert_eq!(app.delete(&path, Some(&eve.access())).await.refusal(), (404, "not_found".into()));
    app.delete(&path, Some(&ada.access())).await.expect(204);
    let mail = app.mail_to(&ada.email, "identity_changed").await;
    assert!(mail.subject().contains("GitHub no longer opens"), "linked twice is told once: {}", mail.subject());
    app.delete(&path, Some(&ada.access())).await.expect(404);
    assert!(ids(&app, &ada.access()).await.is_empty());
    // Both ask for a sign-in of late, and for a provider that there is.
    let wish = Begun::new().wish();
    app.post("/v1/me/identities/google", Some(&ada.access()), &wish).await.expect(404);
    app.post("/v1/me/identities/github", None, &wish).await.expect(401);
    execute(database, "UPDATE sessions SET auth_time = 1").await;
    let stale = app.refresh(&ada.refresh()).await.expect(200).str("access_token");
    for (method, path) in [(Method::POST, "/v1/me/identities/github"), (Method::DELETE, &path)] {
        let answer = app.send(app.request(method, path, Some(&stale)).json(&wish)).await;
        assert_eq!(answer.refusal(), (403, "reauthentication_required".into()), "{path}");
    }
    app.node.stop().await;
    github.stop().await;
}

async fn the_last_way_in_cannot_be_taken_off(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (mona, second) = (Somebody::new(), Somebody::new());
    let bearer = sign_in(&app, &github, &mona).await.expect(200).str("access_token");
    let first = ids(&app, &bearer).await.pop().unwrap();
    let unlink = async |id: &str| app.delete(&format!("/v1/me/identities/{id}"), Some(&bearer)).await;
    assert_eq!(unlink(&first).await.refusal(), (409, "last_credential".into()));
    link(&app, &github, &bearer, &second).await.expect(200);
    let both = ids(&app, &bearer).await;
    let (one, other) = tokio::join!(unlink(&both[0]), unlink(&both[1]));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409], "both at once");
    app.node.stop().await;
    github.stop().await;
}

/// Up to the answer to the exchange, or what the app is told instead.
async fn again(app: &TestApp, github: &GitHub, bearer: &str, who: &Somebody) -> Result<String, String> {
    let begun = Begun::new();
    let ticket = app.post("/v1/me/reauthenticate/github", Some(bearer), &begun.wish()).await.expect(200);
    let code = Browser::default().walk(app, github, &begun, &ticket.str("start_url"), who).await;
    if code.starts_with("error=") {
        return Err(code);
    }
    let answer = begun.exchange(app, &code).await.expect(200);
    assert_eq!(answer.str("status"), "provider_ticket");
    Ok(answer.str("provider_ticket"))
}

async fn who_has_no_password_reauthenticates_with_the_provider(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (mona, eve) = (Somebody::new(), Somebody::new());
    let login = sign_in(&app, &github, &mona).await.expect(200);
    let eves = sign_in(&app, &github, &eve).await.expect(200).str("access_token");
    execute(database, "UPDATE sessions SET auth_time = 1").await;
    let stale = app.refresh(&login.str("refresh_token")).await.expect(200).str("access_token");
    app.get("/v1/me/export", Some(&stale)).await.expect(403);
    assert_eq!(again(&app, &github, &stale, &eve).await, Err("error=identity_mismatch".to_owned()));
    assert_eq!(again(&app, &github, &stale, &Somebody::new()).await, Err("error=identity_mismatch".to_owned()));
    let renew = async |bearer: &str, ticket: &str| {
        app.post("/v1/me/reauthenticate", Some(bearer), &json!({ "provider_ticket": ticket })).await
    };
    let ticket = again(&app, &github, &stale, &mona).await.unwrap();
    let fresh = renew(&stale, &ticket).await.expect(200);
    assert_eq!(fresh.str("session_id"), login.str("session_id"));
    app.get("/v1/me/export", Some(&fresh.str("access_token"))).await.expect(200);
    assert_eq!(renew(&stale, &ticket).await.refusal(), (410, "token_spent".into()), "once");
    // Of one session alone.
    let other = sign_in(&app, &github, &mona).await.expect(200).str("access_token");
    for stranger in [&eves, &other] {
        let ticket = again(&app, &github, &stale, &mona).await.unwrap();
        assert_eq!(renew(stranger, &ticket).await.refusal(), (410, "token_spent".into()));
    }
    // Who has linked nothing cannot begin.
    let ada = Person::new(&app).await;
    let answer = app.post("/v1/me/reauthenticate/github", Some(&ada.access()), &Begun::new().wish()).await;
    assert_eq!(answer.refusal(), (409, "identity_not_linked".into()));
    app.node.stop().await;
    github.stop().await;
}

async fn whoever_leaves_takes_their_identities_along(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let mona = Somebody::new();
    let first = sign_in(&app, &github, &mona).await.expect(200);
    let begun = Begun::new();
    let code = Browser::default().walk(&app, &github, &begun, &begun.start("github"), &mona).await;
    app.post("/v1/me/delete", Some(&first.str("access_token")), &json!({})).await.expect(204);
    assert_eq!(begun.exchange(&app, &code).await.refusal(), (410, "token_spent".into()));
    let second = sign_in(&app, &github, &mona).await.expect(200);
    assert_ne!(first.json()["user"]["id"], second.json()["user"]["id"], "somebody new");
    app.node.stop().await;
    github.stop().await;
}
