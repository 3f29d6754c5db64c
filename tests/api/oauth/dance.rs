//! From the app to the provider and back: accounts that are made, known, or not made.

use serde_json::json;

use super::spawn;
use crate::app::new_email;
use crate::databases::TestDatabase;
use crate::execute;
use crate::github::{Begun, Browser, Somebody, link, location, sign_in};
use crate::people::{Person, SecondFactor};

on_each_database! {
    the_first_sign_in_makes_an_account_and_the_next_finds_it,
    an_address_with_an_account_is_never_linked_by_itself,
    who_may_not_register_gets_no_account,
    a_second_factor_is_owed_after_a_provider_too,
    a_closed_account_is_told_nothing,
    what_goes_wrong_at_the_provider_is_told_to_the_app,
}

async fn the_first_sign_in_makes_an_account_and_the_next_finds_it(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let offered = app.get("/v1/oauth/providers", None).await.expect(200).json();
    let names = json!([{ "name": "acme", "display_name": "acme" }, { "name": "github", "display_name": "GitHub" }]);
    assert_eq!(offered["providers"], names);

    let mona = Somebody::new();
    let tokens = sign_in(&app, &github, &mona).await.expect(200);
    assert_eq!(tokens.str("status"), "authenticated");
    let user = tokens.json()["user"].clone();
    assert_eq!((&user["email"], &user["email_verified"]), (&json!(mona.email), &json!(true)));
    assert_eq!((&user["display_name"], &user["username"]), (&json!("Mona Lisa"), &json!(null)));
    let bearer = tokens.str("access_token");
    let identities = app.get("/v1/me/identities", Some(&bearer)).await.expect(200).json()["identities"].clone();
    assert_eq!((identities.as_array().unwrap().len(), &identities[0]["provider"]), (1, &json!("github")));
    assert_eq!(identities[0]["email"], json!(mona.email));
    let export = app.get("/v1/me/export", Some(&bearer)).await.expect(200).json();
    assert_eq!(export["identities"][0]["subject"], mona.id.to_string());
    assert_eq!((&export["password"]["set"], &export["password"]["changed_at"]), (&json!(false), &json!(null)));
    assert_eq!(export["sessions"][0]["amr"], json!(["fed"]));

    // Another address by now, and the same somebody.
    let moved = Somebody { email: new_email(), ..mona };
    let again = sign_in(&app, &github, &moved).await.expect(200);
    assert_eq!(again.json()["user"]["id"], user["id"]);
    assert_eq!(again.json()["user"]["email"], user["email"]);
    app.refresh(&again.str("refresh_token")).await.expect(200);
    app.node.stop().await;
    github.stop().await;
}

async fn an_address_with_an_account_is_never_linked_by_itself(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let ada = Person::new(&app).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let mona = Somebody::with(&ada.email.to_uppercase());
    let told = browser.walk(&app, &github, &begun, &begun.start("github"), &mona).await;
    assert_eq!(told, "error=account_exists_link_required");
    let listed = app.get("/v1/me/identities", Some(&ada.access())).await.expect(200);
    assert_eq!(listed.json()["identities"], json!([]));
    // Signed in and linked it is the way in.
    assert_eq!(link(&app, &github, &ada.access(), &mona).await.expect(200).str("status"), "linked");
    let tokens = sign_in(&app, &github, &mona).await.expect(200);
    assert_eq!(tokens.json()["user"]["id"], ada.login.json()["user"]["id"]);
    app.node.stop().await;
    github.stop().await;
}

