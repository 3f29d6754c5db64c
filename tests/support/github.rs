//! GitHub in this process, with its documented answers, for people who are made up; and what an app and a browser do who
//! sign in with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

use crate::app::{Answer, TestApp, new_email};

pub const REDIRECT: &str = "https://app.example/callback";
pub const CLIENT_SECRET: &str = "the secret of Keystead at the provider";

/// Somebody with an account there.
#[derive(Clone, Debug)]
pub struct Somebody {
    pub id: u64,
    pub email: String,
    pub verified: bool,
}

impl Somebody {
    pub fn new() -> Self {
        Self::with(&new_email())
    }

    pub fn with(email: &str) -> Self {
        Self { id: rand::random_range(1..u64::from(u32::MAX)), email: email.to_owned(), verified: true }
    }
}

struct Granted {
    who: Somebody,
    challenge: String,
}

#[derive(Default)]
struct Books {
    codes: Mutex<HashMap<String, Granted>>,
    tokens: Mutex<HashMap<String, Somebody>>,
    /// Who is signed in there in a browser that comes by itself.
    visitor: Mutex<Option<Somebody>>,
}

impl Books {
    /// Where the browser goes that was sent there with this.
    fn approve(&self, asked: &Url, who: &Somebody) -> String {
        let query: HashMap<_, _> = asked.query_pairs().into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["code_challenge_method"].as_str()), ("code", "S256"));
        let code = uuid::Uuid::new_v4().simple().to_string();
        let granted = Granted { who: who.clone(), challenge: query["code_challenge"].clone() };
        self.codes.lock().unwrap().insert(code.clone(), granted);
        let mut back = Url::parse(&query["redirect_uri"]).unwrap();
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &query["state"]);
        back.into()
    }
}

pub struct GitHub {
    url: String,
    books: Arc<Books>,
    handle: actix_web::dev::ServerHandle,
}

impl GitHub {
    pub async fn start() -> Self {
        let books = web::Data::from(Arc::<Books>::default());
        let shared = books.clone();
        let make = move || {
            App::new()
                .app_data(shared.clone())
                .route("/login/oauth/authorize", web::get().to(authorize))
                .route("/login/oauth/access_token", web::post().to(token))
                .route("/api/v3/user", web::get().to(user))
                .route("/api/v3/user/emails", web::get().to(emails))
        };
        let server = HttpServer::new(make).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { url, books: books.into_inner(), handle }
    }

    /// Of a node that people may sign in to with it, and with a provider `acme` that nobody can reach.
    pub fn settings(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("OAUTH_ENABLED", "true"),
            ("OAUTH_ALLOW_PRIVATE_NETWORKS", "true"),
            ("OAUTH_REDIRECTS", "https://app.example/callback, http://127.0.0.1/cli"),
            ("GITHUB_CLIENT_ID", "keystead"),
            ("GITHUB_CLIENT_SECRET", CLIENT_SECRET),
            ("GITHUB_URL", &self.url),
            ("OIDC_PROVIDERS", "acme"),
            ("OIDC_ACME_ISSUER", "http://127.0.0.1:9"),
            ("OIDC_ACME_CLIENT_ID", "keystead"),
            ("OIDC_ACME_CLIENT_SECRET", CLIENT_SECRET),
        ]
    }

    /// Somebody says yes to what they were sent there with. Where the browser goes then.
    pub fn approve(&self, asked: &str, who: &Somebody) -> String {
        let asked = Url::parse(asked).unwrap();
        assert!(asked.as_str().starts_with(&format!("{}/login/oauth/authorize?", self.url)), "{asked}");
        self.books.approve(&asked, who)
    }

    /// In a real browser, which goes there by itself.
    pub fn is_visited_by(&self, who: &Somebody) {
        *self.books.visitor.lock().unwrap() = Some(who.clone());
    }

    /// All that were given out so far.
    pub fn tokens(&self) -> Vec<String> {
        let bearers = self.books.tokens.lock().unwrap();
        bearers.keys().map(|bearer| bearer.replace("Bearer ", "")).collect()
    }

    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

async fn authorize(books: web::Data<Books>, request: HttpRequest) -> HttpResponse {
    let asked = Url::parse(&format!("http://127.0.0.1{}", request.uri())).unwrap();
    let visitor = books.visitor.lock().unwrap().clone().unwrap();
    HttpResponse::Found().insert_header(("location", books.approve(&asked, &visitor))).finish()
}

async fn token(books: web::Data<Books>, form: web::Form<HashMap<String, String>>) -> HttpResponse {
    let granted = books.codes.lock().unwrap().remove(&form["code"]);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    let is_ours = form["client_id"] == "keystead" && form["client_secret"] == CLIENT_SECRET;
    match granted.filter(|granted| granted.challenge == challenge && is_ours) {
        Some(Granted { who, .. }) => {
            let token = format!("gho_{}", uuid::Uuid::new_v4().simple());
            books.tokens.lock().unwrap().insert(format!("Bearer {token}"), who);
            HttpResponse::Ok().json(json!({ "access_token": token, "scope": "user:email", "token_type": "bearer" }))
        }
        // With 200, as GitHub does it.
        None => HttpResponse::Ok().json(json!({ "error": "bad_verification_code", "error_description": "expired" })),
    }
}

