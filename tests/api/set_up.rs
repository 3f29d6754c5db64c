//! The first administrator, once.

use std::time::Duration;

use futures_util::future::join_all;
use keystead::domain::clock::Deadline;
use keystead::flows::offer_set_up::offer_set_up;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;

on_each_database! {
    the_token_is_good_once,
    of_sixty_four_at_once_one_is_the_first,
}

/// What a start of the server prints while there is no administrator.
async fn token(app: &TestApp) -> Option<String> {
    let offered = offer_set_up(&app.node.context, Deadline::within(Duration::from_secs(5))).await.unwrap();
    offered.map(|token| token.secret().expose_secret().to_owned())
}

fn body(token: &str, email: &str) -> Value {
    json!({ "token": token, "email": email, "password": PASSWORD })
}

async fn the_token_is_good_once(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let withdrawn = token(&app).await.unwrap();
    let token_now = token(&app).await.unwrap();
    let spent = (410, "token_spent".to_owned());
    for wrong in ["", "ks1_", "nonsense", &withdrawn, &token_now[..token_now.len() - 1], &token_now.to_uppercase()] {
        assert_eq!(app.post("/v1/setup", None, &body(wrong, &new_email())).await.refusal(), spent, "{wrong}");
    }
    // What is refused for another reason leaves the token good.
    let weak = json!({ "token": token_now, "email": new_email(), "password": "short" });
    assert_eq!(app.post("/v1/setup", None, &weak).await.refusal(), (422, "weak_password".into()));
    let taken = new_email();
    app.register(&taken).await.expect(201);
    assert_eq!(app.post("/v1/setup", None, &body(&token_now, &taken)).await.refusal(), (409, "email_taken".into()));
    let not_one = app.post("/v1/setup", None, &body(&token_now, "nobody")).await;
    assert_eq!(
        (not_one.refusal(), &not_one.json()["errors"][0]["pointer"]),
        ((422, "invalid_input".into()), &json!("/email"))
    );

    let email = new_email();
    let made = app.post("/v1/setup", None, &body(&token_now, &email)).await.expect(201).json();
    assert_eq!((&made["user"]["email"], &made["user"]["roles"]), (&json!(email), &json!(["admin"])));
    let login = app.login(&email).await.expect(200).json();
    assert_eq!(login["user"]["roles"], json!(["admin"]));
    assert_eq!(app.post("/v1/setup", None, &body(&token_now, &new_email())).await.refusal(), spent);
    assert_eq!(token(&app).await, None);
    app.node.stop().await;
}

async fn of_sixty_four_at_once_one_is_the_first(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    app.warm_up().await;
    let token = token(&app).await.unwrap();
    let app_ref = &app;
    let all = (0..64).map(|_| async { app_ref.post("/v1/setup", None, &body(&token, &new_email())).await });
    let answers = join_all(all).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1, "{answers:?}");
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.refusal(), (410, "token_spent".into()), "{}", answer.text);
    }
    let login = app.login(made[0].json()["user"]["email"].as_str().unwrap()).await.expect(200);
    assert_eq!(login.json()["user"]["roles"], json!(["admin"]));
    app.node.stop().await;
}
