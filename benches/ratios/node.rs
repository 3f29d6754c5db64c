//! A node as it runs in production, on a new SQLite database, and what its clients send.

#![expect(clippy::expect_used, reason = "a benchmark without its server has nothing to say")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystead::cli::node::Node;
use keystead::config::listener::Listener;
use keystead::config::{Config, Source};
use keystead::domain::client_name::ClientName;
use keystead::domain::clock::{Clock, Deadline};
use keystead::domain::permission::Permissions;
use keystead::flows::Visit;
use keystead::flows::admin::by::By;
use keystead::flows::admin::clients::make_client;
use keystead::flows::create_roles::create_roles;
use keystead::store::db::sqlite_file;
use keystead::store::migrations::upgrade;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use tempfile::TempDir;

use crate::child::Server;
use crate::load::{Client, closed_loop};
use crate::ratio::cores;

const PASSWORD: &str = "correct horse battery staple";
const PATIENCE: Duration = Duration::from_secs(10);
const ANSWERING: &str = "127.0.0.1:0";

/// A folder on the disk on which the project is built: one in memory would flush for nothing.
pub fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder")
}

/// With its schema and the built-in settings, apart from the addresses.
pub async fn new_database(path: &Path) {
    let mut conn = sqlite_file(path).connect().await.expect("a database");
    upgrade(&mut conn, None, &Clock::system()).await.expect("the schema");
}

/// In the child: a node with one service client.
pub fn serve(path: &str) {
    let url = format!("sqlite:{path}");
    let settings = [
        ("DATABASE_URL", url.as_str()),
        ("LISTEN", ANSWERING),
        ("OPS_LISTEN", ANSWERING),
        ("SECRET_KEY", "a secret key for measuring, long enough"),
        ("HASH_MEMORY_KIB", "19456"),
        ("HASH_ITERATIONS", "2"),
    ];
    let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let config = Config::read(&Source::from_parts(settings, [], [])).expect("settings");
    keystead::telemetry::start(config.logging);
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(cores()).enable_all().build().expect("a runtime")
    };
    actix::System::with_tokio_rt(runtime).block_on(async {
        new_database(Path::new(path)).await;
        let node = Node::start(&config, Clock::system()).await.expect("a node");
        let (context, visit) = (&node.context, Visit::until(Deadline::within(PATIENCE)));
        create_roles(context, &visit).await.expect("roles");
        let name = ClientName::parse("meter").expect("a name");
        let client = make_client(context, &visit, &By::Operator, &name, Permissions::default()).await;
        let (client, secret) = client.expect("a service client");
        let id = client.id;
        let Listener::Tcp(address) = node.app() else { return };
        println!("{}", json!({ "address": address, "client": format!("{id}:{}", secret.secret().expose_secret()) }));
        std::future::pending::<()>().await;
    });
}

/// A node in a child, with accounts.
pub struct Accounts {
    server: Server,
    _folder: TempDir,
    logins: Vec<Vec<u8>>,
}

impl Accounts {
    pub fn register(many: usize) -> Self {
        let folder = folder();
        let path = folder.path().join("keystead.db");
        let server = Server::start("node", path.to_str().expect("a path in UTF-8"));
        let mut logins = Vec::new();
        for number in 0..many {
            let email = format!("person-{number}@example.test");
            let new = json!({ "email": email, "password": PASSWORD });
            ask(&server, post_json("/v1/register", &new));
            logins.push(post_json("/v1/login", &json!({ "identifier": email, "password": PASSWORD })));
        }
        Self { server, _folder: folder, logins }
    }

    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The requests of all of them who log in.
    pub fn logins(&self) -> &[Vec<u8>] {
        &self.logins
    }

    /// One of their tokens for each.
    pub fn signed_in(&self, token: &str) -> Vec<String> {
        let answers = self.logins.iter().map(|login| ask(&self.server, login.clone()));
        answers.map(|answer| answer[token].as_str().expect("a token").to_owned()).collect()
    }

    /// A request for the introspection of a token, by the service client.
    pub fn introspection(&self, path: &str, token: &str) -> Vec<u8> {
        let client = STANDARD.encode(self.server.told["client"].as_str().expect("a service client"));
        let more = format!("authorization: Basic {client}\r\n");
        post(path, "application/x-www-form-urlencoded", &more, &format!("token={token}"))
    }
}

pub fn post_json(path: &str, body: &Value) -> Vec<u8> {
    post(path, "application/json", "", &body.to_string())
}

fn post(path: &str, kind: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}");
    format!("{head}\r\n{more}\r\n{body}").into_bytes()
}

/// Asks once. The JSON of the answer.
pub fn ask(server: &Server, request: Vec<u8>) -> Value {
    ask_and_measure(server, request).0
}

/// The JSON of the answer, and the bytes of the whole of it, headers and all.
pub fn ask_and_measure(server: &Server, request: Vec<u8>) -> (Value, usize) {
    let mut once = Once { request, answer: Value::Null, bytes: 0 };
    closed_loop(server, std::slice::from_mut(&mut once), Duration::ZERO);
    (once.answer, once.bytes)
}

struct Once {
    request: Vec<u8>,
    answer: Value,
    bytes: usize,
}

impl Client for Once {
    fn request(&self) -> &[u8] {
        &self.request
    }

    fn hear(&mut self, answer: &[u8], body: &[u8]) {
        self.bytes = answer.len();
        self.answer = serde_json::from_slice(body).expect("an answer in JSON");
    }
}
