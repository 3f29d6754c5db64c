//! From a mail's link to what it is there for, with a real node, its mails and its tables.

use serde_json::{Value, json};

use crate::app::{Answer, PASSWORD, TestApp, new_email};
use crate::secrecy::hold_secret;
use crate::{Visit, visit};

const WEAK: &str = "password1234";
const NEW: &str = "nine purple herons at dusk";

async fn login(app: &TestApp, identifier: &str, password: &str) -> Answer {
    app.post("/v1/login", None, &json!({ "identifier": identifier, "password": password })).await
}

/// As from a mail program, in a tab of its own.
async fn follow(visit: &Visit, link: &str) {
    visit.browser.open("about:blank").await;
    visit.browser.open(link).await;
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced() {
    visit(&[], async |visit| {
        let (app, browser, email) = (&visit.app, &visit.browser, new_email());
        app.register(&email).await.expect(201);
        let session = app.login(&email).await.expect(200);
        app.post("/v1/password/forgot", None, &json!({ "email": email })).await.expect(202);
        let mail = app.mail_to(&email, "reset_password").await;
        assert_eq!(mail.link(), app.url(&format!("/pages/reset-password#token={}", mail.token())));
        // Opened by a scanner, and again by somebody who thinks twice: it stays good, and so does the old password.
        for _ in 0..2 {
            follow(visit, &mail.link()).await;
            browser.until_it_says("At least 12 characters.").await;
            app.login(&email).await.expect(200);
        }
        browser.type_into("#password", WEAK).await;
        browser.until_it_says("It is one of the passwords that are tried first.").await;
        browser.click("#go").await;
        browser.until_it_says("Please choose another password.").await;
        let state =
            "const f = document.getElementById('password'); return [f === document.activeElement, f.ariaInvalid]";
        assert_eq!(browser.run(state).await, json!([true, "true"]));
        browser.empty("#password").await;
        browser.type_into("#password", NEW).await;
        browser.until_it_says("This one will do.").await;
        browser.click("#go").await;
        browser.until_it_says("Your password is changed").await;

        assert_eq!(login(app, &email, PASSWORD).await.refusal(), (401, "invalid_credentials".into()));
        login(app, &email, NEW).await.expect(200);
        app.refresh(&session.str("refresh_token")).await.expect(401);
        follow(visit, &mail.link()).await;
        browser.type_into("#password", "yet another few words").await;
        browser.click("#go").await;
        browser.until_it_says("This link no longer works").await;
        assert!(!browser.text().await.contains("Your last try"), "nothing was in doubt");
        hold_secret(browser, &[&mail.token(), NEW, WEAK]).await;
    })
    .await;
}

#[actix_web::test]
async fn an_account_begins_when_its_address_is_confirmed() {
    visit(&[("EMAIL_VERIFICATION", "required")], async |visit| {
        let (app, browser, email) = (&visit.app, &visit.browser, new_email());
        app.register(&email).await.expect(202);
        let mail = app.mail_to(&email, "verify_email").await;
        follow(visit, &mail.link()).await;
        browser.until_it_says("Confirm your address").await;
        app.login(&email).await.expect(401);
        browser.click("#go").await;
        browser.until_it_says("Your address is confirmed").await;
        assert_eq!(app.login(&email).await.expect(200).json()["user"]["email_verified"], json!(true));
        follow(visit, &mail.link()).await;
        browser.click("#go").await;
        browser.until_it_says("This link no longer works").await;
        hold_secret(browser, &[&mail.token()]).await;
    })
    .await;
}

#[actix_web::test]
async fn an_address_is_changed_when_the_new_one_is_confirmed() {
    visit(&[], async |visit| {
        let (app, browser, old, new) = (&visit.app, &visit.browser, new_email(), new_email());
        app.register(&old).await.expect(201);
        let token = app.login(&old).await.expect(200).str("access_token");
        let asked: Value = json!({ "new_email": new });
        app.post("/v1/email/change", Some(&token), &asked).await.expect(204);
        let mail = app.mail_to(&new, "confirm_email_change").await;
        follow(visit, &mail.link()).await;
        browser.until_it_says("Confirm your new address").await;
        app.login(&new).await.expect(401);
        browser.click("#go").await;
        browser.until_it_says("From now on you sign in with the new address.").await;
        app.login(&new).await.expect(200);
        app.login(&old).await.expect(401);
        app.mail_to(&old, "email_changed").await;
        hold_secret(browser, &[&mail.token()]).await;
    })
    .await;
}

#[actix_web::test]
async fn what_is_asked_of_a_password_is_told_before_it_is_typed() {
    let strict = [("PASSWORD_MIN_LENGTH", "14"), ("PASSWORD_REQUIRED_CLASSES", "3"), ("PASSWORD_HISTORY", "5")];
    visit(&strict, async |visit| {
        visit.open("/pages/reset-password#token=any").await;
        for words in ["At least 14 characters. 3 or more of these:", "None that you had of late."] {
            visit.browser.until_it_says(words).await;
        }
    })
    .await;
}
