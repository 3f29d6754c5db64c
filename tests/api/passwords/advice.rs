//! What is asked of a new password, and whether one would do.

use serde_json::{Value, json};

use super::NEW;
use crate::app::TestApp;
use crate::databases::TestDatabase;

on_each_database! {
    the_policy_is_told_to_anybody,
    a_password_is_judged_before_it_is_set,
}

async fn the_policy_is_told_to_anybody(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let told = app.get("/v1/password/policy", None).await.expect(200).json();
    let expected = json!({ "min_length": 12, "max_bytes": 1_024, "min_strength": 3, "required_classes": 0,
        "max_age_days": 0, "history": 0 });
    assert_eq!(told, expected);
    app.node.stop().await;
    let strict = [
        ("PASSWORD_MIN_LENGTH", "8"),
        ("PASSWORD_MIN_STRENGTH", "0"),
        ("PASSWORD_REQUIRED_CLASSES", "4"),
        ("PASSWORD_MAX_AGE_DAYS", "90"),
        ("PASSWORD_HISTORY", "10"),
    ];
    let app = TestApp::spawn(&database.url, &strict).await;
    let told = app.get("/v1/password/policy", None).await.expect(200).json();
    let expected = json!({ "min_length": 8, "max_bytes": 1_024, "min_strength": 0, "required_classes": 4,
        "max_age_days": 90, "history": 10 });
    assert_eq!(told, expected);
    app.node.stop().await;
}

async fn a_password_is_judged_before_it_is_set(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let check = async |body: &Value| app.post("/v1/password/check", None, body).await.expect(200).json();
    let good = check(&json!({ "password": NEW })).await;
    assert_eq!(good, json!({ "acceptable": true, "reasons": [], "strength": 4 }));
    for (password, email, codes, weakest, strongest) in [
        ("", None, &["too_short", "too_guessable"][..], 0, 0),
        ("password", None, &["too_short", "too_common", "too_guessable"], 0, 0),
        ("ILoveYouILoveYou", None, &["too_guessable"], 0, 2),
        ("Keystead-Keystead", None, &["account_words"], 3, 3),
        ("lovelace-mirror!", Some("ada.lovelace@example.org"), &["account_words"], 3, 4),
        ("lovelace-mirror!", None, &[], 3, 4),
    ] {
        let mut body = json!({ "password": password });
        if let Some(email) = email {
            body["email"] = json!(email);
        }
        let told = check(&body).await;
        let reasons = told["reasons"].as_array().unwrap();
        let found: Vec<&str> = reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect();
        assert_eq!(found, codes, "{password}: {told}");
        assert!(reasons.iter().all(|reason| reason["detail"].as_str().is_some_and(|text| text.len() > 10)));
        assert_eq!(told["acceptable"], codes.is_empty());
        let strength = told["strength"].as_i64().unwrap();
        assert!((weakest..=strongest).contains(&strength), "{password}: {strength}");
    }
    let refused = async |body: Value| app.post("/v1/password/check", None, &body).await;
    let long = refused(json!({ "password": "ä".repeat(513) })).await;
    assert_eq!(long.refusal(), (422, "invalid_input".into()));
    let no_address = refused(json!({ "password": NEW, "email": "x" })).await;
    assert_eq!(no_address.json()["errors"][0]["pointer"], "/email");
    // Whatever is sent is judged, and soon: signs that may stand for letters are the worst of it.
    for odd in ["\0\n\u{feff}".repeat(100), "4@8({[<6931!|17$5+%20".repeat(48), "a".repeat(1_024)] {
        let told = check(&json!({ "password": odd })).await;
        assert!(told["strength"].is_u64(), "{told}");
    }
    app.node.stop().await;
}