async fn who_may_not_register_gets_no_account(database: &TestDatabase) {
    let (open, github) = spawn(database, &[]).await;
    let mona = Somebody::new();
    sign_in(&open, &github, &mona).await.expect(200);
    let taken = Person::new(&open).await;
    for registration in ["closed", "invite"] {
        let more = [&github.settings()[..], &[("REGISTRATION", registration)]].concat();
        let app = crate::app::TestApp::spawn(&database.url, &more).await;
        sign_in(&app, &github, &mona).await.expect(200);
        let unverified = Somebody { verified: false, ..Somebody::new() };
        for (who, told) in [
            (Somebody::new(), "error=registration_closed"),
            (Somebody::with(&taken.email), "error=account_exists_link_required"),
            (unverified, "error=provider_email_unverified"),
        ] {
            let begun = Begun::new();
            let outcome = Browser::default().walk(&app, &github, &begun, &begun.start("github"), &who).await;
            assert_eq!(outcome, told);
        }
        app.node.stop().await;
    }
    open.node.stop().await;
    github.stop().await;
}

async fn a_second_factor_is_owed_after_a_provider_too(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let mona = Somebody::new();
    let tokens = sign_in(&app, &github, &mona).await.expect(200);
    let factor = SecondFactor::turn_on(&app, &tokens.str("access_token")).await;
    execute(database, "UPDATE users SET mfa_last_step = NULL").await;
    let owed = sign_in(&app, &github, &mona).await.expect(200);
    assert_eq!((owed.str("status").as_str(), owed.json()["access_token"].is_null()), ("mfa_required", true));
    let body = json!({ "challenge": owed.str("challenge"), "factor": "totp", "code": factor.code(&app) });
    let tokens = app.post("/v1/login/mfa", None, &body).await.expect(200);
    let export = app.get("/v1/me/export", Some(&tokens.str("access_token"))).await.expect(200).json();
    assert_eq!(export["sessions"][0]["amr"], json!(["fed", "otp", "mfa"]));
    app.node.stop().await;
    github.stop().await;
}

async fn a_closed_account_is_told_nothing(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    for change in ["locked_at = 1", "active = FALSE", "auth_epoch = auth_epoch + 1"] {
        let (mona, begun) = (Somebody::new(), Begun::new());
        sign_in(&app, &github, &mona).await.expect(200);
        let code = Browser::default().walk(&app, &github, &begun, &begun.start("github"), &mona).await;
        execute(database, &format!("UPDATE users SET {change} WHERE email = '{}'", mona.email)).await;
        assert_eq!(begun.exchange(&app, &code).await.refusal(), (410, "token_spent".into()), "{change}");
    }
    app.node.stop().await;
    github.stop().await;
}

async fn what_goes_wrong_at_the_provider_is_told_to_the_app(database: &TestDatabase) {
    let (app, github) = spawn(database, &[]).await;
    let (begun, mut browser) = (Begun::new(), Browser::default());
    let unverified = Somebody { verified: false, ..Somebody::new() };
    let told = browser.walk(&app, &github, &begun, &begun.start("github"), &unverified).await;
    assert_eq!(told, "error=provider_email_unverified");
    for (answer, told) in [
        ("error=access_denied&error_description=no", "error=access_denied"),
        ("error=temporarily_unavailable", "error=provider_refused"),
        ("code=one-that-was-never-given", "error=provider_refused"),
        ("code=a&error=b", "error=provider_refused"),
        ("code=a&iss=https://evil.example", "error=provider_issuer_mismatch"),
        ("", "error=provider_refused"),
    ] {
        let begun = Begun::new();
        let asked = location(&browser.open(&app, &begun.start("github")).await);
        let state = url::Url::parse(&asked).unwrap();
        let state = state.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let back = format!("/v1/oauth/github/callback?state={state}&scope=x&{answer}");
        assert_eq!(begun.outcome(&browser.open(&app, &back).await), told, "{answer}");
        let replayed = browser.open(&app, &back).await;
        assert_eq!(replayed.refusal(), (400, "invalid_state".into()), "{answer}");
    }
    // A provider that cannot be asked where to go holds up nobody else.
    let begun = Begun::new();
    assert_eq!(begun.outcome(&browser.open(&app, &begun.start("acme")).await), "error=provider_unreachable");
    sign_in(&app, &github, &Somebody::new()).await.expect(200);
    app.node.stop().await;
    github.stop().await;
}
