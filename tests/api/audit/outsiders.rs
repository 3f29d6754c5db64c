//! Part of the walk: programs, people of a provider, and whoever has to show an address first.

use serde_json::json;

use super::trail::Trail;
use super::walk::id;
use crate::app::{TestApp, new_email};
use crate::databases::TestDatabase;
use crate::execute;
use crate::github::{Begun, Browser, GitHub, Somebody};
use crate::people::Person;

pub async fn clients(app: &TestApp, trail: &mut Trail<'_>) {
    let (client, secret) = app.client("revocations:read").await;
    let [created] = &trail.tells_of_itself(&["client.created"]).await[..] else { panic!("one") };
    assert_eq!((created.subject_id, created.detail("permissions").as_deref()), (id(&client), Some("revocations:read")));
    let grant = [("grant_type", "client_credentials")];
    let signed_in = app.form("/oauth2/token", Some((&client, &secret)), &grant).await.expect(200);
    trail.tells(&signed_in, &["client.signed_in"]).await;
    let (_, other) = app.client("revocations:read").await;
    trail.news().await;
    // Once a minute: nobody guesses such a secret, and nothing else bounds how often somebody tries.
    for events in [&["client.sign_in_failed!wrong_secret"][..], &[]] {
        let refused = app.form("/oauth2/token", Some((&client, &other)), &grant).await.expect(401);
        trail.tells(&refused, events).await;
    }
    let login = app.signed_in().await;
    trail.news().await;
    for events in [&["session.ended"][..], &[]] {
        let given = login.str("refresh_token");
        let answer = app.form("/oauth2/revoke", Some((&client, &secret)), &[("token", &given)]).await.expect(200);
        for ended in trail.tells(&answer, events).await {
            assert_eq!((ended.actor_kind.as_str(), ended.actor_id), ("client", id(&client)));
        }
    }
}

pub async fn providers(app: &TestApp, trail: &mut Trail<'_>, github: &GitHub) {
    let (mona, ada) = (Somebody::new(), Person::new(app).await);
    let walk = async |begun: &Begun, start: &str, who: &Somebody| {
        Browser::default().walk(app, github, begun, start, who).await
    };
    trail.news().await;
    let begun = Begun::new();
    let code = walk(&begun, &begun.start("github"), &mona).await;
    let [created] = &trail.news().await[..] else { panic!("one") };
    assert_eq!((created.action.as_str(), created.detail("by").as_deref()), ("user.created", Some("github")));
    let entered = begun.exchange(app, &code).await.expect(200);
    trail.tells(&entered, &["session.begun"]).await;
    trail.tells(&begun.exchange(app, &code).await.expect(410), &[]).await;
    let stolen = walk(&begun, &begun.start("github"), &mona).await;
    trail.news().await;
    let with_another = Begun::new().exchange(app, &stolen).await.expect(410);
    trail.tells(&with_another, &["sign_in.failed!wrong_verifier"]).await;
    let taken = Somebody::with(&ada.email);
    walk(&begun, &begun.start("github"), &taken).await;
    let [refused] = &trail.news().await[..] else { panic!("one") };
    assert_eq!(
        (refused.action.as_str(), refused.detail("cause").as_deref()),
        ("sign_in.failed", Some("account_exists"))
    );

    let ticket = app.post("/v1/me/identities/github", Some(&ada.access()), &begun.wish()).await.expect(200);
    let code = walk(&begun, &ticket.str("start_url"), &taken).await;
    trail.news().await;
    let linked = begun.exchange(app, &code).await.expect(200);
    trail.tells(&linked, &["identity.linked"]).await;
    let path = format!("/v1/me/identities/{}", linked.json()["identity"]["id"].as_str().unwrap());
    for (status, events) in [(204, &["identity.unlinked"][..]), (404, &[])] {
        trail.tells(&app.delete(&path, Some(&ada.access())).await.expect(status), events).await;
    }
}

/// Where an address has to be shown first, and where somebody may have one session only.
pub async fn proofs(database: &TestDatabase, before: &mut Trail<'_>) {
    let settings = [("THROTTLE", "off"), ("EMAIL_VERIFICATION", "required"), ("SESSIONS_PER_USER", "1")];
    let app = TestApp::spawn(&database.url, &settings).await;
    let started = before.news().await;
    assert_eq!(started.iter().map(|event| event.action.as_str()).collect::<Vec<_>>(), ["node.started"]);
    let mut trail = Trail::from_now(&app).await;
    let email = new_email();
    for kind in ["verify_email", "address_taken"] {
        let asked = app.register(&email).await.expect(202);
        let [told] = &trail.tells(&asked, &["registration.requested"]).await[..] else { panic!("one") };
        assert_eq!((told.subject_id, told.identifier.as_ref()), (None, Some(&email)), "the same, known or not");
        let mail = app.mail_to(&email, kind).await;
        if kind == "verify_email" {
            let proved = app.post("/v1/email/verify", None, &json!({ "token": mail.token() })).await.expect(204);
            trail.tells(&proved, &["user.created"]).await;
        }
    }
    trail.tells(&app.login(&email).await.expect(200), &["session.begun"]).await;
    let told = trail.tells(&app.login(&email).await.expect(200), &["session.begun", "session.ended"]).await;
    let ended = told.iter().find(|event| event.action == "session.ended").unwrap();
    assert_eq!(ended.detail("reason").as_deref(), Some("session_limit"));
    execute(database, &format!("UPDATE users SET email_verified_at = NULL WHERE email = '{email}'")).await;
    let refused = app.login(&email).await.expect(403);
    trail.tells(&refused, &["sign_in.failed!unverified"]).await;
    app.node.stop().await;
}
