//! The main job, end to end.

use reqwest::StatusCode;
use serde_json::json;
use sqlx::ConnectOptions;

use crate::app::TestApp;

#[actix_web::test]
async fn smoke() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("k.db");
    let mut conn = keystead::store::db::sqlite_file(&path).connect().await.unwrap();
    keystead::store::migrations::upgrade(&mut conn, None, &keystead::domain::clock::Clock::system()).await.unwrap();
    drop(conn);
    let app = TestApp::spawn(&format!("sqlite:{}", path.display()), &[]).await;
    let login = app.signed_in().await;
    println!("{}", login.text);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await;
    assert_eq!(me.status, StatusCode::OK, "{}", me.text);
    let next = app.refresh(&login.str("refresh_token")).await;
    assert_eq!(next.status, StatusCode::OK, "{}", next.text);
    let again = app.refresh(&login.str("refresh_token")).await;
    assert_eq!(again.str("refresh_token"), next.str("refresh_token"));
    assert_eq!(app.logout(&next.str("access_token"), "this").await.status, StatusCode::NO_CONTENT);
    let me = app.get("/v1/me", Some(&login.str("access_token"))).await;
    assert_eq!(me.refusal(), (401, "session_revoked".into()));
    let (id, secret) = app.client("revocations:read").await;
    let token = app.form("/oauth2/token", Some((&id, &secret)), &[("grant_type", "client_credentials")]).await;
    println!("{}", token.text);
    let feed = app.get("/v1/revocations", Some(&token.str("access_token"))).await;
    println!("{}", feed.text);
    let intro = app.form("/oauth2/introspect", Some((&id, &secret)), &[("token", &token.str("access_token"))]).await;
    println!("{}", intro.text);
    println!("{}", app.get("/.well-known/jwks.json", None).await.text);
    println!("{}", app.post("/v1/nothing", None, &json!({})).await.text);
    app.node.stop().await;
}
