//! Part of the walk: what people sign in with, and what comes to them by mail.

use serde_json::json;

use super::trail::Trail;
use super::walk::{NEW, WRONG, id};
use crate::app::{PASSWORD, TestApp, new_email};
use crate::databases::TestDatabase;
use crate::execute;
use crate::people::{Person, code_of, totp_of};

pub async fn second_factors(app: &TestApp, trail: &mut Trail<'_>) {
    let ada = Person::new(app).await;
    let bearer = Some(ada.access());
    let bearer = bearer.as_deref();
    trail.news().await;
    let offered = app.post("/v1/me/mfa/totp", bearer, &json!({})).await.expect(201);
    trail.tells(&offered, &["mfa.offered"]).await;
    let totp = totp_of(&offered);
    let confirm = async |code: &str| app.post("/v1/me/mfa/totp/confirm", bearer, &json!({ "code": code })).await;
    trail.tells(&confirm("000000").await.expect(401), &["mfa.confirmation_failed!wrong_code"]).await;
    let confirmed = confirm(&code_of(&totp, app)).await.expect(200);
    trail.tells(&confirmed, &["mfa.turned_on"]).await;
    let replaced = app.post("/v1/me/mfa/recovery-codes", bearer, &json!({})).await.expect(200);
    trail.tells(&replaced, &["recovery_codes.replaced"]).await;
    let owed = app.login(&ada.email).await.expect(200);
    let [challenged] = &trail.tells(&owed, &["sign_in.challenged"]).await[..] else { panic!("one") };
    assert_eq!(challenged.detail("owed").as_deref(), Some("mfa_challenge"));
    let complete = async |factor: &str, code: &serde_json::Value| {
        let body = json!({ "challenge": owed.str("challenge"), "factor": factor, "code": code });
        app.post("/v1/login/mfa", None, &body).await
    };
    let codes = &replaced.json()["recovery_codes"];
    let wrong = complete("totp", &json!("000000")).await.expect(401);
    trail.tells(&wrong, &["sign_in.failed!wrong_code"]).await;
    let right = complete("recovery_code", &codes[0]).await.expect(200);
    trail.tells(&right, &["session.begun", "recovery_code.used"]).await;
    trail.tells(&complete("recovery_code", &codes[1]).await.expect(410), &[]).await;
    let off = app.delete("/v1/me/mfa/totp", bearer).await.expect(204);
    trail.tells(&off, &["mfa.turned_off", "sessions.ended"]).await;
    trail.tells(&app.delete("/v1/me/mfa/totp", bearer).await.expect(204), &[]).await;
}

pub async fn passwords(app: &TestApp, trail: &mut Trail<'_>, database: &TestDatabase) {
    let ada = Person::new(app).await;
    trail.news().await;
    let change = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        app.post("/v1/password/change", Some(&ada.access()), &body).await
    };
    trail.tells(&change(WRONG, NEW).await.expect(401), &["password.change_failed!wrong_password"]).await;
    trail.tells(&change(PASSWORD, "weak").await.expect(422), &[]).await;
    trail.tells(&change(PASSWORD, NEW).await.expect(204), &["password.changed", "sessions.ended"]).await;
    execute(database, &format!("UPDATE users SET must_change_password = TRUE WHERE email = '{}'", ada.email)).await;
    let body = json!({ "identifier": ada.email, "password": NEW });
    let owed = app.post("/v1/login", None, &body).await.expect(200);
    trail.tells(&owed, &["sign_in.challenged"]).await;
    let body = json!({ "challenge": owed.str("challenge"), "new_password": PASSWORD });
    let done = app.post("/v1/login/password", None, &body).await.expect(200);
    trail.tells(&done, &["password.changed", "sessions.ended", "session.begun"]).await;
    trail.tells(&app.post("/v1/login/password", None, &body).await.expect(410), &[]).await;
}

pub async fn mails(app: &TestApp, trail: &mut Trail<'_>) {
    let ada = Person::new(app).await;
    let user_id = id(ada.login.json()["user"]["id"].as_str().unwrap());
    let (email, new_email) = (ada.email.clone(), new_email());
    let verify = app.mail_to(&email, "verify_email").await.token();
    trail.news().await;
    for path in ["/v1/password/forgot", "/v1/email/verify/resend"] {
        let action = if path.ends_with("forgot") { "password.reset_requested" } else { "email.verification_requested" };
        for (email, about) in [(email.as_str(), user_id), ("nobody@example.org", None)] {
            let asked = app.post(path, None, &json!({ "email": email })).await.expect(202);
            let [told] = &trail.tells(&asked, &[action]).await[..] else { panic!("one") };
            assert_eq!((told.subject_id, told.identifier.as_deref()), (about, Some(email)));
        }
    }
    let newer = app.mail_to(&email, "verify_email").await.token();
    for (token, status, events) in [(&newer, 204, &["email.verified"][..]), (&verify, 410, &[])] {
        let answer = app.post("/v1/email/verify", None, &json!({ "token": token })).await.expect(status);
        trail.tells(&answer, events).await;
    }
    let body = json!({ "new_email": new_email });
    let asked = app.post("/v1/email/change", Some(&ada.access()), &body).await.expect(204);
    trail.tells(&asked, &["email.change_requested"]).await;
    let token = app.mail_to(&new_email, "confirm_email_change").await.token();
    for (status, events) in [(204, &["email.changed"][..]), (410, &[])] {
        let answer = app.post("/v1/email/change/confirm", None, &json!({ "token": token })).await.expect(status);
        trail.tells(&answer, events).await;
    }
    app.post("/v1/password/forgot", None, &json!({ "email": new_email })).await.expect(202);
    let token = app.mail_to(&new_email, "reset_password").await.token();
    trail.news().await;
    for (status, events) in [(204, &["password.reset", "sessions.ended"][..]), (410, &[])] {
        let body = json!({ "token": token, "new_password": NEW });
        trail.tells(&app.post("/v1/password/reset", None, &body).await.expect(status), events).await;
    }
}
