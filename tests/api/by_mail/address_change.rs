//! Another address: asked for by whoever is signed in, confirmed from the new one, told to the old one.

use super::{NEW, change_email, confirm_change, reset, reset_token, spent, strange_tokens, verify};
use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::people::Person;
use crate::tables::{count, execute};

on_each_database! {
    an_address_is_changed_from_the_new_one_and_the_old_one_is_told,
    whose_an_address_is_shows_in_no_answer,
    what_ends_all_sessions_ends_a_change_that_is_under_way,
    a_newer_change_takes_the_place_of_an_earlier_one,
    it_asks_for_a_fresh_session,
}

async fn an_address_is_changed_from_the_new_one_and_the_old_one_is_told(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let ada = Person::new(&app).await;
    let new = format!("Countess.{}@example.test", uuid::Uuid::now_v7().simple());
    change_email(&app, &ada.access(), &new).await.expect(204);
    let mail = app.mail_to(&new, "confirm_email_change").await;
    app.login(&ada.email).await.expect(200);
    app.login(&new).await.expect(401);
    assert_eq!(verify(&app, &mail.token()).await.refusal(), spent(), "that is another door");
    assert!(confirm_change(&app, &mail.token()).await.expect(204).text.is_empty());
    let told = app.mail_to(&ada.email, "email_changed").await;
    assert!(!told.text.contains("ks1_"), "{}", told.text);
    app.login(&ada.email).await.expect(401);
    app.login(&new.to_lowercase()).await.expect(200);
    let me = app.get("/v1/me", Some(&ada.access())).await.expect(200).json();
    assert_eq!((me["email"].as_str(), me["email_verified"].as_bool()), (Some(new.as_str()), Some(true)));
    assert_eq!(confirm_change(&app, &mail.token()).await.refusal(), spent());
    // The old address is free.
    app.register(&ada.email).await.expect(201);
    app.node.stop().await;
}

async fn whose_an_address_is_shows_in_no_answer(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let (ada, bob) = (Person::new(&app).await, Person::new(&app).await);
    let free = new_email();
    let answers = [
        change_email(&app, &ada.access(), &free).await.expect(204),
        change_email(&app, &ada.access(), &bob.email).await.expect(204),
    ];
    assert_eq!(answers[0].text, answers[1].text);
    assert!(!app.mail_to(&bob.email, "address_taken").await.text.contains("ks1_"));
    // Taken by somebody else before it was confirmed: the token waits until it is free again.
    let wanted = new_email();
    change_email(&app, &ada.access(), &wanted).await.expect(204);
    let token = app.mail_to(&wanted, "confirm_email_change").await.token();
    app.register(&wanted).await.expect(201);
    assert_eq!(confirm_change(&app, &token).await.refusal(), (409, "email_taken".into()));
    let elsewhere = "email = 'x@example.test', email_key = 'x@example.test'";
    execute(database, &format!("UPDATE users SET {elsewhere} WHERE email = '{wanted}'")).await;
    confirm_change(&app, &token).await.expect(204);
    app.node.stop().await;
}

async fn what_ends_all_sessions_ends_a_change_that_is_under_way(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for end in ["logout", "reset", "lock"] {
        let (ada, wanted) = (Person::new(&app).await, new_email());
        change_email(&app, &ada.access(), &wanted).await.expect(204);
        let token = app.mail_to(&wanted, "confirm_email_change").await.token();
        match end {
            "logout" => _ = app.logout(&ada.access(), "all").await.expect(204),
            "reset" => _ = reset(&app, &reset_token(&app, &ada.email).await, NEW).await.expect(204),
            _ => {
                let lock = format!("UPDATE users SET locked_at = 1 WHERE username = '{}'", ada.username);
                execute(database, &lock).await;
            }
        }
        assert_eq!(confirm_change(&app, &token).await.refusal(), spent(), "{end}");
        let still = format!("SELECT COUNT(*) FROM users WHERE email = '{}'", ada.email);
        assert_eq!(count(database, &still).await, 1, "{end}");
    }
    assert_eq!(count(database, "SELECT COUNT(*) FROM outbox WHERE kind = 'email_changed'").await, 0);
    app.node.stop().await;
}

async fn a_newer_change_takes_the_place_of_an_earlier_one(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    for token in strange_tokens() {
        assert_eq!(confirm_change(&app, &token).await.refusal(), spent(), "{token}");
    }
    let (ada, first, second) = (Person::new(&app).await, new_email(), new_email());
    let mut tokens = Vec::new();
    for wanted in [&first, &second] {
        change_email(&app, &ada.access(), wanted).await.expect(204);
        tokens.push(app.mail_to(wanted, "confirm_email_change").await.token());
    }
    assert_eq!(confirm_change(&app, &tokens[0]).await.refusal(), spent(), "it was typed wrong");
    confirm_change(&app, &tokens[1]).await.expect(204);
    app.login(&second).await.expect(200);
    app.node.stop().await;
}

async fn it_asks_for_a_fresh_session(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let ada = Person::new(&app).await;
    let old = format!("UPDATE sessions SET auth_time = auth_time - {}", 6 * 60 * 1_000_000_i64);
    execute(database, &old).await;
    let refreshed = app.refresh(&ada.refresh()).await.expect(200);
    let answer = change_email(&app, &refreshed.str("access_token"), &new_email()).await;
    assert_eq!(answer.refusal(), (403, "reauthentication_required".into()));
    assert_eq!(count(database, "SELECT COUNT(*) FROM one_time_tokens").await, 0);
    app.node.stop().await;
}
