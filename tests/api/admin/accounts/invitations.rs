//! Invitations: made, seen and withdrawn.

use serde_json::{Value, json};

use super::{denied, nobody, not_there, somebody};
use crate::admin::program;
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::tables::execute;

on_each_database! {
    an_invitation_is_made_seen_and_withdrawn,
    an_invitation_for_an_address_goes_there_alone,
    where_registration_is_closed_administrators_still_invite,
}

const PATH: &str = "/v1/admin/invitations";
const INVITE: (&str, &str) = ("REGISTRATION", "invite");

fn with(invitation: &str) -> Value {
    json!({ "email": new_email(), "password": PASSWORD, "invitation": invitation })
}

async fn an_invitation_is_made_seen_and_withdrawn(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[INVITE]).await;
    let token = program(&app, "users:write").await;
    let bearer = Some(token.as_str());
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(app.post(PATH, bearer, &json!({})).await.expect(201));
    }
    let first = app.get(&format!("{PATH}?limit=2"), bearer).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app.get(&format!("{PATH}?limit=2&cursor={cursor}"), bearer).await.expect(200);
    let ids = |page: &Value| page["items"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect::<Vec<_>>();
    let newest_first: Vec<_> = made.iter().rev().map(|answer| answer.json()["id"].clone()).collect();
    assert_eq!([ids(&first), ids(&second.json())].concat(), newest_first);
    assert_eq!(
        (&first["items"][0]["email"], &first["items"][0]["expires_at"]),
        (&Value::Null, &made[2].json()["expires_at"])
    );
    // Whoever looks at them cannot use them.
    let all = format!("{first}{}", second.text);
    assert!(made.iter().all(|answer| !all.contains(&answer.str("token"))));
    app.post("/v1/register", None, &with(&made[0].str("token"))).await.expect(201);
    let one = format!("{PATH}/{}", made[1].str("id"));
    app.delete(&one, bearer).await.expect(204);
    let spent = app.post("/v1/register", None, &with(&made[1].str("token"))).await;
    assert_eq!(spent.refusal(), (410, "token_spent".into()));
    for gone in [one, format!("{PATH}/{}", made[0].str("id")), format!("{PATH}/{}", nobody())] {
        assert_eq!(app.delete(&gone, bearer).await.refusal(), not_there());
    }
    assert_eq!(ids(&app.get(PATH, bearer).await.expect(200).json()), [made[2].json()["id"].clone()]);
    execute(database, "UPDATE one_time_tokens SET expires_at = 1").await;
    assert!(ids(&app.get(PATH, bearer).await.expect(200).json()).is_empty());
    assert_eq!(app.delete(&format!("{PATH}/{}", made[2].str("id")), bearer).await.refusal(), not_there());
    let reader = program(&app, "users:read").await;
    assert_eq!(app.post(PATH, Some(&reader), &json!({})).await.refusal(), denied());
    app.node.stop().await;
}

async fn an_invitation_for_an_address_goes_there_alone(database: &TestDatabase) {
    let open = TestApp::spawn(&database.url, &[]).await;
    let app = TestApp::spawn(&database.url, &[INVITE]).await;
    let token = program(&app, "users:write").await;
    let bearer = Some(token.as_str());
    let email = new_email();
    let made = app.post(PATH, bearer, &json!({ "email": email })).await.expect(201).json();
    assert_eq!(made["token"], Value::Null, "whoever invites must not register in another's name");
    let seen = app.get(PATH, bearer).await.expect(200).json();
    assert_eq!(seen["items"][0]["email"], json!(email));
    let token = app.mail_to(&email, "invitation").await.token();
    assert_eq!(app.post("/v1/register", None, &with(&token)).await.refusal(), (403, "registration_closed".into()));
    let body = json!({ "email": email, "password": PASSWORD, "invitation": token });
    app.post("/v1/register", None, &body).await.expect(201);
    let (_, held) = somebody(&open).await;
    let refused = app.post(PATH, bearer, &json!({ "email": held })).await;
    assert_eq!(refused.refusal(), (409, "email_taken".into()));
    assert_eq!(app.post(PATH, bearer, &json!({ "email": "x" })).await.refusal(), (422, "invalid_input".into()));
    open.node.stop().await;
    app.node.stop().await;
}

async fn where_registration_is_closed_administrators_still_invite(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[("REGISTRATION", "closed")]).await;
    let token = program(&app, "users:write").await;
    assert_eq!(app.register(&new_email()).await.refusal(), (403, "registration_closed".into()));
    let of_the_command_line = crate::by_mail::open_invitation(&app).await;
    let of_the_admin_plane = app.post(PATH, Some(&token), &json!({})).await.expect(201).str("token");
    for invitation in [of_the_command_line, of_the_admin_plane] {
        app.post("/v1/register", None, &with(&invitation)).await.expect(201);
        assert_eq!(app.post("/v1/register", None, &with(&invitation)).await.refusal(), (410, "token_spent".into()));
    }
    app.node.stop().await;
}
