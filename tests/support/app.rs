//! A real node in this process, on a port of its own, and a client that speaks HTTP to it and nothing else.

#[path = "mails.rs"]
pub mod mails;

use std::sync::Arc;
use std::time::Duration;

use keystead::cli::node::Node;
use keystead::config::{Config, Source};
use keystead::domain::clock::{Clock, Deadline};
use keystead::flows::Visit;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::mails::{Mail, Mailbox};

pub const SECRET_KEY: &str = "a secret key for tests, long enough to be one";
pub const PASSWORD: &str = "correct horse battery staple";

/// Hashers step back behind everything else, so on a machine with more to do than it can they are busy before others are.
const BUSY_TRIES: usize = 10;
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// What begins as a token of ours does, or as every JWT. Only the beginning of a word counts: words may be random, and such
/// a word holds any three letters now and then.
pub fn token_in(text: &str) -> Option<&str> {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let beginnings = ["ksr_", "ksd_", "ks1_", "eyJ"];
    text.split(|letter| !in_word(letter)).find(|word| beginnings.iter().any(|beginning| word.starts_with(beginning)))
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
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

    /// Demands this status, and hands the answer on.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.path, self.text);
        self
    }

    /// What every answer owes, whatever was asked: the headers, one form of errors a plane, and never a 500.
    fn hold_to_the_contract(&self, brought_id: Option<&str>) {
        let told = || format!("{} {} {:?} {}", self.path, self.status, self.headers, self.text);
        assert_ne!(self.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", told());
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{}", told());
        assert_eq!(self.header("referrer-policy"), "no-referrer", "{}", told());
        assert!(self.header("content-security-policy").starts_with("default-src 'none'"), "{}", told());
        let id = self.header("x-request-id");
        assert!((1..=64).contains(&id.len()), "{}", told());
        if let Some(brought) = brought_id {
            assert_eq!(id, brought, "{}", told());
        }
        let may_be_kept = self.path.starts_with("/.well-known/") && self.status == StatusCode::OK;
        let expected = if may_be_kept { "public, max-age=300" } else { "no-store" };
        assert_eq!(self.header("cache-control"), expected, "{}", told());
        // Headers are logged by proxies and kept by caches.
        let headers = format!("{:?}", self.headers);
        assert_eq!(token_in(&headers), None, "{}", told());
        match self.status.as_u16() {
            401 => assert!(!self.header("www-authenticate").is_empty(), "{}", told()),
            405 => assert!(!self.header("allow").is_empty(), "{}", told()),
            429 | 503 => assert!(self.header("retry-after").parse::<u64>().unwrap() >= 1, "{}", told()),
            _ => {}
        }
        if self.status.as_u16() >= 400 && !self.text.is_empty() {
            self.hold_to_the_form(id);
        }
    }

    fn hold_to_the_form(&self, id: &str) {
        let json = self.json();
        let members: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        if self.path.starts_with("/oauth2") {
            assert_eq!(self.header("content-type"), "application/json", "{self:?}");
            assert_eq!(members, ["error", "error_description"], "{self:?}");
            return;
        }
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let known = ["type", "title", "status", "detail", "code", "request_id", "errors", "retry_after_s"];
        assert!(members.iter().all(|member| known.contains(member)), "{self:?}");
        assert_eq!(json["status"], self.status.as_u16(), "{self:?}");
        assert_eq!(json["request_id"], id, "{self:?}");
        assert_eq!(json["type"], format!("urn:keystead:problem:{}", self.str("code")), "{self:?}");
        assert!(json["title"].is_string() && self.str("code").chars().all(|c| c == '_' || c.is_ascii_lowercase()));
    }
}