fn known(books: &Books, request: &HttpRequest) -> Somebody {
    let bearer = request.headers().get("authorization").unwrap().to_str().unwrap();
    books.tokens.lock().unwrap()[bearer].clone()
}

async fn user(books: web::Data<Books>, request: HttpRequest) -> HttpResponse {
    let who = known(&books, &request);
    HttpResponse::Ok().json(json!({ "login": "mona", "id": who.id, "name": "Mona Lisa", "email": null }))
}

async fn emails(books: web::Data<Books>, request: HttpRequest) -> HttpResponse {
    let who = known(&books, &request);
    HttpResponse::Ok().json(json!([
        { "email": "other@github.example", "verified": true, "primary": false, "visibility": null },
        { "email": who.email, "verified": who.verified, "primary": true, "visibility": "private" },
    ]))
}

/// One sign-in of an app: what it keeps until the code comes back.
pub struct Begun {
    pub verifier: String,
    pub challenge: String,
    pub state: String,
}

impl Begun {
    pub fn new() -> Self {
        let verifier = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        Self { verifier, challenge, state: uuid::Uuid::new_v4().simple().to_string() }
    }

    pub fn start(&self, provider: &str) -> String {
        let Self { challenge, state, .. } = self;
        format!("/v1/oauth/{provider}/start?redirect_to={REDIRECT}&code_challenge={challenge}&state={state}")
    }

    pub fn wish(&self) -> Value {
        json!({ "redirect_to": REDIRECT, "code_challenge": self.challenge, "state": self.state })
    }

    /// What came back to the app: the value of `code`, or `error=` and what it says.
    pub fn outcome(&self, answer: &Answer) -> String {
        let location = location(answer);
        let url = Url::parse(&location).unwrap();
        assert!(location.starts_with(&format!("{REDIRECT}?")) && url.fragment().is_none(), "{location}");
        let query: HashMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!((query["state"].as_str(), query["iss"].as_str()), (self.state.as_str(), "https://keystead.test"));
        assert_eq!(query.len(), 3, "{location}");
        query.get("code").cloned().unwrap_or_else(|| format!("error={}", query["error"]))
    }

    pub async fn exchange(&self, app: &TestApp, code: &str) -> Answer {
        app.post("/v1/oauth/exchange", None, &json!({ "code": code, "code_verifier": self.verifier })).await
    }
}

pub fn location(answer: &Answer) -> String {
    assert_eq!(answer.status.as_u16(), 302, "{}: {}", answer.path, answer.text);
    answer.header(LOCATION.as_str()).to_owned()
}

/// Keeps the cookie, and follows nothing by itself.
#[derive(Default)]
pub struct Browser {
    pub cookie: Option<String>,
}

impl Browser {
    /// `at`: a path, or a whole URL whose path and query are opened here, on whichever node.
    pub async fn open(&mut self, app: &TestApp, at: &str) -> Answer {
        let at = match Url::parse(at) {
            Ok(url) => format!("{}?{}", url.path(), url.query().unwrap_or_default()),
            Err(_) => at.to_owned(),
        };
        let request = app.request(Method::GET, &at, None);
        let request = match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        };
        let answer = app.send(request).await;
        if answer.headers.contains_key(SET_COOKIE) {
            self.cookie = answer.header(SET_COOKIE.as_str()).split(';').next().map(str::to_owned);
        }
        answer
    }

    /// From a start to where the provider sends the browser back to.
    pub async fn approved(&mut self, app: &TestApp, github: &GitHub, start: &str, who: &Somebody) -> String {
        github.approve(&location(&self.open(app, start).await), who)
    }

    /// From a start to the app: what comes back to it.
    pub async fn walk(&mut self, app: &TestApp, github: &GitHub, begun: &Begun, start: &str, who: &Somebody) -> String {
        let back = self.approved(app, github, start, who).await;
        begun.outcome(&self.open(app, &back).await)
    }
}

/// From the app's button to the app's exchange, in a browser of its own.
pub async fn sign_in(app: &TestApp, github: &GitHub, who: &Somebody) -> Answer {
    let begun = Begun::new();
    let code = Browser::default().walk(app, github, &begun, &begun.start("github"), who).await;
    begun.exchange(app, &code).await
}

/// Links somebody's identity to the account that the access token is for.
pub async fn link(app: &TestApp, github: &GitHub, access: &str, who: &Somebody) -> Answer {
    let begun = Begun::new();
    let ticket = app.post("/v1/me/identities/github", Some(access), &begun.wish()).await.expect(200);
    let code = Browser::default().walk(app, github, &begun, &ticket.str("start_url"), who).await;
    begun.exchange(app, &code).await
}
