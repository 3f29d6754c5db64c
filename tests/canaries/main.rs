#![cfg(test)]
//! No secret in any log, at the most talkative level there is. A test binary of its own, because a process has one log.

#[path = "../support/app.rs"]
#[expect(dead_code, reason = "the tests of the API ask for more")]
mod app;
#[path = "../support/databases.rs"]
mod databases;
#[path = "../support/outbox.rs"]
mod outbox;
#[path = "../support/smtp.rs"]
#[expect(dead_code, reason = "the mailer's own tests ask for more")]
mod smtp;

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use databases::{Engine, TestDatabase};
use futures_util::future::join_all;
use keystead::domain::clock::Deadline;
use keystead::domain::letter::Letter;
use keystead::domain::secret_token::SecretToken;
use keystead::flows::offer_set_up::offer_set_up;
use secrecy::ExposeSecret;
use serde_json::json;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use outbox::write_letter;
use smtp::{At, Behaviour, Entrance, SmtpServer};

use app::{PASSWORD, SECRET_KEY, TestApp, new_email};

const WRONG_PASSWORD: &str = "wrong-canary-password-of-a-stranger";
const WEAK_PASSWORD: &str = "weakcanary";
const LOST_TOKEN: &str = "canary-in-a-place-where-no-token-belongs";

/// Everything that was logged, by every crate in the process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// The whole walk with its detours; what must not be found, each with its name.
async fn walk(database: &TestDatabase) -> Vec<(&'static str, String)> {
    let app = TestApp::spawn(&database.url, &[]).await;
    let offered = offer_set_up(&app.node.context, Deadline::within(Duration::from_secs(5))).await.unwrap().unwrap();
    let set_up = offered.secret().expose_secret().to_owned();
    let body = json!({ "token": set_up, "email": new_email(), "password": PASSWORD });
    app.post("/v1/setup", None, &body).await.expect(201);
    app.post("/v1/setup", None, &body).await.expect(410);
    let email = new_email();
    app.register(&email).await.expect(201);
    app.register(&email).await.expect(409);
    for (password, status) in [(WEAK_PASSWORD, 422), (PASSWORD, 201)] {
        app.post("/v1/register", None, &json!({ "email": new_email(), "password": password })).await.expect(status);
    }
    let login = app.login(&email).await.expect(200);
    app.post("/v1/login", None, &json!({ "identifier": email, "password": WRONG_PASSWORD })).await.expect(401);
    // In the wrong place, of the wrong type, cut off: what is refused may be a secret all the same.
    app.post("/v1/login", None, &json!({ "identifier": email, "password": { WRONG_PASSWORD: 1 } })).await.expect(400);
    app.post("/v1/login", None, &json!({ "identifier": WRONG_PASSWORD, "passwort": PASSWORD })).await.expect(400);
    let broken = format!("{{\"identifier\":\"a\",\"password\":\"{WRONG_PASSWORD}");
    app.send(app.http.post(app.url("/v1/login")).header("content-type", "application/json").body(broken)).await;
    app.get(&format!("/v1/{LOST_TOKEN}?token={LOST_TOKEN}"), Some(LOST_TOKEN)).await.expect(404);
    app.get(&format!("/v1/revocations?since={LOST_TOKEN}"), Some(LOST_TOKEN)).await.expect(401);
    app.get("/v1/me", Some(&login.str("access_token"))).await.expect(200);
    app.patch("/v1/me", Some(&login.str("access_token")), &json!({ "display_name": "Zoë" })).await.expect(200);

    let (id, secret) = app.client("revocations:read").await;
    let client = Some((id.as_str(), secret.as_str()));
    let program = app.form("/oauth2/token", client, &[("grant_type", "client_credentials")]).await.expect(200);
    let in_form = [("token", LOST_TOKEN), ("client_id", &id), ("client_secret", &secret)];
    app.form("/oauth2/introspect", None, &in_form).await.expect(200);
    let next = app.refresh(&login.str("refresh_token")).await.expect(200);
    let head = next.str("refresh_token");
    join_all((0..8).map(|_| app.refresh(&head))).await;
    for token in [&login.str("access_token"), &next.str("refresh_token"), &login.str("device_token")] {
        app.form("/oauth2/introspect", client, &[("token", token)]).await.expect(200);
    }
    app.get("/v1/revocations", Some(&program.str("access_token"))).await.expect(200);
    app.refresh(&login.str("refresh_token")).await.expect(401);
    app.logout(&next.str("access_token"), "all").await.expect(401);
    let last = app.login(&email).await.expect(200);
    app.form("/oauth2/revoke", client, &[("token", &last.str("refresh_token"))]).await.expect(200);
    app.logout(&last.str("access_token"), "this").await.expect(204);
    app.node.stop().await;

    let mut canaries = vec![
        ("the password", PASSWORD.to_owned()),
        ("a wrong password", WRONG_PASSWORD.to_owned()),
        ("a weak password", WEAK_PASSWORD.to_owned()),
        ("a token in the wrong place", LOST_TOKEN.to_owned()),
        ("the set-up token", set_up),
        ("the client's secret", secret.clone()),
        ("the client's credentials", STANDARD.encode(format!("{id}:{secret}"))),
        ("the client's access token", program.str("access_token")),
        ("the key", SECRET_KEY.to_owned()),
        ("a password's hash", "$argon2id$".to_owned()),
    ];
    if let Some(password) = url::Url::parse(&database.url).unwrap().password() {
        canaries.push(("the database's password", password.to_owned()));
    }
    for answer in [&login, &next, &last] {
        canaries.extend(["access_token", "refresh_token", "device_token"].map(|name| (name, answer.str(name))));
    }
    canaries
}