pub struct TestApp {
    pub node: Node,
    pub http: reqwest::Client,
    mailbox: Arc<Mailbox>,
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
        let mailbox = Mailbox::of(database_url);
        let mail = [("MAIL_TRANSPORT", "file"), ("MAIL_DIR", mailbox.folder().to_str().unwrap())];
        let config = settings(database_url, &[&mail[..], more].concat());
        let node = Node::start(&config, clock).await.unwrap();
        keystead::flows::create_roles::create_roles(&node.context, &soon()).await.unwrap();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(40))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let app = Self { node, http, mailbox };
        app.until_ready().await;
        app
    }

    /// Lets the node make all its connections to the database. It makes them when it needs them, and sixty of them at
    /// once can take longer than a request waits, on a machine that has other things to do.
    pub async fn warm_up(&self) {
        let token = self.signed_in().await.str("access_token");
        for parallel in [4, 8, 16, 32, 64] {
            loop {
                let all = (0..parallel).map(|_| self.get("/v1/me", Some(&token)));
                if futures_util::future::join_all(all).await.iter().all(|answer| answer.status == StatusCode::OK) {
                    break;
                }
            }
        }
    }

    pub async fn until_ready(&self) {
        for _ in 0..600 {
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

    /// As a client does that keeps to the contract: whoever is told that the server is busy asks again. Nothing was done.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let mut request = request.build().unwrap();
        for _ in 1..BUSY_TRIES {
            let Some(again) = request.try_clone() else { break };
            let answer = self.send_once(request).await;
            if !answer.text.contains("urn:keystead:problem:overloaded") {
                return answer;
            }
            tokio::time::sleep(BUSY_PAUSE).await;
            request = again;
        }
        self.send_once(request).await
    }

    /// Every answer is held to what all answers owe.
    async fn send_once(&self, request: reqwest::Request) -> Answer {
        let brought_id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let brought_id = brought_id.filter(|id| is_well_formed(id)).map(str::to_owned);
        let path = request.url().path().to_owned();
        let response = self.http.execute(request).await.unwrap_or_else(|cause| panic!("{path}: {cause:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { path, status, headers, text: response.text().await.unwrap() };
        answer.hold_to_the_contract(brought_id.as_deref());
        answer
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

    pub async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::DELETE, path, token)).await
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

    /// What introspection says of a token to this client.
    pub async fn introspect(&self, client: &(String, String), token: &str) -> Answer {
        self.form("/oauth2/introspect", Some((&client.0, &client.1)), &[("token", token)]).await.expect(200)
    }

    /// A new account, signed in: the answer to the login.
    pub async fn signed_in(&self) -> Answer {
        let email = new_email();
        assert_eq!(self.register(&email).await.status, StatusCode::CREATED);
        let answer = self.login(&email).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer
    }

    /// The next mail of this kind to this address, from any node on the same database; waits until it was sent. Each mail
    /// is handed out once.
    pub async fn mail_to(&self, address: &str, kind: &str) -> Mail {
        self.mailbox.next(address, kind).await
    }

    /// All mail that the nodes on this database have sent so far, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mailbox.all()
    }

    /// A service client with these permissions: its id and its secret.
    pub async fn client(&self, permissions: &str) -> (String, String) {
        use keystead::domain::client_name::ClientName;
        use keystead::flows::admin::by::By;
        use keystead::flows::admin::clients::make_client;
        use secrecy::ExposeSecret;
        let permissions = keystead::domain::permission::Permissions::parse(permissions).unwrap();
        let name = ClientName::parse(&uuid::Uuid::now_v7().to_string()).unwrap();
        let made = make_client(&self.node.context, &soon(), &By::Operator, &name, permissions).await;
        let (client, secret) = made.unwrap();
        (client.id.to_string(), secret.secret().expose_secret().to_owned())
    }
}

/// What the command line has in place of a request.
pub fn soon() -> Visit {
    Visit::until(Deadline::within(Duration::from_secs(10)))
}

fn is_well_formed(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

pub fn new_email() -> String {
    format!("{}@example.test", uuid::Uuid::now_v7())
}
