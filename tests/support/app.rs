//! A real node in this process, on a port of its own, and a client that speaks HTTP to it and nothing else.

use std::time::Duration;

use keystead::cli::node::Node;
use keystead::config::{Config, Source};
use keystead::domain::clock::Clock;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub const SECRET_KEY: &str = "a secret key for tests, long enough to be one";
pub const PASSWORD: &str = "correct horse battery staple";

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {:?}", self.status, self.text))
    }

    pub fn str(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.text)).to_owned()
    }

    /// The status together with the `code` of a problem.
    pub fn refusal(&self) -> (u16, String) {
        (self.status.as_u16(), self.str("code"))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub struct TestApp {
    pub node: Node,
    pub http: reqwest::Client,
}

/// The settings of a test node on this database; `more` wins.
pub fn settings(database_url: &str, more: &[(&str, &str)]) -> Config {
    let fixed = [
        ("DATABASE_URL", database_url),
        ("LISTEN", "127.0.0.1:0"),
        ("OPS_LISTEN", "127.0.0.1:0"),
        ("SECRET_KEY", SECRET_KEY),
        ("HASH_MEMORY_KIB", "8"),
        ("HASH_ITERATIONS", "1"),
        ("HASH_THREADS", "2"),
        ("DB_TLS", "disabled"),
        // One issuer for all nodes of a test: they listen on ports of their own.
        ("JWT_ISSUER", "https://keystead.test"),
        ("JWT_AUDIENCE", "https://keystead.test"),
    ];
    let given = fixed.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let given: std::collections::BTreeMap<String, String> = given.collect();
    Config::read(&Source::from_parts(given, [], [])).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

impl TestApp {
    /// On a database whose schema is up to date.
    pub async fn spawn(database_url: &str, more: &[(&str, &str)]) -> Self {
        Self::spawn_with_clock(database_url, more, Clock::system()).await
    }

    pub async fn spawn_with_clock(database_url: &str, more: &[(&str, &str)], clock: Clock) -> Self {
        let config = settings(database_url, more);
        let node = Node::start(&config, clock).await.unwrap();
        let deadline = keystead::domain::clock::Deadline::within(Duration::from_secs(10));
        keystead::flows::create_roles::create_roles(&node.context.house.database, deadline).await.unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(40)).build().unwrap();
        let app = Self { node, http };
        app.until_ready().await;
        app
    }

    async fn until_ready(&self) {
        for _ in 0..200 {
            if self.get("/readyz", None).await.status == StatusCode::OK {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not ready: {}", self.get("/readyz", None).await.text);
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.node.app_url())
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, text: response.text().await.unwrap() }
    }

    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::GET, path, token)).await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path, token).json(body)).await
    }

    pub async fn patch(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path, token).json(body)).await
    }

    pub async fn form(&self, path: &str, client: Option<(&str, &str)>, form: &[(&str, &str)]) -> Answer {
        let request = self.http.post(self.url(path)).form(form);
        let request = match client {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        self.send(request).await
    }

    pub async fn register(&self, email: &str) -> Answer {
        self.post("/v1/register", None, &json!({ "email": email, "password": PASSWORD })).await
    }

    pub async fn login(&self, identifier: &str) -> Answer {
        self.post("/v1/login", None, &json!({ "identifier": identifier, "password": PASSWORD })).await
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        self.post("/v1/token/refresh", None, &json!({ "refresh_token": token })).await
    }

    pub async fn logout(&self, access_token: &str, scope: &str) -> Answer {
        self.post("/v1/logout", Some(access_token), &json!({ "scope": scope })).await
    }

    /// A new account, signed in: the answer to the login.
    pub async fn signed_in(&self) -> Answer {
        let email = format!("{}@example.test", uuid::Uuid::now_v7());
        assert_eq!(self.register(&email).await.status, StatusCode::CREATED);
        let answer = self.login(&email).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    }

    /// A service client with these permissions: its id and its secret.
    pub async fn client(&self, permissions: &str) -> (String, String) {
        use secrecy::ExposeSecret;
        let permissions = keystead::domain::permission::Permissions::parse(permissions).unwrap();
        let deadline = keystead::domain::clock::Deadline::within(Duration::from_secs(10));
        let database = &self.node.context.house.database;
        let name = uuid::Uuid::now_v7().to_string();
        let made = keystead::flows::create_client::create_client(database, name, &permissions, deadline).await;
        let (id, secret) = made.unwrap();
        (id.to_string(), secret.secret().expose_secret().to_owned())
    }
}