/// Mail into files and to a server that knows the password, takes one mail, and refuses another with its recipient's
/// name; what must not be found.
async fn write_mail(database: &TestDatabase) -> Vec<(&'static str, String)> {
    const CREDENTIALS: (&str, &str) = ("canary-of-the-mail-user", "canary-of-the-mail-password");
    let server = SmtpServer::with(Entrance { credentials: Some(CREDENTIALS), ..Entrance::default() });
    let (name, password) = CREDENTIALS;
    let url = format!("smtp://{name}:{password}@127.0.0.1:{}?tls=none", server.port());
    let smtp = [("MAIL_TRANSPORT", "smtp"), ("SMTP_URL", &*url), ("MAIL_FROM", "login@id.example")];
    let plain = STANDARD.encode(format!("\0{name}\0{password}"));
    let mut canaries = vec![("the mail server's password", password.to_owned()), ("both, for AUTH PLAIN", plain)];
    for settings in [&smtp[..], &[]] {
        let app = TestApp::spawn(&database.url, settings).await;
        let house = &app.node.context.house;
        for behaviour in [Behaviour::Takes, Behaviour::Answers(At::Recipient, 550)] {
            server.behave(behaviour);
            let token = SecretToken::random().secret().clone();
            canaries.push(("a token in a mail", token.expose_secret().to_owned()));
            let recipient = new_email();
            write_letter(&house.database, &house.sealer, &recipient, &Letter::ResetPassword { token }).await;
            canaries.push(("a recipient", recipient));
            house.mailer.send_due(Deadline::within(Duration::from_secs(20))).await.unwrap().unwrap();
        }
        app.node.stop().await;
    }
    assert_eq!(server.received().len(), 1);
    canaries
}

#[actix_web::test]
async fn no_secret_is_logged_at_trace() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    tracing::trace!("canary that must be found");
    let mut canaries = Vec::new();
    for engine in [Engine::Sqlite, Engine::MariaDb, Engine::Postgres] {
        let Some(database) = TestDatabase::create(engine).await else { continue };
        canaries.extend(walk(&database).await);
        canaries.extend(write_mail(&database).await);
    }
    let text = log.text();
    assert!(text.contains("a mail was sent") && text.contains("the mail server answered 550"));
    assert!(text.contains("canary that must be found") && text.contains("TRACE") && text.contains("/v1/me"));
    let mut found = Vec::new();
    for (name, secret) in &canaries {
        // A token is no less stolen without its last letters.
        let start = &secret[..secret.len().min(60)];
        found
            .extend(text.lines().filter(|line| line.contains(secret) || line.contains(start)).map(|line| (name, line)));
    }
    let lines = text.lines().count();
    println!("{} secrets looked for in {lines} lines", canaries.len());
    assert!(found.is_empty(), "{} found, first: {:?}", found.len(), found.first());
}
