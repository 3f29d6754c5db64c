//! A server in the place of a provider, on a port of its own, that answers each path as it is told. No JSON it says of
//! itself is checked by anybody else; what a provider really says is tested with real ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request has a form of some hundred bytes and headers of as many.
const REQUEST_BYTES_MAX: usize = 64 * 1_024;
const PIECE: [u8; 16 * 1_024] = [b' '; 16 * 1_024];

#[derive(Clone, Debug)]
pub enum Behaviour {
    Json(Value),
    /// A status, headers besides the length, and a body.
    Says(u16, Vec<(&'static str, String)>, String),
    /// JSON that goes on for so many bytes; with their number in a header, or without.
    Long(usize, bool),
    /// The connection stays open and nothing comes.
    Silent,
    /// A byte, and after a while the next one, for ever.
    Drips(Duration),
    HangsUp,
}

#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /path?query`
    pub line: String,
    /// In lower case.
    pub head: String,
    pub body: String,
}

#[derive(Default)]
struct State {
    behaviours: Mutex<HashMap<String, Behaviour>>,
    asked: Mutex<Vec<Asked>>,
}

pub struct StandIn {
    port: u16,
    state: Arc<State>,
    serving: JoinHandle<()>,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl StandIn {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { port, state, serving }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on; `path` without its query.
    pub fn at(&self, path: &str, behaviour: Behaviour) {
        self.state.behaviours.lock().unwrap().insert(path.to_owned(), behaviour);
    }

    /// All requests to this path so far.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        let is_it = |asked: &&Asked| path_of(&asked.line) == path;
        self.state.asked.lock().unwrap().iter().filter(is_it).cloned().collect()
    }

    /// Of an issuer: its metadata, with endpoints here.
    pub fn plays_an_issuer(&self) {
        self.at("/.well-known/openid-configuration", Behaviour::Json(self.metadata()));
        self.at("/jwks", Behaviour::Json(json!({ "keys": [] })));
        self.at("/token", Behaviour::Says(400, json_headers(), json!({ "error": "invalid_grant" }).to_string()));
    }

    pub fn metadata(&self) -> Value {
        let url = self.url();
        json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "userinfo_endpoint": format!("{url}/userinfo"),
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    }

    /// GitHub, with its documented answers.
    pub fn plays_github(&self) {
        let token = json!({ "access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a", "scope": "read:user,user:email",
                            "token_type": "bearer" });
        let user = json!({ "login": "octocat", "id": 583_231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "type": "User",
                           "name": "monalisa octocat", "email": null, "site_admin": false });
        let emails = json!([
            { "email": "octocat@github.example", "verified": true, "primary": false, "visibility": null },
            { "email": "mona@example.org", "verified": true, "primary": true, "visibility": "private" },
        ]);
        self.at("/login/oauth/access_token", Behaviour::Json(token));
        self.at("/api/v3/user", Behaviour::Json(user));
        self.at("/api/v3/user/emails", Behaviour::Json(emails));
    }
}

pub fn json_headers() -> Vec<(&'static str, String)> {
    vec![("content-type", "application/json; charset=utf-8".to_owned())]
}

fn path_of(line: &str) -> &str {
    let target = line.split(' ').nth(1).unwrap_or_default();
    target.split('?').next().unwrap_or_default()
}

async fn serve(mut stream: TcpStream, state: Arc<State>) {
    let Some(asked) = read(&mut stream).await else { return };
    let behaviour = state.behaviours.lock().unwrap().get(path_of(&asked.line)).cloned();
    state.asked.lock().unwrap().push(asked);
    // Who asked may have gone by now, and that is its good right.
    let _ = answer(&mut stream, behaviour).await;
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let (line, head) = head.split_once("\r\n")?;
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(Asked { line: line.to_owned(), body: body.to_owned(), head });
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 || bytes.len() > REQUEST_BYTES_MAX {
            return None;
        }
    }
}

async fn answer(stream: &mut TcpStream, behaviour: Option<Behaviour>) -> std::io::Result<()> {
    let behaviour = behaviour.unwrap_or(Behaviour::Says(404, Vec::new(), "nothing here".to_owned()));
    match behaviour {
        Behaviour::Json(value) => say(stream, 200, &json_headers(), &value.to_string()).await?,
        Behaviour::Says(status, headers, body) => say(stream, status, &headers, &body).await?,
        Behaviour::Long(bytes, is_told) => {
            let length = if is_told { format!("content-length: {bytes}\r\n") } else { String::new() };
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{length}connection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            for _ in 0..bytes / PIECE.len() {
                stream.write_all(&PIECE).await?;
            }
        }
        Behaviour::Silent => std::future::pending().await,
        Behaviour::Drips(pause) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n").await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(pause).await;
            }
        }
        Behaviour::HangsUp => {}
    }
    stream.shutdown().await
}

async fn say(stream: &mut TcpStream, status: u16, headers: &[(&str, String)], body: &str) -> std::io::Result<()> {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (headers, length) = (headers.concat(), body.len());
    let text = format!("HTTP/1.1 {status} .\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await
}
