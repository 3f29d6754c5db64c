//! Leave to register where not everybody may.

use keystead::domain::email::Email;
use keystead::flows::admin::by::By;
use keystead::flows::admin::invitations::make_invitation;
use keystead::flows::invite::{InviteError, Invited};
use secrecy::ExposeSecret;
use serde_json::json;

use super::{REQUIRED, register_with, spent, strange_tokens, verify};
use crate::app::{PASSWORD, TestApp, new_email, soon};
use crate::databases::TestDatabase;
use crate::tables::{count, execute};

on_each_database! {
    only_who_is_invited_may_register_and_once,
    what_is_refused_leaves_the_invitation_good,
    an_invitation_by_mail_is_for_its_address_alone_and_shows_it,
    with_verification_the_invitation_is_spent_when_the_mail_goes_out,
    where_registration_is_closed_every_invitation_is_good,
}

const INVITE: (&str, &str) = ("REGISTRATION", "invite");

async fn make(app: &TestApp, email: Option<&str>) -> Result<Invited, InviteError> {
    let email = email.map(|email| Email::parse(email).unwrap());
    make_invitation(&app.node.context, &soon(), &By::Operator, email).await
}

/// To be handed on by whoever made it.
pub async fn open_invitation(app: &TestApp) -> String {
    make(app, None).await.unwrap().token.unwrap().expose_secret().to_owned()
}

fn closed() -> (u16, String) {
    (403, "registration_closed".to_owned())
}

async fn only_who_is_invited_may_register_and_once(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[INVITE]).await;
    let email = new_email();
    assert_eq!(app.register(&email).await.refusal(), closed());
    for token in strange_tokens() {
        assert_eq!(register_with(&app, &email, &token).await.refusal(), spent(), "{token}");
    }
    let invitation = open_invitation(&app).await;
    let made = register_with(&app, &email, &invitation).await.expect(201).json();
    assert_eq!(made["user"]["email_verified"], false, "it could have been anybody's");
    assert_eq!(register_with(&app, &new_email(), &invitation).await.refusal(), spent());
    app.login(&email).await.expect(200);
    let late = open_invitation(&app).await;
    execute(database, "UPDATE one_time_tokens SET expires_at = 1").await;
    assert_eq!(register_with(&app, &new_email(), &late).await.refusal(), spent(), "it has expired");
    app.node.stop().await;
}

async fn what_is_refused_leaves_the_invitation_good(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[INVITE]).await;
    let (email, invitation) = (new_email(), open_invitation(&app).await);
    let held = json!({ "email": email, "username": "held", "password": PASSWORD, "invitation": invitation });
    app.post("/v1/register", None, &held).await.expect(201);
    let invitation = open_invitation(&app).await;
    assert_eq!(register_with(&app, &email, &invitation).await.refusal(), (409, "email_taken".into()));
    for (field, value, refusal) in
        [("username", "held", (409, "username_taken")), ("password", "short", (422, "weak_password"))]
    {
        let mut body = json!({ "email": new_email(), "password": PASSWORD, "invitation": invitation });
        body[field] = value.into();
        assert_eq!(app.post("/v1/register", None, &body).await.refusal(), (refusal.0, refusal.1.into()));
    }
    register_with(&app, &new_email(), &invitation).await.expect(201);
    app.node.stop().await;
}

async fn an_invitation_by_mail_is_for_its_address_alone_and_shows_it(database: &TestDatabase) {
    // Also where addresses have to be verified: the invitation came by mail.
    for (settings, count_of_mails) in [(&[INVITE][..], 1), (&[INVITE, REQUIRED][..], 2)] {
        let app = TestApp::spawn(&database.url, settings).await;
        let email = new_email();
        let made = make(&app, Some(&email)).await.unwrap();
        assert!(made.token.is_none(), "whoever invites must not register in another's name");
        let token = app.mail_to(&email, "invitation").await.token();
        assert_eq!(register_with(&app, &new_email(), &token).await.refusal(), closed());
        let account = register_with(&app, &email.to_uppercase(), &token).await.expect(201).json();
        assert_eq!(account["user"]["email_verified"], true);
        app.login(&email).await.expect(200);
        assert!(matches!(make(&app, Some(&email)).await, Err(InviteError::EmailTaken)));
        assert_eq!(count(database, "SELECT COUNT(*) FROM outbox").await, count_of_mails, "nothing else is asked");
        app.node.stop().await;
    }
}

async fn with_verification_the_invitation_is_spent_when_the_mail_goes_out(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[INVITE, REQUIRED]).await;
    let (email, invitation) = (new_email(), open_invitation(&app).await);
    assert_eq!(app.register(&email).await.refusal(), closed());
    register_with(&app, &email, &invitation).await.expect(202);
    assert_eq!(register_with(&app, &new_email(), &invitation).await.refusal(), spent());
    verify(&app, &app.mail_to(&email, "verify_email").await.token()).await.expect(204);
    app.login(&email).await.expect(200);
    app.node.stop().await;
}

async fn where_registration_is_closed_every_invitation_is_good(database: &TestDatabase) {
    let open = TestApp::spawn(&database.url, &[]).await;
    let shut = TestApp::spawn(&database.url, &[("REGISTRATION", "closed")]).await;
    // From before the closing, and from after it.
    for maker in [&open, &shut] {
        let invitation = open_invitation(maker).await;
        assert_eq!(shut.register(&new_email()).await.refusal(), closed());
        register_with(&shut, &new_email(), &invitation).await.expect(201);
        assert_eq!(register_with(&shut, &new_email(), &invitation).await.refusal(), spent());
    }
    // Where everybody may, one that is brought is looked at all the same.
    let invitation = open_invitation(&open).await;
    register_with(&open, &new_email(), &invitation).await.expect(201);
    assert_eq!(register_with(&open, &new_email(), &invitation).await.refusal(), spent());
    open.node.stop().await;
    shut.node.stop().await;
}
