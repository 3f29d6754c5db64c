//! The database goes away in the middle: a clear refusal soon, nobody let in, and it heals by itself.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use keystead::cli::node::Node;
use keystead::config::database::Target;
use keystead::domain::clock::Clock;
use keystead::domain::secret_token::SecretToken;
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::app::{Answer, PASSWORD, TestApp, new_email, settings};
use crate::databases::TestDatabase;
use crate::proxy::{Line, Proxy};

on_each_database! {
    a_node_that_never_saw_its_database_says_so_and_ends,
    everything_is_refused_soon_and_heals_by_itself,
    nobody_is_let_in_when_neither_memory_nor_tables_can_tell,
}

/// A start waits 3 s for a connection and 2 s for the pool to close; the rest is for a machine that does other things too.
const REFUSED: Duration = Duration::from_secs(10);

/// A connection that died in silence is found out after 1.5 s.
const HEALED: Duration = Duration::from_secs(10);

/// The same database by way of the proxy.
fn detour(proxy: &Proxy, database: &TestDatabase) -> String {
    let mut url = url::Url::parse(&database.url).unwrap();
    if let Target::MySql(of) | Target::Postgres(of) = proxy.settings(&database.settings).target {
        url.set_port(Some(of.port)).unwrap();
    }
    url.into()
}

/// One of each call that needs the database, with credentials that are good.
struct Calls {
    program: (String, String),
    program_token: String,
    /// Each call that may end a session has one of its own.
    sessions: Vec<Answer>,
}

impl Calls {
    async fn prepare(app: &TestApp) -> Self {
        let program = app.client("revocations:read").await;
        let form = [("grant_type", "client_credentials")];
        let token = app.form("/oauth2/token", Some((&program.0, &program.1)), &form).await.expect(200);
        let sessions = join_all((0..6).map(|_| app.signed_in())).await;
        Self { program, program_token: token.str("access_token"), sessions }
    }

    fn all(&self, app: &TestApp) -> Vec<RequestBuilder> {
        let token = |n: usize, name: &str| self.sessions[n].str(name);
        let post = |path: &str, body: &serde_json::Value| app.http.post(app.url(path)).json(body);
        let form = |path: &str, form: &[(&str, &str)]| {
            app.http.post(app.url(path)).basic_auth(&self.program.0, Some(&self.program.1)).form(form)
        };
        let set_up = SecretToken::random();
        let set_up = set_up.secret().expose_secret();
        let grant = [("grant_type", "refresh_token"), ("refresh_token", &token(1, "refresh_token"))];
        vec![
            post("/v1/setup", &json!({ "token": set_up, "email": new_email(), "password": PASSWORD })),
            post("/v1/register", &json!({ "email": new_email(), "password": PASSWORD })),
            post("/v1/login", &json!({ "identifier": "nobody@example.test", "password": PASSWORD })),
            post("/v1/token/refresh", &json!({ "refresh_token": token(0, "refresh_token") })),
            post("/v1/logout", &json!({ "scope": "all" })).bearer_auth(token(2, "access_token")),
            app.request(Method::GET, "/v1/me", Some(&token(3, "access_token"))),
            app.request(Method::PATCH, "/v1/me", Some(&token(3, "access_token"))).json(&json!({ "metadata": {} })),
            app.request(Method::GET, "/v1/revocations?wait=20", Some(&self.program_token)),
            form("/oauth2/token", &[("grant_type", "client_credentials")]),
            form("/oauth2/token", &grant),
            form("/oauth2/introspect", &[("token", &token(4, "refresh_token"))]),
            form("/oauth2/revoke", &[("token", &token(5, "access_token"))]),
            app.request(Method::GET, "/readyz", None),
        ]
    }
}

async fn a_node_that_never_saw_its_database_says_so_and_ends(database: &TestDatabase) {
    let Some(proxy) = Proxy::before(&database.settings).await else { return };
    for line in [Line::Cut, Line::Frozen] {
        proxy.set_line(line);
        let began = Instant::now();
        let refused = Node::start(&settings(&detour(&proxy, database), &[]), Clock::system()).await;
        let told = refused.err().expect("there is no database").to_string();
        println!("{line:?}: refused after {:?}: {told}", began.elapsed());
        assert!(began.elapsed() < REFUSED, "{:?}", began.elapsed());
        assert!(told.contains("the database"), "{told}");
    }
    proxy.set_line(Line::Open);
    TestApp::spawn(&detour(&proxy, database), &[]).await.node.stop().await;
}

async fn everything_is_refused_soon_and_heals_by_itself(database: &TestDatabase) {
    const SOON: Duration = Duration::from_secs(5);
    let Some(proxy) = Proxy::before(&database.settings).await else { return };
    let app = TestApp::spawn(&detour(&proxy, database), &[]).await;
    let email = new_email();
    app.register(&email).await.expect(201);
    for line in [Line::Cut, Line::Frozen] {
        let calls = Calls::prepare(&app).await;
        proxy.set_line(line);
        for wave in ["at once", "later"] {
            let timed = calls.all(&app).into_iter().map(async |call| {
                let began = Instant::now();
                (app.send(call).await, began.elapsed())
            });
            for (answer, took) in join_all(timed).await {
                let told = format!("{line:?}, {wave}: {} after {took:?}: {}", answer.path, answer.text);
                // A feed that waits asks every quarter of a second; readiness may have been asked a moment before.
                assert_eq!(answer.status, 503, "{told}");
                assert!(took <= SOON, "{told}");
            }
            app.get("/livez", None).await.expect(200);
            app.get("/version", None).await.expect(200);
            app.get("/.well-known/jwks.json", None).await.expect(200);
        }
        proxy.set_line(Line::Open);
        let since = Instant::now();
        while app.login(&email).await.status != 200 {
            assert!(since.elapsed() < HEALED, "{line:?}: nobody is let in yet");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("{line:?}: the first good login {:?} after it was back", since.elapsed());
        app.until_ready().await;
        app.get("/v1/me", Some(&calls.sessions[3].str("access_token"))).await.expect(200);
    }
    app.node.stop().await;
}

async fn nobody_is_let_in_when_neither_memory_nor_tables_can_tell(database: &TestDatabase) {
    let Some(proxy) = Proxy::before(&database.settings).await else { return };
    let app = TestApp::spawn(&detour(&proxy, database), &[]).await;
    let calls = Calls::prepare(&app).await;
    let access = calls.sessions[0].str("access_token");
    let introspect = async || {
        let form = [("token", access.as_str())];
        app.form("/oauth2/introspect", Some((&calls.program.0, &calls.program.1)), &form).await
    };
    introspect().await.expect(200);
    proxy.set_line(Line::Cut);
    // What memory knew a second ago still counts, and not a moment longer.
    tokio::time::sleep(Duration::from_millis(1_300)).await;
    for _ in 0..2 {
        let (known, me, feed, out) = tokio::join!(
            introspect(),
            app.get("/v1/me", Some(&access)),
            app.get("/v1/revocations", Some(&calls.program_token)),
            app.logout(&access, "this"),
        );
        assert_eq!(known.expect(503).str("error"), "temporarily_unavailable");
        // And nobody is told of a logout that it is done.
        for refused in [me, feed, out] {
            assert_eq!(refused.refusal(), (503, "database_unavailable".into()), "{}", refused.path);
        }
    }
    // Whatever needs no table is refused as ever.
    assert_eq!(app.get("/v1/me", Some("a.b.c")).await.refusal(), (401, "not_authenticated".into()));
    assert_eq!(app.refresh("ksr_x").await.refusal(), (401, "invalid_refresh_token".into()));
    app.node.stop().await;
}
